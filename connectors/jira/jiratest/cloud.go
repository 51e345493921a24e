package jiratest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"smokestack/analysis/fact"
)

// What Jira Cloud alone has: the search that pages by tokens, the bulk fetches,
// the paged log of an issue, and a farewell where the old search was.
//
// Not measured by anybody, so far as known, and made up: the sentences that
// refuse a token, a number out of its bounds or too many ids (live sites
// translate the first two anyway); that a token is bound to the fields, too; the
// order of the logs in a bulk fetch (by id), and that an entry comes again at
// every edge of a page (it was seen at some); that logs asked for by field leave
// out what has no field id: links, keys and parents.

const (
	cloudCut      = 40 // entries of a log inside an issue of a search
	singleCut     = 100
	cloudCap      = 100  // rows of a page
	sweepCap      = 5000 // rows of a page of ids or keys
	bulkIssueCap  = 100
	bulkLogCap    = 1000
	fieldIDsCap   = 10
	reconcileCap  = 50
	tokenLife     = 7 * 24 * time.Hour
	defaultPage   = 50
	mostHistories = 10_000
)

const removed = "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"

func (c *call) removedSearch() answer { return failure(http.StatusGone, removed) }

// pageToken is what a token holds. Clients see it sealed.
type pageToken struct {
	Bound  string `json:"b"` // fingerprint of the request that it goes on with
	Issued int64  `json:"t"`
	Place  *place `json:"p,omitempty"` // behind which issue a search goes on
	ID     string `json:"i,omitempty"` // in which issue a bulk fetch goes on
	Entry  int    `json:"e,omitempty"` // from which entry of its log
}

func fingerprint(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%q ", p)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// seal makes a token opaque, with a mark that nobody else puts on.
func (c *call) seal(t pageToken) string {
	t.Issued = c.now.UnixMilli()
	data, err := json.Marshal(t)
	if err != nil {
		panic(err) // of texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(append(mark(data), data...))
}

func mark(data []byte) []byte {
	sum := sha256.Sum256(append([]byte("jiratest token "), data...))
	return sum[:6]
}

// unseal opens a token: one of another request, or one that is too old, is none.
func (c *call) unseal(text, bound string) (pageToken, bool) {
	var t pageToken
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(data) < 6 || !bytes.Equal(mark(data[6:]), data[:6]) || json.Unmarshal(data[6:], &t) != nil {
		return t, false
	}
	return t, t.Bound == bound && c.now.Sub(time.UnixMilli(t.Issued)) <= tokenLife
}

// decode reads the body of a request as strictly as Jira Cloud does.
func (c *call) decode(into any) *answer {
	kind, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		shown := c.r.Header.Get("Content-Type")
		if shown == "" {
			shown = "null"
		}
		a := problem(http.StatusUnsupportedMediaType, "Content-Type '"+shown+"' is not supported.", c.path)
		return &a
	}
	d := json.NewDecoder(bytes.NewReader(c.body))
	d.DisallowUnknownFields()
	err = d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = &json.SyntaxError{}
		}
	}
	if err == nil {
		return nil
	}
	message := "Invalid request payload. Refer to the REST API documentation and try again."
	var syntax *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(c.body)) == 0:
		message = "No content to map to Object due to end of input"
	case errors.As(err, &syntax), errors.Is(err, io.ErrUnexpectedEOF):
		message = "There was an error parsing JSON. Check that your request body is valid."
	}
	a := jsonAnswer(http.StatusBadRequest, object{"errorMessages": []string{message}})
	return &a
}

// jqlSearch is what the search by tokens takes: in the body of a POST, in the
// query of a GET, never in both.
type jqlSearch struct {
	JQL             string   `json:"jql"`
	NextPageToken   string   `json:"nextPageToken"`
	MaxResults      *int     `json:"maxResults"`
	Fields          []string `json:"fields"`
	Expand          string   `json:"expand"`
	Properties      []string `json:"properties"`
	FieldsByKeys    bool     `json:"fieldsByKeys"`
	ReconcileIssues []int64  `json:"reconcileIssues"`
}

