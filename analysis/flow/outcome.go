package flow

import (
	"slices"

	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// The ways to leave, as causes of the end of a spell.
const (
	causeDone    = 1
	causeDropped = 2
)

// watched are the spells of the items of a slice whose starts count.
type watched struct {
	spells   []stats.CompetingSpell
	finished int  // of them
	weak     bool // weak starts are among them
	bulk     int  // items left out because a bulk edit moved them
}

// watch follows the items of a slice that were in progress within its window, by
// the starts that count, those moved by bulk edits left out.
func (a *Analysis) watch(s *work.Slice, r Rule) watched {
	var out watched
	of := slices.Concat(s.Finished, s.Dropped, s.Begun, s.Lapsed)
	out.spells = make([]stats.CompetingSpell, 0, len(of))
	for _, i := range of {
		switch {
		case !a.counts(i, r):
			continue
		case a.bulk[i]:
			out.bulk++
			continue
		}
		sp := a.spell(s, i)
		c := stats.CompetingSpell{Entry: sp.Entry, Exit: sp.Exit}
		switch a.Lives[i].End {
		case work.Done:
			c.Cause = causeDone
			out.finished++
		case work.Dropped:
			c.Cause = causeDropped
		}
		out.weak = out.weak || a.Lives[i].Rule.Weak()
		out.spells = append(out.spells, c)
	}
	return out
}

// Outcome is the distribution of the time from start to one way of leaving, among
// all items that were begun (F1, "finish and drop separately").
type Outcome struct {
	curve    stats.Incidence
	why      string
	coverage float64
	Weak     bool // weak starts are among them
	Bulk     int  // items left out because a bulk edit moved them
}

// Why says why no time can be told, "" where one can: too few starts are known.
func (o Outcome) Why() string { return o.why }

// Exits returns how many items left this way in the window and count.
func (o Outcome) Exits() int { return o.curve.Events() }

// Outcomes estimates the times from start to finish and from start to drop by
// Aalen-Johansen, each where the other competes: an item that is dropped will never
// finish, which is not the same as that nobody knows when it will. Which items count,
// how long they were seen, and which starts do, is as with [Analysis.Cycle], so that
// at every age the two shares add up to that of the items that left.
func (a *Analysis) Outcomes(s *work.Slice) (finish, drop Outcome) {
	st := a.Starts(s)
	w := a.watch(s, st.rule(a.org))
	of := func(cause int) Outcome {
		return Outcome{
			curve: stats.AalenJohansen(w.spells, cause), why: st.gate(),
			coverage: share(w.finished, len(s.Finished)), Weak: w.weak, Bulk: w.bulk,
		}
	}
	return of(causeDone), of(causeDropped)
}

// Quantile returns the time within which a share p of all items that were begun
// left this way; there is none where fewer ever do. N is the number of exits of
// this kind.
func (o Outcome) Quantile(p float64) stats.Estimate {
	if o.why != "" {
		return stats.Unknown(o.curve.Events(), o.why)
	}
	return o.curve.Quantile(p).WithCoverage(o.coverage)
}
