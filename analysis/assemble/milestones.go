package assemble

import (
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// addMilestones notes the milestones that an issue was in. Events tell a
// milestone by its title, the present one has an id. A milestone is in none.
func (s *Shard) addMilestones(r *fact.Record, keys []step) {
	of := s.of[fact.KindMilestone]
	if r.Class == fact.ClassMilestone || len(of) == 0 && r.Milestone.IsZero() {
		return
	}
	steps := eventSteps(of, r.Created, fact.Value{ID: r.Milestone.ID}, func(a, b fact.Value) bool { return strings.EqualFold(a.Text, b.Text) })
	for n, t := range steps {
		ref := parentRun{from: t.from}
		switch last := n == len(steps)-1; {
		case last && !r.Milestone.IsZero():
			ref.ref = r.Milestone
		case t.val.Text != "":
			ref.ref = fact.Ref{Key: stoneTitle(fact.ProjectOf(valueAt(keys, t.from).Text), t.val.Text)}
		}
		s.stones = append(s.stones, ref)
	}
}

// eventSteps returns the values over time of a field whose events put something
// in or take something out, as those of repositories do, one for the old value and
// one for the new, in either order.
func eventSteps(of []*fact.Change, created fact.Instant, now fact.Value, same func(a, b fact.Value) bool) []step {
	if len(of) == 0 {
		return []step{{created, now}}
	}
	out := []step{{created, unadded(of, same)}}
	for _, c := range of {
		at := max(c.At, created)
		if c.To.IsZero() && !same(out[len(out)-1].val, c.From) {
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

// unadded returns what a field held at first: the first thing that was taken out
// and never put in.
func unadded(of []*fact.Change, same func(a, b fact.Value) bool) fact.Value {
	for i, c := range of {
		added := func(before *fact.Change) bool { return !before.To.IsZero() && same(before.To, c.From) }
		if !c.From.IsZero() && !slices.ContainsFunc(of[:i], added) {
			return c.From
		}
	}
	return fact.Value{}
}

// stoneTitle is how a milestone is found by its title.
func stoneTitle(repo, title string) string { return repo + "/milestone/\x00" + title }

// milestones fills the column of milestones.
func (b *builder) milestones() {
	m := &b.o.Milestones
	m.Off = make([]uint32, 1, len(b.places)+1)
	for i := range b.places {
		s, d := b.draft(i)
		runs := s.stones[d.stones.from:d.stones.to]
		begin := len(m.Val)
		for _, run := range runs {
			at := b.stone(d.site, run.ref)
			if n := len(m.Val); n > begin && m.Val[n-1] == at || n == begin && at == work.NoItem {
				continue
			}
			add(m, run.from, at)
		}
		if n := len(runs); n > 0 && !runs[n-1].ref.IsZero() && b.stone(d.site, runs[n-1].ref) == work.NoItem {
			b.o.Coverage.MilestonesOutside++
		}
		seal(m)
	}
}

// stone finds a milestone. What is none cannot stand for one, whatever a
// reference says.
func (b *builder) stone(site string, r fact.Ref) work.ItemID {
	return b.ofClass(site, r, fact.ClassMilestone)
}

// ofClass finds the item of a class that a reference points to.
func (b *builder) ofClass(site string, r fact.Ref, class fact.Class) work.ItemID {
	if r.IsZero() {
		return work.NoItem
	}
	i := b.find.item(site, r)
	if i != work.NoItem && b.o.Items.Class[i] != class {
		return work.NoItem
	}
	return i
}
