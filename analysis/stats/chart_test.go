package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

func TestXmR(t *testing.T) {
	t.Parallel()
	// By hand: mean 11, moving ranges 2, 1, 2, 4.
	c := XmR([]float64{10, 12, 11, 13, 9})
	near(t, "mean", c.Mean, 11, 1e-12)
	near(t, "low", c.Low, 5.015, 1e-9)
	near(t, "high", c.High, 16.985, 1e-9)
	near(t, "range", c.RangeHigh, 7.353, 1e-9)
	if c.Why == "" || c.Outside != nil || c.Runs != nil {
		t.Errorf("5 values are shown: %+v", c)
	}
}

func TestXmRMarks(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	low, high := []float64{4, 5, 4, 5}, []float64{6, 7, 6, 7, 6, 7, 6, 7}
	for _, c := range []struct {
		name          string
		series        []float64
		outside, runs []int
	}{
		{"quiet", slices.Repeat([]float64{4, 6}, 6), nil, nil},
		{"one far out", append(slices.Repeat([]float64{4, 6}, 30), 16), []int{60}, nil},
		{"8 above", slices.Concat(low, high, low), nil, []int{4, 5, 6, 7, 8, 9, 10, 11}},
		{"8 at the end", slices.Concat(low, low[:3], high), nil, []int{7, 8, 9, 10, 11, 12, 13, 14}},
		{"7 above", slices.Concat(low, high[:7], low), nil, nil},
		{"a gap ends the run", slices.Concat(low, high[:4], []float64{nan}, high[:4], low), nil, nil},
		{"on the mean is no side", slices.Repeat([]float64{5}, 20), nil, nil},
	} {
		got := XmR(c.series)
		if !slices.Equal(got.Runs, c.runs) || !slices.Equal(got.Outside, c.outside) || got.Why != "" {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestXmRFloorAndGaps(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	c := XmR([]float64{0, 9, nan, 3, 0, nan, nan, 9})
	near(t, "floor", c.Low, 0, 0)
	// Neighbours are 0 and 9, 3 and 0: a mean range of 6.
	near(t, "range over gaps", c.Range, 6, 1e-12)
	if c.N != 5 {
		t.Errorf("%d values, want 5", c.N)
	}
}

// TestXmRFalseAlarms draws Poisson counts with mean 5. The metric catalogue states
// 0.34 % of points, which is right for a chart of 12. A long one has the limit
// 5 + 2.66·E|X-Y| = 11.626, E|X-Y| = 10·exp(-10)·(I₀(10)+I₁(10)) = 2.49096, and
// P(X >= 12) = 0.545 %.
func TestXmRFalseAlarms(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]float64{12: 0.0034, 10000: 0.00545} {
		rng := Rand("chart", strconv.Itoa(n))
		alarms, points := 0, 0
		for ; points < 240000; points += n {
			alarms += len(XmR(poissonCounts(rng, n, 5)).Outside)
		}
		near(t, "alarms in charts of "+strconv.Itoa(n), float64(alarms)/float64(points), want, 0.0005)
	}
}

func poissonCounts(rng *rand.Rand, n int, mean float64) []float64 {
	series := make([]float64, n)
	for i := range series {
		for sum := rng.ExpFloat64(); sum < mean; sum += rng.ExpFloat64() {
			series[i]++
		}
	}
	return series
}

func TestXmRWithoutAnswer(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, series := range [][]float64{nil, {1}, {1, nan, 2, nan, 3}, {1, math.Inf(1), 2}, {1e308, -1e308, 1e308}} {
		c := XmR(series)
		checkChart(t, series, c)
		isNaN(t, "mean", c.Mean)
	}
}

func checkChart(t *testing.T, series []float64, c Chart) {
	t.Helper()
	if math.IsNaN(c.Mean) != math.IsNaN(c.Low) || math.IsNaN(c.Mean) && c.Why == "" || c.High < c.Low && c.High >= 0 {
		t.Errorf("impossible chart %+v", c)
	}
	for _, i := range append(slices.Clone(c.Outside), c.Runs...) {
		if i < 0 || i >= len(series) || math.IsNaN(series[i]) {
			t.Errorf("period %d is marked", i)
		}
	}
}
