package assemble

import (
	"cmp"
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// useName is a status, a type or a board of a tracker: by its id where there is
// one, else by its name.
type useName struct {
	kind work.UseKind
	siteNamed
}

// addUses notes when an item entered a status, became of a type and came onto a
// board. Where no history tells, it is in its present status, and on its present
// boards, at the last update.
func (s *Shard) addUses(r *fact.Record, d *draft, types []step) {
	status := fact.Value{ID: r.Status.ID, Text: r.Status.Name}
	of, whole := s.of[fact.KindStatus], r.History.State == fact.WholeHistory
	ended := d.states.to > d.states.from && s.states[d.states.to-1].val.Ended()
	switch {
	case len(of) > 0 && whole:
		s.use(work.UseStatus, r.Site, of[0].From, r.Created)
	case len(of) > 0:
	case ended && r.Resolved > r.Created: // imported, or without a history
		s.use(work.UseStatus, r.Site, status, r.Resolved)
	case whole:
		s.use(work.UseStatus, r.Site, status, r.Created)
	default:
		s.use(work.UseStatus, r.Site, status, d.updated)
	}
	for _, c := range of {
		s.use(work.UseStatus, r.Site, c.To, max(c.At, r.Created))
	}
	for _, t := range types {
		s.use(work.UseType, r.Site, fact.Value{Text: t.val.Text}, t.from)
	}
	s.useBoards(r, d)
}

func (s *Shard) useBoards(r *fact.Record, d *draft) {
	of := s.of[fact.KindColumn]
	entered := func(board string, before []*fact.Change) bool {
		return slices.ContainsFunc(before, func(c *fact.Change) bool { return c.To.ID == board })
	}
	for n, c := range of {
		if c.To.ID != "" {
			s.use(work.UseBoard, r.Site, fact.Value{ID: c.To.ID}, max(c.At, r.Created))
		} else if !entered(c.From.ID, of[:n]) {
			s.use(work.UseBoard, r.Site, fact.Value{ID: c.From.ID}, r.Created)
		}
	}
	for _, now := range r.Columns {
		switch {
		case entered(now.ID, of):
		case r.History.State == fact.WholeHistory:
			s.use(work.UseBoard, r.Site, fact.Value{ID: now.ID}, r.Created)
		default:
			s.use(work.UseBoard, r.Site, fact.Value{ID: now.ID}, d.updated)
		}
	}
}

// use notes that the item at hand came to a status, a type or a board.
func (s *Shard) use(kind work.UseKind, site string, v fact.Value, at fact.Instant) {
	if v.ID == "" && v.Text == "" {
		return
	}
	name := useName{kind, siteNamed{site, fact.Named{ID: v.ID}}}
	if v.ID == "" {
		name.Name = v.Text
	}
	n, ok := s.useIndex[name]
	if !ok {
		n = uint32(len(s.useNames))
		name.site, name.ID, name.Name = strings.Clone(site), strings.Clone(name.ID), strings.Clone(name.Name)
		s.useIndex[name] = n
		s.useNames = append(s.useNames, useName{kind, siteNamed{name.site, fact.Named{ID: name.ID, Name: strings.Clone(v.Text)}}})
	}
	if told := &s.useNames[n]; v.Text > told.Name {
		told.Name = strings.Clone(v.Text)
	}
	s.used = append(s.used, valueRun{at, n})
}

// uses fills in which statuses, types and boards the items of each team came to,
// and in which quarters. Teams are those that owned the items then.
func (b *builder) uses() {
	names, number := b.useNames()
	type key struct {
		team    work.TeamID
		name    uint32 // position in names
		quarter int32
	}
	first := map[key]fact.Instant{}
	for i := range b.places {
		s, d := b.draft(i)
		for _, u := range s.used[d.used.from:d.used.to] {
			team, _ := b.o.Owners.At(work.ItemID(i), u.from)
			k := key{team, number[b.places[i].shard][u.val], b.quarter(u.from)}
			if have, ok := first[k]; !ok || u.from < have {
				first[k] = u.from
			}
		}
	}
	keys := make([]key, 0, len(first))
	for k := range first {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y key) int {
		return cmp.Or(cmp.Compare(x.team, y.team), cmp.Compare(x.name, y.name), cmp.Compare(x.quarter, y.quarter))
	})
	for _, k := range keys {
		n := len(b.o.Uses)
		if name := names[k.name]; n == 0 || b.o.Uses[n-1].Team != k.team || b.o.Uses[n-1].Kind != name.kind || b.o.Uses[n-1].Name != name.Name {
			b.o.Uses = append(b.o.Uses, work.Use{Team: k.team, Kind: name.kind, Name: name.Name})
			n++
		}
		b.o.Uses[n-1].At = append(b.o.Uses[n-1].At, first[k])
	}
}

// quarter numbers the quarters of years, in the organisation's zone.
func (b *builder) quarter(at fact.Instant) int32 {
	y, m, _ := at.Time().In(b.o.Zone).Date()
	return int32(y)*4 + int32(m-1)/3
}

// useNames returns the names under which uses are known, in order of kind and
// name, and by shard and local number the position of each. What bears one name is
// one, whatever its ids: projects of their own have statuses of their own.
func (b *builder) useNames() (names []useName, number [][]uint32) {
	told := map[useName]string{} // by id: the greatest name, where no vocabulary tells
	byID := func(x useName) useName {
		x.Name = ""
		return x
	}
	for _, s := range b.a.shards {
		for _, x := range s.useNames {
			if x.ID != "" {
				told[byID(x)] = max(told[byID(x)], x.Name)
			}
		}
	}
	final := func(x useName) useName {
		name := x.Name
		if x.ID != "" {
			name = cmp.Or(told[byID(x)], x.ID)
			if t, ok := b.a.words.newest[termID{fact.TermStatus, x.site, x.ID}]; ok && x.kind == work.UseStatus {
				name = t.Name
			}
		}
		return useName{kind: x.kind, siteNamed: siteNamed{Named: fact.Named{Name: name}}}
	}
	index := map[useName]uint32{}
	for _, s := range b.a.shards {
		for _, x := range s.useNames {
			if x = final(x); index[x] == 0 {
				index[x] = 1
				names = append(names, x)
			}
		}
	}
	slices.SortFunc(names, func(x, y useName) int { return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.Name, y.Name)) })
	for n, x := range names {
		index[x] = uint32(n)
	}
	for _, s := range b.a.shards {
		local := make([]uint32, len(s.useNames))
		for n, x := range s.useNames {
			local[n] = index[final(x)]
		}
		number = append(number, local)
	}
	return names, number
}
