package flow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// jackknifed is the ratio of sums with its interval, from the definition; t is the
// 97.5 % point of Student's distribution for one less than there are clusters.
func jackknifed(active, all []float64, t float64) (ratio, half float64) {
	sum := func(list []float64, without int) (s float64) {
		for k, x := range list {
			if k != without {
				s += x
			}
		}
		return s
	}
	var left []float64
	mean, g := 0.0, float64(len(all))
	for k := range all {
		left = append(left, sum(active, k)/sum(all, k))
		mean += left[k] / g
	}
	squares := 0.0
	for _, x := range left {
		squares += (x - mean) * (x - mean)
	}
	return sum(active, -1) / sum(all, -1), t * math.Sqrt((g-1)/g*squares)
}

func near(e stats.Estimate, value, low, high float64) bool {
	return math.Abs(e.Value-value) < 1e-9 && math.Abs(e.Low-low) < 1e-6 && math.Abs(e.High-high) < 1e-6
}

// The window is days 28 to 56. Within it A-1 is active for 8 days and waits for 6;
// A-2 is active for 17 and flagged for 5; A-3 is active for 11; A-4 was never in
// progress, and A-5 lay in a queue for all but 2 days, flagged there for 3.
const waiting = `
E-1 epic: 0 created
A-1 story%s: 0 created; 30 start; 34 wait; 40 start; 44 done
A-2 story%s: 0 created; 10 start; 30 flag; 35 unflag; 50 done
A-3 story: 0 created; 45 start
A-4 story: 0 created; 30 done
A-5 story: 0 created; 28 start; 29 todo; 31 flag; 34 unflag; 40 start; 41 done
A-6 story: 0 created; 20 start; 21 wait; 27 done`

func TestEfficiency(t *testing.T) {
	o := tell(t, fmt.Sprintf(waiting, "", ""))
	org, teams := o.analyse(56, 4).Efficiency()
	o.Value("organisation", org, 38.0/49, 4)
	ratio, half := jackknifed([]float64{8, 17, 11, 2}, []float64{14, 22, 11, 2}, 3.182446305)
	if !near(org, ratio, ratio-half, min(ratio+half, 1)) || org.Coverage != 1 {
		t.Errorf("%+v, want %v ± %v", org, ratio, half)
	}
	o.Value("A", teams[o.Team("A")], 38.0/49, 4)
	o.Unknown("no team", teams[work.NoTeam], 0, whyNothing)

	// In one batch, A-1 and A-2 leave together.
	o = tell(t, fmt.Sprintf(waiting, " in E-1", " in E-1"))
	org, _ = o.analyse(56, 4).Efficiency()
	ratio, half = jackknifed([]float64{25, 11, 2}, []float64{36, 11, 2}, 4.302652730)
	if !near(org, ratio, max(ratio-half, 0), min(ratio+half, 1)) || org.N != 4 {
		t.Errorf("%+v, want %v ± %v", org, ratio, half)
	}
}

// Hours belong to who owned the item then: A's are all active, B's all waits.
func TestEfficiencyFollowsTheOwner(t *testing.T) {
	o := tell(t, `
A-1 story: 0 created; 30 start; 34 move B-1; 34 wait; 40 done
A-2 story: 0 created; 30 start; 31 wait; 32 done`)
	org, teams := o.analyse(56, 4).Efficiency()
	o.Value("organisation", org, 5.0/12, 2)
	o.Value("A", teams[o.Team("A")], 5.0/6, 2)
	o.Value("B", teams[o.Team("B")], 0, 1)
}

