// Package work is the organisation as the analyses see it: items with their
// states, teams, parents and links over time, in columns.
//
// An [Org] holds everything that the facts tell, of all times. A [View] shows
// what was known at one instant; every analysis reads through a view, so that
// a scan as of a past date cannot see what happened later. Items are numbered
// in the order of their sites and immutable ids, so that nothing depends on
// the order in which facts arrived.
//
// The package imports the standard library and the facts only.
package work

import (
	"slices"
	"time"

	"smokestack/analysis/fact"
)

// Instant is a moment in milliseconds since 1970, see [fact.Instant].
type Instant = fact.Instant

// ItemID numbers the items of one Org, from 0.
type ItemID uint32

// NoItem stands where there is no item, or one outside what was pulled.
const NoItem = ^ItemID(0)

// TeamID numbers the teams of one Org.
type TeamID uint16

// The first two rows of teams are no teams.
const (
	NoTeam  TeamID = 0 // no rule fits
	Several TeamID = 1 // more than one team by the same right
)

// TypeID numbers the item types of one Org.
type TypeID uint16

// SiteID numbers the trackers of one Org.
type SiteID uint16

// State is what an item's status means.
type State uint8

// The states. Unknown is not a status without meaning alone: where a tracker
// gave no history, the past of an item is unknown too.
const (
	Unknown State = iota
	Queue         // not begun
	Active        // being worked on
	Wait          // begun, and held up
	Done          // delivered
	Dropped       // closed without delivery
)

func (s State) String() string {
	return [...]string{"unknown", "queue", "active", "wait", "done", "dropped"}[min(s, Dropped)]
}

// Started reports whether work goes on: active and wait both count.
func (s State) Started() bool { return s == Active || s == Wait }

// Ended reports whether the item has left.
func (s State) Ended() bool { return s == Done || s == Dropped }

// Level is an item's place in the hierarchy.
type Level uint8

// The levels, as [View.Level] tells them.
const (
	LevelItem  Level = iota // flow, mix and independence count these
	LevelSub                // part of an item
	LevelBatch              // what items are delivered in
	LevelGoal               // what batches are for
	LevelAside              // no work by itself: a pull request that carries an item, a milestone beside parents
)

// Levels is how many levels there are: all are below it.
const Levels = int(LevelAside) + 1

func (l Level) String() string {
	return [...]string{"item", "sub-item", "batch", "goal", "aside"}[min(l, LevelAside)]
}

// LinkKind is what a link means.
type LinkKind uint8

// The kinds of links. Only dependencies enter numbers unless a configuration
// says otherwise.
const (
	LinkOther LinkKind = iota
	LinkDepends
	LinkRelates
	LinkDuplicates
	LinkClones
	LinkSplits
	LinkParent  // becomes a parent; not among Org.Links
	LinkCarries // a pull request carries an item; not among Org.Links
	LinkText    // a text says that one depends on the other: a weaker word than a link
	LinkMention // a text speaks of the other
)

func (k LinkKind) String() string {
	return [...]string{"other", "depends on", "relates", "duplicates", "clones", "splits", "parent", "carries", "depends on, by text", "mentions"}[min(k, LinkMention)]
}

// Link is one connection over its life. From depends on To; To is NoItem
// where the other end was not pulled.
type Link struct {
	From, To ItemID
	Kind     LinkKind
	Made     Instant // where Dated is false: the creation of the later end, the earliest possible
	Removed  Instant // 0 while it stands
	Dated    bool    // a history tells when it was made
	OneWay   bool    // the tracker tells which end depends on which
}

// Runs is a value over time for every item: it holds Val[k] from From[k] until
// the next. Item i owns the entries Off[i] to Off[i+1].
type Runs[T ~uint8 | ~uint16 | ~uint32] struct {
	Off  []uint32
	From []Instant
	Val  []T
}

// Of returns the values of an item in order of time.
func (r Runs[T]) Of(i ItemID) ([]Instant, []T) {
	a, b := r.Off[i], r.Off[i+1]
	return r.From[a:b], r.Val[a:b]
}

// At returns an item's value at instant t; false before its first.
func (r Runs[T]) At(i ItemID, t Instant) (T, bool) {
	from, val := r.Of(i)
	n := len(from)
	for n > 0 && from[n-1] > t {
		n-- // few entries: a scan from the end beats a search
	}
	if n == 0 {
		var zero T
		return zero, false
	}
	return val[n-1], true
}

// Texts are strings of many items in one piece of memory.
type Texts struct {
	off []uint32
	buf []byte
}

// Append adds the text of the next item.
func (t *Texts) Append(s string) {
	if len(t.off) == 0 {
		t.off = append(t.off, 0)
	}
	t.buf = append(t.buf, s...)
	t.off = append(t.off, uint32(len(t.buf)))
}

// At returns the text of an item.
func (t *Texts) At(i ItemID) string { return string(t.buf[t.off[i]:t.off[i+1]]) }

// Site is one tracker.
type Site struct {
	URL string
	// FirstBatch is when an item was of epic level there for the first time; 0
	// if never. A tracker without that level groups by items with sub-items.
	FirstBatch Instant
}

