package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/independence"
	"smokestack/analysis/work"
	"smokestack/cmd/smokestack/config"
	"smokestack/connectors/store"
	"smokestack/reports"
	"smokestack/reports/table"
)

// scanFlags say what to show, and how.
type scanFlags struct {
	asOf    string
	weeks   int
	teams   []string
	formats []string
	out     string
	all     bool
	noColor bool
}

func (f *scanFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.asOf, "as-of", "", "what a scan would have said at the end of `DATE` (YYYY-MM-DD, or a time in RFC 3339)")
	cmd.Flags().IntVar(&f.weeks, "weeks", 26, "complete weeks that descriptive tables show")
	cmd.Flags().StringArrayVar(&f.teams, "team", nil, "show only the team `NAME` (repeatable); nothing is computed differently")
	cmd.Flags().StringArrayVar(&f.formats, "format", nil, "terminal, markdown, csv or json (repeatable with --out)")
	cmd.Flags().StringVar(&f.out, "out", "", "write files into the folder `DIR`")
	cmd.Flags().BoolVar(&f.all, "all", false, "every table, not the first screen alone")
	cmd.Flags().BoolVar(&f.noColor, "no-color", false, "no colour on a terminal")
}

func newScan(e *env) *cobra.Command {
	src, f, offline := &sourceFlags{}, &scanFlags{}, false
	cmd := &cobra.Command{
		Use: "scan", Short: "Bring the store up to date, analyse and print", Args: cobra.NoArgs,
		Long: `Pulls what is new, analyses the organisation and prints tables: the first screen, or
with --all every table. --out DIR writes files. Results go to stdout, everything else to stderr.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.scan(cmd.Context(), src, f, offline) },
	}
	src.add(cmd)
	src.addPull(cmd)
	src.addTeamBy(cmd)
	f.add(cmd)
	cmd.Flags().BoolVar(&offline, "offline", false, "report from what the store holds, without pulling")
	return cmd
}

func (e *env) scan(ctx context.Context, src *sourceFlags, f *scanFlags, offline bool) error {
	if err := f.validate(); err != nil {
		return err
	}
	p, err := e.plan(src, offline)
	if err != nil {
		return err
	}
	if f.out != "" {
		p.leaveOut(outFiles(e.path(f.out))...)
	}
	e.hint(src.quiet, p.hints)
	open := store.Open
	if offline {
		open = store.OpenExisting
	} else if err := p.look(); err != nil {
		return err
	}
	st, err := open(ctx, p.store)
	if err != nil {
		return err
	}
	defer st.Close()
	out := &outcome{}
	if err := p.settle(ctx, st); err != nil {
		return err
	}
	var got pulled
	if !offline {
		got = e.pullAll(ctx, p, st, src.quiet)
	} else if err := p.expandHeld(ctx, st); err != nil {
		return err
	}
	return e.report(ctx, p, st, f, src.quiet, got, out)
}

func (f *scanFlags) validate() error {
	known := []string{"terminal", "markdown", "csv", "json"}
	for _, name := range f.formats {
		if !slices.Contains(known, name) {
			return usage("--format %s: known are %s", name, strings.Join(known, ", "))
		}
	}
	switch {
	case len(f.formats) > 1 && f.out == "":
		return usage("several formats need a folder to go to: --out DIR")
	case f.weeks < 1 || f.weeks > 520:
		return usage("--weeks %d: from 1 to 520", f.weeks)
	}
	return nil
}

// report analyses what the store holds within the plan and prints it.
func (e *env) report(ctx context.Context, p *plan, st *store.Store, f *scanFlags, quiet bool, got pulled, out *outcome) error {
	sel, err := selectFacts(ctx, p, st, got.failed)
	if err != nil {
		return err
	}
	for _, err := range got.failed {
		out.add(incomplete(ctx, err), "%s; the report comes from %s", said(err), got.basis(sel))
	}
	for _, s := range sel.Scopes {
		if !s.Complete && len(got.failed) == 0 {
			out.add(codeIncomplete, "%s was not read to its end", s.Origin)
		}
	}
	lost(out, sel)
	in, err := e.assemble(ctx, p, st, sel)
	if err != nil {
		return err
	}
	e.hint(quiet, p.misfits.hint(p.file))
	e.hint(quiet, lateHint(p.file, late(in.Org, toldUntil(in))))
	p.ruleWarnings(out, in.Org.Coverage)
	in.Weeks, in.Teams = f.weeks, f.teams
	in.Independence, in.Contexts = p.independence(), p.contexts()
	if err := f.moment(in, out); err != nil {
		return err
	}
	scan := reports.NewScan(*in)
	if unknown := scan.UnknownTeams(); len(unknown) > 0 {
		return usage("no team %s; there are %s", strings.Join(unknown, ", "), strings.Join(scan.TeamNames(), ", "))
	}
	doc := scan.Document()
	doc.Exit, doc.Incomplete = out.exit(), out.gaps()
	if err := e.write(doc, f, p, quiet); err != nil {
		return err
	}
	e.warn(out)
	if out.code() != codeDone {
		out.reported = true
		return out
	}
	return nil
}

var errEmpty = errors.New("the store is empty")

// selectFacts looks up what the store holds within the plan. If that is
// nothing, there is no report to make, and the reason is why the pull failed.
func selectFacts(ctx context.Context, p *plan, st *store.Store, failed []error) (*store.Selection, error) {
	sel, err := st.Select(ctx, p.scopes())
	switch {
	case err != nil:
		return nil, err
	case sel.Ledger.Live > 0:
		return sel, nil
	case len(failed) > 0:
		return nil, errors.Join(failed...)
	}
	return nil, fmt.Errorf("store %s: %w: nothing was pulled from these sources", st.Path(), errEmpty)
}

// assemble builds the organisation out of the selected facts.
func (e *env) assemble(ctx context.Context, p *plan, st *store.Store, sel *store.Selection) (*reports.Input, error) {
	rules := p.rules
	rules.Bots = sel.Bots
	p.misfits = newMisfits(p, sel)
	p.told, p.members = map[string]bool{}, struct{ named, known int }{}
	for _, t := range sel.Vocabulary {
		p.told[t.Name] = p.told[t.Name] || t.Kind == fact.TermOwners && t.Schema != ""
	}
	if err := p.accounts(ctx, st, sel.Sites(), &rules); err != nil {
		return nil, err
	}
	a := assemble.New(rules, sel.Vocabulary)
	shards := make([]*assemble.Shard, sel.Workers())
	for i := range shards {
		shards[i] = a.Shard(sel.Ledger.Live/len(shards) + 1)
	}
	err := sel.Records(ctx, func(worker int, r *fact.Record) error {
		shards[worker].Add(r)
		p.misfits.see(worker, r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	res, err := a.Finish()
	if err != nil {
		return nil, err
	}
	l := sel.Ledger
	in := &reports.Input{
		Organisation: p.conf.Organisation, Org: res.Org, Newest: res.Newest, AsOf: sel.Through(), Through: sel.Through(),
		Ledger: reports.Ledger{
			Received: l.Received, Parts: l.Parts, Rejected: l.Rejected, Repeated: l.Repeated + l.Overlap, Kept: l.Kept, Left: l.Left,
			Stored: l.Stored, Live: l.Live, Gone: l.Gone, OutOfScope: l.OutOfScope,
			Repaired: l.Repaired, Skipped: l.Skipped, Missing: l.Missing, Orphans: l.Orphans,
		},
		Fingerprints: map[string]string{"facts": res.Digest, "config": p.fingerprint(), "program": version},
	}
	for _, n := range sel.Notes {
		in.Notes = append(in.Notes, reports.Note{Kind: string(n.Kind), Subject: n.Subject, Reason: n.Reason})
	}
	p.matched, p.owned, p.fields = res.Matched, res.Owned, res.Fields
	return in, nil
}

// independence is what the configuration says about the index of independence.
func (p *plan) independence() independence.Options {
	c := p.conf.Independence()
	return independence.Options{Theta: c.Claim, Weights: map[independence.Kind]float64{
		independence.Links: c.Links, independence.Batches: c.Batches, independence.People: c.People,
		independence.HandOffs: c.HandOffs, independence.Talks: c.Together,
	}}
}

// contexts is what teams say of their circumstances.
func (p *plan) contexts() map[string]reports.Context {
	out := map[string]reports.Context{}
	for name, c := range p.conf.Contexts() {
		out[name] = reports.Context{Awareness: c.Awareness, RateOfChange: c.RateOfChange, Effectiveness: c.Effectiveness}
	}
	return out
}

// fingerprint identifies the rules, those of flags among them.
func (p *plan) fingerprint() string {
	return fmt.Sprintf("%s-%d%s", p.conf.Fingerprint(), p.rules.By, p.rules.Field)
}

// moment settles the instant that the report speaks of.
func (f *scanFlags) moment(in *reports.Input, out *outcome) error {
	if f.asOf != "" {
		at, err := parseMoment(f.asOf, in.Org.Zone)
		if err != nil {
			return err
		}
		in.AsOf = at
	}
	first := fact.Never
	for _, at := range in.Org.Items.Created {
		first = min(first, at)
	}
	if in.AsOf < first {
		return usage("--as-of %s: the first item was created on %s", f.asOf, first.Time().In(in.Org.Zone).Format(time.DateOnly))
	}
	// A day that has begun may be named whole.
	if in.AsOf > in.Through+fact.Day {
		out.add(codeIncomplete, "--as-of %s: all sources together tell until %s; of the time behind that some or all tell nothing", f.asOf, in.Through)
	}
	return nil
}

// parseMoment reads a date, meaning its last instant in the organisation's zone,
// or a time.
func parseMoment(text string, zone *time.Location) (fact.Instant, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return fact.At(t), nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, zone)
	if err != nil {
		return 0, usage("--as-of %q is no date: expected YYYY-MM-DD, or a time such as 2025-06-30T12:00:00Z", text)
	}
	return fact.At(t.AddDate(0, 0, 1)) - 1, nil
}

// ruleWarnings says which team rules have nothing to own.
func (p *plan) ruleWarnings(out *outcome, c work.Coverage) {
	if c.NoTeam == c.Items {
		p.noTeams(out)
	}
	for i, t := range p.conf.Teams {
		switch {
		case i < len(p.matched) && p.matched[i] == 0:
			out.add(codeIncomplete, "team %s: no item fits its rule (%s); %s", t.Name, t.Match.Words(), p.whyNone(t.Match))
		case i < len(p.owned) && p.owned[i] == 0:
			out.add(codeIncomplete, "team %s: owns nothing, since teams before it own all that its rule fits (%s)", t.Name, t.Match.Words())
		}
	}
}

// whyNone says why a rule may fit nothing.
func (p *plan) whyNone(m config.Match) string {
	switch {
	case len(m.CodeOwners) > 0 && !p.told[fact.CodeOwners]:
		return "no repository has a CODEOWNERS file that could be read"
	case len(m.GitHubTeam) > 0 && !p.told[fact.TeamOwners]:
		return "no repository tells which teams maintain it: may the token see them?"
	}
	return "is a name misspelt, or was it changed in the tracker?"
}

// noTeams says why no item has a team, where items name their teams.
func (p *plan) noTeams(out *outcome) {
	switch p.rules.By {
	case assemble.ByComponent:
		out.add(codeIncomplete, "teams by component: no item has a component")
	case assemble.ByLabel:
		out.add(codeIncomplete, "teams by label: no item has a label")
	case assemble.ByField:
		known := "none of the items has a value in any field with a closed set of answers"
		if near := config.Nearest(p.rules.Field, p.fields, 5); len(near) > 0 {
			known = "fields in which items have values, the nearest first: " + strings.Join(near, ", ")
			if more := len(p.fields) - len(near); more > 0 {
				known += fmt.Sprintf(" and %d more", more)
			}
		}
		out.add(codeIncomplete, "teams by field: no item has a value in a field %q; %s", p.rules.Field, known)
	}
}

// write prints a document, or writes it as files.
func (e *env) write(doc table.Document, f *scanFlags, p *plan, quiet bool) error {
	zone, err := p.conf.Zone()
	if err != nil {
		return usageError{err}
	}
	opts := table.Options{Width: 100, Zone: zone, All: f.all}
	if !quiet && !f.all {
		doc.Foot = append(doc.Foot, "Every table: --all. Files for others: --out DIR. Numbers are explained under each table.")
	}
	if f.out == "" {
		format := "terminal"
		if len(f.formats) == 1 {
			format = f.formats[0]
		}
		if format == "terminal" && e.terminal {
			opts.Color = !f.noColor && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"
			if e.width > 0 {
				opts.Width = e.width
			}
		}
		return render(e.stdout, format, doc, opts)
	}
	return e.writeFiles(doc, f, opts)
}

// writeFiles writes one file a format, with every table; of CSV one a table,
// and one with what is said about them.
func (e *env) writeFiles(doc table.Document, f *scanFlags, opts table.Options) error {
	dir := e.path(f.out)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	formats := f.formats
	if len(formats) == 0 {
		formats = []string{"markdown", "csv", "json"}
	}
	whole := opts
	whole.All = true
	for _, format := range formats {
		if err := writeFormat(dir, format, doc, whole); err != nil {
			return err
		}
	}
	return render(e.stdout, "terminal", doc, opts)
}

func writeFormat(dir, format string, doc table.Document, opts table.Options) error {
	if format == "csv" {
		notes, err := doc.NotesTable()
		if err != nil {
			return err
		}
		for _, t := range append(slices.Clip(doc.Tables), notes) {
			if err := writeFile(filepath.Join(dir, t.ID+".csv"), func(w *os.File) error { return table.WriteCSV(w, t) }); err != nil {
				return err
			}
		}
		return nil
	}
	return writeFile(filepath.Join(dir, reportNames[format]), func(w *os.File) error { return render(w, format, doc, opts) })
}

// reportNames are the files of a report, by format; of CSV there is one a table.
var reportNames = map[string]string{"terminal": "smokestack.txt", "markdown": "smokestack.md", "json": "smokestack.json"}

// outFiles names the folder that reports are written into and, for the case that
// an archive lies in that very folder, what reports leave there.
func outFiles(dir string) []string {
	out := []string{dir}
	for _, name := range reportNames {
		out = append(out, filepath.Join(dir, name))
	}
	entries, _ := os.ReadDir(dir) // a folder that is not there has none
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".csv") || strings.HasPrefix(e.Name(), temporary) {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out
}

// temporary begins the names of files while they are written.
const temporary = ".smokestack-"

// writeFile writes beside the file and then takes its place, so that nobody
// ever reads half of it.
func writeFile(path string, write func(*os.File) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), temporary+"*")
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	defer os.Remove(f.Name())
	err = errors.Join(write(f), f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
