package work

import (
	"slices"
	"testing"

	"smokestack/analysis/fact"
)

func TestFold(t *testing.T) {
	for name, c := range map[string]struct {
		people, folded []int // of teams 2 and up
		ok             bool
	}{
		"nobody is small":              {[]int{5, 7, 9}, nil, true},
		"two small ones make a group":  {[]int{3, 7, 4}, []int{0, 2}, true},
		"one small one takes the next": {[]int{4, 9, 7}, []int{0, 2}, true},
		"of equal ones the first":      {[]int{4, 7, 7, 9}, []int{0, 2}, true},
		"two of too few people":        {[]int{1, 2, 6, 8}, []int{0, 1, 2}, true},
		"all of them are too few":      {[]int{1, 2}, []int{0, 1}, false},
		"one small team alone":         {[]int{4}, []int{0}, false},
		"a team of nobody":             {[]int{0, 6}, nil, true},
		"no team":                      {nil, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			folded, ok := Fold(append([]int{3, 2}, c.people...), []ItemID{0, 1, 9, 8, 7, 6}) // nobody's and several teams' do not count
			var got []int
			for k, f := range folded {
				if f {
					got = append(got, k-2)
				}
			}
			if !slices.Equal(got, c.folded) || ok != c.ok {
				t.Errorf("%v: folded %v, %v; want %v, %v", c.people, got, ok, c.folded, c.ok)
			}
		})
	}
}

// A team of nobody that owns something is the smallest.
func TestFoldOwners(t *testing.T) {
	folded, ok := FoldOwners([]int{3, 2, 0, 9, 6, 0}, nil, []bool{true, true, true, true, true, false})
	if want := []bool{false, false, true, false, true, false}; !slices.Equal(folded, want) || !ok {
		t.Errorf("folded %v, %v; want %v", folded, ok, want)
	}
}

// No row that is told, and no difference of rows, is about fewer than five people
// or about one small team: whatever teams are folded stand in one row.
func FuzzFold(f *testing.F) {
	f.Add([]byte{3, 7, 4})
	f.Fuzz(func(t *testing.T, sizes []byte) {
		people := []int{0, 0}
		for _, s := range sizes {
			people = append(people, int(s))
		}
		folded, ok := Fold(people, nil)
		teams, inside, all := 0, 0, 0
		for k, n := range people {
			all += n
			switch {
			case folded[k]:
				teams, inside = teams+1, inside+n
			case n > 0 && n < LeastPeople:
				t.Fatalf("%v: team %d of %d is told", people, k, n)
			}
		}
		if ok != (all >= LeastPeople) || ok && teams > 0 && (inside < LeastPeople || teams < 2) {
			// One team alone in its organisation cannot be hidden from it; it is
			// told only where it has five people, and then is not small.
			t.Fatalf("%v: %d teams of %d people together, %v", people, teams, inside, ok)
		}
	})
}

// Somebody of two teams is one person: in the group, and in all.
func TestFoldPeople(t *testing.T) {
	three, five := []fact.Person{1, 2, 3}, []fact.Person{4, 5, 6, 7, 8}
	for name, c := range map[string]struct {
		who    [][]fact.Person // of teams 2 and up
		folded []bool
		ok     bool
		inside int
	}{
		"three who moved":             {[][]fact.Person{three, three}, []bool{true, true}, false, 3},
		"the next joins them":         {[][]fact.Person{three, five, three}, []bool{true, true, true}, true, 8},
		"others are a group":          {[][]fact.Person{three, five, {3, 9, 10}}, []bool{true, false, true}, true, 5},
		"of a told and a folded team": {[][]fact.Person{{4, 1}, five, {2, 3, 9}}, []bool{true, false, true}, true, 5},
	} {
		t.Run(name, func(t *testing.T) {
			who := append([][]fact.Person{five, three}, c.who...)
			folded, ok := FoldPeople(who, nil, nil)
			if !slices.Equal(folded[2:], c.folded) || ok != c.ok || Together(who, folded) != c.inside {
				t.Errorf("folded %v of %d, %v; want %v of %d, %v", folded[2:], Together(who, folded), ok, c.folded, c.inside, c.ok)
			}
		})
	}
}
