package stats

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLogRankFreireich(t *testing.T) {
	t.Parallel()
	// Kleinbaum and Klein, chapter 2: 9 events with 6-MP against 19.25 expected,
	// 21 against 10.75 with placebo, and a log-rank statistic of 16.79.
	r := LogRank(Arms{mercaptopurine(), placebo()})
	near(t, "chi-squared", r.ChiSquared, 16.79, 0.005)
	near(t, "expected, 6-MP", r.ExpectedX, 19.25, 0.005)
	near(t, "expected, placebo", r.ExpectedY, 10.75, 0.005)
	near(t, "p", r.P, 0.0000417, 0.0000001) // P(|Z| > √16.79)
	if r.ObservedX != 9 || r.ObservedY != 21 || r.Why != "" {
		t.Errorf("%+v, want 9 and 21 events", r)
	}
}

func TestLogRankStrata(t *testing.T) {
	t.Parallel()
	o := readSurvivalOracle(t)
	r := LogRank(o.strata[:]...)
	near(t, "chi-squared", r.ChiSquared, o.chi, 1e-9)
	near(t, "p", r.P/o.p, 1, 1e-9)
	// Either arm may be called X, and strata come in any order.
	swapped := LogRank(Arms{o.strata[2].Y, o.strata[2].X}, Arms{o.strata[0].Y, o.strata[0].X}, Arms{o.strata[1].Y, o.strata[1].X})
	near(t, "swapped", swapped.ChiSquared, o.chi, 1e-9)
	near(t, "observed less expected", r.ObservedX-r.ExpectedX+r.ObservedY-r.ExpectedY, 0, 1e-9)
}

func TestLogRankWhy(t *testing.T) {
	t.Parallel()
	none := "no event happens while both groups are watched"
	for _, c := range []struct {
		name string
		arms []Arms
		why  string
	}{
		{"nothing", nil, none},
		{"one arm", []Arms{{X: placebo()}}, none},
		{"no events", []Arms{{spells(nil, []float64{1, 2}), spells(nil, []float64{3})}}, none},
		{"apart", []Arms{{spells([]float64{1, 2}, nil), []Spell{{5, 7, true}}}}, none},
		{"one each in strata of their own", []Arms{{X: placebo()}, {Y: placebo()}}, none},
		{"impossible", []Arms{{placebo(), []Spell{{3, 2, true}}}}, "some of the times cannot be: they end before they begin"},
	} {
		r := LogRank(c.arms...)
		if r.Why != c.why || !math.IsNaN(r.P) || !math.IsNaN(r.ChiSquared) {
			t.Errorf("%s: %+v, want Why %q", c.name, r, c.why)
		}
	}
}

// TestLogRankSize draws two arms of the same hazard: p is below 5 % in 5 % of
// draws. 2000 draws have a standard error of 0.005.
func TestLogRankSize(t *testing.T) {
	t.Parallel()
	rng := Rand("log-rank size")
	rejected := 0
	const draws = 2000
	for range draws {
		var arms [2][]Spell
		for i := range 60 {
			s := Spell{fromStart, rng.ExpFloat64(), true}
			if censored := 2 * rng.Float64(); censored < s.Exit {
				s.Exit, s.Event = censored, false
			}
			arms[i%2] = append(arms[i%2], s)
		}
		if LogRank(Arms{arms[0], arms[1]}).P < 0.05 {
			rejected++
		}
	}
	near(t, "size", float64(rejected)/draws, 0.05, 0.015)
}

func FuzzLogRank(f *testing.F) {
	f.Add(bytesOf(fromStart, 3, 0, 5, 2, 2), bytesOf(0, 3), uint64(0b101), false)
	f.Add([]byte("\x01\x09\x00\x07\x04\x0c"), []byte("\x01\x09\x08\x0f\x04\x0c"), uint64(0xffff), true)
	f.Fuzz(func(t *testing.T, a, b []byte, events uint64, small bool) {
		arms := Arms{fuzzSpells(a, events, small), fuzzSpells(b, events>>9, small)}
		before := Arms{slices.Clone(arms.X), slices.Clone(arms.Y)}
		r := LogRank(arms, arms)
		if diff := cmp.Diff(before, arms, sameNaN); diff != "" {
			t.Errorf("the arguments were changed:\n%s", diff)
		}
		if math.IsNaN(r.P) != (r.Why != "") || math.IsNaN(r.ChiSquared) != (r.Why != "") || r.P < 0 || r.P > 1 || r.ChiSquared < 0 || math.IsInf(r.ChiSquared, 0) {
			t.Errorf("%+v", r)
		}
	})
}
