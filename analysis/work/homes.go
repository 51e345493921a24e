package work

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
)

// Homes tells which team somebody belongs to at an instant (METRICS section 0,
// "People"). It is made once for a view, by [View.Homes], and is safe for
// several readers at once.
//
// An event is whatever a trail holds (see [View.Trail]), of a record of any
// level, pull requests among them. It counts for the team that owned the record
// at that instant; events on what no team owned, or several did, count among a
// person's events and for no team. Bulk edits are no sign of where somebody belongs.
type Homes struct {
	view   View
	number map[fact.Person]int32 // in order of what they did, see Rank
	people []fact.Person
	off    []uint32 // of each person's first event, in all that follows
	// The same events three times: by team and time, by time, and by item and time.
	byTeam []teamTime
	byTime []timeTeam
	items  []ItemID
	times  []Instant
	teams  []TeamID
}

// Least and widest evidence for a home that events tell.
const (
	homeEvents = 5
	homeSpan   = 13 * 7 * 24 * 60 * 60 * 1000 // milliseconds
)

// teamTime is a team and an instant as one number, in order of both.
type teamTime uint64

const timeBits = 48 // of milliseconds: until the year 10889

func at(team TeamID, t Instant) teamTime {
	return teamTime(team)<<timeBits | teamTime(min(max(t, 0), 1<<timeBits-1))
}

func (k teamTime) team() TeamID  { return TeamID(k >> timeBits) }
func (k teamTime) time() Instant { return Instant(k & (1<<timeBits - 1)) }

// timeTeam is the same in order of the instant.
type timeTeam uint64

const teamBits = 16

func before(t Instant) timeTeam { return timeTeam(min(max(t, 0), 1<<timeBits-1)) << teamBits }

func (k timeTeam) team() TeamID  { return TeamID(k & (1<<teamBits - 1)) }
func (k timeTeam) time() Instant { return Instant(k >> teamBits) }

// Homes sorts what people are known to have done by the view's instant: work
// that grows as n log n in the events.
func (v View) Homes() *Homes {
	h := &Homes{view: v, number: map[fact.Person]int32{}}
	var counts []uint32
	h.walk(func(_ ItemID, e Event) {
		n, ok := h.number[e.By]
		if !ok {
			n = int32(len(h.people))
			h.number[e.By] = n
			h.people, counts = append(h.people, e.By), append(counts, 0)
		}
		counts[n]++
	})
	if deeds := h.fill(counts); h.renumber(deeds, counts) {
		h.fill(counts)
	}
	place := make([]int32, max(len(v.Teams), int(NoTeam)+1))
	for n := range counts {
		mine := h.byTime[h.off[n]:h.off[n+1]]
		slices.Sort(mine)
		dealByTeam(h.byTeam[h.off[n]:h.off[n+1]], mine, place)
	}
	return h
}

// fill notes all events by person, of whom each has so many, and returns what they
// are.
func (h *Homes) fill(counts []uint32) []Deed {
	h.off = make([]uint32, len(counts)+1)
	for n, c := range counts {
		h.off[n+1] = h.off[n] + c
	}
	total := h.off[len(counts)]
	h.byTeam, h.byTime = make([]teamTime, total), make([]timeTeam, total)
	h.items, h.times, h.teams = make([]ItemID, total), make([]Instant, total), make([]TeamID, total)
	deeds := make([]Deed, total)
	next := slices.Clone(h.off)
	h.walk(func(i ItemID, e Event) {
		n := h.number[e.By]
		k, team := next[n], h.view.Owner(i, e.At)
		if int(team) >= len(h.view.Teams) {
			team = NoTeam
		}
		next[n]++
		h.items[k], h.times[k], h.teams[k], deeds[k] = i, e.At, team, e.Deed
		h.byTime[k] = before(e.At) | timeTeam(team)
	})
	return deeds
}

