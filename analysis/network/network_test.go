package network

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// oracle reads a published graph: a pair of nodes a line.
func oracle(t testing.TB, name string, nodes, edges int) *Graph {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "testdata", "oracle", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var list []Edge
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		e := Edge{Weight: 1}
		if _, err := fmt.Sscan(lines.Text(), &e.A, &e.B); err != nil {
			t.Fatalf("%s: %q: %v", name, lines.Text(), err)
		}
		list = append(list, e)
	}
	g := NewGraph(nodes, list)
	if g.Edges() != edges || g.Refused() != 0 || len(g.joined()) != nodes {
		t.Fatalf("%s: %d edges, %d refused, %d nodes with edges; want %d, 0, %d", name, g.Edges(), g.Refused(), len(g.joined()), edges, nodes)
	}
	return g
}

func zachary(t testing.TB) *Graph { return oracle(t, "zachary.txt", 34, 78) }

// factions are those of the club, as METRICS section 9 numbers them.
func factions() []int {
	out := make([]int, 34)
	for n := range out {
		out[n] = 1
	}
	for _, n := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 21} {
		out[n] = 0
	}
	return out
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.9f, want %.9f", what, got, want)
	}
}

// METRICS section 9: the factions of the club.
func TestModularityOfFactions(t *testing.T) {
	g, p := zachary(t), factions()
	q := g.Modularity(p)
	near(t, "Q", q.Value, 0.358235, 5e-7)
	if q.N != 78 || q.Why == "" {
		t.Errorf("%+v: want N 78 and the reason why there is no interval", q)
	}
	var cross, squares, strengths float64
	group := map[int]float64{}
	for _, e := range g.all() {
		if p[e.A] != p[e.B] {
			cross += e.Weight
		}
	}
	for n, k := range g.strength {
		group[p[n]] += k
		strengths += k * k
	}
	for _, k := range []float64{group[0], group[1]} {
		squares += k / g.total * k / g.total
	}
	near(t, "cross edges", cross, 11, 0)
	near(t, "Q/(1-Σa²)", q.Value/(1-squares), 0.717531, 5e-7)
	// Section 5c: the index without pairs of a node with itself.
	var null float64
	for _, k := range []float64{group[0], group[1]} {
		null += k * (g.total - k) / (g.total*g.total - strengths)
	}
	near(t, "OII", 1-cross/(g.total/2)/null, 0.731599, 5e-7)
}

func cliques(k, size int) []Edge {
	var out []Edge
	for c := range k {
		for a := range size {
			for b := range a {
				out = append(out, Edge{c*size + a, c*size + b, 1})
			}
		}
	}
	return out
}

func blocks(k, size int) []int {
	var out []int
	for c := range k {
		for range size {
			out = append(out, 7-c)
		}
	}
	return out
}

func TestModularityClosedForms(t *testing.T) {
	for k := 1; k <= 9; k++ {
		g := NewGraph(k*4, cliques(k, 4))
		near(t, "disjoint cliques", g.Modularity(blocks(k, 4)).Value, 1-1/float64(k), 1e-15)
		near(t, "one group", g.Modularity(make([]int, k*4)).Value, 0, 1e-15)
	}
	bridge := NewGraph(10, append(cliques(2, 5), Edge{0, 5, 1}))
	near(t, "two cliques and a bridge", bridge.Modularity(blocks(2, 5)).Value, 0.452381, 5e-7)
	// Two nodes apart: 2m = 2w, Q = -2(w/2w)² = -1/2, whatever the weight.
	for _, w := range []float64{leastWeight, 0.3, 1, greatestWeight} {
		near(t, "two nodes apart", NewGraph(2, []Edge{{0, 1, w}}).Modularity([]int{0, 1}).Value, -0.5, 0)
	}
}

