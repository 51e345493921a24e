package focus

import (
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Contributors compares, for every team and last for the organisation, how many
// people did something in the last half year with the one before: the rate of
// change (METRICS section 7). Somebody counts for the team that they belonged to at
// the end of each window. Teams of fewer than five people in either, those that
// would be told together with them ([work.Fold]), and those that are folded in
// another measure are not told: else what is told here of one team of a group would
// tell of the others.
func Contributors(homes *work.Homes, recent, baseline work.Window, order []work.ItemID, folded []bool) []stats.Estimate {
	now, before := headcount(homes, recent, len(folded)), headcount(homes, baseline, len(folded))
	few, _ := work.Fold(now[:len(folded)], order)
	were, _ := work.Fold(before[:len(folded)], order)
	out := make([]stats.Estimate, len(now))
	for t := range out {
		switch {
		case recent.Weeks()+baseline.Weeks() < halfYears:
			out[t] = stats.Unknown(0, "it needs 52 weeks of history")
		case now[t] < work.LeastPeople, before[t] < work.LeastPeople, t < len(folded) && (folded[t] || few[t] || were[t]):
			out[t] = stats.Unknown(0, "fewer than five people, or told with such in another table: not told")
		default:
			out[t] = stats.Census(float64(now[t])/float64(before[t]), now[t])
		}
	}
	return out
}

// halfYears is the weeks of both windows.
const halfYears = 52

func headcount(homes *work.Homes, w work.Window, teams int) []int {
	out := make([]int, teams+1)
	roster, acted := homes.Roster(w.To()), homes.Acted(w.From(), w.To())
	for n, t := range roster {
		if !acted[n] {
			continue
		}
		out[teams]++
		if t > work.Several && int(t) < teams {
			out[t]++
		}
	}
	return out
}
