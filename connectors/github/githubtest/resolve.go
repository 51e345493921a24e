package githubtest

import (
	"cmp"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
)

// What a query reaches that is no thing of the world.
type (
	root      struct{}
	pageInfo  struct{ c *conn }
	subCounts struct{ total, done int }
	depCounts struct{ blockedBy, blocking, allBlockedBy, allBlocking int }
	quota     struct {
		limit, remaining, used int
		reset                  time.Time
	}
	limits   struct{ quota }
	actorGit struct{ c *commit }
	changed  struct{ f File }
	option   struct {
		p    *project
		name string
	}
	statusField struct{ p *project }
	statusValue struct{ c *card }
	fieldOfItem struct{ name, kind string }
	valueOfItem struct {
		it *item
		f  fieldValue
	}
	blob struct {
		r          *repository
		path, text string
	}
	branch struct {
		r    *repository
		name string
	}
)

// typeOf is the name of a thing's type.
func typeOf(o any) string {
	switch o := o.(type) {
	case root:
		return "Query"
	case *conn:
		return o.typ
	case edge:
		return o.typ
	case pageInfo:
		return "PageInfo"
	case *owner:
		if o.user != nil {
			return "User"
		}
		return "Organization"
	case *user:
		return o.kind
	case *team:
		return "Team"
	case *repository:
		return "Repository"
	case *label:
		return "Label"
	case *issueType:
		return "IssueType"
	case *milestone:
		return "Milestone"
	case *item:
		if o.pull != nil {
			return "PullRequest"
		}
		return "Issue"
	case *event:
		return kinds[o.kind].typ
	case *commit:
		return "Commit"
	case actorGit:
		return "GitActor"
	case changed:
		return "PullRequestChangedFile"
	case *project:
		return "ProjectV2"
	case *card:
		return "ProjectV2Item"
	case statusField:
		return "ProjectV2SingleSelectField"
	case statusValue:
		return "ProjectV2ItemFieldSingleSelectValue"
	case option:
		return "ProjectV2SingleSelectFieldOption"
	case subCounts:
		return "SubIssuesSummary"
	case depCounts:
		return "IssueDependenciesSummary"
	case limits:
		return "RateLimit"
	case fieldOfItem:
		return "IssueField" + camel(o.kind)
	case valueOfItem:
		return "IssueField" + camel(o.f.kind) + "Value"
	case blob:
		return "Blob"
	case branch:
		return "Ref"
	}
	panic(fmt.Sprintf("githubtest: %T has no type", o))
}

func camel(kind string) string {
	out := ""
	for _, word := range strings.Split(kind, "_") {
		out += strings.ToUpper(word[:1]) + word[1:]
	}
	return out
}

// absent reports whether a value is a pointer to nothing.
func absent(o any) bool {
	v := reflect.ValueOf(o)
	return v.Kind() == reflect.Pointer && v.IsNil()
}

