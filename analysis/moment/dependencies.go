package moment

import (
	"math"

	"smokestack/analysis/deps"
	"smokestack/analysis/flow"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Taxes are the dependency tax (D8) of every row.
type Taxes struct {
	Org   deps.Tax
	Teams []deps.Tax // by TeamID
}

// blocked measures the blocked share (D3) of every row, by the starts that count
// for its work in progress (F3), and not at all where that cannot be counted.
func blocked(f *flow.Analysis) deps.Blocked {
	org, teams := f.Counted(false)
	out := deps.Block(f.Cut, org)
	out.Teams = deps.Block(f.Cut, teams).Teams
	gate := func(s *work.Slice, e *stats.Estimate) {
		if wip := f.WIP(s); !wip.Known() {
			*e = stats.Unknown(0, wip.Why)
		}
	}
	gate(&f.Org, &out.Org)
	for t := range out.Teams {
		gate(&f.Teams[t], &out.Teams[t])
	}
	return out
}

// taxes measures the dependency tax of every row, by the starts that count for
// durations, and not at all where most of these are not known.
func taxes(f *flow.Analysis) Taxes {
	org, teams := f.Counted(true)
	var out Taxes
	out.Org, _ = deps.Taxes(f.Cut, org)
	_, out.Teams = deps.Taxes(f.Cut, teams)
	gate := func(s *work.Slice, x *deps.Tax) {
		if why := f.Gate(s); why != "" {
			x.Shift = stats.Shift(nil, nil)
			x.Shift.Estimate, x.Check = stats.Unknown(0, why), stats.LogRankTest{ChiSquared: math.NaN(), P: math.NaN(), Why: why}
		}
	}
	gate(&f.Org, &out.Org)
	for t := range out.Teams {
		gate(&f.Teams[t], &out.Teams[t])
	}
	return out
}

// chart is the 2ⁿ chart (D7), and why there is none.
func chart(f *flow.Analysis) (deps.Chart, string) {
	if why := f.Gate(&f.Org); why != "" {
		return deps.Chart{P: stats.Unknown(0, why)}, why
	}
	org, _ := f.Counted(true)
	return deps.PowerChart(f.Cut, org), ""
}
