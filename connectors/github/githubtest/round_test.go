package githubtest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/demo"
	"smokestack/connectors/github"
	"smokestack/connectors/github/githubtest"
)

// seconds cuts an instant as GitHub does.
func seconds(t fact.Instant) fact.Instant { return t / 1000 * 1000 }

// asTold is what GitHub tells of a record of its own: nothing is finer than a
// second, and of events that say nothing of the item's state there is none.
func asTold(r fact.Record, rest bool) fact.Record {
	r.Created, r.Updated, r.Resolved = seconds(r.Created), seconds(r.Updated), seconds(r.Resolved)
	r.Pull.Merged, r.Pull.Begun = seconds(r.Pull.Merged), seconds(r.Pull.Begun)
	r.Changes = slices.DeleteFunc(slices.Clone(r.Changes), func(c fact.Change) bool { return !rest && c.Kind == fact.KindOther })
	for i := range r.Changes {
		r.Changes[i].At = seconds(r.Changes[i].At)
	}
	r.Involvement = slices.DeleteFunc(slices.Clone(r.Involvement), func(i fact.Involvement) bool {
		if i.Act == fact.ActComment && (rest || strings.HasPrefix(i.ID, "l")) {
			r.Unseen++ // by REST comments count, and are not asked for; by GraphQL those on lines
			return true
		}
		return rest && i.Act == fact.ActCommit
	})
	if rest {
		r.Pull.Begun, r.Pull.Paths = 0, nil
	}
	for i := range r.Involvement {
		r.Involvement[i].At = seconds(r.Involvement[i].At)
	}
	r.History = fact.History{State: fact.WholeHistory, Have: len(r.Changes), Total: len(r.Changes)}
	return r
}

