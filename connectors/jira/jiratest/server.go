package jiratest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/playtest"
)

// Mode says which Jira a server plays.
type Mode int

// The modes.
const (
	Cloud Mode = iota
	DataCenter
)

func (m Mode) String() string { return [...]string{"Cloud", "Data Center"}[m] }

// Options say how a [Server] behaves. The zero value is a Jira Cloud that lets
// everybody in and lives in UTC.
type Options struct {
	Mode Mode

	// BaseURL is the address that answers tell as the site's own, with its
	// context path. Empty: the address that a request came to.
	BaseURL string

	// Now is the clock; nil is the machine's.
	Now func() time.Time

	// Zone is the zone of the asking account: /myself names it, quoted dates in
	// JQL are read in it, times in answers are written in it. Nil is UTC.
	Zone *time.Location

	// Token is what the server accepts: on Cloud as basic credentials with Email,
	// on Data Center as a bearer. Without a token everybody is let in. Behind the
	// gateway of Cloud a bearer is good as well.
	Token, Email string

	// Anonymous makes a request with wrong credentials an anonymous one instead
	// of refusing it, as Jira Cloud does wherever a resource can be read without
	// an account: 200 with fewer rows, and 401 on /myself only. Public names the
	// projects that are seen then.
	Anonymous bool
	Public    []string

	// Scoped makes the token one with scopes: good behind the gateway only, and
	// there only for what Scopes allow (nil: for everything).
	Scoped bool
	Scopes []string

	// CloudID is the site's id, by which the gateway knows it.
	CloudID string

	// SSO answers everything with a login page and status 200.
	SSO bool

	// PageCap is the most rows of a search page: 0 is 100 on Cloud (where pages
	// of ids or keys hold up to 5,000 whatever the cap) and 1,000 on Data Center.
	PageCap int

	// Lag is how late the search index may be: every change shows in searches
	// after a part of it, another one for each issue and change, so that the
	// later of two changes may show first. LagOf, if set, says instead how late
	// the next change of an issue is. What is not a search is never late.
	Lag   time.Duration
	LagOf func(id string) time.Duration

	// Bucket limits requests on Data Center; the zero one does not.
	Bucket Bucket
}

// Bucket is Data Center's rate limit: every Interval the account is given
// FillRate tokens, up to Limit.
type Bucket struct {
	Limit, FillRate int
	Interval        time.Duration
}

const (
	defaultCloudID = "11223344-a1b2-4c3d-8e9f-000000000001"
	gatewayPath    = "/ex/jira/"
)

// Request is one request that the server was asked. Its path has the gateway's
// prefix or a context path, its route is method and path with {} for what differs
// from issue to issue.
type Request = playtest.Request

// Server plays a Jira. It is an [http.Handler], safe for concurrent use; what
// is served is changed by its methods, in the midst of a client's pull if need
// be. Serve it with [net/http/httptest], or without a network by
// [Server.Client].
type Server struct {
	playtest.Log

	mu    sync.RWMutex // guards all below
	opts  Options
	world world

	index index // has a lock of its own

	fault  func(*http.Request, int) Fault
	pageMu sync.Mutex
	pages  map[string]answer // the last good answer of each route, for Repeat
	bucket bucketState
}

// NewServer returns a server of everything that a source tells. Without a
// source it has no issue and a plain vocabulary.
func NewServer(opts Options, src connectors.Source) (*Server, error) {
	s := &Server{opts: opts, pages: map[string]answer{}}
	s.world.init()
	if src == nil {
		s.world.plain()
	} else if err := s.world.load(context.Background(), src); err != nil {
		return nil, fmt.Errorf("jiratest: %w", err)
	}
	s.world.settle()
	return s, nil
}

// Set changes the options while the server runs: another token, another zone.
func (s *Server) Set(change func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.opts)
	s.world.generation++
}

// Fault has the server ask, before it answers its n-th request (from 1, whatever
// Reset forgot), what is to go wrong. A nil function ends that. It is called
// without any lock: it may change what is served.
func (s *Server) Fault(ask func(r *http.Request, n int) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = ask
}

func (o *Options) now() time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}

func (o *Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

func (o *Options) cloudID() string {
	if o.CloudID == "" {
		return defaultCloudID
	}
	return o.CloudID
}

// answer is what is sent back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) with(name, value string) answer {
	a.header = a.header.Clone()
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set(name, value)
	return a
}

// mostBody bounds what is read of a request.
const mostBody = 10 << 20

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, mostBody))
	if err != nil {
		return // the client went away
	}
	n := s.Asked(s.now(), r, body)
	s.mu.RLock()
	ask := s.fault
	s.mu.RUnlock()
	var f Fault
	if ask != nil {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		f = ask(again, n)
	}
	// What fails before it is answered leaves no trace in the world.
	route, a := s.answer(r, body)
	a, f = s.spoil(r, route, a, f)
	s.Answered(n, route, a.status, f.Kind)
	playtest.Deliver(w, r, a.status, a.header, a.body, f.Kind)
}

