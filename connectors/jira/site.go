package jira

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	gojira "github.com/andygrunwald/go-jira"
	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/pace"
	"smokestack/connectors/wire"
)

// Site is one Jira, of Cloud or a Data Center, as one account sees it. Its
// sources share what needs to be asked only once. It is not safe for use by
// several goroutines at once.
type Site struct {
	client *client
	now    func() time.Time

	mu      sync.Mutex
	meta    *metadata                   // nil until somebody needed it
	failed  error                       // why it cannot be had
	boarded map[string]connectors.Batch // what boards told, by their ids: some are of several projects

	batch int // issues handed over at a time
}

// NewSite prepares the way to a Jira. It sends nothing.
func NewSite(o Options) (*Site, error) {
	c, err := newClient(o)
	if err != nil {
		return nil, err
	}
	s := &Site{client: c, now: o.Now, batch: batchIssues, boarded: map[string]connectors.Batch{}}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Usage tells how many requests were sent, and how often was waited.
func (s *Site) Usage() pace.Usage { return s.client.pace.Usage() }

// Project is the source of one project's issues, by its key.
func (s *Site) Project(key string) *Live {
	return &Live{site: s, project: strings.ToUpper(key), where: project(strings.ToUpper(key))}
}

// Query is the source of the issues that a query of JQL selects. Its order
// does not matter.
func (s *Site) Query(jql string) (*Live, error) {
	w, err := parseWhere(jql)
	if err != nil {
		return nil, err
	}
	return &Live{site: s, where: w}, nil
}

// metadata is what a Jira says of itself.
type metadata struct {
	cloud   bool
	version string
	site    string       // the address that people know it by
	now     fact.Instant // the server's, when it was asked
	me      gojira.User
	fields  []string // custom fields that answers are to hold, sorted
	terms   []fact.Term
	// Statuses of which Jira does not say what they mean.
	vague []string
}

// about asks what the Jira is and what its words mean, once.
func (s *Site) about(ctx context.Context) (*metadata, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.meta != nil || s.failed != nil {
		return s.meta, s.failed
	}
	if s.client.unsigned {
		return nil, fmt.Errorf("%w: no token for %s: set JIRA_TOKEN, and on Cloud JIRA_EMAIL", ErrOptions, s.client.base)
	}
	m := &metadata{}
	for _, ask := range []func(context.Context, *metadata) error{s.server, s.self, s.words} {
		if err := ask(ctx, m); err != nil {
			if ctx.Err() == nil {
				s.failed = err // the other sources need not ask again
			}
			return nil, err
		}
	}
	s.meta = m
	return m, nil
}

// server tells Cloud from a Data Center.
func (s *Site) server(ctx context.Context, m *metadata) error {
	v, err := s.client.get(unkept(ctx), "rest/api/2/serverInfo", nil)
	if wire.StatusOf(err) == 404 {
		return fmt.Errorf("%w: is %s the address of a Jira? A Data Center may live under a path, such as %s/jira", err, s.client.base, s.client.base)
	}
	if err != nil {
		return err
	}
	kind := v.Get("deploymentType").String()
	if kind == "" || !v.Get("version").Exists() {
		return fmt.Errorf("%s: what answers there is no Jira", s.client.base)
	}
	m.cloud, m.version = strings.EqualFold(kind, "Cloud"), v.Get("version").String()
	m.site = s.client.base.String()
	if strings.Contains(s.client.base.Path, "/ex/jira/") {
		// People know the site by its own address, not by the gateway's.
		base, err := url.Parse(v.Get("baseUrl").String())
		if err != nil || base.Host == "" {
			return fmt.Errorf("%s: the gateway does not say which site it stands for", s.client.base)
		}
		m.site = strings.TrimRight(strings.ToLower(base.Scheme+"://"+base.Host)+base.Path, "/")
	}
	if m.now = instant(v.Get("serverTime")); m.now == 0 {
		m.now = fact.At(s.now())
	}
	if s.client.record != nil {
		s.client.record.About(m.site, m.now)
	}
	return nil
}

// self makes sure that Jira knows who asks: a token that it does not accept
// may be answered as nobody's, with fewer issues and no error.
func (s *Site) self(ctx context.Context, m *metadata) error {
	v, err := s.client.get(unkept(ctx), "rest/api/2/myself", nil)
	if err != nil {
		return err
	}
	m.me = gojira.User{AccountID: v.Get("accountId").String(), Name: v.Get("name").String(), DisplayName: v.Get("displayName").String(), TimeZone: v.Get("timeZone").String()}
	if m.me.AccountID == "" && m.me.Name == "" && v.Get("key").String() == "" {
		return fmt.Errorf("%s: %w: it does not say as whom it answers: the token was not accepted, and what nobody in particular may see is not the whole", s.client.base, connectors.ErrRefused)
	}
	return nil
}

// words asks for the fields, statuses and link types.
func (s *Site) words(ctx context.Context, m *metadata) error {
	a := s.answers(m)
	fields, err := s.client.get(ctx, "rest/api/2/field", nil)
	if err != nil {
		return err
	}
	statuses, err := s.client.get(ctx, "rest/api/2/status", nil)
	if err != nil {
		return err
	}
	types, err := s.client.get(ctx, "rest/api/2/issueLinkType", nil)
	if err != nil && wire.StatusOf(err) != 404 { // which it answers where links are switched off
		return err
	}
	if !fields.IsArray() || !statuses.IsArray() || err == nil && !types.Get("issueLinkTypes").IsArray() {
		return fmt.Errorf("%s: the lists of fields, statuses and link types have another form than Jira's", s.client.base)
	}
	for _, v := range fields.Array() {
		if id := v.Get("id").String(); v.Get("custom").Bool() && wanted(v.Get("schema")) {
			m.fields = append(m.fields, id)
		}
		a.word(v)
	}
	for _, v := range statuses.Array() {
		a.word(v)
		if key := v.Get("statusCategory.key").String(); key == "" || key == "undefined" {
			m.vague = append(m.vague, v.Get("name").String())
		}
	}
	a.linkTypes(types)
	slices.Sort(m.fields)
	m.fields = slices.Compact(m.fields)
	slices.Sort(m.vague)
	m.vague = slices.Compact(m.vague)
	m.terms = a.take().Terms
	return nil
}

// answers begins to read answers of this site.
func (s *Site) answers(m *metadata) *answers {
	a := &answers{decoded: newDecoded(), site: m.site}
	a.only, a.Seen = m.site, m.now
	return a
}

// wanted says whether a custom field may hold what is kept: sprints, parents,
// teams, numbers and answers out of closed sets. Texts, people and dates are
// not asked for.
func wanted(schema gjson.Result) bool {
	custom := schema.Get("custom").String()
	for _, end := range []string{":gh-sprint", ":gh-epic-link", ":jpo-custom-field-parent", ":atlassian-team", ":rm-teams-custom-field-team", ":rm-jpo-custom-field-team"} {
		if strings.HasSuffix(custom, end) {
			return true
		}
	}
	switch schema.Get("type").String() {
	case "number", "option", "option-with-child", "team":
		return true
	case "array":
		return schema.Get("items").String() == "option"
	}
	return false
}

// systemFields are Jira's own fields that answers are to hold.
var systemFields = []string{
	"summary", "project", "issuetype", "status", "resolution", "priority", "created", "updated", "resolutiondate", "duedate",
	"parent", "components", "labels", "fixVersions", "issuelinks", "creator", "reporter", "assignee", "comment", "worklog",
}

func (m *metadata) ask() []string { return slices.Concat(systemFields, m.fields) }

// errGap is a part of what was asked for that this account cannot see.
var errGap = errors.New("not visible")

// project asks for one project: its name, its types with their levels, its
// releases.
func (s *Site) projectWords(ctx context.Context, m *metadata, key string) ([]fact.Term, error) {
	v, err := s.client.get(ctx, "rest/api/2/project/"+url.PathEscape(key), nil)
	if wire.StatusOf(err) == 404 || errors.Is(err, connectors.ErrRefused) && wire.StatusOf(err) == 403 {
		return nil, fmt.Errorf("project %s: %w to %s, or not there (%w); check the key, and the permission to browse the project", key, errGap, m.who(), connectors.ErrRefused)
	}
	if err != nil {
		return nil, err
	}
	if v.Get("key").String() == "" {
		return nil, fmt.Errorf("%s: the answer about project %s has another form than Jira's", s.client.base, key)
	}
	a := s.answers(m)
	a.projectWords(v)
	return a.take().Terms, nil
}

// who says as whom Jira answers, for the eyes of the one who asks.
func (m *metadata) who() string {
	for _, name := range []string{m.me.DisplayName, m.me.Name, m.me.AccountID} {
		if name != "" {
			return oneLine(clip(name))
		}
	}
	return "this account"
}

// boards asks for the boards of a project: which field holds estimates, and
// when sprints began and ended, which moves without any issue being updated.
// A site without boards, or a token that may not see them, is no error; what
// cannot be known is noted.
func (s *Site) boards(ctx context.Context, m *metadata, project string) ([]fact.Term, []connectors.Note, error) {
	var terms []fact.Term
	var notes []connectors.Note
	var boards []gjson.Result
	err := s.pages(ctx, "rest/agile/1.0/board", url.Values{"projectKeyOrId": {project}}, func(v gjson.Result) { boards = append(boards, v) })
	if optional(err) {
		return nil, []connectors.Note{s.boardless("project "+project, err)}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	for _, b := range boards {
		id := b.Get("id").String()
		words, ok := s.boarded[id]
		if !ok {
			if words, err = s.board(ctx, m, b); err != nil {
				return nil, nil, err
			}
			s.boarded[strings.Clone(id)] = words
		}
		terms, notes = append(terms, words.Terms...), append(notes, words.Notes...)
	}
	return terms, notes, nil
}

// board asks for one board.
func (s *Site) board(ctx context.Context, m *metadata, b gjson.Result) (connectors.Batch, error) {
	a := s.answers(m)
	path := "rest/agile/1.0/board/" + url.PathEscape(b.Get("id").String())
	conf, err := s.client.get(ctx, path+"/configuration", nil)
	if err == nil {
		a.estimation(conf)
	}
	if (err == nil || optional(err)) && b.Get("type").String() != "kanban" {
		missed := err
		if err = s.pages(ctx, path+"/sprint", nil, func(v gjson.Result) { a.sprintWord(v) }); err == nil {
			err = missed
		}
	}
	words := a.take()
	if optional(err) {
		words.Notes = append(words.Notes, s.boardless("board "+clip(b.Get("name").String()), err))
		err = nil
	}
	return words, err
}

func (s *Site) boardless(what string, err error) connectors.Note {
	return connectors.Note{
		Kind: connectors.NoteSkipped, Subject: what,
		Reason: clip("boards tell of estimates and sprints, and cannot be read: " + s.client.secrets.Replace(err.Error())),
	}
}

// optional recognises what an account without boards, or without the right to
// see them, is answered: team-managed boards refuse sprints, for one.
func optional(err error) bool {
	switch wire.StatusOf(err) {
	case 400, 403, 404:
		return true
	}
	return err != nil && errors.Is(err, connectors.ErrRefused) && wire.StatusOf(err) == 401
}

// listMost is more than any list of boards, or of a board's sprints, holds.
const listMost = 20_000

// pages reads a list that counts its entries from startAt.
func (s *Site) pages(ctx context.Context, path string, query url.Values, each func(gjson.Result)) error {
	const most = 50 // what Jira gives at a time
	q := url.Values{"maxResults": {fmt.Sprint(most)}}
	for k, v := range query {
		q[k] = v
	}
	for at := 0; ; {
		q.Set("startAt", fmt.Sprint(at))
		v, err := s.client.get(ctx, path, q)
		if err != nil {
			return err
		}
		values := v.Get("values").Array()
		if !v.Get("values").IsArray() || int(v.Get("startAt").Int()) != at {
			return fmt.Errorf("%s: the answer to %s is another page than was asked for", s.client.base, path)
		}
		for _, e := range values {
			each(e)
		}
		if at += len(values); at > listMost {
			return s.errShape(path, "goes on without end")
		}
		if v.Get("isLast").Bool() || len(values) == 0 || v.Get("total").Exists() && at >= int(v.Get("total").Int()) {
			return nil
		}
	}
}
