package jiratest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
)

// What both Jiras say of themselves, of their words, projects and boards.

func (c *call) serverInfo() answer {
	out := object{
		"baseUrl": c.base, "version": "1001.0.0-SNAPSHOT", "versionNumbers": []int{1001, 0, 0}, "deploymentType": "Cloud",
		"buildNumber": 100300, "buildDate": "2026-10-01T00:00:00.000+0000", "scmInfo": "0123456789abcdef0123456789abcdef01234567",
		"serverTime": c.now.In(c.opts.zone()).Format(stampLayout), "serverTitle": "Jira", "serverTimeZone": "Etc/UTC",
		"defaultLocale": object{"locale": "en_US"},
	}
	if c.opts.Mode == DataCenter {
		out["deploymentType"], out["version"], out["versionNumbers"], out["buildNumber"] = "Server", "9.12.15", []int{9, 12, 15}, 9120015
		delete(out, "defaultLocale")
	}
	return jsonAnswer(http.StatusOK, out)
}

// myself is what an account may know of itself, and nobody without one.
func (c *call) myself() answer {
	if c.who.anonymous {
		return c.unauthorized(c.opts.Mode == DataCenter)
	}
	out := object{
		"displayName": DisplayName + askerID, "active": true, "timeZone": c.opts.zone().String(), "locale": "en_US",
		"avatarUrls": object{}, "groups": object{"size": 1, "items": []any{}}, "applicationRoles": object{"size": 1, "items": []any{}}, "expand": "groups,applicationRoles",
	}
	if c.opts.Email != "" {
		out["emailAddress"] = c.opts.Email
	}
	if c.opts.Mode == Cloud {
		out["accountId"], out["accountType"], out["self"] = askerID, "atlassian", c.self("user")+"?accountId="+askerID
	} else {
		out["name"], out["key"], out["self"] = askerID, askerID, c.self("user")+"?username="+askerID
	}
	return jsonAnswer(http.StatusOK, out)
}

// fields lists the fields, system fields first.
func (c *call) fields() answer {
	v := c.view()
	list := slices.Clone(v.list)
	slices.SortStableFunc(list, func(a, b field) int {
		return strings.Compare(strconv.FormatBool(strings.HasPrefix(a.id, "customfield_")), strconv.FormatBool(strings.HasPrefix(b.id, "customfield_")))
	})
	v.open('[')
	for i := range list {
		f := &list[i]
		v.open('{')
		v.key("id").text(f.id)
		if c.opts.Mode == Cloud {
			v.key("key").text(f.id)
		}
		v.key("name").text(f.name)
		v.key("custom").bool(strings.HasPrefix(f.id, "customfield_"))
		v.key("orderable").bool(true)
		v.key("navigable").bool(!f.apart)
		v.key("searchable").bool(true)
		v.key("clauseNames").any(f.clauseNames())
		v.key("schema")
		v.schema(f)
		v.close('}')
	}
	v.literal(`{"id":"issuekey","name":"Key","custom":false,"orderable":false,"navigable":true,"searchable":false,"clauseNames":["id","issue","issuekey","key"]}`)
	v.close(']')
	return raw(http.StatusOK, v.b)
}

func (c *call) statuses() answer {
	v := c.view()
	each(&v.printer, c.w.kind(fact.TermStatus), func(t fact.Term) { v.status(fact.Named{ID: t.ID, Name: t.Name}) })
	return raw(http.StatusOK, v.b)
}

func (c *call) categories() answer {
	v := c.view()
	each(&v.printer, []string{"undefined", "new", "indeterminate", "done"}, v.category)
	return raw(http.StatusOK, v.b)
}

func (c *call) priorities() answer  { return c.things("priority", c.w.priorities) }
func (c *call) resolutions() answer { return c.things("resolution", c.w.resolutions) }

func (c *call) things(resource string, list []fact.Named) answer {
	v := c.view()
	each(&v.printer, list, func(n fact.Named) { v.named(resource, n) })
	return raw(http.StatusOK, v.b)
}

