package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"smokestack/analysis/fact"
	"smokestack/connectors/store"
	"smokestack/reports"
	"smokestack/reports/table"
)

func newExport(e *env) *cobra.Command {
	src, f := &sourceFlags{}, &scanFlags{weeks: 26}
	cmd := &cobra.Command{
		Use: "export", Short: "Write items, batches, changes, links and weekly series as CSV", Args: cobra.NoArgs,
		Long: `Writes what the store holds as CSV files into the folder of --out: items.csv, batches.csv,
changes.csv (without people), links.csv and weekly.csv. It does not pull. With --as-of,
states, teams, parents and dates are those of then, titles those of today.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.export(cmd.Context(), src, f) },
	}
	src.add(cmd)
	src.addTeamBy(cmd)
	cmd.Flags().StringVar(&f.asOf, "as-of", "", "as of the end of `DATE` (YYYY-MM-DD, or a time in RFC 3339)")
	cmd.Flags().StringVar(&f.out, "out", "", "the folder `DIR` to write into")
	return cmd
}

func (e *env) export(ctx context.Context, src *sourceFlags, f *scanFlags) error {
	if f.out == "" {
		return usage("export needs a folder to write into: --out DIR")
	}
	p, err := e.plan(src, true)
	if err != nil {
		return err
	}
	e.hint(src.quiet, p.hints)
	st, err := store.OpenExisting(ctx, p.store)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := errors.Join(p.settle(ctx, st), p.expandHeld(ctx, st)); err != nil {
		return err
	}
	sel, err := selectFacts(ctx, p, st, nil)
	if err != nil {
		return err
	}
	in, err := e.assemble(ctx, p, st, sel)
	if err != nil {
		return err
	}
	out := &outcome{}
	p.ruleWarnings(out, in.Org.Coverage)
	in.Weeks = f.weeks
	if err := f.moment(in, out); err != nil {
		return err
	}
	if err := e.exportFiles(ctx, e.path(f.out), reports.NewScan(*in), sel, in.AsOf); err != nil {
		return err
	}
	e.warn(out)
	if out.code() != codeDone {
		out.reported = true
		return out
	}
	return nil
}

func (e *env) exportFiles(ctx context.Context, dir string, scan *reports.Scan, sel *store.Selection, asOf fact.Instant) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	for _, l := range scan.Export() {
		err := writeFile(filepath.Join(dir, l.ID+".csv"), func(w *os.File) error { return table.StreamCSV(w, l.Columns, l.Rows) })
		if err != nil {
			return err
		}
	}
	cells := scan.ChangeCells()
	return writeFile(filepath.Join(dir, "changes.csv"), func(w *os.File) error {
		var failed error
		err := table.StreamCSV(w, reports.ChangeColumns, func(yield func([]table.Cell) bool) {
			failed = changes(ctx, sel, asOf, cells, yield)
		})
		if failed != nil {
			return failed
		}
		return err
	})
}

// changes hands over the changes of all items until an instant.
func changes(ctx context.Context, sel *store.Selection, asOf fact.Instant, cells func(*fact.Record, *fact.Change) []table.Cell, yield func([]table.Cell) bool) error {
	return sel.Ordered(ctx, func(r *fact.Record) error {
		for i := range r.Changes {
			if c := &r.Changes[i]; c.At <= asOf && !yield(cells(r, c)) {
				return context.Canceled
			}
		}
		return nil
	})
}
