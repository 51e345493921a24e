package jira

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/saved"
)

func at(s string) fact.Instant { return instantText(s) }

func TestServerIssue(t *testing.T) {
	t.Parallel()
	r, b := one(t, file(t, "server-issue.json"))
	changes := r.Changes
	r.Changes = nil
	ana, bo, cy := r.Creator, r.Reporter, r.Involvement[3].By
	want := fact.Record{
		Site: "https://tracker.example:8443/jira", ID: "22010", Key: "PAY-101", Title: "Totals are wrong — 合計", URL: "https://tracker.example:8443/jira/browse/PAY-101",
		Project: fact.Project{ID: "500", Key: "PAY", Name: "Payments"}, Type: fact.Type{ID: "11", Name: "Story", Rank: fact.RankUnknown},
		Status: fact.Named{ID: "6", Name: "Closed"}, Resolution: fact.Named{ID: "1", Name: "Fixed"}, Priority: fact.Named{ID: "3", Name: "Major"},
		Created: at("2014-01-08T21:52:36.804Z"), Updated: at("2014-01-10T13:06:57.273Z"), Resolved: at("2014-01-10T13:06:57.257Z"), Due: "2014-01-09",
		Creator: ana, Reporter: bo, Estimate: math.NaN(),
		Components: []fact.Named{{ID: "71", Name: "web"}, {ID: "72", Name: "services"}}, Labels: []string{"dashboard", "2014"},
		Releases: []fact.Named{{ID: "81", Name: "1.4"}, {ID: "82", Name: "2.0"}},
		Sprints:  []fact.Named{{ID: "8", Name: "Week 2, third try [A]"}, {ID: "9", Name: "Week 4"}},
		Fields: []fact.Field{
			{ID: "customfield_10042", Values: []fact.Named{{Name: "3"}}}, {ID: "customfield_10044", Values: []fact.Named{{Name: "PAY-7"}}},
			{ID: "customfield_10045", Values: []fact.Named{{ID: "5", Name: "Gold"}}}, {ID: "customfield_10046", Values: []fact.Named{{ID: "1", Name: "North"}, {ID: "2", Name: "South"}}},
		},
		History: fact.History{State: fact.WholeHistory, Have: 6, Total: 6},
		Links: []fact.Link{
			{ID: "301", Type: "Blocks", Phrase: "is blocked by", Other: fact.Ref{ID: "22005", Key: "PAY-99"}},
			{ID: "302", Type: "Blocks", Phrase: "blocks", Other: fact.Ref{ID: "31", Key: "SHOP-7"}},
		},
		Involvement: []fact.Involvement{
			{ID: "9001", At: at("2014-01-09T10:00:00Z"), By: ana, Act: fact.ActComment, Length: fact.Short},
			{ID: "9002", At: at("2014-01-09T10:00:01Z"), By: bo, Act: fact.ActComment, Length: fact.Medium},
			{ID: "9003", At: at("2014-01-09T10:00:02Z"), Act: fact.ActComment, Length: fact.Short},
			{ID: "9001", At: at("2014-01-09T12:00:00Z"), By: cy, Act: fact.ActWorklog},
		},
		Unseen: 2,
	}
	if diff := cmp.Diff(want, r, same); diff != "" {
		t.Error(diff)
	}
	for p, names := range map[fact.Person]string{ana: "secret-key-ana secret-ana secret-ana@tracker.example", bo: "secret-bo secret-bo@tracker.example", cy: "secret-cy"} {
		if got := who(&b, p); got != names {
			t.Errorf("person %d is %q, want %q", p, got, names)
		}
	}
	entry := map[string]string{}
	for i := range changes {
		id, _, _ := strings.Cut(changes[i].ID, ".")
		changes[i].ID = ""
		entry[changes[i].At.String()] = id
	}
	text := func(s string) fact.Value { return fact.Value{Text: s} }
	day, evening := at("2014-01-09T08:00:00Z"), at("2014-01-08T22:00:00Z")
	nine, half, forty, last := at("2014-01-09T09:00:00Z"), at("2014-01-09T09:30:00Z"), at("2014-01-09T09:40:00Z"), at("2014-01-10T13:06:57.257Z")
	wantChanges := []fact.Change{
		{At: evening, By: ana, Kind: fact.KindLabel, From: text("a")}, {At: evening, By: ana, Kind: fact.KindLabel, To: text("c")}, {At: evening, By: ana, Kind: fact.KindLabel, To: text("d")},
		{At: evening, By: ana, Kind: fact.KindSprint, To: fact.Value{ID: "9"}},
		{At: day, By: bo, Kind: fact.KindStatus, From: fact.Value{ID: "1", Text: "Open"}, To: fact.Value{ID: "3", Text: "In Progress"}},
		{At: day, By: bo, Kind: fact.KindAssignee, To: fact.Value{Person: ana}},
		{At: day, By: bo, Kind: fact.KindOther, Field: "description"},
		{At: nine, By: ana, Kind: fact.KindLink, To: fact.Value{ID: "PAY-99", Text: "is blocked by"}}, {At: nine, By: ana, Kind: fact.KindOther, Field: "Reviewer"},
		{At: half, Kind: fact.KindAssignee, From: fact.Value{Person: ana}},
		{At: forty, By: cy, Kind: fact.KindOther, Field: "labels"},
		{At: last, By: cy, Kind: fact.KindOther},
	}
	byContent := func(a, b fact.Change) int { return strings.Compare(fmt.Sprintf("%+v", a), fmt.Sprintf("%+v", b)) }
	slices.SortFunc(changes, byContent)
	slices.SortFunc(wantChanges, byContent)
	if diff := cmp.Diff(wantChanges, changes, same); diff != "" {
		t.Error(diff)
	}
	if len(entry) != 6 || entry[day.String()] != "60002" {
		t.Errorf("entries %v", entry)
	}
	wantNotes(t, &b, connectors.NoteRepaired, "f.json: PAY-101: 1 of its links do not say to what")
	seen := at("2014-01-10T13:06:57.273Z")
	terms := fact.Vocabulary(nil).Add(
		fact.Term{Kind: fact.TermLinkType, ID: "10", Name: "Blocks", Inward: "is blocked by", Outward: "blocks ", Seen: seen},
		fact.Term{Kind: fact.TermProject, ID: "500", Name: "Payments", Key: "PAY", Seen: seen},
		fact.Term{Kind: fact.TermRelease, ID: "81", Name: "1.4", End: at("2014-02-01T00:00:00Z"), Seen: seen}, fact.Term{Kind: fact.TermRelease, ID: "82", Name: "2.0", Seen: seen},
		fact.Term{Kind: fact.TermSprint, ID: "8", Name: "Week 2, third try [A]", Start: at("2014-01-06T09:00:00Z"), End: at("2014-01-21T08:30:00Z"), Seen: seen},
		fact.Term{Kind: fact.TermSprint, ID: "9", Name: "Week 4", End: at("2014-02-03T08:00:00Z"), Seen: seen},
		fact.Term{Kind: fact.TermStatus, ID: "6", Name: "Closed", Category: "done", Seen: seen},
		fact.Term{Kind: fact.TermType, ID: "11", Name: "Story", Rank: fact.RankUnknown, Seen: seen},
	)
	for i := range terms {
		terms[i].Site = r.Site
	}
	if diff := cmp.Diff([]fact.Term(terms), b.Terms, same); diff != "" {
		t.Error(diff)
	}
}

