package githubtest

import (
	"slices"
	"strings"
	"time"

	"smokestack/analysis/fact"
)

// tell writes the timeline of an item.
func (t *teller) tell(one *telling) {
	it := one.item
	if !one.own {
		t.placed(one)
	}
	for i := range one.r.Changes {
		t.change(one, i)
	}
	for _, i := range one.r.Involvement {
		t.act(one, i)
	}
	for _, e := range it.timeline {
		if e.kind == "closed" && it.isClosed() {
			it.closedBy = e.by
		}
		if e.kind == "merged" {
			it.pull.mergedBy = e.by
		}
	}
}

// eventFor makes the event of a change. What GitHub told keeps its id.
func (t *teller) eventFor(one *telling, c *fact.Change, kind string) *event {
	e := &event{kind: kind, at: c.At.Time(), by: t.person(one, c.By)}
	if one.own {
		e.id = t.idOf("event", c.ID)
	} else {
		e.id = t.w.newID("event")
	}
	return e
}

// change writes what one change is.
func (t *teller) change(one *telling, i int) {
	c := &one.r.Changes[i]
	switch c.Kind {
	case fact.KindStatus:
		if one.own {
			t.state(one, i)
			return
		}
		t.moved(one, i)
	case fact.KindResolution: // beside the status
	case fact.KindAssignee:
		t.assigned(one, c)
	case fact.KindLabel:
		t.labeled(one, c, c.From.Text, c.To.Text)
	case fact.KindComponent:
		t.labeled(one, c, c.From.Text, c.To.Text)
	case fact.KindMilestone:
		t.milestoned(one, c)
	case fact.KindParent:
		t.related(one, c, fact.Ref{ID: c.From.ID, Key: c.From.Text}, fact.Ref{ID: c.To.ID, Key: c.To.Text})
	case fact.KindLink:
		t.linked(one, c)
	case fact.KindType:
		t.typed(one, c)
	case fact.KindColumn:
		t.column(one, c)
	case fact.KindProject:
		if one.own {
			e := one.item.add(t.eventFor(one, c, "transferred"))
			e.from = t.repos[one.r.Site+"\x00"+c.From.Text]
			if e.from == nil {
				e.from = t.elsewhere(c.From)
			}
			return
		}
		t.lose("a change of " + c.Kind.String())
	case fact.KindOther:
		t.otherwise(one, c)
	default:
		t.lose("a change of " + c.Kind.String())
	}
}

// elsewhere is a repository of which nothing else is told.
func (t *teller) elsewhere(v fact.Value) *repository {
	name := v.Text
	if !fact.IsRepository(name) {
		name = "acme/former"
	}
	if r := t.w.names[strings.ToLower(name)]; r != nil {
		return r
	}
	return t.w.newRepository(name, t.idOf("repository", v.ID))
}

// state writes the event that moved GitHub's own state.
func (t *teller) state(one *telling, i int) {
	c, it := &one.r.Changes[i], one.item
	kind := map[string]string{
		"closed": "closed", "pull-closed": "closed", "open": "reopened", "merged": "merged", "pull-draft": "convert_to_draft", "pull-open": "ready_for_review",
	}[c.To.ID]
	switch {
	case kind == "":
		t.lose("a change to the status " + c.To.ID)
		return
	case c.From.ID == "pull-closed" && (c.To.ID == "pull-open" || c.To.ID == "pull-draft"):
		kind = "reopened"
	}
	e := it.add(t.eventFor(one, c, kind))
	if kind == "closed" && it.pull == nil {
		e.reason = t.reasonBeside(one, i)
	}
	if kind == "merged" {
		it.add(&event{id: t.w.newID("event"), kind: "closed", at: e.at, by: e.by})
	}
}

// reasonBeside is the reason that came with a closing.
func (t *teller) reasonBeside(one *telling, i int) string {
	c := &one.r.Changes[i]
	id, _, _ := strings.Cut(c.ID, ".")
	for k := range one.r.Changes {
		x := &one.r.Changes[k]
		if other, _, _ := strings.Cut(x.ID, "."); x.Kind == fact.KindResolution && (other == id || x.At == c.At) && !x.To.IsZero() {
			return x.To.ID
		}
	}
	return ""
}

// first is the status that an item of another tracker began with.
func first(r *fact.Record) fact.Named {
	for i := range r.Changes {
		if c := &r.Changes[i]; c.Kind == fact.KindStatus {
			return fact.Named{ID: c.From.ID, Name: c.From.Text}
		}
	}
	return r.Status
}

