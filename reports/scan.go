// Package reports turns an organisation into documents: the analyses of one
// scan, as tables.
//
// Every table is one file: a list of columns, each with the function that
// fills its cell, and the rows. A new number is a function in an analysis
// package and one more column here.
package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"smokestack/analysis/batch"
	"smokestack/analysis/change"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/independence"
	"smokestack/analysis/moment"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// Ledger accounts for everything that was received and stored; see the
// columns of table coverage.
type Ledger struct {
	Received, Parts, Rejected, Repeated, Kept, Left int
	Stored, Live, Gone, OutOfScope                  int
	Repaired, Skipped, Missing, Orphans             int
}

// Note names one thing that was not simply kept.
type Note struct{ Kind, Subject, Reason string }

// Input is what a scan reports on.
type Input struct {
	Organisation string
	Org          *work.Org
	AsOf         fact.Instant // the last instant that counts
	Through      fact.Instant // until when the store knows; 0: AsOf
	Weeks        int          // of the descriptive tables
	Teams        []string     // shown teams; empty: all. Nothing is computed differently.
	Newest       map[string]fact.Instant
	Ledger       Ledger
	Notes        []Note
	Fingerprints map[string]string
	Exit         table.Exit
	Independence independence.Options
	Contexts     map[string]Context // by the name of the team
}

// Scan is an analysed organisation.
type Scan struct {
	in   Input
	asof work.View
	view work.View // at the end of the last complete week

	now, then *moment.Moment       // then: a week earlier
	family    change.Family        // what is said of changes
	tested    map[change.Row][]int // positions in family.Tests

	flow   *flow.Analysis // of the window that descriptive tables show
	year   *flow.Analysis // of the last 52 weeks
	before *flow.Analysis // of the same window, a week earlier
	batch  *batch.Analysis
	deps   *deps.Analysis
	indep  *independence.Analysis
	aging  flow.Aging
	older  flow.Aging // as of a week earlier
	groups int        // of teams that own something; see label
}

// NewScan analyses the organisation as it was at in.AsOf, and as a scan of a week
// earlier would have. Only complete weeks count: all numbers are those at the end
// of the last one.
func NewScan(in Input) *Scan {
	s := &Scan{in: in, asof: in.Org.At(in.AsOf)}
	opt := moment.Options{Until: s.until(), Weeks: in.Weeks, Independence: in.Independence}
	earlier := moment.Options{Until: s.window(s.until(), 1).From(), Weeks: in.Weeks, Brief: true, Independence: in.Independence}
	var wg sync.WaitGroup
	wg.Go(func() { s.then = moment.At(in.Org, earlier) })
	s.now = moment.At(in.Org, opt)
	wg.Wait()
	s.view, s.flow, s.year, s.before = s.now.View, s.now.Shown, s.now.Year, s.then.Shown
	s.batch, s.deps, s.indep = s.now.Batch, s.now.Deps, s.now.Indep
	s.aging, s.older = s.now.Aging, s.then.Aging
	s.family = change.Judge(s.now.Tested(), s.then.Tested(), s.view.Bands)
	s.tested = testedRows(s.family)
	s.groups = s.countGroups()
	return s
}

// until is the end of what the scan tells of: its instant is the last one that
// counts, so that a week whose last instant it is, is complete.
func (s *Scan) until() fact.Instant { return s.in.AsOf + 1 }

// window is the last n complete weeks before an instant, or as many as history holds.
func (s *Scan) window(at fact.Instant, n int) work.Window { return moment.Window(s.in.Org, at, n) }

// past reports whether the scan is as of a time before what the store knows.
func (s *Scan) past() bool { return s.until() < s.in.Through }

// asPulled says, of what describes the store, that it is not as of the scan's
// instant.
func (s *Scan) asPulled() string {
	if !s.past() {
		return ""
	}
	return fmt.Sprintf(" as pulled until %s, not as of %s", s.day(s.in.Through-1), s.day(s.in.AsOf-1))
}

