package jira

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/saved"
	"smokestack/connectors/saved/savedtest"
)

// Answers of real trackers, kept outside of the repository. What is expected of
// them comes from their description, or from a plain walk through the files by
// the standard library's decoder, which shares nothing with the code under
// test. Messages name issues by their ids at most: the content is other
// people's.

func realData(tb testing.TB, name string) string {
	tb.Helper()
	file := filepath.Join("..", "..", "..", "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(file); err != nil {
		tb.Skipf("the real data set %s is not on this machine", name)
	}
	return file
}

// walk reads the files of a tar.gz.
func walk(tb testing.TB, file string, do func(name string, data []byte)) {
	tb.Helper()
	f, err := os.Open(file)
	must(tb, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	must(tb, err)
	for t := tar.NewReader(z); ; {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		must(tb, err)
		if head.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(t)
		must(tb, err)
		do(path.Clean(head.Name), data)
	}
}

// A rawIssue is what the tests want to know of an answer.
type rawIssue struct {
	ID, Key string
	Fields  struct {
		Summary        string
		Created        string
		Updated        string
		Resolutiondate string
		Status         rawNamed
		Issuetype      rawNamed
		Assignee       *struct{ Name string }
		Components     []rawNamed
		FixVersions    []rawNamed
		Labels         []string
		Parent         *rawNamed
		Comment        struct {
			Comments []rawNamed
			Total    int
		}
		Worklog struct {
			Worklogs []rawNamed
			Total    int
		}
		Issuelinks []struct {
			ID                        string
			Type                      struct{ Name, Inward, Outward string }
			InwardIssue, OutwardIssue *rawNamed
		}
		Sprint []string `json:"customfield_10290"`
	}
	Changelog struct {
		Total     int
		Histories []struct {
			ID, Created string
			Items       []struct{ Field, From, FromString, To, ToString string }
		}
	}
}

type rawNamed struct{ ID, Key, Name string }

// when reads a time as Jira Server writes it.
func when(tb testing.TB, text string) fact.Instant {
	tb.Helper()
	if text == "" {
		return 0
	}
	at, err := time.Parse("2006-01-02T15:04:05.000-0700", text)
	must(tb, err)
	return fact.At(at)
}

func ids[T any](list []T, id func(T) string) []string {
	out := []string{}
	for _, x := range list {
		out = append(out, id(x))
	}
	return out
}

func idOf(n fact.Named) string { return n.ID }
func rawID(n rawNamed) string  { return n.ID }

// plain are the kinds of which one item of a history is one change.
var plain = map[string]fact.Kind{
	"status": fact.KindStatus, "assignee": fact.KindAssignee, "resolution": fact.KindResolution, "priority": fact.KindPriority,
	"Key": fact.KindKey, "Project": fact.KindProject, "project": fact.KindProject, "issuetype": fact.KindType, "Issue Type": fact.KindType,
	"Fix Version": fact.KindRelease, "Component": fact.KindComponent, "Link": fact.KindLink, "Parent": fact.KindParent, "Parent Issue": fact.KindParent,
	"Story Points": fact.KindEstimate, "Rank": fact.KindRank, "Global Rank": fact.KindRank, "duedate": fact.KindDue, "type": fact.KindType,
}

// census counts what is in an archive.
type census struct {
	records, changes             int
	notes                        []connectors.Note
	byID                         map[string]fact.Record
	keys                         map[string]bool
	links                        map[string]int
	cross                        map[string]bool
	targets                      map[fact.Ref]bool
	types, projects, components  map[string]bool            // components by name: a name may be that of several projects' own
	assignees                    map[string]map[string]bool // and the components that they work in
	whole, keyed, still, unmoved int
}

func takeCensus(tb testing.TB, src connectors.Source) *census {
	tb.Helper()
	c := &census{
		byID: map[string]fact.Record{}, keys: map[string]bool{}, links: map[string]int{}, cross: map[string]bool{}, targets: map[fact.Ref]bool{},
		types: map[string]bool{}, projects: map[string]bool{}, components: map[string]bool{}, assignees: map[string]map[string]bool{},
	}
	sum, err := src.Pull(tb.Context(), connectors.State{}, func(b connectors.Batch) error {
		c.notes = append(c.notes, b.Notes...)
		for i := range b.Records {
			c.add(&b.Records[i], &b)
		}
		return nil
	})
	if err != nil || sum != (connectors.Summary{}) {
		tb.Fatalf("%+v, %v", sum, err)
	}
	return c
}

func (c *census) add(r *fact.Record, b *connectors.Batch) {
	c.records++
	c.byID[r.ID], c.keys[r.Key], c.projects[r.Project.ID] = *r, true, true
	for _, l := range r.Links {
		c.links[l.ID]++
		c.types[l.Type], c.targets[l.Other] = true, true
		if projectOf(r.Key) != projectOf(l.Other.Key) {
			c.cross[l.ID] = true
		}
	}
	for _, n := range r.Components {
		c.components[n.Name] = true
	}
	if r.Assignee != 0 {
		name := strings.Join(b.Accounts[r.Assignee-1].IDs, " ")
		if c.assignees[name] == nil {
			c.assignees[name] = map[string]bool{}
		}
		for _, n := range r.Components {
			c.assignees[name][n.Name] = true
		}
	}
	moved, keyed := false, false
	for _, ch := range r.Changes {
		if ch.Kind == fact.KindStatus {
			c.changes++
			moved = true
		}
		keyed = keyed || ch.Kind == fact.KindKey
	}
	c.unmoved += tick(!moved)
	c.keyed += tick(keyed)
	c.still += tick(r.History.State == fact.WholeHistory && r.History.Have == 0 && len(r.Changes) == 0)
	c.whole += tick(r.History.State == fact.WholeHistory && r.History.Have == r.History.Total)
}

func tick(b bool) int {
	if b {
		return 1
	}
	return 0
}

func projectOf(key string) string {
	project, _, _ := strings.Cut(key, "-")
	return project
}

// outside counts the targets of links that are not there.
func (c *census) outside() int {
	n := 0
	for ref := range c.targets {
		n += tick(!c.keys[ref.Key] && c.byID[ref.ID].ID == "")
	}
	return n
}

// counts compares numbers by name.
func counts(tb testing.TB, want, got map[string]int) {
	tb.Helper()
	for name, n := range want {
		if got[name] != n {
			tb.Errorf("%s: %d, want %d", name, got[name], n)
		}
	}
}

// A Jira Server with complete histories: the figures of its description, and
// every issue against a plain reading of its file.
func TestDuraSpace(t *testing.T) {
	t.Parallel()
	file := realData(t, "duraspace-jira/issues.tar.gz")
	c := takeCensus(t, NewArchive(file, ""))
	counts(t, map[string]int{
		"issues": 3036, "records": 3036, "projects": 18, "components": 111, "assignees": 112, "changes of status": 5124, "links": 483, "across projects": 21,
		"targets outside": 34, "histories": 3036, "issues without an entry": 82, "issues without a change of status": 266, "issues that moved": 55, "notes": 3,
	}, map[string]int{
		"issues": len(c.byID), "records": c.records, "projects": len(c.projects), "components": len(c.components), "assignees": len(c.assignees), "changes of status": c.changes,
		"links": len(c.links), "across projects": len(c.cross), "targets outside": c.outside(), "histories": c.whole, "issues without an entry": c.still,
		"issues without a change of status": c.unmoved, "issues that moved": c.keyed, "notes": len(c.notes),
	})
	for id, ends := range c.links {
		if ends > 2 {
			t.Errorf("the link %s has %d ends", id, ends)
		}
	}
	broken := map[string]bool{}
	for _, n := range c.notes {
		if n.Kind != connectors.NoteRepaired || n.Reason != "broken UTF-8, mended" {
			t.Errorf("a note %q", n.Reason)
		}
		broken[n.Subject] = true
	}
	items, entries := 0, 0
	walk(t, file, func(name string, data []byte) {
		if utf8.Valid(data) == broken[name] {
			t.Errorf("%s: noted as broken: %t", name, broken[name])
		}
		var raw rawIssue
		must(t, json.Unmarshal(data, &raw))
		for _, h := range raw.Changelog.Histories {
			entries++
			items += len(h.Items)
		}
		r, ok := c.byID[raw.ID]
		if !ok {
			t.Errorf("the issue %s is not there", raw.ID)
			return
		}
		if broken[name] {
			r.Title = raw.Fields.Summary // how many marks stand for broken bytes does not matter
		}
		likeRaw(t, &r, &raw)
	})
	counts(t, map[string]int{"entries": 15140, "items": 22158}, map[string]int{"entries": entries, "items": items})
}

// likeRaw compares a record with a plain reading of its answer.
func likeRaw(tb testing.TB, r *fact.Record, raw *rawIssue) {
	tb.Helper()
	f := &raw.Fields
	wantLinks, gotLinks := []string{}, []string{}
	for _, l := range f.Issuelinks {
		if l.InwardIssue != nil {
			wantLinks = append(wantLinks, fmt.Sprint(l.ID, l.Type.Name, l.Type.Inward, l.InwardIssue.ID, l.InwardIssue.Key))
		} else {
			wantLinks = append(wantLinks, fmt.Sprint(l.ID, l.Type.Name, l.Type.Outward, l.OutwardIssue.ID, l.OutwardIssue.Key))
		}
	}
	for _, l := range r.Links {
		gotLinks = append(gotLinks, fmt.Sprint(l.ID, l.Type, l.Phrase, l.Other.ID, l.Other.Key))
	}
	parent := rawNamed{}
	if f.Parent != nil {
		parent = *f.Parent
	}
	acts := map[fact.Act]int{}
	for _, i := range r.Involvement {
		acts[i.Act]++
	}
	unseen := f.Comment.Total - len(f.Comment.Comments) + f.Worklog.Total - len(f.Worklog.Worklogs)
	for what, pair := range map[string][2]any{
		"key": {raw.Key, r.Key}, "title": {f.Summary, r.Title}, "times": {[3]fact.Instant{when(tb, f.Created), when(tb, f.Updated), when(tb, f.Resolutiondate)}, [3]fact.Instant{r.Created, r.Updated, r.Resolved}},
		"status": {fact.Named{ID: f.Status.ID, Name: f.Status.Name}, r.Status}, "type": {f.Issuetype.ID, r.Type.ID}, "assigned": {f.Assignee != nil, r.Assignee != 0},
		"components": {ids(f.Components, rawID), ids(r.Components, idOf)}, "releases": {ids(f.FixVersions, rawID), ids(r.Releases, idOf)},
		"labels": {append([]string{}, f.Labels...), append([]string{}, r.Labels...)}, "parent": {fact.Ref{ID: parent.ID, Key: parent.Key}, r.Parent},
		"comments and worklogs": {[3]int{len(f.Comment.Comments), len(f.Worklog.Worklogs), unseen}, [3]int{acts[fact.ActComment], acts[fact.ActWorklog], r.Unseen}}, "links": {wantLinks, gotLinks},
		"sprints": {len(f.Sprint), len(r.Sprints)}, "history": {rawHistory(tb, raw), toldHistory(r)}, "count of history": {len(raw.Changelog.Histories), r.History.Have},
	} {
		if fmt.Sprint(pair[0]) != fmt.Sprint(pair[1]) {
			tb.Errorf("issue %s: its %s differs from a plain reading", raw.ID, what)
		}
	}
}

// rawHistory and toldHistory put histories into a common form: their entries with
// their instants, and the changes of which one item makes one, in order.
func rawHistory(tb testing.TB, raw *rawIssue) []string {
	out := []string{}
	for _, h := range raw.Changelog.Histories {
		out = append(out, "entry "+h.ID)
		for _, i := range h.Items {
			kind, ok := plain[i.Field]
			if !ok {
				continue
			}
			line := fmt.Sprint(h.ID, " ", int64(when(tb, h.Created)), " ", kind)
			switch kind {
			case fact.KindAssignee:
				line += fmt.Sprint(" ", i.From != "", " ", i.To != "")
			case fact.KindStatus, fact.KindKey:
				line += fmt.Sprintf(" %q %q %q %q", i.From, i.FromString, i.To, i.ToString)
			}
			out = append(out, line)
		}
	}
	slices.Sort(out)
	return out
}

func toldHistory(r *fact.Record) []string {
	seen := map[string]bool{}
	kinds := map[fact.Kind]bool{}
	for _, k := range plain {
		kinds[k] = true
	}
	out := []string{}
	for _, c := range r.Changes {
		entry, _, _ := strings.Cut(c.ID, ".")
		seen["entry "+entry] = true
		if !kinds[c.Kind] {
			continue
		}
		line := fmt.Sprint(entry, " ", int64(c.At), " ", c.Kind)
		switch c.Kind {
		case fact.KindAssignee:
			line += fmt.Sprint(" ", c.From.Person != 0, " ", c.To.Person != 0)
		case fact.KindStatus, fact.KindKey:
			line += fmt.Sprintf(" %q %q %q %q", c.From.ID, c.From.Text, c.To.ID, c.To.Text)
		}
		out = append(out, line)
	}
	out = append(out, slices.Collect(maps.Keys(seen))...)
	slices.Sort(out)
	return out
}

// pseudonym is what stands for people in the real data: outside of accounts
// there must be none.
var pseudonym = regexp.MustCompile(`\bPerson [0-9a-f]{8}\b|\bp[0-9a-f]{8}\b`)

func TestRealDataStaysPrivate(t *testing.T) {
	t.Parallel()
	for _, file := range []string{realData(t, "duraspace-jira/issues.tar.gz"), extract(t, realData(t, "small-raw-pages/pages.tar.gz"), "jira")} {
		told, people := 0, 0
		_, err := NewArchive(file, "").Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
			people += len(b.Accounts)
			b.Accounts = nil
			for i := range b.Records {
				b.Records[i].Title = "" // people write each other's names into titles
				told += len(pseudonym.FindAllString(fmt.Sprintf("%+v", b.Records[i]), -1))
			}
			b.Records = nil
			told += len(pseudonym.FindAllString(fmt.Sprintf("%+v", b), -1))
			return nil
		})
		if err != nil || told > 0 || people == 0 {
			t.Errorf("%d accounts, people named in %d other places; %v", people, told, err)
		}
	}
}

