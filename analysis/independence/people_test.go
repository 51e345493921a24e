package independence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

var ofPeople = []Kind{People, HandOffs, Talks}

// town is a made-up organisation of people: teams of so many, who belong to one
// team from the beginning to the end.
type town struct {
	teams, size int
	r           *rand.Rand
	deeds       deeds
}

func newTown(seed uint64, teams, size int) *town {
	return &town{teams: teams, size: size, r: rand.New(rand.NewPCG(seed, 60))}
}

// person is the n-th of a team; teams are numbered from 0 and begin with TeamID 2.
func (w *town) person(team, n int) placed {
	id := work.TeamID(2 + team)
	return placed{fact.Person(1 + team*w.size + n), id, id}
}

// other is another team than this one.
func (w *town) other(team int) int { return (team + 1 + w.r.IntN(w.teams-1)) % w.teams }

// live lets so many events of each kind happen in so many batches. Each crosses
// teams with a probability of its own, which is `cross` on average and the same
// within a batch.
func (w *town) live(events, batches int, cross float64) {
	r := w.r
	odds := make([]float64, batches)
	for b := range odds {
		odds[b] = cross * []float64{0.5, 1, 1.5}[r.IntN(3)]
	}
	for n := range events {
		b := r.IntN(batches)
		team := r.IntN(w.teams)
		where := func() int {
			if r.Float64() < odds[b] {
				return w.other(team)
			}
			return team
		}
		item, c := work.ItemID(n), uint32(b)
		from := r.IntN(w.size)
		w.deeds.efforts = append(w.deeds.efforts, effort{item, work.TeamID(2 + where()), c, float64(1 + r.IntN(20)), w.person(team, from)})
		mate := func() placed {
			if t := where(); t != team {
				return w.person(t, r.IntN(w.size))
			}
			return w.person(team, (from+1+r.IntN(w.size-1))%w.size)
		}
		w.deeds.handOffs = append(w.deeds.handOffs, handOff{item, c, w.person(team, from), mate()})
		w.deeds.talks = append(w.deeds.talks, talk{item, c, []placed{w.person(team, from), mate()}})
	}
}

func (w *town) lens(k Kind, of reading) *lens { return w.deeds.lens(k, of, w.teams+2) }

func (w *town) lenses() []*lens {
	var out []*lens
	for _, k := range ofPeople {
		out = append(out, w.lens(k, reading{}))
	}
	return out
}

func (w *town) measured(items, batches int) *Analysis {
	a := &Analysis{Teams: make([]Row, w.teams+2)}
	a.measure(world(w.teams+2, items, 0), w.lenses(), batches)
	for t := range a.Teams {
		a.Teams[t].headline()
	}
	a.Org.headline()
	return a
}

// matrix is the index of a lens of flows by the formula of METRICS section 5c,
// from a full table of teams by teams and another of people by people.
func matrix(l *lens, teams int, without uint32) formula {
	e, total := make([][]float64, teams), 0.0
	for t := range e {
		e[t] = make([]float64, teams)
	}
	out, in := map[uint32]float64{}, map[uint32]float64{}
	for _, f := range l.flows {
		if f.cluster != without {
			e[l.teams[f.from]][l.teams[f.to]] += f.weight
			total += f.weight
			out[f.from] += f.weight
			in[f.to] += f.weight
		}
	}
	self := 0.0
	if l.kind == HandOffs {
		for n, x := range out {
			self += x / total * in[n] / total
		}
	}
	f := formula{chi: 1, null: 1, c: make([]float64, teams), cbar: make([]float64, teams)}
	for t := range teams {
		p, q := 0.0, 0.0
		for s := range teams {
			p, q = p+e[t][s]/total, q+e[s][t]/total
		}
		f.chi -= e[t][t] / total
		f.null -= p * q
		f.c[t], f.cbar[t] = p-e[t][t]/total, p*(1-q)/(1-self)
	}
	f.null /= 1 - self
	return f
}

func (l *lens) byHand(teams int, without uint32) formula {
	if l.kind.directed() {
		return matrix(l, teams, without)
	}
	return compute(pairsOf(l, without), l.teams, teams)
}

