package jiratest

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// What follows changes what is served, and writes it into the logs as Jira
// would. Naming an issue, a project or a status that is not there is a mistake
// in a test and panics.

// Change changes an issue as a person would: edit changes fields of a copy, and
// every field that differs afterwards becomes an item of one new entry of the
// log, dated now. The issue's update moves to now. An edit that changes nothing
// still moves it.
func (s *Server) Change(key string, edit ...func(*fact.Record)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change(s.must(key), true, edit)
}

// ChangeSilently changes an issue like Change but leaves its update alone, as
// Jira does with much that is changed from elsewhere: a link that was added on
// its other end, a parent that was changed from the epic's side. The entry of
// the log is there.
func (s *Server) ChangeSilently(key string, edit ...func(*fact.Record)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change(s.must(key), false, edit)
}

// Move moves an issue to another project and returns its new key. Its id stays,
// and its old key still leads to it.
func (s *Server) Move(key, project string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.mustProject(project)
	to := fmt.Sprintf("%s-%d", p.Key, p.next)
	p.next++
	r := s.must(key)
	s.change(r, true, []func(*fact.Record){func(rec *fact.Record) { rec.Project, rec.Key = p.Project, to }})
	return to
}

// Delete deletes an issue and, silently, what links to it.
func (s *Server) Delete(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.must(key)
	gone := r.live
	for _, l := range gone.rec.Links {
		if other := s.world.find(l.Other); other != nil && other.live != nil {
			rec := clone(other.live.rec)
			rec.Links = slices.DeleteFunc(rec.Links, func(x fact.Link) bool { return x.ID == l.ID })
			s.publish(other, newIssue(rec))
		}
	}
	for _, id := range s.world.sorted() {
		child := s.world.rows[id]
		if child.live != nil && s.world.find(child.live.rec.Parent) == r {
			rec := clone(child.live.rec)
			rec.Parent = fact.Ref{}
			s.publish(child, newIssue(rec))
		}
	}
	s.publish(r, nil)
}

// Forbid hides an issue from the asking account, Allow shows it again.
func (s *Server) Forbid(key string) { s.forbid(key, true) }

// Allow undoes Forbid.
func (s *Server) Allow(key string) { s.forbid(key, false) }

func (s *Server) forbid(key string, hide bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.must(key).forbidden = hide
	s.world.generation++
}

// Fail makes bulk fetches of issues answer an error with this reason in the
// place of an issue, one that was deleted or is forbidden, too, as Jira Cloud does
// with what it cannot fetch for the moment. Everything else goes on as before.
// Mend ends it.
func (s *Server) Fail(key, reason string) { s.fail(key, reason) }

// Mend undoes Fail.
func (s *Server) Mend(key string) { s.fail(key, "") }

func (s *Server) fail(key, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.world.row(key)
	if r == nil {
		panic("jiratest: no issue " + key)
	}
	r.failing = reason
}

// ForbidProject hides a project from the asking account, AllowProject shows it
// again.
func (s *Server) ForbidProject(key string) { s.forbidProject(key, true) }

// AllowProject undoes ForbidProject.
func (s *Server) AllowProject(key string) { s.forbidProject(key, false) }

func (s *Server) forbidProject(key string, hide bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustProject(key).forbidden = hide
	s.world.generation++
}

// Link adds a link from one issue to another and returns its id: the first one
// "blocks" the second, or whatever the type reads outwards. Both ends have an
// entry in their logs; the update of the first one moves, the second one's does
// not.
func (s *Server) Link(from, typ, to string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	named := s.world.words.Named(s.world.site, fact.TermLinkType, typ)
	if len(named) == 0 {
		panic("jiratest: no link type " + typ)
	}
	a, b := s.must(from), s.must(to)
	id := strconv.Itoa(s.world.nextLink)
	s.world.nextLink++
	add := func(at, other *row, phrase string, loud bool) {
		l := fact.Link{ID: id, Type: named[0].Name, Phrase: phrase, Other: fact.Ref{ID: other.id, Key: other.live.rec.Key}}
		s.change(at, loud, []func(*fact.Record){func(r *fact.Record) { r.Links = append(r.Links, l) }})
	}
	add(a, b, named[0].Outward, true)
	add(b, a, named[0].Inward, false)
	return id
}

// Unlink removes a link from both of its ends, and moves neither's update.
func (s *Server) Unlink(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, at := range s.world.sorted() {
		r := s.world.rows[at]
		if r.live == nil || !slices.ContainsFunc(r.live.rec.Links, func(l fact.Link) bool { return l.ID == id }) {
			continue
		}
		s.change(r, false, []func(*fact.Record){func(rec *fact.Record) {
			rec.Links = slices.DeleteFunc(rec.Links, func(l fact.Link) bool { return l.ID == id })
		}})
	}
}

