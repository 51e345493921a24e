package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/pace"
	"smokestack/connectors/wire"
)

// Site is one GitHub, github.com or an Enterprise Server, as one account sees
// it. Its sources share what needs to be asked only once. It is not safe for use
// by several goroutines at once.
type Site struct {
	client *client
	clock  func() time.Time

	mu     sync.Mutex
	meta   *metadata // nil until somebody needed it
	failed error     // why it cannot be had

	sizes []int // how many items a page may have: more, or less if that is too much
	batch int   // records handed over at a time, at least, where there are more
}

// NewSite prepares the way to a GitHub. It sends nothing.
func NewSite(o Options) (*Site, error) {
	c, err := newClient(o)
	if err != nil {
		return nil, err
	}
	s := &Site{client: c, clock: o.Now, sizes: usual, batch: batchItems}
	if s.clock == nil {
		s.clock = time.Now
	}
	return s, nil
}

// Usage tells how many requests were sent, and how often was waited.
func (s *Site) Usage() pace.Usage { return s.client.pace.Usage() }

// Host is the address that requests go to.
func (s *Site) Host() string { return s.client.api.String() }

// Repository is the source of one repository's issues, pull requests and
// milestones.
func (s *Site) Repository(owner, name string) *Live {
	return &Live{site: s, owner: owner, name: name}
}

// metadata is what a GitHub says of itself, and of the one who asks.
type metadata struct {
	who   string // login; "": this kind of token does not tell
	asks  asks   // what queries may ask for
	graph bool   // GraphQL answers
	why   string // else: why not
}

// about asks who asks, and by which of the two APIs, once.
func (s *Site) about(ctx context.Context) (*metadata, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.meta != nil || s.failed != nil {
		return s.meta, s.failed
	}
	if s.client.unsigned {
		return nil, fmt.Errorf("%w: no token for %s: %s", ErrOptions, s.client.web, cmp.Or(s.client.unsent, "set GITHUB_TOKEN"))
	}
	m, err := s.introduce(ctx)
	if err != nil {
		if ctx.Err() == nil {
			s.failed = err // the other sources need not ask again
		}
		return nil, err
	}
	if s.client.record != nil {
		s.client.record.About(s.client.web.String(), s.now())
	}
	s.meta = m
	return m, nil
}

const viewerQuery = `query viewer { viewer { login } }`

// introduce finds out whether GraphQL answers. Where it does not, REST may.
func (s *Site) introduce(ctx context.Context) (*metadata, error) {
	v, err := s.client.query(wire.Unkept(ctx), viewerQuery, nil, true)
	if err == nil {
		return &metadata{who: v.Get("data.viewer.login").String(), asks: everything, graph: true}, nil
	}
	var f *faults
	if !errors.As(err, &f) && !graphRefused(err) {
		return nil, err
	}
	if f != nil && f.limited() {
		return nil, s.client.quota(f)
	}
	// What every token may ask, and what costs nothing.
	if _, err := s.client.get(wire.Unkept(ctx), "rate_limit", nil); err != nil && wire.StatusOf(err) != http.StatusNotFound {
		return nil, err
	} else if err != nil { // limits may be switched off on an Enterprise Server
		if _, err := s.client.get(wire.Unkept(ctx), "meta", nil); err != nil {
			return nil, fmt.Errorf("%w: is %s the address of a GitHub?", err, s.client.web)
		}
	}
	m := &metadata{why: wire.Clip(err.Error())}
	user, _, err := s.client.hub.Users.Get(wire.Unkept(ctx), "")
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err == nil { // an app, or a workflow, is no user
		m.who = user.GetLogin()
	}
	return m, nil
}

// graphRefused reports that GraphQL is not there, or not for this token.
func graphRefused(err error) bool {
	switch wire.StatusOf(err) {
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone, http.StatusNotImplemented:
		return true
	}
	return false
}

// quota makes an error of a rate limit that GraphQL tells of in its body alone.
func (c *client) quota(f *faults) error {
	c.limits.mu.Lock()
	defer c.limits.mu.Unlock()
	return fmt.Errorf("%s: %w (%s)", c.web, &pace.QuotaError{Until: c.limits.reset, Reason: "the limit of GraphQL", Status: http.StatusOK}, wire.Clip(f.Error()))
}

// now is the server's time.
func (s *Site) now() fact.Instant { return s.client.now(s.clock) }

