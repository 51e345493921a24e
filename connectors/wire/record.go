package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"smokestack/analysis/fact"
)

// Recorder keeps answers as files that an archive's source reads: each with its
// address, what was asked for, and the site that it speaks of. No header is
// kept, and nothing that tells who asked.
type Recorder struct {
	Dir  string
	Base http.RoundTripper
	// Name is what an answer's file is called, besides its number.
	Name func(*http.Request) string
	// Fit returns an answer as it is to be kept, and whether it is. nil: as it came,
	// if it is JSON.
	Fit func(answer []byte) ([]byte, bool)

	mu   sync.Mutex
	site string // known from the first answer on
	seen fact.Instant
	next int
}

// About says of which site answers speak from now on, and the time of that
// site's clock.
func (r *Recorder) About(site string, seen fact.Instant) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.site, r.seen = site, seen
}

// envelope is one kept answer.
type envelope struct {
	URL     string          `json:"url"`
	Site    string          `json:"site"`
	Seen    int64           `json:"seen"` // the server's time when the pull began, in milliseconds
	Request json.RawMessage `json:"request,omitempty"`
	Data    json.RawMessage `json:"data"`
}

type unkeptKey struct{}

// Unkept marks requests whose answers are no facts, or ones about the account
// that asks.
func Unkept(ctx context.Context) context.Context {
	return context.WithValue(ctx, unkeptKey{}, true)
}

// RoundTrip implements [http.RoundTripper].
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Context().Value(unkeptKey{}) != nil {
		return r.Base.RoundTrip(req)
	}
	var asked []byte
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		if asked, err = io.ReadAll(body); err != nil {
			return nil, err
		}
	}
	resp, err := r.Base.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(data))
	fit := r.Fit
	if fit == nil {
		fit = func(answer []byte) ([]byte, bool) { return answer, json.Valid(answer) }
	}
	data, ok := fit(data)
	if !ok {
		return resp, nil
	}
	if err := r.keep(req, bytes.TrimSpace(asked), data); err != nil {
		return nil, fmt.Errorf("--record %s: %w", r.Dir, err)
	}
	return resp, nil
}

func (r *Recorder) keep(req *http.Request, asked, data []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	address := *req.URL
	address.User = nil
	text, err := json.Marshal(envelope{URL: address.String(), Site: r.site, Seen: int64(r.seen), Request: asked, Data: data})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return err
	}
	for {
		r.next++
		path := filepath.Join(r.Dir, fmt.Sprintf("%06d-%s.json", r.next, fileName(r.Name(req))))
		if _, err := os.Lstat(path); err == nil {
			continue // an earlier recording goes on
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		// A name of its own until it is whole: half a file would fail the replay.
		part := filepath.Join(r.Dir, ".part")
		if err := os.WriteFile(part, text, 0o600); err != nil {
			return err
		}
		return os.Rename(part, path)
	}
}

// fileName makes a part of an address fit for the name of a file.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r == '/':
			return '-'
		}
		return '_'
	}, strings.Trim(s, "/"))
	return s[:min(len(s), 80)]
}