// interfaces are the types that a condition in a query may name for several.
var interfaces = map[string][]string{
	"Actor":                         {"User", "Bot", "Mannequin", "Organization"},
	"Assignee":                      {"User", "Bot", "Mannequin", "Organization"},
	"RequestedReviewer":             {"User", "Bot", "Mannequin", "Team"},
	"RepositoryOwner":               {"Organization", "User"},
	"ProjectV2Owner":                {"Organization", "User", "Issue", "PullRequest"},
	"Assignable":                    {"Issue", "PullRequest"},
	"Closable":                      {"Issue", "PullRequest", "Milestone", "ProjectV2"},
	"Labelable":                     {"Issue", "PullRequest"},
	"Lockable":                      {"Issue", "PullRequest"},
	"ReferencedSubject":             {"Issue", "PullRequest"},
	"RenamedTitleSubject":           {"Issue", "PullRequest"},
	"IssueOrPullRequest":            {"Issue", "PullRequest"},
	"MilestoneItem":                 {"Issue", "PullRequest"},
	"ProjectV2ItemContent":          {"Issue", "PullRequest"},
	"Closer":                        {"PullRequest", "Commit", "ProjectV2"},
	"RepositoryNode":                {"Issue", "PullRequest", "IssueComment", "PullRequestReview", "PullRequestReviewComment"},
	"Comment":                       {"Issue", "PullRequest", "IssueComment", "PullRequestReview", "PullRequestReviewComment"},
	"GitObject":                     {"Blob", "Commit"},
	"ProjectV2FieldConfiguration":   {"ProjectV2SingleSelectField"},
	"ProjectV2FieldCommon":          {"ProjectV2SingleSelectField"},
	"ProjectV2ItemFieldValue":       {"ProjectV2ItemFieldSingleSelectValue"},
	"ProjectV2ItemFieldValueCommon": {"ProjectV2ItemFieldSingleSelectValue"},
	"ProjectV2Event":                {"AddedToProjectV2Event", "RemovedFromProjectV2Event", "ProjectV2ItemStatusChangedEvent"},
	"UniformResourceLocatable": {
		"Bot", "ClosedEvent", "Commit", "ConvertToDraftEvent", "CrossReferencedEvent", "Issue", "Mannequin", "MergedEvent", "Milestone", "Organization", "PullRequest",
		"PullRequestCommit", "ReadyForReviewEvent", "Repository", "ReviewDismissedEvent", "User",
	},
	"IssueFields":           {"IssueFieldDate", "IssueFieldMultiSelect", "IssueFieldNumber", "IssueFieldSingleSelect", "IssueFieldText"},
	"IssueFieldCommon":      {"IssueFieldDate", "IssueFieldMultiSelect", "IssueFieldNumber", "IssueFieldSingleSelect", "IssueFieldText"},
	"IssueFieldValue":       {"IssueFieldDateValue", "IssueFieldMultiSelectValue", "IssueFieldNumberValue", "IssueFieldSingleSelectValue", "IssueFieldTextValue"},
	"IssueFieldValueCommon": {"IssueFieldDateValue", "IssueFieldMultiSelectValue", "IssueFieldNumberValue", "IssueFieldSingleSelectValue", "IssueFieldTextValue"},
}

// fillInterfaces puts those with many members into the table.
func fillInterfaces() {
	for name, k := range kinds {
		if k.item == "" {
			continue
		}
		interfaces["PullRequestTimelineItems"] = append(interfaces["PullRequestTimelineItems"], k.typ)
		if !pullOnly[name] {
			interfaces["IssueTimelineItems"] = append(interfaces["IssueTimelineItems"], k.typ)
		}
	}
	for _, name := range []string{"IssueTimelineItems", "PullRequestTimelineItems"} {
		slices.Sort(interfaces[name])
	}
	for typ, fields := range types {
		if _, ok := fields["id"]; ok && typ != "ProjectV2SingleSelectFieldOption" {
			interfaces["Node"] = append(interfaces["Node"], typ)
		}
	}
	slices.Sort(interfaces["Node"])
}

// pullOnly are the events that issues never have.
var pullOnly = map[string]bool{
	"merged": true, "committed": true, "reviewed": true, "review_requested": true, "review_request_removed": true, "review_dismissed": true,
	"convert_to_draft": true, "ready_for_review": true, "head_ref_deleted": true, "head_ref_force_pushed": true,
}

// typeOfItem is the type that a value of itemTypes asks for.
func typeOfItem(item string) string {
	for _, k := range kinds {
		if k.item == item {
			return k.typ
		}
	}
	return ""
}

// isA reports whether a type fulfils a fragment's condition.
func isA(typ, condition string) bool {
	return typ == condition || slices.Contains(interfaces[condition], typ)
}

// fieldOf finds a field of a type, or of what stands for several.
func fieldOf(typ, name string) (field, bool) {
	if f, ok := types[typ][name]; ok {
		return f, true
	}
	if strings.HasSuffix(typ, "Connection") {
		return connField(typ, name)
	}
	if strings.HasSuffix(typ, "Edge") {
		return edgeField(typ, name)
	}
	for _, member := range interfaces[typ] {
		if f, ok := types[member][name]; ok {
			return f, true
		}
	}
	return field{}, false
}

// scalar is a field that holds a plain value.
func scalar[T any](get func(x *exec, o T) any) field {
	return field{get: func(x *exec, o any, _ args) any { return get(x, o.(T)) }}
}

