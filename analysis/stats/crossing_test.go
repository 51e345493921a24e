package stats

import (
	"math"
	"testing"
)

// countCalls counts the calls of f.
func countCalls(calls *int, f func(float64) float64) func(float64) float64 {
	return func(x float64) float64 { *calls++; return f(x) }
}

func TestCrossing(t *testing.T) {
	t.Parallel()
	step := func(x float64) float64 { return map[bool]float64{true: 3, false: -1}[x < math.Pi] }
	for _, c := range []struct {
		name  string
		f     func(float64) float64
		want  float64
		calls int // at most: bisection needs 34
	}{
		{"line", func(x float64) float64 { return 1 - 2*x }, 0.5, 80},
		{"cubic", func(x float64) float64 { return 8 - x*x*x }, 2, 30},
		{"sigmoid", func(x float64) float64 { return math.Tanh(math.E - x) }, math.E, 40},
		{"step", step, math.Pi, 110},
		{"steps", func(x float64) float64 { return math.Ceil(0.5 - x) }, 1, 120}, // 0 from 0.5 to 1.5
		{"plateau", func(x float64) float64 { return max(0, -x-3) - max(0, x-5) }, 1, 120},
	} {
		calls := 0
		f := countCalls(&calls, c.f)
		at := bracket{-8, 9, c.f(-8), c.f(9)}.crossing(f, 1e-9)
		near(t, c.name, at, c.want, 2e-9)
		if calls > c.calls {
			t.Errorf("%s: %d calls, want at most %d", c.name, calls, c.calls)
		}
		g := guess{at: 2.2, slope: 1, limits: bracket{low: -8, high: 9}}
		at, ok := g.crossing(f, 1e-9)
		if near(t, c.name+" from a guess", at, c.want, 2e-9); !ok {
			t.Errorf("%s: no crossing from a guess", c.name)
		}
	}
	for name, f := range map[string]func(float64) float64{
		"above": func(float64) float64 { return 1 }, "below": func(float64) float64 { return -1 },
		"on": func(float64) float64 { return 0 }, "down to 0": func(x float64) float64 { return max(0, -x) },
	} {
		for _, slope := range []float64{0, 1, 1e-300, math.Inf(1)} {
			g := guess{at: 2.2, slope: slope, limits: bracket{low: -8, high: 9}}
			if at, ok := g.crossing(f, 1e-9); ok {
				t.Errorf("%s, slope %v: crosses at %v", name, slope, at)
			}
		}
	}
}
