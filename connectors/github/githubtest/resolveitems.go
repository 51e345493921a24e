package githubtest

import (
	"strings"
)

// common are the fields that issues and pull requests have both.
func common() map[string]field {
	return map[string]field{
		"id": nodeField[*item](), "databaseId": scalar(func(_ *exec, it *item) any { return it.id }),
		"fullDatabaseId":    scalar(func(_ *exec, it *item) any { return itoa(it.id) }),
		"number":            scalar(func(_ *exec, it *item) any { return it.number }),
		"title":             scalar(func(_ *exec, it *item) any { return it.title }),
		"body":              scalar(func(_ *exec, it *item) any { return it.body }),
		"bodyText":          scalar(func(_ *exec, it *item) any { return it.body }),
		"url":               scalar(func(x *exec, it *item) any { return itemURL(x.web, it) }),
		"resourcePath":      scalar(func(_ *exec, it *item) any { return it.below() }),
		"state":             scalar(func(_ *exec, it *item) any { return state(it) }),
		"closed":            scalar(func(_ *exec, it *item) any { return it.isClosed() }),
		"locked":            scalar(func(_ *exec, it *item) any { return it.locked }),
		"createdAt":         scalar(func(_ *exec, it *item) any { return it.created }),
		"updatedAt":         scalar(func(_ *exec, it *item) any { return it.updated }),
		"closedAt":          scalar(func(_ *exec, it *item) any { return it.closed }),
		"publishedAt":       scalar(func(_ *exec, it *item) any { return it.created }),
		"author":            link("Actor", func(_ *exec, it *item, _ args) any { return shown(it.by) }),
		"authorAssociation": scalar(func(*exec, *item) any { return "MEMBER" }),
		"repository":        link("Repository", func(_ *exec, it *item, _ args) any { return it.repo }),
		"milestone":         link("Milestone", func(_ *exec, it *item, _ args) any { return it.milestone }),
		"assignees": list("UserConnection", func(_ *exec, it *item, a args) any {
			return pageOf("UserConnection", inOrder(present(it.assignees)), false, a)
		}),
		"assignedActors": list("AssigneeConnection", func(_ *exec, it *item, a args) any {
			return pageOf("AssigneeConnection", inOrder(present(it.assignees)), false, a)
		}),
		"participants": list("UserConnection", func(_ *exec, it *item, a args) any {
			return pageOf("UserConnection", inOrder(it.participants()), false, a)
		}),
		"labels": list("LabelConnection", func(_ *exec, it *item, a args) any {
			return pageOf("LabelConnection", inOrder(it.labels), false, a)
		}),
		"comments": list("IssueCommentConnection", func(_ *exec, it *item, a args) any {
			return pageOf("IssueCommentConnection", byTime(it.acts("commented")), false, a)
		}),
		"projectItems": list("ProjectV2ItemConnection", func(x *exec, it *item, a args) any {
			return pageOf("ProjectV2ItemConnection", inOrder(x.cards(it)), false, a)
		}),
	}
}

func present(users []*user) []*user {
	var out []*user
	for _, u := range users {
		if shown(u) != nil {
			out = append(out, u)
		}
	}
	return out
}

func (it *item) participants() []*user {
	var out []*user
	seen := map[*user]bool{}
	add := func(u *user) {
		if shown(u) != nil && !u.bot() && !seen[u] {
			seen[u] = true
			out = append(out, u)
		}
	}
	add(it.by)
	for _, e := range it.timeline {
		add(e.by)
	}
	return out
}

// byTime orders events by when they happened.
func byTime(events []*event) []entry {
	out := make([]entry, len(events))
	for i, e := range events {
		out[i] = entry{pageMark{e.at.UnixMilli(), int64(i)}, e}
	}
	return out
}

