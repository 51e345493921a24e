package jira

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors/wire"
)

// The requests by which issues are read, of Cloud and of a Data Center.

// search says what a request for issues asks for.
type search struct {
	order     string // "": none
	fields    []string
	histories bool // within the answer, where that is whole
	most      int  // issues at a time; 0: as many as are given with all their fields
}

// search asks for issues as they are kept.
func (m *metadata) search(order string) search {
	return search{order: order, fields: m.ask(), histories: !m.cloud}
}

const (
	cloudPage  = 100  // issues with fields that Cloud gives at a time
	cloudIDs   = 5000 // ids that Cloud gives at a time
	centerPage = 50   // a larger page with histories may be more than a Data Center can hold
	centerIDs  = 1000 // what a Data Center allows, if nobody set it otherwise
	logPage    = 10_000
)

func (m *metadata) sweepPage() int {
	if m.cloud {
		return cloudIDs
	}
	return centerIDs
}

// errShape is an answer of another form, or another page, than was asked for.
func (s *Site) errShape(what, why string) error {
	return fmt.Errorf("%s: the answer to %s %s; what was read before is kept, run again", s.client.base, what, why)
}

// search reads all pages of a query. Each is called with the issues of one
// page, and the number of all where the tracker gives it, else 0.
func (s *Site) search(ctx context.Context, m *metadata, w where, q search, each func([]gjson.Result, int) error) error {
	jql := string(w)
	if q.order != "" {
		jql = w.order(q.order)
	}
	if m.cloud {
		return s.searchCloud(ctx, jql, q, each)
	}
	return s.searchCenter(ctx, jql, q, each)
}

// searchCloud follows the tokens. The end is where Jira says so, never where a
// page is short; a page that is empty and not the last, or that names a page
// that was read already, is a fault.
func (s *Site) searchCloud(ctx context.Context, jql string, q search, each func([]gjson.Result, int) error) error {
	const path = "rest/api/2/search/jql"
	body := map[string]any{"jql": jql, "fields": q.fields, "maxResults": cloudPage}
	if q.most > 0 {
		body["maxResults"] = q.most
	}
	seen := map[string]bool{}
	for {
		v, err := s.client.post(ctx, path, body)
		if err != nil {
			return err
		}
		token, last := v.Get("nextPageToken").String(), v.Get("isLast")
		issues := v.Get("issues").Array()
		switch {
		case !v.Get("issues").IsArray():
			return s.errShape(path, "holds no list of issues")
		case token != "" && seen[token]:
			return s.errShape(path, "names a page that was read before")
		case len(issues) == 0 && token != "" && !last.Bool():
			return s.errShape(path, "is empty and announces more")
		case token == "" && last.Exists() && !last.Bool():
			return s.errShape(path, "announces more and does not say where")
		}
		if err := s.whole(path, q, issues); err != nil {
			return err
		}
		if err := each(issues, 0); err != nil {
			return err
		}
		if token == "" || last.Bool() {
			return nil
		}
		token = strings.Clone(token) // and not the page that it stands in
		seen[token] = true
		body["nextPageToken"] = token
	}
}

// whole makes sure that issues have what was asked for: ids alone, or fields. An
// answer that is another one's, served again, has not.
func (s *Site) whole(path string, q search, issues []gjson.Result) error {
	full := slices.Contains(q.fields, "summary")
	for _, v := range issues {
		if v.Get("id").String() == "" || v.Get("fields.summary").Exists() != full {
			return s.errShape(path, "is another page than was asked for")
		}
	}
	return nil
}

// searchCenter counts from startAt. Where the order is one that updates do not
// change, pages shift only when issues come or go.
func (s *Site) searchCenter(ctx context.Context, jql string, q search, each func([]gjson.Result, int) error) error {
	for at := 0; ; {
		issues, total, err := s.centerPage(ctx, jql, q, at)
		if err != nil {
			return err
		}
		if err := each(issues, total); err != nil {
			return err
		}
		if at += len(issues); at >= total {
			return nil
		}
	}
}

