package table

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// layout is how one table is spread over a terminal.
type layout struct {
	cols  []track
	rows  [][]drawn
	noted []place
	kept  []int // columns, in order
	lines int   // of heads: 1, or 2 where that saves a column
	cut   bool  // heads over numbers may be shortened, where two lines do not do
	last  bool  // no column is left that may be left out
	marks marks // of the kept columns
}

// track is one column on the screen. In a column against the right edge the
// parts of a cell stand below each other: numbers end together, intervals begin
// together, footnote marks begin together.
type track struct {
	column Column
	whole  []string // the head on one line
	halves []string // the head on two lines, where it has a place to break
	heads  []string // whole or halves
	right  bool
	text   int // widest text, of cells with a value where the column is right
	tail   int // widest interval
	loose  int // widest placeholder in a right column
	mark   int // widest footnote mark, with the space before it
	full   int // widest cell with its mark
	width  int
}

// drawn is one cell on the screen.
type drawn struct {
	text, tail, mark string
	missing          bool
}

// place is a cell that has footnotes.
type place struct {
	row, col int
	notes    []string
}

func newLayout(t Table, zone *time.Location) *layout {
	l := &layout{cols: make([]track, len(t.Columns)), rows: make([][]drawn, len(t.Rows))}
	for j, c := range t.Columns {
		head := narrow(c.heading())
		l.cols[j] = track{column: c, whole: []string{head}, halves: halve(head), right: c.right()}
		l.kept = append(l.kept, j)
	}
	all := make([]drawn, len(t.Rows)*len(t.Columns))
	for i, row := range t.Rows {
		l.rows[i] = all[i*len(l.cols) : (i+1)*len(l.cols)]
		for j := range l.cols {
			c, k := at(row, j), &l.cols[j]
			text, tail := c.people(k.column, zone)
			d := drawn{text: narrow(text), tail: tail, missing: c.Missing()}
			l.rows[i][j] = d
			if k.right && d.missing {
				k.loose = max(k.loose, width(d.text))
			} else {
				k.text = max(k.text, width(d.text))
			}
			k.tail = max(k.tail, width(tail))
			if notes := c.footnotes(k.column); len(notes) > 0 {
				l.noted = append(l.noted, place{i, j, notes})
			}
		}
	}
	return l
}

// fit decides on columns and widths for a terminal of n columns.
func (l *layout) fit(n int) {
	for {
		l.number()
		for _, squeeze := range []bool{false, true} {
			for lines := 1; lines <= 2; lines++ {
				if l.heads(lines); l.fits(n, squeeze) {
					return
				}
			}
		}
		if l.cut = true; l.fits(n, true) {
			return
		}
		l.cut = false
		drop := l.next()
		if drop < 0 {
			l.cut, l.last = true, true
			l.squeeze(n)
			return
		}
		l.kept = slices.DeleteFunc(l.kept, func(j int) bool { return j == drop })
	}
}

// fits sets the widths of the kept columns, and reports whether they fit: as they
// are, or with the texts of Shrink columns shortened.
func (l *layout) fits(n int, squeeze bool) bool {
	least, total := 0, 0
	for _, j := range l.kept {
		k := &l.cols[j]
		k.width = k.full
		for _, h := range k.heads {
			k.width = max(k.width, width(h))
		}
		total += k.width
		least += l.least(k, n)
	}
	if room := l.room(n); total <= room {
		return true
	} else if least > room || !squeeze {
		return false
	}
	l.squeeze(n)
	return true
}

// room is what the gaps between the kept columns leave of n.
func (l *layout) room(n int) int { return n - gap*(len(l.kept)-1) }

// heads puts the heads on so many lines.
func (l *layout) heads(lines int) {
	l.lines = 1
	for _, j := range l.kept {
		k := &l.cols[j]
		k.heads = k.whole
		if lines == 2 && len(k.halves) == 2 && width(k.whole[0]) > k.full {
			k.heads = k.halves
			l.lines = 2
		}
	}
}

// halve breaks a head at the space where its two lines become the least wide.
func halve(head string) []string {
	total := width(head)
	best, used := total, 0
	halves := []string{head}
	for i, r := range head {
		if w := max(used, total-used-1); r == ' ' && w < best {
			best = w
			halves = []string{head[:i], head[i+1:]}
		}
		used += width(string(r))
	}
	return halves
}

// number gives the footnotes of the kept columns their marks.
func (l *layout) number() {
	l.marks = marks{}
	for j := range l.cols {
		k := &l.cols[j]
		k.mark, k.full = 0, k.body()
	}
	for _, p := range l.noted {
		if !slices.Contains(l.kept, p.col) {
			continue
		}
		d, k := &l.rows[p.row][p.col], &l.cols[p.col]
		d.mark = " " + l.marks.of(p.notes)
		k.mark = max(k.mark, width(d.mark))
		if k.right { // marks have a place of their own there
			k.full = k.body() + k.mark
		} else {
			k.full = max(k.full, width(d.text)+width(d.mark))
		}
	}
}

