package batch

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Least data, from METRICS section 3.
const (
	minReleases = 20 // B5: releases that an interval of the wait needs
	blockWeeks  = 4  // B4: weeks that a jackknife leaves out at a time
)

// Release is one release that was out by a view's instant.
type Release struct {
	Index    uint32        // position in Org.Releases
	Released fact.Instant  // the day's beginning, in the organisation's zone, where only the day is told
	Items    []work.ItemID // delivered items of level item, in order of number
}

// Releases returns the releases of a view with what went out in them, in order
// of time. What was in a release is what the tracker says of it at the view's
// instant, of the items that were delivered: versions are often set after the
// fact. A dropped item went out in none, an open one has not gone out yet. An
// item in several releases is in each of them. A release without an item is
// left out: nobody knows whether it was one.
func Releases(v work.View, lives []work.Life) []Release {
	if len(v.Releases) == 0 {
		return nil
	}
	items := make([][]work.ItemID, len(v.Releases))
	for _, in := range v.InReleases {
		i := in.Item
		if int(in.In) >= len(items) || !in.Stood(v.T) || !v.Has(i) || v.Level(i) != work.LevelItem || lives[i].End != work.Done {
			continue
		}
		if of := items[in.In]; len(of) == 0 || of[len(of)-1] != i { // the list is in order of item
			items[in.In] = append(of, i)
		}
	}
	var out []Release
	for k, r := range v.Releases {
		if at := dayOf(v, r.Released); r.Released != 0 && at <= v.T && len(items[k]) > 0 {
			out = append(out, Release{uint32(k), at, items[k]})
		}
	}
	slices.SortFunc(out, func(x, y Release) int {
		return cmp.Or(cmp.Compare(x.Released, y.Released), cmp.Compare(x.Index, y.Index))
	})
	return out
}

// dayOf returns when a release came out. Most trackers tell the day alone, which
// stands in the columns as midnight in UTC: it is a day of the organisation's.
func dayOf(v work.View, at fact.Instant) fact.Instant {
	if at <= 0 || at%fact.Day != 0 {
		return at
	}
	return work.Date(at / fact.Day).Begins(zone(v))
}

// ReleaseRow is the releases of one window, of one team's items or of all.
type ReleaseRow struct {
	Count int // releases in the window with an item of the row
	Late  int // items that left more than a day after the release that they are said to be in

	why    string // why there is none
	window work.Window
	at     []fact.Instant // of each release, in order
	sizes  []float64
	ids    []string
	wait   []float64 // by release: days from its items' exits to it, added up
	whole  []float64 // days from their starts to it
	waited int       // items behind wait
	items  int       // items in the releases
}

// Releases returns the releases of the organisation and, by TeamID, of every
// team, within the window. A team's row holds the releases with at least one of
// its items, and of these its own items alone: an item is the team's that owned
// it when it left.
func (a *Analysis) Releases() (ReleaseRow, []ReleaseRow) {
	all := Releases(a.View, a.lives)
	why := a.noReleases(all)
	org, teams := ReleaseRow{window: a.Window, why: why}, make([]ReleaseRow, len(a.View.Teams))
	for t := range teams {
		teams[t].window, teams[t].why = a.windows[t], why
	}
	first := firstReleases(all, a.lives)
	for _, r := range all {
		if !a.Window.Holds(r.Released) {
			continue
		}
		a.release(&org, r, r.Items, first)
		for team, items := range a.byOwner(r.Items) {
			if a.windows[team].Holds(r.Released) {
				a.release(&teams[team], r, items, first)
			}
		}
	}
	return org, teams
}

func (a *Analysis) noReleases(all []Release) string {
	switch {
	case len(a.View.Releases) == 0:
		return "no release is told: no item names a version"
	case len(all) == 0:
		return "no version with a delivered item is known to be released"
	}
	return "nothing was released in the window"
}

