package wire

import (
	"context"
	"errors"
	"time"

	"smokestack/connectors/pace"
)

// Checkup is what a look at a tracker finds before anything is pulled.
type Checkup struct {
	Findings []Finding
	// Vague are statuses of which the tracker does not say what they mean.
	Vague []string
	// Visible are the projects or repositories that can be read, as the tracker
	// calls them.
	Visible []string
	// Requests is about how many requests a first pull takes, Time about how
	// long, at the pace of the requests of the check itself.
	Requests int
	Items    int // that a first pull brings, as far as the tracker counts them
	Time     time.Duration
}

// Finding is one thing that was looked at.
type Finding struct {
	What  string
	Found string
	Todo  string // what to do; "" if nothing is to be done
	Err   error  // why it is not as it should be; nil if it is
}

// Add writes a finding down.
func (c *Checkup) Add(what, found, todo string, err error) {
	c.Findings = append(c.Findings, Finding{What: what, Found: found, Todo: todo, Err: err})
}

// Gap writes down why one thing cannot be read. It returns the error where that
// ends the whole look: the context's, and a quota that is used up.
func (c *Checkup) Gap(ctx context.Context, what string, err error, todo string) error {
	var quota *pace.QuotaError
	if ctx.Err() != nil || errors.As(err, &quota) {
		return err
	}
	c.Add(what, err.Error(), todo, err)
	return nil
}
