package github

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/wire"
)

// restPlan is how a repository is read where GraphQL is refused.
//
// The repository's events come newest first, all of them or down to the newest
// that an earlier pull knew, and are kept in memory until their items come:
// the list of issues, which pull requests are in, oldest update first. The list
// of events is cut by GitHub at some depth. Of items that are older than what
// came, the events are read one by one.
//
// The requests of a repository with N issues and pull requests, P pull requests
// among them, and E events, of which n, p and e are new:
//
//	once a site     GraphQL refused 1, rate_limit 1, user 1
//	always          repository 1, CODEOWNERS 1 to 3, milestones ⌈M/100⌉
//	events          ⌈e/100⌉, at least one, which is free if there is nothing new
//	items           ⌈n/100⌉, at least one
//	within items    2p for sizes and reviews; 1 to 3 for an issue with blockers,
//	                with what it blocks, with sub-issues
//	histories       1 for each of the n that is older than the events that came,
//	                and more for those with more than 100 events
//	counts differ   numbers ⌈N/100⌉, once a week whatever the counts; a count 1
//	                always
//	once a day      teams ⌈T/100⌉
//
// and 2 for every item that is fetched by itself, 1 for every sub-issue in
// another repository, and for every item that vanished. What takes most requests
// are pull requests: 5,000 an hour are used up by about 2,500 of them. A pull
// ends then, and goes on where it was when it is run again.
//
// REST tells neither boards nor which pull request closes which issue nor the
// files of pull requests, and comments only by their number.
func (p *livePull) restPlan() []func(context.Context) error {
	p.notes = append(p.notes, connectors.Note{
		Kind: connectors.NoteSkipped, Subject: "GraphQL",
		Reason: wire.Clip("it cannot be used here, so that boards, closing references, files of pull requests and authors of comments are not known: " + p.meta.why),
	})
	return []func(context.Context) error{p.restAbout, p.begin, p.restMilestones, p.restEvents, p.restItems, p.retry, p.restOthers, p.restAway, p.restRefresh, p.restSweep, p.neighbours, p.end}
}

// restState is what the REST plan remembers during a pull.
type restState struct {
	events map[int][]gjson.Result // by number, those that came with the list
	still  map[int]bool           // items that their events did not update
	newest int64
	read   fact.Instant // when the newest was read
	tag    string
	cut    fact.Instant // events before were not to be had; 0: all came
	from   fact.Instant // of what was created since, all events came
	pages  int
}

func (p *livePull) restPath(rest string) string { return "repos/" + p.repo.name + rest }

func (p *livePull) restMilestones(ctx context.Context) error {
	listed := map[string]bool{}
	err := p.site.pages(ctx, p.restPath("/milestones?state=all&per_page=100"), func(v gjson.Result) error {
		id := v.Get("id").String()
		listed["m"+id] = true
		p.stone(v, strings.Clone(id), instant(v.Get("updated_at")), func(d *decoded, v gjson.Result) { d.restMilestone(v, false) })
		return nil
	})
	if err != nil {
		return err
	}
	return p.withoutMilestones(ctx, listed)
}

// restEvents reads the repository's events, newest first, down to those that an
// earlier pull knew, and settles whose history is whole by them.
func (p *livePull) restEvents(ctx context.Context) error {
	if err := p.restEventList(ctx); err != nil {
		return err
	}
	switch {
	case p.at.Full:
	case p.known.Read == 0: // a cursor that does not say
		p.rest.from = p.now + 1000
	default:
		p.rest.from = p.known.Read + 1000 // its clock, and events, count in seconds
	}
	if p.rest.cut > 0 {
		p.rest.from = max(p.rest.from, p.rest.cut+1000)
	}
	return nil
}

