package independence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// pair is one tie of two nodes with its weight: a lens taken apart.
type pair struct {
	a, b   uint32
	weight float64
}

// pairsOf writes a lens out as pairs: every two members of a group of k, with
// weight 1/(k−1). Members of one cluster can be left out first.
func pairsOf(l *lens, without uint32) []pair {
	var out []pair
	for _, g := range l.groups {
		members := slices.DeleteFunc(slices.Clone(g.members), func(m member) bool { return m.cluster == without })
		for i, a := range members {
			for _, b := range members[i+1:] {
				out = append(out, pair{a.node, b.node, 1 / float64(len(members)-1)})
			}
		}
	}
	return out
}

// formula is the index by the formula of METRICS section 5c, from pairs alone.
type formula struct {
	chi, null float64
	c, cbar   []float64 // by team
}

func compute(pairs []pair, team []uint16, teams int) formula {
	m := 0.0
	strength := make([]float64, len(team))
	f := formula{c: make([]float64, teams), cbar: make([]float64, teams)}
	for _, p := range pairs {
		m += p.weight
		strength[p.a] += p.weight
		strength[p.b] += p.weight
	}
	squares, total := 0.0, make([]float64, teams)
	for n, k := range strength {
		squares += k * k
		total[team[n]] += k
	}
	for _, p := range pairs {
		if team[p.a] != team[p.b] {
			f.chi += p.weight / m
			f.c[team[p.a]] += p.weight / (2 * m)
			f.c[team[p.b]] += p.weight / (2 * m)
		}
	}
	for t, k := range total {
		f.cbar[t] = k * (2*m - k) / (4*m*m - squares)
		f.null += f.cbar[t]
	}
	return f
}

func (f formula) oii() float64           { return 1 - f.chi/f.null }
func (f formula) teamOII(t int) float64  { return 1 - f.c[t]/f.cbar[t] }
func close(a, b float64) bool            { return math.Abs(a-b) < 1e-9 || math.IsNaN(a) && math.IsNaN(b) }
func closeOr(a, b float64, or bool) bool { return or || close(a, b) }

// anyLens is a random lens: of links where every group has two members and one
// cluster, of batches where groups share no node; mixed allows everything.
func anyLens(r *rand.Rand, shape string) (l *lens, teams, batches int) {
	l, teams, batches = &lens{}, 2+r.IntN(5), 2+r.IntN(12)
	n := 4 + r.IntN(40)
	for i := range n {
		l.nodes = append(l.nodes, work.ItemID(i))
		l.teams = append(l.teams, uint16(r.IntN(teams)))
	}
	switch shape {
	case "links":
		for range 1 + r.IntN(80) {
			a, b, c := uint32(r.IntN(n)), uint32(r.IntN(n)), uint32(r.IntN(batches))
			if a != b {
				l.groups = append(l.groups, group{[]member{{a, c}, {b, c}}})
			}
		}
	case "batches":
		l.kind = Batches
		for from := 0; from < n; {
			to := min(n, from+2+r.IntN(7))
			var g group
			for i := from; i < to; i++ {
				g.members = append(g.members, member{uint32(i), uint32(r.IntN(batches))})
			}
			l.groups, from = append(l.groups, g), to
		}
	default:
		l.kind = Batches
		for range 1 + r.IntN(20) {
			var g group
			for _, i := range r.Perm(n)[:1+r.IntN(min(n, 9))] {
				g.members = append(g.members, member{uint32(i), uint32(r.IntN(batches))})
			}
			l.groups = append(l.groups, g)
		}
	}
	return l, teams, batches
}

var shapes = []string{"links", "batches", "mixed"}

// The index, its parts and its teams' parts are those of the formula over the
// list of pairs, and the teams add up to the organisation exactly.
func TestIndexIsTheFormulaOverPairs(t *testing.T) {
	tried := 0
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 16))
		l, teams, _ := anyLens(r, shapes[seed%3])
		want := compute(pairsOf(l, noCluster), l.teams, teams)
		s := newGraph(l, teams).sums(l.teams)
		flat := newSums(teams)
		flatten(l.groups).sums(l.teams, flat)
		g, paired := newGraph(l, teams), newSums(teams)
		g.again(g.pairs(), l.teams, paired)
		for k := range s.x {
			if !close(paired.x[k], s.x[k]) || !close(paired.k[k], s.k[k]) || !close(paired.m, s.m) {
				t.Fatalf("seed %d: pair by pair %+v, want %+v", seed, paired, s)
			}
		}
		if flat.m != s.m || !slices.Equal(flat.k, s.k) {
			t.Fatalf("seed %d: the two ways to add up differ: %+v, %+v", seed, flat, s)
		}
		for k := range s.x {
			if !close(flat.x[k], s.x[k]) {
				t.Fatalf("seed %d: the two ways to add up differ: %+v, %+v", seed, flat, s)
			}
		}
		chi, null := s.parts()
		if s.m == 0 || want.null < 1e-12 { // nothing is tied, or one team alone
			if !math.IsNaN(s.share()) {
				t.Fatalf("seed %d: an index of nothing: %v", seed, s.share())
			}
			continue
		}
		tried++
		sum := 0.0
		for k := range teams {
			if !closeOr(1-s.teamShare(k), want.teamOII(k), want.cbar[k] < 1e-12) {
				t.Fatalf("seed %d: team %d has %v, want %v", seed, k, 1-s.teamShare(k), want.teamOII(k))
			}
			if want.cbar[k] > 1e-12 {
				sum += want.cbar[k] / want.null * (1 - s.teamShare(k))
			} else if !math.IsNaN(s.teamShare(k)) {
				t.Fatalf("seed %d: team %d has no ties and the index %v", seed, k, 1-s.teamShare(k))
			}
		}
		if !close(chi, want.chi) || !close(null, want.null) || !close(1-s.share(), want.oii()) {
			t.Fatalf("seed %d: χ %v, χ₀ %v, OII %v; want %v, %v, %v", seed, chi, null, 1-s.share(), want.chi, want.null, want.oii())
		}
		if !close(sum, 1-s.share()) {
			t.Fatalf("seed %d: the teams add up to %v, the organisation has %v", seed, sum, 1-s.share())
		}
	}
	if tried < 500 {
		t.Errorf("only %d lenses had an index", tried)
	}
}

