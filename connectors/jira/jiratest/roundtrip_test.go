package jiratest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/jira"
)

// What the server answers, read by the decoders of package jira, is what the
// server holds: the facts that it was made of, and everything that happened to
// them since. The oracle is Facts, which no rendering has part in.

// saveCloud asks a Jira Cloud for everything and saves the answers.
func (f *fake) saveCloud(t *testing.T, api string) string {
	dir := t.TempDir()
	save := func(name, body string) { must(t, os.WriteFile(filepath.Join(dir, name+".json"), []byte(body), 0o600)) }
	var ids []string
	token := ""
	for n := 0; ; n++ {
		r := f.post("/rest/api/"+api+"/search/jql", fmt.Sprintf(`{"jql":"created > 0 ORDER BY updated ASC","maxResults":100,"fields":["*all"]%s}`, token))
		var p searchPage
		r.read(t, &p)
		save(fmt.Sprintf("page-%03d", n), r.body)
		for _, is := range p.Issues {
			ids = append(ids, is.ID)
		}
		if p.NextPageToken == nil {
			break
		}
		token = fmt.Sprintf(`,"nextPageToken":%q`, *p.NextPageToken)
	}
	for n, batch := range slices.Collect(slices.Chunk(ids, 70)) {
		token := ""
		for k := 0; ; k++ {
			list, err := json.Marshal(batch)
			must(t, err)
			r := f.post("/rest/api/"+api+"/changelog/bulkfetch", fmt.Sprintf(`{"issueIdsOrKeys":%s,"maxResults":97%s}`, list, token))
			var p struct{ NextPageToken *string }
			r.read(t, &p)
			save(fmt.Sprintf("z-%03d-%03d", n, k), r.body)
			if p.NextPageToken == nil {
				break
			}
			token = fmt.Sprintf(`,"nextPageToken":%q`, *p.NextPageToken)
		}
	}
	return dir
}

// saveServer asks a Data Center for everything and saves the answers.
func (f *fake) saveServer(t *testing.T) string {
	dir := t.TempDir()
	for at := 0; ; {
		r := f.get(fmt.Sprintf("/rest/api/2/search?jql=order+by+key+asc&fields=*all&expand=changelog&maxResults=60&startAt=%d", at))
		var p searchPage
		r.read(t, &p)
		must(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("page-%05d.json", at)), []byte(r.body), 0o600))
		if at += len(p.Issues); at >= *p.Total {
			return dir
		}
		if len(p.Issues) == 0 {
			t.Fatalf("no issue behind the first %d of %d", at, *p.Total)
		}
	}
}

// decoded reads saved answers into facts, each record described by a text.
func decoded(t *testing.T, dir string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	histories := map[string][]fact.Change{}
	_, err := jira.NewArchive(dir, site).Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
		for _, n := range b.Notes {
			if n.Kind == connectors.NoteRejected || n.Kind == connectors.NoteRepaired {
				t.Errorf("note: %+v", n)
			}
		}
		for i := range b.Histories {
			h := &b.Histories[i]
			histories[h.Of.ID] = append(histories[h.Of.ID], named(h.Changes, b.Accounts)...)
		}
		for i := range b.Records {
			r := &b.Records[i]
			out[r.ID] = describe(r, b.Accounts)
			histories[r.ID] = append(histories[r.ID], named(r.Changes, b.Accounts)...)
		}
		return nil
	})
	must(t, err)
	for id, changes := range histories {
		out[id] = append(out[id], log(changes)...)
	}
	return out
}

// held describes what the server holds, as its answers can tell it.
func (f *fake) held() map[string][]string {
	out := map[string][]string{}
	b := f.Facts()
	for i := range b.Records {
		r := &b.Records[i]
		changes := named(r.Changes, b.Accounts)
		f.asTold(r)
		out[r.ID] = append(describe(r, b.Accounts), log(changes)...)
	}
	return out
}