// A Jira Server without histories, with about a hundred custom fields an issue.
func TestArrow(t *testing.T) {
	t.Parallel()
	if testing.Short() || raceDetector {
		t.Skip("226 MB of answers: the run without -short and the race detector reads them")
	}
	c := takeCensus(t, NewArchive(realData(t, "arrow-jira/issues.tar.gz"), ""))
	several, placed, spanning, histories := 0, 0, 0, 0
	for _, r := range c.byID {
		several += tick(len(r.Components) > 1)
		histories += tick(r.History.State != fact.NoHistory || len(r.Changes) > 0)
	}
	for _, components := range c.assignees {
		placed += tick(len(components) > 0) // the description counts these
		spanning += tick(len(components) > 1)
	}
	counts(t, map[string]int{
		"issues": 18285, "records": 18285, "components": 32, "issues of several components": 3480, "assignees": 698, "assignees in components": 695, "assignees across components": 310,
		"links": 3150, "types of links": 19, "across projects": 114, "histories": 0, "notes": 0,
	}, map[string]int{
		"issues": len(c.byID), "records": c.records, "components": len(c.components), "issues of several components": several, "assignees": len(c.assignees), "assignees in components": placed,
		"assignees across components": spanning, "links": len(c.links), "types of links": len(c.types), "across projects": len(c.cross), "histories": histories, "notes": len(c.notes),
	})
}

