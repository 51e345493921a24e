package independence

import (
	"cmp"
	"slices"
)

// flowSums are what the index of a lens with directed ties is made of.
type flowSums struct {
	total           float64   // weight of all ties
	rows, cols, own []float64 // by team: weight that goes out, comes in, stays inside
	self            float64   // Σ out·in over nodes, not divided by the square of the total
}

func newFlowSums(teams int) *flowSums {
	return &flowSums{rows: make([]float64, teams), cols: make([]float64, teams), own: make([]float64, teams)}
}

func (s *flowSums) cross(t int) float64  { return (s.rows[t] - s.own[t]) / s.total }
func (s *flowSums) weight(t int) float64 { return s.rows[t] / s.total }

// expected is c̄ of one team, p(1−q). The divisor takes out the pairs of a node
// with itself: nobody hands anything to himself.
func (s *flowSums) expected(t int) float64 {
	return s.rows[t] / s.total * (1 - s.cols[t]/s.total) / (1 - s.self/(s.total*s.total))
}

func (s *flowSums) teamShare(t int) float64 { return ratio(s.cross(t), s.expected(t)) }

func (s *flowSums) share() float64 {
	var chi, null float64
	for t := range s.rows {
		chi, null = chi+s.cross(t), null+s.expected(t)
	}
	return ratio(chi, null)
}

// add puts a tie in (sign 1) or takes it away (sign −1), but for self.
func (s *flowSums) add(from, to uint16, weight float64) {
	s.total += weight
	s.rows[from] += weight
	s.cols[to] += weight
	if from == to {
		s.own[from] += weight
	}
}

// flowGraph is a lens of flows.
type flowGraph struct {
	flows []flow
	teams int
	self  bool      // ties of a node with itself cannot be
	out   []float64 // by node
	in    []float64
}

func newFlowGraph(l *lens, teams int) *flowGraph {
	g := &flowGraph{flows: l.flows, teams: teams, self: l.kind == HandOffs, out: make([]float64, len(l.teams)), in: make([]float64, len(l.teams))}
	for _, f := range l.flows {
		g.out[f.from] += f.weight
		g.in[f.to] += f.weight
	}
	return g
}

func (g *flowGraph) selfPairs() float64 {
	sum := 0.0
	if g.self {
		for n, out := range g.out {
			sum += out * g.in[n]
		}
	}
	return sum
}

// sums adds up all flows for one assignment of nodes to teams.
func (g *flowGraph) sums(team []uint16) *flowSums {
	s := newFlowSums(g.teams)
	for _, f := range g.flows {
		s.add(team[f.from], team[f.to], f.weight)
	}
	s.self = g.selfPairs()
	return s
}

// leaveOut is as [graph.leaveOut] is.
func (g *flowGraph) leaveOut(team []uint16, clusters int) func(cluster int) table {
	whole, part := g.sums(team), newFlowSums(g.teams)
	in := make([][]int32, clusters)
	for n, f := range g.flows {
		in[f.cluster] = append(in[f.cluster], int32(n))
	}
	lessOut, lessIn := make([]float64, len(g.out)), make([]float64, len(g.out))
	return func(c int) table {
		if len(in[c]) == 0 {
			return nil
		}
		part.total, part.self = whole.total, whole.self
		copy(part.rows, whole.rows)
		copy(part.cols, whole.cols)
		copy(part.own, whole.own)
		for _, n := range in[c] {
			f := g.flows[n]
			part.add(team[f.from], team[f.to], -f.weight)
			lessOut[f.from] += f.weight
			lessIn[f.to] += f.weight
		}
		for _, n := range in[c] {
			for _, x := range [2]uint32{g.flows[n].from, g.flows[n].to} {
				if g.self {
					part.self += (g.out[x]-lessOut[x])*(g.in[x]-lessIn[x]) - g.out[x]*g.in[x]
				}
				lessOut[x], lessIn[x] = 0, 0 // a node met again adds nothing
			}
		}
		return part
	}
}

// fold puts ties between the same nodes together: the permutations walk through
// them hundreds of times.
func (g *flowGraph) fold() *flowGraph {
	flows := slices.Clone(g.flows)
	slices.SortFunc(flows, func(a, b flow) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	short := flows[:0]
	for _, f := range flows {
		if n := len(short); n > 0 && short[n-1].from == f.from && short[n-1].to == f.to {
			short[n-1].weight += f.weight
			continue
		}
		short = append(short, f)
	}
	folded := *g
	folded.flows = short
	return &folded
}

// again is [flowGraph.sums] of a folded graph, into sums that are used again.
func (g *flowGraph) again(team []uint16, s *flowSums) {
	s.total = 0
	clear(s.rows)
	clear(s.cols)
	clear(s.own)
	for n, out := range g.out {
		t := team[n]
		s.total += out
		s.rows[t] += out
		s.cols[t] += g.in[n]
	}
	for k := range g.flows {
		f := &g.flows[k]
		if t := team[f.from]; t == team[f.to] {
			s.own[t] += f.weight
		}
	}
}
