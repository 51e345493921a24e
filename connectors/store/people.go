package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// hash turns one name of an account into what the store keeps of it. The key
// is the store's own salt, so that hashes of two stores cannot be compared and
// a list of names cannot be prepared beforehand. An e-mail address is the same
// person at every site: that ties the accounts of two trackers together.
func (s *Store) hash(site, id string) []byte {
	if strings.Contains(id, "@") {
		site = ""
	}
	mac := hmac.New(sha256.New, s.salt)
	mac.Write([]byte(strings.ToLower(site)))
	mac.Write([]byte{0})
	mac.Write([]byte(strings.ToLower(strings.TrimSpace(id))))
	return mac.Sum(nil)[:16]
}

// Person finds the number of an account, by any of its names.
func (s *Store) Person(ctx context.Context, site, id string) (fact.Person, bool, error) {
	find, err := s.Persons(ctx)
	if err != nil {
		return 0, false, err
	}
	return find(site, id)
}

// Persons returns what Person does, for many accounts: which names are one
// person's is read once, as it is now.
func (s *Store) Persons(ctx context.Context) (find func(site, id string) (fact.Person, bool, error), err error) {
	same, err := s.persons(ctx, s.db)
	if err != nil {
		return nil, err
	}
	return func(site, id string) (fact.Person, bool, error) {
		var n int64
		err := s.db.QueryRowContext(ctx, "SELECT id FROM identity WHERE mark = ?", s.hash(site, id)).Scan(&n)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return 0, false, nil
		case err != nil:
			return 0, false, s.explain(err)
		}
		return same.of(fact.Person(n)), true, nil
	}, nil
}

// identify gives the accounts of a batch their numbers in the store. The names
// of one account are numbered apart and tied together, since a tracker may
// name somebody now by one and now by the other; who belongs together does not
// depend on the order in which that was learnt.
func (s *Store) identify(ctx context.Context, tx *sql.Tx, accounts []connectors.Account) ([]fact.Person, error) {
	out := make([]fact.Person, len(accounts)+1)
	insert, err := tx.PrepareContext(ctx, `INSERT INTO identity (mark, bot) VALUES (?, ?)
		ON CONFLICT (mark) DO UPDATE SET bot = max(bot, excluded.bot) RETURNING id`)
	if err != nil {
		return nil, err
	}
	defer insert.Close()
	for i, a := range accounts {
		for j, id := range a.IDs {
			var n int64
			if err := insert.QueryRowContext(ctx, s.hash(a.Site, id), a.Bot).Scan(&n); err != nil {
				return nil, err
			}
			if j == 0 {
				out[i+1] = fact.Person(n)
				continue
			}
			if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO same (a, b) VALUES (?, ?)", int64(out[i+1]), n); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// persons is the partition of identities into people.
type persons struct {
	first []fact.Person // by identity: one fixed identity of the same person
	bots  map[fact.Person]bool
}

func (p *persons) of(x fact.Person) fact.Person {
	if int(x) >= len(p.first) {
		return x
	}
	return p.first[x]
}

func (s *Store) persons(ctx context.Context, q asker) (*persons, error) {
	var top, count int64
	if err := q.QueryRowContext(ctx, "SELECT coalesce(max(id), 0), count(*) FROM identity").Scan(&top, &count); err != nil {
		return nil, s.explain(err)
	}
	if top < 0 || top > 2*count+1000 { // rows are numbered one by one
		return nil, s.explain(errBlob)
	}
	p := &persons{first: make([]fact.Person, top+1), bots: map[fact.Person]bool{}}
	for i := range p.first {
		p.first[i] = fact.Person(i)
	}
	root := func(x fact.Person) fact.Person {
		for p.first[x] != x {
			x = p.first[x]
		}
		return x
	}
	err := s.each(ctx, q, "SELECT a, b FROM same", func(scan func(...any) error) error {
		var a, b fact.Person
		if err := scan(&a, &b); err != nil {
			return err
		}
		if int64(max(a, b)) > top {
			return errBlob
		}
		x, y := root(a), root(b)
		p.first[max(x, y)] = min(x, y)
		return nil
	})
	if err != nil {
		return nil, err
	}
	// Roots are the smallest of their people, so one pass upwards is enough.
	for i := range p.first {
		p.first[i] = p.first[p.first[i]]
	}
	err = s.each(ctx, q, "SELECT id FROM identity WHERE bot = 1", func(scan func(...any) error) error {
		var id fact.Person
		if err := scan(&id); err != nil {
			return err
		}
		p.bots[p.of(id)] = true
		return nil
	})
	return p, err
}

// asker is what can be asked: the store as it is, or one state of it.
type asker interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// each runs a query and calls do for every row.
func (s *Store) each(ctx context.Context, q asker, query string, do func(scan func(...any) error) error, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return s.explain(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows.Scan); err != nil {
			return s.explain(err)
		}
	}
	return s.explain(rows.Err())
}
