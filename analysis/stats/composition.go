package stats

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Drift returns how far two compositions are apart, from 0 for equal shares to 1
// for no category in common:
//
//	d = √(JSD(p,q)/ln 2),  JSD = ½KL(p‖m) + ½KL(q‖m),  m = (p+q)/2
//
// (Lin 1991; Endres and Schindelin 2003). p and q hold one weight, zero or more, for
// each category in the same order; each is divided by its sum first. From
// counts it is above 0 even without a change: see [DriftBetween]. It is NaN where
// the lengths differ, a weight is negative or not finite, or all weights of one are 0.
func Drift(p, q []float64) float64 {
	ps, qs := shares(p), shares(q)
	if ps == nil || len(ps) != len(qs) {
		return math.NaN()
	}
	return min(math.Sqrt(max(stat.JensenShannon(ps, qs), 0)/math.Ln2), 1)
}

// shares divides weights by their sum; nil where they have none. Weights are taken
// relative to the largest, so that the sum does not overflow.
func shares(weights []float64) []float64 {
	var largest, sum float64
	for _, w := range weights {
		if !(w >= 0) || math.IsInf(w, 1) {
			return nil
		}
		largest = max(largest, w)
	}
	if largest == 0 {
		return nil
	}
	parts := make([]float64, len(weights))
	for i, w := range weights {
		parts[i] = w / largest
		sum += parts[i]
	}
	for i := range parts {
		parts[i] /= sum
	}
	return parts
}

// Entropy returns -Σp·ln p of the weights' shares p, in nats: 0 where all weight is
// in one category, ln k for k equal ones. Weights are zero or more. It is NaN
// where one is negative or not finite, or all are 0.
func Entropy(weights []float64) float64 {
	parts := shares(weights)
	if parts == nil {
		return math.NaN()
	}
	return max(stat.Entropy(parts), 0)
}

// MillerMadow returns the [Entropy] of weights that come from n independent units,
// corrected for the categories that n units do not show (Miller 1955):
//
//	H + (K-1)/2n      K categories with a weight above 0
//
// n may be an effective number. It is NaN where Entropy is and unless n is above 0.
func MillerMadow(weights []float64, n float64) float64 {
	if !(n > 0) {
		return math.NaN()
	}
	k := 0
	for _, w := range weights {
		if w > 0 {
			k++
		}
	}
	corrected := Entropy(weights) + float64(k-1)/(2*n)
	if !finite(corrected) {
		return math.NaN()
	}
	return corrected
}

// EffectiveNumber returns exp(H), the number of equal categories that have the
// entropy H: the Hill number of order 1 (Hill 1973; Jost 2006). It is NaN for an H
// that is NaN or below 0.
func EffectiveNumber(entropy float64) float64 {
	if !(entropy >= 0) {
		return math.NaN()
	}
	return math.Exp(entropy)
}

// hugeWeight is a weight so large that no number of them may overflow.
const hugeWeight = 1e200

// nullDraws is how many draws there are at least, to know the 95th percentile.
const nullDraws = 199

// Drifted is a drift with what chance alone would give.
type Drifted struct {
	D      float64 // the drift, 0 to 1; NaN where there is none
	Null95 float64 // 95th percentile of the drift by chance; NaN where there is none
	P      float64 // that chance gives at least D; NaN where there is none
	N      int     // batches with weight, of both windows
	Draws  int     // behind P
	Why    string  // why there is no drift, or no chance to compare it with; "" where both are there
}

// DriftBetween returns the [Drift] between the summed weights of the recent batches
// and those of the baseline, against the drift that appears when the same batches
// are dealt out to the windows at random. A row is a batch and holds its weight in
// each category; whole batches are dealt, since items of one batch go together.
//
// P is that of [SequentialP] with at most most draws; Null95 is the type 7 quantile
// of at least 199 draws (fewer than most if most is smaller). Both depend on the
// rows in their order and the state of rng alone. The work of a draw grows with
// the number of batches.
//
// There is no drift where rows differ in length, a weight is negative or above
// 1e200, or a window has no weight; no P and no Null95 with fewer than 4 batches
// with weight, without rng, or where most is below 1.
func DriftBetween(recent, baseline [][]float64, most int, rng *rand.Rand) Drifted {
	k := width(recent)
	r, b := sumRows(recent, k), sumRows(baseline, k)
	if r.sum == nil || b.sum == nil {
		return noDrift("the weights do not fit together")
	}
	all := slices.Concat(r.rows, b.rows)
	d := Drifted{D: Drift(r.sum, b.sum), Null95: math.NaN(), P: math.NaN(), N: len(all)}
	if math.IsNaN(d.D) {
		return noDrift("a window has no weight")
	}
	hand := newHand(all, k)
	draw := func() float64 { return Drift(hand.deal(len(r.rows), rng)) }
	return d.compare(draw, most, rng)
}

