package saved

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"smokestack/connectors"
	"smokestack/connectors/saved/savedtest"
)

// chunks cuts a file.
func chunks(tb testing.TB, l Limits, name string, r io.Reader) ([]Chunk, error) {
	tb.Helper()
	var out []Chunk
	err := Split(name, r, pretend, l, func(c Chunk) error { out = append(out, c); return nil })
	return out, err
}

// However large a file may be in comparison with the limits, and however its
// bytes arrive, the same comes out of it, in chunks of some size.
func TestSplitSizes(t *testing.T) {
	t.Parallel()
	const n = 40
	for name, data := range savedtest.Shapes(n) {
		want := decode(t, "f.json", data)
		if len(want.Records) != n || len(want.Notes) != 0 {
			t.Fatalf("%s: %d records, %+v", name, len(want.Records), want.Notes)
		}
		for _, small := range []int{1, 10, 60, 200, 1000, len(data) - 1, len(data)} {
			l := Limits{Small: small, Value: 1 << 20}
			got := decodeWith(t, l, "f.json", data)
			if diff := cmp.Diff(want, got, same); diff != "" {
				t.Errorf("%s, small up to %d: %s", name, small, diff)
			}
			for kind, r := range map[string]io.Reader{
				"byte by byte": iotest.OneByteReader(strings.NewReader(data)), "in halves": iotest.HalfReader(strings.NewReader(data)),
				"with the end at once": iotest.DataErrReader(strings.NewReader(data)),
			} {
				cut, err := chunks(t, l, "f.json", r)
				want, err2 := chunks(t, l, "f.json", strings.NewReader(data))
				if err != nil || err2 != nil || !cmp.Equal(cut, want) {
					t.Errorf("%s, small up to %d, %s: other chunks, %v", name, small, kind, err)
				}
				for _, c := range cut {
					size := 0
					for _, v := range c.Values {
						size += len(v)
					}
					if size > max(small, small/2+80) && small < len(data) {
						t.Errorf("%s, small up to %d: a chunk of %d bytes", name, small, size)
					}
				}
			}
		}
	}
}

// A bad line costs itself alone, wherever it stands, and blank ones cost
// nothing.
func TestSplitBadLines(t *testing.T) {
	t.Parallel()
	good := savedtest.ManyNumbered(6)
	for _, bad := range []string{
		"oops", "{", "[", "{]", `{"id":"7","fie`, `{"id":"7","fields":{`, `{"id":"7"}}`, `[{"id":"7"},`, "[1,2", `"open`, "}", "\x00", `{"a":`, `{"a":1,`, "{1", "<p>",
	} {
		for at := range len(good) + 1 {
			for _, blank := range []string{"", "\n", " \t\r\n\n"} {
				data := blank + strings.Join(slices.Insert(slices.Clone(good), at, bad), "\n"+blank)
				for _, l := range []Limits{Usual, {Small: 400, Value: 1 << 20}} {
					for _, name := range []string{"f.jsonl", "dir/F.NDJSON", "f.json"} {
						b := decodeWith(t, l, name, data)
						line := 1 + strings.Count(blank, "\n")*(at+1) + at
						want := fmt.Sprintf("%s: malformed JSON in line %d: the other lines are read", name, line)
						if got := notes(&b, connectors.NoteRejected); len(b.Records) != len(good) || !slices.Equal(got, []string{want}) {
							t.Errorf("%s, small up to %d, %q: %d records, %q", name, l.Small, data[:min(len(data), 40)], len(b.Records), got)
						}
					}
				}
			}
		}
	}
	// A line that is JSON, and nothing else, is no reason to doubt the others.
	for _, odd := range []string{"null", "5", `"x"`, "[]", "{}"} {
		if b := decode(t, "f.jsonl", odd+"\n"+strings.Join(good, "\n")); len(b.Records) != len(good) || len(notes(&b, connectors.NoteRejected)) != 0 {
			t.Errorf("%s: %d records, %+v", odd, len(b.Records), b.Notes)
		}
	}
	// A line that only the file's name tells, among others that are as bad.
	b := decode(t, "f.jsonl", "oops\noops\noops\n"+good[0]+"\n")
	if got := notes(&b, connectors.NoteRejected); len(b.Records) != 1 || len(got) != 3 {
		t.Errorf("%d records, %q", len(b.Records), got)
	}
}