// By hand: teams {0, 1}, {2, 3} and {4}; ties 0–1, 0–2 and the group {2, 3, 4}
// with a half each. Strengths 2 1 2 1 1, so 2m = 7; 0–2 crosses with 1, 2–4 and
// 3–4 with a half each: χ = 2/3.5. Team totals are 3, 3 and 1, Σk² = 11, and
// χ₀ = (12 + 12 + 6)/(49 − 11).
func TestIndexByHand(t *testing.T) {
	l := &lens{kind: Batches, nodes: make([]work.ItemID, 5), teams: []uint16{0, 0, 1, 1, 2}, groups: []group{
		{[]member{{0, 0}, {1, 0}}}, {[]member{{0, 0}, {2, 1}}}, {[]member{{2, 1}, {3, 1}, {4, 1}}},
	}}
	s := newGraph(l, 3).sums(l.teams)
	chi, null := s.parts()
	if !close(chi, 2/3.5) || !close(null, 30.0/38) {
		t.Errorf("χ %v, χ₀ %v; want %v, %v", chi, null, 2/3.5, 30.0/38)
	}
	// Without cluster 0 only the second tie's node 2 and the group of three are
	// left; a group of one is none: χ = 1/1.5, totals 2 and 1, Σk² = 3.
	newGraph(l, 3).leaveOutEach(l.teams, 2, func(c int, s *sums) {
		chi, null := s.parts()
		if c > 0 {
			return
		}
		if !close(chi, 1/1.5) || !close(null, (2*1+1*2)/(9.0-3)) {
			t.Errorf("without a cluster χ %v, χ₀ %v; want %v, %v", chi, null, 1/1.5, 4.0/6)
		}
	})
}

func (g *graph) leaveOutEach(team []uint16, clusters int, do func(cluster int, s *sums)) {
	without := g.leaveOut(team, clusters)
	for c := range clusters {
		s, _ := without(c).(*sums)
		if s == nil { // none of its ties is of the cluster
			s = g.sums(team)
		}
		do(c, s)
	}
}

// The running sums give what the values would that they stand for, kept for
// every team, cluster and lens.
func TestSpreadIsTheJackknifeOfAllValues(t *testing.T) {
	known := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 31))
		l1, teams, batches := anyLens(r, shapes[seed%3])
		l2 := simulated(r, Batches, batches, teams)
		l1.kind = Links
		lenses, a := []*lens{l1, l2}, &Analysis{Teams: make([]Row, teams)}
		kept := make([][kinds][]float64, teams+1) // the organisation last
		graphs := []*graph{newGraph(l1, teams), newGraph(l2, teams)}
		taken := []weighted{graphs[0], graphs[1]}
		for n, l := range lenses {
			s := graphs[n].sums(l.teams)
			a.Org.Lenses[n].start(s.share(), 0, 0, 1)
			for t := range a.Teams {
				a.Teams[t].Lenses[n].start(s.teamShare(t), 0, 0, 1)
			}
			newGraph(l, teams).leaveOutEach(l.teams, batches, func(_ int, s *sums) {
				kept[teams][n] = append(kept[teams][n], s.share())
				for t := range teams {
					kept[t][n] = append(kept[t][n], s.teamShare(t))
				}
			})
		}
		a.jackknife(lenses, taken, batches)
		for n, dense := range kept {
			row := &a.Org
			if n < teams {
				row = &a.Teams[n]
			}
			both := make([]float64, batches)
			for c := range both {
				both[c] = dense[0][c]/2 + dense[1][c]/2
			}
			for _, c := range []struct {
				of     []Kind
				values []float64
			}{{[]Kind{Links}, dense[0]}, {[]Kind{Batches}, dense[1]}, {[]Kind{Links, Batches}, both}} {
				blind := false
				for _, k := range c.of {
					blind = blind || math.IsNaN(row.Lenses[k].r) || math.IsNaN(a.Org.Lenses[k].r)
				}
				want := stats.JackknifeSE(c.values)
				if blind {
					want = math.NaN()
				}
				got := row.spread.se(c.of...)
				if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > 1e-12*max(1, want) {
					t.Fatalf("seed %d, row %d of %d, lenses %v: %v, want %v", seed, n, teams, c.of, got, want)
				}
				if got > 0 {
					known++
				}
			}
		}
	}
	if known < 1000 {
		t.Errorf("only %d were compared", known)
	}
}

