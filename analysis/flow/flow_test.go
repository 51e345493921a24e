package flow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// spell is one item as a test plans it, in days of the story; -1 is never.
type spell struct {
	start, exit float64
	dropped     bool
}

// productLimit is the Kaplan-Meier estimate, from its definition: at every age
// at which somebody left, how many were followed just before it, and how many
// of them left. Items that were begun before the window are followed from the age
// that they had when it began, that age included: its first instant is in it.
func productLimit(plan []spell, from, to, p float64) (quantile float64, exits int) {
	type watch struct {
		entry, end float64
		left       bool
	}
	var all []watch
	for _, s := range plan {
		if s.start < 0 || s.start >= to || s.exit >= 0 && s.exit < from {
			continue // not begun, or gone before
		}
		w := watch{math.Inf(-1), to - s.start, false}
		if s.start < from {
			w.entry = from - s.start
		}
		if s.exit >= 0 && s.exit < to {
			w.end, w.left = s.exit-s.start, true
		}
		all = append(all, w)
	}
	var ages []float64
	for _, w := range all {
		if w.left {
			ages = append(ages, w.end)
			exits++
		}
	}
	slices.Sort(ages)
	quantile, stand := math.NaN(), 1.0
	for k, age := range ages {
		if k > 0 && ages[k-1] == age {
			continue
		}
		left, risk := 0, 0
		for _, w := range all {
			if w.entry <= age && age <= w.end {
				risk++
				if w.left && w.end == age {
					left++
				}
			}
		}
		stand *= 1 - float64(left)/float64(risk)
		if math.IsNaN(quantile) && stand <= 1-p+1e-9 {
			if exits >= 10 && risk >= 5 {
				return age, exits
			}
			return math.NaN(), exits
		}
	}
	return math.NaN(), exits
}