// What looks like lines and is a list, or a page, that somebody cut or broke
// in its middle is read until there.
func TestSplitNoLines(t *testing.T) {
	t.Parallel()
	good := savedtest.ManyNumbered(6)
	for name, data := range map[string]string{
		"a list that is cut":      "[\n" + strings.Join(good, ",\n") + "\n",
		"a list without a comma":  "[\n" + strings.Join(good, ",\n") + "\n" + good[0] + "\n]",
		"a page that is cut":      "{\"issues\":[\n" + strings.Join(good, ",\n") + "\n",
		"values on several lines": strings.ReplaceAll(strings.Join(good, "\n"), `"fields":`, "\"fields\":\n") + "\n}",
	} {
		for _, l := range []Limits{Usual, {Small: 400, Value: 1 << 20}} {
			b := decodeWith(t, l, "f.json", data)
			if got := notes(&b, connectors.NoteRejected); len(b.Records) != len(good) || len(got) != 1 || !strings.Contains(got[0], "what comes before is read") {
				t.Errorf("%s: %d records, %q", name, len(b.Records), got)
			}
		}
	}
	text := "a log\n" + strings.Join(good, "\n")
	if b := decode(t, "f.log", text); len(b.Records) != 0 || len(notes(&b, connectors.NoteSkipped)) != 1 {
		t.Errorf("%+v", b.Notes)
	}
}

// A bound on single values: in a list, a page, in lines.
func TestSplitHugeValues(t *testing.T) {
	t.Parallel()
	huge := `{"id":"9","key":"PAY-9","fields":{"created":1700000000000,"summary":"` + strings.Repeat("x", 5000) + `"}}`
	l := Limits{Small: 100, Value: 2000}
	for name, c := range map[string]struct {
		data    string
		records int
	}{
		"in a list":     {"[" + savedtest.Numbered(1) + "," + savedtest.Numbered(2) + "," + huge + "," + savedtest.Numbered(3) + "]", 2},
		"in a page":     {`{"issues":[` + savedtest.Numbered(1) + "," + huge + "," + savedtest.Numbered(3) + "]}", 1},
		"beside a page": {`{"issues":[` + savedtest.Numbered(1) + "," + savedtest.Numbered(2) + `],"x":"` + strings.Repeat("y", 5000) + `"}`, 2},
		"many members":  {`{"issues":[` + savedtest.Numbered(1) + `]` + strings.Repeat(`,"x":"`+strings.Repeat("y", 300)+`"`, 20) + `}`, 1},
		"in lines":      {savedtest.Numbered(1) + "\n" + strings.Replace(huge, "xxx", strings.Repeat("x", 600_000), 1) + "\n" + savedtest.Numbered(3), 1},
		"alone":         {huge, 0},
	} {
		b := decodeWith(t, l, "f.json", c.data)
		if len(b.Records) != c.records || len(notes(&b, connectors.NoteRejected)) != 1 || !strings.Contains(notes(&b, connectors.NoteRejected)[0], "a single value of more than") {
			t.Errorf("%s: %d records, %q", name, len(b.Records), notes(&b, connectors.NoteRejected))
		}
	}
	// What is large as a whole is read in any case.
	b := decodeWith(t, l, "f.json", "["+strings.Join(savedtest.ManyNumbered(500), ",")+"]")
	if len(b.Records) != 500 || len(b.Notes) != 0 {
		t.Errorf("%d records, %+v", len(b.Records), b.Notes)
	}
	b = decodeWith(t, l, "f.json", strings.Join(savedtest.ManyNumbered(500), "\n"))
	if len(b.Records) != 500 || len(b.Notes) != 0 {
		t.Errorf("%d lines, %+v", len(b.Records), b.Notes)
	}
}

// The receiver's error ends the splitting, wherever it comes.
func TestSplitStops(t *testing.T) {
	t.Parallel()
	enough := errors.New("enough")
	for name, data := range savedtest.Shapes(30) {
		for _, bad := range []string{data, data[:len(data)*2/3], "", "<html>", "\x00"} {
			l := Limits{Small: 150, Value: 1 << 20}
			total, err := chunks(t, l, "f.json", strings.NewReader(bad))
			if err != nil {
				t.Fatal(err)
			}
			for k := range total {
				n := 0
				err := Split("f.json", strings.NewReader(bad), pretend, l, func(Chunk) error {
					if n++; n > k {
						return enough
					}
					return nil
				})
				if !errors.Is(err, enough) || n != k+1 {
					t.Errorf("%s: %d chunks, stopped at %d: %v", name, n, k, err)
				}
			}
		}
	}
}

