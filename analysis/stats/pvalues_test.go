package stats

import (
	"math"
	"slices"
	"testing"
)

// paper is the example of Benjamini and Hochberg (1995), section 2.
var paper = []float64{.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1}

func TestBenjaminiHochberg(t *testing.T) {
	t.Parallel()
	want := make([]bool, len(paper))
	bonferroni := 0
	for i, p := range paper {
		want[i] = i < 4
		if p <= 0.05/float64(len(paper)) {
			bonferroni++
		}
	}
	if got := BenjaminiHochberg(paper, 0.05); !slices.Equal(got, want) {
		t.Errorf("rejected %v, want the first 4", got)
	}
	if bonferroni != 3 {
		t.Errorf("Bonferroni rejects %d, want 3: the example is not the paper's", bonferroni)
	}
}

func TestBenjaminiHochbergByHand(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for _, c := range []struct {
		name string
		p    []float64
		q    float64
		want []bool
	}{
		{"nothing", nil, 0.1, []bool{}},
		{"one, on the line", []float64{0.1}, 0.1, []bool{true}},
		{"the last lifts those above their own line", []float64{0.09, 0.1, 0.08}, 0.1, []bool{true, true, true}},
		{"equal p go together", []float64{0.5, 0.05, 0.05}, 0.1, []bool{false, true, true}},
		{"what is no test is not counted", []float64{nan, 0.1, -1, 2, math.Inf(1)}, 0.1, []bool{false, true, false, false, false}},
		{"none", []float64{0.2, 0.3}, 0.1, []bool{false, false}},
		{"no level", []float64{0, 0.1}, nan, []bool{false, false}},
		{"impossible level", []float64{0, 0.1}, 2, []bool{false, false}},
		{"0 at level 0", []float64{0, 0.1}, 0, []bool{true, false}},
	} {
		if got := BenjaminiHochberg(c.p, c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestStudentP(t *testing.T) {
	t.Parallel()
	// With 1 degree of freedom P(T > t) = ½ - atan(t)/π; with 2 it is ½ - t/2√(2+t²).
	for _, x := range []float64{-40, -1, -0.1, 0, 0.3, 2, 1e6} {
		nearP(t, "Cauchy", studentP(x, 1), 0.5+math.Atan(x)/math.Pi, 0.5-math.Atan(x)/math.Pi)
		nearP(t, "2 degrees", studentP(x, 2), 0.5+x/2/math.Sqrt(2+x*x), 0.5-x/2/math.Sqrt(2+x*x))
	}
	near(t, "many degrees", studentP(1.959963984540054, 1e12).Above, 0.025, 1e-9)
}

func FuzzBenjaminiHochberg(f *testing.F) {
	f.Add([]byte{0xf8, 0, 1, 2, 3, 4}, 0.1)
	f.Fuzz(func(t *testing.T, data []byte, q float64) {
		p := mixed(data)
		before := slices.Clone(p)
		got := BenjaminiHochberg(p, q)
		unchanged(t, p, before)
		if len(got) != len(p) {
			t.Fatalf("%d answers to %d", len(got), len(p))
		}
		for i, r := range got {
			if r && !(isShare(p[i]) && p[i] <= q) {
				t.Errorf("rejected %v at %v", p[i], q)
			}
		}
	})
}