// placed puts an item of another tracker on its board, where it began.
func (t *teller) placed(one *telling) {
	it, p, status := one.item, t.board(one, ""), first(&one.r)
	p.knows(status.Name)
	it.add(&event{id: t.w.newID("event"), kind: "added_to_project_v2", at: it.created, by: it.by, project: p})
	it.add(&event{id: t.w.newID("event"), kind: "project_v2_item_status_changed", at: it.created, by: it.by, project: p, status: status.Name})
	if t.done(one, status) {
		it.add(&event{id: t.w.newID("event"), kind: "closed", at: it.created, by: it.by, reason: it.reason})
	}
}

// moved writes a change of status of another tracker: a move on the board and,
// where it ends the work or takes it up again, a closing or its opposite.
func (t *teller) moved(one *telling, i int) {
	c, it := &one.r.Changes[i], one.item
	p := t.board(one, "")
	p.knows(c.From.Text)
	p.knows(c.To.Text)
	e := it.add(t.eventFor(one, c, "project_v2_item_status_changed"))
	e.project, e.prevStatus, e.status = p, c.From.Text, c.To.Text
	was, is := t.done(one, fact.Named{ID: c.From.ID}), t.done(one, fact.Named{ID: c.To.ID})
	switch {
	case !was && is:
		e := it.add(t.eventFor(one, c, "closed"))
		e.reason = it.reason
		if e.reason == "" {
			e.reason = "completed"
		}
	case was && !is:
		e := it.add(t.eventFor(one, c, "reopened"))
		e.reason = "reopened"
	}
}

func (t *teller) assigned(one *telling, c *fact.Change) {
	if u := t.person(one, c.From.Person); u != nil {
		one.item.add(t.eventFor(one, c, "unassigned")).who = u
	}
	if u := t.person(one, c.To.Person); u != nil {
		one.item.add(t.eventFor(one, c, "assigned")).who = u
	}
}

func (t *teller) labeled(one *telling, c *fact.Change, from, to string) {
	it := one.item
	if from != "" {
		it.add(t.eventFor(one, c, "unlabeled")).label = it.repo.label(t.w, from)
	}
	if to != "" {
		it.add(t.eventFor(one, c, "labeled")).label = it.repo.label(t.w, to)
	}
}

func (t *teller) milestoned(one *telling, c *fact.Change) {
	if c.From.Text != "" {
		one.item.add(t.eventFor(one, c, "demilestoned")).title = c.From.Text
	}
	if c.To.Text != "" {
		one.item.add(t.eventFor(one, c, "milestoned")).title = c.To.Text
	}
}

func (t *teller) related(one *telling, c *fact.Change, from, to fact.Ref) {
	it := one.item
	for _, side := range []struct {
		ref  fact.Ref
		does string
	}{{from, "removed"}, {to, "added"}} {
		if side.ref.IsZero() {
			continue
		}
		e := it.add(t.eventFor(one, c, "parent_issue_"+side.does))
		if e.other = t.other(one, side.ref); e.other == nil {
			t.lose("a former parent that is not there")
			continue
		}
		e.other.add(&event{id: t.w.newID("event"), kind: "sub_issue_" + side.does, at: e.at, by: e.by, other: it})
	}
}

func (t *teller) linked(one *telling, c *fact.Change) {
	for _, side := range []struct {
		v    fact.Value
		does string
	}{{c.From, "removed"}, {c.To, "added"}} {
		if side.v.IsZero() {
			continue
		}
		kind := map[string]string{
			"is blocked by": "blocked_by_" + side.does, "blocks": "blocking_" + side.does,
			"closes": map[string]string{"added": "connected", "removed": "disconnected"}[side.does],
		}[t.phraseOf(one, side.v.Text)]
		if t.phraseOf(one, side.v.Text) == "is closed by" {
			kind = map[string]string{"added": "connected", "removed": "disconnected"}[side.does]
		}
		other := t.byName(one, side.v.ID)
		if kind == "" || other == nil {
			t.lose("a change of a link")
			continue
		}
		one.item.add(t.eventFor(one, c, kind)).other = other
	}
}

// phraseOf is what the phrase of a link says in GitHub's words.
func (t *teller) phraseOf(one *telling, phrase string) string {
	if one.own {
		return phrase
	}
	for _, word := range t.words {
		if word.Site == one.r.Site && word.Kind == fact.TermLinkType && strings.EqualFold(word.Name, "blocks") && (phrase == word.Inward || phrase == word.Outward) {
			return map[bool]string{true: "is blocked by", false: "blocks"}[phrase == word.Inward]
		}
	}
	return ""
}

