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
