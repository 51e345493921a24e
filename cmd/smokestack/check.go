package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smokestack/analysis/assemble"
	"smokestack/cmd/smokestack/config"
	"smokestack/connectors/jira"
	"smokestack/connectors/store"
	"smokestack/reports/table"
)

func newCheck(e *env) *cobra.Command {
	f := &sourceFlags{}
	var format string
	cmd := &cobra.Command{
		Use: "check", Short: "Look whether a pull would work, before a long one", Args: cobra.NoArgs,
		Long: `Reads the configuration, reaches every tracker, and prints one table of what is right
and what is not: credentials, permissions, statuses, team rules, and what a first pull
takes. It changes nothing, in the tracker or in the store.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.check(cmd.Context(), f, format) },
	}
	f.add(cmd)
	f.addTeamBy(cmd)
	cmd.Flags().StringVar(&format, "format", "terminal", "terminal, markdown, csv or json")
	return cmd
}

// mostNames is how many things a line of the check names.
const mostNames = 8

// checklist collects the lines of the check.
type checklist struct {
	rows [][]table.Cell
	out  *outcome
}

func (c *checklist) line(where, what, found, todo string, code int) {
	state, short := "right", table.Words(found)
	switch {
	case code != codeDone:
		state, short = "wrong", table.Words("no").Note(found+todoWords(todo))
		c.out.add(code, "%s: %s", what, found)
	case todo != "":
		state, short = "look", table.Words(found).Note(strings.TrimPrefix(todoWords(todo), ". "))
	}
	c.rows = append(c.rows, []table.Cell{table.Words(where), table.Words(what), table.Words(state), short, table.Words(found), table.Words(todo)})
}

// todoWords says what to do, behind what is wrong.
func todoWords(todo string) string {
	if todo == "" {
		return ""
	}
	return ". What to do: " + todo
}

func (e *env) check(ctx context.Context, f *sourceFlags, format string) error {
	if err := (&scanFlags{formats: []string{format}, weeks: 1}).validate(); err != nil {
		return err
	}
	p, err := e.plan(f, false)
	if err != nil {
		return err
	}
	c := &checklist{out: &outcome{reported: true}}
	c.line("smokestack", "Configuration", describePlan(p), "", codeDone)
	e.checkArchives(p, c)
	for _, site := range p.sites {
		if err := e.checkSite(ctx, p, site, c); err != nil {
			return err
		}
	}
	if err := e.checkStore(ctx, p, c); err != nil {
		return err
	}
	doc := table.Document{Organisation: p.conf.Organisation, AsOf: e.now(), Exit: c.out.exit(), Tables: []table.Table{{
		ID: "check", Title: "Before a pull",
		Columns: []table.Column{
			{ID: "where", Title: "Where", Key: true}, {ID: "what", Title: "What"}, {ID: "state", Title: "State"},
			{ID: "found", Title: "Found", Shrink: true}, {ID: "details", Title: "Details", Key: true}, {ID: "todo", Title: "What to do", Key: true},
		},
		Rows: c.rows,
	}}}
	opts := table.Options{Width: 100, Zone: time.UTC, All: true}
	if e.terminal && e.width > 0 {
		opts.Width = e.width
	}
	if err := render(e.stdout, format, doc, opts); err != nil {
		return err
	}
	if c.out.code() != codeDone {
		return c.out
	}
	return nil
}

func describePlan(p *plan) string {
	teams := "teams by what the tracker says"
	if n := len(p.conf.Teams); n > 0 {
		teams = table.Plural(n, "team", "teams")
	}
	return table.Plural(len(p.sources), "source", "sources") + ", " + teams
}

func (e *env) checkArchives(p *plan, c *checklist) {
	for _, src := range p.sources {
		a, ok := src.(*jira.Archive)
		if !ok {
			continue
		}
		if err := a.Look(); err != nil {
			c.line(nameOf(src), "Archive", err.Error(), "give the path of saved answers", codeUsage)
			continue
		}
		c.line(nameOf(src), "Archive", "there", "", codeDone)
	}
}

// checkSite asks one Jira what a pull would ask first.
func (e *env) checkSite(ctx context.Context, p *plan, site *jira.Site, c *checklist) error {
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
	where := site.Host()
	for _, f := range up.Findings {
		code := codeDone
		if f.Err != nil {
			// What is refused in part makes a report incomplete; what is refused
			// altogether makes none.
			if code = exitCode(ctx, f.Err); code == codeRefused && len(up.Visible) > 0 || code == codeRefused && f.What != "Credentials" {
				code = codeIncomplete
			}
		}
		c.line(where, f.What, f.Found, f.Todo, code)
	}
	if len(up.Findings) > 0 && up.Findings[len(up.Findings)-1].What == "Credentials" && up.Requests == 0 {
		return nil
	}
	e.checkWords(p, up, where, c)
	if up.Requests > 0 {
		c.line(where, "A first pull", fmt.Sprintf("about %s for %s, about %s",
			table.Plural(up.Requests, "request", "requests"), table.Plural(up.Issues, "issue", "issues"), roughly(up.Time)), "", codeDone)
	}
	return nil
}

// checkWords compares the tracker's words with the rules.
func (e *env) checkWords(p *plan, up *jira.Checkup, where string, c *checklist) {
	var vague []string
	for _, name := range up.Vague {
		if _, ok := p.rules.Statuses[strings.ToLower(name)]; !ok {
			vague = append(vague, name)
		}
	}
	if len(vague) > 0 {
		c.line(where, "Statuses", table.Thousands(len(vague))+" of unknown meaning: "+table.List(vague, mostNames), "name them under statuses: in the configuration", codeDone)
	} else {
		c.line(where, "Statuses", "every status has a state", "", codeDone)
	}
	if p.rules.By != assemble.ByRules {
		return
	}
	var free []string
	for _, key := range up.Visible {
		owned := slices.ContainsFunc(p.conf.Teams, func(t config.Team) bool {
			return len(t.Match.JiraProject) == 0 || slices.ContainsFunc(t.Match.JiraProject, func(pattern string) bool {
				ok, err := path.Match(strings.ToUpper(pattern), key)
				return ok && err == nil
			})
		})
		if !owned {
			free = append(free, key)
		}
	}
	if len(free) > 0 {
		c.line(where, "Teams", "no team's rule can own items of "+table.List(free, mostNames), "add a team, or take the project out of the sources", codeDone)
	}
}

// checkStore says what is there already.
func (e *env) checkStore(ctx context.Context, p *plan, c *checklist) error {
	st, err := store.OpenExisting(ctx, p.store)
	if errors.Is(err, store.ErrMissing) {
		c.line(p.store, "Store", "none yet: the first pull makes it", "", codeDone)
		return nil
	}
	if err != nil {
		c.line(p.store, "Store", err.Error(), "", exitCode(ctx, err))
		return nil
	}
	defer st.Close()
	sel, err := st.Select(ctx, p.scopes())
	if err != nil {
		return err
	}
	if sel.Ledger.Live == 0 {
		c.line(p.store, "Store", "holds nothing of these sources yet", "", codeDone)
		return nil
	}
	in, err := e.assemble(ctx, p, st, sel)
	if err != nil {
		return err
	}
	c.line(p.store, "Store", table.Plural(sel.Ledger.Live, "item", "items")+", told until "+sel.Through().String(), "", codeDone)
	if n := in.Org.Coverage.NoTeam; n > 0 {
		c.line(p.store, "Items without a team", table.Thousands(n)+" of "+table.Thousands(in.Org.Coverage.Items), "add a team's rule that fits them", codeDone)
	}
	return nil
}

func roughly(d time.Duration) string {
	switch {
	case d < time.Second:
		return "a second"
	case d < 2*time.Minute:
		return d.Round(time.Second).String()
	}
	return d.Round(time.Minute).String()
}
