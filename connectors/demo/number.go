package demo

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
)

// edges lists the links of every item: those of item i are
// list[from[i]:from[i+1]], as indices into the plan's links.
type edges struct{ from, list []int32 }

func (e edges) of(i int32) []int32 { return e.list[e.from[i]:e.from[i+1]] }

// number throws away what would not have been written by the end, puts items
// in order of creation and gives out keys.
func (b *builder) number() {
	place := b.arrange()
	b.reparent(place)
	b.settleEpics(place)
	b.settleLinks(place)
	b.giveKeys()
	b.quieten()
}

// arrange sorts the items that exist by the end and returns where each went.
func (b *builder) arrange() []int32 {
	type birth struct {
		at   fact.Instant
		item int32
	}
	births := make([]birth, 0, len(b.items))
	place := make([]int32, len(b.items))
	for i := range b.items {
		place[i] = none
		if it := &b.items[i]; it.created < b.end {
			b.settleMoment(it)
			births = append(births, birth{it.created, int32(i)})
		}
	}
	slices.SortFunc(births, func(x, y birth) int { return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.item, y.item)) })
	sorted := make([]item, len(births))
	for to, from := range births {
		sorted[to], place[from.item] = b.items[from.item], int32(to)
	}
	b.items = sorted
	return place
}

// settleMoment moves a creation by some milliseconds, to one of the cell's own.
func (b *builder) settleMoment(it *item) {
	at := b.ownMoment(it.created)
	if it.assigned == it.created {
		it.assigned = at
	}
	it.created = at
}

// reparent points items to where their parents went. A parent that an item
// gets later than the end, it has not got.
func (b *builder) reparent(place []int32) {
	for i := range b.items {
		it := &b.items[i]
		if it.parent == none {
			continue
		}
		it.parent = place[it.parent]
		if it.adopted > b.end || it.parent == none {
			it.parent, it.adopted = none, 0
		}
	}
}

// settleEpics drops the plans of epics that nobody wrote by the end and lists
// the children that the others have by then.
func (b *builder) settleEpics(place []int32) {
	kept := b.epics[:0]
	for _, e := range b.epics {
		if e.item = place[e.item]; e.item == none {
			continue
		}
		b.items[e.item].epic = int32(len(kept))
		e.children = e.children[:0]
		kept = append(kept, e)
	}
	b.epics = kept
	for i := range b.items {
		it := &b.items[i]
		if it.parent != none && it.rank() == 0 {
			e := &b.epics[b.items[it.parent].epic]
			e.children = append(e.children, int32(i))
		}
	}
}

// settleLinks keeps the links made by the end, in order of making, and lists
// them by item.
func (b *builder) settleLinks(place []int32) {
	kept := b.links[:0]
	for _, l := range b.links {
		l.from = place[l.from]
		if !l.outside {
			l.to = place[l.to]
		}
		if l.removed > b.end {
			l.removed = 0
		}
		if l.made <= b.end && l.from != none && l.to != none {
			kept = append(kept, l)
		}
	}
	b.links = kept
	slices.SortFunc(b.links, func(x, y link) int {
		return cmp.Or(cmp.Compare(x.made, y.made), cmp.Compare(x.from, y.from), cmp.Compare(x.to, y.to))
	})
	b.edges = b.listEdges()
}

func (b *builder) listEdges() edges {
	e := edges{from: make([]int32, len(b.items)+1)}
	ends := func(visit func(i, l int32)) {
		for n, l := range b.links {
			visit(l.from, int32(n))
			if !l.outside {
				visit(l.to, int32(n))
			}
		}
	}
	ends(func(i, _ int32) { e.from[i+1]++ })
	for i := range b.items {
		e.from[i+1] += e.from[i]
	}
	e.list = make([]int32, e.from[len(b.items)])
	next := slices.Clone(e.from)
	ends(func(i, l int32) {
		e.list[next[i]] = l
		next[i]++
	})
	return e
}

// giveKeys counts every project's keys in the order in which they are needed:
// at creation, and once more for an item that moves in.
func (b *builder) giveKeys() {
	var movers []int32
	for i := range b.items {
		if at := b.items[i].moved; at != 0 && at <= b.end {
			movers = append(movers, int32(i))
		} else if at != 0 {
			b.stay(&b.items[i])
		}
	}
	b.byTime(movers, func(it *item) fact.Instant { return it.moved })
	last := make([]int32, len(b.teams))
	next := func(team int32) int32 { last[team]++; return last[team] }
	for i := range b.items {
		it := &b.items[i]
		for len(movers) > 0 && b.items[movers[0]].moved <= it.created {
			m := &b.items[movers[0]]
			m.number, movers = next(m.team), movers[1:]
		}
		if it.moved != 0 {
			it.earlier = next(it.origin)
		} else {
			it.number = next(it.team)
		}
	}
	for _, m := range movers {
		b.items[m].number = next(b.items[m].team)
	}
}

// stay undoes a move that has not happened by the end.
func (b *builder) stay(it *item) { it.team, it.moved = it.origin, 0 }

// quieten takes away what is particular about items that have not come so far
// by the end, so that a mark always means that it can be seen.
func (b *builder) quieten() {
	for i := range b.items {
		it := &b.items[i]
		if it.exit > b.end {
			it.flags &^= skips | flaps | reopens | bulky
		}
		if first(it) > b.end {
			it.flags &^= retyped
		}
	}
}
