package stats

import "math"

// PermutationP returns the p of a permutation test in which atLeast of the
// random draws were at least as extreme as what was seen: (1+atLeast)/(draws+1)
// (Phipson and Smyth 2010). It is never 0, and 1 without draws. It is NaN unless
// 0 <= atLeast <= draws.
func PermutationP(atLeast, draws int) float64 {
	if atLeast < 0 || atLeast > draws {
		return math.NaN()
	}
	return (1 + float64(atLeast)) / (float64(draws) + 1)
}
