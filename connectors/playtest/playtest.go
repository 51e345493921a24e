// Package playtest is what the played trackers of tests have in common: the log
// of what they were asked, connections that break, and a way to them without a
// network.
package playtest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Request is one request that a server was asked.
type Request struct {
	At     time.Time
	Method string
	Path   string // as it came
	Query  string
	Body   string
	Header http.Header
	Route  string // what was asked for, without what differs from item to item
	Status int    // of the answer; 0 if there was none
	Fault  Kind   // what was made of the answer, if anything
}

// Log keeps what a server was asked. It is safe for concurrent use.
type Log struct {
	mu    sync.Mutex
	list  []Request
	asked int // requests ever
}

// Asked begins an entry and returns the number of the request, from 1 and
// whatever Reset forgot.
func (l *Log) Asked(at time.Time, r *http.Request, body []byte) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	l.list = append(l.list, Request{
		At: at, Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Body: string(body), Header: r.Header.Clone(),
	})
	return l.asked
}

// Answered completes an entry, unless it was forgotten.
func (l *Log) Answered(n int, route string, status int, fault Kind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := len(l.list) - 1 - (l.asked - n); i >= 0 {
		l.list[i].Route, l.list[i].Status, l.list[i].Fault = route, status, fault
	}
}

// Requests returns what was asked since the start or the last Reset, in order.
func (l *Log) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

// Count counts the requests by their route.
func (l *Log) Count() map[string]int {
	out := map[string]int{}
	for _, r := range l.Requests() {
		out[r.Route]++
	}
	return out
}

// Reset forgets the requests.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = nil
}

// Kind says what goes wrong with an answer.
type Kind string

// The kinds of faults that [Deliver] plays: they break what was right.
const (
	Reset     Kind = "connection reset"
	Stall     Kind = "stall"             // nothing until the request's context ends
	StallBody Kind = "stall in the body" // nothing more after half of it
	Cut       Kind = "body cut off"      // the connection ends within it
	ShortBody Kind = "length too small"  // Content-Length ends the body early: no error but the JSON's
	LongBody  Kind = "length too large"  // Content-Length promises more than comes
)

// Deliver writes an answer, and breaks it where a fault says so.
func Deliver(w http.ResponseWriter, r *http.Request, status int, header http.Header, body []byte, fault Kind) {
	switch fault {
	case Reset:
		panic(http.ErrAbortHandler)
	case Stall:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), header)
	whole := len(body)
	switch fault {
	case ShortBody:
		whole /= 2
		body = body[:whole]
	case LongBody:
		whole += 100
	case Cut, StallBody:
		body = body[:whole/2]
	}
	if status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(whole))
	}
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(body); err != nil {
		return // the client went away
	}
	switch fault {
	case Cut, StallBody, LongBody:
		if flush, ok := w.(http.Flusher); ok {
			flush.Flush()
		}
		if fault == StallBody {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	}
}
