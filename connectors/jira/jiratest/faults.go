package jiratest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"smokestack/connectors/playtest"
)

// Kind says what goes wrong with an answer.
type Kind = playtest.Kind

// The kinds of faults. The first few damage an answer that was right, the
// others are answers in its place.
const (
	Reset           = playtest.Reset
	Stall           = playtest.Stall
	StallBody       = playtest.StallBody
	Cut             = playtest.Cut
	ShortBody       = playtest.ShortBody
	LongBody        = playtest.LongBody
	Repeat     Kind = "page repeated" // the last good answer of the same resource once more
	Status500  Kind = "500"
	Status502  Kind = "502" // with a page
	Status503  Kind = "503"
	Busy503    Kind = "503 with Retry-After"
	Status504  Kind = "504"
	Burst      Kind = "429"
	BusyBurst  Kind = "429 with Retry-After"
	Quota      Kind = "429 of a quota" // with Jira Cloud's headers
	HTML       Kind = "page with status 200"
	Custom     Kind = "custom" // what Fault itself says
	noFault    Kind = ""
	afterwards      = 3 * time.Second
	quotaWait       = 2788 * time.Second
)

// AllKinds returns every kind of fault but [Custom].
func AllKinds() []Kind {
	return []Kind{Reset, Stall, StallBody, Cut, ShortBody, LongBody, Repeat, Status500, Status502, Status503, Busy503, Status504, Burst, BusyBurst, Quota, HTML}
}

// Fault is what is to go wrong with one answer. The zero value is nothing.
type Fault struct {
	Kind  Kind
	After time.Duration // for Retry-After; 0 is three seconds, for a quota 2788

	// Of a [Custom] fault: the answer itself.
	Status int
	Header http.Header
	Body   string
}

// spoil makes the answer into what a fault makes of it. What breaks the
// connection is left to [playtest.Deliver].
func (s *Server) spoil(r *http.Request, route string, a answer, f Fault) (answer, Fault) {
	good := a.status == http.StatusOK
	if f.Kind == Repeat {
		s.pageMu.Lock()
		last, ok := s.pages[route]
		s.pageMu.Unlock()
		if ok {
			return last, f
		}
		return a, Fault{}
	}
	if good {
		s.pageMu.Lock()
		s.pages[route] = a
		s.pageMu.Unlock()
	}
	if b, ok := f.answer(s.now()); ok {
		return b, f
	}
	return a, f
}

func (s *Server) now() time.Time {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.opts.now()
}

// answer is the answer that a fault puts in the place of the right one.
func (f Fault) answer(now time.Time) (answer, bool) {
	wait := f.After
	seconds := func(fallback time.Duration) string {
		return strconv.Itoa(int(cmp.Or(wait, fallback) / time.Second))
	}
	switch f.Kind {
	case Status500:
		return jsonAnswer(http.StatusInternalServerError, object{"errorMessages": []string{"Internal server error"}, "errors": object{}}), true
	case Status502:
		return html(http.StatusBadGateway, "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"), true
	case Status503:
		return html(http.StatusServiceUnavailable, "<html><body>Service Unavailable</body></html>"), true
	case Busy503:
		return html(http.StatusServiceUnavailable, "<html><body>Service Unavailable</body></html>").with("Retry-After", seconds(afterwards)), true
	case Status504:
		return html(http.StatusGatewayTimeout, "<html><body>Gateway Time-out</body></html>"), true
	case Burst:
		return tooMany("jira-burst-based"), true
	case BusyBurst:
		return tooMany("jira-burst-based").with("Retry-After", seconds(afterwards)), true
	case Quota:
		reset := now.Add(cmp.Or(wait, quotaWait)).UTC()
		a := tooMany("jira-quota-tenant-based").with("Retry-After", seconds(quotaWait)).with("X-RateLimit-Reset", reset.Format("2006-01-02T15:04Z"))
		return a.with("Beta-RateLimit", `"tenant-app-quota";r=0;t=`+seconds(quotaWait)).with("Beta-RateLimit-Policy", `"tenant-app-quota";q=100000;w=3600`), true
	case HTML:
		return html(http.StatusOK, loginPage), true
	case Custom:
		return answer{status: cmp.Or(f.Status, http.StatusOK), header: f.Header, body: []byte(f.Body)}, true
	}
	return answer{}, false
}

