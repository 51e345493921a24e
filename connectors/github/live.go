package github

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/pace"
	"smokestack/connectors/wire"
)

// Live is the source of one repository's issues, pull requests and milestones.
//
// A pull reads what was updated since the last one, oldest first, every history
// whole, and hands it over batch by batch, each with a cursor that says up to
// which update everything is there; so a pull that ends early goes on where it
// was. Then it reads the boards that items are on, since a move there need not
// update an item, and compares the counts of issues and pull requests with what
// the sink holds. Where they differ, it lists all numbers, fetches what is not
// held, and looks up what is not listed before it calls it gone.
//
// The requests of a pull by GraphQL of a repository with I issues, P pull
// requests and M milestones, of which i and p were updated since the last pull:
//
//	once a site     viewer                                              1
//	always          repository 1, milestones ⌈M/100⌉
//	the first time  issues ⌈I/50⌉, pull requests ⌈P/50⌉
//	later           issues ⌈i/50⌉ (at least one), pull requests ⌈p/100⌉ (at least
//	                one) to see which, ⌈p/50⌉ to fetch them
//	once a day      the teams that maintain it ⌈T/100⌉
//	boards          ⌈items/100⌉ each, those of other repositories among them; where
//	                that is more than ten pages in all, once a day
//	counts differ   once more 1; numbers ⌈I/100⌉, ⌈P/100⌉, not again for a day
//	                while they differ by the same; so once more where they did
//	                differ, or something was missing, and do no longer
//	once a week     numbers ⌈I/100⌉, ⌈P/100⌉, whatever the counts
//
// and 1 for every further 100 entries of a list within an item that is longer
// than its page, ⌈n/50⌉ for n items that are fetched by themselves (missing,
// which every pull tries again; moved on a board, at the other end of a changed
// link, sub-issues elsewhere), ⌈n/100⌉ to see which of n sub-issues elsewhere were updated, 1 for every item
// that vanished. Pages are made smaller, down to one item, while GitHub gives up
// over larger ones. A first pull that was interrupted among the pull requests
// lists their ids, ⌈P/100⌉, to see which are left.
//
// Where GraphQL is refused, REST does it (see [livePull.restPlan]).
type Live struct {
	site        *Site
	owner, name string
	anew        bool
}

var _ connectors.Source = (*Live)(nil)

// Anew makes the source pull everything again, whatever the sink holds.
func (l *Live) Anew() *Live {
	c := *l
	c.anew = true
	return &c
}

// Of reports whether the source reads this site.
func (l *Live) Of(s *Site) bool { return l.site == s }

// Name says what the source reads, for people.
func (l *Live) Name() string { return "repository " + l.full() }

func (l *Live) full() string { return l.owner + "/" + l.name }

// Scope implements [connectors.Source].
func (l *Live) Scope() connectors.Scope {
	return connectors.Scope{Tracker: "github", Origin: l.site.client.web.String(), Query: strings.ToLower(l.full()), Decoder: decoderVersion}
}

// batchItems is how many records are handed over at a time, at least, where
// there are more: as many as one page holds.
const batchItems = 50

// livePull is one pull at work.
type livePull struct {
	*Live
	pager
	from connectors.State
	emit func(connectors.Batch) error

	repo  described
	now   fact.Instant // the server's, when the pull began
	at    mark
	known mark // as the sink has it
	fresh bool // the next batch is the first of a pull from nothing

	next     *decoded // what goes with the next batch
	got      int      // issues and pull requests in it
	expected int
	told     map[string]bool   // node ids handed over by this pull
	followed int               // sub-issues elsewhere
	lists    map[string]bool   // keys handed over by this pull
	away     map[string]bool   // node ids of sub-issues elsewhere to fetch
	touched  map[string]bool   // keys at the other end of changes
	held     []connectors.Item // what the sink holds, if isHeld
	isHeld   bool
	stones   reach             // of all milestones listed
	moved    []string          // what was transferred, by where it is now
	lost     []connectors.Item // to be called gone with the next batch
	more     bool              // there is more to look up, or missing, than can be remembered
	gaveUp   map[string]bool   // ids over which GitHub gave up by themselves in this pull
	noted    map[string]bool   // what was said to be missing by this pull
	rest     restState
	notes    []connectors.Note
}

