package store

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// told makes a version out of a record as it arrives.
func told(r fact.Record) version {
	c := copyRecord(&r)
	c.Changes = unite(c.Changes)
	return version{rec: &c, own: ownOf(&c), body: markOf(&c)}
}

// randomVersion makes up a version of one record: some share their update,
// their size, their changes.
func randomVersion(r *rand.Rand) fact.Record {
	rec := plain("1", []string{"x", "y", "z"}[r.IntN(3)], 1_700_000_000_000+fact.Instant(r.IntN(3)))
	for i := range r.IntN(3) {
		rec.Labels = append(rec.Labels, string(rune('a'+i+r.IntN(2))))
	}
	for i := range 5 {
		if r.IntN(2) == 0 {
			rec.Changes = append(rec.Changes, fact.Change{
				ID: string(rune('1'+i/2)) + "." + string(rune('0'+i)), At: rec.Created + fact.Instant(i/3), Kind: fact.Kind(1 + r.IntN(2)),
				To: fact.Value{Text: []string{"Done", "Fertig"}[r.IntN(2)]},
			})
		}
	}
	rec.Told = fact.Instant(r.IntN(3))
	rec.History = fact.History{State: fact.Completeness(r.IntN(3)), Have: len(rec.Changes), Total: r.IntN(9)}
	return rec
}

func joinAll(versions []version) version {
	out := version{rec: &fact.Record{}}
	for i, v := range versions {
		c := copyRecord(v.rec)
		v.rec = &c
		if i == 0 {
			out = v
		} else if i%2 == 0 {
			out = merge(out, v)
		} else {
			out = merge(v, out)
		}
	}
	settle(out.rec, out.own, parts{total: -1}) // as before it is written
	return out
}

// Whatever the order, the pairs and the repeats: the join is the same.
func TestMergeIsAJoin(t *testing.T) {
	t.Parallel()
	r := seeded(7)
	for range 400 {
		versions := some(r, 5, func(r *rand.Rand) version { return told(randomVersion(r)) })
		if len(versions) == 0 {
			continue
		}
		want := joinAll(versions)
		for range 5 {
			again := slices.Clone(versions)
			again = append(again, versions[r.IntN(len(versions))])
			r.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
			got := joinAll(again)
			if diff := cmp.Diff(want.rec, got.rec, same); diff != "" || want.own != got.own || want.body != got.body || !maps.Equal(want.other, got.other) {
				t.Fatalf("%+v %+v\n%s", want.own, got.own, diff)
			}
			// Two halves, joined apart.
			k := r.IntN(len(again))
			if k > 0 {
				halves := joinAll([]version{joinAll(again[:k]), joinAll(again[k:])})
				if diff := cmp.Diff(want.rec, halves.rec, same); diff != "" || want.own != halves.own || !maps.Equal(want.other, halves.other) {
					t.Fatalf("halves: %s", diff)
				}
			}
		}
	}
}

// The present values are those of the newest version, as a whole.
func TestMergeNewestWins(t *testing.T) {
	t.Parallel()
	old, new := plain("1", "old", 1_700_000_000_100), plain("1", "new", 1_700_000_000_101)
	old.Labels, old.Components, old.Due = []string{"a", "b"}, []fact.Named{{ID: "1"}}, "2025-01-01"
	for _, pair := range [][2]fact.Record{{old, new}, {new, old}} {
		got := merge(told(pair[0]), told(pair[1])).rec
		if got.Title != "new" || got.Labels != nil || got.Components != nil || got.Due != "" {
			t.Errorf("%+v", got)
		}
	}
	// At one moment, the version that tells more.
	rich := plain("1", "a", 1_700_000_000_100)
	rich.Links = []fact.Link{{ID: "1"}}
	poor := plain("1", "z", 1_700_000_000_100)
	if a, b := merge(told(rich), told(poor)).rec.Title, merge(told(poor), told(rich)).rec.Title; a != "a" || b != "a" {
		t.Errorf("%s, %s", a, b)
	}
}

func change(id string, at fact.Instant) fact.Change {
	return fact.Change{ID: id, At: at, Kind: fact.KindRank}
}

