package network

import (
	"math"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smokestack/analysis/stats"
)

// weights of fuzzed edges: any byte names one.
var weights = []float64{1, 2, 3, 0.5, 1e-9, 0, -1, math.NaN(), math.Inf(1), math.MaxFloat64, math.SmallestNonzeroFloat64, leastWeight, greatestWeight, 1.0 / 3}

// FuzzGraphs reads any edge list: nothing panics, and no number is missing
// without a reason.
func FuzzGraphs(f *testing.F) {
	f.Add(uint8(0), []byte{})
	f.Add(uint8(3), []byte{0, 1, 0, 1, 1, 0, 2, 9, 1})
	f.Add(uint8(4), []byte{0, 1, 12, 1, 2, 11, 2, 3, 3, 0, 3, 4})
	f.Fuzz(func(t *testing.T, nodes uint8, data []byte) {
		n := int(nodes%40) - 1
		var edges []Edge
		var arcs []Arc
		var links []Link
		for ; len(data) >= 3; data = data[3:] {
			a, b := int(int8(data[0])), int(data[1]%41)
			edges = append(edges, Edge{a, b, weights[int(data[2])%len(weights)]})
			arcs = append(arcs, Arc{a, b})
			links = append(links, Link{a, b, int(data[2] % 30)})
		}
		g := NewGraph(n, edges)
		partition := make([]int, max(n, 0))
		volume := make([]float64, max(n, 0))
		for i := range partition {
			partition[i] = i % 3
			volume[i] = math.Abs(weights[i%6])
		}
		told(t, g.Modularity(partition))
		told(t, g.Modularity(nil))
		b := g.Best(5, "fuzz")
		told(t, b.Q)
		told(t, b.Agreement)
		if q := b.Q.Value; q < -0.5 || q > 1 {
			t.Errorf("Q %v", q)
		}
		if b.Q.Known() && b.Q.Value < g.Modularity(make([]int, n)).Value-1e-9 {
			t.Errorf("the best Q %v is worse than one group", b.Q.Value)
		}
		if r := g.Rewired(39, "fuzz"); math.IsNaN(r.P) != (r.Why != "") || math.IsNaN(r.Q) != math.IsNaN(r.P) {
			t.Errorf("%+v", r)
		}
		d := NewDirected(n, arcs)
		told(t, d.Reach().Cost)
		told(t, d.Components().Largest)
		if n > 0 {
			checkDirected(t, d)
		}
		h := FindHub(links, volume, 39, "fuzz")
		told(t, h.Share)
		if math.IsNaN(h.P) != (h.Why != "") {
			t.Errorf("%+v", h)
		}
	})
}

func told(t *testing.T, e stats.Estimate) {
	t.Helper()
	if (!e.Known() || !e.Bounded()) && e.Why == "" {
		t.Errorf("%+v: no reason", e)
	}
}

func FuzzAdjustedRand(f *testing.F) {
	f.Add([]byte{0, 0, 1, 2}, uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, other uint8) {
		a, b := make([]int, len(data)), make([]int, len(data))
		for n, x := range data {
			a[n], b[n] = int(x), int(x)%(int(other)+1)
		}
		x, y := AdjustedRand(a, b), AdjustedRand(b, a)
		if len(data) < 2 {
			if !math.IsNaN(x) {
				t.Errorf("%v for no pair", x)
			}
			return
		}
		if x != y || !(x <= 1+1e-12) || !(x >= -1) || AdjustedRand(a, a) != 1 {
			t.Errorf("%v and %v, with itself %v", x, y, AdjustedRand(a, a))
		}
	})
}

// Results are the same on one core and on several, and leave arguments alone.
func TestSameOnAnyNumberOfCores(t *testing.T) {
	g := oracle(t, "dolphins.txt", 62, 159)
	all := func() any {
		return []any{g.Best(40, "cores"), g.Rewired(49, "cores"), FindHub(onto(9, 9, 9, 9), even(4), 99, "cores")}
	}
	want := all()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if diff := cmp.Diff(want, all(), cmpopts.EquateNaNs()); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(g.Best(40, "cores"), g.Best(40, "others"), cmpopts.EquateNaNs()) {
		t.Error("another seed, and nothing changes")
	}
}

func TestBestWithout(t *testing.T) {
	tests := []struct {
		g    *Graph
		runs int
		why  string
	}{
		{&Graph{}, 150, whyNoEdge},
		{NewGraph(5, nil), 150, whyNoEdge},
		{star(9), 2, "fewer than 3 runs were asked for"},
		{star(9), -7, "fewer than 3 runs were asked for"},
		{star(60_000), 150, "the graph is too large to search for its best partition"},
	}
	for _, tt := range tests {
		b := tt.g.Best(tt.runs, "none")
		if b.Q.Known() || b.Q.Why != tt.why || b.Agreement.Known() || b.Agreement.Why != tt.why || b.Partition != nil || b.Runs != 0 {
			t.Errorf("%+v, want %q", b, tt.why)
		}
	}
	// Nodes without an edge belong to no group, and change nothing.
	alone := NewGraph(12, append(cliques(2, 5), Edge{0, 5, 1})).Best(10, "alone")
	if alone.Groups != 2 || alone.Partition[10] != -1 || alone.Partition[11] != -1 || !(alone.Agreement.Value == 1) {
		t.Errorf("%+v", alone)
	}
	if b := star(20_000).Best(150, "bound"); b.Runs != Budget/(20_001+20_000) {
		t.Errorf("%d runs on a large star", b.Runs)
	}
}
