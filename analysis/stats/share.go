package stats

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Jeffreys returns the 95 % interval of a share after x hits in n trials: the
// 2.5 % and 97.5 % points of Beta(x+½, n-x+½), with low = 0 at x = 0 and
// high = 1 at x = n (Brown, Cai and DasGupta 2001). x and n may be fractions, as
// effective counts are; where x or n-x is far below 1 the interval is widened to
// hold x/n. With n = 0 it is [0, 1]. Both ends are NaN unless 0 <= x <= n <= 1e9.
func Jeffreys(x, n float64) (low, high float64) {
	if !(x >= 0 && x <= n && n <= maxTrials) {
		return math.NaN(), math.NaN()
	}
	low, high = 0, 1
	if x > 0 {
		low = min(betaLow(x+0.5, n-x+0.5), x/n)
	}
	if x < n {
		high = max(1-betaLow(n-x+0.5, x+0.5), x/n)
	}
	return low, high
}

// betaLow is the 2.5 % point of Beta(a, b).
func betaLow(a, b float64) float64 { return mathext.InvRegIncBeta(a, b, alpha) }

// Cluster is a group of units that tend to go together, such as the items of
// one batch; a unit that stands alone is a cluster of one.
type Cluster struct {
	N    int // units
	Hits int // of these, the ones that count towards the share
}

// Share is a proportion of clustered units, made by [ClusteredShare].
type Share struct {
	P         float64 // hits per unit; NaN where there is none
	NStar     float64 // the number of independent units that would tell as much; NaN with fewer than 2 clusters
	N         int     // units
	G         int     // clusters with at least one unit
	Low, High float64 // 95 % interval; NaN with fewer than 2 clusters
}

// ClusteredShare returns the share of hits among all units and how much the
// clusters tell about it. With y the 0 or 1 of unit i, in cluster g:
//
//	p  = Σy/n
//	v  = G/(G-1)·Σ_g(Σ_{i∈g}(yᵢ-p))²/n²
//	n* = min(n, p(1-p)/v)·(1.96/t_{G-1,.975})²      and n* = G at p = 0 or 1
//
// The interval is that of [Jeffreys] on (p·n*, n*): the effective sample size of
// Korn and Graubard (1998) in a Jeffreys interval. It is meant for 20 clusters
// or more. Clusters are independent of each other
// and in any order; those without units are skipped.
//
// With fewer than 2 clusters NStar, Low and High are NaN. With no units, or a
// cluster that cannot be (fewer than 0 hits, more hits than units), P is NaN too;
// in the second case N is 0 and G counts the clusters given.
func ClusteredShare(clusters []Cluster) Share {
	nan := math.NaN()
	s := Share{P: nan, NStar: nan, Low: nan, High: nan}
	hits, ok := s.count(clusters)
	if !ok {
		s.N, s.G = 0, len(clusters)
		return s
	}
	if s.N == 0 {
		return s
	}
	s.P = float64(hits) / float64(s.N)
	if s.G < 2 {
		return s
	}
	s.NStar = s.effective(clusters)
	s.Low, s.High = Jeffreys(s.P*s.NStar, s.NStar)
	return s
}

// count fills in N and G; ok is false where a cluster cannot be.
func (s *Share) count(clusters []Cluster) (hits int, ok bool) {
	for _, c := range clusters {
		if c.Hits < 0 || c.Hits > c.N || c.N > math.MaxInt-s.N {
			return 0, false
		}
		if c.N > 0 {
			s.G++
		}
		s.N += c.N
		hits += c.Hits
	}
	return hits, true
}

// effective returns n* for at least 2 clusters.
func (s Share) effective(clusters []Cluster) float64 {
	g, n, p := float64(s.G), float64(s.N), s.P
	if p == 0 || p == 1 {
		return g
	}
	var squares float64
	for _, c := range clusters {
		d := (float64(c.Hits) - p*float64(c.N)) / n
		squares += d * d
	}
	v := g / (g - 1) * squares
	shrink := 1.96 / TQuantile(1-alpha, g-1)
	return min(n, p*(1-p)/v) * shrink * shrink
}
