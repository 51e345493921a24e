package stats

import "math"

// minDays is the shortest duration that is told from others: a minute. Clocks
// and trackers are not finer than that, and a logarithm needs a number above 0.
const minDays = 1.0 / (24 * 60)

// Duration is how long one unit took, or has taken so far.
type Duration struct {
	Days    float64 // from start to end; to now where it has not ended
	Ended   bool    // false: Days is the age of a unit that is still open
	Stratum int     // units are compared within their stratum only
	Cluster uint64  // what goes together, such as the items of a batch: see [ClusterID]
}

// Shift returns how many times longer the durations y are than the durations x:
// e^Δ̂ for the shift Δ̂ between their logarithms.
//
// A pair of one unit of either group scores sign(ln y - Δ - ln x), and 0 where
// the age of an open unit leaves the order unknown: an open unit of age a takes
// longer than one that ended at a or before (Gehan 1965), and two open units say
// nothing. Δ̂ is where
//
//	Σ_strata (ΣΣ score)/(n_x + n_y + 1)
//
// passes 0 (Hodges and Lehmann 1963, with the weights of van Elteren 1960):
// half-way between the last Δ with a sum above 0 and the first with one below.
// Without open units and with one stratum that is the median of all differences
// ln y - ln x.
//
// The interval is Δ̂ ± t·SE on the scale of Δ, where SE is the delete-a-group
// jackknife over whole clusters in the groups of [JackknifeGroups], with
// groups-1 degrees of freedom (Kott 2001). P is on the same t, against Δ = 0;
// Above means that y takes longer. A cluster may lie in both groups of units and
// in several strata. N counts the units of both groups in strata that hold both;
// the others have nothing to be compared with and are left out.
//
// Durations are elapsed days. Those below a minute, negative ones from clocks
// that disagree included, count as a minute, so that they tie. All durations of
// an estimate have to be seen for equally long: read each group as of the end of
// its own window.
//
// There is no value where a duration is not finite, where no stratum holds both
// groups, and where the sum does not pass 0: no pair has a known order, or all
// that is known is that one group takes longer, because none of it has ended. The
// value stands without an interval where there are fewer than 2 clusters, where
// it rests on one group of clusters, so that leaving it out leaves no value, and
// where all groups agree.
//
// Durations in whole days tie often. Δ̂ then sits on the logarithm of a simple
// ratio and leaving clusters out may not move it: a value without an interval.
//
// Δ̂ is exact to 1e-9. The Δ without one group is exact to a small part of SE:
// see replicateTolerance. The work grows as n log n for the sorting and as n for
// each of some 5 sums per group; memory as n.
func Shift(x, y []Duration) Change {
	if !finiteDays(x) || !finiteDays(y) {
		return noChange(Unknown(0, "a duration is not a finite number"))
	}
	if len(x) == 0 || len(y) == 0 {
		return noChange(Unknown(0, "one of the two groups is empty"))
	}
	data, groups := shiftStrata(x, y)
	n := data.units()
	if n == 0 {
		return noChange(Unknown(0, "no stratum holds units of both groups"))
	}
	log, why := data.shift()
	if math.Abs(log) > maxLog {
		why = "the ratio is too large or too small for a number"
	}
	if why != "" {
		return noChange(Unknown(n, why))
	}
	se, why := data.shiftSE(groups, log)
	if why != "" {
		return noChange(point(math.Exp(log), n, why))
	}
	return logChange(log, se, float64(groups-1), n)
}
