package stats

import (
	"fmt"
	"math"
)

const (
	chartLeast = 12 // values; a choice of this project, Wheeler accepts five or six
	chartRun   = 8  // values in a row on one side of the mean
)

// Chart is a chart of individual values and moving ranges, made by [XmR].
type Chart struct {
	N         int     // values, without the missing ones
	Mean      float64 // NaN where there are no limits
	Low, High float64 // natural limits of a value, Low at least 0
	Range     float64 // mean moving range
	RangeHigh float64 // upper limit of a moving range
	Outside   []int   // periods whose value is beyond a limit
	Runs      []int   // periods in a run of 8 or more on one side of the mean
	Why       string  // why not to show it, or why there are no limits; "" where it can be shown
}

// XmR returns the limits within which the values of a series vary by routine, and
// the periods that do not (Wheeler 2000). With mR the distances between neighbours:
//
//	limits    = mean ± 2.66·mean(mR), the lower one at least 0
//	RangeHigh = 3.268·mean(mR)
//
// A period stands out where its value is outside the limits, or where it is one of
// 8 or more in a row on the same side of the mean. For Poisson counts with mean 5
// the first happens by chance in 0.34 % of the periods of a chart of 12 and 0.55 % of
// those of a long one: it is a remark, not an alarm.
//
// A NaN is a period without a value: it has no moving range and ends a run. Values
// are counts, durations or shares, never negative by nature; the unit is theirs.
// Limits need one pair of neighbours. With fewer than 12 values they are there
// but Why is set, and no period is said to stand out.
func XmR(series []float64) Chart {
	nan := math.NaN()
	c := Chart{Mean: nan, Low: nan, High: nan, Range: nan, RangeHigh: nan}
	_, values := present(series)
	c.N = len(values)
	mean, spread, ok := meanAndRange(series, values)
	if !ok {
		c.Why = "there are no two neighbouring values"
		if !allFinite(values) || c.N > 0 && !finite(mean) {
			c.Why = "a value is not a finite number"
		}
		return c
	}
	c.Mean, c.Range, c.RangeHigh = mean, spread, 3.268*spread
	c.Low, c.High = max(0, mean-2.66*spread), mean+2.66*spread
	if c.N < chartLeast {
		c.Why = fmt.Sprintf("fewer than %d values", chartLeast)
		return c
	}
	c.findOutside(series)
	c.findRuns(series)
	return c
}

// meanAndRange returns the mean of the values and of the moving ranges; ok is
// false where there is none or they are no numbers.
func meanAndRange(series, values []float64) (mean, spread float64, ok bool) {
	for _, x := range values {
		mean += x / float64(len(values))
	}
	pairs := 0
	for i := 1; i < len(series); i++ {
		if d := math.Abs(series[i] - series[i-1]); !math.IsNaN(d) {
			spread += d
			pairs++
		}
	}
	spread /= float64(pairs)
	return mean, spread, pairs > 0 && allFinite(values) && finite(mean) && finite(3.268*spread) && finite(math.Abs(mean)+2.66*spread)
}

func (c *Chart) findOutside(series []float64) {
	for i, x := range series {
		if x < c.Low || x > c.High {
			c.Outside = append(c.Outside, i)
		}
	}
}

func (c *Chart) findRuns(series []float64) {
	start, side := 0, 0
	for i := 0; i <= len(series); i++ {
		here := 0
		if i < len(series) {
			here = c.side(series[i])
		}
		if i < len(series) && here == side {
			continue
		}
		if side != 0 && i-start >= chartRun {
			for j := start; j < i; j++ {
				c.Runs = append(c.Runs, j)
			}
		}
		start, side = i, here
	}
}

// side is 0 on the mean and for a missing value.
func (c *Chart) side(x float64) int {
	switch {
	case x > c.Mean:
		return 1
	case x < c.Mean:
		return -1
	}
	return 0
}
