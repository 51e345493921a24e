package main

import (
	"fmt"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/connectors/store"
)

// misfits finds names of the configuration that nothing in the store bears: a
// slip there is a setting that does nothing.
type misfits struct {
	statuses, types []string // not among the tracker's words
	projects        []string // of keys that tie items together, not among those of Jira
	bots, people    []string // not among the accounts

	met []met // by worker
}

// met is what records, and their histories, call by the names that trackers no
// longer have words for. Resolutions, and statuses on boards, count with the
// statuses.
type met struct{ statuses, types, projects map[string]bool }

func newMet() met { return met{map[string]bool{}, map[string]bool{}, map[string]bool{}} }

func newMisfits(p *plan, sel *store.Selection) *misfits {
	m := &misfits{met: make([]met, sel.Workers()), projects: p.conf.Joins.JiraKeys.Projects}
	for i := range m.met {
		m.met[i] = newMet()
	}
	words := map[fact.TermKind]map[string]bool{fact.TermStatus: {}, fact.TermType: {}}
	for _, t := range sel.Vocabulary {
		if names := words[t.Kind]; names != nil {
			names[strings.ToLower(t.Name)] = true
		}
	}
	statuses, types := p.conf.Named()
	m.statuses, m.types = without(statuses, words[fact.TermStatus]), without(types, words[fact.TermType])
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
func unlike(patterns []string, names map[string]bool) []string {
	var out []string
	for _, p := range patterns {
		fits := false
		for name := range names {
			fits = fits || fitsAny([]string{p}, name)
		}
		if !fits {
			out = append(out, p)
		}
	}
	return out
}

// see looks at one record, if there is anything to look for.
func (m *misfits) see(worker int, r *fact.Record) {
	if len(m.statuses)+len(m.types)+len(m.projects) == 0 {
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

// hint names the misfits in one line; none if there are none.
func (m *misfits) hint(file string) []string {
	parts := m.parts()
	if parts == nil {
		return nil
	}
	return []string{fmt.Sprintf("%s: nothing in the store bears these names: %s; is one misspelt?", file, strings.Join(parts, "; "))}
}

// parts names the misfits, by where in the configuration they stand.
func (m *misfits) parts() []string {
	all := newMet()
	for _, met := range m.met {
		for _, pair := range [][2]map[string]bool{{met.statuses, all.statuses}, {met.types, all.types}, {met.projects, all.projects}} {
			for name := range pair[0] {
				pair[1][strings.ToLower(name)] = true
			}
		}
	}
	var parts []string
	for _, l := range []struct {
		key   string
		names []string
	}{
		{"statuses", without(m.statuses, all.statuses)}, {"types", without(m.types, all.types)}, {"joins.jira_keys.projects", unlike(m.projects, all.projects)},
		{"bots", m.bots}, {"people", m.people},
	} {
		if len(l.names) > 0 {
			parts = append(parts, l.key+": "+strings.Join(l.names, ", "))
		}
	}
	return parts
}
