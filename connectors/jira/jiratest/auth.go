package jiratest

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How the two Jiras deal with credentials was measured by others on live sites:
// on Cloud a wrong pair makes a request anonymous, /myself alone refuses it with
// a line of text; a bearer, which only the gateway takes, is refused with 403.

const (
	unauthenticated = "Client must be authenticated to access this resource."
	loginReason     = "X-Seraph-LoginReason"
)

const loginPage = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Log in - Single sign-on</title></head>
<body><h1>Log in to your account</h1><form action="/login" method="post"><input name="username"><input name="password" type="password"></form></body></html>
`

// authenticate decides who asks, and refuses whom it has to.
func (c *call) authenticate(open bool) (answer, bool) {
	if c.opts.Token == "" {
		return answer{}, false
	}
	scheme, value, given := strings.Cut(c.r.Header.Get("Authorization"), " ")
	bearer := strings.EqualFold(scheme, "Bearer")
	good := given && c.accepts(bearer, value)
	switch {
	case c.opts.Mode == Cloud && bearer && !c.gateway:
		return jsonAnswer(http.StatusForbidden, object{"error": "Failed to parse Connect Session Auth Token"}), true
	case good && c.opts.Scoped && !c.gateway:
		good = false
	case good:
		if c.opts.Mode == DataCenter {
			c.header.Set(loginReason, "OK")
			c.header.Set("X-AUSERNAME", askerID)
		}
		return answer{}, false
	case c.gateway && !open:
		return jsonAnswer(http.StatusUnauthorized, object{"code": 401, "message": "Unauthorized"}), true
	}
	if given {
		c.header.Set(loginReason, "AUTHENTICATED_FAILED")
	}
	if c.who = (viewer{anonymous: true}); open || c.opts.Anonymous {
		return answer{}, false
	}
	return c.unauthorized(bearer), true
}

func (c *call) accepts(bearer bool, value string) bool {
	if bearer {
		return value == c.opts.Token && (c.opts.Mode == DataCenter || c.gateway)
	}
	name, password, ok := c.r.BasicAuth()
	return ok && strings.EqualFold(name, c.opts.Email) && password == c.opts.Token
}

// unauthorized is the 401 of the two Jiras. The line of Cloud bears whatever
// type the client asks for, JSON among them, which it is not.
func (c *call) unauthorized(bearer bool) answer {
	var a answer
	switch {
	case c.opts.Mode == Cloud:
		kind := "text/html;charset=UTF-8"
		if strings.Contains(c.r.Header.Get("Accept"), "application/json") {
			kind = jsonType
		}
		a = answer{status: http.StatusUnauthorized, header: http.Header{"Content-Type": {kind}}, body: []byte(unauthenticated)}
	case bearer:
		a = jsonAnswer(http.StatusUnauthorized, object{"message": unauthenticated, "status-code": 401})
	default:
		a = html(http.StatusUnauthorized, `<html><head><title>Unauthorized (401)</title></head><body><h1>Unauthorized (401)</h1><p>Encountered a <code>&quot;401 - Unauthorized&quot;</code> error while loading this page.</p></body></html>`)
	}
	return a.with("Www-Authenticate", `OAuth realm="`+url.QueryEscape(c.base)+`"`)
}

func (c *call) lacksScope(e *endpoint) bool {
	return c.opts.Scoped && c.gateway && c.opts.Scopes != nil && e.scope != "" && !slices.Contains(c.opts.Scopes, e.scope)
}

// bucketState is how many tokens are left, and since when.
type bucketState struct {
	sync.Mutex
	left  int
	since time.Time
}

// spend takes a token out of the bucket of a Data Center and tells how many
// there are in the headers of the answer. Without one it is 429 and a page.
func (c *call) spend() (answer, bool) {
	b := c.opts.Bucket
	if c.opts.Mode != DataCenter || b.Limit <= 0 {
		return answer{}, false
	}
	st := &c.s.bucket
	st.Lock()
	defer st.Unlock()
	interval := max(b.Interval, time.Millisecond)
	if st.since.IsZero() {
		st.left, st.since = b.Limit, c.now
	}
	if n := int(c.now.Sub(st.since) / interval); n > 0 {
		st.left, st.since = min(b.Limit, st.left+n*b.FillRate), st.since.Add(time.Duration(n)*interval)
	}
	over := st.left <= 0
	wait := 0
	if over {
		wait = int((interval - c.now.Sub(st.since) + time.Second - 1) / time.Second)
	} else {
		st.left--
	}
	for name, n := range map[string]int{
		"X-Ratelimit-Limit": b.Limit, "X-Ratelimit-Remaining": st.left, "X-Ratelimit-Interval-Seconds": int(interval / time.Second),
		"X-Ratelimit-Fillrate": b.FillRate, "Retry-After": wait,
	} {
		c.header.Set(name, strconv.Itoa(n))
	}
	return html(http.StatusTooManyRequests, tooManyPage), over
}

const tooManyPage = `<html><head><title>Too many requests (429)</title></head><body><h1>Rate limit exceeded.</h1></body></html>`
