package flow

import (
	"fmt"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Sprints are the sprints of one row that closed within the window. Shares are
// pooled over sprints; their intervals are Jeffreys', clustered by sprint, since what
// happens to a sprint happens to its items together, from 20 sprints on.
type Sprints struct {
	Closed int            // sprints that held an item of the row at their close
	Carry  stats.Estimate // F11: of the items in a sprint at its close, those not finished or dropped; N is items
	Added  stats.Estimate // F12: of the same, those added more than a day after its start; N is items whose history tells
}

const (
	whyNoSprint = "no sprint closed in the window with items in it"
	lateAfter   = fact.Day // from a sprint's start, until which an item belongs to its plan

	sprintsEnough = 20 // clusters that an interval needs (METRICS section 0, "Clustered share")
)

// Sprints returns carry-over (F11) and what was added after the start (F12) of the
// sprints that closed within the window: of the organisation and, by TeamID, of the
// teams that owned the items at the close, within their windows. A sprint closes at
// its end; what counts is what was in it in the millisecond before, so that what is carried
// over as it closes was in it. An item that was in several sprints counts in each.
//
// Added is what was not in the sprint at any time from its start until a day
// later. That only histories tell: items without a whole one are left out, and
// where they are more than 40 % nobody can tell. Sprints of which the start is not known
// are left out of F12.
func (a *Analysis) Sprints() (org Sprints, teams []Sprints) {
	var all sprintCount
	byTeam := make([]sprintCount, len(a.Teams))
	list := a.View.InSprints
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].Item == list[from].Item {
			to++
		}
		a.closed(list[from:to], func(in uint32, end fact.Instant, stay stay) {
			all.add(in, stay)
			team := a.View.Owner(list[from].Item, end-1)
			if a.Teams[team].Window.Holds(end) {
				byTeam[team].add(in, stay)
			}
		})
		from = to
	}
	org, teams = all.tell(&a.Org), make([]Sprints, len(a.Teams))
	for t := range teams {
		teams[t] = byTeam[t].tell(&a.Teams[t])
	}
	return org, teams
}

// stay is what one item shows of one sprint.
type stay struct{ open, dated, added bool }

// closed calls do for the sprints that closed in the window with an item in them.
func (a *Analysis) closed(of []work.Within, do func(in uint32, end fact.Instant, s stay)) {
	i := of[0].Item
	if !a.View.Has(i) || a.View.Level(i) != work.LevelItem {
		return
	}
	var seen []uint32
	for _, w := range of {
		sprint := a.View.Org.Sprints[w.In]
		if sprint.End == 0 || !a.Window.Holds(sprint.End) || !w.Stood(sprint.End-1) || slices.Contains(seen, w.In) {
			continue
		}
		if a.View.KnownUntil(i, sprint.End) < sprint.End {
			continue // nobody knows any more
		}
		seen = append(seen, w.In)
		state, _ := a.View.States.At(i, sprint.End-1)
		planned := slices.ContainsFunc(of, func(x work.Within) bool {
			return x.In == w.In && x.From <= sprint.Start+lateAfter && (x.To == 0 || x.To > sprint.Start)
		})
		do(w.In, sprint.End, stay{!state.Ended(), a.whole(i) && sprint.Start != 0, !planned})
	}
}

// sprintCount is what the sprints of one row hold, by sprint.
type sprintCount struct {
	sprints      map[uint32]int // position in the lists
	carry, added []stats.Cluster
}

func (c *sprintCount) add(in uint32, s stay) {
	if c.sprints == nil {
		c.sprints = map[uint32]int{}
	}
	k, ok := c.sprints[in]
	if !ok {
		k = len(c.carry)
		c.sprints[in] = k
		c.carry, c.added = append(c.carry, stats.Cluster{}), append(c.added, stats.Cluster{})
	}
	count := func(c *stats.Cluster, hit bool) {
		c.N++
		if hit {
			c.Hits++
		}
	}
	count(&c.carry[k], s.open)
	if s.dated {
		count(&c.added[k], s.added)
	}
}

func (c *sprintCount) tell(s *work.Slice) Sprints {
	if len(c.carry) == 0 {
		none := stats.Unknown(0, unless(s, whyNoSprint))
		return Sprints{Carry: none, Added: none}
	}
	carry, added := stats.ClusteredShare(c.carry), stats.ClusteredShare(c.added)
	out := Sprints{Closed: len(c.carry), Carry: sprintShare(carry).WithCoverage(1)}
	known := share(added.N, carry.N)
	if known < startsEnough {
		out.Added = stats.Unknown(added.N, "fewer than 60 % of the items tell when they came into a sprint")
		return out
	}
	out.Added = sprintShare(added).WithCoverage(known)
	return out
}

// sprintShare has an interval where there are sprints enough.
func sprintShare(s stats.Share) stats.Estimate {
	if s.G < sprintsEnough {
		e := stats.Census(s.P, s.N)
		e.Why = fmt.Sprintf("an interval needs %d sprints", sprintsEnough)
		return e
	}
	return stats.Estimate{Value: s.P, N: s.N, Low: s.Low, High: s.High}
}
