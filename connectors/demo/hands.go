package demo

// runHands plans who takes an item over from its first assignee.
func (b *builder) runHands(t *team, s *stream) {
	for _, i := range b.of[t.index] {
		it := &b.items[i]
		if !it.plain() || it.exit-it.start < 4*hour {
			continue
		}
		to := none
		switch {
		case s.chance(t.handed):
			to = b.member(b.across(t, it), s)
		case s.chance(80):
			to = b.member(t, s)
		}
		if to == none || to == it.assignee {
			continue
		}
		it.second = to
		it.handed = mid(it.start, it.exit, s.between(250, 600), b.zone(to))
	}
}

// across returns the side that an item's assignee is not on.
func (b *builder) across(t *team, it *item) *team {
	if b.people[it.assignee].team == t.index {
		return &b.teams[t.other]
	}
	return t
}

// moving is the share of ordinary loose items that change projects.
const moving = 250

// runMoves lets some loose items of ordinary teams pass to the neighbour's
// project, most of them before anybody started.
func (b *builder) runMoves(t *team, s *stream) {
	if t.role != Ordinary || t.other < 0 {
		return
	}
	to := &b.teams[t.other]
	for _, i := range b.of[t.index] {
		it := &b.items[i]
		if !it.plain() || it.parent != none || it.flags != 0 || it.blocked != 0 || it.handed != 0 || !s.chance(moving) {
			continue
		}
		it.team = int32(to.index)
		zone := b.zone(it.assignee)
		if s.chance(700) {
			it.moved = mid(it.created, it.start, s.between(200, 800), zone)
			it.assignee = b.member(to, s)
			it.assigned = mid(it.moved, it.start, 900, b.zone(it.assignee))
		} else {
			it.moved = mid(it.start, it.exit, s.between(200, 800), zone)
		}
	}
}

// runSubtasks cuts some items into parts that lie within their own time.
func (b *builder) runSubtasks(t *team, s *stream) {
	for _, i := range b.of[t.index] {
		it := b.items[i]
		if !it.plain() || it.typ == bugType || it.moved != 0 || it.exit-it.start < day || !s.chance(parted) {
			continue
		}
		for range s.between(perCut, perCut+1) {
			b.part(&it, i, t, s)
		}
	}
}

func (b *builder) part(whole *item, parent int32, t *team, s *stream) {
	it := b.blank(t, s)
	it.typ, it.parent = subtaskType, parent
	it.creator, it.assignee = whole.assignee, whole.assignee
	if s.chance(300) {
		it.assignee = b.member(t, s)
	}
	zone := b.zone(it.assignee)
	it.created = mid(whole.created, whole.start, s.between(500, 900), zone)
	it.start = mid(whole.start, whole.exit, s.between(50, 400), zone)
	it.exit = mid(it.start, whole.exit, s.between(300, 900), zone)
	it.assigned = it.created
	b.add(it)
}
