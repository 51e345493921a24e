package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/wire"
)

// Check looks whether a pull of the sources, all of this site, would work: it
// asks what a pull asks first, and for the number of issues.
func (s *Site) Check(ctx context.Context, sources []*Live) (*wire.Checkup, error) {
	c := &wire.Checkup{}
	began, before := s.now(), s.Usage().Requests
	m, err := s.about(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		s.unreachable(ctx, err, c)
		return c, nil
	}
	kind := "Data Center or Server "
	if m.cloud {
		kind = "Cloud "
	}
	c.Add("Reachable", "yes, as "+kind+oneLine(clip(m.version))+" at "+m.site, "", nil)
	c.Add("Credentials", "accepted, as "+m.who()+" (zone "+oneLine(clip(m.me.TimeZone))+")", "", nil)
	c.Vague = m.vague
	c.Requests = 5
	for _, l := range sources {
		if err := s.checkSource(ctx, m, l, c); err != nil {
			return nil, err
		}
	}
	if n := s.Usage().Requests - before; n > 0 {
		c.Time = s.now().Sub(began) / time.Duration(n) * time.Duration(c.Requests)
	}
	return c, nil
}

// unreachable says why nothing else could be asked.
func (s *Site) unreachable(ctx context.Context, err error, c *wire.Checkup) {
	if !errors.Is(err, connectors.ErrRefused) {
		c.Add("Reachable", err.Error(), "the address, the network, a proxy in HTTPS_PROXY", err)
		return
	}
	c.Add("Reachable", "yes", "", nil)
	todo := "make a new token, and give the e-mail of its account (Cloud) or none (Data Center)"
	if gateway := s.gateway(ctx); gateway != "" {
		todo += "; a token with scopes works at this address only: " + gateway
	}
	c.Add("Credentials", err.Error(), todo, err)
}

// gateway finds the address that tokens with scopes need. It asks without
// credentials.
func (s *Site) gateway(ctx context.Context) string {
	if !strings.HasSuffix(s.client.base.Host, ".atlassian.net") {
		return ""
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.client.base.String()+"/_edge/tenant_info", nil)
	if err != nil {
		return ""
	}
	resp, err := s.client.pace.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		return ""
	}
	defer resp.Body.Close()
	var tenant struct {
		CloudID string `json:"cloudId"`
	}
	if json.NewDecoder(resp.Body).Decode(&tenant) != nil || strings.Trim(tenant.CloudID, "0123456789abcdefABCDEF-") != "" || tenant.CloudID == "" {
		return ""
	}
	return "https://api.atlassian.com/ex/jira/" + tenant.CloudID
}

// checkSource looks at one project, or one query.
func (s *Site) checkSource(ctx context.Context, m *metadata, l *Live, c *wire.Checkup) error {
	what := l.Name()
	if l.project != "" {
		what = "Project " + l.project
		if _, err := s.projectWords(ctx, m, l.project); err != nil {
			return c.Gap(ctx, what, err, "")
		}
		c.Visible = append(c.Visible, l.project)
	}
	n, err := s.number(ctx, m, l.where)
	if err != nil {
		return c.Gap(ctx, what, l.refused(err), "correct the query")
	}
	found := fmt.Sprintf("%d issues", n)
	if n == 0 {
		c.Add(what, found, "is that right? An account without the permission to browse sees none", nil)
	} else {
		c.Add(what, found, "", nil)
	}
	c.Items += n
	c.Requests += requests(m, n)
	if l.project == "" {
		return nil
	}
	c.Requests++
	return s.checkBoards(ctx, m, l, c)
}

func (s *Site) checkBoards(ctx context.Context, m *metadata, l *Live, c *wire.Checkup) error {
	before := s.Usage().Requests
	terms, notes, err := s.boards(ctx, m, l.project)
	if err != nil {
		return c.Gap(ctx, "Boards of "+l.project, err, "")
	}
	c.Requests += int(s.Usage().Requests - before)
	found, todo := "no board tells of estimates or sprints", ""
	if len(terms) > 0 {
		found = fmt.Sprintf("estimates and sprints: %d words", len(terms))
	}
	if len(notes) > 0 {
		found = notes[0].Reason
		todo = "nothing, if you do not need estimates; else the scopes read:board-scope:jira-software, read:board-scope.admin:jira-software and read:sprint:jira-software"
	}
	c.Add("Boards of "+l.project, found, todo, nil)
	return nil
}

// requests is how many a first pull of n issues takes, without those for words
// and boards.
func requests(m *metadata, n int) int {
	pages := func(size int) int { return max(1, (n+size-1)/size) }
	if m.cloud {
		return 1 + pages(cloudPage) + (n+batchIssues-1)/batchIssues + pages(cloudIDs)
	}
	return pages(centerPage) + pages(centerIDs)
}

// number counts the issues of a query: about, on Cloud.
func (s *Site) number(ctx context.Context, m *metadata, w where) (int, error) {
	if m.cloud {
		return s.count(ctx, w)
	}
	v, err := s.client.post(unkept(ctx), "rest/api/2/search", map[string]any{"jql": string(w), "maxResults": 0, "fields": []string{"id"}})
	if err != nil {
		return 0, err
	}
	return int(v.Get("total").Int()), nil
}

// Host is the address that requests go to.
func (s *Site) Host() string { return s.client.base.String() }

// Of reports whether the source reads this site.
func (l *Live) Of(s *Site) bool { return l.site == s }
