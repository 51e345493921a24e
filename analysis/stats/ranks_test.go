package stats

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"testing"
)

func list(t *testing.T, text string) []float64 {
	t.Helper()
	return numbers(t, strings.Split(text, ",")...)
}

func TestMannWhitneyOfTheRManual(t *testing.T) {
	t.Parallel()
	x := []float64{.80, .83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, .73, 1.46}
	y := []float64{1.15, .88, .90, .74, 1.21}
	got := MannWhitney(x, y)
	near(t, "U", got.U, 35, 0)
	near(t, "p, greater", got.P.Above, 0.127206, 5e-7)
	near(t, "p, both ways", got.P.Either, 0.254412, 5e-7) // R 4: p-value = 0.2544
}

func TestMannWhitneyAgainstAllOrders(t *testing.T) {
	t.Parallel()
	for _, line := range oracle(t, "ranks", "two") {
		v := numbers(t, line[2:5]...)
		got := MannWhitney(list(t, line[0]), list(t, line[1]))
		near(t, line[0]+" U", got.U, v[0], 0)
		nearP(t, line[0]+" against "+line[1], got.P, v[1], v[2])
	}
}

func TestMannWhitneyOfManyTies(t *testing.T) {
	t.Parallel()
	// 40 and 60 values, each 0 or 1: x has 30 ones, y 20. By hand U = 30·40 +
	// (30·20 + 10·40)/2 = 1700, mean 1200, variance 40·60/12·(101 - 2·(50³-50)/9900)
	// = 15151.515, and Z = 499.5/123.0915 = 4.05796.
	x := append(slices.Repeat([]float64{1}, 30), make([]float64, 10)...)
	y := append(slices.Repeat([]float64{1}, 20), make([]float64, 40)...)
	got := MannWhitney(x, y)
	near(t, "U", got.U, 1700, 0)
	near(t, "p", got.P.Above, normalCDF(-499.5/math.Sqrt(200*(101-2*(125000.0-50)/9900))), 1e-12)
}

func TestMannWhitneyWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, got := range map[string]RankTest{
		"nothing":       MannWhitney(nil, nil),
		"one side":      MannWhitney([]float64{1}, nil),
		"NaN":           MannWhitney([]float64{1, math.NaN()}, []float64{2}),
		"infinite":      MannWhitney([]float64{1}, []float64{math.Inf(1)}),
		"all equal":     MannWhitney([]float64{2, 2}, []float64{2, 2, 2}),
		"many, equal":   MannWhitney(make([]float64, 80), make([]float64, 70)),
		"one and equal": MannWhitney([]float64{2}, []float64{2}),
	} {
		isP(t, name, got.P, false)
		if got.Why == "" {
			t.Errorf("%s: no reason", name)
		}
	}
	near(t, "U of equal values", MannWhitney([]float64{2, 2}, []float64{2, 2, 2}).U, 3, 0)
}

func TestHodgesLehmann(t *testing.T) {
	t.Parallel()
	near(t, "by hand", HodgesLehmann([]float64{1, 2, 3}, []float64{4, 6, 8}).Value, 4, 0)
	for _, line := range oracle(t, "ranks", "two") {
		v := numbers(t, line[5:]...)
		e := HodgesLehmann(list(t, line[0]), list(t, line[1]))
		near(t, line[0]+" shift", e.Value, v[0], 1e-12)
		if math.IsNaN(v[2]) {
			if e.Bounded() || e.Why == "" {
				t.Errorf("%s: bounded by too few values: %+v", line[0], e)
			}
			continue
		}
		near(t, line[0]+" low", e.Low, v[2], 1e-12)
		near(t, line[0]+" high", e.High, v[3], 1e-12)
	}
}

