package connectortest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/store"
)

// Sink keeps in memory all that it is ever told and joins it when it is asked:
// the plainest way to be right. It is what stores are measured against.
type Sink struct {
	mu     sync.Mutex
	scopes map[string]*held
	people []connectors.Account       // everybody in order of arrival; number n is people[n−1]
	told   map[identity][]fact.Record // every version of every record
	pieces []connectors.History
	terms  fact.Vocabulary
}

var _ connectors.Sink = (*Sink)(nil)

type identity struct{ site, id string }

// held is what a sink knows of a scope.
type held struct {
	cursor     connectors.Cursor
	generation int
	complete   bool
	through    fact.Instant
	members    map[identity]int // and the generation that told it last
	gone       map[identity]bool
	left       map[identity]bool // told in the present generation, and gone since
	notes      map[connectors.Note]bool

	received, parts, repeated int
	noted                     map[connectors.NoteKind]int
}

// NewSink returns an empty sink.
func NewSink() *Sink {
	return &Sink{scopes: map[string]*held{}, told: map[identity][]fact.Record{}}
}

// Begin implements [connectors.Sink].
func (s *Sink) Begin(_ context.Context, scope connectors.Scope) (connectors.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := connectors.State{Held: func(context.Context) ([]connectors.Item, error) { return s.held(scope), nil }}
	if h := s.scopes[scope.Key()]; h != nil {
		state.Cursor = h.cursor
	}
	return state, nil
}

// held lists what the scope was told in its present generation.
func (s *Sink) held(scope connectors.Scope) []connectors.Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.scopes[scope.Key()]
	if h == nil {
		return nil
	}
	var out []connectors.Item
	for id, generation := range h.members {
		if generation == h.generation {
			out = append(out, connectors.Item{Site: id.site, ID: id.id, Key: s.join(id).Key})
		}
	}
	slices.SortFunc(out, func(a, b connectors.Item) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// Commit implements [connectors.Sink].
func (s *Sink) Commit(_ context.Context, scope connectors.Scope, b connectors.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.scopes[scope.Key()]
	if h == nil {
		h = &held{members: map[identity]int{}, gone: map[identity]bool{}, left: map[identity]bool{}}
		s.scopes[scope.Key()] = h
	}
	if b.Fresh || h.generation == 0 {
		h.generation++
		h.received, h.parts, h.repeated, h.left = 0, 0, 0, map[identity]bool{}
		h.notes, h.noted = map[connectors.Note]bool{}, map[connectors.NoteKind]int{}
	} else if h.complete {
		maps.DeleteFunc(h.notes, func(n connectors.Note, _ bool) bool { return n.Kind == connectors.NoteMissing })
		delete(h.noted, connectors.NoteMissing)
	}
	people := []fact.Person{0}
	for _, a := range b.Accounts {
		s.people = append(s.people, a)
		people = append(people, fact.Person(len(s.people)))
	}
	for _, r := range b.Records {
		everybody(&r, func(p fact.Person) fact.Person { return people[p] })
		id := identity{r.Site, r.ID}
		s.told[id] = append(s.told[id], r)
		if h.members[id] == h.generation || h.left[id] {
			h.repeated++
		}
		delete(h.left, id)
		h.members[id] = h.generation
		delete(h.gone, id)
		maps.DeleteFunc(h.notes, func(n connectors.Note, _ bool) bool {
			return n.Subject == r.Key && (n.Kind == connectors.NoteRejected || n.Kind == connectors.NoteGone)
		})
	}
	for _, r := range b.Elsewhere {
		everybody(&r, func(p fact.Person) fact.Person { return people[p] })
		if id := (identity{r.Site, r.ID}); s.told[id] != nil {
			s.told[id] = append(s.told[id], r)
		}
	}
	for _, p := range b.Histories {
		changers(p.Changes, func(p fact.Person) fact.Person { return people[p] })
		s.pieces = append(s.pieces, p)
	}
	for _, i := range b.Gone {
		if id := (identity{i.Site, i.ID}); h.members[id] != 0 {
			if h.members[id] == h.generation {
				h.left[id] = true
			}
			delete(h.members, id)
			h.gone[id] = true
		}
	}
	s.terms = s.terms.Add(b.Terms...)
	for _, n := range b.Notes {
		again := h.notes[n]
		h.notes[n] = true
		if again && n.Kind == connectors.NoteSkipped {
			continue
		}
		h.noted[n.Kind]++
	}
	h.received += b.Received
	h.parts += len(b.Histories)
	h.cursor, h.complete = b.Next, false
	return nil
}

// Complete implements [connectors.Sink].
func (s *Sink) Complete(_ context.Context, scope connectors.Scope, sum connectors.Summary) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.scopes[scope.Key()]
	if h == nil {
		return nil
	}
	h.complete, h.through = true, sum.Through
	for id, generation := range h.members {
		if generation != h.generation {
			delete(h.members, id)
			h.gone[id] = true
		}
	}
	return nil
}

