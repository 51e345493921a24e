package github

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	hub "github.com/google/go-github/v62/github"
	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/pace"
	"smokestack/connectors/wire"
)

// Options say which GitHub to read, as whom, and how.
type Options struct {
	// URL is the web address: "" or https://github.com, or that of an Enterprise
	// Server.
	URL string
	// API is the address of the API where it is not the one that belongs to URL, as
	// in GITHUB_API_URL.
	API string
	// Token is a personal access token, or that of a workflow.
	Token string
	// Unsent says, where a token is at hand that is not for this GitHub, why it is
	// not given, and what to do.
	Unsent string
	// App asks as a GitHub App, in place of Token.
	App *App
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

// ErrOptions says what is wrong with the way to a GitHub. Errors of this package
// wrap it, or [connectors.ErrRefused].
var ErrOptions = errors.New("this is no way to reach a GitHub")

// client sends requests to one GitHub.
type client struct {
	hub      *hub.Client
	pace     *pace.Transport
	web      *url.URL // as people know it
	api      *url.URL // of REST, without a slash at its end
	graph    string   // address of GraphQL
	token    string
	app      *appTokens     // nil: a token asks
	record   *wire.Recorder // nil: answers are not kept
	limits   *limits
	unsigned bool // nobody in particular asks
	unsent   string
}

func newClient(o Options) (*client, error) {
	web, api, err := addresses(o.URL, o.API)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOptions, err)
	}
	if wire.Unsendable(o.Token) {
		return nil, fmt.Errorf("%w: the token for %s holds a space, a line end or another character that no token holds", ErrOptions, web)
	}
	network := o.Base
	if network == nil {
		if network, err = wire.Transport(o.CA); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrOptions, err)
		}
	}
	c := &client{web: web, api: api, graph: graphAddress(api), token: o.Token, unsigned: o.Token == "" && o.App == nil, unsent: o.Unsent, limits: &limits{}}
	c.pace = &pace.Transport{Base: network, Limits: o.Limits, Waiting: o.Waiting}
	guard := &wire.OnlyHost{Scheme: api.Scheme, Host: api.Host}
	var under http.RoundTripper = &wire.Announced{Program: o.Program, Base: c.pace}
	sign := &signer{token: func(context.Context) (string, error) { return o.Token, nil }}
	if o.App != nil {
		now := o.Now
		if now == nil {
			now = time.Now
		}
		if c.app, err = newAppTokens(*o.App, api.String(), &hushed{&limits{}, under}, guard, now); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrOptions, err)
		}
		sign.token, sign.drop = c.app.get, c.app.drop
	}
	if o.Record != "" {
		c.record = recorder(o.Record, under)
		under = c.record
	}
	sign.base = &hushed{c.limits, under}
	guard.Base = sign
	c.hub, err = newHub(&http.Client{Transport: guard, CheckRedirect: guard.Redirected}, api.String())
	return c, err
}

func newHub(web *http.Client, api string) (*hub.Client, error) {
	h := hub.NewClient(web)
	base, err := url.Parse(api + "/")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOptions, err)
	}
	h.BaseURL, h.UploadURL = base, base
	return h, nil
}

// addresses settles the web address and that of the API.
func addresses(site, given string) (web, api *url.URL, err error) {
	const example, settings = "https://github.com, or that of your Enterprise Server", "GITHUB_TOKEN"
	if strings.TrimSpace(site) == "" {
		site = "https://github.com"
	}
	if web, err = wire.Address(site, example, settings); err != nil {
		return nil, nil, err
	}
	// People copy addresses of pages, and that of the API.
	web.Path = ""
	if web.Host == "www.github.com" || web.Host == "api.github.com" {
		web.Host = "github.com"
	}
	if given != "" {
		api, err = wire.Address(given, "https://api.github.com, or https://HOST/api/v3 of an Enterprise Server", settings)
		return web, api, err
	}
	own := *web
	switch {
	case own.Host == "github.com" || strings.HasSuffix(own.Host, ".ghe.com"): // GitHub's own, by residence of the data
		own.Host = "api." + own.Host
	default:
		own.Path = "/api/v3"
	}
	return web, &own, nil
}

