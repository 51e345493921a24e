package flow

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// told is a story and the organisation that it makes.
type told struct {
	*story.Story
	*work.Org
	t *testing.T
}

func tell(t *testing.T, text string) told {
	t.Helper()
	return tellWith(t, assemble.Rules{}, text)
}

func tellWith(t *testing.T, rules assemble.Rules, text string) told {
	t.Helper()
	s, err := story.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	res, err := assemble.Assemble(rules, s.Vocabulary(), s.Facts())
	if err != nil {
		t.Fatal(err)
	}
	return told{s, res.Org, t}
}

// analyse is the flow of the last n weeks before a day of the story, by which
// starts are judged, too.
func (o told) analyse(day float64, weeks int) *Analysis { return o.analyses(day, weeks)[0] }

// analyses is the flow of the last weeks before a day of the story: of those by
// which starts are judged for work in progress, and of others.
func (o told) analyses(day float64, level int, others ...int) []*Analysis {
	v := o.Org.At(work.LastWeeks(o.Day(day), level, time.UTC).To() - 1)
	lives := v.Lives()
	cut := func(weeks int) *work.Cut { return v.Cut(work.LastWeeks(o.Day(day), weeks, time.UTC), lives) }
	var cuts []*work.Cut
	for _, n := range others {
		cuts = append(cuts, cut(n))
	}
	return Analyse(cut(level), cuts...)
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
	o.t.Helper()
	for i, team := range o.Org.Teams {
		if team.Name == name {
			return &a.Teams[i]
		}
	}
	o.t.Fatalf("no team %s", name)
	return nil
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

// value checks an estimate's value and number.
func (o told) value(name string, e stats.Estimate, value float64, n int) {
	o.t.Helper()
	same := e.Value == value || math.Abs(e.Value-value) < 1e-9 || math.IsNaN(value) && math.IsNaN(e.Value)
	if !same || e.N != n {
		o.t.Errorf("%s: %v of %d, want %v of %d (%s)", name, e.Value, e.N, value, n, e.Why)
	}
}

// unknown checks that an estimate has no value, for this reason.
func (o told) unknown(name string, e stats.Estimate, n int, why string) {
	o.t.Helper()
	if e.Known() || e.N != n || e.Why != why {
		o.t.Errorf("%s: %v of %d, because %q; want no value of %d, because %q", name, e.Value, e.N, e.Why, n, why)
	}
}

// assembled is the same story with other records.
func (o told) assembled(records []*fact.Record) told {
	o.t.Helper()
	res, err := assemble.Assemble(assemble.Rules{}, o.Story.Vocabulary(), records)
	if err != nil {
		o.t.Fatal(err)
	}
	return told{o.Story, res.Org, o.t}
}
