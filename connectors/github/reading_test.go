package github

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/saved"
)

// readAs reads a file as an archive's and returns what becomes of it.
func readAs(tb testing.TB, l saved.Limits, name, data string) connectors.Batch {
	tb.Helper()
	p := newParts()
	var cut []saved.Chunk
	if err := saved.Split(name, strings.NewReader(data), format, l, func(c saved.Chunk) error { cut = append(cut, c); return nil }); err != nil {
		tb.Fatal(err)
	}
	for _, c := range cut {
		p.take(c)
	}
	p.settle()
	r := newReading("", p)
	for _, c := range cut {
		r.chunk(c)
	}
	b := r.Take()
	rejected := 0
	for _, n := range b.Notes {
		if n.Kind == connectors.NoteRejected {
			rejected++
		}
	}
	if len(b.Records)+len(b.Histories)+rejected != b.Received {
		tb.Errorf("received %d, accounts for %d: %+v", b.Received, len(b.Records)+rejected, b.Notes)
	}
	return b
}

// readOne reads a value that is one record.
func readOne(tb testing.TB, data string) (fact.Record, connectors.Batch) {
	tb.Helper()
	b := readAs(tb, saved.Usual, "f.json", data)
	if len(b.Records) != 1 {
		tb.Fatalf("%d records of %s: %+v", len(b.Records), data, b.Notes)
	}
	return b.Records[0], b
}

// bundled is an issue that was saved with events.
func bundled(members string, events ...string) string {
	return `{"type":"issue","issue":` + issueJSON(7, members) + `,"events":[` + strings.Join(events, ",") + `]}`
}

// pulled is a pull request that was saved with events.
func pulled(members string, events ...string) string {
	own := `"head":{"ref":"x"},"base":{"repo":{"id":9,"full_name":"acme/shop"}}`
	issue := issueJSON(7, strings.TrimSuffix(own+","+members, ","))
	return `{"type":"pull","pull":` + issue + `,"events":[` + strings.Join(events, ",") + `],"comments":[]}`
}

// at is an event of a minute of one hour, by ben.
func at(minute int, name, members string) string {
	if members != "" {
		members = "," + members
	}
	id := 0
	for _, c := range name {
		id = id*31%100_003 + int(c)
	}
	return fmt.Sprintf(`{"id":%d,"event":%q,"actor":{"login":"ben","id":6},"created_at":"2026-01-01T10:%02d:00Z"%s}`, 1000*id+minute, name, minute, members)
}

