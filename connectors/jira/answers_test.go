package jira

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/saved"
)

const plainIssue = `{"id":"1","key":"PAY-1","fields":{"created":1700000000000}}`

// What a file holds is told by its members; what it is not, by a note.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, file, data string
		records          int
		rejected, skip   string
	}{
		{"an issue", "a.json", plainIssue, 1, "", ""},
		{"a list of issues", "a.json", `[` + plainIssue + `,` + plainIssue + `]`, 2, "", ""},
		{"an envelope", "a.json", `{"url":"https://a.example/rest/api/2/issue/1","input":null,"data":` + plainIssue + `}`, 1, "", ""},
		{"a list of envelopes", "a.json", `[{"url":"https://a.example/rest/api/2/issue/1","data":` + plainIssue + `},{"url":"https://a.example/rest/api/2/issue/1","data":{"emails":[]}}]`, 1, "", "a.json: 1 elements are no issue"},
		{"an envelope around a page", "a.json", `{"url":"x","data":{"issues":[` + plainIssue + `]}}`, 1, "", ""},
		{"an envelope around a list", "a.json", `{"url":"x","data":[` + plainIssue + `]}`, 1, "", ""},
		{"an envelope around an envelope", "a.json", `{"url":"x","data":{"url":"x","data":` + plainIssue + `}}`, 0, "", "a.json: a saved answer within a saved answer"},
		{"an envelope around a list of envelopes", "a.json", `{"url":"x","data":[` + plainIssue + `,{"url":"x","data":` + plainIssue + `}]}`, 1, "", "a.json: 1 elements are no issue"},
		{"a list of envelopes around envelopes", "a.json", `[{"url":"x","data":{"url":"x","data":` + plainIssue + `}}]`, 0, "", "a.json: 1 elements are no issue"},
		{"envelopes without end", "a.json", strings.Repeat(`{"url":"","data":`, 5000) + "1" + strings.Repeat("}", 5000), 0, "", "a.json: a saved answer within a saved answer"},
		{"an envelope around nothing", "a.json", `{"url":"x","data":{"emails":[]}}`, 0, "", "a.json: saved answers that are no issue"},
		{"an envelope around null", "a.json", `{"url":"x","data":null}`, 0, "", "a.json: saved answers that are no issue"},
		{"a search page", "a.json", `{"startAt":0,"total":1,"issues":[` + plainIssue + `]}`, 1, "", ""},
		{"an empty page", "a.json", `{"startAt":0,"total":0,"issues":[]}`, 0, "", "a.json: a search page without issues"},
		{"a page with an issue of no date", "a.json", `{"issues":[{"id":"1","key":"PAY-1"},{"id":"2"},7]}`, 0,
			"a.json: PAY-1: an issue that cannot be kept: no usable creation time|a.json: element 2: an issue that cannot be kept: no usable creation time|a.json: element 3: an issue that cannot be kept: no id", ""},
		{"an issue of no date", "PAY-1.json", `{"id":"1","key":"PAY-1","fields":{}}`, 0, "PAY-1.json: an issue that cannot be kept: no usable creation time", ""},
		{"an issue of no date, by another name", "a.json", `{"id":"1","key":"PAY-1","fields":{}}`, 0, "a.json: PAY-1: an issue that cannot be kept: no usable creation time", ""},
		{"a mixed list", "a.json", `[` + plainIssue + `,7,null,[],{"id":5},{"fields":{}}]`, 1, "", "a.json: 5 elements are no issue"},
		{"an empty list", "a.json", `[]`, 0, "", "a.json: an empty list"},
		{"an error", "a.json", `{"errorMessages":["The requested API has been removed."],"errors":{}}`, 0, "", "a.json: an error that Jira answered: The requested API has been removed."},
		{"another object", "a.json", `{"self":"https://a.example/rest/api/2/serverInfo","version":"9"}`, 0, "", "a.json: no issue in it"},
		{"an empty object", "a.json", `{}`, 0, "", "a.json: no issue in it"},
		{"an empty file", "a.json", ``, 0, "", "a.json: empty"},
		{"a blank file", "a.json", " \n\t\r\n", 0, "", "a.json: empty"},
		{"a mark of order alone", "a.json", "\ufeff", 0, "", "a.json: empty"},
		{"a login page", "a.json", `<!DOCTYPE html><title>Log in</title>`, 0, "a.json: HTML where JSON was expected: a login page?", ""},
		{"a page of another kind", "a.html", `<!DOCTYPE html><title>Log in</title>`, 0, "", "a.html: not JSON"},
		{"a picture", "a.png", "\x89PNG\r\n\x1a\n", 0, "", "a.png: not JSON"},
		{"a picture that claims to be JSON", "a.JSON", "\x89PNG\r\n\x1a\n", 0, "a.JSON: malformed JSON: it begins with neither { nor [", ""},
		{"a number", "a.json", "42", 0, "a.json: malformed JSON: it begins with neither { nor [", ""},
		{"UTF-16", "a.json", "\xff\xfe{\x00}\x00", 0, "a.json: UTF-16, where UTF-8 was expected", ""},
		{"UTF-16, the other way", "a.jsonl", "\xfe\xff\x00{\x00}", 0, "a.jsonl: UTF-16, where UTF-8 was expected", ""},
		{"a mark of order", "a.json", "\ufeff" + plainIssue, 1, "", ""},
		{"Windows lines", "a.json", strings.ReplaceAll(plainIssue, ",", ",\r\n") + "\r\n", 1, "", ""},
		{"no name of JSON", "dump", plainIssue, 1, "", ""},
		{"lines", "a.jsonl", plainIssue + "\n" + plainIssue + "\n", 2, "", ""},
		{"lines with gaps, by Windows", "a.jsonl", plainIssue + "\r\n\r\n  " + plainIssue + "\r\n", 2, "", ""},
		{"lines without an end", "a.jsonl", plainIssue + "\n" + plainIssue, 2, "", ""},
		{"lines with a bad one", "a.ndjson", plainIssue + "\n{\"id\":\n" + plainIssue + "\n", 2, "a.ndjson: malformed JSON in line 2: the other lines are read", ""},
		{"lines that end badly", "a.ndjson", plainIssue + "\n" + plainIssue + "\n{\"id\":1,", 2, "a.ndjson: malformed JSON in line 3: the other lines are read", ""},
		{"lines, one of no date", "a.ndjson", plainIssue + "\n" + `{"id":"1","key":"A-1","fields":{}}`, 1, "a.ndjson line 2: A-1: an issue that cannot be kept: no usable creation time", ""},
		{"lines, one of pages", "a.ndjson", plainIssue + "\n" + `{"issues":[` + plainIssue + `]}` + "\n7", 2, "", "a.ndjson line 3: JSON, but no answer of Jira"},
		{"a malformed object", "a.json", `{"id":"1","key":"PAY-1","fields":{"created":17000`, 0, "a.json: malformed JSON after byte 33: what comes before is read, the rest of the file is not", ""},
		{"a malformed element", "a.json", `[` + plainIssue + `,{"id":"2",,},` + plainIssue + `]`, 1, "a.json: malformed JSON after byte 61: what comes before is read, the rest of the file is not", ""},
		{"a list that breaks off", "a.json", `[` + plainIssue + `,` + plainIssue + `,`, 2, "a.json: malformed JSON after byte 121: what comes before is read, the rest of the file is not", ""},
		{"a page that breaks off", "a.json", `{"total":9,"issues":[` + plainIssue + `,{"id"`, 1, "a.json: malformed JSON after byte 81: what comes before is read, the rest of the file is not", ""},
		{"a page that breaks off behind its list", "a.json", `{"issues":[` + plainIssue + `],"total":`, 1, "a.json: malformed JSON after byte 80: what comes before is read, the rest of the file is not", ""},
		{"rubbish behind a value", "a.json", plainIssue + `}`, 1, "a.json: malformed JSON after byte 59: what comes before is read, the rest of the file is not", ""},
		{"several values", "a.json", plainIssue + ` ` + plainIssue + ` [` + plainIssue + `]`, 3, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := decode(t, c.file, c.data)
			if len(b.Records) != c.records {
				t.Errorf("%d records, want %d", len(b.Records), c.records)
			}
			if got := strings.Join(notes(&b, connectors.NoteRejected), "|"); got != c.rejected {
				t.Errorf("rejected %q, want %q", got, c.rejected)
			}
			if got := strings.Join(notes(&b, connectors.NoteSkipped), "|"); got != c.skip {
				t.Errorf("skipped %q, want %q", got, c.skip)
			}
			if len(b.Notes) != len(notes(&b, connectors.NoteRejected))+len(notes(&b, connectors.NoteSkipped)) {
				t.Errorf("%+v", b.Notes)
			}
		})
	}
}

