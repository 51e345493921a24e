package reports

import (
	"fmt"

	"smokestack/analysis/change"
	"smokestack/analysis/flow"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// flowRow is one team's flow.
type flowRow struct {
	row
	scan  *Scan
	a     *flow.Analysis
	s     *work.Slice
	cycle flow.Cycle
	more  flowMore
}

// flowMore is what is computed for all rows at once.
type flowMore struct {
	finish           flow.Outcome
	efficiency, load stats.Estimate
	net              flow.Net
}

var flowColumns = []column[flowRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r flowRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "finished", Title: "Finished", Unit: "items", Kind: table.Whole}, func(r flowRow) table.Cell { return table.Count(len(r.s.Finished)) }},
	{table.Column{ID: "dropped", Title: "Dropped", Unit: "items", Kind: table.Whole, Drop: 10}, func(r flowRow) table.Cell { return table.Count(len(r.s.Dropped)) }},
	{table.Column{ID: "throughput", Title: "Throughput", Unit: "items/week", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 2},
		flowRow.throughput},
	{table.Column{ID: "throughput_change", Title: "Change", Drop: 14}, func(r flowRow) table.Cell { return r.scan.verdictOf(r.row, change.Throughput) }},
	{table.Column{ID: "cycle_p50", Title: "Cycle P50", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 1}, func(r flowRow) table.Cell { return r.cycleCell(0.50) }},
	{table.Column{ID: "cycle_change", Title: "Cycle change", Drop: 15}, func(r flowRow) table.Cell { return r.scan.verdictOf(r.row, change.CycleTime) }},
	{table.Column{ID: "cycle_p85", Title: "P85", Unit: "d", Kind: table.Number, Digits: 0, Measure: true, Drop: 6}, func(r flowRow) table.Cell { return r.cycleCell(0.85) }},
	{table.Column{ID: "cycle_p95", Title: "P95", Unit: "d", Kind: table.Number, Digits: 0, Measure: true, Drop: 13}, func(r flowRow) table.Cell { return r.cycleCell(0.95) }},
	{table.Column{ID: "cycle_n", Title: "Cycle n", Unit: "items", Kind: table.Whole, Drop: 5}, func(r flowRow) table.Cell { return table.Count(r.cycle.Exits()) }},
	{table.Column{ID: "lead_p50", Title: "Lead P50", Unit: "d", Kind: table.Number, Digits: 0, Measure: true, Drop: 4}, func(r flowRow) table.Cell { return measure(r.a.Lead(r.s, 0.50)) }},
	{table.Column{ID: "lead_p85", Title: "Lead P85", Unit: "d", Kind: table.Number, Digits: 0, Measure: true, Drop: 12}, func(r flowRow) table.Cell { return measure(r.a.Lead(r.s, 0.85)) }},
	{table.Column{ID: "wip", Title: "WIP", Unit: "items", Kind: table.Number, Digits: 1, Measure: true, Drop: 3}, func(r flowRow) table.Cell { return r.scan.weak(measure(r.a.WIP(r.s)), r.a.WeakWIP(r.s)) }},
	{table.Column{ID: "wip_now", Title: "WIP now", Unit: "items", Kind: table.Number, Digits: 0, Measure: true, Drop: 7}, func(r flowRow) table.Cell { return r.scan.weak(measure(r.a.WIPNow(r.s)), r.a.WeakNow(r.s)) }},
	{table.Column{ID: "age_p50", Title: "Age P50", Unit: "d", Kind: table.Number, Digits: 0, Measure: true, Drop: 11}, func(r flowRow) table.Cell { return r.scan.weak(measure(r.a.Age(r.s, 0.50)), r.a.WeakNow(r.s)) }},
	{table.Column{ID: "age_p85", Title: "Age P85", Unit: "d", Kind: table.Number, Digits: 0, Measure: true, Drop: 9}, func(r flowRow) table.Cell { return r.scan.weak(measure(r.a.Age(r.s, 0.85)), r.a.WeakNow(r.s)) }},
	{table.Column{ID: "load", Title: "Load", Unit: "items/person", Kind: table.Number, Digits: 1, Measure: true, Drop: 6}, func(r flowRow) table.Cell { return r.scan.weak(measure(r.more.load), r.a.WeakWIP(r.s)) }},
	{table.Column{ID: "people", Title: "People", Kind: table.Whole, Drop: 21}, flowRow.people},
	{table.Column{ID: "efficiency", Title: "Efficiency", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 16}, func(r flowRow) table.Cell { return percent(r.more.efficiency) }},
	{table.Column{ID: "finish_p50", Title: "To finish P50", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 17}, flowRow.toFinish},
	{table.Column{ID: "created", Title: "Created", Unit: "items", Kind: table.Whole, Drop: 20}, func(r flowRow) table.Cell { return table.Count(r.more.net.Created) }},
	{table.Column{ID: "net", Title: "Net", Unit: "items/week", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 18}, func(r flowRow) table.Cell { return measure(r.more.net.PerWeek) }},
	{table.Column{ID: "net_p", Title: "p", Kind: table.Number, Digits: 3, Drop: 19}, flowRow.netP},
	{table.Column{ID: "starts_known", Title: "Start known", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 8}, func(r flowRow) table.Cell {
		starts := r.a.Starts(r.s)
		return censusShare(starts.Finished-starts.ByRule[work.StartNone], starts.Finished)
	}},
}

