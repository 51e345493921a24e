package change

import (
	"math"
	"slices"

	"smokestack/analysis/flow"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Tests returns the tests of the family, in a fixed order: the organisation's,
// then those of every team in which something left in either window. Each row's are
// followed by what is described of it.
func Tests(p Pair) []Test {
	all := Row{All: true}
	out := []Test{p.throughput(all), p.cycleTime(all), p.batchSize(), p.leadTime(all), p.wip(all)}
	_, before := p.BatchesBefore.Rows()
	_, now := p.BatchesNow.Rows()
	for t := range p.Now.Teams {
		r := Row{Team: work.TeamID(t)}
		was, is := r.slices(p)
		if r.Team <= work.Several || was.Exits()+is.Exits()+len(is.Begun) == 0 {
			continue
		}
		sizes := p.describe(r, BatchSize, before[t].Size(0.5), now[t].Size(0.5))
		out = append(out, p.throughput(r), p.cycleTime(r), sizes, p.leadTime(r), p.wip(r))
	}
	return out
}

func (r Row) test(m Measure) Test {
	nan := math.NaN()
	return Test{Measure: m, Team: r.Team, All: r.All, Ratio: stats.Unknown(0, "not tested"), Low90: nan, High90: nan, P: nan}
}

// refuse closes a test without a result.
func (t Test) refuse(n int, why string, needs *Need) Test {
	t.Why, t.Needs, t.P, t.Ratio = why, needs, math.NaN(), stats.Unknown(n, why)
	t.Low90, t.High90 = math.NaN(), math.NaN()
	return t
}

// take keeps the result of a test.
func (t Test) take(c stats.Change) Test {
	t.Ratio, t.Low90, t.High90, t.P = c.Estimate, c.Low90, c.High90, c.P.Either
	if !t.Ratio.Known() || math.IsNaN(t.P) {
		return t.refuse(t.Ratio.N, t.Ratio.Why, nil)
	}
	return t
}

// notTested is why what is described has no interval of its ratio and no p.
const notTested = "described, not tested"

// describe puts a measure of both windows beside each other. The ratio is that of the
// two values, where the first is above 0 and both half years are there; N is the sum
// of theirs.
func (p Pair) describe(r Row, m Measure, before, now stats.Estimate) Test {
	t := r.test(m)
	t.Described, t.Why = true, notTested
	t.Before, t.Now = r.known(p, before), now
	n := t.Before.N + t.Now.N
	if why, needs := gate(p, r, minEvents); why != "" { // half a history is no fair part of one
		t.Needs, t.Ratio = needs, stats.Unknown(n, why)
		return t
	}
	t.Ratio = stats.Unknown(n, notTested)
	if ratio := t.Now.Value / t.Before.Value; ratio >= 0 && !math.IsInf(ratio, 1) {
		t.Ratio.Value = ratio
	}
	return t
}

// leadTime describes the median lead time (F2) of what finished in each window.
func (p Pair) leadTime(r Row) Test {
	before, now := r.slices(p)
	return p.describe(r, LeadTime, p.Before.Lead(before, 0.5), p.Now.Lead(now, 0.5))
}

// wip describes the mean work in progress (F3), a stock, of each window.
func (p Pair) wip(r Row) Test {
	before, now := r.slices(p)
	return p.describe(r, WIP, p.Before.WIP(before), p.Now.WIP(now))
}

// throughput compares the finishes a week (F5): the ratio of the rates, by
// quasi-Poisson regression. N is the number of finishes in both windows.
func (p Pair) throughput(r Row) Test {
	before, now := r.slices(p)
	t := r.test(Throughput)
	t.Before, t.Now = p.Before.Throughput(before), p.Now.Throughput(now)
	n := len(before.Finished) + len(now.Finished)
	t.Before = r.known(p, t.Before)
	if why, needs := gate(p, r, n); why != "" {
		return t.refuse(n, why, needs)
	}
	return t.take(stats.RateRatio(p.Now.Weekly(now, now.Finished), p.Before.Weekly(before, before.Finished)))
}

// cycleTime compares the time from start to exit (F1) of what began in each
// window: the shift of durations, within teams, types and thirds of size of the team. N is
// the number of items that began in both windows.
func (p Pair) cycleTime(r Row) Test {
	before, now := r.slices(p)
	t := r.test(CycleTime)
	t.Before, t.Now = p.Before.Cycle(before).Quantile(0.5), p.Now.Cycle(now).Quantile(0.5)
	weak := !p.Before.Starts(before).Enough() || !p.Now.Starts(now).Enough()
	was, is := p.Before.Cohort(before, weak), p.Now.Cohort(now, weak)
	n := len(was) + len(is)
	why, needs := gate(p, r, n)
	for _, w := range []string{p.Before.Gate(before), p.Now.Gate(now)} {
		if why == "" {
			why = w
		}
	}
	if why != "" {
		return t.refuse(n, why, needs)
	}
	size := thirds(p, was, is)
	strata := map[stratum]int{}
	return t.take(stats.Shift(p.units(p.Before, was, size, strata), p.units(p.Now, is, size, strata)))
}

// stratum is what durations are compared within.
type stratum struct {
	team  work.TeamID
	kind  work.TypeID
	third int
}

// units describes a cohort for the shift.
func (p Pair) units(a *flow.Analysis, cohort []flow.Begun, size func(*flow.Analysis, work.ItemID) int, strata map[stratum]int) []stats.Duration {
	out := make([]stats.Duration, len(cohort))
	for k, b := range cohort {
		s := stratum{a.Owner(b.Item), a.View.Kind(b.Item), size(a, b.Item)}
		n, ok := strata[s]
		if !ok {
			n = len(strata)
			strata[s] = n
		}
		out[k] = stats.Duration{Days: b.Days, Ended: b.Left, Stratum: n, Cluster: cluster(a.View, b.Item)}
	}
	return out
}

// thirds tells of items in which third of their team's they are by estimate, those
// of both cohorts together: points of different teams do not compare. Items without
// an estimate are in none, which is a stratum of its own.
func thirds(p Pair, was, is []flow.Begun) func(*flow.Analysis, work.ItemID) int {
	sizes := map[work.TeamID][]float64{}
	note := func(a *flow.Analysis, cohort []flow.Begun) {
		for _, b := range cohort {
			t := a.Owner(b.Item)
			sizes[t] = append(sizes[t], points(a.View, b.Item))
		}
	}
	note(p.Before, was)
	note(p.Now, is)
	of := map[work.TeamID]stats.Thirds{}
	for t, list := range sizes {
		of[t] = stats.NewThirds(list)
	}
	return func(a *flow.Analysis, i work.ItemID) int { return of[a.Owner(i)].Of(points(a.View, i)) }
}

// points are the estimate of an item at the view's instant; 0 is none.
func points(v work.View, i work.ItemID) float64 {
	if len(v.Points.Off) == 0 {
		return 0
	}
	x, _ := v.Points.At(i, v.T)
	return float64(x)
}

// cluster identifies the batch of an item, or the item itself, by its site and
// immutable id.
func cluster(v work.View, i work.ItemID) uint64 {
	i = v.Cluster(i)
	return stats.ClusterID(v.Sites[v.Items.Site[i]].URL + " " + v.Items.ID[i])
}

// batchSize compares the sizes of finished batches (B1) of the organisation:
// the Hodges-Lehmann shift of ln n, with Mann and Whitney's p. N is the number
// of batches.
func (p Pair) batchSize() Test {
	r := Row{All: true}
	t := r.test(BatchSize)
	before, _ := p.BatchesBefore.Rows()
	now, _ := p.BatchesNow.Rows()
	t.Before, t.Now = before.Size(0.5), now.Size(0.5)
	was, is := logs(before.Sizes()), logs(now.Sizes())
	n := len(was) + len(is)
	if why, needs := gate(p, r, n); why != "" {
		return t.refuse(n, why, needs)
	}
	c := stats.RankShift(was, is) // of logarithms: their shift is the logarithm of the ratio
	for _, x := range []*float64{&c.Value, &c.Low, &c.High, &c.Low90, &c.High90} {
		*x = math.Exp(*x)
	}
	return t.take(c)
}

func logs(sizes []float64) []float64 {
	out := slices.Clone(sizes)
	for k, x := range out {
		out[k] = math.Log(x)
	}
	return out
}
