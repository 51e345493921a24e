package stats

import (
	"math"
	"slices"
	"strconv"
	"testing"
)

func rainfall(t *testing.T) (months []float64) {
	t.Helper()
	for _, year := range oracle(t, "rainfall", "") {
		months = append(months, numbers(t, year...)...)
	}
	return months
}

func TestMannKendallOfACount(t *testing.T) {
	t.Parallel()
	series := make([]float64, 100)
	for i := range series {
		series[i] = float64(i + 1)
	}
	got := MannKendall(series) // the values of MannKendall.jl's own test
	if got.S != 4950 || got.N != 100 {
		t.Errorf("S %d of %d", got.S, got.N)
	}
	near(t, "variance", got.Var, 112750, 0)
	near(t, "Z", got.Z, 14.73869998208331, 1e-12)
	near(t, "slope", got.Slope.Value, 1, 0)
}

func TestMannKendallOfGilbert(t *testing.T) {
	t.Parallel()
	// Gilbert (1987), p. 212.
	got := MannKendall([]float64{20, 20, 20, 20, 15, 20, 20, 30, 27, 26, 23, 35, 25, 28, 70, 26, 24, 34, 32, 23, 50, 30})
	if got.S != 111 {
		t.Errorf("S %d, want 111", got.S)
	}
	near(t, "variance", got.Var, 1226.33, 0.005)
	near(t, "Z", got.Z, 3.141, 5e-4)
	near(t, "slope", got.Slope.Value, 0.6667, 5e-5)
}

func TestMannKendallWithGaps(t *testing.T) {
	t.Parallel()
	got := MannKendall(rainfall(t)) // the values of pyMannKendall's own tests
	if got.S != -1959 || got.N != 353 {
		t.Errorf("S %d of %d, want -1959 of 353", got.S, got.N)
	}
	near(t, "variance", got.Var, 4889800.333333333, 1e-8)
	near(t, "Z", got.Z, -0.8854562842589916, 1e-12)
	near(t, "p", got.P.Either, 0.37591058740506833, 1e-12)
	near(t, "slope", got.Slope.Value, -0.006369426751592357, 1e-15)
	// Its earlier version closed the gaps first, and so did its expected value.
	closed := slices.DeleteFunc(rainfall(t), math.IsNaN)
	near(t, "slope without gaps", MannKendall(closed).Slope.Value, -0.0064516129032258064, 1e-15)
}

func TestMannKendallExact(t *testing.T) {
	t.Parallel()
	for _, line := range oracle(t, "ranks", "kendall") {
		v := numbers(t, line[1:]...)
		got := MannKendall(list(t, line[0]))
		near(t, line[0]+" S", float64(got.S), v[0], 0)
		nearP(t, line[0], got.P, v[1], v[2])
	}
	// The metric catalogue: 4 values cannot go under 0.083, 5 reach 0.017.
	near(t, "4 values", MannKendall([]float64{1, 2, 3, 4}).P.Either, 0.083, 5e-4)
	near(t, "5 values", MannKendall([]float64{1, 2, 3, 4, 5}).P.Either, 0.017, 5e-4)
}

func TestMannKendallMeetsItsLimit(t *testing.T) {
	t.Parallel()
	// Nine values are counted, ten are not: the two should hardly differ.
	near(t, "9", exactKendall(20, []int{1, 1, 1, 1, 1, 1, 1, 1, 1}).Above, normalCDF(-19/math.Sqrt(92)), 2e-3)
	near(t, "10", MannKendall([]float64{3, 1, 4, 2, 5, 9, 6, 8, 7, 10}).P.Above, normalCDF(-30/math.Sqrt(125)), 1e-12)
}

func TestMannKendallWithoutAnswer(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for name, series := range map[string][]float64{
		"nothing": nil, "one": {1}, "gaps": {nan, 3, nan}, "infinite": {1, math.Inf(1), 2},
	} {
		got := MannKendall(series)
		isP(t, name, got.P, false)
		wellFormed(t, got.Slope)
		if got.Why == "" || got.Slope.Known() {
			t.Errorf("%s: %+v", name, got)
		}
	}
	equal := MannKendall(make([]float64, 30))
	near(t, "p of equal values", equal.P.Either, 1, 0)
	near(t, "slope of equal values", equal.Slope.Value, 0, 0)
	near(t, "p of 5 equal values", MannKendall(make([]float64, 5)).P.Either, 1, 0)
}

// madePoints repeats the generator of testdata/oracle/slopes.py.
func madePoints(n, seed, spread int) (x, y []float64) {
	state := seed
	for range n {
		state = state * 48271 % 2147483647
		x = append(x, float64(state%spread))
		state = state * 48271 % 2147483647
		y = append(y, x[len(x)-1]*0.25+float64(state%1000)/100)
	}
	return x, y
}

