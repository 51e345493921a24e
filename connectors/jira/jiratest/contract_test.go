package jiratest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
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

// The vendor's descriptions of Jira Cloud's interface. They are not part of the
// project: see the folder "shared" beside it.
var descriptions = []string{"jira-trim.json", "jira-agile-trim.json"}

// exceptions are where the server departs from the description on purpose: what
// live sites do beats what the description says. Each has to be met.
var exceptions = []struct{ where, pointer, reason, why string }{
	{"answer to GET serverInfo", "/(serverTime|buildDate)", "format", "times of Jira have an offset without a colon; the description calls them RFC 3339"},
	{"answer to GET serverInfo", "", `"defaultLocale" is unsupported`, "live sites tell a member more than the description: decoders have to bear that"},
	{"answer to .*", "(/issues/[0-9]+)?/changelog/histories/[0-9]+/created", "oneOf", "as above: an offset without a colon"},
	{"answer to .*", "(/issues/[0-9]+)?/fields/[a-zA-Z0-9_]+", "nullable", "a field without a value is null; the description says nothing of fields, which the checker takes for no null"},
	{"answer to .*", ".*/items/[0-9]+/(from|to|fromString|toString)", "nullable", "a side of a change that is empty is null, on live sites as here"},
	{"answer to .*", ".*/items/[0-9]+", `"tmp(From|To)AccountId" is unsupported`, "live sites name accounts twice in a change of assignee"},
	{"answer to GET issue/{}/changelog", "/values/[0-9]+/created", "oneOf", "as above: an offset without a colon"},
	{"answer to GET /rest/agile/1.0/board/{}/configuration", "/location", "is unsupported", "live sites name the project by key, id, name and address; so does the vendor's own example"},
}

// contract holds exchanges to the descriptions.
type contract struct {
	docs []*openapi3.T
	opts *openapi3filter.Options
	met  map[int]bool
}

func newContract(t *testing.T) *contract {
	t.Helper()
	c := &contract{met: map[int]bool{}}
	for _, name := range descriptions {
		path := filepath.Join("..", "..", "..", "..", "shared", "specs", name)
		if _, err := os.Stat(path); err != nil {
			t.Skipf("the vendor's description is not here: %v", err)
		}
		doc, err := openapi3.NewLoader().LoadFromFile(path)
		must(t, err)
		c.docs = append(c.docs, doc)
	}
	check := func(ok func(string) bool) openapi3.StringFormatValidator {
		return openapi3.NewCallbackValidator(func(s string) error {
			if ok(s) {
				return nil
			}
			return errors.New("not of the format")
		})
	}
	c.opts = &openapi3filter.Options{
		MultiError: true, IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, ExcludeReadOnlyValidations: true,
		RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{
			openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
				"date-time": check(func(s string) bool { _, err := time.Parse(time.RFC3339, s); return err == nil }),
				"uri":       check(func(s string) bool { u, err := url.Parse(s); return err == nil && u.IsAbs() }),
			}),
			openapi3.EnableFormatValidation(),
		},
	}
	return c
}

