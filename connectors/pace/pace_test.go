package pace_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"smokestack/connectors/pace"
)

// answer is what the pretended network does with one attempt.
type answer struct {
	status int
	header string // "Name: value" lines; {+90s} becomes a time that much later
	body   string
	err    error
}

// network answers from a list, the last one again and again, and remembers
// when it was asked. It is the world of the tests that run on pretended time.
type network struct {
	answers []answer

	mu   sync.Mutex
	at   []time.Duration // since the first test's beginning
	sent []string        // bodies
	zero time.Time
}

func newNetwork(answers ...answer) *network { return &network{answers: answers, zero: time.Now()} }

func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		req.Body.Close()
	}
	n.mu.Lock()
	i := min(len(n.at), len(n.answers)-1)
	n.at = append(n.at, time.Since(n.zero))
	n.sent = append(n.sent, string(body))
	n.mu.Unlock()
	// A base may do to its request what it likes.
	req.Header.Set("X-Marked", "by the network")
	return n.answers[i].make(req)
}

func (a answer) make(req *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	resp := &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(a.body)), ContentLength: -1, Request: req,
	}
	for line := range strings.Lines(a.header) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			resp.Header.Add(strings.TrimSpace(name), moment(strings.TrimSpace(value)))
		}
	}
	return resp, nil
}

// moment replaces {http +10s}, {unix +10s} and {iso +10s} by times from now.
func moment(v string) string {
	inner, ok := strings.CutPrefix(v, "{")
	if !ok {
		return v
	}
	form, offset, _ := strings.Cut(strings.TrimSuffix(inner, "}"), " ")
	d, err := time.ParseDuration(offset)
	if err != nil {
		panic(err)
	}
	t := time.Now().Add(d).UTC()
	switch form {
	case "http":
		return t.Format(http.TimeFormat)
	case "unix":
		return strconv.FormatInt(t.Unix(), 10)
	}
	return t.Format("2006-01-02T15:04Z")
}

func request(ctx context.Context, method, url, body string) *http.Request {
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	if err != nil {
		panic(err)
	}
	return req
}

func half() float64 { return 0.5 }
func none() float64 { return 0 }

var errReset = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}

const (
	address = "https://acme.example/rest/api/3/search/jql"
	github  = "X-GitHub-Request-Id: 1:2:3\n"
)

func s(seconds ...float64) []time.Duration {
	var ds []time.Duration
	for _, x := range seconds {
		ds = append(ds, time.Duration(x*float64(time.Second)))
	}
	return ds
}