// A reader that breaks off ends the file with its error; what came before is
// handed on. One that is damaged is not trusted.
func TestSplitBreaksOff(t *testing.T) {
	t.Parallel()
	for name, data := range savedtest.Shapes(30) {
		for n := 0; n < len(data); n += 37 {
			for _, small := range []int{100, 1 << 20} {
				var cut []Chunk
				r := io.MultiReader(strings.NewReader(data[:n]), iotest.ErrReader(io.ErrUnexpectedEOF))
				err := Split("f.json", r, pretend, Limits{Small: small, Value: 1 << 20}, func(c Chunk) error { cut = append(cut, c); return nil })
				if !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("%s, %d bytes: %v", name, n, err)
				}
				// As many as are whole, but for one that only its end would close.
				whole := strings.Count(data[:n], "}}")
				b, _ := decodeChunks(cut)
				if got := len(b.Records); got > whole || got < whole-1 || len(b.Notes) != 0 {
					t.Errorf("%s, %d bytes, small up to %d: %d records of %d, %+v", name, n, small, got, whole, b.Notes)
				}
			}
		}
		damaged := errors.New("checksum")
		got, err := chunks(t, Usual, "f.json", io.MultiReader(strings.NewReader(data), iotest.ErrReader(damaged)))
		if !errors.Is(err, damaged) || got != nil {
			t.Errorf("%s: %d chunks of a damaged file, %v", name, len(got), err)
		}
	}
	if got, err := chunks(t, Usual, "f.png", io.MultiReader(strings.NewReader("\x89PNG"), iotest.ErrReader(io.ErrUnexpectedEOF))); err == nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := chunks(t, Usual, "f.json", iotest.ErrReader(io.ErrUnexpectedEOF)); err == nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// account checks that the values that come out of a file are all its own: in
// their order, without a byte that is not in it.
func account(t *testing.T, data []byte, cut []Chunk) {
	t.Helper()
	values := 0
	for _, c := range cut {
		if c.File != "f.json" {
			t.Errorf("a chunk of %q", c.File)
		}
		if len(c.Values) != len(c.Lines) {
			t.Errorf("%d values, %d lines", len(c.Values), len(c.Lines))
		}
		if len(c.Values) == 0 && c.Bad == "" && c.Skip == "" && c.Rest == nil {
			t.Error("a chunk of nothing")
		}
		for _, v := range c.Values {
			values++
			if !json.Valid(v) {
				t.Errorf("%q is no value", v)
			}
		}
	}
	if values > len(data) {
		t.Errorf("%d values in %d bytes", values, len(data))
	}
	if len(cut) != 1 || cut[0].Bad != "" || cut[0].Skip != "" {
		return
	}
	if len(cut[0].Values) == 1 && cut[0].Rest == nil && cut[0].Key == "" && json.Valid(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		// One value is all the file.
		if gjson.ParseBytes(cut[0].Values[0]).Type != gjson.ParseBytes(bytes.TrimPrefix(data, []byte("\ufeff"))).Type {
			t.Error("another value than the file's")
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, data := range savedtest.Shapes(5) {
		f.Add([]byte(data), uint16(100))
	}
	for _, data := range []string{
		"", "\ufeff{}", "[1,2,{}]", `{"issues":null}`, `{"issues":{}}`, `{"issues":[{}],"more":[{}]}`, `[{},{}]`,
		`{"names":{"customfield_1":"x"},"issues":[` + savedtest.Numbered(1) + `,{}]}`, "{}\n{}\n", "{}\n{\n{}", `{"more":[{"id":1},{}],"x":"x"}`, "{\"a\xff\":\"\xfe\"}", `{"issues":[{}`,
	} {
		f.Add([]byte(data), uint16(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, small uint16) {
		cut, err := chunks(t, Limits{Small: int(small)%2000 + 8, Value: 1 << 20}, "f.json", bytes.NewReader(data))
		if err != nil {
			t.Fatal(err) // a file's trouble is told in chunks
		}
		if len(cut) == 0 {
			t.Error("nothing is said of the file")
		}
		account(t, data, cut)
	})
}
