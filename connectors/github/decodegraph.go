package github

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
)

// How GraphQL spells things, as the queries of this package ask for them.

// actor reads somebody: null, where the account was deleted. A bot bears its
// name without the mark that REST gives it.
func (d *decoded) actor(site string, v gjson.Result) fact.Person {
	return d.who(site, graphAccount(v))
}

func graphAccount(v gjson.Result) account {
	if v.Type == gjson.String { // archives that keep the login alone
		return account{login: v.Str, bot: isBot(v.Str)}
	}
	a := account{login: v.Get("login").String(), id: digitsOf(v.Get("databaseId"))}
	if n, ok := nodeOf(v.Get("id").String()); a.id == "" && ok {
		a.id = itoa(n.id)
	}
	if a.bot = v.Get("__typename").Str == "Bot" || isBot(a.login); a.bot && !isBot(a.login) {
		a.login += "[bot]"
	}
	return a
}

// graphRepository reads the repository of a node; outer is that of the page, for
// nodes that do not say.
func graphRepository(v gjson.Result, outer fact.Project) fact.Project {
	key := v.Get("nameWithOwner").String()
	if key == "" {
		return outer
	}
	id := digitsOf(v.Get("databaseId"))
	if n, ok := nodeOf(v.Get("id").String()); id == "" && ok {
		id = itoa(n.id)
	}
	if id == "" && key == outer.Key {
		return outer
	}
	return projectOf(id, key)
}

// graphItem reads an issue or a pull request, with as much of its lists as came.
// What goes on is in its rest.
func (d *decoded) graphItem(v gjson.Result, outer fact.Project) *item {
	it := newItem(classOf(v))
	it.node = v.Get("id").String()
	it.r.ID = recordIDOf(it.r.Class, it.node)
	d.graphCommon(it, v, outer)
	if it.r.Class == fact.ClassPull {
		d.graphPull(it, v)
	} else {
		d.graphIssue(it, v)
	}
	state := v.Get("state")
	if !state.Exists() {
		state = v.Get("standing")
	}
	it.standing(state.String())
	for _, l := range listsOf(it.r.Class) {
		if list := v.Get(l.name); list.IsObject() {
			d.graphList(it, l.name, list)
		}
	}
	return it
}

// listsOf are the lists within an item.
func listsOf(class fact.Class) []within {
	if class == fact.ClassPull {
		return pullLists
	}
	return issueLists
}

// classOf says what a node is.
func classOf(v gjson.Result) fact.Class {
	typ := v.Get("__typename").Str
	if n, ok := nodeOf(v.Get("id").String()); ok && typ == "" {
		typ = n.kind
	}
	if class, ok := classes[typ]; ok {
		return class
	}
	if v.Get("headRefName").Exists() || v.Get("mergedAt").Exists() {
		return fact.ClassPull
	}
	return fact.ClassIssue
}

func (d *decoded) graphCommon(it *item, v gjson.Result, outer fact.Project) {
	r := &it.r
	site, repo := d.at(v.Get("url"))
	r.Site = site
	if outer.Key == "" {
		outer = projectOf("", repo)
	}
	place(r, graphRepository(v.Get("repository"), outer), digitsOf(v.Get("number")))
	if n, ok := nodeOf(it.node); ok && r.Project.ID == "" && n.repository != 0 {
		r.Project.ID = itoa(n.repository)
	}
	r.Title, it.body = v.Get("title").String(), v.Get("body").String()
	r.Created, r.Updated, r.Resolved = instant(v.Get("createdAt")), instant(v.Get("updatedAt")), instant(v.Get("closedAt"))
	r.Creator = d.actor(site, v.Get("author"))
	r.Reporter = r.Creator
	if m := v.Get("milestone"); m.IsObject() {
		r.Milestone = fact.Ref{ID: recordIDOf(fact.ClassMilestone, m.Get("id").String()), Key: r.Project.Key + "/milestone/" + digitsOf(m.Get("number"))}
	}
}

