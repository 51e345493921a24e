package acceptance

import (
	"math"
	"time"

	"smokestack/analysis/batch"
	"smokestack/analysis/change"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/mix"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

func mixOf(o *Organisation) mix.Row {
	v := o.At(o.Now - 1)
	lives := v.Lives()
	shown := work.LastWeeks(o.Now, year, time.UTC)
	recent := work.LastWeeks(o.Now, year/2, time.UTC)
	baseline := work.LastWeeks(recent.From(), year/2, time.UTC)
	h := mix.Halves{Recent: v.Cut(recent, lives), Baseline: v.Cut(baseline, lives)}
	return mix.Analyse(v.Cut(shown, lives), h, v.Efforts(shown, lives), v.Efforts(recent, lives), v.Efforts(baseline, lives)).Org
}

// drift: where the mix does not move its p is at most 0.05 in about 5 %.
func drift(n int, seed string) ([]Row, error) {
	p := Plan{
		Teams: 3, People: 5, Weeks: 56, PerWeek: 4, InBatches: 0.75, Batches: 20,
		Median: 12, Sigma: 1, Together: 0.2, Ties: [Lenses]float64{People: 1.5},
		Kinds: []float64{0.5, 0.3, 0.15, 0.05}, Alike: 0.5, Planned: true,
	}
	ms, err := each(n, seed, "drift", p, mixOf)
	if err != nil {
		return nil, err
	}
	var past, plan, d []float64
	for _, m := range ms {
		past, plan, d = append(past, m.Drift.P), append(plan, m.Plan.P), append(d, m.Drift.D.Value)
	}
	return []Row{
		below("against the half year before: p at most 0.05", past, 0.03, 0.07),
		below("against the plan that is true: p at most 0.05", plan, 0.03, 0.08),
		mean("distance by chance alone", d, Number, nan, nan),
	}, nil
}

// scanned is the tests of two scans, a week apart.
type scanned struct{ now, earlier []change.Test }

func testsAt(o *Organisation, at fact.Instant) []change.Test {
	recent := work.LastWeeks(at, change.HalfYear, time.UTC)
	baseline := work.LastWeeks(recent.From(), change.HalfYear, time.UTC)
	past, view := o.At(baseline.To()-1), o.At(recent.To()-1)
	was, is := past.Lives(), view.Lives()
	before, now := flow.Analyse(past.Cut(baseline, was)), flow.Analyse(view.Cut(recent, is))
	return change.Tests(change.NewPair(before[0], now[0], batch.Analyse(past, baseline, was), batch.Analyse(view, recent, is)))
}

func scan(o *Organisation) scanned {
	return scanned{testsAt(o, o.Now), testsAt(o, o.Now-7*fact.Day)}
}

const (
	family = 0.10 // q of the scan's correction
	alone  = family / 110
)

// rejections corrects the tests of one scan.
func rejections(tests []change.Test) []bool {
	p := make([]float64, len(tests))
	for k, t := range tests {
		p[k] = t.P
	}
	return stats.BenjaminiHochberg(p, family)
}

// discovered reports whether any test of a measure is rejected, by one scan and by
// both.
func (s scanned) discovered() (once, twice bool) {
	now, earlier := rejections(s.now), rejections(s.earlier)
	for k, t := range s.now {
		if !now[k] {
			continue
		}
		once = true
		for j, e := range s.earlier {
			if e.ID == t.ID && e.All == t.All && (t.All || e.Team == t.Team) && earlier[j] {
				twice = true
			}
		}
	}
	return once, twice
}

// changes: a year without a change shows none, and one with a change shows it.
func changes(n int, seed string) ([]Row, error) {
	p := Plan{
		Teams: 5, People: 5, Weeks: 62, PerWeek: 8, InBatches: 0.75, Batches: 24, Abreast: 2,
		Median: 12, Sigma: 1, Together: 0.2,
	}
	still, err := each(n, seed, "change-none", p, scan)
	if err != nil {
		return nil, err
	}
	once, twice := 0, 0
	rates, times, sizes := []float64{}, []float64{}, []float64{}
	for _, s := range still {
		a, b := s.discovered()
		if a {
			once++
		}
		if b {
			twice++
		}
		for _, t := range s.now {
			switch {
			case t.ID == change.BatchSize.ID:
				sizes = append(sizes, t.P)
			case t.All:
			case t.ID == change.Throughput.ID:
				rates = append(rates, t.P)
			default:
				times = append(times, t.P)
			}
		}
	}
	rows := []Row{
		share("no change: years in which a scan finds one", once, len(still), -inf, 0.12),
		share("no change: years in which two scans find one", twice, len(still), -inf, 0.12),
		below("no change: throughput of a team, p at most 0.05", rates, nan, nan),
		below("no change: cycle time of a team, p at most 0.05", times, nan, nan),
		below("no change: size of batches, p at most 0.05", sizes, nan, nan),
	}
	swaying := p
	swaying.Sway = 0.3
	sways, err := each((n+4)/5, seed, "change-sway", swaying, scan)
	if err != nil {
		return nil, err
	}
	once = 0
	for _, s := range sways {
		if a, _ := s.discovered(); a {
			once++
		}
	}
	rows = append(rows, share("no change, but rates of weeks that sway by 30 % and linger: years in which a scan finds one", once, len(sways), nan, nan))
	faster, slower := p, p
	faster.Rise, faster.Median, slower.Slower = 1.5, 2, 2
	for _, c := range []struct {
		id, what string
		plan     Plan
		m        change.Measure
		ratio    float64
	}{
		{"change-rate", "throughput ×1.5", faster, change.Throughput, 1.5},
		{"change-time", "cycle time ×2", slower, change.CycleTime, 2},
	} {
		ss, err := each((n+2)/3, seed, c.id, c.plan, scan)
		if err != nil {
			return nil, err
		}
		rows = append(rows, found(c.what, c.m, c.ratio, ss)...)
	}
	return rows, nil
}

// found counts how often a change is found by both scans, and what it is found to
// be.
func found(what string, m change.Measure, ratio float64, ss []scanned) []Row {
	var teams, hits, oneSided, orgs, orgHits int
	var logs []float64
	var covers coverage
	for _, s := range ss {
		for _, t := range s.now {
			if t.ID != m.ID {
				continue
			}
			p := t.P // the larger of both scans
			for _, e := range s.earlier {
				if e.ID == t.ID && e.All == t.All && (t.All || e.Team == t.Team) {
					p = max(p, e.P)
				}
			}
			if t.All {
				orgs++
				covers.add(t.Ratio, ratio)
				logs = append(logs, math.Log(t.Ratio.Value))
				if p <= alone {
					orgHits++
				}
				continue
			}
			teams++
			if p <= alone {
				hits++
			}
			if p <= 2*alone {
				oneSided++
			}
		}
	}
	rows := []Row{
		ofLogs(what+": found to be, organisation", logs, nan, nan),
		share(what+": found of five teams together, p ≤ .10/110 in two scans", orgHits, orgs, 0.80, inf),
		share(what+": found of one team, p ≤ .10/110 in two scans", hits, teams, nan, nan),
		share(what+": the same, were the tests one-sided", oneSided, teams, nan, nan),
	}
	return append(rows, covers.rows(what+", organisation")...)
}