// The instants follow from the comment of Transport: what is asked for, plus
// half (the pretended random number) of 1, 2, 4, 8 s.
func TestRepeats(t *testing.T) {
	t.Parallel()
	ok := answer{status: 200, body: "fine"}
	with := func(status int, header string) answer { return answer{status: status, header: header} }
	tests := []struct {
		name    string
		method  string // GET
		marked  bool   // by Repeatable
		body    string
		answers []answer
		limits  pace.Limits
		at      []time.Duration
		status  int    // 0: an error
		err     string // part of it
		until   time.Duration
	}{
		{name: "nothing is wrong", answers: []answer{ok}, at: s(0), status: 200},
		{name: "a status that no repetition changes", answers: []answer{with(404, ""), ok}, at: s(0), status: 404},
		{name: "a forbidden project", answers: []answer{with(403, ""), ok}, at: s(0), status: 403},
		{name: "a redirect is the client's", answers: []answer{with(302, "Location: /x"), ok}, at: s(0), status: 302},
		{name: "not modified", answers: []answer{with(304, ""), ok}, at: s(0), status: 304},
		{name: "501 from the server", answers: []answer{with(501, ""), ok}, at: s(0), status: 501},
		{name: "a wait that a success names is none", answers: []answer{with(200, "Retry-After: 60")}, at: s(0), status: 200},

		{name: "network errors", answers: []answer{{err: errReset}, {err: errReset}, ok}, at: s(0, .5, 1.5), status: 200},
		{name: "network errors all the way", answers: []answer{{err: errReset}}, at: s(0, .5, 1.5, 3.5, 7.5), err: "(5 attempts)"},
		{name: "fewer attempts", answers: []answer{{err: errReset}}, limits: pace.Limits{Attempts: 2}, at: s(0, .5), err: "(2 attempts)"},
		{name: "408", answers: []answer{with(408, ""), ok}, at: s(0, .5), status: 200},
		{name: "500", answers: []answer{with(500, ""), ok}, at: s(0, .5), status: 200},
		{name: "502", answers: []answer{with(502, ""), ok}, at: s(0, .5), status: 200},
		{name: "503", answers: []answer{with(503, ""), ok}, at: s(0, .5), status: 200},
		{name: "504", answers: []answer{with(504, ""), ok}, at: s(0, .5), status: 200},
		{name: "500 all the way", answers: []answer{with(500, "")}, at: s(0, .5, 1.5, 3.5, 7.5), status: 500},
		{name: "the back-off has a bound", answers: []answer{with(500, "")}, limits: pace.Limits{Attempts: 9},
			at: s(0, .5, 1.5, 3.5, 7.5, 15.5, 30.5, 45.5, 60.5), status: 500},
		{name: "the longest wait bounds the back-off", answers: []answer{with(500, "")}, limits: pace.Limits{Wait: 2 * time.Second},
			at: s(0, .5, 1.5, 2.5, 3.5), status: 500},
		{name: "no time left for a back-off", answers: []answer{with(500, "")}, limits: pace.Limits{Total: 2 * time.Second},
			at: s(0, .5, 1.5), status: 500},
		{name: "nor for one after a network error", answers: []answer{{err: errReset}}, limits: pace.Limits{Total: 2 * time.Second},
			at: s(0, .5, 1.5), err: "(3 attempts)"},

		{name: "HEAD", method: "HEAD", answers: []answer{with(502, ""), ok}, at: s(0, .5), status: 200},
		{name: "POST", method: "POST", body: "{}", answers: []answer{with(502, ""), ok}, at: s(0), status: 502},
		{name: "POST after a network error", method: "POST", body: "{}", answers: []answer{{err: errReset}, ok}, at: s(0), err: "(1 attempt)"},
		{name: "a search by POST", method: "POST", marked: true, body: "{}", answers: []answer{with(502, ""), {err: errReset}, ok}, at: s(0, .5, 1.5), status: 200},
		{name: "PUT refused for a limit", method: "PUT", body: "{}", answers: []answer{with(429, ""), ok}, at: s(0, .5), status: 200},
		{name: "POST and 503 with a wait", method: "POST", body: "{}", answers: []answer{with(503, "Retry-After: 9"), ok}, at: s(0), status: 503},

		{name: "Retry-After in seconds", answers: []answer{with(429, "Retry-After: 10"), ok}, at: s(0, 10.5), status: 200},
		{name: "again and again", answers: []answer{with(429, "Retry-After: 10")}, at: s(0, 10.5, 21.5, 33.5, 47.5), status: 429},
		{name: "with a 503", answers: []answer{with(503, "Retry-After: 10"), ok}, at: s(0, 10.5), status: 200},
		{name: "with decimals", answers: []answer{with(429, "Retry-After: 1.25"), ok}, at: s(0, 1.75), status: 200},
		{name: "as a date", answers: []answer{with(429, "Date: {http +0s}\nRetry-After: {http +10s}"), ok}, at: s(0, 10.5), status: 200},
		{name: "as a date without the server's own", answers: []answer{with(429, "Retry-After: {http +10s}"), ok}, at: s(0, 10.5), status: 200},
		{name: "as a date by a server an hour ahead", answers: []answer{with(429, "Date: {http +1h}\nRetry-After: {http +1h10s}"), ok}, at: s(0, 10.5), status: 200},
		{name: "as a date by a server a year behind", answers: []answer{with(429, "Date: {http -8760h}\nRetry-After: {http -8759h59m50s}"), ok}, at: s(0, 10.5), status: 200},
		{name: "a date that is past", answers: []answer{with(429, "Retry-After: {http -1h}"), ok}, at: s(0, .5), status: 200},
		{name: "zero", answers: []answer{with(429, "Retry-After: 0"), ok}, at: s(0, .5), status: 200},
		{name: "negative", answers: []answer{with(429, "Retry-After: -30"), ok}, at: s(0, .5), status: 200},
		{name: "nonsense", answers: []answer{with(429, "Retry-After: soon"), ok}, at: s(0, .5), status: 200},
		{name: "a thousand years", answers: []answer{with(429, "Retry-After: 31536000000"), ok}, at: s(0, .5), status: 200},
		{name: "more than a number holds", answers: []answer{with(429, "Retry-After: 99999999999999999999999"), ok}, at: s(0, .5), status: 200},
		{name: "the longest wait", answers: []answer{with(429, "Retry-After: 120"), ok}, at: s(0, 120), status: 200},
		{name: "longer than the longest wait", answers: []answer{with(429, "Retry-After: 121"), ok}, at: s(0),
			err: "429 Too Many Requests): come back at 2000-01-01 00:02:01 UTC", until: 121 * time.Second},
		{name: "that of a 503, too", answers: []answer{with(503, "Retry-After: 3600"), ok}, at: s(0),
			err: "503 Service Unavailable): come back at 2000-01-01 01:00:00 UTC", until: time.Hour},
		{name: "which concerns a POST only later", method: "POST", body: "{}", answers: []answer{with(503, "Retry-After: 3600"), ok}, at: s(0), status: 503},
		{name: "longer than all waits together", answers: []answer{with(429, "Retry-After: 100")}, limits: pace.Limits{Total: 250 * time.Second},
			at: s(0, 100.5, 201.5), err: "come back at 2000-01-01 00:05:02 UTC", until: 301500 * time.Millisecond},
		{name: "a limit without an instant, and no time left", answers: []answer{with(429, "")}, limits: pace.Limits{Total: 2 * time.Second},
			at: s(0, .5, 1.5), err: "not known"},
		{name: "429 without anything", answers: []answer{with(429, "")}, at: s(0, .5, 1.5, 3.5, 7.5), status: 429},

		{name: "Jira Cloud, a burst", answers: []answer{with(429, "Retry-After: 3\nRateLimit-Reason: jira-burst-based\nX-RateLimit-Reset: {iso +90m}"), ok}, at: s(0, 3.5), status: 200},
		{name: "Jira Cloud, the end of the minute of the reset", answers: []answer{with(429, "X-RateLimit-Reset: {iso +59s}"), ok}, at: s(0, 60.5), status: 200},
		{name: "Jira Cloud, a reset with seconds", answers: []answer{with(429, "X-RateLimit-Reset: 2000-01-01T00:00:40Z"), ok}, at: s(0, 40.5), status: 200},
		{name: "Jira Cloud, a reset of another clock", answers: []answer{with(429, "Date: {http +1h}\nX-RateLimit-Reset: {iso +1h}"), ok}, at: s(0, 60.5), status: 200},
		{name: "Jira Cloud, a reset that is no limit's", answers: []answer{with(502, "X-RateLimit-Reset: {iso +59s}"), ok}, at: s(0, .5), status: 200},
		{name: "Jira Cloud, quota", answers: []answer{with(429, "Retry-After: 1847\nRateLimit-Reason: jira-quota-tenant-based"), ok}, at: s(0),
			err: "429 Too Many Requests, jira-quota-tenant-based): come back at 2000-01-01 00:30:47 UTC", until: 1847 * time.Second},
		{name: "Jira Cloud, quota that is soon refilled", answers: []answer{with(429, "Retry-After: 5\nRateLimit-Reason: jira-quota-global-based"), ok}, at: s(0),
			err: "jira-quota-global-based", until: 5 * time.Second},
		{name: "Jira Cloud, quota of a new kind", answers: []answer{with(429, "RateLimit-Reason: jira-quota-of-tomorrow"), ok}, at: s(0), err: "jira-quota): when"},
		{name: "quota in words, but no 429", answers: []answer{with(503, "RateLimit-Reason: jira-quota-tenant-based\nRetry-After: 5"), {status: 403, header: "RateLimit-Reason: jira-quota-tenant-based\nRetry-After: 5"}, ok}, at: s(0, 5.5, 11.5), status: 200},
		{name: "Jira Cloud, quota by POST", method: "POST", body: "{}", answers: []answer{with(429, "RateLimit-Reason: jira-quota-tenant-based"), ok}, at: s(0), err: "jira-quota-tenant-based"},
		{name: "Jira Cloud, Beta-RateLimit", answers: []answer{with(429, "RateLimit-Reason: jira-quota-tenant-based\nBeta-RateLimit: \"tenant-app-quota\";r=0;t=2788"), ok}, at: s(0),
			err: "00:46:28", until: 2788 * time.Second},
		{name: "Jira Cloud, Beta-Retry-After", answers: []answer{with(429, "RateLimit-Reason: jira-quota-tenant-based\nBeta-Retry-After: 60"), ok}, at: s(0),
			err: "00:01:00", until: time.Minute},
		{name: "Jira Cloud, RateLimit with some left", answers: []answer{with(429, "RateLimit: \"a\";r=5;t=99, \"b\";r=0;t=7"), ok}, at: s(0, 7.5), status: 200},

		{name: "Jira Cloud, RateLimit beside a failure", answers: []answer{with(503, "RateLimit: \"b\";r=0;t=7"), ok}, at: s(0, .5), status: 200},

		{name: "Data Center, tokens left", answers: []answer{with(429, "Retry-After: 0\nX-RateLimit-Remaining: 3\nX-RateLimit-Interval-Seconds: 5"), ok}, at: s(0, .5), status: 200},
		{name: "Data Center, no tokens", answers: []answer{with(429, "X-RateLimit-Remaining: 0\nX-RateLimit-Interval-Seconds: 5"), ok}, at: s(0, 5.5), status: 200},
		{name: "Data Center, forbidden", answers: []answer{with(403, "Retry-After: 0\nX-RateLimit-Remaining: 3\nX-RateLimit-Interval-Seconds: 5"), ok}, at: s(0), status: 403},
		{name: "Data Center, forbidden with the last token", answers: []answer{
			with(403, "Retry-After: 5\nX-RateLimit-Remaining: 0\nX-RateLimit-Interval-Seconds: 5"),
			with(403, "Retry-After: 0\nX-RateLimit-Remaining: 4\nX-RateLimit-Interval-Seconds: 5"),
		}, at: s(0, 5.5), status: 403},

		{name: "GitHub, the hour is used up", answers: []answer{with(403, github+"X-RateLimit-Remaining: 0\nX-RateLimit-Reset: {unix +40m}"), ok}, at: s(0),
			err: "403 Forbidden, a rate limit): come back at 2000-01-01 00:40:00 UTC", until: 40 * time.Minute},
		{name: "GitHub, nearly refilled", answers: []answer{with(403, github+"X-RateLimit-Remaining: 0\nX-RateLimit-Reset: {unix +30s}"), ok}, at: s(0, 30.5), status: 200},
		{name: "GitHub, a reset of something with some left", answers: []answer{with(502, github+"X-RateLimit-Remaining: 70\nX-RateLimit-Reset: {unix +40m}"), ok}, at: s(0, .5), status: 200},
		{name: "GitHub, secondary with Retry-After", answers: []answer{with(403, github+"X-RateLimit-Remaining: 70\nRetry-After: 60"), ok}, at: s(0, 60.5), status: 200},
		{name: "GitHub, secondary by its text", answers: []answer{
			{status: 403, header: github + "X-RateLimit-Remaining: 70\nX-RateLimit-Reset: {unix +40m}", body: `{"message":"You have exceeded a secondary rate limit. Please wait"}`}, ok,
		}, at: s(0, 60.5), status: 200},
		{name: "GitHub, 429 without an instant doubles", answers: []answer{with(429, github)}, limits: pace.Limits{Attempts: 4, Wait: 5 * time.Minute},
			at: s(0, 60.5, 181.5, 423.5), status: 429},
		{name: "GitHub, a 403 never looks like a permission", answers: []answer{with(403, github+"Retry-After: 1")}, limits: pace.Limits{Attempts: 2},
			at: s(0, 1.5), err: "403 Forbidden, a rate limit): come back", until: 2500 * time.Millisecond},
		{name: "GitHub, no permission", answers: []answer{{status: 403, header: github + "X-RateLimit-Remaining: 70", body: `{"message":"Resource not accessible"}`}, ok}, at: s(0), status: 403},
		{name: "GitHub, GraphQL", method: "POST", marked: true, body: "{}", answers: []answer{
			{status: 200, header: github + "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: {unix +30s}\nContent-Type: application/json", body: `{"errors":[{"type":"RATE_LIMITED"}]}`}, ok,
		}, at: s(0, 30.5), status: 200},
		{name: "GitHub, GraphQL, a title that says so", method: "POST", marked: true, body: "{}", answers: []answer{
			{status: 200, header: github + "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: {unix +30s}\nContent-Type: application/json", body: `{"title":"\"RATE_LIMITED\""}`}, ok,
		}, at: s(0), status: 200},

		{name: "JSON cut off", answers: []answer{{status: 200, header: "Content-Type: application/json;charset=UTF-8", body: `{"issues":[{"id":`}, ok}, at: s(0, .5), status: 200},
		{name: "JSON that never comes", answers: []answer{{status: 200, header: "Content-Type: application/json"}}, limits: pace.Limits{Attempts: 2}, at: s(0, .5), status: 200},
		{name: "JSON of a kind, cut off", answers: []answer{{status: 200, header: "Content-Type: application/vnd.github+json", body: `[`}, ok}, at: s(0, .5), status: 200},
		{name: "JSON to a HEAD", method: "HEAD", answers: []answer{{status: 200, header: "Content-Type: application/json"}}, at: s(0), status: 200},
		{name: "no content", answers: []answer{{status: 204, header: "Content-Type: application/json"}}, at: s(0), status: 204},
		{name: "JSON cut off, by POST", method: "POST", body: "{}", answers: []answer{{status: 200, header: "Content-Type: application/json", body: `{`}, ok}, at: s(0), status: 200},
		{name: "HTML is no business of ours", answers: []answer{{status: 200, header: "Content-Type: text/html", body: `{`}, ok}, at: s(0), status: 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				net := newNetwork(tt.answers...)
				var waits []pace.Wait
				tr := &pace.Transport{Base: net, Limits: tt.limits, Rand: half, Waiting: func(w pace.Wait) { waits = append(waits, w) }}
				ctx := t.Context()
				if tt.marked {
					ctx = pace.Repeatable(ctx)
				}
				resp, err := tr.RoundTrip(request(ctx, cmp.Or(tt.method, "GET"), address+"?jql=secret", tt.body))
				if !slices.Equal(net.at, tt.at) {
					t.Errorf("sent at %v, want %v", net.at, tt.at)
				}
				if got := tr.Usage(); got != (pace.Usage{Requests: int64(len(tt.at)), Waits: int64(len(tt.at) - 1)}) {
					t.Errorf("usage %+v", got)
				}
				for i, w := range waits {
					if !w.Until.Equal(start.Add(tt.at[i+1])) || w.Attempt != i+1 || !strings.HasPrefix(w.Why, cmp.Or(tt.method, "GET")+" "+address+": ") {
						t.Errorf("wait %d: %+v", i, w)
					}
				}
				for _, b := range net.sent {
					if b != tt.body {
						t.Errorf("sent the body %q", b)
					}
				}
				checkEnd(t, resp, err, tt.status, tt.err)
				checkUntil(t, err, start, tt.until)
			})
		})
	}
}

