package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// applicationID stands in the header of every file that is a store ("smok").
const applicationID = 0x736d6f6b

// migrations bring a store from one version to the next, forward only; the
// version of a store is the number of migrations that ran on it.
//
// The plain columns of table record hold tracker facts for people who query a
// store with any SQLite tool; everything the product computes comes from the
// column facts. No column depends on a configuration.
var migrations = []string{
	`
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- texts that come again and again, by number
CREATE TABLE symbol (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

-- accounts as keyed hashes: a person is one or several of them
CREATE TABLE identity (id INTEGER PRIMARY KEY, mark BLOB NOT NULL UNIQUE, bot INTEGER NOT NULL);
CREATE TABLE same (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;

-- what was asked for, and how far it came
CREATE TABLE scope (
	id INTEGER PRIMARY KEY,
	key TEXT NOT NULL UNIQUE,
	tracker TEXT NOT NULL, origin TEXT NOT NULL, query TEXT NOT NULL,
	cursor TEXT NOT NULL,
	generation INTEGER NOT NULL,      -- counts the pulls that started from nothing
	complete INTEGER NOT NULL,        -- the last pull was whole
	through INTEGER NOT NULL,         -- complete up to this instant (milliseconds; 0: the newest thing told)
	received INTEGER NOT NULL, rejected INTEGER NOT NULL, repeated INTEGER NOT NULL,
	repaired INTEGER NOT NULL, skipped INTEGER NOT NULL, missing INTEGER NOT NULL,
	histories INTEGER NOT NULL        -- parts of histories among the received
);
CREATE TABLE note (
	scope INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, reason TEXT NOT NULL,
	PRIMARY KEY (scope, kind, subject, reason)
) WITHOUT ROWID;

CREATE TABLE record (
	id INTEGER PRIMARY KEY,
	site TEXT NOT NULL, tracker_id TEXT NOT NULL,
	key TEXT NOT NULL, title TEXT NOT NULL, url TEXT NOT NULL, status TEXT NOT NULL,
	created TEXT NOT NULL, updated TEXT NOT NULL, parent_key TEXT NOT NULL,
	facts BLOB NOT NULL,
	UNIQUE (site, tracker_id)
);
CREATE INDEX record_key ON record (site, key);

-- which scope delivered a record, and in which generation it last did
CREATE TABLE member (
	scope INTEGER NOT NULL, record INTEGER NOT NULL, generation INTEGER NOT NULL,
	PRIMARY KEY (scope, record)
) WITHOUT ROWID;

-- pieces of histories that came apart from their record
CREATE TABLE part (
	site TEXT NOT NULL, of_id TEXT NOT NULL, of_key TEXT NOT NULL, mark BLOB NOT NULL,
	entries INTEGER NOT NULL, total INTEGER NOT NULL, more INTEGER NOT NULL,
	facts BLOB NOT NULL,
	PRIMARY KEY (site, of_id, of_key, mark)
) WITHOUT ROWID;
CREATE INDEX part_key ON part (site, of_key);

CREATE TABLE term (
	site TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, data TEXT NOT NULL,
	PRIMARY KEY (site, kind, id, name)
) WITHOUT ROWID;
`,
}

// migrate brings the schema up to date, one transaction a step. Before the
// first step of a store that holds something, the file is copied beside itself.
func migrate(ctx context.Context, db *sql.DB, path string, steps []string) error {
	var version int
	if err := db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(steps) {
		return fmt.Errorf("%w: it is at version %d, this program knows %d: use a newer smokestack, or another --store", ErrNewer, version, len(steps))
	}
	if version == len(steps) {
		return nil
	}
	if version > 0 {
		backup := fmt.Sprintf("%s.backup-v%d", path, version)
		if err := keepCopy(ctx, db, backup); err != nil {
			return fmt.Errorf("keeping a copy as %s before the store's form changes: %w", backup, err)
		}
	}
	for ; version < len(steps); version++ {
		if err := step(ctx, db, version+1, steps[version]); err != nil {
			return fmt.Errorf("bringing the store to version %d: %w", version+1, err)
		}
	}
	return nil
}

// keepCopy copies a store into a file that appears whole or not at all, in
// place of one that an earlier attempt left.
func keepCopy(ctx context.Context, db *sql.DB, path string) error {
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		return err
	}
	return os.Rename(part, path)
}

func step(ctx context.Context, db *sql.DB, version int, script string) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	// Another process may have run the step while this one waited.
	var now int
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&now); err != nil {
		return err
	}
	if now >= version {
		return nil
	}
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d;", applicationID, version)
	if _, err := tx.ExecContext(ctx, script+marks); err != nil {
		return err
	}
	return tx.Commit()
}
