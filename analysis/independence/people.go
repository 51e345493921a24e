package independence

import (
	"cmp"
	"slices"
	"sync"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// placed is somebody at some instant, with the team that the person belonged to
// and the one that has most of the person's events (see [work.Homes]).
type placed struct {
	by         fact.Person
	home, most work.TeamID
}

// effort is one event of L3: the days of one person on one item.
type effort struct {
	item    work.ItemID
	owner   work.TeamID
	cluster uint32
	work    float64 // in units of work.PersonDay: whole, so that sums are exact
	by      placed
}

// handOff is one event of L4: an item that passes from one person to another.
type handOff struct {
	item     work.ItemID
	cluster  uint32
	from, to placed
}

// talk is one event of L5: the people who took part in one record.
type talk struct {
	item    work.ItemID
	cluster uint32
	who     []placed
}

// deeds is what people did in a window, as the lenses L3 to L5 see it.
type deeds struct {
	efforts  []effort
	handOffs []handOff
	talks    []talk
	unowned  int // efforts on items that no single team owns
	crowds   int // records with more people than a talk has
}

// crowd is how many people a record may have at most (METRICS section 5a).
const crowd = 15

// readDeeds finds the events of L3 to L5 in a window:
//
//	L3  a person's days on an item, as [work.View.Efforts] shares them out. The
//	    person is of the team of the first of these days, the item of the team
//	    that it counts for.
//	L4  a change of an item's, or a sub-item's, assignee from one person to another,
//	    with or without nobody in between; each is of the team of that instant.
//	L5  an item with its sub-items, or a pull request, that two people or more, and
//	    15 at most, commented on, reviewed or wrote a commit in. Each is of the team
//	    of the first such deed in the window. Bulk edits do not count.
//
// What is done to a record does not tell its own people's teams.
func readDeeds(c *work.Cut, h *work.Homes, batches clusters) *deeds {
	d := &deeds{}
	var wg sync.WaitGroup
	wg.Go(func() { d.readEfforts(c, h) })
	r := &reader{c: c, h: h, out: d}
	for i := range work.ItemID(c.View.Items.Len()) {
		if c.View.Has(i) {
			r.read(i)
		}
	}
	wg.Wait()
	at := batches.by(c.View)
	for n := range d.efforts {
		d.efforts[n].cluster = at(d.efforts[n].item)
	}
	for n := range d.handOffs {
		d.handOffs[n].cluster = at(d.handOffs[n].item)
	}
	for n := range d.talks {
		of := d.talks[n].item
		if items := c.View.CarriedBy(of); len(items) > 0 { // a pull request is of the batch of the first item it carries
			of = slices.Min(items)
		}
		d.talks[n].cluster = at(of)
	}
	return d
}

// by returns the same as of, and looks every batch up once.
func (c clusters) by(v work.View) func(work.ItemID) uint32 {
	known := make([]uint32, v.Items.Len()) // 0: not yet
	return func(i work.ItemID) uint32 {
		if known[i] == 0 {
			known[i] = c.of(v, i) + 1
		}
		return known[i] - 1
	}
}

func (d *deeds) readEfforts(c *work.Cut, h *work.Homes) {
	efforts := slices.Clone(c.Efforts()) // to be put in another order
	for len(efforts) > 0 {               // of one item after the other
		item, n := efforts[0].Item, 1
		for n < len(efforts) && efforts[n].Item == item {
			n++
		}
		mine := efforts[:n]
		efforts = efforts[n:]
		owner := c.Owner(item)
		if owner <= work.Several {
			d.unowned += n
			continue
		}
		slices.SortFunc(mine, func(a, b work.Effort) int { return cmp.Compare(h.Rank(a.By), h.Rank(b.By)) })
		for _, e := range mine {
			by := placed{by: e.By}
			by.home, by.most = h.Find(e.By, e.From, item)
			d.efforts = append(d.efforts, effort{item: item, owner: owner, work: float64(e.Work), by: by})
		}
	}
}

// lens reads the events of one kind.
func (d *deeds) lens(k Kind, of reading, teams int) *lens {
	switch k {
	case People:
		return d.effortLens(of, teams)
	case HandOffs:
		return d.handOffLens(of)
	}
	return d.talkLens(of)
}

// reader reads what people did to one record after the other.
type reader struct {
	c    *work.Cut
	h    *work.Homes
	out  *deeds
	took []took // scratch
}

// took is who took part in a record, and when first.
type took struct {
	by fact.Person
	at work.Instant
}

func (r *reader) read(i work.ItemID) {
	v := r.c.View
	level := v.Level(i)
	switch {
	case level == work.LevelItem:
		r.handOffs(i, i)
		r.talk(i)
	case level == work.LevelSub:
		if p := v.Parent(i); p != work.NoItem && v.Level(p) == work.LevelItem {
			r.handOffs(i, p)
		}
	case v.Items.Class[i] == fact.ClassPull:
		r.talk(i)
	}
}

func (r *reader) find(by fact.Person, t work.Instant, except work.ItemID) placed {
	p := placed{by: by}
	p.home, p.most = r.h.Find(by, t, except)
	return p
}

// handOffs reads the assignees of a record, which is an item or a part of it.
func (r *reader) handOffs(i, item work.ItemID) {
	v := r.c.View
	if len(v.Assignees.Off) == 0 {
		return
	}
	at, who := v.Assignees.Of(i)
	last := fact.Person(0)
	for k, p := range who {
		if at[k] > v.T || at[k] >= r.c.Window.To() {
			return
		}
		if p != 0 && last != 0 && p != last && at[k] >= r.c.Window.From() {
			r.out.handOffs = append(r.out.handOffs, handOff{item: item, from: r.find(last, at[k], item), to: r.find(p, at[k], item)})
		}
		if p != 0 {
			last = p
		}
	}
}

func (r *reader) talk(i work.ItemID) {
	v := r.c.View
	r.took = r.took[:0]
	r.takePart(i)
	for _, c := range v.EverChildren(i) {
		if v.Has(c) && v.Parent(c) == i && v.Level(c) == work.LevelSub {
			r.takePart(c)
		}
	}
	switch {
	case len(r.took) > crowd:
		r.out.crowds++
		return
	case len(r.took) < 2:
		return
	}
	// Events of one instant stand in no order that means anything.
	slices.SortStableFunc(r.took, func(a, b took) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(r.h.Rank(a.by), r.h.Rank(b.by)))
	})
	t := talk{item: i}
	for _, x := range r.took {
		t.who = append(t.who, r.find(x.by, x.at, i))
	}
	r.out.talks = append(r.out.talks, t)
}

