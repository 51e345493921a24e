package github

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// item is an issue or a pull request on its way to a record: what GitHub told of
// it so far, in however many answers.
type item struct {
	r    fact.Record
	node string // its node id, where told

	events  []event
	known   map[string]bool // their ids
	told    bool            // a timeline, or a list of events, came
	cut     bool            // and there is more of it
	holes   bool            // and some of its entries are hidden
	have    int             // entries that came
	total   int             // GitHub's own count of them, where told
	reason  string          // why it is closed at present
	draft   bool            // a pull request that is one at present
	commits int             // how many commits GitHub counts
	own     int             // commits of its own that came
	comment int             // how many comments GitHub counts; -1: not told

	rest   []further
	acts   map[actKey]bool
	body   string // until its references are known
	branch string
}

type actKey struct {
	act fact.Act
	id  string
}

// further is a list that goes on behind what came.
type further struct{ list, after string }

// reference is the other end of a relation.
type reference struct {
	node string
	fact.Ref
}

// event is one entry of a timeline, whichever API told it.
type event struct {
	name     string // as REST calls it
	id       string
	at       fact.Instant
	by       fact.Person
	kind     fact.Kind // but for statuses, which depend on what came before
	from, to fact.Value
	reason   string // of a closing
}

// Statuses and resolutions, see the package's comment.
var (
	statusOpen       = fact.Named{ID: "open", Name: "Open"}
	statusClosed     = fact.Named{ID: "closed", Name: "Closed"}
	statusDraft      = fact.Named{ID: "pull-draft", Name: "Draft"}
	statusPull       = fact.Named{ID: "pull-open", Name: "Open pull request"}
	statusMerged     = fact.Named{ID: "merged", Name: "Merged"}
	statusPullClosed = fact.Named{ID: "pull-closed", Name: "Closed pull request"}
	statusStone      = fact.Named{ID: "milestone-open", Name: "Open milestone"}
	statusStoneDone  = fact.Named{ID: "milestone-closed", Name: "Closed milestone"}

	discussed = fact.Named{ID: "converted_to_discussion", Name: "Converted to a discussion"}
	unmerged  = fact.Named{ID: "unmerged", Name: "Not merged"}
)

// categories are what statuses mean, in the words of [fact.Term].
var categories = map[fact.Named]string{
	statusOpen: "new", statusClosed: "done",
	statusDraft: "indeterminate", statusPull: "indeterminate", statusMerged: "done", statusPullClosed: "done",
	statusStone: "new", statusStoneDone: "done",
}

// resolutions are the reasons for which issues are closed.
var resolutions = map[string]fact.Named{
	"completed":   {ID: "completed", Name: "Completed"},
	"not_planned": {ID: "not_planned", Name: "Not planned"},
	"duplicate":   {ID: "duplicate", Name: "Duplicate"},
}

// resolution returns a reason as a name; GitHub may add reasons.
func resolution(reason string) fact.Named {
	reason = strings.ToLower(reason)
	if r, ok := resolutions[reason]; ok {
		return r
	}
	switch reason {
	case "", "reopened":
		return resolutions["completed"]
	}
	words := strings.ReplaceAll(reason, "_", " ")
	return fact.Named{ID: reason, Name: strings.ToUpper(words[:1]) + words[1:]}
}

// newItem begins an item. Without an answer about it, nothing is known.
func newItem(class fact.Class) *item {
	return &item{r: fact.Record{Class: class, Estimate: math.NaN()}, acts: map[actKey]bool{}, known: map[string]bool{}, comment: -1}
}

var login = regexp.MustCompile(`(^|[^\w@/.` + "`" + `-])@[A-Za-z0-9](?:[A-Za-z0-9]|-[A-Za-z0-9])*(/?)`)

// anonymous takes the logins of people out of a title; names of teams and of
// packages, which have a slash behind them, stay.
func anonymous(title string) string {
	return login.ReplaceAllStringFunc(title, func(found string) string {
		if strings.HasSuffix(found, "/") {
			return found
		}
		return found[:strings.IndexByte(found, '@')] + "@…"
	})
}

