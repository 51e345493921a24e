package focus

import (
	"slices"
	"time"

	"smokestack/analysis/batch"
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// moves fills A6. Homes are looked at every 13 weeks, each with the 13 weeks
// before it. A move is a home that has become another team's, of somebody who in
// the quarter before worked on a batch of the team that they left which is not
// finished now. It counts for the team that was left, and is divided by the
// person-quarters of that team: people with a home there at the beginning of a
// quarter and a home anywhere at its end. Exact Poisson interval.
//
// Turnover is 1 − |M₁∩M₂|/|M₁∪M₂| (Jaccard) over the people of the row at the
// first and the last of these instants. Neither is good or bad in itself.
func (a *Analysis) moves(rowOf []int, marks []fact.Instant, rosters [][]work.TeamID) {
	moves, exposure := make([]int, len(a.Rows)), make([]int, len(a.Rows))
	left := a.leftBehind(marks)
	for k := 1; k < len(marks); k++ {
		for n := range rosters[k] {
			was, is := rosters[k-1][n], rosters[k][n]
			if was <= work.Several || is <= work.Several {
				continue
			}
			a.both(rowOf, was, func(row int) { exposure[row]++ })
			if was != is && left[k-1][leaver{a.homes.Everybody()[n], was}] {
				a.both(rowOf, was, func(row int) { moves[row]++ })
			}
		}
	}
	for k := range a.Rows {
		if exposure[k] == 0 {
			a.Rows[k].Moves = stats.Unknown(0, "no quarter within history in which people's teams are known at both ends")
		} else {
			a.Rows[k].Moves = stats.PoissonRate(moves[k], float64(exposure[k]))
		}
		a.Rows[k].Turnover = turnover(k, rowOf, rosters)
	}
}

// leaver is somebody and the team whose batch they worked on.
type leaver struct {
	who  fact.Person
	team work.TeamID
}

// leftBehind lists, for every quarter, who worked in it on a batch of a team that
// was not finished at the quarter's end.
func (a *Analysis) leftBehind(marks []fact.Instant) []map[leaver]bool {
	out := make([]map[leaver]bool, max(len(marks)-1, 0))
	for k := range out {
		out[k] = map[leaver]bool{}
	}
	if len(out) == 0 {
		return out
	}
	v := a.f.View
	finish := map[work.ItemID]fact.Instant{}
	for _, b := range a.batches() {
		finish[b.Item] = b.Finish
	}
	for i := range work.ItemID(v.Items.Len()) {
		if !v.Has(i) {
			continue
		}
		for _, e := range v.Trail(i) {
			k, _ := slices.BinarySearch(marks, e.At+1)
			if k == 0 || k == len(marks) {
				continue
			}
			b := v.Batch(i)
			if b == work.NoItem {
				break
			}
			if done, ok := finish[b]; ok && (done == 0 || done >= marks[k]) {
				out[k-1][leaver{e.By, v.Owner(i, e.At)}] = true
			}
		}
	}
	return out
}

func (a *Analysis) batches() []batch.Batch { return batch.All(a.f.View, a.f.Lives) }

// turnover compares a row's people at the first and the last instant.
func turnover(row int, rowOf []int, rosters [][]work.TeamID) stats.Estimate {
	if len(rosters) < 2 {
		return stats.Unknown(0, "less than 13 weeks of history")
	}
	in := func(t work.TeamID) bool { return t > work.Several && (row == 0 || rowOf[t] == row) }
	both, either := 0, 0
	first, last := rosters[0], rosters[len(rosters)-1]
	for n := range first {
		was, is := in(first[n]), in(last[n])
		if was || is {
			either++
		}
		if was && is {
			both++
		}
	}
	if either < work.LeastPeople {
		return stats.Unknown(0, whyFewPeople)
	}
	return stats.Census(1-float64(both)/float64(either), either)
}

// changes fills A8.
func (a *Analysis) changes(rowOf []int) {
	from, to := lastQuarter(a.f.View.T)
	before, _ := lastQuarter(from)
	first := fact.Never
	for _, at := range a.f.View.Items.Created {
		first = min(first, at)
	}
	known := first <= before
	for k := range a.Rows {
		a.Rows[k].Changes = Changes{Known: known, From: from, To: to}
	}
	if !known {
		return
	}
	was, is := a.homes.Roster(from), a.homes.Roster(to)
	for n := range is {
		for k := range a.Rows {
			in := func(t work.TeamID) bool { return t > work.Several && (k == 0 || rowOf[t] == k) }
			switch c := &a.Rows[k].Changes; {
			case in(is[n]) && !in(was[n]):
				c.Joined++
			case in(was[n]) && !in(is[n]):
				c.Left++
			}
		}
	}
	a.uses(rowOf, before, from, to)
}

// used is a status, a type or a board.
type used struct {
	kind work.UseKind
	name string
}

// times says in which quarters something was used: the last one, the one before
// it, and any before the last.
type times struct{ now, then, ever bool }

// uses counts what a row used for the first time, or no more, in a quarter.
func (a *Analysis) uses(rowOf []int, before, from, to fact.Instant) {
	all := make([]map[used]times, len(a.Rows))
	for k := range all {
		all[k] = map[used]times{}
	}
	within := func(at []fact.Instant, a, b fact.Instant) bool {
		return slices.ContainsFunc(at, func(t fact.Instant) bool { return t >= a && t < b })
	}
	for _, u := range a.f.View.Uses {
		if u.Team <= work.Several {
			continue
		}
		a.both(rowOf, u.Team, func(row int) {
			key := used{u.Kind, u.Name}
			t := all[row][key]
			t.now, t.then, t.ever = t.now || within(u.At, from, to), t.then || within(u.At, before, from), t.ever || within(u.At, 0, from)
			all[row][key] = t
		})
	}
	for k := range a.Rows {
		c := &a.Rows[k].Changes
		for _, t := range all[k] {
			switch {
			case t.now && !t.ever:
				c.Added++
			case t.then && !t.now:
				c.Dropped++
			}
		}
	}
}

// lastQuarter returns the last quarter of the calendar, in UTC, that is over at an
// instant.
func lastQuarter(t fact.Instant) (from, to fact.Instant) {
	now := (t + 1).Time()
	year, month := now.Year(), int(now.Month()-1)/3*3+1
	return quarterStart(year, month-3), quarterStart(year, month)
}

func quarterStart(year, month int) fact.Instant {
	return fact.At(time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC))
}