// checkEnd reports whether a request ended with a status, or, with status 0,
// with an error that holds a text.
func checkEnd(t *testing.T, resp *http.Response, err error, status int, text string) bool {
	t.Helper()
	got := 0
	if resp != nil {
		got = resp.StatusCode
	}
	if got != status || (err != nil) != (status == 0) || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("got status %d, error %v; want status %d, an error with %q", got, err, status, text)
		return false
	}
	return true
}

// checkUntil holds a quota's instant to an offset; 0: no instant.
func checkUntil(t *testing.T, err error, start time.Time, until time.Duration) {
	t.Helper()
	var quota *pace.QuotaError
	switch isQuota := errors.As(err, &quota); {
	case until != 0 && !isQuota:
		t.Errorf("%v is no quota error", err)
	case until != 0 && !quota.Until.Equal(start.Add(until)):
		t.Errorf("come back at %v, want %v", quota.Until, start.Add(until))
	case until == 0 && isQuota && !quota.Until.IsZero():
		t.Errorf("come back at %v, want unknown", quota.Until)
	}
}

// What a server asks for holds for all requests to that host.
func TestHostIsHeldBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		net := newNetwork(answer{status: 429, header: "Retry-After: 10"}, answer{status: 200})
		tr := &pace.Transport{Base: net, Rand: none}
		var wg sync.WaitGroup
		get := func(after time.Duration, url string) {
			wg.Go(func() {
				time.Sleep(after)
				resp, err := tr.RoundTrip(request(t.Context(), "GET", url, ""))
				checkEnd(t, resp, err, 200, "")
			})
		}
		get(0, "https://acme.example/a")
		get(1*time.Second, "https://other.example/b")    // not held
		get(4*time.Second, "https://ACME.example/c")     // held
		get(9*time.Second, "https://acme.example/d")     // held
		get(11*time.Second, "https://acme.example:80/e") // free again, and another one anyway
		wg.Wait()
		if want := s(0, 1, 10, 10, 10, 11); !slices.Equal(net.at, want) {
			t.Errorf("sent at %v, want %v", net.at, want)
		}
		if got := tr.Usage(); got != (pace.Usage{Requests: 6, Waits: 3}) {
			t.Errorf("usage %+v", got)
		}
	})
}

