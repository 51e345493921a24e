// Package flow measures how work moves: how long items take, how many are in
// progress, how old they are, how many leave, and how far the data can be
// trusted to say so.
//
// Definitions are those of the Kanban Guide: cycle time runs from start to
// finish, lead time from creation to finish, work in progress is what has been
// started and not left. Durations are elapsed days. What counts as a start is
// decided per item and recorded ([work.StartRule]).
//
// Every measure is a function of one slice of a window's work, so that a new
// one is a function here and a column in the report.
package flow

import (
	"math"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Coverage from which starts are good enough, as shares of finishes.
const (
	strongEnough = 0.6 // strong starts, to leave the weak ones out
	startsEnough = 0.6 // starts of any kind, to measure durations at all
)

// Analysis is the flow of one window.
type Analysis struct {
	*work.Cut
	bulk   []bool               // by ItemID: started or left by a bulk edit
	linked map[work.ItemID]bool // items with a dependency that stands
}

// Analyse prepares the flow of windows of work, all cut from one view.
func Analyse(cuts ...*work.Cut) []*Analysis {
	out := make([]*Analysis, len(cuts))
	for n, c := range cuts {
		out[n] = &Analysis{Cut: c}
		if n > 0 {
			out[n].bulk, out[n].linked = out[0].bulk, out[0].linked
			continue
		}
		out[n].bulk, out[n].linked = bulkEdits(c.View), linked(c.View)
	}
	return out
}

// Starts says how well the starts of a slice's finished items are known.
type Starts struct {
	Finished int
	ByRule   map[work.StartRule]int // StartNone among them
	Strong   int                    // by a rule that shows work
	Past     int                    // of those without a start, items whose history does not tell their beginning
}

// Starts counts the rules by which the starts of the finished items were found.
func (a *Analysis) Starts(s *work.Slice) Starts {
	out := Starts{Finished: len(s.Finished), ByRule: map[work.StartRule]int{}}
	for _, i := range s.Finished {
		rule := a.Lives[i].Rule
		out.ByRule[rule]++
		switch {
		case rule == work.StartNone && !a.View.PastKnown(i):
			out.Past++
		case rule != work.StartNone && !rule.Weak():
			out.Strong++
		}
	}
	return out
}

// None returns the share of finishes without a start by any rule (DQ1); NaN
// where nothing finished.
func (s Starts) None() float64 { return share(s.ByRule[work.StartNone], s.Finished) }

// WeakToo reports whether weak starts have to be used: strong ones cover less
// than 60 % of finishes.
func (s Starts) WeakToo() bool { return share(s.Strong, s.Finished) < strongEnough }

// Reasons why durations and stocks cannot be told. They hold no counts, so that
// equal reasons of many rows read as one.
const (
	whyNothing   = "nothing finished in the window"
	whyNoHistory = "no history that tells when items began"
	whyNoStart   = "the start is known for fewer than 60 % of what finished: most went to done without being in progress"
)

// gate returns why durations cannot be told, "" where they can.
func (s Starts) gate() string {
	switch {
	case s.Finished == 0:
		return whyNothing
	case 1-s.None() >= startsEnough:
		return ""
	case s.Past == s.ByRule[work.StartNone]:
		return whyNoHistory
	}
	return whyNoStart
}

func share(part, whole int) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}

// Cycle is the distribution of cycle times (F1) of a slice.
type Cycle struct {
	curve    stats.Survival
	why      string
	coverage float64
	Weak     bool // weak starts are among them
	Bulk     int  // items left out because a bulk edit moved them
}

// Cycle estimates the time from start to exit, finished or dropped, by
// Kaplan-Meier: items that are still open count with their age so far, and
// items that were open when the window began count from the age that they had
// then. Items moved by bulk edits are left out (DQ4).
func (a *Analysis) Cycle(s *work.Slice) Cycle {
	starts := a.Starts(s)
	c := Cycle{why: starts.gate(), Weak: starts.WeakToo(), coverage: math.NaN()}
	var spells []stats.Spell
	used := 0
	add := func(i work.ItemID, finished bool) {
		l := a.Lives[i]
		switch {
		case !l.Begun(), l.Rule.Weak() && !c.Weak:
			return
		case a.bulk[i]:
			c.Bulk++
			return
		}
		if finished {
			used++
		}
		spells = append(spells, a.spell(l))
	}
	for _, i := range s.Finished {
		add(i, true)
	}
	for _, i := range s.Dropped {
		add(i, false)
	}
	for _, i := range s.Begun {
		add(i, false)
	}
	c.curve, c.coverage = stats.KaplanMeier(spells), share(used, len(s.Finished))
	return c
}

