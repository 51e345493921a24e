package jiratest

import (
	"slices"
	"strings"

	"smokestack/analysis/fact"
)

// item is one changed field of an entry, as people's names for things stood
// then.
type item struct {
	kind     fact.Kind
	field    string // the name of one that is of no known kind
	from, to fact.Value
}

// entriesOf cuts the changes of a record into the entries of its log. Labels
// and sprints are told whole: what was there before and what is there after.
func entriesOf(r *fact.Record) []entry {
	var out []entry
	for i := range r.Changes {
		c := &r.Changes[i]
		id, _, _ := strings.Cut(c.ID, ".")
		if n := len(out); n == 0 || out[n-1].id != id {
			out = append(out, entry{id: id, at: c.At, by: c.By})
		}
		e := &out[len(out)-1]
		e.items = append(e.items, item{c.Kind, c.Field, c.From, c.To})
	}
	labels := make([]fact.Named, len(r.Labels))
	for i, l := range r.Labels {
		labels[i].Name = l
	}
	whole(out, fact.KindLabel, labels, " ")
	whole(out, fact.KindSprint, slices.Clone(r.Sprints), ", ")
	return out
}

// whole replaces the changes of a set by what the set was and became, walking
// back from what it is now.
func whole(entries []entry, kind fact.Kind, now []fact.Named, sep string) {
	for i := len(entries) - 1; i >= 0; i-- {
		e := &entries[i]
		first := slices.IndexFunc(e.items, func(it item) bool { return it.kind == kind })
		if first < 0 {
			continue
		}
		after, before := now, []fact.Named(nil)
		for _, it := range e.items {
			if it.kind == kind {
				after = without(after, it.from)
				if !it.to.IsZero() {
					after = include(after, fact.Named{ID: it.to.ID, Name: it.to.Text})
				}
			}
		}
		before = slices.Clone(after)
		for _, it := range e.items {
			if it.kind == kind {
				before = without(before, it.to)
				if !it.from.IsZero() {
					before = include(before, fact.Named{ID: it.from.ID, Name: it.from.Text})
				}
			}
		}
		e.items[first].from, e.items[first].to = joined(before, sep), joined(after, sep)
		kept := e.items[:first+1]
		for _, it := range e.items[first+1:] {
			if it.kind != kind {
				kept = append(kept, it)
			}
		}
		e.items, now = kept, before
	}
}

func without(set []fact.Named, v fact.Value) []fact.Named {
	out := make([]fact.Named, 0, len(set)+1)
	for _, n := range set {
		if n.ID != v.ID || n.ID == "" && n.Name != v.Text {
			out = append(out, n)
		}
	}
	return out
}

func joined(set []fact.Named, sep string) fact.Value {
	var ids, names []string
	for _, n := range set {
		if n.ID != "" {
			ids = append(ids, n.ID)
		}
		names = append(names, n.Name)
	}
	return fact.Value{ID: strings.Join(ids, sep), Text: strings.Join(names, sep)}
}

// word is how a log names a changed field. Not every field has an id there.
type word struct{ cloud, server, kind, id string }

var words = map[fact.Kind]word{
	fact.KindStatus:     {"status", "status", "jira", "status"},
	fact.KindResolution: {"resolution", "resolution", "jira", "resolution"},
	fact.KindAssignee:   {"assignee", "assignee", "jira", "assignee"},
	fact.KindParent:     {"IssueParentAssociation", "Parent", "jira", ""},
	fact.KindLink:       {"Link", "Link", "jira", ""},
	fact.KindEstimate:   {"Story Points", "Story Points", "custom", EstimateField},
	fact.KindRelease:    {"Fix Version", "Fix Version", "jira", "fixVersions"},
	fact.KindSprint:     {"Sprint", "Sprint", "custom", SprintField},
	fact.KindTeam:       {"Team", "Team", "custom", TeamField},
	fact.KindType:       {"issuetype", "Issue Type", "jira", "issuetype"},
	fact.KindPriority:   {"priority", "priority", "jira", "priority"},
	fact.KindRank:       {"Rank", "Rank", "custom", RankField},
	fact.KindFlag:       {"Flagged", "Flagged", "custom", FlagField},
	fact.KindDue:        {"duedate", "duedate", "jira", "duedate"},
	fact.KindKey:        {"Key", "Key", "jira", ""},
	fact.KindProject:    {"project", "project", "jira", "project"},
	fact.KindComponent:  {"Component", "Component", "jira", "components"},
	fact.KindLabel:      {"labels", "labels", "jira", "labels"},
}