// asTold makes custom fields of what only a list of fields tells to be more.
func (f *fake) asTold(r *fact.Record) {
	add := func(id string, n fact.Named) {
		r.Fields = append(r.Fields, fact.Field{ID: id, Values: []fact.Named{n}})
	}
	if !math.IsNaN(r.Estimate) {
		add(EstimateField, fact.Named{Name: strconv.FormatFloat(r.Estimate, 'f', -1, 64)})
	}
	if r.Team != (fact.Named{}) {
		add(TeamField, r.Team)
	}
	if r.Flagged {
		add(FlagField, fact.Named{ID: "10100", Name: "Impediment"})
	}
	if f.opts.Mode == DataCenter && r.Type.Rank >= 0 {
		if r.Parent.Key != "" {
			add(map[bool]string{true: ParentLinkField, false: EpicLinkField}[r.Type.Rank > 0], fact.Named{Name: r.Parent.Key})
		}
		r.Parent = fact.Ref{}
	}
	if f.opts.Mode == DataCenter && r.Type.Rank > 0 {
		r.Type.Rank = fact.RankUnknown // told on Cloud alone
	}
	if f.opts.Mode == DataCenter && r.Type.Rank == 0 {
		r.Type.Rank = fact.RankUnknown
	}
}

// named gives changes without numbers of people: who did them stands in Field.
func named(changes []fact.Change, people []connectors.Account) []fact.Change {
	out := slices.Clone(changes)
	for i := range out {
		c := &out[i]
		c.ID, _, _ = strings.Cut(c.ID, ".")
		c.Field += " by " + who(c.By, people)
		if c.Kind == fact.KindOther || c.Kind == fact.KindRank {
			c.From, c.To = fact.Value{}, fact.Value{}
		}
		c.From.Text += who(c.From.Person, people)
		c.To.Text += who(c.To.Person, people)
		c.By, c.From.Person, c.To.Person = 0, 0, 0
	}
	return out
}

func who(p fact.Person, people []connectors.Account) string {
	if p == 0 {
		return ""
	}
	return people[p-1].IDs[0]
}

// log describes changes, each once.
func log(changes []fact.Change) (out []string) {
	for _, c := range changes {
		out = append(out, fmt.Sprintf("%v %s %v%s: %v -> %v", c.At, c.ID, c.Kind, c.Field, c.From, c.To))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// describe describes a record but for its log.
func describe(r *fact.Record, people []connectors.Account) []string {
	slices.SortFunc(r.Fields, func(a, b fact.Field) int { return strings.Compare(a.ID, b.ID) })
	out := []string{
		fmt.Sprintf("%s %q in %v, %v, %v, %v %v", r.Key, r.Title, r.Project, r.Type, r.Status, r.Resolution, r.Priority),
		fmt.Sprintf("created %v updated %v resolved %v due %s", r.Created, r.Updated, r.Resolved, r.Due),
		fmt.Sprintf("by %s for %s to %s", who(r.Creator, people), who(r.Reporter, people), who(r.Assignee, people)),
		fmt.Sprintf("parent %v components %v labels %v releases %v sprints %v fields %v unseen %d", r.Parent, r.Components, r.Labels, r.Releases, r.Sprints, r.Fields, r.Unseen),
	}
	for _, l := range r.Links {
		out = append(out, fmt.Sprintf("link %v", l))
	}
	var acts []string
	for _, i := range r.Involvement {
		acts = append(acts, fmt.Sprintf("act %d %s %v %s %d", i.Act, i.ID, i.At, who(i.By, people), i.Length))
	}
	slices.Sort(acts)
	return append(out, acts...)
}

func TestAnswersTellWhatIsHeld(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o   Options
		api string
	}{
		"Cloud, version 2":         {Options{Mode: Cloud}, "2"},
		"Cloud, version 3, UTC+13": {Options{Mode: Cloud, Zone: zone(t, "Pacific/Tongatapu")}, "3"},
		"Data Center":              {Options{Mode: DataCenter}, ""},
		"Data Center, UTC-4":       {Options{Mode: DataCenter, Zone: zone(t, "America/Caracas")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, c.o)
			for round := range 2 {
				dir := ""
				if c.o.Mode == Cloud {
					dir = f.saveCloud(t, c.api)
				} else {
					dir = f.saveServer(t)
				}
				want, got := f.held(), decoded(t, dir)
				if len(want) < 250 {
					t.Fatalf("%d issues", len(want))
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Fatalf("round %d: %.4000s", round, d)
				}
				f.stir(uint64(round), 60)
			}
		})
	}
}

