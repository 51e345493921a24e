package jira

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/pace"
	"smokestack/connectors/wire"
)

// Live is the source of some issues of a [Site]: of one project, or those that
// a query selects.
//
// A pull reads what was updated since the last one, oldest first, with every
// change history whole. Then it asks for the ids of all issues in the scope and
// compares them with what the sink holds: what is listed and not held is
// fetched, what is held and not listed is looked up one by one and, if it is
// really no longer there, said to be gone. So completeness is not inferred from
// the sizes of pages. What Jira cannot give out or look up for the moment, and
// says so, is missing, and the next pull asks for it again.
//
// The requests of a pull of N issues, C of them updated since the last pull:
//
//	once a site   serverInfo, myself, field, status, issueLinkType       5
//	once a scope  project 1, boards ⌈B/50⌉, a board 1 and its sprints ⌈S/50⌉
//	Cloud         approximate-count 1 in a full pull; search ⌈C/100⌉;
//	              changelog/bulkfetch ⌈C/1000⌉ (more above 10,000 entries each);
//	              ids ⌈N/5000⌉
//	Data Center   search ⌈C/49⌉ with histories: a page begins with the last
//	              issue of the one before; ids ⌈N/1000⌉
//
// and of n issues that are missing, gone, or at the other end of a changed link
// ⌈n/100⌉ and their histories ⌈n/1000⌉ (Data Center ⌈n/50⌉). A board that belongs
// to several projects is read once. C counts what was updated within the
// look-back before the last pull again, at least one page is always asked for,
// and ids are asked for at every pull only where that is one page, else once a
// day, or where the last time left something open; a query's twice where some are
// gone.
type Live struct {
	site    *Site
	project string // its key; "": a query
	where   where
	anew    bool
}

var _ connectors.Source = (*Live)(nil)

// Anew makes the source pull everything again, whatever the sink holds.
func (l *Live) Anew() *Live {
	c := *l
	c.anew = true
	return &c
}

// Name says what the source reads, for people.
func (l *Live) Name() string {
	if l.project != "" {
		return "project " + l.project
	}
	return string(l.where)
}

// Scope implements [connectors.Source].
func (l *Live) Scope() connectors.Scope {
	return connectors.Scope{Tracker: "jira", Origin: l.site.client.base.String(), Query: string(l.where), Decoder: decoderVersion}
}

const (
	// lookBack is how far before the moment when it was last asked a pull looks
	// again: the index that searches read is not always up to date.
	lookBack = fact.Instant(15 * time.Minute / time.Millisecond)

	// batchIssues is how many issues are handed over at a time, as many as one
	// request for histories may name.
	batchIssues = 1000

	markVersion = 1
)

// mark is the cursor of a live pull.
type mark struct {
	Version int          `json:"v"`
	Asked   fact.Instant `json:"asked"`             // the server\'s time when it was last asked
	At      fact.Instant `json:"at"`                // everything updated before is stored
	Ties    []string     `json:"ties,omitempty"`    // ids of issues updated at that very moment that were told
	Under   bool         `json:"under,omitempty"`   // a pull is at hand
	Full    bool         `json:"full,omitempty"`    // it began from nothing
	Swept   fact.Instant `json:"swept,omitempty"`   // when ids were last compared, with nothing left open
	Before  int          `json:"before,omitempty"`  // what the sink held when a full pull began
	Open    bool         `json:"open,omitempty"`    // when ids were compared last, something was left open
	Touched []string     `json:"touched,omitempty"` // what is still to be refreshed
	Fields  []string     `json:"fields,omitempty"`
}

// tiesMost bounds a cursor: of a moment at which more issues were updated, all
// are told again.
const tiesMost = 200

// touchedMost is how many names may wait to be refreshed: they stand in the
// cursor.
const touchedMost = 500

// reach moves the mark to an issue's update.
func (m *mark) reach(at fact.Instant, id string) {
	if at > m.At {
		m.At, m.Ties = at, nil
	}
	if at == m.At && len(m.Ties) < tiesMost {
		m.Ties = append(m.Ties, id)
	}
}