// Add adds an issue to a project and returns its key. It is a plain one, in the
// first status that is new, created now; edit makes it another.
func (s *Server) Add(project string, edit ...func(*fact.Record)) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &s.world
	p := s.mustProject(project)
	now := fact.At(s.opts.now())
	rec := fact.Record{
		Site: w.site, ID: strconv.Itoa(w.nextID), Key: fmt.Sprintf("%s-%d", p.Key, p.next), Title: "Added", Project: p.Project,
		Created: now, Updated: now, Creator: w.asker(), Reporter: w.asker(), Estimate: math.NaN(), History: fact.History{State: fact.WholeHistory},
	}
	rec.URL = w.site + "/browse/" + rec.Key
	for _, t := range w.kind(fact.TermStatus) {
		if t.Category == "new" {
			rec.Status = fact.Named{ID: t.ID, Name: t.Name}
			break
		}
	}
	for _, t := range w.kind(fact.TermType) {
		if t.Rank == 0 {
			rec.Type = fact.Type{ID: t.ID, Name: t.Name}
			break
		}
	}
	w.nextID++
	p.next++
	for _, e := range edit {
		e(&rec)
	}
	r := &row{id: rec.ID}
	w.rows[r.id] = r
	s.publish(r, newIssue(rec))
	return rec.Key
}

// AddProject adds a project with a board.
func (s *Server) AddProject(key, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &s.world
	next := 10_000
	for _, p := range w.projects {
		raise(&next, p.ID)
	}
	p := w.addProject(fact.Project{ID: strconv.Itoa(next), Key: key, Name: name})
	p.board = &board{id: len(w.boards) + 1, project: p}
	w.boards = append(w.boards, p.board)
	w.generation++
}

// AddHistories adds n entries to the log of an issue, each a change of status
// there and back, spread evenly up to now.
func (s *Server) AddHistories(key string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.must(key)
	rec := clone(r.live.rec)
	statuses := s.world.kind(fact.TermStatus)
	other := fact.Named{ID: statuses[0].ID, Name: statuses[0].Name}
	if other.ID == rec.Status.ID {
		other = fact.Named{ID: statuses[1].ID, Name: statuses[1].Name}
	}
	from, to := rec.Last(), fact.At(s.opts.now())
	for i := range n {
		before := rec.Status
		rec.Status, other = other, before
		c := fact.Change{
			ID: strconv.Itoa(s.world.nextHistory), At: from + (to-from)*fact.Instant(i+1)/fact.Instant(n), By: s.world.asker(), Kind: fact.KindStatus,
			From: fact.Value{ID: before.ID, Text: before.Name}, To: fact.Value{ID: rec.Status.ID, Text: rec.Status.Name},
		}
		s.world.nextHistory++
		rec.Changes = append(rec.Changes, c)
	}
	rec.Updated = max(rec.Updated, to)
	s.publish(r, newIssue(count(rec)))
}

// AddComment adds a comment of the asking account, which moves the update and
// leaves no entry in the log.
func (s *Server) AddComment(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := fact.Involvement{ID: strconv.Itoa(s.world.nextAct), At: fact.At(s.opts.now()), By: s.world.asker(), Act: fact.ActComment, Length: fact.Short}
	s.world.nextAct++
	s.change(s.must(key), true, []func(*fact.Record){func(r *fact.Record) { r.Involvement = append(r.Involvement, i) }})
}

// RenameStatus calls a status, known by its name or id, something else. Issues
// and lists say the new name, logs the old one, and nobody's update moves.
func (s *Server) RenameStatus(name, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := &s.world
	for i, t := range w.words {
		if t.Kind == fact.TermStatus && (t.ID == name || t.Name == name) {
			w.words[i].Name = to
			w.words = w.words.Add()
			w.generation++
			return
		}
	}
	panic("jiratest: no status " + name)
}

// Person returns the number of an account for use in edits, a new one if nobody
// is known by that name.
func (s *Server) Person(id string) fact.Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.account(connectors.Account{Site: s.world.site, IDs: []string{id}})
}

// Record returns an issue as it is now, by its key or id. Its people are
// numbers as Person gives them.
func (s *Server) Record(key string) fact.Record {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return clone(s.must(key).live.rec)
}

// Keys returns the keys of what the asking account may see, in order of ids.
func (s *Server) Keys() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := &call{s: s, opts: &s.opts, w: &s.world}
	var out []string
	for _, id := range s.world.sorted() {
		if r := s.world.rows[id]; c.sees(r) {
			out = append(out, r.live.rec.Key)
		}
	}
	return out
}

