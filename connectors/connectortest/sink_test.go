package connectortest

import (
	"math"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/store"
)

var scopeA, scopeB = connectors.Scope{Tracker: "t", Origin: "a", Decoder: 1}, connectors.Scope{Tracker: "t", Origin: "b", Decoder: 1}

const site = "https://one.example"

func version(id, title string, updated fact.Instant, state fact.Completeness, changes ...string) fact.Record {
	r := fact.Record{Site: site, ID: id, Key: "K-" + id, Title: title, Created: 1, Updated: updated, Estimate: math.NaN()}
	for i, c := range changes {
		r.Changes = append(r.Changes, fact.Change{ID: c, At: fact.Instant(10 + i), Kind: fact.KindRank})
	}
	r.History = fact.History{State: state, Have: len(changes), Total: len(changes)}
	return r
}

func commit(t *testing.T, s *Sink, scope connectors.Scope, b connectors.Batch) {
	t.Helper()
	if err := s.Commit(t.Context(), scope, b); err != nil {
		t.Fatal(err)
	}
}

func complete(t *testing.T, s *Sink, scope connectors.Scope) {
	t.Helper()
	if err := s.Complete(t.Context(), scope, connectors.Summary{}); err != nil {
		t.Fatal(err)
	}
}

func TestSinkKeepsTheNewestAndAllChanges(t *testing.T) {
	t.Parallel()
	s := NewSink()
	old, new := version("1", "old", 20, fact.WholeHistory, "a.1", "a.2", "b.1"), version("1", "new", 30, fact.NoHistory)
	commit(t, s, scopeA, connectors.Batch{Records: []fact.Record{new, old}})
	r := s.join(identity{site, "1"})
	if r.Title != "new" || len(r.Changes) != 3 || r.History != (fact.History{State: fact.CutHistory, Have: 2, Total: 3}) {
		t.Errorf("%+v", r)
	}
	commit(t, s, scopeA, connectors.Batch{Records: []fact.Record{version("1", "newest", 30, fact.WholeHistory, "c")}})
	if r := s.join(identity{site, "1"}); len(r.Changes) != 4 || r.History != (fact.History{State: fact.WholeHistory, Have: 3, Total: 3}) {
		t.Errorf("%+v", r)
	}
}

// Of a change that is told twice, the newer telling counts, whichever came first:
// of versions that with the later update or, of one update, the one told later; a
// piece is as new as it says.
func TestSinkKeepsTheNewerTelling(t *testing.T) {
	t.Parallel()
	tell := func(updated, told fact.Instant, words string) fact.Record {
		r := version("1", "x", updated, fact.WholeHistory, "a")
		r.Told, r.Changes[0].To.ID = told, words
		return r
	}
	piece := func(through fact.Instant, words string) connectors.Batch {
		return connectors.Batch{Received: 1, Histories: []connectors.History{{Site: site, Of: fact.Ref{ID: "1"}, Through: through, Changes: tell(0, 0, words).Changes, Entries: 1}}}
	}
	one := func(r fact.Record) connectors.Batch { return connectors.Batch{Received: 1, Records: []fact.Record{r}} }
	for name, c := range map[string]struct {
		batches []connectors.Batch
		want    string
	}{
		"updated later":   {[]connectors.Batch{one(tell(20, 9, "a")), one(tell(21, 8, "b"))}, "b"},
		"updated earlier": {[]connectors.Batch{one(tell(20, 9, "b")), one(tell(21, 8, "a"))}, "a"},
		"told later":      {[]connectors.Batch{one(tell(20, 8, "a")), one(tell(20, 9, "b"))}, "b"},
		"told at once":    {[]connectors.Batch{one(tell(20, 8, "a")), one(tell(20, 8, "b"))}, "a"},
		"an old piece":    {[]connectors.Batch{one(tell(20, 8, "b")), piece(19, "a")}, "b"},
		"a newer piece":   {[]connectors.Batch{one(tell(20, 8, "a")), piece(21, "b")}, "b"},
		"of no moment":    {[]connectors.Batch{one(tell(20, 8, "b")), piece(0, "a")}, "b"},
	} {
		for range 2 {
			s, st := NewSink(), openStore(t, store.Memory)
			begin(t, st, scopeA)
			for _, b := range c.batches {
				commit(t, s, scopeA, copyOf(&b))
				if err := st.Commit(t.Context(), scopeA, copyOf(&b)); err != nil {
					t.Fatal(err)
				}
			}
			if r := s.join(identity{site, "1"}); len(r.Changes) != 1 || r.Changes[0].To.ID != c.want {
				t.Errorf("%s: %+v", name, r.Changes)
			}
			if d := Difference(s.Facts(), storeFacts(t, st)); d != "" {
				t.Errorf("%s: the sink and the store: %s", name, d)
			}
			slices.Reverse(c.batches)
		}
	}
}