// link is a field that leads to a thing of a type.
func link[T any](typ string, get func(x *exec, o T, a args) any) field {
	return field{typ: typ, get: func(x *exec, o any, a args) any { return get(x, o.(T), a) }}
}

// list is a field that leads to a list in pages.
func list[T any](typ string, get func(x *exec, o T, a args) any) field {
	return field{typ: typ, pages: true, get: func(x *exec, o any, a args) any { return get(x, o.(T), a) }}
}

// elements are the types of the elements of lists whose name does not tell.
var elements = map[string]string{
	"IssueTimelineItemsConnection": "IssueTimelineItems", "PullRequestTimelineItemsConnection": "PullRequestTimelineItems",
	"ProjectV2FieldConfigurationConnection": "ProjectV2FieldConfiguration", "OrganizationMemberConnection": "User",
}

func elementOf(typ string) string {
	if e, ok := elements[typ]; ok {
		return e
	}
	return strings.TrimSuffix(typ, "Connection")
}

func connField(typ, name string) (field, bool) {
	of := elementOf(typ)
	counts := strings.HasSuffix(typ, "TimelineItemsConnection")
	switch {
	case name == "nodes":
		return link(of, func(_ *exec, c *conn, _ args) any { return c.nodes() }), true
	case name == "edges":
		return link(strings.TrimSuffix(typ, "Connection")+"Edge", func(_ *exec, c *conn, _ args) any { return c.edges() }), true
	case name == "pageInfo":
		return link("PageInfo", func(_ *exec, c *conn, _ args) any { return pageInfo{c} }), true
	case name == "totalCount":
		return scalar(func(_ *exec, c *conn) any { return c.all }), true
	case name == "filteredCount" && counts:
		return scalar(func(_ *exec, c *conn) any { return c.total }), true
	case name == "pageCount" && counts:
		return scalar(func(_ *exec, c *conn) any { return len(c.page) }), true
	case name == "updatedAt" && counts:
		return scalar(func(_ *exec, c *conn) any { return c.updated }), true
	}
	return field{}, false
}

func edgeField(typ, name string) (field, bool) {
	switch name {
	case "cursor":
		return scalar(func(_ *exec, e edge) any { return e.pageMark.String() }), true
	case "node":
		return link(elementOf(strings.TrimSuffix(typ, "Edge")+"Connection"), func(_ *exec, e edge, _ args) any { return e.o }), true
	}
	return field{}, false
}

// types are the fields that the server knows, by type.
var types map[string]map[string]field

