package stats

// Thirds cuts sizes into thirds, the small, the middle and the large: the limits
// between them are quantiles of type 7. The zero value holds nothing.
type Thirds [2]float64

// NewThirds cuts the sizes above 0; NaN and the others are none.
func NewThirds(sizes []float64) Thirds {
	var of []float64
	for _, x := range sizes {
		if x > 0 {
			of = append(of, x)
		}
	}
	return Thirds{Quantile(of, 1.0/3), Quantile(of, 2.0/3)}
}

// Of returns the third that a size is in, from 1 to 3; 0 for none. A size at a
// limit is in the third below it.
func (t Thirds) Of(size float64) int {
	if !(size > 0) {
		return 0
	}
	third := 1
	for _, limit := range t {
		if size > limit {
			third++
		}
	}
	return third
}
