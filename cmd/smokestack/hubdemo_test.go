package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/demo"
	"smokestack/connectors/github/githubtest"
	"smokestack/connectors/jira/jiratest"
	"smokestack/connectors/store"
	"smokestack/reports"
	"smokestack/reports/table"
)

// The pretend organisation, served by a played Jira and a played GitHub, pulled by
// the real connectors and assembled by the same rules, is the pretend
// organisation: every table of numbers is the same, to the printed digit:
// GitHub tells no fractions of seconds. Tables that rest on who did what are not
// among them: comments on single lines and requests for reviews are not read.
func TestDemoThroughBothTrackers(t *testing.T) {
	if testing.Short() {
		t.Skip("1500 items through two played trackers take their time: the run without -short does them, TestBothTrackers fewer")
	}
	t.Parallel()
	o := demo.Options{Teams: 6, Items: 1500}
	p := servedDemo(t, o)
	args := []string{"pull", "--jira", demo.Site}
	repositories := map[string]bool{}
	for _, r := range demo.New(o).Truth().Repositories {
		repositories[r.Key] = true
	}
	for _, team := range demo.Teams(o) {
		args = append(args, "--project", team.Project)
	}
	for _, key := range sortedKeys(repositories) {
		args = append(args, "--github", demo.CodeSite+"/"+key)
	}
	if code, _, errs := p.run(args...); code != codeDone {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	st, err := store.Open(t.Context(), filepath.Join(p.dir, defaultStore))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	end := demo.New(o).Truth().End
	want, got := tablesOf(t, demoStore(t, o), o, end), tablesOf(t, st, o, end)
	for _, id := range []string{"changed", "flow", "starts", "pulls", "code", "batch", "dependencies", "matrix", "pairs", "references", "weeks", "promises", "releases", "ontime"} {
		if want[id] == "" || want[id] != got[id] {
			t.Errorf("table %s:\n%s\nwant\n%s", id, got[id], want[id])
		}
	}
}

// servedDemo plays both trackers with the demo in them.
func servedDemo(t *testing.T, o demo.Options) *livePlay {
	t.Helper()
	p := &livePlay{t: t, dir: t.TempDir(), now: time.Date(2026, 6, 29, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return p.now }
	p.vars = map[string]string{"JIRA_TOKEN": secret, "JIRA_EMAIL": "ops@acme.example", "GITHUB_TOKEN": secret}
	jiraOnly := o
	jiraOnly.JiraOnly = true
	var err error
	if p.server, err = jiratest.NewServer(jiratest.Options{Mode: jiratest.Cloud, BaseURL: demo.Site, Token: secret, Email: "ops@acme.example", Now: now}, demo.New(jiraOnly)); err != nil {
		t.Fatal(err)
	}
	w, err := githubtest.Render(t.Context(), demo.New(o), githubtest.Rendering{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if lost := w.Lost(); len(lost) > 0 {
		t.Fatalf("the played GitHub cannot express %v", lost)
	}
	hub := githubtest.NewServer(githubtest.Options{Token: secret, Site: demo.CodeSite, Enterprise: true}, w)
	p.net = roundTrip(func(r *http.Request) (*http.Response, error) {
		if "https://"+r.URL.Host == demo.Site {
			return p.server.Transport().RoundTrip(r)
		}
		return hub.Transport().RoundTrip(r)
	})
	return p
}

// demoStore holds the demo as it tells itself.
func demoStore(t *testing.T, o demo.Options) *store.Store {
	t.Helper()
	st, err := store.Open(t.Context(), store.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	if _, err := connectors.Pull(t.Context(), demo.New(o), st, nil); err != nil {
		t.Fatal(err)
	}
	return st
}

// tablesOf returns the tables of a scan by the demo's rules, as texts.
func tablesOf(t *testing.T, st *store.Store, o demo.Options, asOf fact.Instant) map[string]string {
	t.Helper()
	sel, err := st.Select(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	in, err := (&env{}).assemble(t.Context(), &plan{conf: noConfig(), rules: demoRules(o)}, st, sel)
	if err != nil {
		t.Fatal(err)
	}
	in.AsOf, in.Weeks = asOf-1, 26
	doc := reports.NewScan(*in).Document()
	out := map[string]string{}
	for _, tab := range doc.Tables {
		var b strings.Builder
		if err := table.WriteMarkdown(&b, table.Document{Tables: []table.Table{tab}}, table.Options{All: true}); err != nil {
			t.Fatal(err)
		}
		out[tab.ID] = b.String()
	}
	return out
}

func sortedKeys(m map[string]bool) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// planned plays a planning repository: n parent issues in it, each with a sub-issue in two
// or three of four other repositories, all closed a day apart. Every third batch has a part in
// the vault.
func planned(n int) (w *githubtest.World, now *time.Time) {
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	w = githubtest.NewWorld(func() time.Time { return at })
	for _, repo := range []string{"acme/plan", "acme/web", "acme/api", "acme/app", "acme/vault"} {
		w.Repository(repo)
	}
	day := func() { at = at.Add(24 * time.Hour) }
	for i := range n {
		batch := w.Open("acme/plan", "ana", fmt.Sprintf("Batch %d", i), "")
		parts := []string{"acme/web", []string{"acme/web", "acme/api"}[i%2]}
		if i%3 == 0 {
			parts = append(parts, "acme/vault")
		}
		if i%5 == 0 {
			parts = append(parts, "acme/app")
		}
		var keys []string
		for _, repo := range parts {
			key := w.Open(repo, "ben", "Part", "")
			w.SetParent(key, "ana", batch)
			w.Assign(key, "ben", "ben")
			keys = append(keys, key)
		}
		day()
		for _, key := range keys {
			w.Close(key, "ben", "completed")
		}
		day()
		w.Close(batch, "ana", "completed")
	}
	at = at.Add(14 * 24 * time.Hour) // so that the last week is complete
	return w, &at
}

// A planning repository is enough: its parents are the batches, their parts are
// read where they are, and what cannot be read counts in the sizes and is counted.
func TestPlanningRepository(t *testing.T) {
	t.Parallel()
	const n = 60
	w, end := planned(n)
	server := githubtest.NewServer(githubtest.Options{Token: secret}, w)
	run := func(args ...string) map[string]json.RawMessage {
		t.Helper()
		p := &livePlay{t: t, dir: t.TempDir(), now: *end, vars: map[string]string{"GITHUB_TOKEN": secret}, net: server.Transport()}
		code, out, errs := p.run(slices.Concat([]string{"scan", "--format", "json", "--team-by", "repository", "--weeks", "52"}, args)...)
		if code != codeDone {
			t.Fatalf("exit code %d: %s", code, errs)
		}
		return tableRows(t, out)
	}
	alone := run("--github", "acme/plan")
	all := run("--github", "acme/plan", "--github", "acme/web", "--github", "acme/api", "--github", "acme/app", "--github", "acme/vault")
	for _, id := range []string{"batch", "independence", "flow"} {
		if string(alone[id]) != string(all[id]) {
			t.Errorf("table %s by the planning repository alone\n%s\nwant what all repositories tell\n%s", id, alone[id], all[id])
		}
	}
	// Sizes by hand: 2 parts, one more in every third and in every fifth batch.
	sum, unread := 0, 0
	sizes := make([]int, n)
	for i := range n {
		sizes[i] = 2
		if i%3 == 0 {
			sizes[i]++
			unread++
		}
		if i%5 == 0 {
			sizes[i]++
		}
		sum += sizes[i]
	}
	slices.Sort(sizes)
	median := float64(sizes[n/2-1]+sizes[n/2]) / 2

	w.Hide("acme/vault")
	server.Reset()
	hidden := run("--github", "acme/plan")
	var batches []struct {
		Team     string `json:"team"`
		Finished int    `json:"finished"`
		Size     struct {
			Value float64 `json:"value"`
			N     int     `json:"n"`
		} `json:"size_p50"`
	}
	if err := json.Unmarshal(hidden["batch"], &batches); err != nil {
		t.Fatal(err)
	}
	if len(batches) != 2 || batches[1].Team != "acme/plan" || batches[1].Finished != n {
		t.Errorf("rows %+v, want the organisation's and that of acme/plan, which owns all batches", batches)
	}
	if b := batches[0]; b.Finished != n || b.Size.N != n || b.Size.Value != median {
		t.Errorf("%d batches finished, of size %v (%d); want %d of %v", b.Finished, b.Size.Value, b.Size.N, n, median)
	}
	var cover []struct {
		ID    string `json:"id"`
		Count int    `json:"count"`
	}
	if err := json.Unmarshal(hidden["coverage"], &cover); err != nil {
		t.Fatal(err)
	}
	for _, row := range cover {
		if want := map[string]int{"children_unread": unread, "level_batches": n, "level_items": sum - unread}; want[row.ID] != 0 && row.Count != want[row.ID] {
			t.Errorf("coverage %s: %d, want %d", row.ID, row.Count, want[row.ID])
		}
	}
}

// tableRows returns the rows of every table of a report.
func tableRows(t *testing.T, report string) map[string]json.RawMessage {
	t.Helper()
	var doc struct {
		Tables []struct {
			ID   string          `json:"id"`
			Rows json.RawMessage `json:"rows"`
		} `json:"tables"`
	}
	if err := json.Unmarshal([]byte(report), &doc); err != nil {
		t.Fatal(err)
	}
	out := map[string]json.RawMessage{}
	for _, tab := range doc.Tables {
		out[tab.ID] = tab.Rows
	}
	return out
}
