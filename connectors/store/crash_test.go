package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// Every connection writes ahead and waits for the disk: without that, what was
// committed could be lost with the power, or in the wrong order.
func TestCommitsWaitForTheDisk(t *testing.T) {
	t.Parallel()
	st := newStore(t, filepath.Join(t.TempDir(), "s.db"))
	const full = 2     // of PRAGMA synchronous
	for n := range 3 { // held at once, so that each is another one
		c, err := st.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		var journal string
		var synchronous int
		err = c.QueryRowContext(t.Context(), "SELECT (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous)").Scan(&journal, &synchronous)
		if err != nil || journal != "wal" || synchronous != full {
			t.Errorf("connection %d: journal %q, synchronous %d, %v", n, journal, synchronous, err)
		}
	}
}

// logged is a store's files while all that was committed still stands in the
// log beside it, and what the store held after each commit.
type logged struct {
	db, wal []byte
	batches []connectors.Batch
	ends    []int    // of the log, after so many batches
	dumps   []string // of the store
	cursors []connectors.Cursor
}

func newLogged(t *testing.T) *logged {
	t.Helper()
	const batches, size = 5, 40
	l := &logged{batches: bigBatches(batches, size)}
	path := filepath.Join(t.TempDir(), "s.db")
	st := newStore(t, path)
	st.db.SetMaxOpenConns(1)
	if _, err := st.db.Exec("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0"); err != nil {
		t.Fatal(err)
	}
	note := func(c connectors.Cursor) {
		l.ends = append(l.ends, len(readFile(t, path+"-wal")))
		l.dumps = append(l.dumps, dump(t, st))
		l.cursors = append(l.cursors, c)
	}
	note("")
	for _, b := range bigBatches(batches, size) {
		next := b.Next
		commit(t, st, scope1, b)
		note(next)
	}
	l.db, l.wal = readFile(t, path), readFile(t, path+"-wal")
	return l
}

// survivor opens what a crash left.
func (l *logged) survivor(t *testing.T, wal []byte) *Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.db")
	write(t, path, l.db)
	write(t, path+"-wal", wal)
	st, err := OpenExisting(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	return st
}

// Where the power fails while a batch is being written, the log ends anywhere,
// or in garbage. Whole batches with their cursors survive, and going on from
// there ends in the same store.
func TestTornLog(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	r := seeded(21)
	cuts := []int{0, len(l.wal)}
	for _, end := range l.ends[1:] {
		cuts = append(cuts, end-1, end, min(end+1, len(l.wal)))
	}
	for range 12 {
		cuts = append(cuts, r.IntN(len(l.wal)))
	}
	for n, cut := range cuts {
		wal := append([]byte(nil), l.wal[:cut]...)
		if n%2 == 1 { // the disk wrote later blocks, but not what belongs there
			for range r.IntN(3 * 4096) {
				wal = append(wal, byte(r.Uint32()))
			}
		}
		whole := 0
		for whole+1 < len(l.ends) && l.ends[whole+1] <= cut {
			whole++
		}
		st := l.survivor(t, wal)
		if got := dump(t, st); got != l.dumps[whole] {
			t.Fatalf("a log of %d bytes, cut at %d: not what %d batches leave", len(wal), cut, whole)
		}
		c, err := st.Begin(t.Context(), scope1)
		if err != nil || c.Cursor != l.cursors[whole] {
			t.Fatalf("cut at %d: cursor %q of %d batches, %v", cut, c.Cursor, whole, err)
		}
		if n%3 == 0 {
			for _, b := range l.batches[whole:] {
				commit(t, st, scope1, deepCopy(b))
			}
			if got := dump(t, st); got != l.dumps[len(l.dumps)-1] {
				t.Fatalf("cut at %d: going on from batch %d ends in other facts", cut, whole)
			}
		}
		st.Close()
	}
}

// A block of the log that rotted takes what came with it and after it, not
// what came before; the next pull begins where that ends.
func TestRottenLog(t *testing.T) {
	t.Parallel()
	l := newLogged(t)
	r := seeded(22)
	for range 20 {
		wal := append([]byte(nil), l.wal...)
		at := 32 + r.IntN(len(wal)-32) // behind the log's own header
		wal[at] ^= byte(1 + r.IntN(255))
		whole := 0
		for whole+1 < len(l.ends) && l.ends[whole+1] <= at {
			whole++
		}
		st := l.survivor(t, wal)
		if got := dump(t, st); got != l.dumps[whole] {
			t.Errorf("byte %d: not what %d batches leave", at, whole)
		}
		if c, err := st.Begin(t.Context(), scope1); err != nil || c.Cursor != l.cursors[whole] {
			t.Errorf("byte %d: cursor %q of %d batches, %v", at, c.Cursor, whole, err)
		}
		st.Close()
	}
}

// Writing does not wait for somebody who reads, and who reads sees one state
// to the end.
func TestWriteWhileReading(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	writer, reader := newStore(t, path), newStore(t, path)
	const size = 300
	commit(t, writer, scope1, growing(0, size))
	sel := selection(t, reader)
	n := 0
	err := sel.Ordered(t.Context(), func(r *fact.Record) error {
		if n%100 == 0 { // several times, and far enough for the log to want a checkpoint
			commit(t, writer, scope1, growing(1+n/100, size))
			if _, err := writer.db.ExecContext(t.Context(), "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
				return err
			}
		}
		if n++; r.Labels[0] != "label of 0" {
			return fmt.Errorf("%s has %q", r.Key, r.Labels)
		}
		return nil
	})
	if err != nil || n != size {
		t.Errorf("%d records: %v", n, err)
	}
	if got := all(t, reader); len(got) != 4*size || got[0].Labels[0] != "label of 3" {
		t.Errorf("afterwards: %d records, %q", len(got), got[0].Labels)
	}
}

// A reader who gives up in the middle leaves nothing behind that keeps the log
// from being folded into the file.
func TestReaderLetsGo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	writer, reader := newStore(t, path), newStore(t, path)
	commit(t, writer, scope1, growing(0, 300))
	sel := selection(t, reader)
	for range 5 {
		ctx, cancel := context.WithCancel(t.Context())
		err := sel.Records(ctx, func(int, *fact.Record) error { cancel(); return ctx.Err() })
		if err == nil {
			t.Fatal("nobody gave up")
		}
	}
	commit(t, writer, scope1, growing(1, 300))
	var busy, log, moved int
	if err := writer.db.QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &log, &moved); err != nil || busy != 0 {
		t.Errorf("a checkpoint is kept waiting: %d, %v", busy, err)
	}
	if info, err := os.Stat(path + "-wal"); err != nil || info.Size() != 0 {
		t.Errorf("the log is still there: %v", err)
	}
}
