package reports

import (
	"fmt"

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
	{table.Column{ID: "merged", Title: "Merged", Unit: "pull requests", Kind: table.Whole}, func(r pullsRow) table.Cell { return table.Count(len(r.p.Merged)) }},
	{table.Column{ID: "closed", Title: "Closed", Unit: "pull requests", Kind: table.Whole, Drop: 9}, func(r pullsRow) table.Cell { return table.Count(len(r.p.Closed)) }},
	{table.Column{ID: "open", Title: "Open", Unit: "pull requests", Kind: table.Whole, Drop: 8}, func(r pullsRow) table.Cell { return table.Count(len(r.p.Open)) }},
	{table.Column{ID: "lead_p50", Title: "Lead P50", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 1}, func(r pullsRow) table.Cell { return measure(r.p.Lead(0.50)) }},
	{table.Column{ID: "lead_p85", Title: "P85", Unit: "d", Kind: table.Number, Digits: 0, Measure: true, Drop: 5}, func(r pullsRow) table.Cell { return measure(r.p.Lead(0.85)) }},
	{table.Column{ID: "reviewed", Title: "Reviewed", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 2}, func(r pullsRow) table.Cell { return percent(r.p.Reviewed()) }},
	{table.Column{ID: "first_review_p50", Title: "First review", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Drop: 7}, func(r pullsRow) table.Cell { return measure(r.p.FirstReview(0.50)) }},
	{table.Column{ID: "reviewers", Title: "Reviewers", Unit: "people/pull request", Kind: table.Number, Digits: 1, Measure: true, Drop: 10}, func(r pullsRow) table.Cell { return measure(r.p.Reviewers()) }},
	{table.Column{ID: "lines_p50", Title: "Lines P50", Unit: "lines", Kind: table.Number, Digits: 0, Measure: true, Drop: 4}, func(r pullsRow) table.Cell { return measure(r.p.Lines(0.50)) }},
	{table.Column{ID: "lines_p85", Title: "Lines P85", Unit: "lines", Kind: table.Number, Digits: 0, Measure: true, Drop: 11}, func(r pullsRow) table.Cell { return measure(r.p.Lines(0.85)) }},
	{table.Column{ID: "left_out", Title: "Generated", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 12}, func(r pullsRow) table.Cell { return percent(r.p.LeftOut()) }},
	{table.Column{ID: "no_item", Title: "No item", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 3}, func(r pullsRow) table.Cell { return percent(r.p.NoItem()) }},
	{table.Column{ID: "for_others", Title: "For others", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 6}, func(r pullsRow) table.Cell { return percent(r.p.ForOthers()) }},
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
		"Merged and closed (without a merge) in the window, open at its end. Lead: from creation to merge. Reviewed, first review and reviewers: by somebody else than the author, before the merge; first review is of those that had one. Lines: added and deleted, without generated, vendored and lock files. No item: merged without carrying any item (no key, no closing word), nor being one. For others: carrying an item of another team. n is Merged.",
	}
	if org.Bots > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Left out: %s that bots opened.", table.Plural(org.Bots, "pull request", "pull requests")))
	}
	return t
}