func (r flowRow) cycleCell(p float64) table.Cell {
	return cycleCell(r.cycle, p)
}

// throughput is marked where averages say little about what comes (F8).
func (r flowRow) throughput() table.Cell {
	c := measure(r.a.Throughput(r.s))
	if doubt := r.a.Little(r.s).Doubt; doubt != "" && !c.Missing() {
		return c.Note(doubt)
	}
	return c
}

// toFinish is the time to finish where drops compete.
func (r flowRow) toFinish() table.Cell {
	e := r.more.finish.Quantile(0.5)
	if r.more.finish.Weak && e.Known() {
		return measure(e).Note(weakStarts + "strong ones cover less than 60 %")
	}
	return measure(e)
}

// people is the n of load, where that is told.
func (r flowRow) people() table.Cell {
	if !r.more.load.Known() {
		return table.Blank()
	}
	return table.Count(r.more.load.N)
}

func (r flowRow) netP() table.Cell {
	n := r.more.net
	switch {
	case !n.PerWeek.Known():
		return table.Blank() // the reason stands with net
	case n.Why != "":
		return table.Blank().Note("no p: " + n.Why)
	case n.Clumped:
		return table.Num(n.P).Note("quasi-Poisson, since weeks differ more than chance would have it")
	}
	return table.Num(n.P)
}

const weakStarts = "weak starts (assignment, sprint) among them: "

// cycleCell is a quantile of cycle times, marked where weak starts are among
// them.
func cycleCell(c flow.Cycle, p float64) table.Cell {
	e := c.Quantile(p)
	if c.Weak && e.Known() {
		return measure(e).Note(weakStarts + "strong ones cover less than 60 %")
	}
	return measure(e)
}

// weak marks a number about work in progress in which there are weak starts, by
// the rule that lets them count.
func (s *Scan) weak(c table.Cell, r flow.Rule) table.Cell {
	if c.Missing() || !r.Weak() {
		return c
	}
	return c.Note(weakStarts + s.weakWhy(r))
}

// weakWhy says why weak starts count for what is in progress.
func (s *Scan) weakWhy(r flow.Rule) string {
	over := table.Plural(s.year.Window.Weeks(), "week", "weeks")
	switch r {
	case flow.WeakByOrg:
		return "nothing finished here in " + over + " to judge by, and in the organisation strong ones cover less than 60 %"
	case flow.WeakForAll:
		return "nothing finished in " + over + " to judge by"
	}
	return "strong ones cover less than 60 % over " + over
}