func TestMergeUnitesChanges(t *testing.T) {
	t.Parallel()
	old, new := plain("1", "old", 1_700_000_000_100), plain("1", "new", 1_700_000_000_101)
	old.Changes = []fact.Change{change("1.1", 10), change("1.2", 10), change("2", 20)}
	new.Changes = []fact.Change{change("10", 10), change("1.2", 10), change("9", 10), change("3", 5)}
	want := fact.SortChanges([]fact.Change{change("1.1", 10), change("1.2", 10), change("2", 20), change("10", 10), change("9", 10), change("3", 5)})
	if got := merge(told(old), told(new)).rec.Changes; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Of a change that two versions tell, the words of the newer one are kept, by
// whichever moment it is the newer, and whichever came first; also where a version
// that is newer still does not tell it.
func TestMergeKeepsTheNewerTelling(t *testing.T) {
	t.Parallel()
	tell := func(updated, told fact.Instant, words string) fact.Record {
		r := plain("1", "x", 1_700_000_000_000+updated)
		r.Told = told
		if words != "" {
			r.Changes = []fact.Change{{ID: "1", At: 10, Kind: fact.KindLink, To: fact.Value{ID: words}}}
		}
		return r
	}
	for _, c := range []struct {
		versions []fact.Record
		want     string
	}{
		{[]fact.Record{tell(1, 5, "a"), tell(2, 5, "b")}, "b"},
		{[]fact.Record{tell(1, 5, "b"), tell(2, 5, "a")}, "a"},
		{[]fact.Record{tell(1, 5, "a"), tell(1, 6, "b")}, "b"},
		{[]fact.Record{tell(1, 5, "b"), tell(1, 6, "a")}, "a"},
		{[]fact.Record{tell(1, 6, "b"), tell(2, 5, "a")}, "a"},
		{[]fact.Record{tell(1, 5, "a"), tell(2, 5, "b"), tell(3, 5, "")}, "b"},
		{[]fact.Record{tell(1, 5, "b"), tell(2, 5, "a"), tell(3, 5, "")}, "a"},
		{[]fact.Record{tell(1, 5, ""), tell(2, 5, "b"), tell(3, 5, "a")}, "a"},
		{[]fact.Record{tell(1, 5, "b"), tell(1, 5, "a")}, "a"}, // nothing says which
	} {
		n := len(c.versions)
		for first := range n {
			for second := range n {
				if second == first {
					continue
				}
				list := []fact.Record{c.versions[first], c.versions[second]}
				if n == 3 {
					list = append(list, c.versions[3-first-second])
				}
				st := newStore(t, Memory)
				for _, r := range list {
					commit(t, st, scope1, batchOf(copyRecord(&r)))
				}
				if got := all(t, st)[0].Changes; len(got) != 1 || got[0].To.ID != c.want {
					t.Errorf("%v: %v, want %s", list, got, c.want)
				}
				st.Close()
			}
		}
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	none, whole, cut := fact.NoHistory, fact.WholeHistory, fact.CutHistory
	updated := ownHistory{before: 150} // the record tells as of 200
	for _, c := range []struct {
		name string
		own  ownHistory
		p    parts
		have []string
		want fact.History
	}{
		{"nothing", ownHistory{}, parts{total: -1}, nil, fact.History{State: none}},
		{"whole, and nothing ever changed", ownHistory{any: true, wholeThrough: 200}, parts{total: -1}, nil, fact.History{State: whole}},
		{"whole", ownHistory{any: true, wholeThrough: 200, total: 2}, parts{total: -1}, []string{"1.1", "1.2", "2"}, fact.History{State: whole, Have: 2, Total: 2}},
		{"whole, miscounted by the tracker", ownHistory{any: true, wholeThrough: 200, total: 9}, parts{total: -1}, []string{"1", "2"}, fact.History{State: whole, Have: 2, Total: 2}},
		{"whole once, updated since", ownHistory{any: true, wholeThrough: 199, total: 2}, parts{total: -1}, []string{"1", "2"}, fact.History{State: cut, Have: 2, Total: 2}},
		{"cut", ownHistory{any: true, total: 5}, parts{total: -1}, []string{"1", "2"}, fact.History{State: cut, Have: 2, Total: 5}},
		{"cut, and a piece with the rest", ownHistory{any: true, total: 3}, parts{count: 1, last: 1, total: 3}, []string{"1", "2", "3"}, fact.History{State: whole, Have: 3, Total: 3}},
		{"counted pieces, one lacking", ownHistory{}, parts{count: 2, last: 2, total: 4}, []string{"1", "2", "3"}, fact.History{State: cut, Have: 3, Total: 4}},
		{"counted pieces, all there", ownHistory{}, parts{count: 2, last: 0, total: 3}, []string{"1", "2", "3"}, fact.History{State: whole, Have: 3, Total: 3}},
		{"a counted piece of nothing", ownHistory{}, parts{count: 1, total: 0}, nil, fact.History{State: whole}},
		{"uncounted pieces, more to come", ownHistory{}, parts{count: 2, total: -1}, []string{"1"}, fact.History{State: cut, Have: 1, Total: 1}},
		{"uncounted pieces with an end", ownHistory{}, parts{count: 2, last: 1, total: -1}, []string{"1"}, fact.History{State: whole, Have: 1, Total: 1}},
		{"as many as a piece counts, and fewer than a version does", ownHistory{any: true, total: 3}, parts{count: 1, total: 2}, []string{"1", "2"}, fact.History{State: cut, Have: 2, Total: 3}},
		{"an end, and fewer than a version counts", ownHistory{any: true, total: 3}, parts{count: 1, last: 1, total: -1}, []string{"1", "2"}, fact.History{State: cut, Have: 2, Total: 3}},
		{"pieces that may be those of the version before", updated, parts{count: 1, total: 1, counted: reach{newest: 150}}, []string{"1"}, fact.History{State: cut, Have: 1, Total: 1}},
		{"pieces with something newer than that", updated, parts{count: 1, total: 1, counted: reach{newest: 151}}, []string{"1"}, fact.History{State: whole, Have: 1, Total: 1}},
		{"pieces told before the update", updated, parts{count: 1, total: 1, counted: reach{newest: 150, through: 199}}, []string{"1"}, fact.History{State: cut, Have: 1, Total: 1}},
		{"pieces told as of the update", updated, parts{count: 1, total: 1, counted: reach{newest: 150, through: 200}}, []string{"1"}, fact.History{State: whole, Have: 1, Total: 1}},
		{"nothing ever changed, told as of the update", updated, parts{count: 1, total: 0, counted: reach{through: 200}}, nil, fact.History{State: whole}},
		{"an end that may be an older one", updated, parts{count: 2, last: 1, total: -1, ended: reach{newest: 150}, counted: reach{through: 200}}, []string{"1"}, fact.History{State: cut, Have: 1, Total: 1}},
		{"an end told as of the update", updated, parts{count: 2, last: 1, total: -1, ended: reach{newest: 150, through: 200}}, []string{"1"}, fact.History{State: whole, Have: 1, Total: 1}},
	} {
		r := &fact.Record{Created: 100, Updated: 200}
		for i, id := range c.have {
			r.Changes = append(r.Changes, change(id, fact.Instant(i)))
		}
		settle(r, c.own, c.p)
		if r.History != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, r.History, c.want)
		}
	}
}

