package stats

import (
	"fmt"
	"math"
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

func TestGaussianBinomial(t *testing.T) {
	t.Parallel()
	// 5 over 2: 1 + q + 2q² + 2q³ + 2q⁴ + q⁵ + q⁶.
	if got := gaussianBinomial(2, 3); !slices.Equal(got, []float64{1, 1, 2, 2, 2, 1, 1}) {
		t.Errorf("5 over 2: %v", got)
	}
	// R: qwilcox(0.025, 50, 50) = 966; the normal bound is 966 as well.
	near(t, "50 and 50", float64(rankBound(50, 50)), float64(normalRank(1250, math.Sqrt(2500.0*101/12))), 2)
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
