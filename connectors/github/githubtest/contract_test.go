package githubtest

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"smokestack/connectors/describedtest"
)

// Each exception has to be met.
var exceptions = []describedtest.Exception{
	{Where: "answer to GET /repos/{}/{}/pulls/{}", Pointer: "/user", Reason: "nullable",
		Why: "whose account was deleted is nobody; the description has that for issues and in lists, but not here"},
	{Where: "answer to GET /repos/{}/{}/issues/{}/events", Pointer: "/[0-9]+", Reason: "anyOf",
		Why: "as above: who acted may be nobody"},
}

func newContract(t *testing.T) *describedtest.Contract {
	t.Helper()
	return describedtest.New(t, exceptions, "github-trim.json")
}

var byID = regexp.MustCompile(`^/repositories/\d+`)

// byName is a request to what lies below a repository's id, which is described
// below its name.
func byName(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	r.URL.Path = byID.ReplaceAllString(r.URL.Path, "/repos/acme/shop")
	return r
}

// described are requests to everything that the description has: good ones, and
// such that are refused.
var described = []string{
	"/user", "/rate_limit", "/orgs/acme/issue-types",
	"/repos/acme/shop", "/repos/acme/nothing", "/repos/acme/store",
	"/repos/acme/shop/issues", "/repos/acme/shop/issues?state=all&sort=updated&direction=asc&per_page=2", "/repos/acme/shop/issues?state=closed&since=2026-03-02T09:00:00Z&sort=comments",
	"/repos/acme/shop/issues?page=11", "/repos/acme/store/issues",
	"/repos/acme/shop/issues/events", "/repos/acme/shop/issues/events?per_page=3&page=2", "/repos/acme/shop/issues/events?page=401",
	"/repos/acme/shop/issues/1", "/repos/acme/shop/issues/2", "/repos/acme/shop/issues/3", "/repos/acme/shop/issues/99", "/repos/acme/shop/issues/4", "/repos/acme/shop/issues/5",
	"/repos/acme/shop/issues/1/timeline", "/repos/acme/shop/issues/2/timeline?per_page=100", "/repos/acme/shop/issues/3/timeline", "/repos/acme/shop/issues/3/events", "/repos/acme/pay/issues/1/timeline",
	"/repos/acme/shop/issues/2/comments", "/repos/acme/shop/issues/1/sub_issues", "/repos/acme/shop/issues/2/parent", "/repos/acme/shop/issues/1/parent",
	"/repos/acme/shop/issues/2/dependencies/blocked_by", "/repos/acme/pay/issues/1/dependencies/blocking",
	"/repos/acme/shop/milestones?state=all", "/repos/acme/shop/milestones/1", "/repos/acme/shop/milestones/9",
	"/repos/acme/shop/pulls?state=all&sort=updated&direction=desc", "/repos/acme/shop/pulls/3", "/repos/acme/shop/pulls/2", "/repos/acme/shop/pulls/3/reviews", "/repos/acme/shop/pulls/3/commits",
	"/repos/acme/shop/pulls/3/files", "/repos/acme/shop/pulls/3/comments",
}

// eventful does everything to an issue and a pull request that leaves an event.
func eventful(c *clock) *World {
	w := shop(c)
	const it, other, pr = "acme/shop#2", "acme/shop#1", "acme/shop#3"
	w.Unlabel(it, "ana", "bug")
	w.Unassign(it, "ana", "cy")
	w.Assign(it, "ana", "ben")
	w.SetMilestone(it, "ana", "")
	w.Rename(it, "ana", "Put into basket")
	w.SetType(it, "ana", "Feature")
	w.SetType(it, "ana", "")
	w.Reopen(it, "ana")
	w.SetParent(it, "ana", "")
	w.SetParent(it, "ana", other)
	w.Unblock(it, "ana", "acme/pay#1")
	w.Block(it, "ana", "acme/pay#1")
	w.Refer(pr, it, "cy")
	w.Lock(it, "ana")
	w.Assign(pr, "cy", "cy")
	w.SetDraft(pr, "cy", true)
	w.CloseMilestone("acme/shop/milestone/1", true)
	gone := w.Open("acme/shop", "ana", "Gone", "")
	w.Delete(gone)
	away := w.Open("acme/shop", "ana", "Away", "")
	w.Transfer(away, "ana", "acme/pay")
	w.Repository("acme/store")
	w.RenameRepository("acme/store", "acme/storage")
	return w
}

// Where the description is silent, nothing is to be said: whether the server is
// right there, only a live site can tell.
func TestContract(t *testing.T) {
	c := newContract(t)
	for _, legacy := range []bool{false, true} {
		w := eventful(newClock())
		if legacy {
			w.DeleteUser("cy")
		}
		s := NewServer(Options{Token: "secret", LegacyIDs: legacy}, w)
		client := s.Client()
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		ask := func(path, token string) {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.github.com"+path, nil)
			must(t, err)
			r.Header.Set("Authorization", "Bearer "+token)
			resp, err := client.Do(r)
			must(t, err)
			body, err := io.ReadAll(resp.Body)
			must(t, err)
			for _, v := range c.Check(byName(r), nil, resp.StatusCode, resp.Header, body) {
				t.Errorf("%s: %s", path, v)
			}
			if next := nextOf(resp.Header); next != "" && token == "secret" {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, next, nil)
				must(t, err)
				if !c.Describes(byName(r)) {
					t.Errorf("%s leads on to %s, which is not described", path, next)
				}
			}
		}
		for _, path := range described {
			ask(path, "secret")
		}
		ask("/user", "wrong")
	}
	c.Met(t)
}