// Pull implements [connectors.Source].
func (l *Live) Pull(ctx context.Context, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	if cause := context.Cause(ctx); cause != nil {
		return connectors.Summary{}, cause
	}
	m, err := l.site.about(ctx)
	if err != nil {
		return connectors.Summary{}, err
	}
	told := false
	emitted := func(b connectors.Batch) error {
		err := emit(b)
		told = told || err == nil
		return err
	}
	if m.graph {
		sum, err := l.pull(ctx, m, from, emitted)
		if !errors.Is(err, errNoGraph) || told {
			return sum, err
		}
		m.graph, m.why = false, wire.Clip(err.Error())
	}
	return l.pull(ctx, m, from, emitted)
}

// pull is one pull by the way that the metadata name.
func (l *Live) pull(ctx context.Context, m *metadata, from connectors.State, emit func(connectors.Batch) error) (connectors.Summary, error) {
	p := l.prepared(m, from, emit)
	plan := []func(context.Context) error{p.about, p.begin, p.milestones, p.issues, p.pulls, p.retry, p.elsewhere, p.boards, p.refresh, p.sweep, p.neighbours, p.end}
	if !m.graph {
		plan = p.restPlan()
	}
	for _, step := range plan {
		if err := step(ctx); err != nil {
			return connectors.Summary{}, p.saved(ctx, err)
		}
	}
	return connectors.Summary{Through: max(0, p.now-lookBack)}, nil
}

// saved hands over what is at hand when a limit ends the pull: what comes next
// hour is not to be asked for twice.
func (p *livePull) saved(ctx context.Context, err error) error {
	var quota *pace.QuotaError
	if errors.As(err, &quota) && p.next != nil {
		if lost := p.flush(ctx, 1); lost != nil {
			return errors.Join(err, lost)
		}
	}
	return err
}

func (l *Live) prepared(m *metadata, from connectors.State, emit func(connectors.Batch) error) *livePull {
	return &livePull{
		Live: l, pager: pager{github: l.site, meta: m, asks: m.asks}, from: from, emit: emit,
		told: map[string]bool{}, lists: map[string]bool{}, away: map[string]bool{}, touched: map[string]bool{},
		gaveUp: map[string]bool{}, noted: map[string]bool{},
	}
}

func (p *livePull) way() string {
	if p.meta.graph {
		return "graphql"
	}
	return "rest"
}

// begin settles where the pull begins.
func (p *livePull) begin(ctx context.Context) error {
	now := mark{Repository: p.repo.name, ID: p.repo.id, Way: p.way(), Gives: p.asks.gives()}
	cursor := p.from.Cursor
	if p.anew {
		cursor = ""
	}
	if p.meta.graph && begin(cursor, now).Full && !begin(cursor, mark{Repository: now.Repository, ID: now.ID, Way: now.Way}).Full {
		// What could not be given then is worth a pull from nothing, if it can be now.
		p.at.Hidden = hidden(cursor)
		if err := p.probe(ctx); err != nil {
			return err
		}
		now.Gives = p.asks.gives()
	}
	p.at = begin(cursor, now)
	if p.fresh = p.at.Full && !p.at.Under; p.fresh {
		p.at.Since = p.now
		held, err := p.holds(ctx)
		if err != nil {
			return err
		}
		p.at.Before = max(len(held), before(p.from.Cursor))
	}
	p.cards, p.hidden = len(p.at.Boards) > 0, p.at.Hidden
	p.known = p.at
	asked := p.at.Asked
	for _, r := range []*reach{&p.at.Issues, &p.at.Pulls, &p.at.Stones} {
		*r = reach{At: r.since(asked)}
	}
	for _, id := range p.at.Away {
		p.away[id] = true
	}
	for _, key := range p.at.Touched {
		p.touched[key] = true
	}
	if p.at.Boards == nil {
		p.at.Boards = map[string]board{}
	}
	p.at.Under, p.at.Asked = true, p.now
	if p.at.Full {
		p.expected = p.repo.issues + p.repo.pulls + p.repo.milestones
	}
	p.next = p.draft()
	return p.words(ctx)
}