func (c *call) readSearch() (jqlSearch, *answer) {
	var in jqlSearch
	if c.r.Method == http.MethodPost {
		return in, c.decode(&in)
	}
	in.JQL, in.NextPageToken, in.Fields = c.query.Get("jql"), c.query.Get("nextPageToken"), c.query["fields"]
	in.Expand = strings.Join(c.query["expand"], ",")
	if c.query.Has("maxResults") {
		n, refusal := c.number("maxResults", 0)
		if refusal != nil {
			return in, refusal
		}
		in.MaxResults = &n
	}
	for _, text := range c.query["reconcileIssues"] {
		for _, part := range strings.Split(text, ",") {
			if id, err := strconv.ParseInt(part, 10, 64); err == nil {
				in.ReconcileIssues = append(in.ReconcileIssues, id)
			}
		}
	}
	return in, nil
}

const unbounded = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."

// searchJQL answers a page: behind the place where the last one ended, however
// much has changed since.
func (c *call) searchJQL() answer {
	in, refusal := c.readSearch()
	if refusal != nil {
		return *refusal
	}
	bound := fingerprint(append([]string{"search", in.JQL}, in.Fields...)...)
	var from *place
	if in.NextPageToken != "" {
		t, ok := c.unseal(in.NextPageToken, bound)
		if !ok || t.Place == nil {
			return failure(http.StatusBadRequest, "The provided nextPageToken is invalid or has expired.")
		}
		from = t.Place
	}
	n := defaultPage
	if in.MaxResults != nil {
		n = *in.MaxResults
	}
	if n < 1 || n > sweepCap {
		return failure(http.StatusBadRequest, "The maxResults parameter must be between 1 and 5,000.")
	}
	if len(in.ReconcileIssues) > reconcileCap {
		return failure(http.StatusBadRequest, "The reconcileIssues parameter takes at most 50 ids.")
	}
	q, refusal := c.boundedQuery(in.JQL)
	if refusal != nil {
		return *refusal
	}
	want := asked{choice: choose(in.Fields, "id"), expansion: expand([]string{in.Expand}), cut: cloudCut}
	n = min(n, c.cloudCap(&want))
	list := c.reconcile(c.results(in.JQL, q), q, in.ReconcileIssues)
	start := 0
	if from != nil {
		start, _ = slices.BinarySearchFunc(list, *from, func(is *issue, p place) int {
			if comparePlace(q.order, is, p) <= 0 {
				return -1
			}
			return 1
		})
	}
	page := list[start:min(start+n, len(list))]
	v := c.view()
	v.open('{')
	v.key("issues").open('[')
	for _, is := range page {
		if c.sees(c.w.rows[is.rec.ID]) { // the index may not know yet that it is gone
			v.issue(is, &want)
		}
	}
	v.close(']')
	last := start+len(page) == len(list)
	v.key("isLast").bool(last)
	if !last {
		p := placeOf(q.order, page[len(page)-1])
		v.key("nextPageToken").text(c.seal(pageToken{Bound: bound, Place: &p}))
	}
	v.legend(&want)
	v.close('}')
	return raw(http.StatusOK, v.b)
}

// cloudCap is the most rows of a page: pages of ids or keys are long.
func (c *call) cloudCap(want *asked) int {
	switch {
	case want.only("id", "key") && !want.changelog:
		return sweepCap
	case c.opts.PageCap > 0:
		return c.opts.PageCap
	}
	return cloudCap
}

// boundedQuery compiles a query that has to have a condition.
func (c *call) boundedQuery(jql string) (*compiled, *answer) {
	q, err := c.compile(jql, false)
	var a answer
	switch {
	case err != nil:
		a = failure(http.StatusBadRequest, err.Error())
	case !q.bounded:
		a = failure(http.StatusBadRequest, unbounded)
	default:
		return q, nil
	}
	return nil, &a
}

// reconcile puts the present state of some issues into a result that may be
// late.
func (c *call) reconcile(list []*issue, q *compiled, ids []int64) []*issue {
	if len(ids) == 0 || !c.w.late(c.now) {
		return list
	}
	list = slices.Clone(list)
	for _, n := range ids {
		id := strconv.FormatInt(n, 10)
		list = slices.DeleteFunc(list, func(is *issue) bool { return is.rec.ID == id })
		if r := c.w.rows[id]; c.sees(r) && q.where(r.live) {
			list = append(list, r.live)
		}
	}
	slices.SortFunc(list, func(a, b *issue) int { return comparePlace(q.order, a, placeOf(q.order, b)) })
	return list
}

