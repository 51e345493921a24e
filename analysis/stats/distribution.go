package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// NormalQuantile returns z with P(Z <= z) = p for a standard normal Z: -Inf at
// p = 0, +Inf at p = 1, NaN for p outside [0, 1].
func NormalQuantile(p float64) float64 {
	if !isShare(p) {
		return math.NaN()
	}
	return mathext.NormalQuantile(p)
}

// normalCDF returns P(Z <= z), without loss in the lower tail.
func normalCDF(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// manyDF is the number of degrees of freedom from which the expansion of
// [expandedT] is used. There its error is below 1e-10 of the quantile for tails
// down to 1e-12.
const manyDF = 1e4

// hugeT is where the square of a quantile nears the end of a float64.
const hugeT = 1e150

// TQuantile returns t with P(T <= t) = p for a Student T with df degrees of
// freedom, which need not be whole: -Inf at p = 0, +Inf at p = 1, the normal
// quantile at df = +Inf, NaN for p outside [0, 1] or df not above 0. A quantile
// beyond 1e150, as with df near 0, is given as infinite.
//
// gonum's StudentsT.Quantile is not used: it returns -81.7 for p = 1e-10 at
// df = 1e5, where the quantile is -6.36.
func TQuantile(p, df float64) float64 {
	switch {
	case !isShare(p) || !(df > 0):
		return math.NaN()
	case p == 0.5:
		return 0
	case p == 0 || p == 1 || math.IsInf(df, 1):
		return NormalQuantile(p)
	case df >= manyDF:
		return expandedT(NormalQuantile(p), df)
	case p < 0.5:
		return -upperT(p, df)
	}
	return upperT(1-p, df)
}

// expandedT is the Cornish-Fisher expansion of a Student quantile about the
// normal quantile z, to the third power of 1/df (Abramowitz and Stegun 1964,
// 26.7.5).
func expandedT(z, df float64) float64 {
	z2 := z * z
	g1 := (z2 + 1) / 4
	g2 := ((5*z2+16)*z2 + 3) / 96
	g3 := (((3*z2+19)*z2+17)*z2 - 15) / 384
	return z * (1 + (g1+(g2+g3/df)/df)/df)
}

// upperT solves P(T > t) = q for t > 0, where 0 < q < 1/2: by Newton's steps
// from the expansion about the normal quantile where that is near, a scan asks
// for thousands of these, else by bisection.
func upperT(q, df float64) float64 {
	if t, ok := newtonT(q, df); ok {
		return t
	}
	low, high := 0.0, 1.0
	for tailT(high, df) > q {
		if high > hugeT {
			return math.Inf(1)
		}
		low, high = high, 2*high
	}
	for {
		mid := low + (high-low)/2
		if mid <= low || mid >= high {
			return mid
		}
		if tailT(mid, df) > q {
			low = mid
		} else {
			high = mid
		}
	}
}

// Newton's steps are tried where the expansion is good, and taken where they settle.
const (
	expandedDF  = 3
	mostSteps   = 20
	settledStep = 3e-14 // of t: beyond it, rounding swings about the solution
)

func newtonT(q, df float64) (t float64, ok bool) {
	if df < expandedDF || q < 1e-6 || q > 0.4 {
		return 0, false
	}
	// ln of the density's constant, Γ((ν+1)/2) / (√(νπ) Γ(ν/2)).
	a, _ := math.Lgamma((df + 1) / 2)
	b, _ := math.Lgamma(df / 2)
	constant := math.Exp(a-b) / math.Sqrt(df*math.Pi)
	t = expandedT(NormalQuantile(1-q), df)
	for range mostSteps {
		density := constant * math.Pow(1+t*t/df, -(df+1)/2)
		step := (tailT(t, df) - q) / density
		t += step
		switch {
		case !(t > 0) || math.IsInf(t, 1):
			return 0, false
		case math.Abs(step) <= settledStep*t:
			return t, true
		}
	}
	return 0, false
}

// tailT returns P(T > t) for t >= 0. A small t is measured from the centre, where
// df/(df+t²) would round to 1.
func tailT(t, df float64) float64 {
	if t < 1 {
		return 0.5 - regIncBeta(0.5, df/2, t*t/(df+t*t))/2
	}
	return regIncBeta(df/2, 0.5, df/(df+t*t)) / 2
}

// maxTrials is the number of trials up to which gonum's beta functions keep at
// least four digits; far beyond it they return NaN.
const maxTrials = 1e9

// regIncBeta returns the regularised incomplete beta function I_x(a, b), and
// its limit 1 at a = 0. It is NaN for any other a, b or x outside the domain,
// and for a+b beyond that of maxTrials trials.
func regIncBeta(a, b, x float64) float64 {
	switch {
	case !isShare(x) || !(a >= 0 && b > 0 && a+b <= maxTrials+1):
		return math.NaN()
	case a == 0:
		return 1
	}
	return mathext.RegIncBeta(a, b, x)
}
