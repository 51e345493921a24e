package githubtest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What follows changes the world as people change GitHub: things happen at the
// clock's present, by somebody, and leave their events.

// change runs an edit under the lock.
func (w *World) change(edit func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.version++
	edit()
}

// touch moves an item's update to now.
func (w *World) touch(it *item) { it.updated = w.tick() }

// happen puts an event into a timeline and moves the update.
func (w *World) happen(it *item, kind, by string, set func(*event)) *event {
	e := w.newEvent(kind, w.person(by))
	if set != nil {
		set(e)
	}
	w.touch(it)
	return it.add(e)
}

// Repository makes a repository.
func (w *World) Repository(name string) {
	w.change(func() { w.newRepository(name, w.newID("repository")) })
}

func (w *World) newRepository(name string, id int64) *repository {
	login, short, ok := strings.Cut(name, "/")
	if !ok || w.names[strings.ToLower(name)] != nil {
		panic("githubtest: cannot make a repository " + name)
	}
	r := &repository{id: id, owner: w.owner(login), name: short, created: w.tick(), files: map[string]string{}}
	w.repos = append(w.repos, r)
	w.names[strings.ToLower(name)] = r
	return r
}

// Personal makes an owner a person instead of an organisation.
func (w *World) Personal(login string) {
	w.change(func() { w.owner(login).user = w.person(login); w.owner(login).id = w.person(login).id })
}

// RenameRepository gives a repository another name or owner; the former name
// leads to it.
func (w *World) RenameRepository(from, to string) {
	w.change(func() {
		r := w.repo(from)
		login, short, _ := strings.Cut(to, "/")
		r.former, r.owner, r.name = r.full(), w.owner(login), short
		w.names[strings.ToLower(to)] = r
	})
}

// DeleteRepository deletes a repository with all that is in it.
func (w *World) DeleteRepository(name string) {
	w.change(func() { w.repo(name).deleted = true })
}

// Hide makes a repository, or an issue of one, unreadable for the client; Show
// undoes that.
func (w *World) Hide(name string) { w.hide(name, true) }

// Show undoes Hide.
func (w *World) Show(name string) { w.hide(name, false) }

func (w *World) hide(name string, hidden bool) {
	w.change(func() {
		if strings.Contains(name, "#") {
			w.must(name).hidden = hidden
			return
		}
		w.repo(name).hidden = hidden
	})
}

// SingleSignOn has a repository ask for a token that single sign-on authorised,
// which the client's is not.
func (w *World) SingleSignOn(name string, asks bool) {
	w.change(func() { w.repo(name).sso = asks })
}

// WithoutIssues switches the issues of a repository off.
func (w *World) WithoutIssues(name string) { w.change(func() { w.repo(name).noIssues = true }) }

// Archive makes a repository read-only.
func (w *World) Archive(name string) { w.change(func() { w.repo(name).archived = true }) }

// WriteFile puts a file into a repository; an empty text takes it away.
func (w *World) WriteFile(repo, path, text string) {
	w.change(func() {
		if text == "" {
			delete(w.repo(repo).files, path)
			return
		}
		w.repo(repo).files[path] = text
	})
}

// Team makes a team of an organisation, unless it is there, and gives it a
// permission on a repository: pull, triage, push, maintain or admin.
func (w *World) Team(org, name, repo, permission string) {
	w.change(func() {
		o := w.owner(org)
		i := slices.IndexFunc(o.teams, func(t *team) bool { return t.name == name })
		if i < 0 {
			slug := strings.ToLower(strings.ReplaceAll(name, " ", "-"))
			o.teams, i = append(o.teams, &team{id: w.newID("team"), owner: o, slug: slug, name: name}), len(o.teams)
		}
		r := w.repo(repo)
		r.teams = append(r.teams, access{o.teams[i], permission})
	})
}

// DeleteUser deletes an account: answers have nobody in its place.
func (w *World) DeleteUser(login string) { w.change(func() { w.person(login).deleted = true }) }

// Mail sets the address that an account's commits are written with.
func (w *World) Mail(login, address string) { w.change(func() { w.person(login).mail = address }) }

// Open opens an issue and returns its key.
func (w *World) Open(repo, by, title, body string) (key string) {
	w.change(func() { key = w.open(repo, by, title, body, nil).key() })
	return key
}