func (p *livePull) restEventList(ctx context.Context) error {
	p.rest = restState{events: map[int][]gjson.Result{}, still: map[int]bool{}, newest: p.known.Event, read: p.known.Read, tag: p.known.Tag}
	known, tag := p.known.Event, p.known.Tag
	if p.at.Full {
		known, tag = 0, ""
	}
	seen, pages := map[int64]bool{}, map[string]bool{}
	for address := p.restPath("/issues/events?per_page=100"); address != ""; tag = "" {
		if pages[address] || len(pages) == pagesMost {
			return p.site.errShape("the list of events", "goes on without end")
		}
		pages[address] = true
		list, err := p.site.client.getUnless(ctx, address, tag)
		switch {
		case errors.Is(err, errUnchanged):
			return nil
		case errors.Is(err, errDeepPaging) && p.rest.pages > 0:
			p.cutEvents()
			return nil
		case err != nil:
			return err
		case !list.IsArray():
			return p.site.errShape(address, "is no list")
		}
		if p.rest.pages++; p.rest.pages == 1 {
			p.rest.tag, p.rest.read = list.etag, p.site.now()
		}
		more := false
		for _, e := range list.Array() {
			id := e.Get("id").Int()
			more = more || id > known
			if id > known && !seen[id] {
				seen[id] = true
				p.event(e)
			}
			p.rest.cut = instant(e.Get("created_at"))
		}
		switch address = list.next; {
		case !more:
			p.rest.cut = 0
		case address != "":
			continue
		case len(list.Array()) == perPage:
			// Where GitHub ends the list, though there is more, its last page is full. One
			// that is full by chance costs a few requests.
			p.cutEvents()
		default:
			p.rest.cut = 0
		}
		return nil
	}
	return nil
}

// perPage is how many entries a page of REST has at most, and is asked for.
const perPage = 100

// cutEvents notes that older events are not in the list.
func (p *livePull) cutEvents() {
	p.notes = append(p.notes, connectors.Note{
		Kind: connectors.NoteSkipped, Subject: p.repo.name,
		Reason: fmt.Sprintf("GitHub's list of events ends at %s: those of items that are older are read one by one", p.rest.cut),
	})
}

// event keeps one event, without the item that stands in it.
func (p *livePull) event(e gjson.Result) {
	n := int(e.Get("issue.number").Int())
	p.rest.newest = max(p.rest.newest, e.Get("id").Int())
	p.rest.events[n] = append(p.rest.events[n], without(e, "issue"))
	if instant(e.Get("issue.updated_at")) < instant(e.Get("created_at")) {
		p.rest.still[n] = true
	}
}