func (d *decoded) graphIssue(it *item, v gjson.Result) {
	r := &it.r
	r.Type = fact.Type{Name: "Issue"}
	if t := v.Get("issueType"); t.IsObject() {
		r.Type = fact.Type{ID: plainID(t.Get("id").String()), Name: t.Get("name").String()}
	}
	it.reason = strings.ToLower(v.Get("reason").String())
	if it.reason == "" {
		it.reason = strings.ToLower(v.Get("stateReason").String())
	}
	r.Children = count(v.Get("subIssuesSummary.total"))
	r.Parent = graphRef(v.Get("parent")).Ref
}

func (d *decoded) graphPull(it *item, v gjson.Result) {
	r := &it.r
	r.Type = fact.Type{Name: "Pull request"}
	it.branch = v.Get("headRefName").String()
	it.draft = v.Get("isDraft").Bool()
	r.Pull.Merged = instant(v.Get("mergedAt"))
	if v.Get("changedFiles").Type == gjson.Number {
		r.Pull.Sized = true
		r.Pull.Added, r.Pull.Deleted, r.Pull.Files = count(v.Get("additions")), count(v.Get("deletions")), count(v.Get("changedFiles"))
	}
	if n := v.Get("totalCommentsCount"); n.Type == gjson.Number {
		it.comment = count(n)
	}
}

// graphRef reads the other end of a relation.
func graphRef(v gjson.Result) reference {
	node := v.Get("id").String()
	if !v.IsObject() || node == "" {
		return reference{}
	}
	ref := reference{node: node, Ref: fact.Ref{ID: recordIDOf(classOf(v), node)}}
	if repo, number := v.Get("repository.nameWithOwner").String(), digitsOf(v.Get("number")); repo != "" && number != "" {
		ref.Key = repo + "#" + number
	}
	return ref
}

// graphMore reads further pages of an item's lists: what the node of an answer
// to [asks.further] holds.
func (d *decoded) graphMore(it *item, v gjson.Result) {
	for _, l := range listsOf(it.r.Class) {
		list := v.Get(l.name)
		if !list.IsObject() {
			continue
		}
		kept := it.rest[:0]
		for _, r := range it.rest {
			if r.list != l.name {
				kept = append(kept, r)
			}
		}
		it.rest = kept
		d.graphList(it, l.name, list)
	}
}

// has reports whether a list is known to go on.
func (it *item) has(list string) bool {
	for _, r := range it.rest {
		if r.list == list {
			return true
		}
	}
	return false
}

// graphList reads one page of one list of an item.
func (d *decoded) graphList(it *item, name string, list gjson.Result) {
	if list.Get("pageInfo.hasNextPage").Bool() {
		it.rest = append(it.rest, further{name, list.Get("pageInfo.endCursor").String()})
	}
	nodes := list.Get("nodes").Array()
	if name == listTimeline {
		it.told = true
		it.total = count(list.Get("totalCount"))
		it.holes = it.holes || !list.Get("nodes").IsArray() || slices.ContainsFunc(nodes, isNull)
		it.cut = it.has(listTimeline) || it.holes
	}
	for _, n := range nodes {
		if isNull(n) && !slices.Contains(referredLists, name) {
			continue
		}
		d.graphElement(it, name, n)
	}
}

// isNull reports an element that is hidden.
func isNull(v gjson.Result) bool { return v.Type == gjson.Null }

func (d *decoded) graphElement(it *item, list string, v gjson.Result) {
	r := &it.r
	switch list {
	case listTimeline:
		it.have++
		d.graphEvent(it, v)
	case listAssignees:
		if r.Assignee == 0 {
			r.Assignee = d.actor(r.Site, v)
		}
	case listLabels:
		r.Labels = append(r.Labels, v.Get("name").String())
	case listBlockedBy:
		it.blocked(graphRef(v).Ref, phraseBlocked)
	case listBlocking:
		it.blocked(graphRef(v).Ref, phraseBlocks)
	case listClosedBy:
		it.closes(graphRef(v).Ref, phraseClosed)
	case listCloses:
		it.closes(graphRef(v).Ref, phraseCloses)
	case listFiles:
		it.path(v.Get("path").String(), v)
	case listProjects:
		if status := v.Get("fieldValueByName.name").String(); status != "" && !v.Get("isArchived").Bool() {
			r.Columns = append(r.Columns, fact.Named{ID: plainID(v.Get("project.id").String()), Name: status})
		}
	case listIssueFields:
		it.field(v.Get("field.name").String(), fact.Named{Name: v.Get("name").String()})
	}
}

