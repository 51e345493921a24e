package assemble

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// valueRun is a number that an item had from an instant on.
type valueRun struct {
	from fact.Instant
	val  uint32
}

// actor returns who somebody is to the trails: one number for a person who has
// several accounts, 0 for bots and for nobody.
func (s *Shard) actor(p fact.Person) fact.Person {
	if p == 0 || s.w.bots[p] {
		return 0
	}
	return s.w.who(p)
}

// deeds are what changes of a field are. All others are edits, as is taking a link
// away.
var deeds = [fact.Kinds]work.Deed{
	fact.KindStatus: work.DeedMoved, fact.KindResolution: work.DeedMoved, fact.KindColumn: work.DeedMoved, fact.KindAssignee: work.DeedAssigned, fact.KindLink: work.DeedLinked,
}

// acted are what involvements are.
var acted = [fact.Acts]work.Deed{
	fact.ActComment: work.DeedCommented, fact.ActWorklog: work.DeedLogged, fact.ActReview: work.DeedReviewed, fact.ActCommit: work.DeedCommitted,
}

// addTrail notes what people did to an item. What is told to have happened
// before the creation counts as done then, but for commits, which may be older
// than what they belong to, and what is told without an instant. The changes of
// one entry of a log are one deed of a kind.
func (s *Shard) addTrail(r *fact.Record) {
	begin := len(s.trail)
	if by := s.actor(r.Creator); by != 0 {
		s.trail = append(s.trail, work.Event{At: r.Created, By: by, Deed: work.DeedCreated})
	} else if r.Creator == 0 {
		s.cover.NoCreator++
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		by := s.actor(c.By)
		if by == 0 {
			if c.By != 0 {
				s.cover.BotChanges++
			}
			continue
		}
		e := work.Event{At: max(c.At, r.Created), By: by, Deed: work.DeedEdited}
		if int(c.Kind) < fact.Kinds && deeds[c.Kind] != 0 && (c.Kind != fact.KindLink || !c.To.IsZero()) {
			e.Deed = deeds[c.Kind]
		}
		s.trail = append(s.trail, e)
	}
	for i := range r.Involvement {
		v := &r.Involvement[i]
		by := s.actor(v.By)
		if by == 0 {
			continue
		}
		e := work.Event{At: v.At, By: by, Deed: work.DeedCommented}
		if int(v.Act) < fact.Acts && acted[v.Act] != 0 {
			e.Deed = acted[v.Act]
		}
		if e.Deed == work.DeedCommented {
			e.Length = v.Length
		}
		switch {
		case e.At <= 0:
			e.At = 0 // no tracker was there before 1970
		case e.Deed != work.DeedCommitted:
			e.At = max(e.At, r.Created)
		}
		s.trail = append(s.trail, e)
	}
	mine := s.trail[begin:]
	slices.SortFunc(mine, compareEvents)
	mine = slices.CompactFunc(mine, func(a, b work.Event) bool { return a == b && byChange(a.Deed) })
	s.trail = s.trail[:begin+len(mine)]
}

// byChange reports whether deeds of a kind are changes of fields, of which several
// can stand in one entry of a log.
func byChange(d work.Deed) bool {
	return d == work.DeedMoved || d == work.DeedAssigned || d == work.DeedEdited || d == work.DeedLinked
}

func compareEvents(a, b work.Event) int {
	switch {
	case a.At != b.At:
		return cmp.Compare(a.At, b.At)
	case a.By != b.By:
		return cmp.Compare(a.By, b.By)
	case a.Deed != b.Deed:
		return cmp.Compare(a.Deed, b.Deed)
	}
	return cmp.Compare(a.Length, b.Length)
}

// addAssignees notes who an item was assigned to. In a repository several people
// can be at once: the one that was told last counts, as long as they are.
func (s *Shard) addAssignees(r *fact.Record) {
	of := s.of[fact.KindAssignee]
	if len(of) == 0 && r.Assignee == 0 {
		return
	}
	if len(of) > 0 && fact.IsRepository(fact.ProjectOf(r.Key)) {
		same := func(a, b fact.Value) bool { return s.w.who(a.Person) == s.w.who(b.Person) }
		begin := len(s.assignees)
		for _, t := range eventSteps(of, r.Created, fact.Value{}, same) {
			putRun(&s.assignees, begin, t.from, uint32(s.actor(t.val.Person)))
		}
		return
	}
	s.addRuns(&s.assignees, r, of, uint32(s.actor(r.Assignee)), func(v fact.Value) uint32 { return uint32(s.actor(v.Person)) })
}

// addRuns notes the values that a field had, as timeline does: before its first
// change what that change says it was, without a change the present one.
func (s *Shard) addRuns(list *[]valueRun, r *fact.Record, of []*fact.Change, now uint32, read func(fact.Value) uint32) {
	begin := len(*list)
	if len(of) == 0 {
		putRun(list, begin, r.Created, now)
		return
	}
	putRun(list, begin, r.Created, read(of[0].From))
	for _, c := range of {
		putRun(list, begin, max(c.At, r.Created), read(c.To))
	}
}

// putRun adds a value to the runs of one item, which begin at a position. What
// goes on, and a first value of none, are no run of their own.
func putRun(list *[]valueRun, begin int, at fact.Instant, val uint32) {
	runs := *list
	if n := len(runs); n > begin && runs[n-1].from == at {
		runs = runs[:n-1]
	}
	before := uint32(0)
	if n := len(runs); n > begin {
		before = runs[n-1].val
	}
	if val != before {
		runs = append(runs, valueRun{at, val})
	}
	*list = runs
}

// column makes a column of runs out of what the shards noted, in the final order.
func column[T ~uint8 | ~uint16 | ~uint32](b *builder, list func(*Shard) []valueRun, of func(*draft) span) work.Runs[T] {
	n := 0
	for _, s := range b.a.shards {
		n += len(list(s))
	}
	var out work.Runs[T]
	out.Off = make([]uint32, 1, len(b.places)+1)
	room(&out, n)
	for i := range b.places {
		s, d := b.draft(i)
		at := of(d)
		for _, r := range list(s)[at.from:at.to] {
			add(&out, r.from, T(r.val))
		}
		seal(&out)
	}
	return out
}

// trails brings the shards' events together.
func (b *builder) trails() {
	n := 0
	for _, s := range b.a.shards {
		n += len(s.trail)
	}
	t := &b.o.Trails
	t.Off, t.Events = make([]uint32, 1, len(b.places)+1), make([]work.Event, 0, n)
	for i := range b.places {
		s, d := b.draft(i)
		t.Events = append(t.Events, s.trail[d.trail.from:d.trail.to]...)
		t.Off = append(t.Off, uint32(len(t.Events)))
	}
	markBulk(t)
	b.o.Assignees = column[fact.Person](b, func(s *Shard) []valueRun { return s.assignees }, func(d *draft) span { return d.assignees })
}
