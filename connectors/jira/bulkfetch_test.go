package jira

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/jira/jiratest"
	"smokestack/connectors/store"
)

// What Jira Cloud cannot give out for a while, and says so, is neither gone nor
// forgotten: it is missing until a later pull settles it.

const timedOut = "Timed out while fetching the issue."

func openStore(t *testing.T) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "s.db"))
	must(t, err)
	t.Cleanup(func() { must(t, st.Close()) })
	return st
}

// accounts makes sure how many items a store says are live, gone and missing,
// and of which it says why.
func accounts(t *testing.T, what string, st *store.Store, live, gone, missing int, why ...string) {
	t.Helper()
	sel, err := st.Select(t.Context(), nil)
	must(t, err)
	if l := sel.Ledger; l.Live != live || l.Gone != gone || l.Missing != missing || l.Balance() != nil {
		t.Errorf("%s: %d live, %d gone, %d missing, want %d, %d, %d: %v", what, l.Live, l.Gone, l.Missing, live, gone, missing, sel.Notes)
	}
	var got []string
	for _, n := range sel.NotesOf(connectors.NoteMissing) {
		got = append(got, n.Subject+": "+n.Reason)
	}
	slices.Sort(got)
	if !slices.Equal(got, why) {
		t.Errorf("%s: missing %q, want %q", what, got, why)
	}
}

// holdsAll makes sure that a store holds what a fresh pull of the projects brings.
func holdsAll(t *testing.T, what string, s *jiratest.Server, c *clock, st *store.Store, keys ...string) {
	t.Helper()
	fresh := connectortest.NewSink()
	for _, key := range keys {
		pullInto(t, fresh, to(t, s, jiratest.Cloud, c).Project(key))
	}
	got, err := connectortest.StoreFacts(t.Context(), st)
	must(t, err)
	sameRecords(t, what, fresh.Facts(), got)
}

// cursorOf reads how far a store has come with the project PAY.
func cursorOf(t *testing.T, st *store.Store, s *jiratest.Server, c *clock) mark {
	t.Helper()
	state, err := st.Begin(t.Context(), to(t, s, jiratest.Cloud, c).Project("PAY").Scope())
	must(t, err)
	var m mark
	must(t, json.Unmarshal([]byte(state.Cursor), &m))
	return m
}

// TestLiveLooksUpLater loses sight of issues that Jira cannot look up at first.
func TestLiveLooksUpLater(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := pay(t, jiratest.Cloud, c, 30)
	st := openStore(t)
	pull := func() {
		t.Helper()
		c.pass(time.Hour)
		pullInto(t, st, to(t, s, jiratest.Cloud, c).Project("PAY"))
	}
	pull()
	failing := []string{"PAY-5", "PAY-6", "PAY-7"}
	for _, key := range failing {
		s.Fail(key, timedOut)
	}
	s.Delete("PAY-5")
	s.Move("PAY-6", "OPS")
	s.Forbid("PAY-7")
	s.Delete("PAY-8")
	var why []string
	for _, key := range failing {
		why = append(why, key+": it is no longer listed in project PAY and could not be looked up; the next pull asks again. Jira says: "+timedOut)
	}
	whole := cursorOf(t, st, s, c)
	for _, what := range []string{"unsettled", "still unsettled"} {
		pull()
		accounts(t, what, st, 29, 1, 3, why...)
		if m := cursorOf(t, st, s, c); !m.Open || m.Swept != whole.Swept {
			t.Errorf("%s: the cursor says %+v", what, m)
		}
	}
	for _, key := range failing {
		s.Mend(key)
	}
	s.Allow("PAY-7")
	pull()
	accounts(t, "settled", st, 27, 3, 0)
	if m := cursorOf(t, st, s, c); m.Open || m.Swept <= whole.Swept {
		t.Errorf("settled: the cursor says %+v", m)
	}
	holdsAll(t, "settled", s, c, st, "PAY")
}