// called says as whom GitHub answers, for the eyes of the one who asks.
func (m *metadata) called() string {
	if m.who == "" {
		return "this token"
	}
	return wire.OneLine(wire.Clip(m.who))
}

// errGap is a part of what was asked for that this account cannot see.
var errGap = errors.New("not visible")

// gap says that a repository cannot be read.
func (s *Site) gap(m *metadata, repository string, why error) error {
	return fmt.Errorf("repository %s: %w to %s, or not there (%w: %w); check the name, and that the token may read this repository", repository, errGap, m.called(), connectors.ErrRefused, why)
}

// Repositories returns the names of an owner's repositories that the patterns
// select, sorted. A pattern is a name, or has * ? [a-z] in it; names are not
// looked up. Without patterns it is all of them.
func (s *Site) Repositories(ctx context.Context, owner string, patterns []string) ([]string, error) {
	if len(patterns) == 0 {
		patterns = []string{"*"}
	}
	var out, globs []string
	for _, p := range patterns {
		if !strings.ContainsAny(p, "*?[") {
			out = append(out, p)
			continue
		}
		if _, err := path.Match(strings.ToLower(p), ""); err != nil {
			return nil, fmt.Errorf("%w: the pattern %q of repositories of %s: a bracket is not closed", ErrOptions, p, owner)
		}
		globs = append(globs, p)
	}
	if len(globs) > 0 {
		all, err := s.owned(ctx, owner)
		if err != nil {
			return nil, err
		}
		for _, g := range globs {
			n := len(out)
			for _, name := range all {
				if ok, _ := path.Match(strings.ToLower(g), strings.ToLower(name)); ok {
					out = append(out, name)
				}
			}
			if len(out) == n {
				return nil, fmt.Errorf("%s: no repository of %s that the token may see fits %q: it sees %d", s.client.web, owner, g, len(all))
			}
		}
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return slices.CompactFunc(out, strings.EqualFold), nil
}

// owned lists the repositories of an organisation or of a user.
func (s *Site) owned(ctx context.Context, owner string) ([]string, error) {
	if _, err := s.about(ctx); err != nil {
		return nil, err
	}
	of := url.PathEscape(owner)
	names, err := s.names(ctx, "orgs/"+of+"/repos", "type=all", owner)
	if wire.StatusOf(err) == http.StatusNotFound {
		names, err = s.names(ctx, "users/"+of+"/repos", "type=owner", owner)
		if err == nil && strings.EqualFold(s.meta.who, owner) {
			// Its own list has the private ones, too.
			var own []string
			if own, err = s.names(ctx, "user/repos", "affiliation=owner", owner); err == nil {
				names = append(names, own...)
			}
		}
	}
	if wire.StatusOf(err) == http.StatusNotFound {
		return nil, fmt.Errorf("%s: %w: there is no organisation and no user %s, or the token may not see it (%w)", s.client.web, connectors.ErrRefused, wire.OneLine(wire.Clip(owner)), err)
	}
	return names, err
}

func (s *Site) names(ctx context.Context, list, query, owner string) ([]string, error) {
	var out []string
	err := s.pages(wire.Unkept(ctx), list+"?per_page=100&"+query, func(v gjson.Result) error {
		if strings.EqualFold(v.Get("owner.login").String(), owner) {
			out = append(out, strings.Clone(v.Get("name").String()))
		}
		return nil
	})
	return out, err
}

// pagesMost is more pages than any list has: GitHub cuts them long before.
const pagesMost = 20_000

// pages reads a list of REST to its end, as the links lead.
func (s *Site) pages(ctx context.Context, address string, each func(gjson.Result) error) error {
	seen := map[string]bool{}
	for n := 0; address != ""; n++ {
		if seen[address] || n == pagesMost {
			return s.errShape("a list", "goes on without end")
		}
		seen[address] = true
		p, err := s.client.get(ctx, address, nil)
		if err != nil {
			return err
		}
		if !p.IsArray() {
			return s.errShape(address, "is no list")
		}
		for _, v := range p.Array() {
			if err := each(v); err != nil {
				return err
			}
		}
		address = p.next
	}
	return nil
}

// errShape is an answer of another form, or another page, than was asked for.
func (s *Site) errShape(what, why string) error {
	what, _, _ = strings.Cut(what, "?")
	return fmt.Errorf("%s: the answer to %s %s; what was read before is kept, run again", s.client.web, what, why)
}
