package assemble

import (
	"cmp"
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// pullFact is what a shard keeps of a pull request.
type pullFact struct {
	draft   int
	creator fact.Person
	pull    fact.Pull // without paths
	lines   int
	left    int
	acts    []work.Act
}

// addPull keeps what a pull request has besides an item's columns. What bots do
// on it is left out.
func (s *Shard) addPull(r *fact.Record) {
	if r.Class != fact.ClassPull {
		return
	}
	p := pullFact{draft: len(s.drafts), creator: s.w.who(r.Creator), pull: r.Pull}
	p.pull.Paths = nil
	p.lines, p.left = s.size(r.Pull)
	if s.w.bots[p.creator] {
		s.cover.BotPulls++
	}
	for i := range r.Involvement {
		if v := &r.Involvement[i]; !s.w.bots[v.By] {
			p.acts = append(p.acts, work.Act{At: v.At, By: s.w.who(v.By), Kind: v.Act})
		}
	}
	slices.SortStableFunc(p.acts, func(a, b work.Act) int { return cmp.Compare(a.At, b.At) })
	if r.Pull.Sized && len(r.Pull.Paths) < r.Pull.Files {
		s.cover.PathsCut++
	}
	s.pulls = append(s.pulls, p)
}

// size returns the changed lines of a pull request that count, and those in
// paths that rules leave out. Where the tracker cut the list of paths, what it
// does not show counts.
func (s *Shard) size(p fact.Pull) (lines, left int) {
	for _, f := range p.Paths {
		if s.w.generated.match(f.Name) {
			left += f.Added + f.Deleted
		}
	}
	return max(p.Added+p.Deleted-left, 0), left
}

// addMilestones notes the milestones that an issue was in. Events tell a
// milestone by its title, the present one has an id.
func (s *Shard) addMilestones(r *fact.Record) {
	of := s.of[fact.KindMilestone]
	if len(of) == 0 && r.Milestone.IsZero() {
		return
	}
	steps := s.milestoneSteps(of, r)
	for n, t := range steps {
		ref := parentRun{from: t.from}
		switch last := n == len(steps)-1; {
		case last && !r.Milestone.IsZero():
			ref.ref = r.Milestone
		case t.val.Text != "":
			ref.ref = fact.Ref{Key: stoneTitle(fact.ProjectOf(r.Key), t.val.Text)}
		}
		s.stones = append(s.stones, ref)
	}
}

// milestoneSteps returns the milestone over time. An event puts an issue into a
// milestone or takes it out; only what follows tells that it changed.
func (s *Shard) milestoneSteps(of []*fact.Change, r *fact.Record) []step {
	if len(of) == 0 {
		return []step{{r.Created, fact.Value{ID: r.Milestone.ID}}}
	}
	out := []step{{r.Created, of[0].From}}
	for _, c := range of {
		at := max(c.At, r.Created)
		if c.To.IsZero() && out[len(out)-1].val.Text != c.From.Text {
			continue // it had left that one already
		}
		if last := &out[len(out)-1]; last.from == at {
			last.val = c.To
			continue
		}
		out = append(out, step{at, c.To})
	}
	return out
}

// stoneTitle is how a milestone is found by its title.
func stoneTitle(repo, title string) string { return repo + "/milestone/\x00" + title }

// mentionFact is a reference in a text.
type mentionFact struct {
	draft   int
	mention fact.Mention
}

// addMentions keeps the references in a record's texts that can mean something:
// the keys of a repository, and keys of Jira where a pull request names one in a
// place that counts.
func (s *Shard) addMentions(r *fact.Record) {
	for _, m := range r.Mentions {
		if m.Site == "" && fact.IsRepository(fact.ProjectOf(m.Key)) {
			m.Site = r.Site
		}
		m.Site, m.Key = strings.Clone(m.Site), strings.Clone(m.Key)
		s.mentions = append(s.mentions, mentionFact{len(s.drafts), m})
	}
}

// fold writes a key as it is looked up: repositories are known without regard to
// case.
func fold(key string) string {
	if strings.Contains(key, "/") {
		return strings.ToLower(key)
	}
	return key
}

// projects numbers the containers of items.
func (b *builder) projects() {
	type container struct {
		site work.SiteID
		key  string
	}
	known := map[container]work.ProjectID{}
	t := &b.o.Items
	t.Project = make([]work.ProjectID, len(b.places))
	for i := range b.places {
		_, d := b.draft(i)
		k := container{t.Site[i], fold(fact.ProjectOf(d.key))}
		id, ok := known[k]
		if !ok {
			id = work.ProjectID(len(b.o.Projects))
			known[k] = id
			b.o.Projects = append(b.o.Projects, work.Project{
				Site: k.site, Key: fact.ProjectOf(d.key), Through: b.a.words.through[siteText{d.site, k.key}],
			})
		}
		t.Project[i] = id
		if p := &b.o.Projects[id]; d.class == fact.ClassIssue && fact.IsRepository(p.Key) && (p.FirstIssue == 0 || d.created < p.FirstIssue) {
			p.FirstIssue = d.created
		}
	}
}

// firstParents notes when a repository first used parent issues.
func (b *builder) firstParents() {
	for i := range b.places {
		p := &b.o.Projects[b.o.Items.Project[i]]
		if !fact.IsRepository(p.Key) || b.o.Items.Class[i] != fact.ClassIssue {
			continue
		}
		from, parents := b.o.Parents.Of(work.ItemID(i))
		for k := range parents {
			if parents[k] != work.NoItem && (p.FirstParent == 0 || from[k] < p.FirstParent) {
				p.FirstParent = from[k]
			}
		}
	}
}

// milestones fills the column of milestones.
func (b *builder) milestones() {
	m := &b.o.Milestones
	m.Off = make([]uint32, 1, len(b.places)+1)
	for i := range b.places {
		s, d := b.draft(i)
		runs := s.stones[d.stones.from:d.stones.to]
		begin := len(m.Val)
		for _, run := range runs {
			at := work.NoItem
			if !run.ref.IsZero() {
				at = b.find.item(d.site, run.ref)
			}
			if n := len(m.Val); n > begin && m.Val[n-1] == at || n == begin && at == work.NoItem {
				continue
			}
			add(m, run.from, at)
		}
		if n := len(runs); n > 0 && !runs[n-1].ref.IsZero() && b.find.item(d.site, runs[n-1].ref) == work.NoItem {
			b.o.Coverage.MilestonesOutside++
		}
		seal(m)
	}
}

// pulls brings the shards' pull requests together.
func (b *builder) pulls(at [][]work.ItemID) {
	for n, s := range b.a.shards {
		for _, p := range s.pulls {
			b.o.Pulls = append(b.o.Pulls, work.Pull{
				Item: at[n][p.draft], Creator: p.creator, Merged: p.pull.Merged, Begun: p.pull.Begun,
				Sized: p.pull.Sized, Lines: p.lines, Left: p.left, Acts: p.acts,
			})
		}
	}
}

// mentioned turns references in texts into ties: a pull request carries what it
// closes and the item whose Jira key it names; words of dependence make a weaker
// kind of link; what is left is a mention. A text was written, as far as can be
// known, when the younger of both items was.
func (b *builder) mentioned(at [][]work.ItemID) {
	c := &b.o.Coverage
	for n, s := range b.a.shards {
		for i := range s.mentions {
			f := &s.mentions[i]
			from := at[n][f.draft]
			to, known := b.find.mentioned(f.mention)
			switch {
			case to == from:
			case to != work.NoItem:
				b.tie(from, to, f.mention)
			case known:
				c.MentionsOutside++
			}
		}
	}
	b.o.Carries = unite(b.o.Carries)
	b.once()
}

func (b *builder) tie(from, to work.ItemID, m fact.Mention) {
	made := max(b.o.Items.Created[from], b.o.Items.Created[to])
	pull := b.o.Items.Class[from] == fact.ClassPull
	target := b.o.Items.Class[to]
	switch jira := !fact.IsRepository(fact.ProjectOf(m.Key)); {
	case target == fact.ClassMilestone:
	case pull && target == fact.ClassIssue && (m.Word == fact.WordCloses && !jira || jira && b.a.words.joins(m)):
		b.o.Carries = append(b.o.Carries, work.Carry{Pull: from, Item: to, Made: made})
	case m.Word == fact.WordDependsOn, m.Word == fact.WordTask:
		b.o.Links = append(b.o.Links, work.Link{From: from, To: to, Kind: work.LinkText, Made: made, OneWay: true})
	case m.Word == fact.WordBlocks:
		b.o.Links = append(b.o.Links, work.Link{From: to, To: from, Kind: work.LinkText, Made: made, OneWay: true})
	default:
		b.o.Links = append(b.o.Links, work.Link{From: from, To: to, Kind: work.LinkMention, Made: made, OneWay: true})
	}
}

// once counts the joins, and keeps each text link once. One that says what a
// link of the tracker says, too, is left out: the link is the better word.
func (b *builder) once() {
	o := b.o
	slices.SortFunc(o.Links, compareLinks)
	type pair struct{ from, to work.ItemID }
	linked := map[pair]bool{}
	for _, l := range o.Links {
		if l.Kind == work.LinkDepends && l.Removed == 0 {
			linked[pair{l.From, l.To}] = true
		}
	}
	kept := o.Links[:0]
	for _, l := range o.Links {
		text := l.Kind == work.LinkText || l.Kind == work.LinkMention
		if n := len(kept); text && (linked[pair{l.From, l.To}] || n > 0 && kept[n-1].From == l.From && kept[n-1].To == l.To && kept[n-1].Kind == l.Kind) {
			continue
		}
		kept = append(kept, l)
		switch l.Kind {
		case work.LinkText:
			o.Coverage.TextLinks++
		case work.LinkMention:
			o.Coverage.Mentions++
		}
	}
	o.Links = kept
}

func compareLinks(x, y work.Link) int {
	return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Made, y.Made))
}