func TestEvents(t *testing.T) {
	t.Parallel()
	const closed, done = `"state":"closed","closed_at":"2026-01-01T11:00:00Z","state_reason":"not_planned"`, `"state":"closed","closed_at":"2026-01-01T11:00:00Z"`
	merged := done + `,"merged_at":"2026-01-01T11:00:00Z","merged":true`
	parent := `{"number":3,"title":"p","state":"open","repository":{"full_name":"acme/pay"}}`
	for _, c := range []struct {
		name, data string
		want       []string
	}{
		{"nothing", bundled(""), nil},
		{"closed for a reason", bundled(closed, at(1, "closed", "")), []string{"status by ben: open Open -> closed Closed", "resolution by ben:  -> not_planned Not planned"}},
		{"a reason of its own", bundled(closed, at(1, "closed", `"state_reason":"duplicate"`)), []string{"status by ben: open Open -> closed Closed", "resolution by ben:  -> duplicate Duplicate"}},
		{"an unknown reason", bundled(`"state":"closed","state_reason":"lost_interest"`, at(1, "closed", "")), []string{"status by ben: open Open -> closed Closed", "resolution by ben:  -> lost_interest Lost interest"}},
		{"an earlier closing", bundled(closed, at(1, "closed", ""), at(2, "reopened", ""), at(3, "closed", "")), []string{
			"status by ben: open Open -> closed Closed", "resolution by ben:  -> completed Completed", "status by ben: closed Closed -> open Open", "resolution by ben: completed Completed -> ",
			"status by ben: open Open -> closed Closed", "resolution by ben:  -> not_planned Not planned"}},
		{"in another order", bundled(closed, at(3, "closed", ""), at(2, "reopened", ""), at(1, "closed", ""), at(3, "closed", "")), []string{
			"status by ben: open Open -> closed Closed", "resolution by ben:  -> completed Completed", "status by ben: closed Closed -> open Open", "resolution by ben: completed Completed -> ",
			"status by ben: open Open -> closed Closed", "resolution by ben:  -> not_planned Not planned"}},
		{"closed and open again", bundled("", at(1, "closed", ""), at(2, "reopened", "")), []string{
			"status by ben: open Open -> closed Closed", "resolution by ben:  -> completed Completed", "status by ben: closed Closed -> open Open", "resolution by ben: completed Completed -> "}},
		{"closed twice", bundled(done, at(1, "closed", ""), at(2, "closed", "")), []string{"status by ben: open Open -> closed Closed", "resolution by ben:  -> completed Completed"}},
		{"merged", pulled(merged, at(1, "merged", ""), at(1, "closed", "")), []string{"status by ben: pull-open Open pull request -> merged Merged"}},
		{"closed before it was merged", pulled(merged, at(1, "closed", ""), at(2, "reopened", ""), at(3, "closed", ""), at(3, "merged", "")), []string{
			"status by ben: pull-open Open pull request -> pull-closed Closed pull request", "resolution by ben:  -> unmerged Not merged", "status by ben: pull-closed Closed pull request -> pull-open Open pull request", "resolution by ben: unmerged Not merged -> ",
			"status by ben: pull-open Open pull request -> merged Merged"}},
		{"a draft at first", pulled("", at(1, "ready_for_review", "")), []string{"status by ben: pull-draft Draft -> pull-open Open pull request"}},
		{"a draft later", pulled(`"draft":true`, at(1, "convert_to_draft", "")), []string{"status by ben: pull-open Open pull request -> pull-draft Draft"}},
		{"a draft that is closed", pulled(done, at(1, "convert_to_draft", ""), at(2, "closed", ""), at(3, "ready_for_review", ""), at(4, "reopened", "")), []string{
			"status by ben: pull-open Open pull request -> pull-draft Draft", "status by ben: pull-draft Draft -> pull-closed Closed pull request", "resolution by ben:  -> unmerged Not merged",
			"status by ben: pull-closed Closed pull request -> pull-open Open pull request", "resolution by ben: unmerged Not merged -> "}},
		{"labels", bundled("", at(1, "labeled", `"label":{"name":"a"}`), at(2, "unlabeled", `"label":{"name":"a"}`)), []string{"label by ben:  -> a", "label by ben: a -> "}},
		{"milestones", bundled("", at(1, "milestoned", `"milestone":{"title":"M"}`), at(2, "demilestoned", `"milestone":{"title":"M"}`)), []string{"milestone by ben:  -> M", "milestone by ben: M -> "}},
		{"assigned", bundled("", at(1, "assigned", `"assignee":{"login":"cy","id":8},"assigner":{"login":"ana","id":5}`), at(2, "unassigned", `"assignee":{"login":"cy","id":8}`)), []string{"assignee by ana:  -> cy", "assignee by ben: cy -> "}},
		{"parents", bundled("", at(1, "parent_issue_added", `"parent_issue":`+parent), at(2, "parent_issue_removed", `"parent_issue":`+parent)), []string{"parent by ben:  -> acme/pay#3", "parent by ben: acme/pay#3 -> "}},
		{"blocked", bundled("", at(1, "blocked_by_added", `"blocked_by":`+parent), at(2, "blocked_by_removed", `"blocked_by":`+parent), at(3, "blocking_added", `"blocking":`+parent)), []string{
			"link by ben:  -> acme/pay#3 is blocked by", "link by ben: acme/pay#3 is blocked by -> ", "link by ben:  -> acme/pay#3 blocks"}},
		{"types", bundled("", at(1, "issue_type_added", `"issue_type":{"id":1,"name":"Bug"}`), at(2, "issue_type_changed", `"issue_type":{"id":2,"name":"Task"},"prev_issue_type":{"id":1,"name":"Bug"}`), at(3, "issue_type_removed", `"issue_type":{"id":2,"name":"Task"}`)), []string{
			"type by ben:  -> 1 Bug", "type by ben: 1 Bug -> 2 Task", "type by ben: 2 Task -> "}},
		{"transferred", bundled("", at(1, "transferred", `"from_repository":{"id":4,"full_name":"acme/old"}`)), []string{"project by ben: 4 acme/old -> acme/shop"}},
		{"what does not say what", bundled("", at(1, "connected", ""), at(2, "issue_type_added", ""), at(3, "labeled", ""), at(4, "locked", "")), nil},
		{"what is nothing", bundled("", at(1, "mentioned", ""), at(2, "subscribed", ""), `{"id":null,"event":"line-commented","actor":null,"created_at":null}`, `{}`, `null`, `5`), nil},
	} {
		r, b := readOne(t, c.data)
		got := told(&b, &r)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n %q, want\n %q", c.name, got, c.want)
		}
		if !slices.Equal(fact.SortChanges(slices.Clone(r.Changes)), r.Changes) {
			t.Errorf("%s: not in order", c.name)
		}
	}
}

