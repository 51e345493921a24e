package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

var _ connectors.Sink = (*Store)(nil)

// noteMax is how many notes of one kind a scope keeps by name. They are
// counted beyond it.
const noteMax = 1000

// scopeRow is the state of one scope.
type scopeRow struct {
	id         int64
	cursor     connectors.Cursor
	generation int64
	complete   bool
}

// Begin implements [connectors.Sink].
func (s *Store) Begin(ctx context.Context, scope connectors.Scope) (connectors.State, error) {
	row, err := s.scope(ctx, scope)
	if err != nil {
		return connectors.State{}, s.explain(err)
	}
	s.scopes[scope.Key()] = row
	return connectors.State{
		Cursor: row.cursor,
		Held:   func(ctx context.Context) ([]connectors.Item, error) { return s.held(ctx, row) },
	}, nil
}

// held lists what the scope delivered in its present generation.
func (s *Store) held(ctx context.Context, row *scopeRow) ([]connectors.Item, error) {
	var out []connectors.Item
	err := s.each(ctx, s.db, `SELECT r.site, r.tracker_id, r.key FROM member m JOIN record r ON r.id = m.record
		WHERE m.scope = ? AND m.generation = ? ORDER BY r.site, r.tracker_id`, func(scan func(...any) error) error {
		var i connectors.Item
		err := scan(&i.Site, &i.ID, &i.Key)
		out = append(out, i)
		return err
	}, row.id, row.generation)
	return out, err
}

func (s *Store) scope(ctx context.Context, scope connectors.Scope) (*scopeRow, error) {
	row := &scopeRow{}
	err := s.db.QueryRowContext(ctx, "SELECT id, cursor, generation, complete FROM scope WHERE key = ?", scope.Key()).
		Scan(&row.id, &row.cursor, &row.generation, &row.complete)
	if errors.Is(err, sql.ErrNoRows) {
		return row, nil
	}
	return row, err
}

// Commit implements [connectors.Sink].
func (s *Store) Commit(ctx context.Context, scope connectors.Scope, b connectors.Batch) error {
	row := s.scopes[scope.Key()]
	if row == nil {
		return fmt.Errorf("internal error: a batch for a scope that was not begun: %s", scope.Key())
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(err)
	}
	defer tx.Rollback()
	next := *row
	w := &writer{ctx: ctx, s: s, tx: tx, scope: &next}
	if err := w.batch(scope, b); err != nil {
		s.symbols = nil // those of the lost transaction are gone
		return s.explain(err)
	}
	if err := tx.Commit(); err != nil {
		s.symbols = nil
		return s.explain(err)
	}
	*row = next
	return nil
}

// Complete implements [connectors.Sink].
func (s *Store) Complete(ctx context.Context, scope connectors.Scope, sum connectors.Summary) error {
	row := s.scopes[scope.Key()]
	if row == nil || row.id == 0 {
		// Nothing was ever delivered: there is no state to mark.
		return nil
	}
	err := s.complete(ctx, row, sum.Through)
	if err == nil {
		row.complete = true
	}
	return s.explain(err)
}

// past is the generation of what a scope once held: a complete pull from
// nothing did not tell it again. What a source said is gone has the negative of
// the generation that told of it.
const past = 0

func (s *Store) complete(ctx context.Context, row *scopeRow, through fact.Instant) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	_, err = tx.ExecContext(ctx, "UPDATE scope SET complete = 1, through = ? WHERE id = ? AND (complete = 0 OR through <> ?)",
		int64(through), row.id, int64(through))
	if err != nil {
		return err
	}
	if row.generation > 1 {
		_, err = tx.ExecContext(ctx, "UPDATE member SET generation = ? WHERE scope = ? AND generation NOT IN (?, ?, ?)", past, row.id, past, row.generation, -row.generation)
		if err != nil {
			return err
		}
	}
	return tx.Commit()
}

// writer puts one batch into one transaction.
type writer struct {
	ctx    context.Context
	s      *Store
	tx     *sql.Tx
	scope  *scopeRow
	people []fact.Person // numbers in the batch to numbers in the store

	insert, update, member *sql.Stmt
	pieces                 bool // the store holds pieces of histories
	repeated               int
	blamed                 bool // the scope has notes of what was rejected, or is gone
}

