// Package savedtest writes archives for tests.
package savedtest

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// Entry is a file of an archive.
type Entry struct {
	Name string
	Data []byte
}

// Named is a file of this name.
func Named(name string, data []byte) Entry { return Entry{name, data} }

// Tar writes entries in their order.
func Tar(tb testing.TB, w io.Writer, files []Entry) {
	tb.Helper()
	t := tar.NewWriter(w)
	for _, f := range files {
		must(tb, t.WriteHeader(&tar.Header{Name: f.Name, Mode: 0o644, Size: int64(len(f.Data)), Format: tar.FormatPAX}))
		_, err := t.Write(f.Data)
		must(tb, err)
	}
	must(tb, t.Close())
}

// Zip writes entries in their order.
func Zip(tb testing.TB, w io.Writer, files []Entry, method uint16) {
	tb.Helper()
	z := zip.NewWriter(w)
	for _, f := range files {
		m, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: method})
		must(tb, err)
		_, err = m.Write(f.Data)
		must(tb, err)
	}
	must(tb, z.Close())
}

// Gzip compresses data.
func Gzip(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	must(tb, err)
	_, err = z.Write(data)
	must(tb, err)
	must(tb, z.Close())
	return buf.Bytes()
}

// Folder writes entries into a new folder and returns its path.
func Folder(tb testing.TB, files ...Entry) string {
	tb.Helper()
	root := tb.TempDir()
	for _, f := range files {
		name := filepath.Join(root, filepath.FromSlash(f.Name))
		must(tb, os.MkdirAll(filepath.Dir(name), 0o755))
		must(tb, os.WriteFile(name, f.Data, 0o644))
	}
	return root
}

// File writes one file and returns its path.
func File(tb testing.TB, name string, data []byte) string {
	tb.Helper()
	return filepath.Join(Folder(tb, Entry{name, data}), name)
}

// TarFile writes entries into a tar and returns its path.
func TarFile(tb testing.TB, files []Entry) string {
	tb.Helper()
	var buf bytes.Buffer
	Tar(tb, &buf, files)
	return File(tb, "issues.tar", buf.Bytes())
}

// TarGzFile writes entries into a compressed tar and returns its path.
func TarGzFile(tb testing.TB, files []Entry) string {
	tb.Helper()
	var buf bytes.Buffer
	Tar(tb, &buf, files)
	return File(tb, "issues.tar.gz", Gzip(tb, buf.Bytes()))
}

// ZipFile writes entries into a zip and returns its path.
func ZipFile(tb testing.TB, files []Entry, method uint16) string {
	tb.Helper()
	var buf bytes.Buffer
	Zip(tb, &buf, files, method)
	return File(tb, "issues.zip", buf.Bytes())
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
