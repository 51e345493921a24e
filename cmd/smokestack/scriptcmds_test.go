package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"smokestack/connectors/github/githubtest"
)

// exits runs a program and checks its exit code: exits CODE PROGRAM ARGS...
// What it printed can be looked at with stdout and stderr.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// playGitHub plays a GitHub with some repositories until the script ends, and sets
// the variables of a runner of GitHub Actions: github REPOSITORY...
func playGitHub(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: github REPOSITORY...")
	}
	w, _ := playWorld(20, args...)
	web := githubtest.NewServer(githubtest.Options{Enterprise: true, Token: secret}, w).Start()
	ts.Defer(web.Close)
	ts.Setenv("GITHUB_SERVER_URL", web.URL)
	ts.Setenv("GITHUB_API_URL", web.URL+"/api/v3")
	ts.Setenv("GITHUB_TOKEN", secret)
}

// replace puts text into a file: replace OLD NEW FILE.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace OLD NEW FILE")
	}
	path := ts.MkAbs(args[2])
	text, err := os.ReadFile(path)
	ts.Check(err)
	old, err := strconv.Unquote(`"` + args[0] + `"`)
	ts.Check(err)
	with, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	if !bytes.Contains(text, []byte(old)) {
		ts.Fatalf("%s does not hold %q", args[2], old)
	}
	ts.Check(os.WriteFile(path, bytes.ReplaceAll(text, []byte(old), []byte(with)), 0o644))
}

// shuffle writes a folder's files into a .tar.gz, backwards:
// shuffle DIR ARCHIVE.
func shuffle(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: shuffle DIR ARCHIVE")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := len(entries) - 1; i >= 0; i-- {
		text, err := os.ReadFile(ts.MkAbs(args[0]) + "/" + entries[i].Name())
		ts.Check(err)
		ts.Check(w.WriteHeader(&tar.Header{Name: "./" + entries[i].Name(), Mode: 0o644, Size: int64(len(text))}))
		_, err = w.Write(text)
		ts.Check(err)
	}
	ts.Check(w.Close())
	ts.Check(z.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o644))
}

// truncate cuts a file to a share of its size: truncate PERCENT FILE.
func truncate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: truncate PERCENT FILE")
	}
	percent, err := strconv.Atoi(strings.TrimSuffix(args[0], "%"))
	ts.Check(err)
	path := ts.MkAbs(args[1])
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()*int64(percent)/100))
}