// approximateCount counts what the index has.
func (c *call) approximateCount() answer {
	var in struct {
		JQL string `json:"jql"`
	}
	if refusal := c.decode(&in); refusal != nil {
		return *refusal
	}
	q, refusal := c.boundedQuery(in.JQL)
	if refusal != nil {
		return *refusal
	}
	n := 0
	for _, is := range c.results(in.JQL, q) {
		if c.sees(c.w.rows[is.rec.ID]) {
			n++
		}
	}
	return jsonAnswer(http.StatusOK, object{"count": n})
}

// bulkIssues answers up to a hundred issues by id or key, old keys among them.
// What is not there, or not to be seen, is left out without a word: only what it
// could not fetch this time is named, by its id. It knows what the index does not
// know yet.
func (c *call) bulkIssues() answer {
	var in struct {
		IDs          []string `json:"issueIdsOrKeys"`
		Fields       []string `json:"fields"`
		Expand       []string `json:"expand"`
		Properties   []string `json:"properties"`
		FieldsByKeys bool     `json:"fieldsByKeys"`
	}
	if refusal := c.decode(&in); refusal != nil {
		return *refusal
	}
	if len(in.IDs) == 0 || len(in.IDs) > bulkIssueCap {
		return failure(http.StatusBadRequest, fmt.Sprintf("The number of issues must be between 1 and %d.", bulkIssueCap))
	}
	want := asked{choice: choose(in.Fields, "*navigable"), expansion: expand(in.Expand), cut: cloudCut}
	var found, failing []*row
	for _, r := range c.lookUp(in.IDs) {
		switch {
		case r.failing != "":
			failing = append(failing, r)
		case c.sees(r):
			found = append(found, r)
		}
	}
	v := c.view()
	v.open('{')
	v.key("issues")
	each(&v.printer, found, func(r *row) { v.issue(r.live, &want) })
	v.key("issueErrors")
	each(&v.printer, failing, func(r *row) { v.any(object{"id": r.id, "errorMessage": r.failing}) })
	v.close('}')
	return raw(http.StatusOK, v.b)
}

const noIssue = "Issue does not exist or you do not have permission to see it."

// lookUp finds issues, whoever may see them, each once, in order of their ids.
func (c *call) lookUp(names []string) []*row {
	var out []*row
	for _, name := range names {
		if r := c.w.row(name); r != nil && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *row) int { return fact.CompareID(a.id, b.id) })
	return out
}

// bulkChangelogs answers the logs of up to a thousand issues, oldest entries
// first, so many entries a page. The last entry of a page is the first of the
// next one again. An issue without an entry is left out.
func (c *call) bulkChangelogs() answer {
	var in struct {
		IDs           []string `json:"issueIdsOrKeys"`
		FieldIDs      []string `json:"fieldIds"`
		MaxResults    *int     `json:"maxResults"`
		NextPageToken string   `json:"nextPageToken"`
	}
	if refusal := c.decode(&in); refusal != nil {
		return *refusal
	}
	n := 1000
	if in.MaxResults != nil {
		n = *in.MaxResults
	}
	switch {
	case len(in.IDs) == 0 || len(in.IDs) > bulkLogCap:
		return failure(http.StatusBadRequest, fmt.Sprintf("issueIdsOrKeys: size must be between 1 and %d", bulkLogCap))
	case len(in.FieldIDs) > fieldIDsCap:
		return failure(http.StatusBadRequest, fmt.Sprintf("fieldIds: size must be between 0 and %d", fieldIDsCap))
	case n < 1 || n > mostHistories:
		return failure(http.StatusBadRequest, fmt.Sprintf("maxResults: must be between 1 and %d", mostHistories))
	}
	bound := fingerprint("changelog", strings.Join(in.IDs, ","), strings.Join(in.FieldIDs, ","))
	var from pageToken
	if in.NextPageToken != "" {
		var ok bool
		if from, ok = c.unseal(in.NextPageToken, bound); !ok || from.Place != nil {
			return failure(http.StatusBadRequest, "The provided nextPageToken is invalid or has expired.")
		}
	}
	var only map[string]bool
	if len(in.FieldIDs) > 0 {
		only = map[string]bool{}
		for _, id := range in.FieldIDs {
			only[id] = true
		}
	}
	rows := slices.DeleteFunc(c.lookUp(in.IDs), func(r *row) bool { return !c.sees(r) })
	return c.logPage(rows, only, n, from, bound)
}