func (w *World) open(repo, by, title, body string, p *pull) *item {
	r := w.repo(repo)
	r.numbers++
	it := &item{repo: r, number: r.numbers, title: title, body: body, by: w.person(by), created: w.tick(), updated: w.tick(), pull: p}
	it.id = w.newID("issue")
	if p != nil {
		p.issueID, it.id = it.id, w.newID("pull")
	}
	r.items = append(r.items, it)
	return it
}

// File is a file that a pull request changes.
type File struct {
	Path           string
	Added, Deleted int
}

// Draft says what a pull request is opened with.
type Draft struct {
	Title, Body string
	Branch      string
	Files       []File
	Draft       bool
}

// OpenPull opens a pull request with one commit, and returns its key.
func (w *World) OpenPull(repo, by string, d Draft) (key string) {
	w.change(func() {
		p := &pull{draft: d.Draft, branch: d.Branch, base: "main", files: d.Files, changed: len(d.Files)}
		if p.branch == "" {
			p.branch = "patch-1"
		}
		for _, f := range d.Files {
			p.added, p.deleted = p.added+f.Added, p.deleted+f.Deleted
		}
		it := w.open(repo, by, d.Title, d.Body, p)
		w.commit(it, by, w.tick().Add(-time.Hour))
		key = it.key()
	})
	return key
}

// Commit adds a commit to a pull request, written at some moment; of the zero
// one it is written now.
func (w *World) Commit(key, by string, authored time.Time) {
	w.change(func() {
		it := w.must(key)
		if authored.IsZero() {
			authored = w.tick()
		}
		w.commit(it, by, authored)
		w.touch(it)
	})
}

func (w *World) commit(it *item, by string, authored time.Time) {
	u := w.person(by)
	c := &commit{
		repo: it.repo, sha: hash(it.id, len(it.timeline), by), message: it.title, author: u, committer: u,
		name: by, mail: u.mail, authored: authored.UTC(), committed: w.tick(),
	}
	// It stands where it was committed.
	it.add(&event{id: w.newID("commit"), kind: "committed", at: w.tick(), by: u, commit: c})
}

// Close closes an issue or, without a merge, a pull request. The reason is
// completed, not_planned or duplicate; of pull requests there is none.
func (w *World) Close(key, by, reason string) {
	w.change(func() {
		it := w.must(key)
		w.happen(it, "closed", by, func(e *event) { e.reason = reason })
		it.closed, it.closedBy, it.reason = w.tick(), w.person(by), reason
	})
}

// Reopen opens an item again.
func (w *World) Reopen(key, by string) {
	w.change(func() {
		it := w.must(key)
		w.happen(it, "reopened", by, func(e *event) { e.reason = "reopened" })
		it.closed, it.closedBy, it.reason = time.Time{}, nil, "reopened"
	})
}

// Merge merges a pull request, and closes the issues that it closes.
func (w *World) Merge(key, by string) {
	w.change(func() {
		it := w.must(key)
		w.happen(it, "merged", by, nil)
		w.happen(it, "closed", by, nil)
		it.closed, it.closedBy = w.tick(), w.person(by)
		it.pull.merged, it.pull.mergedBy = w.tick(), w.person(by)
		for _, closed := range it.pull.closes {
			if !closed.isClosed() {
				w.happen(closed, "closed", by, func(e *event) { e.reason, e.other = "completed", it })
				closed.closed, closed.closedBy, closed.reason = w.tick(), w.person(by), "completed"
			}
		}
	})
}

// SetDraft makes a pull request a draft or ready for review.
func (w *World) SetDraft(key, by string, draft bool) {
	w.change(func() {
		it := w.must(key)
		kind := "ready_for_review"
		if draft {
			kind = "convert_to_draft"
		}
		w.happen(it, kind, by, nil)
		it.pull.draft = draft
	})
}

// Review reviews a pull request. The state is approved, changes_requested or
// commented; each line is a comment on one.
func (w *World) Review(key, by, state, text string, lines ...string) {
	w.change(func() {
		it := w.must(key)
		r := w.happen(it, "reviewed", by, func(e *event) { e.status, e.text = state, text })
		for _, line := range lines {
			w.happen(it, "line-commented", by, func(e *event) { e.text, e.review, e.path = line, r, "main.go" })
		}
	})
}

// RequestReview asks somebody for a review.
func (w *World) RequestReview(key, by, who string) {
	w.change(func() {
		it := w.must(key)
		w.happen(it, "review_requested", by, func(e *event) { e.who = w.person(who) })
		it.pull.reviewers = append(it.pull.reviewers, w.person(who))
	})
}

