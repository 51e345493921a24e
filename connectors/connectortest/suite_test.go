package connectortest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// recorder is a test that fails without anybody minding.
type recorder struct {
	testing.TB
	mu    sync.Mutex
	wrong []string
}

func (r *recorder) Helper() {}

func (r *recorder) note(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = append(r.wrong, s)
}

func (r *recorder) Error(args ...any)                 { r.note(fmt.Sprint(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.note(fmt.Sprintf(format, args...)) }
func (r *recorder) Fatal(args ...any)                 { r.Error(args...); runtime.Goexit() }
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf(format, args...); runtime.Goexit() }
func (r *recorder) Failed() bool                      { return len(r.wrong) > 0 }

// verdicts runs every check against a source and returns what each complains
// of.
func verdicts(t *testing.T, c Config) map[string][]string {
	out := map[string][]string{}
	for _, check := range checks {
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			check.run(r, &c)
		}()
		<-done
		if r.Failed() {
			out[check.name] = r.wrong
		}
	}
	return out
}

// teller is an honest source of a few batches. Its cursor counts them.
type teller struct{ batches int }

const tellerSite = "https://teller.example"

func (s *teller) Scope() connectors.Scope {
	return connectors.Scope{Tracker: "teller", Origin: tellerSite, Decoder: 1}
}

func (s *teller) Pull(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	n, err := strconv.Atoi(string(from.Cursor))
	anew := err != nil || n < 1 || n > s.batches
	if anew {
		n = 0
	}
	for k := n; k < s.batches; k++ {
		if ctx.Err() != nil {
			return connectors.Summary{}, fmt.Errorf("telling: %w", context.Cause(ctx))
		}
		b := s.batch(k)
		b.Fresh = anew && k == 0
		if err := emit(b); err != nil {
			return connectors.Summary{}, fmt.Errorf("handing over: %w", err)
		}
	}
	return connectors.Summary{Through: 1_000_000}, nil
}

// batch makes batch k: three records with their people, a piece of a history
// and a record that cannot be kept.
func (s *teller) batch(k int) connectors.Batch {
	b := connectors.Batch{
		Received: 5, Next: connectors.Cursor(strconv.Itoa(k + 1)),
		Notes: []connectors.Note{{Kind: connectors.NoteRejected, Subject: fmt.Sprint("T-", k), Reason: "it has no date"}},
		Terms: []fact.Term{{Site: tellerSite, Kind: fact.TermStatus, ID: fmt.Sprint(k), Name: "Open", Seen: 5}},
	}
	for i := range 2 {
		b.Accounts = append(b.Accounts, connectors.Account{Site: tellerSite, IDs: []string{fmt.Sprintf("u%d", k+i), fmt.Sprintf("U%d@teller.example", k+i)}, Bot: k+i == 1})
	}
	for i := range 3 {
		at := fact.Instant(1000*k + 100*i + 10)
		b.Records = append(b.Records, fact.Record{
			Site: tellerSite, ID: strconv.Itoa(10*k + i), Key: fmt.Sprintf("T-%d", 10*k+i), Title: "A thing", Created: at, Updated: at + 30,
			Creator: 1, Reporter: 2, Assignee: fact.Person(i), Labels: []string{"a", "b"}, History: fact.History{State: fact.WholeHistory, Have: 2, Total: 2},
			Changes: []fact.Change{
				{ID: "1", At: at + 1, By: 1, Kind: fact.KindStatus, To: fact.Value{ID: "3", Text: "Done"}},
				{ID: "2", At: at + 1, By: 2, Kind: fact.KindAssignee, To: fact.Value{Person: 2}},
			},
			Involvement: []fact.Involvement{{ID: "1", At: at + 2, By: 1, Act: fact.ActComment, Length: fact.Short}, {ID: "1", At: at + 3, By: 1, Act: fact.ActWorklog}},
			Links:       []fact.Link{{ID: "1", Type: "Blocks", Phrase: "blocks", Other: fact.Ref{Key: "T-0"}}},
		})
	}
	b.Histories = append(b.Histories, connectors.History{
		Site: tellerSite, Of: fact.Ref{ID: strconv.Itoa(10 * k)}, Entries: 1, Total: 3,
		Changes: []fact.Change{{ID: "3", At: 77, By: 2, Kind: fact.KindRank}},
	})
	return b
}