func init() {
	types = map[string]map[string]field{
		"Query": {
			"viewer":       link("User", func(x *exec, _ root, _ args) any { return x.w.viewer(x.opts) }),
			"rateLimit":    link("RateLimit", func(x *exec, _ root, _ args) any { return limits{x.quota} }),
			"repository":   link("Repository", func(x *exec, _ root, a args) any { return x.repository(a.text("owner"), a.text("name"), a) }),
			"organization": link("Organization", func(x *exec, _ root, a args) any { return x.organization(a.text("login"), "Organization") }),
			"user":         link("User", func(x *exec, _ root, a args) any { return x.organization(a.text("login"), "User") }),
			"repositoryOwner": link("RepositoryOwner", func(x *exec, _ root, a args) any {
				if o := x.w.owners[strings.ToLower(a.text("login"))]; o != nil {
					return o
				}
				return nil
			}),
			"node": link("Node", func(x *exec, _ root, a args) any { return x.node(a.text("id")) }),
			"nodes": link("Node", func(x *exec, _ root, a args) any {
				if ids := a.texts("ids"); len(ids) <= mostFirst {
					out := make([]any, len(ids))
					for i, id := range ids {
						out[i] = x.node(id)
					}
					return out
				}
				return failure{kind: "ARGUMENT_LIMIT", message: "You may not provide more than 100 node ids; you provided more."}
			}),
		},
		"PageInfo": {
			"hasNextPage":     scalar(func(_ *exec, p pageInfo) any { return p.c.after }),
			"hasPreviousPage": scalar(func(_ *exec, p pageInfo) any { return p.c.before }),
			"startCursor": scalar(func(_ *exec, p pageInfo) any {
				if len(p.c.page) == 0 {
					return nil
				}
				return p.c.page[0].pageMark.String()
			}),
			"endCursor": scalar(func(_ *exec, p pageInfo) any {
				if len(p.c.page) == 0 {
					return nil
				}
				return p.c.page[len(p.c.page)-1].pageMark.String()
			}),
		},
		"RateLimit": {
			"cost":      scalar(func(x *exec, _ limits) any { return x.cost.points() }),
			"nodeCount": scalar(func(x *exec, _ limits) any { return x.cost.nodes }),
			"limit":     scalar(func(_ *exec, l limits) any { return l.limit }),
			"remaining": scalar(func(_ *exec, l limits) any { return l.remaining }),
			"used":      scalar(func(_ *exec, l limits) any { return l.used }),
			"resetAt":   scalar(func(_ *exec, l limits) any { return l.reset }),
		},
		"Team": {
			"id": nodeField[*team](), "databaseId": scalar(func(_ *exec, t *team) any { return t.id }),
			"name": scalar(func(_ *exec, t *team) any { return t.name }), "slug": scalar(func(_ *exec, t *team) any { return t.slug }),
			"combinedSlug": scalar(func(_ *exec, t *team) any { return t.owner.login + "/" + t.slug }),
			"url":          scalar(func(x *exec, t *team) any { return x.web + "/orgs/" + t.owner.login + "/teams/" + t.slug }),
			"resourcePath": scalar(func(_ *exec, t *team) any { return "/orgs/" + t.owner.login + "/teams/" + t.slug }),
		},
		"Label": {
			"id": nodeField[*label](), "name": scalar(func(_ *exec, l *label) any { return l.name }),
			"color": scalar(func(*exec, *label) any { return "d73a4a" }), "description": scalar(func(*exec, *label) any { return nil }),
			"isDefault":  scalar(func(*exec, *label) any { return false }),
			"repository": link("Repository", func(_ *exec, l *label, _ args) any { return l.repo }),
		},
		"IssueType": {
			"id": nodeField[*issueType](), "name": scalar(func(_ *exec, t *issueType) any { return t.name }),
			"color": scalar(func(*exec, *issueType) any { return "BLUE" }), "description": scalar(func(*exec, *issueType) any { return nil }),
			"isEnabled": scalar(func(*exec, *issueType) any { return true }),
		},
	}
	people()
	ownerTypes()
	repositoryType()
	milestoneType()
	issueTypes()
	pullType()
	commitTypes()
	boardTypes()
	timelineTypes()
	fieldTypes()
	fillInterfaces()
}

func nodeField[T any]() field { return scalar(func(x *exec, o T) any { return x.ids.of(o) }) }

// people are the accounts. Actors of every type have the same members here.
func people() {
	for _, typ := range []string{"User", "Bot", "Mannequin"} {
		types[typ] = map[string]field{
			"id": nodeField[*user](), "login": scalar(func(_ *exec, u *user) any { return u.login }),
			"databaseId":   scalar(func(_ *exec, u *user) any { return u.id }),
			"url":          scalar(func(x *exec, u *user) any { return x.web + u.below() }),
			"resourcePath": scalar(func(_ *exec, u *user) any { return u.below() }),
			"avatarUrl":    scalar(func(x *exec, u *user) any { return x.web + "/avatars/" + itoa(u.id) }),
			"createdAt":    scalar(func(*exec, *user) any { return longAgo }),
			"updatedAt":    scalar(func(*exec, *user) any { return longAgo }),
		}
	}
	types["User"]["name"] = scalar(func(_ *exec, u *user) any { return displayName(u) })
	types["User"]["email"] = scalar(func(*exec, *user) any { return "" })
	types["User"]["isViewer"] = scalar(func(x *exec, u *user) any { return u == x.w.viewer(x.opts) })
	types["Mannequin"]["email"] = scalar(func(*exec, *user) any { return nil })
}

// longAgo is when everything was made of which nobody cares when.
var longAgo = time.Date(2015, 3, 1, 9, 0, 0, 0, time.UTC)

func (u *user) below() string {
	if bare, ok := strings.CutSuffix(u.login, "[bot]"); ok {
		return "/apps/" + bare
	}
	return "/" + u.login
}

