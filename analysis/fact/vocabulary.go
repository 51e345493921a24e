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
)

// Term is one word of a tracker's vocabulary. Kind, ID and Name together
// identify it: one id can have borne two names, and histories speak with the
// old one. Which of the other members are set depends on the kind.
type Term struct {
	Site string   `json:"-"`
	Kind TermKind `json:"-"`
	ID   string   `json:"-"`
	Name string   `json:"-"`

	// Seen is the newest moment at which a record or a list spoke of the term
	// so; where two answers differ, the newer one holds.
	Seen Instant `json:"seen,omitempty"`

	Category string  `json:"category,omitempty"` // status: new, indeterminate, done
	Inward   string  `json:"inward,omitempty"`   // link type, as read from the target
	Outward  string  `json:"outward,omitempty"`  // link type, as read from the source
	Rank     Rank    `json:"rank,omitempty"`     // type
	Key      string  `json:"key,omitempty"`      // project
	Schema   string  `json:"schema,omitempty"`   // field: what it holds
	Start    Instant `json:"start,omitempty"`    // sprint
	End      Instant `json:"end,omitempty"`      // sprint, release
}

func compareTerm(a, b Term) int {
	return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Kind, b.Kind), CompareID(a.ID, b.ID), cmp.Compare(a.Name, b.Name))
}

// newer reports whether a says more recently than b what both name; equal
// moments are settled by content, so that the order of arrival never matters.
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
	out := append(slices.Clone(v), terms...)
	slices.SortStableFunc(out, func(a, b Term) int {
		if c := compareTerm(a, b); c != 0 {
			return c
		}
		if newer(a, b) {
			return -1
		}
		if newer(b, a) {
			return 1
		}
		return 0
	})
	return slices.CompactFunc(out, func(a, b Term) bool { return compareTerm(a, b) == 0 })
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
