package batch

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

func sortWithin(list []work.Within) {
	slices.SortFunc(list, func(a, b work.Within) int {
		return cmp.Or(cmp.Compare(a.Item, b.Item), cmp.Compare(a.From, b.From), cmp.Compare(a.In, b.In))
	})
}

// The window is days 14 to 28. R0 went out before it, R1 on day 20, R2 on day
// 25, R3 is not out. What is in a release is what was delivered.
func TestReleases(t *testing.T) {
	o := tell(t, assemble.Rules{}, `
A-1 story: 0 created; 1 start; 15 done
A-2 story: 0 created; 5 start; 20 done
A-3 story: 0 created; 10 start
A-4 story: 0 created; 12 drop
A-5 story: 0 created; 23 start; 24.5 done
A-6 epic: 0 created; 12 done
A-7 story: 0 created; 1 start; 27 done
B-1 story: 0 created; 11 done
B-2 story: 0 created; 12 start; 13 done`)
	o.release(10, "B-2", "A-1")
	o.release(20, "A-1", "A-2", "A-3", "A-4", "A-6", "B-1")
	o.release(25, "A-2", "A-5", "A-7")
	o.release(0, "B-1", "A-1")
	o.release(26, "A-3")
	o.release(27)
	a := o.analyse(28, 2)
	org, teams := a.Releases()
	if org.Count != 2 || fmt.Sprint(org.sizes) != "[3 3]" || teams[o.Team("A")].Count != 2 || fmt.Sprint(teams[o.Team("B")].sizes) != "[1]" {
		t.Errorf("organisation %+v\nteams %+v", org, teams)
	}
	o.Value("median", org.Size(0.5), 3, 2)
	o.Value("experienced", org.Experienced(), 3, 2)
	o.Value("median of A", teams[o.Team("A")].Size(1), 3, 2)
	// R1: A-1 waited 5 of 19 days, A-2 0 of 15; B-1 has no start. R2: A-2 has
	// gone out, A-5 waited 0.5 of 2; A-7 left after all that it is said to be in.
	o.Value("wait", org.Wait(), 5.5/36, 2)
	o.Value("wait of A", teams[o.Team("A")].Wait(), 5.5/36, 2)
	if e := org.Wait(); e.Why != "an interval needs 20 releases" || e.Bounded() || e.Coverage != 3.0/6 {
		t.Errorf("wait %+v", e)
	}
	if org.Late != 1 || teams[o.Team("A")].Late != 1 || teams[o.Team("B")].Late != 0 {
		t.Errorf("late: %d", org.Late)
	}
	o.Unknown("wait of B", teams[o.Team("B")].Wait(), 0, "of no released item both start and finish are known")
	c := org.Clumping()
	o.Unknown("ratio", c.Ratio, 2, "clumping needs 12 weeks")
	o.Unknown("burst", c.Burst, 1, "burstiness needs 10 gaps between releases")
}

// A day's precision: what left on the day of its release went out in it and did
// not wait; an item in two releases went out in the first.
func TestFirstRelease(t *testing.T) {
	o := tell(t, assemble.Rules{}, "A-1 story: 0 created; 10 start; 20.9 done\nA-2 story: 0 created; 10 start; 20 done\nA-3 story: 0 created; 10 start; 12 done; 19 todo; 21 done")
	o.release(20, "A-1")
	o.release(22, "A-2", "A-1")
	o.release(24, "A-2")
	o.release(14, "A-3")
	org, _ := o.analyse(28, 2).Releases()
	o.Value("wait", org.Wait(), (0.0+2)/(10.9+12), 2)
	if org.Count != 4 || org.Late != 1 { // A-3 is said to be in what went out before it left
		t.Errorf("%d releases, %d late", org.Count, org.Late)
	}
}

// What the tracker says at the view's instant counts: an item taken out of a
// release was not in it.
func TestTakenOutOfARelease(t *testing.T) {
	o := tell(t, assemble.Rules{}, "A-1 story: 0 created; 10 done\nA-2 story: 0 created; 10 done")
	o.Org.Releases = []work.Release{{Name: "1.0", Released: o.Day(20)}}
	o.Org.InReleases = []work.Within{
		{Item: o.item("A-1"), In: 0, From: o.Day(1), To: o.Day(5)}, {Item: o.item("A-1"), In: 0, From: o.Day(30)},
		{Item: o.item("A-2"), In: 0, From: o.Day(1), To: o.Day(3)}, {Item: o.item("A-2"), In: 0, From: o.Day(4)}, {Item: o.item("A-2"), In: 7, From: o.Day(4)},
	}
	for day, want := range map[float64]float64{28: 1, 35: 2} {
		org, _ := o.analyse(day, 3).Releases()
		o.Value(fmt.Sprint("day ", day), org.Size(0.5), want, 1)
	}
}