// displayName is what people read as an account's name: it must never be kept.
func displayName(u *user) string { return "Name of " + u.login }

func ownerTypes() {
	both := map[string]field{
		"repositories": list("RepositoryConnection", func(x *exec, o *owner, a args) any {
			return pageOf("RepositoryConnection", repositoriesInOrder(x.w.repositoriesOf(o)), false, a)
		}),
		"repository": link("Repository", func(x *exec, o *owner, a args) any { return x.repository(o.login, a.text("name"), a) }),
		"projectsV2": list("ProjectV2Connection", func(x *exec, o *owner, a args) any { return x.projects(x.w.projectsOf(o), a) }),
		"projectV2":  link("ProjectV2", func(x *exec, o *owner, a args) any { return x.project(o, a) }),
	}
	organization := map[string]field{
		"id": nodeField[*owner](), "login": scalar(func(_ *exec, o *owner) any { return o.login }),
		"databaseId":   scalar(func(_ *exec, o *owner) any { return o.id }),
		"name":         scalar(func(_ *exec, o *owner) any { return o.login }),
		"url":          scalar(func(x *exec, o *owner) any { return x.web + "/" + o.login }),
		"resourcePath": scalar(func(_ *exec, o *owner) any { return "/" + o.login }),
		"avatarUrl":    scalar(func(x *exec, o *owner) any { return x.web + "/avatars/" + itoa(o.id) }),
		"issueTypes": list("IssueTypeConnection", func(_ *exec, o *owner, a args) any {
			return pageOf("IssueTypeConnection", inOrder(o.types), false, a)
		}),
		"teams": list("TeamConnection", func(_ *exec, o *owner, a args) any {
			return pageOf("TeamConnection", inOrder(o.teams), false, a)
		}),
	}
	for name, f := range both {
		organization[name] = f
		get := f.get
		f.get = func(x *exec, o any, a args) any {
			if u, ok := o.(*user); ok {
				o = x.w.ownerOf(u)
			}
			return get(x, o, a)
		}
		types["User"][name] = f
	}
	types["Organization"] = organization
}

// ownerOf is a person as an owner of repositories.
func (w *World) ownerOf(u *user) *owner {
	if o := w.owners[strings.ToLower(u.login)]; o != nil {
		return o
	}
	return &owner{id: u.id, login: u.login, user: u}
}

func (w *World) repositoriesOf(o *owner) []*repository {
	var out []*repository
	for _, r := range w.repos {
		if r.owner == o && r.readable() {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *repository) int { return cmp.Compare(a.id, b.id) })
	return out
}

func repositoriesInOrder(list []*repository) []entry {
	out := make([]entry, len(list))
	for i, r := range list {
		out[i] = entry{pageMark{r.id, 0}, r}
	}
	return out
}

func (w *World) projectsOf(o *owner) []*project {
	var out []*project
	for _, p := range w.projects {
		if p.owner == o {
			out = append(out, p)
		}
	}
	return out
}

func (x *exec) organization(login, typ string) any {
	o := x.w.owners[strings.ToLower(login)]
	switch {
	case typ == "User" && o != nil && o.user != nil:
		return o.user
	case typ == "User" && x.w.users[strings.ToLower(login)] != nil:
		return shown(x.w.users[strings.ToLower(login)])
	case typ == "Organization" && o != nil && o.user == nil:
		return o
	}
	return failure{kind: "NOT_FOUND", message: fmt.Sprintf("Could not resolve to %s with the login of '%s'.", map[string]string{"User": "a User", "Organization": "an Organization"}[typ], login)}
}

// repository answers a repository by a name that it has or had.
func (x *exec) repository(owner, name string, a args) any {
	full := owner + "/" + name
	r := x.w.names[strings.ToLower(full)]
	follow, given := a["followRenames"].(bool)
	switch {
	case r != nil && r.sso:
		return failure{"FORBIDDEN", ssoMessage, map[string]any{"saml_failure": true}}
	case !r.readable(), given && !follow && !strings.EqualFold(r.full(), full):
		return failure{kind: "NOT_FOUND", message: fmt.Sprintf("Could not resolve to a Repository with the name '%s'.", full)}
	}
	return r
}

