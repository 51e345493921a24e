package github

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/github/githubtest"
)

// restOnly makes a stage whose GitHub refuses GraphQL.
func restOnly(t *testing.T) *stage {
	return newStage(t, githubtest.Options{Token: "secret", NoGraphQL: http.StatusNotFound})
}

// What is made between the first request of a pull and its list of events has
// events that the next pull does not list any more: it asks for them.
func TestRestEventsOfWhatCameDuringThePullBefore(t *testing.T) {
	t.Parallel()
	s := restOnly(t)
	s.world.Open(repo, "ana", "Old", "")
	s.clock.pass(time.Hour)
	s.mustPull()
	s.clock.pass(time.Hour)
	done := false
	s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
		if !done && strings.HasSuffix(r.URL.Path, "/milestones") {
			done = true
			s.clock.pass(3 * time.Second)
			key := s.world.Open(repo, "ana", "New", "")
			s.world.Label(key, "ana", "bug")
			s.world.Close(key, "ana", "completed")
			s.clock.pass(3 * time.Second)
		}
		return githubtest.Fault{}
	})
	s.mustPull()
	s.hub.Fault(nil)
	s.same("the pull itself")
	for range 2 { // also where the list of events did not change in between
		s.clock.pass(time.Hour)
		s.mustPull()
	}
	s.world.Reopen(repo+"#2", "ana")
	s.clock.pass(time.Hour)
	s.mustPull()
	s.same("the pull after it")
}

// A sub-issue elsewhere that may not be read any more is kept as it was, and said
// to be missing; the repository is read all the same.
func TestRestSubIssueElsewhereBecomesForbidden(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]githubtest.Fault{
		"403": {Kind: githubtest.SSO},
		"451": {Kind: githubtest.Custom, Status: http.StatusUnavailableForLegalReasons, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"message":"Repository access blocked"}`},
	} {
		s := restOnly(t)
		epic := s.world.Open(repo, "ana", "Batch", "")
		child := s.world.Open("acme/pay", "ben", "Elsewhere", "")
		s.world.SetParent(child, "ana", epic)
		s.clock.pass(time.Hour)
		s.mustPull()
		before := len(s.sink.Facts().Records)
		s.clock.pass(time.Hour)
		s.world.Close(epic, "ana", "completed")
		s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
			if strings.Contains(r.URL.Path, "/repos/acme/pay/") {
				return fault
			}
			return githubtest.Fault{}
		})
		for range 2 {
			s.clock.pass(time.Hour)
			s.mustPull()
			if notes := strings.Join(s.sink.Facts().Notes, "\n"); strings.Count(notes, child) != 1 || !strings.Contains(notes, "missing") {
				t.Errorf("%s: the notes do not say what is missing: %s", name, notes)
			}
		}
		if after := len(s.sink.Facts().Records); before != 2 || after != 2 {
			t.Errorf("%s: %d records before, %d after; they were to be two", name, before, after)
		}
		s.hub.Fault(nil)
		s.clock.pass(time.Hour)
		s.world.Close(child, "ben", "completed")
		s.clock.pass(time.Hour)
		s.mustPull()
		s.same(name + ", and a pull after it passed")
	}
}

// refusingPages is a server that turns so many pages and no more.
func refusingPages(turned int) func(*http.Request, int) githubtest.Fault {
	return func(r *http.Request, _ int) githubtest.Fault {
		q := r.URL.Query()
		if strings.HasSuffix(r.URL.Path, "/issues") && q.Get("per_page") == "100" && q.Get("page") == fmt.Sprint(turned+1) {
			return githubtest.Fault{Kind: githubtest.Custom, Status: http.StatusUnprocessableEntity, Header: http.Header{"Content-Type": {"application/json"}},
				Body: `{"message":"Pagination with the page parameter is not supported for large datasets, please use cursor based pagination (after/before)"}`}
		}
		return githubtest.Fault{}
	}
}

// Where deep pages are refused, the numbers of all items are listed in parts.
func TestRestSweepWithoutDeepPages(t *testing.T) {
	t.Parallel()
	s := restOnly(t)
	s.world.Grow(repo, "ana", 250)
	s.clock.pass(time.Hour)
	s.hub.Fault(refusingPages(2))
	s.mustPull()
	s.clock.pass(time.Hour)
	s.world.Delete(repo + "#5")
	for range 2 {
		s.clock.pass(30 * time.Hour)
		s.mustPull()
	}
	s.same("a deletion where deep pages are refused")
	if n := len(s.sink.Facts().Records); n != 249 {
		t.Errorf("%d records, of 250 less one", n)
	}
}

// Two pages of events that lead to each other come to an end.
func TestRestEventsThatLeadInCircles(t *testing.T) {
	t.Parallel()
	s := restOnly(t)
	s.world.Open(repo, "ana", "One", "")
	asked := 0
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
		if !strings.HasSuffix(r.URL.Path, "/repos/acme/shop/issues/events") {
			return githubtest.Fault{}
		}
		if asked++; asked > 20 {
			cancel()
		}
		return githubtest.Fault{Kind: githubtest.Custom, Header: http.Header{"Content-Type": {"application/json"},
			"Link": {fmt.Sprintf(`<https://api.github.com/repos/acme/shop/issues/events?page=%d>; rel="next"`, 2+asked%2)}},
			Body: `[{"id":1,"event":"labeled","created_at":"2026-03-02T09:00:00Z","issue":{"number":1}}]`}
	})
	_, err := connectors.Pull(ctx, s.source(repo), connectortest.NewSink(), nil)
	if asked != 3 || err == nil || !strings.Contains(err.Error(), "without end") {
		t.Errorf("%d requests for two pages that lead to each other: %v", asked, err)
	}
}

