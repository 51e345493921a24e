package stats

import (
	"math"
	"slices"
	"testing"
)

// evenChiSquared is the chi-squared upper tail for an even number of degrees of freedom:
// exp(-x/2)·Σ_{k<df/2} (x/2)^k/k!.
func evenChiSquared(x float64, df int) (sum float64) {
	term := math.Exp(-x / 2)
	for k := 1; k <= df/2; k++ {
		sum += term
		term *= x / 2 / float64(k)
	}
	return sum
}

func TestVarianceToMean(t *testing.T) {
	t.Parallel()
	for _, counts := range [][]int{
		{0, 9, 0, 1, 0, 8, 0, 0, 2, 0, 6, 0, 0},
		{2, 2, 2, 3, 2, 2, 2, 1, 2, 2, 2, 2, 2},
		{3, 1, 2, 0, 4, 2, 1, 3, 2, 5, 1, 2, 3},
	} {
		var sum, squares float64
		for _, c := range counts {
			sum += float64(c)
			squares += float64(c * c)
		}
		mean := sum / 13
		want := (squares - 13*mean*mean) / 12 / mean
		e, p := VarianceToMean(counts)
		wellFormed(t, e)
		near(t, "ratio", e.Value, want, 1e-12)
		nearP(t, "p", p, 1-evenChiSquared(12*want, 12), evenChiSquared(12*want, 12))
	}
}

func TestVarianceToMeanWithoutAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		counts []int
		known  bool
	}{
		{nil, false}, {[]int{3}, false}, {make([]int, 20), false}, {[]int{1, -1}, false},
		{[]int{math.MaxInt, 1}, false},
		{[]int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, true},
		{append(make([]int, 12), 5), true},
	} {
		e, p := VarianceToMean(c.counts)
		wellFormed(t, e)
		isP(t, e.Why, p, false)
		if e.Known() != c.known {
			t.Errorf("%v: %+v", c.counts, e)
		}
	}
}

func TestBurstiness(t *testing.T) {
	t.Parallel()
	clockwork := Burstiness(slices.Repeat([]float64{7}, 20))
	near(t, "B of a clockwork", clockwork.B, -1, 1e-12)
	near(t, "A of a clockwork", clockwork.A, -1, 1e-12)
	// One gap of 1 among n-1 of 0 has σ/μ = √(n-1), the most there is: A is 1.
	burst := Burstiness(append(make([]float64, 15), 1))
	near(t, "B of one burst", burst.B, (math.Sqrt(15)-1)/(math.Sqrt(15)+1), 1e-12)
	near(t, "A of one burst", burst.A, 1, 1e-12)
	// Five of 1 and five of 3: μ = 2, σ = 1, r = ½.
	by := Burstiness(slices.Repeat([]float64{1, 3}, 5))
	near(t, "B by hand", by.B, -1.0/3, 1e-12)
	near(t, "A by hand", by.A, (math.Sqrt(11)/2-3)/((math.Sqrt(11)-2)/2+3), 1e-12)
	near(t, "in another unit", Burstiness(slices.Repeat([]float64{1e307, 3e307}, 5)).A, by.A, 1e-12)
}

// TestBurstinessOfTenGaps: the metric catalogue states -0.079 for B and -0.033 for
// A, on average over ten exponential gaps.
func TestBurstinessOfTenGaps(t *testing.T) {
	t.Parallel()
	rng := Rand("gaps")
	const draws = 20000
	var b, a float64
	for range draws {
		gaps := make([]float64, 10)
		for i := range gaps {
			gaps[i] = rng.ExpFloat64()
		}
		got := Burstiness(gaps)
		b += got.B / draws
		a += got.A / draws
	}
	near(t, "B", b, -0.079, 0.003)
	near(t, "A", a, -0.033, 0.004)
}

func TestBurstinessWithoutAnswer(t *testing.T) {
	t.Parallel()
	for _, gaps := range [][]float64{nil, {0, 0}, {1, -1}, {1, math.NaN()}, {math.Inf(1)}} {
		got := Burstiness(gaps)
		checkBurst(t, got)
		isNaN(t, "B", got.B)
	}
	nine := Burstiness(slices.Repeat([]float64{1, 2, 3}, 3))
	checkBurst(t, nine)
	isNaN(t, "A of nine", nine.A)
}

func checkBurst(t *testing.T, b Burst) {
	t.Helper()
	for _, x := range []float64{b.B, b.A} {
		if math.IsNaN(x) && b.Why == "" || x < -1-1e-9 || x > 1+1e-9 {
			t.Errorf("%+v", b)
		}
	}
}
