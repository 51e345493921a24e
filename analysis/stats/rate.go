package stats

import (
	"fmt"
	"math"
)

// WeeklyRate returns the mean count per period, with a 95 % interval that
// allows for counts that scatter more than Poisson counts do. counts holds one
// whole number, zero or more, for every period of the window in any order; the
// periods are of equal length and independent. N is the sum of the counts.
//
// With w periods, sum s and mean m = s/w:
//
//	φ = max(1, Σ(cᵢ-m)²/m / (w-1))
//	interval = m·exp(± t_{w-1,.975}·√(φ/s))
//
// which is the quasi-Poisson regression on a constant with log link
// (Wedderburn 1974). With s = 0 the interval runs from 0 to the exact Poisson
// bound -ln(.025)/w (Garwood 1936).
//
// Fewer than 2 periods give a value without an interval. There is no value with
// no period, a negative count, or a sum beyond the range of int.
func WeeklyRate(counts []int) Estimate {
	sum, ok := sumCounts(counts)
	w := len(counts)
	switch {
	case !ok:
		return Unknown(0, "a count is negative, or the sum of the counts is too large")
	case w == 0:
		return Unknown(0, "there are no periods")
	}
	mean := float64(sum) / float64(w)
	switch {
	case w < 2:
		return point(mean, sum, fmt.Sprintf("an interval needs 2 periods, there is %d", w))
	case sum == 0:
		return bounded(0, 0, 0, -math.Log(alpha)/float64(w))
	}
	spread := math.Sqrt(dispersion(counts, mean) / float64(sum))
	factor := math.Exp(TQuantile(1-alpha, float64(w-1)) * spread)
	return bounded(mean, sum, mean/factor, mean*factor)
}

// dispersion is Pearson's chi-square per degree of freedom, at least 1, for at
// least 2 counts with a mean above 0.
func dispersion(counts []int, mean float64) float64 {
	var chi2 float64
	for _, c := range counts {
		d := float64(c) - mean
		chi2 += d * d / mean
	}
	return max(1, chi2/float64(len(counts)-1))
}

func sumCounts(counts []int) (sum int, ok bool) {
	for _, c := range counts {
		if c < 0 || sum > math.MaxInt-c {
			return 0, false
		}
		sum += c
	}
	return sum, true
}
