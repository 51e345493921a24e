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
	// OII is 1 − χ/χ₀, not clipped; N is the number of events: links, items in
	// batches, items that somebody worked on, hand-offs, items that people took
	// part in. Its interval comes from leaving out one batch at a time.
	OII stats.Estimate
	// P is the chance of an index as high, or higher, if the same items (in L3 to
	// L5: people) were shared out among the teams at random; a diagnostic. NaN
	// where there is no index.
	P     float64
	Cross float64 // the share of the row's weight that crosses
	Null  float64 // the same by chance
	// Part and Chance are c_t and c̄_t, of all weight; χ and χ₀ of the organisation.
	// Over the teams and the others, Σ Chance/χ₀·OII is the organisation's index.
	Part, Chance float64
	Crossing     int     // batches with a tie that crosses
	Clusters     int     // batches with a tie
	Effect       float64 // E_eff
	People       int     // L3 to L5: whose ties these are
	// Shared is the share of the organisation's ties that is of people without a
	// home team, who are left out; N is these people. L3 to L5 only.
	Shared stats.Estimate
	// Eligible: there are data enough for the interval, or for the bound alone
	// that stands in where too few batches cross (Bound).
	Eligible, Bound bool
	Weight          float64 // in the headline; 0: switched off

	r, se float64 // χ/χ₀ and its jackknife standard error
}

// Row is the indices of one team, or of the organisation.
type Row struct {
	Lenses [kinds]Index
	// Headline is the weighted mean over the eligible lenses, not clipped and not
	// shrunk; its interval leaves a batch out of every lens at once.
	Headline stats.Estimate
	// Shown is what people should read: a team's headline, drawn towards the
	// organisation's by how uncertain it is, and clipped to 0 to 1. The
	// interval is the team's own.
	Shown  stats.Estimate
	Lowest Kind // the eligible lens with the lowest index
	// The headline in two other runs, without intervals: without the best-connected
	// people of L3 to L5, and with shared people in the team of most of their events.
	NoHubs, Placed stats.Estimate
	Claim          Claim

	se     float64
	spread spread // of χ/χ₀ without each batch
}

// Analysis is the independence of the teams in one window.
type Analysis struct {
	Org   Row
	Teams []Row // by TeamID
	// Others has, for each of L3 to L5, the row of the teams that are told together
	// there, with fewer than five people or joined to these; it has no headline,
	// since these are other teams from lens to lens.
	Others  Row
	Folded  [kinds][]work.TeamID // who the others are
	Hubs    [kinds]int           // people whom the run without the best-connected ones leaves out
	Unowned int                  // ties left out because an end has no single team
	Wide    int                  // items left out because their parent holds most of the teams
	Crowds  int                  // items and pull requests left out of L5 because more than 15 people took part

	claimsAlone bool

	weights  [kinds]float64
	together [kinds][]bool // L3 to L5: the folded teams
	small    [kinds]string // why the lens has no interval anywhere
	deeds    *deeds        // what people did
	order    []work.ItemID // of teams, see work.Fold
}

// Options are what a configuration may change.
type Options struct {
	// Theta is the index that a team which calls itself independent claims to
	// reach; 0.8 where it is 0 or no number between 0 and 1.
	Theta float64
	// Weights of the lenses in the headline, 1 where a lens has none here. 0
	// switches a lens off: it is told, and counts for no headline and no claim.
	Weights map[Kind]float64
	// Claims asks for the teams' claims alone: without the P of lenses and without
	// the two other runs.
	Claims bool
}

func (o Options) theta() float64 {
	if o.Theta > 0 && o.Theta < 1 {
		return o.Theta
	}
	return 0.8
}

func (o Options) weights() [kinds]float64 {
	out := equal
	for k, w := range o.Weights {
		if k < kinds {
			out[k] = 0
			if w > 0 && !math.IsInf(w, 1) {
				out[k] = w
			}
		}
	}
	return out
}

var equal = [kinds]float64{1, 1, 1, 1, 1}

