package work

import (
	"cmp"
	"slices"
	"time"
)

// Date is a calendar day without a zone, in days since 1970-01-01; 0 is none.
type Date uint32

// Begins returns the first instant of the day in a zone, 0 for no day.
func (d Date) Begins(zone *time.Location) Instant {
	if d == 0 {
		return 0
	}
	return Instant(time.Date(1970, 1, 1+int(d), 0, 0, 0, 0, zone).UnixMilli())
}

// Points are an estimate in hundredths of a story point; 0 is none.
type Points uint32

// Release is a version that items go out in.
type Release struct {
	Site SiteID
	Name string
	// Released is the beginning (in UTC) of the day that the tracker gives: until
	// then the one that is planned. 0 where it gives none.
	Released Instant
}

// Sprint is a stretch of time that a team planned.
type Sprint struct {
	Site       SiteID
	Name       string
	Start, End Instant // 0 where the tracker does not tell
}

// Within is that an item was in a release or a sprint for a time.
type Within struct {
	Item     ItemID
	In       uint32  // position in Org.Releases or Org.Sprints
	From, To Instant // To is 0 while it is
}

// Stood reports whether the item was in it at an instant.
func (w Within) Stood(t Instant) bool { return w.From <= t && (w.To == 0 || w.To > t) }

// withinOf returns the part of a list, in order of item, that is of one item.
func withinOf(list []Within, i ItemID) []Within {
	from, ok := slices.BinarySearchFunc(list, i, func(w Within, i ItemID) int { return cmp.Compare(w.Item, i) })
	if !ok {
		return nil
	}
	to := from
	for to < len(list) && list[to].Item == i {
		to++
	}
	return list[from:to]
}

// EverReleasedIn returns the releases that an item was ever in.
func (o *Org) EverReleasedIn(i ItemID) []Within { return withinOf(o.InReleases, i) }

// EverInSprints returns the sprints that an item was ever in.
func (o *Org) EverInSprints(i ItemID) []Within { return withinOf(o.InSprints, i) }

// DueAt returns the day for which an item was promised at instant t, at the
// latest the view's; 0 if for none.
func (v View) DueAt(i ItemID, t Instant) Date {
	if len(v.Due.Off) == 0 {
		return 0
	}
	d, _ := v.Due.At(i, min(t, v.T))
	return d
}

// CategoryID numbers the categories of work of one Org.
type CategoryID uint16

// Unlabelled is the category of items that fit none.
const Unlabelled CategoryID = 0

// Category is a kind of work that time goes into. Where no configuration says
// otherwise, the types of items are the categories.
type Category struct {
	Name string
	Plan float64 // share of the plan, all together 1; all 0 without a plan
}

// CategoryOf returns the category of an item as known.
func (v View) CategoryOf(i ItemID) CategoryID {
	if len(v.Mix.Off) == 0 {
		return Unlabelled
	}
	c, _ := v.Mix.At(i, v.T)
	return c
}

// UseKind says what a [Use] is a use of.
type UseKind uint8

// The kinds of uses.
const (
	UseStatus UseKind = iota
	UseType
	UseBoard
)

func (k UseKind) String() string { return [...]string{"status", "type", "board"}[min(k, UseBoard)] }

// Use is that items of a team entered a status, became of a type or came onto a
// board, which is known by the tracker's id alone. Ids that bear one name are one.
// At holds, for every quarter of a year (in the organisation's zone) with such an
// item, the first instant of it.
type Use struct {
	Team TeamID
	Kind UseKind
	Name string
	At   []Instant
}
