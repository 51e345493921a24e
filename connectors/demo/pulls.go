package demo

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
)

// pull is the plan of a pull request. Like those of an item, its instants may
// lie after the end; nothing of them may touch the items, which are as they are
// without any code.
type pull struct {
	seed                  uint64       // of the decisions that touch no other record
	begun, opened, closed fact.Instant // the first commit; closed as merged or not
	ready                 fact.Instant // when it is no draft any more; 0: it never was one
	reviews               [3]reviewed
	carries               [3]int32 // the items that it is made for; the first is whose idea it was
	author                int32    // a person, by the own account at GitHub
	repo, number          int32
	lines                 int32 // without what is generated
	merged                bool
	silent                bool // names none of its items
}

// reviewed is a first review by somebody; nobody where at is 0.
type reviewed struct {
	at fact.Instant
	by int32
}

// bump reports whether a pull request only takes newer libraries.
func (p *pull) bump() bool { return p.author == bot }

// Shares of items and of pull requests, in thousandths.
const (
	coded      = 880 // items whose work is written in pull requests
	inTwo      = 110 // those of them that take two
	inThree    = 30  // or three
	early      = 100 // first commits before anybody moved the item
	drafts     = 250
	forgetful  = 30  // pull requests whose author names no key
	shyly      = 850 // the same in a shy repository
	together   = 60  // pull requests that carry an older item of the team as well
	unreviewed = 60
	both       = 350 // reviewed ones with a second reviewer of the author's team
	vain       = 150 // pull requests closed unmerged before another one of the item
)

// code plans the pull requests, if there are to be any. It comes last and only
// reads what the steps before it have planned.
func (b *builder) code() {
	if b.jiraOnly {
		return
	}
	b.sortByTeam()
	b.each("pulls", b.runPulls)
	for i := range b.repos {
		if r := &b.repos[i]; r.cell == b.cell {
			b.runBumps(int32(i), newStream(b.seed, r.key, "bumps"))
		}
	}
	b.openPulls()
}

// runPulls plans the pull requests for a team's items.
func (b *builder) runPulls(t *team, s *stream) {
	for n, i := range b.of[t.index] {
		it := &b.items[i]
		if !it.worked() || !s.chance(coded) {
			continue
		}
		from, to := b.workedOn(it, t, s)
		parts := fact.Instant(1 + s.weighted(1000-inTwo-inThree, inTwo, inThree))
		if to-from < parts*day {
			parts = 1
		}
		for k := range parts {
			x, y := from+(to-from)*k/parts, from+(to-from)*(k+1)/parts
			p := b.propose(i, x, y, k, s)
			if p.merged = it.resolution == resolvedDone && (k == parts-1 || !s.chance(vain)); !p.merged && k == parts-1 {
				p.closed = to + s.span(hour/30, day)
			}
			if s.chance(together) {
				b.together(&p, b.of[t.index][max(0, n-10):n])
			}
			b.pulls = append(b.pulls, p)
		}
	}
}

// worked reports whether anybody is planned to work on an item in the open: one
// that skips In Progress counts, one that is never begun does not.
func (it *item) worked() bool {
	begun := it.start != 0 || it.resolution == resolvedDone && it.exit != fact.Never
	return it.rank() == 0 && begun && !it.is(imported)
}

// workedOn returns from when to when code is written for an item. Of one that
// skips In Progress nothing else tells when it was begun; one that was closed
// long after, with many others, had its code in the usual time.
func (b *builder) workedOn(it *item, t *team, s *stream) (from, to fact.Instant) {
	from, to = it.start, it.exit
	if from == 0 {
		from = max(mid(it.created, it.exit, 300, b.zone(it.assignee)), it.exit-s.lasting(t.cycle, &steady))
	}
	if it.is(bulky) {
		to = min(to, from+t.cycle)
	}
	return from, to
}

// propose plans a pull request for an item between two instants, the k-th.
func (b *builder) propose(i int32, from, to, k fact.Instant, s *stream) pull {
	it := &b.items[i]
	zone := b.zone(it.assignee)
	p := pull{seed: s.bits(), carries: [3]int32{i, none, none}}
	p.begun = mid(from, min(to, from+3*day), s.between(20, 400), zone)
	if k == 0 && it.start != 0 && s.chance(early) {
		p.begun = max(from-s.span(hour, 20*hour), it.created+hour/12)
	}
	p.opened = mid(p.begun, min(to, p.begun+8*day), s.between(300, 700), zone)
	p.closed = mid(p.opened, to, s.between(400, 950), zone)
	if s.chance(drafts) {
		p.ready = mid(p.opened, p.closed, s.between(200, 500), zone)
	}
	p.author = it.hand(p.begun)
	t := &b.teams[it.team]
	p.repo = b.repoFor(i, t, s)
	p.lines = int32(s.lasting(fact.Instant(1000*t.lines), &wide)/1000) + 1
	hush := int64(forgetful)
	if b.repos[p.repo].shy {
		hush = shyly
	}
	p.silent = s.chance(hush)
	b.choose(&p, s)
	return p
}