// everybody replaces the people of a record.
func everybody(r *fact.Record, by func(fact.Person) fact.Person) {
	r.Creator, r.Reporter, r.Assignee = by(r.Creator), by(r.Reporter), by(r.Assignee)
	changers(r.Changes, by)
	for i := range r.Involvement {
		r.Involvement[i].By = by(r.Involvement[i].By)
	}
}

func changers(changes []fact.Change, by func(fact.Person) fact.Person) {
	for i := range changes {
		c := &changes[i]
		c.By, c.From.Person, c.To.Person = by(c.By), by(c.From.Person), by(c.To.Person)
	}
}

// Facts joins what was told within the scopes, or within all if there are none.
func (s *Sink) Facts(scopes ...connectors.Scope) Facts { return s.facts(false, scopes) }

// LeanFacts is Facts without the ids of changes and involvements; see
// [LeanStoreFacts].
func (s *Sink) LeanFacts(scopes ...connectors.Scope) Facts { return s.facts(true, scopes) }

func (s *Sink) facts(lean bool, scopes []connectors.Scope) Facts {
	s.mu.Lock()
	defer s.mu.Unlock()
	people, bots := s.sameness()
	live := map[identity]bool{}
	notes := map[connectors.Note]bool{}
	for _, h := range s.chosen(scopes) {
		for id := range h.members {
			live[id] = true
		}
		maps.Copy(notes, h.notes)
	}
	var records []*fact.Record
	for id := range live {
		r := s.join(id)
		everybody(r, func(p fact.Person) fact.Person { return people[p] })
		records = append(records, r)
	}
	return newFacts(records, s.terms, slices.Collect(maps.Keys(notes)), bots, lean)
}

func (s *Sink) chosen(scopes []connectors.Scope) []*held {
	if len(scopes) == 0 {
		return slices.Collect(maps.Values(s.scopes))
	}
	var out []*held
	for _, scope := range scopes {
		if h := s.scopes[scope.Key()]; h != nil {
			out = append(out, h)
		}
	}
	return out
}

// sameness gives every account one number of its person, and says who is a
// program. Accounts with a name in common are one person.
func (s *Sink) sameness() (people []fact.Person, bots map[fact.Person]bool) {
	people = make([]fact.Person, len(s.people)+1)
	bots = map[fact.Person]bool{}
	byName := map[string]fact.Person{}
	for i, a := range s.people {
		n := fact.Person(i + 1)
		people[n] = n
		for _, id := range a.IDs {
			site := a.Site
			if strings.Contains(id, "@") {
				site = "" // an address is the same person everywhere
			}
			name := strings.ToLower(site) + "\x00" + strings.ToLower(strings.TrimSpace(id))
			other, ok := byName[name]
			if !ok {
				byName[name] = n
				continue
			}
			// Slow, and plainly right: everybody who was the one is the other now.
			was, is := people[other], people[n]
			for j := range people {
				if people[j] == was && was != 0 {
					people[j] = is
				}
			}
		}
	}
	for i, a := range s.people {
		if a.Bot {
			bots[people[i+1]] = true
		}
	}
	return people, bots
}

