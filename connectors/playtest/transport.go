package playtest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
)

// Transport returns a way to a handler without a network: whatever host is
// asked, the handler answers. It works where time is pretended, too.
func Transport(h http.Handler) http.RoundTripper { return transport{h} }

type transport struct{ h http.Handler }

// ErrReset is what a client sees of a connection that is reset.
var ErrReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

// Drain closes the body of a request that is not sent, as every
// [http.RoundTripper] has to.
func Drain(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// RoundTrip implements [http.RoundTripper].
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := context.Cause(r.Context()); err != nil {
		Drain(r)
		return nil, err
	}
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		Drain(r)
		if err != nil {
			return nil, err
		}
	}
	in := r.Clone(r.Context())
	in.Body, in.Host, in.RequestURI = io.NopCloser(bytes.NewReader(body)), cmp.Or(r.Host, r.URL.Host), r.URL.RequestURI()
	in.Header.Set("User-Agent", cmp.Or(r.UserAgent(), "Go-http-client/1.1"))
	w := &recorder{header: http.Header{}, begun: make(chan struct{})}
	w.out, w.in = io.Pipe()
	go w.serve(t.h, in)
	select {
	case <-w.begun:
	case <-r.Context().Done():
		_ = w.out.CloseWithError(context.Cause(r.Context()))
		return nil, context.Cause(r.Context())
	}
	if w.status == 0 {
		return nil, ErrReset
	}
	resp := &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: w.out, ContentLength: -1, Request: r,
	}
	if n, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil {
		resp.ContentLength = n
	}
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
