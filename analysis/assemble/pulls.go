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
	paths   bool      // all are told
	lines   int
	left    int
	nobody  []fact.Instant // when accounts that are not told reviewed it
}

// addPull keeps what a pull request has besides an item's columns.
func (s *Shard) addPull(r *fact.Record) {
	if r.Class != fact.ClassPull {
		return
	}
	p := pullFact{draft: len(s.drafts), creator: s.w.who(r.Creator), pull: r.Pull}
	p.pull.Paths, p.paths = nil, r.Pull.Sized && len(r.Pull.Paths) >= r.Pull.Files
	// Commits that are all newer than the pull request replaced older ones: they say
	// nothing of its beginning.
	if p.pull.Begun > r.Created {
		p.pull.Begun = 0
	}
	p.lines, p.left = s.size(r.Pull)
	if s.w.bots[p.creator] {
		s.cover.BotPulls++
	}
	for i := range r.Involvement {
		if v := &r.Involvement[i]; v.Act == fact.ActReview && v.By == 0 {
			at := fact.Instant(0)
			if v.At > 0 {
				at = max(v.At, r.Created)
			}
			p.nobody = append(p.nobody, at)
		}
	}
	slices.Sort(p.nobody)
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
		if s.isGenerated(f.Name) {
			left = min(left+within(f.Added)+within(f.Deleted), mostLines)
		}
	}
	return max(within(p.Added)+within(p.Deleted)-left, 0), left
}

// mostPaths bounds how many paths a shard remembers. Pull requests of a repository
// change the same ones again and again.
const mostPaths = 1 << 16

// isGenerated reports whether rules leave a path out of sizes.
func (s *Shard) isGenerated(path string) bool {
	if len(s.w.generated) == 0 {
		return false
	}
	known, ok := s.paths[path]
	if !ok {
		if len(s.paths) >= mostPaths {
			clear(s.paths)
		}
		known = s.w.generated.match(namesOf(path))
		s.paths[strings.Clone(path)] = known
	}
	return known
}

// mostLines bounds numbers of lines, so that sums of them stay numbers whatever
// is told.
const mostLines = 1 << 40

func within(lines int) int { return min(max(lines, 0), mostLines) }

// pulls brings the shards' pull requests together.
func (b *builder) pulls(at [][]work.ItemID) {
	for n, s := range b.a.shards {
		for _, p := range s.pulls {
			b.o.Pulls = append(b.o.Pulls, work.Pull{
				Item: at[n][p.draft], Creator: p.creator, Merged: p.pull.Merged, Begun: p.pull.Begun,
				Sized: p.pull.Sized, Lines: p.lines, Left: p.left, Paths: p.paths, Unsigned: p.nobody,
			})
		}
	}
}

// carry keeps a tie that the tracker itself tells.
func (l *linker) carry(link work.Link) {
	switch {
	case link.From != work.NoItem && link.To != work.NoItem:
		l.o.Carries = append(l.o.Carries, work.Carry{Pull: link.From, Item: link.To, Made: link.Made, Removed: link.Removed})
	case link.Removed == 0:
		l.o.Coverage.CarriesOutside++
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
