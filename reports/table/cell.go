package table

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Value is an estimate: a number, the size of the sample behind it, its 95 %
// interval, and why one of them is missing. NaN is none. An infinite bound says
// that the data set no limit on that side. Bounds that are both 0 around a value
// that is not were never set, and are none.
type Value struct {
	Value     float64
	N         int
	Low, High float64
	Why       string
}

type form uint8

const (
	blank form = iota
	words
	count
	number
	measure
	moment
)

// Cell is one cell of a table. The zero Cell is Blank. Texts are cleaned when
// the cell is made, so no renderer can emit what a tracker hid in them.
type Cell struct {
	form  form
	text  string // words; why, of measure
	n     int    // count; sample, of measure
	num   float64
	extra *extra // what few cells have
}

type extra struct {
	url       string
	low, high float64
	at        time.Time
	notes     []string
	decimals  *int
}

// Words is a cell of text. Text of nothing but space is Blank.
func Words(s string) Cell {
	if s = Clean(s); s == "" {
		return Cell{}
	}
	return Cell{form: words, text: s}
}

// Link is Words that lead somewhere in formats that can link. An address that
// is not plain http or https, or carries credentials, is left away.
func Link(text, url string) Cell {
	c := Words(text)
	if u := safeURL(url); u != "" && c.form == words {
		c.extra = &extra{url: u}
	}
	return c
}

// Count is a cell with a whole number.
func Count(n int) Cell { return Cell{form: count, n: n} }

// Num is a cell with a number; NaN and the infinities are Blank.
func Num(v float64) Cell {
	if !known(v) {
		return Cell{}
	}
	return Cell{form: number, num: v + 0} // -0 becomes 0
}

// Measure is a cell with an estimate. Without a value people read "can't tell",
// with Why as its footnote; in a column that shows intervals Why is the
// footnote of a value without one, too.
func Measure(v Value) Cell {
	if v.Low == 0 && v.High == 0 && v.Value != 0 { // nobody set them
		v.Low, v.High = math.NaN(), math.NaN()
	}
	return Cell{form: measure, text: Clean(v.Why), n: v.N, num: v.Value + 0,
		extra: &extra{low: v.Low + 0, high: v.High + 0}}
}

// At is a cell with a moment. In a Date column it is the day that t has in its
// own location; anywhere else it is the instant. The zero time is Blank, and so
// are years that RFC 3339 cannot write.
func At(t time.Time) Cell {
	if y := t.UTC().Year(); t.IsZero() || y < 1 || y > 9998 {
		return Cell{}
	}
	return Cell{form: moment, extra: &extra{at: t}}
}

// Blank is a cell with nothing to say: "–" for people, empty in CSV, null in
// JSON.
func Blank() Cell { return Cell{} }

// Note returns the cell with a footnote. A cell may have several.
func (c Cell) Note(text string) Cell {
	if text = Clean(text); text == "" {
		return c
	}
	var e extra
	if c.extra != nil {
		e = *c.extra
	}
	e.notes = append(e.notes[:len(e.notes):len(e.notes)], text)
	c.extra = &e
	return c
}

// Decimals returns a number's cell of which people see n decimals, whatever the
// column's Digits say: for a table in which each row has a unit of its own.
func (c Cell) Decimals(n int) Cell {
	var e extra
	if c.extra != nil {
		e = *c.extra
	}
	e.decimals = &n
	c.extra = &e
	return c
}

// digits is the number of decimals that people see.
func (c Cell) digits(col Column) int {
	if c.extra != nil && c.extra.decimals != nil {
		return *c.extra.decimals
	}
	return col.Digits
}

func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// notes are the footnotes that were put on the cell.
func (c Cell) notes() []string {
	if c.extra == nil {
		return nil
	}
	return c.extra.notes
}

// estimate reports whether the cell is one of the five-part cells.
func (c Cell) estimate() bool { return c.form == measure }

