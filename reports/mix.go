package reports

import (
	"math"
	"slices"

	"smokestack/analysis/mix"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// mixRow is one category of one row's work.
type mixRow struct {
	row
	s        *Scan
	m        mix.Row
	category work.CategoryID
	first    bool // of its row
}

var mixColumns = []column[mixRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 20}, func(r mixRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "category", Title: "Category", Shrink: true, Least: 16}, func(r mixRow) table.Cell { return table.Words(r.s.categoryName(r.category)) }},
	{table.Column{ID: "time", Title: "Of the time", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true}, func(r mixRow) table.Cell { return percent(r.m.Days[r.category]) }},
	{table.Column{ID: "items", Title: "Of finished items", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 2}, func(r mixRow) table.Cell { return percent(r.m.Items[r.category]) }},
	{table.Column{ID: "plan", Title: "Plan", Unit: "%", Kind: table.Number, Digits: 0, Quiet: true, Drop: 1}, mixRow.plan},
}

func (r mixRow) plan() table.Cell {
	if !r.s.view.Planned {
		return table.Blank()
	}
	return table.Num(100 * r.s.view.Categories[r.category].Plan)
}

func (s *Scan) categoryName(c work.CategoryID) string {
	if int(c) >= len(s.view.Categories) {
		return "(unlabelled)"
	}
	return s.view.Categories[c].Name
}

// leastShown is the share, in time and in items, below which a category of types
// that nobody configured goes without a row.
const leastShown = 0.005

// mixTable is what time and items went into (A1).
func (s *Scan) mixTable() table.Table {
	var rows []mixRow
	hidden := 0
	for _, r := range s.realRows() {
		m := s.now.Mix.Org
		if !r.all {
			m = s.now.Mix.Teams[r.team]
		}
		first := true
		for k := range m.Days {
			share := max(zero(m.Days[k]), zero(m.Items[k]))
			if share < leastShown && !(s.view.Planned && s.view.Categories[k].Plan > 0) {
				if share > 0 {
					hidden++
				}
				continue
			}
			rows = append(rows, mixRow{r, s, m, work.CategoryID(k), first})
			first = false
		}
	}
	t := fill("mix", "Mix of work, "+s.weeks(s.flow.Window), mixColumns, rows)
	t.Empty = "nobody is known to have worked on anything in these weeks, and nothing finished"
	t.Notes = []string{
		"Of the time: person-days, a day of somebody who did anything, split equally over the items that they acted on or were assigned to in progress. Of finished items: their number. The two differ as a rule. The mix is what came of many decisions, and no target.",
	}
	if !s.view.Planned {
		t.Notes = append(t.Notes, "Categories and a plan are those of the configuration (mix); without one, the types of items.")
	}
	if hidden > 0 {
		t.Notes = append(t.Notes, "Without a row: "+table.Plural(hidden, "category", "categories")+" below 0.5 % in a row's time and items.")
	}
	return t
}

// zero is an estimate's value, 0 where it has none.
func zero(e stats.Estimate) float64 {
	if !e.Known() {
		return 0
	}
	return e.Value
}

// driftRow is how far one row's mix moved.
type driftRow struct {
	row
	m mix.Row
	s *Scan
}

var driftColumns = []column[driftRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r driftRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "past", Title: "From its past", Unit: "d", Kind: table.Number, Digits: 2, Measure: true}, func(r driftRow) table.Cell { return drift(r.m.Drift) }},
	{table.Column{ID: "past_chance", Title: "By chance up to", Kind: table.Number, Digits: 2}, func(r driftRow) table.Cell { return table.Num(r.m.Drift.Null) }},
	{table.Column{ID: "past_p", Title: "p", Kind: table.Number, Digits: 3, Drop: 3}, func(r driftRow) table.Cell { return table.Num(r.m.Drift.P) }},
	{table.Column{ID: "plan", Title: "From the plan", Unit: "d", Kind: table.Number, Digits: 2, Measure: true, Drop: 2}, func(r driftRow) table.Cell { return drift(r.m.Plan) }},
	{table.Column{ID: "plan_chance", Title: "By chance up to", Kind: table.Number, Digits: 2, Drop: 2}, func(r driftRow) table.Cell { return table.Num(r.m.Plan.Null) }},
	{table.Column{ID: "plan_p", Title: "p", Kind: table.Number, Digits: 3, Drop: 3}, func(r driftRow) table.Cell { return table.Num(r.m.Plan.P) }},
	{table.Column{ID: "batches", Title: "Batches", Kind: table.Whole, Drop: 4}, func(r driftRow) table.Cell { return table.Count(r.m.Drift.D.N) }},
	{table.Column{ID: "needs", Title: "Needs", Quiet: true, Drop: 1}, driftRow.needs},
}

// needs is what a comparison with the past is short of.
func (r driftRow) needs() table.Cell {
	if r.m.Drift.D.Known() {
		return table.Blank()
	}
	return r.s.needs(r.s.yearOf(r.row))
}

// drift marks what chance alone would explain.
func drift(d mix.Drift) table.Cell {
	c := measure(d.D)
	if d.D.Known() && !math.IsNaN(d.Null) && d.D.Value <= d.Null {
		return c.Note("no further than chance goes in 95 of 100 cases")
	}
	return c
}

// driftTable is how far the mix moved (A2).
func (s *Scan) driftTable() table.Table {
	var rows []driftRow
	for _, r := range s.realRows() {
		m := s.now.Mix.Org
		if !r.all {
			m = s.now.Mix.Teams[r.team]
		}
		rows = append(rows, driftRow{r, m, s})
	}
	t := fill("drift", "Drift of the mix: "+s.weeks(s.window(s.view.T+1, 26))+" against the half year before", driftColumns, rows)
	if !slices.ContainsFunc(rows, func(r driftRow) bool { return !r.m.Drift.D.Known() && s.yearOf(r.row) != nil }) {
		dropFirst(t, "needs")
	}
	t.Notes = []string{
		"d: the distance between two mixes of time, 0 for equal ones and 1 for such that share nothing; ten of a hundred days that went from one category to another are about 0.1. Even without a change it is above 0: by chance up to says how far it goes in 95 of 100 cases if whole batches are dealt to the half years at random (from the plan: redrawn). A diagnostic: whether somebody decided the change it cannot tell.",
	}
	return t
}
