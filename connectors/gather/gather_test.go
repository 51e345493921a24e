package gather

import (
	"slices"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// People are numbered by any of their names, within a site.
func TestPeople(t *testing.T) {
	t.Parallel()
	d := New()
	ana := d.Person("s", false, "ana", "", "#5")
	for name, got := range map[string]fact.Person{
		"by one name": d.Person("s", false, "#5"), "by the other": d.Person("s", false, "ana"), "with another": d.Person("s", true, "ana", "ana@acme.example"), "by that": d.Person("s", false, "ana@acme.example"),
	} {
		if got != ana {
			t.Errorf("%s: %d, want %d", name, got, ana)
		}
	}
	if d.Person("t", false, "ana") == ana || d.Person("s", false) != 0 || d.Person("s", false, "", "") != 0 {
		t.Error("somebody else is ana, or nobody somebody")
	}
	b := d.Take()
	if len(b.Accounts) != 2 || !slices.Equal(b.Accounts[0].IDs, []string{"ana", "#5", "ana@acme.example"}) || !b.Accounts[0].Bot {
		t.Errorf("%+v", b.Accounts)
	}
	if d.Person("s", false, "ben") != 1 {
		t.Error("the next batch does not number anew")
	}
}

// Two accounts that turn out to be one share a name, for sinks to see.
func TestAccountsThatMeet(t *testing.T) {
	t.Parallel()
	d := New()
	a, b := d.Person("s", false, "ana"), d.Person("s", false, "#5")
	if got := d.Person("s", false, "ana", "#5"); a == b || got != a {
		t.Errorf("%d and %d, then %d", a, b, got)
	}
	if batch := d.Take(); !slices.Contains(batch.Accounts[0].IDs, "#5") || !slices.Contains(batch.Accounts[1].IDs, "#5") {
		t.Errorf("%+v", batch.Accounts)
	}
}

// A word is kept once, with what was said of it last; notes are bounded.
func TestWordsAndNotes(t *testing.T) {
	t.Parallel()
	d := New()
	d.Seen = 9
	term := fact.Term{Site: "s", Kind: fact.TermStatus, ID: "1", Name: "Open"}
	d.Term(term)
	term.Category, term.Seen = "new", 5
	d.Term(term)
	d.Reject("subject\xff", string(make([]byte, 10_000)))
	d.Note(connectors.NoteSkipped, "x", "y")
	b := d.Take()
	if len(b.Terms) != 1 || b.Terms[0].Seen != 9 || b.Terms[0].Category != "new" {
		t.Errorf("%+v", b.Terms)
	}
	if b.Received != 1 || len(b.Notes) != 2 || len(b.Notes[0].Reason) > 400 || b.Notes[0].Subject != "subject\ufffd" {
		t.Errorf("%d, %.100q", b.Received, b.Notes)
	}
	if d.Seen != 9 || len(d.Take().Terms) != 0 {
		t.Error("the next batch begins with another's")
	}
}
