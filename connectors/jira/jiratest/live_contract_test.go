package jiratest

import (
	"testing"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/jira"
)

// TestLiveSpeaksTheDescription lets the live source pull, again and again, with
// all that may happen between, and holds every request of it to the vendor's
// descriptions.
func TestLiveSpeaksTheDescription(t *testing.T) {
	c := newContract(t)
	f := newFake(t, Options{Token: "secret", Email: "bot@acme.example"})
	open := func() *jira.Site {
		s, err := jira.NewSite(jira.Options{URL: site, Email: "bot@acme.example", Token: "secret", Base: checked(t, c, f.Server), Now: f.clock.now})
		must(t, err)
		return s
	}
	sink := connectortest.NewSink()
	pull := func() {
		t.Helper()
		s := open()
		query, err := s.Query("project = ORD order by created")
		must(t, err)
		for _, src := range []connectors.Source{s.Project("CHK"), s.Project("INV"), query} {
			_, err := connectors.Pull(t.Context(), src, sink, nil)
			must(t, err)
		}
	}
	pull()
	f.add(time.Hour)
	f.Change("CHK-3")
	f.Link("CHK-3", "Blocks", "CHK-5")
	f.Fail("CHK-5", "Timed out.")
	f.Fail("CHK-7", "Timed out.")
	f.Delete("CHK-7")
	f.Move("CHK-8", "INV")
	f.Forbid("ORD-2")
	f.add(time.Hour)
	pull()
	if l := sink.Ledger(); l.Missing != 2 {
		t.Errorf("%d are missing, want the two that cannot be given out", l.Missing)
	}
	f.Mend("CHK-5")
	f.Mend("CHK-7")
	f.add(time.Hour)
	pull()
	if l := sink.Ledger(); l.Missing != 0 {
		t.Errorf("%d are missing in the end", l.Missing)
	}
	s := open()
	if _, err := s.Check(t.Context(), []*jira.Live{s.Project("CHK"), s.Project("NOPE")}); err != nil {
		t.Error(err)
	}
	asked := f.Count()
	for _, route := range []string{
		"GET /rest/api/2/serverInfo", "GET /rest/api/2/myself", "GET /rest/api/2/field", "GET /rest/api/2/status", "GET /rest/api/2/issueLinkType",
		"GET /rest/api/2/project/{}", "GET /rest/agile/1.0/board", "GET /rest/agile/1.0/board/{}/configuration", "GET /rest/agile/1.0/board/{}/sprint",
		"POST /rest/api/2/search/jql", "POST /rest/api/2/search/approximate-count", "POST /rest/api/2/changelog/bulkfetch", "POST /rest/api/2/issue/bulkfetch",
	} {
		if asked[route] == 0 {
			t.Errorf("%s was never asked for: %v", route, asked)
		}
		delete(asked, route)
	}
	if len(asked) > 0 {
		t.Errorf("asked besides: %v", asked)
	}
}
