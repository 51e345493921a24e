package demo

import "smokestack/analysis/fact"

// live plans the events of a record's life.
func (m *maker) live(i int32, it *item, r *fact.Record) {
	if it.is(imported) {
		r.Status, r.Resolution, r.Resolved, r.Updated = statuses[done], resolutions[it.resolution], it.exit, it.exit
		return
	}
	t := &m.teams[it.team]
	if it.adopted != 0 {
		m.push(it.adopted, fact.KindParent, it.parent, it.creator)
	}
	for _, n := range m.edges.of(i) {
		l := &m.links[n]
		m.push(l.made, fact.KindLink, n, l.by)
		if l.removed != 0 {
			m.takeOut(l.removed, fact.KindLink, n, l.by)
		}
	}
	switch it.rank() {
	case 0:
		m.queue(it, t, r)
		m.pass(i, it)
		m.path(it, t)
		m.schedule(it, t)
		m.talk(it, t)
	case -1:
		m.simple(it, it.assignee)
	default:
		m.guide(it, t)
	}
}

// guide plans what happens to an epic or an initiative itself.
func (m *maker) guide(it *item, t *team) {
	opener := it.assignee
	if m.rng.chance(500) {
		opener = bot
	}
	m.simple(it, opener)
	if until := min(it.exit, m.end); until-it.created > day {
		for range m.rng.between(1, 3) {
			m.push(mid(it.created, until, m.rng.between(50, 950), 0), fact.KindOther, 0, m.anyone(it, t))
		}
		m.say(mid(it.created, until, m.rng.between(100, 900), 0), m.anyone(it, t))
	}
	if it.epic != none {
		if e := &m.epics[it.epic]; e.later != 0 {
			m.push(e.dueMoved, fact.KindDue, e.later, it.assignee)
		}
	}
}

// simple plans a way from To Do over In Progress to Done.
func (m *maker) simple(it *item, opener int32) {
	if it.start != 0 {
		m.push(it.start, fact.KindStatus, inProgress, opener)
	}
	m.finish(it.exit, it.resolution, it.assignee)
}

// finish closes the item; fact.Never does nothing.
func (m *maker) finish(at fact.Instant, resolution uint8, by int32) {
	m.push(at, fact.KindStatus, done, by)
	m.push(at, fact.KindResolution, int32(resolution), by)
}

// anyone returns somebody of the team, in half the cases the assignee.
func (m *maker) anyone(it *item, t *team) int32 {
	if m.rng.chance(500) {
		return it.assignee
	}
	return t.first + int32(m.rng.below(int64(t.size)))
}

// queue plans what happens before the start: the item is ranked, estimated,
// labelled, forgotten. What is there from the beginning goes into the record.
func (m *maker) queue(it *item, t *team, r *fact.Record) {
	m.dress(it, t, r)
	until := min(first(it), m.end+week)
	if until-it.created < hour/4 {
		return
	}
	sometime := func() fact.Instant { return mid(it.created, until, m.rng.between(50, 950), m.zone(it.assignee)) }
	if it.start != 0 && m.rng.chance(750) {
		m.push(mid(it.created, until, m.rng.between(300, 900), m.zone(it.assignee)), fact.KindStatus, ready, m.anyone(it, t))
	}
	if m.rng.chance(700) {
		m.push(sometime(), fact.KindRank, 0, m.anyone(it, t))
	}
	for range m.rng.weighted(150, 450, 400) {
		m.push(sometime(), fact.KindOther, 0, m.anyone(it, t))
	}
	if m.rng.chance(200) {
		m.push(sometime(), fact.KindPriority, m.otherPriority(r), m.anyone(it, t))
	}
	if t.points && m.rng.chance(800) {
		m.push(sometime(), fact.KindEstimate, m.otherEstimate(r), m.anyone(it, t))
	}
	m.sort(it, t, r, sometime)
	m.stale(it, until)
}

