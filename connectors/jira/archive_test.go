package jira

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smokestack/connectors"
	"smokestack/connectors/saved/savedtest"
)

// A site has one address, however it is given, and no credentials in it: it is
// stored and shown.
func TestSiteOfAnArchive(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"": "", "https://acme.example": "https://acme.example", " HTTPS://ACME.example/Jira/ ": "https://acme.example/Jira",
		"https://ana:sesame@acme.example/": "https://acme.example", "ana:sesame@acme.example": "", "https://ana:ses%ame@acme.example": "",
	} {
		if got := NewArchive("x", given).Scope().Query; got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	b := decode(t, "saved.json", `{"url":"https://x.example/rest/api/2/issue/1","site":"https://ana:sesame@ACME.example/","data":{"id":"1","key":"PAY-1","fields":{"created":"2025-01-06T08:00:00.000+0000"}}}`)
	if len(b.Records) != 1 || b.Records[0].Site != "https://acme.example" {
		t.Errorf("%+v", b.Records)
	}
}

// put writes a file, making its folder.
func put(t *testing.T, path, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

// pulled pulls an archive from a cursor, with small limits if it is asked for,
// and returns all that it tells as one batch.
func pulled(t *testing.T, a *Archive, from connectors.Cursor) connectors.Batch {
	t.Helper()
	var all connectors.Batch
	_, err := a.Pull(t.Context(), connectors.State{Cursor: from}, func(b connectors.Batch) error {
		all.Records, all.Notes = append(all.Records, b.Records...), append(all.Notes, b.Notes...)
		all.Received, all.Fresh, all.Next = all.Received+b.Received, all.Fresh || b.Fresh, b.Next
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	balanced(t, &all)
	return all
}

// keysOf returns the keys of the records that a batch brings.
func keysOf(b *connectors.Batch) string {
	var out []string
	for i := range b.Records {
		out = append(out, b.Records[i].Key)
	}
	return strings.Join(out, " ")
}

// What the program writes into an archive's folder is no part of it: not told,
// and no reason to read the archive again.
func TestLeaveOut(t *testing.T) {
	root := t.TempDir()
	put(t, filepath.Join(root, "a.json"), savedtest.Numbered(1))
	put(t, filepath.Join(root, "other", "reports", "b.json"), savedtest.Numbered(2))
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Skipf("no links on this system: %v", err)
	}
	t.Chdir(root)
	for _, path := range []string{".", root, link, filepath.Join(root, "other", "..")} {
		own := func() *Archive {
			a := NewArchive(path, fallback)
			a.LeaveOut("s.db", filepath.Join(link, "s.db-wal"), filepath.Join(root, "reports"), filepath.Join("other", "x"), filepath.Join("nowhere", "x"))
			return a
		}
		first := pulled(t, own(), "")
		for i, name := range []string{"s.db", "s.db-wal", "reports/smokestack.json", "reports/deep/x.json", "other/x/y.json"} {
			put(t, filepath.Join(root, name), strings.Repeat(savedtest.Numbered(9), i+1))
		}
		if again := pulled(t, own(), first.Next); again.Fresh || again.Received != 0 {
			t.Errorf("%s: read again: %+v", path, again)
		}
		whole := pulled(t, own(), "")
		if got := keysOf(&whole); got != "PAY-1 PAY-2" || len(whole.Notes) != 0 {
			t.Errorf("%s: %s, %+v", path, got, whole.Notes)
		}
		if b := pulled(t, NewArchive(path, fallback), first.Next); !b.Fresh {
			t.Errorf("%s: without being told so, nothing is left out", path)
		}
		for _, name := range []string{"s.db", "s.db-wal", "reports", "other/x"} {
			if err := os.RemoveAll(filepath.Join(root, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	// A folder that is the archive itself is not left out.
	a := NewArchive(root, fallback)
	a.LeaveOut(root)
	if b := pulled(t, a, ""); len(b.Records) != 2 {
		t.Errorf("%s", keysOf(&b))
	}
}

func TestLook(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := NewArchive(filepath.Join(dir, "no"), "").Look(); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "no such file or folder") {
		t.Errorf("%v", err)
	}
	if err := NewArchive(dir, "").Look(); err != nil {
		t.Error(err)
	}
}

// An entry of a zip whose checksum is wrong costs itself alone.
func TestZipWithDamagedEntry(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	z := zip.NewWriter(&text)
	for i := range 3 {
		data := []byte(savedtest.Numbered(i + 1))
		head := &zip.FileHeader{Name: fmt.Sprintf("%d.json", i), CRC32: crc32.ChecksumIEEE(data), CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data))}
		if i == 0 {
			head.CRC32++
		}
		w, err := z.CreateRaw(head)
		must(t, err)
		_, err = w.Write(data)
		must(t, err)
	}
	must(t, z.Close())
	path := filepath.Join(t.TempDir(), "a.zip")
	must(t, os.WriteFile(path, text.Bytes(), 0o600))
	b := pulled(t, NewArchive(path, fallback), "")
	if got := keysOf(&b); got != "PAY-2 PAY-3" || b.Received != 3 {
		t.Errorf("received %d, kept %s, %+v", b.Received, got, b.Notes)
	}
}
