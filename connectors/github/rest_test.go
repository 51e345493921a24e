package github

import (
	"net/http"
	"strings"
	"testing"
	"time"

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