func TestCloudPage(t *testing.T) {
	t.Parallel()
	b := decode(t, "page.json", file(t, "cloud-page.json"))
	if len(b.Records) != 2 || b.Received != 4 {
		t.Fatalf("%d records, received %d", len(b.Records), b.Received)
	}
	wantNotes(t, &b, connectors.NoteRejected,
		"page.json: SHOP-2: an issue that cannot be kept: no usable creation time", "page.json: SHOP-3: an issue that cannot be kept: no id")
	r := b.Records[0]
	if r.Site != "https://cloud.example" || r.Type != (fact.Type{ID: "10001", Name: "故事", Rank: 0}) || r.Status != (fact.Named{ID: "10068", Name: "已完成"}) ||
		r.Created != at("2021-01-25T03:09:27.985Z") || r.Updated != at("2021-03-28T08:08:13.741Z") || r.Parent != (fact.Ref{ID: "10001", Key: "SHOP-100"}) {
		t.Errorf("%+v", r)
	}
	if r.Creator != r.Reporter || who(&b, r.Creator) != "557058:secret-1 secret-one@cloud.example" || who(&b, r.Assignee) != "557058:secret-2" {
		t.Errorf("people %q %q %q", who(&b, r.Creator), who(&b, r.Reporter), who(&b, r.Assignee))
	}
	if !slices.Equal(r.Sprints, []fact.Named{{ID: "7", Name: "EE Sprint 7"}, {ID: "9", Name: "EE Sprint 8"}}) {
		t.Errorf("sprints %+v", r.Sprints)
	}
	wantFields := []fact.Field{{ID: "customfield_10031", Values: []fact.Named{{Name: "5"}}}, {ID: "customfield_10032", Values: []fact.Named{{ID: "36885b3c", Name: "Team Rocket"}}}}
	if diff := cmp.Diff(wantFields, r.Fields); diff != "" {
		t.Error(diff)
	}
	if r.History != (fact.History{State: fact.CutHistory, Have: 1, Total: 43}) {
		t.Errorf("%+v", r.History)
	}
	app := r.Involvement[1].By
	if r.Involvement[0].Length != fact.Medium || r.Involvement[1].Length != fact.Short || !b.Accounts[app-1].Bot || b.Accounts[r.Assignee-1].Bot {
		t.Errorf("%+v %+v", r.Involvement, b.Accounts)
	}
	kinds := map[fact.Kind]fact.Change{}
	for _, c := range r.Changes {
		kinds[c.Kind] = c
	}
	for kind, want := range map[fact.Kind][2]fact.Value{
		fact.KindStatus:   {{ID: "10067", Text: "待办"}, {ID: "10068", Text: "已完成"}},
		fact.KindParent:   {{}, {ID: "10001", Text: "SHOP-100"}},
		fact.KindKey:      {{Text: "OLD-5"}, {Text: "SHOP-1"}},
		fact.KindProject:  {{ID: "1", Text: "Old"}, {ID: "10007", Text: "Shop"}},
		fact.KindEstimate: {{}, {ID: "5.0", Text: "5"}},
	} {
		if c := kinds[kind]; c.From != want[0] || c.To != want[1] {
			t.Errorf("%v: %+v", kind, c)
		}
	}
	if c := kinds[fact.KindAssignee]; who(&b, c.From.Person) != "557058:secret-9" || c.To.Person != r.Assignee {
		t.Errorf("%+v", c)
	}
	// One without an address of its own belongs to the site of the archive.
	if q := b.Records[1]; q.Site != fallback || q.Updated != q.Created || q.URL != fallback+"/browse/SHOP-4" || q.History.State != fact.NoHistory {
		t.Errorf("%+v", q)
	}
	voc := fact.Vocabulary(b.Terms)
	if term, ok := voc.Find("https://cloud.example", fact.TermStatus, "10068"); !ok || term.Category != "new" {
		t.Errorf("%+v", term)
	}
	if term, ok := voc.Find(fallback, fact.TermField, "customfield_10031"); !ok || term.Name != "Story point estimate" {
		t.Errorf("%+v", b.Terms)
	}
	if _, ok := voc.Find(fallback, fact.TermField, "summary"); ok {
		t.Error("a field of Jira's own is a word")
	}
	if term, ok := voc.Find("https://cloud.example", fact.TermSprint, "7"); !ok || term.End != at("2020-06-22T05:59:58.980Z") || term.Start != at("2020-06-12T00:38:51.882Z") {
		t.Errorf("%+v", term)
	}
}

