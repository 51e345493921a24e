package table

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/olekukonko/tablewriter/pkg/twwidth"
)

// writers are all the ways out of the package.
func writers(doc Document) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{
		"terminal": func(w io.Writer) error { return WriteTerminal(w, doc, Options{}) },
		"markdown": func(w io.Writer) error { return WriteMarkdown(w, doc, Options{}) },
		"csv":      func(w io.Writer) error { return WriteCSVAll(w, doc) },
		"json":     func(w io.Writer) error { return WriteJSON(w, doc) },
	}
}

func TestNarrowTerminalDropsInOrder(t *testing.T) {
	wide := Table{ID: "t", Title: "T", Rows: [][]Cell{{}}}
	for i, drop := range []int{0, 2, 1, 2, 3, 0} {
		wide.Columns = append(wide.Columns, Column{ID: fmt.Sprintf("c%d", i), Title: fmt.Sprintf("Column%d", i), Drop: drop})
		wide.Rows[0] = append(wide.Rows[0], Words("12345678"))
	}
	for _, c := range []struct {
		width int
		left  string
		out   string
	}{
		{58, "Column0 Column1 Column2 Column3 Column4 Column5", ""},
		{57, "Column0 Column1 Column2 Column3 Column5", "Column4"},
		{48, "Column0 Column1 Column2 Column3 Column5", "Column4"},
		{47, "Column0 Column1 Column2 Column5", "Column3, Column4"},
		{37, "Column0 Column2 Column5", "Column1, Column3, Column4"},
		{27, "Column0 Column5", "Column1, Column2, Column3, Column4"},
		{17, "Column0 Column5", "Column1, Column2, Column3, Column4"}, // too wide, and stays
	} {
		got := terminal(t, wide, Options{Width: c.width})
		lines := strings.Split(got, "\n")
		if left := strings.Join(strings.Fields(lines[1]), " "); left != c.left {
			t.Errorf("at %d columns the head is %q, want %q", c.width, left, c.left)
		}
		says := ""
		if c.out != "" {
			says = fmt.Sprintf("left out at %d columns: %s (a wider terminal, markdown, csv and json have them)", c.width, c.out)
		}
		if below := strings.Join(strings.Fields(strings.Join(lines[4:], " ")), " "); below != says {
			t.Errorf("at %d columns it says %q, want %q", c.width, below, says)
		}
	}
}

func TestNarrowTerminalShortensBeforeItDrops(t *testing.T) {
	table := Table{ID: "t", Columns: []Column{
		{ID: "key", Title: "Key"},
		{ID: "title", Title: "Title of the item", Shrink: true},
		{ID: "epic", Title: "Epic", Shrink: true, Drop: 1},
		{ID: "age", Title: "Age", Kind: Whole, Shrink: true}, // the head could be, numbers are never cut
	}, Rows: [][]Cell{
		{Words("PAY-1"), Words(strings.Repeat("long title ", 5)), Words("Payments of the year 2026").Note("n"), Count(123456)},
	}}
	at := func(n int) []string { return strings.Split(terminal(t, table, Options{Width: n}), "\n") }
	whole := at(120)
	if strings.Contains(strings.Join(whole, ""), "…") || strings.Contains(strings.Join(whole, ""), "shortened") {
		t.Errorf("something is short on a wide terminal:\n%s", strings.Join(whole, "\n"))
	}
	got := strings.Join(at(60), "\n")
	for _, s := range []string{"long title", "… ", "¹", "123,456", "shortened at 60 columns: Title of the item, Epic"} {
		if !strings.Contains(got, s) {
			t.Errorf("%q is not in\n%s", s, got)
		}
	}
	if strings.Contains(got, "left out") {
		t.Errorf("a column was left out too early:\n%s", got)
	}
	// 5 + 16 + 16 + 7 and three gaps are the least.
	if got := strings.Join(at(50), "\n"); strings.Contains(got, "left out") || !strings.Contains(got, "Payments of t… ¹") {
		t.Errorf("at 50 columns both texts should take 16:\n%s", got)
	}
	if got := strings.Join(at(49), "\n"); !strings.Contains(got, "left out at 49 columns: Epic") || strings.Contains(got, "¹") {
		t.Errorf("at 49 columns Epic and its footnote should go:\n%s", got)
	}
}

