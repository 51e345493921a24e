package work

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
)

// LeastPeople is how many people a group needs for a measure about people
// (METRICS section 0, "Suppression").
const LeastPeople = 5

// Fold says of which teams measures about people are told together, as `other
// teams`: those of fewer than five people. A group of them is of two teams and
// of five people at least, the next smallest team joining until it is. Since the
// group is told as one, and so is the organisation, subtracting rows recovers
// nothing about a small team.
//
// people holds the number of people of every team, by TeamID, nobody being of two
// teams (else see [FoldPeople]); a team without
// anybody has no such measure and is not folded. Of teams of one size the one that
// stands first in order, a value of every team that has nothing to do with its
// name ([View.FirstItems]), joins first. All teams are folded where no smaller
// group suffices. Ok is false where the group still has fewer than five people:
// then there is no row for it, nor for the organisation.
func Fold(people []int, order []ItemID) (folded []bool, ok bool) {
	return FoldOwners(people, order, nil)
}

// FoldOwners is [Fold] for measures of what people did to a team's items, whoever
// they are: there a team without anybody has such a measure too, if it owns
// something, and counts as the smallest. owns says which teams do, by TeamID.
func FoldOwners(people []int, order []ItemID, owns []bool) (folded []bool, ok bool) {
	inside := 0
	return fold(people, order, owns, func(t int) int {
		inside += people[t]
		return inside
	})
}

// FoldPeople is [FoldOwners] for teams that share people, as those do between which
// somebody moved: who says, by TeamID, who belonged to every team. Somebody of
// several teams is one person in their group, and in all.
func FoldPeople(who [][]fact.Person, order []ItemID, owns []bool) (folded []bool, ok bool) {
	inside := map[fact.Person]bool{}
	return fold(Sizes(who), order, owns, func(t int) int {
		for _, p := range who[t] {
			inside[p] = true
		}
		return len(inside)
	})
}

// Sizes returns how many people each team has.
func Sizes(who [][]fact.Person) []int {
	out := make([]int, len(who))
	for t := range who {
		out[t] = len(who[t])
	}
	return out
}

// Together returns how many people some teams have, each counted once.
func Together(who [][]fact.Person, in []bool) int {
	all := map[fact.Person]bool{}
	for t := range who {
		if t < len(in) && in[t] {
			for _, p := range who[t] {
				all[p] = true
			}
		}
	}
	return len(all)
}

// fold joins teams, the smallest first. join returns how many people those that it
// was called for have together.
func fold(people []int, order []ItemID, owns []bool, join func(team int) int) (folded []bool, ok bool) {
	folded = make([]bool, len(people))
	var rest []int // teams with somebody, the smallest first
	for t, n := range people {
		if t > int(Several) && (n > 0 || t < len(owns) && owns[t]) {
			rest = append(rest, t)
		}
	}
	at := func(t int) ItemID {
		if t < len(order) {
			return order[t]
		}
		return NoItem
	}
	slices.SortStableFunc(rest, func(a, b int) int { return cmp.Or(cmp.Compare(people[a], people[b]), cmp.Compare(at(a), at(b))) })
	teams, inside := 0, 0
	for _, t := range rest {
		small := people[t] < LeastPeople
		if !small && (teams == 0 || teams >= 2 && inside >= LeastPeople) {
			return folded, true
		}
		folded[t] = true
		teams, inside = teams+1, join(t)
	}
	return folded, inside >= LeastPeople
}

// FirstItems returns the first item, by number, that every team ever owned by the
// view's instant; NoItem for teams without one. Items are numbered by immutable
// ids, so that it orders teams in a way that no name decides.
func (v View) FirstItems() []ItemID {
	out := make([]ItemID, len(v.Teams))
	for t := range out {
		out[t] = NoItem
	}
	for i := range ItemID(v.Items.Len()) {
		if !v.Has(i) {
			continue
		}
		from, teams := v.Owners.Of(i)
		for k, t := range teams {
			if from[k] <= v.T && out[t] == NoItem {
				out[t] = i
			}
		}
	}
	return out
}
