package flow

import (
	"fmt"
	"slices"
	"testing"

	"smokestack/analysis/work"
)

// METRICS 0: smaller teams fold into `other teams` (≥2 teams and ≥5 people, the next
// smallest joining if need be), so subtraction recovers nothing. B and C have the same
// three people; A with six must join.
func TestLoadOfThreeBySubtraction(t *testing.T) {
	text := ""
	for k := range 6 {
		text += fmt.Sprintf("A-%d story: 0 created; 30 start by a%d\n", k+1, k)
	}
	for k := range 3 {
		text += fmt.Sprintf("B-%d story: 0 created; 30 start by x%d\nC-%d story: 0 created; 45 start by x%d\n", k+1, k, k+1, k)
	}
	o := tell(t, text).members("A", "a0", "a1", "a2", "a3", "a4", "a5")
	for _, p := range []string{"x0", "x1", "x2"} {
		o.Org.Members = append(o.Org.Members,
			work.Membership{Person: o.Person(p), Team: o.Team("B"), Until: o.Day(42), Share: 1},
			work.Membership{Person: o.Person(p), Team: o.Team("C"), From: o.Day(42), Share: 1})
	}
	slices.SortStableFunc(o.Org.Members, func(x, y work.Membership) int { return int(x.Person) - int(y.Person) })
	a := o.analyse(56, 4)
	l := a.Load(a.View.Homes())
	org, one := l.Org, l.Teams[o.Team("A")]
	if org.Known() && one.Known() {
		hidden := org.N - one.N
		wip := org.Value*float64(org.N) - one.Value*float64(one.N)
		if hidden < 5 {
			t.Errorf("organisation %v of %d people, A %v of %d (others: %q): so the others are %d people with %.4v items each", org.Value, org.N, one.Value, one.N, l.Others.Why, hidden, wip/float64(hidden))
		}
	}
}