// The indices of L3 to L5, and those of their teams, are the formula's; the teams
// add up to the organisation; leaving out a batch is computing without it.
func TestLensesOfPeopleAreTheFormula(t *testing.T) {
	for seed := range uint64(40) {
		w := newTown(seed, 2+int(seed%5), 5+int(seed%4))
		w.live(60+int(seed)*5, 12, 0.3)
		for _, l := range w.lenses() {
			teams := w.teams + 2
			want := l.byHand(teams, noCluster)
			g := l.graph(teams)
			s := g.table(l.teams)
			if !close(1-s.share(), want.oii()) {
				t.Fatalf("seed %d, %v: %v, want %v", seed, l.kind, 1-s.share(), want.oii())
			}
			drawn := l.drawn(teams)()(l.teams)
			chi, null := 0.0, 0.0
			for k := range teams {
				chi, null = chi+s.cross(k), null+s.expected(k)
			}
			sum := 0.0
			for k := range teams {
				if want.cbar[k] == 0 {
					if !math.IsNaN(s.teamShare(k)) {
						t.Fatalf("seed %d, %v: team %d of nobody has %v", seed, l.kind, k, s.teamShare(k))
					}
					continue
				}
				if !close(1-s.teamShare(k), want.teamOII(k)) || !close(s.cross(k), want.c[k]) || !close(s.expected(k), want.cbar[k]) || !close(drawn.teamShare(k), s.teamShare(k)) {
					t.Fatalf("seed %d, %v: team %d has %v, want %v", seed, l.kind, k, 1-s.teamShare(k), want.teamOII(k))
				}
				sum += s.expected(k) / null * (1 - s.teamShare(k))
			}
			if math.Abs(sum-(1-s.share())) > 1e-12 || !close(chi, want.chi) || !close(null, want.null) || !close(drawn.share(), s.share()) {
				t.Fatalf("seed %d, %v: the teams add up to %v, the organisation has %v", seed, l.kind, sum, 1-s.share())
			}
			without := g.leaveOut(l.teams, 12)
			for c := range 12 {
				if part := without(c); part != nil && !close(1-part.share(), l.byHand(teams, uint32(c)).oii()) {
					t.Fatalf("seed %d, %v: without batch %d %v, want %v", seed, l.kind, c, 1-part.share(), l.byHand(teams, uint32(c)).oii())
				}
			}
			merged := slices.Clone(l.teams)
			for n, team := range merged {
				if team == 3 {
					merged[n] = 2
				}
			}
			after := 0.0
			m := g.table(merged)
			for k := range teams {
				after += m.cross(k)
			}
			if after > chi+1e-12 {
				t.Fatalf("seed %d, %v: χ rises from %v to %v as two teams become one", seed, l.kind, chi, after)
			}
		}
	}
}

// By hand, two teams {a, b} and {c, d}. L3: a works 3 days on the first team's
// items and 1 on the second's, c 4 days on the second's: e = 3/8, 1/8, 0, 4/8; p =
// ½, ½; q = 3/8, 5/8; χ = 1/8, χ₀ = 1 − (3+5)/16 = ½. L4: a→b, b→a, a→c, c→d: χ =
// ¼; p = ¾, ¼; q = ½, ½; out = ½ ¼ ¼ 0, in = ¼ ¼ ¼ ¼, Σ out·in = ¼, χ₀ = ½/¾.
func TestFlowsByHand(t *testing.T) {
	l := &lens{kind: People, teams: []uint16{0, 1, 0, 1}, flows: []flow{{0, 2, 0, 3}, {0, 3, 1, 1}, {1, 3, 2, 4}}}
	s := newFlowGraph(l, 2).sums(l.teams)
	if !close(s.share(), (1.0/8)/0.5) || !close(s.teamShare(0), (1.0/8)/(0.5*5/8)) || s.teamShare(1) != 0 {
		t.Errorf("shared people: %v, %v and %v", s.share(), s.teamShare(0), s.teamShare(1))
	}
	l = &lens{kind: HandOffs, teams: []uint16{0, 0, 1, 1}, flows: []flow{{0, 1, 0, 1}, {1, 0, 0, 1}, {0, 2, 1, 1}, {2, 3, 2, 1}}}
	s = newFlowGraph(l, 2).sums(l.teams)
	if !close(s.share(), 0.25/(0.5/0.75)) || !close(s.teamShare(0), 0.25/(0.75*0.5/0.75)) {
		t.Errorf("hand-offs: %v and %v", s.share(), s.teamShare(0))
	}
}

// Where people work with others of any team as the lot falls, all indices are
// about 0 and p is uniform (METRICS section 9: |mean| ≤ 0.01). In L4 the share
// without its correction would be about −1/35.
func TestLensesOfPeopleByChance(t *testing.T) {
	const rounds, teams, size = 150, 4, 9
	sum, p := map[Kind]float64{}, map[Kind][]float64{}
	for seed := range uint64(rounds) {
		w := newTown(seed, teams, size)
		for n := range 120 {
			a := w.r.IntN(teams * size)
			b := (a + 1 + w.r.IntN(teams*size-1)) % (teams * size)
			from, to := w.person(a/size, a%size), w.person(b/size, b%size)
			c := uint32(n % 40)
			w.deeds.efforts = append(w.deeds.efforts, effort{work.ItemID(n), work.TeamID(2 + w.r.IntN(teams)), c, 1, from})
			w.deeds.handOffs = append(w.deeds.handOffs, handOff{work.ItemID(n), c, from, to})
			w.deeds.talks = append(w.deeds.talks, talk{work.ItemID(n), c, []placed{from, to}})
		}
		a := &Analysis{Teams: make([]Row, teams+2)}
		a.measure(world(teams+2, 120, int(seed)*1000), w.lenses(), 40)
		for _, k := range ofPeople {
			sum[k] += a.Org.Lenses[k].OII.Value
			p[k] = append(p[k], a.Org.Lenses[k].P)
		}
	}
	for _, k := range ofPeople {
		if mean := sum[k] / rounds; math.Abs(mean) > 0.015 { // the error of the mean is about 0.004
			t.Errorf("%v: mean index %v by chance", k, mean)
		}
		if d := kolmogorov(p[k]); d > 1.63/math.Sqrt(rounds) {
			t.Errorf("%v: the Kolmogorov-Smirnov distance of p from uniform is %v", k, d)
		}
	}
}