// repoFor returns where the code of an item of a team is: in one of its own
// repositories, by subject, or in one of those that it has no right to alone.
func (b *builder) repoFor(i int32, t *team, s *stream) int32 {
	switch {
	case t.other >= 0 && s.chance(t.across):
		t = &b.teams[t.other]
	case s.chance(t.common):
		return b.common()
	}
	return t.repos[b.subject(i)%len(t.repos)]
}

// choose plans who reviews: mostly people of the author's team and, in teams
// that depend on others, somebody of those.
func (b *builder) choose(p *pull, s *stream) {
	home := &b.teams[b.people[p.author].team]
	if s.chance(unreviewed) {
		return
	}
	n := 0
	ask := func(who int32) {
		asked := slices.ContainsFunc(p.reviews[:n], func(r reviewed) bool { return r.by == who })
		if who == none || who == p.author || asked {
			return
		}
		at := mid(max(p.opened, p.ready), p.closed, s.between(100, 900), b.zone(who))
		p.reviews[n] = reviewed{at: at, by: who}
		n++
	}
	ask(b.member(home, s))
	if s.chance(both) {
		ask(b.member(home, s))
	}
	if s.chance(home.reviewed) {
		ask(b.outsider(home, s))
	}
}

// together lets a pull request carry up to two more items of its team that are
// under way when it is begun.
func (b *builder) together(p *pull, older []int32) {
	n := 1
	for _, j := range slices.Backward(older) {
		if it := &b.items[j]; n < len(p.carries) && it.worked() && it.under(p.begun) && it.created+hour < p.opened {
			p.carries[n] = j
			n++
		}
	}
}

// bumped is how often a repository takes newer libraries at the cast's pace.
const bumped = 4 * week

// runBumps plans the pull requests of the account that keeps libraries new.
func (b *builder) runBumps(repo int32, s *stream) {
	apart := max(day, bumped*whole/fact.Instant(b.scale))
	for at := b.begin + s.span(day, apart); at < b.end; at += s.span(apart/2, 3*apart/2) {
		p := pull{seed: s.bits(), author: bot, repo: repo, opened: at, begun: at - s.span(1000, 5000), carries: [3]int32{none, none, none}}
		p.lines, p.closed = int32(s.between(2, 6)), fact.Never
		who := b.keeper(repo, s)
		if s.chance(900) {
			p.closed = max(atWork(at+s.span(day, 12*day), b.zone(who)), at+hour)
			p.merged = s.chance(850)
		}
		if s.chance(500) {
			p.reviews[0] = reviewed{at: at + (min(p.closed, at+20*day)-at)/2, by: who}
		}
		b.pulls = append(b.pulls, p)
	}
}

// keeper returns one of the people who look after a repository: of the team
// whose it is, or of one that works in the repository that all share.
func (p *plan) keeper(repo int32, s *stream) int32 {
	cell := p.teamsOf(p.cell)
	t := &cell[0]
	for range 20 {
		if t = &cell[s.below(int64(len(cell)))]; t.common > 0 {
			break
		}
	}
	if own := p.repos[repo].team; own >= 0 {
		t = &p.teams[own]
	}
	return t.first + int32(s.below(int64(t.size)))
}

// openPulls keeps what was opened by the end, in order of opening, and numbers
// it by repository.
func (b *builder) openPulls() {
	b.pulls = slices.DeleteFunc(b.pulls, func(p pull) bool { return p.opened >= b.end })
	slices.SortFunc(b.pulls, func(x, y pull) int {
		return cmp.Or(cmp.Compare(x.opened, y.opened), cmp.Compare(x.repo, y.repo), cmp.Compare(x.carries[0], y.carries[0]), cmp.Compare(x.seed, y.seed))
	})
	last := make([]int32, len(b.repos))
	for i := range b.pulls {
		p := &b.pulls[i]
		last[p.repo]++
		p.number = last[p.repo]
	}
}
