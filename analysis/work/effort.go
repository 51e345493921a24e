package work

import (
	"cmp"
	"slices"
	"time"

	"smokestack/analysis/fact"
)

// Effort is the work of one person on one item in a window.
type Effort struct {
	Item ItemID
	By   fact.Person
	Work int64 // in units of which a person-day has [PersonDay]
	// From is the beginning of the first of these days.
	From Instant
}

// PersonDay is a day of one person's work in whole units, so that sums do not
// depend on the order of people, who have none. All numbers of items up to 16
// share it out exactly.
const PersonDay = 720720

// Efforts shares out the person-days of a window (METRICS section 6, A1). A
// person-day is a calendar day, in the organisation's zone, on which somebody did
// something to any record. It is split equally over the items that the person
// acted on that day or was assigned to while they were in progress. What is done
// to a part of an item counts for the item, and what is done to a pull request
// for the items that it carries. Bulk edits are no work. Days that go to no item, as when somebody only
// edits a batch, are not told.
//
// The result is in order of item; of one item, in no order that means anything.
func (v View) Efforts(w Window, lives []Life) []Effort {
	if w.Weeks() == 0 {
		return nil
	}
	e := &efforts{v: v, w: w, days: daysOf(w, v.Zone), people: map[fact.Person]*diary{}}
	for i := range ItemID(v.Items.Len()) {
		if v.Has(i) {
			e.read(i, lives[i])
		}
	}
	var out []Effort
	for p, d := range e.people {
		out = d.share(p, e.days, out)
	}
	slices.SortFunc(out, func(a, b Effort) int { return cmp.Or(cmp.Compare(a.Item, b.Item), cmp.Compare(a.By, b.By)) })
	return out
}

// diary is what one person did.
type diary struct {
	acted    []acted
	assigned []assigned
}

// acted is that somebody did something on a day; item is NoItem where that was
// to nothing that counts.
type acted struct {
	day  int32
	item ItemID
}

// assigned is that an item in progress was somebody's, from one day to another.
type assigned struct {
	from, to int32
	item     ItemID
}

type efforts struct {
	v      View
	w      Window
	days   []Instant
	people map[fact.Person]*diary
}

// daysOf returns the midnights of a window and its end.
func daysOf(w Window, zone *time.Location) []Instant {
	if zone == nil {
		zone = time.UTC
	}
	var out []Instant
	for t := w.From().Time().In(zone); fact.At(t) < w.To(); {
		out = append(out, fact.At(t))
		t = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, zone)
	}
	return append(out, w.To())
}

// day returns the number of the day of an instant within the window.
func (e *efforts) day(t Instant) int32 {
	n := min(int((t-e.w.From())/fact.Day), len(e.days)-2)
	for n > 0 && t < e.days[n] {
		n--
	}
	for n < len(e.days)-2 && t >= e.days[n+1] {
		n++
	}
	return int32(n)
}

func (e *efforts) of(p fact.Person) *diary {
	d := e.people[p]
	if d == nil {
		d = &diary{}
		e.people[p] = d
	}
	return d
}

// read notes what was done to a record, and whose it was while in progress.
func (e *efforts) read(i ItemID, l Life) {
	var to []ItemID
	looked := false
	targets := func() []ItemID {
		if !looked {
			to, looked = e.v.Lends(i), true
		}
		return to
	}
	for _, x := range e.v.Trail(i) {
		if x.By == 0 || x.Bulk || !e.w.Holds(x.At) {
			continue
		}
		d, day := e.of(x.By), e.day(x.At)
		if len(targets()) == 0 {
			d.acted = append(d.acted, acted{day, NoItem})
		}
		for _, item := range targets() {
			d.acted = append(d.acted, acted{day, item})
		}
	}
	from, until := max(l.Start, e.w.From()), e.v.KnownUntil(i, e.w.To())
	if l.Exit != 0 {
		until = min(until, l.Exit)
	}
	if !l.Begun() || from >= until || len(e.v.Assignees.Off) == 0 {
		return
	}
	at, who := e.v.Assignees.Of(i)
	for k, p := range who {
		begin, end := max(from, at[k]), until // nobody's before the first
		if k+1 < len(at) {
			end = min(end, at[k+1])
		}
		if p == 0 || begin >= end {
			continue
		}
		for _, item := range targets() {
			d := e.of(p)
			d.assigned = append(d.assigned, assigned{e.day(begin), e.day(end - 1), item})
		}
	}
}

// Lends returns the items that work on a record is work on: an item itself, the
// item that it is a part of, those that a pull request carries. None for batches
// and goals.
func (v View) Lends(i ItemID) []ItemID {
	switch v.Level(i) {
	case LevelItem:
		return []ItemID{i}
	case LevelSub:
		if p := v.Parent(i); p != NoItem && v.Level(p) == LevelItem {
			return []ItemID{p}
		}
	case LevelAside:
		if v.Items.Class[i] == fact.ClassPull {
			return slices.DeleteFunc(v.CarriedBy(i), func(c ItemID) bool { return v.Level(c) != LevelItem })
		}
	}
	return nil
}

// share adds the efforts of one person.
func (d *diary) share(p fact.Person, days []Instant, out []Effort) []Effort {
	slices.SortFunc(d.acted, func(a, b acted) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.item, b.item)) })
	slices.SortFunc(d.assigned, func(a, b assigned) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.item, b.item))
	})
	work := map[ItemID]Effort{}
	var open []assigned
	var on []ItemID
	next := 0
	for k := 0; k < len(d.acted); {
		day := d.acted[k].day
		on = on[:0]
		for ; k < len(d.acted) && d.acted[k].day == day; k++ {
			if d.acted[k].item != NoItem {
				on = append(on, d.acted[k].item)
			}
		}
		for ; next < len(d.assigned) && d.assigned[next].from <= day; next++ {
			open = append(open, d.assigned[next])
		}
		open = slices.DeleteFunc(open, func(a assigned) bool { return a.to < day })
		for _, a := range open {
			on = append(on, a.item)
		}
		slices.Sort(on)
		on = slices.Compact(on)
		for _, i := range on {
			x, ok := work[i]
			if !ok {
				x = Effort{Item: i, By: p, From: days[day]}
			}
			x.Work += PersonDay / int64(len(on))
			work[i] = x
		}
	}
	for _, x := range work {
		out = append(out, x)
	}
	return out
}
