package flow

import (
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// A return to work within this time is none: nobody stopped.
const shortPause = fact.Day

// paused returns the share of the time from start to finish that finished items
// spent put back (METRICS section 2, "Flapping"): in a queue or closed, from the
// start that a status tells on. Returns within 24 hours are collapsed: they count
// as work that went on. It is a ratio of sums over items with a whole history; N
// is their number.
func (a *Analysis) paused(s *work.Slice) stats.Estimate {
	var out, all fact.Instant
	n, told := 0, 0
	for _, i := range s.Finished {
		l := a.Lives[i]
		if l.Rule != work.StartStatus {
			continue
		}
		told++
		if !a.whole(i) {
			continue
		}
		n++
		all += l.Exit - l.Start
		left := fact.Instant(0) // when work stopped, 0 while it goes on
		a.states(i, func(at fact.Instant, state work.State) {
			switch {
			case at < l.Start || at > l.Exit:
			case at < l.Exit && !state.Started() && left == 0:
				left = at
			case (at == l.Exit || state.Started()) && left != 0:
				if at-left >= shortPause {
					out += at - left
				}
				left = 0
			}
		})
	}
	switch {
	case told == 0:
		return stats.Unknown(0, unless(s, "nothing that finished in the window was begun by a status"))
	case share(n, told) < startsEnough:
		return stats.Unknown(n, whyNotRecorded)
	case all <= 0:
		return stats.Unknown(n, "what finished took no time")
	}
	return stats.Census(float64(out)/float64(all), n).WithCoverage(share(n, told))
}

// rework returns the median of the days from the first time that a reopened item
// was done to the last (METRICS section 2, "Reopened"). N is the items that finished
// in the window and had been done before. What is reopened later is not seen yet.
func (a *Analysis) rework(s *work.Slice) stats.Estimate {
	reopened := a.recorded(s.Finished, unless(s, whyNothing), a.reopened)
	if !reopened.Known() {
		return stats.Unknown(0, reopened.Why)
	}
	var days []float64
	for _, i := range s.Finished {
		first := fact.Instant(0)
		a.states(i, func(at fact.Instant, state work.State) {
			if state == work.Done && first == 0 {
				first = at
			}
		})
		if exit := a.Lives[i].Exit; a.whole(i) && first < exit {
			days = append(days, fact.Days(first, exit))
		}
	}
	if len(days) == 0 {
		return stats.Unknown(0, "nothing that finished in the window had been done before")
	}
	return stats.Census(stats.Quantile(days, 0.5), len(days))
}
