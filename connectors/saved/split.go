package saved

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"
)

// A file is cut into JSON values before it is decoded, so that one of any size
// is read in bounded memory: small files whole, large ones element by element.

// Limits bound what is in memory at a time.
type Limits struct {
	Small int // up to this size a file is one value
	Value int // no single value may be larger
	Job   int // bytes of JSON in a batch
}

// Usual are the limits of archives, unless tests ask for others.
var Usual = Limits{Small: 8 << 20, Value: 64 << 20, Job: 4 << 20}

// Format says what a tracker's saved answers look like, as far as cutting them
// depends on it.
type Format struct {
	Tracker string            // whose answers they are, for notes
	Lists   map[string]string // the members of a page that hold many elements, and what a page is where one is empty
}

// Chunk is a piece of one file: values to decode, or what is wrong with it.
type Chunk struct {
	File   string
	Values [][]byte
	Lines  []int  // where each value stands in a file of lines, from 1
	Key    string // the list that the values were elements of: a page's, or [KeyArray]
	Head   []byte // with elements of a page's list: what the page says in front of it
	Rest   []byte // behind the last elements of a page's list: the page without it
	Bad    string // why the rest of the file, or a line of it, cannot be read
	Skip   string // why the file is no record by nature
}

// KeyArray marks the elements of an array that is no page's.
const KeyArray = "an array"

// splitter cuts one file.
type splitter struct {
	Limits
	Format
	file  string
	emit  func(Chunk) error
	line  int // of the value at hand, in a file of lines
	got   [][]byte
	at    []int
	size  int
	count int  // of the elements of the list at hand
	blank bool // no value came yet
	key   string
	head  []byte
}

// Split cuts a file into chunks of some megabytes.
func Split(file string, r io.Reader, f Format, l Limits, emit func(Chunk) error) error {
	s := &splitter{Limits: l, Format: f, file: file, emit: emit, blank: true}
	head, err := io.ReadAll(io.LimitReader(r, int64(s.Small)+1))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err // damaged: what was read is not to be trusted
	}
	if err != nil {
		r = brokenOff{err}
	}
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	text := bytes.TrimLeft(head, " \t\r\n")
	begins := len(text) > 0 && (text[0] == '{' || text[0] == '[')
	switch {
	case !begins && err != nil:
		return err
	case len(text) == 0 && len(head) <= s.Small:
		return emit(Chunk{File: file, Skip: "empty"})
	case begins && len(head) <= s.Small && err == nil && json.Valid(head): // which bears any depth
		return emit(Chunk{File: file, Values: [][]byte{head}, Lines: []int{0}})
	}
	rest := &budget{r: io.MultiReader(bytes.NewReader(head), r), most: s.Value}
	switch {
	case ofLines(file, text, len(head) <= s.Small && err == nil):
		return s.lines(rest)
	case len(text) > 0 && !begins:
		return s.foreign(text)
	}
	return s.stream(rest)
}

// brokenOff is where a file ends before its end.
type brokenOff struct{ err error }

func (b brokenOff) Read([]byte) (int, error) { return 0, b.err }

// foreign says what a file is that does not begin like JSON.
func (s *splitter) foreign(text []byte) error {
	name := strings.ToLower(s.file)
	meant := strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")
	switch {
	case text[0] == '<' && meant:
		return s.emit(Chunk{File: s.file, Bad: "HTML where JSON was expected: a login page?"})
	case meant && (bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff})):
		return s.emit(Chunk{File: s.file, Bad: "UTF-16, where UTF-8 was expected"})
	case meant:
		return s.emit(Chunk{File: s.file, Bad: "malformed JSON: it begins with neither { nor ["})
	}
	return s.emit(Chunk{File: s.file, Skip: "not JSON"})
}

