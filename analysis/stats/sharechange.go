package stats

import "math"

// Straddle is a cluster, such as a batch, with units in either window or both.
type Straddle struct{ Recent, Baseline Cluster }

// ShareDifference returns the share of hits in the recent window less that in the
// baseline, p₁-p₀. Units of one cluster go together, also across the windows;
// clusters are independent of each other and in any order. N is the number of units.
//
// The variance is linearised by cluster (Kish and Frankel 1974; Wolter 2007):
//
//	z_g = Σ_{recent}(y-p₁)/n₁ - Σ_{baseline}(y-p₀)/n₀      over the units of g
//	v   = G/(G-1)·Σz²
//	df  = E_eff - 1,  E_eff = (Σw)²/Σw²,  w_g = n_g₁/n₁ + n_g₀/n₀
//
// A cluster weighs by its share of the units in either window, so that a window
// of few units counts as much as one of many. The interval is p₁-p₀ ± t·√v,
// cut to [-1, 1], and p comes from the same t.
//
// There is no value where a window has no units or a cluster cannot be; no interval
// and no p where E_eff is 2 or less, or where no cluster differs from its window's
// share, since then the spread is unknown.
func ShareDifference(clusters []Straddle) Change {
	recent, baseline, why := straddled(clusters)
	n := recent.N + baseline.N
	if why != "" {
		return noChange(Unknown(0, why))
	}
	if recent.N == 0 || baseline.N == 0 {
		return noChange(Unknown(n, "a window has no units"))
	}
	v, effective := linearised(clusters, recent, baseline)
	value := recent.share() - baseline.share()
	se := math.Sqrt(v)
	switch {
	case !(effective > 2):
		return noChange(point(value, n, "the units belong to too few clusters"))
	case !(se > noSpread):
		return noChange(point(value, n, "all clusters have the same shares, so their spread is unknown"))
	}
	df := effective - 1
	ends := func(tail float64) (low, high float64) {
		half := TQuantile(1-tail, df) * se
		return max(-1, value-half), min(1, value+half)
	}
	low, high := ends(alpha)
	c := noChange(bounded(value, n, low, high))
	c.Low90, c.High90 = ends(tail90)
	c.DF, c.P = df, studentP(value/se, df)
	return c
}

func (c Cluster) share() float64 { return float64(c.Hits) / float64(c.N) }

func straddled(clusters []Straddle) (recent, baseline Cluster, why string) {
	for _, s := range clusters {
		for _, c := range []Cluster{s.Recent, s.Baseline} {
			if c.Hits < 0 || c.Hits > c.N || c.N > math.MaxInt-recent.N-baseline.N {
				return Cluster{}, Cluster{}, "a cluster has fewer than 0 hits, or more hits than units"
			}
		}
		if s.Recent.N > math.MaxInt-recent.N-baseline.N-s.Baseline.N {
			return Cluster{}, Cluster{}, "there are too many units to count"
		}
		recent.N += s.Recent.N
		recent.Hits += s.Recent.Hits
		baseline.N += s.Baseline.N
		baseline.Hits += s.Baseline.Hits
	}
	return recent, baseline, ""
}

// linearised returns the variance of the difference, and the effective number of
// clusters.
func linearised(clusters []Straddle, recent, baseline Cluster) (v, effective float64) {
	var g, squares, weights, weightSquares float64
	for _, s := range clusters {
		if s.Recent.N+s.Baseline.N == 0 {
			continue
		}
		z := residual(s.Recent, recent) - residual(s.Baseline, baseline)
		w := float64(s.Recent.N)/float64(recent.N) + float64(s.Baseline.N)/float64(baseline.N)
		g++
		squares += z * z
		weights += w
		weightSquares += w * w
	}
	return g / (g - 1) * squares, weights * weights / weightSquares
}

func residual(part, whole Cluster) float64 {
	return (float64(part.Hits) - whole.share()*float64(part.N)) / float64(whole.N)
}
