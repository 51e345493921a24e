package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var fromStart = math.Inf(-1)

// mercaptopurine is the treated arm of Freireich et al. (1963), in weeks.
func mercaptopurine() []Spell {
	return spells([]float64{6, 6, 6, 7, 10, 13, 16, 22, 23}, []float64{6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35})
}

// placebo is the other arm of the same trial, where nobody was censored.
func placebo() []Spell {
	return spells([]float64{1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23}, nil)
}

func spells(events, censored []float64) []Spell {
	var all []Spell
	for _, t := range censored {
		all = append(all, Spell{Entry: fromStart, Exit: t})
	}
	for _, t := range events {
		all = append(all, Spell{Entry: fromStart, Exit: t, Event: true})
	}
	return all
}

func TestKaplanMeierMercaptopurine(t *testing.T) {
	t.Parallel()
	// S as in Kleinbaum and Klein, SE as printed by R's survfit: 3 to 4 digits.
	want := []Step{
		{6, 21, 3, 0.8571, 0.0764},
		{7, 17, 1, 0.8067, 0.0869},
		{10, 15, 1, 0.7529, 0.0963},
		{13, 12, 1, 0.6902, 0.1068},
		{16, 11, 1, 0.6275, 0.1141},
		{22, 7, 1, 0.5378, 0.1282},
		{23, 6, 1, 0.4482, 0.1346},
	}
	curve := KaplanMeier(mercaptopurine())
	fourDigits := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 0.00006 })
	if diff := cmp.Diff(want, curve.steps, fourDigits); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if curve.Events() != 9 || curve.ignored != 0 {
		t.Errorf("%d events, %d ignored", curve.Events(), curve.ignored)
	}
	e := curve.Quantile(0.5)
	if e.Known() || e.N != 9 || e.Why != "fewer than 10 events" {
		t.Errorf("median of nine events: %+v", e)
	}
	// Below the minimum of events the published median is still where the curve
	// gets to one half, and its log(-log) interval is [13, open].
	at := func(edge func(Step) float64) float64 { return curve.steps[curve.firstAtMost(0.5, edge)].Time }
	if at(Step.share) != 23 || at(Step.lower) != 13 || curve.firstAtMost(0.5, Step.upper) >= 0 {
		t.Errorf("median %v, lower end %v, upper end at step %d", at(Step.share), at(Step.lower), curve.firstAtMost(0.5, Step.upper))
	}
}

func TestKaplanMeierTwiceTheData(t *testing.T) {
	t.Parallel()
	// Doubling every spell leaves S alone and divides SE by √2 exactly.
	once := KaplanMeier(mercaptopurine())
	twice := KaplanMeier(append(mercaptopurine(), mercaptopurine()...))
	for i, s := range twice.steps {
		near(t, "S", s.S, once.steps[i].S, 1e-12)
		near(t, "SE", s.SE, once.steps[i].SE/math.Sqrt2, 1e-12)
	}
	if e := twice.Quantile(0.5); e.Value != 23 || e.N != 18 {
		t.Errorf("median %+v, want 23 from 18 events", e)
	}
}

func TestKaplanMeierWithoutCensoring(t *testing.T) {
	t.Parallel()
	// Closed form: S is one minus the empirical distribution function, and
	// Greenwood's SE the binomial √(S(1-S)/n).
	rng := Rand("no censoring")
	for range 50 {
		n := 1 + rng.IntN(60)
		times := make([]float64, n)
		for i := range times {
			times[i] = float64(rng.IntN(20))
		}
		for _, s := range KaplanMeier(spells(times, nil)).steps {
			later := 0
			for _, x := range times {
				if x > s.Time {
					later++
				}
			}
			want := float64(later) / float64(n)
			near(t, "S", s.S, want, 1e-12)
			if later > 0 {
				near(t, "SE", s.SE, math.Sqrt(want*(1-want)/float64(n)), 1e-12)
			} else {
				isNaN(t, "SE at S = 0", s.SE)
			}
		}
	}
}

