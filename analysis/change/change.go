// Package change says how numbers changed between two halves of a year, and what
// can be said of that.
//
// Compared are the last 26 complete weeks with the 26 before them, each as it was
// known at its own end, so that what began in either was followed equally long.
// Every test gives one two-sided p. All tests of a scan share one correction by
// Benjamini and Hochberg, which the caller makes, and a verdict holds only where
// the scan of a week earlier came to the same one (METRICS section 7).
//
// Stocks, such as work in progress and ages, are never tested: they depend on
// the weeks before the window, so that chance alone moves them far. Some measures
// are described in both windows all the same, see [Test.Described].
package change

import (
	"fmt"
	"math"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// HalfYear is the weeks of each of the two windows.
const HalfYear = 26

// Least data of a verdict, and what counts as a change, from METRICS section 7.
const (
	minWeeks  = 2 * HalfYear
	minEvents = 50  // in both windows together
	minEffect = 0.2 // of the relative change
	steady    = 1.3 // the 90 % interval of a ratio inside (1/1.3, 1.3) is no change
)

// Polarity says which way is better.
type Polarity int8

// The polarities.
const (
	Less Polarity = -1 // less is better
	None Polarity = 0
	More Polarity = 1
)

// Measure is a number whose change is tested.
type Measure struct {
	ID       string
	Name     string
	Unit     string
	Polarity Polarity
}

// The measures of the family: cycle time and throughput of every row, and the
// size of batches of the organisation.
var (
	CycleTime  = Measure{"F1", "Cycle time", "d", Less}
	Throughput = Measure{"F5", "Throughput", "items/week", More}
	BatchSize  = Measure{"B1", "Children per batch", "children", Less}
)

// The measures that are described beside them, and never tested: F2 and F3 of every
// row, and B1 of the teams, of which each finishes too few.
var (
	LeadTime = Measure{"F2", "Lead time", "d", Less}
	WIP      = Measure{"F3", "Work in progress", "items", Less}
)

// Test compares one measure of one row.
type Test struct {
	Measure
	Team work.TeamID // meaningless for the organisation
	All  bool        // the organisation

	Before, Now stats.Estimate // the measure in each window
	// Ratio is now over before, with its 95 % interval; N is the number of events
	// in both windows.
	Ratio         stats.Estimate
	Low90, High90 float64 // of the same ratio
	P             float64 // two-sided, for a ratio of 1; NaN where there is no test
	Why           string  // why there is no test; "" where there is one
	Needs         *Need   // what is short, where more of it would make a test
	Described     bool    // never tested: Ratio is a value without an interval
}

// Eligible reports whether the test belongs to the family of the scan.
func (t Test) Eligible() bool { return t.Why == "" && !math.IsNaN(t.P) }

// Need is what a test is short of.
type Need struct {
	Have, Need int
	Unit       string
	By         fact.Instant // when it will be there at the present rate; 0: never in these windows
}

// Verdict is what can be said of a change.
type Verdict uint8

// The verdicts, in order of precedence.
const (
	CantTell Verdict = iota
	Discuss          // needs radical change
	Better
	Worse
	Changed // significantly, of a measure for which neither way is better
	Working // no change, and within the agreed band
	Steady  // no change; no band is agreed
	Untested
)

func (v Verdict) String() string {
	return [...]string{"can't tell", "discuss: needs radical change", "getting better", "getting worse", "changed", "working for now", "steady", "not tested"}[min(v, Untested)]
}

// Raw is the verdict of one scan on one test: rejected says whether the scan's
// correction rejects its p. In is whether the measure is within the band that is
// agreed for it, if one is (Banded). Discuss is decided by [Judge].
func (t Test) Raw(rejected bool, band Place) Verdict {
	ratio := t.Ratio.Value
	switch {
	case t.Described:
		return Untested
	case !t.Eligible():
		return CantTell
	case rejected && math.Abs(ratio-1) >= minEffect:
		return t.direction()
	case t.Low90 > 1/steady && t.High90 < steady:
		return band.verdict()
	}
	return CantTell
}

func (t Test) direction() Verdict {
	switch {
	case t.Polarity == None:
		return Changed
	case (t.Ratio.Value > 1) == (t.Polarity == More):
		return Better
	}
	return Worse
}

// Place is where a measure lies by the band that is agreed for it.
type Place uint8

// The places.
const (
	NoBand Place = iota
	Inside
	Outside
)

// verdict is that of a measure that does not change. Outside its band it neither
// works nor is it steady in a way that anybody agreed to.
func (p Place) verdict() Verdict {
	switch p {
	case Inside:
		return Working
	case Outside:
		return CantTell
	}
	return Steady
}

// Agree is the verdict of two scans, a week apart: that of both, if they say the
// same, else that it cannot be told.
func Agree(now, earlier Verdict) Verdict {
	if now == earlier {
		return now
	}
	return CantTell
}

// PlaceOf tells where a value lies.
func PlaceOf(x float64, band *work.Band) Place {
	switch {
	case band == nil || math.IsNaN(x):
		return NoBand
	case x >= band.Low && x <= band.High:
		return Inside
	}
	return Outside
}

// gate says why a test cannot be made, "" where it can, and what it is short of.
func gate(p Pair, r Row, events int) (string, *Need) {
	if weeks := r.weeks(p); weeks < minWeeks {
		why := fmt.Sprintf("a change needs %d weeks of history", minWeeks)
		if r.reorganised(p) {
			why = fmt.Sprintf("a change needs %d weeks since the last reorganisation", minWeeks)
		}
		return why, &Need{Have: weeks, Need: minWeeks, Unit: "weeks", By: p.later(minWeeks - weeks)}
	}
	if events < minEvents {
		return fmt.Sprintf("a change needs %d events in %d weeks", minEvents, minWeeks), &Need{Have: events, Need: minEvents, Unit: "events"}
	}
	return "", nil
}
