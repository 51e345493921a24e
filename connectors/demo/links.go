package demo

// Shares of the links that are there for realism only, in thousandths.
const (
	siblings  = 40 // items that wait for one of the same epic and team
	relations = 20 // items that somebody found related to another
	beyond    = 8  // items that wait for something outside the visible site
)

// runLinks plans links that change nobody's times. None of them crosses the
// border of a team that is independent or entangled.
func (b *builder) runLinks(t *team, s *stream) {
	cut := !t.odd || t.platform < 0
	for n, i := range b.of[t.index] {
		it := &b.items[i]
		if it.rank() != 0 || it.moved != 0 {
			continue
		}
		if it.resolution == resolvedDuplicate {
			b.duplicate(s, i, b.of[t.index][:n])
			continue
		}
		if !it.plain() {
			continue
		}
		switch {
		case it.parent != none && s.chance(siblings):
			b.sibling(s, i)
		case s.chance(relations):
			b.relate(s, i, t)
		case t.open() && s.chance(beyond):
			at := mid(it.created, it.start, s.between(300, 950), b.zone(it.assignee))
			b.links = append(b.links, link{made: at, from: i, to: int32(s.below(int64(len(outside)))), by: it.assignee, typ: blocks, outside: true})
		case !cut && it.blocked == 0:
			cut = b.mistake(s, i, t)
		}
	}
}

// duplicate links a dropped item to the older one that it repeats. If none is
// found, it was dropped for another reason.
func (b *builder) duplicate(s *stream, i int32, older []int32) {
	it := &b.items[i]
	for range 10 {
		if len(older) == 0 {
			break
		}
		j := pick(s, older)
		if o := &b.items[j]; o.rank() == 0 && !o.is(imported) && o.created+hour < it.exit && it.created+hour < it.exit {
			at := mid(max(it.created, o.created), it.exit, 900, b.zone(it.creator))
			b.links = append(b.links, link{made: at, from: i, to: j, by: it.creator, typ: duplicates})
			return
		}
	}
	it.resolution = resolvedWont
}

// sibling lets an item wait for another of its epic, in the same project.
func (b *builder) sibling(s *stream, i int32) {
	it := &b.items[i]
	n := b.items[it.parent].epic
	if n == none {
		return
	}
	j := pick(s, b.epics[n].children)
	if o := &b.items[j]; j != i && o.team == it.team && o.plain() && o.created+hour < it.start && o.start < it.start {
		at := mid(max(it.created, o.created), it.start, s.between(300, 950), b.zone(it.assignee))
		b.links = append(b.links, link{made: at, from: i, to: j, by: it.assignee, typ: blocks})
	}
}

// relate ties an item loosely to another of the same team or, between ordinary
// teams, of the neighbour.
func (b *builder) relate(s *stream, i int32, t *team) {
	from := t.index
	if t.role == Ordinary && t.other > t.index && s.chance(500) {
		from = t.other
	}
	it, j := &b.items[i], pick(s, b.of[from])
	if o := &b.items[j]; o.rank() == 0 && !o.is(imported) && o.created < it.created && it.created+hour < it.exit {
		at := mid(it.created, min(it.exit, it.created+20*day), s.between(100, 900), b.zone(it.creator))
		b.links = append(b.links, link{made: at, from: i, to: j, by: it.creator, typ: relates})
	}
}

// mistake links an item to one of the platform team and takes that back soon
// after the start; it reports whether there was a fitting pair.
func (b *builder) mistake(s *stream, i int32, t *team) bool {
	it := &b.items[i]
	j := pick(s, b.of[t.platform])
	if o := &b.items[j]; !o.plain() || o.created+hour > it.start || it.exit > b.end || it.exit-it.start < day {
		return false
	}
	at := mid(max(it.created, b.items[j].created), it.start, 800, b.zone(it.assignee))
	off := mid(it.start, it.exit, 200, b.zone(it.assignee))
	b.links = append(b.links, link{made: at, removed: off, from: i, to: j, by: it.assignee, typ: blocks})
	return true
}
