package githubtest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Kind says what goes wrong with an answer.
type Kind string

// The kinds of faults. The first few damage an answer that was right, the
// others are answers in its place.
const (
	Reset         Kind = "connection reset"
	Stall         Kind = "stall"            // nothing until the request's context ends
	Cut           Kind = "body cut off"     // the connection ends within it
	ShortBody     Kind = "length too small" // Content-Length ends the body early: no error but the JSON's
	Partial       Kind = "partial data"     // of a query: RESOURCE_LIMITS_EXCEEDED
	Status500     Kind = "500"
	Status502     Kind = "502"           // with JSON
	Status502Page Kind = "502 of a page" // with HTML
	Status503     Kind = "503"
	Status504     Kind = "504"
	Primary403    Kind = "primary limit, 403"
	Primary429    Kind = "primary limit, 429"
	RateLimited   Kind = "RATE_LIMITED" // status 200, as GraphQL has it
	Secondary403  Kind = "secondary limit, 403"
	Secondary429  Kind = "secondary limit, 429"
	SecondaryWait Kind = "secondary limit with Retry-After"
	Unauthorized  Kind = "401"
	SSO           Kind = "403 of single sign-on"
	Missing       Kind = "404"
	Custom        Kind = "custom" // what Fault itself says
)

// Passing are the kinds of faults that pass when a client asks again.
func Passing() []Kind {
	return []Kind{Reset, Cut, ShortBody, Status500, Status502, Status502Page, Status503, Status504, Secondary403, Secondary429, SecondaryWait}
}

// Fault is what is to go wrong with one answer. The zero value is nothing.
type Fault struct {
	Kind  Kind
	After time.Duration // until when: for Retry-After 60 seconds, for a primary limit half an hour

	// Of a [Custom] fault: the answer itself.
	Status int
	Header http.Header
	Body   string
}

const (
	ssoMessage       = "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization."
	secondaryMessage = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to GitHub Support for help, please include the request ID FA4E:0001."
	secondaryPage    = "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
	primaryPage      = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"
)

func message(status int, text, page string) answer {
	return jsonAnswer(status, object{"message": text, "documentation_url": page, "status": strconv.Itoa(status)})
}

// answer is the answer that a fault puts in the place of the right one.
func (f Fault) answer(now time.Time) (answer, bool) {
	page := func(status int) (answer, bool) {
		body := fmt.Sprintf("<html><head><title>%d</title></head><body>This page is taking too long to load.</body></html>", status)
		return answer{status, http.Header{"Content-Type": {"text/html"}}, []byte(body)}, true
	}
	primary := func(status int) (answer, bool) {
		a := message(status, "API rate limit exceeded for user ID 1.", primaryPage).with("X-RateLimit-Remaining", "0").with("X-RateLimit-Limit", "5000")
		return a.with("X-RateLimit-Reset", itoa(now.Add(cmp.Or(f.After, 30*time.Minute)).Unix())), true
	}
	left := func(a answer) answer {
		return a.with("X-RateLimit-Remaining", "4321").with("X-RateLimit-Limit", "5000").with("X-RateLimit-Reset", itoa(now.Add(time.Hour).Unix()))
	}
	switch f.Kind {
	case Status500:
		return message(http.StatusInternalServerError, "Server Error", ""), true
	case Status502:
		return message(http.StatusBadGateway, "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and contact us if the problem persists.", ""), true
	case Status502Page:
		return page(http.StatusBadGateway)
	case Status503:
		return page(http.StatusServiceUnavailable)
	case Status504:
		return page(http.StatusGatewayTimeout)
	case Primary403:
		return primary(http.StatusForbidden)
	case Primary429:
		return primary(http.StatusTooManyRequests)
	case RateLimited:
		a := jsonAnswer(http.StatusOK, replying{Errors: []problem{{Type: "RATE_LIMITED", Message: "API rate limit exceeded for user ID 1."}}})
		return a.with("X-RateLimit-Remaining", "0").with("X-RateLimit-Reset", itoa(now.Add(cmp.Or(f.After, 30*time.Minute)).Unix())), true
	case Secondary403:
		return left(message(http.StatusForbidden, secondaryMessage, secondaryPage)), true
	case Secondary429:
		return left(message(http.StatusTooManyRequests, secondaryMessage, secondaryPage)), true
	case SecondaryWait:
		wait := strconv.Itoa(int(cmp.Or(f.After, time.Minute) / time.Second))
		return left(message(http.StatusForbidden, secondaryMessage, secondaryPage)).with("Retry-After", wait), true
	case Unauthorized:
		return message(http.StatusUnauthorized, "Bad credentials", "https://docs.github.com/rest"), true
	case SSO:
		return message(http.StatusForbidden, ssoMessage, "https://docs.github.com/articles/authenticating-to-a-github-organization-with-saml-single-sign-on/").
			with("X-GitHub-SSO", "required; url=https://github.com/orgs/acme/sso?authorization_request=A4KE"), true
	case Missing:
		return message(http.StatusNotFound, "Not Found", "https://docs.github.com/rest"), true
	case Custom:
		return answer{cmp.Or(f.Status, http.StatusOK), f.Header, []byte(f.Body)}, true
	}
	return answer{}, false
}

// Chance draws faults: of every request a share, of these kinds, the same ones
// for the same seed and order of requests. It is what [Server.Fault] takes.
func Chance(seed uint64, share float64, kinds ...Kind) func(*http.Request, int) Fault {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 1))
	return func(*http.Request, int) Fault {
		mu.Lock()
		defer mu.Unlock()
		if r.Float64() >= share {
			return Fault{}
		}
		return Fault{Kind: kinds[r.IntN(len(kinds))]}
	}
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
	if f.Kind == ShortBody {
		a.body, n = a.body[:n/2], n/2
	}
	if a.status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(n))
	}
	w.WriteHeader(a.status)
	if f.Kind == Cut {
		a.body = a.body[:n/2]
	}
	if _, err := w.Write(a.body); err != nil {
		return // the client went away
	}
	if f.Kind == Cut {
		panic(http.ErrAbortHandler)
	}
}

type transport struct{ s *Server }

var errReset = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}

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
	in.Body, in.Host = io.NopCloser(bytes.NewReader(body)), cmp.Or(r.Host, r.URL.Host)
	a, f := t.s.exchange(in, body)
	switch f.Kind {
	case Reset:
		return nil, errReset
	case Stall:
		<-r.Context().Done()
		return nil, context.Cause(r.Context())
	}
	var out io.Reader = bytes.NewReader(a.body)
	n := int64(len(a.body))
	switch f.Kind {
	case Cut:
		out = io.MultiReader(bytes.NewReader(a.body[:n/2]), failing{io.ErrUnexpectedEOF})
	case ShortBody:
		n /= 2
		out = bytes.NewReader(a.body[:n])
	}
	if a.header == nil {
		a.header = http.Header{}
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(out), ContentLength: n, Request: r,
	}, nil
}

func drain(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
