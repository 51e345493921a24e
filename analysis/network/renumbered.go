package network

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/iterator"
	"gonum.org/v1/gonum/graph/simple"
)

// renumbered is a Graph as gonum reads it, under other numbers and without the
// nodes that have no edge. It stands in for gonum's own simple graph, which
// lists neighbours in the order of a map: sums of weights would round
// differently from call to call, and tip the search over into other partitions.
type renumbered struct {
	g      *Graph
	node   []int // of the graph, by number
	number []int // by node of the graph
}

var (
	_ graph.Undirected         = (*renumbered)(nil)
	_ graph.WeightedUndirected = (*renumbered)(nil)
)

func (r *renumbered) has(id int64) bool { return id >= 0 && id < int64(len(r.node)) }

func (r *renumbered) Node(id int64) graph.Node {
	if !r.has(id) {
		return nil
	}
	return simple.Node(id)
}

func (r *renumbered) Nodes() graph.Nodes {
	out := make([]graph.Node, len(r.node))
	for n := range out {
		out[n] = simple.Node(n)
	}
	return iterator.NewOrderedNodes(out)
}

func (r *renumbered) From(id int64) graph.Nodes {
	if !r.has(id) {
		return graph.Empty
	}
	halves := r.g.from[r.node[id]]
	out := make([]graph.Node, len(halves))
	for n, h := range halves {
		out[n] = simple.Node(r.number[h.to])
	}
	return iterator.NewOrderedNodes(out)
}

// Weight is that of the edge, and 0 of a node with itself.
func (r *renumbered) Weight(x, y int64) (float64, bool) {
	if !r.has(x) || !r.has(y) {
		return 0, false
	}
	halves := r.g.from[r.node[x]]
	n, found := slices.BinarySearchFunc(halves, r.node[y], func(h half, to int) int { return cmp.Compare(h.to, to) })
	if !found {
		return 0, x == y
	}
	return halves[n].weight, true
}

func (r *renumbered) WeightedEdge(x, y int64) graph.WeightedEdge {
	w, found := r.Weight(x, y)
	if !found || x == y {
		return nil
	}
	return simple.WeightedEdge{F: simple.Node(x), T: simple.Node(y), W: w}
}

func (r *renumbered) Edge(x, y int64) graph.Edge {
	if e := r.WeightedEdge(x, y); e != nil {
		return e
	}
	return nil
}

func (r *renumbered) HasEdgeBetween(x, y int64) bool { return r.WeightedEdge(x, y) != nil }

func (r *renumbered) EdgeBetween(x, y int64) graph.Edge { return r.Edge(x, y) }

func (r *renumbered) WeightedEdgeBetween(x, y int64) graph.WeightedEdge { return r.WeightedEdge(x, y) }
