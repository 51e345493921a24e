package focus

import (
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Rates are the rates of change of all rows, see [Contributors].
type Rates struct {
	Org    stats.Estimate
	Teams  []stats.Estimate // by TeamID
	Others stats.Estimate   // of the folded teams together
	Folded []work.TeamID    // teams of fewer than five people in either half year, and what is told with them
}

// Contributors compares, for every row, how many people did something in the last
// half year with the one before: the rate of change (METRICS section 7). Somebody
// counts for the team that they belonged to at the end of each window; N is those of
// the last half year. Teams of fewer than five people in either are told together
// ([work.Fold], of the smaller number), so that subtraction finds neither. Those that
// another measure folds are told with them: what is told here of one team of a group
// would tell of the others.
func Contributors(homes *work.Homes, recent, baseline work.Window, order []work.ItemID, elsewhere []bool) Rates {
	teams := len(order)
	now, before := headcount(homes, recent, teams), headcount(homes, baseline, teams)
	least, any := make([]int, teams), make([]bool, teams)
	for t := range least {
		least[t], any[t] = min(now[t], before[t]), now[t]+before[t] > 0
	}
	folded, _ := work.FoldOwners(least, order, any)
	for t := range folded {
		folded[t] = folded[t] || t < len(elsewhere) && elsewhere[t]
	}
	rate := func(now, before int) stats.Estimate {
		switch {
		case recent.Weeks()+baseline.Weeks() < halfYears:
			return stats.Unknown(0, "it needs 52 weeks of history")
		case now < work.LeastPeople, before < work.LeastPeople:
			return stats.Unknown(0, whyFewPeople)
		}
		return stats.Census(float64(now)/float64(before), now)
	}
	out := Rates{Org: rate(now[teams], before[teams]), Teams: make([]stats.Estimate, teams)}
	othersNow, othersBefore := 0, 0
	for t := range teams {
		out.Teams[t] = rate(now[t], before[t])
		if !folded[t] {
			continue
		}
		out.Folded = append(out.Folded, work.TeamID(t))
		othersNow, othersBefore = othersNow+now[t], othersBefore+before[t]
		if out.Teams[t].Known() {
			out.Teams[t] = stats.Unknown(0, whyJoined)
		}
	}
	out.Others = stats.Unknown(0, "every team with anybody has five people")
	switch {
	case len(out.Folded) > 1:
		out.Others = rate(othersNow, othersBefore)
	case len(out.Folded) > 0:
		out.Others = stats.Unknown(0, whyFewPeople)
	}
	return out
}

const whyJoined = "told with teams of fewer than five people"

// halfYears is the weeks of both windows.
const halfYears = 52

// headcount counts who did something in a window, by team and last of all.
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