// Nothing that tells who somebody is, or what somebody wrote, gets through. In
// the test data all such texts hold one word: in capitals what must not even
// be in an account.
func TestNothingPrivateGetsThrough(t *testing.T) {
	t.Parallel()
	inputs := map[string]string{}
	for _, name := range []string{"server-issue.json", "cloud-page.json", "bulk-changelog.json", "changelog-page.json", "agile-page.json"} {
		inputs[name] = file(t, name)
	}
	for i, items := range []string{
		`{"field":"Team","fieldtype":"jira","fieldId":"reporter","from":"secret-a","fromString":"SECRET A","to":"secret-b","toString":"SECRET B"}`,
		`{"field":"Team","fieldtype":"custom","from":"secret-a","fromString":"SECRET A","to":"secret-b","toString":"SECRET B"}`,
		`{"field":"Sprint","fieldtype":"custom","from":"","fromString":"","to":"secret-a","toString":"SECRET A"}`,
		`{"field":"Story Points","fieldtype":"custom","from":"","fromString":"SECRET A","to":"5","toString":"5"}`,
		`{"field":"Epic Link","fieldtype":"custom","from":"secret-a","fromString":"SECRET A","to":"7","toString":"PAY-7"}`,
		`{"field":"Component","fieldtype":"","fieldId":"customfield_7","from":"secret-a","fromString":"SECRET A","to":"","toString":""}`,
		`{"field":"Comment","fieldtype":"jira","from":"9","fromString":"SECRET","to":"9","toString":"SECRET"}`,
		`{"field":"Watchers","fieldtype":"custom","from":null,"fromString":null,"to":null,"toString":"SECRET A, SECRET B"}`,
		`{"field":"RemoteIssueLink","fieldtype":"jira","from":"","fromString":"","to":"7","toString":"This issue links to \"SECRET page (Wiki)\""}`,
		`{"field":"Rank","fieldtype":"custom","from":"","fromString":"","to":"","toString":"SECRET"}`,
		`{"field":"Attachment","fieldtype":"jira","from":null,"fromString":null,"to":"3","toString":"SECRET.pdf"}`,
	} {
		inputs[fmt.Sprint("item ", i)] = issue("", `"changelog":{"histories":[{"id":"5","created":"2024-01-02T00:00:00.000+0000","author":{"displayName":"SECRET","name":"secret-c","avatarUrls":{"x":"secret"}},"items":[`+items+`]}]}`)
	}
	for i, field := range []string{
		`{"accountId":"secret","id":"5","value":"SECRET"}`, `[{"id":"5","name":"SECRET","emailAddress":"secret@x.example"}]`, `[{"id":"5","name":"SECRET","displayName":"SECRET"}]`,
		`"SECRET PAY-1"`, `"PAY-1 SECRET"`, `["SECRET","PAY-1"]`, `{"name":"SECRET","key":"secret"}`, `{"value":"SECRET"}`, `{"id":"5","value":{"text":"SECRET"}}`, `"` + strings.Repeat("SECRET", 20) + `-1"`,
		`{"id":"1","value":"` + strings.Repeat("SECRET", 50) + `"}`, `{"languageCode":"en","id":"9","text":"SECRET"}`, `{"id":9,"name":null,"value":null,"text":"SECRET"}`,
	} {
		inputs[fmt.Sprint("field ", i)] = issue(`"customfield_1":`+field, "")
	}
	for name, data := range inputs {
		for _, l := range []saved.Limits{saved.Usual, tiny} {
			b := decodeWith(t, l, name, data)
			if found := connectortest.Betrayed(&b, []string{"SECRET", "secret"}); found != "" {
				t.Errorf("%s: %s", name, found)
			}
			for _, a := range b.Accounts {
				if strings.Contains(strings.Join(a.IDs, " "), "SECRET") {
					t.Errorf("%s: account %+v", name, a)
				}
			}
			if len(b.Records)+len(b.Histories) == 0 {
				t.Errorf("%s: nothing decoded: %+v", name, b.Notes)
			}
		}
	}
}

