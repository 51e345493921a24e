package independence

import (
	"cmp"
	"math"
	"slices"
)

// table is what the indices of a lens are made of, for one assignment of nodes to
// teams.
type table interface {
	// share is R = χ/χ₀, teamShare that of one team; NaN where there is no tie, or
	// nothing to compare with.
	share() float64
	teamShare(t int) float64
	cross(t int) float64    // c_t, what crosses of a team's ties, as a share of all
	expected(t int) float64 // c̄_t, what would cross by chance
	weight(t int) float64   // a team's part of all weight
}

// shareOf is R of several teams together: Σc_t/Σc̄_t.
func shareOf(s table, teams []bool) float64 {
	var cross, expected float64
	for t, in := range teams {
		if in {
			cross, expected = cross+s.cross(t), expected+s.expected(t)
		}
	}
	return ratio(cross, expected)
}

// sums are what the index of a lens is made of.
type sums struct {
	m       float64   // weight of all ties
	squares float64   // Σ k², with k the strength of a node
	k, x    []float64 // by team: strength, and weight of ties that leave it
}

func newSums(teams int) *sums {
	return &sums{k: make([]float64, teams), x: make([]float64, teams)}
}

// graph is a lens with what changes from draw to draw kept apart: which team
// each node is in.
type graph struct {
	groups   []group
	strength []float64 // of each node: the groups of two and more that it is in
	squares  float64   // Σ of the squares of these
	teams    int
	counts   []float64 // scratch, by team
	touched  []uint16
}

func newGraph(l *lens, teams int) *graph {
	g := &graph{groups: l.groups, teams: teams, strength: make([]float64, max(len(l.nodes), len(l.teams))), counts: make([]float64, teams)}
	for _, gr := range l.groups {
		if len(gr.members) > 1 {
			for _, m := range gr.members {
				g.strength[m.node]++
			}
		}
	}
	for _, k := range g.strength {
		g.squares += k * k
	}
	return g
}

// sums adds up the whole graph for one assignment of nodes to teams.
func (g *graph) sums(team []uint16) *sums {
	s := newSums(g.teams)
	s.squares = g.squares
	for _, gr := range g.groups {
		g.tie(s, gr.members, noCluster, team, 1)
	}
	return s
}

const noCluster = ^uint32(0)

// tie adds (sign 1) or takes away (sign −1) a group without the members of one
// cluster. A group of k holds k/2 of weight; a team with n of its members
// sends n(k−n)/(k−1) out.
func (g *graph) tie(s *sums, members []member, without uint32, team []uint16, sign float64) {
	g.touched = g.touched[:0]
	n := 0
	for _, m := range members {
		if m.cluster == without {
			continue
		}
		t := team[m.node]
		if g.counts[t] == 0 {
			g.touched = append(g.touched, t)
		}
		g.counts[t]++
		n++
	}
	k := float64(n)
	for _, t := range g.touched {
		c := g.counts[t]
		g.counts[t] = 0
		if n > 1 {
			s.k[t] += sign * c
			s.x[t] += sign * c * (k - c) / (k - 1)
		}
	}
	if n > 1 {
		s.m += sign * k / 2
	}
}

// share is the observed share of crossing weight over the one expected by
// chance: R = χ/χ₀. The index is 1 − R. NaN where there is no tie, or only one
// team.
func (s *sums) share() float64 {
	cross, expected := s.parts()
	return ratio(cross, expected)
}

// parts returns χ and χ₀.
func (s *sums) parts() (chi, null float64) {
	for t := range s.k {
		chi += s.x[t] / (2 * s.m)
		null += s.expected(t)
	}
	return chi, null
}

// expected is c̄ of one team, K(2m−K)/((2m)²−Σk²): what would cross by chance.
// The last term takes out the pairs of a node with itself.
func (s *sums) expected(t int) float64 {
	two := 2 * s.m
	return s.k[t] * (two - s.k[t]) / (two*two - s.squares)
}

// teamShare is R of one team.
func (s *sums) teamShare(t int) float64 { return ratio(s.cross(t), s.expected(t)) }

