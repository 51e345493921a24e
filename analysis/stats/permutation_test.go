package stats

import (
	"math"
	"testing"
)

func TestPermutationP(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		atLeast, draws int
		want           float64
	}{
		{0, 999, 0.001}, {49, 999, 0.05}, {999, 999, 1}, {0, 0, 1}, {math.MaxInt, math.MaxInt, 1},
	} {
		near(t, "PermutationP", PermutationP(c.atLeast, c.draws), c.want, 1e-15)
	}
	for _, c := range [][2]int{{-1, 10}, {11, 10}, {0, -1}, {-1, -1}, {0, math.MinInt}} {
		isNaN(t, "PermutationP outside its domain", PermutationP(c[0], c[1]))
	}
}