func TestSites(t *testing.T) {
	t.Parallel()
	for self, want := range map[string]string{
		"https://one.example/rest/api/2/issue/1": "https://one.example", "HTTPS://One.Example/rest/api/3/issue/1": "https://one.example",
		"https://one.example/jira/rest/agile/1.0/issue/1": "https://one.example/jira", "http://10.0.0.1:8080/rest/api/2/issue/1": "http://10.0.0.1:8080",
		"https://user:pw@one.example/rest/api/2/issue/1": "https://one.example", "https://api.one.example/ex/jira/11-22/rest/api/3/issue/1": "https://api.one.example/ex/jira/11-22",
		"": "", "/rest/api/2/issue/1": "", "https://one.example/browse/PAY-1": "", "https://[bad/rest/api": "",
	} {
		if got := siteOf(self); got != want {
			t.Errorf("%q: %q, want %q", self, got, want)
		}
	}
	// An issue's own address, else that of a part, else the fallback.
	for data, want := range map[string]string{
		`{"id":"1","key":"A-1","self":"https://a.example/rest/api/2/issue/1","fields":{"created":1700000000000,"project":{"self":"https://b.example/rest/api/2/project/1"}}}`: "https://a.example",
		`{"id":"1","key":"A-1","fields":{"created":1700000000000,"project":{"self":"https://b.example/rest/api/2/project/1"}}}`:                                               "https://b.example",
		`{"id":"1","key":"A-1","fields":{"created":1700000000000,"status":{"self":"https://c.example/rest/api/2/status/1"}}}`:                                                 "https://c.example",
		`{"id":"1","key":"A-1","fields":{"created":1700000000000,"issuetype":{"self":"https://d.example/rest/api/2/issuetype/1"}}}`:                                           "https://d.example",
		`{"id":"1","key":"A-1","fields":{"created":1700000000000}}`:                                                                                                           fallback,
		`{"url":"https://e.example/rest/api/2/search?jql=","data":{"id":"1","key":"A-1","fields":{"created":1700000000000}}}`:                                                 "https://e.example",
	} {
		if r, _ := one(t, data); r.Site != want {
			t.Errorf("%s: %q, want %q", data, r.Site, want)
		}
	}
}

