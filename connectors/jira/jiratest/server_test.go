package jiratest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

func basic(name, password string) string {
	return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
}

const (
	mail   = "bot@acme.example"
	secret = "s3cret-token"
)

// Credentials on the two Jiras, as measured on live sites where it says so in
// auth.go. "name path" is what is asked; the answer is a status and a part of
// the body or, after a colon, of a header.
func TestCredentials(t *testing.T) {
	t.Parallel()
	cloud := Options{Token: secret, Email: mail}
	anonymous := Options{Token: secret, Email: mail, Anonymous: true, Public: []string{"ORD"}}
	scoped := Options{Token: secret, Email: mail, Scoped: true, Scopes: []string{readWork, readUser, readBoard}}
	server := Options{Mode: DataCenter, Token: secret, Email: "reader"}
	good, wrong := basic(mail, secret), basic(mail, "wrong")
	gateway := "/ex/jira/" + defaultCloudID
	const api, agile = "/rest/api/3/", "/rest/agile/1.0/"
	for _, c := range []struct {
		o            Options
		path, header string
		status       int
		want         string
	}{
		{cloud, api + "myself", good, 200, askerID},
		{cloud, api + "myself", basic(strings.ToUpper(mail), secret), 200, askerID},
		{cloud, api + "myself", basic("else@acme.example", secret), 401, unauthenticated},
		{cloud, api + "myself", wrong, 401, unauthenticated},
		{cloud, api + "field", wrong, 401, `Www-Authenticate: OAuth realm="https%3A%2F%2Facme.example"`},
		{cloud, api + "field", wrong, 401, "X-Seraph-Loginreason: AUTHENTICATED_FAILED"},
		{cloud, api + "field", "", 401, unauthenticated},
		{cloud, api + "field", "Authorization: Bearer " + secret, 403, "Failed to parse Connect Session Auth Token"},
		{cloud, api + "serverInfo", "", 200, "Cloud"},
		{cloud, api + "serverInfo", wrong, 200, "X-Seraph-Loginreason: AUTHENTICATED_FAILED"},
		{cloud, "/_edge/tenant_info", "", 200, defaultCloudID},
		{anonymous, api + "myself", wrong, 401, unauthenticated},
		{anonymous, api + "field", wrong, 200, "X-Seraph-Loginreason: AUTHENTICATED_FAILED"},
		{anonymous, api + "field", good, 200, "X-Seraph-Loginreason: "},
		{anonymous, api + "project/search", wrong, 200, `"total":1`},
		{anonymous, api + "project/search", good, 200, `"total":3`},
		{anonymous, api + "search/jql?jql=project%3DINV", wrong, 400, "The value 'INV' does not exist"},
		{anonymous, api + "search/jql?jql=project%3DORD", "", 200, "isLast"},
		{anonymous, api + "issue/INV-1", wrong, 404, noIssue},
		{cloud, gateway + api + "myself", good, 200, site + gateway + api + "user?accountId="},
		{cloud, gateway + api + "myself", "Authorization: Bearer " + secret, 200, askerID},
		{cloud, gateway + api + "myself", wrong, 401, `{"code":401,"message":"Unauthorized"}`},
		{cloud, "/ex/jira/another-id" + api + "myself", good, 404, ""},
		{scoped, api + "myself", good, 401, unauthenticated},
		{scoped, gateway + api + "myself", good, 200, askerID},
		{scoped, gateway + agile + "board", good, 200, gateway + agile + "board/1"},
		{scoped, gateway + agile + "board/2/configuration", good, 401, "scope does not match"},
		{scoped, gateway + agile + "board/2/sprint", good, 401, "scope does not match"},
		{server, "/rest/api/2/myself", "Authorization: Bearer " + secret, 200, "X-Seraph-Loginreason: OK"},
		{server, "/rest/api/2/myself", basic("reader", secret), 200, `"name":"` + askerID},
		{server, "/rest/api/2/myself", "Authorization: Bearer wrong", 401, `{"message":"` + unauthenticated + `","status-code":401}`},
		{server, "/rest/api/2/field", "Authorization: Bearer wrong", 401, "Www-Authenticate: OAuth realm="},
		{server, "/rest/api/2/field", basic("reader", "wrong"), 401, "<title>Unauthorized (401)"},
		{server, "/rest/api/2/serverInfo", "", 200, `"deploymentType":"Server"`},
		{server, "/_edge/tenant_info", "", 404, "null for uri"},
		{server, gateway + "/rest/api/2/myself", "Authorization: Bearer " + secret, 404, ""},
	} {
		f := newFake(t, c.o)
		var headers []string
		if c.header != "" {
			headers = []string{c.header}
		}
		r := f.get(c.path, headers...)
		ok := strings.Contains(r.body, c.want)
		if name, value, isHeader := strings.Cut(c.want, ": "); isHeader {
			ok = strings.HasPrefix(r.header.Get(name), value)
			if value == "" {
				ok = r.header.Get(name) == ""
			}
		}
		if r.status != c.status || !ok {
			t.Errorf("%v %s with %q: %d %v %.200s, want %d %s", c.o.Mode, c.path, c.header, r.status, r.header, r.body, c.status, c.want)
		}
	}
}

