package stats

import "math"

// tail90 is the chance, left to either side, that a 90 % interval misses.
const tail90 = 0.05

// Change is a comparison of a recent window with a baseline.
type Change struct {
	Estimate              // the ratio or the difference, with its 95 % interval
	Low90, High90 float64 // 90 % interval; NaN where there is none
	P             PValues // Above: more in the recent window
	DF            float64 // degrees of freedom behind interval and p; NaN where there are none
}

func noChange(e Estimate) Change {
	nan := math.NaN()
	return Change{Estimate: e, Low90: nan, High90: nan, P: noPValues(), DF: nan}
}

// RateRatio returns the mean count per period of the recent window over that of
// the baseline, with an interval that allows for counts that scatter more than
// Poisson counts do. The windows hold one whole number, zero or more, for every
// period, in any order; the periods are of equal length and independent.
// N is the number of events in both.
//
// It is the quasi-Poisson regression on the window with log link (Wedderburn 1974).
// With sums s₁ and s₀ over w₁ and w₀ periods and means m₁ and m₀:
//
//	φ  = max(1, Σ(cᵢ-mᵢ)²/mᵢ / (w₁+w₀-2))      Pearson, over the periods of both
//	se = √(φ(1/s₁ + 1/s₀))
//	interval = m₁/m₀·exp(± t·se)                t with w₁+w₀-2 degrees of freedom
//	p        by ln(m₁/m₀)/se on the same t
//
// Where one window has no event and the other has s, the logarithm is of no use.
// Given their number the events are binomial then: with e = s/φ and π the share
// of the periods that lie in the window with events, the chance that all lie
// there is π^e. This is the p on that side. With no recent event the ratio is 0
// and the interval's upper end the ratio at which that chance is 2.5 %; with none in
// the baseline there is no ratio, but a p.
//
// There is no value with no event at all, a window without periods, a negative
// count, or a sum beyond the range of int; no interval and no p with fewer than 3
// periods.
func RateRatio(recent, baseline []int) Change {
	s1, ok1 := sumCounts(recent)
	s0, ok0 := sumCounts(baseline)
	switch {
	case !ok1 || !ok0 || s1 > math.MaxInt-s0:
		return noChange(Unknown(0, "a count is negative, or the sum of the counts is too large"))
	case len(recent) == 0 || len(baseline) == 0:
		return noChange(Unknown(s1+s0, "a window has no periods"))
	case s1+s0 == 0:
		return noChange(Unknown(0, "nothing happened in either window"))
	}
	w1, w0 := float64(len(recent)), float64(len(baseline))
	df := w1 + w0 - 2
	ratio := float64(s1) / w1 / (float64(s0) / w0)
	if df < 1 {
		return noChange(ratioAlone(ratio, s1+s0, "an interval needs 3 periods"))
	}
	phi := max(1, (pearson(recent, float64(s1)/w1)+pearson(baseline, float64(s0)/w0))/df)
	switch {
	case s0 == 0:
		c := noChange(ratioAlone(ratio, s1, ""))
		c.DF, c.P = df, twoSided(1, math.Pow(w1/(w1+w0), float64(s1)/phi))
		return c
	case s1 == 0:
		return emptyRecent(w0/w1, float64(s0)/phi, s0, df)
	}
	return logChange(math.Log(ratio), math.Sqrt(phi*(1/float64(s1)+1/float64(s0))), df, s1+s0)
}

// ratioAlone is a ratio without an interval, or the reason for none.
func ratioAlone(ratio float64, n int, why string) Estimate {
	if !finite(ratio) {
		return Unknown(n, "nothing happened in the baseline, so there is no ratio")
	}
	return point(ratio, n, why)
}

// emptyRecent is the change to no events, from events that tell as much as that
// many independent ones; periods is the baseline's number over the recent one's.
func emptyRecent(periods, events float64, n int, df float64) Change {
	// With ratio r the chance is (periods/(periods+r))^events.
	upper := func(tail float64) float64 { return periods * math.Expm1(-math.Log(tail)/events) }
	c := noChange(bounded(0, n, 0, upper(alpha)))
	c.Low90, c.High90, c.DF = 0, upper(tail90), df
	c.P = twoSided(math.Pow(periods/(periods+1), events), 1)
	if !finite(c.High) {
		c.Estimate = point(0, n, "the upper end of the interval is open: too few events")
		c.Low, c.High90 = 0, math.NaN()
	}
	return c
}

// logChange is the change by a factor exp(effect), where effect has a standard
// error above 0.
func logChange(effect, se, df float64, n int) Change {
	half, half90 := TQuantile(1-alpha, df)*se, TQuantile(1-tail90, df)*se
	c := noChange(bounded(math.Exp(effect), n, math.Exp(effect-half), math.Exp(effect+half)))
	if !finite(c.High) {
		c.Estimate = point(c.Value, n, "the upper end of the interval is open: too few events")
		c.Low = math.Exp(effect - half)
	}
	c.Low90, c.High90 = math.Exp(effect-half90), math.Exp(effect+half90)
	c.DF, c.P = df, studentP(effect/se, df)
	return c
}

// pearson is the sum of (c-m)²/m, 0 at m = 0.
func pearson(counts []int, mean float64) (sum float64) {
	if mean == 0 {
		return 0
	}
	for _, c := range counts {
		d := float64(c) - mean
		sum += d * d / mean
	}
	return sum
}
