package connectortest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"smokestack/connectors"
	"smokestack/connectors/store"
)

// whole pulls everything from nothing into a sink and returns the receiver.
func whole(tb testing.TB, src connectors.Source, sink connectors.Sink) *receiver {
	tb.Helper()
	r := &receiver{tb: tb, scope: src.Scope(), sink: sink}
	finish(tb, r, src, "")
	return r
}

// finish pulls from a cursor to the end and marks the scope complete.
func finish(tb testing.TB, r *receiver, src connectors.Source, from connectors.Cursor) {
	tb.Helper()
	sum, err := r.pull(tb.Context(), src, from)
	if err != nil {
		tb.Fatalf("an undisturbed pull from %q ends with: %v", from, err)
	}
	if r.sink != nil {
		if err := r.sink.Complete(tb.Context(), r.scope, sum); err != nil {
			tb.Fatal(err)
		}
	}
}

// undisturbed is what one pull from nothing leaves.
func undisturbed(tb testing.TB, c *Config) (Facts, *receiver) {
	tb.Helper()
	sink := NewSink()
	r := whole(tb, c.New(tb), sink)
	if r.batches == 0 {
		tb.Fatal("the source of a conformance test must tell something")
	}
	return sink.Facts(), r
}

// same compares facts.
func same(tb testing.TB, what string, want, got Facts) {
	tb.Helper()
	if d := Difference(want, got); d != "" {
		tb.Errorf("%s leaves other facts than one undisturbed pull:\n%s", what, d)
	}
}

// sample picks up to k of the numbers below n, the first and the last among
// them.
func sample(n, k int) []int {
	var out []int
	for i := range min(n, k) {
		at := i
		if n > k && k > 1 {
			at = i * (n - 1) / (k - 1)
		}
		out = append(out, at)
	}
	return out
}

func checkScope(tb testing.TB, c *Config) {
	src := c.New(tb)
	scope := src.Scope()
	if scope.Tracker == "" || scope.Origin == "" || scope.Decoder <= 0 {
		tb.Errorf("a scope says what speaks, from where, and by which decoder: %+v", scope)
	}
	if other := c.New(tb).Scope(); other != scope {
		tb.Errorf("two sources of one making have the scopes %+v and %+v", scope, other)
	}
	r := &receiver{tb: tb, scope: scope, after: func(n int) {
		if now := src.Scope(); now != scope {
			tb.Errorf("after batch %d the scope is %+v, before it was %+v", n, now, scope)
		}
	}}
	finish(tb, r, src, "")
	if now := src.Scope(); now != scope {
		tb.Errorf("after a pull the scope is %+v, before it was %+v", now, scope)
	}
}

// checkBatches looks at everything in every batch.
func checkBatches(tb testing.TB, c *Config) {
	v := &validator{tb: tb, texts: true}
	src := c.New(tb)
	r := &receiver{tb: tb, scope: src.Scope(), look: func(n int, b *connectors.Batch) {
		v.batch(n, b)
		if b.Fresh != (n == 0) {
			tb.Errorf("batch %d of a pull from nothing has Fresh %t", n, b.Fresh)
		}
	}}
	finish(tb, r, src, "")
	if r.batches == 0 {
		tb.Error("no batch at all")
	}
}

func checkPrivacy(tb testing.TB, c *Config) {
	src := c.New(tb)
	r := &receiver{tb: tb, scope: src.Scope(), look: func(_ int, b *connectors.Batch) {
		if found := Betrayed(b, c.Private); found != "" {
			tb.Errorf("outside of the accounts stands %s", found)
		}
	}}
	finish(tb, r, src, "")
}

// checkOwnership lets a receiver do with its batches what it likes.
func checkOwnership(tb testing.TB, c *Config) {
	want, _ := undisturbed(tb, c)
	src := c.New(tb)
	for range 2 { // the second pull would see what was done in the first
		sink := NewSink()
		r := &receiver{tb: tb, scope: src.Scope(), look: func(_ int, b *connectors.Batch) {
			keep := copyOf(b)
			spoil(b)
			*b = keep
		}, sink: sink}
		finish(tb, r, src, "")
		same(tb, "a receiver that overwrites its batches", want, sink.Facts())
	}
}

