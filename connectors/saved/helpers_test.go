package saved

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/wire"
)

// The archives of these tests hold what a pretend tracker answers: objects with
// an id and an instant of creation, and pages of them.

var pretend = Format{Tracker: "nobody", Lists: map[string]string{"issues": "a page without issues", "more": "a page without more"}}

var reader = Reader[int]{
	Decode: decodeChunks,
	Add:    func(a, b int) int { return a + b },
	Last: func(values, records int) ([]connectors.Note, error) {
		if records == 0 {
			return nil, fmt.Errorf("%w among %d values", errNothing, values)
		}
		return nil, nil
	},
}

var errNothing = fmt.Errorf("no issue")

// source is an archive of the pretend tracker.
type source struct{ a *Archive }

// narrow are limits that part even a few files into many batches.
var narrow = Limits{Small: 16 << 10, Value: 1 << 20, Job: 24 << 10}

// decodeChunks makes records of everything that looks like an issue, and counts
// values.
func decodeChunks(pieces []Chunk) (b connectors.Batch, values int) {
	note := func(kind connectors.NoteKind, c Chunk, reason string) {
		b.Notes = append(b.Notes, connectors.Note{Kind: kind, Subject: wire.Clip(c.File), Reason: reason})
		if kind == connectors.NoteRejected {
			b.Received++
		}
	}
	var read func(c Chunk, v gjson.Result)
	read = func(c Chunk, v gjson.Result) {
		switch {
		case v.Get("names.customfield_1").Exists():
			b.Terms = []fact.Term{{Site: "s", Kind: fact.TermField, ID: "customfield_1", Name: v.Get("names.customfield_1").String()}}
			fallthrough
		case v.Get("issues").IsArray():
			v.Get("issues").ForEach(func(_, e gjson.Result) bool { read(c, e); return true })
		case v.IsArray() && v.Raw != "[]":
			v.ForEach(func(_, e gjson.Result) bool { read(c, e); return true })
		case v.Get("fields.created").Exists():
			b.Received++
			b.Records = append(b.Records, fact.Record{Site: "s", ID: v.Get("id").String(), Key: v.Get("key").String(), Created: 1})
		default:
			note(connectors.NoteSkipped, c, "no issue in it")
		}
	}
	for _, c := range pieces {
		if c.Bad != "" {
			note(connectors.NoteRejected, c, c.Bad)
		}
		if c.Skip != "" {
			note(connectors.NoteSkipped, c, c.Skip)
		}
		for _, raw := range c.Values {
			values++
			raw, _ = Repair(raw)
			read(c, gjson.ParseBytes(raw))
		}
		if bytes.Contains(c.Rest, []byte("names")) {
			read(c, gjson.ParseBytes(c.Rest))
		}
	}
	return b, values
}

var same = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateNaNs()}

// decodeWith reads a file as an archive's and returns what becomes of it.
func decodeWith(tb testing.TB, l Limits, name, data string) connectors.Batch {
	tb.Helper()
	cut, err := chunks(tb, l, name, strings.NewReader(data))
	if err != nil {
		tb.Fatal(err)
	}
	b, _ := decodeChunks(cut)
	return b
}

func decode(tb testing.TB, name, data string) connectors.Batch {
	tb.Helper()
	return decodeWith(tb, Usual, name, data)
}

// notes returns the subjects and reasons of a kind.
func notes(b *connectors.Batch, kind connectors.NoteKind) []string {
	var out []string
	for _, n := range b.Notes {
		if n.Kind == kind {
			out = append(out, n.Subject+": "+n.Reason)
		}
	}
	return out
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func tick(b bool) int {
	if b {
		return 1
	}
	return 0
}
