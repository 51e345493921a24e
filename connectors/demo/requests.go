package demo

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"smokestack/analysis/fact"
)

// request makes the record of a pull request, as maker.record makes that of an
// item: it is opened, then every event changes it.
func (m *maker) request(n int32) fact.Record {
	p := &m.pulls[n]
	m.rng.reset(p.seed, m.seed)
	m.events = m.events[:0]
	r := m.proposed(n, p)
	m.course(p, &r)
	m.discuss(p)
	m.unfold(n, &r)
	return r
}

// The ids of pull requests count on from here, over all cells.
const firstPull = 800_001

func (p *plan) pullNumber(n int32) int { return firstPull + p.pullBase + int(n) }

func (p *plan) pullID(n int32) string { return "p" + strconv.Itoa(p.pullNumber(n)) }

func (p *plan) pullKey(n int32) string {
	return p.repos[p.pulls[n].repo].key + "#" + strconv.Itoa(int(p.pulls[n].number))
}

// proposed returns a pull request as it was when it was opened, but for its
// size, which is the present one.
func (m *maker) proposed(n int32, p *pull) fact.Record {
	author := m.person(m.coder(p.author))
	r := fact.Record{
		Site: CodeSite, ID: m.pullID(n), Key: m.pullKey(n), Class: fact.ClassPull, Project: m.project(p.repo), Type: pullType,
		Status: pullStatuses[pullOpen], Created: p.opened, Updated: p.opened, Creator: author, Reporter: author, Estimate: math.NaN(),
		History: fact.History{State: fact.WholeHistory},
	}
	if p.ready != 0 {
		r.Status = pullStatuses[pullDraft]
	}
	if p.bump() {
		r.Labels = []string{bumpLabel}
	}
	m.name(p, &r)
	r.Pull = m.size(p)
	if p.merged {
		r.Pull.Merged = m.seen(p.closed)
	}
	return r
}

// name gives a pull request its title, and says which keys stand where.
func (m *maker) name(p *pull, r *fact.Record) {
	if p.bump() {
		major := m.rng.between(0, 9)
		r.Title = fmt.Sprintf("Bump %s from %d.%d.0 to %d.%d.0", pick(&m.rng, libraries), major, m.rng.between(0, 4), major, m.rng.between(5, 9))
		return
	}
	r.Title = m.titleOf(p.carries[0])
	in := where{title: m.rng.chance(600), body: m.rng.chance(350), branch: m.rng.chance(450), misled: m.rng.chance(misleading)}
	var keys []string
	if !p.silent {
		keys = m.keysOf(p)
		in.title = in.title || !in.body && !in.branch
	}
	if in.title && len(keys) > 0 {
		r.Title = strings.Join(keys, ", ") + ": " + r.Title
	}
	r.Mentions = m.mentions(keys, in)
}

// misleading is the share of pull requests that speak of what looks like a key
// and is none.
const misleading = 15

// where says in which texts the author names the first key; the others stand in
// the title or in the body. Misled, the body speaks of what is no key, too.
type where struct{ title, body, branch, misled bool }

// mentions tells what is found in the texts of a pull request, title first.
func (m *maker) mentions(keys []string, in where) []fact.Mention {
	var out []fact.Mention
	say := func(w fact.Where, word fact.Word, site, key string) {
		out = append(out, fact.Mention{Where: w, Word: word, Site: site, Key: key})
	}
	word, site := fact.WordMentions, ""
	if m.rng.chance(400) {
		word = fact.WordCloses
	}
	if m.rng.chance(200) {
		site = Site // the address stands there, not the bare key
	}
	if in.title {
		for _, k := range keys {
			say(fact.InTitle, fact.WordMentions, "", k)
		}
	}
	for i, k := range keys {
		if in.body || i > 0 && !in.title {
			say(fact.InBody, word, site, k)
		}
	}
	if in.misled {
		say(fact.InBody, fact.WordMentions, "", "UTF-8")
	}
	if in.branch && len(keys) > 0 {
		say(fact.InBranch, fact.WordMentions, "", keys[0])
	}
	return out
}

