package stats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDrift(t *testing.T) {
	t.Parallel()
	// The metric catalogue: .6, .3, .1 to .7, .2, .1.
	near(t, "ten points", Drift([]float64{.6, .3, .1}, []float64{.7, .2, .1}), 0.100197, 5e-7)
	near(t, "equal", Drift([]float64{6, 3, 1}, []float64{.6, .3, .1}), 0, 1e-7)
	near(t, "disjoint", Drift([]float64{1, 2, 0}, []float64{0, 0, 5}), 1, 1e-12)
	// JSD of disjoint compositions is ln 2, that of equal ones 0: d² times ln 2.
	near(t, "ln 2", math.Pow(Drift([]float64{1, 0}, []float64{0, 1}), 2)*math.Ln2, math.Ln2, 1e-12)
	// (1, 0) to (½, ½): m = (¾, ¼), JSD = ½ln(4/3) + ¼ln(2/3) + ¼ln 2.
	near(t, "by hand", Drift([]float64{1, 0}, []float64{1, 1}), math.Sqrt((math.Log(4.0/3)/2+math.Log(2.0/3)/4+math.Ln2/4)/math.Ln2), 1e-12)
	near(t, "huge weights", Drift([]float64{1e308, 1e308, 1e308}, []float64{1, 1, 1}), 0, 1e-7)
}

func TestDriftWithoutAnswer(t *testing.T) {
	t.Parallel()
	one := []float64{1, 1}
	for _, bad := range [][]float64{nil, {1}, {0, 0}, {1, -1}, {1, math.NaN()}, {1, math.Inf(1)}} {
		isNaN(t, fmt.Sprint(bad, " first"), Drift(bad, one))
		isNaN(t, fmt.Sprint(bad, " second"), Drift(one, bad))
		if len(bad) != 1 {
			isNaN(t, fmt.Sprint("entropy of ", bad), Entropy(bad))
		}
	}
	isNaN(t, "nothing", Drift(nil, nil))
}

func TestEntropy(t *testing.T) {
	t.Parallel()
	for k := 1; k < 9; k++ {
		h := Entropy(slices.Repeat([]float64{3}, k))
		near(t, "equal shares", h, math.Log(float64(k)), 1e-12)
		near(t, "effective number", EffectiveNumber(h), float64(k), 1e-12)
	}
	// ½, ¼, ¼ and nothing: 1.5 ln 2.
	near(t, "by hand", Entropy([]float64{2, 0, 1, 1}), 1.5*math.Ln2, 1e-12)
	near(t, "Miller-Madow", MillerMadow([]float64{2, 0, 1, 1}, 4), 1.5*math.Ln2+2.0/8, 1e-12)
	isNaN(t, "no units", MillerMadow([]float64{1, 1}, 0))
	isNaN(t, "nearly no units", MillerMadow([]float64{1, 1}, 5e-324))
	isNaN(t, "no weights", MillerMadow([]float64{0, 0}, 3))
	isNaN(t, "negative entropy", EffectiveNumber(-1))
	isNaN(t, "no entropy", EffectiveNumber(math.NaN()))
}

// TestMillerMadowLessBiased draws 30 units of four equal categories: the bias
// of the plain entropy is about -3/60.
func TestMillerMadowLessBiased(t *testing.T) {
	t.Parallel()
	rng := Rand("entropy")
	var plain, corrected float64
	for range 4000 {
		counts := make([]float64, 4)
		for range 30 {
			counts[rng.IntN(4)]++
		}
		plain += Entropy(counts) / 4000
		corrected += MillerMadow(counts, 30) / 4000
	}
	near(t, "plain", plain, math.Log(4)-0.05, 0.005)
	near(t, "corrected", corrected, math.Log(4), 0.005)
}

// TestDriftWithoutChange: the metric catalogue states a mean d of 0.16, 0.10 and 0.05
// against a fixed composition of four categories at 20, 50 and 200 units.
func TestDriftWithoutChange(t *testing.T) {
	t.Parallel()
	rng := Rand("no drift")
	plan := []float64{1, 1, 1, 1}
	for n, want := range map[int]float64{20: 0.16, 50: 0.10, 200: 0.05} {
		var mean float64
		for range 2000 {
			counts := make([]float64, 4)
			for range n {
				counts[rng.IntN(4)]++
			}
			mean += Drift(counts, plan) / 2000
		}
		near(t, fmt.Sprint(n), mean, want, 0.006)
	}
}

// batches draws n of up to 10 items each; all of a batch tend to one category.
func batches(rng *rand.Rand, n int, lean float64) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, 3)
		main := rng.IntN(3)
		if rng.Float64() < lean {
			main = 0
		}
		for range 1 + rng.IntN(10) {
			if rng.Float64() < 0.3 {
				rows[i][rng.IntN(3)]++
				continue
			}
			rows[i][main]++
		}
	}
	return rows
}

func TestDriftBetweenIsEven(t *testing.T) {
	t.Parallel()
	// Under no change p <= x in a share x of 300 scans, each of 24 batches a window.
	rng := Rand("even")
	var ps []float64
	for range 300 {
		d := DriftBetween(batches(rng, 24, 0), batches(rng, 24, 0), 199, rng)
		ps = append(ps, d.P)
	}
	checkLevel(t, "between", ps, 0.05, 0.05, 0.035)
	checkLevel(t, "between", ps, 0.5, 0.5, 0.09)
}

