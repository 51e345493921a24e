package change

import (
	"time"

	"smokestack/analysis/batch"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Pair is the two windows of a comparison.
type Pair struct {
	Before, Now               *flow.Analysis
	BatchesBefore, BatchesNow *batch.Analysis
	first                     []fact.Instant // by TeamID: when it first owned an item; 0 if never
	start                     fact.Instant   // of the organisation
}

// NewPair takes the analyses of both windows. Before must come from a view at
// the end of its own window.
func NewPair(before, now *flow.Analysis, batchesBefore, batchesNow *batch.Analysis) Pair {
	p := Pair{Before: before, Now: now, BatchesBefore: batchesBefore, BatchesNow: batchesNow}
	v := now.View
	p.first = make([]fact.Instant, len(v.Teams))
	earlier := func(t *fact.Instant, at fact.Instant) {
		if *t == 0 || at < *t {
			*t = at
		}
	}
	for i := range work.ItemID(v.Items.Len()) {
		if !v.Has(i) {
			continue
		}
		earlier(&p.start, v.Items.Created[i])
		from, teams := v.Owners.Of(i)
		for k, t := range teams {
			if from[k] <= v.T {
				earlier(&p.first[t], from[k])
			}
		}
	}
	return p
}

// Row is the organisation or a team.
type Row struct {
	Team work.TeamID
	All  bool
}

// slices returns the row's shares of both windows.
func (r Row) slices(p Pair) (before, now *work.Slice) {
	if r.All {
		return &p.Before.Org, &p.Now.Org
	}
	return &p.Before.Teams[r.Team], &p.Now.Teams[r.Team]
}

const (
	hour = fact.Day / 24
	week = 7 * fact.Day
)

// weeks returns how many whole weeks of history the row has, up to those of both
// windows, since it began or was last reorganised.
func (r Row) weeks(p Pair) int {
	before, now := r.slices(p)
	n := now.Window.Weeks()
	if n == p.Now.Window.Weeks() {
		n += before.Window.Weeks()
	}
	first := p.start
	if !r.All {
		first = p.first[r.Team]
	}
	if first == 0 {
		return 0
	}
	have := int((p.Now.Window.To() - first + hour) / week) // a week may be short of an hour
	return min(n, have)
}

// known withholds what a window before the first item of a row would show.
func (r Row) known(p Pair, e stats.Estimate) stats.Estimate {
	first := p.start
	if !r.All {
		first = p.first[r.Team]
	}
	if first == 0 || first >= p.Before.Window.To() {
		return stats.Unknown(0, "nothing is known of that half year")
	}
	return e
}

func (r Row) reorganised(p Pair) bool {
	before, now := r.slices(p)
	return before.Window.Weeks()+now.Window.Weeks() < p.Before.Window.Weeks()+p.Now.Window.Weeks()
}

// later returns the instant so many weeks after the window's end.
func (p Pair) later(weeks int) fact.Instant {
	zone := p.Now.View.Zone
	if zone == nil {
		zone = time.UTC
	}
	return fact.At(p.Now.Window.To().Time().In(zone).AddDate(0, 0, 7*weeks))
}
