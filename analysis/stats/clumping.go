package stats

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat"
)

// VarianceToMean returns s²/m, the variance of counts per period over their mean:
// 1 for a Poisson process, above 1 where events come in clumps, below where they
// are evened out. N is the sum of the counts.
//
// P tests 1 by (w-1)·s²/m on χ² with w-1 degrees of freedom (Cox and Lewis 1966);
// Above speaks for clumps. It needs 12 periods and a mean of 1 a period: without
// them the p are NaN and why says so. The estimate has no interval: that takes
// more than the counts of each period alone.
//
// There is no value with fewer than 2 periods, no event, a negative count, or a
// sum beyond the range of int.
func VarianceToMean(counts []int) (ratio Estimate, p PValues) {
	sum, ok := sumCounts(counts)
	w := float64(len(counts))
	switch {
	case !ok:
		return Unknown(0, "a count is negative, or the sum of the counts is too large"), noPValues()
	case w < 2:
		return Unknown(sum, "there are fewer than 2 periods"), noPValues()
	case sum == 0:
		return Unknown(0, "nothing happened"), noPValues()
	}
	mean := float64(sum) / w
	chi2 := pearson(counts, mean)
	value := chi2 / (w - 1)
	switch {
	case w < 12:
		return point(value, sum, "a test needs 12 periods"), noPValues()
	case mean < 1:
		return point(value, sum, "a test needs a mean of 1 a period"), noPValues()
	}
	below, above := mathext.GammaIncReg((w-1)/2, chi2/2), mathext.GammaIncRegComp((w-1)/2, chi2/2)
	return point(value, sum, "tested against 1, without an interval"), twoSided(below, above)
}

// burstLeast is the number of gaps below which the correction for few gaps is no
// longer good.
const burstLeast = 10

// Burst says how evenly events follow each other, made by [Burstiness].
type Burst struct {
	N   int     // gaps
	B   float64 // as first defined; NaN where there is none
	A   float64 // corrected for the number of gaps; NaN where there is none
	Why string  // why one of them is missing; "" where both are there
}

// Burstiness compares the gaps between one event and the next with those of a
// Poisson process. With r = σ/μ, σ the population standard deviation and n gaps:
//
//	B = (r-1)/(r+1)                                              (Goh and Barabási 2008)
//	A = (√(n+1)·r - √(n-1)) / ((√(n+1)-2)·r + √(n-1))            (Kim and Jo 2016)
//
// -1 is a clockwork, about 0 a Poisson process, near 1 a few bursts. Few gaps pull
// B down: of 10 exponential ones it is -0.08 on average, and A -0.03. A release every
// week makes both negative, which is not to say good.
//
// gaps are in any order and unit, zero or more; n counts gaps, not events. A needs 10
// gaps. There is neither without a gap, with one that is negative or not finite,
// and where all gaps are 0.
func Burstiness(gaps []float64) Burst {
	b := Burst{N: len(gaps), B: math.NaN(), A: math.NaN()}
	r, why := relativeSpread(gaps)
	if why != "" {
		b.Why = why
		return b
	}
	b.B = (r - 1) / (r + 1)
	if b.N < burstLeast {
		b.Why = fmt.Sprintf("the correction for few gaps needs %d", burstLeast)
		return b
	}
	more, fewer := math.Sqrt(float64(b.N+1)), math.Sqrt(float64(b.N-1))
	b.A = (more*r - fewer) / ((more-2)*r + fewer)
	return b
}

// relativeSpread is σ/μ, with gaps relative to the longest so that no square
// overflows.
func relativeSpread(gaps []float64) (r float64, why string) {
	longest := 0.0
	for _, g := range gaps {
		if !(g >= 0) || math.IsInf(g, 1) {
			return 0, "a gap is negative or not a finite number"
		}
		longest = max(longest, g)
	}
	switch {
	case len(gaps) == 0:
		return 0, "there are no gaps"
	case longest == 0:
		return 0, "all events are at one instant"
	}
	relative := make([]float64, len(gaps))
	for i, g := range gaps {
		relative[i] = g / longest
	}
	mean, sd := stat.PopMeanStdDev(relative, nil)
	return sd / mean, ""
}
