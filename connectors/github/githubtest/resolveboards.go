package githubtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Access says what a token may do with projects.
type Access int

// The ways to be without boards: tokens with fine-grained permissions get what
// they may see, with an error for each thing they may not; classic ones are
// refused outright.
const (
	AllProjects Access = iota
	NoProjects         // a fine-grained token without permission for projects
	NoScope            // a classic token without read:project
)

// boardFields are the fields that a classic token needs a scope for.
var boardFields = []string{"projectItems", "projectsV2", "projectV2"}

// boardItems are the values of itemTypes that do so.
var boardItems = []string{"ADDED_TO_PROJECT_V2_EVENT", "REMOVED_FROM_PROJECT_V2_EVENT", "PROJECT_V2_ITEM_STATUS_CHANGED_EVENT", "CONVERTED_FROM_DRAFT_EVENT"}

// scope refuses a field that a classic token has no scope for.
func (x *exec) scope(sel *ast.Field) (problem, bool) {
	asks := slices.Contains(boardFields, sel.Name)
	for _, v := range args(x.arguments(sel)).texts("itemTypes") {
		asks = asks || slices.Contains(boardItems, v)
	}
	if x.opts.Projects != NoScope || !asks {
		return problem{}, false
	}
	return problem{
		Type: "INSUFFICIENT_SCOPES", Locations: placeOf(sel.Position),
		Message: fmt.Sprintf("Your token has not been granted the required scopes to execute this query. The '%s' field requires one of the following scopes: ['read:project'], but your token has only been granted the: ['repo'] scopes. Please modify your token's scopes at: %s/settings/tokens.", sel.Name, x.web),
	}, true
}

// forbidden stands for what the token has no permission for.
func (x *exec) forbidden() failure {
	return failure{"FORBIDDEN", "Resource not accessible by personal access token", map[string]any{"saml_failure": false}}
}

// cards are the places of an item on boards; without permission, that there are
// such.
func (x *exec) cards(it *item) []any {
	out := make([]any, len(it.cards))
	for i, c := range it.cards {
		out[i] = c
		if x.opts.Projects == NoProjects {
			out[i] = x.forbidden()
		}
	}
	return out
}

func (x *exec) projects(list []*project, a args) any {
	if x.opts.Projects == NoProjects {
		list = nil
	}
	return pageOf("ProjectV2Connection", inOrder(list), false, a)
}

func (x *exec) project(o *owner, a args) any {
	if x.opts.Projects == NoProjects {
		return x.forbidden()
	}
	n, _ := a.number("number")
	for _, p := range x.w.projectsOf(o) {
		if p.number == n {
			return p
		}
	}
	return failure{kind: "NOT_FOUND", message: fmt.Sprintf("Could not resolve to a ProjectV2 with the number %d.", n)}
}

func (p *project) below() string {
	if p.owner.user != nil {
		return fmt.Sprintf("/users/%s/projects/%d", p.owner.login, p.number)
	}
	return fmt.Sprintf("/orgs/%s/projects/%d", p.owner.login, p.number)
}

