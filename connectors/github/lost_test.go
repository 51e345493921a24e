package github

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/github/githubtest"
)

// Nothing is lost, whenever a pull ends and whatever changes while it runs.

// ways are the two ways to read a repository.
var ways = map[string]githubtest.Options{
	"GraphQL": {Token: "secret"},
	"REST":    {Token: "secret", NoGraphQL: http.StatusNotFound},
}

// TestUpdatedWhileListed updates an issue that was told while the list is still
// being read, where it comes again at the end, and lets that pull die: the update
// comes with a later one.
func TestUpdatedWhileListed(t *testing.T) {
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, opts)
				s.world.Grow(repo, "ana", 130)
				s.world.OpenPull(repo, "ana", githubtest.Draft{Title: "P", Branch: "b"})
				s.clock.pass(time.Hour)
				pages, dead := 0, false
				s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
					body, query := bodyOf(r), r.URL.RawQuery
					if strings.Contains(body, "query Issues") || strings.HasSuffix(r.URL.Path, "/issues") && strings.Contains(query, "sort=updated") {
						if pages++; pages == 2 {
							s.clock.pass(time.Minute)
							s.world.Close(repo+"#1", "ana", "completed")
							s.clock.pass(time.Minute)
						}
					}
					counts := strings.Contains(query, "per_page=1") && !strings.Contains(query, "per_page=100")
					if dead = dead || strings.Contains(body, "query Pulls"); dead || opts.NoGraphQL != 0 && counts {
						return githubtest.Fault{Kind: githubtest.Status500}
					}
					return githubtest.Fault{}
				})
				if _, err := s.pull(); err == nil {
					t.Fatal("the first pull was to die")
				}
				s.hub.Fault(nil)
				for range 3 {
					s.clock.pass(30 * time.Hour)
					s.mustPull()
				}
				s.same("three good pulls after one that died")
			})
		})
	}
}

// elsewhere opens an issue and a sub-issue of it in another repository.
func (s *stage) elsewhere() (child string) {
	epic := s.world.Open(repo, "ana", "Batch", "")
	child = s.world.Open("acme/pay", "ben", "Elsewhere", "")
	s.world.SetParent(child, "ana", epic)
	s.clock.pass(time.Hour)
	return child
}

// TestElsewhereUpdatedBeforeDeath updates a sub-issue elsewhere before a pull that
// dies when it looks at it: the next pull, too, begins at the last complete one.
func TestElsewhereUpdatedBeforeDeath(t *testing.T) {
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, opts)
				child := s.elsewhere()
				s.mustPull()
				s.clock.pass(time.Hour)
				s.world.Close(child, "ben", "completed")
				for range 3 { // deaths
					s.clock.pass(time.Hour)
					s.world.Open(repo, "ana", "Another", "") // so that a batch is handed over
					s.clock.pass(time.Hour)
					s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
						if strings.Contains(bodyOf(r), "query named") || strings.HasSuffix(r.URL.Path, "/repos/acme/pay/issues/1") {
							return githubtest.Fault{Kind: githubtest.Status500}
						}
						return githubtest.Fault{}
					})
					if _, err := s.pull(); err == nil {
						t.Fatal("the pull was to die")
					}
				}
				s.hub.Fault(nil)
				s.clock.pass(time.Hour)
				s.mustPull()
				s.same("a pull after some that died")
			})
		})
	}
}

// TestElsewhereUpdatedAmidFirstPull updates a sub-issue elsewhere between two lives
// of a first pull: the first told it, so that the next pull has to look at it.
func TestElsewhereUpdatedAmidFirstPull(t *testing.T) {
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, opts)
			child := s.elsewhere()
			n := -1 // two batches come: the issue, and the one elsewhere
			if _, err := connectors.Pull(t.Context(), s.source(repo), refusing{s.sink, &n}, nil); err == nil {
				t.Fatal("the first pull was to die")
			}
			if got := len(s.sink.Facts().Records); got != 2 {
				t.Fatalf("%d records came before the pull died, want 2", got)
			}
			s.clock.pass(time.Hour)
			s.world.Close(child, "ben", "completed")
			for range 2 {
				s.clock.pass(time.Hour)
				s.mustPull()
			}
			s.same("the pull after a first one that died")
		})
	}
}

