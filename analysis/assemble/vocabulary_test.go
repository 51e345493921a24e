package assemble

import (
	"testing"

	"smokestack/analysis/fact"
)

// A sprint that was renamed, a type that was: what was told of the id last
// holds, under whatever name, and who says nothing takes nothing away.
func TestWordsOfOneID(t *testing.T) {
	t.Parallel()
	const site = "https://one.example"
	sprint := func(id, name string, start, seen fact.Instant) fact.Term {
		return fact.Term{Site: site, Kind: fact.TermSprint, ID: id, Name: name, Start: start, Seen: seen}
	}
	typ := func(id, name string, rank fact.Rank, seen fact.Instant) fact.Term {
		return fact.Term{Site: site, Kind: fact.TermType, ID: id, Name: name, Rank: rank, Seen: seen}
	}
	w := newWords(&Rules{}, fact.Vocabulary(nil).Add(
		sprint("1", "Alpha", 300, 9), sprint("1", "Beta", 200, 5),
		sprint("2", "Alpha", 200, 5), sprint("2", "Beta", 300, 9),
		sprint("3", "Alpha", 300, 5), sprint("3", "Beta", 0, 9),
		sprint("4", "Alpha", 200, 3), sprint("4", "Alpha", 0, 9), sprint("4", "Beta", 300, 5),
		typ("1", "Alpha", 0, 5), typ("1", "Beta", 1, 9),
		typ("2", "Alpha", 1, 9), typ("2", "Beta", 0, 5),
		typ("3", "Alpha", 1, 5), typ("3", "Beta", fact.RankUnknown, 9),
	))
	for _, id := range []string{"1", "2", "3", "4"} {
		if got := w.sprints[siteText{site, id}]; got != 300 {
			t.Errorf("sprint %s began at %d, want 300", id, got)
		}
	}
	for _, id := range []string{"1", "2", "3"} {
		if got := w.types[siteText{site, id}].Rank; got != 1 {
			t.Errorf("type %s has rank %d, want 1", id, got)
		}
	}
}