func (t *teller) typed(one *telling, c *fact.Change) {
	of := func(v fact.Value) *issueType {
		if v.Text == "" || one.own && v.Text == "Issue" {
			return nil
		}
		return t.typ(one, v.ID, v.Text)
	}
	from, to := of(c.From), of(c.To)
	kind := "issue_type_changed"
	switch {
	case from == nil && to == nil:
		return
	case from == nil:
		kind = "issue_type_added"
	case to == nil:
		kind = "issue_type_removed"
	}
	e := one.item.add(t.eventFor(one, c, kind))
	e.typ, e.prev = to, from
}

func (t *teller) column(one *telling, c *fact.Change) {
	id := c.To.ID
	if id == "" {
		id = c.From.ID
	}
	p := t.board(one, id)
	p.knows(c.From.Text)
	p.knows(c.To.Text)
	kind := "project_v2_item_status_changed"
	switch {
	case c.To.IsZero():
		kind = "removed_from_project_v2"
	case c.To.Text == "" && c.From.Text == "":
		kind = "added_to_project_v2"
	}
	e := one.item.add(t.eventFor(one, c, kind))
	e.project, e.prevStatus, e.status = p, c.From.Text, c.To.Text
}

// otherwise writes an event of which facts keep no more than the name.
func (t *teller) otherwise(one *telling, c *fact.Change) {
	switch k, ok := kinds[c.Field]; {
	case !one.own || !ok || k.item == "" || c.Field == "cross-referenced" || c.Field == "committed" || c.Field == "reviewed" || c.Field == "commented":
		t.lose("an event " + c.Field)
		return
	}
	e := one.item.add(t.eventFor(one, c, c.Field))
	e.was, e.title = c.From.Text, c.To.Text
	e.who = t.person(one, c.To.Person)
	if e.kind == "marked_as_duplicate" {
		e.other = t.byName(one, c.To.ID)
	}
}

// act writes what somebody did besides changing something.
func (t *teller) act(one *telling, i fact.Involvement) {
	it, at, by := one.item, i.At.Time(), t.person(one, i.By)
	switch i.Act {
	case fact.ActComment:
		if strings.HasPrefix(i.ID, "l") && it.pull != nil {
			it.add(&event{id: t.idOf("line", i.ID), kind: "line-commented", at: at, by: by, text: textOf(i.Length), path: "main.go", review: t.reviewAt(it, at)})
			return
		}
		it.add(&event{id: t.idOf("comment", i.ID), kind: "commented", at: at, by: by, text: textOf(i.Length)})
	case fact.ActReview:
		if it.pull == nil {
			t.lose("a review of an issue")
			return
		}
		it.add(&event{id: t.idOf("review", i.ID), kind: "reviewed", at: at, by: by, status: "commented", text: textOf(i.Length)})
	case fact.ActCommit:
		t.committed(one, i, at, by)
	default:
		t.lose("logged work")
	}
}

// reviewAt is the review that a comment on a line belongs to: the newest one.
func (t *teller) reviewAt(it *item, _ time.Time) *event {
	if r := it.acts("reviewed"); len(r) > 0 {
		return r[len(r)-1]
	}
	return nil
}

// committed writes a commit: of a pull request, or one that names the item.
func (t *teller) committed(one *telling, i fact.Involvement, at time.Time, by *user) {
	it := one.item
	sha := i.ID
	if !isHex(sha) || len(sha) < 16 {
		sha = hash(one.r.ID, i.ID)
	}
	sha += strings.Repeat("0", max(0, 40-len(sha)))
	c := &commit{repo: it.repo, sha: sha, message: it.title, author: by, committer: by, authored: at, committed: at, mail: "nobody@acme.example"}
	if by != nil {
		c.name, c.mail = by.login, by.mail
		if by.unknown {
			c.author, c.committer = nil, nil
		}
	}
	if it.pull != nil {
		it.add(&event{id: t.w.newID("commit"), kind: "committed", at: at, by: by, commit: c})
		return
	}
	it.add(&event{id: t.w.newID("event"), kind: "referenced", at: at, by: by, commit: c})
}

func isHex(s string) bool {
	return s != "" && !slices.ContainsFunc([]byte(s), func(b byte) bool { return !strings.ContainsRune("0123456789abcdef", rune(b)) })
}

// CommentText begins every text that somebody wrote: what nobody must keep.
const CommentText = "What somebody wrote."

// textOf makes up a text of some length.
func textOf(l fact.LengthClass) string {
	long := map[fact.LengthClass]int{fact.Short: 25, fact.Medium: 100, fact.Long: 300}[l]
	if long == 0 {
		return ""
	}
	return CommentText + strings.Repeat(".", long-len(CommentText))
}
