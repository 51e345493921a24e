package jiratest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
)

// More custom fields of the pretend Jira. Epics and what is above them are
// links of Data Center; on Cloud every level has a parent.
const (
	RankField       = "customfield_10019"
	EpicLinkField   = "customfield_10014"
	ParentLinkField = "customfield_10018"
	NotesField      = "customfield_10040" // free text
	ReviewerField   = "customfield_10041" // a person
)

// field is something that an issue has a value of.
type field struct {
	id, name            string
	kind, items, custom string // its schema
	clauses             []string
	modes               string // "" for both
	apart               bool   // not among the fields that *navigable means
	write               func(v *view, is *issue)
}

// view writes issues for one call.
type view struct {
	printer
	*call
	list []field // all fields, in order
}

func (c *call) view() *view {
	v := &view{call: c}
	mode := [...]string{"C", "D"}[c.opts.Mode]
	for _, f := range standard {
		if f.modes == "" || f.modes == mode {
			v.list = append(v.list, f)
		}
	}
	for _, id := range c.w.customs {
		if !slices.ContainsFunc(v.list, func(f field) bool { return f.id == id }) {
			v.list = append(v.list, extra(c, id))
		}
	}
	return v
}

// extra is a field of closed answers that the source's records have.
func extra(c *call, id string) field {
	f := field{id: id, name: "Field " + strings.TrimPrefix(id, "customfield_"), kind: "option", custom: typesPlugin + "select"}
	if t, ok := c.w.words.Find(c.w.site, fact.TermField, id); ok {
		f.name = t.Name
		if t.Schema != "" {
			f.custom = t.Schema
		}
	}
	f.write = func(v *view, is *issue) {
		for _, x := range is.rec.Fields {
			if x.ID == id {
				v.any(custom(x))
				return
			}
		}
		v.null()
	}
	return f
}

const (
	typesPlugin = "com.atlassian.jira.plugin.system.customfieldtypes:"
	agilePlugin = "com.pyxis.greenhopper.jira:"
)

