package jira

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tidwall/gjson"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/demo"
	"smokestack/connectors/jira/jiratest"
)

// The archives of these tests are one pretend organisation, saved in as many
// ways as people save answers.

// entry is a file of an archive.
type entry struct {
	name string
	data []byte
}

// saved is an issue as the pretend Jira answers it.
type saved struct {
	key  string
	data []byte
}

// organisation holds the answers of the pretend Jira. It is made once; nobody
// may change it.
var organisation = sync.OnceValues(func() ([]saved, error) {
	return render(demo.New(demo.Options{Teams: 3, Items: 240}))
})

// render keeps the answers for everything that a source tells. They may outlive
// the test that asked first.
func render(src connectors.Source) ([]saved, error) {
	var out []saved
	err := jiratest.Each(context.Background(), src, func(key string, issue []byte) error {
		out = append(out, saved{key, bytes.Clone(issue)})
		return nil
	})
	return out, err
}

func theOrganisation(tb testing.TB) []saved {
	tb.Helper()
	issues, err := organisation()
	if err != nil {
		tb.Fatal(err)
	}
	if raceDetector {
		return issues[:100]
	}
	return issues
}

// The contents of archives.

// oneEach saves every issue as a file of its own, in folders by project.
func oneEach(issues []saved) []entry {
	var out []entry
	for _, s := range issues {
		project, _, _ := strings.Cut(s.key, "-")
		out = append(out, entry{"issues/" + project + "/" + s.key + ".json", s.data})
	}
	return out
}

func joined(issues []saved, sep string) []byte {
	var list [][]byte
	for _, s := range issues {
		list = append(list, s.data)
	}
	return bytes.Join(list, []byte(sep))
}

// serverPages saves search pages as Jira Server answers them.
func serverPages(issues []saved, size int) []entry {
	var out []entry
	for start := 0; start < len(issues); start += size {
		part := issues[start:min(start+size, len(issues))]
		page := fmt.Sprintf(`{"expand":"names","startAt":%d,"maxResults":%d,"total":%d,"issues":[%s]}`, start, size, len(issues), joined(part, ","))
		out = append(out, entry{fmt.Sprintf("page-%05d.json", start), []byte(page)})
	}
	return out
}

// cloudPages saves search pages as Jira Cloud answers them: no count, a token
// on all but the last.
func cloudPages(issues []saved, size int) []entry {
	var out []entry
	for start := 0; start < len(issues); start += size {
		part := issues[start:min(start+size, len(issues))]
		end := `"isLast":true`
		if start+size < len(issues) {
			end = `"isLast":false,"nextPageToken":"token"`
		}
		out = append(out, entry{fmt.Sprintf("page-%05d.json", start), fmt.Appendf(nil, `{"issues":[%s],%s}`, joined(part, ",\n"), end)})
	}
	return out
}

// envelopes saves issues with the addresses that they came from.
func envelopes(issues []saved) []byte {
	var out []string
	for _, s := range issues {
		address := strings.Replace(gjson.GetBytes(s.data, "self").String(), "/2/", "/3/", 1)
		out = append(out, fmt.Sprintf(`{"url":%q,"input":null,"data":%s}`, address+"?expand=changelog", s.data))
	}
	return []byte("[" + strings.Join(out, ",") + "]")
}

// apart takes the histories out of issues and hands both to put.
func apart(issues []saved, put func(id string, issue []byte, log gjson.Result)) {
	for _, s := range issues {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(s.data, &members); err != nil {
			panic(err) // our own rendering
		}
		log := members["changelog"]
		delete(members, "changelog")
		data, err := json.Marshal(members)
		if err != nil {
			panic(err)
		}
		put(gjson.GetBytes(s.data, "id").String(), data, gjson.ParseBytes(log))
	}
}

// logPages saves each issue's history in pages of two entries, in files that
// stand before the issues.
func logPages(issues []saved) []entry {
	var out []entry
	apart(issues, func(id string, issue []byte, log gjson.Result) {
		list := log.Get("histories").Array()
		for start := 0; start == 0 || start < len(list); start += 2 {
			part := list[start:min(start+2, len(list))]
			address := gjson.GetBytes(issue, "self").String() + "/changelog"
			page := fmt.Sprintf(`{"self":%q,"startAt":%d,"maxResults":2,"total":%d,"isLast":%t,"values":[%s]}`,
				address, start, len(list), start+2 >= len(list), raws(part))
			out = append(out, entry{fmt.Sprintf("history/%s-%d.json", id, start), []byte(page)})
		}
		out = append(out, entry{"issue/" + id + ".json", issue})
	})
	return out
}

