// Package gather collects what a tracker's answers become until it is handed
// over as a batch: with people as numbers, each word once, and a note on
// everything that is not simply kept.
package gather

import (
	"slices"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/wire"
)

// Draft is a batch in the making.
type Draft struct {
	connectors.Batch

	// Seen is when answers that tell no time of their own were given; zero where
	// nobody knows.
	Seen fact.Instant

	accounts map[account]fact.Person
	terms    map[term]fact.Term
}

type account struct{ site, id string }

type term struct {
	site string
	kind fact.TermKind
	id   string
	name string
}

// New returns an empty draft.
func New() *Draft {
	return &Draft{accounts: map[account]fact.Person{}, terms: map[term]fact.Term{}}
}

// Take returns the batch and begins another.
func (d *Draft) Take() connectors.Batch {
	b := d.Batch
	for _, t := range d.terms {
		b.Terms = append(b.Terms, t)
	}
	b.Terms = fact.Vocabulary(nil).Add(b.Terms...)
	seen := d.Seen
	*d = *New()
	d.Seen = seen
	return b
}

// Note notes what became of something.
func (d *Draft) Note(kind connectors.NoteKind, subject, reason string) {
	d.Notes = append(d.Notes, connectors.Note{Kind: kind, Subject: wire.Clip(subject), Reason: wire.Clip(reason)})
}

// Reject notes that something which should have been a record, or a part of
// one, cannot be kept.
func (d *Draft) Reject(subject, reason string) {
	d.Received++
	d.Note(connectors.NoteRejected, subject, reason)
}

// Term keeps a word.
func (d *Draft) Term(t fact.Term) {
	if t.Seen == 0 {
		t.Seen = d.Seen
	}
	k := term{t.Site, t.Kind, t.ID, t.Name}
	if old, ok := d.terms[k]; ok {
		t = fact.Vocabulary{old}.Add(t)[0]
	}
	d.terms[k] = t
}

// Person returns the number, in this batch, of the account with these names;
// those that are empty are none.
func (d *Draft) Person(site string, bot bool, ids ...string) fact.Person {
	var p fact.Person
	var fresh []string
	for _, id := range ids {
		if id == "" {
			continue
		}
		n, ok := d.accounts[account{site, id}]
		switch {
		case !ok:
			fresh = append(fresh, id)
		case p == 0:
			p = n
		case p != n && !slices.Contains(d.Accounts[p-1].IDs, id):
			// Two accounts turn out to be one: a name in common tells a sink so.
			d.Accounts[p-1].IDs = append(d.Accounts[p-1].IDs, id)
		}
	}
	if p == 0 && len(fresh) == 0 {
		return 0
	}
	if p == 0 {
		d.Accounts = append(d.Accounts, connectors.Account{Site: site})
		p = fact.Person(len(d.Accounts))
	}
	a := &d.Accounts[p-1]
	a.IDs = append(a.IDs, fresh...)
	a.Bot = a.Bot || bot
	for _, id := range fresh {
		d.accounts[account{site, id}] = p
	}
	return p
}
