package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smokestack/connectors"
)

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// both opens a path in both ways and hands over the errors.
func both(t *testing.T, path string, check func(t *testing.T, err error)) {
	t.Helper()
	for name, open := range map[string]func(context.Context, string) (*Store, error){"Open": Open, "OpenExisting": OpenExisting} {
		st, err := open(t.Context(), path)
		if err == nil {
			st.Close()
		}
		t.Run(name, func(t *testing.T) { check(t, err) })
	}
}

func TestOpenMakesAStore(t *testing.T) {
	t.Parallel()
	// Names that an address would read otherwise.
	for _, name := range []string{"s.db", "with space.db", "a?b.db", "a#b.db", "100%25.db", "ü.db", "a:b.db", "no-suffix", "a&_pragma=x.db"} {
		path := filepath.Join(t.TempDir(), name)
		if _, err := OpenExisting(t.Context(), path); !errors.Is(err, ErrMissing) {
			t.Errorf("%q: before: %v", name, err)
		}
		st := newStore(t, path)
		commit(t, st, scope1, batchOf(plain("1", "x", 1_700_000_000_500)))
		if st.Path() != path {
			t.Errorf("%q: path %q", name, st.Path())
		}
		st.Close()
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%q: %v", name, err)
		}
		st, err := OpenExisting(t.Context(), path)
		if err != nil {
			t.Errorf("%q: after: %v", name, err)
			continue
		}
		if got := all(t, st); len(got) != 1 || got[0].Title != "x" {
			t.Errorf("%q: %+v", name, got)
		}
		st.Close()
	}
}

// A path may be written in several ways.
func TestOpenUncleanPath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	newStore(t, filepath.Join(dir, "s.db"))
	for _, path := range []string{"/" + dir + "/s.db", dir + "//s.db", dir + "/./s.db"} {
		st, err := OpenExisting(t.Context(), path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		st.Close()
	}
}

// Whatever a store lays down is named.
func TestFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	st := newStore(t, path)
	unlock, err := st.Lock(t.Context(), Holder{}, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	commit(t, st, scope1, batchOf(plain("1", "x", 1_700_000_000_500)))
	found := folder(t, path)
	for _, name := range Files(path) {
		delete(found, filepath.Base(name))
	}
	if len(found) > 0 {
		t.Errorf("%v", slices.Collect(maps.Keys(found)))
	}
}

func TestOpenRelativePath(t *testing.T) {
	t.Chdir(t.TempDir())
	st := newStore(t, "s.db")
	commit(t, st, scope1, batchOf(plain("1", "x", 1_700_000_000_500)))
	if _, err := os.Stat("s.db"); err != nil {
		t.Error(err)
	}
}

func TestOpenForeignFiles(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"text": "organisation: Acme\n", "one byte": "S", "almost": "SQLite format 3", "binary": strings.Repeat("\x00\x01\x02", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f")
			write(t, path, []byte(data))
			both(t, path, func(t *testing.T, err error) {
				if !errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), "--store") {
					t.Errorf("%v", err)
				}
			})
			if after, err := os.ReadFile(path); err != nil || string(after) != data {
				t.Errorf("the file has changed: %v", err)
			}
		})
	}
}

// another makes an SQLite file as another program would.
func another(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
}

// What belongs to another program is refused, and left as it is.
func TestOpenAnotherProgramsFile(t *testing.T) {
	t.Parallel()
	for name, statements := range map[string][]string{
		"with its mark":    {"PRAGMA application_id = 77", "CREATE TABLE notes (x)"},
		"without a mark":   {"CREATE TABLE notes (x)", "INSERT INTO notes VALUES (1)"},
		"with our version": {"PRAGMA user_version = 1", "CREATE TABLE notes (x)"},
		"in WAL mode":      {"PRAGMA journal_mode = WAL", "CREATE TABLE notes (x)"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f.db")
			another(t, path, statements...)
			before := folder(t, path)
			both(t, path, func(t *testing.T, err error) {
				if !errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), "another program") || strings.Count(err.Error(), path) != 1 {
					t.Errorf("%v", err)
				}
			})
			if diff := cmp.Diff(before, folder(t, path)); diff != "" {
				t.Error("the file has changed, or one was put beside it")
			}
		})
	}
}

// folder returns what is in the folder of a file.
func folder(t *testing.T, path string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		out[e.Name()] = string(readFile(t, filepath.Join(filepath.Dir(path), e.Name())))
	}
	return out
}

// A program that is at work has what it wrote last beside its file.
func TestOpenAnotherProgramAtWork(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "f.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range []string{"PRAGMA journal_mode = WAL", "CREATE TABLE notes (x)"} {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	before := readFile(t, path)
	both(t, path, func(t *testing.T, err error) {
		if !errors.Is(err, ErrNotStore) || !strings.Contains(err.Error(), "another program") {
			t.Errorf("%v", err)
		}
	})
	if string(readFile(t, path)) != string(before) {
		t.Error("the file has changed")
	}
}

// A store whose maker died before anything left its log is a store.
func TestOpenAfterAnEarlyDeath(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, left := filepath.Join(dir, "s.db"), filepath.Join(dir, "left.db")
	st := newStore(t, path)
	commit(t, st, scope1, batchOf(plain("1", "x", 1_700_000_000_500)))
	for _, end := range []string{"", "-wal"} {
		write(t, left+end, readFile(t, path+end))
	}
	if id := readFile(t, left)[68:72]; string(id) != "\x00\x00\x00\x00" {
		t.Fatal("its mark has left the log")
	}
	if got := all(t, newStore(t, left)); len(got) != 1 {
		t.Errorf("%d records", len(got))
	}
}