// centerPage reads one page of a Data Center: the issues from startAt on, and
// how many there are in all.
func (s *Site) centerPage(ctx context.Context, jql string, q search, at int) ([]gjson.Result, int, error) {
	const path = "rest/api/2/search"
	body := map[string]any{"jql": jql, "fields": q.fields, "maxResults": centerPage, "startAt": at}
	if q.most > 0 {
		body["maxResults"] = q.most
	}
	if q.histories {
		body["expand"] = []string{"changelog"}
	}
	if q.order == "" {
		body["validateQuery"] = false // some of the ids may be gone
	}
	v, err := s.client.post(ctx, path, body)
	if err != nil {
		return nil, 0, err
	}
	issues, total := v.Get("issues").Array(), int(v.Get("total").Int())
	switch {
	case !v.Get("issues").IsArray() || !v.Get("total").Exists():
		err = s.errShape(path, "holds no list of issues")
	case int(v.Get("startAt").Int()) != at:
		err = s.errShape(path, "is another page than was asked for")
	case len(issues) == 0 && at < total:
		err = s.errShape(path, fmt.Sprintf("is empty, where %d of %d came", at, total))
	default:
		err = s.whole(path, q, issues)
	}
	return issues, total, err
}

// updated reads what was updated at or after an instant, oldest first. On a
// Data Center every page begins at the update that the one before ended with:
// an issue that is updated meanwhile leaves its place, and would shift the pages
// behind it past one that was not read yet.
func (s *Site) updated(ctx context.Context, m *metadata, w where, since fact.Instant, each func([]gjson.Result, int) error) error {
	q := m.search("updated ASC")
	if m.cloud {
		return s.search(ctx, m, w.since(since), q, each)
	}
	told := map[string]bool{} // ids told with the update at which the page begins
	for at, all := 0, 0; ; {
		issues, total, err := s.centerPage(ctx, w.since(since).order("updated ASC, key ASC"), q, at)
		if err != nil {
			return err
		}
		all = max(all, total)
		fresh := slices.DeleteFunc(slices.Clone(issues), func(v gjson.Result) bool {
			return told[v.Get("id").String()] && instant(v.Get("fields.updated")) == since
		})
		if err := each(fresh, all); err != nil {
			return err
		}
		if at+len(issues) >= total {
			return nil
		}
		if last := instant(issues[len(issues)-1].Get("fields.updated")); last > since {
			since, at = last, 0
			clear(told)
		} else { // a whole page of one moment
			at += len(issues)
		}
		for _, v := range issues {
			if instant(v.Get("fields.updated")) == since {
				told[strings.Clone(v.Get("id").String())] = true
			}
		}
	}
}

// ids lists the ids of all issues that a query selects, in order of their keys,
// which updates do not change.
func (s *Site) ids(ctx context.Context, m *metadata, w where) ([]string, error) {
	for try := 0; ; try++ {
		var out []string
		count := 0
		err := s.search(unkept(ctx), m, w, search{order: "key ASC", fields: []string{"id"}, most: m.sweepPage()}, func(issues []gjson.Result, total int) error {
			for _, v := range issues {
				out = append(out, strings.Clone(v.Get("id").String()))
			}
			count = total
			return nil
		})
		if err != nil {
			return nil, err
		}
		slices.Sort(out)
		out = slices.Compact(out)
		if m.cloud || len(out) == count {
			return out, nil
		}
		if try == 2 {
			return nil, s.errShape("a list of ids", fmt.Sprintf("announces %d and holds %d, three times over", count, len(out)))
		}
	}
}

// count returns about how many issues a query selects.
func (s *Site) count(ctx context.Context, w where) (int, error) {
	v, err := s.client.post(unkept(ctx), "rest/api/2/search/approximate-count", map[string]any{"jql": string(w)})
	if wire.StatusOf(err) == 400 {
		return 0, fmt.Errorf("%w: %s: %w", ErrQuery, w, err)
	}
	return int(v.Get("count").Int()), err
}

