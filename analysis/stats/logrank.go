package stats

import (
	"math"
	"slices"
)

// Arms are two groups of spells to compare.
type Arms struct {
	X, Y []Spell
}

// LogRankTest is a test that two groups have the events at the same rate at every
// age, made by [LogRank].
type LogRankTest struct {
	ObservedX, ExpectedX float64 // events in X, and those expected if there is no difference
	ObservedY, ExpectedY float64 // as in X
	ChiSquared           float64 // with 1 degree of freedom; NaN where there is no test
	P                    float64 // two-sided; NaN where there is no test
	Why                  string  // why there is no test; "" where there is one
}

// LogRank compares the two arms within each stratum.
//
//	χ² = (Σ(d_x - e_x))² / Σv      e_x = d·n_x/n     v = d·n_x·n_y·(n-d)/(n²(n-1))
//
// summed over strata and over the ages of events, where d events happen among n
// at risk, d_x among the n_x of X (Mantel 1966; Peto and Peto 1972). P is the upper tail of chi-squared with 1
// degree of freedom. At risk means Entry < t <= Exit, so that left truncation is
// allowed, as in [KaplanMeier].
//
// It weighs late events as much as early ones, and is strongest where the rates
// keep a ratio. Clusters are not known to it: where units go together P is too
// small. It is a check beside [Shift], not a replacement.
//
// There is no test where a spell is impossible, as in [KaplanMeier], and where no
// event happens while both arms are watched.
func LogRank(strata ...Arms) LogRankTest {
	var r LogRankTest
	var variance float64
	for _, arms := range strata {
		if !allPossible(arms.X) || !allPossible(arms.Y) {
			return noLogRank("some of the times cannot be: they end before they begin")
		}
		variance += r.add(arms)
	}
	if !(variance > 0) {
		why := noLogRank("no event happens while both groups are watched")
		r.ChiSquared, r.P, r.Why = why.ChiSquared, why.P, why.Why
		return r
	}
	z := (r.ObservedX - r.ExpectedX) / math.Sqrt(variance)
	r.ChiSquared, r.P = z*z, math.Erfc(math.Abs(z)/math.Sqrt2)
	return r
}

func noLogRank(why string) LogRankTest {
	return LogRankTest{ChiSquared: math.NaN(), P: math.NaN(), Why: why}
}

func allPossible(spells []Spell) bool {
	return !slices.ContainsFunc(spells, func(s Spell) bool { return !s.possible() })
}

// add counts the events of one stratum and returns the variance of ObservedX.
func (r *LogRankTest) add(arms Arms) (variance float64) {
	x, y := newRiskSet(arms.X), newRiskSet(arms.Y)
	for x.more() || y.more() {
		t := min(x.next(), y.next())
		nx, dx := x.at(t)
		ny, dy := y.at(t)
		n, d := nx+ny, dx+dy
		r.ObservedX += dx
		r.ObservedY += dy
		r.ExpectedX += d * nx / n
		r.ExpectedY += d * ny / n
		if n > 1 {
			variance += d * (nx / n) * (ny / n) * (n - d) / (n - 1)
		}
	}
	return variance
}

// riskSet walks the spells of one arm in the order of age.
type riskSet struct {
	entries, exits, events []float64
	entered, left, passed  int
}

func newRiskSet(spells []Spell) *riskSet {
	var r riskSet
	for _, s := range spells {
		r.entries = append(r.entries, s.Entry)
		r.exits = append(r.exits, s.Exit)
		if s.Event {
			r.events = append(r.events, s.Exit)
		}
	}
	slices.Sort(r.entries)
	slices.Sort(r.exits)
	slices.Sort(r.events)
	return &r
}

func (r *riskSet) more() bool { return r.passed < len(r.events) }

func (r *riskSet) next() float64 {
	if r.more() {
		return r.events[r.passed]
	}
	return math.Inf(1)
}

// at returns how many are at risk at t and how many have their event then; t must
// grow from call to call.
func (r *riskSet) at(t float64) (atRisk, events float64) {
	r.entered, r.left = countBelow(r.entries, t, r.entered), countBelow(r.exits, t, r.left)
	from := r.passed
	for r.more() && r.events[r.passed] == t {
		r.passed++
	}
	return float64(r.entered - r.left), float64(r.passed - from)
}
