package jiratest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Kind says what goes wrong with an answer.
type Kind string

// The kinds of faults. The first few damage an answer that was right, the
// others are answers in its place.
const (
	Reset      Kind = "connection reset"
	Stall      Kind = "stall"             // nothing until the request's context ends
	StallBody  Kind = "stall in the body" // nothing more after half of it
	Cut        Kind = "body cut off"      // the connection ends within it
	ShortBody  Kind = "length too small"  // Content-Length ends the body early: no error but the JSON's
	LongBody   Kind = "length too large"  // Content-Length promises more than comes
	Repeat     Kind = "page repeated"     // the last good answer of the same resource once more
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
// connection is left to [deliver].
func (s *Server) spoil(r *http.Request, route string, a answer, f Fault) (answer, Fault) {
	good := a.status == http.StatusOK
	if f.Kind == Repeat {
		s.logMu.Lock()
		last, ok := s.pages[route]
		s.logMu.Unlock()
		if ok {
			return last, f
		}
		return a, Fault{}
	}
	if good {
		s.logMu.Lock()
		s.pages[route] = a
		s.logMu.Unlock()
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

// deliver writes an answer, and breaks it where a fault says so.
func deliver(w http.ResponseWriter, r *http.Request, a answer, f Fault) {
	switch f.Kind {
	case Reset:
		panic(http.ErrAbortHandler)
	case Stall:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), a.header)
	n := len(a.body)
	switch f.Kind {
	case ShortBody:
		a.body = a.body[:n/2]
		n /= 2
	case LongBody:
		n += 100
	}
	w.Header().Set("Content-Length", strconv.Itoa(n))
	w.WriteHeader(a.status)
	if r.Method == http.MethodHead {
		return
	}
	switch f.Kind {
	case Cut, StallBody:
		write(w, a.body[:len(a.body)/2])
		if flush, ok := w.(http.Flusher); ok {
			flush.Flush()
		}
		if f.Kind == StallBody {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	case LongBody:
		write(w, a.body)
		panic(http.ErrAbortHandler)
	}
	write(w, a.body)
}

// write sends a body; a client that went away is no concern of the server.
func write(w io.Writer, body []byte) {
	if _, err := w.Write(body); err != nil {
		return
	}
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

var errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// RoundTrip implements [http.RoundTripper].
func (f *Faults) RoundTrip(r *http.Request) (*http.Response, error) {
	kind := f.draw()
	fault := Fault{Kind: kind, After: f.After}
	if a, ok := fault.answer(time.Now()); ok {
		f.count(kind)
		drain(r)
		return respond(r, a), nil
	}
	switch kind {
	case Reset:
		f.count(kind)
		drain(r)
		return nil, errReset
	case Stall:
		f.count(kind)
		drain(r)
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

func drain(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
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
func (s *Server) Transport() http.RoundTripper { return transport{s} }

// Client returns a client whose every request the server answers.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.Transport()} }

type transport struct{ s *Server }

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := context.Cause(r.Context()); err != nil {
		drain(r)
		return nil, err
	}
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		drain(r)
		if err != nil {
			return nil, err
		}
	}
	in := r.Clone(r.Context())
	in.Body, in.Host, in.RequestURI = io.NopCloser(bytes.NewReader(body)), cmp.Or(r.Host, r.URL.Host), r.URL.RequestURI()
	in.Header.Set("User-Agent", cmp.Or(r.UserAgent(), "Go-http-client/1.1"))
	w := &recorder{header: http.Header{}, begun: make(chan struct{})}
	w.out, w.in = io.Pipe()
	go w.serve(t.s, in)
	select {
	case <-w.begun:
	case <-r.Context().Done():
		_ = w.out.CloseWithError(context.Cause(r.Context()))
		return nil, context.Cause(r.Context())
	}
	if w.status == 0 {
		return nil, errReset
	}
	resp := respond(r, answer{status: w.status, header: w.header})
	resp.ContentLength = -1
	if n, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil {
		resp.ContentLength = n
	}
	resp.Body = w.out
	if r.Method == http.MethodHead {
		_ = w.out.Close()
		resp.Body = http.NoBody
	}
	return resp, nil
}

// recorder passes on what a handler writes.
type recorder struct {
	header http.Header
	status int
	begun  chan struct{} // closed when the status is known, or there is none
	once   sync.Once
	in     *io.PipeWriter
	out    *io.PipeReader
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.header = status, w.header.Clone()
		close(w.begun)
	})
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.in.Write(p)
}

// Flush implements [http.Flusher]: nothing is held back.
func (w *recorder) Flush() {}

// serve runs the handler; one that breaks off breaks the connection.
func (w *recorder) serve(h http.Handler, r *http.Request) {
	defer func() {
		err := recover()
		aborted, ok := err.(error)
		if err != nil && !(ok && errors.Is(aborted, http.ErrAbortHandler)) {
			panic(err)
		}
		w.once.Do(func() { close(w.begun) })
		if err != nil {
			_ = w.in.CloseWithError(cmp.Or(context.Cause(r.Context()), io.ErrUnexpectedEOF))
			return
		}
		_ = w.in.Close()
	}()
	h.ServeHTTP(w, r)
}

// KindsOf returns the kinds of a count in order, for messages of tests.
func KindsOf(told map[Kind]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(told)) {
		out = append(out, fmt.Sprintf("%s %d", k, told[k]))
	}
	return strings.Join(out, ", ")
}
