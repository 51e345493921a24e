package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gonum.org/v1/gonum/stat/distuv"
)

func TestWeeklyRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		counts           []int
		value, low, high float64
		n                int
	}{
		// By hand with t(3, .975) = 3.18244630528371: Pearson's chi-square is
		// 14/6, below its 3 degrees of freedom, so φ = 1 and √(1/24) remains.
		{"as even as Poisson", []int{4, 6, 5, 9}, 6, 3.133483539, 11.48881095, 24},
		// Chi-square 104/6 gives φ = 5.7778.
		{"scattered", []int{0, 10, 2, 12}, 6, 1.258954265, 28.59516107, 24},
		// Garwood: the upper end solves exp(-4m) = .025.
		{"no counts", []int{0, 0, 0, 0}, 0, 0, 0.9222198635, 0},
	} {
		e := WeeklyRate(c.counts)
		near(t, c.name+" value", e.Value, c.value, 1e-12)
		near(t, c.name+" low", e.Low, c.low, 1e-7)
		near(t, c.name+" high", e.High, c.high, 1e-7)
		if e.N != c.n {
			t.Errorf("%s: N = %d, want %d", c.name, e.N, c.n)
		}
		wellFormed(t, e)
	}
}

func TestWeeklyRateWhy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		counts []int
		want   Estimate
	}{
		{"no periods", nil, Unknown(0, "there are no periods")},
		{"one period", []int{5}, point(5, 5, "an interval needs 2 periods, there is 1")},
		{"one empty period", []int{0}, point(0, 0, "an interval needs 2 periods, there is 1")},
		{"a negative count", []int{5, -1}, Unknown(0, "a count is negative, or the sum of the counts is too large")},
		{"overflow", []int{math.MaxInt, 1}, Unknown(0, "a count is negative, or the sum of the counts is too large")},
	} {
		got := WeeklyRate(c.counts)
		if diff := cmp.Diff(c.want, got, sameNaN); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		wellFormed(t, got)
	}
}

// TestWeeklyRateCoverage draws half a year of weeks from known rates. 2000 draws
// have a standard error of 0.005.
func TestWeeklyRateCoverage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name       string
		mean       float64
		dispersion float64 // variance over mean
		low, high  float64 // accepted coverage
	}{
		{"Poisson, 8 a week", 8, 1, 0.945, 0.985},
		{"Poisson, 1 a week", 1, 1, 0.945, 0.985},
		{"overdispersed, 8 a week", 8, 3, 0.925, 0.965},
		{"overdispersed, 2 a week", 2, 2, 0.92, 0.965},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rng := Rand("weekly rate", c.name)
			covered := 0
			const draws = 2000
			for range draws {
				if e := WeeklyRate(drawCounts(rng, 26, c.mean, c.dispersion)); e.Low <= c.mean && c.mean <= e.High {
					covered++
				}
			}
			if got := float64(covered) / draws; got < c.low || got > c.high {
				t.Errorf("coverage %v, want %v to %v", got, c.low, c.high)
			}
		})
	}
}

// drawCounts draws Poisson counts, with a gamma-distributed rate where the
// dispersion exceeds 1 (negative binomial counts).
func drawCounts(rng *rand.Rand, weeks int, mean, dispersion float64) []int {
	counts := make([]int, weeks)
	for i := range counts {
		rate := mean
		if dispersion > 1 {
			rate = distuv.Gamma{Alpha: mean / (dispersion - 1), Beta: 1 / (dispersion - 1), Src: rng}.Rand()
		}
		counts[i] = int(distuv.Poisson{Lambda: max(rate, 1e-9), Src: rng}.Rand())
	}
	return counts
}

func FuzzWeeklyRate(f *testing.F) {
	f.Add([]byte{1, 2, 3}, 0)
	f.Add([]byte{}, math.MaxInt)
	f.Add([]byte{0, 0, 0, 0}, 0)
	f.Add([]byte{0, 0, 0, 255}, -1)
	f.Fuzz(func(t *testing.T, data []byte, extra int) {
		counts := []int{extra}
		for _, b := range data {
			counts = append(counts, int(b))
		}
		before := slices.Clone(counts)
		e := WeeklyRate(counts)
		wellFormed(t, e)
		if !slices.Equal(counts, before) {
			t.Errorf("the argument was changed to %v", counts)
		}
		if extra >= 0 && extra < math.MaxInt/2 && !e.Known() {
			t.Errorf("no rate for %v: %+v", counts, e)
		}
	})
}
