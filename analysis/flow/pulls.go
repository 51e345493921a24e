package flow

import (
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Pulls are the pull requests of one row in a window, whether they are evidence
// or items. A pull request counts for the team that owned it when it was merged
// or closed, or at the window's end.
type Pulls struct {
	v     work.View
	s     *work.Slice // of the same row: its window
	lives []work.Life

	Merged, Closed []*work.Pull // within the window; Closed: without a merge
	Open           []*work.Pull // at its end
	Unknown        int          // open when what is known of their repository ended
	Bots           int          // opened by bots, in none of the numbers
	owner          func(work.ItemID) work.TeamID
}

// Reasons why pull requests tell nothing.
const (
	whyNoMerge  = "no pull request was merged in the window"
	whyNoReview = "no merged pull request was reviewed by somebody else"
	whyNoSize   = "the tracker does not tell the sizes of pull requests"
	whyNoPath   = "the tracker does not tell which paths pull requests change"
	whyUnseen   = "no review is recorded here until then"
)

// Pulls shares the pull requests of the window out: the organisation's and, by
// TeamID, the teams'. Nil, nil where there are none at all.
func (a *Analysis) Pulls() (*Pulls, []*Pulls) {
	if len(a.View.Pulls) == 0 {
		return nil, nil
	}
	empty := func(s *work.Slice) *Pulls {
		return &Pulls{v: a.View, s: s, lives: a.Lives, owner: a.Owner}
	}
	org, teams := empty(&a.Org), make([]*Pulls, len(a.View.Teams))
	for t := range teams {
		teams[t] = empty(&a.Teams[t])
	}
	for k := range a.View.Pulls {
		p := &a.View.Pulls[k]
		if a.View.Has(p.Item) {
			org.add(p)
			teams[a.Owner(p.Item)].add(p)
		}
	}
	return org, teams
}

func (s *Pulls) add(p *work.Pull) {
	l := s.lives[p.Item]
	list := &s.Open
	switch {
	case l.Exit != 0 && !s.s.Window.Holds(l.Exit):
		return
	case l.Exit == 0 && s.v.Lapsed(p.Item):
		s.Unknown++
		return
	case l.End == work.Done:
		list = &s.Merged
	case l.Exit != 0:
		list = &s.Closed
	}
	if s.v.Bots[p.Creator] {
		s.Bots++
		return
	}
	*list = append(*list, p)
}

// Any reports whether the row has any pull request in the window.
func (s *Pulls) Any() bool { return len(s.Merged)+len(s.Closed)+len(s.Open)+s.Bots+s.Unknown > 0 }

// OpenNow returns how many pull requests are open at the window's end.
func (s *Pulls) OpenNow() stats.Estimate {
	if share(s.Unknown, s.Unknown+len(s.Open)) > 1-startsEnough {
		return stats.Unknown(len(s.Open), whyEnded)
	}
	return stats.Census(float64(len(s.Open)), len(s.Open))
}

// Lead returns a quantile of the days from a pull request's creation to its
// merge. N is the number of merges.
func (s *Pulls) Lead(p float64) stats.Estimate {
	days := make([]float64, len(s.Merged))
	for k, m := range s.Merged {
		days[k] = fact.Days(s.v.Items.Created[m.Item], s.lives[m.Item].Exit)
	}
	return quantile(days, p, len(s.Merged), unless(s.s, whyNoMerge))
}

// quantile estimates a quantile of values known of some of n things.
func quantile(values []float64, p float64, n int, none string) stats.Estimate {
	if len(values) == 0 {
		return stats.Unknown(0, none)
	}
	return stats.QuantileEstimate(values, p).WithCoverage(share(len(values), n))
}

// reviews calls do for the reviews of a pull request that somebody else than its
// author made before it was merged, as far as it is told who and when. A review
// without an author, of an account that was deleted, is one of somebody else.
func (s *Pulls) reviews(p *work.Pull, do func(work.Event)) {
	exit := s.lives[p.Item].Exit
	by := func(at fact.Instant) bool { return at <= s.v.T && (exit == 0 || at <= exit) }
	for _, at := range p.Unsigned {
		if by(at) {
			do(work.Event{At: at, Deed: work.DeedReviewed})
		}
	}
	for _, e := range s.v.Trails.Of(p.Item) {
		if e.Deed == work.DeedReviewed && e.By != p.Creator && by(e.At) {
			do(e)
		}
	}
}

// reviewing reports whether any pull request of the row was ever reviewed by
// then: GitHub had no reviews before 2016, and some answers leave them out.
func (s *Pulls) reviewing() bool {
	for _, list := range [][]*work.Pull{s.Merged, s.Closed, s.Open} {
		for _, p := range list {
			if len(p.Unsigned) > 0 && p.Unsigned[0] <= s.v.T ||
				slices.ContainsFunc(s.v.Trails.Of(p.Item), func(e work.Event) bool { return e.Deed == work.DeedReviewed && e.At <= s.v.T }) {
				return true
			}
		}
	}
	return false
}

// Reviewed returns the share of the merged pull requests that somebody else
// reviewed before. N is the number of merges; it is a census.
func (s *Pulls) Reviewed() stats.Estimate {
	if len(s.Merged) == 0 {
		return stats.Unknown(0, unless(s.s, whyNoMerge))
	}
	if !s.reviewing() {
		return stats.Unknown(len(s.Merged), whyUnseen)
	}
	n := 0
	for _, p := range s.Merged {
		seen := false
		s.reviews(p, func(work.Event) { seen = true })
		if seen {
			n++
		}
	}
	return stats.Census(share(n, len(s.Merged)), len(s.Merged))
}

// Reviewers returns how many people besides the author reviewed a merged pull
// request before its merge, on average. N is the number of merges.
func (s *Pulls) Reviewers() stats.Estimate {
	if len(s.Merged) == 0 {
		return stats.Unknown(0, unless(s.s, whyNoMerge))
	}
	if !s.reviewing() {
		return stats.Unknown(len(s.Merged), whyUnseen)
	}
	n := 0
	for _, p := range s.Merged {
		people := map[fact.Person]bool{}
		s.reviews(p, func(e work.Event) { people[e.By] = true })
		n += len(people)
	}
	return stats.Census(share(n, len(s.Merged)), len(s.Merged))
}

// FirstReview returns a quantile of the days from a pull request's creation to
// the first review by somebody else, of those merged in the window that had one
// of which the time is told. N is their number.
func (s *Pulls) FirstReview(p float64) stats.Estimate {
	var days []float64
	for _, m := range s.Merged {
		first := fact.Instant(0)
		s.reviews(m, func(e work.Event) {
			if e.At != 0 && (first == 0 || e.At < first) {
				first = e.At
			}
		})
		if created := s.v.Items.Created[m.Item]; first != 0 {
			days = append(days, max(fact.Days(created, first), 0))
		}
	}
	return quantile(days, p, len(s.Merged), unless(s.s, whyNoReview))
}

// Lines returns a quantile of the changed lines, added and deleted, of merged
// pull requests, without what rules leave out. N is the number of those whose
// size is told.
func (s *Pulls) Lines(p float64) stats.Estimate {
	if len(s.Merged) == 0 {
		return stats.Unknown(0, unless(s.s, whyNoMerge))
	}
	var lines []float64
	for _, m := range s.Merged {
		if m.Sized {
			lines = append(lines, float64(m.Lines))
		}
	}
	return quantile(lines, p, len(s.Merged), whyNoSize)
}

// LeftOut returns the share of changed lines of merged pull requests in paths
// that rules leave out. N is the number of pull requests whose paths are told.
func (s *Pulls) LeftOut() stats.Estimate {
	left, all, n := 0, 0, 0
	for _, m := range s.Merged {
		if m.Sized && m.Paths {
			left, all, n = left+m.Left, all+m.Left+m.Lines, n+1
		}
	}
	if all == 0 {
		return stats.Unknown(n, unless(s.s, whyNoPath))
	}
	return stats.Census(share(left, all), n).WithCoverage(share(n, len(s.Merged)))
}

// NoItem returns the share of merged pull requests that carry no item (DQ8), nor
// are one themselves.
func (s *Pulls) NoItem() stats.Estimate {
	return s.shareOf(func(p *work.Pull) bool { return s.v.Level(p.Item) == work.LevelAside && !s.v.Carries(p.Item) })
}

// ForOthers returns the share of merged pull requests that carry an item of
// another team than their own. Those of no single team count as carrying none.
func (s *Pulls) ForOthers() stats.Estimate {
	return s.shareOf(func(p *work.Pull) bool {
		own := s.owner(p.Item)
		return own > work.Several && slices.ContainsFunc(s.v.CarriedBy(p.Item), func(i work.ItemID) bool {
			other := s.owner(i)
			return other > work.Several && other != own
		})
	})
}

// For returns, for every team, how many of the merged pull requests carry an item
// of it. One that carries items of several counts for each.
func (s *Pulls) For() map[work.TeamID]int {
	out := map[work.TeamID]int{}
	for _, p := range s.Merged {
		var teams []work.TeamID
		for _, i := range s.v.CarriedBy(p.Item) {
			if t := s.owner(i); t > work.Several && !slices.Contains(teams, t) {
				teams = append(teams, t)
				out[t]++
			}
		}
	}
	return out
}

func (s *Pulls) shareOf(hit func(*work.Pull) bool) stats.Estimate {
	if len(s.Merged) == 0 {
		return stats.Unknown(0, unless(s.s, whyNoMerge))
	}
	n := 0
	for _, p := range s.Merged {
		if hit(p) {
			n++
		}
	}
	return stats.Census(share(n, len(s.Merged)), len(s.Merged))
}
