package jira

import (
	"cmp"
	"hash/crc32"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/gather"
	"smokestack/connectors/wire"
)

// This file alone turns Jira's answers into facts. It reads values by path
// instead of into fixed structs: half of an issue's fields are custom, their
// ids differ from site to site, rich text is a string or an object, times are
// texts or numbers. Callers hand in JSON that was found valid.

// decoderVersion stands in every scope of this package: when the same answer
// becomes other facts than before, it goes up, and stores pull anew.
const decoderVersion = 3

// decoded collects what answers become until it is handed over as a batch.
type decoded struct {
	*gather.Draft
	batch *connectors.Batch // of the draft

	// only is the one site that all answers speak of, whatever addresses stand
	// in them: a gateway puts its own there. Empty: their addresses say it.
	only string
}

func newDecoded() *decoded {
	d := gather.New()
	return &decoded{Draft: d, batch: &d.Batch}
}

func (d *decoded) take() connectors.Batch { return d.Take() }

// clip bounds a text that somebody else wrote. Names of files, too, may be no
// UTF-8.
func clip(s string) string { return wire.Clip(s) }

func (d *decoded) user(site string, u gjson.Result) fact.Person {
	if !u.IsObject() {
		return 0
	}
	var account, key, name, mail, kind string
	u.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "accountId":
			account = v.String()
		case "key":
			key = v.String()
		case "name":
			name = v.String()
		case "emailAddress":
			mail = v.String()
		case "accountType":
			kind = v.String()
		}
		return true
	})
	return d.Person(site, kind == "app", account, key, name, mail)
}

// siteOf returns the address of the Jira that an answer's own address names.
func (d *decoded) siteOf(self string) string {
	if d.only != "" {
		return d.only
	}
	return siteOf(self)
}

// siteOf returns the address of the Jira that an API address belongs to.
func siteOf(self string) string {
	base, _, ok := strings.Cut(self, "/rest/")
	if !ok {
		return ""
	}
	return siteAddress(base)
}

// siteAddress writes the address of a Jira in the one way in which facts name
// it, without credentials; "" where it is none.
func siteAddress(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return ""
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	u.User = nil
	return strings.TrimRight(u.Scheme+"://"+u.Host+u.Path, "/")
}

// instant reads the time formats that Jira has used: text with an offset with
// or without colon, Z, or a number of seconds or milliseconds. Zero if it is
// none of them.
func instant(v gjson.Result) fact.Instant {
	switch v.Type {
	case gjson.Number:
		n := v.Int()
		if n > 0 && n < 1e11 { // seconds until the year 5138
			n *= 1000
		}
		if n < 0 || n > int64(latest) {
			return 0
		}
		return fact.Instant(n)
	case gjson.String:
		return instantText(v.Str)
	}
	return 0
}

// latest ends the year 9999: no tracker means an instant behind it.
var latest = fact.At(time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC))

var timeLayouts = []string{
	"2006-01-02T15:04:05.999-0700",
	time.RFC3339Nano,
	"2006-01-02T15:04-0700",
	"2006-01-02T15:04:05.999",
	"2006-01-02 15:04:05.999",
}

func instantText(s string) fact.Instant {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return min(max(fact.At(t), 0), latest)
		}
	}
	return 0
}

// date returns the calendar day at the beginning of a text, "" if there is none.
func date(s string) string {
	if len(s) < 10 {
		return ""
	}
	if _, err := time.Parse("2006-01-02", s[:10]); err != nil {
		return ""
	}
	return s[:10]
}

