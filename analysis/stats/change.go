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