func checkRepeat(tb testing.TB, c *Config) {
	sink := NewSink()
	first := whole(tb, c.New(tb), sink)
	want := sink.Facts()
	src := c.New(tb)
	r := &receiver{tb: tb, scope: src.Scope(), sink: sink, look: func(n int, b *connectors.Batch) {
		if b.Fresh {
			tb.Errorf("batch %d of a pull after a complete one begins anew", n)
		}
	}}
	finish(tb, r, src, first.next)
	same(tb, "a second pull", want, sink.Facts())
	if r.told >= first.told && first.told > 0 && !c.LooksBack {
		tb.Errorf("the first pull tells %d records and parts of histories, the second one %d: it does not go on from its cursor", first.told, r.told)
	}
}

// garbage are cursors that no source leaves.
var garbage = []connectors.Cursor{"\x00 no cursor ☃", "{", "{}", "null", "-1", "99999999999999999999"}

func checkGarbage(tb testing.TB, c *Config) {
	want, _ := undisturbed(tb, c)
	for _, cursor := range garbage {
		sink := NewSink()
		src := c.New(tb)
		r := &receiver{tb: tb, scope: src.Scope(), sink: sink, look: func(n int, b *connectors.Batch) {
			if b.Fresh != (n == 0) {
				tb.Errorf("batch %d of a pull from the cursor %q has Fresh %t", n, cursor, b.Fresh)
			}
		}}
		finish(tb, r, src, cursor)
		same(tb, fmt.Sprintf("a pull from the cursor %q", cursor), want, sink.Facts())
	}
}

var errRefused = errors.New("the receiver refuses")

// checkRefused refuses a batch.
func checkRefused(tb testing.TB, c *Config) {
	_, all := undisturbed(tb, c)
	for _, k := range sample(all.batches, c.points()) {
		src := c.New(tb)
		r := &receiver{tb: tb, scope: src.Scope(), before: refuseFrom(k)}
		if _, err := r.pull(tb.Context(), src, ""); !errors.Is(err, errRefused) {
			tb.Errorf("batch %d was refused, and Pull ends with %v", k, err)
		}
	}
}

func refuseFrom(k int) func(int) error {
	return func(n int) error {
		if n >= k {
			return errRefused
		}
		return nil
	}
}

// checkResume ends a pull after some batch and goes on with another source, as
// after a kill.
func checkResume(tb testing.TB, c *Config) {
	want, all := undisturbed(tb, c)
	for _, k := range sample(all.batches, c.points()) {
		sink := NewSink()
		src := c.New(tb)
		cut := &receiver{tb: tb, scope: src.Scope(), sink: sink, before: refuseFrom(k + 1)}
		_, err := cut.pull(tb.Context(), src, "")
		if k+1 < all.batches && !errors.Is(err, errRefused) {
			tb.Errorf("batch %d was refused, and Pull ends with %v", k+1, err)
		}
		rest := goOn(tb, c, sink, cut.next)
		same(tb, fmt.Sprintf("a pull that was killed after batch %d", k), want, sink.Facts())
		if k+1 == all.batches && rest.told >= all.told && all.told > 0 && !c.LooksBack {
			tb.Errorf("from the last batch's cursor on, everything is told again")
		}
	}
}

// goOn finishes a pull from a cursor, with a new source.
func goOn(tb testing.TB, c *Config, sink connectors.Sink, from connectors.Cursor) *receiver {
	tb.Helper()
	v := &validator{tb: tb}
	src := c.New(tb)
	r := &receiver{tb: tb, scope: src.Scope(), sink: sink, look: func(n int, b *connectors.Batch) {
		v.batch(n, b)
		if b.Fresh {
			tb.Errorf("batch %d after the cursor %q begins anew", n, from)
		}
	}}
	finish(tb, r, src, from)
	return r
}

// checkLives lets every source live for one batch only.
func checkLives(tb testing.TB, c *Config) {
	want, all := undisturbed(tb, c)
	sink := NewSink()
	var from connectors.Cursor
	for life := 0; ; life++ {
		if life > 3*all.batches+10 {
			tb.Fatalf("after %d lives of one batch each, the pull of %d batches is not at its end", life, all.batches)
		}
		src := c.New(tb)
		r := &receiver{tb: tb, scope: src.Scope(), sink: sink, before: refuseFrom(1)}
		sum, err := r.pull(tb.Context(), src, from)
		from = r.next
		if err == nil {
			if err := sink.Complete(tb.Context(), r.scope, sum); err != nil {
				tb.Fatal(err)
			}
			break
		}
		if !errors.Is(err, errRefused) {
			tb.Fatalf("life %d ends with: %v", life, err)
		}
	}
	same(tb, "a pull with a new source for every batch", want, sink.Facts())
}

var errPressed = errors.New("somebody pressed a key")

