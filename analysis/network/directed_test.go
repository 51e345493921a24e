package network

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// METRICS section 9: A→B,C; B→D; C→E; E→F.
func TestPropagationCost(t *testing.T) {
	r := NewDirected(6, []Arc{{0, 1}, {0, 2}, {1, 3}, {2, 4}, {4, 5}}).Reach()
	near(t, "propagation cost", r.Cost.Value, 15.0/36, 1e-15)
	if r.Cost.N != 6 || r.Cost.Why == "" {
		t.Errorf("%+v", r.Cost)
	}
	if diff := cmp.Diff([][]int{{6, 2, 3, 1, 2, 1}, {1, 2, 2, 3, 3, 4}}, [][]int{r.Out, r.In}); diff != "" {
		t.Errorf("fan-out and fan-in (-want +got):\n%s", diff)
	}
}

func TestComponents(t *testing.T) {
	// 5 → {1, 3, 4} → 0, 5 → 2 → 0, and 6 with nothing. 1 and 3 are mutual.
	arcs := []Arc{{5, 3}, {3, 1}, {1, 3}, {1, 4}, {4, 3}, {4, 0}, {5, 2}, {2, 0}, {2, 2}, {7, 0}, {0, -1}, {5, 3}}
	g := NewDirected(7, arcs)
	if g.Nodes() != 7 || g.Arcs() != 8 || g.Refused() != 3 {
		t.Errorf("%d nodes, %d arcs, %d refused; want 7, 8, 3", g.Nodes(), g.Arcs(), g.Refused())
	}
	c := g.Components()
	if diff := cmp.Diff([]int{5, 1, 3, 4, 2, 0, 6}, c.Order); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]int{{1, 3, 4}}, c.Cycles); diff != "" {
		t.Errorf("cycles (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][2]int{{1, 3}}, c.Mutual); diff != "" {
		t.Errorf("mutual pairs (-want +got):\n%s", diff)
	}
	near(t, "largest", c.Largest.Value, 3.0/7, 1e-15)
}

func TestDirectedOfNothing(t *testing.T) {
	for _, g := range []*Directed{{}, NewDirected(0, nil), NewDirected(-3, []Arc{{0, 1}})} {
		r, c := g.Reach(), g.Components()
		if r.Cost.Known() || r.Cost.Why != whyNoNode || c.Largest.Known() || c.Largest.Why != whyNoNode {
			t.Errorf("%+v %+v", r, c)
		}
	}
	apart := NewDirected(3, nil)
	near(t, "no arcs", apart.Reach().Cost.Value, 1.0/3, 1e-15)
	near(t, "no cycle", apart.Components().Largest.Value, 0, 0)
}

// matrix is the reachability of every pair by Warshall's method: slow, and
// independent of components and blocks.
func matrix(g *Directed) [][]bool {
	out := make([][]bool, g.Nodes())
	for a, to := range g.to {
		out[a] = make([]bool, g.Nodes())
		out[a][a] = true
		for _, b := range to {
			out[a][b] = true
		}
	}
	for k := range out {
		for _, row := range out {
			if row[k] {
				for b := range row {
					row[b] = row[b] || out[k][b]
				}
			}
		}
	}
	return out
}

func TestReachAgainstTheMatrix(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		nodes := 1 + rng.IntN(30)
		arcs := make([]Arc, rng.IntN(2*nodes+1))
		for n := range arcs {
			arcs[n] = Arc{rng.IntN(nodes), rng.IntN(nodes)}
		}
		checkDirected(t, NewDirected(nodes, arcs))
	}
	// More than one block.
	arcs := make([]Arc, 700)
	for n := range arcs {
		arcs[n] = Arc{rng.IntN(64*blockWords + 70), rng.IntN(64*blockWords + 70)}
	}
	arcs = append(arcs, Arc{0, 64*blockWords + 69}, Arc{64*blockWords + 69, 1})
	g := NewDirected(64*blockWords+70, arcs)
	checkFans(t, g, matrix(g))
}

func checkDirected(t *testing.T, g *Directed) {
	t.Helper()
	m := matrix(g)
	checkFans(t, g, m)
	c := g.Components()
	if diff := cmp.Diff(c, g.Components(), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("a second call says otherwise:\n%s", diff)
	}
	place := make([]int, g.Nodes())
	for n, node := range c.Order {
		place[node] = n
	}
	if sorted := slices.Sorted(slices.Values(c.Order)); len(sorted) != g.Nodes() || len(slices.Compact(sorted)) != g.Nodes() {
		t.Errorf("order %v does not hold every node once", c.Order)
	}
	for a, row := range m {
		for b, there := range row {
			if there && !m[b][a] && place[a] > place[b] {
				t.Errorf("%d reaches %d, and comes after it in %v", a, b, c.Order)
			}
		}
	}
	together := 0
	for _, set := range c.Cycles {
		together += len(set)
		for _, a := range set {
			for _, b := range set {
				if !m[a][b] {
					t.Errorf("%d does not reach %d, both of %v", a, b, set)
				}
			}
			if d := place[a] - place[set[0]]; d < 0 || d >= len(set) {
				t.Errorf("%v is torn apart in %v", set, c.Order)
			}
		}
	}
	cyclic := 0
	for a := range m {
		for b := range m {
			if a != b && m[a][b] && m[b][a] {
				cyclic++
				break
			}
		}
	}
	if together != cyclic {
		t.Errorf("cycles hold %d nodes, want %d", together, cyclic)
	}
}

func checkFans(t *testing.T, g *Directed, m [][]bool) {
	t.Helper()
	r := g.Reach()
	out, in := make([]int, g.Nodes()), make([]int, g.Nodes())
	pairs := 0
	for a, row := range m {
		for b, there := range row {
			if there {
				pairs++
				out[a]++
				in[b]++
			}
		}
	}
	if !slices.Equal(out, r.Out) || !slices.Equal(in, r.In) {
		t.Errorf("fan-out %v, fan-in %v;\nwant %v, %v", r.Out, r.In, out, in)
	}
	near(t, "cost", r.Cost.Value, float64(pairs)/float64(g.Nodes()*g.Nodes()), 1e-15)
}

// A ring reaches itself all over, and a chain is an arithmetic series.
func TestManyNodes(t *testing.T) {
	const nodes = 10_000
	arcs := make([]Arc, nodes-1)
	for n := range arcs {
		arcs[n] = Arc{n + 1, n}
	}
	chain := NewDirected(nodes, arcs)
	near(t, "a chain", chain.Reach().Cost.Value, (nodes+1)/2.0/nodes, 1e-12)
	if c := chain.Components(); c.Order[0] != nodes-1 || c.Order[nodes-1] != 0 || len(c.Cycles) != 0 {
		t.Errorf("a chain begins with %d and ends with %d, %d cycles", c.Order[0], c.Order[nodes-1], len(c.Cycles))
	}
	ring := NewDirected(nodes, append(arcs, Arc{0, nodes - 1}))
	near(t, "a ring", ring.Reach().Cost.Value, 1, 0)
	near(t, "a ring's share", ring.Components().Largest.Value, 1, 0)
	near(t, "nodes apart", NewDirected(nodes, nil).Reach().Cost.Value, 1.0/nodes, 1e-15)
}