// dress gives a new record what its writer fills in at once.
func (m *maker) dress(it *item, t *team, r *fact.Record) {
	if t.points && m.rng.chance(250) {
		r.Estimate = pick(&m.rng, estimates[:])
	}
	if it.moved == 0 && m.rng.chance(500) {
		r.Components = []fact.Named{t.component(int(m.rng.below(2)))}
	}
	if m.rng.chance(200) {
		r.Labels = []string{pick(&m.rng, labels[:])}
	}
}

// sort plans that somebody sorts the item in: by component, label or type.
func (m *maker) sort(it *item, t *team, r *fact.Record, when func() fact.Instant) {
	if it.moved == 0 && len(r.Components) == 0 && m.rng.chance(250) {
		m.push(when(), fact.KindComponent, ofTeam(t, int(m.rng.below(2))), m.anyone(it, t))
	}
	if len(r.Labels) == 0 && m.rng.chance(250) {
		m.push(when(), fact.KindLabel, int32(m.rng.below(int64(len(labels)))), m.anyone(it, t))
	}
	if it.is(retyped) {
		r.Type = types[taskType]
		if it.typ == taskType {
			r.Type = types[storyType]
		}
		m.push(when(), fact.KindType, int32(it.typ), m.anyone(it, t))
	}
}

// stale lets the automation account mark an item that waits for long, and take
// the mark off when somebody starts it.
func (m *maker) stale(it *item, until fact.Instant) {
	at := it.created + 60*day
	if at >= until {
		return
	}
	m.push(at, fact.KindLabel, int32(len(labels)), bot)
	if it.start != 0 {
		m.takeOut(it.start+1000, fact.KindLabel, int32(len(labels)), bot)
	}
}

func (m *maker) otherPriority(r *fact.Record) int32 {
	n := int32(m.rng.below(int64(len(priorities))))
	if priorities[n] == r.Priority {
		n = (n + 1) % int32(len(priorities))
	}
	return n
}

func (m *maker) otherEstimate(r *fact.Record) int32 {
	n := int32(m.rng.below(int64(len(estimates))))
	if estimates[n] == r.Estimate {
		n = (n + 1) % int32(len(estimates))
	}
	return n
}

// pass plans through whose hands and projects the item goes.
func (m *maker) pass(i int32, it *item) {
	if it.assigned > it.created {
		by := it.assignee
		if it.start-it.assigned > week {
			by = it.creator
		}
		m.push(it.assigned, fact.KindAssignee, it.assignee, by)
	}
	if it.handed != 0 {
		m.push(it.handed, fact.KindAssignee, it.second, it.assignee)
	}
	if it.moved != 0 {
		m.push(it.moved, fact.KindKey, i, it.creator)
		m.push(it.moved, fact.KindProject, it.team, it.creator)
	}
}

// hand returns who has the item in hand at an instant.
func (it *item) hand(at fact.Instant) int32 {
	if it.handed != 0 && at >= it.handed {
		return it.second
	}
	return it.assignee
}

// path plans the item's way through the statuses.
func (m *maker) path(it *item, t *team) {
	closer := it.hand(it.exit)
	switch {
	case it.is(bulky):
		closer = it.second
	case m.rng.chance(250):
		closer = m.anyone(it, t)
	}
	if it.start != 0 {
		m.enter(it.start, inProgress, it)
		m.work(it)
	}
	m.finish(it.exit, it.resolution, closer)
}

func (m *maker) enter(at fact.Instant, status int32, it *item) {
	m.push(at, fact.KindStatus, status, it.hand(at))
}

// work plans the detours between start and exit, each after the one before.
func (m *maker) work(it *item) {
	at := it.start
	if it.is(flaps) {
		back := at + m.rng.span(hour, 6*hour)
		at = back + m.rng.span(2*hour, 17*hour)
		m.enter(back, todo, it)
		m.enter(at, inProgress, it)
	}
	switch {
	case it.is(reopens):
		at = m.reopen(at, it)
	case it.blocked != 0:
		m.block(it.blocked, it.freed, it)
		at = it.freed
	case it.exit-at > 3*day && m.rng.chance(70):
		from := m.between(at, it.exit, 150, 400, it)
		at = m.between(from, it.exit, 200, 500, it)
		m.block(from, at, it)
	}
	if it.exit-at > hour/4 && m.rng.chance(850) {
		m.review(at, it)
	}
}