// The same without permutations, and so with more rounds: the mean index of teams
// drawn by lot is 0 within ±0.01, and for hand-offs it would be about −0.03 without
// the pairs of a node with itself taken out.
func TestLensesOfPeopleAreZeroByChance(t *testing.T) {
	const rounds, teams, size = 4_000, 6, 6
	w := newTown(9, teams, size)
	w.live(100, 30, 0.5)
	for _, l := range w.lenses() {
		g, r := l.graph(teams+2), rand.New(rand.NewPCG(3, 65))
		team, sum, plain := slices.Clone(l.teams), 0.0, 0.0
		for range rounds {
			r.Shuffle(l.free, func(i, j int) { team[i], team[j] = team[j], team[i] })
			s := g.table(team)
			sum += 1 - s.share()
			if f, ok := s.(*flowSums); ok {
				f.self = 0
				plain += 1 - f.share()
			}
		}
		if mean := sum / rounds; math.Abs(mean) > 0.01 {
			t.Errorf("%v: mean index %v by chance", l.kind, mean)
		}
		if mean := plain / rounds; l.kind == HandOffs && mean > -0.02 {
			t.Errorf("%v: mean index %v without the correction", l.kind, mean)
		}
	}
}

// Who only receives tells nothing of a row: three who hand things on, to eight who
// do not, are three.
func TestWhoOnlyReceivesIsNotCounted(t *testing.T) {
	var d deeds
	for n := range 90 {
		other := placed{fact.Person(100 + n%6), 3, 3}
		d.handOffs = append(d.handOffs, handOff{work.ItemID(n), uint32(n), placed{fact.Person(1 + n%3), 2, 2}, placed{fact.Person(11 + n%8), 2, 2}},
			handOff{work.ItemID(n), uint32(n), other, placed{fact.Person(1 + n%3), 2, 2}}, handOff{work.ItemID(n), uint32(n), other, placed{fact.Person(100 + (n+1)%6), 3, 3}})
	}
	a := &Analysis{Teams: make([]Row, 4)}
	a.measure(world(4, 90, 0), []*lens{d.handOffLens(reading{})}, 90)
	if x := a.Teams[2].Lenses[HandOffs]; x.OII.Known() || a.Org.Lenses[HandOffs].People != 9 || len(a.Folded[HandOffs]) != 2 {
		t.Errorf("%+v, %d people, folded %v", x, a.Org.Lenses[HandOffs].People, a.Folded[HandOffs])
	}
}

// Planted: with T teams of n people, and events that cross with probability q,
// χ → q. By chance 1 − 1/T of a person's days (L3) would cross, and of the others
// that one can meet (L4, L5) N(1−1/T)/(N−1).
func TestLensesOfPeopleFindWhatIsPlanted(t *testing.T) {
	const teams, size, batches = 5, 8, 300
	for _, cross := range []float64{0, 0.1, 0.4} {
		w := newTown(7, teams, size)
		w.live(30_000, batches, cross)
		a := w.measured(30_000, batches)
		for _, k := range ofPeople {
			chance := 1 - 1.0/teams
			if k != People {
				chance *= float64(teams*size) / float64(teams*size-1)
			}
			x := a.Org.Lenses[k]
			if truth := 1 - cross/chance; math.Abs(x.OII.Value-truth) > 0.02 {
				t.Errorf("%v, %v crosses: %v, want %v", k, cross, x.OII.Value, truth)
			}
			if !x.Eligible || x.Bound != (cross == 0) || x.P > 0.01 {
				t.Errorf("%v, %v crosses: %+v", k, cross, x)
			}
		}
	}
}

// The intervals of L3 to L5 cover the truth in 92 of 100, no tail beyond 6, within
// the error of the simulation.
func TestIntervalsOfPeopleCoverTheTruth(t *testing.T) {
	const rounds, teams, size, batches = 200, 4, 8, 60
	below, above := map[Kind]int{}, map[Kind]int{}
	for seed := range uint64(rounds) {
		w := newTown(seed+1000, teams, size)
		w.live(600, batches, 0.3)
		a := &Analysis{Teams: make([]Row, teams+2)}
		lenses := w.lenses()
		graphs := make([]weighted, len(lenses))
		for n, l := range lenses {
			graphs[n] = l.graph(teams + 2)
			a.start(l, graphs[n].table(l.teams))
		}
		a.Others = unknownRow("")
		a.jackknife(lenses, graphs, batches)
		for _, l := range lenses {
			chance := 1 - 1.0/teams
			if l.kind != People {
				chance *= float64(teams*size) / float64(teams*size-1)
			}
			a.finish(l, teams+2)
			x := a.Org.Lenses[l.kind]
			if !x.Eligible || x.Effect < 30 {
				t.Fatalf("%v: %+v", l.kind, x)
			}
			if truth := 1 - 0.3/chance; truth < x.OII.Low {
				below[l.kind]++
			} else if truth > x.OII.High {
				above[l.kind]++
			}
		}
	}
	for _, k := range ofPeople {
		t.Logf("%v: %d below, %d above of %d", k, below[k], above[k], rounds)
		if miss := float64(below[k]+above[k]) / rounds; miss > 0.08+1.96*math.Sqrt(0.08*0.92/rounds) {
			t.Errorf("%v: the interval misses the truth in %v", k, miss)
		}
		if tail := float64(max(below[k], above[k])) / rounds; tail > 0.06+1.96*math.Sqrt(0.06*0.94/rounds) {
			t.Errorf("%v: %v lie on one side", k, tail)
		}
	}
}

