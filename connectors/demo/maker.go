package demo

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// maker makes records from a plan, one at a time. A record is made as its
// tracker would have seen it grow: it is written, then every event changes it
// and leaves a line in its history. So the present values and the history
// cannot disagree.
type maker struct {
	*plan
	at     int32 // the item whose record is being made
	rng    stream
	events []event
	text   []byte // the ids of a record's events

	local []uint32 // number of an account in this batch, 0 before it is met
	met   []int32  // accounts in order of their numbers: a person's at Jira, or its coder

	noise *Noise // where to count, or nil
}

// event is something that happens to the record that is being made. What it
// means depends on its kind.
type event struct {
	at  fact.Instant
	arg int32
	by  int32
	fact.Kind
	off bool // takes out of a set
}

// The acts that are no change, as kinds of an event. The argument of a comment
// is the class of its length.
const (
	comment fact.Kind = 200 + iota
	worklog
	review
	commit
	remark // a comment on a line
)

func newMaker(p *plan) *maker { return &maker{plan: p, local: make([]uint32, 2*len(p.people))} }

// forget begins a batch: nobody was met yet.
func (m *maker) forget() {
	for _, who := range m.met {
		m.local[who] = 0
	}
	m.met = m.met[:0]
}

// coder is the GitHub account of a person of the plan, among all accounts.
func (m *maker) coder(who int32) int32 { return int32(len(m.people)) + who }

// account tells all names of an account.
func (m *maker) account(who int32) connectors.Account {
	if n := who - int32(len(m.people)); n >= 0 {
		return connectors.Account{Site: CodeSite, IDs: slices.Clone(m.people[n].code), Bot: m.people[n].bot}
	}
	return connectors.Account{Site: Site, IDs: slices.Clone(m.people[who].ids), Bot: m.people[who].bot}
}

// person returns an account's number in the batch.
func (m *maker) person(who int32) fact.Person {
	if who == none {
		return 0
	}
	if m.local[who] == 0 {
		m.met = append(m.met, who)
		m.local[who] = uint32(len(m.met))
	}
	return fact.Person(m.local[who])
}

// record makes the record of an item.
func (m *maker) record(i int32) fact.Record {
	it := &m.items[i]
	m.at = i
	m.rng.reset(it.seed, m.seed)
	m.events = m.events[:0]
	r := m.written(i, it)
	m.live(i, it, &r)
	m.happen(i, &r)
	return r
}

// written returns a record as it was when it was new.
func (m *maker) written(i int32, it *item) fact.Record {
	t := &m.teams[it.team]
	if it.moved != 0 {
		t = &m.teams[it.origin]
	}
	r := fact.Record{
		Site: Site, ID: m.id(i), Key: m.key(i, it.created), Title: m.title(it), Project: t.project(),
		Type: types[it.typ], Status: statuses[todo], Priority: priorities[m.rng.weighted(30, 200, 600, 120, 50)],
		Created: it.created, Updated: it.created, Creator: m.person(it.creator), Reporter: m.person(it.creator), Estimate: math.NaN(),
		History: fact.History{State: fact.WholeHistory},
	}
	if it.assigned == it.created {
		r.Assignee = m.person(it.assignee)
	}
	if it.parent != none && it.adopted == 0 {
		r.Parent = m.ref(it.parent, m.end)
	}
	if it.epic != none {
		r.Due = date(m.epics[it.epic].due)
	}
	return r
}

func (m *maker) ref(i int32, at fact.Instant) fact.Ref {
	return fact.Ref{ID: m.id(i), Key: m.key(i, at)}
}

// date writes a day counted from 1970; the zeroth is none.
func date(d int32) string {
	if d == 0 {
		return ""
	}
	return time.Unix(int64(d)*86_400, 0).UTC().Format(time.DateOnly)
}

// push plans an event of the record that is being made. What would come after
// the end has not happened.
func (m *maker) push(at fact.Instant, kind fact.Kind, arg, by int32) {
	if at <= m.end {
		m.events = append(m.events, event{at: at, Kind: kind, arg: arg, by: by})
	}
}

// takeOut is push for an element that leaves a set.
func (m *maker) takeOut(at fact.Instant, kind fact.Kind, arg, by int32) {
	if at <= m.end {
		m.events = append(m.events, event{at: at, Kind: kind, arg: arg, by: by, off: true})
	}
}

// happen lets the events change the record in their order.
func (m *maker) happen(i int32, r *fact.Record) {
	slices.SortStableFunc(m.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	acts := 0
	for _, e := range m.events {
		acts += tick(e.Kind >= comment)
	}
	if n := len(m.events) - acts; n > 0 {
		r.Changes = make([]fact.Change, 0, n)
	}
	if acts > 0 {
		r.Involvement = make([]fact.Involvement, 0, acts)
	}
	ids := m.enumerate(i)
	for n, e := range m.events {
		r.Updated = max(r.Updated, e.at)
		m.tell(e)
		if e.Kind >= comment {
			r.Involvement = append(r.Involvement, fact.Involvement{
				ID: ids(n), At: e.at, By: m.person(e.by), Act: actOf(e.Kind), Length: fact.LengthClass(e.arg),
			})
			continue
		}
		from, to, field := m.change(r, e)
		r.Changes = append(r.Changes, fact.Change{
			ID: ids(n), At: e.at, By: m.person(e.by), Kind: e.Kind, Field: field, From: from, To: to,
		})
	}
	r.History.Have, r.History.Total = len(r.Changes), len(r.Changes)
	r.URL = Site + "/browse/" + r.Key
}

func actOf(k fact.Kind) fact.Act {
	switch k {
	case worklog:
		return fact.ActWorklog
	case review:
		return fact.ActReview
	case commit:
		return fact.ActCommit
	}
	return fact.ActComment
}

// tell counts an event as noise, if somebody wants to know.
func (m *maker) tell(e event) {
	if m.noise == nil {
		return
	}
	switch e.Kind {
	case comment:
		m.noise.Comments[fact.LengthClass(e.arg)]++
	case worklog:
		m.noise.Worklogs++
	}
	m.noise.ByBot += tick(e.by == bot)
}

// bot is the automation account.
const bot = int32(0)

// enumerate writes the ids of a record's events into one text and returns how to
// find them there. The numbers grow with the record's own id.
func (m *maker) enumerate(i int32) func(n int) string {
	first := int64(m.ids[i])*1000 + 1
	m.text = m.text[:0]
	for n := range m.events {
		m.text = strconv.AppendInt(m.text, first+int64(n), 10)
	}
	text := string(m.text)
	width := len(text) / max(1, len(m.events))
	return func(n int) string { return text[n*width : (n+1)*width] }
}

// tick is one for what is true, so that it can be counted.
func tick(b bool) int {
	if b {
		return 1
	}
	return 0
}
