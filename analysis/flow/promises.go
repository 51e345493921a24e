package flow

import (
	"slices"

	"smokestack/analysis/batch"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Promises are the promises in progress (F10) of one row, at the window's end. They
// are censuses and have no intervals.
type Promises struct {
	Open     stats.Estimate // open batches with a due date, or in a release that is not out; N is the open batches
	Overdue  stats.Estimate // of these, the ones whose due day is over; N is Open's value
	Unknown  int            // batches that were open when their source ended
	promised int
	overdue  int
	open     int
}

// Promises counts the open batches (F10) of the organisation and, by TeamID, of
// the teams that own them at the window's end, out of [batch.All] of the same view.
// A batch is open that is neither closed itself nor finished by its children; one
// without children counts, and so does a drawer (DQ7): both were promised. Overdue is
// one whose due day ended by the window's end, in the organisation's zone; a release has
// no day before it is out, so that one without a due date is never overdue.
func (a *Analysis) Promises(batches []batch.Batch) (org Promises, teams []Promises) {
	teams = make([]Promises, len(a.Teams))
	for k := range batches {
		b := &batches[k]
		if b.Finish != 0 || a.Lives[b.Item].Exit != 0 {
			continue
		}
		team := &teams[a.View.Owner(b.Item, a.View.T)]
		if a.View.Lapsed(b.Item) {
			org.Unknown++
			team.Unknown++
			continue
		}
		promised, overdue := a.promised(b.Item)
		org.add(promised, overdue)
		team.add(promised, overdue)
	}
	org.tell()
	for t := range teams {
		teams[t].tell()
	}
	return org, teams
}

// promised reports whether a batch has a due date or is in a release that is not
// out, and whether its due day is over.
func (a *Analysis) promised(i work.ItemID) (promised, overdue bool) {
	v := a.View
	if due := v.DueAt(i, v.T); due != 0 {
		return true, (due + 1).Begins(v.Zone) <= a.Window.To()
	}
	return slices.ContainsFunc(v.EverReleasedIn(i), func(w work.Within) bool {
		out := v.Releases[w.In].Released
		return w.Stood(v.T) && (out == 0 || out > v.T)
	}), false
}

func (p *Promises) add(promised, overdue bool) {
	p.open++
	if promised {
		p.promised++
	}
	if overdue {
		p.overdue++
	}
}

func (p *Promises) tell() {
	if share(p.Unknown, p.Unknown+p.open) > 1-startsEnough {
		p.Open, p.Overdue = stats.Unknown(p.open, whyEnded), stats.Unknown(p.promised, whyEnded)
		return
	}
	p.Open = stats.Census(float64(p.promised), p.open)
	if p.promised == 0 {
		p.Overdue = stats.Unknown(0, "no open batch has a due date or a release that is not out")
		return
	}
	p.Overdue = stats.Census(float64(p.overdue), p.promised)
}
