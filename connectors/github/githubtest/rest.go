package githubtest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// routes are what REST answers, the more special first. Everything below a
// repository is there by its id, too: that is where addresses that moved lead to,
// and the links between pages.
var routes []route

func init() {
	get := func(pattern string, handle func(*call) answer) {
		routes = append(routes, route{method: http.MethodGet, pattern: pattern, handle: handle})
	}
	below := func(pattern string, handle func(*call, *repository) answer) {
		get("/repos/{owner}/{repo}"+pattern, func(c *call) answer { return c.inRepository(pattern, handle) })
		get("/repositories/{id}"+pattern, func(c *call) answer { return c.inRepository(pattern, handle) })
	}
	numbered := func(pattern string, handle func(*call, *item) answer) {
		below(pattern, func(c *call, r *repository) answer { return c.onItem(r, strings.HasPrefix(pattern, "/pulls"), handle) })
	}
	get("/user", func(c *call) answer { return c.self() })
	routes = append(routes, route{method: http.MethodGet, pattern: "/rate_limit", free: true, handle: (*call).rateLimit})
	get("/meta", func(*call) answer {
		return jsonAnswer(http.StatusOK, object{"verifiable_password_authentication": false})
	})
	get("/orgs/{org}/repos", func(c *call) answer { return c.repositories(c.args["org"]) })
	get("/users/{user}/repos", func(c *call) answer { return c.repositories(c.args["user"]) })
	get("/users/{user}", (*call).accountOf)
	get("/orgs/{org}", (*call).accountOf)
	get("/orgs/{org}/issue-types", (*call).issueTypes)
	get("/installation/repositories", (*call).installed)
	app := func(method, pattern string, handle func(*call) answer) {
		routes = append(routes, route{method: method, pattern: pattern, open: true, handle: handle})
	}
	app(http.MethodPost, "/app/installations/{installation}/access_tokens", (*call).accessToken)
	app(http.MethodGet, "/app/installations", (*call).installations)
	app(http.MethodGet, "/app", (*call).theApp)
	app(http.MethodGet, "/orgs/{org}/installation", (*call).installationOf)
	app(http.MethodGet, "/repos/{owner}/{repo}/installation", (*call).installationOf)
	below("", func(c *call, r *repository) answer { return jsonAnswer(http.StatusOK, c.repository(r, true)) })
	below("/issues", (*call).issues)
	below("/issues/events", (*call).events)
	numbered("/issues/{number}", func(c *call, it *item) answer { return jsonAnswer(http.StatusOK, c.issue(it)) })
	numbered("/issues/{number}/timeline", (*call).timeline)
	numbered("/issues/{number}/events", (*call).eventsOf)
	numbered("/issues/{number}/comments", func(c *call, it *item) answer { return paged(c, it.acts("commented"), c.comment) })
	numbered("/issues/{number}/sub_issues", func(c *call, it *item) answer { return paged(c, readables(it.children), c.issue) })
	numbered("/issues/{number}/parent", (*call).parent)
	numbered("/issues/{number}/dependencies/blocked_by", func(c *call, it *item) answer { return paged(c, readables(it.blockedBy), c.issueWithRepository) })
	numbered("/issues/{number}/dependencies/blocking", func(c *call, it *item) answer { return paged(c, readables(it.blocking), c.issueWithRepository) })
	below("/milestones", (*call).milestones)
	below("/milestones/{number}", (*call).milestoneOf)
	below("/labels", func(c *call, r *repository) answer { return paged(c, r.labels, c.label) })
	below("/pulls", (*call).pulls)
	numbered("/pulls/{number}", func(c *call, it *item) answer { return jsonAnswer(http.StatusOK, c.pull(it, true)) })
	numbered("/pulls/{number}/reviews", func(c *call, it *item) answer { return paged(c, it.acts("reviewed"), c.review) })
	numbered("/pulls/{number}/commits", func(c *call, it *item) answer {
		// The description of this resource says so: never more than 250.
		commits := it.acts("committed")
		return paged(c, commits[:min(len(commits), 250)], c.commit)
	})
	numbered("/pulls/{number}/files", func(c *call, it *item) answer {
		return paged(c, it.pull.files, func(f File) object { return c.file(it, f) })
	})
	numbered("/pulls/{number}/comments", func(c *call, it *item) answer { return paged(c, it.acts("line-commented"), c.lineComment) })
	below("/teams", func(c *call, r *repository) answer { return paged(c, r.teams, c.team) })
	below("/contents/{path...}", (*call).contents)
}

