package flow

import (
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// Begun is an item that began within a window, as known at its end.
type Begun struct {
	Item work.ItemID
	Days float64 // from its start to its exit, or to the window's end
	Left bool    // it has left, finished or dropped
}

// Cohort returns the items of a slice that began within its window, in order of
// number, by strong starts alone or by all. Bulk edits are left out (DQ4). A
// cohort that was read at the end of its own window was followed as long as any
// other of as many weeks.
func (a *Analysis) Cohort(s *work.Slice, weak bool) []Begun {
	var out []Begun
	for _, list := range [][]work.ItemID{s.Finished, s.Dropped, s.Begun, s.Lapsed} {
		for _, i := range list {
			l := a.Lives[i]
			if !l.Begun() || l.Rule.Weak() && !weak || a.bulk[i] || !s.Window.Holds(l.Start) {
				continue
			}
			b := Begun{Item: i, Days: fact.Days(l.Start, a.View.KnownUntil(i, s.Window.To()))}
			if l.Exit != 0 {
				b.Days, b.Left = fact.Days(l.Start, l.Exit), true
			}
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(x, y Begun) int { return int(int64(x.Item) - int64(y.Item)) })
	return out
}

// Gate says why durations of a slice cannot be told, "" where they can: too few
// starts are known (DQ1).
func (a *Analysis) Gate(s *work.Slice) string { return a.Starts(s).gate() }
