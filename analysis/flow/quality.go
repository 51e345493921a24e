package flow

import (
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Quality tells how far a slice's data can be trusted: the gates DQ1 to DQ6 and DQ9
// of METRICS section 0. DQ7, drawers, is a mark of batches (batch.Batch.Bucket),
// DQ8, merged pull requests without an item, is [Pulls.NoItem]. All of it is counted
// over the window, so nothing has an interval; shares are of 1. What only a
// history can show is a share of the items with a whole one, and not known where
// these are fewer than 60 %.
type Quality struct {
	NoStart   stats.Estimate // DQ1: finishes without a start by any rule
	Reopened  stats.Estimate // DQ2: finishes that had been closed before
	Flapped   stats.Estimate // DQ3: exits that went In Progress and back to To Do, or the reverse, within a day
	Bulk      stats.Estimate // DQ4: exits whose start or end a bulk edit brought about
	NoTeam    stats.Estimate // DQ5: items of the window without one team
	NoParent  stats.Estimate // DQ5: items of the window without a parent
	ByBots    stats.Estimate // DQ6: changes of state in the window that bots made
	Unlinked  stats.Estimate // DQ9: held-up open items without a dependency that stands
	Histories stats.Estimate // items of the window with a whole history

	// What the traps of METRICS section 2 ask to be told beside durations.
	Paused stats.Estimate // share of the time from start to finish spent put back, for a day or more
	Rework stats.Estimate // median days from the first Done to the last, of reopened finishes
}

// Quality counts the gates of data quality.
func (a *Analysis) Quality(s *work.Slice) Quality {
	exits := slices.Concat(s.Finished, s.Dropped)
	present := slices.Concat(exits, s.Begun)
	return Quality{
		NoStart:   a.share(s.Finished, unless(s, whyNothing), func(i work.ItemID) bool { return !a.Lives[i].Begun() }),
		Reopened:  a.recorded(s.Finished, unless(s, whyNothing), a.reopened),
		Flapped:   a.recorded(exits, unless(s, "nothing left in the window"), a.flapped),
		Bulk:      a.recorded(exits, unless(s, "nothing left in the window"), func(i work.ItemID) bool { return a.bulk[i] }),
		NoTeam:    a.share(present, unless(s, "no item was worked on in the window"), a.noTeam),
		NoParent:  a.share(present, unless(s, "no item was worked on in the window"), func(i work.ItemID) bool { return a.View.Parent(i) == work.NoItem }),
		ByBots:    a.byBots(s),
		Unlinked:  a.unlinked(s),
		Histories: a.share(present, unless(s, "no item was worked on in the window"), func(i work.ItemID) bool { return a.whole(i) }),
		Paused:    a.paused(s),
		Rework:    a.rework(s),
	}
}

func (a *Analysis) share(items []work.ItemID, empty string, hit func(work.ItemID) bool) stats.Estimate {
	if len(items) == 0 {
		return stats.Unknown(0, empty)
	}
	n := 0
	for _, i := range items {
		if hit(i) {
			n++
		}
	}
	return stats.Census(share(n, len(items)), len(items))
}

// whole reports whether the whole history of an item is there.
func (a *Analysis) whole(i work.ItemID) bool { return a.View.Items.History[i] == fact.WholeHistory }

const whyNotRecorded = "fewer than 60 % of these items have a whole history"

// recorded is the share of the items with a whole history of which hit holds:
// without one nothing is seen, which is not the same as that nothing happened.
func (a *Analysis) recorded(items []work.ItemID, empty string, hit func(work.ItemID) bool) stats.Estimate {
	whole := slices.DeleteFunc(slices.Clone(items), func(i work.ItemID) bool { return !a.whole(i) })
	covered := share(len(whole), len(items))
	if covered < startsEnough {
		return stats.Unknown(len(whole), whyNotRecorded)
	}
	return a.share(whole, empty, hit).WithCoverage(covered)
}

// states calls do for the item's states up to the view's instant.
func (a *Analysis) states(i work.ItemID, do func(at fact.Instant, s work.State)) {
	from, val := a.View.States.Of(i)
	for k := range val {
		if from[k] <= a.View.T {
			do(from[k], val[k])
		}
	}
}

func (a *Analysis) reopened(i work.ItemID) bool {
	ended, again := false, false
	a.states(i, func(_ fact.Instant, s work.State) {
		again = again || ended && !s.Ended()
		ended = s.Ended()
	})
	return again
}

// flapped reports a round trip between queue and progress within 24 hours.
func (a *Analysis) flapped(i work.ItemID) bool {
	type visit struct {
		at      fact.Instant
		started bool
	}
	var last []visit
	found := false
	a.states(i, func(at fact.Instant, s work.State) {
		if s != work.Queue && !s.Started() {
			last = nil
			return
		}
		if n := len(last); n > 0 && last[n-1].started == s.Started() {
			return // active to wait is no change here
		}
		if n := len(last); n > 0 && n >= 2 && at-last[n-1].at < fact.Day {
			found = true // left and back: the visit between was short
		}
		last = append(last, visit{at, s.Started()})
	})
	return found
}

func (a *Analysis) noTeam(i work.ItemID) bool {
	team := a.View.Owner(i, a.View.T)
	return team == work.NoTeam || team == work.Several
}

func (a *Analysis) byBots(s *work.Slice) stats.Estimate {
	n, bots := 0, 0
	for _, list := range [][]work.ItemID{s.Finished, s.Dropped, s.Begun} {
		for _, i := range list {
			for k := a.View.States.Off[i] + 1; k < a.View.States.Off[i+1]; k++ {
				by := a.View.Actors[k]
				if by == 0 || !s.Window.Holds(a.View.States.From[k]) {
					continue
				}
				n++
				if a.View.Bots[by] {
					bots++
				}
			}
		}
	}
	if n == 0 {
		return stats.Unknown(0, unless(s, "no change of state in the window tells who made it"))
	}
	return stats.Census(share(bots, n), n)
}

// unlinked counts, of the open items that are held up (a waiting status or a
// flag), those without a dependency that stands.
func (a *Analysis) unlinked(s *work.Slice) stats.Estimate {
	if why := a.stock(s).why; why != "" {
		return stats.Unknown(0, why)
	}
	var held []work.ItemID
	for _, i := range a.begun(s) {
		flag, _ := a.View.Flags.At(i, a.View.T)
		if a.View.State(i) == work.Wait || flag == work.Wait {
			held = append(held, i)
		}
	}
	return a.share(held, "no open item is in a waiting status or flagged", func(i work.ItemID) bool { return !a.linked[i] })
}

// linked returns the items with a dependency that stands.
func linked(v work.View) map[work.ItemID]bool {
	out := map[work.ItemID]bool{}
	for _, l := range v.Links {
		if l.Kind == work.LinkDepends && l.From != work.NoItem && v.Stands(l) {
			out[l.From] = true
		}
	}
	return out
}