func TestSinkJoinsPieces(t *testing.T) {
	t.Parallel()
	piece := func(total int, more bool, ids ...string) connectors.History {
		return connectors.History{Site: site, Of: fact.Ref{Key: "K-1"}, Total: total, More: more, Changes: version("", "", 0, 0, ids...).Changes, Entries: len(ids)}
	}
	for _, c := range []struct {
		name   string
		pieces []connectors.History
		want   fact.History
	}{
		{"none", nil, fact.History{}},
		{"one of two", []connectors.History{piece(2, false, "a")}, fact.History{State: fact.CutHistory, Have: 1, Total: 2}},
		{"two of two", []connectors.History{piece(2, false, "b"), piece(2, false, "a")}, fact.History{State: fact.WholeHistory, Have: 2, Total: 2}},
		{"uncounted, more to come", []connectors.History{piece(-1, true, "a")}, fact.History{State: fact.CutHistory, Have: 1, Total: 1}},
		{"uncounted, with its end", []connectors.History{piece(-1, true, "a"), piece(-1, false, "b", "c")}, fact.History{State: fact.WholeHistory, Have: 3, Total: 3}},
	} {
		s := NewSink()
		commit(t, s, scopeA, connectors.Batch{Records: []fact.Record{version("1", "x", 20, fact.NoHistory)}, Histories: c.pieces})
		if got := s.join(identity{site, "1"}).History; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestSinkKnowsPeopleByAllTheirNames(t *testing.T) {
	t.Parallel()
	s := NewSink()
	r := version("1", "x", 20, fact.NoHistory)
	r.Creator, r.Reporter, r.Assignee = 1, 2, 3
	commit(t, s, scopeA, connectors.Batch{Records: []fact.Record{r}, Accounts: []connectors.Account{
		{Site: site, IDs: []string{"ana"}}, {Site: site, IDs: []string{"bo"}}, {Site: site, IDs: []string{"cy"}, Bot: true},
	}})
	if f := s.Facts(); !strings.Contains(f.Records[0], "people p1 p2 p3") || !slices.Equal(f.Bots, []string{"p3"}) {
		t.Errorf("%+v", f)
	}
	commit(t, s, scopeA, connectors.Batch{Accounts: []connectors.Account{{Site: site, IDs: []string{" CY", "ana@one.example"}}, {Site: site, IDs: []string{"Ana@one.example", "ANA"}}}})
	if f := s.Facts(); !strings.Contains(f.Records[0], "people p1 p2 p1") || !slices.Equal(f.Bots, []string{"p1"}) {
		t.Errorf("%+v", f)
	}
}

func TestSinkLedger(t *testing.T) {
	t.Parallel()
	s := NewSink()
	note := connectors.Note{Kind: connectors.NoteRejected, Subject: "x", Reason: "y"}
	one, two, three := version("1", "x", 20, 0), version("2", "x", 20, 0), version("3", "x", 20, 0)
	commit(t, s, scopeA, connectors.Batch{Fresh: true, Received: 5, Records: []fact.Record{one, two, one}, Notes: []connectors.Note{note},
		Histories: []connectors.History{{Site: site, Of: fact.Ref{ID: "9"}}}})
	complete(t, s, scopeA)
	commit(t, s, scopeB, connectors.Batch{Fresh: true, Received: 2, Records: []fact.Record{two, three}})
	complete(t, s, scopeB)
	want := store.Ledger{Received: 7, Parts: 1, Rejected: 1, Repeated: 1, Overlap: 1, Stored: 3, Live: 3, Orphans: 1}
	if got := s.Ledger(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	want = store.Ledger{Received: 5, Parts: 1, Rejected: 1, Repeated: 1, Stored: 3, Live: 2, OutOfScope: 1, Orphans: 1}
	if got := s.Ledger(scopeA); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	commit(t, s, scopeA, connectors.Batch{Fresh: true, Received: 1, Records: []fact.Record{two}})
	want = store.Ledger{Received: 1, Kept: 1, Stored: 3, Live: 2, OutOfScope: 1, Orphans: 1}
	if got := s.Ledger(scopeA); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	complete(t, s, scopeA)
	want = store.Ledger{Received: 1, Stored: 3, Live: 1, Gone: 1, OutOfScope: 1, Orphans: 1}
	if got := s.Ledger(scopeA); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, l := range []store.Ledger{s.Ledger(), s.Ledger(scopeA), s.Ledger(scopeB)} {
		if err := l.Balance(); err != nil {
			t.Error(err)
		}
	}
}

// Difference notices a change of any member of a record.
func TestDifferenceNoticesEverything(t *testing.T) {
	t.Parallel()
	base := (&teller{}).batch(0)
	facts := func(b connectors.Batch) Facts {
		s := NewSink()
		commit(t, s, scopeA, b)
		return s.Facts()
	}
	want := facts(copyOf(&base))
	if d := Difference(want, facts(copyOf(&base))); d != "" {
		t.Fatal(d)
	}
	for name, edit := range map[string]func(*fact.Record){
		"key": func(r *fact.Record) { r.Key = "x" }, "title": func(r *fact.Record) { r.Title = "x" }, "url": func(r *fact.Record) { r.URL = "x" },
		"project": func(r *fact.Record) { r.Project.Name = "x" }, "type": func(r *fact.Record) { r.Type.Rank = 1 }, "status": func(r *fact.Record) { r.Status.ID = "x" },
		"resolution": func(r *fact.Record) { r.Resolution.Name = "x" }, "priority": func(r *fact.Record) { r.Priority.ID = "x" },
		"created": func(r *fact.Record) { r.Created++ }, "updated": func(r *fact.Record) { r.Updated++ }, "resolved": func(r *fact.Record) { r.Resolved = 5 },
		"due": func(r *fact.Record) { r.Due = "2025-01-01" }, "creator": func(r *fact.Record) { r.Creator = 2 }, "assignee": func(r *fact.Record) { r.Assignee = 2 },
		"parent": func(r *fact.Record) { r.Parent.Key = "x" }, "estimate": func(r *fact.Record) { r.Estimate = 5 }, "flagged": func(r *fact.Record) { r.Flagged = true },
		"team": func(r *fact.Record) { r.Team.ID = "x" }, "components": func(r *fact.Record) { r.Components = []fact.Named{{ID: "1"}} },
		"labels": func(r *fact.Record) { r.Labels = r.Labels[:1] }, "releases": func(r *fact.Record) { r.Releases = []fact.Named{{ID: "1"}} },
		"sprints": func(r *fact.Record) { r.Sprints = []fact.Named{{ID: "1"}} }, "fields": func(r *fact.Record) { r.Fields = []fact.Field{{ID: "1"}} },
		"history": func(r *fact.Record) { r.History.State = fact.CutHistory }, "change": func(r *fact.Record) { r.Changes[0].To.Text = "x" },
		"change's author": func(r *fact.Record) { r.Changes[0].By = 2 }, "change's id": func(r *fact.Record) { r.Changes[1].ID = "3" },
		"link": func(r *fact.Record) { r.Links[0].Phrase = "x" }, "comment": func(r *fact.Record) { r.Involvement[0].Length = fact.Long }, "unseen": func(r *fact.Record) { r.Unseen = 1 },
	} {
		b := copyOf(&base)
		edit(&b.Records[1])
		if Difference(want, facts(b)) == "" {
			t.Errorf("a change of %s makes no difference", name)
		}
	}
	b := copyOf(&base)
	b.Notes[0].Reason = "x"
	if Difference(want, facts(b)) == "" {
		t.Error("a change of a note makes no difference")
	}
	b = copyOf(&base)
	b.Terms[0].Name = "x"
	if Difference(want, facts(b)) == "" {
		t.Error("a change of a term makes no difference")
	}
	if Difference(Facts{Digests: []string{"a"}}, Facts{Digests: []string{"b"}}) == "" || Difference(Facts{Digests: []string{"a"}}, Facts{}) != "" {
		t.Error("digests are compared wrongly")
	}
}