func TestDriftFromPlanIsNearlyEven(t *testing.T) {
	t.Parallel()
	// The metric catalogue: p <= 0.05 in 5 to 7 % of scans without drift.
	rng := Rand("nearly even")
	var ps []float64
	for range 300 {
		ps = append(ps, DriftFromPlan(batches(rng, 60, 0), []float64{1, 1, 1}, 199, rng).P)
	}
	checkLevel(t, "plan", ps, 0.05, 0.06, 0.035)
}

func checkLevel(t *testing.T, name string, ps []float64, level, want, tolerance float64) {
	t.Helper()
	var share float64
	for _, p := range ps {
		if p <= level {
			share += 1 / float64(len(ps))
		}
	}
	near(t, fmt.Sprintf("%s: P(p <= %v)", name, level), share, want, tolerance)
}

func TestDriftFindsWhatMoved(t *testing.T) {
	t.Parallel()
	rng := Rand("moved")
	d := DriftBetween(batches(rng, 60, 0.7), batches(rng, 60, 0), 1999, rng)
	if !(d.P < 0.005 && d.D > d.Null95) || d.Why != "" || d.N != 120 {
		t.Errorf("not found: %+v", d)
	}
	d = DriftFromPlan(batches(rng, 60, 0.7), []float64{1, 1, 1}, 1999, rng)
	if !(d.P < 0.005 && d.D > d.Null95) || d.Why != "" {
		t.Errorf("not found against the plan: %+v", d)
	}
}

func TestDriftAgainstAllDeals(t *testing.T) {
	t.Parallel()
	// Three batches of one kind and three of the other: of the 20 ways to deal them
	// out, 2 are as far apart as can be.
	recent := [][]float64{{1, 0}, {1, 0}, {1, 0}, {0, 0}}
	baseline := [][]float64{{0, 1}, {0, 1}, {0, 1}}
	var mean float64
	for i := range 200 {
		d := DriftBetween(recent, baseline, 400, Rand("deals", fmt.Sprint(i)))
		if d.D != 1 || d.N != 6 || d.Null95 != 1 {
			t.Fatalf("drift %+v", d)
		}
		mean += 1 / d.P / 200 // the draws until the tenth are 10/p, 100 on average
	}
	near(t, "1/p", mean, 10, 0.7)
}

func TestDriftOfEqualBatches(t *testing.T) {
	t.Parallel()
	// Batches that are all alike cannot be dealt out differently: p is 1.
	rows := slices.Repeat([][]float64{{.1, .2, .7}}, 12)
	d := DriftBetween(rows[:7], rows[:5], 999, Rand("equal"))
	near(t, "p", d.P, 1, 0)
	near(t, "d", d.D, 0, 1e-7)
	near(t, "p of the plan", DriftFromPlan(rows, rows[0], 999, Rand("equal")).P, 1, 0)
}

func TestDriftNullWithoutAnswer(t *testing.T) {
	t.Parallel()
	rng := Rand("nothing")
	two := [][]float64{{1, 2}, {2, 1}}
	for name, d := range map[string]Drifted{
		"nothing":        DriftBetween(nil, nil, 999, rng),
		"one window":     DriftBetween(two, nil, 999, rng),
		"lengths":        DriftBetween(two, [][]float64{{1}}, 999, rng),
		"no weight":      DriftBetween(two, [][]float64{{0, 0}}, 999, rng),
		"negative":       DriftBetween(two, [][]float64{{1, -1}}, 999, rng),
		"too large":      DriftBetween(two, [][]float64{{1, 1e300}}, 999, rng),
		"no plan":        DriftFromPlan(two, nil, 999, rng),
		"empty plan":     DriftFromPlan(two, []float64{0, 0}, 999, rng),
		"no batches":     DriftFromPlan(nil, []float64{1, 1}, 999, rng),
		"few batches":    DriftBetween(two, two[:1], 999, rng),
		"nothing drawn":  DriftBetween(two, two, 0, rng),
		"nothing random": DriftFromPlan(slices.Repeat(two, 3), []float64{1, 1}, 999, nil),
	} {
		if d.Why == "" {
			t.Errorf("%s: no reason: %+v", name, d)
		}
		isNaN(t, name, d.P)
		isNaN(t, name, d.Null95)
	}
}

func FuzzComposition(f *testing.F) {
	f.Add([]byte{0, 102, 0, 103, 0, 104, 0, 105, 0, 106, 0, 107}, 2, 3)
	f.Add([]byte{0xff, 5, 0xff, 5, 0, 200, 0, 100}, 2, 1)
	f.Add([]byte{0xff, 0xb, 0xff, 7, 0, 200, 0, 100, 0, 101, 0, 102, 0, 103, 0, 104}, 1, 2)
	f.Fuzz(func(t *testing.T, data []byte, k, cut int) {
		weights := mixed(data)
		k = 1 + abs(k)%5
		before := slices.Clone(weights)
		var rows [][]float64
		for row := range slices.Chunk(weights, k) {
			rows = append(rows, row)
		}
		cut = abs(cut) % (len(rows) + 1)
		for _, d := range []Drifted{
			DriftBetween(rows[:cut], rows[cut:], 30, Rand("fuzz")),
			DriftFromPlan(rows, weights[:min(k, len(weights))], 30, Rand("fuzz")),
		} {
			complete := isShare(d.D) && isShare(d.P) && isShare(d.Null95)
			if complete != (d.Why == "") || !math.IsNaN(d.D) && !isShare(d.D) {
				t.Errorf("%+v", d)
			}
		}
		h := Entropy(weights)
		if n := EffectiveNumber(h); !math.IsNaN(h) && !(n >= 1 && n <= float64(len(weights))*(1+1e-9)) {
			t.Errorf("%v categories of %d", n, len(weights))
		}
		checkBurst(t, Burstiness(weights))
		unchanged(t, weights, before)
	})
}