// TestLiveRefreshesLater links to issues that Jira cannot give out at first: no
// update will ever bring them.
func TestLiveRefreshesLater(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := pay(t, jiratest.Cloud, c, 30)
	for range 3 {
		s.Add("OPS")
	}
	st := openStore(t)
	pull := func() {
		t.Helper()
		c.pass(time.Hour)
		for _, key := range []string{"PAY", "OPS"} {
			pullInto(t, st, to(t, s, jiratest.Cloud, c).Project(key))
		}
	}
	pull()
	c.pass(time.Hour)
	other := s.Record("OPS-2").ID
	for _, key := range []string{"PAY-20", "OPS-2"} {
		s.Link("PAY-5", "Blocks", key) // moves PAY-5 alone
		s.Fail(key, timedOut)
	}
	const late = ": it may have changed and could not be fetched; the next pull asks again. Jira says: " + timedOut
	for _, what := range []string{"unsettled", "still unsettled"} {
		pull()
		// Who is asked for by key is named by id.
		accounts(t, what, st, 33, 0, 2, "PAY-20"+late, "issue "+other+late)
	}
	for _, key := range []string{"PAY-20", "OPS-2"} {
		s.Mend(key)
	}
	pull()
	accounts(t, "settled", st, 33, 0, 0)
	holdsAll(t, "settled", s, c, st, "PAY", "OPS")
}

// TestLiveRefreshesLaterKilled kills the pull in which a refresh fails after each
// of its batches.
func TestLiveRefreshesLaterKilled(t *testing.T) {
	t.Parallel()
	for left := range 6 {
		c := newClock()
		s := pay(t, jiratest.Cloud, c, 30)
		sink := connectortest.NewSink()
		pullInto(t, sink, to(t, s, jiratest.Cloud, c).Project("PAY"))
		c.pass(time.Hour)
		for i := range 5 {
			s.Link(fmt.Sprintf("PAY-%d", i+1), "Blocks", fmt.Sprintf("PAY-%d", i+11))
			s.Fail(fmt.Sprintf("PAY-%d", i+11), timedOut)
		}
		c.pass(time.Hour)
		site := to(t, s, jiratest.Cloud, c)
		site.batch = 2
		_, err := connectors.Pull(t.Context(), site.Project("PAY"), &mortal{Sink: sink, left: left}, nil)
		if died := err != nil; died != (left < 4) { // three batches of what was updated, and the end
			t.Errorf("with %d batches left: %v", left, err)
		}
		for i := range 5 {
			s.Mend(fmt.Sprintf("PAY-%d", i+11))
		}
		c.pass(time.Hour)
		pullInto(t, sink, to(t, s, jiratest.Cloud, c).Project("PAY"))
		ends(t, fmt.Sprint("killed after ", left), s, jiratest.Cloud, c, sink, "PAY")
	}
}

// TestLiveRefreshesOnce asks once in a pull for what Jira cannot give out, however
// often others link to it meanwhile.
func TestLiveRefreshesOnce(t *testing.T) {
	t.Parallel()
	const issues = touchedMost + 20
	c := newClock()
	s := pay(t, jiratest.Cloud, c, issues)
	st := openStore(t)
	pullInto(t, st, to(t, s, jiratest.Cloud, c).Project("PAY"))
	c.pass(time.Hour)
	for i := range touchedMost {
		s.Link(fmt.Sprintf("PAY-%d", 1+i/50), "Blocks", fmt.Sprintf("PAY-%d", issues-i))
	}
	s.Fail(fmt.Sprintf("PAY-%d", issues), timedOut)
	c.pass(time.Hour)
	s.Link("PAY-15", "Blocks", fmt.Sprintf("PAY-%d", issues)) // comes behind the others
	c.pass(time.Hour)
	site := to(t, s, jiratest.Cloud, c)
	site.batch = 5
	pullInto(t, st, site.Project("PAY"))
	accounts(t, "unsettled", st, issues, 0, 1,
		fmt.Sprintf("PAY-%d: it may have changed and could not be fetched; the next pull asks again. Jira says: %s", issues, timedOut))
}

