package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// dump writes down all that a store holds.
func dump(tb testing.TB, st *Store) string {
	tb.Helper()
	var b strings.Builder
	for _, r := range all(tb, st) {
		fmt.Fprintf(&b, "%+v\n", r)
	}
	sel := selection(tb, st)
	fmt.Fprintf(&b, "%+v\n%+v\n%+v\n%v\n", sel.Ledger, sel.Notes, sel.Vocabulary, sel.Bots)
	return b.String()
}

// filled makes a store with some of everything.
func filled(tb testing.TB, path string) *Store {
	tb.Helper()
	st := newStore(tb, path)
	commit(tb, st, scope1, bigBatches(3, 60)...)
	complete(tb, st, scope1)
	return st
}

// bigBatches makes batches of random records.
func bigBatches(n, size int) []connectors.Batch {
	r := seeded(11)
	var out []connectors.Batch
	for k := range n {
		var recs []fact.Record
		for i := range size {
			rec := randomRecord(r)
			rec.Site, rec.ID, rec.Key = "https://one.example", fmt.Sprint(k*size+i), fmt.Sprintf("PAY-%d", k*size+i)
			rec.Title, rec.Due = strings.ToValidUTF8(rec.Title, ""), ""
			people(rec)
			recs = append(recs, *rec)
		}
		b := batchOf(recs...)
		b.Fresh, b.Next = k == 0, connectors.Cursor(fmt.Sprint(k+1))
		b.Histories = []connectors.History{piece(fact.Ref{ID: fmt.Sprint(k * size)}, 9, false, "1", "2")}
		b.Notes = []connectors.Note{{Kind: connectors.NoteSkipped, Subject: fmt.Sprint("file ", k), Reason: "a picture"}}
		b.Terms = []fact.Term{{Site: "https://one.example", Kind: fact.TermStatus, ID: fmt.Sprint(k), Name: "Open"}}
		b.Received++
		out = append(out, b)
	}
	return out
}

// people leaves nobody whom batchOf does not know.
func people(r *fact.Record) {
	renumber(r, func(p fact.Person) fact.Person { return p % 4 })
}

const toVersion2 = `
ALTER TABLE record ADD COLUMN weight INTEGER NOT NULL DEFAULT 7;
CREATE TABLE more (x INTEGER);
INSERT INTO more SELECT id FROM record;
`

func TestMigration(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	st := filled(t, path)
	want := dump(t, st)
	st.Close()
	steps := append(append([]string(nil), migrations...), toVersion2)
	st, err := open(t.Context(), path, steps)
	if err != nil {
		t.Fatal(err)
	}
	if got := dump(t, st); got != want {
		t.Error("the facts have changed")
	}
	var version, more, weight int
	if err := st.db.QueryRow("SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM more), (SELECT min(weight) FROM record)").Scan(&version, &more, &weight); err != nil || version != len(steps) || more != 180 || weight != 7 {
		t.Errorf("version %d, %d rows, %d: %v", version, more, weight, err)
	}
	st.Close()
	// The copy is a whole store of the version before.
	old, err := OpenExisting(t.Context(), path+".backup-v1")
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if got := dump(t, old); got != want {
		t.Error("the copy holds something else")
	}
	// To today's program, the store is newer.
	if _, err := Open(t.Context(), path); !errors.Is(err, ErrNewer) {
		t.Errorf("%v", err)
	}
	// A second opening does nothing more.
	if err := os.Remove(path + ".backup-v1"); err != nil {
		t.Fatal(err)
	}
	st, err = open(t.Context(), path, steps)
	if err != nil {
		t.Fatal(err)
	}
	st.Close()
	if _, err := os.Stat(path + ".backup-v1"); err == nil {
		t.Error("a copy without a migration")
	}
}

// A step that fails leaves the version before it, and can be tried again.
func TestMigrationFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	st := filled(t, path)
	want := dump(t, st)
	st.Close()
	steps := append(append([]string(nil), migrations...), toVersion2, "CREATE TABLE even_more (y); INSERT INTO no_such_table VALUES (1);")
	for range 2 {
		_, err := open(t.Context(), path, steps)
		if err == nil || !strings.Contains(err.Error(), "to version 3") {
			t.Fatalf("%v", err)
		}
	}
	st, err := open(t.Context(), path, steps[:2]) // the good step stays
	if err != nil {
		t.Fatal(err)
	}
	if got := dump(t, st); got != want {
		t.Error("the facts have changed")
	}
	var tables int
	if err := st.db.QueryRow("SELECT count(*) FROM sqlite_schema WHERE name = 'even_more'").Scan(&tables); err != nil || tables != 0 {
		t.Errorf("half a step: %d, %v", tables, err)
	}
	st.Close()
	// A file that an interrupted copy left is no obstacle either.
	write(t, path+".backup-v2.part", []byte("half"))
	steps[2] = "CREATE TABLE even_more (y);"
	st, err = open(t.Context(), path, steps)
	if err != nil {
		t.Fatal(err)
	}
	if got := dump(t, st); got != want {
		t.Error("the facts have changed")
	}
	st.Close()
	if _, err := os.Stat(path + ".backup-v2.part"); err == nil {
		t.Error("half a copy is left")
	}
}

