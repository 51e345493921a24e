package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/connectors"
	"smokestack/connectors/demo"
	"smokestack/connectors/jira/jiratest"
	"smokestack/connectors/store"
	"smokestack/reports"
)

// sizes are the numbers of items, with ten changes each, that figures are
// quoted for.
var sizes = []int{10_000, 100_000}

// filled makes a store with so many items.
func filled(b *testing.B, items int) (string, demo.Options) {
	b.Helper()
	return filledWith(b, demo.Options{Items: items, JiraOnly: true})
}

// filledWith makes a store with the pretend organisation of some options.
func filledWith(b *testing.B, o demo.Options) (string, demo.Options) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "bench.db")
	st, err := store.Open(context.Background(), path)
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	if _, err := connectors.Pull(context.Background(), demo.New(o), st, nil); err != nil {
		b.Fatal(err)
	}
	return path, o
}

func benchEnv() *env {
	return &env{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, getenv: func(string) string { return "" }, now: time.Now}
}

// opened opens a filled store, with the plan to read it.
func opened(b *testing.B, items int) (*store.Store, *plan) {
	b.Helper()
	path, o := filled(b, items)
	st, err := store.OpenExisting(context.Background(), path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	return st, &plan{conf: noConfig(), rules: assemble.Rules{By: assemble.ByRules, Teams: demoTeams(o)}}
}

// organisation loads and assembles what a store holds.
func organisation(b *testing.B, st *store.Store, p *plan) *reports.Input {
	b.Helper()
	sel, err := st.Select(context.Background(), nil)
	if err != nil {
		b.Fatal(err)
	}
	in, err := benchEnv().assemble(context.Background(), p, st, sel)
	if err != nil {
		b.Fatal(err)
	}
	return in
}

// BenchmarkAssemble loads facts from a store and makes an organisation of them.
func BenchmarkAssemble(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			st, p := opened(b, n)
			b.ReportAllocs()
			for b.Loop() {
				organisation(b, st, p)
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "items/s")
		})
	}
}

// BenchmarkAnalyse makes every table of an assembled organisation.
func BenchmarkAnalyse(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			st, p := opened(b, n)
			in := organisation(b, st, p)
			in.Weeks = 26
			b.ReportAllocs()
			for b.Loop() {
				reports.NewScan(*in).Document()
			}
		})
	}
}

// BenchmarkOfflineScan is a whole scan from the store: open, load, assemble,
// analyse, write every table as JSON.
func BenchmarkOfflineScan(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path, _ := filled(b, n)
			b.ReportAllocs()
			for b.Loop() {
				e := benchEnv()
				if code := run(context.Background(), []string{"scan", "--offline", "--store", path, "--format", "json"}, e); code != codeDone {
					b.Fatalf("exit code %d: %s", code, e.stderr)
				}
			}
		})
	}
}

// BenchmarkBothTrackers is a whole scan from the store of items in a Jira and,
// beside them, some two pull requests for every three of them.
func BenchmarkBothTrackers(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			path, _ := filledWith(b, demo.Options{Items: n})
			b.ReportAllocs()
			for b.Loop() {
				e := benchEnv()
				if code := run(context.Background(), []string{"scan", "--offline", "--store", path, "--format", "json"}, e); code != codeDone {
					b.Fatalf("exit code %d: %s", code, e.stderr)
				}
			}
		})
	}
}

// BenchmarkArchiveScan is the way of somebody who begins: saved answers of Jira
// in a tar.gz come into a new store and out as every table.
func BenchmarkArchiveScan(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir := b.TempDir()
			archive := filepath.Join(dir, "issues.tar.gz")
			f, err := os.Create(archive)
			if err != nil {
				b.Fatal(err)
			}
			if err := jiratest.Archive(context.Background(), f, demo.New(demo.Options{Items: n, JiraOnly: true})); err != nil {
				b.Fatal(err)
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				e := benchEnv()
				path := filepath.Join(dir, fmt.Sprint(i, ".db"))
				args := []string{"scan", "--archive", archive, "--team-by", "project", "--store", path, "--format", "json", "--quiet"}
				if code := run(context.Background(), args, e); code != codeDone {
					b.Fatalf("exit code %d: %s", code, e.stderr)
				}
			}
		})
	}
}
