package independence

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Undeclared is how much of the work that crossed teams no link tells of (I8).
//
// An item that finished in the window crossed teams where it was handed from
// somebody of one team to somebody of another, or where somebody of another team
// than its own did something to it on two days or more, in the organisation's zone.
// What is done to its sub-items, and to a pull request that carries it or one of
// these, is done to the item. It is declared where a link of any type, on it or on
// its parent, ever led to an item of another team. Texts are no links.
// A team that was reorganised is told of what finished since; the rows of several
// teams, and pairs, know no such date.
type Undeclared struct {
	Org    stats.Estimate   // share of the items that crossed without a link; N is the items that crossed
	Teams  []stats.Estimate // by TeamID of the item; those of folded teams are not told
	Others stats.Estimate   // of the folded teams together
	Folded []work.TeamID
	Pairs  []Coupled // pairs of teams coupled above chance without any link, the strongest first
	Tested int       // pairs that were tested
}

// Coupled is two teams of which people work on each other's items.
//
// The null of P is made of visits, which are finished items of one team on which
// somebody of another did something on two days or more. Everybody keeps their team
// and how often they visit others, every team by how many people it is visited; which
// team visits which is drawn at random, with all visits of one person to one team
// together, since whoever comes once comes again. A null that gives people other
// teams altogether, as that of the index does, would ask whether there is a boundary
// at all: where there is any, every pair lies below it, those that hang together too.
type Coupled struct {
	A, B   work.TeamID
	Visits int     // of people of either to finished items of the other: two people on one item are two
	Links  int     // links between their items, of any type
	P      float64 // of as many by chance, see above; 1 where there are no other teams to visit
	Above  bool    // that is less than chance explains: Benjamini and Hochberg, q = 0.10 over all pairs
}

const (
	minDays     = 2  // days on which somebody of another team must be active
	minCrossed  = 20 // batches, for an interval of the undeclared share
	pairsQ      = 0.10
	pairVersion = "undeclared/2"
)

// visit is that somebody was active on an item on two days or more.
type visit struct {
	item        work.ItemID
	owner, home work.TeamID
	who         uint32 // number of the person, in the order of homes
}

// crossItem is what is known of one finished item.
type crossItem struct {
	item   work.ItemID
	owner  work.TeamID
	handed bool
	guests bool
	linked bool
	before bool // it left before its team was reorganised
}

// FindUndeclared looks through the finished items of a window. folded says which
// teams are told together, since the measure rests on what people did.
func FindUndeclared(c *work.Cut, homes *work.Homes, folded []bool) *Undeclared {
	links := linksOf(c.View)
	number := map[fact.Person]uint32{}
	for n, p := range homes.Everybody() {
		number[p] = uint32(n)
	}
	var crossed []crossItem
	var visits []visit
	for _, i := range c.Org.Finished {
		owner := c.Owner(i)
		if owner <= work.Several {
			continue
		}
		x := crossItem{item: i, owner: owner, handed: handedOver(c.View, homes, i), linked: links.cross(c, i), before: c.Before(i)}
		for _, who := range regulars(c.View, homes, i) {
			home := homes.At(who.person, who.last, i)
			if home <= work.Several {
				continue
			}
			visits = append(visits, visit{i, owner, home, number[who.person]})
			x.guests = x.guests || home != owner
		}
		if x.handed || x.guests {
			crossed = append(crossed, x)
		}
	}
	u := &Undeclared{}
	u.shares(c.View, crossed, folded)
	u.pairs(c, visits, links, folded)
	return u
}

// regular is somebody who was active on an item on two days or more.
type regular struct {
	person fact.Person
	last   fact.Instant
}

// regulars lists them, in order of their first event on it.
func regulars(v work.View, homes *work.Homes, i work.ItemID) []regular {
	type seen struct {
		days []int64
		last fact.Instant
	}
	of := map[fact.Person]*seen{}
	var order []fact.Person
	eachRecord(v, i, func(r work.ItemID) {
		for _, e := range v.Trail(r) {
			if e.Bulk {
				continue
			}
			s := of[e.By]
			if s == nil {
				s = &seen{}
				of[e.By] = s
				order = append(order, e.By)
			}
			s.last = max(s.last, e.At)
			if len(s.days) >= minDays {
				continue
			}
			if day := dayOf(v, e.At); !slices.Contains(s.days, day) {
				s.days = append(s.days, day)
			}
		}
	})
	var out []regular
	for _, p := range order {
		if len(of[p].days) >= minDays {
			out = append(out, regular{p, of[p].last})
		}
	}
	// Events of one instant stand in no order that means anything.
	slices.SortStableFunc(out, func(a, b regular) int { return cmp.Compare(homes.Rank(a.person), homes.Rank(b.person)) })
	return out
}

// eachRecord calls do for an item, its sub-items and the pull requests that carry
// any of them, each once.
func eachRecord(v work.View, i work.ItemID, do func(work.ItemID)) {
	var pulls []work.ItemID
	one := func(r work.ItemID) {
		do(r)
		v.Carried(r, func(p *work.Pull) {
			if !slices.Contains(pulls, p.Item) {
				pulls = append(pulls, p.Item)
				do(p.Item)
			}
		})
	}
	one(i)
	eachPart(v, i, one)
}

// eachPart calls do for the sub-items of an item.
func eachPart(v work.View, i work.ItemID, do func(work.ItemID)) {
	v.Children(i, func(c work.ItemID) {
		if v.Level(c) == work.LevelSub {
			do(c)
		}
	})
}