func issueTypes() {
	issue := common()
	issue["stateReason"] = scalar(func(_ *exec, it *item) any { return nil })
	issue["stateReason"] = field{get: func(_ *exec, o any, a args) any { return reasonOf(o.(*item).reason, a.flag("enableDuplicate")) }}
	issue["issueType"] = link("IssueType", func(_ *exec, it *item, _ args) any { return it.typ })
	issue["parent"] = link("Issue", func(_ *exec, it *item, _ args) any { return visible(it.parent) })
	issue["subIssues"] = list("IssueConnection", func(_ *exec, it *item, a args) any { return related(it.children, a) })
	issue["blockedBy"] = list("IssueConnection", func(_ *exec, it *item, a args) any { return related(it.blockedBy, a) })
	issue["blocking"] = list("IssueConnection", func(_ *exec, it *item, a args) any { return related(it.blocking, a) })
	issue["subIssuesSummary"] = link("SubIssuesSummary", func(_ *exec, it *item, _ args) any { return it.subCounts() })
	issue["issueDependenciesSummary"] = link("IssueDependenciesSummary", func(_ *exec, it *item, _ args) any { return it.depCounts() })
	issue["closedByPullRequestsReferences"] = list("PullRequestConnection", func(_ *exec, it *item, a args) any {
		var out []*item
		for _, p := range it.closers {
			if p.readable() && (a.flag("includeClosedPrs") || !p.isClosed() || !p.pull.merged.IsZero()) {
				out = append(out, p)
			}
		}
		return pageOf("PullRequestConnection", inOrder(out), false, a)
	})
	issue["timelineItems"] = list("IssueTimelineItemsConnection", func(x *exec, it *item, a args) any { return x.timeline(it, a) })
	issue["issueFieldValues"] = list("IssueFieldValueConnection", func(_ *exec, it *item, a args) any {
		out := make([]valueOfItem, len(it.fields))
		for i, f := range it.fields {
			out[i] = valueOfItem{it, f}
		}
		return pageOf("IssueFieldValueConnection", inOrder(out), false, a)
	})
	types["Issue"] = issue
	types["SubIssuesSummary"] = map[string]field{
		"total":            scalar(func(_ *exec, c subCounts) any { return c.total }),
		"completed":        scalar(func(_ *exec, c subCounts) any { return c.done }),
		"percentCompleted": scalar(func(_ *exec, c subCounts) any { return 100 * c.done / max(1, c.total) }),
	}
	types["IssueDependenciesSummary"] = map[string]field{
		"blockedBy":      scalar(func(_ *exec, c depCounts) any { return c.blockedBy }),
		"blocking":       scalar(func(_ *exec, c depCounts) any { return c.blocking }),
		"totalBlockedBy": scalar(func(_ *exec, c depCounts) any { return c.allBlockedBy }),
		"totalBlocking":  scalar(func(_ *exec, c depCounts) any { return c.allBlocking }),
	}
}

// reasonOf is how GraphQL calls a reason. That something is a duplicate it says
// only if it is asked to.
func reasonOf(reason string, duplicates bool) any {
	switch {
	case reason == "":
		return nil
	case reason == "duplicate" && !duplicates:
		return "NOT_PLANNED"
	}
	return strings.ToUpper(reason)
}

// visible is an item, unless the token does not see it.
func visible(it *item) any {
	if !it.readable() {
		return nil
	}
	return it
}

// related is a list of issues, with nothing in the place of those that the token
// does not see: they count.
func related(items []*item, a args) any {
	out := make([]entry, len(items))
	for i, it := range items {
		out[i] = entry{pageMark{int64(i), 0}, visible(it)}
	}
	return pageOf("IssueConnection", out, false, a)
}

func (it *item) subCounts() subCounts {
	c := subCounts{total: len(it.children)}
	for _, child := range it.children {
		if child.isClosed() {
			c.done++
		}
	}
	return c
}

func (it *item) depCounts() depCounts {
	c := depCounts{allBlockedBy: len(it.blockedBy), allBlocking: len(it.blocking)}
	for _, b := range it.blockedBy {
		if !b.isClosed() {
			c.blockedBy++
		}
	}
	for _, b := range it.blocking {
		if !b.isClosed() {
			c.blocking++
		}
	}
	return c
}

