package assemble

import (
	"cmp"
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// addStates notes what an item's statuses meant over time.
//
//	whole history  every status from creation on
//	cut history    unknown until the oldest change that is there
//	no history     unknown until the resolution, or else the last update
//
// An item that is done, was resolved after its creation and has no change of
// status was imported: its history does not tell, whatever the tracker says.
//
// The present status is the last word: where the history ends in another one,
// it holds since the last update, and the item is counted.
func (s *Shard) addStates(r *fact.Record, d *draft) {
	s.odd = s.odd[:0]
	present := s.meant(r.Site, r.Status, r.Resolution.Name)
	if r.Resolved != 0 && !present.Ended() {
		s.cover.ResolvedOpen++
	}
	s.boards = s.boards[:0]
	silent := present.Ended() && r.Resolved > d.created && len(s.of[fact.KindStatus]) == 0
	if silent && r.History.State == fact.WholeHistory {
		s.cover.ClosedSilently++
	}
	switch {
	case r.History.State == fact.NoHistory, silent:
		s.run(d.created, work.Unknown, 0)
		s.countBoards(r)
		present = s.onBoards(present)
		at := d.updated
		if present.Ended() && r.Resolved != 0 {
			at = r.Resolved
		}
		s.run(max(at, d.created), present, 0)
		return
	case r.History.State == fact.CutHistory:
		s.run(d.created, work.Unknown, 0)
		if len(r.Changes) > 0 {
			s.replay(r, d, max(r.Changes[0].At, d.created))
		}
	default:
		s.replay(r, d, d.created)
	}
	s.countBoards(r)
	present = s.onBoards(present)
	if len(s.states) > 0 && s.states[len(s.states)-1].val != present {
		s.run(d.updated, present, 0)
	}
}

func orUnnamed(s fact.Named) string {
	switch {
	case s.Name != "":
		return s.Name
	case s.ID != "":
		return "status " + s.ID
	}
	return "(none)"
}

// meant returns the state of the item at hand, and counts a status without a
// meaning once an item.
func (s *Shard) meant(site string, status fact.Named, resolution string) work.State {
	state := s.state(site, status, resolution)
	if name := orUnnamed(status); state == work.Unknown && !slices.Contains(s.odd, name) {
		s.odd = append(s.odd, strings.Clone(name))
		s.cover.UnmappedStatus[s.odd[len(s.odd)-1]]++
	}
	return state
}

// state returns what a status and a resolution mean together.
func (s *Shard) state(site string, status fact.Named, resolution string) work.State {
	m, ok := s.memo[siteNamed{site, status}]
	if !ok {
		m.state, m.guessed = s.w.state(site, status)
		s.memo[siteNamed{strings.Clone(site), fact.Named{ID: strings.Clone(status.ID), Name: strings.Clone(status.Name)}}] = m
	}
	if m.guessed {
		s.cover.GuessedStatus[status.Name]++
	}
	if m.state != work.Done {
		return m.state
	}
	end, ok := s.ends[resolution]
	if !ok {
		end = s.w.ended(resolution)
		s.ends[strings.Clone(resolution)] = end
	}
	return end
}

// meaning is what a status was found to mean.
type meaning struct {
	state   work.State
	guessed bool
}

// run adds a state to the item at hand, unless it goes on.
func (s *Shard) run(from fact.Instant, val work.State, by fact.Person) {
	runs, by := s.states, s.w.who(by)
	if n := len(runs); n > s.open() {
		switch last := &runs[n-1]; {
		case last.from == from && n-1 > s.open() && runs[n-2].val == val:
			s.states = runs[:n-1] // back to what it was, in the same instant
			return
		case last.from == from:
			last.val, last.by = val, by
			return
		case last.val == val:
			return
		}
	}
	s.states = append(runs, stateRun{from, val, by})
}

// open is where the states of the item at hand begin.
func (s *Shard) open() int {
	if n := len(s.drafts); n > 0 {
		return int(s.drafts[n-1].states.to)
	}
	return 0
}

// replay walks through the changes of status and resolution from an instant
// on. Changes of one instant count together, whatever their order.
func (s *Shard) replay(r *fact.Record, d *draft, from fact.Instant) {
	status, resolution := s.initial(fact.KindStatus, r.Status), s.initial(fact.KindResolution, r.Resolution)
	s.run(from, s.meant(r.Site, status, resolution.Name), 0)
	for changes := s.life; len(changes) > 0; {
		at, by := changes[0].At, fact.Person(0)
		for ; len(changes) > 0 && changes[0].At == at; changes = changes[1:] {
			c := changes[0]
			to := fact.Named{ID: c.To.ID, Name: c.To.Text}
			switch {
			case c.Kind == fact.KindStatus:
				status, by = to, c.By
				continue
			case c.Kind == fact.KindColumn:
				s.board(r.Site, c)
			default:
				resolution = to
			}
			if by == 0 {
				by = c.By
			}
		}
		s.run(max(at, from), s.onBoards(s.meant(r.Site, status, resolution.Name)), by)
	}
	if len(s.of[fact.KindStatus]) > 0 && !sameStatus(status, r.Status) {
		s.cover.HistoryDisagree++
	}
}

// board is where the item at hand stands on one project's board.
type board struct {
	project, status string
	state           work.State
}

// board moves the item at hand on a board.
func (s *Shard) board(site string, c *fact.Change) {
	s.place(site, cmp.Or(c.To.ID, c.From.ID), c.To.Text)
}

// place puts the item at hand into a column. A column at the end does not end an
// issue, closing it does: until then it stays as it was.
func (s *Shard) place(site, project, status string) {
	i := slices.IndexFunc(s.boards, func(b board) bool { return b.project == project })
	if i < 0 {
		i = len(s.boards)
		s.boards = append(s.boards, board{project: project})
	}
	b := &s.boards[i]
	b.status = status
	state := work.Queue
	if status != "" {
		state = s.meant(site, fact.Named{Name: status}, "")
	}
	if !state.Ended() {
		b.state = state
	}
}

// onBoards returns the state of the item at hand: that of its own status, and
// while that is a queue the furthest that any board tells.
func (s *Shard) onBoards(own work.State) work.State {
	if own != work.Queue {
		return own
	}
	for _, b := range s.boards {
		if b.state == work.Active || b.state == work.Wait && own == work.Queue {
			own = b.state
		}
	}
	return own
}

// countBoards compares the last events of boards with the present statuses,
// which then hold: trackers have lost such events.
func (s *Shard) countBoards(r *fact.Record) {
	for _, now := range r.Columns {
		s.cover.Boards++
		if r.History.State == fact.WholeHistory && !strings.EqualFold(s.lastColumn(now.ID), now.Name) {
			s.cover.BoardsDisagree++
		}
		i := slices.IndexFunc(s.boards, func(b board) bool { return b.project == now.ID })
		if i < 0 || !strings.EqualFold(s.boards[i].status, now.Name) {
			s.place(r.Site, now.ID, now.Name)
		}
	}
	s.boards = slices.DeleteFunc(s.boards, func(b board) bool {
		return !slices.ContainsFunc(r.Columns, func(now fact.Named) bool { return now.ID == b.project })
	})
}

// lastColumn returns where the last event of a project's board put the item at
// hand.
func (s *Shard) lastColumn(project string) string {
	for _, c := range slices.Backward(s.of[fact.KindColumn]) {
		if cmp.Or(c.To.ID, c.From.ID) == project {
			return c.To.Text
		}
	}
	return ""
}

// initial returns the value that a field had before its first change.
func (s *Shard) initial(kind fact.Kind, now fact.Named) fact.Named {
	if of := s.of[kind]; len(of) > 0 {
		return fact.Named{ID: of[0].From.ID, Name: of[0].From.Text}
	}
	return now
}

func sameStatus(a, b fact.Named) bool {
	if a.ID != "" && b.ID != "" {
		return a.ID == b.ID
	}
	return strings.EqualFold(a.Name, b.Name)
}