// write tells a plan as a story.
func write(plan []spell) string {
	var b strings.Builder
	for i, s := range plan {
		fmt.Fprintf(&b, "A-%d story: 0 created", i+1)
		if s.start >= 0 {
			fmt.Fprintf(&b, "; %g start", s.start)
		}
		if s.exit >= 0 {
			fmt.Fprintf(&b, "; %g %s", s.exit, map[bool]string{true: "drop", false: "done"}[s.dropped])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// Ten items took 1 to 10 days within the window; ten more were begun 20 days
// before it and are open. By hand: at ages up to 10 only the items of the
// window are followed, those of age 20 not yet, so S(5) = 5/10. Without left
// truncation 15 of 20 would be standing, and there would be no median.
func TestCycleTimeEntersOldItemsLate(t *testing.T) {
	var plan []spell
	for d := range 10 {
		plan = append(plan, spell{30, float64(31 + d), false}, spell{8, -1, false})
	}
	o := tell(t, write(plan))
	a := o.analyse(56, 4) // days 28 to 56
	c := a.Cycle(&a.Org)
	o.Value("median", c.Quantile(0.5), 5, 10)
	o.Unknown("P85", c.Quantile(0.85), 10, "fewer than 5 were followed to that age") // 3 of 10 reach age 8, 2 age 9
	if c.Weak || c.Bulk != 0 {
		t.Errorf("cycle %+v", c)
	}
	if e := c.Quantile(0.5); e.Coverage != 1 || !(e.Low <= 5 && e.High >= 5) {
		t.Errorf("median %+v", e)
	}
}

// What leaves at the window's first instant leaves within it, and counts.
func TestCycleTimeCountsWhatLeavesAtOnce(t *testing.T) {
	o := tell(t, write(append(slices.Repeat([]spell{{25, 28, false}}, 10), slices.Repeat([]spell{{30, 34, false}}, 10)...)))
	a := o.analyse(56, 4) // days 28 to 56
	o.Value("P40", a.Cycle(&a.Org).Quantile(0.4), 3, 20)
}

// Open items count with their age: of twenty begun on one day ten left after
// four days and ten are open, so S(4) is exactly a half.
func TestCycleTimeCountsOpenItems(t *testing.T) {
	plan := slices.Repeat([]spell{{30, 34, false}, {30, -1, false}}, 10)
	o := tell(t, write(plan))
	a := o.analyse(56, 4)
	o.Value("median", a.Cycle(&a.Org).Quantile(0.5), 4, 10)
	o.Unknown("P85", a.Cycle(&a.Org).Quantile(0.85), 10, "more than 15 % are still open at every age that was seen")
}

// A drop is an exit like a finish (METRICS section 2, "any exit").
func TestCycleTimeCountsDrops(t *testing.T) {
	plan := append(slices.Repeat([]spell{{30, 34, true}}, 10), slices.Repeat([]spell{{30, 39, false}}, 10)...)
	o := tell(t, write(plan))
	a := o.analyse(56, 4)
	o.Value("P40", a.Cycle(&a.Org).Quantile(0.4), 4, 20)
	o.Value("P60", a.Cycle(&a.Org).Quantile(0.6), 9, 20)
}

func TestCycleTimeIsKaplanMeiers(t *testing.T) {
	known := 0
	for seed := range uint64(800) {
		r := rand.New(rand.NewPCG(seed, 11))
		plan := make([]spell, 10+r.IntN(50))
		for i := range plan {
			s := spell{float64(r.IntN(400)) / 8, -1, r.IntN(4) == 0}
			if r.IntN(10) == 0 {
				s.start = -1 // straight from the queue
			}
			if r.IntN(4) > 0 {
				s.exit = max(s.start, 1) + 0.125 + float64(r.IntN(1+r.IntN(200)))/8
			}
			plan[i] = s
		}
		o := tell(t, write(plan))
		weeks := 1 + r.IntN(4)
		to := float64(7 * (weeks + r.IntN(5)))
		from := to - float64(7*weeks)
		a := o.analyse(to+0.5, weeks)
		if a.Starts(&a.Org).gate() != "" {
			continue
		}
		for _, p := range []float64{0.3, 0.5, 0.85} {
			want, n := productLimit(plan, from, to, p)
			o.Value(fmt.Sprintf("seed %d, P%g", seed, 100*p), a.Cycle(&a.Org).Quantile(p), want, n)
			if !math.IsNaN(want) {
				known++
			}
		}
	}
	if known < 300 {
		t.Errorf("only %d quantiles had a value: the plans test little", known)
	}
}

// mixed tells finished items: so many with a status, worklog, assignment,
// sprint, and without any start.
func mixed(status, worklog, assigned, sprint, none int) string {
	text := "sprint S 30 40\n"
	n := 0
	for _, k := range []struct {
		items  int
		events string
	}{{status, "30 start"}, {worklog, "30 worklog"}, {assigned, "30 assign ana"}, {sprint, "29 sprint +S"}, {none, "30 comment 5"}} {
		for range k.items {
			n++
			text += fmt.Sprintf("A-%d story: 0 created; %s; %d done\n", n, k.events, 31+n%5)
		}
	}
	return text
}

// Strong starts are used alone where they cover at least 60 % of finishes;
// durations are told where starts of any kind do. 3 of 5 is 60 % exactly.
func TestStartsDecideWhatCounts(t *testing.T) {
	for _, c := range []struct {
		name                                    string
		status, worklog, assigned, sprint, none int
		weak                                    bool
		used                                    int // finishes in the curve
		why                                     string
	}{
		{"all strong", 20, 0, 0, 0, 0, false, 20, ""},
		{"60 % strong: the weak ones are left out", 10, 2, 4, 2, 2, false, 12, ""},
		{"just under 60 %: all of them", 10, 1, 4, 3, 2, true, 18, ""},
		{"weak ones alone", 0, 0, 12, 8, 0, true, 20, ""},
		{"60 % of any kind", 6, 0, 6, 0, 8, true, 12, ""},
		{"just under 60 %", 6, 0, 5, 0, 9, true, 11, whyNoStart},
		{"none at all", 0, 0, 0, 0, 20, true, 0, whyNoStart},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, mixed(c.status, c.worklog, c.assigned, c.sprint, c.none))
			a := o.analyse(56, 4)
			s, cycle := a.Starts(&a.Org), a.Cycle(&a.Org)
			want := map[work.StartRule]int{
				work.StartStatus: c.status, work.StartWorklog: c.worklog, work.StartAssigned: c.assigned, work.StartSprint: c.sprint, work.StartNone: c.none,
			}
			for rule, n := range want {
				if s.ByRule[rule] != n {
					t.Errorf("%d starts by %v, want %d", s.ByRule[rule], rule, n)
				}
			}
			if s.Finished != 20 || s.Strong != c.status+c.worklog || s.Past != 0 || s.rule(a.org).Weak() != c.weak || s.None() != float64(c.none)/20 {
				t.Errorf("starts %+v", s)
			}
			if cycle.Weak != (c.weak && c.assigned+c.sprint > 0) || cycle.curve.Events() != c.used || math.Abs(cycle.coverage-float64(c.used)/20) > 1e-12 {
				t.Errorf("cycle weak %v, %d used, coverage %v", cycle.Weak, cycle.curve.Events(), cycle.coverage)
			}
			e := cycle.Quantile(0.5)
			if c.why != "" {
				o.Unknown("median", e, c.used, c.why)
				o.Unknown("wip", a.WIP(&a.Org), c.used, "over 4 weeks "+c.why)
			} else if !e.Known() {
				t.Errorf("no median: %s", e.Why)
			}
		})
	}
}

