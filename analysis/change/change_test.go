package change_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/batch"
	"smokestack/analysis/change"
	"smokestack/analysis/flow"
	"smokestack/analysis/work"
)

// pair compares the last 26 weeks before a Monday of the story with the 26 before.
func pair(o assembletest.Told, day float64) change.Pair {
	return pairOf(o.Org, o.Day(day))
}

func pairOf(o *work.Org, at work.Instant) change.Pair {
	recent := work.LastWeeks(at, change.HalfYear, time.UTC)
	baseline := work.LastWeeks(recent.From(), change.HalfYear, time.UTC)
	past, view := o.At(baseline.To()-1), o.At(recent.To()-1)
	was, is := past.Lives(), view.Lives()
	before, now := flow.Analyse(past.Cut(baseline, was)), flow.Analyse(view.Cut(recent, is))
	return change.NewPair(before[0], now[0], batch.Analyse(past, baseline, was), batch.Analyse(view, recent, is))
}

// year tells a year of a team: so many items start each week and take so many
// days, of the first half year and of the second.
func year(key string, perWeek [2]int, days [2]float64) string {
	var b strings.Builder
	n := 0
	for week := range 52 {
		half := week / 26
		for k := range perWeek[half] {
			n++
			at := float64(7*week) + 0.1*float64(k)
			fmt.Fprintf(&b, "%s-%d story: %g created; %g start; %g done\n", key, n, at, at, at+days[half]*(0.6+0.8*float64(n*7919%1009)/1008))
		}
	}
	return b.String()
}

func find(t *testing.T, tests []change.Test, m change.Measure, all bool, team work.TeamID) change.Test {
	t.Helper()
	for _, x := range tests {
		if x.ID == m.ID && x.All == all && (all || x.Team == team) {
			return x
		}
	}
	t.Fatalf("no test of %s", m.ID)
	return change.Test{}
}

// Twice as many a week, which take half as long: the ratios are those that were
// planted.
func TestPlantedRatios(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, year("A", [2]int{2, 4}, [2]float64{4, 2})+year("B", [2]int{3, 3}, [2]float64{3, 3}))
	tests := change.Tests(pair(o, 364))
	a, b := o.Team("A"), o.Team("B")
	near := func(name string, x change.Test, want, within float64) {
		t.Helper()
		if math.Abs(x.Ratio.Value-want) > within || !x.Eligible() {
			t.Errorf("%s: ×%v (%s), want ×%v", name, x.Ratio.Value, x.Why, want)
		}
	}
	throughput, cycle := find(t, tests, change.Throughput, false, a), find(t, tests, change.CycleTime, false, a)
	near("throughput of A", throughput, 2, 0.05) // the last items of each half end in the next
	near("cycle time of A", cycle, 0.5, 0.05)
	near("throughput of B", find(t, tests, change.Throughput, false, b), 1, 0.05)
	near("cycle time of B", find(t, tests, change.CycleTime, false, b), 1, 0.1)
	if got := throughput.Raw(true, change.NoBand); got != change.Better {
		t.Errorf("twice the throughput is %v", got)
	}
	if got := cycle.Raw(true, change.NoBand); got != change.Better {
		t.Errorf("half the cycle time is %v", got)
	}
	if org := find(t, tests, change.Throughput, true, 0); math.Abs(org.Ratio.Value-7.0/5) > 0.03 {
		t.Errorf("throughput of all: ×%v, want ×1.4", org.Ratio.Value)
	}
}

// Half a year of history is no comparison, and it is told when it will be one.
func TestTooLittleHistory(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, year("A", [2]int{4, 4}, [2]float64{2, 2}))
	x := find(t, change.Tests(pair(o, 40*7)), change.Throughput, true, 0)
	if x.Eligible() || x.Needs == nil || x.Needs.Have != 40 || x.Needs.Need != 52 || x.Needs.By != o.Day(52*7) {
		t.Errorf("after 40 weeks: %+v, needs %+v", x.Why, x.Needs)
	}
	few := assembletest.Tell(t, assemble.Rules{}, "A-0 story: 0 created\nA-1 story: 100 created; 101 start; 103 done\nA-2 story: 300 created; 301 start; 305 done")
	x = find(t, change.Tests(pair(few, 371)), change.Throughput, true, 0)
	if x.Eligible() || x.Needs == nil || x.Needs.Have != 2 || x.Needs.Need != 50 {
		t.Errorf("two events: %q, needs %+v", x.Why, x.Needs)
	}
}

