package flow

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// waitsEnough is the share of finished items that must have waited, for the
// absence of waits elsewhere to mean something.
const waitsEnough = 0.3

const (
	whyNoWaits = "fewer than 30 % of what finished was ever in a wait status or flagged: waits are not recorded here"
	whyNoTime  = "nothing was in an active or waiting status in the window"
)

// spent is the time that one item spent in the window of one row.
type spent struct {
	item         work.ItemID
	active, wait fact.Instant
}

// Efficiency returns the flow efficiency (F6) of the organisation and, by TeamID,
// of the teams: of the hours within the window for which items were in an active
// or a waiting status, the share of the active ones. It is a ratio of sums,
// Σactive/Σ(active + wait), over all items, open ones among them, with the
// interval of a jackknife that leaves out one batch at a time (items without one
// stand for themselves), clipped to 0 to 1. N is the items that spent such hours.
//
// An active item waits while it is flagged; a flag on what lies in a queue or has
// left counts nothing. Hours in a queue between two visits and starts that no
// status tells count on neither side. Hours count for the team that owned the item
// at the time.
//
// It cannot be told unless 30 % of the slice's finished items ever were in a wait
// status, or flagged while active: without a record of waits it is 1 by
// construction. Items without a whole history are left out, and nobody can tell
// where these are more than 40 % of what finished.
func (a *Analysis) Efficiency() (org stats.Estimate, teams []stats.Estimate) {
	var all []spent
	byTeam := make([][]spent, len(a.Teams))
	for i := range work.ItemID(a.View.Items.Len()) {
		if !a.View.Has(i) || a.View.Level(i) != work.LevelItem || !a.whole(i) {
			continue
		}
		a.activity(i, func(from, to fact.Instant, waits bool) {
			all = spend(all, a.Window, i, from, to, waits)
			a.owners(i, from, to, func(t work.TeamID, from, to fact.Instant) {
				byTeam[t] = spend(byTeam[t], a.Teams[t].Window, i, from, to, waits)
			})
		})
	}
	org, teams = a.efficiency(&a.Org, all), make([]stats.Estimate, len(a.Teams))
	for t := range teams {
		teams[t] = a.efficiency(&a.Teams[t], byTeam[t])
	}
	return org, teams
}

// activity calls do for the stretches in which an item was in an active or a
// waiting status, in order of time, as far as they are known.
func (a *Analysis) activity(i work.ItemID, do func(from, to fact.Instant, waits bool)) {
	known := a.View.KnownUntil(i, a.Window.To())
	from, val := a.View.States.Of(i)
	for k, state := range val {
		end := known
		if k+1 < len(from) {
			end = min(end, from[k+1])
		}
		switch {
		case from[k] >= end:
		case state == work.Wait:
			do(from[k], end, true)
		case state == work.Active:
			a.flagged(i, from[k], end, do)
		}
	}
}

// flagged cuts a stretch of an active status where flags were put up and taken
// down.
func (a *Analysis) flagged(i work.ItemID, from, to fact.Instant, do func(from, to fact.Instant, waits bool)) {
	at, flags := a.View.Flags.Of(i)
	waits := false
	for k := range at {
		if end := min(at[k], to); from < end {
			do(from, end, waits)
			from = end
		}
		waits = flags[k] == work.Wait
	}
	if from < to {
		do(from, to, waits)
	}
}

// spend adds the part of a stretch within a window to what an item spent, which
// is the last of the list if it is there.
func spend(list []spent, w work.Window, i work.ItemID, from, to fact.Instant, waits bool) []spent {
	from, to = max(from, w.From()), min(to, w.To())
	if from >= to {
		return list
	}
	if len(list) == 0 || list[len(list)-1].item != i {
		list = append(list, spent{item: i})
	}
	last := &list[len(list)-1]
	if waits {
		last.wait += to - from
	} else {
		last.active += to - from
	}
	return list
}

// waited reports whether an item ever was in a wait status, or flagged while
// active.
func (a *Analysis) waited(i work.ItemID) bool {
	found := false
	a.activity(i, func(_, _ fact.Instant, waits bool) { found = found || waits })
	return found
}

func (a *Analysis) efficiency(s *work.Slice, items []spent) stats.Estimate {
	shown := a.recorded(s.Finished, unless(s, whyNothing), a.waited)
	switch {
	case s.Reorganised():
		return stats.Unknown(0, whyReorganised)
	case !shown.Known():
		return stats.Unknown(len(items), shown.Why)
	case shown.Value < waitsEnough:
		return stats.Unknown(len(items), whyNoWaits)
	case len(items) == 0:
		return stats.Unknown(0, whyNoTime)
	}
	e := stats.RatioOfSums(a.clustered(items))
	e.N, e.Low, e.High = len(items), max(e.Low, 0), min(e.High, 1) // NaN stays NaN
	return e.WithCoverage(shown.Coverage)
}

// clustered sums the active and all hours of items by batch, in order of batch.
func (a *Analysis) clustered(items []spent) (active, all []float64) {
	type part struct {
		batch        work.ItemID
		active, wait fact.Instant
	}
	parts := make([]part, len(items))
	for k, s := range items {
		parts[k] = part{a.View.Cluster(s.item), s.active, s.wait}
	}
	slices.SortFunc(parts, func(x, y part) int { return cmp.Compare(x.batch, y.batch) })
	for k, p := range parts {
		if k == 0 || p.batch != parts[k-1].batch {
			active, all = append(active, 0), append(all, 0)
		}
		active[len(active)-1] += fact.Days(0, p.active)
		all[len(all)-1] += fact.Days(0, p.active+p.wait)
	}
	return active, all
}