// What is held does not grow as teams times batches: with 2,000 of both, a number
// for each pair would take 32 MB a lens.
func TestManyTeamsTakeLittleMemory(t *testing.T) {
	const many = 2000
	l := &lens{kind: Links}
	for c := range uint32(many) {
		l.nodes, l.teams = append(l.nodes, 0, 0), append(l.teams, uint16(c), uint16((c+c%2)%many))
		l.groups = append(l.groups, group{[]member{{2 * c, c}, {2*c + 1, c}}})
	}
	a, g := &Analysis{Teams: make([]Row, many)}, newGraph(l, many)
	a.Org.Lenses[Links].start(g.sums(l.teams).share(), 0, 0, 1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	a.jackknife([]*lens{l}, []weighted{g}, many)
	runtime.ReadMemStats(&after)
	if mb := float64(after.TotalAlloc-before.TotalAlloc) / 1e6; mb > 8 {
		t.Errorf("the jackknife took %.1f MB", mb)
	}
}

// Leaving out one cluster gives what computing without its members does.
func TestLeaveOutIsComputingWithout(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 17))
		l, teams, batches := anyLens(r, shapes[seed%3])
		seen := 0
		newGraph(l, teams).leaveOutEach(l.teams, batches, func(c int, s *sums) {
			if c != seen {
				t.Fatalf("seed %d: cluster %d after %d", seed, c, seen-1)
			}
			seen++
			want := compute(pairsOf(l, uint32(c)), l.teams, teams)
			if s.m < 1e-9 || want.null < 1e-9 || math.IsNaN(want.null) {
				return
			}
			if !close(1-s.share(), want.oii()) {
				t.Fatalf("seed %d (%s): without cluster %d the index is %v, want %v", seed, shapes[seed%3], c, 1-s.share(), want.oii())
			}
			for k := range teams {
				if want.cbar[k] > 1e-9 && !close(1-s.teamShare(k), want.teamOII(k)) {
					t.Fatalf("seed %d: without cluster %d team %d has %v, want %v", seed, c, k, 1-s.teamShare(k), want.teamOII(k))
				}
			}
		})
		if seen != batches {
			t.Fatalf("seed %d: %d clusters were left out, want %d", seed, seen, batches)
		}
	}
}

// Two teams made one cannot cross more (METRICS section 9).
func TestMergingTeamsCannotIncreaseCrossing(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 18))
		l, teams, _ := anyLens(r, shapes[seed%3])
		g := newGraph(l, teams)
		before, _ := g.sums(l.teams).parts()
		from, to := uint16(r.IntN(teams)), uint16(r.IntN(teams))
		merged := slices.Clone(l.teams)
		for i, team := range merged {
			if team == from {
				merged[i] = to
			}
		}
		if after, _ := g.sums(merged).parts(); after > before+1e-12 {
			t.Fatalf("seed %d: χ rises from %v to %v as team %d joins %d", seed, before, after, from, to)
		}
	}
}

// world is an organisation that knows no more than how many teams and items
// there are; the ids begin at a number, so that streams of chance differ.
func world(teams, items, first int) work.View {
	o := &work.Org{Teams: make([]work.Team, teams), Sites: []work.Site{{URL: "w"}}}
	for i := range items {
		o.Items.Site = append(o.Items.Site, 0)
		o.Items.ID = append(o.Items.ID, strconv.Itoa(first+i))
	}
	return o.At(0)
}

// ofItems are the weights of a headline over L1 and L2.
var ofItems = [kinds]float64{Links: 1, Batches: 1}

func measured(l *lens, teams, batches, first int) *Analysis {
	a := &Analysis{Teams: make([]Row, teams), weights: ofItems}
	a.measure(world(teams, len(l.nodes), first), []*lens{l}, batches)
	return a
}

// Told twice, every tie weighs twice as much, and nothing else changes
// (METRICS section 9).
func TestDuplicatingEveryEventLeavesTheIndex(t *testing.T) {
	bounded := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 19))
		l, teams, batches := anyLens(r, shapes[seed%3])
		if seed%2 == 0 { // enough of it for an interval
			teams, batches = 4, 40
			l = simulated(r, Kind(seed/2%2), batches, teams)
		}
		twice := *l
		twice.groups = slices.Concat(l.groups, l.groups)
		once, again := measured(l, teams, batches, 0), measured(&twice, teams, batches, 0)
		compare := func(name string, x, y *Index) {
			if !close(x.OII.Value, y.OII.Value) || !close(x.Cross, y.Cross) || !close(x.Null, y.Null) || x.Clusters != y.Clusters || x.Crossing != y.Crossing ||
				!close(x.Effect, y.Effect) || !close(x.se, y.se) || 2*x.OII.N != y.OII.N || !close(x.P, y.P) {
				t.Fatalf("seed %d, %s:\n%+v\n%+v", seed, name, x, y)
			}
			if x.Eligible && !x.Bound {
				bounded++
				if !close(x.OII.Low, y.OII.Low) || !close(x.OII.High, y.OII.High) {
					t.Fatalf("seed %d, %s: %+v and %+v", seed, name, x.OII, y.OII)
				}
			}
		}
		compare("organisation", &once.Org.Lenses[l.kind], &again.Org.Lenses[l.kind])
		for k := range teams {
			compare(fmt.Sprint("team ", k), &once.Teams[k].Lenses[l.kind], &again.Teams[k].Lenses[l.kind])
		}
	}
	if bounded < 30 {
		t.Errorf("only %d intervals", bounded)
	}
}

