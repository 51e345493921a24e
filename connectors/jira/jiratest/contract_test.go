package jiratest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"smokestack/connectors/describedtest"
)

// Each exception has to be met.
var exceptions = []describedtest.Exception{
	{Where: "answer to GET /rest/api/.*/serverInfo", Pointer: "/(serverTime|buildDate)", Reason: "format",
		Why: "times of Jira have an offset without a colon; the description calls them RFC 3339"},
	{Where: "answer to GET /rest/api/.*/serverInfo", Pointer: "", Reason: `"defaultLocale" is unsupported`,
		Why: "live sites tell a member more than the description: decoders have to bear that"},
	{Where: "answer to .*", Pointer: "(/issues/[0-9]+)?/changelog/histories/[0-9]+/created", Reason: "oneOf",
		Why: "as above: an offset without a colon"},
	{Where: "answer to .*", Pointer: "(/issues/[0-9]+)?/fields/[a-zA-Z0-9_]+", Reason: "nullable",
		Why: "a field without a value is null; the description says nothing of fields, which the checker takes for no null"},
	{Where: "answer to .*", Pointer: ".*/items/[0-9]+/(from|to|fromString|toString)", Reason: "nullable",
		Why: "a side of a change that is empty is null, on live sites as here"},
	{Where: "answer to .*", Pointer: ".*/items/[0-9]+", Reason: `"tmp(From|To)AccountId" is unsupported`,
		Why: "live sites name accounts twice in a change of assignee"},
	{Where: "answer to GET /rest/api/.*/issue/{}/changelog", Pointer: "/values/[0-9]+/created", Reason: "oneOf",
		Why: "as above: an offset without a colon"},
	{Where: "answer to GET /rest/agile/1.0/board/{}/configuration", Pointer: "/location", Reason: "is unsupported",
		Why: "live sites name the project by key, id, name and address; so does the vendor's own example"},
}

func newContract(t *testing.T) *describedtest.Contract {
	t.Helper()
	return describedtest.New(t, exceptions, "jira-trim.json", "jira-agile-trim.json")
}

// checked is a way to a server that checks what passes through it.
func checked(t *testing.T, c *describedtest.Contract, s *Server) http.RoundTripper {
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
		for _, v := range c.Check(r, in, resp.StatusCode, resp.Header, body) {
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
	client := &http.Client{Transport: checked(t, c, f.Server)}
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
	c.Met(t)
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
		got := strings.Join(c.Check(r, []byte(d.in), 200, header, []byte(d.out)), "; ")
		if !strings.Contains(got, d.want) {
			t.Errorf("%s %s %s -> %s: %q, want something about %s", d.method, d.path, d.in, d.out, got, d.want)
		}
	}
}
