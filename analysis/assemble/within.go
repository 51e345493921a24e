package assemble

import (
	"cmp"
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// shelf is what a shard keeps of the releases, or of the sprints, that items were
// in.
type shelf struct {
	kind  fact.TermKind
	index map[siteNamed]uint32
	list  []siteNamed // by local number; one thing can have borne several names
	runs  []withinRun
}

type withinRun struct {
	in       uint32
	from, to fact.Instant
}

func newShelf(kind fact.TermKind) *shelf { return &shelf{kind: kind, index: map[siteNamed]uint32{}} }

// number returns the local number of a release or sprint under one of its names.
func (h *shelf) number(site string, v fact.Value) uint32 {
	key := siteNamed{site, fact.Named{ID: v.ID, Name: v.Text}}
	n, ok := h.index[key]
	if !ok {
		n = uint32(len(h.list))
		key = siteNamed{strings.Clone(site), fact.Named{ID: strings.Clone(v.ID), Name: strings.Clone(v.Text)}}
		h.index[key] = n
		h.list = append(h.list, key)
	}
	return n
}

// add notes what an item was in. What took no time is nothing.
func (h *shelf) add(site string, list []membership) {
	for _, m := range list {
		if m.to == 0 || m.to > m.from {
			h.runs = append(h.runs, withinRun{h.number(site, m.value), m.from, m.to})
		}
	}
}

// shelved brings what the shards know of releases or sprints together: all of
// them in order of site and id, and what items were in.
func (b *builder) shelved(of func(*Shard) *shelf, spanOf func(*draft) span) ([]siteNamed, []work.Within) {
	all, number := b.catalogue(of)
	n := 0
	for _, s := range b.a.shards {
		n += len(of(s).runs)
	}
	out := make([]work.Within, 0, n)
	for i := range b.places {
		s, d := b.draft(i)
		begin, at := len(out), spanOf(d)
		for _, r := range of(s).runs[at.from:at.to] {
			out = append(out, work.Within{Item: work.ItemID(i), In: number[b.places[i].shard][r.in], From: r.from, To: r.to})
		}
		out = out[:begin+len(once(out[begin:]))]
	}
	return all, out
}

// once puts together stretches of one item in one thing that overlap, and leaves
// all in order of (From, In).
func once(list []work.Within) []work.Within {
	if len(list) < 2 {
		return list
	}
	slices.SortFunc(list, func(a, b work.Within) int {
		return cmp.Or(cmp.Compare(a.In, b.In), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	out := list[:1]
	for _, w := range list[1:] {
		last := &out[len(out)-1]
		switch {
		case last.In != w.In || last.To != 0 && last.To < w.From:
			out = append(out, w)
		case last.To != 0 && (w.To == 0 || w.To > last.To):
			last.To = w.To
		}
	}
	slices.SortFunc(out, func(a, b work.Within) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.In, b.In))
	})
	return out
}

// catalogue numbers the things that the shards met. One that is told by its name
// alone is the one of that name whose id is known, if there is just one.
func (b *builder) catalogue(of func(*Shard) *shelf) (all []siteNamed, number [][]uint32) {
	names, ids := b.named(of)
	known := map[siteNamed]string{} // by id, or name alone, its name
	for _, s := range b.a.shards {
		for _, x := range of(s).list {
			key := identity(x, ids)
			known[key] = max(known[key], x.Name)
		}
	}
	for key, name := range known {
		if newest, ok := names[key]; ok {
			name = newest
		}
		all = append(all, siteNamed{key.site, fact.Named{ID: key.ID, Name: name}})
	}
	slices.SortFunc(all, func(x, y siteNamed) int {
		return cmp.Or(cmp.Compare(x.site, y.site), fact.CompareID(x.ID, y.ID), cmp.Compare(x.Name, y.Name))
	})
	index := map[siteNamed]uint32{}
	for n, x := range all {
		if x.ID != "" {
			x.Name = ""
		}
		index[x] = uint32(n)
	}
	for _, s := range b.a.shards {
		local := make([]uint32, len(of(s).list))
		for n, x := range of(s).list {
			local[n] = index[identity(x, ids)]
		}
		number = append(number, local)
	}
	return all, number
}

// identity is what tells a thing apart: its id, or the id of the one that bears
// its name, else its name.
func identity(x siteNamed, ids map[siteText]string) siteNamed {
	if x.ID == "" {
		x.ID = ids[siteText{x.site, x.Name}]
	}
	if x.ID != "" {
		x.Name = ""
	}
	return x
}

// named returns the newest names of the things in the vocabulary, and the ids of
// names that only one bears.
func (b *builder) named(of func(*Shard) *shelf) (names map[siteNamed]string, ids map[siteText]string) {
	names, ids = map[siteNamed]string{}, map[siteText]string{}
	note := func(site, id, name string) {
		if id == "" || name == "" {
			return
		}
		key := siteText{site, name}
		if have, ok := ids[key]; ok && have != id {
			id = "" // several bear it
		}
		ids[key] = id
	}
	for _, t := range b.a.words.vocab {
		if len(b.a.shards) > 0 && t.Kind == of(b.a.shards[0]).kind {
			note(t.Site, t.ID, t.Name)
		}
	}
	for id, t := range b.a.words.newest {
		if len(b.a.shards) > 0 && t.Kind == of(b.a.shards[0]).kind {
			names[siteNamed{id.site, fact.Named{ID: id.id}}] = t.Name
		}
	}
	for _, s := range b.a.shards {
		for _, x := range of(s).list {
			note(x.site, x.ID, x.Name)
		}
	}
	return names, ids
}

// within fills the columns of releases and sprints.
func (b *builder) within() {
	o, w, site := b.o, b.a.words, map[string]work.SiteID{}
	for n, s := range o.Sites {
		site[s.URL] = work.SiteID(n)
	}
	releases, in := b.shelved(func(s *Shard) *shelf { return s.releases }, func(d *draft) span { return d.releases })
	o.InReleases = in
	for _, x := range releases {
		r := work.Release{Site: site[x.site], Name: x.Name, Released: w.released[siteText{x.site, x.ID}]}
		if o.Releases = append(o.Releases, r); r.Released == 0 {
			o.Coverage.ReleasesUndated++
		}
	}
	sprints, in := b.shelved(func(s *Shard) *shelf { return s.sprints }, func(d *draft) span { return d.inSprints })
	o.InSprints = in
	for _, x := range sprints {
		id := siteText{x.site, x.ID}
		s := work.Sprint{Site: site[x.site], Name: x.Name, Start: w.sprints[id], End: w.sprintEnds[id]}
		if o.Sprints = append(o.Sprints, s); s.Start == 0 {
			o.Coverage.SprintsUndated++
		}
	}
}
