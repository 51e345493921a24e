package reports

import (
	"fmt"
	"maps"
	"slices"

	"smokestack/analysis/flow"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// pullsRow is the pull requests of one team.
type pullsRow struct {
	row
	p *flow.Pulls
}

var pullsColumns = []column[pullsRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r pullsRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "merged", Title: "Merged", Kind: table.Whole}, func(r pullsRow) table.Cell { return table.Count(len(r.p.Merged)) }},
	{table.Column{ID: "closed", Title: "Closed", Kind: table.Whole, Drop: 9}, func(r pullsRow) table.Cell { return table.Count(len(r.p.Closed)) }},
	{table.Column{ID: "open", Title: "Open", Kind: table.Number, Digits: 0, Measure: true, Drop: 4}, func(r pullsRow) table.Cell { return measure(r.p.OpenNow()) }},
	{table.Column{ID: "lead_p50", Title: "Lead P50", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 1}, func(r pullsRow) table.Cell { return measure(r.p.Lead(0.50)) }},
	{table.Column{ID: "lead_p85", Title: "P85", Unit: "d", Kind: table.Number, Digits: 0, Measure: true, Drop: 7}, func(r pullsRow) table.Cell { return measure(r.p.Lead(0.85)) }},
	{table.Column{ID: "reviewed", Title: "Reviewed", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 2}, func(r pullsRow) table.Cell { return percent(r.p.Reviewed()) }},
	{table.Column{ID: "first_review_p50", Title: "First review", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Drop: 3}, func(r pullsRow) table.Cell { return measure(r.p.FirstReview(0.50)) }},
	{table.Column{ID: "reviewers", Title: "Reviewers", Unit: "people/pull request", Kind: table.Number, Digits: 1, Measure: true, Drop: 10}, func(r pullsRow) table.Cell { return measure(r.p.Reviewers()) }},
	{table.Column{ID: "lines_p50", Title: "Lines P50", Unit: "lines", Kind: table.Number, Digits: 0, Measure: true, Drop: 5}, func(r pullsRow) table.Cell { return measure(r.p.Lines(0.50)) }},
	{table.Column{ID: "lines_p85", Title: "Lines P85", Unit: "lines", Kind: table.Number, Digits: 0, Measure: true, Drop: 11}, func(r pullsRow) table.Cell { return measure(r.p.Lines(0.85)) }},
	{table.Column{ID: "left_out", Title: "Generated", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 12}, func(r pullsRow) table.Cell { return percent(r.p.LeftOut()) }},
	{table.Column{ID: "no_item", Title: "No item", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 6}, func(r pullsRow) table.Cell { return percent(r.p.NoItem()) }},
	{table.Column{ID: "for_others", Title: "For others", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 8}, func(r pullsRow) table.Cell { return percent(r.p.ForOthers()) }},
}

// pullsTable is the pull requests, by team.
func (s *Scan) pullsTable() table.Table {
	org, teams := s.flow.Pulls()
	var rows []pullsRow
	if org != nil {
		rows = append(rows, pullsRow{row{label: "Organisation", all: true}, org})
		for t := range teams {
			if id := work.TeamID(t); id > work.Several && teams[t].Any() && s.chosen(id) {
				rows = append(rows, pullsRow{row{label: s.label(id), team: id}, teams[t]})
			}
		}
		for _, id := range []work.TeamID{work.Several, work.NoTeam} {
			if teams[id].Any() && s.chosen(id) {
				rows = append(rows, pullsRow{row{label: s.label(id), team: id}, teams[id]})
			}
		}
	}
	t := fill("pulls", "Pull requests, "+s.weeks(s.flow.Window), pullsColumns, rows)
	if org == nil {
		t.Empty = "no source has pull requests"
		return t
	}
	t.Notes = []string{
		"Merged and closed (without a merge) in the window, open at its end. Lead: from creation to merge. Reviewed, first review and reviewers: by somebody else than the author, before the merge; first review is of those that had one. Lines: added and deleted, without generated, vendored and lock files as far as paths are told (Generated). No item: carrying none (no key, no closing word) and being none: in a repository without issues such a pull request counts as an item itself. For others: carrying an item of another team. n is Merged.",
	}
	if org.Bots > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Left out: %s that bots opened.", table.Plural(org.Bots, "pull request", "pull requests")))
	}
	return t
}

// codeTable is whose code carries whose items, as a matrix.
func (s *Scan) codeTable() table.Table {
	t := table.Table{ID: "code", Title: "Merged pull requests of the row's team that carry an item of the column's, " + s.weeks(s.flow.Window)}
	t.Columns = []table.Column{{ID: "team", Title: "Team", Shrink: true}}
	carried, teams := s.carriedBetween()
	if len(teams) == 0 {
		t.Empty = "no merged pull request of a single team carries an item of a single team in these weeks"
		return t
	}
	if len(teams) > matrixMax {
		t.Empty = fmt.Sprintf("%d teams make too wide a matrix: see the column for others of table pulls", len(teams))
		return t
	}
	t.Notes = []string{"The team of a pull request is that of its repository or paths, by the rules for teams; that of an item is its own. What no single team owns is left out."}
	return s.crossTable(t, teams, carried)
}

// carriedBetween counts the merged pull requests by team and by the team of what
// they carry, and lists the teams, as far as shown.
func (s *Scan) carriedBetween() (between, []work.TeamID) {
	out, in := between{}, map[work.TeamID]bool{}
	_, teams := s.flow.Pulls()
	for from := range teams {
		for to, n := range teams[from].For() {
			if id := work.TeamID(from); id > work.Several && (s.chosen(id) || s.chosen(to)) {
				out[[2]work.TeamID{id, to}] = n
				in[id], in[to] = true, true
			}
		}
	}
	return out, slices.Sorted(maps.Keys(in))
}
