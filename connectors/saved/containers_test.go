package saved

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/saved/savedtest"
)

// outcome is what one pull of an archive brought.
type outcome struct {
	ids   []string // of records, in the order in which they came
	notes []connectors.Note
	next  connectors.Cursor
	fresh int // batches that begin anew
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
		o.fresh += tick(b.Fresh)
		return nil
	})
	for _, n := range o.notes {
		if n.Subject == "" || n.Reason == "" || !utf8.ValidString(n.Subject+n.Reason) {
			tb.Errorf("a note %+q", n)
		}
	}
	return o
}

// sited is an archive of the pretend tracker, with two workers.
func sited(path string, l Limits) *source {
	a := New(path, pretend)
	a.Limits, a.Workers = l, 2
	return &source{a}
}

func (s *source) Scope() connectors.Scope {
	return connectors.Scope{Tracker: "pretend", Origin: s.a.Origin()}
}

func (s *source) Pull(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	r := reader
	r.Last = func(values, records int) ([]connectors.Note, error) {
		notes, err := reader.Last(values, records)
		if err != nil {
			err = fmt.Errorf("archive %s: %w", s.a.Path, err)
		}
		return notes, err
	}
	return connectors.Summary{}, Pull(ctx, s.a, r, from.Cursor, emit)
}

// upTo are the ids from 1 to n.
func upTo(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprint(i+1))
	}
	return out
}

// complete counts the files of a tar that are there to their last byte in its
// first n bytes.
func complete(tb testing.TB, whole []byte, n int) int {
	tb.Helper()
	r := bytes.NewReader(whole)
	files := 0
	for t := tar.NewReader(r); ; files++ {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		must(tb, err)
		if int64(n) < int64(len(whole)-r.Len())+head.Size {
			return files
		}
	}
}

// An archive that breaks off brings what is whole of it, in order, and an error.
// To pull it again brings the error again and nothing else; once the archive was
// replaced by a good one, everything comes.
func TestBreaksOff(t *testing.T) {
	t.Parallel()
	const n = 40
	files := savedtest.Flat(savedtest.Few(n))
	var plain bytes.Buffer
	savedtest.Tar(t, &plain, files)
	packed := savedtest.Gzip(t, plain.Bytes())
	lines := savedtest.Gzip(t, savedtest.Joined(savedtest.Few(n), "\n"))
	r := rand.New(rand.NewPCG(1, 2))
	for name, c := range map[string]struct {
		whole []byte
		want  func(cut []byte) int // issues that are there to the last byte
		cuts  []int
	}{
		// Between files too, where nothing but the missing end tells: files are
		// multiples of 512 bytes here.
		"issues.tar": {whole: plain.Bytes(), cuts: append(multiples(512, 2*n*512+512), somewhere(r, 25, plain.Len()-1024)...),
			want: func(cut []byte) int { return complete(t, plain.Bytes(), len(cut)) }},
		"issues.tar.gz": {whole: packed, cuts: append(somewhere(r, 60, len(packed)), len(packed)-1, len(packed)-8, 1, 9, 10, 11),
			want: func(cut []byte) int { return complete(t, plain.Bytes(), len(unpacked(cut))) }},
		"issues.jsonl.gz": {whole: lines, cuts: append(somewhere(r, 60, len(lines)), len(lines)-1, len(lines)-8, 3),
			want: func(cut []byte) int { return bytes.Count(unpacked(cut), []byte("}}")) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, at := range c.cuts {
				breaksOff(t, name, c.whole, at, c.want(c.whole[:at]))
			}
		})
	}
}

