// Package assemble turns facts into an organisation: it applies the rules of
// a configuration to what trackers said, once, and counts what it could not
// place.
//
// Assembly does not depend on the order in which records come, nor on the
// number of shards that take them.
package assemble

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// Assembler builds one organisation.
type Assembler struct {
	rules  Rules
	words  *words
	shards []*Shard
}

// New returns an assembler with the rules and the words of the facts to come.
func New(rules Rules, vocab fact.Vocabulary) *Assembler {
	a := &Assembler{rules: rules}
	lower := map[string]work.State{}
	for name, state := range rules.Statuses {
		lower[strings.ToLower(name)] = state
	}
	levels := map[string]work.Level{}
	for name, level := range rules.Levels {
		levels[strings.ToLower(name)] = level
	}
	links := map[string]Link{}
	for name, l := range rules.Links {
		links[strings.ToLower(name)] = l
	}
	a.rules.Statuses, a.rules.Levels, a.rules.Links = lower, levels, links
	a.rules.Teams = slices.Clone(rules.Teams)
	for i := range a.rules.Teams {
		a.rules.Teams[i].Match = a.rules.Teams[i].Match.lower()
	}
	a.rules.Joins.Projects = down(rules.Joins.Projects)
	a.rules.NotRequested = slices.Clone(rules.NotRequested)
	for i, m := range a.rules.NotRequested {
		a.rules.NotRequested[i] = m.lower()
	}
	a.rules.Categories = slices.Clone(rules.Categories)
	for i := range a.rules.Categories {
		a.rules.Categories[i].Names = down(a.rules.Categories[i].Names)
	}
	a.words = newWords(&a.rules, vocab)
	return a
}

// Shard returns a new shard, to be filled by one goroutine with about so many
// records.
func (a *Assembler) Shard(records int) *Shard {
	s := newShard(a.words)
	s.grow(records)
	a.shards = append(a.shards, s)
	return s
}

// Assemble builds an organisation out of records in memory.
func Assemble(rules Rules, vocab fact.Vocabulary, records []*fact.Record) (*Result, error) {
	a := New(rules, vocab)
	s := a.Shard(len(records))
	for _, r := range records {
		s.Add(r)
	}
	return a.Finish()
}

// Result is an organisation and what assembly noticed about the rules.
type Result struct {
	Org *work.Org
	// Matched counts, for every configured team, the items that its rule fits
	// now, and Owned those that it owns.
	Matched, Owned []int
	// Digest identifies the facts, in whatever order they came: the records,
	// and the words of their trackers as far as assembly goes by them.
	Digest string
	// Fields are the names of the fields in which items name something, where
	// teams go by a field.
	Fields []string
	// Newest is the last instant that the facts tell of, by site.
	Newest map[string]fact.Instant
}

// place is where one record's draft is.
type place struct {
	shard, draft int
	site         string
	number       uint64 // the id, where it is a number
	isNumber     bool
	id           string
}

// Finish builds the organisation out of all shards. Nothing may be added
// afterwards.
func (a *Assembler) Finish() (*Result, error) {
	places := a.order()
	for i := 1; i < len(places); i++ {
		if p, q := places[i-1], places[i]; p.site == q.site && p.id == q.id {
			return nil, fmt.Errorf("internal error: item %s of %s came twice", p.id, p.site)
		}
	}
	b := &builder{a: a, places: places, o: &work.Org{Zone: a.rules.Zone, OldKeys: map[work.ItemID][]work.KeyRun{}}}
	if b.o.Zone == nil {
		b.o.Zone = time.UTC
	}
	if err := cmp.Or(b.sites(), b.teams()); err != nil {
		return nil, err
	}
	b.columns()
	b.trails()
	b.plans()
	b.within()
	b.people()
	if err := b.mix(); err != nil {
		return nil, err
	}
	b.coverage()
	if !b.o.Coverage.Balance() {
		return nil, fmt.Errorf("internal error: the ledger of histories does not balance: %+v", b.o.Coverage)
	}
	b.relations()
	b.uses()
	res := &Result{Org: b.o, Digest: b.digest(), Newest: b.newest()}
	res.Matched, res.Owned = b.matches()
	res.Fields = b.fields()
	return res, nil
}

