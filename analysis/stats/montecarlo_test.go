package stats

import (
	"math"
	"slices"
	"testing"
)

func TestSequentialP(t *testing.T) {
	t.Parallel()
	every := func(k int) func() bool {
		n := 0
		return func() bool { n++; return n%k == 0 }
	}
	for _, c := range []struct {
		name  string
		draw  func() bool
		most  int
		p     float64
		draws int
	}{
		{"always", every(1), 999, 1, 10},
		{"every seventh", every(7), 999, 10.0 / 70, 70},
		{"the tenth is the last", every(10), 100, 0.1, 100},
		{"nine of 99", every(11), 99, 10.0 / 100, 99},
		{"never", func() bool { return false }, 999, 1.0 / 1000, 999},
		{"no draws", every(1), 0, 1, 0},
		{"nothing to draw", nil, 999, 1, 0},
	} {
		p, draws := SequentialP(c.draw, c.most)
		near(t, c.name, p, c.p, 1e-15)
		if draws != c.draws {
			t.Errorf("%s: %d draws, want %d", c.name, draws, c.draws)
		}
	}
}

// TestSequentialPKeepsItsLevel draws the share of exceedances from the uniform
// distribution, as under the null hypothesis. The metric catalogue states 64 draws
// on average at 2200 at most, and chances of 0.97 to 1.02 of nominal. 20,000
// tests have a standard error of 6 % of nominal at 0.016, and of 1.5 draws.
func TestSequentialPKeepsItsLevel(t *testing.T) {
	t.Parallel()
	rng := Rand("sequential")
	most := MostDraws(110)
	const tests = 20000
	var all, small, half float64
	for range tests {
		u := rng.Float64()
		p, draws := SequentialP(func() bool { return rng.Float64() < u }, most)
		all += float64(draws) / tests
		if p <= 0.016 {
			small += 1.0 / tests
		}
		if p <= 0.5 {
			half += 1.0 / tests
		}
	}
	near(t, "draws", all, 64, 5)
	near(t, "P(p <= 0.016)", small/0.016, 1, 0.18)
	near(t, "P(p <= 0.5)", half, 0.5, 0.01)
}

func TestMostDraws(t *testing.T) {
	t.Parallel()
	for m, want := range map[int]int{-1: 999, 0: 999, 49: 999, 50: 1000, 110: 2200, math.MaxInt: math.MaxInt} {
		if got := MostDraws(m); got != want {
			t.Errorf("MostDraws(%d) = %d, want %d", m, got, want)
		}
	}
}

// atDistance returns n values whose distance from the diagonal is d, one of them
// at 0: x₍ᵢ₎ = max(0, i/n - d).
func atDistance(n int, d float64) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = max(0, float64(i+1)/float64(n)-d)
	}
	return xs
}

func TestUniformTest(t *testing.T) {
	t.Parallel()
	for _, line := range oracle(t, "ks", "") {
		v := numbers(t, line...)
		d, p := UniformTest(atDistance(int(v[0]), v[1]))
		near(t, line[0]+" distance", d, v[1], 1e-12)
		near(t, line[0]+" p", p, v[2], 1e-9)
	}
	// Marsaglia, Tsang and Wang (2003): P(D < .274) = .628479615456504 for 10 values.
	near(t, "as published", kolmogorovExact(10, 0.274), 0.628479615456504, 1e-12)
}

func TestUniformTestTwoWaysAgree(t *testing.T) {
	t.Parallel()
	for _, d := range []float64{0.03, 0.04, 0.05, 0.06, 0.073} {
		near(t, "series against matrix", kolmogorovTail(manyKolmogorov(500, d)), 1-kolmogorovExact(500, d), 5e-5)
	}
	// Kolmogorov's table: 1.3581 leaves 5 %, 1.6276 leaves 1 %.
	near(t, "5 %", kolmogorovTail(1.3581), 0.05, 1e-5)
	near(t, "1 %", kolmogorovTail(1.6276), 0.01, 1e-5)
}

func TestUniformTestAtTheEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		xs   []float64
		d, p float64
	}{
		{"all at 0", []float64{0, 0, 0}, 1, 0},
		{"all at 1", slices.Repeat([]float64{1}, 600), 1, 0},
		{"in the middle of each step", []float64{0.125, 0.375, 0.625, 0.875}, 0.125, 1},
		{"nothing", nil, math.NaN(), math.NaN()},
		{"no share", []float64{0.5, 1.5}, math.NaN(), math.NaN()},
		{"NaN", []float64{0.5, math.NaN()}, math.NaN(), math.NaN()},
	} {
		d, p := UniformTest(c.xs)
		if math.IsNaN(c.d) {
			isNaN(t, c.name, d)
			isNaN(t, c.name, p)
			continue
		}
		near(t, c.name+" distance", d, c.d, 1e-12)
		near(t, c.name+" p", p, c.p, 1e-9)
	}
}

func FuzzUniformTest(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4}, 10)
	f.Add([]byte{1}, 600)
	f.Fuzz(func(t *testing.T, data []byte, repeat int) {
		xs := make([]float64, len(data))
		for i, b := range data {
			xs[i] = float64(b) / 255
		}
		if len(xs) > 0 {
			xs = slices.Repeat(xs, 1+abs(repeat)%(1+1000/len(xs)))
		}
		d, p := UniformTest(xs)
		if len(xs) > 0 && !(isShare(d) && isShare(p)) {
			t.Errorf("distance %v, p %v", d, p)
		}
		if d, p = UniformTest(mixed(data)); math.IsNaN(d) != math.IsNaN(p) {
			t.Errorf("distance %v, p %v", d, p)
		}
	})
}

func abs(n int) int {
	if n < 0 {
		return -(n + 1)
	}
	return n
}