// without returns a copy of an object that lacks a member: what is kept of an
// answer is not to keep the whole of it in memory.
func without(v gjson.Result, member string) gjson.Result {
	var b strings.Builder
	b.WriteByte('{')
	v.ForEach(func(k, m gjson.Result) bool {
		if k.Str == member {
			return true
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(k.Raw + ":" + m.Raw)
		return true
	})
	b.WriteByte('}')
	return gjson.Parse(b.String())
}

// restItems hands over the issues and pull requests that were updated. Where
// GitHub turns no further pages, it begins anew at the last update that came.
func (p *livePull) restItems(ctx context.Context) error {
	var from fact.Instant = -1
	for p.at.Issues.At != from {
		from = p.at.Issues.At
		list := p.restPath("/issues?state=all&sort=updated&direction=asc&per_page=100")
		if from > 0 {
			list += "&since=" + from.Time().Format("2006-01-02T15:04:05Z")
		}
		err := p.site.pages(ctx, list, func(v gjson.Result) error { return p.restListed(ctx, v) })
		if errors.Is(err, errDeepPaging) {
			p.known.Issues = p.at.Issues // what came again was told
			continue
		}
		if err != nil {
			return err
		}
		return p.flush(ctx, 1)
	}
	return fmt.Errorf("%s: %s: %w, though more than fits on them was updated at the same moment", p.site.client.web, p.Name(), errDeepPaging)
}

// restListed takes one entry of the list of issues into the next batch.
func (p *livePull) restListed(ctx context.Context, v gjson.Result) error {
	id, at := strings.Clone(v.Get("id").String()), instant(v.Get("updated_at"))
	if p.told[id] { // as it was before, if it was updated meanwhile
		p.at.Issues.past(at)
		return nil
	}
	if !p.wasTold(&p.known.Issues, at, id) {
		if err := p.restEntry(ctx, v); err != nil {
			return err
		}
		p.told[id] = true
		p.got++
	}
	p.at.Issues.to(at, id)
	return p.flush(ctx, p.site.batch)
}

// restEntry decodes an entry of the list of issues with all that has to be asked
// for beside it. Events that an earlier pull told are asked for again: what a
// change means can depend on those before and behind it.
func (p *livePull) restEntry(ctx context.Context, v gjson.Result) error {
	parts, err := p.restParts(ctx, v, p.repo.name)
	if err != nil {
		return err
	}
	n := int(v.Get("number").Int())
	parts.events = p.rest.events[n]
	delete(p.rest.events, n)
	if instant(v.Get("created_at")) < p.rest.from {
		if parts.events, err = p.restEventsOf(ctx, p.repo.name, n); err != nil {
			return err
		}
	}
	p.restKeep(p.next, v, parts)
	p.restChildren(v, parts)
	delete(p.at.Missing, placeOf(v))
	return nil
}

// restParts are answers that together make one item.
type restParts struct {
	pull                           gjson.Result // of a pull request
	reviews                        []gjson.Result
	blockedBy, blocking, subIssues []gjson.Result
	events                         []gjson.Result
}

// restKeep decodes an item.
func (p *livePull) restKeep(into *decoded, v gjson.Result, parts restParts) {
	if parts.pull.IsObject() {
		v = parts.pull
	}
	it := into.restItem(v)
	for _, r := range parts.reviews {
		into.restReview(it, r)
	}
	into.restBlocked(it, parts.blockedBy, phraseBlocked)
	into.restBlocked(it, parts.blocking, phraseBlocks)
	into.restEvents(it, parts.events)
	into.keep(it, "")
}

// restEventsOf reads all events of one item.
func (p *livePull) restEventsOf(ctx context.Context, repository string, n int) ([]gjson.Result, error) {
	var out []gjson.Result
	err := p.site.pages(ctx, fmt.Sprintf("repos/%s/issues/%d/events?per_page=100", repository, n), func(e gjson.Result) error {
		out = append(out, e)
		return nil
	})
	return out, err
}

// restParts asks for what the list of issues does not tell.
func (p *livePull) restParts(ctx context.Context, v gjson.Result, repository string) (parts restParts, err error) {
	n := itemNumber(v)
	lists := []struct {
		wanted bool
		path   string
		to     *[]gjson.Result
	}{
		{v.Get("issue_dependencies_summary.total_blocked_by").Int() > 0, "/issues/" + n + "/dependencies/blocked_by", &parts.blockedBy},
		{v.Get("issue_dependencies_summary.total_blocking").Int() > 0, "/issues/" + n + "/dependencies/blocking", &parts.blocking},
		{v.Get("sub_issues_summary.total").Int() > 0, "/issues/" + n + "/sub_issues", &parts.subIssues},
	}
	if v.Get("pull_request").IsObject() {
		whole, err := p.site.client.get(ctx, "repos/"+repository+"/pulls/"+n, nil)
		if err != nil {
			return parts, err
		}
		parts.pull = whole.Result
		lists = lists[:0]
		lists = append(lists, struct {
			wanted bool
			path   string
			to     *[]gjson.Result
		}{true, "/pulls/" + n + "/reviews", &parts.reviews})
	}
	for _, l := range lists {
		if !l.wanted {
			continue
		}
		err := p.site.pages(ctx, "repos/"+repository+l.path+"?per_page=100", func(v gjson.Result) error {
			*l.to = append(*l.to, v)
			return nil
		})
		if err != nil && wire.StatusOf(err) != http.StatusNotFound { // switched off since, or never there
			return parts, err
		}
	}
	return parts, nil
}

// restChildren remembers the sub-issues that live in other repositories.
func (p *livePull) restChildren(v gjson.Result, parts restParts) {
	if len(p.moved) > 0 {
		for _, c := range parts.subIssues {
			p.touched[placeOf(c)] = true
		}
	}
	for _, c := range parts.subIssues {
		if key := placeOf(c); !strings.EqualFold(fact.ProjectOf(key), p.repo.name) && itemKey.MatchString(key) && !p.lists[key] {
			p.follow(strings.Clone(key))
		}
	}
	if total, seen := int(v.Get("sub_issues_summary.total").Int()), len(parts.subIssues); total > seen {
		p.hiddenChildren(placeOf(v), total-seen, total)
	}
}

// restOne fetches an item by its key. It reports false for what is not there.
func (p *livePull) restOne(ctx context.Context, key string, into *decoded) (bool, error) {
	repository, number, _ := strings.Cut(key, "#")
	v, err := p.site.client.get(ctx, "repos/"+repository+"/issues/"+number, nil)
	switch status := wire.StatusOf(err); {
	case status == http.StatusNotFound, status == http.StatusGone, status == http.StatusForbidden, status == http.StatusUnavailableForLegalReasons:
		return false, nil
	case err != nil:
		return false, err
	case !strings.EqualFold(placeOf(v.Result), key):
		return false, nil // transferred
	}
	parts, err := p.restParts(ctx, v.Result, repository)
	if err != nil {
		return false, err
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		return false, err
	}
	if parts.events, err = p.restEventsOf(ctx, repository, n); err != nil {
		return false, err
	}
	p.restKeep(into, v.Result, parts)
	p.restChildren(v.Result, parts)
	return true, nil
}

// restFetch hands over items by their keys, and returns those that are not
// there.
func (p *livePull) restFetch(ctx context.Context, keys []string) (absent []string, err error) {
	for _, key := range keys {
		there, err := p.restOne(ctx, key, p.next)
		if err != nil {
			return nil, err
		}
		delete(p.away, key)
		delete(p.touched, key)
		delete(p.at.Missing, key)
		if !there {
			absent = append(absent, key)
			continue
		}
		p.lists[key] = true
		p.again(key)
		p.got++
		if err := p.flush(ctx, p.site.batch); err != nil {
			return nil, err
		}
	}
	return absent, p.flush(ctx, 1)
}

// restOthers remembers, to be refreshed, the items that new events tell of and
// that those did not update: the list does not have them. All events that came
// are told then, or will be.
func (p *livePull) restOthers(context.Context) error {
	for n := range p.rest.still {
		if key := fmt.Sprintf("%s#%d", p.repo.name, n); !p.at.Full && !p.lists[key] {
			p.touched[key] = true
		}
	}
	p.at.Event, p.at.Read, p.at.Tag = p.rest.newest, p.rest.read, p.rest.tag
	p.rest.events = nil // those that are left are of what is gone
	return nil
}

// restAway hands over the sub-issues in other repositories.
func (p *livePull) restAway(ctx context.Context) error {
	held, err := p.holds(ctx)
	if err != nil {
		return err
	}
	var vanished []connectors.Item
	for _, i := range held {
		if p.own(i) || !itemKey.MatchString(i.Key) || p.lists[i.Key] || p.at.Full {
			continue
		}
		repository, number, _ := strings.Cut(i.Key, "#")
		v, err := p.site.client.get(wire.Unkept(ctx), "repos/"+repository+"/issues/"+number, nil)
		switch status := wire.StatusOf(err); {
		case status == http.StatusNotFound, status == http.StatusGone, err == nil && v.Get("id").String() != i.ID:
			vanished = append(vanished, i)
		case status == http.StatusForbidden, status == http.StatusUnavailableForLegalReasons:
			p.missing(i.Key, "it is a sub-issue in a repository that may not be read any more: what is held of it is kept as it was: "+err.Error())
		case err != nil:
			return err
		case !strings.EqualFold(placeOf(v.Result), i.Key), instant(v.Get("updated_at")) >= p.after(i.Key):
			p.away[strings.Clone(placeOf(v.Result))] = true // its repository may have been renamed
		}
	}
	if err := p.vanished(ctx, vanished); err != nil {
		return err
	}
	return p.followAway(ctx)
}

// restRefresh fetches what changed without being updated.
func (p *livePull) restRefresh(ctx context.Context) error {
	keys := p.untold()
	if p.at.Full {
		keys = nil
	}
	in, err := p.heldAway(ctx)
	if err != nil {
		return err
	}
	others := p.draft()
	for _, key := range keys {
		if strings.EqualFold(fact.ProjectOf(key), p.repo.name) || in[key] {
			if _, err := p.restFetch(ctx, []string{key}); err != nil {
				return err
			}
		} else if _, err := p.restOne(ctx, key, others); err != nil {
			return err
		}
	}
	clear(p.touched)
	return p.handOthers(ctx, others)
}

// restSweep compares the number of all items with what the sink holds. Where it
// differs, or where GitHub does not tell it and a day has passed, it lists all
// numbers, fetches what is not held, and looks up what is not listed.
func (p *livePull) restSweep(ctx context.Context) error {
	held, err := p.ownHeld(ctx)
	if err != nil {
		return err
	}
	// Of pages of one item, the last one's number is how many there are.
	one, err := p.site.client.get(wire.Unkept(ctx), p.restPath("/issues?state=all&per_page=1"), nil)
	if err != nil {
		return err
	}
	count := one.last
	if one.next == "" {
		count = len(one.Array())
	}
	if p.at.Full && count == 0 && one.next != "" { // its list was read just now
		p.at.Swept = sweepMark{At: p.now, Whole: p.now}
		return nil
	}
	open := sweepMark{Issues: count - held.size(), IssuesCount: count, Missing: len(p.at.Missing)}
	switch before := max(held.size(), p.at.Before); {
	case count == 0 && one.next == "" && p.repo.hasIssues && before > 0:
		return p.nothingListed(before)
	case count == held.size() && (count > 0 || one.next == "") && p.calm():
		p.at.Swept = p.swept()
		return nil
	case p.recently() && (count == 0 && !p.at.Swept.More && !p.more || p.asBefore(open)):
		return nil
	}
	p.decide()
	if err := p.restSettle(ctx, held); err != nil {
		return err
	}
	if held, err = p.ownHeld(ctx); err != nil {
		return err
	}
	open.At, open.Whole, open.Missing, open.More = p.now, p.now, len(p.at.Missing), p.more
	open.Issues = count - held.size() + p.lostOf("issue") + p.lostOf("pull")
	p.at.Swept = open
	return nil
}

// restSettle finds out what the difference is.
func (p *livePull) restSettle(ctx context.Context, held heldItems) error {
	listed, err := p.restNumbers(wire.Unkept(ctx))
	if errors.Is(err, errDeepPaging) {
		p.missing(p.Name(), "other numbers are held than GitHub counts, and its list of them cannot be turned to the end: what was deleted is not known: "+err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	var absent []string
	for _, n := range slices.Sorted(maps.Keys(listed)) {
		_, issue := held.issues[n]
		_, pull := held.pulls[n]
		if key := fmt.Sprintf("%s#%d", p.repo.name, n); !issue && !pull && !p.lists[key] {
			absent = append(absent, key)
		}
	}
	lost, err := p.restFetch(ctx, absent)
	if err != nil {
		return err
	}
	for _, key := range lost {
		p.lacking(key, lack{Subject: key, Why: "GitHub lists it in " + p.Name() + ", and does not give it out"})
	}
	var vanished []connectors.Item
	for _, class := range []map[int]connectors.Item{held.issues, held.pulls} {
		for _, n := range slices.Sorted(maps.Keys(class)) {
			if !listed[n] {
				vanished = append(vanished, class[n])
			}
		}
	}
	if err := p.vanished(ctx, vanished); err != nil {
		return err
	}
	return p.followAway(ctx)
}

// restNumbers lists the numbers of all issues and pull requests. Where GitHub
// turns no further pages, it begins anew at the last update that was listed:
// what is updated meanwhile comes once more, further behind.
func (p *livePull) restNumbers(ctx context.Context) (map[int]bool, error) {
	listed := map[int]bool{}
	var last fact.Instant
	list := func(path string) error {
		return p.site.pages(ctx, p.restPath(path), func(v gjson.Result) error {
			listed[int(v.Get("number").Int())] = true
			last = instant(v.Get("updated_at"))
			return nil
		})
	}
	err := list("/issues?state=all&sort=created&direction=asc&per_page=100")
	path := "/issues?state=all&sort=updated&direction=asc&per_page=100"
	for from := fact.Instant(-1); errors.Is(err, errDeepPaging); {
		err = list(path)
		if last == from {
			break // all that fits on the pages was updated at one moment
		}
		from = last
		path = "/issues?state=all&sort=updated&direction=asc&per_page=100&since=" + from.Time().Format("2006-01-02T15:04:05Z")
	}
	return listed, err
}