// An SQLite file that holds nothing is as good as none.
func TestOpenEmptyFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "empty.db")
	write(t, path, nil)
	if _, err := OpenExisting(t.Context(), path); !errors.Is(err, ErrMissing) {
		t.Errorf("%v", err)
	}
	commit(t, newStore(t, path), scope1, batchOf(plain("1", "x", 1_700_000_000_500)))
	path = filepath.Join(t.TempDir(), "hollow.db")
	another(t, path, "CREATE TABLE x (y)", "DROP TABLE x")
	commit(t, newStore(t, path), scope1, batchOf(plain("1", "x", 1_700_000_000_500)))
}

func TestOpenNowhere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	both(t, filepath.Join(dir, "no", "s.db"), func(t *testing.T, err error) {
		if err == nil || !strings.Contains(err.Error(), "the folder") || !strings.Contains(err.Error(), "does not exist") || !errors.Is(err, ErrNoFolder) || errors.Is(err, ErrMissing) {
			t.Errorf("%v", err)
		}
	})
	both(t, dir, func(t *testing.T, err error) {
		if !errors.Is(err, ErrNotStore) {
			t.Errorf("a folder: %v", err)
		}
	})
}

func TestOpenNewer(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	st := newStore(t, path)
	if _, err := st.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	st.Close()
	both(t, path, func(t *testing.T, err error) {
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "version 99") {
			t.Errorf("%v", err)
		}
	})
}

// notRoot skips a test that permissions do not stop.
func notRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere, whatever the permissions say: .ci/run runs this as another user, too")
	}
}

func TestReadOnlyFile(t *testing.T) {
	t.Parallel()
	notRoot(t)
	path := filepath.Join(t.TempDir(), "s.db")
	newStore(t, path).Close()
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	st, err := Open(t.Context(), path)
	if err == nil {
		_, _ = st.Begin(t.Context(), scope1)
		err = st.Commit(t.Context(), scope1, batchOf())
		st.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("%v", err)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	t.Parallel()
	notRoot(t)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "s.db")); err == nil || !strings.Contains(err.Error(), "writable") {
		t.Errorf("%v", err)
	}
}

// A process that has no right to write is told so; SQLite's own way of
// refusing stands in for permissions, which do not stop root.
func TestReadOnlyDatabase(t *testing.T) {
	t.Parallel()
	st := newStore(t, filepath.Join(t.TempDir(), "s.db"))
	commit(t, st, scope1, batchOf(plain("1", "x", 1_700_000_000_500)))
	st.db.SetMaxOpenConns(1)
	if _, err := st.db.Exec("PRAGMA query_only = 1"); err != nil {
		t.Fatal(err)
	}
	err := st.Commit(t.Context(), scope1, batchOf(plain("2", "y", 1_700_000_000_500)))
	if err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("%v", err)
	}
	if len(all(t, st)) != 1 {
		t.Error("something was written")
	}
}

// What is not begun cannot be continued.
func TestCommitWithoutBegin(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	if err := st.Commit(t.Context(), scope1, batchOf()); err == nil || !strings.Contains(err.Error(), "not begun") {
		t.Errorf("%v", err)
	}
	// A scope that nothing was ever delivered for leaves nothing.
	if _, err := st.Begin(t.Context(), scope2); err != nil {
		t.Fatal(err)
	}
	complete(t, st, scope2)
	if sel := selection(t, st); len(sel.Scopes) != 0 || sel.Ledger != (Ledger{}) {
		t.Errorf("%+v", sel.Ledger)
	}
}

// A cancelled commit leaves nothing, and the next one goes on.
func TestCommitCancelled(t *testing.T) {
	t.Parallel()
	st := newStore(t, filepath.Join(t.TempDir(), "s.db"))
	commit(t, st, scope1, batchOf(plain("1", "x", 1_700_000_000_500)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := st.Commit(ctx, scope1, batchOf(plain("2", "y", 1_700_000_000_500)))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if got := all(t, st); len(got) != 1 {
		t.Errorf("%d records", len(got))
	}
	commit(t, st, scope1, batchOf(plain("2", "y", 1_700_000_000_500)))
	if got := all(t, st); len(got) != 2 {
		t.Errorf("%d records", len(got))
	}
	if _, err := st.Select(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled reader: %v", err)
	}
}

// Two programs that pull one scope without minding the lock do not mix.
func TestCommitBehindAnother(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	a, b := newStore(t, path), newStore(t, path)
	commit(t, a, scope1, connectors.Batch{Next: "0"})
	commit(t, b, scope1, connectors.Batch{Next: "1"})
	err := a.Commit(t.Context(), scope1, connectors.Batch{Next: "2"})
	if err == nil || !strings.Contains(err.Error(), "run again") {
		t.Errorf("%v", err)
	}
	if c, err := a.Begin(t.Context(), scope1); err != nil || c.Cursor != "1" {
		t.Errorf("%q, %v", c.Cursor, err)
	}
	commit(t, a, scope1, connectors.Batch{Next: "3"})
}

// Two programs that take turns understand what the other one wrote.
func TestWritersTakeTurns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	a, b := newStore(t, path), newStore(t, path)
	one := plain("1", "x", 1_700_000_000_500)
	one.Labels = []string{"red"}
	commit(t, a, scope1, batchOf(one))
	two := plain("1", "y", 1_700_000_000_600)
	two.Labels = []string{"green", "blue"}
	commit(t, b, scope2, batchOf(two))
	three := plain("1", "z", 1_700_000_000_700)
	three.Labels = []string{"yellow", "green"}
	commit(t, a, scope1, batchOf(three))
	for _, st := range []*Store{a, b} {
		if got := all(t, st); len(got) != 1 || got[0].Title != "z" || got[0].Labels[0] != "yellow" {
			t.Errorf("%+v", got)
		}
	}
}
