package demo

import (
	"sort"

	"smokestack/analysis/fact"
)

// How long after its own start an item gets what it waits for.
const (
	leastWait = 4 * day
	mostWait  = 28 * day
)

// runWaits makes a share of a team's items wait for items of the platform
// team: they stand blocked until these are done, so that waiting shows in how
// long they take.
func (b *builder) runWaits(t *team, s *stream) {
	if t.platform < 0 || t.waits == 0 {
		return
	}
	offers := b.offers(t.platform)
	for _, i := range b.of[t.index] {
		if b.items[i].plain() && s.chance(t.waits) {
			b.wait(t, s, i, offers)
		}
	}
}

// offers lists the platform items that others can wait for, by their end.
func (b *builder) offers(platform int) []int32 {
	var out []int32
	for _, i := range b.of[platform] {
		if b.items[i].plain() {
			out = append(out, i)
		}
	}
	b.byTime(out, func(it *item) fact.Instant { return it.exit })
	return out
}

// blocker finds an item that exists when another starts and is done some time
// later.
func (b *builder) blocker(s *stream, start fact.Instant, offers []int32) int32 {
	from := sort.Search(len(offers), func(k int) bool { return b.items[offers[k]].exit >= start+leastWait })
	to := sort.Search(len(offers), func(k int) bool { return b.items[offers[k]].exit > start+mostWait })
	for range 8 {
		if from == to {
			break
		}
		if i := offers[from+int(s.below(int64(to-from)))]; b.items[i].created+hour < start {
			return i
		}
	}
	return none
}

// wait plans that item i waits for one of the offers, which somebody of its
// team then asked for. Most such links are written before the start.
func (b *builder) wait(t *team, s *stream, i int32, offers []int32) {
	on := b.blocker(s, b.items[i].start, offers)
	if on == none {
		return
	}
	it, other := &b.items[i], &b.items[on]
	zone := b.zone(it.assignee)
	it.blocked = atWork(planned(it.start, zone)+s.span(2*hour, 30*hour), zone)
	it.blocked = max(it.blocked, it.start+hour/4)
	it.freed = other.exit + s.span(hour/3, 5*hour)
	rest := t.cycle * fact.Instant(s.between(200, 600)) / 1000
	it.exit = max(it.exit, atWork(planned(it.freed, zone)+rest, zone), it.freed+hour)
	made := mid(max(it.created, other.created), it.start, s.between(300, 950), zone)
	if s.chance(120) {
		made = mid(it.start, it.freed, s.between(100, 500), zone)
	}
	if b.people[other.creator].team == int(other.team) {
		other.creator = b.member(t, s)
	}
	b.links = append(b.links, link{made: made, from: i, to: on, by: it.assignee, typ: blocks})
}
