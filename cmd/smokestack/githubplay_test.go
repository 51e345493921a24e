package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"smokestack/connectors/demo"
	"smokestack/connectors/github/githubtest"
	"smokestack/connectors/jira/jiratest"
)

// What the tests of the command line have of a played GitHub.

// playStart is when the played repositories begin; issues follow daily.
var playStart = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

// playWorld fills repositories of acme with weeks of work: each has n issues, one
// begun every day, assigned a day later and closed three days after that, but for
// every fifth, which stays open. Every second closed one is carried by a pull
// request, which waits a day for its review.
func playWorld(n int, repositories ...string) (w *githubtest.World, end time.Time) {
	var now time.Time
	w = githubtest.NewWorld(func() time.Time { return now })
	for _, repo := range repositories {
		now = playStart
		w.Repository(repo)
		keys := make([]string, n)
		pulls := make([]string, n)
		for day := range n + 6 {
			now = playStart.Add(time.Duration(day) * 24 * time.Hour)
			if day < n {
				keys[day] = w.Open(repo, "ana", fmt.Sprintf("Order %d", day), "")
			}
			if i := day - 1; i >= 0 && i < n {
				w.Assign(keys[i], "ana", "ben")
			}
			if i := day - 3; i >= 0 && i < n && i%2 == 0 {
				pulls[i] = w.OpenPull(repo, "ben", githubtest.Draft{
					Title: "Take orders", Body: "Closes " + keys[i][strings.Index(keys[i], "#"):], Branch: fmt.Sprintf("order-%d", i),
					Files: []githubtest.File{{Path: "order.go", Added: 10 + i, Deleted: i}, {Path: "go.sum", Added: 1000}},
				})
				w.Closes(pulls[i], keys[i], "ben")
			}
			switch i := day - 4; {
			case i < 0 || i >= n || i%5 == 4:
			case i%2 == 0:
				w.Review(pulls[i], "cy", "approved", "good")
				w.Merge(pulls[i], "cy")
			default:
				w.Close(keys[i], "ben", "completed")
			}
		}
		end = now
	}
	return w, end
}

// newHubPlay plays a GitHub in place of a Jira: --github reaches it at any
// address.
func newHubPlay(t *testing.T, change ...func(*githubtest.Options)) (*livePlay, *githubtest.Server) {
	t.Helper()
	w, end := playWorld(40, "acme/shop", "acme/checkout-web", "acme/checkout-api")
	o := githubtest.Options{Token: secret}
	for _, c := range change {
		c(&o)
	}
	server := githubtest.NewServer(o, w)
	p := &livePlay{t: t, dir: t.TempDir(), now: end.Add(48 * time.Hour), vars: map[string]string{"GITHUB_TOKEN": secret}, net: server.Transport()}
	return p, server
}

// newBothPlay plays both: a Jira at demo.example, a GitHub everywhere else.
func newBothPlay(t *testing.T) (*livePlay, *githubtest.Server) {
	t.Helper()
	p, hub := newHubPlay(t)
	p.now = time.Date(2026, 6, 29, 12, 0, 0, 0, time.UTC)
	o := jiratest.Options{Mode: jiratest.Cloud, BaseURL: "https://demo.example", Token: secret, Email: "ops@acme.example", Now: func() time.Time { return p.now }}
	var err error
	if p.server, err = jiratest.NewServer(o, demo.New(demo.Options{Teams: 6, Items: 1200, JiraOnly: true})); err != nil {
		t.Fatal(err)
	}
	p.vars["JIRA_TOKEN"], p.vars["JIRA_EMAIL"] = secret, o.Email
	p.net = roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host == "demo.example" {
			return p.server.Transport().RoundTrip(r)
		}
		return hub.Transport().RoundTrip(r)
	})
	return p, hub
}