// issue turns one issue into a record. The site is the fallback for answers
// that carry no address of their own.
func (d *decoded) issue(raw gjson.Result, site, subject string) {
	r := fact.Record{Estimate: math.NaN(), Told: d.Seen}
	var fields, changelog, names gjson.Result
	raw.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "id":
			r.ID = v.String()
		case "key":
			r.Key = v.String()
		case "self":
			r.Site = d.siteOf(v.String())
		case "fields":
			fields = v
		case "changelog":
			changelog = v
		case "names":
			names = v
		}
		return true
	})
	for _, part := range []string{"project.self", "status.self", "issuetype.self"} {
		if r.Site == "" {
			r.Site = d.siteOf(fields.Get(part).String())
		}
	}
	r.Site = cmp.Or(r.Site, site)
	r.URL = r.Site + "/browse/" + r.Key
	f := fieldReader{d: d, r: &r}
	fields.ForEach(func(k, v gjson.Result) bool {
		f.read(k.Str, v)
		return true
	})
	f.finish()
	if subject == "" {
		subject = r.Key
	}
	if err := r.Validate(); err != nil {
		d.Reject(subject, "an issue that cannot be kept: "+err.Error())
		return
	}
	if f.noEnd > 0 {
		d.Note(connectors.NoteRepaired, subject, strconv.Itoa(f.noEnd)+" of its links do not say to what")
	}
	d.names(&r, names)
	d.changelog(&r, changelog)
	d.batch.Received++
	d.batch.Records = append(d.batch.Records, r)
}

// names keeps what the site calls its custom fields, where an answer says it.
func (d *decoded) names(r *fact.Record, names gjson.Result) {
	names.ForEach(func(k, v gjson.Result) bool {
		if strings.HasPrefix(k.Str, "customfield_") {
			d.Term(fact.Term{Site: r.Site, Kind: fact.TermField, ID: k.Str, Name: v.String(), Seen: r.Updated})
		}
		return true
	})
}

// fieldReader reads the fields object of one issue.
type fieldReader struct {
	d *decoded
	r *fact.Record

	status, typ, project gjson.Result
	agile                []gjson.Result // sprints as the board answers spell them
	epic                 gjson.Result
	versions, sprints    []gjson.Result
	linkTypes            []gjson.Result
	noEnd                int // links that do not say to what
}

func (f *fieldReader) read(name string, v gjson.Result) {
	if v.Type == gjson.Null {
		return
	}
	d, r := f.d, f.r
	switch name {
	case "summary":
		r.Title = v.String()
	case "project":
		f.project = v
	case "issuetype":
		f.typ = v
	case "status":
		f.status = v
	case "resolution":
		r.Resolution = named(v)
	case "priority":
		r.Priority = named(v)
	case "created":
		r.Created = instant(v)
	case "updated":
		r.Updated = instant(v)
	case "resolutiondate":
		r.Resolved = instant(v)
	case "duedate":
		r.Due = date(v.String())
	case "parent":
		r.Parent = ref(v)
	case "epic":
		f.epic = v
	case "flagged":
		r.Flagged = v.Bool()
	case "components":
		r.Components = namedList(v)
	case "labels":
		v.ForEach(func(_, l gjson.Result) bool { r.Labels = append(r.Labels, l.String()); return true })
	case "fixVersions":
		r.Releases = namedList(v)
		f.versions = v.Array()
	case "sprint":
		f.agile = append(f.agile, v)
	case "closedSprints":
		f.agile = append(f.agile, v.Array()...)
	case "issuelinks":
		v.ForEach(func(_, l gjson.Result) bool { f.link(l); return true })
	case "comment":
		f.involvement(v, "comments", fact.ActComment)
	case "worklog":
		f.involvement(v, "worklogs", fact.ActWorklog)
	case "creator", "reporter", "assignee":
		p := d.user(r.Site, v)
		switch name {
		case "creator":
			r.Creator = p
		case "reporter":
			r.Reporter = p
		case "assignee":
			r.Assignee = p
		}
	default:
		if strings.HasPrefix(name, "customfield_") {
			f.custom(name, v)
		}
	}
}