func TestWhatCannotBeAnEdge(t *testing.T) {
	bad := []Edge{
		{1, 1, 1}, {-1, 0, 1}, {0, 3, 1}, {0, 1, 0}, {0, 1, -2}, {0, 1, math.NaN()},
		{0, 1, math.Inf(1)}, {0, 1, math.Inf(-1)}, {0, 1, math.MaxFloat64}, {0, 1, 1e-300},
	}
	g := NewGraph(3, bad)
	if g.Refused() != len(bad) || g.Edges() != 0 || g.Nodes() != 3 {
		t.Errorf("%d refused, %d edges, %d nodes; want %d, 0, 3", g.Refused(), g.Edges(), g.Nodes(), len(bad))
	}
	if q := g.Modularity([]int{0, 1, 2}); q.Known() || q.Why != whyNoEdge {
		t.Errorf("Q without edges: %+v", q)
	}
	if q := (&Graph{}).Modularity(nil); q.Known() || q.Why != whyNoEdge {
		t.Errorf("Q of nothing: %+v", q)
	}
	if g := NewGraph(-4, bad); g.Nodes() != 0 || g.Refused() != len(bad) {
		t.Errorf("a negative number of nodes: %d nodes", g.Nodes())
	}
	if q := NewGraph(3, []Edge{{0, 2, 1}}).Modularity([]int{0, 1}); q.Known() || q.Why != whyNoGroup {
		t.Errorf("a node without a group: %+v", q)
	}
	if q := NewGraph(3, []Edge{{0, 1, 1}}).Modularity([]int{0, 0}); !q.Known() {
		t.Errorf("a node without edges needs no group: %+v", q)
	}
}

func TestParallelEdgesAddUp(t *testing.T) {
	one := NewGraph(3, []Edge{{0, 1, 0.1}, {1, 0, 0.2}, {0, 1, 0.3}, {2, 1, 1}})
	two := NewGraph(3, []Edge{{1, 2, 1}, {0, 1, 0.3}, {0, 1, 0.2}, {1, 0, 0.1}})
	if one.Edges() != 2 || fmt.Sprint(one) != fmt.Sprint(two) {
		t.Errorf("the order of edges tells:\n%v\n%v", one, two)
	}
	near(t, "weight", one.from[0][0].weight, 0.6, 1e-15)
}

func TestAdjustedRand(t *testing.T) {
	tests := []struct {
		name string
		a, b []int
		want float64
	}{
		{"METRICS section 9", []int{0, 0, 1, 2}, []int{0, 0, 1, 1}, 4.0 / 7}, // 0.571429
		{"other names", []int{5, 5, -1, 9}, []int{3, 3, 0, 0}, 4.0 / 7},
		{"the same", []int{0, 1, 1, 2}, []int{2, 0, 0, 1}, 1},
		{"all together", []int{1, 1, 1}, []int{2, 2, 2}, 1},
		{"all apart", []int{1, 2, 3}, []int{3, 1, 2}, 1},
		{"together and apart", []int{1, 1, 1}, []int{1, 2, 3}, 0},
		{"crossed", []int{0, 0, 1, 1}, []int{0, 1, 0, 1}, -0.5}, // (0-2/3)/(2-2/3)
	}
	for _, tt := range tests {
		near(t, tt.name, AdjustedRand(tt.a, tt.b), tt.want, 1e-15)
		near(t, tt.name+", turned round", AdjustedRand(tt.b, tt.a), tt.want, 1e-15)
	}
	for _, tt := range [][2][]int{{nil, nil}, {{1}, {1}}, {{1, 2}, {1}}} {
		if got := AdjustedRand(tt[0], tt[1]); !math.IsNaN(got) {
			t.Errorf("%v: %v, want NaN", tt, got)
		}
	}
}