func TestCycleByOneRule(t *testing.T) {
	o := tell(t, mixed(10, 2, 6, 2, 0)+"A-99 story: 0 created; 31 assign bo\nA-98 story: 0 created; 31 assign bo; 35 drop\n")
	a := o.analyse(56, 4)
	for rule, want := range map[work.StartRule]int{work.StartStatus: 10, work.StartWorklog: 2, work.StartAssigned: 7, work.StartSprint: 2} {
		c := a.CycleBy(&a.Org, rule)
		coverage := float64(want) / 20
		if rule == work.StartAssigned {
			coverage = 6.0 / 20 // the drop is an exit and no finish
		}
		if c.curve.Events() != want || math.Abs(c.coverage-coverage) > 1e-12 || c.Weak != rule.Weak() {
			t.Errorf("%v: %d exits, coverage %v, weak %v; want %d and %v", rule, c.curve.Events(), c.coverage, c.Weak, want, coverage)
		}
	}
}

func TestReasonsWhyDurationsCannotBeTold(t *testing.T) {
	o := tell(t, many("A", "story", 12, "0 created; 30 start; 35 done"))
	a := o.analyse(28, 4)
	o.Unknown("nothing finished yet: median", a.Cycle(&a.Org).Quantile(0.5), 0, whyNothing)
	o.Unknown("lead", a.Lead(&a.Org, 0.5), 0, whyNothing)
	o.Value("nothing is in progress, and that is known", a.WIPNow(&a.Org), 0, 0)
	o.Unknown("age", a.Age(&a.Org, 0.5), 0, "nothing is in progress")

	records := o.Facts()
	for _, r := range records {
		r.History, r.Changes = fact.History{}, nil
	}
	o.Told = o.With(records)
	a = o.analyse(56, 4)
	if s := a.Starts(&a.Org); s.Past != 12 || s.Finished != 12 {
		t.Errorf("starts %+v", s)
	}
	for name, e := range map[string]func() (float64, int, string){
		"median": func() (float64, int, string) { e := a.Cycle(&a.Org).Quantile(0.5); return e.Value, e.N, e.Why },
		"wip":    func() (float64, int, string) { e := a.WIP(&a.Org); return e.Value, e.N, e.Why },
		"now":    func() (float64, int, string) { e := a.WIPNow(&a.Org); return e.Value, e.N, e.Why },
		"age":    func() (float64, int, string) { e := a.Age(&a.Org, 0.5); return e.Value, e.N, e.Why },
	} {
		if v, n, why := e(); !math.IsNaN(v) || n != 0 || why != whyNoHistory {
			t.Errorf("without histories, %s is %v of %d, because %q", name, v, n, why)
		}
	}
	o.Value("lead time needs no history", a.Lead(&a.Org, 0.5), 35, 12)
}