// finish settles what needs the whole record: words are dated by its update.
func (f *fieldReader) finish() {
	d, r := f.d, f.r
	seen := r.Updated
	if r.Updated == 0 {
		r.Updated = r.Created
	}
	if f.project.Exists() {
		r.Project = fact.Project{ID: f.project.Get("id").String(), Key: f.project.Get("key").String(), Name: f.project.Get("name").String()}
		d.Term(fact.Term{Site: r.Site, Kind: fact.TermProject, ID: r.Project.ID, Name: r.Project.Name, Key: r.Project.Key, Seen: seen})
	}
	if f.typ.Exists() {
		r.Type = issueType(f.typ)
		d.Term(fact.Term{Site: r.Site, Kind: fact.TermType, ID: r.Type.ID, Name: r.Type.Name, Rank: r.Type.Rank, Seen: seen})
	}
	if f.status.Exists() {
		r.Status = named(f.status)
		d.status(r.Site, f.status, seen)
	}
	for _, v := range f.versions {
		d.Term(fact.Term{
			Site: r.Site, Kind: fact.TermRelease, ID: v.Get("id").String(), Name: v.Get("name").String(),
			End: instantText(date(v.Get("releaseDate").String()) + "T00:00:00Z"), Seen: seen,
		})
	}
	for _, s := range f.agile {
		f.sprint(sprintObject(s))
	}
	for _, s := range f.sprints {
		if s.Type == gjson.String {
			f.sprint(sprintText(s.Str))
		} else {
			f.sprint(sprintObject(s))
		}
	}
	for _, t := range f.linkTypes {
		d.Term(fact.Term{
			Site: r.Site, Kind: fact.TermLinkType, ID: t.Get("id").String(), Name: t.Get("name").String(),
			Inward: t.Get("inward").String(), Outward: t.Get("outward").String(), Seen: seen,
		})
	}
	// The members of a JSON object have no order.
	slices.SortStableFunc(r.Fields, func(a, b fact.Field) int { return cmp.Compare(a.ID, b.ID) })
	if r.Parent.IsZero() && f.epic.Exists() {
		r.Parent = ref(f.epic)
	}
}

// status keeps a status with its category. The category's key is fixed, its
// name is translated.
func (d *decoded) status(site string, v gjson.Result, seen fact.Instant) {
	d.Term(fact.Term{
		Site: site, Kind: fact.TermStatus, ID: v.Get("id").String(), Name: v.Get("name").String(),
		Category: v.Get("statusCategory.key").String(), Seen: seen,
	})
}

func named(v gjson.Result) fact.Named {
	if v.Type == gjson.String {
		return fact.Named{Name: v.Str}
	}
	return fact.Named{ID: v.Get("id").String(), Name: v.Get("name").String()}
}

func namedList(v gjson.Result) []fact.Named {
	var out []fact.Named
	v.ForEach(func(_, e gjson.Result) bool { out = append(out, named(e)); return true })
	return out
}

func ref(v gjson.Result) fact.Ref {
	return fact.Ref{ID: v.Get("id").String(), Key: v.Get("key").String()}
}

func issueType(v gjson.Result) fact.Type {
	t := fact.Type{ID: v.Get("id").String(), Name: v.Get("name").String(), Rank: fact.RankUnknown}
	switch level := v.Get("hierarchyLevel"); {
	case level.Type == gjson.Number:
		t.Rank = fact.Rank(min(max(level.Int(), -1), 100))
	case v.Get("subtask").Bool():
		t.Rank = -1
	}
	return t
}

// link reads one end of a link: exactly one of the two sides is there.
func (f *fieldReader) link(v gjson.Result) {
	typ := v.Get("type")
	l := fact.Link{ID: v.Get("id").String(), Type: typ.Get("name").String()}
	switch in, out := v.Get("inwardIssue"), v.Get("outwardIssue"); {
	case in.Exists():
		l.Other, l.Phrase = ref(in), typ.Get("inward").String()
	case out.Exists():
		l.Other, l.Phrase = ref(out), typ.Get("outward").String()
	}
	if l.Other.IsZero() {
		f.noEnd++
		return
	}
	l.Phrase = strings.TrimSpace(l.Phrase)
	f.r.Links = append(f.r.Links, l)
	f.linkTypes = append(f.linkTypes, typ)
}

