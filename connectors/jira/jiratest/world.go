package jiratest

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// world is what a server serves: issues, and the words of the site.
type world struct {
	generation int // goes up with every change

	rows     map[string]*row   // by id
	ids      map[string]string // of every key that was ever used
	accounts []connectors.Account
	person   map[string]fact.Person // by any name
	words    fact.Vocabulary
	site     string // the address in the facts

	projects []*project // in order of their ids
	byID     map[string]*project
	boards   []*board
	sprints  map[string]*sprint
	customs  []string // ids of the issues' custom fields of closed answers

	priorities, resolutions []fact.Named

	nextID, nextHistory, nextAct, nextLink int
	lateUntil                              time.Time // from when on the search index knows everything
}

// row is one issue through time.
type row struct {
	id        string
	live      *issue // nil once it was deleted
	indexed   []version
	forbidden bool
	failing   string // what bulk fetches of issues say instead of giving it out
}

// version is what the search index will know of an issue from some moment on;
// of an issue that it does not know, nothing.
type version struct {
	seen time.Time
	is   *issue
}

// issue is the state of one issue. It never changes: a change makes another.
type issue struct {
	rec     fact.Record // its people are numbers of the world
	entries []entry
	prefix  string // of the key
	number  int
}

// entry is one entry of the log: the changes of one moment by one person.
type entry struct {
	id    string
	at    fact.Instant
	by    fact.Person
	items []item
}

type project struct {
	fact.Project
	next       int // number of its next issue
	components []fact.Named
	releases   []fact.Named
	forbidden  bool
	board      *board
}

type board struct {
	id      int
	project *project
	sprints []*sprint
}

type sprint struct {
	fact.Named
	start, end fact.Instant
	board      *board
}

func (w *world) init() {
	w.rows, w.ids, w.person, w.sprints = map[string]*row{}, map[string]string{}, map[string]fact.Person{}, map[string]*sprint{}
	w.byID = map[string]*project{}
	w.asker()
}

// askerID is the account that asks; what tests change without saying who did
// is its doing.
const askerID = "712020:5ee00000-0000-4000-8000-000000000001"

func (w *world) asker() fact.Person { return w.account(connectors.Account{IDs: []string{askerID}}) }

// account returns the number of an account, which is known by any of its names.
func (w *world) account(a connectors.Account) fact.Person {
	for _, id := range a.IDs {
		if p, ok := w.person[id]; ok {
			return p
		}
	}
	w.accounts = append(w.accounts, a)
	p := fact.Person(len(w.accounts))
	for _, id := range a.IDs {
		w.person[id] = p
	}
	return p
}

