package github

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"smokestack/analysis/fact"
	"smokestack/connectors"
	"smokestack/connectors/wire"
)

// What a pull does behind the lists: sub-issues elsewhere, boards, the other
// ends of changes, and the comparison of all that is there with all that is held.

const (
	// depthMost and awayMost bound how far sub-issues are followed into other
	// repositories: GitHub itself allows eight levels.
	depthMost = 8
	awayMost  = 10_000

	// boardsFree is how many items of boards are read at every pull: ten pages.
	// Boards with more are read once a day.
	boardsFree = 1000

	// lookUpMost is how many vanished items are looked up in one pull.
	lookUpMost = 500
)

// itemKey is the key of an issue or a pull request.
var itemKey = regexp.MustCompile(`^[A-Za-z0-9_-]+/[A-Za-z0-9_.-]+#[1-9][0-9]*$`)

// children remembers the sub-issues of an item that live in other repositories,
// and notes those that this account may not see.
func (p *livePull) children(v gjson.Result) {
	list := v.Get(listSubIssues)
	if !list.Exists() {
		return
	}
	seen := 0
	for _, c := range list.Get("nodes").Array() {
		repository, id := c.Get("repository.nameWithOwner").String(), c.Get("id").String()
		if id == "" || repository == "" {
			continue
		}
		seen++
		if !strings.EqualFold(repository, p.repo.name) && !p.told[id] {
			p.follow(strings.Clone(id))
		}
	}
	if total := int(v.Get("subIssuesSummary.total").Int()); total > seen {
		key := fmt.Sprintf("%s#%d", v.Get("repository.nameWithOwner").String(), v.Get("number").Int())
		p.hiddenChildren(key, total-seen, total)
	}
}

func (p *livePull) hiddenChildren(key string, hidden, total int) {
	p.notes = append(p.notes, connectors.Note{
		Kind: connectors.NoteSkipped, Subject: key,
		Reason: fmt.Sprintf("%d of its %d sub-issues are in repositories that the token may not read", hidden, total),
	})
}

// follow remembers a sub-issue elsewhere, as long as there are not too many.
func (p *livePull) follow(id string) {
	if p.followed++; p.followed <= awayMost {
		p.away[id] = true
		return
	}
	if p.followed == awayMost+1 {
		p.notes = append(p.notes, connectors.Note{
			Kind: connectors.NoteSkipped, Subject: p.repo.name,
			Reason: fmt.Sprintf("more than %d sub-issues in other repositories: the rest is not followed", awayMost),
		})
	}
}

// elsewhere hands over the sub-issues that live in other repositories, and
// theirs, as far as they are new or were updated.
func (p *livePull) elsewhere(ctx context.Context) error {
	orphans, err := p.strangers(ctx)
	if err != nil {
		return err
	}
	if err := p.followAway(ctx); err != nil {
		return err
	}
	for _, i := range orphans {
		if !p.lists[i.Key] { // nothing that is new led there either
			p.gone(i, "no longer a sub-issue of anything in "+p.repo.name)
		}
	}
	return nil
}

// orphaned are the keys of those sub-issues elsewhere that neither the repository
// nor, at however many removes, another of them has as a sub-issue.
func (p *livePull) orphaned(keys []string, now map[string]named) map[string]bool {
	out := map[string]bool{}
	if !p.asks.recent { // the server does not tell parents
		return out
	}
	held := map[string]string{} // keys by present names
	for _, key := range keys {
		if n, there := now[key]; there {
			held[strings.ToLower(n.key)] = key
			out[key] = strings.EqualFold(n.key, key) // one that was renamed is told anew, and the next pull decides
		}
	}
	maps.DeleteFunc(out, func(_ string, is bool) bool { return !is })
	for more := true; more; {
		more = false
		for key := range out {
			of := now[key].parent
			parent, known := held[strings.ToLower(of)]
			if strings.EqualFold(fact.ProjectOf(of), p.repo.name) || p.lists[of] || known && !out[parent] {
				delete(out, key)
				more = true
			}
		}
	}
	return out
}

