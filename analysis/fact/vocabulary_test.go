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
			Rank: []Rank{RankUnknown, 0, 1}[r.IntN(3)], Key: pick("", "K"), Schema: pick("", "S"), Start: Instant(r.IntN(2)), End: Instant(r.IntN(2)),
		}
	}
	return out
}

type identity struct {
	site, kind, id, name string
}

func identify(t Term) identity { return identity{t.Site, string(t.Kind), t.ID, t.Name} }

// member is one member of a term, found by its name.
func member(t Term, name string) reflect.Value { return reflect.ValueOf(t).FieldByName(name) }

// given is the latest value of a member among the terms of one identity, the
// greatest of equally late ones, and when it was given; written down plainly.
func given(terms []Term, name string, none any) (value any, at Instant) {
	value = none
	for _, t := range terms {
		v := member(t, name)
		if v.Interface() == none {
			continue
		}
		if value == none || t.Seen > at || t.Seen == at && greater(v, reflect.ValueOf(value)) {
			value, at = v.Interface(), t.Seen
		}
	}
	return value, at
}

func greater(a, b reflect.Value) bool {
	if a.Kind() == reflect.String {
		return a.String() > b.String()
	}
	return a.Int() > b.Int()
}

// Added in any order, in any portions, grouped in any way and repeatedly, terms
// make one and the same vocabulary: one term an identity, in order, each member
// the latest that was given.
func TestVocabularyAddIsASet(t *testing.T) {
	nothing := map[string]any{
		"Category": "", "Inward": "", "Outward": "", "Rank": RankUnknown, "Key": "", "Schema": "", "Start": Instant(0), "End": Instant(0),
	}
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		terms := anyTerms(r, 1+r.IntN(25))
		var all Vocabulary
		all = all.Add(terms...)
		if again := all.Add(all...); !reflect.DeepEqual(again, all) {
			t.Fatalf("seed %d: adding a vocabulary to itself changes it:\n%v\n%v", seed, all, again)
		}
		of := map[identity][]Term{}
		for _, x := range terms {
			of[identify(x)] = append(of[identify(x)], x)
		}
		if len(all) != len(of) {
			t.Fatalf("seed %d: %d terms of %d identities", seed, len(all), len(of))
		}
		for _, x := range all {
			told := of[identify(x)]
			if newest := slices.MaxFunc(told, func(a, b Term) int { return int(a.Seen - b.Seen) }).Seen; x.Seen != newest {
				t.Fatalf("seed %d: %+v was seen at %d", seed, x, newest)
			}
			for name, none := range nothing {
				value, at := given(told, name, none)
				age := Instant(reflect.ValueOf(x.Age).FieldByName(name).Int())
				if got := member(x, name).Interface(); got != value || value != none && x.Seen-age != at || value == none && age != 0 {
					t.Fatalf("seed %d: %s of %+v is %v, want %v of %d; told was %+v", seed, name, x, got, value, at, told)
				}
			}
		}
		shuffled := slices.Clone(terms)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := grouped(r, shuffled); !reflect.DeepEqual(got, all) {
			t.Fatalf("seed %d: the order of arrival shows:\n%v\n%v", seed, all, got)
		}
	}
}

// grouped adds terms up in portions that are added up themselves.
func grouped(r *rand.Rand, terms []Term) Vocabulary {
	if len(terms) < 3 {
		return Vocabulary(nil).Add(terms...)
	}
	n := r.IntN(len(terms))
	return grouped(r, terms[:n]).Add(grouped(r, terms[n:])...)
}

// An answer that says nothing of a member takes nothing away; a newer one that
// does replaces it.
func TestVocabularyKeepsWhatIsKnown(t *testing.T) {
	id := Term{Kind: TermField, ID: "customfield_1", Name: "Team"}
	with := func(schema string, rank Rank, seen Instant) Term {
		x := id
		x.Schema, x.Rank, x.Seen = schema, rank, seen
		return x
	}
	got := Vocabulary{}.Add(with("a:atlassian-team", 1, 0)).Add(with("", RankUnknown, 9))
	if len(got) != 1 || got[0].Schema != "a:atlassian-team" || got[0].Rank != 1 || got[0].Seen != 9 {
		t.Errorf("%+v", got)
	}
	if got = got.Add(with("b:other", RankUnknown, 5)); got[0].Schema != "b:other" || got[0].Rank != 1 || got[0].Seen != 9 {
		t.Errorf("%+v", got)
	}
	if got = got.Add(with("c:older", RankUnknown, 4)); got[0].Schema != "b:other" {
		t.Errorf("%+v", got)
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
