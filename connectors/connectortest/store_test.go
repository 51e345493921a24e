package connectortest

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/store"
)

// The store is held to the sink in memory, which joins by looking at all that
// was ever told.

func testScope(n int) connectors.Scope {
	return connectors.Scope{Tracker: "test", Origin: fmt.Sprint("scope ", n), Decoder: 1}
}

// begin returns the scope's cursor and what it holds.
func begin(tb testing.TB, sink connectors.Sink, scope connectors.Scope) (connectors.Cursor, []connectors.Item) {
	tb.Helper()
	state, err := sink.Begin(tb.Context(), scope)
	if err != nil {
		tb.Fatal(err)
	}
	held, err := state.Held(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	return state.Cursor, held
}

// TestStoreIsTheSink lets both live through the same random histories of pulls
// by several scopes and compares, after every step, facts and ledgers of every
// selection of scopes.
func TestStoreIsTheSink(t *testing.T) {
	t.Parallel()
	for seed := range seeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := world{rand.New(rand.NewPCG(seed, 1))}
			path := store.Memory
			if seed%5 == 0 {
				path = filepath.Join(t.TempDir(), "s.db")
			}
			st, sink := openStore(t, path), NewSink()
			fresh := map[int]bool{0: true, 1: true, 2: true}
			for range 25 {
				n := w.IntN(3)
				scope := testScope(n)
				a, held := begin(t, st, scope)
				b, wantHeld := begin(t, sink, scope)
				if a != b || !slices.Equal(held, wantHeld) {
					t.Fatalf("cursors %q and %q, held %v, want %v", a, b, held, wantHeld)
				}
				if w.IntN(4) == 0 {
					sum := connectors.Summary{Through: fact.Instant(w.IntN(3))}
					if err := st.Complete(t.Context(), scope, sum); err != nil {
						t.Fatal(err)
					}
					if err := sink.Complete(t.Context(), scope, sum); err != nil {
						t.Fatal(err)
					}
				} else {
					var atoms []atom
					for range w.IntN(6) {
						atoms = append(atoms, w.atom())
					}
					b := together(atoms...)
					b.Fresh, b.Next = fresh[n] || w.IntN(6) == 0, connectors.Cursor(fmt.Sprint(w.Uint64()))
					fresh[n] = false
					if n := len(b.Records); n > 0 && w.IntN(4) == 0 {
						b.Records, b.Elsewhere = b.Records[:n-1], b.Records[n-1:]
						b.Received--
					}
					for _, i := range held {
						if w.IntN(8) == 0 {
							b.Gone = append(b.Gone, i)
						}
					}
					c := copyOf(&b)
					if err := st.Commit(t.Context(), scope, b); err != nil {
						t.Fatal(err)
					}
					commit(t, sink, scope, c)
				}
				compareAll(t, st, sink)
				if t.Failed() {
					return
				}
				if path != store.Memory && w.IntN(5) == 0 {
					st.Close()
					st = openStore(t, path)
				}
			}
		})
	}
}

// compareAll compares a store with a sink by every selection of scopes.
func compareAll(t *testing.T, st *store.Store, sink *Sink) {
	t.Helper()
	for _, scopes := range [][]connectors.Scope{nil, {testScope(0)}, {testScope(1)}, {testScope(2), testScope(0)}, {testScope(9)}} {
		sel, err := st.Select(t.Context(), scopes)
		if err != nil {
			t.Fatal(err)
		}
		got, err := StoreFacts(t.Context(), st, scopes...)
		if err != nil {
			t.Fatal(err)
		}
		lean, err := LeanStoreFacts(t.Context(), st, scopes...)
		if err != nil {
			t.Fatal(err)
		}
		if d := Difference(sink.Facts(scopes...), got); d != "" {
			t.Errorf("%d scopes: %s", len(scopes), d)
		}
		if d := Difference(sink.LeanFacts(scopes...), lean); d != "" {
			t.Errorf("%d scopes, lean: %s", len(scopes), d)
		}
		if want := sink.Ledger(scopes...); sel.Ledger != want {
			t.Errorf("%d scopes: ledger %+v, want %+v", len(scopes), sel.Ledger, want)
		}
	}
}

// TestOrderNeverMatters tells the same things in several orders, cut into
// batches in several ways, some of them twice.
func TestOrderNeverMatters(t *testing.T) {
	t.Parallel()
	for seed := range seeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := world{rand.New(rand.NewPCG(seed, 2))}
			atoms := make([]atom, 20)
			for i := range atoms {
				atoms[i] = w.atom()
			}
			w.tie(atoms)
			sink := NewSink()
			commit(t, sink, testScope(0), together(atoms...))
			want := sink.Facts()
			for k := range 6 {
				told := slices.Clone(atoms)
				w.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
				st := openStore(t, store.Memory)
				begin(t, st, testScope(0))
				for len(told) > 0 {
					n := 1 + w.IntN(min(len(told), 8))
					if err := st.Commit(t.Context(), testScope(0), together(told[:n]...)); err != nil {
						t.Fatal(err)
					}
					if w.IntN(3) > 0 { // else once more
						told = told[n:]
					}
				}
				got := storeFacts(t, st)
				if k == 0 {
					if d := Difference(withoutTies(want), withoutTies(got)); d != "" {
						t.Fatalf("the sink and the store: %s", d)
					}
					want = got // from here on, ties and digests, too
					continue
				}
				if d := Difference(want, got); d != "" {
					t.Fatalf("order %d: %s", k, d)
				}
			}
		})
	}
}

// tie gives some versions a rival of the same moment and size, another title
// apart.
func (w world) tie(atoms []atom) {
	for i := range atoms {
		if r := atoms[i].record; r != nil && w.IntN(3) == 0 {
			r.Title += fmt.Sprint(" ", w.IntN(3))
		}
	}
}

// withoutTies leaves out what only the store decides: which of two versions of
// one moment and size is the newer.
func withoutTies(f Facts) Facts {
	f.Records = slices.Clone(f.Records)
	for i, r := range f.Records {
		f.Records[i] = strings.Join(slices.DeleteFunc(strings.Split(r, "\n"), func(l string) bool { return strings.HasPrefix(l, "  key") }), "\n")
	}
	f.Digests = nil
	return f
}

// seeds is how many random worlds are tried.
func seeds() uint64 {
	if raceDetector {
		return 5
	}
	return 25
}
