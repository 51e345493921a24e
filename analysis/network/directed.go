package network

import (
	"container/heap"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"

	"smokestack/analysis/stats"
)

// Arc points from one node to another.
type Arc struct{ From, To int }

// Directed is a directed graph without weights: an arc is there or not. The
// zero Directed has no nodes.
type Directed struct {
	to, from [][]int // neighbours of every node, in order
	arcs     int
	refused  int
	sets     [][]int // strongly connected components; see components
	of       []int   // the component of every node
}

// NewDirected returns the graph of nodes 0 to nodes-1 with the given arcs, in
// any order; one given twice counts once. Refused, and counted, are arcs with an
// end outside the nodes and arcs from a node to itself. Fewer than 0 nodes are
// none.
func NewDirected(nodes int, arcs []Arc) *Directed {
	nodes = max(nodes, 0)
	g := &Directed{to: make([][]int, nodes), from: make([][]int, nodes)}
	for _, a := range arcs {
		if min(a.From, a.To) < 0 || max(a.From, a.To) >= nodes || a.From == a.To {
			g.refused++
			continue
		}
		g.to[a.From] = append(g.to[a.From], a.To)
	}
	for node := range g.to {
		slices.Sort(g.to[node])
		g.to[node] = slices.Compact(g.to[node])
		g.arcs += len(g.to[node])
		for _, t := range g.to[node] {
			g.from[t] = append(g.from[t], node)
		}
	}
	g.components()
	return g
}

// Nodes returns the number of nodes, with and without arcs.
func (g *Directed) Nodes() int { return len(g.to) }

// Arcs returns the number of ordered pairs of nodes with an arc.
func (g *Directed) Arcs() int { return g.arcs }

// Refused returns how many of the arcs given could not be arcs.
func (g *Directed) Refused() int { return g.refused }

const whyNoNode = "the graph has no node"

// Components is the cyclic structure of a directed graph.
type Components struct {
	// Order holds all nodes so that every arc that is not part of a cycle points
	// forward: a matrix of the arcs in this order has all its entries right of
	// the diagonal, except inside the blocks of Cycles, whose nodes stand side
	// by side in order of number. Among what may come next, the component with
	// the smallest node comes first.
	Order []int
	// Cycles holds the strongly connected components of 2 nodes or more, in
	// the order of Order: sets of nodes each of which reaches the others.
	Cycles [][]int
	// Largest is the share of all nodes in the largest of Cycles, 0 where there
	// is none; N counts the nodes. Without nodes there is none.
	Largest stats.Estimate
	// Mutual holds the pairs of nodes with arcs both ways, the smaller first.
	Mutual [][2]int
}

// Components puts the strongly connected components (Tarjan 1972; gonum's
// graph/topo) in order. It does not list single cycles, of which
// there may be exponentially many. The work grows as n log n in nodes and arcs.
func (g *Directed) Components() Components {
	sets, of := g.sets, g.of
	out := Components{Order: make([]int, 0, len(g.to))}
	largest := 0
	for _, c := range g.forward(sets, of) {
		out.Order = append(out.Order, sets[c]...)
		if len(sets[c]) > 1 {
			out.Cycles = append(out.Cycles, sets[c])
			largest = max(largest, len(sets[c]))
		}
	}
	out.Largest = stats.Unknown(0, whyNoNode)
	if len(g.to) > 0 {
		out.Largest = stats.Census(float64(largest)/float64(len(g.to)), len(g.to))
	}
	for a, to := range g.to {
		for _, b := range to {
			if _, back := slices.BinarySearch(g.to[b], a); back && a < b {
				out.Mutual = append(out.Mutual, [2]int{a, b})
			}
		}
	}
	return out
}

// components finds the strongly connected components, each one after all that it
// points to. The nodes of each are in order; the order of components is not the
// same on every call, since gonum's graph is made of maps, and no result may
// depend on it.
func (g *Directed) components() {
	d := simple.NewDirectedGraph()
	for node := range g.to {
		d.AddNode(simple.Node(node))
	}
	for node, to := range g.to {
		for _, t := range to {
			d.SetEdge(simple.Edge{F: simple.Node(node), T: simple.Node(t)})
		}
	}
	g.of = make([]int, len(g.to))
	for c, members := range topo.TarjanSCC(d) {
		g.sets = append(g.sets, numbers(members))
		for _, node := range g.sets[c] {
			g.of[node] = c
		}
	}
}

