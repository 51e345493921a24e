package assemble

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// relations ties items to each other: parents and links.
func (b *builder) relations() {
	b.find = newFinder(b)
	l := &linker{o: b.o, updated: b.updated, vague: map[ends]bool{}}
	b.countLinks()
	at := b.positions()
	l.link(b.tellings(at, l.vague))
	b.mentioned(at)
	b.pulls(at)
	b.measured(at)
	b.notRequested(at)
	b.o.IndexPulls()
	b.parents(l.childOf)
	b.firstParents()
	b.milestones()
	b.o.IndexChildren()
	b.unread()
	b.inherit()
	b.countCarried()
}

// countCarried counts what ties pull requests and items, each end once.
func (b *builder) countCarried() {
	pulls, items := map[work.ItemID]bool{}, map[work.ItemID]bool{}
	for _, c := range b.o.Carries {
		if c.Removed == 0 {
			pulls[c.Pull], items[c.Item] = true, true
		}
	}
	b.o.Coverage.Carried, b.o.Coverage.CarriedItems = len(pulls), len(items)
}

// positions returns where the records of each shard are in the final order.
func (b *builder) positions() [][]work.ItemID {
	at := make([][]work.ItemID, len(b.a.shards)) // by shard and draft
	for i, s := range b.a.shards {
		at[i] = make([]work.ItemID, len(s.drafts))
	}
	for i, p := range b.places {
		at[p.shard][p.draft] = work.ItemID(i)
	}
	return at
}

// finder finds items by what references say: the immutable id, else a key that
// may be an old one.
type finder struct {
	b     *builder
	sites map[string]*numbered
	keys  map[siteText]work.ItemID // the keys that references use
	// Jira's sites, and what projects are known of any.
	jiras    []string
	projects map[siteText]bool
}

// newFinder collects the keys that are worth knowing before it looks for them:
// most references have an id, and most keys are never referred to.
func newFinder(b *builder) *finder {
	f := &finder{b: b, keys: map[siteText]work.ItemID{}}
	f.index()
	f.containers()
	want := func(site string, r fact.Ref) {
		if r.ID == "" && r.Key != "" {
			f.keys[siteText{site, fold(r.Key)}] = work.NoItem
		}
	}
	for _, s := range b.a.shards {
		for i := range s.links {
			want(s.drafts[s.links[i].draft].site, s.links[i].other)
		}
		for i := range s.drafts {
			d := &s.drafts[i]
			for _, p := range s.parents[d.parents.from:d.parents.to] {
				want(d.site, p.ref)
			}
			for _, m := range s.stones[d.stones.from:d.stones.to] {
				want(d.site, m.ref)
			}
		}
		for i := range s.mentions {
			for _, site := range f.sitesOf(s.mentions[i].mention) {
				want(site, fact.Ref{Key: s.mentions[i].mention.Key})
			}
		}
	}
	note := func(site, key string, i work.ItemID, old bool) {
		k := siteText{site, fold(key)}
		if have, ok := f.keys[k]; ok && (have == work.NoItem || !old) {
			f.keys[k] = i
		}
	}
	for i := range b.places {
		id := work.ItemID(i)
		for _, run := range b.o.OldKeys[id] {
			note(b.places[i].site, run.Key, id, true)
		}
	}
	for i := range b.places {
		note(b.places[i].site, b.o.Items.Key[i], work.ItemID(i), false)
		if b.o.Items.Class[i] == fact.ClassMilestone {
			title := stoneTitle(fact.ProjectOf(b.o.Items.Key[i]), b.o.Items.Title.At(work.ItemID(i)))
			note(b.places[i].site, title, work.ItemID(i), false)
		}
	}
	return f
}

// containers notes which projects are known, and which sites are Jiras.
func (f *finder) containers() {
	f.projects = map[siteText]bool{}
	for _, p := range f.b.o.Projects {
		site := f.b.o.Sites[p.Site].URL
		f.projects[siteText{site, fold(p.Key)}] = true
		if !fact.IsRepository(p.Key) && !slices.Contains(f.jiras, site) {
			f.jiras = append(f.jiras, site)
		}
	}
}

// item finds the item that a reference of a site points to.
func (f *finder) item(site string, r fact.Ref) work.ItemID {
	if r.ID == "" {
		if i, ok := f.keys[siteText{site, fold(r.Key)}]; ok {
			return i
		}
		return work.NoItem
	}
	s, ok := f.sites[site]
	if !ok {
		return work.NoItem
	}
	want := placeOf(site, r.ID)
	if want.isNumber {
		// Nearly all ids are numbers: search in them alone.
		n, ok := slices.BinarySearch(s.numbers, want.number)
		for ; ok && n < len(s.numbers) && s.numbers[n] == want.number; n++ {
			if f.b.places[s.first+n].id == r.ID {
				return work.ItemID(s.first + n)
			}
		}
		return work.NoItem
	}
	n, ok := slices.BinarySearchFunc(f.b.places, want, comparePlaces)
	if !ok {
		return work.NoItem
	}
	return work.ItemID(n)
}

// numbered is where the items of one site begin, and their ids as far as they
// are numbers, which come first.
type numbered struct {
	first   int
	numbers []uint64
}

func (f *finder) index() {
	f.sites = map[string]*numbered{}
	var s *numbered
	for i, p := range f.b.places {
		if i == 0 || p.site != f.b.places[i-1].site {
			s = &numbered{first: i}
			f.sites[p.site] = s
		}
		if p.isNumber {
			s.numbers = append(s.numbers, p.number)
		}
	}
}