// followAway fetches the sub-issues elsewhere that are waiting, and theirs.
func (p *livePull) followAway(ctx context.Context) error {
	for range depthMost {
		var ids []string
		for _, id := range slices.Sorted(maps.Keys(p.away)) {
			if p.told[id] || p.lists[id] {
				delete(p.away, id)
			} else {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			return nil
		}
		if _, err := p.fetchNamed(ctx, ids); err != nil {
			return err
		}
	}
	if len(p.away) > 0 {
		p.notes = append(p.notes, connectors.Note{
			Kind: connectors.NoteSkipped, Subject: p.repo.name, Reason: fmt.Sprintf("sub-issues more than %d repositories deep are not followed", depthMost),
		})
		clear(p.away)
	}
	return nil
}

// fetchNamed hands over items by what the plan names them by: node ids, of REST
// keys.
func (p *livePull) fetchNamed(ctx context.Context, names []string) (absent []string, err error) {
	if p.meta.graph {
		return p.fetch(ctx, names, nil)
	}
	return p.restFetch(ctx, names)
}

// nameOf is what the plan names an item by that REST tells.
func (p *livePull) nameOf(v gjson.Result) string {
	if p.meta.graph {
		return strings.Clone(v.Get("node_id").String())
	}
	return strings.Clone(placeOf(v))
}

// strangers looks which of the sub-issues elsewhere, held since earlier pulls,
// were updated, and which are there no longer. It returns those that no parent
// leads to any more.
func (p *livePull) strangers(ctx context.Context) (orphans []connectors.Item, err error) {
	held, err := p.holds(ctx)
	if err != nil {
		return nil, err
	}
	var keys []string
	items := map[string]connectors.Item{}
	for _, i := range held {
		if !p.own(i) && itemKey.MatchString(i.Key) && !p.lists[i.Key] && !p.at.Full {
			keys = append(keys, i.Key)
			items[i.Key] = i
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	slices.Sort(keys)
	now, err := p.named(ctx, keys)
	if err != nil {
		return nil, err
	}
	lone := p.orphaned(keys, now)
	var vanished []connectors.Item
	for _, key := range keys {
		n, there := now[key]
		switch {
		case !there:
			vanished = append(vanished, items[key])
		case lone[key]:
			orphans = append(orphans, items[key])
		case !strings.EqualFold(n.key, key), n.updated >= p.after(key):
			p.away[n.id] = true
		}
	}
	return orphans, p.vanished(ctx, vanished)
}

// onBoards remembers in which columns an item is told to be.
func (p *livePull) onBoards(v gjson.Result) {
	if !v.Get(listProjects).Exists() {
		return
	}
	repository, number := v.Get("repository.nameWithOwner").String(), int(v.Get("number").Int())
	own, key := strings.EqualFold(repository, p.repo.name), fmt.Sprintf("%s#%d", repository, number)
	on := map[string]bool{}
	for _, c := range v.Get(listProjects + ".nodes").Array() {
		id := strings.Clone(c.Get("project.id").String())
		if id == "" || c.Get("isArchived").Bool() {
			continue
		}
		b := p.at.Boards[id]
		p.cards = true
		b.tell(own, key, number, columnHash(c.Get("fieldValueByName.name").String()), true)
		p.at.Boards[id] = b
		on[id] = true
	}
	for id, b := range p.at.Boards {
		if !on[id] {
			b.tell(own, key, number, 0, false)
			p.at.Boards[id] = b
		}
	}
}

// boards reads the boards that items of the repository are on, and fetches those
// items that are in another column, or on another board, than was told, or were
// moved since: a move need not update an item. What was put on a board and taken
// off again between two pulls leaves no trace but in the item's history, which
// comes with its next update; so does a board that no item was on before.
func (p *livePull) boards(ctx context.Context) error {
	if p.at.Full || !p.asks.projects {
		p.readBoards()
		return nil
	}
	items, last := 0, p.now
	for _, b := range p.at.Boards {
		items, last = items+b.Items, min(last, b.Read)
	}
	if items > boardsFree && p.now-last < daily && last <= p.now {
		return nil
	}
	away, err := p.heldAway(ctx)
	if err != nil {
		return err
	}
	ids := map[string]bool{}
	off := map[string]bool{} // keys of what is on a board no longer
	seen := map[string]*board{}
	for _, id := range slices.Sorted(maps.Keys(p.at.Boards)) {
		now, err := p.board(ctx, id, away, ids)
		if err != nil {
			return err
		}
		seen[id] = now
		p.taken(id, now, off)
	}
	named, err := p.named(ctx, slices.Sorted(maps.Keys(off)))
	if err != nil {
		return err
	}
	for _, n := range named {
		ids[n.id] = true
	}
	list := slices.DeleteFunc(slices.Sorted(maps.Keys(ids)), func(id string) bool { return p.told[id] })
	if _, err := p.fetch(ctx, list, nil); err != nil {
		return err
	}
	for id, now := range seen { // what the board itself says is what it is compared with
		if now == nil {
			delete(p.at.Boards, id)
			continue
		}
		p.at.Boards[id] = *now
	}
	p.readBoards()
	return nil
}

// heldAway are the keys of the sub-issues elsewhere that the sink holds.
func (p *livePull) heldAway(ctx context.Context) (map[string]bool, error) {
	held, err := p.holds(ctx)
	out := map[string]bool{}
	for _, i := range held {
		if !p.own(i) {
			out[i.Key] = true
		}
	}
	return out, err
}

// taken adds the keys of what was told to be on a board and is not; a board that
// is nil is not there.
func (p *livePull) taken(id string, now *board, off map[string]bool) {
	if now == nil {
		now = &board{}
	}
	for n := range p.at.Boards[id].Told {
		if _, still := now.Told[n]; !still {
			off[fmt.Sprintf("%s#%d", p.repo.name, n)] = true
		}
	}
	for key := range p.at.Boards[id].Away {
		if _, still := now.Away[key]; !still {
			off[key] = true
		}
	}
}

// board reads one board: the columns of this repository's items and of its
// sub-issues elsewhere. It adds the node ids of such as are not where they were
// told to be. A board that is not there is nil.
func (p *livePull) board(ctx context.Context, id string, away, moved map[string]bool) (*board, error) {
	was, now := p.at.Boards[id], &board{Told: columns{}}
	q := question{text: func(asks) string { return boardItemsQuery }, vars: p.light(map[string]any{"id": id}), partly: true}
	err := p.connection(ctx, q, "node.items", func(nodes []gjson.Result, total int) (bool, error) {
		now.Items = total
		for _, v := range nodes {
			c := v.Get("content")
			repository, n := c.Get("repository.nameWithOwner").String(), int(c.Get("number").Int())
			own, key := strings.EqualFold(repository, p.repo.name), fmt.Sprintf("%s#%d", repository, n)
			if v.Get("isArchived").Bool() || !own && !away[key] {
				continue
			}
			hash := columnHash(v.Get("fieldValueByName.name").String())
			now.tell(own, key, n, hash, true)
			again := instant(v.Get("updatedAt")) >= p.after(key) // perhaps there and back
			if told, ok := was.was(own, key, n); !ok || told != hash || again {
				moved[strings.Clone(c.Get("id").String())] = true
			}
		}
		return true, nil
	})
	if errors.Is(err, errNoList) { // deleted, or no longer visible
		return nil, nil
	}
	return now, err
}

// readBoards marks the boards as read.
func (p *livePull) readBoards() {
	for id, b := range p.at.Boards {
		b.Read = p.now
		b.Items = max(b.Items, len(b.Told)+len(b.Away))
		p.at.Boards[id] = b
	}
}

// untold are the keys of what is to be refreshed and was not told since.
func (p *livePull) untold() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(p.touched)), func(k string) bool { return p.lists[k] || !itemKey.MatchString(k) })
}