// ofLines recognises a file of lines by its beginning, from the first line that
// is not blank: that is an object or a list by itself. Where it is malformed
// instead, so that nothing behind it could be read otherwise, the lines that
// follow tell: one of them that is an object is enough where the file's name says
// so, else half of them. All says that the text is the whole file.
func ofLines(file string, text []byte, all bool) bool {
	first, rest, more := bytes.Cut(text, []byte("\n"))
	if !more {
		return false
	}
	begins, valid := text[0] == '{' || text[0] == '[', json.Valid(first)
	if begins && valid {
		return true
	}
	good, seen := 0, 1
	for line := range bytes.Lines(rest) {
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if line[0] == '{' && json.Valid(line) {
			good++
		}
		if seen++; seen == 100 {
			break
		}
	}
	switch name := strings.ToLower(path.Ext(file)); {
	case good == 0:
		return false
	case name == ".jsonl", name == ".ndjson":
		return valid || malformed(text, len(first), all)
	case begins, name == ".json":
		return 2*good >= seen && (valid || malformed(text, len(first), false))
	}
	return false
}

// malformed reports whether no value can be read that begins in a text's first
// bytes. All says that nothing follows the text.
func malformed(text []byte, first int, all bool) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	for d.InputOffset() < int64(first) {
		var raw json.RawMessage
		err := d.Decode(&raw)
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF) && all:
			return true
		case err != nil:
			return false
		}
	}
	return false
}

// budget refuses to read more than some bytes for one value, and remembers what
// stopped the reading.
type budget struct {
	r    io.Reader
	most int
	used int
	err  error // of the reader beneath
}

var errTooLarge = fmt.Errorf("a single value of more than %d MiB", Usual.Value>>20)

func (b *budget) Read(p []byte) (int, error) {
	if b.used > b.most {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p)
	b.used += n
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// add collects one value. What was collected before is handed on when it is
// large enough; the last value stays, since the end of its list may say more.
func (s *splitter) add(v []byte) error {
	if s.size >= s.Small/2 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.got, s.at = append(s.got, v), append(s.at, s.line)
	s.count++
	s.size += len(v)
	return nil
}

func (s *splitter) flush() error {
	if len(s.got) == 0 {
		return nil
	}
	return s.emit(s.take())
}

// take returns what was collected.
func (s *splitter) take() Chunk {
	c := Chunk{File: s.file, Values: s.got, Lines: s.at, Key: s.key, Head: s.head}
	s.got, s.at, s.size = nil, nil, 0
	return c
}

// fail hands on what came before and says why the rest does not follow.
func (s *splitter) fail(reason string) error {
	if err := s.flush(); err != nil {
		return err
	}
	return s.emit(Chunk{File: s.file, Bad: reason})
}

// lines reads one value a line; a bad line costs itself alone.
func (s *splitter) lines(r *budget) error {
	var line []byte
	buf := make([]byte, 256<<10)
	for {
		n, err := r.Read(buf)
		data := buf[:n]
		for len(data) > 0 {
			before, after, found := bytes.Cut(data, []byte("\n"))
			line = append(line, before...)
			data = after
			if !found {
				break
			}
			r.used = len(after)
			if err := s.oneLine(line); err != nil {
				return err
			}
			line = nil
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, io.EOF) {
			return s.broken(err)
		}
		if err := s.oneLine(line); err != nil {
			return err
		}
		return s.flush()
	}
}

func (s *splitter) oneLine(line []byte) error {
	s.line++
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return nil
	}
	if !json.Valid(line) {
		return s.fail(fmt.Sprintf("malformed JSON in line %d: the other lines are read", s.line))
	}
	return s.add(line)
}

// broken ends a file that cannot be read on: too large a value is this file's
// matter, a read error is the archive's.
func (s *splitter) broken(err error) error {
	if errors.Is(err, errTooLarge) || errors.Is(err, errShape) {
		return s.fail(err.Error())
	}
	if flushed := s.flush(); flushed != nil {
		return flushed
	}
	return err
}

// stream reads one large value: an array element by element, a page by the
// elements of its list.
func (s *splitter) stream(r *budget) error {
	d := json.NewDecoder(r)
	err := s.walk(d, r)
	var stopped stop
	var syntax *json.SyntaxError
	switch {
	case err == nil && s.blank:
		return s.emit(Chunk{File: s.file, Skip: "empty"})
	case err == nil:
		return s.flush()
	case errors.As(err, &stopped):
		return stopped.error
	case r.err != nil:
		return s.broken(r.err)
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return s.fail(fmt.Sprintf("malformed JSON after byte %d: what comes before is read, the rest of the file is not", d.InputOffset()))
	}
	return s.broken(err)
}