// renumber puts people in order of all that they did: by the first event's item,
// time and deed, by those of the second, and so on. A trail has events of one
// instant in order of people's numbers, which mean nothing. It reports whether
// the order is another one.
func (h *Homes) renumber(deeds []Deed, counts []uint32) bool {
	order := make([]int32, len(h.people))
	for n := range order {
		order[n] = int32(n)
	}
	compare := func(a, b int32) int {
		i, j := h.off[a], h.off[b]
		for ; i < h.off[a+1] && j < h.off[b+1]; i, j = i+1, j+1 {
			if c := cmp.Or(cmp.Compare(h.items[i], h.items[j]), cmp.Compare(h.times[i], h.times[j]), cmp.Compare(deeds[i], deeds[j])); c != 0 {
				return c
			}
		}
		return cmp.Compare(counts[a], counts[b])
	}
	if slices.IsSortedFunc(order, compare) {
		return false
	}
	slices.SortStableFunc(order, compare)
	people, were := slices.Clone(h.people), slices.Clone(counts)
	for n, old := range order {
		h.people[n], counts[n] = people[old], were[old]
		h.number[people[old]] = int32(n)
	}
	return true
}

// dealByTeam puts a person's events in order of team and time. place is room by
// TeamID, all 0 before and after.
func dealByTeam(into []teamTime, byTime []timeTeam, place []int32) {
	var teams []TeamID
	for _, e := range byTime {
		if place[e.team()] == 0 {
			teams = append(teams, e.team())
		}
		place[e.team()]++
	}
	slices.Sort(teams)
	next := int32(0)
	for _, t := range teams {
		next, place[t] = next+place[t], next
	}
	for _, e := range byTime {
		into[place[e.team()]] = at(e.team(), e.time())
		place[e.team()]++
	}
	for _, t := range teams {
		place[t] = 0
	}
}

// walk calls do for every event, in order of item and time.
func (h *Homes) walk(do func(ItemID, Event)) {
	for i := range ItemID(h.view.Items.Len()) {
		if !h.view.Has(i) {
			continue
		}
		for _, e := range h.view.Trail(i) {
			if e.By != 0 && !e.Bulk {
				do(i, e)
			}
		}
	}
}

// At returns the team that somebody belonged to at instant t: that of the
// membership with the largest share of those that cover t (of equal ones the
// earlier); without one, the home team, which is the team with half or more of
// the person's events in the 13 weeks before t, of 5 at least (if two teams have
// half each, the one that the person came to first). NoTeam: nobody's alone,
// called shared.
//
// Events on the item under test are left out, as are those on its sub-items, on
// the pull requests that carry it or one of these and, for a pull request, on what
// it carries: who works on an item must not be of its team for that reason alone. NoItem
// leaves out nothing.
func (h *Homes) At(p fact.Person, t Instant, except ItemID) TeamID {
	home, _ := h.Find(p, t, except)
	return home
}

// Most returns the team as [Homes.At] does, but for people whom it calls shared
// the team of most of their events in the 13 weeks (of equal ones the one that
// the person came to first): for a run that shows what shared people would
// change. NoTeam where there is no event for any team.
func (h *Homes) Most(p fact.Person, t Instant, except ItemID) TeamID {
	_, most := h.Find(p, t, except)
	return most
}

// Find returns what [Homes.At] and [Homes.Most] do, at once.
func (h *Homes) Find(p fact.Person, t Instant, except ItemID) (home, most TeamID) {
	if team := h.member(p, t); team != NoTeam {
		return team, team
	}
	most, events, all := h.most(p, t, except)
	if all < homeEvents || 2*events < all {
		return NoTeam, most
	}
	return most, most
}

// Rank returns the place of somebody among all people in order of their events'
// items, times and deeds, the first event counting first, which does not depend on
// how people are numbered unless they did all the same; −1 for somebody without an
// event.
func (h *Homes) Rank(p fact.Person) int {
	if n, ok := h.number[p]; ok {
		return int(n)
	}
	return -1
}

