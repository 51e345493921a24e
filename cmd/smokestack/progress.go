package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"smokestack/connectors"
	"smokestack/reports/table"
)

// progress shows on stderr how far the pull of one source has come: a bar on a
// terminal, else a line every few seconds.
type progress struct {
	e    *env
	what string
	bar  *progressbar.ProgressBar // nil: lines
	last time.Time
	mute bool
}

const lineEvery = 5 * time.Second

func (e *env) progress(what string, quiet bool) *progress {
	p := &progress{e: e, what: what, last: e.now(), mute: quiet}
	if e.errTerminal && !quiet {
		p.bar = newBar(e.stderr, table.Clean(what))
	}
	return p
}

func newBar(w io.Writer, what string) *progressbar.ProgressBar {
	return progressbar.NewOptions(-1, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("reading "+what),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("answers"),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(20),
		progressbar.OptionSpinnerType(14), progressbar.OptionSetRenderBlankState(false))
}

// tell shows what came so far.
func (p *progress) tell(r connectors.Result) {
	switch {
	case p.mute:
	case p.bar != nil:
		if r.Expected > 0 && p.bar.GetMax() != r.Expected {
			p.bar.ChangeMax(max(r.Expected, r.Received))
		}
		// The bar's own failure to write is nobody's loss.
		_ = p.bar.Set(r.Received)
	default:
		if now := p.e.now(); now.Sub(p.last) >= lineEvery {
			p.last = now
			p.e.line("reading %s: %s%s", p.what, table.Plural(r.Received, "answer", "answers"), of(r))
		}
	}
}

// of says how many are expected, if that is known.
func of(r connectors.Result) string {
	if r.Expected < r.Received || r.Expected == 0 {
		return ""
	}
	return " of about " + table.Thousands(r.Expected)
}

// end takes the bar away.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
}
