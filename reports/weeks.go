package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/stats"
	"smokestack/reports/table"
)

// seriesOf is one weekly series with what is usual for it.
type seriesOf struct {
	name   string
	values []float64 // of the known weeks
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
	from   fact.Instant
	week   int
	series *[manySeries]seriesOf
}

func weekColumn(id, title string, digits, drop, which int) column[weekOf] {
	return column[weekOf]{
		table.Column{ID: id, Title: title, Unit: "items", Kind: table.Number, Digits: digits, Measure: true, Drop: drop},
		func(r weekOf) table.Cell { return r.series[which].cell(r.week) },
	}
}

var weeksColumns = []column[weekOf]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 20}, func(r weekOf) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "week", Title: "Week from", Kind: table.Instant}, func(r weekOf) table.Cell { return instant(r.from) }},
	weekColumn("created", "Created", 0, 0, created),
	weekColumn("started", "Started", 0, 0, started),
	weekColumn("finished", "Finished", 0, 0, finished),
	weekColumn("dropped", "Dropped", 0, 0, dropped),
	weekColumn("wip", "WIP", 1, 0, progress),
}

// cell is a value of a week, marked where it stands out.
func (s *seriesOf) cell(week int) table.Cell {
	switch {
	case s.why != "":
		return measure(stats.Unknown(0, s.why))
	case week >= len(s.values):
		return measure(stats.Unknown(0, "what is known ends before this week does"))
	}
	v := s.values[week]
	c := measure(stats.Census(v, int(math.Round(v))))
	if slices.Contains(s.chart.Outside, week) {
		return c.Note("outside of what is routine here")
	}
	if slices.Contains(s.chart.Runs, week) {
		return c.Note("one of eight weeks or more in a row on one side of the mean")
	}
	return c
}

// note says what is usual for a series, and where it goes.
func (s *seriesOf) note() string {
	if s.why != "" {
		return fmt.Sprintf("%s: can't tell: %s", s.name, s.why)
	}
	if math.IsNaN(s.chart.Mean) {
		return fmt.Sprintf("%s: no limits: %s", s.name, s.chart.Why)
	}
	text := fmt.Sprintf("%s: mean %.1f, by routine %.1f to %.1f", s.name, s.chart.Mean, s.chart.Low, s.chart.High)
	if s.chart.Why != "" {
		text += " (" + s.chart.Why + ": no week is marked)"
	}
	if e := s.trend.Slope; e.Known() {
		text += fmt.Sprintf("; trend %+.2f a week", e.Value)
		if e.Bounded() {
			text += fmt.Sprintf(" (%.2f to %.2f)", e.Low, e.High)
		} else if e.Why != "" {
			text += " (" + e.Why + ")"
		}
	}
	if p := s.trend.P.Either; !math.IsNaN(p) {
		text += fmt.Sprintf(", p %.2f", p)
	}
	return text
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
		{name: "WIP", values: wip, why: s.Why},
	}
	for k := range out {
		out[k].chart, out[k].trend = stats.XmR(out[k].values), stats.MannKendall(out[k].values)
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
			rows = append(rows, weekOf{r, of.Window.Bounds[k], k, series})
		}
		var parts []string
		for k := range series {
			parts = append(parts, series[k].note())
		}
		notes = append(notes, r.label+". "+strings.Join(parts, ". ")+".")
	}
	t := fill("weeks", "Weeks, "+s.weeks(s.flow.Window), weeksColumns, rows)
	t.Notes = append([]string{
		"WIP is the average over the week. Started and WIP go by the starts that count in table flow. By routine: mean ± 2.66 times the mean distance of neighbouring weeks (XmR); one week in 200 is outside by chance. Trend: the median slope (Theil-Sen), p by Mann-Kendall, which is too small where weeks resemble their neighbours. Remarks, no alarms and no verdicts.",
	}, notes...)
	if len(s.in.Teams) == 0 {
		t.Notes = append(t.Notes, "--team NAME shows the weeks of a team, too.")
	}
	return t
}
