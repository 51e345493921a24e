package jira

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// A file is cut into JSON values before it is decoded, so that one of any size
// is read in bounded memory: small files whole, large ones element by element.

const (
	smallFile = 8 << 20  // up to this size a file is one value
	valueMax  = 64 << 20 // no single value may be larger
)

// chunk is a piece of one file: values to decode, or what is wrong with it.
type chunk struct {
	file   string
	values [][]byte
	lines  []int  // where each value stands in a file of lines, from 1
	key    string // the page's list that the values were elements of, or keyRest
	bad    string // why the rest of the file, or a line of it, cannot be read
	skip   string // why the file is no record by nature
}

// keyRest marks a page without its list.
const keyRest = "the rest of a page"

// splitter cuts one file.
type splitter struct {
	file string
	emit func(chunk) error
	line int // of the value at hand, in a file of lines
	got  [][]byte
	at   []int
	size int
	key  string
}

// split cuts a file into chunks of some megabytes.
func split(file string, r io.Reader, emit func(chunk) error) error {
	s := &splitter{file: file, emit: emit}
	head, err := io.ReadAll(io.LimitReader(r, smallFile+1))
	if err != nil {
		return err
	}
	head = bytes.TrimPrefix(head, []byte("\ufeff"))
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(text) == 0:
		return emit(chunk{file: file, skip: "empty"})
	case text[0] != '{' && text[0] != '[':
		return s.foreign(text)
	case len(head) <= smallFile && json.Valid(head):
		return emit(chunk{file: file, values: [][]byte{head}})
	}
	rest := &budget{r: io.MultiReader(bytes.NewReader(head), r)}
	if firstLineIsValue(head) {
		return s.lines(rest)
	}
	return s.value(rest)
}

// foreign says what a file is that does not begin like JSON.
func (s *splitter) foreign(text []byte) error {
	name := strings.ToLower(s.file)
	meant := strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")
	switch {
	case text[0] == '<' && meant:
		return s.emit(chunk{file: s.file, bad: "HTML where JSON was expected: a login page?"})
	case meant && (bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff})):
		return s.emit(chunk{file: s.file, bad: "UTF-16, where UTF-8 was expected"})
	case meant:
		return s.emit(chunk{file: s.file, bad: "malformed JSON: it begins with neither { nor ["})
	}
	return s.emit(chunk{file: s.file, skip: "not JSON"})
}

// firstLineIsValue recognises a file of lines: its first line is a value.
func firstLineIsValue(head []byte) bool {
	line, _, more := bytes.Cut(head, []byte("\n"))
	return more && json.Valid(line)
}

// budget refuses to read more than valueMax bytes for one value.
type budget struct {
	r    io.Reader
	used int
}

var errTooLarge = fmt.Errorf("a single value of more than %d MiB", valueMax>>20)

func (b *budget) Read(p []byte) (int, error) {
	if b.used > valueMax {
		return 0, errTooLarge
	}
	n, err := b.r.Read(p)
	b.used += n
	return n, err
}

// add collects one value and hands the chunk on when it is large enough.
func (s *splitter) add(v []byte) error {
	s.got, s.at = append(s.got, v), append(s.at, s.line)
	if s.size += len(v); s.size < smallFile/2 {
		return nil
	}
	return s.flush()
}

func (s *splitter) flush() error {
	if len(s.got) == 0 {
		return nil
	}
	c := chunk{file: s.file, values: s.got, lines: s.at, key: s.key}
	s.got, s.at, s.size = nil, nil, 0
	return s.emit(c)
}

// fail hands on what came before and says why the rest does not follow.
func (s *splitter) fail(reason string) error {
	if err := s.flush(); err != nil {
		return err
	}
	return s.emit(chunk{file: s.file, bad: reason})
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

// value reads one large value: an array element by element, a page by the
// elements of its list.
func (s *splitter) value(r *budget) error {
	d := json.NewDecoder(r)
	err := s.walk(d, r)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return s.flush()
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF):
		return s.fail(fmt.Sprintf("malformed JSON after byte %d: what comes before is read, the rest of the file is not", d.InputOffset()))
	}
	var stopped stop
	if errors.As(err, &stopped) {
		return stopped.error
	}
	return s.broken(err)
}

// stop carries an error of the receiver through the reading of a file.
type stop struct{ error }

func (s *splitter) walk(d *json.Decoder, r *budget) error {
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('['):
			err = s.elements(d, r)
		case json.Delim('{'):
			err = s.members(d, r)
		}
		if err != nil {
			return err
		}
	}
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

// pageLists are the members of a page that hold many elements.
var pageLists = map[string]bool{"issues": true, "issueChangeLogs": true}

// members reads an object: the elements of a page's list one by one, the rest
// of it as an object of its own.
func (s *splitter) members(d *json.Decoder, r *budget) error {
	rest, page := []byte("{"), false
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		if pageLists[name] {
			page = true
			if err := s.list(d, r, name); err != nil {
				return err
			}
			continue
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		if len(rest)+len(raw) > valueMax {
			return errTooLarge
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return err
		}
		if len(rest) > 1 {
			rest = append(rest, ',')
		}
		rest = append(append(append(rest, quoted...), ':'), raw...)
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if page {
		s.key = keyRest
	}
	err := s.add(append(rest, '}'))
	if err == nil && page {
		err = s.flush()
		s.key = ""
	}
	if err != nil {
		return stop{err}
	}
	return nil
}

var errShape = errors.New("the list of a page is no list")

// list reads the list of a page.
func (s *splitter) list(d *json.Decoder, r *budget, name string) error {
	token, err := d.Token()
	switch {
	case err != nil:
		return err
	case token == nil:
		return nil // null is an empty list
	case token != json.Delim('['):
		return errShape
	}
	if err := s.flush(); err != nil {
		return stop{err}
	}
	s.key = name
	if err := s.elements(d, r); err != nil {
		return err
	}
	err = s.flush()
	s.key = ""
	if err != nil {
		return stop{err}
	}
	return nil
}

// repair makes a value valid UTF-8 and says whether it was not.
func repair(v []byte) ([]byte, bool) {
	if utf8.Valid(v) {
		return v, false
	}
	return bytes.ToValidUTF8(v, []byte("\ufffd")), true
}

func parse(v []byte) gjson.Result { return gjson.ParseBytes(v) }
