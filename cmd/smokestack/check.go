package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"smokestack/analysis/assemble"
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
		state, short = "wrong", table.Words("no").Note(ended(found)+todoWords(todo))
		c.out.add(code, "%s: %s", what, found)
	case todo != "":
		state, short = "look", table.Words(found).Note(strings.TrimSpace(todoWords(todo)))
	}
	if code == codeDone && todo != "" && utf8.RuneCountInString(found) > foundMost { // it would be cut in a terminal
		short = table.Words("see the note").Note(ended(found) + todoWords(todo))
	}
	c.rows = append(c.rows, []table.Cell{table.Words(where), table.Words(what), table.Words(state), short, table.Words(found), table.Words(todo)})
}

// foundMost is how many letters of what was found fit into the table.
const foundMost = 50

// ended is a text that ends as a sentence does, where another one follows.
func ended(text string) string {
	if strings.HasSuffix(text, "?") || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// todoWords says what to do, behind what is wrong.
func todoWords(todo string) string {
	if todo == "" {
		return ""
	}
	return " What to do: " + todo
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
	seen := &reachable{whole: len(p.archives) == 0}
	for _, site := range p.sites {
		if err := e.checkSite(ctx, p, site, c, seen); err != nil {
			return err
		}
	}
	for _, h := range p.hubs {
		if err := e.checkHub(ctx, p, h, c, seen); err != nil {
			return err
		}
	}
	p.checkReach(seen, c)
	if err := e.checkStore(ctx, p, c); err != nil {
		return err
	}
	doc := table.Document{Organisation: p.conf.Organisation, AsOf: e.now(), Exit: c.out.exit(), Tables: []table.Table{{
		ID: "check", Title: "Before a pull",
		Columns: []table.Column{
			{ID: "where", Title: "Where", Key: len(p.sites)+len(p.hubs) < 2, Shrink: true}, {ID: "what", Title: "What"}, {ID: "state", Title: "State"},
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

// teamsBy says what decides who owns an item.
var teamsBy = map[assemble.TeamBy]string{
	assemble.ByTeamOrProject: "what the tracker says", assemble.ByProject: "project or repository", assemble.ByComponent: "component",
	assemble.ByLabel: "label", assemble.ByField: "field", assemble.ByRules: "rules",
}

// describePlan says what the configuration, or the flags, amount to.
func describePlan(p *plan) string {
	teams := "teams by " + teamsBy[p.rules.By]
	if n := len(p.conf.Teams); n > 0 {
		teams = table.Plural(n, "team", "teams")
	}
	sources := len(p.sources)
	for _, h := range p.hubs {
		for _, o := range h.owners {
			sources += len(o.patterns)
		}
	}
	return table.Plural(sources, "source", "sources") + ", " + teams
}

func (e *env) checkArchives(p *plan, c *checklist) {
	for _, a := range p.archives {
		if err := a.Look(); err != nil {
			c.line(nameOf(a), "Archive", err.Error(), "give the path of saved answers", codeUsage)
			continue
		}
		found, todo := "there, with answers of "+trackerNames[a.tracker], ""
		if really, _ := trackerOf(a.path); really != "" && really != a.tracker {
			c.line(nameOf(a), "Archive", "it holds answers of "+trackerNames[really]+", not of "+trackerNames[a.tracker], "leave out tracker: "+a.tracker, codeFailed)
			continue
		}
		if a.guessed {
			found, todo = "there; nothing in it tells of which tracker: taken for answers of "+trackerNames[a.tracker], "if they are another's, name it as tracker: in the configuration"
		}
		c.line(nameOf(a), "Archive", found, todo, codeDone)
	}
}

// checkStore says what is there already, and what the rules make of it.
func (e *env) checkStore(ctx context.Context, p *plan, c *checklist) error {
	st, err := store.OpenExisting(ctx, p.store)
	if errors.Is(err, store.ErrMissing) {
		c.line(filepath.Base(p.store), "Store", "none yet: the first pull makes it", "", codeDone)
		return nil
	}
	if err != nil {
		c.line(filepath.Base(p.store), "Store", err.Error(), "", exitCode(ctx, err))
		return nil
	}
	defer st.Close()
	if err := p.settle(ctx, st); err != nil {
		return err
	}
	sel, err := st.Select(ctx, p.scopes())
	if err != nil {
		return err
	}
	if sel.Ledger.Live == 0 {
		c.line(filepath.Base(p.store), "Store", "holds nothing of these sources yet", "", codeDone)
		return nil
	}
	in, err := e.assemble(ctx, p, st, sel)
	if err != nil {
		return err
	}
	c.line(filepath.Base(p.store), "Store", table.Plural(sel.Ledger.Live, "record", "records")+", told until "+sel.Through().String(), "", codeDone)
	p.checkOwners(in.Org, c)
	p.checkWords(c)
	for _, names := range p.misfits.parts() {
		c.line(filepath.Base(p.store), "Names", names, "nothing in the store bears these names, so they do nothing: is one misspelt?", codeDone)
	}
	if days := late(in.Org, toldUntil(in)); len(days) > 0 {
		c.line(filepath.Base(p.store), "Reorganised", strings.Join(days, ", "), "nothing is told of so late a day, so it does nothing: is one misspelt?", codeDone)
	}
	return nil
}

// checkWords says what the store makes of who belongs to teams and of the mix.
func (p *plan) checkWords(c *checklist) {
	where := filepath.Base(p.store)
	if n := p.members; n.named > 0 {
		c.line(where, "Members", fmt.Sprintf("%s of %s known here", table.Thousands(n.known), table.Plural(n.named, "membership", "memberships")), "", codeDone)
	}
	if n := len(p.conf.Mix.Categories); n > 0 {
		idle := p.misfits.idleCategories()
		found, todo := fmt.Sprintf("%s, each with a type or a label that is there", table.Plural(n, "category", "categories")), ""
		if len(idle) > 0 {
			found, todo = "no type and no label fits "+table.List(idle, mostNames), "name types or labels under mix.categories as the tracker writes them"
		}
		c.line(where, "Mix", found, todo, codeDone)
	}
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
