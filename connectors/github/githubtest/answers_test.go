package githubtest

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"smokestack/connectors/playtest"
)

// descriptionOf returns the vendor's description of GraphQL, or skips the test.
func descriptionOf(t *testing.T) *ast.Schema {
	t.Helper()
	schema, err := Schema()
	if errors.Is(err, playtest.ErrNoDescription) {
		t.Skipf("answers and queries are held to it where it is at hand: %v", err)
	}
	must(t, err)
	return schema
}

// Whatever the server knows of a type, the description has to know as well, and
// with the same meaning.
func TestFieldsAreDescribed(t *testing.T) {
	schema := descriptionOf(t)
	for _, typ := range slices.Sorted(maps.Keys(types)) {
		def := schema.Types[typ]
		if def == nil {
			t.Errorf("no type %s", typ)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(types[typ])) {
			f, known := types[typ][name], def.Fields.ForName(name)
			switch {
			case known == nil:
				t.Errorf("no field %s.%s", typ, name)
				continue
			case f.typ != "" && f.typ != known.Type.Name():
				t.Errorf("%s.%s leads to %s, the description says %s", typ, name, f.typ, known.Type.Name())
			case f.typ == "" && !schema.Types[known.Type.Name()].IsLeafType():
				t.Errorf("%s.%s is a plain value, the description says %s", typ, name, known.Type.Name())
			}
			if pages := known.Arguments.ForName("first") != nil; pages != f.pages {
				t.Errorf("%s.%s is in pages: %v, the description says %v", typ, name, f.pages, pages)
			}
		}
	}
}

func TestInterfacesAreDescribed(t *testing.T) {
	schema := descriptionOf(t)
	for name, members := range interfaces {
		def := schema.Types[name]
		if def == nil {
			t.Errorf("nothing is called %s", name)
			continue
		}
		var possible []string
		for _, p := range schema.GetPossibleTypes(def) {
			possible = append(possible, p.Name)
		}
		for _, m := range members {
			if !slices.Contains(possible, m) {
				t.Errorf("%s is no %s", m, name)
			}
		}
		// What the server has, and the condition fits, must not be missing.
		for typ := range types {
			if typ != "Query" && slices.Contains(possible, typ) && !slices.Contains(members, typ) {
				t.Errorf("%s is a %s, which the server does not know", typ, name)
			}
		}
	}
	items := schema.Types["PullRequestTimelineItemsItemType"]
	for name, k := range kinds {
		if k.item != "" && items.EnumValues.ForName(k.item) == nil {
			t.Errorf("%s: no item type %s", name, k.item)
		}
	}
}

// questions asks for all fields of all types, some levels deep: what leads back
// up is asked for no more than its plain values.
type questions struct {
	schema *ast.Schema
	made   map[string]bool
	out    strings.Builder
}

// arguments are what fields must be given.
var arguments = map[string]string{
	"Query.node": `id: $id`, "Query.nodes": `ids: [$id]`, "Query.repository": `owner: "acme", name: "shop"`, "Query.organization": `login: "acme"`, "Query.user": `login: "ana"`,
	"Query.repositoryOwner": `login: "acme"`, "Repository.issue": `number: 2`, "Repository.pullRequest": `number: 3`, "Repository.issueOrPullRequest": `number: 3`,
	"Repository.milestone": `number: 1`, "Repository.object": `expression: "HEAD:.github/CODEOWNERS"`, "Organization.repository": `name: "shop"`, "Organization.projectV2": `number: 1`,
	"User.repository": `name: "shop"`, "User.projectV2": `number: 1`, "ProjectV2.field": `name: "Status"`, "ProjectV2Item.fieldValueByName": `name: "Status"`,
	"Issue.timelineItems": `first: 100`, "PullRequest.timelineItems": `first: 100`, "Issue.stateReason": `enableDuplicate: true`, "Issue.closedByPullRequestsReferences": `includeClosedPrs: true`,
}

