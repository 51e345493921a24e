package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/fact"
)

// 700 issues, the trap of many connectors: whatever is wanted, a page has a
// hundred rows; pages of ids have 5,000; nothing says how many there are.
func TestCloudPages(t *testing.T) {
	t.Parallel()
	f := plainFake(t, Options{}, 700)
	for _, c := range []struct {
		rest         string
		first, pages int
	}{
		{`,"maxResults":5000,"fields":["summary"]`, 100, 7},
		{`,"maxResults":5000,"fields":["*all"]`, 100, 7},
		{`,"maxResults":5000,"fields":["id"]`, 700, 1},
		{`,"maxResults":300,"fields":["key"]`, 300, 3},
		{`,"maxResults":5000,"fields":["key","id"]`, 700, 1},
		{`,"maxResults":5000,"fields":["id"],"expand":"changelog"`, 100, 7},
		{`,"maxResults":60,"fields":["summary"]`, 60, 12},
		{`,"fields":["summary"]`, 50, 14},
		{``, 50, 14},
	} {
		first := f.page("project = PAY", c.rest)
		if len(first.Issues) != c.first {
			t.Errorf("%s: %d rows, want %d", c.rest, len(first.Issues), c.first)
		}
		if first.Total != nil || first.StartAt != nil || first.MaxResults != nil {
			t.Errorf("%s: it says how many there are", c.rest)
		}
		if first.IsLast == nil || *first.IsLast != (c.pages == 1) || (first.NextPageToken == nil) != (c.pages == 1) {
			t.Errorf("%s: last %v, token %v", c.rest, first.IsLast, first.NextPageToken)
		}
		var ids []string
		token := ""
		pages := 0
		for {
			p := f.page("project = PAY", c.rest+token)
			for _, is := range p.Issues {
				ids = append(ids, is.ID)
			}
			if pages++; p.NextPageToken == nil {
				break
			}
			token = fmt.Sprintf(`,"nextPageToken":%q`, *p.NextPageToken)
		}
		slices.Sort(ids)
		if n := len(slices.Compact(ids)); n != 700 || pages != c.pages {
			t.Errorf("%s: %d issues on %d pages, want 700 on %d", c.rest, n, pages, c.pages)
		}
	}
}

func TestCloudFields(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{})
	one := func(rest string) (raw map[string]any, fields map[string]any) {
		var p struct{ Issues []map[string]any }
		f.post("/rest/api/2/search/jql", `{"jql":"key = CHK-1"`+rest+`}`).read(t, &p)
		fields, _ = p.Issues[0]["fields"].(map[string]any)
		return p.Issues[0], fields
	}
	if raw, _ := one(""); len(raw) != 1 || raw["id"] == "" {
		t.Errorf("without fields: %v, want the id alone", raw)
	}
	if raw, fields := one(`,"fields":["key"]`); raw["key"] != "CHK-1" || fields != nil {
		t.Errorf("the key: %v", raw)
	}
	if _, fields := one(`,"fields":["summary","status,assignee","customfield_99999"]`); len(fields) != 3 {
		t.Errorf("three fields: %v", fields)
	}
	_, all := one(`,"fields":["*all","-description"]`)
	_, navigable := one(`,"fields":["*navigable"]`)
	for name, want := range map[string][2]bool{"comment": {true, false}, "worklog": {true, false}, "description": {false, true}, "summary": {true, true}, SprintField: {true, true}} {
		_, inAll := all[name]
		_, inNavigable := navigable[name]
		if inAll != want[0] || inNavigable != want[1] {
			t.Errorf("%s: in *all %v, in *navigable %v", name, inAll, inNavigable)
		}
	}
	p := f.page("key = CHK-1", `,"fields":["summary","customfield_10020"],"expand":"names,schema"`)
	if len(p.Names) != 2 || p.Names[SprintField] != "Sprint" || len(p.Schema) != 2 {
		t.Errorf("names %v, schema %v", p.Names, p.Schema)
	}
	// A POST is read from its body alone, a GET from its query.
	p = searchPage{}
	f.do("POST", "/rest/api/3/search/jql?maxResults=1&fields=summary&startAt=5", `{"jql":"project = CHK"}`).read(t, &p)
	if len(p.Issues) != 50 || p.Issues[0].Key != "" {
		t.Errorf("a POST with a query: %d rows, %q", len(p.Issues), p.Issues[0].Key)
	}
	p = searchPage{}
	f.get("/rest/api/3/search/jql?jql=project%3DCHK&maxResults=2&fields=summary&fields=status&startAt=40").read(t, &p)
	if len(p.Issues) != 2 || len(p.Issues[0].Fields) != 2 || p.Issues[0].Key != f.page("project = CHK", `,"fields":["key"]`).Issues[0].Key {
		t.Errorf("a GET: %+v", p)
	}
}

