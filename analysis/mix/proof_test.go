package mix_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/work"
)

// METRICS 0: no window of a named team crosses the date of its reorganisation. Ana
// spends two days on a story, then the team is reorganised on day 14, then one on a bug.
func TestProofMixCrossesReorganisation(t *testing.T) {
	o := assembletest.Tell(t, threeCategories, `
A-1 story: 0 created; 1 worklog by ana; 2 worklog by ana; 3 done
A-2 bug:   0 created; 15 worklog by ana; 16 done`)
	o.Org.Reorganised = []work.Reorganisation{{At: o.Day(14), Teams: []work.TeamID{o.Team("A")}}}
	c := o.Cut(28, 4)
	a := analyse(c.View, c.Window)
	row := a.Teams[o.Team("A")]
	for k, x := range o.Categories {
		if x.Name == "unplanned" {
			o.Value("items of A, unplanned", row.Items[k], 1, 1)
			o.Value("days of A, unplanned", row.Days[k], 1, 1)
		}
	}
}

// METRICS 0, table: "shares of items or requests (A1, …): clustered Jeffreys", "G≥20".
// Three batches tell no interval.
func TestProofMixIntervalOfThreeBatches(t *testing.T) {
	o := assembletest.Tell(t, threeCategories, `
A-1 story: 0 created; 1 worklog by ana
A-2 bug:   0 created; 2 worklog by ana
A-3 story: 0 created; 3 worklog by ana; 4 worklog by ana`)
	c := o.Cut(28, 4)
	a := analyse(c.View, c.Window)
	for k, x := range o.Categories {
		if e := a.Org.Days[k]; e.Bounded() {
			t.Errorf("%s: %v with the interval %.3f to %.3f of 3 clusters", x.Name, e.Value, e.Low, e.High)
		}
	}
}

// METRICS A2: "permute batches (each in the window of its first start)". Batches that
// are written down in the baseline and begun in the recent half year are recent ones.
func TestProofDriftPutsPlannedBatchesIntoThePast(t *testing.T) {
	var b strings.Builder
	for k := range 10 {
		fmt.Fprintf(&b, "A-%d story: %d created by ana; %d start by ana; %d done by ana\n", k+1, 10+k, 11+k, 20+k)
		fmt.Fprintf(&b, "A-%d bug: %d created by ana; %d start by ana; %d worklog by ana; %d done by ana\n", k+101, 30+k, 200+k, 201+k, 220+k)
	}
	o := assembletest.Tell(t, threeCategories, b.String())
	a := analyse(o.Org.At(o.Day(364)-1), work.LastWeeks(o.Day(364), 26, time.UTC))
	if !a.Org.Drift.D.Known() || a.Org.Drift.D.Value < 0.5 {
		t.Errorf("ten stories begun in the first half year and ten bugs in the second: d %v (%s), want near 1", a.Org.Drift.D.Value, a.Org.Drift.D.Why)
	}
}
