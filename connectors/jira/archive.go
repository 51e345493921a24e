// Package jira turns what a Jira says into facts: live (a later version) and
// out of saved answers, through the same decoders.
package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/connectors"
)

// Archive is a source of saved Jira answers: a folder, a .tar.gz, a .zip, or a
// .json or .jsonl file, of issues one by one, search pages and change logs.
// It implements [connectors.Source].
type Archive struct {
	path    string
	site    string
	workers int
	limits  limits
	without []string
}

var _ connectors.Source = (*Archive)(nil)

// NewArchive returns the source of the archive at path. Site is the address of
// the Jira that it was saved from, for answers that carry none; it may be
// empty, and counts for nothing where it is no address.
func NewArchive(path, site string) *Archive {
	return &Archive{path: filepath.Clean(path), site: siteAddress(strings.TrimSpace(site)), workers: runtime.GOMAXPROCS(0), limits: usual}
}

// LeaveOut names files and folders that are no part of the archive where they
// lie within its folder: what the program itself writes there.
func (a *Archive) LeaveOut(paths ...string) { a.without = append(a.without, paths...) }

// Look reports what is wrong with the archive's path, without reading the
// archive.
func (a *Archive) Look() error {
	_, err := openContainer(a.path)
	return err
}

// Scope implements [connectors.Source].
func (a *Archive) Scope() connectors.Scope {
	origin := a.path
	if abs, err := filepath.Abs(origin); err == nil {
		origin = abs
	}
	return connectors.Scope{Tracker: "jira archive", Origin: origin, Query: a.site, Decoder: decoderVersion}
}

// ErrNoIssues says that an archive holds nothing to analyse.
var ErrNoIssues = errors.New("no issue in it")

// place is the archive's cursor: the state of the archive that it belongs to,
// and what of it is done.
type place struct {
	State string `json:"state"`
	Files int    `json:"files"` // whole files
	Chunk int    `json:"chunk"` // pieces of the next one
	Done  bool   `json:"done,omitempty"`

	// Sums over what is done, to be compared at the end.
	Found     int `json:"found"`
	Announced int `json:"announced,omitempty"`
	Paged     int `json:"paged,omitempty"`
	Open      int `json:"open,omitempty"`
	Closed    int `json:"closed,omitempty"`
}

func (p place) cursor() connectors.Cursor {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // whole numbers and a hexadecimal text
	}
	return connectors.Cursor(text)
}

// Pull implements [connectors.Source].
func (a *Archive) Pull(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	c, err := openContainer(a.path)
	if err != nil {
		return connectors.Summary{}, err
	}
	c.without = places(a.without)
	state, err := c.state()
	if err != nil {
		return connectors.Summary{}, err
	}
	var at place
	fresh := json.Unmarshal([]byte(from.Cursor), &at) != nil || at.State != state
	if fresh {
		at = place{State: state}
	}
	if at.Done {
		return connectors.Summary{}, nil
	}
	p := &pull{c: c, site: a.site, workers: a.workers, limits: a.limits, at: at, fresh: fresh, emit: emit}
	if p.site == "" {
		p.site = firstSite(c)
	}
	p.c.odd = p.leftOut
	if err := p.run(ctx); err != nil {
		return connectors.Summary{}, err
	}
	if p.at.Found == 0 {
		return connectors.Summary{}, fmt.Errorf("archive %s: %w: is it the right path? Expected are Jira's answers as JSON: issues, search pages, change logs", a.path, ErrNoIssues)
	}
	return connectors.Summary{}, p.end(ctx)
}

var restAddress = regexp.MustCompile(`"self"\s*:\s*"(https?://[^"\s]+?)/rest/`)

// firstSite finds the Jira that an archive comes from, for the answers in it
// that do not say: the first address in it.
func firstSite(c container) string {
	site := ""
	seen := 0
	stop := errors.New("found")
	_ = c.each(func(_ string, r io.Reader) error {
		head, _ := repair(read(r, 256<<10))
		if m := restAddress.FindSubmatch(head); m != nil {
			site = siteOf(string(m[1]) + "/rest/")
			return stop
		}
		if seen++; seen == 100 {
			return stop
		}
		return nil
	})
	if site == "" {
		site = "archive"
	}
	return site
}

// pull is one run over an archive: one goroutine cuts files, several decode,
// and the results are handed over in the order of the files.
type pull struct {
	c       container
	site    string
	workers int
	limits  limits
	at      place
	fresh   bool
	emit    func(connectors.Batch) error

	odd  []connectors.Note // what the archive holds besides files and folders
	more int               // and how many more of it
}

// leftOut notes what is in the archive and is not read.
func (p *pull) leftOut(name, what string) {
	if len(p.odd) == 50 {
		p.more++
		return
	}
	p.odd = append(p.odd, connectors.Note{Kind: connectors.NoteSkipped, Subject: clip(name), Reason: what})
}

// mostChunks bounds a batch whose chunks are small, or hold nothing but what is
// wrong with them.
const mostChunks = 1000

// job is a batch in the making.
type job struct {
	chunks []chunk
	size   int
	next   place // the cursor behind it, sums left out
	result chan *answers
}

