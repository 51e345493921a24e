package reports

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
	"smokestack/reports/table"
)

// world is a made-up organisation that tests change and scan.
type world struct{ *assembletest.World }

func build(t testing.TB, seed, weeks int, crews ...[2]int) world {
	return world{assembletest.Build(t, seed, weeks, crews...)}
}

func (w world) clone() world { return world{w.World.Clone()} }

// scan assembles the world, by so many shards, and scans it.
func (w world) scan(t testing.TB, shards int) *Scan {
	t.Helper()
	res, n := w.Assemble(t, shards), len(w.Records)
	return NewScan(Input{
		Organisation: "Acme", Org: res.Org, AsOf: w.AsOf, Weeks: min(w.Weeks, 26), Newest: res.Newest,
		Ledger: Ledger{Received: n, Stored: n, Live: n},
	})
}

// written is a document in JSON.
func written(t testing.TB, doc table.Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := table.WriteJSON(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// exported is all that a scan exports, the changes of items included, as CSV.
func (w world) exported(t testing.TB, s *Scan) string {
	t.Helper()
	var b bytes.Buffer
	for _, l := range s.Export() {
		fmt.Fprintf(&b, "# %s\n", l.ID)
		if err := table.StreamCSV(&b, l.Columns, l.Rows); err != nil {
			t.Fatal(err)
		}
	}
	cells := s.ChangeCells()
	sorted := slices.Clone(w.Records)
	slices.SortFunc(sorted, func(a, b *fact.Record) int {
		return strings.Compare(a.Site+" "+a.ID, b.Site+" "+b.ID)
	})
	err := table.StreamCSV(&b, ChangeColumns, func(yield func([]table.Cell) bool) {
		for _, r := range sorted {
			for n := range r.Changes {
				if !yield(cells(r, &r.Changes[n])) {
					return
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// differ tells where two texts first differ.
func differ(a, b string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	if n == len(a) && n == len(b) {
		return ""
	}
	show := func(s string) string { return s[max(0, min(len(s), n-160)):min(len(s), n+120)] }
	return fmt.Sprintf("at %d:\n…%s…\n…%s…", n, show(a), show(b))
}
