package githubtest

import (
	"fmt"
	"strings"
	"time"
)

// stamp is a moment as GitHub writes it, null for none.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func each[T any](list []T, render func(T) object) []any {
	out := make([]any, len(list))
	for i, x := range list {
		out[i] = render(x)
	}
	return out
}

// account is what all accounts are made of.
func (c *call) account(login, node, kind string, id int64) object {
	api, web := c.api+"/users/"+pathEscape(login), c.web+"/"+login
	if bare, ok := strings.CutSuffix(login, "[bot]"); ok {
		web = c.web + "/apps/" + bare
	}
	return object{
		"login": login, "id": id, "node_id": node, "type": kind, "site_admin": false, "user_view_type": "public", "gravatar_id": "",
		"avatar_url": c.web + "/avatars/" + itoa(id), "url": api, "html_url": web,
		"followers_url": api + "/followers", "following_url": api + "/following{/other_user}", "gists_url": api + "/gists{/gist_id}",
		"starred_url": api + "/starred{/owner}{/repo}", "subscriptions_url": api + "/subscriptions", "organizations_url": api + "/orgs",
		"repos_url": api + "/repos", "events_url": api + "/events{/privacy}", "received_events_url": api + "/received_events",
	}
}

// user writes an account; of one that was deleted, nobody.
func (c *call) user(u *user) any {
	if shown(u) == nil {
		return nil
	}
	return c.account(u.login, c.ids.of(u), u.kind, u.id)
}

func (c *call) users(list []*user) []any {
	return each(present(list), func(u *user) object { return c.user(u).(object) })
}

func (c *call) ownerObject(o *owner) any {
	if o == nil {
		return nil
	}
	if o.user != nil {
		return c.user(o.user)
	}
	return c.account(o.login, c.ids.of(o), "Organization", o.id)
}

// viewer is who asks.
func (w *World) viewer(o *Options) *user {
	login := o.Viewer
	if login == "" {
		login = "reader"
	}
	if u := w.users[strings.ToLower(login)]; u != nil {
		return u
	}
	return &user{id: 583_231, login: login, kind: "User"}
}

func (c *call) repoURL(r *repository, parts ...any) string {
	out := c.api + "/repos/" + r.full()
	for _, p := range parts {
		out += fmt.Sprint("/", p)
	}
	return out
}

// repository writes a repository: with what lists have of it, or all.
func (c *call) repository(r *repository, full bool) object {
	out := object{
		"id": r.id, "node_id": c.ids.of(r), "name": r.name, "full_name": r.full(), "owner": c.ownerObject(r.owner), "private": r.private,
		"html_url": c.web + "/" + r.full(), "description": nil, "fork": false, "url": c.repoURL(r),
	}
	for name, below := range map[string]string{
		"archive_url": "/{archive_format}{/ref}", "assignees_url": "/assignees{/user}", "blobs_url": "/git/blobs{/sha}", "branches_url": "/branches{/branch}",
		"collaborators_url": "/collaborators{/collaborator}", "comments_url": "/comments{/number}", "commits_url": "/commits{/sha}", "compare_url": "/compare/{base}...{head}",
		"contents_url": "/contents/{+path}", "contributors_url": "/contributors", "deployments_url": "/deployments", "downloads_url": "/downloads", "events_url": "/events",
		"forks_url": "/forks", "git_commits_url": "/git/commits{/sha}", "git_refs_url": "/git/refs{/sha}", "git_tags_url": "/git/tags{/sha}", "hooks_url": "/hooks",
		"issue_comment_url": "/issues/comments{/number}", "issue_events_url": "/issues/events{/number}", "issues_url": "/issues{/number}", "keys_url": "/keys{/key_id}",
		"labels_url": "/labels{/name}", "languages_url": "/languages", "merges_url": "/merges", "milestones_url": "/milestones{/number}",
		"notifications_url": "/notifications{?since,all,participating}", "pulls_url": "/pulls{/number}", "releases_url": "/releases{/id}", "stargazers_url": "/stargazers",
		"statuses_url": "/statuses/{sha}", "subscribers_url": "/subscribers", "subscription_url": "/subscription", "tags_url": "/tags", "teams_url": "/teams", "trees_url": "/git/trees{/sha}",
	} {
		out[name] = c.repoURL(r) + below
	}
	if !full {
		return out
	}
	web := c.web + "/" + r.full()
	open := 0
	for _, it := range r.items {
		if it.readable() && !it.isClosed() {
			open++
		}
	}
	for name, v := range (object{
		"clone_url": web + ".git", "git_url": strings.Replace(web, "https:", "git:", 1) + ".git", "ssh_url": "git@github.com:" + r.full() + ".git", "svn_url": web,
		"default_branch": "main", "forks": 0, "forks_count": 0, "has_issues": !r.noIssues, "has_projects": true, "has_wiki": false, "has_pages": false,
		"has_discussions": false, "has_downloads": false, "homepage": nil, "language": nil, "archived": r.archived, "disabled": false, "mirror_url": nil, "open_issues": open,
		"open_issues_count": open, "license": nil, "pushed_at": stamp(r.created), "size": 1, "stargazers_count": 0, "watchers": 0, "watchers_count": 0,
		"created_at": stamp(r.created), "updated_at": stamp(r.created), "network_count": 0, "subscribers_count": 0, "visibility": map[bool]string{true: "private", false: "public"}[r.private],
	}) {
		out[name] = v
	}
	return out
}