// takePart notes who commented on a record, reviewed it or wrote a commit in it,
// until there are too many.
func (r *reader) takePart(i work.ItemID) {
	talked(r.c, i, func(e work.Event) {
		if e.Bulk || len(r.took) > crowd {
			return
		}
		n := slices.IndexFunc(r.took, func(t took) bool { return t.by == e.By })
		if n < 0 {
			r.took = append(r.took, took{e.By, e.At})
			return
		}
		r.took[n].at = min(r.took[n].at, e.At)
	})
}

// talked calls do for the comments, reviews and commits of a record in the window.
func talked(c *work.Cut, i work.ItemID, do func(work.Event)) {
	for _, e := range c.View.Trail(i) {
		if e.By == 0 || !c.Window.Holds(e.At) {
			continue
		}
		if e.Deed == work.DeedCommented || e.Deed == work.DeedReviewed || e.Deed == work.DeedCommitted {
			do(e)
		}
	}
}

// reading is how the people of L3 to L5 are read in one run.
type reading struct {
	most    bool                 // shared people are of the team of most of their events
	without map[fact.Person]bool // left out altogether
}

// team returns the team of somebody; false for those who are left out.
func (r reading) team(p placed) (work.TeamID, bool) {
	if r.without[p.by] {
		return 0, false
	}
	if r.most {
		return p.most, true
	}
	return p.home, true
}