func TestInstants(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]fact.Instant{
		`"2023-01-02T03:04:05.678+0000"`: 1672628645678, `"2023-01-02T03:04:05.678Z"`: 1672628645678, `"2023-01-02T04:04:05.678+0100"`: 1672628645678,
		`"2023-01-02T04:04:05.678+01:00"`: 1672628645678, `"2023-01-02T03:04:05.6789+0000"`: 1672628645678, `"2023-01-02T03:04:05+0000"`: 1672628645000,
		`"2023-01-02T03:04:05Z"`: 1672628645000, `"2023-01-02T03:04+0000"`: 1672628640000, `"2023-01-02T03:04:05.678"`: 1672628645678, `"2023-01-02 03:04:05.678"`: 1672628645678,
		`"2023-01-02 03:04:05"`: 1672628645000, `1672628645`: 1672628645000, `1672628645678`: 1672628645678, `1672628645678.0`: 1672628645678, `1.672628645678e12`: 1672628645678,
		`99999999999`: 99999999999000, `100000000000`: 100000000000, `0`: 0, `-5`: 0, `1e300`: 0, `253402300799999`: 253402300799999, `253402300800000`: 0, `9223372036854775807`: 0,
		`""`: 0, `"yesterday"`: 0, `"1672628645678"`: 0, `null`: 0, `true`: 0, `{}`: 0, `[]`: 0, `"1969-12-31T23:59:59.000Z"`: 0, `"2023-13-02T03:04:05.678Z"`: 0,
		`"9999-12-31T23:59:59.999-1200"`: latest,
	} {
		r, _ := one(t, issue(`"resolutiondate":`+text, ""))
		if r.Resolved != want {
			t.Errorf("%s: %v, want %v", text, r.Resolved, want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2024-02-29": "2024-02-29", "2024-02-29T10:00:00.000+0000": "2024-02-29", "2024-02-29 10:00": "2024-02-29",
		"2023-02-29": "", "29/Feb/24": "", "2024-2-9": "", "": "", "2024-02": "",
	} {
		if got := date(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The length of a comment in characters, of a text or of rich text.
func TestCommentLength(t *testing.T) {
	t.Parallel()
	text := func(n int) string { return `"` + strings.Repeat("ü", n) + `"` }
	doc := func(n int) string {
		return `{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":` + text(n-5) + `},{"type":"hardBreak"},{"type":"text","text":` + text(5) + `}]}]}`
	}
	deep := `{"text":` + text(10) + `}`
	for range 2000 {
		deep = `{"content":[` + deep + `]}`
	}
	for body, want := range map[string]fact.LengthClass{
		text(0): fact.Short, text(39): fact.Short, text(40): fact.Medium, text(279): fact.Medium, text(280): fact.Long,
		doc(39): fact.Short, doc(40): fact.Medium, doc(279): fact.Medium, doc(280): fact.Long, `{}`: fact.Short, `null`: fact.Short, deep: fact.Short,
	} {
		r, _ := one(t, issue(`"comment":{"total":1,"comments":[{"id":"1","created":"2024-01-02T00:00:00Z","body":`+body+`}]}`, ""))
		if got := r.Involvement[0].Length; got != want {
			t.Errorf("%.60s…: %d, want %d", body, got, want)
		}
	}
}

func TestUnseen(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string]int{
		`"comment":{"total":7,"comments":[{"id":"1"}]},"worklog":{"total":3,"worklogs":[]}`: 9,
		`"comment":{"total":0,"comments":[{"id":"1"}]}`:                                     0,
		`"comment":{"comments":[{"id":"1"}]}`:                                               0,
		`"comment":{"total":-4,"comments":[]}`:                                              0,
		`"comment":null,"worklog":null`:                                                     0,
	} {
		if r, _ := one(t, issue(fields, "")); r.Unseen != want {
			t.Errorf("%s: %d, want %d", fields, r.Unseen, want)
		}
	}
}

func TestSprintText(t *testing.T) {
	t.Parallel()
	const mark = sprintMark + "1a2b"
	for text, want := range map[string]sprint{
		mark + "[id=7,rapidViewId=<null>,state=CLOSED,name=Plain,startDate=<null>,endDate=<null>,completeDate=<null>]":                                                                                {id: "7", name: "Plain"},
		mark + "[rapidViewId=1,state=CLOSED,name=A, b, c,startDate=2024-01-01T00:00:00.000Z,endDate=2024-01-15T00:00:00.000Z,completeDate=<null>,sequence=7,id=7]":                                    {"7", "A, b, c", 1704067200000, 1705276800000},
		mark + "[id=7,rapidViewId=1,state=CLOSED,name=[x] y],startDate=2024-01-01T00:00:00.000Z,endDate=2024-01-15T00:00:00.000Z,completeDate=2024-01-16T00:00:00.000Z,sequence=7,goal=win, at last]": {"7", "[x] y]", 1704067200000, 1705363200000},
		mark + "[id=7,state=FUTURE,name=a=b,goal=]": {id: "7", name: "a=b"},
		mark + "[id=7,name=Ends here]":              {id: "7", name: "Ends here"},
		mark + "[id=7,name=]":                       {id: "7"},
		mark + "[name=No id]":                       {name: "No id"},
		mark + "[]":                                 {},
		mark:                                        {},
		mark + "[id=":                               {},
		mark + "[id=7,startDate=2024-01-01T00:00:00.000+01:00]": {id: "7", start: 1704063600000},
	} {
		if got := sprintText(text); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
	r, b := one(t, issue(`"customfield_1":["`+mark+`[name=No id]","`+mark+`[id=7,name=Seven]","`+mark+`[id=7,name=Again]"]`, ""))
	if !slices.Equal(r.Sprints, []fact.Named{{ID: "7", Name: "Seven"}}) || len(b.Terms) != 1 {
		t.Errorf("%+v %+v", r.Sprints, b.Terms)
	}
}

// The board's answers spell sprints, epics and flags in their own way.
func TestAgilePage(t *testing.T) {
	t.Parallel()
	b := decode(t, "page.json", file(t, "agile-page.json"))
	r := b.Records[0]
	if !r.Flagged || r.Parent != (fact.Ref{ID: "500", Key: "SHOP-50"}) || r.Site != "https://cloud.example" {
		t.Errorf("%+v", r)
	}
	want := []fact.Named{{ID: "12", Name: "Now"}, {ID: "10", Name: "Before"}, {ID: "11", Name: "After that"}}
	if !slices.Equal(r.Sprints, want) {
		t.Errorf("%+v", r.Sprints)
	}
	// A parent of its own counts more than the epic.
	r, _ = one(t, issue(`"epic":{"id":5,"key":"PAY-5"},"parent":{"id":"6","key":"PAY-6"}`, ""))
	if r.Parent != (fact.Ref{ID: "6", Key: "PAY-6"}) {
		t.Errorf("%+v", r.Parent)
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]fact.Type{
		`{"id":"1","name":"Epic","hierarchyLevel":1}`:                    {ID: "1", Name: "Epic", Rank: 1},
		`{"id":"1","name":"Sub-task","subtask":true}`:                    {ID: "1", Name: "Sub-task", Rank: -1},
		`{"id":"1","name":"Sub","subtask":true,"hierarchyLevel":0}`:      {ID: "1", Name: "Sub", Rank: 0},
		`{"id":"1","name":"Story","subtask":false}`:                      {ID: "1", Name: "Story", Rank: fact.RankUnknown},
		`{"id":"1","name":"High","hierarchyLevel":9000}`:                 {ID: "1", Name: "High", Rank: 100},
		`{"id":"1","name":"Low","hierarchyLevel":-70}`:                   {ID: "1", Name: "Low", Rank: -1},
		`{"id":1,"name":"Number","hierarchyLevel":"1","subtask":"true"}`: {ID: "1", Name: "Number", Rank: -1},
	} {
		if r, _ := one(t, issue(`"issuetype":`+typ, "")); r.Type != want {
			t.Errorf("%s: %+v, want %+v", typ, r.Type, want)
		}
	}
}

// Members of another shape than expected never stop an issue from being kept.
func TestOddShapes(t *testing.T) {
	t.Parallel()
	odd := []string{`null`, `""`, `"text"`, `0`, `-1.5e300`, `true`, `[]`, `{}`, `[null]`, `[[]]`, `[{}]`, `{"id":null,"name":{}}`, `[1,"a",{"id":{}}]`}
	for _, name := range []string{
		"summary", "project", "issuetype", "status", "resolution", "priority", "updated", "resolutiondate", "duedate", "parent", "epic", "flagged", "components", "labels",
		"fixVersions", "sprint", "closedSprints", "issuelinks", "comment", "worklog", "creator", "reporter", "assignee", "customfield_1", "something", "",
	} {
		for _, v := range odd {
			b := decode(t, "f.json", issue(fmt.Sprintf("%q:%s", name, v), ""))
			if len(b.Records) != 1 {
				t.Errorf("%s: %s: %+v", name, v, b.Notes)
			}
		}
	}
	for _, v := range odd {
		r, _ := one(t, issue("", `"changelog":`+v+`,"names":`+v))
		if r.History.State != fact.NoHistory || r.Changes != nil {
			t.Errorf("changelog %s: %+v", v, r.History)
		}
		one(t, issue("", `"changelog":{"total":`+v+`,"histories":[{"id":`+v+`,"created":`+v+`,"author":`+v+`,"items":`+v+`},`+v+`]}`))
	}
}

// A text that somebody else wrote does not grow without bound in a note.
func TestNotesAreBounded(t *testing.T) {
	t.Parallel()
	b := decode(t, "f.json", `{"errorMessages":["`+strings.Repeat("ü", 5000)+`"]}`)
	if len(b.Notes) != 1 || len(b.Notes[0].Reason) > 350 || !strings.HasSuffix(b.Notes[0].Reason, "ü…") {
		t.Errorf("%+v", b.Notes)
	}
	b = decode(t, "f.json", `{"id":"1","key":"`+strings.Repeat("K", 5000)+`","fields":{}}`)
	if len(b.Notes) != 1 || len(b.Notes[0].Subject) > 350 {
		t.Errorf("%+v", b.Notes)
	}
}

// Whoever has two accounts in a batch and turns out to be one is told as one.
func TestPeopleJoin(t *testing.T) {
	t.Parallel()
	user := func(members string) string {
		return issue(`"creator":{`+members+`}`, "")
	}
	page := `{"issues":[` + strings.Join([]string{
		user(`"name":"ana"`), user(`"emailAddress":"ana@one.example"`), user(`"name":"ana","emailAddress":"ana@one.example"`), user(`"emailAddress":"ana@one.example","name":"ana"`), user(`"displayName":"nobody we know"`),
	}, ",") + `]}`
	b := decode(t, "p.json", page)
	joined := slices.ContainsFunc(b.Accounts, func(a connectors.Account) bool {
		return slices.Contains(a.IDs, "ana") && slices.Contains(a.IDs, "ana@one.example")
	})
	if !joined || len(b.Accounts) != 2 || b.Records[4].Creator != 0 {
		t.Errorf("%+v", b.Accounts)
	}
	for _, a := range b.Accounts {
		if len(a.IDs) > 2 {
			t.Errorf("names come again: %+v", a)
		}
	}
}