// The line that a 401 of Cloud consists of is called JSON if JSON is asked for.
func TestUnauthorizedIsNoJSON(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{Token: secret, Email: mail})
	for accept, want := range map[string]string{"application/json": jsonType, "*/*": "text/html;charset=UTF-8"} {
		r := f.get("/rest/api/3/myself", "Accept: "+accept)
		if got := r.header.Get("Content-Type"); got != want || json.Valid([]byte(r.body)) {
			t.Errorf("%s: %s %s", accept, got, r.body)
		}
	}
}

func TestOptionsChange(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{Token: secret, Email: mail})
	ask := func() int { return f.get("/rest/api/3/field", basic(mail, secret)).status }
	if got := ask(); got != http.StatusOK {
		t.Fatal(got)
	}
	f.Set(func(o *Options) { o.Token = "another" }) // it expired
	if got := ask(); got != http.StatusUnauthorized {
		t.Error(got)
	}
	f.Set(func(o *Options) { o.SSO = true })
	for _, path := range []string{"/rest/api/3/field", "/rest/api/3/myself", "/rest/api/3/nothing", "/rest/api/2/serverInfo"} {
		if r := f.get(path); r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Type"), "text/html") || !strings.Contains(r.body, "<title>Log in") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}

// The account's zone is told, and times are written in it, without a colon.
func TestZones(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Cloud, DataCenter} {
		for name, offset := range map[string]string{"America/Caracas": "-0400", "Pacific/Tongatapu": "+1300", "Asia/Kolkata": "+0530", "": "+0000"} {
			o := Options{Mode: mode}
			want := "UTC"
			if name != "" {
				o.Zone, want = zone(t, name), name
			}
			f := newFake(t, o)
			var me struct{ TimeZone string }
			f.get("/rest/api/2/myself").read(t, &me)
			var is struct {
				Fields struct{ Created, Updated string }
			}
			f.get("/rest/api/2/issue/INV-1").read(t, &is)
			if me.TimeZone != want || !strings.HasSuffix(is.Fields.Created, offset) || !strings.HasSuffix(is.Fields.Updated, offset) {
				t.Errorf("%v %s: %+v %+v", mode, name, me, is)
			}
			at, err := time.Parse(stampLayout, is.Fields.Created)
			if must(t, err); fact.At(at) != f.Record("INV-1").Created {
				t.Errorf("%v is another moment", at)
			}
		}
	}
}

// Addresses in answers are those of the site, whatever the request came to, or
// where it came to if the site has none; a context path belongs to them.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ base, ask, want string }{
		{"", "https://one.example/rest/api/2/issue/INV-1", "https://one.example/rest/api/2/issue/10001"},
		{"", "http://127.0.0.1:8080/rest/api/2/issue/INV-1", "http://127.0.0.1:8080/rest/api/2/issue/10001"},
		{"https://jira.example", "http://127.0.0.1:8080/rest/api/2/issue/INV-1", "https://jira.example/rest/api/2/issue/10001"},
		{"https://tracker.example:8443/jira/", "https://tracker.example:8443/jira/rest/api/2/issue/INV-1", "https://tracker.example:8443/jira/rest/api/2/issue/10001"},
		{"https://tracker.example:8443/jira/", "https://tracker.example:8443/rest/api/2/issue/INV-1", ""},
	} {
		f := newFake(t, Options{Mode: DataCenter, BaseURL: c.base})
		r := f.get(c.ask)
		if c.want == "" {
			if r.status != http.StatusNotFound {
				t.Errorf("%s: %d", c.ask, r.status)
			}
			continue
		}
		var is struct{ Self string }
		if r.read(t, &is); is.Self != c.want {
			t.Errorf("%s: %s, want %s", c.ask, is.Self, c.want)
		}
	}
}

