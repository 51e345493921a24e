package jira

import (
	"encoding/json"
	"fmt"
	"net/url"
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

	// What search pages announce and hold, to find out whether one is absent.
	announced, paged int
	open, closed     int // pages that name a next one by a token, and such that do not
}

// read takes one JSON value, found valid, out of the file called name. At is
// the address that the value was saved with, if that is known.
func (a *answers) read(v gjson.Result, name, at string) {
	if site := siteOf(at); site != "" {
		outer := a.site
		a.site = site
		defer func() { a.site = outer }()
	}
	switch {
	case v.IsArray():
		a.list(v, name, at)
	case !v.IsObject():
		a.note(connectors.NoteSkipped, name, "JSON, but no answer of Jira")
	case v.Get("data").Exists() && v.Get("url").Type == gjson.String:
		a.envelope(v, name)
	case v.Get("fields").IsObject() && (v.Get("id").Exists() || v.Get("key").Exists()):
		a.issue(v, a.site, a.subject(name, v))
	case v.Get("issues").IsArray():
		a.searchPage(v, name)
	case v.Get("issueChangeLogs").IsArray():
		a.bulkHistories(v, name)
	case isHistory(v.Get("values.0")), isHistory(v.Get("histories.0")):
		a.historyPage(v, name, at)
	case isHistory(v):
		a.single(v, name, at)
	default:
		a.other(v, name)
	}
}

// subject names an issue in a note: its key, or the file where it has none.
func (a *answers) subject(name string, v gjson.Result) string {
	if key := v.Get("key").String(); key != "" && !strings.Contains(name, key) {
		return name + ": " + key
	}
	return name
}

// list reads an array. Statuses and fields are words of the site; anything
// else is read one by one.
func (a *answers) list(v gjson.Result, name, at string) {
	first := v.Get("0")
	switch {
	case isStatus(first):
		a.statuses(v, name)
		return
	case isField(first):
		a.fields(v, name)
		return
	case !first.Exists():
		a.note(connectors.NoteSkipped, name, "an empty list")
		return
	}
	skipped := 0
	v.ForEach(func(_, e gjson.Result) bool {
		if !a.recognised(e) {
			skipped++
			return true
		}
		a.read(e, name, at)
		return true
	})
	if skipped > 0 {
		a.note(connectors.NoteSkipped, name, fmt.Sprintf("%d elements are no issue", skipped))
	}
}

