package github

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"smokestack/connectors/github/githubtest"
)

// answer is a fault that answers data of GraphQL.
func answerOf(body string) githubtest.Fault {
	return githubtest.Fault{Kind: githubtest.Custom, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

// A timeline of which entries are refused is no whole one, and a list that is
// refused is told of.
func TestRefusedPartsOfAnItemAreTold(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	s.world.Open(repo, "ana", "One", "")
	s.clock.pass(time.Hour)
	s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
		if body := bodyOf(r); strings.Contains(body, "query Issues") {
			return answerOf(`{"data":{"repository":{"issues":{"totalCount":1,"pageInfo":{"hasNextPage":false,"endCursor":"x"},"nodes":[
				{"__typename":"Issue","id":"I_kwDOAAAAB84AAAAH","number":1,"title":"One","state":"OPEN","createdAt":"2026-03-02T09:00:00Z","updatedAt":"2026-03-02T09:00:00Z",
				"repository":{"id":"R_kgDONaTpBw","databaseId":900000007,"nameWithOwner":"acme/shop","name":"shop"},
				"timelineItems":{"totalCount":3,"pageInfo":{"hasNextPage":false,"endCursor":"y"},"nodes":[null,null,null]},"labels":null,"blockedBy":null}]}}},
				"errors":[{"type":"FORBIDDEN","path":["repository","issues","nodes",0,"timelineItems","nodes",0],"message":"Resource not accessible by integration"},
				{"type":"FORBIDDEN","path":["repository","issues","nodes",0,"labels"],"message":"Resource not accessible by integration"}]}`)
		}
		return githubtest.Fault{}
	})
	s.mustPull()
	f := s.sink.Facts()
	notes := strings.Join(f.Notes, "\n")
	for _, want := range []string{"acme/shop#1", "timelineItems", "labels"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note names %s: %s", want, notes)
		}
	}
	found := false
	for _, r := range f.Records {
		if strings.Contains(r, `key "acme/shop#1"`) {
			found = true
			if !strings.Contains(r, "history cut 0 3") {
				t.Errorf("the history is to be cut, with none of three entries: %s", r)
			}
		}
	}
	if !found {
		t.Errorf("the issue did not come: %v", f.Records)
	}
}

// What may be missing in an answer without more than a note, and what not.
func TestWithheld(t *testing.T) {
	for _, c := range []struct {
		path             string
		bearable, within bool
	}{
		{`["repository","issues","nodes",0,"parent"]`, true, false},
		{`["repository","issues","nodes",0,"parent","repository"]`, true, false},
		{`["repository","issues","nodes",3,"subIssues","nodes",1]`, true, false},
		{`["repository","issues","nodes",3,"blockedBy","nodes",1,"repository"]`, true, false},
		{`["repository","pullRequests","nodes",3,"closingIssuesReferences","nodes",0]`, true, false},
		{`["repository","issues","nodes",0,"timelineItems","nodes",5,"source"]`, true, false},
		{`["node","timelineItems","nodes",5,"subject"]`, true, false},
		{`["node","timelineItems","nodes",5]`, true, true},
		{`["node","subIssues","nodes",5]`, true, false},
		{`["node","items","nodes",5,"content"]`, true, false}, // of a board
		{`["nodes",0,"parent"]`, true, false},
		{`["repository","issues","nodes",0]`, true, false}, // told of as an entry that is hidden
		{`["repository","issues","nodes",0,"labels"]`, true, true},
		{`["repository","issues","nodes",0,"subIssues"]`, true, true},
		{`["repository","issues","nodes",0,"blocking","pageInfo"]`, true, true},
		{`["repository","issues","nodes",0,"timelineItems","nodes",5,"actor"]`, true, true},
		{`["repository","issues","nodes",0,"projectItems","nodes",0]`, false, true}, // see boards
		{`["repository","issues","pageInfo"]`, false, false},
		{`["repository","issues","nodes"]`, false, false},
		{`["repository","issues"]`, false, false},
		{`["node","timelineItems","pageInfo"]`, false, false},
		{`["node","subIssues","nodes"]`, false, false},
	} {
		f := faultsOf(gjson.Parse(`{"data":{},"errors":[{"type":"FORBIDDEN","path":` + c.path + `,"message":"no"}]}`))
		if got := f.bearable(); got != c.bearable {
			t.Errorf("%s: bearable is %t", c.path, got)
		}
		if got := f.list[0].within(); got != c.within {
			t.Errorf("%s: within an item is %t", c.path, got)
		}
	}
}

// A token that may read issues and nothing else, as that of a workflow with
// "permissions: issues: read", gets the issues, and a note on the rest.
func TestTokenForIssuesOnly(t *testing.T) {
	for name, c := range map[string]struct{ path, note string }{
		"without contents":      {`["repository","owners0"]`, "Contents: read"},
		"without pull requests": {`["repository","pullRequests"]`, "Pull requests: read"},
	} {
		s := newStage(t, githubtest.Options{Token: "secret"})
		s.world.Open(repo, "ana", "One", "")
		s.clock.pass(time.Hour)
		s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
			fault := `"errors":[{"type":"FORBIDDEN","path":` + c.path + `,"message":"Resource not accessible by integration"}]}`
			switch body := bodyOf(r); {
			case strings.Contains(body, "query repository"):
				return answerOf(`{"data":{"repository":{"id":"R_kgDONaTpBw","databaseId":900000007,"nameWithOwner":"acme/shop","hasIssuesEnabled":true,"owner":{"__typename":"Organization","login":"acme"},
					"issues":{"totalCount":1},"pullRequests":null,"milestones":{"totalCount":0},"owners0":null,"owners1":null,"owners2":null}},` + fault)
			case strings.Contains(body, "pullRequests(first") && strings.Contains(c.path, "pullRequests"):
				return answerOf(`{"data":{"repository":{"issues":{"totalCount":1},"pullRequests":null}},` + fault)
			}
			return githubtest.Fault{}
		})
		for range 2 {
			if _, err := s.pull(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			s.clock.pass(25 * time.Hour)
		}
		f := s.sink.Facts()
		if len(f.Records) != 1 || !strings.Contains(strings.Join(f.Notes, "\n"), c.note) {
			t.Errorf("%s: %d records, want 1; a note on %s in %v", name, len(f.Records), c.note, f.Notes)
		}
	}
}
