package connectortest

import (
	"bytes"
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"smokestack/connectors"
)

// receiver takes the batches of one pull and watches how they come.
type receiver struct {
	tb    testing.TB
	scope connectors.Scope
	sink  connectors.Sink // nil: batches are looked at and dropped

	before func(n int) error // refuses batch n, counted from 0, by an error
	look   func(n int, b *connectors.Batch)
	after  func(n int) // batch n was kept

	busy, over atomic.Bool
	goroutine  string
	stopped    string // why no further batch may come

	batches int // handed over and kept
	told    int // records and pieces of histories in them
	next    connectors.Cursor
}

// patience is how long a source may take to notice that it is to stop.
var patience = 20 * time.Second

// pull runs a source from a cursor and returns when it does.
func (r *receiver) pull(ctx context.Context, src connectors.Source, from connectors.Cursor) (connectors.Summary, error) {
	r.tb.Helper()
	r.next = from
	type end struct {
		sum connectors.Summary
		err error
	}
	done := make(chan end, 1)
	go func() {
		var e end
		defer func() {
			if p := recover(); p != nil {
				e.err = fmt.Errorf("the source panics: %v", p)
			}
			done <- e
		}()
		e.sum, e.err = src.Pull(ctx, r.state(from), func(b connectors.Batch) error { return r.emit(ctx, b) })
	}()
	var late <-chan time.Time
	stop := ctx.Done()
	for {
		select {
		case e := <-done:
			r.over.Store(true)
			return e.sum, e.err
		case <-stop:
			stop = nil
			late = time.After(patience)
		case <-late:
			r.tb.Fatalf("the source still runs %v after its context was cancelled", patience)
		}
	}
}

// state is the cursor with what the sink holds.
func (r *receiver) state(from connectors.Cursor) connectors.State {
	state := connectors.State{Cursor: from}
	if r.sink != nil {
		if begun, err := r.sink.Begin(r.tb.Context(), r.scope); err == nil {
			state.Held = begun.Held
		}
	}
	return state
}

func (r *receiver) emit(ctx context.Context, b connectors.Batch) error {
	if r.over.Load() {
		r.tb.Errorf("a batch after Pull returned")
		return nil
	}
	if !r.busy.CompareAndSwap(false, true) {
		r.tb.Errorf("a batch while another is being received")
		return nil
	}
	defer r.busy.Store(false)
	if g := goroutine(); r.goroutine == "" {
		r.goroutine = g
	} else if r.goroutine != g {
		r.tb.Errorf("batches from more than one goroutine")
	}
	if r.stopped != "" {
		r.tb.Errorf("a batch %s", r.stopped)
	}
	runtime.Gosched() // gives a batch from elsewhere a chance to be noticed
	if r.before != nil {
		if err := r.before(r.batches); err != nil {
			r.stopped = "after one was refused"
			return err
		}
	}
	told, next := len(b.Records)+len(b.Histories), b.Next
	if r.look != nil {
		r.look(r.batches, &b)
	}
	if r.sink != nil {
		if err := r.sink.Commit(context.WithoutCancel(ctx), r.scope, b); err != nil {
			r.tb.Errorf("the sink refuses batch %d: %v", r.batches, err)
			r.stopped = "after one was refused"
			return err
		}
	}
	r.batches, r.told, r.next = r.batches+1, r.told+told, next
	if r.after != nil {
		r.after(r.batches - 1)
	}
	if ctx.Err() != nil && r.stopped == "" {
		r.stopped = "after the context was cancelled"
	}
	return nil
}

// goroutine names the goroutine that calls it.
func goroutine() string {
	var buf [64]byte
	name, _, _ := bytes.Cut(buf[:runtime.Stack(buf[:], false)], []byte("["))
	return string(name)
}
