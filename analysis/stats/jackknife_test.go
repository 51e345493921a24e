package stats

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJackknifeSE(t *testing.T) {
	t.Parallel()
	// For the mean the jackknife is the textbook standard error s/√n exactly:
	// 1, 2, 3, 4, 10 have s² = 12.5, so √(12.5/5). Leaving x out of the sum 20
	// leaves the mean (20-x)/4.
	near(t, "SE of a mean", JackknifeSE([]float64{19.0 / 4, 18.0 / 4, 17.0 / 4, 16.0 / 4, 10.0 / 4}), math.Sqrt(2.5), 1e-12)
	near(t, "SE without spread", JackknifeSE([]float64{3, 3, 3}), 0, 0)
	for name, xs := range map[string][]float64{
		"nothing": nil, "one value": {1}, "NaN": {1, math.NaN()}, "Inf": {1, math.Inf(1)},
		"overflow": {math.MaxFloat64, -math.MaxFloat64},
	} {
		isNaN(t, name, JackknifeSE(xs))
	}
}

func TestRatioOfSums(t *testing.T) {
	t.Parallel()
	// By hand: 6/8 = .75; without each cluster 5/6, 4/6 and 3/4, whose mean is
	// .75 as well; SE² = (2/3)(1/144 + 1/144 + 0) = 1/108; t(2, .975) = 4.30265.
	// The two empty clusters change nothing.
	e := RatioOfSums([]float64{1, 0, 2, 3, 0}, []float64{2, 0, 2, 4, 0})
	half := 4.30265272974946 * math.Sqrt(1.0/108)
	near(t, "value", e.Value, 0.75, 1e-15)
	near(t, "low", e.Low, 0.75-half, 1e-12)
	near(t, "high", e.High, 0.75+half, 1e-12)
	if e.N != 3 || e.Why != "" {
		t.Errorf("%+v, want 3 clusters", e)
	}
}

func TestRatioOfSumsIsAMean(t *testing.T) {
	t.Parallel()
	// With denominators of 1 the ratio is a mean and the interval the one-sample
	// t interval: 1, 2, 3, 4, 10 give 4 ± t(4, .975)·√2.5, with t = 2.776445105.
	e := RatioOfSums([]float64{1, 2, 3, 4, 10}, []float64{1, 1, 1, 1, 1})
	near(t, "value", e.Value, 4, 1e-15)
	near(t, "low", e.Low, 4-2.776445105*math.Sqrt(2.5), 1e-8)
	near(t, "high", e.High, 4+2.776445105*math.Sqrt(2.5), 1e-8)
}

func TestRatioOfSumsWhy(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, c := range []struct {
		name     string
		num, den []float64
		want     Estimate
	}{
		{"nothing", nil, nil, Unknown(0, "the denominators add up to 0")},
		{"lengths", []float64{1}, []float64{1, 2}, Unknown(0, "1 numerators do not match 2 denominators")},
		{"NaN", []float64{1, nan}, []float64{1, 2}, Unknown(0, "a number is not finite")},
		{"negative", []float64{1, 1}, []float64{3, -1}, Unknown(0, "a denominator is negative")},
		{"no denominator", []float64{1, 2}, []float64{0, 0}, Unknown(2, "the denominators add up to 0")},
		{"too large", []float64{math.MaxFloat64, math.MaxFloat64}, []float64{1, 1}, Unknown(2, "the ratio is too large for a number")},
		{"too far apart", []float64{math.MaxFloat64, -math.MaxFloat64}, []float64{1, 1}, point(0, 2, "the spread between clusters could not be computed")},
		{"one cluster", []float64{1, 0}, []float64{4, 0}, point(0.25, 1, "an interval needs 2 clusters, there is 1")},
		{"all in one", []float64{1, 2}, []float64{4, 0}, point(0.75, 2, "one cluster holds the whole denominator")},
		{"agreement", []float64{0.1, 0.2, 0.3}, []float64{0.3, 0.6, 0.9}, point(1.0/3, 3, "all clusters have the same ratio, so their spread is unknown")},
		{"all zero", []float64{0, 0}, []float64{3, 5}, point(0, 2, "all clusters have the same ratio, so their spread is unknown")},
	} {
		got := RatioOfSums(c.num, c.den)
		if diff := cmp.Diff(c.want, got, closeNaN); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		wellFormed(t, got)
	}
}

// TestRatioOfSumsCoverage draws 30 clusters of unequal size around the true
// ratio 0.4. 2000 draws have a standard error of 0.005.
func TestRatioOfSumsCoverage(t *testing.T) {
	t.Parallel()
	rng := Rand("ratio of sums")
	covered := 0
	const draws = 2000
	for range draws {
		num, den := make([]float64, 30), make([]float64, 30)
		for i := range num {
			den[i] = rng.ExpFloat64() + 0.2
			num[i] = den[i] * (0.2 + 0.4*rng.Float64())
		}
		if e := RatioOfSums(num, den); e.Low <= 0.4 && 0.4 <= e.High {
			covered++
		}
	}
	near(t, "coverage", float64(covered)/draws, 0.945, 0.02)
}

func FuzzRatioOfSums(f *testing.F) {
	f.Add(bytesOf(1, 2, 3), bytesOf(2, 2, 4))
	f.Add(bytesOf(0, 0), bytesOf(1, 0))
	f.Add(bytesOf(math.MaxFloat64, 1), bytesOf(math.SmallestNonzeroFloat64, 1))
	f.Add(bytesOf(-1, 1), bytesOf(1, math.NaN()))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		num, den := floats(a), floats(b)
		num0, den0 := slices.Clone(num), slices.Clone(den)
		e := RatioOfSums(num, den)
		se := JackknifeSE(num)
		unchanged(t, num, num0)
		unchanged(t, den, den0)
		wellFormed(t, e)
		if se < 0 || math.IsInf(se, 0) {
			t.Errorf("standard error %v of %v", se, num)
		}
	})
}