// Told twice, nothing changes but the number of events.
func TestDoubledDeedsLeaveTheIndices(t *testing.T) {
	w := newTown(3, 4, 6)
	w.live(200, 40, 0.3)
	once := w.measured(200, 40)
	w.deeds.efforts = slices.Concat(w.deeds.efforts, w.deeds.efforts)
	w.deeds.handOffs = slices.Concat(w.deeds.handOffs, w.deeds.handOffs)
	w.deeds.talks = slices.Concat(w.deeds.talks, w.deeds.talks)
	twice := w.measured(200, 40)
	for row := range 6 {
		for _, k := range ofPeople {
			x, y := once.Teams[row].Lenses[k], twice.Teams[row].Lenses[k]
			if row == 0 {
				x, y = once.Org.Lenses[k], twice.Org.Lenses[k]
			}
			if !close(x.OII.Value, y.OII.Value) || !close(x.OII.Low, y.OII.Low) && !x.Bound || !close(x.Effect, y.Effect) || !close(x.P, y.P) || 2*x.OII.N != y.OII.N || x.People != y.People {
				t.Errorf("%v:\n%+v\n%+v", k, x, y)
			}
		}
	}
}

// The friendships of the karate club, as people who meet two by two: METRICS
// section 9, OII 0.731599.
func TestZacharyAsCoParticipation(t *testing.T) {
	text, err := os.ReadFile("../../testdata/oracle/zachary.txt")
	if err != nil {
		t.Fatal(err)
	}
	var d deeds
	side := factions()
	who := func(n int) placed {
		team := work.TeamID(2 + side[n])
		return placed{fact.Person(n + 1), team, team}
	}
	for line := range strings.Lines(string(text)) {
		var a, b int
		if strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := fmt.Sscan(line, &a, &b); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		d.talks = append(d.talks, talk{item: work.ItemID(len(d.talks)), who: []placed{who(a), who(b)}})
	}
	l := d.talkLens(reading{})
	if s := newGraph(l, 4).sums(l.teams); len(d.talks) != 78 || math.Abs(1-s.share()-0.731599) > 5e-7 {
		t.Errorf("OII %v of %d meetings, want 0.731599 of 78", 1-s.share(), len(d.talks))
	}
}

// Teams of fewer than five people are told together, and what is told of them can
// be had by subtraction: theirs is the part that is missing to the organisation.
func TestSmallTeamsAreToldTogether(t *testing.T) {
	d := deeds{}
	r := rand.New(rand.NewPCG(1, 61))
	sizes := []int{8, 7, 3, 2} // teams 2 to 5
	var everybody []placed
	for team, n := range sizes {
		for range n {
			id := work.TeamID(team + 2)
			everybody = append(everybody, placed{fact.Person(len(everybody) + 1), id, id})
		}
	}
	for n := range 400 {
		a := r.IntN(len(everybody))
		b := (a + 1 + r.IntN(len(everybody)-1)) % len(everybody)
		d.handOffs = append(d.handOffs, handOff{work.ItemID(n), uint32(n % 50), everybody[a], everybody[b]})
	}
	a := &Analysis{Teams: make([]Row, 6)}
	l := d.handOffLens(reading{})
	a.measure(world(6, 400, 0), []*lens{l}, 50)
	want := matrix(l, 6, noCluster)
	for _, team := range []int{4, 5} {
		x := a.Teams[team].Lenses[HandOffs]
		if x.OII.Known() || x.OII.N != 0 || x.OII.Why != whyTogether || !math.IsNaN(x.P) || !math.IsNaN(x.Part) || !math.IsNaN(x.Cross) || x.People != 0 || x.Clusters != 0 || x.Eligible {
			t.Errorf("team %d: %+v", team, x)
		}
	}
	if !slices.Equal(a.Folded[HandOffs], []work.TeamID{4, 5}) {
		t.Errorf("folded %v", a.Folded[HandOffs])
	}
	o, org := a.Others.Lenses[HandOffs], a.Org.Lenses[HandOffs]
	if !close(o.OII.Value, 1-(want.c[4]+want.c[5])/(want.cbar[4]+want.cbar[5])) || o.People != 5 || !o.Eligible || o.P <= 0 {
		t.Errorf("others %+v", o)
	}
	sum, n := o.Chance/org.Chance*o.OII.Value, o.OII.N
	for _, team := range []int{2, 3} {
		x := a.Teams[team].Lenses[HandOffs]
		sum, n = sum+x.Chance/org.Chance*x.OII.Value, n+x.OII.N
		if x.People != sizes[team-2] || !x.Eligible {
			t.Errorf("team %d: %+v", team, x)
		}
	}
	if math.Abs(sum-org.OII.Value) > 1e-12 || n != org.OII.N || org.People != 20 {
		t.Errorf("rows add up to %v of %d, the organisation has %v of %d", sum, n, org.OII.Value, org.OII.N)
	}
	// The jackknife of the others leaves out batch by batch.
	mean, variance := 0.0, 0.0
	var values []float64
	for c := range uint32(50) {
		f := matrix(l, 6, c)
		values = append(values, (f.c[4]+f.c[5])/(f.cbar[4]+f.cbar[5]))
		mean += values[c] / 50
	}
	for _, x := range values {
		variance += (x - mean) * (x - mean) * 49 / 50
	}
	if !close(o.se, math.Sqrt(variance)) {
		t.Errorf("error %v, want %v", o.se, math.Sqrt(variance))
	}
}

