package demo

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// decoder is the version of this generator: a higher one makes other records
// from the same options.
const decoder = 2

// batchSize is how many records a batch holds.
const batchSize = 1000

// Source hands over the organisation. It may be used by several goroutines at
// once.
type Source struct {
	settings settings
	org      func() *org // made when first needed
}

var _ connectors.Source = (*Source)(nil)

// New returns a source of the organisation that the options describe. Nothing
// is made until it is asked for.
func New(o Options) *Source {
	s := o.settle()
	return &Source{settings: s, org: sync.OnceValue(func() *org { return newOrg(s) })}
}

// Scope tells organisations apart by their options.
func (s *Source) Scope() connectors.Scope {
	return connectors.Scope{Tracker: "demo", Origin: Site, Query: s.settings.query(), Decoder: decoder}
}

// Pull hands over the organisation cell by cell, each in order of creation, its
// items first and then its pull requests.
// The cursor counts the batches that were handed over.
func (s *Source) Pull(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	if err := stopped(ctx); err != nil {
		return connectors.Summary{}, err
	}
	o := s.org()
	first, fits := o.resume(from.Cursor)
	var m *maker
	for n := first; n < o.batches(); n++ {
		c, k := o.locate(n)
		if m == nil || m.cell != c {
			m = newMaker(o.plan(c))
		}
		b, err := m.batch(ctx, k)
		if err != nil {
			return connectors.Summary{}, err
		}
		b.Fresh, b.Next = n == 0 && !fits, connectors.Cursor(strconv.Itoa(n+1))
		if n == 0 {
			b.Terms = o.terms()
		}
		if err := emit(b); err != nil {
			return connectors.Summary{}, fmt.Errorf("demo: handing over batch %d: %w", n+1, err)
		}
	}
	if err := stopped(ctx); err != nil {
		return connectors.Summary{}, err
	}
	return connectors.Summary{Through: o.end}, nil
}

func stopped(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("demo: making records: %w", context.Cause(ctx))
}

// resume returns the batch that a cursor asks for next, and whether the cursor
// fits: the empty one, and one that no pull of this organisation leaves, begin
// anew.
func (o *org) resume(from connectors.Cursor) (next int, fits bool) {
	n, err := strconv.Atoi(string(from))
	if err != nil || n < 1 || n > o.batches() {
		return 0, false
	}
	return n, true
}

// batch makes the records of batch n of the maker's cell.
func (m *maker) batch(ctx context.Context, n int) (connectors.Batch, error) {
	m.forget()
	total, next := len(m.items), m.record
	if first := inBatches(len(m.items)); n >= first {
		n -= first
		total, next = len(m.pulls), m.request
	}
	lo, hi := n*batchSize, min((n+1)*batchSize, total)
	b := connectors.Batch{Records: make([]fact.Record, 0, hi-lo), Received: hi - lo}
	for i := lo; i < hi; i++ {
		if (i-lo)%64 == 0 {
			if err := stopped(ctx); err != nil {
				return connectors.Batch{}, err
			}
		}
		b.Records = append(b.Records, next(int32(i)))
	}
	for _, who := range m.met {
		b.Accounts = append(b.Accounts, m.account(who))
	}
	return b, nil
}