func (w *writer) batch(scope connectors.Scope, b connectors.Batch) error {
	if err := w.open(scope, b.Fresh); err != nil {
		return err
	}
	var err error
	if w.people, err = w.s.identify(w.ctx, w.tx, b.Accounts); err != nil {
		return err
	}
	if err := w.terms(b.Terms); err != nil {
		return err
	}
	if err := w.symbols(); err != nil {
		return err
	}
	if err := w.prepare(); err != nil {
		return err
	}
	// Parts first: their records, if they come in the same batch, find them.
	touched, err := w.parts(b.Histories)
	if err != nil {
		return err
	}
	if err := w.tx.QueryRowContext(w.ctx, "SELECT EXISTS (SELECT 1 FROM part)").Scan(&w.pieces); err != nil {
		return err
	}
	err = w.tx.QueryRowContext(w.ctx, "SELECT EXISTS (SELECT 1 FROM note WHERE scope = ? AND kind IN (?, ?))",
		w.scope.id, string(connectors.NoteRejected), string(connectors.NoteGone)).Scan(&w.blamed)
	if err != nil {
		return err
	}
	if err := w.records(b.Records, true); err != nil {
		return err
	}
	if err := w.records(b.Elsewhere, false); err != nil {
		return err
	}
	if err := w.refresh(touched); err != nil {
		return err
	}
	if err := w.gone(b.Gone); err != nil {
		return err
	}
	if err := w.s.symbols.flush(w.ctx, w.tx); err != nil {
		return err
	}
	return w.account(b)
}

// symbols makes sure that the table at hand is the file's: somebody else may
// have written since.
func (w *writer) symbols() error {
	var last int
	if err := w.tx.QueryRowContext(w.ctx, "SELECT coalesce(max(id), 0) FROM symbol").Scan(&last); err != nil {
		return err
	}
	if w.s.symbols != nil && last == len(w.s.symbols.names)-1 {
		return nil
	}
	var err error
	w.s.symbols, err = loadSymbols(w.ctx, w.tx)
	return err
}

// open makes the scope's row, and begins a new generation for a fresh pull.
func (w *writer) open(scope connectors.Scope, fresh bool) error {
	if w.scope.id == 0 {
		err := w.tx.QueryRowContext(w.ctx, `INSERT INTO scope
			(key, tracker, origin, query, cursor, generation, complete, through, received, rejected, repeated, repaired, skipped, missing, histories)
			VALUES (?, ?, ?, ?, '', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0) RETURNING id`,
			scope.Key(), scope.Tracker, scope.Origin, scope.Query).Scan(&w.scope.id)
		w.scope.generation = 1
		return err
	}
	var cursor connectors.Cursor
	var generation int64
	err := w.tx.QueryRowContext(w.ctx, "SELECT cursor, generation FROM scope WHERE id = ?", w.scope.id).Scan(&cursor, &generation)
	if err != nil {
		return err
	}
	if cursor != w.scope.cursor || generation != w.scope.generation {
		return fmt.Errorf("another smokestack brought %s further meanwhile; run again", scope.Origin)
	}
	if !fresh {
		return w.next()
	}
	w.scope.generation++
	_, err = w.tx.ExecContext(w.ctx, `UPDATE scope SET generation = ?, complete = 0,
		received = 0, rejected = 0, repeated = 0, repaired = 0, skipped = 0, missing = 0, histories = 0 WHERE id = ?`,
		w.scope.generation, w.scope.id)
	if err != nil {
		return err
	}
	_, err = w.tx.ExecContext(w.ctx, "DELETE FROM note WHERE scope = ?", w.scope.id)
	return err
}

// next begins a pull that goes on from a complete one: what that could not get
// is looked for again, and said again if need be.
func (w *writer) next() error {
	if !w.scope.complete {
		return nil
	}
	_, err := w.tx.ExecContext(w.ctx, "DELETE FROM note WHERE scope = ? AND kind = ?", w.scope.id, string(connectors.NoteMissing))
	if err == nil {
		_, err = w.tx.ExecContext(w.ctx, "UPDATE scope SET missing = 0 WHERE id = ?", w.scope.id)
	}
	return err
}