func TestKaplanMeierAgainstDefinition(t *testing.T) {
	t.Parallel()
	rng := Rand("left truncation")
	for range 300 {
		all := randomSpells(rng, 1+rng.IntN(40))
		if diff := cmp.Diff(bruteForce(all), KaplanMeier(all).steps, closeNaN); diff != "" {
			t.Fatalf("%v (-want +got):\n%s", all, diff)
		}
	}
}

var closeNaN = cmp.Comparer(func(a, b float64) bool {
	return math.Abs(a-b) <= 1e-9 || math.IsNaN(a) && math.IsNaN(b)
})

// randomSpells has ties, zero ages, late entries and impossible spells.
func randomSpells(rng *rand.Rand, n int) []Spell {
	all := make([]Spell, n)
	for i := range all {
		all[i] = Spell{Entry: fromStart, Exit: float64(rng.IntN(15)), Event: rng.IntN(3) > 0}
		if rng.IntN(2) == 0 {
			all[i].Entry = float64(rng.IntN(15) - 2)
		}
	}
	return all
}

// bruteForce evaluates the definition for one event time after another.
func bruteForce(all []Spell) []Step {
	var steps []Step
	share, greenwood := 1.0, 0.0
	for age := 0.0; age < 15; age++ {
		n, d := 0, 0
		for _, s := range all {
			if s.Entry < age && age <= s.Exit {
				n++
				if s.Event && s.Exit == age {
					d++
				}
			}
		}
		if d == 0 {
			continue
		}
		share *= 1 - float64(d)/float64(n)
		greenwood += float64(d) / float64(n*(n-d))
		se := math.NaN()
		if share > 0 {
			se = share * math.Sqrt(greenwood)
		}
		steps = append(steps, Step{age, n, d, share, se})
	}
	return steps
}

func TestKaplanMeierIgnores(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	impossible := []Spell{
		{nan, 3, true}, {0, nan, true}, {nan, nan, false},
		{5, 4, true},          // leaves before it enters
		{4, 4, true},          // is never watched
		{fromStart, -1, true}, // an age below 0
		{0, inf, true}, {fromStart, fromStart, true}, {inf, inf, false},
	}
	curve := KaplanMeier(append(impossible, placebo()...))
	if curve.ignored != len(impossible) || curve.Events() != 21 {
		t.Errorf("%d ignored and %d events, want %d and 21", curve.ignored, curve.Events(), len(impossible))
	}
	if diff := cmp.Diff(KaplanMeier(placebo()).steps, curve.steps, sameNaN); diff != "" {
		t.Errorf("ignored spells changed the curve:\n%s", diff)
	}
	if e := curve.Quantile(0.5); e.Known() || e.Why != "9 of the times cannot be: they end before they begin" {
		t.Errorf("nothing is said of the ignored spells: %+v", e)
	}
}

