package stats

import "math"

// TTail returns P(T >= t) for a Student T with df degrees of freedom, which need
// not be whole: 1 at t = -Inf, 0 at t = +Inf, the normal tail at df = +Inf and
// from 1e6 on, where they agree to six digits. NaN where t is NaN or df not above
// 0. As a one-sided p it is that of "at least t".
func TTail(t, df float64) float64 {
	switch {
	case math.IsNaN(t) || !(df > 0):
		return math.NaN()
	case math.IsInf(t, 0), df >= 1e6:
		return normalCDF(-t)
	case t < 0:
		return 1 - tailT(-t, df)
	case t > hugeT:
		return 0
	}
	return tailT(t, df)
}