// bent is a source with another Pull.
type bent struct {
	connectors.Source
	scope func() connectors.Scope
	pull  func(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error)
}

func (s *bent) Scope() connectors.Scope {
	if s.scope != nil {
		return s.scope()
	}
	return s.Source.Scope()
}

func (s *bent) Pull(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	if s.pull != nil {
		return s.pull(ctx, from, emit)
	}
	return s.Source.Pull(ctx, from, emit)
}

func honest(testing.TB) connectors.Source { return &teller{batches: 5} }

// edit is a source that tells batches otherwise; n counts them within a pull.
func edit(change func(from connectors.Cursor, n int, b *connectors.Batch)) connectors.Source {
	src := honest(nil)
	return &bent{Source: src, pull: func(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
		n := 0
		return src.Pull(ctx, from, func(b connectors.Batch) error {
			change(from.Cursor, n, &b)
			n++
			return emit(b)
		})
	}}
}

// first edits the first record of every batch.
func first(change func(r *fact.Record)) connectors.Source {
	return edit(func(_ connectors.Cursor, _ int, b *connectors.Batch) { change(&b.Records[0]) })
}

// flow is a source that goes other ways.
func flow(pull func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error)) connectors.Source {
	src := honest(nil)
	return &bent{Source: src, pull: func(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
		return pull(src, ctx, from, emit)
	}}
}

func TestAnHonestSourcePasses(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 5, 20} {
		c := Config{
			New:      func(testing.TB) connectors.Source { return &teller{batches: n} },
			Variants: map[string]func(testing.TB) connectors.Source{"the same": func(testing.TB) connectors.Source { return &teller{batches: n} }},
			Private:  []string{"U0@teller.example"},
		}
		for name, wrong := range verdicts(t, c) {
			t.Errorf("%d batches: %s: %q", n, name, wrong)
		}
	}
}