// involvement reads comments or worklogs: who and when, and of a comment the
// length class. What the answer leaves out is counted.
func (f *fieldReader) involvement(v gjson.Result, list string, act fact.Act) {
	n := 0
	v.Get(list).ForEach(func(_, c gjson.Result) bool {
		n++
		i := fact.Involvement{ID: c.Get("id").String(), Act: act, By: f.d.user(f.r.Site, c.Get("author"))}
		if act == fact.ActWorklog {
			i.At = instant(c.Get("started"))
		} else {
			i.Length = fact.Length(textLength(c.Get("body"), 0))
		}
		if i.At == 0 {
			i.At = instant(c.Get("created"))
		}
		f.r.Involvement = append(f.r.Involvement, i)
		return true
	})
	f.r.Unseen += max(0, int(v.Get("total").Int())-n)
}

// textLength counts the characters of a text, or of all texts within a rich
// text document.
func textLength(v gjson.Result, depth int) int {
	if v.Type == gjson.String {
		return utf8.RuneCountInString(v.Str)
	}
	n := 0
	if text := v.Get("text"); text.Type == gjson.String {
		n += utf8.RuneCountInString(text.Str)
	}
	if depth == 50 { // deeper than anybody writes
		return n
	}
	v.Get("content").ForEach(func(_, c gjson.Result) bool { n += textLength(c, depth+1); return true })
	return n
}

var keyPattern = regexp.MustCompile(`^[A-Z][A-Z0-9_]*-[1-9][0-9]*$`)

// custom reads a custom field by the shape of its value. Sprints are known by
// shape alone; of the rest the closed answers are kept: options, teams,
// numbers, and texts that are an issue's key (a link to an epic, for one).
// Free text and people are not.
func (f *fieldReader) custom(id string, v gjson.Result) {
	switch {
	case v.Type == gjson.Number, v.Type == gjson.String && len(v.Str) < 64 && keyPattern.MatchString(v.Str):
		f.r.Fields = append(f.r.Fields, fact.Field{ID: id, Values: []fact.Named{{Name: v.String()}}})
	case v.IsArray():
		f.customList(id, v)
	case v.IsObject():
		if o, ok := option(v); ok {
			f.r.Fields = append(f.r.Fields, fact.Field{ID: id, Values: []fact.Named{o}})
		}
	}
}

func (f *fieldReader) customList(id string, v gjson.Result) {
	var options []fact.Named
	v.ForEach(func(_, e gjson.Result) bool {
		if isSprint(e) {
			f.sprints = append(f.sprints, e)
			return true
		}
		if o, ok := option(e); ok {
			options = append(options, o)
		}
		return true
	})
	if len(options) > 0 {
		f.r.Fields = append(f.r.Fields, fact.Field{ID: id, Values: options})
	}
}

// option reads an answer out of a closed set. Whatever has marks of a person
// is none.
func option(v gjson.Result) (fact.Named, bool) {
	if !v.IsObject() || v.Get("accountId").Exists() || v.Get("emailAddress").Exists() || v.Get("displayName").Exists() {
		return fact.Named{}, false
	}
	id, text := v.Get("id"), v.Get("value")
	if !text.Exists() {
		text = v.Get("name")
	}
	if !id.Exists() || text.Type != gjson.String || len(text.Str) > 256 {
		return fact.Named{}, false
	}
	return fact.Named{ID: id.String(), Name: text.Str}, true
}

type sprint struct {
	id, name   string
	start, end fact.Instant
}

