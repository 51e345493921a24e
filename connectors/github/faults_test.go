package github

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/github/githubtest"
	"smokestack/connectors/pace"
)

// busy is a stage with enough on it for several pages of everything.
func busy(tb testing.TB, opts githubtest.Options) *stage {
	opts.Token = "secret"
	s := newStage(tb, opts)
	s.shop()
	s.world.Grow(repo, "ben", 130)
	for i := range 70 {
		key := s.world.OpenPull(repo, "cy", githubtest.Draft{Title: fmt.Sprint("Change ", i), Branch: "b", Files: []githubtest.File{{Path: "a.go", Added: i}}})
		s.world.Review(key, "ben", "approved", "Good.")
		s.clock.pass(time.Minute)
	}
	s.clock.pass(time.Hour)
	return s
}

// TestFaults holds a pull to the facts of an undisturbed one, whatever passing
// fault every third request meets.
func TestFaults(t *testing.T) {
	for _, opts := range []githubtest.Options{{}, {NoGraphQL: http.StatusNotFound}} {
		for _, kind := range append(githubtest.Passing(), githubtest.Partial, githubtest.RateLimited) {
			t.Run(fmt.Sprintf("%d %s", opts.NoGraphQL, kind), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newStage(t, opts)
					s.shop()
					s.world.Grow(repo, "ben", 130)
					want := s.afresh()
					s.hub.Fault(func(_ *http.Request, n int) githubtest.Fault {
						if n%3 == 0 {
							return githubtest.Fault{Kind: kind, After: time.Minute}
						}
						return githubtest.Fault{}
					})
					res, err := s.pull()
					if err != nil || !res.Complete {
						t.Fatalf("%+v, %v", res, err)
					}
					if d := connectortest.Difference(want, plain(s.sink.Facts())); d != "" {
						t.Errorf("other facts than without faults:\n%s", d)
					}
				})
			})
		}
	}
}

// TestPartialAnswers is the server that answers every third query in part, and
// one that bears small queries only.
func TestPartialAnswers(t *testing.T) {
	for name, opts := range map[string]githubtest.Options{"every third": {PartialEvery: 3}, "large ones": {MostNodes: 1500}} {
		t.Run(name, func(t *testing.T) {
			s := busy(t, opts)
			if res := s.mustPull(); !res.Complete {
				t.Errorf("%+v", res)
			}
			got := plain(s.sink.Facts())
			s.hub.Set(func(o *githubtest.Options) { o.PartialEvery, o.MostNodes = 0, 0 })
			if d := connectortest.Difference(s.afresh(), got); d != "" {
				t.Errorf("other facts than without faults:\n%s", d)
			}
		})
	}
}

// TestTooHeavy is an issue that GitHub gives up over, whatever is asked with it:
// everything else comes, and it is said to be missing.
func TestTooHeavy(t *testing.T) {
	s := busy(t, githubtest.Options{})
	want := len(s.afresh().Records)
	over := githubtest.Fault{
		Kind: githubtest.Custom, Header: http.Header{"Content-Type": {"application/json"}},
		Body: `{"data":{"repository":null},"errors":[{"type":"RESOURCE_LIMITS_EXCEEDED","path":["repository","issues"],"message":"Resource limits for this query exceeded."}]}`,
	}
	s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
		body := bodyOf(r)
		// The oldest issue of all is too much, and whatever is asked for by its id.
		if strings.Contains(body, "query Issues") && strings.Contains(body, `"after":null`) || strings.Contains(body, "query Nodes") {
			return over
		}
		return githubtest.Fault{}
	})
	s.mustPull()
	f := s.sink.Facts()
	if n := len(f.Records); n != want-2 { // it, and the sub-issue elsewhere, which has only an id
		t.Errorf("%d records, want %d", n, want-2)
	}
	if !slices.ContainsFunc(f.Notes, func(n string) bool { return strings.Contains(n, "missing") && strings.Contains(n, "gives up") }) {
		t.Errorf("nothing tells of what is missing: %v", f.Notes)
	}
}

