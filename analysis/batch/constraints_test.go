package batch

import (
	"testing"

	"smokestack/analysis/assemble"
)

// Date, scope and people; batches of five begin on day 10, one child each two
// days later.
func TestConstraints(t *testing.T) {
	const five = `
A-11 story in A-10: 0 created; 0 assign ana; 10 start; 30 done
A-12 story in A-10: 0 created; 5 assign ben; 12 start; 30 done
A-13 story in A-10: 0 created; 1 assign cy; 14 start; 30 done
A-14 story in A-10: 0 created; 12 assign ana; 16 start; 30 done
`
	for _, c := range []struct {
		name, story string
		want        Constraints
		locked      int
	}{
		{"all", "A-10 epic: 0 created; 9 due 2025-03-01; 30 done" + five + "A-15 story in A-10: 9 created; 18 start; 30 done", Constraints{Date: true, Scope: true, People: true}, 3},
		{"the date came later", "A-10 epic: 0 created; 11 due 2025-03-01; 30 done" + five + "A-15 story in A-10: 9 created; 18 start; 30 done", Constraints{Scope: true, People: true}, 2},
		{"no date, and a child was dropped", "A-10 epic: 0 created; 30 done" + five + "A-15 story in A-10: 11 created; 20 drop", Constraints{Scope: true, People: true, Cut: true}, 2},
		{"dropped before the start, and two children came later", "A-10 epic: 0 created; 30 done" + five + "A-15 story in A-10: 1 created; 5 drop\nA-16 story in A-10: 11 created; 30 done\nA-17 story in A-10: 11 created; 30 done", Constraints{}, 0},
		{"four children", "A-10 epic: 0 created; 30 done" + five, Constraints{People: true, Unknown: true}, 1},
		{"no known start", "A-10 epic: 0 created; 9 due 2025-03-01; 30 done\nA-11 story in A-10: 0 created; 30 done", Constraints{Unknown: true}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, assemble.Rules{}, c.story)
			a := o.analyse(35, 2)
			if got := a.Constraints(a.Batches[0]); got != c.want || got.Locked() != c.locked {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}
