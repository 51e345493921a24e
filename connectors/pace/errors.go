package pace

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
	"unicode"
)

// Error is why a request brought no answer. Its text holds nothing that was
// sent or received besides the method and the address without query and user
// information; what it wraps may.
type Error struct {
	Method   string
	URL      string // scheme, host and path
	Attempts int    // how often it was sent
	Err      error  // a *QuotaError, the context's cause, or the last network error

	text string
}

func (e *Error) Error() string {
	times := fmt.Sprintf("%d attempts", e.Attempts)
	switch e.Attempts {
	case 0:
		times = "not sent"
	case 1:
		times = "1 attempt"
	}
	return fmt.Sprintf("%s %s: %s (%s)", e.Method, e.URL, e.text, times)
}

func (e *Error) Unwrap() error { return e.Err }

// QuotaError is a limit that takes too long to refill to sleep for it. What was
// pulled before is good: come back later.
type QuotaError struct {
	Until  time.Time // when to come back, by this machine's clock; zero: unknown
	Reason string    // what the tracker said, in fixed words: "429 Too Many Requests, jira-quota-tenant-based"
	Status int       // of the answer
}

func (e *QuotaError) Error() string {
	when := "when it lets in more is not known"
	if !e.Until.IsZero() {
		// Up to a whole second, so that nobody comes back too early.
		when = "come back at " + e.Until.Add(time.Second-1).UTC().Format("2006-01-02 15:04:05 MST")
	}
	return fmt.Sprintf("the tracker lets in no more for now (%s): %s", e.Reason, when)
}

func quotaError(until time.Time, reason string, status int) *QuotaError {
	return &QuotaError{Until: until.Round(0), Reason: reason, Status: status}
}

// ErrTooLarge is wrapped by the error for an answer that is larger than
// Limits.Body. Asking for less at once helps.
var ErrTooLarge = errors.New("the answer is too large")

func tooLarge(limit int64) error { return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit) }

var (
	errNoAnswer  = errors.New("neither an answer nor an error came")
	errBodyAgain = errors.New("the request's body cannot be read again")
)

// stalledError is an attempt that took longer than this.
type stalledError time.Duration

func (e stalledError) Error() string {
	return fmt.Sprintf("no whole answer within %s", time.Duration(e))
}
func (e stalledError) Timeout() bool { return true }

// fault makes the error that a request ends with.
func (x *exchange) fault(err error) *Error {
	e := &Error{Method: x.method(), URL: address(x.req.URL), Attempts: x.attempts, Err: err}
	var quota *QuotaError
	switch {
	case errors.As(err, &quota):
		e.text = quota.Error()
	case errors.Is(err, context.Cause(x.req.Context())): // nil while the context goes on
		e.text = clean(err.Error()) // the caller's own words
	default:
		e.text = describe(err)
	}
	return e
}

// name is what texts call the request.
func (x *exchange) name() string { return x.method() + " " + address(x.req.URL) }

func (x *exchange) method() string {
	if x.req.Method == "" {
		return http.MethodGet
	}
	return clean(x.req.Method)
}

// address is a URL without what could be secret in it.
func address(u *url.URL) string {
	if u == nil {
		return "(no address)"
	}
	plain := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return clean(plain.String())
}

// phrases are what errors without a type of their own say, as far as it is
// worth passing on, and whether asking again is in vain. The rest of such a
// text may quote what came over the wire, or a proxy's address with its
// password, and is left out. The first that fits counts; those that quote the
// server come first, so that nothing it says passes for another.
var phrases = []phrase{
	{"malformed HTTP", "what answers does not speak HTTP", false},
	{"malformed MIME header", "the answer's headers are malformed", false},
	{"GOAWAY", "the server closed the connection", false},
	{"server response headers exceeded", "the answer's headers are too large", false},
	{"stream error", "the server broke off the answer", false},
	{"client connection lost", "the connection was lost", false},
	{"server closed idle connection", "the connection was closed", false},
	{"use of closed network connection", "the connection was closed", false},
	{"gzip: ", "the answer's compression is broken", false},
	{"flate: ", "the answer's compression is broken", false},
	{"transport connection broken", "the connection broke", false},
	{"invalid header field", "a header of the request is malformed (a line break in the token?)", true},
	{"invalid method", "the request's method is malformed", true},
	{"unsupported protocol scheme", "the address has a scheme other than http and https", true},
	{"nil Request.URL", "the request has no address", true},
	{"no Host in request URL", "the address names no host", true},
	{"invalid proxy address", "the proxy's address is malformed", true},
	{"Proxy Authentication Required", "the proxy asks for a password", true},
}

