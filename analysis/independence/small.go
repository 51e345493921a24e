package independence

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Why the lenses of people tell nothing.
const (
	whyTogether = "fewer than five people, or joined to teams of fewer: told with others in table lenses"
	whyFew      = "fewer than five people in all"
	whyOneTeam  = "can't tell: fewer than two teams of five people"
)

// peopleIn counts the people of every team in a lens of people, and of all. In a
// lens with a direction these are the people that ties go out from: a row tells of
// what goes out.
func (l *lens) peopleIn(teams int) (of []int, all int) {
	of = make([]int, teams)
	seen := map[fact.Person]bool{}
	for _, n := range l.actors() {
		of[l.teams[n]]++ // a person in one team is one node
		seen[l.people[n]] = true
	}
	return of, len(seen)
}

// actors are the nodes that peopleIn counts, in order.
func (l *lens) actors() []int {
	out := make([]bool, len(l.people))
	for n := range out {
		out[n] = !l.kind.directed()
	}
	for _, f := range l.flows {
		out[f.from] = true
	}
	var list []int
	for n, in := range out {
		if in {
			list = append(list, n)
		}
	}
	return list
}

// fold decides which teams a lens of people tells together, see [work.Fold], and
// counts the people. Somebody who was of two small teams is one person: where that
// leaves fewer than five, all teams are told together.
func (a *Analysis) fold(l *lens, teams int, order []work.ItemID) {
	k := l.kind
	if !k.OfPeople() {
		return
	}
	of, all := l.peopleIn(teams)
	folded, _ := work.Fold(of, order)
	inside := map[fact.Person]bool{}
	count := func() {
		clear(inside)
		for _, n := range l.actors() {
			if folded[l.teams[n]] {
				inside[l.people[n]] = true
			}
		}
	}
	if count(); len(inside) > 0 && len(inside) < work.LeastPeople {
		for t, n := range of {
			folded[t] = n > 0
		}
		count()
	}
	rows := 0
	for t, n := range of {
		a.Teams[t].Lenses[k].People = n
		switch {
		case folded[t]:
			a.Folded[k] = append(a.Folded[k], work.TeamID(t))
		case n > 0:
			rows++
		}
	}
	a.Org.Lenses[k].People = all
	if len(inside) > 0 {
		rows++
		a.together[k] = folded
		a.Others.Lenses[k].People = len(inside)
	}
	switch {
	case all < work.LeastPeople:
		a.small[k] = whyFew
	case rows < 2:
		a.small[k] = whyOneTeam
	}
}

// hide takes out what a lens of people must not tell.
func (a *Analysis) hide(l *lens) {
	k := l.kind
	if !k.OfPeople() {
		return
	}
	for _, x := range a.rowsOf(k) {
		switch {
		case !x.OII.Known():
			x.People = 0
		case a.small[k] == whyFew:
			*x = unknownIndex(0, whyFew)
		case a.small[k] != "":
			x.Eligible, x.Bound, x.se = false, false, math.NaN()
			x.OII.Low, x.OII.High, x.OII.Why = math.NaN(), math.NaN(), a.small[k]
		}
	}
	for _, t := range a.Folded[k] {
		a.Teams[t].Lenses[k] = unknownIndex(0, whyTogether)
	}
	if a.small[k] == whyFew {
		a.Folded[k] = nil
	}
	a.Org.Lenses[k].Shared = sharedShare(l)
}

// sharedShare is told where it is about nobody, or about five people.
func sharedShare(l *lens) stats.Estimate {
	switch {
	case l.sharedPeople > 0 && l.sharedPeople < work.LeastPeople:
		return stats.Unknown(0, "fewer than five people are shared")
	case l.sharedPeople == 0 && len(l.people) == 0:
		return stats.Unknown(0, l.why)
	}
	return stats.Census(l.shared, l.sharedPeople)
}

