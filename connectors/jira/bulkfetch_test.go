package jira

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/jira/jiratest"
)

// Issues that are asked for by name.

// TestLiveOtherIssues gives out issues that were not asked for where one is
// looked up.
func TestLiveOtherIssues(t *testing.T) {
	t.Parallel()
	modes(t, func(t *testing.T, mode jiratest.Mode) {
		c := newClock()
		s := pay(t, mode, c, 30)
		sink := connectortest.NewSink()
		pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
		want := sink.Facts()
		id := s.Record("PAY-8").ID
		s.Delete("PAY-8")
		c.pass(time.Hour)
		base := roundTripper(func(r *http.Request) (*http.Response, error) {
			body := asked(t, r)
			if !strings.Contains(body, `"id in (`+id+`)"`) && !strings.Contains(body, `["`+id+`"]`) {
				return s.Transport().RoundTrip(r)
			}
			other := `{"startAt":0,"total":1,"issues":[{"id":"99999","key":"PAY-8","fields":{"project":{"key":"PAY"}}}],"issueErrors":[]}`
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(other))}, nil
		})
		_, err := connectors.Pull(t.Context(), to(t, s, mode, c, func(o *Options) { o.Base = base }).Project("PAY"), sink, nil)
		if err == nil || !strings.Contains(err.Error(), "holds issues that were not asked for") {
			t.Errorf("error %v", err)
		}
		sameRecords(t, "refused", want, sink.Facts())
		pullInto(t, sink, to(t, s, mode, c).Project("PAY"))
		if l := sink.Ledger(); l.Live != 29 || l.Gone != 1 || l.Balance() != nil {
			t.Errorf("%+v, %v", l, l.Balance())
		}
	})
}

// asked is the body of a request.
func asked(t *testing.T, r *http.Request) string {
	t.Helper()
	if r.GetBody == nil {
		return ""
	}
	body, err := r.GetBody()
	must(t, err)
	text, err := io.ReadAll(body)
	must(t, err)
	return string(text)
}

// TestCall holds answers to requests for issues by name against what was asked.
func TestCall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, asked, issues string
		refused             bool
	}{
		{name: "all came", asked: "1 2", issues: "1:A-1 2:A-2"},
		{name: "some are not there", asked: "1 2 A-3", issues: "2:A-2"},
		{name: "none is there", asked: "1 A-2"},
		{name: "by key", asked: "A-1", issues: "1:A-1"},
		{name: "by a key of before", asked: "A-1 2", issues: "1:B-7 2:A-2"},
		{name: "another id", asked: "1 2", issues: "1:A-1 3:A-3", refused: true},
		{name: "another id, where a key came", asked: "A-1 2", issues: "1:A-1 3:A-3", refused: true},
		{name: "more than keys that may have moved", asked: "A-1 2", issues: "7:B-7 8:B-8", refused: true},
		{name: "one twice by a key of before", asked: "A-1", issues: "7:B-7 7:B-7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var issues []gjson.Result
			for _, text := range strings.Fields(c.issues) {
				id, key, _ := strings.Cut(text, ":")
				issues = append(issues, gjson.Parse(fmt.Sprintf(`{"id":%q,"key":%q}`, id, key)))
			}
			call := callFor(strings.Fields(c.asked))
			if got := !call.answered(issues); got != c.refused {
				t.Errorf("refused: %t", got)
			}
		})
	}
}