// up are the types that everything leads back to.
var up = []string{"Repository", "RepositoryOwner", "Actor", "User", "Organization", "Assignee", "RequestedReviewer", "ProjectV2Owner", "Closable", "Assignable", "Labelable", "Lockable", "MilestoneItem", "ReferencedSubject", "RenamedTitleSubject", "IssueOrPullRequest", "ProjectV2ItemContent", "Closer", "Node"}

// items are the types that all within a repository leads to.
var items = []string{"Issue", "IssueConnection", "PullRequest", "PullRequestConnection", "Milestone", "ProjectV2", "ProjectV2Connection"}

func (q *questions) fragment(typ string, level int) string {
	name := fmt.Sprintf("%s%d", typ, level)
	if q.made[name] {
		return name
	}
	q.made[name] = true
	var b strings.Builder
	fmt.Fprintf(&b, "fragment %s on %s {\n  __typename\n", name, typ)
	def := q.schema.Types[typ]
	for _, f := range slices.Sorted(maps.Keys(types[typ])) {
		given := arguments[typ+"."+f]
		if typ == "User" && (f == "repository" || f == "projectV2") {
			continue // nobody has any here
		}
		if types[typ][f].pages && !strings.Contains(given, "first") {
			given = strings.TrimPrefix(given+", first: 3", ", ")
		}
		if given != "" {
			given = "(" + given + ")"
		}
		target := def.Fields.ForName(f).Type.Name()
		// An alias for each type: equal names of different types must not meet.
		fmt.Fprintf(&b, "  %s_%s: %s%s", typ, f, f, given)
		if below := q.below(target, level, q.schema.Types[target].IsLeafType()); below != "" {
			fmt.Fprintf(&b, " { %s }", below)
		}
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	q.out.WriteString(b.String())
	return name
}

func (q *questions) below(target string, level int, leaf bool) string {
	if leaf {
		return ""
	}
	next := level - 1
	if level < 9 && slices.Contains(up, target) || level < 8 && slices.Contains(items, target) {
		next = min(next, 0)
	}
	if next < 0 {
		return "__typename"
	}
	if strings.HasSuffix(target, "Connection") {
		below := q.below(elementOf(target), level, false)
		return "totalCount pageInfo { ..." + q.fragment("PageInfo", 1) + " } nodes { " + below + " } edges { cursor node { __typename } }"
	}
	members := interfaces[target]
	if members == nil {
		members = []string{target}
	}
	out := "__typename"
	for _, m := range members {
		out += fmt.Sprintf(" ...%s", q.fragment(m, next))
	}
	return out
}

func TestAnswersAreDescribed(t *testing.T) {
	schema := descriptionOf(t)
	w := eventful(newClock())
	for _, deleted := range []bool{false, true} {
		if deleted {
			w.DeleteUser("ben")
			w.Hide("acme/pay")
		}
		s := NewServer(Options{Limit: 1 << 40}, w)
		q := &questions{schema: schema, made: map[string]bool{}}
		top := q.fragment("Query", 9)
		text := "query All($id: ID!) { ..." + top + " }\n" + q.out.String()
		got := query(t, s, text, map[string]any{"id": ids{}.of(w.must("acme/shop#2"))})
		for _, e := range got.Errors {
			// Not every repository has a number 3.
			if numbered := []any{"Repository_issue", "Repository_pullRequest", "Repository_issueOrPullRequest"}; e.Type != "NOT_FOUND" || !slices.Contains(numbered, e.Path[len(e.Path)-1]) {
				t.Errorf("%s %s at %v", e.Type, e.Message, e.Path)
			}
		}
		v := &judge{schema: schema, seen: map[string]bool{}}
		v.object("", got.Data)
		for _, bad := range v.bad {
			t.Error(bad)
		}
		if deleted {
			continue
		}
		for typ, fields := range types {
			for f := range fields {
				if !v.seen[typ+"."+f] && !slices.Contains(unseenTypes, typ) && !(typ == "User" && (f == "repository" || f == "projectV2")) {
					t.Errorf("no answer has %s.%s", typ, f)
				}
			}
		}
	}
}

// unseenTypes are types of which the little world has no thing.
var unseenTypes = []string{
	"Mannequin", "PinnedEvent", "MentionedEvent", "SubscribedEvent", "UnlockedEvent", "ReferencedEvent", "MarkedAsDuplicateEvent", "DisconnectedEvent", "CommentDeletedEvent",
	"ReviewRequestRemovedEvent", "ReviewDismissedEvent", "HeadRefDeletedEvent", "HeadRefForcePushedEvent", "ConvertedToDiscussionEvent", "TransferredEvent", "RemovedFromProjectV2Event",
	"IssueFieldDate", "IssueFieldMultiSelect", "IssueFieldNumber", "IssueFieldText", "IssueFieldDateValue", "IssueFieldMultiSelectValue", "IssueFieldNumberValue", "IssueFieldTextValue",
	"SubIssueRemovedEvent", "BlockingRemovedEvent",
}

// judge holds answers to the description, going by names of the form Type_field.
type judge struct {
	schema *ast.Schema
	bad    []string
	seen   map[string]bool
}

func (j *judge) say(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(j.bad, s) {
		j.bad = append(j.bad, s)
	}
}

func (j *judge) object(where string, o map[string]any) {
	for name, v := range o {
		typ, f, ok := strings.Cut(name, "_")
		if !ok || name == "__typename" {
			j.plain(where+"."+name, v)
			continue
		}
		j.seen[typ+"."+f] = true
		if o["__typename"] != typ && o["__typename"] != nil {
			j.say("%s.%s is told of a %v", typ, f, o["__typename"])
		}
		j.value(typ+"."+f, j.schema.Types[typ].Fields.ForName(f).Type, v)
	}
}

// plain goes through what has no alias: pages.
func (j *judge) plain(where string, v any) {
	switch v := v.(type) {
	case map[string]any:
		j.object(where, v)
	case []any:
		for _, one := range v {
			j.plain(where, one)
		}
	}
}

func (j *judge) value(where string, typ *ast.Type, v any) {
	if v == nil {
		if typ.NonNull {
			j.say("%s is null, and must not be", where)
		}
		return
	}
	if typ.Elem != nil {
		list, ok := v.([]any)
		if !ok {
			j.say("%s is %T, and must be a list", where, v)
		}
		for _, one := range list {
			j.value(where, typ.Elem, one)
		}
		return
	}
	def := j.schema.Types[typ.NamedType]
	if !def.IsLeafType() {
		o, ok := v.(map[string]any)
		if !ok {
			j.say("%s is %T, and must be an object", where, v)
			return
		}
		if name, ok := o["__typename"].(string); ok && !slices.ContainsFunc(j.schema.GetPossibleTypes(def), func(d *ast.Definition) bool { return d.Name == name }) {
			j.say("%s is a %s, and must be a %s", where, name, def.Name)
		}
		j.object(where, o)
		return
	}
	if def.Kind == ast.Enum {
		if s, ok := v.(string); !ok || def.EnumValues.ForName(s) == nil {
			j.say("%s is %v, which is no %s", where, v, def.Name)
		}
		return
	}
	if !scalars[def.Name](v) {
		j.say("%s is %#v, which is no %s", where, v, def.Name)
	}
}

var scalars = map[string]func(any) bool{
	"Int":     func(v any) bool { f, ok := v.(float64); return ok && f == float64(int64(f)) },
	"Float":   func(v any) bool { _, ok := v.(float64); return ok },
	"Boolean": func(v any) bool { _, ok := v.(bool); return ok },
	"String":  isText, "ID": isText, "GitObjectID": isText, "HTML": isText, "BigInt": isText,
	"DateTime":     func(v any) bool { s, _ := v.(string); _, err := time.Parse(time.RFC3339, s); return err == nil },
	"GitTimestamp": func(v any) bool { s, _ := v.(string); _, err := time.Parse(time.RFC3339, s); return err == nil },
	"URI":          func(v any) bool { s, _ := v.(string); u, err := url.Parse(s); return err == nil && u.Path != "" },
}

func isText(v any) bool { _, ok := v.(string); return ok }
