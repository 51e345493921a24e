package main

import (
	"os"
	"path/filepath"
	"testing"
)

const (
	jiraAnswer   = `{"id":"1","self":"https://j.example/rest/api/2/issue/1","key":"PAY-1","fields":{"issuetype":{},"description":"see \"node_id\": and \"html_url\": of https://github.com/acme"}}`
	githubAnswer = `[{"id":1,"node_id":"x","html_url":"https://github.com/acme/shop/issues/1","created_at":"2025-01-01T00:00:00Z","body":"\"self\": \"issuetype\":"}]`
	graphqlPage  = `{"data":{"repository":{"nameWithOwner":"acme/shop","issues":{"nodes":[{"databaseId":1,"createdAt":"2025-01-01T00:00:00Z"}]}}}}`
)

func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// An archive tells by its answers whose they are.
func TestTrackerOf(t *testing.T) {
	for _, c := range []struct {
		texts       map[string]string
		want, other string
	}{
		{map[string]string{"a.json": jiraAnswer}, trackerJira, ""},
		{map[string]string{"a.json": githubAnswer}, trackerGitHub, ""},
		{map[string]string{"a.json": graphqlPage}, trackerGitHub, ""},
		{map[string]string{"a.json": `[{"name":"x"}]`, "b.txt": "nothing", "c.json": githubAnswer}, trackerGitHub, ""},
		{map[string]string{"a.json": jiraAnswer, "b.json": githubAnswer, "c.json": graphqlPage}, trackerGitHub, trackerJira},
		{map[string]string{"a.json": `[]`}, "", ""},
		{map[string]string{}, "", ""},
	} {
		if got, other := trackerOf(files(t, c.texts)); got != c.want || other != c.other {
			t.Errorf("%v: %q and %q, want %q and %q", c.texts, got, other, c.want, c.other)
		}
	}
	if got, _ := trackerOf(filepath.Join(t.TempDir(), "nowhere")); got != "" {
		t.Errorf("an archive that is not there is of %q", got)
	}
}

// What was recorded of two trackers at once is an archive of each.
func TestArchivesOfARecording(t *testing.T) {
	dir := files(t, map[string]string{"jira/a.json": jiraAnswer, "github/a.json": githubAnswer})
	p := &plan{}
	p.addArchive(dir, "", "")
	if len(p.archives) != 2 || len(p.sources) != 2 || p.archives[0].tracker != trackerGitHub || p.archives[1].tracker != trackerJira {
		t.Errorf("archives %+v", p.archives)
	}
	p = &plan{}
	p.addArchive(dir, "", trackerGitHub)
	if len(p.archives) != 1 || p.archives[0].tracker != trackerGitHub || p.archives[0].path != dir {
		t.Errorf("archives %+v", p.archives)
	}
	p = &plan{} // with anything beside them, nothing is passed over
	p.addArchive(files(t, map[string]string{"jira/a.json": jiraAnswer, "github/a.json": githubAnswer, "more.json": jiraAnswer}), "", "")
	if len(p.archives) != 1 {
		t.Errorf("archives %+v", p.archives)
	}
	p = &plan{}
	p.addArchive(files(t, map[string]string{"github/a.json": githubAnswer}), "", "")
	if len(p.archives) != 1 || p.archives[0].tracker != trackerGitHub || p.archives[0].guessed {
		t.Errorf("archives %+v", p.archives)
	}
}