// Waits must be seen on 30 % of what finished, in a status or as a flag on active
// work, before the window or in it.
func TestEfficiencyNeedsWaits(t *testing.T) {
	for _, c := range []struct {
		name, held string
		n          int
		known      bool
	}{
		{"three of ten in a status", "31 wait; 32 start", 3, true},
		{"two of ten", "31 wait; 32 start", 2, false},
		{"three of ten by flags", "31 flag; 32 unflag", 3, true},
		{"flags in a queue", "31 todo; 31.5 flag; 32 unflag; 33 start", 3, false},
		{"none", "31 start", 3, false},
	} {
		o := tell(t, many("A", "story", c.n, "0 created; 30 start; "+c.held+"; 40 done")+numbered(500, many("A", "task", 10-c.n, "0 created; 30 start; 40 done")))
		org, _ := o.analyse(56, 4).Efficiency()
		if !c.known {
			o.Unknown(c.name, org, 10, whyNoWaits)
			continue
		}
		o.Value(c.name, org, 97.0/100, 10)
	}
	o := tell(t, many("A", "story", 10, "0 created; 20 start; 21 wait; 22 start; 40 done"))
	org, _ := o.analyse(56, 4).Efficiency()
	o.Value("waits before the window", org, 1, 10)
	if org.Bounded() {
		t.Errorf("an interval where all agree: %+v", org)
	}
	o = tell(t, many("A", "story", 10, "0 created; 5 start; 6 wait; 7 todo; 40 done"))
	org, _ = o.analyse(56, 4).Efficiency()
	o.Unknown("no hours in the window", org, 0, whyNoTime)
	o = tell(t, "A-1 story: 0 created; 30 start")
	org, _ = o.analyse(56, 4).Efficiency()
	o.Unknown("nothing finished", org, 1, whyNothing)
	_, teams := o.reorganise(50, "A").analyse(56, 4).Efficiency()
	o.Unknown("reorganised", teams[o.Team("A")], 0, whyReorganised)
}

// Without histories nobody saw waits.
func TestEfficiencyNeedsHistories(t *testing.T) {
	o := tell(t, many("A", "story", 10, "0 created; 30 start; 31 wait; 32 start; 40 done"))
	for _, without := range []int{4, 5} {
		records := o.Facts()
		for _, r := range records[:without] {
			r.History, r.Changes, r.Resolved = fact.History{}, nil, o.Day(40)
		}
		p := told{o.With(records)}
		org, _ := p.analyse(56, 4).Efficiency()
		if without == 5 {
			o.Unknown("five of ten", org, 5, whyNotRecorded)
			continue
		}
		o.Value("four of ten", org, 0.9, 6)
		if math.Abs(org.Coverage-0.6) > 1e-12 {
			t.Errorf("coverage %v", org.Coverage)
		}
	}
}

// Cell by cell, on random organisations with reorganisations.
func TestEfficiencyCellByCell(t *testing.T) {
	const cell = fact.Day / 8
	known := 0
	for seed := range uint64(250) {
		r := rand.New(rand.NewPCG(seed, 81))
		o := tell(t, restless(r))
		if r.IntN(2) == 0 {
			o.reorganise(float64(r.IntN(300))/8, o.Org.Teams[r.IntN(len(o.Org.Teams))].Name)
		}
		a := o.analyse(float64(21+r.IntN(40)), 1+r.IntN(4))
		org, teams := a.Efficiency()
		for n, e := range append([]stats.Estimate{org}, teams...) {
			s := &a.Org
			if n > 0 {
				s = &a.Teams[n-1]
			}
			active, all, items := 0, 0, map[work.ItemID]bool{}
			for i := range work.ItemID(o.Items.Len()) {
				if !a.View.Has(i) || a.View.Level(i) != work.LevelItem {
					continue
				}
				for at := s.Window.From(); at < s.Window.To(); at += cell {
					state, _ := o.States.At(i, at)
					flag, _ := o.Flags.At(i, at)
					if !state.Started() || !s.All && a.View.Owner(i, at) != s.Team {
						continue
					}
					all++
					items[i] = true
					if state == work.Active && flag != work.Wait {
						active++
					}
				}
			}
			if e.Known() {
				known++
				o.Value(fmt.Sprintf("seed %d, row %d", seed, n), e, float64(active)/float64(all), len(items))
				if e.Low < 0 || e.High > 1 || e.Bounded() && (e.Low > e.Value || e.High < e.Value) {
					t.Errorf("seed %d: %+v", seed, e)
				}
			} else if e.N != len(items) && e.Why != whyReorganised {
				t.Errorf("seed %d, row %d: %d items, want %d (%s)", seed, n, e.N, len(items), e.Why)
			}
		}
	}
	if known < 100 {
		t.Errorf("only %d rows had a value: the stories test little", known)
	}
}