// standard are the fields of every site.
var standard = []field{
	{id: "summary", name: "Summary", kind: "string", write: func(v *view, is *issue) { v.text(is.rec.Title) }},
	{id: "issuetype", name: "Issue Type", kind: "issuetype", clauses: []string{"issuetype", "type"}, write: func(v *view, is *issue) { v.issueType(is.rec.Type) }},
	{id: "status", name: "Status", kind: "status", write: func(v *view, is *issue) { v.status(is.rec.Status) }},
	{id: "project", name: "Project", kind: "project", write: func(v *view, is *issue) { v.projectShort(is.rec.Project) }},
	{id: "created", name: "Created", kind: "datetime", clauses: []string{"created", "createdDate"}, write: func(v *view, is *issue) { v.time(is.rec.Created) }},
	{id: "updated", name: "Updated", kind: "datetime", clauses: []string{"updated", "updatedDate"}, write: func(v *view, is *issue) { v.time(is.rec.Updated) }},
	{id: "resolutiondate", name: "Resolved", kind: "datetime", clauses: []string{"resolutiondate", "resolved"}, write: func(v *view, is *issue) { v.time(is.rec.Resolved) }},
	{id: "duedate", name: "Due date", kind: "date", clauses: []string{"due", "duedate"}, write: func(v *view, is *issue) { v.orNull(is.rec.Due) }},
	{id: "resolution", name: "Resolution", kind: "resolution", write: func(v *view, is *issue) { v.named("resolution", is.rec.Resolution) }},
	{id: "priority", name: "Priority", kind: "priority", write: func(v *view, is *issue) { v.named("priority", is.rec.Priority) }},
	{id: "creator", name: "Creator", kind: "user", write: func(v *view, is *issue) { v.user(is.rec.Creator) }},
	{id: "reporter", name: "Reporter", kind: "user", write: func(v *view, is *issue) { v.user(is.rec.Reporter) }},
	{id: "assignee", name: "Assignee", kind: "user", write: func(v *view, is *issue) { v.user(is.rec.Assignee) }},
	{id: "labels", name: "Labels", kind: "array", items: "string", write: func(v *view, is *issue) { each(&v.printer, is.rec.Labels, v.text) }},
	{id: "components", name: "Components", kind: "array", items: "component", clauses: []string{"component"}, write: func(v *view, is *issue) {
		each(&v.printer, is.rec.Components, func(n fact.Named) { v.named("component", n) })
	}},
	{id: "fixVersions", name: "Fix versions", kind: "array", items: "version", clauses: []string{"fixVersion"}, write: func(v *view, is *issue) {
		each(&v.printer, is.rec.Releases, func(n fact.Named) { v.release(n, "") })
	}},
	{id: "versions", name: "Affects versions", kind: "array", items: "version", clauses: []string{"affectedVersion"}, write: func(v *view, _ *issue) { v.literal("[]") }},
	{id: "issuelinks", name: "Linked Issues", kind: "array", items: "issuelinks", clauses: []string{"issueLink"}, write: func(v *view, is *issue) { each(&v.printer, is.rec.Links, v.link) }},
	{id: "subtasks", name: "Sub-tasks", kind: "array", items: "issuelinks", clauses: []string{"subtasks"}, write: func(v *view, is *issue) {
		each(&v.printer, v.subtasksOf(is.rec.ID), func(id string) { v.short(fact.Ref{ID: id}) })
	}},
	{id: "description", name: "Description", kind: "string", write: func(v *view, _ *issue) { v.prose(CommentText) }},
	{id: "environment", name: "Environment", kind: "string", write: func(v *view, _ *issue) { v.null() }},
	{id: "comment", name: "Comment", kind: "comments-page", apart: true, write: func(v *view, is *issue) { v.comments(is) }},
	{id: "worklog", name: "Log Work", kind: "array", items: "worklog", apart: true, write: func(v *view, is *issue) { v.worklogs(is) }},
	{id: SprintField, name: "Sprint", kind: "array", items: "json", custom: agilePlugin + "gh-sprint", write: func(v *view, is *issue) { v.sprintsOf(is) }},
	{id: FlagField, name: "Flagged", kind: "array", items: "option", custom: typesPlugin + "multicheckboxes", write: func(v *view, is *issue) {
		if !is.rec.Flagged {
			v.null()
			return
		}
		v.any([]any{object{"self": v.self("customFieldOption", "10100"), "id": "10100", "value": "Impediment"}})
	}},
	{id: EstimateField, name: "Story Points", kind: "number", custom: typesPlugin + "float", write: func(v *view, is *issue) {
		if math.IsNaN(is.rec.Estimate) {
			v.null()
			return
		}
		v.float(is.rec.Estimate)
	}},
	{id: TeamField, name: "Team", kind: "team", custom: typesPlugin + "atlassian-team", write: func(v *view, is *issue) {
		if is.rec.Team == (fact.Named{}) {
			v.null()
			return
		}
		v.any(object{"id": is.rec.Team.ID, "name": is.rec.Team.Name, "title": is.rec.Team.Name, "avatarUrl": "", "isVisible": true, "isVerified": false})
	}},
	{id: RankField, name: "Rank", kind: "any", custom: agilePlugin + "gh-lexo-rank", write: func(v *view, is *issue) { v.text(fmt.Sprintf("0|i%05x:", is.number)) }},
	{id: EpicLinkField, name: "Epic Link", kind: "any", custom: agilePlugin + "gh-epic-link", write: func(v *view, is *issue) {
		if v.opts.Mode == DataCenter && is.rec.Type.Rank == 0 {
			v.orNull(v.keyOf(is.rec.Parent))
			return
		}
		v.null()
	}},
	{id: ParentLinkField, name: "Parent Link", kind: "any", custom: "com.atlassian.jpo:jpo-custom-field-parent", modes: "D", write: func(v *view, is *issue) {
		if is.rec.Type.Rank > 0 {
			v.orNull(v.keyOf(is.rec.Parent))
			return
		}
		v.null()
	}},
	{id: NotesField, name: "Notes", kind: "string", custom: typesPlugin + "textarea", write: func(v *view, _ *issue) { v.prose(CommentText) }},
	{id: ReviewerField, name: "Reviewer", kind: "user", custom: typesPlugin + "userpicker", write: func(v *view, is *issue) { v.user(is.rec.Reporter) }},
	{id: "parent", name: "Parent", kind: "issuelink", clauses: []string{"parent"}}, // absent where there is none: see parent
}

