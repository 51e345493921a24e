package stats

import (
	"math"
	"slices"
)

// PValues are the p-values of one null hypothesis against its three
// alternatives. All three are NaN where there was no test; whatever holds them
// then says why.
type PValues struct {
	Below  float64 // that the true value lies below the one tested
	Above  float64 // that it lies above
	Either float64 // that it differs: twice the smaller of the two, at most 1
}

// twoSided completes both one-sided p-values.
func twoSided(below, above float64) PValues {
	below, above = min(max(below, 0), 1), min(max(above, 0), 1)
	return PValues{Below: below, Above: above, Either: min(1, 2*min(below, above))}
}

func noPValues() PValues { return PValues{math.NaN(), math.NaN(), math.NaN()} }

// normalP is the test of a statistic that is standard normal under the null
// hypothesis.
func normalP(z float64) PValues { return twoSided(normalCDF(z), normalCDF(-z)) }

// studentP is the test of a statistic that has a Student distribution with df
// degrees of freedom under the null hypothesis; df is above 0.
func studentP(t, df float64) PValues {
	if df > maxTrials {
		return normalP(t)
	}
	upper := tailT(math.Abs(t), df)
	if t < 0 {
		return twoSided(upper, 1-upper)
	}
	return twoSided(1-upper, upper)
}

// BenjaminiHochberg tells which of the hypotheses are rejected when at most a
// share q of the rejected ones may be false on average (Benjamini and Hochberg
// 1995): those with p <= p₍k₎, where p₍k₎ is the largest of the m sorted p-values
// with
//
//	p₍k₎ <= k·q/m
//
// The result has the order and length of p. A p that is NaN or outside [0, 1] is
// no test: it is not rejected and not counted in m. Nothing is rejected unless
// q lies between 0 and 1.
func BenjaminiHochberg(p []float64, q float64) []bool {
	rejected := make([]bool, len(p))
	tests := ascending(slices.DeleteFunc(slices.Clone(p), func(x float64) bool { return !isShare(x) }))
	if !isShare(q) {
		return rejected
	}
	cut := math.NaN()
	for k, x := range tests {
		if x <= float64(k+1)*q/float64(len(tests)) {
			cut = x
		}
	}
	for i, x := range p {
		rejected[i] = x >= 0 && x <= cut
	}
	return rejected
}
