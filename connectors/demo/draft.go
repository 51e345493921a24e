package demo

import "smokestack/analysis/fact"

// order says what an item is drafted for.
type order struct {
	parent int32        // the record of an epic, none for loose work
	opens  fact.Instant // when work on the epic begins
	pace   int64        // how long work takes, in thousandths of the team's usual
	pair   [2]int32     // who does most of an epic
}

// plant makes a team's initiatives, one for every half year.
func (b *builder) plant(t *team, s *stream) {
	for at := b.begin; at < b.end; at += 26 * week {
		who := b.member(t, s)
		it := b.blank(t, s)
		it.typ, it.creator, it.assignee = initiativeType, who, who
		it.created = atWork(at+s.span(morning, 20*hour), b.zone(who))
		it.assigned = it.created
		b.initiatives[t.index] = append(b.initiatives[t.index], b.add(it))
	}
}

// blank returns an item of a team to which nothing happens.
func (b *builder) blank(t *team, s *stream) item {
	return item{
		seed: s.bits(), team: int32(t.index), origin: int32(t.index), resolution: resolvedDone,
		exit: fact.Never, parent: none, epic: none, creator: none, assignee: none, second: none,
	}
}

// runTracks lets a team work on some epics side by side, one after the other on
// each track, so that the items of all of them start at the team's pace.
func (b *builder) runTracks(t *team, s *stream) {
	tracks := fact.Instant(max(1, t.tracks*b.scale/whole))
	apart := b.apart(t.pace * t.inEpics)
	half := fact.Instant(t.least+t.most) / 2
	for k := range tracks {
		at := b.begin + s.span(2*day, 5*day) + k*half*apart
		if t.role == LargeBatches {
			at += 25 * day
		}
		for at < b.end+max(2*t.planning, 6*t.lead) {
			at = b.draftEpic(t, s, at, apart*tracks)
		}
	}
}

// apart returns the time between two starts at a pace in items per million
// weeks.
func (b *builder) apart(pace int64) fact.Instant {
	return week * 1_000_000 / fact.Instant(pace) * whole / fact.Instant(b.scale)
}

// draftEpic plans an epic whose children start one after the other, so far
// apart, and returns when the track is free again.
func (b *builder) draftEpic(t *team, s *stream, at, apart fact.Instant) fact.Instant {
	apart = apart * 1000 / fact.Instant(b.crowding(t, at))
	size := fact.Instant(s.between(t.least, t.most))
	epic := b.epicRecord(t, s, at)
	abroad, gone := s.chance(t.shared), 0
	o := order{parent: epic, opens: at, pace: s.between(800, 1250), pair: [2]int32{b.member(t, s), b.member(t, s)}}
	var children []int32
	for k := range size {
		owner, order := t, o
		if abroad && (s.chance(t.abroad) || k >= size-2 && gone == 0) {
			owner, gone = &b.teams[t.other], gone+1
			order.pair = [2]int32{b.member(owner, s), b.member(owner, s)}
		}
		children = append(children, b.draft(owner, s, at+k*apart+fact.Instant(s.below(int64(apart))), order))
	}
	e := &b.epics[b.items[epic].epic]
	e.children, e.begin, e.last = children, at, at+(size-1)*apart
	return at + size*apart + s.span(0, day)
}

// epicRecord makes an epic's own record, written well before work begins.
func (b *builder) epicRecord(t *team, s *stream, at fact.Instant) int32 {
	who := b.member(t, s)
	it := b.blank(t, s)
	it.typ, it.creator, it.assignee, it.epic = epicType, who, who, int32(len(b.epics))
	it.created = b.before(at, s.lasting(t.planning, &steady), s, b.zone(who))
	it.assigned = it.created
	if s.chance(850) {
		b.adopt(&it, b.initiative(t, s, it.created), s)
	}
	i := b.add(it)
	b.epics = append(b.epics, epic{item: i})
	return i
}

// initiative returns the one of the half year; a team that shares its work
// puts some of it under the other team's.
func (b *builder) initiative(t *team, s *stream, at fact.Instant) int32 {
	of := t.index
	if t.role == Entangled && s.chance(400) {
		of = t.other
	}
	list := b.initiatives[of]
	return list[min(int((at-b.begin)/(26*week)), len(list)-1)]
}

// before returns an instant so long before another, but within the history.
func (b *builder) before(at, lead fact.Instant, s *stream, zone int16) fact.Instant {
	if earliest := b.begin + morning; at-lead < earliest {
		return atWork(earliest+(at-earliest)*fact.Instant(s.below(700))/1000, zone)
	}
	return atWork(at-lead, zone)
}

// adopt gives an item its parent: at its creation or, if the parent is younger
// or nobody thought of it at once, later.
func (b *builder) adopt(it *item, parent int32, s *stream) {
	it.parent, it.adopted = parent, 0
	if made := b.items[parent].created; made >= it.created {
		it.adopted = made + s.span(hour/12, hour)
	} else if s.chance(50) {
		it.adopted = it.created + s.span(hour/12, hour/3)
	}
}