// standing settles the present status. State is what GitHub calls it.
func (it *item) standing(state string) {
	r := &it.r
	closed := strings.EqualFold(state, "closed") || strings.EqualFold(state, "merged") || r.Pull.Merged != 0
	if !closed {
		r.Resolved = 0
	}
	switch {
	case r.Class == fact.ClassIssue && closed:
		r.Status, r.Resolution = statusClosed, resolution(it.reason)
	case r.Class == fact.ClassIssue:
		r.Status = statusOpen
	case r.Pull.Merged != 0:
		r.Status = statusMerged
	case closed:
		r.Status, r.Resolution = statusPullClosed, unmerged
	case it.draft:
		r.Status = statusDraft
	default:
		r.Status = statusPull
	}
}

// link adds an end of a link, once.
func (it *item) link(l fact.Link) {
	if l.Other.IsZero() || slices.ContainsFunc(it.r.Links, func(o fact.Link) bool { return o.ID == l.ID && o.Phrase == l.Phrase }) {
		return
	}
	it.r.Links = append(it.r.Links, l)
}

// The types of links and how their ends read.
const (
	typeBlocked, phraseBlocked, phraseBlocks = "blocked by", "is blocked by", "blocks"
	typeCloses, phraseCloses, phraseClosed   = "closes", "closes", "is closed by"
)

// blocked ties the item to one that blocks it, or that it blocks.
func (it *item) blocked(other fact.Ref, phrase string) {
	blocked, blocker := name(it.r.ID, it.r.Key), name(other.ID, other.Key)
	if phrase == phraseBlocks {
		blocked, blocker = blocker, blocked
	}
	it.link(fact.Link{ID: "blocked-by:" + blocked + ":" + blocker, Type: typeBlocked, Phrase: phrase, Other: other})
}

// closes ties a pull request to an issue that it closes.
func (it *item) closes(other fact.Ref, phrase string) {
	pull, issue := name(it.r.ID, it.r.Key), name(other.ID, other.Key)
	if phrase == phraseClosed {
		pull, issue = issue, pull
	}
	it.link(fact.Link{ID: "closes:" + pull + ":" + issue, Type: typeCloses, Phrase: phrase, Other: other})
}

func name(id, key string) string { return cmp.Or(id, key) }

// act notes what somebody did, once.
func (it *item) act(i fact.Involvement) {
	k := actKey{i.Act, i.ID}
	if i.ID == "" || it.acts[k] {
		return
	}
	it.acts[k] = true
	it.r.Involvement = append(it.r.Involvement, i)
}

// named returns the id of a comment or a review. Of one that was told without it,
// as by some archives, the moment and a number tell it from others: two of one
// moment are one if somebody did both.
func (it *item) named(letter, id string, act fact.Act, at fact.Instant, by fact.Person) string {
	if id != "" {
		return letter + id
	}
	for n := 0; ; n++ {
		out := letter + "@" + strconv.FormatInt(int64(at), 10) + "." + strconv.Itoa(n)
		same := func(o fact.Involvement) bool { return o.Act == act && o.ID == out && o.By != by }
		if !slices.ContainsFunc(it.r.Involvement, same) {
			return out
		}
	}
}

// shortHash is what is kept of a commit's hash.
func shortHash(hash string) string { return hash[:min(len(hash), 16)] }

// commit notes a commit of a pull request.
func (it *item) commit(hash string, written fact.Instant, by fact.Person) {
	before := len(it.r.Involvement)
	it.act(fact.Involvement{ID: shortHash(hash), Act: fact.ActCommit, At: written, By: by})
	it.own += len(it.r.Involvement) - before
	if written != 0 && (it.r.Pull.Begun == 0 || written < it.r.Pull.Begun) {
		it.r.Pull.Begun = written
	}
}