// Text of many words is a string in version 2 of the API and a document in
// version 3.
func TestRichText(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{})
	for api, kind := range map[string]byte{"2": '"', "3": '{'} {
		for name, r := range map[string]reply{
			"search":    f.post("/rest/api/"+api+"/search/jql", `{"jql":"summary ~ invoice","fields":["*all"],"maxResults":100}`),
			"bulkfetch": f.post("/rest/api/"+api+"/issue/bulkfetch", `{"issueIdsOrKeys":["INV-1","INV-3","INV-4"],"fields":["*all"]}`),
		} {
			var p searchPage
			r.read(t, &p)
			comments := 0
			for _, is := range p.Issues {
				if d := is.Fields["description"]; d[0] != kind {
					t.Errorf("%s %s: description %s", api, name, d)
				}
				var c struct {
					Comments []struct{ Body json.RawMessage }
				}
				must(t, json.Unmarshal(is.Fields["comment"], &c))
				for _, one := range c.Comments {
					if comments++; one.Body[0] != kind {
						t.Errorf("%s %s: comment %s", api, name, one.Body)
					}
				}
			}
			if comments == 0 && name == "search" {
				t.Errorf("%s: nobody commented", api)
			}
		}
	}
}

// What Jira Cloud refuses: measured on live sites where a text or a status is
// given here, and in the vendor's description where it is a bound.
func TestCloudRefuses(t *testing.T) {
	t.Parallel()
	f := plainFake(t, Options{}, 3)
	token := *f.page("project = PAY", `,"maxResults":1`).NextPageToken
	ids := func(n int) string { return `["` + strings.Join(slices.Repeat([]string{"10000"}, n), `","`) + `"]` }
	for _, c := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"search/jql", `{"jql":""}`, 400, unbounded},
		{"search/jql", `{}`, 400, unbounded},
		{"search/jql", `{"jql":"ORDER BY updated ASC"}`, 400, unbounded},
		{"search/jql", `{"jql":"project = PAY","maxResults":0}`, 400, "must be between 1 and 5,000"},
		{"search/jql", `{"jql":"project = PAY","maxResults":5001}`, 400, "must be between 1 and 5,000"},
		{"search/jql", `{"jql":"project = PAY","maxResults":-1}`, 400, "must be between 1 and 5,000"},
		{"search/jql", `{"jql":"project = PAY","startAt":1}`, 400, "Invalid request payload"},
		{"search/jql", `{"jql":"project = PAY","expand":["changelog"]}`, 400, "Invalid request payload"},
		{"search/jql", `{"jql":["project = PAY"]}`, 400, "Invalid request payload"},
		{"search/jql", `{"jql":`, 400, "error parsing JSON"},
		{"search/jql", `{"jql":"project = PAY"} {}`, 400, "error parsing JSON"},
		{"search/jql", ` `, 400, "No content to map"},
		{"search/jql", `{"jql":"project = PAY","nextPageToken":"BOGUS"}`, 400, "nextPageToken is invalid"},
		{"search/jql", `{"jql":"project = PAY","nextPageToken":"` + token + `x"}`, 400, "nextPageToken is invalid"},
		{"search/jql", `{"jql":"project = PAY AND key > PAY-1","nextPageToken":"` + token + `"}`, 400, "nextPageToken is invalid"},
		{"search/jql", `{"jql":"project = PAY","fields":["summary"],"nextPageToken":"` + token + `"}`, 400, "nextPageToken is invalid"},
		{"search/jql", `{"jql":"project = PAY","maxResults":-1,"nextPageToken":"BOGUS"}`, 400, "nextPageToken is invalid"},
		{"search/jql", `{"jql":"project = PAY","maxResults":2,"nextPageToken":"` + token + `"}`, 200, ""},
		{"search/jql", `{"jql":"project = PAY","nextPageToken":null}`, 200, ""},
		{"search", `{"jql":"project = PAY"}`, 410, removed},
		{"search/approximate-count", `{"jql":" order by key"}`, 400, unbounded},
		{"changelog/bulkfetch", `{"issueIdsOrKeys":` + ids(1000) + `}`, 200, ""},
		{"changelog/bulkfetch", `{"issueIdsOrKeys":` + ids(1001) + `}`, 400, "between 1 and 1000"},
		{"changelog/bulkfetch", `{"issueIdsOrKeys":[]}`, 400, "between 1 and 1000"},
		{"changelog/bulkfetch", `{"issueIdsOrKeys":[10000]}`, 400, "Invalid request payload"},
		{"changelog/bulkfetch", `{"issueIdsOrKeys":["10000"],"maxResults":10001}`, 400, "between 1 and 10000"},
		{"changelog/bulkfetch", `{"issueIdsOrKeys":["10000"],"maxResults":0}`, 400, "between 1 and 10000"},
		{"changelog/bulkfetch", `{"issueIdsOrKeys":["10000"],"fieldIds":["1","2","3","4","5","6","7","8","9","10","11"]}`, 400, "between 0 and 10"},
		{"changelog/bulkfetch", `{"issueIdsOrKeys":["10000"],"nextPageToken":"` + token + `"}`, 400, "nextPageToken is invalid"},
		{"issue/bulkfetch", `{"issueIdsOrKeys":` + ids(100) + `}`, 200, ""},
		{"issue/bulkfetch", `{"issueIdsOrKeys":` + ids(101) + `}`, 400, "between 1 and 100"},
	} {
		for _, api := range []string{"2", "3"} {
			if r := f.post("/rest/api/"+api+"/"+c.path, c.body); r.status != c.status || !strings.Contains(r.body, c.want) {
				t.Errorf("%s %.150s: %d %.200s, want %d %s", c.path, c.body, r.status, r.body, c.status, c.want)
			}
		}
	}
	if r := f.do("POST", "/rest/api/3/search/jql", `{"jql":"project = PAY"}`, "Content-Type: text/plain"); r.status != http.StatusUnsupportedMediaType {
		t.Errorf("text: %d", r.status)
	}
	if r := f.get("/rest/api/2/search?jql=project%3DPAY"); r.status != http.StatusGone || !strings.Contains(r.body, "CHANGE-2046") {
		t.Errorf("the old search: %d %s", r.status, r.body)
	}
	f.add(7*24*time.Hour + time.Second)
	if r := f.post("/rest/api/3/search/jql", `{"jql":"project = PAY","nextPageToken":"`+token+`"}`); r.status != http.StatusBadRequest {
		t.Errorf("a token of last week: %d", r.status)
	}
}

