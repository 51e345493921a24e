package reports

import (
	"fmt"
	"math"
	"slices"

	"smokestack/analysis/batch"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// batchRow is the batches of one team.
type batchRow struct {
	row
	b        batch.Row
	measured batch.Follow
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

// lockColumns are columns of the same table behind those.
var lockColumns = []column[batchRow]{
	{table.Column{ID: "dropped_share", Title: "Dropped share", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 10}, func(r batchRow) table.Cell { return percent(r.b.Drops()) }},
	{table.Column{ID: "scope_lock", Title: "Scope lock P50", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 6}, func(r batchRow) table.Cell { return percent(r.b.Lock()) }},
	{table.Column{ID: "lock_n", Title: "Lock n", Unit: "batches", Kind: table.Whole, Drop: 13}, func(r batchRow) table.Cell { return table.Count(r.b.Lock().N) }},
	{table.Column{ID: "locked", Title: "Locked", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 11}, func(r batchRow) table.Cell { return percent(r.b.Locked()) }},
}

// pointColumn is a column of the same table where there are story points, and
// measuredColumns are where an outcome can be told.
var (
	pointColumn     = column[batchRow]{table.Column{ID: "points_p50", Title: "Points P50", Unit: "points", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 12}, func(r batchRow) table.Cell { return measure(r.b.Points()) }}
	measuredColumns = []column[batchRow]{
		{table.Column{ID: "measured", Title: "Measured", Unit: "in 90 d", Drop: 3}, batchRow.measuredOf},
		{table.Column{ID: "measured_hits", Title: "Measured", Unit: "batches", Kind: table.Whole, Key: true}, func(r batchRow) table.Cell { return table.Count(r.measured.Hits) }},
		{table.Column{ID: "measured_of", Title: "Of", Unit: "batches", Kind: table.Whole, Key: true}, func(r batchRow) table.Cell { return table.Count(r.measured.Of) }},
		{table.Column{ID: "measured_early", Title: "Too early", Unit: "batches", Kind: table.Whole, Key: true}, func(r batchRow) table.Cell { return table.Count(r.measured.Early) }},
	}
)

// followDays is how long after its finish a batch may be measured (S01).
const followDays = 90

// measuredOf is the fact: so many of so many. Of none nothing can be told.
func (r batchRow) measuredOf() table.Cell {
	if r.measured.Of == 0 {
		return table.Words("can't tell")
	}
	return table.Words(fmt.Sprintf("%d of %d", r.measured.Hits, r.measured.Of))
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
			rows = append(rows, batchRow{r, b, s.batch.MeasuredWithin(b, followDays)})
		}
	}
	columns := slices.Concat(batchColumns, lockColumns)
	points, outcomes := org.Points().N > 0, s.batch.MeasuredWithin(org, followDays)
	if points {
		columns = append(columns, pointColumn)
	}
	if outcomes.Why == "" {
		columns = append(columns, measuredColumns...)
	}
	if len(s.view.Pulls) > 0 {
		columns = append(columns, sizedColumns...)
	}
	t := fill("batch", "Batch size, "+s.weeks(s.batch.Window), columns, rows)
	t.Notes = []string{
		"A batch is an epic; where a tracker uses none, an item with sub-items; a milestone where a repository has no sub-issues. It counts for its owner, and is finished when all its children have left and it is done or nothing moved for 28 days. Experienced is the size of the batch that a typical child is part of (Σn²/Σn). n of the sizes is Finished.",
		"Dropped share: of the batches that ended. Scope lock: children created before their batch began, of batches with five children or more (Lock n); locked: those with 80 % or more. A thorough breakdown is no convergence on a solution.",
	}
	if points {
		t.Notes = append(t.Notes, "Points: of the children, as estimated when they left; n is the batches that have some. They mean something within one team alone.")
	}
	t.Notes = append(t.Notes, s.followed(outcomes), s.elasticity())
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

// followed says what is told of outcomes.
func (s *Scan) followed(f batch.Follow) string {
	if f.Why != "" {
		return "Whether batches were measured after they finished can't be told: " + f.Why + " (outcome in the configuration)."
	}
	text := fmt.Sprintf("Measured: finished batches with an outcome within %d days, of those whose %d days are over", followDays, followDays)
	if f.Early > 0 {
		text += "; those of " + table.Thousands(f.Early) + " more are not"
	}
	return text + "."
}

// elasticity says how time goes with size (B6).
func (s *Scan) elasticity() string {
	e := s.batch.Elasticity()
	if !e.Slope.Known() {
		return "How the time that batches take goes with their size can't be told: " + e.Slope.Why + "."
	}
	text := fmt.Sprintf("Organisation, over all history: days go with children to the power of %s, so that twice the children go with ×%.1f the days.", power(e.Slope), math.Exp2(e.Slope.Value))
	if !e.Early.Known() {
		return text + " With the children of 14 days after the start: can't tell: " + e.Early.Why + "."
	}
	return text + fmt.Sprintf(" With the children of 14 days after the start: %s. Where that is clearly lower, time made the size, and not size the time.", power(e.Early))
}

func power(e stats.Estimate) string {
	if !e.Bounded() {
		return fmt.Sprintf("%.2f (no interval: %s; n %s)", e.Value, e.Why, table.Thousands(e.N))
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f, n %s)", e.Value, e.Low, e.High, table.Thousands(e.N))
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
