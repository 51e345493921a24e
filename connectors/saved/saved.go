// Package saved reads archives of what a tracker answered: folders, tars, zips
// and single files of JSON, of any size and in whatever order. It finds the
// files, cuts them into values, and hands what a tracker's own decoder makes of
// these over in batches; it knows no tracker.
package saved

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"

	"smokestack/connectors"
	"smokestack/connectors/wire"
)

// Archive is a place on disk that holds saved answers.
type Archive struct {
	Path    string
	Format  Format
	Limits  Limits
	Workers int // how many goroutines decode

	without []string
}

// New returns the archive at path.
func New(path string, format Format) *Archive {
	return &Archive{Path: filepath.Clean(path), Format: format, Limits: Usual, Workers: runtime.GOMAXPROCS(0)}
}

// LeaveOut names files and folders that are no part of the archive where they
// lie within its folder: what the program itself writes there.
func (a *Archive) LeaveOut(paths ...string) { a.without = append(a.without, paths...) }

// Look reports what is wrong with the archive's path, without reading the
// archive.
func (a *Archive) Look() error {
	_, err := openContainer(a.Path)
	return err
}

// Origin is the archive's path, in full.
func (a *Archive) Origin() string {
	if abs, err := filepath.Abs(a.Path); err == nil {
		return abs
	}
	return a.Path
}

// Heads calls look with how each of the first hundred files begins, until it
// returns false. What cannot be read has no beginning.
func (a *Archive) Heads(look func(head []byte) bool) {
	c, err := openContainer(a.Path)
	if err != nil {
		return
	}
	c.without = places(a.without)
	enough := errors.New("enough")
	seen := 0
	_ = c.each(func(_ string, r io.Reader) error {
		head, _ := Repair(read(r, 256<<10))
		if seen++; !look(head) || seen == 100 {
			return enough
		}
		return nil
	})
}

// Scan reads files before a pull does: those whose beginning look wants, cut as
// the pull cuts them. What cannot be read, the pull meets and tells.
func (a *Archive) Scan(ctx context.Context, look func(head []byte) bool, take func(Chunk)) error {
	c, err := openContainer(a.Path)
	if err != nil {
		return err
	}
	c.without = places(a.without)
	err = c.each(func(name string, r io.Reader) error {
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		head := read(r, 512)
		if !look(head) {
			return nil
		}
		_ = Split(name, io.MultiReader(bytes.NewReader(head), r), a.Format, a.Limits, func(c Chunk) error {
			take(c)
			return context.Cause(ctx)
		})
		return nil
	})
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if err != nil && !errors.Is(err, ErrCut) {
		return err
	}
	return nil
}

// Reader makes batches of what an archive holds. S is what batches say of the
// archive as a whole, summed up; it stands in cursors, as JSON.
type Reader[S any] struct {
	// Begin, if there is one, is called before anything is decoded; not where
	// nothing is left to read.
	Begin func(context.Context) error
	// Decode turns pieces of files into one batch, and says what it adds to the
	// sum. It is called by several goroutines at a time.
	Decode func(pieces []Chunk) (connectors.Batch, S)
	// Add returns the sum of all that came before and what one batch adds.
	Add func(sum, part S) S
	// Last returns what is to be said behind the last batch, given how many records
	// came in all.
	Last func(sum S, records int) ([]connectors.Note, error)
}

// place is an archive's cursor: the state of the archive that it belongs to,
// and what of it is done.
type place[S any] struct {
	State string `json:"state"`
	Files int    `json:"files"` // whole files
	Chunk int    `json:"chunk"` // pieces of the next one
	Done  bool   `json:"done,omitempty"`

	Found int `json:"found"` // records in what is done
	Sum   *S  `json:"sum,omitempty"`
}

func (p place[S]) cursor() (connectors.Cursor, error) {
	text, err := json.Marshal(p)
	return connectors.Cursor(text), err
}

// begin reads a cursor. One that does not belong to the archive as it is now
// begins anew.
func begin[S any](from connectors.Cursor, state string) (at place[S], fresh bool) {
	err := json.Unmarshal([]byte(from), &at)
	if err != nil || at.State != state || at.Sum == nil && !at.Done {
		return place[S]{State: state, Sum: new(S)}, true
	}
	return at, false
}

