package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"smokestack/connectors"
)

// smallDisk is the variable that names the folder of a disk of a few
// megabytes, to a second run of this test.
const smallDisk = "STORE_TEST_SMALL_DISK"

// TestSmallDisk fills a real disk, with a log and shared memory to grow on it
// as well. The engine's own limit, which TestDiskFull sets, knows of the
// database's file alone.
func TestSmallDisk(t *testing.T) {
	dir := os.Getenv(smallDisk)
	if dir == "" {
		t.Parallel()
		onSmallDisk(t)
		return
	}
	undisturbed := newStore(t, Memory)
	commit(t, undisturbed, scope1, bigBatches(6, 60)...)
	complete(t, undisturbed, scope1)
	want := dump(t, undisturbed)

	// Other files take the room away, and give it back bit by bit.
	ballast := filepath.Join(dir, "ballast")
	size := occupy(t, ballast)
	path := filepath.Join(dir, "s.db")
	full := map[string]int{}
	for {
		what, err := goOnWith(t, path)
		if err == nil {
			break
		}
		if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "make room") {
			t.Fatalf("%s: %v", what, err)
		}
		full[what]++
		if size -= 96 << 10; size < 0 {
			t.Fatalf("full on an empty disk: %v", full)
		}
		if err := os.Truncate(ballast, size); err != nil {
			t.Fatal(err)
		}
	}
	if full["open"] == 0 || full["commit"] < 5 {
		t.Errorf("the disk was full: %v", full)
	}
	t.Logf("the disk was full: %v", full)
	if got := dump(t, newStore(t, path)); got != want {
		t.Error("other facts than on a large disk")
	}
}

// goOnWith brings a store as far as the disk lets it, as one run of the program
// would.
func goOnWith(t *testing.T, path string) (what string, err error) {
	t.Helper()
	st, err := Open(t.Context(), path)
	if err != nil {
		return "open", err
	}
	defer st.Close()
	begun, err := st.Begin(t.Context(), scope1)
	if err != nil {
		return "begin", err
	}
	cursor := begun.Cursor
	for _, b := range bigBatches(6, 60) {
		if cursor >= b.Next { // of one digit
			continue
		}
		next := b.Next
		before := dump(t, st)
		if err := st.Commit(t.Context(), scope1, b); err != nil {
			if dump(t, st) != before {
				t.Error("what was committed before has changed")
			}
			if now, err := st.Begin(t.Context(), scope1); err != nil || now.Cursor != cursor {
				t.Errorf("the cursor is %q, was %q: %v", now.Cursor, cursor, err)
			}
			return "commit", err
		}
		cursor = next
	}
	return "complete", st.Complete(t.Context(), scope1, connectors.Summary{})
}

// occupy writes a file until the disk is full and returns its size.
func occupy(t *testing.T, path string) int64 {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var size int64
	block := make([]byte, 4<<10)
	for err == nil {
		if size > 64<<20 {
			t.Fatal("this is no small disk")
		}
		var n int
		n, err = f.Write(block)
		size += int64(n)
	}
	return size
}

// onSmallDisk runs the test once more, on a disk of its own in memory. That
// takes a Linux which lets anybody have a view of the file system of their
// own; many containers do not.
func onSmallDisk(t *testing.T) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	const script = `mount -t tmpfs -o size=8m none "$1" && exec "$2" -test.run '^TestSmallDisk$' -test.v`
	cmd := exec.Command("unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", dir, exe)
	cmd.Env = append(os.Environ(), smallDisk+"="+dir)
	out, err := cmd.CombinedOutput()
	switch {
	case !strings.Contains(string(out), "=== RUN"):
		t.Skipf("no small disk can be had here: %v: %s", err, out)
	case err != nil:
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