// byOwner shares the items of a release out.
func (a *Analysis) byOwner(items []work.ItemID) map[work.TeamID][]work.ItemID {
	out := map[work.TeamID][]work.ItemID{}
	for _, i := range items {
		team := a.View.Owner(i, a.lives[i].Exit)
		out[team] = append(out[team], i)
	}
	return out
}

// firstReleases returns, for every item in a release, the one in which it went
// out: the first that came after its exit, or less than a day before, since
// of many releases only the day is told. An item without such a release
// is missing: it left after all releases that it is said to be in.
func firstReleases(all []Release, lives []work.Life) map[work.ItemID]uint32 {
	out := map[work.ItemID]uint32{}
	for _, r := range all { // in order of time
		for _, i := range r.Items {
			if _, known := out[i]; !known && lives[i].Exit < r.Released+fact.Day {
				out[i] = r.Index
			}
		}
	}
	return out
}

// release counts one release for a row.
func (a *Analysis) release(row *ReleaseRow, r Release, items []work.ItemID, first map[work.ItemID]uint32) {
	row.Count++
	row.at = append(row.at, r.Released)
	row.sizes = append(row.sizes, float64(len(items)))
	row.ids = append(row.ids, a.View.Items.ID[items[0]])
	row.items += len(items)
	var wait, whole float64
	for _, i := range items {
		in, known := first[i]
		switch l := a.lives[i]; {
		case !known:
			row.Late++
		case in != r.Index || !l.Begun():
		default:
			out := max(r.Released, l.Exit) // released on the day of its exit: it did not wait
			wait += fact.Days(l.Exit, out)
			whole += fact.Days(l.Start, out)
			row.waited++
		}
	}
	row.wait, row.whole = append(row.wait, wait), append(row.whole, whole)
}

// Size returns a quantile of the items per release (B3). N is the number of
// releases.
func (r ReleaseRow) Size(p float64) stats.Estimate {
	if r.Count == 0 {
		return stats.Unknown(0, r.none())
	}
	return stats.QuantileEstimate(r.sizes, p).WithCoverage(1)
}

// Experienced returns the size of the release that a typical item went out in
// (B3): Σn²/Σn, with a BCa interval over releases. N is the number of releases.
func (r ReleaseRow) Experienced() stats.Estimate {
	if r.Count == 0 {
		return stats.Unknown(0, r.none())
	}
	return experienced(r.sizes, r.random(), "releases", "all releases are of one size")
}

func (r ReleaseRow) none() string {
	if r.why == "" {
		return "nothing was released in the window"
	}
	return r.why
}

func (r ReleaseRow) random() *rand.Rand {
	return stats.Rand("batch/releases/1", strings.Join(r.ids, " "))
}

// Wait returns which part of the time from the start of an item to its release
// it waited finished (B5):
//
//	Σ(release - finish) / Σ(release - start)
//
// over the items that went out in the window's releases, each in the first
// release after its finish, 0 to 1. Items whose start is not known are left
// out, and so are those that finished after every release that they are said
// to be in (Late). N is the number of releases with an item that counts, which
// the interval takes as independent; it needs 20. Coverage is the share of the
// releases' items behind it.
func (r ReleaseRow) Wait() stats.Estimate {
	if r.Count == 0 {
		return stats.Unknown(0, r.none())
	}
	if r.waited == 0 {
		return stats.Unknown(0, "of no released item both start and finish are known")
	}
	e := stats.RatioOfSums(r.wait, r.whole)
	if !e.Known() {
		return stats.Unknown(e.N, "released items took no time")
	}
	if e.N < minReleases {
		e = withoutInterval(e, fmt.Sprintf("an interval needs %d releases", minReleases))
	}
	e.Low, e.High = max(e.Low, 0), min(e.High, 1) // NaN stays NaN
	return e.WithCoverage(float64(r.waited) / float64(r.items))
}

// withoutInterval is the value alone, for the reason why.
func withoutInterval(e stats.Estimate, why string) stats.Estimate {
	out := stats.Unknown(e.N, why)
	out.Value, out.Coverage = e.Value, e.Coverage
	return out
}
