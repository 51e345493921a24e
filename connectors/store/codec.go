package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
)

// The codec turns a record into one compact blob and back. A blob is a version
// byte, the record's digest and body mark, and the members in a fixed order:
// whole numbers as varints, instants as differences from the creation, texts
// as references into the store's table of symbols where they are likely to
// come again.
//
// Form 1 did not tell what versions came before the one at hand, nor when a
// version was told. Form 2 knew nothing of repositories. Form 3 did not tell when
// changes were told.

const codecVersion = 4

// texts gives strings numbers. Encoding for the digest uses none, so that the
// digest does not depend on what the store met before.
type texts interface {
	number(s string) uint64
}

// The ways to write a text. A tag stands in the low bits of a varint.
const (
	tagEmpty    = iota // ""
	tagDecimal         // a number in its shortest form
	tagPair            // two numbers with a point between: a change's id
	tagKey             // an issue key: a symbol and a number
	tagSymbol          // a symbol
	tagRaw             // length and bytes
	tagNumbered        // a symbol and a number right behind it
	tagBits     = 3
)

// symbolMax is the length from which a text is not worth a symbol.
const symbolMax = 64

type encoder struct {
	buf     []byte
	symbols texts // nil: write texts in full
	base    fact.Instant
	person  func(fact.Person) uint64
}

func (e *encoder) uint(x uint64)     { e.buf = binary.AppendUvarint(e.buf, x) }
func (e *encoder) int(x int64)       { e.buf = binary.AppendVarint(e.buf, x) }
func (e *encoder) who(p fact.Person) { e.uint(e.person(p)) }
func (e *encoder) float(x float64) {
	e.buf = binary.LittleEndian.AppendUint64(e.buf, math.Float64bits(x))
}

func (e *encoder) instant(t fact.Instant) {
	if t == 0 {
		e.uint(0)
		return
	}
	// One more than the zigzag of the difference, so that 0 stays "unknown".
	d := int64(t - e.base)
	e.uint(uint64(d<<1^d>>63) + 1)
}

func (e *encoder) bool(b bool) {
	if b {
		e.buf = append(e.buf, 1)
	} else {
		e.buf = append(e.buf, 0)
	}
}

func (e *encoder) raw(s string) {
	e.uint(uint64(len(s))<<tagBits | tagRaw)
	e.buf = append(e.buf, s...)
}

// text writes s in the shortest of the ways that fit.
func (e *encoder) text(s string) {
	if s == "" {
		e.uint(tagEmpty)
		return
	}
	if e.symbols == nil {
		e.raw(s)
		return
	}
	if n, ok := decimal(s); ok {
		e.uint(n<<tagBits | tagDecimal)
		return
	}
	if a, b, found := strings.Cut(s, "."); found {
		if x, ok := decimal(a); ok {
			if y, ok := decimal(b); ok {
				e.uint(x<<tagBits | tagPair)
				e.uint(y)
				return
			}
		}
	}
	if prefix, n, ok := key(s); ok {
		e.uint(e.symbols.number(prefix)<<tagBits | tagKey)
		e.uint(n)
		return
	}
	if prefix, n, ok := counted(s); ok {
		e.uint(e.symbols.number(prefix)<<tagBits | tagNumbered)
		e.uint(n)
		return
	}
	if len(s) <= symbolMax {
		e.uint(e.symbols.number(s)<<tagBits | tagSymbol)
		return
	}
	e.raw(s)
}

// id writes a text that hardly comes again: only what holds a number gets shorter
// by a symbol.
func (e *encoder) id(s string) {
	_, number := decimal(s)
	_, _, tail := counted(s)
	if number || tail || s == "" || strings.Contains(s, ".") {
		e.text(s)
		return
	}
	e.raw(s)
}

// counted splits the ids and keys of repositories: acme/shop#12, p557117521.
func counted(s string) (prefix string, n uint64, ok bool) {
	i := strings.LastIndexByte(s, '#') + 1
	if i == 0 {
		i = 1
	}
	if i >= len(s) || i > symbolMax {
		return "", 0, false
	}
	n, ok = decimal(s[i:])
	return s[:i], n, ok
}

// decimal reads a whole number that prints back as the same text and leaves
// room for the tag.
func decimal(s string) (uint64, bool) {
	if len(s) > 18 || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	var n uint64
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, s != ""
}