// join returns one record out of all that was told of it.
func (s *Sink) join(id identity) *fact.Record {
	versions := s.told[id]
	newest := slices.MaxFunc(versions, func(a, b fact.Record) int {
		return cmp.Or(cmp.Compare(a.Updated, b.Updated), cmp.Compare(a.Told, b.Told), cmp.Compare(size(&a), size(&b)), strings.Compare(impersonal(&a), impersonal(&b)))
	})
	r := clone(&newest)
	r.Changes = nil
	j := joined{changes: map[changeID]telling{}, now: asOf(r)}
	for i := range versions {
		j.version(&versions[i])
	}
	for i := range s.pieces {
		p := &s.pieces[i]
		if p.Site == r.Site && (p.Of.ID == r.ID || p.Of.ID == "" && p.Of.Key == r.Key) {
			j.piece(p)
		}
	}
	for _, t := range j.changes {
		r.Changes = append(r.Changes, t.change)
	}
	r.Changes = fact.SortChanges(r.Changes)
	r.History = j.history()
	return r
}

// size is how much a version tells.
func size(r *fact.Record) int {
	return len(r.Links) + len(r.Involvement) + len(r.Components) + len(r.Labels) + len(r.Releases) + len(r.Sprints) + len(r.Fields)
}

type changeID struct {
	id string
	at fact.Instant
}

// telling is a change as it was told: with a version that was updated and told
// then, or with a piece.
type telling struct {
	change        fact.Change
	updated, told fact.Instant
}

// compare orders what several answers tell of one change: the newest telling is
// kept, and the least of one moment, so that it does not matter which came first.
func (t *telling) compare(o *telling) int {
	return cmp.Or(cmp.Compare(o.updated, t.updated), cmp.Compare(o.told, t.told), compareContent(&t.change, &o.change))
}

// asOf is the moment as of which a version tells.
func asOf(r *fact.Record) fact.Instant { return max(r.Updated, r.Created) }

// joined is a history in the making.
type joined struct {
	changes map[changeID]telling
	now     fact.Instant // as of which the newest version tells
	before  fact.Instant // as of which the newest of the older ones does; 0: there are none
	told    bool         // a version, or a piece, told of a history
	whole   bool         // a version as new as the newest had a whole one
	total   int          // the largest count at all
	pieces  []*connectors.History
}

func (j *joined) add(changes []fact.Change, updated, told fact.Instant) {
	for _, c := range changes {
		id, t := changeID{c.ID, c.At}, telling{c, updated, told}
		if old, ok := j.changes[id]; ok && old.compare(&t) <= 0 {
			continue
		}
		j.changes[id] = t
	}
}

// compareContent orders what is told of a change.
func compareContent(a, b *fact.Change) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Field, b.Field),
		cmp.Compare(a.From.ID, b.From.ID), cmp.Compare(a.From.Text, b.From.Text),
		cmp.Compare(a.To.ID, b.To.ID), cmp.Compare(a.To.Text, b.To.Text),
	)
}

func (j *joined) version(v *fact.Record) {
	j.add(v.Changes, v.Updated, v.Told)
	if asOf(v) < j.now {
		j.before = max(j.before, asOf(v))
	}
	if v.History.State == fact.NoHistory {
		return
	}
	j.told = true
	j.total = max(j.total, v.History.Total)
	if v.History.State == fact.WholeHistory && asOf(v) >= j.now {
		j.whole = true
	}
}

func (j *joined) piece(p *connectors.History) {
	j.add(p.Changes, p.Through, 0)
	j.told, j.pieces = true, append(j.pieces, p)
	j.total = max(j.total, p.Total)
}

func (j *joined) history() fact.History {
	entries := map[string]bool{}
	for id := range j.changes {
		entry, _, _ := strings.Cut(id.id, ".")
		entries[entry] = true
	}
	h := fact.History{Have: len(entries), Total: max(j.total, len(entries))}
	switch {
	case j.whole:
		h.State, h.Total = fact.WholeHistory, h.Have
	case h.Have >= j.total && j.proven():
		h.State = fact.WholeHistory
	case j.told:
		h.State = fact.CutHistory
	}
	return h
}

