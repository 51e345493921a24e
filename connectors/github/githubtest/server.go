package githubtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"smokestack/connectors/playtest"
)

// Options say how a [Server] behaves. The zero value is github.com, up to date,
// that lets everybody in.
type Options struct {
	// Enterprise makes it an Enterprise Server: REST lies under /api/v3, GraphQL at
	// /api/graphql.
	Enterprise bool

	// Site is the address for people that answers tell. Empty: https://github.com,
	// of an Enterprise Server the address that a request came to.
	Site string

	// Token is what the server accepts. Without one everybody is let in. App, if
	// set, lets an app's installation in with the tokens that it gets.
	Token string
	App   *App

	Viewer string // login of who asks; "" is reader

	LegacyIDs bool // node ids in the form of before 2021

	Projects      Access // what the token may do with projects
	NoBoardEvents bool   // no timeline tells of boards
	NoGraphQL     int    // the status with which every query is refused; 0: none is
	// Lacks names types, fields (Issue.subIssues) and item types of timelines that an
	// older server does not know: a query that has one is refused.
	Lacks []string

	// MostNodes is how many nodes a query may ask for before it is answered in
	// part, with RESOURCE_LIMITS_EXCEEDED and status 200; 0 is any number.
	// PartialEvery has every k-th query end so, whatever it asks for.
	MostNodes, PartialEvery int

	// MostPages is how many pages of a list of issues the parameter page reaches,
	// EventPages how many of a repository's events there are to be had at all.
	// 0: 10 and 400.
	MostPages, EventPages int

	// Limit is how many requests an hour allows, and how many points of GraphQL; 0
	// is 5,000 of each. LimitStatus is the status beyond it: 0 is 403.
	Limit, LimitStatus int
}

// Request is one request that the server was asked. Its route is such as
// "GET /repos/{}/{}/issues" or "graphql Issues".
type Request = playtest.Request

// Server plays a GitHub. It is an [http.Handler], safe for concurrent use.
// [Server.Client] answers without a network, whatever host is asked;
// [Server.Start] serves on a port of the machine.
type Server struct {
	playtest.Log
	World *World

	mu   sync.RWMutex // guards opts and fault
	opts Options

	fault func(r *http.Request, n int) Fault

	countMu sync.Mutex // guards all below
	queries int
	spent   map[string]int // points by resource, of the present hour
	hour    time.Time      // when the present one ends
	tokens  map[string]time.Time
	issued  int
}

// NewServer returns a server of a world; nil is an empty one.
func NewServer(opts Options, w *World) *Server {
	if w == nil {
		w = NewWorld(nil)
	}
	return &Server{World: w, opts: opts, spent: map[string]int{}, tokens: map[string]time.Time{}}
}

// Start serves on a port of the machine until the test ends: close what it
// returns.
func (s *Server) Start() *httptest.Server { return httptest.NewServer(s) }

// Set changes the options while the server runs.
func (s *Server) Set(change func(*Options)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.opts)
}

// Fault has the server ask, before it answers its n-th request (from 1), what is
// to go wrong. A nil function ends that. It is called without any lock: it may
// change the world.
func (s *Server) Fault(ask func(r *http.Request, n int) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = ask
}

// Reset forgets the requests and what they cost.
func (s *Server) Reset() {
	s.Log.Reset()
	s.countMu.Lock()
	defer s.countMu.Unlock()
	s.spent = map[string]int{}
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

const jsonType = "application/json; charset=utf-8"

func jsonAnswer(status int, v any) answer {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return answer{status, http.Header{"Content-Type": {jsonType}}, bytes.TrimSpace(b.Bytes())}
}

const mostBody = 10 << 20

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, mostBody))
	if err != nil {
		return // the client went away
	}
	n := s.Asked(s.World.tick(), r, body)
	s.mu.RLock()
	ask := s.fault
	s.mu.RUnlock()
	var f Fault
	if ask != nil {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		f = ask(again, n)
	}
	route, a := s.answer(r, body, f)
	if b, ok := f.answer(s.World.tick()); ok {
		if a = b; f.Kind != Custom { // by this header all answers of GitHub are known
			a = a.with("X-GitHub-Request-Id", "FA4E:0002")
		}
	}
	s.Answered(n, route, a.status, f.Kind)
	playtest.Deliver(w, r, a.status, a.header, a.body, f.Kind)
}

// call is one request on its way through the server.
type call struct {
	s       *Server
	r       *http.Request
	opts    *Options
	w       *World
	ids     ids
	api     string // the address of REST
	web     string // the address for people
	path    string // below the address of REST
	args    map[string]string
	query   url.Values
	body    []byte
	partial int
	graph   bool
}

