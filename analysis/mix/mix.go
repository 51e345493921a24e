// Package mix measures what time goes into: the mix of work over the categories
// that a configuration names, and how far it moved.
//
// The mix is an outcome of many decisions and no control: time and items differ
// as a rule, and neither is a target.
package mix

import (
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Row is the mix of one team, or of the organisation.
type Row struct {
	// Days is how the person-days of the window were shared out (A1), by
	// category; Items how the items that finished in it were. The shares of each
	// add up to 1. N is the number of items behind all of them.
	Days, Items []stats.Estimate
	PersonDays  float64 // of the window, as far as they went into items
	Worked      int     // items that person-days went into
	Finished    int

	Drift Drift // of the last half year against the one before
	Plan  Drift // of the last half year against the plan
}

// Drift is how far a mix lies from another (A2).
type Drift struct {
	// D is the distance: the square root of the Jensen-Shannon divergence over
	// ln 2, 0 for equal mixes, 1 for such that have nothing in common. N is the
	// number of batches in both windows, an item without a batch being one of its
	// own. It has no interval: chance alone makes it larger than 0, so that Null
	// says how large, in 95 of 100 cases, if nothing changed.
	D    stats.Estimate
	Null float64
	P    float64 // the chance of as large a distance, or larger, if nothing changed; NaN where there is none
}

// Analysis is the mix of an organisation.
type Analysis struct {
	Org   Row
	Teams []Row // by TeamID
}

// Halves are the two half years that are compared.
type Halves struct {
	Recent, Baseline *work.Cut
}

// Analyse measures the mix of a window, and the drift between two half years.
// efforts are those of each window's own weeks. A team that was reorganised within a
// window is told of the weeks since; the organisation's row knows no such date.
func Analyse(shown *work.Cut, h Halves, efforts, recent, baseline []work.Effort) *Analysis {
	a := &Analysis{Teams: make([]Row, len(shown.View.Teams))}
	tallies := newTallies(shown, efforts)
	drifts := newDrifts(h, recent, baseline)
	a.Org = tallies[len(a.Teams)].row(shown)
	a.Org.Drift, a.Org.Plan = drifts.of(len(a.Teams))
	for t := range a.Teams {
		a.Teams[t] = tallies[t].row(shown)
		a.Teams[t].Drift, a.Teams[t].Plan = drifts.of(t)
	}
	return a
}