// Several programs that start at once make one store.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	var group sync.WaitGroup
	salts := make([][]byte, 8)
	for i := range salts {
		group.Go(func() {
			st, err := Open(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			salts[i] = st.salt
			st.Close()
		})
	}
	group.Wait()
	for _, s := range salts {
		if !bytes.Equal(s, salts[0]) || len(s) != 32 {
			t.Error("not one store")
		}
	}
}

// Readers see whole states, however the writer goes on.
func TestReadersWhileWriting(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	writer, reader := newStore(t, path), newStore(t, path)
	const rounds, size = 25, 40
	commit(t, writer, scope1, growing(0, size))
	done := make(chan struct{})
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				sel, err := reader.Select(t.Context(), nil)
				if err != nil {
					t.Errorf("select %d: %v", n, err)
					return
				}
				if sel.Ledger.Live == 0 || sel.Ledger.Live%size != 0 || sel.Ledger.Received%size != 0 {
					t.Errorf("half a batch: %+v", sel.Ledger)
				}
				seen := 0
				var mu sync.Mutex
				err = sel.Records(t.Context(), func(_ int, r *fact.Record) error {
					mu.Lock()
					defer mu.Unlock()
					seen++
					if !strings.HasPrefix(r.Labels[0], "label of ") {
						return fmt.Errorf("label %q", r.Labels[0])
					}
					return nil
				})
				if err != nil || seen != sel.Ledger.Live {
					t.Errorf("read %d: %d of %d records: %v", n, seen, sel.Ledger.Live, err)
					return
				}
			}
		})
	}
	for k := 1; k < rounds; k++ {
		commit(t, writer, scope1, growing(k, size))
	}
	close(done)
	group.Wait()
	if got := selection(t, reader).Ledger.Live; got != rounds*size {
		t.Errorf("%d records", got)
	}
}

// growing makes a batch of new records, together with a newer version of all
// before, in words that nobody used before.
func growing(k, size int) connectors.Batch {
	var recs []fact.Record
	for i := range (k + 1) * size {
		r := plain(fmt.Sprint(i), "x", 1_700_000_000_000+fact.Instant(k))
		r.Labels = []string{fmt.Sprintf("label of %d", k)}
		recs = append(recs, r)
	}
	return batchOf(recs...)
}

// A selection that was made before something was written can still be read.
func TestOldSelection(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	writer, reader := newStore(t, path), newStore(t, path)
	commit(t, writer, scope1, growing(0, 5))
	sel := selection(t, reader)
	commit(t, writer, scope1, growing(1, 5))
	n := 0
	err := sel.Ordered(t.Context(), func(r *fact.Record) error {
		if n++; r.Labels[0] != "label of 1" {
			t.Errorf("%q", r.Labels)
		}
		return nil
	})
	if err != nil || n != 5 {
		t.Errorf("%d records: %v", n, err)
	}
}

