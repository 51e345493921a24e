package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"smokestack/connectors"
	"smokestack/connectors/store"
	"smokestack/reports/table"
)

func newPull(e *env) *cobra.Command {
	f := &sourceFlags{}
	cmd := &cobra.Command{
		Use: "pull", Short: "Bring the store up to date", Args: cobra.NoArgs,
		Long: `Reads the sources and keeps what is new in the store. What is there already is not
read again; killed at any moment, the next pull goes on where the last one was.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.pull(cmd.Context(), f) },
	}
	f.add(cmd)
	f.addPull(cmd)
	return cmd
}

func (e *env) pull(ctx context.Context, f *sourceFlags) error {
	p, err := e.plan(f, false)
	if err != nil {
		return err
	}
	if err := p.look(); err != nil {
		return err
	}
	st, err := store.Open(ctx, p.store)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := p.settle(ctx, st); err != nil {
		return err
	}
	failed := e.pullAll(ctx, p, st, f.quiet).failed
	sel, err := st.Select(ctx, p.scopes())
	if err != nil {
		return err
	}
	if len(failed) > 0 && sel.Ledger.Live == 0 {
		return errors.Join(failed...)
	}
	out := &outcome{reported: true}
	for _, err := range failed {
		out.add(incomplete(ctx, err), "%s", said(err))
	}
	lost(out, sel)
	fmt.Fprintf(e.stdout, "%s: %s received, %s in the store for these sources\n", p.store,
		table.Plural(sel.Ledger.Received, "answer", "answers"), table.Plural(sel.Ledger.Live, "item", "items"))
	e.warn(out)
	if out.code() != codeDone {
		return out
	}
	return nil
}

// incomplete is the code of a pull that failed while there is something to
// report from.
func incomplete(ctx context.Context, err error) int {
	if exitCode(ctx, err) == codeInterrupted {
		return codeInterrupted
	}
	return codeIncomplete
}

// lost notes what was received and could not be kept: the report is incomplete.
func lost(out *outcome, sel *store.Selection) {
	for _, kind := range []connectors.NoteKind{connectors.NoteRejected, connectors.NoteMissing} {
		notes := sel.NotesOf(kind)
		for i, n := range notes {
			if i == 5 {
				out.add(codeIncomplete, "%s more are %s", table.Thousands(len(notes)-i), kind)
				break
			}
			out.add(codeIncomplete, "%s: %s", n.Subject, n.Reason)
		}
	}
}

// patience is how long a run waits for another one that writes to its store.
const patience = 30 * time.Second

// pulled is what a run's pulls brought.
type pulled struct {
	received int     // answers, from all sources
	failed   []error // of the sources that could not be read to their end
}

// basis says what a report comes from where a pull has failed.
func (p pulled) basis(sel *store.Selection) string {
	switch {
	case p.received == 0:
		return "what was stored before"
	case sel.Ledger.Kept == 0:
		return "what could be read"
	}
	return "what could be read, now and before"
}

// pullAll pulls every source.
func (e *env) pullAll(ctx context.Context, p *plan, st *store.Store, quiet bool) pulled {
	host, _ := os.Hostname()
	me := store.Holder{PID: os.Getpid(), Host: host, What: "smokestack pull", Since: e.now()}
	unlock, err := st.Lock(ctx, me, patience, func(h store.Holder) {
		e.say(fmt.Sprintf("the store is being written by %s; waiting for up to %s", h, patience))
	})
	if err != nil {
		return pulled{failed: []error{err}}
	}
	defer unlock()
	out := pulled{failed: e.expand(ctx, p, st, quiet)}
	if ctx.Err() != nil {
		return out
	}
	for _, src := range p.sources {
		show := e.progress(nameOf(src), quiet)
		res, err := connectors.Pull(ctx, src, st, show.tell)
		show.end()
		out.received += res.Received
		if err != nil {
			err = fmt.Errorf("%w%s", p.unsure(src, err), comeBack(err))
			// What is wrong with a tracker is wrong for each of its projects: once will do.
			if !slices.ContainsFunc(out.failed, func(e error) bool { return e.Error() == err.Error() }) {
				out.failed = append(out.failed, err)
			}
		}
		if ctx.Err() != nil {
			break
		}
	}
	return out
}