// graphAddress is where GraphQL is asked: beside the REST API of an Enterprise
// Server, under that of github.com.
func graphAddress(api *url.URL) string {
	u := *api
	if base, ok := strings.CutSuffix(u.Path, "/v3"); ok {
		u.Path = base
	}
	return u.String() + "/graphql"
}

// recorder keeps answers for an [Archive] to read.
func recorder(dir string, base http.RoundTripper) *wire.Recorder {
	return &wire.Recorder{
		Dir: dir, Base: base,
		Name: func(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/api/v3") },
		Fit: func(answer []byte) ([]byte, bool) {
			if !json.Valid(answer) { // which bears any depth
				return nil, false
			}
			// An answer with errors is no page that a pull keeps, unless a part of it is
			// hidden.
			f := faultsOf(gjson.ParseBytes(answer))
			return answer, f == nil || f.bearable() || f.aside()
		},
	}
}

// limits remembers what the last answer said of the rate limit.
type limits struct {
	mu               sync.Mutex
	limit, remaining int
	reset            time.Time
	told             bool
	date             time.Time // of the server's clock
	scopes           string    // of a classic token
	classic          bool
	version          string // of an Enterprise Server
}

// hushed keeps what GitHub says of its limits from go-github, which would refuse
// requests by itself once nothing remains, with an answer that it makes up. To
// wait, or to end a pull for a limit, is the business of package pace.
type hushed struct {
	*limits
	base http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (h *hushed) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := h.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if left, err := strconv.Atoi(resp.Header.Get("X-RateLimit-Remaining")); err == nil {
		h.told, h.remaining = true, left
		h.limit, _ = strconv.Atoi(resp.Header.Get("X-RateLimit-Limit"))
		if at, err := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			h.reset = time.Unix(at, 0)
		}
	}
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		h.date = at
	}
	if s, ok := resp.Header["X-Oauth-Scopes"]; ok {
		h.classic, h.scopes = true, strings.Join(s, ", ")
	}
	h.version = cmp.Or(resp.Header.Get("X-GitHub-Enterprise-Version"), h.version)
	for _, name := range []string{"X-RateLimit-Remaining", "X-RateLimit-Limit", "X-RateLimit-Reset"} {
		resp.Header.Del(name)
	}
	return resp, nil
}

// errDeepPaging is GitHub's refusal to turn further pages of a list.
var errDeepPaging = errors.New("GitHub turns no further pages of this list")

// errUnchanged says that nothing changed since a page was read before.
var errUnchanged = errors.New("nothing changed")

// errBroken is an answer that is none, or not whole.
var errBroken = errors.New("it is no JSON")

// page is one answer of REST.
type page struct {
	gjson.Result
	next string // address of the page after it; "": it is the last
	last int    // the number of the last page; 0: not told
	etag string
}

// get asks for what is at a path, or at an address that GitHub gave.
func (c *client) get(ctx context.Context, path string, query url.Values) (page, error) {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.getUnless(ctx, path, "")
}