func (c *call) milestone(m *milestone) any {
	if m == nil || m.deleted {
		return nil
	}
	return object{
		"id": m.id, "node_id": c.ids.of(m), "number": m.number, "title": m.title, "description": orNull(m.text), "state": strings.ToLower(m.state()),
		"creator": c.user(m.by), "open_issues": m.count(false), "closed_issues": m.count(true), "created_at": stamp(m.created), "updated_at": stamp(m.updated),
		"closed_at": stamp(m.closed), "due_on": stamp(m.due), "url": c.repoURL(m.repo, "milestones", m.number), "html_url": c.web + m.below(),
		"labels_url": c.repoURL(m.repo, "milestones", m.number, "labels"),
	}
}

func (c *call) label(l *label) object {
	return object{"id": l.id, "node_id": c.ids.of(l), "url": c.repoURL(l.repo, "labels", pathEscape(l.name)), "name": l.name, "description": nil, "color": "d73a4a", "default": false}
}

func (c *call) issueType(t *issueType) any {
	if t == nil {
		return nil
	}
	return object{
		"id": t.id, "node_id": c.ids.of(t), "name": t.name, "description": nil, "color": "blue", "is_enabled": true,
		"created_at": stamp(longAgo), "updated_at": stamp(longAgo),
	}
}

// reference is another issue as it stands in events.
func (c *call) reference(it *item) any {
	if !it.readable() {
		return nil
	}
	return object{
		"number": it.number, "title": it.title, "state": lowerState(it), "state_reason": orNull(it.reason), "repository": c.repository(it.repo, false), "issue_type": c.issueType(it.typ),
	}
}

func lowerState(it *item) string {
	if it.isClosed() {
		return "closed"
	}
	return "open"
}

func (c *call) reactions(url string) object {
	return object{"url": url + "/reactions", "total_count": 0, "+1": 0, "-1": 0, "laugh": 0, "confused": 0, "heart": 0, "hooray": 0, "eyes": 0, "rocket": 0}
}