func (c *call) linkTypes() answer {
	v := c.view()
	v.open('{')
	v.key("issueLinkTypes")
	each(&v.printer, c.w.kind(fact.TermLinkType), v.linkType)
	v.close('}')
	return raw(http.StatusOK, v.b)
}

func (c *call) types() []fact.Type {
	var out []fact.Type
	for _, t := range c.w.kind(fact.TermType) {
		out = append(out, fact.Type{ID: t.ID, Name: t.Name, Rank: t.Rank})
	}
	return out
}

func (c *call) issueTypes() answer {
	v := c.view()
	each(&v.printer, c.types(), v.issueType)
	return raw(http.StatusOK, v.b)
}

// seen finds the project that a path names, and refuses like Jira what is not
// there or must not be seen.
func (c *call) seen() (*project, *answer) {
	name := c.args[0]
	p := c.w.project(name)
	if c.seesProject(p) {
		return p, nil
	}
	what := "key"
	if strings.Trim(name, "0123456789") == "" {
		what = "id"
	}
	a := failure(http.StatusNotFound, fmt.Sprintf("No project could be found with %s '%s'.", what, name))
	return nil, &a
}

func (c *call) project() answer {
	p, refusal := c.seen()
	if refusal != nil {
		return *refusal
	}
	v := c.view()
	v.project(p, true)
	return raw(http.StatusOK, v.b)
}

// project writes a project, in a list without what it holds.
func (v *view) project(p *project, whole bool) {
	v.open('{')
	v.key("expand").text("description,lead,issueTypes,url,projectKeys,permissions,insight")
	v.key("self").text(v.self("project", p.ID))
	v.key("id").text(p.ID)
	v.key("key").text(p.Key)
	v.key("name").text(p.Name)
	v.key("projectTypeKey").text("software")
	if v.opts.Mode == Cloud {
		v.key("style").text("classic")
		v.key("simplified").bool(false)
		v.key("isPrivate").bool(false)
	}
	if whole {
		v.key("description").text("")
		v.key("lead")
		v.user(v.w.person[askerID])
		v.key("assigneeType").text("UNASSIGNED")
		v.key("issueTypes")
		each(&v.printer, v.types(), v.issueType)
		v.key("components")
		v.components(p)
		v.key("versions")
		v.versions(p)
	}
	v.close('}')
}

func (v *view) components(p *project) {
	each(&v.printer, p.components, func(n fact.Named) { v.named("component", n) })
}

func (v *view) versions(p *project) {
	each(&v.printer, p.releases, func(n fact.Named) { v.release(n, p.ID) })
}

func (c *call) projectComponents() answer {
	p, refusal := c.seen()
	if refusal != nil {
		return *refusal
	}
	v := c.view()
	v.components(p)
	return raw(http.StatusOK, v.b)
}

func (c *call) projectVersions() answer {
	p, refusal := c.seen()
	if refusal != nil {
		return *refusal
	}
	v := c.view()
	v.versions(p)
	return raw(http.StatusOK, v.b)
}

// projectStatuses answers every type of the project with all statuses: this
// Jira has one workflow.
func (c *call) projectStatuses() answer {
	if _, refusal := c.seen(); refusal != nil {
		return *refusal
	}
	v := c.view()
	each(&v.printer, c.types(), func(t fact.Type) {
		v.open('{')
		v.key("self").text(v.self("issuetype", t.ID))
		v.key("id").text(t.ID)
		v.key("name").text(t.Name)
		v.key("subtask").bool(t.Rank == -1)
		v.key("statuses")
		each(&v.printer, c.w.kind(fact.TermStatus), func(s fact.Term) { v.status(fact.Named{ID: s.ID, Name: s.Name}) })
		v.close('}')
	})
	return raw(http.StatusOK, v.b)
}