// keysOf lists the keys that a pull request's items bear when it is opened.
func (m *maker) keysOf(p *pull) []string {
	var out []string
	for _, i := range p.carries {
		if i != none {
			out = append(out, m.key(i, p.opened))
		}
	}
	return out
}

// titleOf returns the title that an item's record has: it is the first thing
// that is drawn for one.
func (m *maker) titleOf(i int32) string {
	kept := m.rng
	m.rng.reset(m.items[i].seed, m.seed)
	title := m.title(&m.items[i])
	m.rng = kept
	return title
}

// subject returns the number of what an item is about among its team's subjects:
// the first thing that is drawn for a title.
func (p *plan) subject(i int32) int {
	var s stream
	s.reset(p.items[i].seed, p.seed)
	return int(s.below(int64(len(subjects[int(p.items[i].origin)%len(cast)]))))
}

// course plans how a pull request comes to its end.
func (m *maker) course(p *pull, r *fact.Record) {
	author := m.coder(p.author)
	if p.ready != 0 {
		m.push(p.ready, fact.KindStatus, pullOpen, author)
	}
	open := max(p.opened, p.ready)
	until := min(p.closed, m.end+week)
	if !p.bump() && until-open > 2*hour && m.rng.chance(30) {
		back := mid(open, until, m.rng.between(50, 300), 0)
		open = mid(back, until, m.rng.between(300, 600), 0)
		m.push(back, fact.KindStatus, pullDraft, author)
		m.push(open, fact.KindStatus, pullOpen, author)
	}
	if !p.bump() && p.closed <= m.end && until-open > 2*hour && m.rng.chance(15) {
		shut := mid(open, until, m.rng.between(300, 500), 0)
		m.shut(shut, author)
		again := mid(shut, until, m.rng.between(200, 500), 0)
		m.push(again, fact.KindStatus, pullOpen, author)
		m.push(again, fact.KindResolution, 0, author)
	}
	m.close(p)
	if !p.bump() {
		m.tend(p, r, author)
	}
}

func (m *maker) shut(at fact.Instant, by int32) {
	m.push(at, fact.KindStatus, pullClosed, by)
	m.push(at, fact.KindResolution, 1, by)
}

// close plans the end, which the author brings about or the first reviewer.
func (m *maker) close(p *pull) {
	by := p.author
	if p.bump() && p.merged || m.rng.chance(350) {
		by = p.closer(m)
	}
	if !p.merged {
		m.shut(p.closed, m.coder(by))
		return
	}
	m.push(p.closed, fact.KindStatus, pullMerged, m.coder(by))
	if m.rng.chance(400) {
		m.push(p.closed+1000, fact.KindOther, branchDeleted, m.coder(by))
	}
}

// closer returns who else than the author closes a pull request.
func (p *pull) closer(m *maker) int32 {
	if p.reviews[0].at != 0 {
		return p.reviews[0].by
	}
	if p.bump() {
		return m.keeper(p.repo, &m.rng)
	}
	return p.author
}

// The events that change nothing which is kept, by their arguments.
const (
	reviewRequested = iota
	renamed
	branchDeleted
)

var otherEvents = [...]string{reviewRequested: "review_requested", renamed: "renamed", branchDeleted: "head_ref_deleted"}

// tend plans what is done around a pull request while it is open.
func (m *maker) tend(p *pull, r *fact.Record, author int32) {
	open, until := max(p.opened, p.ready), min(p.closed, m.end+week)
	if m.rng.chance(200) {
		m.push(p.opened+m.rng.span(1000, 60_000), fact.KindAssignee, author, author)
	}
	if m.rng.chance(250) {
		m.push(p.opened+m.rng.span(1000, 60_000), fact.KindLabel, int32(m.rng.below(int64(len(codeLabels)))), author)
	}
	if m.rng.chance(40) {
		m.push(mid(open, until, m.rng.between(50, 900), 0), fact.KindOther, renamed, author)
	}
	for _, v := range p.reviews {
		if v.at != 0 && m.rng.chance(700) {
			m.push(open+(v.at-open)/4, fact.KindOther, reviewRequested, author)
		}
	}
}