func pullType() {
	p := common()
	p["isDraft"] = scalar(func(_ *exec, it *item) any { return it.pull.draft })
	p["merged"] = scalar(func(_ *exec, it *item) any { return !it.pull.merged.IsZero() })
	p["mergedAt"] = scalar(func(_ *exec, it *item) any { return it.pull.merged })
	p["mergedBy"] = link("Actor", func(_ *exec, it *item, _ args) any { return shown(it.pull.mergedBy) })
	p["additions"] = scalar(func(_ *exec, it *item) any { return it.pull.added })
	p["deletions"] = scalar(func(_ *exec, it *item) any { return it.pull.deleted })
	p["changedFiles"] = scalar(func(_ *exec, it *item) any { return it.pull.changed })
	p["headRefName"] = scalar(func(_ *exec, it *item) any { return it.pull.branch })
	p["baseRefName"] = scalar(func(_ *exec, it *item) any { return it.pull.base })
	p["isCrossRepository"] = scalar(func(*exec, *item) any { return false })
	p["permalink"] = scalar(func(x *exec, it *item) any { return itemURL(x.web, it) })
	p["headRepository"] = link("Repository", func(_ *exec, it *item, _ args) any { return it.repo })
	p["baseRepository"] = link("Repository", func(_ *exec, it *item, _ args) any { return it.repo })
	p["totalCommentsCount"] = scalar(func(_ *exec, it *item) any { return len(it.acts("commented")) + len(it.acts("line-commented")) })
	p["reviewDecision"] = scalar(func(*exec, *item) any { return nil })
	p["files"] = list("PullRequestChangedFileConnection", func(_ *exec, it *item, a args) any {
		out := make([]changed, len(it.pull.files))
		for i, f := range it.pull.files {
			out[i] = changed{f}
		}
		return pageOf("PullRequestChangedFileConnection", inOrder(out), false, a)
	})
	p["commits"] = list("PullRequestCommitConnection", func(_ *exec, it *item, a args) any {
		return pageOf("PullRequestCommitConnection", byTime(it.acts("committed")), false, a)
	})
	p["reviews"] = list("PullRequestReviewConnection", func(_ *exec, it *item, a args) any {
		return pageOf("PullRequestReviewConnection", byTime(it.acts("reviewed")), false, a)
	})
	p["closingIssuesReferences"] = list("IssueConnection", func(_ *exec, it *item, a args) any { return related(it.pull.closes, a) })
	p["timelineItems"] = list("PullRequestTimelineItemsConnection", func(x *exec, it *item, a args) any { return x.timeline(it, a) })
	types["PullRequest"] = p
	types["PullRequestChangedFile"] = map[string]field{
		"path":       scalar(func(_ *exec, c changed) any { return c.f.Path }),
		"additions":  scalar(func(_ *exec, c changed) any { return c.f.Added }),
		"deletions":  scalar(func(_ *exec, c changed) any { return c.f.Deleted }),
		"changeType": scalar(func(*exec, changed) any { return "MODIFIED" }),
	}
}

func commitTypes() {
	types["Commit"] = map[string]field{
		"id": nodeField[*commit](), "oid": scalar(func(_ *exec, c *commit) any { return c.sha }),
		"abbreviatedOid":  scalar(func(_ *exec, c *commit) any { return c.sha[:7] }),
		"message":         scalar(func(_ *exec, c *commit) any { return c.message }),
		"messageHeadline": scalar(func(_ *exec, c *commit) any { return c.message }),
		"authoredDate":    scalar(func(_ *exec, c *commit) any { return c.authored }),
		"committedDate":   scalar(func(_ *exec, c *commit) any { return c.committed }),
		"author":          link("GitActor", func(_ *exec, c *commit, _ args) any { return actorGit{c} }),
		"committer":       link("GitActor", func(_ *exec, c *commit, _ args) any { return actorGit{c} }),
		"authors": list("GitActorConnection", func(_ *exec, c *commit, a args) any {
			return pageOf("GitActorConnection", inOrder([]actorGit{{c}}), false, a)
		}),
		"repository":   link("Repository", func(_ *exec, c *commit, _ args) any { return c.repo }),
		"url":          scalar(func(x *exec, c *commit) any { return x.web + "/" + c.repo.full() + "/commit/" + c.sha }),
		"resourcePath": scalar(func(_ *exec, c *commit) any { return "/" + c.repo.full() + "/commit/" + c.sha }),
	}
	types["GitActor"] = map[string]field{
		"name":  scalar(func(_ *exec, a actorGit) any { return "Name of " + a.c.name }),
		"email": scalar(func(_ *exec, a actorGit) any { return a.c.mail }),
		"date":  scalar(func(_ *exec, a actorGit) any { return a.c.authored }),
		"user": link("User", func(_ *exec, a actorGit, _ args) any {
			if u := shown(a.c.author); u != nil && !u.bot() {
				return u
			}
			return nil
		}),
	}
}

func fieldTypes() {
	for _, kind := range []string{"date", "multi_select", "number", "single_select", "text"} {
		types["IssueField"+camel(kind)] = map[string]field{
			"id":       scalar(func(_ *exec, f fieldOfItem) any { return "IF_" + f.name }),
			"name":     scalar(func(_ *exec, f fieldOfItem) any { return f.name }),
			"dataType": scalar(func(_ *exec, f fieldOfItem) any { return strings.ToUpper(f.kind) }),
		}
		types["IssueField"+camel(kind)+"Value"] = map[string]field{
			"id":    scalar(func(x *exec, v valueOfItem) any { return "IFV_" + itoa(v.it.id) + v.f.field }),
			"value": scalar(func(_ *exec, v valueOfItem) any { return v.f.value }),
			"field": link("IssueFields", func(_ *exec, v valueOfItem, _ args) any { return fieldOfItem{v.f.field, v.f.kind} }),
		}
	}
	types["IssueFieldSingleSelectValue"]["name"] = scalar(func(_ *exec, v valueOfItem) any { return v.f.value })
	types["IssueFieldSingleSelectValue"]["optionId"] = scalar(func(_ *exec, v valueOfItem) any { return hash(v.f.value)[:8] })
}
