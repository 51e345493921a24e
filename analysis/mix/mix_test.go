package mix_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/mix"
	"smokestack/analysis/work"
)

func analyse(v work.View, w work.Window) *mix.Analysis {
	lives := v.Lives()
	cut := v.Cut(w, lives)
	recent := work.LastWeeks(v.T+1, 26, time.UTC)
	baseline := work.LastWeeks(recent.From(), 26, time.UTC)
	h := mix.Halves{Recent: v.Cut(recent, lives), Baseline: v.Cut(baseline, lives)}
	return mix.Analyse(cut, h, v.Efforts(w, lives), v.Efforts(recent, lives), v.Efforts(baseline, lives))
}

var threeCategories = assemble.Rules{
	Categories: []assemble.Category{
		{Name: "new", Names: []string{"story"}, Plan: 0.6}, {Name: "upkeep", Names: []string{"task"}, Plan: 0.3}, {Name: "unplanned", Names: []string{"bug"}, Plan: 0.1},
	},
	Planned: true,
}

// Shares by hand: three days of Ana's on a story, one of Ben's on a bug; one item
// of each finishes, and a task that nobody touched.
func TestMix(t *testing.T) {
	o := assembletest.Tell(t, threeCategories, `
A-1 story: 0 created; 7.1 start by ana; 8.1 comment 10 by ana; 9.1 done by ana
A-2 bug:   0 created; 8.2 worklog by ben; 9.2 done
B-1 task:  0 created; 9.3 done`)
	c := o.Cut(14, 1)
	a := analyse(c.View, c.Window)
	category := map[string]int{}
	for k, x := range o.Categories {
		category[x.Name] = k
	}
	for name, want := range map[string][2]float64{"new": {0.75, 1.0 / 3}, "unplanned": {0.25, 1.0 / 3}, "upkeep": {0, 1.0 / 3}, "(unlabelled)": {0, 0}} {
		k, ok := category[name]
		if !ok {
			t.Fatalf("no category %s in %v", name, o.Categories)
		}
		o.Value(name+", days", a.Org.Days[k], want[0], 2)
		o.Value(name+", items", a.Org.Items[k], want[1], 3)
	}
	if a.Org.PersonDays != 4 {
		t.Errorf("%v person-days, want 4", a.Org.PersonDays)
	}
	b := a.Teams[o.Team("B")]
	if b.Days[category["upkeep"]].Known() || b.Days[category["upkeep"]].Why == "" {
		t.Errorf("nobody worked for B, and yet: %+v", b.Days)
	}
	o.Value("B, items", b.Items[category["upkeep"]], 1, 1)
}

// Work that goes over from stories to bugs is at the distance that the formula
// gives for the shares of person-days, and further than chance brings it.
func TestDrift(t *testing.T) {
	var b strings.Builder
	for week := range 52 {
		for k := range 10 {
			typ := "story"
			if bugs := map[bool]int{true: 2, false: 8}[week < 26]; k < bugs {
				typ = "bug"
			}
			at := float64(7*week) + 0.4*float64(k)
			fmt.Fprintf(&b, "A-%d %s: %g created; %g worklog by p%d\n", 100*week+k, typ, at, at, k)
		}
	}
	o := assembletest.Tell(t, threeCategories, b.String())
	a := analyse(o.Org.At(o.Day(364)-1), work.LastWeeks(o.Day(364), 26, time.UTC))
	// d between (0.8, 0.2) and (0.2, 0.8): JSD = ln 2 − H(0.2), H = −Σ p ln p.
	h := -(0.2*math.Log(0.2) + 0.8*math.Log(0.8))
	o.Value("drift", a.Org.Drift.D, math.Sqrt((math.Ln2-h)/math.Ln2), 520)
	if p := a.Org.Drift.P; p > 0.01 {
		t.Errorf("p %v of a change from 2 to 8 bugs in 10", p)
	}
	// And from the plan (0.6, 0.3, 0.1), with (0.2, 0, 0.8).
	jsd := 0.0
	for _, x := range [][2]float64{{0.2, 0.6}, {0, 0.3}, {0.8, 0.1}} {
		m := (x[0] + x[1]) / 2
		for _, p := range x {
			if p > 0 {
				jsd += p / 2 * math.Log(p/m)
			}
		}
	}
	o.Value("from the plan", a.Org.Plan.D, math.Sqrt(jsd/math.Ln2), 260)
}

// METRICS 0: G≥20. Three batches tell no interval.
func TestShareOfThreeBatches(t *testing.T) {
	o := assembletest.Tell(t, threeCategories, `
A-1 story: 0 created; 1 worklog by ana
A-2 bug:   0 created; 2 worklog by ana
A-3 story: 0 created; 3 worklog by ana; 4 worklog by ana`)
	c := o.Cut(28, 4)
	a := analyse(c.View, c.Window)
	for k, x := range o.Categories {
		if e := a.Org.Days[k]; !e.Known() || e.Bounded() || e.Why == "" {
			t.Errorf("%s: %v with the interval %.3f to %.3f of 3 clusters", x.Name, e.Value, e.Low, e.High)
		}
	}
}

// METRICS A2: "permute batches (each in the window of its first start)". Batches that
// are written down in the baseline and begun in the recent half year are recent ones.
func TestDriftOfPlannedBatches(t *testing.T) {
	var b strings.Builder
	for k := range 10 {
		fmt.Fprintf(&b, "A-%d story: %d created by ana; %d start by ana; %d done by ana\n", k+1, 10+k, 11+k, 20+k)
		fmt.Fprintf(&b, "A-%d bug: %d created by ana; %d start by ana; %d worklog by ana; %d done by ana\n", k+101, 30+k, 200+k, 201+k, 220+k)
	}
	o := assembletest.Tell(t, threeCategories, b.String())
	a := analyse(o.Org.At(o.Day(364)-1), work.LastWeeks(o.Day(364), 26, time.UTC))
	o.Value("drift", a.Org.Drift.D, 1, 20)
}

func FuzzMix(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		a := analyse(c.View, c.Window)
		for _, r := range append(a.Teams, a.Org) {
			sum := 0.0
			for k := range r.Days {
				for _, e := range []float64{r.Days[k].Value, r.Items[k].Value} {
					if e < 0 || e > 1+1e-9 {
						t.Fatalf("a share of %v", e)
					}
				}
				if !r.Days[k].Known() && r.Days[k].Why == "" || !r.Items[k].Known() && r.Items[k].Why == "" {
					t.Fatalf("no reason: %+v", r)
				}
				sum += r.Days[k].Value
			}
			if r.PersonDays > 0 && math.Abs(sum-1) > 1e-6 {
				t.Fatalf("shares add up to %v", sum)
			}
			if d := r.Drift; !d.D.Known() && d.D.Why == "" || d.D.Value < 0 || d.D.Value > 1 {
				t.Fatalf("%+v", d)
			}
		}
	})
}
