package table

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

const (
	defaultWidth = 100
	gap          = 2  // between columns
	minShrink    = 16 // how far the texts of a Shrink column give way
	minHead      = 6  // how far the head of one of numbers does
)

// WriteTerminal writes what people see of doc as plain aligned text of at most
// opts.Width columns.
//
// A table that is too wide first shortens the texts of its Shrink columns, down
// to 16 columns or to Least (heads above numbers, down to 6), and then leaves out columns by descending Drop; both are said
// below it. Before a column is left out, the heads are tried on two lines. A
// table that still does not fit runs over the edge: rows and the
// columns that must stay are never lost.
func WriteTerminal(w io.Writer, doc Document, opts Options) error {
	d, err := doc.shown(opts.All)
	if err != nil {
		return err
	}
	s := screen{w: bufio.NewWriter(w), width: opts.Width, opts: opts}
	if s.width <= 0 {
		s.width = defaultWidth
	}
	s.lines(d.head)
	if err := s.tables(d.screen); err != nil {
		return err
	}
	if len(d.foot) > 0 {
		s.apart()
	}
	s.lines(d.foot)
	if err := s.tables(d.rest); err != nil {
		return err
	}
	return s.w.Flush()
}

func (s *screen) tables(tables []Table) error {
	for _, t := range tables {
		s.apart()
		if err := s.table(t); err != nil {
			return fmt.Errorf("table %s: %w", t.ID, err)
		}
	}
	return nil
}

type screen struct {
	w     *bufio.Writer // its first error stays, and Flush returns it
	width int
	opts  Options
	begun bool
}

type style string

const (
	normal style = ""
	bold   style = "\x1b[1m"
	dim    style = "\x1b[2m"
	reset        = "\x1b[0m"
)

func (s *screen) paint(how style, text string) string {
	if !s.opts.Color || how == normal || text == "" {
		return text
	}
	return string(how) + text + reset
}

func (s *screen) line(how style, text string) {
	s.w.WriteString(s.paint(how, text))
	s.w.WriteByte('\n')
	s.begun = true
}

// apart leaves an empty line between two parts.
func (s *screen) apart() {
	if s.begun {
		s.w.WriteByte('\n')
	}
}

// lines writes the document's own lines. What must be wrapped goes on under
// where it began or, where a wide gap splits a line in two, under the second
// part.
func (s *screen) lines(lines []string) {
	for _, l := range lines {
		text := strings.TrimLeft(l, " ")
		indent := pad(min(len(l)-len(text), s.width/2))
		rest := indent
		if at := strings.Index(text, "  "); at > 0 {
			second := strings.TrimLeft(text[at:], " ")
			rest = pad(min(width(indent)+width(text[:len(text)-len(second)]), s.width/2))
		}
		s.wrapped(normal, indent, rest, text)
	}
}

// wrapped writes text, its first line behind first and the others behind rest.
func (s *screen) wrapped(how style, first, rest, text string) {
	for i, l := range wrap(narrow(text), s.width-width(first), s.width-width(rest)) {
		if i > 0 {
			first = rest
		}
		s.line(how, strings.TrimRight(first+l, " "))
	}
}

func (s *screen) table(t Table) error {
	if t.Title != "" {
		s.wrapped(bold, "", "", t.Title)
	}
	if len(t.Rows) == 0 {
		s.wrapped(normal, "", "", t.nothing())
		s.notes(nil, t.Notes)
		return nil
	}
	l := newLayout(t, s.opts.Zone)
	l.fit(s.width)
	if err := s.grid(l); err != nil {
		return err
	}
	s.notes(l.marks.texts, append(slices.Clip(t.Notes), l.losses(s.width)...))
	return nil
}

// notes writes the footnotes and what else is said below a table.
func (s *screen) notes(footnotes, notes []string) {
	for i, text := range footnotes {
		mark := "  " + superscript(i+1) + " "
		s.wrapped(dim, mark, pad(width(mark)), text)
	}
	for _, text := range notes {
		s.wrapped(dim, "  ", "    ", text)
	}
}

