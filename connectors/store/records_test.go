package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// same compares what is stored: an empty list is none, NaN equals itself.
var same = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateNaNs()}

// bytesSource draws from bytes, so that a fuzzer decides what is drawn; behind
// their end it goes on in its own way.
type bytesSource struct {
	data  []byte
	drawn uint64
}

func (s *bytesSource) Uint64() uint64 {
	var b [8]byte
	n := copy(b[:], s.data)
	s.data = s.data[n:]
	s.drawn++
	return binary.LittleEndian.Uint64(b[:]) ^ s.drawn*0x9e3779b97f4a7c15
}

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 99)) }

// odd texts, among them all that have a short form of their own and all that
// nearly have.
var texts0 = []string{
	"", "0", "7", "007", "10001", "999999999999999999", "1234567890123456789", "18446744073709551616", "-1", "+1", "1e3",
	"12.5", "0.0", "1.", ".5", "1.02", "1.2.3", "123456789012345678.999999999999999999",
	"PAY-12", "PAY-0", "PAY-012", "-5", "--5", "A-B-3", "PAY-", "ü-4", strings.Repeat("K", 64) + "-1", strings.Repeat("K", 65) + "-1",
	"In Progress", "進行中", "a\x00b", "\xff\xfe", " ", strings.Repeat("x", symbolMax), strings.Repeat("x", symbolMax+1), strings.Repeat("long ", 300),
}

func randomText(r *rand.Rand) string {
	if r.IntN(8) == 0 {
		return fmt.Sprint(r.Uint64())
	}
	return texts0[r.IntN(len(texts0))]
}

func randomNamed(r *rand.Rand) fact.Named { return fact.Named{ID: randomText(r), Name: randomText(r)} }
func randomRef(r *rand.Rand) fact.Ref     { return fact.Ref{ID: randomText(r), Key: randomText(r)} }

func randomPerson(r *rand.Rand) fact.Person { return fact.Person(r.IntN(5)) }

func randomInstant(r *rand.Rand) fact.Instant {
	switch r.IntN(8) {
	case 0:
		return 0
	case 1:
		return []fact.Instant{1, -1, fact.Never, fact.Never - 1, -1 << 62}[r.IntN(5)]
	}
	return fact.Instant(1_700_000_000_000 + r.Int64N(1e11) - 5e10)
}

func randomValue(r *rand.Rand) fact.Value {
	v := fact.Value{}
	if r.IntN(2) == 0 {
		v.ID = randomText(r)
	}
	if r.IntN(2) == 0 {
		v.Text = randomText(r)
	}
	if r.IntN(4) == 0 {
		v.Person = randomPerson(r)
	}
	return v
}

func some[T any](r *rand.Rand, most int, make func(*rand.Rand) T) []T {
	var out []T
	for range r.IntN(most + 1) {
		out = append(out, make(r))
	}
	return out
}

func randomRecord(r *rand.Rand) *fact.Record {
	rec := &fact.Record{
		Site: randomText(r), ID: randomText(r), Key: randomText(r), Title: randomText(r),
		Project: fact.Project{ID: randomText(r), Key: randomText(r), Name: randomText(r)},
		Type:    fact.Type{ID: randomText(r), Name: randomText(r), Rank: fact.Rank(r.IntN(256) - 128)},
		Status:  randomNamed(r), Resolution: randomNamed(r), Priority: randomNamed(r),
		Created: fact.Instant(1 + r.Int64N(4e12)), Updated: randomInstant(r), Resolved: randomInstant(r), Due: randomText(r),
		Creator: randomPerson(r), Reporter: randomPerson(r), Assignee: randomPerson(r),
		Parent: randomRef(r), Estimate: []float64{math.NaN(), 0, 0.5, -3, math.MaxFloat64, math.Inf(1)}[r.IntN(6)], Flagged: r.IntN(2) == 0,
		Team: randomNamed(r), Components: some(r, 3, randomNamed), Labels: some(r, 3, randomText), Releases: some(r, 3, randomNamed), Sprints: some(r, 3, randomNamed),
		Fields: some(r, 3, func(r *rand.Rand) fact.Field {
			return fact.Field{ID: randomText(r), Values: some(r, 3, randomNamed)}
		}),
		History: fact.History{State: fact.Completeness(r.IntN(3)), Have: r.IntN(1000), Total: r.IntN(1 << 30)},
		Links: some(r, 3, func(r *rand.Rand) fact.Link {
			return fact.Link{ID: randomText(r), Type: randomText(r), Phrase: randomText(r), Other: randomRef(r)}
		}),
		Involvement: some(r, 3, func(r *rand.Rand) fact.Involvement {
			return fact.Involvement{ID: randomText(r), At: randomInstant(r), By: randomPerson(r), Act: fact.Act(r.IntN(fact.Acts)), Length: fact.LengthClass(r.IntN(4))}
		}),
		Changes: some(r, 6, func(r *rand.Rand) fact.Change {
			return fact.Change{
				ID: randomText(r), At: randomInstant(r), By: randomPerson(r), Kind: fact.Kind(r.IntN(fact.Kinds + 1)), Field: randomText(r),
				From: randomValue(r), To: randomValue(r),
			}
		}),
		Unseen: r.IntN(1 << 40),
	}
	if r.IntN(2) == 0 {
		randomRepository(r, rec)
	}
	if r.IntN(2) == 0 {
		rec.URL = browse(rec)
	} else {
		rec.URL = randomText(r)
	}
	return rec
}