// Inside an issue of Cloud there are at most forty entries, the newest first,
// with the true number; a single issue tells a hundred. Data Center tells all,
// oldest first. Only a page of the issue's own log, or the bulk fetch, has all
// on Cloud.
func TestCutHistories(t *testing.T) {
	t.Parallel()
	cloud, server := plainFake(t, Options{}, 3), plainFake(t, Options{Mode: DataCenter}, 3)
	for _, f := range []*fake{cloud, server} {
		f.add(time.Hour)
		f.AddHistories("PAY-2", 132)
	}
	check := func(name string, p searchPage, have int, newestFirst bool) {
		t.Helper()
		changes := cloud.Record("PAY-2").Changes // of both servers
		end := changes[0].ID
		if newestFirst {
			end = changes[131].ID
		}
		for _, is := range p.Issues {
			c := is.Changelog
			want := min(have, map[string]int{"PAY-2": 132}[is.Key])
			if c == nil || len(c.Histories) != want || c.MaxResults != want || c.StartAt != 0 || c.Total != map[string]int{"PAY-2": 132}[is.Key] {
				t.Errorf("%s: %s has %+v, want %d entries", name, is.Key, c, want)
				continue
			}
			if want > 0 && ((c.Histories[0].ID > c.Histories[1].ID) != newestFirst || c.Histories[0].ID != end) {
				t.Errorf("%s: it begins with %s and %s, want %s", name, c.Histories[0].ID, c.Histories[1].ID, end)
			}
		}
		if len(p.Issues) == 0 {
			t.Errorf("%s: no issue", name)
		}
	}
	check("search/jql", cloud.page("project = PAY", `,"fields":["summary"],"expand":"changelog"`), 40, true)
	var p searchPage
	cloud.post("/rest/api/3/issue/bulkfetch", `{"issueIdsOrKeys":["PAY-1","PAY-2"],"expand":["changelog"]}`).read(t, &p)
	check("bulkfetch", p, 40, true)
	p = searchPage{Issues: p.Issues[:1]}
	cloud.get("/rest/api/3/issue/PAY-2?expand=changelog").read(t, &p.Issues[0])
	check("issue", p, 100, true)
	p = searchPage{}
	server.get("/rest/api/2/search?jql=project%3DPAY&expand=changelog").read(t, &p)
	check("search", p, 1000, false)

	// The log of one issue: a hundred a page, whatever is asked, oldest first.
	var got []string
	sizes := []int{}
	address := "/rest/api/2/issue/PAY-2/changelog?maxResults=1000"
	for address != "" {
		var page struct {
			StartAt, MaxResults, Total int
			IsLast                     bool
			NextPage                   string
			Values                     []logEntry
		}
		cloud.get(strings.TrimPrefix(address, site)).read(t, &page)
		sizes = append(sizes, len(page.Values))
		if page.Total != 132 || page.MaxResults != 100 || page.IsLast != (page.NextPage == "") {
			t.Errorf("%+v", page)
		}
		for _, v := range page.Values {
			got = append(got, v.ID)
			if _, err := time.Parse(`"`+stampLayout+`"`, string(v.Created)); err != nil {
				t.Error(err)
			}
		}
		address = page.NextPage
	}
	if !slices.Equal(sizes, []int{100, 32}) || !slices.IsSorted(got) {
		t.Errorf("pages of %v, sorted %v", sizes, slices.IsSorted(got))
	}
	for _, path := range []string{"issue/PAY-2/changelog", "search/jql?jql=project%3DPAY"} {
		if r := server.get("/rest/api/2/" + path); r.status != http.StatusNotFound {
			t.Errorf("Data Center, %s: %d", path, r.status)
		}
	}
	for _, path := range []string{"changelog/bulkfetch", "issue/bulkfetch", "search/approximate-count"} {
		if r := server.post("/rest/api/2/"+path, `{"issueIdsOrKeys":["PAY-1"]}`); r.status != http.StatusNotFound {
			t.Errorf("Data Center, %s: %d", path, r.status)
		}
	}
}