// byName fetches issues by id or key. Those that are not there, or not to be
// seen, are left out. It returns those that Jira could not give out this time,
// each with Jira's reason.
func (s *Site) byName(ctx context.Context, m *metadata, list []string, q search, each func(gjson.Result) error) (map[string]string, error) {
	size := centerPage
	if m.cloud {
		size = cloudPage
	}
	failed := map[string]string{}
	for part := range slices.Chunk(list, size) {
		some, err := s.somebyName(ctx, m, part, q, each)
		if err != nil {
			return nil, err
		}
		maps.Copy(failed, some)
	}
	return failed, nil
}

func (s *Site) somebyName(ctx context.Context, m *metadata, part []string, q search, each func(gjson.Result) error) (map[string]string, error) {
	const path = "rest/api/2/issue/bulkfetch"
	c := callFor(part)
	page := func(issues []gjson.Result, _ int) error {
		if !c.answered(issues) {
			return s.errShape("a request for issues by name", "holds issues that were not asked for")
		}
		for _, v := range issues {
			if err := each(v); err != nil {
				return err
			}
		}
		return nil
	}
	if !m.cloud {
		return nil, s.search(ctx, m, anyOf(part), q, page)
	}
	v, err := s.client.post(ctx, path, map[string]any{"issueIdsOrKeys": part, "fields": q.fields})
	if err != nil {
		return nil, err
	}
	errs := v.Get("issueErrors")
	switch {
	case !v.Get("issues").IsArray():
		return nil, s.errShape(path, "holds no list of issues")
	case errs.Type != gjson.Null && !errs.IsArray():
		return nil, s.errShape(path, "holds errors that are no list")
	}
	if err := page(v.Get("issues").Array(), 0); err != nil {
		return nil, err
	}
	return c.failed(errs.Array()), nil
}

// call is a request for issues by name, and who answered.
type call struct {
	asked map[string]bool
	came  map[string]bool // ids and keys
	moved map[string]bool // ids of those that came by no name that was asked for
}

func callFor(names []string) *call {
	c := &call{asked: map[string]bool{}, came: map[string]bool{}, moved: map[string]bool{}}
	for _, name := range names {
		c.asked[name] = true
	}
	return c
}

// answered takes down who came, and reports whether all of them were asked for.
// An issue that moved answers to its old key by a new one; ids never change.
func (c *call) answered(issues []gjson.Result) bool {
	for _, v := range issues {
		id, key := v.Get("id").String(), v.Get("key").String()
		c.came[id], c.came[key] = true, true
		if !c.asked[id] && !c.asked[key] {
			c.moved[id] = true
		}
	}
	return len(c.moved) <= c.keysLeft()
}

// left returns the names by which nobody came.
func (c *call) left() []string {
	var out []string
	for name := range c.asked {
		if !c.came[name] {
			out = append(out, name)
		}
	}
	return out
}

// keysLeft is how many keys are among the names by which nobody came.
func (c *call) keysLeft() int {
	n := 0
	for _, name := range c.left() {
		if refOf(name).Key != "" {
			n++
		}
	}
	return n
}

// failed reads what Jira could not give out this time, and why. What is not
// there, or not to be seen, has no error.
func (c *call) failed(errs []gjson.Result) map[string]string {
	out := map[string]string{}
	for _, e := range errs {
		// Texts of an answer keep the whole of it in memory.
		name, reason := strings.Clone(e.Get("id").String()), strings.Clone(oneLine(clip(e.Get("errorMessage").String())))
		reason = orElse(reason, "nothing")
		switch {
		case name != "" && c.came[name]:
		case c.asked[name], refOf(name).ID != "" && c.keysLeft() > 0: // who was asked for by key is named by id
			out[name] = reason
		default: // of whom, it does not say: none that did not come is to be taken for gone
			for _, name := range c.left() {
				out[name] = reason
			}
		}
	}
	return out
}

