// Package fact holds what trackers said, before anybody decides what it means.
//
// A [Record] is one work item as one tracker described it: its present field
// values, the changes that led there, its links and who took part. Nothing in
// this package depends on a configuration: which status counts as started,
// which team owns an item or which link is a dependency is decided once, when
// package assemble turns facts into an organisation. So a new configuration
// never needs a new pull.
//
// Records are known by site and the tracker's immutable id, never by key: keys
// change when items move. People are numbers (see [Person]); comment text is
// never kept.
//
// The package imports the standard library only.
package fact

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Instant is a moment in milliseconds since 1970-01-01T00:00:00Z. Zero means
// that the moment is not known: no tracker holds work from that very
// millisecond.
type Instant int64

// Never is after every instant that a tracker can name.
const Never Instant = math.MaxInt64

// At returns the Instant of t, cut to the millisecond.
func At(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Time returns the instant in UTC; the zero Instant gives the zero Time.
func (t Instant) Time() time.Time {
	if t == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(t)).UTC()
}

// String returns the instant as RFC 3339 in UTC, or "unknown".
func (t Instant) String() string {
	switch t {
	case 0:
		return "unknown"
	case Never:
		return "never"
	}
	return t.Time().Format("2006-01-02T15:04:05.000Z07:00")
}

// Day is the length of a day as the product counts it: 24 hours, elapsed.
const Day = Instant(24 * time.Hour / time.Millisecond)

// Days returns the elapsed days from a to b (b−a in hours, divided by 24).
func Days(a, b Instant) float64 { return float64(b-a) / float64(Day) }

// Person is a number for somebody who acts in a tracker. Numbers are local to
// one store (or, in a batch that a source hands over, to that batch) and carry
// no order or meaning: nothing printed, sorted or seeded may depend on them.
// Zero is nobody.
type Person uint32

// Named is a thing that a tracker knows by an id and shows by a name: a
// status, a type, a component. Either may be empty.
type Named struct{ ID, Name string }

// Ref points to another record of the same site, by id where the tracker gave
// one, else by a key that may be out of date.
type Ref struct{ ID, Key string }

// IsZero reports whether the reference points nowhere.
func (r Ref) IsZero() bool { return r == Ref{} }

// Rank is an issue type's place in the tracker's hierarchy: −1 sub-task, 0
// standard, 1 epic, 2 and above what holds epics.
type Rank int8

// RankUnknown says that the tracker did not give a type's place.
const RankUnknown Rank = math.MinInt8

// Type is an issue type with its place in the hierarchy, as far as given.
type Type struct {
	ID, Name string
	Rank     Rank
}

// Project is the tracker's container of an item: a Jira project, a repository.
type Project struct{ ID, Key, Name string }

// ProjectOf returns the key of the container that a key belongs to: PAY of
// PAY-12, acme/shop of acme/shop#12 and of acme/shop/milestone/3.
func ProjectOf(key string) string {
	if i := strings.IndexByte(key, '#'); i > 0 {
		return key[:i]
	}
	if i := strings.Index(key, "/milestone/"); i > 0 {
		return key[:i]
	}
	if i := strings.LastIndexByte(key, '-'); i > 0 && !strings.Contains(key, "/") {
		return key[:i]
	}
	return key
}

// IsRepository reports whether a container's key is that of a repository.
func IsRepository(project string) bool { return strings.Contains(project, "/") }

// Address returns where people find the item of a site with this key, as the
// trackers build addresses. GitHub leads on from an issue's address to the pull
// request of that number.
func Address(site, key string) string {
	if repo, number, ok := strings.Cut(key, "#"); ok && IsRepository(repo) {
		return site + "/" + repo + "/issues/" + number
	}
	if IsRepository(key) {
		return site + "/" + key
	}
	return site + "/browse/" + key
}

// Class tells what a record is to its tracker. The zero class is an issue.
type Class uint8

// The classes of records.
const (
	ClassIssue     Class = iota
	ClassPull            // a pull request
	ClassMilestone       // a milestone of a repository
)

func (c Class) String() string {
	return [...]string{"issue", "pull request", "milestone"}[min(c, ClassMilestone)]
}

// Pull is what a pull request has besides the members of every record.
type Pull struct {
	Merged Instant // 0: not merged
	Begun  Instant // its oldest commit was written; 0: not known

	// Size in lines and files. Paths may hold fewer files than Files counts: very
	// large pull requests are cut by their tracker.
	Sized                 bool
	Added, Deleted, Files int
	Paths                 []Path
}