// gone marks what the scope no longer holds. Its records stay in the file.
func (w *writer) gone(items []connectors.Item) error {
	for _, i := range items {
		_, err := w.tx.ExecContext(w.ctx, `UPDATE member SET generation = CASE abs(generation) WHEN ? THEN -? ELSE ? END
			WHERE scope = ? AND record = (SELECT id FROM record WHERE site = ? AND tracker_id = ?)`,
			w.scope.generation, w.scope.generation, past, w.scope.id, i.Site, i.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) prepare() error {
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&w.insert, `INSERT INTO record (site, tracker_id, key, title, url, status, created, updated, parent_key, facts)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`},
		{&w.update, `UPDATE record SET key = ?, title = ?, url = ?, status = ?, created = ?, updated = ?, parent_key = ?, facts = ? WHERE id = ?`},
		{&w.member, `INSERT INTO member (scope, record, generation) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET generation = excluded.generation WHERE generation <> excluded.generation`},
	} {
		stmt, err := w.tx.PrepareContext(w.ctx, p.text)
		if err != nil {
			return err
		}
		*p.stmt = stmt
	}
	return nil
}

// terms joins the batch's words with those of the store.
func (w *writer) terms(terms []fact.Term) error {
	for _, t := range fact.Vocabulary(nil).Add(terms...) {
		var old string
		err := w.tx.QueryRowContext(w.ctx, "SELECT data FROM term WHERE site = ? AND kind = ? AND id = ? AND name = ?",
			t.Site, string(t.Kind), t.ID, t.Name).Scan(&old)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if old != "" {
			before := fact.Term{Site: t.Site, Kind: t.Kind, ID: t.ID, Name: t.Name}
			if err := json.Unmarshal([]byte(old), &before); err != nil {
				return fmt.Errorf("the stored word %q: %w", t.Name, err)
			}
			t = fact.Vocabulary{before}.Add(t)[0]
		}
		data, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if string(data) == old {
			continue
		}
		if _, err := w.tx.ExecContext(w.ctx, "INSERT OR REPLACE INTO term (site, kind, id, name, data) VALUES (?, ?, ?, ?, ?)",
			t.Site, string(t.Kind), t.ID, t.Name, string(data)); err != nil {
			return err
		}
	}
	return nil
}

// stored is what the store already has of a record.
type stored struct {
	rowid  int64
	facts  []byte
	told   bool // by this scope, in this generation
	member bool // and not taken back since
}

// records joins the batch's records with those of the store. Those of other
// scopes are kept only if the store has them.
func (w *writer) records(recs []fact.Record, own bool) error {
	known, err := w.lookup(recs)
	if err != nil {
		return err
	}
	for i := range recs {
		r := &recs[i]
		w.number(r)
		id := identity{r.Site, r.ID}
		have := known[id]
		if have == nil {
			have = &stored{}
			known[id] = have
		}
		if !own && have.rowid == 0 {
			continue
		}
		if err := w.record(r, have, own); err != nil {
			return fmt.Errorf("%s: %w", r.Key, err)
		}
	}
	return nil
}

type identity struct{ site, id string }

