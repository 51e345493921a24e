package github

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/pace"
	"smokestack/connectors/wire"
)

// How a pull asks by GraphQL: pages of a size that GitHub can bear, of what the
// server knows and the token may see.

// usual is how many items a page may have. What a page takes depends on the
// items: where GitHub gives up, fewer are asked for.
var usual = []int{50, 25, 10, 5, 1}

// goodPages is how many pages must have come until more is asked for again.
const goodPages = 4

// pager asks for pages on behalf of one pull.
type pager struct {
	github *Site
	meta   *metadata
	asks   asks

	level  int    // of the site's sizes
	good   int    // pages since it changed
	cards  bool   // some board can be read
	hidden string // node id of an item over whose boards the token was refused
	notes  []connectors.Note
	// noPulls says that the token may not read pull requests.
	noPulls bool
}

// question is a page to ask for: the text of its query, and its variables.
type question struct {
	text func(asks) string
	vars func(size int) map[string]any
	// partly says that some of the items named may not be there.
	partly bool
	kept   bool // the answer holds facts
	// aside says that the answer is good without what its question asks about the
	// repository beside its items: pull requests, CODEOWNERS.
	aside bool
	// lean asks for the ids of the same list, for when GitHub gives up over a single
	// item; skip is told of that item.
	lean string
	skip func(gjson.Result)
}

// errNoGraph says that this GitHub has no GraphQL that could be used.
var errNoGraph = errors.New("GraphQL cannot be used")

// errNoList is an answer that holds no list where one was asked for.
var errNoList = errors.New("no list")

// errHeavy says that not even a single item came.
var errHeavy = errors.New("GitHub gives up over a single item")

// ask asks until an answer comes that may be kept: for less where GitHub is out
// of breath, for what the server knows, and without boards where the token may
// not see them.
func (a *pager) ask(ctx context.Context, q question) (gjson.Result, error) {
	// A page ends before an item over whose boards the token is refused; that one
	// is asked for by itself, without boards.
	boards, few := true, 0
	for {
		now := a.asks
		now.projects = now.projects && boards
		size, last := a.github.sizes[a.level], a.level == len(a.github.sizes)-1
		if few > 0 {
			size = min(size, few)
		}
		c := ctx
		if !q.kept {
			c = wire.Unkept(ctx)
		}
		v, err := a.github.client.query(c, q.text(now), q.vars(size), last)
		if err == nil {
			a.went()
			return v.Get("data"), nil
		}
		if cause := context.Cause(ctx); cause != nil {
			return gjson.Result{}, cause
		}
		var f *faults
		errors.As(err, &f)
		switch {
		case tooMuch(err, f):
			if last && f != nil {
				return gjson.Result{}, fmt.Errorf("%w: %w", errHeavy, err)
			}
			if last && a.overItem(ctx, q, err) {
				return gjson.Result{}, fmt.Errorf("%w: %w", errHeavy, err)
			}
			if last {
				return gjson.Result{}, err
			}
			a.level, a.good = a.level+1, 0
		case f == nil:
			return gjson.Result{}, err
		case f.limited():
			return gjson.Result{}, a.github.client.quota(f)
		case now.projects && f.boards():
			if !a.boardless(f) {
				few, boards = f.before(size)
			}
		case a.poorer(f):
		case len(f.unknown()) > 0:
			return gjson.Result{}, fmt.Errorf("%w: %w", errNoGraph, err)
		case f.absent():
			return gjson.Result{}, err
		case f.bearable(), q.partly && f.onlyAbsent():
			a.parts(f)
			a.went()
			return v.Get("data"), nil
		case (q.aside || a.noPulls) && f.aside():
			a.without(f)
			return v.Get("data"), nil
		default:
			return gjson.Result{}, err
		}
	}
}

// aliveQuery asks for next to nothing.
const aliveQuery = `query alive { viewer { login } }`

// overItem reports whether a server that broke down over a single item, however
// often it was asked, is up otherwise: whether it answers the light query of the
// same place.
func (a *pager) overItem(ctx context.Context, q question, err error) bool {
	if wire.StatusOf(err)/100 != 5 {
		return false
	}
	text, vars := aliveQuery, map[string]any(nil)
	if q.lean != "" {
		text, vars = q.lean, q.vars(1)
	}
	_, err = a.github.client.query(wire.Unkept(ctx), text, vars, false)
	return err == nil
}

