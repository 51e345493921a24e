package store

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// Holder describes who writes a store.
type Holder struct {
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	What  string    `json:"what"`
	Since time.Time `json:"since"`
}

func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d on %s (%s, since %s)", h.PID, h.Host, h.What, h.Since.UTC().Format("2006-01-02 15:04:05 MST"))
}

// Lock makes this process the store's only writer until the returned function
// is called. If somebody else is, waiting is told who (once), and Lock tries
// again for as long as patience lasts; then the error names the holder and
// wraps [ErrHeld]. The operating system releases the lock of a process that
// dies. A store in memory needs no lock.
func (s *Store) Lock(ctx context.Context, me Holder, patience time.Duration, waiting func(Holder)) (func(), error) {
	if s.path == Memory {
		return func() {}, nil
	}
	path := s.path + ".lock"
	lock := flock.New(path)
	held, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("store %s: locking it: %w", s.path, err)
	}
	if !held {
		if waiting != nil {
			waiting(readHolder(path))
		}
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if held, _ = lock.TryLockContext(limited, 100*time.Millisecond); !held {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, fmt.Errorf("store %s: %w: %s; wait for it, or name another file with --store", s.path, ErrHeld, readHolder(path))
		}
	}
	// Who holds it is for people to read; failing to say so is no reason to stop.
	if text, err := json.Marshal(me); err == nil {
		_ = os.WriteFile(path, text, 0o644)
	}
	return func() {
		_ = os.Truncate(path, 0)
		_ = lock.Unlock()
	}, nil
}

func readHolder(path string) Holder {
	var h Holder
	if text, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(text, &h)
	}
	return h
}