// recognised says whether an element of a list is worth reading by itself.
func (a *answers) recognised(v gjson.Result) bool {
	if data := v.Get("data"); data.Exists() && v.Get("url").Exists() {
		return isStatus(data) || data.IsArray() || a.recognised(data)
	}
	return v.Get("fields").IsObject() || v.Get("issues").IsArray() || v.Get("issueChangeLogs").IsArray() ||
		isHistory(v) || isHistory(v.Get("values.0"))
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

// statuses and fields decode rightly with go-jira.
func (a *answers) statuses(v gjson.Result, name string) {
	var list []gojira.Status
	if err := json.Unmarshal([]byte(v.Raw), &list); err != nil {
		a.note(connectors.NoteSkipped, name, "a list of statuses that cannot be read: "+err.Error())
		return
	}
	for _, s := range list {
		site := orElse(siteOf(s.Self), a.site)
		a.term(fact.Term{Site: site, Kind: fact.TermStatus, ID: s.ID, Name: s.Name, Category: s.StatusCategory.Key})
	}
	a.note(connectors.NoteSkipped, name, "a list of statuses: its words are kept")
}

func (a *answers) fields(v gjson.Result, name string) {
	var list []gojira.Field
	if err := json.Unmarshal([]byte(v.Raw), &list); err != nil {
		a.note(connectors.NoteSkipped, name, "a list of fields that cannot be read: "+err.Error())
		return
	}
	for _, f := range list {
		if f.Custom {
			a.term(fact.Term{Site: a.site, Kind: fact.TermField, ID: f.ID, Name: f.Name, Schema: f.Schema.Custom})
		}
	}
	a.note(connectors.NoteSkipped, name, "a list of fields: its words are kept")
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// envelope reads an answer that was saved with the address that it came from.
func (a *answers) envelope(v gjson.Result, name string) {
	data := v.Get("data")
	if isStatus(data) {
		a.status(orElse(siteOf(data.Get("self").String()), a.site), data, 0)
		return
	}
	if !data.IsArray() && !a.recognised(data) {
		a.note(connectors.NoteSkipped, name, "saved answers that are no issue")
		return
	}
	a.read(data, name, v.Get("url").Str)
}

func (a *answers) searchPage(v gjson.Result, name string) {
	n := 0
	names := v.Get("names")
	v.Get("issues").ForEach(func(_, e gjson.Result) bool {
		n++
		a.issue(e, a.site, name+": "+orElse(e.Get("key").String(), fmt.Sprintf("element %d", n)))
		return true
	})
	if len(a.batch.Records) > 0 && names.IsObject() {
		a.names(&a.batch.Records[len(a.batch.Records)-1], names)
	}
	a.paged += n
	a.page(v)
	if n == 0 {
		a.note(connectors.NoteSkipped, name, "a search page without issues")
	}
}

// page notes what a search page announces.
func (a *answers) page(v gjson.Result) {
	a.announced = max(a.announced, int(v.Get("total").Int()))
	switch token := v.Get("nextPageToken").String(); {
	case token != "" && !v.Get("isLast").Bool():
		a.open++
	case !v.Get("total").Exists():
		a.closed++
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
		a.reject(name, "a change log that does not say of which issue: no address in it, no key in the file's name")
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
	a.batch.Received++
	a.batch.Histories = append(a.batch.Histories, h)
}

// single reads one entry of a change log that was saved by itself.
func (a *answers) single(v gjson.Result, name, at string) {
	of, site, ok := a.issueOf(name, v.Get("self").String(), at)
	if !ok {
		a.reject(name, "an entry of a change log that does not say of which issue")
		return
	}
	// One entry never shows that it is the last.
	a.piece(connectors.History{Site: site, Of: of, Entries: 1, Total: -1, More: true, Changes: a.history(site, v)})
}

var (
	issuePath = regexp.MustCompile(`/issue/([^/?]+)/changelog`)
	keyInName = regexp.MustCompile(`[A-Z][A-Z0-9_]*-[1-9][0-9]*`)
)

// issueOf finds the issue that a change log belongs to.
func (a *answers) issueOf(name string, addresses ...string) (fact.Ref, string, bool) {
	for _, address := range addresses {
		if m := issuePath.FindStringSubmatch(address); m != nil {
			id, err := url.PathUnescape(m[1])
			if err != nil {
				continue
			}
			return refOf(id), orElse(siteOf(address), a.site), true
		}
	}
	if key := keyInName.FindString(name); key != "" {
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

// bulkHistories reads a page of the change logs of many issues. Without counts
// only the place on the page tells whether more of a log may follow.
func (a *answers) bulkHistories(v gjson.Result, name string) {
	logs := v.Get("issueChangeLogs").Array()
	more := v.Get("nextPageToken").String() != ""
	for i, log := range logs {
		h := connectors.History{
			Site: a.site, Of: fact.Ref{ID: log.Get("issueId").String()}, Total: -1,
			More: more && i == len(logs)-1,
		}
		if h.Of.ID == "" {
			a.reject(name, "a change log without the id of its issue")
			continue
		}
		if h.Site == "" {
			h.Site = siteOf(log.Get("changeHistories.0.author.self").String())
		}
		log.Get("changeHistories").ForEach(func(_, e gjson.Result) bool {
			h.Entries++
			h.Changes = append(h.Changes, a.history(h.Site, e)...)
			return true
		})
		a.piece(h)
	}
	if len(logs) == 0 {
		a.note(connectors.NoteSkipped, name, "a page of change logs without any")
	}
}

// other says what an object is that holds no issue.
func (a *answers) other(v gjson.Result, name string) {
	if types := v.Get("issueLinkTypes"); types.IsArray() {
		types.ForEach(func(_, t gjson.Result) bool {
			a.term(fact.Term{
				Site: orElse(siteOf(t.Get("self").String()), a.site), Kind: fact.TermLinkType, ID: t.Get("id").String(),
				Name: t.Get("name").String(), Inward: t.Get("inward").String(), Outward: t.Get("outward").String(),
			})
			return true
		})
		a.note(connectors.NoteSkipped, name, "a list of link types: its words are kept")
		return
	}
	if m := v.Get("errorMessages"); m.IsArray() {
		a.note(connectors.NoteSkipped, name, "an error that Jira answered: "+m.Get("0").String())
		return
	}
	a.note(connectors.NoteSkipped, name, "no issue in it")
}
