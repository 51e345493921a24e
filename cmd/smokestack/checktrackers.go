package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"smokestack/connectors/github"
	"smokestack/connectors/jira"
	"smokestack/connectors/wire"
	"smokestack/reports/table"
)

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
	e.checkFound(ctx, p, site.Host(), up, table.Plural(up.Items, "issue", "issues"), c)
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
	for _, err := range problems {
		// What is wrong with the site, or the token, is said already.
		if !slices.ContainsFunc(up.Findings, func(f wire.Finding) bool { return f.Err != nil && f.Err.Error() == err.Error() }) {
			up.Add("Repositories", err.Error(), "correct the pattern, or give the token more repositories", err)
		}
	}
	e.checkFound(ctx, p, h.site.Host(), up, table.Plural(up.Items, "item", "items"), c)
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

// checkFound writes down what was found; items is how much a first pull brings, in
// words.
func (e *env) checkFound(ctx context.Context, p *plan, where string, up *wire.Checkup, items string, c *checklist) {
	for _, one := range up.Findings {
		code := codeDone
		if one.Err != nil {
			// What is missing in part makes a report incomplete; what is missing
			// altogether makes none.
			code = exitCode(ctx, one.Err)
			if code == codeRefused && one.What != "Credentials" || (code == codeRefused || code == codeFailed) && len(up.Visible) > 0 {
				code = codeIncomplete
			}
		}
		c.line(where, one.What, one.Found, one.Todo, code)
	}
	wrong := slices.ContainsFunc(up.Findings, func(f wire.Finding) bool { return f.Err != nil })
	if wrong && up.Requests == 0 { // nothing else could be asked
		return
	}
	p.checkStatuses(up.Vague, where, c)
	if up.Requests > 0 {
		c.line(where, "A first pull", fmt.Sprintf("about %s for %s, about %s",
			table.Plural(up.Requests, "request", "requests"), items, roughly(up.Time)), "", codeDone)
	}
}

// checkStatuses compares the tracker's statuses with the rules.
func (p *plan) checkStatuses(unclear []string, where string, c *checklist) {
	var vague []string
	for _, name := range unclear {
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
