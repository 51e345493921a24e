package stats

import (
	"math"
	"testing"
)

// With 1 degree of freedom P(T >= t) = 1/2 − atan(t)/π, with 2 it is
// (1 − t/√(2+t²))/2, and TTail is the inverse of TQuantile.
func TestTTail(t *testing.T) {
	for _, x := range []float64{-40, -3, -1, -0.01, 0, 0.2, 1, 2.5, 12.7, 300} {
		if got, want := TTail(x, 1), 0.5-math.Atan(x)/math.Pi; math.Abs(got-want) > 1e-12 {
			t.Errorf("df 1, t %v: %v, want %v", x, got, want)
		}
		if got, want := TTail(x, 2), (1-x/math.Sqrt(2+x*x))/2; math.Abs(got-want) > 1e-12 {
			t.Errorf("df 2, t %v: %v, want %v", x, got, want)
		}
		for _, df := range []float64{1.5, 14, 29.25, 2e5} {
			if p := TTail(x, df); p > 1e-9 && p < 1-1e-9 && math.Abs(TQuantile(1-p, df)-x) > 1e-6*max(1, math.Abs(x)) {
				t.Errorf("df %v: the tail of %v is %v, of which the quantile is %v", df, x, p, TQuantile(1-p, df))
			}
		}
	}
	// Tables: 5 % lie beyond 1.761 with 14 degrees, beyond 1.645 with very many.
	if got := TTail(1.7613, 14); math.Abs(got-0.05) > 1e-5 {
		t.Errorf("%v", got)
	}
	if got := TTail(1.6448536, 1e7); math.Abs(got-0.05) > 1e-7 {
		t.Errorf("%v", got)
	}
	inf := math.Inf(1)
	if TTail(inf, 3) != 0 || TTail(-inf, 3) != 1 || TTail(1e200, 3) != 0 || !math.IsNaN(TTail(math.NaN(), 3)) || !math.IsNaN(TTail(1, 0)) || TTail(inf, inf) != 0 {
		t.Error("the ends are wrong")
	}
}