// METRICS section 9: the best partitions.
func TestBestOfPublishedGraphs(t *testing.T) {
	tests := []struct {
		name   string
		g      *Graph
		q      float64
		digits float64
		groups int
	}{
		{"zachary", zachary(t), 0.4197896, 5e-8, 4},
		{"dolphins", oracle(t, "dolphins.txt", 62, 159), 0.528519, 5e-7, 5},
		{"two cliques and a bridge", NewGraph(10, append(cliques(2, 5), Edge{0, 5, 1})), 0.452381, 5e-7, 2},
		{"six disjoint cliques", NewGraph(24, cliques(6, 4)), 1 - 1.0/6, 1e-15, 6},
	}
	for _, tt := range tests {
		b := tt.g.Best(150, "published")
		near(t, tt.name, b.Q.Value, tt.q, tt.digits)
		if b.Groups != tt.groups || b.Runs != 150 {
			t.Errorf("%s: %d groups in %d runs, want %d in 150", tt.name, b.Groups, b.Runs, tt.groups)
		}
		near(t, tt.name+": its partition", tt.g.Modularity(b.Partition).Value, b.Q.Value, 0)
		if !b.Agreement.Known() || len(b.Near) < 2 {
			t.Errorf("%s: %d near, agreement %+v", tt.name, len(b.Near), b.Agreement)
		}
		t.Logf("%s: %d near, agreement %.3f", tt.name, len(b.Near), b.Agreement.Value)
	}
}

func TestFit(t *testing.T) {
	g := zachary(t)
	best := g.Best(150, "fit")
	near(t, "the factions", g.Fit(factions(), best).Value, 0.358235/0.4197896, 2e-6)
	near(t, "the best itself", g.Fit(best.Partition, best).Value, 1, 0)
	near(t, "one group", g.Fit(make([]int, 34), best).Value, 0, 1e-15)
	apart := make([]int, 34)
	for n := range apart {
		apart[n] = n
	}
	if f := g.Fit(apart, best); !(f.Value < 0) {
		t.Errorf("all apart: %+v, want below 0", f)
	}
	worse := best
	worse.Q.Value = 0.3
	near(t, "better than the search", g.Fit(factions(), worse).Value, 1, 0)
	all := NewGraph(5, cliques(1, 5))
	tests := []struct {
		g        *Graph
		declared []int
		best     Best
		why      string
	}{
		{all, []int{0, 0, 0, 1, 1}, all.Best(10, "fit"), whyNoStructure},
		{&Graph{}, nil, (&Graph{}).Best(10, "fit"), whyNoEdge},
		{g, nil, best, whyNoGroup},
		{g, factions(), g.Best(1, "fit"), "fewer than 3 runs were asked for"},
	}
	for _, tt := range tests {
		if f := tt.g.Fit(tt.declared, tt.best); f.Known() || f.Why != tt.why {
			t.Errorf("%+v, want %q", f, tt.why)
		}
	}
}

// Doubled weights and other numbers of nodes change nothing, and the best of a
// graph is never below 0: where no two groups gain by joining, Q is 0 or more.
func TestModularityIsInvariant(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for range 50 {
		nodes := 2 + rng.IntN(20)
		one, two, moved := []Edge{{0, 1, 1}}, []Edge{{0, 1, 2}}, []Edge{}
		for range rng.IntN(40) {
			e := Edge{rng.IntN(nodes), rng.IntN(nodes), rng.ExpFloat64()}
			one, two = append(one, e), append(two, e, e)
		}
		perm, p, q := rng.Perm(nodes), make([]int, nodes), make([]int, nodes)
		for n := range p {
			p[n] = rng.IntN(4)
			q[perm[n]] = -p[n]
		}
		for _, e := range one {
			moved = append(moved, Edge{perm[e.A], perm[e.B], e.Weight})
		}
		g := NewGraph(nodes, one)
		want := g.Modularity(p).Value
		near(t, "doubled", NewGraph(nodes, two).Modularity(p).Value, want, 1e-12)
		near(t, "renumbered", NewGraph(nodes, moved).Modularity(q).Value, want, 1e-12)
		if b := g.Best(3, "invariant").Q.Value; b < -1e-9 {
			t.Errorf("best Q %v", b)
		}
	}
}