func (f *fieldReader) sprint(s sprint) {
	if s.id == "" {
		return
	}
	for _, known := range f.r.Sprints {
		if known.ID == s.id {
			return
		}
	}
	f.r.Sprints = append(f.r.Sprints, fact.Named{ID: s.id, Name: s.name})
	f.d.Term(fact.Term{Site: f.r.Site, Kind: fact.TermSprint, ID: s.id, Name: s.name, Start: s.start, End: s.end, Seen: f.r.Updated})
}

const sprintMark = "com.atlassian.greenhopper.service.sprint.Sprint@"

func isSprint(v gjson.Result) bool {
	if v.Type == gjson.String {
		return strings.HasPrefix(v.Str, sprintMark)
	}
	return v.IsObject() && v.Get("state").Exists() && (v.Get("boardId").Exists() || v.Get("originBoardId").Exists() || v.Get("startDate").Exists())
}

func sprintObject(v gjson.Result) sprint {
	s := sprint{id: v.Get("id").String(), name: v.Get("name").String(), start: instant(v.Get("startDate"))}
	if s.end = instant(v.Get("completeDate")); s.end == 0 {
		s.end = instant(v.Get("endDate"))
	}
	return s
}

// sprintPart finds the members of a sprint that is told as text. A name may
// hold commas and brackets, so members are found by their keys.
var sprintPart = regexp.MustCompile(`[\[,](id|rapidViewId|state|name|goal|startDate|endDate|completeDate|activatedDate|sequence|synced|autoStartStop|incompleteIssuesDestinationId)=`)

func sprintText(text string) sprint {
	at := sprintPart.FindAllStringSubmatchIndex(text, -1)
	member := map[string]string{}
	for i, m := range at {
		end := len(strings.TrimSuffix(text, "]"))
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		member[text[m[2]:m[3]]] = text[m[1]:max(m[1], end)]
	}
	s := sprint{id: member["id"], name: member["name"], start: instantText(member["startDate"])}
	if s.end = instantText(member["completeDate"]); s.end == 0 {
		s.end = instantText(member["endDate"])
	}
	return s
}

// changelog reads the history that came inside an issue.
func (d *decoded) changelog(r *fact.Record, v gjson.Result) {
	if !v.Get("histories").IsArray() {
		return
	}
	n := 0
	v.Get("histories").ForEach(func(_, h gjson.Result) bool {
		n++
		r.Changes = append(r.Changes, d.history(r.Site, h)...)
		return true
	})
	r.Changes = fact.SortChanges(r.Changes)
	total := n
	if t := v.Get("total"); t.Type == gjson.Number {
		total = int(t.Int())
	}
	r.History = fact.History{State: fact.WholeHistory, Have: n, Total: total}
	if n < total {
		r.History.State = fact.CutHistory
	}
}

// history reads one entry of a change log: one author, one instant, any number
// of changed fields.
func (d *decoded) history(site string, h gjson.Result) []fact.Change {
	id, at, by := h.Get("id").String(), instant(h.Get("created")), d.user(site, h.Get("author"))
	var out []fact.Change
	ordinals := map[string]int{}
	h.Get("items").ForEach(func(_, item gjson.Result) bool {
		i := readItem(item)
		for _, c := range d.changes(site, i) {
			n := ordinals[i.name()]
			ordinals[i.name()]++
			c.ID, c.At, c.By = id+"."+itemID(i.name(), n), at, by
			out = append(out, c)
		}
		return true
	})
	if out == nil {
		// An entry that changed nothing is one of the tracker's count all the same.
		field := h.Get("items.0.field").String()
		out = []fact.Change{{ID: id + "." + itemID("", 0), At: at, By: by, Kind: fact.KindOther, Field: field}}
	}
	return out
}

// itemID numbers a change within its entry by the field that it changed, since
// an answer that was filtered by field has gaps in the order.
func itemID(name string, ordinal int) string {
	return strconv.Itoa(int(crc32.ChecksumIEEE([]byte(name))&0xfffff)*1000 + ordinal)
}

