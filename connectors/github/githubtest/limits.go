package githubtest

import (
	"cmp"
	"net/http"
	"strconv"
	"time"
)

func (o *Options) limit() int { return cmp.Or(o.Limit, 5000) }

// spend takes points from the present hour's. It reports whether they do not
// suffice.
func (c *call) spend(resource string, points int) (quota, bool) {
	s := c.s
	s.countMu.Lock()
	defer s.countMu.Unlock()
	q := s.quota(resource, c.w.tick(), c.opts.limit())
	if q.remaining < points {
		return q, true
	}
	s.spent[resource] += points
	return s.quota(resource, c.w.tick(), c.opts.limit()), false
}

// unspend gives a point back: what has not changed is free.
func (c *call) unspend(resource string) {
	c.s.countMu.Lock()
	defer c.s.countMu.Unlock()
	c.s.spent[resource]--
}

// quota is what is left of the present hour's points.
func (s *Server) quota(resource string, now time.Time, limit int) quota {
	if !now.Before(s.hour) {
		s.hour, s.spent = now.Add(time.Hour), map[string]int{}
	}
	used := s.spent[resource]
	return quota{limit: limit, used: used, remaining: max(0, limit-used), reset: s.hour}
}

// limitHeaders tells what is left.
func (c *call) limitHeaders(a answer, resource string) answer {
	c.s.countMu.Lock()
	q := c.s.quota(resource, c.w.tick(), c.opts.limit())
	c.s.countMu.Unlock()
	a.header = a.header.Clone()
	if a.header == nil {
		a.header = http.Header{}
	}
	for name, v := range map[string]string{
		"X-RateLimit-Limit": strconv.Itoa(q.limit), "X-RateLimit-Remaining": strconv.Itoa(q.remaining), "X-RateLimit-Used": strconv.Itoa(q.used),
		"X-RateLimit-Reset": itoa(q.reset.Unix()), "X-RateLimit-Resource": resource, "X-GitHub-Request-Id": "FA4E:0001",
		"Date": c.w.tick().Format(http.TimeFormat), "X-GitHub-Media-Type": "github.v3; format=json",
	} {
		if a.header.Get(name) == "" {
			a.header.Set(name, v)
		}
	}
	if c.opts.Enterprise {
		a.header.Set("X-GitHub-Enterprise-Version", "3.17.2")
	}
	if c.opts.Token != "" && c.opts.Projects == NoScope {
		a.header.Set("X-OAuth-Scopes", "repo")
	}
	return a
}

// limited is the answer of REST when the hour's points are spent.
func (c *call) limited() answer {
	a := c.refuse(cmp.Or(c.opts.LimitStatus, http.StatusForbidden), "API rate limit exceeded for user ID 1.")
	return a.with("X-RateLimit-Remaining", "0")
}

// rateLimited is GraphQL's: status 200, and an error.
func (c *call) rateLimited() answer {
	a := c.problems(problem{Type: "RATE_LIMITED", Message: "API rate limit exceeded for user ID 1."})
	return a.with("X-RateLimit-Remaining", "0")
}
