package table

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// arbitrary makes a table of n rows out of the given texts. When soft, every
// column may be shortened and left out.
func arbitrary(r *rand.Rand, texts []string, n int, soft bool) Table {
	text := func() string { return texts[r.IntN(len(texts))] }
	t := Table{ID: "t", Title: text(), Empty: text()}
	for i := range 1 + r.IntN(6) {
		c := Column{ID: "c" + strconv.Itoa(i), Title: text(), Unit: text(), Kind: Kind(r.IntN(5)), Digits: r.IntN(4),
			Measure: r.IntN(3) == 0, Interval: r.IntN(3) == 0, Drop: r.IntN(3), Shrink: r.IntN(2) == 0}
		if soft {
			c.Kind, c.Shrink, c.Drop = Text, true, 1+r.IntN(3)
		}
		t.Columns = append(t.Columns, c)
	}
	for range n {
		var row []Cell
		for range r.IntN(len(t.Columns) + 1) {
			v := Value{Value: r.NormFloat64() * 1000, N: r.IntN(100), Low: r.NormFloat64(), High: r.Float64() * 1e6, Why: text()}
			if r.IntN(3) == 0 {
				v.Value = none
			}
			if r.IntN(3) == 0 {
				v.High = none
			}
			var c Cell
			switch r.IntN(8) {
			case 0, 1:
				c = Words(text())
			case 2:
				c = Link(text(), "https://tracker.example/"+text())
			case 3:
				c = Count(r.IntN(1e6) - 1000)
			case 4:
				c = Num(v.Value)
			case 5:
				c = Measure(v)
			case 6:
				c = cantTell(text())
			case 7:
				c = At(time.Unix(r.Int64N(4e9), 0))
			}
			for range r.IntN(8) / 6 * r.IntN(3) {
				c = c.Note(text())
			}
			row = append(row, c)
		}
		t.Rows = append(t.Rows, row)
	}
	for range r.IntN(3) {
		t.Notes = append(t.Notes, text())
	}
	return t
}

func FuzzRender(f *testing.F) {
	for i, s := range hostile {
		f.Add(s, hostile[(i+7)%len(hostile)], uint64(i), uint8(i%5), uint8(16+3*i))
	}
	f.Add("a", "b", uint64(1), uint8(200), uint8(80))
	f.Fuzz(func(t *testing.T, a, b string, seed uint64, rows, width uint8) {
		r := rand.New(rand.NewPCG(seed, 1))
		texts := []string{a, b, a + b, "x", hostile[seed%uint64(len(hostile))]}
		for _, soft := range []bool{false, true} {
			table := arbitrary(r, texts, int(rows), soft)
			checkTerminal(t, table, 16+int(width), soft)
			checkMarkdown(t, table)
			checkCSV(t, table)
			checkJSON(t, table)
		}
	})
}

func checkTerminal(t *testing.T, table Table, n int, soft bool) {
	got := terminal(t, table, Options{Width: n})
	mustBeSafe(t, got)
	lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
	for _, l := range lines {
		if strings.HasSuffix(l, " ") {
			t.Fatalf("space at the end of %q", l)
		}
		if w := twwidth.WidthWithOptions(l, twwidth.Options{}); soft && w > n {
			t.Fatalf("%d columns of %d are taken by %q in\n%s", w, n, l, got)
		}
	}
	if len(table.Rows) == 0 {
		return
	}
	// The rule is the first line that is one, as long as nothing above it is.
	rule := slices.IndexFunc(lines, func(l string) bool { return strings.Trim(l, "─") == "" })
	if strings.Contains(table.Title+table.Columns[0].Title, "─") {
		return
	}
	if rule < 0 {
		t.Fatalf("no rule in\n%s", got)
	}
	body := lines[rule+1:]
	if len(body) < len(table.Rows) {
		t.Fatalf("%d rows became\n%s", len(table.Rows), got)
	}
	for i, l := range body[:len(table.Rows)] {
		if l == "" {
			t.Fatalf("row %d is empty in\n%s", i+1, got)
		}
	}
	if again := terminal(t, table, Options{Width: n}); again != got {
		t.Fatal("a second rendering is different")
	}
	color := terminal(t, table, Options{Width: n, Color: true})
	for _, s := range []style{bold, dim, reset} {
		color = strings.ReplaceAll(color, string(s), "")
	}
	if color != got {
		t.Fatalf("with the colours gone\n%s\nis not\n%s", color, got)
	}
}

// pipeRows splits the pipe table in s into its cells, as GitHub does: at every
// pipe without a backslash that is not itself escaped.
func pipeRows(s string) [][]string {
	var rows [][]string
	for l := range strings.SplitSeq(s, "\n") {
		if !strings.HasPrefix(l, "|") {
			continue
		}
		var cells []string
		start := 1
		for i := 1; i < len(l); i++ {
			switch l[i] {
			case '\\':
				i++
			case '|':
				cells = append(cells, strings.TrimSpace(l[start:i]))
				start = i + 1
			}
		}
		rows = append(rows, cells)
	}
	return rows
}

