// Package acceptance checks the measures on organisations of which the truth is
// known: it draws them by lot, tells them in facts as trackers would, assembles
// and measures them, and compares what is measured with what was put in.
//
// Each experiment is a function of a number of organisations and of a seed, and
// gives rows of a table: a number, the range in which METRICS section 9 wants it,
// and whether it lies there. The same number and seed give the same rows on every
// machine and any number of cores.
package acceptance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// Lens numbers the lenses of independence in a Plan.
type Lens int

// The lenses.
const (
	Links Lens = iota
	Batches
	People
	HandOffs
	Talks
	Lenses
)

// Plan says how an organisation comes about. Every team starts items in a Poisson
// stream; a share of them is in batches, which follow each other.
type Plan struct {
	Teams, People int     // People of each team
	Weeks         int     // of history before the extract
	PerWeek       float64 // items that each team starts a week
	Rise          float64 // times more than that in the last 26 weeks; 0: 1
	Sway          float64 // standard deviation of the logarithm of a week's rate, which goes with 0.6 of the week's before
	InBatches     float64 // share of the items
	Batches       float64 // that each team begins in 52 weeks
	Abreast       int     // batches of a team that run at a time; 0: 1
	Most          int     // items in a batch at most; 0: any number

	// How long an item takes: exponential with a hazard of Finish a day, or
	// log-normal with a Median of days and Sigma, of whose variance Together is
	// shared by the items of a batch. Drop is the hazard of being dropped instead.
	Finish, Drop            float64
	Median, Sigma, Together float64
	Slower                  float64 // times longer for what starts in the last 26 weeks; 0: 1

	// Ties of an item: dependencies and people who log work on it on two days each,
	// on average; the share that is handed over, and the share that is talked about.
	Ties [Lenses]float64
	// Cross is the share of the ties of a lens that cross teams; in Batches that of
	// items which stray from their batch's team to its partner. Batches differ: a
	// third each have 0.2, 0.8 and 2 times as much.
	Cross [Lenses]float64
	// Boundless: nobody and nothing knows of teams. Items and people belong to one
	// by lot.
	Boundless bool
	// Inferred: no configuration tells who belongs to which team.
	Inferred bool
	// Claims: every team says of itself that it is independent.
	Claims bool
	// Recorded is the share of the items crossed by people of another team of which
	// a link tells.
	Recorded float64
	// Friends: instead of any other team, those who cross come from the next one.
	Friends bool

	AtStart float64 // share of the items that depend on another team when they start
	Tax     float64 // times longer that these take; 0: 1
	Growth  float64 // dependencies on other teams that an open item gathers a day, without any effect

	// Kinds are the shares of the types of items; Alike is the share of a batch's
	// items that are of one type, drawn for the batch. Planned: the shares are the
	// plan of the mix.
	Kinds   []float64
	Alike   float64
	Planned bool
}

// factors are how much more or less than others the ties of a batch cross.
var factors = [...]float64{0.2, 0.8, 2}

// Truth is the index of a lens by the probabilities of the plan, for teams of
// equal size and activity: with q the share of ties that cross, and T teams of P
// people in all,
//
//	links, people   1 − E[q]/(1−1/T)                          of people: who talks has acted too
//	batches         1 − E[2q(1−q)]/(1−1/T)                    two items, each strayed or not
//	hand-offs       1 − E[q]·(1−1/P)/(1−1/T)                   nobody hands over to himself
//	talks           1 − E[1−(1−q)²−q²/(T−1)]·(1−1/P)/(1−1/T)   two people, strayed to one team or not
func (p Plan) Truth(l Lens) float64 {
	if p.Boundless {
		return 0
	}
	t, cross, share := float64(p.Teams), 0.0, p.Cross[l]
	if acts, said := 2*p.Ties[People], 3*p.Ties[Talks]; l == People && acts > 0 {
		share = (acts*p.Cross[People] + said*p.Cross[Talks]) / (acts + said) // of the days of people
	}
	for _, f := range factors {
		switch q := f * share; l {
		case Batches:
			cross += 2 * q * (1 - q)
		case Talks:
			cross += 1 - (1-q)*(1-q) - q*q/(t-1)
		default:
			cross += q
		}
	}
	cross /= float64(len(factors))
	if l == HandOffs || l == Talks {
		cross *= 1 - 1/(t*float64(p.People))
	}
	return 1 - cross/(1-1/t)
}