func (m mark) cursor() connectors.Cursor {
	text, err := json.Marshal(m)
	if err != nil {
		return ""
	}
	return connectors.Cursor(text)
}

// begin settles where a pull begins: a cursor that is not of this form, or that
// answers with fewer fields led to, is worth nothing, since what was not asked
// for then never comes by asking for what is newer.
func begin(from connectors.Cursor, fields []string) mark {
	var m mark
	usable := json.Unmarshal([]byte(from), &m) == nil && m.Version == markVersion
	for _, f := range fields {
		usable = usable && slices.Contains(m.Fields, f)
	}
	switch {
	case !usable:
		m = mark{Version: markVersion, Full: true}
	case !m.Under:
		m.Full = false
	}
	m.Fields = fields
	return m
}

// before is how much the sink held when the pull at hand began, if that was one
// from nothing.
func before(from connectors.Cursor) int {
	var m mark
	if json.Unmarshal([]byte(from), &m) != nil {
		return 0
	}
	return m.Before
}

// livePull is one pull at work.
type livePull struct {
	*Live
	about *metadata
	from  connectors.State
	emit  func(connectors.Batch) error
	at    mark
	since fact.Instant // how far it looks back
	known mark         // as the sink has it
	fresh bool         // the next batch is the first of a pull from nothing
	words []fact.Term

	expected int
	group    []gjson.Result    // issues to hand over
	told     map[string]bool   // ids and keys handed over by this pull
	touched  map[string]bool   // keys and ids at the other end of changes
	failed   map[string]bool   // keys and ids of what the next pull is to refresh, since this one could not
	open     bool              // something is known to be missing
	held     []connectors.Item // what the sink holds, once asked for
	notes    []connectors.Note // to go with the next batch
}

// Pull implements [connectors.Source].
func (l *Live) Pull(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	if cause := context.Cause(ctx); cause != nil {
		return connectors.Summary{}, cause
	}
	about, err := l.site.about(ctx)
	if err != nil {
		return connectors.Summary{}, err
	}
	p := &livePull{Live: l, about: about, from: from, emit: emit, told: map[string]bool{}, touched: map[string]bool{}, failed: map[string]bool{}}
	cursor := from.Cursor
	if l.anew {
		cursor = ""
	}
	p.at = begin(cursor, about.fields)
	if p.fresh = p.at.Full && !p.at.Under; p.fresh {
		held, err := p.holdsNow(ctx)
		if err != nil {
			return connectors.Summary{}, err
		}
		p.at.Before = max(len(held), before(from.Cursor))
	}
	// What was late in the index when it was last asked was updated shortly before.
	look := lookBack
	if about.now-p.at.Swept >= sweepEvery {
		look = sweepEvery // an index may have been later than usual
	}
	p.since = max(0, min(p.at.At, p.at.Asked-look))
	p.known, p.at.At, p.at.Ties = p.at, p.since, nil
	for _, name := range p.at.Touched {
		p.touched[name] = true
	}
	p.at.Under, p.at.Asked = true, about.now
	for _, step := range []func(context.Context) error{p.begin, p.updated, p.refresh, p.sweep, p.end} {
		if err := step(ctx); err != nil {
			return connectors.Summary{}, err
		}
	}
	return connectors.Summary{Through: max(0, about.now-lookBack)}, nil
}

// begin learns what the site's words mean. They go with the first batch, so that
// every batch brings the pull further.
func (p *livePull) begin(ctx context.Context) error {
	p.words = slices.Clone(p.about.terms)
	if p.project != "" {
		terms, err := p.site.projectWords(ctx, p.about, p.project)
		if err != nil {
			return err
		}
		boards, notes, err := p.site.boards(ctx, p.about, p.project)
		if err != nil {
			return err
		}
		p.words, p.notes = slices.Concat(p.words, terms, boards), notes
	}
	if p.at.Full && p.about.cloud {
		n, err := p.site.count(ctx, p.where)
		if err != nil && !dispensable(ctx, err) {
			return err
		}
		p.expected = n
	}
	return nil
}