// With teams drawn by lot the mean index is 0 within ±0.01 (METRICS section 9),
// for both lenses. Without the term Σk² it would be about −0.03.
func TestIndexIsZeroByChance(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 20))
	links := &lens{nodes: make([]work.ItemID, 36)}
	for range 60 {
		a, b := uint32(r.IntN(36)), uint32(r.IntN(35))
		if b >= a {
			b++
		}
		links.groups = append(links.groups, group{[]member{{a, 0}, {b, 0}}})
	}
	shared := &lens{kind: Batches, nodes: make([]work.ItemID, 36)}
	for from := 0; from < 36; {
		to := min(36, from+2+r.IntN(6))
		var g group
		for i := from; i < to; i++ {
			g.members = append(g.members, member{uint32(i), 0})
		}
		shared.groups, from = append(shared.groups, g), to
	}
	const teams, rounds = 6, 8_000
	for _, l := range []*lens{links, shared} {
		g := newGraph(l, teams)
		team, sum, sumTeam, n := make([]uint16, 36), 0.0, 0.0, 0
		for i := range team {
			team[i] = uint16(i % teams)
		}
		for range rounds {
			r.Shuffle(len(team), func(i, j int) { team[i], team[j] = team[j], team[i] })
			s := g.sums(team)
			sum += 1 - s.share()
			if x := 1 - s.teamShare(0); !math.IsNaN(x) {
				sumTeam += x
				n++
			}
		}
		if mean := sum / rounds; math.Abs(mean) > 0.01 {
			t.Errorf("%v: mean index %v by chance", l.kind, mean)
		}
		if mean := sumTeam / float64(n); math.Abs(mean) > 0.02 {
			t.Errorf("%v: mean index of one team %v by chance", l.kind, mean)
		}
	}
}

// kolmogorov is the largest distance between the shares of values below x and
// x itself.
func kolmogorov(p []float64) float64 {
	slices.Sort(p)
	d, n := 0.0, float64(len(p))
	for i, x := range p {
		d = max(d, x-float64(i)/n, float64(i+1)/n-x)
	}
	return d
}

// Where teams are drawn by lot, the p of the permutations is uniform: the
// Kolmogorov-Smirnov distance of n values stays under 1.63/√n in 99 of 100.
func TestPermutationsAreUniformByChance(t *testing.T) {
	const rounds = 150
	var org, team [2][]float64
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 21))
		for kind := range 2 {
			l, teams := &lens{kind: Kind(kind)}, 4
			for i := range 80 {
				l.nodes = append(l.nodes, work.ItemID(i))
				l.teams = append(l.teams, uint16([]int{0, 0, 0, 0, 0, 1, 1, 2, 2, 3}[i%10]))
			}
			r.Shuffle(80, func(i, j int) { l.teams[i], l.teams[j] = l.teams[j], l.teams[i] })
			if l.kind == Links {
				for range 150 {
					a, b := uint32(r.IntN(80)), uint32(r.IntN(79))
					if b >= a {
						b++
					}
					l.groups = append(l.groups, group{[]member{{a, 0}, {b, 0}}})
				}
			} else {
				for from := 0; from < 80; {
					to := min(80, from+2+r.IntN(8))
					var g group
					for i := from; i < to; i++ {
						g.members = append(g.members, member{uint32(i), 0})
					}
					l.groups, from = append(l.groups, g), to
				}
			}
			a := measured(l, teams, 1, int(seed)*1000)
			org[kind], team[kind] = append(org[kind], a.Org.Lenses[kind].P), append(team[kind], a.Teams[1].Lenses[kind].P)
		}
	}
	for kind := range 2 {
		for name, p := range map[string][]float64{"organisation": org[kind], "a team": team[kind]} {
			if d := kolmogorov(p); d > 1.63/math.Sqrt(rounds) {
				t.Errorf("%v, %s: p is not uniform, distance %v", Kind(kind), name, d)
			}
		}
	}
}

// assignments calls do for every way to share nodes out among teams of sizes.
func assignments(team []uint16, sizes []int, do func([]uint16)) {
	if len(team) == cap(team) {
		do(team)
		return
	}
	for t := range sizes {
		if sizes[t] > 0 {
			sizes[t]--
			assignments(append(team, uint16(t)), sizes, do)
			sizes[t]++
		}
	}
}

