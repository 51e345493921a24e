package stats

import "math"

// WeeklyDifference returns the mean count per period of a less that of b over the
// same periods, as of items created and items closed, with an interval that allows
// for counts that scatter more than Poisson counts do. a and b hold one whole
// number, zero or more, for every period. N is the sum of all counts.
//
// It is the quasi-Poisson regression on the series with identity link (Wedderburn
// 1974). With w periods and means m of a and b:
//
//	φ = max(1, Σ(cᵢ-m)²/m / (2w-2))     Pearson, over both series; one without events adds nothing
//	interval = (m_a - m_b) ± t·√(φ(m_a+m_b)/w)
//	p          by the same statistic, on the same t with 2w-2 degrees of freedom
//
// The series are taken to be independent. With fewer than 2 periods there is neither an
// interval nor a p. There is no value where nothing happened, where the series differ in
// length or have no period, for a negative count, or a sum beyond the range of int.
func WeeklyDifference(a, b []int) (Estimate, PValues) {
	sa, okA := sumCounts(a)
	sb, okB := sumCounts(b)
	w := float64(len(a))
	switch {
	case !okA || !okB || sa > math.MaxInt-sb:
		return Unknown(0, "a count is negative, or the sum of the counts is too large"), noPValues()
	case len(a) != len(b) || len(a) == 0:
		return Unknown(0, "there are no periods that both have"), noPValues()
	case sa+sb == 0:
		return Unknown(0, "nothing happened"), noPValues()
	}
	ma, mb := float64(sa)/w, float64(sb)/w
	if w < 2 {
		return point(ma-mb, sa+sb, "an interval needs 2 periods"), noPValues()
	}
	df := 2*w - 2
	phi := max(1, (pearson(a, ma)+pearson(b, mb))/df)
	se := math.Sqrt(phi * (ma + mb) / w)
	half := TQuantile(1-alpha, df) * se
	return bounded(ma-mb, sa+sb, ma-mb-half, ma-mb+half), studentP((ma-mb)/se, df)
}