// An instant that moves while a request sleeps keeps it asleep.
func TestHeldBackFurther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		net := newNetwork(answer{status: 429, header: "Retry-After: 10"}, answer{status: 429, header: "Retry-After: 30"}, answer{status: 200})
		// The second request is on its way when the first is refused.
		slow := roundTripper(func(req *http.Request) (*http.Response, error) {
			if req.URL.Path == "/slow" {
				time.Sleep(5 * time.Second)
			}
			return net.RoundTrip(req)
		})
		var told []string
		var mu sync.Mutex
		tr := &pace.Transport{Base: slow, Rand: none, Waiting: func(w pace.Wait) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, fmt.Sprintf("%s until %s", w.Why, w.Until.UTC().Format("15:04:05")))
		}}
		var wg sync.WaitGroup
		for _, path := range []string{"/", "/slow"} {
			wg.Go(func() {
				if path == "/" {
					time.Sleep(time.Second)
				}
				resp, err := tr.RoundTrip(request(t.Context(), "GET", "https://acme.example"+path, ""))
				checkEnd(t, resp, err, 200, "")
			})
		}
		wg.Wait()
		// The slow one takes its 5 s a second time.
		if want := s(1, 5, 35, 40); !slices.Equal(net.at, want) {
			t.Errorf("sent at %v, want %v", net.at, want)
		}
		want := []string{
			"GET https://acme.example/: 429 Too Many Requests until 00:00:11",
			"GET https://acme.example/slow: 429 Too Many Requests until 00:00:35",
			"GET https://acme.example/slow: 429 Too Many Requests until 00:00:35",
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %q", told)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// A Data Center that gave its last token is left alone, after a success, too.
func TestTokensUsedUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, header string
		second       time.Duration // when the second request is sent
	}{
		{"the interval", "Retry-After: 0\nX-RateLimit-Remaining: 0\nX-RateLimit-Interval-Seconds: 7", 7 * time.Second},
		{"Retry-After knows better", "Retry-After: 3\nX-RateLimit-Remaining: 0\nX-RateLimit-Interval-Seconds: 7", 3 * time.Second},
		{"tokens left", "Retry-After: 0\nX-RateLimit-Remaining: 1\nX-RateLimit-Interval-Seconds: 7", 0},
		{"a date by another clock", "Date: {http -2h}\nRetry-After: {http -1h59m50s}\nX-RateLimit-Remaining: 0\nX-RateLimit-Interval-Seconds: 7", 10 * time.Second},
		{"a long interval is tried before it is over", "X-RateLimit-Remaining: 0\nX-RateLimit-Interval-Seconds: 86400", 2 * time.Minute},
		{"an absurd one is ignored", "X-RateLimit-Remaining: 0\nX-RateLimit-Interval-Seconds: 1e300", 0},
		{"GitHub counts by kind of request", github + "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: {unix +60s}", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				net := newNetwork(answer{status: 200, header: tt.header})
				var told []pace.Wait
				tr := &pace.Transport{Base: net, Rand: half, Waiting: func(w pace.Wait) { told = append(told, w) }}
				for range 2 {
					resp, err := tr.RoundTrip(request(t.Context(), "GET", address, ""))
					checkEnd(t, resp, err, 200, "")
				}
				if !slices.Equal(net.at, []time.Duration{0, tt.second}) {
					t.Errorf("sent at %v, want the second at %v", net.at, tt.second)
				}
				if tt.second > 0 && (len(told) != 1 || told[0].Attempt != 0 || told[0].Why != "GET "+address+": no requests left in this interval") {
					t.Errorf("told %+v", told)
				}
			})
		})
	}
}

