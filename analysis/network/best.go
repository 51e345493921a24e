package network

import (
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"smokestack/analysis/stats"
)

// The bounds of a search, all of them choices of ours.
const (
	// Budget is what all runs of one search may cost together; one run costs 1
	// for every node with an edge and 1 for every edge.
	Budget = 300_000
	// leastRuns is the fewest runs worth a search.
	leastRuns = 3
	// NearBest is how far below the best modularity, relative to it, a
	// partition counts as about as good.
	NearBest = 0.01
	// compared is how many near-best partitions are compared with each other.
	compared = 15
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
	// Agreement is the mean adjusted Rand index over pairs of the first 15 of
	// Near, nodes without edges left out (I7); N counts the partitions
	// compared. Below 2 there is none.
	Agreement stats.Estimate
}

// Best searches for the partition of highest modularity by runs of the method
// of Louvain, each with its nodes renumbered and visited in a random order of its
// own, since the method depends on both. seed names the random streams.
//
// The runs are at most as many as asked for, and as [Budget] divided by the cost
// of one allows: all of 150 for up to 2,000 nodes and edges together, 21 for
// 2,000 nodes and 12,000 edges. Where that is fewer than 3 (beyond 100,000 nodes
// and edges), or fewer are asked for, nothing is searched, and Q says so. The
// number is a matter of the graph alone, never of the clock. A whole search takes
// about 0.2 s of one core at the most.
//
// The method is written out here because gonum's (graph/community) goes through
// all nodes of a group for each node that may join it, so that its work grows
// with pairs of nodes: on a star of 5,000 nodes a run took 1.8 s, against 1 ms.
// Tests hold one against the other.
//
// Modularity cannot see groups that are small next to the whole graph (Fortunato
// and Barthélemy 2007), and very different partitions can be about as good (Good
// et al. 2010): the partition is no finding, Q and Agreement are.
func (g *Graph) Best(runs int, seed string) Best {
	none := func(why string) Best {
		return Best{Q: stats.Unknown(g.edges, why), Agreement: stats.Unknown(0, why)}
	}
	if g.edges == 0 {
		return none(whyNoEdge)
	}
	nodes := g.joined()
	allowed := Budget / (len(nodes) + g.edges)
	if allowed < leastRuns {
		return none("the graph is too large to search for its best partition")
	}
	if runs = min(runs, allowed); runs < leastRuns {
		return none("fewer than " + strconv.Itoa(leastRuns) + " runs were asked for")
	}
	found := make([][]int, runs)
	quality := make([]float64, runs)
	inParallel(runs, func(run int) {
		found[run] = g.louvain(nodes, stats.Rand(seed, "louvain", strconv.Itoa(run)))
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

const (
	whyNoStructure = "no partition has a modularity above 0"
	noStructure    = 1e-9 // below this a modularity is 0 but for rounding
)

// Fit returns the modularity of a declared partition as a share of the best one
// found, which [Graph.Best] returned for the same graph (I2): 1 where the
// partition is as good, or better than the search found, below 0 where it is
// worse than one group of all. N counts the pairs of nodes with an edge. There is
// no value where either modularity has none, and where the best is not above 0,
// as in a graph whose nodes are all joined with each other.
func (g *Graph) Fit(declared []int, best Best) stats.Estimate {
	q := g.Modularity(declared)
	switch {
	case !q.Known():
		return q
	case !best.Q.Known():
		return stats.Unknown(g.edges, best.Q.Why)
	case best.Q.Value < noStructure && q.Value < noStructure:
		return stats.Unknown(g.edges, whyNoStructure)
	}
	return stats.Census(q.Value/max(q.Value, best.Q.Value), g.edges)
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
