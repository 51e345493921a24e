package change

import (
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/flow"
	"smokestack/analysis/work"
)

// METRICS B2: "story points (ordinal; medians only, never across teams)"; shift: strata
// are "team × type × size tercile". Both teams have small, middle and large items.
func TestThirdsAcrossTeams(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, `
A-1 story: 0 created; 0 estimate 1; 1 start
A-2 story: 0 created; 0 estimate 2; 1 start
A-3 story: 0 created; 0 estimate 3; 1 start
B-1 story: 0 created; 0 estimate 10; 1 start
B-2 story: 0 created; 0 estimate 20; 1 start
B-3 story: 0 created; 0 estimate 30; 1 start`)
	a := flow.Analyse(o.Cut(28, 4))[0]
	var all []flow.Begun
	of := map[string]work.ItemID{}
	for i, key := range o.Items.Key {
		all, of[key] = append(all, flow.Begun{Item: work.ItemID(i)}), work.ItemID(i)
	}
	third := thirds(Pair{Before: a, Now: a}, all, nil)
	for key, want := range map[string]int{"A-1": 1, "A-2": 2, "A-3": 3, "B-1": 1, "B-2": 2, "B-3": 3} {
		if got := third(a, of[key]); got != want {
			t.Errorf("%s is in third %d of its team, want %d", key, got, want)
		}
	}
}
