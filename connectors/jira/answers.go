package jira

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"

	gojira "github.com/andygrunwald/go-jira"
	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// Saved answers come in many shapes; what one is, its own members say.

// answers reads saved answers of any kind into facts.
type answers struct {
	*decoded
	site string // where an answer says nothing of its own

	// opened says that the answer at hand was saved with its address. What claims
	// so within it is no answer of Jira, however deep it goes.
	opened bool

	tally // what search pages announce and hold, to find out whether one is absent
}

// read takes one JSON value, found valid, out of the file called name. At is
// the address that the value was saved with, if that is known.
func (a *answers) read(v gjson.Result, name, at string) {
	if site := a.siteOf(at); site != "" {
		outer := a.site
		a.site = site
		defer func() { a.site = outer }()
	}
	switch {
	case v.IsArray():
		a.list(v, name, at)
	case !v.IsObject():
		a.Note(connectors.NoteSkipped, name, "JSON, but no answer of Jira")
	case isEnvelope(v) && a.opened:
		a.Note(connectors.NoteSkipped, name, "a saved answer within a saved answer")
	case isEnvelope(v):
		a.envelope(v, name)
	case isIssue(v):
		a.issue(v, a.site, a.subject(name, v))
	case v.Get("issues").IsArray():
		a.page(v, "issues", name, a.searchPage)
	case v.Get("issueChangeLogs").IsArray():
		a.page(v, "issueChangeLogs", name, a.bulkHistories)
	case isHistoryPage(v, at):
		a.historyPage(v, name, at)
	case isHistory(v):
		a.single(v, name, at)
	default:
		a.other(v, name)
	}
}

// page reads the list of a page.
func (a *answers) page(v gjson.Result, list, name string, read func([]gjson.Result, gjson.Result, string)) {
	values := v.Get(list).Array()
	if len(values) == 0 {
		a.Note(connectors.NoteSkipped, name, pageLists[list])
	}
	read(values, v, name)
}

// subject names an issue in a note: its key, or the file where it has none.
func (a *answers) subject(name string, v gjson.Result) string {
	if key := v.Get("key").String(); key != "" && !strings.Contains(name, key) {
		return name + ": " + key
	}
	return name
}

// list reads an array.
func (a *answers) list(v gjson.Result, name, at string) {
	values := v.Array()
	if len(values) == 0 {
		a.Note(connectors.NoteSkipped, name, "an empty list")
	}
	a.elements(values, name, at)
}

// elements reads what stands in an array one by one: words of the site,
// answers, and what is neither.
func (a *answers) elements(values []gjson.Result, name, at string) {
	words, skipped := 0, 0
	for _, e := range values {
		switch {
		case a.word(e):
			words++
		case isEnvelope(e) && a.opened:
			skipped++
		case recognised(e, at):
			a.read(e, name, at)
		default:
			skipped++
		}
	}
	if words > 0 {
		a.Note(connectors.NoteSkipped, name, "a list of statuses or fields: its words are kept")
	}
	if skipped > 0 {
		a.Note(connectors.NoteSkipped, name, fmt.Sprintf("%d elements are no issue", skipped))
	}
}

// recognised says whether an element of a list is worth reading by itself.
func recognised(v gjson.Result, at string) bool {
	if isEnvelope(v) {
		data := v.Get("data")
		return isStatus(data) || data.IsArray() || isAnswer(data, v.Get("url").Str)
	}
	return isAnswer(v, at)
}

// isEnvelope recognises an answer that was saved with its address.
func isEnvelope(v gjson.Result) bool {
	return v.Get("data").Exists() && v.Get("url").Type == gjson.String
}

func isAnswer(v gjson.Result, at string) bool {
	return isIssue(v) || v.Get("issues").IsArray() || v.Get("issueChangeLogs").IsArray() || isHistory(v) || isHistoryPage(v, at) ||
		v.Get("issueLinkTypes").IsArray() || isProject(v) || isBoard(v) || isSprintPage(v)
}

// isIssue recognises an issue, one that cannot be kept among them.
func isIssue(v gjson.Result) bool {
	return v.Get("fields").IsObject() && (v.Get("id").Exists() || v.Get("key").Exists())
}