func tooMany(reason string) answer {
	a := jsonAnswer(http.StatusTooManyRequests, object{"errorMessages": []string{"Rate limit exceeded."}, "errors": object{}})
	return a.with("RateLimit-Reason", reason).with("X-RateLimit-Limit", "100").with("X-RateLimit-Remaining", "0")
}

// Faults stands between a client and a server and lets things go wrong, by
// chance. The draws follow from Rand: with requests in the same order, the same
// faults come.
type Faults struct {
	Next  http.RoundTripper // nil is http.DefaultTransport
	Rand  *rand.Rand
	Share float64 // of requests that a fault befalls
	Kinds []Kind  // to draw from; nil is AllKinds
	After time.Duration

	mu    sync.Mutex
	told  map[Kind]int
	pages map[string]kept
}

// kept is a good answer that may come once more.
type kept struct {
	resp http.Response
	body []byte
}

// Told returns how often each kind of fault was played.
func (f *Faults) Told() map[Kind]int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.told)
}

// draw decides what befalls the next request.
func (f *Faults) draw() Kind {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Rand.Float64() >= f.Share {
		return noFault
	}
	kinds := f.Kinds
	if kinds == nil {
		kinds = AllKinds()
	}
	return kinds[f.Rand.IntN(len(kinds))]
}

func (f *Faults) count(kind Kind) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.told == nil {
		f.told = map[Kind]int{}
	}
	f.told[kind]++
}

// RoundTrip implements [http.RoundTripper].
func (f *Faults) RoundTrip(r *http.Request) (*http.Response, error) {
	kind := f.draw()
	fault := Fault{Kind: kind, After: f.After}
	if a, ok := fault.answer(time.Now()); ok {
		f.count(kind)
		playtest.Drain(r)
		return respond(r, a), nil
	}
	switch kind {
	case Reset:
		f.count(kind)
		playtest.Drain(r)
		return nil, playtest.ErrReset
	case Stall:
		f.count(kind)
		playtest.Drain(r)
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	}
	next := f.Next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	return f.damage(r, resp, kind)
}

// damage does to an answer what its fault is.
func (f *Faults) damage(r *http.Request, resp *http.Response, kind Kind) (*http.Response, error) {
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resource := r.Method + " " + r.URL.Path
	f.mu.Lock()
	last, again := f.pages[resource]
	if kind == noFault && resp.StatusCode == http.StatusOK {
		if f.pages == nil {
			f.pages = map[string]kept{}
		}
		f.pages[resource] = kept{*resp, body}
	}
	f.mu.Unlock()
	if kind == Repeat && !again {
		kind = noFault
	}
	if kind != noFault {
		f.count(kind)
	}
	half := body[:len(body)/2]
	switch kind {
	case Repeat:
		copied := last.resp
		resp, body = &copied, last.body
	case Cut:
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(half), failing{io.ErrUnexpectedEOF}))
		return resp, nil
	case LongBody:
		resp.ContentLength = int64(len(body)) + 100
		resp.Header.Set("Content-Length", strconv.Itoa(len(body)+100))
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{io.ErrUnexpectedEOF}))
		return resp, nil
	case StallBody:
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(half), stalling{r.Context()}))
		return resp, nil
	case ShortBody:
		body = half
		resp.ContentLength = int64(len(half))
		resp.Header.Set("Content-Length", strconv.Itoa(len(half)))
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// stalling is a reader that gives nothing until a context ends.
type stalling struct{ ctx context.Context }

func (s stalling) Read([]byte) (int, error) {
	<-s.ctx.Done()
	return 0, context.Cause(s.ctx)
}

// respond makes a response of an answer.
func respond(r *http.Request, a answer) *http.Response {
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: r,
	}
}

// Transport returns a way to the server without a network: whatever host is
// asked, the server answers. It works where time is pretended, too.
func (s *Server) Transport() http.RoundTripper { return playtest.Transport(s) }

// Client returns a client whose every request the server answers.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.Transport()} }

// KindsOf returns the kinds of a count in order, for messages of tests.
func KindsOf(told map[Kind]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(told)) {
		out = append(out, fmt.Sprintf("%s %d", k, told[k]))
	}
	return strings.Join(out, ", ")
}