// Path is one file that a pull request changes.
type Path struct {
	Name           string
	Added, Deleted int
}

// Mention is a reference that stands in a text: a title, a description, the
// name of a branch. Of the text itself nothing else is kept.
type Mention struct {
	Where Where
	Word  Word
	// Site is the address of the other item's tracker where the text gives one;
	// "": that of the record for keys of a repository (acme/shop#12), and not known
	// for others (PAY-12).
	Site string
	Key  string
}

// Where says in which text a mention stands.
type Where uint8

// The texts that are looked through.
const (
	InTitle Where = iota + 1
	InBody
	InBranch
)

func (w Where) String() string {
	return [...]string{"", "title", "body", "branch"}[min(w, InBranch)]
}

// Word is what the words before a mention make of it.
type Word uint8

// The meanings of mentions.
const (
	WordMentions  Word = iota + 1 // a bare reference
	WordCloses                    // "closes #7", "fixes acme/shop#7"
	WordDependsOn                 // "depends on #7", "blocked by acme/shop#7"
	WordBlocks                    // "blocks #7"
	WordTask                      // a line of a task list: "- [ ] #7"
)

func (w Word) String() string {
	return [...]string{"", "mentions", "closes", "depends on", "blocks", "task"}[min(w, WordTask)]
}

// Field is a value of a custom field with a closed set of answers (a select
// list or a team). Free text is not kept.
type Field struct {
	ID     string
	Values []Named
}

// Completeness says how much of a record's change history is there.
type Completeness uint8

const (
	// NoHistory: the tracker's answer held no history at all. Only creation,
	// resolution and the present values are known.
	NoHistory Completeness = iota
	// WholeHistory: every change is there. It may be that nothing ever changed.
	WholeHistory
	// CutHistory: the tracker said that there is more than it gave.
	CutHistory
)

func (c Completeness) String() string {
	return [...]string{"none", "whole", "cut"}[min(c, CutHistory)]
}

// History tells how much of the change history a record carries. Total is the
// tracker's own count of its entries, Have how many came.
type History struct {
	State       Completeness
	Have, Total int
}

// Record is one work item as a tracker described it. The present values are
// those at the moment of the answer; Changes lead there from creation.
type Record struct {
	Site string // address of the tracker: ids are unique within it
	ID   string // the tracker's immutable id

	Class           Class
	Key, Title, URL string
	Project         Project
	Type            Type
	Status          Named
	Resolution      Named
	Priority        Named
	Created         Instant
	Updated         Instant
	Resolved        Instant
	Due             string // a calendar day without a zone, YYYY-MM-DD; "" if none

	Creator, Reporter, Assignee Person

	Parent      Ref
	Estimate    float64 // story points; NaN if none
	Flagged     bool
	Team        Named
	Components  []Named
	Labels      []string
	Releases    []Named
	Sprints     []Named
	Fields      []Field
	History     History
	Changes     []Change // in order of (At, ID)
	Links       []Link
	Involvement []Involvement
	Unseen      int // comments, reviews and worklogs that the tracker counts and the answer left out

	// What repositories tell. Columns are the present statuses on project boards,
	// by project (ID) and status (Name); Children is the tracker's own count of
	// sub-issues, of which some may not be visible.
	Pull      Pull
	Milestone Ref
	Columns   []Named
	Children  int
	Mentions  []Mention

	// Told is when the tracker gave this answer, by its own clock; 0 if that is not
	// known. Of two answers with the same update the later one holds. It is no
	// fact about the item.
	Told Instant

	// Digest identifies the content: equal records have equal digests at any
	// time, in any store and whatever the numbers of their people. A store
	// sets it; sources leave it zero.
	Digest [16]byte
}

// Link is one end of a typed connection that exists now, told from the record
// that carries it: this record <Phrase> the other ("is blocked by SHOP-2").
type Link struct {
	ID     string // the tracker's id of the connection, equal on both ends
	Type   string // name of the link type
	Phrase string // how this end reads
	Other  Ref
}

// Kind says what a [Change] changed.
type Kind uint8

// The kinds of change. Whatever fits none of them is KindOther and keeps the
// tracker's name of the field in Change.Field, so that it can be counted.
const (
	KindOther Kind = iota
	KindStatus
	KindResolution
	KindAssignee
	KindParent
	KindLink
	KindEstimate
	KindRelease
	KindSprint
	KindTeam
	KindType
	KindPriority
	KindRank
	KindFlag
	KindDue
	KindKey
	KindProject
	KindComponent
	KindLabel
	KindColumn    // status on a project's board: ID is the project, Text the status
	KindMilestone // ID and Text as of a parent
	kinds
)

