package deps

import (
	"fmt"
	"math"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// minCurve is how many items that depend on something the curve of the chart
// takes: our choice, since METRICS gives none.
const minCurve = 10

// OnTime is one column of the 2ⁿ chart: items with so many dependencies.
type OnTime struct {
	Dependencies int            // that stood when the items began
	Share        stats.Estimate // of the items that were on time, with an interval by Jeffreys; N counts them
	Fitted       float64        // p̂ⁿ, 1 without dependencies; NaN without a curve
}

// Chart is the 2ⁿ chart (D7), after Magennis: if each of n dependencies were on
// time with the same chance p, independently, all of them would be with pⁿ. It is
// a picture to talk about; that p is a half is never asserted.
type Chart struct {
	Columns []OnTime // by number of dependencies, those that items had
	// P is the p that fits best by likelihood: the one that makes
	//
	//	Σ (on time ? n·ln p : ln(1-pⁿ))
	//
	// largest over the items with a dependency. N is their number, of which it
	// takes 10. It is for description and has no interval.
	P       stats.Estimate
	Undated int // items left out, since no history tells when a dependency was made
}

// PowerChart counts the items that began within the window, were promised for a
// day when they began, and whose day is over at its end. On time is what was
// done by the end of that day, in the organisation's zone; what was later, or is
// still open, was not. Dropped items are left out. Dependencies are those that
// stood at the start, on whatever. counts tells which starts count, nil for all
// of them.
func PowerChart(c *work.Cut, counts func(work.ItemID) bool) Chart {
	var out Chart
	onTime, late := []int(nil), []int(nil) // by number of dependencies
	for _, s := range started(c, counts) {
		l := c.Lives[s.Item]
		due := dueEnd(c.View, s.Item, l.Start)
		switch {
		case due == 0 || due > c.Window.To() || l.End == work.Dropped || c.View.Lapsed(s.Item):
			continue
		case s.Undated:
			out.Undated++
			continue
		}
		for len(onTime) <= s.All {
			onTime, late = append(onTime, 0), append(late, 0)
		}
		if l.Exit != 0 && l.Exit < due {
			onTime[s.All]++
		} else {
			late[s.All]++
		}
	}
	out.P = fitPower(onTime, late)
	for n := range onTime {
		if all := onTime[n] + late[n]; all > 0 {
			out.Columns = append(out.Columns, column(n, onTime[n], all, out.P.Value))
		}
	}
	return out
}

func column(n, hits, all int, p float64) OnTime {
	low, high := stats.Jeffreys(float64(hits), float64(all))
	share := stats.Estimate{Value: float64(hits) / float64(all), N: all, Low: low, High: high, Coverage: 1}
	o := OnTime{n, share, math.Pow(p, float64(n))}
	if math.IsNaN(p) {
		o.Fitted = math.NaN() // and not NaN⁰ = 1
	}
	return o
}

// dueEnd returns the end of the day for which an item was promised at an
// instant, 0 if it was promised for none.
func dueEnd(v work.View, i work.ItemID, t fact.Instant) fact.Instant {
	d := v.DueAt(i, t)
	if d == 0 {
		return 0
	}
	return (d + 1).Begins(zone(v))
}

// fitPower finds the p of pⁿ. In ln p the likelihood is concave, so that its
// slope passes 0 once:
//
//	Σ n·(on time) - Σ n·(late)·pⁿ/(1-pⁿ)
func fitPower(onTime, late []int) stats.Estimate {
	items, hits, misses := 0, 0.0, 0
	for n := 1; n < len(onTime); n++ {
		items += onTime[n] + late[n]
		misses += late[n]
		hits += float64(n * onTime[n])
	}
	switch {
	case items < minCurve:
		return stats.Unknown(items, fmt.Sprintf("a curve needs %d promised items with a dependency", minCurve))
	case misses == 0:
		return stats.Census(1, items)
	case hits == 0:
		return stats.Census(0, items)
	}
	slope := func(logP float64) float64 {
		sum := hits
		for n := 1; n < len(late); n++ {
			if late[n] > 0 {
				sum += float64(n*late[n]) / math.Expm1(float64(n)*logP) * math.Exp(float64(n)*logP)
			}
		}
		return sum
	}
	low, high := -700.0, -1e-12 // the slope falls from hits to below 0
	for range 200 {
		if mid := (low + high) / 2; slope(mid) > 0 {
			low = mid
		} else {
			high = mid
		}
	}
	return stats.Census(math.Exp((low+high)/2), items)
}

func zone(v work.View) *time.Location {
	if v.Zone == nil {
		return time.UTC
	}
	return v.Zone
}
