package jira

import (
	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
)

// Answers that are about the site, not about an issue: what its words mean.

func isProject(v gjson.Result) bool {
	return v.Get("issueTypes").IsArray() && v.Get("key").Type == gjson.String && !v.Get("fields").Exists()
}

func isBoard(v gjson.Result) bool { return v.Get("columnConfig").IsObject() }

func isSprintPage(v gjson.Result) bool {
	first := v.Get("values.0")
	return first.Get("state").Exists() && (first.Get("originBoardId").Exists() || first.Get("startDate").Exists())
}

// siteWords keeps what an answer says about words, and returns what it is.
func (a *answers) siteWords(v gjson.Result) string {
	switch {
	case v.Get("issueLinkTypes").IsArray():
		a.linkTypes(v)
		return "a list of link types"
	case isProject(v):
		a.projectWords(v)
		return "a project"
	case isBoard(v):
		a.estimation(v)
		return "a board"
	case isSprintPage(v):
		v.Get("values").ForEach(func(_, s gjson.Result) bool { a.sprintWord(s); return true })
		return "a list of sprints"
	}
	return ""
}

func (a *answers) linkTypes(v gjson.Result) {
	v.Get("issueLinkTypes").ForEach(func(_, t gjson.Result) bool {
		a.Term(fact.Term{
			Site: orElse(a.siteOf(t.Get("self").String()), a.site), Kind: fact.TermLinkType, ID: t.Get("id").String(),
			Name: t.Get("name").String(), Inward: t.Get("inward").String(), Outward: t.Get("outward").String(),
		})
		return true
	})
}

// projectWords keeps a project's name, its types with their levels, and its
// releases with their dates.
func (a *answers) projectWords(v gjson.Result) {
	site := orElse(a.siteOf(v.Get("self").String()), a.site)
	a.Term(fact.Term{Site: site, Kind: fact.TermProject, ID: v.Get("id").String(), Name: v.Get("name").String(), Key: v.Get("key").String()})
	v.Get("issueTypes").ForEach(func(_, t gjson.Result) bool {
		typ := issueType(t)
		a.Term(fact.Term{Site: site, Kind: fact.TermType, ID: typ.ID, Name: typ.Name, Rank: typ.Rank})
		return true
	})
	v.Get("versions").ForEach(func(_, r gjson.Result) bool {
		a.Term(fact.Term{
			Site: site, Kind: fact.TermRelease, ID: r.Get("id").String(), Name: r.Get("name").String(),
			End: instantText(date(r.Get("releaseDate").String()) + "T00:00:00Z"),
		})
		return true
	})
}

// estimation keeps which field a board estimates by: the one reliable way to
// find it, since its name is translated and its id differs from site to site.
func (a *answers) estimation(v gjson.Result) {
	field := v.Get("estimation.field")
	if id := field.Get("fieldId").String(); id != "" && id != "timeoriginalestimate" {
		a.Term(fact.Term{Site: a.site, Kind: fact.TermEstimate, ID: id, Name: field.Get("displayName").String()})
	}
}

// sprintWord keeps when a sprint began and ended.
func (a *answers) sprintWord(v gjson.Result) {
	s := sprintObject(v)
	if s.id == "" {
		return
	}
	a.Term(fact.Term{Site: orElse(a.siteOf(v.Get("self").String()), a.site), Kind: fact.TermSprint, ID: s.id, Name: s.name, Start: s.start, End: s.end})
}