// refresh fetches what changed without being updated. What is of another scope
// goes out as such: links between repositories have an end in each.
func (p *livePull) refresh(ctx context.Context) error {
	keys := p.untold()
	if len(keys) == 0 || p.at.Full {
		clear(p.touched)
		return nil
	}
	held, err := p.holds(ctx)
	if err != nil {
		return err
	}
	in := map[string]bool{}
	for _, i := range held {
		in[i.Key] = true
	}
	now, err := p.named(ctx, keys)
	if err != nil {
		return err
	}
	var own, others []string
	for _, key := range keys {
		n, there := now[key]
		switch {
		case !there || p.told[n.id]:
		case in[key] || strings.EqualFold(fact.ProjectOf(key), p.repo.name):
			own = append(own, n.id)
		default:
			others = append(others, n.id)
		}
	}
	if _, err := p.fetch(ctx, own, nil); err != nil {
		return err
	}
	clear(p.touched) // also of what refreshed items lead to
	return p.fetchOthers(ctx, others)
}

// fetchOthers hands over items that other scopes may hold.
func (p *livePull) fetchOthers(ctx context.Context, ids []string) error {
	d := p.draft()
	for part := range slices.Chunk(ids, p.site.sizes[0]) {
		data, err := p.ask(ctx, question{text: asks.nodes, kept: true, partly: true, vars: func(int) map[string]any { return map[string]any{"ids": part} }})
		if err != nil {
			return err
		}
		for _, v := range data.Get("nodes").Array() {
			if !v.IsObject() {
				continue
			}
			if v, err = p.whole(ctx, v); err != nil {
				return err
			}
			p.around(v.Get(listSubIssues + ".nodes").Array())
			d.keep(d.graphItem(v, fact.Project{}), "")
		}
	}
	return p.handOthers(ctx, d)
}