func (c *call) projects() answer {
	v := c.view()
	each(&v.printer, c.visible(), func(p *project) { v.project(p, false) })
	return raw(http.StatusOK, v.b)
}

// agileCap is the most elements of a page of boards, sprints or projects.
const agileCap = 50

// page writes a part of a list as the resources do that page by offsets.
func page[T any](c *call, list []T, one func(v *view, x T)) answer {
	start, refusal := c.number("startAt", 0)
	if refusal != nil {
		return *refusal
	}
	n, refusal := c.number("maxResults", agileCap)
	if refusal != nil {
		return *refusal
	}
	n = min(max(n, 1), agileCap)
	start = min(max(start, 0), len(list))
	part := list[start:min(start+n, len(list))]
	v := c.view()
	v.open('{')
	v.key("maxResults").int(n)
	v.key("startAt").int(start)
	v.key("total").int(len(list))
	v.key("isLast").bool(start+len(part) == len(list))
	v.key("values")
	each(&v.printer, part, func(x T) { one(v, x) })
	v.close('}')
	return raw(http.StatusOK, v.b)
}

// projectSearch pages the projects, all or those of some keys.
func (c *call) projectSearch() answer {
	list := c.visible()
	if keys := c.query["keys"]; len(keys) > 0 {
		list = slices.DeleteFunc(list, func(p *project) bool { return !slices.Contains(keys, p.Key) })
	}
	return page(c, list, func(v *view, p *project) { v.project(p, false) })
}

// boards pages the boards, all or those of a project.
func (c *call) boards() answer {
	var list []*board
	of := c.query.Get("projectKeyOrId")
	if of != "" && !c.seesProject(c.w.project(of)) {
		return failure(http.StatusBadRequest, fmt.Sprintf("No project could be found with key or id '%s'.", of))
	}
	kind := c.query.Get("type")
	for _, b := range c.w.boards {
		if c.seesProject(b.project) && (of == "" || b.project == c.w.project(of)) && (kind == "" || strings.Contains(kind, b.kind())) {
			list = append(list, b)
		}
	}
	return page(c, list, (*view).board)
}

func (b *board) kind() string {
	if len(b.sprints) > 0 {
		return "scrum"
	}
	return "kanban"
}

func (c *call) agile(parts ...string) string {
	return c.base + "/rest/agile/1.0/" + strings.Join(parts, "/")
}

func (v *view) board(b *board) {
	v.open('{')
	v.key("id").int(b.id)
	v.key("self").text(v.agile("board", strconv.Itoa(b.id)))
	v.key("name").text(b.name())
	v.key("type").text(b.kind())
	if v.opts.Mode == Cloud {
		p := b.project
		v.key("location").open('{')
		v.key("projectId").number(p.ID)
		v.key("displayName").text(p.Name + " (" + p.Key + ")")
		v.key("projectName").text(p.Name)
		v.key("projectKey").text(p.Key)
		v.key("projectTypeKey").text("software")
		v.key("name").text(p.Name + " (" + p.Key + ")")
		v.close('}')
		v.key("isPrivate").bool(false)
	}
	v.close('}')
}

func (b *board) name() string { return b.project.Key + " board" }

// seenBoard finds the board that a path names.
func (c *call) seenBoard() (*board, *answer) {
	for _, b := range c.w.boards {
		if strconv.Itoa(b.id) == c.args[0] && c.seesProject(b.project) {
			return b, nil
		}
	}
	a := failure(http.StatusNotFound, "Requested board cannot be viewed because it either does not exist or you do not have permission to view it.")
	return nil, &a
}

func (c *call) board() answer {
	b, refusal := c.seenBoard()
	if refusal != nil {
		return *refusal
	}
	v := c.view()
	v.board(b)
	return raw(http.StatusOK, v.b)
}