func breaksOff(t *testing.T, name string, whole []byte, at, want int) {
	t.Helper()
	path := savedtest.File(t, name, whole[:at])
	src := sited(path, Limits{Small: 300, Value: 1 << 20, Job: 500})
	first := pullAll(t, src, "")
	if !errors.Is(first.err, ErrCut) && at > 512 {
		t.Fatalf("%s of %d bytes: %v", name, at, first.err)
	}
	if first.err == nil {
		t.Fatalf("%s of %d bytes: nothing is wrong", name, at)
	}
	// A line that ends where the file breaks off may be there or not.
	if got := len(first.ids); got != want && (got != want-1 || !strings.Contains(name, "jsonl")) || !slices.Equal(first.ids, upTo(got)) {
		t.Errorf("%s of %d bytes: the issues %v of %d", name, at, first.ids, want)
	}
	second := pullAll(t, sited(path, src.a.Limits), first.next)
	if second.err == nil || second.err.Error() != first.err.Error() || first.next != "" && (len(second.ids) > 0 || second.fresh > 0) {
		t.Errorf("%s of %d bytes, once more: %v, %v", name, at, second.ids, second.err)
	}
	must(t, os.WriteFile(path, whole, 0o644))
	third := pullAll(t, sited(path, src.a.Limits), first.next)
	if third.err != nil || third.fresh != 1 || !slices.Equal(third.ids, upTo(40)) {
		t.Errorf("%s of %d bytes, replaced: %d issues, %d times anew, %v", name, at, len(third.ids), third.fresh, third.err)
	}
}

// unpacked returns as much as can be unpacked.
func unpacked(cut []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(cut))
	if err != nil {
		return nil
	}
	data, _ := io.ReadAll(z)
	return data
}

func multiples(step, below int) []int {
	var out []int
	for n := step; n < below; n += step {
		out = append(out, n)
	}
	return out
}

func somewhere(r *rand.Rand, k, below int) []int {
	var out []int
	for range k {
		out = append(out, 1+r.IntN(below-1))
	}
	return out
}

// A byte that went wrong in a compressed archive is noticed, wherever it is, or
// does no harm. A checksum that stands at the very end is read as well.
func TestDamagedByte(t *testing.T) {
	t.Parallel()
	const n = 12
	files := savedtest.Flat(savedtest.Few(n))
	var plain, packed, stored bytes.Buffer
	savedtest.Tar(t, &plain, files)
	savedtest.Zip(t, &packed, files, zip.Deflate)
	savedtest.Zip(t, &stored, files, zip.Store)
	for name, whole := range map[string][]byte{
		"issues.tar.gz": savedtest.Gzip(t, plain.Bytes()), "issues.jsonl.gz": savedtest.Gzip(t, savedtest.Joined(savedtest.Few(n), "\n")), "issues.zip": packed.Bytes(), "stored.zip": stored.Bytes(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := savedtest.File(t, name, whole)
			want := sinkFacts(t, sited(path, narrow))
			stride := max(1, len(whole)/400) // all of a byte's neighbours are like it
			for i := 0; i < len(whole); i += stride {
				damaged := bytes.Clone(whole)
				damaged[i] ^= 1 << (i % 8)
				must(t, os.WriteFile(path, damaged, 0o644))
				harmless(t, path, i, want)
			}
			for i := len(whole) - 8; i < len(whole); i++ {
				damaged := bytes.Clone(whole)
				damaged[i] ^= 0x10
				must(t, os.WriteFile(path, damaged, 0o644))
				harmless(t, path, i, want)
			}
		})
	}
}

// harmless makes sure that a pull ends with an error, or tells that something
// was left out, or leaves the wanted facts.
func harmless(t *testing.T, path string, at int, want connectortest.Facts) {
	t.Helper()
	src := sited(path, narrow)
	o := pullAll(t, src, "")
	if o.err != nil || len(o.notes) > 0 {
		return
	}
	got := sinkFacts(t, src)
	if d := connectortest.Difference(want, got); d != "" {
		t.Errorf("the byte %d is damaged, and nothing tells:\n%s", at, d)
	}
}

func sinkFacts(tb testing.TB, src connectors.Source) connectortest.Facts {
	tb.Helper()
	sink := connectortest.NewSink()
	_, err := connectors.Pull(tb.Context(), src, sink, nil)
	must(tb, err)
	return sink.Facts()
}