// histories completes the records in a, which the issues became, by their
// histories, and returns all entries.
func (s *Site) histories(ctx context.Context, m *metadata, issues []gjson.Result, a *answers) ([]gjson.Result, error) {
	if m.cloud {
		return s.cloudHistories(ctx, issues, a)
	}
	return s.centerHistories(ctx, m, issues, a)
}

// cloudHistories asks for the histories of many issues at once. The answer is
// paged by entries, an issue may stand on several pages, and entries at the
// edges come twice.
func (s *Site) cloudHistories(ctx context.Context, issues []gjson.Result, a *answers) ([]gjson.Result, error) {
	const path = "rest/api/2/changelog/bulkfetch"
	record := map[string]int{}
	var ids []string
	for i := range a.batch.Records {
		record[a.batch.Records[i].ID] = i
	}
	for _, v := range issues {
		if id := v.Get("id").String(); id != "" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	body := map[string]any{"issueIdsOrKeys": ids, "maxResults": logPage}
	seen := map[string]bool{}
	var entries []gjson.Result
	for try := 0; ; {
		v, err := s.client.post(ctx, path, body)
		if err != nil {
			return nil, err
		}
		token := v.Get("nextPageToken").String()
		switch {
		case !v.Get("issueChangeLogs").IsArray():
			return nil, s.errShape(path, "holds no list of histories")
		case token != "" && seen[token]:
			return nil, s.errShape(path, "names a page that was read before")
		}
		for _, log := range v.Get("issueChangeLogs").Array() {
			id := log.Get("issueId").String()
			if _, asked := slices.BinarySearch(ids, id); !asked {
				return nil, s.errShape(path, "tells of issues that were not asked for")
			}
			i, ok := record[id]
			if !ok {
				continue // of an issue that was rejected
			}
			r := &a.batch.Records[i]
			for _, e := range log.Get("changeHistories").Array() {
				r.Changes = append(r.Changes, a.history(r.Site, e)...)
				entries = append(entries, e)
			}
		}
		if token == "" && len(entries) == 0 && try == 0 && updatedSince(a.batch.Records) {
			try++ // hard to believe: ask again
			continue
		}
		if token == "" {
			break
		}
		token = strings.Clone(token)
		seen[token] = true
		body["nextPageToken"] = token
	}
	for i := range a.batch.Records {
		wholeHistory(&a.batch.Records[i])
	}
	return entries, nil
}

// updatedSince reports whether some record was updated after its creation, and
// so most likely has a history.
func updatedSince(records []fact.Record) bool {
	return slices.ContainsFunc(records, func(r fact.Record) bool { return r.Updated > r.Created })
}

// centerHistories finds the histories in the issues themselves, and asks again
// for those that were cut short.
func (s *Site) centerHistories(ctx context.Context, m *metadata, issues []gjson.Result, a *answers) ([]gjson.Result, error) {
	var entries []gjson.Result
	for _, v := range issues {
		log := v.Get("changelog")
		if n := len(log.Get("histories").Array()); n < int(log.Get("total").Int()) || !log.Get("histories").IsArray() {
			whole, err := s.client.get(ctx, "rest/api/2/issue/"+url.PathEscape(v.Get("id").String()), url.Values{"expand": {"changelog"}, "fields": {strings.Join(m.ask(), ",")}})
			switch {
			case wire.StatusOf(err) == 404: // deleted meanwhile: the next pull finds out
				continue
			case err != nil:
				return nil, err
			}
			a.issue(whole, m.site, whole.Get("key").String())
			log = whole.Get("changelog")
		}
		entries = append(entries, log.Get("histories").Array()...)
	}
	return entries, nil
}

// wholeHistory says of a record that all its changes came, some perhaps twice.
func wholeHistory(r *fact.Record) {
	r.Changes = fact.SortChanges(r.Changes)
	entries := map[string]bool{}
	for i := range r.Changes {
		entry, _, _ := strings.Cut(r.Changes[i].ID, ".")
		entries[entry] = true
	}
	r.History = fact.History{State: fact.WholeHistory, Have: len(entries), Total: len(entries)}
}
