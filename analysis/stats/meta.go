package stats

import "math"

// BetweenVariance returns τ², the variance between the true effects of several
// groups, from their estimated effects and standard errors (DerSimonian and
// Laird 1986). With w = 1/se², weighted mean ȳ and k groups:
//
//	τ² = max(0, (Σw(y-ȳ)² - (k-1)) / (Σw - Σw²/Σw))
//
// effects[i] belongs to se[i]; the order of the groups does not matter. Pairs
// are ignored where either number is not finite or se is not above 0, and so is
// an element without a partner. With fewer than 2 pairs nothing shows that
// groups differ, and the result is 0. It is never NaN or below 0; it is +Inf
// where the squares overflow. The unit is that of the effects, squared.
func BetweenVariance(effects, se []float64) float64 {
	ys, ws, smallest := usablePairs(effects, se)
	if len(ys) < 2 {
		return 0
	}
	var sum, sumSquares, mean, q float64
	for _, w := range ws {
		sum += w
		sumSquares += w * w
	}
	for i, y := range ys {
		mean += ws[i] / sum * y
	}
	for i, y := range ys {
		q += ws[i] * (y - mean) * (y - mean)
	}
	tau2 := (q - float64(len(ys)-1)*smallest*smallest) / (sum - sumSquares/sum)
	if !(tau2 > 0) {
		return 0
	}
	return tau2
}

// usablePairs returns the effects that can be used, their weights relative to
// that of the most precise one, and the standard error of that one. Relative
// weights keep a tiny standard error from overflowing.
func usablePairs(effects, se []float64) (ys, ws []float64, smallest float64) {
	smallest = math.Inf(1)
	for i := range min(len(effects), len(se)) {
		if finite(effects[i]) && finite(se[i]) && se[i] > 0 {
			ys = append(ys, effects[i])
			ws = append(ws, se[i])
			smallest = min(smallest, se[i])
		}
	}
	for i, s := range ws {
		ws[i] = (smallest / s) * (smallest / s)
	}
	return ys, ws, smallest
}