// inRepository finds the repository that a request is about. One that has
// another name by now is led to by its id.
func (c *call) inRepository(_ string, handle func(*call, *repository) answer) answer {
	var r *repository
	if id := c.args["id"]; id != "" {
		n, _ := strconv.ParseInt(id, 10, 64)
		r = c.w.repoByID(n)
	} else {
		name := c.args["owner"] + "/" + c.args["repo"]
		r = c.w.names[strings.ToLower(name)]
		if r.readable() && !strings.EqualFold(r.full(), name) {
			rest := strings.TrimPrefix(c.path, "/repos/"+c.args["owner"]+"/"+c.args["repo"])
			return c.moved(c.api + "/repositories/" + itoa(r.id) + rest)
		}
	}
	switch {
	case r != nil && r.sso:
		a, _ := Fault{Kind: SSO}.answer(c.w.tick())
		return a
	case !r.readable():
		return c.notFound()
	}
	return handle(c, r)
}

func (c *call) moved(to string) answer {
	if c.r.URL.RawQuery != "" {
		to += "?" + c.r.URL.RawQuery
	}
	a := jsonAnswer(http.StatusMovedPermanently, object{"message": "Moved Permanently", "url": to, "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects"})
	return a.with("Location", to)
}

// onItem finds the issue or pull request that a request is about.
func (c *call) onItem(r *repository, pulls bool, handle func(*call, *item) answer) answer {
	for _, it := range r.items {
		if strconv.Itoa(it.number) != c.args["number"] {
			continue
		}
		switch {
		case it.moved != nil && it.moved.readable():
			return c.moved(c.repoURL(it.moved.repo, "issues", it.moved.number))
		case it.deleted:
			return c.refuse(http.StatusGone, "This issue was deleted")
		case !it.readable(), pulls && it.pull == nil:
			return c.notFound()
		case it.pull == nil && r.noIssues:
			return c.refuse(http.StatusGone, "Issues has been disabled in this repository.")
		}
		return handle(c, it)
	}
	return c.notFound()
}

func readables(list []*item) []*item {
	return slices.DeleteFunc(slices.Clone(list), func(it *item) bool { return !it.readable() })
}

// perPage is how many elements a page has.
func (c *call) perPage() int {
	n, err := strconv.Atoi(c.query.Get("per_page"))
	if err != nil || n < 1 {
		return 30
	}
	return min(n, mostFirst)
}