// around remembers the sub-issues of an item that moved.
func (p *livePull) around(children []gjson.Result) {
	if len(p.moved) == 0 {
		return
	}
	for _, c := range children {
		p.touched[fmt.Sprintf("%s#%d", c.Get("repository.nameWithOwner").String(), c.Get("number").Int())] = true
	}
}

func (p *livePull) handOthers(ctx context.Context, d *decoded) error {
	b := d.Take()
	if len(b.Records) == 0 {
		return nil
	}
	if len(p.moved) > 0 {
		for i := range b.Records {
			r := &b.Records[i]
			p.touched[r.Parent.Key] = true
			for _, l := range r.Links {
				p.touched[l.Other.Key] = true
			}
		}
	}
	return p.hand(ctx, connectors.Batch{Elsewhere: b.Records, Terms: b.Terms, Accounts: b.Accounts})
}

// neighbours refreshes what is tied to items that were transferred: there, they
// have other ids.
func (p *livePull) neighbours(ctx context.Context) error {
	if len(p.moved) == 0 || p.at.Full {
		return nil
	}
	refresh := p.refresh
	if p.meta.graph {
		if err := p.fetchOthers(ctx, p.moved); err != nil {
			return err
		}
	} else {
		refresh = p.restRefresh
		d := p.draft()
		for _, key := range p.moved {
			if _, err := p.restOne(ctx, key, d); err != nil {
				return err
			}
		}
		if err := p.handOthers(ctx, d); err != nil {
			return err
		}
	}
	p.moved = nil
	return refresh(ctx)
}

