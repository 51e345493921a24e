package network

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"smokestack/analysis/stats"
)

const (
	// rewiredBudget is what all rewired graphs may cost together: as in
	// [Budget], and 1 for every swap.
	rewiredBudget = 1_000_000
	// leastRewired is the fewest rewired graphs that can bring p below 0.05
	// with room to spare.
	leastRewired = 39
	// mostTries is how many runs are made on each graph where they are cheap.
	mostTries = 10
	// swapsPerEdge is how often, on average, each edge is offered a swap.
	swapsPerEdge = 10
	// mostUnits is how many edges of weight 1 a graph may be split into, for
	// each edge that it has.
	mostUnits = 20
)

// Null says how modular a graph is next to graphs like it that have no groups.
type Null struct {
	// P is the chance of a best modularity as high as the graph's, or higher,
	// in a rewired one; NaN where Why says so.
	P float64
	// Q is the graph's own best modularity, by as many runs as each rewired
	// graph was given (Tries): the search of Best may find a higher one. Mean
	// is the average over the rewired graphs. NaN without P.
	Q, Mean float64
	Draws   int // rewired graphs
	Tries   int
	Why     string
}

// Rewired compares the best modularity of the graph with that of graphs rewired
// at random: p = (1 + those at least as high)/(draws + 1).
//
// A rewired graph comes from swaps of ends, a-b and c-d becoming a-d and c-b
// (Maslov and Sneppen 2002), 10 for each edge, each left out where it would join
// a node with itself. Where all weights are whole numbers, not all 1, and 20 on
// average or less, an edge of weight w is w edges of weight 1, which may come to
// lie on each other: every node keeps its strength exactly. Otherwise edges
// are swapped with their weights, and a swap that would lay one on another is
// left out too: every node keeps the number of its edges, and its strength where
// all weights are the same, but only roughly where they differ.
//
// Graph and rewired graphs are searched with the same number of runs, so that
// one does not look better for having been searched for longer. All of them
// together may cost 1,000,000, each its runs as in [Budget] and 10 for every edge
// that is swapped: this lowers the runs on each from 10 to 1, and the draws from
// as many as asked for to 39 (about 2,200 edges). Beyond, there is no p; nor with
// fewer than 39 draws asked for, nor where rewiring leaves the graph as it is, as
// it does a star. seed names the random streams.
func (g *Graph) Rewired(draws int, seed string) Null {
	nan := math.NaN()
	out := Null{P: nan, Q: nan, Mean: nan}
	nodes := g.joined()
	if g.edges == 0 {
		out.Why = whyNoEdge
		return out
	}
	units, simple := g.units()
	run, swaps := len(nodes)+len(units), swapsPerEdge*len(units)
	allowed := rewiredBudget / (run + swaps)
	draws = min(draws, allowed)
	switch {
	case allowed < leastRewired:
		out.Why = "the graph is too large to compare with rewired ones"
	case draws < leastRewired:
		out.Why = "fewer than " + strconv.Itoa(leastRewired) + " rewired graphs were asked for"
	}
	if out.Why != "" {
		return out
	}
	tries := max(min((rewiredBudget/draws-swaps)/run, mostTries), 1)
	quality := make([]float64, draws)
	same := make([]bool, draws)
	inParallel(draws, func(draw int) {
		r := rewired(len(g.from), units, simple, stats.Rand(seed, "rewired", strconv.Itoa(draw)))
		same[draw] = slices.Equal(r.all(), g.all())
		quality[draw] = r.highest(tries, seed+" "+strconv.Itoa(draw))
	})
	if !slices.Contains(same, false) {
		out.Why = "no other graph has nodes of these strengths"
		return out
	}
	out.Q, out.Mean, out.Draws, out.Tries = g.highest(tries, seed), 0, draws, tries
	atLeast := 0
	for _, q := range quality {
		if out.Mean += q / float64(draws); q >= out.Q-1e-12 { // equal but for rounding
			atLeast++
		}
	}
	out.P = stats.PermutationP(atLeast, draws)
	return out
}

// highest is the best modularity of some runs, one after the other.
func (g *Graph) highest(tries int, seed string) float64 {
	nodes, best := g.joined(), math.Inf(-1)
	for run := range tries {
		best = max(best, g.q(g.louvain(nodes, stats.Rand(seed, "louvain", strconv.Itoa(run)))))
	}
	return best
}

// units lists what is swapped, and says whether two may not lie on each other.
func (g *Graph) units() (list []Edge, simple bool) {
	all := g.all()
	ones, sum := true, 0.0
	for _, e := range all {
		if e.Weight != math.Trunc(e.Weight) {
			return all, true
		}
		ones = ones && e.Weight == 1
		sum += e.Weight
	}
	if ones || sum > mostUnits*float64(len(all)) {
		return all, true
	}
	for _, e := range all {
		for range int(e.Weight) {
			list = append(list, Edge{e.A, e.B, 1})
		}
	}
	return list, false
}

// rewired returns the graph of the units after swaps of their ends.
func rewired(nodes int, units []Edge, simple bool, rng *rand.Rand) *Graph {
	list := slices.Clone(units)
	taken := map[[2]int]bool{}
	if simple {
		for _, e := range list {
			taken[ends(e)] = true
		}
	}
	for range swapsPerEdge * len(list) {
		x, y := &list[rng.IntN(len(list))], &list[rng.IntN(len(list))]
		if rng.IntN(2) == 1 { // both ways of crossing two edges over
			x.A, x.B = x.B, x.A
		}
		one, two := Edge{x.A, y.B, x.Weight}, Edge{y.A, x.B, y.Weight}
		if x == y || one.A == one.B || two.A == two.B {
			continue
		}
		if simple {
			if taken[ends(one)] || taken[ends(two)] || ends(one) == ends(two) {
				continue
			}
			delete(taken, ends(*x))
			delete(taken, ends(*y))
			taken[ends(one)], taken[ends(two)] = true, true
		}
		*x, *y = one, two
	}
	return NewGraph(nodes, list)
}

func ends(e Edge) [2]int { return [2]int{min(e.A, e.B), max(e.A, e.B)} }
