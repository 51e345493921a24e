package flow

import (
	"fmt"
	"math"

	"smokestack/analysis/stats"
)

func (s Series) counts(of func(Week) int32) []int {
	out := make([]int, s.Known)
	for k := range out {
		out[k] = int(of(s.Weeks[k]))
	}
	return out
}

// Net is the net flow (F9) of one row: whether more was created than left.
type Net struct {
	Created, Left int            // items in the known weeks; left is finished or dropped
	PerWeek       stats.Estimate // items a week by which the open ones grew, with a quasi-Poisson interval; N is Created + Left
	P             float64        // two-sided, of equal rates; NaN where Why is not ""
	Clumped       bool           // weekly counts scatter so much that P is quasi-Poisson and not exact
	Why           string         // why there is no P
}

const (
	netEvents  = 20  // created or left, that P needs
	netClumped = 1.5 // variance over mean of weekly counts from which they are not taken for Poisson counts
)

// Net compares items created with items that left (METRICS section 2, F9).
// Under equal rates Created is binomial, with Created + Left trials of chance
// one half; P is twice the inclusive tail, at most 1. Where the weekly counts of
// either scatter more than 1.5 times as Poisson counts do, it is that of
// [stats.WeeklyDifference]. P is a diagnostic: it is no part of any family of
// tests. An item that changed hands was created with one team and left another.
func (s Series) Net() Net {
	created := s.counts(func(w Week) int32 { return w.Created })
	left := s.counts(func(w Week) int32 { return w.Finished + w.Dropped })
	n := Net{P: math.NaN(), Why: s.gone}
	for k := range created {
		n.Created, n.Left = n.Created+created[k], n.Left+left[k]
	}
	if n.Why == "" && s.Known == 0 {
		n.Why = whyEnded
	}
	if n.Why != "" {
		n.PerWeek = stats.Unknown(0, n.Why)
		return n
	}
	var p stats.PValues
	n.PerWeek, p = stats.WeeklyDifference(created, left)
	n.Clumped = max(clumping(created), clumping(left)) > netClumped
	switch {
	case n.Created+n.Left < netEvents:
		n.Why = fmt.Sprintf("fewer than %d items were created or left", netEvents)
	case n.Clumped:
		n.P = p.Either
	default:
		n.P = stats.HalfTest(n.Created, n.Left).Either
	}
	return n
}

// clumping is the variance of weekly counts over their mean, 0 where there is
// none.
func clumping(counts []int) float64 {
	ratio, _ := stats.VarianceToMean(counts)
	if !ratio.Known() {
		return 0
	}
	return ratio.Value
}