// sweep compares the counts of issues and pull requests with what the sink
// holds, and finds out what the difference is.
func (p *livePull) sweep(ctx context.Context) error {
	held, err := p.ownHeld(ctx)
	if err != nil {
		return err
	}
	issues, pulls := p.repo.issues, p.repo.pulls
	if p.differ(held, issues, pulls) { // what came meanwhile is no difference
		data, err := p.ask(ctx, question{text: func(asks) string { return countsQuery }, vars: func(int) map[string]any { return p.vars() }})
		if err != nil {
			return err
		}
		issues, pulls = int(data.Get("repository.issues.totalCount").Int()), int(data.Get("repository.pullRequests.totalCount").Int())
	}
	if before := max(held.size(), p.at.Before); issues+pulls == 0 && p.repo.hasIssues && before > 0 {
		return p.nothingListed(before)
	}
	calm := p.calm()
	if calm && !p.differ(held, issues, pulls) {
		p.at.Swept = p.swept()
		return nil
	}
	open := sweepMark{Issues: issues - len(held.issues), Pulls: pulls - len(held.pulls), IssuesCount: issues, PullsCount: pulls, Missing: len(p.at.Missing)}
	if p.asBefore(open) {
		return nil // when it could not be helped; what is missing was said again
	}
	p.decide()
	if p.repo.hasIssues && (!calm || issues != len(held.issues)) {
		if err := p.settle(ctx, held.issues, issueNumbersQuery, "repository.issues"); err != nil {
			return err
		}
	}
	if !calm || pulls != len(held.pulls) {
		if err := p.settle(ctx, held.pulls, pullNumbersQuery, "repository.pullRequests"); err != nil {
			return err
		}
	}
	if err := p.followAway(ctx); err != nil {
		return err
	}
	// What is rejected, or given up, is asked for again after a day.
	if held, err = p.ownHeld(ctx); err != nil {
		return err
	}
	open.Issues, open.Pulls = issues-len(held.issues)+p.lostOf("issue"), pulls-len(held.pulls)+p.lostOf("pull")
	open.At, open.Whole, open.Missing, open.More = p.now, p.swept().Whole, len(p.at.Missing), p.more
	if !calm {
		open.Whole = p.now
	}
	p.at.Swept = open
	return nil
}

// calm reports whether equal counts prove that what is held is what is there:
// not while anything is missing or was rejected, since another that is gone makes
// up for it, and not for ever.
func (p *livePull) calm() bool {
	last := p.at.Swept
	return len(p.at.Missing) == 0 && !p.more && !last.More && last.Issues == 0 && last.Pulls == 0 && !p.due()
}

// due reports whether all numbers are to be compared, whatever the counts.
func (p *livePull) due() bool {
	last := p.at.Swept
	return !p.at.Full && (p.now-last.Whole >= weekly || last.Whole > p.now)
}

// swept is a comparison of now that found nothing.
func (p *livePull) swept() sweepMark {
	if p.at.Full {
		return sweepMark{At: p.now, Whole: p.now}
	}
	return sweepMark{At: p.now, Whole: p.at.Swept.Whole}
}

// recently reports whether the last comparison is less than a day old.
func (p *livePull) recently() bool {
	return p.now-p.at.Swept.At < daily && p.at.Swept.At <= p.now
}

// asBefore reports whether a comparison comes to the same as one of today, and
// there is no more to do than that did.
func (p *livePull) asBefore(open sweepMark) bool {
	return p.recently() && !p.due() && !p.more && open.same(p.at.Swept)
}

// decide leaves it to the comparison of all numbers whether what was not there
// when it was asked for again is missing still.
func (p *livePull) decide() {
	maps.DeleteFunc(p.at.Missing, func(_ string, l lack) bool { return l.Absent })
}

func (p *livePull) nothingListed(held int) error {
	return fmt.Errorf("%s: %s: GitHub lists no issue and no pull request, where the store holds %d: does %s still see them? Nothing was changed; if there really are none left, take this out of the sources", p.site.client.web, p.Name(), held, p.meta.called())
}

// lostOf counts what is about to be called gone.
func (p *livePull) lostOf(class string) int {
	n := 0
	for _, i := range p.lost {
		if p.own(i) && strings.HasPrefix(i.ID, "p") == (class == "pull") && !strings.HasPrefix(i.ID, "m") {
			n++
		}
	}
	return n
}

// heldItems are the items of the repository that a sink holds, by number.
type heldItems struct{ issues, pulls map[int]connectors.Item }

func (h heldItems) size() int { return len(h.issues) + len(h.pulls) }

func (p *livePull) ownHeld(ctx context.Context) (heldItems, error) {
	h := heldItems{map[int]connectors.Item{}, map[int]connectors.Item{}}
	held, err := p.holds(ctx)
	for _, i := range held {
		_, text, ok := strings.Cut(i.Key, "#")
		n, bad := strconv.Atoi(text)
		switch {
		case !ok || bad != nil || !p.own(i):
		case strings.HasPrefix(i.ID, "p"):
			h.pulls[n] = i
		default:
			h.issues[n] = i
		}
	}
	return h, err
}