// Lists of the site's words are no records; the words are kept.
func TestWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, data string
		want       []fact.Term
		skipped    int
	}{
		{"statuses", `[{"self":"https://a.example/rest/api/2/status/1","id":"1","name":"Open","statusCategory":{"id":2,"key":"new","name":"Neu"}},{"id":"3","name":"In Arbeit","statusCategory":{"key":"indeterminate"}}]`,
			[]fact.Term{{Site: "https://a.example", Kind: fact.TermStatus, ID: "1", Name: "Open", Category: "new"}, {Site: fallback, Kind: fact.TermStatus, ID: "3", Name: "In Arbeit", Category: "indeterminate"}}, 1},
		{"saved statuses", `[{"url":"https://b.example/rest/api/2/status","data":{"id":"1","name":"Open","statusCategory":{"key":"new"}}}]`,
			[]fact.Term{{Site: fallback, Kind: fact.TermStatus, ID: "1", Name: "Open", Category: "new"}}, 0},
		{"a saved list of statuses", `{"url":"https://b.example/rest/api/2/status","data":[{"id":"1","name":"Open","statusCategory":{"key":"new"}}]}`,
			[]fact.Term{{Site: "https://b.example", Kind: fact.TermStatus, ID: "1", Name: "Open", Category: "new"}}, 1},
		{"fields", `[{"id":"summary","name":"Summary","custom":false,"clauseNames":["summary"]},{"id":"customfield_1","name":"Team","custom":true,"clauseNames":["cf[1]"],"schema":{"type":"team","custom":"com.example:team","customId":1}}]`,
			[]fact.Term{{Site: fallback, Kind: fact.TermField, ID: "customfield_1", Name: "Team", Schema: "com.example:team"}}, 1},
		{"link types", `{"issueLinkTypes":[{"id":"10","name":"Blocks","inward":"is blocked by","outward":"blocks","self":"https://a.example/rest/api/2/issueLinkType/10"}]}`,
			[]fact.Term{{Site: "https://a.example", Kind: fact.TermLinkType, ID: "10", Name: "Blocks", Inward: "is blocked by", Outward: "blocks"}}, 1},
		{"saved link types", `{"url":"https://b.example/rest/api/2/issueLinkType","data":{"issueLinkTypes":[{"id":"10","name":"Blocks","inward":"is blocked by","outward":"blocks"}]}}`,
			[]fact.Term{{Site: "https://b.example", Kind: fact.TermLinkType, ID: "10", Name: "Blocks", Inward: "is blocked by", Outward: "blocks"}}, 1},
		{"statuses that cannot be read", `[{"id":{"x":1},"name":"Open","statusCategory":{"key":"new"}}]`, nil, 1},
		{"names of fields", `{"names":{"customfield_1":"Squad","summary":"Summary"},"issues":[{"id":"1","key":"A-1","self":"https://a.example/rest/api/2/issue/1","fields":{"created":1700000000000,"updated":1700000005000}}]}`,
			[]fact.Term{{Site: "https://a.example", Kind: fact.TermField, ID: "customfield_1", Name: "Squad", Seen: 1700000005000}}, 0},
		{"names on a page without issues", `{"names":{"customfield_1":"Squad"},"issues":[]}`, nil, 1},
	} {
		for size, l := range map[string]saved.Limits{"whole": saved.Usual, "streamed": tiny} {
			b := decodeWith(t, l, "w.json", c.data)
			want := fact.Vocabulary(nil).Add(c.want...)
			if len(b.Terms) != len(want) {
				t.Errorf("%s, %s: %+v", c.name, size, b.Terms)
				continue
			}
			for i := range want {
				if b.Terms[i] != want[i] {
					t.Errorf("%s, %s: %+v, want %+v", c.name, size, b.Terms[i], want[i])
				}
			}
			if size == "whole" && len(notes(&b, connectors.NoteSkipped)) != c.skipped {
				t.Errorf("%s: %+v", c.name, b.Notes)
			}
		}
	}
}

