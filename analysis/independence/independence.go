package independence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
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

	r, se float64   // χ/χ₀ and its jackknife standard error
	loo   []float64 // χ/χ₀ without each batch
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
		out.measure(c.View, l, len(batches))
	}
	for t := range out.Teams {
		out.Teams[t].headline()
	}
	out.Org.headline()
	out.shrink()
	return out
}

// measure computes the indices of one lens for all rows.
func (a *Analysis) measure(v work.View, l *lens, clusters int) {
	teams := len(v.Teams)
	g := newGraph(l, teams)
	whole := g.sums(l.teams)
	org, rows := &a.Org.Lenses[l.kind], make([]*Index, teams)
	org.start(whole.share(), clusters)
	org.Cross, org.Null = whole.parts()
	for t := range rows {
		rows[t] = &a.Teams[t].Lenses[l.kind]
		rows[t].start(whole.teamShare(t), clusters)
		rows[t].Cross, rows[t].Null = whole.x[t]/whole.k[t], whole.expected(t)*2*whole.m/whole.k[t]
	}
	if math.IsNaN(org.r) {
		clusters = 0 // nothing to leave out
	}
	g.leaveOut(l.teams, clusters, func(c int, s *sums) {
		org.loo[c] = s.share()
		for t, row := range rows {
			if !math.IsNaN(row.r) {
				row.loo[c] = s.teamShare(t)
			}
		}
	})
	ev := countEvents(l, teams, clusters)
	org.finish(ev.org, l.why)
	for t, row := range rows {
		row.finish(ev.teams[t], l.why)
	}
	a.permute(v, l, org, rows)
}

func (x *Index) start(r float64, clusters int) {
	x.r, x.se, x.P = r, math.NaN(), math.NaN()
	if !math.IsNaN(r) {
		x.loo = make([]float64, clusters)
	}
}

// events counts, by cluster, the events of a row and those that cross.
type events struct {
	all, cross map[uint32]int
}

func newEvents() events { return events{map[uint32]int{}, map[uint32]int{}} }

func (e events) add(cluster uint32, crosses bool) {
	e.all[cluster]++
	if crosses {
		e.cross[cluster]++
	}
}

type eventCounts struct {
	org   events
	teams []events
}

// countEvents counts links (L1) or items in batches (L2).
func countEvents(l *lens, teams, clusters int) eventCounts {
	out := eventCounts{org: newEvents(), teams: make([]events, teams)}
	for t := range out.teams {
		out.teams[t] = newEvents()
	}
	for _, g := range l.groups {
		first := l.teams[g.members[0].node]
		crosses := false
		for _, m := range g.members {
			crosses = crosses || l.teams[m.node] != first
		}
		if l.kind == Links { // both members are one event
			c := g.members[0].cluster
			out.org.add(c, crosses)
			out.teams[first].add(c, crosses)
			if crosses {
				out.teams[l.teams[g.members[1].node]].add(c, true)
			}
			continue
		}
		for _, m := range g.members {
			out.org.add(m.cluster, crosses)
			out.teams[l.teams[m.node]].add(m.cluster, crosses)
		}
	}
	return out
}

// finish decides what can be said of an index, and computes its interval.
func (x *Index) finish(ev events, blind string) {
	n, squares, shares := 0, 0.0, []stats.Cluster{}
	for c := uint32(0); len(shares) < len(ev.all); c++ { // in order of number
		if k := ev.all[c]; k > 0 {
			n += k
			squares += float64(k) * float64(k)
			shares = append(shares, stats.Cluster{N: k, Hits: ev.cross[c]})
		}
	}
	x.Clusters, x.Crossing = len(ev.all), len(ev.cross)
	if n > 0 {
		x.Effect = float64(n) * float64(n) / squares
	}
	if math.IsNaN(x.r) {
		x.OII = stats.Unknown(n, undefined(n, blind))
		return
	}
	nan := math.NaN()
	x.OII = stats.Estimate{Value: 1 - x.r, N: n, Low: nan, High: nan, Coverage: 1}
	x.se = stats.JackknifeSE(x.loo)
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
	var loo []float64
	for _, k := range of {
		x := &r.Lenses[k]
		n += x.OII.N
		ratio += x.r
		low, high = low+x.OII.Low, high+x.OII.High
		effect, bound = min(effect, x.Effect), bound || x.Bound
		if loo == nil {
			loo = make([]float64, len(x.loo))
		}
		for c, v := range x.loo {
			loo[c] += v / float64(len(of))
		}
	}
	lenses := float64(len(of))
	ratio /= lenses
	r.se = stats.JackknifeSE(loo)
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
	team := append([]uint16(nil), l.teams...)
	out := make([]int, teams+1)
	for range n {
		rng.Shuffle(len(team), func(i, j int) { team[i], team[j] = team[j], team[i] })
		s := g.sums(team)
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
