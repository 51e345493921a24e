package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	hub "github.com/google/go-github/v62/github"

	"smokestack/connectors"
	"smokestack/connectors/pace"
	"smokestack/connectors/wire"
)

// Check looks whether a pull of the sources, all of this site, would work: it
// asks what a pull asks first.
func (s *Site) Check(ctx context.Context, sources []*Live) (*wire.Checkup, error) {
	c := &wire.Checkup{}
	began, before := s.clock(), s.Usage().Requests
	m, err := s.about(ctx)
	var quota *pace.QuotaError
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &quota):
		return nil, err
	case err != nil:
		unreachable(c, err)
		return c, nil
	}
	s.reached(m, c)
	if err := s.checkLimits(ctx, c); err != nil {
		return nil, err
	}
	c.Requests = 1
	boards := map[bool][]string{}
	for _, l := range sources {
		if err := s.checkRepository(ctx, m, l, c, boards); err != nil {
			return nil, err
		}
	}
	checkBoards(m, boards, c)
	if n := s.Usage().Requests - before; n > 0 {
		c.Time = s.clock().Sub(began) / time.Duration(n) * time.Duration(c.Requests)
	}
	return c, nil
}

// unreachable says why nothing else could be asked.
func unreachable(c *wire.Checkup, err error) {
	if !errors.Is(err, connectors.ErrRefused) && !errors.Is(err, ErrOptions) {
		c.Add("Reachable", err.Error(), "the address, the network, a proxy in HTTPS_PROXY", err)
		return
	}
	c.Add("Reachable", "yes", "", nil)
	c.Add("Credentials", err.Error(), "make a new token, which may read issues, pull requests, metadata and, for boards, projects", err)
}

// reached says which GitHub it is, by which of its two APIs it is read, and as
// whom.
func (s *Site) reached(m *metadata, c *wire.Checkup) {
	l := s.client.limits
	l.mu.Lock()
	version, classic, scopes := l.version, l.classic, l.scopes
	l.mu.Unlock()
	kind := "GitHub"
	if version != "" {
		kind = "Enterprise Server " + wire.OneLine(wire.Clip(version))
	}
	if m.graph {
		c.Add("Reachable", "yes, as "+kind+" at "+s.client.web.String()+", by GraphQL", "", nil)
	} else {
		c.Add("Reachable", "yes, as "+kind+" at "+s.client.web.String()+", by REST alone: "+m.why, "use a token, or an Enterprise Server, that GraphQL answers: REST takes more requests and tells less", nil)
	}
	found := "accepted, as " + m.called()
	switch {
	case s.client.app != nil:
		found = fmt.Sprintf("accepted, as the app %d in its installation %d", s.client.app.app.ID, s.client.app.app.Installation)
	case classic && scopes == "":
		found += ", a token without scopes: it reads what everybody may read"
	case classic:
		found += ", with the scopes " + wire.OneLine(wire.Clip(scopes))
	}
	c.Add("Credentials", found, "", nil)
}

// checkLimits says what is left of the hour's requests.
func (s *Site) checkLimits(ctx context.Context, c *wire.Checkup) error {
	rates, resp, err := s.client.hub.RateLimit.Get(wire.Unkept(ctx))
	var quota *pace.QuotaError
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &quota):
		return s.client.safe(ctx, err)
	case err != nil && resp != nil && resp.Response != nil && resp.StatusCode == http.StatusNotFound:
		c.Add("Rate limit", "none", "", nil)
		return nil
	case err != nil:
		c.Add("Rate limit", "not known", "", nil)
		return nil
	}
	c.Add("Rate limit", rateWords("GraphQL", rates.GetGraphQL())+"; "+rateWords("REST", rates.GetCore()), "", nil)
	return nil
}

func rateWords(what string, r *hub.Rate) string {
	if r == nil {
		return what + ": not told"
	}
	return fmt.Sprintf("%s: %d of %d left until %s", what, r.Remaining, r.Limit, r.Reset.UTC().Format("15:04 MST"))
}