// A zip is found by the list at its end: without it there is no archive, and
// what it says wrongly is noticed.
func TestDamagedZip(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	savedtest.Zip(t, &buf, savedtest.Flat(savedtest.Few(9)), zip.Deflate)
	whole := buf.Bytes()
	list := bytes.Index(whole, []byte("PK\x01\x02"))
	end := bytes.LastIndex(whole, []byte("PK\x05\x06"))
	edit := func(change func(data []byte) []byte) []byte { return change(bytes.Clone(whole)) }
	for name, data := range map[string][]byte{
		"without its list":          whole[:list],
		"cut within its list":       whole[:(list+end)/2],
		"cut within its end":        whole[:end+10],
		"cut within a file":         whole[:list/2],
		"a list that is no list":    edit(func(data []byte) []byte { copy(data[list:], "XXXX"); return data }),
		"a list somewhere else":     edit(func(data []byte) []byte { binary.LittleEndian.PutUint32(data[end+16:], 1<<30); return data }),
		"more files than there are": edit(func(data []byte) []byte { binary.LittleEndian.PutUint16(data[end+10:], 900); return data }),
		"a file beyond the end": edit(func(data []byte) []byte {
			binary.LittleEndian.PutUint32(data[list+42:], uint32(len(data)))
			return data
		}),
		"an unknown compression": edit(func(data []byte) []byte { data[list+10] = 99; return data }),
	} {
		path := savedtest.File(t, "issues.zip", data)
		o := pullAll(t, sited(path, narrow), "")
		if !errors.Is(o.err, ErrCut) || !strings.Contains(o.err.Error(), path) {
			t.Errorf("%s: %v", name, o.err)
		}
		if again := pullAll(t, sited(path, narrow), o.next); !errors.Is(again.err, ErrCut) || len(again.ids) > 0 && o.next != "" {
			t.Errorf("%s, once more: %v, %v", name, again.ids, again.err)
		}
	}
	// Bytes in front of a zip, as in an archive that unpacks itself, are known
	// to no reader by their mark.
	path := savedtest.File(t, "issues.zip", append([]byte("#!/bin/sh\n"), whole...))
	if o := pullAll(t, sited(path, narrow), ""); !errors.Is(o.err, errNothing) || len(o.notes) != 1 {
		t.Errorf("%v, %+v", o.err, o.notes)
	}
}

// Several compressed parts in a row are one file, and what follows a compressed
// file without being one does no harm.
func TestCompressedParts(t *testing.T) {
	t.Parallel()
	var plain bytes.Buffer
	savedtest.Tar(t, &plain, savedtest.Flat(savedtest.Few(20)))
	half := plain.Len() / 3
	parts := append(savedtest.Gzip(t, plain.Bytes()[:half]), savedtest.Gzip(t, plain.Bytes()[half:])...)
	for name, data := range map[string][]byte{"two parts": parts, "rubbish behind them": append(bytes.Clone(parts), "some rubbish, not compressed"...)} {
		if o := pullAll(t, sited(savedtest.File(t, "issues.tgz", data), narrow), ""); o.err != nil || !slices.Equal(o.ids, upTo(20)) {
			t.Errorf("%s: %v, %v", name, o.ids, o.err)
		}
	}
}

// Folders hold odd things: links, pipes, names that are no text. What is a file
// is read under its path; whatever else there is, apart from folders, is named.
func TestOddFolder(t *testing.T) {
	t.Parallel()
	root := savedtest.Folder(t,
		savedtest.Named("a/b/c/PAY-1.json", []byte(savedtest.Numbered(1))), savedtest.Named("a/PAY-2.json", []byte(savedtest.Numbered(2))), savedtest.Named(".hidden/PAY-3.json", []byte(savedtest.Numbered(3))),
		savedtest.Named("a/b/bad.json", []byte("<html>")), savedtest.Named("a/empty.json", nil), savedtest.Named("PAY-4", []byte(savedtest.Numbered(4))),
		savedtest.Named("line\nbreak <b>.json", []byte("{}")), savedtest.Named(strings.Repeat("long", 60)+".json", []byte("{")),
	)
	elsewhere := savedtest.Folder(t, savedtest.Named("PAY-5.json", []byte(savedtest.Numbered(5))), savedtest.Named("PAY-6.json", []byte(savedtest.Numbered(6))))
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Skipf("no links on this system: %v", err)
		}
	}
	link(filepath.Join(elsewhere, "PAY-5.json"), "linked.json")
	link(elsewhere, "folder")
	link("nowhere", "nothing.json")
	link("loop", "loop")
	link("..", "a/up")
	odd := "odd\xff\xfename.json"
	if err := os.WriteFile(filepath.Join(root, odd), []byte("<html>"), 0o644); err != nil {
		odd = "" // a system on which names are text
	}
	o := pullAll(t, sited(root, narrow), "")
	slices.Sort(o.ids)
	if o.err != nil || !slices.Equal(o.ids, upTo(5)) {
		t.Errorf("%v, %v", o.ids, o.err)
	}
	var subjects []string
	for _, n := range o.notes {
		subjects = append(subjects, n.Subject)
	}
	want := []string{"a/b/bad.json", "a/empty.json", "line\nbreak <b>.json", strings.Repeat("long", 60) + ".json", "folder", "nothing.json", "loop", "a/up"}
	if odd != "" {
		want = append(want, strings.ToValidUTF8(odd, "\ufffd"))
	}
	slices.Sort(subjects)
	slices.Sort(want)
	if !slices.Equal(subjects, want) {
		t.Errorf("notes on %q, want %q: %+v", subjects, want, o.notes)
	}
	// The folder itself may be reached by a link, and tells the same then.
	by := filepath.Join(t.TempDir(), "by")
	must(t, os.Symlink(root, by))
	if again := pullAll(t, sited(by, narrow), ""); again.err != nil || len(again.ids) != 5 || !slices.Equal(again.notes, o.notes) {
		t.Errorf("by a link: %v, %+v", again.err, again.notes)
	}
}