type logsPage struct {
	IssueChangeLogs []struct {
		IssueID         string
		ChangeHistories []logEntry
	}
	NextPageToken *string
}

// logs pages through the bulk fetch and returns how many entries each page has,
// and what there is of each issue, in the order in which it came.
func (f *fake) logs(ids []string, rest string) (sizes []int, logs map[string][]logEntry) {
	f.t.Helper()
	list, err := json.Marshal(ids)
	must(f.t, err)
	logs = map[string][]logEntry{}
	token := ""
	for {
		var p logsPage
		f.post("/rest/api/3/changelog/bulkfetch", fmt.Sprintf(`{"issueIdsOrKeys":%s%s%s}`, list, rest, token)).read(f.t, &p)
		n := 0
		for _, l := range p.IssueChangeLogs {
			if len(l.ChangeHistories) == 0 {
				f.t.Errorf("issue %s is there without an entry", l.IssueID)
			}
			n += len(l.ChangeHistories)
			logs[l.IssueID] = append(logs[l.IssueID], l.ChangeHistories...)
		}
		if sizes = append(sizes, n); p.NextPageToken == nil {
			return sizes, logs
		}
		token = fmt.Sprintf(`,"nextPageToken":%q`, *p.NextPageToken)
	}
}

// However the pages are cut, together they are the whole log: every entry, in
// order, and no other; an entry at an edge may come twice.
func TestBulkLogsAreWhole(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{})
	f.stir(1, 40)
	facts := f.Facts()
	var ids []string
	want, entries := map[string][]string{}, 0
	for i := range facts.Records {
		r := &facts.Records[i]
		ids = append(ids, r.ID)
		for _, c := range r.Changes {
			id, _, _ := strings.Cut(c.ID, ".")
			want[r.ID] = append(want[r.ID], fmt.Sprint(id, " ", int64(c.At)))
		}
		want[r.ID] = slices.Compact(want[r.ID])
		entries += len(want[r.ID])
		if len(want[r.ID]) == 0 {
			delete(want, r.ID)
		}
	}
	for _, n := range []int{1, 2, 3, 10, 999, 1000, entries - 1, entries, 10_000} {
		if n < 10 { // a few issues are enough
			ids = ids[:20]
		} else {
			ids = ids[:cap(ids)][:len(facts.Records)]
		}
		sizes, logs := f.logs(ids, fmt.Sprintf(`,"maxResults":%d`, n))
		repeats, got := 0, 0
		for id, log := range logs {
			var flat []string
			for _, e := range log {
				if len(e.Created) != 13 {
					t.Fatalf("created %s is no number of milliseconds", e.Created)
				}
				flat = append(flat, fmt.Sprint(e.ID, " ", string(e.Created)))
			}
			repeats += len(flat)
			flat = slices.Compact(flat)
			got += len(flat)
			repeats -= len(flat)
			if !slices.Equal(flat, want[id]) {
				t.Fatalf("%d a page: the log of %s is %v, want %v", n, id, flat, want[id])
			}
		}
		missing := 0
		for _, id := range ids {
			if want[id] != nil && logs[id] == nil {
				missing++
			}
		}
		if missing > 0 {
			t.Errorf("%d a page: %d logs are missing", n, missing)
		}
		for i, size := range sizes {
			if size > n || size < n && i < len(sizes)-1 {
				t.Errorf("%d a page: page %d has %d", n, i, size)
			}
		}
		if wantRepeats := (len(sizes) - 1) * min(1, n-1); repeats != wantRepeats {
			t.Errorf("%d a page: %d entries came twice, want %d on %d pages", n, repeats, wantRepeats, len(sizes))
		}
	}
	// By default it is a thousand entries, not a thousand issues.
	if sizes, _ := f.logs(ids, ""); sizes[0] != 1000 || len(sizes) < 3 {
		t.Errorf("pages of %v", sizes)
	}
}

