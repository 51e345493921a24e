// Package deps measures who depends on whom, as links in the tracker tell.
//
// A link counts in a window when it stood at some time of it, the item that
// depends was worked on in the window (created, begun, in progress or left),
// and the item that it depends on had not left before the window. Items that
// no team owns, or several do, have no place in numbers between teams and are
// counted apart.
package deps

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Least data, from METRICS section 4 (D1).
const (
	minTeams   = 3
	minItems   = 20 // items of a team
	minTies    = 2  // items with a link, for an edge between two teams
	minLinksCI = 5  // items that link, for an interval of links per item
)

// Edge is a dependency between two items that counts in the window.
type Edge struct {
	From, To         work.ItemID
	FromTeam, ToTeam work.TeamID
	Mention          bool // of Texts: a mention, and not a word of dependence
}

// Cross reports whether the edge lies between two teams.
func (e Edge) Cross() bool { return e.FromTeam != e.ToTeam }

// Analysis is the dependencies of one window.
type Analysis struct {
	View   work.View
	Window work.Window

	Active  []work.ItemID // items of level item that were worked on in the window
	Edges   []Edge        // between pulled items that one team each owns
	Texts   []Edge        // what texts alone tell: dependencies and mentions, between records of any level
	Outside int           // links that count, but for an end that was not pulled
	NoOwner int           // links that count, but for an end without one team
	NotItem int           // links between batches, goals or sub-items

	begun int             // items of one team each that were begun in the window
	items [][]work.ItemID // by team: items worked on in the window
	own   []own           // by team: since it was last reorganised
	pairs []Pair
}

// own is what the row of a team is made of: all of the team's window.
type own struct {
	started int
	items   []work.ItemID // worked on
	edges   []Edge        // dependencies of its items
	in      []Edge        // of other teams' items on its
}

// Analyse finds the dependencies of a window.
func Analyse(c *work.Cut) *Analysis {
	a := &Analysis{View: c.View, Window: c.Window}
	teams := len(c.View.Teams)
	a.items, a.own = make([][]work.ItemID, teams), make([]own, teams)
	for t := range c.Teams {
		a.own[t].started = c.Teams[t].Started
	}
	active := make([]bool, c.View.Items.Len())
	for i := range work.ItemID(len(active)) {
		if !c.View.Has(i) || c.View.Level(i) != work.LevelItem {
			continue
		}
		if l := c.Lives[i]; l.Begun() && c.Window.Holds(l.Start) && c.View.Owner(i, l.Start) > work.Several {
			a.begun++
		}
		if WorkedOn(c, i) {
			active[i] = true
			a.Active = append(a.Active, i)
			team := c.Owner(i)
			a.items[team] = append(a.items[team], i)
			if a.workedOnBy(c, i, team) {
				a.own[team].items = append(a.own[team].items, i)
			}
		}
	}
	var last work.Link
	for _, l := range c.View.Links { // equal ends stand together
		switch {
		case l.Kind == work.LinkText, l.Kind == work.LinkMention:
			a.text(c, l)
		case l.Kind != work.LinkDepends || !stood(l, a.Window):
		case l.From == last.From && l.To == last.To && l.From != work.NoItem && l.To != work.NoItem:
			// Removed and made again: one dependency.
			a.rows(c, l, active)
		default:
			a.link(c, l, active)
			a.rows(c, l, active)
			last = l
		}
	}
	a.pairs = a.countPairs()
	return a
}

// stood reports whether a link was there at some time of a window.
func stood(l work.Link, w work.Window) bool {
	return l.Made < w.To() && (l.Removed == 0 || l.Removed > w.From())
}

// WorkedOn reports whether something happened to an item in the window: it was
// created or begun, was in progress, or left.
func WorkedOn(c *work.Cut, i work.ItemID) bool { return workedOn(c, c.Window, i) }

// workedOnBy reports whether a team that an item worked on in the window has to do
// with was the team that it is when that happened.
func (a *Analysis) workedOnBy(c *work.Cut, i work.ItemID, team work.TeamID) bool {
	w := c.Teams[team].Window
	return w.From() == a.Window.From() || !w.Empty() && workedOn(c, w, i)
}

func workedOn(c *work.Cut, w work.Window, i work.ItemID) bool {
	l := c.Lives[i]
	switch {
	case l.Exit != 0 && l.Exit < w.From(), c.View.Lapsed(i) && c.View.KnownUntil(i, w.To()) < w.From():
		return false
	case w.Holds(c.View.Items.Created[i]), l.Exit != 0 && w.Holds(l.Exit):
		return true
	}
	// A weak start shows that somebody took the item on then, not that it has
	// been in progress ever since.
	if l.Rule.Weak() {
		return w.Holds(l.Start)
	}
	return l.Begun() && l.Start < w.To() || c.View.State(i).Started()
}

