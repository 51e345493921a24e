// Command smokestack reads issue trackers and shows, as tables, how work
// really flows: batch size, work in progress, dependencies, and how
// independent teams really are.
package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
	_ "time/tzdata" // weeks are cut in the organisation's zone, on machines without a zone database too

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// version is what `smokestack version` says and every report carries.
const version = "0.1.0"

// env is what the program sees of the world; tests replace it.
type env struct {
	stdout, stderr io.Writer
	getenv         func(string) string
	now            func() time.Time
	terminal       bool // stdout is one
	width          int  // of the terminal; 0: not known
	errTerminal    bool // stderr is one
	dir            string
	network        http.RoundTripper // nil: the network
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	e := &env{stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, now: time.Now}
	e.terminal, e.errTerminal = term.IsTerminal(int(os.Stdout.Fd())), term.IsTerminal(int(os.Stderr.Fd()))
	if w, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil {
		e.width = w
	}
	if w, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && w > 0 {
		e.width = w
	}
	// A scan lives for seconds: memory is cheaper than collecting often, as long as
	// a hundred thousand items fit in 400 MB.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(120)
	}
	code := run(ctx, os.Args[1:], e)
	stop()
	os.Exit(code)
}

// run is the whole program: it does what args say and returns the exit code.
func run(ctx context.Context, args []string, e *env) int {
	root := newRoot(e)
	root.SetArgs(args)
	understood := false
	root.PersistentPreRun = func(*cobra.Command, []string) { understood = true }
	err := root.ExecuteContext(ctx)
	if err == nil {
		return codeDone
	}
	var done *outcome
	if errors.As(err, &done) && done.reported {
		return done.code()
	}
	if !understood {
		err = usageError{misunderstood{err}} // of a command, its flags or its arguments: nothing was done yet
	}
	code := exitCode(ctx, err)
	e.complain(ctx, code, err)
	return code
}