// What cannot be read ends the pull with an error; what came before is kept.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	root := savedtest.Folder(t, savedtest.Named("1.json", []byte(savedtest.Numbered(1))), savedtest.Named("2.json", []byte(savedtest.Numbered(2))), savedtest.Named("3/4.json", []byte(savedtest.Numbered(3))))
	unreadable := filepath.Join(root, "2.json")
	must(t, os.Remove(unreadable))
	// A file of the system that fails to be read from its start, for the root
	// user as well.
	const memory = "/proc/self/mem"
	if _, err := os.Stat(memory); err != nil {
		t.Skip("no file on this system that nobody can read")
	}
	must(t, os.Symlink(memory, unreadable))
	o := pullAll(t, sited(root, narrow), "")
	if o.err == nil || !slices.Equal(o.ids, upTo(1)) {
		t.Errorf("%v, %v", o.ids, o.err)
	}
	must(t, os.Remove(unreadable))
	must(t, os.WriteFile(unreadable, []byte(savedtest.Numbered(2)), 0o644))
	if o := pullAll(t, sited(root, narrow), o.next); o.err != nil || !slices.Equal(o.ids, upTo(3)) || o.fresh != 1 {
		t.Errorf("once it can be read: %v, %v", o.ids, o.err)
	}
}

func TestForbidden(t *testing.T) {
	t.Parallel()
	if os.Geteuid() <= 0 {
		t.Skip("nothing is forbidden to this user: .ci/run runs this as another one, too")
	}
	for name, path := range map[string]string{"a file": "2.json", "a folder": "3"} {
		root := savedtest.Folder(t, savedtest.Named("1.json", []byte(savedtest.Numbered(1))), savedtest.Named("2.json", []byte(savedtest.Numbered(2))), savedtest.Named("3/4.json", []byte(savedtest.Numbered(3))))
		must(t, os.Chmod(filepath.Join(root, path), 0))
		o := pullAll(t, sited(root, narrow), "")
		must(t, os.Chmod(filepath.Join(root, path), 0o700))
		if !errors.Is(o.err, fs.ErrPermission) {
			t.Errorf("%s: %v", name, o.err)
		}
	}
}