// member returns the team of the membership that covers t, NoTeam if none does.
func (h *Homes) member(p fact.Person, t Instant) TeamID {
	list := h.view.Members
	n, _ := slices.BinarySearchFunc(list, p, func(m Membership, p fact.Person) int { return cmp.Compare(m.Person, p) })
	team, share := NoTeam, 0.0
	for ; n < len(list) && list[n].Person == p; n++ {
		m := list[n]
		if m.Holds(t) && m.Share > share && m.Team > Several && int(m.Team) < len(h.view.Teams) {
			team, share = m.Team, m.Share
		}
	}
	return team
}

// tally is how many events somebody had for a team.
type tally struct {
	team TeamID
	n    int
}

// fewEvents is up to how many events it is faster to look at each of them than
// to search for where each team's begin and end.
const fewEvents = 400

// most returns the team of most events in the 13 weeks before t, with their
// number and that of all events, those on a record left out.
func (h *Homes) most(p fact.Person, t Instant, except ItemID) (team TeamID, events, all int) {
	n, ok := h.number[p]
	if !ok {
		return NoTeam, 0, 0
	}
	var room [16]tally // more teams are rare
	mine := h.byTime[h.off[n]:h.off[n+1]]
	to, _ := slices.BinarySearch(mine, before(t))
	from, _ := slices.BinarySearch(mine[:to], before(t-homeSpan))
	tallies := room[:0]
	if all = to - from; all <= fewEvents {
		tallies = each(mine[from:to], tallies)
	} else {
		tallies = h.span(n, t, tallies)
	}
	if except != NoItem {
		all -= h.leaveOut(n, t, except, tallies)
	}
	var best tally
	for _, x := range tallies {
		if x.team > Several && x.n > 0 && (x.n > best.n || x.n == best.n && h.first(n, x.team) < h.first(n, best.team)) {
			best = x
		}
	}
	return best.team, best.n, all
}

// each counts events one by one.
func each(events []timeTeam, tallies []tally) []tally {
next:
	for _, e := range events {
		team := e.team()
		for k := range tallies {
			if tallies[k].team == team {
				tallies[k].n++
				continue next
			}
		}
		tallies = append(tallies, tally{team, 1})
	}
	return tallies
}

// span counts the events of the 13 weeks before t by searching.
func (h *Homes) span(n int32, t Instant, tallies []tally) []tally {
	for rest := h.byTeam[h.off[n]:h.off[n+1]]; len(rest) > 0; {
		team := rest[0].team()
		from, _ := slices.BinarySearch(rest, at(team, t-homeSpan))
		to, _ := slices.BinarySearch(rest, at(team, t))
		if to > from {
			tallies = append(tallies, tally{team, to - from})
		}
		if team == ^TeamID(0) {
			break
		}
		end, _ := slices.BinarySearch(rest[to:], teamTime(team+1)<<timeBits)
		rest = rest[to+end:]
	}
	return tallies
}

// first returns when somebody's first event ever for a team was, and after it the
// team, so that equal ones have an order.
func (h *Homes) first(n int32, team TeamID) timeTeam {
	mine := h.byTeam[h.off[n]:h.off[n+1]]
	k, _ := slices.BinarySearch(mine, teamTime(team)<<timeBits)
	return before(mine[k].time()) | timeTeam(team)
}

// leaveOut takes the events on a record, and on what belongs to it, out of the
// tallies and returns their number.
func (h *Homes) leaveOut(n int32, t Instant, except ItemID, tallies []tally) int {
	var room [8]ItemID // more pull requests are rare
	out := h.leaveOutOf(n, t, except, tallies)
	pulls := h.pullsOf(except, room[:0])
	last := NoItem
	for _, c := range h.view.everCarrying(except) {
		if c.Item != last && h.view.holds(c) {
			out += h.leaveOutOf(n, t, c.Item, tallies)
			last = c.Item
		}
	}
	if len(h.view.kidsOff) > 0 {
		for _, c := range h.view.EverChildren(except) {
			if h.view.Has(c) && h.view.Parent(c) == except && h.view.Level(c) == LevelSub {
				out += h.leaveOutOf(n, t, c, tallies)
				pulls = h.pullsOf(c, pulls)
			}
		}
	}
	for _, p := range pulls {
		out += h.leaveOutOf(n, t, p, tallies)
	}
	return out
}