// A list that goes on without a beginning cannot be made whole.
func TestSplicedWithoutBeginning(t *testing.T) {
	t.Parallel()
	for raw, whole := range map[string]string{
		`{"labels":{"nodes":null,"pageInfo":{"hasNextPage":true}}}`: "",
		`{"labels":{"pageInfo":{"hasNextPage":true}}}`:              "",
		`{"labels":{"nodes":{},"pageInfo":{"hasNextPage":true}}}`:   "",
		`{"labels":{"nodes":[ ],"pageInfo":{"hasNextPage":true}}}`:  `{"labels":{"nodes":[2,3],"pageInfo":{"hasNextPage":false}}}`,
		`{"labels":{"nodes":[1],"pageInfo":{"hasNextPage":true}}}`:  `{"labels":{"nodes":[1,2,3],"pageInfo":{"hasNextPage":false}}}`,
	} {
		got, ok := spliced(gjson.Parse(raw), "labels", []string{"2", "3"})
		if ok != (whole != "") || ok && got.Raw != whole {
			t.Errorf("%s: %s, %t", raw, got.Raw, ok)
		}
	}
}

// After a repository was renamed, histories name its items by their new keys,
// whichever of the two names comes first in the alphabet.
func TestHistoriesOfARenamedRepository(t *testing.T) {
	t.Parallel()
	for _, opts := range []githubtest.Options{{Token: "secret"}, {Token: "secret", NoGraphQL: http.StatusNotFound}} {
		for _, to := range []string{"acme/a-shop", "acme/z-shop"} {
			s := newStage(t, opts)
			a, b := s.world.Open(repo, "ana", "A", ""), s.world.Open(repo, "ana", "B", "")
			s.world.Block(a, "ana", b)
			s.world.SetParent(a, "ana", b)
			s.clock.pass(time.Hour)
			s.mustPull()
			s.clock.pass(time.Hour)
			s.world.RenameRepository(repo, to)
			s.clock.pass(time.Hour)
			s.mustPull()
			s.same("a repository renamed to " + to)
		}
	}
}
