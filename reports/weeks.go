package reports

import (
	"fmt"
	"math"
	"slices"
	"time"

	"smokestack/analysis/flow"
	"smokestack/analysis/stats"
	"smokestack/reports/table"
)

// seriesOf is one weekly series with what is usual for it.
type seriesOf struct {
	name   string
	values []float64 // of the known weeks
	stock  bool      // a week's value is mostly that of the week before
	chart  stats.Chart
	trend  stats.Trend
	why    string // why it cannot be told
}

// The series, in the order of the columns.
const (
	created = iota
	started
	finished
	dropped
	progress
	manySeries
)

// weekOf is one week of one row.
type weekOf struct {
	row
	day    time.Time
	week   int
	series *[manySeries]seriesOf
}

func weekColumn(id, title string, drop, which int) column[weekOf] {
	return column[weekOf]{
		table.Column{ID: id, Title: title, Unit: "items", Kind: table.Whole, Drop: drop},
		func(r weekOf) table.Cell { return r.series[which].cell(r.week) },
	}
}

// weeksColumns are the columns of the table; people see the team where there are
// several rows of a week.
func weeksColumns(several bool) []column[weekOf] {
	return []column[weekOf]{
		{table.Column{ID: "week", Title: "Week from", Kind: table.Date}, func(r weekOf) table.Cell { return table.At(r.day) }},
		{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 20, Key: !several}, func(r weekOf) table.Cell { return table.Words(r.label) }},
		weekColumn("created", "Created", 2, created),
		weekColumn("started", "Started", 4, started),
		weekColumn("finished", "Finished", 0, finished),
		weekColumn("dropped", "Dropped", 3, dropped),
		{table.Column{ID: "wip", Title: "WIP", Unit: "items", Kind: table.Number, Digits: 1, Drop: 1}, func(r weekOf) table.Cell { return r.series[progress].cell(r.week) }},
	}
}

// cell is a value of a week, marked where it stands out.
func (s *seriesOf) cell(week int) table.Cell {
	switch {
	case s.why != "":
		return table.Blank().Note("can't tell: " + s.why)
	case week >= len(s.values):
		return table.Blank().Note("can't tell: what is known ends before this week does")
	}
	c := table.Num(s.values[week])
	if !s.stock {
		c = table.Count(int(s.values[week]))
	}
	switch {
	case slices.Contains(s.chart.Outside, week):
		return c.Note("outside of what is routine")
	case slices.Contains(s.chart.Runs, week):
		return c.Note("one of eight weeks or more in a row on one side of the mean")
	}
	return c
}

// note says what is usual for a series, and where it goes.
func (s *seriesOf) note() string {
	if s.why != "" {
		return fmt.Sprintf("%s: can't tell: %s.", s.name, s.why)
	}
	if len(s.values) == 0 {
		return s.name + ": can't tell: what is known ends before these weeks do."
	}
	sum := 0.0
	for _, v := range s.values {
		sum += v
	}
	text := fmt.Sprintf("%s: mean %.1f over %s", s.name, sum/float64(len(s.values)), table.Plural(len(s.values), "week", "weeks"))
	switch {
	case s.stock:
		text += ", without limits"
	case s.chart.Why != "":
		text += ", no limits: " + s.chart.Why
	default:
		text += fmt.Sprintf(", by routine %.1f to %.1f", s.chart.Low, s.chart.High)
	}
	text += "; trend " + slope(s.trend.Slope)
	if p := s.trend.P.Either; !s.stock && !math.IsNaN(p) {
		text += ", " + chance(p)
	}
	return text + "."
}

func slope(e stats.Estimate) string {
	switch {
	case !e.Known():
		return "can't tell: " + e.Why
	case !e.Bounded():
		return fmt.Sprintf("%+.2f a week (no interval: %s)", e.Value, e.Why)
	}
	return fmt.Sprintf("%+.2f a week (%.2f to %.2f)", e.Value, e.Low, e.High)
}

func chance(p float64) string {
	if p < 0.01 {
		return "p below 0.01"
	}
	return fmt.Sprintf("p %.2f", p)
}

// seriesOfRow prepares the series of one row.
func seriesOfRow(s flow.Series) *[manySeries]seriesOf {
	wip := make([]float64, s.Known)
	for k := range wip {
		wip[k] = s.WIP(k)
	}
	out := &[manySeries]seriesOf{
		{name: "Created", values: s.Values(func(w flow.Week) int32 { return w.Created })},
		{name: "Started", values: s.Values(func(w flow.Week) int32 { return w.Started }), why: s.Why},
		{name: "Finished", values: s.Values(func(w flow.Week) int32 { return w.Finished })},
		{name: "Dropped", values: s.Values(func(w flow.Week) int32 { return w.Dropped })},
		{name: "WIP", values: wip, why: s.Why, stock: true},
	}
	for k := range out {
		if !out[k].stock {
			out[k].chart = stats.XmR(out[k].values)
		}
		out[k].trend = stats.MannKendall(out[k].values)
	}
	return out
}

// weeksTable is the weeks of the organisation, and of the teams that were asked
// for.
func (s *Scan) weeksTable() table.Table {
	org, teams := s.flow.Weeks()
	show := []row{{label: "Organisation", all: true}}
	if len(s.in.Teams) > 0 {
		show = s.rows()
	}
	var rows []weekOf
	var notes []string
	for _, r := range show {
		of := org
		if !r.all {
			of = teams[r.team]
		}
		series := seriesOfRow(of)
		for k := range of.Window.Weeks() {
			rows = append(rows, weekOf{r, of.Window.Bounds[k].Time().In(s.in.Org.Zone), k, series})
		}
		for k := range series {
			note := series[k].note()
			if len(show) > 1 {
				note = r.label + ", " + note
			}
			notes = append(notes, note)
		}
	}
	t := fill("weeks", "Weeks, "+s.weeks(s.flow.Window), weeksColumns(len(show) > 1), rows)
	t.Notes = append([]string{
		"WIP is the average over the week; it and Started go by the starts that count in table flow. By routine: mean ± 2.66 times the mean step from week to week (XmR); chance alone marks a week in 200. Trend: the median slope (Theil-Sen), p by Mann-Kendall. Where a week resembles the one before, limits, intervals and p are too small; WIP does, so that it has only a slope. Remarks, no alarms, no verdicts.",
	}, notes...)
	if len(s.in.Teams) == 0 {
		t.Notes = append(t.Notes, "--team NAME shows the weeks of a team, too.")
	}
	return t
}
