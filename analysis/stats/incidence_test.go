package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// survivalOracle is what testdata/oracle/survival.py drew and computed.
type survivalOracle struct {
	spells    []CompetingSpell
	strata    [3]Arms
	incidence map[int][]Step
	chi, p    float64
}

func readSurvivalOracle(t *testing.T) survivalOracle {
	t.Helper()
	o := survivalOracle{incidence: map[int][]Step{}}
	oracleLines(t, "survival.txt", func(f []string) {
		switch f[0] {
		case "spell":
			var stratum, arm, cause int
			var entry, exit float64
			scan(t, f[1:], &stratum, &arm, &entry, &exit, &cause)
			o.spells = append(o.spells, CompetingSpell{entry, exit, cause})
			side := &o.strata[stratum].X
			if arm == 1 {
				side = &o.strata[stratum].Y
			}
			*side = append(*side, Spell{entry, exit, cause > 0})
		case "incidence":
			var cause int
			var s Step
			scan(t, f[1:], &cause, &s.Time, &s.AtRisk, &s.Events, &s.S, &s.SE)
			o.incidence[cause] = append(o.incidence[cause], s)
		case "logrank":
			scan(t, f[1:], &o.chi, &o.p)
		}
	})
	if len(o.spells) != 210 || len(o.incidence) != 2 || o.chi == 0 {
		t.Fatalf("the oracle holds %d spells, %d incidences, chi-squared %v", len(o.spells), len(o.incidence), o.chi)
	}
	return o
}

func TestAalenJohansenAgainstDoubleSum(t *testing.T) {
	t.Parallel()
	o := readSurvivalOracle(t)
	for cause, want := range o.incidence {
		if diff := cmp.Diff(want, AalenJohansen(o.spells, cause).curve.steps, closeNaN); diff != "" {
			t.Errorf("cause %d (-want +got):\n%s", cause, diff)
		}
	}
}

func TestAalenJohansenOfOneCause(t *testing.T) {
	t.Parallel()
	// With one cause it is Kaplan-Meier with Greenwood's error.
	rng := Rand("one cause")
	for range 200 {
		all := randomSpells(rng, 1+rng.IntN(40))
		var competing []CompetingSpell
		for _, s := range all {
			c := CompetingSpell{Entry: s.Entry, Exit: s.Exit}
			if s.Event {
				c.Cause = 1
			}
			competing = append(competing, c)
		}
		got, want := AalenJohansen(competing, 1), KaplanMeier(all)
		// Past S = 0 nobody is left to end; Kaplan-Meier goes on at 0.
		if diff := cmp.Diff(want.steps, got.curve.steps, closeNaN); diff != "" {
			t.Fatalf("%v (-want +got):\n%s", all, diff)
		}
		if got.Events() != want.Events() || got.curve.ignored != want.ignored {
			t.Errorf("%d events and %d ignored, want %d and %d", got.Events(), got.curve.ignored, want.Events(), want.ignored)
		}
	}
}

func TestAalenJohansenWithoutCensoring(t *testing.T) {
	t.Parallel()
	// Closed form: F is the share that has ended this way so far, with the error
	// of a binomial share; and over all causes F adds up to 1.
	rng := Rand("no censoring, causes")
	for range 50 {
		all := make([]CompetingSpell, 1+rng.IntN(60))
		for i := range all {
			all[i] = CompetingSpell{fromStart, float64(rng.IntN(20)), 1 + rng.IntN(3)}
		}
		n, total := float64(len(all)), 0.0
		for cause := 1; cause <= 3; cause++ {
			i := AalenJohansen(all, cause)
			for _, s := range i.curve.steps {
				ended := 0
				for _, x := range all {
					if x.Cause == cause && x.Exit <= s.Time {
						ended++
					}
				}
				f := float64(ended) / n
				near(t, "F", 1-s.S, f, 1e-12)
				if s.S > 0 {
					near(t, "SE", s.SE, math.Sqrt(f*(1-f)/n), 1e-9)
				}
			}
			if k := len(i.curve.steps); k > 0 {
				total += 1 - i.curve.steps[k-1].S
			}
		}
		near(t, "all causes", total, 1, 1e-12)
	}
}

// competingExtract simulates a tracker read for the last 180 days, as extract does,
// with a finish hazard of 0.05 a day and a drop hazard of a quarter of it.
func competingExtract(rng *rand.Rand, perDay float64) (all []CompetingSpell) {
	const history, window, finish, drop = 400.0, 180.0, 0.05, 0.0125
	for start := -history; ; {
		start += rng.ExpFloat64() / perDay
		if start >= window {
			return all
		}
		duration, cause := rng.ExpFloat64()/(finish+drop), 1
		if rng.Float64() < drop/(finish+drop) {
			cause = 2
		}
		s := CompetingSpell{Entry: fromStart, Exit: min(duration, window-start)}
		if start+duration <= window {
			s.Cause = cause
		}
		if start < 0 {
			s.Entry = -start
		}
		if start+duration > 0 {
			all = append(all, s)
		}
	}
}

