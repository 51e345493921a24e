package store

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

func items(ids ...string) connectors.Batch {
	var recs []fact.Record
	for _, id := range ids {
		recs = append(recs, plain(id, "x", 1_700_000_000_500))
	}
	return batchOf(recs...)
}

func fresh(b connectors.Batch) connectors.Batch { b.Fresh = true; return b }

func ids(tb testing.TB, st *Store, scopes ...connectors.Scope) string {
	var out []string
	for _, r := range all(tb, st, scopes...) {
		out = append(out, r.ID)
	}
	return strings.Join(out, " ")
}

// TestLedger follows two scopes through everything that can happen to them.
func TestLedger(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	step := func(name string, want, wantOne, wantTwo Ledger, live string) {
		t.Helper()
		for i, c := range []struct {
			scopes []connectors.Scope
			want   Ledger
		}{{nil, want}, {[]connectors.Scope{scope1}, wantOne}, {[]connectors.Scope{scope2}, wantTwo}, {[]connectors.Scope{scope1, scope2}, want}} {
			sel := selection(t, st, c.scopes...)
			if sel.Ledger != c.want {
				t.Errorf("%s, selection %d: %+v, want %+v", name, i, sel.Ledger, c.want)
			}
			if err := sel.Ledger.Balance(); err != nil {
				t.Errorf("%s, selection %d: %v", name, i, err)
			}
		}
		if got := ids(t, st, scope1); got != live {
			t.Errorf("%s: the first scope holds %q, want %q", name, got, live)
		}
	}
	step("nothing", Ledger{}, Ledger{}, Ledger{}, "")

	commit(t, st, scope1, fresh(items("1", "2")), items("2", "3"))
	step("incomplete", Ledger{Received: 4, Repeated: 1, Stored: 3, Live: 3}, Ledger{Received: 4, Repeated: 1, Stored: 3, Live: 3}, Ledger{Stored: 3, OutOfScope: 3}, "1 2 3")

	complete(t, st, scope1)
	step("complete", Ledger{Received: 4, Repeated: 1, Stored: 3, Live: 3}, Ledger{Received: 4, Repeated: 1, Stored: 3, Live: 3}, Ledger{Stored: 3, OutOfScope: 3}, "1 2 3")

	b := fresh(items("3", "4"))
	b.Notes = []connectors.Note{{Kind: connectors.NoteRejected, Subject: "5", Reason: "no date"}, {Kind: connectors.NoteSkipped, Subject: "a", Reason: "a picture"}, {Kind: connectors.NoteRepaired, Subject: "3", Reason: "mended"}}
	b.Histories = []connectors.History{piece(fact.Ref{ID: "3"}, 1, false, "1"), piece(fact.Ref{ID: "99"}, 1, false, "1")}
	b.Received += 3
	commit(t, st, scope2, b)
	complete(t, st, scope2)
	two := Ledger{Received: 5, Parts: 2, Rejected: 1, Stored: 4, Live: 2, OutOfScope: 2, Repaired: 1, Skipped: 1, Orphans: 1}
	step("two that overlap",
		Ledger{Received: 9, Parts: 2, Rejected: 1, Repeated: 1, Overlap: 1, Stored: 4, Live: 4, Repaired: 1, Skipped: 1, Orphans: 1},
		Ledger{Received: 4, Repeated: 1, Stored: 4, Live: 3, OutOfScope: 1, Orphans: 1}, two, "1 2 3")

	commit(t, st, scope1, fresh(items("1")))
	step("one begins anew",
		Ledger{Received: 6, Parts: 2, Rejected: 1, Overlap: 1, Kept: 2, Stored: 4, Live: 4, Repaired: 1, Skipped: 1, Orphans: 1},
		Ledger{Received: 1, Kept: 2, Stored: 4, Live: 3, OutOfScope: 1, Orphans: 1}, two, "1 2 3")

	commit(t, st, scope1, fresh(items("2")))
	step("and anew again",
		Ledger{Received: 6, Parts: 2, Rejected: 1, Overlap: 1, Kept: 2, Stored: 4, Live: 4, Repaired: 1, Skipped: 1, Orphans: 1},
		Ledger{Received: 1, Kept: 2, Stored: 4, Live: 3, OutOfScope: 1, Orphans: 1}, two, "1 2 3")

	complete(t, st, scope1)
	step("two are gone from it, one of them from all",
		Ledger{Received: 6, Parts: 2, Rejected: 1, Stored: 4, Live: 3, Gone: 1, Repaired: 1, Skipped: 1, Orphans: 1},
		Ledger{Received: 1, Stored: 4, Live: 1, Gone: 2, OutOfScope: 1, Orphans: 1}, two, "2")

	// What is gone stays gone while a later pull is under way.
	commit(t, st, scope1, items("5"))
	step("a later pull begins",
		Ledger{Received: 7, Parts: 2, Rejected: 1, Stored: 5, Live: 4, Gone: 1, Repaired: 1, Skipped: 1, Orphans: 1},
		Ledger{Received: 2, Stored: 5, Live: 2, Gone: 2, OutOfScope: 1, Orphans: 1},
		Ledger{Received: 5, Parts: 2, Rejected: 1, Stored: 5, Live: 2, OutOfScope: 3, Repaired: 1, Skipped: 1, Orphans: 1}, "2 5")

	commit(t, st, scope1, items("1"))
	complete(t, st, scope1)
	step("one comes back",
		Ledger{Received: 8, Parts: 2, Rejected: 1, Stored: 5, Live: 5, Repaired: 1, Skipped: 1, Orphans: 1},
		Ledger{Received: 3, Stored: 5, Live: 3, Gone: 1, OutOfScope: 1, Orphans: 1},
		Ledger{Received: 5, Parts: 2, Rejected: 1, Stored: 5, Live: 2, OutOfScope: 3, Repaired: 1, Skipped: 1, Orphans: 1}, "1 2 5")
}