// hubs are the best-connected people of a lens: the 5 % with the most ties, and
// five at least, since what changes without fewer would tell of these alone. A tie
// is an item that somebody worked on (L3), a hand-off (L4), an item or a pull
// request that somebody took part in with others (L5).
func (l *lens) hubs() map[fact.Person]bool {
	const share = 20
	ties, order := map[fact.Person]int{}, []fact.Person(nil)
	for _, p := range l.people {
		if _, ok := ties[p]; !ok {
			ties[p] = 0
			order = append(order, p)
		}
	}
	add := func(node uint32) {
		if int(node) < len(l.people) {
			ties[l.people[node]]++
		}
	}
	for _, f := range l.flows {
		add(f.from)
		add(f.to)
	}
	for _, g := range l.groups {
		for _, m := range g.members {
			add(m.node)
		}
	}
	slices.SortStableFunc(order, func(a, b fact.Person) int { return cmp.Compare(ties[b], ties[a]) })
	out := map[fact.Person]bool{}
	for _, p := range order[:min(len(order), max((len(order)+share-1)/share, work.LeastPeople))] {
		out[p] = true
	}
	return out
}

// other is what a lens gives for every row in another run.
type other struct {
	r       []float64 // by team, the organisation last: R
	changed []int     // people who are gone, or new
	left    []int     // people whose ties these are
}

// again reads a lens once more and compares it with how it was.
func (a *Analysis) again(was, is *lens) *other {
	teams := len(a.Teams)
	o := &other{r: make([]float64, teams+1), changed: make([]int, teams+1)}
	whole := is.graph(teams).table(is.teams)
	for t := range teams {
		o.r[t] = whole.teamShare(t)
	}
	o.r[teams] = whole.share()
	before, all := was.peopleIn(teams)
	after, still := is.peopleIn(teams)
	o.left = append(after, still)
	for t, n := range append(before, all) {
		o.changed[t] = max(n-o.left[t], o.left[t]-n)
	}
	return o
}

// vary runs the lenses of people twice more: without the best-connected people,
// and with shared people in the team of most of their events.
func (a *Analysis) vary(lenses []*lens, d *deeds) {
	var hubs, placed [kinds]*other
	teams := len(a.Teams)
	for _, l := range lenses {
		if k := l.kind; k.OfPeople() {
			without := l.hubs()
			a.Hubs[k] = len(without)
			hubs[k] = a.again(l, d.lens(k, reading{without: without}, teams))
			anew := d.lens(k, reading{most: true}, teams)
			placed[k] = a.again(l, anew)
			placed[k].changed[teams] = l.sharedPeople - anew.sharedPeople
		}
	}
	each := func(row *Row, t int) {
		row.NoHubs, row.Placed = row.varied(hubs, t), row.varied(placed, t)
	}
	each(&a.Org, len(a.Teams))
	for t := range a.Teams {
		each(&a.Teams[t], t)
	}
	a.Others.NoHubs = stats.Unknown(0, noHeadline)
	a.Others.Placed = a.Others.NoHubs
}

// varied is a row's headline with other values for the lenses of people. It is
// not told where fewer than five people make the difference, or are left.
func (r *Row) varied(runs [kinds]*other, t int) stats.Estimate {
	var sum, weight float64
	ofPeople := false
	for _, k := range r.eligible() {
		x := &r.Lenses[k]
		value := x.r
		if run := runs[k]; run != nil {
			ofPeople = true
			if n := run.changed[t]; n > 0 && n < work.LeastPeople || run.left[t] < work.LeastPeople {
				return stats.Unknown(0, fmt.Sprintf("told where it concerns %d people or more", work.LeastPeople))
			}
			value = run.r[t]
		}
		sum, weight = sum+x.Weight*(1-value), weight+x.Weight
	}
	switch {
	case !ofPeople:
		return stats.Unknown(0, "no lens of people has data enough")
	case math.IsNaN(sum):
		return stats.Unknown(0, "the people that are left tell no index")
	}
	e := stats.Unknown(r.Headline.N, "a run beside the headline: its value alone")
	e.Value = sum / weight
	return e
}

const noHeadline = "other teams from lens to lens"