func repositoryType() {
	types["Repository"] = map[string]field{
		"id": nodeField[*repository](), "databaseId": scalar(func(_ *exec, r *repository) any { return r.id }),
		"name":             scalar(func(_ *exec, r *repository) any { return r.name }),
		"nameWithOwner":    scalar(func(_ *exec, r *repository) any { return r.full() }),
		"owner":            link("RepositoryOwner", func(_ *exec, r *repository, _ args) any { return r.owner.actor() }),
		"url":              scalar(func(x *exec, r *repository) any { return x.web + "/" + r.full() }),
		"resourcePath":     scalar(func(_ *exec, r *repository) any { return "/" + r.full() }),
		"isArchived":       scalar(func(_ *exec, r *repository) any { return r.archived }),
		"isPrivate":        scalar(func(_ *exec, r *repository) any { return r.private }),
		"isFork":           scalar(func(*exec, *repository) any { return false }),
		"isDisabled":       scalar(func(*exec, *repository) any { return false }),
		"isEmpty":          scalar(func(*exec, *repository) any { return false }),
		"visibility":       scalar(func(_ *exec, r *repository) any { return map[bool]string{true: "PRIVATE", false: "PUBLIC"}[r.private] }),
		"hasIssuesEnabled": scalar(func(_ *exec, r *repository) any { return !r.noIssues }),
		"createdAt":        scalar(func(_ *exec, r *repository) any { return r.created }),
		"updatedAt":        scalar(func(_ *exec, r *repository) any { return r.created }),
		"pushedAt":         scalar(func(_ *exec, r *repository) any { return r.created }),
		"defaultBranchRef": link("Ref", func(_ *exec, r *repository, _ args) any { return branch{r, "main"} }),
		"issues":           list("IssueConnection", func(x *exec, r *repository, a args) any { return x.issues(r.items, false, a) }),
		"pullRequests":     list("PullRequestConnection", func(x *exec, r *repository, a args) any { return x.issues(r.items, true, a) }),
		"issue":            link("Issue", func(x *exec, r *repository, a args) any { return x.numbered(r, a, "Issue") }),
		"pullRequest":      link("PullRequest", func(x *exec, r *repository, a args) any { return x.numbered(r, a, "PullRequest") }),
		"issueOrPullRequest": link("IssueOrPullRequest", func(x *exec, r *repository, a args) any {
			return x.numbered(r, a, "")
		}),
		"milestones": list("MilestoneConnection", func(x *exec, r *repository, a args) any { return x.milestones(r, a) }),
		"milestone":  link("Milestone", func(_ *exec, r *repository, a args) any { return r.milestone(a) }),
		"labels": list("LabelConnection", func(_ *exec, r *repository, a args) any {
			return pageOf("LabelConnection", inOrder(r.labels), false, a)
		}),
		"issueTypes": list("IssueTypeConnection", func(_ *exec, r *repository, a args) any {
			return pageOf("IssueTypeConnection", inOrder(r.owner.types), false, a)
		}),
		"projectsV2": list("ProjectV2Connection", func(x *exec, r *repository, a args) any { return x.projects(x.w.projectsOf(r.owner), a) }),
		"object":     link("GitObject", func(_ *exec, r *repository, a args) any { return r.object(a.text("expression")) }),
	}
	types["Ref"] = map[string]field{
		"id":     scalar(func(_ *exec, b branch) any { return "REF_" + b.name }),
		"name":   scalar(func(_ *exec, b branch) any { return b.name }),
		"prefix": scalar(func(*exec, branch) any { return "refs/heads/" }),
	}
	types["Blob"] = map[string]field{
		"id":          scalar(func(_ *exec, b blob) any { return "B_" + hash(b.text) }),
		"oid":         scalar(func(_ *exec, b blob) any { return hash(b.text) }),
		"text":        scalar(func(_ *exec, b blob) any { return b.text }),
		"byteSize":    scalar(func(_ *exec, b blob) any { return len(b.text) }),
		"isTruncated": scalar(func(*exec, blob) any { return false }),
		"isBinary":    scalar(func(*exec, blob) any { return false }),
		"repository":  link("Repository", func(_ *exec, b blob, _ args) any { return b.r }),
	}
}

