package flow

import (
	"cmp"
	"math/bits"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// A bulk edit moves at least this many items, by one person, within this time
// (DQ4).
const (
	bulkItems = 10
	bulkTime  = fact.Day / (24 * 60) // a minute
)

type transition struct {
	by   fact.Person
	at   fact.Instant
	item work.ItemID
	run  uint32 // position in Org.States
}

// bulkEdits finds the items whose start or exit was brought about by a bulk
// edit: the time of such a change says when somebody cleaned up, not when work
// began or ended.
func bulkEdits(v work.View) []bool {
	crowds := newCrowds(len(v.States.Val))
	eachTransition(v, crowds.add)
	var all []transition
	eachTransition(v, func(t transition) {
		if crowds.maybe(t) {
			all = append(all, t)
		}
	})
	slices.SortFunc(all, func(a, b transition) int {
		return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.at, b.at), cmp.Compare(a.run, b.run))
	})
	out := make([]bool, v.Items.Len())
	inWindow := make([]uint32, v.Items.Len()) // transitions by item
	from, marked, items := 0, 0, 0
	for to, t := range all {
		for all[from].by != t.by || t.at-all[from].at > bulkTime {
			if inWindow[all[from].item]--; inWindow[all[from].item] == 0 {
				items--
			}
			from++
		}
		if inWindow[t.item]++; inWindow[t.item] == 1 {
			items++
		}
		if items < bulkItems {
			continue
		}
		for marked = max(marked, from); marked <= to; marked++ {
			out[all[marked].item] = out[all[marked].item] || matters(v, all[marked])
		}
	}
	return out
}

// eachTransition calls do for every change of a state that somebody made.
func eachTransition(v work.View, do func(transition)) {
	for i := range work.ItemID(v.Items.Len()) {
		for k := v.States.Off[i] + 1; k < v.States.Off[i+1]; k++ {
			if at := v.States.From[k]; at <= v.T && v.Actors[k] != 0 {
				do(transition{v.Actors[k], at, i, k})
			}
		}
	}
}

// crowds counts transitions by person and minute, in places that several of these
// may share: it tells cheaply which transitions are part of no bulk edit, so that
// the others alone need to be put in order.
type crowds struct {
	counts []uint8
	shift  int
}

// newCrowds makes eight places for every transition, or a few more.
func newCrowds(transitions int) *crowds {
	n := bits.Len(uint(transitions)) + 3
	return &crowds{make([]uint8, 1<<n), 64 - n}
}

func (c *crowds) at(by fact.Person, minute int64) *uint8 {
	return &c.counts[(uint64(by)<<40^uint64(minute))*0x9e3779b97f4a7c15>>c.shift]
}

func (c *crowds) add(t transition) {
	if n := c.at(t.by, int64(t.at/bulkTime)); *n < bulkItems {
		*n++
	}
}

// maybe reports whether a transition may be part of a bulk edit; false is certain.
func (c *crowds) maybe(t transition) bool {
	m := int64(t.at / bulkTime)
	n, before, after := *c.at(t.by, m), *c.at(t.by, m-1), *c.at(t.by, m+1)
	return n+before >= bulkItems || n+after >= bulkItems
}

// matters reports whether a transition begins or ends the item's work.
func matters(v work.View, t transition) bool {
	before, after := v.States.Val[t.run-1], v.States.Val[t.run]
	return after.Ended() != before.Ended() || after.Started() && !before.Started()
}
