package batch

import (
	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

const preBound = 7 * fact.Day // an item is bound to somebody who had it so long before its start

// Constraints is what was fixed before a batch began (METRICS section 1c): of
// the date, the scope and the people, how many were locked. It speaks of the batch
// and of none of the people.
type Constraints struct {
	Date    bool // it was promised for a day when it began
	Scope   bool // 80 % of its children or more were created before (B7)
	People  bool // half of its children or more were assigned to somebody 7 days before their start
	Cut     bool // a child was dropped after its start: the scope gave way all the same
	Unknown bool // fewer than 5 children, some that could not be read, or no known start: Scope is not told
}

// Locked counts what was fixed, 0 to 3.
func (c Constraints) Locked() int {
	n := 0
	for _, on := range []bool{c.Date, c.Scope, c.People} {
		if on {
			n++
		}
	}
	return n
}

// Constraints tells what was fixed before a batch began. Of a batch without a
// known start nothing was.
func (a *Analysis) Constraints(b Batch) Constraints {
	share, ok := a.Lock(b)
	c := Constraints{Scope: ok && share >= lockedAt, Unknown: !ok}
	if b.Start == 0 {
		return c
	}
	c.Date = a.View.DueAt(b.Item, b.Start) != 0
	bound := 0
	for _, i := range b.Children {
		l := a.lives[i]
		if l.End == work.Dropped && l.Exit > b.Start {
			c.Cut = true
		}
		if l.Begun() && a.boundBy(i, l.Start-preBound) {
			bound++
		}
	}
	c.People = len(b.Children) > 0 && 2*bound >= len(b.Children)
	return c
}

// boundBy reports whether an item had been given to somebody at an instant.
func (a *Analysis) boundBy(i work.ItemID, t fact.Instant) bool { return a.View.Assignee(i, t) != 0 }