func bodyOf(r *http.Request) string {
	var b strings.Builder
	buf := make([]byte, 64<<10)
	for {
		n, err := r.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

// TestKills ends pulls at every batch, of increments too, and goes on.
func TestKills(t *testing.T) {
	for _, opts := range []githubtest.Options{{}, {NoGraphQL: http.StatusNotFound}} {
		s := busy(t, opts)
		r := rand.New(rand.NewPCG(7, 7))
		s.mustPull()
		var keys []string
		for round := range 3 {
			for range 60 {
				s.act(r, &keys)
				s.clock.pass(time.Duration(r.IntN(40)) * time.Second)
			}
			s.clock.pass(25 * time.Hour)
			for life := 0; ; life++ {
				if life > 100 {
					t.Fatal("a pull that is killed after every batch comes to no end")
				}
				src := small(s.site()).Repository("acme", "shop")
				n := 0
				_, err := connectors.Pull(t.Context(), src, refusing{s.sink, &n}, nil)
				if err == nil {
					break
				}
				if !errors.Is(err, errKilled) {
					t.Fatal(err)
				}
			}
			clear(s.boarded)
			s.same(fmt.Sprintf("round %d of a pull that is killed after every batch", round))
		}
	}
}

var errKilled = errors.New("killed")

// refusing takes one batch.
type refusing struct {
	*connectortest.Sink
	n *int
}

func (r refusing) Commit(ctx context.Context, scope connectors.Scope, b connectors.Batch) error {
	if *r.n++; *r.n > 1 {
		return errKilled
	}
	return r.Sink.Commit(ctx, scope, b)
}

// TestQuota is an hour's limit that is used up: the pull ends with the time to
// come back, and goes on then where it was.
func TestQuota(t *testing.T) {
	for _, opts := range []githubtest.Options{{}, {LimitStatus: 429}, {NoGraphQL: 404}} {
		synctest.Test(t, func(t *testing.T) {
			s := busy(t, opts)
			want := s.afresh()
			s.requests()
			s.hub.Set(func(o *githubtest.Options) { o.Limit = 16 })
			if opts.NoGraphQL != 0 {
				s.hub.Set(func(o *githubtest.Options) { o.Limit = 70 })
			}
			var quota *pace.QuotaError
			ended := 0
			for {
				_, err := s.pull()
				if err == nil {
					break
				}
				if !errors.As(err, &quota) {
					t.Fatal(err)
				}
				if wait := time.Until(quota.Until); wait <= 0 || wait > time.Hour {
					t.Errorf("come back in %v", wait)
				}
				if ended++; ended > 20 {
					t.Fatal("the pull comes to no end")
				}
				s.clock.pass(time.Hour + time.Second)
				time.Sleep(time.Hour + time.Second)
			}
			if ended == 0 {
				t.Error("nothing was used up")
			}
			if d := connectortest.Difference(want, plain(s.sink.Facts())); d != "" {
				t.Errorf("other facts than without a limit:\n%s", d)
			}
		})
	}
}

func TestRenamedRepository(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	s.shop()
	s.mustPull()
	s.world.RenameRepository(repo, "acme/store")
	s.clock.pass(time.Hour)
	s.mustPull()
	records := s.sink.Facts().Records
	if len(records) != 5 {
		t.Errorf("%d records, want 5", len(records))
	}
	for _, r := range records {
		if strings.Contains(r, `key "acme/shop#`) {
			t.Errorf("an old key is left: %s", r)
		}
	}
}

// TestOldServers are servers that lack what github.com learned since.
func TestOldServers(t *testing.T) {
	for name, lacks := range map[string][]string{
		"before the history of boards": {"ProjectV2ItemStatusChangedEvent", "AddedToProjectV2Event", "RemovedFromProjectV2Event"},
		"before fields of issues":      {"Issue.issueFieldValues", "IssueFieldValue"},
		"before sub-issues":            {"Issue.subIssues", "Issue.subIssuesSummary", "Issue.parent", "Issue.blockedBy", "Issue.blocking", "Issue.issueType", "Issue.issueDependenciesSummary", "BlockedByAddedEvent", "ParentIssueAddedEvent"},
		"before everything":            {"ProjectV2ItemStatusChangedEvent", "Issue.issueFieldValues", "Issue.subIssues", "Issue.subIssuesSummary", "Issue.parent", "Issue.blockedBy", "Issue.issueType"},
		"before milestones":            {"Repository.milestones"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, githubtest.Options{Token: "secret", Lacks: lacks, Enterprise: true, Site: "https://git.acme.example"})
			s.shop()
			site, err := NewSite(Options{URL: "https://git.acme.example", Token: "secret", Base: s.hub.Transport(), Now: s.clock.now})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := connectors.Pull(t.Context(), site.Repository("acme", "shop"), s.sink, nil); err != nil {
				t.Fatal(err)
			}
			f := s.sink.Facts()
			if len(f.Records) < 4 || !slices.ContainsFunc(f.Notes, func(n string) bool { return strings.Contains(n, "GitHub") || strings.Contains(n, "GraphQL") }) {
				t.Errorf("%d records, notes %v", len(f.Records), f.Notes)
			}
			t.Log(f.Notes)
		})
	}
}

