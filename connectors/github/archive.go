package github

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"smokestack/connectors"
	"smokestack/connectors/saved"
	"smokestack/connectors/wire"
)

// Archive is a source of saved GitHub answers: a folder, a .tar.gz, a .zip, or a
// .json or .jsonl file, of issues and pull requests one by one with their
// events, of pages by REST or GraphQL, or of whole repositories. It implements
// [connectors.Source].
type Archive struct {
	files *saved.Archive
	site  string
}

var _ connectors.Source = (*Archive)(nil)

// format is what saved answers look like, as far as cutting them goes: the
// archives of whole repositories are lists.
var format = saved.Format{Tracker: "GitHub", Lists: map[string]string{"issues": "a list without issues", "pulls": "a list without pull requests"}}

// NewArchive returns the source of the archive at path. Site is the web address
// of the GitHub that it was saved from, for answers that carry none; it may be
// empty, and counts for nothing where it is no address.
func NewArchive(path, site string) *Archive {
	return &Archive{files: saved.New(path, format), site: siteAddress(site)}
}

// siteAddress writes the address of a site in the one way in which facts name
// it, without credentials; "" where it is none.
func siteAddress(text string) string {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme == "" {
		return ""
	}
	host := strings.ToLower(u.Host)
	if host == "www.github.com" || host == "api.github.com" {
		host = "github.com"
	}
	return strings.ToLower(u.Scheme) + "://" + host
}

// LeaveOut names files and folders that are no part of the archive where they
// lie within its folder: what the program itself writes there.
func (a *Archive) LeaveOut(paths ...string) { a.files.LeaveOut(paths...) }

// Look reports what is wrong with the archive's path, without reading the
// archive.
func (a *Archive) Look() error { return a.files.Look() }

// Scope implements [connectors.Source].
func (a *Archive) Scope() connectors.Scope {
	return connectors.Scope{Tracker: "github archive", Origin: a.files.Origin(), Query: a.site, Decoder: decoderVersion}
}

// ErrNoItems says that an archive holds nothing to analyse.
var ErrNoItems = errors.New("no issue and no pull request in it")

// tally sums up what an archive's pages say, to be compared at the end.
type tally struct {
	Used   bits           `json:"used,omitempty"`   // of the parts of items
	Open   map[string]int `json:"open,omitempty"`   // pages that another one follows, by repository and list
	Closed map[string]int `json:"closed,omitempty"` // and such that end the list
}

func (t tally) add(o tally) tally {
	return tally{Used: t.Used.or(o.Used), Open: sum(t.Open, o.Open), Closed: sum(t.Closed, o.Closed)}
}

func sum(a, b map[string]int) map[string]int {
	out := maps.Clone(a)
	for k, n := range b {
		if out == nil {
			out = map[string]int{}
		}
		out[k] += n
	}
	return out
}

// bits is a set of small numbers.
type bits []byte

func (b *bits) set(i int) {
	for len(*b) <= i/8 {
		*b = append(*b, 0)
	}
	(*b)[i/8] |= 1 << (i % 8)
}

func (b bits) has(i int) bool { return i/8 < len(b) && b[i/8]&(1<<(i%8)) != 0 }

func (b bits) or(o bits) bits {
	if len(b) < len(o) {
		b, o = o, b
	}
	out := append(bits(nil), b...)
	for i := range o {
		out[i] |= o[i]
	}
	return out
}

// Pull implements [connectors.Source].
func (a *Archive) Pull(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	var parts *parts
	begin := func(ctx context.Context) (err error) {
		parts, err = a.collect(ctx)
		return err
	}
	return connectors.Summary{}, saved.Pull(ctx, a.files, saved.Reader[tally]{
		Begin: begin,
		Decode: func(pieces []saved.Chunk) (connectors.Batch, tally) {
			r := newReading(a.site, parts)
			for _, c := range pieces {
				r.chunk(c)
			}
			return r.Take(), r.tally
		},
		Add:  tally.add,
		Last: func(said tally, records int) ([]connectors.Note, error) { return a.last(said, records, parts) },
	}, from.Cursor, emit)
}

// last says what is missing by what the archive's own pages say, and what in it
// belongs to nothing.
func (a *Archive) last(said tally, records int, p *parts) ([]connectors.Note, error) {
	if records == 0 {
		return nil, fmt.Errorf("archive %s: %w: is it the right path? Expected are GitHub's answers as JSON: issues and pull requests with their events, pages by REST or GraphQL", a.files.Path, ErrNoItems)
	}
	notes := p.unused(said.Used)
	for _, list := range slices.Sorted(maps.Keys(said.Open)) {
		if said.Closed[list] == 0 {
			notes = append(notes, connectors.Note{
				Kind: connectors.NoteMissing, Subject: wire.Clip(filepath.Base(a.files.Path)),
				Reason: "its pages of " + list + " go on behind the last one that is here",
			})
		}
	}
	return notes, nil
}