// Labels and sprints are told whole: every entry begins with what the one before
// left, and the last one leaves what is there now.
func TestSetsAreToldWhole(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{})
	f.stir(2, 80)
	facts := f.Facts()
	steps := 0
	for i := range facts.Records {
		r := &facts.Records[i]
		var is struct {
			Changelog struct {
				Total     int
				Histories []logEntry
			}
		}
		f.get("/rest/api/2/issue/"+r.ID+"?expand=changelog&fields=labels").read(t, &is)
		if is.Changelog.Total > singleCut {
			continue
		}
		now := map[string]string{"labels": strings.Join(r.Labels, " "), "Sprint": ""}
		for _, s := range r.Sprints {
			now["Sprint"] = strings.TrimPrefix(now["Sprint"]+", "+s.ID, ", ")
		}
		for _, h := range is.Changelog.Histories { // the newest first
			for _, it := range h.Items {
				from, to := it.FromString, it.ToString
				if it.Field == "Sprint" {
					from, to = it.From, it.To
				} else if it.Field != "labels" {
					continue
				}
				if steps++; to != now[it.Field] {
					t.Fatalf("%s, entry %s: %s became %q, then there is %q", r.Key, h.ID, it.Field, to, now[it.Field])
				}
				now[it.Field] = from
			}
		}
	}
	if steps < 50 {
		t.Errorf("%d steps", steps)
	}
}

// stir does something to n issues.
func (f *fake) stir(seed uint64, n int) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range n {
		f.add(time.Duration(1+r.IntN(5000)) * time.Millisecond)
		keys := f.Keys()
		key := keys[r.IntN(len(keys))]
		other := keys[r.IntN(len(keys))]
		switch r.IntN(13) {
		case 0:
			f.Change(key, f.done("Done"), func(r *fact.Record) { r.Resolution, r.Resolved = fact.Named{ID: "10000", Name: "Done"}, r.Updated })
		case 1:
			f.Change(key, func(r *fact.Record) { r.Labels = append(r.Labels, "new-"+strconv.Itoa(len(r.Labels))); r.Title += "!" })
		case 2:
			f.ChangeSilently(key, func(r *fact.Record) { r.Labels = nil; r.Due = "2026-09-01" })
		case 3:
			f.Move(key, []string{"INV", "CHK", "ORD"}[r.IntN(3)])
		case 4:
			f.Delete(key)
		case 5:
			f.Forbid(key)
		case 6:
			f.Add("CHK", func(r *fact.Record) { r.Assignee = 3; r.Estimate = 5 })
		case 7:
			f.AddHistories(key, 1+r.IntN(50))
		case 8:
			f.Link(key, "Blocks", other)
		case 9:
			if links := f.Record(key).Links; len(links) > 0 {
				f.Unlink(links[0].ID)
			}
		case 10:
			f.AddComment(key)
		case 11:
			who := f.Person("somebody-" + strconv.Itoa(r.IntN(3)))
			f.Change(key, func(r *fact.Record) {
				r.Assignee, r.Flagged, r.Estimate = who, !r.Flagged, 8
				r.Sprints = append(r.Sprints, fact.Named{ID: "2003", Name: "CHK Sprint 4"})
			})
		case 12:
			epic := f.Record(key)
			f.ChangeSilently(other, func(r *fact.Record) { r.Parent = fact.Ref{ID: epic.ID, Key: epic.Key} })
		}
	}
	f.RenameStatus("In Review", "Under review")
	f.RenameStatus("Under review", "In Review")
}