// Who is few is told of nowhere; one team of five, with another that must join it,
// has the organisation's number alone and no interval.
func TestFewPeople(t *testing.T) {
	for _, c := range []struct {
		sizes []int
		why   string
		known bool
	}{{[]int{2, 2}, whyFew, false}, {[]int{4, 3}, whyOneTeam, true}, {[]int{9, 1}, whyOneTeam, true}, {[]int{9, 9}, "", true}, {[]int{5, 9, 1}, "", true}} {
		var d deeds
		var everybody []placed
		for team, n := range c.sizes {
			for range n {
				id := work.TeamID(team + 2)
				everybody = append(everybody, placed{fact.Person(len(everybody) + 1), id, id})
			}
		}
		r := rand.New(rand.NewPCG(2, 62))
		for n := range 300 {
			a := r.IntN(len(everybody))
			b := (a + 1 + r.IntN(len(everybody)-1)) % len(everybody)
			d.talks = append(d.talks, talk{work.ItemID(n), uint32(n % 50), []placed{everybody[a], everybody[b]}})
		}
		a := &Analysis{Teams: make([]Row, len(c.sizes)+2)}
		a.measure(world(len(c.sizes)+2, 300, 0), []*lens{d.talkLens(reading{})}, 50)
		x := a.Org.Lenses[Talks]
		if x.OII.Known() != c.known || x.OII.Why != c.why || x.Eligible != (c.why == "") || x.OII.Bounded() != (c.why == "") {
			t.Errorf("%v: %+v", c.sizes, x)
		}
		for team, n := range c.sizes {
			if x := a.Teams[team+2].Lenses[Talks]; n < 5 && x.OII.Known() {
				t.Errorf("%v: team of %d: %+v", c.sizes, n, x)
			}
		}
	}
}

// Somebody who moved between two small teams is one person, not two.
func TestWhoMovedIsOnePerson(t *testing.T) {
	var d deeds
	for n := range 60 {
		small := fact.Person(1 + n%3)
		d.talks = append(d.talks, talk{work.ItemID(n), uint32(n), []placed{{small, work.TeamID(2 + n%2), 2}, {fact.Person(10 + n%8), 4, 4}, {fact.Person(20 + n%8), 5, 5}}})
	}
	a := &Analysis{Teams: make([]Row, 6)}
	a.measure(world(6, 60, 0), []*lens{d.talkLens(reading{})}, 60)
	if len(a.Folded[Talks]) != 4 || a.Others.Lenses[Talks].People != 19 || a.Org.Lenses[Talks].OII.Why != whyOneTeam {
		t.Errorf("folded %v, others %+v", a.Folded[Talks], a.Others.Lenses[Talks])
	}
}

// Weights make the headline, and 0 switches a lens off.
func TestWeightsOfTheHeadline(t *testing.T) {
	w := newTown(4, 4, 6)
	w.live(300, 50, 0.3)
	for _, c := range []struct {
		weights map[Kind]float64
		of      [kinds]float64
	}{
		{nil, [kinds]float64{People: 1, HandOffs: 1, Talks: 1}},
		{map[Kind]float64{People: 3, Talks: 0.5}, [kinds]float64{People: 3, HandOffs: 1, Talks: 0.5}},
		{map[Kind]float64{HandOffs: 0, Talks: math.NaN(), 77: 3}, [kinds]float64{People: 1}},
		{map[Kind]float64{People: -1, HandOffs: 2, Talks: math.Inf(1)}, [kinds]float64{HandOffs: 2}},
	} {
		a := &Analysis{Teams: make([]Row, 6), weights: Options{Weights: c.weights}.weights()}
		lenses := w.lenses()
		a.measure(world(6, 300, 0), lenses, 50)
		a.Org.headline()
		both := func(without uint32) float64 {
			sum, all := 0.0, 0.0
			for _, l := range lenses {
				sum, all = sum+c.of[l.kind]*(1-l.byHand(6, without).oii()), all+c.of[l.kind]
			}
			return sum / all
		}
		whole, mean, variance, effect := both(noCluster), 0.0, 0.0, math.Inf(1)
		for b := range uint32(50) {
			mean += both(b) / 50
		}
		for b := range uint32(50) {
			variance += (both(b) - mean) * (both(b) - mean) * 49 / 50
		}
		for k, weight := range c.of {
			if weight > 0 {
				effect = min(effect, a.Org.Lenses[k].Effect)
			}
		}
		width := math.Exp(stats.TQuantile(0.975, effect-1) * math.Sqrt(variance) / whole)
		if h := a.Org.Headline; !close(h.Value, 1-whole) || !close(h.Low, 1-whole*width) || !close(h.High, 1-whole/width) {
			t.Errorf("%v: headline %+v, want %v in [%v, %v]", c.weights, h, 1-whole, 1-whole*width, 1-whole/width)
		}
	}
	off := &Analysis{Teams: make([]Row, 6), weights: Options{Weights: map[Kind]float64{Links: 0, Batches: 0, People: 0, HandOffs: 0, Talks: 1e-9}}.weights()}
	off.weights[Talks] = 0
	for k := range off.Org.Lenses {
		off.Org.Lenses[k].Eligible = true
	}
	if off.Org.headline(); off.Org.Headline.Known() || off.Org.Headline.Why != "every lens is switched off" {
		t.Errorf("%+v", off.Org.Headline)
	}
}

// lensOf is an index with a given R, error and effective number.
func lensOf(r, se, effect, low float64) Index {
	return Index{OII: stats.Estimate{Value: 1 - r, Low: low, High: 1, N: 99}, Effect: effect, Eligible: true, Weight: 1, r: r, se: se}
}