// Of few nodes every assignment that keeps the sizes of teams can be tried: p
// is the share of them with an index as high, within the error of 999 draws.
func TestPermutationsByTryingEveryAssignment(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 30))
		l := &lens{kind: Kind(seed % 2), nodes: make([]work.ItemID, 8), teams: []uint16{0, 0, 0, 0, 0, 1, 1, 2}}
		for i := range l.nodes {
			l.nodes[i] = work.ItemID(i)
		}
		r.Shuffle(8, func(i, j int) { l.teams[i], l.teams[j] = l.teams[j], l.teams[i] })
		for range 6 {
			var g group
			for _, i := range r.Perm(8)[:2+int(seed%2)*r.IntN(3)] {
				g.members = append(g.members, member{uint32(i), 0})
			}
			l.groups = append(l.groups, g)
		}
		pairs := pairsOf(l, noCluster)
		seen, all, high := compute(pairs, l.teams, 3), 0, [4]int{}
		assignments(make([]uint16, 0, 8), []int{5, 2, 1}, func(team []uint16) {
			f := compute(pairs, team, 3)
			all++
			if f.oii() >= seen.oii()-1e-9 {
				high[3]++
			}
			for k := range 3 {
				if f.teamOII(k) >= seen.teamOII(k)-1e-9 {
					high[k]++
				}
			}
		})
		if all != 168 { // 8!/(5! 2! 1!)
			t.Fatalf("%d assignments", all)
		}
		a := measured(l, 3, 1, int(seed)*10)
		for k, n := range high {
			p, x := float64(n)/float64(all), a.Org.Lenses[l.kind]
			if k < 3 {
				x = a.Teams[k].Lenses[l.kind]
			}
			if !math.IsNaN(x.P) && math.Abs(x.P-p) > 4*math.Sqrt(p*(1-p)/999)+0.001 {
				t.Errorf("seed %d, row %d: p = %v, of all assignments %v", seed, k, x.P, p)
			}
		}
	}
}

// A lens that keeps to its teams has the smallest p there is, and one that
// crosses wherever it can the largest.
func TestPermutationsOfExtremes(t *testing.T) {
	for _, c := range []struct {
		name  string
		apart bool
		want  float64
	}{{"nothing crosses", false, 1.0 / 1000}, {"everything does", true, 1}} {
		l := &lens{}
		for i := range 60 {
			l.nodes, l.teams = append(l.nodes, work.ItemID(i)), append(l.teams, uint16(i/30))
		}
		for i := range uint32(30) {
			other := (i + 1) % 30
			if c.apart {
				l.groups = append(l.groups, group{[]member{{i, i}, {i + 30, i}}})
			} else {
				l.groups = append(l.groups, group{[]member{{i, i}, {other, i}}}, group{[]member{{i + 30, i}, {other + 30, i}}})
			}
		}
		if got := measured(l, 2, 30, 0).Org.Lenses[Links].P; got != c.want {
			t.Errorf("%s: p = %v, want %v", c.name, got, c.want)
		}
	}
}

// strays tells how many ties of a simulated batch cross: batches differ, a
// third each cross rarely, now and then, and often.
var strays = [...]float64{0.05, 0.2, 0.5}

// simulated is a lens of so many batches in an organisation of five teams of
// equal activity, every tie between fresh items.
func simulated(r *rand.Rand, kind Kind, batches, teams int) *lens {
	l := &lens{kind: kind}
	node := func(team int) uint32 {
		l.nodes, l.teams = append(l.nodes, work.ItemID(len(l.nodes))), append(l.teams, uint16(team))
		return uint32(len(l.nodes) - 1)
	}
	for c := range uint32(batches) {
		home, q := r.IntN(teams), strays[r.IntN(3)]
		other := func() int {
			if r.Float64() < q {
				return (home + 1 + r.IntN(teams-1)) % teams
			}
			return home
		}
		n := 3 + r.IntN(4)
		if kind == Links {
			for range n {
				l.groups = append(l.groups, group{[]member{{node(home), c}, {node(other()), c}}})
			}
			continue
		}
		var g group
		for range 2 * n {
			g.members = append(g.members, member{node(other()), c})
		}
		l.groups = append(l.groups, g)
	}
	return l
}

// The interval covers the truth in 92 of 100 at E_eff >= 30, no tail beyond 6
// (METRICS section 9), here within the error of the simulation. The truth is
// worked out from the probabilities: a link crosses in 25 % (the mean of 5, 20
// and 50); two of a batch's items are of different teams unless both are at
// home or both have strayed to one team: 1 − (1−q)² − q²/(T−1). By chance
// 1 − 1/T would cross.
func TestIntervalsCoverTheTruth(t *testing.T) {
	const rounds = 600
	for _, c := range []struct {
		kind           Kind
		batches, teams int
		team           bool
	}{{Links, 33, 5, false}, {Batches, 33, 5, false}, {Links, 72, 3, true}} {
		chance, chi := 1-1/float64(c.teams), 0.0
		for _, q := range strays {
			if c.kind == Links {
				chi += q / 3
			} else {
				chi += (1 - (1-q)*(1-q) - q*q/float64(c.teams-1)) / 3
			}
		}
		truth := 1 - chi/chance
		var below, above, effect float64
		for seed := range uint64(rounds) {
			r := rand.New(rand.NewPCG(seed, 22))
			l := simulated(r, c.kind, c.batches, c.teams)
			g := newGraph(l, c.teams)
			a := &Analysis{Teams: make([]Row, c.teams)} // as Analysis.measure, without its permutations
			s := g.sums(l.teams)
			a.Org.Lenses[c.kind].start(s.share(), 0, 0, 1)
			for t := range a.Teams {
				a.Teams[t].Lenses[c.kind].start(s.teamShare(t), 0, 0, 1)
			}
			a.jackknife([]*lens{l}, []weighted{g}, c.batches)
			of, row := &a.Org, c.teams
			if c.team {
				of, row = &a.Teams[0], 0
			}
			of.finish(c.kind, countEvents(l, c.teams, nil)[row], "")
			x := &of.Lenses[c.kind]
			if !x.Eligible || x.Bound {
				t.Fatalf("seed %d: no interval: %+v", seed, x.OII)
			}
			effect += x.Effect / rounds
			if truth < x.OII.Low {
				below++
			}
			if truth > x.OII.High {
				above++
			}
		}
		t.Logf("%v, %d batches, team %v: E_eff %.1f, truth %.3f, coverage %.3f, below %.3f, above %.3f", c.kind, c.batches, c.team, effect, truth,
			1-(below+above)/rounds, below/rounds, above/rounds)
		if effect < 30 {
			t.Errorf("%v: E_eff is %v", c.kind, effect)
		}
		slack := func(p float64) float64 { return 1.96 * math.Sqrt(p*(1-p)/rounds) }
		if cover := 1 - (below+above)/rounds; cover < 0.92-slack(0.92) {
			t.Errorf("%v, team %v: the interval covers the truth in %.1f %%", c.kind, c.team, 100*cover)
		}
		if tail := max(below, above) / rounds; tail > 0.06+slack(0.06) {
			t.Errorf("%v, team %v: %.1f %% lie on one side", c.kind, c.team, 100*tail)
		}
	}
}

