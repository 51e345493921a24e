package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// By hand, with t_.975 of 6 and 10 degrees of freedom from the tables: 2.446912
// and 2.228139.
func TestWeeklyDifference(t *testing.T) {
	for _, c := range []struct {
		name        string
		a, b        []int
		value, half float64
		n           int
	}{
		// φ = 1: the counts are even. √((5+3)/4)
		{"even", []int{5, 5, 5, 5}, []int{3, 3, 3, 3}, 2, 2.446912 * math.Sqrt(2), 32},
		// Pearson's χ² is 4·(4²/4)=16 for a and 0 for b, over 2·4−2: φ = 16/6; √(φ(4+2)/4)
		{"clumped", []int{8, 0, 8, 0}, []int{2, 2, 2, 2}, 2, 2.446912 * math.Sqrt(16.0/6*6/4), 24},
		{"the other way round", []int{2, 2, 2, 2}, []int{8, 0, 8, 0}, -2, 2.446912 * math.Sqrt(16.0/6*6/4), 24},
		{"one of nothing", []int{1, 1, 1, 1, 1, 1}, []int{0, 0, 0, 0, 0, 0}, 1, 2.228139 * math.Sqrt(1.0/6), 6},
	} {
		e, p := WeeklyDifference(c.a, c.b)
		if e.Value != c.value || e.N != c.n || math.Abs(e.Low-(c.value-c.half)) > 1e-5 || math.Abs(e.High-(c.value+c.half)) > 1e-5 || e.Why != "" {
			t.Errorf("%s: %+v, want %v ± %v", c.name, e, c.value, c.half)
		}
		// The test and the interval are one: 0 lies outside where p < 5 %.
		if (p.Either < 0.05) != (e.Low > 0 || e.High < 0) || (p.Above < p.Below) != (c.value > 0) {
			t.Errorf("%s: %+v, %+v", c.name, e, p)
		}
	}
}

func TestWeeklyDifferenceTakesAnything(t *testing.T) {
	for _, c := range []struct {
		a, b  []int
		value float64
		why   string
	}{
		{nil, nil, math.NaN(), "there are no periods that both have"},
		{[]int{1}, []int{1, 2}, math.NaN(), "there are no periods that both have"},
		{[]int{-1, 2}, []int{1, 2}, math.NaN(), "a count is negative, or the sum of the counts is too large"},
		{[]int{math.MaxInt, 0}, []int{1, 2}, math.NaN(), "a count is negative, or the sum of the counts is too large"},
		{[]int{0, 0}, []int{0, 0}, math.NaN(), "nothing happened"},
		{[]int{4}, []int{1}, 3, "an interval needs 2 periods"},
	} {
		e, p := WeeklyDifference(c.a, c.b)
		if e.Value != c.value && !(math.IsNaN(e.Value) && math.IsNaN(c.value)) || e.Why != c.why || !math.IsNaN(p.Either) || e.Bounded() {
			t.Errorf("%v and %v: %+v, %+v", c.a, c.b, e, p)
		}
	}
}

// Of equal rates, counts of clumps of four are told apart in about 5 % of draws,
// where Poisson's law would in many more.
func TestWeeklyDifferenceAllowsForClumps(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 101))
	told, poisson := 0, 0
	const draws = 1500
	for range draws {
		var a, b [26]int
		for range 40 { // all but a Poisson number of clumps a week, one on average
			for w := range 26 {
				for _, s := range []*[26]int{&a, &b} {
					if rng.IntN(40) == 0 {
						s[w] += 4
					}
				}
			}
		}
		if _, p := WeeklyDifference(a[:], b[:]); p.Either < 0.05 {
			told++
		}
		sa, _ := sumCounts(a[:])
		sb, _ := sumCounts(b[:])
		if math.Abs(float64(sa-sb)) > 1.96*math.Sqrt(float64(sa+sb)) {
			poisson++
		}
	}
	if poisson < draws/5 {
		t.Errorf("Poisson's law tells only %d of %d apart: the clumps test nothing", poisson, draws)
	}
	if share := float64(told) / draws; share < 0.03 || share > 0.075 {
		t.Errorf("%.3f of equal rates differ at 5 %%", share)
	}
}
