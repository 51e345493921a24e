package focus

import (
	"maps"
	"math"
	"slices"

	"smokestack/analysis/batch"
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// minBatchItems is how many items a batch has that counts for A5.
const minBatchItems = 3

// leastTold is the share of finished items of which more than an assignee must be
// told for A5, chosen by us: where assignees are all that a tracker tells, everything
// seems to be done alone.
const (
	leastTold = 0.1
	whyUntold = "of hardly any item more than an assignee is told"
)

// minClusters is how many batches an interval of a clustered share needs.
const minClusters = 20

// traces are the people who contributed to an item, and how that is known.
type traces struct {
	people                                             []fact.Person
	assigned, parts, commits, comments, reviews, other bool
}

func (t *traces) add(p fact.Person) {
	if p != 0 && !slices.Contains(t.people, p) {
		t.people = append(t.people, p)
	}
}

// solo fills A5: the share of finished items, and of batches of three items or
// more, with exactly one human contributor: over the assignees of all times, the
// people of sub-items, commits, logged work, comments of 40 characters or more and
// reviews, on the item, on its sub-items and on the pull requests that carry any of
// them, until the item left. Items without any trace of anybody are left out and
// counted. N is the number of items with one.
func (a *Analysis) solo(rowOf []int, batches []batch.Batch) {
	all := make([]map[work.ItemID]*stats.Cluster, len(a.Rows))
	for k := range all {
		all[k] = map[work.ItemID]*stats.Cluster{}
	}
	parts := a.partsOf()
	contributors := map[work.ItemID][]fact.Person{}
	for _, i := range a.f.Org.Finished {
		t := a.traces(i, parts)
		contributors[i] = t.people
		owner, left := a.f.Owner(i), a.f.Lives[i].Exit
		a.bothAt(rowOf, owner, left, func(row int) { a.Rows[row].Sources.count(t) })
		if len(t.people) == 0 {
			continue
		}
		cluster := a.f.View.Cluster(i)
		a.bothAt(rowOf, owner, left, func(row int) {
			c := all[row][cluster]
			if c == nil {
				c = &stats.Cluster{}
				all[row][cluster] = c
			}
			c.N++
			if len(t.people) == 1 {
				c.Hits++
			}
		})
	}
	for k := range a.Rows {
		a.Rows[k].Solo = clustered(all[k])
		if s := a.Rows[k].Sources; s.Finished >= minClusters && float64(s.beyond) < leastTold*float64(s.Finished) {
			a.Rows[k].Solo = stats.Unknown(a.Rows[k].Solo.N, whyUntold)
		}
	}
	a.soloBatches(rowOf, batches, parts, contributors)
}

// partsOf lists the sub-items of every item.
func (a *Analysis) partsOf() map[work.ItemID][]work.ItemID {
	out := map[work.ItemID][]work.ItemID{}
	v := a.f.View
	for i := range work.ItemID(v.Items.Len()) {
		if v.Has(i) && v.Level(i) == work.LevelSub {
			for _, p := range v.Lends(i) {
				out[p] = append(out[p], i)
			}
		}
	}
	return out
}

// traces collects who contributed to an item until it left.
func (a *Analysis) traces(i work.ItemID, parts map[work.ItemID][]work.ItemID) *traces {
	t := &traces{}
	until := a.f.Lives[i].Exit
	if until == 0 {
		until = a.f.View.T
	}
	record := func(t *traces, r work.ItemID) {
		t.read(a.f.View, r, until)
		a.f.View.Carried(r, func(p *work.Pull) { t.read(a.f.View, p.Item, until) })
	}
	record(t, i)
	for _, part := range parts[i] {
		// What is told of a part is a trace of its own, whoever it is of.
		sub := &traces{}
		record(sub, part)
		for _, p := range sub.people {
			t.add(p)
		}
		t.parts = t.parts || len(sub.people) > 0
	}
	return t
}

// read takes the contributors of one record.
func (t *traces) read(v work.View, i work.ItemID, until fact.Instant) {
	if len(v.Assignees.Off) > 0 {
		at, who := v.Assignees.Of(i)
		for k, p := range who {
			if at[k] <= until && p != 0 {
				t.add(p)
				t.assigned = true
			}
		}
	}
	pull := v.Items.Class[i] == fact.ClassPull
	for _, e := range v.Trail(i) {
		switch {
		case e.At > until:
		case e.Deed == work.DeedCommitted:
			t.add(e.By)
			t.commits = true
		case e.Deed == work.DeedReviewed:
			t.add(e.By)
			t.reviews = true
		case e.Substantive():
			t.add(e.By)
			t.comments = true
		case e.Deed == work.DeedLogged, pull && e.Deed == work.DeedCreated:
			t.add(e.By)
			t.other = true
		}
	}
}

// Told returns of how many of the finished items anything but an assignee is told.
func (s Sources) Told() int { return s.beyond }

func (s *Sources) count(t *traces) {
	one := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	s.Finished++
	one(&s.Nobody, len(t.people) == 0)
	one(&s.beyond, t.parts || t.commits || t.comments || t.reviews || t.other)
	one(&s.Assigned, t.assigned)
	one(&s.Parts, t.parts)
	one(&s.Commits, t.commits)
	one(&s.Comments, t.comments)
	one(&s.Reviews, t.reviews)
	one(&s.Logged, t.other)
}

// clustered is the share of hits with the interval of a clustered share.
func clustered(of map[work.ItemID]*stats.Cluster) stats.Estimate {
	var list []stats.Cluster
	for _, k := range slices.Sorted(maps.Keys(of)) {
		list = append(list, *of[k])
	}
	s := stats.ClusteredShare(list)
	if s.N == 0 {
		return stats.Unknown(0, "no finished item tells who contributed")
	}
	e := stats.Estimate{Value: s.P, N: s.N, Low: s.Low, High: s.High, Coverage: math.NaN()}
	if s.G < minClusters || math.IsNaN(s.Low) {
		e.Low, e.High = math.NaN(), math.NaN()
		e.Why = "an interval needs 20 batches or items without one"
	}
	return e
}

// soloBatches is A5 of batches: those that finished in the window, with three
// items or more of which one tells who contributed.
func (a *Analysis) soloBatches(rowOf []int, batches []batch.Batch, parts map[work.ItemID][]work.ItemID, known map[work.ItemID][]fact.Person) {
	hits, n := make([]int, len(a.Rows)), make([]int, len(a.Rows))
	for _, b := range batches {
		// Where children could not be read, nobody knows who else was at work.
		if b.Finish == 0 || b.Dropped || b.Bucket || b.Unread > 0 || !a.f.Window.Holds(b.Finish) || len(b.Children) < minBatchItems {
			continue
		}
		t := &traces{}
		for _, c := range b.Children {
			people, ok := known[c]
			if !ok {
				people = a.traces(c, parts).people
			}
			for _, p := range people {
				t.add(p)
			}
		}
		if len(t.people) == 0 {
			continue
		}
		a.bothAt(rowOf, b.Team, b.Finish, func(row int) {
			n[row]++
			if len(t.people) == 1 {
				hits[row]++
			}
		})
	}
	for k := range a.Rows {
		if n[k] == 0 {
			a.Rows[k].SoloBatches = stats.Unknown(0, "no finished batch of three items or more tells who contributed")
			continue
		}
		low, high := stats.Jeffreys(float64(hits[k]), float64(n[k]))
		a.Rows[k].SoloBatches = stats.Estimate{Value: float64(hits[k]) / float64(n[k]), N: n[k], Low: low, High: high, Coverage: 1}
	}
}
