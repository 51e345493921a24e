package work

// LeastPeople is how many people a group needs for a measure about people
// (METRICS section 0, "Suppression").
const LeastPeople = 5

// Fold says of which teams measures about people are told together, as `other
// teams`: those of fewer than five people. A group of them is of two teams and
// of five people at least, the next smallest teams joining until it is; teams of
// equal size join together, so that no name and no order decides. Since the
// group is told as one, and so is the organisation, subtracting rows recovers
// nothing about a small team.
//
// people holds the number of people of every team, by TeamID; a team without
// anybody has no such measure and is not folded. All teams are folded where no
// smaller group suffices. Ok is false where the group still has fewer than five
// people: then there is no row for it, nor for the organisation.
func Fold(people []int) (folded []bool, ok bool) {
	folded = make([]bool, len(people))
	teams, inside, total := 0, 0, 0
	join := func(size int) {
		for t, n := range people {
			if t > int(Several) && n == size {
				folded[t] = true
				teams, inside = teams+1, inside+n
			}
		}
	}
	largest := 0
	for t, n := range people {
		if t <= int(Several) {
			continue
		}
		total, largest = total+n, max(largest, n)
	}
	for size := 1; size < LeastPeople; size++ {
		join(size)
	}
	for size := LeastPeople; teams > 0 && (teams < 2 || inside < LeastPeople) && size <= largest; size++ {
		join(size)
	}
	return folded, total >= LeastPeople
}