// hand hands over what is at hand, with all that belongs to every batch.
func (p *livePull) hand(ctx context.Context, b connectors.Batch) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if p.meta.graph {
		p.at.Gives, p.at.Hidden = p.asks.gives(), p.hidden
	}
	p.at.Away = slices.Sorted(maps.Keys(p.away))
	p.at.Touched = slices.Sorted(maps.Keys(p.touched))
	b.Fresh, b.Expected, b.Next = p.fresh, p.expected, p.at.cursor()
	b.Notes = append(append(b.Notes, p.notes...), p.pager.notes...)
	b.Gone = append(b.Gone, p.lost...)
	if err := p.emit(b); err != nil {
		return err
	}
	p.fresh, p.notes, p.pager.notes, p.lost = false, nil, nil, nil
	p.isHeld, p.held = false, nil
	return nil
}

// draft begins a batch.
func (p *livePull) draft() *decoded {
	d := newDecoded(p.site.client.web.String())
	d.Seen = p.now
	return d
}

// flush hands over the records at hand, if they are enough.
func (p *livePull) flush(ctx context.Context, enough int) error {
	if p.got < enough || p.got == 0 {
		return nil
	}
	p.got = 0
	return p.hand(ctx, p.take())
}

// take takes the batch at hand out of the decoder, after a look at what it
// leads to.
func (p *livePull) take() connectors.Batch {
	b := p.next.Take()
	for i := range b.Records {
		r := &b.Records[i]
		p.lists[r.Key] = true
		delete(p.touched, r.Key)
		p.touch(r)
	}
	return b
}

// touch remembers the other ends of links and the parents that changed lately:
// what GitHub says of a change at one end does not always move the update of the
// other.
func (p *livePull) touch(r *fact.Record) {
	if p.at.Full {
		return
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		if c.Kind != fact.KindLink && c.Kind != fact.KindParent {
			continue
		}
		for _, v := range []fact.Value{c.From, c.To} {
			for _, key := range []string{v.ID, v.Text} {
				if itemKey.MatchString(key) && c.At >= p.after(key) && !p.lists[key] {
					p.remember(key)
				}
			}
		}
	}
}

// remember notes the other end of a changed relation, to be fetched. There may be
// too many for a cursor: those show with their own next update.
func (p *livePull) remember(key string) {
	if len(p.touched) < waitingMost || p.touched[key] {
		p.touched[key] = true
		return
	}
	if n := (connectors.Note{Kind: connectors.NoteSkipped, Subject: p.repo.name, Reason: "more relations changed than are looked up at both ends at once"}); !slices.Contains(p.notes, n) {
		p.notes = append(p.notes, n)
	}
}

// after is since when a change of an item may not be told, where no list tells of
// it.
func (p *livePull) after(key string) fact.Instant {
	return max(p.known.Since, p.known.Again[key]) - lookBack
}

// again remembers that an item was fetched by itself.
func (p *livePull) again(key string) {
	if p.at.Again == nil {
		p.at.Again = map[string]fact.Instant{}
		p.known.Again = p.at.Again
	}
	if len(p.at.Again) < awayMost {
		p.at.Again[key] = p.now
	}
}

// holds asks the sink what it holds, again after every batch.
func (p *livePull) holds(ctx context.Context) ([]connectors.Item, error) {
	if p.from.Held == nil || p.isHeld {
		return p.held, nil
	}
	var err error
	p.held, err = p.from.Held(ctx)
	p.isHeld = err == nil
	return p.held, err
}

// own reports whether an item is one of this repository, and not a sub-issue
// elsewhere.
func (p *livePull) own(i connectors.Item) bool {
	return i.Site == p.site.client.web.String() && strings.EqualFold(fact.ProjectOf(i.Key), p.repo.name)
}

// vars are the variables of every query about the repository.
func (p *livePull) vars() map[string]any {
	owner, name, _ := strings.Cut(p.repo.name, "/")
	return map[string]any{"owner": owner, "name": name}
}

// paged adds how many items are asked for.
func paged(vars map[string]any) func(int) map[string]any {
	return func(size int) map[string]any {
		out := maps.Clone(vars)
		out["first"] = size
		return out
	}
}

