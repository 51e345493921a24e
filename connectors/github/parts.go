package github

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/saved"
	"smokestack/connectors/wire"
)

// An archive may hold an issue in one answer and its events, reviews or further
// pages in others, in any order. Such parts are collected before items are
// decoded, so that each item comes whole.

// part is an answer, or an element of one, that belongs to an item.
type part struct {
	kind  string // what it is: see the constants
	file  string
	data  string // JSON
	seen  fact.Instant
	after string // of a further page by GraphQL: the mark that it was asked for behind; "?": not known
	page  string // the address of the page that it came with
	done  bool   // no more of them follow
}

// The kinds of parts.
const (
	partEvent       = "event"
	partReview      = "review"
	partComment     = "comment"
	partLineComment = "comment on a line"
	partCommit      = "commit"
	partFile        = "file"
	partBlockedBy   = "blocker"
	partBlocking    = "blocked issue"
	partSubIssue    = "sub-issue"
	partPull        = "pull request's own answer"
	partFurther     = "further page"
	partNone        = "empty list"
)

// parts are those of an archive, by the item that they belong to.
type parts struct {
	list  []part
	of    map[string][]int // by key, in lower case, or record id
	files map[string]bool  // that were looked through
	// since is the instant from which on a repository's list of events is there; of
	// an item that was made later all events are.
	since map[string]fact.Instant
	// elements counts what came with each page, to find out which was the last.
	elements map[string]int
	names    map[string]string // of repositories, by id
}

func newParts() *parts {
	return &parts{of: map[string][]int{}, files: map[string]bool{}, since: map[string]fact.Instant{}, elements: map[string]int{}, names: map[string]string{}}
}

// mayHoldParts looks at how a file, or a value, begins: what holds whole items
// does not.
func mayHoldParts(head []byte) bool {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	return len(text) > 0 && (text[0] == '{' || text[0] == '[') && !bytes.HasPrefix(text, []byte(`{"type"`)) && !bytes.HasPrefix(text, []byte(`{"magic"`))
}

// collect looks for parts in an archive.
func (a *Archive) collect(ctx context.Context) (*parts, error) {
	p := newParts()
	err := a.files.Scan(ctx, mayHoldParts, p.take)
	p.settle()
	return p, err
}

// take looks for parts in a piece of a file.
func (p *parts) take(c saved.Chunk) {
	p.files[c.File] = true
	if c.Key != "" && c.Key != saved.KeyArray {
		return
	}
	for _, raw := range c.Values {
		if mayHoldParts(raw) {
			raw, _ = saved.Repair(raw)
			p.value(gjson.ParseBytes(raw), c.File, envelope{}, 0)
		}
	}
}

// envelope is what an answer was saved with.
type envelope struct {
	url, site string
	seen      fact.Instant
	after     string // the mark in the request's variables; "?": no request
}

// isEnvelope recognises an answer that was saved with its address.
func isEnvelope(v gjson.Result) bool {
	return v.Get("data").Exists() && v.Get("url").Type == gjson.String
}

func envelopeOf(v gjson.Result) envelope {
	e := envelope{url: v.Get("url").Str, site: siteAddress(v.Get("site").String()), seen: fact.Instant(min(max(v.Get("seen").Int(), 0), int64(latest))), after: "?"}
	if v.Get("request.variables").Exists() {
		e.after = v.Get("request.variables.after").String()
	}
	return e
}

// value looks for parts in a value: a list of answers may hold lists.
func (p *parts) value(v gjson.Result, file string, e envelope, depth int) {
	if v.IsObject() && isEnvelope(v) && e.url == "" {
		p.value(v.Get("data"), file, envelopeOf(v), depth)
		return
	}
	if v.IsArray() && depth < 2 {
		n := 0
		v.ForEach(func(_, one gjson.Result) bool {
			n++
			p.value(one, file, e, depth+1)
			return true
		})
		if of, ok := partOf(gjson.Result{}, e.url); ok && n == 0 {
			p.add(of.key, part{kind: partNone, file: file, seen: e.seen, page: e.url, done: true})
		}
		return
	}
	if n := v.Get("data.node"); n.IsObject() {
		p.further(n, file, e)
		return
	}
	p.name(v)
	if of, ok := partOf(v, e.url); ok {
		page := e.url
		if page == "" {
			page = file
		}
		data := strings.Clone(v.Raw)
		if of.kind == partPull {
			data = slimPull(v)
		}
		p.elements[page]++
		p.add(of.key, part{kind: of.kind, file: file, data: data, seen: e.seen, page: page})
	}
}

// pullMembers are what [decoded.restItem] reads of a pull request's own answer.
// The rest of it, above all three repositories and a dozen of addresses, is most
// of its twenty kilobytes.
var pullMembers = map[string]bool{
	"id": true, "node_id": true, "number": true, "url": true, "html_url": true, "repository_url": true, "issue_url": true,
	"title": true, "body": true, "state": true, "state_reason": true, "draft": true,
	"created_at": true, "updated_at": true, "closed_at": true, "merged_at": true, "merge_commit_sha": true, "pull_request": true,
	"user": true, "assignee": true, "assignees": true, "labels": true, "milestone": true,
	"comments": true, "review_comments": true, "commits": true, "changed_files": true, "additions": true, "deletions": true,
}