// discuss plans commits, reviews and comments. Whoever has the item in hand
// commits, so that hand-overs show in the code.
func (m *maker) discuss(p *pull) {
	until := min(p.closed, m.end+week)
	m.push(p.begun, commit, 0, m.coder(p.author))
	if p.bump() {
		m.judge(p)
		return
	}
	it := &m.items[p.carries[0]]
	for range m.rng.below(5) {
		at := mid(p.begun, until, m.rng.between(20, 900), m.zone(p.author))
		m.push(at, commit, 0, m.coder(it.hand(at)))
	}
	m.judge(p)
	for range m.rng.weighted(450, 300, 150, 100) {
		who := p.author
		if v := pick(&m.rng, p.reviews[:]); v.at != 0 {
			who = v.by
		}
		kind := comment
		if who != p.author && m.rng.chance(500) {
			kind = remark
		}
		at := mid(p.opened, until, m.rng.between(50, 950), m.zone(who))
		m.push(at, kind, int32(fact.Short)+int32(m.rng.weighted(300, 480, 220)), m.coder(who))
	}
}

// judge plans the reviews, some of which need a second look.
func (m *maker) judge(p *pull) {
	for _, v := range p.reviews {
		if v.at == 0 {
			continue
		}
		m.push(v.at, review, 0, m.coder(v.by))
		if m.rng.chance(300) && p.closed-v.at > hour/4 {
			m.push(mid(v.at, min(p.closed, v.at+2*day), 700, m.zone(v.by)), review, 0, m.coder(v.by))
		}
	}
}

// unfold lets the events change a pull request in their order.
func (m *maker) unfold(n int32, r *fact.Record) {
	slices.SortStableFunc(m.events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	first := int64(m.pullNumber(n)) * 1000
	for k, e := range m.events {
		r.Updated = max(r.Updated, e.at)
		id := strconv.FormatInt(first+int64(k), 10)
		if e.Kind >= comment {
			r.Involvement = append(r.Involvement, fact.Involvement{
				ID: actID(e.Kind, id, first+int64(k)), At: e.at, By: m.person(e.by), Act: actOf(e.Kind), Length: fact.LengthClass(e.arg),
			})
			continue
		}
		// A reason comes with the status that it is the reason of.
		switch {
		case e.Kind == fact.KindResolution:
			id = strconv.FormatInt(first+int64(k)-1, 10) + ".2"
		case k+1 < len(m.events) && m.events[k+1].Kind == fact.KindResolution:
			id += ".1"
		}
		c := fact.Change{ID: id, At: e.at, By: m.person(e.by), Kind: e.Kind}
		c.From, c.To, c.Field = m.turn(r, e)
		r.Changes = append(r.Changes, c)
	}
	r.History.Have, r.History.Total = len(r.Changes), len(r.Changes)
	r.URL = fact.Address(CodeSite, r.Key)
}

// actID writes the id of an act as GitHub's are written; a commit's is that of
// its content.
func actID(kind fact.Kind, id string, n int64) string {
	switch kind {
	case review:
		return "r" + id
	case remark:
		return "l" + id
	case commit:
		return fmt.Sprintf("%016x", hash("commit", id)^uint64(n))
	}
	return "c" + id
}

// turn lets an event change a pull request and returns what its history says of
// that.
func (m *maker) turn(r *fact.Record, e event) (from, to fact.Value, field string) {
	switch e.Kind {
	case fact.KindStatus:
		if r.Resolved = 0; e.arg >= pullMerged {
			r.Resolved = e.at
		}
		from, to = replace(&r.Status, pullStatuses[e.arg])
	case fact.KindResolution:
		from, to = replace(&r.Resolution, [...]fact.Named{{}, unmerged}[e.arg])
	case fact.KindAssignee:
		from = fact.Value{Person: r.Assignee}
		r.Assignee = m.person(e.arg)
		to = fact.Value{Person: r.Assignee}
	case fact.KindLabel:
		to = fact.Value{Text: codeLabels[e.arg]}
		r.Labels = append(r.Labels, to.Text)
	case fact.KindOther:
		field = otherEvents[e.arg]
	}
	return from, to, field
}