// liars break one line of the contract each; the check named must notice.
var liars = map[string]struct {
	check string
	src   func() connectors.Source
}{
	"a scope that changes": {"scope", func() connectors.Source {
		n := 0
		s := &bent{Source: honest(nil)}
		s.scope = func() connectors.Scope { n++; sc := s.Source.Scope(); sc.Query = strconv.Itoa(n / 2); return sc }
		return s
	}},
	"a scope that says nothing": {"scope", func() connectors.Source {
		return &bent{Source: honest(nil), scope: func() connectors.Scope { return connectors.Scope{Tracker: "teller", Decoder: 1} }}
	}},
	"a scope that moves with a pull": {"scope", func() connectors.Source {
		s, n := &bent{Source: honest(nil)}, 0
		s.scope = func() connectors.Scope { sc := s.Source.Scope(); sc.Decoder += n; return sc }
		s.pull = func(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			sum, err := s.Source.Pull(ctx, from, emit)
			n++
			return sum, err
		}
		return s
	}},
	"forgets Fresh": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, _ int, b *connectors.Batch) { b.Fresh = false })
	}},
	"is always Fresh": {"batches", func() connectors.Source {
		return edit(func(from connectors.Cursor, _ int, b *connectors.Batch) { b.Fresh = from == "" })
	}},
	"is Fresh after a resume": {"resume after any batch", func() connectors.Source {
		return edit(func(from connectors.Cursor, n int, b *connectors.Batch) { b.Fresh = n == 0 })
	}},
	"loses a rejection": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, n int, b *connectors.Batch) {
			if n == 2 {
				b.Notes = nil
			}
		})
	}},
	"miscounts": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, n int, b *connectors.Batch) { b.Received += n / 4 })
	}},
	"loses a record and does not count it": {"resume after any batch", func() connectors.Source {
		return edit(func(from connectors.Cursor, n int, b *connectors.Batch) {
			if from != "" && n == 0 {
				b.Records, b.Received = b.Records[1:], b.Received-1
			}
		})
	}},
	"begins one batch late": {"resume after any batch", func() connectors.Source {
		return edit(func(_ connectors.Cursor, n int, b *connectors.Batch) {
			if k, _ := strconv.Atoi(string(b.Next)); k == 3 {
				b.Next = "4"
			}
		})
	}},
	"loses a word after a resume": {"a life for every batch", func() connectors.Source {
		return edit(func(from connectors.Cursor, _ int, b *connectors.Batch) {
			if from != "" {
				b.Terms = nil
			}
		})
	}},
	"loses a note after a resume": {"cancelled during", func() connectors.Source {
		return edit(func(from connectors.Cursor, n int, b *connectors.Batch) {
			if from != "" && n == 0 {
				b.Notes[0].Reason = "another"
			}
		})
	}},
	"mixes up people after a resume": {"resume after any batch", func() connectors.Source {
		return edit(func(from connectors.Cursor, n int, b *connectors.Batch) {
			if from != "" && n == 0 {
				b.Records[1].Assignee = 2
			}
		})
	}},
	"never gets anywhere": {"a life for every batch", func() connectors.Source {
		return edit(func(_ connectors.Cursor, _ int, b *connectors.Batch) { b.Next = "1" })
	}},
	"tells everything again": {"repeat", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			return src.Pull(ctx, connectors.State{}, func(b connectors.Batch) error { b.Fresh = b.Fresh && from.Cursor == ""; return emit(b) })
		})
	}},
	"begins anew after a complete pull": {"repeat", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			if from.Cursor == "5" {
				from.Cursor = ""
			}
			return src.Pull(ctx, from, emit)
		})
	}},
	"shares people between batches": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, n int, b *connectors.Batch) {
			if n > 0 {
				b.Accounts = nil
			}
		})
	}},
	"shares memory between batches": {"batches belong to the receiver", func() connectors.Source {
		labels := []string{"a", "b"}
		return first(func(r *fact.Record) { r.Labels = labels })
	}},
	"shares spare memory between batches": {"batches belong to the receiver", func() connectors.Source {
		memory := []string{"a", "b", "a", "b"}
		return edit(func(_ connectors.Cursor, n int, b *connectors.Batch) { b.Records[0].Labels = memory[n%2*2 : n%2*2+2] })
	}},
	"knows no cursor but its own": {"garbage cursor", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			if _, err := strconv.Atoi(string(from.Cursor)); err != nil && from.Cursor != "" {
				return connectors.Summary{}, err
			}
			return src.Pull(ctx, from, emit)
		})
	}},
	"takes garbage for the end": {"garbage cursor", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			if from.Cursor == "{" {
				return connectors.Summary{Through: 1_000_000}, nil
			}
			return src.Pull(ctx, from, emit)
		})
	}},
	"takes garbage for a cursor": {"garbage cursor", func() connectors.Source {
		return edit(func(from connectors.Cursor, n int, b *connectors.Batch) { b.Fresh = n == 0 && from == "" })
	}},
	"swallows a refusal": {"refused batch", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			sum, err := src.Pull(ctx, from, emit)
			if errors.Is(err, errRefused) {
				err = nil
			}
			return sum, err
		})
	}},
	"hides a refusal": {"refused batch", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			sum, err := src.Pull(ctx, from, emit)
			if err != nil {
				err = errors.New(err.Error())
			}
			return sum, err
		})
	}},
	"goes on after a refusal": {"refused batch", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			var refused error
			sum, err := src.Pull(ctx, from, func(b connectors.Batch) error {
				refused = errors.Join(refused, emit(b))
				return nil
			})
			return sum, errors.Join(err, refused)
		})
	}},
	"starts though cancelled": {"cancelled before", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			if err := emit((&teller{}).batch(0)); err != nil {
				return connectors.Summary{}, err
			}
			return src.Pull(ctx, connectors.State{Cursor: "1"}, emit)
		})
	}},
	"ignores that it was cancelled before": {"cancelled before", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			if ctx.Err() != nil {
				return connectors.Summary{}, nil
			}
			return src.Pull(ctx, from, emit)
		})
	}},
	"one more batch after a cancellation": {"cancelled during", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			sum, err := src.Pull(ctx, from, emit)
			if errors.Is(err, errPressed) && from.Cursor == "" {
				_ = emit((&teller{}).batch(1))
			}
			return sum, err
		})
	}},
	"forgets the cause": {"cancelled during", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			sum, err := src.Pull(ctx, from, emit)
			if errors.Is(err, errPressed) {
				err = ctx.Err()
			}
			return sum, err
		})
	}},
	"never stops": {"cancelled during", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			sum, err := src.Pull(ctx, from, emit)
			if errors.Is(err, errPressed) {
				time.Sleep(20 * patience)
			}
			return sum, err
		})
	}},
	"several batches at once": {"batches", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			var group sync.WaitGroup
			sum, err := src.Pull(ctx, from, func(b connectors.Batch) error {
				group.Go(func() { _ = emit(b) })
				return nil
			})
			group.Wait()
			return sum, err
		})
	}},
	"batches from several goroutines": {"batches", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			return src.Pull(ctx, from, func(b connectors.Batch) error {
				done := make(chan error)
				go func() { done <- emit(b) }()
				return <-done
			})
		})
	}},
	"fails at the end": {"batches", func() connectors.Source {
		return flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			_, err := src.Pull(ctx, from, emit)
			return connectors.Summary{}, errors.Join(err, errors.New("out of words"))
		})
	}},
	"panics": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, n int, b *connectors.Batch) { _ = b.Records[n].Labels })
	}},
	"says nothing": {"batches", func() connectors.Source { return &teller{} }},
	"a cursor of the beginning": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, n int, b *connectors.Batch) {
			if n == 4 {
				b.Next = ""
			}
		})
	}},
	"unsorted changes": {"batches", func() connectors.Source {
		return first(func(r *fact.Record) { slices.Reverse(r.Changes) })
	}},
	"one change twice":    {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Changes[1].ID = "1" }) }},
	"a change without id": {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Changes[0].ID = "" }) }},
	"one link twice":      {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Links = append(r.Links, r.Links[0]) }) }},
	"a link to nowhere":   {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Links[0].Other = fact.Ref{} }) }},
	"one comment twice": {"batches", func() connectors.Source {
		return first(func(r *fact.Record) { r.Involvement[1].Act = fact.ActComment })
	}},
	"an act of no kind":     {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Involvement[1].Act = 9 }) }},
	"no site":               {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Site = "" }) }},
	"no creation":           {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Created = 0 }) }},
	"updated before it was": {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Updated = r.Created - 1 }) }},
	"a digest of its own":   {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Digest[0] = 1 }) }},
	"changes without history": {"batches", func() connectors.Source {
		return first(func(r *fact.Record) { r.History = fact.History{} })
	}},
	"too many people": {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Reporter = 3 }) }},
	"too many people in a change": {"batches", func() connectors.Source {
		return first(func(r *fact.Record) { r.Changes[1].To.Person = 3 })
	}},
	"an assignee by name": {"batches", func() connectors.Source {
		return first(func(r *fact.Record) { r.Changes[1].To = fact.Value{ID: "u1"} })
	}},
	"a person in a status": {"batches", func() connectors.Source {
		return first(func(r *fact.Record) { r.Changes[0].From.Person = 1 })
	}},
	"broken text": {"batches", func() connectors.Source { return first(func(r *fact.Record) { r.Title = "caf\xe9" }) }},
	"an account without names": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, _ int, b *connectors.Batch) { b.Accounts[0].IDs = nil })
	}},
	"a word of no site": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, _ int, b *connectors.Batch) { b.Terms[0].Site = "" })
	}},
	"a note without reason": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, _ int, b *connectors.Batch) { b.Notes[0].Reason = "" })
	}},
	"a note of no kind": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, _ int, b *connectors.Batch) {
			b.Notes = append(b.Notes, connectors.Note{Kind: "odd", Subject: "T-1", Reason: "it is odd"})
		})
	}},
	"a part of no history": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, _ int, b *connectors.Batch) { b.Histories[0].Of = fact.Ref{} })
	}},
	"a person in a part": {"batches", func() connectors.Source {
		return edit(func(_ connectors.Cursor, _ int, b *connectors.Batch) { b.Histories[0].Changes[0].By = 7 })
	}},
	"a name in a title": {"privacy", func() connectors.Source {
		return first(func(r *fact.Record) { r.Title = "Ask U0@teller.example" })
	}},
	"another variant": {"variants", func() connectors.Source { return &teller{batches: 5} }},
	"a batch that does not balance, into a store": {"store", func() connectors.Source {
		return edit(func(_ connectors.Cursor, n int, b *connectors.Batch) { b.Received += n / 4 })
	}},
	"a store's death": {"store after kills", func() connectors.Source {
		return edit(func(from connectors.Cursor, n int, b *connectors.Batch) {
			if from != "" && n == 0 {
				b.Records[0].Title = "Another thing"
			}
		})
	}},
}