// extract unpacks the files of a tar.gz whose path holds a word into a folder.
func extract(tb testing.TB, file, word string) string {
	tb.Helper()
	var files []savedtest.Entry
	walk(tb, file, func(name string, data []byte) {
		if strings.Contains(name, word) {
			files = append(files, savedtest.Named(name, data))
		}
	})
	if len(files) == 0 {
		tb.Fatalf("nothing of %s in it", word)
	}
	return savedtest.Folder(tb, files...)
}

// contents is what a plain walk finds in a file.
type contents struct {
	issues, entries []string // ids
	others          int      // elements, or the file itself, that are neither
	words           int      // saved statuses: they become words, and no more is said of them
	missing         bool     // a page announces more issues than it holds
}

// look finds issues and entries of change logs in a value, by the members that
// the vendor's description demands.
func (c *contents) look(v any, top bool) {
	switch v := v.(type) {
	case []any:
		if len(v) == 0 {
			c.others++
		}
		for _, e := range v {
			c.look(e, false)
		}
	case map[string]any:
		if data, ok := v["data"]; ok && v["url"] != nil {
			c.look(data, false)
			return
		}
		if list, ok := v["issues"].([]any); ok && top {
			total, _ := v["total"].(float64)
			c.missing = int(total) > len(list)
			c.look(list, false)
			return
		}
		id, _ := v["id"].(string)
		_, fields := v["fields"].(map[string]any)
		_, items := v["items"].([]any)
		_, category := v["statusCategory"].(map[string]any)
		switch {
		case id != "" && fields:
			c.issues = append(c.issues, id)
		case id != "" && items && v["created"] != nil:
			c.entries = append(c.entries, id)
		case category:
			c.words++
		default:
			c.others++
		}
	}
}

