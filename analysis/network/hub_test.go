package network

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// onto gives every one of nodes the number of links that land on it, each from
// the next node and in a cluster of its own.
func onto(landing ...int) []Link {
	var out []Link
	for to, n := range landing {
		for range n {
			out = append(out, Link{(to + 1) % len(landing), to, len(out)})
		}
	}
	return out
}

func even(nodes int) []float64 { return slices.Repeat([]float64{1}, nodes) }

func TestFindHub(t *testing.T) {
	h := FindHub(onto(3, 14, 3), even(3), 999, "hubs")
	near(t, "share", h.Share.Value, 0.7, 1e-15)
	if h.Top != 1 || h.Share.N != 20 || h.Draws != 999 || h.Why != "" || h.Refused != 0 || !h.Share.Bounded() {
		t.Errorf("%+v", h)
	}
	if tie := FindHub(onto(2, 9, 9), even(3), 9, "hubs"); tie.Top != 1 {
		t.Errorf("of two alike node %d is on top, want the smaller", tie.Top)
	}
}

// With three nodes of equal volume each link lands on one of two by the toss of
// a coin. Where all links come from node 0, the most on one node is the larger
// of X and n-X with X binomial: p = 2·P(X >= k) for k > n/2.
func TestHubAgainstBinomial(t *testing.T) {
	const n, k, draws = 20, 14, 20_000
	var links []Link
	for i := range n {
		to := 1
		if i >= k {
			to = 2
		}
		links = append(links, Link{0, to, i})
	}
	tail := 0.0
	for x := k; x <= n; x++ {
		tail += choose(n, x) / math.Pow(2, n)
	}
	h := FindHub(links, []float64{5, 2, 2}, draws, "coin")
	near(t, "p", h.P, 2*tail, 4*math.Sqrt(2*tail*(1-2*tail)/draws))

	// Volumes 3 to 1: X on node 1 with chance 3/4, k or more on either.
	tail = 0
	for x := range n + 1 {
		if x >= k || n-x >= k {
			tail += choose(n, x) * math.Pow(0.75, float64(x)) * math.Pow(0.25, float64(n-x))
		}
	}
	h = FindHub(links, []float64{7, 3, 1}, draws, "coin")
	near(t, "p by volume", h.P, tail, 4*math.Sqrt(tail*(1-tail)/draws))
}

func choose(n, k int) float64 {
	out := 1.0
	for i := range k {
		out = out * float64(n-i) / float64(i+1)
	}
	return out
}

func TestHubWithoutP(t *testing.T) {
	enough := onto(10, 10)
	tests := []struct {
		name   string
		links  []Link
		volume []float64
		draws  int
		why    string
		share  bool
	}{
		{"no links", nil, even(3), 99, "fewer than 20 links cross", false},
		{"no nodes", enough, nil, 99, "fewer than 20 links cross", false},
		{"19 links", enough[1:], even(2), 99, "fewer than 20 links cross", false},
		{"no volume", enough, []float64{0, 0}, 99, "fewer than 2 nodes have volume", true},
		{"one with volume", enough, []float64{0, 1}, 99, "fewer than 2 nodes have volume", true},
		{"one beside a giant", enough, []float64{1e300, 1}, 99, "fewer than 2 nodes have volume", true},
		{"NaN", enough, []float64{math.NaN(), 1}, 99, "a volume is negative or not finite", true},
		{"infinite", enough, []float64{1, math.Inf(1)}, 99, "a volume is negative or not finite", true},
		{"negative", enough, []float64{1, -1}, 99, "a volume is negative or not finite", true},
		{"no draws", enough, even(2), 0, "no draw was asked for", true},
	}
	for _, tt := range tests {
		h := FindHub(tt.links, tt.volume, tt.draws, "none")
		if !math.IsNaN(h.P) || h.Why != tt.why || h.Share.Known() != tt.share || h.Draws != 0 {
			t.Errorf("%s: %+v, want %q", tt.name, h, tt.why)
		}
	}
	bad := append(slices.Clone(enough), Link{0, 0, 0}, Link{-1, 0, 0}, Link{0, 2, 0})
	if h := FindHub(bad, even(2), 99, "none"); h.Refused != 3 || h.Share.N != 20 {
		t.Errorf("%+v: want 3 refused of 23", h)
	}
	one := slices.Clone(enough)
	for n := range one {
		one[n].Cluster = n % 19
	}
	if h := FindHub(one, even(2), 99, "none"); !h.Share.Known() || h.Share.Bounded() || h.Share.Why == "" {
		t.Errorf("19 clusters: %+v", h.Share)
	}
}

func TestHubIgnoresTheOrderOfLinks(t *testing.T) {
	links := onto(4, 9, 5, 6)
	want := FindHub(links, []float64{4, 1, 2, 3}, 199, "order")
	slices.Reverse(links)
	got := FindHub(links, []float64{4, 1, 2, 3}, 199, "order")
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	if h := FindHub(onto(slices.Repeat([]int{20_000}, 3)...), even(3), 999, "many"); h.Draws != leastDraws {
		t.Errorf("%d draws of 60000 links, want %d", h.Draws, leastDraws)
	}
}
