package github

import (
	"fmt"
	"testing"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/github/githubtest"
)

// private are texts of the pretend organisation that no record may show.
var private = []string{"ana", "cy@", "dependabot", "Careful.", "Good.", "Here?", "@acme.example"}

// small makes a site ask for little at a time, so that a pull has many batches.
func small(s *Site) *Site {
	s.sizes, s.batch = []int{6, 3, 1}, 5
	return s
}

// TestConformance holds the live source to the contract of all sources.
func TestConformance(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	s.shop()
	s.world.Grow(repo, "ben", 23)
	for i := range 17 {
		key := s.world.OpenPull(repo, "cy", githubtest.Draft{Title: fmt.Sprint("Change ", i), Branch: "b", Files: []githubtest.File{{Path: "a.go", Added: i}}})
		s.world.Review(key, "ben", "approved", "Good.")
		s.clock.pass(time.Minute)
	}
	far := s.world.Open("acme/pay", "ben", "Far away", "")
	s.world.SetParent(far, "ana", "acme/pay#1")
	for i := range 130 { // longer than a page of events
		s.world.Comment("acme/shop#2", "ben", fmt.Sprint("Here? ", i))
	}
	s.clock.pass(time.Hour)
	connectortest.Run(t, connectortest.Config{
		New: func(tb testing.TB) connectors.Source {
			return small(s.site()).Repository("acme", "shop")
		},
		Variants: map[string]func(testing.TB) connectors.Source{
			"large pages": func(testing.TB) connectors.Source { return s.source(repo) },
		},
		Private:   private,
		LooksBack: true,
	})
}

// TestConformanceREST is the same where GraphQL is refused.
func TestConformanceREST(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret", NoGraphQL: 403, EventPages: 2})
	s.shop()
	s.world.Grow(repo, "ben", 23)
	for i := range 7 {
		key := s.world.OpenPull(repo, "cy", githubtest.Draft{Title: fmt.Sprint("Change ", i), Branch: "b", Files: []githubtest.File{{Path: "a.go", Added: i}}})
		s.world.Review(key, "ben", "approved", "Good.")
		s.clock.pass(time.Minute)
	}
	for i := range 230 { // more than the list of events gives
		if i%2 == 0 {
			s.world.Label("acme/shop#2", "ben", "chore")
		} else {
			s.world.Unlabel("acme/shop#2", "ben", "chore")
		}
	}
	s.clock.pass(time.Hour)
	connectortest.Run(t, connectortest.Config{
		New:       func(tb testing.TB) connectors.Source { return small(s.site()).Repository("acme", "shop") },
		Private:   private,
		LooksBack: true,
	})
}