// getUnless is get, or [errUnchanged] where the answer is the one with the tag.
func (c *client) getUnless(ctx context.Context, path, etag string) (p page, err error) {
	req, err := c.hub.NewRequest(http.MethodGet, path, nil)
	if err != nil {
		return p, c.safe(ctx, err)
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	data, resp, err := c.send(ctx, req, pathOf(req.URL, c.api))
	if err != nil {
		return p, c.safe(ctx, err)
	}
	p.Result, p.etag, p.last = gjson.ParseBytes(data), resp.Header.Get("ETag"), lastPage(resp.Header)
	if p.next, err = nextPage(resp.Header, resp.Request.URL); err != nil {
		err = fmt.Errorf("%s: the answer to %s: %w", c.web, pathOf(req.URL, c.api), err)
	}
	return p, err
}

// pathOf is what was asked for, as errors name it.
func pathOf(u, api *url.URL) string { return strings.TrimPrefix(u.Path, api.Path) }

// query asks by GraphQL. What it asks changes nothing, so that it may be
// repeated where patient is set; else a server that is out of breath is asked
// for less.
func (c *client) query(ctx context.Context, text string, variables map[string]any, patient bool) (gjson.Result, error) {
	var none gjson.Result
	req, err := c.hub.NewRequest(http.MethodPost, c.graph, map[string]any{"query": text, "variables": variables})
	if err != nil {
		return none, c.safe(ctx, err)
	}
	if patient {
		ctx = pace.Repeatable(ctx)
	}
	data, _, err := c.send(ctx, req, "a query of GraphQL")
	if err != nil {
		return none, c.safe(ctx, err)
	}
	v := gjson.ParseBytes(data)
	if f := faultsOf(v); f != nil {
		return v, c.safe(ctx, fmt.Errorf("%s: %w", c.web, f))
	}
	if !v.Get("data").IsObject() {
		return none, fmt.Errorf("%s: the answer to a query of GraphQL holds no data: %w", c.web, errBroken)
	}
	return v, nil
}

// safe takes secrets out of an error.
func (c *client) safe(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	return wire.Safe(err, c.secrets())
}

func (c *client) secrets() *strings.Replacer {
	if c.app != nil {
		return wire.Secrets(c.app.current())
	}
	return wire.Secrets(c.token)
}

// send sends one request, and returns the JSON of its answer.
func (c *client) send(ctx context.Context, req *http.Request, what string) ([]byte, *http.Response, error) {
	var body bytes.Buffer
	resp, err := c.hub.Do(ctx, req, &body)
	if resp == nil || resp.Response == nil {
		return nil, nil, c.unreached(ctx, err)
	}
	data, err := c.read(resp.Response, body.Bytes(), what, err)
	return data, resp.Response, err
}

// unreached explains why there is no answer.
func (c *client) unreached(ctx context.Context, err error) error {
	var app *appError
	if ctx.Err() == nil && errors.As(err, &app) {
		return fmt.Errorf("%s: %w: %w", c.web, connectors.ErrRefused, app)
	}
	return wire.Unreached(ctx, c.web.String(), "GitHub", err)
}

// read tells data from everything else that an address may answer.
func (c *client) read(resp *http.Response, data []byte, what string, err error) ([]byte, error) {
	failed := &wire.AnswerError{Tracker: "GitHub", Status: resp.StatusCode, What: what}
	var answer *hub.ErrorResponse
	var abuse *hub.AbuseRateLimitError
	switch {
	case errors.As(err, &answer):
		failed.Reason = reasonOf(answer)
	case errors.As(err, &abuse):
		return nil, fmt.Errorf("%s: %w", c.web, &pace.QuotaError{Reason: "a secondary rate limit", Status: resp.StatusCode})
	}
	valid := json.Valid(data)
	switch code := resp.StatusCode; {
	case code == http.StatusNotModified:
		return nil, errUnchanged
	case code == http.StatusUnauthorized:
		return nil, fmt.Errorf("%s: %w: %s (%w)", c.web, connectors.ErrRefused, c.badToken(), failed)
	case code == http.StatusForbidden:
		return nil, fmt.Errorf("%s: %w: %s (%w)", c.web, connectors.ErrRefused, c.forbidden(resp, failed.Reason), failed)
	case code == http.StatusUnprocessableEntity && strings.Contains(strings.ToLower(failed.Reason), "pagination"):
		return nil, fmt.Errorf("%s: %w (%w)", c.web, errDeepPaging, failed)
	case code/100 == 2 && err == nil && wire.IsPage(resp, data, valid):
		return nil, fmt.Errorf("%s: %w: it answers a web page instead of data: is this GitHub's own address?", c.web, connectors.ErrRefused)
	case code/100 != 2 || code == http.StatusAccepted:
		return nil, fmt.Errorf("%s: %w", c.web, failed)
	case err != nil:
		return nil, fmt.Errorf("%s: the answer to %s: %w", c.web, what, err)
	case !valid:
		return nil, fmt.Errorf("%s: the answer to %s: %w", c.web, what, errBroken)
	}
	return data, nil
}

// badToken says what to do about credentials that are not accepted.
func (c *client) badToken() string {
	if c.app != nil {
		return "the app's credentials are not accepted: are its id, its installation and its private key those of this GitHub?"
	}
	return "the token is not accepted: is GITHUB_TOKEN right, for this GitHub, and not expired or revoked?"
}

// forbidden says why a request is refused, and what to do.
func (c *client) forbidden(resp *http.Response, reason string) string {
	lower := strings.ToLower(reason)
	switch {
	case resp.Header.Get("X-GitHub-SSO") != "" || strings.Contains(lower, "saml"):
		return c.signOn()
	case strings.Contains(lower, "ip allow list"):
		return "the organisation lets in certain addresses only, and this machine's is none of them: run where it is allowed, or have its address added"
	case strings.Contains(lower, "personal access token") && strings.Contains(lower, "forbids"):
		return "the organisation does not admit this kind of token, or one that lasts so long: ask its owners which kind it admits"
	}
	text := "the token may not read this"
	if needed := wire.OneLine(wire.Clip(resp.Header.Get("X-Accepted-GitHub-Permissions"))); needed != "" {
		return text + ": it needs the permission " + needed
	}
	if needed := wire.OneLine(wire.Clip(resp.Header.Get("X-Accepted-OAuth-Scopes"))); needed != "" && resp.Header.Get("X-OAuth-Scopes") != needed {
		return text + ": it needs one of the scopes " + needed
	}
	return text
}

func (c *client) signOn() string {
	return "the organisation wants single sign-on, and the token has none: authorise it for the organisation under " + c.web.String() + "/settings/tokens (Configure SSO)"
}

// reasonOf reads GitHub's own words out of an answer that is an error.
func reasonOf(e *hub.ErrorResponse) string {
	out := []string{e.Message}
	for _, m := range e.Errors[:min(len(e.Errors), 5)] {
		if m.Message != "" {
			out = append(out, m.Message)
		}
	}
	return wire.OneLine(wire.Clip(strings.Join(out, " ")))
}

// faults are the errors in an answer of GraphQL.
type faults struct {
	list []fault
	data gjson.Result
}

// fault is one of them.
type fault struct {
	kind    string   // NOT_FOUND, FORBIDDEN …
	code    string   // undefinedField …
	message string   // GitHub's own words
	path    []string // what it concerns, without the places in lists
	node    string   // where in the answer the first element of a list stands that it concerns
	inner   []string // the path behind that element, with # for places in lists
	steps   []string // the whole path, with # for places in lists
	saml    bool
}

// faultsOf finds the errors in an answer; nil is none.
func faultsOf(v gjson.Result) *faults {
	list := v.Get("errors")
	if !list.Exists() || list.IsArray() && len(list.Array()) == 0 || list.Type == gjson.Null {
		return nil
	}
	f := &faults{data: v.Get("data")}
	for _, e := range list.Array() {
		one := fault{
			kind: e.Get("type").String(), code: e.Get("extensions.code").String(), message: wire.OneLine(wire.Clip(e.Get("message").String())),
			saml: e.Get("extensions.saml_failure").Bool(),
		}
		for _, p := range e.Get("path").Array() {
			step := "#"
			if p.Type == gjson.String {
				step = p.Str
				one.path = append(one.path, p.Str)
			}
			one.steps = append(one.steps, step)
			if one.node != "" {
				one.inner = append(one.inner, step)
			} else if step == "#" {
				one.node = strings.Join(append(slices.Clone(one.path), p.Raw), ".")
			}
		}
		f.list = append(f.list, one)
	}
	if len(f.list) == 0 {
		f.list = []fault{{message: "errors of an unknown form"}}
	}
	return f
}

func (f *faults) Error() string {
	first := f.list[0]
	text := "GitHub answers an error to a query of GraphQL"
	if first.kind+first.code != "" {
		text += " (" + wire.OneLine(wire.Clip(first.kind+first.code)) + ")"
	}
	text += ": " + first.message
	if len(f.list) > 1 {
		text += fmt.Sprintf(", and %d more", len(f.list)-1)
	}
	return text
}

func (f *faults) any(is func(fault) bool) bool {
	for _, one := range f.list {
		if is(one) {
			return true
		}
	}
	return false
}

func (f *faults) all(is func(fault) bool) bool {
	return !f.any(func(one fault) bool { return !is(one) })
}

// heavy reports a query that took more than GitHub gives.
func (f *faults) heavy() bool {
	return f.any(func(one fault) bool {
		switch one.kind {
		case "RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT", "INTERNAL", "SERVICE_UNAVAILABLE":
			return true
		}
		lower := strings.ToLower(one.message)
		return one.kind == "" && one.code == "" && (strings.Contains(lower, "something went wrong") || strings.Contains(lower, "timeout") || strings.Contains(lower, "timed out"))
	})
}

// limited reports a rate limit that did not come with the headers of one.
func (f *faults) limited() bool {
	return f.any(func(one fault) bool { return one.kind == "RATE_LIMITED" || one.kind == "RATE_LIMIT" })
}

// boards reports that the token may not see projects.
func (f *faults) boards() bool {
	return f.any(func(one fault) bool {
		switch one.kind {
		case "INSUFFICIENT_SCOPES":
			return strings.Contains(one.message, "project")
		case "FORBIDDEN", "NOT_FOUND":
			return one.onBoard()
		}
		return false
	})
}

func (one fault) onBoard() bool {
	for _, p := range one.path {
		if strings.Contains(strings.ToLower(p), "project") {
			return true
		}
	}
	return false
}

// unknown returns the fields and types that this server does not know.
func (f *faults) unknown() []string {
	var out []string
	for _, one := range f.list {
		switch one.code {
		case "undefinedField", "undefinedType", "argumentNotAccepted", "argumentLiteralsIncompatible", "undefinedEnum":
		default:
			if !unknownWords.MatchString(one.message) {
				continue
			}
		}
		out = append(out, one.message)
	}
	return out
}

var unknownWords = regexp.MustCompile(`^(Field '.*' doesn't exist on type|No such type|Field '.*' doesn't accept argument|Argument '.*' on Field '.*' has an invalid value)`)

// absent reports that the repository itself is not there, or not visible.
func (f *faults) absent() bool {
	return f.any(func(one fault) bool {
		return (one.kind == "NOT_FOUND" || one.kind == "FORBIDDEN") && len(one.path) == 1 && one.path[0] == "repository"
	})
}

// withheld reports that this account may not see something, or that it is not
// there; boards are a matter of their own.
func (one fault) withheld() bool {
	return (one.kind == "FORBIDDEN" || one.kind == "NOT_FOUND" || one.saml) && !one.onBoard()
}

// An item refers to others by these members, and by elements of these lists.
var (
	references    = []string{"parent", "source", "subject", "blockingIssue", "blockedIssue", "fromRepository", "by", "content"}
	referredLists = []string{listSubIssues, listBlockedBy, listBlocking, listClosedBy, listCloses}
)

// atReference reports a fault about what an item points to, such as an issue in
// another organisation: its place in the answer is empty, and nothing of the item
// itself is lost.
func (one fault) atReference() bool {
	for i, step := range one.steps {
		if i == 0 {
			continue
		}
		if slices.Contains(references, step) {
			return true
		}
		if slices.Contains(referredLists, step) && i+2 < len(one.steps) && one.steps[i+1] == "nodes" && one.steps[i+2] == "#" {
			return true
		}
	}
	return false
}

// onItem reports a fault about an element of a list as such, which is empty then.
func (one fault) onItem() bool { return one.node != "" && len(one.inner) == 0 }

// within reports a fault about a part of an item that is no reference: behind an
// element of a list, or an element of a further page of a list of one item.
func (one fault) within() bool {
	further := one.onItem() && len(one.steps) > 2 && one.steps[0] == "node" && slices.Contains(innerLists, one.steps[1])
	return (len(one.inner) > 0 || further) && !one.atReference()
}

// bearable reports that all that is wrong is that this account may not see
// something that a record points to, a record as such, or a part of one: the rest
// of the answer is good. What is missing of records is in parts.
func (f *faults) bearable() bool {
	return f.data.IsObject() && f.all(func(one fault) bool {
		return one.withheld() && (one.atReference() || one.onItem() || one.within())
	})
}

// aside reports that the account may see the repository, and some of what is
// asked about it beside its items not.
func (f *faults) aside() bool {
	return f.data.Get("repository").IsObject() && f.all(func(one fault) bool {
		return one.withheld() && len(one.steps) == 2 && one.steps[0] == "repository" && (one.steps[1] == "pullRequests" || strings.HasPrefix(one.steps[1], "owners"))
	})
}

// now is the server's time, as of its last answer.
func (c *client) now(clock func() time.Time) fact.Instant {
	c.limits.mu.Lock()
	defer c.limits.mu.Unlock()
	if c.limits.date.IsZero() {
		return fact.At(clock())
	}
	return fact.At(c.limits.date)
}