// flowTable is how work moved, by team.
func (s *Scan) flowTable() table.Table {
	var rows []flowRow
	more, loads := s.flowMore()
	for _, r := range s.rows() {
		sl := slice(s.flow, r)
		m := more(r)
		m.finish, _ = s.flow.Outcomes(sl)
		rows = append(rows, flowRow{r, s, s.flow, sl, s.flow.Cycle(sl), m})
	}
	t := fill("flow", "Flow, "+s.weeks(s.flow.Window), flowColumns, rows)
	t.Notes = []string{
		"Cycle time runs from start to finish or drop, lead time from creation to finish, in elapsed days. Open items count with their age so far (Kaplan-Meier), so that slow work is not overlooked. WIP is the average over the window. Brackets hold 95 % intervals.",
		"n of throughput and lead time is Finished; of cycle times Cycle n, the items that left, finished or dropped, with a start that counts and not by a bulk edit; of ages WIP now.",
		"Load: WIP over the people who moved an item or wrote a commit (its n, People); not for performance review, and teams of fewer than five are told together. Efficiency: of the hours in active and waiting statuses, the active ones. To finish: the time within which half of all that began finishes, where drops compete (Aalen-Johansen); n is those that finished. Net: created less left, n is both; p of equal rates is a remark and no verdict.",
	}
	t.Notes = append(t.Notes, s.otherLoads(loads)...)
	t.Notes = append(t.Notes, s.idle()...)
	return t
}

// flowMore returns what is computed for all rows at once.
func (s *Scan) flowMore() (func(row) flowMore, flow.Loads) {
	efficiency, efficiencies := s.flow.Efficiency()
	loads := s.now.Load
	weeks, series := s.flow.Weeks()
	return func(r row) flowMore {
		if r.all {
			return flowMore{efficiency: efficiency, load: loads.Org, net: weeks.Net()}
		}
		return flowMore{efficiency: efficiencies[r.team], load: loads.Teams[r.team], net: series[r.team].Net()}
	}, loads
}

// otherLoads tells the load of the teams that are told together.
func (s *Scan) otherLoads(l flow.Loads) []string {
	if len(l.Folded) == 0 {
		return nil
	}
	names := make([]string, len(l.Folded))
	for k, t := range l.Folded {
		names[k] = s.label(t)
	}
	told := "can't tell: " + l.Others.Why
	if e := l.Others; e.Known() {
		told = fmt.Sprintf("%.1f items/person, n %s", e.Value, table.Thousands(e.N))
	}
	return []string{fmt.Sprintf("Load of other teams, told together (%s): %s.", table.List(names, 40), told)}
}

// startRow is the cycle time of the items whose start one rule found.
type startRow struct {
	rule  work.StartRule
	n     int
	whole int
	cycle flow.Cycle
}

var startColumns = []column[startRow]{
	{table.Column{ID: "start", Title: "Start taken from", Shrink: true, Least: 24}, func(r startRow) table.Cell { return table.Words(startWords[r.rule]) }},
	{table.Column{ID: "finished", Title: "Finished", Unit: "items", Kind: table.Whole, Drop: 1}, func(r startRow) table.Cell { return table.Count(r.n) }},
	{table.Column{ID: "exits", Title: "Left", Unit: "items", Kind: table.Whole, Drop: 2}, startRow.exits},
	{table.Column{ID: "share", Title: "Share", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 4}, func(r startRow) table.Cell { return censusShare(r.n, r.whole) }},
	{table.Column{ID: "cycle_p50", Title: "Cycle P50", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Interval: true}, func(r startRow) table.Cell { return r.quantile(0.50) }},
	{table.Column{ID: "cycle_p85", Title: "P85", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Drop: 3}, func(r startRow) table.Cell { return r.quantile(0.85) }},
	{table.Column{ID: "cycle_p95", Title: "P95", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Drop: 5}, func(r startRow) table.Cell { return r.quantile(0.95) }},
}

var startWords = map[work.StartRule]string{
	work.StartStatus: "a status in progress", work.StartWorklog: "the first worklog",
	work.StartCode:     "a pull request or commit",
	work.StartAssigned: "an assignment (weak)", work.StartSprint: "its sprint's start (weak)", work.StartNone: "nothing: not known",
}

func (r startRow) exits() table.Cell {
	if r.rule == work.StartNone {
		return table.Blank()
	}
	return table.Count(r.cycle.Exits())
}

func (r startRow) quantile(p float64) table.Cell {
	if r.rule == work.StartNone {
		return table.Blank()
	}
	return measure(r.cycle.Quantile(p))
}