// pullsOf adds the pull requests that carry a record to a list that has each once.
func (h *Homes) pullsOf(i ItemID, pulls []ItemID) []ItemID {
	for _, c := range h.view.EverCarried(i) {
		if h.view.holds(c) && !slices.Contains(pulls, c.Pull) {
			pulls = append(pulls, c.Pull)
		}
	}
	return pulls
}

func (h *Homes) leaveOutOf(n int32, t Instant, i ItemID, tallies []tally) int {
	a, b := h.off[n], h.off[n+1]
	first, _ := slices.BinarySearch(h.items[a:b], i)
	out := 0
	for k := a + uint32(first); k < b && h.items[k] == i && h.times[k] < t; k++ {
		if h.times[k] < t-homeSpan {
			continue
		}
		out++
		for m := range tallies {
			if tallies[m].team == h.teams[k] {
				tallies[m].n--
			}
		}
	}
	return out
}

// People returns, by TeamID, how many people belonged to each team at one of
// their own events at least from an instant until before another one. Somebody
// who moved counts for both teams; NoTeam's are those who were shared at some
// time. What is told of people needs 5 of them: see [FoldPeople].
func (h *Homes) People(from, to Instant) []int { return Sizes(h.Crews(from, to)) }

// Crews returns, by TeamID, the people that [Homes.People] counts, each once in a
// team.
func (h *Homes) Crews(from, to Instant) [][]fact.Person {
	out := make([][]fact.Person, max(len(h.view.Teams), int(Several)+1))
	var seen []TeamID
	s := sweep{place: make([]int32, len(out))}
	for n, p := range h.people {
		seen = seen[:0]
		s.begin(h.byTime[h.off[n]:h.off[n+1]])
		for k, e := range s.events {
			t := e.time()
			if t < from || t >= to || k > 0 && t == s.events[k-1].time() {
				continue
			}
			team := h.member(p, t)
			if team == NoTeam {
				team = s.home(t)
			}
			if !slices.Contains(seen, team) {
				seen = append(seen, team)
				out[team] = append(out[team], p)
			}
		}
	}
	return out
}

// sweep finds the home teams of one person at one instant after the other, as
// [Homes.At] does without an item to leave out, and looks at every event twice at
// most.
type sweep struct {
	events   []timeTeam
	from, to int // of the events within the 13 weeks
	tallies  []tally
	first    []timeTeam // by tally: the first event ever
	place    []int32    // by TeamID: among the tallies, from 1; 0 if not there
}

func (s *sweep) begin(events []timeTeam) {
	for _, x := range s.tallies {
		s.place[x.team] = 0
	}
	s.events, s.from, s.to, s.tallies, s.first = events, 0, 0, s.tallies[:0], s.first[:0]
}

// home returns the home team at an instant, which is none before the last one
// asked for.
func (s *sweep) home(t Instant) TeamID {
	for end := before(t); s.to < len(s.events) && s.events[s.to] < end; s.to++ {
		e := s.events[s.to]
		if s.place[e.team()] == 0 {
			s.tallies, s.first = append(s.tallies, tally{team: e.team()}), append(s.first, e)
			s.place[e.team()] = int32(len(s.tallies))
		}
		s.tallies[s.place[e.team()]-1].n++
	}
	for begin := before(t - homeSpan); s.from < s.to && s.events[s.from] < begin; s.from++ {
		s.tallies[s.place[s.events[s.from].team()]-1].n--
	}
	best := -1
	for k, x := range s.tallies {
		if x.team > Several && x.n > 0 && (best < 0 || x.n > s.tallies[best].n || x.n == s.tallies[best].n && s.first[k] < s.first[best]) {
			best = k
		}
	}
	if all := s.to - s.from; best < 0 || all < homeEvents || 2*s.tallies[best].n < all {
		return NoTeam
	}
	return s.tallies[best].team
}
