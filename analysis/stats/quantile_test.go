package stats

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	// statistics.quantiles(skewed, n=20, method="inclusive") of Python 3.11, an
	// independent implementation of type 7.
	skewed := []float64{3.1, 0.2, 8.5, 1.7, 4.4, 2.9, 15.0}
	for _, c := range []struct {
		name string
		xs   []float64
		p    float64
		want float64
	}{
		{"Python 5 %", skewed, 0.05, 0.65},
		{"Python 25 %", skewed, 0.25, 2.3},
		{"Python 50 %", skewed, 0.50, 3.1},
		{"Python 85 %", skewed, 0.85, 9.15},
		{"Python 95 %", skewed, 0.95, 13.05},
		{"an even number, where gonum says 2", []float64{1, 2, 3, 4}, 0.5, 2.5},
		{"an odd number, where gonum says 2.5", []float64{5, 4, 3, 2, 1}, 0.5, 3},
		{"one value", []float64{7}, 0.85, 7},
		{"minimum", skewed, 0, 0.2},
		{"maximum", skewed, 1, 15},
		{"ties", []float64{2, 2, 2, 9}, 0.5, 2},
		{"an infinite value beyond the quantile", []float64{1, 2, math.Inf(1)}, 0.5, 2},
		{"values at both ends of the range", []float64{-math.MaxFloat64, math.MaxFloat64}, 0.5, 0},
	} {
		near(t, c.name, Quantile(c.xs, c.p), c.want, 1e-12)
	}
}

func TestQuantileOfConsecutiveNumbers(t *testing.T) {
	t.Parallel()
	// Closed form: for the numbers 1 to n type 7 is 1 + (n-1)p.
	for _, n := range []int{1, 2, 10, 101} {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = float64(n - i)
		}
		for _, p := range []float64{0, 0.1, 1.0 / 3, 0.5, 0.85, 0.95, 1} {
			near(t, fmt.Sprintf("n=%d p=%v", n, p), Quantile(xs, p), 1+float64(n-1)*p, 1e-10)
		}
	}
}

func TestQuantileWithoutAnswer(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	isNaN(t, "of nothing", Quantile(nil, 0.5))
	isNaN(t, "with a NaN", Quantile([]float64{1, nan, 2}, 0.5))
	isNaN(t, "between infinities", Quantile([]float64{-inf, inf}, 0.5))
	for _, p := range []float64{-0.1, 1.1, nan} {
		isNaN(t, "outside [0, 1]", Quantile([]float64{1, 2}, p))
	}
}

func TestQuantileEstimateRanks(t *testing.T) {
	t.Parallel()
	// Ranks of the 95 % interval of a median as in printed tables of the sign
	// test (critical values 0, 1, 3, 5, 17 at n = 6, 10, 15, 20, 50).
	for _, c := range []struct{ n, low, high int }{
		{6, 1, 6}, {10, 2, 9}, {15, 4, 12}, {20, 6, 15}, {50, 18, 33},
	} {
		xs := make([]float64, c.n)
		for i := range xs {
			xs[i] = float64(c.n - i) // descending; the value is its own rank
		}
		e := QuantileEstimate(xs, 0.5)
		if e.Low != float64(c.low) || e.High != float64(c.high) || e.N != c.n {
			t.Errorf("n=%d: %+v, want ranks %d to %d", c.n, e, c.low, c.high)
		}
		wellFormed(t, e)
	}
}

// TestQuantileEstimateCoverage sums binomial probabilities term by term.
func TestQuantileEstimateCoverage(t *testing.T) {
	t.Parallel()
	for _, p := range []float64{0.05, 0.25, 0.5, 0.85, 0.95} {
		for n := 1; n <= 150; n++ {
			checkRanks(t, n, p)
		}
	}
}

func checkRanks(t *testing.T, n int, p float64) {
	t.Helper()
	pmf := binomialTerms(n, p)
	cdf := func(k int) float64 { return sum(pmf[:k+1]) } // P(B <= k)
	low, high := quantileRanks(n, p)
	needed := math.Pow(p, float64(n)) <= 0.025 && math.Pow(1-p, float64(n)) <= 0.025
	if got := low >= 1 && high <= n; got != needed {
		t.Fatalf("n=%d p=%v: ranks %d to %d, want an interval: %v", n, p, low, high, needed)
	}
	if !needed {
		return
	}
	if coverage := sum(pmf[low:high]); coverage < 0.95 {
		t.Errorf("n=%d p=%v: coverage %v", n, p, coverage)
	}
	if cdf(low-1) > 0.025 || cdf(low) <= 0.025 {
		t.Errorf("n=%d p=%v: rank %d is not the largest with 2.5 %% below", n, p, low)
	}
	if 1-cdf(high-1) > 0.025+1e-12 || 1-cdf(high-2) <= 0.025 {
		t.Errorf("n=%d p=%v: rank %d is not the smallest with 2.5 %% above", n, p, high)
	}
	if position := float64(n-1)*p + 1; float64(low) > position || float64(high) < position {
		t.Errorf("n=%d p=%v: ranks %d to %d do not hold position %v", n, p, low, high, position)
	}
}