// Team is one team, or a group of items that stands for one.
type Team struct {
	Name       string
	ID         string // stable; for configured teams only
	Group      string // what the name is unique within: a component's project
	Configured bool
	Claims     bool   // says of itself that it is independent
	Kind       string // what it is for, as a configuration says
}

// Items are the columns of what never changes about an item, or of which only
// the first moment matters.
type Items struct {
	Site    []SiteID
	Project []ProjectID
	Class   []fact.Class
	ID      []string // the tracker's immutable id
	Key     []string // present key
	Title   Texts
	Created []Instant
	History []fact.Completeness

	// The first signs of work besides a status; 0 if there is none. Coded is a
	// commit that names the item; pull requests that carry it are in Org.Carries.
	Logged, Coded, Assigned, Sprinted []Instant

	// Unread counts children that the tracker counts and that were not pulled.
	Unread []uint32
}

// Len returns the number of items.
func (t *Items) Len() int { return len(t.ID) }

// KeyRun is a key that an item bore from an instant on.
type KeyRun struct {
	From Instant
	Key  string
}

// Org is an organisation over all times. It is not changed after assembly.
type Org struct {
	Zone     *time.Location // weeks are cut in it
	Sites    []Site
	Projects []Project
	Teams    []Team // by TeamID
	Types    []string
	// ProjectTeams says that every team rule goes by project alone, so that
	// work which cannot leave its project cannot cross teams.
	ProjectTeams bool
	// FirstTeamField is when a Team field first took over from the project, in
	// the default rule; 0 if it never did. Before, that rule goes by project.
	FirstTeamField Instant

	Items   Items
	States  Runs[State]
	Actors  []fact.Person // who brought about each run of States; 0 if nobody is told
	Levels  Runs[Level]   // by type alone; see View.Level
	Kinds   Runs[TypeID]
	Owners  Runs[TeamID]
	Parents Runs[ItemID]
	Flags   Runs[State] // Wait while flagged, else Unknown
	// Milestones are the parents of issues where no parent issues are used.
	Milestones Runs[ItemID]
	Pulls      []Pull  // in order of Item
	Carries    []Carry // in order of (Item, Pull, Made)
	OldKeys    map[ItemID][]KeyRun
	// OldProjects are the containers that items were in, of those that moved.
	OldProjects map[ItemID][]ProjectRun
	Links       []Link // in order of (From, To, Kind, Made)
	Bots        map[fact.Person]bool
	Coverage    Coverage

	// What people did, and who they belong to.
	Trails       Trails
	Assignees    Runs[fact.Person] // 0: nobody, or a bot
	Members      []Membership      // in order of (Person, From, Team)
	Reorganised  []Reorganisation  // in order of time
	Bands        []Band
	NotRequested map[ItemID]bool // items that a configuration keeps out of requests

	// What was promised, planned and found out.
	Due        Runs[Date]
	Points     Runs[Points]
	Releases   []Release
	InReleases []Within // in order of (Item, From, In)
	Sprints    []Sprint
	InSprints  []Within   // in order of (Item, From, In)
	Categories []Category // by CategoryID; the first is that of none
	Mix        Runs[CategoryID]
	Planned    bool               // a configuration gives a plan of the mix
	Measured   map[ItemID]Instant // when an item first had an outcome, as the configuration describes it
	Outcomes   bool               // a configuration says what an outcome is
	Uses       []Use              // in order of (Team, Kind, Name)

	byPull  []Carry // in order of (Pull, Item, Made)
	kidsOff []uint32
	kids    []ItemID // everybody who was ever a child, by parent
}

// IndexChildren prepares Children; assembly calls it once Parents is set.
func (o *Org) IndexChildren() {
	n := o.Items.Len()
	o.kidsOff = make([]uint32, n+1)
	each := func(do func(parent, child ItemID)) {
		for i := range ItemID(n) {
			_, parents := o.Parents.Of(i)
			for k, p := range parents {
				if p != NoItem && !slices.Contains(parents[:k], p) {
					do(p, i)
				}
			}
			if len(o.Milestones.Off) == 0 {
				continue
			}
			_, milestones := o.Milestones.Of(i)
			for k, m := range milestones { // never a parent as well: that is an issue
				if m != NoItem && !slices.Contains(milestones[:k], m) {
					do(m, i)
				}
			}
		}
	}
	each(func(p, _ ItemID) { o.kidsOff[p+1]++ })
	for i := range n {
		o.kidsOff[i+1] += o.kidsOff[i]
	}
	o.kids = make([]ItemID, o.kidsOff[n])
	next := slices.Clone(o.kidsOff)
	each(func(p, c ItemID) {
		o.kids[next[p]] = c
		next[p]++
	})
}

// EverChildren returns the items whose parent was ever p.
func (o *Org) EverChildren(p ItemID) []ItemID { return o.kids[o.kidsOff[p]:o.kidsOff[p+1]] }

// At returns what was known at t.
func (o *Org) At(t Instant) View { return View{Org: o, T: t} }
