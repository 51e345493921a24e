package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// Ledger accounts for what was received within the selected scopes and for
// what the store holds. It balances:
//
//	Received + Kept = Parts + Rejected + Repeated + Overlap + Live + Left
//	Stored          = Live + Gone + OutOfScope
type Ledger struct {
	Received int // answers that were, or should have been, a record or a part of a history
	Parts    int // parts of histories among them
	Rejected int // could not be kept
	Repeated int // told again within one pull
	Overlap  int // told by more than one scope
	Kept     int // from an earlier pull, where the present one is not complete

	Stored     int // records in the store
	Live       int // records that the selected scopes hold now
	Gone       int // records that they held once
	Left       int // memberships that the pulls at hand told of and later took back
	OutOfScope int // records that other scopes delivered

	Repaired, Skipped, Missing int
	Orphans                    int // parts of histories whose record never came
}

// Balance reports whether the ledger adds up, and what does not.
func (l Ledger) Balance() error {
	if in, out := l.Received+l.Kept, l.Parts+l.Rejected+l.Repeated+l.Overlap+l.Live+l.Left; in != out {
		return fmt.Errorf("the ledger does not balance: received %d and kept %d, accounted for %d", l.Received, l.Kept, out)
	}
	if sum := l.Live + l.Gone + l.OutOfScope; l.Stored != sum {
		return fmt.Errorf("the ledger does not balance: stored %d, accounted for %d", l.Stored, sum)
	}
	return nil
}

// ScopeState is how far one scope has come.
type ScopeState struct {
	connectors.Scope
	Complete bool
	Through  fact.Instant
	Records  int // records that it holds now
}

// Selection is what the store holds within some scopes, ready to be read.
type Selection struct {
	Scopes     []ScopeState
	Ledger     Ledger
	Notes      []connectors.Note // by kind, subject and reason; at most some of each kind are named
	Vocabulary fact.Vocabulary
	Bots       []fact.Person

	store   *Store
	tx      *sql.Tx // while the selection is made
	live    []bool  // by row
	undated []bool  // by row: told by a scope that cannot know until when it tells
	symbols []string
	people  *persons

	mu     sync.Mutex
	newest map[string]fact.Instant
}

// Select looks up what the store holds within the scopes; without any, within
// all that it knows.
func (s *Store) Select(ctx context.Context, scopes []connectors.Scope) (*Selection, error) {
	// One transaction sees one state, whatever is being written meanwhile.
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, s.explain(err)
	}
	defer tx.Rollback()
	sel := &Selection{store: s, tx: tx}
	defer func() { sel.tx = nil }()
	rows, err := sel.scopes(ctx, scopes)
	if err != nil {
		return nil, err
	}
	if err := sel.members(ctx, rows); err != nil {
		return nil, err
	}
	if err := sel.words(ctx); err != nil {
		return nil, err
	}
	if sel.people, err = s.persons(ctx, tx); err != nil {
		return nil, err
	}
	for p := range sel.people.bots {
		sel.Bots = append(sel.Bots, p)
	}
	slices.Sort(sel.Bots)
	return sel, sel.Ledger.Balance()
}

type selected struct {
	index      int
	generation int64
	complete   bool
}

func (sel *Selection) scopes(ctx context.Context, want []connectors.Scope) (map[int64]selected, error) {
	chosen := map[int64]selected{}
	l := &sel.Ledger
	err := sel.store.each(ctx, sel.tx, `SELECT id, key, tracker, origin, query, generation, complete, through,
		received, histories, rejected, repeated, repaired, skipped, missing FROM scope ORDER BY key`,
		func(scan func(...any) error) error {
			var id, generation, through int64
			var key string
			var st ScopeState
			var n [7]int
			if err := scan(&id, &key, &st.Tracker, &st.Origin, &st.Query, &generation, &st.Complete, &through,
				&n[0], &n[1], &n[2], &n[3], &n[4], &n[5], &n[6]); err != nil {
				return err
			}
			if want != nil && !slices.ContainsFunc(want, func(w connectors.Scope) bool { return w.Key() == key }) {
				return nil
			}
			st.Through = fact.Instant(through)
			for i, total := range []*int{&l.Received, &l.Parts, &l.Rejected, &l.Repeated, &l.Repaired, &l.Skipped, &l.Missing} {
				*total += n[i]
			}
			chosen[id] = selected{index: len(sel.Scopes), generation: generation, complete: st.Complete}
			sel.Scopes = append(sel.Scopes, st)
			return nil
		})
	return chosen, err
}