// checkRepository looks at one repository.
func (s *Site) checkRepository(ctx context.Context, m *metadata, l *Live, c *wire.Checkup, boards map[bool][]string) error {
	p := l.prepared(m, connectors.State{}, nil)
	about := p.about
	if !m.graph {
		about = p.restAbout
	}
	what := "Repository " + l.full()
	if err := about(ctx); err != nil {
		return c.Gap(ctx, what, err, "")
	}
	if m.graph {
		if err := p.probe(ctx); err != nil {
			return c.Gap(ctx, what, err, "")
		}
		if p.repo.hasIssues && p.repo.issues > 0 {
			boards[p.asks.projects] = append(boards[p.asks.projects], p.repo.name)
		}
	} else if err := p.restCount(ctx); err != nil {
		return c.Gap(ctx, what, err, "")
	}
	c.Visible = append(c.Visible, p.repo.name)
	found, todo := p.repo.counted(m.graph), ""
	if !strings.EqualFold(p.repo.name, l.full()) {
		found += ", renamed: it is " + p.repo.name + " now"
		todo = "name it " + p.repo.name
	}
	if p.repo.issues+p.repo.pulls == 0 && m.graph {
		todo = "is that right? A token without the permission to read issues sees none"
	}
	c.Add(what, found, todo, nil)
	c.Items += p.repo.issues + p.repo.pulls + p.repo.milestones
	c.Requests += p.repo.requests(m.graph)
	return p.checkTeams(ctx, c)
}

// counted says how much is in a repository.
func (r *described) counted(graph bool) string {
	if !graph {
		return fmt.Sprintf("%d issues and pull requests, at least", r.issues)
	}
	issues := fmt.Sprintf("%d issues", r.issues)
	if !r.hasIssues {
		issues = "issues switched off"
	}
	return fmt.Sprintf("%s, %d pull requests, %d milestones", issues, r.pulls, r.milestones)
}

// requests is how many a first pull takes, without those for long lists within
// items.
func (r *described) requests(graph bool) int {
	pages := func(n, size int) int { return max(1, (n+size-1)/size) }
	if graph {
		return 1 + 1 + pages(r.milestones, light) + pages(r.issues, usual[0]) + pages(r.pulls, usual[0])
	}
	return 4 + pages(r.milestones, 100) + 4*pages(r.issues, 100) + 2*r.pulls
}

// restCount counts by REST, as far as it tells.
func (p *livePull) restCount(ctx context.Context) error {
	for path, n := range map[string]*int{"/issues?state=all&per_page=1": &p.repo.issues, "/pulls?state=all&per_page=1": &p.repo.pulls} {
		v, err := p.site.client.get(wire.Unkept(ctx), p.restPath(path), nil)
		if err != nil {
			return err
		}
		*n = max(v.last, len(v.Array()))
	}
	p.repo.issues = max(p.repo.issues, p.repo.pulls)
	return nil
}

// checkTeams says whether the teams that maintain a repository can be read.
func (p *livePull) checkTeams(ctx context.Context, c *wire.Checkup) error {
	if !p.repo.organisation {
		return nil
	}
	teams, err := p.teams(wire.Unkept(ctx))
	var quota *pace.QuotaError
	switch {
	case ctx.Err() != nil || errors.As(err, &quota):
		return err
	case err != nil:
		c.Add("Teams of "+p.repo.name, "cannot be read: "+err.Error(), "nothing, if teams are not to be found by who maintains a repository; else a token that may read its administration", nil)
	case len(teams) > 0:
		c.Add("Teams of "+p.repo.name, "maintained by "+strings.Join(teams, " "), "", nil)
	}
	return nil
}

// checkBoards says whether projects can be read, where there are items.
func checkBoards(m *metadata, boards map[bool][]string, c *wire.Checkup) {
	switch without := boards[false]; {
	case !m.graph || len(boards) == 0:
	case len(without) > 0:
		c.Add("Project boards", "cannot be read: "+strings.Join(without[:min(len(without), 5)], " "), "nothing, if you use no project boards; else the scope read:project, or the permission Projects: read", nil)
	default:
		c.Add("Project boards", "can be read", "", nil)
	}
}