// CycleBy estimates cycle times from the starts of one rule alone.
func (a *Analysis) CycleBy(s *work.Slice, rule work.StartRule) Cycle {
	var spells []stats.Spell
	used := 0
	for _, list := range [][]work.ItemID{s.Finished, s.Dropped, s.Begun} {
		for _, i := range list {
			if l := a.Lives[i]; l.Rule == rule && !a.bulk[i] {
				spells = append(spells, a.spell(l))
				if l.End == work.Done {
					used++
				}
			}
		}
	}
	return Cycle{curve: stats.KaplanMeier(spells), coverage: share(used, len(s.Finished)), Weak: rule.Weak()}
}

// spell is the time for which an item was seen in progress, on its own clock.
func (a *Analysis) spell(l work.Life) stats.Spell {
	sp := stats.Spell{Entry: math.Inf(-1), Exit: fact.Days(l.Start, a.Window.To())}
	if l.Exit != 0 {
		sp.Exit, sp.Event = fact.Days(l.Start, l.Exit), true
	}
	if l.Start < a.Window.From() {
		sp.Entry = fact.Days(l.Start, a.Window.From())
	}
	return sp
}

// Quantile returns the time within which a share p of items left. N is the
// number of exits.
func (c Cycle) Quantile(p float64) stats.Estimate {
	if c.why != "" {
		return stats.Unknown(c.curve.Events(), c.why)
	}
	return c.curve.Quantile(p).WithCoverage(c.coverage)
}

// Lead returns a quantile of the lead time (F2) of finished items: from
// creation to finish. N is the number of finishes.
func (a *Analysis) Lead(s *work.Slice, p float64) stats.Estimate {
	days := make([]float64, len(s.Finished))
	for k, i := range s.Finished {
		days[k] = fact.Days(a.View.Items.Created[i], a.Lives[i].Exit)
	}
	if len(days) == 0 {
		return stats.Unknown(0, whyNothing)
	}
	return stats.QuantileEstimate(days, p).WithCoverage(1)
}

// begun returns the items in progress at the window's end, by the starts that
// count for the slice: where strong ones suffice, an item that was assigned and
// lies in a queue is not in progress.
func (a *Analysis) begun(s *work.Slice) []work.ItemID {
	if a.Starts(s).WeakToo() {
		return s.Begun
	}
	return slices.DeleteFunc(slices.Clone(s.Begun), func(i work.ItemID) bool { return a.Lives[i].Rule.Weak() })
}

// WIP returns the work in progress (F3), averaged over the window's time. N is
// the number of items that were in progress at some time.
func (a *Analysis) WIP(s *work.Slice) stats.Estimate {
	weak, n := a.Starts(s).WeakToo(), len(a.begun(s))
	for _, list := range [][]work.ItemID{s.Finished, s.Dropped} {
		for _, i := range list {
			if l := a.Lives[i]; l.Begun() && (weak || !l.Rule.Weak()) {
				n++
			}
		}
	}
	if why := a.stockGate(s); why != "" {
		return stats.Unknown(n, why)
	}
	progress := s.Progress
	if !weak {
		progress -= s.WeakProgress
	}
	span := a.Window.To() - a.Window.From()
	return stats.Census(float64(progress)/float64(span), n).WithCoverage(1 - a.Starts(s).None())
}

// WIPNow returns the items in progress at the window's end.
func (a *Analysis) WIPNow(s *work.Slice) stats.Estimate {
	n := len(a.begun(s))
	if why := a.stockGate(s); why != "" {
		return stats.Unknown(n, why)
	}
	return stats.Census(float64(n), n)
}

// stockGate returns why items in progress cannot be counted: too many starts
// are not known. Where nothing finished to judge that by, the histories of the
// open items decide.
func (a *Analysis) stockGate(s *work.Slice) string {
	st := a.Starts(s)
	if st.Finished > 0 {
		return st.gate()
	}
	if open := len(s.Begun) + s.Waiting; share(s.Pastless, open) > 1-startsEnough {
		return whyNoHistory
	}
	return ""
}

// Age returns a quantile of the age (F4) of the items in progress at the
// window's end. N is their number; all of them count, so there is no interval.
func (a *Analysis) Age(s *work.Slice, p float64) stats.Estimate {
	begun := a.begun(s)
	if why := a.stockGate(s); why != "" {
		return stats.Unknown(len(begun), why)
	}
	if len(begun) == 0 {
		return stats.Unknown(0, "nothing is in progress")
	}
	days := make([]float64, len(begun))
	for k, i := range begun {
		days[k] = fact.Days(a.Lives[i].Start, a.Window.To())
	}
	return stats.Census(stats.Quantile(days, p), len(days))
}

// Throughput returns the finishes a week (F5). N is the number of finishes.
func (a *Analysis) Throughput(s *work.Slice) stats.Estimate {
	return stats.WeeklyRate(a.Weekly(s.Finished)).WithCoverage(1)
}

// Weekly counts items by the week in which they left.
func (a *Analysis) Weekly(items []work.ItemID) []int {
	counts := make([]int, a.Window.Weeks())
	for _, i := range items {
		counts[a.Window.Week(a.Lives[i].Exit)]++
	}
	return counts
}
