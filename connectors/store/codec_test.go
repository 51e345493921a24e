package store

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

func newSymbols() *symbolTable {
	return &symbolTable{names: []string{""}, numbers: map[string]uint64{}}
}

// roundTrip encodes a record, decodes it and compares everything.
func roundTrip(t *testing.T, r *rand.Rand, symbols *symbolTable, into *fact.Record) {
	t.Helper()
	rec := randomRecord(r)
	own := ownHistory{wholeThrough: randomInstant(r), total: r.IntN(1 << 30), any: r.IntN(2) == 0, before: randomInstant(r)}
	body := markOf(rec)
	rec.Digest = digestOf(rec)
	blob := encode(rec, own, body, symbols)
	d := decoder{symbols: symbols.names}
	own2, body2, err := d.decode(blob, into)
	if err != nil {
		t.Fatalf("%v: %+v", err, rec)
	}
	if diff := cmp.Diff(rec, into, same); diff != "" {
		t.Fatal(diff)
	}
	if own != own2 || body != body2 {
		t.Fatalf("%+v %x, want %+v %x", own2, body2, own, body)
	}
}

func TestCodecRoundTrip(t *testing.T) {
	t.Parallel()
	r, symbols, into := seeded(1), newSymbols(), &fact.Record{}
	for range 3000 { // into one record, so that nothing of the last may be left
		roundTrip(t, r, symbols, into)
	}
}

func FuzzCodecRoundTrip(f *testing.F) {
	for n := range 8 {
		f.Add(bytes.Repeat([]byte{byte(37 * n), byte(n), 200, 17, 5}, 100*n))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		roundTrip(t, rand.New(&bytesSource{data: data}), newSymbols(), &fact.Record{})
	})
}

// held is how many bytes the lists of a record take.
func held(r *fact.Record) int {
	n := cap(r.Components) + cap(r.Releases) + cap(r.Sprints)
	for _, f := range r.Fields {
		n += cap(f.Values)
	}
	n += cap(r.Columns)
	n += cap(r.Mentions)*int(unsafe.Sizeof(fact.Mention{}))/int(unsafe.Sizeof(fact.Named{})) + cap(r.Pull.Paths)*int(unsafe.Sizeof(fact.Path{}))/int(unsafe.Sizeof(fact.Named{}))
	return n*int(unsafe.Sizeof(fact.Named{})) + cap(r.Labels)*int(unsafe.Sizeof("")) + cap(r.Fields)*int(unsafe.Sizeof(fact.Field{})) +
		cap(r.Links)*int(unsafe.Sizeof(fact.Link{})) + cap(r.Involvement)*int(unsafe.Sizeof(fact.Involvement{})) + cap(r.Changes)*int(unsafe.Sizeof(fact.Change{}))
}

// decodeAnything decodes what may be anything: it must not panic, nor take
// memory out of proportion.
func decodeAnything(t *testing.T, blob []byte, lean bool) (fact.Record, error) {
	t.Helper()
	var r fact.Record
	d := decoder{symbols: []string{"", "a", "PAY", "In Progress"}, lean: lean, people: &persons{first: []fact.Person{0, 1, 1}}}
	_, _, err := d.decode(blob, &r)
	if most := 200*len(blob) + 1024; held(&r) > most {
		t.Fatalf("%d bytes take %d", len(blob), held(&r))
	}
	if err != nil && !errors.Is(err, errBlob) {
		t.Fatalf("%v", err)
	}
	return r, err
}