// A release of which the day alone is told came out on that day in the
// organisation's zone: Monday's is in Monday's week, and what left late on that
// day, there, went out in it.
func TestDayOfARelease(t *testing.T) {
	zone, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	o := tell(t, assemble.Rules{Zone: zone}, "A-1 story: 0 created; 13 start; 15.25 done") // the 20th, 22:00 there
	o.release(14, "A-1")                                                                   // 2025-01-20, a Monday
	w := work.LastWeeks(o.Day(29), 2, zone)
	v := o.Org.At(w.To() - 1)
	org, _ := Analyse(v, w, v.Lives()).Releases()
	if got := fmt.Sprint(org.counts()); got != "[1 0]" || org.Late != 0 {
		t.Errorf("weeks %s, %d late", got, org.Late)
	}
	o.Value("wait", org.Wait(), 0, 1)
}

func TestNoReleases(t *testing.T) {
	o := tell(t, assemble.Rules{}, "A-1 story: 0 created; 10 done")
	for _, why := range []string{"no release is told: no item names a version", "no version with a delivered item is known to be released", "nothing was released in the window"} {
		org, teams := o.analyse(28, 1).Releases()
		for _, row := range []ReleaseRow{org, teams[o.Team("A")]} {
			c := row.Clumping()
			for _, e := range []stats.Estimate{row.Size(0.5), row.Experienced(), row.Wait(), c.Ratio, c.Burst} {
				if e.Known() || e.Why != why {
					t.Errorf("%+v, want %s", e, why)
				}
			}
		}
		if len(o.Org.Releases) == 0 {
			o.release(0, "A-1")
		} else {
			o.release(12, "A-1")
		}
	}
	if c := (ReleaseRow{}).Clumping(); c.Ratio.Why == "" || !math.IsNaN(c.P.Above) {
		t.Errorf("of nothing: %+v", c)
	}
}

// The wait's interval leaves out one release at a time, all of its items with it.
func TestWaitByLeavingOutReleases(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	var b strings.Builder
	var num, den []float64
	var of [][]string
	key := 0
	for range 22 {
		var n, d float64
		var keys []string
		for range 1 + r.IntN(5) {
			key++
			start, done := 1+r.IntN(5), 7+r.IntN(12)
			fmt.Fprintf(&b, "A-%d story: 0 created; %d start; %d done\n", key, start, done)
			n, d = n+float64(20-done), d+float64(20-start)
			keys = append(keys, fmt.Sprintf("A-%d", key))
		}
		num, den, of = append(num, n), append(den, d), append(of, keys)
	}
	o := tell(t, assemble.Rules{}, b.String())
	for _, keys := range of {
		o.release(20, keys...)
	}
	sum := func(xs []float64, skip int) (s float64) {
		for k, x := range xs {
			if k != skip {
				s += x
			}
		}
		return s
	}
	var without []float64
	for k := range num {
		without = append(without, sum(num, k)/sum(den, k))
	}
	org, _ := o.analyse(28, 2).Releases()
	within(t, "wait", org.Wait(), sum(num, -1)/sum(den, -1), stats.JackknifeSE(without), 22, 0, 1)
	if e := org.Wait(); e.N != 22 || e.Coverage != 1 {
		t.Errorf("%+v", e)
	}
	// All at one instant: the gaps between releases are 0.
	if c := org.Clumping(); c.Burst.Known() || c.Burst.N != 21 || c.Burst.Why != "all events are at one instant" {
		t.Errorf("%+v", c.Burst)
	}
}

// A release every week is as even as can be: no clump, and a clockwork.
func TestEvenReleases(t *testing.T) {
	var days []float64
	for w := range 24 {
		days = append(days, float64(7*w)+1)
	}
	org, _ := released(t, days).analyse(168, 24).Releases()
	c := org.Clumping()
	if c.Ratio.Value != 0 || c.Burst.Value != -1 || c.Ratio.Bounded() || c.Burst.Bounded() || c.Ratio.Why == "" || c.Burst.Why == "" {
		t.Errorf("%+v", c)
	}
	if !(c.P.Below < 1e-6) {
		t.Errorf("p %+v", c.P)
	}
	org, _ = released(t, days[:11]).analyse(168, 24).Releases()
	if c := org.Clumping(); c.Ratio.Why != "clumping needs a release a week on average" || c.Burst.Value != -1 {
		t.Errorf("of 11 releases in 24 weeks: %+v", c)
	}
}