func TestDataCenterBucket(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{Mode: DataCenter, Bucket: Bucket{Limit: 3, FillRate: 2, Interval: 5 * time.Second}})
	got := ""
	ask := func() {
		r := f.get("/rest/api/2/field")
		got += fmt.Sprintf("%d %s %s; ", r.status, r.header.Get("X-RateLimit-Remaining"), r.header.Get("Retry-After"))
		if r.status == http.StatusTooManyRequests && !strings.HasPrefix(r.body, "<html>") {
			t.Errorf("429 with %s", r.body)
		}
		if r.header.Get("X-RateLimit-Limit") != "3" || r.header.Get("X-RateLimit-FillRate") != "2" || r.header.Get("X-RateLimit-Interval-Seconds") != "5" {
			t.Errorf("%v", r.header)
		}
	}
	for range 4 {
		ask()
	}
	f.add(2 * time.Second)
	ask()
	f.add(3 * time.Second)
	for range 3 {
		ask()
	}
	f.add(time.Hour)
	ask()
	if want := "200 2 0; 200 1 0; 200 0 0; 429 0 5; 429 0 3; 200 1 0; 200 0 0; 429 0 5; 200 2 0; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode         Mode
		method, path string
		status       int
		kind, want   string
	}{
		{Cloud, "GET", "/rest/api/3/nothing", 404, problemType, "No endpoint GET /rest/api/3/nothing."},
		{Cloud, "GET", "/rest/api/4/field", 404, problemType, "No endpoint"},
		{Cloud, "GET", "/elsewhere", 404, "text/html;charset=UTF-8", "dead link"},
		{Cloud, "PUT", "/rest/api/3/search/jql", 405, problemType, "Method 'PUT' is not supported."},
		{Cloud, "DELETE", "/rest/api/3/issue/INV-1", 405, problemType, "DELETE"},
		{Cloud, "GET", "/rest/api/3/search/jql?jql=project%3DINV&maxResults=many", 400, problemType, "Failed to convert 'maxResults' with value: 'many'"},
		{DataCenter, "GET", "/rest/api/2/nothing", 404, jsonType, "null for uri: https://acme.example/rest/api/2/nothing"},
		{DataCenter, "PUT", "/rest/api/2/search", 405, "", ""},
	} {
		f := newFake(t, Options{Mode: c.mode})
		r := f.do(c.method, c.path, "")
		if r.status != c.status || r.header.Get("Content-Type") != c.kind || !strings.Contains(r.body, c.want) {
			t.Errorf("%v %s %s: %d %s %s", c.mode, c.method, c.path, r.status, r.header.Get("Content-Type"), r.body)
		}
	}
}