// members decides for every record whether the chosen scopes hold it.
func (sel *Selection) members(ctx context.Context, chosen map[int64]selected) error {
	var top int64
	l := &sel.Ledger
	err := sel.tx.QueryRowContext(ctx, "SELECT coalesce(max(id), 0), count(*) FROM record").Scan(&top, &l.Stored)
	if err != nil {
		return sel.store.explain(err)
	}
	if top < 0 || top > int64(2*l.Stored+1000) { // rows are numbered one by one
		return sel.store.explain(errBlob)
	}
	sel.live, sel.undated = make([]bool, top+1), make([]bool, top+1)
	once, other := make([]bool, top+1), make([]bool, top+1)
	memberships := 0
	err = sel.store.each(ctx, sel.tx, "SELECT scope, record, generation FROM member", func(scan func(...any) error) error {
		var scope, record, generation int64
		if err := scan(&scope, &record, &generation); err != nil {
			return err
		}
		if record < 0 || record > top {
			return errBlob
		}
		c, ok := chosen[scope]
		if !ok {
			other[record] = true
			return nil
		}
		old := generation != c.generation
		if generation <= past || old && c.complete {
			once[record] = true
			if generation == -c.generation {
				l.Left++
			}
			return nil
		}
		if old {
			l.Kept++
		}
		memberships++
		sel.Scopes[c.index].Records++
		sel.live[record] = true
		sel.undated[record] = sel.undated[record] || sel.Scopes[c.index].Through == 0
		return nil
	})
	if err != nil {
		return err
	}
	for i, live := range sel.live {
		switch {
		case live:
			l.Live++
		case once[i]:
			l.Gone++
		case other[i]:
			l.OutOfScope++
		}
	}
	l.Overlap = memberships - l.Live
	return sel.notes(ctx, chosen)
}