func boardTypes() {
	types["ProjectV2"] = map[string]field{
		"id": nodeField[*project](), "databaseId": scalar(func(_ *exec, p *project) any { return p.id }),
		"fullDatabaseId": scalar(func(_ *exec, p *project) any { return itoa(p.id) }),
		"number":         scalar(func(_ *exec, p *project) any { return p.number }),
		"title":          scalar(func(_ *exec, p *project) any { return p.title }),
		"closed":         scalar(func(*exec, *project) any { return false }),
		"closedAt":       scalar(func(*exec, *project) any { return nil }),
		"public":         scalar(func(*exec, *project) any { return false }),
		"createdAt":      scalar(func(_ *exec, p *project) any { return p.created }),
		"updatedAt":      scalar(func(_ *exec, p *project) any { return p.created }),
		"owner":          link("ProjectV2Owner", func(_ *exec, p *project, _ args) any { return p.owner.actor() }),
		"url":            scalar(func(x *exec, p *project) any { return x.web + p.below() }),
		"resourcePath":   scalar(func(_ *exec, p *project) any { return p.below() }),
		"items": list("ProjectV2ItemConnection", func(_ *exec, p *project, a args) any {
			return pageOf("ProjectV2ItemConnection", inOrder(p.cards), false, a)
		}),
		"fields": list("ProjectV2FieldConfigurationConnection", func(_ *exec, p *project, a args) any {
			return pageOf("ProjectV2FieldConfigurationConnection", inOrder([]statusField{{p}}), false, a)
		}),
		"field": link("ProjectV2FieldConfiguration", func(_ *exec, p *project, a args) any {
			if a.text("name") == "Status" {
				return statusField{p}
			}
			return nil
		}),
	}
	types["ProjectV2Item"] = map[string]field{
		"id": nodeField[*card](), "databaseId": scalar(func(_ *exec, c *card) any { return c.id }),
		"fullDatabaseId": scalar(func(_ *exec, c *card) any { return itoa(c.id) }),
		"isArchived":     scalar(func(*exec, *card) any { return false }),
		"createdAt":      scalar(func(_ *exec, c *card) any { return c.created }),
		"updatedAt":      scalar(func(_ *exec, c *card) any { return c.updated }),
		"creator":        link("Actor", func(_ *exec, c *card, _ args) any { return shown(c.by) }),
		"project":        link("ProjectV2", func(_ *exec, c *card, _ args) any { return c.project }),
		"content":        link("ProjectV2ItemContent", func(_ *exec, c *card, _ args) any { return visible(c.item) }),
		"type": scalar(func(_ *exec, c *card) any {
			if c.item.pull != nil {
				return "PULL_REQUEST"
			}
			return "ISSUE"
		}),
		"fieldValueByName": link("ProjectV2ItemFieldValue", func(_ *exec, c *card, a args) any {
			if a.text("name") != "Status" || c.status == "" {
				return nil
			}
			return statusValue{c}
		}),
		"fieldValues": list("ProjectV2ItemFieldValueConnection", func(_ *exec, c *card, a args) any {
			var out []statusValue
			if c.status != "" {
				out = append(out, statusValue{c})
			}
			return pageOf("ProjectV2ItemFieldValueConnection", inOrder(out), false, a)
		}),
	}
	types["ProjectV2SingleSelectField"] = map[string]field{
		"id":         scalar(func(_ *exec, f statusField) any { return nodeID("PVTSSF", f.p.owner.id, f.p.id, f.p.id+1) }),
		"databaseId": scalar(func(_ *exec, f statusField) any { return f.p.id + 1 }),
		"name":       scalar(func(*exec, statusField) any { return "Status" }),
		"dataType":   scalar(func(*exec, statusField) any { return "SINGLE_SELECT" }),
		"project":    link("ProjectV2", func(_ *exec, f statusField, _ args) any { return f.p }),
		"options": link("ProjectV2SingleSelectFieldOption", func(_ *exec, f statusField, _ args) any {
			out := make([]any, len(f.p.statuses))
			for i, s := range f.p.statuses {
				out[i] = option{f.p, s}
			}
			return out
		}),
	}
	types["ProjectV2SingleSelectFieldOption"] = map[string]field{
		"id":          scalar(func(_ *exec, o option) any { return hash(o.p.id, o.name)[:8] }),
		"name":        scalar(func(_ *exec, o option) any { return o.name }),
		"description": scalar(func(*exec, option) any { return "" }),
		"color":       scalar(func(*exec, option) any { return "GRAY" }),
	}
	types["ProjectV2ItemFieldSingleSelectValue"] = map[string]field{
		"id": scalar(func(_ *exec, v statusValue) any {
			return nodeID("PVTFSV", v.c.project.owner.id, v.c.project.id, v.c.id)
		}),
		"name":      scalar(func(_ *exec, v statusValue) any { return v.c.status }),
		"optionId":  scalar(func(_ *exec, v statusValue) any { return hash(v.c.project.id, v.c.status)[:8] }),
		"color":     scalar(func(*exec, statusValue) any { return "GRAY" }),
		"createdAt": scalar(func(_ *exec, v statusValue) any { return v.c.created }),
		"updatedAt": scalar(func(_ *exec, v statusValue) any { return v.c.updated }),
		"field":     link("ProjectV2FieldConfiguration", func(_ *exec, v statusValue, _ args) any { return statusField{v.c.project} }),
		"item":      link("ProjectV2Item", func(_ *exec, v statusValue, _ args) any { return v.c }),
	}
}