// A record that was never updated can have a cut history all the same.
func TestCutWithoutUpdate(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	r := plain("1", "x", 0)
	r.Changes, r.History = []fact.Change{change("1", 5)}, fact.History{State: fact.CutHistory, Have: 1, Total: 40}
	commit(t, st, scope1, batchOf(r))
	if got := all(t, st)[0].History; got != (fact.History{State: fact.CutHistory, Have: 1, Total: 40}) {
		t.Errorf("%+v", got)
	}
}

func piece(of fact.Ref, total int, more bool, ids ...string) connectors.History {
	h := connectors.History{Site: "https://one.example", Of: of, Total: total, More: more, Entries: len(ids)}
	for _, id := range ids {
		h.Changes = append(h.Changes, fact.Change{ID: id, At: 1_700_000_000_000 + fact.Instant(id[0]), By: 1, Kind: fact.KindRank})
	}
	return h
}

// Pieces of histories find their record before it comes, with it and after it,
// by id and by key, whichever way they are cut.
func TestPieces(t *testing.T) {
	t.Parallel()
	byID, byKey := fact.Ref{ID: "7"}, fact.Ref{Key: "PAY-7"}
	for name, pieces := range map[string][]connectors.History{
		"counted":                  {piece(byID, 3, false, "1.1", "1.2"), piece(byID, 3, false, "2.1", "3")},
		"by key":                   {piece(byKey, 3, false, "1.1", "1.2"), piece(byKey, 3, false, "2.1", "3")},
		"by both":                  {piece(byKey, 3, false, "1.1", "1.2"), piece(byID, 3, false, "2.1", "3")},
		"uncounted":                {piece(byID, -1, true, "1.1", "1.2"), piece(byID, -1, false, "2.1", "3")},
		"overlapping":              {piece(byID, 3, false, "1.1", "1.2", "2.1"), piece(byID, 3, false, "2.1", "3"), piece(byID, 3, false, "3")},
		"one by one, with a count": {piece(byID, -1, true, "1.1", "1.2"), piece(byID, -1, true, "2.1"), piece(byID, 3, false, "3")},
	} {
		for order, batches := range map[string]func(r fact.Record) []connectors.Batch{
			"before": func(r fact.Record) []connectors.Batch {
				return []connectors.Batch{piecesOnly(pieces...), batchOf(r)}
			},
			"with": func(r fact.Record) []connectors.Batch {
				b := batchOf(r)
				b.Histories, b.Received = pieces, b.Received+len(pieces)
				return []connectors.Batch{b}
			},
			"after": func(r fact.Record) []connectors.Batch {
				return []connectors.Batch{batchOf(r), piecesOnly(pieces...)}
			},
			"around": func(r fact.Record) []connectors.Batch {
				return []connectors.Batch{piecesOnly(pieces[1:]...), batchOf(r), piecesOnly(pieces[0])}
			},
			"twice": func(r fact.Record) []connectors.Batch {
				return []connectors.Batch{piecesOnly(pieces...), batchOf(r), batchOf(r), piecesOnly(pieces...)}
			},
		} {
			st := newStore(t, Memory)
			var list []connectors.Batch
			for _, b := range batches(plain("7", "x", 1_700_000_000_500)) {
				list = append(list, deepCopy(b))
			}
			commit(t, st, scope1, list...)
			r := all(t, st)[0]
			if r.History != (fact.History{State: fact.WholeHistory, Have: 3, Total: 3}) || len(r.Changes) != 4 {
				t.Errorf("%s, %s: %+v with %d changes", name, order, r.History, len(r.Changes))
			}
			if l := selection(t, st).Ledger; l.Orphans != 0 {
				t.Errorf("%s, %s: %d orphans", name, order, l.Orphans)
			}
		}
	}
}