// boardConfiguration tells which statuses are in which column, and, where there
// are sprints, which field holds estimates.
func (c *call) boardConfiguration() answer {
	b, refusal := c.seenBoard()
	if refusal != nil {
		return *refusal
	}
	c.api = "2"
	v := c.view()
	v.open('{')
	v.key("id").int(b.id)
	v.key("name").text(b.name())
	v.key("type").text(b.kind())
	v.key("self").text(v.agile("board", strconv.Itoa(b.id), "configuration"))
	v.key("location").any(object{"type": "project", "key": b.project.Key, "id": b.project.ID, "name": b.project.Name, "self": v.self("project", b.project.ID)})
	v.key("filter").any(object{"id": strconv.Itoa(10_000 + b.id), "self": v.self("filter", strconv.Itoa(10_000+b.id))})
	if b.kind() == "kanban" {
		v.key("subQuery").any(object{"query": "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"})
	}
	v.key("columnConfig").open('{')
	v.key("columns").open('[')
	for _, category := range []string{"undefined", "new", "indeterminate", "done"} {
		for _, t := range c.w.kind(fact.TermStatus) {
			if c.w.category(t.ID) == category {
				v.any(object{"name": t.Name, "statuses": []any{object{"id": t.ID, "self": v.self("status", t.ID)}}})
			}
		}
	}
	v.close(']')
	v.key("constraintType").text("none")
	v.close('}')
	if b.kind() == "scrum" {
		v.key("estimation").any(object{"type": "field", "field": object{"fieldId": EstimateField, "displayName": "Story Points"}})
	}
	v.key("ranking").any(object{"rankCustomFieldId": 10019})
	v.close('}')
	return raw(http.StatusOK, v.b)
}

// boardSprints pages the sprints of a board, all or those in some states.
func (c *call) boardSprints() answer {
	b, refusal := c.seenBoard()
	if refusal != nil {
		return *refusal
	}
	if b.kind() == "kanban" {
		return failure(http.StatusBadRequest, "The board does not support sprints")
	}
	states := c.query.Get("state")
	var list []*sprint
	for _, s := range b.sprints {
		if states == "" || slices.Contains(strings.Split(states, ","), s.state(fact.At(c.now))) {
			list = append(list, s)
		}
	}
	return page(c, list, (*view).sprint)
}

func (v *view) sprint(s *sprint) {
	v.open('{')
	v.key("id").number(s.ID)
	v.key("self").text(v.agile("sprint", s.ID))
	v.key("state").text(s.state(fact.At(v.now)))
	v.key("name").text(s.Name)
	v.sprintDates(s)
	v.key("originBoardId").int(s.boardID())
	v.key("goal").text("")
	v.close('}')
}

func (c *call) sprint() answer {
	s := c.w.sprints[c.args[0]]
	if s == nil || s.board != nil && !c.seesProject(s.board.project) {
		return failure(http.StatusNotFound, "Sprint does not exist or you do not have permission to view it.")
	}
	v := c.view()
	v.sprint(s)
	return raw(http.StatusOK, v.b)
}

// issue answers one issue, by id, key, or a key that it once had.
func (c *call) issue() answer {
	r := c.w.row(c.args[0])
	if !c.sees(r) {
		message := noIssue
		if c.opts.Mode == DataCenter && (r == nil || r.live == nil) {
			message = "Issue Does Not Exist"
		} else if c.opts.Mode == DataCenter {
			return jsonAnswer(http.StatusForbidden, object{"errorMessages": []string{"You do not have the permission to see the specified issue."}, "errors": object{}})
		}
		return failure(http.StatusNotFound, message)
	}
	want := asked{choice: choose(c.query["fields"], "*all"), expansion: expand(c.query["expand"])}
	if c.opts.Mode == Cloud {
		want.cut = singleCut
	}
	v := c.view()
	v.issue(r.live, &want)
	if want.names || want.schema { // inside the issue itself
		v.b = v.b[:len(v.b)-1]
		v.legend(&want)
		v.close('}')
	}
	return raw(http.StatusOK, v.b)
}