// A log that is asked for some fields tells of those fields alone; links, keys
// and parents have no field of their own and are never told then.
func TestBulkLogsByField(t *testing.T) {
	t.Parallel()
	f := newFake(t, Options{})
	f.Move("CHK-1", "INV")
	f.Link("CHK-2", "Blocks", "INV-3")
	f.Change("CHK-3", f.done("Done"), func(r *fact.Record) { r.Labels = append(r.Labels, "x"); r.Assignee = 0 })
	ids := []string{f.Record("CHK-1").ID, f.Record("CHK-2").ID, f.Record("CHK-3").ID, "99999999"}
	_, all := f.logs(ids, "")
	count := func(logs map[string][]logEntry) map[string]int {
		out := map[string]int{}
		for _, log := range logs {
			for _, e := range log {
				for _, it := range e.Items {
					out[it.Field]++
				}
			}
		}
		return out
	}
	whole := count(all)
	for _, field := range []string{"Key", "Link", "project", "status", "labels"} {
		if whole[field] == 0 {
			t.Errorf("no %s in %v", field, whole)
		}
	}
	_, some := f.logs(ids, `,"fieldIds":["status","labels","issuekey","Link","Key"],"maxResults":2`)
	part := count(some)
	for field := range part {
		if field != "status" && field != "labels" {
			t.Errorf("told of %s", field)
		}
	}
	_, some = f.logs(ids, `,"fieldIds":["status","labels"]`)
	if part = count(some); part["status"] != whole["status"] || part["labels"] != whole["labels"] {
		t.Errorf("%v of %v", part, whole)
	}
	if len(all) != 3 {
		t.Errorf("%d logs, want 3: what is unknown is left out", len(all))
	}
}

