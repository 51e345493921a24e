package stats

import (
	"fmt"
	"math"
)

// JackknifeSE returns the delete-one jackknife standard error
//
//	√((g-1)/g · Σ(θᵢ - θ̄)²)
//
// of a statistic from its g values with one unit left out each, in any order
// (Efron and Tibshirani 1993, chapter 11). It is NaN with fewer than 2 values,
// where a value is not finite, and where the squares overflow.
func JackknifeSE(leaveOneOut []float64) float64 {
	g := float64(len(leaveOneOut))
	if g < 2 || !allFinite(leaveOneOut) {
		return math.NaN()
	}
	var mean, squares float64
	for _, x := range leaveOneOut {
		mean += x / g
	}
	for _, x := range leaveOneOut {
		squares += (x - mean) * (x - mean)
	}
	se := math.Sqrt((g - 1) / g * squares)
	if !finite(se) {
		return math.NaN()
	}
	return se
}

// noSpread is the standard error, relative to the value, below which clusters
// that should agree exactly differ by rounding only.
const noSpread = 1e-12

// RatioOfSums returns Σnum/Σden over clusters, with the interval
// value ± t_{G-1,.975}·SE, where SE is [JackknifeSE] over the ratios with one
// cluster left out (Cochran 1977, chapter 6). num and den hold one number
// each for the same clusters in the same order, den zero or more. A cluster with
// both at 0 says nothing and is skipped; N is the number G of the others.
//
// The interval is symmetric and may leave the range that the ratio can have,
// such as 0 to 1; the caller clips it.
//
// The value stands without an interval where G is below 2, where one cluster
// holds the whole denominator, and where all clusters agree, since then the
// spread between clusters cannot be estimated. There is no value where the
// lengths differ, a number is not finite, a denominator is negative, or the
// denominators add up to 0.
func RatioOfSums(num, den []float64) Estimate {
	if why := badRatio(num, den); why != "" {
		return Unknown(0, why)
	}
	r := sumRatio(num, den)
	value := r.num / r.den
	switch {
	case r.den == 0:
		return Unknown(r.clusters, "the denominators add up to 0")
	case !finite(value):
		return Unknown(r.clusters, "the ratio is too large for a number")
	case r.clusters < 2:
		return point(value, r.clusters, fmt.Sprintf("an interval needs 2 clusters, there is %d", r.clusters))
	}
	ratios := r.without(num, den)
	if ratios == nil {
		return point(value, r.clusters, "one cluster holds the whole denominator")
	}
	se := JackknifeSE(ratios)
	switch {
	case math.IsNaN(se):
		return point(value, r.clusters, "the spread between clusters could not be computed")
	case se <= noSpread*math.Abs(value):
		return point(value, r.clusters, "all clusters have the same ratio, so their spread is unknown")
	}
	half := TQuantile(1-alpha, float64(r.clusters-1)) * se
	return bounded(value, r.clusters, value-half, value+half)
}

// ratio holds both sums over the clusters that say something.
type ratio struct {
	num, den float64
	clusters int
}

func badRatio(num, den []float64) string {
	if len(num) != len(den) {
		return fmt.Sprintf("%d numerators do not match %d denominators", len(num), len(den))
	}
	if !allFinite(num) || !allFinite(den) {
		return "a number is not finite"
	}
	for _, d := range den {
		if d < 0 {
			return "a denominator is negative"
		}
	}
	return ""
}

func sumRatio(num, den []float64) ratio {
	var r ratio
	for i := range num {
		if num[i] == 0 && den[i] == 0 {
			continue
		}
		r.num += num[i]
		r.den += den[i]
		r.clusters++
	}
	return r
}

// without returns the ratios with one cluster left out each; nil where nothing
// is left to divide by.
func (r ratio) without(num, den []float64) []float64 {
	ratios := make([]float64, 0, r.clusters)
	for i := range num {
		if num[i] == 0 && den[i] == 0 {
			continue
		}
		rest := r.den - den[i]
		if rest <= 0 {
			return nil
		}
		ratios = append(ratios, (r.num-num[i])/rest)
	}
	return ratios
}