// Small sets of pages as the APIs sent them, GitHub's among them: whatever is
// an issue or a piece of a history comes out, and every file that holds
// anything else is named in a note.
func TestSmallRawPages(t *testing.T) {
	t.Parallel()
	file := realData(t, "small-raw-pages/pages.tar.gz")
	total := contents{}
	files := 0
	walk(t, file, func(name string, data []byte) {
		files++
		var v any
		var want contents
		if err := json.Unmarshal(data, &v); err != nil {
			want.others++ // empty files, to keep a folder
		}
		want.look(v, true)
		var issues, entries []string
		var notes []connectors.Note
		src := NewArchive(savedtest.File(t, path.Base(name), data), "https://unknown.example")
		_, err := src.Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
			for i := range b.Records {
				issues = append(issues, b.Records[i].ID)
			}
			for i := range b.Histories {
				h := &b.Histories[i]
				entry, _, _ := strings.Cut(h.Changes[0].ID, ".")
				entries = append(entries, entry)
				if h.Of.IsZero() || h.Site == "https://unknown.example" || h.Entries != 1 {
					t.Errorf("%s: a part of a history of %+v", name, h.Of)
				}
			}
			notes = append(notes, b.Notes...)
			return nil
		})
		if none := len(want.issues) == 0; none != errors.Is(err, ErrNoIssues) || !none && err != nil {
			t.Errorf("%s: %d issues, and %v", name, len(want.issues), err)
		}
		if !slices.Equal(issues, want.issues) || !slices.Equal(entries, want.entries) {
			t.Errorf("%s: %d issues and %d entries, want %d and %d", name, len(issues), len(entries), len(want.issues), len(want.entries))
		}
		if want.others > 0 && len(notes) == 0 {
			t.Errorf("%s: nothing is said of %d other things in it", name, want.others)
		}
		if want.others+want.words == 0 && len(notes) > tick(want.missing) {
			t.Errorf("%s: %d notes", name, len(notes))
		}
		missing := slices.ContainsFunc(notes, func(n connectors.Note) bool { return n.Kind == connectors.NoteMissing })
		if missing != want.missing {
			t.Errorf("%s: noted as announcing more than it holds: %t", name, missing)
		}
		for _, n := range notes {
			if n.Kind != connectors.NoteSkipped && n.Kind != connectors.NoteMissing || !strings.HasPrefix(n.Subject, path.Base(name)) {
				t.Errorf("%s: a note of kind %s on %q: %s", name, n.Kind, n.Subject, n.Reason)
			}
		}
		total.issues, total.entries = append(total.issues, want.issues...), append(total.entries, want.entries...)
		total.words += want.words
	})
	if files < 60 || len(total.issues) < 70 || len(total.entries) < 280 || total.words < 60 {
		t.Errorf("the walk itself finds %d files, %d issues, %d entries, %d statuses", files, len(total.issues), len(total.entries), total.words)
	}
}