// went counts a page that came, and grows pages again.
func (a *pager) went() {
	if a.good++; a.good >= goodPages && a.level > 0 {
		a.level, a.good = a.level-1, 0
	}
}

// tooMuch reports an answer that may come if less is asked for: one that takes
// GitHub too long, or breaks off.
func tooMuch(err error, f *faults) bool {
	if f != nil {
		return f.heavy()
	}
	switch wire.StatusOf(err) {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	var (
		quota *pace.QuotaError
		net1  *pace.Error
		dns   *net.DNSError
		cert  x509.UnknownAuthorityError
	)
	return errors.Is(err, pace.ErrTooLarge) || errors.Is(err, errBroken) || errors.As(err, &net1) && !errors.As(err, &quota) && !errors.As(err, &dns) && !errors.As(err, &cert) && !errors.Is(err, connectors.ErrRefused)
}

// before says how many items of a page to ask for, and whether with boards, where
// some boards are hidden: those that come before the first item with such a one,
// or that item alone without.
func (f *faults) before(size int) (few int, boards bool) {
	first := size
	for _, one := range f.list {
		if !one.onBoard() {
			continue
		}
		place, err := strconv.Atoi(one.node[strings.LastIndexByte(one.node, '.')+1:])
		if err != nil || place >= size { // of another list than the page
			return 1, size > 1
		}
		first = min(first, place)
	}
	if first == 0 {
		return 1, false
	}
	return min(first, max(1, size-1)), size > 1
}

// boardless goes on without boards altogether, if none can be read. It reports
// false if some can, and it is an item of the page alone that is on one that is
// hidden.
func (a *pager) boardless(f *faults) bool {
	first := f.list[0]
	all := f.any(func(one fault) bool { return one.kind == "INSUFFICIENT_SCOPES" })
	if a.cards && !all {
		a.note("project boards", "some are hidden from the token, so that the columns of items on them are not known ("+first.message+")")
		return false
	}
	a.asks.projects = false
	a.note("project boards", "the token may not read projects, so that columns of boards are not known: give it the scope read:project, or the permission Projects: read ("+first.message+")")
	if all {
		a.meta.asks.projects = false // it is the token as such
	}
	for _, one := range f.list {
		if one.node != "" && a.hidden == "" {
			a.hidden = strings.Clone(f.data.Get(one.node + ".id").String())
		}
	}
	return true
}

// poorer asks for less from now on, where that is what an answer complains of.
func (a *pager) poorer(f *faults) bool {
	unknown := f.unknown()
	return len(unknown) > 0 && a.older(unknown)
}

// older asks for less of a server that does not know all that github.com does:
// for less of what it complains of, where its words tell.
func (a *pager) older(unknown []string) bool {
	about := func(words ...string) bool {
		return slices.ContainsFunc(unknown, func(m string) bool {
			return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(m), w) })
		})
	}
	for range 2 {
		switch site := &a.meta.asks; {
		case a.asks.fields && about("issuefield"):
			a.asks.fields, site.fields = false, false
			a.note("this GitHub", "it does not know fields of issues ("+unknown[0]+")")
		case a.asks.projects && a.asks.boards && about("projectv2", "project_v2"):
			a.asks.boards, site.boards = false, false
			a.note("this GitHub", "its boards have no history ("+unknown[0]+")")
		case a.asks.recent && about("subissue", "parent", "block", "issuetype", "issue_type", "duplicate", "itemtypes"):
			a.asks.recent, site.recent = false, false
			a.note("this GitHub", "it does not know sub-issues, dependencies and types of issues ("+unknown[0]+")")
		default:
			unknown = []string{unknown[0] + " issuefield projectv2 subissue"} // its words do not tell
			continue
		}
		return true
	}
	return false
}

func (a *pager) note(subject, reason string) {
	n := connectors.Note{Kind: connectors.NoteSkipped, Subject: subject, Reason: wire.Clip(reason)}
	if !slices.Contains(a.notes, n) {
		a.notes = append(a.notes, n)
	}
}

