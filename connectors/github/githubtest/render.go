package githubtest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"smokestack/analysis/fact"
	"smokestack/connectors"
)

// Rendering says how facts become a world.
type Rendering struct {
	// Owner has the repositories that items of other trackers are put into: PAY-12
	// becomes acme/pay#12. Without an owner such items are left out, and the world
	// holds what GitHub told alone.
	Owner string

	Now func() time.Time // the world's clock; nil is the machine's
}

// Render makes a world of everything that a source tells. The comment of the
// package says what becomes of it.
func Render(ctx context.Context, src connectors.Source, o Rendering) (*World, error) {
	t := newTeller(o)
	_, err := src.Pull(ctx, connectors.State{}, func(b connectors.Batch) error {
		if len(b.Histories) > 0 {
			return fmt.Errorf("githubtest: %v has its history apart: a world is made of whole records", b.Histories[0].Of)
		}
		t.batch(b)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t.world(), nil
}

// RenderRecords makes a world of records whose people are these accounts: see
// [Render].
func RenderRecords(records []fact.Record, words []fact.Term, people []connectors.Account, o Rendering) *World {
	t := newTeller(o)
	t.batch(connectors.Batch{Records: records, Terms: words, Accounts: people})
	return t.world()
}

// Lost counts what rendering could not express, by what it is, a record at a
// time.
func (w *World) Lost() map[string]int {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return maps.Clone(w.lost)
}

// teller makes a world of records.
type teller struct {
	Rendering
	w     *World
	words fact.Vocabulary
	told  []*telling
	byID  map[string]*telling // site and id
	byKey map[string]*telling // site and key

	repos   map[string]*repository // by key of the container
	boards  map[string]*project    // by id, or by the repository's name
	marks   map[string]*milestone  // by id of the record, or by repository and release
	types   map[string]*issueType  // by id
	persons map[string]*user       // by any name of an account
	given   map[string]bool        // ids of facts, by kind, that something has
}

// telling is a record on its way into the world.
type telling struct {
	r      fact.Record
	people []connectors.Account // of its batch
	own    bool                 // GitHub's
	item   *item
	mark   *milestone
}

func newTeller(o Rendering) *teller {
	return &teller{
		Rendering: o, w: NewWorld(o.Now), byID: map[string]*telling{}, byKey: map[string]*telling{}, repos: map[string]*repository{},
		boards: map[string]*project{}, marks: map[string]*milestone{}, types: map[string]*issueType{}, persons: map[string]*user{}, given: map[string]bool{},
	}
}

func (t *teller) lose(what string) { t.w.lost[what]++ }

// batch takes in a batch: of a record that comes again the later one holds.
func (t *teller) batch(b connectors.Batch) {
	t.words = t.words.Add(b.Terms...)
	for _, r := range b.Records {
		own := r.Class != fact.ClassIssue || fact.IsRepository(r.Project.Key)
		if !own && t.Owner == "" {
			continue
		}
		id := r.Site + "\x00" + r.ID
		if old := t.byID[id]; old != nil {
			*old = telling{r: r, people: b.Accounts, own: own}
			continue
		}
		t.told = append(t.told, &telling{r: r, people: b.Accounts, own: own})
		t.byID[id] = t.told[len(t.told)-1]
	}
}

// nameOf is a name of an account: addresses are the same everywhere.
func nameOf(a connectors.Account, name string) string {
	if strings.Contains(name, "@") {
		return strings.ToLower(name)
	}
	return a.Site + "\x00" + strings.ToLower(name)
}

// account is the user of an account: a login, a number behind #, an address.
func (t *teller) account(a connectors.Account) *user {
	login, mail, id := "", "", int64(0)
	for _, name := range a.IDs {
		if u := t.persons[nameOf(a, name)]; u != nil {
			return u
		}
		switch n, err := strconv.ParseInt(strings.TrimPrefix(name, "#"), 10, 64); {
		case strings.HasPrefix(name, "#") && err == nil:
			id = n
		case strings.Contains(name, "@"):
			mail = cmp.Or(mail, name)
		case strings.Contains(name, ":"): // an account id of Jira
		default:
			login = cmp.Or(login, name)
		}
	}
	u := &user{id: id, login: login, mail: mail, kind: "User"}
	if login == "" { // only an address: GitHub knows no login of it
		u.login, _, _ = strings.Cut(mail, "@")
		u.unknown = t.Owner == ""
	}
	u.login = cmp.Or(u.login, "u"+hash(strings.Join(a.IDs, " "))[:8])
	if a.Bot {
		u.kind = "Bot"
	}
	for t.w.users[strings.ToLower(u.login)] != nil {
		u.login += "-2"
	}
	if u.id == 0 {
		u.id = t.w.newID("user")
	}
	if u.mail == "" { // as GitHub lets people write commits without telling their own
		_, host, _ := strings.Cut(a.Site, "://")
		u.mail = itoa(u.id) + "+" + u.login + "@users.noreply." + host
	}
	if !u.unknown {
		t.w.users[strings.ToLower(u.login)] = u
	}
	for _, name := range a.IDs {
		t.persons[nameOf(a, name)] = u
	}
	return u
}

// world puts everything together.
func (t *teller) world() *World {
	slices.SortStableFunc(t.told, func(a, b *telling) int {
		return cmp.Or(-compareBool(a.own, b.own), cmp.Compare(a.r.Project.Key, b.r.Project.Key), compareKeys(a.r.Key, b.r.Key))
	})
	for _, one := range t.told {
		t.reserve(one)
	}
	for _, one := range t.told {
		t.begin(one)
	}
	for _, one := range t.told {
		if one.item != nil {
			t.fill(one)
		}
	}
	for _, one := range t.told {
		if one.item != nil {
			t.relate(one)
		}
	}
	for _, one := range t.told {
		if one.item != nil {
			t.tell(one)
		}
	}
	t.owners()
	return t.w
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// compareKeys orders by the number at the end.
func compareKeys(a, b string) int {
	return cmp.Or(cmp.Compare(numberOf(a), numberOf(b)), cmp.Compare(a, b))
}

func numberOf(key string) int {
	n, err := strconv.Atoi(key[strings.LastIndexAny(key, "#-/")+1:])
	if err != nil {
		return 0
	}
	return n
}

// idOf returns the number that an id of a fact holds, a new one where it holds
// none or something has it already.
func (t *teller) idOf(kind, id string) int64 {
	n := numberIn(id)
	key := kind + "\x00" + itoa(n)
	if n == 0 || t.given[key] {
		return t.w.newID(kind)
	}
	t.given[key] = true
	t.w.take(kind, n)
	return n
}

// numberIn is the number in an id such as p123; 0: there is none.
func numberIn(id string) int64 {
	id, _, _ = strings.Cut(id, ".")
	n, err := strconv.ParseInt(strings.TrimLeft(id, "pmrcl#"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// reserve keeps the numbers that facts hold from being given to anything else.
func (t *teller) reserve(one *telling) {
	r := &one.r
	keep := func(kind, id string) {
		if n := numberIn(id); n != 0 {
			t.w.take(kind, n)
		}
	}
	for _, a := range one.people {
		for _, name := range a.IDs {
			if strings.HasPrefix(name, "#") {
				keep("user", name)
			}
		}
	}
	keep(map[fact.Class]string{fact.ClassIssue: "issue", fact.ClassPull: "pull", fact.ClassMilestone: "milestone"}[r.Class], r.ID)
	keep("type", r.Type.ID)
	if !one.own {
		return
	}
	keep("repository", r.Project.ID)
	for _, c := range r.Columns {
		keep("project", c.ID)
	}
	for i := range r.Changes {
		c := &r.Changes[i]
		keep("event", c.ID)
		switch c.Kind {
		case fact.KindColumn:
			keep("project", c.From.ID)
			keep("project", c.To.ID)
		case fact.KindType:
			keep("type", c.From.ID)
			keep("type", c.To.ID)
		case fact.KindProject:
			keep("repository", c.From.ID)
		}
	}
	for _, i := range r.Involvement {
		switch {
		case i.Act == fact.ActReview:
			keep("review", i.ID)
		case i.Act == fact.ActComment && strings.HasPrefix(i.ID, "l"):
			keep("line", i.ID)
		case i.Act == fact.ActComment:
			keep("comment", i.ID)
		}
	}
}

// repository is where a record belongs.
func (t *teller) repository(one *telling) *repository {
	p := one.r.Project
	if r := t.repos[one.r.Site+"\x00"+p.Key]; r != nil {
		return r
	}
	name, id := p.Key, int64(0)
	if one.own {
		id = t.idOf("repository", p.ID)
	} else {
		name, id = t.Owner+"/"+strings.ToLower(p.Key), t.w.newID("repository")
	}
	r := t.w.names[strings.ToLower(name)]
	if r == nil {
		r = t.w.newRepository(name, id)
		r.created = one.r.Created.Time().Truncate(time.Second)
	}
	t.repos[one.r.Site+"\x00"+p.Key] = r
	return r
}

// begin makes the thing that a record is, with nothing in it.
func (t *teller) begin(one *telling) {
	r := &one.r
	repo := t.repository(one)
	t.byKey[r.Site+"\x00"+r.Key] = one
	if r.Class == fact.ClassMilestone {
		one.mark = &milestone{
			id: t.idOf("milestone", r.ID), repo: repo, number: max(numberOf(r.Key), 1), title: r.Title, by: t.person(one, r.Creator),
			created: r.Created.Time(), updated: r.Updated.Time(), closed: r.Resolved.Time(), due: dueOn(r.Due), text: bodyOf(r),
		}
		repo.marks = max(repo.marks, one.mark.number)
		repo.marksList = append(repo.marksList, one.mark)
		t.marks[r.Site+"\x00"+r.ID] = one.mark
		return
	}
	it := &item{repo: repo, number: numberOf(r.Key), title: r.Title, by: t.person(one, r.Creator), created: r.Created.Time(), updated: r.Updated.Time()}
	if it.number == 0 || slices.ContainsFunc(repo.items, func(x *item) bool { return x.number == it.number }) {
		it.number = repo.numbers + 1
	}
	repo.numbers = max(repo.numbers, it.number)
	if r.Class == fact.ClassPull {
		it.id = t.idOf("pull", r.ID)
		it.pull = &pull{issueID: t.w.newID("issue"), base: "main", branch: branchOf(r), merged: r.Pull.Merged.Time(), draft: r.Status.ID == "pull-draft"}
	} else {
		it.id = t.idOf("issue", r.ID)
	}
	repo.items = append(repo.items, it)
	one.item = it
}

func (t *teller) person(one *telling, p fact.Person) *user {
	if p == 0 {
		return nil
	}
	return t.account(one.people[p-1])
}

// words before a mention, by what they make of it.
var before = map[fact.Word]string{
	fact.WordMentions: "See %s.", fact.WordCloses: "Closes %s.", fact.WordDependsOn: "Depends on %s.", fact.WordBlocks: "Blocks %s.", fact.WordTask: "- [ ] %s",
}

// bodyOf makes up a body that mentions what the record's did.
func bodyOf(r *fact.Record) string {
	var lines []string
	for _, m := range r.Mentions {
		if m.Where == fact.InBody {
			lines = append(lines, fmt.Sprintf(before[m.Word], spelled(r, m)))
		}
	}
	return strings.Join(lines, "\n")
}

// spelled is a mention as a text has it: an address where it leads to another
// site.
func spelled(r *fact.Record, m fact.Mention) string {
	if m.Site != "" && m.Site != r.Site {
		return fact.Address(m.Site, m.Key)
	}
	return m.Key
}

func branchOf(r *fact.Record) string {
	branch := ""
	for _, m := range r.Mentions {
		if m.Where == fact.InBranch {
			branch += strings.ReplaceAll(m.Key[strings.LastIndexByte(m.Key, '/')+1:], "#", "-") + "-"
		}
	}
	return branch + "change"
}

// fill sets the present values of an item.
func (t *teller) fill(one *telling) {
	r, it := &one.r, one.item
	it.body = bodyOf(r)
	if t.closed(one) {
		it.closed = cmp.Or(r.Resolved, lastStatus(r), r.Updated).Time()
		if it.pull == nil {
			it.reason = t.reason(one)
		}
	}
	it.closedBy = nil
	if !one.own || r.Type.Name != "" && r.Type.Name != "Issue" && r.Type.Name != "Pull request" {
		it.typ = t.typ(one, r.Type.ID, r.Type.Name)
	}
	it.assignees = t.assignees(one)
	for _, l := range r.Labels {
		it.labels = append(it.labels, it.repo.label(t.w, l))
	}
	for _, c := range r.Components {
		it.labels = append(it.labels, it.repo.label(t.w, c.Name))
	}
	t.fields(one)
	t.milestone(one)
	t.columns(one)
	if it.pull != nil {
		p := it.pull
		p.added, p.deleted, p.changed = r.Pull.Added, r.Pull.Deleted, r.Pull.Files
		for _, f := range r.Pull.Paths {
			p.files = append(p.files, File{f.Name, f.Added, f.Deleted})
		}
	}
	t.leftOut(one)
}

// leftOut counts what of a record GitHub has no place for.
func (t *teller) leftOut(one *telling) {
	r := &one.r
	for what, there := range map[string]bool{
		"an estimate": r.Estimate > 0, "a flag": r.Flagged, "sprints": len(r.Sprints) > 0, "a due day": r.Due != "", "more than one release": len(r.Releases) > 1,
		"a size that is not known": r.Class == fact.ClassPull && !r.Pull.Sized, "a history that is not known": r.History.State != fact.WholeHistory,
		"an earliest commit that is not there": r.Pull.Begun != 0 && !slices.ContainsFunc(r.Involvement, func(i fact.Involvement) bool { return i.Act == fact.ActCommit && i.At == r.Pull.Begun }),
	} {
		if there {
			t.lose(what)
		}
	}
}

// closed reports whether an item is done.
func (t *teller) closed(one *telling) bool {
	if one.own {
		return one.r.Status.ID == "closed" || one.r.Status.ID == "merged" || one.r.Status.ID == "pull-closed"
	}
	return t.done(one, one.r.Status)
}

// done reports whether a status of another tracker is of category done.
func (t *teller) done(one *telling, s fact.Named) bool {
	term, _ := t.words.Find(one.r.Site, fact.TermStatus, s.ID)
	return term.Category == "done"
}

func lastStatus(r *fact.Record) fact.Instant {
	at := fact.Instant(0)
	for i := range r.Changes {
		if r.Changes[i].Kind == fact.KindStatus {
			at = r.Changes[i].At
		}
	}
	return at
}

// reason is why an issue was closed, as GitHub has reasons.
func (t *teller) reason(one *telling) string {
	if one.own {
		return one.r.Resolution.ID
	}
	return nearest(one.r.Resolution.Name)
}

// nearest is GitHub's reason for a resolution of another tracker.
func nearest(resolution string) string {
	name := strings.ToLower(resolution)
	switch {
	case strings.Contains(name, "duplicate"):
		return "duplicate"
	case strings.Contains(name, "won"), strings.Contains(name, "cannot"), strings.Contains(name, "declined"), strings.Contains(name, "invalid"), strings.Contains(name, "obsolete"),
		strings.Contains(name, "abandon"), strings.Contains(name, "not a bug"), strings.Contains(name, "cancel"), strings.Contains(name, "incomplete"), strings.Contains(name, "reject"):
		return "not_planned"
	}
	return "completed"
}

func (t *teller) typ(one *telling, id, name string) *issueType {
	o := one.item.repo.owner
	for _, typ := range o.types {
		if typ.name == name {
			return typ
		}
	}
	typ := &issueType{id: t.idOf("type", id), owner: o, name: name}
	o.types = append(o.types, typ)
	return typ
}

// assignees are those that the history leaves, the record's own first.
func (t *teller) assignees(one *telling) []*user {
	var out []*user
	r := &one.r
	if first := t.person(one, r.Assignee); first != nil {
		out = append(out, first)
	}
	if !one.own {
		return out
	}
	left := map[*user]bool{}
	var order []*user
	for i := range r.Changes {
		c := &r.Changes[i]
		if c.Kind != fact.KindAssignee {
			continue
		}
		if u := t.person(one, c.From.Person); u != nil {
			left[u] = false
		}
		if u := t.person(one, c.To.Person); u != nil {
			if _, seen := left[u]; !seen {
				order = append(order, u)
			}
			left[u] = true
		}
	}
	for _, u := range order {
		if left[u] && !slices.Contains(out, u) && r.Assignee != 0 {
			out = append(out, u)
		}
	}
	return out
}

func (t *teller) fields(one *telling) {
	r, it := &one.r, one.item
	add := func(name, value string) {
		if value != "" {
			it.fields = append(it.fields, fieldValue{name, "single_select", value})
		}
	}
	add("Priority", r.Priority.Name)
	add("Team", r.Team.Name)
	for _, f := range r.Fields {
		if len(f.Values) != 1 {
			t.lose("a field of several answers")
			continue
		}
		name := f.ID
		if word, ok := t.words.Find(r.Site, fact.TermField, f.ID); ok {
			name = word.Name
		}
		add(name, f.Values[0].Name)
	}
}

// milestone finds the milestone of an item: for other trackers the last release.
func (t *teller) milestone(one *telling) {
	r, it := &one.r, one.item
	if one.own {
		if r.Milestone.IsZero() {
			return
		}
		if m := t.marks[r.Site+"\x00"+r.Milestone.ID]; m != nil && r.Milestone.ID != "" {
			it.milestone = m
		} else if m := t.byKey[r.Site+"\x00"+r.Milestone.Key]; m != nil {
			it.milestone = m.mark
		}
		if it.milestone == nil {
			t.lose("a milestone that is not there")
		}
		return
	}
	if n := len(r.Releases); n > 0 {
		last := r.Releases[n-1]
		key := it.repo.full() + "\x00" + last.ID
		m := t.marks[key]
		if m == nil {
			it.repo.marks++
			m = &milestone{id: t.w.newID("milestone"), repo: it.repo, number: it.repo.marks, title: last.Name, created: it.repo.created, updated: it.repo.created}
			if word, ok := t.words.Find(r.Site, fact.TermRelease, last.ID); ok && word.End != 0 {
				m.due = word.End.Time()
			}
			t.marks[key] = m
			it.repo.marksList = append(it.repo.marksList, m)
		}
		it.milestone = m
	}
}

// board finds a board by the id that facts give it, or that of a repository.
func (t *teller) board(one *telling, id string) *project {
	o := one.item.repo.owner
	title, key := "Board "+id, o.login+"\x00"+id
	if !one.own {
		key, title = one.item.repo.full(), cmp.Or(one.r.Project.Name, one.r.Project.Key)
	}
	p := t.boards[key]
	if p == nil {
		p = &project{id: t.idOf("project", id), owner: o, title: title, created: one.item.repo.created, number: len(t.w.projects) + 1}
		t.boards[key] = p
		t.w.projects = append(t.w.projects, p)
	}
	return p
}

func (p *project) knows(status string) {
	if status != "" && !slices.Contains(p.statuses, status) {
		p.statuses = append(p.statuses, status)
	}
}

// columns puts an item on boards.
func (t *teller) columns(one *telling) {
	r, it := &one.r, one.item
	list := r.Columns
	if !one.own {
		list = []fact.Named{{Name: r.Status.Name}}
	}
	for _, c := range list {
		p := t.board(one, c.ID)
		p.knows(c.Name)
		card := &card{id: t.w.newID("card"), project: p, item: it, status: c.Name, created: it.created, updated: it.updated}
		p.cards, it.cards = append(p.cards, card), append(it.cards, card)
	}
}

// other finds what a reference of a record leads to.
func (t *teller) other(one *telling, ref fact.Ref) *item {
	if o := t.byID[one.r.Site+"\x00"+ref.ID]; o != nil && ref.ID != "" {
		return o.item
	}
	return t.byName(one, ref.Key)
}

func (t *teller) byName(one *telling, key string) *item {
	if o := t.byKey[one.r.Site+"\x00"+key]; o != nil && key != "" {
		return o.item
	}
	return nil
}

// relate sets what items have to do with each other.
func (t *teller) relate(one *telling) {
	r, it := &one.r, one.item
	if !r.Parent.IsZero() {
		if p := t.other(one, r.Parent); p != nil && p.pull == nil && it.pull == nil {
			it.parent = p
			p.children = append(p.children, it)
		} else {
			t.lose("a parent that is not there")
		}
	}
	for _, l := range r.Links {
		t.link(one, l)
	}
	if !one.own {
		return
	}
	// Of the tracker's own count some are not visible.
	known := 0
	for _, o := range t.told {
		if o.item != nil && o.own && !o.r.Parent.IsZero() && t.other(o, o.r.Parent) == it {
			known++
		}
	}
	for range r.Children - known {
		it.children = append(it.children, t.unseen(it))
	}
}

// unseen makes an issue that nobody sees.
func (t *teller) unseen(near *item) *item {
	name := near.repo.owner.login + "/elsewhere"
	r := t.w.names[name]
	if r == nil {
		r = t.w.newRepository(name, t.w.newID("repository"))
		r.hidden = true
	}
	r.numbers++
	it := &item{id: t.w.newID("issue"), repo: r, number: r.numbers, title: "Not to be seen", created: near.created, updated: near.created, parent: near}
	r.items = append(r.items, it)
	return it
}

// link sets one end of a link; the other end says the same.
func (t *teller) link(one *telling, l fact.Link) {
	it, other := one.item, t.other(one, l.Other)
	if other == nil {
		t.lose("a link to what is not there")
		return
	}
	switch t.phrase(one, l.Type, l.Phrase) {
	case "is blocked by":
		block(it, other)
	case "blocks":
		block(other, it)
	case "closes":
		closing(it, other)
	case "is closed by":
		closing(other, it)
	default:
		t.lose("a link " + l.Type)
	}
}

// phrase is what a link says in GitHub's words: those of other trackers that
// block do so here.
func (t *teller) phrase(one *telling, typ, phrase string) string {
	if one.own {
		return phrase
	}
	for _, word := range t.words.Named(one.r.Site, fact.TermLinkType, typ) {
		if strings.EqualFold(word.Name, "blocks") {
			return map[bool]string{true: "is blocked by", false: "blocks"}[phrase == word.Inward]
		}
	}
	return "something else"
}

func block(blocked, blocker *item) {
	if !slices.Contains(blocked.blockedBy, blocker) {
		blocked.blockedBy, blocker.blocking = append(blocked.blockedBy, blocker), append(blocker.blocking, blocked)
	}
}

func closing(p, it *item) {
	if p.pull != nil && !slices.Contains(p.pull.closes, it) {
		p.pull.closes, it.closers = append(p.pull.closes, it), append(it.closers, p)
	}
}

// owners sets who owns what in repositories.
func (t *teller) owners() {
	for _, word := range t.words {
		r := t.w.names[strings.ToLower(word.ID)]
		if word.Kind != fact.TermOwners || r == nil {
			continue
		}
		if word.Name == fact.CodeOwners {
			r.files[".github/CODEOWNERS"] = word.Schema
			continue
		}
		for line := range strings.Lines(word.Schema) {
			name := strings.TrimSpace(line)
			_, slug, _ := strings.Cut(name, "/")
			slug = cmp.Or(slug, name)
			r.teams = append(r.teams, access{t.team(r.owner, slug), "maintain"})
		}
	}
}

func (t *teller) team(o *owner, slug string) *team {
	for _, x := range o.teams {
		if x.slug == slug {
			return x
		}
	}
	x := &team{id: t.w.newID("team"), owner: o, slug: slug, name: slug}
	o.teams = append(o.teams, x)
	return x
}