// carry keeps a tie that the tracker itself tells.
func (l *linker) carry(link work.Link) {
	t := &l.o.Items
	switch {
	case link.From == work.NoItem || link.To == work.NoItem:
		if link.Removed == 0 {
			l.o.Coverage.CarriesOutside++
		}
	case t.Class[link.From] == fact.ClassPull && t.Class[link.To] == fact.ClassIssue:
		l.o.Carries = append(l.o.Carries, work.Carry{Pull: link.From, Item: link.To, Made: link.Made, Removed: link.Removed})
	default:
		link.Kind = work.LinkOther
		l.o.Links = append(l.o.Links, link)
	}
}

// unite puts together the ties of one pull request and one item that overlap: a
// text and the tracker may tell of the same.
func unite(carries []work.Carry) []work.Carry {
	slices.SortFunc(carries, func(a, b work.Carry) int {
		return cmp.Or(cmp.Compare(a.Item, b.Item), cmp.Compare(a.Pull, b.Pull), cmp.Compare(a.Made, b.Made))
	})
	out := carries[:0]
	for _, c := range carries {
		if n := len(out); n > 0 && out[n-1].Item == c.Item && out[n-1].Pull == c.Pull && (out[n-1].Removed == 0 || out[n-1].Removed >= c.Made) {
			if last := &out[n-1]; last.Removed != 0 && (c.Removed == 0 || c.Removed > last.Removed) {
				last.Removed = c.Removed
			}
			continue
		}
		out = append(out, c)
	}
	return out
}