// DriftFromPlan returns the [Drift] between the summed weights of the batches and a
// plan of the same categories, against the drift between a composition and one
// redrawn from its own batches with replacement: a drift from the plan that
// resampling would give as easily is none. The rest is as in [DriftBetween].
func DriftFromPlan(batches [][]float64, plan []float64, most int, rng *rand.Rand) Drifted {
	k := len(plan)
	seen := sumRows(batches, k)
	if seen.sum == nil {
		return noDrift("the weights do not fit together")
	}
	d := Drifted{D: Drift(seen.sum, plan), Null95: math.NaN(), P: math.NaN(), N: len(seen.rows)}
	if math.IsNaN(d.D) {
		return noDrift("the batches or the plan have no weight")
	}
	draw := func() float64 { return Drift(redraw(seen.rows, k, rng), seen.sum) }
	return d.compare(draw, most, rng)
}

func noDrift(why string) Drifted {
	nan := math.NaN()
	return Drifted{D: nan, Null95: nan, P: nan, Why: why}
}

// compare draws from the null until both P and the percentile are known. A draw
// within rounding of d counts as reaching it; what is rounded is the divergence,
// whose root d is.
func (d Drifted) compare(draw func() float64, most int, rng *rand.Rand) Drifted {
	switch {
	case d.N < 4:
		d.Why = "there are fewer than 4 batches"
		return d
	case rng == nil || most < 1:
		d.Why = "nothing was drawn"
		return d
	}
	var null []float64
	next := func() bool {
		null = append(null, draw())
		return null[len(null)-1]*null[len(null)-1] >= d.D*d.D-1e-14
	}
	d.P, d.Draws = SequentialP(next, most)
	for len(null) < min(nullDraws, most) {
		next()
	}
	d.Null95 = Quantile(null, 0.95)
	return d
}

// rowSum holds the rows with weight, and their sum by category.
type rowSum struct {
	rows [][]float64
	sum  []float64 // nil where the rows do not fit
}

func width(rows [][]float64) int {
	if len(rows) == 0 {
		return 0
	}
	return len(rows[0])
}

func sumRows(rows [][]float64, k int) rowSum {
	s := rowSum{sum: make([]float64, k)}
	for _, row := range rows {
		if len(row) != k {
			return rowSum{}
		}
		var weight float64
		for j, w := range row {
			if !(w >= 0 && w <= hugeWeight) {
				return rowSum{}
			}
			weight += w
			s.sum[j] += w
		}
		if weight > 0 {
			s.rows = append(s.rows, row)
		}
	}
	return s
}

// hand is rows in one piece of memory, to be dealt out again and again.
type hand struct {
	weights       []float64 // row by row
	order         []int32
	first, second []float64
}

func newHand(rows [][]float64, k int) *hand {
	h := &hand{weights: slices.Concat(rows...), order: make([]int32, len(rows)), first: make([]float64, k), second: make([]float64, k)}
	for i := range h.order {
		h.order[i] = int32(i)
	}
	return h
}

// deal picks m of the rows at random, changing their order, and returns the sums of
// those and of the others. The sums are used again.
func (h *hand) deal(m int, rng *rand.Rand) (first, second []float64) {
	clear(h.first)
	clear(h.second)
	for i := range min(m, len(h.order)) {
		j := i + rng.IntN(len(h.order)-i)
		h.order[i], h.order[j] = h.order[j], h.order[i]
	}
	h.sum(h.first, h.order[:m])
	h.sum(h.second, h.order[m:])
	return h.first, h.second
}

func (h *hand) sum(into []float64, rows []int32) {
	k := len(into)
	for _, i := range rows {
		for c, w := range h.weights[int(i)*k : int(i)*k+k] {
			into[c] += w
		}
	}
}

// redraw returns the sums of as many rows, drawn with replacement.
func redraw(rows [][]float64, k int, rng *rand.Rand) []float64 {
	sum := make([]float64, k)
	for range rows {
		for c, w := range rows[rng.IntN(len(rows))] {
			sum[c] += w
		}
	}
	return sum
}