// batchesOf is a lens of links, so many in each batch, some of them crossing
// between two teams; every link has items of its own.
func batchesOf(links, cross []int) *lens {
	l := &lens{}
	for c, n := range links {
		for i := range n {
			a := uint32(len(l.nodes))
			home, other := uint16(c%2), uint16(c%2)
			if i < cross[c] {
				other = 1 - home
			}
			l.nodes, l.teams = append(l.nodes, work.ItemID(a), work.ItemID(a+1)), append(l.teams, home, other)
			l.groups = append(l.groups, group{[]member{{a, uint32(c)}, {a + 1, uint32(c)}}})
		}
	}
	return l
}

// repeated is n times x, after some other values.
func repeated(n, x int, first ...int) []int { return append(first, slices.Repeat([]int{x}, n)...) }

// An index has an interval from 40 ties, an effective number of 15 batches and
// 5 batches that cross. E_eff = (Σw)²/Σw² is worked out by hand.
func TestWhichIndicesAreEligible(t *testing.T) {
	for _, c := range []struct {
		name         string
		links, cross []int
		effect       float64
		eligible     bool
		bound        bool
		why          string
	}{
		{"enough", repeated(20, 2), repeated(15, 0, 1, 1, 1, 1, 1), 20, true, false, ""},
		{"39 ties", repeated(19, 2, 1), repeated(15, 0, 1, 1, 1, 1, 1), 39 * 39 / 77.0, false, false, "can't tell: fewer than 40 ties"},
		{"15 equal batches", repeated(15, 3), repeated(10, 0, 1, 1, 1, 1, 1), 15, true, false, ""},
		{"14 equal batches", repeated(14, 3), repeated(9, 0, 1, 1, 1, 1, 1), 14, false, false, "can't tell: ties come from too few batches (fewer than 15 of equal weight)"},
		{"20 unequal batches", repeated(10, 4, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8), repeated(15, 0, 1, 1, 1, 1, 1), 120 * 120 / 800.0, true, false, ""},
		{"20 more unequal ones", repeated(10, 2, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8), repeated(15, 0, 1, 1, 1, 1, 1), 100 * 100 / 680.0, false, false,
			"can't tell: ties come from too few batches (fewer than 15 of equal weight)"},
		{"four that cross, of twenty: the bound stands in", repeated(20, 2), repeated(16, 0, 1, 1, 1, 1), 20, true, true, ""},
		{"none that crosses", repeated(20, 2), repeated(20, 0), 20, true, true, ""},
		{"four that cross, of nineteen", repeated(19, 3), repeated(15, 0, 1, 1, 1, 1), 19, false, false, "can't tell: ties cross in fewer than 5 batches"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := batchesOf(c.links, c.cross)
			x := measured(l, 2, len(c.links), 0).Org.Lenses[Links]
			want := compute(pairsOf(l, noCluster), l.teams, 2)
			crossing := 0
			for _, n := range c.cross {
				if n > 0 {
					crossing++
				}
			}
			if !close(x.OII.Value, want.oii()) || x.OII.N != len(l.groups) || x.Clusters != len(c.links) || x.Crossing != crossing || !close(x.Effect, c.effect) {
				t.Errorf("index %+v, want E_eff %v", x, c.effect)
			}
			if x.Eligible != c.eligible || x.Bound != c.bound || x.OII.Why != c.why || x.OII.Bounded() != c.eligible {
				t.Errorf("eligible %v, bound %v, %+v", x.Eligible, x.Bound, x.OII)
			}
			if !c.bound {
				return
			}
			// The upper end of the clustered share of crossing ties, over χ₀.
			shares := make([]stats.Cluster, len(c.links))
			for k := range shares {
				shares[k] = stats.Cluster{N: c.links[k], Hits: c.cross[k]}
			}
			if low := 1 - stats.ClusteredShare(shares).High/want.null; !close(x.OII.Low, min(low, want.oii())) || x.OII.High != 1 {
				t.Errorf("bound %+v, want from %v", x.OII, low)
			}
		})
	}
}