// parts tells of what is missing of items.
func (a *pager) parts(f *faults) {
	for _, one := range f.list {
		if !one.within() {
			continue
		}
		subject := one.node
		if v := f.data.Get(one.node); v.Get("number").Exists() {
			subject = fmt.Sprintf("%s#%d", v.Get("repository.nameWithOwner").String(), v.Get("number").Int())
		} else if id := f.data.Get("node.id").String(); id != "" {
			subject = id
		}
		names := slices.DeleteFunc(slices.Clone(one.steps), func(s string) bool { return s == "#" || s == "nodes" || s == "node" || s == "repository" })
		n := connectors.Note{
			Kind: connectors.NoteMissing, Subject: wire.Clip(strings.Clone(subject)),
			Reason: wire.Clip("GitHub refuses a part of it, " + strings.Join(names, ".") + ": " + one.message),
		}
		if !slices.Contains(a.notes, n) {
			a.notes = append(a.notes, n)
		}
	}
}

// without tells what of a repository, beside its items, the token may not read.
func (a *pager) without(f *faults) {
	for _, one := range f.list {
		if one.steps[1] == "pullRequests" {
			a.noPulls = true
			a.note("pull requests", "the token may not read them: give it the permission Pull requests: read ("+one.message+")")
		} else {
			a.note("CODEOWNERS", "the token may not read it, so that who owns which path is not known: give it the permission Contents: read ("+one.message+")")
		}
	}
}

// onlyAbsent reports that all that is wrong is that some of what was named is
// not there, or what bearable allows.
func (f *faults) onlyAbsent() bool {
	return f.data.IsObject() && f.all(func(one fault) bool {
		named := len(one.steps) == 1 || len(one.steps) == 2 && one.steps[1] == "issueOrPullRequest"
		return (one.kind == "NOT_FOUND" || one.kind == "FORBIDDEN" || one.saml) && (named || one.onItem()) ||
			one.withheld() && (one.atReference() || one.within())
	})
}

// connection reads the pages of a list of a repository, each node by itself,
// until each returns false.
func (a *pager) connection(ctx context.Context, q question, list string, each func(nodes []gjson.Result, total int) (bool, error)) error {
	after, seen := any(nil), map[string]bool{}
	for {
		one := q
		one.vars = func(size int) map[string]any {
			vars := q.vars(size)
			vars["after"] = after
			return vars
		}
		data, err := a.ask(ctx, one)
		heavy := errors.Is(err, errHeavy) && q.lean != ""
		if heavy {
			one.text, one.kept = func(asks) string { return q.lean }, false
			data, err = a.ask(ctx, one)
		}
		if err != nil {
			return err
		}
		v := data.Get(list)
		if !v.Get("nodes").IsArray() {
			return fmt.Errorf("%w: %w", errNoList, a.github.errShape(list, "holds no list"))
		}
		nodes := slices.DeleteFunc(v.Get("nodes").Array(), func(n gjson.Result) bool { return n.Type == gjson.Null })
		if hidden := len(v.Get("nodes").Array()) - len(nodes); hidden > 0 {
			a.notes = append(a.notes, connectors.Note{Kind: connectors.NoteMissing, Subject: list, Reason: fmt.Sprintf("%d entries of a page are hidden from the token", hidden)})
		}
		for _, n := range nodes {
			if n.Get("id").String() == "" {
				return a.github.errShape(list, "holds what is no item")
			}
		}
		if heavy && len(nodes) > 0 {
			q.skip(nodes[0])
			nodes = nil
		}
		more, err := each(nodes, int(v.Get("totalCount").Int()))
		if err != nil || !more || !v.Get("pageInfo.hasNextPage").Bool() {
			return err
		}
		cursor := strings.Clone(v.Get("pageInfo.endCursor").String())
		if cursor == "" || seen[cursor] {
			return a.github.errShape(list, "names a page that was read before, or none")
		}
		if len(seen) >= pagesMost {
			return a.github.errShape(list, "goes on without end")
		}
		seen[cursor] = true
		after = cursor
	}
}

// The queries that ask for no more than what is there.

const countsQuery = `query counts($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { issues(first: 1) { totalCount } pullRequests(first: 1) { totalCount } }
}`

const issueNumbersQuery = `query issueNumbers($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    issues(first: $first, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id number }
    }
  }
}`

const pullNumbersQuery = `query pullNumbers($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: $first, after: $after, orderBy: {field: CREATED_AT, direction: ASC}) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id number }
    }
  }
}`