// After a limit that takes long, nothing is sent to that host until it is over.
func TestQuotaHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		net := newNetwork(answer{status: 429, header: "Retry-After: 1800\nRateLimit-Reason: jira-quota-tenant-based"}, answer{status: 200})
		tr := &pace.Transport{Base: net, Rand: half}
		for _, times := range []string{"(1 attempt)", "(not sent)"} {
			client := &http.Client{Transport: tr}
			resp, err := client.Do(request(t.Context(), "GET", address, ""))
			checkEnd(t, resp, err, 0, times)
			checkUntil(t, err, start, 30*time.Minute)
			var quota *pace.QuotaError
			var whole *pace.Error
			if !errors.As(err, &quota) || quota.Reason != "429 Too Many Requests, jira-quota-tenant-based" || quota.Status != 429 {
				t.Errorf("%+v", quota)
			}
			if !errors.As(err, &whole) || whole.Method != "GET" || whole.URL != address {
				t.Errorf("%+v", whole)
			}
			time.Sleep(time.Minute)
		}
		if time.Since(start) != 2*time.Minute || len(net.at) != 1 {
			t.Errorf("it took %v and %d requests", time.Since(start), len(net.at))
		}
		time.Sleep(28 * time.Minute)
		resp, err := tr.RoundTrip(request(t.Context(), "GET", address, ""))
		checkEnd(t, resp, err, 200, "")
	})
}