func (f *field) clauseNames() []string {
	if number, ok := strings.CutPrefix(f.id, "customfield_"); ok {
		return []string{"cf[" + number + "]", f.name}
	}
	if f.clauses != nil {
		return f.clauses
	}
	return []string{f.id}
}

// choice says which fields are asked for.
type choice struct {
	all, navigable bool
	fields, except map[string]bool
}

// choose reads a list of fields, which may hold several in one, by comma.
func choose(list []string, fallback string) choice {
	ch := choice{fields: map[string]bool{}, except: map[string]bool{}}
	for _, part := range list {
		for _, name := range strings.Split(part, ",") {
			switch name = strings.TrimSpace(name); {
			case name == "":
			case name == "*all":
				ch.all = true
			case name == "*navigable":
				ch.navigable = true
			case name[0] == '-':
				ch.except[name[1:]] = true
			default:
				ch.fields[name] = true
			}
		}
	}
	if !ch.all && !ch.navigable && len(ch.fields) == 0 {
		ch.all, ch.navigable = fallback == "*all", fallback == "*navigable"
		if fallback == "id" {
			ch.fields["id"] = true
		}
	}
	return ch
}

// only reports whether nothing is asked for but what the names say.
func (ch choice) only(names ...string) bool {
	if ch.all || ch.navigable || len(ch.fields) == 0 {
		return false
	}
	for name := range ch.fields {
		if !slices.Contains(names, name) {
			return false
		}
	}
	return true
}

func (ch choice) wants(f *field) bool {
	if ch.except[f.id] {
		return false
	}
	return ch.all || ch.navigable && !f.apart || ch.fields[f.id]
}

// expansion says what is asked for besides fields.
type expansion struct {
	names, schema, changelog bool
}

func expand(list []string) expansion {
	var x expansion
	for _, part := range list {
		for _, name := range strings.Split(part, ",") {
			switch strings.TrimSpace(name) {
			case "names":
				x.names = true
			case "schema":
				x.schema = true
			case "changelog":
				x.changelog = true
			}
		}
	}
	return x
}

// asked is what a search or a fetch wants of each issue.
type asked struct {
	choice
	expansion
	cut int // most entries of a log, newest first; 0 is all of them, oldest first
}

// issue writes an issue.
func (v *view) issue(is *issue, want *asked) {
	v.open('{')
	v.key("id").text(is.rec.ID)
	if !want.only("id") {
		v.key("expand").text("operations,versionedRepresentations,editmeta,changelog,renderedFields")
		v.key("self").text(v.self("issue", is.rec.ID))
		v.key("key").text(is.rec.Key)
	}
	if want.changelog {
		v.key("changelog")
		v.changelog(is, want.cut)
	}
	if !want.only("id", "key") {
		v.key("fields").open('{')
		for i := range v.list {
			f := &v.list[i]
			switch {
			case !want.wants(f):
			case f.write == nil:
				v.parent(is)
			default:
				v.key(f.id)
				f.write(v, is)
			}
		}
		v.close('}')
	}
	v.close('}')
}

// legend writes what an answer says about its fields, if it is asked to.
func (v *view) legend(want *asked) {
	if want.names {
		v.key("names").open('{')
		for i := range v.list {
			if f := &v.list[i]; want.wants(f) {
				v.key(f.id).text(f.name)
			}
		}
		v.close('}')
	}
	if want.schema {
		v.key("schema").open('{')
		for i := range v.list {
			if f := &v.list[i]; want.wants(f) {
				v.key(f.id)
				v.schema(f)
			}
		}
		v.close('}')
	}
}