func TestTheilSen(t *testing.T) {
	t.Parallel()
	for _, line := range oracle(t, "slopes", "") {
		v := numbers(t, line...)
		x, y := madePoints(int(v[0]), int(v[1]), int(v[2]))
		e := TheilSen(x, y)
		near(t, line[0]+" slope", e.Value, v[3], 1e-9)
		near(t, line[0]+" low", e.Low, v[5], 1e-9)
		near(t, line[0]+" high", e.High, v[6], 1e-9)
	}
}

func TestTheilSenCountsAsItLists(t *testing.T) {
	t.Parallel()
	x, y := madePoints(150, 7, 12)
	all, counts := listedSlopes(x, y), countedSlopes(x, y)
	if all.count() != counts.count() {
		t.Fatalf("%d slopes listed, %d counted", all.count(), counts.count())
	}
	for k := 1; k <= all.count(); k += 101 {
		near(t, "slope "+strconv.Itoa(k), counts.at(k), all.at(k), 1e-9)
	}
	// Most slopes of a flat series are 0, and not nearly 0.
	flat := make([]float64, 150)
	flat[3], flat[80] = 1, -1
	near(t, "flat", countedSlopes(x, flat).at(all.count()/2), 0, 0)
}

func TestTheilSenByHand(t *testing.T) {
	t.Parallel()
	// x² at 0, 1, 2 and 4 has the slopes 1, 2, 4, 3, 5 and 6: the sums of both x.
	e := TheilSen([]float64{4, 0, 2, 1}, []float64{16, 0, 4, 1})
	near(t, "slope", e.Value, 3.5, 0)
	if e.Bounded() || e.Why == "" {
		t.Errorf("4 points have an interval: %+v", e)
	}
	// All 10 slopes of 5 points on a line are equal, and so is the interval.
	e = TheilSen([]float64{0, 1, 2, 3, 4}, []float64{1, 3, 5, 7, 9})
	if e.Value != 2 || e.Low != 2 || e.High != 2 || e.N != 5 {
		t.Errorf("a line of slope 2: %+v", e)
	}
}

func TestTheilSenWithoutAnswer(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]Estimate{
		"nothing": TheilSen(nil, nil), "one": TheilSen([]float64{1}, []float64{1}),
		"same x":  TheilSen([]float64{1, 1}, []float64{1, 2}),
		"lengths": TheilSen([]float64{1, 2}, []float64{1}),
		"NaN":     TheilSen([]float64{1, 2}, []float64{1, math.NaN()}),
		"steep":   TheilSen([]float64{0, 5e-324}, []float64{0, 1}),
	} {
		wellFormed(t, e)
		if e.Known() {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestTheilSenCovers(t *testing.T) {
	t.Parallel()
	rng := Rand("slope")
	covered := 0
	for range 1000 {
		x, y := make([]float64, 20), make([]float64, 20)
		for i := range x {
			x[i] = float64(rng.IntN(9))
			y[i] = 0.5*x[i] + rng.ExpFloat64()
		}
		if e := TheilSen(x, y); e.Low <= 0.5 && 0.5 <= e.High {
			covered++
		}
	}
	near(t, "coverage", float64(covered)/1000, 0.955, 0.02)
}

func FuzzTrend(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 0xff, 8, 0, 0}, 1)
	f.Add([]byte{0xff, 5, 0xff, 6, 0, 1}, 1)
	f.Add([]byte{0, 2, 0, 3, 0, 3}, 300)
	f.Fuzz(func(t *testing.T, data []byte, repeat int) {
		series := mixed(data)
		if len(series) > 0 {
			series = slices.Repeat(series, 1+abs(repeat)%(1+500/len(series)))
		}
		before := slices.Clone(series)
		trend := MannKendall(series)
		isP(t, "Mann-Kendall", trend.P, trend.Why == "")
		if trend.Why == "" && math.IsNaN(trend.Z) {
			t.Errorf("no Z: %+v", trend)
		}
		wellFormed(t, trend.Slope)
		wellFormed(t, TheilSen(series, series[:len(series)/2]))
		half := len(series) / 2
		wellFormed(t, TheilSen(series[:half], series[len(series)-half:]))
		checkChart(t, series, XmR(series))
		unchanged(t, series, before)
	})
}

func BenchmarkTheilSen(b *testing.B) {
	x, y := madePoints(10000, 9, 60)
	for b.Loop() {
		TheilSen(x, y)
	}
}
