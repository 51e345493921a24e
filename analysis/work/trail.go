package work

import "smokestack/analysis/fact"

// Deed is a kind of thing that somebody does to an item.
type Deed uint8

// The deeds.
const (
	DeedCreated   Deed = iota
	DeedMoved          // changed its status, its resolution or its column on a board
	DeedAssigned       // changed its assignee
	DeedEdited         // changed anything else
	DeedCommented      // wrote a comment
	DeedLogged         // logged work
	DeedReviewed       // reviewed it: a pull request
	DeedCommitted      // wrote a commit in it, or one that names it
	DeedLinked         // linked it to something
)

func (d Deed) String() string {
	return [...]string{"created", "moved", "assigned", "edited", "commented", "logged work", "reviewed", "committed", "linked"}[min(d, DeedLinked)]
}

// Event is what one person did to an item at one instant.
type Event struct {
	At     Instant // 0: the tracker does not tell
	By     fact.Person
	Deed   Deed
	Length fact.LengthClass // of a comment
	Bulk   bool             // one of ten records and more that somebody changed within a minute (DQ4)
}

// Substantive reports whether an event is a comment of 40 characters or more
// (METRICS section 0).
func (e Event) Substantive() bool { return e.Deed == DeedCommented && e.Length >= fact.Medium }

// Trails are the events of all items: what people did, in order of time, those
// without an instant first. What bots did and what nobody is told to have done
// is not among them.
type Trails struct {
	Off    []uint32 // of each item's first event; one more than there are items
	Events []Event
}

// Of returns the events of an item of all times.
func (t Trails) Of(i ItemID) []Event {
	if len(t.Off) == 0 {
		return nil
	}
	return t.Events[t.Off[i]:t.Off[i+1]]
}

// Trail returns what people are known to have done to an item by the view's
// instant. Events without an instant are left out, since nobody can say whether
// they had happened; [Trails.Of] has them.
func (v View) Trail(i ItemID) []Event {
	events := v.Trails.Of(i)
	for len(events) > 0 && events[len(events)-1].At > v.T { // few: scans beat searches
		events = events[:len(events)-1]
	}
	for len(events) > 0 && events[0].At <= 0 {
		events = events[1:]
	}
	return events
}

// Assignee returns who an item was assigned to at instant t, at the latest the
// view's; 0 where that was nobody, a bot, or is not known.
func (v View) Assignee(i ItemID, t Instant) fact.Person {
	if len(v.Assignees.Off) == 0 {
		return 0
	}
	p, _ := v.Assignees.At(i, min(t, v.T))
	return p
}