// Analyse measures the independence in a window, which should be 52 weeks. d is
// the dependencies of the same window, h the homes of the same view (nil: they are
// looked up).
//
// The organisation's row counts every item for the team of its time. The row of a
// team that was reorganised in the window is that of the whole weeks since: all
// of it is measured again for these, so that its parts add up among themselves
// and not with the organisation's.
func Analyse(c *work.Cut, d *deps.Analysis, h *work.Homes, o Options) *Analysis {
	if h == nil {
		h = c.View.Homes()
	}
	out := analyse(c, d, h, o)
	again := map[work.Instant]*Analysis{}
	for t := range out.Teams {
		w := c.Teams[t].Window
		switch {
		case w.Weeks() == c.Window.Weeks():
			continue
		case w.Weeks() == 0:
			out.Teams[t] = unknownRow("the team was reorganised, and no whole week has passed since")
		default:
			if again[w.From()] == nil {
				part := c.View.Cut(w, c.Lives)
				again[w.From()] = analyse(part, deps.Analyse(part), h, o)
			}
			out.Teams[t] = again[w.From()].Teams[t]
		}
	}
	return out
}

func analyse(c *work.Cut, d *deps.Analysis, h *work.Homes, o Options) *Analysis {
	batches := clusters{}
	deeds := readDeeds(c, h, batches)
	teams := len(c.View.Teams)
	lenses := []*lens{linkLens(d, batches), batchLens(c, d.Active, batches)}
	for k := People; k < kinds; k++ {
		lenses = append(lenses, deeds.lens(k, reading{}, teams))
	}
	out := &Analysis{Teams: make([]Row, teams), Crowds: deeds.crowds, claimsAlone: o.Claims, weights: o.weights(), deeds: deeds, order: c.View.FirstItems()}
	for _, l := range lenses {
		out.Unowned += l.unowned
		out.Wide += l.wide
	}
	out.measure(c.View, lenses, len(batches))
	for t := range out.Teams {
		out.Teams[t].headline()
	}
	out.Org.headline()
	out.Others.Headline = stats.Unknown(0, noHeadline)
	out.Others.Shown = out.Others.Headline
	out.shrink()
	if !o.Claims {
		out.vary(lenses, deeds)
	}
	out.claims(c.View, o.theta())
	return out
}

// unknownRow is a row without a number.
func unknownRow(why string) Row {
	var r Row
	e := stats.Unknown(0, why)
	r.Headline, r.Shown, r.NoHubs, r.Placed, r.se = e, e, e, e, math.NaN()
	r.Claim = Claim{P: math.NaN(), Why: why}
	for k := range r.Lenses {
		r.Lenses[k] = unknownIndex(0, why)
	}
	return r
}

func unknownIndex(n int, why string) Index {
	nan := math.NaN()
	return Index{OII: stats.Unknown(n, why), Shared: stats.Unknown(0, notHere), P: nan, Cross: nan, Null: nan, Part: nan, Chance: nan, Effect: nan, r: nan, se: nan}
}

const notHere = "told of the organisation, in lenses of people"

// weighted is a lens as it is added up and taken apart.
type weighted interface {
	table(team []uint16) table
	leaveOut(team []uint16, clusters int) func(cluster int) table
}

func (g *graph) table(team []uint16) table     { return g.sums(team) }
func (g *flowGraph) table(team []uint16) table { return g.sums(team) }

func (l *lens) graph(teams int) weighted {
	if l.kind.directed() {
		return newFlowGraph(l, teams)
	}
	return newGraph(l, teams)
}

// measure computes the indices of all rows.
func (a *Analysis) measure(v work.View, lenses []*lens, clusters int) {
	if a.weights == ([kinds]float64{}) {
		a.weights = equal
	}
	teams := len(v.Teams)
	graphs := make([]weighted, len(lenses))
	for k := range a.Others.Lenses {
		a.Others.Lenses[k] = unknownIndex(0, "no team is told together with others")
	}
	for n, l := range lenses {
		graphs[n] = l.graph(teams)
		a.fold(l, teams, a.order)
		a.start(l, graphs[n].table(l.teams))
	}
	a.jackknife(lenses, graphs, clusters)
	for _, l := range lenses {
		a.finish(l, teams)
		if !a.claimsAlone {
			a.permute(v, l)
		}
		a.hide(l)
	}
	each := func(r *Row) {
		for k, w := range a.weights {
			r.Lenses[k].Weight = w
		}
	}
	each(&a.Org)
	each(&a.Others)
	for t := range a.Teams {
		each(&a.Teams[t])
	}
}