// bulkLogs saves all histories as Jira Cloud answers them in bulk: by number of
// milliseconds, a history parted at the edges of pages. The parted half comes
// again on the next page, as it has been seen to. Histories without an entry
// are there, too, which Jira leaves out: without them nothing tells an issue
// that never changed from one whose history was not asked for.
func bulkLogs(issues []saved) []entry {
	var out []entry
	var logs []string
	page := func(more bool) {
		token := ""
		if more {
			token = `,"nextPageToken":"token"`
		}
		out = append(out, entry{fmt.Sprintf("bulk-%04d.json", len(out)), fmt.Appendf(nil, `{"issueChangeLogs":[%s]%s}`, strings.Join(logs, ","), token)})
		logs = nil
	}
	var rest []entry
	n := 0
	apart(issues, func(id string, issue []byte, log gjson.Result) {
		rest = append(rest, entry{"issues/" + id + ".json", issue})
		var list []string
		for _, h := range log.Get("histories").Array() {
			text := h.Get("created").Raw
			list = append(list, strings.Replace(h.Raw, text, strconv.FormatInt(int64(instant(h.Get("created"))), 10), 1))
		}
		part := func(entries []string) {
			logs = append(logs, fmt.Sprintf(`{"issueId":%q,"changeHistories":[%s]}`, id, strings.Join(entries, ",")))
		}
		if n++; n%7 == 0 && len(list) > 1 {
			part(list[:len(list)/2+1])
			page(true)
			part(list[len(list)/2:])
			return
		}
		part(list)
	})
	page(false)
	return append(out, rest...)
}

func raws(list []gjson.Result) string {
	var out []string
	for _, v := range list {
		out = append(out, v.Raw)
	}
	return strings.Join(out, ",")
}

// The containers of archives.

// tarOf writes entries in their order.
func tarOf(tb testing.TB, w io.Writer, files []entry) {
	tb.Helper()
	t := tar.NewWriter(w)
	for _, f := range files {
		must(tb, t.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.data)), Format: tar.FormatPAX}))
		_, err := t.Write(f.data)
		must(tb, err)
	}
	must(tb, t.Close())
}

func zipOf(tb testing.TB, w io.Writer, files []entry, method uint16) {
	tb.Helper()
	z := zip.NewWriter(w)
	for _, f := range files {
		m, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: method})
		must(tb, err)
		_, err = m.Write(f.data)
		must(tb, err)
	}
	must(tb, z.Close())
}

