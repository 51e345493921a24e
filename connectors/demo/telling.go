package demo

import (
	"strconv"
	"time"

	"smokestack/analysis/fact"
)

// tell adds what the plan of a cell holds.
func (p *plan) tell(t *Truth) {
	for i := range p.items {
		t.Items[p.ids[i]-firstID] = p.itemTruth(int32(i))
		if it := &p.items[i]; it.rank() == 0 {
			p.countItem(&t.Teams[it.team], it)
		}
	}
	for i := range p.epics {
		e := p.epicTruth(&p.epics[i], t)
		p.countEpic(&t.Teams[p.items[p.epics[i].item].team], &p.epics[i], &e)
		t.Epics = append(t.Epics, e)
		t.Noise.BucketEpics += tick(e.Bucket)
	}
	for i := range p.links {
		t.Links = append(t.Links, p.linkTruth(i))
		p.countLink(t.Teams, &p.links[i])
	}
	p.countNoise(&t.Noise)
}

// seen returns an instant if it was reached, else 0.
func (p *plan) seen(t fact.Instant) fact.Instant {
	if t > p.end {
		return 0
	}
	return t
}

func (p *plan) outcome(it *item) Outcome {
	switch {
	case it.exit > p.end:
		return Open
	case it.resolution == resolvedDone:
		return Finished
	}
	return Dropped
}

func (p *plan) itemTruth(i int32) ItemTruth {
	it := &p.items[i]
	t := ItemTruth{
		ID: p.id(i), Key: p.key(i, p.end), Type: types[it.typ].Name, Rank: it.rank(),
		Created: it.created, Start: p.seen(it.start), Exit: p.seen(it.exit), Outcome: p.outcome(it),
		Marks: Marks{
			Skipped: it.is(skips), Flapped: it.is(flaps), Reopened: it.is(reopens),
			BulkClosed: it.is(bulky), NoEntries: it.is(imported),
		},
	}
	if it.parent != none {
		t.Parent = p.id(it.parent)
	}
	if t.Given = p.seen(it.assigned); it.assigned == it.created {
		t.Given = p.seen(it.handed)
	}
	if p.crosses(it) {
		t.Handed = p.seen(it.handed)
	}
	if it.moved != 0 {
		t.Stays = append(t.Stays, Stay{From: it.created, Project: p.teams[it.origin].key}, Stay{From: it.moved, Project: p.teams[it.team].key})
	} else {
		t.Stays = append(t.Stays, Stay{From: it.created, Project: p.teams[it.team].key})
	}
	return t
}

func (p *plan) linkTruth(n int) LinkTruth {
	l := &p.links[n]
	t := LinkTruth{ID: p.linkID(n), Type: linkTypes[l.typ].name, From: p.id(l.from), Made: l.made, Removed: l.removed, Outside: l.outside}
	if l.outside {
		t.To = outside[l.to].Key
	} else {
		t.To = p.id(l.to)
	}
	return t
}

func (p *plan) linkID(n int) string { return strconv.Itoa(30_001 + p.linkBase + n) }

func (p *plan) epicTruth(e *epic, t *Truth) EpicTruth {
	it := &p.items[e.item]
	out := EpicTruth{ID: p.id(e.item), Project: p.teams[it.team].key, Outcome: p.outcome(it), Due: date(e.due)}
	if e.moved(p.end) {
		out.Due, out.Moved = date(e.later), true
	}
	for _, c := range e.children {
		child := &t.Items[p.ids[c]-firstID]
		out.Children = append(out.Children, child.ID)
		if child.Start != 0 && (out.Start == 0 || child.Start < out.Start) {
			out.Start = child.Start
		}
		out.Done = max(out.Done, child.Exit)
	}
	if out.Outcome == Open {
		out.Done, out.Bucket = 0, p.end-it.created > 180*day && p.allYear(e)
	}
	for _, n := range p.edges.of(e.item) {
		out.FollowUps = append(out.FollowUps, p.id(p.links[n].from))
	}
	return out
}

// allYear reports whether children of an epic were both created and finished in
// at least four different months.
func (p *plan) allYear(e *epic) bool {
	created, finished := map[time.Month]bool{}, map[time.Month]bool{}
	for _, c := range e.children {
		it := &p.items[c]
		created[month(it.created)] = true
		if p.outcome(it) == Finished {
			finished[month(it.exit)] = true
		}
	}
	return len(created) >= 4 && len(finished) >= 4
}

// month counts months over the years.
func month(t fact.Instant) time.Month {
	u := t.Time()
	return time.Month(12*u.Year()) + u.Month()
}

// moved reports whether an epic's due date had been changed by an instant.
func (e *epic) moved(by fact.Instant) bool { return e.later != 0 && e.dueMoved <= by }

func (p *plan) countLink(teams []TeamTruth, l *link) {
	if l.outside || l.typ != blocks || p.items[l.from].team == p.items[l.to].team {
		return
	}
	teams[p.items[l.from].team].Asks++
	teams[p.items[l.to].team].Asked++
}

func (p *plan) countItem(out *TeamTruth, it *item) {
	out.Items++
	out.Finished += tick(p.outcome(it) == Finished)
	out.Dropped += tick(p.outcome(it) == Dropped)
	out.WIP += tick(it.under(p.end))
	out.WIPBefore += tick(it.under(p.end - trend))
	out.HandedOver += tick(p.crosses(it) && it.handed <= p.end)
}

// crosses reports whether an item is planned to pass to another team's people.
func (p *plan) crosses(it *item) bool {
	return it.handed != 0 && p.people[it.assignee].team != p.people[it.second].team
}

// under reports whether an item is under way at an instant.
func (it *item) under(t fact.Instant) bool { return it.start != 0 && it.start <= t && t < it.exit }

func (p *plan) countEpic(out *TeamTruth, e *epic, truth *EpicTruth) {
	out.Epics++
	switch truth.Outcome {
	case Finished:
		out.EpicsDone++
		if len(truth.FollowUps) > 0 {
			out.FollowedUp++
		}
	case Dropped:
		out.EpicsShut++
	}
	for _, c := range e.children {
		if p.items[c].team != p.items[e.item].team {
			out.SharedEpics++
			break
		}
	}
}

// countNoise counts what the plan holds of noise, and what shows only when
// records are made.
func (p *plan) countNoise(n *Noise) {
	m := newMaker(p)
	m.noise = n
	for i := range p.items {
		n.add(&p.items[i])
		m.record(int32(i))
	}
	for i := range p.links {
		n.OutsideLinks += tick(p.links[i].outside)
		n.RemovedLinks += tick(p.links[i].removed != 0)
	}
	for i := range p.epics {
		e := &p.epics[i]
		it := &p.items[e.item]
		due := e.due
		if e.moved(p.end) {
			due = e.later
		}
		n.LoneEpics += tick(it.parent == none)
		n.OverdueEpics += tick(due != 0 && due < dayOf(p.end) && it.exit > p.end)
	}
}

func (n *Noise) add(it *item) {
	n.Skipped += tick(it.is(skips))
	n.Flaps += tick(it.is(flaps))
	n.Reopened += tick(it.is(reopens))
	n.BulkClosed += tick(it.is(bulky))
	n.NoEntries += tick(it.is(imported))
	n.Moved += tick(it.moved != 0)
	n.Subtasks += tick(it.typ == subtaskType)
}
