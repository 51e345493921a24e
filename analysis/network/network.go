// Package network measures graphs: how well a partition fits, how good the best
// one that a search finds is, what can be reached from where, and where the
// links land.
//
// Nodes are whole numbers counted from 0 and weights are plain numbers: nothing
// here knows what either stands for. Every function is total: what cannot be an
// edge is left out and counted, and a measure without a value says why. What is
// drawn at random depends on the seed that the caller names and on the graph as
// the caller numbered it, not on the number of cores or on a clock.
package network

import (
	"cmp"
	"slices"

	"smokestack/analysis/stats"
)

// Edge joins two different nodes.
type Edge struct {
	A, B   int
	Weight float64
}

// Least and greatest weight of an edge: beyond these the products of
// strengths, and their sums, would leave the range of numbers.
const (
	leastWeight    = 1e-100
	greatestWeight = 1e100
)

// Graph is a weighted undirected graph without edges from a node to itself. The
// zero Graph has no nodes.
type Graph struct {
	from     [][]half // neighbours of every node, in order
	strength []float64
	total    float64 // 2m, the sum of the strengths
	edges    int
	refused  int
}

// half is an edge as one of its ends sees it.
type half struct {
	to     int
	weight float64
}

// NewGraph returns the graph of nodes 0 to nodes-1 with the given edges, in any
// order; the weights of edges between the same two nodes add up. Refused, and
// counted, are edges that have an end outside the nodes, that join a node with
// itself, or whose weight is not between 1e-100 and 1e100, such as 0, a negative
// one, NaN or infinity. Fewer than 0 nodes are none. The work grows as n log n
// in edges.
func NewGraph(nodes int, edges []Edge) *Graph {
	nodes = max(nodes, 0)
	g := &Graph{from: make([][]half, nodes), strength: make([]float64, nodes)}
	kept := make([]Edge, 0, len(edges))
	for _, e := range edges {
		e.A, e.B = min(e.A, e.B), max(e.A, e.B)
		if e.A < 0 || e.B >= nodes || e.A == e.B || !(e.Weight >= leastWeight && e.Weight <= greatestWeight) {
			g.refused++
			continue
		}
		kept = append(kept, e)
	}
	// Equal ends in order of weight: sums do not depend on the order given.
	slices.SortFunc(kept, func(x, y Edge) int {
		return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B), cmp.Compare(x.Weight, y.Weight))
	})
	for n := 0; n < len(kept); {
		e := kept[n]
		for n++; n < len(kept) && kept[n].A == e.A && kept[n].B == e.B; n++ {
			e.Weight += kept[n].Weight
		}
		g.add(e)
	}
	return g
}

// add takes edges in order of A, then B: the neighbours of a node come in order
// then too, the smaller ones as B before the larger ones as A.
func (g *Graph) add(e Edge) {
	g.from[e.A] = append(g.from[e.A], half{e.B, e.Weight})
	g.from[e.B] = append(g.from[e.B], half{e.A, e.Weight})
	g.strength[e.A] += e.Weight
	g.strength[e.B] += e.Weight
	g.total += 2 * e.Weight
	g.edges++
}

// Nodes returns the number of nodes, with and without edges.
func (g *Graph) Nodes() int { return len(g.from) }

// Edges returns the number of pairs of nodes with an edge.
func (g *Graph) Edges() int { return g.edges }

// Refused returns how many of the edges given could not be edges.
func (g *Graph) Refused() int { return g.refused }

// all lists the edges, in order of A, then B.
func (g *Graph) all() []Edge {
	out := make([]Edge, 0, g.edges)
	for a, halves := range g.from {
		for _, h := range halves {
			if a < h.to {
				out = append(out, Edge{a, h.to, h.weight})
			}
		}
	}
	return out
}

const (
	whyNoEdge  = "the graph has no edge"
	whyNoGroup = "a node with edges belongs to no group"
)

// Modularity returns Q of a partition, which holds a group for every node:
//
//	Q = 1/2m Σ_ij [A_ij - k_i·k_j/2m] δ(c_i, c_j) = Σ_c [W_c/2m - (K_c/2m)²]
//
// with k the strengths of nodes, 2m their sum, W_c twice the weight inside group
// c and K_c the strengths of its nodes (Newman and Girvan 2004). It lies between
// -1/2 and 1, 0 for one group. Any numbers name the groups. N counts the pairs of
// nodes with an edge; there is nothing sampled, so no interval. Nodes without an
// edge change nothing, and need no group. There is no value for a graph without
// edges, where the formula is 0/0, and where the partition ends before the last
// node with an edge.
func (g *Graph) Modularity(partition []int) stats.Estimate {
	if g.edges == 0 {
		return stats.Unknown(0, whyNoEdge)
	}
	for node := len(partition); node < len(g.from); node++ {
		if len(g.from[node]) > 0 {
			return stats.Unknown(g.edges, whyNoGroup)
		}
	}
	return stats.Census(g.q(partition), g.edges)
}

// q is the modularity of a partition that covers all nodes with edges.
func (g *Graph) q(partition []int) float64 {
	number := map[int]int{} // of a group, in the order in which they come
	var inside, strengths []float64
	for node, halves := range g.from {
		if len(halves) == 0 {
			continue
		}
		c, seen := number[partition[node]]
		if !seen {
			c = len(number)
			number[partition[node]] = c
			inside, strengths = append(inside, 0), append(strengths, 0)
		}
		strengths[c] += g.strength[node]
		for _, h := range halves {
			if partition[h.to] == partition[node] {
				inside[c] += h.weight
			}
		}
	}
	q := 0.0
	for c := range inside {
		share := strengths[c] / g.total
		q += inside[c]/g.total - share*share
	}
	return q
}