// Where nothing finished, the open items' histories decide whether those in
// progress are known: up to 40 % may be without.
func TestOpenItemsWithoutHistories(t *testing.T) {
	for _, c := range []struct {
		without int
		why     string
	}{{0, ""}, {4, ""}, {5, whyNoHistory}} {
		o := tell(t, many("A", "story", 10, "0 created; 30 start"))
		records := o.Facts()
		for _, r := range records[:c.without] {
			r.History, r.Changes = fact.History{}, nil
		}
		o.Told = o.With(records)
		a := o.analyse(56, 4)
		if c.why != "" {
			o.Unknown("now", a.WIPNow(&a.Org), 10-c.without, c.why)
			continue
		}
		o.Value("now", a.WIPNow(&a.Org), float64(10-c.without), 10-c.without)
	}
}

// Lead times are 1 to 4 days: by type 7 the quarter is at 1.75 and the half at
// 2.5. Dropped and open items have none.
func TestLead(t *testing.T) {
	o := tell(t, many("A", "story", 4, "30 created; 3%d done")+many("B", "story", 3, "28 created; 40 drop")+many("C", "story", 3, "28 created; 30 start"))
	a := o.analyse(56, 4)
	o.Value("P25", a.Lead(&a.Org, 0.25), 1.75, 4)
	o.Value("P50", a.Lead(&a.Org, 0.5), 2.5, 4)
	o.Value("P100", a.Lead(o.team(a, "A"), 1), 4, 4)
	o.Unknown("of nobody", a.Lead(o.team(a, "B"), 0.5), 0, whyNothing)
}

// The window is days 28 to 56. A-1 is in progress on 28-35, A-2 on 30-56, A-3
// on 40-41, B-1 all the time: 7 + 26 + 1 + 28 days in 28.
func TestWorkInProgress(t *testing.T) {
	o := tell(t, `
A-1 story: 0 created; 5 start; 35 done
A-2 story: 0 created; 30 start
A-3 story: 0 created; 40 start; 41 drop
A-4 story: 0 created; 45 done
B-1 story: 0 created; 1 start
B-2 story: 0 created
A-5 story: 0 created; 3 start; 40 done`)
	a := o.analyse(56, 4)
	o.Value("organisation", a.WIP(&a.Org), (7+26+1+28+12)/28.0, 5)
	o.Value("A", a.WIP(o.team(a, "A")), (7+26+1+12)/28.0, 4)
	o.Value("B", a.WIP(o.team(a, "B")), 1, 1)
	o.Value("now", a.WIPNow(&a.Org), 2, 2)
	if got := a.WIP(&a.Org).Coverage; math.Abs(got-2.0/3) > 1e-12 { // A-4 finished without a start
		t.Errorf("coverage %v, want 2/3", got)
	}
	// Ages at the end: 26 and 55 days.
	o.Value("age", a.Age(&a.Org, 0.5), 40.5, 2)
	o.Value("oldest", a.Age(&a.Org, 1), 55, 2)
}