func TestTerminalAlignsNumbers(t *testing.T) {
	table := Table{ID: "t", Columns: []Column{
		{ID: "a", Title: "A"}, {ID: "b", Title: "Wide head", Unit: "d", Kind: Number, Digits: 1, Interval: true}, {ID: "c", Title: "C", Kind: Whole},
	}, Rows: [][]Cell{
		{Words("x"), Measure(Value{Value: 6.2, Low: 5.1, High: 7.9}), Count(7)},
		{Words("漢字"), Measure(Value{Value: 112.5, Low: 10, High: 214.4}).Note("n"), Count(1234).Note("m")},
		{Words("e\u0301"), cantTell("why"), Blank()},
		{Words("🇩🇪 👍🏽⚠\ufe0f"), Measure(Value{Value: 1, Low: none, High: none, Why: "none"}), Count(12)},
	}}
	want := `A            Wide head (d)        C
─────────────────────────────────────
x         6.2 (5.1–7.9)           7
漢字    112.5 (10.0–214.4) ¹  1,234 ²
` + "e\u0301" + `               can't tell ³      –
DE 👍⚠    1.0 ⁴                  12
  ¹ n
  ² m
  ³ why
  ⁴ none
`
	got := terminal(t, table, Options{})
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A cell may have decimals of its own, for people; programs get all of them.
func TestDecimalsOfACell(t *testing.T) {
	table := Table{ID: "t", Columns: []Column{{ID: "a", Title: "A", Kind: Number, Interval: true}}, Rows: [][]Cell{
		{Measure(Value{Value: 2.25, Low: 1.06, High: 3}).Decimals(1).Note("n")}, {Num(41).Decimals(1)}, {Num(41.26)}, {Blank().Decimals(1)},
	}}
	got := terminal(t, table, Options{})
	for _, want := range []string{"2.2 (1.1–3.0) ¹", "41.0", "  41\n", "–"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if got := csvOf(t, table); !strings.Contains(got, "2.25,0,1.06,3,") || !strings.Contains(got, "41.26") {
		t.Errorf("got\n%s", got)
	}
}

func TestTerminalIsTheSameInEveryLocale(t *testing.T) {
	doc := sample()
	render := func() string {
		var b bytes.Buffer
		if err := errors.Join(WriteTerminal(&b, doc, Options{All: true}), WriteMarkdown(&b, doc, Options{All: true})); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	want := render()
	twwidth.SetEastAsian(true) // what tablewriter does by itself under LANG=ja_JP
	if render() != want {
		t.Error("the locale shows")
	}
}

func TestRenderersChangeNothingAndMayRunTogether(t *testing.T) {
	doc, before := sample(), sample()
	doc.Screen = slices.Clip(doc.Screen)
	var wg sync.WaitGroup
	for range 4 {
		for _, write := range writers(doc) {
			wg.Go(func() {
				if err := write(io.Discard); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
	a, b := jsonOf(t, doc), jsonOf(t, before)
	if a != b || !reflect.DeepEqual(doc.Head, before.Head) || !reflect.DeepEqual(doc.Screen[0].Columns, before.Screen[0].Columns) {
		t.Error("a renderer changed the document")
	}
}

// fullDisk takes n bytes.
type fullDisk struct{ n int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.n -= len(p); d.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrorsAreReturned(t *testing.T) {
	for name, write := range writers(sample()) {
		for _, n := range []int{0, 100} {
			if err := write(&fullDisk{n}); !errors.Is(err, errFull) {
				t.Errorf("%s on a disk of %d bytes: %v", name, n, err)
			}
		}
	}
	if err := WriteCSV(&fullDisk{}, sample().Tables[0]); !errors.Is(err, errFull) {
		t.Errorf("one table: %v", err)
	}
}

func TestEmptyTable(t *testing.T) {
	for _, c := range []struct{ empty, want string }{{"None is open.", "None is open."}, {"", "Nothing to show."}} {
		table := Table{ID: "t", Title: "Open items", Columns: []Column{{ID: "a", Title: "A"}}, Empty: c.empty, Notes: []string{"Since Monday."}}
		if got, want := terminal(t, table, Options{}), "Open items\n"+c.want+"\n  Since Monday.\n"; got != want {
			t.Errorf("terminal: %q, want %q", got, want)
		}
		if got, want := markdownOf(t, table), "## Open items\n\n"+c.want+"\n\n- Since Monday.\n"; got != want {
			t.Errorf("markdown: %q, want %q", got, want)
		}
		if got, want := csvOf(t, table), "a\n"; got != want {
			t.Errorf("csv: %q, want %q", got, want)
		}
	}
}

// People read the first five reasons and how many more there are; CSV has all.
func TestIncompleteReportSaysSoFirst(t *testing.T) {
	doc := Document{Head: []string{"Acme"}, Notes: []string{"quiet"}, Tables: []Table{{ID: "t", Columns: []Column{{ID: "a"}}}}}
	for i := range 7 {
		doc.Incomplete = append(doc.Incomplete, fmt.Sprintf("file %d\x1b", i))
	}
	for name, write := range writers(doc) {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		says := strings.Count(b.String(), "This report is incomplete: file ")
		more := strings.Contains(b.String(), "incomplete for 2 more reasons")
		switch {
		case name == "json" && !strings.Contains(b.String(), `"quiet"`), name != "json" && !strings.Contains(b.String(), "quiet"):
			t.Errorf("%s lacks the warning:\n%s", name, &b)
		case name == "csv" && (says != 7 || more), (name == "terminal" || name == "markdown") && (says != 5 || !more):
			t.Errorf("%s gives %d reasons:\n%s", name, says, &b)
		}
	}
	got, err := doc.NotesTable()
	if err != nil || len(got.Rows) != 8 || at(got.Rows[7], 1).text != "quiet" || at(got.Rows[0], 1).text != "This report is incomplete: file 0␛." {
		t.Errorf("notes %+v, %v", got.Rows, err)
	}
}

func TestMarkdownEscapes(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"a | b", `a \| b`},
		{`a \| b`, `a \\\| b`},
		{"`a` *b* _c_ [d](e) ~f~ #1", "\\`a\\` \\*b\\* \\_c\\_ \\[d\\](e) \\~f\\~ \\#1"},
		{"<script>", "&lt;script&gt;"},
		{"R & D, AT&T, &lt;", "R & D, AT&amp;T, &amp;lt;"},
		{"- a", `\- a`}, {"+ a", `\+ a`}, {"=== ", `\===`}, {": a", `\: a`},
		{"1. a", `1\. a`}, {"12) a", `12\) a`}, {"12 a", "12 a"}, {"12", "12"},
		{"ask @ana-gh, a@b.example @ 5", "ask @&#8203;ana-gh, a@&#8203;b.example @ 5"}, {"@team/shop @", "@&#8203;team/shop @"},
		{"see https://x.example HTTP://y", "see https:&#8203;//x.example HTTP:&#8203;//y"},
		{"www.x.example, Www.y, 9:30", "www&#8203;.x.example, Www&#8203;.y, 9:30"}, {"&#64;ana", `&amp;\#64;ana`},
		{"a\nb", "a␊b"}, {"a\r\n\r\nb", "a␍␊␍␊b"},
	} {
		table := Table{ID: "t", Columns: []Column{{ID: "a", Title: c.in}, {ID: "b", Title: "B"}}, Rows: [][]Cell{{Words(c.in), Link(c.in, "https://x.example/(a)|b")}}}
		rows := pipeRows(markdownOf(t, table))
		if len(rows) != 3 || len(rows[2]) != 2 {
			t.Fatalf("%q became the rows %q", c.in, rows)
		}
		if rows[0][0] != c.want || rows[2][0] != c.want {
			t.Errorf("%q became %q and %q, want %q", c.in, rows[0][0], rows[2][0], c.want)
		}
		if want := "[" + c.want + "](https://x.example/%28a%29%7Cb)"; rows[2][1] != want {
			t.Errorf("%q became the link %q, want %q", c.in, rows[2][1], want)
		}
	}
	head := Document{Head: []string{"# not a heading", "", "  1. not a list"}, Foot: []string{"| not | a table"}}
	var b strings.Builder
	if err := WriteMarkdown(&b, head, Options{}); err != nil {
		t.Fatal(err)
	}
	if want := "\\# not a heading\n\n1\\. not a list\n\n\\| not \\| a table\n"; b.String() != want {
		t.Errorf("the lines are %q, want %q", b.String(), want)
	}
}

func TestOneLongTitleDoesNotWidenMarkdown(t *testing.T) {
	table := Table{ID: "t", Columns: []Column{{ID: "a", Title: "A"}}}
	for range 100 {
		table.Rows = append(table.Rows, []Cell{Words("short")})
	}
	table.Rows[50][0] = Words(strings.Repeat("x", 2000))
	if got := markdownOf(t, table); len(got) > 5000 {
		t.Errorf("100 short rows and one of 2000 take %d bytes", len(got))
	}
}

func TestCSV(t *testing.T) {
	table := Table{ID: "t", Columns: []Column{
		{ID: "name"}, {ID: "x", Kind: Number, Digits: 1, Measure: true}, {ID: "y", Kind: Number}, {ID: "when", Kind: Instant}, {ID: "day", Kind: Date},
	}, Rows: [][]Cell{
		{Words("#1"), Measure(Value{Value: 1.0 / 3, N: 12345, Low: -1e-9, High: math.Inf(1), Why: "=why"}), Measure(Value{Value: 2.5, N: 3}), At(time.Date(2026, 1, 1, 0, 0, 0, 5e8, office)), At(day(2026, 1, 1))},
		{Words("=cmd()"), cantTell("+few"), cantTell("few")},
		{Words("a,\"b\""), Num(-1), Num(1e21), Blank(), Words("-")},
		{Count(-12345), Words("@x"), Count(5)},
		{},
	}}
	want := `name,x,x_n,x_low,x_high,x_why,y,when,day
"#1",0.3333333333333333,12345,-1e-09,,'=why,2.5,2025-12-31T22:00:00.5Z,2026-01-01
'=cmd(),,0,,,'+few,,,
"a,""b""",-1,,,,,1e+21,,'-
-12345,'@x,,,,,5,,
,,,,,,,,
`
	if got := csvOf(t, table); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestCSVKeepsRowsThatLookLikeNone(t *testing.T) {
	table := Table{ID: "t", Columns: []Column{{ID: "a"}}, Rows: [][]Cell{{Blank()}, {Words("#x")}, {Words("x")}, {Words("\\.")}}}
	r := csv.NewReader(strings.NewReader(csvOf(t, table)))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if want := [][]string{{"a"}, {""}, {"#x"}, {"x"}, {"\\."}}; err != nil || !reflect.DeepEqual(rows, want) {
		t.Errorf("read %q, %v; want %q", rows, err, want)
	}
}

func TestCSVCommentsAreHarmless(t *testing.T) {
	doc := Document{Tables: []Table{{ID: "t", Title: "a, =cmd(), \"b\n", Notes: []string{"x;@y,+z , -1"}}}}
	var b strings.Builder
	if err := WriteCSVAll(&b, doc); err != nil {
		t.Fatal(err)
	}
	if want := "# t: a, '=cmd(), 'b\n# note: x;'@y,'+z , '-1\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestJSONCells(t *testing.T) {
	cols := []Column{{ID: "zebra", Title: "Z"}, {ID: "apple", Title: "A", Unit: "d", Kind: Number, Digits: 1, Interval: true}, {ID: "day", Kind: Date}}
	doc := Document{Tables: []Table{{ID: "t", Title: "T", Columns: cols, Rows: [][]Cell{
		{Words("</script>"), Measure(Value{Value: 1.0 / 3, N: 2, Low: math.Inf(-1), High: none}), At(day(2026, 4, 1))},
		{cantTell(""), Num(1e300)},
		{Count(-3), Measure(Value{Value: none, Why: "few"})},
	}}}}
	var got struct {
		Tables []struct{ Rows []json.RawMessage }
	}
	if err := json.Unmarshal([]byte(jsonOf(t, doc)), &got); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`{"zebra":"\u003c/script\u003e","apple":{"value":0.3333333333333333,"n":2,"low":null,"high":null,"why":null},"day":"2026-04-01"}`,
		`{"zebra":{"value":null,"n":0,"low":null,"high":null,"why":null},"apple":1e+300,"day":null}`,
		`{"zebra":-3,"apple":{"value":null,"n":0,"low":null,"high":null,"why":"few"},"day":null}`,
	}
	for i, row := range got.Tables[0].Rows {
		var b bytes.Buffer
		if err := json.Compact(&b, row); err != nil {
			t.Fatal(err)
		}
		if b.String() != want[i] {
			t.Errorf("row %d is %s, want %s", i, b.String(), want[i])
		}
	}
}

func TestSharedNotesNameTheirPlaces(t *testing.T) {
	table := Table{ID: "t", Columns: []Column{{ID: "a", Title: "Team"}, {ID: "b", Title: "WIP"}}, Notes: []string{"of the table"}}
	for i := range 8 {
		table.Rows = append(table.Rows, []Cell{Words(fmt.Sprint("T", i)), Count(i).Note("shared")})
	}
	table.Rows[2][0] = table.Rows[2][0].Note("own")
	table.Rows[3][1] = cantTell("in the cell")
	got := table.allNotes()
	want := []string{"of the table", "T0, WIP; T1, WIP; T2, WIP; T4, WIP; T5, WIP and 2 more: shared", "T2, Team: own"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text     string
		first, n int
		want     string
	}{
		{"", 10, 10, ""},
		{"one two three", 13, 5, "one two three"},
		{"one two three", 7, 5, "one two|three"},
		{"one two three", 6, 20, "one|two three"},
		{"one  two", 4, 10, "one|two"},
		{"abcdefghij", 4, 4, "abcd|efgh|ij"},
		{"漢字漢字", 3, 3, "漢|字|漢|字"},
		{"漢字", 0, -5, "漢|字"},
		{"ab e\u0301e\u0301 c", 5, 5, "ab e\u0301e\u0301|c"},
	} {
		if got := strings.Join(wrap(c.text, c.first, c.n), "|"); got != c.want {
			t.Errorf("wrap(%q, %d, %d) = %q, want %q", c.text, c.first, c.n, got, c.want)
		}
	}
}