// TestIncidenceClaims is METRICS.md section 2: with a drop hazard a quarter of the
// finish hazard h = 0.05, the median of any exit is ln 2/1.25h = 11.09, with drops
// censored ln 2/h = 13.86, and the age by which half have finished
// ln(8/3)/1.25h = 15.69, since F(t) = 0.8(1 - exp(-1.25ht)).
func TestIncidenceClaims(t *testing.T) {
	t.Parallel()
	const draws, h = 300, 0.05
	rng := Rand("finish and drop")
	var exit, censored, finished float64
	covered := 0
	for range draws {
		all := competingExtract(rng, 2)
		var exits, censoring []Spell
		for _, s := range all {
			exits = append(exits, Spell{s.Entry, s.Exit, s.Cause > 0})
			censoring = append(censoring, Spell{s.Entry, s.Exit, s.Cause == 1})
		}
		e := AalenJohansen(all, 1).Quantile(0.5)
		if e.Low <= math.Log(8.0/3)/(1.25*h) && math.Log(8.0/3)/(1.25*h) <= e.High {
			covered++
		}
		finished += e.Value / draws
		exit += KaplanMeier(exits).Quantile(0.5).Value / draws
		censored += KaplanMeier(censoring).Quantile(0.5).Value / draws
	}
	// A median of about 350 spells has a standard error of 0.8, that of 300 of
	// them 0.05.
	near(t, "any exit", exit, math.Ln2/(1.25*h), 0.25)
	near(t, "drops censored", censored, math.Ln2/h, 0.25)
	near(t, "half finished", finished, math.Log(8.0/3)/(1.25*h), 0.25)
	near(t, "coverage", float64(covered)/draws, 0.95, 0.04)
	for name, value := range map[string][2]float64{
		"11.1": {11.1, math.Ln2 / (1.25 * h)}, "13.9": {13.9, math.Ln2 / h}, "15.7": {15.7, math.Log(8.0/3) / (1.25 * h)},
	} {
		near(t, "printed "+name, value[1], value[0], 0.05)
	}
}

func TestIncidenceQuantile(t *testing.T) {
	t.Parallel()
	// 20 units end at 1 to 20, every fourth by cause 2: F reaches a half with the
	// tenth end by cause 1, at 13.
	var all []CompetingSpell
	for i := 1; i <= 20; i++ {
		c := CompetingSpell{fromStart, float64(i), 1}
		if i%4 == 0 {
			c.Cause = 2
		}
		all = append(all, c)
	}
	e := AalenJohansen(all, 1).Quantile(0.5)
	if e.Value != 13 || e.N != 15 || !(e.Low < 13) {
		t.Errorf("%+v, want 13 from 15 events", e)
	}
	wellFormed(t, e)
	for _, c := range []struct {
		name  string
		all   []CompetingSpell
		cause int
		p     float64
		why   string
	}{
		{"nothing", nil, 1, 0.5, "fewer than 10 events"},
		{"too few", all, 2, 0.5, "fewer than 10 events"},
		{"no such cause", all, 3, 0.5, "fewer than 10 events"},
		{"never", all, 1, 0.8, "fewer than 80 % end this way by any age that was seen"},
		{"too few left", all, 1, 0.7, "fewer than 5 were followed to that age"},
		{"p", all, 1, 1, "1 is not a share between 0 and 1, both excluded"},
		{"impossible", append(slices.Clone(all), CompetingSpell{3, 2, 1}, CompetingSpell{0, 3, -1}), 1, 0.5, "2 of the times cannot be: they end before they begin"},
	} {
		e := AalenJohansen(c.all, c.cause).Quantile(c.p)
		if e.Known() || e.Why != c.why {
			t.Errorf("%s: %+v, want Why %q", c.name, e, c.why)
		}
		wellFormed(t, e)
	}
	if e := (Incidence{}).Quantile(0.5); e.Known() || e.Why == "" {
		t.Errorf("zero Incidence: %+v", e)
	}
}

func FuzzAalenJohansen(f *testing.F) {
	f.Add(bytesOf(fromStart, 3, 0, 5, 2, 2), uint64(0b101), 1, 0.5, false)
	f.Add([]byte("\x01\x09\x00\x07\x04\x0c\x01\x09\x00\x07\x04\x0c"), uint64(0xffff), 2, 0.5, true)
	f.Fuzz(func(t *testing.T, data []byte, causes uint64, cause int, p float64, small bool) {
		var all []CompetingSpell
		for i, s := range fuzzSpells(data, causes, small) {
			c := CompetingSpell{Entry: s.Entry, Exit: s.Exit}
			if s.Event {
				c.Cause = 1 + int(causes>>(i%64)&2)/2
			}
			all = append(all, c)
		}
		before := slices.Clone(all)
		i := AalenJohansen(all, cause)
		if diff := cmp.Diff(before, all, sameNaN); diff != "" {
			t.Errorf("the argument was changed:\n%s", diff)
		}
		wellFormed(t, i.Quantile(p))
		wellFormed(t, i.Quantile(0.5))
		checkCurve(t, i.curve, len(all))
	})
}

func BenchmarkAalenJohansen(b *testing.B) {
	for _, n := range []int{1e3, 1e4, 1e5} {
		rng := Rand("bench incidence")
		all := make([]CompetingSpell, n)
		for i := range all {
			all[i] = CompetingSpell{fromStart, rng.ExpFloat64(), i % 3}
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				AalenJohansen(all, 1)
			}
		})
	}
}