func TestProjectsAndBoards(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Cloud, DataCenter} {
		f := newFake(t, Options{Mode: mode})
		var p struct {
			ID, Key, Name string
			IssueTypes    []struct {
				Name           string
				Subtask        bool
				HierarchyLevel *int
			}
			Versions   []struct{ ID, Name, ReleaseDate string }
			Components []struct{ ID, Name string }
		}
		f.get("/rest/api/2/project/INV").read(t, &p)
		if p.Key != "INV" || len(p.Components) != 2 || len(p.IssueTypes) != 6 {
			t.Errorf("%v: %+v", mode, p)
		}
		for _, typ := range p.IssueTypes {
			if (typ.HierarchyLevel == nil) != (mode == DataCenter) || typ.Subtask != (typ.Name == "Sub-task") {
				t.Errorf("%v: %+v", mode, typ)
			}
		}
		f.ForbidProject("ORD")
		for name, want := range map[string]string{"NOPE": "No project could be found with key 'NOPE'.", "ORD": "No project could be found with key 'ORD'.", "10102": "No project could be found with id '10102'."} {
			if r := f.get("/rest/api/2/project/" + name); r.status != http.StatusNotFound || !strings.Contains(r.body, want) {
				t.Errorf("%s: %d %s", name, r.status, r.body)
			}
		}
		var boards struct {
			Total, MaxResults int
			IsLast            bool
			Values            []struct {
				ID   int
				Type string
			}
		}
		f.get("/rest/agile/1.0/board?maxResults=1000").read(t, &boards)
		if boards.Total != 2 || boards.MaxResults != 50 || !boards.IsLast || boards.Values[0].Type != "kanban" || boards.Values[1].Type != "scrum" {
			t.Errorf("%v: %+v", mode, boards)
		}
		f.get("/rest/agile/1.0/board?projectKeyOrId=CHK").read(t, &boards)
		if len(boards.Values) != 1 || boards.Values[0].ID != 2 {
			t.Errorf("%v: %+v", mode, boards)
		}
		if r := f.get("/rest/agile/1.0/board?projectKeyOrId=ORD"); r.status != http.StatusBadRequest {
			t.Errorf("a board of a forbidden project: %d", r.status)
		}
		var config struct {
			Estimation   *struct{ Field struct{ FieldID string } }
			ColumnConfig struct {
				Columns []struct{ Statuses []struct{ ID string } }
			}
		}
		f.get("/rest/agile/1.0/board/2/configuration").read(t, &config)
		columns := config.ColumnConfig.Columns
		if config.Estimation == nil || config.Estimation.Field.FieldID != EstimateField || columns[len(columns)-1].Statuses[0].ID != "10004" {
			t.Errorf("%v: %+v", mode, config)
		}
		config.Estimation = nil
		if f.get("/rest/agile/1.0/board/1/configuration").read(t, &config); config.Estimation != nil {
			t.Errorf("%v: a Kanban board estimates", mode)
		}
		var sprints struct {
			Total  int
			IsLast bool
			Values []struct {
				ID                               int
				State                            string
				StartDate, EndDate, CompleteDate time.Time
			}
		}
		f.get("/rest/agile/1.0/board/2/sprint?maxResults=1000").read(t, &sprints)
		if n := len(sprints.Values); n != min(50, sprints.Total) || sprints.IsLast != (n == sprints.Total) || sprints.Values[0].State != "closed" || sprints.Values[0].CompleteDate.IsZero() {
			t.Errorf("%v: %+v", mode, sprints)
		}
		f.get("/rest/agile/1.0/board/2/sprint?state=active,future").read(t, &sprints)
		for _, s := range sprints.Values {
			if s.State == "closed" {
				t.Errorf("%v: %+v", mode, s)
			}
		}
		if r := f.get("/rest/agile/1.0/board/1/sprint"); r.status != http.StatusBadRequest || !strings.Contains(r.body, "does not support sprints") {
			t.Errorf("%v: sprints of a Kanban board: %d", mode, r.status)
		}
	}
}

// More than fifty of them come in pages of fifty at most.
func TestManyBoards(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{}, nil)
	for n := range 120 {
		f.AddProject(fmt.Sprintf("P%d", n), "Project")
	}
	seen := map[int]bool{}
	for start := 0; ; start += 50 {
		var p struct {
			IsLast bool
			Values []struct{ ID int }
		}
		f.get(fmt.Sprintf("/rest/agile/1.0/board?startAt=%d&maxResults=100", start)).read(t, &p)
		for _, b := range p.Values {
			seen[b.ID] = true
		}
		if p.IsLast {
			break
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d boards", len(seen))
	}
}