func (c *call) logPage(rows []*row, only map[string]bool, n int, from pageToken, bound string) answer {
	v := c.view()
	v.open('{')
	v.key("issueChangeLogs").open('[')
	left := n
	var end *pageToken
	for i, r := range rows {
		start := 0
		switch order := fact.CompareID(r.id, from.ID); {
		case from.ID != "" && order < 0:
			continue
		case from.ID != "" && order == 0:
			start = from.Entry
		}
		log := v.filtered(r.live, only)
		log = log[min(start, len(log)):]
		if len(log) == 0 {
			continue
		}
		if left == 0 {
			end = v.goOn(rows[:i], only, n, bound)
			break
		}
		take := min(left, len(log))
		v.open('{')
		v.key("issueId").text(r.id)
		v.key("changeHistories").open('[')
		for j := range log[:take] {
			v.entry(r.live, &log[j], true, only)
		}
		v.close(']')
		v.close('}')
		if left -= take; take < len(log) {
			end = &pageToken{Bound: bound, ID: r.id, Entry: start + take - overlap(n)}
			break
		}
	}
	v.close(']')
	if end != nil {
		v.key("nextPageToken").text(c.seal(*end))
	}
	v.close('}')
	return raw(http.StatusOK, v.b)
}

// overlap is how many entries of a page come again on the next one.
func overlap(n int) int { return min(1, n-1) }

// goOn makes the token of a page that ends where a log ends: with the last
// issue of those that has a log.
func (v *view) goOn(rows []*row, only map[string]bool, n int, bound string) *pageToken {
	for i := len(rows) - 1; i >= 0; i-- {
		if log := v.filtered(rows[i].live, only); len(log) > 0 {
			return &pageToken{Bound: bound, ID: rows[i].id, Entry: len(log) - overlap(n)}
		}
	}
	return nil
}

// filtered returns the entries of a log that tell of some fields.
func (v *view) filtered(is *issue, only map[string]bool) []entry {
	if only == nil {
		return is.entries
	}
	var out []entry
	for _, e := range is.entries {
		if slices.ContainsFunc(e.items, func(it item) bool { return v.matches(is, &it, only) }) {
			out = append(out, e)
		}
	}
	return out
}

// issueChangelog answers a page of one issue's log, oldest entries first.
func (c *call) issueChangelog() answer {
	r := c.w.row(c.args[0])
	if !c.sees(r) {
		return failure(http.StatusNotFound, noIssue)
	}
	start, refusal := c.number("startAt", 0)
	if refusal != nil {
		return *refusal
	}
	n, refusal := c.number("maxResults", singleCut)
	if refusal != nil {
		return *refusal
	}
	n = min(max(n, 1), singleCut)
	log := r.live.entries
	start = min(max(start, 0), len(log))
	page := log[start:min(start+n, len(log))]
	here := c.self("issue", c.args[0], "changelog")
	address := func(start int) string { return fmt.Sprintf("%s?maxResults=%d&startAt=%d", here, n, start) }
	last := start+len(page) == len(log)
	v := c.view()
	v.open('{')
	v.key("self").text(address(start))
	if !last {
		v.key("nextPage").text(address(start + len(page)))
	}
	v.key("maxResults").int(n)
	v.key("startAt").int(start)
	v.key("total").int(len(log))
	v.key("isLast").bool(last)
	v.key("values").open('[')
	for i := range page {
		v.entry(r.live, &page[i], false, nil)
	}
	v.close(']')
	v.close('}')
	return raw(http.StatusOK, v.b)
}

// tenant tells the site's id to everybody.
func (c *call) tenant() answer {
	if c.gateway {
		return c.notHere()
	}
	return jsonAnswer(http.StatusOK, object{"cloudId": c.opts.cloudID()})
}