// spellBuilder numbers the nodes of L3 to L5, people in one team, in the order in
// which they are met.
type spellBuilder struct {
	l      *lens
	nodes  map[uint64]uint32
	shared map[fact.Person]bool
	of     reading
	all    float64 // weight met
	loose  float64 // of it, that of shared people
}

func newSpellBuilder(k Kind, of reading) *spellBuilder {
	return &spellBuilder{l: &lens{kind: k}, nodes: map[uint64]uint32{}, shared: map[fact.Person]bool{}, of: of}
}

func (b *spellBuilder) node(p fact.Person, team work.TeamID) uint32 {
	key := uint64(p)<<16 | uint64(team)
	n, ok := b.nodes[key]
	if !ok {
		n = uint32(len(b.l.teams))
		b.nodes[key] = n
		b.l.teams, b.l.people = append(b.l.teams, uint16(team)), append(b.l.people, p)
	}
	return n
}

// done gives the lens what was met on the way.
func (b *spellBuilder) done(nothing string) *lens {
	l := b.l
	l.sharedPeople = len(b.shared)
	l.free = len(l.people)
	if b.all > 0 {
		l.shared = b.loose / b.all
	}
	switch {
	case b.all == 0:
		l.why = nothing
	case len(l.flows) == 0 && len(l.groups) == 0:
		l.why = "nobody's home team is known"
	}
	return l
}

// effortLens is L3. Its columns are nodes of their own, one for each team's
// items, that never change teams.
func (d *deeds) effortLens(of reading, teams int) *lens {
	b := newSpellBuilder(People, of)
	for _, e := range d.efforts {
		team, ok := of.team(e.by)
		if !ok {
			continue
		}
		b.all += e.work
		if team <= work.Several {
			b.shared[e.by.by] = true
			b.loose += e.work
			continue
		}
		b.l.flows = append(b.l.flows, flow{b.node(e.by.by, team), uint32(e.owner), e.cluster, e.work})
		b.l.seeds = append(b.l.seeds, e.item)
	}
	l := b.done("nobody is known to have worked on an item of one team in the window")
	l.unowned = d.unowned
	for n := range l.flows {
		l.flows[n].to += uint32(l.free)
	}
	for t := range teams {
		l.teams = append(l.teams, uint16(t))
	}
	return l
}

// handOffLens is L4.
func (d *deeds) handOffLens(of reading) *lens {
	b := newSpellBuilder(HandOffs, of)
	for _, x := range d.handOffs {
		from, ok := of.team(x.from)
		to, also := of.team(x.to)
		if !ok || !also {
			continue
		}
		b.all++
		if from <= work.Several || to <= work.Several {
			b.loose++
			if from <= work.Several {
				b.shared[x.from.by] = true
			}
			if to <= work.Several {
				b.shared[x.to.by] = true
			}
			continue
		}
		f := flow{from: b.node(x.from.by, from), cluster: x.cluster, weight: 1}
		f.to = b.node(x.to.by, to)
		b.l.flows = append(b.l.flows, f)
		b.l.seeds = append(b.l.seeds, x.item)
	}
	return b.done("no item passed from one person to another in the window")
}

// talkLens is L5. Shared people are left out of a group, and the others of it
// stay tied to each other.
func (d *deeds) talkLens(of reading) *lens {
	b := newSpellBuilder(Talks, of)
	var who []placed // with home as the reading has it
	for _, t := range d.talks {
		who = who[:0]
		for _, p := range t.who {
			team, ok := of.team(p)
			if !ok {
				continue
			}
			b.all++
			if team <= work.Several {
				b.shared[p.by] = true
				b.loose++
				continue
			}
			who = append(who, placed{by: p.by, home: team})
		}
		if len(who) < 2 {
			continue
		}
		g := group{make([]member, len(who))}
		for n, p := range who {
			g.members[n] = member{b.node(p.by, p.home), t.cluster}
		}
		b.l.groups = append(b.l.groups, g)
		b.l.seeds = append(b.l.seeds, t.item)
	}
	return b.done("no two people took part in one item or pull request in the window")
}
