package store

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/demo"
	"smokestack/connectors/jira"
	"smokestack/connectors/jira/jiratest"
)

// organisation is one with two trackers, inJira what Jira tells of it.
var (
	organisation = demo.Options{Items: 500}
	inJira       = demo.Options{Items: 500, JiraOnly: true}
)

// onDisk reads every file in a store's folder, the log and the lock among them.
func onDisk(t *testing.T, path string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		out[filepath.Base(name)] = readFile(t, name)
	}
	return out
}

// small returns bytes with small letters; of texts among other things, so that
// bytes which are no text must stay.
func small(data []byte) []byte {
	out := bytes.Clone(data)
	for i, c := range out {
		if 'A' <= c && c <= 'Z' {
			out[i] += 'a' - 'A'
		}
	}
	return out
}

// everybody lists every name of every account of an organisation.
func everybody(t *testing.T, src connectors.Source) []string {
	t.Helper()
	seen := map[string]bool{}
	var out []string
	_, err := src.Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
		for _, a := range b.Accounts {
			for _, id := range a.IDs {
				if !seen[id] {
					seen[id] = true
					out = append(out, id)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// trace is how a hash of a name could lie in a file: the first 16 bytes of it,
// as long as a mark is, or of it in hexadecimal.
type trace [16]byte

// plainHashes are hashes of names that take no key, by what they are of:
// anybody with a list of names could look them up.
func plainHashes(names []string) map[trace]string {
	out := map[trace]string{}
	for _, name := range names {
		for _, text := range []string{name, strings.ToLower(name)} {
			a, b, c := md5.Sum([]byte(text)), sha1.Sum([]byte(text)), sha256.Sum256([]byte(text))
			for _, sum := range [][]byte{a[:], b[:], c[:]} {
				out[trace(sum)] = text
				out[trace([]byte(hex.EncodeToString(sum)[:16]))] = text
			}
		}
	}
	return out
}

// Neither the store's file nor its log nor a copy of it tells who somebody is,
// or what somebody wrote: not while it is written, and not when it is closed.
func TestNobodyIsNamedOnDisk(t *testing.T) {
	t.Parallel()
	names := everybody(t, demo.New(organisation))
	if len(names) < 100 {
		t.Fatalf("only %d names", len(names))
	}
	archive := filepath.Join(t.TempDir(), "issues.tar.gz")
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := jiratest.Archive(t.Context(), f, demo.New(inJira)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for what, src := range map[string]connectors.Source{
		"as it is":           demo.New(organisation),
		"as answers of Jira": jira.NewArchive(archive, ""), // with names that people read, and comments
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s.db")
			st := newStore(t, path)
			unlock, err := st.Lock(t.Context(), me, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := connectors.Pull(t.Context(), src, st, nil); err != nil {
				t.Fatal(err)
			}
			noTrace(t, "open", path, names)
			unlock()
			st.Close()
			noTrace(t, "closed", path, names)

			// Before its form changes, the store is copied.
			st, err = open(t.Context(), path, append(append([]string(nil), migrations...), toVersion2))
			if err != nil {
				t.Fatal(err)
			}
			defer st.Close()
			noTrace(t, "of another version", path, names)
			marked(t, st, everybody(t, demo.New(inJira)))
		})
	}
}

func noTrace(t *testing.T, when, path string, names []string) {
	t.Helper()
	files, hashes := onDisk(t, path), plainHashes(names)
	if when == "open" && len(files["s.db-wal"]) == 0 {
		t.Errorf("%s: no log to look into", when)
	}
	if when == "of another version" && len(files["s.db.backup-v1"]) == 0 {
		t.Errorf("%s: no copy to look into", when)
	}
	private := append([]string{"@demo.example", jiratest.DisplayName, jiratest.CommentText}, names...)
	addresses := 0
	for file, data := range files {
		addresses += bytes.Count(data, []byte("/browse/"))
		letters := small(data)
		for _, text := range private {
			if bytes.Contains(letters, small([]byte(text))) {
				t.Errorf("%s: %s holds %q", when, file, text)
			}
		}
		hashed := map[string]bool{}
		for i := range max(0, len(data)-len(trace{})+1) {
			if name, ok := hashes[trace(data[i:i+len(trace{})])]; ok {
				hashed[name] = true
			}
		}
		if len(hashed) > 0 {
			t.Errorf("%s: %s holds hashes that take no key of %d names", when, file, len(hashed))
		}
	}
	if addresses < 400 {
		t.Errorf("%s: the files hold only %d addresses of items: is this what was written?", when, addresses)
	}
}

// marked makes sure that the people are in the store all the same: everybody
// by a mark of their own, and found by every name.
func marked(t *testing.T, st *Store, names []string) {
	t.Helper()
	found := map[fact.Person]int{}
	for _, name := range names {
		p, ok, err := st.Person(t.Context(), demo.Site, strings.ToUpper(name))
		if err != nil || !ok {
			t.Errorf("%s is not found: %v", name, err)
		}
		found[p]++
	}
	if 2*len(found) != len(names) { // everybody has an id and an address
		t.Errorf("%d people by %d names", len(found), len(names))
	}
	var short int
	if err := st.db.QueryRow("SELECT count(*) FROM identity WHERE length(mark) <> 16").Scan(&short); err != nil || short != 0 {
		t.Errorf("%d marks are not of 16 bytes, %v", short, err)
	}
}
