// Package jira turns what a Jira says into facts: live (a later version) and
// out of saved answers, through the same decoders.
package jira

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/tidwall/gjson"

	"smokestack/connectors"
	"smokestack/connectors/saved"
)

// Archive is a source of saved Jira answers: a folder, a .tar.gz, a .zip, or a
// .json or .jsonl file, of issues one by one, search pages and change logs.
// It implements [connectors.Source].
type Archive struct {
	files *saved.Archive
	site  string
}

var _ connectors.Source = (*Archive)(nil)

// format is what Jira's saved answers look like.
var format = saved.Format{Tracker: "Jira", Lists: pageLists}

// pageLists are the members of a page that hold many elements, and what a page
// is whose list is empty.
var pageLists = map[string]string{"issues": "a search page without issues", "issueChangeLogs": "a page of change logs without any"}

// NewArchive returns the source of the archive at path. Site is the address of
// the Jira that it was saved from, for answers that carry none; it may be
// empty, and counts for nothing where it is no address.
func NewArchive(path, site string) *Archive {
	return &Archive{files: saved.New(path, format), site: siteAddress(strings.TrimSpace(site))}
}

// LeaveOut names files and folders that are no part of the archive where they
// lie within its folder: what the program itself writes there.
func (a *Archive) LeaveOut(paths ...string) { a.files.LeaveOut(paths...) }

// Look reports what is wrong with the archive's path, without reading the
// archive.
func (a *Archive) Look() error { return a.files.Look() }

// Scope implements [connectors.Source].
func (a *Archive) Scope() connectors.Scope {
	return connectors.Scope{Tracker: "jira archive", Origin: a.files.Origin(), Query: a.site, Decoder: decoderVersion}
}

// ErrNoIssues says that an archive holds nothing to analyse.
var ErrNoIssues = errors.New("no issue in it")

// tally sums up what search pages say, to be compared at the end.
type tally struct {
	Issues int `json:"issues,omitempty"` // how many they announce
	Paged  int `json:"paged,omitempty"`  // how many they hold
	Open   int `json:"open,omitempty"`   // pages that name a next one by a token
	Closed int `json:"closed,omitempty"` // and such that do not
}

func (a tally) add(b tally) tally {
	return tally{max(a.Issues, b.Issues), a.Paged + b.Paged, a.Open + b.Open, a.Closed + b.Closed}
}

// Pull implements [connectors.Source].
func (a *Archive) Pull(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	site := sync.OnceValue(func() string { return orElse(a.site, firstSite(a.files)) })
	return connectors.Summary{}, saved.Pull(ctx, a.files, saved.Reader[tally]{
		Decode: func(pieces []saved.Chunk) (connectors.Batch, tally) { return decodePieces(pieces, site()) },
		Add:    tally.add,
		Last:   a.last,
	}, from.Cursor, emit)
}

// last says what is missing by what the archive's own pages say.
func (a *Archive) last(sum tally, records int) ([]connectors.Note, error) {
	if records == 0 {
		return nil, fmt.Errorf("archive %s: %w: is it the right path? Expected are Jira's answers as JSON: issues, search pages, change logs", a.files.Path, ErrNoIssues)
	}
	var notes []connectors.Note
	missing := func(reason string) {
		notes = append(notes, connectors.Note{Kind: connectors.NoteMissing, Subject: clip(filepath.Base(a.files.Path)), Reason: reason})
	}
	if sum.Issues > sum.Paged {
		missing(fmt.Sprintf("its search pages announce %d issues and hold %d", sum.Issues, sum.Paged))
	}
	if sum.Open > 0 && sum.Closed == 0 {
		missing("its search pages go on behind the last one that is here")
	}
	return notes, nil
}

var restAddress = regexp.MustCompile(`"self"\s*:\s*"(https?://[^"\s]+?)/rest/`)

// firstSite finds the Jira that an archive comes from, for the answers in it
// that do not say: the first address in it.
func firstSite(a *saved.Archive) string {
	site := "archive"
	a.Heads(func(head []byte) bool {
		m := restAddress.FindSubmatch(head)
		if m != nil {
			site = orElse(siteOf(string(m[1])+"/rest/"), site)
		}
		return m == nil
	})
	return site
}

func decodePieces(pieces []saved.Chunk, site string) (connectors.Batch, tally) {
	a := &answers{decoded: newDecoded(), site: site}
	for _, c := range pieces {
		a.chunk(c)
	}
	return a.take(), a.tally
}

// chunk decodes one piece of a file.
func (a *answers) chunk(c saved.Chunk) {
	if c.Bad != "" {
		a.Reject(c.File, c.Bad)
	}
	if c.Skip != "" {
		a.Note(connectors.NoteSkipped, c.File, c.Skip)
	}
	var values []gjson.Result
	for _, raw := range c.Values {
		values = append(values, a.parse(c.File, raw))
	}
	var rest gjson.Result
	if c.Rest != nil {
		rest = a.parse(c.File, c.Rest)
	}
	switch c.Key {
	case "issues":
		a.searchPage(values, rest, c.File)
	case "issueChangeLogs":
		a.bulkHistories(values, rest, c.File)
	case saved.KeyArray:
		a.elements(values, c.File, "")
	default:
		for i, v := range values {
			name := c.File
			if c.Lines[i] > 0 {
				name = fmt.Sprintf("%s line %d", c.File, c.Lines[i])
			}
			a.read(v, name, "")
		}
	}
}

// parse makes a value out of what was cut, mending it if need be.
func (a *answers) parse(file string, raw []byte) gjson.Result {
	raw, mended := saved.Repair(raw)
	if mended {
		a.Note(connectors.NoteRepaired, file, "broken UTF-8, mended")
	}
	return gjson.ParseBytes(raw)
}

// repair makes a value valid UTF-8 and says whether it was not.
func repair(v []byte) ([]byte, bool) { return saved.Repair(v) }