func (c *call) page() int {
	n, err := strconv.Atoi(c.query.Get("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// here is the address of this list with other values of some parameters, as
// links between pages have it: by the repository's id.
func (c *call) here(set map[string]string) string {
	path := c.path
	if owner, repo := c.args["owner"], c.args["repo"]; owner != "" {
		if r := c.w.names[strings.ToLower(owner+"/"+repo)]; r != nil {
			path = "/repositories/" + itoa(r.id) + strings.TrimPrefix(c.path, "/repos/"+owner+"/"+repo)
		}
	}
	q := url.Values{}
	for name, v := range c.query {
		q[name] = v
	}
	for name, v := range set {
		q.Set(name, v)
	}
	return c.api + path + "?" + q.Encode()
}

func relation(address, rel string) string { return "<" + address + `>; rel="` + rel + `"` }

// paged answers one page of a list by its number, with links to the others.
func paged[T any](c *call, list []T, render func(T) object) answer {
	n, at := c.perPage(), c.page()
	last := max(1, (len(list)+n-1)/n)
	lo := min((at-1)*n, len(list))
	a := jsonAnswer(http.StatusOK, each(list[lo:min(lo+n, len(list))], render))
	var links []string
	if at > 1 {
		links = append(links, relation(c.here(map[string]string{"page": strconv.Itoa(at - 1)}), "prev"))
	}
	if at < last {
		links = append(links, relation(c.here(map[string]string{"page": strconv.Itoa(at + 1)}), "next"), relation(c.here(map[string]string{"page": strconv.Itoa(last)}), "last"))
	}
	if at > 1 {
		links = append(links, relation(c.here(map[string]string{"page": "1"}), "first"))
	}
	if len(links) > 0 {
		a = a.with("Link", strings.Join(links, ", "))
	}
	return a
}

// invalid is an answer to a request that cannot be answered as it is.
func (c *call) invalid(message string) answer {
	return jsonAnswer(http.StatusUnprocessableEntity, object{"message": message, "documentation_url": "https://docs.github.com/rest/issues/issues#list-repository-issues", "status": "422"})
}

const deepPages = "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)"

// issues answers the list of issues and pull requests. It is walked by a mark
// that only the server can read; the numbers of pages reach some way.
func (c *call) issues(r *repository) answer {
	if r.noIssues && !slices.ContainsFunc(r.items, func(it *item) bool { return it.pull != nil }) {
		return jsonAnswer(http.StatusOK, []any{})
	}
	list, desc, bad := c.listed(r)
	if bad != nil {
		return *bad
	}
	n, at := c.perPage(), c.page()
	lo := (at - 1) * n
	switch after := c.query.Get("after"); {
	case after != "":
		m, ok := parseMark(after)
		if !ok {
			return c.invalid("Invalid cursor")
		}
		lo = 0
		for lo < len(list) && !past(list[lo].pageMark, m, desc) {
			lo++
		}
	case at > cmp.Or(c.opts.MostPages, 10):
		return c.invalid(deepPages)
	}
	lo = min(lo, len(list))
	hi := min(lo+n, len(list))
	a := jsonAnswer(http.StatusOK, each(list[lo:hi], func(e entry) object { return c.issue(e.o.(*item)) }))
	if hi < len(list) {
		a = a.with("Link", relation(c.here(map[string]string{"after": list[hi-1].pageMark.String(), "page": strconv.Itoa(at + 1)}), "next"))
	}
	return a
}

func past(e, m pageMark, desc bool) bool {
	if desc {
		return e.A < m.A || e.A == m.A && e.B < m.B
	}
	return e.A > m.A || e.A == m.A && e.B > m.B
}

// listed are the issues that a list asks for, in its order.
func (c *call) listed(r *repository) ([]entry, bool, *answer) {
	wanted, by := cmp.Or(c.query.Get("state"), "open"), cmp.Or(c.query.Get("sort"), "created")
	desc := c.query.Get("direction") != "asc"
	var since time.Time
	if s := c.query.Get("since"); s != "" {
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			a := c.invalid("Validation Failed")
			return nil, false, &a
		}
		since = t
	}
	var out []entry
	for _, it := range r.items {
		if !it.readable() || wanted != "all" && lowerState(it) != wanted || it.updated.Before(since) || it.pull == nil && r.noIssues {
			continue
		}
		mark := pageMark{it.created.UnixMilli(), it.issueID()}
		switch by {
		case "updated":
			mark.A = it.updated.UnixMilli()
		case "comments":
			mark.A = int64(len(it.acts("commented")))
		}
		out = append(out, entry{mark, it})
	}
	slices.SortFunc(out, func(a, b entry) int {
		if past(a.pageMark, b.pageMark, desc) {
			return 1
		}
		return -1
	})
	return out, desc, nil
}

const manyEvents = "In order to keep the API fast for everyone, pagination is limited for this resource. Check the rel=last link relation in the Link response header to see how far back you can traverse."

// events answers the events of a repository, the newest first, as far back as
// they are to be had.
func (c *call) events(r *repository) answer {
	if c.page() > cmp.Or(c.opts.EventPages, 400) {
		return c.invalid(manyEvents)
	}
	var all []*event
	for _, it := range r.items {
		if !it.readable() || it.pull == nil && r.noIssues {
			continue
		}
		for _, e := range it.timeline {
			if kinds[e.kind].listed {
				all = append(all, e)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *event) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.id, a.id)) })
	if most := cmp.Or(c.opts.EventPages, 400) * c.perPage(); len(all) > most {
		all = all[:most]
	}
	return paged(c, all, func(e *event) object {
		out := c.event(e)
		out["issue"] = c.issueOf(e)
		return out
	})
}

func (c *call) eventsOf(it *item) answer {
	var out []*event
	for _, e := range it.timeline {
		if kinds[e.kind].listed {
			out = append(out, e)
		}
	}
	return paged(c, out, c.event)
}

