package jira

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"archive/zip"
	"bytes"

	"smokestack/connectors"
	"smokestack/connectors/saved"
	"smokestack/connectors/saved/savedtest"
)

// outcome is what one pull of an archive brought.
type outcome struct {
	ids   []string // of records, in the order in which they came
	notes []connectors.Note
	next  connectors.Cursor
	err   error
}

func pullAll(tb testing.TB, src connectors.Source, from connectors.Cursor) outcome {
	tb.Helper()
	o := outcome{next: from}
	_, o.err = src.Pull(tb.Context(), connectors.State{Cursor: from}, func(b connectors.Batch) error {
		for i := range b.Records {
			o.ids = append(o.ids, b.Records[i].ID)
		}
		o.notes = append(o.notes, b.Notes...)
		o.next = b.Next
		return nil
	})
	for _, n := range o.notes {
		if n.Subject == "" || n.Reason == "" || !utf8.ValidString(n.Subject+n.Reason) {
			tb.Errorf("a note %+q", n)
		}
	}
	return o
}

// sited is openArchive for answers that do not say where they come from.
func sited(path string, l saved.Limits) *Archive {
	a := openArchive(path, l)
	a.site = fallback
	return a
}

// An archive without an issue is an error that says what was expected, whatever
// else is in it; what is in it is named all the same.
func TestNothingInIt(t *testing.T) {
	t.Parallel()
	var emptyTar, emptyZip bytes.Buffer
	savedtest.Tar(t, &emptyTar, nil)
	savedtest.Zip(t, &emptyZip, nil, zip.Store)
	statuses := []byte(`[{"id":"1","name":"Open","statusCategory":{"key":"new"}}]`)
	for name, c := range map[string]struct {
		path  string
		notes int
	}{
		"an empty folder":     {savedtest.Folder(t), 0},
		"empty folders":       {filepath.Dir(filepath.Dir(savedtest.File(t, "x/y", nil))), 1},
		"an empty tar":        {savedtest.File(t, "a.tar", emptyTar.Bytes()), 0},
		"an empty tar.gz":     {savedtest.File(t, "a.tar.gz", savedtest.Gzip(t, emptyTar.Bytes())), 0},
		"an empty zip":        {savedtest.File(t, "a.zip", emptyZip.Bytes()), 0},
		"an empty file":       {savedtest.File(t, "a.json", nil), 1},
		"nothing, compressed": {savedtest.File(t, "a.jsonl.gz", savedtest.Gzip(t, nil)), 1},
		"a picture":           {savedtest.File(t, "a.png", []byte("\x89PNG\r\n\x1a\n")), 1},
		"words only":          {savedtest.Folder(t, savedtest.Named("statuses.json", statuses), savedtest.Named("fields.json", []byte("[]"))), 2},
		"a login page":        {savedtest.Folder(t, savedtest.Named("PAY-1.json", []byte("<html>"))), 1},
		"issues of no date":   {savedtest.File(t, "a.jsonl", []byte(`{"id":"1","fields":{}}`+"\n"+`{"id":"2","fields":{}}`)), 2},
		"histories only":      {savedtest.Folder(t, savedtest.Named("PAY-1.json", []byte(`{"total":1,"values":[{"id":"5","created":5,"items":[]}]}`))), 0},
	} {
		o := pullAll(t, sited(c.path, narrow), "")
		if !errors.Is(o.err, ErrNoIssues) || !strings.Contains(o.err.Error(), c.path) || len(o.ids) > 0 || len(o.notes) != c.notes {
			t.Errorf("%s: %v, %+v", name, o.err, o.notes)
		}
		if again := pullAll(t, sited(c.path, narrow), o.next); !errors.Is(again.err, ErrNoIssues) {
			t.Errorf("%s, once more: %v", name, again.err)
		}
	}
	gone := filepath.Join(t.TempDir(), "gone")
	if o := pullAll(t, sited(gone, narrow), ""); !errors.Is(o.err, fs.ErrNotExist) || !strings.Contains(o.err.Error(), gone) {
		t.Errorf("%v", o.err)
	}
}

// Search pages say how many issues there are, or that more follow: what they
// announce and the archive does not hold is missing, however the pages lie in
// batches and however often the pull was killed between them.
func TestMissingPages(t *testing.T) {
	t.Parallel()
	issues := savedtest.Few(60)
	server, cloud := serverPages(issues, 10), cloudPages(issues, 10)
	for name, c := range map[string]struct {
		pages []savedtest.Entry
		want  string
	}{
		"all of a server's":   {server, ""},
		"one absent":          {slices.Concat(server[:2], server[3:]), "its search pages announce 60 issues and hold 50"},
		"the first alone":     {server[:1], "its search pages announce 60 issues and hold 10"},
		"all of a cloud's":    {cloud, ""},
		"the last is absent":  {cloud[:5], "its search pages go on behind the last one that is here"},
		"in another order":    {reversed(cloud), ""},
		"pages and issues":    {append(savedtest.Flat(issues), server...), ""},
		"not pages at all":    {savedtest.Flat(issues), ""},
		"a page of none, too": {append(slices.Clone(server), savedtest.Named("x.json", []byte(`{"startAt":60,"total":60,"issues":[]}`))), ""},
	} {
		l := saved.Limits{Small: 400, Value: 1 << 20, Job: 500}
		path := savedtest.TarFile(t, c.pages)
		missing := func(o []connectors.Note) string {
			out := ""
			for _, n := range o {
				if n.Kind == connectors.NoteMissing {
					out += n.Reason
				}
			}
			return out
		}
		if o := pullAll(t, sited(path, l), ""); o.err != nil || missing(o.notes) != c.want {
			t.Errorf("%s: %q, want %q, %v", name, missing(o.notes), c.want, o.err)
		}
		var all []connectors.Note
		var at connectors.Cursor
		stop := errors.New("stop")
		for err := stop; err != nil; {
			first := true
			_, err = sited(path, l).Pull(t.Context(), connectors.State{Cursor: at}, func(b connectors.Batch) error {
				if !first {
					return stop
				}
				first, at, all = false, b.Next, append(all, b.Notes...)
				return nil
			})
			if err != nil && !errors.Is(err, stop) {
				t.Fatal(err)
			}
		}
		if missing(all) != c.want {
			t.Errorf("%s, batch by batch: %q, want %q", name, missing(all), c.want)
		}
	}
}

// Answers without an address take that of others in the archive, which is text
// even if the archive's bytes are not.
func TestSiteOfOthers(t *testing.T) {
	t.Parallel()
	for self, want := range map[string]string{
		`"self" : "https://Tracker.example/jira/rest/api/2/x"`:   "https://tracker.example/jira",
		"\"self\":\"https://tracker.example/\xff/rest/api/2/x\"": "https://tracker.example/\ufffd",
		`"self":"https://tracker.example/secure/x"`:              "archive",
	} {
		root := savedtest.Folder(t, savedtest.Named("1.json", []byte(savedtest.Numbered(1))), savedtest.Named("2.json", []byte("{"+self+"}")))
		_, err := openArchive(root, narrow).Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
			for i := range b.Records {
				if got := b.Records[i].Site; got != want {
					t.Errorf("%s: %+q, want %+q", self, got, want)
				}
			}
			return nil
		})
		must(t, err)
	}
}