// A shorter instant that comes later does not let anybody in earlier.
func TestLatestInstantCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		net := newNetwork(answer{status: 503, header: "Retry-After: 100"}, answer{status: 503, header: "Retry-After: 10"}, answer{status: 200})
		both := make(chan struct{}) // both are on their way before either is refused
		n := 0
		var mu sync.Mutex
		tr := &pace.Transport{Rand: none, Base: roundTripper(func(req *http.Request) (*http.Response, error) {
			mu.Lock()
			if n++; n == 2 {
				close(both)
			}
			mu.Unlock()
			<-both
			return net.RoundTrip(req)
		})}
		var wg sync.WaitGroup
		for range 2 {
			// A POST that is not marked: its 503 is handed on, its wait holds for all.
			wg.Go(func() {
				resp, err := tr.RoundTrip(request(t.Context(), "POST", address, "{}"))
				checkEnd(t, resp, err, 503, "")
			})
		}
		wg.Wait()
		resp, err := tr.RoundTrip(request(t.Context(), "GET", address, ""))
		checkEnd(t, resp, err, 200, "")
		if want := s(0, 0, 100); !slices.Equal(net.at, want) {
			t.Errorf("sent at %v, want %v", net.at, want)
		}
	})
}

var errEnough = errors.New("enough")

func TestCancel(t *testing.T) {
	t.Parallel()
	// forever gives an answer whose body comes when the context ends, as net/http has it.
	forever := roundTripper(func(req *http.Request) (*http.Response, error) {
		r, w := io.Pipe()
		context.AfterFunc(req.Context(), func() { w.CloseWithError(context.Cause(req.Context())) })
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: r, ContentLength: -1, Request: req}, nil
	})
	// never does not even begin to answer, and ends with words of its own.
	never := roundTripper(func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, errReset
	})
	tests := []struct {
		name   string
		method string
		base   http.RoundTripper
		after  time.Duration
		text   string
	}{
		{"before it began", "GET", newNetwork(answer{status: 200}), 0, "GET " + address + ": enough (not sent)"},
		{"while it waits", "GET", newNetwork(answer{status: 429, header: "Retry-After: 60"}), time.Second, "GET " + address + ": waiting after 429 Too Many Requests: enough (1 attempt)"},
		{"while the answer comes", "GET", forever, time.Second, "GET " + address + ": enough (1 attempt)"},
		{"before the answer comes", "GET", never, time.Second, "GET " + address + ": enough (1 attempt)"},
		{"where nothing is repeated", "POST", never, time.Second, "POST " + address + ": enough (1 attempt)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				ctx, cancel := context.WithCancelCause(t.Context())
				if tt.after == 0 {
					cancel(errEnough)
				}
				time.AfterFunc(tt.after, func() { cancel(errEnough) })
				tr := &pace.Transport{Base: tt.base, Rand: half}
				resp, err := (&http.Client{Transport: tr}).Do(request(ctx, tt.method, address, ""))
				checkEnd(t, resp, err, 0, tt.text)
				if !errors.Is(err, errEnough) {
					t.Errorf("%v does not wrap the cause", err)
				}
				if took := time.Since(start); took != tt.after {
					t.Errorf("it took %v", took)
				}
				synctest.Wait()
			})
		})
	}
}

// A deadline of the context bounds everything, repetitions included.
func TestDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		net := newNetwork(answer{err: errReset})
		resp, err := (&pace.Transport{Base: net, Rand: half}).RoundTrip(request(ctx, "GET", address, ""))
		checkEnd(t, resp, err, 0, "context deadline exceeded (3 attempts)")
		if !errors.Is(err, context.DeadlineExceeded) || !slices.Equal(net.at, s(0, .5, 1.5)) {
			t.Errorf("%v at %v", err, net.at)
		}
	})
}