// Pieces that came with an older version of their record do not make the history
// of a newer one whole, whatever came first; told again as of then, they do.
func TestOldPieces(t *testing.T) {
	t.Parallel()
	const then, now = 1_700_000_000_500, 1_700_000_000_900
	old, new := plain("7", "old", then), plain("7", "new", now)
	pieces := piecesOnly(piece(fact.Ref{ID: "7"}, 2, false, "1", "2"))
	again := deepCopy(pieces)
	again.Histories[0].Through = now
	for name, c := range map[string]struct {
		batches []connectors.Batch
		want    fact.Completeness
	}{
		"the record as it was":             {[]connectors.Batch{batchOf(old), pieces}, fact.WholeHistory},
		"the newer version last":           {[]connectors.Batch{batchOf(old), pieces, batchOf(new)}, fact.CutHistory},
		"the newer version first":          {[]connectors.Batch{batchOf(new), pieces, batchOf(old)}, fact.CutHistory},
		"the pieces first":                 {[]connectors.Batch{pieces, batchOf(old), batchOf(new)}, fact.CutHistory},
		"all at once":                      {[]connectors.Batch{{Next: "x", Received: 3, Records: []fact.Record{old, new}, Histories: pieces.Histories, Accounts: pieces.Accounts}}, fact.CutHistory},
		"told again as of then":            {[]connectors.Batch{batchOf(old), pieces, batchOf(new), again}, fact.WholeHistory},
		"told again, and the old ones too": {[]connectors.Batch{batchOf(new), again, pieces, batchOf(old)}, fact.WholeHistory},
		"with one more change":             {[]connectors.Batch{batchOf(old), pieces, batchOf(new), piecesOnly(lateChange(then + 1))}, fact.WholeHistory},
	} {
		st := newStore(t, Memory)
		for _, b := range c.batches {
			commit(t, st, scope1, deepCopy(b))
		}
		if r := all(t, st)[0]; r.History.State != c.want {
			t.Errorf("%s: %+v", name, r.History)
		}
		st.Close()
	}
}

// lateChange is the whole history of record 7 with a third change.
func lateChange(at fact.Instant) connectors.History {
	h := piece(fact.Ref{ID: "7"}, 3, false, "1", "2", "3")
	h.Changes[2].At = at
	return h
}

func piecesOnly(hs ...connectors.History) connectors.Batch {
	b := batchOf()
	b.Histories, b.Received = hs, len(hs)
	return b
}

// deepCopy copies what a commit changes in a batch.
func deepCopy(b connectors.Batch) connectors.Batch {
	b.Records, b.Histories = slices.Clone(b.Records), slices.Clone(b.Histories)
	for i := range b.Records {
		b.Records[i] = copyRecord(&b.Records[i])
	}
	for i := range b.Histories {
		b.Histories[i].Changes = slices.Clone(b.Histories[i].Changes)
	}
	return b
}