// A team that was reorganised within the year has no comparison, the others and
// the organisation have.
func TestReorganised(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, year("A", [2]int{4, 4}, [2]float64{2, 2})+year("B", [2]int{4, 4}, [2]float64{2, 2}))
	o.Org.Reorganised = []work.Reorganisation{{At: o.Day(200), Teams: []work.TeamID{o.Team("A")}}}
	tests := change.Tests(pair(o, 364))
	if x := find(t, tests, change.Throughput, false, o.Team("A")); x.Eligible() || x.Needs == nil || x.Needs.Need != 52 || x.Needs.Have != 23 {
		t.Errorf("team A: %q, %+v", x.Why, x.Needs)
	}
	for _, x := range []change.Test{find(t, tests, change.Throughput, false, o.Team("B")), find(t, tests, change.Throughput, true, 0)} {
		if !x.Eligible() {
			t.Errorf("not tested: %q", x.Why)
		}
	}
}

// batches tells a year of epics, two a week, of so many children in each half year;
// every other one has some more.
func batches(children [2]int, more int) string {
	var b strings.Builder
	n := 0
	for e := range 104 {
		at := 3.5 * float64(e)
		fmt.Fprintf(&b, "E-%d epic: %g created; %g done\n", e+1, at, at+2)
		for range children[e/52] + more*(e%2) {
			n++
			fmt.Fprintf(&b, "A-%d story in E-%d: %g created; %g start; %g done\n", n, e+1, at, at, at+1)
		}
	}
	return b.String()
}

// Batches of 6 and 7 children in turn, in both half years: of their differences the
// logarithm of 7/6 and of 6/7 are a quarter each, and the median is 0; the interval
// ends there. That is within ÷1.3 and ×1.3, so that batches can be steady, and work
// for now where a band is agreed. Twice as many are worse.
func TestBatchesCanBeSteady(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, batches([2]int{6, 6}, 1))
	x := find(t, change.Tests(pair(o, 364)), change.BatchSize, true, 0)
	if !x.Eligible() || x.Ratio.Value != 1 || x.Low90 < 6.0/7-1e-9 || x.High90 > 7.0/6+1e-9 {
		t.Fatalf("%+v", x)
	}
	for place, want := range map[change.Place]change.Verdict{change.NoBand: change.Steady, change.Inside: change.Working, change.Outside: change.CantTell} {
		if got := x.Raw(false, place); got != want {
			t.Errorf("place %d: %v, want %v", place, got, want)
		}
	}
	o = assembletest.Tell(t, assemble.Rules{}, batches([2]int{6, 12}, 1))
	x = find(t, change.Tests(pair(o, 364)), change.BatchSize, true, 0)
	if got := x.Raw(true, change.NoBand); got != change.Worse || math.Abs(x.Ratio.Value-2) > 0.2 {
		t.Errorf("twice as many: %v, ×%v", got, x.Ratio.Value)
	}
}

