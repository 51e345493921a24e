package stats

import (
	"math"
	"slices"
)

// enoughExceedances is where a sequential Monte-Carlo test stops.
const enoughExceedances = 10

// MostDraws returns how many draws a Monte-Carlo test in a family of m tests may
// take: max(999, 20m), so that its p can get below what the family asks of its
// smallest one.
func MostDraws(m int) int {
	if m > math.MaxInt/20 {
		return math.MaxInt
	}
	return max(999, 20*m)
}

// SequentialP returns a Monte-Carlo p, drawn for no longer than it takes to see
// that it is large (Besag and Clifford 1991). exceeds draws once from the null
// hypothesis and tells whether the draw is at least as extreme as what was seen.
// At the tenth that is, drawing stops and p = 10/draws; after most draws with g
// of them,
//
//	p = (g+1)/(most+1)
//
// The p is valid whenever it stops. Without draws, which is where exceeds is nil
// or most is below 1, it is 1.
func SequentialP(exceeds func() bool, most int) (p float64, draws int) {
	if exceeds == nil || most < 1 {
		return 1, 0
	}
	var seen int
	for draws < most {
		draws++
		if exceeds() {
			seen++
		}
		if seen == enoughExceedances {
			return enoughExceedances / float64(draws), draws
		}
	}
	return PermutationP(seen, most), most
}

// largestExactKS is the number of values up to which the distribution of the
// distance is computed exactly; above, the series is within 5e-5.
const largestExactKS = 500

// tinyKS is the n·d² at which p, about 2·exp(-2nd²), is below what 1 less a
// probability can show.
const tinyKS = 18

// UniformTest asks whether xs are independent draws from the uniform
// distribution on [0, 1], by the largest distance between their empirical
// distribution and the diagonal (Kolmogorov 1933):
//
//	d = max_i max(i/n - x₍ᵢ₎, x₍ᵢ₎ - (i-1)/n)
//
// p is exact up to 500 values (Marsaglia, Tsang and Wang 2003). Beyond, it is
// Kolmogorov's series at z + 1/(6√n) + (z-1)/(4n) with z = d√n (Vrbik 2018). The
// values must be continuous: p-values that come in steps need a random share of
// their step taken off first. Both are NaN with no values or one outside [0, 1].
func UniformTest(xs []float64) (d, p float64) {
	if len(xs) == 0 || !allShares(xs) {
		return math.NaN(), math.NaN()
	}
	n := float64(len(xs))
	for i, x := range ascending(xs) {
		d = max(d, float64(i+1)/n-x, x-float64(i)/n)
	}
	if len(xs) <= largestExactKS && n*d*d < tinyKS {
		return d, min(max(1-kolmogorovExact(len(xs), d), 0), 1)
	}
	return d, kolmogorovTail(manyKolmogorov(n, d))
}

func manyKolmogorov(n, d float64) float64 {
	z := d * math.Sqrt(n)
	return z + 1/(6*math.Sqrt(n)) + (z-1)/(4*n)
}

func allShares(xs []float64) bool {
	return !slices.ContainsFunc(xs, func(x float64) bool { return !isShare(x) })
}

// kolmogorovTail is 2·Σ(-1)^(j-1)·exp(-2j²λ²).
func kolmogorovTail(lambda float64) float64 {
	if lambda < 0.2 {
		return 1 // to 1e-12, where the series converges slowly
	}
	var sum float64
	sign := 2.0
	for j := 1.0; j <= 100; j++ {
		term := math.Exp(-2 * j * j * lambda * lambda)
		sum += sign * term
		if term < 1e-18 {
			break
		}
		sign = -sign
	}
	return min(max(sum, 0), 1)
}

// kolmogorovExact returns P(D < d) for n values: with k = ⌊nd⌋+1 and h = k-nd it
// is n!/nⁿ times the middle entry of the n-th power of a matrix of 2k-1 rows. The
// matrix is applied to a vector, with 1/e at each step so that nothing overflows.
func kolmogorovExact(n int, d float64) float64 {
	nd := float64(n) * d
	if nd <= 0.5 {
		return 0
	}
	if nd >= float64(n) {
		return 1
	}
	k := int(nd) + 1
	rows := kolmogorovMatrix(k, float64(k)-nd)
	v, next := make([]float64, len(rows)), make([]float64, len(rows))
	v[k-1] = 1
	for range n {
		for i, row := range rows {
			next[i] = 0
			for j := range min(i+2, len(row)) {
				next[i] += row[j] * v[j]
			}
			next[i] /= math.E
		}
		v, next = next, v
	}
	logFactorial, _ := math.Lgamma(float64(n) + 1)
	return v[k-1] * math.Exp(logFactorial+float64(n)*(1-math.Log(float64(n))))
}

// kolmogorovMatrix holds 1/(i-j+1)! on and below the first diagonal above the
// main one, with corrections in its first column and last row.
func kolmogorovMatrix(k int, h float64) [][]float64 {
	m := 2*k - 1
	rows := make([][]float64, m)
	for i := range rows {
		rows[i] = make([]float64, m)
		for j := range min(i+2, m) {
			rows[i][j] = 1
		}
	}
	for i := range rows {
		rows[i][0] -= math.Pow(h, float64(i+1))
		rows[m-1][i] -= math.Pow(h, float64(m-i))
	}
	if h > 0.5 {
		rows[m-1][0] += math.Pow(2*h-1, float64(m))
	}
	for i := range rows {
		for j := range min(i+2, m) {
			rows[i][j] /= math.Gamma(float64(i - j + 2))
		}
	}
	return rows
}