// start notes what one lens gives for every row.
func (a *Analysis) start(l *lens, whole table) {
	k := l.kind
	var chi, null, part, chance, weight float64
	together := a.together[k]
	for t := range a.Teams {
		c, e, w := whole.cross(t), whole.expected(t), whole.weight(t)
		a.Teams[t].Lenses[k].start(whole.teamShare(t), c, e, w)
		chi, null = chi+c, null+e
		if together != nil && together[t] {
			part, chance, weight = part+c, chance+e, weight+w
		}
	}
	a.Org.Lenses[k].start(whole.share(), chi, null, 1)
	if together != nil {
		a.Others.Lenses[k].start(shareOf(whole, together), part, chance, weight)
	}
}

func (x *Index) start(r, part, chance, weight float64) {
	x.r, x.se, x.P = r, math.NaN(), math.NaN()
	x.Part, x.Chance, x.Cross, x.Null = part, chance, part/weight, chance/weight
	x.Shared = stats.Unknown(0, notHere)
}

// jackknife leaves out one cluster after the other, of all lenses at once.
func (a *Analysis) jackknife(lenses []*lens, graphs []weighted, clusters int) {
	var without [kinds]func(int) table
	for n, l := range lenses {
		if !math.IsNaN(a.Org.Lenses[l.kind].r) { // else there is nothing to leave out
			without[l.kind] = graphs[n].leaveOut(l.teams, clusters)
		}
	}
	begin := func(r *Row, enough [kinds]bool) {
		var live [kinds]bool
		for k := range live {
			live[k] = enough[k] && without[k] != nil && !math.IsNaN(r.Lenses[k].r)
		}
		r.spread.begin(live)
	}
	var parts [kinds]table
	add := func(r *Row, share func(Kind, table) float64) {
		if r.spread.lives == 0 {
			return
		}
		var values [kinds]float64
		for _, k := range r.spread.live[:r.spread.lives] {
			if values[k] = r.Lenses[k].r; parts[k] != nil { // else none of its ties is of the cluster
				values[k] = share(k, parts[k])
			}
		}
		r.spread.add(values)
	}
	begin(&a.Org, [kinds]bool{true, true, true, true, true})
	begin(&a.Others, [kinds]bool{true, true, true, true, true})
	for t, enough := range enough(lenses, len(a.Teams)) {
		begin(&a.Teams[t], enough)
	}
	for c := range clusters {
		for k, of := range without {
			if of != nil {
				parts[k] = of(c)
			}
		}
		add(&a.Org, func(_ Kind, s table) float64 { return s.share() })
		for t := range a.Teams {
			add(&a.Teams[t], func(_ Kind, s table) float64 { return s.teamShare(t) })
		}
		add(&a.Others, func(k Kind, s table) float64 { return shareOf(s, a.together[k]) })
	}
}

const manyTeams = 100

// enough tells for every team which lenses may have the ties that an interval
// needs: of the others nobody asks for the spread, and with more than manyTeams it
// would take longer than all else. A team has no more ties than ends of ties.
func enough(lenses []*lens, teams int) [][kinds]bool {
	out, ends := make([][kinds]bool, teams), make([]int, teams)
	for _, l := range lenses {
		clear(ends)
		for _, f := range l.flows {
			ends[l.teams[f.from]]++
		}
		for _, g := range l.groups {
			for _, m := range g.members {
				ends[l.teams[m.node]]++
			}
		}
		for t, n := range ends {
			out[t][l.kind] = n >= minEvents || teams <= manyTeams
		}
	}
	return out
}

// event is one link (L1), one item in a batch (L2), one person's work on an item
// (L3), one hand-off (L4) or one item that people took part in (L5), as a row
// counts it.
type event struct {
	cluster uint32
	crosses bool
	weight  float64 // 1, or a person's time (L3), or how many took part (L5)
}

