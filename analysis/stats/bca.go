package stats

import (
	"math"
	"math/rand/v2"
)

const (
	bcaDraws = 2000 // resamples: enough to settle the 2.5 % points
	bcaMin   = 20   // units; with fewer the interval is too narrow to trust
)

// BCa returns the 95 % bias-corrected and accelerated bootstrap interval of a
// statistic of n units (Efron 1987), from 2000 resamples. Its ends are the type
// 7 quantiles of the resampled values at
//
//	Φ(z₀ + (z₀+z)/(1-a(z₀+z)))      z = z_.025 and z_.975
//
// z₀ = Φ⁻¹ of the share of resampled values below the statistic, counting half
// of those equal to it; a is the acceleration from the delete-one jackknife, 0
// where leaving a unit out never changes the statistic.
//
// stat is called with the multiset of units to use, as indices from 0 to n-1
// with repeats; with all units once; and with all units but one. Its result
// must not depend on the order of the indices. The slice is valid, and may be
// changed, until stat returns. The result depends on stat, n and the state of
// rng alone.
//
// ok is false, and both ends NaN, where there is no interval: n is below 20, stat
// or rng is nil, stat returns a value that is not finite even once, every
// resample gives the same value, or the statistic is so biased that the interval
// would not hold it.
func BCa(n int, stat func(idx []int) float64, rng *rand.Rand) (low, high float64, ok bool) {
	nan := math.NaN()
	if n < bcaMin || stat == nil || rng == nil {
		return nan, nan, false
	}
	value, left := leaveOneOut(n, stat)
	draws := resample(n, stat, rng)
	if !finite(value) || !allFinite(left) || !allFinite(draws) {
		return nan, nan, false
	}
	low, high, ok = bcaInterval(value, left, draws, alpha)
	if !ok {
		return nan, nan, false
	}
	return low, high, true
}

// bcaInterval leaves tail on either side. It needs finite numbers.
func bcaInterval(value float64, left, draws []float64, tail float64) (low, high float64, ok bool) {
	sorted := ascending(draws)
	if sorted[0] == sorted[len(sorted)-1] {
		return 0, 0, false
	}
	z0 := NormalQuantile(midShareBelow(draws, value))
	a := acceleration(left)
	from, okLow := bcaLevel(z0, a, NormalQuantile(tail))
	to, okHigh := bcaLevel(z0, a, NormalQuantile(1-tail))
	if !okLow || !okHigh {
		return 0, 0, false
	}
	low, high = type7(sorted, from), type7(sorted, to)
	return low, high, low <= value && value <= high
}

// leaveOneOut returns the statistic of all units and of all but each one.
func leaveOneOut(n int, stat func([]int) float64) (value float64, left []float64) {
	idx := make([]int, n)
	value = stat(countUp(idx))
	left = make([]float64, n)
	for i := range left {
		rest := countUp(idx)
		rest[i] = n - 1
		left[i] = stat(rest[:n-1])
	}
	return value, left
}

func countUp(idx []int) []int {
	for i := range idx {
		idx[i] = i
	}
	return idx
}

func resample(n int, stat func([]int) float64, rng *rand.Rand) []float64 {
	idx := make([]int, n)
	draws := make([]float64, bcaDraws)
	for b := range draws {
		for i := range idx {
			idx[i] = rng.IntN(n)
		}
		draws[b] = stat(idx)
	}
	return draws
}

// midShareBelow is the share of xs below value, counting half of the ties.
func midShareBelow(xs []float64, value float64) float64 {
	var twice int
	for _, x := range xs {
		if x < value {
			twice++
		}
		if x <= value {
			twice++
		}
	}
	return float64(twice) / float64(2*len(xs))
}

// acceleration is Σ(θ̄-θᵢ)³ / 6(Σ(θ̄-θᵢ)²)^1.5 over the values with one unit left
// out. The differences are divided by the largest so that no power overflows.
func acceleration(left []float64) float64 {
	var mean, largest float64
	for _, x := range left {
		mean += x / float64(len(left))
	}
	for _, x := range left {
		largest = max(largest, math.Abs(mean-x))
	}
	if largest <= noSpread*math.Abs(mean) {
		return 0
	}
	var squares, cubes float64
	for _, x := range left {
		d := (mean - x) / largest
		squares += d * d
		cubes += d * d * d
	}
	return cubes / (6 * squares * math.Sqrt(squares))
}

// bcaLevel returns the level of the resampled values that stands for the normal
// quantile z; ok is false where the correction breaks down.
func bcaLevel(z0, a, z float64) (level float64, ok bool) {
	divisor := 1 - a*(z0+z)
	if math.IsInf(z0, 0) || !(divisor > 0) {
		return 0, false
	}
	return normalCDF(z0 + (z0+z)/divisor), true
}