// Weeks end on Sunday: a finish in the last millisecond belongs to the old
// week, one at midnight to the new.
func TestThroughput(t *testing.T) {
	o := tell(t, `
A-1 story: 0 created; 28 done
A-2 story: 0 created; 34.999999 done
A-3 story: 0 created; 35 done
A-4 story: 0 created; 55.999999 done
A-5 story: 0 created; 56 done
A-6 story: 0 created; 27.999999 done
A-7 story: 0 created; 40 drop
A-8 story: 0 created; 29 done; 30 todo; 50 done`)
	a := o.analyse(60, 4)
	if got := a.Weekly(&a.Org, a.Org.Finished); !slices.Equal(got, []int{2, 1, 0, 2}) {
		t.Errorf("finishes by week %v, want 2 1 0 2", got)
	}
	if got := a.Weekly(&a.Org, a.Org.Dropped); !slices.Equal(got, []int{0, 1, 0, 0}) {
		t.Errorf("drops by week %v, want 0 1 0 0", got)
	}
	o.Value("throughput", a.Throughput(&a.Org), 5.0/4, 5)
}

// F8 over a window: the average of work in progress is the sum of the times in
// progress over the window's length, whatever the mix.
func TestWorkInProgressIsTheSumOfTimes(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 12))
		plan := make([]spell, 20)
		sum := 0.0
		for i := range plan {
			s := spell{float64(r.IntN(400)) / 8, -1, r.IntN(4) == 0}
			if r.IntN(3) > 0 {
				s.exit = s.start + 0.125 + float64(r.IntN(160))/8
			}
			plan[i] = s
			end := 56.0
			if s.exit >= 0 {
				end = min(end, s.exit)
			}
			sum += max(0, end-max(s.start, 28))
		}
		o := tell(t, write(plan))
		a := o.analyse(56, 4)
		if got := a.WIP(&a.Org); math.Abs(got.Value-sum/28) > 1e-9 {
			t.Fatalf("seed %d: %v in progress, want %v", seed, got.Value, sum/28)
		}
	}
}

// FuzzAnalyse looks for what no measure may be, whatever the story.
func FuzzAnalyse(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		a := Analyse(c)[0]
		a.Aging(c.View.At(fact.Never))
		sum := fact.Instant(0)
		for k := range a.Teams {
			sum += a.Teams[k].Progress
		}
		if sum != a.Org.Progress {
			t.Errorf("the teams' progress is %v, the organisation's %v", sum, a.Org.Progress)
		}
		for _, s := range append(a.Teams, a.Org) {
			q := a.Quality(&s)
			for _, e := range []stats.Estimate{q.NoStart, q.Reopened, q.Flapped, q.Bulk, q.NoTeam, q.NoParent, q.ByBots, q.Unlinked, q.Histories} {
				if e.Known() == (e.Value < 0 || e.Value > 1 || math.IsNaN(e.Value)) {
					t.Errorf("share %+v", e)
				}
			}
			for _, e := range []stats.Estimate{a.WIP(&s), a.WIPNow(&s), a.Age(&s, 0.5), a.Lead(&s, 0.5), a.Throughput(&s), a.Cycle(&s).Quantile(0.5)} {
				if e.Value < 0 || !e.Known() && e.Why == "" {
					t.Errorf("estimate %+v", e)
				}
			}
		}
		saneBothWays(t, c)
	})
}

// Twelve of thirteen finished items have a strong start, so that an assignment
// alone is no start: the assigned item in the queue is not in progress, and
// does not age. Without strong starts it is, since nothing better is known.
func TestAssignedIsNotInProgressWhereStatusesTell(t *testing.T) {
	waiting := "A-900 story: 0 created; 2 assign p1\n"
	strong := tell(t, many("A", "story", 12, "0 created; 39 start; 40.%d done")+waiting+"A-901 story: 0 created; 30 start\n")
	a := strong.analyse(56, 4)
	if got := a.WIPNow(&a.Org); got.Value != 1 {
		t.Errorf("in progress %v, want the one that was started", got.Value)
	}
	if got := a.Age(&a.Org, 0.5); got.Value != 26 {
		t.Errorf("age %v, want 56 − 30 days", got.Value)
	}
	// In 28 days the open item was in progress for 26, and the twelve others for
	// 1.1, 1.2 … 1.9, 1.10, 1.11 and 1.12.
	if got := a.WIP(&a.Org); math.Abs(got.Value-(26+13.5+3.33)/28) > 1e-9 {
		t.Errorf("in progress on average %v, want %v", got.Value, (26+13.5+3.33)/28)
	}
	weak := tell(t, many("A", "story", 12, "0 created; 1 assign p1; 40.%d done")+waiting)
	a = weak.analyse(56, 4)
	if got := a.WIPNow(&a.Org); got.Value != 1 {
		t.Errorf("where only assignments tell, %v are in progress, want the assigned one", got.Value)
	}
}

