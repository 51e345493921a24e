package network

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strconv"

	"smokestack/analysis/stats"
)

// Link is one link that crosses from one node to another. Links of one Cluster
// are not independent of each other.
type Link struct{ From, To, Cluster int }

const (
	// leastLinks is how many links it takes to speak of a hub (METRICS D6).
	leastLinks = 20
	// leastDraws can still bring p below 0.05.
	leastDraws = 39
	// linkBudget is how many targets may be drawn in all draws together.
	linkBudget = 2_000_000
)

// Hub says how far links land on one node.
type Hub struct {
	// Top is the node on which most links land, the smallest of several; -1
	// where there is none.
	Top int
	// Share is that of the links landing on Top, N counts the links. Its
	// interval takes clusters as the units (stats.ClusteredShare), and Top as
	// given beforehand.
	Share stats.Estimate
	// P is the chance of so large a share on any node if the targets had been
	// drawn by volume; NaN where Why says so. A diagnostic, and no verdict: a
	// node may be there to receive.
	P     float64
	Draws int
	Why   string
	// Refused counts links that cross nothing or end outside the nodes.
	Refused int
}

// FindHub measures how far the links between nodes 0 to len(volume)-1 land on
// one of them. Links from a node to itself, and those that end outside the
// nodes, are refused and counted. With fewer than 20 others there is no share.
//
// P compares with draws in which every link keeps its source, and its target is
// drawn from the other nodes with chances in proportion to volume, a number of
// zero or more for each node (one too small to change the sum of the others is
// none). Every draw notes the largest number of links on one node:
// p = (1 + those at least as large as seen)/(draws + 1). The draws are as many as
// asked for, and 2,000,000 divided by the links where that is fewer, but 39 at
// least, if so many are asked for. There is no p where a volume is negative or
// not finite, where fewer than 2 nodes have one, and without draws. seed names
// the random stream; the order of links does not matter.
func FindHub(links []Link, volume []float64, draws int, seed string) Hub {
	nodes := len(volume)
	landed, kept := make([]int, nodes), make([]Link, 0, len(links))
	for _, l := range links {
		if min(l.From, l.To) >= 0 && max(l.From, l.To) < nodes && l.From != l.To {
			kept = append(kept, l)
			landed[l.To]++
		}
	}
	out := Hub{Top: -1, P: math.NaN(), Refused: len(links) - len(kept)}
	if len(kept) < leastLinks {
		out.Why = "fewer than " + strconv.Itoa(leastLinks) + " links cross"
		out.Share = stats.Unknown(len(kept), out.Why)
		return out
	}
	out.Top = 0
	for node, n := range landed {
		if n > landed[out.Top] {
			out.Top = node
		}
	}
	out.Share = shareOf(kept, out.Top)
	w, why := newWheel(volume)
	if draws < 1 && why == "" {
		why = "no draw was asked for"
	}
	if out.Why = why; why != "" {
		return out
	}
	out.Draws = min(draws, max(linkBudget/len(kept), leastDraws))
	out.P = w.p(kept, nodes, landed[out.Top], out.Draws, seed)
	return out
}

// shareOf is the share of links that land on top, with clusters as the units.
func shareOf(links []Link, top int) stats.Estimate {
	byCluster := slices.Clone(links)
	slices.SortFunc(byCluster, func(a, b Link) int { return cmp.Compare(a.Cluster, b.Cluster) })
	var clusters []stats.Cluster
	hits := 0
	for n, l := range byCluster {
		if n == 0 || l.Cluster != byCluster[n-1].Cluster {
			clusters = append(clusters, stats.Cluster{})
		}
		c := &clusters[len(clusters)-1]
		c.N++
		if l.To == top {
			c.Hits++
			hits++
		}
	}
	const least = 20 // clusters for an interval, METRICS section 0
	if s := stats.ClusteredShare(clusters); s.G >= least {
		return stats.Estimate{Value: s.P, N: s.N, Low: s.Low, High: s.High, Coverage: math.NaN()}
	}
	e := stats.Unknown(len(links), "fewer than "+strconv.Itoa(least)+" clusters of links")
	e.Value = float64(hits) / float64(len(links))
	return e
}

// wheel draws nodes in proportion to their volume.
type wheel struct {
	upTo []float64 // the volumes of the nodes up to each, added up
	live []int     // nodes with volume
}

func newWheel(volume []float64) (wheel, string) {
	var w wheel
	largest := 0.0
	for _, v := range volume {
		if !(v >= 0) || math.IsInf(v, 1) {
			return w, "a volume is negative or not finite"
		}
		largest = max(largest, v)
	}
	sum := 0.0
	for node, v := range volume {
		if v /= largest; v > 0 && sum+v > sum { // else too small to be drawn
			sum += v
			w.upTo, w.live = append(w.upTo, sum), append(w.live, node)
		}
	}
	if len(w.live) < 2 {
		return w, "fewer than 2 nodes have volume"
	}
	return w, ""
}

// p draws the targets of all links again and again, and counts how often the
// most that land on one of nodes are seen or more.
func (w wheel) p(links []Link, nodes, seen, draws int, seed string) float64 {
	from := make([]int, nodes)
	for _, l := range links {
		from[l.From]++
	}
	rng := stats.Rand(seed, "hub")
	landed, drawn := make([]int, nodes), make([]int, 0, len(links))
	atLeast := 0
	for range draws {
		for _, t := range drawn {
			landed[t] = 0
		}
		drawn = drawn[:0]
		largest := 0
		for source, n := range from {
			if n == 0 {
				continue
			}
			place, own := slices.BinarySearch(w.live, source)
			for range n {
				t := w.draw(rng.Float64(), place, own)
				landed[t]++
				largest = max(largest, landed[t])
				drawn = append(drawn, t)
			}
		}
		if largest >= seen {
			atLeast++
		}
	}
	return stats.PermutationP(atLeast, draws)
}

// draw returns the node at the share u of the wheel from which the node at place
// own, if any, is cut out.
func (w wheel) draw(u float64, place int, own bool) int {
	total, before, cut := w.upTo[len(w.upTo)-1], math.Inf(1), 0.0
	if own {
		before = 0
		if place > 0 {
			before = w.upTo[place-1]
		}
		cut = w.upTo[place] - before
	}
	x := u * (total - cut)
	if x >= before {
		x += cut
	}
	n := sort.Search(len(w.upTo), func(n int) bool { return w.upTo[n] > x })
	n = min(n, len(w.upTo)-1)
	if own && n == place { // by rounding, at either edge of the cut
		if n++; n == len(w.upTo) {
			n -= 2
		}
	}
	return w.live[n]
}
