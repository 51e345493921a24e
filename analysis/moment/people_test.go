package moment

import (
	"slices"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/work"
)

// METRICS 0: what rests on what people did needs 5 people. Three who moved from A to B
// are three, not six.
func TestYearOfThreePeople(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, `
A-1 story: 0 created; 1 start by ana; 2 comment 50 by abe; 3 comment 50 by ada; 20 done by ana
B-1 story: 150 created; 250 start by ana; 251 comment 50 by abe; 253 comment 50 by ada; 260 done by ana`)
	for _, p := range []string{"ana", "abe", "ada"} {
		o.Org.Members = append(o.Org.Members,
			work.Membership{Person: o.Person(p), Team: o.Team("A"), Until: o.Day(200), Share: 1},
			work.Membership{Person: o.Person(p), Team: o.Team("B"), From: o.Day(200), Share: 1})
	}
	slices.SortStableFunc(o.Org.Members, func(x, y work.Membership) int { return int(x.Person) - int(y.Person) })
	m := At(o.Org, Options{Until: o.Day(364), Weeks: 26})
	if m.TouchFree.Org.Known() || m.Requests.Why == "" {
		t.Errorf("three people in all: touch-free %v of %d is told, others %v of %d; requests refused because %q", m.TouchFree.Org.Value, m.TouchFree.Org.N, m.TouchFree.Others.Value, m.TouchFree.Others.N, m.Requests.Why)
	}
}
