package deps

import (
	"math"
	"testing"

	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// The window is days 14 to 28. A-1 is in progress for all of it unless said
// otherwise; its share of blocked time is told by hand.
func TestBlockedTime(t *testing.T) {
	const b = "\nB-1 story: 0 created; 20 start; 24 done\n"
	for _, c := range []struct {
		name, story string
		want        float64 // days
	}{
		{"flagged", "A-1 story: 0 created; 1 start; 20 flag; 22 unflag", 2},
		{"flagged from before, and still", "A-1 story: 0 created; 1 start; 10 flag", 14},
		{"waiting", "A-1 story: 0 created; 1 start; 16 wait; 19 start", 3},
		{"a dependency on what is open", "A-1 story: 0 created; 1 start; 16 blocked by B-1" + b, 8},
		{"one that is gone before", "A-1 story: 0 created; 1 start; 16 blocked by B-1; 17 unlink B-1" + b, 1},
		{"one on what has ended", "A-1 story: 0 created; 1 start; 25 blocked by B-1" + b, 0},
		{"on what is reopened", "A-1 story: 0 created; 1 start; 2 blocked by B-1\nB-1 story: 0 created; 10 done; 20 todo; 23 done", 3},
		{"made when that began to exist", "A-1 story: 0 created; 1 start\nB-1 story: 18 created; 18 blocks A-1; 19 drop", 1},
		{"a relation blocks nothing", "A-1 story: 0 created; 1 start; 20 flag; 21 unflag; 16 relates to B-1" + b, 1},
		{"all at once counts once", "A-1 story: 0 created; 1 start; 16 wait; 18 start; 17 flag; 23 unflag; 20 blocked by B-1" + b, 8},
		{"a sub-item lends its time", "A-1 story: 0 created; 1 start; 15 flag; 16 unflag\nA-2 sub-task in A-1: 0 created; 20 flag; 22 unflag", 3},
		{"until it has ended", "A-1 story: 0 created; 1 start\nA-2 sub-task in A-1: 0 created; 20 flag; 22 done", 2},
		{"before the start does not count", "A-1 story: 0 created; 10 flag; 21 start; 25 unflag\nA-3 story: 0 created; 21 start; 28 done", 4},
		{"after the exit neither", "A-1 story: 0 created; 1 start; 10 flag; 16 done", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, c.story+"\nE-1 epic: 0 created") // sub-tasks are no items
			cut := o.Cut(28, 2)
			got := Block(cut, nil)
			progress := float64(cut.Teams[o.Team("A")].Progress) / (24 * 60 * 60 * 1000)
			if e := got.Teams[o.Team("A")]; math.Abs(e.Value*progress-c.want) > 1e-9 {
				t.Errorf("blocked for %v days of %v, want %v (%s)", e.Value*progress, progress, c.want, e.Why)
			}
		})
	}
}

// Hours count for the team that owned the item then; the whole is their sum over
// the organisation's hours. A-1 moves on day 21, waiting from day 18 on.
func TestBlockedByTeam(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 1 start; 18 wait; 21 move B-1\nA-2 story: 0 created; 1 start; 26 done\nC-1 story: 0 created")
	got := Block(o.Cut(28, 2), nil)
	o.Value("A", got.Teams[o.Team("A")], 3.0/(7+12), 2)
	o.Value("B", got.Teams[o.Team("B")], 1, 1)
	o.Value("organisation", got.Org, 10.0/26, 2)
	o.Unknown("C", got.Teams[o.Team("C")], 0, noProgress)
	only := Block(o.Cut(28, 2), func(i work.ItemID) bool { return o.Items.Key[i] == "A-2" })
	o.Value("without A-1", only.Org, 0, 1)
}

func TestNothingTellsOfBlocks(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 1 start; 2 blocked by X-1; 3 relates to A-2\nA-2 story: 0 created; 1 start")
	got := Block(o.Cut(28, 2), nil)
	o.Unknown("organisation", got.Org, 2, noBlocks)
	if got.Outside != 1 || got.Undated != 0 {
		t.Errorf("%+v", got)
	}
	for i := range o.Org.Links {
		o.Org.Links[i].Dated = false
	}
	o = tell(t, "A-1 story: 0 created; 1 start; 2 blocked by A-2\nA-2 story: 0 created; 1 start")
	for i := range o.Org.Links {
		o.Org.Links[i].Dated = false
	}
	got = Block(o.Cut(28, 2), nil)
	o.Unknown("undated", got.Org, 2, noBlocks)
	if got.Undated != 1 {
		t.Errorf("%+v", got)
	}
}

// Batches vary, not items: three batches with 14, 7 and 0 of 28 days blocked. The
// ratio is 21/84; without each batch it is 7/56, 14/56 and 21/56, the error
// √(2/3 · 2/64) = .1443, and t with 2 degrees of freedom 4.302653.
func TestBlockedInterval(t *testing.T) {
	o := tell(t, `
E-1 epic: 0 created
E-2 epic: 0 created
E-3 epic: 0 created
A-1 story in E-1: 0 created; 1 start; 14 flag
A-2 story in E-1: 0 created; 1 start
A-3 story in E-2: 0 created; 1 start; 21 wait
A-4 story in E-2: 0 created; 1 start
A-5 story in E-3: 0 created; 1 start
A-6 story in E-3: 0 created; 1 start`)
	e := Block(o.Cut(28, 2), nil).Org
	o.Value("blocked", e, 0.25, 6)
	if high := 0.25 + 4.302653*math.Sqrt(1.0/48); e.Low != 0 || math.Abs(e.High-high) > 1e-6 {
		t.Errorf("interval [%v, %v], want [0, %v]", e.Low, e.High, high)
	}
}

// FuzzMeasures looks for numbers that cannot be, whatever the story.
func FuzzMeasures(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		check := func(name string, e stats.Estimate, most float64) {
			bad := e.Known() && !(e.Value >= 0 && e.Value <= most) || e.Low > e.Value || e.High < e.Value
			if bad || e.Why == "" && !e.Bounded() {
				t.Errorf("%s: %+v", name, e)
			}
		}
		blocked := Block(c, nil)
		for _, e := range append(blocked.Teams, blocked.Org) {
			check("blocked", e, 1)
		}
		a := Analyse(c)
		g := a.Graph()
		check("cost", g.Cost, 1)
		check("largest", g.Largest, 1)
		check("hub", a.Hub().Share, 1)
		if len(g.Order) != len(g.Teams) {
			t.Errorf("%d teams in order, of %d", len(g.Order), len(g.Teams))
		}
		chart := PowerChart(c, nil)
		check("p", chart.P, 1)
		for _, col := range chart.Columns {
			check("on time", col.Share, 1)
		}
		org, teams := Taxes(c, nil)
		n := 0
		for _, x := range teams {
			n += x.Dependent + x.Rest + x.Unsure
		}
		if n != org.Dependent+org.Rest+org.Unsure {
			t.Errorf("%d items began in teams, %+v in all", n, org)
		}
		check("tax", org.Shift.Estimate, math.Inf(1))
	})
}