// Kinds is how many kinds of change there are: all are below it.
const Kinds = int(kinds)

var kindNames = [...]string{
	"other", "status", "resolution", "assignee", "parent", "link", "estimate", "release", "sprint", "team",
	"type", "priority", "rank", "flag", "due", "key", "project", "component", "label", "column", "milestone",
}

func (k Kind) String() string {
	if k >= kinds {
		return "kind(" + strconv.Itoa(int(k)) + ")"
	}
	return kindNames[k]
}

// IsSet reports whether a field of this kind holds a set. A change of a set
// adds To (if it is not empty) and takes From out (if it is not empty); a
// change of any other field replaces From by To.
func (k Kind) IsSet() bool {
	switch k {
	case KindComponent, KindLabel, KindRelease, KindSprint, KindLink:
		return true
	}
	return false
}

// Value is one side of a change. Which members are set depends on the kind:
// an assignee is a Person, a link has the other record's key in ID and the
// phrase in Text, a key stands in Text.
type Value struct {
	ID, Text string
	Person   Person
}

// IsZero reports whether the side is empty.
func (v Value) IsZero() bool { return v == Value{} }

// Change is one typed fact at one instant. ID is unique within the record, so
// that the same change, delivered twice, is recognised. Where one entry of the
// tracker's log holds several changes, their ids are the entry's id, a point
// and a number.
type Change struct {
	ID       string
	At       Instant
	By       Person
	Kind     Kind
	Field    string // the tracker's name of the field, for KindOther
	From, To Value
}

// Act is what somebody did on an item besides changing a field.
type Act uint8

// The acts that are kept.
const (
	ActComment Act = iota + 1
	ActWorklog
	ActReview // of a pull request
	ActCommit // a commit in a pull request, or one that names the item
	acts
)

// Acts is how many acts there are: all are below it.
const Acts = int(acts)

// LengthClass is all that is kept of a comment's text.
type LengthClass uint8

// The classes of length in characters.
const (
	LengthUnknown LengthClass = iota
	Short                     // fewer than 40
	Medium                    // 40 to 279
	Long                      // 280 and more
)

// Length returns the class of a text of n characters.
func Length(n int) LengthClass {
	switch {
	case n < 40:
		return Short
	case n < 280:
		return Medium
	}
	return Long
}

// Involvement is one act of one person on an item: who, when, what and, for a
// comment, how long; never what it said. Authors of changes are in
// [Change.By], not here.
type Involvement struct {
	ID     string
	At     Instant // 0: the tracker does not tell
	By     Person
	Act    Act
	Length LengthClass
}

// CompareID orders the ids of one site: decimal numbers by value and before
// everything else, the rest as text.
func CompareID(a, b string) int {
	x, okX := NumberOf(a)
	y, okY := NumberOf(b)
	switch {
	case okX && okY:
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
	case okX:
		return -1
	case okY:
		return 1
	}
	return cmp.Compare(a, b)
}

// NumberOf returns the number that an id is, if it is one. Ids that begin with a
// letter, as those of pull requests do, cost no error.
func NumberOf(id string) (uint64, bool) {
	if id == "" || id[0] < '0' || id[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseUint(id, 10, 64)
	return n, err == nil
}

// SortChanges puts changes in order of instant, then id, and drops repeats of
// the same id.
func SortChanges(changes []Change) []Change {
	slices.SortFunc(changes, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.At, b.At), compareChangeID(a.ID, b.ID))
	})
	return slices.CompactFunc(changes, func(a, b Change) bool { return a.ID == b.ID && a.At == b.At })
}

// compareChangeID orders by the entry of the log, then by the number within it.
func compareChangeID(a, b string) int {
	x, m, _ := strings.Cut(a, ".")
	y, n, _ := strings.Cut(b, ".")
	return cmp.Or(CompareID(x, y), CompareID(m, n))
}

// Last returns the newest instant that the record tells of: its last update,
// or a change that is newer still.
func (r *Record) Last() Instant {
	last := max(r.Updated, r.Created)
	if n := len(r.Changes); n > 0 {
		last = max(last, r.Changes[n-1].At)
	}
	return last
}

// Validate reports the first reason why a record cannot be kept: without
// site, id or creation it cannot be identified or placed in time.
func (r *Record) Validate() error {
	switch {
	case r.Site == "":
		return fmt.Errorf("no site")
	case r.ID == "":
		return fmt.Errorf("no id")
	case r.Created <= 0:
		return fmt.Errorf("no usable creation time")
	}
	return nil
}