// Facts returns everything that the asking account may see as it is now: what a
// perfect pull would bring. References have their present keys.
func (s *Server) Facts() connectors.Batch {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := &call{s: s, opts: &s.opts, w: &s.world}
	b := connectors.Batch{Fresh: true, Terms: slices.Clone(s.world.words)}
	for _, a := range s.world.accounts {
		a.Site = s.world.site
		b.Accounts = append(b.Accounts, a)
	}
	for _, id := range s.world.sorted() {
		if r := s.world.rows[id]; c.sees(r) {
			b.Records = append(b.Records, c.fact(r))
		}
	}
	b.Received = len(b.Records)
	return b
}

// fact is the record of a row as others see it.
func (c *call) fact(r *row) fact.Record {
	rec := clone(r.live.rec)
	rec.Status.Name = c.w.statusName(rec.Status)
	if !rec.Parent.IsZero() {
		rec.Parent = c.present(rec.Parent)
	}
	rec.Links = slices.DeleteFunc(rec.Links, func(l fact.Link) bool {
		other := c.w.find(l.Other)
		return other != nil && !c.sees(other)
	})
	for i := range rec.Links {
		rec.Links[i].Other = c.present(rec.Links[i].Other)
	}
	return rec
}

func (c *call) present(ref fact.Ref) fact.Ref {
	if r := c.w.find(ref); r != nil && r.live != nil {
		return fact.Ref{ID: r.id, Key: r.live.rec.Key}
	}
	return ref
}

// Source hands over what Facts returns, in batches of a thousand.
func (s *Server) Source() connectors.Source { return factSource{s} }

type factSource struct{ s *Server }

func (f factSource) Scope() connectors.Scope {
	return connectors.Scope{Tracker: "jiratest", Origin: f.s.world.site, Decoder: 1}
}

func (f factSource) Pull(ctx context.Context, _ connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	all := f.s.Facts()
	f.s.mu.RLock()
	through := fact.At(f.s.opts.now())
	f.s.mu.RUnlock()
	for n := 0; n == 0 || n < len(all.Records); n += 1000 {
		if err := context.Cause(ctx); err != nil {
			return connectors.Summary{}, err
		}
		b := connectors.Batch{Fresh: n == 0, Terms: all.Terms, Accounts: slices.Clone(all.Accounts), Next: connectors.Cursor(strconv.Itoa(n + 1000))}
		b.Records = all.Records[n:min(n+1000, len(all.Records))]
		b.Received = len(b.Records)
		if err := emit(b); err != nil {
			return connectors.Summary{}, err
		}
	}
	return connectors.Summary{Through: through}, nil
}

func (s *Server) must(key string) *row {
	r := s.world.row(key)
	if r == nil || r.live == nil {
		panic("jiratest: no issue " + key)
	}
	return r
}

func (s *Server) mustProject(key string) *project {
	p := s.world.project(key)
	if p == nil {
		panic("jiratest: no project " + key)
	}
	return p
}

// change edits an issue and writes the difference into its log.
func (s *Server) change(r *row, loud bool, edit []func(*fact.Record)) {
	before := &r.live.rec
	after := clone(*before)
	for _, e := range edit {
		e(&after)
	}
	now := fact.At(s.opts.now())
	changes := difference(before, &after)
	id := strconv.Itoa(s.world.nextHistory)
	for i := range changes {
		c := &changes[i]
		c.ID, c.At, c.By = id, now, s.world.asker()
		if len(changes) > 1 {
			c.ID += "." + strconv.Itoa(i)
		}
	}
	if len(changes) > 0 {
		s.world.nextHistory++
		after.Changes = append(after.Changes, changes...)
	}
	if loud {
		after.Updated = max(now, after.Updated)
	}
	s.publish(r, newIssue(count(after)))
}

// count brings the count of the log up to date.
func count(r fact.Record) fact.Record {
	r.Changes = fact.SortChanges(r.Changes)
	n := len(entriesOf(&r))
	r.History = fact.History{State: fact.WholeHistory, Have: n, Total: n}
	return r
}