// issue writes an issue, or a pull request as the list of issues has it.
func (c *call) issue(it *item) object {
	url := c.repoURL(it.repo, "issues", it.number)
	node := c.ids.of(it)
	assignees := c.users(it.assignees)
	var first any
	if len(assignees) > 0 {
		first = assignees[0]
	}
	out := object{
		"id": it.issueID(), "node_id": node, "number": it.number, "title": it.title, "body": orNull(it.body), "state": lowerState(it), "state_reason": orNull(it.reason),
		"user": c.user(it.by), "assignee": first, "assignees": assignees, "labels": each(it.labels, c.label), "milestone": c.milestone(it.milestone), "locked": it.locked,
		"active_lock_reason": nil, "comments": len(it.acts("commented")), "closed_at": stamp(it.closed), "closed_by": c.user(it.closedBy), "created_at": stamp(it.created),
		"updated_at": stamp(it.updated), "author_association": "MEMBER", "type": c.issueType(it.typ), "url": url, "repository_url": c.repoURL(it.repo),
		"labels_url": url + "/labels{/name}", "comments_url": url + "/comments", "events_url": url + "/events", "timeline_url": url + "/timeline",
		"html_url": itemURL(c.web, it), "reactions": c.reactions(url), "performed_via_github_app": nil,
	}
	if it.pull != nil {
		pull := c.repoURL(it.repo, "pulls", it.number)
		web := itemURL(c.web, it)
		out["draft"] = it.pull.draft
		out["pull_request"] = object{"url": pull, "html_url": web, "diff_url": web + ".diff", "patch_url": web + ".patch", "merged_at": stamp(it.pull.merged)}
		delete(out, "type")
		return out
	}
	sub, dep := it.subCounts(), it.depCounts()
	out["sub_issues_summary"] = object{"total": sub.total, "completed": sub.done, "percent_completed": 100 * sub.done / max(1, sub.total)}
	out["issue_dependencies_summary"] = object{
		"blocked_by": dep.blockedBy, "blocking": dep.blocking, "total_blocked_by": dep.allBlockedBy, "total_blocking": dep.allBlocking,
	}
	out["parent_issue_url"] = nil
	if it.parent.readable() {
		out["parent_issue_url"] = c.repoURL(it.parent.repo, "issues", it.parent.number)
	}
	out["issue_field_values"] = each(it.fields, func(f fieldValue) object {
		v := object{"issue_field_id": int64(len(f.field)) + 100, "issue_field_name": f.field, "node_id": "IFSSV_" + hash(it.id, f.field)[:12], "data_type": f.kind, "value": f.value}
		if f.kind == "single_select" {
			v["single_select_option"] = object{"id": int64(len(f.value)) + 1000, "name": f.value, "color": "gray"}
		}
		return v
	})
	return out
}

// issueOf is the issue that an event of the repository's list tells of.
func (c *call) issueOf(e *event) object { return c.issue(e.item) }

func (c *call) side(it *item, ref, sha string) object {
	return object{"label": it.repo.owner.login + ":" + ref, "ref": ref, "sha": sha, "user": c.ownerObject(it.repo.owner), "repo": c.repository(it.repo, true)}
}

// pull writes a pull request: as its list has it, or all.
func (c *call) pull(it *item, full bool) object {
	p := it.pull
	url, web, issue := c.repoURL(it.repo, "pulls", it.number), itemURL(c.web, it), c.repoURL(it.repo, "issues", it.number)
	commits := it.acts("committed")
	sha := hash(it.id)
	if n := len(commits); n > 0 {
		sha = commits[n-1].commit.sha
	}
	link := func(href string) object { return object{"href": href} }
	assignees := c.users(it.assignees)
	var first, merge any
	if len(assignees) > 0 {
		first = assignees[0]
	}
	if !p.merged.IsZero() {
		merge = hash(it.id, "merge")
	}
	statuses := c.repoURL(it.repo, "statuses", sha)
	out := object{
		"id": it.id, "node_id": c.ids.of(it), "number": it.number, "title": it.title, "body": orNull(it.body), "state": lowerState(it), "locked": it.locked, "draft": p.draft,
		"user": c.user(it.by), "assignee": first, "assignees": assignees, "labels": each(it.labels, c.label), "milestone": c.milestone(it.milestone), "active_lock_reason": nil,
		"created_at": stamp(it.created), "updated_at": stamp(it.updated), "closed_at": stamp(it.closed), "merged_at": stamp(p.merged), "merge_commit_sha": merge,
		"requested_reviewers": c.users(p.reviewers), "requested_teams": []any{}, "head": c.side(it, p.branch, sha), "base": c.side(it, p.base, hash(it.repo.id)),
		"author_association": "MEMBER", "auto_merge": nil, "url": url, "html_url": web, "diff_url": web + ".diff", "patch_url": web + ".patch", "issue_url": issue,
		"commits_url": url + "/commits", "review_comments_url": url + "/comments", "review_comment_url": c.repoURL(it.repo, "pulls", "comments{/number}"),
		"comments_url": issue + "/comments", "statuses_url": statuses,
		"_links": object{
			"self": link(url), "html": link(web), "issue": link(issue), "comments": link(issue + "/comments"), "review_comments": link(url + "/comments"),
			"review_comment": link(c.repoURL(it.repo, "pulls", "comments{/number}")), "commits": link(url + "/commits"), "statuses": link(statuses),
		},
	}
	if !full {
		return out
	}
	for name, v := range (object{
		"merged": !p.merged.IsZero(), "mergeable": nil, "rebaseable": nil, "mergeable_state": "unknown", "merged_by": c.user(p.mergedBy), "comments": len(it.acts("commented")),
		"review_comments": len(it.acts("line-commented")), "maintainer_can_modify": false, "commits": len(commits), "additions": p.added, "deletions": p.deleted, "changed_files": p.changed,
	}) {
		out[name] = v
	}
	return out
}