// Deleted accounts are nobody, bots are known, and an address of GitHub's own
// tells whose it is.
func TestAccounts(t *testing.T) {
	t.Parallel()
	commit := func(n int, mail string) string {
		return fmt.Sprintf(`{"event":"committed","id":null,"actor":null,"created_at":null,"sha":"%016d%024d","author":{"name":"x","email":%q,"date":"2025-12-0%dT00:00:00Z"}}`, n, 0, mail, n)
	}
	r, b := readOne(t, pulled(`"user":null`,
		`{"event":"commented","id":1,"user":{"login":"ghost","id":10137},"created_at":"2026-01-01T10:00:00Z","body":"x"}`,
		`{"event":"commented","id":2,"user":{"login":"dependabot[bot]","id":49,"type":"Bot"},"created_at":"2026-01-01T10:00:00Z","body":"x"}`,
		`{"event":"reviewed","id":3,"user":{"login":"ana","id":5},"actor":null,"created_at":null,"submitted_at":"2026-01-01T10:00:00Z","state":"APPROVED"}`,
		`{"event":"reviewed","id":4,"user":{"login":"ana","id":5},"submitted_at":null,"state":"PENDING"}`,
		commit(3, "Cy@acme.example"), commit(1, "5+ana@users.noreply.github.com"), commit(2, "ben@users.noreply.github.com"), commit(4, ""),
	))
	var got []string
	for _, i := range r.Involvement {
		got = append(got, fmt.Sprintf("%s %s", i.ID, who(&b, i.By)))
	}
	want := []string{"c1 ", "c2 dependabot[bot] #49", "r3 ana #5", "0000000000000003 cy@acme.example", "0000000000000001 ana #5", "0000000000000002 ben", "0000000000000004 "}
	if r.Creator != 0 || !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, a := range b.Accounts {
		if a.Bot != (a.IDs[0] == "dependabot[bot]") {
			t.Errorf("%+v", a)
		}
	}
	for mail, want := range map[string]account{
		"5+ana@users.noreply.github.com": {login: "ana", id: "5", mail: "5+ana@users.noreply.github.com"}, "Ana@Users.NoReply.GitHub.com": {login: "ana", mail: "ana@users.noreply.github.com"},
		"49+dependabot[bot]@users.noreply.github.com": {login: "dependabot[bot]", id: "49", mail: "49+dependabot[bot]@users.noreply.github.com", bot: true},
		"ana@users.noreply.github.com.evil.example":   {mail: "ana@users.noreply.github.com.evil.example"}, "@users.noreply.github.com": {mail: "@users.noreply.github.com"}, "": {},
	} {
		if got := (account{mail: mail}).proved(gitHub); got != want {
			t.Errorf("%q: %+v", mail, got)
		}
	}
}

// Where a pull request began is when its oldest commit was written, whatever the
// order in which they come.
func TestBegun(t *testing.T) {
	t.Parallel()
	commit := func(n int) string {
		return fmt.Sprintf(`{"event":"committed","sha":"%016d%024d","author":{"email":"cy@acme.example","date":"2025-12-0%dT01:00:00+02:00"}}`, n, 0, n)
	}
	r, _ := readOne(t, pulled("", commit(3), commit(2), commit(4), `{"event":"referenced","id":9,"commit_id":"ffffffffffffffffffff","created_at":"2025-11-01T00:00:00Z","actor":null}`))
	if got := r.Pull.Begun.String(); got != "2025-12-01T23:00:00.000Z" || len(r.Involvement) != 4 {
		t.Errorf("%s, %+v", got, r.Involvement)
	}
}

