// Package wire is what live sources share on the way to a tracker: where
// credentials may go, what may stand in an error, which certificates are
// believed, and how answers are kept as files.
package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"smokestack/connectors"
)

// Address reads the address of a site. Credentials travel with every request,
// so that nothing but https will do, except on this machine. Example is an
// address such as is expected, settings are where credentials belong instead.
func Address(text, example, settings string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%q is no address; expected is one such as %s", withoutUser(text), example)
	case u.User != nil:
		return nil, fmt.Errorf("the address of %s holds credentials; give them as %s", u.Host, settings)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the address of %s ends in a query; give the site's address alone, such as https://%s", u.Host, u.Host)
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return nil, fmt.Errorf("http://%s would send the token unencrypted: use https", u.Host)
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return u, nil
}

// withoutUser takes what may be credentials out of a text that is no address.
func withoutUser(text string) string {
	if i := strings.LastIndex(text, "@"); i >= 0 {
		return "…" + text[i:]
	}
	return text
}

// Loopback reports whether a host is this machine.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Unsendable reports whether a text holds what no header can: a space, a line
// end, or a character beyond ASCII.
func Unsendable(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Secrets replaces texts that must not be seen, as they are and as they stand in
// addresses. Empty ones are left out.
func Secrets(texts ...string) *strings.Replacer {
	var pairs []string
	for _, s := range texts {
		if s != "" {
			pairs = append(pairs, url.QueryEscape(s), "(token)", url.PathEscape(s), "(token)", s, "(token)")
		}
	}
	return strings.NewReplacer(pairs...)
}

// Safe returns err with a text in which no secret stands.
func Safe(err error, secrets *strings.Replacer) error {
	return &safe{err, secrets.Replace(err.Error())}
}

type safe struct {
	error
	text string
}

func (e *safe) Error() string { return e.text }
func (e *safe) Unwrap() error { return e.error }

// Transport is the way to the network. CA is a file of further certificate
// authorities, in PEM; "" is none.
func Transport(ca string) (http.RoundTripper, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = func(r *http.Request) (*url.URL, error) {
		u, err := http.ProxyFromEnvironment(r)
		if err != nil { // the engine's own error shows the address, credentials included
			return nil, errors.New("the address of the proxy in HTTPS_PROXY or HTTP_PROXY cannot be read")
		}
		return u, nil
	}
	if ca == "" {
		return t, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("the file of certificate authorities: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", ca)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return t, nil
}

// OnlyHost lets no request with credentials out to another host, whoever asks
// for it, and no redirect.
type OnlyHost struct {
	Scheme, Host string
	Base         http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (o *OnlyHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if !o.is(r.URL) {
		return nil, fmt.Errorf("internal error: a request to %s://%s", r.URL.Scheme, r.URL.Host)
	}
	return o.Base.RoundTrip(r)
}

func (o *OnlyHost) is(u *url.URL) bool { return u.Host == o.Host && u.Scheme == o.Scheme }

// Redirected is fit for the CheckRedirect of an [http.Client].
func (o *OnlyHost) Redirected(r *http.Request, via []*http.Request) error {
	if !o.is(r.URL) {
		return &elsewhereError{r.URL.Scheme + "://" + r.URL.Host}
	}
	if len(via) >= 5 {
		return errors.New("redirects without end")
	}
	return nil
}

// elsewhereError is a redirect that is not followed.
type elsewhereError struct{ to string }

func (e *elsewhereError) Error() string { return "a redirect to " + e.to }

// Announced says which program asks, and what it wants to hear.
type Announced struct {
	Program string // "": as the library calls itself
	Accept  string // "": as the library asks
	Base    http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (n *Announced) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if n.Accept != "" {
		r.Header.Set("Accept", n.Accept)
	}
	if n.Program != "" {
		r.Header.Set("User-Agent", n.Program)
	}
	return n.Base.RoundTrip(r)
}

// Unreached explains why an address gave no answer. Tracker is what people call
// what should be there.
func Unreached(ctx context.Context, address, tracker string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var web *url.Error
	if errors.As(err, &web) {
		err = web.Err // what was asked for is said otherwise
	}
	var elsewhere *elsewhereError
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &elsewhere):
		return fmt.Errorf("%s: %w: it sends on to %s, a login page or another address of this %s; credentials go to the address that you gave and to no other", address, connectors.ErrRefused, elsewhere.to, tracker)
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("%s: there is no host of this name: is the address right?", address)
	case errors.As(err, &unknown):
		return fmt.Errorf("%s: its certificate is signed by an authority that this machine does not know; if that is your company's own, give its certificate with --ca FILE, or ca: in the configuration (%w)", address, err)
	}
	return fmt.Errorf("%s: %w", address, err)
}

// AnswerError is an answer of a tracker that is no data.
type AnswerError struct {
	Tracker string // what people call it
	Status  int
	Reason  string // the tracker's own words; "": it has none
	What    string // what was asked for
}

func (e *AnswerError) Error() string {
	text := fmt.Sprintf("%s answers %d to %s", e.Tracker, e.Status, e.What)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// StatusOf returns the status of an answer that is no data, 0 for other errors.
func StatusOf(err error) int {
	var e *AnswerError
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// IsPage reports an answer that is a web page where data was asked for.
func IsPage(resp *http.Response, data []byte, valid bool) bool {
	return strings.Contains(resp.Header.Get("Content-Type"), "html") ||
		!valid && strings.HasPrefix(strings.TrimSpace(string(data[:min(len(data), 100)])), "<")
}

// OneLine makes a stranger's text fit for one line of a terminal.
func OneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, s))
}

// Clip bounds a text that somebody else wrote. Names of files, too, may be no
// UTF-8.
func Clip(s string) string {
	const most = 300
	if len(s) <= most {
		return strings.ToValidUTF8(s, "\ufffd")
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