// grid writes heads, rule and rows through tablewriter.
func (s *screen) grid(l *layout) error {
	heads := make([]string, len(l.kept))
	aligns := make([]tw.Align, len(l.kept))
	for i, j := range l.kept {
		heads[i] = l.drawHead(j)
		aligns[i] = tw.AlignLeft
		if l.cols[j].right {
			aligns[i] = tw.AlignRight
		}
	}
	alignment := tw.CellAlignment{PerColumn: aligns}
	fixWidths()
	t := tablewriter.NewTable(&gridWriter{screen: s, rule: l.lines},
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders: tw.BorderNone,
			Symbols: tw.NewSymbolCustom("rule").WithColumn(pad(gap)).
				WithRow("─").WithCenter(strings.Repeat("─", gap)),
			Settings: tw.Settings{
				Separators: tw.Separators{BetweenColumns: tw.On, BetweenRows: tw.Off},
				Lines:      tw.Lines{ShowTop: tw.Off, ShowHeaderLine: tw.On, ShowBottom: tw.Off},
			},
		})),
		tablewriter.WithPadding(tw.PaddingNone),
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAlignmentConfig(alignment),
		tablewriter.WithRowAlignmentConfig(alignment),
	)
	t.Header(heads)
	for _, row := range l.rows {
		line := make([]string, len(l.kept))
		for i, j := range l.kept {
			line[i] = l.draw(j, row[j], s)
		}
		if err := t.Append(line); err != nil {
			return err
		}
	}
	return t.Render()
}

// gridWriter receives a grid and hands it on without space at the ends of lines. tablewriter ignores errors of its writer; the
// screen's writer remembers them.
type gridWriter struct {
	screen *screen
	part   []byte // a line that is not complete yet
	n      int    // lines so far
	rule   int    // which of them is the rule
}

func (g *gridWriter) Write(p []byte) (int, error) {
	size := len(p)
	for {
		end := bytes.IndexByte(p, '\n')
		if end < 0 {
			g.part = append(g.part, p...)
			return size, nil
		}
		how := normal
		if g.n == g.rule {
			how = dim
		}
		g.screen.line(how, strings.TrimRight(string(g.part)+string(p[:end]), " "))
		g.part, p = g.part[:0], p[end+1:]
		g.n++
	}
}

// fixWidths makes tablewriter measure text alike everywhere. Left alone it
// looks at the locale and at the terminal's name, and the same report would
// come out differently on two machines.
func fixWidths() { twwidth.SetOptions(twwidth.Options{}) }

// width is the number of terminal columns that s takes, counted as tablewriter
// counts.
func width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return twwidth.WidthWithOptions(s, twwidth.Options{})
}

// narrow replaces what terminals do not agree on how wide it is: the choice
// between the two looks of a character and the skin tones go, flags become
// their two letters.
func narrow(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xfe00 && r <= 0xfe0f, r >= 0x1f3fb && r <= 0x1f3ff:
			return -1
		case r >= 0x1f1e6 && r <= 0x1f1ff:
			return r - 0x1f1e6 + 'A'
		}
		return r
	}, s)
}

// shorten cuts s to at most n columns, the last one an ellipsis.
func shorten(s string, n int) string {
	if width(s) <= n {
		return s
	}
	head, _ := split(s, n-1)
	return strings.TrimRight(head, " ") + "…"
}

// split cuts s before the character that would pass column n.
func split(s string, n int) (head, tail string) {
	used := 0
	for i, r := range s {
		used += width(string(r))
		if used > n {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// wrap breaks text into lines of at most n columns, the first of at most first,
// between words where it can.
func wrap(text string, first, n int) []string {
	var lines []string
	for room := first; ; room = n {
		head, tail := split(text, max(room, 2)) // no character is wider
		if tail == "" {
			return append(lines, text)
		}
		if at := strings.LastIndexByte(head, ' '); at > 0 && tail[0] != ' ' {
			head, tail = text[:at], text[at:]
		}
		lines = append(lines, strings.TrimRight(head, " "))
		text = strings.TrimLeft(tail, " ")
	}
}