// Document returns the scan as a document with every table.
func (s *Scan) Document() table.Document {
	doc := table.Document{
		Organisation: s.in.Organisation, AsOf: s.in.AsOf.Time(), Weeks: s.in.Weeks,
		Fingerprints: s.in.Fingerprints, Exit: s.in.Exit,
	}
	doc.Head, doc.Notes, doc.Foot = s.head(), s.silences(), s.foot()
	doc.Tables = s.tables()
	doc.Screen = []table.Table{named(doc.Tables, "changed"), s.firstAging(named(doc.Tables, "aging"))}
	return doc
}

// tables makes every table, in the order in which they are shown. They only
// read, so that they can be made at once.
func (s *Scan) tables() []table.Table {
	makers := []func() table.Table{
		s.changedTable, s.changeTable, s.teamsTable, s.sourcesTable, s.coverageTable, s.qualityTable,
		s.flowTable, s.weeksTable, s.startsTable, s.agingTable, s.promisesTable, s.pullsTable, s.codeTable,
		s.batchTable, s.releasesTable, s.kindsTable,
		s.dependenciesTable, s.matrixTable, s.referencesTable, s.pairsTable, s.taxTable, s.onTimeTable, s.requestsTable,
		s.independenceTable, s.lensesTable, s.undeclaredTable,
		s.mixTable, s.driftTable, s.focusTable,
	}
	out := make([]table.Table, len(makers))
	var wg sync.WaitGroup
	for n, make := range makers {
		wg.Go(func() { out[n] = make() })
	}
	wg.Wait()
	return out
}

func named(tables []table.Table, id string) table.Table {
	return tables[slices.IndexFunc(tables, func(t table.Table) bool { return t.ID == id })]
}

// column is a column of a table over rows of type R.
type column[R any] struct {
	table.Column
	cell func(R) table.Cell
}