// Addresses tell the site, of the API and for people, and are left alone where
// they are blank or of another kind.
func TestSites(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://api.github.com/repos/acme/shop/issues/7":            "https://github.com acme/shop#7",
		"https://github.com/acme/shop/pull/7":                        "https://github.com acme/shop#7",
		"https://ghe.example/api/v3/repos/acme/shop/issues/7":        "https://ghe.example acme/shop#7",
		"https://GHE.example:8443/acme/shop/issues/7":                "https://ghe.example:8443 acme/shop#7",
		"https://api.acme.ghe.com/repos/acme/shop/pulls/7":           "https://acme.ghe.com acme/shop#7",
		"https://api.github.com/repos/acme/shop/issues%7B/number%7D": "https://github.com ",
		"https://api.github.com/users/ana":                           " ", "": " ", "ftp://github.com/a/b": " ", "https://github.com/": " ",
	} {
		l, ok := locate(address)
		if !ok {
			l.site = ""
		}
		if got := l.site + " " + keyAt(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
	for given, want := range map[string]string{"": "", " HTTPS://ana:sesame@GHE.example/x ": "https://ghe.example", "https://www.github.com/": "https://github.com", "acme": ""} {
		if got := NewArchive("x", given).Scope().Query; got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
	r, _ := readOne(t, `{"url":"https://api.github.com/graphql","site":"https://ana:sesame@GHE.example/","seen":1767225600000,"data":`+issueJSON(7, "")+`}`)
	if r.Site != "https://ghe.example" || r.URL != "https://ghe.example/acme/shop/issues/7" || r.Told.String() != "2026-01-01T00:00:00.000Z" {
		t.Errorf("%+v", r)
	}
}

// Issues of REST that are pull requests: their ids are in their node ids, and
// where nothing tells them they cannot be kept.
func TestPullsAmongIssues(t *testing.T) {
	t.Parallel()
	id := packed("PR", []byte{0}, []byte{5}, []byte{7})
	r, _ := readOne(t, issueJSON(7, `"node_id":"`+id+`","pull_request":{"merged_at":"2026-01-02T00:00:00Z"},"draft":false`))
	if r.ID != "p7" || r.Class != fact.ClassPull || r.Status != statusMerged || r.Project.ID != "5" {
		t.Errorf("%+v", r)
	}
	if b := readAs(t, saved.Usual, "f.json", issueJSON(7, `"pull_request":{}`)); len(b.Records) != 0 || b.Received != 1 || len(b.Notes) != 1 || b.Notes[0].Kind != connectors.NoteRejected {
		t.Errorf("%+v", b)
	}
	// Beside its own answer, it takes that.
	own := issueJSON(7, `"node_id":"`+id+`","head":{"ref":"pay-12"},"base":{"repo":{"id":5,"full_name":"acme/shop"}},"changed_files":2,"additions":5,"deletions":1`)
	own = strings.Replace(own, `"id":1007`, `"id":7`, 1)
	b := readAs(t, saved.Usual, "f.jsonl", issueJSON(7, `"node_id":"`+id+`","pull_request":{}`)+"\n"+own+"\n")
	for _, r := range b.Records {
		if !r.Pull.Sized || len(r.Mentions) != 1 || r.ID != "p7" {
			t.Errorf("%+v", r)
		}
	}
	if len(b.Records) != 2 {
		t.Errorf("%d records", len(b.Records))
	}
}

// What is none of it is named; errors in their own words.
func TestOtherAnswers(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		`{"message":"API rate limit exceeded"}`:            "skipped: an error that GitHub answered: API rate limit exceeded",
		`{"errors":[{"message":"Parse error"}]}`:           "skipped: an error that GitHub answered: Parse error",
		`{"x":1}`:                                          "skipped: no issue and no pull request in it",
		`[]`:                                               "skipped: an empty list",
		`[1,{"x":2},{"login":"ana","id":5}]`:               "skipped: 3 elements are no issue, no pull request and no part of one",
		`{"data":{"viewer":{"login":"ana"}}}`:              "skipped: an answer of GraphQL without issues or pull requests that could be known",
		`{"data":null,"errors":[{"message":"boom"}]}`:      "skipped: an error that GitHub answered: boom",
		`{"data":{"nodes":[]},"errors":[{"message":"x"}]}`: "missing: GitHub answered in part: x",
	} {
		b := readAs(t, saved.Usual, "f.json", data)
		if len(b.Notes) == 0 || string(b.Notes[0].Kind)+": "+b.Notes[0].Reason != want || len(b.Records) != 0 {
			t.Errorf("%s: %+v", data, b.Notes)
		}
	}
}

// Counts and numbers of any size do no harm.
func TestOddNumbers(t *testing.T) {
	t.Parallel()
	for _, n := range []string{"-1", "1e300", "1.5", `"7"`, "null", "{}", "99999999999999999999"} {
		r, _ := readOne(t, pulled(`"additions":`+n+`,"changed_files":1,"deletions":`+n+`,"comments":`+n))
		if r.Pull.Added < 0 || r.Pull.Deleted < 0 || r.Unseen < 0 {
			t.Errorf("%s: %+v", n, r.Pull)
		}
	}
}

func FuzzReading(f *testing.F) {
	f.Add([]byte(bundled(`"state":"closed"`, at(1, "closed", ""), at(2, "reopened", ""), at(3, "labeled", `"label":{"name":"a"}`), at(4, "assigned", `"assignee":{"login":"cy"}`))))
	f.Add([]byte(pulled(`"draft":true`, at(1, "merged", ""), at(2, "ready_for_review", ""), `{"event":"committed","sha":"ab","author":{"email":"5+a@users.noreply.github.com","date":"2026-01-01T00:00:00Z"}}`, `{"event":"reviewed","id":5}`)))
	f.Add([]byte(`{"magic":"x","timestamp":"2026-01-01T00:00:00Z","repo":"a/b","issues":[{"id":"MDU6SXNzdWUxMjM=","number":1,"title":"#2","createdAt":"2026-01-01T00:00:00Z","comments":[{"createdAt":"x"},{}]}],"pulls":[{"id":"x","reviews":[{"id":"r","comments":[{}]}]}]}`))
	f.Add([]byte(`{"data":{"repository":{"nameWithOwner":"a/b","issues":{"pageInfo":{"hasNextPage":true},"nodes":[{"__typename":"Issue","id":"MDU6SXNzdWUxMjM=","number":1,"title":"x","createdAt":"2026-01-01T00:00:00Z","timelineItems":{"totalCount":3,"pageInfo":{"hasNextPage":true,"endCursor":"c"},"nodes":[{"__typename":"ClosedEvent","id":"MDExOkNsb3NlZEV2ZW50Nw==","createdAt":"2026-01-02T00:00:00Z"},{"__typename":"ProjectV2ItemStatusChangedEvent","id":"e","project":{"id":"p"},"status":"x"}]},"blockedBy":{"nodes":[{"id":"y"}]}}]}}}}`))
	f.Add([]byte(`[{"url":"https://api.github.com/repos/a/b/issues/1/events?per_page=2","data":[{"id":1,"event":"closed"}]},{"url":"https://api.github.com/repos/a/b/issues","data":[` + issueJSON(1, "") + `]},{"url":"x","data":{"data":{"node":{"id":"I","timelineItems":{}}}}}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b := readAs(t, saved.Usual, "f.json", string(data))
		for i := range b.Records {
			checkRecord(t, &b, &b.Records[i])
		}
		for _, a := range b.Accounts {
			if len(a.IDs) == 0 || slices.Contains(a.IDs, "") {
				t.Errorf("%+v", a)
			}
		}
		// Cut into elements, the same records come of it.
		if v := gjson.ParseBytes(data); gjson.ValidBytes(data) && v.IsArray() {
			again := readAs(t, saved.Limits{Small: 8, Value: 1 << 20, Job: 1}, "f.json", string(data))
			if len(again.Records) != len(b.Records) {
				t.Errorf("%d records whole, %d in pieces", len(b.Records), len(again.Records))
			}
		}
	})
}

// checkRecord holds a record to what every one must be.
func checkRecord(t *testing.T, b *connectors.Batch, r *fact.Record) {
	t.Helper()
	if err := r.Validate(); err != nil || r.Updated < r.Created || r.Created > latest || r.Resolved < 0 || r.Resolved > latest {
		t.Errorf("%v: %+v", err, r)
	}
	for _, p := range []fact.Person{r.Creator, r.Reporter, r.Assignee} {
		if int(p) > len(b.Accounts) {
			t.Errorf("person %d of %d", p, len(b.Accounts))
		}
	}
	changes, acts := map[string]bool{}, map[string]bool{}
	for _, c := range r.Changes {
		if c.ID == "" || changes[c.ID] {
			t.Errorf("a change without an id, or twice: %+v", c)
		}
		changes[c.ID] = true
	}
	for _, i := range r.Involvement {
		if k := fmt.Sprint(i.Act, i.ID); i.ID == "" || acts[k] {
			t.Errorf("an involvement without an id, or twice: %+v", i)
		} else {
			acts[k] = true
		}
	}
	if !slices.Equal(fact.SortChanges(slices.Clone(r.Changes)), r.Changes) {
		t.Error("changes are not in order")
	}
	for _, l := range r.Links {
		if l.ID == "" || l.Other.IsZero() {
			t.Errorf("%+v", l)
		}
	}
}