func (s *sums) cross(t int) float64  { return s.x[t] / (2 * s.m) }
func (s *sums) weight(t int) float64 { return s.k[t] / (2 * s.m) }

func ratio(a, b float64) float64 {
	if !(b > 0) || math.IsInf(b, 0) || math.IsNaN(a) || math.IsInf(a, 0) {
		return math.NaN()
	}
	return a / b
}

// leaveOut returns a function that gives the sums of the graph without a
// cluster, nil where none of its ties is of it. The sums are used again.
func (g *graph) leaveOut(team []uint16, clusters int) func(cluster int) table {
	whole := g.sums(team)
	in := make([][]int, clusters) // groups by cluster
	for n, gr := range g.groups {
		for _, m := range gr.members {
			if list := in[m.cluster]; len(list) == 0 || list[len(list)-1] != n {
				in[m.cluster] = append(list, n)
			}
		}
	}
	part := newSums(g.teams)
	return func(c int) table {
		if len(in[c]) == 0 {
			return nil
		}
		part.m, part.squares = whole.m, whole.squares
		copy(part.k, whole.k)
		copy(part.x, whole.x)
		strength := map[uint32]float64{}
		for _, n := range in[c] {
			members := g.groups[n].members
			if len(members) < 2 {
				continue
			}
			g.tie(part, members, noCluster, team, -1)
			g.tie(part, members, uint32(c), team, 1)
			g.weaken(members, uint32(c), strength)
		}
		for node, less := range strength {
			k := g.strength[node]
			part.squares += (k-less)*(k-less) - k*k
		}
		return part
	}
}

// weaken notes how much strength the members of a group lose without a
// cluster: those of the cluster, and the last one if it stays alone.
func (g *graph) weaken(members []member, without uint32, less map[uint32]float64) {
	left := 0
	for _, m := range members {
		if m.cluster != without {
			left++
		}
	}
	for _, m := range members {
		if m.cluster == without || left < 2 {
			less[m.node]++
		}
	}
}

// paired reports whether the lens is faster to add up pair by pair than group by
// group: where groups are small, and never where there are many more pairs than
// members.
func (l *lens) paired() bool {
	members, pairs := 0, 0
	for _, g := range l.groups {
		members += len(g.members)
		pairs += len(g.members) * (len(g.members) - 1) / 2
	}
	return pairs <= 2*members
}

// pairs are the ties of two nodes each, those between the same nodes together, in
// order of the first: what the permutations walk through hundreds of times.
type pairs struct {
	end    []uint32 // by first node: where its ties end
	to     []uint32
	weight []float64
}

func (g *graph) pairs() *pairs {
	type tie struct {
		nodes  uint64
		weight float64
	}
	var all []tie
	for _, gr := range g.groups {
		for n, a := range gr.members {
			for _, b := range gr.members[n+1:] {
				nodes := uint64(min(a.node, b.node))<<32 | uint64(max(a.node, b.node))
				all = append(all, tie{nodes, 1 / float64(len(gr.members)-1)})
			}
		}
	}
	slices.SortFunc(all, func(a, b tie) int { return cmp.Or(cmp.Compare(a.nodes, b.nodes), cmp.Compare(a.weight, b.weight)) })
	p := &pairs{end: make([]uint32, len(g.strength))}
	for n, t := range all {
		if n > 0 && all[n-1].nodes == t.nodes {
			p.weight[len(p.weight)-1] += t.weight
			continue
		}
		p.to, p.weight = append(p.to, uint32(t.nodes)), append(p.weight, t.weight)
		p.end[t.nodes>>32] = uint32(len(p.to))
	}
	for n := range p.end { // of a node without a tie: where the one before ends
		if n > 0 && p.end[n] < p.end[n-1] {
			p.end[n] = p.end[n-1]
		}
	}
	return p
}

