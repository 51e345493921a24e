package demo

import "smokestack/analysis/fact"

// runOddities gives one team of every cast what most trackers hold somewhere:
// an epic that is really a drawer, a big clean-up, items from an older tool.
func (b *builder) runOddities(t *team, s *stream) {
	if !t.odd {
		return
	}
	b.drawer(t, s)
	b.cleanUp(t, s)
	b.importOld(t, s)
}

// drawer opens an epic in the first days that takes in about every other loose
// item and never ends.
func (b *builder) drawer(t *team, s *stream) {
	i := b.epicRecord(t, s, b.begin+3*day)
	b.items[i].parent, b.items[i].adopted = none, 0
	e := &b.epics[b.items[i].epic]
	e.bucket, e.begin, e.last = true, b.begin+3*day, b.end
	for j := range b.items {
		it := &b.items[j]
		if int(it.team) == t.index && it.rank() == 0 && it.parent == none && it.created > b.items[i].created && s.chance(500) {
			b.adopt(it, i, s)
			it.flags |= upkeep
			e.children = append(e.children, int32(j))
		}
	}
}

// bulk is how many items the clean-up closes, three seconds apart.
const bulk = 14

// cleanUp plans items that were as good as done, forgotten, and closed by one
// person at a stroke.
func (b *builder) cleanUp(t *team, s *stream) {
	who := b.member(t, s)
	at := atWork(max(b.end-32*week, b.begin+8*week)+s.span(0, 4*day), b.zone(who))
	for k := range fact.Instant(bulk) {
		it := b.blank(t, s)
		it.typ, it.assignee, it.creator, it.second = taskType, b.member(t, s), b.member(t, s), who
		it.created = mid(b.begin+day, at-14*day, s.between(300, 900), b.zone(it.creator))
		it.start = mid(it.created, at-day, s.between(100, 800), b.zone(it.assignee))
		it.assigned, it.exit, it.flags = it.created, at+k*3000, bulky
		b.add(it)
	}
}

// imports is how many items came closed from an older tool.
const imports = 6

func (b *builder) importOld(t *team, s *stream) {
	for range imports {
		it := b.blank(t, s)
		it.typ, it.assignee, it.creator, it.flags = storyType, b.member(t, s), b.member(t, s), imported
		it.created = atWork(b.begin+s.span(morning, 40*day), b.zone(it.creator))
		it.exit = atWork(it.created+s.span(2*day, 20*day), b.zone(it.creator))
		it.assigned = it.created
		b.add(it)
	}
}