// timeline answers what happened to an item, in order, of the kinds asked for.
func (x *exec) timeline(it *item, a args) any {
	want, since := a.texts("itemTypes"), a.time("since")
	var out []entry
	all := 0
	for i, e := range it.timeline {
		k := kinds[e.kind]
		if k.item == "" || it.pull == nil && pullOnly[e.kind] || onBoard(e.kind) && x.opts.NoBoardEvents {
			continue
		}
		all++
		if len(want) > 0 && !slices.Contains(want, k.item) || e.at.Before(since) {
			continue
		}
		var o any = e
		if onBoard(e.kind) && x.opts.Projects == NoProjects {
			o = x.forbidden()
		}
		out = append(out, entry{pageMark{e.at.UnixMilli(), int64(i)}, o})
	}
	typ := typeOf(it) + "TimelineItemsConnection"
	v := pageOf(typ, out, false, a)
	if c, ok := v.(*conn); ok {
		c.all, c.updated = all, it.updated
	}
	return v
}

// timelineTypes are the types of what happens. Nearly all have the same few
// members, and something of their own.
func timelineTypes() {
	for _, k := range kinds {
		types[k.typ] = map[string]field{
			"id": nodeField[*event](), "createdAt": scalar(func(_ *exec, e *event) any { return e.at }),
			"actor": link("Actor", func(_ *exec, e *event, _ args) any { return shown(e.by) }),
		}
	}
	of := func(kind, name string, f field) { types[kinds[kind].typ][name] = f }
	item := func(typ string) field {
		return link(typ, func(_ *exec, e *event, _ args) any { return visible(e.other) })
	}
	self := func(typ string) field { return link(typ, func(_ *exec, e *event, _ args) any { return e.item }) }
	for _, kind := range []string{"closed", "reopened"} {
		of(kind, "closable", self("Closable"))
		of(kind, "stateReason", scalar(func(_ *exec, e *event) any { return reasonOf(e.reason, true) }))
	}
	of("closed", "closer", item("Closer"))
	of("closed", "duplicateOf", item("IssueOrPullRequest"))
	of("closed", "url", scalar(func(x *exec, e *event) any { return itemURL(x.web, e.item) + "#event-" + itoa(e.id) }))
	of("merged", "pullRequest", self("PullRequest"))
	of("merged", "mergeRefName", scalar(func(_ *exec, e *event) any { return e.item.pull.base }))
	of("merged", "commit", link("Commit", func(*exec, *event, args) any { return nil }))
	for _, kind := range []string{"convert_to_draft", "ready_for_review", "review_requested", "review_request_removed", "head_ref_deleted", "head_ref_force_pushed"} {
		of(kind, "pullRequest", self("PullRequest"))
	}
	for _, kind := range []string{"assigned", "unassigned"} {
		of(kind, "assignable", self("Assignable"))
		of(kind, "assignee", link("Assignee", func(_ *exec, e *event, _ args) any { return shown(e.who) }))
		of(kind, "user", link("User", func(_ *exec, e *event, _ args) any {
			if u := shown(e.who); u != nil && !u.bot() {
				return u
			}
			return nil
		}))
	}
	for _, kind := range []string{"review_requested", "review_request_removed"} {
		of(kind, "requestedReviewer", link("RequestedReviewer", func(_ *exec, e *event, _ args) any { return shown(e.who) }))
	}
	for _, kind := range []string{"labeled", "unlabeled"} {
		of(kind, "labelable", self("Labelable"))
		of(kind, "label", link("Label", func(_ *exec, e *event, _ args) any { return e.label }))
	}
	for _, kind := range []string{"milestoned", "demilestoned"} {
		of(kind, "milestoneTitle", scalar(func(_ *exec, e *event) any { return e.title }))
		of(kind, "subject", self("MilestoneItem"))
	}
	of("renamed", "previousTitle", scalar(func(_ *exec, e *event) any { return e.was }))
	of("renamed", "currentTitle", scalar(func(_ *exec, e *event) any { return e.title }))
	of("renamed", "subject", self("RenamedTitleSubject"))
	for _, kind := range []string{"locked", "unlocked"} {
		of(kind, "lockable", self("Lockable"))
	}
	of("locked", "lockReason", scalar(func(*exec, *event) any { return nil }))
	for _, kind := range []string{"parent_issue_added", "parent_issue_removed"} {
		of(kind, "parent", item("Issue"))
	}
	for _, kind := range []string{"sub_issue_added", "sub_issue_removed"} {
		of(kind, "subIssue", item("Issue"))
	}
	for _, kind := range []string{"blocked_by_added", "blocked_by_removed"} {
		of(kind, "blockingIssue", item("Issue"))
	}
	for _, kind := range []string{"blocking_added", "blocking_removed"} {
		of(kind, "blockedIssue", item("Issue"))
	}
	for _, kind := range []string{"issue_type_added", "issue_type_changed", "issue_type_removed"} {
		of(kind, "issueType", link("IssueType", func(_ *exec, e *event, _ args) any {
			if e.typ == nil {
				return e.prev
			}
			return e.typ
		}))
	}
	of("issue_type_changed", "prevIssueType", link("IssueType", func(_ *exec, e *event, _ args) any { return e.prev }))
	for _, kind := range []string{"connected", "disconnected"} {
		of(kind, "source", self("ReferencedSubject"))
		of(kind, "subject", link("ReferencedSubject", func(_ *exec, e *event, _ args) any { return e.other }))
		of(kind, "isCrossRepository", scalar(func(_ *exec, e *event) any { return e.other.repo != e.item.repo }))
	}
	of("cross-referenced", "source", link("ReferencedSubject", func(_ *exec, e *event, _ args) any { return e.other }))
	of("cross-referenced", "target", self("ReferencedSubject"))
	of("cross-referenced", "isCrossRepository", scalar(func(_ *exec, e *event) any { return e.other.repo != e.item.repo }))
	of("cross-referenced", "willCloseTarget", scalar(func(_ *exec, e *event) any { return e.closes }))
	of("cross-referenced", "referencedAt", scalar(func(_ *exec, e *event) any { return e.at }))
	of("referenced", "commit", link("Commit", func(_ *exec, e *event, _ args) any { return e.commit }))
	of("referenced", "commitRepository", link("Repository", func(_ *exec, e *event, _ args) any { return e.commit.repo }))
	of("referenced", "isCrossRepository", scalar(func(_ *exec, e *event) any { return e.commit.repo != e.item.repo }))
	of("referenced", "isDirectReference", scalar(func(*exec, *event) any { return true }))
	of("referenced", "subject", self("ReferencedSubject"))
	of("transferred", "fromRepository", link("Repository", func(_ *exec, e *event, _ args) any {
		if !e.from.readable() {
			return nil
		}
		return e.from
	}))
	of("transferred", "issue", self("Issue"))
	of("marked_as_duplicate", "canonical", item("IssueOrPullRequest"))
	of("marked_as_duplicate", "duplicate", self("IssueOrPullRequest"))
	of("marked_as_duplicate", "isCrossRepository", scalar(func(_ *exec, e *event) any { return e.other != nil && e.other.repo != e.item.repo }))
	of("pinned", "issue", self("Issue"))
	for _, kind := range []string{"added_to_project_v2", "removed_from_project_v2", "project_v2_item_status_changed"} {
		of(kind, "project", link("ProjectV2", func(_ *exec, e *event, _ args) any { return e.project }))
		of(kind, "wasAutomated", scalar(func(_ *exec, e *event) any { return e.by != nil && e.by.bot() }))
	}
	of("project_v2_item_status_changed", "previousStatus", scalar(func(_ *exec, e *event) any { return e.prevStatus }))
	of("project_v2_item_status_changed", "status", scalar(func(_ *exec, e *event) any { return e.status }))
	texts(of)
	types["PullRequestCommit"] = map[string]field{
		"id": nodeField[*event](), "commit": link("Commit", func(_ *exec, e *event, _ args) any { return e.commit }),
		"pullRequest": self("PullRequest"),
		"url":         scalar(func(x *exec, e *event) any { return itemURL(x.web, e.item) + "/commits/" + e.commit.sha }),
	}
}

