package playtest_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"smokestack/connectors/playtest"
)

// player answers the same to everything, and lets a fault befall it.
type player struct {
	playtest.Log
	status int
	fault  playtest.Kind
}

func (p *player) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	n := p.Asked(time.Now(), r, body)
	p.Answered(n, r.Method+" /{}", p.status, p.fault)
	playtest.Deliver(w, r, p.status, http.Header{"X-Played": {"yes"}}, []byte("abcdefgh"), p.fault)
}

// ask sends a request and returns what comes of it.
func ask(ctx context.Context, client *http.Client, method, address string) (resp *http.Response, body string, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader("asked"))
	if err != nil {
		return nil, "", err
	}
	if resp, err = client.Do(r); err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, string(data), err
}

// Over a network and without one, a fault looks the same to a client.
func TestDeliver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method string
		status int
		fault  playtest.Kind
		none   bool // there is no answer at all
		body   string
		length int64
		broken bool // the body ends with an error
	}{
		{"GET", 200, "", false, "abcdefgh", 8, false},
		{"GET", 200, "another kind", false, "abcdefgh", 8, false},
		{"HEAD", 200, "", false, "", 8, false},
		{"GET", 304, "", false, "", -1, false},
		{"GET", 200, playtest.Reset, true, "", 0, false},
		{"GET", 200, playtest.Cut, false, "abcd", 8, true},
		{"GET", 200, playtest.ShortBody, false, "abcd", 4, false},
		{"GET", 200, playtest.LongBody, false, "abcdefgh", 108, true},
	} {
		p := &player{status: c.status, fault: c.fault}
		server := httptest.NewUnstartedServer(p)
		server.Start()
		for way, client := range map[string]*http.Client{"network": server.Client(), "none": {Transport: playtest.Transport(p)}} {
			resp, body, err := ask(t.Context(), client, c.method, server.URL+"/x")
			switch {
			case c.none:
				if err == nil || resp != nil {
					t.Errorf("%s of %q by %s: %v", c.method, c.fault, way, resp)
				}
			case resp == nil:
				t.Errorf("%s of %q by %s: %v", c.method, c.fault, way, err)
			case resp.StatusCode != c.status || resp.Header.Get("X-Played") != "yes" || c.length >= 0 && resp.ContentLength != c.length || c.status != 304 && body != c.body || (err != nil) != c.broken:
				t.Errorf("%s of %q by %s: %d, %q of %d, %v", c.method, c.fault, way, resp.StatusCode, body, resp.ContentLength, err)
			}
		}
		server.Close()
	}
}

// What stalls does so until the client has enough, also where time is pretended.
func TestStalls(t *testing.T) {
	t.Parallel()
	for _, fault := range []playtest.Kind{playtest.Stall, playtest.StallBody} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			began := time.Now()
			resp, body, err := ask(ctx, &http.Client{Transport: playtest.Transport(&player{status: 200, fault: fault})}, "GET", "http://played/")
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Hour || (resp != nil) != (fault == playtest.StallBody) || resp != nil && body != "abcd" {
				t.Errorf("%s: %v, %q, %v after %v", fault, resp, body, err, time.Since(began))
			}
		})
	}
}

func TestLog(t *testing.T) {
	t.Parallel()
	p := &player{status: 200, fault: playtest.ShortBody}
	client := &http.Client{Transport: playtest.Transport(p)}
	get := func(method, address string) {
		t.Helper()
		if _, _, err := ask(t.Context(), client, method, address); err != nil {
			t.Fatal(err)
		}
	}
	get("GET", "http://played/a%2Fb?c=d")
	get("GET", "http://played/b")
	get("POST", "http://played/c")
	list := p.Requests()
	if r := list[0]; len(list) != 3 || r.Method != "GET" || r.Path != "/a%2Fb" || r.Query != "c=d" || r.Body != "asked" || r.Header.Get("User-Agent") == "" || r.At.IsZero() ||
		r.Route != "GET /{}" || r.Status != 200 || r.Fault != playtest.ShortBody {
		t.Errorf("kept: %+v", list)
	}
	if got := p.Count(); !maps.Equal(got, map[string]int{"GET /{}": 2, "POST /{}": 1}) {
		t.Errorf("counted: %v", got)
	}
	r := httptest.NewRequest("GET", "/x", nil)
	early := p.Asked(time.Now(), r, nil)
	p.Reset()
	late := p.Asked(time.Now(), r, nil)
	p.Answered(early, "early", 200, "")
	p.Answered(late, "late", 200, "")
	if got := p.Count(); early != 4 || late != 5 || !maps.Equal(got, map[string]int{"late": 1}) {
		t.Errorf("behind a reset, requests %d and %d: %v", early, late, got)
	}
}
