package independence

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"smokestack/analysis/deps"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// TouchFree is the share of finished items that no tie of any lens led out of
// their team: no dependency on another team's item or of one on them, no batch that
// holds items of another team, nobody of another team, at the time, who did anything
// to them, to their sub-items or to a pull request that carries either, or who spent
// days of the window on them as [work.View.Efforts] tells, and no hand-off between
// teams of them or of their sub-items. It is in plain words and not corrected for
// chance: the more a tracker tells, the lower it is. Clustered by batch; N is the finished items of one team.
// A team that was reorganised is told of what finished since; the rows of several
// teams know no such date, so that subtraction finds no small team's.
type TouchFree struct {
	Org    stats.Estimate
	Teams  []stats.Estimate // by TeamID; those of folded teams are not told
	Others stats.Estimate   // of the folded teams together
	Folded []work.TeamID
}

// FindTouchFree looks through the finished items of a window. d is the
// dependencies of the same window; folded says which teams are told together, since
// the measure rests on what people did.
func FindTouchFree(c *work.Cut, d *deps.Analysis, homes *work.Homes, folded []bool) *TouchFree {
	touched := map[work.ItemID]bool{}
	for _, e := range d.Edges {
		if e.Cross() {
			touched[e.From], touched[e.To] = true, true
		}
	}
	l := batchLens(c, d.Active, clusters{})
	for _, g := range l.groups {
		if !slices.ContainsFunc(g.members, func(m member) bool { return l.teams[m.node] != l.teams[g.members[0].node] }) {
			continue
		}
		for _, m := range g.members {
			touched[l.nodes[m.node]] = true
		}
	}
	spent := effortsOf(c)
	teams := len(c.View.Teams)
	of := make([]map[work.ItemID]*stats.Cluster, teams+2) // the last two: the folded ones, and all
	for k := range of {
		of[k] = map[work.ItemID]*stats.Cluster{}
	}
	for _, i := range c.Org.Finished {
		owner := c.Owner(i)
		if owner <= work.Several {
			continue
		}
		free := !touched[i] && !visited(c.View, homes, i, owner) && !handedOver(c.View, homes, i) && !lent(homes, spent(i), owner)
		rows := []int{teams + 1}
		switch {
		case folded[owner]:
			rows = append(rows, teams)
		case !c.Before(i):
			rows = append(rows, int(owner))
		}
		for _, k := range rows {
			count(of[k], c.View, i, free)
		}
	}
	out := &TouchFree{Teams: make([]stats.Estimate, teams), Others: freeShare(of[teams]), Org: freeShare(of[teams+1])}
	for t := range teams {
		if folded[t] {
			out.Teams[t] = stats.Unknown(0, whyFolded)
			out.Folded = append(out.Folded, work.TeamID(t))
			continue
		}
		out.Teams[t] = freeShare(of[t])
	}
	return out
}

// Hide takes out what is told: fewer than five people belong to teams at all.
func (f *TouchFree) Hide() {
	none := stats.Unknown(0, whyFew)
	f.Org, f.Others, f.Folded = none, none, nil
	for t := range f.Teams {
		f.Teams[t] = none
	}
}

// visited reports whether somebody of another team did anything to an item, or to
// what belongs to it. People change teams: whose they are is asked at every event.
func visited(v work.View, homes *work.Homes, i work.ItemID, owner work.TeamID) bool {
	found := false
	eachRecord(v, i, func(r work.ItemID) {
		for _, e := range v.Trail(r) {
			if found {
				return
			}
			found = !e.Bulk && foreign(homes.At(e.By, e.At, i), owner)
		}
	})
	return found
}

// foreign reports whether a home is a team other than an item's.
func foreign(home, owner work.TeamID) bool { return home > work.Several && home != owner }

// effortsOf returns a function that finds the efforts on an item in the window.
func effortsOf(c *work.Cut) func(work.ItemID) []work.Effort {
	all := c.Efforts()
	compare := func(e work.Effort, i work.ItemID) int { return cmp.Compare(e.Item, i) }
	return func(i work.ItemID) []work.Effort {
		from, _ := slices.BinarySearchFunc(all, i, compare)
		to, _ := slices.BinarySearchFunc(all[from:], i+1, compare)
		return all[from : from+to]
	}
}

// lent reports whether somebody of another team spent days on an item, be it that
// it was only assigned to them.
func lent(homes *work.Homes, spent []work.Effort, owner work.TeamID) bool {
	return slices.ContainsFunc(spent, func(e work.Effort) bool { return foreign(homes.At(e.By, e.From, e.Item), owner) })
}

// count adds an item to its batch.
func count(of map[work.ItemID]*stats.Cluster, v work.View, i work.ItemID, hit bool) {
	batch := v.Cluster(i)
	if of[batch] == nil {
		of[batch] = &stats.Cluster{}
	}
	of[batch].N++
	if hit {
		of[batch].Hits++
	}
}

func freeShare(of map[work.ItemID]*stats.Cluster) stats.Estimate {
	var list []stats.Cluster
	for _, b := range slices.Sorted(maps.Keys(of)) {
		list = append(list, *of[b])
	}
	return shareOfClusters(list, "nothing of one team finished in the window")
}

// shareOfClusters is a clustered share, with an interval from 20 clusters on.
func shareOfClusters(list []stats.Cluster, nothing string) stats.Estimate {
	s := stats.ClusteredShare(list)
	if s.N == 0 {
		return stats.Unknown(0, nothing)
	}
	e := stats.Estimate{Value: s.P, N: s.N, Low: s.Low, High: s.High, Coverage: 1}
	if s.G < minCrossed || math.IsNaN(s.Low) {
		e.Low, e.High, e.Why = math.NaN(), math.NaN(), "an interval needs 20 batches or items without one"
	}
	return e
}