func checkCancelledBefore(tb testing.TB, c *Config) {
	ctx, cancel := context.WithCancelCause(tb.Context())
	cancel(errPressed)
	src := c.New(tb)
	r := &receiver{tb: tb, scope: src.Scope(), stopped: "though the context was cancelled before"}
	if _, err := r.pull(ctx, src, ""); !errors.Is(err, errPressed) {
		tb.Errorf("the context was cancelled before, and Pull ends with %v", err)
	}
}

// checkCancelledDuring cancels while a batch is being kept, and goes on later.
func checkCancelledDuring(tb testing.TB, c *Config) {
	want, all := undisturbed(tb, c)
	for _, k := range sample(all.batches, c.points()) {
		ctx, cancel := context.WithCancelCause(tb.Context())
		sink := NewSink()
		src := c.New(tb)
		r := &receiver{tb: tb, scope: src.Scope(), sink: sink, after: func(n int) {
			if n == k {
				cancel(errPressed)
			}
		}}
		_, err := r.pull(ctx, src, "")
		cancel(nil)
		// Behind the last batch, there was nothing left to stop.
		if last := err == nil && k+1 == all.batches; !errors.Is(err, errPressed) && !last {
			tb.Errorf("the context was cancelled during batch %d, and Pull ends with %v", k, err)
		}
		goOn(tb, c, sink, r.next)
		same(tb, fmt.Sprintf("a pull that was cancelled during batch %d", k), want, sink.Facts())
	}
}

func checkVariants(tb testing.TB, c *Config) {
	want, _ := undisturbed(tb, c)
	want.Notes = nil // they speak of files and pages
	for name, variant := range c.Variants {
		sink := NewSink()
		whole(tb, variant(tb), sink)
		got := sink.Facts()
		got.Notes = nil
		same(tb, "the variant "+name, want, got)
	}
}

// checkStore pulls into a real store.
func checkStore(tb testing.TB, c *Config) {
	sink := NewSink()
	whole(tb, c.New(tb), sink)
	st := openStore(tb, store.Memory)
	res, err := connectors.Pull(tb.Context(), c.New(tb), st, nil)
	if err != nil || !res.Complete {
		tb.Fatalf("a pull into a store: %+v, %v", res, err)
	}
	same(tb, "a pull into a store", sink.Facts(), storeFacts(tb, st))
}

// checkStoreAfterKills pulls into a store that is opened anew after every
// interruption, as after the death of the program.
func checkStoreAfterKills(tb testing.TB, c *Config) {
	sink := NewSink()
	all := whole(tb, c.New(tb), sink)
	path := filepath.Join(tb.TempDir(), "killed.db")
	lives := sample(all.batches, c.points())
	for life, k := range lives {
		most := k // batches in this life
		if life > 0 {
			most = k - lives[life-1]
		}
		st := openStore(tb, path)
		_, err := connectors.Pull(tb.Context(), stopper{c.New(tb), most}, st, nil)
		if err != nil && !errors.Is(err, errRefused) {
			tb.Fatalf("a pull into a store: %v", err)
		}
		if err := st.Close(); err != nil {
			tb.Fatal(err)
		}
	}
	st := openStore(tb, path)
	if res, err := connectors.Pull(tb.Context(), c.New(tb), st, nil); err != nil || !res.Complete {
		tb.Fatalf("the last of several pulls into a store: %+v, %v", res, err)
	}
	same(tb, "a pull into a store with kills", sink.Facts(), storeFacts(tb, st))
}

// stopper is a source whose receiver refuses all but some batches.
type stopper struct {
	connectors.Source
	most int
}

func (s stopper) Pull(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	n := 0
	return s.Source.Pull(ctx, from, func(b connectors.Batch) error {
		if n++; n > s.most {
			return errRefused
		}
		return emit(b)
	})
}

func openStore(tb testing.TB, path string) *store.Store {
	tb.Helper()
	st, err := store.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { st.Close() })
	return st
}

func storeFacts(tb testing.TB, st *store.Store) Facts {
	tb.Helper()
	f, err := StoreFacts(tb.Context(), st)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// Betrayed looks for texts in a batch outside of its accounts and says where
// it found one; "" if there is none.
func Betrayed(b *connectors.Batch, private []string) string {
	c := *b
	c.Accounts = nil
	text := fmt.Sprintf("%+v", c)
	if i := slices.IndexFunc(private, func(s string) bool { return s != "" && strings.Contains(text, s) }); i >= 0 {
		at := strings.Index(text, private[i])
		return fmt.Sprintf("%q: …%s…", private[i], text[max(0, at-80):min(len(text), at+len(private[i])+80)])
	}
	return ""
}
