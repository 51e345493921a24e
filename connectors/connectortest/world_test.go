package connectortest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// world makes up what trackers tell: versions of a few records, pieces of
// their histories, words, notes. What one version tells follows from its
// record and its update, so that it does not matter who tells it.
type world struct{ *rand.Rand }

// atom is one thing that is told, and the accounts of the people in it.
type atom struct {
	record *fact.Record
	piece  *connectors.History
	term   *fact.Term
	note   *connectors.Note
	who    []connectors.Account
}

const (
	worldSites  = 2
	worldIDs    = 5
	worldPeople = 4
)

func worldSite(n int) string { return fmt.Sprintf("https://site%d.example", n) }

// atom makes up one of the four.
func (w world) atom() atom {
	switch w.IntN(10) {
	case 0:
		return atom{term: w.term()}
	case 1:
		return atom{note: &connectors.Note{
			Kind:    []connectors.NoteKind{connectors.NoteRejected, connectors.NoteRepaired, connectors.NoteSkipped, connectors.NoteMissing}[w.IntN(4)],
			Subject: fmt.Sprint("file ", w.IntN(4)), Reason: "because",
		}}
	case 2, 3, 4:
		return w.piece()
	}
	return w.version()
}

func (w world) version() atom {
	site, n, updated := w.IntN(worldSites), 1+w.IntN(worldIDs), fact.Instant(100+w.IntN(4))
	a := atom{who: []connectors.Account{w.account(n % worldPeople), w.account(int(updated) % worldPeople), w.account((n + 1) % worldPeople)}}
	r := &fact.Record{
		Site: worldSite(site), ID: strconv.Itoa(n), Key: fmt.Sprintf("P%d-%d", site, n), Title: fmt.Sprint("as of ", updated),
		Created: 50, Updated: updated, Told: fact.Instant(w.IntN(3)), Estimate: math.NaN(), Creator: 1, Assignee: 2,
		Status: fact.Named{ID: strconv.Itoa(int(updated)), Name: "In Progress"}, Labels: []string{"x", fmt.Sprint(updated)},
		Involvement: []fact.Involvement{{ID: "9", At: 60, By: 3, Act: fact.ActComment, Length: fact.Medium}},
	}
	r.URL = r.Site + "/browse/" + r.Key
	if updated == 103 {
		r.Links = []fact.Link{{ID: "44", Type: "Blocks", Phrase: "blocks", Other: fact.Ref{ID: "1", Key: fmt.Sprintf("P%d-1", site)}}}
		r.Fields = []fact.Field{{ID: "customfield_1", Values: []fact.Named{{ID: "1", Name: "Red"}, {Name: "7"}}}}
	}
	switch w.IntN(3) {
	case 0:
		r.Changes = w.changes(&a)
		r.History = fact.History{State: fact.WholeHistory, Have: 2, Total: 1 + w.IntN(6)}
	case 1:
		r.Changes = w.changes(&a)
		r.History = fact.History{State: fact.CutHistory, Have: 2, Total: 3 + w.IntN(6)}
	}
	a.record = r
	return a
}

// changes makes up some of the changes that a record may have. An id says when
// and by whom; now and then two answers tell the same change in other words.
func (w world) changes(a *atom) []fact.Change {
	var out []fact.Change
	for entry := range 4 {
		for part := range 2 {
			if w.IntN(2) == 0 {
				continue
			}
			a.who = append(a.who, w.account(entry))
			c := fact.Change{
				ID: fmt.Sprintf("%d.%d", 7*entry, part), At: fact.Instant(94 + 4*(entry/2*2)), By: fact.Person(len(a.who)), Kind: fact.KindStatus,
				To: fact.Value{ID: strconv.Itoa(entry), Text: "Status " + strconv.Itoa(entry)},
			}
			if w.IntN(4) == 0 {
				c.To.Text = "Renamed"
			}
			out = append(out, c)
		}
	}
	return fact.SortChanges(out)
}

func (w world) piece() atom {
	site, n := w.IntN(worldSites), 1+w.IntN(worldIDs+1) // one of them never comes
	a := atom{}
	p := &connectors.History{Site: worldSite(site), Of: fact.Ref{ID: strconv.Itoa(n)}, Changes: w.changes(&a), Total: -1}
	p.Entries = len(p.Changes)
	if w.IntN(2) == 0 {
		p.Of = fact.Ref{Key: fmt.Sprintf("P%d-%d", site, n)}
	}
	switch w.IntN(3) {
	case 0:
		p.Total = w.IntN(5)
	case 1:
		p.More = true
	}
	if w.IntN(2) == 0 {
		p.Through = fact.Instant(98 + w.IntN(7))
	}
	a.piece = p
	return a
}

func (w world) term() *fact.Term {
	t := &fact.Term{Site: worldSite(w.IntN(worldSites)), Kind: fact.TermStatus, ID: strconv.Itoa(w.IntN(2)), Name: []string{"Open", "Offen"}[w.IntN(2)], Seen: fact.Instant(w.IntN(3))}
	t.Category = []string{"", "new", "done"}[w.IntN(3)]
	t.Start = fact.Instant(w.IntN(2))
	return t
}

// account returns somebody's account, by the first of three names or by two, in
// either order.
func (w world) account(person int) connectors.Account {
	a := connectors.Account{Site: worldSite(0), IDs: []string{fmt.Sprintf("name %d.0", person)}, Bot: w.IntN(10) == 0}
	switch alias := fmt.Sprintf(" NAME %d.%d", person, 1+w.IntN(2)); w.IntN(4) {
	case 0:
		a.IDs = append(a.IDs, alias)
	case 1:
		a.IDs = []string{alias, a.IDs[0]}
	}
	return a
}

// together puts atoms into a batch.
func together(atoms ...atom) connectors.Batch {
	b := connectors.Batch{}
	for _, a := range atoms {
		before := fact.Person(len(b.Accounts))
		for _, account := range a.who {
			account.IDs = slices.Clone(account.IDs)
			b.Accounts = append(b.Accounts, account)
		}
		by := func(p fact.Person) fact.Person {
			if p == 0 {
				return 0
			}
			return before + p
		}
		switch {
		case a.record != nil:
			r := clone(a.record)
			everybody(r, by)
			b.Records = append(b.Records, *r)
			b.Received++
		case a.piece != nil:
			p := *a.piece
			p.Changes = slices.Clone(p.Changes)
			changers(p.Changes, by)
			b.Histories = append(b.Histories, p)
			b.Received++
		case a.term != nil:
			b.Terms = append(b.Terms, *a.term)
		case a.note != nil:
			b.Notes = append(b.Notes, *a.note)
			if a.note.Kind == connectors.NoteRejected {
				b.Received++
			}
		}
	}
	return b
}
