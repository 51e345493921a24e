package independence

import (
	"slices"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/deps"
	"smokestack/analysis/work"
)

// METRICS 0: "no window of a named team crosses the date". Team A is reorganised on
// day 14 of the window 0 to 28; A-1 left before, A-2 after.
func TestProofTouchFreeCrossesReorganisation(t *testing.T) {
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

// METRICS 5c: "Touch-free share: finished items with no cross-team tie in any lens."
// Ben of B works two days on A-1, which is assigned to him while in progress (L3).
func TestProofTouchFreeForgetsL3(t *testing.T) {
	o := tell(t, assemble.Rules{}, `
A-1 story: 0 created by ana; 0 assign ben by ana; 1 start by ana; 9 done by ana
B-1 story: 0 created by ben; 2 comment 50 by ben; 3 comment 50 by ben`)
	o.belong(map[string]string{"ana": "A", "ben": "B"})
	c := o.Cut(28, 4)
	h := c.View.Homes()
	l := readDeeds(c, h, clusters{}).lens(People, reading{}, len(c.View.Teams))
	cross := 0.0
	for _, f := range l.flows {
		if l.teams[f.from] != l.teams[f.to] {
			cross += f.weight / work.PersonDay
		}
	}
	free := FindTouchFree(c, deps.Analyse(c), h, make([]bool, len(o.Teams)))
	if cross > 0 {
		t.Logf("L3: %v person-days of B on A's items", cross)
		o.Value("touch-free", free.Teams[o.Team("A")], 0, 1)
	}
}

// The same: who had no home when they came first, and one of another team later.
func TestProofTouchFreeRemembersTheFirstHome(t *testing.T) {
	o := tell(t, assemble.Rules{}, `
A-1 story: 0 created by ana; 1 comment 50 by ben; 2 start by ana; 20 comment 50 by ben; 21 comment 50 by ben; 25 done by ana
B-1 story: 0 created`)
	o.Org.Members = []work.Membership{{Person: o.Person("ana"), Team: o.Team("A"), Share: 1}, {Person: o.Person("ben"), Team: o.Team("B"), From: o.Day(10), Share: 1}}
	slices.SortFunc(o.Org.Members, func(a, b work.Membership) int { return int(a.Person) - int(b.Person) })
	u, f := o.undeclared()
	t.Logf("undeclared: %+v", u.Teams[o.Team("A")])
	o.Value("touch-free", f.Teams[o.Team("A")], 0, 1)
}