// body is the width of the column's cells without their marks.
func (k *track) body() int {
	w := k.text
	if k.tail > 0 {
		w += 1 + k.tail
	}
	return max(w, k.loose)
}

// shrinks reports whether the column's texts may be shortened: all of them, or
// the head alone where the others are numbers.
func (l *layout) shrinks(k *track) bool {
	return k.column.Shrink && (k.column.Kind == Text || l.cut)
}

// least is how narrow the column can become on a terminal of n columns.
func (l *layout) least(k *track, n int) int {
	switch {
	case !l.shrinks(k):
		return k.width
	case k.column.Kind != Text:
		return min(k.width, max(k.full, minHead))
	}
	least := minShrink
	if !l.last {
		least = max(least, k.column.Least)
	}
	return min(k.width, max(min(least, n), 1+k.mark)) // an ellipsis and the mark
}

// squeeze narrows the Shrink columns until all fits: the widest give way first,
// and none below its least.
func (l *layout) squeeze(n int) {
	room, widest := l.room(n), 0
	var soft []*track
	for _, j := range l.kept {
		if k := &l.cols[j]; l.shrinks(k) {
			soft = append(soft, k)
			widest = max(widest, k.width)
		} else {
			room -= k.width
		}
	}
	at := func(k *track, level int) int { return min(k.width, max(l.least(k, n), level)) }
	level := widest
	for ; level > 0; level-- {
		total := 0
		for _, k := range soft {
			total += at(k, level)
		}
		if total <= room {
			room -= total
			break
		}
	}
	for _, k := range soft { // what is left goes one by one to those that were cut
		full := k.width
		k.width = at(k, level)
		if k.width < full && room > 0 && k.width == level {
			k.width++
			room--
		}
	}
}

// next is the column to leave out next, or -1.
func (l *layout) next() int {
	drop := -1
	for _, j := range l.kept {
		if d := l.cols[j].column.Drop; d > 0 && (drop < 0 || d >= l.cols[drop].column.Drop) {
			drop = j
		}
	}
	if len(l.kept) == 1 {
		return -1
	}
	return drop
}

// drawHead returns the lines of a column's head. The last one stands on the
// rule, and over numbers they end where the numbers end, if there is room.
func (l *layout) drawHead(j int) string {
	k := &l.cols[j]
	lines := make([]string, l.lines)
	copy(lines[l.lines-len(k.heads):], k.heads)
	shift := 0
	if k.right {
		shift = k.mark
	}
	for i, h := range lines {
		lines[i] = shorten(h, k.width)
		shift = min(shift, k.width-width(lines[i]))
	}
	return strings.Join(lines, pad(shift)+"\n") + pad(shift)
}

// draw returns the cell of a column as it goes on the screen.
func (l *layout) draw(j int, d drawn, s *screen) string {
	k := &l.cols[j]
	how := normal
	if d.missing {
		how = dim
	}
	if !k.right {
		return s.paint(how, shorten(d.text, k.width-width(d.mark))) + d.mark
	}
	text := s.paint(how, d.text)
	switch {
	case d.missing || k.tail == 0:
		return text + d.mark + pad(k.mark-width(d.mark))
	case d.tail == "": // the mark says why, so it stands at the number
		text += d.mark
		return pad(k.text-width(d.text)) + text + pad(1+k.tail+k.mark-width(d.mark))
	}
	return pad(k.text-width(d.text)) + text + " " + d.tail + pad(k.tail-width(d.tail)) + d.mark + pad(k.mark-width(d.mark))
}

func pad(n int) string { return strings.Repeat(" ", max(n, 0)) }

// losses says what the terminal was too narrow for.
func (l *layout) losses(n int) []string {
	var short, out []string
	for j := range l.cols {
		k := &l.cols[j]
		if !slices.Contains(l.kept, j) {
			out = append(out, k.column.Title)
		} else if l.shortened(j) {
			short = append(short, k.column.Title)
		}
	}
	var says []string
	if len(short) > 0 {
		says = append(says, fmt.Sprintf("shortened at %d columns: %s (whole in a wider terminal, markdown, csv and json)",
			n, strings.Join(short, ", ")))
	}
	if len(out) > 0 {
		says = append(says, fmt.Sprintf("left out at %d columns: %s (a wider terminal, markdown, csv and json have them)",
			n, strings.Join(out, ", ")))
	}
	return says
}

// shortened reports whether an ellipsis stands anywhere in the column.
func (l *layout) shortened(j int) bool {
	k := &l.cols[j]
	if !l.shrinks(k) {
		return false
	}
	if slices.ContainsFunc(k.heads, func(h string) bool { return width(h) > k.width }) {
		return true
	}
	return k.column.Kind == Text && slices.ContainsFunc(l.rows, func(row []drawn) bool {
		return width(row[j].text)+width(row[j].mark) > k.width
	})
}
