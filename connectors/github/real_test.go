package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/saved"
)

// The archives beside the project, counted by hand: with the standard decoder,
// member by member, and compared with what the pull tells.

// pulledFrom pulls an archive whole, as one batch: people are those of the batch
// that they came in, and are left out.
func pulledFrom(tb testing.TB, a *Archive) connectors.Batch {
	tb.Helper()
	var all connectors.Batch
	_, err := a.Pull(tb.Context(), connectors.State{}, func(b connectors.Batch) error {
		all.Records, all.Notes = append(all.Records, b.Records...), append(all.Notes, b.Notes...)
		all.Terms, all.Received = append(all.Terms, b.Terms...), all.Received+b.Received
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

type object = map[string]any

func text(v any) string { s, _ := v.(string); return s }

func list(v any) []object {
	var out []object
	all, _ := v.([]any)
	for _, e := range all {
		if o, ok := e.(object); ok {
			out = append(out, o)
		}
	}
	return out
}

// counted is what a walk by hand, or a pull, says of one item.
type counted struct {
	Class                       string
	Status, Resolution          string
	Created, Closed, Merged     string
	States, Labels, Stones, Who int
	Others                      map[string]int
	Comments, Reviews, Commits  int
	Added, Files                float64
	Begun                       string
	Unseen                      int
}

// byHand counts one file of a backup.
func byHand(o object) (key string, c counted) {
	c.Others = map[string]int{}
	main, isPull := o["issue"], false
	if main == nil {
		main, isPull = o["pull"], true
	}
	m := main.(object)
	key = fmt.Sprintf("%s#%v", strings.Join(strings.Split(text(m["url"]), "/")[4:6], "/"), m["number"])
	c.Created, c.Closed, c.Merged = text(m["created_at"]), text(m["closed_at"]), text(m["merged_at"])
	c.Class, c.Status = "issue", text(m["state"])
	if c.Status == "closed" {
		c.Resolution = text(m["state_reason"])
		if c.Resolution == "" {
			c.Resolution = "completed"
		}
	} else {
		c.Closed = "" // one that was opened again
	}
	if isPull {
		c.Class, c.Resolution = "pull request", ""
		switch draft, _ := m["draft"].(bool); {
		case c.Merged != "":
			c.Status = "merged"
		case c.Status == "closed":
			c.Status, c.Resolution = "pull-closed", "unmerged"
		case draft:
			c.Status = "pull-draft"
		default:
			c.Status = "pull-open"
		}
		c.Added, _ = m["additions"].(float64)
		c.Files, _ = m["changed_files"].(float64)
	}
	comments, reviews, commits, own := map[any]bool{}, map[any]bool{}, map[string]bool{}, map[string]bool{}
	var mergedAt string
	for _, e := range list(o["events"]) {
		if text(e["event"]) == "merged" {
			mergedAt = text(e["created_at"])
		}
	}
	for _, e := range list(o["events"]) {
		switch name := text(e["event"]); name {
		case "closed":
			if mergedAt == "" || text(e["created_at"]) < mergedAt {
				c.States++
			}
		case "converted_to_discussion": // none of them is closed or opened again later
			c.States++
			c.Resolution = name
		case "reopened", "merged", "ready_for_review", "convert_to_draft":
			c.States++
		case "labeled", "unlabeled":
			c.Labels++
		case "milestoned", "demilestoned":
			c.Stones++
		case "assigned", "unassigned":
			c.Who++
		case "commented":
			comments[e["id"]] = true
		case "reviewed":
			reviews[e["id"]] = true
		case "committed":
			commits[text(e["sha"])[:16]] = true
			own[text(e["sha"])] = true
			if at := text(e["author"].(object)["date"]); c.Begun == "" || utc(at) < utc(c.Begun) {
				c.Begun = at
			}
		case "referenced":
			commits[text(e["commit_id"])[:16]] = true
		case "mentioned", "subscribed", "unsubscribed", "line-commented":
		default:
			c.Others[name]++
		}
	}
	for _, e := range list(o["comments"]) {
		comments[fmt.Sprint("line", e["id"])] = true
	}
	c.Comments, c.Reviews, c.Commits = len(comments), len(reviews), len(commits)
	n, _ := m["comments"].(float64)
	lines, _ := m["review_comments"].(float64)
	c.Unseen = max(0, int(n)+int(lines)-c.Comments)
	if made, _ := m["commits"].(float64); len(own) > 0 {
		c.Unseen += max(0, int(made)-len(own))
	}
	if c.Begun != "" {
		c.Begun = utc(c.Begun)
	}
	return key, c
}

func utc(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// ofRecord counts the same of a record.
func ofRecord(r *fact.Record) counted {
	at := func(t fact.Instant) string {
		if t == 0 {
			return ""
		}
		return t.Time().Format(time.RFC3339)
	}
	c := counted{
		Class: r.Class.String(), Status: r.Status.ID, Resolution: r.Resolution.ID, Others: map[string]int{},
		Created: at(r.Created), Closed: at(r.Resolved), Merged: at(r.Pull.Merged),
		Added: float64(r.Pull.Added), Files: float64(r.Pull.Files), Begun: at(r.Pull.Begun), Unseen: r.Unseen,
	}
	for _, x := range r.Changes {
		switch x.Kind {
		case fact.KindStatus:
			c.States++
		case fact.KindLabel:
			c.Labels++
		case fact.KindMilestone:
			c.Stones++
		case fact.KindAssignee:
			c.Who++
		case fact.KindOther:
			switch x.Field {
			case "closed", "reopened", "ready_for_review", "convert_to_draft":
				c.States++ // they changed nothing
			default:
				c.Others[x.Field]++
			}
		}
	}
	for _, i := range r.Involvement {
		switch i.Act {
		case fact.ActComment:
			c.Comments++
		case fact.ActReview:
			c.Reviews++
		case fact.ActCommit:
			c.Commits++
		}
	}
	return c
}

func TestRealBackups(t *testing.T) {
	if testing.Short() {
		t.Skip("real data is read many times over: the run without -short does")
	}
	t.Parallel()
	for name, want := range map[string]struct{ issues, pulls int }{"gui": {341, 537}, "secp256k1": {517, 1308}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := sharedFile(t, "data", "bitcoin-github", name+".tar.gz")
			hand := map[string]counted{}
			stones := map[any]bool{}
			eachFile(t, path, func(file string, data []byte) {
				var o object
				if err := json.Unmarshal(data, &o); err != nil {
					t.Fatal(err)
				}
				if o["type"] == nil {
					return // the backup's own notes
				}
				key, c := byHand(o)
				hand[key] = c
				for _, m := range []any{o["issue"], o["pull"]} {
					if m, ok := m.(object); ok {
						if s, ok := m["milestone"].(object); ok {
							stones[s["id"]] = true
						}
					}
				}
			})
			b := pulledFrom(t, NewArchive(path, ""))
			count, kept, urls := map[fact.Class]int{}, map[string]bool{}, 0
			for i := range b.Records {
				r := &b.Records[i]
				if r.Class == fact.ClassMilestone {
					kept[r.ID] = true
					continue
				}
				count[r.Class]++
				if diff := cmp.Diff(hand[r.Key], ofRecord(r)); diff != "" {
					t.Errorf("%s: %s", r.Key, diff)
				}
				if strings.HasPrefix(r.URL, "https://github.com/bitcoin-core/"+name+"/issues/") && r.Site == gitHub && r.Project.Key == "bitcoin-core/"+name && r.History.State == fact.WholeHistory {
					urls++
				}
			}
			if count[fact.ClassIssue] != want.issues || count[fact.ClassPull] != want.pulls || len(hand) != want.issues+want.pulls || urls != len(hand) {
				t.Errorf("%v, %d counted by hand, %d in their place", count, len(hand), urls)
			}
			if len(kept) != len(stones) || len(stones) == 0 {
				t.Errorf("%d milestones, %d counted by hand", len(kept), len(stones))
			}
			if len(b.Notes) != 0 {
				t.Errorf("%+v", b.Notes[:min(len(b.Notes), 5)])
			}
		})
	}
}

func TestRealRepositories(t *testing.T) {
	t.Parallel()
	path := sharedFile(t, "data", "quicwg-github", "archives.tar.gz")
	type brief struct {
		Status, Created, Closed, Merged, Told string
		Labels, Comments, Reviews             int
		Assigned                              bool
	}
	hand, snapshots := map[string]brief{}, map[string]string{}
	eachFile(t, path, func(_ string, data []byte) {
		var o object
		if err := json.Unmarshal(data, &o); err != nil {
			t.Fatal(err)
		}
		repo := text(o["repo"])
		told := o["timestamp"].(string)
		at, err := time.Parse(time.RFC3339Nano, told)
		if err != nil {
			t.Fatal(err)
		}
		snapshots[repo] = fact.At(at).String()
		for kind, items := range map[string][]object{"": list(o["issues"]), "pull-": list(o["pulls"])} {
			for _, i := range items {
				c := brief{Status: kind + strings.ToLower(text(i["state"])), Created: text(i["createdAt"]), Closed: text(i["closedAt"]), Merged: text(i["mergedAt"]), Told: snapshots[repo]}
				c.Status = strings.TrimPrefix(c.Status, "pull-merged")
				if c.Status == "" {
					c.Status = "merged"
				}
				labels, _ := i["labels"].([]any)
				assignees, _ := i["assignees"].([]any)
				c.Labels, c.Assigned = len(labels), len(assignees) > 0
				c.Comments, c.Reviews = len(list(i["comments"])), len(list(i["reviews"]))
				for _, r := range list(i["reviews"]) {
					c.Comments += len(list(r["comments"]))
					if r["state"] == "PENDING" {
						c.Reviews--
					}
				}
				hand[fmt.Sprintf("%s#%v", repo, i["number"])] = c
			}
		}
	})
	b := pulledFrom(t, NewArchive(path, ""))
	between := 0
	for i := range b.Records {
		r := &b.Records[i]
		c := ofRecord(r)
		got := brief{Status: c.Status, Created: c.Created, Closed: c.Closed, Merged: c.Merged, Told: r.Told.String(), Labels: len(r.Labels), Comments: c.Comments, Reviews: c.Reviews, Assigned: r.Assignee != 0}
		if diff := cmp.Diff(hand[r.Key], got); diff != "" {
			t.Errorf("%s: %s", r.Key, diff)
		}
		if r.History.State != fact.NoHistory || len(r.Changes) != 0 {
			t.Errorf("%s has a history", r.Key)
		}
		for _, m := range r.Mentions {
			if p := fact.ProjectOf(m.Key); m.Site == "" && p != r.Project.Key && snapshots[p] != "" {
				between++
			}
		}
	}
	if len(b.Records) != len(hand) || len(hand) != 773+854 || len(b.Notes) != 0 {
		t.Errorf("%d records, %d counted by hand, %+v", len(b.Records), len(hand), b.Notes)
	}
	if between == 0 {
		t.Error("no reference from one repository to another")
	}
	through := map[string]string{}
	for _, term := range b.Terms {
		if term.Kind == fact.TermProject && term.End != 0 {
			through[term.Key] = term.End.String()
		}
	}
	if !maps.Equal(through, snapshots) {
		t.Errorf("the repositories are known until %v, want %v", through, snapshots)
	}
}

// Answers as the API sends them, out of other projects' tests.
func TestRealPages(t *testing.T) {
	t.Parallel()
	path := sharedFile(t, "data", "small-raw-pages", "pages.tar.gz")
	issues, pulls := map[string]bool{}, map[string]bool{}
	eachFile(t, path, func(name string, data []byte) {
		if !strings.Contains(name, "github") {
			return
		}
		var v any
		if json.Unmarshal(data, &v) != nil {
			return
		}
		all, ok := v.([]any)
		if !ok {
			all = []any{v}
		}
		for _, e := range all {
			o, _ := e.(object)
			if d, ok := o["data"].(object); ok && o["url"] != nil {
				o = d
			}
			if o["number"] == nil || o["title"] == nil || o["user"] == nil {
				continue
			}
			key := text(o["html_url"])
			_, listed := o["pull_request"]
			switch {
			case o["base"] != nil, (listed || strings.Contains(key, "/pull/")) && text(o["node_id"]) != "":
				pulls[strings.Replace(key, "/pull/", "/issues/", 1)] = true
			case !listed && !strings.Contains(key, "/pull/"):
				issues[key] = true
			}
		}
	})
	b := pulledFrom(t, NewArchive(path, ""))
	got := map[fact.Class]map[string]bool{fact.ClassIssue: {}, fact.ClassPull: {}, fact.ClassMilestone: {}}
	for i := range b.Records {
		got[b.Records[i].Class][b.Records[i].URL] = true
	}
	if !maps.Equal(got[fact.ClassIssue], issues) || !maps.Equal(got[fact.ClassPull], pulls) || len(issues) == 0 || len(pulls) == 0 {
		t.Errorf("%v and %v,\nwant %v and %v", slices.Sorted(maps.Keys(got[fact.ClassIssue])), slices.Sorted(maps.Keys(got[fact.ClassPull])), slices.Sorted(maps.Keys(issues)), slices.Sorted(maps.Keys(pulls)))
	}
	for _, n := range b.Notes {
		if n.Kind == connectors.NoteRejected && !strings.Contains(n.Reason, "no id") {
			t.Errorf("%+v", n)
		}
	}
}

// The contract holds for real archives.
func TestRealConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("real data is read many times over: the run without -short does")
	}
	t.Parallel()
	for name, path := range map[string]string{
		"quicwg": sharedFile(t, "data", "quicwg-github", "archives.tar.gz"), "pages": sharedFile(t, "data", "small-raw-pages", "pages.tar.gz"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			with := func(l saved.Limits) func(testing.TB) connectors.Source {
				return func(testing.TB) connectors.Source { return narrowed(path, l) }
			}
			connectortest.Run(t, connectortest.Config{
				New:      with(saved.Limits{Small: 256 << 10, Value: 16 << 20, Job: 1 << 20}),
				Variants: map[string]func(testing.TB) connectors.Source{"usual limits": with(saved.Usual), "one batch": with(saved.Limits{Small: 16 << 20, Value: 64 << 20, Job: 1 << 30})},
				Points:   2,
			})
		})
	}
}

// narrowed is an archive with some limits and two workers.
func narrowed(path string, l saved.Limits) *Archive {
	a := NewArchive(path, "")
	a.files.Limits, a.files.Workers = l, 2
	return a
}

func TestNothingInAnArchive(t *testing.T) {
	t.Parallel()
	_, err := NewArchive(t.TempDir(), "").Pull(t.Context(), connectors.State{}, func(connectors.Batch) error { return nil })
	if !errors.Is(err, ErrNoItems) {
		t.Errorf("%v", err)
	}
}
