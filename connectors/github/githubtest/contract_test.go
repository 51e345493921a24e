package githubtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// exceptions are where the server departs from the description on purpose: what
// live sites do beats what the description says. Each has to be met.
var exceptions = []struct{ where, pointer, reason, why string }{
	{"answer to GET /repos/{}/{}/pulls/{}", "/user", "nullable", "whose account was deleted is nobody; the description has that for issues and in lists, but not here"},
	{"answer to GET /repos/{}/{}/issues/{}/events", "/[0-9]+", "anyOf", "as above: who acted may be nobody"},
}

// contract holds exchanges to the vendor's description of REST, which is not
// part of the project: see the folder "shared" beside it.
type contract struct {
	doc  *openapi3.T
	opts *openapi3filter.Options
	met  map[int]bool
}

// load reads the description once for all tests.
var load = sync.OnceValues(func() (*openapi3.T, error) {
	path, err := description("github-trim.json")
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromFile(path)
})

func newContract(t *testing.T) *contract {
	t.Helper()
	doc, err := load()
	if errors.Is(err, errNoSchema) {
		t.Skip(err)
	}
	must(t, err)
	check := func(ok func(string) bool) openapi3.StringFormatValidator {
		return openapi3.NewCallbackValidator(func(s string) error {
			if ok(s) {
				return nil
			}
			return errors.New("not of the format")
		})
	}
	return &contract{doc: doc, met: map[int]bool{}, opts: &openapi3filter.Options{
		MultiError: true, IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, ExcludeReadOnlyValidations: true,
		RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{
			openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
				"date-time": check(func(s string) bool { _, err := time.Parse(time.RFC3339, s); return err == nil }),
				"uri":       check(func(s string) bool { u, err := url.Parse(s); return err == nil && u.IsAbs() }),
			}),
			openapi3.EnableFormatValidation(),
		},
	}}
}

var anyName = regexp.MustCompile(`\{[^}]*\}`)

// route finds what the description says of a request. What lies below a
// repository's id is described below its name.
func (c *contract) route(r *http.Request) (*routers.Route, map[string]string) {
	path := r.URL.EscapedPath()
	if m := regexp.MustCompile(`^/repositories/\d+`).FindString(path); m != "" {
		path = "/repos/acme/shop" + strings.TrimPrefix(path, m)
	}
	for _, pattern := range c.doc.Paths.InMatchingOrder() {
		item := c.doc.Paths.Value(pattern)
		args, ok := match(pattern, path)
		if op := item.GetOperation(r.Method); ok && op != nil {
			return &routers.Route{Spec: c.doc, Path: pattern, PathItem: item, Method: r.Method, Operation: op}, args
		}
	}
	return nil, nil
}

// violation is a departure from the description.
type violation struct{ where, pointer, reason string }

// flatten takes nested errors apart.
func flatten(where string, err error) []violation {
	var out []violation
	switch e := err.(type) {
	case nil:
	case openapi3.MultiError:
		for _, one := range e {
			out = append(out, flatten(where, one)...)
		}
	case *openapi3filter.RequestError:
		if e.Err != nil {
			if e.Parameter != nil {
				where += "/" + e.Parameter.Name
			}
			return flatten(where, e.Err)
		}
		out = append(out, violation{where, "", e.Error()})
	case *openapi3filter.ResponseError:
		if e.Err != nil {
			return flatten(where, e.Err)
		}
		out = append(out, violation{where, "", e.Reason})
	case *openapi3.SchemaError:
		pointer := strings.Join(e.JSONPointer(), "/")
		if pointer != "" {
			pointer = "/" + pointer
		}
		out = append(out, violation{where, pointer, strings.TrimSpace(e.SchemaField + ": " + e.Reason)})
	default:
		out = append(out, violation{where, "", err.Error()})
	}
	return out
}

var anyNumber = regexp.MustCompile(`/[0-9]+`)

// check returns how an exchange departs from the description, exceptions left
// out. What is not described is a violation, too.
func (c *contract) check(r *http.Request, in []byte, status int, header http.Header, body []byte) []string {
	at, params := c.route(r)
	if at == nil {
		return []string{r.Method + " " + r.URL.Path + " is not described"}
	}
	name := r.Method + " " + anyName.ReplaceAllString(at.Path, "{}")
	ctx := context.Background()
	r = r.Clone(ctx)
	r.Body = io.NopCloser(bytes.NewReader(in))
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: at, Options: c.opts}
	all := flatten("request "+name, openapi3filter.ValidateRequest(ctx, input))
	all = append(all, flatten("answer to "+name, openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)), Options: c.opts,
	}))...)
	var out []string
	for _, v := range all {
		if !c.excepted(v) {
			out = append(out, fmt.Sprintf("%s (%d): %s: %s", v.where, status, anyNumber.ReplaceAllString(v.pointer, "/N"), v.reason))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *contract) excepted(v violation) bool {
	for i, e := range exceptions {
		where := strings.ReplaceAll(regexp.QuoteMeta(e.where), `\.\*`, ".*")
		if regexp.MustCompile("^"+where+"$").MatchString(v.where) && regexp.MustCompile("^"+e.pointer+"$").MatchString(v.pointer) && regexp.MustCompile(e.reason).MatchString(v.reason) {
			c.met[i] = true
			return true
		}
	}
	return false
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
			for _, v := range c.check(r, nil, resp.StatusCode, resp.Header, body) {
				t.Errorf("%s: %s", path, v)
			}
			if next := nextOf(resp.Header); next != "" && token == "secret" {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, next, nil)
				must(t, err)
				if _, params := c.route(r); params == nil {
					t.Errorf("%s leads on to %s, which is not described", path, next)
				}
			}
		}
		for _, path := range described {
			ask(path, "secret")
		}
		ask("/user", "wrong")
	}
	for i, e := range exceptions {
		if !c.met[i] {
			t.Errorf("the exception for %s %s is never met", e.where, e.pointer)
		}
	}
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
		if got := strings.Join(c.check(r, nil, 200, header, []byte(d.out)), "; "); !strings.Contains(got, d.want) {
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
				schema := c.doc.Components.Schemas[schemas[kind]]
				if schema == nil {
					t.Errorf("%s: an event %s", path, kind)
					continue
				}
				err := schema.Value.VisitJSON(e, openapi3.MultiErrors())
				for _, v := range flatten(kind, err) {
					// Whose account was deleted is nobody; the description has no nobody there.
					if nobody := regexp.MustCompile(`^(/comments/0)?/(actor|user|assignee|requested_reviewer|review_requester|source/issue/user)$`); deleted && nobody.MatchString(v.pointer) {
						continue
					}
					t.Errorf("%s: %s %s: %s", path, kind, v.pointer, v.reason)
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