// A claim of 0.8 is R ≤ 0.2. For R = 0.4, se = 0.1 and E_eff = 15: t = ln 2/0.25 =
// 2.7726 with 14 degrees of freedom, of which tables have 2.624 at 0.01 and 2.977
// at 0.005.
func TestClaims(t *testing.T) {
	nan := math.NaN()
	far := lensOf(0.4, 0.1, 15, 0.3)
	p := stats.TTail(math.Log(2)/0.25, 14)
	if p > 0.01 || p < 0.005 {
		t.Fatalf("p = %v", p)
	}
	well, bound := lensOf(0.05, 0.02, 30, 0.85), lensOf(0.3, 0.01, 30, 0.6)
	bound.Bound = true
	sure := lensOf(0.1, 0.01, 30, 0.81)
	sure.Bound = true
	thin, off := far, far
	thin.Eligible, off.Weight = false, 0
	off.OII.Why = "off"
	for name, c := range map[string]struct {
		lenses [kinds]Index
		state  ClaimState
		p      float64
	}{
		"one lens below":                   {[kinds]Index{Links: far}, Unclear, p},
		"the lowest of three, three times": {[kinds]Index{Links: well, People: far, Talks: well}, Unclear, 3 * p},
		"all above":                        {[kinds]Index{Links: well, Talks: well}, Supported, 1},
		"a bound supports":                 {[kinds]Index{Links: well, Talks: sure}, Supported, 1},
		"a bound never contradicts":        {[kinds]Index{Talks: bound}, Unclear, 1},
		"and counts among the lenses":      {[kinds]Index{Links: far, Talks: bound}, Unclear, 2 * p},
		"too little data":                  {[kinds]Index{Links: thin}, Unclear, nan},
		"a lens that is off plays no part": {[kinds]Index{Links: off, Talks: well}, Supported, stats.TTail(math.Log(0.05/0.2)/(0.02/0.05), 29)},
		"p is 1 at most":                   {[kinds]Index{Links: lensOf(0.2, 0.1, 30, 0.1), Talks: lensOf(0.2, 0.1, 30, 0.1), People: well}, Unclear, 1},
	} {
		row := Row{Lenses: c.lenses}
		got := row.claim(0.8)
		if got.State != c.state || !close(got.P, c.p) || (got.Why == "") != (c.state == Supported) {
			t.Errorf("%s: %+v, want %v with p %v", name, got, c.state, c.p)
		}
	}
	a := &Analysis{Teams: []Row{{Lenses: [kinds]Index{Links: far}}, {Lenses: [kinds]Index{Links: far}}}}
	a.claims(work.View{Org: &work.Org{Teams: []work.Team{{Claims: true}, {}}}}, Options{Theta: 0.5}.theta())
	if got := a.Teams[0].Claim; !close(got.P, stats.TTail(math.Log(0.4/0.5)/0.25, 14)) {
		t.Errorf("a claim of 0.5: %+v", got)
	}
	if got := a.Teams[1].Claim; got.State != NoClaim || !math.IsNaN(got.P) {
		t.Errorf("no claim: %+v", got)
	}
	for _, theta := range []float64{0, -1, 1, 7, nan} {
		if got := (Options{Theta: theta}).theta(); got != 0.8 {
			t.Errorf("θ %v becomes %v", theta, got)
		}
	}
}

// vary is the part of Analyse that runs the lenses of people again.
func (w *town) vary(a *Analysis) { a.vary(w.lenses(), &w.deeds) }

// Five people who alone work with other teams: without them nothing crosses.
func TestWithoutTheBestConnected(t *testing.T) {
	w := newTown(5, 3, 20)
	for n := range 600 {
		team, i, c := n%3, work.ItemID(n), uint32(n%60)
		a, b := w.person(team, 5+n/3%15), w.person(team, 5+(n/3+1)%15)
		w.deeds.talks = append(w.deeds.talks, talk{i, c, []placed{a, b}})
		w.deeds.handOffs = append(w.deeds.handOffs, handOff{i, c, a, b})
		w.deeds.efforts = append(w.deeds.efforts, effort{i, a.home, c, 1, a})
		hub := w.person(0, n%5) // of team 0, and met by everybody
		w.deeds.talks = append(w.deeds.talks, talk{i, c, []placed{hub, b}})
		w.deeds.handOffs = append(w.deeds.handOffs, handOff{i, c, hub, b})
		w.deeds.efforts = append(w.deeds.efforts, effort{i, b.home, c, 1, hub})
	}
	a := w.measured(600, 60)
	w.vary(a)
	if !close(a.Org.NoHubs.Value, 1) || a.Org.Headline.Value > 0.8 || a.Hubs[Talks] != 5 || a.Hubs[HandOffs] != 5 || a.Hubs[People] != 5 {
		t.Errorf("headline %v, without hubs %+v, %v hubs", a.Org.Headline.Value, a.Org.NoHubs, a.Hubs)
	}
	for team := 2; team < 5; team++ { // all five are of one team, so that no row tells of fewer
		if got := a.Teams[team].NoHubs; !close(got.Value, 1) {
			t.Errorf("team %d: %+v", team, got)
		}
	}
	if got := a.Org.Placed; !close(got.Value, a.Org.Headline.Value) {
		t.Errorf("nobody is shared: %+v, headline %v", got, a.Org.Headline.Value)
	}
	// One hub in each of five teams: a team's difference would be that one's.
	w = newTown(6, 5, 8)
	w.live(600, 60, 0.2)
	for n := range 2000 {
		w.deeds.talks = append(w.deeds.talks, talk{work.ItemID(n % 600), uint32(n % 60), []placed{w.person(n%5, 0), w.person((n+1)%5, 0)}})
	}
	a = w.measured(600, 60)
	w.vary(a)
	for team := 2; team < 7; team++ {
		if got := a.Teams[team].NoHubs; got.Known() {
			t.Errorf("team %d: %+v", team, got)
		}
	}
	if !a.Org.NoHubs.Known() {
		t.Errorf("the organisation: %+v", a.Org.NoHubs)
	}
}

