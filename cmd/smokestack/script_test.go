package main

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what scripts compare with; review the difference by eye")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"smokestack": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			defer stop()
			now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) // no output may depend on it
			os.Exit(run(ctx, os.Args[1:], &env{
				stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv, now: func() time.Time { return now },
			}))
		},
	})
}

// Every promise that the documentation makes is a script.
func TestScripts(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "script")
	scripts, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	testscript.Run(t, testscript.Params{
		Dir: dir, UpdateScripts: *update, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "github": playGitHub, "replace": replace, "shuffle": shuffle, "truncate": truncate,
		},
	})
}
