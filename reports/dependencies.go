package reports

import (
	"fmt"
	"strings"

	"smokestack/analysis/deps"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// depsRow is the dependencies of one team.
type depsRow struct {
	row
	d       deps.Row
	density table.Cell
}

var depsColumns = []column[depsRow]{
	{table.Column{ID: "team", Title: "Team"}, func(r depsRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "items", Title: "Items", Unit: "items", Kind: table.Whole}, func(r depsRow) table.Cell { return table.Count(r.d.Items) }},
	{table.Column{ID: "links", Title: "Links", Unit: "links", Kind: table.Whole}, func(r depsRow) table.Cell { return table.Count(r.d.Links) }},
	{table.Column{ID: "per_item", Title: "Per item", Unit: "links/item", Kind: table.Number, Digits: 2, Measure: true, Interval: true}, func(r depsRow) table.Cell { return measure(r.d.PerItem) }},
	{table.Column{ID: "none", Title: "Without", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 3}, func(r depsRow) table.Cell { return percent(r.d.Zero) }},
	{table.Column{ID: "out", Title: "On others", Unit: "links", Kind: table.Whole}, func(r depsRow) table.Cell { return table.Count(r.d.Out) }},
	{table.Column{ID: "in", Title: "From others", Unit: "links", Kind: table.Whole}, func(r depsRow) table.Cell { return table.Count(r.d.In) }},
	{table.Column{ID: "per_100_started", Title: "Per 100 started", Unit: "links", Kind: table.Number, Digits: 1, Measure: true, Drop: 1}, func(r depsRow) table.Cell { return measure(r.d.PerStarted) }},
	{table.Column{ID: "waits_for", Title: "Waits for", Unit: "teams", Kind: table.Whole}, func(r depsRow) table.Cell { return teamCount(r, r.d.WaitsFor) }},
	{table.Column{ID: "needed_by", Title: "Needed by", Unit: "teams", Kind: table.Whole}, func(r depsRow) table.Cell { return teamCount(r, r.d.NeededBy) }},
	{table.Column{ID: "density", Title: "Density", Kind: table.Number, Digits: 2, Measure: true, Drop: 2}, func(r depsRow) table.Cell { return r.density }},
}

func teamCount(r depsRow, n int) table.Cell {
	if r.all {
		return table.Blank()
	}
	return table.Count(n)
}

// dependenciesTable is who depends on others, by team.
func (s *Scan) dependenciesTable() table.Table {
	var rows []depsRow
	for _, r := range s.realRows() {
		d := depsRow{row: r, density: table.Blank()}
		if r.all {
			d.d, d.density = s.deps.Org(), measure(s.deps.Density())
		} else {
			d.d = s.deps.Team(r.team)
		}
		rows = append(rows, d)
	}
	t := fill("dependencies", "Dependencies that are recorded, "+s.weeks(s.deps.Window), depsColumns, rows)
	t.Notes = []string{
		"Counted are links that make one item depend on another, that stood in the window, from an item worked on in it to one that had not left before. Waits for, needed by: teams with at least two such items. Density: the share of ordered pairs of teams (with 20 items or more) that are tied so; it falls with the number of teams.",
		"What is not recorded is not counted: see table independence.",
	}
	t.Notes = append(append(t.Notes, s.depsLeftOut()...), s.idle()...)
	return t
}

// depsLeftOut says what is in no row, the organisation's included.
func (s *Scan) depsLeftOut() []string {
	var out []string
	if n := s.deps.Shared(); n > 0 {
		out = append(out, fmt.Sprintf("In no row, that of the organisation included: %s that no single team owns, and %s with an end among them.",
			plural(n, "item", "items"), plural(s.deps.NoOwner, "link", "links")))
	}
	var parts []string
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, thousands(n)+" "+words)
		}
	}
	add(s.deps.Outside, "to or from items that were not pulled")
	add(s.deps.NotItem, "between batches, goals or sub-items")
	if len(parts) > 0 {
		out = append(out, "Links left out, in the organisation: "+strings.Join(parts, ", ")+".")
	}
	return out
}

// pairRow is how much one team depends on another.
type pairRow struct {
	s *Scan
	deps.Pair
}

var pairColumns = []column[pairRow]{
	{table.Column{ID: "team", Title: "Team"}, func(r pairRow) table.Cell { return table.Words(r.s.label(r.From)) }},
	{table.Column{ID: "depends_on", Title: "Depends on"}, func(r pairRow) table.Cell { return table.Words(r.s.label(r.To)) }},
	{table.Column{ID: "items", Title: "Items", Unit: "items", Kind: table.Whole}, func(r pairRow) table.Cell { return table.Count(r.Items) }},
	{table.Column{ID: "links", Title: "Links", Unit: "links", Kind: table.Whole}, func(r pairRow) table.Cell { return table.Count(r.Links) }},
}

// crossPairs are the pairs of two teams with a dependency, as far as shown.
func (s *Scan) crossPairs() []deps.Pair {
	var out []deps.Pair
	for _, p := range s.deps.Pairs() {
		if p.From != p.To && (s.chosen(p.From) || s.chosen(p.To)) {
			out = append(out, p)
		}
	}
	return out
}

// pairsTable is the pairs of teams, the strongest first.
func (s *Scan) pairsTable() table.Table {
	var rows []pairRow
	for _, p := range s.crossPairs() {
		rows = append(rows, pairRow{s, p})
	}
	t := fill("pairs", "Which team depends on which, "+s.weeks(s.deps.Window), pairColumns, rows)
	t.Empty = "no dependency between two teams is recorded"
	return t
}

// matrixMax is how many teams make a matrix that people can read.
const matrixMax = 8

// matrixTable is the items of one team that depend on another, as a matrix of
// the teams that have such items.
func (s *Scan) matrixTable() table.Table {
	teams := s.matrixTeams()
	t := table.Table{ID: "matrix", Title: "Items of the row's team that depend on the column's, " + s.weeks(s.deps.Window)}
	t.Columns = []table.Column{{ID: "team", Title: "Team"}}
	if len(teams) > matrixMax {
		t.Empty = fmt.Sprintf("%d teams make too wide a matrix: table pairs lists the same, the strongest first", len(teams))
		return t
	}
	t.Empty = "no dependency between two teams is recorded"
	for n, team := range teams {
		t.Columns = append(t.Columns, table.Column{ID: fmt.Sprintf("on_%d", n+1), Title: s.label(team), Unit: "", Kind: table.Whole})
	}
	items := map[[2]work.TeamID]int{}
	for _, p := range s.deps.Pairs() {
		items[[2]work.TeamID{p.From, p.To}] = p.Items
	}
	for _, from := range teams {
		cells := []table.Cell{table.Words(s.label(from))}
		for _, to := range teams {
			cells = append(cells, table.Count(items[[2]work.TeamID{from, to}]))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// matrixTeams are the teams that depend on others, or others on them.
func (s *Scan) matrixTeams() []work.TeamID {
	in := map[work.TeamID]bool{}
	for _, p := range s.crossPairs() {
		in[p.From], in[p.To] = true, true
	}
	var out []work.TeamID
	for t := range s.view.Teams {
		if in[work.TeamID(t)] {
			out = append(out, work.TeamID(t))
		}
	}
	return out
}