func gzipOf(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	must(tb, err)
	_, err = z.Write(data)
	must(tb, err)
	must(tb, z.Close())
	return buf.Bytes()
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// folder writes entries into a new folder and returns its path.
func folder(tb testing.TB, files ...entry) string {
	tb.Helper()
	root := tb.TempDir()
	for _, f := range files {
		name := filepath.Join(root, filepath.FromSlash(f.name))
		must(tb, os.MkdirAll(filepath.Dir(name), 0o755))
		must(tb, os.WriteFile(name, f.data, 0o644))
	}
	return root
}

// single writes one file and returns its path.
func single(tb testing.TB, name string, data []byte) string {
	tb.Helper()
	return filepath.Join(folder(tb, entry{name, data}), name)
}

func tarFile(tb testing.TB, files []entry) string {
	tb.Helper()
	var buf bytes.Buffer
	tarOf(tb, &buf, files)
	return single(tb, "issues.tar", buf.Bytes())
}

func tarGzFile(tb testing.TB, files []entry) string {
	tb.Helper()
	var buf bytes.Buffer
	tarOf(tb, &buf, files)
	return single(tb, "issues.tar.gz", gzipOf(tb, buf.Bytes()))
}

func zipFile(tb testing.TB, files []entry, method uint16) string {
	tb.Helper()
	var buf bytes.Buffer
	zipOf(tb, &buf, files, method)
	return single(tb, "issues.zip", buf.Bytes())
}

// shuffled returns the elements in another order, always the same.
func shuffled[T any](list []T) []T {
	out := slices.Clone(list)
	r := rand.New(rand.NewPCG(5, 7))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func reversed[T any](list []T) []T {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

// narrow are limits that part even a small organisation into dozens of batches,
// and its larger files into many chunks each.
var narrow = limits{small: 16 << 10, value: 1 << 20, job: 24 << 10}

// openArchive opens a path with some limits and two workers, so that batches are
// decoded side by side on any machine.
func openArchive(path string, l limits) *Archive {
	a := NewArchive(path, "")
	a.limits, a.workers = l, 2
	return a
}

// made is a source of an archive that is made when it is needed.
func made(tb testing.TB, path func(testing.TB) string) func(testing.TB) connectors.Source {
	return func(testing.TB) connectors.Source { return openArchive(path(tb), narrow) }
}

// variants are other ways to save the organisation.
func variants(tb testing.TB, issues []saved) map[string]func(testing.TB) connectors.Source {
	out := map[string]func(testing.TB) connectors.Source{}
	for name, path := range map[string]func(testing.TB) string{
		"folder":                  func(tb testing.TB) string { return folder(tb, oneEach(issues)...) },
		"tar":                     func(tb testing.TB) string { return tarFile(tb, oneEach(issues)) },
		"tar.gz, reversed":        func(tb testing.TB) string { return tarGzFile(tb, reversed(oneEach(issues))) },
		"tar, shuffled":           func(tb testing.TB) string { return tarFile(tb, shuffled(oneEach(issues))) },
		"zip":                     func(tb testing.TB) string { return zipFile(tb, shuffled(oneEach(issues)), zip.Deflate) },
		"zip without compression": func(tb testing.TB) string { return zipFile(tb, oneEach(issues), zip.Store) },
		"jsonl":                   func(tb testing.TB) string { return single(tb, "issues.jsonl", joined(issues, "\n")) },
		"jsonl.gz, shuffled": func(tb testing.TB) string {
			return single(tb, "issues.jsonl.gz", gzipOf(tb, joined(shuffled(issues), "\r\n")))
		},
		"one list": func(tb testing.TB) string {
			return single(tb, "issues.json", slices.Concat([]byte("[\n"), joined(issues, ",\n"), []byte("\n]\n")))
		},
		"values in a row":           func(tb testing.TB) string { return single(tb, "issues.json", joined(issues, " ")) },
		"pages of one":              func(tb testing.TB) string { return tarFile(tb, serverPages(issues, 1)) },
		"pages of seven, shuffled":  func(tb testing.TB) string { return tarFile(tb, shuffled(serverPages(issues, 7))) },
		"one page":                  func(tb testing.TB) string { return folder(tb, serverPages(issues, len(issues))...) },
		"pages of a cloud":          func(tb testing.TB) string { return folder(tb, cloudPages(issues, 50)...) },
		"pages of a cloud, as list": func(tb testing.TB) string { return single(tb, "pages.json", listOf(cloudPages(issues, 20))) },
		"with addresses":            func(tb testing.TB) string { return single(tb, "saved.json", envelopes(issues)) },
		"all of it twice": func(tb testing.TB) string {
			return tarFile(tb, append(shuffled(oneEach(issues)), serverPages(issues, 30)...))
		},
		"histories apart":         func(tb testing.TB) string { return tarFile(tb, logPages(issues)) },
		"histories apart, mixed":  func(tb testing.TB) string { return tarFile(tb, shuffled(logPages(issues))) },
		"histories in bulk":       func(tb testing.TB) string { return folder(tb, bulkLogs(issues)...) },
		"histories in bulk, last": func(tb testing.TB) string { return tarFile(tb, reversed(bulkLogs(issues))) },
	} {
		out[name] = made(tb, path)
	}
	same := tarGzFile(tb, oneEach(issues))
	for name, a := range map[string]*Archive{
		"usual limits": {path: same, workers: 2, limits: usual},
		"one worker":   {path: same, workers: 1, limits: narrow},
		"many workers": {path: same, workers: 9, limits: limits{small: 1, value: 1 << 20, job: 1}},
		"a known site": {path: same, site: demo.Site, workers: 2, limits: narrow},
	} {
		out[name] = func(testing.TB) connectors.Source { return a }
	}
	return out
}

// listOf puts files into one list.
func listOf(files []entry) []byte {
	var list [][]byte
	for _, f := range files {
		list = append(list, f.data)
	}
	return slices.Concat([]byte("["), bytes.Join(list, []byte(",")), []byte("]"))
}

// privateTexts returns what the answers say of people: how they are called, and
// where they have their mail. That the tests would notice them is made sure of.
func privateTexts(tb testing.TB, issues []saved) []string {
	tb.Helper()
	out := []string{jiratest.DisplayName, jiratest.CommentText}
	all := string(joined(issues, "\n"))
	seen := map[string]bool{}
	for _, member := range []string{`"emailAddress":"`, `"author":{"displayName":"` + jiratest.DisplayName} {
		for _, after := range strings.Split(all, member)[1:] {
			text, _, _ := strings.Cut(after, `"`)
			seen[text] = true
		}
	}
	for text := range seen {
		out = append(out, text)
	}
	for _, text := range out {
		if !strings.Contains(all, text) {
			tb.Errorf("%q stands in no answer", text)
		}
	}
	if len(out) < 10 {
		tb.Errorf("the answers tell of %d people only", len(out)-2)
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}

// Archives keep the contract of sources, whatever their container: one file for
// each issue, where a batch ends between files; a file of lines and a few large
// pages, where it ends within one.
func TestConformance(t *testing.T) {
	t.Parallel()
	issues := theOrganisation(t)
	half := issues[:len(issues)/2]
	private := privateTexts(t, half)
	for name, c := range map[string]struct {
		path     string
		variants map[string]func(testing.TB) connectors.Source
		points   int
	}{
		"tar.gz":      {tarGzFile(t, oneEach(issues)), variants(t, issues), 5},
		"jsonl":       {single(t, "issues.jsonl", joined(half, "\n")), nil, 2},
		"large pages": {zipFile(t, serverPages(half, len(half)/3), zip.Deflate), nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src := func(testing.TB) connectors.Source { return openArchive(c.path, narrow) }
			if n := batchesOf(t, src(t)); n < 12 {
				t.Fatalf("%d batches are too few to be interrupted", n)
			}
			connectortest.Run(t, connectortest.Config{New: src, Variants: c.variants, Private: private, Points: c.points})
		})
	}
}

// batchesOf counts the batches of a whole pull.
func batchesOf(tb testing.TB, src connectors.Source) int {
	tb.Helper()
	n := 0
	_, err := src.Pull(tb.Context(), connectors.State{}, func(connectors.Batch) error { n++; return nil })
	must(tb, err)
	return n
}