// answer finds out what is asked and by whom, and answers.
func (s *Server) answer(r *http.Request, body []byte, f Fault) (route string, a answer) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.World.mu.RLock()
	defer s.World.mu.RUnlock()
	c := &call{s: s, r: r, opts: &s.opts, w: s.World, ids: ids{s.opts.LegacyIDs}, query: r.URL.Query(), body: body}
	if f.Kind == Partial {
		c.partial = 1
	}
	return c.route()
}

// route answers a query or a request of REST.
func (c *call) route() (string, answer) {
	scheme := "http"
	if c.r.TLS != nil || c.r.URL.Scheme == "https" {
		scheme = "https"
	}
	host := scheme + "://" + cmp.Or(c.r.Host, c.r.URL.Host)
	c.api, c.web, c.path = host, "https://github.com", c.r.URL.EscapedPath()
	graph := "/graphql"
	if c.opts.Enterprise {
		c.api, c.web, graph = host+"/api/v3", host, "/api/graphql"
	}
	c.web = cmp.Or(c.opts.Site, c.web)
	if c.path == graph && c.r.Method == http.MethodPost {
		c.graph = true
		return c.admit()
	}
	if c.opts.Enterprise {
		below, ok := strings.CutPrefix(c.path, "/api/v3")
		if !ok {
			return c.r.Method + " " + c.path, c.notFound()
		}
		c.path = below
	}
	for _, route := range routes {
		args, ok := match(route.pattern, c.path)
		if ok && route.method == c.r.Method {
			c.args = args
			return route.method + " " + route.name(), c.rest(route)
		}
	}
	return c.r.Method + " " + c.path, c.notFound()
}

// admit lets a query in, or does not, and counts it.
func (c *call) admit() (string, answer) {
	if a, refused := c.authenticate(); refused {
		return "graphql", a
	}
	if c.opts.NoGraphQL != 0 {
		return "graphql", c.refuse(c.opts.NoGraphQL, "GraphQL is not available")
	}
	c.s.countMu.Lock()
	c.s.queries++
	n := c.s.queries
	c.s.countMu.Unlock()
	if c.opts.PartialEvery > 0 && n%c.opts.PartialEvery == 0 {
		c.partial = 1
	}
	name, a := c.graphql()
	return strings.TrimSpace("graphql " + name), c.limitHeaders(a, "graphql")
}

// route is one resource of REST.
type route struct {
	method, pattern string
	open            bool // needs no token
	free            bool // costs nothing
	handle          func(*call) answer
}

// name is the route as counts have it.
func (r *route) name() string {
	parts := strings.Split(r.pattern, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

// match compares a path with a pattern; the last {name...} takes what is left.
func match(pattern, path string) (map[string]string, bool) {
	args := map[string]string{}
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	for i, p := range want {
		if name, ok := strings.CutSuffix(p, "...}"); ok && i < len(have) {
			args[name[1:]] = unescape(strings.Join(have[i:], "/"))
			return args, true
		}
		switch {
		case i >= len(have):
			return nil, false
		case strings.HasPrefix(p, "{"):
			if have[i] == "" {
				return nil, false
			}
			args[strings.Trim(p, "{}")] = unescape(have[i])
		case p != have[i]:
			return nil, false
		}
	}
	return args, len(want) == len(have)
}

func unescape(s string) string {
	if out, err := url.PathUnescape(s); err == nil {
		return out
	}
	return s
}

// rest lets a request in, or does not, and answers it: anew, or that nothing
// changed since the client asked last.
func (c *call) rest(r route) answer {
	if !r.open {
		if a, refused := c.authenticate(); refused {
			return a
		}
	}
	resource := "core"
	if !r.free {
		if _, over := c.spend(resource, 1); over {
			return c.limitHeaders(c.limited(), resource)
		}
	}
	a := r.handle(c)
	if a.status == http.StatusOK && c.r.Method == http.MethodGet {
		tag := `W/"` + hash(string(a.body))[:32] + `"`
		a = a.with("ETag", tag)
		if c.r.Header.Get("If-None-Match") == tag {
			c.unspend(resource)
			a = answer{http.StatusNotModified, a.header, nil}
			a.header.Del("Content-Type")
		}
	}
	return c.limitHeaders(a, resource)
}

// refuse is an answer of REST that says no.
func (c *call) refuse(status int, message string) answer {
	return jsonAnswer(status, object{"message": message, "documentation_url": "https://docs.github.com/rest", "status": strconv.Itoa(status)})
}

func (c *call) notFound() answer { return c.refuse(http.StatusNotFound, "Not Found") }

// object is a JSON object.
type object = map[string]any

// Transport returns a way to the server without a network: whatever host is
// asked, the server answers. It works where time is pretended, too.
func (s *Server) Transport() http.RoundTripper { return playtest.Transport(s) }

// Client returns a client whose every request the server answers.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.Transport()} }