// crowding is a team's pace at an instant, in thousandths: the swamped team
// starts more in the last half year.
func (b *builder) crowding(t *team, at fact.Instant) int64 {
	if t.role == Swamped && at >= b.end-trend {
		return 1400
	}
	return 1000
}

// recent returns how much of the last half year has passed at an instant, in
// thousandths.
func (b *builder) recent(at fact.Instant) int64 {
	return int64(min(max(at-(b.end-trend), 0), trend) * 1000 / trend)
}

// draft plans an item of a team whose start is due at an instant.
func (b *builder) draft(t *team, s *stream, at fact.Instant, o order) int32 {
	it := b.blank(t, s)
	b.staff(&it, t, s, o)
	it.typ = storyType + uint8(s.weighted(600, 300, 100))
	if o.parent == none {
		it.typ = storyType + uint8(s.weighted(250, 350, 400))
	}
	zone := b.zone(it.assignee)
	it.created = b.written(t, s, at, o, zone)
	it.start = max(atWork(at, zone), it.created+hour/2)
	it.exit = max(atWork(at+b.takes(t, s, at, o.pace), zone), it.start+hour/2)
	if s.chance(12) {
		it.flags |= retyped
	}
	b.fate(&it, t, s, at)
	b.assign(&it, t, s)
	if o.parent != none {
		b.adopt(&it, o.parent, s)
	}
	return b.add(it)
}

// staff chooses who writes an item and who does it.
func (b *builder) staff(it *item, t *team, s *stream, o order) {
	it.assignee, it.creator = b.member(t, s), b.member(t, s)
	switch {
	case s.chance(t.lent):
		it.assignee = b.member(&b.teams[t.other], s)
	case o.parent != none && s.chance(600):
		it.assignee = o.pair[s.below(2)]
	}
	if s.chance(t.requested) {
		if who := b.outsider(t, s); who != none {
			it.creator = who
		}
	}
}

// written returns when an item is written that starts at an instant: shortly
// before, in the planning of its epic, or after a wait in the queue.
func (b *builder) written(t *team, s *stream, at fact.Instant, o order, zone int16) fact.Instant {
	switch {
	case s.chance(t.urgent):
		return b.before(at, s.span(hour, 30*hour), s, zone)
	case o.parent != none && s.chance(t.locked):
		return mid(b.items[o.parent].created, max(atWork(o.opens, zone), b.items[o.parent].created+hour), s.between(20, 850), zone)
	}
	lead := s.lasting(t.lead, &wide)
	if t.role == Platform {
		lead = lead * fact.Instant(1000+2200*b.recent(at)/1000) / 1000
	}
	return b.before(at, lead, s, zone)
}

// takes returns how long work lasts. In the last half year the swamped team
// takes longer and longer, and some of what it starts gets stuck.
func (b *builder) takes(t *team, s *stream, at fact.Instant, pace int64) fact.Instant {
	long := s.lasting(t.cycle, &steady) * fact.Instant(pace) / 1000
	stuck := int64(8)
	switch t.role {
	case Swamped:
		long = long * fact.Instant(1000+2600*b.recent(at)/1000) / 1000
		if b.recent(at) > 0 {
			stuck = 90
		}
	case LargeBatches, Healthy, Independent:
		stuck = 0
	}
	if s.chance(stuck) {
		long += 300 * day
	}
	return long
}

// fate decides how an item ends, if not by being done in the usual way.
func (b *builder) fate(it *item, t *team, s *stream, at fact.Instant) {
	short := it.exit-it.start < 4*day
	switch {
	case s.chance(t.dropped):
		it.resolution = resolvedWont
		if s.chance(300) {
			it.resolution = resolvedDuplicate
		}
		if s.chance(500) {
			it.start = 0
		}
	case s.chance(30):
		it.start, it.flags = 0, it.flags|skips
	case !short && s.chance(60):
		it.flags |= reopens
	case !short && s.chance(60):
		it.flags |= flaps
	}
}

// assign decides when an item is first given to its assignee.
func (b *builder) assign(it *item, t *team, s *stream) {
	it.assigned = it.created
	switch {
	case it.start != 0 && s.chance(t.bound):
		it.assigned = it.start - s.span(8*day, 20*day)
	case s.chance(200):
	case it.start != 0:
		it.assigned = it.start - s.span(hour/60, hour/2)
	case it.is(skips):
		if s.chance(500) {
			it.assigned = mid(it.created, it.exit, 500, b.zone(it.assignee))
		}
	default:
		it.assigned = 0
	}
	if it.assigned != 0 {
		it.assigned = max(it.assigned, it.created)
	}
}

// runLoose plans a team's work outside of epics, some of it never begun.
func (b *builder) runLoose(t *team, s *stream) {
	apart := b.apart(t.pace * (1000 - t.inEpics))
	for at := b.begin + day; at < b.end+6*t.lead; {
		step := apart * 1000 / fact.Instant(b.crowding(t, at))
		i := b.draft(t, s, at+fact.Instant(s.below(int64(step))), order{parent: none, pace: 1000})
		if s.chance(t.shelved) {
			it := &b.items[i]
			it.start, it.exit, it.assigned, it.resolution, it.flags = 0, fact.Never, 0, resolvedDone, 0
		}
		at += step
	}
}