// Bytes that are no UTF-8 are mended, and that is told.
func TestBrokenUTF8(t *testing.T) {
	t.Parallel()
	bad := strings.Replace(issue("", ""), `"x"`, "\"caf\xe9 \xc3\"", 1)
	r, b := one(t, bad)
	if r.Title != "caf\ufffd \ufffd" {
		t.Errorf("%q", r.Title)
	}
	wantNotes(t, &b, connectors.NoteRepaired, "f.json: broken UTF-8, mended")
	b = decodeWith(t, tiny, "f.json", `{"issues":[`+bad+`,`+issue("", "")+`]}`)
	if len(b.Records) != 2 || len(notes(&b, connectors.NoteRepaired)) != 1 {
		t.Errorf("%+v", b.Notes)
	}
	r, b = one(t, strings.Replace(issue("", ""), `"x"`, `"\ud800 \u0000 \ud83d\ude00"`, 1))
	if r.Title != "\ufffd \x00 😀" || len(b.Notes) != 0 {
		t.Errorf("%q %+v", r.Title, b.Notes)
	}
}

// Of a member that comes twice, one is taken, and always the same.
func TestDoubleMembers(t *testing.T) {
	t.Parallel()
	r, _ := one(t, issue(`"summary":"y"`, `"key":"PAY-2"`))
	if r.Title != "y" || r.Key != "PAY-2" {
		t.Errorf("%q %q", r.Title, r.Key)
	}
}

// An answer that is nested without end is no JSON, and no end of the process.
func TestDeeplyNestedAnswer(t *testing.T) {
	t.Parallel()
	c := &client{base: &url.URL{Scheme: "https", Host: "jira.example"}}
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}}
	_, err := c.read(resp, bytes.Repeat([]byte("["), 64<<20), "rest/api/2/search")
	if err == nil || !strings.Contains(err.Error(), "no JSON") {
		t.Errorf("error %v", err)
	}
}