// An issue that changes while a client pages: Cloud's tokens go on behind the
// last row, so that it comes again at its new place and nothing is lost; on Data
// Center everything behind it moves up, and a row is skipped.
func TestPagingUnderChange(t *testing.T) {
	t.Parallel()
	cloud, server := plainFake(t, Options{}, 30), plainFake(t, Options{Mode: DataCenter}, 30)
	const jql = "project = PAY ORDER BY updated ASC"
	first := cloud.page(jql, `,"fields":["key"],"maxResults":10`)
	cloud.add(time.Minute)
	cloud.Change("PAY-3", cloud.done("Done"))  // from the first page
	cloud.Change("PAY-25", cloud.done("Done")) // from the third
	cloud.Delete("PAY-15")
	cloud.ForbidProject("PAY")
	cloud.AllowProject("PAY")
	added := cloud.Add("PAY")
	token := fmt.Sprintf(`,"nextPageToken":%q`, *first.NextPageToken)
	got := first.keys()
	for token != "" {
		p := cloud.page(jql, `,"fields":["key"],"maxResults":10`+token)
		got, token = append(got, p.keys()...), ""
		if p.NextPageToken != nil {
			token = fmt.Sprintf(`,"nextPageToken":%q`, *p.NextPageToken)
		}
	}
	var want []string
	for n := 1; n <= 30; n++ {
		if n != 15 && n != 25 {
			want = append(want, fmt.Sprintf("PAY-%d", n))
		}
	}
	want = append(want, "PAY-3", "PAY-25", added) // of one moment, in order of their ids
	if !slices.Equal(got, want) {
		t.Errorf("Cloud: %v, want %v", got, want)
	}

	at := func(start int) searchPage {
		var p searchPage
		server.get(fmt.Sprintf("/rest/api/2/search?jql=%s&fields=key&maxResults=10&startAt=%d", strings.ReplaceAll(jql, " ", "+"), start)).read(t, &p)
		return p
	}
	p := at(0)
	if *p.Total != 30 || *p.MaxResults != 10 || *p.StartAt != 0 || p.IsLast != nil || p.NextPageToken != nil {
		t.Errorf("Data Center: %+v", p)
	}
	got = p.keys()
	server.add(time.Minute)
	server.Change("PAY-3", server.done("Done"))
	got = append(append(append(got, at(10).keys()...), at(20).keys()...), at(30).keys()...)
	if slices.Contains(got, "PAY-11") || len(got) != 30 || got[29] != "PAY-3" || got[10] != "PAY-12" {
		t.Errorf("Data Center: %v, want PAY-11 skipped", got)
	}
}

func TestServerPages(t *testing.T) {
	t.Parallel()
	f := plainFake(t, Options{Mode: DataCenter}, 120)
	small := plainFake(t, Options{Mode: DataCenter, PageCap: 25}, 60)
	for _, c := range []struct {
		f                     *fake
		query                 string
		rows, max, total, at0 int
	}{
		{f, "", 50, 50, 120, 0},
		{f, "jql=project=PAY&maxResults=100&startAt=100", 20, 100, 120, 100},
		{f, "jql=project=PAY&maxResults=5000", 120, 1000, 120, 0},
		{f, "jql=project=PAY&maxResults=-1", 50, 50, 120, 0},
		{f, "jql=project=PAY&maxResults=0", 0, 0, 120, 0},
		{f, "jql=project=PAY&startAt=500", 0, 50, 120, 500},
		{small, "maxResults=1000", 25, 25, 60, 0},
	} {
		var p searchPage
		c.f.get("/rest/api/2/search?"+strings.ReplaceAll(c.query, "project=", "project%3D")).read(t, &p)
		if len(p.Issues) != c.rows || *p.MaxResults != c.max || *p.Total != c.total || *p.StartAt != c.at0 {
			t.Errorf("%s: %d rows, %d, %d, %d", c.query, len(p.Issues), *p.MaxResults, *p.Total, *p.StartAt)
		}
	}
	var p searchPage
	f.post("/rest/api/latest/search", `{"jql":"project = PAY order by key asc","startAt":3,"maxResults":2,"fields":["summary"],"expand":["names","changelog"]}`).read(t, &p)
	if !slices.Equal(p.keys(), []string{"PAY-4", "PAY-5"}) || p.Names["summary"] != "Summary" || p.Issues[0].Changelog == nil || len(p.Issues[0].Fields) != 1 {
		t.Errorf("%+v", p)
	}
	for _, body := range []string{`{"jql":"project = PAY","expand":"changelog"}`, `{"jql":"project = PAY","nextPageToken":"x"}`, `{`, `{"jql":"project = PAY","startAt":-1}`} {
		if r := f.post("/rest/api/2/search", body); r.status != http.StatusBadRequest {
			t.Errorf("%s: %d", body, r.status)
		}
	}
	if r := f.get("/rest/api/3/serverInfo"); r.status != http.StatusNotFound {
		t.Errorf("version 3: %d", r.status)
	}
}

