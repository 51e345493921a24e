package independence

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"smokestack/analysis/deps"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Least data for an index with an interval, from METRICS section 5c.
const (
	minEvents   = 40
	minEffect   = 15 // effective number of batches, E_eff
	minCrossing = 5  // batches with a tie that crosses
	minClusters = 20 // batches, for the bound that stands in below minCrossing
	draws       = 999
	ruleVersion = "independence/1"
)

// Index is the Observed Independence Index of one lens, for one row.
type Index struct {
	// OII is 1 − χ/χ₀, not clipped; N is the number of events: links, or items
	// in batches. Its interval comes from leaving out one batch at a time.
	OII stats.Estimate
	// P is the chance of an index as high, or higher, if the same items were
	// shared out among the teams at random; a diagnostic. NaN where there is
	// no index.
	P        float64
	Cross    float64 // χ, the share of the row's weight that crosses
	Null     float64 // χ₀
	Crossing int     // batches with a tie that crosses
	Clusters int     // batches with a tie
	Effect   float64 // E_eff
	// Eligible: there are data enough for the interval, or for the bound alone
	// that stands in where too few batches cross (Bound).
	Eligible, Bound bool

	r, se float64 // χ/χ₀ and its jackknife standard error
}

// Row is the indices of one team, or of the organisation.
type Row struct {
	Lenses [kinds]Index
	// Headline is the mean over the eligible lenses, not clipped and not
	// shrunk; its interval leaves a batch out of every lens at once.
	Headline stats.Estimate
	// Shown is what people should read: a team's headline, drawn towards the
	// organisation's by how uncertain it is, and clipped to 0 to 1. The
	// interval is the team's own.
	Shown  stats.Estimate
	Lowest Kind // the eligible lens with the lowest index
	se     float64
	spread spread // of χ/χ₀ without each batch
}

// Analysis is the independence of the teams in one window.
type Analysis struct {
	Org     Row
	Teams   []Row // by TeamID
	Unowned int   // ties left out because an end has no single team
	Wide    int   // items left out because their parent holds most of the teams
}

// Analyse measures the independence in a window, which should be 52 weeks.
func Analyse(c *work.Cut, d *deps.Analysis) *Analysis {
	batches := clusters{}
	lenses := []*lens{linkLens(d, batches), batchLens(c, d.Active, batches)}
	out := &Analysis{Teams: make([]Row, len(c.View.Teams))}
	for _, l := range lenses {
		out.Unowned += l.unowned
		out.Wide += l.wide
	}
	out.measure(c.View, lenses, len(batches))
	for t := range out.Teams {
		out.Teams[t].headline()
	}
	out.Org.headline()
	out.shrink()
	return out
}

// measure computes the indices of all rows.
func (a *Analysis) measure(v work.View, lenses []*lens, clusters int) {
	teams := len(v.Teams)
	graphs := make([]*graph, len(lenses))
	for n, l := range lenses {
		graphs[n] = newGraph(l, teams)
		whole := graphs[n].sums(l.teams)
		org := &a.Org.Lenses[l.kind]
		org.start(whole.share())
		org.Cross, org.Null = whole.parts()
		for t := range a.Teams {
			row := &a.Teams[t].Lenses[l.kind]
			row.start(whole.teamShare(t))
			row.Cross, row.Null = whole.x[t]/whole.k[t], whole.expected(t)*2*whole.m/whole.k[t]
		}
	}
	a.jackknife(lenses, graphs, clusters)
	for _, l := range lenses {
		events := countEvents(l, teams)
		a.Org.finish(l.kind, events[teams], l.why)
		rows := make([]*Index, teams)
		for t := range rows {
			rows[t] = &a.Teams[t].Lenses[l.kind]
			a.Teams[t].finish(l.kind, events[t], l.why)
		}
		a.permute(v, l, &a.Org.Lenses[l.kind], rows)
	}
}

// jackknife leaves out one cluster after the other, of all lenses at once.
func (a *Analysis) jackknife(lenses []*lens, graphs []*graph, clusters int) {
	var without [kinds]func(int) *sums
	for n, l := range lenses {
		if !math.IsNaN(a.Org.Lenses[l.kind].r) { // else there is nothing to leave out
			without[l.kind] = graphs[n].leaveOut(l.teams, clusters)
		}
	}
	for c := range clusters {
		var parts [kinds]*sums
		for k, of := range without {
			if of != nil {
				parts[k] = of(c)
			}
		}
		add := func(r *Row, share func(*sums) float64) {
			var values [kinds]float64
			for k, s := range parts {
				if values[k] = math.NaN(); s != nil && !math.IsNaN(r.Lenses[k].r) {
					values[k] = share(s)
				}
			}
			r.spread.add(values)
		}
		add(&a.Org, (*sums).share)
		for t := range a.Teams {
			add(&a.Teams[t], func(s *sums) float64 { return s.teamShare(t) })
		}
	}
}

func (x *Index) start(r float64) { x.r, x.se, x.P = r, math.NaN(), math.NaN() }

