package jira

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	gojira "github.com/andygrunwald/go-jira"
	"github.com/tidwall/gjson"

	"smokestack/connectors"
	"smokestack/connectors/pace"
)

// Options say which Jira to read, as whom, and how.
type Options struct {
	// URL is the site's address, or that of the gateway that tokens with scopes
	// need: https://api.atlassian.com/ex/jira/<cloud id>.
	URL string
	// Email makes the token an API token of Cloud; without it, it is a personal
	// access token.
	Email, Token string
	// CA is a file of further certificate authorities, in PEM.
	CA string
	// Record is a folder that keeps every answer, for an [Archive] to read.
	Record string

	Program string          // how the program calls itself
	Waiting func(pace.Wait) // told before every wait; may be nil
	Limits  pace.Limits
	Now     func() time.Time  // nil: time.Now; used where the server tells no time
	Base    http.RoundTripper // nil: the network
}

// What can be wrong with the way to a Jira. Errors of this package wrap these,
// or [connectors.ErrRefused].
var (
	ErrOptions = errors.New("this is no way to reach a Jira")
	ErrQuery   = errors.New("the query is refused")
)

// client sends requests to one Jira.
type client struct {
	jira     *gojira.Client
	pace     *pace.Transport
	base     *url.URL
	host     string
	unsigned bool // there is no token
	secrets  *strings.Replacer
	record   *recorder // nil: answers are not kept
}

func newClient(o Options) (*client, error) {
	base, err := address(o.URL)
	if err != nil {
		return nil, err
	}
	if bad := strings.ContainsFunc(o.Token+o.Email, func(r rune) bool { return r <= ' ' || r > '~' }); bad {
		return nil, fmt.Errorf("%w: the token or the e-mail for %s holds a space, a line end or another character that neither can hold", ErrOptions, base)
	}
	network := o.Base
	if network == nil {
		if network, err = transport(o.CA); err != nil {
			return nil, err
		}
	}
	c := &client{base: base, host: base.Host, unsigned: o.Token == "", secrets: hide(o.Email, o.Token)}
	c.pace = &pace.Transport{Base: network, Limits: o.Limits, Waiting: o.Waiting}
	var under http.RoundTripper = c.pace
	if o.Record != "" {
		c.record = &recorder{dir: o.Record, base: c.pace}
		under = c.record
	}
	under = &announced{program: o.Program, base: under}
	var signed http.RoundTripper = &gojira.BearerAuthTransport{Token: o.Token, Transport: under}
	if o.Email != "" {
		signed = &gojira.BasicAuthTransport{Username: o.Email, Password: o.Token, Transport: under}
	}
	web := &http.Client{Transport: &onlyHost{host: base.Host, scheme: base.Scheme, base: signed}, CheckRedirect: c.redirected}
	if c.jira, err = gojira.NewClient(web, base.String()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOptions, err)
	}
	return c, nil
}

