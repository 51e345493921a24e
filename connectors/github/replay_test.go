package github

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/github/githubtest"
)

// What a live pull recorded leaves, replayed, the facts of the pull: by GraphQL
// and by REST, pulled once and in pieces.
func TestReplayOfLive(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]githubtest.Options{
		"GraphQL": {Token: "secret"}, "old ids": {Token: "secret", LegacyIDs: true}, "REST": {Token: "secret", NoGraphQL: 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, opts)
			s.shop()
			s.world.Grow(repo, "ben", 12)
			for i := range 3 {
				key := s.world.OpenPull(repo, "cy", githubtest.Draft{Title: fmt.Sprint("Change ", i), Branch: "b", Files: []githubtest.File{{Path: "a.go", Added: i}}})
				s.world.Review(key, "ben", "approved", "Good.")
				s.clock.pass(time.Minute)
			}
			for i := range 130 { // longer than a page of events
				s.world.Label("acme/shop#2", "ben", fmt.Sprint("label ", i))
			}
			s.clock.pass(time.Hour)
			dir := t.TempDir()
			sink := connectortest.NewSink()
			for round := range 2 {
				site, err := NewSite(Options{Token: "secret", Base: s.hub.Transport(), Now: s.clock.now, Limits: s.limit, Record: dir})
				if err != nil {
					t.Fatal(err)
				}
				owner, rest, _ := strings.Cut(repo, "/")
				if _, err := connectors.Pull(t.Context(), small(site).Repository(owner, rest), sink, nil); err != nil {
					t.Fatal(err)
				}
				if round == 0 {
					s.clock.pass(time.Hour)
					s.world.Close("acme/shop#2", "ben", "not_planned")
					s.world.Unlabel("acme/shop#2", "ben", "label 7")
					s.clock.pass(time.Hour)
				}
			}
			again := connectortest.NewSink()
			if _, err := connectors.Pull(t.Context(), NewArchive(dir, ""), again, nil); err != nil {
				t.Fatal(err)
			}
			if d := connectortest.Difference(plain(sink.Facts()), plain(again.Facts())); d != "" {
				t.Errorf("the replay leaves other facts:\n%s", d)
			}
		})
	}
}
