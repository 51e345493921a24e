package github

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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
				pages := 0
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
					if strings.Contains(body, "query Pulls") || opts.NoGraphQL != 0 && counts {
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
