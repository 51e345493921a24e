package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/cmd/smokestack/config"
)

// The README shows what the program prints: each console block is a command
// and its output, in which a line […] stands for lines left out. Between two of
// them stands a section, known by its first line.

const leftOut = "[…]"

type block struct {
	from, to int // its lines, without the fences
	command  string
	output   []string
}

func consoleBlocks(lines []string) []block {
	var out []block
	for i := 0; i < len(lines); i++ {
		if lines[i] != "```console" {
			continue
		}
		end := i + 1 + slices.Index(lines[i+1:], "```")
		out = append(out, block{i + 1, end, strings.TrimPrefix(lines[i+1], "$ "), lines[i+2 : end]})
		i = end
	}
	return out
}

func TestREADMEShowsRealOutput(t *testing.T) {
	path := filepath.Join("..", "..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	blocks := consoleBlocks(lines)
	if len(blocks) == 0 {
		t.Fatal("the README shows no command with its output")
	}
	slices.Reverse(blocks) // so that an update does not move the others
	for _, b := range blocks {
		args, ok := strings.CutPrefix(b.command, "go run ./cmd/smokestack ")
		if !ok {
			t.Errorf("a block runs %q, which is not the program", b.command)
			continue
		}
		var stdout, stderr bytes.Buffer
		e := &env{stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now, dir: t.TempDir()}
		if code := run(context.Background(), strings.Fields(args), e); code != codeDone {
			t.Errorf("%s: exit code %d: %s", b.command, code, &stderr)
			continue
		}
		got := strings.Split(strings.TrimRight(stdout.String(), "\n"), "\n")
		shown := abridge(got, b.output)
		if slices.Equal(shown, b.output) {
			continue
		}
		if !*update {
			t.Errorf("%s prints something else than the README shows (go test ./cmd/smokestack -run README -update):\n%s", b.command, strings.Join(shown, "\n"))
			continue
		}
		lines = slices.Concat(lines[:b.from+1], shown, lines[b.to:])
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// abridge leaves out of an output what the README leaves out.
func abridge(got, like []string) []string {
	n := slices.Index(like, leftOut)
	if n < 0 {
		return got
	}
	if last := len(like) - 1; n == 0 && last > 1 && like[last] == leftOut {
		return slices.Concat([]string{leftOut}, section(got, like[1]), []string{leftOut})
	}
	head, tail := n, len(like)-n-1
	if head+tail >= len(got) {
		return got
	}
	return slices.Concat(got[:head], []string{leftOut}, got[len(got)-tail:])
}

// section is what stands in an output under a line, up to the next empty one.
func section(got []string, title string) []string {
	from := slices.Index(got, title)
	if from < 0 {
		return []string{"(no such line: " + title + ")"}
	}
	to := slices.Index(got[from:], "")
	if to < 0 {
		to = len(got) - from
	}
	return got[from : from+to]
}

// Every flag and table that the program has is in the README.
func TestREADMENamesEverything(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	e := &env{stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now, dir: t.TempDir()}
	if code := run(context.Background(), []string{"demo", "--format", "csv"}, e); code != codeDone {
		t.Fatal(&stderr)
	}
	for line := range strings.Lines(stdout.String()) {
		id, _, ok := strings.Cut(strings.TrimPrefix(line, "# "), ": ")
		if strings.HasPrefix(line, "# ") && ok && id != "note" && !strings.Contains(string(text), fmt.Sprintf("`%s`", id)) {
			t.Errorf("table %s is not in the README", id)
		}
	}
}

// Every key of the configuration is in the README.
func TestREADMENamesEveryKey(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for _, w := range strings.FieldsFunc(string(text), func(r rune) bool {
		return r != '_' && !(r >= 'a' && r <= 'z') && !(r >= 'A' && r <= 'Z')
	}) {
		words[w] = true
	}
	for _, key := range keysOf(reflect.TypeFor[config.Config]()) {
		if !words[key] {
			t.Errorf("the key %s is not in the README", key)
		}
	}
}

// The configuration that the README shows is one.
func TestREADMEShowsARealConfiguration(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\norganisation:")
	shown, _, closed := strings.Cut(rest, "\n```")
	if !ok || !closed {
		t.Fatal("the README shows no configuration")
	}
	c, err := config.Parse([]byte("organisation:"+shown+"\n"), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Rules(); err != nil {
		t.Error(err)
	}
}

// keysOf are the keys of a configuration, with those below them.
func keysOf(t reflect.Type) []string {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return keysOf(t.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	var out []string
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			out = append(append(out, name), keysOf(t.Field(i).Type)...)
		}
	}
	return out
}