// startsTable is cycle time by the rule that found the start (F1).
func (s *Scan) startsTable() table.Table {
	starts := s.flow.Starts(&s.flow.Org)
	var rows []startRow
	for _, rule := range append(work.StartRules[:], work.StartNone) {
		rows = append(rows, startRow{rule, starts.ByRule[rule], starts.Finished, s.flow.CycleBy(&s.flow.Org, rule)})
	}
	t := fill("starts", "How starts are known, "+s.weeks(s.flow.Window), startColumns, rows)
	t.Notes = []string{"Share: of what finished. Left is the n of the cycle times: what finished or was dropped, but for bulk edits."}
	if starts.Finished > 0 {
		t.Notes = append(t.Notes, "For the organisation, "+s.startsUse(starts)+".")
	}
	return t
}

// startsUse says which starts the organisation's cycle times are made of.
func (s *Scan) startsUse(starts flow.Starts) string {
	cycle := s.flow.Cycle(&s.flow.Org)
	switch {
	case cycle.Why() != "":
		return "table flow can't tell cycle times: " + cycle.Why()
	case starts.Enough():
		return "only starts from a status, a worklog or code count for cycle times in table flow"
	}
	return "all of them count for cycle times in table flow, because strong ones cover less than 60 % of what finished"
}

// qualityRow is how far one team's data can be trusted.
type qualityRow struct {
	row
	n int
	q flow.Quality
}

func quality(id, title string, drop int, of func(flow.Quality) stats.Estimate) column[qualityRow] {
	return column[qualityRow]{
		table.Column{ID: id, Title: title, Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: drop},
		func(r qualityRow) table.Cell { return percent(of(r.q)) },
	}
}

var qualityColumns = []column[qualityRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r qualityRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "exits", Title: "Left", Unit: "items", Kind: table.Whole, Drop: 1}, func(r qualityRow) table.Cell { return table.Count(r.n) }},
	quality("no_start", "No start", 0, func(q flow.Quality) stats.Estimate { return q.NoStart }),
	quality("reopened", "Reopened", 3, func(q flow.Quality) stats.Estimate { return q.Reopened }),
	quality("flapped", "Flapped", 7, func(q flow.Quality) stats.Estimate { return q.Flapped }),
	quality("bulk", "Bulk edit", 4, func(q flow.Quality) stats.Estimate { return q.Bulk }),
	quality("no_team", "No one team", 6, func(q flow.Quality) stats.Estimate { return q.NoTeam }),
	quality("no_parent", "No parent", 5, func(q flow.Quality) stats.Estimate { return q.NoParent }),
	quality("by_bots", "By bots", 9, func(q flow.Quality) stats.Estimate { return q.ByBots }),
	quality("held_unlinked", "Held, no link", 8, func(q flow.Quality) stats.Estimate { return q.Unlinked }),
	quality("paused", "Paused", 10, func(q flow.Quality) stats.Estimate { return q.Paused }),
	{table.Column{ID: "rework_p50", Title: "Rework P50", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Drop: 11}, func(r qualityRow) table.Cell { return measure(r.q.Rework) }},
	quality("whole_history", "History", 2, func(q flow.Quality) stats.Estimate { return q.Histories }),
}

// qualityTable is the gates of data quality, by team.
func (s *Scan) qualityTable() table.Table {
	var rows []qualityRow
	for _, r := range s.rows() {
		sl := slice(s.flow, r)
		rows = append(rows, qualityRow{r, sl.Exits(), s.flow.Quality(sl)})
	}
	t := fill("quality", "How far the data can be trusted, "+s.weeks(s.flow.Window), qualityColumns, rows)
	t.Notes = []string{
		"No start, reopened: of finished items. Flapped (in progress and back within a day), bulk edit (10 items or more by one person within a minute; left out of cycle times): of items that left. Reopened, flapped and bulk edit are told of items with a whole history. No one team, no parent, history (whole): of items in progress or gone. By bots: of changes of state. Held, no link: of open items in a waiting status or flagged, those without a dependency. Paused: of the time from start to finish, what lay back in a queue for a day or more. Rework: from the first Done to the last, of reopened items.",
	}
	if buckets := s.buckets(); len(buckets) > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("Drawers rather than deliveries (open for more than 180 days, work comes and goes in four months or more), left out of batches: %s.", table.List(buckets, 8)))
	}
	t.Notes = append(t.Notes, s.idle()...)
	return t
}