// timeline answers all that happened to an item. Events of boards are there, too,
// without saying what they changed.
func (c *call) timeline(it *item) answer {
	not := strings.Split(c.query.Get("exclude"), ",")
	var out []*event
	for _, e := range it.timeline {
		if !slices.Contains(not, e.kind) && !(onBoard(e.kind) && (c.opts.NoBoardEvents || c.opts.Projects != AllProjects)) {
			out = append(out, e)
		}
	}
	return paged(c, out, c.event)
}

func (c *call) parent(it *item) answer {
	if !it.parent.readable() {
		return c.notFound()
	}
	return jsonAnswer(http.StatusOK, c.issueWithRepository(it.parent))
}

func (c *call) milestones(r *repository) answer {
	wanted := cmp.Or(c.query.Get("state"), "open")
	var out []*milestone
	for _, m := range r.marksList {
		if !m.deleted && (wanted == "all" || strings.EqualFold(m.state(), wanted)) {
			out = append(out, m)
		}
	}
	if c.query.Get("direction") == "desc" {
		slices.Reverse(out)
	}
	return paged(c, out, func(m *milestone) object { return c.milestone(m).(object) })
}

func (c *call) milestoneOf(r *repository) answer {
	for _, m := range r.marksList {
		if strconv.Itoa(m.number) == c.args["number"] && !m.deleted {
			return jsonAnswer(http.StatusOK, c.milestone(m))
		}
	}
	return c.notFound()
}

// pulls answers the list of pull requests, which knows no since.
func (c *call) pulls(r *repository) answer {
	wanted, by := cmp.Or(c.query.Get("state"), "open"), cmp.Or(c.query.Get("sort"), "created")
	desc := c.query.Get("direction") == "desc" || c.query.Get("direction") == "" && by == "created"
	var out []*item
	for _, it := range r.items {
		if it.pull != nil && it.readable() && (wanted == "all" || lowerState(it) == wanted) {
			out = append(out, it)
		}
	}
	slices.SortFunc(out, func(a, b *item) int {
		order := cmp.Or(a.created.Compare(b.created), cmp.Compare(a.number, b.number))
		if by == "updated" {
			order = cmp.Or(a.updated.Compare(b.updated), cmp.Compare(a.number, b.number))
		}
		if desc {
			return -order
		}
		return order
	})
	return paged(c, out, func(it *item) object { return c.pull(it, false) })
}

func (c *call) file(it *item, f File) object {
	sha := hash(it.id, f.Path)
	return object{
		"sha": sha, "filename": f.Path, "status": "modified", "additions": f.Added, "deletions": f.Deleted, "changes": f.Added + f.Deleted,
		"blob_url": c.web + "/" + it.repo.full() + "/blob/" + sha + "/" + pathEscape(f.Path), "raw_url": c.web + "/" + it.repo.full() + "/raw/" + sha + "/" + pathEscape(f.Path),
		"contents_url": c.repoURL(it.repo, "contents", pathEscape(f.Path)+"?ref="+sha), "patch": "@@ -1 +1 @@",
	}
}

func (c *call) team(a access) object {
	t := a.team
	url := fmt.Sprintf("%s/organizations/%d/team/%d", c.api, t.owner.id, t.id)
	return object{
		"id": t.id, "node_id": c.ids.of(t), "name": t.name, "slug": t.slug, "description": nil, "privacy": "closed", "notification_setting": "notifications_enabled",
		"permission": a.permission, "url": url, "html_url": c.web + "/orgs/" + t.owner.login + "/teams/" + t.slug, "members_url": url + "/members{/member}",
		"repositories_url": url + "/repos", "parent": nil, "type": "organization", "organization_id": t.owner.id,
	}
}

// contents answers a file of the main branch.
func (c *call) contents(r *repository) answer {
	path := c.args["path"]
	text, ok := r.files[path]
	if !ok {
		return c.notFound()
	}
	url := c.repoURL(r, "contents", pathEscape(path)) + "?ref=main"
	if strings.Contains(c.r.Header.Get("Accept"), "raw") {
		return answer{http.StatusOK, http.Header{"Content-Type": {"application/vnd.github.raw+json; charset=utf-8"}}, []byte(text)}
	}
	sha, web := hash(text), c.web+"/"+r.full()+"/blob/main/"+pathEscape(path)
	return jsonAnswer(http.StatusOK, object{
		"type": "file", "encoding": "base64", "size": len(text), "name": path[strings.LastIndexByte(path, '/')+1:], "path": path, "sha": sha, "url": url,
		"content": base64.StdEncoding.EncodeToString([]byte(text)) + "\n", "html_url": web, "git_url": c.repoURL(r, "git", "blobs", sha), "download_url": web,
		"_links": object{"self": url, "git": c.repoURL(r, "git", "blobs", sha), "html": web},
	})
}

