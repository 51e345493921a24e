package table

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files; review the difference by eye")

// goldens are the renderings of the sample that are reviewed as prose.
func goldens() map[string]func(io.Writer) error {
	doc := sample()
	all := map[string]func(io.Writer) error{
		"screen-100.txt": func(w io.Writer) error { return WriteTerminal(w, doc, Options{Zone: office}) },
		"color-80.txt": func(w io.Writer) error {
			return WriteTerminal(w, doc, Options{Width: 80, Color: true, Zone: office, All: true})
		},
		"all.md":       func(w io.Writer) error { return WriteMarkdown(w, doc, Options{Zone: office, All: true}) },
		"screen.md":    func(w io.Writer) error { return WriteMarkdown(w, doc, Options{}) },
		"flow.csv":     func(w io.Writer) error { return WriteCSV(w, doc.Tables[0]) },
		"all.csv":      func(w io.Writer) error { return WriteCSVAll(w, doc) },
		"sample.json":  func(w io.Writer) error { return WriteJSON(w, doc) },
		"nothing.json": func(w io.Writer) error { return WriteJSON(w, Document{}) },
	}
	for _, n := range []int{40, 60, 80, 100, 140} {
		all[fmt.Sprintf("all-%d.txt", n)] = func(w io.Writer) error {
			return WriteTerminal(w, doc, Options{Width: n, Zone: office, All: true})
		}
	}
	return all
}

func TestGolden(t *testing.T) {
	want := goldens()
	for name, write := range want {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := write(&got); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(golden), got.String()); diff != "" {
				t.Errorf("not the golden file (-want +got):\n%s", diff)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if want[filepath.Base(f)] == nil {
			t.Errorf("%s is not used", f)
		}
	}
}

// office is where the sample organisation has its clocks: two hours east.
var office = time.FixedZone("EET", 2*60*60)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, office) }

// terminal renders the one table that it is given.
func terminal(t testing.TB, table Table, opts Options) string {
	t.Helper()
	var b strings.Builder
	if err := WriteTerminal(&b, Document{Screen: []Table{table}}, opts); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func markdownOf(t testing.TB, table Table) string {
	t.Helper()
	var b strings.Builder
	if err := WriteMarkdown(&b, Document{Screen: []Table{table}}, Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func csvOf(t testing.TB, table Table) string {
	t.Helper()
	var b strings.Builder
	if err := WriteCSV(&b, table); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func jsonOf(t testing.TB, doc Document) string {
	t.Helper()
	var b strings.Builder
	if err := WriteJSON(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
