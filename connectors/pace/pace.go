// Package pace stands between the clients of trackers and the network: one
// [http.RoundTripper] that repeats what may be repeated, waits as the tracker
// asks, and hands over whole answers only.
//
// It knows the limits of Jira Cloud, Jira Data Center and GitHub by their
// headers, so that no client needs a loop of its own. Give every source (one
// tracker, one account) its own [Transport]: limits are per account.
//
// This is the one place of a pull that reads the machine's clock, since a wait
// is a thing of real time. Nothing that is stored depends on it. Tests pretend
// the time with testing/synctest.
package pace

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Transport sends requests, repeats those that are safe to repeat, and waits
// as the server asks. The zero value is ready for use. It is safe for
// concurrent use, must not be copied, and its fields must not change after the
// first request.
//
// Answers. Every body is read whole before RoundTrip returns, so that a reset,
// a stall or a cut-off body is a failed attempt like any other. So is a success
// that calls itself JSON and is none, which is how a body looks that was cut
// off where HTTP cannot tell (its length was wrong, or the end of the
// connection was its end). The body is handed on from memory: it is an
// [io.ReadSeeker], closing it does nothing, ContentLength is its length (except
// for HEAD). A connection that changes its protocol (101) is not supported.
//
// Attempts. A request is repeated after a network error and after an answer of
// 408, 500, 502, 503, 504 or a broken one, if its method is GET or HEAD or its
// context was marked by [Repeatable]. An answer that refuses for a limit is
// repeated whatever the method, as nothing was done: 429; 403 with a
// Retry-After above zero or X-RateLimit-Remaining 0; and where GitHub tells of
// a limit in the body only (403 for its secondary limit, 200 for GraphQL). A
// body that cannot be had again (no GetBody) is never sent twice. An error that
// a repetition does not change (an unknown host, a certificate, a request that
// is malformed, an answer above Limits.Body) ends at once. After the last
// attempt an answer is handed on as it is, whatever its status, except that a
// limit which does not say 429 becomes a [*QuotaError]: its 403 would be taken
// for a permission that is missing. A network error becomes an [*Error].
//
// Waits. A wait is what the server asks for plus a random back-off between 0
// and 1 s, 2 s, 4 s and so on up to 30 s, which spreads those that were refused
// together. The server asks by Retry-After (seconds or a date) or, where that
// is missing or zero, by the reset of a limit that is used up; dates are
// compared with the answer's own, so that a wrong clock here does not matter.
// GitHub's limits without an instant take a minute, then two. A wait for a
// limit, and any that the server asks for, holds for all requests to that host:
// none is sent before. A Data Center whose tokens are used up
// (X-RateLimit-Remaining 0 with X-RateLimit-Interval-Seconds) is left alone
// until it gives new ones, even after a success.
//
// Long limits. Nothing sleeps for a limit of Jira's quota (RateLimit-Reason
// jira-quota…), nor longer than Limits allows: the request fails with a
// [*QuotaError] that tells when to come back, and so do later requests to that
// host until then, without being sent.
//
// Errors are [*Error]: method, scheme, host and path, and what happened in
// fixed words. No header, query, user information or body is in them. An
// [http.Client] wraps them into a [*url.Error], whose text does have the query:
// print what errors.As finds as *Error instead.
//
// Do not set the Timeout of the http.Client: it counts waits and repetitions.
// Limits bounds every attempt and all waits; the context ends both at once.
type Transport struct {
	// Base sends; it must end with the request's context, its bodies' reads
	// too, as net/http does. nil is a clone of http.DefaultTransport.
	Base   http.RoundTripper
	Limits Limits
	// Rand gives random numbers in [0, 1) and may be called from several
	// goroutines at once. nil is math/rand/v2.
	Rand func() float64
	// Waiting is told before every wait, from the goroutine that is going to
	// wait, so from several at once. It must return soon. It may be nil.
	Waiting func(Wait)

	once sync.Once
	base http.RoundTripper // Base or what stands for it

	sent, waits atomic.Int64

	mu   sync.Mutex
	held map[string]hold // by host, in lower case
}

// Limits bounds what a [Transport] does for one request. A field that is not
// above zero takes its default.
type Limits struct {
	Attempts int           // how often it is sent at most; 5
	Attempt  time.Duration // for one attempt, from connecting to the body's end; 2 minutes
	Wait     time.Duration // for a single wait; 2 minutes
	Total    time.Duration // for all waits together; 10 minutes
	Body     int64         // bytes of an answer's body, after decompression; 64 MiB
}

// Wait tells of a wait that begins.
type Wait struct {
	// Why names the request that was put off or refused, without its query,
	// and what happened: "GET https://acme.example/rest: 429 Too Many Requests".
	Why     string
	Until   time.Time
	Attempt int // how often the waiting request was sent so far; 0 before the first
}

// Usage counts what a [Transport] did.
type Usage struct {
	Requests int64 // requests sent, every attempt counted
	Waits    int64
}

// Usage returns the counts so far. It may be called at any time.
func (t *Transport) Usage() Usage {
	return Usage{Requests: t.sent.Load(), Waits: t.waits.Load()}
}

type repeatableKey struct{}

// Repeatable marks the requests made with the returned context as safe to
// repeat whatever their method: searches by POST, which change nothing.
func Repeatable(ctx context.Context) context.Context {
	return context.WithValue(ctx, repeatableKey{}, true)
}

// RoundTrip implements [http.RoundTripper] as the comment of [Transport] says.
// The request is not changed; its body is closed.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x := exchange{t: t, req: req, lim: t.Limits.filled()}
	if req.URL != nil {
		x.host = strings.ToLower(req.URL.Host)
	}
	resp, err := x.run()
	if err != nil {
		return nil, x.fault(err)
	}
	return resp, nil
}

// CloseIdleConnections passes on what http.Client.CloseIdleConnections asks for.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.sender().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (t *Transport) sender() http.RoundTripper {
	t.once.Do(func() {
		t.base = t.Base
		if t.base != nil {
			return
		}
		t.base = http.DefaultTransport
		if d, ok := http.DefaultTransport.(*http.Transport); ok {
			t.base = d.Clone()
		}
	})
	return t.base
}

func (t *Transport) random() float64 {
	if t.Rand == nil {
		return rand.Float64()
	}
	return min(max(t.Rand(), 0), 1)
}

// filled returns the limits with defaults in place of what is not set.
func (l Limits) filled() Limits {
	return Limits{
		Attempts: or(l.Attempts, 5),
		Attempt:  or(l.Attempt, 2*time.Minute),
		Wait:     or(l.Wait, 2*time.Minute),
		Total:    or(l.Total, 10*time.Minute),
		Body:     or(l.Body, 64<<20),
	}
}

func or[T int | int64 | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

// hold keeps all requests to a host back until an instant.
type hold struct {
	until  time.Time
	why    string // for people: whose refusal it was
	reason string
	status int
}

// hold keeps back a host's requests; the latest instant counts.
func (t *Transport) hold(host string, h hold) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if old, ok := t.held[host]; ok && !h.until.After(old.until) {
		return
	}
	if t.held == nil {
		t.held = map[string]hold{}
	}
	t.held[host] = h
}

func (t *Transport) holdOf(host string) hold {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held[host]
}
