package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// BinomialTest tests whether the true share is theta after hits in n independent
// trials, exactly:
//
//	Above = P(X >= hits) = I_θ(hits, n-hits+1)
//	Below = P(X <= hits) = 1 - I_θ(hits+1, n-hits)      X ~ Bin(n, θ)
//
// where I is the regularised incomplete beta function. Both hold the value seen,
// so that they add up to more than 1. For clustered units use [Share.Test].
//
// With n = 0 every p is 1. There is no p unless 0 <= hits <= n <= 1e9 and theta
// is a share.
func BinomialTest(hits, n int, theta float64) PValues {
	if hits < 0 || hits > n || n > maxTrials {
		return noPValues()
	}
	return betaTest(float64(hits), float64(n-hits), theta)
}

// HalfTest tests whether a and b are two Poisson counts of equal rate, as items
// created and items closed in the same window: under equal rates a is binomial
// with a+b trials of chance ½. Above speaks for more of a. Either is twice the
// inclusive tail, at most 1: after 20 and 10 it is 2·P(X>=20) = 0.099. There is no
// p for a negative count or more than 1e9 in all.
func HalfTest(a, b int) PValues {
	if a < 0 || b < 0 || a > maxTrials || b > maxTrials {
		return noPValues()
	}
	return BinomialTest(a, a+b, 0.5)
}

// Test tests whether the true share is theta. Hits and misses are counted in
// independent units, x = p·n* and n*-x, which need not be whole:
//
//	Above = I_θ(x, n*-x+1)
//	Below = 1 - I_θ(x+1, n*-x)
//
// Like the interval it is meant for 20 clusters or more. There is no p with fewer
// than 2 clusters, nor where theta is not a share.
func (s Share) Test(theta float64) PValues {
	return betaTest(s.P*s.NStar, (1-s.P)*s.NStar, theta)
}

// betaTest takes hits and misses, which need not be whole. The lower tail is
// computed from its mirror image, since 1-I loses its digits where it is small.
func betaTest(hits, misses, theta float64) PValues {
	above := regIncBeta(hits, misses+1, theta)
	below := regIncBeta(misses, hits+1, 1-theta)
	if math.IsNaN(above) || math.IsNaN(below) {
		return noPValues()
	}
	return twoSided(below, above)
}

// PoissonRate returns events per unit of exposure, with the exact interval of a
// Poisson count x (Garwood 1936), divided by the exposure:
//
//	low  = χ²_{.025}(2x)/2      0 at x = 0
//	high = χ²_{.975}(2x+2)/2
//
// It holds for events that come one by one and independently; where counts per
// period scatter more, use [WeeklyRate]. N is the number of events. There is no
// value for a negative number of events or an exposure that is not above 0.
func PoissonRate(events int, exposure float64) Estimate {
	switch {
	case events < 0:
		return Unknown(0, "the number of events is negative")
	case !(exposure > 0) || math.IsInf(exposure, 1):
		return Unknown(events, "nothing was exposed to the event")
	}
	x, low := float64(events), 0.0
	if events > 0 {
		low = mathext.GammaIncRegInv(x, alpha)
	}
	high := mathext.GammaIncRegCompInv(x+1, alpha)
	rate := bounded(x/exposure, events, low/exposure, high/exposure)
	switch {
	case !finite(rate.High):
		return Unknown(events, "the rate is too large for a number")
	case !(rate.Low <= rate.Value && rate.Value <= rate.High):
		return point(rate.Value, events, "the interval of so many events could not be computed")
	}
	return rate
}