// item is one changed field as the change log tells it.
type item struct {
	field, id, kind            string
	from, fromText, to, toText string
}

func readItem(v gjson.Result) item {
	var i item
	v.ForEach(func(k, v gjson.Result) bool {
		switch k.Str {
		case "field":
			i.field = v.String()
		case "fieldId":
			i.id = v.String()
		case "fieldtype":
			i.kind = v.String()
		case "from":
			i.from = v.String()
		case "fromString":
			i.fromText = v.String()
		case "to":
			i.to = v.String()
		case "toString":
			i.toText = v.String()
		}
		return true
	})
	return i
}

func (i item) name() string {
	if i.id != "" && !strings.HasPrefix(i.id, "customfield_") {
		return strings.ToLower(i.id)
	}
	return strings.ToLower(strings.ReplaceAll(i.field, " ", ""))
}

// systemKinds are Jira's own fields, in all their spellings.
var systemKinds = map[string]fact.Kind{
	"status": fact.KindStatus, "resolution": fact.KindResolution, "assignee": fact.KindAssignee,
	"parent": fact.KindParent, "issueparentassociation": fact.KindParent,
	"link": fact.KindLink, "issuelinks": fact.KindLink,
	"fixversion": fact.KindRelease, "fixversions": fact.KindRelease,
	"issuetype": fact.KindType, "type": fact.KindType, "priority": fact.KindPriority,
	"duedate": fact.KindDue, "key": fact.KindKey, "project": fact.KindProject,
	"component": fact.KindComponent, "components": fact.KindComponent, "labels": fact.KindLabel,
}

// customKinds are the fields that Jira's own extensions add, by their names. A
// field of somebody's own can bear such a name, too; see [item.fits].
var customKinds = map[string]fact.Kind{
	"epiclink": fact.KindParent, "parentlink": fact.KindParent, "sprint": fact.KindSprint, "team": fact.KindTeam,
	"storypoints": fact.KindEstimate, "storypointestimate": fact.KindEstimate,
	"rank": fact.KindRank, "globalrank": fact.KindRank, "flagged": fact.KindFlag,
}

func (i item) changeKind() fact.Kind {
	if k, ok := systemKinds[i.name()]; ok && i.kind != "custom" && !strings.HasPrefix(i.id, "customfield_") {
		return k
	}
	if kind := customKinds[i.name()]; i.fits(kind) {
		return kind
	}
	return fact.KindOther
}

var (
	teamID     = regexp.MustCompile(`^([0-9]+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(-[0-9]+)?)$`)
	sprintIDs  = regexp.MustCompile(`^ *[0-9]+( *, *[0-9]+)* *$`)
	optionIDs  = regexp.MustCompile(`^\[?[0-9]+(, *[0-9]+)*\]?$`)
	parentID   = regexp.MustCompile(`^([0-9]+|[A-Z][A-Z0-9_]*-[1-9][0-9]*)?$`)
	numberText = regexp.MustCompile(`^(-?[0-9]*[.,]?[0-9]+([eE][+-]?[0-9]+)?)?$`)
)

// fits reports whether both sides of a change look like those of a field of
// Jira's extensions. Where somebody called a list of users "Team", they hold
// people, and where a text bears the name of an estimate, they may hold anything:
// of such changes only the field's name is kept. The account ids of Cloud are
// neither numbers nor plain UUIDs.
func (i item) fits(kind fact.Kind) bool {
	for _, side := range [][2]string{{i.from, i.fromText}, {i.to, i.toText}} {
		id, text := side[0], side[1]
		empty, ok := id == "" && text == "", true
		switch kind {
		case fact.KindTeam:
			ok = empty || teamID.MatchString(id)
		case fact.KindSprint:
			ok = empty || sprintIDs.MatchString(id)
		case fact.KindFlag:
			ok = empty || optionIDs.MatchString(id) || id == "" && text == "Impediment"
		case fact.KindParent:
			ok = parentID.MatchString(id) && (text == "" || keyPattern.MatchString(text))
		case fact.KindEstimate:
			ok = numberText.MatchString(id) && numberText.MatchString(text)
		}
		if !ok {
			return false
		}
	}
	return true
}