// stop carries an error of the receiver through the reading of a file.
type stop struct{ error }

func (s *splitter) walk(d *json.Decoder, r *budget) error {
	for {
		r.used = 0 // of the values before, and the bound is on each
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		s.blank = false
		switch token {
		case json.Delim('['):
			err = s.array(d, r)
		case json.Delim('{'):
			err = s.members(d, r)
		default:
			err = s.skip("JSON, but no answer of " + s.Tracker)
		}
		if err != nil {
			return err
		}
	}
}

// skip says why a value is not handed on.
func (s *splitter) skip(reason string) error {
	err := s.flush()
	if err == nil {
		err = s.emit(Chunk{File: s.file, Skip: reason})
	}
	if err != nil {
		return stop{err}
	}
	return nil
}

// array reads an array that is a value by itself.
func (s *splitter) array(d *json.Decoder, r *budget) error {
	if err := s.flush(); err != nil {
		return stop{err}
	}
	s.key, s.count = KeyArray, 0
	if err := s.elements(d, r); err != nil {
		return err
	}
	if s.count == 0 {
		s.key = ""
		return s.skip("an empty list")
	}
	err := s.flush()
	s.key = ""
	if err != nil {
		return stop{err}
	}
	return nil
}

func (s *splitter) elements(d *json.Decoder, r *budget) error {
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		r.used = 0
		if err := s.add(raw); err != nil {
			return stop{err}
		}
	}
	_, err := d.Token()
	return err
}

// members reads an object: the elements of a page's list one by one, the rest
// of it as an object of its own, together with the list's last elements.
func (s *splitter) members(d *json.Decoder, r *budget) error {
	page, rest, err := s.object(d, r)
	if err == nil && page == nil {
		if err := s.add(rest); err != nil {
			return stop{err}
		}
		return nil
	}
	for _, last := range page {
		if err == nil {
			last.Rest = rest
		}
		if err := s.emit(last); err != nil {
			return stop{err}
		}
	}
	return err
}

// object returns the last elements of a page's lists, and the object without
// them.
func (s *splitter) object(d *json.Decoder, r *budget) (page []Chunk, rest []byte, err error) {
	rest = []byte("{")
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return page, nil, err
		}
		name, _ := token.(string)
		if s.Lists[name] != "" {
			last, err := s.list(d, r, name, append(bytes.Clone(rest), '}'))
			if err != nil {
				return page, nil, err
			}
			page = append(page, last)
			continue
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return page, nil, err
		}
		if len(rest)+len(raw) > s.Value {
			return page, nil, errTooLarge
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return page, nil, err
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		rest = append(append(append(rest, quoted...), ':'), raw...)
	}
	_, err = d.Token()
	return page, append(rest, '}'), err
}

var errShape = errors.New("the list of a page is no list")

// list reads the list of a page and returns its last elements.
func (s *splitter) list(d *json.Decoder, r *budget, name string, head []byte) (last Chunk, err error) {
	token, err := d.Token()
	switch {
	case err != nil:
		return last, err
	case token == nil:
		return Chunk{File: s.file, Key: name, Skip: s.Lists[name]}, nil // null is an empty list
	case token != json.Delim('['):
		return last, errShape
	}
	if err := s.flush(); err != nil {
		return last, stop{err}
	}
	s.key, s.head, s.count = name, head, 0
	if err := s.elements(d, r); err != nil {
		return last, err
	}
	last = s.take()
	s.key, s.head = "", nil
	if s.count == 0 {
		last.Skip = s.Lists[name]
	}
	return last, nil
}

// Repair makes a value valid UTF-8 and says whether it was not.
func Repair(v []byte) ([]byte, bool) {
	if utf8.Valid(v) {
		return v, false
	}
	return bytes.ToValidUTF8(v, []byte("\ufffd")), true
}
