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
// something to any record. It is split equally over the items in progress that the
// person acted on that day or was assigned to. What is done to a part of an item
// counts for the item, and what is done to a pull request for the items that it
// carries and for those of which it carries a part. Bulk edits are no work. Days
// that go to no item, as when somebody only edits a batch or files an issue, are
// not told.
//
// An item is in progress from the day of its start to the day of its exit, by its
// life. Where nothing could tell its start, everything done to it counts but for
// its creation: where its past is not known ([View.PastKnown]), and for issues of
// repositories without a start, which have no status. To write down an issue, or a
// part of one, is no work on it; to open a pull request is.
//
// The result is in order of item; of one item, in no order that means anything.
func (v View) Efforts(w Window, lives []Life) []Effort {
	if w.Weeks() == 0 {
		return nil
	}
	e := &efforts{v: v, w: w, days: daysOf(w, v.Zone), people: map[fact.Person]*diary{}}
	for i := range ItemID(v.Items.Len()) {
		if v.Has(i) {
			e.read(i, lives)
		}
	}
	people := make([]fact.Person, 0, len(e.people))
	for p := range e.people {
		people = append(people, p)
	}
	slices.Sort(people)
	all := sharer{days: e.days, place: make([]int32, v.Items.Len())}
	for _, p := range people {
		all.share(p, e.people[p])
		delete(e.people, p) // what is shared out is not needed any more
	}
	return inOrder(all.out, v.Items.Len())
}

// inOrder puts efforts in order of item, those of one item staying as they are.
func inOrder(all []Effort, items int) []Effort {
	next := make([]uint32, items+1)
	for _, e := range all {
		next[e.Item+1]++
	}
	for i := range items {
		next[i+1] += next[i]
	}
	out := make([]Effort, len(all))
	for _, e := range all {
		out[next[e.Item]] = e
		next[e.Item]++
	}
	return out
}

// JoinEfforts returns the efforts of two windows of which the second begins where
// the first one ends: what [View.Efforts] gives for both as one window.
func JoinEfforts(first, second []Effort) []Effort {
	out := make([]Effort, 0, len(first)+len(second))
	for len(first) > 0 && len(second) > 0 {
		a, b := first[0], second[0]
		switch order := cmp.Or(cmp.Compare(a.Item, b.Item), cmp.Compare(a.By, b.By)); {
		case order < 0:
			out, first = append(out, a), first[1:]
		case order > 0:
			out, second = append(out, b), second[1:]
		default:
			a.Work += b.Work
			out, first, second = append(out, a), first[1:], second[1:]
		}
	}
	return append(append(out, first...), second...)
}

// diary is what one person did.
type diary struct {
	acted    []acted
	assigned []assigned
}

// acted is that somebody did something to an item on a day, in order of both; the
// item is NoItem where that was to nothing that counts.
type acted uint64

func actedOn(day int32, i ItemID) acted { return acted(day)<<32 | acted(i) }

func (a acted) day() int32   { return int32(a >> 32) }
func (a acted) item() ItemID { return ItemID(a) }

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
	lent   []ItemID // scratch, as is to
	to     []target
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

// target is an item that a record lends its people to, with the days on which it
// is in progress; none where from is after to.
type target struct {
	item     ItemID
	from, to int32
}

// targets adds what a record lends its people to, and its days.
func (e *efforts) targets(i ItemID, lives []Life) []target {
	e.lent, e.to = e.v.lends(i, e.lent[:0]), e.to[:0]
	for _, item := range e.lent {
		from, to := e.progress(item, lives[item])
		e.to = append(e.to, target{item, from, to})
	}
	return e.to
}

// progress returns the first and the last day of the window on which an item was
// in progress.
func (e *efforts) progress(i ItemID, l Life) (from, to int32) {
	last := int32(len(e.days) - 2)
	plain := !l.Begun() && fact.IsRepository(e.v.Projects[e.v.Project(i)].Key) // no status tells a start
	switch {
	case plain || !e.v.PastKnown(i):
		return 0, last
	case !l.Begun() || l.Start >= e.w.To() || l.Exit != 0 && l.Exit < e.w.From():
		return 0, -1
	}
	if from, to = 0, last; l.Start > e.w.From() {
		from = e.day(l.Start)
	}
	if l.Exit != 0 && l.Exit < e.w.To() {
		to = e.day(l.Exit)
	}
	return from, to
}

