package github

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"smokestack/connectors/github/githubtest"
)

// ceil is how many pages of a size n items take.
func ceil(n, size int) int { return (n + size - 1) / size }

// TestTwelveThousandByREST reads a repository whose list of issues GitHub refuses
// to page by number after 100 pages: the links lead on, and no issue takes a
// request of its own.
func TestTwelveThousandByREST(t *testing.T) {
	if testing.Short() {
		t.Skip("what is counted here is many: the run without -short does")
	}
	const n = 12_000
	s := newStage(t, githubtest.Options{Token: "secret", NoGraphQL: http.StatusForbidden, MostPages: 100, Limit: 100_000})
	s.world.Grow(repo, "ana", n)
	if res := s.mustPull(); res.Received != n {
		t.Errorf("%d issues came, want %d", res.Received, n)
	}
	got := s.requests()
	if pages := got["GET /repos/{}/{}/issues"] + got["GET /repositories/{}/issues"]; pages != ceil(n, 100)+1 { // and one to count
		t.Errorf("%d pages of issues, want %d", pages, ceil(n, 100)+1)
	}
	if all := total(got); all > ceil(n, 100)+15 {
		t.Errorf("%d requests in all: %v", all, got)
	}
}

// TestTwentyOfTenThousand reads a repository of 10,000 issues, and again when 20
// of them have changed.
func TestTwentyOfTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("what is counted here is many: the run without -short does")
	}
	const n = 10_000
	s := newStage(t, githubtest.Options{Token: "secret"})
	s.world.Grow(repo, "ana", n)
	s.clock.pass(time.Hour)
	if res := s.mustPull(); res.Received != n {
		t.Errorf("%d issues came, want %d", res.Received, n)
	}
	got := s.requests()
	if pages := got["graphql Issues"]; pages != n/50 {
		t.Errorf("%d pages of issues, want %d", pages, n/50)
	}
	if all := total(got); all != n/50+5 { // viewer, repository, teams, milestones, pull requests
		t.Errorf("%d requests in all: %v", all, got)
	}
	s.clock.pass(24 * time.Hour)
	for i := range 20 {
		s.world.Label(fmt.Sprintf("%s#%d", repo, 1+i*499), "ben", "bug")
	}
	s.clock.pass(time.Hour)
	s.requests()
	if res := s.mustPull(); res.Received != 20 {
		t.Errorf("%d came, want 20", res.Received)
	}
	if got := s.requests(); total(got) > 6 {
		t.Errorf("%d requests: %v", total(got), got)
	}
}

// TestEventsCutShort reads a repository of which GitHub gives out so many pages of
// events and no more, 400 on the public site: the histories of the issues that
// are older than those are read one by one, and all are whole.
func TestEventsCutShort(t *testing.T) {
	pages, old := 400, 30
	if testing.Short() {
		pages = 40
	}
	older := pages * 100
	s := newStage(t, githubtest.Options{Token: "secret", NoGraphQL: http.StatusNotFound, EventPages: pages})
	s.world.Grow(repo, "ana", old)
	for i := range old {
		s.world.Close(fmt.Sprintf("%s#%d", repo, i+1), "ana", "completed")
	}
	s.clock.pass(time.Hour)
	busy := s.world.Open(repo, "ana", "Busy", "")
	for range older / 2 {
		s.world.Label(busy, "ben", "bug")
		s.world.Unlabel(busy, "ben", "bug")
	}
	s.clock.pass(time.Hour)
	if res := s.mustPull(); res.Received != old+1 {
		t.Errorf("%d came, want %d", res.Received, old+1)
	}
	got := s.requests()
	if n := got["GET /repos/{}/{}/issues/events"] + got["GET /repositories/{}/issues/events"]; n != pages {
		t.Errorf("%d pages of events, want %d", n, pages)
	}
	if n := got["GET /repos/{}/{}/issues/{}/events"]; n < old || n > old+pages {
		t.Errorf("%d requests for the histories of %d issues and a busy one", n, old)
	}
	for _, r := range s.sink.Facts().Records {
		if !strings.Contains(r, "history whole") || !strings.Contains(r, "\n  change ") && !strings.Contains(r, "change ") {
			t.Errorf("its history is not whole: %s", r)
		}
	}
}
