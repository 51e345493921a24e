package reports

import (
	"fmt"
	"slices"

	"smokestack/analysis/change"
	"smokestack/reports/table"
)

// comparedRow is one measure of one row, in two half years.
type comparedRow struct {
	row
	s *Scan
	j change.Judged
}

var comparedColumns = []column[comparedRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 20}, func(r comparedRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "measure", Title: "Measure"}, func(r comparedRow) table.Cell { return table.Words(r.j.Name) }},
	{table.Column{ID: "id", Title: "Id", Drop: 7}, func(r comparedRow) table.Cell { return table.Words(r.j.ID) }},
	{table.Column{ID: "before", Title: "Before", Kind: table.Number, Digits: 1, Measure: true, Drop: 4}, func(r comparedRow) table.Cell { return measure(r.j.Before) }},
	{table.Column{ID: "now", Title: "Now", Kind: table.Number, Digits: 1, Measure: true, Drop: 3}, func(r comparedRow) table.Cell { return measure(r.j.Now) }},
	{table.Column{ID: "unit", Title: "Unit", Drop: 6}, func(r comparedRow) table.Cell { return table.Words(r.j.Unit) }},
	{table.Column{ID: "ratio", Title: "Change", Unit: "×", Kind: table.Number, Digits: 2, Measure: true, Interval: true, Drop: 1}, func(r comparedRow) table.Cell { return measure(r.j.Ratio) }},
	{table.Column{ID: "verdict", Title: "Verdict"}, comparedRow.verdict},
	{table.Column{ID: "band", Title: "Band", Quiet: true, Drop: 5}, comparedRow.band},
	{table.Column{ID: "p", Title: "p", Kind: table.Number, Digits: 3, Drop: 8}, func(r comparedRow) table.Cell { return table.Num(r.j.P) }},
	{table.Column{ID: "this_week", Title: "This scan", Drop: 9}, func(r comparedRow) table.Cell { return table.Words(r.j.Raw.String()) }},
	{table.Column{ID: "last_week", Title: "A week ago", Drop: 10}, func(r comparedRow) table.Cell { return table.Words(r.j.Earlier.String()) }},
	{table.Column{ID: "reason", Title: "Reason", Quiet: true, Key: true}, func(r comparedRow) table.Cell { return words(r.j.Because) }},
	{table.Column{ID: "needs", Title: "Needs", Quiet: true, Drop: 2}, func(r comparedRow) table.Cell { return r.s.needs(r.j.Needs) }},
	{table.Column{ID: "needs_have", Title: "Have", Kind: table.Whole, Quiet: true, Key: true}, func(r comparedRow) table.Cell { return needCell(r.j.Needs, func(n *change.Need) int { return n.Have }) }},
	{table.Column{ID: "needs_need", Title: "Need", Kind: table.Whole, Quiet: true, Key: true}, func(r comparedRow) table.Cell { return needCell(r.j.Needs, func(n *change.Need) int { return n.Need }) }},
	{table.Column{ID: "needs_by", Title: "By", Kind: table.Instant, Quiet: true, Key: true}, func(r comparedRow) table.Cell { return needBy(r.j.Needs) }},
}

// verdict is what is said, and why where nothing can be.
func (r comparedRow) verdict() table.Cell { return noted(r.j.Verdict.String(), r.j.Because) }

// words is a text, blank if there is none.
func words(text string) table.Cell {
	if text == "" {
		return table.Blank()
	}
	return table.Words(text)
}

// noted is a text with a footnote, if there is one.
func noted(text, why string) table.Cell {
	if why == "" {
		return table.Words(text)
	}
	return table.Words(text).Note(why)
}

// band is what was agreed for the measure.
func (r comparedRow) band() table.Cell {
	if r.j.Band == nil {
		return table.Blank()
	}
	return table.Words(change.BandWords(*r.j.Band))
}

// changeTable compares the last half year with the one before.
func (s *Scan) changeTable() table.Table {
	var rows []comparedRow
	for _, r := range s.realRows() {
		for _, k := range s.tested[r.key()] {
			rows = append(rows, comparedRow{r, s, s.family.Tests[k]})
		}
	}
	to := s.now.View.T + 1
	recent := s.window(to, change.HalfYear)
	t := fill("change", "Changes: "+s.weeks(recent)+" against the half year before", comparedColumns, rows)
	t.Empty = "nothing left in these weeks"
	if !slices.ContainsFunc(rows, func(r comparedRow) bool { return r.j.Needs != nil }) {
		dropFirst(t, "needs")
	}
	if !slices.ContainsFunc(rows, func(r comparedRow) bool { return r.j.Band != nil }) {
		dropFirst(t, "band")
	}
	t.Notes = []string{
		fmt.Sprintf("Change: now over before, with its 95 %% interval. Cycle time by what began in each half year, each as known at its own end, among items of one team, type and third of estimates; throughput by weeks; batches by the logarithm of their children. A verdict holds if this scan and the one of a week earlier agree, each with one correction (Benjamini-Hochberg, %.0f %% false discoveries) over its %s, and if the change is ×1.2 at least. Steady, or working for now where a band is agreed: the 90 %% interval lies within ÷1.3 and ×1.3. Discuss: in both scans, for eight weeks, outside the agreed bands on the worse side, by measures of two kinds.",
			100*change.FalseDiscovery, table.Plural(s.family.M, "eligible test", "eligible tests")),
		"Can't tell is the usual answer for one team: half a year of eight items a week shows half as much again in throughput, and twice the cycle time. Not tested are lead time, the batches of one team, and work in progress, which like ages and other stocks never is: the values of both half years are there, and what one is over the other. Needs: what is there of what it takes, and by when it will be; without a day, at the present rate never.",
	}
	return t
}

// dropFirst makes a column the first to go on a narrow terminal.
func dropFirst(t table.Table, id string) {
	for k := range t.Columns {
		if t.Columns[k].ID == id {
			t.Columns[k].Drop = 100
		}
	}
}

// verdictOf returns what was said of a measure of a row, in short, for the tables
// where its value stands.
func (s *Scan) verdictOf(r row, m change.Measure) table.Cell {
	for _, k := range s.tested[r.key()] {
		j := s.family.Tests[k]
		if j.ID != m.ID {
			continue
		}
		c := table.Words(verdictWords[j.Verdict])
		if j.Because != "" {
			return c.Note("verdict: " + j.Because)
		}
		return c
	}
	return table.Blank()
}

var verdictWords = map[change.Verdict]string{
	change.CantTell: "can't tell", change.Discuss: "discuss", change.Better: "better", change.Worse: "worse",
	change.Changed: "changed", change.Working: "working", change.Steady: "steady", change.Untested: "not tested",
}

// key is the row as changes know it.
func (r row) key() change.Row {
	if r.all {
		return change.Row{All: true}
	}
	return change.Row{Team: r.team}
}

// testedRows lists the tests of every row, in their order.
func testedRows(f change.Family) map[change.Row][]int {
	out := map[change.Row][]int{}
	for k, j := range f.Tests {
		r := row{all: j.All, team: j.Team}.key()
		out[r] = append(out[r], k)
	}
	return out
}