// Shared people are left out, their share is told beside, and a run has them in
// the team of most of their events.
func TestSharedPeople(t *testing.T) {
	for _, n := range []int{3, 6} {
		w := newTown(8, 3, 8)
		w.live(400, 60, 0.2)
		loose := 0.0
		for k := range w.deeds.talks {
			if k%4 == 0 {
				w.deeds.talks[k].who[1] = placed{fact.Person(100 + k/4%n), work.NoTeam, work.TeamID(2 + (k/4)%3)}
				loose++
			}
		}
		a := w.measured(400, 60)
		w.vary(a)
		x := a.Org.Lenses[Talks]
		if x.OII.N != 300 || x.Shared.Known() != (n >= 5) || x.Shared.Known() && (!close(x.Shared.Value, loose/800) || x.Shared.N != n) {
			t.Errorf("%d are shared: %+v", n, x)
		}
		if a.Org.Placed.Known() != (n >= 5) {
			t.Errorf("%d are shared: %+v", n, a.Org.Placed)
		}
		if n < 5 {
			continue
		}
		placed := w.lens(Talks, reading{most: true})
		want := 0.0
		for _, k := range ofPeople {
			want += w.lens(k, reading{most: true}).byHand(5, noCluster).oii() / 3
		}
		if len(placed.groups) != 400 || !close(a.Org.Placed.Value, want) {
			t.Errorf("%+v, want %v", a.Org.Placed, want)
		}
	}
}

// From a story to the ties: whom the three lenses see, and whom not.
func TestWhatPeopleDoMakesTies(t *testing.T) {
	o := tell(t, assemble.Rules{}, `
A-9 epic: 0 created
A-1 story in A-9: 60 created; 61 start; 62 assign ana; 63 assign ben; 65 unassign; 66 assign cy; 90 assign ana
A-2 sub-task in A-1: 60 created; 64 comment 50 by ana; 64.2 comment 50 by ben
B-1 story: 60 created by ben; 61 start; 61.1 comment 50 by ana; 62.1 comment 300 by cy
B-2 story: 60 created; 61 start; 61.1 comment 50 by ana
acme/shop#7 pull: 62 created by ana; 62 mentions title A-1; 63 review by ben; 63.5 review by cy; 63.6 commit by ana
`)
	c := o.Cut(84, 4)
	var homes []work.Membership
	red, blue := o.Team("A"), o.Team("B")
	for name, team := range map[string]work.TeamID{"ana": red, "ben": red, "cy": blue} {
		homes = append(homes, work.Membership{Person: o.Person(name), Team: team, Share: 1})
	}
	slices.SortFunc(homes, func(a, b work.Membership) int { return int(a.Person) - int(b.Person) })
	o.Org.Members = homes
	name := map[fact.Person]string{o.Person("ana"): "ana", o.Person("ben"): "ben", o.Person("cy"): "cy"}
	d := readDeeds(c, c.View.Homes(), clusters{})
	var got []string
	for _, x := range d.handOffs {
		got = append(got, fmt.Sprintf("%s %s>%s", o.Items.Key[x.item], name[x.from.by], name[x.to.by]))
	}
	if want := "A-1 ana>ben, A-1 ben>cy"; strings.Join(got, ", ") != want {
		t.Errorf("hand-offs %v, want %s", got, want)
	}
	got = nil
	for _, x := range d.talks {
		line := o.Items.Key[x.item]
		for _, p := range x.who {
			line += " " + name[p.by]
		}
		got = append(got, line)
	}
	slices.Sort(got)
	if want := "A-1 ana ben, B-1 ana cy, acme/shop#7 ben cy ana"; strings.Join(got, ", ") != want {
		t.Errorf("talks %v, want %s", got, want)
	}
	days := map[string]float64{}
	for _, x := range d.efforts {
		days[o.Items.Key[x.item]+" "+name[x.by.by]] += x.work / work.PersonDay
	}
	// On day 61 ana acts on B-1 and B-2, on 62, with the pull request, 63 and 64 on
	// A-1 alone.
	for key, want := range map[string]float64{"B-1 ana": 0.5, "B-2 ana": 0.5, "A-1 ana": 3} {
		if !close(days[key], want) {
			t.Errorf("%s: %v days, want %v, of %v", key, days[key], want, days)
		}
	}
	l := d.handOffLens(reading{})
	s := newFlowGraph(l, len(o.Teams)).sums(l.teams)
	if s.total != 2 || s.cross(int(red)) != 0.5 {
		t.Errorf("sums %+v", s)
	}
}

// Who comments on ten items within a minute, or is one of sixteen, ties nobody.
func TestBulkAndCrowdsTieNobody(t *testing.T) {
	var b strings.Builder
	for i := range 12 {
		fmt.Fprintf(&b, "A-%d story: 60 created; 61 start; %f comment 50 by ana; 63 comment 50 by ben\n", i+1, 62+float64(i)/86400*5)
	}
	for _, n := range []int{15, 16} {
		fmt.Fprintf(&b, "B-%d story: 60 created; 61 start", n)
		for p := range n {
			fmt.Fprintf(&b, "; %d.%02d comment 50 by p%d", 64, p, p)
		}
		b.WriteString("\n")
	}
	o := tell(t, assemble.Rules{}, b.String())
	c := o.Cut(84, 4)
	d := readDeeds(c, c.View.Homes(), clusters{})
	if len(d.talks) != 1 || len(d.talks[0].who) != 15 || d.crowds != 1 {
		t.Errorf("%d talks, %d crowds", len(d.talks), d.crowds)
	}
}

