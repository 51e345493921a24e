package github

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
)

// How REST spells things.

// user reads somebody.
func (d *decoded) user(site string, v gjson.Result) fact.Person {
	return d.who(site, restAccount(v))
}

func restAccount(v gjson.Result) account {
	login := v.Get("login").String()
	return account{login: login, id: digitsOf(v.Get("id")), bot: strings.EqualFold(v.Get("type").String(), "Bot") || isBot(login)}
}

// restItem reads an issue or a pull request. Lists of issues hold pull requests,
// too, under ids of their own: their node id tells which pull request it is.
func (d *decoded) restItem(v gjson.Result) *item {
	it := newItem(fact.ClassIssue)
	switch {
	case v.Get("head").Exists() || v.Get("base").Exists() || v.Get("merge_commit_sha").Exists():
		it.r.Class = fact.ClassPull
		it.r.ID = recordID(it.r.Class, digitsOf(v.Get("id")))
	case isPullOfIssues(v):
		it.r.Class = fact.ClassPull
		it.r.ID = recordIDOf(it.r.Class, v.Get("node_id").String())
	default:
		it.r.ID = digitsOf(v.Get("id"))
	}
	it.node = v.Get("node_id").String()
	if it.r.ID == "" {
		it.r.ID = recordIDOf(it.r.Class, it.node)
	}
	d.restCommon(it, v)
	if it.r.Class == fact.ClassPull {
		d.restPull(it, v)
	} else {
		d.restIssue(it, v)
	}
	it.standing(v.Get("state").String())
	return it
}

// isPullOfIssues reports whether an issue is a pull request. Its address for
// people says so as well.
func isPullOfIssues(v gjson.Result) bool {
	if v.Get("pull_request").IsObject() {
		return true
	}
	l, ok := locate(v.Get("html_url").String())
	return ok && l.list == "pull"
}

// restCommon reads what issues and pull requests have in common.
func (d *decoded) restCommon(it *item, v gjson.Result) {
	r := &it.r
	base := v.Get("base.repo")
	site, repo := d.at(v.Get("html_url"), v.Get("repository_url"), v.Get("url"), v.Get("issue_url"))
	r.Site = site
	id := digitsOf(base.Get("id"))
	if n, ok := nodeOf(it.node); ok && id == "" && n.repository != 0 {
		id = itoa(n.repository)
	}
	place(r, projectOf(id, cmp.Or(base.Get("full_name").String(), repo)), digitsOf(v.Get("number")))
	r.Title, it.body = v.Get("title").String(), v.Get("body").String()
	r.Created, r.Updated, r.Resolved = instant(v.Get("created_at")), instant(v.Get("updated_at")), instant(v.Get("closed_at"))
	r.Creator = d.user(site, v.Get("user"))
	r.Reporter = r.Creator
	r.Assignee = d.user(site, assigneeOf(v))
	r.Labels = texts(v.Get("labels"), "name")
	if m := v.Get("milestone"); m.IsObject() {
		number := digitsOf(m.Get("number"))
		r.Milestone = fact.Ref{ID: recordID(fact.ClassMilestone, digitsOf(m.Get("id"))), Key: r.Project.Key + "/milestone/" + number}
		if d.stones && m.Get("created_at").Exists() {
			d.restMilestone(m, true)
		}
	}
}

// assigneeOf returns the first of the assignees; the single one of old answers
// where there is no list.
func assigneeOf(v gjson.Result) gjson.Result {
	if list := v.Get("assignees"); list.IsArray() && list.Get("0").Exists() {
		return list.Get("0")
	}
	return v.Get("assignee")
}

func (d *decoded) restIssue(it *item, v gjson.Result) {
	r := &it.r
	r.Type = fact.Type{Name: "Issue"}
	if t := v.Get("type"); t.IsObject() {
		r.Type = fact.Type{ID: digitsOf(t.Get("id")), Name: t.Get("name").String()}
	}
	it.reason = v.Get("state_reason").String()
	it.comment = comments(v)
	r.Children = count(v.Get("sub_issues_summary.total"))
	if key := keyAt(v.Get("parent_issue_url").String()); key != "" {
		r.Parent = fact.Ref{Key: key}
	}
	v.Get("issue_field_values").ForEach(func(_, f gjson.Result) bool {
		if option := f.Get("single_select_option"); option.IsObject() {
			it.field(cmp.Or(f.Get("issue_field_name").String(), f.Get("name").String()), fact.Named{Name: option.Get("name").String()})
		}
		return true
	})
}

