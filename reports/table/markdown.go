package table

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// maxPad is the widest cell that the others of its column are padded to in the
// source. One long title must not widen every row.
const maxPad = 40

// WriteMarkdown writes what people see of doc as GitHub-flavoured Markdown:
// a heading, a pipe table and a list of notes for each table.
func WriteMarkdown(w io.Writer, doc Document, opts Options) error {
	d, err := doc.shown(opts.All)
	if err != nil {
		return err
	}
	m := markdown{w: bufio.NewWriter(w), opts: opts}
	m.paragraphs(d.head)
	if err := m.tables(d.screen); err != nil {
		return err
	}
	m.paragraphs(d.foot)
	if err := m.tables(d.rest); err != nil {
		return err
	}
	return m.w.Flush()
}

func (m *markdown) tables(tables []Table) error {
	for _, t := range tables {
		if err := m.table(t); err != nil {
			return fmt.Errorf("table %s: %w", t.ID, err)
		}
	}
	return nil
}

type markdown struct {
	w     *bufio.Writer
	opts  Options
	begun bool
}

// block begins a new block with a line.
func (m *markdown) block(line string) {
	if m.begun {
		m.w.WriteByte('\n')
	}
	m.begun = true
	m.w.WriteString(line)
	m.w.WriteByte('\n')
}

func (m *markdown) paragraphs(lines []string) {
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			m.block(escape(l))
		}
	}
}

func (m *markdown) table(t Table) error {
	if t.Title != "" {
		m.block("## " + escape(t.Title))
	}
	var marks marks
	if len(t.Rows) == 0 {
		m.block(escape(t.nothing()))
	} else if err := m.grid(t, &marks); err != nil {
		return err
	}
	begun := false
	item := func(text string) {
		if !begun {
			m.w.WriteByte('\n')
			begun = true
		}
		m.w.WriteString("- " + text + "\n")
	}
	for i, text := range marks.texts {
		item(superscript(i+1) + " " + escape(text))
	}
	for _, text := range t.Notes {
		item(escape(text))
	}
	return nil
}

// grid writes a pipe table through tablewriter. Its streaming mode is used
// because that takes widths from us and lets longer cells run over them.
func (m *markdown) grid(t Table, marks *marks) error {
	heads := make([]string, len(t.Columns))
	aligns := make([]tw.Align, len(t.Columns))
	widest := make([]int, len(t.Columns))
	for j, c := range t.Columns {
		heads[j] = escape(c.heading())
		widest[j] = min(width(heads[j]), maxPad)
		aligns[j] = tw.AlignLeft
		if c.right() {
			aligns[j] = tw.AlignRight
		}
	}
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = make([]string, len(t.Columns))
		for j, c := range t.Columns {
			rows[i][j] = m.cell(at(row, j), c, marks)
			if n := width(rows[i][j]); n <= maxPad {
				widest[j] = max(widest[j], n)
			}
		}
	}
	widths := tw.NewMapper[int, int]()
	for j, n := range widest {
		widths.Set(j, n+2)
	}
	if m.begun {
		m.w.WriteByte('\n')
	}
	m.begun = true
	alignment := tw.CellAlignment{PerColumn: aligns}
	fixWidths()
	g := tablewriter.NewTable(m.w,
		tablewriter.WithRenderer(renderer.NewMarkdown()),
		tablewriter.WithStreaming(tw.StreamConfig{Enable: true, StrictColumns: true}),
		tablewriter.WithColumnWidths(widths),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAlignmentConfig(alignment),
		tablewriter.WithRowAlignmentConfig(alignment),
	)
	if err := g.Start(); err != nil {
		return err
	}
	g.Header(heads)
	for _, row := range rows {
		if err := g.Append(row); err != nil {
			return err
		}
	}
	return g.Close()
}

func (m *markdown) cell(c Cell, col Column, marks *marks) string {
	text, interval := c.people(col, m.opts.Zone)
	if c.form == words {
		text = escape(text)
	}
	if c.extra != nil && c.extra.url != "" {
		text = "[" + text + "](" + c.extra.url + ")"
	}
	if interval != "" {
		text += " " + interval
	}
	if mark := marks.of(c.footnotes(col)); mark != "" {
		text += " " + mark
	}
	return text
}

// apart is a space of no width. It shows in the source, and to readers it does
// not.
const apart = "&#8203;"

// escape makes text plain in Markdown, in a table or at the start of a line. It
// stands on one line already: cells are cleaned when they are made. Angle
// brackets become entities, since not every Markdown knows "\<".
//
// Names after @ and bare addresses are taken apart: a report that is pasted must
// not call for a person, nor lead to where a title says; the tracker's own links
// are there. GitHub, GitLab and others look for names in what the escapes have
// become, so that neither a backslash nor an entity in place of the @ would do.
func escape(text string) string {
	lead := leading(text)
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '&' && i+1 < len(text) && text[i+1] != ' ':
			b.WriteString("&amp;")
		case i == lead || strings.IndexByte("\\|`*_[]#~", c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '@' && i+1 < len(text) && text[i+1] != ' ', c == ':' && strings.HasPrefix(text[i+1:], "//"):
			b.WriteByte(c)
			b.WriteString(apart)
		case c == '.' && i >= 3 && strings.EqualFold(text[i-3:i], "www"):
			b.WriteString(apart)
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// leading is the place of the character by which text could begin a list, a
// rule or a heading's underline, or -1.
func leading(text string) int {
	digits := 0
	for digits < len(text) && text[digits] >= '0' && text[digits] <= '9' {
		digits++
	}
	switch {
	case digits == len(text):
		return -1
	case digits == 0 && strings.IndexByte("-+=:", text[0]) >= 0:
		return 0
	case digits > 0 && (text[digits] == '.' || text[digits] == ')'):
		return digits
	}
	return -1
}
