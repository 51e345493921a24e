// Package moment computes every analysis of an organisation as of one instant:
// what a scan of that day has to say. Facts that several analyses share, such as
// the lives of items, a window's share of every team and the home teams of
// people, are computed once.
package moment

import (
	"math"
	"slices"
	"sync"

	"smokestack/analysis/batch"
	"smokestack/analysis/change"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/focus"
	"smokestack/analysis/independence"
	"smokestack/analysis/mix"
	"smokestack/analysis/requests"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// LevelWeeks is the window of what is compared with a level, and of what is
// usual for a team (METRICS section 0).
const LevelWeeks = 52

// Options say what to compute.
type Options struct {
	Until fact.Instant // the first instant that does not count
	Weeks int          // of the descriptive tables
	Brief bool         // only what the comparison with a later scan needs

	Independence independence.Options
}

// Moment is an analysed organisation.
type Moment struct {
	View  work.View // at the end of the last complete week
	Lives []work.Life

	Shown, Year *flow.Analysis // of the weeks that descriptive tables show, and of the last 52
	Batch       *batch.Analysis
	Deps        *deps.Analysis // of the weeks shown
	YearDeps    *deps.Analysis
	Graph       deps.Graph // of Deps, as are Hub and Blocked
	Hub         deps.Hub
	Blocked     deps.Blocked
	Taxes       Taxes // of the last 52 weeks, as is Chart
	Chart       deps.Chart
	ChartWhy    string             // why there is no chart; "" where there is
	Requests    *requests.Analysis // of the weeks shown
	Indep       *independence.Analysis
	Aging       flow.Aging

	Homes      *work.Homes
	Folded     []bool          // teams of fewer than five people over the year, and those told with them
	Efforts    []work.Effort   // of the weeks shown
	Focus      *focus.Analysis // of the weeks shown
	Mix        *mix.Analysis   // of the weeks shown
	Fit        independence.Fit
	Undeclared *independence.Undeclared
	TouchFree  *independence.TouchFree
	// Contributors is the rate of change of all rows.
	Contributors focus.Rates
	Load         flow.Loads // of the weeks shown

	Tests []change.Test       // of the last half year against the one before
	Out   map[change.Row]bool // outside their bands: see change.Discussion
}

// At analyses an organisation. Only complete weeks count: all numbers are those
// at the end of the last one.
func At(o *work.Org, opt Options) *Moment {
	m := &Moment{}
	shown, year := Window(o, opt.Until, opt.Weeks), Window(o, opt.Until, LevelWeeks)
	m.View = o.At(shown.To() - 1).Hold()
	m.Lives = m.View.Lives()
	now, wide := m.View.Cut(shown, m.Lives), m.View.Cut(year, m.Lives)
	flows := flow.Analyse(wide, now)
	m.Year, m.Shown = flows[0], flows[1]
	h := mix.Halves{Recent: m.lastHalf(o, now)}
	if !opt.Brief {
		h.Baseline = m.View.Cut(Window(o, h.Recent.Window.From(), change.HalfYear), m.Lives)
		m.shareOut(wide, now, h)
	}
	// The analyses only read, and each fills its own fields.
	var wg sync.WaitGroup
	wg.Go(func() { m.compare(o, h, opt.Brief) })
	if !opt.Brief {
		m.Homes = m.View.Homes()
		few := m.fold(wide)
		m.YearDeps = deps.Analyse(wide)
		wg.Go(func() {
			m.Indep = independence.Analyse(wide, m.YearDeps, m.Homes, opt.Independence)
			m.Fit = m.Indep.FindFit(m.View)
		})
		wg.Go(func() {
			m.Batch = batch.Analyse(m.View, shown, m.Lives)
			m.Deps = deps.Analyse(now)
			m.Graph, m.Hub, m.Blocked = m.Deps.Graph(), m.Deps.Hub(), blocked(m.Shown)
			m.Focus = focus.Analyse(m.Shown, m.Batch.Batches, m.Homes)
			m.Load = m.Shown.Load(m.Homes)
		})
		wg.Go(func() {
			m.Taxes = taxes(m.Year)
			m.Chart, m.ChartWhy = chart(m.Year)
			m.Requests = requests.Analyse(now, m.Homes, nil)
		})
		wg.Go(func() {
			m.Undeclared = independence.FindUndeclared(wide, m.Homes, m.Folded)
			m.TouchFree = independence.FindTouchFree(wide, m.YearDeps, m.Homes, m.Folded)
			if few {
				m.Undeclared.Hide()
				m.TouchFree.Hide()
			}
		})
	}
	if opt.Brief && slices.ContainsFunc(m.View.Teams, func(t work.Team) bool { return t.Claims }) {
		m.YearDeps = deps.Analyse(wide)
		claims := opt.Independence
		claims.Claims = true
		wg.Go(func() { m.Indep = independence.Analyse(wide, m.YearDeps, nil, claims) })
	}
	m.Aging = m.Year.Aging(o.At(opt.Until - 1))
	wg.Wait()
	if !opt.Brief {
		m.Contributors = focus.Contributors(m.Homes, h.Recent.Window, h.Baseline.Window, m.View.FirstItems(), m.foldedAnywhere())
	}
	return m
}

// fold decides which teams are told together where what people did to a team's
// finished items is told, and reports whether there are too few people for that:
// somebody, but fewer than five. Where nobody is known to belong to any team,
// nothing is told of people, and no team is folded.
func (m *Moment) fold(year *work.Cut) (few bool) {
	people := m.Homes.Crews(year.Window.From(), year.Window.To())
	owns, all := make([]bool, len(people)), 0
	for t := int(work.Several) + 1; t < len(people); t++ {
		owns[t] = len(year.Teams[t].Finished) > 0
		all += len(people[t])
	}
	if all == 0 {
		m.Folded = make([]bool, len(people))
		return false
	}
	var ok bool
	m.Folded, ok = work.FoldPeople(people, m.View.FirstItems(), owns)
	return !ok
}

// foldedAnywhere says which teams any measure of people tells together with others:
// each counts people in its own way, and a head count of one team of a group would
// tell of the rest of it.
func (m *Moment) foldedAnywhere() []bool {
	out := slices.Clone(m.Folded)
	add := func(teams []work.TeamID) {
		for _, t := range teams {
			out[t] = true
		}
	}
	add(m.Focus.Folded)
	add(m.Load.Folded)
	for _, teams := range m.Indep.Folded {
		add(teams)
	}
	for _, g := range m.Requests.Groups {
		if g.Others() {
			add(g.Teams)
		}
	}
	return out
}

// Tested returns what shares the correction of a scan: the tests of changes, and,
// by TeamID, those of teams' claims.
func (m *Moment) Tested() change.Tested {
	t := change.Tested{Tests: m.Tests, Others: make([]float64, len(m.View.Teams)), Out: m.Out}
	for k := range t.Others {
		if t.Others[k] = math.NaN(); m.Indep != nil {
			t.Others[k] = m.Indep.Teams[k].Claim.P
		}
	}
	return t
}

// lastHalf cuts the last half year: as a rule these are the weeks shown, whose cut
// is given.
func (m *Moment) lastHalf(o *work.Org, shown *work.Cut) *work.Cut {
	w := Window(o, m.View.T+1, change.HalfYear)
	if slices.Equal(w.Bounds, shown.Window.Bounds) {
		return shown
	}
	return m.View.Cut(w, m.Lives)
}

// shareOut finds what people did in every window: where the two half years make
// up the year, it has their sums.
func (m *Moment) shareOut(year, shown *work.Cut, h mix.Halves) {
	var wg sync.WaitGroup
	wg.Go(func() { h.Baseline.KeepEfforts() })
	h.Recent.KeepEfforts()
	wg.Wait()
	year.KeepEfforts(h.Baseline, h.Recent)
	shown.KeepEfforts()
	m.Efforts = shown.Efforts()
}

// compare prepares the comparison of the last half year with the one before.
func (m *Moment) compare(o *work.Org, h mix.Halves, brief bool) {
	baseline := Window(o, h.Recent.Window.From(), change.HalfYear)
	past := o.At(baseline.To() - 1).Hold()
	lives := past.Lives()
	before, now := flow.Analyse(past.Cut(baseline, lives)), flow.AnalyseAgain(m.Year, h.Recent)
	pair := change.NewPair(before[0], now, batch.Analyse(past, baseline, lives), batch.Analyse(m.View, h.Recent.Window, m.Lives))
	m.Tests = change.Tests(pair)
	m.Out = m.outside()
	if !brief {
		m.Mix = mix.Analyse(m.Shown.Cut, h, m.Efforts, h.Recent.Efforts(), h.Baseline.Efforts())
	}
}

// outside finds the rows that have been outside of what they agreed on for eight
// weeks.
func (m *Moment) outside() map[change.Row]bool {
	if len(m.View.Bands) == 0 {
		return nil
	}
	later := Window(m.View.Org, m.View.T+1, bandWeeks)
	earlier := Window(m.View.Org, later.From(), bandWeeks)
	return change.Discussion(m.View.Bands, m.block(earlier), m.block(later))
}

// bandWeeks is the length of a block; two make the eight weeks of METRICS section 7.
const bandWeeks = 4

// block measures, over a few weeks, what the bands of the configuration name.
func (m *Moment) block(w work.Window) change.Block {
	flows := flow.Analyse(m.Year.Cut, m.View.Cut(w, m.Lives))
	f := flows[1]
	org, teams := batch.Analyse(m.View, w, m.Lives).Rows()
	out := change.Block{}
	for _, b := range m.View.Bands {
		r, s, batches := change.Row{All: true}, &f.Org, org
		if b.Team != work.NoTeam {
			r, s, batches = change.Row{Team: b.Team}, &f.Teams[b.Team], teams[b.Team]
		}
		if out[r] == nil {
			out[r] = map[string]stats.Estimate{}
		}
		out[r][b.Metric] = measure(f, s, batches, b.Metric)
	}
	return out
}

func measure(f *flow.Analysis, s *work.Slice, batches batch.Row, id string) stats.Estimate {
	switch id {
	case "F1":
		return f.Cycle(s).Quantile(0.5)
	case "F2":
		return f.Lead(s, 0.5)
	case "F3":
		return f.WIP(s)
	case "F5":
		return f.Throughput(s)
	case "B1":
		return batches.Size(0.5)
	}
	return stats.Unknown(0, "no band is watched for this measure")
}

// Window is the last n complete weeks before an instant, or as many as history
// holds: weeks before the first item would thin every rate. It has one week at
// least.
func Window(o *work.Org, at fact.Instant, n int) work.Window {
	first := fact.Never
	for _, created := range o.Items.Created {
		first = min(first, created)
	}
	w := work.LastWeeks(at, n, o.Zone)
	for w.Weeks() > 1 && w.Bounds[1] <= first {
		w.Bounds = w.Bounds[1:]
	}
	return w
}
