package batch

import (
	"fmt"
	"math"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
)

// Least data, from METRICS section 3 (B4).
const (
	minClumpWeeks = 12 // weeks of counts
	minGaps       = 10
	minBlocks     = 3 // of 4 weeks: with fewer a jackknife tells nothing
)

// Clumping says whether releases come one by one or in clumps (B4).
type Clumping struct {
	// Ratio is the variance of the weekly counts over their mean: 1 where
	// releases come independently, above 1 where they come in clumps. N is the
	// number of releases. It needs 12 weeks and a release a week.
	Ratio stats.Estimate
	// P tests Ratio against 1; Above speaks for clumps. Its parts are NaN where
	// Ratio has no value.
	P stats.PValues
	// Burst is A_n of the gaps between releases: -1 is a clockwork, about 0 comes
	// by chance, towards 1 come few bursts. N is the number of gaps, of which it
	// needs 10. A release every week makes it negative, which is not to say good.
	Burst stats.Estimate
}

// Clumping compares the releases of the window with releases that come
// independently of each other. Both intervals are jackknives that leave out 4
// weeks at a time, the weeks counted back from the window's end; a gap belongs
// to the week in which it ends.
func (r ReleaseRow) Clumping() Clumping {
	if r.Count == 0 {
		none := stats.Unknown(0, r.none())
		nan := math.NaN()
		return Clumping{none, stats.PValues{Below: nan, Above: nan, Either: nan}, none}
	}
	var c Clumping
	c.Ratio, c.P = r.ratio()
	c.Burst = r.burst()
	return c
}

// counts returns the releases of every week.
func (r ReleaseRow) counts() []int {
	out := make([]int, r.window.Weeks())
	for _, at := range r.at {
		out[r.window.Week(at)]++
	}
	return out
}

// block returns the block of 4 weeks, from the last one on, of a week.
func (r ReleaseRow) block(week int) int { return (r.window.Weeks() - 1 - week) / blockWeeks }

func (r ReleaseRow) ratio() (stats.Estimate, stats.PValues) {
	counts := r.counts()
	e, p := stats.VarianceToMean(counts)
	if w := len(counts); w < minClumpWeeks {
		return stats.Unknown(e.N, fmt.Sprintf("clumping needs %d weeks", minClumpWeeks)), p
	} else if r.Count < w {
		return stats.Unknown(e.N, "clumping needs a release a week on average"), p
	}
	e = r.jackknife(e, func(block int) float64 {
		var kept []int
		for week, n := range counts {
			if r.block(week) != block {
				kept = append(kept, n)
			}
		}
		without, _ := stats.VarianceToMean(kept)
		return without.Value
	})
	e.Low = max(e.Low, 0)
	return e, p
}

// gap is the days from one release to the next, and the block in which it ends.
type gap struct {
	days  float64
	block int
}

func (r ReleaseRow) burst() stats.Estimate {
	var gaps []gap
	for k := 1; k < len(r.at); k++ {
		gaps = append(gaps, gap{fact.Days(r.at[k-1], r.at[k]), r.block(r.window.Week(r.at[k]))})
	}
	without := func(block int) stats.Burst {
		var days []float64
		for _, g := range gaps {
			if g.block != block {
				days = append(days, g.days)
			}
		}
		return stats.Burstiness(days)
	}
	if len(gaps) < minGaps {
		return stats.Unknown(len(gaps), fmt.Sprintf("burstiness needs %d gaps between releases", minGaps))
	}
	b := without(-1)
	if b.Why != "" {
		return stats.Unknown(b.N, b.Why)
	}
	e := stats.Estimate{Value: b.A, N: b.N, Low: math.NaN(), High: math.NaN(), Coverage: 1}
	e = r.jackknife(e, func(block int) float64 { return fewerGaps(without(block)) })
	e.Low, e.High = max(e.Low, -1), min(e.High, 1)
	return e
}

// fewerGaps is A_n of what a jackknife leaves, which may be fewer gaps than a
// value of its own needs.
func fewerGaps(b stats.Burst) float64 {
	if !math.IsNaN(b.A) || b.N < 2 {
		return b.A
	}
	ratio := (1 + b.B) / (1 - b.B) // σ/μ
	more, fewer := math.Sqrt(float64(b.N+1)), math.Sqrt(float64(b.N-1))
	return (more*ratio - fewer) / ((more-2)*ratio + fewer)
}

// jackknife gives an estimate the interval value ± t·SE by leaving out every
// block of 4 weeks in turn.
func (r ReleaseRow) jackknife(e stats.Estimate, without func(block int) float64) stats.Estimate {
	blocks := r.block(0) + 1
	if blocks < minBlocks {
		return withoutInterval(e, fmt.Sprintf("an interval needs %d blocks of %d weeks", minBlocks, blockWeeks))
	}
	values := make([]float64, blocks)
	for b := range values {
		values[b] = without(b)
	}
	return studentInterval(e, values, "all weeks agree, so that their spread is not known")
}

// studentInterval gives an estimate the interval value ± t·SE, SE by the
// jackknife values with one group left out each.
func studentInterval(e stats.Estimate, values []float64, equal string) stats.Estimate {
	se := stats.JackknifeSE(values)
	switch {
	case math.IsNaN(se):
		return withoutInterval(e, "it rests on one group alone: without it there is no value")
	case se <= 1e-9*math.Abs(e.Value):
		return withoutInterval(e, equal)
	}
	half := stats.TQuantile(0.975, float64(len(values)-1)) * se
	e.Low, e.High, e.Why = e.Value-half, e.Value+half, ""
	return e
}