// Closes links a pull request to an issue that it will close. From a body a
// "closes #7" does the same on GitHub; here nobody reads bodies.
func (w *World) Closes(pull, issue, by string) {
	w.change(func() {
		p, it := w.must(pull), w.must(issue)
		p.pull.closes = append(p.pull.closes, it)
		it.closers = append(it.closers, p)
		w.happen(it, "connected", by, func(e *event) { e.other = p })
		w.happen(p, "connected", by, func(e *event) { e.other = it })
	})
}

// Refer has the text of one item name another one.
func (w *World) Refer(from, to, by string) {
	w.change(func() {
		source, target := w.must(from), w.must(to)
		w.happen(target, "cross-referenced", by, func(e *event) { e.other = source })
	})
}

// Comment comments on an item.
func (w *World) Comment(key, by, text string) {
	w.change(func() { w.happen(w.must(key), "commented", by, func(e *event) { e.text = text }) })
}

// Assign assigns somebody, Unassign takes that back.
func (w *World) Assign(key, by, who string) {
	w.change(func() {
		it := w.must(key)
		w.happen(it, "assigned", by, func(e *event) { e.who = w.person(who) })
		it.assignees = append(it.assignees, w.person(who))
	})
}

// Unassign undoes Assign.
func (w *World) Unassign(key, by, who string) {
	w.change(func() {
		it := w.must(key)
		w.happen(it, "unassigned", by, func(e *event) { e.who = w.person(who) })
		it.assignees = slices.DeleteFunc(it.assignees, func(u *user) bool { return u == w.person(who) })
	})
}

// Label puts a label on an item, Unlabel takes it off.
func (w *World) Label(key, by, name string) {
	w.change(func() {
		it := w.must(key)
		l := it.repo.label(w, name)
		w.happen(it, "labeled", by, func(e *event) { e.label = l })
		it.labels = append(it.labels, l)
	})
}

// Unlabel undoes Label.
func (w *World) Unlabel(key, by, name string) {
	w.change(func() {
		it := w.must(key)
		l := it.repo.label(w, name)
		w.happen(it, "unlabeled", by, func(e *event) { e.label = l })
		it.labels = slices.DeleteFunc(it.labels, func(x *label) bool { return x == l })
	})
}

// Milestone makes a milestone and returns its key. Due is a day, or "".
func (w *World) Milestone(repo, by, title, due string) (key string) {
	w.change(func() {
		r := w.repo(repo)
		r.marks++
		m := &milestone{id: w.newID("milestone"), repo: r, number: r.marks, title: title, by: w.person(by), created: w.tick(), updated: w.tick()}
		m.due = dueOn(due)
		r.marksList = append(r.marksList, m)
		key = m.key()
	})
	return key
}

// dueOn is when a milestone of a day is due: GitHub has a moment in its own
// zone's morning of that day.
func dueOn(day string) time.Time {
	if day == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic("githubtest: " + err.Error())
	}
	return t.Add(8 * time.Hour)
}

// CloseMilestone closes a milestone, or opens it again. No event tells of it.
func (w *World) CloseMilestone(key string, closed bool) {
	w.change(func() {
		m := w.mark(key)
		m.updated, m.closed = w.tick(), time.Time{}
		if closed {
			m.closed = w.tick()
		}
	})
}

// RenameMilestone gives a milestone another title or day.
func (w *World) RenameMilestone(key, title, due string) {
	w.change(func() {
		m := w.mark(key)
		m.title, m.due, m.updated = title, dueOn(due), w.tick()
	})
}

// SetMilestone puts an item into a milestone; "" takes it out.
func (w *World) SetMilestone(key, by, milestone string) {
	w.change(func() {
		it := w.must(key)
		if it.milestone != nil {
			w.happen(it, "demilestoned", by, func(e *event) { e.title = it.milestone.title })
			it.milestone = nil
		}
		if milestone != "" {
			m := w.mark(milestone)
			w.happen(it, "milestoned", by, func(e *event) { e.title = m.title })
			it.milestone = m
		}
	})
}

// Rename gives an item another title.
func (w *World) Rename(key, by, title string) {
	w.change(func() {
		it := w.must(key)
		w.happen(it, "renamed", by, func(e *event) { e.was, e.title = it.title, title })
		it.title = title
	})
}