// event is one link (L1) or one item in a batch (L2), as a row counts it.
type event struct {
	cluster uint32
	crosses bool
}

// countEvents lists the events of every team and, last, of the organisation.
func countEvents(l *lens, teams int) [][]event {
	out := make([][]event, teams+1)
	add := func(row int, e event) { out[row] = append(out[row], e) }
	for _, g := range l.groups {
		first := int(l.teams[g.members[0].node])
		crosses := false
		for _, m := range g.members {
			crosses = crosses || int(l.teams[m.node]) != first
		}
		if l.kind == Links { // both members are one event
			e := event{g.members[0].cluster, crosses}
			add(teams, e)
			add(first, e)
			if crosses {
				add(int(l.teams[g.members[1].node]), e)
			}
			continue
		}
		for _, m := range g.members {
			add(teams, event{m.cluster, crosses})
			add(int(l.teams[m.node]), event{m.cluster, crosses})
		}
	}
	return out
}

// byCluster sums events up by batch, in order of number.
func byCluster(events []event) []stats.Cluster {
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.cluster, b.cluster) })
	var out []stats.Cluster
	for n, e := range events {
		if n == 0 || events[n-1].cluster != e.cluster {
			out = append(out, stats.Cluster{})
		}
		c := &out[len(out)-1]
		c.N++
		if e.crosses {
			c.Hits++
		}
	}
	return out
}

// finish decides what can be said of an index, and computes its interval.
func (r *Row) finish(kind Kind, events []event, blind string) {
	x := &r.Lenses[kind]
	shares, squares, n := byCluster(events), 0.0, len(events)
	for _, c := range shares {
		squares += float64(c.N) * float64(c.N)
		if c.Hits > 0 {
			x.Crossing++
		}
	}
	x.Clusters = len(shares)
	if n > 0 {
		x.Effect = float64(n) * float64(n) / squares
	}
	if math.IsNaN(x.r) {
		x.OII = stats.Unknown(n, undefined(n, blind))
		return
	}
	nan := math.NaN()
	x.OII = stats.Estimate{Value: 1 - x.r, N: n, Low: nan, High: nan, Coverage: 1}
	x.se = r.spread.se(kind)
	switch {
	case n < minEvents:
		x.OII.Why = fmt.Sprintf("can't tell: fewer than %d ties", minEvents)
	case x.Effect < minEffect:
		x.OII.Why = fmt.Sprintf("can't tell: the ties come from fewer than %d batches of equal weight", minEffect)
	case x.Crossing >= minCrossing:
		x.interval()
	case x.Clusters >= minClusters:
		x.bound(shares)
	default:
		x.OII.Why = fmt.Sprintf("can't tell: ties cross in fewer than %d batches", minCrossing)
	}
}

func undefined(n int, blind string) string {
	switch {
	case blind != "":
		return blind
	case n == 0:
		return "no tie in the window"
	}
	return "all ties belong to one team: there is nothing to compare with"
}

// interval is the jackknife's on the logarithm of R.
func (x *Index) interval() {
	width := stats.TQuantile(0.975, x.Effect-1) * x.se / x.r
	if math.IsNaN(width) {
		x.OII.Why = "can't tell: the index depends on single batches"
		return
	}
	x.Eligible = true
	x.OII.Low, x.OII.High = 1-x.r*math.Exp(width), 1-x.r*math.Exp(-width)
}

// bound stands in for the interval where hardly any batch crosses: the upper
// end of the share of events that cross, clustered by batch, over χ₀. It can
// support a claim of independence, and never contradict one.
func (x *Index) bound(shares []stats.Cluster) {
	s := stats.ClusteredShare(shares)
	if math.IsNaN(s.High) || !(x.Null > 0) {
		x.OII.Why = "can't tell: too few batches"
		return
	}
	x.Eligible, x.Bound = true, true
	x.OII.Low, x.OII.High = min(1-s.High/x.Null, x.OII.Value), 1
}

// eligible lists the lenses that have data enough.
func (r *Row) eligible() []Kind {
	var out []Kind
	for k := range r.Lenses {
		if r.Lenses[k].Eligible {
			out = append(out, Kind(k))
		}
	}
	return out
}

// headline averages the eligible lenses.
func (r *Row) headline() {
	r.se = math.NaN()
	of := r.eligible()
	if len(of) == 0 {
		r.Headline = stats.Unknown(0, r.whyNone())
		r.Shown = r.Headline
		return
	}
	r.Lowest = of[0]
	for _, k := range of {
		if r.Lenses[k].OII.Value < r.Lenses[r.Lowest].OII.Value {
			r.Lowest = k
		}
	}
	r.Headline = r.mean(of)
	r.Shown = clip(r.Headline)
}

func (r *Row) whyNone() string {
	out := ""
	for k := range r.Lenses {
		if out != "" {
			out += "; "
		}
		out += Kind(k).String() + ": " + trim(r.Lenses[k].OII.Why)
	}
	return out
}

