package stats

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Quantile returns the p quantile of xs by type 7 of Hyndman and Fan (1996):
// with xs sorted and counted from 0, the value at position (n-1)p, linear
// between neighbours. Half of {1, 2, 3, 4} is 2.5.
//
// xs need not be sorted and is not changed. The result is in the unit of xs. It
// is NaN where xs is empty or holds a NaN, where p is outside [0, 1], and
// between a neighbour at -Inf and one at +Inf.
func Quantile(xs []float64, p float64) float64 {
	if len(xs) == 0 || !isShare(p) || slices.ContainsFunc(xs, math.IsNaN) {
		return math.NaN()
	}
	return type7(ascending(xs), p)
}

// QuantileEstimate returns the p quantile of xs with a 95 % interval that
// assumes nothing about the distribution but independent values.
//
// The value is that of [Quantile]; N is the number of values. The interval runs
// from the l-th to the u-th smallest value, where l is the largest and u the
// smallest rank with P(B < l) <= 2.5 % and P(B >= u) <= 2.5 % for B binomial
// with n trials of chance p (Hahn and Meeker 1991, chapter 5). Its coverage is
// at least 95 %, more with ties. Where n is too small for such ranks the value
// stands alone and Why says how many values are needed: 6 for the median, 72
// for the 95th percentile.
//
// There is no value where xs is empty or holds a value that is not finite, or
// where p is outside [0, 1].
func QuantileEstimate(xs []float64, p float64) Estimate {
	n := len(xs)
	switch {
	case n == 0:
		return Unknown(0, "there are no values")
	case !isShare(p):
		return Unknown(n, fmt.Sprintf("%v is not a share between 0 and 1", p))
	case !allFinite(xs):
		return Unknown(n, "a value is not a finite number")
	}
	sorted := ascending(xs)
	value := type7(sorted, p)
	low, high := quantileRanks(n, p)
	if low < 1 || high > n {
		return point(value, n, tooFewValues(p))
	}
	return bounded(value, n, sorted[low-1], sorted[high-1])
}

// type7 expects sorted values without NaN, at least one, and p in [0, 1].
func type7(sorted []float64, p float64) float64 {
	position := p * float64(len(sorted)-1)
	i := int(position)
	if i >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	low, high, part := sorted[i], sorted[i+1], position-float64(i)
	if part == 0 || low == high {
		return low
	}
	return min(max((1-part)*low+part*high, low), high)
}

// quantileRanks returns the ranks, counted from 1, of the order statistics that
// bound the p quantile of n values; low is 0 or high is n+1 where n is too small.
func quantileRanks(n int, p float64) (low, high int) {
	low = sort.Search(n+1, func(k int) bool { return binomialBelow(k, n, p) > alpha }) - 1
	high = sort.Search(n+1, func(k int) bool { return 1-binomialBelow(k, n, p) <= alpha })
	return low, high
}

// binomialBelow returns P(B < k) for B binomial with n trials of chance p, where
// k is at most n.
func binomialBelow(k, n int, p float64) float64 {
	if k <= 0 {
		return 0
	}
	return regIncBeta(float64(n-k+1), float64(k), 1-p)
}

// tooFewValues says how many values the interval of the p quantile needs: the
// smallest n at which the extremes bound it, p^n and (1-p)^n both <= 2.5 %.
func tooFewValues(p float64) string {
	need := math.Ceil(math.Log(alpha) / math.Log1p(-min(p, 1-p)))
	if !(need < 1e9) {
		return fmt.Sprintf("no sample of a practical size bounds the %v quantile on both sides", p)
	}
	return fmt.Sprintf("a 95 %% interval of the %v quantile needs %.0f values", p, need)
}

// ascending returns a sorted copy.
func ascending(xs []float64) []float64 {
	sorted := slices.Clone(xs)
	slices.Sort(sorted)
	return sorted
}