// slimPull returns a pull request's own answer with what is read of it.
func slimPull(v gjson.Result) string {
	var b strings.Builder
	b.WriteByte('{')
	v.ForEach(func(k, m gjson.Result) bool {
		raw := m.Raw
		switch {
		case k.Str == "head", k.Str == "base":
			raw = slimEnd(m)
		case !pullMembers[k.Str]:
			return true
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(k.Raw + ":" + raw)
		return true
	})
	b.WriteByte('}')
	return strings.Clone(b.String())
}

// slimEnd returns one of the two branches of a pull request with its name, and
// which repository it is of.
func slimEnd(v gjson.Result) string {
	if !v.IsObject() {
		return v.Raw
	}
	var members []string
	if ref := v.Get("ref"); ref.Exists() {
		members = append(members, `"ref":`+ref.Raw)
	}
	if repo := v.Get("repo"); repo.IsObject() {
		var of []string
		for _, name := range []string{"id", "full_name"} {
			if m := repo.Get(name); m.Exists() {
				of = append(of, fmt.Sprintf("%q:%s", name, m.Raw))
			}
		}
		members = append(members, `"repo":{`+strings.Join(of, ",")+"}")
	}
	return "{" + strings.Join(members, ",") + "}"
}

// further keeps a further page of a list within an item.
func (p *parts) further(n gjson.Result, file string, e envelope) {
	if id := n.Get("id").String(); id != "" && !n.Get("title").Exists() {
		p.add(recordIDOf(classOf(n), id), part{kind: partFurther, file: file, data: strings.Clone(n.Raw), seen: e.seen, after: e.after, page: file})
	}
}

func (p *parts) add(key string, one part) {
	key = strings.ToLower(key)
	p.of[key] = append(p.of[key], len(p.list))
	p.list = append(p.list, one)
}

// name learns what a repository is called.
func (p *parts) name(v gjson.Result) {
	repo := v
	if base := v.Get("base.repo"); base.Exists() {
		repo = base
	}
	if id, key := digitsOf(repo.Get("id")), repo.Get("full_name").String(); id != "" && key != "" {
		p.names[id] = strings.ToLower(key)
	}
	if n, ok := nodeOf(v.Get("node_id").String()); ok && n.repository != 0 {
		if l, ok := locate(v.Get("url").String()); ok {
			p.names[itoa(n.repository)] = strings.ToLower(l.repo)
		}
	}
}

// named writes a key, or a repository, by name where it is by number.
func (p *parts) named(key string) string {
	rest, ok := strings.CutPrefix(key, byNumber)
	id, number, isItem := strings.Cut(rest, "#")
	if name := p.names[id]; ok && name != "" {
		if isItem {
			return name + "#" + number
		}
		return name
	}
	return key
}

// settle finds out which parts end their lists: those on a page that holds fewer
// than it could.
func (p *parts) settle() {
	for key, list := range p.of {
		if name := p.named(key); name != key {
			delete(p.of, key)
			p.of[name] = append(p.of[name], list...)
		}
	}
	for i := range p.list {
		one := &p.list[i]
		if one.kind == partFurther || one.kind == partNone {
			continue
		}
		one.done = ends(one.page, p.elements[one.page])
	}
	p.settleEvents()
}

// span is what one pull saved of a repository's list of events, newest first.
type span struct {
	seen           fact.Instant
	pages          map[int]bool
	oldest, newest fact.Instant
	done           bool
}

// settleEvents finds out from when on the lists of events are there, without a
// gap.
func (p *parts) settleEvents() {
	spans := map[string]map[fact.Instant]*span{}
	for i := range p.list {
		one := &p.list[i]
		l, ok := locate(one.page)
		if !ok || one.kind != partEvent || l.list != "issues" || l.number != "events" {
			continue
		}
		repo := p.named(strings.ToLower(l.repo))
		if spans[repo] == nil {
			spans[repo] = map[fact.Instant]*span{}
		}
		s := spans[repo][one.seen]
		if s == nil {
			s = &span{seen: one.seen, pages: map[int]bool{}, oldest: fact.Never}
			spans[repo][one.seen] = s
		}
		at := instant(gjson.Get(one.data, "created_at"))
		s.oldest, s.newest, s.done = min(s.oldest, at), max(s.newest, at), s.done || one.done
		s.pages[pageNumber(one.page)] = true
	}
	for repo, of := range spans {
		if from, ok := reaches(slices.SortedFunc(maps.Values(of), func(a, b *span) int { return cmp.Compare(b.seen, a.seen) })); ok {
			p.since[repo] = from
		}
	}
}

// reaches follows spans from the newest back, as long as each goes on where the
// one before it ends. Events are told to the second.
func reaches(spans []*span) (from fact.Instant, ok bool) {
	from = fact.Never
	for _, s := range spans {
		for n := range len(s.pages) {
			if !s.pages[n+1] {
				return from, from < fact.Never
			}
		}
		if s.newest < from && from < fact.Never {
			break
		}
		if s.done {
			return 0, true
		}
		from = min(from, s.oldest+1000)
	}
	return from, from < fact.Never
}

// pageNumber is the number of a page by its address.
func pageNumber(address string) int {
	u, err := url.Parse(address)
	if err != nil {
		return 1
	}
	n, err := strconv.Atoi(u.Query().Get("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// ends reports whether a page is the last of its list. Where its address does
// not tell how much it could hold, GitHub's two usual sizes count.
func ends(page string, elements int) bool {
	if u, err := url.Parse(page); err == nil && u.Host != "" {
		size := 30
		if n, err := strconv.Atoi(u.Query().Get("per_page")); err == nil && n > 0 {
			size = min(n, 100)
		}
		return elements < size
	}
	return elements%30 != 0 && elements%100 != 0
}

// belongs says which item a part belongs to, and what it is.
type belongs struct{ key, kind string }

// kindsOfParts are the lists of an item, by the ends of their addresses.
var kindsOfParts = map[string]string{
	"events": partEvent, "timeline": partEvent, "reviews": partReview, "files": partFile, "commits": partCommit,
	"dependencies/blocked_by": partBlockedBy, "dependencies/blocking": partBlocking, "sub_issues": partSubIssue,
}

// partOf recognises a part, by the address that it was saved with or by its own
// members. The empty value stands for a list without elements.
func partOf(v gjson.Result, at string) (belongs, bool) {
	if l, ok := locate(at); ok && (l.list == "issues" || l.list == "pulls") {
		if _, isNumber := number(l.number); isNumber && l.rest != "" {
			kind := kindsOfParts[l.rest]
			if l.rest == "comments" {
				kind = map[string]string{"issues": partComment, "pulls": partLineComment}[l.list]
			}
			return belongs{l.repo + "#" + l.number, kind}, kind != ""
		}
	}
	switch {
	case !v.IsObject():
	case v.Get("event").Type == gjson.String && v.Get("issue").IsObject():
		key := keyAt(v.Get("issue.html_url").String())
		if key == "" {
			key = keyAt(v.Get("issue.url").String())
		}
		return belongs{key, partEvent}, key != ""
	case isPullAnswer(v):
		key := keyAt(v.Get("html_url").String())
		if key == "" {
			key = keyAt(v.Get("url").String())
		}
		return belongs{key, partPull}, key != ""
	case v.Get("pull_request_url").Exists() && v.Get("diff_hunk").Exists():
		key := keyAt(v.Get("pull_request_url").String())
		return belongs{key, partLineComment}, key != ""
	case v.Get("pull_request_url").Exists() && v.Get("state").Exists() && !v.Get("title").Exists():
		key := keyAt(v.Get("pull_request_url").String())
		return belongs{key, partReview}, key != ""
	case v.Get("issue_url").Exists() && v.Get("body").Exists() && !v.Get("title").Exists():
		key := keyAt(v.Get("issue_url").String())
		return belongs{key, partComment}, key != ""
	}
	return belongs{}, false
}

// isPullAnswer recognises a pull request as its own address or a list of pull
// requests answers it.
func isPullAnswer(v gjson.Result) bool {
	return v.Get("number").Exists() && v.Get("title").Exists() && v.Get("head").Exists() && v.Get("base").Exists()
}

// forItem returns the parts of an item: of events all, of other lists those
// that were saved with the item, or else the newest.
func (p *parts) forItem(it *item, seen fact.Instant) []int {
	if p == nil {
		return nil
	}
	all := slices.Concat(p.of[strings.ToLower(it.r.Key)], p.of[strings.ToLower(it.r.ID)])
	slices.Sort(all)
	best := map[string]fact.Instant{}
	for _, i := range all {
		one := &p.list[i]
		if b, ok := best[one.kind]; !ok || one.seen == seen || b != seen && one.seen > b {
			best[one.kind] = one.seen
		}
	}
	return slices.DeleteFunc(slices.Compact(all), func(i int) bool {
		one := &p.list[i]
		return one.kind != partEvent && one.kind != partFurther && one.kind != partPull && one.seen != best[one.kind]
	})
}

// allEvents reports whether a repository's list of events has all of an item.
func (p *parts) allEvents(it *item) bool {
	if p == nil {
		return false
	}
	from, ok := p.since[strings.ToLower(it.r.Project.Key)]
	return ok && it.r.Created >= from
}

// unused tells of parts that no item took.
func (p *parts) unused(used bits) []connectors.Note {
	if p == nil {
		return nil
	}
	count := map[string]int{}
	var files []string
	for i := range p.list {
		one := &p.list[i]
		if used.has(i) || one.kind == partNone || one.kind == partPull || one.kind == partSubIssue {
			continue
		}
		if count[one.file] == 0 {
			files = append(files, one.file)
		}
		count[one.file]++
	}
	var notes []connectors.Note
	for _, f := range files {
		notes = append(notes, connectors.Note{
			Kind: connectors.NoteSkipped, Subject: wire.Clip(f),
			Reason: fmt.Sprintf("%d events, comments or the like, of items that are not in the archive", count[f]),
		})
	}
	return notes
}