// What Data Center tells in its own way.
func TestDataCenterSpeaks(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{Mode: DataCenter})
	facts := f.Facts()
	seen := map[string]bool{}
	for i := range facts.Records {
		r := &facts.Records[i]
		var is struct {
			Fields    map[string]json.RawMessage
			Changelog struct{ Histories []logEntry }
		}
		f.get("/rest/api/2/issue/"+r.ID+"?expand=changelog").read(t, &is)
		_, parent := is.Fields["parent"]
		if parent != (r.Type.Rank == -1 && !r.Parent.IsZero()) {
			t.Errorf("%s, %v: parent %v", r.Key, r.Type, parent)
		}
		if link := string(is.Fields[EpicLinkField]); r.Type.Rank == 0 && !r.Parent.IsZero() && link != `"`+r.Parent.Key+`"` {
			t.Errorf("%s: epic %s, want %s", r.Key, link, r.Parent.Key)
		}
		if len(r.Sprints) > 0 && !strings.HasPrefix(string(is.Fields[SprintField]), `["com.atlassian.greenhopper.service.sprint.Sprint@`) {
			t.Errorf("%s: %s", r.Key, is.Fields[SprintField])
		}
		for _, h := range is.Changelog.Histories {
			for _, it := range h.Items {
				if it.FieldID != "" {
					t.Errorf("%s: %+v", r.Key, it)
				}
				seen[it.Field] = true
			}
		}
		if !strings.Contains(string(is.Fields["creator"]), `"name":"`) || strings.Contains(string(is.Fields["creator"]), "accountId") {
			t.Errorf("%s", is.Fields["creator"])
		}
	}
	for _, want := range []string{"Epic Link", "Parent Link", "Link", "Sprint", "status"} {
		if !seen[want] {
			t.Errorf("no change of %s in %v", want, seen)
		}
	}
}

// Deleted, forbidden and moved issues, asked for in every way.
func TestGoneAndMoved(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{Cloud, DataCenter} {
		f := plainFake(t, Options{Mode: mode}, 4)
		f.AddProject("SHOP", "Shop")
		f.Link("PAY-1", "Blocks", "PAY-3")
		f.Link("PAY-2", "Blocks", "PAY-3")
		f.Delete("PAY-1")
		f.Forbid("PAY-2")
		key := f.Move("PAY-3", "SHOP")
		if key != "SHOP-1" {
			t.Fatal(key)
		}
		want := map[string]int{"PAY-1": 404, "10000": 404, "PAY-2": 404, "PAY-3": 200, "SHOP-1": 200, "10002": 200, "PAY-4": 200, "NOPE-1": 404}
		if mode == DataCenter {
			want["PAY-2"] = 403
		}
		for name, status := range want {
			if r := f.get("/rest/api/2/issue/" + name); r.status != status {
				t.Errorf("%v, %s: %d %s, want %d", mode, name, r.status, r.body, status)
			}
		}
		// What it was linked to is gone, or not to be seen.
		var is struct {
			Key    string
			Fields struct{ Issuelinks []any }
		}
		f.get("/rest/api/2/issue/PAY-3").read(t, &is)
		if is.Key != "SHOP-1" || len(is.Fields.Issuelinks) != 0 {
			t.Errorf("%v: %+v", mode, is)
		}
		f.Allow("PAY-2")
		f.get("/rest/api/2/issue/PAY-3").read(t, &is)
		if len(is.Fields.Issuelinks) != 1 {
			t.Errorf("%v: %+v", mode, is)
		}
		f.Forbid("PAY-2")
	}
	f := plainFake(t, Options{}, 4)
	f.AddProject("SHOP", "Shop")
	f.Delete("PAY-1")
	f.Forbid("PAY-2")
	f.Move("PAY-3", "SHOP")
	var p struct {
		Issues      []struct{ ID, Key string }
		IssueErrors []struct{ ID, ErrorMessage string }
	}
	f.post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["10003","PAY-3","SHOP-1","10000","PAY-2","NOPE-9"]}`).read(t, &p)
	if fmt.Sprint(p.Issues) != "[{10002 SHOP-1} {10003 PAY-4}]" || p.IssueErrors == nil || len(p.IssueErrors) != 0 {
		t.Errorf("what is not there is left out without an error: %+v", p)
	}
	if keys, _ := f.all("key = PAY-3", `,"fields":["key"]`); !slices.Equal(keys, []string{"SHOP-1"}) {
		t.Errorf("the old key finds %v", keys)
	}
	if keys, _ := f.all("project = PAY", `,"fields":["key"]`); !slices.Equal(keys, []string{"PAY-4"}) {
		t.Errorf("left behind: %v", keys)
	}
	var log struct{ Values []logEntry }
	f.get("/rest/api/3/issue/SHOP-1/changelog").read(t, &log)
	if len(log.Values) != 1 || fmt.Sprint(log.Values[0].Items) != "[{project project 10000 Payments 10001 Shop} {Key   PAY-3  SHOP-1}]" {
		t.Errorf("%+v", log)
	}
}

// Errors that a repetition may end come in the place of issues, deleted and
// forbidden ones among them, by id, whatever they were asked for by.
func TestBulkFetchFails(t *testing.T) {
	t.Parallel()
	f := plainFake(t, Options{}, 4)
	f.Delete("PAY-1")
	f.Forbid("PAY-2")
	var p struct {
		Issues      []struct{ ID, Key string }
		IssueErrors []struct{ ID, ErrorMessage string }
	}
	ask := func(want string) {
		t.Helper()
		p.Issues, p.IssueErrors = nil, nil
		f.post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["10000","PAY-2","pay-3","10002","PAY-4","NOPE-9"]}`).read(t, &p)
		if got := fmt.Sprint(p.Issues, p.IssueErrors); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for _, key := range []string{"PAY-1", "PAY-2", "PAY-3"} {
		f.Fail(key, "Timed out.")
	}
	ask("[{10003 PAY-4}] [{10000 Timed out.} {10001 Timed out.} {10002 Timed out.}]")
	if r := f.get("/rest/api/3/issue/PAY-3"); r.status != 200 {
		t.Errorf("asked for by itself: %d", r.status)
	}
	for _, key := range []string{"PAY-1", "PAY-2", "PAY-3"} {
		f.Mend(key)
	}
	ask("[{10002 PAY-3} {10003 PAY-4}] []")
}