// Links in a tar or a zip are named, not followed; folders, and headers that
// speak of all files, are nothing to name.
func TestOddMembers(t *testing.T) {
	t.Parallel()
	var packed, zipped bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, h := range []*tar.Header{
		{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "from a version control system"}},
		{Typeflag: tar.TypeDir, Name: "./"}, {Typeflag: tar.TypeDir, Name: "x/"},
		{Typeflag: tar.TypeReg, Name: "./x/../y//1.json", Size: int64(len(savedtest.Numbered(1))), Mode: 0o600},
		{Typeflag: tar.TypeSymlink, Name: "link", Linkname: "/etc/hostname"}, {Typeflag: tar.TypeLink, Name: "again", Linkname: "y/1.json"},
		{Typeflag: tar.TypeFifo, Name: "pipe"}, {Typeflag: tar.TypeReg, Name: "../../outside\xff.json", Size: 1},
	} {
		must(t, w.WriteHeader(h))
		if h.Size > 1 {
			_, err := io.WriteString(w, savedtest.Numbered(1))
			must(t, err)
		} else if h.Size == 1 {
			_, err := io.WriteString(w, "<")
			must(t, err)
		}
	}
	must(t, w.Close())
	z := zip.NewWriter(&zipped)
	for _, f := range []struct {
		name, text string
		mode       fs.FileMode
	}{
		{"x/", "", fs.ModeDir | 0o755}, {"y/1.json", savedtest.Numbered(1), 0o644}, {"link", "/etc/hostname", fs.ModeSymlink | 0o777}, {"pipe", "", fs.ModeNamedPipe | 0o644}, {"../../outside\xff.json", "<", 0o644},
	} {
		h := &zip.FileHeader{Name: f.name}
		h.SetMode(f.mode)
		m, err := z.CreateHeader(h)
		must(t, err)
		_, err = io.WriteString(m, f.text)
		must(t, err)
	}
	must(t, z.Close())
	for name, c := range map[string]struct {
		data []byte
		odd  []string
	}{"issues.tar": {packed.Bytes(), []string{"again", "link", "pipe"}}, "issues.zip": {zipped.Bytes(), []string{"link", "pipe"}}} {
		o := pullAll(t, sited(savedtest.File(t, name, c.data), narrow), "")
		if o.err != nil || !slices.Equal(o.ids, upTo(1)) {
			t.Errorf("%s: %v, %v", name, o.ids, o.err)
		}
		var odd []string
		rejected := 0
		for _, n := range o.notes {
			if n.Kind == connectors.NoteSkipped {
				odd = append(odd, n.Subject)
			} else if n.Subject == "../../outside\ufffd.json" {
				rejected++
			}
		}
		slices.Sort(odd)
		if !slices.Equal(odd, c.odd) || rejected != 1 || len(o.notes) != len(odd)+1 {
			t.Errorf("%s: %+v", name, o.notes)
		}
	}
}

// However many odd things there are, few are named and the rest is counted.
func TestManyOddMembers(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for i := range 1000 {
		must(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: fmt.Sprint("link", i), Linkname: "x"}))
	}
	must(t, w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "1.json", Size: int64(len(savedtest.Numbered(1)))}))
	_, err := io.WriteString(w, savedtest.Numbered(1))
	must(t, err)
	must(t, w.Close())
	path := savedtest.File(t, "issues.tar", buf.Bytes())
	o := pullAll(t, sited(path, narrow), "")
	if o.err != nil || len(o.ids) != 1 || len(o.notes) < 2 || len(o.notes) > 100 || !strings.Contains(fmt.Sprint(o.notes), " more") {
		t.Errorf("%d notes, %v", len(o.notes), o.err)
	}
	// A pull that goes on at the end names them as well.
	var first connectors.Cursor
	stop := errors.New("stop")
	_, err = sited(path, narrow).Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
		if first != "" {
			return stop
		}
		first = b.Next
		return nil
	})
	if rest := pullAll(t, sited(path, narrow), first); !errors.Is(err, stop) || !slices.Equal(rest.notes, o.notes) || rest.err != nil {
		t.Errorf("%d notes then, %v, %v", len(rest.notes), err, rest.err)
	}
}

// An archive that vanishes, shrinks or grows between two pulls is another one.
func TestChangedBetweenPulls(t *testing.T) {
	t.Parallel()
	issues := savedtest.Few(30)
	root := savedtest.Folder(t, savedtest.Flat(issues)...)
	l := Limits{Small: 100, Value: 1 << 20, Job: 300}
	var half connectors.Cursor
	stop := errors.New("stop")
	n := 0
	_, err := sited(root, l).Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
		if n++; n > 3 {
			return stop
		}
		half = b.Next
		return nil
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if o := pullAll(t, sited(root, l), half); o.err != nil || o.fresh != 0 || len(o.ids) == 0 || len(o.ids) == 30 {
		t.Errorf("unchanged, it goes on with %d issues, %d times anew, %v", len(o.ids), o.fresh, o.err)
	}
	at := time.Unix(1_700_000_000, 0)
	in := func(name string) string { return filepath.Join(root, name) }
	for _, c := range []struct {
		name   string
		change func() error
	}{
		{"one more file", func() error { return os.WriteFile(in("x.json"), []byte(savedtest.Numbered(31)), 0o644) }},
		{"one file less", func() error { return os.Remove(in("x.json")) }},
		{"another content", func() error { return os.WriteFile(in("0001.json"), []byte(savedtest.Numbered(1)+" "), 0o644) }},
		{"another time", func() error { return os.Chtimes(in("0002.json"), at, at) }},
		{"another name", func() error { return os.Rename(in("0003.json"), in("3.json")) }},
		{"another place", func() error {
			return errors.Join(os.Mkdir(in("in"), 0o755), os.Rename(in("0004.json"), in("in/0004.json")))
		}},
		{"an emptied file", func() error { return os.Truncate(in("0030.json"), 0) }},
	} {
		before := pullAll(t, sited(root, l), "")
		must(t, c.change())
		o := pullAll(t, sited(root, l), before.next)
		anew := pullAll(t, sited(root, l), "")
		if o.err != nil || o.fresh != 1 || !slices.Equal(o.ids, anew.ids) {
			t.Errorf("%s: %d issues, %d times anew, %v", c.name, len(o.ids), o.fresh, o.err)
		}
	}
}