// countEvents lists the events of every team and, after them, of the organisation
// and of the teams that are told together. A tie with a direction is an event of
// the team that it goes out from.
func countEvents(l *lens, teams int, together []bool) [][]event {
	out := make([][]event, teams+2)
	add := func(row int, e event) { out[row] = append(out[row], e) }
	for _, f := range l.flows {
		from, to := int(l.teams[f.from]), int(l.teams[f.to])
		e := event{f.cluster, from != to, f.weight}
		add(teams, e)
		add(from, e)
		if together != nil && together[from] {
			add(teams+1, e)
		}
	}
	for _, g := range l.groups {
		first := int(l.teams[g.members[0].node])
		crosses := false
		for _, m := range g.members {
			crosses = crosses || int(l.teams[m.node]) != first
		}
		switch l.kind {
		case Links: // both members are one event
			e := event{g.members[0].cluster, crosses, 1}
			add(teams, e)
			add(first, e)
			if crosses {
				add(int(l.teams[g.members[1].node]), e)
			}
		case Talks: // all members are
			add(teams, event{g.members[0].cluster, crosses, float64(len(g.members))})
			l.talkEvents(g, crosses, together, teams, add)
		default:
			for _, m := range g.members {
				add(teams, event{m.cluster, crosses, 1})
				add(int(l.teams[m.node]), event{m.cluster, crosses, 1})
			}
		}
	}
	return out
}

// talkEvents adds one event for every team that takes part in a group, and for
// those that are told together.
func (l *lens) talkEvents(g group, crosses bool, together []bool, teams int, add func(int, event)) {
	others := 0.0
	for n, m := range g.members {
		team := l.teams[m.node]
		same := func(m member) bool { return l.teams[m.node] == team }
		if together != nil && together[team] {
			others++
		}
		if slices.ContainsFunc(g.members[:n], same) {
			continue
		}
		weight := 1.0
		for _, x := range g.members[n+1:] {
			if same(x) {
				weight++
			}
		}
		add(int(team), event{m.cluster, crosses, weight})
	}
	if others > 0 {
		add(teams+1, event{g.members[0].cluster, crosses, others})
	}
}

// byCluster sums events up by batch, in order of number, and adds up their
// weights.
func byCluster(events []event) (shares []stats.Cluster, weights []float64) {
	slices.SortFunc(events, func(a, b event) int { return cmp.Compare(a.cluster, b.cluster) })
	for n, e := range events {
		if n == 0 || events[n-1].cluster != e.cluster {
			shares, weights = append(shares, stats.Cluster{}), append(weights, 0)
		}
		c := &shares[len(shares)-1]
		c.N++
		if e.crosses {
			c.Hits++
		}
		weights[len(weights)-1] += e.weight
	}
	return shares, weights
}

// finish decides what can be said of the indices of one lens.
func (a *Analysis) finish(l *lens, teams int) {
	k, events := l.kind, countEvents(l, teams, a.together[l.kind])
	a.Org.finish(k, events[teams], l.why)
	for t := range a.Teams {
		a.Teams[t].finish(k, events[t], l.why)
	}
	if a.together[k] != nil {
		a.Others.finish(k, events[teams+1], l.why)
	}
}

