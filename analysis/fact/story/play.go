package story

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
)

// At returns the facts that a tracker would have told at instant t: the items
// created by then, with the values, changes and links of then.
func (s *Story) At(t fact.Instant) []*fact.Record {
	p := &player{story: s, records: map[*item]*fact.Record{}}
	for i, e := range s.events {
		if e.at > t {
			break
		}
		p.play(i, e)
	}
	p.countChildren()
	var out []*fact.Record
	for _, it := range s.items {
		if r := p.records[it]; r != nil {
			r.History = fact.History{State: fact.WholeHistory, Have: len(r.Changes), Total: len(r.Changes)}
			out = append(out, r)
		}
	}
	return out
}

type player struct {
	story   *Story
	records map[*item]*fact.Record
	changes int
}

func (p *player) play(n int, e event) {
	r := p.records[e.item]
	if e.verb == "created" {
		p.records[e.item] = p.create(e)
		return
	}
	r.Updated = e.at
	if e.item.coded() && p.code(r, e) {
		return
	}
	switch e.verb {
	case "mentions":
		r.Mentions = append(r.Mentions, e.says)
	case "start":
		p.status(r, e, "In Progress", "")
	case "todo":
		p.status(r, e, "To Do", "")
	case "wait":
		p.status(r, e, "Blocked", "")
	case "done":
		p.status(r, e, "Done", orElse(e.arg, "Fixed"))
	case "drop":
		p.status(r, e, "Done", orElse(e.arg, "Won't Do"))
	case "status":
		p.status(r, e, e.arg, "Fixed")
	case "link":
		p.link(r, e)
	case "unlink":
		p.unlink(r, e)
	case "comment", "worklog", "review", "commit":
		p.act(r, n, e)
	case "component", "label", "release", "sprint":
		p.set(r, e)
	default:
		p.field(r, e)
	}
}

