package network

import (
	"math/rand/v2"
	"slices"
)

const (
	// leastGain is the least rise of the modularity that is worth a move: a
	// smaller one may be rounding, and moves for nothing need not end.
	leastGain = 1e-10
	// mostPasses bounds the passes over the nodes of one level; a handful is
	// usual.
	mostPasses = 100
)

// level is a graph whose nodes are groups of nodes of the level below, and the
// state of one run of the method of Louvain on it.
type level struct {
	from     [][]half
	strength []float64 // weight inside a node included, twice
	total    float64   // 2m
	group    []int     // of every node
	sum      []float64 // strengths of every group
	to       []float64 // weight from one node, or group, to every group: scratch
	seen     []bool    // groups with an entry in touched: scratch
	touched  []int
}

func newLevel(from [][]half, strength []float64, total float64) *level {
	n := len(from)
	l := &level{
		from: from, strength: strength, total: total, group: make([]int, n),
		sum: slices.Clone(strength), to: make([]float64, n), seen: make([]bool, n),
	}
	for node := range l.group {
		l.group[node] = node
	}
	return l
}

// louvain makes one run of the method of Louvain (Blondel et al. 2008): nodes
// move, one by one, to the neighbouring group that raises the modularity most,
// until none does; then the groups become the nodes of the next level. The nodes
// are renumbered, and visited in a new random order on every pass: both decide
// where the run ends.
// A pass takes time in proportion to the edges, whatever the size of groups.
func (g *Graph) louvain(nodes []int, rng *rand.Rand) []int {
	l, place := g.shuffled(nodes, rng)
	for l.settle(rng) {
		var member []int
		l, member = l.above()
		for n, at := range place {
			place[n] = member[at]
		}
	}
	out := make([]int, len(g.from))
	for n, node := range nodes {
		out[node] = place[n]
	}
	return g.inOrder(out)
}

// shuffled is the lowest level, of the given nodes, all those with edges, under
// random numbers; place holds the number of each.
func (g *Graph) shuffled(nodes []int, rng *rand.Rand) (l *level, place []int) {
	place = rng.Perm(len(nodes))
	number, back := make([]int, len(g.from)), make([]int, len(nodes))
	for n, node := range nodes {
		number[node], back[place[n]] = place[n], node
	}
	from, strength := make([][]half, len(nodes)), make([]float64, len(nodes))
	for n, node := range back { // every node's neighbours come in their new order
		strength[n] = g.strength[node]
		for _, h := range g.from[node] {
			to := number[h.to]
			if from[to] == nil {
				from[to] = make([]half, 0, len(g.from[h.to]))
			}
			from[to] = append(from[to], half{n, h.weight})
		}
	}
	return newLevel(from, strength, g.total), place
}

// settle moves nodes until no move is worth it, and reports whether any was.
func (l *level) settle(rng *rand.Rand) bool {
	changed := false
	order := slices.Clone(l.group) // all nodes
	for range mostPasses {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		moved := false
		for _, node := range order {
			moved = l.move(node) || moved
		}
		if !moved {
			break
		}
		changed = true
	}
	return changed
}

// move puts a node where it raises the modularity most. Between leaving the node
// alone and joining it to group c the modularity differs by
// 2·(w_c - k·K_c/2m)/2m, with w_c its weight to the group.
func (l *level) move(node int) bool {
	for _, h := range l.from[node] {
		l.touch(l.group[h.to], h.weight)
	}
	own, k := l.group[node], l.strength[node]
	l.sum[own] -= k
	best, most := own, l.to[own]-k*l.sum[own]/l.total+leastGain*l.total/2
	for _, c := range l.touched {
		if gain := l.to[c] - k*l.sum[c]/l.total; c != own && gain > most {
			best, most = c, gain
		}
	}
	l.sum[best] += k
	l.group[node] = best
	l.forget()
	return best != own
}

func (l *level) touch(c int, weight float64) {
	if !l.seen[c] {
		l.seen[c] = true
		l.touched = append(l.touched, c)
	}
	l.to[c] += weight
}

func (l *level) forget() {
	for _, c := range l.touched {
		l.to[c], l.seen[c] = 0, false
	}
	l.touched = l.touched[:0]
}

// above is the level whose nodes are the groups of l; member says which one
// every node of l became.
func (l *level) above() (up *level, member []int) {
	name := make([]int, len(l.from)) // of a group, counted from 1
	var members [][]int
	member = make([]int, len(l.from))
	for node, c := range l.group {
		if name[c] == 0 {
			members = append(members, nil)
			name[c] = len(members)
		}
		member[node] = name[c] - 1
		members[member[node]] = append(members[member[node]], node)
	}
	from, strength := make([][]half, len(members)), make([]float64, len(members))
	for c, nodes := range members {
		for _, node := range nodes {
			strength[c] += l.strength[node]
			for _, h := range l.from[node] {
				if to := member[h.to]; to != c {
					l.touch(to, h.weight)
				}
			}
		}
		for _, to := range l.touched {
			from[c] = append(from[c], half{to, l.to[to]})
		}
		l.forget()
	}
	return newLevel(from, strength, l.total), member
}
