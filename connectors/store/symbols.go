package store

import (
	"context"
	"database/sql"
)

// symbolTable holds the texts that come again and again. New ones are written
// with the batch that brought them.
type symbolTable struct {
	names   []string // by number; number 0 is not used
	numbers map[string]uint64
	written int // how many of names are in the file
}

func loadSymbols(ctx context.Context, tx *sql.Tx) (*symbolTable, error) {
	t := &symbolTable{names: []string{""}, numbers: map[string]uint64{}}
	rows, err := tx.QueryContext(ctx, "SELECT id, text FROM symbol ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, err
		}
		if id != int64(len(t.names)) {
			return nil, errBlob
		}
		t.names = append(t.names, text)
		t.numbers[text] = uint64(id)
	}
	t.written = len(t.names)
	return t, rows.Err()
}

func (t *symbolTable) number(s string) uint64 {
	n, ok := t.numbers[s]
	if !ok {
		n = uint64(len(t.names))
		t.names = append(t.names, s)
		t.numbers[s] = n
	}
	return n
}

func (t *symbolTable) flush(ctx context.Context, tx *sql.Tx) error {
	if t.written == len(t.names) {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, "INSERT INTO symbol (id, text) VALUES (?, ?)")
	if err != nil {
		return err
	}
	defer stmt.Close()
	for ; t.written < len(t.names); t.written++ {
		if _, err := stmt.ExecContext(ctx, t.written, t.names[t.written]); err != nil {
			return err
		}
	}
	return nil
}