var nextLink = regexp.MustCompile(`<([^>]*)>; rel="next"`)

func nextOf(h http.Header) string {
	if m := nextLink.FindStringSubmatch(h.Get("Link")); m != nil {
		return m[1]
	}
	return ""
}

// A check that never fails checks nothing.
func TestContractHasTeeth(t *testing.T) {
	c := newContract(t)
	header := http.Header{"Content-Type": {jsonType}}
	for _, d := range []struct{ path, out, want string }{
		{"/repos/acme/shop/issues", `[{"id":1}]`, "node_id"},
		{"/repos/acme/shop/issues?state=merged", `[]`, "state"},
		{"/repos/acme/shop/issues?since=yesterday", `[]`, "since"},
		{"/repos/acme/shop/issues/x", `{}`, "issue_number"},
		{"/repos/acme/shop/pulls/3", `{"id":"3"}`, "id"},
		{"/repos/acme/shop/issues/1/nothing", `{}`, "not described"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.github.com"+d.path, nil)
		must(t, err)
		if got := strings.Join(c.Check(byName(r), nil, 200, header, []byte(d.out)), "; "); !strings.Contains(got, d.want) {
			t.Errorf("%s -> %s: %q, want something about %s", d.path, d.out, got, d.want)
		}
	}
}

// schemas are what the description says of each kind of event in a timeline.
// The timeline's own is any of them, and one of those asks for nothing, so that
// it fits everything.
var schemas = map[string]string{
	"labeled": "labeled-issue-event", "unlabeled": "unlabeled-issue-event", "milestoned": "milestoned-issue-event", "demilestoned": "demilestoned-issue-event",
	"renamed": "renamed-issue-event", "review_requested": "review-requested-issue-event", "locked": "locked-issue-event",
	"commented": "timeline-comment-event", "cross-referenced": "timeline-cross-referenced-event", "committed": "timeline-committed-event",
	"reviewed": "timeline-reviewed-event", "line-commented": "timeline-line-commented-event", "assigned": "timeline-assigned-issue-event",
	"unassigned": "timeline-unassigned-issue-event", "closed": "state-change-issue-event", "reopened": "state-change-issue-event", "merged": "state-change-issue-event",
	"issue_type_added": "issue-type-added-issue-event", "issue_type_removed": "issue-type-removed-issue-event", "issue_type_changed": "issue-type-changed-issue-event",
	"sub_issue_added": "sub-issue-added-issue-event", "sub_issue_removed": "sub-issue-removed-issue-event", "parent_issue_added": "parent-issue-added-issue-event",
	"parent_issue_removed": "parent-issue-removed-issue-event", "blocked_by_added": "blocked-by-added-issue-event", "blocked_by_removed": "blocked-by-removed-issue-event",
	"blocking_added": "blocking-added-issue-event", "blocking_removed": "blocking-removed-issue-event",
	"connected": "state-change-issue-event", "ready_for_review": "state-change-issue-event", "convert_to_draft": "state-change-issue-event",
}

// undescribed are kinds of events that live timelines have and the description
// does not know.
var undescribed = []string{"added_to_project_v2", "project_v2_item_status_changed"}

func TestTimelineContract(t *testing.T) {
	c := newContract(t)
	w := eventful(newClock())
	s := NewServer(Options{}, w)
	met := map[string]bool{}
	all := func(deleted bool) {
		for _, path := range []string{"/repos/acme/shop/issues/1/timeline", "/repos/acme/shop/issues/2/timeline", "/repos/acme/shop/issues/3/timeline", "/repos/acme/pay/issues/1/timeline"} {
			for _, e := range listOf(t, s, path) {
				kind := e["event"].(string)
				if slices.Contains(undescribed, kind) {
					continue
				}
				met[kind] = true
				schema := c.Docs[0].Components.Schemas[schemas[kind]]
				if schema == nil {
					t.Errorf("%s: an event %s", path, kind)
					continue
				}
				err := schema.Value.VisitJSON(e, openapi3.MultiErrors())
				for _, v := range describedtest.Flatten(kind, err) {
					// Whose account was deleted is nobody; the description has no nobody there.
					if nobody := regexp.MustCompile(`^(/comments/0)?/(actor|user|assignee|requested_reviewer|review_requester|source/issue/user)$`); deleted && nobody.MatchString(v.Pointer) {
						continue
					}
					t.Errorf("%s: %s %s: %s", path, kind, v.Pointer, v.Reason)
				}
			}
		}
	}
	all(false)
	for kind := range schemas {
		if !met[kind] {
			t.Errorf("no timeline has %s", kind)
		}
	}
	w.DeleteUser("ben")
	all(true)
}

// list asks for a list and returns its elements.
func listOf(t *testing.T, s *Server, path string) []map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.github.com"+path, nil)
	must(t, err)
	resp, err := s.Client().Do(r)
	must(t, err)
	var out []map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatalf("%s: %s: %v", path, resp.Status, err)
	}
	return out
}