func (o *owner) actor() any {
	if o.user != nil {
		return o.user
	}
	return o
}

// object finds a file: only of the newest state of the main branch is anything
// known.
func (r *repository) object(expression string) any {
	_, path, ok := strings.Cut(expression, ":")
	text, there := r.files[path]
	if !ok || !there {
		return nil
	}
	return blob{r, path, text}
}

func (r *repository) milestone(a args) any {
	n, _ := a.number("number")
	for _, m := range r.marksList {
		if m.number == n && !m.deleted {
			return m
		}
	}
	return nil
}

// numbered finds an issue or a pull request by its number.
func (x *exec) numbered(r *repository, a args, typ string) any {
	n, _ := a.number("number")
	for _, it := range r.items {
		if it.number == n && it.readable() && (typ == "" || typeOf(it) == typ) {
			return it
		}
	}
	what := map[string]string{"": "an issue or pull request", "Issue": "an Issue", "PullRequest": "a PullRequest"}[typ]
	return failure{kind: "NOT_FOUND", message: fmt.Sprintf("Could not resolve to %s with the number of %d.", what, n)}
}

// issues answers a list of issues, or of pull requests, filtered and in order.
func (x *exec) issues(items []*item, pulls bool, a args) any {
	by, desc := "CREATED_AT", false
	if o := a.object("orderBy"); o != nil {
		by, desc = o.text("field"), o.text("direction") == "DESC"
	}
	filter := a.object("filterBy")
	states := append(a.texts("states"), filter.texts("states")...)
	since := filter.time("since")
	labels := append(a.texts("labels"), filter.texts("labels")...)
	var out []entry
	for _, it := range items {
		switch {
		case !it.readable(), (it.pull != nil) != pulls, it.pull == nil && it.repo.noIssues:
		case len(states) > 0 && !slices.Contains(states, state(it)):
		case it.updated.Before(since):
		case len(labels) > 0 && !slices.ContainsFunc(it.labels, func(l *label) bool { return slices.Contains(labels, l.name) }):
		default:
			mark := pageMark{it.created.UnixMilli(), it.id}
			if by == "UPDATED_AT" {
				mark.A = it.updated.UnixMilli()
			} else if by == "COMMENTS" {
				mark.A = int64(len(it.acts("commented")))
			}
			out = append(out, entry{mark, it})
		}
	}
	slices.SortFunc(out, func(a, b entry) int {
		c := cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
		if desc {
			return -c
		}
		return c
	})
	typ := "IssueConnection"
	if pulls {
		typ = "PullRequestConnection"
	}
	return pageOf(typ, out, desc, a)
}

// state is how GraphQL calls the state of an item.
func state(it *item) string {
	switch {
	case it.pull != nil && !it.pull.merged.IsZero():
		return "MERGED"
	case it.isClosed():
		return "CLOSED"
	}
	return "OPEN"
}

func (x *exec) milestones(r *repository, a args) any {
	field, desc := "NUMBER", false
	if o := a.object("orderBy"); o != nil {
		field, desc = o.text("field"), o.text("direction") == "DESC"
	}
	states := a.texts("states")
	var out []entry
	for _, m := range r.marksList {
		mark := pageMark{int64(m.number), m.id}
		switch field {
		case "UPDATED_AT":
			mark.A = m.updated.UnixMilli()
		case "CREATED_AT":
			mark.A = m.created.UnixMilli()
		case "DUE_DATE":
			mark.A = m.due.UnixMilli()
		}
		if !m.deleted && (len(states) == 0 || slices.Contains(states, m.state())) {
			out = append(out, entry{mark, m})
		}
	}
	slices.SortFunc(out, func(a, b entry) int {
		c := cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
		if desc {
			return -c
		}
		return c
	})
	return pageOf("MilestoneConnection", out, desc, a)
}

func (m *milestone) state() string {
	if m.closed.IsZero() {
		return "OPEN"
	}
	return "CLOSED"
}

func (m *milestone) count(closed bool) int {
	n := 0
	for _, it := range m.repo.items {
		if it.milestone == m && it.readable() && it.isClosed() == closed {
			n++
		}
	}
	return n
}

