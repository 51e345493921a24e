package network

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func degrees(g *Graph) []int {
	out := make([]int, len(g.from))
	for node, halves := range g.from {
		out[node] = len(halves)
	}
	return out
}

func TestRewiringKeepsWhatItSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	whole := NewGraph(8, []Edge{{0, 1, 5}, {1, 2, 1}, {2, 3, 2}, {4, 5, 3}, {6, 7, 9}, {0, 7, 4}, {3, 5, 1}})
	real := NewGraph(8, []Edge{{0, 1, 0.5}, {1, 2, 1}, {2, 3, 0.25}, {4, 5, 0.5}, {6, 7, 1.5}, {0, 7, 4}, {3, 5, 1}})
	for name, g := range map[string]*Graph{"zachary": zachary(t), "whole": whole, "real": real} {
		units, simple := g.units()
		if want := name != "whole"; simple != want {
			t.Errorf("%s: simple %v, want %v", name, simple, want)
		}
		moved := false
		for range 50 {
			r := rewired(g.Nodes(), units, simple, rng)
			if simple && !slices.Equal(degrees(r), degrees(g)) {
				t.Errorf("%s: degrees %v, were %v", name, degrees(r), degrees(g))
			}
			if name != "real" && !slices.Equal(r.strength, g.strength) {
				t.Errorf("%s: strengths %v, were %v", name, r.strength, g.strength)
			}
			near(t, name+": total", r.total, g.total, 1e-12)
			if r.Refused() > 0 {
				t.Errorf("%s: %d edges from a node to itself", name, r.Refused())
			}
			moved = moved || !slices.Equal(r.all(), g.all())
		}
		if !moved {
			t.Errorf("%s: nothing was rewired", name)
		}
	}
}

// All 2-regular simple graphs of 6 nodes are the 60 hexagons and the 10 pairs of
// triangles: swaps reach every one about equally often.
func TestRewiringReachesAllGraphsAlike(t *testing.T) {
	hexagon := NewGraph(6, []Edge{{0, 1, 1}, {1, 2, 1}, {2, 3, 1}, {3, 4, 1}, {4, 5, 1}, {0, 5, 1}})
	units, simple := hexagon.units()
	rng := rand.New(rand.NewPCG(7, 8))
	const draws = 7000
	triangles := 0
	for range draws {
		if !rewired(6, units, simple, rng).connected() {
			triangles++
		}
	}
	near(t, "share of triangles", float64(triangles)/draws, 1.0/7, 4*math.Sqrt(1.0/7*6/7/draws))
}

func TestRewired(t *testing.T) {
	groups := NewGraph(24, cliques(4, 6))
	n := groups.Rewired(199, "groups")
	if n.P != 1.0/200 || n.Draws != 199 || n.Tries != mostTries || n.Why != "" || !(n.Mean < 0.5) {
		t.Errorf("four cliques: %+v, want p 0.005", n)
	}
	near(t, "four cliques", n.Q, 0.75, 1e-15)
	if z := zachary(t).Rewired(99, "club"); !(z.Mean > 0.2 && z.Mean < z.Q) || !(z.P < 0.5) {
		t.Errorf("the club: %+v", z)
	}
	// Only one simple graph has these degrees.
	if n := star(6).Rewired(99, "star"); !math.IsNaN(n.P) || n.Why != "no other graph has nodes of these strengths" {
		t.Errorf("a star: %+v", n)
	}
	tests := []struct {
		g     *Graph
		draws int
		why   string
	}{
		{&Graph{}, 99, whyNoEdge},
		{groups, 38, "fewer than 39 rewired graphs were asked for"},
		{groups, -1, "fewer than 39 rewired graphs were asked for"},
		{star(5000), 99, "the graph is too large to compare with rewired ones"},
		{NewGraph(40_000, chain(40_000)), 99, "the graph is too large to compare with rewired ones"},
	}
	for _, tt := range tests {
		if n := tt.g.Rewired(tt.draws, "none"); !math.IsNaN(n.P) || !math.IsNaN(n.Q) || !math.IsNaN(n.Mean) || n.Why != tt.why {
			t.Errorf("%+v, want %q", n, tt.why)
		}
	}
}

// connected reports whether all nodes hang together.
func (g *Graph) connected() bool {
	seen, stack := map[int]bool{0: true}, []int{0}
	for len(stack) > 0 {
		node := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, h := range g.from[node] {
			if !seen[h.to] {
				seen[h.to], stack = true, append(stack, h.to)
			}
		}
	}
	return len(seen) == len(g.from)
}

func chain(nodes int) []Edge {
	out := make([]Edge, nodes-1)
	for n := range out {
		out[n] = Edge{n, n + 1, 1}
	}
	return out
}

// In graphs that are themselves drawn at random p is uniform: about one in ten
// lies below 0.1. Regular graphs, rewired from a ring, have nothing but chance.
func TestNullIsUniform(t *testing.T) {
	const graphs, draws = 150, 39
	ring := make([]Edge, 0, 40)
	for n := range 20 {
		ring = append(ring, Edge{n, (n + 1) % 20, 1}, Edge{n, (n + 2) % 20, 1})
	}
	units, simple := NewGraph(20, ring).units()
	rng := rand.New(rand.NewPCG(9, 10))
	ps := make([]float64, graphs)
	for n := range ps {
		ps[n] = rewired(20, units, simple, rng).Rewired(draws, fmt.Sprint("uniform", n)).P
	}
	slices.Sort(ps)
	distance := 0.0 // one-sided: p must not be too small; ties make it larger
	for n, p := range ps {
		distance = max(distance, float64(n+1)/graphs-p)
	}
	if limit := 1.52 / math.Sqrt(graphs); distance > limit { // p 0.01, one-sided
		t.Errorf("p lies %.3f below uniform, limit %.3f: %v", distance, limit, ps[:20])
	}
}