func isStatus(v gjson.Result) bool {
	return v.Get("statusCategory").IsObject() && v.Get("name").Exists() && !v.Get("fields").Exists()
}

func isField(v gjson.Result) bool {
	return v.Get("id").Exists() && v.Get("name").Exists() && v.Get("custom").Exists() && v.Get("clauseNames").Exists()
}

func isHistory(v gjson.Result) bool {
	return v.Get("items").IsArray() && v.Get("created").Exists() && v.Get("id").Exists()
}

// isHistoryPage recognises a page of one issue's change log; one without any
// entry by its address alone.
func isHistoryPage(v gjson.Result, at string) bool {
	if isHistory(v.Get("values.0")) || isHistory(v.Get("histories.0")) {
		return true
	}
	if list := v.Get("values"); !list.IsArray() || list.Get("0").Exists() {
		return false
	}
	return issuePath.MatchString(at) || issuePath.MatchString(v.Get("self").String()) || issuePath.MatchString(v.Get("nextPage").String())
}

// word keeps what a list of the site's statuses or fields says, and reports
// whether it was such a word. Both decode rightly with go-jira.
func (a *answers) word(v gjson.Result) bool {
	switch {
	case isStatus(v):
		var s gojira.Status
		if json.Unmarshal([]byte(v.Raw), &s) != nil {
			return false
		}
		a.Term(fact.Term{
			Site: orElse(a.siteOf(s.Self), a.site), Kind: fact.TermStatus, ID: s.ID, Name: s.Name, Category: s.StatusCategory.Key,
		})
		return true
	case isField(v):
		var f gojira.Field
		if json.Unmarshal([]byte(v.Raw), &f) != nil {
			return false
		}
		if f.Custom {
			a.Term(fact.Term{Site: a.site, Kind: fact.TermField, ID: f.ID, Name: f.Name, Schema: f.Schema.Custom})
		}
		return true
	}
	return false
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// envelope reads an answer that was saved with the address that it came from.
func (a *answers) envelope(v gjson.Result, name string) {
	data, at := v.Get("data"), v.Get("url").Str
	a.opened = true
	defer func() { a.opened = false }()
	if site := siteAddress(v.Get("site").String()); site != "" {
		only, outer, seen := a.only, a.site, a.Seen
		a.only, a.site, a.Seen = site, site, instant(v.Get("seen"))
		defer func() { a.only, a.site, a.Seen = only, outer, seen }()
	}
	if logs := data.Get("issueChangeLogs"); logs.IsArray() {
		a.page(data, "issueChangeLogs", name, a.bulkHistories)
		a.unchanged(v.Get("request.issueIdsOrKeys").Array(), data)
		return
	}
	if isStatus(data) {
		a.status(orElse(a.siteOf(data.Get("self").String()), a.site), data, 0)
		return
	}
	if !data.IsArray() && !isEnvelope(data) && !isAnswer(data, at) {
		a.Note(connectors.NoteSkipped, name, "saved answers that are no issue")
		return
	}
	a.read(data, name, at)
}

// searchPage reads issues of a search page. The page itself, where it is at
// hand, says what the site calls its fields, and what it announces.
func (a *answers) searchPage(issues []gjson.Result, page gjson.Result, name string) {
	before := len(a.batch.Records)
	for i, v := range issues {
		a.issue(v, a.site, name+": "+orElse(v.Get("key").String(), fmt.Sprintf("element %d", i+1)))
	}
	a.Paged += len(issues)
	if names := page.Get("names"); names.IsObject() && len(a.batch.Records) > before {
		a.names(&a.batch.Records[len(a.batch.Records)-1], names)
	}
	if !page.Exists() {
		return
	}
	a.Issues = max(a.Issues, int(page.Get("total").Int()))
	switch token := page.Get("nextPageToken").String(); {
	case token != "" && !page.Get("isLast").Bool():
		a.Open++
	case !page.Get("total").Exists():
		a.Closed++
	}
}

// historyPage reads a page of one issue's change log. Which issue it is, only
// its address, or the name of its file, can tell.
func (a *answers) historyPage(v gjson.Result, name, at string) {
	list := v.Get("values")
	if !list.Exists() {
		list = v.Get("histories")
	}
	of, site, ok := a.issueOf(name, v.Get("self").String(), v.Get("nextPage").String(), at)
	if !ok {
		a.Reject(name, "a change log that does not say of which issue: no address in it, no key in the file's name")
		return
	}
	h := connectors.History{Site: site, Of: of, Total: -1}
	if t := v.Get("total"); t.Type == gjson.Number {
		h.Total = int(t.Int())
	} else {
		h.More = !v.Get("isLast").Bool() && v.Get("nextPage").Exists()
	}
	list.ForEach(func(_, e gjson.Result) bool {
		h.Entries++
		h.Changes = append(h.Changes, a.history(site, e)...)
		return true
	})
	a.piece(h)
}

func (a *answers) piece(h connectors.History) {
	h.Through = a.Seen
	a.batch.Received++
	a.batch.Histories = append(a.batch.Histories, h)
}

// single reads one entry of a change log that was saved by itself.
func (a *answers) single(v gjson.Result, name, at string) {
	of, site, ok := a.issueOf(name, v.Get("self").String(), at)
	if !ok {
		a.Reject(name, "an entry of a change log that does not say of which issue")
		return
	}
	// One entry never shows that it is the last.
	a.piece(connectors.History{Site: site, Of: of, Entries: 1, Total: -1, More: true, Changes: a.history(site, v)})
}

var (
	issuePath = regexp.MustCompile(`/issue/([^/?]+)/changelog`)
	keyInName = regexp.MustCompile(`[A-Z][A-Z0-9_]*-[1-9][0-9]*`)
)

// unchanged tells that issues which were asked for have no history: they are
// absent from the answer, of which this is the last page.
func (a *answers) unchanged(asked []gjson.Result, page gjson.Result) {
	if page.Get("nextPageToken").String() != "" {
		return
	}
	came := map[string]bool{}
	page.Get("issueChangeLogs").ForEach(func(_, log gjson.Result) bool {
		came[log.Get("issueId").String()] = true
		return true
	})
	for _, id := range asked {
		if of := refOf(id.String()); of.ID != "" && !came[of.ID] {
			a.piece(connectors.History{Site: a.site, Of: of, Total: -1, Through: a.Seen})
		}
	}
}

// issueOf finds the issue that a change log belongs to.
func (a *answers) issueOf(name string, addresses ...string) (fact.Ref, string, bool) {
	for _, address := range addresses {
		if m := issuePath.FindStringSubmatch(address); m != nil {
			id, err := url.PathUnescape(m[1])
			if err != nil {
				continue
			}
			return refOf(id), orElse(a.siteOf(address), a.site), true
		}
	}
	if key := keyInName.FindString(path.Base(name)); key != "" {
		return fact.Ref{Key: key}, a.site, true
	}
	return fact.Ref{}, "", false
}

func refOf(idOrKey string) fact.Ref {
	if strings.Trim(idOrKey, "0123456789") == "" {
		return fact.Ref{ID: idOrKey}
	}
	return fact.Ref{Key: idOrKey}
}

// bulkHistories reads the change logs of many issues. Without counts only the
// place on the page tells whether more of a log may follow.
func (a *answers) bulkHistories(logs []gjson.Result, page gjson.Result, name string) {
	more := page.Get("nextPageToken").String() != ""
	for i, log := range logs {
		h := connectors.History{
			Site: a.site, Of: fact.Ref{ID: log.Get("issueId").String()}, Total: -1, Through: a.Seen,
			More: more && i == len(logs)-1,
		}
		if h.Of.ID == "" {
			a.Reject(name, "a change log without the id of its issue")
			continue
		}
		log.Get("changeHistories").ForEach(func(_, e gjson.Result) bool {
			h.Entries++
			h.Changes = append(h.Changes, a.history(h.Site, e)...)
			return true
		})
		a.piece(h)
	}
}

// other says what an object is that holds no issue.
func (a *answers) other(v gjson.Result, name string) {
	if kind := a.siteWords(v); kind != "" {
		a.Note(connectors.NoteSkipped, name, kind+": its words are kept")
		return
	}
	if m := v.Get("errorMessages"); m.IsArray() {
		a.Note(connectors.NoteSkipped, name, "an error that Jira answered: "+m.Get("0").String())
		return
	}
	a.Note(connectors.NoteSkipped, name, "no issue in it")
}
