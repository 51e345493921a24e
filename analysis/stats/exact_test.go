package stats

import (
	"fmt"
	"math"
	"testing"
)

func TestBinomialTest(t *testing.T) {
	t.Parallel()
	for _, line := range oracle(t, "exact", "binomial") {
		v := numbers(t, line...)
		nearP(t, fmt.Sprint(line[:3]), BinomialTest(int(v[0]), int(v[1]), v[2]), v[3], v[4])
	}
}

func TestBinomialTestKeepsSmallTails(t *testing.T) {
	t.Parallel()
	// P(X = 0) = 0.9^400, P(X = 60) = 10^-60.
	near(t, "lower tail", BinomialTest(0, 400, 0.1).Below/math.Pow(0.9, 400), 1, 1e-9)
	near(t, "upper tail", BinomialTest(60, 60, 0.1).Above/1e-60, 1, 1e-9)
}

func TestHalfTest(t *testing.T) {
	t.Parallel()
	// The metric catalogue: 2·P(X >= 20) of 30, and not the 0.043 of P(X >= 21).
	near(t, "20 and 10", HalfTest(20, 10).Either, 0.099, 5e-4)
	near(t, "10 and 20", HalfTest(10, 20).Either, 0.0987371471, 1e-9)
	near(t, "21 and 9", HalfTest(21, 9).Either, 0.043, 5e-4)
	near(t, "15 and 15", HalfTest(15, 15).Either, 1, 0)
	near(t, "0 and 0", HalfTest(0, 0).Either, 1, 0)
}

func TestShareTest(t *testing.T) {
	t.Parallel()
	s := ClusteredShare(halves())
	near(t, "share above 0.3", s.Test(0.3).Above, 0.069063, 1e-6)
	near(t, "share below 0.7", s.Test(0.7).Below, 0.069063, 1e-6)
	// At p = 0 n* is the 20 clusters: P(X = 0) = 0.9^20, and nothing is against more.
	none := ClusteredShare(make20(0)).Test(0.1)
	near(t, "none below 0.1", none.Below, math.Pow(0.9, 20), 1e-12)
	near(t, "none above 0.1", none.Above, 1, 0)
	near(t, "all above 0.9", ClusteredShare(make20(4)).Test(0.9).Above, math.Pow(0.9, 20), 1e-12)
}

func make20(hits int) []Cluster {
	clusters := make([]Cluster, 20)
	for i := range clusters {
		clusters[i] = Cluster{4, hits}
	}
	return clusters
}

func TestTestsWithoutP(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	for name, p := range map[string]PValues{
		"negative hits":  BinomialTest(-1, 3, 0.5),
		"too many hits":  BinomialTest(4, 3, 0.5),
		"no share":       BinomialTest(1, 3, 1.5),
		"NaN":            BinomialTest(1, 3, nan),
		"too many":       BinomialTest(1, 2e9, 0.5),
		"negative count": HalfTest(-1, 3),
		"huge counts":    HalfTest(math.MaxInt, math.MaxInt),
		"no share at 0":  HalfTest(1e9, 1),
		"one cluster":    ClusteredShare([]Cluster{{4, 1}}).Test(0.5),
		"no clusters":    ClusteredShare(nil).Test(0.5),
		"threshold":      ClusteredShare(halves()).Test(-0.1),
	} {
		isP(t, name, p, false)
	}
}

func TestPoissonRate(t *testing.T) {
	t.Parallel()
	for _, line := range oracle(t, "exact", "poisson") {
		v := numbers(t, line...)
		e := PoissonRate(int(v[0]), 4)
		near(t, line[0]+" value", e.Value, v[0]/4, 1e-12)
		near(t, line[0]+" low", e.Low, v[1]/4, 1e-8)
		near(t, line[0]+" high", e.High, v[2]/4, 1e-8)
	}
}

func TestPoissonRateWithoutAnswer(t *testing.T) {
	t.Parallel()
	for _, e := range []Estimate{PoissonRate(-1, 1), PoissonRate(1, 0), PoissonRate(1, math.NaN()), PoissonRate(1, math.Inf(1)), PoissonRate(1, -1), PoissonRate(9, 5e-324)} {
		if wellFormed(t, e); e.Known() {
			t.Errorf("known: %+v", e)
		}
	}
}

func FuzzExact(f *testing.F) {
	f.Add(3, 10, 0.3, 4.0)
	f.Add(math.MaxInt, math.MaxInt, 0.5, 1e-300)
	f.Add(1000000000, 1000000000, 1e-9, 1.0)
	f.Add(0, 0, 1.0, math.Inf(1))
	f.Fuzz(func(t *testing.T, hits, n int, x, exposure float64) {
		isP(t, "binomial", BinomialTest(hits, n, x), 0 <= hits && hits <= n && n <= 1e9 && isShare(x))
		HalfTest(hits, n)
		wellFormed(t, PoissonRate(hits, exposure))
		Share{P: x, NStar: exposure}.Test(x)
		mean, sd := float64(n), math.Abs(x)
		normalRank(mean, sd, alpha)
	})
}
