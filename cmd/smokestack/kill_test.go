package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/demo"
	"smokestack/connectors/jira"
	"smokestack/connectors/jira/jiratest"
	"smokestack/connectors/store"
)

// victim is the program, something for it to import, and what an import that
// nothing disturbs makes of it.
type victim struct {
	program, archive string

	length time.Duration // of an import, as last seen: others use the machine, now more, now less
	log    int64         // the largest size of the store's log in one
	pulled string        // what it said
	report string        // what a scan says of its store, as JSON
	state  state         // of its store

	digests map[string]bool // of the records in it
	whole   map[int]bool    // how many records some number of whole batches makes
}

// state is what a store holds.
type state struct {
	facts    connectortest.Facts
	ledger   store.Ledger
	complete bool
}

// TestKilledImport kills the real program, which gets no chance to tidy up,
// and holds what the next run makes of the store to an undisturbed import.
func TestKilledImport(t *testing.T) {
	if testing.Short() {
		t.Skip("kills imports for some ten seconds: the run without -short does")
	}
	v := newVictim(t)
	t.Run("once", v.once)
	t.Run("again and again", v.againAndAgain)
	t.Run("read meanwhile", v.readMeanwhile)
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	dir := t.TempDir()
	v := &victim{program: filepath.Join(dir, "smokestack.exe"), archive: filepath.Join(dir, "issues.tar"), digests: map[string]bool{}, whole: map[int]bool{0: true}}
	// Built anew, where scripts run the test binary once more: that one may
	// carry the race detector, with which an import takes twenty times as long.
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", v.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	archiveOfBatches(t, v.archive)
	n := 0
	_, err := jira.NewArchive(v.archive, "").Pull(t.Context(), connectors.State{}, func(b connectors.Batch) error {
		n += len(b.Records)
		v.whole[n] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s.db")
	begun := time.Now()
	v.pulled = v.kill(t, path, func() bool { // never: it only looks on
		v.log = max(v.log, logOf(path))
		return false
	})
	v.length = time.Since(begun)
	v.report = v.scan(t, path)
	v.state = stateOf(t, path)
	for _, d := range v.state.facts.Digests {
		v.digests[d] = true
	}
	if l := v.state.ledger; l.Live != n || l.Received != n || n < 1500 || len(v.whole) < 8 {
		t.Fatalf("%d records in %d batches, in the store %+v", n, len(v.whole)-1, l)
	}
	return v
}

// archiveOfBatches writes an archive of two thousand issues. A batch ends
// after some megabytes, so long descriptions, which issues do have, make many
// of them.
func archiveOfBatches(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := tar.NewWriter(f)
	description := []byte(`"fields":{"description":"` + strings.Repeat("Why this matters. ", 500) + `",`)
	err = jiratest.Each(t.Context(), demo.New(demo.Options{Items: 2000, JiraOnly: true}), func(key string, issue []byte) error {
		issue = bytes.Replace(issue, []byte(`"fields":{`), description, 1)
		if err := w.WriteHeader(&tar.Header{Name: key + ".json", Mode: 0o644, Size: int64(len(issue)), Format: tar.FormatUSTAR}); err != nil {
			return err
		}
		_, err := w.Write(issue)
		return err
	})
	if err := errors.Join(err, w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// command makes a run of the program beside a store, so that it names the same
// path wherever the store lies.
func (v *victim) command(path string, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	cmd = exec.Command(v.program, append(args, "--quiet", "--store", filepath.Base(path))...)
	cmd.Dir = filepath.Dir(path)
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

func (v *victim) importing(path string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	return v.command(path, "pull", "--archive", v.archive)
}

// pull imports to the end and returns what the program said.
func (v *victim) pull(t *testing.T, path string) string {
	t.Helper()
	cmd, stdout, stderr := v.importing(path)
	if err := cmd.Run(); err != nil {
		t.Fatalf("importing to the end: %v\n%s", err, stderr)
	}
	return stdout.String()
}

func (v *victim) scan(t *testing.T, path string) string {
	t.Helper()
	cmd, stdout, stderr := v.command(path, "scan", "--offline", "--format", "json")
	if err := cmd.Run(); err != nil {
		t.Fatalf("scanning: %v\n%s", err, stderr)
	}
	return stdout.String()
}

// kill begins an import and kills it when it is due, unless it was quicker. It
// returns what the program said.
func (v *victim) kill(t *testing.T, path string, due func() bool) string {
	t.Helper()
	cmd, stdout, stderr := v.importing(path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil && stderr.Len() > 0 { // who is killed says nothing
				t.Fatalf("the import ended by itself: %v\n%s", err, stderr)
			}
			return stdout.String()
		case <-time.After(time.Millisecond):
			if due() {
				_ = cmd.Process.Kill()
			}
		}
	}
}

// after is due when some time has passed.
func after(d time.Duration) func() bool {
	begun := time.Now()
	return func() bool { return time.Since(begun) >= d }
}

// logOf is the size of a store's log: what was committed since the import
// began, as long as that is little.
func logOf(path string) int64 {
	info, err := os.Stat(path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// written is due some time after the log has reached a size. On a busy machine
// it hits what it aims at when the clock does not.
func written(path string, size int64, later time.Duration) func() bool {
	var wait func() bool
	return func() bool {
		if wait == nil && logOf(path) >= size {
			wait = after(later)
		}
		return wait != nil && wait()
	}
}

// look opens a store, and is nil where there is none.
func look(t *testing.T, path string) (*store.Store, *store.Selection) {
	t.Helper()
	st, err := store.OpenExisting(t.Context(), path)
	if errors.Is(err, store.ErrMissing) {
		return nil, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	sel, err := st.Select(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return st, sel
}

func isComplete(sel *store.Selection) bool {
	return slices.ContainsFunc(sel.Scopes, func(s store.ScopeState) bool { return s.Complete })
}

func stateOf(t *testing.T, path string) state {
	t.Helper()
	st, sel := look(t, path)
	if st == nil {
		t.Fatal("there is no store")
	}
	defer st.Close()
	facts, err := connectortest.StoreFacts(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	return state{facts, sel.Ledger, isComplete(sel)}
}

// left says how many records a killed import left. It looks at a copy, so that
// it is the program that first meets the files as they lie there.
func (v *victim) left(t *testing.T, path string) int {
	t.Helper()
	twin := filepath.Join(t.TempDir(), "s.db")
	for _, suffix := range []string{"", "-wal", "-journal"} {
		data, err := os.ReadFile(path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(twin+suffix, data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	st, sel := look(t, twin)
	if st == nil {
		return 0
	}
	defer st.Close()
	err := sel.Ordered(t.Context(), func(r *fact.Record) error {
		if !v.digests[string(r.Digest[:])] {
			t.Errorf("%s is not as an undisturbed import leaves it", r.Key)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l := sel.Ledger
	switch {
	case !v.whole[l.Live], l.Received != l.Live:
		t.Errorf("no whole number of batches is left: %+v", l)
	case l.Kept != 0:
		t.Errorf("an import began anew: %+v", l)
	case isComplete(sel) && l.Live < v.state.ledger.Live:
		t.Errorf("%d records are called complete", l.Live)
	}
	return l.Live
}

// same holds a store, and what the run that completed it said, to the
// undisturbed ones.
func (v *victim) same(t *testing.T, path, said string) {
	t.Helper()
	if said != v.pulled {
		t.Errorf("the last run says %q, undisturbed %q", said, v.pulled)
	}
	if got := v.scan(t, path); got != v.report {
		t.Errorf("the report has %d bytes, undisturbed %d, and differs", len(got), len(v.report))
	}
	got := stateOf(t, path)
	if d := connectortest.Difference(v.state.facts, got.facts); d != "" {
		t.Error(d)
	}
	if got.ledger != v.state.ledger || !got.complete {
		t.Errorf("ledger %+v, complete %t, undisturbed %+v", got.ledger, got.complete, v.state.ledger)
	}
}

// raceDetector reports whether this process carries the race detector. Looking
// at stores takes it so long then that fewer kills have to do; the program
// that is killed is the same.
func raceDetector() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// once kills imports at points that are spread over their length, by the clock
// and by what was written in turn.
func (v *victim) once(t *testing.T) {
	points := 20
	if raceDetector() {
		points = 6
	}
	r := rand.New(rand.NewPCG(20, 9))
	before, amid, behind := 0, 0, 0
	for i := range points {
		path := filepath.Join(t.TempDir(), "s.db")
		share, batch := (float64(i)+r.Float64())/float64(points), v.length/time.Duration(len(v.whole))
		due := after(time.Duration(share * float64(v.length)))
		if i%2 == 1 {
			due = written(path, int64(share*float64(v.log)), time.Duration(r.Int64N(int64(batch))))
		}
		begun := time.Now()
		v.kill(t, path, due)
		length := time.Since(begun)
		switch v.left(t, path) {
		case 0:
			before++
		case v.state.ledger.Live:
			behind++
		default:
			amid++
		}
		begun = time.Now()
		said := v.pull(t, path)
		v.length = length + time.Since(begun)
		v.same(t, path, said)
		if t.Failed() {
			t.Fatalf("point %d: killed after %v", i, length)
		}
	}
	t.Logf("killed before the first batch: %d, amid the batches: %d, behind the last: %d", before, amid, behind)
	// Where the kills land depends on the machine; none at all would test nothing.
	if amid == 0 {
		t.Errorf("none of %d imports was killed amid its batches", points)
	}
}

// againAndAgain lets one import die many times before it ends.
func (v *victim) againAndAgain(t *testing.T) {
	const lives = 6
	r := rand.New(rand.NewPCG(lives, 9))
	path := filepath.Join(t.TempDir(), "s.db")
	last, further := 0, 0
	for range lives {
		v.kill(t, path, after(time.Duration((0.2+0.3*r.Float64())*float64(v.length))))
		live := v.left(t, path)
		if live < last {
			t.Errorf("%d records of %d are left", live, last)
		}
		if last > 0 && live > last {
			further++
		}
		last = live
	}
	t.Logf("of %d lives, %d went on from another one; %d records before the last", lives, further, last)
	v.same(t, path, v.pull(t, path))
}

// readMeanwhile scans a store over and over while an import fills it.
func (v *victim) readMeanwhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	cmd, stdout, stderr := v.importing(path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	codes := map[int]int{}
	for running := true; running; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("the import: %v\n%s", err, stderr)
			}
			running = false
		default:
			codes[v.peek(t, path)]++
		}
	}
	t.Logf("scans by exit code: %v", codes)
	if codes[codeIncomplete] == 0 {
		t.Error("no scan met a store that was half filled")
	}
	v.same(t, path, stdout.String())
}

// peek scans a store that is being filled, or is not there yet.
func (v *victim) peek(t *testing.T, path string) int {
	t.Helper()
	cmd, stdout, stderr := v.command(path, "scan", "--offline", "--format", "json")
	err := cmd.Run()
	code, said := cmd.ProcessState.ExitCode(), stderr.String()
	switch {
	case code == codeFailed && (strings.Contains(said, "no store yet") || strings.Contains(said, "is empty")):
	case code == codeIncomplete && strings.Contains(said, "not read to its end") && json.Valid(stdout.Bytes()):
	case code == codeDone && json.Valid(stdout.Bytes()):
	default:
		t.Fatalf("a scan meanwhile: %v: %s\n%.200s", err, said, stdout)
	}
	return code
}