// event writes an event, as lists and timelines have it.
func (c *call) event(e *event) object {
	switch e.kind {
	case "commented":
		return c.comment(e)
	case "committed":
		return c.committed(e)
	case "reviewed":
		out := c.review(e)
		out["event"] = "reviewed"
		return out
	case "line-commented":
		return object{"event": "line-commented", "node_id": c.ids.of(e), "comments": []any{c.lineComment(e)}}
	case "cross-referenced":
		return object{
			"event": "cross-referenced", "actor": c.user(e.by), "created_at": stamp(e.at), "updated_at": stamp(e.at),
			"source": object{"type": "issue", "issue": c.issueWithRepository(e.other)},
		}
	}
	url := c.repoURL(e.item.repo, "issues", "events", e.id)
	out := object{
		"id": e.id, "node_id": c.ids.of(e), "url": url, "actor": c.user(e.by), "event": e.kind, "commit_id": nil, "commit_url": nil,
		"created_at": stamp(e.at), "performed_via_github_app": nil,
	}
	c.detail(e, out)
	return out
}

// detail adds what an event has of its own.
func (c *call) detail(e *event, out object) {
	switch e.kind {
	case "closed", "reopened":
		out["state_reason"] = orNull(e.reason)
	case "merged":
		out["commit_id"] = hash(e.item.id, "merge")
		out["commit_url"] = c.repoURL(e.item.repo, "commits", out["commit_id"])
	case "referenced":
		out["commit_id"], out["commit_url"] = e.commit.sha, c.repoURL(e.commit.repo, "commits", e.commit.sha)
	case "assigned", "unassigned":
		out["assignee"], out["assigner"] = c.user(e.who), c.user(e.by)
	case "review_requested", "review_request_removed":
		out["review_requester"], out["requested_reviewer"] = c.user(e.by), c.user(e.who)
	case "labeled", "unlabeled":
		out["label"] = object{"name": e.label.name, "color": "d73a4a"}
	case "milestoned", "demilestoned":
		out["milestone"] = object{"title": e.title}
	case "renamed":
		out["rename"] = object{"from": e.was, "to": e.title}
	case "locked":
		out["lock_reason"] = nil
	case "issue_type_added", "issue_type_changed", "issue_type_removed":
		if e.typ != nil {
			out["issue_type"] = c.issueType(e.typ)
		}
		if e.prev != nil {
			out["prev_issue_type"] = c.issueType(e.prev)
		}
	case "sub_issue_added", "sub_issue_removed":
		out["sub_issue"] = c.reference(e.other)
	case "parent_issue_added", "parent_issue_removed":
		out["parent_issue"] = c.reference(e.other)
	case "blocked_by_added", "blocked_by_removed":
		out["blocked_by"] = c.reference(e.other)
	case "blocking_added", "blocking_removed":
		out["blocking"] = c.reference(e.other)
	}
}

func (c *call) issueWithRepository(it *item) object {
	out := c.issue(it)
	out["repository"] = c.repository(it.repo, true)
	return out
}

