package reports

import (
	"smokestack/analysis/batch"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// kindRow is the batches of one team by their kind.
type kindRow struct {
	row
	k batch.KindRow
}

func kindShare(id, title string, drop int, k batch.Kind) column[kindRow] {
	return column[kindRow]{
		table.Column{ID: id, Title: title, Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: drop},
		func(r kindRow) table.Cell { return percent(r.k.Share(k)) },
	}
}

var kindColumns = []column[kindRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 20}, func(r kindRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "batches", Title: "Batches", Kind: table.Whole}, func(r kindRow) table.Cell { return table.Count(r.k.N) }},
	kindShare("large", "Large, high-dependency", 0, batch.Large),
	kindShare("mission", "Mission", 0, batch.Mission),
	kindShare("independent", "Independent", 0, batch.Independent),
	kindShare("other", "Other", 1, batch.OtherKind),
}

// kindsTable is what kinds of work there are, by team (METRICS section 1d).
func (s *Scan) kindsTable() table.Table {
	org, teams, batches := s.batch.Kinds()
	rows := []kindRow{{row{label: "Organisation", all: true}, org}}
	for t := range teams {
		if id := work.TeamID(t); id > work.Several && teams[t].N > 0 && s.chosen(id) {
			rows = append(rows, kindRow{row{label: s.label(id), team: id}, teams[t]})
		}
	}
	for _, id := range []work.TeamID{work.Several, work.NoTeam} {
		if teams[id].N > 0 && s.chosen(id) {
			rows = append(rows, kindRow{row{label: s.label(id), team: id}, teams[id]})
		}
	}
	if org.N == 0 {
		rows = nil
	}
	t := fill("kinds", "Kinds of work, "+s.weeks(s.batch.Window), kindColumns, rows)
	t.Empty = "no batch with children finished or was in progress in these weeks"
	t.Notes = []string{
		"Of the batches that finished or were in progress, by owner; the first kind that fits. Large, high-dependency: three teams or more own, carry or are linked to it, and it is of the median size at least. Mission: below a goal, with two people or more who each are on more than half of its items. Independent: one team's, and tied to nothing of others. No kind is better than another.",
	}
	unsure := 0
	for _, b := range batches {
		if b.Unsure > 0 && s.chosen(b.Team) {
			unsure++
		}
	}
	if unsure > 0 {
		t.Notes = append(t.Notes, table.Plural(unsure, "batch has", "batches have")+" records that no single team owns: of how many teams it is, may be told too low.")
	}
	return t
}