// Values in a row have a bound each, not together.
func TestValuesInARow(t *testing.T) {
	t.Parallel()
	list := savedtest.ManyNumbered(200)
	for name, sep := range map[string]string{"blanks": " ", "nothing": "", "lines of a value each, indented": "\n\t\n "} {
		data := strings.Join(list, sep)
		b := decodeWith(t, Limits{Small: 100, Value: 1000, Job: 1}, "f.json", data)
		if len(b.Records) != len(list) || len(b.Notes) != 0 {
			t.Errorf("%s: %d records, %+v", name, len(b.Records), b.Notes)
		}
	}
	// The bound itself holds behind other values, too.
	huge := `{"id":"9","key":"PAY-9","fields":{"created":1700000000000,"summary":"` + strings.Repeat("x", 5000) + `"}}`
	b := decodeWith(t, Limits{Small: 100, Value: 1000, Job: 1}, "f.json", list[0]+" "+list[1]+" "+huge+" "+list[2])
	if len(b.Records) != 2 || len(notes(&b, connectors.NoteRejected)) != 1 {
		t.Errorf("%d records, %+v", len(b.Records), b.Notes)
	}
}

// A file may hold many thousands of bad lines: they come in batches, as
// everything does.
func TestManyBadLines(t *testing.T) {
	t.Parallel()
	const n = 20_000
	for name, data := range map[string]string{
		"lines":           savedtest.Numbered(1) + "\n" + strings.Repeat("{bad\n", n) + savedtest.Numbered(2),
		"lists in a row":  savedtest.Numbered(1) + " " + strings.Repeat("[] ", n) + savedtest.Numbered(2),
		"values in a row": savedtest.Numbered(1) + " " + strings.Repeat("7 ", n) + savedtest.Numbered(2),
	} {
		told, most, ids := 0, 0, 0
		_, err := sited(savedtest.File(t, "f.jsonl", []byte(data)), narrow).Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
			told, most, ids = told+len(b.Notes), max(most, len(b.Notes)), ids+len(b.Records)
			return nil
		})
		if err != nil || told != n || ids != 2 || most > 2000 {
			t.Errorf("%s: %d notes, up to %d a batch, %d issues, %v", name, told, most, ids, err)
		}
	}
}

// A receiver that is slow holds up the reading: no more than a few batches wait
// for it, however much there is to read.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	defer w.Close()
	path := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip("no files for open pipes on this system")
	}
	l := Limits{Small: 64 << 10, Value: 1 << 20, Job: 64 << 10}
	const workers = 2
	enough := errors.New("enough")
	full := make(chan int)
	ctx, cancel := context.WithCancelCause(t.Context())
	done := make(chan error, 1)
	p := &pull[int]{c: container{path: path, shape: shapeFile}, a: &Archive{Format: pretend, Limits: l, Workers: workers}, r: reader, at: place[int]{Sum: new(int)}, fresh: true, emit: func(connectors.Batch) error {
		<-full // the first batch is never taken
		cancel(enough)
		return nil
	}}
	go func() { done <- p.run(ctx) }()
	line := []byte(strings.Replace(savedtest.Numbered(1), `"fields":{`, `"fields":{"summary":"`+strings.Repeat("x", 2000)+`",`, 1) + "\n")
	taken := 0
	for {
		must(t, w.SetWriteDeadline(time.Now().Add(time.Second)))
		n, err := w.Write(line)
		taken += n
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		must(t, err)
		// In the hands of the receiver, in the queue, on its way into it; each with
		// one chunk too much. And what readers have in hand.
		if most := (1+2*workers+1)*(l.Job+l.Small) + 2*l.Small + 4<<20; taken > most {
			t.Fatalf("%d bytes were read, and the first batch is not taken", taken)
		}
	}
	if taken < l.Job {
		t.Errorf("%d bytes were read only", taken)
	}
	w.Close()
	close(full)
	if err := <-done; !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
}

