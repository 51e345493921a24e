package saved

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// An archive is a folder, a tar (compressed or not), a zip, or one file. All
// of them are read the same way: as a sequence of named streams.

// shape says how a file is to be read.
type shape int

const (
	shapeFolder shape = iota
	shapeTar
	shapeZip
	shapeFile
)

// container opens an archive's files one after the other.
type container struct {
	path    string
	shape   shape
	gzipped bool

	// odd, if it is not nil, is told of everything that is neither a file nor a
	// folder: links, for the most part. A pull tells of it, since what a link
	// leads to may hold issues.
	odd func(name, what string)

	without map[string]bool // paths in a folder that are none of it
}

func (c container) leftOut(name, what string) {
	if c.odd != nil {
		c.odd(name, what)
	}
}

// ErrCut says that an archive ends before its end.
var ErrCut = errors.New("the archive is cut short or damaged")

// openContainer finds out what kind of archive a path is.
func openContainer(name string) (container, error) {
	c := container{path: name}
	info, err := os.Stat(name)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return c, fmt.Errorf("archive %s: there is no such file or folder: %w", name, fs.ErrNotExist)
		}
		return c, fmt.Errorf("archive: %w", err)
	}
	if info.IsDir() {
		return c, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return c, fmt.Errorf("archive: %w", err)
	}
	defer f.Close()
	head := read(f, 512)
	if bytes.HasPrefix(head, []byte("\x1f\x8b")) {
		c.gzipped = true
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return c, fmt.Errorf("archive %s: %w", name, err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			return c, fmt.Errorf("archive %s: %w: %w", name, ErrCut, err)
		}
		head = read(z, 512)
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		c.shape = shapeZip
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		c.shape = shapeTar
	case strings.Contains(strings.ToLower(name), ".tar") || strings.HasSuffix(strings.ToLower(name), ".tgz"):
		c.shape = shapeTar
	default:
		c.shape = shapeFile
	}
	return c, nil
}

// read returns up to n bytes.
func read(r io.Reader, n int) []byte {
	head := make([]byte, n)
	got, _ := io.ReadFull(r, head)
	return head[:got]
}

// state is a fingerprint of what the container holds, without reading it all:
// names, sizes and times of change.
func (c container) state() (string, error) {
	h := sha256.New()
	add := func(name string, info fs.FileInfo) {
		fmt.Fprintf(h, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano())
	}
	if c.shape != shapeFolder {
		info, err := os.Stat(c.path)
		if err != nil {
			return "", fmt.Errorf("archive: %w", err)
		}
		add("", info)
		return hex.EncodeToString(h.Sum(nil)[:12]), nil
	}
	names, _, err := c.names()
	if err != nil {
		return "", err
	}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(c.path, filepath.FromSlash(name)))
		if err != nil {
			return "", fmt.Errorf("archive: %w", err)
		}
		add(name, info)
	}
	return hex.EncodeToString(h.Sum(nil)[:12]), nil
}

// names lists the files of a folder in order, and what is neither file nor
// folder. Links to files are files; links to folders are not followed, the
// folder itself apart.
func (c container) names() (names, odd []string, err error) {
	root, err := filepath.EvalSymlinks(c.path)
	if err != nil {
		return nil, nil, fmt.Errorf("archive: %w", err)
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, nil, fmt.Errorf("archive: %w", err)
	}
	err = filepath.WalkDir(root, func(p string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case c.without[p] && e.IsDir() && p != root:
			return fs.SkipDir
		case c.without[p], e.IsDir():
			return nil
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		list := &names
		if !e.Type().IsRegular() && !linkToFile(p, e) {
			list = &odd
		}
		*list = append(*list, filepath.ToSlash(rel))
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("archive: %w", err)
	}
	slices.Sort(names)
	slices.Sort(odd)
	return names, odd, nil
}

// places returns paths in the form in which walking through a folder meets
// them: absolute, the links in front of their last name followed. What does not
// exist has no such form, and needs none.
func places(paths []string) map[string]bool {
	out := map[string]bool{}
	for _, p := range paths {
		abs, err := filepath.Abs(p)
		if err != nil {
			continue
		}
		if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
			out[filepath.Join(dir, filepath.Base(abs))] = true
		}
	}
	return out
}

func linkToFile(path string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// each calls do for every file of the container, in the container's order
// (folders and zips: by name). An error that wraps ErrCut means that the rest
// cannot be read.
func (c container) each(do func(name string, r io.Reader) error) error {
	switch c.shape {
	case shapeFolder:
		return c.eachInFolder(do)
	case shapeZip:
		return c.eachInZip(do)
	}
	f, err := os.Open(c.path)
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	defer f.Close()
	var r io.Reader = bufio.NewReaderSize(f, 1<<20)
	if c.gzipped {
		z, err := gzip.NewReader(r)
		if err != nil {
			return c.cut(err)
		}
		r = z
	}
	if c.shape == shapeFile {
		return do(strings.TrimSuffix(filepath.Base(c.path), ".gz"), r)
	}
	if err := c.eachInTar(tar.NewReader(r), do); err != nil {
		return err
	}
	if c.gzipped {
		return c.checked(r)
	}
	return c.ended(f)
}

// checked reads a compressed tar to its very end, behind which the checksum
// stands: without it, a damaged file looks like a good one. What follows the
// compressed data without being compressed itself does no harm.
func (c container) checked(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil && !errors.Is(err, gzip.ErrHeader) {
		return c.cut(err)
	}
	return nil
}

// ended makes sure that a tar ends as tars do, in zeroes: one that was cut
// between two files looks whole otherwise. (Compressed, it would not.)
func (c container) ended(f *os.File) error {
	end := make([]byte, 1024)
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	if _, err := f.ReadAt(end, max(0, info.Size()-1024)); err != nil || len(bytes.Trim(end, "\x00")) > 0 {
		return c.cut(io.ErrUnexpectedEOF)
	}
	return nil
}

func (c container) cut(err error) error {
	return fmt.Errorf("archive %s: %w: %w", c.path, ErrCut, err)
}

func (c container) eachInTar(t *tar.Reader, do func(string, io.Reader) error) error {
	for {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return c.cut(err)
		}
		switch head.Typeflag {
		case tar.TypeReg:
		case tar.TypeDir, tar.TypeXGlobalHeader:
			continue
		default:
			c.leftOut(path.Clean(head.Name), "a link or the like: not followed")
			continue
		}
		if err := do(path.Clean(head.Name), t); err != nil {
			return err
		}
	}
}

func (c container) eachInFolder(do func(string, io.Reader) error) error {
	names, odd, err := c.names()
	if err != nil {
		return err
	}
	for _, name := range odd {
		c.leftOut(name, "a link to no file, or the like: not followed")
	}
	for _, name := range names {
		f, err := os.Open(filepath.Join(c.path, filepath.FromSlash(name)))
		if err != nil {
			return fmt.Errorf("archive: %w", err)
		}
		err = do(name, bufio.NewReaderSize(f, 64<<10))
		f.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func (c container) eachInZip(do func(string, io.Reader) error) error {
	z, err := zip.OpenReader(c.path)
	if err != nil {
		return c.cut(err)
	}
	defer z.Close()
	slices.SortFunc(z.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	for _, file := range z.File {
		if strings.HasSuffix(file.Name, "/") {
			continue
		}
		if !file.Mode().IsRegular() {
			c.leftOut(path.Clean(file.Name), "a link or the like: not followed")
			continue
		}
		r, err := file.Open()
		if err != nil {
			return c.cut(err)
		}
		err = do(path.Clean(file.Name), r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
