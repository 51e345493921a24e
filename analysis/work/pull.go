package work

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
)

// ProjectID numbers the containers of one Org: Jira projects and repositories.
type ProjectID uint32

// Project is a container of items.
type Project struct {
	Site SiteID
	Key  string
	// FirstIssue is when the first issue was created in it, FirstParent when one
	// of its issues first had a parent issue; 0 if never. Only of repositories.
	FirstIssue, FirstParent Instant
	// Through is when what is known of it ends, 0 where that is not told: a saved
	// answer, or a pull that failed since.
	Through Instant
}

// ProjectRun is a container that an item was in from an instant on.
type ProjectRun struct {
	From    Instant
	Project ProjectID
}

// Project returns the container that an item was in.
func (v View) Project(i ItemID) ProjectID {
	p := v.Items.Project[i]
	runs := v.OldProjects[i]
	for n := len(runs) - 1; n >= 0; n-- {
		if runs[n].From <= v.T {
			return runs[n].Project
		}
		p = runs[n].Project
	}
	return p
}

// Pull is what a pull request has besides the columns of all items.
type Pull struct {
	Item    ItemID
	Creator fact.Person // 0: nobody is told
	Merged  Instant     // 0: it is not
	Begun   Instant     // its oldest commit was written, before its creation; 0: not known
	Sized   bool        // the tracker told its size
	Lines   int         // added and deleted, without the paths that rules leave out
	Left    int         // added and deleted in those
	Paths   bool        // the tracker told all paths
	// Unsigned are when somebody reviewed it who is not told, as where an account
	// was deleted; in order of time, 0 where that is not told either. Whoever else
	// took part is in Trails.
	Unsigned []Instant
}

// Carry ties a pull request to an item that it carries.
type Carry struct {
	Pull, Item ItemID
	Made       Instant // where no event tells, when both ends were there
	Removed    Instant // 0 while it stands
}

// Carriable reports whether one may be a pull request that carries the other.
func (o *Org) Carriable(pull, item ItemID) bool {
	return o.Items.Class[pull] == fact.ClassPull && o.Items.Class[item] == fact.ClassIssue
}

// IndexPulls puts pull requests and what they carry in order; assembly calls it
// once all of them are there.
func (o *Org) IndexPulls() {
	slices.SortFunc(o.Pulls, func(a, b Pull) int { return cmp.Compare(a.Item, b.Item) })
	slices.SortFunc(o.Carries, func(a, b Carry) int {
		return cmp.Or(cmp.Compare(a.Item, b.Item), cmp.Compare(a.Pull, b.Pull), cmp.Compare(a.Made, b.Made))
	})
	o.byPull = slices.Clone(o.Carries)
	slices.SortFunc(o.byPull, func(a, b Carry) int {
		return cmp.Or(cmp.Compare(a.Pull, b.Pull), cmp.Compare(a.Item, b.Item), cmp.Compare(a.Made, b.Made))
	})
}

// PullOf returns the pull request that an item is, nil if it is none.
func (o *Org) PullOf(i ItemID) *Pull {
	n, ok := slices.BinarySearchFunc(o.Pulls, i, func(p Pull, i ItemID) int { return cmp.Compare(p.Item, i) })
	if !ok {
		return nil
	}
	return &o.Pulls[n]
}

// EverCarried returns the ties of an item to the pull requests that ever carried it.
func (o *Org) EverCarried(item ItemID) []Carry {
	return within(o.Carries, item, func(c Carry) ItemID { return c.Item })
}

// everCarrying returns the ties of a pull request to what it ever carried.
func (o *Org) everCarrying(pull ItemID) []Carry {
	return within(o.byPull, pull, func(c Carry) ItemID { return c.Pull })
}

// within returns the part of a sorted list that has a key.
func within(list []Carry, key ItemID, of func(Carry) ItemID) []Carry {
	from, ok := slices.BinarySearchFunc(list, key, func(c Carry, k ItemID) int { return cmp.Compare(of(c), k) })
	if !ok {
		return nil
	}
	to := from
	for to < len(list) && of(list[to]) == key {
		to++
	}
	return list[from:to]
}

// holds reports whether a tie was there and both ends, too.
func (v View) holds(c Carry) bool {
	return c.Made <= v.T && (c.Removed == 0 || c.Removed > v.T) && v.Has(c.Pull) && v.Has(c.Item)
}

// Carried calls do for the pull requests that carry an item.
func (v View) Carried(item ItemID, do func(*Pull)) {
	for _, c := range v.EverCarried(item) {
		if p := v.PullOf(c.Pull); p != nil && v.holds(c) {
			do(p)
		}
	}
}

// Carries reports whether a pull request carries an item.
func (v View) Carries(pull ItemID) bool {
	return slices.ContainsFunc(v.everCarrying(pull), v.holds)
}

// CarriedBy returns the items that a pull request carries.
func (v View) CarriedBy(pull ItemID) []ItemID {
	var out []ItemID
	for _, c := range v.everCarrying(pull) {
		if v.holds(c) {
			out = append(out, c.Item)
		}
	}
	return out
}

// Evidence reports whether a pull request only shows how an item is worked on:
// it carries one, or its repository has issues. Others are items themselves, but
// for those that a bot opened.
func (v View) Evidence(i ItemID) bool {
	if p := v.PullOf(i); p != nil && v.Bots[p.Creator] {
		return true
	}
	first := v.Projects[v.Project(i)].FirstIssue
	return first != 0 && first <= v.T || v.Carries(i)
}

// Lapsed reports whether nothing is known any more of an item that was open when
// its source ended, before the view's instant.
func (v View) Lapsed(i ItemID) bool {
	through := v.Projects[v.Project(i)].Through
	return through != 0 && through < v.T && !v.State(i).Ended()
}

// KnownUntil returns until when an item is known, at most an instant.
func (v View) KnownUntil(i ItemID, t Instant) Instant {
	if through := v.Projects[v.Project(i)].Through; through != 0 {
		return min(through, t)
	}
	return t
}

// UsesParents reports whether the issues of an item's repository had parent
// issues by then. Where they had none, milestones are the batches.
func (v View) UsesParents(i ItemID) bool {
	first := v.Projects[v.Project(i)].FirstParent
	return first != 0 && first <= v.T
}

// milestone returns the milestone that stands for an item's parent.
func (v View) milestone(i ItemID) ItemID {
	if len(v.Milestones.Off) == 0 {
		return NoItem
	}
	m, ok := v.Milestones.At(i, v.T)
	if !ok || m == NoItem || !v.Has(m) || v.UsesParents(i) {
		return NoItem
	}
	return m
}
