// Package store keeps pulled facts in one SQLite file.
//
// It holds facts only: no configuration, no computed number. Every batch of a
// pull is one transaction together with its cursor, so a pull that dies at any
// moment leaves a store from which the next one goes on. The same records,
// delivered in any order and any number of times, leave the same facts.
//
// One process writes at a time (see [Store.Lock]); others may read meanwhile.
package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What can be wrong with a store. Errors of this package wrap these.
var (
	ErrNotStore = errors.New("not a smokestack store")
	ErrNoFolder = errors.New("does not exist")
	ErrNewer    = errors.New("the store comes from a newer smokestack")
	ErrMissing  = errors.New("no store yet")
	ErrHeld     = errors.New("the store is being written by another smokestack")
	ErrFull     = errors.New("no room left for the store")
)

// Store is an open store.
type Store struct {
	db   *sql.DB
	path string
	salt []byte

	scopes  map[string]*scopeRow // by key, as last read
	symbols *symbolTable
}

// Memory is the path of a store that lives in memory and dies with the program.
const Memory = ":memory:"

// Open opens the store at path and makes it where there is none.
func Open(ctx context.Context, path string) (*Store, error) {
	if path != Memory {
		if err := inspect(ctx, path); err != nil && !errors.Is(err, ErrMissing) {
			return nil, err
		}
	}
	return open(ctx, path, migrations)
}

// OpenExisting opens the store at path; it is an error ([ErrMissing]) if there
// is none.
func OpenExisting(ctx context.Context, path string) (*Store, error) {
	if err := inspect(ctx, path); err != nil {
		return nil, err
	}
	return open(ctx, path, migrations)
}

// inspect refuses a file that is no store before SQLite touches it: opening
// it for writing would change, or lock, something that is not ours.
func inspect(ctx context.Context, path string) error {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if dir := filepath.Dir(path); !isDir(dir) {
			return fmt.Errorf("store %s: the folder %s %w", path, dir, ErrNoFolder)
		}
		return fmt.Errorf("store %s: %w", path, ErrMissing)
	case err != nil:
		return fmt.Errorf("store: %w", err)
	}
	defer f.Close()
	head := make([]byte, 72)
	n, err := io.ReadFull(f, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return fmt.Errorf("store %s: %w", path, ErrMissing) // an empty file becomes one
	case !bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return fmt.Errorf("store %s: %w: it is not an SQLite file; name another file with --store", path, ErrNotStore)
	}
	id := uint32(head[68])<<24 | uint32(head[69])<<16 | uint32(head[70])<<8 | uint32(head[71])
	switch {
	case n == len(head) && id != applicationID && id != 0:
		return fmt.Errorf("store %s: %w", path, errForeign)
	case id == 0:
		return unmarked(ctx, path)
	}
	return nil
}

var errForeign = fmt.Errorf("%w: it is another program's SQLite file; name another file with --store", ErrNotStore)