// proven says whether pieces tell all, and all until the record's last update.
// Those with a count tell all if they are as many; where none has one, an end
// says so. Without older versions they belong to the newest. Else they must have
// been told as late as that, or tell of something after the one before.
func (j *joined) proven() bool {
	proofs := slices.DeleteFunc(slices.Clone(j.pieces), func(p *connectors.History) bool { return p.Total < 0 })
	if len(proofs) == 0 {
		proofs = slices.DeleteFunc(slices.Clone(j.pieces), func(p *connectors.History) bool { return p.More })
	}
	for _, p := range proofs {
		var newest fact.Instant
		for _, c := range p.Changes {
			newest = max(newest, c.At)
		}
		if j.before == 0 || newest > j.before || newest >= j.now || p.Through >= j.now {
			return true
		}
	}
	return false
}

// Ledger accounts for what was received within the scopes, or within all if
// there are none.
func (s *Sink) Ledger(scopes ...connectors.Scope) store.Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := store.Ledger{Stored: len(s.told)}
	live, gone := map[identity]int{}, map[identity]bool{}
	for _, h := range s.chosen(scopes) {
		l.Received += h.received
		l.Parts += h.parts
		l.Repeated += h.repeated
		l.Rejected += h.noted[connectors.NoteRejected]
		l.Repaired += h.noted[connectors.NoteRepaired]
		l.Skipped += h.noted[connectors.NoteSkipped]
		l.Missing += h.noted[connectors.NoteMissing]
		for id, generation := range h.members {
			live[id]++
			if generation != h.generation {
				l.Kept++
			}
		}
		maps.Copy(gone, h.gone)
		l.Left += len(h.left)
	}
	for id, times := range live {
		delete(gone, id)
		l.Overlap += times - 1
	}
	l.Live, l.Gone = len(live), len(gone)
	other := map[identity]bool{}
	for _, h := range s.scopes {
		for id := range h.members {
			other[id] = true
		}
		maps.Copy(other, h.gone)
	}
	for id := range other {
		if live[id] == 0 && !gone[id] {
			l.OutOfScope++
		}
	}
	l.Orphans = s.orphans()
	return l
}

// orphans counts the different pieces of histories whose record never came.
func (s *Sink) orphans() int {
	keys := map[identity]bool{}
	for id := range s.told {
		keys[identity{id.site, s.join(id).Key}] = true
	}
	seen := map[string]bool{}
	for i := range s.pieces {
		p := &s.pieces[i]
		_, known := s.told[identity{p.Site, p.Of.ID}]
		if known || p.Of.ID == "" && keys[identity{p.Site, p.Of.Key}] {
			continue
		}
		w := &writer{}
		for _, c := range fact.SortChanges(slices.Clone(p.Changes)) {
			w.change(&c)
		}
		seen[fmt.Sprintf("%q %q %d %d %t %s", p.Site, p.Of, p.Entries, p.Total, p.More, w.buf)] = true
	}
	return len(seen)
}

// clone copies a record with all that it holds.
func clone(r *fact.Record) *fact.Record {
	c := *r
	c.Components, c.Releases, c.Sprints = slices.Clone(r.Components), slices.Clone(r.Releases), slices.Clone(r.Sprints)
	c.Labels, c.Links = slices.Clone(r.Labels), slices.Clone(r.Links)
	c.Changes, c.Involvement = slices.Clone(r.Changes), slices.Clone(r.Involvement)
	c.Columns, c.Mentions, c.Pull.Paths = slices.Clone(r.Columns), slices.Clone(r.Mentions), slices.Clone(r.Pull.Paths)
	c.Fields = slices.Clone(r.Fields)
	for i := range c.Fields {
		c.Fields[i].Values = slices.Clone(c.Fields[i].Values)
	}
	return &c
}