// dayOf numbers the calendar day of an instant in the organisation's zone.
func dayOf(v work.View, t fact.Instant) int64 {
	zone := v.Zone
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := t.Time().In(zone).Date()
	return int64(fact.At(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)) / fact.Day)
}

// handedOver reports whether an item, or a sub-item of it, went from somebody of
// one team to somebody of another.
func handedOver(v work.View, homes *work.Homes, i work.ItemID) bool {
	if len(v.Assignees.Off) == 0 {
		return false
	}
	handed := passed(v, homes, i, i)
	eachPart(v, i, func(part work.ItemID) { handed = handed || passed(v, homes, part, i) })
	return handed
}

// passed looks at the assignees of one record, which is an item or a part of it.
func passed(v work.View, homes *work.Homes, record, item work.ItemID) bool {
	at, who := v.Assignees.Of(record)
	last := fact.Person(0)
	for k, p := range who {
		if at[k] > v.T || p == 0 {
			continue
		}
		if last != 0 && p != last {
			from, to := homes.At(last, at[k], item), homes.At(p, at[k], item)
			if from > work.Several && to > work.Several && from != to {
				return true
			}
		}
		last = p
	}
	return false
}

// linkIndex is the other ends of the links of every item.
type linkIndex map[work.ItemID][]work.ItemID

// linksOf collects links of every type that ever stood by the view's instant, but
// for what texts say.
func linksOf(v work.View) linkIndex {
	out := linkIndex{}
	for _, l := range v.Links {
		if l.Kind == work.LinkText || l.Kind == work.LinkMention || l.From == work.NoItem || l.To == work.NoItem || l.Made > v.T {
			continue
		}
		out[l.From] = append(out[l.From], l.To)
		out[l.To] = append(out[l.To], l.From)
	}
	return out
}

// cross reports whether an item or its parent has a link to another team's item.
func (x linkIndex) cross(c *work.Cut, i work.ItemID) bool {
	owner := c.Owner(i)
	for _, at := range []work.ItemID{i, c.View.Parent(i)} {
		if at == work.NoItem {
			continue
		}
		for _, o := range x[at] {
			if t := c.Owner(o); t > work.Several && t != owner {
				return true
			}
		}
	}
	return false
}

// shares turns the crossing items into shares of rows.
func (u *Undeclared) shares(v work.View, crossed []crossItem, folded []bool) {
	teams := len(v.Teams)
	u.Teams = make([]stats.Estimate, teams)
	of, others := make([][]crossItem, teams), []crossItem(nil)
	for _, x := range crossed {
		switch {
		case folded[x.owner]:
			others = append(others, x)
		case !x.before:
			of[x.owner] = append(of[x.owner], x)
		}
	}
	u.Org, u.Others = undeclaredShare(v, crossed), undeclaredShare(v, others)
	for t := range teams {
		switch {
		case folded[t]:
			u.Teams[t] = stats.Unknown(0, whyFolded)
			u.Folded = append(u.Folded, work.TeamID(t))
		default:
			u.Teams[t] = undeclaredShare(v, of[t])
		}
	}
}

// Hide takes out what is told: fewer than five people belong to teams at all.
func (u *Undeclared) Hide() {
	none := stats.Unknown(0, whyFew)
	u.Org, u.Others, u.Folded, u.Pairs, u.Tested = none, none, nil, nil, 0
	for t := range u.Teams {
		u.Teams[t] = none
	}
}

// whyFolded is why a small team's measure about people is not told.
const whyFolded = "fewer than five people: told with other small teams"

// undeclaredShare is the share without a link, clustered by batch.
func undeclaredShare(v work.View, crossed []crossItem) stats.Estimate {
	of := map[work.ItemID]*stats.Cluster{}
	for _, x := range crossed {
		count(of, v, x.item, !x.linked)
	}
	var list []stats.Cluster
	for _, b := range slices.Sorted(maps.Keys(of)) {
		list = append(list, *of[b])
	}
	return shareOfClusters(list, "no finished item is known to have crossed teams")
}

// seedOf identifies the visited items by what never changes about them.
func seedOf(v work.View, visits []visit) string {
	h := sha256.New()
	for _, x := range visits {
		fmt.Fprintln(h, v.Sites[v.Items.Site[x.item]].URL, v.Items.ID[x.item])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// pairs finds the pairs of teams that are coupled above chance. Folded teams are
// in no pair.
func (u *Undeclared) pairs(c *work.Cut, visits []visit, links linkIndex, folded []bool) {
	table := newPairTable(len(c.View.Teams), folded)
	seen := table.count(visits)
	between := table.links(c, links)
	var list []Coupled
	for k, n := range seen {
		if n == 0 {
			continue
		}
		list = append(list, Coupled{A: table.ends[k][0], B: table.ends[k][1], Visits: n, Links: between[k]})
	}
	if len(list) == 0 {
		return
	}
	u.Tested = len(list)
	atLeast := table.permute(seedOf(c.View, visits), visits, seen)
	p := make([]float64, len(list))
	for n := range list {
		list[n].P = stats.PermutationP(atLeast[table.index(list[n].A, list[n].B)], draws)
		p[n] = list[n].P
	}
	for n, above := range stats.BenjaminiHochberg(p, pairsQ) {
		list[n].Above = above
		if above && list[n].Links == 0 {
			u.Pairs = append(u.Pairs, list[n])
		}
	}
	slices.SortFunc(u.Pairs, func(x, y Coupled) int {
		return cmp.Or(cmp.Compare(y.Visits, x.Visits), cmp.Compare(x.P, y.P), cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
}