// Work in progress and lead time are put beside each other and never tested: with
// twice as many a week that take half as long as before, λ·W says 2·4/7 and 4·2/7
// items, and the lead time is the cycle time. They share no correction, and nothing
// is said of them but that.
func TestDescribed(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, year("A", [2]int{2, 4}, [2]float64{4, 2}))
	tests := change.Tests(pair(o, 364))
	for _, c := range []struct {
		m             change.Measure
		before, ratio float64
	}{{change.LeadTime, 4, .5}, {change.WIP, 8.0 / 7, 1}} {
		for _, all := range []bool{true, false} {
			x := find(t, tests, c.m, all, o.Team("A"))
			if math.Abs(x.Before.Value-c.before) > .2 || math.Abs(x.Ratio.Value-c.ratio) > .05 || x.Ratio.Bounded() || x.Ratio.Why == "" || x.Eligible() || !x.Described || x.Needs != nil {
				t.Errorf("%s, all: %v: %+v", c.m.ID, all, x)
			}
			tested := change.Tested{Tests: []change.Test{x}, Out: map[change.Row]bool{{All: true}: true, {Team: o.Team("A")}: true}}
			f := change.Judge(tested, change.Tested{}, nil)
			if j := f.Tests[0]; f.M != 0 || j.Verdict != change.Untested || j.Because != "" || j.Verdict.String() != "not tested" {
				t.Errorf("%s: m %d, %+v", c.m.ID, f.M, j)
			}
		}
	}
	x := find(t, change.Tests(pair(o, 40*7)), change.WIP, true, 0)
	if !x.Described || x.Ratio.Known() || !x.Now.Known() || x.Needs == nil || x.Needs.Have != 40 {
		t.Errorf("after 40 weeks: %+v", x)
	}
	if x := find(t, tests, change.BatchSize, false, o.Team("A")); !x.Described || x.Ratio.Known() {
		t.Errorf("no batches: %+v", x)
	}
}

// Batches of one size all have no test, and it is said why.
func TestBatchesAllAlike(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, batches([2]int{3, 3}, 0))
	x := find(t, change.Tests(pair(o, 364)), change.BatchSize, true, 0)
	if x.Eligible() || x.Why != "all values are equal" {
		t.Errorf("%q: %+v", x.Why, x)
	}
}

// The table of METRICS section 7, line by line.
func TestVerdicts(t *testing.T) {
	test := func(m change.Measure, ratio, low, high float64) change.Test {
		x := change.Test{Measure: m, P: 0.001, Low90: low, High90: high}
		x.Ratio.Value = ratio
		return x
	}
	for name, c := range map[string]struct {
		x        change.Test
		rejected bool
		band     change.Place
		want     change.Verdict
	}{
		"rejected and large, less is better": {test(change.CycleTime, 1.5, 1.2, 1.8), true, change.NoBand, change.Worse},
		"rejected and large, more is better": {test(change.Throughput, 1.5, 1.2, 1.8), true, change.NoBand, change.Better},
		"rejected and small":                 {test(change.Throughput, 1.1, 1.05, 1.15), true, change.NoBand, change.Steady},
		"not rejected and narrow":            {test(change.Throughput, 1.02, 0.9, 1.2), false, change.NoBand, change.Steady},
		"in its band":                        {test(change.Throughput, 1.02, 0.9, 1.2), false, change.Inside, change.Working},
		"outside its band":                   {test(change.Throughput, 1.02, 0.9, 1.2), false, change.Outside, change.CantTell},
		"not rejected and wide":              {test(change.Throughput, 1.1, 0.7, 1.6), false, change.NoBand, change.CantTell},
		"at the edge of 1/1.3":               {test(change.Throughput, 1, 1/1.3, 1.2), false, change.NoBand, change.CantTell},
		"without an interval":                {test(change.Throughput, 1, math.NaN(), math.NaN()), false, change.NoBand, change.CantTell},
		"not tested":                         {change.Test{Why: "too little", P: math.NaN()}, false, change.NoBand, change.CantTell},
	} {
		if got := c.x.Raw(c.rejected, c.band); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if change.Agree(change.Worse, change.Worse) != change.Worse || change.Agree(change.Worse, change.Steady) != change.CantTell {
		t.Error("two scans must agree")
	}
}

func FuzzTests(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		for _, x := range change.Tests(pairOf(c.View.Org, c.View.T+1)) {
			if x.Eligible() == (x.Why != "") || x.Eligible() && !x.Ratio.Known() || !x.Ratio.Known() && x.Ratio.Why == "" {
				t.Fatalf("%s: %+v", x.ID, x)
			}
		}
	})
}