// fill makes a table of rows.
func fill[R any](id, title string, columns []column[R], rows []R) table.Table {
	t := table.Table{ID: id, Title: title}
	for _, c := range columns {
		t.Columns = append(t.Columns, c.Column)
	}
	for _, r := range rows {
		cells := make([]table.Cell, len(columns))
		for k, c := range columns {
			cells[k] = c.cell(r)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// measure turns an estimate into a cell.
func measure(e stats.Estimate) table.Cell {
	return table.Measure(table.Value{Value: e.Value, N: e.N, Low: e.Low, High: e.High, Why: e.Why})
}

// percent turns an estimate of a share into a cell in percent.
func percent(e stats.Estimate) table.Cell {
	e.Value, e.Low, e.High = 100*e.Value, 100*e.Low, 100*e.High
	return measure(e)
}

// shareOf is a share in percent without an estimate's trimmings.
func shareOf(part, whole int) table.Cell {
	if whole == 0 {
		return table.Blank()
	}
	return table.Num(100 * float64(part) / float64(whole))
}

// censusShare is a share of what finished, in percent, with its n.
func censusShare(part, whole int) table.Cell {
	if whole == 0 {
		return measure(stats.Unknown(0, "nothing finished"))
	}
	return percent(stats.Census(float64(part)/float64(whole), whole))
}

// instant turns an instant into a cell, blank if it is not known.
func instant(t fact.Instant) table.Cell {
	if t == 0 {
		return table.Blank()
	}
	return table.At(t.Time())
}

// row is one line of a table by team: the organisation or a team.
type row struct {
	label string
	all   bool
	team  work.TeamID
}

// label names a team: with its group where several groups are told apart.
func (s *Scan) label(t work.TeamID) string {
	team := s.view.Teams[t]
	if team.Group == "" || s.groups < 2 {
		return team.Name
	}
	return team.Group + ": " + team.Name
}

// countGroups counts the groups of the teams that own something.
func (s *Scan) countGroups() int {
	seen := map[string]bool{}
	for t, team := range s.view.Teams {
		if team.Group != "" && s.present(work.TeamID(t)) {
			seen[team.Group] = true
		}
	}
	return len(seen)
}

// present reports whether a team is configured, owns something or did
// something in the windows.
func (s *Scan) present(t work.TeamID) bool {
	now, year := &s.flow.Teams[t], &s.year.Teams[t]
	return s.view.Teams[t].Configured || now.Owned > 0 || now.Exits() > 0 || year.Exits() > 0
}

// chosen reports whether the caller wants to see a team.
func (s *Scan) chosen(t work.TeamID) bool {
	if len(s.in.Teams) == 0 {
		return true
	}
	team := s.view.Teams[t]
	return slices.ContainsFunc(s.in.Teams, func(name string) bool {
		return strings.EqualFold(name, team.Name) || strings.EqualFold(name, s.label(t)) || team.ID != "" && name == team.ID
	})
}

// busy reports whether anything happened to a team's items in the window, or
// is going on. Configured teams are shown in any case.
func (s *Scan) busy(t work.TeamID) bool {
	now := &s.flow.Teams[t]
	return s.view.Teams[t].Configured || now.Exits() > 0 || len(now.Begun) > 0 || s.deps.Worked(t) > 0
}

// rows are the organisation and the teams to show: real ones in their order,
// then what belongs to several and to none. Teams in which nothing happened
// are named below the table instead; see idle.
func (s *Scan) rows() []row {
	out := []row{{label: "Organisation", all: true}}
	for t := range s.view.Teams {
		if id := work.TeamID(t); id > work.Several && s.busy(id) && s.chosen(id) {
			out = append(out, row{label: s.label(id), team: id})
		}
	}
	for _, id := range []work.TeamID{work.Several, work.NoTeam} {
		if s.busy(id) && s.chosen(id) {
			out = append(out, row{label: s.label(id), team: id})
		}
	}
	return out
}

// idle names the teams without a row.
func (s *Scan) idle() []string {
	var names, ended []string
	for t := range s.view.Teams {
		id := work.TeamID(t)
		switch {
		case id <= work.Several || !s.present(id) || !s.chosen(id) || s.busy(id):
		case s.flow.Teams[t].Unknown > 0:
			ended = append(ended, s.label(id))
		default:
			names = append(names, s.label(id))
		}
	}
	out := withoutRow(names)
	if len(ended) > 0 {
		out = append(out, "Without a row, since what is known of their work ends before these weeks (see table sources): "+table.List(ended, 40)+".")
	}
	return out
}

func withoutRow(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	return []string{"Without a row, since nothing happened there in these weeks and nothing is in progress: " + table.List(names, 40) + "."}
}

// realRows are rows without those that stand for no single team.
func (s *Scan) realRows() []row {
	return slices.DeleteFunc(s.rows(), func(r row) bool { return !r.all && r.team <= work.Several })
}

// slice returns a row's share of an analysis.
func slice(a *flow.Analysis, r row) *work.Slice {
	if r.all {
		return &a.Org
	}
	return &a.Teams[r.team]
}

// TeamNames lists the teams that can be asked for.
func (s *Scan) TeamNames() []string {
	var out []string
	for t := range s.view.Teams {
		if s.present(work.TeamID(t)) {
			out = append(out, s.label(work.TeamID(t)))
		}
	}
	return out
}

// UnknownTeams returns the names asked for that no team bears.
func (s *Scan) UnknownTeams() []string {
	var out []string
	for _, name := range s.in.Teams {
		one := &Scan{in: Input{Teams: []string{name}}, view: s.view, flow: s.flow, year: s.year, groups: s.groups}
		found := false
		for t := range s.view.Teams {
			found = found || s.present(work.TeamID(t)) && one.chosen(work.TeamID(t))
		}
		if !found {
			out = append(out, name)
		}
	}
	return out
}

// weeks says over which weeks a table speaks.
func (s *Scan) weeks(w work.Window) string {
	return fmt.Sprintf("%s to %s", table.Plural(w.Weeks(), "week", "weeks"), s.day(w.To()))
}

// day is the calendar day of an instant in the organisation's zone.
func (s *Scan) day(t fact.Instant) string { return t.Time().In(s.in.Org.Zone).Format(time.DateOnly) }

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