// unread counts, of every item, the children that the tracker counts and that
// were not pulled.
func (b *builder) unread() {
	t := &b.o.Items
	t.Unread = make([]uint32, len(b.places))
	for i := range b.places {
		_, d := b.draft(i)
		if d.children == 0 {
			continue
		}
		have := uint32(0)
		for _, c := range b.o.EverChildren(work.ItemID(i)) {
			if _, parents := b.o.Parents.Of(c); len(parents) > 0 && parents[len(parents)-1] == work.ItemID(i) {
				have++
			}
		}
		if d.children > have {
			t.Unread[i] = d.children - have
			b.o.Coverage.ChildrenUnread += int(t.Unread[i])
		}
	}
}

// inherit gives items that fit no rule to the team of the pull requests that
// carry them, from when the first of them did: to several, where they differ.
func (b *builder) inherit() {
	o := b.o
	heirs := map[work.ItemID][]ownerRun{}
	for from := 0; from < len(o.Carries); {
		item := o.Carries[from].Item
		to := from
		for to < len(o.Carries) && o.Carries[to].Item == item {
			to++
		}
		if team, ok := o.Owners.At(item, fact.Never); ok && team == work.NoTeam {
			if runs := b.heritage(o.Carries[from:to]); len(runs) > 0 {
				heirs[item] = runs
			}
		}
		from = to
	}
	if len(heirs) > 0 {
		b.reown(heirs)
	}
}

// heritage returns the teams that pull requests give to the item they carry.
func (b *builder) heritage(carries []work.Carry) []ownerRun {
	slices.SortStableFunc(carries, func(x, y work.Carry) int { return cmp.Compare(x.Made, y.Made) })
	var out []ownerRun
	owner := work.NoTeam
	for _, c := range carries {
		team, ok := b.o.Owners.At(c.Pull, max(c.Made, b.o.Items.Created[c.Pull]))
		switch {
		case !ok || team == work.NoTeam || team == owner || c.Removed != 0:
			continue
		case owner == work.NoTeam:
			owner = team
		default:
			owner = work.Several
		}
		if n := len(out); n > 0 && out[n-1].from == c.Made {
			out[n-1].val = uint32(owner)
			continue
		}
		out = append(out, ownerRun{c.Made, uint32(owner)})
	}
	return out
}

// reown writes the column of owners anew, with what some items inherit.
func (b *builder) reown(heirs map[work.ItemID][]ownerRun) {
	old, c := b.o.Owners, &b.o.Coverage
	b.o.Owners = work.Runs[work.TeamID]{Off: make([]uint32, 1, len(old.Off))}
	for i := range b.places {
		from, val := old.Of(work.ItemID(i))
		for k := range val {
			add(&b.o.Owners, from[k], val[k])
		}
		for _, run := range heirs[work.ItemID(i)] {
			if n := len(b.o.Owners.From); run.from <= b.o.Owners.From[n-1] {
				b.o.Owners.Val[n-1] = work.TeamID(run.val)
				continue
			}
			add(&b.o.Owners, run.from, work.TeamID(run.val))
		}
		if runs := heirs[work.ItemID(i)]; len(runs) > 0 {
			c.NoTeam--
			c.Inherited++
			if work.TeamID(runs[len(runs)-1].val) == work.Several {
				c.Several++
			}
		}
		seal(&b.o.Owners)
	}
}