func (a *Analysis) link(c *work.Cut, l work.Link, active []bool) {
	if l.From != work.NoItem && !active[l.From] && a.View.Level(l.From) == work.LevelItem {
		return
	}
	if l.From == work.NoItem || l.To == work.NoItem {
		known := l.From
		if known == work.NoItem {
			known = l.To
		}
		if active[known] {
			a.Outside++
		}
		return
	}
	if !a.View.Has(l.From) || !a.View.Has(l.To) {
		return
	}
	if exit := c.Lives[l.To].Exit; exit != 0 && exit < a.Window.From() {
		return
	}
	if a.View.Level(l.From) != work.LevelItem || a.View.Level(l.To) != work.LevelItem {
		a.NotItem++
		return
	}
	e := Edge{From: l.From, To: l.To, FromTeam: c.Owner(l.From), ToTeam: c.Owner(l.To)}
	if e.FromTeam <= work.Several || e.ToTeam <= work.Several {
		a.NoOwner++
		return
	}
	a.Edges = append(a.Edges, e)
}

// rows adds a link that stood in the window to the rows of both teams, if it counts
// in the weeks of each. Equal ends stand together.
func (a *Analysis) rows(c *work.Cut, l work.Link, active []bool) {
	if l.From == work.NoItem || l.To == work.NoItem || !active[l.From] || !a.View.Has(l.To) || a.View.Level(l.To) != work.LevelItem {
		return
	}
	e := Edge{From: l.From, To: l.To, FromTeam: c.Owner(l.From), ToTeam: c.Owner(l.To)}
	if e.FromTeam <= work.Several || e.ToTeam <= work.Several {
		return
	}
	add := func(to *[]Edge, team work.TeamID) {
		w, exit := c.Teams[team].Window, c.Lives[l.To].Exit
		known := len(*to) > 0 && (*to)[len(*to)-1] == e
		if !known && stood(l, w) && (exit == 0 || exit >= w.From()) && a.workedOnBy(c, l.From, team) {
			*to = append(*to, e)
		}
	}
	add(&a.own[e.FromTeam].edges, e.FromTeam)
	if e.Cross() {
		add(&a.own[e.ToTeam].in, e.ToTeam)
	}
}

// tied returns with how many other teams at least two items depend.
func tied(edges []Edge, other func(Edge) work.TeamID) int {
	items := map[work.TeamID]map[work.ItemID]bool{}
	for _, e := range edges {
		if !e.Cross() {
			continue
		}
		t := other(e)
		if items[t] == nil {
			items[t] = map[work.ItemID]bool{}
		}
		items[t][e.From] = true
	}
	n := 0
	for _, of := range items {
		if len(of) >= minTies {
			n++
		}
	}
	return n
}

// text keeps what the text of a record says of another one and no link does at
// the window's end, if the first was worked on in the window. Nobody keeps texts
// up to date as links are, so that it is not asked whether the other had left.
func (a *Analysis) text(c *work.Cut, l work.Link) {
	if !a.View.Stands(l) || !a.View.Has(l.From) || !a.View.Has(l.To) || !WorkedOn(c, l.From) {
		return
	}
	e := Edge{From: l.From, To: l.To, FromTeam: c.Owner(l.From), ToTeam: c.Owner(l.To), Mention: l.Kind == work.LinkMention}
	if e.FromTeam > work.Several && e.ToTeam > work.Several {
		a.Texts = append(a.Texts, e)
	}
}

// Teams returns the teams that worked on something in the window.
func (a *Analysis) Teams() []work.TeamID {
	var out []work.TeamID
	for t, items := range a.items {
		if len(items) > 0 && work.TeamID(t) > work.Several {
			out = append(out, work.TeamID(t))
		}
	}
	return out
}

// Shared returns how many of the items worked on in the window no single team
// owned. They are in no row.
func (a *Analysis) Shared() int { return len(a.items[work.NoTeam]) + len(a.items[work.Several]) }

// Worked returns how many of a team's items were worked on in the window.
func (a *Analysis) Worked(t work.TeamID) int { return len(a.items[t]) }

// Pair is how much one team depends on another.
type Pair struct {
	From, To work.TeamID
	Items    int // items of From that depend on an item of To (w of METRICS section 4)
	Links    int
	Texts    int // of records of From: texts that say, without a link, that they depend on one of To
	Mentions int // other references in texts
}

// Pairs returns the pairs of teams with a dependency or a reference in a text,
// those within one team among them, the strongest first. The slice is not to be changed.
func (a *Analysis) Pairs() []Pair { return a.pairs }

func (a *Analysis) countPairs() []Pair {
	type tie struct{ from, to work.TeamID }
	items, links := map[tie]map[work.ItemID]bool{}, map[tie]int{}
	for _, e := range a.Edges {
		k := tie{e.FromTeam, e.ToTeam}
		if items[k] == nil {
			items[k] = map[work.ItemID]bool{}
		}
		items[k][e.From] = true
		links[k]++
	}
	texts, mentions := map[tie]int{}, map[tie]int{}
	for _, e := range a.Texts {
		k := tie{e.FromTeam, e.ToTeam}
		if items[k] == nil {
			items[k] = map[work.ItemID]bool{}
		}
		if e.Mention {
			mentions[k]++
		} else {
			texts[k]++
		}
	}
	var out []Pair
	for k, of := range items {
		out = append(out, Pair{k.from, k.to, len(of), links[k], texts[k], mentions[k]})
	}
	slices.SortFunc(out, func(x, y Pair) int {
		return cmp.Or(cmp.Compare(y.Items, x.Items), cmp.Compare(y.Links, x.Links), cmp.Compare(y.Texts, x.Texts), cmp.Compare(y.Mentions, x.Mentions), cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To))
	})
	return out
}

