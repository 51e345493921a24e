package jira

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/saved"
)

// item writes an item of a history; null stands for an empty text.
func itemJSON(field, id, kind, from, fromText, to, toText string) string {
	q := func(s string) string {
		if s == "" {
			return "null"
		}
		return fmt.Sprintf("%q", s)
	}
	members := `"field":` + q(field)
	if id != "" {
		members += `,"fieldId":` + q(id)
	}
	return `{` + members + `,"fieldtype":` + q(kind) + `,"from":` + q(from) + `,"fromString":` + q(fromText) + `,"to":` + q(to) + `,"toString":` + q(toText) + `}`
}

// Fields are known in every spelling that Jira has used, with and without
// their ids.
func TestSpellings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field, id, kind string
		want            fact.Kind
	}{
		{"status", "status", "jira", fact.KindStatus}, {"status", "", "jira", fact.KindStatus}, {"Status", "", "jira", fact.KindStatus}, {"状態", "status", "jira", fact.KindStatus},
		{"resolution", "", "jira", fact.KindResolution}, {"assignee", "", "jira", fact.KindAssignee}, {"Bearbeiter", "assignee", "jira", fact.KindAssignee},
		{"Parent", "", "jira", fact.KindParent}, {"IssueParentAssociation", "", "jira", fact.KindParent}, {"Parent Issue", "parent", "jira", fact.KindParent},
		{"Epic Link", "customfield_10014", "custom", fact.KindParent}, {"Epic Link", "", "custom", fact.KindParent}, {"Parent Link", "customfield_10018", "custom", fact.KindParent},
		{"Link", "", "jira", fact.KindLink}, {"Linked Issues", "issuelinks", "jira", fact.KindLink},
		{"Fix Version", "", "jira", fact.KindRelease}, {"Fix Version", "fixVersions", "jira", fact.KindRelease}, {"Version", "versions", "jira", fact.KindOther},
		{"issuetype", "", "jira", fact.KindType}, {"Issue Type", "", "jira", fact.KindType}, {"type", "", "jira", fact.KindType}, {"priority", "priority", "jira", fact.KindPriority},
		{"duedate", "duedate", "jira", fact.KindDue}, {"Key", "", "jira", fact.KindKey}, {"project", "", "jira", fact.KindProject}, {"Project", "project", "jira", fact.KindProject},
		{"Component", "", "jira", fact.KindComponent}, {"Component/s", "components", "jira", fact.KindComponent}, {"labels", "labels", "jira", fact.KindLabel}, {"Labels", "", "jira", fact.KindLabel},
		{"Sprint", "customfield_10020", "custom", fact.KindSprint}, {"Sprint", "", "custom", fact.KindSprint}, {"Team", "customfield_1", "custom", fact.KindTeam},
		{"Story Points", "", "custom", fact.KindEstimate}, {"Story point estimate", "customfield_10016", "custom", fact.KindEstimate},
		{"Rank", "", "custom", fact.KindRank}, {"Rank", "customfield_10019", "jira", fact.KindRank}, {"Global Rank", "", "custom", fact.KindRank}, {"Flagged", "", "custom", fact.KindFlag},
		// A custom field that bears the name of one of Jira's own is another.
		{"Component", "customfield_9", "", fact.KindOther}, {"Component", "customfield_9", "jira", fact.KindOther},
		{"Status", "customfield_9", "custom", fact.KindOther}, {"Labels", "", "custom", fact.KindOther}, {"assignee", "", "custom", fact.KindOther},
		{"description", "", "jira", fact.KindOther}, {"timespent", "", "jira", fact.KindOther}, {"", "", "jira", fact.KindOther},
	} {
		from, to := "2024-01-01", "2024-01-02"
		switch c.want {
		case fact.KindParent:
			from, to = "PAY-1", "PAY-2"
		case fact.KindEstimate:
			from, to = "3", "0.5"
		}
		got := items(t, itemJSON(c.field, c.id, c.kind, "1", from, "2", to))
		if len(got) == 0 || got[0].Kind != c.want {
			t.Errorf("%+v: %+v", c, got)
			continue
		}
		if c.want == fact.KindOther && (got[0].Field != c.field || !got[0].From.IsZero() || !got[0].To.IsZero()) || c.want != fact.KindOther && got[0].Field != "" {
			t.Errorf("%+v: %+v", c, got[0])
		}
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	v := func(id, text string) fact.Value { return fact.Value{ID: id, Text: text} }
	for _, c := range []struct {
		name, item string
		want       []fact.Change
	}{
		{"a status", itemJSON("status", "", "jira", "1", "Open", "3", "In Progress"), []fact.Change{{Kind: fact.KindStatus, From: v("1", "Open"), To: v("3", "In Progress")}}},
		{"a resolution taken back", itemJSON("resolution", "", "jira", "5", "Fixed", "", ""), []fact.Change{{Kind: fact.KindResolution, From: v("5", "Fixed")}}},
		{"a component added", itemJSON("Component", "", "jira", "", "", "71", "web"), []fact.Change{{Kind: fact.KindComponent, To: v("71", "web")}}},
		{"a release replaced", itemJSON("Fix Version", "fixVersions", "jira", "81", "1.4", "82", "2.0"), []fact.Change{{Kind: fact.KindRelease, From: v("81", "1.4"), To: v("82", "2.0")}}},
		{"a key", itemJSON("Key", "", "jira", "", "OLD-5", "", "NEW-7"), []fact.Change{{Kind: fact.KindKey, From: v("", "OLD-5"), To: v("", "NEW-7")}}},
		{"points", itemJSON("Story Points", "", "custom", "", "", "", "3"), []fact.Change{{Kind: fact.KindEstimate, To: v("", "3")}}},
		{"a flag", itemJSON("Flagged", "", "custom", "", "", "[10100]", "Impediment"), []fact.Change{{Kind: fact.KindFlag, To: v("[10100]", "Impediment")}}},
		{"a rank", itemJSON("Rank", "", "custom", "", "", "", "Ranked higher"), []fact.Change{{Kind: fact.KindRank}}},
		{"an epic", itemJSON("Epic Link", "", "custom", "20707", "K5-1", "20708", "K5-2"), []fact.Change{{Kind: fact.KindParent, From: v("20707", "K5-1"), To: v("20708", "K5-2")}}},
		{"a due day", itemJSON("duedate", "", "jira", "2024-01-05", "2024-01-05 00:00:00.0", "", ""), []fact.Change{{Kind: fact.KindDue, From: v("", "2024-01-05")}}},
		{"a due day in words of the user", itemJSON("duedate", "", "jira", "", "2024-01-05 00:00:00.0", "2024-02-05", "5/Feb/24"), []fact.Change{{Kind: fact.KindDue, From: v("", "2024-01-05"), To: v("", "2024-02-05")}}},

		{"a link", itemJSON("Link", "", "jira", "", "", "PAY-12", "This issue is blocked by PAY-12"), []fact.Change{{Kind: fact.KindLink, To: v("PAY-12", "is blocked by")}}},
		{"a link in newer words", itemJSON("Link", "issuelinks", "jira", "", "", "PAY-12", "This work item blocks PAY-12"), []fact.Change{{Kind: fact.KindLink, To: v("PAY-12", "blocks")}}},
		{"a link removed", itemJSON("Link", "", "jira", "PAY-12", "This issue is blocked by PAY-12", "", ""), []fact.Change{{Kind: fact.KindLink, From: v("PAY-12", "is blocked by")}}},
		{"a link in another tongue", itemJSON("Link", "", "jira", "", "", "PAY-12", "Dieser Vorgang blockiert PAY-12"), []fact.Change{{Kind: fact.KindLink, To: v("PAY-12", "Dieser Vorgang blockiert")}}},
		{"a link without the key in its sentence", itemJSON("Link", "", "jira", "", "", "PAY-12", "This issue relates to"), []fact.Change{{Kind: fact.KindLink, To: v("PAY-12", "relates to")}}},
		{"a link without a sentence", itemJSON("Link", "", "jira", "", "", "PAY-12", ""), []fact.Change{{Kind: fact.KindLink, To: v("PAY-12", "")}}},

		{"labels", itemJSON("labels", "", "jira", "", "a b", "", "b c d"), []fact.Change{{Kind: fact.KindLabel, From: v("", "a")}, {Kind: fact.KindLabel, To: v("", "c")}, {Kind: fact.KindLabel, To: v("", "d")}}},
		{"the first label", itemJSON("labels", "", "jira", "", "", "", "a"), []fact.Change{{Kind: fact.KindLabel, To: v("", "a")}}},
		{"all labels", itemJSON("labels", "", "jira", "", "a  b", "", ""), []fact.Change{{Kind: fact.KindLabel, From: v("", "a")}, {Kind: fact.KindLabel, From: v("", "b")}}},
		{"labels in another order", itemJSON("labels", "", "jira", "", "a b", "", "b a"), []fact.Change{{Kind: fact.KindOther, Field: "labels"}}},

		{"a sprint", itemJSON("Sprint", "", "custom", "", "", "8", "Week 8"), []fact.Change{{Kind: fact.KindSprint, To: v("8", "Week 8")}}},
		{"a sprint more", itemJSON("Sprint", "", "custom", "8", "Week 8", "8, 9", "Week 8, Week 9"), []fact.Change{{Kind: fact.KindSprint, To: v("9", "Week 9")}}},
		{"a sprint for another", itemJSON("Sprint", "", "custom", "8,9", "Week 8, Week 9", "9,10", "Week 9, Week 10"), []fact.Change{{Kind: fact.KindSprint, From: v("8", "Week 8")}, {Kind: fact.KindSprint, To: v("10", "Week 10")}}},
		{"one whose name has commas", itemJSON("Sprint", "", "custom", "", "", "8", "Plan, do, check"), []fact.Change{{Kind: fact.KindSprint, To: v("8", "Plan, do, check")}}},
		{"several, one of which has commas", itemJSON("Sprint", "", "custom", "", "", "8, 9", "Plan, do, check, Week 9"), []fact.Change{{Kind: fact.KindSprint, To: v("8", "")}, {Kind: fact.KindSprint, To: v("9", "")}}},

		{"nothing at all", "", []fact.Change{{Kind: fact.KindOther}}},
	} {
		if diff := cmp.Diff(c.want, items(t, c.item), same); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Fields that people add may bear the names of those of Jira's extensions: what
// has not their form is not kept, on neither side.
func TestBorrowedNames(t *testing.T) {
	t.Parallel()
	const uuid = "36885b3c-1bf0-4f85-a357-c5b858c31de4"
	for _, c := range []struct {
		field, id, text string
		kept            bool
	}{
		{"Team", "42", "Rockets", true}, {"Team", uuid, "Rockets", true}, {"Team", uuid + "-142", "Rockets", true}, {"Team", "42", "", true},
		{"Team", "", "Name One", false}, {"Team", "bob", "Name One", false}, {"Team", "JIRAUSER10100", "Name One", false}, {"Team", "bob@acme.example", "Name One", false},
		{"Team", "557058:" + uuid, "Name One", false}, {"Team", "5b10a2844c20165700ede21g", "Name One", false}, {"Team", "5b109f2e9729b51b54dc274d", "Name One", false},
		{"Team", "[bob, ana]", "Name One, Name Two", false},
		{"Sprint", "7", "Week 7", true}, {"Sprint", "7, 8", "Week 7, Week 8", true}, {"Sprint", "bob", "Name One", false}, {"Sprint", "7, bob", "Week 7, Name One", false}, {"Sprint", "", "Name One", false},
		{"Epic Link", "20707", "K5-1", true}, {"Epic Link", "20707", "", true}, {"Epic Link", "K5-1", "", true}, {"Parent Link", "", "K5-1", true},
		{"Epic Link", "bob", "Name One", false}, {"Epic Link", "20707", "Name One", false}, {"Parent Link", "bob", "", false}, {"Parent Link", "", "Name One", false},
		{"Story Points", "", "3", true}, {"Story Points", "", "-0.5", true}, {"Story Points", "3", "3.0", true}, {"Story point estimate", "", "1.0E7", true},
		{"Story Points", "", "Name One", false}, {"Story Points", "bob", "3", false}, {"Story Points", "", "3 Name One", false},
		{"Flagged", "[10019]", "Impediment", true}, {"Flagged", "[10019, 10020]", "Hindernis, Frage", true}, {"Flagged", "", "Impediment", true},
		{"Flagged", "bob", "Name One", false}, {"Flagged", "", "Name One", false},
	} {
		for side, item := range []string{
			itemJSON(c.field, "customfield_9", "custom", c.id, c.text, "", ""), itemJSON(c.field, "", "custom", "", "", c.id, c.text), itemJSON(c.field, "", "jira", c.id, c.text, c.id, c.text),
		} {
			got := items(t, item)
			for _, change := range got {
				kept := change.Kind != fact.KindOther
				if kept && !c.kept || !kept && c.kept && side < 2 || !kept && (change.Field != c.field || !change.From.IsZero() || !change.To.IsZero()) {
					t.Errorf("%+v, side %d: %+v", c, side, change)
				}
			}
		}
	}
}

func TestAssignees(t *testing.T) {
	t.Parallel()
	r, b := one(t, issue(`"assignee":{"key":"k2","name":"n2"}`, `"changelog":{"histories":[
		{"id":"5","created":"2024-01-02T00:00:00Z","author":{"name":"n1","key":"k1"},"items":[`+itemJSON("assignee", "", "jira", "", "", "k1", "Name One")+`]},
		{"id":"6","created":"2024-01-03T00:00:00Z","author":{"name":"n1"},"items":[`+itemJSON("assignee", "", "jira", "k1", "Name One", "k2", "Name Two")+`]},
		{"id":"7","created":"2024-01-04T00:00:00Z","author":null,"items":[`+itemJSON("assignee", "", "jira", "k3", "Name Three", "", "")+`]}]}`))
	c := r.Changes
	if len(c) != 3 || c[0].To.Person != c[0].By || c[1].By != c[0].By || c[1].From.Person != c[0].By || c[1].To.Person != r.Assignee || c[2].By != 0 || c[2].To.Person != 0 {
		t.Fatalf("%+v", c)
	}
	if who(&b, c[0].By) != "k1 n1" || who(&b, r.Assignee) != "k2 n2" || who(&b, c[2].From.Person) != "k3" {
		t.Errorf("%+v", b.Accounts)
	}
}

// A change keeps its id whatever else its entry holds: an answer that was
// filtered by field is joined with one that was not.
func TestChangeIDs(t *testing.T) {
	t.Parallel()
	status := itemJSON("status", "status", "jira", "1", "Open", "3", "In Progress")
	label := itemJSON("labels", "labels", "jira", "", "a", "", "b c")
	other := itemJSON("labels", "labels", "jira", "", "b c", "", "d")
	ids := func(list ...string) map[string]string {
		r, _ := one(t, issue("", `"changelog":{"histories":[{"id":"5","created":"2024-01-02T00:00:00Z","items":[`+strings.Join(list, ",")+`]}]}`))
		out := map[string]string{}
		for _, c := range r.Changes {
			if out[c.ID] != "" {
				t.Errorf("the id %s comes twice", c.ID)
			}
			out[c.ID] = fmt.Sprint(c.Kind, c.From, c.To)
		}
		return out
	}
	all := ids(status, label, other)
	if len(all) != 7 {
		t.Errorf("%v", all)
	}
	for _, list := range [][]string{{status}, {label, other}, {other}, {label}} {
		if list[0] == other {
			continue // the first of its field now, as no filter leaves it
		}
		for id, what := range ids(list...) {
			if all[id] != what {
				t.Errorf("%s is %s alone and %s among others", id, what, all[id])
			}
		}
	}
}

func TestHistoryStates(t *testing.T) {
	t.Parallel()
	entry := `{"id":"5","created":"2024-01-02T00:00:00Z","items":[` + itemJSON("Rank", "", "custom", "", "", "", "") + `]}`
	for _, c := range []struct {
		members string
		want    fact.History
	}{
		{``, fact.History{}}, {`"changelog":null`, fact.History{}}, {`"changelog":"none"`, fact.History{}}, {`"changelog":{}`, fact.History{}}, {`"changelog":{"total":4}`, fact.History{}},
		{`"changelog":{"total":0,"histories":[]}`, fact.History{State: fact.WholeHistory}}, {`"changelog":{"histories":[]}`, fact.History{State: fact.WholeHistory}},
		{`"changelog":{"histories":[` + entry + `]}`, fact.History{State: fact.WholeHistory, Have: 1, Total: 1}},
		{`"changelog":{"total":1,"maxResults":1,"histories":[` + entry + `]}`, fact.History{State: fact.WholeHistory, Have: 1, Total: 1}},
		{`"changelog":{"total":41,"maxResults":1,"histories":[` + entry + `]}`, fact.History{State: fact.CutHistory, Have: 1, Total: 41}},
		{`"changelog":{"total":3,"histories":[]}`, fact.History{State: fact.CutHistory, Total: 3}},
	} {
		if r, _ := one(t, issue("", c.members)); r.History != c.want {
			t.Errorf("%s: %+v, want %+v", c.members, r.History, c.want)
		}
	}
}

func TestBulkChangelog(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]saved.Limits{"whole": saved.Usual, "streamed": tiny} {
		b := decodeWith(t, l, "bulk.json", file(t, "bulk-changelog.json"))
		wantNotes(t, &b, connectors.NoteRejected, "bulk.json: a change log without the id of its issue")
		if len(b.Histories) != 3 {
			t.Fatalf("%s: %+v", name, b.Histories)
		}
		for i, want := range []connectors.History{
			{Site: fallback, Of: fact.Ref{ID: "10063"}, Entries: 2, Total: -1}, {Site: fallback, Of: fact.Ref{ID: "10064"}, Total: -1}, {Site: fallback, Of: fact.Ref{ID: "10065"}, Entries: 1, Total: -1, More: true},
		} {
			h := b.Histories[i]
			h.Changes = nil
			if diff := cmp.Diff(want, h, same); diff != "" {
				t.Errorf("%s, log %d: %s", name, i, diff)
			}
		}
		changes := b.Histories[0].Changes
		if len(changes) != 3 || changes[0].At != 1611544167985 || changes[2].At != 1611544168000 || changes[2].Field != "summary" || who(&b, changes[1].To.Person) != "secret-2" {
			t.Errorf("%s: %+v", name, changes)
		}
	}
	b := decode(t, "bulk.json", strings.Replace(file(t, "bulk-changelog.json"), `"nextPageToken":"abc"`, `"nextPageToken":null`, 1))
	if b.Histories[2].More {
		t.Error("the last page is followed by none")
	}
	b = decode(t, "bulk.json", `{"issueChangeLogs":[]}`)
	wantNotes(t, &b, connectors.NoteSkipped, "bulk.json: a page of change logs without any")
}

// A page of one issue's log says by its address, else by the name of its file,
// whose it is.
func TestChangelogPage(t *testing.T) {
	t.Parallel()
	page := file(t, "changelog-page.json")
	b := decode(t, "whatever.json", page)
	h := b.Histories[0]
	if h.Site != "https://cloud.example" || h.Of != (fact.Ref{ID: "10063"}) || h.Entries != 2 || h.Total != 3 || h.More || len(h.Changes) != 2 || b.Received != 1 {
		t.Errorf("%+v", h)
	}
	entry := `{"id":"1001","created":"2021-01-25T11:09:27.985+0800","items":[]}`
	for _, c := range []struct {
		name, data string
		want       connectors.History
	}{
		{"x.json", `{"nextPage":"https://c.example/rest/api/3/issue/PAY-3/changelog?startAt=2","isLast":false,"values":[` + entry + `]}`, connectors.History{Site: "https://c.example", Of: fact.Ref{Key: "PAY-3"}, Entries: 1, Total: -1, More: true}},
		{"x.json", `{"self":"https://c.example/rest/api/3/issue/PAY-3/changelog","isLast":true,"values":[` + entry + `]}`, connectors.History{Site: "https://c.example", Of: fact.Ref{Key: "PAY-3"}, Entries: 1, Total: -1}},
		{"logs/UTF-8/PAY-12_changelog.json", `{"values":[` + entry + `]}`, connectors.History{Site: fallback, Of: fact.Ref{Key: "PAY-12"}, Entries: 1, Total: -1}},
		{"PAY-12.json", `{"total":5,"histories":[` + entry + `,` + entry + `]}`, connectors.History{Site: fallback, Of: fact.Ref{Key: "PAY-12"}, Entries: 2, Total: 5}},
		{"x.json", `{"url":"https://c.example/rest/api/2/issue/77/changelog?x","data":{"total":5,"values":[` + entry + `]}}`, connectors.History{Site: "https://c.example", Of: fact.Ref{ID: "77"}, Entries: 1, Total: 5}},
		{"x.json", `[{"url":"https://c.example/rest/api/2/issue/77/changelog","data":` + entry + `}]`, connectors.History{Site: "https://c.example", Of: fact.Ref{ID: "77"}, Entries: 1, Total: -1, More: true}},
		{"x.json", `[{"self":"https://c.example/rest/api/2/issue/78/changelog","histories":[` + entry + `]}]`, connectors.History{Site: "https://c.example", Of: fact.Ref{ID: "78"}, Entries: 1, Total: -1}},
		{"PAY-12.json", entry, connectors.History{Site: fallback, Of: fact.Ref{Key: "PAY-12"}, Entries: 1, Total: -1, More: true}},
		// Where it is known when the answer was given, the part says so.
		{"x.json", `{"url":"https://c.example/rest/api/2/issue/77/changelog","site":"https://c.example","seen":1700000000000,"data":{"total":5,"values":[` + entry + `]}}`, connectors.History{Site: "https://c.example", Of: fact.Ref{ID: "77"}, Entries: 1, Total: 5, Through: 1700000000000}},
		{"x.json", `{"url":"x","site":"https://c.example","seen":1700000000000,"request":{"issueIdsOrKeys":["78"]},"data":{"issueChangeLogs":[]}}`, connectors.History{Site: "https://c.example", Of: fact.Ref{ID: "78"}, Total: -1, Through: 1700000000000}},
		// A page without entries says that nothing ever changed.
		{"x.json", `{"self":"https://c.example/rest/api/3/issue/5/changelog?startAt=0","startAt":0,"total":0,"isLast":true,"values":[]}`, connectors.History{Site: "https://c.example", Of: fact.Ref{ID: "5"}}},
		{"x.json", `{"url":"https://c.example/rest/api/3/issue/5/changelog","data":{"total":0,"values":[]}}`, connectors.History{Site: "https://c.example", Of: fact.Ref{ID: "5"}}},
	} {
		b := decode(t, c.name, c.data)
		if len(b.Histories) != 1 {
			t.Errorf("%s: %s: %+v", c.name, c.data, b.Notes)
			continue
		}
		h := b.Histories[0]
		h.Changes = nil
		if diff := cmp.Diff(c.want, h, same); diff != "" {
			t.Errorf("%s: %s: %s", c.name, c.data, diff)
		}
	}
	for name, data := range map[string]string{
		"page.json": `{"values":[` + entry + `]}`, "pay-12.json": `{"values":[` + entry + `]}`, "entry.json": entry, "PAY-12/entry.json": entry,
		"X-0.json": `{"self":"https://c.example/rest/api/3/issue/%zz/changelog","values":[` + entry + `]}`,
	} {
		b := decode(t, name, data)
		if got := notes(&b, connectors.NoteRejected); len(got) != 1 || !strings.Contains(got[0], "does not say of which issue") || len(b.Histories) != 0 {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := decode(t, "PAY-1.json", `{"values":[]}`); !slices.Equal(notes(&got, connectors.NoteSkipped), []string{"PAY-1.json: no issue in it"}) {
		t.Errorf("%+v", got.Notes)
	}
}
