package stats

import (
	"math"

	moremath "github.com/aclements/go-moremath/stats"
)

const (
	exactRanks = 50  // values in either sample up to which orders are counted, as go-moremath does
	manyRanks  = 1e6 // values in either sample; beyond it its cubes of ties overflow
)

// RankTest is the outcome of [MannWhitney].
type RankTest struct {
	U      float64 // pairs in which the value of x is larger, ties counting half; NaN where there is none
	NX, NY int     // values
	P      PValues // Above: x tends to larger values than y
	Why    string  // why there is no U, or no p; "" where both are there
}

// MannWhitney tests whether the values of x and of y come from one distribution,
// against x tending to larger or smaller ones (Mann and Whitney 1947). The values
// are independent, in any order and any unit.
//
// The p-values are exact, ties included (Cheung and Klotz 1997), up to 50 values
// in either sample, or 25 with ties. Beyond that they are normal with
// corrections for ties and continuity.
//
// There is no U without values on both sides, with one that is not a finite
// number, or with more than a million on one side. Where all values are equal there is no p.
//
// go-moremath's own two-sided and upper p are not used: with ties it takes the
// lower tail for the upper one and half steps for whole ones. For {1, 2, 2, 3}
// against {0, 1, 2} it gives 0.171 where the answer is 0.4. It also never returns
// from a NaN.
func MannWhitney(x, y []float64) RankTest {
	t := RankTest{U: math.NaN(), NX: len(x), NY: len(y), P: noPValues()}
	if t.Why = badSamples(x, y); t.Why != "" {
		return t
	}
	below, err := moremath.MannWhitneyUTest(x, y, moremath.LocationLess)
	if err != nil {
		t.U, t.Why = float64(len(x))*float64(len(y))/2, "all values are equal"
		return t
	}
	above, err := moremath.MannWhitneyUTest(y, x, moremath.LocationLess)
	if err != nil {
		t.Why = "the test could not be computed"
		return t
	}
	t.U, t.P = below.U, twoSided(below.P, above.P)
	return t
}

func badSamples(x, y []float64) string {
	switch {
	case len(x) == 0 || len(y) == 0:
		return "one of the samples is empty"
	case len(x) > manyRanks || len(y) > manyRanks:
		return "there are too many values to rank"
	case !allFinite(x) || !allFinite(y):
		return "a value is not a finite number"
	}
	return ""
}

// HodgesLehmann returns by how much the values of y are larger than those of x:
// the median of all differences y-x (Hodges and Lehmann 1963), in the unit of the
// values. Of logarithms it is the logarithm of a ratio. N counts the values of
// both samples.
//
// The interval holds the shifts that [MannWhitney] would not reject: it runs from
// the k-th smallest to the k-th largest difference, where k is the largest number
// with P(U <= k-1) <= 2.5 %, exact up to 50 values in either sample and normal
// with correction for continuity beyond. Ties widen it.
//
// It assumes independent values. Where items of one batch go together, it covers
// far less than it says.
//
// There is no value without values on both sides or with one that is not finite,
// and no interval where the samples are so small that even the largest
// difference is no bound: 3 against 4, say. The work grows as n log n.
func HodgesLehmann(x, y []float64) Estimate {
	n := len(x) + len(y)
	if why := badSamples(x, y); why != "" {
		return Unknown(n, why)
	}
	d := differences{ascending(x), ascending(y)}
	if !finite(d.at(1)) || !finite(d.at(d.count())) {
		return Unknown(n, "the values are too far apart")
	}
	value := d.median()
	low, high := d.interval(alpha)
	if math.IsNaN(low) {
		return point(value, n, "there are too few values for an interval")
	}
	return bounded(value, n, low, high)
}