func trim(why string) string {
	const prefix = "can't tell: "
	if len(why) > len(prefix) && why[:len(prefix)] == prefix {
		return why[len(prefix):]
	}
	return why
}

// mean is the average over lenses, with the joint jackknife's interval; where
// a lens has only a bound, with the average of the lenses' own ends.
func (r *Row) mean(of []Kind) stats.Estimate {
	n := 0
	var ratio, low, high float64
	effect, bound := math.Inf(1), false
	for _, k := range of {
		x := &r.Lenses[k]
		n += x.OII.N
		ratio += x.r
		low, high = low+x.OII.Low, high+x.OII.High
		effect, bound = min(effect, x.Effect), bound || x.Bound
	}
	lenses := float64(len(of))
	ratio /= lenses
	r.se = r.spread.se(of...)
	e := stats.Estimate{Value: 1 - ratio, N: n, Low: low / lenses, High: high / lenses, Coverage: float64(len(of)) / float64(len(r.Lenses))}
	if width := stats.TQuantile(0.975, effect-1) * r.se / ratio; !bound && !math.IsNaN(width) {
		e.Low, e.High = 1-ratio*math.Exp(width), 1-ratio*math.Exp(-width)
	}
	return e
}

func clip(e stats.Estimate) stats.Estimate {
	c := func(x float64) float64 { return min(max(x, 0), 1) } // NaN stays
	e.Value, e.Low, e.High = c(e.Value), c(e.Low), c(e.High)
	return e
}

// minShrink is how many teams it takes to tell the variance between them.
const minShrink = 3

// shrink draws the shown values of teams towards the organisation's over the
// same lenses: λ·own + (1−λ)·organisation with λ = τ²/(τ²+se²), τ² the variance
// between teams by DerSimonian and Laird. An uncertain team says less than it
// seems to. The interval stays the team's own, and reaches to the shown value
// at least.
func (a *Analysis) shrink() {
	type place struct {
		row    *Row
		centre float64
	}
	var places []place
	var distance, se []float64
	for t := range a.Teams {
		r := &a.Teams[t]
		if c := a.Org.meanOf(r.eligible()); r.Headline.Known() && !math.IsNaN(c) && r.se > 0 {
			places = append(places, place{r, c})
			distance, se = append(distance, r.Headline.Value-c), append(se, r.se)
		}
	}
	if len(places) < minShrink {
		return
	}
	tau := stats.BetweenVariance(distance, se)
	for n, p := range places {
		lambda := tau / (tau + se[n]*se[n])
		shown := p.row.Headline
		shown.Value = p.centre + lambda*distance[n]
		shown.Low, shown.High = min(shown.Low, shown.Value), max(shown.High, shown.Value)
		p.row.Shown = clip(shown)
	}
}

// meanOf is the mean index over some lenses, NaN where one is unknown.
func (r *Row) meanOf(of []Kind) float64 {
	sum := 0.0
	for _, k := range of {
		sum += 1 - r.Lenses[k].r
	}
	return sum / float64(len(of))
}

// chunks is how many streams the permutations are drawn from: a fixed number,
// so that the result is the same on any number of cores.
const chunks = 9

// permute shares the nodes out among the teams at random, sizes kept, and
// counts how often the index comes out at least as high.
func (a *Analysis) permute(v work.View, l *lens, org *Index, rows []*Index) {
	if math.IsNaN(org.r) {
		return
	}
	seed := l.seed(v.Org)
	counts := make([][]int, chunks)
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for c := range chunks {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			rng := stats.Rand(ruleVersion, "permutation", l.kind.String(), seed, strconv.Itoa(c))
			counts[c] = draw(l, len(rows), draws/chunks, rng, org, rows)
		})
	}
	wg.Wait()
	total := make([]int, len(rows)+1)
	for _, part := range counts {
		for k, n := range part {
			total[k] += n
		}
	}
	org.P = stats.PermutationP(total[len(rows)], draws)
	for t, row := range rows {
		if !math.IsNaN(row.r) {
			row.P = stats.PermutationP(total[t], draws)
		}
	}
}

// draw returns, for every team and last for the organisation, in how many of n
// draws R was as low as observed, or lower.
func draw(l *lens, teams, n int, rng *rand.Rand, org *Index, rows []*Index) []int {
	const rounding = 1e-12
	g := newGraph(l, teams)
	flat := flatten(l.groups)
	team := append([]uint16(nil), l.teams...)
	s, out := newSums(teams), make([]int, teams+1)
	for range n {
		for i := len(team) - 1; i > 0; i-- {
			j := rng.Uint32N(uint32(i + 1))
			team[i], team[j] = team[j], team[i]
		}
		flat.sums(team, s)
		s.squares = g.squares
		if s.share() <= org.r+rounding {
			out[teams]++
		}
		for t, row := range rows {
			if !math.IsNaN(row.r) && s.teamShare(t) <= row.r+rounding {
				out[t]++
			}
		}
	}
	return out
}
