package reports

import (
	"smokestack/analysis/batch"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// releaseRow is the releases of one team's items.
type releaseRow struct {
	row
	r batch.ReleaseRow
	c batch.Clumping
}

var releaseColumns = []column[releaseRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 20}, func(r releaseRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "releases", Title: "Releases", Kind: table.Whole}, func(r releaseRow) table.Cell { return table.Count(r.r.Count) }},
	{table.Column{ID: "size_p50", Title: "Size P50", Unit: "items", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 1}, func(r releaseRow) table.Cell { return measure(r.r.Size(0.50)) }},
	{table.Column{ID: "size_p85", Title: "P85", Unit: "items", Kind: table.Number, Digits: 1, Measure: true, Drop: 4}, func(r releaseRow) table.Cell { return measure(r.r.Size(0.85)) }},
	{table.Column{ID: "experienced", Title: "Experienced", Unit: "items", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 3}, func(r releaseRow) table.Cell { return measure(r.r.Experienced()) }},
	{table.Column{ID: "wait", Title: "Wait", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 2}, func(r releaseRow) table.Cell { return percent(r.r.Wait()) }},
	{table.Column{ID: "clumping", Title: "Clumping", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 5}, func(r releaseRow) table.Cell { return measure(r.c.Ratio) }},
	{table.Column{ID: "clumping_p", Title: "p", Kind: table.Number, Digits: 3, Drop: 6}, func(r releaseRow) table.Cell { return table.Num(r.c.P.Either) }},
	{table.Column{ID: "burstiness", Title: "Burstiness", Kind: table.Number, Digits: 2, Measure: true, Interval: true, Drop: 7}, func(r releaseRow) table.Cell { return measure(r.c.Burst) }},
	{table.Column{ID: "late", Title: "Named late", Unit: "items", Kind: table.Whole, Drop: 8}, func(r releaseRow) table.Cell { return table.Count(r.r.Late) }},
}

// releasesTable is in how large and how regular pieces work went out (B3–B5).
func (s *Scan) releasesTable() table.Table {
	org, teams := s.batch.Releases()
	var rows []releaseRow
	if org.Count > 0 {
		rows = append(rows, releaseRow{row{label: "Organisation", all: true}, org, org.Clumping()})
	}
	shown, without := s.rowsWith(func(t work.TeamID) bool { return teams[t].Count > 0 })
	for _, r := range shown {
		rows = append(rows, releaseRow{r, teams[r.team], teams[r.team].Clumping()})
	}
	t := fill("releases", "Releases, "+s.weeks(s.batch.Window), releaseColumns, rows)
	if org.Count == 0 {
		t.Empty = org.Size(0.5).Why
		return t
	}
	t.Notes = []string{
		"A release is a version that is out, with the finished items that name it; a team's row holds its own items of it. Experienced: the size of the release in which a typical item went out (Σn²/Σn). Wait: of the time from the start of items to their release, the part after their finish. n of the sizes is Releases, of the wait those of them with an item whose start is known.",
		"Clumping: variance of the weekly number of releases over its mean, 1 where they come by chance, above where they come in clumps; p against 1. Burstiness of the gaps: -1 a clockwork, about 0 chance, towards 1 few bursts; a regular week makes it negative, which is not to say good. Named late: items that left more than a day after the release that names them; in its size, not in the wait.",
	}
	if len(without) > 0 {
		t.Notes = append(t.Notes, "Without a row, since no item of theirs went out in a release in these weeks: "+table.List(without, 40)+".")
	}
	return t
}