// The interval is 1 − R·exp(±t·se/R) with E_eff − 1 degrees of freedom, se the
// jackknife's; all of it from pairs.
func TestIntervalIsTheJackknifes(t *testing.T) {
	checked := 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 23))
		batches := 20 + r.IntN(20)
		l := simulated(r, Kind(seed%2), batches, 4)
		a := measured(l, 4, batches, 0)
		ratio := func(f formula, team int) float64 {
			if team < 0 {
				return 1 - f.oii()
			}
			return 1 - f.teamOII(team)
		}
		for team := -1; team < 4; team++ {
			x := a.Org.Lenses[l.kind]
			if team >= 0 {
				x = a.Teams[team].Lenses[l.kind]
			}
			whole := ratio(compute(pairsOf(l, noCluster), l.teams, 4), team)
			if !close(x.OII.Value, 1-whole) {
				t.Fatalf("seed %d, team %d: %v, want %v", seed, team, x.OII.Value, 1-whole)
			}
			weights := map[uint32]float64{}
			for _, g := range l.groups {
				counted := map[uint32]bool{}
				for _, m := range g.members {
					own := team < 0 || int(l.teams[m.node]) == team
					if own && (l.kind == Batches || !counted[m.cluster]) {
						weights[m.cluster]++ // a link is one event for a team, also where both ends are its
						counted[m.cluster] = true
					}
				}
			}
			sum, squares := 0.0, 0.0
			for _, w := range weights {
				sum, squares = sum+w, squares+w*w
			}
			if !close(x.Effect, sum*sum/squares) || x.OII.N != int(sum) || x.Clusters != len(weights) {
				t.Fatalf("seed %d, team %d: E_eff %v of %d events in %d batches, want %v of %v in %d", seed, team, x.Effect, x.OII.N, x.Clusters, sum*sum/squares, sum, len(weights))
			}
			if !x.Eligible || x.Bound {
				continue
			}
			checked++
			without := make([]float64, batches)
			mean := 0.0
			for c := range without {
				without[c] = ratio(compute(pairsOf(l, uint32(c)), l.teams, 4), team)
				mean += without[c] / float64(batches)
			}
			variance := 0.0
			for _, w := range without {
				variance += (w - mean) * (w - mean) * float64(batches-1) / float64(batches)
			}
			width := math.Exp(stats.TQuantile(0.975, sum*sum/squares-1) * math.Sqrt(variance) / whole)
			if !close(x.OII.Low, 1-whole*width) || !close(x.OII.High, 1-whole/width) {
				t.Fatalf("seed %d, team %d: [%v, %v], want [%v, %v]", seed, team, x.OII.Low, x.OII.High, 1-whole*width, 1-whole/width)
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d intervals", checked)
	}
}

// The headline is the mean over the lenses, and leaves a batch out of both at
// once: its error is that of the mean of what is left.
func TestHeadlineLeavesBatchesOutOfEveryLens(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 24))
		const batches, teams = 40, 3
		l1, l2 := simulated(r, Links, batches, teams), simulated(r, Batches, batches, teams)
		a := &Analysis{Teams: make([]Row, teams), weights: ofItems}
		a.measure(world(teams, max(len(l1.nodes), len(l2.nodes)), 0), []*lens{l1, l2}, batches)
		a.Org.headline()
		both := func(without uint32) float64 {
			return (2 - compute(pairsOf(l1, without), l1.teams, teams).oii() - compute(pairsOf(l2, without), l2.teams, teams).oii()) / 2
		}
		whole, mean, variance := both(noCluster), 0.0, 0.0
		for c := range uint32(batches) {
			mean += both(c) / batches
		}
		for c := range uint32(batches) {
			variance += (both(c) - mean) * (both(c) - mean) * (batches - 1) / batches
		}
		x, y := &a.Org.Lenses[Links], &a.Org.Lenses[Batches]
		width := math.Exp(stats.TQuantile(0.975, min(x.Effect, y.Effect)-1) * math.Sqrt(variance) / whole)
		h := a.Org.Headline
		if !close(h.Value, 1-whole) || !close(h.Low, 1-whole*width) || !close(h.High, 1-whole/width) || h.Coverage != 1 || h.N != x.OII.N+y.OII.N {
			t.Fatalf("seed %d: headline %+v, want %v in [%v, %v]", seed, h, 1-whole, 1-whole*width, 1-whole/width)
		}
		if lowest := map[bool]Kind{true: Links, false: Batches}[x.OII.Value < y.OII.Value]; a.Org.Lowest != lowest {
			t.Errorf("seed %d: the lowest lens is %v", seed, a.Org.Lowest)
		}
	}
}