// texts are what people write: comments, reviews, comments on lines.
func texts(of func(kind, name string, f field)) {
	for _, kind := range []string{"commented", "reviewed", "line-commented"} {
		delete(types[kinds[kind].typ], "actor")
		of(kind, "databaseId", scalar(func(_ *exec, e *event) any { return e.id }))
		of(kind, "fullDatabaseId", scalar(func(_ *exec, e *event) any { return itoa(e.id) }))
		of(kind, "author", link("Actor", func(_ *exec, e *event, _ args) any { return shown(e.by) }))
		of(kind, "authorAssociation", scalar(func(*exec, *event) any { return "MEMBER" }))
		of(kind, "body", scalar(func(_ *exec, e *event) any { return e.text }))
		of(kind, "bodyText", scalar(func(_ *exec, e *event) any { return e.text }))
		of(kind, "updatedAt", scalar(func(_ *exec, e *event) any { return e.at }))
		of(kind, "publishedAt", scalar(func(_ *exec, e *event) any { return e.at }))
		of(kind, "lastEditedAt", scalar(func(*exec, *event) any { return nil }))
		of(kind, "repository", link("Repository", func(_ *exec, e *event, _ args) any { return e.item.repo }))
		of(kind, "url", scalar(func(x *exec, e *event) any { return itemURL(x.web, e.item) + e.anchor() }))
		of(kind, "resourcePath", scalar(func(_ *exec, e *event) any { return e.item.below() + e.anchor() }))
	}
	of("commented", "issue", link("Issue", func(_ *exec, e *event, _ args) any { return e.item }))
	of("reviewed", "pullRequest", link("PullRequest", func(_ *exec, e *event, _ args) any { return e.item }))
	of("reviewed", "state", scalar(func(_ *exec, e *event) any { return strings.ToUpper(e.status) }))
	of("reviewed", "submittedAt", scalar(func(_ *exec, e *event) any { return e.at }))
	of("reviewed", "comments", list("PullRequestReviewCommentConnection", func(_ *exec, e *event, a args) any {
		return pageOf("PullRequestReviewCommentConnection", byTime(e.lines()), false, a)
	}))
	of("line-commented", "pullRequest", link("PullRequest", func(_ *exec, e *event, _ args) any { return e.item }))
	of("line-commented", "path", scalar(func(_ *exec, e *event) any { return e.path }))
}

// lines are the comments on lines that belong to a review.
func (e *event) lines() []*event {
	var out []*event
	for _, l := range e.item.acts("line-commented") {
		if l.review == e {
			out = append(out, l)
		}
	}
	return out
}

func (e *event) anchor() string {
	return map[string]string{"commented": "#issuecomment-", "reviewed": "#pullrequestreview-", "line-commented": "#discussion_r"}[e.kind] + itoa(e.id)
}
