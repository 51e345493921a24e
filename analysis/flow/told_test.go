package flow

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/work"
)

// told is a story and the organisation that it makes.
type told struct{ assembletest.Told }

func tell(t *testing.T, text string) told {
	t.Helper()
	return told{assembletest.Tell(t, assemble.Rules{}, text)}
}

// analyse is the flow of the last n weeks before a day of the story, by which
// starts are judged, too.
func (o told) analyse(day float64, weeks int) *Analysis { return o.analyses(day, weeks)[0] }

// analyses is the flow of the last weeks before a day of the story: of those by
// which starts are judged for work in progress, and of others.
func (o told) analyses(day float64, level int, others ...int) []*Analysis {
	c := o.Cut(day, level)
	var cuts []*work.Cut
	for _, n := range others {
		cuts = append(cuts, c.View.Cut(work.LastWeeks(o.Day(day), n, time.UTC), c.Lives))
	}
	return Analyse(c, cuts...)
}

// compared sums up what came of the comparisons of all teams.
func (list Aging) compared() Compared {
	out := Compared{Unknown: map[string]int{}}
	for _, t := range list.Teams {
		out.Open += t.Open
		out.Left += t.Left
		for why, n := range t.Unknown {
			out.Unknown[why] += n
		}
	}
	return out
}

func (o told) team(a *Analysis, name string) *work.Slice {
	o.T.Helper()
	return &a.Teams[o.Team(name)]
}

// many tells n items of a project, each with the same events; %d in them is
// the item's number, from 1.
func many(project, typ string, n int, events string) string {
	var b strings.Builder
	for i := range n {
		line := fmt.Sprintf("%s-%d %s: %s\n", project, i+1, typ, events)
		b.WriteString(strings.ReplaceAll(line, "%d", fmt.Sprint(i+1)))
	}
	return b.String()
}

// numbered is a text of many with other keys: from is added in front of their
// numbers.
func numbered(from int, text string) string {
	return strings.ReplaceAll(text, "A-", fmt.Sprintf("A-%d", from))
}
