package reports

import (
	"fmt"
	"math"
	"time"

	"smokestack/analysis/change"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/moment"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// taxRow is the dependency tax of one row.
type taxRow struct {
	row
	s *Scan
	x deps.Tax
}

var taxColumns = []column[taxRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r taxRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "dependent", Title: "Dependent", Unit: "items", Kind: table.Whole}, func(r taxRow) table.Cell { return table.Count(r.x.Dependent) }},
	{table.Column{ID: "rest", Title: "Rest", Unit: "items", Kind: table.Whole, Drop: 2}, func(r taxRow) table.Cell { return table.Count(r.x.Rest) }},
	{table.Column{ID: "tax", Title: "Went with", Unit: "× the time", Kind: table.Number, Digits: 2, Measure: true, Interval: true}, func(r taxRow) table.Cell { return measure(r.x.Shift.Estimate) }},
	{table.Column{ID: "log_rank_p", Title: "Log-rank p", Kind: table.Number, Digits: 3, Quiet: true, Drop: 3}, func(r taxRow) table.Cell { return table.Num(r.x.Check.P) }},
	{table.Column{ID: "unsure", Title: "Unsure", Unit: "items", Kind: table.Whole, Drop: 4}, func(r taxRow) table.Cell { return table.Count(r.x.Unsure) }},
	{table.Column{ID: "needs", Title: "Needs", Quiet: true, Drop: 1}, func(r taxRow) table.Cell { return r.s.needs(r.need()) }},
	{table.Column{ID: "needs_have", Title: "Have", Kind: table.Whole, Quiet: true, Key: true}, func(r taxRow) table.Cell { return needCell(r.need(), func(n *change.Need) int { return n.Have }) }},
	{table.Column{ID: "needs_need", Title: "Need", Kind: table.Whole, Quiet: true, Key: true}, func(r taxRow) table.Cell { return needCell(r.need(), func(n *change.Need) int { return n.Need }) }},
	{table.Column{ID: "needs_by", Title: "By", Kind: table.Instant, Quiet: true, Key: true}, func(r taxRow) table.Cell { return needBy(r.need()) }},
}

// leastDependent is how many dependent items that have others to be compared with
// the dependency tax takes (METRICS D8).
const leastDependent = 30

// need is what the row is short of, nil where that is not what it lacks.
func (r taxRow) need() *change.Need {
	if r.x.Shift.Known() || r.x.Compared >= leastDependent || r.s.year.Gate(slice(r.s.year, r.row)) != "" {
		return nil
	}
	return &change.Need{
		Have: r.x.Compared, Need: leastDependent, Unit: "items",
		By: r.s.reached(r.x.Compared, leastDependent, r.s.year.Window),
	}
}

// reached is when there will be enough of what is counted over the last 52 weeks,
// at the rate of the weeks that there are; 0 where they would never hold so many.
func (s *Scan) reached(have, need int, w work.Window) fact.Instant {
	if have <= 0 {
		return 0
	}
	weeks := int(math.Ceil(float64(need) * float64(w.Weeks()) / float64(have)))
	if weeks > moment.LevelWeeks {
		return 0
	}
	zone := s.in.Org.Zone
	if zone == nil {
		zone = time.UTC
	}
	return fact.At(w.From().Time().In(zone).AddDate(0, 0, 7*weeks))
}

// taxTable is how much longer items took that depended on another team when they
// began (D8).
func (s *Scan) taxTable() table.Table {
	var rows []taxRow
	for _, r := range s.realRows() {
		x := s.now.Taxes.Org
		if !r.all {
			x = s.now.Taxes.Teams[r.team]
		}
		rows = append(rows, taxRow{r, s, x})
	}
	t := fill("tax", "Dependency tax, of what began in "+s.weeks(s.year.Window), taxColumns, rows)
	t.Notes = []string{
		"Dependent: items that depended on another team's in the instant of their start; links that came later do not count, since what is open for long gathers them. Went with: how many times as long they took as the rest, from start to finish or drop, among items of one team, type and third of estimates; open items count with their age. 1: as long. It went with the dependency, which is not to say that it was caused by it: harder work gets linked more.",
		"Log-rank p: a check that the two finish at the same rate, which takes the items of one batch as independent. Unsure: whether they depended on another team cannot be told (the link leads outside of what was pulled or to what no single team owns, or no history tells when it was made); in neither group.",
	}
	t.Notes = append(t.Notes, s.idle()...)
	return t
}

// onTimeRow is the items with so many dependencies.
type onTimeRow struct{ deps.OnTime }

var onTimeColumns = []column[onTimeRow]{
	{table.Column{ID: "dependencies", Title: "Dependencies at the start", Kind: table.Whole}, func(r onTimeRow) table.Cell { return table.Count(r.Dependencies) }},
	{table.Column{ID: "items", Title: "Promised", Unit: "items", Kind: table.Whole}, func(r onTimeRow) table.Cell { return table.Count(r.Share.N) }},
	{table.Column{ID: "on_time", Title: "On time", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true}, func(r onTimeRow) table.Cell { return percent(r.Share) }},
	{table.Column{ID: "fitted", Title: "Fitted p̂ⁿ", Unit: "%", Kind: table.Number, Digits: 0, Drop: 1}, func(r onTimeRow) table.Cell { return table.Num(100 * r.Fitted) }},
}

// onTimeTable is what share of the promised items was on time, by the number of
// their dependencies (D7).
func (s *Scan) onTimeTable() table.Table {
	c := s.now.Chart
	var rows []onTimeRow
	for _, o := range c.Columns {
		rows = append(rows, onTimeRow{o})
	}
	t := fill("ontime", "On time by dependencies, of what began in "+s.weeks(s.year.Window), onTimeColumns, rows)
	t.Empty = "no item that began in these weeks was promised for a day that is over"
	if s.now.ChartWhy != "" {
		t.Empty = "can't tell: " + s.now.ChartWhy
	}
	if c.Undated > 0 {
		t.Notes = append(t.Notes, "Left out: "+table.Plural(c.Undated, "promised item", "promised items")+" with a link of which no history tells when it was made.")
	}
	if len(rows) == 0 {
		return t
	}
	curve := fmt.Sprintf("Fitted: can't tell; it needs 10 promised items with a dependency, and there are %d.", c.P.N)
	if c.P.Known() {
		curve = fmt.Sprintf("Fitted: p̂ⁿ with p̂ = %s, the p that fits %s with a dependency best, if each of n dependencies came in time with the same chance and independently. A picture to talk about, and no forecast.", number(c.P.Value, 2), table.Plural(c.P.N, "item", "items"))
	}
	t.Notes = append([]string{
		"The organisation's items that were promised for a day when they began, and whose day is over. On time: done by its end; dropped ones are left out. Dependencies: those that stood at the start, on whatever team. Brackets hold 95 % intervals (Jeffreys), which take items as independent.",
		curve,
	}, t.Notes...)
	return t
}