// One lens without data enough stays out of the headline, and with none the
// reasons are told.
func TestHeadlineOverEligibleLenses(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 25))
	l := simulated(r, Batches, 40, 3)
	a := &Analysis{Teams: make([]Row, 3), weights: ofItems}
	a.measure(world(3, len(l.nodes), 0), []*lens{{kind: Links, why: "no dependency is recorded in the window"}, l}, 40)
	a.Org.headline()
	x := a.Org.Lenses[Batches].OII
	if h := a.Org.Headline; !close(h.Value, x.Value) || !close(h.Low, x.Low) || !close(h.High, x.High) || h.Coverage != 0.5 || a.Org.Lowest != Batches {
		t.Errorf("headline %+v of %+v", h, x)
	}
	if first := a.Org.Lenses[Links].OII; first.Known() || first.Why != "no dependency is recorded in the window" || !math.IsNaN(a.Org.Lenses[Links].P) {
		t.Errorf("the empty lens has %+v", first)
	}
	small := measured(batchesOf(repeated(3, 2), repeated(3, 0)), 2, 3, 0)
	small.measure(world(2, 0, 0), []*lens{{kind: Batches}}, 3)
	small.Org.headline()
	if h := small.Org.Headline; h.Known() || h.Why != "no lens has data enough: see table lenses" {
		t.Errorf("headline %+v", h)
	}
	one := batchesOf(repeated(30, 2), repeated(30, 0))
	clear(one.teams)
	if x := measured(one, 2, 30, 0).Org.Lenses[Links].OII; x.Known() || x.Why != "all ties belong to one team: there is nothing to compare with" || x.N != 60 {
		t.Errorf("one team alone: %+v", x)
	}
}

// shrinking makes teams with headlines and errors, around an organisation.
func shrinking(centre float64, values, errors []float64) *Analysis {
	a := &Analysis{Teams: make([]Row, len(values))}
	a.Org.Lenses[Links] = Index{Eligible: true, Weight: 1, r: 1 - centre}
	for t, v := range values {
		row := &a.Teams[t]
		row.Lenses[Links].Eligible, row.Lenses[Links].Weight = true, 1
		row.Headline = stats.Estimate{Value: v, Low: v - 0.1, High: v + 0.1, N: 50}
		row.Shown, row.se = row.Headline, errors[t]
	}
	a.shrink()
	return a
}

// Shown values are λ·own + (1−λ)·organisation with λ = τ²/(τ²+se²). By hand,
// for 0.2, 0.5 and 0.8 with equal errors s = 0.1 around 0.5: with weights of
// 100, Q = 100·0.18 = 18, τ² = (18 − 2)/(300 − 30000/300) = 0.08, λ = 8/9.
func TestShrinkage(t *testing.T) {
	a := shrinking(0.5, []float64{0.2, 0.5, 0.8}, []float64{0.1, 0.1, 0.1})
	for k, want := range []float64{0.5 - 0.3*8/9, 0.5, 0.5 + 0.3*8/9} {
		if got := a.Teams[k].Shown.Value; !close(got, want) {
			t.Errorf("team %d is shown as %v, want %v", k, got, want)
		}
		if h := a.Teams[k].Headline; h.Value != []float64{0.2, 0.5, 0.8}[k] {
			t.Errorf("the headline of team %d changed to %v", k, h.Value)
		}
	}
	// Teams that differ no more than their errors are all shown as the organisation.
	a = shrinking(0.5, []float64{0.45, 0.5, 0.55}, []float64{0.1, 0.1, 0.1})
	for k := range a.Teams {
		if got := a.Teams[k].Shown; !close(got.Value, 0.5) || got.Low > 0.5 || got.High < 0.5 {
			t.Errorf("team %d is shown as %+v", k, got)
		}
	}
	// Two teams do not tell how much teams differ.
	a = shrinking(0.5, []float64{0.2, 0.8}, []float64{0.1, 0.1})
	if a.Teams[0].Shown.Value != 0.2 || a.Teams[1].Shown.Value != 0.8 {
		t.Errorf("two teams are shown as %v and %v", a.Teams[0].Shown.Value, a.Teams[1].Shown.Value)
	}
	// What is shown lies within 0 to 1.
	a = shrinking(0.5, []float64{-0.9, 0.5, 1.0}, []float64{0.01, 0.01, 0.01})
	if a.Teams[0].Shown.Value != 0 || a.Teams[0].Shown.Low != 0 || a.Teams[2].Shown.High != 1 {
		t.Errorf("shown %+v and %+v", a.Teams[0].Shown, a.Teams[2].Shown)
	}
}

// Shown values lie between a team's own and the organisation's, the nearer to
// the organisation's the less certain.
func TestShrinkageGoesByUncertainty(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 26))
		n := 3 + r.IntN(8)
		values, errors := make([]float64, n), make([]float64, n)
		for k := range values {
			values[k], errors[k] = r.Float64(), 0.01+0.3*r.Float64()
		}
		centre := 0.2 + 0.6*r.Float64()
		a := shrinking(centre, values, errors)
		last := math.Inf(1)
		order := make([]int, n)
		for k := range order {
			order[k] = k
		}
		slices.SortFunc(order, func(x, y int) int {
			if errors[x] < errors[y] {
				return -1
			}
			return 1
		})
		for _, k := range order {
			shown := a.Teams[k].Shown
			lo, hi := min(centre, values[k]), max(centre, values[k])
			if shown.Value < lo-1e-12 || shown.Value > hi+1e-12 || shown.Low > shown.Value || shown.High < shown.Value {
				t.Fatalf("seed %d: team %d of %v is shown as %+v around %v", seed, k, values[k], shown, centre)
			}
			lambda := (shown.Value - centre) / (values[k] - centre)
			if lambda > last+1e-9 {
				t.Fatalf("seed %d: a less certain team says more", seed)
			}
			last = lambda
		}
	}
}