// randomRepository sets what repositories alone tell.
func randomRepository(r *rand.Rand, rec *fact.Record) {
	rec.Class, rec.Children, rec.Milestone = fact.Class(r.IntN(3)), r.IntN(1<<20), randomRef(r)
	rec.Columns = some(r, 3, randomNamed)
	rec.Mentions = some(r, 3, func(r *rand.Rand) fact.Mention {
		return fact.Mention{Where: fact.Where(r.IntN(4)), Word: fact.Word(r.IntN(6)), Site: randomText(r), Key: randomText(r)}
	})
	rec.Pull = fact.Pull{
		Merged: randomInstant(r), Begun: randomInstant(r), Sized: r.IntN(2) == 0,
		Added: r.IntN(1 << 30), Deleted: r.IntN(1 << 30), Files: r.IntN(1 << 20),
		Paths: some(r, 3, func(r *rand.Rand) fact.Path {
			return fact.Path{Name: randomText(r), Added: r.IntN(1 << 20), Deleted: r.IntN(1 << 20)}
		}),
	}
}

// plain is a small valid record.
func plain(id, title string, updated fact.Instant) fact.Record {
	return fact.Record{
		Site: "https://one.example", ID: id, Key: "PAY-" + id, Title: title, URL: "https://one.example/browse/PAY-" + id,
		Status: fact.Named{ID: "3", Name: "In Progress"}, Created: 1_700_000_000_000, Updated: updated, Estimate: math.NaN(),
	}
}

var scope1 = connectors.Scope{Tracker: "test", Origin: "one", Decoder: 1}
var scope2 = connectors.Scope{Tracker: "test", Origin: "two", Decoder: 1}

func newStore(tb testing.TB, path string) *Store {
	tb.Helper()
	st, err := Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { st.Close() })
	return st
}

// commit begins a scope and commits batches to it.
func commit(tb testing.TB, st *Store, scope connectors.Scope, batches ...connectors.Batch) {
	tb.Helper()
	if _, err := st.Begin(tb.Context(), scope); err != nil {
		tb.Fatal(err)
	}
	for _, b := range batches {
		if err := st.Commit(tb.Context(), scope, b); err != nil {
			tb.Fatal(err)
		}
	}
}

func complete(tb testing.TB, st *Store, scope connectors.Scope) {
	tb.Helper()
	if err := st.Complete(tb.Context(), scope, connectors.Summary{}); err != nil {
		tb.Fatal(err)
	}
}

func selection(tb testing.TB, st *Store, scopes ...connectors.Scope) *Selection {
	tb.Helper()
	sel, err := st.Select(tb.Context(), scopes)
	if err != nil {
		tb.Fatal(err)
	}
	return sel
}

// all returns all live records in order.
func all(tb testing.TB, st *Store, scopes ...connectors.Scope) []fact.Record {
	tb.Helper()
	var out []fact.Record
	err := selection(tb, st, scopes...).Ordered(tb.Context(), func(r *fact.Record) error {
		out = append(out, copyRecord(r))
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// copyRecord copies a record and its lists of plain values.
func copyRecord(r *fact.Record) fact.Record {
	c := *r
	c.Components, c.Releases, c.Sprints = append([]fact.Named(nil), r.Components...), append([]fact.Named(nil), r.Releases...), append([]fact.Named(nil), r.Sprints...)
	c.Labels, c.Links = append([]string(nil), r.Labels...), append([]fact.Link(nil), r.Links...)
	c.Changes, c.Involvement = append([]fact.Change(nil), r.Changes...), append([]fact.Involvement(nil), r.Involvement...)
	c.Fields = append([]fact.Field(nil), r.Fields...)
	return c
}

// batchOf makes a batch of records whose people are up to three.
func batchOf(records ...fact.Record) connectors.Batch {
	b := connectors.Batch{Records: records, Received: len(records), Next: "next"}
	for _, name := range []string{"ana", "bo", "cy"} {
		b.Accounts = append(b.Accounts, connectors.Account{Site: "https://one.example", IDs: []string{name}})
	}
	return b
}