// finish decides what can be said of an index, and computes its interval.
func (r *Row) finish(kind Kind, events []event, blind string) {
	x := &r.Lenses[kind]
	shares, weights := byCluster(events)
	n, sum, squares := len(events), 0.0, 0.0
	for c := range shares {
		sum += weights[c]
		squares += weights[c] * weights[c]
		if shares[c].Hits > 0 {
			x.Crossing++
		}
	}
	x.Clusters = len(shares)
	if n > 0 {
		x.Effect = sum * sum / squares
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
		x.OII.Why = fmt.Sprintf("can't tell: ties come from too few batches (fewer than %d of equal weight)", minEffect)
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
	// Where few large events cross, their share of the weight is above that of the
	// events: the bound lies as far above it as it does above the latter.
	high := s.High + max(0, x.Cross-s.P)
	x.OII.Low, x.OII.High = min(1-high/x.Null, x.OII.Value), 1
}

// eligible lists the lenses that have data enough and are not switched off.
func (r *Row) eligible() []Kind {
	var out []Kind
	for k := range r.Lenses {
		if r.Lenses[k].Eligible && r.Lenses[k].Weight > 0 {
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

// whyNone is one sentence: why each lens has no data enough, the lens itself says.
func (r *Row) whyNone() string {
	for k := range r.Lenses {
		if r.Lenses[k].Weight > 0 {
			return "no lens has data enough: see table lenses"
		}
	}
	return "every lens is switched off"
}

// mean is the weighted average over lenses, with the joint jackknife's interval;
// where a lens has only a bound, with the average of the lenses' own ends.
func (r *Row) mean(of []Kind) stats.Estimate {
	n := 0
	var ratio, low, high, sum, all float64
	var weights [kinds]float64
	effect, bound := math.Inf(1), false
	for k := range r.Lenses {
		all += r.Lenses[k].Weight
	}
	for _, k := range of {
		x := &r.Lenses[k]
		n += x.OII.N
		weights[k] = x.Weight
		sum += x.Weight
		ratio += x.Weight * x.r
		low, high = low+x.Weight*x.OII.Low, high+x.Weight*x.OII.High
		effect, bound = min(effect, x.Effect), bound || x.Bound
	}
	ratio /= sum
	r.se = r.spread.weighted(weights)
	e := stats.Estimate{Value: 1 - ratio, N: n, Low: low / sum, High: high / sum, Coverage: sum / all}
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

// meanOf is the weighted mean index over some lenses, NaN where one is unknown.
func (r *Row) meanOf(of []Kind) float64 {
	sum, weight := 0.0, 0.0
	for _, k := range of {
		x := &r.Lenses[k]
		sum += x.Weight * (1 - x.r)
		weight += x.Weight
	}
	return sum / weight
}

// chunks is how many streams the permutations are drawn from: a fixed number,
// so that the result is the same on any number of cores.
const chunks = 9

// permute shares the nodes out among the teams at random, sizes kept, and
// counts how often the index comes out at least as high.
func (a *Analysis) permute(v work.View, l *lens) {
	k := l.kind
	if math.IsNaN(a.Org.Lenses[k].r) {
		return
	}
	seed := l.seed(v.Org)
	counts := make([][]int, chunks)
	drawn := l.drawn(len(a.Teams))
	var wg sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for c := range chunks {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			rng := stats.Rand(ruleVersion, "permutation", k.String(), seed, strconv.Itoa(c))
			counts[c] = a.draw(l, drawn(), draws/chunks, rng)
		})
	}
	wg.Wait()
	rows := a.rowsOf(k)
	for n, row := range rows {
		total := 0
		for _, part := range counts {
			total += part[n]
		}
		if !math.IsNaN(row.r) {
			row.P = stats.PermutationP(total, draws)
		}
	}
}

// rowsOf are the indices of one lens: of the teams, of the organisation and of
// those told together.
func (a *Analysis) rowsOf(k Kind) []*Index {
	out := make([]*Index, 0, len(a.Teams)+2)
	for t := range a.Teams {
		out = append(out, &a.Teams[t].Lenses[k])
	}
	return append(out, &a.Org.Lenses[k], &a.Others.Lenses[k])
}

// drawn prepares a lens for being added up many times, and returns what makes an
// adder for one worker.
func (l *lens) drawn(teams int) func() func([]uint16) table {
	if l.kind.directed() {
		g := newFlowGraph(l, teams).fold()
		self := g.selfPairs()
		return func() func([]uint16) table {
			s := newFlowSums(teams)
			s.self = self
			return func(team []uint16) table {
				g.again(team, s)
				return s
			}
		}
	}
	g := newGraph(l, teams)
	if l.paired() {
		pairs := g.pairs()
		return func() func([]uint16) table {
			s := newSums(teams)
			s.squares = g.squares
			return func(team []uint16) table {
				g.again(pairs, team, s)
				return s
			}
		}
	}
	flat := flatten(l.groups)
	return func() func([]uint16) table {
		mine, s := *flat, newSums(teams)
		s.squares = g.squares
		return func(team []uint16) table {
			mine.sums(team, s)
			return s
		}
	}
}

// draw returns, for every row of [Analysis.rowsOf], in how many of n draws R was
// as low as observed, or lower.
func (a *Analysis) draw(l *lens, add func([]uint16) table, n int, rng *rand.Rand) []int {
	const rounding = 1e-12
	team := append([]uint16(nil), l.teams...)
	free := team
	if l.kind.OfPeople() {
		free = team[:l.free]
	}
	rows, teams := a.rowsOf(l.kind), len(a.Teams)
	out := make([]int, len(rows))
	for range n {
		for i := len(free) - 1; i > 0; i-- {
			j := rng.Uint32N(uint32(i + 1))
			free[i], free[j] = free[j], free[i]
		}
		s := add(team)
		for t, row := range rows {
			if math.IsNaN(row.r) {
				continue
			}
			r := 0.0
			switch t {
			case teams:
				r = s.share()
			case teams + 1:
				r = shareOf(s, a.together[l.kind])
			default:
				r = s.teamShare(t)
			}
			if r <= row.r+rounding {
				out[t]++
			}
		}
	}
	return out
}
