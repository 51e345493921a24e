package github

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/github/githubtest"
	"smokestack/connectors/saved"
	"smokestack/connectors/saved/savedtest"
)

// people gives everybody one number, whichever batch they came in.
type people map[string]fact.Person

func (p people) number(b *connectors.Batch, who *fact.Person) {
	if *who == 0 {
		return
	}
	name := b.Accounts[*who-1].IDs[0]
	if p[name] == 0 {
		p[name] = fact.Person(len(p) + 1)
	}
	*who = p[name]
}

// records returns the records of batches in order, with people numbered alike,
// and without when they were told.
func (p people) records(batches ...connectors.Batch) []fact.Record {
	var out []fact.Record
	for n := range batches {
		b := &batches[n]
		for i := range b.Records {
			r := b.Records[i]
			for _, who := range []*fact.Person{&r.Creator, &r.Reporter, &r.Assignee} {
				p.number(b, who)
			}
			for k := range r.Changes {
				for _, who := range []*fact.Person{&r.Changes[k].By, &r.Changes[k].From.Person, &r.Changes[k].To.Person} {
					p.number(b, who)
				}
			}
			for k := range r.Involvement {
				p.number(b, &r.Involvement[k].By)
			}
			slices.SortFunc(r.Involvement, func(x, y fact.Involvement) int { return strings.Compare(x.ID, y.ID) })
			slices.SortFunc(r.Links, func(x, y fact.Link) int { return strings.Compare(x.ID+x.Phrase, y.ID+y.Phrase) })
			r.Told = 0
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(x, y fact.Record) int { return strings.Compare(x.Key, y.Key) })
	return slices.CompactFunc(out, func(x, y fact.Record) bool { return x.Key == y.Key && x.Class == y.Class && cmp.Equal(x, y, alike) })
}

var alike = cmp.Options{cmpopts.EquateEmpty(), cmpopts.EquateNaNs()}

func batches(tb testing.TB, a *Archive) []connectors.Batch {
	tb.Helper()
	var out []connectors.Batch
	_, err := a.Pull(tb.Context(), connectors.State{}, func(b connectors.Batch) error {
		out = append(out, b)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

func shuffled(list []savedtest.Entry) []savedtest.Entry {
	out := slices.Clone(list)
	r := rand.New(rand.NewPCG(3, 5))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func joined(list []savedtest.Entry, before, sep, after string) []byte {
	var parts [][]byte
	for _, e := range list {
		parts = append(parts, e.Data)
	}
	return slices.Concat([]byte(before), bytes.Join(parts, []byte(sep)), []byte(after))
}

// What was recorded becomes the same when it is read again, however it is kept:
// items come with the parts of them that lie in other answers.
func TestReplay(t *testing.T) {
	t.Parallel()
	for name, graph := range map[string]bool{"GraphQL": true, "REST": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var kept []savedtest.Entry
			a := talker{tb: t, s: githubtest.NewServer(githubtest.Options{}, shop(&wall{began})), kept: &kept}
			var direct []connectors.Batch
			for _, repo := range []string{"acme/shop", "acme/pay"} {
				if graph {
					direct = append(direct, a.byGraphQL(everything, repo, 2, 3))
				} else {
					direct = append(direct, a.byREST(repo))
				}
			}
			everybody := people{}
			want := everybody.records(direct...)
			for how, path := range map[string]string{
				"a folder": savedtest.Folder(t, kept...), "shuffled": savedtest.TarFile(t, shuffled(kept)), "zipped": savedtest.ZipFile(t, kept, zip.Deflate),
				"lines": savedtest.File(t, "kept.jsonl", joined(kept, "", "\n", "\n")), "a list": savedtest.File(t, "kept.json", joined(kept, "[", ",", "]")),
			} {
				b := batches(t, NewArchive(path, ""))
				if diff := cmp.Diff(want, everybody.records(b...), alike); diff != "" {
					t.Errorf("%s: %s", how, diff)
				}
				for i := range b {
					for _, n := range b[i].Notes {
						if n.Kind != connectors.NoteSkipped || !strings.Contains(n.Reason, "empty") {
							t.Errorf("%s: %+v", how, n)
						}
					}
				}
			}
		})
	}
}

// Parts whose item is not there are named, and so are pages that are absent.
func TestPartsWithoutItems(t *testing.T) {
	t.Parallel()
	kept, _ := answeredParts(t)
	var parts []savedtest.Entry
	for _, e := range kept {
		u := gjson.GetBytes(e.Data, "url").String()
		if !strings.HasSuffix(u, "/pulls/3") && !strings.Contains(u, "/issues?") || strings.Contains(u, "/pay/") {
			parts = append(parts, e)
		}
	}
	b := batches(t, NewArchive(savedtest.Folder(t, parts...), ""))
	alone := 0
	for i := range b {
		for j := range b[i].Records {
			if r := &b[i].Records[j]; fact.ProjectOf(r.Key) == "acme/shop" && r.Class != fact.ClassMilestone && r.Key != "acme/shop#4" {
				t.Errorf("%s", r.Key)
			}
		}
		for _, n := range b[i].Notes {
			if strings.Contains(n.Reason, "of items that are not in the archive") {
				alone++
			}
		}
	}
	if alone == 0 {
		t.Error("nothing is said of parts that belong to no item")
	}
}

func answeredParts(tb testing.TB) ([]savedtest.Entry, []connectors.Batch) {
	tb.Helper()
	var kept []savedtest.Entry
	a := talker{tb: tb, s: githubtest.NewServer(githubtest.Options{}, shop(&wall{began})), kept: &kept}
	direct := []connectors.Batch{a.byREST("acme/shop"), a.byREST("acme/pay")}
	return kept, direct
}

func TestMissingPages(t *testing.T) {
	t.Parallel()
	var kept []savedtest.Entry
	a := talker{tb: t, s: githubtest.NewServer(githubtest.Options{}, shop(&wall{began})), kept: &kept}
	a.byGraphQL(everything, "acme/shop", 1, 100)
	for drop, want := range map[int]string{-1: "", 1: "acme/shop issues", 3: "acme/shop pullRequests"} { // the second of two pages each
		pages := slices.Clone(kept)
		if drop >= 0 {
			pages = slices.Delete(pages, drop, drop+1)
		}
		missing := ""
		for _, b := range batches(t, NewArchive(savedtest.Folder(t, pages...), "")) {
			for _, n := range b.Notes {
				if n.Kind == connectors.NoteMissing {
					missing += n.Reason
				}
			}
		}
		if (missing == "") != (want == "") || !strings.Contains(missing, want) {
			t.Errorf("without page %d: %q", drop, missing)
		}
	}
}

// What a backup could not read is missing.
func TestFailedItems(t *testing.T) {
	t.Parallel()
	root := savedtest.Folder(t,
		savedtest.Named("shop/state.json", []byte(`{"version":2,"failed_issues":[7],"failed_pulls":[8,9]}`)),
		savedtest.Named("shop/issues/1.json", []byte(`{"type":"issue","issue":`+issueJSON(1, "")+`,"events":[]}`)),
	)
	var missing []string
	for _, b := range batches(t, NewArchive(root, "")) {
		for _, n := range b.Notes {
			if n.Kind == connectors.NoteMissing {
				missing = append(missing, n.Subject)
			}
		}
	}
	if !slices.Equal(missing, []string{"shop/issue 7", "shop/pull request 8", "shop/pull request 9"}) {
		t.Errorf("%q", missing)
	}
}

// issueJSON is a small issue of REST.
func issueJSON(n int, members string) string {
	if !strings.Contains(members, `"state":`) {
		members = strings.TrimSuffix(`"state":"open",`+members, ",")
	}
	if !strings.Contains(members, `"user":`) {
		members += `,"user":{"login":"ana","id":5,"type":"User"}`
	}
	members = "," + members
	return fmt.Sprintf(`{"id":%d,"number":%d,"title":"x","url":"https://api.github.com/repos/acme/shop/issues/%d","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z"%s}`, 1000+n, n, n, members)
}

// Archives keep the contract of sources, whatever they hold and in whichever
// container.
func TestArchiveConformance(t *testing.T) {
	t.Parallel()
	world := githubtest.NewWorld((&wall{began}).now)
	world.Repository("acme/shop")
	world.Mail("ana", "ana@acme.example")
	world.Grow("acme/shop", "ana", 60)
	var graph []savedtest.Entry
	a := talker{tb: t, s: githubtest.NewServer(githubtest.Options{}, world), kept: &graph}
	a.byGraphQL(everything, "acme/shop", 3, 10)
	var small, rest []savedtest.Entry
	a.kept = &small
	a.byGraphQL(everything, "acme/shop", 50, 3)
	a.kept = &rest
	a.byREST("acme/shop")
	for name, c := range map[string]struct {
		kept     []savedtest.Entry
		variants map[string]func(testing.TB) connectors.Source
	}{
		"GraphQL": {graph, map[string]func(testing.TB) connectors.Source{
			"shuffled":       from(func(tb testing.TB) string { return savedtest.TarGzFile(tb, shuffled(graph)) }),
			"other pages":    from(func(tb testing.TB) string { return savedtest.Folder(tb, small...) }),
			"lines":          from(func(tb testing.TB) string { return savedtest.File(tb, "a.jsonl", joined(graph, "", "\n", "")) }),
			"one large list": from(func(tb testing.TB) string { return savedtest.File(tb, "a.json", joined(graph, "[", ",\n", "]")) }),
		}},
		"REST": {rest, map[string]func(testing.TB) connectors.Source{
			"shuffled": from(func(tb testing.TB) string { return savedtest.TarFile(tb, shuffled(rest)) }),
			"zip":      from(func(tb testing.TB) string { return savedtest.ZipFile(tb, rest, zip.Store) }),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := savedtest.Folder(t, c.kept...)
			connectortest.Run(t, connectortest.Config{
				New:      from(func(testing.TB) string { return path }),
				Variants: c.variants, Private: []string{"ana@acme.example"}, Points: 3,
			})
		})
	}
}

// from is a source of an archive that is made when it is needed, cut into small
// batches.
func from(path func(testing.TB) string) func(testing.TB) connectors.Source {
	return func(tb testing.TB) connectors.Source {
		return narrowed(path(tb), saved.Limits{Small: 16 << 10, Value: 4 << 20, Job: 24 << 10})
	}
}

// A large archive of a repository is read element by element, as what it says in
// front of its lists has it.
func TestLargeRepository(t *testing.T) {
	t.Parallel()
	var issues []string
	for n := range 300 {
		issues = append(issues, fmt.Sprintf(`{"number":%d,"id":%q,"title":"x","url":"https://github.com/acme/shop/issues/%d","state":"OPEN","author":"ana","labels":["a"],"assignees":["ben"],"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z","comments":[{"author":"cy","body":"x","createdAt":"2026-01-01T00:00:00Z"},{"author":null,"body":"x","createdAt":"2026-01-01T00:00:00Z"}]}`,
			n+1, packed("I", []byte{0}, []byte{5}, []byte{0xcd, byte((n + 1) >> 8), byte(n + 1)}), n+1))
	}
	data := `{"magic":"E!vIA5L86J2I","timestamp":"2026-02-01T00:00:00Z","repo":"acme/shop","labels":[],"issues":[` + strings.Join(issues, ",") + `],"pulls":[]}`
	if !json.Valid([]byte(data)) {
		t.Fatal("the test's own data")
	}
	path := filepath.Join(savedtest.Folder(t, savedtest.Named("shop.json", []byte(data))))
	whole, streamed := NewArchive(path, ""), NewArchive(path, "")
	streamed.files.Limits = saved.Limits{Small: 4 << 10, Value: 1 << 20, Job: 8 << 10}
	everybody := people{}
	a, b := batches(t, whole), batches(t, streamed)
	if len(b) < 10 {
		t.Fatalf("%d batches", len(b))
	}
	if diff := cmp.Diff(everybody.records(a...), everybody.records(b...), alike); diff != "" {
		t.Error(diff)
	}
	for i := range b {
		for j := range b[i].Records {
			if r := &b[i].Records[j]; r.Told.String() != "2026-02-01T00:00:00.000Z" || len(r.Involvement) != 2 || r.Project.Key != "acme/shop" {
				t.Fatalf("%+v", r)
			}
		}
	}
}

// A repository's list of events gives each of its items their history: whole,
// where the last page of the list is there.
func TestRepositoryEvents(t *testing.T) {
	t.Parallel()
	var direct connectors.Batch
	read := func(perPage int, drop bool) map[string]*fact.Record {
		var kept []savedtest.Entry
		a := talker{tb: t, s: githubtest.NewServer(githubtest.Options{}, shop(&wall{began})), kept: &kept}
		a.rest("/repos/acme/shop/issues?state=all&per_page=100")
		for page := 1; ; page++ {
			if n := len(a.rest(fmt.Sprintf("/repos/acme/shop/issues/events?per_page=%d&page=%d", perPage, page)).Array()); n < perPage {
				break
			}
		}
		if drop {
			kept = kept[:len(kept)-1]
		}
		a.kept = nil
		direct = a.byREST("acme/shop")
		out := map[string]*fact.Record{}
		for _, b := range batches(t, NewArchive(savedtest.Folder(t, shuffled(kept)...), "")) {
			for i := range b.Records {
				out[b.Records[i].Key] = &b.Records[i]
			}
		}
		return out
	}
	whole, cut := read(7, false), read(7, true)
	for i := range direct.Records {
		want := &direct.Records[i]
		if want.Class == fact.ClassMilestone {
			continue
		}
		got := whole[want.Key]
		// Without the last page, what was made before the oldest event is cut.
		if old := want.Key < "acme/shop#3"; got.History.State != fact.WholeHistory || old != (cut[want.Key].History.State != fact.WholeHistory) {
			t.Errorf("%s: %v, and %v without the last page", want.Key, got.History, cut[want.Key].History)
		}
		if diff := cmp.Diff(kinds(want), kinds(got)); diff != "" {
			t.Errorf("%s: %s", want.Key, diff)
		}
	}
}

// kinds are the ids of changes that are not only counted.
func kinds(r *fact.Record) []string {
	var out []string
	for _, c := range r.Changes {
		if c.Kind != fact.KindOther {
			out = append(out, c.ID+" "+c.Kind.String())
		}
	}
	return out
}
