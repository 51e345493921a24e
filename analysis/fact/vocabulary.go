package fact

import (
	"cmp"
	"slices"
	"strings"
)

// TermKind says what a [Term] names.
type TermKind string

// The kinds of terms.
const (
	TermStatus   TermKind = "status"
	TermType     TermKind = "type"
	TermLinkType TermKind = "link type"
	TermSprint   TermKind = "sprint"
	TermRelease  TermKind = "release"
	TermProject  TermKind = "project"
	TermField    TermKind = "field"
	TermEstimate TermKind = "estimate" // a field by which a board estimates

	// Of a repository, by its key in ID: who owns what in it. Named CodeOwners, the
	// lines of its CODEOWNERS file are in Schema, reduced to patterns and teams, with
	// @- for people; named TeamOwners, the teams that maintain it, a line each.
	TermOwners TermKind = "owners"
)

// The names of terms of kind [TermOwners].
const (
	CodeOwners = "CODEOWNERS"
	TeamOwners = "teams"
)

// Term is one word of a tracker's vocabulary. Kind, ID and Name together
// identify it: one id can have borne two names, and histories speak with the
// old one. Which of the other members are set depends on the kind.
type Term struct {
	Site string   `json:"-"`
	Kind TermKind `json:"-"`
	ID   string   `json:"-"`
	Name string   `json:"-"`

	// Seen is the newest moment at which a record or a list spoke of the term.
	// Of every other member the newest value holds that somebody gave: an answer
	// that says nothing of it takes nothing away.
	Seen Instant `json:"seen,omitempty"`

	Category string  `json:"category,omitempty"` // status: new, indeterminate, done
	Inward   string  `json:"inward,omitempty"`   // link type, as read from the target
	Outward  string  `json:"outward,omitempty"`  // link type, as read from the source
	Rank     Rank    `json:"rank,omitempty"`     // type
	Key      string  `json:"key,omitempty"`      // project
	Schema   string  `json:"schema,omitempty"`   // field: what it holds
	Start    Instant `json:"start,omitempty"`    // sprint
	End      Instant `json:"end,omitempty"`      // sprint, release; of a repository, until when it was told

	// Age tells which members were last given before Seen, and how long before.
	// Sources leave it zero.
	Age Ages `json:"age,omitzero"`
}

// Ages are times, in milliseconds, from when a member of a term was given to
// when the term was last seen.
type Ages struct {
	Category Instant `json:"category,omitempty"`
	Inward   Instant `json:"inward,omitempty"`
	Outward  Instant `json:"outward,omitempty"`
	Rank     Instant `json:"rank,omitempty"`
	Key      Instant `json:"key,omitempty"`
	Schema   Instant `json:"schema,omitempty"`
	Start    Instant `json:"start,omitempty"`
	End      Instant `json:"end,omitempty"`
}

// join puts together what two answers say of one term, member by member. Of each
// the latest value is kept, of equally late ones the greatest, so that neither
// the order nor the grouping of answers matters.
func (a Term) join(b Term) Term {
	j := Term{Site: a.Site, Kind: a.Kind, ID: a.ID, Name: a.Name, Seen: max(a.Seen, b.Seen)}
	x, y := a.Age, b.Age
	j.Category, j.Age.Category = latest("", a.Category, a.Seen-x.Category, b.Category, b.Seen-y.Category, j.Seen)
	j.Inward, j.Age.Inward = latest("", a.Inward, a.Seen-x.Inward, b.Inward, b.Seen-y.Inward, j.Seen)
	j.Outward, j.Age.Outward = latest("", a.Outward, a.Seen-x.Outward, b.Outward, b.Seen-y.Outward, j.Seen)
	j.Rank, j.Age.Rank = latest(RankUnknown, a.Rank, a.Seen-x.Rank, b.Rank, b.Seen-y.Rank, j.Seen)
	j.Key, j.Age.Key = latest("", a.Key, a.Seen-x.Key, b.Key, b.Seen-y.Key, j.Seen)
	j.Schema, j.Age.Schema = latest("", a.Schema, a.Seen-x.Schema, b.Schema, b.Seen-y.Schema, j.Seen)
	j.Start, j.Age.Start = latest(0, a.Start, a.Seen-x.Start, b.Start, b.Seen-y.Start, j.Seen)
	j.End, j.Age.End = latest(0, a.End, a.Seen-x.End, b.End, b.Seen-y.End, j.Seen)
	return j
}

// latest returns the later of two values of a member and its age at an instant;
// what is none was not given.
func latest[T cmp.Ordered](none, a T, atA Instant, b T, atB Instant, now Instant) (T, Instant) {
	switch {
	case a == none && b == none:
		return none, 0
	case a == none, b != none && cmp.Or(cmp.Compare(atA, atB), cmp.Compare(a, b)) < 0:
		return b, now - atB
	}
	return a, now - atA
}

func compareTerm(a, b Term) int {
	return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Kind, b.Kind), CompareID(a.ID, b.ID), cmp.Compare(a.Name, b.Name))
}

// newer reports whether a was seen more recently than b; equal moments are
// settled by content, so that the order of arrival never matters.
func newer(a, b Term) bool {
	return cmp.Or(
		cmp.Compare(a.Seen, b.Seen),
		cmp.Compare(a.Category, b.Category), cmp.Compare(a.Inward, b.Inward), cmp.Compare(a.Outward, b.Outward),
		cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Schema, b.Schema),
		cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End),
	) > 0
}

// Vocabulary is a set of terms in order of site, kind, id and name.
type Vocabulary []Term

// Add returns v with the terms added, each identity once. It is independent of
// the order in which terms arrive.
func (v Vocabulary) Add(terms ...Term) Vocabulary {
	all := append(slices.Clone(v), terms...)
	slices.SortFunc(all, compareTerm)
	out := all[:0]
	for _, t := range all {
		if n := len(out); n > 0 && compareTerm(out[n-1], t) == 0 {
			out[n-1] = out[n-1].join(t)
			continue
		}
		out = append(out, t)
	}
	return out
}

// Find returns the term of a site's kind with this id and, where one id has
// several names, the one most recently seen.
func (v Vocabulary) Find(site string, kind TermKind, id string) (Term, bool) {
	var best Term
	found := false
	lo, _ := slices.BinarySearchFunc(v, Term{Site: site, Kind: kind, ID: id}, compareTerm)
	for _, t := range v[lo:] {
		if t.Site != site || t.Kind != kind || t.ID != id {
			break
		}
		if !found || newer(t, best) {
			best, found = t, true
		}
	}
	return best, found
}

// Named returns the site's terms of a kind that bear the name, whatever their
// ids, compared without regard to case.
func (v Vocabulary) Named(site string, kind TermKind, name string) []Term {
	var out []Term
	for _, t := range v {
		if t.Site == site && t.Kind == kind && strings.EqualFold(t.Name, name) {
			out = append(out, t)
		}
	}
	return out
}