// A team that finished nothing has no finishes to judge starts by: those of the
// organisation decide, and where there are none, every start counts.
func TestStartsWhereNothingFinished(t *testing.T) {
	const assigned = "B-1 story: 0 created; 40 assign bo\n"
	for _, c := range []struct {
		name, others string
		want         float64
		rule         Rule
	}{
		{"strong elsewhere", many("A", "story", 12, "0 created; 39 start; 40.%d done"), 0, StrongAlone},
		{"weak elsewhere", many("A", "story", 12, "0 created; 39 assign ana; 40.%d done"), 1, WeakByOrg},
		{"nothing finished elsewhere", many("A", "story", 12, "0 created; 39 start"), 1, WeakForAll},
	} {
		o := tell(t, c.others+assigned)
		a := o.analyse(56, 4)
		b := o.team(a, "B")
		o.Value(c.name+": now", a.WIPNow(b), c.want, int(c.want))
		o.Value(c.name+": on average", a.WIP(b), c.want*16/28, int(c.want))
		if now, average := a.WeakNow(b), a.WeakWIP(b); now != c.rule || average != c.rule {
			t.Errorf("%s: weak by %d and %d, want %d", c.name, now, average, c.rule)
		}
		if age := a.Age(b, 0.5); age.Known() != (c.want == 1) || age.Known() && age.Value != 16 {
			t.Errorf("%s: age %+v", c.name, age)
		}
	}
}

// Over eight weeks strong starts suffice, in the last four only straight closes
// were left: cycle times of the four cannot be told, and what is in progress
// can, the same as over eight.
func TestStocksAreJudgedOverTheLevelWindow(t *testing.T) {
	o := tell(t, many("A", "story", 12, "0 created; 5 start; 10.%d done")+numbered(500, many("A", "task", 5, "0 created; 4%d done"))+
		"A-900 story: 0 created; 30 start\nA-901 story: 0 created; 30 assign ana\n")
	all := o.analyses(56, 8, 4)
	level, recent := all[0], all[1]
	o.Unknown("cycle time of four weeks", recent.Cycle(&recent.Org).Quantile(0.5), 0, whyNoStart)
	o.Value("now, of eight weeks", level.WIPNow(&level.Org), 1, 1)
	o.Value("now, of four weeks", recent.WIPNow(&recent.Org), 1, 1)
	o.Value("average of four weeks", recent.WIP(&recent.Org), 26.0/28, 1)
	o.Value("age, of four weeks", recent.Age(&recent.Org, 0.5), 26, 1)
	if recent.WeakNow(&recent.Org) != StrongAlone || recent.WeakWIP(&recent.Org) != StrongAlone {
		t.Error("the assignment counts")
	}
	// The other way round: what was judged over eight weeks stays so.
	o = tell(t, many("A", "story", 12, "0 created; 10.%d done")+numbered(500, many("A", "task", 5, "0 created; 39 start; 40.%d done"))+
		"A-900 story: 0 created; 30 start\n")
	recent = o.analyses(56, 8, 4)[1]
	if why := recent.Cycle(&recent.Org).Why(); why != "" {
		t.Errorf("cycle times of four weeks: %s", why)
	}
	o.Unknown("now", recent.WIPNow(&recent.Org), 1, "over 8 weeks "+whyNoStart)
}
