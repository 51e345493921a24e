package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"smokestack/connectors/github"
	"smokestack/connectors/jira"
	"smokestack/reports/table"
)

// found is what a look at one tracker found, whichever it is.
type found struct {
	findings []finding
	visible  []string // projects or repositories that can be read
	vague    []string // statuses of unknown meaning
	requests int      // that a first pull takes
	items    string   // and for how many
	time     time.Duration
}

type finding struct {
	what, found, todo string
	err               error
}

// checkSite asks one Jira what a pull would ask first.
func (e *env) checkSite(ctx context.Context, p *plan, site *jira.Site, c *checklist, seen *reachable) error {
	var live []*jira.Live
	for _, src := range p.sources {
		if l, ok := src.(*jira.Live); ok && l.Of(site) {
			live = append(live, l)
		}
	}
	up, err := site.Check(ctx, live)
	if err != nil {
		return err
	}
	f := found{visible: up.Visible, vague: up.Vague, requests: up.Requests, items: table.Plural(up.Issues, "issue", "issues"), time: up.Time}
	for _, one := range up.Findings {
		f.findings = append(f.findings, finding{one.What, one.Found, one.Todo, one.Err})
	}
	e.checkFound(ctx, p, site.Host(), f, c)
	seen.projects = append(seen.projects, up.Visible...)
	seen.whole = seen.whole && len(up.Visible) == len(live) // not so where a query selects issues
	return nil
}

// checkHub asks one GitHub which repositories are meant, and what a pull would ask
// first.
func (e *env) checkHub(ctx context.Context, p *plan, h *hub, c *checklist, seen *reachable) error {
	problems := e.checkPatterns(ctx, p, h, c)
	var live []*github.Live
	for _, src := range p.sources {
		if l, ok := src.(*github.Live); ok && l.Of(h.site) {
			live = append(live, l)
		}
	}
	up, err := h.site.Check(ctx, live)
	if err != nil {
		return err
	}
	f := found{visible: up.Visible, vague: up.Vague, requests: up.Requests, items: table.Plural(up.Items, "item", "items"), time: up.Time}
	for _, one := range up.Findings {
		f.findings = append(f.findings, finding{one.What, one.Found, one.Todo, one.Err})
	}
	for _, err := range problems {
		// What is wrong with the site, or the token, is said already.
		if !slices.ContainsFunc(f.findings, func(f finding) bool { return f.err != nil && f.err.Error() == err.Error() }) {
			f.findings = append(f.findings, finding{"Repositories", err.Error(), "correct the pattern, or give the token more repositories", err})
		}
	}
	e.checkFound(ctx, p, h.site.Host(), f, c)
	seen.repositories = append(seen.repositories, up.Visible...)
	seen.whole = seen.whole && len(up.Visible) == len(live) && len(problems) == 0
	return nil
}

// checkPatterns finds the repositories that patterns mean, and adds them.
func (e *env) checkPatterns(ctx context.Context, p *plan, h *hub, c *checklist) (problems []error) {
	for _, o := range h.owners {
		names, failed := h.list(ctx, o)
		problems = append(problems, failed...)
		for _, name := range names {
			p.addLive(h, o.owner, name)
		}
		if len(names) > 0 {
			c.line(h.site.Host(), "Repositories", fmt.Sprintf("of %s, %s: %s", o.owner, strings.Join(o.patterns, " and "), table.List(names, mostNames)), "", codeDone)
		}
	}
	h.owners = nil
	return problems
}

// checkFound writes down what was found.
func (e *env) checkFound(ctx context.Context, p *plan, where string, f found, c *checklist) {
	for _, one := range f.findings {
		code := codeDone
		if one.err != nil {
			// What is missing in part makes a report incomplete; what is missing
			// altogether makes none.
			code = exitCode(ctx, one.err)
			if code == codeRefused && one.what != "Credentials" || (code == codeRefused || code == codeFailed) && len(f.visible) > 0 {
				code = codeIncomplete
			}
		}
		c.line(where, one.what, one.found, one.todo, code)
	}
	wrong := slices.ContainsFunc(f.findings, func(f finding) bool { return f.err != nil })
	if wrong && f.requests == 0 { // nothing else could be asked
		return
	}
	p.checkStatuses(f, where, c)
	if f.requests > 0 {
		c.line(where, "A first pull", fmt.Sprintf("about %s for %s, about %s",
			table.Plural(f.requests, "request", "requests"), f.items, roughly(f.time)), "", codeDone)
	}
}

// checkStatuses compares the tracker's statuses with the rules.
func (p *plan) checkStatuses(f found, where string, c *checklist) {
	var vague []string
	for _, name := range f.vague {
		if _, ok := p.rules.Statuses[strings.ToLower(name)]; !ok {
			vague = append(vague, name)
		}
	}
	if len(vague) > 0 {
		c.line(where, "Statuses", table.Thousands(len(vague))+" of unknown meaning: "+table.List(vague, mostNames), "name them under statuses: in the configuration", codeDone)
		return
	}
	c.line(where, "Statuses", "every status has a state", "", codeDone)
}
