package githubtest

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// World is what a GitHub holds: owners, repositories, people, issues, pull
// requests, milestones, boards, and what happened to them. It is safe for
// concurrent use: its methods change it while clients read.
//
// Things are named as people name them: a repository "acme/shop", an issue or
// a pull request "acme/shop#12", a milestone "acme/shop/milestone/3", a board
// by its owner and title "acme/Work", people by their logins. Naming an owner
// or a login for the first time makes it; a login that ends in [bot] is a bot.
// Naming any other thing that is not there is a mistake in a test and panics.
type World struct {
	mu      sync.RWMutex
	now     func() time.Time
	version int64 // goes up with every change

	owners   map[string]*owner // by login, lower case
	users    map[string]*user
	names    map[string]*repository // by every name that was ever used, lower case
	repos    []*repository
	projects []*project

	ixMu sync.Mutex // guards an index of all by their ids, as of a version
	ix   map[string]any
	ixAt int64

	lost map[string]int   // what rendering could not express, by what it is
	last map[string]int64 // the newest id of each kind
	used map[string]map[int64]bool
}

// owner is an organisation or, with a user, a person who has repositories.
type owner struct {
	id    int64
	login string
	user  *user
	types []*issueType
	teams []*team
}

type user struct {
	id      int64
	login   string
	mail    string // shown as the author's address in commits
	deleted bool
	unknown bool   // an author of commits without an account
	kind    string // "User", "Bot", "Mannequin", "Organization"
}

func (u *user) bot() bool { return u.kind == "Bot" }

type team struct {
	id         int64
	owner      *owner
	slug, name string
}

type access struct {
	team       *team
	permission string // pull, push, admin, maintain, triage
}

type repository struct {
	id        int64
	owner     *owner
	name      string
	created   time.Time
	numbers   int // of its newest issue or pull request
	marks     int // of its newest milestone
	items     []*item
	labels    []*label
	marksList []*milestone
	files     map[string]string
	teams     []access
	hidden    bool // not readable with the client's token
	sso       bool // readable only with a token that single sign-on authorised
	deleted   bool
	archived  bool
	noIssues  bool
	private   bool
	former    string // the name it had last
}

func (r *repository) full() string { return r.owner.login + "/" + r.name }

type label struct {
	id   int64
	repo *repository
	name string
}

type issueType struct {
	id    int64
	owner *owner
	name  string
}

type milestone struct {
	id                       int64
	repo                     *repository
	number                   int
	title, text              string
	by                       *user
	created, updated, closed time.Time
	due                      time.Time
	deleted                  bool
}

func (m *milestone) key() string { return fmt.Sprintf("%s/milestone/%d", m.repo.full(), m.number) }

type fieldValue struct{ field, kind, value string }

// item is an issue or a pull request.
type item struct {
	id          int64
	repo        *repository
	number      int
	title, body string
	by          *user

	created, updated, closed time.Time
	closedBy                 *user
	reason                   string // of the present state, as REST has it: completed, not_planned, duplicate, reopened
	assignees                []*user
	labels                   []*label
	milestone                *milestone
	typ                      *issueType
	fields                   []fieldValue
	locked                   bool

	parent              *item
	children            []*item
	blockedBy, blocking []*item
	closers             []*item // pull requests that close it
	cards               []*card
	timeline            []*event // in order of time

	hidden  bool
	deleted bool
	moved   *item // where it was transferred to

	pull *pull
}

func (it *item) key() string { return fmt.Sprintf("%s#%d", it.repo.full(), it.number) }

func (it *item) isClosed() bool { return !it.closed.IsZero() }

// issueID is the id by which the list of issues knows an item: pull requests
// have another one there.
func (it *item) issueID() int64 {
	if it.pull != nil {
		return it.pull.issueID
	}
	return it.id
}

type pull struct {
	issueID        int64
	draft          bool
	merged         time.Time
	mergedBy       *user
	branch, base   string
	files          []File
	added, deleted int
	changed        int // files, of which some may be missing in the list
	closes         []*item
	reviewers      []*user // who was asked
}

type commit struct {
	repo              *repository
	sha, message      string
	author, committer *user
	name, mail        string // as written in the commit
	authored          time.Time
	committed         time.Time
}

type project struct {
	id       int64
	owner    *owner
	number   int
	title    string
	created  time.Time
	statuses []string
	cards    []*card
}

type card struct {
	id      int64
	project *project
	item    *item
	status  string
	created time.Time
	updated time.Time
	by      *user
}

// event is one thing that happened to an item; what of its members is set goes
// by its kind.
type event struct {
	id   int64
	kind string
	item *item
	at   time.Time
	by   *user

	who        *user  // assignee, reviewer
	label      *label // also of a milestone: its title
	title, was string // milestone, new and former title
	other      *item  // parent, sub-issue, blocker, source
	from       *repository
	typ, prev  *issueType
	project    *project
	status     string // on the board, of a review
	prevStatus string
	reason     string
	text       string // of comments and reviews
	commit     *commit
	review     *event // of a comment on a line
	path       string
	closes     bool // of a cross-reference: the source will close the target
}

// NewWorld returns an empty world with a clock; nil is the machine's.
func NewWorld(now func() time.Time) *World {
	if now == nil {
		now = time.Now
	}
	return &World{
		now: now, owners: map[string]*owner{}, users: map[string]*user{}, names: map[string]*repository{},
		lost: map[string]int{}, last: map[string]int64{}, used: map[string]map[int64]bool{},
	}
}

