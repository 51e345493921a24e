package jira

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	gojira "github.com/andygrunwald/go-jira"
	"github.com/tidwall/gjson"

	"smokestack/connectors"
	"smokestack/connectors/pace"
	"smokestack/connectors/wire"
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
	unsigned bool // there is no token
	secrets  *strings.Replacer
	record   *wire.Recorder // nil: answers are not kept
}

func newClient(o Options) (*client, error) {
	base, err := address(o.URL)
	if err != nil {
		return nil, err
	}
	if wire.Unsendable(o.Token + o.Email) {
		return nil, fmt.Errorf("%w: the token or the e-mail for %s holds a space, a line end or another character that neither can hold", ErrOptions, base)
	}
	network := o.Base
	if network == nil {
		if network, err = wire.Transport(o.CA); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrOptions, err)
		}
	}
	c := &client{base: base, unsigned: o.Token == "", secrets: hide(o.Email, o.Token)}
	c.pace = &pace.Transport{Base: network, Limits: o.Limits, Waiting: o.Waiting}
	var under http.RoundTripper = c.pace
	if o.Record != "" {
		c.record = recorder(o.Record, c.pace)
		under = c.record
	}
	under = &wire.Announced{Program: o.Program, Accept: "application/json", Base: under}
	var signed http.RoundTripper = &gojira.BearerAuthTransport{Token: o.Token, Transport: under}
	if o.Email != "" {
		signed = &gojira.BasicAuthTransport{Username: o.Email, Password: o.Token, Transport: under}
	}
	guard := &wire.OnlyHost{Host: base.Host, Scheme: base.Scheme, Base: signed}
	web := &http.Client{Transport: guard, CheckRedirect: guard.Redirected}
	if c.jira, err = gojira.NewClient(web, base.String()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOptions, err)
	}
	return c, nil
}

// address reads the address of a Jira.
func address(text string) (*url.URL, error) {
	u, err := wire.Address(text, "https://acme.atlassian.net", "JIRA_EMAIL and JIRA_TOKEN")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOptions, err)
	}
	// People copy addresses of pages.
	for _, page := range []string{"/browse", "/jira", "/projects", "/secure", "/issues", "/rest"} {
		if strings.HasSuffix(u.Host, ".atlassian.net") && (u.Path == page || strings.HasPrefix(u.Path, page+"/")) {
			u.Path = ""
		}
	}
	return u, nil
}

// hide replaces secrets, in every form in which they travel.
func hide(email, token string) *strings.Replacer {
	if token == "" {
		return wire.Secrets()
	}
	return wire.Secrets(base64.StdEncoding.EncodeToString([]byte(email+":"+token)), token)
}

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
	return v, wire.Safe(err, c.secrets)
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
	valid := json.Valid(data) // which bears any depth
	page := wire.IsPage(resp, data, valid)
	failed := &wire.AnswerError{Tracker: "Jira", Status: resp.StatusCode, What: what}
	if valid {
		failed.Reason = reasonOf(gjson.ParseBytes(data))
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

func oneLine(s string) string { return wire.OneLine(s) }

// unkept marks a request whose answer is no fact, or one about the account that
// asks.
func unkept(ctx context.Context) context.Context { return wire.Unkept(ctx) }

// recorder keeps answers for an [Archive] to read.
func recorder(dir string, base http.RoundTripper) *wire.Recorder {
	return &wire.Recorder{
		Dir: dir, Base: base,
		Name: func(r *http.Request) string { return r.URL.Path[strings.LastIndex(r.URL.Path, "/rest/")+1:] },
		Fit: func(answer []byte) ([]byte, bool) {
			answer, _ = repair(answer)
			return answer, json.Valid(answer)
		},
	}
}

// unreached explains why there is no answer.
func (c *client) unreached(ctx context.Context, err error) error {
	return wire.Unreached(ctx, c.base.String(), "Jira", err)
}