// A piece of another site, or of another record, does not belong.
func TestOrphans(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	elsewhere := piece(fact.Ref{ID: "7"}, 1, false, "1")
	elsewhere.Site = "https://two.example"
	commit(t, st, scope1, piecesOnly(piece(fact.Ref{ID: "8"}, 1, false, "1"), piece(fact.Ref{Key: "PAY-9"}, 1, false, "1"), elsewhere),
		batchOf(plain("7", "x", 1_700_000_000_500)))
	if r := all(t, st)[0]; r.History.State != fact.NoHistory || r.Changes != nil {
		t.Errorf("%+v", r)
	}
	if l := selection(t, st).Ledger; l.Orphans != 3 || l.Parts != 3 || l.Received != 4 {
		t.Errorf("%+v", l)
	}
	// Once its record comes, a piece is none any more.
	commit(t, st, scope1, batchOf(plain("9", "y", 1_700_000_000_500)))
	if l := selection(t, st).Ledger; l.Orphans != 2 {
		t.Errorf("%+v", l)
	}
	if r := all(t, st)[1]; r.History.State != fact.WholeHistory || len(r.Changes) != 1 {
		t.Errorf("%+v", r)
	}
}

// The plain columns hold what people ask for with any SQLite tool.
func TestPlainColumns(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	r := plain("7", "a\tb 'c' \"d\" ü", 1_700_000_000_500)
	r.Parent = fact.Ref{ID: "3", Key: "PAY-3"}
	commit(t, st, scope1, batchOf(copyRecord(&r)))
	row := func() string {
		var c [9]string
		err := st.db.QueryRow("SELECT site, tracker_id, key, title, url, status, created, updated, parent_key FROM record").
			Scan(&c[0], &c[1], &c[2], &c[3], &c[4], &c[5], &c[6], &c[7], &c[8])
		if err != nil {
			t.Fatal(err)
		}
		return strings.Join(c[:], "|")
	}
	want := "https://one.example|7|PAY-7|a\tb 'c' \"d\" ü|https://one.example/browse/PAY-7|In Progress|2023-11-14T22:13:20.000Z|2023-11-14T22:13:20.500Z|PAY-3"
	if got := row(); got != want {
		t.Errorf("%s", got)
	}
	// A move changes them; an older version does not.
	moved := copyRecord(&r)
	moved.Key, moved.URL, moved.Updated, moved.Status.Name, moved.Parent, moved.Title = "SHOP-1", "https://one.example/browse/SHOP-1", r.Updated+1, "Done", fact.Ref{}, "e"
	commit(t, st, scope1, batchOf(moved), batchOf(r))
	want = "https://one.example|7|SHOP-1|e|https://one.example/browse/SHOP-1|Done|2023-11-14T22:13:20.000Z|2023-11-14T22:13:20.501Z|"
	if got := row(); got != want {
		t.Errorf("%s", got)
	}
}

// Odd texts come back as they went in.
func TestOddTexts(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	r := plain("1", "nul \x00 inside", 1_700_000_000_500)
	r.Labels = []string{"a\x00b", "a", "A", "ä", "\u202e", strings.Repeat("long", 100)}
	want := copyRecord(&r)
	commit(t, st, scope1, batchOf(r), batchOf(copyRecord(&want)))
	got := all(t, st)[0]
	if got.Title != want.Title || !slices.Equal(got.Labels, want.Labels) {
		t.Errorf("%q %q", got.Title, got.Labels)
	}
	st.symbols = nil // as read from the file
	commit(t, st, scope1, batchOf(copyRecord(&want)))
}

// Records come in order of site and id: numbers by value, then texts.
func TestOrdered(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	var recs []fact.Record
	for _, id := range []string{"100", "99", "9", "10", "abc", "1234567890123456789", "2", "ABC", "12345678901234567890", "x1", "1x", "-1"} {
		for _, site := range []string{"https://b.example", "https://a.example"} {
			r := plain(id, "x", 1_700_000_000_500)
			r.Site = site
			recs = append(recs, r)
		}
	}
	commit(t, st, scope1, batchOf(recs...))
	got := all(t, st)
	if len(got) != len(recs) {
		t.Fatalf("%d records", len(got))
	}
	if !slices.IsSortedFunc(got, func(a, b fact.Record) int {
		if n := strings.Compare(a.Site, b.Site); n != 0 {
			return n
		}
		return fact.CompareID(a.ID, b.ID)
	}) {
		for _, r := range got {
			t.Log(r.Site, r.ID)
		}
		t.Error("not in order")
	}
}