// changes turns a changed field into typed changes: one, or one an element
// where a set is told whole.
func (d *decoded) changes(site string, i item) []fact.Change {
	kind := i.changeKind()
	c := fact.Change{
		Kind: kind,
		From: fact.Value{ID: i.from, Text: i.fromText},
		To:   fact.Value{ID: i.to, Text: i.toText},
	}
	switch kind {
	case fact.KindOther:
		// The name is enough to count it; the values may be text or people.
		c.Field, c.From, c.To = i.field, fact.Value{}, fact.Value{}
	case fact.KindRank:
		c.From, c.To = fact.Value{}, fact.Value{}
	case fact.KindAssignee:
		c.From, c.To = fact.Value{Person: d.Person(site, false, i.from)}, fact.Value{Person: d.Person(site, false, i.to)}
	case fact.KindLink:
		c.From, c.To = linkSide(i.from, i.fromText), linkSide(i.to, i.toText)
	case fact.KindDue:
		c.From, c.To = dateSide(i.from, i.fromText), dateSide(i.to, i.toText)
	case fact.KindLabel:
		return setChanges(kind, strings.Fields(i.fromText), strings.Fields(i.toText), nil, nil)
	case fact.KindSprint:
		return setChanges(kind, splitList(i.from), splitList(i.to), splitNames(i.from, i.fromText), splitNames(i.to, i.toText))
	case fact.KindParent:
		if strings.HasPrefix(i.id, "customfield_") {
			d.Term(fact.Term{Site: site, Kind: fact.TermField, ID: i.id, Name: i.field})
		}
	}
	return []fact.Change{c}
}

func dateSide(id, text string) fact.Value {
	if day := date(id); day != "" {
		return fact.Value{Text: day}
	}
	return fact.Value{Text: date(text)}
}

// linkSide reads a link out of a sentence such as "This issue is blocked by
// PAY-12": the other key, and the words between. Which of them are the phrase
// is found where all phrases of the site are known.
func linkSide(key, sentence string) fact.Value {
	if key == "" && sentence == "" {
		return fact.Value{}
	}
	words := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(sentence), key))
	for _, start := range []string{"This issue ", "This work item "} {
		words = strings.TrimPrefix(words, start)
	}
	return fact.Value{ID: key, Text: words}
}

func splitList(s string) []string {
	var out []string
	for _, part := range strings.Split(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// splitNames splits the names that go with a list of ids; names may hold
// commas themselves, and then they are left out.
func splitNames(ids, names string) map[string]string {
	a, b := splitList(ids), splitList(names)
	out := map[string]string{}
	if len(a) == len(b) {
		for i := range a {
			out[a[i]] = b[i]
		}
	} else if len(a) == 1 {
		out[a[0]] = strings.TrimSpace(names)
	}
	return out
}

// setChanges tells what left and what joined a set that is told whole.
func setChanges(kind fact.Kind, from, to []string, fromNames, toNames map[string]string) []fact.Change {
	value := func(id string, names map[string]string) fact.Value {
		if kind == fact.KindLabel {
			return fact.Value{Text: id}
		}
		return fact.Value{ID: id, Text: names[id]}
	}
	var out []fact.Change
	for _, x := range from {
		if !slices.Contains(to, x) {
			out = append(out, fact.Change{Kind: kind, From: value(x, fromNames)})
		}
	}
	for _, x := range to {
		if !slices.Contains(from, x) {
			out = append(out, fact.Change{Kind: kind, To: value(x, toNames)})
		}
	}
	return out
}