// TestProjectsRefused are tokens that may not read projects: the pull goes on
// without, and begins anew once they may.
func TestProjectsRefused(t *testing.T) {
	for _, access := range []githubtest.Access{githubtest.NoScope, githubtest.NoProjects} {
		s := newStage(t, githubtest.Options{Token: "secret", Projects: access})
		s.shop()
		s.mustPull()
		if !slices.ContainsFunc(s.sink.Facts().Notes, func(n string) bool { return strings.Contains(n, "read:project") }) {
			t.Errorf("no note on projects: %v", s.sink.Facts().Notes)
		}
		s.clock.pass(time.Hour)
		s.mustPull()
		s.hub.Set(func(o *githubtest.Options) { o.Projects = 0 })
		s.clock.pass(time.Hour)
		s.mustPull()
		s.same("a pull by a token that may read projects by now")
	}
}

// TestMessages holds errors to what people need, and to keep the token.
func TestMessages(t *testing.T) {
	custom := func(status int, header http.Header, body string) githubtest.Fault {
		if header == nil {
			header = http.Header{}
		}
		header.Set("Content-Type", "application/json")
		return githubtest.Fault{Kind: githubtest.Custom, Status: status, Header: header, Body: body}
	}
	for _, c := range []struct {
		name    string
		repo    string
		fault   githubtest.Fault
		refused bool
		want    []string
	}{
		{"wrong token", repo, githubtest.Fault{Kind: githubtest.Unauthorized}, true, []string{"the token is not accepted", "GITHUB_TOKEN", "Bad credentials"}},
		{"single sign-on", repo, githubtest.Fault{Kind: githubtest.SSO}, true, []string{"single sign-on", "Configure SSO"}},
		{"addresses", repo, custom(403, nil, `{"message":"Although you appear to have the correct authorization credentials, the acme organization has an IP allow list enabled, and your IP address is not permitted to access this resource."}`), true, []string{"certain addresses only"}},
		{"a permission", repo, custom(403, http.Header{"X-Accepted-Github-Permissions": {"issues=read"}}, `{"message":"Resource not accessible by personal access token"}`), true, []string{"needs the permission issues=read"}},
		{"a scope", repo, custom(403, http.Header{"X-Accepted-Oauth-Scopes": {"repo"}, "X-Oauth-Scopes": {""}}, `{"message":"no"}`), true, []string{"needs one of the scopes repo"}},
		{"an echo of the token", repo, custom(400, nil, `{"message":"you sent Bearer secret\u001b[31m"}`), false, []string{"(token)"}},
		{"another repository", "acme/none", githubtest.Fault{}, true, []string{"repository acme/none", "not visible to reader", "check the name"}},
		{"a login page", repo, githubtest.Fault{Kind: githubtest.Custom, Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html>secret</html>"}, true, []string{"web page"}},
		{"a way out", repo, custom(302, http.Header{"Location": {"https://login.example/?secret"}}, ``), true, []string{"https://login.example", "no other"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, githubtest.Options{Token: "secret"})
				s.shop()
				if c.fault.Kind != "" {
					s.hub.Fault(func(*http.Request, int) githubtest.Fault { return c.fault })
				}
				_, err := connectors.Pull(t.Context(), s.source(c.repo), s.sink, nil)
				if err == nil || errors.Is(err, connectors.ErrRefused) != c.refused {
					t.Fatalf("refused is to be %t: %v", c.refused, err)
				}
				for _, w := range c.want {
					if !strings.Contains(err.Error(), w) {
						t.Errorf("%v\nlacks %q", err, w)
					}
				}
				if strings.Contains(err.Error(), "secret") || strings.ContainsRune(err.Error(), '\x1b') {
					t.Errorf("the error tells the token, or paints: %q", err)
				}
			})
		})
	}
}