func (v *view) schema(f *field) {
	v.open('{')
	v.key("type").text(f.kind)
	if f.items != "" {
		v.key("items").text(f.items)
	}
	if number, ok := strings.CutPrefix(f.id, "customfield_"); ok {
		v.key("custom").text(f.custom)
		v.key("customId").number(number)
	} else {
		v.key("system").text(f.id)
	}
	v.close('}')
}

func (v *view) time(t fact.Instant) { v.stamp(t, v.opts.zone()) }

// keyOf is the present key of what a reference points to.
func (v *view) keyOf(ref fact.Ref) string {
	if r := v.w.find(ref); r != nil && r.live != nil {
		return r.live.rec.Key
	}
	return ref.Key
}

// parent writes the parent, where there is one: on Data Center only sub-tasks
// have it.
func (v *view) parent(is *issue) {
	r := &is.rec
	if r.Parent.IsZero() || v.opts.Mode == DataCenter && r.Type.Rank >= 0 {
		return
	}
	v.key("parent")
	v.short(r.Parent)
}

// short writes another issue as it stands in links. Of one that is not the
// server's nothing is known but id and key.
func (v *view) short(ref fact.Ref) {
	v.open('{')
	if row := v.w.find(ref); v.sees(row) {
		r := &row.live.rec
		v.key("id").text(r.ID)
		v.key("key").text(r.Key)
		v.key("self").text(v.self("issue", r.ID))
		v.key("fields").open('{')
		v.key("summary").text(r.Title)
		v.key("status")
		v.status(r.Status)
		v.key("priority")
		v.named("priority", r.Priority)
		v.key("issuetype")
		v.issueType(r.Type)
		v.close('}')
	} else {
		if ref.ID != "" {
			v.key("id").text(ref.ID)
			v.key("self").text(v.self("issue", ref.ID))
		}
		if ref.Key != "" {
			v.key("key").text(ref.Key)
		}
	}
	v.close('}')
}

// link writes one end of a link, unless it leads to what must not be seen.
func (v *view) link(l fact.Link) {
	if row := v.w.find(l.Other); row != nil && !v.sees(row) {
		return
	}
	typ := fact.Term{Name: l.Type, Inward: l.Phrase, Outward: l.Phrase}
	side := "outwardIssue"
	for _, word := range v.w.words.Named(v.w.site, fact.TermLinkType, l.Type) {
		typ = word
		if l.Phrase == word.Inward && l.Phrase != word.Outward {
			side = "inwardIssue"
		}
	}
	v.open('{')
	v.key("id").text(l.ID)
	v.key("self").text(v.self("issueLink", l.ID))
	v.key("type")
	v.linkType(typ)
	v.key(side)
	v.short(l.Other)
	v.close('}')
}

func (v *view) linkType(t fact.Term) {
	v.open('{')
	v.key("id").text(t.ID)
	v.key("name").text(t.Name)
	v.key("inward").text(t.Inward)
	v.key("outward").text(t.Outward)
	if t.ID != "" {
		v.key("self").text(v.self("issueLinkType", t.ID))
	}
	v.close('}')
}

func (v *view) issueType(t fact.Type) {
	v.open('{')
	v.key("self").text(v.self("issuetype", t.ID))
	v.key("id").text(t.ID)
	v.key("name").text(t.Name)
	v.key("description").text("")
	v.key("subtask").bool(t.Rank == -1)
	if v.opts.Mode == Cloud && t.Rank != fact.RankUnknown {
		v.key("hierarchyLevel").int(int(t.Rank))
	}
	v.close('}')
}

// categoryWords are the categories of statuses. Their names are translated for
// the asking account: only a program that goes by the key understands them.
var categoryWords = map[string]struct {
	id          int
	name, color string
}{
	"undefined":     {1, "Keine Kategorie", "medium-gray"},
	"new":           {2, "Zu erledigen", "blue-gray"},
	"indeterminate": {4, "In Arbeit", "yellow"},
	"done":          {3, "Fertig", "green"},
}

func (v *view) category(key string) {
	word, ok := categoryWords[key]
	if !ok {
		word = categoryWords["undefined"]
	}
	v.open('{')
	v.key("self").text(v.self("statuscategory", strconv.Itoa(word.id)))
	v.key("id").int(word.id)
	v.key("key").text(key)
	v.key("colorName").text(word.color)
	v.key("name").text(word.name)
	v.close('}')
}