// Density returns the share of ordered pairs of teams in which at least two
// items of one depend on the other (D1), among the teams with at least 20
// items in the window. N is the number of such teams. It falls with the number
// of teams, so that only organisations of one size compare.
func (a *Analysis) Density() stats.Estimate {
	var teams []work.TeamID
	for _, t := range a.Teams() {
		if len(a.items[t]) >= minItems {
			teams = append(teams, t)
		}
	}
	n := len(teams)
	if n < minTeams {
		return stats.Unknown(n, fmt.Sprintf("fewer than %d teams with %d items in the window", minTeams, minItems))
	}
	edges := 0
	for _, p := range a.Pairs() {
		if p.From != p.To && p.Items >= minTies && among(teams, p.From) && among(teams, p.To) {
			edges++
		}
	}
	return stats.Census(float64(edges)/float64(n*(n-1)), n)
}

// among reports whether a team is one of some in order.
func among(teams []work.TeamID, t work.TeamID) bool {
	_, found := slices.BinarySearch(teams, t)
	return found
}

// Row is the dependencies of one team, or of all.
type Row struct {
	Items      int            // worked on in the window
	PerItem    stats.Estimate // dependencies per item (D2)
	Zero       stats.Estimate // share of items that depend on nothing (D2)
	Links      int            // dependencies of its items
	Out, In    int            // of these, on other teams; of other teams on its items
	PerStarted stats.Estimate // cross-team dependencies per 100 started items (D1)
	WaitsFor   int            // teams on which at least two of its items depend
	NeededBy   int            // teams of which at least two items depend on it
}

// Org returns the row of the organisation: of the items that one team each owns,
// so that the rows of the teams add up to it where none was reorganised.
func (a *Analysis) Org() Row {
	var items []work.ItemID
	for t := int(work.Several) + 1; t < len(a.items); t++ {
		items = append(items, a.items[t]...)
	}
	slices.Sort(items)
	r := a.row(items, a.Edges)
	r.PerStarted = a.perStarted(r.Out, a.begun)
	r.In = r.Out
	return r
}

// Team returns the row of one team.
func (a *Analysis) Team(t work.TeamID) Row {
	own := a.own[t]
	r := a.row(own.items, own.edges)
	r.PerStarted, r.In = a.perStarted(r.Out, own.started), len(own.in)
	r.WaitsFor = tied(own.edges, func(e Edge) work.TeamID { return e.ToTeam })
	r.NeededBy = tied(own.in, func(e Edge) work.TeamID { return e.FromTeam })
	return r
}

func (a *Analysis) perStarted(cross, started int) stats.Estimate {
	if started == 0 {
		return stats.Unknown(0, "no item is known to have begun in the window")
	}
	return stats.Census(100*float64(cross)/float64(started), started)
}

// row counts the dependencies of some items. Items of one batch tend to have
// links alike, so batches are what varies by chance.
func (a *Analysis) row(items []work.ItemID, edges []Edge) Row {
	r := Row{Items: len(items), Links: len(edges)}
	links := map[work.ItemID]int{}
	for _, e := range edges {
		links[e.From]++
		if e.Cross() {
			r.Out++
		}
	}
	sums := map[work.ItemID]*[2]float64{}
	var order []work.ItemID
	for _, i := range items {
		cluster := a.View.Cluster(i)
		if sums[cluster] == nil {
			sums[cluster] = new([2]float64)
			order = append(order, cluster)
		}
		sums[cluster][0] += float64(links[i])
		sums[cluster][1]++
	}
	num, den := make([]float64, len(order)), make([]float64, len(order))
	for k, c := range order {
		num[k], den[k] = sums[c][0], sums[c][1]
	}
	r.PerItem, r.Zero = a.perItem(r.Items, len(links), num, den), stats.Unknown(0, noItems)
	if r.Items > 0 {
		r.Zero = stats.Census(1-float64(len(links))/float64(r.Items), r.Items)
	}
	return r
}

const noItems = "no item was worked on in the window"

func (a *Analysis) perItem(items, linked int, num, den []float64) stats.Estimate {
	if items == 0 {
		return stats.Unknown(0, noItems)
	}
	e := stats.RatioOfSums(num, den)
	e.N = items
	if linked < minLinksCI {
		e.Low, e.High = math.NaN(), math.NaN()
		e.Why = fmt.Sprintf("an interval needs %d items that depend on something", minLinksCI)
	}
	e.Low = max(e.Low, 0)
	return e.WithCoverage(1)
}