// Edit gives an item another body. No event tells of it.
func (w *World) Edit(key, body string) {
	w.change(func() { it := w.must(key); it.body = body; w.touch(it) })
}

// Lock locks the conversation of an item.
func (w *World) Lock(key, by string) {
	w.change(func() { it := w.must(key); w.happen(it, "locked", by, nil); it.locked = true })
}

// SetType sets the type of an issue by its name; "" takes it away.
func (w *World) SetType(key, by, name string) {
	w.change(func() {
		it := w.must(key)
		prev := it.typ
		it.typ = nil
		if name != "" {
			it.typ = it.repo.owner.typ(w, name)
		}
		kind := "issue_type_changed"
		switch {
		case prev == nil:
			kind = "issue_type_added"
		case it.typ == nil:
			kind = "issue_type_removed"
		}
		w.happen(it, kind, by, func(e *event) { e.typ, e.prev = it.typ, prev })
	})
}

// SetField sets a field of an issue that has a closed set of answers; "" takes
// the answer away.
func (w *World) SetField(key, field, value string) {
	w.change(func() {
		it := w.must(key)
		it.fields = slices.DeleteFunc(it.fields, func(f fieldValue) bool { return f.field == field })
		if value != "" {
			it.fields = append(it.fields, fieldValue{field, "single_select", value})
		}
		w.touch(it)
	})
}

// SetParent makes an issue a sub-issue of another one; "" takes it out.
func (w *World) SetParent(key, by, parent string) {
	w.change(func() {
		it := w.must(key)
		if p := it.parent; p != nil {
			w.happen(it, "parent_issue_removed", by, func(e *event) { e.other = p })
			w.happen(p, "sub_issue_removed", by, func(e *event) { e.other = it })
			p.children = without(p.children, it)
			it.parent = nil
		}
		if parent != "" {
			p := w.must(parent)
			w.happen(it, "parent_issue_added", by, func(e *event) { e.other = p })
			w.happen(p, "sub_issue_added", by, func(e *event) { e.other = it })
			it.parent, p.children = p, append(p.children, it)
		}
	})
}

func without(list []*item, it *item) []*item {
	return slices.DeleteFunc(slices.Clone(list), func(x *item) bool { return x == it })
}

// Block marks one issue as blocked by another one, Unblock takes that back.
func (w *World) Block(blocked, by, blocker string) {
	w.change(func() {
		a, b := w.must(blocked), w.must(blocker)
		w.happen(a, "blocked_by_added", by, func(e *event) { e.other = b })
		w.happen(b, "blocking_added", by, func(e *event) { e.other = a })
		a.blockedBy, b.blocking = append(a.blockedBy, b), append(b.blocking, a)
	})
}

// Unblock undoes Block.
func (w *World) Unblock(blocked, by, blocker string) {
	w.change(func() {
		a, b := w.must(blocked), w.must(blocker)
		w.happen(a, "blocked_by_removed", by, func(e *event) { e.other = b })
		w.happen(b, "blocking_removed", by, func(e *event) { e.other = a })
		a.blockedBy, b.blocking = without(a.blockedBy, b), without(b.blocking, a)
	})
}

// Board makes a project of an owner with a board of these statuses, and returns
// its name.
func (w *World) Board(owner, title string, statuses ...string) (name string) {
	w.change(func() {
		o := w.owner(owner)
		p := &project{id: w.newID("project"), owner: o, title: title, created: w.tick(), statuses: statuses}
		for _, other := range w.projects {
			if other.owner == o {
				p.number = max(p.number, other.number)
			}
		}
		p.number++
		w.projects = append(w.projects, p)
		name = owner + "/" + title
	})
	return name
}

// Move puts an item on a board, if it is not there, and gives it a status there.
// As on GitHub the item's own update stays where it was.
func (w *World) Move(key, by, board, status string) {
	w.change(func() {
		it, p, u := w.must(key), w.board(board), w.person(by)
		c := it.card(p)
		if c == nil {
			c = &card{id: w.newID("card"), project: p, item: it, created: w.tick(), by: u}
			it.cards, p.cards = append(it.cards, c), append(p.cards, c)
			e := w.newEvent("added_to_project_v2", u)
			e.project = p
			it.add(e)
		}
		c.updated = w.tick()
		if c.status == status {
			return
		}
		e := w.newEvent("project_v2_item_status_changed", u)
		e.project, e.prevStatus, e.status = p, c.status, status
		it.add(e)
		c.status = status
	})
}