// What moves an issue's update and what does not.
func TestUpdates(t *testing.T) {
	t.Parallel()
	f := plainFake(t, Options{}, 3)
	done := f.done("Done")
	for name, c := range map[string]struct {
		do    func()
		moves bool
		logs  int
	}{
		"a change":           {func() { f.Change("PAY-2", done) }, true, 1},
		"a change of naught": {func() { f.Change("PAY-2") }, true, 0},
		"a silent change":    {func() { f.ChangeSilently("PAY-2", func(r *fact.Record) { r.Parent.ID = "10000" }) }, false, 1},
		"a link from it":     {func() { f.Link("PAY-2", "Blocks", "PAY-1") }, true, 1},
		"a link to it":       {func() { f.Link("PAY-1", "Blocks", "PAY-2") }, false, 1},
		"a comment":          {func() { f.AddComment("PAY-2") }, true, 0},
		"a renamed status":   {func() { f.RenameStatus("In Progress", "Doing") }, false, 0},
		"two fields":         {func() { f.Change("PAY-2", func(r *fact.Record) { r.Title += "!"; r.Due = "2026-12-24" }) }, true, 1},
		"seven histories":    {func() { f.AddHistories("PAY-2", 7) }, true, 7},
	} {
		f.add(time.Minute)
		before := f.Record("PAY-2")
		c.do()
		after := f.Record("PAY-2")
		now := fact.At(f.clock.now())
		if (after.Updated == now) != c.moves || !c.moves && after.Updated != before.Updated {
			t.Errorf("%s: update %v, now %v", name, after.Updated, now)
		}
		if got := len(entriesOf(&after)) - len(entriesOf(&before)); got != c.logs || after.History.Total != len(entriesOf(&after)) {
			t.Errorf("%s: %d entries, %+v", name, got, after.History)
		}
	}
	if got := f.Record("PAY-2").Status; f.get("/rest/api/2/status").status != 200 || got.ID == "" {
		t.Error(got)
	}
}

// The log counts, and says what was asked.
func TestRequestLog(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{})
	f.get("/rest/api/2/issue/INV-1?fields=summary", "Accept: application/json")
	f.get("/rest/api/3/issue/INV-3")
	f.get("/ex/jira/" + defaultCloudID + "/rest/agile/1.0/board/2/configuration")
	f.post("/rest/api/2/search/jql", `{"jql":""}`)
	f.get("/rest/api/2/nothing")
	f.get("/browse/INV-1")
	got := f.Count()
	want := map[string]int{
		"GET /rest/api/2/issue/{}": 1, "GET /rest/api/3/issue/{}": 1, "GET /rest/agile/1.0/board/{}/configuration": 1, "POST /rest/api/2/search/jql": 1,
		"GET /rest/api/2/nothing": 1, "GET /browse/INV-1": 1,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	r := f.Requests()[0]
	if r.Method != "GET" || r.Path != "/rest/api/2/issue/INV-1" || r.Query != "fields=summary" || r.Status != 200 || !r.At.Equal(f.clock.now()) || r.Header.Get("Accept") != "application/json" {
		t.Errorf("%+v", r)
	}
	if r := f.Requests()[3]; r.Body != `{"jql":""}` || r.Status != 400 {
		t.Errorf("%+v", r)
	}
	f.Reset()
	if len(f.Requests()) != 0 {
		t.Error("not forgotten")
	}
	f.get("/rest/api/2/field")
	if got := f.Requests(); len(got) != 1 || got[0].Route != "GET /rest/api/2/field" || got[0].Status != 200 {
		t.Errorf("%+v", got)
	}
}

