package demo

import (
	"cmp"
	"strconv"

	"smokestack/analysis/fact"
)

// The site's statuses, in the order of their usual succession.
const (
	todo = iota
	ready
	inProgress
	inReview
	blocked
	done
)

var statuses = [...]fact.Named{
	todo: {ID: "10000", Name: "To Do"}, ready: {ID: "10001", Name: "Ready"}, inProgress: {ID: "3", Name: "In Progress"},
	inReview: {ID: "10002", Name: "In Review"}, blocked: {ID: "10003", Name: "Blocked"}, done: {ID: "10004", Name: "Done"},
}

var categories = [...]string{
	todo: "new", ready: "new", inProgress: "indeterminate", inReview: "indeterminate", blocked: "indeterminate", done: "done",
}

// The site's types.
const (
	initiativeType = iota
	epicType
	storyType
	taskType
	bugType
	subtaskType
)

var types = [...]fact.Type{
	{ID: "10010", Name: "Initiative", Rank: 2}, {ID: "10011", Name: "Epic", Rank: 1},
	{ID: "10012", Name: "Story"}, {ID: "10013", Name: "Task"}, {ID: "10014", Name: "Bug"},
	{ID: "10015", Name: "Sub-task", Rank: -1},
}

// The site's resolutions; the first is none.
const (
	unresolved = iota
	resolvedDone
	resolvedWont
	resolvedDuplicate
)

var resolutions = [...]fact.Named{
	{}, {ID: "10000", Name: "Done"}, {ID: "10001", Name: "Won't Do"}, {ID: "10002", Name: "Duplicate"},
}

var priorities = [...]fact.Named{
	{ID: "1", Name: "Highest"}, {ID: "2", Name: "High"}, {ID: "3", Name: "Medium"}, {ID: "4", Name: "Low"}, {ID: "5", Name: "Lowest"},
}

// The site's link types.
const (
	blocks = iota
	relates
	duplicates
)

// linkTypes holds how a link reads from its two ends: near is the end that
// depends, relates or duplicates.
var linkTypes = [...]struct{ id, name, near, far string }{
	blocks:     {"10000", "Blocks", "is blocked by", "blocks"},
	relates:    {"10001", "Relates", "relates to", "relates to"},
	duplicates: {"10002", "Duplicate", "duplicates", "is duplicated by"},
}

// outside holds issues of projects that the account of the pretend pull may
// not see: links lead to them, and nothing else is known of them.
var outside = [...]fact.Ref{
	{ID: "9120", Key: "LEGAL-12"}, {ID: "9131", Key: "LEGAL-18"}, {ID: "9307", Key: "SEC-44"}, {ID: "9544", Key: "VENDOR-7"},
}

// labels that people use, and the one that only the automation account does.
var labels = [...]string{"customer-request", "tech-debt", "upkeep", "security", "accessibility", "performance"}

const staleLabel = "stale"

// estimates in use, as story points.
var estimates = [...]float64{1, 2, 3, 5, 8, 13}

const flagText = "Impediment"

// terms returns the vocabulary that the trackers would list on request.
func (o *org) terms() []fact.Term {
	var out []fact.Term
	add := func(t fact.Term) {
		t.Site, t.Seen = cmp.Or(t.Site, Site), o.end
		out = append(out, t)
	}
	for i, s := range statuses {
		add(fact.Term{Kind: fact.TermStatus, ID: s.ID, Name: s.Name, Category: categories[i]})
	}
	for _, t := range types {
		add(fact.Term{Kind: fact.TermType, ID: t.ID, Name: t.Name, Rank: t.Rank})
	}
	for i, l := range linkTypes {
		inward, outward := l.near, l.far
		if i == duplicates {
			inward, outward = l.far, l.near
		}
		add(fact.Term{Kind: fact.TermLinkType, ID: l.id, Name: l.name, Inward: inward, Outward: outward})
	}
	for i := range o.teams {
		o.teamTerms(&o.teams[i], add)
	}
	o.codeTerms(add)
	return out
}

func (o *org) teamTerms(t *team, add func(fact.Term)) {
	pr := t.project()
	add(fact.Term{Kind: fact.TermProject, ID: pr.ID, Name: pr.Name, Key: pr.Key})
	if t.sprints {
		for n := range o.sprintAt(o.end) + 1 {
			s := t.sprint(n)
			add(fact.Term{Kind: fact.TermSprint, ID: s.ID, Name: s.Name, Start: o.sprintStart(n), End: o.sprintStart(n + 1)})
		}
	}
	if t.release > 0 {
		for n := range o.releaseAt(t, o.end) + 1 {
			r := t.releaseName(n)
			add(fact.Term{Kind: fact.TermRelease, ID: r.ID, Name: r.Name, End: o.begin + fact.Instant(n+1)*t.release})
		}
	}
}

func (t *team) project() fact.Project {
	return fact.Project{ID: strconv.Itoa(10_100 + t.index), Key: t.key, Name: t.name}
}

const sprintLength = 2 * week

// sprintAt returns the number of the sprint that runs at an instant.
func (o *org) sprintAt(t fact.Instant) int { return int((t - o.sprintStart(0)) / sprintLength) }

func (o *org) sprintStart(n int) fact.Instant {
	return o.begin + fact.Instant(n)*sprintLength + 9*hour
}

func (t *team) sprint(n int) fact.Named {
	return fact.Named{ID: strconv.Itoa((t.index+1)*1000 + n), Name: t.key + " Sprint " + strconv.Itoa(n+1)}
}

// releaseAt returns the number of the first release at or after an instant.
func (o *org) releaseAt(t *team, at fact.Instant) int { return int((at - o.begin - 1) / t.release) }

func (t *team) releaseName(n int) fact.Named {
	return fact.Named{ID: strconv.Itoa((t.index+1)*1000 + 500 + n), Name: t.name + " 1." + strconv.Itoa(n)}
}

// component returns one of a team's two components.
func (t *team) component(n int) fact.Named {
	return fact.Named{ID: strconv.Itoa(20_000 + 2*t.index + n), Name: [2]string{"web", "services"}[n]}
}
