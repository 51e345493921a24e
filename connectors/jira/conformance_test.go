package jira

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
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
	"smokestack/connectors/saved"
	"smokestack/connectors/saved/savedtest"
)

// The archives of these tests are one pretend organisation, saved in as many
// ways as people save answers.

// organisation holds the answers of the pretend Jira. It is made once; nobody
// may change it.
var organisation = sync.OnceValues(func() ([]savedtest.Issue, error) {
	return render(demo.New(demo.Options{Teams: 3, Items: 240, JiraOnly: true}))
})

// render keeps the answers for everything that a source tells. They may outlive
// the test that asked first.
func render(src connectors.Source) ([]savedtest.Issue, error) {
	var out []savedtest.Issue
	err := jiratest.Each(context.Background(), src, func(key string, issue []byte) error {
		out = append(out, savedtest.Issue{Key: key, Data: bytes.Clone(issue)})
		return nil
	})
	return out, err
}

func theOrganisation(tb testing.TB) []savedtest.Issue {
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
func oneEach(issues []savedtest.Issue) []savedtest.Entry {
	var out []savedtest.Entry
	for _, s := range issues {
		project, _, _ := strings.Cut(s.Key, "-")
		out = append(out, savedtest.Named("issues/"+project+"/"+s.Key+".json", s.Data))
	}
	return out
}

// serverPages saves search pages as Jira Server answers them.
func serverPages(issues []savedtest.Issue, size int) []savedtest.Entry {
	var out []savedtest.Entry
	for start := 0; start < len(issues); start += size {
		part := issues[start:min(start+size, len(issues))]
		page := fmt.Sprintf(`{"expand":"names","startAt":%d,"maxResults":%d,"total":%d,"issues":[%s]}`, start, size, len(issues), savedtest.Joined(part, ","))
		out = append(out, savedtest.Named(fmt.Sprintf("page-%05d.json", start), []byte(page)))
	}
	return out
}

// cloudPages saves search pages as Jira Cloud answers them: no count, a token
// on all but the last.
func cloudPages(issues []savedtest.Issue, size int) []savedtest.Entry {
	var out []savedtest.Entry
	for start := 0; start < len(issues); start += size {
		part := issues[start:min(start+size, len(issues))]
		end := `"isLast":true`
		if start+size < len(issues) {
			end = `"isLast":false,"nextPageToken":"token"`
		}
		out = append(out, savedtest.Named(fmt.Sprintf("page-%05d.json", start), fmt.Appendf(nil, `{"issues":[%s],%s}`, savedtest.Joined(part, ",\n"), end)))
	}
	return out
}

// envelopes saves issues with the addresses that they came from.
func envelopes(issues []savedtest.Issue) []byte {
	var out []string
	for _, s := range issues {
		address := strings.Replace(gjson.GetBytes(s.Data, "self").String(), "/2/", "/3/", 1)
		out = append(out, fmt.Sprintf(`{"url":%q,"input":null,"data":%s}`, address+"?expand=changelog", s.Data))
	}
	return []byte("[" + strings.Join(out, ",") + "]")
}

// apart takes the histories out of issues and hands both to put.
func apart(issues []savedtest.Issue, put func(id string, issue []byte, log gjson.Result)) {
	for _, s := range issues {
		var members map[string]json.RawMessage
		if err := json.Unmarshal(s.Data, &members); err != nil {
			panic(err) // our own rendering
		}
		log := members["changelog"]
		delete(members, "changelog")
		data, err := json.Marshal(members)
		if err != nil {
			panic(err)
		}
		put(gjson.GetBytes(s.Data, "id").String(), data, gjson.ParseBytes(log))
	}
}

// logPages saves each issue's history in pages of two entries, in files that
// stand before the issues.
func logPages(issues []savedtest.Issue) []savedtest.Entry {
	var out []savedtest.Entry
	apart(issues, func(id string, issue []byte, log gjson.Result) {
		list := log.Get("histories").Array()
		for start := 0; start == 0 || start < len(list); start += 2 {
			part := list[start:min(start+2, len(list))]
			address := gjson.GetBytes(issue, "self").String() + "/changelog"
			page := fmt.Sprintf(`{"self":%q,"startAt":%d,"maxResults":2,"total":%d,"isLast":%t,"values":[%s]}`,
				address, start, len(list), start+2 >= len(list), raws(part))
			out = append(out, savedtest.Named(fmt.Sprintf("history/%s-%d.json", id, start), []byte(page)))
		}
		out = append(out, savedtest.Named("issue/"+id+".json", issue))
	})
	return out
}

// bulkLogs saves all histories as Jira Cloud answers them in bulk: by number of
// milliseconds, a history parted at the edges of pages. The parted half comes
// again on the next page, as it has been seen to. Histories without an entry
// are there, too, which Jira leaves out: without them nothing tells an issue
// that never changed from one whose history was not asked for.
func bulkLogs(issues []savedtest.Issue) []savedtest.Entry {
	var out []savedtest.Entry
	var logs []string
	page := func(more bool) {
		token := ""
		if more {
			token = `,"nextPageToken":"token"`
		}
		out = append(out, savedtest.Named(fmt.Sprintf("bulk-%04d.json", len(out)), fmt.Appendf(nil, `{"issueChangeLogs":[%s]%s}`, strings.Join(logs, ","), token)))
		logs = nil
	}
	var rest []savedtest.Entry
	n := 0
	apart(issues, func(id string, issue []byte, log gjson.Result) {
		rest = append(rest, savedtest.Named("issues/"+id+".json", issue))
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
var narrow = saved.Limits{Small: 16 << 10, Value: 1 << 20, Job: 24 << 10}

// openArchive opens a path with some limits and two workers, so that batches are
// decoded side by side on any machine.
func openArchive(path string, l saved.Limits) *Archive {
	a := NewArchive(path, "")
	a.files.Limits, a.files.Workers = l, 2
	return a
}

// made is a source of an archive that is made when it is needed.
func made(tb testing.TB, path func(testing.TB) string) func(testing.TB) connectors.Source {
	return func(testing.TB) connectors.Source { return openArchive(path(tb), narrow) }
}

// variants are other ways to save the organisation.
func variants(tb testing.TB, issues []savedtest.Issue) map[string]func(testing.TB) connectors.Source {
	out := map[string]func(testing.TB) connectors.Source{}
	for name, path := range map[string]func(testing.TB) string{
		"folder":                  func(tb testing.TB) string { return savedtest.Folder(tb, oneEach(issues)...) },
		"tar":                     func(tb testing.TB) string { return savedtest.TarFile(tb, oneEach(issues)) },
		"tar.gz, reversed":        func(tb testing.TB) string { return savedtest.TarGzFile(tb, reversed(oneEach(issues))) },
		"tar, shuffled":           func(tb testing.TB) string { return savedtest.TarFile(tb, shuffled(oneEach(issues))) },
		"zip":                     func(tb testing.TB) string { return savedtest.ZipFile(tb, shuffled(oneEach(issues)), zip.Deflate) },
		"zip without compression": func(tb testing.TB) string { return savedtest.ZipFile(tb, oneEach(issues), zip.Store) },
		"jsonl":                   func(tb testing.TB) string { return savedtest.File(tb, "issues.jsonl", savedtest.Joined(issues, "\n")) },
		"jsonl.gz, shuffled": func(tb testing.TB) string {
			return savedtest.File(tb, "issues.jsonl.gz", savedtest.Gzip(tb, savedtest.Joined(shuffled(issues), "\r\n")))
		},
		"one list": func(tb testing.TB) string {
			return savedtest.File(tb, "issues.json", slices.Concat([]byte("[\n"), savedtest.Joined(issues, ",\n"), []byte("\n]\n")))
		},
		"values in a row":           func(tb testing.TB) string { return savedtest.File(tb, "issues.json", savedtest.Joined(issues, " ")) },
		"pages of one":              func(tb testing.TB) string { return savedtest.TarFile(tb, serverPages(issues, 1)) },
		"pages of seven, shuffled":  func(tb testing.TB) string { return savedtest.TarFile(tb, shuffled(serverPages(issues, 7))) },
		"one page":                  func(tb testing.TB) string { return savedtest.Folder(tb, serverPages(issues, len(issues))...) },
		"pages of a cloud":          func(tb testing.TB) string { return savedtest.Folder(tb, cloudPages(issues, 50)...) },
		"pages of a cloud, as list": func(tb testing.TB) string { return savedtest.File(tb, "pages.json", listOf(cloudPages(issues, 20))) },
		"with addresses":            func(tb testing.TB) string { return savedtest.File(tb, "saved.json", envelopes(issues)) },
		"all of it twice": func(tb testing.TB) string {
			return savedtest.TarFile(tb, append(shuffled(oneEach(issues)), serverPages(issues, 30)...))
		},
		"histories apart":         func(tb testing.TB) string { return savedtest.TarFile(tb, logPages(issues)) },
		"histories apart, mixed":  func(tb testing.TB) string { return savedtest.TarFile(tb, shuffled(logPages(issues))) },
		"histories in bulk":       func(tb testing.TB) string { return savedtest.Folder(tb, bulkLogs(issues)...) },
		"histories in bulk, last": func(tb testing.TB) string { return savedtest.TarFile(tb, reversed(bulkLogs(issues))) },
	} {
		out[name] = made(tb, path)
	}
	same := savedtest.TarGzFile(tb, oneEach(issues))
	with := func(site string, workers int, l saved.Limits) *Archive {
		a := NewArchive(same, site)
		a.files.Workers, a.files.Limits = workers, l
		return a
	}
	for name, a := range map[string]*Archive{
		"usual limits": with("", 2, saved.Usual),
		"one worker":   with("", 1, narrow),
		"many workers": with("", 9, saved.Limits{Small: 1, Value: 1 << 20, Job: 1}),
		"a known site": with(demo.Site, 2, narrow),
	} {
		out[name] = func(testing.TB) connectors.Source { return a }
	}
	return out
}

// listOf puts files into one list.
func listOf(files []savedtest.Entry) []byte {
	var list [][]byte
	for _, f := range files {
		list = append(list, f.Data)
	}
	return slices.Concat([]byte("["), bytes.Join(list, []byte(",")), []byte("]"))
}

// privateTexts returns what the answers say of people: how they are called, and
// where they have their mail. That the tests would notice them is made sure of.
func privateTexts(tb testing.TB, issues []savedtest.Issue) []string {
	tb.Helper()
	out := []string{jiratest.DisplayName, jiratest.CommentText}
	all := string(savedtest.Joined(issues, "\n"))
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
		"tar.gz":      {savedtest.TarGzFile(t, oneEach(issues)), variants(t, issues), 5},
		"jsonl":       {savedtest.File(t, "issues.jsonl", savedtest.Joined(half, "\n")), nil, 2},
		"large pages": {savedtest.ZipFile(t, serverPages(half, len(half)/3), zip.Deflate), nil, 2},
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