// call is one request on its way through the server.
type call struct {
	s       *Server
	r       *http.Request
	opts    *Options
	w       *world
	path    string // below the site
	base    string // the address that answers tell as the site's
	api     string // "2" or "3"
	gateway bool
	args    []string // what stands for {} in the route
	query   url.Values
	body    []byte
	who     viewer
	now     time.Time
	header  http.Header // of every answer
}

// viewer is who asks.
type viewer struct{ anonymous bool }

// answer finds out what is asked and by whom, and answers.
func (s *Server) answer(r *http.Request, body []byte) (route string, a answer) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := &call{s: s, r: r, opts: &s.opts, w: &s.world, body: body, query: r.URL.Query(), now: s.opts.now(), header: http.Header{}}
	defer func() {
		for name, values := range c.header {
			if a.header.Get(name) == "" {
				a = a.with(name, values[0])
			}
		}
	}()
	if !c.locate() {
		return r.Method + " " + r.URL.Path, c.notHere()
	}
	e, known, allowed := find(c)
	route = r.Method + " " + c.path
	if known {
		route = r.Method + " " + e.pattern(c.api)
	}
	if c.opts.SSO {
		return route, html(http.StatusOK, loginPage)
	}
	if limited, over := c.spend(); over {
		return route, limited
	}
	if !known {
		return route, c.notHere()
	}
	if refusal, refused := c.authenticate(e.open); refused {
		return route, refusal
	}
	switch {
	case !allowed:
		return route, c.methodNotAllowed(e)
	case c.lacksScope(e):
		return route, jsonAnswer(http.StatusUnauthorized, object{"code": 401, "message": "Unauthorized; scope does not match"})
	}
	return route, e.handle(c)
}

// locate finds the site's own path in the request's, below the gateway's prefix
// or the context path, and the address that it is served under.
func (c *call) locate() bool {
	path := c.r.URL.EscapedPath()
	origin := "http://" + c.r.Host
	if c.r.TLS != nil || c.r.URL.Scheme == "https" {
		origin = "https://" + c.r.Host
	}
	c.base = strings.TrimRight(c.opts.BaseURL, "/")
	if rest, ok := strings.CutPrefix(path, gatewayPath); ok && c.opts.Mode == Cloud {
		id, rest, _ := strings.Cut(rest, "/")
		c.gateway, c.path, c.base = true, "/"+rest, origin+gatewayPath+id
		return id == c.opts.cloudID()
	}
	if c.base == "" {
		c.base = origin
	}
	context := ""
	if u, err := url.Parse(c.base); err == nil {
		context = u.Path
	}
	rest, ok := strings.CutPrefix(path, context)
	c.path = rest
	return ok
}

// html answers a page.
func html(status int, page string) answer {
	return answer{status: status, header: http.Header{"Content-Type": {"text/html;charset=UTF-8"}}, body: []byte(page)}
}

const (
	jsonType    = "application/json;charset=UTF-8"
	problemType = "application/problem+json;charset=UTF-8"
)

func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // of texts and numbers
	}
	return raw(status, body)
}

func raw(status int, body []byte) answer {
	return answer{status: status, header: http.Header{"Content-Type": {jsonType}}, body: body}
}

// failure is Jira's usual refusal.
func failure(status int, message string) answer {
	return jsonAnswer(status, object{"errorMessages": []string{message}, "errors": object{}})
}

// problem is Jira Cloud's refusal of what never reached a resource.
func problem(status int, detail, path string) answer {
	a := jsonAnswer(status, object{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail, "instance": path})
	return a.with("Content-Type", problemType)
}

// notHere answers for a path that this Jira does not have.
func (c *call) notHere() answer {
	if c.opts.Mode == DataCenter {
		return jsonAnswer(http.StatusNotFound, object{"message": "null for uri: " + c.base + c.path, "status-code": 404})
	}
	if !strings.HasPrefix(c.path, "/rest") {
		return html(http.StatusNotFound, "<!DOCTYPE html><html><head><title>Oops, you&#39;ve found a dead link.</title></head><body></body></html>")
	}
	return problem(http.StatusNotFound, "No endpoint "+c.r.Method+" "+c.path+".", c.path)
}

func (c *call) methodNotAllowed(e *endpoint) answer {
	if c.opts.Mode == DataCenter {
		return answer{status: http.StatusMethodNotAllowed, header: http.Header{"Allow": {e.methods}}}
	}
	return problem(http.StatusMethodNotAllowed, "Method '"+c.r.Method+"' is not supported.", c.path).with("Allow", e.methods)
}

// self is the address of a resource.
func (c *call) self(parts ...string) string {
	return c.base + "/rest/api/" + c.api + "/" + strings.Join(parts, "/")
}

// number reads a parameter that is a whole number.
func (c *call) number(name string, fallback int) (int, *answer) {
	text := c.query.Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		a := problem(http.StatusBadRequest, fmt.Sprintf("Failed to convert '%s' with value: '%s'", name, text), c.path)
		return 0, &a
	}
	return n, nil
}

