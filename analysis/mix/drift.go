package mix

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// ruleVersion names the streams of the nulls; another number, other draws.
const ruleVersion = "mix/1"

// mostDraws bounds the draws of a null: enough for a p of 1 in 1000.
const mostDraws = 999

// drifts holds, for every team and last for the organisation, the batches of
// both half years with their person-days by category.
type drifts struct {
	v                work.View
	recent, baseline []map[work.ItemID][]float64
	now              []map[work.ItemID][]float64 // what went into the recent weeks, whenever its batch began
	whole            []bool                      // both half years are there
	became           []bool                      // another team within them
	plan             []float64
}

// newDrifts puts every batch into the half year in which the first of its items
// began, or, where none is known to have begun, into that of its first effort: one
// that spans both counts once, and whole.
func newDrifts(h Halves, recent, baseline []work.Effort) *drifts {
	v := h.Recent.View
	teams, n := len(v.Teams), categories(v)
	d := &drifts{v: v, recent: newRows(teams + 1), baseline: newRows(teams + 1), now: newRows(teams + 1), whole: make([]bool, teams+1), became: make([]bool, teams+1), plan: plan(v)}
	all := h.Recent.Window.Weeks() + h.Baseline.Window.Weeks()
	d.whole[teams] = all == 2*halfYear
	for t := range teams {
		own := h.Recent.Teams[t].Window.Weeks() + h.Baseline.Teams[t].Window.Weeks()
		d.whole[t], d.became[t] = own == 2*halfYear, own < all
	}
	baseline, recent = byItem(baseline), byItem(recent)
	early := beganEarly(h, baseline)
	put := func(into []map[work.ItemID][]float64, w work.Effort) {
		for _, t := range []int{int(h.Recent.Owner(w.Item)), teams} {
			row(into[t], v.Cluster(w.Item), n)[category(v, w.Item)] += float64(w.Work) / work.PersonDay
		}
	}
	in := func(i work.ItemID) []map[work.ItemID][]float64 {
		if early[v.Cluster(i)] {
			return d.baseline
		}
		return d.recent
	}
	for _, w := range baseline {
		put(in(w.Item), w)
	}
	eachRow(h.Recent, recent, func(t int, w work.Effort) {
		row(d.now[t], v.Cluster(w.Item), n)[category(v, w.Item)] += float64(w.Work) / work.PersonDay
	})
	for _, w := range recent {
		put(in(w.Item), w)
	}
	return d
}

// beganEarly tells of which batches the first item began before the recent half
// year; what was done to a batch before, such as writing its items down, does not
// begin it. A batch of which no item is known to have begun, began with its first
// effort.
func beganEarly(h Halves, baseline []work.Effort) map[work.ItemID]bool {
	v, first := h.Recent.View, map[work.ItemID]work.Instant{}
	for i := range work.ItemID(v.Items.Len()) {
		l := h.Recent.Lives[i]
		if !l.Begun() || !v.Has(i) || v.Level(i) != work.LevelItem {
			continue
		}
		if b := v.Cluster(i); first[b] == 0 || l.Start < first[b] {
			first[b] = l.Start
		}
	}
	early := map[work.ItemID]bool{}
	for _, w := range baseline {
		if b := v.Cluster(w.Item); first[b] == 0 {
			early[b] = true
		}
	}
	for b, at := range first {
		early[b] = at < h.Recent.Window.From()
	}
	return early
}

const halfYear = 26

func newRows(n int) []map[work.ItemID][]float64 {
	out := make([]map[work.ItemID][]float64, n)
	for k := range out {
		out[k] = map[work.ItemID][]float64{}
	}
	return out
}

// plan returns the planned share of every category; nil where there is no plan.
func plan(v work.View) []float64 {
	if !v.Planned {
		return nil
	}
	out := make([]float64, categories(v))
	for k, c := range v.Categories {
		out[k] = c.Plan
	}
	return out
}

func rows(m map[work.ItemID][]float64) [][]float64 {
	var out [][]float64
	for _, b := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[b])
	}
	return out
}

// of returns the drift of a row against its own past, and against the plan.
func (d *drifts) of(t int) (past, plan Drift) {
	recent, baseline := rows(d.recent[t]), rows(d.baseline[t])
	n := len(recent) + len(baseline)
	switch {
	case d.became[t]:
		past = none(n, fmt.Sprintf("a change needs %d weeks since the last reorganisation", 2*halfYear))
	case !d.whole[t]:
		past = none(n, fmt.Sprintf("a change needs %d weeks of history", 2*halfYear))
	case len(recent) == 0 || len(baseline) == 0:
		past = none(n, "nobody is known to have done anything in one of the half years")
	default:
		past = found(stats.DriftBetween(recent, baseline, mostDraws, stats.Rand(ruleVersion, "past", d.ids(d.recent[t]), d.ids(d.baseline[t]))))
	}
	switch {
	case d.plan == nil:
		return past, none(len(d.now[t]), "no plan of the mix is configured")
	case len(d.now[t]) == 0:
		return past, none(0, whyNoDays)
	}
	return past, found(stats.DriftFromPlan(rows(d.now[t]), d.plan, mostDraws, stats.Rand(ruleVersion, "plan", d.ids(d.now[t]))))
}

// ids names the batches of a null by what never changes about them.
func (d *drifts) ids(m map[work.ItemID][]float64) string {
	var b strings.Builder
	for _, i := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintln(&b, d.v.Sites[d.v.Items.Site[i]].URL, d.v.Items.ID[i])
	}
	return b.String()
}

func none(n int, why string) Drift {
	return Drift{D: stats.Unknown(n, why), Null: math.NaN(), P: math.NaN()}
}

func found(d stats.Drifted) Drift {
	if math.IsNaN(d.D) {
		return none(d.N, d.Why)
	}
	e := stats.Census(d.D, d.N)
	e.Why = "no interval: chance alone gives more than 0; see what it gives in 95 of 100 cases"
	if d.Why != "" {
		e.Why = d.Why
	}
	return Drift{D: e, Null: d.Null95, P: d.P}
}
