package focus

import (
	"slices"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// moves fills A6. Homes are looked at every 13 weeks, each with the 13 weeks
// before it: instants with less history than that do not count, see [Analysis.known]. A move is a home that has become another team's, of somebody who in
// the quarter between worked on a batch of the team that they left which was not
// finished at its end; drawers (DQ7) are no batches. It counts for the team that was
// left, and is divided by the person-quarters of that team: people with a home there
// at the beginning of a quarter and a home anywhere at its end. Exact Poisson
// interval. Quarters across a reorganisation do not count in the team's row.
//
// It is told of five such people at least; where a row has fewer, of the
// organisation alone, since its difference to the other rows would tell of them.
//
// Turnover is 1 − |M₁∩M₂|/|M₁∪M₂| (Jaccard) over the people of the row at the
// first and the last of these instants; there is none where the first has less than
// 13 weeks of history. Who fell under five events has no home team and counts as
// gone. Neither is good or bad in itself.
func (a *Analysis) moves(rowOf []int, marks []fact.Instant, rosters [][]work.TeamID) {
	moves, exposure := make([]int, len(a.Rows)), make([]int, len(a.Rows))
	people := make([]map[int]bool, len(a.Rows))
	for k := range people {
		people[k] = map[int]bool{}
	}
	left, few := a.leftBehind(marks), false
	known := a.known(marks, rosters)
	for k := known + 1; k < len(marks); k++ {
		for n := range rosters[k] {
			was, is := rosters[k-1][n], rosters[k][n]
			if was <= work.Several || is <= work.Several {
				continue
			}
			few = few || rowOf[was] < 0
			moved := was != is && left[k-1][leaver{a.homes.Everybody()[n], was}]
			a.bothAt(rowOf, was, marks[k-1], func(row int) {
				people[row][n] = true
				exposure[row]++
				if moved {
					moves[row]++
				}
			})
		}
	}
	for _, p := range people[1:] {
		few = few || len(p) > 0 && len(p) < work.LeastPeople
	}
	for k := range a.Rows {
		switch r := &a.Rows[k]; {
		case exposure[k] == 0:
			r.Moves = stats.Unknown(0, "no quarter within history in which people's teams are known at both ends")
		case k > 0 && few:
			r.Moves = stats.Unknown(0, "one row has fewer than five such people: told of the organisation alone")
		case len(people[k]) < work.LeastPeople:
			r.Moves = stats.Unknown(0, whyFewPeople)
		default:
			r.Moves = stats.PoissonRate(moves[k], float64(exposure[k]))
			r.Moves.N = exposure[k] // what the rate is of
		}
		a.Rows[k].Turnover = a.turnover(k, rowOf, marks, rosters, known)
	}
}

// known returns the first of the marks at which homes are known: 13 weeks of history
// lie before it, or the configuration has dated members for everybody who is of a
// team at any mark.
func (a *Analysis) known(marks []fact.Instant, rosters [][]work.TeamID) int {
	listed := map[fact.Person]bool{}
	for _, m := range a.f.View.Members {
		listed[m.Person] = true
	}
	all := true
	for _, roster := range rosters {
		for n, t := range roster {
			all = all && (t <= work.Several || listed[a.homes.Everybody()[n]])
		}
	}
	if all {
		return 0
	}
	first := a.begin()
	k := 0
	for k < len(marks) && marks[k]-first < quarterWeeks*7*fact.Day {
		k++
	}
	return k
}

// begin is when the first item was created.
func (a *Analysis) begin() fact.Instant {
	first := fact.Never
	for _, at := range a.f.View.Items.Created {
		first = min(first, at)
	}
	return first
}

// leaver is somebody and the team whose batch they worked on.
type leaver struct {
	who  fact.Person
	team work.TeamID
}

// leftBehind lists, for every quarter, who worked in it on an item of a team, on a
// part of it or on a pull request that carries it, whose batch was not finished at
// the quarter's end.
func (a *Analysis) leftBehind(marks []fact.Instant) []map[leaver]bool {
	out := make([]map[leaver]bool, max(len(marks)-1, 0))
	for k := range out {
		out[k] = map[leaver]bool{}
	}
	if len(out) == 0 {
		return out
	}
	v := a.f.View
	for i := range work.ItemID(v.Items.Len()) {
		if !v.Has(i) {
			continue
		}
		var on []work.ItemID // the items that work on this record is work on
		looked := false
		for _, e := range v.Trail(i) {
			k, _ := slices.BinarySearch(marks, e.At+1)
			if k == 0 || k == len(marks) {
				continue
			}
			if !looked {
				on, looked = v.Lends(i), true
			}
			for _, item := range on {
				if a.open(v.Batch(item), marks[k]) {
					out[k-1][leaver{e.By, v.Owner(item, e.At)}] = true
				}
			}
		}
	}
	return out
}

// open reports whether a batch was not finished at an instant.
func (a *Analysis) open(id work.ItemID, t fact.Instant) bool {
	b, ok := a.batches[id]
	return ok && !b.Bucket && !b.Shelved && (b.Finish == 0 || b.Finish >= t)
}

// turnover compares a row's people at the first and the last instant, or at the
// first since the last reorganisation of one of its teams.
func (a *Analysis) turnover(row int, rowOf []int, marks []fact.Instant, rosters [][]work.TeamID, known int) stats.Estimate {
	in := func(t work.TeamID) bool { return t > work.Several && (row == 0 || rowOf[t] == row) }
	begin := 0
	for t := range rowOf {
		for row > 0 && in(work.TeamID(t)) && begin < len(marks) && marks[begin] < a.since(work.TeamID(t)) {
			begin++
		}
	}
	if begin+1 >= len(rosters) {
		return stats.Unknown(0, "less than 13 weeks of history")
	}
	if begin < known {
		return stats.Unknown(0, "no 13 weeks of history before the window tell who belonged to teams then")
	}
	both, either := 0, 0
	first, last := rosters[begin], rosters[len(rosters)-1]
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
	known := a.begin() <= before
	for k := range a.Rows {
		a.Rows[k].Changes = Changes{Known: known && !a.reorganised(k, rowOf, before, to), From: from, To: to}
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
	for k := range a.Rows {
		if c := &a.Rows[k].Changes; !c.Known {
			*c = Changes{From: from, To: to}
		}
	}
}

// reorganised reports whether a team of a row became another one between two
// instants.
func (a *Analysis) reorganised(row int, rowOf []int, from, to fact.Instant) bool {
	for _, r := range a.f.View.Reorganised {
		if row == 0 || r.At <= from || r.At >= to {
			continue
		}
		for t, k := range rowOf {
			if k == row && (len(r.Teams) == 0 || slices.Contains(r.Teams, work.TeamID(t))) {
				return true
			}
		}
	}
	return false
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
