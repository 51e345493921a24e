package reports

import (
	"slices"

	"smokestack/analysis/batch"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// batchRow is the batches of one team.
type batchRow struct {
	row
	b batch.Row
}

var batchColumns = []column[batchRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r batchRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "finished", Title: "Finished", Unit: "batches", Kind: table.Whole}, func(r batchRow) table.Cell { return table.Count(len(r.b.Finished)) }},
	{table.Column{ID: "size_p50", Title: "Size P50", Unit: "children", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 1}, func(r batchRow) table.Cell { return measure(r.b.Size(0.50)) }},
	{table.Column{ID: "size_p85", Title: "P85", Unit: "children", Kind: table.Number, Digits: 1, Measure: true, Drop: 4}, func(r batchRow) table.Cell { return measure(r.b.Size(0.85)) }},
	{table.Column{ID: "experienced", Title: "Experienced", Unit: "children", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 2}, func(r batchRow) table.Cell { return measure(r.b.Experienced()) }},
	{table.Column{ID: "dropped", Title: "Dropped", Unit: "batches", Kind: table.Whole, Drop: 6}, func(r batchRow) table.Cell { return table.Count(r.b.Dropped) }},
	{table.Column{ID: "open", Title: "Open", Unit: "batches", Kind: table.Whole, Drop: 3}, func(r batchRow) table.Cell { return table.Count(r.b.Open) }},
	{table.Column{ID: "childless", Title: "No children", Unit: "batches", Kind: table.Whole, Drop: 7}, func(r batchRow) table.Cell { return table.Count(r.b.Childless) }},
	{table.Column{ID: "drawers", Title: "Drawers", Unit: "batches", Kind: table.Whole, Drop: 8}, func(r batchRow) table.Cell { return table.Count(r.b.Buckets) }},
}

// sizedColumns are columns of the same table where there are pull requests.
var sizedColumns = []column[batchRow]{
	{table.Column{ID: "lines_p50", Title: "Lines P50", Unit: "lines", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 5}, func(r batchRow) table.Cell { return measure(r.b.Lines(0.50)) }},
	{table.Column{ID: "lines_p85", Title: "Lines P85", Unit: "lines", Kind: table.Number, Digits: 0, Measure: true, Drop: 9}, func(r batchRow) table.Cell { return measure(r.b.Lines(0.85)) }},
}

// batchTable is in how large pieces work was delivered, by team.
func (s *Scan) batchTable() table.Table {
	org, teams := s.batch.Rows()
	var rows []batchRow
	for _, r := range s.batchRows(teams) {
		b := org
		if !r.all {
			b = teams[r.team]
		}
		if r.all || owned(b) > 0 || s.view.Teams[r.team].Configured {
			rows = append(rows, batchRow{r, b})
		}
	}
	columns := batchColumns
	if len(s.view.Pulls) > 0 {
		columns = slices.Concat(batchColumns, sizedColumns)
	}
	t := fill("batch", "Batch size, "+s.weeks(s.batch.Window), columns, rows)
	t.Notes = []string{
		"A batch is an epic; where a tracker uses none, an item with sub-items; a milestone where a repository has no sub-issues. It counts for its owner, and is finished when all its children have left and it is done or nothing moved for 28 days. Experienced is the size of the batch that a typical child is part of (Σn²/Σn). n of the sizes is Finished.",
	}
	if len(s.view.Pulls) > 0 {
		t.Notes = append(t.Notes, "Lines: added and deleted by the merged pull requests that carry a batch's items, each once, without generated files; n is the batches that have one.")
	}
	if inferred := s.inferred(org, teams); inferred > 0 {
		t.Notes = append(t.Notes, table.Plural(inferred, "of the finished batches is", "of the finished batches are")+" not closed: all children have left, and nothing moved for 28 days.")
	}
	var idle []string
	for t, b := range teams {
		if id := work.TeamID(t); owned(b) > 0 && s.chosen(id) && !s.busy(id) && !delivered(b) {
			idle = append(idle, s.label(id))
		}
	}
	t.Notes = append(t.Notes, withoutRow(idle)...)
	return t
}

// batchRows are the rows of other tables, and teams that have no items and
// delivered batches: planning repositories.
func (s *Scan) batchRows(teams []batch.Row) []row {
	out := s.rows()
	for t, b := range teams {
		if id := work.TeamID(t); id > work.Several && delivered(b) && s.chosen(id) && !s.busy(id) {
			out = append(out, row{label: s.label(id), team: id})
		}
	}
	return out
}

// delivered reports whether a batch of the row ended in the window.
func delivered(b batch.Row) bool { return len(b.Finished)+b.Dropped > 0 }

// owned counts the batches of a row.
func owned(b batch.Row) int { return len(b.Finished) + b.Dropped + b.Open + b.Childless + b.Buckets }

// inferred counts, of the finished batches shown, those that are not closed.
func (s *Scan) inferred(org batch.Row, teams []batch.Row) int {
	if len(s.in.Teams) == 0 {
		return org.Inferred
	}
	n := 0
	for t, r := range teams {
		if s.chosen(work.TeamID(t)) {
			n += r.Inferred
		}
	}
	return n
}

// buckets names the batches, of the teams shown, that are drawers rather than
// deliveries.
func (s *Scan) buckets() []string {
	var out []string
	for _, b := range s.batch.Batches {
		if b.Bucket && s.chosen(b.Team) {
			out = append(out, s.view.Key(b.Item))
		}
	}
	return out
}