func (v *view) status(n fact.Named) {
	v.open('{')
	v.key("self").text(v.self("status", n.ID))
	v.key("description").text("")
	v.key("iconUrl").text(v.base + "/images/icons/statuses/generic.png")
	v.key("name").text(v.w.statusName(n))
	v.key("id").text(n.ID)
	v.key("statusCategory")
	v.category(v.w.category(n.ID))
	v.close('}')
}

func (v *view) projectShort(p fact.Project) {
	v.open('{')
	v.key("self").text(v.self("project", p.ID))
	v.key("id").text(p.ID)
	v.key("key").text(p.Key)
	v.key("name").text(p.Name)
	v.key("projectTypeKey").text("software")
	if v.opts.Mode == Cloud {
		v.key("simplified").bool(false)
	}
	v.close('}')
}

// named writes a thing with an id and a name, null for none.
func (v *view) named(resource string, n fact.Named) {
	if n == (fact.Named{}) {
		v.null()
		return
	}
	v.open('{')
	v.key("self").text(v.self(resource, n.ID))
	v.key("id").text(n.ID)
	v.key("name").text(n.Name)
	v.close('}')
}

// release writes a version; in a project's list it says whose it is.
func (v *view) release(n fact.Named, projectID string) {
	word, _ := v.w.words.Find(v.w.site, fact.TermRelease, n.ID)
	v.open('{')
	v.key("self").text(v.self("version", n.ID))
	v.key("id").text(n.ID)
	v.key("name").text(n.Name)
	v.key("archived").bool(false)
	v.key("released").bool(word.End != 0 && word.End < fact.At(v.now))
	if word.End != 0 {
		v.key("releaseDate").text(word.End.Time().Format("2006-01-02"))
	}
	if projectID != "" {
		v.key("projectId").number(projectID)
	}
	v.close('}')
}

// namesOf returns the names of an account: the first is what it is called, the
// one with an @ the address, a third one its key.
func (w *world) namesOf(p fact.Person) (id, key, mail string) {
	ids := w.accounts[p-1].IDs
	id, key = ids[0], ids[0]
	for _, other := range ids[1:] {
		if strings.Contains(other, "@") {
			mail = other
		} else {
			key = other
		}
	}
	return id, key, mail
}

// user writes an account: on Cloud by its account id, on Data Center by name
// and key.
func (v *view) user(p fact.Person) {
	if p == 0 {
		v.null()
		return
	}
	id, key, mail := v.w.namesOf(p)
	v.open('{')
	if v.opts.Mode == Cloud {
		v.key("self").text(v.self("user") + "?accountId=" + id)
		v.key("accountId").text(id)
		kind := "atlassian"
		if v.w.accounts[p-1].Bot {
			kind = "app"
		}
		v.key("accountType").text(kind)
	} else {
		v.key("self").text(v.self("user") + "?username=" + id)
		v.key("name").text(id)
		v.key("key").text(key)
	}
	if mail != "" {
		v.key("emailAddress").text(mail)
	}
	v.key("displayName").text(DisplayName + id)
	v.key("active").bool(true)
	v.key("timeZone").text("Etc/UTC")
	v.close('}')
}

// prose writes a text of many words: a string, or in version 3 of the API a
// document of rich text.
func (v *view) prose(text string) {
	if v.api != "3" {
		v.text(text)
		return
	}
	v.literal(`{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":`)
	v.text(text)
	v.b = append(v.b, `}]}]}`...)
}

// comments writes the comments. Those that the record did not see count.
func (v *view) comments(is *issue) {
	acts := actsOf(is, fact.ActComment)
	v.open('{')
	v.key("comments")
	each(&v.printer, acts, func(i fact.Involvement) {
		v.act("comment", is, i)
		v.key("body")
		v.prose(body(i.Length))
		v.close('}')
	})
	v.key("self").text(v.self("issue", is.rec.ID, "comment"))
	v.key("maxResults").int(len(acts) + is.rec.Unseen)
	v.key("total").int(len(acts) + is.rec.Unseen)
	v.key("startAt").int(0)
	v.close('}')
}