// TestSingleSignOn is a repository whose organisation wants the token authorised.
func TestSingleSignOn(t *testing.T) {
	for _, opts := range []githubtest.Options{{Token: "secret"}, {Token: "secret", NoGraphQL: 404}} {
		s := newStage(t, opts)
		s.shop()
		s.world.SingleSignOn(repo, true)
		_, err := s.pull()
		if !errors.Is(err, connectors.ErrRefused) || !strings.Contains(err.Error(), "Configure SSO") || !strings.Contains(err.Error(), "repository acme/shop") {
			t.Errorf("%v", err)
		}
	}
}

// TestHiddenChildren counts sub-issues that the token may not see.
func TestHiddenChildren(t *testing.T) {
	for _, opts := range []githubtest.Options{{Token: "secret"}, {Token: "secret", NoGraphQL: 404}} {
		s := newStage(t, opts)
		s.shop()
		s.world.Hide("acme/pay")
		if res := s.mustPull(); res.Received != 4 {
			t.Errorf("%d came, want 4", res.Received)
		}
		notes := strings.Join(s.sink.Facts().Notes, "\n")
		if !strings.Contains(notes, "acme/shop#1") || !strings.Contains(notes, "1 of its 2 sub-issues") {
			t.Errorf("no note on the hidden sub-issue: %s", notes)
		}
		s.clock.pass(25 * time.Hour)
		s.world.Show("acme/pay")
		s.world.Touch("acme/shop#1")
		s.mustPull()
		if n := len(s.sink.Facts().Records); n != 5 {
			t.Errorf("%d records after a repository came into sight, want 5", n)
		}
		s.clock.pass(25 * time.Hour)
		s.world.Hide("acme/pay")
		s.mustPull()
		if res := len(s.sink.Facts().Records); res != 4 {
			t.Errorf("%d records after a repository went out of sight, want 4", res)
		}
	}
}

// TestNothingListed is an account that sees nothing where it saw something.
func TestNothingListed(t *testing.T) {
	for _, opts := range []githubtest.Options{{Token: "secret"}, {Token: "secret", NoGraphQL: 404}} {
		s := newStage(t, opts)
		a, b := s.world.Open(repo, "ana", "One", ""), s.world.Open(repo, "ana", "Two", "")
		s.mustPull()
		s.world.Delete(a)
		s.world.Delete(b)
		s.clock.pass(25 * time.Hour)
		for _, src := range []*Live{s.source(repo), s.source(repo).Anew()} {
			_, err := connectors.Pull(t.Context(), src, s.sink, nil)
			if err == nil || !strings.Contains(err.Error(), "where the store holds 2") {
				t.Errorf("nothing is listed: %v", err)
			}
		}
		if n := len(s.sink.Facts().Records); n != 2 {
			t.Errorf("%d records are left, want 2", n)
		}
	}
}

// TestRecordings holds recordings to hold answers, and no token, and to tell the
// same when they are read as an archive.
func TestRecordings(t *testing.T) {
	for _, opts := range []githubtest.Options{{Token: "secret"}, {Token: "secret", NoGraphQL: 404}} {
		s := newStage(t, opts)
		s.shop()
		dir := t.TempDir()
		site, err := NewSite(Options{Token: "secret", Base: s.hub.Transport(), Now: s.clock.now, Record: dir})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := connectors.Pull(t.Context(), site.Repository("acme", "shop"), s.sink, nil); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil || len(files) < 4 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(data), "secret") || strings.Contains(string(data), "query viewer") {
				t.Errorf("%s tells who asked", f)
			}
		}
		again := connectortest.NewSink()
		if _, err := connectors.Pull(t.Context(), NewArchive(dir, ""), again, nil); err != nil {
			t.Fatal(err)
		}
		want, got := s.sink.Facts(), again.Facts()
		want.Notes, got.Notes = nil, nil
		if d := connectortest.Difference(want, got); d != "" {
			t.Errorf("the recording tells other facts than the pull:\n%s", d)
		}
	}
}