func milestoneType() {
	types["Milestone"] = map[string]field{
		"id": nodeField[*milestone](), "number": scalar(func(_ *exec, m *milestone) any { return m.number }),
		"title":        scalar(func(_ *exec, m *milestone) any { return m.title }),
		"description":  scalar(func(_ *exec, m *milestone) any { return m.text }),
		"state":        scalar(func(_ *exec, m *milestone) any { return m.state() }),
		"closed":       scalar(func(_ *exec, m *milestone) any { return !m.closed.IsZero() }),
		"closedAt":     scalar(func(_ *exec, m *milestone) any { return m.closed }),
		"createdAt":    scalar(func(_ *exec, m *milestone) any { return m.created }),
		"updatedAt":    scalar(func(_ *exec, m *milestone) any { return m.updated }),
		"dueOn":        scalar(func(_ *exec, m *milestone) any { return m.due }),
		"creator":      link("Actor", func(_ *exec, m *milestone, _ args) any { return shown(m.by) }),
		"repository":   link("Repository", func(_ *exec, m *milestone, _ args) any { return m.repo }),
		"url":          scalar(func(x *exec, m *milestone) any { return x.web + m.below() }),
		"resourcePath": scalar(func(_ *exec, m *milestone) any { return m.below() }),
		"openIssueCount": scalar(func(_ *exec, m *milestone) any {
			return m.count(false)
		}),
		"closedIssueCount": scalar(func(_ *exec, m *milestone) any { return m.count(true) }),
		"progressPercentage": scalar(func(_ *exec, m *milestone) any {
			return 100 * float64(m.count(true)) / float64(max(1, m.count(true)+m.count(false)))
		}),
		"issues":       list("IssueConnection", func(x *exec, m *milestone, a args) any { return x.issues(m.items(), false, a) }),
		"pullRequests": list("PullRequestConnection", func(x *exec, m *milestone, a args) any { return x.issues(m.items(), true, a) }),
	}
}

func (m *milestone) below() string { return fmt.Sprintf("/%s/milestone/%d", m.repo.full(), m.number) }

func (m *milestone) items() []*item {
	var out []*item
	for _, it := range m.repo.items {
		if it.milestone == m {
			out = append(out, it)
		}
	}
	return out
}

// node finds a thing by its global id, in either form.
func (x *exec) node(id string) any {
	if o, ok := x.w.index()[id]; ok {
		if it, ok := o.(*item); !ok || it.readable() {
			return o
		}
	}
	return failure{kind: "NOT_FOUND", message: fmt.Sprintf("Could not resolve to a node with the global id of '%s'", id)}
}

// index returns everything by its ids, made anew when the world has changed.
func (w *World) index() map[string]any {
	w.ixMu.Lock()
	defer w.ixMu.Unlock()
	if w.ix == nil || w.ixAt != w.version {
		w.ix, w.ixAt = map[string]any{}, w.version
		for _, o := range w.everything() {
			w.ix[ids{false}.of(o)], w.ix[ids{true}.of(o)] = o, o
		}
	}
	return w.ix
}

// everything lists what can be found by an id.
func (w *World) everything() []any {
	var out []any
	for _, o := range w.owners {
		out = append(out, o)
	}
	for _, u := range w.users {
		out = append(out, u)
	}
	for _, p := range w.projects {
		out = append(out, p)
	}
	for _, r := range w.repos {
		if !r.readable() {
			continue
		}
		out = append(out, r)
		for _, m := range r.marksList {
			out = append(out, m)
		}
		for _, it := range r.items {
			out = append(out, it)
			for _, e := range it.acts("commented") {
				out = append(out, e)
			}
			for _, e := range it.acts("reviewed") {
				out = append(out, e)
			}
		}
	}
	return out
}

func itemURL(web string, it *item) string { return web + it.below() }

func (it *item) below() string {
	kind := "issues"
	if it.pull != nil {
		kind = "pull"
	}
	return fmt.Sprintf("/%s/%s/%d", it.repo.full(), kind, it.number)
}

func pathEscape(s string) string { return (&url.URL{Path: s}).EscapedPath() }