// dispensable reports whether an answer that is good for the progress alone may
// be missing: whatever else is wrong, the search will tell.
func dispensable(ctx context.Context, err error) bool {
	var quota *pace.QuotaError
	return ctx.Err() == nil && !errors.Is(err, ErrQuery) && !errors.As(err, &quota)
}

// hand hands a batch over, with all that belongs to every batch.
func (p *livePull) hand(ctx context.Context, b connectors.Batch) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	again := maps.Clone(p.touched)
	maps.Copy(again, p.failed)
	p.at.Touched = slices.Sorted(maps.Keys(again))
	b.Fresh, b.Expected, b.Next = p.fresh, p.expected, p.at.cursor()
	b.Notes = append(b.Notes, p.notes...)
	b.Terms = fact.Vocabulary(nil).Add(append(b.Terms, p.words...)...)
	if err := p.emit(b); err != nil {
		return err
	}
	p.fresh, p.notes, p.words = false, nil, nil
	return nil
}

// updated hands over what was updated since the last pull.
func (p *livePull) updated(ctx context.Context) error {
	err := p.site.updated(ctx, p.about, p.where, p.since, func(issues []gjson.Result, total int) error {
		if p.at.Full && total > 0 {
			p.expected = max(p.expected, total)
		}
		for _, v := range issues {
			if p.has(v) {
				continue
			}
			p.group = append(p.group, v)
			if len(p.group) < p.site.batch {
				continue
			}
			if err := p.flush(ctx, true); err != nil {
				return err
			}
			if len(p.touched) < touchedMost {
				continue
			}
			if err := p.refresh(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return p.refused(err)
	}
	return p.flush(ctx, true)
}

// has reports whether an issue was told with this very update: asking for
// updates at or after a moment brings those of the moment itself again.
func (p *livePull) has(v gjson.Result) bool {
	return instant(v.Get("fields.updated")) == p.known.At && slices.Contains(p.known.Ties, v.Get("id").String())
}

// refused tells a query that Jira does not understand from other errors.
func (l *Live) refused(err error) error {
	if wire.StatusOf(err) != 400 {
		return err
	}
	return fmt.Errorf("%w: %s: %w", ErrQuery, l.Name(), err)
}

// flush hands over the issues at hand with their histories. Ordered says that
// they came in order of their updates, so that the cursor may move.
func (p *livePull) flush(ctx context.Context, ordered bool) error {
	if len(p.group) == 0 {
		return nil
	}
	a, histories, err := p.decode(ctx, p.group)
	if err != nil {
		return err
	}
	for _, v := range p.group {
		// Texts of an answer keep the whole of it in memory.
		id, key := strings.Clone(v.Get("id").String()), strings.Clone(v.Get("key").String())
		p.told[id], p.told[key] = true, true
		if ordered {
			p.at.reach(instant(v.Get("fields.updated")), id)
		}
	}
	if !p.at.Full {
		p.touch(histories)
	}
	p.group = nil
	return p.hand(ctx, a.take())
}

// decode turns issues into records with their histories, and returns the entries
// of those, too.
func (p *livePull) decode(ctx context.Context, issues []gjson.Result) (*answers, []gjson.Result, error) {
	a := p.site.answers(p.about)
	for _, v := range issues {
		a.issue(v, p.about.site, v.Get("key").String())
	}
	histories, err := p.site.histories(ctx, p.about, issues, a)
	return a, histories, err
}

// touch remembers the other ends of links, and the children of epics, that
// changed lately: what Jira says of a change at one end does not always move
// the update of the other.
func (p *livePull) touch(entries []gjson.Result) {
	for _, e := range entries {
		if instant(e.Get("created")) < p.since {
			continue
		}
		e.Get("items").ForEach(func(_, v gjson.Result) bool {
			switch i := readItem(v); i.name() {
			case "link", "issuelinks", "epicchild":
				for _, end := range []string{i.from, i.to} {
					if isName(end) {
						p.touched[strings.Clone(end)] = true
					}
				}
			}
			return true
		})
	}
}

// isName reports whether a text names an issue, by its id or its key.
func isName(s string) bool {
	return s != "" && len(s) < 64 && (strings.Trim(s, "0123456789") == "" || keyPattern.MatchString(s))
}

// refresh fetches what changed without being updated. What is of another scope
// goes out as such: links between projects have an end in each.
func (p *livePull) refresh(ctx context.Context) error {
	if len(p.touched) == 0 || p.at.Full {
		return nil
	}
	held, err := p.holds(ctx)
	if err != nil {
		return err
	}
	ids := map[string]string{} // by id and by key
	for _, i := range held {
		ids[i.ID], ids[i.Key] = i.ID, i.ID
	}
	var own, others []string
	for name := range p.touched {
		switch id := ids[name]; {
		case p.told[name] || p.told[id] || p.failed[name] || p.failed[id]:
		case id != "":
			own = append(own, id)
		default:
			others = append(others, name)
		}
	}
	slices.Sort(own)
	slices.Sort(others)
	_, failed, err := p.fetch(ctx, slices.Compact(own))
	if err != nil {
		return err
	}
	more, err := p.fetchOthers(ctx, others)
	if err != nil {
		return err
	}
	clear(p.touched)
	p.later(failed)
	p.later(more)
	return nil
}

// later leaves to the next pull what Jira could not give out this time.
func (p *livePull) later(failed map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		p.failed[name] = true
		p.postponed(p.called(name), "it may have changed and could not be fetched", failed[name])
	}
}

// called names an issue for people: by its key, where that is known.
func (p *livePull) called(name string) string {
	for _, i := range p.held {
		if i.ID == name {
			return i.Key
		}
	}
	if refOf(name).ID != "" {
		return "issue " + name
	}
	return name
}

// fetchOthers hands over issues that other scopes may hold, and returns those
// that Jira could not give out this time, with its reasons.
func (p *livePull) fetchOthers(ctx context.Context, list []string) (map[string]string, error) {
	var group []gjson.Result
	failed, err := p.site.byName(ctx, p.about, list, p.about.search(""), func(v gjson.Result) error {
		group = append(group, v)
		return nil
	})
	if err != nil || len(group) == 0 {
		return failed, err
	}
	a, _, err := p.decode(ctx, group)
	if err != nil {
		return nil, err
	}
	b := a.take()
	return failed, p.hand(ctx, connectors.Batch{Elsewhere: b.Records, Terms: b.Terms, Accounts: b.Accounts})
}

// holds asks the sink what it holds, once.
func (p *livePull) holds(ctx context.Context) ([]connectors.Item, error) {
	if p.held == nil && p.from.Held != nil {
		var err error
		if p.held, err = p.from.Held(ctx); err != nil {
			return nil, err
		}
	}
	return p.held, nil
}

// fetch hands over issues by id or key. It returns the names of those that came,
// and those that Jira could not give out this time, with its reasons.
func (p *livePull) fetch(ctx context.Context, list []string) (came map[string]bool, failed map[string]string, err error) {
	came = map[string]bool{}
	failed, err = p.site.byName(ctx, p.about, list, p.about.search(""), func(v gjson.Result) error {
		came[v.Get("id").String()], came[v.Get("key").String()] = true, true
		p.group = append(p.group, v)
		if len(p.group) < p.site.batch {
			return nil
		}
		return p.flush(ctx, false)
	})
	if err != nil {
		return nil, nil, err
	}
	return came, failed, p.flush(ctx, false)
}

// end hands over the last word: the watermark moves now, and not before.
func (p *livePull) end(ctx context.Context) error {
	if p.at.At < p.known.At { // nothing new came
		p.at.At, p.at.Ties = p.known.At, p.known.Ties
	}
	p.at.At = min(p.at.At, p.about.now)
	p.at.Under, p.at.Full, p.at.Before = false, false, 0
	return p.hand(ctx, connectors.Batch{})
}