// TestLiveKeepsForLater finds what a list of ids left out, and cannot fetch it.
func TestLiveKeepsForLater(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := pay(t, jiratest.Cloud, c, 30)
	st := openStore(t)
	pullInto(t, st, to(t, s, jiratest.Cloud, c).Project("PAY"))
	c.pass(time.Hour)
	s.ChangeSilently("PAY-7", func(r *fact.Record) { r.Title = "Changed" })
	base := roundTripper(func(r *http.Request) (*http.Response, error) {
		if strings.Contains(asked(t, r), `"fields":["id"]`) {
			s.Forbid("PAY-7")
			defer s.Allow("PAY-7")
		}
		if strings.Contains(asked(t, r), `"summary"`) {
			s.Fail("PAY-7", timedOut)
			defer s.Mend("PAY-7")
		}
		return s.Transport().RoundTrip(r)
	})
	pullInto(t, st, to(t, s, jiratest.Cloud, c, func(o *Options) { o.Base = base }).Project("PAY"))
	accounts(t, "unsettled", st, 30, 0, 1, "PAY-7: it may have changed and could not be fetched; the next pull asks again. Jira says: "+timedOut)
	c.pass(time.Hour)
	pullInto(t, st, to(t, s, jiratest.Cloud, c).Project("PAY"))
	accounts(t, "settled", st, 30, 0, 0)
	holdsAll(t, "settled", s, c, st, "PAY")
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

// TestLiveFetchesLater comes into sight of an issue that Jira cannot give out at
// first.
func TestLiveFetchesLater(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := pay(t, jiratest.Cloud, c, 30)
	st := openStore(t)
	pull := func() {
		t.Helper()
		c.pass(time.Hour)
		pullInto(t, st, to(t, s, jiratest.Cloud, c).Project("PAY"))
	}
	s.Forbid("PAY-7")
	pull()
	s.Allow("PAY-7")
	s.Fail("PAY-7", timedOut)
	for _, what := range []string{"unsettled", "still unsettled"} {
		pull()
		accounts(t, what, st, 29, 0, 1, "issue "+s.Record("PAY-7").ID+": it is listed in project PAY and could not be fetched; the next pull asks again. Jira says: "+timedOut)
	}
	s.Mend("PAY-7")
	pull()
	accounts(t, "settled", st, 30, 0, 0)
	holdsAll(t, "settled", s, c, st, "PAY")
}

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

// TestCall holds answers to requests for issues by name against what was asked.
func TestCall(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, asked, issues, errs string
		refused                   bool
		failed                    string // names
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

		{name: "one failed", asked: "1 2 3", issues: "1:A-1", errs: "2", failed: "2"},
		{name: "all failed", asked: "1 2", errs: "1 2", failed: "1 2"},
		{name: "a key failed, named by its id", asked: "A-1 A-2", issues: "1:A-1", errs: "2", failed: "2"},
		{name: "a key failed, named by itself", asked: "A-1 A-2", errs: "A-2", failed: "A-2"},
		{name: "it came after all", asked: "1 A-2", issues: "1:A-1 2:A-2", errs: "1 2 A-2"},
		{name: "an id that was not asked for", asked: "1 2 3", issues: "1:A-1", errs: "9", failed: "2 3"},
		{name: "no id", asked: "1 2 A-3", issues: "1:A-1", errs: "?", failed: "2 A-3"},
		{name: "no id, and an issue without a key", asked: "1 2", issues: "1:", errs: "?", failed: "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var issues, errs []gjson.Result
			for _, text := range strings.Fields(c.issues) {
				id, key, _ := strings.Cut(text, ":")
				issues = append(issues, gjson.Parse(fmt.Sprintf(`{"id":%q,"key":%q}`, id, key)))
			}
			for _, id := range strings.Fields(c.errs) {
				errs = append(errs, gjson.Parse(fmt.Sprintf(`{"id":%q,"errorMessage":"why\n%s"}`, strings.Trim(id, "?"), id)))
			}
			call := callFor(strings.Fields(c.asked))
			if got := !call.answered(issues); got != c.refused {
				t.Fatalf("refused: %t", got)
			}
			failed := call.failed(errs)
			if got := strings.Join(slices.Sorted(maps.Keys(failed)), " "); got != c.failed {
				t.Errorf("failed %q, want %q", got, c.failed)
			}
			for name, why := range failed {
				if !strings.HasPrefix(why, "why ") {
					t.Errorf("%s: %q", name, why)
				}
			}
		})
	}
	if got := callFor([]string{"1"}).failed([]gjson.Result{gjson.Parse(`{"id":"1"}`)}); got["1"] != "nothing" {
		t.Errorf("without a reason: %q", got)
	}
}