func (c *call) self() answer {
	u := c.w.viewer(c.opts)
	if c.opts.App != nil && c.opts.Token == "" {
		return c.refuse(http.StatusForbidden, "Resource not accessible by integration")
	}
	out := c.account(u.login, c.ids.of(u), "User", u.id)
	for name, v := range (object{
		"name": displayName(u), "company": nil, "blog": nil, "location": nil, "email": nil, "hireable": nil, "bio": nil, "twitter_username": nil, "public_repos": 0, "public_gists": 0,
		"followers": 0, "following": 0, "created_at": stamp(longAgo), "updated_at": stamp(longAgo),
	}) {
		out[name] = v
	}
	return jsonAnswer(http.StatusOK, out)
}

func (c *call) accountOf() answer {
	login := cmp.Or(c.args["user"], c.args["org"])
	if o := c.w.owners[strings.ToLower(login)]; o != nil {
		return jsonAnswer(http.StatusOK, c.ownerObject(o))
	}
	if u := c.w.users[strings.ToLower(login)]; shown(u) != nil && c.args["org"] == "" {
		return jsonAnswer(http.StatusOK, c.user(u))
	}
	return c.notFound()
}

func (c *call) rateLimit() answer {
	c.s.countMu.Lock()
	defer c.s.countMu.Unlock()
	of := func(resource string) object {
		q := c.s.quota(resource, c.w.tick(), c.opts.limit())
		return object{"limit": q.limit, "remaining": q.remaining, "used": q.used, "reset": q.reset.Unix()}
	}
	return jsonAnswer(http.StatusOK, object{"resources": object{"core": of("core"), "graphql": of("graphql"), "search": of("search")}, "rate": of("core")})
}

func (c *call) repositories(login string) answer {
	o := c.w.owners[strings.ToLower(login)]
	if o == nil || c.args["org"] != "" && o.user != nil {
		return c.notFound()
	}
	return paged(c, c.w.repositoriesOf(o), func(r *repository) object { return c.repository(r, true) })
}

func (c *call) issueTypes() answer {
	o := c.w.owners[strings.ToLower(c.args["org"])]
	if o == nil || o.user != nil {
		return c.notFound()
	}
	return jsonAnswer(http.StatusOK, each(o.types, func(t *issueType) object { return c.issueType(t).(object) }))
}

// installed are the repositories that an app's installation may read.
func (c *call) installed() answer {
	if c.opts.App == nil {
		return c.refuse(http.StatusForbidden, "You must authenticate with an installation access token in order to list repositories for an installation.")
	}
	list := c.w.repositoriesOf(c.w.owners[strings.ToLower(c.opts.App.account())])
	if want := c.opts.App.Repositories; want != nil {
		list = slices.DeleteFunc(list, func(r *repository) bool { return !slices.Contains(want, r.full()) })
	}
	a := paged(c, list, func(r *repository) object { return c.repository(r, true) })
	return answer{a.status, a.header, fmt.Appendf(nil, `{"total_count":%d,"repository_selection":"all","repositories":%s}`, len(list), a.body)}
}

func (c *call) installations() answer {
	if a, refused := c.appOnly(); refused {
		return a
	}
	return paged(c, []object{c.installation()}, func(o object) object { return o })
}

func (c *call) installationOf() answer {
	if a, refused := c.appOnly(); refused {
		return a
	}
	if login := cmp.Or(c.args["org"], c.args["owner"]); !strings.EqualFold(login, c.opts.App.account()) {
		return c.notFound()
	}
	return jsonAnswer(http.StatusOK, c.installation())
}

func (c *call) theApp() answer {
	if a, refused := c.appOnly(); refused {
		return a
	}
	return jsonAnswer(http.StatusOK, object{"id": c.opts.App.ID, "slug": "smokestack", "name": "smokestack", "html_url": c.web + "/apps/smokestack"})
}