// graphMilestone keeps a milestone.
func (d *decoded) graphMilestone(v gjson.Result, outer fact.Project) {
	it := newItem(fact.ClassMilestone)
	it.r.ID = recordIDOf(it.r.Class, v.Get("id").String())
	d.graphCommon(it, v, outer)
	r := it.r
	r.Type = fact.Type{Name: "Milestone"}
	r.Due = day(v.Get("dueOn"))
	r.Creator = d.actor(r.Site, v.Get("creator"))
	d.milestone(r, v.Get("state").String(), false)
}

// graphNames are the names that REST gives to what GraphQL calls otherwise.
var graphNames = map[string]string{
	"ClosedEvent": "closed", "ReopenedEvent": "reopened", "MergedEvent": "merged",
	"ConvertToDraftEvent": "convert_to_draft", "ReadyForReviewEvent": "ready_for_review",
	"AssignedEvent": "assigned", "UnassignedEvent": "unassigned", "LabeledEvent": "labeled", "UnlabeledEvent": "unlabeled",
	"MilestonedEvent": "milestoned", "DemilestonedEvent": "demilestoned", "ConnectedEvent": "connected", "DisconnectedEvent": "disconnected",
	"TransferredEvent": "transferred", "ReferencedEvent": "referenced", "RenamedTitleEvent": "renamed",
	"ParentIssueAddedEvent": "parent_issue_added", "ParentIssueRemovedEvent": "parent_issue_removed",
	"IssueTypeAddedEvent": "issue_type_added", "IssueTypeRemovedEvent": "issue_type_removed", "IssueTypeChangedEvent": "issue_type_changed",
	"BlockedByAddedEvent": "blocked_by_added", "BlockedByRemovedEvent": "blocked_by_removed",
	"BlockingAddedEvent": "blocking_added", "BlockingRemovedEvent": "blocking_removed",
	"AddedToProjectV2Event": "added_to_project_v2", "RemovedFromProjectV2Event": "removed_from_project_v2",
	"ProjectV2ItemStatusChangedEvent": "project_v2_item_status_changed",
	"MentionedEvent":                  "mentioned", "SubscribedEvent": "subscribed", "UnsubscribedEvent": "unsubscribed",
}

// graphName is the name of an event as REST has it: LockedEvent is "locked".
func graphName(typ string) string {
	if name, ok := graphNames[typ]; ok {
		return name
	}
	var out strings.Builder
	for i, c := range strings.TrimSuffix(typ, "Event") {
		if c >= 'A' && c <= 'Z' {
			if c += 'a' - 'A'; i > 0 {
				out.WriteByte('_')
			}
		}
		out.WriteRune(c)
	}
	return out.String()
}

// graphEvent reads one entry of a timeline.
func (d *decoded) graphEvent(it *item, v gjson.Result) {
	site := it.r.Site
	typ := v.Get("__typename").String()
	if typ == "" {
		typ = v.Get("eventType").String() // how others' queries name it
	}
	id := plainID(v.Get("id").String())
	switch typ {
	case "IssueComment":
		at, by := instant(v.Get("createdAt")), d.actor(site, v.Get("author"))
		it.act(fact.Involvement{ID: it.named("c", id, fact.ActComment, at, by), Act: fact.ActComment, At: at, By: by, Length: length(v.Get("body"))})
		return
	case "PullRequestReview":
		d.graphReview(it, v, id)
		return
	case "PullRequestCommit":
		d.graphCommit(it, v.Get("commit"))
		return
	}
	e := event{name: graphName(typ), id: id, at: instant(v.Get("createdAt")), by: d.actor(site, v.Get("actor")), reason: strings.ToLower(v.Get("stateReason").String())}
	switch {
	case typ == "", id == "", nothing[e.name]:
	case e.name == "referenced":
		hash := v.Get("by.oid")
		if !hash.Exists() {
			hash = v.Get("commit.oid")
		}
		it.act(fact.Involvement{ID: shortHash(hash.String()), Act: fact.ActCommit, At: e.at, By: e.by})
	default:
		d.graphChange(it, &e, v)
		it.event(e)
	}
}

