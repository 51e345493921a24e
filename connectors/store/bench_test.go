package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/demo"
)

// benchSizes are the numbers of items, with about ten changes each, that
// figures are quoted for.
var benchSizes = []int{10_000, 100_000}

// tape is a source that plays batches which were made before, so that a
// benchmark of the store does not measure who makes them.
type tape struct {
	scope   connectors.Scope
	batches []connectors.Batch
	sum     connectors.Summary
	items   int
}

func (p *tape) Scope() connectors.Scope { return p.scope }

func (p *tape) Pull(_ context.Context, _ connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	for _, b := range p.batches {
		if err := emit(b); err != nil {
			return connectors.Summary{}, err
		}
	}
	return p.sum, nil
}

// again returns a tape of copies: a batch belongs to the store once it was
// handed over, and the store renumbers people and sorts changes in place.
func (p *tape) again() *tape {
	q := *p
	q.batches = make([]connectors.Batch, len(p.batches))
	for i, b := range p.batches {
		q.batches[i] = deepCopy(b)
	}
	return &q
}

// recorded makes a tape of the demo with about so many items.
func recorded(b *testing.B, items int) *tape {
	b.Helper()
	src := demo.New(demo.Options{Items: items, JiraOnly: true})
	p := &tape{scope: src.Scope()}
	var err error
	p.sum, err = src.Pull(b.Context(), connectors.State{}, func(batch connectors.Batch) error {
		p.batches = append(p.batches, batch)
		p.items += len(batch.Records)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// play writes a tape into the store at path, which is closed afterwards.
func (p *tape) play(b *testing.B, path string) {
	b.Helper()
	st, err := Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := connectors.Pull(b.Context(), p, st, nil); err != nil {
		b.Fatal(err)
	}
	if err := st.Close(); err != nil {
		b.Fatal(err)
	}
}

// perSecond reports how many items a second the loop got through.
func perSecond(b *testing.B, items int) {
	b.ReportMetric(float64(items)*float64(b.N)/b.Elapsed().Seconds(), "items/s")
}

// BenchmarkWrite goes from no file to a whole pull in a closed one: making the
// store, a transaction for every thousand items, the last checkpoint.
func BenchmarkWrite(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			master := recorded(b, n)
			path := filepath.Join(b.TempDir(), "bench.db")
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				if err := os.RemoveAll(path); err != nil {
					b.Fatal(err)
				}
				p := master.again()
				b.StartTimer()
				p.play(b, path)
			}
			perSecond(b, master.items)
			info, err := os.Stat(path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(info.Size())/float64(master.items), "file-B/item")
		})
	}
}

// BenchmarkLoad reads everything that a filled store holds, as a scan does.
func BenchmarkLoad(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := recorded(b, n)
			path := filepath.Join(b.TempDir(), "bench.db")
			p.play(b, path)
			st := newStore(b, path)
			b.ReportAllocs()
			for b.Loop() {
				sel, err := st.Select(b.Context(), nil)
				if err != nil {
					b.Fatal(err)
				}
				changes := make([]int, sel.Workers())
				err = sel.Records(b.Context(), func(w int, r *fact.Record) error {
					changes[w] += len(r.Changes)
					return nil
				})
				if err != nil || sel.Ledger.Live != p.items {
					b.Fatalf("%d of %d items: %v", sel.Ledger.Live, p.items, err)
				}
			}
			perSecond(b, p.items)
		})
	}
}

// BenchmarkUpdate brings a hundred newer versions into a filled store: what it
// takes must follow what has changed, not what exists.
func BenchmarkUpdate(b *testing.B) {
	const changed = 100
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p := recorded(b, n)
			news := deepCopy(p.batches[0])
			news.Fresh, news.Terms = false, nil
			news.Records, news.Received = news.Records[:changed], changed
			path := filepath.Join(b.TempDir(), "bench.db")
			p.play(b, path)
			st := newStore(b, path)
			b.ReportAllocs()
			for i := 1; b.Loop(); i++ {
				b.StopTimer()
				batch := deepCopy(news)
				for k := range batch.Records {
					batch.Records[k].Updated += fact.Instant(i)
				}
				p.batches = []connectors.Batch{batch}
				b.StartTimer()
				if _, err := connectors.Pull(b.Context(), p, st, nil); err != nil {
					b.Fatal(err)
				}
			}
			perSecond(b, changed)
		})
	}
}
