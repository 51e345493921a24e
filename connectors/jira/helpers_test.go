package jira

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/saved"
)

// fallback is the site of answers that do not say theirs.
const fallback = "https://fallback.example"

var same = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateNaNs()}

// tiny are limits that make small files large.
var tiny = saved.Limits{Small: 64, Value: 1 << 20, Job: 1 << 20}

// decodeWith reads a file as an archive's and returns what becomes of it.
func decodeWith(tb testing.TB, l saved.Limits, name, data string) connectors.Batch {
	tb.Helper()
	a := &answers{decoded: newDecoded(), site: fallback}
	err := saved.Split(name, strings.NewReader(data), format, l, func(c saved.Chunk) error { a.chunk(c); return nil })
	if err != nil {
		tb.Fatal(err)
	}
	b := a.take()
	balanced(tb, &b)
	return b
}

// decode reads a file whole; see [whole].
func decode(tb testing.TB, name, data string) connectors.Batch {
	tb.Helper()
	return decodeWith(tb, saved.Usual, name, data)
}

func balanced(tb testing.TB, b *connectors.Batch) {
	tb.Helper()
	if got := len(b.Records) + len(b.Histories) + len(notes(b, connectors.NoteRejected)); got != b.Received {
		tb.Errorf("received %d, accounts for %d: %+v", b.Received, got, b.Notes)
	}
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

func wantNotes(tb testing.TB, b *connectors.Batch, kind connectors.NoteKind, want ...string) {
	tb.Helper()
	if got := notes(b, kind); !slices.Equal(got, want) {
		tb.Errorf("%s: %q, want %q", kind, got, want)
	}
}

func file(tb testing.TB, name string) string {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

// who names a person by the account's names.
func who(b *connectors.Batch, p fact.Person) string {
	if p == 0 {
		return ""
	}
	return strings.Join(b.Accounts[p-1].IDs, " ")
}

// issue is a small answer: an issue with other members of its fields, and
// members of its own.
func issue(fields, members string) string {
	return `{"id":"1","key":"PAY-1","self":"https://one.example/rest/api/2/issue/1","fields":{"created":"2024-01-01T00:00:00.000+0000","updated":"2024-02-01T00:00:00.000+0000","summary":"x"` +
		comma(fields) + `}` + comma(members) + `}`
}

func comma(s string) string {
	if s == "" {
		return ""
	}
	return "," + s
}

// one decodes an answer that is one issue.
func one(tb testing.TB, data string) (fact.Record, connectors.Batch) {
	tb.Helper()
	b := decode(tb, "f.json", data)
	if len(b.Records) != 1 {
		tb.Fatalf("%d records: %+v", len(b.Records), b.Notes)
	}
	return b.Records[0], b
}

// items decodes the items of one entry of a history.
func items(tb testing.TB, list string) []fact.Change {
	tb.Helper()
	r, _ := one(tb, issue("", `"changelog":{"total":1,"histories":[{"id":"5","created":"2024-01-02T00:00:00.000+0000","items":[`+list+`]}]}`))
	for i := range r.Changes {
		if !strings.HasPrefix(r.Changes[i].ID, "5.") {
			tb.Errorf("id %q", r.Changes[i].ID)
		}
		r.Changes[i].ID, r.Changes[i].At = "", 0
	}
	return r.Changes
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
