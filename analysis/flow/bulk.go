package flow

import (
	"cmp"
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
	all := make([]transition, 0, max(0, len(v.States.Val)-v.Items.Len()))
	for i := range work.ItemID(v.Items.Len()) {
		for k := v.States.Off[i] + 1; k < v.States.Off[i+1]; k++ {
			if at := v.States.From[k]; at <= v.T && v.Actors[k] != 0 {
				all = append(all, transition{v.Actors[k], at, i, k})
			}
		}
	}
	slices.SortFunc(all, func(a, b transition) int {
		return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.at, b.at), cmp.Compare(a.run, b.run))
	})
	out := make([]bool, v.Items.Len())
	inWindow := map[work.ItemID]int{}
	from, marked := 0, 0
	for to, t := range all {
		for all[from].by != t.by || t.at-all[from].at > bulkTime {
			if inWindow[all[from].item]--; inWindow[all[from].item] == 0 {
				delete(inWindow, all[from].item)
			}
			from++
		}
		inWindow[t.item]++
		if len(inWindow) < bulkItems {
			continue
		}
		for marked = max(marked, from); marked <= to; marked++ {
			out[all[marked].item] = out[all[marked].item] || matters(v, all[marked])
		}
	}
	return out
}

// matters reports whether a transition begins or ends the item's work.
func matters(v work.View, t transition) bool {
	before, after := v.States.Val[t.run-1], v.States.Val[t.run]
	return after.Ended() != before.Ended() || after.Started() && !before.Started()
}