func (p *livePull) differ(h heldItems, issues, pulls int) bool {
	return p.repo.hasIssues && len(h.issues) != issues || len(h.pulls) != pulls
}

// settle lists all numbers of a list, fetches what is not held, and looks up
// what is held and not listed.
func (p *livePull) settle(ctx context.Context, held map[int]connectors.Item, text, list string) error {
	listed, err := p.ids(ctx, text, list, p.vars())
	if err != nil {
		return err
	}
	var absent []string
	for n, id := range listed {
		// What was told and is not held was rejected, with a note.
		if _, ok := held[n]; !ok && !p.told[id] && !p.gaveUp[id] {
			absent = append(absent, id)
		}
	}
	slices.Sort(absent)
	lost, err := p.fetch(ctx, absent, nil)
	if err != nil {
		return err
	}
	for _, id := range lost {
		p.lacking(id, lack{Subject: "item " + id, Why: "GitHub lists it in " + p.Name() + ", and does not give it out"})
	}
	var vanished []connectors.Item
	for _, n := range slices.Sorted(maps.Keys(held)) {
		if _, ok := listed[n]; !ok {
			vanished = append(vanished, held[n])
		}
	}
	return p.vanished(ctx, vanished)
}

// vanished looks up what is held and not listed, one by one. A list that was
// short is no proof: what can still be read where it was is kept.
func (p *livePull) vanished(ctx context.Context, items []connectors.Item) error {
	if len(items) > lookUpMost {
		p.missing(p.repo.name, fmt.Sprintf("%d items are no longer listed; %d of them are looked up now, the rest by the next pulls", len(items), lookUpMost))
		p.more = p.more || p.own(items[0]) // those of others are asked for at every pull
		items = items[:lookUpMost]
	}
	var kept []string
	for _, i := range items {
		_, number, _ := strings.Cut(i.Key, "#")
		list, id := "issues", i.ID
		if bare, ok := strings.CutPrefix(i.ID, "p"); ok {
			list, id = "pulls", bare
		}
		v, err := p.site.client.get(wire.Unkept(ctx), "repos/"+fact.ProjectOf(i.Key)+"/"+list+"/"+number, nil)
		switch status := wire.StatusOf(err); {
		case err == nil && v.Get("id").String() == id:
			kept = append(kept, p.nameOf(v.Result))
		case err == nil:
			to := wire.OneLine(wire.Clip(placeOf(v.Result)))
			p.gone(i, "transferred: it is "+to+" now")
			p.moved = append(p.moved, p.nameOf(v.Result))
			if v.Get("parent_issue_url").String() != "" && !strings.EqualFold(fact.ProjectOf(to), p.repo.name) {
				// Its parent, which knows it by its new place, need not be updated.
				p.follow(p.nameOf(v.Result))
			}
		case status == http.StatusGone:
			p.gone(i, "deleted")
		case status == http.StatusNotFound:
			p.gone(i, "deleted, or no longer visible to this account")
		case status == http.StatusForbidden:
			why := "it is no longer listed, and may not be looked up: " + err.Error()
			if p.own(i) {
				p.lacking(i.Key, lack{Subject: i.Key, Why: why, Look: true})
			} else {
				p.missing(i.Key, why)
			}
		default:
			return err
		}
	}
	_, err := p.fetchNamed(ctx, kept)
	return err
}

// placeOf is the key of an item by its address, as REST tells it.
func placeOf(v gjson.Result) string {
	repository := v.Get("repository_url").String()
	if full := v.Get("base.repo.full_name").String(); full != "" { // of a pull request
		return full + "#" + v.Get("number").String()
	}
	if i := strings.LastIndex(repository, "/repos/"); i >= 0 {
		repository = repository[i+len("/repos/"):]
	}
	return repository + "#" + v.Get("number").String()
}
