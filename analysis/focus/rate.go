package focus

import (
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Contributors compares, for every team and last for the organisation, how many
// people did something in the last half year with the one before: the rate of
// change (METRICS section 7). Somebody counts for the team that they belonged to at
// the end of each window. Teams of fewer than five people in either, and those
// folded, are not told.
func Contributors(homes *work.Homes, recent, baseline work.Window, folded []bool) []stats.Estimate {
	now, before := headcount(homes, recent, len(folded)), headcount(homes, baseline, len(folded))
	out := make([]stats.Estimate, len(now))
	for t := range out {
		switch {
		case recent.Weeks()+baseline.Weeks() < halfYears:
			out[t] = stats.Unknown(0, "it needs 52 weeks of history")
		case t < len(folded) && folded[t], now[t] < work.LeastPeople, before[t] < work.LeastPeople:
			out[t] = stats.Unknown(0, whyFewPeople)
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
