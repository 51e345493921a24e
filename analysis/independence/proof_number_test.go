package independence

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
)

// The brief: "seeded streams … from immutable ids; never from names or map order"; who is
// person 1 decides nothing. The same facts, in which twelve people wrote their first
// comments in one instant; only the numbers of the people differ.
func TestProofNumbersOfPeopleDecide(t *testing.T) {
	story := func(reverse bool) string {
		var b strings.Builder
		of := "A-999 story: 40 created"
		for k := range 12 { // after the window: this only hands out numbers
			p := k
			if reverse {
				p = 11 - k
			}
			of += fmt.Sprintf("; %d comment 5 by p%d", 41+p, p)
		}
		b.WriteString(of + "\nA-1 story: 0 created")
		for p := range 12 {
			fmt.Fprintf(&b, "; 0 comment 5 by p%d", p)
		}
		b.WriteString("\n")
		r := rand.New(rand.NewPCG(1, 3))
		for i := range 60 {
			fmt.Fprintf(&b, "%s-%d story: 1 created; %d start", []string{"A", "B"}[i%2], 10+i, 2+i%20)
			for range 3 {
				p := i%2*6 + r.IntN(6)
				if r.IntN(12) > 0 {
					p = r.IntN(12)
				}
				fmt.Fprintf(&b, "; %d comment 50 by p%d", 3+i%20, p)
			}
			b.WriteString("\n")
		}
		return b.String()
	}
	run := func(reverse bool) string {
		o := tell(t, assemble.Rules{}, story(reverse))
		t.Log(o.People)
		of := map[string]string{}
		for p := range 12 {
			of[fmt.Sprintf("p%d", p)] = []string{"A", "B"}[p/6]
		}
		o.belong(of)
		a := o.analyse(28, 4)
		x, y := a.Org.Lenses[People], a.Org.Lenses[Talks]
		return fmt.Sprintf("L3 %.6f p %.3f, L5 %.6f p %.3f, without hubs %.6f", x.OII.Value, x.P, y.OII.Value, y.P, a.Org.NoHubs.Value)
	}
	x, y := run(false), run(true)
	t.Log(x, "/", y)
	if x != y {
		t.Errorf("%s; with other numbers %s", x, y)
	}
}
