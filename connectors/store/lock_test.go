package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var me = Holder{PID: 42, Host: "here", What: "a test", Since: time.Unix(1_700_000_000, 0)}

func TestLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	a, b := newStore(t, path), newStore(t, path)
	unlock, err := a.Lock(t.Context(), me, 0, func(Holder) { t.Error("waits for nobody") })
	if err != nil {
		t.Fatal(err)
	}
	var told []Holder
	waiting := func(h Holder) { told = append(told, h) }
	_, err = b.Lock(t.Context(), Holder{PID: 43}, 250*time.Millisecond, waiting)
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), "process 42 on here (a test, since 2023-11-14 22:13:20 UTC)") || !strings.Contains(err.Error(), path) {
		t.Errorf("the second holder: %v", err)
	}
	if len(told) != 1 || told[0].PID != 42 {
		t.Errorf("told %v", told)
	}
	// Readers and another handle of the same process are not kept out.
	if _, err := b.Select(t.Context(), nil); err != nil {
		t.Errorf("a reader: %v", err)
	}
	unlock()
	unlock2, err := b.Lock(t.Context(), Holder{PID: 43}, 0, waiting)
	if err != nil || len(told) != 1 {
		t.Fatalf("after the first: %v, told %v", err, told)
	}
	unlock2()
}

// Somebody who waits gets the lock when it is free.
func TestLockWaits(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	a, b := newStore(t, path), newStore(t, path)
	unlock, err := a.Lock(t.Context(), me, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	unlock2, err := b.Lock(t.Context(), me, time.Minute, func(Holder) { unlock() })
	if err != nil {
		t.Fatal(err)
	}
	unlock2()
}

func TestLockWhileCancelled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	a, b := newStore(t, path), newStore(t, path)
	unlock, err := a.Lock(t.Context(), me, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	cause := errors.New("somebody pressed a key")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err = b.Lock(ctx, me, time.Minute, func(Holder) { cancel(cause) })
	if !errors.Is(err, cause) {
		t.Errorf("%v", err)
	}
}

// A store in memory is nobody else's.
func TestLockInMemory(t *testing.T) {
	t.Parallel()
	st := newStore(t, Memory)
	for range 2 {
		unlock, err := st.Lock(t.Context(), me, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer unlock()
	}
	if _, err := os.Stat(Memory + ".lock"); err == nil {
		t.Error("a store in memory makes a lock file")
	}
}

// The lock of a process dies with it.
func TestLockOfTheDead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	holder := startChild(t, "a long pull", path)
	st := newStore(t, path)
	_, err := st.Lock(t.Context(), me, 0, nil)
	want := fmt.Sprintf("process %d on elsewhere (a long pull", holder.Process.Pid)
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), want) {
		t.Errorf("while it lives: %v, want %q", err, want)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	unlock, err := st.Lock(t.Context(), me, 5*time.Second, nil)
	if err != nil {
		t.Fatalf("after its death: %v", err)
	}
	unlock()
}

// Who holds a lock is for people to read: a file that says nothing, or
// nonsense, does not matter.
func TestLockHolderUnknown(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.db")
	a, b := newStore(t, path), newStore(t, path)
	unlock, err := a.Lock(t.Context(), me, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	for _, text := range []string{"", "{", "[]", `{"pid":"x"}`} {
		if err := os.WriteFile(path+".lock", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Lock(t.Context(), me, 0, nil); !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), "another process") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