// key splits an issue key such as PAY-12.
func key(s string) (prefix string, n uint64, ok bool) {
	i := strings.LastIndexByte(s, '-')
	if i < 1 || i > symbolMax {
		return "", 0, false
	}
	n, ok = decimal(s[i+1:])
	return s[:i], n, ok
}

func (e *encoder) named(n fact.Named) { e.text(n.ID); e.text(n.Name) }
func (e *encoder) ref(r fact.Ref)     { e.text(r.ID); e.text(r.Key) }

func list[T any](e *encoder, xs []T, each func(T)) {
	e.uint(uint64(len(xs)))
	for _, x := range xs {
		each(x)
	}
}

// body writes everything but the change history.
func (e *encoder) body(r *fact.Record) {
	e.base = r.Created
	e.int(int64(r.Created))
	e.text(r.Site)
	e.text(r.ID)
	e.text(r.Key)
	e.raw(r.Title)
	derived := r.URL == browse(r)
	e.bool(derived)
	if !derived {
		e.raw(r.URL)
	}
	e.text(r.Project.ID)
	e.text(r.Project.Key)
	e.text(r.Project.Name)
	e.text(r.Type.ID)
	e.text(r.Type.Name)
	e.int(int64(r.Type.Rank))
	e.named(r.Status)
	e.named(r.Resolution)
	e.named(r.Priority)
	e.instant(r.Updated)
	e.instant(r.Resolved)
	e.text(r.Due)
	e.who(r.Creator)
	e.who(r.Reporter)
	e.who(r.Assignee)
	e.ref(r.Parent)
	e.float(r.Estimate)
	e.bool(r.Flagged)
	e.named(r.Team)
	list(e, r.Components, e.named)
	list(e, r.Labels, e.text)
	list(e, r.Releases, e.named)
	list(e, r.Sprints, e.named)
	list(e, r.Fields, func(f fact.Field) { e.text(f.ID); list(e, f.Values, e.named) })
	list(e, r.Links, func(l fact.Link) { e.id(l.ID); e.text(l.Type); e.text(l.Phrase); e.ref(l.Other) })
	list(e, r.Involvement, func(i fact.Involvement) {
		e.id(i.ID)
		e.instant(i.At)
		e.who(i.By)
		e.buf = append(e.buf, byte(i.Act), byte(i.Length))
	})
	e.uint(uint64(r.Unseen))
}

// hosted reports whether a record has any of what repositories alone tell. Of
// other records nothing is written, so that their marks and digests are those
// that earlier versions of the program gave them.
func hosted(r *fact.Record) bool {
	p := &r.Pull
	return r.Class != 0 || r.Children != 0 || !r.Milestone.IsZero() || len(r.Columns)+len(r.Mentions)+len(p.Paths) > 0 ||
		p.Sized || p.Added|p.Deleted|p.Files != 0 || p.Merged != 0 || p.Begun != 0
}

// repository writes what repositories alone tell.
func (e *encoder) repository(r *fact.Record) {
	e.buf = append(e.buf, byte(r.Class))
	e.uint(uint64(r.Children))
	e.ref(r.Milestone)
	list(e, r.Columns, e.named)
	list(e, r.Mentions, func(m fact.Mention) {
		e.buf = append(e.buf, byte(m.Where), byte(m.Word))
		e.text(m.Site)
		e.text(m.Key)
	})
	p := &r.Pull
	e.instant(p.Merged)
	e.instant(p.Begun)
	e.bool(p.Sized)
	e.int(int64(p.Added))
	e.int(int64(p.Deleted))
	e.int(int64(p.Files))
	list(e, p.Paths, func(f fact.Path) { e.raw(f.Name); e.int(int64(f.Added)); e.int(int64(f.Deleted)) })
}

// browse is the address that the trackers give an item, not worth storing.
func browse(r *fact.Record) string { return fact.Address(r.Site, r.Key) }

// history writes the change history.
func (e *encoder) history(r *fact.Record) {
	e.buf = append(e.buf, byte(r.History.State))
	e.uint(uint64(r.History.Have))
	e.uint(uint64(r.History.Total))
	list(e, r.Changes, func(c fact.Change) {
		e.id(c.ID)
		e.instant(c.At)
		e.who(c.By)
		e.buf = append(e.buf, byte(c.Kind))
		e.text(c.Field)
		e.side(c.From)
		e.side(c.To)
	})
}

