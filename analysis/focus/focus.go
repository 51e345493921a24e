// Package focus measures how people's work is spread: over how many batches at
// once, how much of it is done by one person alone, and how often people change
// teams while something is unfinished.
//
// All of it is about groups. Teams of fewer than five people are told together as
// one row, so that neither a row nor a difference of rows speaks of a few
// ([work.Fold]); no number is about one person.
package focus

import (
	"smokestack/analysis/batch"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Row is the focus of one team, of the small teams together, or of the
// organisation.
type Row struct {
	Team   work.TeamID
	All    bool // the organisation
	Others bool // the teams of fewer than five people, and those told with them
	People int  // who belong to the row and did something in the window

	// Parallel is the effective number of batches in progress at once (A4),
	// exp(H) of the time in progress by batch, averaged over stretches of two
	// weeks; Scatter is that per person. N is the items in progress with a batch.
	Parallel, Scatter stats.Estimate
	Batchless         stats.Estimate // share of time in progress outside batches; N is the items in progress

	Solo        stats.Estimate // share of finished items with one contributor (A5)
	SoloBatches stats.Estimate // and of finished batches of three items or more
	Sources     Sources

	Moves    stats.Estimate // per person and quarter (A6); N is the person-quarters
	Turnover stats.Estimate // share of people changed between the window's ends; N is the people at either

	Changes Changes
}

// Sources says by how many of the finished items each kind of trace of a
// contributor is told. Where hardly any but assignees are, items seem to be done
// by one person that were not.
type Sources struct {
	Finished, Nobody                                    int // Nobody: items without any trace
	Assigned, Parts, Commits, Comments, Reviews, Logged int
	beyond                                              int // items with a trace besides an assignee
}

// Changes is what changed about a row in the last complete quarter of the
// calendar (A8): people who joined or left, and statuses, types and boards that
// were used for the first time or no more. A census, and no judgement.
type Changes struct {
	Joined, Left, Added, Dropped int
	Known                        bool // the quarter and the one before are within history, and the team was not reorganised in them
	From, To                     fact.Instant
}

// Analysis is the focus of an organisation in one window.
type Analysis struct {
	Rows   []Row         // the organisation, then teams, then the others
	Folded []work.TeamID // who the others are
	Why    string        // why nothing is told; "" where something is

	f       *flow.Analysis
	homes   *work.Homes
	batches map[work.ItemID]batch.Batch
	people  []int
}

// whyFewPeople is why a measure about people is not told.
const whyFewPeople = "fewer than five people: not told"

// Analyse measures the focus in a window. batches are those of the view.
//
// A team that was reorganised within the window is told of the weeks since; the
// organisation's row, and who belongs to it, knows no such date.
func Analyse(f *flow.Analysis, batches []batch.Batch, homes *work.Homes) *Analysis {
	a := &Analysis{f: f, homes: homes, people: make([]int, len(f.Teams)), batches: map[work.ItemID]batch.Batch{}}
	if f.Window.Empty() {
		a.Why = "the window has no complete week"
		return a
	}
	for _, b := range batches {
		a.batches[b.Item] = b
	}
	quarters := quartersOf(f.Window)
	rosters := make([][]work.TeamID, len(quarters))
	for k, t := range quarters {
		rosters[k] = homes.Roster(t)
	}
	acted := homes.Acted(f.Window.From(), f.Window.To())
	everybody := 0
	for n, team := range rosters[len(rosters)-1] {
		if acted[n] {
			a.people[team]++
			everybody++
		}
	}
	folded, ok := work.FoldOwners(a.people, f.View.FirstItems(), a.owners(rosters))
	if everybody < work.LeastPeople {
		a.Why = whyFewPeople
		return a
	}
	rowOf := a.rows(folded, ok, everybody)
	a.parallel(rowOf)
	a.solo(rowOf, batches)
	a.moves(rowOf, quarters, rosters)
	a.changes(rowOf)
	return a
}

// owners tells which teams have something to tell of, or had people once in the
// window, whoever belongs to them at its end.
func (a *Analysis) owners(rosters [][]work.TeamID) []bool {
	out := make([]bool, len(a.f.Teams))
	for t := range out {
		s := &a.f.Teams[t]
		out[t] = s.Exits() > 0 || len(s.Begun) > 0
	}
	for t, n := range a.homes.People(a.f.Window.From(), a.f.Window.To()) {
		if t < len(out) && n > 0 {
			out[t] = true
		}
	}
	for _, roster := range rosters {
		for _, t := range roster {
			out[t] = true
		}
	}
	return out
}

// quartersOf returns the ends of the stretches of 13 weeks that a window holds,
// counted from its end.
func quartersOf(w work.Window) []fact.Instant {
	var out []fact.Instant
	for n := w.Weeks() % quarterWeeks; n <= w.Weeks(); n += quarterWeeks {
		out = append(out, w.Bounds[n])
	}
	return out
}

const quarterWeeks = 13

// rows makes the rows and returns which one each team counts in: none for those
// that are no team, and for all where the teams have too few people, shared ones
// apart: then the organisation's row is the only one.
func (a *Analysis) rows(folded []bool, enough bool, everybody int) []int {
	a.Rows = []Row{{All: true, People: everybody}}
	rowOf := make([]int, len(folded))
	others := Row{Others: true}
	for t := range folded {
		rowOf[t] = -1
		id := work.TeamID(t)
		switch {
		case id <= work.Several || !enough:
		case folded[t]:
			a.Folded = append(a.Folded, id)
			others.People += a.people[t]
		case a.people[t] > 0:
			rowOf[t] = len(a.Rows)
			a.Rows = append(a.Rows, Row{Team: id, People: a.people[t]})
		}
	}
	// Where all teams together have fewer than five people, the others are not told
	// either: the organisation is, with everybody who is in no team.
	if others.People >= work.LeastPeople {
		for _, t := range a.Folded {
			rowOf[t] = len(a.Rows)
		}
		a.Rows = append(a.Rows, others)
	}
	return rowOf
}

// both calls do for the organisation and the row of a team.
func (a *Analysis) both(rowOf []int, team work.TeamID, do func(row int)) {
	do(0)
	if r := rowOf[team]; r >= 0 {
		do(r)
	}
}

// bothAt is both for something that happened: the team's row counts it if it was
// not before a reorganisation.
func (a *Analysis) bothAt(rowOf []int, team work.TeamID, at fact.Instant, do func(row int)) {
	do(0)
	if r := rowOf[team]; r >= 0 && at >= a.since(team) {
		do(r)
	}
}

// since returns from when on a team is told: the window's beginning, or that of the
// weeks since it was reorganised.
func (a *Analysis) since(team work.TeamID) fact.Instant { return a.f.Teams[team].Window.From() }