// mostWorklogs is how many of them an issue tells by itself.
const mostWorklogs = 20

func (v *view) worklogs(is *issue) {
	acts := actsOf(is, fact.ActWorklog)
	v.open('{')
	v.key("startAt").int(0)
	v.key("maxResults").int(mostWorklogs)
	v.key("total").int(len(acts))
	v.key("worklogs")
	each(&v.printer, acts[:min(len(acts), mostWorklogs)], func(i fact.Involvement) {
		v.act("worklog", is, i)
		v.key("started")
		v.time(i.At)
		v.key("timeSpentSeconds").int(3600)
		v.key("issueId").text(is.rec.ID)
		v.close('}')
	})
	v.close('}')
}

// act begins to write a comment or a worklog.
func (v *view) act(resource string, is *issue, i fact.Involvement) {
	v.open('{')
	v.key("self").text(v.self("issue", is.rec.ID, resource, i.ID))
	v.key("id").text(i.ID)
	if i.By != 0 {
		v.key("author")
		v.user(i.By)
	}
	v.key("created")
	v.time(i.At)
	v.key("updated")
	v.time(i.At)
}

func actsOf(is *issue, act fact.Act) []fact.Involvement {
	var out []fact.Involvement
	for _, i := range is.rec.Involvement {
		if i.Act == act {
			out = append(out, i)
		}
	}
	return out
}

// sprintState says what a sprint is at a moment.
func (s *sprint) state(now fact.Instant) string {
	switch {
	case s.end != 0 && s.end <= now:
		return "closed"
	case s.start != 0 && s.start <= now:
		return "active"
	}
	return "future"
}

const sprintLayout = "2006-01-02T15:04:05.000Z"

// sprintsOf writes all sprints that an issue was ever in: objects on Cloud, on
// Data Center the text of an object of the server's own language.
func (v *view) sprintsOf(is *issue) {
	if len(is.rec.Sprints) == 0 {
		v.null()
		return
	}
	each(&v.printer, is.rec.Sprints, func(n fact.Named) {
		s := v.w.sprints[n.ID]
		if s == nil {
			s = &sprint{Named: n}
		}
		if v.opts.Mode == DataCenter {
			v.text(v.sprintText(s))
			return
		}
		v.open('{')
		v.key("id").number(s.ID)
		v.key("name").text(s.Name)
		v.key("state").text(s.state(fact.At(v.now)))
		v.key("boardId").int(s.boardID())
		v.key("goal").text("")
		v.sprintDates(s)
		v.close('}')
	})
}

func (s *sprint) boardID() int {
	if s.board == nil {
		return 0
	}
	return s.board.id
}

func (v *view) sprintDates(s *sprint) {
	for _, d := range s.dates(fact.At(v.now)) {
		if d.at != 0 {
			v.key(d.name).text(d.at.Time().Format(sprintLayout))
		}
	}
}

type sprintDate struct {
	name string
	at   fact.Instant
}

// dates returns the dates of a sprint: one that is over is complete.
func (s *sprint) dates(now fact.Instant) []sprintDate {
	out := []sprintDate{{"startDate", s.start}, {"endDate", s.end}, {"completeDate", 0}}
	if s.state(now) == "closed" {
		out[2].at = s.end
	}
	return out
}

func (v *view) sprintText(s *sprint) string {
	text := fmt.Sprintf("com.atlassian.greenhopper.service.sprint.Sprint@%x[id=%s,rapidViewId=%d,state=%s,name=%s",
		len(s.Name)+4096, s.ID, s.boardID(), strings.ToUpper(s.state(fact.At(v.now))), s.Name)
	for _, d := range s.dates(fact.At(v.now)) {
		moment := "<null>"
		if d.at != 0 {
			moment = d.at.Time().Format(sprintLayout)
		}
		text += "," + d.name + "=" + moment
	}
	return text + ",sequence=" + s.ID + ",goal=<null>]"
}