// Reaching returns the plan with as much crossing as makes the index of every lens
// the same.
func (p Plan) Reaching(index float64) Plan {
	for l := Talks; l >= 0; l-- { // people after talks, which are in their days
		low, high := 0.0, 1/factors[len(factors)-1]
		for range 50 {
			p.Cross[l] = (low + high) / 2
			if p.Truth(l) > index {
				low = p.Cross[l]
			} else {
				high = p.Cross[l]
			}
		}
	}
	return p
}

// Organisation is one that was drawn, with what its plan made true.
type Organisation struct {
	*work.Org
	Now fact.Instant

	Crossed, Told int // items that people of another team crossed, and those of which a link tells
}

// Cut is the last n weeks, as known at their end.
func (o *Organisation) Cut(weeks int) *work.Cut { return o.CutAt(o.Now, weeks) }

// CutAt is the n weeks before an instant, as known then.
func (o *Organisation) CutAt(t fact.Instant, weeks int) *work.Cut {
	w := work.LastWeeks(t, weeks, time.UTC)
	v := o.Org.At(w.To() - 1)
	return v.Cut(w, v.Lives())
}

// origin is a Monday.
var origin = fact.At(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))

// item is one item as it is drawn.
type item struct {
	*fact.Record
	team        int
	batch       *epic
	start, days float64
	dropped     bool
	cross       [Lenses]float64
	crossed     bool
	linked      bool
}

// epic is a batch: what its items share.
type epic struct {
	*fact.Record
	home, partner  int
	effect, lean   float64
	factor         float64
	kind, children int
}

// drawing is an organisation in the making.
type drawing struct {
	Plan
	*rand.Rand
	site    string
	end     float64 // the day of the extract
	batches []*epic
	items   []*item
	slots   map[[2]int]*epic
	n       int
}

// Draw draws an organisation. Name makes its items others than those of every
// other organisation, since streams of chance are seeded by them.
func (p Plan) Draw(name string, rng *rand.Rand) (*Organisation, error) {
	d := &drawing{Plan: p, Rand: rng, site: "https://" + name + ".example", end: float64(7 * p.Weeks), slots: map[[2]int]*epic{}}
	for team := range p.Teams {
		d.stream(team)
	}
	slices.SortStableFunc(d.items, func(a, b *item) int {
		switch {
		case a.start < b.start:
			return -1
		case a.start > b.start:
			return 1
		}
		return 0
	})
	for n := range d.items {
		d.dependencies(n)
		d.live(d.items[n])
		d.handOver(d.items[n])
		d.workOn(d.items[n])
		d.talk(d.items[n])
	}
	o := &Organisation{Now: d.at(d.end)}
	for n := range d.items {
		d.record(n, o)
	}
	res, err := assemble.Assemble(d.rules(), d.vocabulary(), d.records())
	if err != nil {
		return nil, err
	}
	o.Org = res.Org
	return o, nil
}

func (d *drawing) at(day float64) fact.Instant { return origin + fact.Instant(day*float64(fact.Day)) }

func or1(x float64) float64 {
	if x == 0 {
		return 1
	}
	return x
}

// poisson draws a Poisson number.
func (d *drawing) poisson(mean float64) int {
	n := 0
	for x := d.ExpFloat64(); x < mean; x += d.ExpFloat64() {
		n++
	}
	return n
}

const halfYear = 26 * 7

// stream draws the items that a team starts.
func (d *drawing) stream(team int) {
	rise, sway := or1(d.Rise), d.swaying()
	for day := 0.0; ; {
		rate := d.PerWeek / 7 * sway[int(day/7)]
		if day >= d.end-halfYear {
			rate *= rise
		}
		day += d.ExpFloat64() / rate
		if day >= d.end {
			return
		}
		it := &item{team: team, start: day}
		var b *epic
		if d.Float64() < d.InBatches {
			b = d.batchAt(team, day)
		}
		d.draw(it, b)
		d.items = append(d.items, it)
	}
}

// swaying draws by how much the rate of every week is higher than usual.
func (d *drawing) swaying() []float64 {
	const linger = 0.6
	out := make([]float64, d.Weeks+1)
	x := d.Sway * d.NormFloat64()
	for k := range out {
		out[k] = math.Exp(x)
		x = linger*x + math.Sqrt(1-linger*linger)*d.Sway*d.NormFloat64()
	}
	return out
}