func (sel *Selection) notes(ctx context.Context, chosen map[int64]selected) error {
	err := sel.store.each(ctx, sel.tx, "SELECT scope, kind, subject, reason FROM note ORDER BY kind, subject, reason", func(scan func(...any) error) error {
		var scope int64
		var n connectors.Note
		if err := scan(&scope, &n.Kind, &n.Subject, &n.Reason); err != nil {
			return err
		}
		if _, ok := chosen[scope]; ok {
			sel.Notes = append(sel.Notes, n)
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = sel.tx.QueryRowContext(ctx, `SELECT count(*) FROM part p WHERE NOT EXISTS
		(SELECT 1 FROM record r WHERE r.site = p.site AND (r.tracker_id = p.of_id OR (p.of_id = '' AND r.key = p.of_key)))`).
		Scan(&sel.Ledger.Orphans)
	return sel.store.explain(err)
}

func (sel *Selection) words(ctx context.Context) error {
	var terms []fact.Term
	err := sel.store.each(ctx, sel.tx, "SELECT site, kind, id, name, data FROM term", func(scan func(...any) error) error {
		var t fact.Term
		var data string
		if err := scan(&t.Site, &t.Kind, &t.ID, &t.Name, &data); err != nil {
			return err
		}
		terms = append(terms, t)
		return json.Unmarshal([]byte(data), &terms[len(terms)-1])
	})
	if err != nil {
		return err
	}
	sel.Vocabulary = sel.Vocabulary.Add(terms...)
	sel.symbols, err = sel.store.symbolsFrom(ctx, sel.tx, []string{""})
	return err
}

// symbolsFrom returns the symbols known so far and those that came after them.
func (s *Store) symbolsFrom(ctx context.Context, q asker, known []string) ([]string, error) {
	err := s.each(ctx, q, "SELECT text FROM symbol WHERE id >= ? ORDER BY id", func(scan func(...any) error) error {
		var text string
		err := scan(&text)
		known = append(known, text)
		return err
	}, len(known))
	return known, err
}

// Workers is how many goroutines [Selection.Records] uses.
func (sel *Selection) Workers() int {
	if sel.store.path == Memory {
		return 1
	}
	return runtime.GOMAXPROCS(0)
}

// Records calls visit for every live record, from [Selection.Workers]
// goroutines at once, each with its own number from 0, in no promised order.
// The record and its slices are used again after visit returns; its texts may
// be kept. Ids of changes and involvements are left out.
func (sel *Selection) Records(ctx context.Context, visit func(worker int, r *fact.Record) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := sel.Workers()
	size := (len(sel.live) + workers - 1) / workers
	var wg sync.WaitGroup
	var read atomic.Int64
	for w := range workers {
		wg.Go(func() {
			from, to := w*size, min((w+1)*size, len(sel.live))
			n, err := sel.shard(ctx, from, to, func(r *fact.Record) error { return visit(w, r) })
			if read.Add(int64(n)); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return sel.whole(int(read.Load()))
}

// whole makes sure that every live record was read.
func (sel *Selection) whole(n int) error {
	if n != sel.Ledger.Live {
		return sel.store.explain(fmt.Errorf("%w: %d of %d records can be read", errBlob, n, sel.Ledger.Live))
	}
	return nil
}

// Ordered calls visit for every live record in order of site and immutable id,
// as [fact.CompareID] has it. The record and its slices are used again after
// visit returns.
func (sel *Selection) Ordered(ctx context.Context, visit func(*fact.Record) error) error {
	const order = ` ORDER BY site, tracker_id GLOB '*[^0-9]*', CASE WHEN tracker_id NOT GLOB '*[^0-9]*' THEN length(tracker_id) END, tracker_id`
	n, err := sel.read(ctx, false, visit, "SELECT id, facts FROM record"+order)
	if err != nil {
		return err
	}
	return sel.whole(n)
}

// shard reads the rows from ≤ id < to.
func (sel *Selection) shard(ctx context.Context, from, to int, visit func(*fact.Record) error) (int, error) {
	return sel.read(ctx, true, visit, "SELECT id, facts FROM record WHERE id >= ? AND id < ?", from, to)
}

// read decodes the rows of a query and hands over the live ones, as they are
// now: what was written since the selection was made may speak with symbols
// that it does not know yet. It returns how many they are.
func (sel *Selection) read(ctx context.Context, lean bool, visit func(*fact.Record) error, query string, args ...any) (n int, err error) {
	tx, err := sel.store.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return 0, sel.store.explain(err)
	}
	defer tx.Rollback()
	symbols, err := sel.store.symbolsFrom(ctx, tx, slices.Clip(sel.symbols))
	if err != nil {
		return 0, err
	}
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return 0, sel.store.explain(err)
	}
	defer rows.Close()
	d := decoder{symbols: symbols, lean: lean, people: sel.people}
	newest := map[string]fact.Instant{}
	defer sel.note(newest)
	var r fact.Record
	for rows.Next() {
		var id int64
		var blob sql.RawBytes
		if err := rows.Scan(&id, &blob); err != nil {
			return n, sel.store.explain(err)
		}
		if id < 0 || id >= int64(len(sel.live)) || !sel.live[id] {
			continue // it came since
		}
		if _, _, err := d.decode(blob, &r); err != nil {
			return n, sel.store.explain(fmt.Errorf("record %d: %w", id, err))
		}
		if last := r.Last(); sel.undated[id] && last > newest[r.Site] {
			newest[r.Site] = last
		}
		n++
		if err := visit(&r); err != nil {
			return n, err
		}
	}
	return n, sel.store.explain(rows.Err())
}

// note adds what one shard found to be the newest of each site.
func (sel *Selection) note(newest map[string]fact.Instant) {
	sel.mu.Lock()
	defer sel.mu.Unlock()
	if sel.newest == nil {
		sel.newest = map[string]fact.Instant{}
	}
	for site, at := range newest {
		sel.newest[site] = max(sel.newest[site], at)
	}
}

// Through returns the instant up to which every selected source is complete,
// once Records has run. A source without a date of its own (an archive) tells
// until the newest thing in it; several of one tracker are parts of one.
func (sel *Selection) Through() fact.Instant {
	at := fact.Never
	for _, t := range sel.newest {
		at = min(at, t)
	}
	for _, s := range sel.Scopes {
		if s.Through != 0 {
			at = min(at, s.Through)
		}
	}
	return at
}

// NotesOf returns the notes of a kind.
func (sel *Selection) NotesOf(kind connectors.NoteKind) []connectors.Note {
	var out []connectors.Note
	for _, n := range sel.Notes {
		if n.Kind == kind {
			out = append(out, n)
		}
	}
	return out
}

// Sites lists the trackers that the vocabulary speaks of.
func (sel *Selection) Sites() []string {
	var out []string
	for _, t := range sel.Vocabulary {
		if n := len(out); n == 0 || out[n-1] != t.Site {
			out = append(out, t.Site)
		}
	}
	return out
}
