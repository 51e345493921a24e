package batch

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Least and most data, from METRICS section 3 (B6), but for the most.
const (
	minElastic = 20
	// Slopes are of pairs, of which 400 batches have 80,000.
	maxElastic = 400
	early      = 14 * fact.Day // after a batch's start, when its size is read for the other run
)

// Elasticity says how the time that a batch takes goes with its size (B6).
type Elasticity struct {
	// Slope is the median, over pairs of batches, of the slope of ln(days from
	// start to finish) on ln(children): 1 where twice the children go with twice
	// the time, 0 where size makes no difference. N is the number of batches.
	// Coverage is their share of the batches that began early enough.
	Slope stats.Estimate
	// Early is the same with the children that each batch had 14 days after its
	// start. A batch that takes long gathers children: where Early is clearly
	// below Slope, the time made the size.
	Early stats.Estimate
	Open  int // batches that began early enough and are not finished
}

// Elasticity looks at all that history holds, whatever the window, for the
// organisation alone: finished batches that began before the view's instant less
// the 95th percentile of the time that finished batches took, so that nearly
// all of their time have finished. Buckets, dropped batches and those that took
// no time are left out, and from Early those with children that could not be
// read.
//
// The interval is slope ± t·SE with a delete-a-group jackknife over batches, in
// at most 40 groups. Of more than 400 batches 400 are taken, by a hash of their
// immutable ids.
func (a *Analysis) Elasticity() Elasticity {
	var days []float64
	for _, b := range a.Batches {
		if b.elastic() {
			days = append(days, fact.Days(b.Start, b.Finish))
		}
	}
	if len(days) < minElastic {
		none := stats.Unknown(len(days), tooFewElastic)
		return Elasticity{Slope: none, Early: none}
	}
	latest := float64(a.View.T) - stats.Quantile(days, 0.95)*float64(fact.Day)
	var out Elasticity
	var of, first []point
	begun := 0
	for _, b := range a.Batches {
		if b.Start == 0 || b.Bucket || b.Shelved || float64(b.Start) >= latest {
			continue
		}
		switch {
		case b.elastic():
			y, id := math.Log(fact.Days(b.Start, b.Finish)), stats.ClusterID(a.View.Sites[a.View.Items.Site[b.Item]].URL+" "+a.View.Items.ID[b.Item])
			of = append(of, point{math.Log(float64(len(b.Children) + b.Unread)), y, id, 0})
			if n := a.sizeAt(b, b.Start+early); n > 0 && b.Unread == 0 {
				first = append(first, point{math.Log(float64(n)), y, id, 0})
			}
		case b.Finish == 0:
			out.Open++
		default:
			continue
		}
		begun++
	}
	out.Slope, out.Early = slope(of), slope(first)
	out.Slope = out.Slope.WithCoverage(float64(out.Slope.N) / float64(begun))
	out.Early = out.Early.WithCoverage(float64(out.Early.N) / float64(begun))
	return out
}

var tooFewElastic = fmt.Sprintf("it needs %d finished batches with a known start, begun long enough ago", minElastic)

// elastic reports whether a batch was delivered and took time.
func (b Batch) elastic() bool {
	return !b.Bucket && !b.Dropped && b.Start != 0 && b.Finish > b.Start && len(b.Children)+b.Unread > 0
}

// sizeAt returns how many children a batch had at an instant.
func (a *Analysis) sizeAt(b Batch, t fact.Instant) int {
	v, n := work.View{Org: a.View.Org, T: min(t, a.View.T)}, 0
	v.Children(b.Item, func(work.ItemID) { n++ })
	return n
}

// point is one batch of a slope.
type point struct {
	x, y  float64
	id    uint64
	group int
}

// pairSlope is the slope between two batches, and their groups.
type pairSlope struct {
	value float64
	a, b  int
}

// slope is the Theil-Sen slope of y on x (Sen 1968) with a jackknife by group.
func slope(of []point) stats.Estimate {
	if len(of) < minElastic {
		return stats.Unknown(len(of), tooFewElastic)
	}
	slices.SortFunc(of, func(p, q point) int {
		return cmp.Or(cmp.Compare(p.id, q.id), cmp.Compare(p.x, q.x), cmp.Compare(p.y, q.y))
	})
	of = of[:min(len(of), maxElastic)]
	ids := make([]uint64, len(of))
	for k, p := range of {
		ids[k] = p.id
	}
	group, groups := stats.JackknifeGroups(ids)
	for k := range of {
		of[k].group = group[k]
	}
	slopes := pairSlopes(of)
	if len(slopes) == 0 {
		return stats.Unknown(len(of), "all batches are of one size")
	}
	e := stats.Estimate{Value: medianWithout(slopes, -1), N: len(of), Low: math.NaN(), High: math.NaN(), Coverage: math.NaN()}
	without := make([]float64, groups)
	for g := range without {
		without[g] = medianWithout(slopes, g)
	}
	return studentInterval(e, without, "all groups of batches agree, so that their spread is not known")
}

// pairSlopes returns the slopes of all pairs of batches of different sizes, in
// order of value.
func pairSlopes(of []point) []pairSlope {
	var out []pairSlope
	for i, p := range of {
		for _, q := range of[i+1:] {
			if p.x != q.x {
				out = append(out, pairSlope{(q.y - p.y) / (q.x - p.x), p.group, q.group})
			}
		}
	}
	slices.SortFunc(out, func(s, t pairSlope) int { return cmp.Compare(s.value, t.value) })
	return out
}

// medianWithout returns the median of slopes in order, those with a batch of
// one group left out; NaN if none is left.
func medianWithout(slopes []pairSlope, group int) float64 {
	kept := 0
	for _, s := range slopes {
		if s.a != group && s.b != group {
			kept++
		}
	}
	low, high, seen := math.NaN(), math.NaN(), 0
	for _, s := range slopes {
		if s.a == group || s.b == group {
			continue
		}
		if seen == (kept-1)/2 {
			low = s.value
		}
		if seen == kept/2 {
			high = s.value
			break
		}
		seen++
	}
	return low + (high-low)/2
}
