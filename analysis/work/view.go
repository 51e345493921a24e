package work

import "smokestack/analysis/fact"

// View is an organisation as it was known at one instant. It copies nothing.
type View struct {
	*Org
	T    Instant
	held *held
}

// held is what a view knows by heart of the hierarchy, by ItemID.
type held struct {
	levels           []Level
	parents, batches []ItemID
}

// Hold returns the same view, which has looked up every item's level, parent and
// batch: for those that will be asked for often.
func (v View) Hold() View {
	if v.held != nil {
		return v
	}
	n := v.Items.Len()
	h := &held{make([]Level, n), make([]ItemID, n), make([]ItemID, n)}
	for i := range ItemID(n) {
		h.levels[i], h.parents[i] = v.level(i), v.parent(i)
	}
	out := View{v.Org, v.T, h}
	for i := range ItemID(n) {
		h.batches[i] = out.batch(i)
	}
	return out
}

// Has reports whether the item existed.
func (v View) Has(i ItemID) bool { return v.Items.Created[i] <= v.T }

// State returns an item's state.
func (v View) State(i ItemID) State {
	s, _ := v.States.At(i, v.T)
	return s
}

// Owner returns the team that owned the item at instant t, at the latest the
// view's.
func (v View) Owner(i ItemID, t Instant) TeamID {
	team, _ := v.Owners.At(i, min(t, v.T))
	return team
}

// Parent returns an item's parent, NoItem if it has none. Where a repository uses
// no parent issues, the milestone is the parent. A pull request that only shows
// how an item is worked on has none.
func (v View) Parent(i ItemID) ItemID {
	if v.held != nil {
		return v.held.parents[i]
	}
	return v.parent(i)
}

func (v View) parent(i ItemID) ItemID {
	if v.Items.Class[i] == fact.ClassPull && v.Evidence(i) {
		return NoItem
	}
	p, ok := v.Parents.At(i, v.T)
	if !ok || p == NoItem || !v.Has(p) {
		return v.milestone(i)
	}
	return p
}

// Kind returns an item's type.
func (v View) Kind(i ItemID) TypeID {
	k, _ := v.Kinds.At(i, v.T)
	return k
}

// Key returns the key that the item bore.
func (v View) Key(i ItemID) string {
	key := v.Items.Key[i]
	runs := v.OldKeys[i]
	for n := len(runs) - 1; n >= 0; n-- {
		if runs[n].From <= v.T {
			return runs[n].Key
		}
		key = runs[n].Key
	}
	return key
}

// URL returns an item's address by the key that it bore; trackers lead on from
// there to where the item is now.
func (v View) URL(i ItemID) string {
	return fact.Address(v.Sites[v.Items.Site[i]].URL, v.Key(i))
}

// Children calls do for the items whose parent is p.
func (v View) Children(p ItemID, do func(ItemID)) {
	for _, c := range v.EverChildren(p) {
		if v.Has(c) && v.Parent(c) == p {
			do(c)
		}
	}
}

// HasChild reports whether an item has a child.
func (v View) HasChild(p ItemID) bool {
	for _, c := range v.EverChildren(p) {
		if v.Has(c) && v.Parent(c) == p {
			return true
		}
	}
	return false
}

// UsesBatches reports whether the item's tracker had, by then, an item of epic
// level. Where it had none, an item with sub-items is a batch.
func (v View) UsesBatches(i ItemID) bool {
	first := v.Sites[v.Items.Site[i]].FirstBatch
	return first != 0 && first <= v.T
}

// Level returns an item's place in the hierarchy. It goes by the item's type,
// with two corrections: where the tracker has no epic level an item with
// children is a batch, and a sub-item right under a batch counts as an item.
//
// A pull request is an item where its repository has no issues and it carries
// none of elsewhere. A milestone is a batch where it stands for a parent.
func (v View) Level(i ItemID) Level {
	if v.held != nil {
		return v.held.levels[i]
	}
	return v.level(i)
}

func (v View) level(i ItemID) Level {
	switch v.Items.Class[i] {
	case fact.ClassPull:
		if v.Evidence(i) {
			return LevelAside
		}
		return LevelItem
	case fact.ClassMilestone:
		if v.HasChild(i) {
			return LevelBatch
		}
		return LevelAside
	}
	level := v.typeLevel(i)
	if level >= LevelBatch {
		return level
	}
	if v.grouping(i, level) {
		return LevelBatch
	}
	if level != LevelSub {
		return LevelItem
	}
	p := v.Parent(i)
	if p == NoItem {
		return LevelSub
	}
	parent := v.typeLevel(p)
	if parent >= LevelBatch || v.grouping(p, parent) || v.Items.Class[p] == fact.ClassMilestone {
		return LevelItem
	}
	return LevelSub
}

// typeLevel is the level that the type alone gives.
func (v View) typeLevel(i ItemID) Level {
	l, _ := v.Levels.At(i, v.T)
	return l
}

// grouping reports whether an item is a batch for want of an epic level.
func (v View) grouping(i ItemID, level Level) bool {
	return level < LevelBatch && !v.UsesBatches(i) && (v.Items.Unread[i] > 0 || v.HasChild(i))
}

// ByProject reports whether teams went by project alone.
func (v View) ByProject() bool {
	return v.ProjectTeams && (v.FirstTeamField == 0 || v.FirstTeamField > v.T)
}

// Bound reports whether an item cannot leave its parent's project: trackers
// tie sub-tasks to it, and what is in a milestone to its repository.
func (v View) Bound(i ItemID) bool {
	if v.typeLevel(i) == LevelSub {
		return true
	}
	p := v.Parent(i)
	return p != NoItem && v.Items.Class[p] == fact.ClassMilestone
}

// Batch returns the batch that an item belongs to: the nearest ancestor of
// batch level, NoItem if there is none.
func (v View) Batch(i ItemID) ItemID {
	if v.held != nil {
		return v.held.batches[i]
	}
	return v.batch(i)
}

// Cluster returns what an item varies with by chance, where neighbours go together:
// its batch, or itself where it has none. Batches are items, so numbers never clash.
func (v View) Cluster(i ItemID) ItemID {
	if b := v.Batch(i); b != NoItem {
		return b
	}
	return i
}

func (v View) batch(i ItemID) ItemID {
	const deepest = 16 // hierarchies are shallow; this ends a circle
	for range deepest {
		i = v.Parent(i)
		if i == NoItem {
			return NoItem
		}
		if v.Level(i) == LevelBatch {
			return i
		}
	}
	return NoItem
}

// Stands reports whether a link was there.
func (v View) Stands(l Link) bool {
	return l.Made <= v.T && (l.Removed == 0 || l.Removed > v.T)
}
