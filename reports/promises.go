package reports

import (
	"smokestack/analysis/flow"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// promiseRow is what one team promised.
type promiseRow struct {
	row
	p flow.Promises
	s flow.Sprints
}

var promiseColumns = []column[promiseRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r promiseRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "open", Title: "Open", Unit: "batches", Kind: table.Whole, Drop: 3}, func(r promiseRow) table.Cell { return table.Count(r.p.Open.N) }},
	{table.Column{ID: "promised", Title: "Promised", Unit: "batches", Kind: table.Number, Digits: 0, Measure: true}, func(r promiseRow) table.Cell { return measure(r.p.Open) }},
	{table.Column{ID: "overdue", Title: "Overdue", Unit: "batches", Kind: table.Number, Digits: 0, Measure: true}, func(r promiseRow) table.Cell { return measure(r.p.Overdue) }},
	{table.Column{ID: "sprints", Title: "Sprints", Unit: "closed", Kind: table.Whole, Drop: 2}, func(r promiseRow) table.Cell { return table.Count(r.s.Closed) }},
	{table.Column{ID: "sprint_items", Title: "In them", Unit: "items", Kind: table.Whole, Drop: 4}, func(r promiseRow) table.Cell { return table.Count(r.s.Carry.N) }},
	{table.Column{ID: "carried", Title: "Carried over", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 1}, func(r promiseRow) table.Cell { return percent(r.s.Carry) }},
	{table.Column{ID: "added", Title: "Added after start", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 1}, func(r promiseRow) table.Cell { return percent(r.s.Added) }},
}

// promisesTable is what is promised and not kept yet, by team (F10–F12).
func (s *Scan) promisesTable() table.Table {
	org, teams := s.flow.Promises(s.batch.Batches)
	inOrg, inTeams := s.flow.Sprints()
	var rows []promiseRow
	unknown := 0
	for _, r := range s.promiseRows(teams) {
		if r.all {
			rows = append(rows, promiseRow{r, org, inOrg})
			unknown = org.Unknown
			continue
		}
		rows = append(rows, promiseRow{r, teams[r.team], inTeams[r.team]})
	}
	t := fill("promises", "Promises, "+s.weeks(s.flow.Window), promiseColumns, rows)
	t.Notes = []string{
		"Promised: batches open at the end of these weeks with a due date, or in a release that is not out; overdue: the due day is over. Batches without children and drawers count, too. Of sprints that closed in these weeks, all their items together: carried over, neither finished nor dropped at the close (n: In them); added, more than a day after the start. An item in several sprints counts in each. None of this is good or bad in itself.",
	}
	if unknown > 0 {
		t.Notes = append(t.Notes, table.Plural(unknown, "batch was", "batches were")+" open when what is known of them ended: in no number here.")
	}
	return t
}

// promiseRows are the rows of other tables, and teams that have no items and open
// batches: planning repositories.
func (s *Scan) promiseRows(teams []flow.Promises) []row {
	out := s.rows()
	for t, p := range teams {
		if id := work.TeamID(t); id > work.Several && p.Open.N > 0 && s.chosen(id) && !s.busy(id) {
			out = append(out, row{label: s.label(id), team: id})
		}
	}
	return out
}