// RankShift compares the values y of a recent window with those of a baseline, x:
// the shift of [HodgesLehmann] with its 95 % interval, the 90 % interval that is
// found alike, with P(U <= k-1) <= 5 %, and the p of [MannWhitney], of which Above
// means that y tends to larger values. There are no degrees of freedom.
//
// Where all values are equal there is a shift of 0, but neither interval nor p.
// Otherwise there is a value, and an interval, where HodgesLehmann has one; samples
// may be large enough for the 90 % interval alone, such as 3 against 4.
func RankShift(x, y []float64) Change {
	c := noChange(HodgesLehmann(x, y))
	if !c.Known() {
		return c
	}
	test := MannWhitney(y, x)
	if test.Why != "" {
		c.Estimate = point(c.Value, c.N, test.Why)
		return c
	}
	c.P = test.P
	c.Low90, c.High90 = differences{ascending(x), ascending(y)}.interval(tail90)
	return c
}

// rankBound returns the k of [HodgesLehmann] for an interval that misses with so
// much chance on either side.
func rankBound(nx, ny int, tail float64) int {
	if nx <= exactRanks && ny <= exactRanks {
		return lowerTail(gaussianBinomial(nx, ny), tail)
	}
	a, b := float64(nx), float64(ny)
	return normalRank(a*b/2, math.Sqrt(a*b*(a+b+1)/12), tail)
}

// lowerTail returns how many of the smallest outcomes, one each weight, have
// together at most a share tail of all the weight.
func lowerTail(weights []float64, tail float64) (outcomes int) {
	var all, sum float64
	for _, w := range weights {
		all += w
	}
	for k, w := range weights {
		sum += w
		if sum > tail*all*(1+noSpread) {
			return k
		}
	}
	return len(weights)
}

// normalRank is the largest k with P(V <= k-1) <= tail for a count V that is
// about normal, with correction for continuity.
func normalRank(mean, sd, tail float64) int {
	return int(max(0, math.Floor(mean-NormalQuantile(1-tail)*sd+0.5)))
}

// gaussianBinomial returns the coefficients of the Gaussian binomial of a+b over
// a: how many of the orders of a values of one sample and b of another have
// U = 0, 1, … a·b. They are counted by multiplying with 1-q^(b+i) and dividing by
// 1-q^i for i from 1 to a. Whole numbers up to 2⁵³ are exact; beyond, the counts of
// small U keep twelve digits and those of large U do not.
func gaussianBinomial(a, b int) []float64 {
	counts := make([]float64, a*b+1)
	counts[0] = 1
	for i := 1; i <= a; i++ {
		last := i * b
		for u := last; u >= b+i; u-- {
			counts[u] -= counts[u-b-i]
		}
		for u := i; u <= last; u++ {
			counts[u] += counts[u-i]
		}
	}
	return counts
}

// differences are all y-x of two sorted samples, never written out.
type differences struct{ x, y []float64 }

func (d differences) count() int { return len(d.x) * len(d.y) }

// interval is from the k-th smallest to the k-th largest, NaN where k is 0.
func (d differences) interval(tail float64) (low, high float64) {
	k := rankBound(len(d.x), len(d.y), tail)
	if k < 1 {
		return math.NaN(), math.NaN()
	}
	return d.at(k), d.at(d.count() - k + 1)
}

func (d differences) median() float64 {
	n := d.count()
	if n%2 == 1 {
		return d.at(n/2 + 1)
	}
	low, high := d.at(n/2), d.at(n/2+1)
	return low/2 + high/2
}

// at returns the k-th smallest difference, counted from 1. It bisects on the
// order of the floating-point numbers themselves, at most 64 times, so that the
// answer is one of the differences.
func (d differences) at(k int) float64 {
	low, high := orderOf(math.Inf(-1)), orderOf(math.Inf(1))
	for low < high {
		mid := low + (high-low)/2
		if d.atMost(floatOf(mid)) >= k {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return floatOf(low)
}

// atMost counts the differences <= v: as y grows, so does the first x for which
// y-x is small enough.
func (d differences) atMost(v float64) (count int) {
	i := 0
	for _, y := range d.y {
		for i < len(d.x) && y-d.x[i] > v {
			i++
		}
		count += len(d.x) - i
	}
	return count
}

// orderOf maps floats to integers of the same order; floatOf maps them back.
func orderOf(f float64) uint64 {
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

func floatOf(order uint64) float64 {
	if order>>63 == 1 {
		return math.Float64frombits(order&^(1<<63)) + 0 // -0 never leaves
	}
	return math.Float64frombits(^order)
}
