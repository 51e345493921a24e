package change_test

import (
	"math"
	"slices"
	"testing"

	"smokestack/analysis/change"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// of is a test of a team's measure with a p and a ratio, now at a value.
func of(m change.Measure, team work.TeamID, p, ratio, now float64) change.Test {
	x := change.Test{Measure: m, Team: team, P: p, Low90: ratio * 0.95, High90: ratio * 1.05}
	x.Ratio.Value, x.Now.Value = ratio, now
	if math.IsNaN(p) {
		x.Why = "too little"
	}
	return x
}

func scan(others []float64, tests ...change.Test) change.Tested {
	return change.Tested{Tests: tests, Others: others}
}

// BH95's fifteen p-values at q = 0.10: k·q/m is 0.0600 for k = 9, which is p₍₉₎ =
// .0459, so that nine are rejected, wherever they stand: ten of them are tests and
// five are others' here. One more, or less, changes m and the line: that is one family.
func TestOneCorrectionForAll(t *testing.T) {
	p := []float64{.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1}
	var tests []change.Test
	var others []float64
	for n, x := range p {
		if n%3 == 0 {
			others = append(others, x)
			continue
		}
		tests = append(tests, of(change.Throughput, work.TeamID(2+n), x, 1.5, 10))
	}
	others = append(others, math.NaN())
	tests = append(tests, of(change.Throughput, 99, math.NaN(), 1.5, 10))
	f := change.Judge(scan(others, tests...), scan(others, tests...), nil)
	if f.M != 15 {
		t.Errorf("m %d, want 15", f.M)
	}
	for _, j := range f.Tests {
		if want := j.P <= .0459; j.Rejected != want || (j.Verdict == change.Better) != want {
			t.Errorf("p %v: rejected %v, %v", j.P, j.Rejected, j.Verdict)
		}
	}
	if want := []bool{true, true, true, false, false, false}; !slices.Equal(f.Others, want) {
		t.Errorf("others %v, want %v", f.Others, want)
	}
	// By itself a p of .06 is rejected; with nine others that are 1 it is not.
	one := of(change.Throughput, 2, .06, 1.5, 10)
	if f := change.Judge(scan(nil, one), scan(nil, one), nil); !f.Tests[0].Rejected || f.M != 1 {
		t.Errorf("alone: %+v", f)
	}
	nine := slices.Repeat([]float64{1}, 9)
	if f := change.Judge(scan(nine, one), scan(nine, one), nil); f.Tests[0].Rejected || f.M != 10 {
		t.Errorf("with nine others: %+v", f)
	}
}

// Each scan corrects by its own m, and both must come to the same.
func TestTwoScansMustAgree(t *testing.T) {
	better, steady := of(change.Throughput, 2, .001, 1.5, 10), of(change.Throughput, 2, .9, 1, 10)
	weak := of(change.Throughput, 2, .06, 1.5, 10)
	worse := of(change.Throughput, 2, .001, .5, 10)
	nine := slices.Repeat([]float64{1}, 9)
	for name, c := range map[string]struct {
		now, then change.Tested
		raw, old  change.Verdict
		want      change.Verdict
	}{
		"both better":                       {scan(nil, better), scan(nil, better), change.Better, change.Better, change.Better},
		"better after steady":               {scan(nil, better), scan(nil, steady), change.Better, change.Steady, change.CantTell},
		"better after worse":                {scan(nil, better), scan(nil, worse), change.Better, change.Worse, change.CantTell},
		"both steady":                       {scan(nil, steady), scan(nil, steady), change.Steady, change.Steady, change.Steady},
		"a week ago there was no such team": {scan(nil, better), scan(nil), change.Better, change.CantTell, change.CantTell},
		"a week ago there were nine others": {scan(nil, weak), scan(nine, weak), change.Better, change.CantTell, change.CantTell},
	} {
		got := change.Judge(c.now, c.then, nil).Tests[0]
		if got.Raw != c.raw || got.Earlier != c.old || got.Verdict != c.want {
			t.Errorf("%s: %v and %v, so %v; want %v, %v, %v", name, got.Raw, got.Earlier, got.Verdict, c.raw, c.old, c.want)
		}
	}
	// A team and the organisation are not taken for each other.
	all := better
	all.All = true
	if got := change.Judge(scan(nil, all), scan(nil, better), nil).Tests[0].Earlier; got != change.CantTell {
		t.Errorf("the organisation had the team's verdict %v", got)
	}
	others := change.Judge(scan([]float64{.001, .001, .9, math.NaN()}), scan([]float64{.001, .9, .001}), nil).Others
	if !slices.Equal(others, []bool{true, false, false, false}) {
		t.Errorf("others %v", others)
	}
}

// The band is that of the row and the measure: its ends belong to it.
func TestPlacementOfBands(t *testing.T) {
	bands := []work.Band{{Team: 2, Metric: "F5", Low: 5, High: 10}, {Team: work.NoTeam, Metric: "F5", Low: 50, High: math.Inf(1)}, {Team: 2, Metric: "F1", Low: math.Inf(-1), High: 3}}
	for _, c := range []struct {
		test change.Test
		all  bool
		want change.Verdict
	}{
		{of(change.Throughput, 2, .9, 1, 7), false, change.Working},
		{of(change.Throughput, 2, .9, 1, 5), false, change.Working},
		{of(change.Throughput, 2, .9, 1, 10), false, change.Working},
		{of(change.Throughput, 2, .9, 1, 10.1), false, change.CantTell},
		{of(change.Throughput, 3, .9, 1, 100), false, change.Steady},
		{of(change.Throughput, 2, .9, 1, 60), true, change.Working},
		{of(change.Throughput, 2, .9, 1, 7), true, change.CantTell},
		{of(change.CycleTime, 2, .9, 1, 1), false, change.Working},
		{of(change.CycleTime, 2, .9, 1, 4), false, change.CantTell},
		{of(change.CycleTime, 2, .9, 1, math.NaN()), false, change.Steady},
		{of(change.Throughput, 2, .001, 1.5, 100), false, change.Better}, // comes before any band
	} {
		x := c.test
		x.All = c.all
		if got := change.Judge(scan(nil, x), scan(nil, x), bands).Tests[0].Verdict; got != c.want {
			t.Errorf("%s of team %d (all: %v) at %v: %v, want %v", x.ID, x.Team, x.All, x.Now.Value, got, c.want)
		}
	}
}

// Eight weeks, by two measures that tell of different things, on the side that is
// worse.
func TestDiscussion(t *testing.T) {
	bands := []work.Band{
		{Team: 2, Metric: "F1", Low: 2, High: 5}, {Team: 2, Metric: "F2", Low: 2, High: 8}, {Team: 2, Metric: "F5", Low: 4, High: 9}, {Team: 2, Metric: "X9", Low: 1, High: 2},
		{Team: work.NoTeam, Metric: "F3", Low: 10, High: 20}, {Team: work.NoTeam, Metric: "B1", Low: 2, High: 10},
	}
	type values map[string]float64
	block := func(v values) change.Block {
		out := change.Block{{Team: 2}: {}, {All: true}: {}}
		for id, x := range v {
			r := change.Row{Team: 2}
			if id == "F3" || id == "B1" {
				r = change.Row{All: true}
			}
			out[r][id] = stats.Estimate{Value: x}
		}
		return out
	}
	inside := values{"F1": 3, "F2": 4, "F5": 6, "X9": 1.5, "F3": 15, "B1": 5}
	with := func(v values) change.Block {
		all := values{}
		for k, x := range inside {
			all[k] = x
		}
		for k, x := range v {
			all[k] = x
		}
		return block(all)
	}
	for name, c := range map[string]struct {
		earlier, later values
		team, all      bool
	}{
		"inside":                                 {nil, nil, false, false},
		"slow and few for eight weeks":           {values{"F1": 6, "F5": 3}, values{"F1": 7, "F5": 2}, true, false},
		"slow alone":                             {values{"F1": 6}, values{"F1": 7}, false, false},
		"slow by two measures of one family":     {values{"F1": 6, "F2": 9}, values{"F1": 7, "F2": 10}, false, false},
		"for four weeks":                         {nil, values{"F1": 7, "F5": 2}, false, false},
		"each for four weeks":                    {values{"F1": 6}, values{"F5": 2}, false, false},
		"from one side to the other":             {values{"F1": 6, "F5": 12}, values{"F1": 7, "F5": 2}, false, false},
		"fast and many: better than agreed":      {values{"F1": 1, "F5": 12}, values{"F1": 1, "F5": 12}, false, false},
		"at the ends":                            {values{"F1": 5, "F5": 4}, values{"F1": 5, "F5": 4}, false, false},
		"not known":                              {values{"F1": math.NaN(), "F5": 3}, values{"F1": 7, "F5": 2}, false, false},
		"a measure that is not watched":          {values{"X9": 6, "F5": 3}, values{"X9": 6, "F5": 2}, false, false},
		"the organisation: much begun, in large": {values{"F3": 30, "B1": 12}, values{"F3": 40, "B1": 12}, false, true},
	} {
		out := change.Discussion(bands, with(c.earlier), with(c.later))
		if out[change.Row{Team: 2}] != c.team || out[change.Row{All: true}] != c.all {
			t.Errorf("%s: %v", name, out)
		}
	}
	if out := change.Discussion(bands, nil, nil); len(out) != 0 { // and not a throughput of 0
		t.Errorf("no blocks: %v", out)
	}
}

// What asks for a talk comes first, in each scan by itself, but not where the
// measure gets better or cannot be told.
func TestDiscussIsAgreedOnToo(t *testing.T) {
	out := map[change.Row]bool{{Team: 2}: true}
	talks := func(x change.Tested) change.Tested { x.Out = out; return x }
	steady, worse := scan(nil, of(change.Throughput, 2, .9, 1, 7)), scan(nil, of(change.Throughput, 2, .001, .5, 7))
	better, none := scan(nil, of(change.Throughput, 2, .001, 2, 7)), scan(nil, of(change.Throughput, 2, math.NaN(), 1, 7))
	other := scan(nil, of(change.Throughput, 3, .9, 1, 7))
	for name, c := range map[string]struct {
		now, then change.Tested
		want      change.Verdict
	}{
		"both":                   {talks(steady), talks(steady), change.Discuss},
		"and it gets worse":      {talks(worse), talks(worse), change.Discuss},
		"for seven weeks":        {talks(steady), steady, change.CantTell},
		"a week ago":             {steady, talks(steady), change.CantTell},
		"it gets better":         {talks(better), talks(better), change.Better},
		"too little to tell":     {talks(none), talks(none), change.CantTell},
		"another team":           {talks(other), talks(other), change.Steady},
		"steady and then a talk": {talks(worse), talks(steady), change.Discuss},
	} {
		if got := change.Judge(c.now, c.then, nil).Tests[0].Verdict; got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
