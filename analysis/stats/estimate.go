// Package stats holds the estimators and intervals that the analyses share.
//
// It is the only package that may import gonum/stat, because several gonum
// functions panic on empty or unsorted input, change their arguments or return
// NaN without a word. Every function here is total: it accepts any input, leaves
// its arguments alone, and answers NaN only where its comment says so. An
// [Estimate] without a value or without an interval carries the reason.
//
// All intervals are 95 %. Nothing here knows about weeks, teams or items: the
// unit of a result is the unit of its input.
package stats

import "math"

// alpha is the chance, left to either side, that a 95 % interval misses.
const alpha = 0.025

// Estimate is a number with what is known about it. The zero Estimate is the
// number 0 with the interval [0, 0]; make one with [Unknown], [Census] or an
// estimator instead.
type Estimate struct {
	Value     float64 // NaN where there is none
	N         int     // units behind Value: events, items, batches; the producer's comment says which
	Low, High float64 // 95 % interval, NaN where there is none; one end alone may be known
	Why       string  // why there is no value, or no interval; "" where both are there
	Coverage  float64 // share of eligible units behind Value, 0 to 1; NaN where unknown
}

// Unknown returns an estimate without a value, for the reason why. An empty
// reason is replaced by a sentence that admits it.
func Unknown(n int, why string) Estimate {
	if why == "" {
		why = "no reason was recorded"
	}
	nan := math.NaN()
	return Estimate{Value: nan, N: n, Low: nan, High: nan, Why: why, Coverage: nan}
}

// Census returns a value that was counted over all n units of the window, so
// that there is nothing to sample and no interval. A value that is not finite
// gives an unknown estimate.
func Census(value float64, n int) Estimate {
	if !finite(value) {
		return Unknown(n, "the count of the window is not a finite number")
	}
	return point(value, n, "census of the window")
}

// Known reports whether e has a value.
func (e Estimate) Known() bool { return !math.IsNaN(e.Value) }

// Bounded reports whether e has an interval with both ends.
func (e Estimate) Bounded() bool { return !math.IsNaN(e.Low) && !math.IsNaN(e.High) }

// WithCoverage returns e with its coverage set to c. A c outside 0 to 1 is not
// a share and leaves the coverage unknown.
func (e Estimate) WithCoverage(c float64) Estimate {
	e.Coverage = math.NaN()
	if isShare(c) {
		e.Coverage = c
	}
	return e
}

// point is a value whose interval is missing for the reason why.
func point(value float64, n int, why string) Estimate {
	e := Unknown(n, why)
	e.Value = value
	return e
}

// bounded is a value with both ends of its interval.
func bounded(value float64, n int, low, high float64) Estimate {
	return Estimate{Value: value, N: n, Low: low, High: high, Coverage: math.NaN()}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func allFinite(xs []float64) bool {
	for _, x := range xs {
		if !finite(x) {
			return false
		}
	}
	return true
}

// isShare reports whether p lies in [0, 1]; NaN does not.
func isShare(p float64) bool { return p >= 0 && p <= 1 }
