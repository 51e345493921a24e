package flow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

func row(s Series) string {
	var out []string
	for k, w := range s.Weeks {
		out = append(out, fmt.Sprintf("%d+%d-%d-%d=%d %g", w.Created, w.Started, w.Finished, w.Dropped, w.InProgress, 7*s.WIP(k)))
	}
	return strings.Join(out, ", ")
}

// The weeks begin on days 28, 35, 42 and 49. Each is told as created + started −
// finished − dropped = in progress at its end, and the days in progress in it.
func TestWeeks(t *testing.T) {
	o := tell(t, `
A-1 story: 28 created; 28 start; 35 done
A-2 story: 34.999 created; 36 start; 50 move B-1
A-3 story: 1 created; 2 start; 41 drop
A-4 story: 1 created; 55.5 start
A-5 story: 10 created; 45 done
A-6 story: 57 created
E-1 epic: 30 created; 31 start; 40 done`)
	a := o.analyse(56, 4)
	org, teams := a.Weeks()
	if got, want := row(org), "2+1-0-0=2 14, 0+1-1-1=1 12, 0+0-1-0=1 7, 0+1-0-0=2 7.5"; got != want {
		t.Errorf("organisation: %s\nwant %s", got, want)
	}
	for name, want := range map[string]string{
		"A": "2+1-0-0=2 14, 0+1-1-1=1 12, 0+0-1-0=1 7, 0+1-0-0=1 1.5",
		"B": "0+0-0-0=0 0, 0+0-0-0=0 0, 0+0-0-0=0 0, 0+0-0-0=1 6",
	} {
		if got := row(teams[o.Team(name)]); got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
	if org.Known != 4 || org.Why != "over 4 weeks "+whyNoStart || len(teams[work.NoTeam].Weeks) != 4 {
		t.Errorf("series %+v", org)
	}
	if got := org.Values(func(w Week) int32 { return w.InProgress }); fmt.Sprint(got) != "[2 1 1 2]" {
		t.Errorf("values %v", got)
	}
}

// Weeks after the end of what is known of all items are not known; a reorganised
// team has the weeks since.
func TestWeeksThatAreKnown(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 30 start\nB-1 story: 0 created; 30 start\n").reorganise(37, "B")
	o.Org.Projects[o.Items.Project[0]].Through = o.Day(44)
	org, teams := o.analyse(56, 4).Weeks()
	a, b := teams[o.Team("A")], teams[o.Team("B")]
	if org.Known != 4 || a.Known != 2 || b.Known != 2 || len(b.Weeks) != 2 {
		t.Errorf("known %d, %d and %d", org.Known, a.Known, b.Known)
	}
	if got, want := row(a), "0+1-0-0=1 5, 0+0-0-0=1 7, 0+0-0-0=0 2, 0+0-0-0=0 0"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := row(b), "0+0-0-0=1 7, 0+0-0-0=1 7"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	o.reorganise(50, "B")
	_, teams = o.analyse(56, 4).Weeks()
	if b := teams[o.Team("B")]; len(b.Weeks) != 0 {
		t.Errorf("series %+v", b)
	}
}

// restless tells items that are begun, held up, flagged, left, reopened and moved,
// on a grid of eighths of a day.
func restless(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("E-1 epic: 0 created\nE-2 epic: 0 created\n")
	for i := range 5 + r.IntN(25) {
		fmt.Fprintf(&b, "%c-%d story", 'A'+r.IntN(3), i+1)
		if n := r.IntN(4); n > 1 {
			fmt.Fprintf(&b, " in E-%d", n-1)
		}
		day := float64(r.IntN(300)) / 8
		fmt.Fprintf(&b, ": %g created", day)
		for k := range r.IntN(9) {
			day += float64(r.IntN(60)) / 8
			events := []string{"start", "start", "wait", "todo", "done", "done", "drop", "flag", "flag", "unflag", "assign ana",
				fmt.Sprintf("move %c-%d", 'A'+r.IntN(3), 100+20*i+k)}
			fmt.Fprintf(&b, "; %g %s", day, events[r.IntN(len(events))])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// F8, the exact identity, on random organisations with reorganisations: the time
// in progress of all weeks is ∫ WIP dτ, cell by cell, and Σ|[start, exit) ∩ window|;
// and what is in progress grows by what was started less what left.
func TestWeeksAddUp(t *testing.T) {
	const cell = fact.Day / 8
	cells := 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 61))
		o := tell(t, restless(r))
		for range r.IntN(3) {
			o.reorganise(float64(r.IntN(400))/8, o.Org.Teams[r.IntN(len(o.Org.Teams))].Name)
		}
		a := o.analyse(float64(21+r.IntN(40)), 1+r.IntN(4))
		org, teams := a.Weeks()
		for n, s := range append([]Series{org}, teams...) {
			sl, all := &a.Org, n == 0
			if !all {
				sl = &a.Teams[n-1]
			}
			counts, _ := a.Stock(sl)
			var sum Week
			identity := fact.Instant(0)
			for k, week := range s.Weeks {
				from, to := s.Window.Bounds[k], s.Window.Bounds[k+1]
				var want Week
				for i := range work.ItemID(o.Items.Len()) {
					l := a.Lives[i]
					if !a.View.Has(i) || a.View.Level(i) != work.LevelItem {
						continue
					}
					in := func(at fact.Instant) bool {
						return from <= at && at < to && (all || a.View.Owner(i, at) == sl.Team)
					}
					if in(o.Items.Created[i]) {
						want.Created++
					}
					if l.Exit != 0 && in(l.Exit) {
						if l.End == work.Done {
							want.Finished++
						} else {
							want.Dropped++
						}
					}
					if !l.Begun() || !counts(i) {
						continue
					}
					if in(l.Start) {
						want.Started++
					}
					exit := l.Exit
					if exit == 0 {
						exit = fact.Never
					}
					identity += max(0, min(exit, to)-max(l.Start, from))
					for at := from; at < to; at += cell {
						if l.Start <= at && at < exit && in(at) {
							want.Time += cell
							cells++
						}
					}
					if l.Start < to && to <= exit && in(to-1) {
						want.InProgress++
					}
				}
				if week != want {
					t.Fatalf("seed %d, row %d, week %d: %+v, want %+v", seed, n, k, week, want)
				}
				sum.Started, sum.Finished, sum.Dropped, sum.Time = sum.Started+week.Started, sum.Finished+week.Finished, sum.Dropped+week.Dropped, sum.Time+week.Time
			}
			progress := sl.Progress
			if !a.stock(sl).rule.Weak() {
				progress -= sl.WeakProgress
			}
			if sum.Time != progress || int(sum.Finished) != len(sl.Finished) || int(sum.Dropped) != len(sl.Dropped) {
				t.Fatalf("seed %d, row %d: %+v, the slice has %v, %d and %d", seed, n, sum, progress, len(sl.Finished), len(sl.Dropped))
			}
			if all && sum.Time != identity {
				t.Fatalf("seed %d: ∫ WIP is %v, the sum of times %v", seed, sum.Time, identity)
			}
			if wip := a.WIP(sl); wip.Known() && s.Window.Weeks() > 0 {
				if mean := float64(sum.Time) / float64(s.Window.To()-s.Window.From()); math.Abs(mean-wip.Value) > 1e-9 {
					t.Fatalf("seed %d, row %d: %v in progress, want %v", seed, n, mean, wip.Value)
				}
			}
		}
		// What is in progress changes by what was begun less what of it left.
		counts, _ := a.Stock(&a.Org)
		for k := 1; k < len(org.Weeks); k++ {
			left := int32(0)
			for _, list := range [][]work.ItemID{a.Org.Finished, a.Org.Dropped} {
				for _, i := range list {
					if counts(i) && org.Window.Week(a.Lives[i].Exit) == k {
						left++
					}
				}
			}
			if org.Weeks[k].InProgress != org.Weeks[k-1].InProgress+org.Weeks[k].Started-left {
				t.Fatalf("seed %d, week %d: %+v after %+v, %d left", seed, k, org.Weeks[k], org.Weeks[k-1], left)
			}
		}
	}
	if cells < 20_000 {
		t.Errorf("only %d cells had work in progress: the stories test nothing", cells)
	}
}
