package reports

import (
	"smokestack/analysis/batch"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// kindRow is the batches of one team by their kind.
type kindRow struct {
	row
	k     batch.KindRow
	goals bool // there are any, without which nothing is a mission
}

const whyNoGoals = "nothing is known to be a goal (types in the configuration): missions are among the other kinds"

func kindShare(id, title string, drop int, k batch.Kind) column[kindRow] {
	return column[kindRow]{
		table.Column{ID: id, Title: title, Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: drop},
		func(r kindRow) table.Cell {
			if k == batch.Mission && !r.goals {
				return measure(stats.Unknown(r.k.N, whyNoGoals))
			}
			return percent(r.k.Share(k))
		},
	}
}

var kindColumns = []column[kindRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 20}, func(r kindRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "batches", Title: "Batches", Kind: table.Whole}, func(r kindRow) table.Cell { return table.Count(r.k.N) }},
	kindShare("large", "Large, high-dependency", 0, batch.Large),
	kindShare("mission", "Mission", 2, batch.Mission),
	kindShare("independent", "Independent", 1, batch.Independent),
	kindShare("other", "Other", 3, batch.OtherKind),
}

// kindsTable is what kinds of work there are, by team (METRICS section 1d).
func (s *Scan) kindsTable() table.Table {
	org, teams, batches := s.batch.Kinds()
	goals := s.goals()
	var rows []kindRow
	if org.N > 0 {
		rows = append(rows, kindRow{row{label: "Organisation", all: true}, org, goals})
	}
	shown, idle := s.rowsWith(func(t work.TeamID) bool { return teams[t].N > 0 })
	for _, r := range shown {
		rows = append(rows, kindRow{r, teams[r.team], goals})
	}
	t := fill("kinds", "Kinds of work, "+s.weeks(s.batch.Window), kindColumns, rows)
	t.Empty = "no batch with children finished or was in progress in these weeks"
	t.Notes = []string{
		"Of the batches that finished or were in progress, by owner; the first kind that fits. Large, high-dependency: three teams or more own, carry or are linked to it, and it is of the median size at least. Mission: below a goal, with two people or more who each are on more than half of its items. Independent: one team's, and tied to nothing of others. No kind is better than another.",
	}
	if org.N == 0 {
		return t
	}
	if len(idle) > 0 {
		t.Notes = append(t.Notes, "Without a row, since no such batch is theirs: "+table.List(idle, 40)+".")
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

// goals reports whether anything is a goal.
func (s *Scan) goals() bool {
	for i := range work.ItemID(s.view.Items.Len()) {
		if s.view.Has(i) && s.view.Level(i) == work.LevelGoal {
			return true
		}
	}
	return false
}

// rowsWith returns a row for each chosen team of which something holds, those that
// stand for no single team behind the others, and names those of the other rows of
// which it does not.
func (s *Scan) rowsWith(holds func(work.TeamID) bool) (rows []row, without []string) {
	add := func(id work.TeamID) {
		switch {
		case !s.chosen(id):
		case holds(id):
			rows = append(rows, row{label: s.label(id), team: id})
		case id > work.Several && s.busy(id):
			without = append(without, s.label(id))
		}
	}
	for t := int(work.Several) + 1; t < len(s.view.Teams); t++ {
		add(work.TeamID(t))
	}
	add(work.Several)
	add(work.NoTeam)
	return rows, without
}