// milestones hands over, with the first batch of what follows, the milestones
// that were updated.
func (p *livePull) milestones(ctx context.Context) error {
	q := question{text: asks.milestones, vars: p.light(p.vars()), kept: true}
	listed := map[string]bool{}
	err := p.connection(ctx, q, "repository.milestones", func(nodes []gjson.Result, _ int) (bool, error) {
		for _, v := range nodes {
			listed[recordIDOf(fact.ClassMilestone, v.Get("id").String())] = true
			p.stone(v, strings.Clone(v.Get("id").String()), instant(v.Get("updatedAt")), func(d *decoded, v gjson.Result) { d.graphMilestone(v, fact.Project{}) })
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	return p.withoutMilestones(ctx, listed)
}

// stone takes a milestone into the next batch, if it was updated. Their mark
// moves at the end of the pull, so that they make no batch of their own: one that
// brings the pull no further would come again and again.
func (p *livePull) stone(v gjson.Result, id string, at fact.Instant, decode func(*decoded, gjson.Result)) {
	p.stones.to(at, id)
	if at < p.at.Stones.At || p.wasTold(&p.known.Stones, at, id) {
		return
	}
	decode(p.next, v)
}

// withoutMilestones says which milestones are gone: their list is always whole.
func (p *livePull) withoutMilestones(ctx context.Context, listed map[string]bool) error {
	held, err := p.holds(ctx)
	if err != nil {
		return err
	}
	for _, i := range held {
		if strings.HasPrefix(i.ID, "m") && p.own(i) && !listed[i.ID] {
			p.gone(i, "deleted")
		}
	}
	return nil
}

// gone says, with the next batch, that an item is gone.
func (p *livePull) gone(i connectors.Item, reason string) {
	p.lost = append(p.lost, i)
	p.notes = append(p.notes, connectors.Note{Kind: connectors.NoteGone, Subject: i.Key, Reason: reason})
}

func (p *livePull) missing(subject, reason string) {
	p.notes = append(p.notes, connectors.Note{Kind: connectors.NoteMissing, Subject: subject, Reason: wire.Clip(reason)})
}

// lacking notes, and remembers for the pulls to come, that something could not be
// read.
func (p *livePull) lacking(name string, l lack) {
	l.Why = wire.Clip(l.Why)
	if was, ok := p.at.Missing[name]; ok && l.Subject == name {
		l.Subject = was.Subject
	}
	if !p.noted[name] {
		p.noted[name] = true
		p.missing(l.Subject, l.Why)
	}
	if p.at.Missing == nil {
		p.at.Missing = map[string]lack{}
	}
	if _, ok := p.at.Missing[name]; !ok && len(p.at.Missing) >= waitingMost {
		p.more = true
		return
	}
	p.at.Missing[name] = l
}

// retry asks again for what earlier pulls could not read, and says again what
// still cannot be.
func (p *livePull) retry(ctx context.Context) error {
	var names []string
	var look []connectors.Item
	held, err := p.holds(ctx)
	if err != nil {
		return err
	}
	before := maps.Clone(p.at.Missing)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		switch l := before[name]; {
		case p.noted[name]: // by this very pull
		case l.Look:
			delete(p.at.Missing, name)
			if i := slices.IndexFunc(held, func(i connectors.Item) bool { return i.Key == l.Subject }); i >= 0 {
				look = append(look, held[i])
			}
		default:
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		absent, err := p.fetchNamed(ctx, names)
		if err != nil {
			return err
		}
		for _, name := range absent {
			delete(p.told, name)
			l := before[name]
			l.Absent = true
			p.lacking(name, l)
		}
	}
	return p.vanished(ctx, look)
}

// issues hands over the issues that were updated.
func (p *livePull) issues(ctx context.Context) error {
	if !p.repo.hasIssues {
		p.notes = append(p.notes, connectors.Note{Kind: connectors.NoteSkipped, Subject: p.repo.name, Reason: "issues are switched off there"})
		return nil
	}
	vars := p.vars()
	if at := p.at.Issues.At; at > 0 {
		vars["since"] = at.Time().Format("2006-01-02T15:04:05Z")
	}
	q := question{text: asks.issues, vars: paged(vars), kept: true, lean: leanIssuesQuery, skip: p.tooHeavy}
	return p.inOrder(ctx, q, "repository.issues", &p.at.Issues, &p.known.Issues)
}

// inOrder hands over a list that comes in order of updates.
func (p *livePull) inOrder(ctx context.Context, q question, list string, at, known *reach) error {
	err := p.connection(ctx, q, list, func(nodes []gjson.Result, _ int) (bool, error) {
		for _, v := range nodes {
			id, updated := strings.Clone(v.Get("id").String()), instant(v.Get("updatedAt"))
			if p.told[id] { // as it was before, if it was updated meanwhile
				at.past(updated)
				continue
			}
			if !p.wasTold(known, updated, id) {
				if err := p.item(ctx, v); err != nil {
					return false, err
				}
			}
			at.to(updated, id)
		}
		return true, p.flush(ctx, p.site.batch)
	})
	if err != nil {
		return err
	}
	return p.flush(ctx, 1)
}

// wasTold reports whether this very update was told by an earlier pull. One of the
// moment when that pull asked may have been followed by another in the same
// second: GitHub counts no finer.
func (p *livePull) wasTold(known *reach, at fact.Instant, id string) bool {
	return at < p.known.Asked-lookBack && known.has(at, id)
}

const gaveUp = "GitHub gives up over it, though it was asked for by itself"

// tooHeavy is told of an item over which GitHub gives up.
func (p *livePull) tooHeavy(v gjson.Result) {
	key := fmt.Sprintf("%s#%d", p.repo.name, v.Get("number").Int())
	p.lacking(strings.Clone(v.Get("id").String()), lack{Subject: key, Why: gaveUp})
}

// pulls hands over the pull requests that were updated. Their list cannot begin
// at an update: the first time it is read in order; later from the newest down,
// ids alone, so that what is new can be fetched in order.
func (p *livePull) pulls(ctx context.Context) error {
	if p.noPulls {
		return nil // as a note says
	}
	since := p.at.Pulls.At
	if since == 0 {
		q := question{text: asks.pulls, vars: paged(p.vars()), kept: true, lean: leanPullsQuery, skip: p.tooHeavy}
		return p.inOrder(ctx, q, "repository.pullRequests", &p.at.Pulls, &p.known.Pulls)
	}
	var newest []named
	q := question{text: func(asks) string { return pullsNewestQuery }, vars: p.light(p.vars())}
	err := p.connection(ctx, q, "repository.pullRequests", func(nodes []gjson.Result, _ int) (bool, error) {
		for _, v := range nodes {
			n := named{id: strings.Clone(v.Get("id").String()), updated: instant(v.Get("updatedAt"))}
			if n.updated < since {
				return false, nil
			}
			newest = append(newest, n)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	slices.Reverse(newest)
	return p.inOrderByID(ctx, newest)
}

// inOrderByID hands over pull requests in the order given, that of their
// updates. One that is updated meanwhile comes with its newest content.
func (p *livePull) inOrderByID(ctx context.Context, list []named) error {
	updated := map[string]fact.Instant{}
	var ids []string
	for _, n := range list {
		if _, twice := updated[n.id]; twice {
			continue
		}
		updated[n.id] = n.updated
		if p.wasTold(&p.known.Pulls, n.updated, n.id) {
			p.at.Pulls.to(n.updated, n.id)
		} else {
			ids = append(ids, n.id)
		}
	}
	_, err := p.fetch(ctx, ids, func(asked []string) { // as far as everything was fetched
		for _, id := range asked {
			p.at.Pulls.to(updated[id], id)
		}
	})
	return err
}

// fetch hands over items by their node ids, and returns those that are not
// there. Came is told, before a batch is handed over, which ids were answered;
// it may be nil.
func (p *livePull) fetch(ctx context.Context, ids []string, came func([]string)) (absent []string, err error) {
	for len(ids) > 0 {
		n := 0
		data, err := p.ask(ctx, question{text: asks.nodes, kept: true, partly: true, vars: func(size int) map[string]any {
			n = min(size, len(ids))
			return map[string]any{"ids": ids[:n]}
		}})
		if errors.Is(err, errHeavy) {
			p.lacking(ids[0], lack{Subject: ids[0], Why: gaveUp})
			p.gaveUp[ids[0]] = true
			delete(p.away, ids[0]) // it waits among what is missing
			ids = ids[1:]
			continue
		}
		if err != nil {
			return nil, err
		}
		nodes := data.Get("nodes").Array()
		if len(nodes) != n {
			return nil, p.site.errShape("nodes", "tells of others than were asked for")
		}
		for i, v := range nodes {
			switch id := v.Get("id").String(); {
			case !v.IsObject() || id == "":
				absent = append(absent, ids[i])
			default:
				if err := p.item(ctx, v); err != nil {
					return nil, err
				}
				if came == nil {
					p.again(fmt.Sprintf("%s#%d", v.Get("repository.nameWithOwner").String(), v.Get("number").Int()))
				}
			}
			delete(p.away, ids[i])
			delete(p.at.Missing, ids[i])
			p.told[ids[i]] = true
		}
		if came != nil {
			came(ids[:n])
		}
		ids = ids[n:]
		if err := p.flush(ctx, p.site.batch); err != nil {
			return nil, err
		}
	}
	return absent, p.flush(ctx, 1)
}

// item takes one issue or pull request into the next batch, with all that its
// lists hold.
func (p *livePull) item(ctx context.Context, v gjson.Result) error {
	id := strings.Clone(v.Get("id").String())
	if p.told[id] {
		return nil
	}
	v, err := p.whole(ctx, v)
	if err != nil {
		return err
	}
	p.told[id] = true
	delete(p.at.Missing, id)
	p.children(v)
	p.onBoards(v)
	p.next.keep(p.next.graphItem(v, fact.Project{}), "")
	p.got++
	return nil
}

// innerLists are the lists of an item that may go on behind what came with it.
var innerLists = []string{
	listTimeline, listAssignees, listLabels, listSubIssues, listBlockedBy, listBlocking, listClosedBy, listCloses, listFiles, listProjects, listIssueFields,
}

// whole completes the lists within an item that are longer than their pages.
func (p *livePull) whole(ctx context.Context, v gjson.Result) (gjson.Result, error) {
	for _, list := range innerLists {
		if !v.Get(list + ".pageInfo.hasNextPage").Bool() {
			continue
		}
		more, err := p.further(ctx, v.Get("id").String(), list, v.Get(list+".pageInfo.endCursor").String())
		if err != nil {
			return v, err
		}
		ok := false
		if v, ok = spliced(v, list, more); !ok {
			return v, p.site.errShape(list, "goes on, and does not begin")
		}
	}
	return v, nil
}

// further reads a list of one item from a cursor to its end.
func (p *livePull) further(ctx context.Context, id, list, after string) ([]string, error) {
	var out []string
	for seen := map[string]bool{}; ; {
		if after == "" || seen[after] {
			return nil, p.site.errShape(list, "names a page that was read before, or none")
		}
		seen[after] = true
		vars := map[string]any{"id": id, "after": after}
		data, err := p.ask(ctx, question{text: func(a asks) string { return a.further(list) }, vars: func(int) map[string]any { return vars }, kept: true})
		if err != nil {
			return nil, err
		}
		page := data.Get("node." + list)
		if !page.Get("nodes").IsArray() {
			return nil, p.site.errShape(list, "holds no list")
		}
		for _, n := range page.Get("nodes").Array() {
			out = append(out, n.Raw)
		}
		if !page.Get("pageInfo.hasNextPage").Bool() {
			return out, nil
		}
		after = strings.Clone(page.Get("pageInfo.endCursor").String())
	}
}

// spliced returns an item with a list made whole, or false where it has no
// beginning: what stood there is not known.
func spliced(v gjson.Result, list string, more []string) (gjson.Result, bool) {
	raw := v.Raw
	nodes := gjson.Get(raw, list+".nodes")
	if !nodes.IsArray() {
		return v, false
	}
	inner := strings.TrimSpace(nodes.Raw[1 : len(nodes.Raw)-1])
	if inner != "" {
		more = append([]string{inner}, more...)
	}
	raw = raw[:nodes.Index] + "[" + strings.Join(more, ",") + "]" + raw[nodes.Index+len(nodes.Raw):]
	next := gjson.Get(raw, list+".pageInfo.hasNextPage")
	raw = raw[:next.Index] + "false" + raw[next.Index+len(next.Raw):]
	return gjson.Parse(raw), true
}

// end hands over the last word: the watermarks move now, and not before.
func (p *livePull) end(ctx context.Context) error {
	p.at.Issues.end(p.known.Issues, p.now)
	p.at.Pulls.end(p.known.Pulls, p.now)
	p.at.Stones = p.stones
	p.at.Stones.end(p.known.Stones, p.now)
	if !p.at.Full { // else it looked for nothing that changed since its first life began
		p.at.Since = p.now
	}
	p.at.Under, p.at.Full, p.at.Before, p.at.Again = false, false, 0, nil
	p.got = 0
	return p.hand(ctx, p.take())
}
