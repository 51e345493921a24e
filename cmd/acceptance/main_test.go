package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"smokestack/analysis/acceptance"
)

// The page shows every number that the command prints.
func TestPageShowsEveryNumber(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "ACCEPTANCE.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range acceptance.Experiments {
		if !strings.Contains(string(page), "### "+e.Title+" (`"+e.ID+"`)\n") {
			t.Errorf("no table of %s", e.ID)
		}
		rows, err := e.Run(1, "page")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			if !strings.Contains(string(page), "| "+r.What+" |") {
				t.Errorf("%s: the page does not show %q", e.ID, r.What)
			}
		}
	}
}

func TestRun(t *testing.T) {
	for format, want := range map[string]string{
		"markdown": "### Times of what is still open (`survival`)\n\n| Number |",
		"text":     "Times of what is still open (survival)\n",
	} {
		var out strings.Builder
		if err := run(&out, io.Discard, 3, "test", "survival", format); err != nil && !strings.Contains(err.Error(), "miss what is wanted") {
			t.Fatal(err)
		}
		if !strings.HasPrefix(out.String(), want) || strings.Contains(out.String(), "NaN") {
			t.Errorf("%s:\n%s", format, out.String())
		}
	}
	if err := run(io.Discard, io.Discard, 1, "test", "weather", "text"); err == nil || !strings.Contains(err.Error(), "no experiment weather") {
		t.Errorf("an experiment that is none: %v", err)
	}
}