// A source that cannot be served whole is no source for a server.
func TestNewServerRefuses(t *testing.T) {
	t.Parallel()
	batch := func(b connectors.Batch) connectors.Source { return oneBatch{b} }
	for want, src := range map[string]connectors.Source{
		"has its history apart": batch(connectors.Batch{Histories: []connectors.History{{Of: fact.Ref{ID: "1"}}}}),
		"is of another site":    batch(connectors.Batch{Records: []fact.Record{{Site: "https://a.example", ID: "1"}, {Site: "https://b.example", ID: "2"}}}),
		"gone":                  failingSource{},
	} {
		if _, err := NewServer(Options{}, src); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

type oneBatch struct{ b connectors.Batch }

func (o oneBatch) Scope() connectors.Scope { return connectors.Scope{} }
func (o oneBatch) Pull(_ context.Context, _ connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	return connectors.Summary{}, emit(o.b)
}

type failingSource struct{ oneBatch }

func (failingSource) Pull(context.Context, connectors.State, func(connectors.Batch) error) (connectors.Summary, error) {
	return connectors.Summary{}, errors.New("gone")
}

// Requests, changes and settings at the same time are no race, and no answer is
// half of one state and half of another.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	f := plainFake(t, Options{Lag: time.Minute}, 60)
	base := f.web()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := range 10 {
				for _, do := range []func() reply{
					func() reply {
						return f.do("POST", base+"/rest/api/3/search/jql", `{"jql":"project = PAY ORDER BY updated ASC","fields":["*all"]}`)
					},
					func() reply {
						return f.do("POST", base+"/rest/api/2/changelog/bulkfetch", `{"issueIdsOrKeys":["10000","10001"]}`)
					},
					func() reply { return f.get("/rest/api/3/issue/PAY-1?expand=changelog") },
					func() reply { return f.get("/rest/agile/1.0/board") },
				} {
					if r := do(); r.status != http.StatusOK || !json.Valid([]byte(r.body)) {
						t.Errorf("%d: %d %.100s", n, r.status, r.body)
						return
					}
				}
			}
		})
	}
	done := f.done("Done")
	wg.Go(func() {
		for n := range 60 {
			f.add(time.Second)
			f.Change(fmt.Sprintf("PAY-%d", 1+n%50), done)
			f.AddComment("PAY-1")
			f.Link("PAY-2", "Blocks", "PAY-1")
			f.RenameStatus("10001", fmt.Sprint("Done ", n))
			f.Add("PAY")
			f.Requests()
			f.Facts()
			f.Set(func(o *Options) { o.PageCap = 50 + n%50 })
		}
	})
	wg.Wait()
}

// What the server holds is a source like others.
func TestSource(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{Mode: DataCenter})
	f.Move("CHK-1", "ORD")
	again, err := NewServer(Options{Mode: DataCenter}, f.Source())
	must(t, err)
	if a, b := f.Facts(), again.Facts(); len(a.Records) != len(b.Records) || fmt.Sprint(a.Terms) != fmt.Sprint(b.Terms) {
		t.Errorf("%d and %d records", len(a.Records), len(b.Records))
	}
	if a, b := f.get("/rest/api/2/search?fields=*all&expand=changelog&maxResults=1000").body, (&fake{again, f.clock, t}).get("/rest/api/2/search?fields=*all&expand=changelog&maxResults=1000").body; a != b {
		t.Error("a server of a server answers otherwise")
	}
	if got := again.Record("CHK-1").Project.Key; got != "ORD" { // its log tells that it was that
		t.Errorf("the old key leads to %s", got)
	}
}