// fields names the fields that items have values in, in order.
func (b *builder) fields() []string {
	names := map[string]bool{}
	for _, s := range b.a.shards {
		for f := range s.valued {
			name := f.text
			if t, ok := b.a.words.vocab.Find(f.site, fact.TermField, f.text); ok && t.Name != "" {
				name = t.Name
			}
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// placeOf reads an id once, so that places compare fast.
func placeOf(site, id string) place {
	n, ok := fact.NumberOf(id)
	return place{site: site, number: n, isNumber: ok, id: id}
}

// comparePlaces orders by site and id, ids as [fact.CompareID] does.
func comparePlaces(a, b place) int {
	switch {
	case a.site != b.site:
		return strings.Compare(a.site, b.site)
	case a.isNumber && b.isNumber && a.number != b.number:
		return cmp.Compare(a.number, b.number)
	}
	return fact.CompareID(a.id, b.id)
}

// order sorts the records by site and immutable id.
func (a *Assembler) order() []place {
	n := 0
	for _, s := range a.shards {
		n += len(s.drafts)
	}
	places := make([]place, 0, n)
	for i, s := range a.shards {
		for k := range s.drafts {
			p := placeOf(s.drafts[k].site, s.drafts[k].id)
			p.shard, p.draft = i, k
			places = append(places, p)
		}
	}
	slices.SortFunc(places, comparePlaces)
	return places
}

// builder fills the organisation's columns in the final order.
type builder struct {
	a      *Assembler
	places []place
	o      *work.Org

	teamOf  [][]uint32 // by shard: local number to TeamID
	typeOf  [][]uint32
	updated []fact.Instant
	refs    [][]parentRun // by item
	find    *finder
}

func (b *builder) draft(i int) (*Shard, *draft) {
	p := b.places[i]
	s := b.a.shards[p.shard]
	return s, &s.drafts[p.draft]
}

// most is how many teams, types and sites there may be: numbers of two bytes tell
// them apart.
const most = 1<<16 - 1

// sites makes sure that the trackers can be told apart.
func (b *builder) sites() error {
	n := 0
	for i := range b.places {
		if i == 0 || b.places[i].site != b.places[i-1].site {
			n++
		}
	}
	if n > most {
		return fmt.Errorf("%d sites: more than this program can tell apart", n)
	}
	return nil
}

// teams numbers teams and types: configured teams in their order, others by
// name.
func (b *builder) teams() error {
	fixed := 2 + len(b.a.rules.Teams)
	seen := map[work.Team]bool{}
	var found []work.Team
	kinds := map[string]bool{}
	for _, s := range b.a.shards {
		for _, t := range s.teamList[fixed:] {
			if !seen[t] {
				seen[t] = true
				found = append(found, t)
			}
		}
		for _, k := range s.typeList {
			kinds[k] = true
		}
	}
	slices.SortFunc(found, func(x, y work.Team) int {
		return cmp.Or(strings.Compare(x.Group, y.Group), strings.Compare(x.Name, y.Name))
	})
	first := newShard(b.a.words)
	b.o.Teams = append(first.teamList, found...)
	if len(b.o.Teams) > most {
		return fmt.Errorf("%d teams: more than this program can tell apart; is the rule for teams the right one?", len(b.o.Teams))
	}
	index := map[work.Team]uint32{}
	for i, t := range b.o.Teams {
		index[t] = uint32(i)
	}
	for k := range kinds {
		b.o.Types = append(b.o.Types, k)
	}
	if len(b.o.Types) > most {
		return fmt.Errorf("%d types of items: more than this program can tell apart", len(b.o.Types))
	}
	sort.Strings(b.o.Types)
	for _, s := range b.a.shards {
		teams := make([]uint32, len(s.teamList))
		for i, t := range s.teamList {
			teams[i] = index[t]
			if i < fixed {
				teams[i] = uint32(i)
			}
		}
		types := make([]uint32, len(s.typeList))
		for i, k := range s.typeList {
			types[i] = uint32(sort.SearchStrings(b.o.Types, k))
		}
		b.teamOf, b.typeOf = append(b.teamOf, teams), append(b.typeOf, types)
	}
	return nil
}

func (b *builder) columns() {
	o, n := b.o, len(b.places)
	t := &o.Items
	t.Site, t.ID, t.Key = make([]work.SiteID, n), make([]string, n), make([]string, n)
	t.Created, t.History = make([]fact.Instant, n), make([]fact.Completeness, n)
	t.Logged, t.Assigned, t.Sprinted = make([]fact.Instant, n), make([]fact.Instant, n), make([]fact.Instant, n)
	t.Coded, t.Class = make([]fact.Instant, n), make([]fact.Class, n)
	b.updated = make([]fact.Instant, n)
	b.refs = make([][]parentRun, n)
	for _, off := range []*[]uint32{&o.States.Off, &o.Levels.Off, &o.Kinds.Off, &o.Owners.Off, &o.Flags.Off} {
		*off = make([]uint32, 1, n+1)
	}
	b.reserve()
	for i := range n {
		s, d := b.draft(i)
		t.Site[i] = b.site(d.site)
		t.ID[i], t.Key[i], t.Created[i], t.History[i] = d.id, d.key, d.created, d.history
		t.Logged[i], t.Assigned[i], t.Sprinted[i] = d.logged, d.assigned, d.sprinted
		t.Coded[i], t.Class[i] = d.coded, d.class
		b.updated[i] = d.updated
		t.Title.Append(s.titles.At(work.ItemID(b.places[i].draft)))
		if runs, ok := s.oldKeys[b.places[i].draft]; ok {
			o.OldKeys[work.ItemID(i)] = runs
		}
		for _, r := range s.states[d.states.from:d.states.to] {
			add(&o.States, r.from, r.val)
			o.Actors = append(o.Actors, r.by)
		}
		for _, r := range s.levels[d.levels.from:d.levels.to] {
			add(&o.Levels, r.from, r.val)
		}
		for _, r := range s.kinds[d.kinds.from:d.kinds.to] {
			add(&o.Kinds, r.from, work.TypeID(b.typeOf[b.places[i].shard][r.val]))
		}
		for _, r := range s.owners[d.owners.from:d.owners.to] {
			add(&o.Owners, r.from, work.TeamID(b.teamOf[b.places[i].shard][r.val]))
		}
		for _, r := range s.flags[d.flags.from:d.flags.to] {
			state := work.Unknown
			if r.val == 1 {
				state = work.Wait
			}
			add(&o.Flags, r.from, state)
		}
		b.refs[i] = s.parents[d.parents.from:d.parents.to]
		seal(&o.States)
		seal(&o.Levels)
		seal(&o.Kinds)
		seal(&o.Owners)
		seal(&o.Flags)
	}
	b.firsts()
	b.projects()
	b.spell()
}

// reserve makes room for all runs at once: growing them bit by bit would copy
// them many times.
func (b *builder) reserve() {
	var states, levels, kinds, owners int
	for _, s := range b.a.shards {
		states += len(s.states)
		levels += len(s.levels)
		kinds += len(s.kinds)
		owners += len(s.owners)
	}
	o := b.o
	room(&o.States, states)
	o.Actors = make([]fact.Person, 0, states)
	room(&o.Levels, levels)
	room(&o.Kinds, kinds)
	room(&o.Owners, owners)
}

func room[T ~uint8 | ~uint16 | ~uint32](r *work.Runs[T], n int) {
	r.From, r.Val = make([]fact.Instant, 0, n), make([]T, 0, n)
}

func add[T ~uint8 | ~uint16 | ~uint32](r *work.Runs[T], from fact.Instant, val T) {
	r.From, r.Val = append(r.From, from), append(r.Val, val)
}

// seal ends the runs of one item.
func seal[T ~uint8 | ~uint16 | ~uint32](r *work.Runs[T]) { r.Off = append(r.Off, uint32(len(r.Val))) }

// site returns the number of the site, which are met in order.
func (b *builder) site(url string) work.SiteID {
	if n := len(b.o.Sites); n == 0 || b.o.Sites[n-1].URL != url {
		b.o.Sites = append(b.o.Sites, work.Site{URL: url})
	}
	return work.SiteID(len(b.o.Sites) - 1)
}

// firsts notes when each site first used the level of batches, and when a Team
// field first took over from projects.
func (b *builder) firsts() {
	o := b.o
	earlier := func(t *fact.Instant, at fact.Instant) {
		if at != 0 && (*t == 0 || at < *t) {
			*t = at
		}
	}
	for i := range o.Sites {
		for _, s := range b.a.shards {
			earlier(&o.Sites[i].FirstBatch, s.firsts[o.Sites[i].URL])
			earlier(&o.FirstTeamField, s.team[o.Sites[i].URL])
		}
	}
	o.ProjectTeams = b.a.rules.projectOnly()
	o.Bots = b.a.words.bots
}

func (b *builder) coverage() {
	c := &b.o.Coverage
	c.MentionsOutside = map[string]int{}
	c.Unused, c.UnmappedStatus, c.GuessedStatus, c.LinksUnknown = map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for _, s := range b.a.shards {
		x := s.cover
		c.Items += x.Items
		c.Whole += x.Whole
		c.Cut += x.Cut
		c.None += x.None
		c.Empty += x.Empty
		c.Changes += x.Changes
		c.StatusChanges += x.StatusChanges
		c.Comments += x.Comments
		c.Worklogs += x.Worklogs
		c.Unseen += x.Unseen
		c.Moved += x.Moved
		c.ResolvedOpen += x.ResolvedOpen
		c.ClosedSilently += x.ClosedSilently
		c.HistoryDisagree += x.HistoryDisagree
		c.NoTeam += x.NoTeam
		c.Several += x.Several
		c.Reviews += x.Reviews
		c.Commits += x.Commits
		c.Undated += x.Undated
		c.Nobody += x.Nobody
		c.Bots += x.Bots
		c.Pulls += x.Pulls
		c.Milestones += x.Milestones
		c.BotPulls += x.BotPulls
		c.PathsCut += x.PathsCut
		c.Boards += x.Boards
		c.BoardsDisagree += x.BoardsDisagree
		c.OddDates += x.OddDates
		c.BotChanges += x.BotChanges
		c.NoCreator += x.NoCreator
		c.OddPoints += x.OddPoints
		for _, m := range []struct{ to, from map[string]int }{
			{c.Unused, x.Unused}, {c.UnmappedStatus, x.UnmappedStatus}, {c.GuessedStatus, x.GuessedStatus}, {c.LinksUnknown, x.LinksUnknown},
		} {
			for k, n := range m.from {
				m.to[k] += n
			}
		}
	}
}

func (b *builder) matches() (matched, owned []int) {
	teams := len(b.a.rules.Teams)
	matched, owned = make([]int, teams), make([]int, teams)
	for _, s := range b.a.shards {
		for i, n := range s.matched {
			matched[i] += n
		}
	}
	for i := range b.places {
		if team, ok := b.o.Owners.At(work.ItemID(i), fact.Never); ok && int(team) >= 2 && int(team)-2 < teams {
			owned[team-2]++
		}
	}
	return matched, owned
}

// digest identifies the facts, whatever way they came.
func (b *builder) digest() string {
	h := sha256.New()
	for i := range b.places {
		_, d := b.draft(i)
		h.Write(d.digest[:])
	}
	sites := map[string]bool{}
	for _, s := range b.o.Sites {
		sites[s.URL] = true
	}
	b.a.words.identify(h, sites)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (b *builder) newest() map[string]fact.Instant {
	out := map[string]fact.Instant{}
	for i, at := range b.updated {
		url := b.o.Sites[b.o.Items.Site[i]].URL
		out[url] = max(out[url], at)
	}
	return out
}