// own pulls what a source tells of GitHub, as GitHub tells it.
func own(t *testing.T, src connectors.Source, rest bool) (sink *connectortest.Sink, site string, repositories []string) {
	t.Helper()
	sink = connectortest.NewSink()
	ctx, scope := context.Background(), src.Scope()
	if _, err := sink.Begin(ctx, scope); err != nil {
		t.Fatal(err)
	}
	_, err := src.Pull(ctx, connectors.State{}, func(b connectors.Batch) error {
		var kept []fact.Record
		for _, r := range b.Records {
			if fact.IsRepository(r.Project.Key) {
				kept = append(kept, asTold(r, rest))
				site = r.Site
				if !slices.Contains(repositories, r.Project.Key) {
					repositories = append(repositories, r.Project.Key)
				}
			}
		}
		b.Records, b.Terms, b.Notes, b.Received = kept, nil, nil, len(kept)
		return sink.Commit(ctx, scope, b)
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(repositories)
	return sink, site, repositories
}

// What the connector reads out of a rendered world is the facts that went into
// it.
func TestRoundTrip(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC) }
	src := demo.New(demo.Options{Seed: 1, Weeks: 26, Items: 300})
	want, site, repositories := own(t, src, false)
	w, err := githubtest.Render(t.Context(), src, githubtest.Rendering{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if lost := w.Lost(); len(lost) != 0 {
		t.Errorf("lost: %v", lost)
	}
	for name, o := range map[string]githubtest.Options{
		"by GraphQL": {}, "with ids of old": {LegacyIDs: true}, "by REST": {NoGraphQL: 404},
	} {
		t.Run(name, func(t *testing.T) {
			o.Site = site
			s := githubtest.NewServer(o, w)
			from, err := github.NewSite(github.Options{URL: site, API: "https://api.github.com", Token: "secret", Base: s.Transport(), Now: now})
			if err != nil {
				t.Fatal(err)
			}
			got := connectortest.NewSink()
			for _, r := range repositories {
				owner, name, _ := strings.Cut(r, "/")
				if _, err := connectors.Pull(t.Context(), from.Repository(owner, name), got, nil); err != nil {
					t.Fatalf("%s: %v", r, err)
				}
			}
			want := want
			if o.NoGraphQL != 0 {
				want, _, _ = own(t, src, true)
			}
			a, b := want.LeanFacts(), got.LeanFacts()
			a.Terms, b.Terms, a.Notes, b.Notes = nil, nil, nil, nil
			if diff := connectortest.Difference(a, b); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Items of another tracker become issues: what they went through stands on the
// boards of their repositories.
func TestOtherTrackersBecomeGitHub(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC) }
	src := demo.New(demo.Options{Seed: 1, Weeks: 26, Items: 300})
	var words fact.Vocabulary
	want := map[string]fact.Record{}
	if _, err := src.Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
		words = words.Add(b.Terms...)
		for _, r := range b.Records {
			if !fact.IsRepository(r.Project.Key) {
				want[issueKey(r.Key)] = r
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w, err := githubtest.Render(t.Context(), src, githubtest.Rendering{Owner: "acme", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s := githubtest.NewServer(githubtest.Options{}, w)
	site, err := github.NewSite(github.Options{Token: "secret", Base: s.Transport(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	repositories := map[string]bool{}
	for key := range want {
		repositories[fact.ProjectOf(key)] = true
	}
	got := map[string]fact.Record{}
	for full := range repositories {
		owner, name, _ := strings.Cut(full, "/")
		if _, err := site.Repository(owner, name).Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
			for _, r := range b.Records {
				if r.Class == fact.ClassIssue {
					got[r.Key] = r
				}
			}
			return nil
		}); err != nil {
			t.Fatalf("%s: %v", full, err)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d issues of %d items", len(got), len(want))
	}
	for key, from := range want {
		is, ok := got[key]
		if !ok {
			t.Errorf("no issue %s", key)
			continue
		}
		for what, pair := range map[string][2]any{
			"board":  {columns(is), statuses(from)},
			"state":  {is.Status.ID == "closed", category(words, from.Site, from.Status) == "done"},
			"parent": {is.Parent.Key, issueKey(from.Parent.Key)},
			"blockers": {blockers(is, func(l fact.Link) bool { return l.Phrase == "is blocked by" }), blockers(from, func(l fact.Link) bool {
				_, there := want[issueKey(l.Other.Key)]
				return there && l.Phrase == "is blocked by"
			})},
			"type":     {is.Type.Name, from.Type.Name},
			"created":  {is.Created, seconds(from.Created)},
			"updated":  {is.Updated, seconds(from.Updated)},
			"assigned": {is.Assignee != 0, from.Assignee != 0},
			"comments": {acts(is), acts(from)},
		} {
			if fmt.Sprint(pair[0]) != fmt.Sprint(pair[1]) {
				t.Errorf("%s: %s is %v, want %v", key, what, pair[0], pair[1])
			}
		}
	}
}

// issueKey is where an item of another tracker goes: PAY-12 to acme/pay#12.
func issueKey(key string) string {
	if key == "" {
		return ""
	}
	project, number, _ := strings.Cut(key, "-")
	return "acme/" + strings.ToLower(project) + "#" + number
}

// columns are the statuses on boards, from the first.
func columns(r fact.Record) (out []string) {
	for _, c := range r.Changes {
		if c.Kind == fact.KindColumn && c.To.Text != "" {
			out = append(out, c.To.Text)
		}
	}
	return append(out, "now "+r.Columns[0].Name)
}

func statuses(r fact.Record) (out []string) {
	for _, c := range r.Changes {
		if c.Kind == fact.KindStatus {
			if out == nil {
				out = append(out, c.From.Text)
			}
			out = append(out, c.To.Text)
		}
	}
	if out == nil {
		out = append(out, r.Status.Name)
	}
	return append(out, "now "+r.Status.Name)
}

func category(words fact.Vocabulary, site string, s fact.Named) string {
	term, _ := words.Find(site, fact.TermStatus, s.ID)
	return term.Category
}

func blockers(r fact.Record, is func(fact.Link) bool) (out []string) {
	for _, l := range r.Links {
		if is(l) {
			key := l.Other.Key
			if !strings.Contains(key, "#") {
				key = issueKey(key)
			}
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

func acts(r fact.Record) (n int) {
	for _, i := range r.Involvement {
		if i.Act == fact.ActComment {
			n++
		}
	}
	return n
}

// replay is a source of what another one handed over.
type replay []connectors.Batch

func (replay) Scope() connectors.Scope { return connectors.Scope{Tracker: "replay"} }

func (r replay) Pull(_ context.Context, _ connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	for _, b := range r {
		if err := emit(b); err != nil {
			return connectors.Summary{}, err
		}
	}
	return connectors.Summary{}, nil
}

// read pulls repositories from a world.
func read(t *testing.T, w *githubtest.World, now func() time.Time, repositories ...string) (replay, connectortest.Facts) {
	t.Helper()
	s := githubtest.NewServer(githubtest.Options{}, w)
	site, err := github.NewSite(github.Options{Token: "secret", Base: s.Transport(), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	sink := connectortest.NewSink()
	var out replay
	for _, full := range repositories {
		owner, name, _ := strings.Cut(full, "/")
		src := site.Repository(owner, name)
		if _, err := connectors.Pull(t.Context(), src, sink, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := src.Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
			out = append(out, b)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return out, sink.Facts()
}

// What is read out of a world in which everything happened makes a world of
// which the same is read.
func TestRoundTripOfEverything(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	w := githubtest.NewWorld(now)
	everything(w, func(d time.Duration) { at = at.Add(d) })
	told, want := read(t, w, now, "acme/shop", "acme/pay")
	again, err := githubtest.Render(t.Context(), told, githubtest.Rendering{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if lost := again.Lost(); len(lost) != 0 {
		t.Errorf("lost: %v", lost)
	}
	_, got := read(t, again, now, "acme/shop", "acme/pay")
	if diff := connectortest.Difference(want, got); diff != "" {
		t.Error(diff)
	}
}

func everything(w *githubtest.World, pass func(time.Duration)) {
	w.Repository("acme/shop")
	w.Repository("acme/pay")
	w.Team("acme", "Checkout", "acme/shop", "maintain")
	w.WriteFile("acme/shop", ".github/CODEOWNERS", "* @acme/checkout\n")
	board := w.Board("acme", "Work", "Todo", "In Progress", "Done")
	other := w.Board("acme", "Plans", "Now", "Later")
	spring := w.Milestone("acme/shop", "ana", "Spring", "2026-04-30")
	summer := w.Milestone("acme/shop", "ana", "Summer", "")
	epic := w.Open("acme/shop", "ana", "Basket", "- [ ] #2\n- [ ] acme/pay#1")
	a := w.Open("acme/shop", "ana", "Add to basket", "Depends on acme/pay#1, see PAY-7 and https://jira.acme.example/browse/PAY-8")
	b := w.Open("acme/pay", "ben", "Take money", "")
	pass(time.Hour)
	for _, key := range []string{a, b} {
		w.SetParent(key, "ana", epic)
	}
	w.Block(a, "ana", b)
	w.Label(a, "ana", "bug")
	w.Label(a, "ana", "urgent")
	pass(time.Minute)
	w.Unlabel(a, "ben", "urgent")
	w.Assign(a, "ana", "cy")
	w.Assign(a, "ana", "ben")
	w.Assign(b, "ben", "cy")
	pass(time.Minute)
	w.Unassign(b, "ben", "cy")
	w.SetMilestone(a, "ana", spring)
	pass(time.Minute)
	w.SetMilestone(a, "ana", summer)
	w.SetType(a, "ana", "Bug")
	pass(time.Minute)
	w.SetType(a, "ana", "Feature")
	w.SetType(b, "ana", "Task")
	pass(time.Minute)
	w.SetType(b, "ana", "")
	w.SetField(a, "Priority", "High")
	w.SetField(a, "Effort", "Low")
	for _, status := range []string{"Todo", "In Progress", "Done"} {
		w.Move(a, "cy", board, status)
		pass(time.Hour)
	}
	w.Move(a, "cy", other, "Now")
	w.Move(b, "cy", board, "Todo")
	pass(time.Hour)
	w.TakeOff(b, "cy", board)
	p := w.OpenPull("acme/shop", "cy", githubtest.Draft{Title: "Add to basket", Body: "Closes #2", Branch: "PAY-7-basket", Files: []githubtest.File{{Path: "basket.go", Added: 10, Deleted: 2}}, Draft: true})
	w.Closes(p, a, "cy")
	w.Comment(a, "dependabot[bot]", strings.Repeat("Careful. ", 20))
	w.Comment(a, "ben", "Yes.")
	pass(time.Hour)
	w.SetDraft(p, "cy", false)
	w.Commit(p, "cy", time.Time{})
	w.RequestReview(p, "cy", "ben")
	w.Review(p, "ben", "approved", "Good.")
	pass(time.Hour)
	w.Close(p, "cy", "")
	pass(time.Hour)
	w.Reopen(p, "cy")
	pass(time.Hour)
	w.Merge(p, "cy")
	w.Close(b, "ben", "not_planned")
	pass(time.Hour)
	w.Reopen(b, "ben")
	pass(time.Hour)
	w.Close(b, "ben", "duplicate")
	q := w.OpenPull("acme/pay", "ben", githubtest.Draft{Title: "Never mind", Files: []githubtest.File{{Path: "a.go", Added: 1}}})
	pass(time.Hour)
	w.Close(q, "ben", "")
	w.Rename(a, "ana", "Put into basket")
	w.CloseMilestone(spring, true)
	pass(time.Hour)
	w.Repository("acme/secret")
	w.SetParent(w.Open("acme/secret", "ana", "Not for everybody", ""), "ana", epic)
	w.Hide("acme/secret")
	w.Comment(epic, "dora", "I leave.")
	w.DeleteUser("dora")
	pass(time.Hour)
}