type phrase struct {
	in, say string
	forever bool
}

func phraseOf(err error) phrase {
	text := err.Error()
	for _, p := range phrases {
		if strings.Contains(text, p.in) {
			return p
		}
	}
	return phrase{}
}

// describe says what happened in words that hold nothing secret: those of this
// package, of the operating system, of the resolver, and of TLS, which is
// through before anything secret is sent.
func describe(err error) string {
	var (
		stalled stalledError
		dns     *net.DNSError
		errno   syscall.Errno
		timeout interface{ Timeout() bool }
	)
	switch {
	case errors.Is(err, ErrTooLarge), errors.Is(err, errNoAnswer):
		return err.Error()
	case errors.Is(err, errBodyAgain):
		return errBodyAgain.Error()
	case errors.As(err, &stalled):
		return stalled.Error()
	case errors.As(err, &dns):
		return clean("looking up " + dns.Name + ": " + dns.Err)
	case isTLS(err):
		return clean(tlsText(err))
	case errors.As(err, &errno):
		return at(err) + errno.Error()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the answer was cut off"
	case errors.Is(err, io.EOF):
		return "the connection was closed without an answer"
	}
	if p := phraseOf(err); p.say != "" {
		return p.say
	}
	if errors.As(err, &timeout) && timeout.Timeout() {
		return at(err) + "timed out"
	}
	// What a proxy says that refuses to connect.
	for code := 400; code < 600; code++ {
		if words := http.StatusText(code); words != "" && words == err.Error() {
			return "the proxy refused: " + words
		}
	}
	return "the connection failed"
}

// at says where a network error happened: "dial tcp 192.0.2.1:443: ".
func at(err error) string {
	var op *net.OpError
	if !errors.As(err, &op) {
		return ""
	}
	where := op.Op + " " + op.Net
	if op.Addr != nil {
		where += " " + op.Addr.String()
	}
	return clean(where) + ": "
}

// hopeless reports an error that asking again does not change.
func hopeless(err error, u *url.URL) bool {
	var dns *net.DNSError
	switch {
	case errors.Is(err, ErrTooLarge), errors.Is(err, errBodyAgain), isTLS(err):
		return true
	case errors.As(err, &dns):
		return dns.IsNotFound && !dns.IsTemporary && !dns.IsTimeout
	case u == nil || u.Scheme != "http" && u.Scheme != "https":
		return true
	}
	return phraseOf(err).forever
}

// isTLS reports a certificate that is not trusted, or a server that does not
// speak TLS.
func isTLS(err error) bool { return tlsText(err) != "" }

func tlsText(err error) string {
	var (
		cert    *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		roots   x509.SystemRootsError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &cert):
		return cert.Error()
	case errors.As(err, &unknown):
		return unknown.Error()
	case errors.As(err, &name):
		return name.Error()
	case errors.As(err, &invalid):
		return invalid.Error()
	case errors.As(err, &roots):
		return roots.Error()
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return "the server speaks http where https was asked for"
	case errors.As(err, &record):
		return record.Error()
	}
	return ""
}

// clean makes a text one printable line of bounded length.
func clean(s string) string {
	const most = 400
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			b.WriteString("…")
			break
		}
		if !unicode.IsPrint(r) {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String()
}
