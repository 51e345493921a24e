package jira

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/saved"
	"smokestack/connectors/saved/savedtest"
)

// sameBatch compares batches up to the words of notes: what is skipped, and
// how a place is called, may be told in other words. Which elements those were
// does not matter either.
func sameBatch(a, b connectors.Batch) string {
	for _, batch := range []*connectors.Batch{&a, &b} {
		kept := batch.Notes[:0:0]
		for _, n := range batch.Notes {
			if n.Kind == connectors.NoteRejected {
				n.Subject = ""
				kept = append(kept, n)
			}
		}
		batch.Notes = kept
	}
	return cmp.Diff(a, b, same)
}

// streamable reports whether a page is one by one thing only, so that to read
// it as a stream cannot make something else of it.
func streamable(v gjson.Result) bool {
	if !v.IsObject() {
		return true
	}
	n, ok := 0, true
	v.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "issues", "issueChangeLogs":
			n++
			ok = ok && v.IsArray()
		case "fields", "data", "url":
			n += 2
		}
		return true
	})
	return ok && n < 2 || n == 2 && !v.Get("issues").Exists() && !v.Get("issueChangeLogs").Exists() || n%2 == 0 && !v.Get("issues").Exists() && !v.Get("issueChangeLogs").Exists()
}

// However a file is cut, the same comes out of it.
func FuzzSplit(f *testing.F) {
	for _, name := range []string{"server-issue.json", "cloud-page.json", "bulk-changelog.json", "changelog-page.json", "agile-page.json"} {
		f.Add([]byte(file(f, name)), uint16(64))
	}
	for _, data := range savedtest.Shapes(5) {
		f.Add([]byte(data), uint16(100))
	}
	for _, data := range []string{
		"", "\ufeff{}", "[1,2,{}]", `{"issues":null}`, `{"issues":{}}`, `{"issues":[{}],"issueChangeLogs":[{}]}`, `[{"id":"1","name":"Open","statusCategory":{}},{}]`,
		`{"names":{"customfield_1":"x"},"issues":[` + savedtest.Numbered(1) + `,{}]}`, "{}\n{}\n", "{}\n{\n{}", `{"issueChangeLogs":[{"issueId":1},{}],"nextPageToken":"x"}`, "{\"a\xff\":\"\xfe\"}", `{"issues":[{}`,
	} {
		f.Add([]byte(data), uint16(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, small uint16) {
		l := saved.Limits{Small: int(small)%2000 + 8, Value: 1 << 20}
		streamed := decodeWith(t, l, "f.json", string(data))
		balanced(t, &streamed)
		text := bytes.Trim(bytes.TrimPrefix(data, []byte("\ufeff")), " \t\r\n")
		if !json.Valid(text) || !streamable(gjson.ParseBytes(text)) {
			return
		}
		whole := decode(t, "f.json", string(data))
		if slices.ContainsFunc(whole.Notes, func(n connectors.Note) bool { return n.Kind == connectors.NoteRejected }) {
			// Whose the words of a page are, its last issue says: it may be one
			// that was rejected, and another then.
			whole.Terms, streamed.Terms = nil, nil
		}
		if diff := sameBatch(whole, streamed); diff != "" {
			t.Errorf("read whole and as a stream, %d bytes at a time, a file differs:\n%s", l.Small, diff)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"server-issue.json", "cloud-page.json", "bulk-changelog.json", "changelog-page.json", "agile-page.json"} {
		f.Add([]byte(file(f, name)), "PAY-1.json")
	}
	f.Add([]byte(`{"url":"https://a.example/rest/api/2/x","data":[{"id":1,"fields":{"created":5}}]}`), "x.json")
	f.Add([]byte(`{"id":5,"created":{},"items":[{"field":"Sprint","from":",,","to":"1,2","fromString":"","toString":","}]}`), "PAY-5.json")
	f.Add([]byte(`[[[]],{"histories":[{"id":[],"created":"","items":[[]]}]}]`), "PAY-5.json")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		b := decode(t, name, string(data))
		balanced(t, &b)
		for i := range b.Records {
			r := &b.Records[i]
			if err := r.Validate(); err != nil {
				t.Errorf("%v: %+v", err, r)
			}
			if r.Updated < 0 || r.Updated > latest || r.Created > latest || r.Resolved < 0 || r.Resolved > latest {
				t.Errorf("times %v %v %v", r.Created, r.Updated, r.Resolved)
			}
			for _, p := range []int{int(r.Creator), int(r.Reporter), int(r.Assignee)} {
				if p > len(b.Accounts) {
					t.Errorf("person %d of %d", p, len(b.Accounts))
				}
			}
			if !slices.Equal(fact.SortChanges(slices.Clone(r.Changes)), r.Changes) {
				t.Error("changes are not in order")
			}
		}
		for _, a := range b.Accounts {
			if len(a.IDs) == 0 || slices.Contains(a.IDs, "") {
				t.Errorf("%+v", a)
			}
		}
	})
}

func FuzzInstant(f *testing.F) {
	for _, s := range []string{`"2023-01-02T03:04:05.678+0000"`, `1672628645678`, `1e300`, `-0`, `"9999-12-31T23:59:59.999-1200"`, `"0000-01-01T00:00:00Z"`, `null`, `""`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !json.Valid([]byte(s)) {
			return
		}
		v := gjson.Parse(s)
		got := instant(v)
		if got < 0 || got > latest {
			t.Errorf("%s: %d", s, got)
		}
		if got != 0 && v.Type == gjson.String {
			// What can be read is read the same when it is written again.
			if again := instantText(got.Time().Format("2006-01-02T15:04:05.000-0700")); again != got {
				t.Errorf("%s: %v, then %v", s, got, again)
			}
		}
	})
}

func FuzzSprintText(f *testing.F) {
	f.Add("A, b [c]", "5", "2024-01-01T00:00:00.000Z")
	f.Add("", "", "<null>")
	f.Add("name=x,id=9]", "7", "")
	f.Fuzz(func(t *testing.T, name, id, start string) {
		_ = sprintText(name)
		_ = sprintText(sprintMark + name)
		// A text is taken apart as it was put together, unless a name plays a
		// member of its own.
		for _, part := range []string{name, id, start} {
			if sprintPart.MatchString(part) || sprintPart.MatchString(","+part) {
				return
			}
		}
		text := sprintMark + "5f[id=" + id + ",state=ACTIVE,name=" + name + ",startDate=" + start + ",sequence=3]"
		if len(sprintPart.FindAllString(text, -1)) != 5 {
			return
		}
		got := sprintText(text)
		if want := (sprint{id: id, name: name, start: instantText(start)}); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	})
}