// Large files of every form are read in memory that follows the limits, not the
// file. The bound is loose: it must tell megabytes from the whole.
func TestMemory(t *testing.T) {
	// Not beside other tests: all memory is counted.
	if raceDetector {
		t.Skip("the race detector takes memory of its own")
	}
	l := Limits{Small: 256 << 10, Value: 1 << 20, Job: 256 << 10}
	one := strings.Replace(savedtest.Numbered(1), `"fields":{`, `"fields":{"description":"`+strings.Repeat("word ", 600)+`",`, 1)
	const n = 8_000 // 24 MB
	for name, c := range map[string]struct{ file, before, sep, after string }{
		"lines":  {"f.jsonl.gz", "", "\n", ""},
		"a list": {"f.json.gz", "[", ",", "]"},
		"a page": {"f.json.gz", `{"startAt":0,"issues":[`, ",", `]}`},
		"a row":  {"f.json.gz", "", " ", ""},
	} {
		path := filepath.Join(t.TempDir(), c.file)
		f, err := os.Create(path)
		must(t, err)
		z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
		must(t, err)
		text := c.before
		for i := range n {
			if i > 0 {
				text = c.sep
			}
			_, err := io.WriteString(z, text+one)
			must(t, err)
		}
		_, err = io.WriteString(z, c.after)
		must(t, err)
		must(t, z.Close())
		must(t, f.Close())
		before := heapInUse()
		most, records, batches := uint64(0), 0, 0
		_, err = sited(path, l).Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
			records += len(b.Records)
			if batches++; batches%20 == 0 {
				most = max(most, heapInUse())
			}
			return nil
		})
		if err != nil || records != n {
			t.Errorf("%s: %d records, %v", name, records, err)
		}
		if most > before+10<<20 {
			t.Errorf("%s: %d MB are in use beside %d", name, (most-before)>>20, before>>20)
		}
	}
}

// heapInUse returns the bytes in use.
func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Thousands of small files fill a batch by their number, and a pull that was
// killed behind it goes on with the next file.
func TestManySmallFiles(t *testing.T) {
	t.Parallel()
	const n = 2_500
	path := savedtest.TarFile(t, savedtest.Flat(savedtest.Few(n)))
	src := sited(path, Usual)
	stop := errors.New("stop")
	var got []string
	var at connectors.Cursor
	lives := 0
	for err := stop; err != nil; lives++ {
		batches := 0
		_, err = src.Pull(t.Context(), connectors.State{Cursor: at}, func(b connectors.Batch) error {
			if batches++; batches > 1 {
				return stop
			}
			for i := range b.Records {
				got = append(got, b.Records[i].ID)
			}
			at = b.Next
			return nil
		})
		if err != nil && !errors.Is(err, stop) {
			t.Fatal(err)
		}
	}
	if lives != 4 || !slices.Equal(got, upTo(n)) {
		t.Errorf("%d issues in %d lives", len(got), lives)
	}
}

// Whoever waits for a decoder does not wait any longer than he wants to.
func TestCancelledWhileDecoding(t *testing.T) {
	t.Parallel()
	pressed := errors.New("somebody pressed a key")
	ctx, cancel := context.WithCancelCause(t.Context())
	p := &pull[int]{emit: func(connectors.Batch) error { t.Error("a batch"); return nil }}
	done := make(chan error, 1)
	go func() { done <- p.hand(ctx, &job[int]{result: make(chan decoded[int])}) }()
	cancel(pressed)
	select {
	case err := <-done:
		if !errors.Is(err, pressed) {
			t.Errorf("%v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for the decoder")
	}
}