// batchAt is the batch to which an item of a team belongs.
func (d *drawing) batchAt(team int, day float64) *epic {
	abreast := max(d.Abreast, 1)
	lane := d.IntN(abreast)
	turn := int((day/364*d.Batches + float64(lane)) / float64(abreast))
	slot := [2]int{team, lane*10_000 + turn}
	b := d.slots[slot]
	if b == nil || d.Most > 0 && b.children >= d.Most {
		b = &epic{home: team, partner: d.other(team), effect: d.NormFloat64(), lean: 2 * d.Float64(), factor: factors[d.IntN(len(factors))]}
		b.kind = d.anyKind()
		b.Record = d.newRecord(team, "epic", 1, max(0, day-20))
		d.slots[slot], d.batches = b, append(d.batches, b)
	}
	b.children++
	return b
}

// other is another team than one.
func (d *drawing) other(team int) int {
	if d.Friends {
		return (team + 1) % d.Teams
	}
	return (team + 1 + d.IntN(d.Teams-1)) % d.Teams
}

func (d *drawing) anyKind() int {
	x := d.Float64()
	for k, share := range d.Kinds {
		if x -= share; x < 0 {
			return k
		}
	}
	return 0
}

// draw decides what an item is and how long it takes.
func (d *drawing) draw(it *item, b *epic) {
	effect, lean, factor, kind := d.NormFloat64(), 1.0, factors[d.IntN(len(factors))], d.anyKind()
	if b != nil {
		effect, lean, factor, it.batch = b.effect, b.lean, b.factor, b
		if d.Float64() < d.Alike {
			kind = b.kind
		}
	}
	for l := range d.Cross {
		it.cross[l] = d.Cross[l] * factor
	}
	switch {
	case d.Boundless:
		it.team = d.IntN(d.Teams)
	case b != nil && d.Float64() < it.cross[Batches]:
		it.team = b.partner
	}
	if d.Finish > 0 {
		it.days = d.ExpFloat64() / d.Finish
	} else {
		it.days = d.Median * math.Exp(d.Sigma*(math.Sqrt(d.Together)*effect+math.Sqrt(1-d.Together)*d.NormFloat64()))
	}
	if it.linked = d.Float64() < d.AtStart*lean; it.linked {
		it.days *= or1(d.Tax)
	}
	if it.start >= d.end-halfYear {
		it.days *= or1(d.Slower)
	}
	if drop := d.ExpFloat64() / d.Drop; d.Drop > 0 && drop < it.days {
		it.days, it.dropped = drop, true
	}
	it.Record = d.newRecord(it.team, "kind"+strconv.Itoa(kind), 0, max(0, it.start-5*d.ExpFloat64()))
	if b != nil {
		it.Parent = fact.Ref{ID: b.ID, Key: b.Key}
	}
}

func project(team int) string { return fmt.Sprintf("T%d", team) }

var (
	toDo     = fact.Named{ID: "1", Name: "To Do"}
	doing    = fact.Named{ID: "2", Name: "In Progress"}
	done     = fact.Named{ID: "3", Name: "Done"}
	fixed    = fact.Named{ID: "1", Name: "Fixed"}
	wontDo   = fact.Named{ID: "2", Name: "Won't Do"}
	needs    = "is blocked by"
	isNeeded = "blocks"
)

func (d *drawing) newRecord(team int, kind string, rank fact.Rank, created float64) *fact.Record {
	d.n++
	key := fmt.Sprintf("%s-%d", project(team), d.n)
	return &fact.Record{
		Site: d.site, ID: strconv.Itoa(10_000 + d.n), Key: key, Title: key, URL: fact.Address(d.site, key),
		Project: fact.Project{ID: project(team), Key: project(team), Name: project(team)},
		Type:    fact.Type{ID: kind, Name: kind, Rank: rank}, Status: toDo,
		Created: d.at(created), Updated: d.at(created), Estimate: math.NaN(),
	}
}

// change notes a change, unless it comes after the extract.
func (d *drawing) change(r *fact.Record, day float64, kind fact.Kind, from, to fact.Value) bool {
	if day >= d.end {
		return false
	}
	at := max(d.at(day), r.Created)
	r.Changes = append(r.Changes, fact.Change{ID: strconv.Itoa(len(r.Changes) + 1), At: at, Kind: kind, From: from, To: to})
	r.Updated = max(r.Updated, at)
	return true
}

func named(n fact.Named) fact.Value { return fact.Value{ID: n.ID, Text: n.Name} }