// An attempt has its own limit, which covers the body.
func TestStall(t *testing.T) {
	t.Parallel()
	silent := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err() // not the cause: the transport must know by itself
	}
	trickle := func(req *http.Request) (*http.Response, error) {
		r, w := io.Pipe()
		go func() {
			tick := time.NewTicker(time.Second)
			defer tick.Stop()
			for {
				select {
				case <-tick.C:
					_, _ = w.Write([]byte("."))
				case <-req.Context().Done():
					w.CloseWithError(req.Context().Err())
					return
				}
			}
		}()
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: r, ContentLength: -1, Request: req}, nil
	}
	for name, bad := range map[string]roundTripper{"silent": silent, "trickle": trickle} {
		for _, ends := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, ends well %t", name, ends), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					net := newNetwork(answer{status: 200})
					first := true
					tr := &pace.Transport{Rand: half, Limits: pace.Limits{Attempts: 2, Attempt: 20 * time.Second}, Base: roundTripper(func(req *http.Request) (*http.Response, error) {
						if ends && !first {
							return net.RoundTrip(req)
						}
						first = false
						return bad(req)
					})}
					resp, err := tr.RoundTrip(request(t.Context(), "GET", address, ""))
					if ends {
						checkEnd(t, resp, err, 200, "")
					} else {
						checkEnd(t, resp, err, 0, "no whole answer within 20s (2 attempts)")
					}
					want := map[bool]time.Duration{true: 20500 * time.Millisecond, false: 40500 * time.Millisecond}[ends]
					if took := time.Since(start); took != want {
						t.Errorf("it took %v, want %v", took, want)
					}
				})
			})
		}
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		method string
		resp   http.Response
		body   string
		length int64
		err    bool
	}{
		{name: "unknown length", resp: http.Response{ContentLength: -1}, body: "12345678", length: 8},
		{name: "known length", resp: http.Response{ContentLength: 8}, body: "12345678", length: 8},
		{name: "empty", resp: http.Response{ContentLength: -1}, length: 0},
		{name: "one byte too many", resp: http.Response{ContentLength: -1}, body: "123456789", err: true},
		{name: "announced", resp: http.Response{ContentLength: 1 << 60}, body: "1", err: true},
		{name: "HEAD keeps the length of what does not come", method: "HEAD", resp: http.Response{ContentLength: 1 << 40}, length: 1 << 40},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sent := 0
			original := request(t.Context(), cmp.Or(tt.method, "GET"), address, "")
			source := &closing{Reader: strings.NewReader(tt.body)}
			tr := &pace.Transport{Rand: none, Limits: pace.Limits{Body: 8}, Base: roundTripper(func(req *http.Request) (*http.Response, error) {
				sent++
				resp := tt.resp
				resp.StatusCode, resp.Body, resp.Request = 200, source, req
				return &resp, nil
			})}
			resp, err := tr.RoundTrip(original)
			if sent != 1 || !source.closed {
				t.Errorf("sent %d times, body closed %t", sent, source.closed)
			}
			if tt.err {
				checkEnd(t, resp, err, 0, "the answer is too large: more than 8 bytes (1 attempt)")
				if !errors.Is(err, pace.ErrTooLarge) {
					t.Errorf("%v is not ErrTooLarge", err)
				}
				return
			}
			if !checkEnd(t, resp, err, 200, "") {
				return
			}
			if resp.ContentLength != tt.length || resp.Request != original {
				t.Errorf("length %d, request %p, want %d, %p", resp.ContentLength, resp.Request, tt.length, original)
			}
			// Twice, with a close and a seek between.
			for range 2 {
				if got, err := io.ReadAll(resp.Body); err != nil || string(got) != tt.body {
					t.Errorf("body %q, %v", got, err)
				}
				resp.Body.Close()
				if _, err := resp.Body.(io.Seeker).Seek(0, io.SeekStart); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A base that keeps no contract does no harm.
func TestOddBase(t *testing.T) {
	t.Parallel()
	tr := &pace.Transport{Rand: none, Base: roundTripper(func(*http.Request) (*http.Response, error) { return nil, nil })}
	resp, err := tr.RoundTrip(request(t.Context(), "GET", address, ""))
	checkEnd(t, resp, err, 0, "neither an answer nor an error came (5 attempts)")
	tr = &pace.Transport{Base: roundTripper(func(*http.Request) (*http.Response, error) { return &http.Response{StatusCode: 200}, nil })}
	resp, err = tr.RoundTrip(request(t.Context(), "GET", address, ""))
	if !checkEnd(t, resp, err, 200, "") {
		return
	}
	if b, err := io.ReadAll(resp.Body); len(b) != 0 || err != nil {
		t.Errorf("body %q, %v", b, err)
	}
}

// closing tells whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestRequestIsLeftAlone(t *testing.T) {
	t.Parallel()
	net := newNetwork(answer{status: 500}, answer{status: 429}, answer{status: 200})
	req := request(pace.Repeatable(t.Context()), "POST", address, "jql")
	body := &closing{Reader: req.Body}
	req.Body = body
	req.Header.Set("X-Mine", "1")
	resp, err := (&pace.Transport{Base: net, Rand: none}).RoundTrip(req)
	checkEnd(t, resp, err, 200, "")
	if len(req.Header) != 1 || req.Header.Get("X-Mine") != "1" || req.Body != body || req.URL.String() != address {
		t.Errorf("the request became %+v", req)
	}
	if !body.closed || !slices.Equal(net.sent, []string{"jql", "jql", "jql"}) {
		t.Errorf("closed %t, sent %q", body.closed, net.sent)
	}
}

// Texts are one printable line, whatever the address, the method or the
// caller's own cause; an empty method is GET.
func TestTextsAreLines(t *testing.T) {
	t.Parallel()
	req := request(t.Context(), "", "https://acme.example/"+strings.Repeat("a", 1000)+"%0A%1b[31m", "")
	req.Method = ""
	resp, err := (&pace.Transport{Base: newNetwork(answer{err: errReset}), Rand: none}).RoundTrip(req)
	checkEnd(t, resp, err, 0, "…: the connection failed")
	if !strings.HasPrefix(err.Error(), "GET https://acme.example/aaa") || len(err.Error()) > 500 {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("a\nb\x1b[31mc\u202e"))
	resp, err = (&pace.Transport{Base: newNetwork(answer{})}).RoundTrip(request(ctx, "GET", "https://acme.example/%0A", ""))
	checkEnd(t, resp, err, 0, "GET https://acme.example/%0A: a b [31mc  (not sent)")
}

// A body that cannot be had again is sent once, whatever comes.
func TestBodyOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer answer
		status int
		err    string
	}{
		{"a failure", answer{status: 503}, 503, ""},
		{"a limit", answer{status: 429, header: "Retry-After: 5"}, 429, ""},
		{"a long limit", answer{status: 429, header: "Retry-After: 500"}, 0, "come back at"},
		{"a network error", answer{err: errReset}, 0, "(1 attempt)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			net := newNetwork(tt.answer)
			req := request(pace.Repeatable(t.Context()), "POST", address, "x")
			req.GetBody = nil
			resp, err := (&pace.Transport{Base: net, Rand: none}).RoundTrip(req)
			checkEnd(t, resp, err, tt.status, tt.err)
			if len(net.at) != 1 {
				t.Errorf("sent %d times", len(net.at))
			}
		})
	}
	t.Run("GetBody fails", func(t *testing.T) {
		t.Parallel()
		net := newNetwork(answer{status: 503})
		req := request(pace.Repeatable(t.Context()), "POST", address, "x")
		req.GetBody = func() (io.ReadCloser, error) { return nil, errEnough }
		resp, err := (&pace.Transport{Base: net, Rand: none}).RoundTrip(req)
		checkEnd(t, resp, err, 0, "the request's body cannot be read again (1 attempt)")
		if !errors.Is(err, errEnough) {
			t.Errorf("%v does not wrap the reason", err)
		}
	})
	t.Run("never sent", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		body := &closing{Reader: bytes.NewReader(nil)}
		req := request(ctx, "POST", address, "x")
		req.Body = body
		resp, err := (&pace.Transport{Base: newNetwork(answer{})}).RoundTrip(req)
		checkEnd(t, resp, err, 0, "context canceled (not sent)")
		if !body.closed {
			t.Error("the body is open")
		}
	})
}

