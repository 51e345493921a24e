package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/store"
)

// toldWorld hands over a made-up organisation whose people have names that occur
// nowhere else.
type toldWorld struct{ *assembletest.World }

func (w toldWorld) Scope() connectors.Scope {
	return connectors.Scope{Tracker: "demo", Origin: w.Records[0].Site}
}

func (w toldWorld) Pull(_ context.Context, _ connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	b := connectors.Batch{Fresh: true, Terms: w.Vocabulary, Received: len(w.Records)}
	for _, r := range w.Records {
		b.Records = append(b.Records, *r)
	}
	for n := range w.World.People {
		b.Accounts = append(b.Accounts, connectors.Account{Site: w.Records[0].Site, IDs: hidden(n)})
	}
	return connectors.Summary{Through: w.AsOf + 1}, emit(b)
}

// hidden are the ids of an account: what no output may hold.
func hidden(n int) []string {
	return []string{fmt.Sprintf("qzx%dhidden", n), fmt.Sprintf("Qzx%d Hidden", n), fmt.Sprintf("qzx.%d.hidden@acme.example", n)}
}

// one tracker is enough: an account is one of each.
func oneSite(w *assembletest.World) *assembletest.World {
	site := ""
	for _, r := range w.Records {
		if r.Class == fact.ClassIssue && !fact.IsRepository(r.Project.Key) {
			site = r.Site
		}
	}
	out := w.Clone()
	out.Records = out.Records[:0:0]
	for _, r := range w.Records {
		if r.Site == site {
			out.Records = append(out.Records, r)
		}
	}
	out.Vocabulary = out.Vocabulary[:0:0]
	for _, term := range w.Vocabulary {
		if term.Site == site {
			out.Vocabulary = append(out.Vocabulary, term)
		}
	}
	return out
}

// No output of any command, in any format, holds anything of a person, though a
// configuration names all of them as members, bots and accounts of one.
func TestNoOutputNamesAPerson(t *testing.T) {
	t.Parallel()
	w := oneSite(assembletest.Build(t, 5, 56, [2]int{6, 2}, [2]int{7, 2}, [2]int{2, 1}))
	dir := t.TempDir()
	st, err := store.Open(t.Context(), filepath.Join(dir, "world.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connectors.Pull(t.Context(), toldWorld{w}, st, nil); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	var config strings.Builder
	config.WriteString("teams:\n")
	for _, key := range w.Keys {
		var members []string
		for p, of := range w.Of {
			if n := int(p) - 1; of == key && n > 2 {
				members = append(members, fmt.Sprintf("{account: %q}", hidden(n)[n%3]))
			}
		}
		fmt.Fprintf(&config, "  - {name: %s, match: {jira_project: [%s]}, members: [%s]}\n", key, key, strings.Join(members, ", "))
	}
	fmt.Fprintf(&config, "people: [{accounts: [%q, %q]}]\n", hidden(1)[0], hidden(2)[2])
	fmt.Fprintf(&config, "bots: [%q]\n", hidden(0)[0])
	if err := os.WriteFile(filepath.Join(dir, "smokestack.yaml"), []byte(config.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	common := []string{"--offline", "--store", filepath.Join(dir, "world.db"), "--config", filepath.Join(dir, "smokestack.yaml")}
	search := func(what, text string) {
		t.Helper()
		if at := strings.Index(strings.ToLower(text), "qzx"); at >= 0 {
			t.Errorf("%s names a person: …%s…", what, text[max(0, at-100):min(len(text), at+100)])
		}
		if strings.Contains(text, "-person") {
			t.Errorf("%s names a person by the story's name", what)
		}
	}
	do := func(args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		e := &env{stdout: &out, stderr: &errs, getenv: func(string) string { return "" }, now: func() time.Time { return w.AsOf.Time().Add(time.Hour) }}
		if code := run(t.Context(), args, e); code == codeUsage {
			t.Fatalf("%v: %s", args, &errs)
		}
		if strings.Contains(errs.String(), "bears these names") {
			t.Fatalf("the accounts are not known: %s", &errs)
		}
		search(fmt.Sprint(args[0], args[len(args)-1:]), out.String()+errs.String())
		return out.String()
	}
	for _, format := range []string{"json", "csv", "markdown", "terminal"} {
		args := append([]string{"scan"}, common...)
		if format != "json" && format != "csv" {
			args = append(args, "--all")
		}
		if text := do(append(args, "--format", format)...); len(text) < 10_000 {
			t.Errorf("the scan in %s is %d bytes", format, len(text))
		}
	}
	export := filepath.Join(dir, "export")
	do(append(append([]string{"export"}, common[1:]...), "--out", export)...)
	tables := filepath.Join(dir, "tables")
	do(append(append([]string{"scan"}, common...), "--format", "csv", "--out", tables)...)
	files := 0
	for _, root := range []string{export, tables} {
		err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			files++
			text, err := os.ReadFile(path)
			search(path, string(text))
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	if files < 10 {
		t.Errorf("%d files", files)
	}
}
