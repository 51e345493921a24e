// Package moment computes every analysis of an organisation as of one instant:
// what a scan of that day has to say. Facts that several analyses share, such as
// the lives of items, a window's share of every team and the home teams of
// people, are computed once.
package moment

import (
	"sync"

	"smokestack/analysis/batch"
	"smokestack/analysis/change"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/independence"
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
}

// Moment is an analysed organisation.
type Moment struct {
	View  work.View // at the end of the last complete week
	Lives []work.Life

	Shown, Year *flow.Analysis // of the weeks that descriptive tables show, and of the last 52
	Batch       *batch.Analysis
	Deps        *deps.Analysis // of the weeks shown
	YearDeps    *deps.Analysis
	Indep       *independence.Analysis
	Aging       flow.Aging
	Change      change.Pair
}

// At analyses an organisation. Only complete weeks count: all numbers are those
// at the end of the last one.
func At(o *work.Org, opt Options) *Moment {
	m := &Moment{}
	shown, year := Window(o, opt.Until, opt.Weeks), Window(o, opt.Until, LevelWeeks)
	m.View = o.At(shown.To() - 1)
	m.Lives = m.View.Lives()
	now, wide := m.View.Cut(shown, m.Lives), m.View.Cut(year, m.Lives)
	flows := flow.Analyse(wide, now)
	m.Year, m.Shown = flows[0], flows[1]
	// The analyses only read, and each fills its own fields.
	var wg sync.WaitGroup
	wg.Go(func() { m.compare(o) })
	if !opt.Brief {
		wg.Go(func() {
			m.Batch = batch.Analyse(m.View, shown, m.Lives)
			m.Deps = deps.Analyse(now)
		})
		wg.Go(func() {
			m.YearDeps = deps.Analyse(wide)
			m.Indep = independence.Analyse(wide, m.YearDeps, nil, independence.Options{})
		})
	}
	m.Aging = m.Year.Aging(o.At(opt.Until - 1))
	wg.Wait()
	return m
}

// compare prepares the comparison of the last half year with the one before.
func (m *Moment) compare(o *work.Org) {
	recent := Window(o, m.View.T+1, change.HalfYear)
	baseline := Window(o, recent.From(), change.HalfYear)
	past := o.At(baseline.To() - 1)
	lives := past.Lives()
	before, now := flow.Analyse(past.Cut(baseline, lives)), flow.Analyse(m.View.Cut(recent, m.Lives))
	m.Change = change.NewPair(before[0], now[0], batch.Analyse(past, baseline, lives), batch.Analyse(m.View, recent, m.Lives))
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
