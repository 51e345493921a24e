package main

import (
	"slices"
	"testing"

	"smokestack/analysis/deps"
	"smokestack/analysis/independence"
	"smokestack/analysis/work"
	"smokestack/connectors/demo"
)

// The entangled team and its partner are tied by people alone: no link tells of it,
// and the list of such pairs says so, and nothing else of a team that keeps to itself.
func TestPlantedUnwrittenTies(t *testing.T) {
	t.Parallel()
	p := plant(t, demo.Options{})
	w := work.LastWeeks(p.truth.End, 52, p.org.Zone)
	v := p.org.At(w.To() - 1)
	c := v.Cut(w, v.Lives())
	homes := v.Homes()
	folded, _ := work.FoldPeople(homes.Crews(w.From(), w.To()), v.FirstItems(), nil)
	u := independence.FindUndeclared(c, homes, folded)
	if len(u.Pairs) == 0 {
		t.Fatalf("no pair of %d", u.Tested)
	}
	team := func(role demo.Role) work.TeamID {
		for _, x := range p.truth.Teams {
			if x.Role == role {
				return work.TeamID(slices.IndexFunc(p.org.Teams, func(o work.Team) bool { return o.Name == x.Name }))
			}
		}
		t.Fatalf("no team is %s", role)
		return 0
	}
	entangled, partner, alone := team(demo.Entangled), team(demo.Partner), team(demo.Independent)
	if first := u.Pairs[0]; first.A != min(entangled, partner) || first.B != max(entangled, partner) || first.Links != 0 {
		t.Errorf("the first pair is %+v", first)
	}
	for _, x := range u.Pairs {
		if x.A == alone || x.B == alone {
			t.Errorf("the independent team is in %+v", x)
		}
	}
	t.Logf("%+v", u.Pairs)
	free := independence.FindTouchFree(c, deps.Analyse(c), homes, folded)
	if a, b := free.Teams[alone], free.Teams[entangled]; !(a.Low > b.High) {
		t.Errorf("touch-free: %v of the independent team, %v of the entangled one", a, b)
	}
}
