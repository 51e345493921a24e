package network

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/community"
	"gonum.org/v1/gonum/graph/simple"
)

// gonums is the graph as gonum has it.
func gonums(g *Graph) *simple.WeightedUndirectedGraph {
	out := simple.NewWeightedUndirectedGraph(0, 0)
	for _, e := range g.all() {
		out.SetWeightedEdge(out.NewWeightedEdge(simple.Node(e.A), simple.Node(e.B), e.Weight))
	}
	return out
}

func groups(partition []int) [][]graph.Node {
	out := make([][]graph.Node, slices.Max(partition)+1)
	for node, c := range partition {
		if c >= 0 {
			out[c] = append(out[c], simple.Node(node))
		}
	}
	return out
}

func TestModularityAgainstGonum(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for range 100 {
		nodes := 2 + rng.IntN(30)
		edges := []Edge{{0, 1, 2.5}}
		for range rng.IntN(100) {
			edges = append(edges, Edge{rng.IntN(nodes), rng.IntN(nodes), rng.ExpFloat64()})
		}
		g := NewGraph(nodes, edges)
		p := make([]int, nodes)
		for n := range p {
			p[n] = rng.IntN(5)
		}
		p = g.inOrder(p)
		near(t, "Q", g.Modularity(p).Value, community.Q(gonums(g), groups(p), 1), 1e-12)
	}
}

// The search written out here ends no lower than gonum's, run for run: not by
// more than four standard errors on any graph.
func TestRunsAgainstGonum(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	const runs = 100
	for n := range 20 {
		nodes := 10 + rng.IntN(50)
		edges := []Edge{{0, 1, 1}}
		for range 2 * nodes {
			edges = append(edges, Edge{rng.IntN(nodes), rng.IntN(nodes), float64(1 + rng.IntN(4))})
		}
		g := NewGraph(nodes, edges)
		in := gonums(g)
		var mean, square [2]float64
		for range runs {
			for who, q := range [2]float64{
				g.q(g.louvain(g.joined(), rng)),
				community.Q(in, community.Modularize(in, 1, rng).Communities(), 1),
			} {
				mean[who] += q / runs
				square[who] += q * q / runs
			}
		}
		variance := max(square[0]-mean[0]*mean[0], 0) + max(square[1]-mean[1]*mean[1], 0)
		if mean[0] < mean[1]-4*math.Sqrt(variance/runs)-1e-9 {
			t.Errorf("graph %d: %.6f on average, gonum %.6f", n, mean[0], mean[1])
		}
	}
}