func FuzzDecode(f *testing.F) {
	r, symbols := seeded(2), newSymbols()
	for range 10 {
		rec := randomRecord(r)
		f.Add(encode(rec, ownHistory{}, mark{}, symbols), false)
	}
	f.Add([]byte{codecVersion}, true)
	f.Add([]byte{}, true)
	f.Fuzz(func(t *testing.T, blob []byte, lean bool) {
		rec, err := decodeAnything(t, blob, lean)
		if err != nil || lean {
			return
		}
		// What can be read can be written and read again.
		again := newSymbols()
		d := decoder{symbols: again.names}
		blob = encode(&rec, ownHistory{}, mark{}, again)
		d.symbols = again.names
		var rec2 fact.Record
		if _, _, err := d.decode(blob, &rec2); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rec, rec2, same); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A blob that was cut or changed anywhere is an error or another record, never
// a panic.
func TestDecodeDamaged(t *testing.T) {
	t.Parallel()
	r, symbols := seeded(3), newSymbols()
	for range 20 {
		blob := encode(randomRecord(r), ownHistory{any: true}, mark{1}, symbols)
		for n := range blob {
			if _, err := decodeAnything(t, blob[:n], n%2 == 0); err == nil {
				t.Fatalf("%d of %d bytes are read as a whole record", n, len(blob))
			}
			changed := slices.Clone(blob)
			changed[n] ^= byte(1 + r.IntN(255))
			_, _ = decodeAnything(t, changed, false)
		}
		if _, err := decodeAnything(t, append(slices.Clone(blob), 0), false); err == nil {
			t.Fatal("a byte too many goes unnoticed")
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	other := encode(&fact.Record{}, ownHistory{}, mark{}, newSymbols())
	other[0] = codecVersion + 1
	var r fact.Record
	if _, _, err := (&decoder{}).decode(other, &r); !errors.Is(err, errBlob) || !strings.Contains(err.Error(), "form 5") {
		t.Errorf("another version: %v", err)
	}
	symbols := newSymbols()
	rec := &fact.Record{Status: fact.Named{Name: "In Progress"}}
	blob := encode(rec, ownHistory{}, mark{}, symbols)
	if _, _, err := (&decoder{symbols: symbols.names[:1]}).decode(blob, &r); !errors.Is(err, errBlob) {
		t.Errorf("an unknown symbol: %v", err)
	}
}

// Stores of the first form are read: it ends the body's part of a blob without
// the instants of the version before and of the telling.
func TestDecodeFormOne(t *testing.T) {
	t.Parallel()
	r := seeded(6)
	for range 200 {
		want, symbols := randomRecord(r), newSymbols()
		want.Class, want.Children, want.Milestone, want.Columns, want.Mentions, want.Pull = 0, 0, fact.Ref{}, nil, nil, fact.Pull{}
		own := ownHistory{wholeThrough: 5, total: 7, any: true}
		blob := encode(want, own, mark{1}, symbols)
		other := encode(want, ownHistory{wholeThrough: 5, total: 7, any: true, before: want.Created}, mark{1}, symbols)
		at := 0
		for blob[at] == other[at] { // there both forms part
			at++
		}
		blob = slices.Delete(blob, at, at+3) // and when it was told, and what repositories tell
		blob = blob[:len(blob)-1]            // and when changes were told
		blob[0] = 1
		var got fact.Record
		own2, body, err := (&decoder{symbols: symbols.names}).decode(blob, &got)
		if diff := cmp.Diff(want, &got, same); err != nil || diff != "" || own2 != own || body != (mark{1}) {
			t.Fatalf("%v %+v %s", err, own2, diff)
		}
	}
}

// Stores of the third form are read: it ends behind the changes.
func TestDecodeFormThree(t *testing.T) {
	t.Parallel()
	r := seeded(8)
	for range 200 {
		want, symbols := randomRecord(r), newSymbols()
		blob := encode(want, ownHistory{}, mark{1}, symbols)
		blob = blob[:len(blob)-1]
		blob[0] = 3
		var got fact.Record
		d := decoder{symbols: symbols.names}
		if _, _, err := d.decode(blob, &got); err != nil || d.other != nil || cmp.Diff(want, &got, same) != "" {
			t.Fatalf("%v %v %s", err, d.other, cmp.Diff(want, &got, same))
		}
	}
}

// When changes were told comes back as it went in, and does not stay for the next
// record; a change that there is not is damage.
func TestDecodeTellings(t *testing.T) {
	t.Parallel()
	symbols := newSymbols()
	rec := plain("1", "x", 1_700_000_000_500)
	rec.Changes = []fact.Change{change("1", 10), change("2", 20), change("3", 30)}
	other := map[changeID]telling{{"1", 10}: {}, {"3", 30}: {updated: 1_700_000_000_100, told: 7}}
	blob := encodeVersion(version{rec: &rec, other: other}, symbols)
	for _, lean := range []bool{false, true} {
		var got fact.Record
		d := decoder{symbols: symbols.names, lean: lean}
		if _, _, err := d.decode(blob, &got); err != nil || !lean && !maps.Equal(d.other, other) || lean && d.other != nil {
			t.Errorf("lean %t: %v %v", lean, err, d.other)
		}
		if _, _, err := d.decode(encode(&rec, ownHistory{}, mark{}, symbols), &got); err != nil || d.other != nil {
			t.Errorf("lean %t, the next: %v %v", lean, err, d.other)
		}
	}
	e := encoder{buf: encode(&rec, ownHistory{}, mark{}, symbols)}
	e.buf = append(e.buf[:len(e.buf)-1], 1, 3, 0, 0)
	if _, _, err := (&decoder{symbols: symbols.names}).decode(e.buf, &fact.Record{}); !errors.Is(err, errBlob) {
		t.Errorf("the telling of a change that there is not: %v", err)
	}
}

// A list that claims more elements than there are bytes takes no memory.
func TestDecodeClaims(t *testing.T) {
	t.Parallel()
	e := encoder{person: func(fact.Person) uint64 { return 0 }}
	e.buf = append(e.buf, codecVersion)
	e.buf = append(e.buf, make([]byte, 16+8)...)
	e.body(&fact.Record{})
	// The last of body is Unseen, before it the involvements' count.
	blob := e.buf[:len(e.buf)-2]
	e.buf = slices.Clone(blob)
	e.uint(1 << 40)
	var r fact.Record
	if _, _, err := (&decoder{}).decode(e.buf, &r); err == nil || cap(r.Involvement) > 0 {
		t.Errorf("%v, room for %d", err, cap(r.Involvement))
	}
}

// Lean leaves out ids of changes and involvements, and nothing else.
func TestDecodeLean(t *testing.T) {
	t.Parallel()
	r, symbols := seeded(4), newSymbols()
	for range 500 {
		want := randomRecord(r)
		blob := encode(want, ownHistory{}, mark{}, symbols)
		var got fact.Record
		if _, _, err := (&decoder{symbols: symbols.names, lean: true}).decode(blob, &got); err != nil {
			t.Fatal(err)
		}
		for i := range want.Changes {
			want.Changes[i].ID = ""
		}
		for i := range want.Involvement {
			want.Involvement[i].ID = ""
		}
		if diff := cmp.Diff(want, &got, same); diff != "" {
			t.Fatal(diff)
		}
	}
}

// Texts that come again cost a few bytes each.
func TestBlobsAreSmall(t *testing.T) {
	t.Parallel()
	symbols := newSymbols()
	r := plain("10001", "Show invoice list", 1_700_100_000_000)
	for i := range 10 {
		r.Changes = append(r.Changes, fact.Change{
			ID: "100010" + string(rune('0'+i)), At: r.Created + fact.Instant(i)*3_600_000, By: 3, Kind: fact.KindStatus,
			From: fact.Value{ID: "3", Text: "In Progress"}, To: fact.Value{ID: "10002", Text: "In Review"},
		})
	}
	if n := len(encode(&r, ownHistory{}, mark{}, symbols)); n > 350 {
		t.Errorf("a record with ten changes takes %d bytes", n)
	}
}

// renumber gives people other numbers.
func renumber(r *fact.Record, by func(fact.Person) fact.Person) {
	w := writer{people: make([]fact.Person, 100)}
	for i := range w.people {
		w.people[i] = by(fact.Person(i))
	}
	w.number(r)
}

// asRead returns the digest of a record as a reader sees it who knows which
// accounts are one person.
func asRead(t *testing.T, r *fact.Record, first ...fact.Person) [16]byte {
	t.Helper()
	c := copyRecord(r)
	c.Digest = digestOf(&c)
	symbols, into := newSymbols(), &fact.Record{}
	blob := encode(&c, ownHistory{}, markOf(&c), symbols)
	d := decoder{symbols: symbols.names, people: &persons{first: first}}
	var digests [3][16]byte
	for i := range digests { // what was read before must not show
		d.lean = i == 1
		if _, _, err := d.decode(blob, into); err != nil {
			t.Fatal(err)
		}
		digests[i] = into.Digest
	}
	if digests[1] != digests[0] || digests[2] != digests[0] {
		t.Fatal("one record is read with several digests")
	}
	return digests[0]
}

func TestDigestKnowsNoNumbers(t *testing.T) {
	t.Parallel()
	r := seeded(5)
	for range 500 {
		rec := randomRecord(r)
		want, body, read := digestOf(rec), markOf(rec), asRead(t, rec)
		renumber(rec, func(p fact.Person) fact.Person {
			if p == 0 {
				return 0
			}
			return 50 - p
		})
		if digestOf(rec) != want || markOf(rec) != body {
			t.Fatalf("other numbers of people, another digest: %+v", rec)
		}
		everybody := make([]fact.Person, 60)
		for i := range everybody {
			everybody[i] = fact.Person(i)
		}
		if asRead(t, rec) != read || asRead(t, rec, everybody...) != read || asRead(t, rec, everybody[:48]...) != read {
			t.Fatalf("other numbers of people, another digest when it is read: %+v", rec)
		}
		rec.Digest[3]++
		if digestOf(rec) != want {
			t.Fatal("the digest digests itself")
		}
	}
}

// Whether two accounts are known to be one person when a record comes, or
// learnt to be so later, it has the same digest; two persons have another.
func TestDigestKnowsPersons(t *testing.T) {
	t.Parallel()
	site := "https://one.example"
	record := func(people ...fact.Person) fact.Record {
		r := plain("1", "x", 1_700_000_000_500)
		r.Creator, r.Assignee = people[0], people[1]
		r.Involvement = []fact.Involvement{{ID: "1", At: 5, By: people[2], Act: fact.ActComment}}
		r.Changes = []fact.Change{{ID: "1", At: 5, By: people[0], Kind: fact.KindAssignee, From: fact.Value{Person: people[1]}, To: fact.Value{Person: people[2]}}}
		r.History = fact.History{State: fact.WholeHistory, Have: 1, Total: 1}
		return r
	}
	batch := func(r fact.Record, accounts ...[]string) connectors.Batch {
		b := connectors.Batch{Next: "x"}
		if r.ID != "" {
			b.Records, b.Received = []fact.Record{r}, 1
		}
		for _, names := range accounts {
			b.Accounts = append(b.Accounts, connectors.Account{Site: site, IDs: names})
		}
		return b
	}
	tie := batch(fact.Record{}, []string{"k1", "bob"})
	read := func(batches ...connectors.Batch) [16]byte {
		st := newStore(t, Memory)
		defer st.Close()
		for _, b := range batches {
			commit(t, st, scope1, deepCopy(b))
		}
		return all(t, st)[0].Digest
	}
	one := batch(record(1, 1, 2), []string{"k1", "bob"}, []string{"ana"})
	two := batch(record(1, 2, 3), []string{"bob"}, []string{"k1"}, []string{"ana"})
	want := read(one)
	for name, got := range map[string][16]byte{"learnt before": read(tie, two), "learnt later": read(two, tie), "told both ways": read(two, one), "and the other way": read(one, two)} {
		if got != want {
			t.Errorf("%s: another digest", name)
		}
	}
	if read(two) == want {
		t.Error("two persons have the digest of one")
	}
}

// Whatever is told otherwise has another digest; what is history has the same
// mark of its body.
func TestDigestNoticesEverything(t *testing.T) {
	t.Parallel()
	full := func() *fact.Record {
		r := plain("1", "x", 1_700_000_000_500)
		r.Creator, r.Reporter = 1, 2
		r.Components, r.Releases, r.Sprints = []fact.Named{{ID: "1"}}, []fact.Named{{ID: "1"}}, []fact.Named{{ID: "1"}}
		r.Labels, r.Fields = []string{"a"}, []fact.Field{{ID: "f", Values: []fact.Named{{ID: "1"}}}}
		r.Links = []fact.Link{{ID: "1", Type: "Blocks", Phrase: "blocks", Other: fact.Ref{ID: "2"}}}
		r.Involvement = []fact.Involvement{{ID: "1", At: 5, By: 1, Act: fact.ActComment, Length: fact.Short}}
		r.Changes = []fact.Change{{ID: "1", At: 5, By: 1, Kind: fact.KindStatus, Field: "f", From: fact.Value{ID: "1"}, To: fact.Value{ID: "2"}}}
		return &r
	}
	edits := map[string]func(r *fact.Record){
		"site": func(r *fact.Record) { r.Site += "x" }, "id": func(r *fact.Record) { r.ID = "2" }, "key": func(r *fact.Record) { r.Key = "PAY-2" },
		"title": func(r *fact.Record) { r.Title = "y" }, "url": func(r *fact.Record) { r.URL = "y" },
		"project id": func(r *fact.Record) { r.Project.ID = "y" }, "project key": func(r *fact.Record) { r.Project.Key = "y" }, "project name": func(r *fact.Record) { r.Project.Name = "y" },
		"type id": func(r *fact.Record) { r.Type.ID = "y" }, "type name": func(r *fact.Record) { r.Type.Name = "y" }, "type rank": func(r *fact.Record) { r.Type.Rank = 2 },
		"status": func(r *fact.Record) { r.Status.Name = "y" }, "resolution": func(r *fact.Record) { r.Resolution.ID = "y" }, "priority": func(r *fact.Record) { r.Priority.ID = "y" },
		"created": func(r *fact.Record) { r.Created++ }, "updated": func(r *fact.Record) { r.Updated++ }, "resolved": func(r *fact.Record) { r.Resolved = 9 }, "due": func(r *fact.Record) { r.Due = "2025-01-01" },
		"creator": func(r *fact.Record) { r.Creator = 0 }, "assignee": func(r *fact.Record) { r.Assignee = 1 },
		"parent": func(r *fact.Record) { r.Parent.ID = "y" }, "estimate": func(r *fact.Record) { r.Estimate = 1 }, "flagged": func(r *fact.Record) { r.Flagged = true },
		"team": func(r *fact.Record) { r.Team.Name = "y" }, "component": func(r *fact.Record) { r.Components[0].Name = "y" }, "label": func(r *fact.Record) { r.Labels[0] = "y" },
		"no label": func(r *fact.Record) { r.Labels = nil }, "release": func(r *fact.Record) { r.Releases[0].Name = "y" }, "sprint": func(r *fact.Record) { r.Sprints[0].Name = "y" },
		"field": func(r *fact.Record) { r.Fields[0].ID = "y" }, "field value": func(r *fact.Record) { r.Fields[0].Values[0].ID = "y" },
		"link id": func(r *fact.Record) { r.Links[0].ID = "y" }, "link type": func(r *fact.Record) { r.Links[0].Type = "y" }, "link phrase": func(r *fact.Record) { r.Links[0].Phrase = "y" }, "link end": func(r *fact.Record) { r.Links[0].Other.Key = "y" },
		"act id": func(r *fact.Record) { r.Involvement[0].ID = "y" }, "act at": func(r *fact.Record) { r.Involvement[0].At++ },
		"class": func(r *fact.Record) { r.Class = fact.ClassPull }, "children": func(r *fact.Record) { r.Children = 1 }, "milestone": func(r *fact.Record) { r.Milestone.ID = "m1" },
		"column": func(r *fact.Record) { r.Columns = []fact.Named{{ID: "1", Name: "y"}} }, "mention": func(r *fact.Record) {
			r.Mentions = []fact.Mention{{Where: fact.InBody, Word: fact.WordTask, Key: "PAY-1"}}
		},
		"mention site": func(r *fact.Record) {
			r.Mentions = []fact.Mention{{Where: fact.InBody, Word: fact.WordTask, Site: "y", Key: "PAY-1"}}
		},
		"merged": func(r *fact.Record) { r.Pull.Merged = 9 }, "begun": func(r *fact.Record) { r.Pull.Begun = 9 }, "sized": func(r *fact.Record) { r.Pull.Sized = true },
		"added": func(r *fact.Record) { r.Pull.Added = 1 }, "deleted": func(r *fact.Record) { r.Pull.Deleted = 1 }, "files": func(r *fact.Record) { r.Pull.Files = 1 },
		"path": func(r *fact.Record) { r.Pull.Paths = []fact.Path{{Name: "a.go", Added: 1}} }, "path lines": func(r *fact.Record) { r.Pull.Paths = []fact.Path{{Name: "a.go", Deleted: 1}} },
		"act": func(r *fact.Record) { r.Involvement[0].Act = fact.ActWorklog }, "act length": func(r *fact.Record) { r.Involvement[0].Length = fact.Long }, "unseen": func(r *fact.Record) { r.Unseen = 1 },
	}
	historic := map[string]func(r *fact.Record){
		"change id": func(r *fact.Record) { r.Changes[0].ID = "y" }, "change at": func(r *fact.Record) { r.Changes[0].At++ },
		"change kind": func(r *fact.Record) { r.Changes[0].Kind = fact.KindTeam }, "change field": func(r *fact.Record) { r.Changes[0].Field = "y" },
		"from": func(r *fact.Record) { r.Changes[0].From.Text = "1" }, "to": func(r *fact.Record) { r.Changes[0].To = fact.Value{Text: "2"} }, "to person": func(r *fact.Record) { r.Changes[0].To.Person = 1 },
		"no change": func(r *fact.Record) { r.Changes = nil }, "state": func(r *fact.Record) { r.History.State = fact.CutHistory },
		"have": func(r *fact.Record) { r.History.Have++ }, "total": func(r *fact.Record) { r.History.Total++ },
	}
	people := map[string]func(r *fact.Record){ // who it is, does not stand in the mark
		"reporter": func(r *fact.Record) { r.Reporter = 1 }, "act by": func(r *fact.Record) { r.Involvement[0].By = 2 },
		"change by": func(r *fact.Record) { r.Changes[0].By = 2 },
	}
	digest, body := asRead(t, full()), markOf(full())
	seen := map[[16]byte]string{digest: "the record"}
	for i, list := range []map[string]func(*fact.Record){edits, historic, people} {
		for name, edit := range list {
			r := full()
			edit(r)
			d := asRead(t, r)
			if other, twice := seen[d]; twice {
				t.Errorf("another %s has the digest of %s", name, other)
			}
			seen[d] = "another " + name
			if same := markOf(r) == body; same != (i > 0) {
				t.Errorf("another %s: the body's mark is the same: %t", name, same)
			}
		}
	}
}

// The digest of a stored record does not depend on what the store met before.
func TestDigestKnowsNoSymbols(t *testing.T) {
	t.Parallel()
	a, b := newStore(t, Memory), newStore(t, Memory)
	r := plain("1", "x", 1_700_000_000_500)
	r.Labels, r.Creator = []string{"one", "two"}, 1
	other := plain("2", "y", 1_700_000_000_500)
	other.Labels, other.Creator = []string{"two", "three", "four"}, 1
	commit(t, a, scope1, batchOf(copyRecord(&r)))
	commit(t, b, scope1, batchOf(copyRecord(&other)), batchOf(copyRecord(&r)))
	if x, y := all(t, a)[0], all(t, b)[0]; x.Digest != y.Digest || x.Digest == ([16]byte{}) {
		t.Errorf("%x and %x", x.Digest, y.Digest)
	}
}
