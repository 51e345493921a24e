// Package connectors brings what trackers say into a store.
//
// A [Source] speaks one tracker's language and hands over facts; a [Sink]
// keeps them; [Pull] brings the two together. Neither knows a configuration of
// teams or statuses: that comes later, when facts are assembled.
package connectors

import (
	"context"
	"errors"
	"fmt"

	"smokestack/analysis/fact"
)

// Scope says what a source asks for. A cursor is worth something only within
// the scope that it came from, so everything that changes what is asked for
// belongs here; what does not (a token, a file's date) does not.
type Scope struct {
	Tracker string // what speaks: "jira", "github", "demo"
	Origin  string // where from: an address, a path
	Query   string // what is asked for there; "" is everything
	Decoder int    // version of the code that turns answers into facts
}

// Key is the scope as one text, equal for equal scopes only.
func (s Scope) Key() string {
	return fmt.Sprintf("%q %q %q %d", s.Tracker, s.Origin, s.Query, s.Decoder)
}

// Cursor is a source's own note of how far it has come. The empty cursor is
// the beginning. Nobody but the source reads it.
type Cursor string

// Source hands over what one tracker says within one scope.
//
// The contract, which package connectortest holds every source to:
//
//   - Scope is constant over the life of the source and costs no request.
//   - Pull hands over batches through emit, one at a time, from one goroutine.
//     When emit returns nil, the batch and its Next cursor are kept together;
//     when it returns an error, Pull stops and returns an error that wraps it.
//     A batch belongs to the receiver once it was handed over.
//   - Pull begins where the cursor says. Killed after any batch and called
//     again with that batch's Next, it hands over what was missing: the batches
//     before and after leave the same facts as one undisturbed pull. It may hand
//     over a record again; facts are the same whatever the order or the number
//     of times. A cursor that no longer fits (the archive was replaced, the
//     tracker refuses it) makes it begin anew, with Fresh set on its first batch.
//   - Identity: a record is known by Site and ID, the tracker's immutable id.
//     A change, a link and an involvement carry the tracker's own id, so that
//     repeats are recognised.
//   - People are numbers local to the batch: Person n is Accounts[n−1], 0 is
//     nobody. No other member of a record tells who somebody is.
//   - What the scope held and its tracker no longer shows is in Gone, or, in a
//     pull that starts from nothing, simply not told again. A source says so only
//     where the tracker's own list of the scope was read whole.
//   - Nothing is left out in silence. Received counts what was, or should have
//     been, a record or a part of a history; each of them is in Records, in
//     Histories, or has a note of kind [NoteRejected]. What was mended, and what
//     is no record by nature, has a note too.
//   - Cancelling the context ends Pull soon, with an error that wraps
//     context.Cause; no batch follows.
//   - A nil error means: everything in the scope, up to Summary.Through, was
//     handed over, apart from what the notes tell. Any other error says what
//     stopped it; what was handed over before is good.
type Source interface {
	Scope() Scope
	Pull(ctx context.Context, from State, emit func(Batch) error) (Summary, error)
}

// State is what a sink has of a scope when a pull begins. The zero state is
// that of a sink that has nothing.
type State struct {
	Cursor Cursor // of the last batch that was kept

	// Held lists what the scope holds at the moment of the call, batches of the
	// pull at hand included: what this pull told, and of earlier ones what a
	// pull from nothing did not put into question. Nil: nothing.
	Held func(context.Context) ([]Item, error)
}

// Item names a record that a sink holds.
type Item struct{ Site, ID, Key string }

// Batch is a piece of a pull that is kept whole or not at all.
type Batch struct {
	// Fresh is set on the first batch of a pull that starts from nothing. What
	// the scope held before and this pull does not hand over again is gone when
	// the pull is complete.
	Fresh bool

	Records   []fact.Record
	Histories []History
	Elsewhere []fact.Record // told by the way, not of this scope: kept where another scope holds them, else not
	Gone      []Item        // held before, no longer there; a note says why
	Terms     []fact.Term
	Accounts  []Account
	Notes     []Note
	Received  int
	Expected  int // how many records the whole pull will hand over, as far as is known; 0: not known
	Next      Cursor
}