func (m *maker) between(a, b fact.Instant, lo, hi int64, it *item) fact.Instant {
	return mid(a, b, m.rng.between(lo, hi), m.zone(it.assignee))
}

// reopen plans an early end that did not hold, and returns when work went on.
func (m *maker) reopen(at fact.Instant, it *item) fact.Instant {
	end := m.between(at, it.exit, 350, 500, it)
	again := m.between(end, it.exit, 200, 400, it)
	m.finish(end, resolvedDone, it.hand(end))
	m.enter(again, inProgress, it)
	m.push(again, fact.KindResolution, unresolved, it.hand(again))
	return again
}

// block plans a stay in Blocked, flagged in some cases.
func (m *maker) block(from, to fact.Instant, it *item) {
	m.enter(from, blocked, it)
	m.enter(to, inProgress, it)
	if to-from > day && m.rng.chance(300) {
		m.push(from+hour/6, fact.KindFlag, 1, it.hand(from))
		m.push(to-hour/6, fact.KindFlag, 0, it.hand(to))
	}
}

// review plans a review, which sends some items back once.
func (m *maker) review(at fact.Instant, it *item) {
	at = m.between(at, it.exit, 550, 850, it)
	m.enter(at, inReview, it)
	if it.exit-at > hour && m.rng.chance(300) {
		at = m.between(at, it.exit, 300, 500, it)
		m.enter(at, inProgress, it)
		m.enter(m.between(at, it.exit, 400, 600, it), inReview, it)
	}
}

// schedule plans the sprints that an item is in and the release that it is in
// after its end.
func (m *maker) schedule(it *item, t *team) {
	if t.sprints && it.start != 0 && it.moved == 0 {
		n := m.sprintAt(it.start)
		m.push(min(max(m.sprintStart(n)-3*hour, it.created+1), it.start-1), fact.KindSprint, ofTeam(t, n), it.assignee)
		for k := n + 1; k < n+5 && m.sprintStart(k) < it.exit; k++ {
			m.push(m.sprintStart(k), fact.KindSprint, ofTeam(t, k), it.hand(m.sprintStart(k)))
		}
	}
	if t.release > 0 && it.exit <= m.end && it.resolution == resolvedDone {
		m.push(it.exit+hour/30, fact.KindRelease, ofTeam(t, m.releaseAt(t, it.exit)), it.hand(it.exit))
	}
}

// talk plans comments and worklogs.
func (m *maker) talk(it *item, t *team) {
	until := min(it.exit, m.end+week)
	if until-it.created < hour {
		return
	}
	at := func(permille int64) fact.Instant { return mid(it.created, until, permille, m.zone(it.assignee)) }
	if m.rng.chance(350) {
		m.say(at(m.rng.between(200, 950)), it.assignee)
	}
	if m.rng.chance(t.talk) {
		who := t.first + int32(m.rng.below(int64(t.size)))
		for range m.rng.between(1, 2) {
			m.say(at(m.rng.between(100, 950)), who)
		}
	}
	if m.rng.chance(t.visited) {
		if who := m.outsider(t, &m.rng); who != none {
			m.say(at(m.rng.between(300, 500)), who)
			m.say(at(m.rng.between(700, 900)), who)
		}
	}
	if m.rng.chance(30) {
		m.push(at(950), comment, int32(fact.Short), bot)
	}
	if t.worklogs && it.start != 0 {
		for range m.rng.between(1, 3) {
			m.push(m.between(it.start, it.exit, 100, 900, it), worklog, 0, it.assignee)
		}
	}
}

// say plans a comment of some length.
func (m *maker) say(at fact.Instant, by int32) {
	m.push(at, comment, int32(fact.Short)+int32(m.rng.weighted(300, 480, 220)), by)
}
