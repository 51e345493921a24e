package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"io"
	"iter"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteCSV writes one table as RFC 4180 with lines that end in LF: a line of
// column ids and units, then one line for each row.
func WriteCSV(w io.Writer, t Table) error {
	t, err := t.checked()
	if err != nil {
		return err
	}
	c := newCSV(w)
	c.table(t)
	return c.w.Flush()
}

// StreamCSV writes rows as [WriteCSV] writes those of a table, one by one, for
// tables too long to be held at once.
func StreamCSV(w io.Writer, columns []Column, rows iter.Seq[[]Cell]) error {
	t, err := Table{ID: "rows", Columns: columns}.checked()
	if err != nil {
		return err
	}
	c := newCSV(w)
	c.table(t)
	for row := range rows {
		c.row(t.Columns, row)
	}
	return c.w.Flush()
}

// WriteCSVAll writes every table of doc. Before each stands a line
// "# id: title", after it a line "# note: …" for each of its notes, those of
// cells included, and between two tables an empty line. What is to be said of
// the report as a whole comes first, in such lines too. No row begins with #.
func WriteCSVAll(w io.Writer, doc Document) error {
	tables, err := checkedAll(doc.Tables)
	if err != nil {
		return err
	}
	c := newCSV(w)
	above := doc.about()
	for _, note := range above {
		c.comment("note: " + note)
	}
	for i, t := range tables {
		if i > 0 || len(above) > 0 {
			c.w.WriteByte('\n')
		}
		c.comment(t.ID + ": " + t.Title)
		c.table(t)
		for _, note := range t.allNotes() {
			c.comment("note: " + note)
		}
	}
	return c.w.Flush()
}

// NotesTable returns all that is said about doc's tables as a table of its own,
// for formats in which a table has no place for words: why a table is empty,
// its notes and those of its cells. What is said of the report as a whole comes
// first, and belongs to no table.
func (d Document) NotesTable() (Table, error) {
	out := Table{ID: "notes", Title: "Notes", Columns: []Column{{ID: "table", Title: "Table"}, {ID: "note", Title: "Note"}}}
	for _, note := range d.about() {
		out.Rows = append(out.Rows, []Cell{Blank(), Words(note)})
	}
	tables, err := checkedAll(d.Tables)
	for _, t := range tables {
		for _, note := range t.allNotes() {
			out.Rows = append(out.Rows, []Cell{Words(t.ID), Words(note)})
		}
	}
	return out, err
}

// about is what is said of the report as a whole.
func (d Document) about() []string {
	return cleanAll(slices.Concat(d.lacks(len(d.Incomplete)), d.Notes), Clean)
}

type csvWriter struct {
	w      *bufio.Writer
	line   bytes.Buffer
	record *csv.Writer // into line
	fields []string    // of the row at hand
}

func newCSV(w io.Writer) *csvWriter {
	c := &csvWriter{w: bufio.NewWriter(w)}
	c.record = csv.NewWriter(&c.line)
	return c
}

func (c *csvWriter) table(t Table) {
	var heads []string
	for _, col := range t.Columns {
		heads = append(heads, col.headings()...)
	}
	c.write(heads)
	for _, row := range t.Rows {
		c.row(t.Columns, row)
	}
}

func (c *csvWriter) row(columns []Column, row []Cell) {
	c.fields = c.fields[:0]
	for j, col := range columns {
		c.fields = at(row, j).csv(c.fields, col)
	}
	c.write(c.fields)
}

// write writes one record. A record that looks like a comment or like an empty
// line to a reader gets quotes, which encoding/csv does not give it.
func (c *csvWriter) write(fields []string) {
	if len(fields) == 0 {
		return
	}
	c.line.Reset()
	c.record.Write(fields) // the line grows in memory: no errors
	c.record.Flush()
	line := c.line.Bytes()
	switch {
	case line[0] == '\n':
		line = []byte("\"\"\n")
	case line[0] == '#':
		end := bytes.IndexAny(line, ",\n")
		c.w.WriteString(`"` + string(line[:end]) + `"`)
		line = line[end:]
	}
	c.w.Write(line)
}

// formulaAfterComma finds what a spreadsheet would take for a formula in a line
// that it splits without being asked.
var formulaAfterComma = regexp.MustCompile(`([,;]\s*)([=+\-@＝＋－＠])`)

// comment writes a line that stays one line, and harmless, in whatever reads it
// as CSV.
func (c *csvWriter) comment(text string) {
	text = strings.ReplaceAll(text, `"`, `'`)
	c.w.WriteString("# " + formulaAfterComma.ReplaceAllString(text, "$1'$2") + "\n")
}

// csv appends the cell's fields.
func (c Cell) csv(fields []string, col Column) []string {
	value := ""
	switch c.form {
	case words:
		value = neutral(c.text)
	case count:
		value = strconv.Itoa(c.n)
	case number, measure:
		value = plain(c.num)
	case moment:
		value = c.stamp(col)
	}
	if fields = append(fields, value); !col.measured() {
		return fields
	}
	if c.form == measure {
		return append(fields, strconv.Itoa(c.n), plain(c.extra.low), plain(c.extra.high), neutral(c.text))
	}
	return append(fields, "", "", "", "")
}

// neutral keeps a spreadsheet from reading text as a formula.
func neutral(text string) string {
	r, _ := utf8.DecodeRuneInString(text)
	if strings.ContainsRune("=+-@\t\r＝＋－＠", r) && text != "" {
		return "'" + text
	}
	return text
}