// An error of a visitor ends the reading, and so does a cancelled context.
func TestRecordsStops(t *testing.T) {
	t.Parallel()
	st := filled(t, filepath.Join(t.TempDir(), "s.db"))
	stop := errors.New("enough")
	sel := selection(t, st)
	if err := sel.Records(t.Context(), func(int, *fact.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	if err := sel.Ordered(t.Context(), func(*fact.Record) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stop)
	if err := sel.Records(ctx, func(int, *fact.Record) error { return nil }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
	workers := map[int]bool{}
	var mu sync.Mutex
	if err := sel.Records(t.Context(), func(w int, _ *fact.Record) error { mu.Lock(); workers[w] = true; mu.Unlock(); return nil }); err != nil {
		t.Fatal(err)
	}
	for w := range workers {
		if w < 0 || w >= sel.Workers() {
			t.Errorf("worker %d of %d", w, sel.Workers())
		}
	}
}

// touch does everything that one can do with a store and returns the first
// error.
func touch(ctx context.Context, path string) error {
	st, err := Open(ctx, path)
	if err != nil {
		return err
	}
	defer st.Close()
	sel, err := st.Select(ctx, nil)
	if err == nil {
		err = sel.Records(ctx, func(_ int, r *fact.Record) error { _ = fmt.Sprint(r); return nil })
	}
	if err == nil {
		_, _, err = st.Person(ctx, "https://one.example", "ana")
	}
	for _, b := range bigBatches(3, 60) {
		if _, err2 := st.Begin(ctx, scope2); err == nil {
			err = err2
		}
		if err2 := st.Commit(ctx, scope2, b); err == nil {
			err = err2
		}
	}
	if err2 := st.Complete(ctx, scope2, connectors.Summary{}); err == nil {
		err = err2
	}
	return err
}

// A damaged file is an error, or goes unnoticed, but never a panic.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	st := filled(t, path)
	if _, err := st.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	st.Close()
	whole := readFile(t, path)
	r := rand.New(rand.NewPCG(12, 1))
	noticed := 0
	tries := 120
	if raceDetector { // no memory is shared here
		tries = 12
	}
	for n := range tries {
		dir := t.TempDir()
		data := bytes.Clone(whole)
		what := damage(r, data, n)
		write(t, filepath.Join(dir, "s.db"), data)
		err := touch(t.Context(), filepath.Join(dir, "s.db"))
		if err != nil {
			noticed++
			if !strings.Contains(err.Error(), "store ") {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if noticed < tries/4 {
		t.Errorf("%d of %d damages are noticed", noticed, tries)
	}
	// Half a file.
	write(t, path, whole[:len(whole)/2])
	if err := touch(t.Context(), path); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("half a file: %v", err)
	}
}

// damage changes a file somewhere behind its header.
func damage(r *rand.Rand, data []byte, n int) string {
	at := 100 + r.IntN(len(data)-100)
	switch n % 4 {
	case 0:
		data[at] ^= byte(1 + r.IntN(255))
		return fmt.Sprint("byte ", at)
	case 1: // the head of a page
		at = at / 4096 * 4096
		if at == 0 {
			at = 100
		}
		data[at+r.IntN(12)] ^= byte(1 + r.IntN(255))
		return fmt.Sprint("head of page ", at/4096)
	case 2:
		end := min(len(data), at+200)
		for i := range data[at:end] {
			data[at+i] = byte(r.Uint32())
		}
		return fmt.Sprint("bytes from ", at)
	}
	end := min(len(data), at+4096)
	clear(data[at:end])
	return fmt.Sprint("zeroes from ", at)
}

// Row numbers that cannot be are damage, not a reason to ask for all memory.
func TestDamagedNumbers(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"record":         "UPDATE record SET id = 1 << 60 WHERE id = 3",
		"record, below":  "UPDATE record SET id = -5 WHERE id = 3",
		"identity":       "UPDATE identity SET id = 1 << 60 WHERE id = 2",
		"same":           "INSERT INTO same VALUES (1, 1 << 20)",
		"same, below":    "INSERT INTO same VALUES (-1, 2)",
		"member":         "UPDATE member SET record = 1 << 50 WHERE record = 4",
		"member, below":  "UPDATE member SET record = -4 WHERE record = 4",
		"facts":          "UPDATE record SET facts = x'01' WHERE id = 3",
		"facts of no id": "UPDATE record SET facts = '' WHERE id = 3",
		"symbols":        "DELETE FROM symbol WHERE id > 3",
		"a word":         "UPDATE term SET data = '{' WHERE id = '1'",
		"bot":            "UPDATE identity SET id = -1, bot = 1 WHERE id = 2",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "s.db")
			st := filled(t, path)
			if _, err := st.db.Exec(statement); err != nil {
				t.Fatal(err)
			}
			st.Close()
			if err := touch(t.Context(), path); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%v", err)
			}
		})
	}
}

// limit takes away room: the file may not grow beyond so many pages.
func limit(t *testing.T, st *Store, pages int) {
	t.Helper()
	st.db.SetMaxOpenConns(1)
	var got int
	if err := st.db.QueryRow(fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&got); err != nil {
		t.Fatal(err)
	}
}

// Where the disk is full, what was committed stays, and with room the next run
// completes what is lacking.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	undisturbed := newStore(t, Memory)
	commit(t, undisturbed, scope1, bigBatches(6, 60)...)
	complete(t, undisturbed, scope1)
	want := dump(t, undisturbed)

	path := filepath.Join(t.TempDir(), "s.db")
	st := newStore(t, path)
	pages := 30
	limit(t, st, pages)
	full := 0
	for {
		state, err := st.Begin(t.Context(), scope1)
		if err != nil {
			t.Fatal(err)
		}
		var done int
		fmt.Sscan(string(state.Cursor), &done)
		batches := bigBatches(6, 60)[done:]
		if len(batches) == 0 {
			break
		}
		before := dump(t, st)
		for _, b := range batches {
			if err = st.Commit(t.Context(), scope1, b); err != nil {
				break
			}
			before = dump(t, st)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "make room") {
			t.Fatalf("%v", err)
		}
		if dump(t, st) != before {
			t.Fatal("what was committed before has changed")
		}
		if full++; full%2 == 0 { // another program, after more room was made
			st.Close()
			st = newStore(t, path)
			pages += 37
			limit(t, st, pages)
		} else {
			pages += 20
			limit(t, st, pages)
		}
	}
	if full < 3 {
		t.Errorf("the disk was full %d times", full)
	}
	complete(t, st, scope1)
	if got := dump(t, st); got != want {
		t.Error("other facts than without the trouble")
	}
}