// finish makes a record of what was told.
func (it *item) finish() (r fact.Record, mentionsLeft int) {
	if it.r.Updated < it.r.Created {
		it.r.Updated = it.r.Created
	}
	it.discussed()
	it.r.Changes = it.changes()
	if it.told {
		it.r.History = fact.History{State: fact.WholeHistory, Have: it.have, Total: max(it.have, it.total)}
		if it.cut {
			it.r.History.State = fact.CutHistory
		}
	}
	if it.comment >= 0 {
		seen := 0
		for _, i := range it.r.Involvement {
			if i.Act == fact.ActComment {
				seen++
			}
		}
		it.r.Unseen = max(0, it.comment-seen)
	}
	if it.own > 0 { // a timeline ends at 250 of them
		it.r.Unseen += max(0, it.commits-it.own)
	}
	it.r.Mentions, mentionsLeft = mentionsOf(it.r.Site, it.r.Project.Key, it.r.Title, it.body, it.branch)
	it.r.Title = anonymous(it.r.Title)
	return it.r, mentionsLeft
}

// discussed settles the resolution of an issue that became a discussion: GitHub
// calls it completed.
func (it *item) discussed() {
	at, last := 0, 0
	for i, e := range it.events {
		switch e.name {
		case "converted_to_discussion":
			at = i + 1
		case "closed", "reopened":
			last = i + 1
		}
	}
	if at > last && it.r.Status == statusClosed {
		it.r.Resolution = discussed
	}
}

// changes turns events into changes. What a closing or a reopening changes
// depends on what came before it.
func (it *item) changes() []fact.Change {
	// GitHub tells a merge and the closing that goes with it at one moment.
	slices.SortStableFunc(it.events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(rank(a.name), rank(b.name)), fact.CompareID(a.id, b.id))
	})
	w := walk{it: it, draft: it.begunAsDraft(), last: -1}
	for i, e := range it.events {
		if e.name == "closed" {
			w.last = i
		}
	}
	var out []fact.Change
	for i, e := range it.events {
		out = append(out, w.changes(i, e)...)
	}
	it.transfers(out)
	return fact.SortChanges(out)
}

// rank orders what happened in one moment.
func rank(name string) int {
	if name == "merged" {
		return 0
	}
	return 1
}

// begunAsDraft reports whether a pull request was a draft at first: its first
// event of that kind tells, or else what it is at present.
func (it *item) begunAsDraft() bool {
	for _, e := range it.events {
		switch e.name {
		case "ready_for_review":
			return true
		case "convert_to_draft":
			return false
		}
	}
	return it.draft
}

// transfers fills in where an item went: to where it left from next, or to where
// it is.
func (it *item) transfers(changes []fact.Change) {
	to := fact.Value{ID: it.r.Project.ID, Text: it.r.Project.Key}
	for i := len(changes) - 1; i >= 0; i-- {
		if c := &changes[i]; c.Kind == fact.KindProject {
			c.To, to = to, c.From
		}
	}
}

// walk is the state of an item while its events are read in their order.
type walk struct {
	it                    *item
	draft, closed, merged bool
	resolution            fact.Named
	last                  int // the last closing
}

func (w *walk) status() fact.Named {
	switch pull := w.it.r.Class == fact.ClassPull; {
	case w.merged:
		return statusMerged
	case pull && w.closed:
		return statusPullClosed
	case pull && w.draft:
		return statusDraft
	case pull:
		return statusPull
	case w.closed:
		return statusClosed
	}
	return statusOpen
}