func TestLiarsAreCaught(t *testing.T) {
	before := patience
	patience = 300 * time.Millisecond
	defer func() { patience = before }()
	t.Run("all", func(t *testing.T) {
		for name, liar := range liars {
			t.Run(name, func(t *testing.T) {
				if raceDetector && name == "several batches at once" {
					t.Skip("its lie is a race, which the detector would report in place of the suite")
				}
				t.Parallel()
				c := Config{
					New:     func(testing.TB) connectors.Source { return liar.src() },
					Private: []string{"U0@teller.example"},
					Variants: map[string]func(testing.TB) connectors.Source{"longer": func(testing.TB) connectors.Source {
						return &teller{batches: 6}
					}},
				}
				if liar.check != "variants" {
					c.Variants = nil
				}
				got := verdicts(t, c)
				if got[liar.check] == nil {
					t.Errorf("%q does not notice; these do: %v", liar.check, got)
				}
				if testing.Verbose() {
					t.Log(strings.Join(got[liar.check], "\n"))
				}
			})
		}
	})
}

// Every check catches one liar at least.
func TestEveryCheckIsNeeded(t *testing.T) {
	t.Parallel()
	for _, check := range checks {
		found := false
		for _, liar := range liars {
			found = found || liar.check == check.name
		}
		if !found {
			t.Errorf("no liar needs the check %q", check.name)
		}
	}
}