// live starts an item and ends it.
func (d *drawing) live(it *item) {
	if d.change(it.Record, it.start, fact.KindStatus, named(toDo), named(doing)) {
		it.Status = doing
	}
	end := it.start + it.days
	if d.change(it.Record, end, fact.KindStatus, named(doing), named(done)) {
		resolution := fixed
		if it.dropped {
			resolution = wontDo
		}
		d.change(it.Record, end, fact.KindResolution, fact.Value{}, named(resolution))
		it.Status, it.Resolution, it.Resolved = done, resolution, d.at(end)
	}
}

// link makes one item depend on another, if both are there before the extract.
func (d *drawing) link(from, to *item, day float64) {
	if day >= d.end || from == to || tied(from, to) {
		return
	}
	at := d.at(day)
	if at < from.Created || at < to.Created {
		return
	}
	d.connect(from.Record, to.Record, needs, day)
	d.connect(to.Record, from.Record, isNeeded, day)
}

func (d *drawing) connect(r, o *fact.Record, phrase string, day float64) {
	other := fact.Ref{ID: o.ID, Key: o.Key}
	r.Links = append(r.Links, fact.Link{ID: r.ID + "-" + o.ID, Type: "Blocks", Phrase: phrase, Other: other})
	d.change(r, day, fact.KindLink, fact.Value{}, fact.Value{ID: o.Key, Text: phrase})
}

// tied reports whether two items are linked.
func tied(a, b *item) bool {
	return slices.ContainsFunc(a.Links, func(l fact.Link) bool { return l.Other.ID == b.ID })
}

// near is an item that starts at about the same time and that fits; nil if chance
// finds none.
func (d *drawing) near(n int, fits func(*item) bool) *item {
	const reach = 40
	for range 200 {
		k := n - reach + d.IntN(2*reach+1)
		if k >= 0 && k < len(d.items) && k != n && fits(d.items[k]) {
			return d.items[k]
		}
	}
	return nil
}

// dependencies draws what an item depends on.
func (d *drawing) dependencies(n int) {
	it := d.items[n]
	tie := func(day float64, fits func(*item) bool) {
		if to := d.near(n, func(o *item) bool { return fits(o) && !tied(it, o) }); to != nil {
			d.link(it, to, max(day, float64(to.Created-origin)/float64(fact.Day), float64(it.Created-origin)/float64(fact.Day)))
		}
	}
	for range d.poisson(d.Ties[Links]) {
		crosses := d.Float64() < it.cross[Links]
		far := d.other(it.team)
		tie(it.start, func(o *item) bool {
			switch {
			case d.Boundless:
				return true
			case crosses:
				return o.team == far
			}
			return o.team == it.team
		})
	}
	if it.linked {
		before := d.near(n, func(o *item) bool { return o.team != it.team && o.Created < d.at(it.start) })
		if before == nil {
			before = d.items[0]
		}
		d.link(it, before, it.start-1e-6)
	}
	if d.Growth > 0 {
		for day := it.start + d.ExpFloat64()/d.Growth; day < min(it.start+it.days, d.end); day += d.ExpFloat64() / d.Growth {
			tie(day, func(o *item) bool { return o.team != it.team && o.Created < d.at(day) })
		}
	}
}

// somebody is a person of a team.
func (d *drawing) somebody(team int) fact.Person {
	return fact.Person(1 + team*d.People + d.IntN(d.People))
}

// worker is somebody who works for an item: of its team, or of another.
func (d *drawing) worker(it *item, l Lens) (fact.Person, bool) {
	switch {
	case d.Boundless:
		return fact.Person(1 + d.IntN(d.Teams*d.People)), false
	case d.Float64() < it.cross[l]:
		return d.somebody(d.other(it.team)), true
	}
	return d.somebody(it.team), false
}

// another is a worker besides others: whether the worker is of another team does
// not depend on who these are.
func (d *drawing) another(it *item, l Lens, were []fact.Person) (fact.Person, bool) {
	by, crosses := d.worker(it, l)
	for slices.Contains(were, by) {
		if d.Boundless {
			by, _ = d.worker(it, l)
		} else {
			by = d.somebody(int(by-1) / d.People)
		}
	}
	return by, crosses
}

// assign gives an item to somebody.
func (d *drawing) assign(it *item, day float64, to fact.Person) {
	if d.change(it.Record, day, fact.KindAssignee, fact.Value{Person: it.Assignee}, fact.Value{Person: to}) {
		it.Assignee = to
	}
}