// comments is how many comments GitHub counts; -1 if it does not say.
func comments(v gjson.Result) int {
	if n := v.Get("comments"); n.Type == gjson.Number {
		return count(n) + count(v.Get("review_comments"))
	}
	return -1
}

// field keeps the value of a field of a closed set.
func (it *item) field(name string, value fact.Named) {
	switch {
	case name == "" || value.Name == "":
	case strings.EqualFold(name, "priority"):
		it.r.Priority = value
	default:
		it.r.Fields = append(it.r.Fields, fact.Field{ID: name, Values: []fact.Named{value}})
		slices.SortStableFunc(it.r.Fields, func(a, b fact.Field) int { return cmp.Compare(a.ID, b.ID) })
	}
}

func (d *decoded) restPull(it *item, v gjson.Result) {
	r := &it.r
	r.Type = fact.Type{Name: "Pull request"}
	it.branch = v.Get("head.ref").String()
	it.draft = v.Get("draft").Bool()
	it.commits = count(v.Get("commits"))
	it.comment = comments(v)
	for _, at := range []string{"merged_at", "pull_request.merged_at"} {
		if t := instant(v.Get(at)); t != 0 {
			r.Pull.Merged = t
		}
	}
	if v.Get("changed_files").Type == gjson.Number {
		r.Pull.Sized = true
		r.Pull.Added, r.Pull.Deleted, r.Pull.Files = count(v.Get("additions")), count(v.Get("deletions")), count(v.Get("changed_files"))
	}
}

// restMilestone keeps a milestone; one that stands in an issue once a batch.
func (d *decoded) restMilestone(v gjson.Result, within bool) {
	r := newItem(fact.ClassMilestone).r
	r.ID = recordID(r.Class, digitsOf(v.Get("id")))
	var repo string
	r.Site, repo = d.at(v.Get("html_url"), v.Get("url"))
	r.Type = fact.Type{Name: "Milestone"}
	place(&r, projectOf("", repo), digitsOf(v.Get("number")))
	r.Title = v.Get("title").String()
	r.Created, r.Updated, r.Resolved = instant(v.Get("created_at")), instant(v.Get("updated_at")), instant(v.Get("closed_at"))
	r.Due = day(v.Get("due_on"))
	r.Creator = d.user(r.Site, v.Get("creator"))
	d.milestone(r, v.Get("state").String(), within)
}

// milestone keeps a milestone as a record.
func (d *decoded) milestone(r fact.Record, state string, within bool) {
	r.Reporter, r.Told = r.Creator, d.Seen
	if r.Updated < r.Created {
		r.Updated = r.Created
	}
	r.Status = statusStone
	if strings.EqualFold(state, "closed") {
		r.Status = statusStoneDone
	} else {
		r.Resolved = 0
	}
	k := stoneKey{r.Site, r.ID, r.Updated}
	if within && d.kept[k] {
		return
	}
	d.kept[k] = true
	d.record(r, r.Key)
}

// kindsOfEvents are the events that change a field, by their names.
var kindsOfEvents = map[string]fact.Kind{
	"assigned": fact.KindAssignee, "unassigned": fact.KindAssignee, "labeled": fact.KindLabel, "unlabeled": fact.KindLabel,
	"milestoned": fact.KindMilestone, "demilestoned": fact.KindMilestone,
	"parent_issue_added": fact.KindParent, "parent_issue_removed": fact.KindParent,
	"blocked_by_added": fact.KindLink, "blocked_by_removed": fact.KindLink, "blocking_added": fact.KindLink, "blocking_removed": fact.KindLink,
	"connected": fact.KindLink, "disconnected": fact.KindLink,
	"issue_type_added": fact.KindType, "issue_type_removed": fact.KindType, "issue_type_changed": fact.KindType,
	"transferred": fact.KindProject,
}

