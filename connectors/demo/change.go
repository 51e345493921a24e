package demo

import (
	"math"
	"slices"
	"strconv"

	"smokestack/analysis/fact"
)

// change lets an event change the record and returns what its history says of
// that.
func (m *maker) change(r *fact.Record, e event) (from, to fact.Value, field string) {
	switch e.Kind {
	case fact.KindComponent, fact.KindRelease, fact.KindSprint:
		from, to = e.sides(m.element(r, e))
		return from, to, ""
	case fact.KindLabel:
		from, to = e.sides(m.label(r, e))
		return from, to, ""
	case fact.KindLink:
		from, to = e.sides(m.link(r, e))
		return from, to, ""
	case fact.KindOther:
		return fact.Value{}, fact.Value{}, "description"
	case fact.KindRank:
		return fact.Value{}, fact.Value{Text: "Ranked higher"}, ""
	}
	from, to = m.field(r, e)
	return from, to, ""
}

// sides puts an element on the side of a change where it belongs.
func (e event) sides(v fact.Value) (from, to fact.Value) {
	if e.off {
		return v, fact.Value{}
	}
	return fact.Value{}, v
}

// field changes a field of one value.
func (m *maker) field(r *fact.Record, e event) (from, to fact.Value) {
	switch e.Kind {
	case fact.KindStatus:
		return replace(&r.Status, statuses[e.arg])
	case fact.KindResolution:
		r.Resolved = 0
		if e.arg != unresolved {
			r.Resolved = e.at
		}
		return replace(&r.Resolution, resolutions[e.arg])
	case fact.KindPriority:
		return replace(&r.Priority, priorities[e.arg])
	case fact.KindType:
		from = fact.Value{ID: r.Type.ID, Text: r.Type.Name}
		r.Type = types[e.arg]
		return from, fact.Value{ID: r.Type.ID, Text: r.Type.Name}
	case fact.KindAssignee:
		from = fact.Value{Person: r.Assignee}
		r.Assignee = m.person(e.arg)
		return from, fact.Value{Person: r.Assignee}
	case fact.KindParent:
		r.Parent = m.ref(e.arg, m.end)
		return fact.Value{}, fact.Value{ID: r.Parent.ID, Text: r.Parent.Key}
	case fact.KindEstimate:
		from = fact.Value{Text: points(r.Estimate)}
		r.Estimate = estimates[e.arg]
		return from, fact.Value{Text: points(r.Estimate)}
	case fact.KindFlag:
		from, to = fact.Value{Text: flagText}, fact.Value{}
		if r.Flagged = e.arg != 0; r.Flagged {
			from, to = to, from
		}
		return from, to
	case fact.KindDue:
		from = fact.Value{Text: r.Due}
		r.Due = date(e.arg)
		return from, fact.Value{Text: r.Due}
	case fact.KindKey:
		from = fact.Value{Text: r.Key}
		r.Key = m.key(e.arg, m.end)
		return from, fact.Value{Text: r.Key}
	case fact.KindProject:
		from = fact.Value{ID: r.Project.ID, Text: r.Project.Name}
		r.Project = m.teams[e.arg].project()
		return from, fact.Value{ID: r.Project.ID, Text: r.Project.Name}
	}
	panic("demo: an event of kind " + e.Kind.String() + " has no meaning")
}

func replace(field *fact.Named, by fact.Named) (from, to fact.Value) {
	from, to = value(*field), value(by)
	*field = by
	return from, to
}

func value(n fact.Named) fact.Value { return fact.Value{ID: n.ID, Text: n.Name} }

func points(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// element puts one element into a set, or takes it out, and returns it as a
// history writes it.
func (m *maker) element(r *fact.Record, e event) fact.Value {
	t, n := m.teamOf(e.arg)
	switch e.Kind {
	case fact.KindComponent:
		return toggle(&r.Components, t.component(n), e.off)
	case fact.KindSprint:
		return toggle(&r.Sprints, t.sprint(n), e.off)
	case fact.KindRelease:
		return toggle(&r.Releases, t.releaseName(n), e.off)
	}
	panic("demo: an element of kind " + e.Kind.String() + " has no meaning")
}

// teamShift parts the argument of an event that names a team's own sprint,
// release or component: the team above, its number below.
const teamShift = 12

func ofTeam(t *team, n int) int32 { return int32(t.index<<teamShift | n) }

func (o *org) teamOf(arg int32) (*team, int) {
	return &o.teams[arg>>teamShift], int(arg & (1<<teamShift - 1))
}

func toggle(set *[]fact.Named, x fact.Named, off bool) fact.Value {
	if off {
		*set = slices.DeleteFunc(*set, func(y fact.Named) bool { return x == y })
	} else {
		*set = append(*set, x)
	}
	return value(x)
}

func (m *maker) label(r *fact.Record, e event) fact.Value {
	name := staleLabel
	if int(e.arg) < len(labels) {
		name = labels[e.arg]
	}
	if e.off {
		r.Labels = slices.DeleteFunc(r.Labels, func(s string) bool { return s == name })
	} else {
		r.Labels = append(r.Labels, name)
	}
	return fact.Value{Text: name}
}

// link adds or removes this record's end of a link. The history names the other
// record by the key that it bore then, the record by the present one.
func (m *maker) link(r *fact.Record, e event) fact.Value {
	l := &m.links[e.arg]
	typ, id := &linkTypes[l.typ], m.linkID(int(e.arg))
	phrase, then, now := typ.near, "", fact.Ref{}
	switch {
	case l.outside:
		now = outside[l.to]
		then = now.Key
	case l.from == m.at:
		now, then = m.ref(l.to, m.end), m.key(l.to, e.at)
	default:
		phrase = typ.far
		now, then = m.ref(l.from, m.end), m.key(l.from, e.at)
	}
	if e.off {
		r.Links = slices.DeleteFunc(r.Links, func(x fact.Link) bool { return x.ID == id })
	} else {
		r.Links = append(r.Links, fact.Link{ID: id, Type: typ.name, Phrase: phrase, Other: now})
	}
	return fact.Value{ID: then, Text: phrase}
}