// The index is late, and not equally late for all: the newest change that shows
// is no sign that older ones do. What is read by id or key is never late.
func TestLateIndex(t *testing.T) {
	t.Parallel()
	late := map[string]time.Duration{"10000": 10 * time.Minute}
	f := plainFake(t, Options{LagOf: func(id string) time.Duration { return late[id] }}, 5)
	f.add(time.Hour)
	since := fact.At(f.clock.now())
	jql := fmt.Sprintf("updated >= %d order by updated asc", since)
	found := func() string {
		keys, _ := f.all(jql, `,"fields":["key","status"]`)
		return strings.Join(keys, " ")
	}
	done := f.done("Done")
	f.Change("PAY-1", done)
	f.add(time.Minute)
	f.Change("PAY-2", done)
	f.add(time.Minute)
	late["10005"] = 5 * time.Minute
	f.Add("PAY")
	f.Delete("PAY-3")
	f.Move("PAY-4", "PAY")
	step := func(want string) {
		t.Helper()
		if got := found(); got != want {
			t.Errorf("found %s, want %s", got, want)
		}
	}
	step("PAY-2 PAY-7") // PAY-4 is PAY-7 now; PAY-1 was changed first and is missing
	var p searchPage
	f.post("/rest/api/2/search/jql", fmt.Sprintf(`{"jql":%q,"fields":["key"],"reconcileIssues":[10000,10005,10001]}`, jql)).read(t, &p)
	if got := strings.Join(p.keys(), " "); got != "PAY-1 PAY-2 PAY-7 PAY-6" {
		t.Errorf("reconciled: %s", got)
	}
	f.post("/rest/api/2/issue/bulkfetch", `{"issueIdsOrKeys":["PAY-1","PAY-6"],"fields":["status"]}`).read(t, &p)
	if len(p.Issues) != 2 || !strings.Contains(string(p.Issues[0].Fields["status"]), `"Done"`) {
		t.Error("a fetch by key is late")
	}
	if old := f.page("key = PAY-1", `,"fields":["status"]`); !strings.Contains(string(old.Issues[0].Fields["status"]), `"To Do"`) {
		t.Error("the index knows too much")
	}
	var n struct{ Count int }
	f.post("/rest/api/2/search/approximate-count", `{"jql":"project = PAY"}`).read(t, &n)
	if n.Count != 4 {
		t.Errorf("counts %d, want 4: one is not known yet, one is deleted", n.Count)
	}
	f.add(4 * time.Minute)
	step("PAY-2 PAY-7")
	f.add(time.Minute)
	step("PAY-2 PAY-7 PAY-6")
	f.add(3 * time.Minute)
	step("PAY-1 PAY-2 PAY-7 PAY-6")
	// A row that the index has and that is gone makes a page shorter.
	late["10001"] = time.Hour
	f.Delete("PAY-2")
	if p := f.page("project = PAY order by id asc", `,"maxResults":2,"fields":["key"]`); len(p.Issues) != 1 || p.NextPageToken == nil {
		t.Errorf("%+v, want one row and a token", p)
	}

	// By chance: everything shows in the end, and some of it out of order.
	g := plainFake(t, Options{Lag: 10 * time.Minute}, 40)
	g.add(time.Hour)
	jql = fmt.Sprintf("updated >= %d order by updated asc", fact.At(g.clock.now()))
	done = g.done("Done")
	for n := range 40 {
		g.add(10 * time.Second)
		g.Change(fmt.Sprintf("PAY-%d", n+1), done)
	}
	holes := 0
	keys, _ := g.all(jql, `,"fields":["key"]`)
	for i := 1; i < len(keys); i++ {
		a, _ := strconv.Atoi(keys[i-1][4:])
		b, _ := strconv.Atoi(keys[i][4:])
		holes += b - a - 1
	}
	if len(keys) == 0 || len(keys) == 40 || holes == 0 {
		t.Errorf("%d show, with %d missing between them", len(keys), holes)
	}
	g.add(10 * time.Minute)
	if keys, _ := g.all(jql, `,"fields":["key"]`); len(keys) != 40 {
		t.Errorf("%d show in the end", len(keys))
	}
}
