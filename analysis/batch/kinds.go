package batch

import (
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Kind is what kind of work a batch is (METRICS section 1d), after TBM 333.
type Kind uint8

// The kinds, in the order in which they are asked for: the first that fits.
const (
	Large       Kind = iota // large and high-dependency: 3 teams or more, and of the median size or larger
	Mission                 // for a goal, with 2 people or more who each are on more than half of its items
	Independent             // one team's alone
	OtherKind
)

// Kinds lists the kinds.
var Kinds = [...]Kind{Large, Mission, Independent, OtherKind}

func (k Kind) String() string {
	return [...]string{"large, high-dependency", "mission", "independent", "other"}[min(k, OtherKind)]
}

const (
	largeTeams    = 3
	missionPeople = 2
)

// Kinded is a batch with its kind and what it was told by.
type Kinded struct {
	Batch
	Kind   Kind
	Teams  int // own it or its children, or are linked to one of them
	Unsure int // of its records, those that no single team owns
}

// KindRow is the batches of a window by kind, of one team or of all.
type KindRow struct {
	N     int // batches
	Count [len(Kinds)]int
}

// Share returns which share of the batches is of a kind. N is the number of
// batches.
func (r KindRow) Share(k Kind) stats.Estimate {
	return jeffreys(r.Count[min(k, OtherKind)], r.N, "no batch was in progress in the window")
}

// Kinds tells the kind of every batch that finished or was in progress in the
// window, dropped ones among them; buckets and batches without children are none.
// It returns the organisation's row, the teams' by TeamID, and the batches.
//
// Teams are those that own the batch or a child of it, when it left or at the
// view's instant, and those on the other end of a dependency of one of them, either way, that
// stood at some time from the batch's creation to its finish. The size to reach
// is the median of all these batches. Somebody is on an item who was ever
// assigned to it, logged work, reviewed, wrote a commit or a substantive comment,
// on the item, its sub-items, or pull requests that carry it.
//
// These are numbers of items, so that they always print: that two people share
// a batch's items says nothing of either.
func (a *Analysis) Kinds() (KindRow, []KindRow, []Kinded) {
	var all []Kinded
	var sizes []float64
	for _, b := range a.Batches {
		if a.ran(b) {
			all = append(all, Kinded{Batch: b})
			sizes = append(sizes, float64(len(b.Children)+b.Unread))
		}
	}
	org, teams := KindRow{}, make([]KindRow, len(a.View.Teams))
	median, linked := stats.Quantile(sizes, 0.5), a.linked()
	for k := range all {
		b := &all[k]
		var cross bool
		b.Teams, b.Unsure, cross = a.teams(b.Batch, linked)
		switch {
		case b.Teams >= largeTeams && sizes[k] >= median:
			b.Kind = Large
		case a.mission(b.Batch):
			b.Kind = Mission
		case b.Teams == 1 && b.Unsure == 0 && !cross:
			b.Kind = Independent
		default:
			b.Kind = OtherKind
		}
		for _, row := range []*KindRow{&org, &teams[b.Team]} {
			row.N++
			row.Count[b.Kind]++
		}
	}
	return org, teams, all
}

// ran reports whether a batch finished or was in progress in the window.
func (a *Analysis) ran(b Batch) bool {
	w := a.windows[b.Team]
	switch {
	case b.Bucket || b.Shelved || len(b.Children)+b.Unread == 0 || w.Weeks() == 0:
		return false
	case b.Finish != 0:
		return b.Finish >= w.From() && (b.Finish < w.To() || b.Start != 0 && b.Start < w.To())
	}
	return b.Start != 0 && b.Start < w.To()
}

// linked returns the dependencies of every item, from either end.
func (a *Analysis) linked() map[work.ItemID][]work.Link {
	out := map[work.ItemID][]work.Link{}
	for _, l := range a.View.Links {
		if l.Kind != work.LinkDepends || l.Made > a.View.T {
			continue
		}
		for _, end := range []work.ItemID{l.From, l.To} {
			if end != work.NoItem {
				out[end] = append(out[end], l)
			}
		}
	}
	return out
}

// teams counts the teams of a batch. Cross is true where something outside of
// what was pulled, or what no single team owns, is at the other end of a link.
func (a *Analysis) teams(b Batch, linked map[work.ItemID][]work.Link) (n, unsure int, cross bool) {
	var teams []work.TeamID
	add := func(t work.TeamID) bool {
		if t <= work.Several {
			return false
		}
		if !slices.Contains(teams, t) {
			teams = append(teams, t)
		}
		return true
	}
	to := b.Finish
	if to == 0 {
		to = a.View.T
	}
	for k, i := range append([]work.ItemID{b.Item}, b.Children...) {
		if !add(a.ownerOf(i)) && k > 0 { // a batch of nobody's is told by its children
			unsure++
		}
		for _, l := range linked[i] {
			other := l.From
			if other == i {
				other = l.To
			}
			if l.Made > to || l.Removed != 0 && l.Removed <= a.View.Items.Created[b.Item] {
				continue
			}
			if other == work.NoItem || !a.View.Has(other) || !add(a.ownerOf(other)) {
				cross = true
			}
		}
	}
	return len(teams), unsure, cross
}

// ownerOf returns the team that owned an item when it left, or at the view's
// instant.
func (a *Analysis) ownerOf(i work.ItemID) work.TeamID {
	if exit := a.lives[i].Exit; exit != 0 {
		return a.View.Owner(i, exit)
	}
	return a.View.Owner(i, a.View.T)
}

// mission reports whether a batch is for a goal and two people are each on more
// than half of its items.
func (a *Analysis) mission(b Batch) bool {
	p := a.View.Parent(b.Item)
	if p == work.NoItem || a.View.Level(p) != work.LevelGoal {
		return false
	}
	on := map[fact.Person]int{}
	for _, c := range b.Children {
		for _, p := range a.people(c) {
			on[p]++
		}
	}
	enough := 0
	for _, n := range on {
		if 2*n > len(b.Children)+b.Unread {
			enough++
		}
	}
	return enough >= missionPeople
}

// people returns who is on an item, in order of number.
func (a *Analysis) people(i work.ItemID) []fact.Person {
	var out []fact.Person
	a.contributors(i, &out)
	a.View.Children(i, func(c work.ItemID) { a.contributors(c, &out) })
	slices.Sort(out)
	return slices.Compact(out)
}

// contributors adds who is on one record and on the pull requests that carry it.
func (a *Analysis) contributors(i work.ItemID, out *[]fact.Person) {
	v := a.View
	if len(v.Assignees.Off) > 0 {
		from, who := v.Assignees.Of(i)
		for k, p := range who {
			if p != 0 && from[k] <= v.T {
				*out = append(*out, p)
			}
		}
	}
	acted := func(i work.ItemID) {
		for _, e := range v.Trail(i) {
			if e.By != 0 && contributes(e) {
				*out = append(*out, e.By)
			}
		}
	}
	acted(i)
	v.Carried(i, func(p *work.Pull) {
		acted(p.Item)
		if p.Creator != 0 && !v.Bots[p.Creator] {
			*out = append(*out, p.Creator)
		}
	})
}

// contributes reports whether an event is work on an item, as for A5.
func contributes(e work.Event) bool {
	switch e.Deed {
	case work.DeedLogged, work.DeedReviewed, work.DeedCommitted:
		return true
	}
	return e.Substantive()
}
