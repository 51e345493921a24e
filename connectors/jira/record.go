package jira

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

// recorder keeps answers as files that an [Archive] reads: each with its
// address, what was asked for, and the site that it speaks of. No header is
// kept, and nothing that tells who asked.
type recorder struct {
	dir  string
	base http.RoundTripper

	mu   sync.Mutex
	site string // known from the first answer on
	seen fact.Instant
	next int
}

func (r *recorder) about(site string, seen fact.Instant) {
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

// unkept marks a request whose answer is no fact, or one about the account that
// asks.
func unkept(ctx context.Context) context.Context {
	return context.WithValue(ctx, unkeptKey{}, true)
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Context().Value(unkeptKey{}) != nil {
		return r.base.RoundTrip(req)
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
	resp, err := r.base.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(data))
	if data, _ = repair(data); !json.Valid(data) {
		return resp, nil
	}
	if err := r.keep(req, bytes.TrimSpace(asked), data); err != nil {
		return nil, fmt.Errorf("--record %s: %w", r.dir, err)
	}
	return resp, nil
}

func (r *recorder) keep(req *http.Request, asked, data []byte) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	address := *req.URL
	address.User = nil
	text, err := json.Marshal(envelope{URL: address.String(), Site: r.site, Seen: int64(r.seen), Request: asked, Data: data})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return err
	}
	kind := strings.NewReplacer("/", "-").Replace(strings.Trim(req.URL.Path[strings.LastIndex(req.URL.Path, "/rest/")+1:], "/"))
	for {
		r.next++
		path := filepath.Join(r.dir, fmt.Sprintf("%06d-%s.json", r.next, fileName(kind)))
		if _, err := os.Lstat(path); err == nil {
			continue // an earlier recording goes on
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		// A name of its own until it is whole: half a file would fail the replay.
		part := filepath.Join(r.dir, ".part")
		if err := os.WriteFile(part, text, 0o600); err != nil {
			return err
		}
		return os.Rename(part, path)
	}
}

// fileName makes a part of an address fit for the name of a file.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' {
			return r
		}
		return '_'
	}, s)
	return s[:min(len(s), 80)]
}
