package independence

import (
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/work"
)

// METRICS 0: "no window of a named team crosses the date". Team A is reorganised on
// day 14 of the window 0 to 28; A-1 left before, A-2 after.
func TestTouchFreeCrossesReorganisation(t *testing.T) {
	o := tell(t, assemble.Rules{}, `
A-1 story: 0 created by ana; 1 start by ana; 2 comment 50 by ben; 3 comment 50 by ben; 9 done by ana
A-2 story: 15 created by ana; 16 start by ana; 17 comment 50 by ben; 18 comment 50 by ben; 20 done by ana
B-1 story: 0 created by ben`)
	o.belong(map[string]string{"ana": "A", "ben": "B"})
	o.Org.Reorganised = []work.Reorganisation{{At: o.Day(14), Teams: []work.TeamID{o.Team("A")}}}
	u, f := o.undeclared()
	o.Value("touch-free of A, since day 14", f.Teams[o.Team("A")], 0, 1)
	o.Value("undeclared of A, since day 14", u.Teams[o.Team("A")], 1, 1)
}
