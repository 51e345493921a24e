package stats

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// checkChange compares a change with its value, both intervals, df and upper tail.
func checkChange(t *testing.T, name string, got Change, value, low, high, low90, high90, df, beyond float64) {
	t.Helper()
	wellFormed(t, got.Estimate)
	near(t, name+" value", got.Value, value, 1e-9)
	near(t, name+" low", got.Low, low, 1e-7)
	near(t, name+" high", got.High, high, 1e-7)
	near(t, name+" low 90", got.Low90, low90, 1e-7)
	near(t, name+" high 90", got.High90, high90, 1e-7)
	near(t, name+" df", got.DF, df, 1e-9)
	near(t, name+" p", got.P.Above, beyond, 1e-9)
	near(t, name+" p both ways", got.P.Either, min(1, 2*beyond), 1e-9)
}

func TestRateRatio(t *testing.T) {
	t.Parallel()
	windows := [][2][]int{
		{{12, 9, 15, 11, 8, 13}, {7, 8, 6, 9, 5, 7, 8, 6}},
		{{0, 30, 1, 2, 25, 0}, {3, 14, 0, 9, 1}},
		{{5, 4, 6}, {5, 5, 5}},
	}
	for i, line := range oracle(t, "change", "rate") {
		v := numbers(t, line...) // fitted by iterated weighted least squares
		ratio := func(quantile float64) float64 { return math.Exp(v[0] + quantile*v[1]) }
		got := RateRatio(windows[i][0], windows[i][1])
		checkChange(t, fmt.Sprint(windows[i]), got, ratio(0), ratio(-v[3]), ratio(v[3]), ratio(-v[4]), ratio(v[4]), v[2], v[5])
		turned := RateRatio(windows[i][1], windows[i][0])
		near(t, "turned round", turned.Value*got.Value, 1, 1e-12)
		near(t, "p turned round", turned.P.Below, got.P.Above, 1e-12)
	}
}

func TestRateRatioWithoutEvents(t *testing.T) {
	t.Parallel()
	// 6 events in 4 periods, none in 2: all lie in the 4 with chance (4/6)^6, and with
	// ratio r with chance (4/(4+2r))^6. φ = 1: Σ(c-1.5)²/1.5 = 0.67, over 4.
	got := RateRatio([]int{0, 0}, []int{1, 2, 1, 2})
	wellFormed(t, got.Estimate)
	near(t, "ratio", got.Value, 0, 0)
	near(t, "low", got.Low, 0, 0)
	near(t, "chance at the upper end", math.Pow(4/(4+2*got.High), 6), 0.025, 1e-12)
	near(t, "chance at the upper end of 90 %", math.Pow(4/(4+2*got.High90), 6), 0.05, 1e-12)
	near(t, "p", got.P.Below, math.Pow(4.0/6, 6), 1e-12)
	near(t, "p both ways", got.P.Either, 2*math.Pow(4.0/6, 6), 1e-12)
	up := RateRatio([]int{1, 2, 1, 2}, []int{0, 0})
	wellFormed(t, up.Estimate)
	if up.Known() || up.Bounded() {
		t.Errorf("a ratio to nothing: %+v", up)
	}
	near(t, "p upwards", up.P.Above, math.Pow(4.0/6, 6), 1e-12)
	// 8 events in one of 4 periods: Σ(c-2)²/2 = 24 over 4 degrees, so φ = 6 and they
	// count as 8/6.
	clumped := RateRatio([]int{0, 0}, []int{8, 0, 0, 0})
	near(t, "clumped", clumped.P.Below, math.Pow(4.0/6, 8.0/6), 1e-12)
}

func TestRateRatioWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, got := range map[string]Change{
		"nothing":      RateRatio(nil, nil),
		"one window":   RateRatio([]int{1, 2}, nil),
		"no event":     RateRatio([]int{0, 0}, []int{0, 0}),
		"negative":     RateRatio([]int{1, -2}, []int{1, 2}),
		"overflow":     RateRatio([]int{math.MaxInt}, []int{math.MaxInt, 1}),
		"two periods":  RateRatio([]int{3}, []int{4}),
		"two, nothing": RateRatio([]int{3}, []int{0}),
	} {
		wellFormed(t, got.Estimate)
		isP(t, name, got.P, false)
		if got.Bounded() || !math.IsNaN(got.Low90) || !math.IsNaN(got.High90) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestRateRatioCovers draws 26 weeks against 26 at 8 a week, Poisson and with
// twice its variance. 500 draws have a standard error of 0.01.
func TestRateRatioCovers(t *testing.T) {
	t.Parallel()
	for _, clump := range []int{1, 2} {
		rng := Rand("rate ratio", fmt.Sprint(clump))
		covered, alarms := 0, 0
		for range 500 {
			windows := [2][]int{}
			for w := range windows {
				for _, c := range poissonCounts(rng, 26, 8) {
					windows[w] = append(windows[w], int(c)*clump)
				}
			}
			got := RateRatio(windows[0], windows[1])
			if got.Low <= 1 && 1 <= got.High {
				covered++
			}
			if got.P.Either <= 0.05 {
				alarms++
			}
		}
		near(t, "coverage", float64(covered)/500, 0.955, 0.03)
		near(t, "false alarms", float64(alarms)/500, 0.045, 0.03)
	}
}

func straddles(ns ...[4]int) (clusters []Straddle) {
	for _, n := range ns {
		clusters = append(clusters, Straddle{Recent: Cluster{n[0], n[1]}, Baseline: Cluster{n[2], n[3]}})
	}
	return clusters
}

func TestShareDifference(t *testing.T) {
	t.Parallel()
	var many [][4]int
	for i := range 20 {
		many = append(many, [4]int{1, i % 2, 0, 0})
	}
	for i := range 20 {
		many = append(many, [4]int{0, 0, 10, i % 4})
	}
	cases := [][]Straddle{
		straddles([4]int{5, 5, 0, 0}, [4]int{3, 1, 4, 1}, [4]int{0, 0, 6, 2}, [4]int{2, 2, 1, 0}, [4]int{}, [4]int{1, 0, 0, 0}, [4]int{0, 0, 1, 1}, [4]int{4, 3, 2, 0}),
		straddles(many...),
	}
	for i, line := range oracle(t, "change", "share") {
		v := numbers(t, line...) // summed unit by unit
		got := ShareDifference(cases[i])
		checkChange(t, line[0], got, v[0], v[0]-v[3]*v[1], v[0]+v[3]*v[1], v[0]-v[4]*v[1], v[0]+v[4]*v[1], v[2], v[5])
	}
}

func TestShareDifferenceOfIndependentUnits(t *testing.T) {
	t.Parallel()
	// 100 units of their own in each window, 40 and 25 hits: v is the textbook
	// p₁(1-p₁)/n₁ + p₀(1-p₀)/n₀ times G/(G-1), and df is 199.
	var clusters []Straddle
	for i := range 100 {
		clusters = append(clusters, straddles([4]int{1, below(i, 40), 0, 0}, [4]int{0, 0, 1, below(i, 25)})...)
	}
	got := ShareDifference(clusters)
	se := math.Sqrt(200.0 / 199 * (0.4*0.6 + 0.25*0.75) / 100)
	near(t, "value", got.Value, 0.15, 1e-12)
	near(t, "df", got.DF, 199, 1e-9)
	near(t, "high", got.High, 0.15+TQuantile(0.975, 199)*se, 1e-12)
}

func below(i, n int) int {
	if i < n {
		return 1
	}
	return 0
}

func TestShareDifferenceOfStraddlingClusters(t *testing.T) {
	t.Parallel()
	// Every cluster has the same hits in both windows: the difference is 0 for
	// certain, however much clusters differ.
	var clusters []Straddle
	for i := range 30 {
		clusters = append(clusters, straddles([4]int{4, i % 5, 4, i % 5})...)
	}
	got := ShareDifference(clusters)
	near(t, "value", got.Value, 0, 0)
	if got.Bounded() || got.Why == "" {
		t.Errorf("an interval without spread: %+v", got)
	}
}

func TestShareDifferenceWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, got := range map[string]Change{
		"nothing":      ShareDifference(nil),
		"one window":   ShareDifference(straddles([4]int{5, 1, 0, 0}, [4]int{3, 2, 0, 0})),
		"two clusters": ShareDifference(straddles([4]int{5, 1, 5, 2}, [4]int{5, 2, 5, 0})),
		"all the same": ShareDifference(straddles([4]int{5, 5, 1, 0}, [4]int{5, 5, 1, 0}, [4]int{5, 5, 1, 0}, [4]int{5, 5, 1, 0})),
		"impossible":   ShareDifference(straddles([4]int{1, 2, 1, 1})),
		"overflow":     ShareDifference(straddles([4]int{math.MaxInt, 2, 1, 1}, [4]int{math.MaxInt, 2, 1, 1})),
		"overflow too": ShareDifference(straddles([4]int{math.MaxInt, 2, math.MaxInt, 1})),
	} {
		wellFormed(t, got.Estimate)
		isP(t, name, got.P, false)
		if got.Bounded() {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestShareDifferenceCovers draws 30 batches for each window with a correlation of
// 0.3 within a batch, five of which lie in both.
func TestShareDifferenceCovers(t *testing.T) {
	t.Parallel()
	rng := Rand("share difference")
	covered := 0
	const draws = 800
	for range draws {
		recent, baseline := drawClusters(rng, 30, 0.5), drawClusters(rng, 30, 0.3)
		var clusters []Straddle
		for i := range recent {
			if i < 5 {
				clusters = append(clusters, Straddle{recent[i], baseline[i]})
				continue
			}
			clusters = append(clusters, Straddle{Recent: recent[i]}, Straddle{Baseline: baseline[i]})
		}
		if got := ShareDifference(clusters); got.Low <= 0.2 && 0.2 <= got.High {
			covered++
		}
	}
	near(t, "coverage", float64(covered)/draws, 0.945, 0.03)
}

func FuzzChange(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6}, 2, 1)
	f.Add([]byte{0, 0, 5, 9}, 2, math.MaxInt/9)
	f.Add([]byte{9, 1, 9, 2, 9, 3, 9, 4, 8, 0, 8, 8, 9, 9, 9, 0}, 3, -1)
	f.Fuzz(func(t *testing.T, data []byte, cut, scale int) {
		counts := make([]int, len(data))
		for i, b := range data {
			counts[i] = int(b) * scale
		}
		cut = abs(cut) % (len(counts) + 1)
		before := slices.Clone(counts)
		rates := RateRatio(counts[:cut], counts[cut:])
		checkSound(t, rates)
		ratio, p := VarianceToMean(counts)
		wellFormed(t, ratio)
		if !math.IsNaN(p.Above) {
			isP(t, "clumping", p, true)
		}
		if !slices.Equal(counts, before) {
			t.Error("the argument was changed")
		}
		var clusters []Straddle
		for c := range slices.Chunk(counts, 4) {
			if len(c) == 4 {
				clusters = append(clusters, straddles([4]int(c))...)
			}
		}
		checkSound(t, ShareDifference(clusters))
	})
}

func checkSound(t *testing.T, c Change) {
	t.Helper()
	wellFormed(t, c.Estimate)
	if c.Bounded() {
		isP(t, "change", c.P, true)
		if !(c.Low <= c.Low90 && c.High90 <= c.High && c.DF > 0) {
			t.Errorf("the 90 %% interval is not inside: %+v", c)
		}
	}
}
