package network

import (
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/graph/community"

	"smokestack/analysis/stats"
)

// The bounds of a search, all of them choices of ours.
const (
	// Budget is what all runs of one search may cost together. A run costs at
	// most the squared number of nodes of every connected part, since it may
	// go through a whole group for each node, and 4 for every edge.
	Budget = 30_000_000
	// NearBest is how far below the best modularity, relative to it, a
	// partition counts as about as good.
	NearBest = 0.01
	// compared is how many near-best partitions are compared with each other.
	compared = 30
)

// Best is what a search for the partition of highest modularity found.
type Best struct {
	// Q is the highest modularity found, a lower bound of the highest there is.
	// N counts the pairs of nodes with an edge.
	Q stats.Estimate
	// Partition is the one of that modularity, the first found where several
	// are: the group of every node, groups counted from 0 in the order of their
	// first node, and -1 for a node without edges.
	Partition []int
	Groups    int
	Runs      int
	// Near holds the partitions of all runs whose modularity is Q - 1 % of |Q|
	// or more, in the order of the runs; one found twice is there twice.
	Near [][]int
	// Agreement is the mean adjusted Rand index over pairs of the first 30 of
	// Near, nodes without edges left out (I7); N counts the partitions
	// compared. Below 2 there is none.
	Agreement stats.Estimate
}

// Best searches for the partition of highest modularity by runs of the method
// of Louvain (Blondel et al. 2008; gonum's graph/community), each with its nodes
// renumbered and visited in a random order of its own, since the method depends
// on both. seed names the random streams.
//
// The runs are at most as many as asked for, and as [Budget] divided by the cost
// of one allows: all of 150 for up to about 440 connected nodes, 7 for 2,000.
// Where not even one run is within the budget (about 5,500 connected nodes)
// nothing is searched, and Q says so. One run on 2,000 nodes and 12,000 edges
// takes about a third of a second.
//
// Modularity cannot see groups that are small next to the whole graph (Fortunato
// and Barthélemy 2007), and very different partitions can be about as good (Good
// et al. 2010): the partition is no finding, Q and Agreement are.
func (g *Graph) Best(runs int, seed string) Best {
	nan := math.NaN()
	none := func(why string) Best {
		return Best{Q: stats.Unknown(g.edges, why), Agreement: stats.Estimate{Value: nan, Low: nan, High: nan, Coverage: nan, Why: why}}
	}
	if g.edges == 0 {
		return none(whyNoEdge)
	}
	if runs = min(runs, Budget/g.cost()); runs < 1 {
		return none(whyNoRun(g.cost()))
	}
	found := make([][]int, runs)
	quality := make([]float64, runs)
	nodes := g.joined()
	inParallel(runs, func(run int) {
		found[run] = g.louvain(nodes, seed, run)
		quality[run] = g.q(found[run])
	})
	top := 0
	for run, q := range quality {
		if q > quality[top] {
			top = run
		}
	}
	out := Best{Q: stats.Census(quality[top], g.edges), Partition: found[top], Runs: runs}
	out.Groups = slices.Max(found[top]) + 1
	for run, q := range quality {
		if q >= quality[top]-NearBest*math.Abs(quality[top]) {
			out.Near = append(out.Near, found[run])
		}
	}
	out.Agreement = agreement(nodes, out.Near)
	return out
}

func whyNoRun(cost int) string {
	if cost > Budget {
		return "the graph is too large to search for its best partition"
	}
	return "no run was asked for"
}

// cost bounds the work of one run; see Budget.
func (g *Graph) cost() int {
	cost := 4 * g.edges
	for _, size := range g.parts() {
		if size > Budget/size {
			return math.MaxInt
		}
		cost += size * size
	}
	return cost
}

// parts returns the sizes of the connected parts of two nodes and more.
func (g *Graph) parts() []int {
	seen := make([]bool, len(g.from))
	var out, stack []int
	for node := range g.from {
		if seen[node] || len(g.from[node]) == 0 {
			continue
		}
		seen[node], stack = true, append(stack, node)
		size := 0
		for len(stack) > 0 {
			last := stack[len(stack)-1]
			stack, size = stack[:len(stack)-1], size+1
			for _, h := range g.from[last] {
				if !seen[h.to] {
					seen[h.to], stack = true, append(stack, h.to)
				}
			}
		}
		out = append(out, size)
	}
	return out
}

// joined lists the nodes with edges.
func (g *Graph) joined() []int {
	var out []int
	for node, halves := range g.from {
		if len(halves) > 0 {
			out = append(out, node)
		}
	}
	return out
}

// louvain makes one run over the nodes with edges.
func (g *Graph) louvain(nodes []int, seed string, run int) []int {
	rng := stats.Rand(seed, "louvain", strconv.Itoa(run))
	r := &renumbered{g: g, node: slices.Clone(nodes), number: make([]int, len(g.from))}
	rng.Shuffle(len(r.node), func(i, j int) { r.node[i], r.node[j] = r.node[j], r.node[i] })
	for n, node := range r.node {
		r.number[node] = n
	}
	out := make([]int, len(g.from))
	for c, members := range community.Modularize(r, 1, rng).Communities() {
		for _, m := range members {
			out[r.node[m.ID()]] = c
		}
	}
	return g.inOrder(out)
}

// inOrder names groups in the order of their first node, in place.
func (g *Graph) inOrder(partition []int) []int {
	name := map[int]int{}
	for node, c := range partition {
		if len(g.from[node]) == 0 {
			partition[node] = -1
			continue
		}
		if _, seen := name[c]; !seen {
			name[c] = len(name)
		}
		partition[node] = name[c]
	}
	return partition
}

// agreement is the mean adjusted Rand index over pairs of partitions.
func agreement(nodes []int, near [][]int) stats.Estimate {
	near = near[:min(len(near), compared)]
	if len(near) < 2 {
		return stats.Unknown(len(near), "fewer than 2 partitions are about as good as the best")
	}
	short := make([][]int, len(near))
	for n, p := range near {
		for _, node := range nodes {
			short[n] = append(short[n], p[node])
		}
	}
	sum := 0.0
	for n, p := range short {
		for _, other := range short[:n] {
			sum += AdjustedRand(p, other)
		}
	}
	return stats.Census(sum/float64(len(near)*(len(near)-1)/2), len(near))
}

// inParallel calls do for 0 to n-1, each of which must keep to its own results.
func inParallel(n int, do func(int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wait.Wait()
}
