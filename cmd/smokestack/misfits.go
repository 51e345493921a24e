package main

import (
	"fmt"
	"strings"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
	"smokestack/cmd/smokestack/config"
	"smokestack/connectors/store"
	"smokestack/reports"
)

// misfits finds names of the configuration that nothing in the store bears: a
// slip there is a setting that does nothing.
type misfits struct {
	statuses, types []string // not among the tracker's words
	projects        []string // of keys that tie items together, not among those of Jira
	bots, people    []string // not among the accounts
	members, askers []string // likewise, of teams and of requests to ignore

	categories []config.Category // of the mix
	outcome    config.Outcome
	ignore     config.Ignore // of requests

	words met   // of the vocabulary
	met   []met // by worker
}

// met is what records, and their histories, call by the names that trackers no
// longer have words for. Resolutions, and statuses on boards, count with the
// statuses.
type met struct {
	statuses, types, projects map[string]bool
	labels, fields, links     map[string]bool // links are types and phrases
}

func newMet() met {
	return met{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
}

// sets are the sets of names, in a fixed order.
func (m met) sets() []map[string]bool {
	return []map[string]bool{m.statuses, m.types, m.projects, m.labels, m.fields, m.links}
}

func newMisfits(p *plan, sel *store.Selection) *misfits {
	m := &misfits{
		met: make([]met, sel.Workers()), words: newMet(), projects: p.conf.Joins.JiraKeys.Projects,
		categories: p.conf.Mix.Categories, outcome: p.conf.Outcome, ignore: p.conf.Requests.Ignore,
	}
	for i := range m.met {
		m.met[i] = newMet()
	}
	statuses := map[string]bool{}
	for _, t := range sel.Vocabulary {
		name := strings.ToLower(t.Name)
		switch t.Kind {
		case fact.TermStatus:
			statuses[name] = true
		case fact.TermType:
			m.words.types[name] = true
		case fact.TermField:
			m.words.fields[name], m.words.fields[strings.ToLower(t.ID)] = true, true
		case fact.TermLinkType:
			m.words.links[name], m.words.links[strings.ToLower(t.Inward)], m.words.links[strings.ToLower(t.Outward)] = true, true, true
		}
	}
	named, types := p.conf.Named()
	m.statuses, m.types = without(named, statuses), without(types, m.words.types)
	return m
}

// without returns the names that are not among some in lower case.
func without(names []string, known map[string]bool) []string {
	var out []string
	for _, n := range names {
		if !known[strings.ToLower(n)] {
			out = append(out, n)
		}
	}
	return out
}

// unlike returns the patterns that none of the names fits.
func unlike(patterns []string, names ...map[string]bool) []string {
	var out []string
	for _, p := range patterns {
		if !likeAny(p, names) {
			out = append(out, p)
		}
	}
	return out
}

func likeAny(pattern string, names []map[string]bool) bool {
	for _, set := range names {
		if set[strings.ToLower(pattern)] {
			return true
		}
		for name := range set {
			if fitsAny([]string{pattern}, name) {
				return true
			}
		}
	}
	return false
}

// see looks at one record, if there is anything to look for.
func (m *misfits) see(worker int, r *fact.Record) {
	if m.ofLabels() {
		m.seeLabels(m.met[worker], r)
	}
	if len(m.outcome.Fields) > 0 {
		for _, f := range r.Fields {
			m.met[worker].fields[f.ID] = true
		}
		for i := range r.Changes { // archives without names tell of fields' names in histories alone
			if c := &r.Changes[i]; c.Kind == fact.KindOther {
				m.met[worker].fields[c.Field] = true
			}
		}
	}
	if len(m.outcome.Links) > 0 {
		for _, l := range r.Links {
			m.met[worker].links[l.Type], m.met[worker].links[l.Phrase] = true, true
		}
	}
	if len(m.statuses)+len(m.types)+len(m.projects)+len(m.ignore.JiraProject)+len(m.ignore.GitHubRepository)+len(m.ignore.Type)+len(m.categories) == 0 {
		return
	}
	met := m.met[worker]
	met.statuses[r.Status.Name], met.statuses[r.Resolution.Name], met.types[r.Type.Name] = true, true, true
	met.projects[r.Project.Key] = true
	for _, c := range r.Columns {
		met.statuses[c.Name] = true
	}
	for i := range r.Changes {
		switch c := &r.Changes[i]; c.Kind {
		case fact.KindStatus, fact.KindResolution, fact.KindColumn:
			met.statuses[c.From.Text], met.statuses[c.To.Text] = true, true
		case fact.KindType:
			met.types[c.From.Text], met.types[c.To.Text] = true, true
		}
	}
}

// ofLabels reports whether any setting speaks of labels.
func (m *misfits) ofLabels() bool {
	return len(m.categories)+len(m.outcome.Labels)+len(m.ignore.Label) > 0
}

func (m *misfits) seeLabels(met met, r *fact.Record) {
	for _, l := range r.Labels {
		met.labels[l] = true
	}
	for i := range r.Changes {
		if c := &r.Changes[i]; c.Kind == fact.KindLabel {
			met.labels[c.From.Text], met.labels[c.To.Text] = true, true
		}
	}
}

// hint names the misfits in one line; none if there are none.
func (m *misfits) hint(file string) []string {
	parts := m.parts()
	if parts == nil {
		return nil
	}
	return []string{fmt.Sprintf("%s: nothing in the store bears these names: %s; is one misspelt?", file, strings.Join(parts, "; "))}
}

// all is what records and vocabulary bear, in lower case; the vocabulary's
// statuses are not among it, since those were looked up before.
func (m *misfits) all() met {
	all := newMet()
	into := all.sets()
	for _, one := range append([]met{m.words}, m.met...) {
		for i, set := range one.sets() {
			for name := range set {
				if name != "" {
					into[i][strings.ToLower(name)] = true
				}
			}
		}
	}
	return all
}

// parts names the misfits, by where in the configuration they stand.
func (m *misfits) parts() []string {
	all := m.all()
	var categories []string
	for _, c := range m.categories {
		categories = append(categories, c.Names...)
	}
	var parts []string
	for _, l := range []struct {
		key   string
		names []string
	}{
		{"statuses", without(m.statuses, all.statuses)}, {"types", without(m.types, all.types)}, {"joins.jira_keys.projects", unlike(m.projects, all.projects)},
		{"bots", m.bots}, {"people", m.people}, {"teams.members", m.members},
		{"mix.categories", unlike(categories, all.types, all.labels)},
		{"outcome.fields", without(m.outcome.Fields, all.fields)}, {"outcome.labels", unlike(m.outcome.Labels, all.labels)}, {"outcome.links", without(m.outcome.Links, all.links)},
		{"requests.ignore.type", unlike(m.ignore.Type, all.types)}, {"requests.ignore.label", unlike(m.ignore.Label, all.labels)},
		{"requests.ignore.jira_project", unlike(m.ignore.JiraProject, all.projects)}, {"requests.ignore.github_repository", unlike(m.ignore.GitHubRepository, all.projects)},
		{"requests.ignore.accounts", m.askers},
	} {
		if len(l.names) > 0 {
			parts = append(parts, l.key+": "+strings.Join(l.names, ", "))
		}
	}
	return parts
}

// idleCategories are those of the mix that no type and no label fits.
func (m *misfits) idleCategories() []string {
	all := m.all()
	var out []string
	for _, c := range m.categories {
		if len(unlike(c.Names, all.types, all.labels)) == len(c.Names) {
			out = append(out, c.Name)
		}
	}
	return out
}

// toldUntil is the last moment of which any source tells.
func toldUntil(in *reports.Input) fact.Instant {
	last := in.Through
	for _, at := range in.Newest {
		last = max(last, at)
	}
	return last
}

// late are the days of reorganisations, as the organisation writes days, after
// everything that the sources tell: they do nothing, and a year may be misspelt.
func late(o *work.Org, last fact.Instant) []string {
	var out []string
	for _, r := range o.Reorganised {
		if r.At > last {
			out = append(out, r.At.Time().In(o.Zone).Format(time.DateOnly))
		}
	}
	return out
}

// lateHint names them in one line; none if there are none.
func lateHint(file string, days []string) []string {
	if len(days) == 0 {
		return nil
	}
	lie := "lies"
	if len(days) > 1 {
		lie = "lie"
	}
	return []string{fmt.Sprintf("%s: reorganisations: %s %s after everything that the sources tell", file, strings.Join(days, ", "), lie)}
}
