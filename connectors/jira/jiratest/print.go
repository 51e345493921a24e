package jiratest

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"smokestack/analysis/fact"
)

// printer writes JSON member by member: a page is made anew for every request,
// so that it never tells an old name, and has to be made quickly.
type printer struct{ b []byte }

// next puts a comma where one belongs.
func (p *printer) next() {
	if n := len(p.b); n > 0 {
		switch p.b[n-1] {
		case '{', '[', ':':
		default:
			p.b = append(p.b, ',')
		}
	}
}

func (p *printer) open(bracket byte)  { p.next(); p.b = append(p.b, bracket) }
func (p *printer) close(bracket byte) { p.b = append(p.b, bracket) }

func (p *printer) key(name string) *printer {
	p.text(name)
	p.b = append(p.b, ':')
	return p
}

// text writes a string.
func (p *printer) text(s string) {
	p.next()
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			p.slow(s)
			return
		}
	}
	p.b = append(p.b, '"')
	p.b = append(p.b, s...)
	p.b = append(p.b, '"')
}

func (p *printer) slow(s string) {
	w := bytes.NewBuffer(p.b)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string
	}
	p.b = bytes.TrimSuffix(w.Bytes(), []byte("\n"))
}

// orNull writes a string, and null for an empty one.
func (p *printer) orNull(s string) {
	if s == "" {
		p.null()
		return
	}
	p.text(s)
}

func (p *printer) literal(s string) { p.next(); p.b = append(p.b, s...) }
func (p *printer) null()            { p.literal("null") }
func (p *printer) bool(v bool)      { p.literal(strconv.FormatBool(v)) }
func (p *printer) int(n int)        { p.next(); p.b = strconv.AppendInt(p.b, int64(n), 10) }

func (p *printer) float(x float64) {
	p.next()
	data, err := json.Marshal(x)
	if err != nil {
		panic(err) // not a number
	}
	p.b = append(p.b, data...)
}

// number writes an id as a number, as some resources do.
func (p *printer) number(id string) {
	if n, err := strconv.Atoi(id); err == nil {
		p.int(n)
		return
	}
	p.text(id)
}

// any writes what is neither large nor frequent.
func (p *printer) any(v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // of texts and numbers
	}
	p.literal(string(data))
}

// stamp writes a moment as Jira does: an offset without a colon, that of the
// asking account.
func (p *printer) stamp(t fact.Instant, zone *time.Location) {
	if t == 0 {
		p.null()
		return
	}
	p.next()
	p.b = append(p.b, '"')
	p.b = t.Time().In(zone).AppendFormat(p.b, stampLayout)
	p.b = append(p.b, '"')
}

const stampLayout = "2006-01-02T15:04:05.000-0700"

// list writes an array.
func each[T any](p *printer, list []T, one func(T)) {
	p.open('[')
	for _, x := range list {
		one(x)
	}
	p.close(']')
}