// route finds what the descriptions say of a request.
func (c *contract) route(r *http.Request) (*routers.Route, map[string]string) {
	for _, doc := range c.docs {
		for _, path := range doc.Paths.InMatchingOrder() {
			item := doc.Paths.Value(path)
			names := regexp.MustCompile(`\{[^}]*\}`).FindAllString(path, -1)
			args, ok := match(regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "{}"), r.URL.EscapedPath())
			if op := item.GetOperation(r.Method); ok && op != nil {
				params := map[string]string{}
				for i, name := range names {
					params[strings.Trim(name, "{}")] = args[i]
				}
				return &routers.Route{Spec: doc, Path: path, PathItem: item, Method: r.Method, Operation: op}, params
			}
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
			reason := ""
			if e.Parameter != nil {
				reason = "/" + e.Parameter.Name
			}
			return flatten(where+reason, e.Err)
		}
		out = append(out, violation{where, "", e.Error()})
	case *openapi3filter.ResponseError:
		if e.Err != nil {
			return flatten(where, e.Err)
		}
		out = append(out, violation{where, "", e.Reason})
	case *openapi3.SchemaError:
		if e.SchemaField == "allOf" { // one of the schemas says why
			for inner := errors.Unwrap(e.Origin); inner != nil; inner = errors.Unwrap(inner) {
				if list, ok := inner.(openapi3.MultiError); ok {
					return flatten(where, list)
				}
			}
		}
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

// check returns how an exchange departs from the descriptions, exceptions left
// out. Without a description an exchange is a violation, too.
func (c *contract) check(r *http.Request, in []byte, route string, status int, header http.Header, body []byte) []string {
	at, params := c.route(r)
	name := regexp.MustCompile(`^(\S+) /rest/api/\d/`).ReplaceAllString(route, "$1 ")
	if at == nil {
		return []string{name + " is not described"}
	}
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
			out = append(out, fmt.Sprintf("%s: %s: %s", v.where, anyNumber.ReplaceAllString(v.pointer, "/N"), v.reason))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var anyNumber = regexp.MustCompile(`/[0-9]+`)

// patterns are the exceptions, ready to be compared.
var patterns = sync.OnceValue(func() (out [][3]*regexp.Regexp) {
	for _, e := range exceptions {
		where := strings.ReplaceAll(regexp.QuoteMeta(e.where), `\.\*`, ".*")
		out = append(out, [3]*regexp.Regexp{regexp.MustCompile("^" + where + "$"), regexp.MustCompile("^" + e.pointer + "$"), regexp.MustCompile(e.reason)})
	}
	return out
})

func (c *contract) excepted(v violation) bool {
	for i, p := range patterns() {
		if p[0].MatchString(v.where) && p[1].MatchString(v.pointer) && p[2].MatchString(v.reason) {
			c.met[i] = true
			return true
		}
	}
	return false
}

// transport checks what passes through it.
func (c *contract) transport(t *testing.T, s *Server) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		var in []byte
		if r.Body != nil {
			var err error
			if in, err = io.ReadAll(r.Body); err != nil {
				return nil, err
			}
			r.Body = io.NopCloser(bytes.NewReader(in))
		}
		resp, err := s.Transport().RoundTrip(r)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		log := s.Requests()
		for _, v := range c.check(r, in, log[len(log)-1].Route, resp.StatusCode, resp.Header, body) {
			t.Errorf("%s %s: %s", r.Method, r.URL.RequestURI(), v)
		}
		return resp, nil
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// described are requests to everything that the descriptions have: good ones,
// and such that are refused.
var described = []struct{ method, path, body string }{
	{"GET", "/rest/api/N/serverInfo", ""},
	{"GET", "/rest/api/N/myself", ""},
	{"GET", "/rest/api/N/field", ""},
	{"GET", "/rest/api/N/status", ""},
	{"GET", "/rest/api/N/statuscategory", ""},
	{"GET", "/rest/api/3/priority", ""},
	{"GET", "/rest/api/3/resolution", ""},
	{"GET", "/rest/api/N/issueLinkType", ""},
	{"GET", "/rest/api/N/issuetype", ""},
	{"GET", "/rest/api/N/project/search?maxResults=2", ""},
	{"GET", "/rest/api/N/project/CHK", ""},
	{"GET", "/rest/api/N/project/10101", ""},
	{"GET", "/rest/api/N/project/NOPE", ""},
	{"GET", "/rest/api/N/project/CHK/statuses", ""},
	{"GET", "/rest/api/N/project/CHK/components", ""},
	{"GET", "/rest/api/N/project/INV/versions", ""},
	{"GET", "/rest/api/N/search/jql?jql=project%3DCHK&fields=*all&expand=names,schema,changelog&maxResults=100", ""},
	{"GET", "/rest/api/N/search/jql?jql=project%3DNOPE", ""},
	{"POST", "/rest/api/N/search/jql", `{"jql":"project = CHK","maxResults":20,"fields":["*all"],"expand":"changelog,names,schema","reconcileIssues":[10001],"properties":[],"fieldsByKeys":false}`},
	{"POST", "/rest/api/N/search/jql", `{"jql":"project = CHK","fields":["id"],"maxResults":5000}`},
	{"POST", "/rest/api/N/search/jql", `{"jql":""}`},
	{"POST", "/rest/api/N/search/approximate-count", `{"jql":"project = CHK"}`},
	{"POST", "/rest/api/N/search/approximate-count", `{"jql":""}`},
	{"POST", "/rest/api/N/changelog/bulkfetch", `{"issueIdsOrKeys":["10001","INV-2","CHK-3"],"maxResults":5,"fieldIds":["status","assignee"]}`},
	{"POST", "/rest/api/N/changelog/bulkfetch", `{"issueIdsOrKeys":["10001","10002","10003","10004"],"maxResults":10000}`},
	{"POST", "/rest/api/N/changelog/bulkfetch", `{"issueIdsOrKeys":["10001"],"nextPageToken":"no such"}`},
	{"POST", "/rest/api/N/issue/bulkfetch", `{"issueIdsOrKeys":["10001","INV-2","INV-3","NOPE-3"],"fields":["*all"],"expand":["names","schema","changelog"]}`},
	{"GET", "/rest/api/N/issue/CHK-1?expand=names,schema,changelog", ""},
	{"GET", "/rest/api/N/issue/NOPE-1", ""},
	{"GET", "/rest/api/N/issue/CHK-1/changelog?maxResults=2&startAt=1", ""},
	{"GET", "/rest/agile/1.0/board?projectKeyOrId=CHK&startAt=0&maxResults=50", ""},
	{"GET", "/rest/agile/1.0/board?projectKeyOrId=NOPE", ""},
	{"GET", "/rest/agile/1.0/board/2/configuration", ""},
	{"GET", "/rest/agile/1.0/board/1/configuration", ""},
	{"GET", "/rest/agile/1.0/board/99/configuration", ""},
	{"GET", "/rest/agile/1.0/board/2/sprint?startAt=2&maxResults=3", ""},
	{"GET", "/rest/agile/1.0/board/1/sprint", ""},
	{"GET", "/rest/agile/1.0/sprint/2003", ""},
}

// Where the descriptions are silent, nothing is to be said: whether the server
// is right there, only a live site can tell.
func TestContract(t *testing.T) {
	c := newContract(t)
	f := newFake(t, Options{Token: "secret", Email: "bot@acme.example"})
	f.stir(7, 60)
	f.Fail("INV-3", "Timed out.")
	client := &http.Client{Transport: c.transport(t, f.Server)}
	ask := func(method, path, body, password string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, site+path, strings.NewReader(body))
		must(t, err)
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		} else {
			r.Body = nil
		}
		r.SetBasicAuth("bot@acme.example", password)
		resp, err := client.Do(r)
		must(t, err)
		must(t, resp.Body.Close())
	}
	for _, d := range described {
		for _, api := range []string{"2", "3"} {
			ask(d.method, strings.Replace(d.path, "/N/", "/"+api+"/", 1), d.body, "secret")
		}
	}
	ask("GET", "/rest/api/2/myself", "", "wrong")
	ask("GET", "/rest/api/3/field", "", "wrong")
	for i, e := range exceptions {
		if !c.met[i] {
			t.Errorf("the exception for %s %s is never met", e.where, e.pointer)
		}
	}
}

