package flow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Ten of twenty items are dropped after four days, ten are done after nine: half
// of all will ever be finished. Taken for "nobody knows", the drops would leave
// ten items that are all finished after nine days.
func TestFinishesAndDropsCompete(t *testing.T) {
	plan := slices.Repeat([]spell{{30, 34, true}, {30, 39, false}}, 10)
	o := tell(t, write(plan))
	a := o.analyse(56, 4)
	finish, drop := a.Outcomes(&a.Org)
	o.Value("finished, P40", finish.Quantile(0.4), 9, 10)
	o.Value("dropped, P40", drop.Quantile(0.4), 4, 10)
	o.Value("finished, half", finish.Quantile(0.5), 9, 10)
	o.Unknown("finished, P60", finish.Quantile(0.6), 10, "fewer than 60 % end this way by any age that was seen")
	o.Unknown("dropped, P60", drop.Quantile(0.6), 10, "fewer than 60 % end this way by any age that was seen")
	o.Value("either, P60", a.Cycle(&a.Org).Quantile(0.6), 9, 20)
	if e := finish.Quantile(0.4); e.Coverage != 1 || finish.Exits() != 10 || finish.Why() != "" || finish.Weak || finish.Bulk != 0 {
		t.Errorf("finish %+v", finish)
	}
}

// incidence is the Aalen-Johansen estimate from its definition: at every age the
// share still open times the share of those at risk who leave that way.
func incidence(plan []spell, from, to, p float64, dropped bool) (quantile float64, exits int) {
	type watch struct {
		entry, end    float64
		left, dropped bool
	}
	var all []watch
	ages := map[float64]bool{}
	for _, s := range plan {
		if s.start < 0 || s.start >= to || s.exit >= 0 && s.exit < from {
			continue
		}
		w := watch{math.Inf(-1), to - s.start, false, s.dropped}
		if s.start < from {
			w.entry = from - s.start
		}
		if s.exit >= 0 && s.exit < to {
			w.end, w.left = s.exit-s.start, true
			ages[w.end] = true
			if s.dropped == dropped {
				exits++
			}
		}
		all = append(all, w)
	}
	var order []float64
	for age := range ages {
		order = append(order, age)
	}
	slices.Sort(order)
	open, ended := 1.0, 0.0
	for _, age := range order {
		risk, left, mine := 0.0, 0.0, 0.0
		for _, w := range all {
			if w.entry <= age && age <= w.end {
				risk++
				if w.left && w.end == age {
					left++
					if w.dropped == dropped {
						mine++
					}
				}
			}
		}
		ended += open * mine / risk
		open *= 1 - left/risk
		if ended >= p-1e-9 {
			if exits >= 10 && risk >= 5 {
				return age, exits
			}
			return math.NaN(), exits
		}
	}
	return math.NaN(), exits
}

func TestOutcomesAreAalenJohansens(t *testing.T) {
	known := 0
	for seed := range uint64(250) {
		r := rand.New(rand.NewPCG(seed, 51))
		plan := make([]spell, 20+r.IntN(60))
		for i := range plan {
			plan[i] = spell{float64(r.IntN(400)) / 8, -1, r.IntN(3) == 0}
			if r.IntN(6) > 0 {
				plan[i].exit = plan[i].start + 0.125 + float64(r.IntN(1+r.IntN(200)))/8
			}
		}
		o := tell(t, write(plan))
		weeks := 2 + r.IntN(3)
		to := float64(7 * (weeks + 2 + r.IntN(3)))
		from := to - float64(7*weeks)
		a := o.analyse(to+0.5, weeks)
		finish, drop := a.Outcomes(&a.Org)
		if finish.Why() != "" {
			continue
		}
		for _, p := range []float64{0.15, 0.3, 0.5} {
			for name, out := range map[string]Outcome{"finish": finish, "drop": drop} {
				want, n := incidence(plan, from, to, p, name == "drop")
				o.Value(fmt.Sprintf("seed %d, %s, P%g", seed, name, 100*p), out.Quantile(p), want, n)
				if !math.IsNaN(want) {
					known++
				}
			}
		}
	}
	if known < 200 {
		t.Errorf("only %d quantiles had a value: the plans test little", known)
	}
}

// Where starts are not known neither time is, for the same reason as cycle time.
func TestOutcomesNeedStarts(t *testing.T) {
	o := tell(t, mixed(6, 0, 5, 0, 9))
	a := o.analyse(56, 4)
	finish, drop := a.Outcomes(&a.Org)
	o.Unknown("finish", finish.Quantile(0.5), 11, whyNoStart)
	o.Unknown("drop", drop.Quantile(0.5), 0, whyNoStart)

	// Bulk edits are left out, weak starts are marked.
	o = tell(t, many("A", "story", 12, "0 created; 30 assign ana; 40.%d done")+numbered(500, many("A", "task", 12, "0 created; 30 start; 41 drop by ben")))
	a = o.analyse(56, 4)
	finish, _ = a.Outcomes(&a.Org)
	if !finish.Weak || finish.Bulk != 12 || finish.Exits() != 12 {
		t.Errorf("finish: weak %v, %d by bulk edits, %d exits", finish.Weak, finish.Bulk, finish.Exits())
	}
}

// METRICS section 2: where drops have a quarter of the hazard of finishes and the
// median time to finish is 13.9 days without drops, half of all have left after
// 11.1 days and half of all are finished after 15.7. The plan has the exact shares
// of 400 items: exit ages are the quantiles of the exponential law, every fifth
// exit is a drop, and all are followed to their end.
func TestFinishTimesOfAnExponentialLaw(t *testing.T) {
	const n, median = 400, 13.8629 // ln 2/0.05
	hazard := 1.25 * math.Ln2 / median
	plan := make([]spell, n)
	for i := range plan {
		age := -math.Log(1-(float64(i)+0.5)/n) / hazard
		plan[i] = spell{1, 1 + math.Round(age*24*3600)/(24*3600), i%5 == 2}
	}
	o := tell(t, write(plan))
	a := o.analyse(7*40, 40)
	finish, _ := a.Outcomes(&a.Org)
	either, done := a.Cycle(&a.Org).Quantile(0.5).Value, finish.Quantile(0.5).Value
	// A step of the curve is 1/400, at 15.7 days 0.1 days or so.
	if math.Abs(either-math.Ln2/hazard) > 0.15 || math.Abs(done+math.Log(1-0.5*1.25)/hazard) > 0.15 {
		t.Errorf("half have left after %.2f days, half are finished after %.2f", either, done)
	}
	if math.Abs(math.Ln2/hazard-11.1) > 0.05 || math.Abs(-math.Log(0.375)/hazard-15.7) > 0.05 {
		t.Errorf("the law itself: %v and %v", math.Ln2/hazard, -math.Log(0.375)/hazard)
	}
}
