package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What an archive names its files, and a tracker its items and components, can
// neither reach the terminal as a control nor begin a line of its own.
func TestStderrIsHarmless(t *testing.T) {
	const trap = "\x1b[2J\x1b]0;owned\x07\nsmokestack: all is well\u202e"
	issue := func(key string) string {
		return fmt.Sprintf(`{"id":"1","key":%q,"self":"https://tracker.example/rest/api/2/issue/1","fields":{"summary":"S","issuetype":{"id":"10","name":"Story"},`+
			`"status":{"id":"1","name":"To Do","statusCategory":{"key":"new"}},"project":{"id":"1","key":"PAY","name":"PAY"},"created":"2025-01-06T08:00:00.000+0000",`+
			`"updated":"2025-02-07T08:00:00.000+0000","components":[{"id":"c","name":%q}]}}`, key, trap)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good.json": issue("PAY-1"), trap + ".json": `{"id": "2", "key": "PAY-2", "fields": {"summ`, "notes" + trap: "read me",
		"late.json": `{"id":"3","key":` + fmt.Sprintf("%q", "PAY-3"+trap) + `,"fields":{"created":"never"}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Skipf("this file system takes no such names: %v", err)
		}
	}
	for _, args := range [][]string{
		{"scan", "--archive", dir, "--team-by", "component"},
		{"scan", "--archive", dir, "--team-by", "component", "--team", "nobody"},
		{"pull", "--archive", dir},
		{"scan", "--archive", filepath.Join(dir, trap+".json")},
		{"scan", "--archive", filepath.Join(dir, "none"+trap)},
		{"scam"},
	} {
		var out, err bytes.Buffer
		e := &env{stdout: &out, stderr: &err, getenv: func(string) string { return "" }, now: time.Now, dir: t.TempDir()}
		if code := run(t.Context(), args, e); code == codeDone || err.Len() == 0 {
			t.Errorf("%q: exit code %d, stderr %q", args, code, &err)
		}
		if strings.ContainsAny(err.String(), "\x1b\x07\u202e") {
			t.Errorf("%q wrote %q", args, &err)
		}
		for line := range strings.Lines(err.String()) {
			if !strings.HasPrefix(line, "smokestack: ") || strings.HasPrefix(line, "smokestack: all is well") {
				t.Errorf("%q wrote the line %q", args, line)
			}
		}
	}
}

func TestProgressIsHarmless(t *testing.T) {
	var err bytes.Buffer
	now := time.Date(2025, 1, 6, 0, 0, 0, 0, time.UTC)
	e := &env{stderr: &err, now: func() time.Time { return now }}
	e.line("reading %s\n", "a\x1b[2J\nb")
	if want := "reading a␛[2J␊b\n"; err.String() != want {
		t.Errorf("wrote %q, want %q", &err, want)
	}
	err.Reset()
	e.errTerminal = true
	bar := e.progress("a\x1b[2J\nb", false)
	_ = bar.bar.Set(1)
	bar.end()
	if strings.Contains(err.String(), "\x1b[2J") || strings.Contains(err.String(), "\n") {
		t.Errorf("the bar wrote %q", &err)
	}
}

// Joined errors are a line each; an error of one source that wraps several is
// one.
func TestComplaintsAreOneLineEach(t *testing.T) {
	one, two := errors.New("one"), errors.New("two\nthree")
	for _, c := range []struct {
		err  error
		want string
	}{
		{errors.Join(one, two), "smokestack: one\nsmokestack: two␊three\n"},
		{fmt.Errorf("%w: %w", one, two), "smokestack: one: two␊three\n"},
		{errors.Join(one), "smokestack: one\n"},
	} {
		var err bytes.Buffer
		(&env{stderr: &err}).complain(t.Context(), codeFailed, c.err)
		if err.String() != c.want {
			t.Errorf("%q was said as %q, want %q", c.err, &err, c.want)
		}
	}
}

// A date means its last instant; what happens at midnight belongs to the next day.
func TestADateEndsBeforeTheNext(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"2025-06-30": "2025-06-30T21:59:59.999Z", "2025-03-30": "2025-03-30T21:59:59.999Z", "2025-06-30T12:00:00Z": "2025-06-30T12:00:00.000Z",
	} {
		if got, err := parseMoment(text, berlin); err != nil || got.String() != want {
			t.Errorf("%s is %v, %v, want %s", text, got, err, want)
		}
	}
}