func (e *encoder) side(v fact.Value) {
	// Most sides hold one or two of the three members: a mask saves the rest.
	var mask byte
	if v.ID != "" {
		mask |= 1
	}
	if v.Text != "" {
		mask |= 2
	}
	if v.Person != 0 {
		mask |= 4
	}
	e.buf = append(e.buf, mask)
	if mask&1 != 0 {
		e.text(v.ID)
	}
	if mask&2 != 0 {
		e.text(v.Text)
	}
	if mask&4 != 0 {
		e.who(v.Person)
	}
}

// mark identifies the body of one version of a record; see [merge].
type mark [8]byte

// neutral returns an encoder whose output is free of symbols, and of people: it
// says whether there is somebody, not who. Which accounts are one person may be
// learnt at any time later; who is meant is told by [decoder.cast].
func neutral() *encoder {
	return &encoder{buf: make([]byte, 0, 2048), person: func(p fact.Person) uint64 { return uint64(min(p, 1)) }}
}

// content writes all present values for a digest.
func (e *encoder) content(r *fact.Record) {
	e.body(r)
	if hosted(r) {
		e.repository(r)
	}
}

func markOf(r *fact.Record) mark {
	e := neutral()
	e.content(r)
	sum := sha256.Sum256(e.buf)
	return mark(sum[:8])
}

// digestOf identifies everything that is told of a record but who the people in
// it are, whichever store holds it and whichever way it came there. When the
// record is read, its people go into the digest, too.
func digestOf(r *fact.Record) [16]byte {
	e := neutral()
	e.content(r)
	e.history(r)
	sum := sha256.Sum256(e.buf)
	return [16]byte(sum[:16])
}

// encode returns the blob of a record all of which was told at once.
func encode(r *fact.Record, own ownHistory, body mark, symbols texts) []byte {
	return encodeVersion(version{rec: r, own: own, body: body}, symbols)
}

// encodeVersion returns the blob of a record whose Digest is set.
func encodeVersion(v version, symbols texts) []byte {
	r, own, body := v.rec, v.own, v.body
	e := encoder{
		buf: make([]byte, 0, 512), symbols: symbols,
		person: func(p fact.Person) uint64 { return uint64(p) },
	}
	e.buf = append(e.buf, codecVersion)
	e.buf = append(e.buf, r.Digest[:]...)
	e.buf = append(e.buf, body[:]...)
	e.body(r)
	e.instant(own.wholeThrough)
	e.uint(uint64(own.total))
	e.bool(own.any)
	e.instant(own.before)
	e.instant(r.Told)
	if e.bool(hosted(r)); hosted(r) {
		e.repository(r)
	}
	e.history(r)
	e.tellings(v)
	return e.buf
}

// tellings writes when changes were told, of those that the present version did
// not tell.
func (e *encoder) tellings(v version) {
	var numbers []int
	for i := range v.rec.Changes {
		if _, ok := v.other[idOf(&v.rec.Changes[i])]; ok {
			numbers = append(numbers, i)
		}
	}
	list(e, numbers, func(i int) {
		t := v.of(&v.rec.Changes[i])
		e.uint(uint64(i))
		e.instant(t.updated)
		e.instant(t.told)
	})
}

var errBlob = errors.New("stored facts are damaged")

type decoder struct {
	buf     []byte
	symbols []string
	base    fact.Instant
	bad     bool
	lean    bool // leave out the ids of changes and involvements
	people  *persons
	cast    cast
	other   map[changeID]telling // when changes were told, see [version]
}

// cast numbers the people of one record in the order in which the record names
// them. It knows them as the persons that they are by now, so that equal facts
// have equal digests, whenever it was learnt which accounts are one person.
type cast struct {
	members []member               // by person
	late    map[fact.Person]uint64 // those who came since the persons were looked up
	record  uint32                 // counts records, so that nobody needs to be forgotten
	count   uint64
	text    []byte // the digest without people, then the numbers
}

// member is the number of somebody within the record that used it last.
type member struct{ record, number uint32 }

func (c *cast) begin(digest []byte, people int) {
	if len(c.members) < people {
		c.members = make([]member, people)
	}
	clear(c.late)
	c.record++
	c.count = 0
	c.text = append(c.text[:0], digest...)
}

// name notes that the record names somebody.
func (c *cast) name(p fact.Person) {
	var n uint64
	switch {
	case p == 0:
	case int(p) < len(c.members):
		if m := &c.members[p]; m.record != c.record {
			c.count++
			*m = member{c.record, uint32(c.count)}
		}
		n = uint64(c.members[p].number)
	default:
		if n = c.late[p]; n == 0 {
			if c.late == nil {
				c.late = map[fact.Person]uint64{}
			}
			c.count++
			n = c.count
			c.late[p] = n
		}
	}
	c.text = binary.AppendUvarint(c.text, n)
}