// lookup finds what the store has of a batch's records, in one question a site.
// CROSS JOIN holds the engine to going from the ids to the records.
func (w *writer) lookup(recs []fact.Record) (map[identity]*stored, error) {
	bySite := map[string][]string{}
	for i := range recs {
		bySite[recs[i].Site] = append(bySite[recs[i].Site], recs[i].ID)
	}
	out := make(map[identity]*stored, len(recs))
	for site, ids := range bySite {
		list, err := json.Marshal(ids)
		if err != nil {
			return nil, err
		}
		rows, err := w.tx.QueryContext(w.ctx, `SELECT r.tracker_id, r.id, r.facts, coalesce(abs(m.generation) = ?, 0), coalesce(m.generation = ?, 0)
			FROM json_each(?) j CROSS JOIN record r ON r.site = ? AND r.tracker_id = j.value
			LEFT JOIN member m ON m.scope = ? AND m.record = r.id`,
			w.scope.generation, w.scope.generation, string(list), site, w.scope.id)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id string
			have := &stored{}
			if err := rows.Scan(&id, &have.rowid, &have.facts, &have.told, &have.member); err != nil {
				rows.Close()
				return nil, err
			}
			out[identity{site, id}] = have
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// number replaces the batch's numbers of people by the store's.
func (w *writer) number(r *fact.Record) {
	who := func(p *fact.Person) { *p = w.people[*p] }
	who(&r.Creator)
	who(&r.Reporter)
	who(&r.Assignee)
	for i := range r.Involvement {
		who(&r.Involvement[i].By)
	}
	numberChanges(r.Changes, who)
}

func numberChanges(changes []fact.Change, who func(*fact.Person)) {
	for i := range changes {
		c := &changes[i]
		who(&c.By)
		who(&c.From.Person)
		who(&c.To.Person)
	}
}

func (w *writer) record(r *fact.Record, have *stored, own bool) error {
	r.Changes = unite(r.Changes)
	v := version{rec: r, own: ownOf(r)}
	v.body = markOf(r)
	if have.rowid != 0 {
		old, err := w.decode(have.facts)
		if err != nil {
			return err
		}
		v = merge(v, old)
	}
	if err := w.put(v, have); err != nil || !own {
		return err
	}
	if err := w.forgive(r.Key); err != nil {
		return err
	}
	return w.join(have)
}

func (w *writer) decode(blob []byte) (version, error) {
	v := version{rec: &fact.Record{}}
	d := decoder{symbols: w.s.symbols.names}
	var err error
	v.own, v.body, err = d.decode(blob, v.rec)
	v.other = d.other
	return v, err
}

// put joins a version with its separate pieces and writes it, unless the store
// has the very same.
func (w *writer) put(v version, have *stored) error {
	p, err := w.absorb(&v)
	if err != nil {
		return err
	}
	r := v.rec
	settle(r, v.own, p)
	r.Digest = digestOf(r)
	blob := encodeVersion(v, w.s.symbols)
	created, updated := r.Created.String(), r.Updated.String()
	switch {
	case have.rowid == 0:
		err = w.insert.QueryRowContext(w.ctx, r.Site, r.ID, r.Key, r.Title, r.URL, r.Status.Name, created, updated, r.Parent.Key, blob).Scan(&have.rowid)
	case !slices.Equal(blob, have.facts):
		_, err = w.update.ExecContext(w.ctx, r.Key, r.Title, r.URL, r.Status.Name, created, updated, r.Parent.Key, blob, have.rowid)
	}
	have.facts = blob
	return err
}

// forgive takes back what notes say of an issue that is told after all: that it
// could not be kept, or is gone.
func (w *writer) forgive(key string) error {
	if !w.blamed || key == "" {
		return nil
	}
	_, err := w.tx.ExecContext(w.ctx, "DELETE FROM note WHERE scope = ? AND kind IN (?, ?) AND subject = ?",
		w.scope.id, string(connectors.NoteRejected), string(connectors.NoteGone), key)
	return err
}

// join notes that the scope delivered the record, or did so again.
func (w *writer) join(have *stored) error {
	if have.told {
		w.repeated++
	}
	if have.member {
		return nil
	}
	have.told, have.member = true, true
	_, err := w.member.ExecContext(w.ctx, w.scope.id, have.rowid, w.scope.generation)
	return err
}

// noted reports whether the scope has a note already.
func (w *writer) noted(n connectors.Note) (bool, error) {
	var there bool
	err := w.tx.QueryRowContext(w.ctx, "SELECT EXISTS (SELECT 1 FROM note WHERE scope = ? AND kind = ? AND subject = ? AND reason = ?)",
		w.scope.id, string(n.Kind), n.Subject, n.Reason).Scan(&there)
	return there, err
}

// account adds the batch to the scope's ledger and moves its cursor.
func (w *writer) account(b connectors.Batch) error {
	count := map[connectors.NoteKind]int{}
	for _, n := range b.Notes {
		again, err := w.noted(n)
		if err != nil {
			return err
		}
		if again && n.Kind == connectors.NoteSkipped {
			continue // what every pull skips is one thing
		}
		count[n.Kind]++
		_, err = w.tx.ExecContext(w.ctx, `INSERT OR IGNORE INTO note (scope, kind, subject, reason)
			SELECT ?, ?, ?, ? WHERE (SELECT count(*) FROM note WHERE scope = ? AND kind = ?) < ?`,
			w.scope.id, string(n.Kind), n.Subject, n.Reason, w.scope.id, string(n.Kind), noteMax)
		if err != nil {
			return err
		}
	}
	w.scope.cursor, w.scope.complete = b.Next, false
	_, err := w.tx.ExecContext(w.ctx, `UPDATE scope SET cursor = ?, complete = 0, received = received + ?, rejected = rejected + ?,
		repeated = repeated + ?, repaired = repaired + ?, skipped = skipped + ?, missing = missing + ?, histories = histories + ? WHERE id = ?`,
		string(b.Next), b.Received, count[connectors.NoteRejected], w.repeated, count[connectors.NoteRepaired],
		count[connectors.NoteSkipped], count[connectors.NoteMissing], len(b.Histories), w.scope.id)
	return err
}

// parts keeps pieces of histories and returns the rows of the records that
// they belong to.
func (w *writer) parts(hs []connectors.History) ([]int64, error) {
	var touched []int64
	for _, h := range hs {
		numberChanges(h.Changes, func(p *fact.Person) { *p = w.people[*p] })
		h.Changes = unite(h.Changes)
		// A carrier record lets a piece use the codec of records.
		carrier := &fact.Record{Site: h.Site, ID: h.Of.ID, Key: h.Of.Key, Changes: h.Changes}
		digest := digestOf(carrier)
		mark := sha256.Sum256(fmt.Appendf(digest[:], "%d %d %t", h.Entries, h.Total, h.More))
		carrier.Updated = h.Through
		if err := w.part(&h, mark[:16], carrier); err != nil {
			return nil, err
		}
		var rowid int64
		err := w.tx.QueryRowContext(w.ctx, `SELECT id FROM record WHERE site = ? AND (tracker_id = ? OR (? = '' AND key = ?))`,
			h.Site, h.Of.ID, h.Of.ID, h.Of.Key).Scan(&rowid)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		touched = append(touched, rowid)
	}
	slices.Sort(touched)
	return slices.Compact(touched), nil
}

// part keeps one piece. Of one that is told again the latest moment is kept.
func (w *writer) part(h *connectors.History, mark []byte, carrier *fact.Record) error {
	blob := encode(carrier, ownHistory{}, [8]byte{}, w.s.symbols)
	res, err := w.tx.ExecContext(w.ctx, `INSERT OR IGNORE INTO part (site, of_id, of_key, mark, entries, total, more, facts)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, h.Site, h.Of.ID, h.Of.Key, mark, h.Entries, h.Total, h.More, blob)
	if err != nil || h.Through == 0 {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	const which = " WHERE site = ? AND of_id = ? AND of_key = ? AND mark = ?"
	var old []byte
	if err := w.tx.QueryRowContext(w.ctx, "SELECT facts FROM part"+which, h.Site, h.Of.ID, h.Of.Key, mark).Scan(&old); err != nil {
		return err
	}
	if before, err := w.decode(old); err != nil || before.rec.Updated >= h.Through {
		return err
	}
	_, err = w.tx.ExecContext(w.ctx, "UPDATE part SET facts = ?"+which, blob, h.Site, h.Of.ID, h.Of.Key, mark)
	return err
}

// refresh joins records, already stored, with the pieces that came since.
func (w *writer) refresh(rowids []int64) error {
	for _, rowid := range rowids {
		have := &stored{rowid: rowid, member: true}
		if err := w.tx.QueryRowContext(w.ctx, "SELECT facts FROM record WHERE id = ?", rowid).Scan(&have.facts); err != nil {
			return err
		}
		v, err := w.decode(have.facts)
		if err != nil {
			return err
		}
		if err := w.put(v, have); err != nil {
			return err
		}
	}
	return nil
}

// absorb adds the changes of a record's separate pieces to it.
func (w *writer) absorb(v *version) (parts, error) {
	p, r := parts{total: -1}, v.rec
	if !w.pieces {
		return p, nil
	}
	rows, err := w.tx.QueryContext(w.ctx, "SELECT facts, total, more FROM part WHERE site = ? AND (of_id = ? OR (of_id = '' AND of_key = ?))",
		r.Site, r.ID, r.Key)
	if err != nil {
		return p, err
	}
	defer rows.Close()
	for rows.Next() {
		var blob []byte
		var total int
		var more bool
		if err := rows.Scan(&blob, &total, &more); err != nil {
			return p, err
		}
		piece, err := w.decode(blob)
		if err != nil {
			return p, err
		}
		v.take(piece)
		newest := fact.Instant(0)
		if n := len(piece.rec.Changes); n > 0 {
			newest = piece.rec.Changes[n-1].At // they are in order
		}
		p.add(total, more, newest, piece.rec.Updated)
	}
	return p, rows.Err()
}