// load takes in everything that a source tells.
func (w *world) load(ctx context.Context, src connectors.Source) error {
	records := map[string]fact.Record{}
	_, err := src.Pull(ctx, connectors.State{}, func(b connectors.Batch) error {
		w.words = w.words.Add(b.Terms...)
		people := make([]fact.Person, len(b.Accounts)+1)
		for i, a := range b.Accounts {
			people[i+1] = w.account(a)
		}
		for _, h := range b.Histories {
			return fmt.Errorf("%v has its history apart: a server is made of whole records", h.Of)
		}
		for _, r := range b.Records {
			r = clone(r)
			renumber(&r, people)
			records[r.ID] = r
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range records {
		if w.site == "" || r.Site < w.site {
			w.site = r.Site
		}
	}
	for id, r := range records {
		if r.Site != w.site {
			return fmt.Errorf("%s is of another site than %s", r.Key, w.site)
		}
		is := newIssue(r)
		w.rows[id] = &row{id: id, live: is, indexed: []version{{is: is}}}
	}
	return nil
}

// renumber gives a record the numbers of the world's people.
func renumber(r *fact.Record, people []fact.Person) {
	for _, p := range []*fact.Person{&r.Creator, &r.Reporter, &r.Assignee} {
		*p = people[*p]
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		c.By, c.From.Person, c.To.Person = people[c.By], people[c.From.Person], people[c.To.Person]
	}
	for i := range r.Involvement {
		r.Involvement[i].By = people[r.Involvement[i].By]
	}
}

// clone copies a record so that no change of the copy is seen in the original.
func clone(r fact.Record) fact.Record {
	r.Components, r.Labels, r.Releases, r.Sprints = slices.Clone(r.Components), slices.Clone(r.Labels), slices.Clone(r.Releases), slices.Clone(r.Sprints)
	r.Changes, r.Links, r.Involvement = slices.Clone(r.Changes), slices.Clone(r.Links), slices.Clone(r.Involvement)
	r.Fields = slices.Clone(r.Fields)
	for i := range r.Fields {
		r.Fields[i].Values = slices.Clone(r.Fields[i].Values)
	}
	return r
}

func newIssue(r fact.Record) *issue {
	is := &issue{rec: r, entries: entriesOf(&r)}
	prefix, number, _ := strings.Cut(r.Key, "-")
	is.prefix = prefix
	is.number, _ = strconv.Atoi(number)
	return is
}

// plain is the vocabulary of a site without a source.
func (w *world) plain() {
	w.site = "https://jira.example"
	add := func(t fact.Term) {
		t.Site = w.site
		w.words = w.words.Add(t)
	}
	for _, t := range []fact.Term{
		{Kind: fact.TermStatus, ID: "10000", Name: "To Do", Category: "new"},
		{Kind: fact.TermStatus, ID: "3", Name: "In Progress", Category: "indeterminate"},
		{Kind: fact.TermStatus, ID: "10001", Name: "Done", Category: "done"},
		{Kind: fact.TermType, ID: "10010", Name: "Epic", Rank: 1},
		{Kind: fact.TermType, ID: "10011", Name: "Task"},
		{Kind: fact.TermType, ID: "10012", Name: "Sub-task", Rank: -1},
		{Kind: fact.TermLinkType, ID: "10000", Name: "Blocks", Inward: "is blocked by", Outward: "blocks"},
	} {
		add(t)
	}
}

// settle works out what follows from the issues: keys, numbers to go on with,
// projects, boards.
func (w *world) settle() {
	w.nextID, w.nextHistory, w.nextAct, w.nextLink = 10_000, 10_000, 10_000, 10_000
	for _, id := range w.sorted() {
		is := w.rows[id].live
		r := &is.rec
		raise(&w.nextID, id)
		w.ids[r.Key] = id
		for i := range r.Changes {
			c := &r.Changes[i]
			history, _, _ := strings.Cut(c.ID, ".")
			raise(&w.nextHistory, history)
			if c.Kind == fact.KindKey && c.From.Text != "" && w.ids[c.From.Text] == "" {
				w.ids[c.From.Text] = id
			}
		}
		for i := range r.Involvement {
			raise(&w.nextAct, r.Involvement[i].ID)
		}
		for _, l := range r.Links {
			raise(&w.nextLink, l.ID)
		}
	}
	for _, id := range w.sorted() { // what is a key now beats what was one
		w.ids[w.rows[id].live.rec.Key] = id
	}
	w.settleProjects()
	w.settleBoards()
}

// raise keeps a counter above every number that is in use.
func raise(next *int, id string) {
	if n, err := strconv.Atoi(id); err == nil && n >= *next && n < math.MaxInt32 {
		*next = n + 1
	}
}

// sorted returns the ids of all rows in order.
func (w *world) sorted() []string {
	ids := make([]string, 0, len(w.rows))
	for id := range w.rows {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, fact.CompareID)
	return ids
}

func (w *world) settleProjects() {
	for _, t := range w.words {
		if t.Kind == fact.TermProject {
			w.addProject(fact.Project{ID: t.ID, Key: t.Key, Name: t.Name})
		}
	}
	for _, id := range w.sorted() {
		is := w.rows[id].live
		r := &is.rec
		p := w.addProject(r.Project)
		p.next = max(p.next, is.number+1)
		for _, c := range r.Components {
			p.components = include(p.components, c)
		}
		for _, v := range r.Releases {
			p.releases = include(p.releases, v)
		}
		for _, f := range r.Fields {
			if !slices.Contains(w.customs, f.ID) {
				w.customs = append(w.customs, f.ID)
			}
		}
		w.priorities, w.resolutions = include(w.priorities, r.Priority), include(w.resolutions, r.Resolution)
		if missing := w.missing(r); missing != nil {
			w.words = w.words.Add(missing...)
		}
	}
	slices.Sort(w.customs)
	for _, list := range []*[]fact.Named{&w.priorities, &w.resolutions} {
		slices.SortFunc(*list, byID)
	}
	for _, p := range w.projects {
		slices.SortFunc(p.components, byID)
		slices.SortFunc(p.releases, byID)
	}
}

// missing returns the words of a record that nobody told by themselves.
func (w *world) missing(r *fact.Record) (out []fact.Term) {
	if _, ok := w.words.Find(r.Site, fact.TermStatus, r.Status.ID); !ok && r.Status.ID != "" {
		out = append(out, fact.Term{Site: r.Site, Kind: fact.TermStatus, ID: r.Status.ID, Name: r.Status.Name})
	}
	if _, ok := w.words.Find(r.Site, fact.TermType, r.Type.ID); !ok && r.Type.ID != "" {
		out = append(out, fact.Term{Site: r.Site, Kind: fact.TermType, ID: r.Type.ID, Name: r.Type.Name, Rank: r.Type.Rank})
	}
	return out
}

func byID(a, b fact.Named) int {
	return cmp.Or(fact.CompareID(a.ID, b.ID), cmp.Compare(a.Name, b.Name))
}

func include(list []fact.Named, n fact.Named) []fact.Named {
	if n == (fact.Named{}) || slices.Contains(list, n) {
		return list
	}
	return append(list, n)
}

// addProject returns the project with this id, a new one if need be.
func (w *world) addProject(p fact.Project) *project {
	if old := w.byID[p.ID]; old != nil {
		return old
	}
	out := &project{Project: p, next: 1}
	at, _ := slices.BinarySearchFunc(w.projects, p.ID, func(q *project, id string) int { return fact.CompareID(q.ID, id) })
	w.projects, w.byID[p.ID] = slices.Insert(w.projects, at, out), out
	return out
}

// settleBoards gives every project a board, with the sprints that its issues
// are in; the board of a project without one is a Kanban board.
func (w *world) settleBoards() {
	for i, p := range w.projects {
		p.board = &board{id: i + 1, project: p}
		w.boards = append(w.boards, p.board)
	}
	for _, t := range w.words {
		if t.Kind == fact.TermSprint {
			w.sprints[t.ID] = &sprint{Named: fact.Named{ID: t.ID, Name: t.Name}, start: t.Start, end: t.End, board: w.boardOf(t.Name)}
		}
	}
	for _, id := range w.sorted() {
		r := &w.rows[id].live.rec
		for _, n := range r.Sprints {
			s := w.sprints[n.ID]
			if s == nil {
				s = &sprint{Named: n}
				w.sprints[n.ID] = s
			}
			if s.board == nil {
				s.board = w.projectOf(r).board
			}
		}
	}
	for _, s := range w.sprints {
		if s.board != nil {
			s.board.sprints = append(s.board.sprints, s)
		}
	}
	for _, b := range w.boards {
		slices.SortFunc(b.sprints, func(x, y *sprint) int { return cmp.Or(cmp.Compare(x.start, y.start), byID(x.Named, y.Named)) })
	}
}

// boardOf guesses from a sprint's name whose it is: teams put their key first.
func (w *world) boardOf(name string) *board {
	key, _, _ := strings.Cut(name, " ")
	for _, p := range w.projects {
		if p.Key == key {
			return p.board
		}
	}
	return nil
}

func (w *world) projectOf(r *fact.Record) *project { return w.byID[r.Project.ID] }

// project finds a project by id or key, whoever asks.
func (w *world) project(idOrKey string) *project {
	for _, p := range w.projects {
		if p.ID == idOrKey || strings.EqualFold(p.Key, idOrKey) {
			return p
		}
	}
	return nil
}

// row finds an issue by its id, its key, or a key that it once had.
func (w *world) row(idOrKey string) *row {
	if r := w.rows[idOrKey]; r != nil {
		return r
	}
	return w.rows[w.ids[strings.ToUpper(idOrKey)]]
}

// sees reports whether an issue is there for whoever asks.
func (c *call) sees(r *row) bool {
	return r != nil && r.live != nil && !r.forbidden && c.seesProject(c.w.projectOf(&r.live.rec))
}

func (c *call) seesProject(p *project) bool {
	if p == nil || p.forbidden {
		return false
	}
	return !c.who.anonymous || slices.Contains(c.opts.Public, p.Key)
}

// visible returns the projects that whoever asks may see.
func (c *call) visible() []*project {
	var out []*project
	for _, p := range c.w.projects {
		if c.seesProject(p) {
			out = append(out, p)
		}
	}
	return out
}

// category returns the key of a status' category.
func (w *world) category(id string) string {
	t, _ := w.words.Find(w.site, fact.TermStatus, id)
	return cmp.Or(t.Category, "undefined")
}

// statusName is what a status is called now.
func (w *world) statusName(n fact.Named) string {
	if t, ok := w.words.Find(w.site, fact.TermStatus, n.ID); ok {
		return t.Name
	}
	return n.Name
}

// kind returns the present terms of a kind, one for each id.
func (w *world) kind(kind fact.TermKind) []fact.Term {
	var out []fact.Term
	for _, t := range w.words {
		if t.Kind != kind {
			continue
		}
		if n := len(out); n > 0 && out[n-1].ID == t.ID {
			continue
		}
		if now, ok := w.words.Find(w.site, kind, t.ID); ok {
			out = append(out, now)
		}
	}
	return out
}

// subtasksOf returns the ids of an issue's sub-tasks.
func (c *call) subtasksOf(id string) []string {
	ix := &c.s.index
	ix.Lock()
	defer ix.Unlock()
	if ix.subtasks == nil || ix.subtasksAt != c.w.generation {
		ix.subtasks, ix.subtasksAt = map[string][]string{}, c.w.generation
		for _, sub := range c.w.sorted() {
			is := c.w.rows[sub].live
			if is == nil || is.rec.Type.Rank != -1 {
				continue
			}
			if parent := c.w.find(is.rec.Parent); parent != nil {
				ix.subtasks[parent.id] = append(ix.subtasks[parent.id], sub)
			}
		}
	}
	return ix.subtasks[id]
}

// find follows a reference.
func (w *world) find(ref fact.Ref) *row {
	if r := w.rows[ref.ID]; r != nil {
		return r
	}
	if ref.Key == "" {
		return nil
	}
	return w.row(ref.Key)
}