// A check that never fails checks nothing.
func TestContractHasTeeth(t *testing.T) {
	c := newContract(t)
	header := http.Header{"Content-Type": {jsonType}}
	for _, d := range []struct{ method, path, in, out, want string }{
		{"POST", "/rest/api/3/changelog/bulkfetch", `{"issueIdsOrKeys":["1"],"maxResults":10001}`, `{}`, "maximum"},
		{"POST", "/rest/api/3/changelog/bulkfetch", `{"issueIdsOrKeys":[1]}`, `{}`, "type"},
		{"POST", "/rest/api/3/changelog/bulkfetch", `{"issueIdsOrKeys":["1"]}`, `{"issueChangeLogs":[{"issueId":1}]}`, "issueId"},
		{"POST", "/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["1"]}`, `{"issues":[],"issueErrors":["1"]}`, "object"},
		{"POST", "/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["1"]}`, `{"issues":[],"issueErrors":[{"id":1,"errorMessage":"x"}]}`, "id"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"project = A","startAt":5}`, `{}`, "startAt"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"project = A","expand":["names"]}`, `{}`, "expand"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"project = A"}`, `{"issues":[],"nextPageToken":null}`, "nextPageToken"},
		{"POST", "/rest/api/3/search/jql", `{"jql":"project = A"}`, `{"issues":[],"total":3}`, "total"},
		{"GET", "/rest/api/3/issueLinkType", ``, `[]`, "type"},
		{"GET", "/rest/api/3/search", ``, `{}`, "not described"},
		{"GET", "/rest/api/3/project/search?maxResults=many", ``, `{}`, "maxResults"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), d.method, site+d.path, strings.NewReader(d.in))
		must(t, err)
		if d.in != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		got := strings.Join(c.check(r, []byte(d.in), d.method+" "+d.path, 200, header, []byte(d.out)), "; ")
		if !strings.Contains(got, d.want) {
			t.Errorf("%s %s %s -> %s: %q, want something about %s", d.method, d.path, d.in, d.out, got, d.want)
		}
	}
}
