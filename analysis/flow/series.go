package flow

import (
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// Week is what is counted of one week of one row.
type Week struct {
	Created, Started, Finished, Dropped int32        // items, at the owner of that instant
	InProgress                          int32        // items at the week's end
	Time                                fact.Instant // in progress within the week, summed over items
}

// Series are the weeks of one row, for plots, trends and net flow.
type Series struct {
	Window work.Window // the slice's
	Weeks  []Week      // one for each week of it; not to be changed
	Known  int         // how many weeks, from the first, had ended when what is known of the row's items did
	Why    string      // why Started, InProgress and Time cannot be told
	gone   string      // why there is no week
}

// Weeks returns the weekly series of the organisation and, by TeamID, of the
// teams, over the windows of their slices. Every event counts for the team that
// owned the item at that instant, so that in weeks that all windows have the teams
// add up to the organisation, but for the starts that count: Started, InProgress
// and Time go by those that count for the row's work in progress. Then
//
//	ΣTime = ∫ WIP dτ = Σ|[start, exit) ∩ window|
//
// exactly (METRICS section 2, F8), over what is known of each item.
//
// The work grows with the items and the weeks for which they were in progress.
func (a *Analysis) Weeks() (org Series, teams []Series) {
	w := weeksOf{a: a, none: make([]Week, a.Window.Weeks())}
	w.org = w.series(&a.Org)
	w.teams = make([]Series, len(a.Teams))
	for t := range w.teams {
		w.teams[t] = w.series(&a.Teams[t])
	}
	for i := range work.ItemID(a.View.Items.Len()) {
		if a.View.Has(i) && a.View.Level(i) == work.LevelItem {
			w.item(i)
		}
	}
	return w.org, w.teams
}

type weeksOf struct {
	a     *Analysis
	none  []Week // shared by the rows in which nothing is counted
	org   Series
	teams []Series
}

func (w *weeksOf) series(s *work.Slice) Series {
	weeks := s.Window.Weeks()
	return Series{Window: s.Window, Weeks: w.none[:weeks:weeks], Known: knownWeeks(s), Why: w.a.stock(s).why, gone: unless(s, "")}
}

// own gives a row weeks of its own to count in.
func (w *weeksOf) own(s *Series) []Week {
	if len(s.Weeks) > 0 && &s.Weeks[0] == &w.none[0] {
		s.Weeks = slices.Clone(s.Weeks)
	}
	return s.Weeks
}

// count adds to the week of an instant, in the row of the organisation and in
// that of the owner of then.
func (w *weeksOf) count(i work.ItemID, at fact.Instant, add func(*Week, stock)) {
	if at == 0 || !w.a.Window.Holds(at) {
		return
	}
	add(&w.own(&w.org)[w.org.Window.Week(at)], w.a.stocks.org)
	team := w.a.View.Owner(i, at)
	if s := &w.teams[team]; s.Window.Holds(at) {
		add(&w.own(s)[s.Window.Week(at)], w.a.stocks.teams[team])
	}
}

func (w *weeksOf) item(i work.ItemID) {
	a, l := w.a, w.a.Lives[i]
	w.count(i, a.View.Items.Created[i], func(k *Week, _ stock) { k.Created++ })
	if l.Exit != 0 {
		w.count(i, l.Exit, func(k *Week, _ stock) {
			if l.End == work.Done {
				k.Finished++
			} else {
				k.Dropped++
			}
		})
	}
	if !l.Begun() {
		return
	}
	w.count(i, l.Start, func(k *Week, how stock) {
		if a.counts(i, how.rule) {
			k.Started++
		}
	})
	to := a.View.KnownUntil(i, a.Window.To())
	if l.Exit != 0 {
		to = min(to, l.Exit)
	}
	if a.counts(i, a.stocks.org.rule) {
		w.spend(&w.org, l.Start, to)
	}
	a.owners(i, l.Start, to, func(team work.TeamID, from, to fact.Instant) {
		if a.counts(i, a.stocks.teams[team].rule) {
			w.spend(&w.teams[team], from, to)
		}
	})
}

// owners calls do for the stretches of a time over which one team owned an item.
// Who owned it first did so before, too.
func (a *Analysis) owners(i work.ItemID, from, to fact.Instant, do func(team work.TeamID, from, to fact.Instant)) {
	at, owners := a.View.Owners.Of(i)
	for k, team := range owners {
		begin, end := from, to
		if k > 0 {
			begin = max(from, at[k])
		}
		if k+1 < len(at) {
			end = min(to, at[k+1])
		}
		if begin < end {
			do(team, begin, end)
		}
	}
}

// spend adds a stretch of one item's time in progress to a row.
func (w *weeksOf) spend(s *Series, from, to fact.Instant) {
	from, to = max(from, s.Window.From()), min(to, s.Window.To())
	if from >= to {
		return
	}
	weeks := w.own(s)
	for k := s.Window.Week(from); from < to; k++ {
		end := s.Window.Bounds[k+1]
		weeks[k].Time += min(to, end) - from
		if to >= end {
			weeks[k].InProgress++ // it was there in the week's last millisecond
		}
		from = end
	}
}

// WIP returns the work in progress (F3) averaged over a week's time.
func (s Series) WIP(week int) float64 {
	return float64(s.Weeks[week].Time) / float64(s.Window.Bounds[week+1]-s.Window.Bounds[week])
}

// Values returns one number for every known week, for estimators of stats.
func (s Series) Values(of func(Week) int32) []float64 {
	out := make([]float64, s.Known)
	for k := range out {
		out[k] = float64(of(s.Weeks[k]))
	}
	return out
}
