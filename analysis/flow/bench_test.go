package flow

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/batch"
	"smokestack/analysis/work"
)

// many20k tells 20,000 items of 30 teams with about ten events each over a year.
func many20k() string {
	r := rand.New(rand.NewPCG(1, 111))
	var b strings.Builder
	for e := range 300 {
		fmt.Fprintf(&b, "E-%d epic: 0 created\n", e+1)
	}
	for i := range 20_000 {
		day := float64(r.IntN(2800)) / 8
		fmt.Fprintf(&b, "T%c%c-%d story in E-%d: %g created by p%d", 'A'+i%6, 'A'+i/6%5, i+1, 1+r.IntN(300), day, r.IntN(200))
		for k := range 8 {
			day += float64(1+r.IntN(40)) / 8
			fmt.Fprintf(&b, "; %g %s by p%d", day, []string{"start", "wait", "start", "flag", "unflag", "todo", "start", "done"}[k], i%6*30+r.IntN(30))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// BenchmarkMeasures runs what this package adds to one scan, over 52 weeks.
func BenchmarkMeasures(b *testing.B) {
	o := assembletest.Tell(b, assemble.Rules{}, many20k())
	c := o.Cut(364, 52)
	a := Analyse(c)[0]
	homes := c.View.Homes()
	batches := batch.All(c.View, c.Lives)
	rows := func(do func(*work.Slice)) func() {
		return func() {
			do(&a.Org)
			for t := range a.Teams {
				do(&a.Teams[t])
			}
		}
	}
	for _, m := range []struct {
		name string
		do   func()
	}{
		{"homes", func() { c.View.Homes() }},
		{"load", func() { a.Load(homes) }},
		{"weeks", func() { a.Weeks() }},
		{"efficiency", func() { a.Efficiency() }},
		{"promises", func() { a.Promises(batches) }},
		{"sprints", func() { a.Sprints() }},
		{"outcomes", rows(func(s *work.Slice) { a.Outcomes(s) })},
		{"quality", rows(func(s *work.Slice) { a.Quality(s) })},
	} {
		b.Run(m.name, func(b *testing.B) {
			for b.Loop() {
				m.do()
			}
		})
	}
}