// address reads the address of a Jira. Credentials travel with every request,
// so that nothing but https will do, except on this machine.
func address(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil, u.Host == "", u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%w: %q is no address; expected is one such as https://acme.atlassian.net", ErrOptions, withoutUser(text))
	case u.User != nil:
		return nil, fmt.Errorf("%w: the address of %s holds credentials; give them as JIRA_EMAIL and JIRA_TOKEN", ErrOptions, u.Host)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%w: the address of %s ends in a query; give the site's address alone, such as https://%s", ErrOptions, u.Host, u.Host)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fmt.Errorf("%w: http://%s would send the token unencrypted: use https", ErrOptions, u.Host)
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	// People copy addresses of pages.
	for _, page := range []string{"/browse", "/jira", "/projects", "/secure", "/issues", "/rest"} {
		if strings.HasSuffix(u.Host, ".atlassian.net") && (u.Path == page || strings.HasPrefix(u.Path, page+"/")) {
			u.Path = ""
		}
	}
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

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// hide replaces secrets, in every form in which they travel.
func hide(email, token string) *strings.Replacer {
	if token == "" {
		return strings.NewReplacer()
	}
	basic := base64.StdEncoding.EncodeToString([]byte(email + ":" + token))
	return strings.NewReplacer(basic, "(token)", url.QueryEscape(token), "(token)", url.PathEscape(token), "(token)", token, "(token)")
}

// transport is the way to the network.
func transport(ca string) (http.RoundTripper, error) {
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
		return nil, fmt.Errorf("%w: the file of certificate authorities: %w", ErrOptions, err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%w: %s holds no certificate in PEM", ErrOptions, ca)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return t, nil
}

// announced says which program asks, and what it wants to hear.
type announced struct {
	program string
	base    http.RoundTripper
}

func (n *announced) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	if n.program != "" {
		r.Header.Set("User-Agent", n.program)
	}
	return n.base.RoundTrip(r)
}

// onlyHost lets no request with credentials out to another host.
type onlyHost struct {
	scheme, host string
	base         http.RoundTripper
}

func (o *onlyHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != o.host || r.URL.Scheme != o.scheme {
		return nil, fmt.Errorf("internal error: a request to %s://%s", r.URL.Scheme, r.URL.Host)
	}
	return o.base.RoundTrip(r)
}

// errElsewhere is a redirect that is not followed.
type errElsewhere struct{ to string }

func (e *errElsewhere) Error() string { return "a redirect to " + e.to }

func (c *client) redirected(r *http.Request, via []*http.Request) error {
	if r.URL.Host != c.host || r.URL.Scheme != c.base.Scheme {
		return &errElsewhere{r.URL.Scheme + "://" + r.URL.Host}
	}
	if len(via) >= 5 {
		return errors.New("redirects without end")
	}
	return nil
}

// answerError is an answer of Jira that is no data.
type answerError struct {
	status int
	reason string // Jira's own words
	what   string // what was asked for
}

func (e *answerError) Error() string {
	text := fmt.Sprintf("Jira answers %d to %s", e.status, e.what)
	if e.reason != "" {
		text += ": " + e.reason
	}
	return text
}

// statusOf returns the status of an answer that is no data, 0 for other errors.
func statusOf(err error) int {
	var e *answerError
	if errors.As(err, &e) {
		return e.status
	}
	return 0
}

// safe is an error in whose text no secret stands.
type safe struct {
	error
	text string
}

func (e *safe) Error() string { return e.text }
func (e *safe) Unwrap() error { return e.error }

func (c *client) get(ctx context.Context, path string, query url.Values) (gjson.Result, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.ask(ctx, http.MethodGet, path, nil)
}

// post asks by a POST that changes nothing.
func (c *client) post(ctx context.Context, path string, body any) (gjson.Result, error) {
	return c.ask(pace.Repeatable(ctx), http.MethodPost, path, body)
}

// ask sends one request and returns the JSON of its answer.
func (c *client) ask(ctx context.Context, method, path string, body any) (gjson.Result, error) {
	v, err := c.exchange(ctx, method, path, body)
	if err == nil || ctx.Err() != nil {
		return v, err
	}
	return v, &safe{err, c.secrets.Replace(err.Error())}
}

func (c *client) exchange(ctx context.Context, method, path string, body any) (none gjson.Result, err error) {
	req, err := c.jira.NewRequestWithContext(ctx, method, path, body)
	if err != nil {
		return none, err
	}
	resp, err := c.jira.Do(req, nil)
	if resp == nil || resp.Response == nil {
		return none, c.unreached(ctx, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return none, c.unreached(ctx, err)
	}
	what, _, _ := strings.Cut(path, "?")
	return c.read(resp.Response, data, what)
}

// read tells data from everything else that an address may answer.
func (c *client) read(resp *http.Response, data []byte, what string) (none gjson.Result, err error) {
	data, _ = repair(data)
	valid := gjson.ValidBytes(data)
	page := strings.Contains(resp.Header.Get("Content-Type"), "html") || !valid && strings.HasPrefix(strings.TrimSpace(string(data[:min(len(data), 100)])), "<")
	failed := &answerError{status: resp.StatusCode, what: what}
	if valid {
		failed.reason = reasonOf(gjson.ParseBytes(data))
	}
	switch code := resp.StatusCode; {
	case code == http.StatusUnauthorized:
		return none, fmt.Errorf("%s: %w: the credentials are not accepted%s: is JIRA_TOKEN right and not expired, and JIRA_EMAIL the account's (Cloud only)? A token with scopes is accepted at the gateway's address alone: smokestack check shows it (%w)",
			c.base, connectors.ErrRefused, loginReason(resp), failed)
	case code == http.StatusForbidden:
		return none, fmt.Errorf("%s: %w: the account may not read this%s (%w)", c.base, connectors.ErrRefused, loginReason(resp), failed)
	case code/100 == 2 && page:
		return none, fmt.Errorf("%s: %w: it answers a web page instead of data, most likely a login page: is this Jira's own address, and can the token be used past the single sign-on?", c.base, connectors.ErrRefused)
	case code/100 != 2:
		return none, fmt.Errorf("%s: %w", c.base, failed)
	case !valid:
		return none, fmt.Errorf("%s: the answer to %s is no JSON", c.base, what)
	}
	return gjson.ParseBytes(data), nil
}

// loginReason is what Data Center says beside a refusal.
func loginReason(resp *http.Response) string {
	switch reason := resp.Header.Get("X-Seraph-LoginReason"); {
	case strings.Contains(reason, "AUTHENTICATION_DENIED"):
		return " (Jira asks for a captcha: log in with a browser once)"
	case strings.Contains(reason, "AUTHENTICATED_FAILED"):
		return " (the token is unknown, revoked or expired)"
	}
	return ""
}

// reasonOf reads Jira's own words out of an answer that is an error.
func reasonOf(v gjson.Result) string {
	var out []string
	v.Get("errorMessages").ForEach(func(_, m gjson.Result) bool {
		out = append(out, m.String())
		return len(out) < 5
	})
	v.Get("errors").ForEach(func(k, m gjson.Result) bool {
		out = append(out, k.String()+": "+m.String())
		return len(out) < 5
	})
	if m := v.Get("message"); m.Type == gjson.String {
		out = append(out, m.Str)
	}
	return oneLine(clip(strings.Join(out, " ")))
}

// oneLine makes a stranger's text fit for one line of a terminal.
func oneLine(s string) string {
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

// unreached explains why there is no answer.
func (c *client) unreached(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var web *url.Error
	if errors.As(err, &web) {
		err = web.Err // what was asked for is said otherwise
	}
	var elsewhere *errElsewhere
	var dns *net.DNSError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &elsewhere):
		return fmt.Errorf("%s: %w: it sends on to %s, a login page or another address of this Jira; credentials go to the address that you gave and to no other", c.base, connectors.ErrRefused, elsewhere.to)
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Errorf("%s: there is no host of this name: is the address right?", c.base)
	case errors.As(err, &unknown):
		return fmt.Errorf("%s: its certificate is signed by an authority that this machine does not know; if that is your company's own, give its certificate with --ca FILE, or ca: in the configuration (%w)", c.base, err)
	}
	return fmt.Errorf("%s: %w", c.base, err)
}
