package store

import (
	"fmt"
	"maps"
	"path/filepath"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// watch lets the store's file count what is written to its tables, and returns
// how to ask for the counts since it was last asked.
func watch(t *testing.T, st *Store) func() map[string]int {
	t.Helper()
	script := "CREATE TABLE written (what TEXT);"
	for _, table := range []string{"record", "member", "identity", "same", "symbol", "term", "part", "note", "scope"} {
		for _, verb := range []string{"INSERT", "UPDATE", "DELETE"} {
			script += fmt.Sprintf("CREATE TRIGGER on_%[2]s_%[1]s AFTER %[2]s ON %[1]s BEGIN INSERT INTO written VALUES ('%[2]s %[1]s'); END;", table, verb)
		}
	}
	if _, err := st.db.Exec(script); err != nil {
		t.Fatal(err)
	}
	return func() map[string]int {
		t.Helper()
		rows, err := st.db.Query("DELETE FROM written RETURNING what")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		out := map[string]int{}
		for rows.Next() {
			var what string
			if err := rows.Scan(&what); err != nil {
				t.Fatal(err)
			}
			out[what]++
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// numbered makes records from..to−1 as of a moment.
func numbered(from, to int, updated fact.Instant) []fact.Record {
	var out []fact.Record
	for i := from; i < to; i++ {
		r := plain(fmt.Sprint(i), "x", 1_700_000_000_000+updated)
		r.Creator, r.Changes = 1, []fact.Change{change("1", r.Created+1)}
		out = append(out, r)
	}
	return out
}

// What an incremental pull writes follows what has changed, neither what the
// store holds nor what is told again.
func TestUpdateWritesWhatChanged(t *testing.T) {
	t.Parallel()
	st := newStore(t, filepath.Join(t.TempDir(), "s.db"))
	commit(t, st, scope1, fresh(batchOf(numbered(0, 500, 0)...)))
	complete(t, st, scope1)
	written := watch(t, st)
	words := batchOf(numbered(0, 1, 0)...)
	words.Terms = []fact.Term{{Site: "https://one.example", Kind: fact.TermStatus, ID: "3", Name: "In Progress"}}
	labelled := numbered(7, 8, 2)
	labelled[0].Labels = []string{"new word"}
	for _, step := range []struct {
		name  string
		batch connectors.Batch
		want  map[string]int
	}{
		{"told again", batchOf(numbered(0, 50, 0)...), nil},
		{"some are newer", batchOf(append(numbered(0, 45, 0), numbered(45, 50, 1)...)...), map[string]int{"UPDATE record": 5}},
		{"an older version", batchOf(numbered(45, 50, 0)...), nil},
		{"some are new", batchOf(numbered(498, 503, 0)...), map[string]int{"INSERT record": 3, "INSERT member": 3}},
		{"a word", words, map[string]int{"INSERT term": 1}},
		{"the same word", deepCopy(words), nil},
		{"a label", batchOf(labelled...), map[string]int{"UPDATE record": 1, "INSERT symbol": 1}},
		{"anew, and all the same", fresh(batchOf(numbered(0, 45, 0)...)), map[string]int{"UPDATE member": 45}},
	} {
		commit(t, st, scope1, step.batch)
		got := written()
		// The scope's ledger and cursor, and who acts in the batch, go with any.
		maps.DeleteFunc(got, func(what string, _ int) bool { return what == "UPDATE scope" || what == "UPDATE identity" })
		if !maps.Equal(got, step.want) {
			t.Errorf("%s: %v, want %v", step.name, got, step.want)
		}
	}
}

// A pull that brings nothing leaves the file as it is.
func TestUpdateWithoutNews(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	st := newStore(t, path)
	for range 2 { // once more from nothing, so that something can be gone
		commit(t, st, scope1, fresh(batchOf(numbered(0, 50, 0)...)))
		complete(t, st, scope1)
	}
	watch(t, st)
	for range 2 {
		st.Close()
		st = newStore(t, path)
		commit(t, st, scope1)
		complete(t, st, scope1)
	}
	st.Close()
	st = newStore(t, path)
	if sel := selection(t, st); !sel.Scopes[0].Complete || sel.Ledger.Live != 50 {
		t.Errorf("%+v, %+v", sel.Scopes, sel.Ledger)
	}
	var n int
	if err := st.db.QueryRow("SELECT count(*) FROM written").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows are written, %v", n, err)
	}
}

// While an update is under way, and after it died, the scope is complete up to
// where it was before; only the end of an update moves that.
func TestUpdateMovesThrough(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	st := newStore(t, path)
	is := func(when string, complete bool, through fact.Instant, live int) {
		t.Helper()
		st.Close() // what counts is in the file
		st = newStore(t, path)
		sel := selection(t, st)
		if s := sel.Scopes[0]; s.Complete != complete || s.Through != through || sel.Ledger.Live != live {
			t.Errorf("%s: %+v, %d records", when, s, sel.Ledger.Live)
		}
		if err := sel.Records(t.Context(), func(int, *fact.Record) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if through != 0 && sel.Through() != through {
			t.Errorf("%s: complete through %v", when, sel.Through())
		}
		if _, err := st.Begin(t.Context(), scope1); err != nil {
			t.Fatal(err)
		}
	}
	ends := func(through fact.Instant) {
		t.Helper()
		if err := st.Complete(t.Context(), scope1, connectors.Summary{Through: through}); err != nil {
			t.Fatal(err)
		}
	}
	commit(t, st, scope1, fresh(batchOf(numbered(0, 5, 0)...)))
	is("a first pull is under way", false, 0, 5)
	ends(77)
	is("it ends", true, 77, 5)
	commit(t, st, scope1, batchOf(numbered(4, 7, 0)...))
	is("an update is under way", false, 77, 7)
	ends(99)
	is("it ends as well", true, 99, 7)
	ends(120)
	is("nothing new, but later", true, 120, 7)
}