// Rows of a team that was reorganised are those of a window that begins then.
func TestReorganisedTeamsBeginAnew(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 63))
	p := makePlan(r, 3, 25)
	for range 200 {
		if tie := [2]int{r.IntN(len(p.teams)), r.IntN(len(p.teams))}; tie[0] != tie[1] && !slices.Contains(p.depends, tie) {
			p.depends = append(p.depends, tie)
		}
	}
	o := tell(t, assemble.Rules{}, p.write(inOrder(len(p.teams)), func(s string) string { return s }))
	before := o.analyse(56, 8)
	o.Org.Reorganised = []work.Reorganisation{{At: o.Day(30), Teams: []work.TeamID{o.Team("A")}}, {At: o.Day(55), Teams: []work.TeamID{o.Team("B")}}}
	after := o.analyse(56, 8)
	c := o.Cut(56, 8)
	w := c.Teams[o.Team("A")].Window
	if w.Weeks() != 3 {
		t.Fatalf("%d weeks are left", w.Weeks())
	}
	v := o.Org.At(w.To() - 1)
	cut := v.Cut(w, v.Lives())
	want := Analyse(cut, deps.Analyse(cut), nil, Options{})
	if bad := alike(&after.Teams[o.Team("A")], &want.Teams[o.Team("A")], 0); bad != "" {
		t.Errorf("the reorganised team: %s", bad)
	}
	if bad := alike(&after.Teams[o.Team("C")], &before.Teams[o.Team("C")], 0); bad != "" {
		t.Errorf("another team: %s", bad)
	}
	if bad := alike(&after.Org, &before.Org, 0); bad != "" {
		t.Errorf("the organisation: %s", bad)
	}
	for _, e := range []stats.Estimate{after.Teams[o.Team("B")].Headline, after.Teams[o.Team("B")].Shown, after.Teams[o.Team("B")].Lenses[Talks].OII} {
		if e.Known() || !strings.Contains(e.Why, "reorganised") {
			t.Errorf("a team of yesterday: %+v", e)
		}
	}
}

// Who is person 1 decides nothing. The same facts, in which twelve people wrote their first
// comments in one instant; only the numbers of the people differ.
func TestNumbersOfPeopleDecideNothing(t *testing.T) {
	story := func(reverse bool) string {
		var b strings.Builder
		of := "A-999 story: 40 created"
		for k := range 12 { // after the window: this only hands out numbers
			p := k
			if reverse {
				p = 11 - k
			}
			of += fmt.Sprintf("; %d comment 5 by p%d", 41+p, p)
		}
		b.WriteString(of + "\nA-1 story: 0 created")
		for p := range 12 {
			fmt.Fprintf(&b, "; 0 comment 5 by p%d", p)
		}
		b.WriteString("\n")
		r := rand.New(rand.NewPCG(1, 3))
		for i := range 60 {
			fmt.Fprintf(&b, "%s-%d story: 1 created; %d start", []string{"A", "B"}[i%2], 10+i, 2+i%20)
			for range 3 {
				p := i%2*6 + r.IntN(6)
				if r.IntN(12) > 0 {
					p = r.IntN(12)
				}
				fmt.Fprintf(&b, "; %d comment 50 by p%d", 3+i%20, p)
			}
			b.WriteString("\n")
		}
		return b.String()
	}
	run := func(reverse bool) string {
		o := tell(t, assemble.Rules{}, story(reverse))
		of := map[string]string{}
		for p := range 12 {
			of[fmt.Sprintf("p%d", p)] = []string{"A", "B"}[p/6]
		}
		o.belong(of)
		a := o.analyse(28, 4)
		x, y := a.Org.Lenses[People], a.Org.Lenses[Talks]
		return fmt.Sprintf("L3 %.6f p %.3f, L5 %.6f p %.3f, without hubs %.6f", x.OII.Value, x.P, y.OII.Value, y.P, a.Org.NoHubs.Value)
	}
	x, y := run(false), run(true)
	if x != y {
		t.Errorf("%s; with other numbers %s", x, y)
	}
}

// A bulk edit may be of comments and edits together: five comments and five edits of
// ten records in a minute tie nobody.
func TestBulkOfCommentsAndEditsTiesNobody(t *testing.T) {
	text := ""
	for k := range 5 {
		n := string(rune('1' + k))
		text += "A-" + n + " story: 0 created; 3 comment 50 by ben; 5 comment 50 by ana\n"
		text += "B-" + n + " story: 0 created; 5 label +x by ana\n"
	}
	o := tell(t, assemble.Rules{}, text)
	o.belong(map[string]string{"ana": "A", "ben": "B"})
	c := o.Cut(28, 4)
	d := readDeeds(c, c.View.Homes(), clusters{})
	marked := 0
	for _, e := range o.Trails.Events {
		if e.Bulk && e.Deed == work.DeedCommented {
			marked++
		}
	}
	if marked != 5 || len(d.talks) > 0 {
		t.Errorf("%d comments are marked as bulk edits, want 5, and %d ties are by them, want 0", marked, len(d.talks))
	}
}
