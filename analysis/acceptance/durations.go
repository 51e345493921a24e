package acceptance

import (
	"math"

	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// times is what an extract says of how long items take.
type times struct{ finished, km, aj, censored, share float64 }

// survival: the median of what finished is too low in a short extract, and ours
// is not; what is dropped is no finish that was not seen.
func survival(n int, seed string) ([]Row, error) {
	extract := Plan{Teams: 5, People: 5, Weeks: 13, PerWeek: 8, Finish: math.Ln2 / 20}
	alone, err := each(n, seed, "survival", extract, func(o *Organisation) times { return timesOf(o.Cut(13)) })
	if err != nil {
		return nil, err
	}
	dropping := Plan{Teams: 5, People: 5, Weeks: 60, PerWeek: 8, Finish: 0.05, Drop: 0.0125}
	both, err := each((n+1)/2, seed, "survival-drops", dropping, func(o *Organisation) times { return timesOf(o.Cut(year)) })
	if err != nil {
		return nil, err
	}
	pick := func(ts []times, of func(times) float64) []float64 {
		var out []float64
		for _, t := range ts {
			out = append(out, of(t))
		}
		return out
	}
	km := func(t times) float64 { return t.km }
	finished := func(t times) float64 { return t.finished }
	naive := finishedOnly(91, 20)
	var covers int
	for _, t := range alone {
		if t.share > 0 {
			covers++
		}
	}
	return []Row{
		mean("median of the finished items alone, true median 20 d, 13 weeks", pick(alone, finished), Days, naive-0.5, naive+0.5),
		mean("median by Kaplan and Meier, true median 20 d, 13 weeks", pick(alone, km), Days, 19.6, 20.4),
		share("its interval holds 20 d", covers, len(alone), 0.92, inf),
		mean("any exit, hazards 0.05 and 0.0125 a day: true median 11.1 d", pick(both, km), Days, 10.9, 11.3),
		mean("finish by Aalen and Johansen: true median 15.7 d", pick(both, func(t times) float64 { return t.aj }), Days, 15.4, 16.0),
		mean("finish with drops taken as not seen: 13.9 d, which is false", pick(both, func(t times) float64 { return t.censored }), Days, 13.6, 14.2),
	}, nil
}

// finishedOnly is the median of exponential times of those that finish within so
// many days, if they start at equal rates all the time: of the share
//
//	G(t) = w(1−e^{−λt}) − ((1−e^{−λt})/λ − t·e^{−λt})
//
// of t = w, half.
func finishedOnly(window, median float64) float64 {
	rate := math.Ln2 / median
	g := func(t float64) float64 {
		gone := 1 - math.Exp(-rate*t)
		return window*gone - (gone/rate - t*math.Exp(-rate*t))
	}
	low, high := 0.0, window
	for range 60 {
		if mid := (low + high) / 2; 2*g(mid) < g(window) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// timesOf reads the durations of a cut.
func timesOf(c *work.Cut) times {
	var done []float64
	var competing []stats.CompetingSpell
	var censored []stats.Spell
	for i, l := range c.Lives {
		if !l.Begun() || c.View.Level(work.ItemID(i)) != work.LevelItem || !c.View.Has(work.ItemID(i)) {
			continue
		}
		entry, end := math.Inf(-1), c.Window.To()
		if l.Start < c.Window.From() {
			entry = fact.Days(l.Start, c.Window.From())
		}
		spell := stats.CompetingSpell{Entry: entry, Exit: fact.Days(l.Start, end)}
		if l.Exit != 0 {
			spell.Exit, spell.Cause = fact.Days(l.Start, l.Exit), 1
			if l.End == work.Dropped {
				spell.Cause = 2
			}
			if spell.Cause == 1 && c.Window.Holds(l.Exit) {
				done = append(done, spell.Exit)
			}
		}
		if spell.Exit <= spell.Entry { // gone before the window
			continue
		}
		competing = append(competing, spell)
		censored = append(censored, stats.Spell{Entry: spell.Entry, Exit: spell.Exit, Event: spell.Cause == 1})
	}
	a := flow.Analyse(c)[0]
	km := a.Cycle(&a.Org).Quantile(0.5)
	t := times{
		finished: stats.Quantile(done, 0.5), km: km.Value,
		aj:       stats.AalenJohansen(competing, 1).Quantile(0.5).Value,
		censored: stats.KaplanMeier(censored).Quantile(0.5).Value,
	}
	if km.Low <= 20 && 20 <= km.High {
		t.share = 1
	}
	return t
}

// taxed is what an organisation says of the tax of dependencies.
type taxed struct {
	tax      deps.Tax
	ever     float64 // the ratio by links that there ever were
	finished float64 // the ratio at start, of the finished items alone
}

// tax: links that open items gather make an effect where there is none, unless
// they are read at the start; a true effect is found.
func tax(n int, seed string) ([]Row, error) {
	p := Plan{
		Teams: 5, People: 5, Weeks: 54, PerWeek: 8, InBatches: 0.75, Batches: 24,
		Median: 12, Sigma: 1, Together: 0.2, AtStart: 0.1, Growth: 0.04,
	}
	var rows []Row
	for _, ratio := range []float64{1, 1.5, 2} {
		p.Tax = ratio
		ts, err := each((n+1)/2, seed, "tax-"+Row{Shape: Times}.Write(ratio)[2:], p, taxOf)
		if err != nil {
			return nil, err
		}
		var logs, ever, finished, check []float64
		var covers coverage
		for _, t := range ts {
			logs, ever, finished = append(logs, math.Log(t.tax.Shift.Value)), append(ever, math.Log(t.ever)), append(finished, math.Log(t.finished))
			check = append(check, t.tax.Shift.P.Above)
			covers.add(t.tax.Shift.Estimate, ratio)
		}
		name := "true " + Row{Shape: Times}.Write(ratio)
		switch ratio {
		case 1:
			rows = append(rows, ofLogs(name+": links that there ever were, which is false", ever, 1.5, inf))
			rows = append(rows, below(name+": one-sided p of links at start at most 0.05", check, -inf, 0.07))
		default:
			rows = append(rows, ofLogs(name+": links at start, of finished items alone", finished, nan, nan))
		}
		rows = append(rows, ofLogs(name+": links at start", logs, 0.97*ratio, 1.03*ratio))
		rows = append(rows, covers.rows(name)...)
	}
	return rows, nil
}

// ofLogs is a row with the geometric mean of ratios.
func ofLogs(what string, logs []float64, low, high float64) Row {
	r := mean(what, logs, Times, low, high)
	r.Value = math.Exp(r.Value)
	r.Error *= r.Value
	return r
}

func taxOf(o *Organisation) taxed {
	c := o.Cut(year)
	org, _ := deps.Taxes(c, nil)
	linked := map[work.ItemID]bool{} // ever
	early := map[work.ItemID]bool{}  // at the start
	for _, l := range c.View.Links {
		if l.Kind != work.LinkDepends || l.From == work.NoItem || l.To == work.NoItem || l.Made > c.View.T || c.Owner(l.From) == c.Owner(l.To) {
			continue
		}
		linked[l.From] = true
		if l.Made <= c.Lives[l.From].Start {
			early[l.From] = true
		}
	}
	return taxed{org, shiftBy(c, linked, false), shiftBy(c, early, true)}
}

// shiftBy compares the items that began in the window by a mark.
func shiftBy(c *work.Cut, marked map[work.ItemID]bool, finished bool) float64 {
	var rest, of []stats.Duration
	for i, l := range c.Lives {
		id := work.ItemID(i)
		if !l.Begun() || !c.Window.Holds(l.Start) || c.View.Level(id) != work.LevelItem || finished && l.Exit == 0 {
			continue
		}
		cluster := id
		if b := c.View.Batch(id); b != work.NoItem {
			cluster = b
		}
		d := stats.Duration{Days: fact.Days(l.Start, c.Window.To()), Stratum: int(c.Owner(id)), Cluster: uint64(cluster)}
		if l.Exit != 0 {
			d.Days, d.Ended = fact.Days(l.Start, l.Exit), true
		}
		if marked[id] {
			of = append(of, d)
		} else {
			rest = append(rest, d)
		}
	}
	return stats.Shift(rest, of).Value
}