// unescaped is what a reader of Markdown sees.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", apart, "").Replace(b.String())
}

func checkMarkdown(t *testing.T, table Table) {
	got := markdownOf(t, table)
	mustBeSafe(t, got)
	if strings.ContainsAny(got, "<>") {
		t.Fatalf("a tag could be in\n%s", got)
	}
	if len(table.Rows) == 0 {
		return
	}
	rows := pipeRows(got)
	if len(rows) != len(table.Rows)+2 {
		t.Fatalf("%d rows became %d lines in\n%s", len(table.Rows), len(rows), got)
	}
	for i, row := range rows {
		if len(row) != len(table.Columns) {
			t.Fatalf("%d cells of %d in line %d of\n%s", len(row), len(table.Columns), i+1, got)
		}
		if i < 2 {
			continue
		}
		for j, c := range table.Columns {
			cell := at(table.Rows[i-2], j)
			if cell.form != words {
				continue
			}
			want := cell.text
			if cell.extra != nil && cell.extra.url != "" {
				want = "[" + want + "](" + cell.extra.url + ")"
			}
			if text := unescaped(row[j]); !strings.HasPrefix(text, want) {
				t.Fatalf("column %s of row %d reads %q, want %q", c.ID, i-1, text, want)
			}
		}
	}
}

func checkCSV(t *testing.T, table Table) {
	got := csvOf(t, table)
	mustBeSafe(t, got)
	r := csv.NewReader(strings.NewReader(got))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != len(table.Rows)+1 {
		t.Fatalf("%d rows became %d, %v:\n%s", len(table.Rows), len(rows)-1, err, got)
	}
	for i, row := range rows[1:] {
		k := 0
		for j, c := range table.Columns {
			cell := at(table.Rows[i], j)
			if cell.form == words && strings.TrimPrefix(row[k], "'") != strings.TrimPrefix(cell.text, "'") {
				t.Fatalf("%q became %q", cell.text, row[k])
			}
			k += len(c.fields())
		}
		for _, field := range row {
			if _, err := strconv.ParseFloat(field, 64); err == nil || field == "" {
				continue
			}
			if first, _ := utf8.DecodeRuneInString(field); strings.ContainsRune("=+-@＝＋－＠", first) {
				t.Fatalf("%q is a formula", field)
			}
		}
	}
	var b strings.Builder
	second := table
	second.ID = "u"
	if err := WriteCSVAll(&b, Document{Tables: []Table{table, second}}); err != nil {
		t.Fatal(err)
	}
	mustBeSafe(t, b.String())
	r = csv.NewReader(strings.NewReader(b.String()))
	r.Comment = '#'
	if rows, err := r.ReadAll(); err != nil || len(rows) != 2*len(table.Rows)+2 {
		t.Fatalf("twice %d rows became %d, %v:\n%s", len(table.Rows), len(rows)-2, err, b.String())
	}
}

func checkJSON(t *testing.T, table Table) {
	got := jsonOf(t, Document{Organisation: table.Title, Fingerprints: map[string]string{table.Empty: table.Title}, Tables: []Table{table}})
	mustBeSafe(t, got)
	if strings.ContainsAny(got, "<>&") {
		t.Fatalf("a web page could trip over\n%s", got)
	}
	var doc struct {
		Schema string
		Tables []struct {
			ID    string
			Rows  []map[string]any
			Notes []string
		}
		Signals []any
	}
	if err := json.Unmarshal([]byte(got), &doc); err != nil {
		t.Fatalf("%v:\n%s", err, got)
	}
	out := doc.Tables[0]
	if len(out.Rows) != len(table.Rows) || out.Notes == nil || doc.Signals == nil {
		t.Fatalf("%d rows became %d:\n%s", len(table.Rows), len(out.Rows), got)
	}
	for i, row := range out.Rows {
		if len(row) != len(table.Columns) {
			t.Fatalf("row %d has %d keys for %d columns", i+1, len(row), len(table.Columns))
		}
		for j, c := range table.Columns {
			cell := at(table.Rows[i], j)
			if cell.form == words && row[c.ID] != cell.text {
				t.Fatalf("%q became %q", cell.text, row[c.ID])
			}
			if five, ok := row[c.ID].(map[string]any); ok != cell.estimate() || ok && len(five) != 5 {
				t.Fatalf("%+v became %v", cell, row[c.ID])
			}
		}
	}
}

// TestHostileTextIsHarmless puts every hostile text everywhere at once.
func TestHostileTextIsHarmless(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 150 {
		n, width, soft := r.IntN(40), 16+r.IntN(200), r.IntN(2) == 0
		table := arbitrary(r, hostile, n, soft)
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			checkTerminal(t, table, width, soft)
			checkMarkdown(t, table)
			checkCSV(t, table)
			checkJSON(t, table)
		})
	}
}