// firstIDs are where the ids of each kind begin: as large as they are by now on
// the public site, so that numbers of 32 bits do not do.
var firstIDs = map[string]int64{
	"user": 160_000_000, "repository": 900_000_000, "issue": 3_000_000_000, "pull": 2_500_000_000, "event": 18_000_000_000,
	"comment": 3_100_000_000, "review": 2_900_000_000, "line": 2_200_000_000, "milestone": 13_000_000, "label": 8_000_000_000,
	"type": 25_000_000, "team": 12_000_000, "project": 20_000_000, "card": 110_000_000, "commit": 0,
}

// newID returns an id that nothing of the kind has.
func (w *World) newID(kind string) int64 {
	first, ok := firstIDs[kind]
	if !ok {
		panic("githubtest: no ids for " + kind)
	}
	for {
		w.last[kind]++
		// Steps of seven, so that ids are no count of anything.
		if id := first + 7*w.last[kind]; w.take(kind, id) {
			return id
		}
	}
}

// take marks an id as used; it reports false if it was.
func (w *World) take(kind string, id int64) bool {
	if w.used[kind] == nil {
		w.used[kind] = map[int64]bool{}
	}
	if w.used[kind][id] {
		return false
	}
	w.used[kind][id] = true
	return true
}

// tick returns the present, to the second: GitHub's times have no more.
func (w *World) tick() time.Time { return w.now().UTC().Truncate(time.Second) }

func (w *World) owner(login string) *owner {
	o := w.owners[strings.ToLower(login)]
	if o == nil {
		o = &owner{id: w.newID("user"), login: login}
		w.owners[strings.ToLower(login)] = o
	}
	return o
}

// person returns the user of a login; nobody's login is "".
func (w *World) person(login string) *user {
	if login == "" {
		return nil
	}
	u := w.users[strings.ToLower(login)]
	if u == nil {
		u = &user{id: w.newID("user"), login: login, kind: "User", mail: login + "@acme.example"}
		if bare, ok := strings.CutSuffix(login, "[bot]"); ok {
			u.kind, u.login, u.mail = "Bot", login, itoa(u.id)+"+"+bare+"[bot]@users.noreply.github.com"
		}
		w.users[strings.ToLower(login)] = u
	}
	return u
}

// repo returns a repository by any name that it ever had.
func (w *World) repo(name string) *repository {
	r := w.names[strings.ToLower(name)]
	if r == nil {
		panic("githubtest: no repository " + name)
	}
	return r
}

func (w *World) repoByID(id int64) *repository {
	for _, r := range w.repos {
		if r.id == id {
			return r
		}
	}
	return nil
}

// find returns the issue or pull request of a key, under whatever name of its
// repository.
func (w *World) find(key string) *item {
	name, number, ok := strings.Cut(key, "#")
	r := w.names[strings.ToLower(name)]
	if !ok || r == nil {
		return nil
	}
	for _, it := range r.items {
		if fmt.Sprint(it.number) == number {
			return it
		}
	}
	return nil
}

func (w *World) must(key string) *item {
	it := w.find(key)
	if it == nil || it.deleted || it.moved != nil {
		panic("githubtest: no issue or pull request " + key)
	}
	return it
}

func (w *World) mark(key string) *milestone {
	name, number, _ := strings.Cut(key, "/milestone/")
	for _, m := range w.repo(name).marksList {
		if fmt.Sprint(m.number) == number && !m.deleted {
			return m
		}
	}
	panic("githubtest: no milestone " + key)
}

func (w *World) board(name string) *project {
	for _, p := range w.projects {
		if p.owner.login+"/"+p.title == name {
			return p
		}
	}
	panic("githubtest: no project " + name)
}

func (r *repository) label(w *World, name string) *label {
	for _, l := range r.labels {
		if l.name == name {
			return l
		}
	}
	l := &label{id: w.newID("label"), repo: r, name: name}
	r.labels = append(r.labels, l)
	return l
}

func (o *owner) typ(w *World, name string) *issueType {
	for _, t := range o.types {
		if t.name == name {
			return t
		}
	}
	t := &issueType{id: w.newID("type"), owner: o, name: name}
	o.types = append(o.types, t)
	return t
}

// add puts an event into an item's timeline. Events of one moment stay in the
// order in which they came.
func (it *item) add(e *event) *event {
	e.item = it
	at := len(it.timeline)
	for at > 0 && it.timeline[at-1].at.After(e.at) {
		at--
	}
	it.timeline = slices.Insert(it.timeline, at, e)
	return e
}

// newEvent dates an event now and gives it an id.
func (w *World) newEvent(kind string, by *user) *event {
	e := &event{kind: kind, at: w.tick(), by: by}
	switch kind {
	case "commented":
		e.id = w.newID("comment")
	case "reviewed":
		e.id = w.newID("review")
	case "line-commented":
		e.id = w.newID("line")
	default:
		e.id = w.newID("event")
	}
	return e
}

// hash makes up the name of a commit.
func hash(parts ...any) string {
	sum := sha1.Sum(fmt.Append(nil, parts...))
	return hex.EncodeToString(sum[:])
}

// acts counts the timeline's entries of a kind.
func (it *item) acts(kind string) []*event {
	var out []*event
	for _, e := range it.timeline {
		if e.kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// readable reports whether the client's token sees an item.
func (it *item) readable() bool {
	return it != nil && !it.hidden && !it.deleted && it.moved == nil && it.repo.readable()
}

func (r *repository) readable() bool { return r != nil && !r.hidden && !r.sso && !r.deleted }

// shown is a user as answers show it: deleted accounts are nobody.
func shown(u *user) *user {
	if u == nil || u.deleted {
		return nil
	}
	return u
}
