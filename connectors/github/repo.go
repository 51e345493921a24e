package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/pace"
	"smokestack/connectors/wire"
)

// What a repository is, and who owns what in it.

// described is what a pull needs to know of a repository.
type described struct {
	id, name                  string // name as it is now: acme/shop
	hasIssues                 bool
	organisation              bool // owned by one, not by a person
	issues, pulls, milestones int  // how many it counts; by GraphQL
	owners                    string
}

// ownerFiles are where GitHub looks for who owns what; the first counts.
var ownerFiles = []string{".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"}

const repositoryQuery = `query repository($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    id databaseId nameWithOwner hasIssuesEnabled
    owner { __typename login }
    issues(first: 1) { totalCount }
    pullRequests(first: 1) { totalCount }
    milestones(first: 1) { totalCount }
    owners0: object(expression: "HEAD:.github/CODEOWNERS") { ... on Blob { text } }
    owners1: object(expression: "HEAD:CODEOWNERS") { ... on Blob { text } }
    owners2: object(expression: "HEAD:docs/CODEOWNERS") { ... on Blob { text } }
  }
}`

// about asks what the repository is.
func (p *livePull) about(ctx context.Context) error {
	data, err := p.ask(ctx, question{kept: true, aside: true, text: func(asks) string { return repositoryQuery }, vars: func(int) map[string]any {
		return map[string]any{"owner": p.owner, "name": p.name}
	}})
	var f *faults
	if errors.As(err, &f) && f.absent() && f.any(func(one fault) bool { return one.saml || strings.Contains(one.message, "SAML") }) {
		err = fmt.Errorf("%s: %w", p.site.client.signOn(), err)
	}
	if f != nil && f.absent() {
		return p.site.gap(p.meta, p.full(), err)
	}
	if err != nil {
		return err
	}
	v := data.Get("repository")
	p.repo = described{
		id: v.Get("databaseId").String(), name: v.Get("nameWithOwner").String(), hasIssues: v.Get("hasIssuesEnabled").Bool(),
		organisation: v.Get("owner.__typename").String() == "Organization",
		issues:       int(v.Get("issues.totalCount").Int()), pulls: int(v.Get("pullRequests.totalCount").Int()), milestones: int(v.Get("milestones.totalCount").Int()),
	}
	for i := range ownerFiles {
		if text := v.Get(fmt.Sprintf("owners%d.text", i)).String(); p.repo.owners == "" {
			p.repo.owners = strings.Clone(text)
		}
	}
	return p.settled()
}

// settled makes sure that what answers is a repository.
func (p *livePull) settled() error {
	p.repo.id, p.repo.name = strings.Clone(p.repo.id), strings.Clone(p.repo.name)
	if p.repo.id == "" || !isRepository(p.repo.name) {
		return p.site.errShape("what the repository "+p.full()+" is", "has another form than GitHub's")
	}
	p.now = p.site.now()
	if p.site.client.record != nil {
		p.site.client.record.About(p.site.client.web.String(), p.now)
	}
	return nil
}

// words tells, with the first batch, who owns what.
func (p *livePull) words(ctx context.Context) error {
	web := p.site.client.web.String()
	if p.repo.owners != "" {
		p.next.Term(fact.Term{Site: web, Kind: fact.TermOwners, ID: p.repo.name, Name: fact.CodeOwners, Schema: teamOwners(p.repo.owners)})
		p.notes = append(p.notes, ownersNote(p.repo.name, p.repo.owners)...)
	}
	if !p.repo.organisation || p.now-p.at.Owners < daily && p.at.Owners <= p.now {
		return nil
	}
	teams, err := p.teams(ctx)
	var quota *pace.QuotaError
	switch status := wire.StatusOf(err); {
	case err == nil:
		p.next.Term(fact.Term{Site: web, Kind: fact.TermOwners, ID: p.repo.name, Name: fact.TeamOwners, Schema: strings.Join(teams, "\n")})
	case errors.As(err, &quota), status != http.StatusForbidden && status != http.StatusNotFound:
		return err
	default:
		p.notes = append(p.notes, connectors.Note{Kind: connectors.NoteSkipped, Subject: p.repo.name, Reason: wire.Clip("the teams that maintain it cannot be read: " + err.Error())})
	}
	p.at.Owners = p.now
	return nil
}

// teams lists the teams that maintain the repository, as @acme/payments.
func (p *livePull) teams(ctx context.Context) ([]string, error) {
	owner, _, _ := strings.Cut(p.repo.name, "/")
	var out []string
	err := p.site.pages(ctx, "repos/"+p.repo.name+"/teams?per_page=100", func(t gjson.Result) error {
		switch t.Get("permission").String() {
		case "admin", "maintain":
			out = append(out, "@"+owner+"/"+t.Get("slug").String())
		}
		return nil
	})
	return out, err
}

// probe finds out by the smallest page what the token may read, and the server
// knows.
func (p *livePull) probe(ctx context.Context) error {
	vars := p.vars()
	vars["first"] = 1
	_, err := p.ask(wire.Unkept(ctx), question{text: asks.issues, vars: func(int) map[string]any { return vars }, kept: true})
	if err == nil && p.at.Hidden != "" {
		ids := map[string]any{"ids": []string{p.at.Hidden}}
		_, err = p.ask(wire.Unkept(ctx), question{text: asks.nodes, vars: func(int) map[string]any { return ids }, kept: true, partly: true})
	}
	return err
}

// restAbout is about by REST.
func (p *livePull) restAbout(ctx context.Context) error {
	v, err := p.site.client.get(ctx, "repos/"+url.PathEscape(p.owner)+"/"+url.PathEscape(p.name), nil)
	switch status := wire.StatusOf(err); {
	case status == http.StatusNotFound, status == http.StatusForbidden && errors.Is(err, connectors.ErrRefused), status == http.StatusUnavailableForLegalReasons:
		return p.site.gap(p.meta, p.full(), err)
	case err != nil:
		return err
	}
	p.repo = described{
		id: v.Get("id").String(), name: v.Get("full_name").String(), hasIssues: v.Get("has_issues").Bool(),
		organisation: v.Get("owner.type").String() == "Organization",
	}
	if err := p.settled(); err != nil {
		return err
	}
	owner, name, _ := strings.Cut(p.repo.name, "/")
	for _, file := range ownerFiles {
		content, _, resp, err := p.site.client.hub.Repositories.GetContents(ctx, owner, name, file, nil)
		switch {
		case err != nil && (resp == nil || resp.Response == nil):
			return p.site.client.safe(ctx, p.site.client.unreached(ctx, err))
		case err != nil && resp.StatusCode != http.StatusNotFound:
			p.notes = append(p.notes, connectors.Note{Kind: connectors.NoteSkipped, Subject: p.repo.name, Reason: fmt.Sprintf("who owns which path cannot be read: GitHub answers %d", resp.StatusCode)})
			return nil
		case err != nil || content == nil:
			continue
		}
		if text, err := content.GetContent(); err == nil && text != "" {
			p.repo.owners = text
			break
		}
	}
	return nil
}

func itemNumber(v gjson.Result) string { return strconv.FormatInt(v.Get("number").Int(), 10) }