// leanIssuesQuery and leanPullsQuery go through the lists of issues and pull
// requests as the whole queries do.
const leanIssuesQuery = `query leanIssues($owner: String!, $name: String!, $first: Int!, $after: String, $since: DateTime) {
  repository(owner: $owner, name: $name) {
    issues(first: $first, after: $after, filterBy: {since: $since}, orderBy: {field: UPDATED_AT, direction: ASC}) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id number updatedAt }
    }
  }
}`

const leanPullsQuery = `query leanPulls($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: ASC}) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id number updatedAt }
    }
  }
}`

const pullsNewestQuery = `query pullsNewest($owner: String!, $name: String!, $first: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: DESC}) {
      totalCount pageInfo { hasNextPage endCursor } nodes { id number updatedAt }
    }
  }
}`

const boardItemsQuery = `query boardItems($id: ID!, $first: Int!, $after: String) {
  node(id: $id) {
    ... on ProjectV2 {
      items(first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor }
        nodes {
          id isArchived updatedAt
          fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } }
          content {
            ... on Issue { id number repository { nameWithOwner } }
            ... on PullRequest { id number repository { nameWithOwner } }
          }
        }
      }
    }
  }
}`

// namedQuery asks by number which items there are, and when they were updated:
// the keys of several repositories, as i0, i1 …
func namedQuery(keys []string, recent bool) string {
	parent := ""
	if recent {
		parent = " parent { number repository { nameWithOwner } }"
	}
	var b strings.Builder
	b.WriteString("query named {\n")
	for i, key := range keys {
		repository, number, _ := strings.Cut(key, "#")
		owner, name, _ := strings.Cut(repository, "/")
		fmt.Fprintf(&b, "  i%d: repository(owner: %q, name: %q) { nameWithOwner issueOrPullRequest(number: %s) { ... on Issue { id updatedAt%s } ... on PullRequest { id updatedAt } } }\n", i, owner, name, number, parent)
	}
	b.WriteString("}")
	return b.String()
}

// light is how many ids are asked for at a time.
const light = 100

// ids lists the node ids of all that a light query lists, by number.
func (a *pager) ids(ctx context.Context, text, list string, vars map[string]any) (map[int]string, error) {
	out := map[int]string{}
	q := question{text: func(asks) string { return text }, vars: a.light(vars)}
	err := a.connection(ctx, q, list, func(nodes []gjson.Result, _ int) (bool, error) {
		for _, n := range nodes {
			out[int(n.Get("number").Int())] = strings.Clone(n.Get("id").String())
		}
		return true, nil
	})
	return out, err
}

// light adds to the variables how much is asked for: a lot, unless GitHub is out
// of breath altogether.
func (a *pager) light(vars map[string]any) func(int) map[string]any {
	return func(size int) map[string]any {
		out := map[string]any{"first": min(light, 2*size)}
		for k, v := range vars {
			out[k] = v
		}
		return out
	}
}

// named is an item as a light query tells of it.
type named struct {
	id      string
	updated fact.Instant
	key     string // by the present name of its repository
	parent  string // key
}

// named looks up items by their keys. Those that are not there, or not visible,
// are left out.
func (a *pager) named(ctx context.Context, keys []string) (map[string]named, error) {
	out := map[string]named{}
	keys = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !itemKey.MatchString(k) })
	for part := range slices.Chunk(keys, light) {
		data, err := a.ask(ctx, question{text: func(now asks) string { return namedQuery(part, now.recent) }, vars: func(int) map[string]any { return nil }, partly: true})
		if err != nil {
			return nil, err
		}
		for i, key := range part {
			of := data.Get(fmt.Sprintf("i%d", i))
			v := of.Get("issueOrPullRequest")
			if id := v.Get("id").String(); id != "" {
				_, number, _ := strings.Cut(key, "#")
				now := of.Get("nameWithOwner").String() + "#" + number
				parent := ""
				if of := v.Get("parent"); of.IsObject() {
					parent = fmt.Sprintf("%s#%d", of.Get("repository.nameWithOwner").String(), of.Get("number").Int())
				}
				out[key] = named{strings.Clone(id), instant(v.Get("updatedAt")), now, parent}
			}
		}
	}
	return out, nil
}