// A ledger that does not add up says so.
func TestBalance(t *testing.T) {
	t.Parallel()
	if err := (Ledger{}).Balance(); err != nil {
		t.Error(err)
	}
	good := Ledger{Received: 9, Kept: 1, Parts: 1, Rejected: 1, Repeated: 1, Overlap: 1, Live: 6, Gone: 2, OutOfScope: 3, Stored: 11, Skipped: 4, Orphans: 8}
	if err := good.Balance(); err != nil {
		t.Error(err)
	}
	v := reflect.ValueOf(good)
	for i := range v.NumField() {
		l := good
		f := reflect.ValueOf(&l).Elem().Field(i)
		f.SetInt(f.Int() + 1)
		name := v.Type().Field(i).Name
		counts := name != "Repaired" && name != "Skipped" && name != "Missing" && name != "Orphans"
		if err := l.Balance(); (err != nil) != counts {
			t.Errorf("one more in %s: %v", name, err)
		}
	}
}

// Records that no scope delivered, and memberships without a record, are damage
// that the ledger shows, whatever is selected.
func TestLedgerFindsStrays(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"a record of nobody":    "DELETE FROM member WHERE record = (SELECT id FROM record WHERE tracker_id = '2')",
		"a member of nothing":   "DELETE FROM record WHERE tracker_id = '2'",
		"a record out of order": "UPDATE member SET record = record + 2 WHERE record = (SELECT id FROM record WHERE tracker_id = '2')",
	} {
		st := newStore(t, Memory)
		commit(t, st, scope1, items("1", "2", "3"))
		commit(t, st, scope2, items("4", "5"))
		if _, err := st.db.Exec(statement); err != nil {
			t.Fatal(err)
		}
		for _, scopes := range [][]connectors.Scope{nil, {scope1}, {scope2}, {}} {
			if _, err := st.Select(t.Context(), scopes); err == nil || !strings.Contains(err.Error(), "does not balance") {
				t.Errorf("%s, %d scopes: %v", name, len(scopes), err)
			}
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	other := scope1
	other.Decoder = 2
	commit(t, st, scope1, fresh(items("1", "2")))
	commit(t, st, other, fresh(items("2")))
	if err := st.Complete(t.Context(), scope1, connectors.Summary{Through: 77}); err != nil {
		t.Fatal(err)
	}
	sel := selection(t, st)
	if len(sel.Scopes) != 2 || sel.Scopes[0].Through != 77 || !sel.Scopes[0].Complete || sel.Scopes[0].Records != 2 || sel.Scopes[0].Origin != "one" ||
		sel.Scopes[1].Complete || sel.Scopes[1].Records != 1 {
		t.Errorf("%+v", sel.Scopes)
	}
	if l := selection(t, st, other).Ledger; l.Live != 1 || l.OutOfScope != 1 {
		t.Errorf("%+v", l)
	}
	// An empty selection is not the one of everything.
	none, err := st.Select(t.Context(), []connectors.Scope{})
	if err != nil || none.Ledger.Live != 0 || none.Ledger.OutOfScope != 2 {
		t.Errorf("%+v, %v", none, err)
	}
	// The cursor of a scope is its own.
	for scope, want := range map[connectors.Scope]connectors.Cursor{scope1: "next", other: "next", scope2: ""} {
		if c, err := st.Begin(t.Context(), scope); err != nil || c.Cursor != want {
			t.Errorf("%+v: %q, %v", scope, c.Cursor, err)
		}
	}
}

// Through is the earliest of what the sources say of themselves and of the
// newest thing that each undated tracker tells.
func TestThrough(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		throughs [2]fact.Instant
		want     fact.Instant
	}{
		{"both dated", [2]fact.Instant{2e12, 1.9e12}, 1.9e12},
		{"one dated", [2]fact.Instant{2e12, 0}, 1_700_000_000_900},
		{"none dated", [2]fact.Instant{}, 1_700_000_000_700},
		{"dated before the other's newest", [2]fact.Instant{1.6e12, 0}, 1.6e12},
	} {
		st := newStore(t, Memory)
		a, b, late := plain("1", "x", 1_700_000_000_500), plain("2", "x", 1_700_000_000_900), plain("3", "x", 1_700_000_000_600)
		late.Changes, late.History = []fact.Change{change("1", 1_700_000_000_700)}, fact.History{State: fact.WholeHistory}
		b.Site = "https://two.example"
		commit(t, st, scope1, batchOf(a, late))
		commit(t, st, scope2, batchOf(b))
		for i, scope := range []connectors.Scope{scope1, scope2} {
			if err := st.Complete(t.Context(), scope, connectors.Summary{Through: c.throughs[i]}); err != nil {
				t.Fatal(err)
			}
		}
		sel := selection(t, st)
		if err := sel.Records(t.Context(), func(int, *fact.Record) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got := sel.Through(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestNotes(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	b := items("1")
	for i := range noteMax + 50 {
		b.Notes = append(b.Notes, connectors.Note{Kind: connectors.NoteSkipped, Subject: fmt.Sprintf("%06d", i), Reason: "no record"})
	}
	b.Notes = append(b.Notes, connectors.Note{Kind: connectors.NoteMissing, Subject: "z", Reason: "gone"}, connectors.Note{Kind: connectors.NoteMissing, Subject: "z", Reason: "gone"})
	commit(t, st, scope1, fresh(b))
	sel := selection(t, st)
	if got := sel.NotesOf(connectors.NoteSkipped); len(got) != noteMax || sel.Ledger.Skipped != noteMax+50 || got[0].Subject != "000000" {
		t.Errorf("%d named, %d counted", len(got), sel.Ledger.Skipped)
	}
	if got := sel.NotesOf(connectors.NoteMissing); len(got) != 1 || got[0].Reason != "gone" || sel.Ledger.Missing != 2 {
		t.Errorf("%v, %d counted", got, sel.Ledger.Missing)
	}
	// The bound is of one kind and one scope; those of another generation go.
	b = items("1")
	b.Notes = []connectors.Note{{Kind: connectors.NoteSkipped, Subject: "other", Reason: "no record"}}
	commit(t, st, scope2, b)
	if got := selection(t, st).NotesOf(connectors.NoteSkipped); len(got) != noteMax+1 {
		t.Errorf("%d named", len(got))
	}
	commit(t, st, scope1, fresh(items("1")))
	if sel := selection(t, st, scope1); len(sel.Notes) != 0 || sel.Ledger.Skipped != 0 {
		t.Errorf("%+v", sel.Ledger)
	}
	if got := selection(t, st).Notes; len(got) != 1 || got[0].Subject != "other" {
		t.Errorf("%v", got)
	}
}

// Words are joined in whatever order they come, by their moment, else by
// content.
func TestTerms(t *testing.T) {
	t.Parallel()
	term := func(id, name, category string, seen fact.Instant) fact.Term {
		return fact.Term{Site: "https://one.example", Kind: fact.TermStatus, ID: id, Name: name, Category: category, Seen: seen}
	}
	list := []fact.Term{
		term("1", "Open", "new", 5), term("1", "Open", "indeterminate", 4), term("1", "Open", "", 0), term("1", "Offen", "new", 9),
		term("2", "Done", "done", 0), term("2", "Done", "new", 0),
		{Site: "https://one.example", Kind: fact.TermType, ID: "1", Name: "Epic", Rank: 1, Seen: 3},
		{Site: "https://one.example", Kind: fact.TermSprint, ID: "1", Name: "Week 1", Start: 3, End: 9},
		{Site: "https://one.example", Kind: fact.TermLinkType, ID: "1", Name: "Blocks", Inward: "is blocked by", Outward: "blocks"},
		{Site: "https://two.example", Kind: fact.TermField, ID: "customfield_1", Name: "Team", Schema: "team"},
		{Site: "https://two.example", Kind: fact.TermProject, ID: "1", Name: "Payments", Key: "PAY"},
	}
	want := fact.Vocabulary{
		list[8], list[7], list[3], list[0], list[5], list[6], list[9], list[10],
	}
	r := seeded(8)
	for range 20 {
		told := append([]fact.Term(nil), list...)
		r.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
		st := newStore(t, Memory)
		for len(told) > 0 {
			n := 1 + r.IntN(len(told))
			commit(t, st, scope1, connectors.Batch{Next: "x", Terms: told[:n]})
			told = told[n:]
		}
		sel := selection(t, st)
		if !reflect.DeepEqual(sel.Vocabulary, want) {
			t.Fatalf("%+v\nwant\n%+v", sel.Vocabulary, want)
		}
		if sites := sel.Sites(); len(sites) != 2 || sites[0] != "https://one.example" || sites[1] != "https://two.example" {
			t.Errorf("%v", sites)
		}
		st.Close()
	}
}

// An account has several names, learnt in any order: whoever shares a name is
// the same, and a program by one name is one by all.
func TestPeople(t *testing.T) {
	t.Parallel()
	accounts := []connectors.Account{
		{Site: "https://one.example", IDs: []string{"ana"}},
		{Site: "https://one.example", IDs: []string{"Ana@one.example", "557058:a"}},
		{Site: "https://one.example", IDs: []string{"557058:a", " ANA "}},
		{Site: "https://one.example", IDs: []string{"bo", "bo@one.example"}},
		{Site: "https://one.example", IDs: []string{"robot"}, Bot: true},
		{Site: "https://one.example", IDs: []string{"deploy", "ROBOT"}},
		{Site: "https://two.example", IDs: []string{"ana"}},
	}
	who := [][]string{{"ana", "ANA@one.example", "557058:A"}, {"bo", "Bo@one.example"}, {"robot", "deploy"}}
	r := seeded(9)
	for range 20 {
		order := r.Perm(len(accounts))
		st := newStore(t, Memory)
		for len(order) > 0 {
			n := 1 + r.IntN(len(order))
			b := connectors.Batch{Next: "x"}
			for _, i := range order[:n] {
				a := accounts[i]
				a.IDs = append([]string(nil), a.IDs...)
				b.Accounts = append(b.Accounts, a)
			}
			commit(t, st, scope1, b)
			order = order[n:]
		}
		seen := map[fact.Person]string{}
		for _, names := range who {
			first, ok, err := st.Person(t.Context(), "https://ONE.example", names[0])
			if err != nil || !ok || first == 0 {
				t.Fatalf("%s: %d %t %v", names[0], first, ok, err)
			}
			for _, name := range names[1:] {
				if p, ok, err := st.Person(t.Context(), "https://one.example", name); p != first || !ok || err != nil {
					t.Errorf("%s is %d, %s is %d, %v", names[0], first, name, p, err)
				}
			}
			if other, twice := seen[first]; twice {
				t.Errorf("%s and %s are one", other, names[0])
			}
			seen[first] = names[0]
		}
		if p, ok, _ := st.Person(t.Context(), "https://two.example", "ana"); !ok || seen[p] != "" {
			t.Errorf("of another site: %d %q", p, seen[p])
		}
		if _, ok, err := st.Person(t.Context(), "https://one.example", "nobody"); ok || err != nil {
			t.Errorf("a stranger: %t, %v", ok, err)
		}
		if bots := selection(t, st).Bots; len(bots) != 1 || seen[bots[0]] != "robot" {
			t.Errorf("bots %v of %v", bots, seen)
		}
		st.Close()
	}
}

// A record speaks of one person by one number, however it was told who that is.
func TestPeopleOfRecords(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	r := plain("1", "x", 1_700_000_000_500)
	r.Creator, r.Reporter, r.Assignee = 1, 2, 3
	commit(t, st, scope1, connectors.Batch{Records: []fact.Record{r}, Received: 1, Next: "1", Accounts: []connectors.Account{
		{Site: r.Site, IDs: []string{"ana"}}, {Site: r.Site, IDs: []string{"bo"}}, {Site: r.Site, IDs: []string{"cy", "ana@one.example"}},
	}})
	if got := all(t, st)[0]; got.Creator == got.Reporter || got.Creator == got.Assignee {
		t.Errorf("%+v", got)
	}
	commit(t, st, scope1, connectors.Batch{Next: "2", Accounts: []connectors.Account{{Site: r.Site, IDs: []string{"ana@one.example", "ana"}}}})
	if got := all(t, st)[0]; got.Creator == got.Reporter || got.Creator != got.Assignee {
		t.Errorf("%+v", got)
	}
}

// Nothing in the file tells who somebody is.
func TestNamesAreNotKept(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/s.db"
	st := newStore(t, path)
	r := plain("1", "x", 1_700_000_000_500)
	r.Creator = 1
	commit(t, st, scope1, connectors.Batch{Records: []fact.Record{r}, Received: 1, Next: "1", Accounts: []connectors.Account{
		{Site: r.Site, IDs: []string{"uncommonname", "uncommonname@one.example"}},
	}})
	if _, err := st.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	st.Close()
	if data := string(readFile(t, path)); strings.Contains(strings.ToLower(data), "uncommonname") || !strings.Contains(data, "PAY-1") {
		t.Error("a name stands in the file")
	}
	// Two stores keep different marks of the same name.
	a, b := newStore(t, Memory), newStore(t, Memory)
	if string(a.hash("s", "n")) == string(b.hash("s", "n")) || string(a.hash("s", "n")) != string(a.hash("S", " N ")) || string(a.hash("s", "n")) == string(a.hash("sn", "")) {
		t.Error("marks of names")
	}
}

// Long chains of names end in one person, whatever the numbers.
func TestPersonsPartition(t *testing.T) {
	t.Parallel()
	r := seeded(10)
	for range 50 {
		st := newStore(t, Memory)
		n := 2 + r.IntN(20)
		name := func(i int) string { return fmt.Sprint("name ", i) }
		class := make([]int, n) // by plain relabelling
		for i := range class {
			class[i] = i
		}
		b := connectors.Batch{Next: "x"}
		for i := range n {
			b.Accounts = append(b.Accounts, connectors.Account{Site: "s", IDs: []string{name(i)}})
		}
		for range r.IntN(2 * n) {
			x, y := r.IntN(n), r.IntN(n)
			b.Accounts = append(b.Accounts, connectors.Account{Site: "s", IDs: []string{name(x), name(y)}})
			was, is := class[x], class[y]
			for i := range class {
				if class[i] == was {
					class[i] = is
				}
			}
		}
		shuffle(r, b.Accounts)
		commit(t, st, scope1, b)
		for range 2 * n {
			x, y := r.IntN(n), r.IntN(n)
			p, _, err1 := st.Person(t.Context(), "s", name(x))
			q, _, err2 := st.Person(t.Context(), "s", name(y))
			if (p == q) != (class[x] == class[y]) || err1 != nil || err2 != nil {
				t.Fatalf("%d and %d: %d %d, classes %d %d", x, y, p, q, class[x], class[y])
			}
		}
		st.Close()
	}
}

func shuffle[T any](r *rand.Rand, list []T) {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

// An e-mail address is one person at every site, and ties the accounts together
// that bear it; a name is not.
func TestMailIsOnePersonEverywhere(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	b := batchOf(plain("1", "x", 1_700_000_000_500))
	b.Accounts = []connectors.Account{
		{Site: "https://jira.example", IDs: []string{"712020:1", "ana@acme.example"}},
		{Site: "https://hub.example", IDs: []string{"ana-gh", "Ana@acme.example"}},
		{Site: "https://jira.example", IDs: []string{"ben"}},
		{Site: "https://hub.example", IDs: []string{"ben"}},
	}
	commit(t, st, scope1, b)
	who := func(site, id string) fact.Person {
		t.Helper()
		p, ok, err := st.Person(t.Context(), site, id)
		if err != nil || !ok {
			t.Fatalf("%s at %s: %v %v", id, site, ok, err)
		}
		return p
	}
	if a, b := who("https://jira.example", "712020:1"), who("https://hub.example", "ana-gh"); a != b {
		t.Errorf("accounts of one address are persons %d and %d", a, b)
	}
	if a, b := who("https://jira.example", "ben"), who("https://hub.example", "ben"); a == b {
		t.Error("one name at two sites is taken for one person")
	}
}
