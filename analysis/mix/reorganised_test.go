package mix_test

import (
	"testing"

	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/work"
)

// METRICS 0: no window of a named team crosses the date of its reorganisation. Ana
// spends two days on a story, then the team is reorganised on day 14, then one on a bug.
func TestMixCrossesReorganisation(t *testing.T) {
	o := assembletest.Tell(t, threeCategories, `
A-1 story: 0 created; 1 worklog by ana; 2 worklog by ana; 3 done
A-2 bug:   0 created; 15 worklog by ana; 16 done`)
	o.Org.Reorganised = []work.Reorganisation{{At: o.Day(14), Teams: []work.TeamID{o.Team("A")}}}
	c := o.Cut(28, 4)
	a := analyse(c.View, c.Window)
	row := a.Teams[o.Team("A")]
	for k, x := range o.Categories {
		if x.Name == "unplanned" {
			o.Value("items of A, unplanned", row.Items[k], 1, 1)
			o.Value("days of A, unplanned", row.Days[k], 1, 1)
		}
	}
}