// tellings brings all that is told of links into one list of connections.
func (b *builder) tellings(at [][]work.ItemID, vague map[ends]bool) []told {
	var out []told
	for n, s := range b.a.shards {
		for i := range s.links {
			f := &s.links[i]
			t := told{op: f.op, at: f.at, seq: f.seq, by: at[n][f.draft], id: f.id}
			t.ends = b.ends(t.by, b.find.item(s.drafts[f.draft].site, f.other), f)
			if t.from == t.to {
				continue // an item linked to itself says nothing
			}
			if t.kind == work.LinkCarries && t.to != work.NoItem && !b.o.Carriable(t.from, t.to) {
				t.kind = work.LinkOther
			}
			if f.vague {
				vague[t.ends] = true
			}
			out = append(out, t)
		}
	}
	return out
}

// ends puts a telling's two items in the order of the connection. Where the
// words do not tell who depends on whom, the younger item is taken to depend
// on the older.
func (b *builder) ends(by, other work.ItemID, f *linkFact) ends {
	e := ends{from: by, to: other, kind: f.kind}
	if other == work.NoItem {
		// Histories know the other end by key alone.
		e.outside, e.reverse = fact.Ref{Key: f.other.Key}, f.reverse && !f.vague
		if f.other.Key == "" {
			e.outside.ID = f.other.ID
		}
		return e
	}
	swap := f.reverse
	if f.vague {
		created := b.o.Items.Created
		swap = created[by] < created[other] || created[by] == created[other] && by < other
	}
	if swap {
		e.from, e.to = other, by
	}
	return e
}

// countLinks counts the links that stand, each once, whatever they mean. Of one
// that two records tell differently the better word counts: whose other end is
// there.
func (b *builder) countLinks() {
	type standing struct{ inside, across bool }
	links := map[siteText]standing{}
	outside := map[siteText]bool{}
	for _, s := range b.a.shards {
		for i := range s.links {
			f := &s.links[i]
			d := &s.drafts[f.draft]
			if f.op != linkNow || f.id == "" {
				continue
			}
			key := f.other.Key // may be an old one
			other := b.find.item(d.site, f.other)
			if other != work.NoItem {
				key = b.o.Items.Key[other]
			} else {
				outside[siteText{d.site, cmp.Or(f.other.ID, f.other.Key)}] = true
			}
			l := links[siteText{d.site, f.id}]
			l.inside = l.inside || other != work.NoItem
			l.across = l.across || fold(fact.ProjectOf(d.key)) != fold(fact.ProjectOf(key))
			links[siteText{d.site, f.id}] = l
		}
	}
	c := &b.o.Coverage
	c.Links, c.TargetsOutside = len(links), len(outside)
	for _, l := range links {
		if !l.inside {
			c.LinksOutside++
		}
		if l.across {
			c.LinksAcross++
		}
	}
}

// parents fills the column of parents: what the tracker's fields tell, and
// where they tell nothing, what links do.
func (b *builder) parents(childOf []childLink) {
	slices.SortFunc(childOf, compareChildLinks)
	o := b.o
	o.Parents.Off = make([]uint32, 1, len(b.places)+1)
	for i := range b.places {
		id := work.ItemID(i)
		n := 0
		for n < len(childOf) && childOf[n].child == id {
			n++
		}
		b.parentsOf(id, b.refs[i], childOf[:n])
		childOf = childOf[n:]
		seal(&o.Parents)
	}
}

// parentsOf writes the runs of one item's parent.
func (b *builder) parentsOf(i work.ItemID, fields []parentRun, links []childLink) {
	o := b.o
	site := b.places[i].site
	if o.Items.Class[i] != fact.ClassIssue || len(links) == 0 && len(fields) == 1 && fields[0].ref.IsZero() {
		return
	}
	if now := fields[len(fields)-1].ref; !now.IsZero() && b.issue(site, now) == work.NoItem {
		o.Coverage.ParentsOutside++
	}
	turns := make([]fact.Instant, 0, len(fields)+2*len(links))
	standing := 0
	for _, f := range fields {
		turns = append(turns, f.from)
	}
	for _, l := range links {
		turns = append(turns, l.made)
		if l.removed != 0 {
			turns = append(turns, l.removed)
		} else {
			standing++
		}
	}
	if standing > 1 {
		o.Coverage.SeveralParents++
	}
	slices.Sort(turns)
	begin := len(o.Parents.Val)
	for _, t := range slices.Compact(turns) {
		p := b.parentAt(site, fields, links, t)
		if p == i {
			p = work.NoItem
		}
		if n := len(o.Parents.Val); n > begin && o.Parents.Val[n-1] == p || n == begin && p == work.NoItem {
			continue
		}
		add(&o.Parents, t, p)
	}
}

// issue finds the issue that a reference points to: only issues have parents, and
// are some.
func (b *builder) issue(site string, r fact.Ref) work.ItemID {
	return b.ofClass(site, r, fact.ClassIssue)
}

func (b *builder) parentAt(site string, fields []parentRun, links []childLink, t fact.Instant) work.ItemID {
	p := work.NoItem
	for _, f := range fields {
		if f.from > t {
			break
		}
		p = b.issue(site, f.ref)
	}
	if p != work.NoItem {
		return p
	}
	for _, l := range links { // the oldest that stands
		if l.made <= t && (l.removed == 0 || l.removed > t) {
			return l.parent
		}
	}
	return work.NoItem
}
