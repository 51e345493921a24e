package fact

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// anyTerms makes terms of few identities, so that many of them meet.
func anyTerms(r *rand.Rand, n int) []Term {
	pick := func(xs ...string) string { return xs[r.IntN(len(xs))] }
	out := make([]Term, n)
	for i := range out {
		out[i] = Term{
			Site: pick("a", "b"), Kind: TermKind(pick("status", "type")), ID: pick("", "9", "10", "x"), Name: pick("Open", "open", "Done"),
			Seen: Instant(r.IntN(3)), Category: pick("", "new", "done"), Inward: pick("", "is blocked by"), Outward: pick("", "blocks"),
			Rank: Rank(r.IntN(2)), Key: pick("", "K"), Schema: pick("", "S"), Start: Instant(r.IntN(2)), End: Instant(r.IntN(2)),
		}
	}
	return out
}

type identity struct {
	site, kind, id, name string
}

func identify(t Term) identity { return identity{t.Site, string(t.Kind), t.ID, t.Name} }

// Added in any order, in any portions and repeatedly, terms make one and the
// same vocabulary: one term an identity, the newest, in order.
func TestVocabularyAddIsASet(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		terms := anyTerms(r, 1+r.IntN(25))
		var all Vocabulary
		all = all.Add(terms...)
		if again := all.Add(all...); !reflect.DeepEqual(again, all) {
			t.Fatalf("seed %d: adding a vocabulary to itself changes it:\n%v\n%v", seed, all, again)
		}
		newest := map[identity]Instant{}
		for _, x := range terms {
			newest[identify(x)] = max(newest[identify(x)], x.Seen)
		}
		if len(all) != len(newest) {
			t.Fatalf("seed %d: %d terms of %d identities", seed, len(all), len(newest))
		}
		for _, x := range all {
			if x.Seen != newest[identify(x)] || !slices.Contains(terms, x) {
				t.Fatalf("seed %d: %+v is not the newest of its identity", seed, x)
			}
		}
		shuffled := slices.Clone(terms)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		var parts Vocabulary
		for len(shuffled) > 0 {
			n := 1 + r.IntN(len(shuffled))
			parts = parts.Add(shuffled[:n]...)
			shuffled = shuffled[n:]
		}
		if !reflect.DeepEqual(parts, all) {
			t.Fatalf("seed %d: the order of arrival shows:\n%v\n%v", seed, all, parts)
		}
	}
}

func TestVocabularyAddKeepsItsArgument(t *testing.T) {
	v := Vocabulary{}.Add(Term{ID: "2"}, Term{ID: "1"})
	_ = v.Add(Term{ID: "0"}, Term{ID: "1", Seen: 5})
	if len(v) != 2 || v[0] != (Term{ID: "1"}) || v[1] != (Term{ID: "2"}) {
		t.Errorf("Add changed its receiver: %v", v)
	}
}

// One id bore two names: both are kept, and Find tells the newer.
func TestVocabularyFind(t *testing.T) {
	v := Vocabulary{}.Add(
		Term{Site: "a", Kind: TermStatus, ID: "3", Name: "In Dev", Seen: 1},
		Term{Site: "a", Kind: TermStatus, ID: "3", Name: "Building", Seen: 9},
		Term{Site: "a", Kind: TermStatus, ID: "3", Name: "Coding", Seen: 5},
		Term{Site: "a", Kind: TermStatus, ID: "30", Name: "Closed", Seen: 1},
		Term{Site: "a", Kind: TermType, ID: "3", Name: "Bug", Seen: 99},
		Term{Site: "b", Kind: TermStatus, ID: "3", Name: "Other", Seen: 99},
	)
	if got, ok := v.Find("a", TermStatus, "3"); !ok || got.Name != "Building" {
		t.Errorf("status 3 of a is %q, %v; want Building", got.Name, ok)
	}
	for _, miss := range []struct {
		site string
		kind TermKind
		id   string
	}{{"a", TermStatus, "4"}, {"c", TermStatus, "3"}, {"a", TermLinkType, "3"}, {"a", TermStatus, ""}} {
		if got, ok := v.Find(miss.site, miss.kind, miss.id); ok {
			t.Errorf("Find(%v) = %v", miss, got)
		}
	}
}

func TestVocabularyNamed(t *testing.T) {
	v := Vocabulary{}.Add(
		Term{Site: "a", Kind: TermStatus, ID: "1", Name: "Review"}, Term{Site: "a", Kind: TermStatus, ID: "2", Name: "REVIEW"},
		Term{Site: "a", Kind: TermType, ID: "1", Name: "Review"}, Term{Site: "b", Kind: TermStatus, ID: "1", Name: "Review"},
		Term{Site: "a", Kind: TermStatus, ID: "3", Name: "Reviewed"},
	)
	got := v.Named("a", TermStatus, "review")
	if len(got) != 2 || got[0].ID != "1" || got[1].ID != "2" {
		t.Errorf("Named = %v, want statuses 1 and 2 of a", got)
	}
}