func TestKaplanMeierZeroAge(t *testing.T) {
	t.Parallel()
	curve := KaplanMeier([]Spell{{fromStart, 0, true}, {fromStart, 2, true}})
	if diff := cmp.Diff([]Step{{0, 2, 1, 0.5, math.Sqrt(0.125)}, {2, 1, 1, 0, math.NaN()}}, curve.steps, closeNaN); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestSurvivalQuantile(t *testing.T) {
	t.Parallel()
	// Closed form. S(8) = 8/21 is the first at most one half, after S(5) = 12/21.
	// Without censoring the band is S^exp(±1.96·√((1-S)/(nS))/|ln S|): its lower
	// edge is .5194 at 3 (S = 16/21) and .4254 at 4 (S = 14/21), its upper edge
	// .5778 at 8 and .4818 at 11 (S = 6/21).
	e := KaplanMeier(placebo()).Quantile(0.5)
	want := Estimate{Value: 8, N: 21, Low: 4, High: 11, Coverage: math.NaN()}
	if diff := cmp.Diff(want, e, sameNaN); diff != "" {
		t.Errorf("median (-want +got):\n%s", diff)
	}
}

func TestSurvivalQuantileOfOneDay(t *testing.T) {
	t.Parallel()
	// All at once: the curve falls from 1 to 0, where the band has no width that
	// could be estimated, so no later time bounds the quantile.
	e := KaplanMeier(spells(slices.Repeat([]float64{5}, 12), nil)).Quantile(0.85)
	if e.Value != 5 || e.Low != 5 || e.Bounded() || e.N != 12 {
		t.Errorf("%+v, want 5 with an open upper end", e)
	}
	wellFormed(t, e)
}

func TestSurvivalQuantileReachesExactly(t *testing.T) {
	t.Parallel()
	// Ten events in a row leave exactly 1 - k/10, which the product meets only
	// within rounding.
	var ten []float64
	for i := range 10 {
		ten = append(ten, float64(i+1))
	}
	curve := KaplanMeier(spells(ten, nil))
	for k := 1; k <= 6; k++ {
		if e := curve.Quantile(float64(k) / 10); e.Value != float64(k) {
			t.Errorf("quantile %d/10 = %+v, want %d", k, e, k)
		}
	}
}

func TestSurvivalQuantileWhy(t *testing.T) {
	t.Parallel()
	tenOfFifteen := spells([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, []float64{20, 20, 20, 20, 20})
	tenOfForty := spells([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, slices.Repeat([]float64{20}, 30))
	for _, c := range []struct {
		name  string
		curve Survival
		p     float64
		why   string
	}{
		{"no spells", Survival{}, 0.5, "fewer than 10 events"},
		{"all censored", KaplanMeier(spells(nil, []float64{1, 2})), 0.5, "fewer than 10 events"},
		{"too high", KaplanMeier(tenOfForty), 0.5, "more than 50 % are still open at every age that was seen"},
		{"too few left", KaplanMeier(placebo()), 0.95, "fewer than 5 were followed to that age"},
		{"p is 0", KaplanMeier(placebo()), 0, "0 is not a share between 0 and 1, both excluded"},
		{"p is 1", KaplanMeier(placebo()), 1, "1 is not a share between 0 and 1, both excluded"},
		{"p is NaN", KaplanMeier(placebo()), math.NaN(), "NaN is not a share between 0 and 1, both excluded"},
	} {
		e := c.curve.Quantile(c.p)
		if e.Known() || e.N != c.curve.Events() || e.Why != c.why {
			t.Errorf("%s: %+v, want Why %q", c.name, e, c.why)
		}
		wellFormed(t, e)
	}
	e := KaplanMeier(tenOfFifteen).Quantile(0.6)
	if e.Value != 9 || e.Bounded() || math.IsNaN(e.Low) || !strings.HasPrefix(e.Why, "the upper end of the interval is open") {
		t.Errorf("open upper end: %+v", e)
	}
	wellFormed(t, e)
}

// extract simulates a tracker read for the last 90 days: starts at a steady
// rate for two years, log-normal durations with a median of 20 days. Units that
// were gone when the window opened are not seen; the others enter at their age.
func extract(rng *rand.Rand, perDay float64) (all []Spell, finishedOnly []float64) {
	const history, window = 730.0, 90.0
	for start := -history; ; {
		start += rng.ExpFloat64() / perDay
		if start >= window {
			return all, finishedOnly
		}
		duration := 20 * math.Exp(rng.NormFloat64())
		s := Spell{Entry: fromStart, Exit: min(duration, window-start), Event: start+duration <= window}
		if start+duration <= 0 {
			continue
		}
		if start < 0 {
			s.Entry = -start
		} else if s.Event {
			finishedOnly = append(finishedOnly, duration)
		}
		all = append(all, s)
	}
}

func TestSurvivalMedianOfAnExtract(t *testing.T) {
	t.Parallel()
	const draws = 400
	rng := Rand("ninety days")
	covered, medians, naive := 0, 0.0, 0.0
	for range draws {
		all, finished := extract(rng, 2)
		e := KaplanMeier(all).Quantile(0.5)
		if !e.Bounded() {
			t.Fatalf("no interval from %d spells: %+v", len(all), e)
		}
		if e.Low <= 20 && 20 <= e.High {
			covered++
		}
		medians += e.Value / draws
		naive += Quantile(finished, 0.5) / draws
	}
	// METRICS.md section 2 prints 14.7 and 20.3, from draws of its own. 14.5 is the
	// median of the finished ones by numerical integration of f(t)(90-t) over 0 to
	// 90. The mean of 400 medians has a standard error of
	// about 0.1; that of the coverage is 0.011.
	near(t, "median of finished only", naive, 14.5, 0.4)
	near(t, "product-limit median", medians, 20, 0.4)
	near(t, "coverage", float64(covered)/draws, 0.95, 0.035)
}

func FuzzKaplanMeier(f *testing.F) {
	f.Add(bytesOf(fromStart, 3, 0, 5, 2, 2), uint64(0b101), 0.5, false)
	f.Add(bytesOf(math.NaN(), 3, 0, math.Inf(1), math.Copysign(0, -1), 0), uint64(7), 0.5, false)
	f.Add([]byte(strings.Repeat("\x01\x09\x00\x07\x04\x0c", 12)), uint64(0xffffffff), 0.5, true)
	f.Add([]byte(strings.Repeat("\x00\x03", 30)), uint64(1<<30), 0.99, true)
	f.Fuzz(func(t *testing.T, data []byte, events uint64, p float64, small bool) {
		all := fuzzSpells(data, events, small)
		before := slices.Clone(all)
		curve := KaplanMeier(all)
		for i := range all {
			unchanged(t, []float64{all[i].Entry, all[i].Exit}, []float64{before[i].Entry, before[i].Exit})
		}
		wellFormed(t, curve.Quantile(p))
		wellFormed(t, curve.Quantile(0.5))
		checkCurve(t, curve, len(all))
	})
}

// fuzzSpells reads pairs of numbers, or pairs of bytes where ties are wanted.
func fuzzSpells(data []byte, events uint64, small bool) []Spell {
	xs := floats(data)
	if small {
		xs = nil
		for _, b := range data {
			xs = append(xs, float64(b%16))
		}
	}
	var all []Spell
	for pair := range slices.Chunk(xs, 2) {
		if len(pair) < 2 {
			break
		}
		s := Spell{Entry: pair[0], Exit: pair[1], Event: events>>(len(all)%64)&1 == 1}
		if small && s.Entry < 8 {
			s.Entry = fromStart
		}
		all = append(all, s)
	}
	return all
}

func checkCurve(t *testing.T, curve Survival, n int) {
	t.Helper()
	events, last, share := 0, math.Inf(-1), 1.0
	for _, s := range curve.steps {
		if !(s.Time > last) || !(s.S >= 0 && s.S <= share) || s.Events < 1 || s.Events > s.AtRisk || s.AtRisk > n {
			t.Errorf("impossible step %+v in %+v", s, curve.steps)
		}
		if math.IsNaN(s.SE) != (s.S == 0) || s.SE < 0 {
			t.Errorf("impossible standard error %+v", s)
		}
		events += s.Events
		last, share = s.Time, s.S
	}
	if events != curve.Events() || curve.Events()+curve.ignored > n {
		t.Errorf("%d events on the steps, %d on the curve, %d ignored of %d", events, curve.Events(), curve.ignored, n)
	}
}

func BenchmarkKaplanMeier(b *testing.B) {
	for _, n := range []int{1e3, 1e4, 1e5, 1e6} {
		rng := Rand("bench")
		all := make([]Spell, n)
		for i := range all {
			all[i] = Spell{Entry: fromStart, Exit: rng.ExpFloat64(), Event: i%4 > 0}
			if i%3 == 0 {
				all[i].Entry = all[i].Exit * rng.Float64()
			}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				KaplanMeier(all)
			}
		})
	}
}