// again is [graph.sums] from pairs, into sums that are used again. What does not
// stay inside a team leaves it.
func (g *graph) again(p *pairs, team []uint16, s *sums) {
	s.m = 0
	clear(s.k)
	clear(s.x)
	for n, k := range g.strength {
		s.m += k / 2
		s.k[team[n]] += k
	}
	from := uint32(0)
	for n, end := range p.end {
		a := team[n]
		for k := from; k < end; k++ {
			if team[p.to[k]] == a {
				s.x[a] += p.weight[k]
			}
		}
		from = end
	}
	for t, inside := range s.x {
		s.x[t] = max(s.k[t]-2*inside, 0)
	}
}

// flatGroups are the groups of two and more in one piece of memory: what the
// permutations walk through hundreds of times.
type flatGroups struct {
	end    []uint32 // of each group in nodes
	nodes  []uint32
	counts []uint32 // scratch, by team
}

func flatten(groups []group) *flatGroups {
	f := &flatGroups{}
	for _, g := range groups {
		if len(g.members) < 2 {
			continue
		}
		for _, m := range g.members {
			f.nodes = append(f.nodes, m.node)
		}
		f.end = append(f.end, uint32(len(f.nodes)))
	}
	return f
}

// sums adds up all groups, as [graph.sums] does, but for the squares.
func (f *flatGroups) sums(team []uint16, s *sums) {
	if f.counts == nil {
		f.counts = make([]uint32, len(s.k))
	}
	s.m = float64(len(f.nodes)) / 2
	clear(s.k)
	clear(s.x)
	from := uint32(0)
	for _, end := range f.end {
		members := f.nodes[from:end]
		from = end
		if len(members) == 2 { // a link
			a, b := team[members[0]], team[members[1]]
			s.k[a]++
			s.k[b]++
			if a != b {
				s.x[a]++
				s.x[b]++
			}
			continue
		}
		for _, n := range members {
			f.counts[team[n]]++
		}
		k := float64(len(members))
		for _, n := range members {
			t := team[n]
			if c := float64(f.counts[t]); c > 0 {
				f.counts[t] = 0
				s.k[t] += c
				s.x[t] += c * (k - c) / (k - 1)
			}
		}
	}
}

// spread is the jackknife of a row, over all lenses at once: what is left of the
// values of χ/χ₀ without each cluster is their means and the sums of products
// about these (Welford 1962; Chan, Golub and LeVeque 1983), since to keep them
// would take a number for every team, cluster and lens.
type spread struct {
	n    float64
	mean [kinds]float64
	co   [kinds][kinds]float64 // NaN where a value is no number

	live  [kinds]Kind // the lenses that have values
	lives int
}

// begin prepares for values of some lenses; the others have none.
func (s *spread) begin(live [kinds]bool) {
	*s = spread{}
	for k, on := range live {
		if on {
			s.live[s.lives] = Kind(k)
			s.lives++
			continue
		}
		for j := range live {
			s.co[j][k], s.co[k][j] = math.NaN(), math.NaN()
		}
	}
}

// add takes the values without one cluster, of the lenses that have any.
func (s *spread) add(values [kinds]float64) {
	s.n++
	var before [kinds]float64
	live := s.live[:s.lives]
	for _, k := range live {
		before[k] = values[k] - s.mean[k]
		s.mean[k] += before[k] / s.n
	}
	for _, j := range live {
		for _, k := range live {
			s.co[j][k] += before[j] * (values[k] - s.mean[k])
		}
	}
}

// se is the delete-one jackknife standard error of the mean over some lenses, as
// [stats.JackknifeSE] has it.
func (s *spread) se(of ...Kind) float64 {
	var weights [kinds]float64
	for _, k := range of {
		weights[k] = 1
	}
	return s.weighted(weights)
}

// weighted is the same of a weighted mean; lenses of weight 0 play no part.
func (s *spread) weighted(weights [kinds]float64) float64 {
	squares, total := 0.0, 0.0
	for j, a := range weights {
		total += a
		for k, b := range weights {
			if a != 0 && b != 0 {
				squares += a * b * s.co[j][k]
			}
		}
	}
	se := math.Sqrt((s.n - 1) / s.n * max(squares, 0) / (total * total)) // NaN stays
	if s.n < 2 || math.IsInf(se, 0) {
		return math.NaN()
	}
	return se
}