// read notes what was done to a record, and whose it was while in progress.
func (e *efforts) read(i ItemID, lives []Life) {
	looked := false
	targets := func() []target {
		if !looked {
			e.targets(i, lives)
			looked = true
		}
		return e.to
	}
	for _, x := range e.v.Trail(i) {
		if x.By == 0 || x.Bulk || !e.w.Holds(x.At) {
			continue
		}
		d, day, n := e.of(x.By), e.day(x.At), len(targets())
		if x.Deed == DeedCreated && e.v.Items.Class[i] != fact.ClassPull {
			n = 0
		}
		somewhere := false
		for _, t := range targets()[:n] {
			if t.from <= day && day <= t.to {
				d.acted, somewhere = append(d.acted, actedOn(day, t.item)), true
			}
		}
		if !somewhere {
			d.acted = append(d.acted, actedOn(day, NoItem))
		}
	}
	l := lives[i]
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
		for _, t := range targets() {
			if a := (assigned{max(t.from, e.day(begin)), min(t.to, e.day(end-1)), t.item}); a.from <= a.to {
				d := e.of(p)
				d.assigned = append(d.assigned, a)
			}
		}
	}
}

// Lends returns the items that work on a record is work on: an item itself, the
// item that it is a part of, those that a pull request carries or of which it
// carries a part, each once. None for batches and goals.
func (v View) Lends(i ItemID) []ItemID { return v.lends(i, nil) }

// lends adds to an empty list what Lends returns.
func (v View) lends(i ItemID, out []ItemID) []ItemID {
	if v.Items.Class[i] != fact.ClassPull || v.Level(i) != LevelAside {
		if own := v.itemOf(i); own != NoItem {
			out = append(out, own)
		}
		return out
	}
	for _, c := range v.everCarrying(i) {
		if !v.holds(c) {
			continue
		}
		if item := v.itemOf(c.Item); item != NoItem && !slices.Contains(out, item) {
			out = append(out, item)
		}
	}
	return out
}

// itemOf returns an item itself, or the item that it is a part of; NoItem if it is
// neither.
func (v View) itemOf(i ItemID) ItemID {
	switch v.Level(i) {
	case LevelItem:
		return i
	case LevelSub:
		if p := v.Parent(i); p != NoItem && v.Level(p) == LevelItem {
			return p
		}
	}
	return NoItem
}

// sharer shares out the days of one person after the other.
type sharer struct {
	days  []Instant
	out   []Effort
	place []int32 // by item: where the effort of the person at hand lies in out, counted from 1; else 0
	open  []assigned
	on    []ItemID
}

// share adds the efforts of one person.
func (s *sharer) share(p fact.Person, d *diary) {
	slices.Sort(d.acted)
	slices.SortFunc(d.assigned, func(a, b assigned) int { return cmp.Compare(a.from, b.from) })
	s.open = s.open[:0]
	first, next := len(s.out), 0
	for k := 0; k < len(d.acted); {
		day := d.acted[k].day()
		s.on = s.on[:0]
		for ; k < len(d.acted) && d.acted[k].day() == day; k++ {
			if item := d.acted[k].item(); item != NoItem {
				s.on = append(s.on, item)
			}
		}
		for ; next < len(d.assigned) && d.assigned[next].from <= day; next++ {
			s.open = append(s.open, d.assigned[next])
		}
		s.open = slices.DeleteFunc(s.open, func(a assigned) bool { return a.to < day })
		for _, a := range s.open {
			s.on = append(s.on, a.item)
		}
		slices.Sort(s.on)
		s.on = slices.Compact(s.on)
		for _, i := range s.on {
			s.add(p, i, s.days[day], PersonDay/int64(len(s.on)))
		}
	}
	for _, e := range s.out[first:] {
		s.place[e.Item] = 0
	}
}

// add adds a part of a day to the person's effort on an item.
func (s *sharer) add(p fact.Person, i ItemID, day Instant, work int64) {
	if s.place[i] == 0 {
		s.out = append(s.out, Effort{Item: i, By: p, From: day})
		s.place[i] = int32(len(s.out))
	}
	s.out[s.place[i]-1].Work += work
}