// unmarked refuses an SQLite file without a mark unless it is empty, or a store
// that somebody is just making. It is read as if nothing could change it: SQLite
// writes nothing then, not even beside it. Only where what was last written
// still lies beside the file, that is read, too.
//
// Somebody who is making the store at this moment writes under such a reader's
// hands, and what is read looks damaged. So it is looked at again for a while.
func unmarked(ctx context.Context, path string) error {
	for try := 0; ; try++ {
		err := lookAt(ctx, path)
		if err == nil || errors.Is(err, ErrNotStore) || try == 40 {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func lookAt(ctx context.Context, path string) error {
	query := "mode=ro&immutable=1"
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		query = "mode=ro&_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open("sqlite", address(path)+"?"+query)
	if err != nil {
		return fmt.Errorf("store %s: %w", path, err)
	}
	s := &Store{db: db, path: path}
	defer db.Close()
	return s.explain(foreign(ctx, db))
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func open(ctx context.Context, path string, steps []string) (*Store, error) {
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("store %s: %w", path, err)
	}
	if path == Memory {
		db.SetMaxOpenConns(1) // every connection would be a memory of its own
	}
	s := &Store{db: db, path: path, scopes: map[string]*scopeRow{}}
	// Where several make one store at once, some are refused without any wait.
	for try := 0; ; try++ {
		err := s.explain(s.prepare(ctx, steps))
		if err == nil {
			return s, nil
		}
		if !errors.Is(err, ErrHeld) || try == 20 || ctx.Err() != nil {
			db.Close()
			return nil, err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func dsn(path string) string {
	pragmas := url.Values{"_pragma": {"busy_timeout(10000)", "foreign_keys(1)"}, "_txlock": {"immediate"}}
	if path == Memory {
		return "file::memory:?" + pragmas.Encode()
	}
	pragmas["_pragma"] = append(pragmas["_pragma"], "journal_mode(WAL)", "synchronous(FULL)")
	return address(path) + "?" + pragmas.Encode()
}

func address(path string) string {
	return "file:" + (&url.URL{Path: filepath.Clean(path)}).EscapedPath()
}

func (s *Store) prepare(ctx context.Context, steps []string) error {
	if err := foreign(ctx, s.db); err != nil {
		return err
	}
	if err := migrate(ctx, s.db, s.path, steps); err != nil {
		return err
	}
	return s.loadSalt(ctx)
}

// foreign refuses an SQLite file without our mark that holds tables: it
// belongs to somebody else.
func foreign(ctx context.Context, db *sql.DB) error {
	var id, tables int
	row := db.QueryRowContext(ctx, "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id")
	if err := row.Scan(&id, &tables); err != nil {
		return err
	}
	if id != applicationID && tables > 0 {
		return errForeign
	}
	return nil
}

func (s *Store) loadSalt(ctx context.Context) error {
	fresh := make([]byte, 32)
	rand.Read(fresh)
	err := s.db.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'salt'").Scan(&s.salt)
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if _, err := s.db.ExecContext(ctx, "INSERT INTO meta (key, value) VALUES ('salt', ?) ON CONFLICT DO NOTHING", fresh); err != nil {
		return err
	}
	return s.db.QueryRowContext(ctx, "SELECT value FROM meta WHERE key = 'salt'").Scan(&s.salt)
}

// Files names the files that a store at path consists of, and those that may lie
// beside it.
func Files(path string) []string {
	out := []string{path, path + "-wal", path + "-shm", path + "-journal", path + ".lock"}
	for v := range migrations {
		backup := fmt.Sprintf("%s.backup-v%d", path, v+1)
		out = append(out, backup, backup+".part")
	}
	return out
}

// Path returns where the store is.
func (s *Store) Path() string { return s.path }

// Close closes the store. What was committed stays.
func (s *Store) Close() error { return s.db.Close() }

// explain gives the errors of the database engine the words and the kind that
// a user needs.
func (s *Store) explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	if errors.Is(err, errBlob) {
		return s.damaged(err)
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("store %s: %w", s.path, err)
	}
	code := e.Code() & 0xff
	if e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE {
		code = sqlite3.SQLITE_FULL // what readers and writers share is a file, too, and found no room
	}
	switch code {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("store %s: %w: what was stored before is untouched; make room and run again", s.path, ErrFull)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("store %s: %w: it is not an SQLite file, or a damaged one; name another file with --store", s.path, ErrNotStore)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("store %s: %w", s.path, ErrHeld)
	case sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("store %s: cannot be opened or made; is its folder there and writable?", s.path)
	case sqlite3.SQLITE_READONLY:
		return fmt.Errorf("store %s: cannot be written; is the file, or its folder, read-only?", s.path)
	case sqlite3.SQLITE_CORRUPT:
		return s.damaged(err)
	}
	if strings.Contains(err.Error(), "disk") && strings.Contains(err.Error(), "I/O") {
		return fmt.Errorf("store %s: the disk refuses to read or write (%v)", s.path, e)
	}
	return fmt.Errorf("store %s: %w", s.path, err)
}

func (s *Store) damaged(err error) error {
	return fmt.Errorf("store %s: the file is damaged (%w); restore a copy, or name another file with --store and pull again", s.path, err)
}
