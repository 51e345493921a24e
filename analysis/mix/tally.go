package mix

import (
	"maps"
	"math"
	"slices"

	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// tally is what a row's time and items went into, by category and batch.
type tally struct {
	days   map[work.ItemID][]float64       // person-days by batch and category
	done   map[work.ItemID][]stats.Cluster // finished items by batch; Hits by category
	worked int
	items  int
}

// newTallies adds up the window for every team and, last, for the organisation.
func newTallies(c *work.Cut, efforts []work.Effort) []*tally {
	teams, categories := len(c.View.Teams), categories(c.View)
	out := make([]*tally, teams+1)
	for t := range out {
		out[t] = &tally{days: map[work.ItemID][]float64{}, done: map[work.ItemID][]stats.Cluster{}}
	}
	eachRow(c, efforts, func(t int, w work.Effort) {
		out[t].worked++
		row(out[t].days, c.View.Cluster(w.Item), categories)[category(c.View, w.Item)] += float64(w.Work) / work.PersonDay
	})
	count := func(t *tally, items []work.ItemID) {
		for _, i := range items {
			of := row(t.done, c.View.Cluster(i), categories)
			t.items++
			for k := range of {
				of[k].N++
			}
			of[category(c.View, i)].Hits++
		}
	}
	count(out[teams], c.Org.Finished)
	for t := range c.Teams {
		count(out[t], c.Teams[t].Finished)
	}
	return out
}

// eachRow calls do for the work on each item, in order of item: for the
// organisation, whose row comes after the teams', and for the item's team, if it was
// not reorganised within the window. What is done for one that was counts since.
func eachRow(c *work.Cut, efforts []work.Effort, do func(row int, w work.Effort)) {
	for _, w := range byItem(efforts) {
		do(len(c.Teams), w)
		if t := c.Owner(w.Item); whole(c, t) {
			do(int(t), w)
		}
	}
	read := map[work.Instant]bool{}
	for t := range c.Teams {
		since := c.Teams[t].Window
		if whole(c, work.TeamID(t)) || since.Empty() || read[since.From()] {
			continue
		}
		read[since.From()] = true
		for _, w := range byItem(c.View.Efforts(since, c.Lives)) {
			if o := c.Owner(w.Item); c.Teams[o].Window.From() == since.From() {
				do(int(o), w)
			}
		}
	}
}

// whole reports whether a team was not reorganised within the window.
func whole(c *work.Cut, t work.TeamID) bool {
	return c.Teams[t].Window.From() == c.Window.From()
}

func categories(v work.View) int { return max(len(v.Categories), 1) }

func category(v work.View, i work.ItemID) int {
	return min(int(v.CategoryOf(i)), categories(v)-1)
}

// row returns the list under a key, making one of so many.
func row[V any](m map[work.ItemID][]V, key work.ItemID, n int) []V {
	if m[key] == nil {
		m[key] = make([]V, n)
	}
	return m[key]
}

// byItem adds up the work of all people on each item. Efforts are in order of item.
func byItem(efforts []work.Effort) []work.Effort {
	var out []work.Effort
	for _, e := range efforts {
		if n := len(out); n > 0 && out[n-1].Item == e.Item {
			out[n-1].Work += e.Work
			continue
		}
		out = append(out, work.Effort{Item: e.Item, Work: e.Work})
	}
	return out
}

const (
	whyNoDays  = "nobody is known to have done anything in the window"
	whyNoItems = "nothing finished in the window"
)

// row turns the sums into shares.
func (t *tally) row(c *work.Cut) Row {
	n := categories(c.View)
	r := Row{Days: make([]stats.Estimate, n), Items: make([]stats.Estimate, n), Worked: t.worked, Finished: t.items}
	batches := slices.Sorted(maps.Keys(t.days))
	whole := make([]float64, len(batches))
	for k, b := range batches {
		for _, x := range t.days[b] {
			whole[k] += x
		}
		r.PersonDays += whole[k]
	}
	for cat := range n {
		r.Days[cat] = t.dayShare(cat, batches, whole)
		r.Items[cat] = t.itemShare(cat)
	}
	return r
}

// dayShare is the share of person-days that went into a category: a ratio of
// sums over batches, since items of one batch go together. Its interval needs
// minBatches, as that of the items does.
func (t *tally) dayShare(cat int, batches []work.ItemID, whole []float64) stats.Estimate {
	if len(batches) == 0 {
		return stats.Unknown(0, whyNoDays)
	}
	part := make([]float64, len(batches))
	for k, b := range batches {
		part[k] = t.days[b][cat]
	}
	e := stats.RatioOfSums(part, whole)
	e.N = t.worked
	e.Low, e.High = max(e.Low, 0), min(e.High, 1) // NaN stays
	if e.Known() && len(batches) < minBatches {
		e.Low, e.High, e.Why = math.NaN(), math.NaN(), whyFewBatches
	}
	return e
}

// itemShare is the share of finished items of a category, clustered by batch.
func (t *tally) itemShare(cat int) stats.Estimate {
	if t.items == 0 {
		return stats.Unknown(0, whyNoItems)
	}
	var of []stats.Cluster
	for _, b := range slices.Sorted(maps.Keys(t.done)) {
		of = append(of, t.done[b][cat])
	}
	s := stats.ClusteredShare(of)
	e := stats.Estimate{Value: s.P, N: s.N, Low: s.Low, High: s.High, Coverage: 1}
	if math.IsNaN(s.Low) || s.G < minBatches {
		e.Low, e.High = math.NaN(), math.NaN()
		e.Why = whyFewBatches
	}
	return e
}

// minBatches is how many batches an interval of a clustered share needs
// (METRICS section 0); an item without a batch is one of its own.
const minBatches = 20

const whyFewBatches = "an interval needs 20 batches or items without one"