// The contract holds for real answers: issues that come several times, as of
// different days, and histories entry by entry.
func TestRealConformance(t *testing.T) {
	t.Parallel()
	file := realData(t, "small-raw-pages/pages.tar.gz")
	for _, set := range []string{"jira-cloud-tables", "jira-cloud-sample", "pages/jira"} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			root := extract(t, file, set)
			small := saved.Limits{Small: 16 << 10, Value: 4 << 20, Job: 48 << 10}
			connectortest.Run(t, connectortest.Config{
				New: func(testing.TB) connectors.Source { return openArchive(root, small) },
				Variants: map[string]func(testing.TB) connectors.Source{
					"usual limits": func(testing.TB) connectors.Source { return openArchive(root, saved.Usual) },
				},
				Points: 2,
			})
		})
	}
}

// What parts of histories told entry by entry becomes, joined, is the history
// that a plain walk collects.
func TestRealHistoriesJoin(t *testing.T) {
	t.Parallel()
	root := extract(t, realData(t, "small-raw-pages/pages.tar.gz"), "jira-cloud-tables")
	parts := map[string]map[string]bool{} // entries by site and issue
	must(t, filepath.WalkDir(root, func(name string, e os.DirEntry, err error) error {
		if err != nil || !strings.Contains(name, "issue_changelogs.") {
			return err
		}
		data, err := os.ReadFile(name)
		must(t, err)
		var list []struct {
			URL  string
			Data struct{ ID string }
		}
		must(t, json.Unmarshal(data, &list))
		for _, x := range list {
			before, after, ok := strings.Cut(x.URL, "/rest/")
			id := strings.Split(after, "/")[3]
			if !ok || id == "" {
				t.Fatal("an address of another form")
			}
			of := before + " " + id
			if parts[of] == nil {
				parts[of] = map[string]bool{}
			}
			parts[of][x.Data.ID] = true
		}
		return nil
	}))
	got := map[string]map[string]bool{}
	_, err := NewArchive(root, "").Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
		for i := range b.Histories {
			h := &b.Histories[i]
			of := h.Site + " " + cmp.Or(h.Of.ID, h.Of.Key)
			if got[of] == nil {
				got[of] = map[string]bool{}
			}
			for _, c := range h.Changes {
				entry, _, _ := strings.Cut(c.ID, ".")
				got[of][entry] = true
			}
		}
		return nil
	})
	must(t, err)
	if len(parts) == 0 || !maps.EqualFunc(parts, got, maps.Equal) {
		t.Errorf("entries of %d issues, want those of %d", len(got), len(parts))
	}
}