// nothing are entries of a timeline that are no events of the item.
var nothing = map[string]bool{"mentioned": true, "subscribed": true, "unsubscribed": true, "line-commented": true, "commit-commented": true}

// restEvents reads entries of a timeline, or of a list of events, of one item.
func (d *decoded) restEvents(it *item, list []gjson.Result) {
	it.told = true
	for _, v := range list {
		it.have++
		d.restEvent(it, v)
	}
}

func (d *decoded) restEvent(it *item, v gjson.Result) {
	site := it.r.Site
	name := v.Get("event").String()
	by := v.Get("actor")
	if who := v.Get("assigner"); who.IsObject() && (name == "assigned" || name == "unassigned") {
		by = who
	}
	e := event{name: name, id: restID(v), at: instant(v.Get("created_at")), by: d.user(site, by), reason: v.Get("state_reason").String()}
	switch {
	case nothing[name]:
	case name == "commented":
		d.restComment(it, v)
	case name == "reviewed":
		d.restReview(it, v)
	case name == "committed":
		d.restCommit(it, v)
	case name == "referenced":
		it.act(fact.Involvement{ID: shortHash(v.Get("commit_id").String()), Act: fact.ActCommit, At: e.at, By: e.by})
	case name == "cross-referenced":
		d.restCross(it, v, e)
	case e.id == "" || name == "":
	default:
		d.restChange(site, &e, v)
		it.event(e)
	}
}

// restID is the database id of an event, a comment or a review.
func restID(v gjson.Result) string {
	if id := digitsOf(v.Get("id")); id != "" {
		return id
	}
	return plainID(v.Get("node_id").String())
}

// event adds an entry of the timeline, once.
func (it *item) event(e event) {
	if !it.known[e.id] {
		it.known[e.id] = true
		it.events = append(it.events, e)
	}
}

// restCross keeps that another item refers to this one. Such an entry has no id.
func (d *decoded) restCross(it *item, v gjson.Result, e event) {
	source := v.Get("source.issue")
	_, repo := d.at(source.Get("html_url"), source.Get("repository_url"), source.Get("url"))
	e.id = "x" + repo + "#" + source.Get("number").String()
	it.event(e)
}

// restChange fills in what an event changed.
func (d *decoded) restChange(site string, e *event, v gjson.Result) {
	e.kind = kindsOfEvents[e.name]
	var side fact.Value
	switch e.kind {
	case fact.KindAssignee:
		side.Person = d.user(site, v.Get("assignee"))
	case fact.KindLabel:
		side.Text = v.Get("label.name").String()
	case fact.KindMilestone:
		side.Text = v.Get("milestone.title").String()
	case fact.KindParent:
		side = d.restRef(v.Get("parent_issue"))
	case fact.KindType:
		e.to, e.from = restType(v.Get("issue_type")), restType(v.Get("prev_issue_type"))
		if e.name == "issue_type_removed" {
			e.to, e.from = fact.Value{}, cmp.Or(e.from, e.to)
		}
		if e.to.IsZero() && e.from.IsZero() {
			e.kind = fact.KindOther // some answers do not say which
		}
		return
	case fact.KindLink:
		ref, phrase := v.Get("blocking_issue"), phraseBlocked
		if strings.HasPrefix(e.name, "blocking_") {
			ref, phrase = v.Get("blocked_issue"), phraseBlocks
		}
		for _, other := range []string{"blocked_by", "blocking"} {
			if o := v.Get(other); o.IsObject() {
				ref = o
			}
		}
		// The other end of what was connected is not told.
		if key := d.restRef(ref).Text; key != "" {
			side = fact.Value{ID: key, Text: phrase}
		}
	case fact.KindProject:
		e.from = fact.Value{ID: digitsOf(v.Get("from_repository.id")), Text: v.Get("from_repository.full_name").String()}
		return
	case fact.KindOther:
		return
	}
	if side.IsZero() && e.kind != fact.KindAssignee {
		e.kind = fact.KindOther // it does not say what
		return
	}
	if removes(e.name) {
		e.from = side
	} else {
		e.to = side
	}
}

