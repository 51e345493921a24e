package flow

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// fewest is the least number of people of whom anything is told (METRICS section
// 0, "Suppression").
const fewest = 5

const (
	whyFew     = "fewer than five people were active"
	whyJoined  = "counted among other teams, so that nothing about fewer than five people can be worked out"
	whyNobody  = "nobody is known to have moved an item or written a commit in the window"
	whyNoTeams = "people have no home among items of several teams or of none"
)

// Loads are the flow loads (F7) of all rows.
type Loads struct {
	Org    stats.Estimate
	Teams  []stats.Estimate // by TeamID
	Others stats.Estimate   // of the folded teams together
	Folded []work.TeamID    // teams with fewer than five active people, and what had to join them
}

// Load returns the flow load (F7), items in progress per person: the time average
// of work in progress (F3) over the people who changed the state of an item or
// wrote a commit in the window. For the organisation these are all who did, for a
// team those who belonged to it as they did, so that somebody who moved counts for
// both. Shared people count for the organisation alone. N is the people; it is a
// census.
//
// Nothing is told of fewer than five people. Teams with fewer fold into "other
// teams", at least two teams and five people: where they are fewer, the next
// smallest team joins them. Their number of people is not told, and that of the
// others is at least five, so that subtraction finds none of it.
func (a *Analysis) Load(h *work.Homes) Loads {
	all, byTeam := a.active(h)
	out := Loads{Org: load(a.WIP(&a.Org), len(all)), Teams: make([]stats.Estimate, len(a.Teams))}
	var others []fact.Person
	out.Folded, others = fold(byTeam)
	for t := range a.Teams {
		s, n := &a.Teams[t], len(byTeam[t])
		switch {
		case t <= int(work.Several):
			out.Teams[t] = stats.Unknown(0, whyNoTeams)
		case n == 0:
			out.Teams[t] = stats.Unknown(0, unless(s, whyNobody))
		case n >= fewest && slices.Contains(out.Folded, work.TeamID(t)):
			out.Teams[t] = stats.Unknown(0, whyJoined)
		default:
			out.Teams[t] = load(a.WIP(s), n)
		}
	}
	out.Others = a.others(out.Folded, len(others))
	return out
}

func load(wip stats.Estimate, people int) stats.Estimate {
	switch {
	case people == 0:
		return stats.Unknown(0, whyNobody)
	case people < fewest:
		return stats.Unknown(0, whyFew)
	case !wip.Known():
		return stats.Unknown(people, wip.Why)
	}
	return stats.Census(wip.Value/float64(people), people).WithCoverage(wip.Coverage)
}

// others is the flow load of the folded teams together.
func (a *Analysis) others(folded []work.TeamID, people int) stats.Estimate {
	switch {
	case len(folded) == 0:
		return stats.Unknown(0, "every team with anybody active has five people")
	case len(folded) < 2:
		return stats.Unknown(0, whyFew)
	}
	sum := 0.0
	for _, t := range folded {
		wip := a.WIP(&a.Teams[t])
		if !wip.Known() {
			return load(wip, people)
		}
		sum += wip.Value
	}
	return load(stats.Census(sum, people), people)
}

// active returns, in order of number, who changed the state of a record or wrote a
// commit in the window: all, and by TeamID those who belonged to a team as they
// did, within the team's window.
func (a *Analysis) active(h *work.Homes) (all []fact.Person, byTeam [][]fact.Person) {
	byTeam = make([][]fact.Person, len(a.Teams))
	for i := range work.ItemID(a.View.Items.Len()) {
		if !a.View.Has(i) {
			continue
		}
		for _, e := range a.View.Trail(i) {
			moved := e.Deed == work.DeedMoved || e.Deed == work.DeedCommitted
			if !moved || e.By == 0 || !a.Window.Holds(e.At) {
				continue
			}
			all = append(all, e.By)
			t := h.At(e.By, e.At, work.NoItem)
			if t > work.Several && a.Teams[t].Window.Holds(e.At) {
				byTeam[t] = append(byTeam[t], e.By)
			}
		}
	}
	for t := range byTeam {
		byTeam[t] = each(byTeam[t])
	}
	return each(all), byTeam
}

// each returns everybody of a list once.
func each(people []fact.Person) []fact.Person {
	slices.Sort(people)
	return slices.Compact(people)
}

// fold returns the teams that have anybody, and fewer than five, and the next
// smallest ones until they are two with five people, as far as there are any; and
// the people of these teams.
func fold(byTeam [][]fact.Person) (folded []work.TeamID, people []fact.Person) {
	var order []work.TeamID
	for t := range byTeam {
		if t > int(work.Several) && len(byTeam[t]) > 0 {
			order = append(order, work.TeamID(t))
		}
	}
	slices.SortStableFunc(order, func(x, y work.TeamID) int { return cmp.Compare(len(byTeam[x]), len(byTeam[y])) })
	for n, t := range order {
		enough := n == 0 || n >= 2 && len(people) >= fewest
		if len(byTeam[t]) >= fewest && enough {
			break
		}
		folded, people = order[:n+1], each(append(people, byTeam[t]...))
	}
	return folded, people
}
