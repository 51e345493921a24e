package deps

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Blocked is the blocked share (D3) of the organisation and of every team.
type Blocked struct {
	// Org and Teams, by TeamID, are the share of the time in progress within the
	// window in which items were blocked, 0 to 1:
	//
	//	Σ blocked ∩ in progress / Σ in progress        hours
	//
	// N is the number of items in progress at some time of the window. The
	// interval takes batches as independent, items without one each for itself.
	Org   stats.Estimate
	Teams []stats.Estimate

	Undated int // dependencies of items in progress that are left out, since no history tells when they were made
	Outside int // those that are left out, since the other end was not pulled
}

// span is a stretch of time, its end excluded.
type span struct{ from, to fact.Instant }

// Block measures the blocked share of a window. An item is in progress from its
// start to its exit, or for as long as it is known; counts tells which starts
// count, nil for all of them. It is blocked while it is flagged, while it is in
// a status that means waiting, and while a dependency of it stands on an item that
// has not ended; sub-items
// that are open lend their blocked time to their parent. Where several hold at once
// the time counts once. Time counts for the team that owned the item then, and
// for the organisation whoever did.
//
// There is no value where nothing of the kind was ever used: no flag, no status
// that means waiting, and no dependency of which a history tells the time.
func Block(c *work.Cut, counts func(work.ItemID) bool) Blocked {
	b := blocker{Cut: c, links: map[work.ItemID][]work.Link{}, teams: make([]hours, len(c.View.Teams))}
	b.index()
	for i := range work.ItemID(c.View.Items.Len()) {
		if c.View.Has(i) && c.View.Level(i) == work.LevelItem && c.Lives[i].Begun() && (counts == nil || counts(i)) {
			b.item(i)
		}
	}
	out := Blocked{Teams: make([]stats.Estimate, len(b.teams)), Undated: b.undated, Outside: b.outside}
	out.Org = b.estimate(&b.org)
	for t := range b.teams {
		out.Teams[t] = b.estimate(&b.teams[t])
	}
	return out
}

type blocker struct {
	*work.Cut
	links            map[work.ItemID][]work.Link // dated dependencies, by the item that depends
	used             bool                        // something tells when items were blocked
	undated, outside int
	org              hours
	teams            []hours
}

// hours are the hours in progress and blocked of one row, by cluster.
type hours struct {
	place    map[work.ItemID]int
	num, den []float64
	items    int
	last     work.ItemID // the item counted last, plus one
}

func (h *hours) add(i, cluster work.ItemID, blocked, progress fact.Instant) {
	if h.place == nil {
		h.place = map[work.ItemID]int{}
	}
	k, known := h.place[cluster]
	if !known {
		k = len(h.num)
		h.place[cluster] = k
		h.num, h.den = append(h.num, 0), append(h.den, 0)
	}
	h.num[k] += float64(blocked)
	h.den[k] += float64(progress)
	if h.last != i+1 {
		h.items++
		h.last = i + 1
	}
}

// index finds the dependencies by item, and whether anything tells of blocks.
func (b *blocker) index() {
	v := b.View
	for _, l := range v.Links {
		if l.Kind != work.LinkDepends || l.Made > v.T || l.From == work.NoItem {
			continue
		}
		b.links[l.From] = append(b.links[l.From], l)
		b.used = b.used || l.Dated && l.To != work.NoItem
	}
	for i := work.ItemID(0); !b.used && i < work.ItemID(v.Items.Len()); i++ {
		b.used = len(b.waits(v.Flags, i)) > 0 || len(b.waits(v.States, i)) > 0
	}
}

// item counts one item that was begun.
func (b *blocker) item(i work.ItemID) {
	w, l := b.Window, b.Lives[i]
	p := span{max(l.Start, w.From()), b.View.KnownUntil(i, w.To())}
	if l.Exit != 0 {
		p.to = min(p.to, l.Exit)
	}
	if p.from >= p.to {
		return
	}
	stops := b.stops(i, nil)
	b.View.Children(i, func(c work.ItemID) {
		if b.View.Level(c) != work.LevelSub {
			return
		}
		for _, s := range b.stops(c, nil) {
			if exit := b.Lives[c].Exit; exit != 0 {
				s.to = min(s.to, exit)
			}
			if s.from < s.to {
				stops = append(stops, s)
			}
		}
	})
	stops = union(stops)
	cluster := b.View.Cluster(i)
	b.org.add(i, cluster, overlap(stops, p), p.to-p.from)
	from, owners := b.View.Owners.Of(i)
	for k, team := range owners {
		part := span{max(p.from, b.Teams[team].Window.From()), p.to}
		if k > 0 {
			part.from = max(part.from, from[k])
		}
		if k+1 < len(from) {
			part.to = min(part.to, from[k+1])
		}
		if part.from < part.to {
			b.teams[team].add(i, cluster, overlap(stops, part), part.to-part.from)
		}
	}
}

// stops adds the times in which one record was blocked.
func (b *blocker) stops(i work.ItemID, out []span) []span {
	out = append(append(out, b.waits(b.View.Flags, i)...), b.waits(b.View.States, i)...)
	for _, l := range b.links[i] {
		switch {
		case l.To == work.NoItem:
			b.outside++
		case !l.Dated:
			b.undated++
		case l.To != i && b.View.Has(l.To):
			out = b.open(l, out)
		}
	}
	return out
}

// waits returns when a column said that an item waits.
func (b *blocker) waits(column work.Runs[work.State], i work.ItemID) []span {
	if len(column.Off) == 0 {
		return nil
	}
	var out []span
	from, val := column.Of(i)
	for k, s := range val {
		if s == work.Wait && from[k] <= b.View.T {
			out = append(out, span{from[k], b.until(from, k)})
		}
	}
	return out
}

// until returns when the k-th of some runs ends, at the window's end at the latest.
func (b *blocker) until(from []fact.Instant, k int) fact.Instant {
	if k+1 < len(from) {
		return min(from[k+1], b.Window.To())
	}
	return b.Window.To()
}

// open adds the times in which a dependency stood and the item depended on had not
// ended.
func (b *blocker) open(l work.Link, out []span) []span {
	until := b.View.KnownUntil(l.To, b.Window.To())
	if l.Removed != 0 {
		until = min(until, l.Removed)
	}
	from, val := b.View.States.Of(l.To)
	for k, s := range val {
		stop := span{max(from[k], l.Made), min(b.until(from, k), until)}
		if !s.Ended() && stop.from < stop.to {
			out = append(out, stop)
		}
	}
	return out
}

// union returns spans in order, those that meet put together.
func union(spans []span) []span {
	slices.SortFunc(spans, func(x, y span) int { return cmp.Or(cmp.Compare(x.from, y.from), cmp.Compare(x.to, y.to)) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// overlap returns how much of p lies in spans that do not meet.
func overlap(spans []span, p span) (sum fact.Instant) {
	for _, s := range spans {
		if from, to := max(s.from, p.from), min(s.to, p.to); from < to {
			sum += to - from
		}
	}
	return sum
}

const (
	noProgress = "no item was in progress in the window"
	noBlocks   = "nothing tells when an item is blocked: no flag, no status that means waiting, no dated dependency"
)

func (b *blocker) estimate(h *hours) stats.Estimate {
	switch {
	case h.items == 0:
		return stats.Unknown(0, noProgress)
	case !b.used:
		return stats.Unknown(h.items, noBlocks)
	}
	e := stats.RatioOfSums(h.num, h.den)
	e.N = h.items
	e.Low, e.High = max(e.Low, 0), min(e.High, 1)
	return e.WithCoverage(1)
}
