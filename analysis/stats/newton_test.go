package stats

import (
	"math"
	"testing"
)

// Newton's quantile is where the tail is: the chance beyond it is the one asked
// for, and bisection on the tail finds no other.
func TestNewtonT(t *testing.T) {
	found := 0
	for _, df := range []float64{3, 3.7, 5, 9.25, 30, 41.5, 120, 999.9, 9999} {
		for _, q := range []float64{1e-6, 1e-4, 0.005, 0.025, 0.05, 0.1, 0.25, 0.4} {
			x, ok := newtonT(q, df)
			if !ok {
				continue
			}
			found++
			if tail := tailT(x, df); math.Abs(tail-q) > 1e-12*q {
				t.Errorf("q %v, df %v: %v, beyond which lies %v", q, df, x, tail)
			}
			if !(tailT(x*(1-1e-9), df) > q && tailT(x*(1+1e-9), df) < q) {
				t.Errorf("q %v, df %v: %v is not where the tail passes q", q, df, x)
			}
		}
	}
	if found < 60 {
		t.Errorf("found %d of 72", found)
	}
	// t with 10 degrees of freedom: 2.228 and 1.812 in every table.
	for q, want := range map[float64]float64{0.025: 2.228138852, 0.05: 1.812461123} {
		if x, ok := newtonT(q, 10); !ok || math.Abs(x-want) > 1e-8 {
			t.Errorf("q %v: %v, want %v", q, x, want)
		}
	}
}