// TestHodgesLehmannOfMany writes out all differences of 60 and 70 values.
func TestHodgesLehmannOfMany(t *testing.T) {
	t.Parallel()
	rng := Rand("shift")
	x, y := make([]float64, 60), make([]float64, 70)
	for i := range x {
		x[i] = math.Round(rng.NormFloat64() * 8)
	}
	for i := range y {
		y[i] = rng.NormFloat64() * 5
	}
	var all []float64
	for _, a := range x {
		for _, b := range y {
			all = append(all, b-a)
		}
	}
	slices.Sort(all)
	e := HodgesLehmann(x, y)
	// k = ⌊2100 - 1.959964·√(4200·131/12) + ½⌋ = ⌊1680.8 …⌋, by hand.
	k := int(2100.5 - 1.959963984540054*math.Sqrt(45850))
	if e.Value != (all[2099]+all[2100])/2 || e.Low != all[k-1] || e.High != all[4200-k] || e.N != 130 {
		t.Errorf("%+v, want %v from %v to %v", e, (all[2099]+all[2100])/2, all[k-1], all[4200-k])
	}
}

func TestHodgesLehmannCovers(t *testing.T) {
	t.Parallel()
	// 800 draws have a standard error of 0.008.
	for _, n := range []int{12, 60} {
		rng := Rand("cover", fmt.Sprint(n))
		covered := 0
		for range 800 {
			x, y := make([]float64, n), make([]float64, n)
			for i := range x {
				x[i], y[i] = rng.ExpFloat64(), rng.ExpFloat64()+2
			}
			if e := HodgesLehmann(x, y); e.Low <= 2 && 2 <= e.High {
				covered++
			}
		}
		near(t, fmt.Sprintf("coverage of %d", n), float64(covered)/800, 0.953, 0.02)
	}
}

// The critical values of U in the tables of Mann and Whitney, one-sided at 2.5 %
// and 5 %: the largest U that rejects, one less than k.
func TestRankBoundsOfTheTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ nx, ny, at25, at50 int }{
		{3, 3, -1, 0}, {5, 5, 2, 4}, {4, 8, 4, 5}, {6, 9, 10, 12}, {8, 10, 17, 20}, {10, 10, 23, 27}, {15, 20, 90, 100}, {20, 20, 127, 138},
	} {
		if got := rankBound(c.nx, c.ny, alpha) - 1; got != c.at25 {
			t.Errorf("%d and %d at 2.5 %%: %d, want %d", c.nx, c.ny, got, c.at25)
		}
		if got := rankBound(c.nx, c.ny, tail90) - 1; got != c.at50 {
			t.Errorf("%d and %d at 5 %%: %d, want %d", c.nx, c.ny, got, c.at50)
		}
	}
}

// The 90 % interval holds the shifts that all orders of the pooled values would not
// reject at 5 % a side: every order is written out, and every difference tried.
func TestRankShiftAgainstAllOrders(t *testing.T) {
	t.Parallel()
	x, y := []float64{0.3, 1.1, 2.6, 4.2, 7.9}, []float64{0.9, 3.7, 5.3, 6.1, 8.8, 9.4}
	pairs := func(mask int) (u int) { // bit i: the i-th smallest of all belongs to y
		xs := 0
		for i := range 11 {
			if mask>>i&1 == 1 {
				u += xs
			} else {
				xs++
			}
		}
		return u
	}
	atMost, orders := make([]float64, 31), 0.0
	for mask := range 1 << 11 {
		if bits.OnesCount(uint(mask)) != 6 {
			continue
		}
		orders++
		for u := pairs(mask); u <= 30; u++ {
			atMost[u]++
		}
	}
	var all []float64
	for _, a := range x {
		for _, b := range y {
			all = append(all, b-a)
		}
	}
	slices.Sort(all)
	k := 0
	for atMost[k]/orders <= 0.05 {
		k++
	}
	c := RankShift(x, y)
	if c.Low90 != all[k-1] || c.High90 != all[30-k] || c.Value != (all[14]+all[15])/2 || c.N != 11 {
		t.Errorf("%+v, want %v from %v to %v", c, (all[14]+all[15])/2, all[k-1], all[30-k])
	}
	if want := HodgesLehmann(x, y); c.Low != want.Low || c.High != want.High || !(c.Low < c.Low90 && c.High90 < c.High) {
		t.Errorf("95 %%: %v to %v", c.Low, c.High)
	}
	if want := MannWhitney(y, x).P; c.P != want || !(c.P.Above < c.P.Below) {
		t.Errorf("p %+v", c.P)
	}
}