// Full jitter: the waits of many differ and stay within their bound.
func TestJitter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := map[time.Duration]bool{}
		for range 200 {
			net := newNetwork(answer{status: 500}, answer{status: 200})
			resp, err := (&pace.Transport{Base: net}).RoundTrip(request(t.Context(), "GET", address, ""))
			checkEnd(t, resp, err, 200, "")
			if net.at[1] < 0 || net.at[1] >= time.Second {
				t.Fatalf("waited %v", net.at[1])
			}
			seen[net.at[1]] = true
		}
		if len(seen) < 190 {
			t.Errorf("%d waits of 200 differ", len(seen))
		}
	})
}

// Headers are hostile. Whatever they say, one request never waits longer than
// Limits, nor into the past, and an instant to come back at is within a week.
func FuzzHeaders(f *testing.F) {
	for _, status := range []int{429, 403, 503, 200} {
		f.Add(status, "120", "Sat, 01 Jan 2000 00:00:10 GMT", "2000-01-01T00:10Z", "0", "5", "jira-burst-based", `"q";r=0;t=2788`)
		f.Add(status, "-1", "", "946684900", "0", "-5", "", "r=0;t=-1")
		f.Add(status, "1e400", "Mon, 01 Jan 0001 00:00:00 GMT", "9223372036854775807", "0", "NaN", "", ";;;=,")
		f.Add(status, "Fri, 31 Dec 9999 23:59:59 GMT", "x", "9999-12-31T23:59Z", "1", "Inf", "jira-quota-", "")
		f.Add(status, "0x1p62", "", "-9223372036854775808", "0", "604801", "", "r=0;t=604800")
	}
	f.Fuzz(func(t *testing.T, status int, retry, date, reset, remaining, interval, reason, limit string) {
		status = 100 + int(uint(status-100)%900) // a status has three digits, and one that has stays what it is
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			limits := pace.Limits{Attempts: 4, Wait: time.Minute, Total: 150 * time.Second}
			header := http.Header{
				"Retry-After": {retry}, "Date": {date}, "X-Ratelimit-Reset": {reset}, "X-Ratelimit-Remaining": {remaining},
				"X-Ratelimit-Interval-Seconds": {interval}, "Ratelimit-Reason": {reason}, "Beta-Ratelimit": {limit},
			}
			tr := &pace.Transport{Limits: limits, Base: roundTripper(func(req *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: header.Clone(), Request: req}, nil
			}), Waiting: func(w pace.Wait) {
				if d := time.Until(w.Until); d <= 0 || d > limits.Wait {
					t.Errorf("a wait of %v", d)
				}
			}}
			for range 2 {
				began := time.Now()
				resp, err := tr.RoundTrip(request(t.Context(), "GET", address, ""))
				if took := time.Since(began); took > limits.Total {
					t.Errorf("one request took %v", took)
				}
				var quota *pace.QuotaError
				switch {
				case err == nil && resp.StatusCode != status:
					t.Errorf("status %d", resp.StatusCode)
				case err != nil && !errors.As(err, &quota):
					t.Errorf("%v", err)
				case err != nil && !quota.Until.IsZero() && (quota.Until.Before(start) || time.Until(quota.Until) > 7*24*time.Hour):
					t.Errorf("come back at %v", quota.Until)
				}
			}
			if n := tr.Usage().Requests; n > 2*int64(limits.Attempts) {
				t.Errorf("%d requests", n)
			}
		})
	})
}

// The first of each pair is the network without a transport.
func BenchmarkRoundTrip(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		page := []byte(`{"issues":["` + strings.Repeat("x", size-16) + `"]}`)
		base := roundTripper(func(req *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
				Body: io.NopCloser(bytes.NewReader(page)), ContentLength: int64(len(page)),
			}, nil
		})
		for _, tr := range []http.RoundTripper{base, &pace.Transport{Base: base}} {
			name := "bare"
			if _, ok := tr.(*pace.Transport); ok {
				name = "paced"
			}
			b.Run(fmt.Sprintf("%dKiB/%s", size>>10, name), func(b *testing.B) {
				req := request(b.Context(), "GET", address, "")
				b.ReportAllocs()
				b.SetBytes(int64(len(page)))
				for b.Loop() {
					resp, err := tr.RoundTrip(req)
					if err != nil {
						b.Fatal(err)
					}
					if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != int64(len(page)) {
						b.Fatal(n, err)
					}
				}
			})
		}
	}
}
