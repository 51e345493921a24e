package stats

import (
	"math"
	"slices"
	"testing"
)

func TestBetweenVariance(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name        string
		effects, se []float64
		want        float64
	}{
		// By hand: weights 1, mean 7/3, Q = 14/3, so (14/3 - 2)/(3 - 1).
		{"equal weights", []float64{1, 2, 4}, []float64{1, 1, 1}, 4.0 / 3},
		// By hand: weights 1, 1, 1/4, mean 11/9 of (0·1 + 2·1 + 3/4)/(9/4), Q =
		// 121/81 + 49/81 + 256/324 = 234/81, C = 9/4 - (33/16)/(9/4) = 4/3, so
		// (234/81 - 2)/(4/3).
		{"unequal weights", []float64{0, 2, 3}, []float64{1, 1, 2}, 2.0 / 3},
		{"less spread than by chance", []float64{1, 1.1, 0.9}, []float64{1, 1, 1}, 0},
		{"no spread", []float64{2, 2}, []float64{1, 3}, 0},
		{"useless pairs", []float64{1, 2, 4, nan, 9, 9, 9, inf}, []float64{1, 1, 1, 1, nan, 0, -1, 1}, 4.0 / 3},
		{"an infinite standard error", []float64{1, 2, 4, 9}, []float64{1, 1, 1, inf}, 4.0 / 3},
		{"no partner", []float64{1, 2, 4, 9}, []float64{1, 1, 1}, 4.0 / 3},
		{"one pair", []float64{1}, []float64{1}, 0},
		{"nothing", nil, nil, 0},
	} {
		near(t, c.name, BetweenVariance(c.effects, c.se), c.want, 1e-12)
	}
}

func TestBetweenVariancePublished(t *testing.T) {
	t.Parallel()
	// Borenstein, Hedges, Higgins and Rothstein (2009), chapter 14: six studies,
	// Q = 12.003, T² = 0.037. The printed effects are rounded to three digits.
	effects := []float64{0.095, 0.277, 0.367, 0.664, 0.462, 0.185}
	se := []float64{0.033, 0.031, 0.050, 0.011, 0.043, 0.023}
	for i, v := range se {
		se[i] = math.Sqrt(v)
	}
	near(t, "T²", BetweenVariance(effects, se), 0.037, 0.001)
}

func TestBetweenVarianceScales(t *testing.T) {
	t.Parallel()
	// Multiplying effects and errors by c multiplies the variance by c², even
	// where 1/se² would overflow.
	const c = 1e-160
	near(t, "scaled", BetweenVariance([]float64{c, 2 * c, 4 * c}, []float64{c, c, c})/c/c, 4.0/3, 1e-2)
}

// TestBetweenVarianceOnAverage draws 40 groups with a true variance of 0.25. The
// estimator is cut at 0 and nearly unbiased here; 2000 draws have a standard
// error of about 0.002.
func TestBetweenVarianceOnAverage(t *testing.T) {
	t.Parallel()
	rng := Rand("between")
	var mean float64
	const draws = 2000
	for range draws {
		effects, se := make([]float64, 40), make([]float64, 40)
		for i := range effects {
			se[i] = 0.2 + 0.4*rng.Float64()
			effects[i] = 0.5*rng.NormFloat64() + se[i]*rng.NormFloat64()
		}
		mean += BetweenVariance(effects, se) / draws
	}
	near(t, "mean", mean, 0.25, 0.01)
}

func FuzzBetweenVariance(f *testing.F) {
	f.Add(bytesOf(1, 2, 4), bytesOf(1, 1, 1))
	f.Add(bytesOf(1, 2), bytesOf(math.SmallestNonzeroFloat64, math.MaxFloat64))
	f.Add(bytesOf(math.MaxFloat64, -math.MaxFloat64), bytesOf(1, 1))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		effects, se := floats(a), floats(b)
		effects0, se0 := slices.Clone(effects), slices.Clone(se)
		if got := BetweenVariance(effects, se); !(got >= 0) {
			t.Errorf("BetweenVariance(%v, %v) = %v", effects, se, got)
		}
		unchanged(t, effects, effects0)
		unchanged(t, se, se0)
	})
}