// endpoint is something that can be asked.
type endpoint struct {
	methods string // that it takes: "GET, POST"
	path    string // with {} for what differs; it stands below /rest/api/N unless it begins with /
	modes   string // C for Cloud, D for Data Center
	open    bool   // to everybody, before credentials are looked at
	scope   string
	handle  func(*call) answer
}

func (e *endpoint) pattern(api string) string {
	if strings.HasPrefix(e.path, "/") {
		return e.path
	}
	return "/rest/api/" + api + "/" + e.path
}

const (
	readWork        = "read:jira-work"
	readUser        = "read:jira-user"
	readBoard       = "read:board-scope:jira-software"
	readBoardConfig = "read:board-scope.admin:jira-software"
	readSprint      = "read:sprint:jira-software"
)

// endpoints returns all that can be asked, what is more particular first.
func endpoints() []endpoint {
	return []endpoint{
		{"GET", "/_edge/tenant_info", "C", true, "", (*call).tenant},
		{"GET", "serverInfo", "CD", true, "", (*call).serverInfo},
		{"GET", "myself", "CD", false, readUser, (*call).myself},
		{"GET", "field", "CD", false, readWork, (*call).fields},
		{"GET", "status", "CD", false, readWork, (*call).statuses},
		{"GET", "statuscategory", "CD", false, readWork, (*call).categories},
		{"GET", "priority", "CD", false, readWork, (*call).priorities},
		{"GET", "resolution", "CD", false, readWork, (*call).resolutions},
		{"GET", "issueLinkType", "CD", false, readWork, (*call).linkTypes},
		{"GET", "issuetype", "CD", false, readWork, (*call).issueTypes},
		{"GET", "project/search", "C", false, readWork, (*call).projectSearch},
		{"GET", "project", "CD", false, readWork, (*call).projects},
		{"GET", "project/{}", "CD", false, readWork, (*call).project},
		{"GET", "project/{}/statuses", "CD", false, readWork, (*call).projectStatuses},
		{"GET", "project/{}/components", "CD", false, readWork, (*call).projectComponents},
		{"GET", "project/{}/versions", "CD", false, readWork, (*call).projectVersions},
		{"GET, POST", "search/jql", "C", false, readWork, (*call).searchJQL},
		{"POST", "search/approximate-count", "C", false, readWork, (*call).approximateCount},
		{"GET, POST", "search", "C", false, readWork, (*call).removedSearch},
		{"GET, POST", "search", "D", false, readWork, (*call).search},
		{"POST", "changelog/bulkfetch", "C", false, readWork, (*call).bulkChangelogs},
		{"POST", "issue/bulkfetch", "C", false, readWork, (*call).bulkIssues},
		{"POST", "issue/bulkfetch", "D", false, readWork, (*call).notHere},
		{"GET", "issue/{}", "CD", false, readWork, (*call).issue},
		{"GET", "issue/{}/changelog", "C", false, readWork, (*call).issueChangelog},
		{"GET", "/rest/agile/1.0/board", "CD", false, readBoard, (*call).boards},
		{"GET", "/rest/agile/1.0/board/{}", "CD", false, readBoard, (*call).board},
		{"GET", "/rest/agile/1.0/board/{}/configuration", "CD", false, readBoardConfig, (*call).boardConfiguration},
		{"GET", "/rest/agile/1.0/board/{}/sprint", "CD", false, readSprint, (*call).boardSprints},
		{"GET", "/rest/agile/1.0/sprint/{}", "CD", false, readSprint, (*call).sprint},
	}
}

var allEndpoints = endpoints()

// find looks for the endpoint of a call, and says whether it takes the method.
func find(c *call) (e *endpoint, known, allowed bool) {
	path := c.path
	if rest, ok := strings.CutPrefix(path, "/rest/api/"); ok {
		api, rest, _ := strings.Cut(rest, "/")
		if !c.hasAPI(api) {
			return nil, false, false
		}
		path = rest
	}
	mode := [...]string{"C", "D"}[c.opts.Mode]
	for i := range allEndpoints {
		e := &allEndpoints[i]
		args, ok := match(e.path, path)
		if !ok || !strings.Contains(e.modes, mode) {
			continue
		}
		c.args = args
		method := c.r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		return e, true, slices.Contains(strings.Split(e.methods, ", "), method)
	}
	return nil, false, false
}

// hasAPI reports whether this Jira has a version of the API, and keeps it.
func (c *call) hasAPI(version string) bool {
	c.api = version
	switch {
	case version == "2":
		return true
	case version == "latest":
		c.api = "2"
		return c.opts.Mode == DataCenter
	}
	return version == "3" && c.opts.Mode == Cloud
}

// match compares a path with a pattern and returns what stands for {}.
func match(pattern, path string) ([]string, bool) {
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return nil, false
	}
	var args []string
	for i := range a {
		if a[i] != "{}" {
			if a[i] != b[i] {
				return nil, false
			}
			continue
		}
		arg, err := url.PathUnescape(b[i])
		if err != nil || arg == "" {
			return nil, false
		}
		args = append(args, arg)
	}
	return args, true
}