// act notes that somebody took part.
func (p *player) act(r *fact.Record, n int, e event) {
	v := fact.Involvement{ID: "i" + strconv.Itoa(n), At: e.at, By: p.story.Person(e.by)}
	switch e.verb {
	case "comment":
		v.Act, v.Length = fact.ActComment, fact.Length(int(e.number))
	case "worklog":
		v.Act = fact.ActWorklog
	case "review":
		v.Act = fact.ActReview
	case "commit":
		v.Act, v.At = fact.ActCommit, e.when
		if b := &r.Pull.Begun; r.Class == fact.ClassPull && (*b == 0 || e.when < *b) {
			*b = e.when
		}
	}
	r.Involvement = append(r.Involvement, v)
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func (p *player) create(e event) *fact.Record {
	s, site := p.story, p.story.siteOf(e.item)
	r := &fact.Record{
		Site: site, ID: e.item.id, Class: e.item.class, Key: e.item.key, Title: e.item.title, URL: fact.Address(site, e.item.key),
		Project: projectOf(e.item.key), Type: p.typ(site, e.item.typ), Status: p.named("To Do"),
		Created: e.at, Updated: e.at, Creator: s.Person(e.by), Reporter: s.Person(e.by), Estimate: math.NaN(),
	}
	if e.item.coded() {
		r.Status = opened[e.item.class]
	}
	if e.other != "" {
		r.Parent = p.ref(e.other)
	}
	return r
}

func projectOf(key string) fact.Project {
	if repo := fact.ProjectOf(key); fact.IsRepository(repo) {
		return fact.Project{ID: "p:" + repo, Key: repo, Name: repo[strings.LastIndexByte(repo, '/')+1:]}
	}
	prefix, _, _ := strings.Cut(key, "-")
	return fact.Project{ID: "p:" + prefix, Key: prefix, Name: prefix}
}

func (p *player) typ(site, name string) fact.Type {
	rank := fact.Rank(0)
	if t, ok := p.story.terms.Find(site, fact.TermType, typeID(name)); ok {
		rank = t.Rank
	}
	return fact.Type{ID: typeID(name), Name: name, Rank: rank}
}

func (p *player) named(status string) fact.Named {
	return fact.Named{ID: statusID(status), Name: status}
}

// ref points to an item of the story by its id, or to one outside by key.
func (p *player) ref(key string) fact.Ref {
	if it := p.story.byKey[key]; it != nil {
		return fact.Ref{ID: it.id, Key: key}
	}
	return fact.Ref{Key: key}
}

// log notes a change unless both sides are equal, as trackers do.
func (p *player) log(r *fact.Record, e event, kind fact.Kind, from, to fact.Value) {
	if from == to {
		return
	}
	p.changes++
	r.Changes = append(r.Changes, fact.Change{
		ID: strconv.Itoa(p.changes), At: e.at, By: p.story.Person(e.by), Kind: kind, From: from, To: to,
	})
}

func value(n fact.Named) fact.Value { return fact.Value{ID: n.ID, Text: n.Name} }

// status enters a status; a done one sets the resolution (unless there is
// one), any other clears it.
func (p *player) status(r *fact.Record, e event, name, resolution string) {
	to := p.named(name)
	term, _ := p.story.terms.Find(p.story.Site, fact.TermStatus, to.ID)
	p.log(r, e, fact.KindStatus, value(r.Status), value(to))
	r.Status = to
	switch {
	case term.Category != "done":
		p.resolve(r, e, "")
	case r.Resolution.Name == "" || e.verb != "status":
		p.resolve(r, e, resolution)
	}
}

func (p *player) resolve(r *fact.Record, e event, resolution string) {
	to := fact.Named{}
	if resolution != "" {
		to = fact.Named{ID: "r:" + resolution, Name: resolution}
	}
	if r.Resolution == to {
		return
	}
	p.log(r, e, fact.KindResolution, value(r.Resolution), value(to))
	r.Resolution, r.Resolved = to, e.at
	if resolution == "" {
		r.Resolved = 0
	}
}

// field changes a field with a single value.
func (p *player) field(r *fact.Record, e event) {
	text := func(s string) fact.Value { return fact.Value{Text: s} }
	switch e.verb {
	case "resolution":
		p.resolve(r, e, e.arg)
	case "assign", "unassign":
		to := p.story.Person(e.arg)
		p.log(r, e, fact.KindAssignee, fact.Value{Person: r.Assignee}, fact.Value{Person: to})
		r.Assignee = to
	case "in", "out":
		to := fact.Ref{}
		if e.verb == "in" {
			to = p.ref(e.other)
		}
		p.log(r, e, fact.KindParent, fact.Value{ID: r.Parent.ID, Text: r.Parent.Key}, fact.Value{ID: to.ID, Text: to.Key})
		r.Parent = to
	case "move":
		project := projectOf(e.arg)
		p.log(r, e, fact.KindKey, text(r.Key), text(e.arg))
		p.log(r, e, fact.KindProject, fact.Value{ID: r.Project.ID, Text: r.Project.Name}, fact.Value{ID: project.ID, Text: project.Name})
		r.Key, r.Project, r.URL = e.arg, project, r.Site+"/browse/"+e.arg
	case "type":
		to := p.typ(r.Site, e.arg)
		p.log(r, e, fact.KindType, fact.Value{ID: r.Type.ID, Text: r.Type.Name}, fact.Value{ID: to.ID, Text: to.Name})
		r.Type = to
	case "team":
		p.log(r, e, fact.KindTeam, value(r.Team), text(e.arg))
		r.Team = fact.Named{Name: e.arg}
	case "priority":
		p.log(r, e, fact.KindPriority, value(r.Priority), text(e.arg))
		r.Priority = fact.Named{Name: e.arg}
	case "due":
		p.log(r, e, fact.KindDue, text(r.Due), text(e.arg))
		r.Due = e.arg
	case "estimate":
		p.log(r, e, fact.KindEstimate, text(number(r.Estimate)), text(number(e.number)))
		r.Estimate = e.number
	case "flag", "unflag":
		p.log(r, e, fact.KindFlag, text(flag(r.Flagged)), text(flag(e.verb == "flag")))
		r.Flagged = e.verb == "flag"
	default:
		panic(fmt.Sprintf("story: verb %q passed the parser and has no meaning", e.verb))
	}
}

func number(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

func flag(on bool) string {
	if on {
		return "Impediment"
	}
	return ""
}

// set adds an element to, or takes it out of, a field with many values.
func (p *player) set(r *fact.Record, e event) {
	add, name := e.arg[0] == '+', e.arg[1:]
	element := fact.Named{ID: name, Name: name}
	var change bool
	kind := map[string]fact.Kind{
		"component": fact.KindComponent, "label": fact.KindLabel, "release": fact.KindRelease, "sprint": fact.KindSprint,
	}[e.verb]
	switch kind {
	case fact.KindComponent:
		r.Components, change = toggle(r.Components, element, add)
	case fact.KindRelease:
		r.Releases, change = toggle(r.Releases, element, add)
	case fact.KindSprint:
		r.Sprints, change = toggle(r.Sprints, element, add)
	case fact.KindLabel:
		r.Labels, change = toggle(r.Labels, name, add)
	}
	if !change {
		return
	}
	v := value(element)
	if kind == fact.KindLabel {
		v.ID = "" // labels have no id
	}
	if add {
		p.log(r, e, kind, fact.Value{}, v)
	} else {
		p.log(r, e, kind, v, fact.Value{})
	}
}

func toggle[T comparable](set []T, x T, add bool) ([]T, bool) {
	i := slices.Index(set, x)
	switch {
	case add && i < 0:
		return append(slices.Clone(set), x), true
	case !add && i >= 0:
		return slices.Delete(slices.Clone(set), i, i+1), true
	}
	return set, false
}

// link connects two items; both ends tell and log it, each with its phrase.
func (p *player) link(r *fact.Record, e event) {
	typ, back := p.phrases(e.arg)
	other := p.story.byKey[e.other]
	if !p.connect(r, e, typ, e.arg, p.ref(e.other)) || other == nil {
		return
	}
	if o := p.records[other]; o != nil {
		p.connect(o, e, typ, back, fact.Ref{ID: r.ID, Key: r.Key})
	}
}

// phrases finds the type of a link and how it reads from the other end.
func (p *player) phrases(phrase string) (typ, back string) {
	if phrase == "closes" { // of which the tracker tells no type
		return "closes", "is closed by"
	}
	for _, t := range p.story.terms {
		if t.Kind != fact.TermLinkType {
			continue
		}
		switch phrase {
		case t.Inward:
			return t.Name, t.Outward
		case t.Outward:
			return t.Name, t.Inward
		}
	}
	return phrase, phrase
}

func (p *player) connect(r *fact.Record, e event, typ, phrase string, other fact.Ref) bool {
	same := func(l fact.Link) bool { return l.Phrase == phrase && sameRef(l.Other, other) }
	if slices.ContainsFunc(r.Links, same) {
		return false
	}
	r.Links = append(slices.Clone(r.Links), fact.Link{ID: "l" + strconv.Itoa(e.order), Type: typ, Phrase: phrase, Other: other})
	r.Updated = e.at
	p.log(r, e, fact.KindLink, fact.Value{}, fact.Value{ID: other.Key, Text: phrase})
	return true
}

func sameRef(a, b fact.Ref) bool {
	if a.ID != "" || b.ID != "" {
		return a.ID == b.ID
	}
	return a.Key == b.Key
}

func (p *player) unlink(r *fact.Record, e event) {
	p.cut(r, e, p.ref(e.other))
	if other := p.story.byKey[e.other]; other != nil && p.records[other] != nil {
		p.cut(p.records[other], e, fact.Ref{ID: r.ID, Key: r.Key})
	}
}

func (p *player) cut(r *fact.Record, e event, other fact.Ref) {
	var kept []fact.Link
	for _, l := range r.Links {
		if !sameRef(l.Other, other) {
			kept = append(kept, l)
			continue
		}
		r.Updated = e.at
		p.log(r, e, fact.KindLink, fact.Value{ID: other.Key, Text: l.Phrase}, fact.Value{})
	}
	r.Links = kept
}