// TestTwoChangesInOneSecond closes an issue and a pull request within the second in
// which a pull read them: their updates are the same to the second.
func TestTwoChangesInOneSecond(t *testing.T) {
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, opts)
			issue := s.world.Open(repo, "ana", "One", "")
			pull := s.world.OpenPull(repo, "ana", githubtest.Draft{Title: "P", Branch: "b"})
			s.mustPull()
			s.clock.pass(300 * time.Millisecond)
			s.world.Close(issue, "ana", "completed")
			s.world.Close(pull, "ana", "")
			s.clock.pass(time.Hour)
			s.mustPull()
			s.same("a second change in one second")
			s.clock.pass(time.Hour)
			if res := s.mustPull(); res.Received != 0 {
				t.Errorf("%d records came, though nothing happened", res.Received)
			}
		})
	}
}

// TestElsewhereRenamed renames the repository of a sub-issue elsewhere, which
// updates no issue.
func TestElsewhereRenamed(t *testing.T) {
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, opts)
			child := s.elsewhere()
			s.world.SetParent(s.world.Open("acme/pay", "ben", "Further", ""), "ben", child)
			s.clock.pass(time.Hour)
			s.mustPull()
			s.clock.pass(time.Hour)
			s.world.RenameRepository("acme/pay", "acme/zpay")
			for range 2 {
				s.clock.pass(30 * time.Hour)
				s.mustPull()
			}
			s.same("a pull after the repository was renamed")
			s.clock.pass(time.Hour)
			if res := s.mustPull(); res.Received != 0 {
				t.Errorf("%d records came, though nothing happened", res.Received)
			}
		})
	}
}

// TestElsewhereTransferred transfers a sub-issue elsewhere to a third repository.
func TestElsewhereTransferred(t *testing.T) {
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, opts)
			s.world.Repository("acme/third")
			child := s.elsewhere()
			s.mustPull()
			s.clock.pass(time.Hour)
			s.world.Transfer(child, "ana", "acme/third")
			for range 2 {
				s.clock.pass(30 * time.Hour)
				s.mustPull()
			}
			s.same("a pull after it was transferred")
		})
	}
}

// TestElsewhereDetached takes a sub-issue elsewhere, which has one itself, from its
// parent: neither is part of the repository's work any longer.
func TestElsewhereDetached(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	child := s.elsewhere()
	grandchild := s.world.Open("acme/pay", "ben", "Further", "")
	s.world.SetParent(grandchild, "ben", child)
	stays := s.world.Open("acme/pay", "ben", "Stays", "")
	s.world.SetParent(stays, "ben", repo+"#1")
	s.clock.pass(time.Hour)
	s.mustPull()
	if n := len(s.sink.Facts().Records); n != 4 {
		t.Fatalf("%d records, want 4", n)
	}
	s.clock.pass(time.Hour)
	s.world.SetParent(child, "ana", "")
	s.clock.pass(time.Hour)
	s.mustPull()
	if n := len(s.sink.Facts().Records); n != 2 {
		t.Errorf("%d records, want the issue and the sub-issue that stays", n)
	}
	s.same("a pull after a sub-issue was taken from its parent")
}

// TestElsewhereMovedBelowAnother puts a sub-issue elsewhere below a new one.
func TestElsewhereMovedBelowAnother(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	child := s.elsewhere()
	s.mustPull()
	s.clock.pass(time.Hour)
	between := s.world.Open("acme/pay", "ben", "Between", "")
	s.world.SetParent(between, "ben", repo+"#1")
	s.world.SetParent(child, "ben", between)
	s.clock.pass(time.Hour)
	s.mustPull()
	s.same("a pull after a sub-issue was put below a new one")
}
