package demo

import (
	"cmp"
	"slices"
	"strconv"

	"smokestack/analysis/fact"
)

// plan fixes all that the items of one cell must agree upon. It is built in
// steps, each of which may rely on the ones before:
//
//  1. every team's epics and items with their times (draft.go);
//  2. who waits for whom, which makes the waiting take longer (waits.go);
//  3. what becomes of the epics, and what follows from them (epics.go);
//  4. hands, moves and sub-tasks (hands.go);
//  5. links that change nothing (links.go);
//  6. the order of creation, and with it keys (number.go);
//  7. the pull requests that items are worked on in (pulls.go).
//
// A plan goes on after the end of the history: what is planned for later has
// simply not happened yet. So work is cut off as in a real tracker, and no
// step needs to know the end.
type plan struct {
	*org
	cell  int
	items []item
	epics []epic
	links []link
	pulls []pull

	edges    edges
	ids      []int32 // of the items
	linkBase int     // links of the cells before
	pullBase int     // and pull requests
}

// none is an index of nothing.
const none = int32(-1)

// flags mark what is particular about an item.
type flags uint16

const (
	skips     flags = 1 << iota // goes from To Do to Done
	flaps                       // goes back to To Do for some hours
	reopens                     // comes back from Done
	bulky                       // closed together with many others
	imported                    // came into the tracker closed, without a history
	follows                     // follow-up of an epic
	abandoned                   // dropped with its epic
	upkeep                      // child of the bucket epic
	retyped                     // written as another type
)

// item is the plan of one record. Instants may lie after the end; zero says
// never, except for exit, which is fact.Never then.
type item struct {
	seed                 uint64 // of the decisions that touch no other item
	created, start, exit fact.Instant
	assigned             fact.Instant // first assignment; equal to created if it was written so
	adopted              fact.Instant // when it got its parent; 0 if it was written so
	moved                fact.Instant // to the team, from the origin
	handed               fact.Instant // to the second assignee
	blocked, freed       fact.Instant // the stay in Blocked

	parent, epic      int32 // epic: index of the plan of an epic's own record
	creator, assignee int32 // people
	second            int32
	number, earlier   int32 // in the key; earlier is the one before the move
	team, origin      int32
	typ, resolution   uint8
	flags             flags
}

func (it *item) is(f flags) bool { return it.flags&f != 0 }

// plain reports whether an item lives an ordinary life, so that further
// events can be planned into it.
func (it *item) plain() bool {
	return it.rank() == 0 && it.start != 0 && it.resolution == resolvedDone && it.flags&^(follows|upkeep|retyped) == 0
}

func (it *item) rank() fact.Rank { return types[it.typ].Rank }

// epic is what the plan knows of an epic beyond its own record.
type epic struct {
	item        int32
	begin, last fact.Instant // planned start of the first child and of the last
	first, done fact.Instant // first child's start and last child's exit
	stopped     fact.Instant // when it is abandoned
	due, later  int32        // days since 1970: the due date, and the one it is moved to
	dueMoved    fact.Instant
	children    []int32
	bucket      bool
}

// link is a connection between two items, told from the end that depends (or
// duplicates). An end beyond the visible site is an index into outside.
type link struct {
	made, removed fact.Instant
	from, to      int32
	by            int32
	typ           uint8
	outside       bool // to is no item
}

// builder carries what the steps share. A stream is taken for each team and
// step, so that steps do not disturb each other.
type builder struct {
	*plan
	own         []team    // the cell's teams
	initiatives [][]int32 // by team, one for each half year
	of          [][]int32 // items by team, in order of making
}

// draw plans a cell. Its items have no ids yet.
func (o *org) draw(cell int) *plan {
	b := &builder{plan: &plan{org: o, cell: cell}, own: o.teamsOf(cell)}
	share := expected(len(b.own), o.weeks) * o.scale / whole
	b.items = make([]item, 0, share+share/3)
	b.initiatives = make([][]int32, len(o.teams))
	b.steps()
	b.number()
	b.code()
	return b.plan
}

func (b *builder) steps() {
	b.each("initiatives", b.plant)
	b.each("epics", b.runTracks)
	b.each("loose", b.runLoose)
	b.each("odd", b.runOddities)
	b.sortByTeam()
	b.each("waits", b.runWaits)
	b.each("fates", b.runFates)
	b.closeInitiatives()
	b.sortByTeam()
	b.each("hands", b.runHands)
	b.each("moves", b.runMoves)
	b.each("links", b.runLinks)
	b.each("sub-tasks", b.runSubtasks)
}

func (b *builder) each(step string, run func(*team, *stream)) {
	for i := range b.own {
		t := &b.own[i]
		run(t, newStream(b.seed, t.key, step))
	}
}

func (b *builder) add(it item) int32 {
	b.items = append(b.items, it)
	return int32(len(b.items) - 1)
}

// sortByTeam lists every team's items anew.
func (b *builder) sortByTeam() {
	b.of = make([][]int32, len(b.teams))
	for i := range b.items {
		t := b.items[i].team
		b.of[t] = append(b.of[t], int32(i))
	}
}

// member returns one of a team's people.
func (b *builder) member(t *team, s *stream) int32 { return t.first + int32(s.below(int64(t.size))) }

// outsider returns somebody of another team, none if the team has no others
// to deal with.
func (p *plan) outsider(t *team, s *stream) int32 {
	if o := p.neighbour(t, s); o != nil {
		return o.first + int32(s.below(int64(o.size)))
	}
	return none
}

// neighbour returns a team that another has to do with: the one it shares its
// work with in most cases, else any open team of the same cell.
func (p *plan) neighbour(t *team, s *stream) *team {
	if t.other >= 0 && (!t.open() || s.chance(700)) {
		return &p.teams[t.other]
	}
	cell := p.teamsOf(p.cell)
	for range 20 {
		if o := &cell[s.below(int64(len(cell)))]; o.index != t.index && o.open() {
			return o
		}
	}
	return nil
}

func (p *plan) zone(person int32) int16 { return p.people[person].zone }

// id returns the id of an item of a finished plan.
func (p *plan) id(i int32) string { return strconv.Itoa(int(p.ids[i])) }

// key returns the key that an item bears at an instant.
func (p *plan) key(i int32, at fact.Instant) string {
	it := &p.items[i]
	if it.moved > at {
		return p.keyOf(it.origin, it.earlier)
	}
	return p.keyOf(it.team, it.number)
}

func (p *plan) keyOf(team, number int32) string {
	return p.teams[team].key + "-" + strconv.Itoa(int(number))
}

// byTime orders items of the cell by an instant, then by their place in the plan.
func (p *plan) byTime(list []int32, at func(*item) fact.Instant) {
	slices.SortFunc(list, func(a, b int32) int {
		return cmp.Or(cmp.Compare(at(&p.items[a]), at(&p.items[b])), cmp.Compare(a, b))
	})
}