// digest identifies a record with its people.
func (c *cast) digest() [16]byte {
	sum := sha256.Sum256(c.text)
	return [16]byte(sum[:16])
}

func (d *decoder) uint() uint64 {
	x, n := binary.Uvarint(d.buf)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.buf = d.buf[n:]
	return x
}

func (d *decoder) fail() { d.bad, d.buf = true, nil }

func (d *decoder) int() int64 {
	x, n := binary.Varint(d.buf)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.buf = d.buf[n:]
	return x
}

func (d *decoder) byte() byte {
	if len(d.buf) == 0 {
		d.fail()
		return 0
	}
	b := d.buf[0]
	d.buf = d.buf[1:]
	return b
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.buf)) {
		d.fail()
		return nil
	}
	b := d.buf[:n]
	d.buf = d.buf[n:]
	return b
}

func (d *decoder) float() float64 {
	b := d.bytes(8)
	if b == nil {
		return math.NaN()
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

func (d *decoder) instant() fact.Instant {
	x := d.uint()
	if x == 0 {
		return 0
	}
	x--
	return d.base + fact.Instant(int64(x>>1)^-int64(x&1))
}

func (d *decoder) who() fact.Person {
	p := fact.Person(d.uint())
	if d.people != nil {
		p = d.people.of(p)
		d.cast.name(p)
	}
	return p
}

func (d *decoder) text() string {
	x := d.uint()
	tag, x := x&(1<<tagBits-1), x>>tagBits
	switch tag {
	case tagEmpty:
		return ""
	case tagDecimal:
		return strconv.FormatUint(x, 10)
	case tagPair:
		return strconv.FormatUint(x, 10) + "." + strconv.FormatUint(d.uint(), 10)
	case tagKey:
		n := d.uint()
		return d.symbol(x) + "-" + strconv.FormatUint(n, 10)
	case tagSymbol:
		return d.symbol(x)
	case tagRaw:
		return string(d.bytes(x))
	case tagNumbered:
		n := d.uint()
		return d.symbol(x) + strconv.FormatUint(n, 10)
	}
	d.fail()
	return ""
}

// skip passes over a text without building it.
func (d *decoder) skip() {
	x := d.uint()
	switch x & (1<<tagBits - 1) {
	case tagPair, tagKey, tagNumbered:
		d.uint()
	case tagRaw:
		d.bytes(x >> tagBits)
	}
}

func (d *decoder) id() string {
	if d.lean {
		d.skip()
		return ""
	}
	return d.text()
}

func (d *decoder) symbol(n uint64) string {
	if n >= uint64(len(d.symbols)) {
		d.fail()
		return ""
	}
	return d.symbols[n]
}

func (d *decoder) named() fact.Named { return fact.Named{ID: d.text(), Name: d.text()} }
func (d *decoder) ref() fact.Ref     { return fact.Ref{ID: d.text(), Key: d.text()} }

// fill reads a list into the slice that the caller no longer needs.
func fill[T any](d *decoder, old []T, each func() T) []T {
	n := d.uint()
	if n > uint64(len(d.buf)) { // every element takes a byte at least
		d.fail()
		return old[:0]
	}
	out := slices.Grow(old[:0], int(n))
	for range n {
		out = append(out, each())
	}
	return out
}

// decode reads a blob into r, whose slices it uses again. Where the persons are
// known, the digest is that of the record with its people.
func (d *decoder) decode(blob []byte, r *fact.Record) (own ownHistory, body mark, err error) {
	d.buf, d.bad = blob, false
	form := d.byte()
	if form < 1 || form > codecVersion {
		return own, body, fmt.Errorf("%w: they are written in form %d, this version reads forms up to %d", errBlob, form, codecVersion)
	}
	copy(r.Digest[:], d.bytes(16))
	if d.people != nil {
		d.cast.begin(r.Digest[:], len(d.people.first))
	}
	copy(body[:], d.bytes(8))
	d.base = fact.Instant(d.int())
	r.Created = d.base
	r.Site, r.ID, r.Key, r.Title = d.text(), d.text(), d.text(), d.text()
	if derived := d.byte() == 1; derived {
		r.URL = browse(r)
	} else {
		r.URL = d.text()
	}
	r.Project = fact.Project{ID: d.text(), Key: d.text(), Name: d.text()}
	r.Type = fact.Type{ID: d.text(), Name: d.text(), Rank: fact.Rank(d.int())}
	r.Status, r.Resolution, r.Priority = d.named(), d.named(), d.named()
	r.Updated, r.Resolved, r.Due = d.instant(), d.instant(), d.text()
	r.Creator, r.Reporter, r.Assignee = d.who(), d.who(), d.who()
	r.Parent, r.Estimate, r.Flagged, r.Team = d.ref(), d.float(), d.byte() == 1, d.named()
	r.Components = fill(d, r.Components, d.named)
	r.Labels = fill(d, r.Labels, d.text)
	r.Releases = fill(d, r.Releases, d.named)
	r.Sprints = fill(d, r.Sprints, d.named)
	r.Fields = fill(d, r.Fields, func() fact.Field { return fact.Field{ID: d.text(), Values: fill(d, nil, d.named)} })
	r.Links = fill(d, r.Links, func() fact.Link {
		return fact.Link{ID: d.text(), Type: d.text(), Phrase: d.text(), Other: d.ref()}
	})
	r.Involvement = fill(d, r.Involvement, func() fact.Involvement {
		return fact.Involvement{ID: d.id(), At: d.instant(), By: d.who(), Act: fact.Act(d.byte()), Length: fact.LengthClass(d.byte())}
	})
	r.Unseen = int(d.uint())
	own = ownHistory{wholeThrough: d.instant(), total: int(d.uint()), any: d.byte() == 1}
	r.Told = 0
	if form > 1 {
		own.before = d.instant()
		r.Told = d.instant()
	}
	d.repository(r, form > 2 && d.byte() == 1)
	r.History = fact.History{State: fact.Completeness(d.byte()), Have: int(d.uint()), Total: int(d.uint())}
	r.Changes = fill(d, r.Changes, func() fact.Change {
		return fact.Change{
			ID: d.id(), At: d.instant(), By: d.who(), Kind: fact.Kind(d.byte()),
			Field: d.text(), From: d.side(), To: d.side(),
		}
	})
	if d.other = nil; form > 3 {
		d.tellings(r.Changes)
	}
	if d.bad || len(d.buf) != 0 {
		return own, body, errBlob
	}
	if d.people != nil {
		r.Digest = d.cast.digest()
	}
	return own, body, nil
}

// tellings reads when changes were told.
func (d *decoder) tellings(changes []fact.Change) {
	for n := d.uint(); n > 0 && !d.bad; n-- {
		i, t := d.uint(), telling{updated: d.instant(), told: d.instant()}
		switch {
		case i >= uint64(len(changes)):
			d.fail()
		case d.lean: // without the ids of changes
		default:
			if d.other == nil {
				d.other = map[changeID]telling{}
			}
			d.other[idOf(&changes[i])] = t
		}
	}
}

// repository reads what repositories alone tell, or clears it.
func (d *decoder) repository(r *fact.Record, there bool) {
	columns, mentions, paths := r.Columns[:0], r.Mentions[:0], r.Pull.Paths[:0]
	r.Class, r.Children, r.Milestone = 0, 0, fact.Ref{}
	r.Pull = fact.Pull{Paths: paths}
	if r.Columns, r.Mentions = columns, mentions; !there {
		return
	}
	r.Class, r.Children, r.Milestone = fact.Class(d.byte()), int(d.uint()), d.ref()
	r.Columns = fill(d, columns, d.named)
	r.Mentions = fill(d, mentions, func() fact.Mention {
		return fact.Mention{Where: fact.Where(d.byte()), Word: fact.Word(d.byte()), Site: d.text(), Key: d.text()}
	})
	p := &r.Pull
	p.Merged, p.Begun, p.Sized = d.instant(), d.instant(), d.byte() == 1
	p.Added, p.Deleted, p.Files = int(d.int()), int(d.int()), int(d.int())
	p.Paths = fill(d, paths, func() fact.Path { return fact.Path{Name: d.text(), Added: int(d.int()), Deleted: int(d.int())} })
}

func (d *decoder) side() fact.Value {
	var v fact.Value
	mask := d.byte()
	if mask&1 != 0 {
		v.ID = d.text()
	}
	if mask&2 != 0 {
		v.Text = d.text()
	}
	if mask&4 != 0 {
		v.Person = d.who()
	}
	return v
}
