package demo

import "smokestack/analysis/fact"

// runFates settles what becomes of a team's epics once it is known how long
// their children take.
func (b *builder) runFates(t *team, s *stream) {
	late := false
	for i := range len(b.epics) {
		if int(b.items[b.epics[i].item].team) != t.index {
			continue
		}
		if !b.epics[i].bucket && s.chance(t.abandoned) {
			b.abandon(i, s)
		}
		b.close(i, s)
		b.promise(i, t, s)
		if t.role == LargeBatches && !late {
			late = b.overrun(i)
		}
		if s.chance(t.followed) {
			b.followUp(i, t, s)
		}
	}
}

// abandon stops an epic in the middle: what is open or not begun is dropped.
func (b *builder) abandon(n int, s *stream) {
	e := &b.epics[n]
	opened := b.items[e.item].created
	e.stopped = e.begin + day + (e.last-e.begin)/1000*fact.Instant(s.between(400, 800))
	for k, i := range e.children {
		it := &b.items[i]
		if it.exit <= e.stopped {
			continue
		}
		it.exit = e.stopped + hour*fact.Instant(k+1)/30
		it.resolution, it.flags = resolvedWont, abandoned
		it.blocked, it.freed = 0, 0
		if it.created >= e.stopped-hour {
			it.created = mid(opened, e.stopped-hour, s.between(300, 900), b.zone(it.creator))
			b.adopt(it, e.item, s)
		}
		if it.start >= e.stopped {
			it.start = 0
		}
		if it.assigned >= e.stopped {
			it.assigned = 0
		}
		if it.assigned != 0 {
			it.assigned = max(it.assigned, it.created)
		}
	}
}

// close gives an epic's own record its course: it starts with its first child
// and ends with the last.
func (b *builder) close(n int, s *stream) {
	e := &b.epics[n]
	for _, i := range e.children {
		it := &b.items[i]
		if it.start != 0 && (e.first == 0 || it.start < e.first) {
			e.first = it.start
		}
		e.done = max(e.done, it.exit)
	}
	it := &b.items[e.item]
	if e.first != 0 {
		it.start = max(e.first+s.span(hour/20, hour), it.created+hour/20)
	}
	if e.bucket {
		e.done = fact.Never
		return
	}
	it.exit = max(e.done, it.start) + s.span(hour, 30*hour)
	if e.stopped != 0 {
		it.resolution = resolvedWont
	}
}

// promise gives a share of epics a due date. Some of these dates move later
// after the start, when it becomes clear that they will not be kept.
func (b *builder) promise(n int, t *team, s *stream) {
	e := &b.epics[n]
	if e.bucket || e.first == 0 || !s.chance(t.promised) {
		return
	}
	e.due = dayOf(e.last + t.cycle + s.span(0, 10*day))
	if s.chance(t.slipping) {
		e.later = max(e.due, dayOf(min(e.done, b.end+90*day))) + int32(s.between(2, 14))
		e.dueMoved = mid(b.items[e.item].start, b.items[e.item].exit, s.between(400, 800), 0)
	}
}

// overrun makes an epic that is under way at the end overdue, and reports
// whether it was one.
func (b *builder) overrun(n int) bool {
	e := &b.epics[n]
	if it := &b.items[e.item]; e.first == 0 || e.first > b.end-5*week || it.exit <= b.end || it.created > b.end-6*week {
		return false
	}
	e.due, e.later, e.dueMoved = dayOf(b.end)-12, 0, 0
	return true
}

func dayOf(t fact.Instant) int32 { return int32(t / day) }

// followUp plans an item that looks back at a finished epic, and its link.
func (b *builder) followUp(n int, t *team, s *stream) {
	e := &b.epics[n]
	over := b.items[e.item].exit
	if e.bucket || e.stopped != 0 || over > b.end {
		return
	}
	written := over + s.span(3*day, 45*day)
	i := b.draft(t, s, written+s.lasting(6*day, &steady), order{parent: none, pace: 700})
	it := &b.items[i]
	it.typ = storyType + uint8(s.below(2))
	it.flags |= follows
	it.created = min(max(atWork(written, b.zone(it.creator)), over+hour), first(it)-hour/4)
	b.assign(it, t, s)
	b.links = append(b.links, link{made: it.created + s.span(hour/60, hour/6), from: i, to: e.item, by: it.creator, typ: relates})
}

// first returns when an item is first started or, if it never is, closed.
func first(it *item) fact.Instant {
	if it.start != 0 {
		return it.start
	}
	return it.exit
}

// closeInitiatives ends an initiative when its last epic ends.
func (b *builder) closeInitiatives() {
	open := make(map[int32]bool)
	for i := range b.epics {
		own := &b.items[b.epics[i].item]
		if own.parent == none {
			continue
		}
		up := &b.items[own.parent]
		if own.start != 0 && (up.start == 0 || own.start < up.start) {
			up.start = max(own.start+hour/30, up.created+hour/30)
		}
		if up.exit == fact.Never && !open[own.parent] {
			up.exit, open[own.parent] = 0, true
		}
		up.exit = max(up.exit, own.exit+day, up.start+day)
	}
}