// difference returns the changes that lead from one state of a record to
// another.
func difference(a, b *fact.Record) []fact.Change {
	d := differ{}
	d.named(fact.KindProject, fact.Named{ID: a.Project.ID, Name: a.Project.Name}, fact.Named{ID: b.Project.ID, Name: b.Project.Name})
	d.value(fact.KindKey, fact.Value{Text: a.Key}, fact.Value{Text: b.Key})
	d.named(fact.KindType, fact.Named{ID: a.Type.ID, Name: a.Type.Name}, fact.Named{ID: b.Type.ID, Name: b.Type.Name})
	d.named(fact.KindStatus, a.Status, b.Status)
	d.named(fact.KindResolution, a.Resolution, b.Resolution)
	d.named(fact.KindPriority, a.Priority, b.Priority)
	d.named(fact.KindTeam, a.Team, b.Team)
	d.value(fact.KindAssignee, fact.Value{Person: a.Assignee}, fact.Value{Person: b.Assignee})
	d.value(fact.KindDue, fact.Value{Text: a.Due}, fact.Value{Text: b.Due})
	d.value(fact.KindEstimate, fact.Value{Text: points(a.Estimate)}, fact.Value{Text: points(b.Estimate)})
	d.value(fact.KindParent, fact.Value{ID: a.Parent.ID, Text: a.Parent.Key}, fact.Value{ID: b.Parent.ID, Text: b.Parent.Key})
	d.value(fact.KindFlag, flag(a.Flagged), flag(b.Flagged))
	d.set(fact.KindComponent, values(a.Components), values(b.Components))
	d.set(fact.KindRelease, values(a.Releases), values(b.Releases))
	d.set(fact.KindSprint, values(a.Sprints), values(b.Sprints))
	d.set(fact.KindLabel, labels(a.Labels), labels(b.Labels))
	d.set(fact.KindLink, links(a.Links), links(b.Links))
	if a.Title != b.Title {
		d = append(d, fact.Change{Kind: fact.KindOther, Field: "summary"})
	}
	return d
}

type differ []fact.Change

func (d *differ) value(kind fact.Kind, from, to fact.Value) {
	if from != to {
		*d = append(*d, fact.Change{Kind: kind, From: from, To: to})
	}
}

func (d *differ) named(kind fact.Kind, from, to fact.Named) {
	d.value(kind, fact.Value{ID: from.ID, Text: from.Name}, fact.Value{ID: to.ID, Text: to.Name})
}

func (d *differ) set(kind fact.Kind, from, to []fact.Value) {
	for _, v := range from {
		if !slices.Contains(to, v) {
			d.value(kind, v, fact.Value{})
		}
	}
	for _, v := range to {
		if !slices.Contains(from, v) {
			d.value(kind, fact.Value{}, v)
		}
	}
}

func points(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func flag(on bool) fact.Value {
	if on {
		return fact.Value{Text: "Impediment"}
	}
	return fact.Value{}
}

func values(list []fact.Named) []fact.Value {
	out := make([]fact.Value, len(list))
	for i, n := range list {
		out[i] = fact.Value{ID: n.ID, Text: n.Name}
	}
	return out
}

func labels(list []string) []fact.Value {
	out := make([]fact.Value, len(list))
	for i, l := range list {
		out[i].Text = l
	}
	return out
}

func links(list []fact.Link) []fact.Value {
	out := make([]fact.Value, len(list))
	for i, l := range list {
		out[i] = fact.Value{ID: cmp.Or(l.Other.Key, l.Other.ID), Text: l.Phrase}
	}
	return out
}

// publish makes a state the present one, and lets the search index know of it
// now or later.
func (s *Server) publish(r *row, is *issue) {
	w := &s.world
	w.generation++
	r.live = is
	lag := s.lag(r.id)
	now := s.opts.now()
	r.indexed = append(r.indexed, version{now.Add(lag), is})
	if lag > 0 && now.Add(lag).After(w.lateUntil) {
		w.lateUntil = now.Add(lag)
	}
	if is != nil {
		w.ids[is.rec.Key] = r.id
	}
	// What the index knows of can be forgotten, up to the newest of it.
	for i := len(r.indexed) - 1; i > 0; i-- {
		if !r.indexed[i].seen.After(now) {
			r.indexed = slices.Clone(r.indexed[i:])
			break
		}
	}
}

// lag draws how late the index will be about the next change.
func (s *Server) lag(id string) time.Duration {
	if s.opts.LagOf != nil {
		return s.opts.LagOf(id)
	}
	if s.opts.Lag <= 0 {
		return 0
	}
	h := fnv.New64a()
	fmt.Fprint(h, id, s.world.generation)
	return s.opts.Lag * time.Duration(1+h.Sum64()%16) / 16
}

// late reports whether the index may be behind.
func (w *world) late(now time.Time) bool { return now.Before(w.lateUntil) }

// at returns what the index has of an issue.
func (r *row) at(now time.Time, late bool) *issue {
	if !late {
		return r.live
	}
	for i := len(r.indexed) - 1; i >= 0; i-- {
		if !r.indexed[i].seen.After(now) {
			return r.indexed[i].is
		}
	}
	return nil
}