// wordFor finds the name of a changed field.
func (v *view) wordFor(is *issue, it *item) word {
	w, ok := words[it.kind]
	switch {
	case !ok && it.field != "":
		w = word{it.field, it.field, "jira", strings.ToLower(it.field)}
	case !ok:
		w = word{"description", "description", "jira", "description"}
	case it.kind == fact.KindParent && is.rec.Type.Rank == 0:
		w.server, w.kind = "Epic Link", v.either("jira", "custom")
	case it.kind == fact.KindParent && is.rec.Type.Rank > 0:
		w.server, w.kind = "Parent Link", v.either("jira", "custom")
	}
	return w
}

func (v *view) either(cloud, server string) string {
	if v.opts.Mode == Cloud {
		return cloud
	}
	return server
}

// matches reports whether a log that is asked for some fields tells of an item.
func (v *view) matches(is *issue, it *item, only map[string]bool) bool {
	if only == nil {
		return true
	}
	id := v.wordFor(is, it).id
	return id != "" && only[id]
}

// entry writes one entry of a log, with its moment as text or as a number.
func (v *view) entry(is *issue, e *entry, number bool, only map[string]bool) {
	v.open('{')
	v.key("id").text(e.id)
	if e.by != 0 {
		v.key("author")
		v.user(e.by)
	}
	v.key("created")
	if number {
		v.int(int(e.at))
	} else {
		v.time(e.at)
	}
	v.key("items").open('[')
	for i := range e.items {
		if it := &e.items[i]; v.matches(is, it, only) {
			v.item(is, it)
		}
	}
	v.close(']')
	v.close('}')
}

func (v *view) item(is *issue, it *item) {
	w := v.wordFor(is, it)
	v.open('{')
	v.key("field").text(v.either(w.cloud, w.server))
	v.key("fieldtype").text(w.kind)
	if v.opts.Mode == Cloud && w.id != "" {
		v.key("fieldId").text(w.id)
	}
	from, fromText := v.side(it, it.from)
	to, toText := v.side(it, it.to)
	v.key("from").orNull(from)
	v.key("fromString").orNull(fromText)
	v.key("to").orNull(to)
	v.key("toString").orNull(toText)
	if v.opts.Mode == Cloud && it.kind == fact.KindAssignee {
		v.key("tmpFromAccountId").orNull(from)
		v.key("tmpToAccountId").orNull(to)
	}
	v.close('}')
}

// side writes one side of an item: what stands for it, and what people read.
func (v *view) side(it *item, side fact.Value) (id, text string) {
	switch it.kind {
	case fact.KindAssignee:
		if side.Person == 0 {
			return "", ""
		}
		name, key, _ := v.w.namesOf(side.Person)
		return v.either(name, key), DisplayName + name
	case fact.KindLink:
		if side.IsZero() {
			return "", ""
		}
		return side.ID, v.either("This work item ", "This issue ") + side.Text + " " + side.ID
	case fact.KindDue:
		if side.Text != "" && v.opts.Mode == DataCenter {
			return side.Text, side.Text + " 00:00:00.0"
		}
		return side.Text, side.Text
	case fact.KindOther:
		return "", CommentText
	}
	return side.ID, side.Text
}

// changelog writes the log inside an issue: on Cloud the newest entries first
// and no more than a few, on Data Center all of them, oldest first.
func (v *view) changelog(is *issue, cut int) {
	list := is.entries
	if cut > 0 {
		list = slices.Clone(list)
		slices.Reverse(list)
		list = list[:min(cut, len(list))]
	}
	v.open('{')
	v.key("startAt").int(0)
	v.key("maxResults").int(len(list))
	v.key("total").int(len(is.entries))
	v.key("histories").open('[')
	for i := range list {
		v.entry(is, &list[i], false, nil)
	}
	v.close(']')
	v.close('}')
}
