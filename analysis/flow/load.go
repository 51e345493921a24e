package flow

import (
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

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
// team those who belonged to it as they first did in some week, so that somebody who
// moved counts for both. Shared people count for the organisation alone. N is the people; it is a
// census.
//
// Nothing is told of fewer than five people. Teams with fewer are told together,
// as other teams (see [work.FoldPeople]), without the number of people of any, so that
// subtraction finds none of it. Who was active in two of them counts once there.
func (a *Analysis) Load(h *work.Homes) Loads {
	all, byTeam := a.active(h)
	out := Loads{Org: load(a.WIP(&a.Org), len(all)), Teams: make([]stats.Estimate, len(a.Teams))}
	people := work.Sizes(byTeam)
	joined, _ := work.FoldPeople(byTeam, a.View.FirstItems(), nil)
	for t := range joined {
		if joined[t] {
			out.Folded = append(out.Folded, work.TeamID(t))
		}
	}
	for t := range a.Teams {
		s, n := &a.Teams[t], people[t]
		switch {
		case t <= int(work.Several):
			out.Teams[t] = stats.Unknown(0, whyNoTeams)
		case n == 0:
			out.Teams[t] = stats.Unknown(0, unless(s, whyNobody))
		case n >= work.LeastPeople && joined[t]:
			out.Teams[t] = stats.Unknown(0, whyJoined)
		default:
			out.Teams[t] = load(a.WIP(s), n)
		}
	}
	out.Others = a.others(out.Folded, work.Together(byTeam, joined))
	return out
}

func load(wip stats.Estimate, people int) stats.Estimate {
	switch {
	case people == 0:
		return stats.Unknown(0, whyNobody)
	case people < work.LeastPeople:
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
// first did so in a week, within the team's window.
func (a *Analysis) active(h *work.Homes) (all []fact.Person, byTeam [][]fact.Person) {
	byTeam = make([][]fact.Person, len(a.Teams))
	for p, weeks := range a.firstMoves() {
		all = append(all, p)
		for _, at := range weeks {
			if at == 0 {
				continue
			}
			t := h.At(p, at, work.NoItem)
			if t > work.Several && a.Teams[t].Window.Holds(at) {
				byTeam[t] = append(byTeam[t], p)
			}
		}
	}
	for t := range byTeam {
		byTeam[t] = each(byTeam[t])
	}
	return each(all), byTeam
}

// firstMoves returns when people first changed a state or wrote a commit in every
// week of the window; 0 where they did not.
func (a *Analysis) firstMoves() map[fact.Person][]fact.Instant {
	out := map[fact.Person][]fact.Instant{}
	for i := range work.ItemID(a.View.Items.Len()) {
		if !a.View.Has(i) {
			continue
		}
		for _, e := range a.View.Trail(i) {
			moved := e.Deed == work.DeedMoved || e.Deed == work.DeedCommitted
			if !moved || e.By == 0 || !a.Window.Holds(e.At) {
				continue
			}
			weeks := out[e.By]
			if weeks == nil {
				weeks = make([]fact.Instant, a.Window.Weeks())
				out[e.By] = weeks
			}
			if k := a.Window.Week(e.At); weeks[k] == 0 || e.At < weeks[k] {
				weeks[k] = e.At
			}
		}
	}
	return out
}

// each returns everybody of a list once.
func each(people []fact.Person) []fact.Person {
	slices.Sort(people)
	return slices.Compact(people)
}
