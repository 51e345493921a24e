package stats

import (
	"math"
	"testing"
)

// Of 1 to 9 the limits are 1+8/3 and 1+16/3 (type 7, by hand).
func TestThirds(t *testing.T) {
	third := NewThirds([]float64{9, 0, 1, 5, 2, 3, -4, 4, 6, math.NaN(), 7, 8})
	for size, want := range map[float64]int{-1: 0, 0: 0, 1: 1, 3: 1, 1 + 8.0/3: 1, 4: 2, 6: 2, 6.5: 3, 7: 3, 9: 3, 50: 3} {
		if got := third.Of(size); got != want {
			t.Errorf("%v is in third %d, want %d", size, got, want)
		}
	}
	if got := third.Of(math.NaN()); got != 0 {
		t.Errorf("no number is in third %d", got)
	}
	if got := NewThirds(nil).Of(math.NaN()); got != 0 {
		t.Errorf("no number is in third %d of nothing", got)
	}
}
