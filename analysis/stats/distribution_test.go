package stats

import (
	"math"
	"testing"
)

func TestNormalQuantile(t *testing.T) {
	t.Parallel()
	// mpmath 1.3.0, sqrt(2)*erfinv(2p-1) with 30 digits.
	for p, want := range map[float64]float64{
		0.025: -1.95996398454005, 0.5: 0, 0.9: 1.2815515655446, 1e-10: -6.36134090240406, 0.999999: 4.7534243088229,
	} {
		near(t, "NormalQuantile", NormalQuantile(p), want, 1e-10)
	}
	if NormalQuantile(0) != math.Inf(-1) || NormalQuantile(1) != math.Inf(1) {
		t.Error("the ends are not infinite")
	}
	for _, p := range []float64{-0.1, 1.1, math.NaN(), math.Inf(1)} {
		isNaN(t, "NormalQuantile outside [0, 1]", NormalQuantile(p))
	}
}

func TestTQuantileClosedForms(t *testing.T) {
	t.Parallel()
	for _, p := range []float64{1e-9, 0.001, 0.025, 0.3, 0.4999, 0.5, 0.51, 0.9, 0.975, 0.9999} {
		// One degree of freedom is the Cauchy distribution; two has a closed form
		// as well (Abramowitz and Stegun 1964, 26.7).
		cauchy := -1 / math.Tan(math.Pi*p)
		two := (2*p - 1) / math.Sqrt(2*p*(1-p))
		near(t, "t with 1 df", TQuantile(p, 1), cauchy, 1e-9*math.Max(1, math.Abs(cauchy)))
		near(t, "t with 2 df", TQuantile(p, 2), two, 1e-9*math.Max(1, math.Abs(two)))
	}
}

func TestTQuantilePublished(t *testing.T) {
	t.Parallel()
	// mpmath 1.3.0: root of betainc(df/2, 1/2, 0, df/(df+t^2))/2 with 40 digits.
	for _, c := range []struct{ p, df, want float64 }{
		{0.975, 3, 3.18244630528371},
		{0.975, 19, 2.09302405440831},
		{0.975, 39, 2.02269092003676},
		{0.95, 7.5, 1.87574747921129},
		{1e-10, 9999, -6.36794201218026},
		{1e-10, 10000, -6.3679413514828},
		{1e-10, 100000, -6.36200041984369},
		{0.975, 1e6, 1.95996635681411},
	} {
		near(t, "TQuantile", TQuantile(c.p, c.df), c.want, 1e-10)
	}
}

func TestTQuantileEdges(t *testing.T) {
	t.Parallel()
	if TQuantile(0, 5) != math.Inf(-1) || TQuantile(1, 5) != math.Inf(1) || TQuantile(0.5, 5) != 0 {
		t.Error("wrong at p = 0, 1 or 1/2")
	}
	if got, want := TQuantile(0.9, math.Inf(1)), NormalQuantile(0.9); got != want {
		t.Errorf("with infinite df %v, want the normal %v", got, want)
	}
	if got := TQuantile(0.975, 1e-5); got != math.Inf(1) {
		t.Errorf("with df near 0 %v, want +Inf", got)
	}
	for _, c := range [][2]float64{{-1, 5}, {2, 5}, {math.NaN(), 5}, {0.5, 0}, {0.5, -1}, {0.5, math.NaN()}} {
		isNaN(t, "TQuantile outside its domain", TQuantile(c[0], c[1]))
	}
}

func FuzzTQuantile(f *testing.F) {
	f.Add(0.975, 19.0)
	f.Add(1e-300, 0.01)
	f.Add(0.5, 1e300)
	f.Fuzz(func(t *testing.T, p, df float64) {
		got := TQuantile(p, df)
		inDomain := isShare(p) && df > 0
		switch {
		case inDomain == math.IsNaN(got):
			t.Errorf("TQuantile(%v, %v) = %v", p, df, got)
		case p < 0.5 && got > 0, p > 0.5 && got < 0:
			t.Errorf("TQuantile(%v, %v) = %v is on the wrong side", p, df, got)
		}
		z := NormalQuantile(p)
		if isShare(p) && math.IsNaN(z) {
			t.Errorf("NormalQuantile(%v) is NaN", p)
		}
	})
}