func TestRankShiftWithoutAnswer(t *testing.T) {
	t.Parallel()
	equal := RankShift([]float64{2, 2}, []float64{2, 2, 2})
	if equal.Value != 0 || equal.Bounded() || equal.Why == "" || !math.IsNaN(equal.Low90) || !math.IsNaN(equal.P.Either) {
		t.Errorf("equal values: %+v", equal)
	}
	for name, c := range map[string]Change{"nothing": RankShift(nil, nil), "NaN": RankShift([]float64{1}, []float64{math.NaN()})} {
		if c.Known() || c.Why == "" || !math.IsNaN(c.Low90) || !math.IsNaN(c.P.Either) {
			t.Errorf("%s: %+v", name, c)
		}
	}
	few := RankShift([]float64{1, 2, 3}, []float64{2.5, 4.5, 6.5, 8.5}) // 1/35 lies between 2.5 and 5 %
	if few.Bounded() || few.Low90 != -0.5 || few.High90 != 7.5 {
		t.Errorf("3 and 4: %+v", few)
	}
}

func TestGaussianBinomial(t *testing.T) {
	t.Parallel()
	// 5 over 2: 1 + q + 2q² + 2q³ + 2q⁴ + q⁵ + q⁶.
	if got := gaussianBinomial(2, 3); !slices.Equal(got, []float64{1, 1, 2, 2, 2, 1, 1}) {
		t.Errorf("5 over 2: %v", got)
	}
	// R: qwilcox(0.025, 50, 50) = 966; the normal bound is 966 as well.
	near(t, "50 and 50", float64(rankBound(50, 50, alpha)), float64(normalRank(1250, math.Sqrt(2500.0*101/12), alpha)), 2)
}

func TestOrderOfFloats(t *testing.T) {
	t.Parallel()
	xs := []float64{math.Inf(-1), -1e308, -1, -5e-324, math.Copysign(0, -1), 0, 5e-324, 1, math.Inf(1)}
	for i, x := range xs {
		if got := floatOf(orderOf(x)); got != x {
			t.Errorf("%v became %v", x, got)
		}
		if i > 0 && orderOf(xs[i-1]) >= orderOf(x) {
			t.Errorf("%v does not come before %v", xs[i-1], x)
		}
	}
}

func FuzzRanks(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6}, []byte{0xf8, 0})
	f.Add([]byte{0, 2, 0, 3, 0, 3}, []byte{0, 3, 0, 1, 0, 3, 0, 4})
	f.Add([]byte{0xf0, 5}, []byte{0xf0, 6})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if len(a) > 90 || len(b) > 90 {
			return // the exact test with ties takes ten milliseconds
		}
		x, y := mixed(a), mixed(b)
		x0, y0 := slices.Clone(x), slices.Clone(y)
		test := MannWhitney(x, y)
		e := HodgesLehmann(x, y)
		wellFormed(t, e)
		c := RankShift(x, y)
		wellFormed(t, c.Estimate)
		if c.Bounded() && !(c.Low <= c.Low90 && c.Low90 <= c.High90 && c.High90 <= c.High) {
			t.Errorf("90 %% from %v to %v, 95 %% from %v to %v", c.Low90, c.High90, c.Low, c.High)
		}
		isP(t, "Mann-Whitney", test.P, test.Why == "")
		if test.Why == "" && !(test.U >= 0 && test.U <= float64(len(x)*len(y))) {
			t.Errorf("U %v", test.U)
		}
		unchanged(t, x, x0)
		unchanged(t, y, y0)
	})
}

func BenchmarkHodgesLehmann(b *testing.B) {
	rng := Rand("benchmark")
	x, y := make([]float64, 50000), make([]float64, 50000)
	for i := range x {
		x[i], y[i] = rng.ExpFloat64(), rng.ExpFloat64()
	}
	for b.Loop() {
		HodgesLehmann(x, y)
	}
}