// RenameStatus renames a column of a board: items show the new name, histories
// keep the old one.
func (w *World) RenameStatus(board, from, to string) {
	w.change(func() {
		p := w.board(board)
		for i, s := range p.statuses {
			if s == from {
				p.statuses[i] = to
			}
		}
		for _, c := range p.cards {
			if c.status == from {
				c.status = to
			}
		}
	})
}

// TakeOff takes an item off a board.
func (w *World) TakeOff(key, by, board string) {
	w.change(func() {
		it, p := w.must(key), w.board(board)
		c := it.card(p)
		it.cards = slices.DeleteFunc(it.cards, func(x *card) bool { return x == c })
		p.cards = slices.DeleteFunc(p.cards, func(x *card) bool { return x == c })
		e := w.newEvent("removed_from_project_v2", w.person(by))
		e.project = p
		it.add(e)
	})
}

func (it *item) card(p *project) *card {
	for _, c := range it.cards {
		if c.project == p {
			return c
		}
	}
	return nil
}

// Forget loses all that a timeline tells of boards, as of issues that were moved
// before GitHub kept such events.
func (w *World) Forget(key string) {
	w.change(func() {
		it := w.must(key)
		it.timeline = slices.DeleteFunc(it.timeline, func(e *event) bool { return onBoard(e.kind) })
	})
}

// Delete deletes an issue.
func (w *World) Delete(key string) {
	w.change(func() {
		it := w.must(key)
		it.deleted = true
		w.unlink(it)
	})
}

// Discuss makes a discussion of an issue: it is an issue no more.
func (w *World) Discuss(key, by string) {
	w.change(func() {
		it := w.must(key)
		w.happen(it, "converted_to_discussion", by, nil)
		it.deleted = true
		w.unlink(it)
	})
}

// unlink takes away what leads to an item.
func (w *World) unlink(it *item) {
	if it.parent != nil {
		it.parent.children = without(it.parent.children, it)
	}
	for _, c := range it.children {
		c.parent = nil
	}
	for _, b := range it.blockedBy {
		b.blocking = without(b.blocking, it)
	}
	for _, b := range it.blocking {
		b.blockedBy = without(b.blockedBy, it)
	}
	for _, p := range it.closers {
		p.pull.closes = without(p.pull.closes, it)
	}
	for _, c := range it.cards {
		c.project.cards = slices.DeleteFunc(c.project.cards, func(x *card) bool { return x == c })
	}
}

// Transfer moves an issue to another repository and returns its new key. As on
// GitHub it is another issue there, with another id; the old address leads to
// it.
func (w *World) Transfer(key, by, repo string) (moved string) {
	w.change(func() {
		old, r := w.must(key), w.repo(repo)
		r.numbers++
		it := *old
		it.id, it.repo, it.number = w.newID("issue"), r, r.numbers
		it.labels, it.milestone = nil, nil
		it.timeline = nil
		for _, e := range old.timeline {
			again := *e
			it.add(&again)
		}
		old.moved = &it
		for _, c := range it.children {
			c.parent = &it
		}
		swap := func(list []*item) {
			for i, x := range list {
				if x == old {
					list[i] = &it
				}
			}
		}
		if it.parent != nil {
			swap(it.parent.children)
		}
		for _, b := range it.blockedBy {
			swap(b.blocking)
		}
		for _, b := range it.blocking {
			swap(b.blockedBy)
		}
		for _, p := range it.closers {
			swap(p.pull.closes)
		}
		for _, c := range it.cards {
			c.item = &it
		}
		from := old.repo
		r.items = append(r.items, &it)
		w.happen(&it, "transferred", by, func(e *event) { e.from = from })
		moved = it.key()
	})
	return moved
}

// Touch moves the update of an item to now, as reactions and such do.
func (w *World) Touch(key string) { w.change(func() { w.touch(w.must(key)) }) }

// Grow opens n issues in a repository, a minute of pretended time apart, for
// tests of paging.
func (w *World) Grow(repo, by string, n int) {
	w.change(func() {
		for i := range n {
			it := w.open(repo, by, fmt.Sprintf("Number %d of many", i+1), "", nil)
			it.created = it.created.Add(time.Duration(i-n) * time.Minute)
			it.updated = it.created
		}
	})
}