// handOver draws who hands an item to whom, before it starts, when to have it takes
// no time of anybody.
func (d *drawing) handOver(it *item) {
	if d.Float64() >= d.Ties[HandOffs] {
		return
	}
	from := d.somebody(it.team)
	if d.Boundless {
		from, _ = d.worker(it, HandOffs)
	}
	to, crosses := d.worker(it, HandOffs)
	for to == from { // another of the same team
		if to = d.somebody(it.team); d.Boundless {
			to, _ = d.worker(it, HandOffs)
		}
	}
	first := float64(it.Created-origin) / float64(fact.Day)
	step := (it.start - first) / 4
	d.assign(it, first+step, from)
	d.assign(it, first+2*step, to)
	d.assign(it, first+3*step, 0)
	it.crossed = it.crossed || crosses
}

func (d *drawing) act(r *fact.Record, day float64, by fact.Person, act fact.Act) {
	if day >= d.end {
		return
	}
	v := fact.Involvement{ID: strconv.Itoa(len(r.Involvement) + 1), At: d.at(day), By: by, Act: act}
	if act == fact.ActComment {
		v.Length = fact.Long
	}
	r.Involvement = append(r.Involvement, v)
	r.Updated = max(r.Updated, v.At)
}

// workOn draws who logs work: each on two days in a row.
func (d *drawing) workOn(it *item) {
	var were []fact.Person
	for range min(d.poisson(d.Ties[People]), d.People) {
		by, crosses := d.another(it, People, were)
		were = append(were, by)
		first := it.start + d.Float64()
		d.act(it.Record, first, by, fact.ActWorklog)
		d.act(it.Record, first+1, by, fact.ActWorklog)
		it.crossed = it.crossed || crosses
	}
}

// talk draws who talks about an item: two to four people, on days of their own.
func (d *drawing) talk(it *item) {
	if d.Float64() >= d.Ties[Talks] {
		return
	}
	var were []fact.Person
	for k := 2 + d.IntN(3); k > 0; k-- {
		by, _ := d.another(it, Talks, were)
		were = append(were, by)
		d.act(it.Record, it.start+4+0.5*d.Float64(), by, fact.ActComment)
	}
}

// record notes, of some of the items that people crossed, a link that tells so.
// It leads to an item that nobody crossed, of which it says nothing then.
func (d *drawing) record(n int, o *Organisation) {
	it := d.items[n]
	if !it.crossed {
		return
	}
	o.Crossed++
	if d.Float64() >= d.Recorded {
		return
	}
	if to := d.near(n, func(x *item) bool { return x.team != it.team && !x.crossed }); to != nil {
		o.Told++
		d.link(it, to, max(it.start, float64(to.Created-origin)/float64(fact.Day))+1e-6)
	}
}

func (d *drawing) records() []*fact.Record {
	var out []*fact.Record
	add := func(r *fact.Record) {
		if r.Created >= d.at(d.end) {
			return
		}
		r.Changes = fact.SortChanges(r.Changes)
		r.History = fact.History{State: fact.WholeHistory, Have: len(r.Changes), Total: len(r.Changes)}
		out = append(out, r)
	}
	for _, b := range d.batches {
		add(b.Record)
	}
	for _, it := range d.items {
		add(it.Record)
	}
	return out
}

func (d *drawing) vocabulary() fact.Vocabulary {
	var v fact.Vocabulary
	for _, s := range []struct {
		fact.Named
		category string
	}{{toDo, "new"}, {doing, "indeterminate"}, {done, "done"}} {
		v = v.Add(fact.Term{Site: d.site, Kind: fact.TermStatus, ID: s.ID, Name: s.Name, Category: s.category})
	}
	return v.Add(
		fact.Term{Site: d.site, Kind: fact.TermType, ID: "epic", Name: "epic", Rank: 1},
		fact.Term{Site: d.site, Kind: fact.TermLinkType, ID: "1", Name: "Blocks", Inward: needs, Outward: isNeeded})
}

func (d *drawing) rules() assemble.Rules {
	r := assemble.Rules{By: assemble.ByRules, Planned: d.Planned}
	for team := range d.Teams {
		t := assemble.Team{Name: project(team), ID: project(team), Claims: d.Claims, Match: assemble.Match{Projects: []string{project(team)}}}
		for k := range d.People {
			if !d.Inferred {
				t.Members = append(t.Members, assemble.Member{Person: fact.Person(1 + team*d.People + k), Share: 1})
			}
		}
		r.Teams = append(r.Teams, t)
	}
	for k, share := range d.Kinds {
		kind := "kind" + strconv.Itoa(k)
		r.Categories = append(r.Categories, assemble.Category{Name: kind, Names: []string{kind}, Plan: share})
	}
	return r
}
