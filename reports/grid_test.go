package reports

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"
)

// sheet is a table read back from JSON.
type sheet struct {
	ID      string
	Columns []struct{ ID string }
	Rows    []map[string]any
	Notes   []string
}

// sheets reads the tables of a scan back from JSON.
func sheets(t testing.TB, s *Scan) []sheet {
	t.Helper()
	var got struct{ Tables []sheet }
	if err := json.Unmarshal([]byte(written(t, s.Document())), &got); err != nil {
		t.Fatal(err)
	}
	return got.Tables
}

// date is a day or an instant.
var date = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T.*Z)?$`)

// numbers lists every cell of a scan by table, row and column, but for dates.
func numbers(t testing.TB, s *Scan) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, tab := range sheets(t, s) {
		for n, row := range tab.Rows {
			for _, c := range tab.Columns {
				if text, ok := row[c.ID].(string); ok && date.MatchString(text) {
					continue
				}
				cell, err := json.Marshal(row[c.ID])
				if err != nil {
					t.Fatal(err)
				}
				out[fmt.Sprintf("%s %03d %s", tab.ID, n, c.ID)] = string(cell)
			}
		}
	}
	return out
}

// compareNumbers checks that two scans tell the same.
func compareNumbers(t *testing.T, what string, a, b map[string]string) {
	t.Helper()
	wrong := 0
	for _, k := range slices.Sorted(maps.Keys(a)) {
		if a[k] != b[k] {
			if wrong++; wrong <= 8 {
				t.Errorf("%s: %s is %s, was %s", what, k, b[k], a[k])
			}
		}
	}
	if len(a) != len(b) || wrong > 8 {
		t.Errorf("%s: %d cells, were %d; %d differ", what, len(b), len(a), wrong)
	}
}