// History is a part of a record's change history that came apart from the
// record itself. The record, as it was when the part was told, comes, too.
type History struct {
	Site    string
	Of      fact.Ref // the record, by id or by key
	Changes []fact.Change
	Entries int // entries of the tracker's log in this part
	Total   int // the tracker's own count of entries in all; −1 where it gives none
	// More says that the part ends a page that is not the last, so that more of
	// this history may follow. It matters where there is no count.
	More bool
	// Through is an instant as of which, at the earliest, the part was told; 0: not
	// known. It tells whether the part belongs to the record's last update.
	Through fact.Instant
}

// Account is somebody who acts in a tracker, by every name that the tracker
// has for the account. A sink keeps the names only as keyed hashes.
type Account struct {
	Site string
	IDs  []string // at least one; compared without regard to case
	Bot  bool     // the tracker says that it is no person
}

// NoteKind says what became of something.
type NoteKind string

// The kinds of notes.
const (
	NoteRejected NoteKind = "rejected" // a record, or a part of one, that could not be kept
	NoteRepaired NoteKind = "repaired" // kept after mending
	NoteSkipped  NoteKind = "skipped"  // no record, by nature; told again by a later pull, it is one thing
	NoteMissing  NoteKind = "missing"  // known to exist, not handed over; holds until the next pull says otherwise
	NoteGone     NoteKind = "gone"     // held before, no longer there
)

// Note tells what became of one thing that is not simply kept.
type Note struct {
	Kind    NoteKind
	Subject string // a file, a project, a key
	Reason  string
}

// Summary ends a complete pull.
type Summary struct {
	// Through is the instant up to which the scope is complete. Zero says that
	// the source cannot know (an archive has no date): it is complete up to the
	// newest thing it tells.
	Through fact.Instant
}

// Sink keeps what sources hand over.
type Sink interface {
	// Begin returns the state in which the scope's last committed batch left it,
	// the zero one where there is none.
	Begin(ctx context.Context, scope Scope) (State, error)
	// Commit keeps a batch and its cursor, both or neither.
	Commit(ctx context.Context, scope Scope, batch Batch) error
	// Complete marks the scope's pull as whole.
	Complete(ctx context.Context, scope Scope, summary Summary) error
}

// ErrRefused marks a source that refused altogether: credentials or
// permissions that a retry does not change.
var ErrRefused = errors.New("refused")

// Result is what one pull brought.
type Result struct {
	Batches, Received int
	Expected          int // records in all, as far as the source knows; 0: not known
	Complete          bool
}

// Pull brings a sink up to date with a source. Told is called after every
// batch that was kept, if it is not nil.
func Pull(ctx context.Context, src Source, sink Sink, told func(Result)) (Result, error) {
	var res Result
	scope := src.Scope()
	from, err := sink.Begin(ctx, scope)
	if err != nil {
		return res, err
	}
	summary, err := src.Pull(ctx, from, func(b Batch) error {
		if err := b.balance(); err != nil {
			return err
		}
		if err := sink.Commit(ctx, scope, b); err != nil {
			return err
		}
		res.Batches++
		res.Received += b.Received
		res.Expected = max(res.Expected, b.Expected)
		if told != nil {
			told(res)
		}
		return nil
	})
	if err != nil {
		return res, err
	}
	if err := sink.Complete(ctx, scope, summary); err != nil {
		return res, err
	}
	res.Complete = true
	return res, nil
}

// balance checks that a batch accounts for everything it received.
func (b *Batch) balance() error {
	rejected := 0
	for _, n := range b.Notes {
		if n.Kind == NoteRejected {
			rejected++
		}
	}
	if got := len(b.Records) + len(b.Histories) + rejected; got != b.Received {
		return fmt.Errorf("internal error: a batch received %d and accounts for %d", b.Received, got)
	}
	return nil
}
