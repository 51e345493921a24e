package github

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/github/githubtest"
)

// What is kept in memory of a pull request's own answer is all that is read of it.
func TestSlimPull(t *testing.T) {
	t.Parallel()
	c := &wall{began}
	a := talker{tb: t, s: githubtest.NewServer(githubtest.Options{}, shop(c))}
	answers := []string{
		`{"id":7,"node_id":"PR_kwDOAAAAB84AAAAH","number":3,"url":"https://api.github.com/repos/acme/shop/pulls/3","title":"T","body":"Closes #1","state":"closed",
		"user":{"login":"ana","id":1,"type":"User"},"assignee":{"login":"ben","id":2},"assignees":[{"login":"cy","id":3}],"labels":[{"name":"bug"}],
		"milestone":{"id":5,"number":1,"title":"Spring","state":"open","url":"https://api.github.com/repos/acme/shop/milestones/1","created_at":"2026-03-01T09:00:00Z"},
		"created_at":"2026-03-02T09:00:00Z","updated_at":"2026-03-03T09:00:00Z","closed_at":"2026-03-03T09:00:00Z","merged_at":"2026-03-03T09:00:00Z",
		"head":{"ref":"feature/pay-7","sha":"00","repo":null},"base":{"ref":"main","repo":{"id":9,"name":"shop","full_name":"acme/shop"}},
		"draft":true,"comments":3,"review_comments":2,"commits":4,"additions":10,"deletions":5,"changed_files":2,"pad":"xxx"}`,
		`{"number":3,"title":"T","head":null,"base":{},"url":"https://api.github.com/repos/acme/shop/pulls/3","state":"open"}`,
	}
	for _, v := range a.rest("/repos/acme/shop/pulls?state=all").Array() {
		answers = append(answers, v.Raw, a.rest("/repos/acme/shop/pulls/"+v.Get("number").String()).Raw)
	}
	if len(answers) < 6 {
		t.Fatalf("%d answers", len(answers))
	}
	for _, raw := range answers {
		slim := slimPull(gjson.Parse(raw))
		if !gjson.Valid(slim) || !isPullAnswer(gjson.Parse(slim)) || len(slim) >= len(raw) && strings.Contains(raw, `"repo":`) {
			t.Errorf("%s: %s", raw, slim)
		}
		var records [2][]fact.Record
		for i, text := range []string{raw, slim} {
			d := newDecoded(site)
			d.stones = true
			d.keep(d.restItem(gjson.Parse(text)), "")
			records[i] = d.Take().Records
		}
		if d := cmp.Diff(records[0], records[1], cmpopts.EquateNaNs()); d != "" {
			t.Errorf("%s", d)
		}
	}
}

// An archive's pull requests are not kept whole in memory.
func TestPartsInMemory(t *testing.T) { // not parallel: it measures
	dir := t.TempDir()
	pad := strings.Repeat("x", 20_000) // as long as a pull request's own answer is
	var b strings.Builder
	const many = 3000
	for i := range many {
		fmt.Fprintf(&b, `{"id":%d,"number":%d,"title":"T","state":"open","user":{"login":"a","id":1},"head":{"ref":"b"},"base":{"repo":{"id":1,"full_name":"a/b"}},"html_url":"https://github.com/a/b/pull/%d","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:00Z","pad":%q}`+"\n", i+1, i+1, i+1, pad)
	}
	if err := os.WriteFile(filepath.Join(dir, "pulls.jsonl"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Reset()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	first, got := true, 0
	_, err := NewArchive(dir, "").Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
		got += len(b.Records)
		if first {
			runtime.GC()
			runtime.ReadMemStats(&after)
			first = false
		}
		return nil
	})
	if mb := (int64(after.HeapAlloc) - int64(before.HeapAlloc)) >> 20; err != nil || got != many || mb > 45 {
		t.Errorf("60 MB of pull requests, of which %d are told, take %d MB at the first batch: %v", got, mb, err)
	}
}