// changes returns what one event changed. Entries of which several changes come
// number them.
func (w *walk) changes(i int, e event) []fact.Change {
	before, was := w.status(), w.resolution
	switch e.name {
	case "converted_to_discussion": // and nothing says that it was closed
		w.closed, w.resolution = true, discussed
	case "closed":
		if w.merged {
			return nil // the merge said it
		}
		w.closed, w.resolution = true, w.why(i, e)
	case "reopened":
		w.closed, w.merged, w.resolution = false, false, fact.Named{}
	case "merged":
		w.closed, w.merged, w.resolution = true, true, fact.Named{}
	case "convert_to_draft":
		w.draft = true
	case "ready_for_review":
		w.draft = false
	default:
		return []fact.Change{e.change(e.id)}
	}
	after := w.status()
	status := fact.Change{ID: e.id, At: e.at, By: e.by, Kind: fact.KindStatus, From: value(before), To: value(after)}
	if before == after {
		status = fact.Change{ID: e.id, At: e.at, By: e.by, Kind: fact.KindOther, Field: e.name}
	}
	if was == w.resolution {
		return []fact.Change{status}
	}
	status.ID = e.id + ".0"
	return []fact.Change{status, {ID: e.id + ".1", At: e.at, By: e.by, Kind: fact.KindResolution, From: value(was), To: value(w.resolution)}}
}

// why returns the resolution that a closing comes with. Where the event does not
// tell, the last one has the present reason.
func (w *walk) why(i int, e event) fact.Named {
	switch {
	case w.it.r.Class == fact.ClassPull:
		return unmerged
	case e.reason == "" && i == w.last && w.it.r.Status == statusClosed:
		return resolution(w.it.reason)
	}
	return resolution(e.reason)
}

func value(n fact.Named) fact.Value { return fact.Value{ID: n.ID, Text: n.Name} }

func (e event) change(id string) fact.Change {
	c := fact.Change{ID: id, At: e.at, By: e.by, Kind: e.kind, From: e.from, To: e.to}
	if e.kind == fact.KindOther {
		c.Field = e.name
	}
	return c
}

// keep adds the record of an item to the batch.
func (d *decoded) keep(it *item, subject string) {
	r, left := it.finish()
	r.Told = d.Seen
	d.record(r, cmp.Or(subject, r.Key))
	if left > 0 {
		d.Note(connectors.NoteSkipped, cmp.Or(subject, r.Key), strconv.Itoa(left)+" references in its texts, beyond the first "+strconv.Itoa(mostMentions))
	}
}

// record adds a record, with the words that it uses.
func (d *decoded) record(r fact.Record, subject string) {
	if err := r.Validate(); err != nil {
		d.Reject(subject, "a "+r.Class.String()+" that cannot be kept: "+err.Error())
		return
	}
	seen := cmp.Or(d.Seen, r.Updated)
	term := func(t fact.Term) {
		t.Site, t.Seen = r.Site, seen
		d.Term(t)
	}
	if r.Project.Key != "" {
		term(fact.Term{Kind: fact.TermProject, ID: r.Project.ID, Name: r.Project.Name, Key: r.Project.Key})
	}
	term(fact.Term{Kind: fact.TermType, ID: r.Type.ID, Name: r.Type.Name, Rank: r.Type.Rank})
	d.statuses(r.Site, seen, r.Class)
	for _, l := range r.Links {
		if l.Type == typeBlocked {
			term(fact.Term{Kind: fact.TermLinkType, ID: l.Type, Name: l.Type, Inward: phraseBlocked, Outward: phraseBlocks})
		} else {
			term(fact.Term{Kind: fact.TermLinkType, ID: l.Type, Name: l.Type, Inward: phraseClosed, Outward: phraseCloses})
		}
	}
	d.Received++
	d.Records = append(d.Records, r)
}

// statuses keeps what the statuses of a class mean: all of them, since histories
// tell of those that nothing has at present.
func (d *decoded) statuses(site string, seen fact.Instant, class fact.Class) {
	list := [...][]fact.Named{
		fact.ClassIssue: {statusOpen, statusClosed}, fact.ClassPull: {statusDraft, statusPull, statusMerged, statusPullClosed},
		fact.ClassMilestone: {statusStone, statusStoneDone},
	}[class]
	for _, s := range list {
		d.Term(fact.Term{Site: site, Kind: fact.TermStatus, ID: s.ID, Name: s.Name, Category: categories[s], Seen: seen})
	}
}