// Missing reports whether people see a placeholder in the cell.
func (c Cell) Missing() bool {
	return c.form == blank || c.form == measure && !known(c.num)
}

// people returns what a reader sees in the cell, and the interval after it.
func (c Cell) people(col Column, zone *time.Location) (text, interval string) {
	switch c.form {
	case words:
		return c.text, ""
	case count:
		return Thousands(c.n), ""
	case number:
		return decimal(c.num, c.digits(col)), ""
	case measure:
		if !known(c.num) {
			return "can't tell", ""
		}
		return decimal(c.num, c.digits(col)), c.interval(col)
	case moment:
		if col.Kind == Date {
			return c.extra.at.Format(time.DateOnly), ""
		}
		if zone == nil {
			zone = time.UTC
		}
		return Clean(c.extra.at.In(zone).Format("2006-01-02 15:04 MST")), ""
	}
	if col.Quiet {
		return "", ""
	}
	return "–", ""
}

// interval is "(5.1–7.9)", or "" where the column shows none or the cell has
// none. With a minus sign in it the dash gives way to "to".
func (c Cell) interval(col Column) string {
	low, high := c.extra.low, c.extra.high
	if !col.Interval || math.IsNaN(low) || math.IsNaN(high) || math.IsInf(low, 0) && math.IsInf(high, 0) {
		return ""
	}
	from, to := decimal(low, c.digits(col)), decimal(high, c.digits(col))
	if strings.HasPrefix(from, "-") || strings.HasPrefix(to, "-") {
		return "(" + from + " to " + to + ")"
	}
	return "(" + from + "–" + to + ")"
}

// footnotes are what people read below the table about the cell.
func (c Cell) footnotes(col Column) []string {
	notes := c.notes()
	if c.text == "" || !c.estimate() {
		return notes
	}
	if c.form == measure && known(c.num) && (!col.Interval || c.interval(col) != "") {
		return notes
	}
	return append([]string{c.text}, notes...)
}

// decimal writes v for people: digits decimals and thousands apart, and powers
// of ten only where nobody could count the digits.
func decimal(v float64, digits int) string {
	switch {
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "-∞"
	case math.Abs(v) >= 1e15:
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	s := strconv.FormatFloat(v, 'f', min(max(digits, -digits), 10), 64)
	if digits < 0 && strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-")
	}
	return grouped(s)
}

// grouped sets the thousands of a decimal number apart with commas.
func grouped(s string) string {
	start := 0
	if strings.HasPrefix(s, "-") {
		start = 1
	}
	end := len(s)
	if dot := strings.IndexByte(s, '.'); dot >= 0 {
		end = dot
	}
	if end-start <= 3 {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:start])
	for i := start; i < end; i++ {
		if i > start && (end-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	b.WriteString(s[end:])
	return b.String()
}

// plain writes v for programs: unrounded, and valid JSON. Empty is none.
func plain(v float64) string {
	if !known(v) {
		return ""
	}
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		return strconv.FormatFloat(v, 'e', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// stamp writes the cell's moment for programs.
func (c Cell) stamp(col Column) string {
	if col.Kind == Date {
		return c.extra.at.Format(time.DateOnly)
	}
	return c.extra.at.UTC().Format(time.RFC3339Nano)
}

// marks numbers footnotes in the order in which a reader meets them; equal
// texts share a number.
type marks struct {
	number map[string]int
	texts  []string
}

func (m *marks) of(notes []string) string {
	var b strings.Builder
	for _, text := range notes {
		n, ok := m.number[text]
		if !ok {
			if m.number == nil {
				m.number = make(map[string]int)
			}
			m.texts = append(m.texts, text)
			n = len(m.texts)
			m.number[text] = n
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(superscript(n))
	}
	return b.String()
}

func superscript(n int) string {
	const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹"
	runes := []rune(digits)
	var b strings.Builder
	for _, d := range strconv.Itoa(n) {
		b.WriteRune(runes[d-'0'])
	}
	return b.String()
}