// A batch that comes when Pull is over is noticed too.
func TestBatchAfterTheEnd(t *testing.T) {
	t.Parallel()
	tb := &recorder{TB: t}
	var later func(connectors.Batch) error
	r := &receiver{tb: tb}
	src := flow(func(src connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
		later = emit
		return src.Pull(ctx, from, emit)
	})
	if _, err := r.pull(t.Context(), src, ""); err != nil || tb.Failed() {
		t.Fatal(err, tb.wrong)
	}
	if _ = later(connectors.Batch{}); !tb.Failed() {
		t.Error("a batch after the end goes unnoticed")
	}
}

// A source that looks back tells again what it told; that has to be declared.
func TestLookingBack(t *testing.T) {
	t.Parallel()
	c := Config{New: func(testing.TB) connectors.Source {
		return flow(func(_ connectors.Source, ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
			back := from.Cursor == "1"
			if back {
				from.Cursor = ""
			}
			return (&teller{batches: 1}).Pull(ctx, from, func(b connectors.Batch) error {
				b.Fresh = !back
				return emit(b)
			})
		})
	}}
	if got := verdicts(t, c); got["repeat"] == nil || got["resume after any batch"] == nil || len(got) != 2 {
		t.Errorf("undeclared: %q", got)
	}
	c.LooksBack = true
	if got := verdicts(t, c); len(got) > 0 {
		t.Errorf("declared: %q", got)
	}
}

func TestSample(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n, k int
		want []int
	}{{0, 3, nil}, {1, 3, []int{0}}, {3, 3, []int{0, 1, 2}}, {10, 4, []int{0, 3, 6, 9}}, {100, 2, []int{0, 99}}} {
		if got := sample(c.n, c.k); !slices.Equal(got, c.want) {
			t.Errorf("%d of %d: %v, want %v", c.k, c.n, got, c.want)
		}
	}
}
