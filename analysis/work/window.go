package work

import (
	"time"

	"smokestack/analysis/fact"
)

// Window is a number of complete weeks, at times none at all. Weeks begin on
// Monday at midnight in the organisation's zone, so one may have an hour more or
// less than others. The zero Window has no week and holds nothing.
type Window struct {
	Bounds []Instant // one more than there are weeks
}

// From returns the window's beginning, 0 where it has no bounds.
func (w Window) From() Instant {
	if len(w.Bounds) == 0 {
		return 0
	}
	return w.Bounds[0]
}

// To returns the window's end, the first instant outside, 0 where it has no
// bounds.
func (w Window) To() Instant {
	if len(w.Bounds) == 0 {
		return 0
	}
	return w.Bounds[len(w.Bounds)-1]
}

// Weeks returns how many weeks the window has.
func (w Window) Weeks() int { return max(len(w.Bounds)-1, 0) }

// Empty reports whether the window has no week.
func (w Window) Empty() bool { return w.Weeks() == 0 }

// Holds reports whether t lies within the window.
func (w Window) Holds(t Instant) bool { return t >= w.From() && t < w.To() }

// Week returns the number of the week in which t lies, from 0; t must be in the
// window.
func (w Window) Week(t Instant) int {
	// All weeks have about the same length: guess, then step.
	n := int(int64(t-w.From()) * int64(w.Weeks()) / int64(w.To()-w.From()))
	for n > 0 && t < w.Bounds[n] {
		n--
	}
	for n < w.Weeks()-1 && t >= w.Bounds[n+1] {
		n++
	}
	return n
}

// LastWeeks returns the n complete weeks that end last at or before t.
func LastWeeks(t Instant, n int, zone *time.Location) Window {
	local := t.Time().In(zone)
	w := Window{Bounds: make([]Instant, n+1)}
	for k := range w.Bounds {
		w.Bounds[k] = fact.At(monday(local, n-k))
	}
	return w
}

// monday returns the beginning of the week in which t lies, or of one so many
// weeks earlier. Each is found by its own date: where clocks go forward at
// midnight a week begins later, and the others do not.
func monday(t time.Time, earlier int) time.Time {
	days := (int(t.Weekday())+6)%7 + 7*earlier
	return time.Date(t.Year(), t.Month(), t.Day()-days, 0, 0, 0, 0, t.Location())
}