func (p *pull) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan *job)
	order := make(chan *job, p.workers*2)
	for range p.workers {
		go func() {
			for j := range todo {
				j.result <- p.decode(j)
			}
		}()
	}
	failed := make(chan error, 1)
	go func() {
		defer close(todo)
		defer close(order)
		failed <- p.cut(ctx, todo, order)
	}()
	for j := range order {
		if err := p.hand(ctx, j); err != nil {
			cancel(err)
			for range order { // let the cutter end
			}
			<-failed
			return err
		}
	}
	return <-failed
}

// cut reads the archive's files into jobs.
func (p *pull) cut(ctx context.Context, todo, order chan<- *job) error {
	j := &job{}
	send := func(next place) error {
		if len(j.chunks) == 0 {
			return nil
		}
		j.next, j.result = next, make(chan *answers, 1)
		select {
		case order <- j:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		select {
		case todo <- j:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		j = &job{}
		return nil
	}
	files, start := 0, p.at
	at := place{Files: start.Files, Chunk: start.Chunk} // behind what is in the job
	err := p.c.each(func(name string, r io.Reader) error {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if files++; files <= start.Files {
			return nil
		}
		chunks, skip := 0, 0
		if files == start.Files+1 {
			skip = start.Chunk
		}
		at = place{Files: files - 1, Chunk: skip}
		err := split(name, r, p.limits, func(c chunk) error {
			if chunks++; chunks <= skip {
				return nil
			}
			at.Chunk = chunks
			j.chunks = append(j.chunks, c)
			for _, v := range c.values {
				j.size += len(v)
			}
			if j.size < p.limits.job && len(j.chunks) < mostChunks {
				return nil
			}
			return send(at)
		})
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
			if p.c.shape != shapeZip {
				return p.c.cut(err)
			}
			// Entries of a zip stand by themselves: the next one can be read.
			j.chunks = append(j.chunks, chunk{file: name, bad: "its entry in the zip is damaged: " + err.Error()})
		}
		at = place{Files: files}
		return nil
	})
	if err != nil && !errors.Is(err, errCut) {
		return err
	}
	// What was read before the archive broke off is kept. The cursor stays in
	// front of the break, so that the next pull meets it again.
	if sent := send(at); sent != nil {
		return sent
	}
	return err
}

// hand turns a decoded job into a batch and hands it over.
func (p *pull) hand(ctx context.Context, j *job) error {
	var a *answers
	select { // what a decoder has begun, it ends; nobody waits for it
	case a = <-j.result:
	case <-ctx.Done():
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	next := j.next
	next.State, next.Found = p.at.State, p.at.Found+len(a.batch.Records)
	next.Announced, next.Paged = max(p.at.Announced, a.announced), p.at.Paged+a.paged
	next.Open, next.Closed = p.at.Open+a.open, p.at.Closed+a.closed
	b := a.take()
	b.Fresh, b.Next = p.fresh, next.cursor()
	if err := p.emit(b); err != nil {
		return err
	}
	p.at, p.fresh = next, false
	return nil
}

// end hands over the last word: what of the archive was not read, and what its
// own pages say is missing.
func (p *pull) end(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	next := p.at
	next.Done = true
	b := connectors.Batch{Next: next.cursor(), Notes: p.odd}
	if p.more > 0 {
		b.Notes = append(b.Notes, connectors.Note{Kind: connectors.NoteSkipped, Subject: clip(filepath.Base(p.c.path)), Reason: fmt.Sprintf("%d more links and the like in it", p.more)})
	}
	missing := func(reason string) {
		b.Notes = append(b.Notes, connectors.Note{Kind: connectors.NoteMissing, Subject: clip(filepath.Base(p.c.path)), Reason: reason})
	}
	if p.at.Announced > p.at.Paged {
		missing(fmt.Sprintf("its search pages announce %d issues and hold %d", p.at.Announced, p.at.Paged))
	}
	if p.at.Open > 0 && p.at.Closed == 0 {
		missing("its search pages go on behind the last one that is here")
	}
	if err := p.emit(b); err != nil {
		return err
	}
	p.at = next
	return nil
}

func (p *pull) decode(j *job) *answers {
	a := &answers{decoded: newDecoded(), site: p.site}
	for _, c := range j.chunks {
		a.chunk(c)
	}
	return a
}

// chunk decodes one piece of a file.
func (a *answers) chunk(c chunk) {
	if c.bad != "" {
		a.reject(c.file, c.bad)
	}
	if c.skip != "" {
		a.note(connectors.NoteSkipped, c.file, c.skip)
	}
	var values []gjson.Result
	for _, raw := range c.values {
		values = append(values, a.parse(c.file, raw))
	}
	var rest gjson.Result
	if c.rest != nil {
		rest = a.parse(c.file, c.rest)
	}
	switch c.key {
	case "issues":
		a.searchPage(values, rest, c.file)
	case "issueChangeLogs":
		a.bulkHistories(values, rest, c.file)
	case keyArray:
		a.elements(values, c.file, "")
	default:
		for i, v := range values {
			name := c.file
			if c.lines[i] > 0 {
				name = fmt.Sprintf("%s line %d", c.file, c.lines[i])
			}
			a.read(v, name, "")
		}
	}
}

// parse makes a value out of what was cut, mending it if need be.
func (a *answers) parse(file string, raw []byte) gjson.Result {
	raw, mended := repair(raw)
	if mended {
		a.note(connectors.NoteRepaired, file, "broken UTF-8, mended")
	}
	return gjson.ParseBytes(raw)
}