// Pull hands over what the archive holds from the cursor on, as the contract of
// [connectors.Source] has it.
func Pull[S any](ctx context.Context, a *Archive, r Reader[S], from connectors.Cursor, emit func(connectors.Batch) error) error {
	c, err := openContainer(a.Path)
	if err != nil {
		return err
	}
	c.without = places(a.without)
	state, err := c.state()
	if err != nil {
		return err
	}
	at, fresh := begin[S](from, state)
	if at.Done {
		return nil
	}
	p := &pull[S]{c: c, a: a, r: r, at: at, fresh: fresh, emit: emit}
	p.c.odd = p.leftOut
	if r.Begin != nil {
		if err := r.Begin(ctx); err != nil {
			return err
		}
	}
	if err := p.run(ctx); err != nil {
		return err
	}
	return p.end(ctx)
}

// pull is one run over an archive: one goroutine cuts files, several decode,
// and the results are handed over in the order of the files.
type pull[S any] struct {
	c     container
	a     *Archive
	r     Reader[S]
	at    place[S]
	fresh bool
	emit  func(connectors.Batch) error

	odd  []connectors.Note // what the archive holds besides files and folders
	more int               // and how many more of it
}

// leftOut notes what is in the archive and is not read.
func (p *pull[S]) leftOut(name, what string) {
	if len(p.odd) == 50 {
		p.more++
		return
	}
	p.odd = append(p.odd, connectors.Note{Kind: connectors.NoteSkipped, Subject: wire.Clip(name), Reason: what})
}

// mostChunks bounds a batch whose chunks are small, or hold nothing but what is
// wrong with them.
const mostChunks = 1000

// job is a batch in the making.
type job[S any] struct {
	chunks []Chunk
	size   int
	next   place[S] // the cursor behind it, sums left out
	result chan decoded[S]
}

// decoded is what became of a job.
type decoded[S any] struct {
	batch connectors.Batch
	sum   S
}

func (p *pull[S]) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	todo := make(chan *job[S])
	order := make(chan *job[S], p.a.Workers*2)
	for range p.a.Workers {
		go func() {
			for j := range todo {
				batch, sum := p.r.Decode(j.chunks)
				j.result <- decoded[S]{batch, sum}
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
func (p *pull[S]) cut(ctx context.Context, todo, order chan<- *job[S]) error {
	j := &job[S]{}
	send := func(next place[S]) error {
		if len(j.chunks) == 0 {
			return nil
		}
		j.next, j.result = next, make(chan decoded[S], 1)
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
		j = &job[S]{}
		return nil
	}
	files, start := 0, p.at
	at := place[S]{Files: start.Files, Chunk: start.Chunk} // behind what is in the job
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
		at = place[S]{Files: files - 1, Chunk: skip}
		err := Split(name, r, p.a.Format, p.a.Limits, func(c Chunk) error {
			if chunks++; chunks <= skip {
				return nil
			}
			at.Chunk = chunks
			j.chunks = append(j.chunks, c)
			for _, v := range c.Values {
				j.size += len(v)
			}
			if j.size < p.a.Limits.Job && len(j.chunks) < mostChunks {
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
			j.chunks = append(j.chunks, Chunk{File: name, Bad: "its entry in the zip is damaged: " + err.Error()})
		}
		at = place[S]{Files: files}
		return nil
	})
	if err != nil && !errors.Is(err, ErrCut) {
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
func (p *pull[S]) hand(ctx context.Context, j *job[S]) error {
	var d decoded[S]
	select { // what a decoder has begun, it ends; nobody waits for it
	case d = <-j.result:
	case <-ctx.Done():
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	next := j.next
	sum := p.r.Add(*p.at.Sum, d.sum)
	next.State, next.Found, next.Sum = p.at.State, p.at.Found+len(d.batch.Records), &sum
	return p.pass(d.batch, next)
}

// pass hands over a batch with the cursor behind it.
func (p *pull[S]) pass(b connectors.Batch, next place[S]) error {
	cursor, err := next.cursor()
	if err != nil {
		return fmt.Errorf("archive %s: its cursor: %w", p.a.Path, err)
	}
	b.Fresh, b.Next = p.fresh, cursor
	if err := p.emit(b); err != nil {
		return err
	}
	p.at, p.fresh = next, false
	return nil
}

// end hands over the last word: what of the archive was not read, and what its
// own answers say is missing.
func (p *pull[S]) end(ctx context.Context) error {
	last, err := p.r.Last(*p.at.Sum, p.at.Found)
	if err != nil {
		return err
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	next := p.at
	next.Done = true
	b := connectors.Batch{Notes: p.odd}
	if p.more > 0 {
		b.Notes = append(b.Notes, connectors.Note{Kind: connectors.NoteSkipped, Subject: wire.Clip(filepath.Base(p.a.Path)), Reason: fmt.Sprintf("%d more links and the like in it", p.more)})
	}
	b.Notes = append(b.Notes, last...)
	return p.pass(b, next)
}