func (c *call) comment(e *event) object {
	url := c.repoURL(e.item.repo, "issues", "comments", e.id)
	return object{
		"event": "commented", "id": e.id, "node_id": c.ids.of(e), "url": url, "html_url": itemURL(c.web, e.item) + e.anchor(),
		"issue_url": c.repoURL(e.item.repo, "issues", e.item.number), "actor": c.user(e.by), "user": c.user(e.by), "body": e.text, "created_at": stamp(e.at),
		"updated_at": stamp(e.at), "author_association": "MEMBER", "performed_via_github_app": nil, "reactions": c.reactions(url),
	}
}

func (c *call) gitUser(k *commit, at time.Time) object {
	return object{"name": "Name of " + k.name, "email": k.mail, "date": stamp(at)}
}

var unverified = object{"verified": false, "reason": "unsigned", "signature": nil, "payload": nil, "verified_at": nil}

func (c *call) parents(k *commit) []any {
	parent := hash(k.sha, "parent")
	return []any{object{"sha": parent, "url": c.repoURL(k.repo, "git", "commits", parent), "html_url": c.web + "/" + k.repo.full() + "/commit/" + parent}}
}

func (c *call) tree(k *commit) object {
	tree := hash(k.sha, "tree")
	return object{"sha": tree, "url": c.repoURL(k.repo, "git", "trees", tree)}
}

// committed is a commit in a timeline: it tells neither a login nor an id.
func (c *call) committed(e *event) object {
	k := e.commit
	return object{
		"event": "committed", "sha": k.sha, "node_id": c.ids.of(k), "url": c.repoURL(k.repo, "git", "commits", k.sha), "html_url": c.web + "/" + k.repo.full() + "/commit/" + k.sha,
		"author": c.gitUser(k, k.authored), "committer": c.gitUser(k, k.committed), "tree": c.tree(k), "message": k.message, "parents": c.parents(k), "verification": unverified,
	}
}

func (c *call) commit(e *event) object {
	k := e.commit
	return object{
		"sha": k.sha, "node_id": c.ids.of(k), "url": c.repoURL(k.repo, "commits", k.sha), "html_url": c.web + "/" + k.repo.full() + "/commit/" + k.sha,
		"comments_url": c.repoURL(k.repo, "commits", k.sha, "comments"), "author": c.user(k.author), "committer": c.user(k.committer), "parents": c.parents(k),
		"commit": object{
			"url": c.repoURL(k.repo, "git", "commits", k.sha), "author": c.gitUser(k, k.authored), "committer": c.gitUser(k, k.committed), "message": k.message,
			"tree": c.tree(k), "comment_count": 0, "verification": unverified,
		},
	}
}

func (c *call) review(e *event) object {
	pull, web := c.repoURL(e.item.repo, "pulls", e.item.number), itemURL(c.web, e.item)+e.anchor()
	return object{
		"id": e.id, "node_id": c.ids.of(e), "user": c.user(e.by), "body": e.text, "state": strings.ToUpper(e.status), "html_url": web, "pull_request_url": pull,
		"_links": object{"html": object{"href": web}, "pull_request": object{"href": pull}}, "submitted_at": stamp(e.at), "updated_at": stamp(e.at),
		"commit_id": hash(e.item.id, e.id), "author_association": "MEMBER",
	}
}

func (c *call) lineComment(e *event) object {
	url, pull, web := c.repoURL(e.item.repo, "pulls", "comments", e.id), c.repoURL(e.item.repo, "pulls", e.item.number), itemURL(c.web, e.item)+e.anchor()
	var review any
	if e.review != nil {
		review = e.review.id
	}
	return object{
		"id": e.id, "node_id": c.ids.of(e), "url": url, "html_url": web, "pull_request_url": pull, "pull_request_review_id": review, "diff_hunk": "@@ -1 +1 @@",
		"path": e.path, "commit_id": hash(e.item.id, e.id), "original_commit_id": hash(e.item.id, e.id), "user": c.user(e.by), "body": e.text, "created_at": stamp(e.at),
		"updated_at": stamp(e.at), "author_association": "MEMBER", "position": 1, "original_position": 1, "line": 1, "original_line": 1, "side": "RIGHT",
		"start_line": nil, "original_start_line": nil, "start_side": nil, "subject_type": "line", "reactions": c.reactions(url),
		"_links": object{"self": object{"href": url}, "html": object{"href": web}, "pull_request": object{"href": pull}},
	}
}