// removes reports whether an event took something away.
func removes(name string) bool {
	return strings.HasPrefix(name, "un") || strings.HasPrefix(name, "de") || strings.HasPrefix(name, "dis") || strings.HasSuffix(name, "_removed")
}

func restType(v gjson.Result) fact.Value {
	if !v.IsObject() {
		return fact.Value{}
	}
	return fact.Value{ID: digitsOf(v.Get("id")), Text: v.Get("name").String()}
}

// restRef reads the other end of a relation: its id, and its key as text.
func (d *decoded) restRef(v gjson.Result) fact.Value {
	if !v.IsObject() {
		return fact.Value{}
	}
	_, repo := d.at(v.Get("html_url"), v.Get("repository_url"), v.Get("url"), v.Get("repository.html_url"), v.Get("repository.url"))
	if full := v.Get("repository.full_name").String(); full != "" {
		repo = full
	}
	ref := fact.Value{ID: digitsOf(v.Get("id"))}
	if number := digitsOf(v.Get("number")); repo != "" && number != "" {
		ref.Text = repo + "#" + number
	}
	return ref
}

// restComment reads a comment on an item.
func (d *decoded) restComment(it *item, v gjson.Result) {
	by := v.Get("user")
	if !by.Exists() {
		by = v.Get("actor")
	}
	if id := restID(v); id != "" {
		it.act(fact.Involvement{ID: "c" + id, Act: fact.ActComment, At: instant(v.Get("created_at")), By: d.user(it.r.Site, by), Length: length(v.Get("body"))})
	}
}

// restLineComment reads a comment on lines of a pull request.
func (d *decoded) restLineComment(it *item, v gjson.Result) {
	if id := restID(v); id != "" {
		it.act(fact.Involvement{ID: "l" + id, Act: fact.ActComment, At: instant(v.Get("created_at")), By: d.user(it.r.Site, v.Get("user")), Length: length(v.Get("body"))})
	}
}

// restReview reads a review. One that was not handed in is nobody's business.
func (d *decoded) restReview(it *item, v gjson.Result) {
	id := restID(v)
	if id == "" || strings.EqualFold(v.Get("state").String(), "pending") {
		return
	}
	at := instant(v.Get("submitted_at"))
	if at == 0 {
		at = instant(v.Get("created_at"))
	}
	by := v.Get("user")
	if !by.Exists() {
		by = v.Get("actor")
	}
	it.act(fact.Involvement{ID: "r" + id, Act: fact.ActReview, At: at, By: d.user(it.r.Site, by)})
}

// restCommit reads a commit of a pull request: of a timeline, where its author
// is a name and an address of mail, or of a list of commits, where GitHub says
// whose account that is, if it knows.
func (d *decoded) restCommit(it *item, v gjson.Result) {
	written, mail := instant(v.Get("author.date")), v.Get("author.email").String()
	if c := v.Get("commit"); c.IsObject() {
		written, mail = instant(c.Get("author.date")), c.Get("author.email").String()
	}
	hash := v.Get("sha").String()
	if hash == "" {
		return
	}
	author := restAccount(v.Get("author"))
	author.mail = mail
	it.commit(hash, written, d.who(it.r.Site, author))
}

// restFiles reads the list of a pull request's files.
func restFiles(it *item, list []gjson.Result) {
	for _, v := range list {
		it.path(v.Get("filename").String(), v)
	}
}

// path adds a file of a pull request.
func (it *item) path(name string, v gjson.Result) {
	if name != "" {
		it.r.Pull.Paths = append(it.r.Pull.Paths, fact.Path{Name: name, Added: count(v.Get("additions")), Deleted: count(v.Get("deletions"))})
	}
}

// restBlocked reads the issues that block an issue, or that it blocks.
func (d *decoded) restBlocked(it *item, list []gjson.Result, phrase string) {
	for _, v := range list {
		if ref := d.restRef(v); ref.Text != "" || ref.ID != "" {
			it.blocked(fact.Ref{ID: ref.ID, Key: ref.Text}, phrase)
		}
	}
}
