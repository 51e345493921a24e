package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"smokestack/cmd/smokestack/config"
	"smokestack/connectors"
	"smokestack/connectors/github"
	"smokestack/connectors/jira"
	"smokestack/connectors/store"
	"smokestack/reports/table"
)

// The exit codes. They are documented, and never used again for another thing.
// Where several apply, the first of this list wins.
const (
	codeInterrupted = 130
	codeUsage       = 2 // usage or configuration wrong, no report made
	codeRefused     = 4 // authentication or permission refused altogether
	codeFailed      = 1 // failed, no report made
	codeIncomplete  = 3 // report made from incomplete data
	codeSignal      = 5 // a signal reached --fail-on
	codeDone        = 0
)

// usageError is a mistake in what the user typed or configured.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// misunderstood is what the reader of the command line complains about.
type misunderstood struct{ error }

func (e misunderstood) Unwrap() error { return e.error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitCode is the one place that turns an error without a report into a code.
func exitCode(ctx context.Context, err error) int {
	var usage usageError
	switch {
	case err == nil:
		return codeDone
	case errors.Is(err, context.Canceled), ctx.Err() != nil:
		return codeInterrupted
	case errors.As(err, &usage), errors.Is(err, fs.ErrNotExist), errors.Is(err, store.ErrNotStore), errors.Is(err, store.ErrNoFolder),
		errors.Is(err, config.ErrMissing), errors.Is(err, jira.ErrOptions), errors.Is(err, jira.ErrQuery), errors.Is(err, github.ErrOptions):
		return codeUsage
	case errors.Is(err, connectors.ErrRefused):
		return codeRefused
	}
	return codeFailed
}

// outcome collects the causes of an exit code other than 0 of a run that made
// its report.
type outcome struct {
	causes   []table.Cause
	reported bool // the report was made; nothing more is to be said
}

func (o *outcome) Error() string { return fmt.Sprintf("exit code %d", o.code()) }

func (o *outcome) add(code int, format string, args ...any) {
	text := strings.TrimSuffix(fmt.Sprintf(format, args...), ".")
	for _, c := range o.causes {
		if c.Code == code && c.Text == text {
			return
		}
	}
	o.causes = append(o.causes, table.Cause{Code: code, Text: text})
}

// code is the first code that applies, in the order of the list above.
func (o *outcome) code() int {
	for _, code := range []int{codeInterrupted, codeUsage, codeRefused, codeFailed, codeIncomplete, codeSignal} {
		for _, c := range o.causes {
			if c.Code == code {
				return code
			}
		}
	}
	return codeDone
}

// gaps are the causes that make a report incomplete.
func (o *outcome) gaps() []string {
	var out []string
	for _, c := range o.causes {
		if c.Code == codeIncomplete || c.Code == codeInterrupted {
			out = append(out, c.Text)
		}
	}
	return out
}

func (o *outcome) exit() table.Exit { return table.Exit{Code: o.code(), Causes: o.causes} }

// said is an error in words. What is missing is said to be so by whoever missed
// it; the standard library's words for it, which mark the error for programs,
// would say it twice.
func said(err error) string {
	return strings.ReplaceAll(err.Error(), ": "+fs.ErrNotExist.Error(), "")
}

// complain says what went wrong, once.
func (e *env) complain(ctx context.Context, code int, err error) {
	switch {
	case code == codeInterrupted:
		e.say("interrupted; what was stored before is kept, and the next run goes on from there")
	case errors.Is(err, errNoSource):
		fmt.Fprintln(e.stderr, "smokestack:", whatToType)
	case errors.As(err, &misunderstood{}): // its lines are the flag parser's own
		e.say(strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "\n\n", ". ")), " "))
	default:
		for _, one := range apart(err) {
			e.say(said(one))
		}
	}
}

// apart are the errors that [errors.Join] made one of.
func apart(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || err.Error() != errors.Join(joined.Unwrap()...).Error() {
		return []error{err}
	}
	return joined.Unwrap()
}