func binomialTerms(n int, p float64) []float64 {
	pmf := make([]float64, n+1)
	all, _ := math.Lgamma(float64(n + 1))
	for k := range pmf {
		a, _ := math.Lgamma(float64(k + 1))
		b, _ := math.Lgamma(float64(n - k + 1))
		pmf[k] = math.Exp(all - a - b + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
	}
	return pmf
}

func sum(xs []float64) float64 {
	var s float64
	for _, x := range xs {
		s += x
	}
	return s
}

func TestQuantileEstimateWhy(t *testing.T) {
	t.Parallel()
	ten := slices.Repeat([]float64{1}, 10)
	// 23 and 72: the smallest n with .85^n and .95^n at most .025, by hand
	// (.85^22 = .0280, .85^23 = .0238; .95^71 = .0262, .95^72 = .0249).
	for _, c := range []struct {
		name  string
		xs    []float64
		p     float64
		known bool
		why   string
	}{
		{"median of five", ten[:5], 0.5, true, "a 95 % interval of the 0.5 quantile needs 6 values"},
		{"P85 of ten", ten, 0.85, true, "a 95 % interval of the 0.85 quantile needs 23 values"},
		{"P95 of ten", ten, 0.95, true, "a 95 % interval of the 0.95 quantile needs 72 values"},
		{"P5 of ten", ten, 0.05, true, "a 95 % interval of the 0.05 quantile needs 72 values"},
		{"maximum", ten, 1, true, "no sample of a practical size bounds the 1 quantile on both sides"},
		{"minimum", ten, 0, true, "no sample of a practical size bounds the 0 quantile on both sides"},
		{"nothing", nil, 0.5, false, "there are no values"},
		{"p", ten, 1.5, false, "1.5 is not a share between 0 and 1"},
		{"NaN", []float64{1, math.NaN()}, 0.5, false, "a value is not a finite number"},
		{"Inf", []float64{1, math.Inf(1)}, 0.5, false, "a value is not a finite number"},
	} {
		e := QuantileEstimate(c.xs, c.p)
		if e.Known() != c.known || e.Bounded() || e.Why != c.why || e.N != len(c.xs) {
			t.Errorf("%s: %+v, want Why %q", c.name, e, c.why)
		}
		wellFormed(t, e)
	}
	for p, need := range map[float64]int{0.5: 6, 0.85: 23, 0.95: 72, 0.05: 72} {
		if !QuantileEstimate(make([]float64, need), p).Bounded() || QuantileEstimate(make([]float64, need-1), p).Bounded() {
			t.Errorf("p=%v: %d values are not what the interval needs", p, need)
		}
	}
}

func FuzzQuantile(f *testing.F) {
	f.Add(bytesOf(3, 1, 2), 0.5)
	f.Add(bytesOf(1, math.NaN()), 0.5)
	f.Add(bytesOf(math.Inf(-1), math.Inf(1), 0, 0, 0, 0, 0), 0.9)
	f.Add(bytesOf(-math.MaxFloat64, math.MaxFloat64, 1, 2, 3, 4, 5, 6), 0.1)
	f.Add(bytesOf(), 2.0)
	f.Fuzz(func(t *testing.T, data []byte, p float64) {
		xs := floats(data)
		before := slices.Clone(xs)
		v, e := Quantile(xs, p), QuantileEstimate(xs, p)
		unchanged(t, xs, before)
		wellFormed(t, e)
		if e.Known() && e.Value != v {
			t.Errorf("estimate %v, quantile %v", e.Value, v)
		}
		if !math.IsNaN(v) && (v < slices.Min(xs) || v > slices.Max(xs)) {
			t.Errorf("%v is outside the values %v", v, xs)
		}
		if math.IsNaN(v) && len(xs) > 0 && isShare(p) && allFinite(xs) {
			t.Errorf("no quantile of %v at %v", xs, p)
		}
	})
}

func BenchmarkQuantile(b *testing.B) {
	for _, n := range []int{1e3, 1e4, 1e5} {
		rng := Rand("bench")
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = rng.ExpFloat64()
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Quantile(xs, 0.85)
			}
		})
	}
}