func (d *decoded) graphReview(it *item, v gjson.Result, id string) {
	if strings.EqualFold(v.Get("state").String(), "pending") {
		return
	}
	at := instant(v.Get("submittedAt"))
	if at == 0 {
		at = instant(v.Get("createdAt"))
	}
	by := d.actor(it.r.Site, v.Get("author"))
	it.act(fact.Involvement{ID: it.named("r", id, fact.ActReview, at, by), Act: fact.ActReview, At: at, By: by})
}

func (d *decoded) graphCommit(it *item, v gjson.Result) {
	author := graphAccount(v.Get("author.user"))
	author.mail = v.Get("author.email").String() // GitHub knows whose it is, or nobody does
	by := d.who(it.r.Site, author)
	if hash := v.Get("oid").String(); hash != "" {
		it.commit(hash, instant(v.Get("authoredDate")), by)
	}
}

// graphChange fills in what an event changed.
func (d *decoded) graphChange(it *item, e *event, v gjson.Result) {
	var side fact.Value
	switch e.kind = kindsOfEvents[e.name]; e.kind {
	case fact.KindAssignee:
		side.Person = d.actor(it.r.Site, v.Get("assignee"))
	case fact.KindLabel:
		side.Text = v.Get("label.name").String()
	case fact.KindMilestone:
		side.Text = v.Get("milestoneTitle").String()
	case fact.KindParent:
		ref := graphRef(v.Get("parent"))
		side = fact.Value{ID: ref.ID, Text: ref.Key}
	case fact.KindLink:
		side = it.graphLink(v)
	case fact.KindType:
		e.to, e.from = graphType(v.Get("issueType")), graphType(v.Get("prevIssueType"))
		if e.name == "issue_type_removed" {
			e.from, e.to = e.to, fact.Value{}
		}
	case fact.KindProject:
		from := graphRepository(v.Get("fromRepository"), fact.Project{})
		e.from = fact.Value{ID: from.ID, Text: from.Key}
		return
	default:
		d.graphColumn(e, v)
		return
	}
	switch {
	case e.kind == fact.KindType && (!e.from.IsZero() || !e.to.IsZero()):
	case side.IsZero() && e.kind != fact.KindAssignee:
		e.kind = fact.KindOther // what it speaks of is gone, or hidden
	case removes(e.name):
		e.from = side
	default:
		e.to = side
	}
}

// graphLink reads the other end of a relation that was made or taken away.
func (it *item) graphLink(v gjson.Result) fact.Value {
	for _, end := range []struct{ path, phrase string }{{"blockingIssue", phraseBlocked}, {"blockedIssue", phraseBlocks}} {
		if ref := graphRef(v.Get(end.path)); ref.Key != "" {
			return fact.Value{ID: ref.Key, Text: end.phrase}
		}
	}
	for _, path := range []string{"source", "subject"} {
		ref := graphRef(v.Get(path))
		if ref.Key == "" || ref.node == it.node {
			continue
		}
		phrase := phraseClosed
		if it.r.Class == fact.ClassPull {
			phrase = phraseCloses
		}
		return fact.Value{ID: ref.Key, Text: phrase}
	}
	return fact.Value{}
}

func graphType(v gjson.Result) fact.Value {
	if !v.IsObject() {
		return fact.Value{}
	}
	return fact.Value{ID: plainID(v.Get("id").String()), Text: v.Get("name").String()}
}

// graphColumn reads what happened on a project's board.
func (d *decoded) graphColumn(e *event, v gjson.Result) {
	project := plainID(v.Get("project.id").String())
	if project == "" {
		return
	}
	switch e.name {
	case "added_to_project_v2":
		e.kind, e.to = fact.KindColumn, fact.Value{ID: project}
	case "removed_from_project_v2":
		e.kind, e.from = fact.KindColumn, fact.Value{ID: project}
	case "project_v2_item_status_changed":
		e.kind = fact.KindColumn
		e.from = fact.Value{ID: project, Text: v.Get("previousStatus").String()}
		e.to = fact.Value{ID: project, Text: v.Get("status").String()}
	}
}