func numbers(nodes []graph.Node) []int {
	out := make([]int, len(nodes))
	for n, node := range nodes {
		out[n] = int(node.ID())
	}
	slices.Sort(out)
	return out
}

// forward orders components so that arcs point forward, by Kahn's method with
// the component of the smallest node first.
func (g *Directed) forward(sets [][]int, of []int) []int {
	waiting := make([]int, len(sets)) // arcs from components still to come
	for node, to := range g.to {
		for _, t := range to {
			if of[t] != of[node] {
				waiting[of[t]]++
			}
		}
	}
	ready := &byFirst{sets: sets}
	for c := range sets {
		if waiting[c] == 0 {
			heap.Push(ready, c)
		}
	}
	out := make([]int, 0, len(sets))
	for ready.Len() > 0 {
		c := heap.Pop(ready).(int)
		out = append(out, c)
		for _, node := range sets[c] {
			for _, t := range g.to[node] {
				if of[t] == c {
					continue
				}
				if waiting[of[t]]--; waiting[of[t]] == 0 {
					heap.Push(ready, of[t])
				}
			}
		}
	}
	return out
}

// byFirst is a heap of components, that with the smallest node on top.
type byFirst struct {
	sets  [][]int
	queue []int
}

func (h *byFirst) Len() int           { return len(h.queue) }
func (h *byFirst) Less(i, j int) bool { return h.sets[h.queue[i]][0] < h.sets[h.queue[j]][0] }
func (h *byFirst) Swap(i, j int)      { h.queue[i], h.queue[j] = h.queue[j], h.queue[i] }
func (h *byFirst) Push(c any)         { h.queue = append(h.queue, c.(int)) }
func (h *byFirst) Pop() any {
	last := len(h.queue) - 1
	c := h.queue[last]
	h.queue = h.queue[:last]
	return c
}

// Reach is what can be reached along arcs.
type Reach struct {
	// Cost is the propagation cost (MacCormack et al. 2006), the share of all
	// T² ordered pairs of nodes of which the first reaches the second, each
	// node itself included: between 1/T without arcs and 1 where every node
	// reaches every other. N counts the nodes. Without nodes there is none.
	Cost stats.Estimate
	// Out holds for every node how many it reaches, itself included, and In by
	// how many it is reached (fan-out and fan-in: row and column sums).
	Out, In []int
}

// Reach measures reachability. It works on sets of bits over the components, a
// block of nodes at a time: 10,000 nodes take 2.6 MB beside the graph, and not
// the 100 million entries of a matrix. The work grows as the nodes times the
// arcs, divided by 64.
func (g *Directed) Reach() Reach {
	out := Reach{Cost: stats.Unknown(0, whyNoNode)}
	out.Out = reached(g.to, g.sets, g.of)
	// Against the arcs each component comes after all that point to it.
	sets, of := slices.Clone(g.sets), slices.Clone(g.of)
	slices.Reverse(sets)
	for node := range of {
		of[node] = len(sets) - 1 - of[node]
	}
	out.In = reached(g.from, sets, of)
	if nodes := float64(len(g.to)); nodes > 0 {
		sum := 0.0
		for _, n := range out.Out {
			sum += float64(n)
		}
		out.Cost = stats.Census(sum/(nodes*nodes), len(g.to))
	}
	return out
}

// blockWords is how many words of 64 nodes are worked on at a time.
const blockWords = 32

// reached counts the nodes that every node reaches along to, itself included;
// every component comes after all that it points to.
func reached(to, sets [][]int, of []int) []int {
	counts := make([]int, len(sets))
	rows := make([][blockWords]uint64, len(sets))
	for first := 0; first < len(to); first += 64 * blockWords {
		for c, members := range sets {
			var row [blockWords]uint64
			for _, node := range members {
				if bit := node - first; bit >= 0 && bit < 64*blockWords {
					row[bit/64] |= 1 << (bit % 64)
				}
				for _, t := range to[node] {
					if of[t] != c {
						join(&row, &rows[of[t]])
					}
				}
			}
			rows[c] = row
			for _, word := range row {
				counts[c] += bits.OnesCount64(word)
			}
		}
	}
	out := make([]int, len(to))
	for node := range out {
		out[node] = counts[of[node]]
	}
	return out
}

func join(row, other *[blockWords]uint64) {
	for w := range row {
		row[w] |= other[w]
	}
}
