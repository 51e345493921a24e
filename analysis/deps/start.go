package deps

import (
	"fmt"
	"math"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Least data, from METRICS section 4 (D8).
const minDependent = 30

// AtStart says what an item depended on in the instant of its start.
type AtStart struct {
	Item  work.ItemID
	Team  work.TeamID // its owner then
	All   int         // dependencies that stood, on whatever
	Cross int         // of these, on items that another team owned then
	// Unsure is true where it cannot be told whether it depended on another team:
	// a dependency stood that leads outside of what was pulled or to what no
	// single team owned, or one may have stood of which no history tells when it
	// was made.
	Unsure bool
	// Undated is true where All is not known: one more may have stood.
	Undated bool
}

// Dependent reports whether the item depended on another team.
func (s AtStart) Dependent() bool { return s.Cross > 0 }

// started returns what every item of one team's that began within the window
// depended on then, in order of number. Later links do not count: an open item
// gathers them, so that long ones would have more of them without any effect.
func started(c *work.Cut, counts func(work.ItemID) bool) []AtStart {
	v := c.View
	links := map[work.ItemID][]work.Link{}
	for _, l := range v.Links {
		if l.Kind == work.LinkDepends && l.From != work.NoItem && l.From != l.To {
			links[l.From] = append(links[l.From], l)
		}
	}
	var out []AtStart
	for i := range work.ItemID(v.Items.Len()) {
		l := c.Lives[i]
		if !l.Begun() || !c.Window.Holds(l.Start) || !v.Has(i) || v.Level(i) != work.LevelItem || counts != nil && !counts(i) {
			continue
		}
		if team := v.Owner(i, l.Start); team > work.Several && c.Teams[team].Window.Holds(l.Start) {
			out = append(out, atStart(v, i, team, l.Start, links[i]))
		}
	}
	return out
}

func atStart(v work.View, i work.ItemID, team work.TeamID, start fact.Instant, links []work.Link) AtStart {
	s, unsure := AtStart{Item: i, Team: team}, false
	var ends []work.ItemID
	for _, l := range links {
		if l.Made > start || l.Removed != 0 && l.Removed <= start || l.To != work.NoItem && slices.Contains(ends, l.To) {
			continue
		}
		if !l.Dated { // made some time after this, perhaps after the start
			s.Undated, unsure = true, true
			continue
		}
		s.All++
		ends = append(ends, l.To)
		switch owner := ownerThen(v, l.To, start); {
		case owner <= work.Several:
			unsure = true
		case owner != team:
			s.Cross++
		}
	}
	s.Unsure = unsure && s.Cross == 0
	return s
}

// ownerThen returns the team that owned the other end of a link at an instant.
func ownerThen(v work.View, i work.ItemID, t fact.Instant) work.TeamID {
	if i == work.NoItem || !v.Has(i) {
		return work.NoTeam
	}
	return v.Owner(i, t)
}

// Tax says how much longer items took that began while they depended on another
// team (D8). They went with more time; that is not to say that the dependency
// took it, since harder work gets linked more.
type Tax struct {
	Shift     stats.Change      // how many times longer: see Taxes
	Check     stats.LogRankTest // the others are X, the dependent ones Y; clusters are not known to it
	Dependent int               // items that began so
	Compared  int               // of these, the ones with others that they are compared with
	Rest      int               // items that began and depended on no other team
	Unsure    int               // items that are in neither, see [AtStart]
}

// Taxes returns the dependency tax of the organisation and, by TeamID, of every
// team: the shift (stats.Shift) of the time from start to exit between items
// that depended on another team in the instant of their start, and the others
// that began in the window, which should be 52 weeks. Open items count with
// their age. Items are compared with those of the same team, type and third of
// story points at their start; those without points make a fourth part. Batches
// are the clusters. It needs 30 dependent items that have others to be compared
// with. Shift.N counts the items of either kind that have such others, and its
// coverage is their share of all that began. counts tells which starts count, nil
// for all of them.
func Taxes(c *work.Cut, counts func(work.ItemID) bool) (Tax, []Tax) {
	all := started(c, counts)
	strata := newStrata(c, all)
	byTeam := make([][]AtStart, len(c.View.Teams))
	for _, s := range all {
		byTeam[s.Team] = append(byTeam[s.Team], s)
	}
	org, teams := tax(c, all, strata), make([]Tax, len(byTeam))
	for t := range teams {
		teams[t] = tax(c, byTeam[t], strata)
	}
	return org, teams
}

func tax(c *work.Cut, of []AtStart, strata strata) Tax {
	var out Tax
	var rest, dependent []stats.Duration
	for _, s := range of {
		d := duration(c, s.Item)
		d.Stratum = strata.of(s)
		switch {
		case s.Unsure:
			out.Unsure++
		case s.Dependent():
			dependent = append(dependent, d)
		default:
			rest = append(rest, d)
		}
	}
	out.Dependent, out.Rest, out.Compared = len(dependent), len(rest), compared(rest, dependent)
	if out.Compared < minDependent {
		why := fmt.Sprintf("it needs %d items that depended on another team when they began", minDependent)
		if out.Dependent >= minDependent {
			why += ", each with others of its team, type and size that did not"
		}
		out.Shift = stats.Shift(nil, nil) // no number at all, for this reason:
		out.Shift.Estimate = stats.Unknown(len(of)-out.Unsure, why)
		out.Check = stats.LogRank()
		out.Check.Why = why
		return out
	}
	out.Shift, out.Check = stats.Shift(rest, dependent), logRank(rest, dependent)
	out.Shift.Estimate = out.Shift.WithCoverage(float64(out.Shift.N) / float64(len(of)))
	return out
}

// compared counts the dependent items of strata that hold others too.
func compared(rest, dependent []stats.Duration) int {
	holds, n := map[int]bool{}, 0
	for _, d := range rest {
		holds[d.Stratum] = true
	}
	for _, d := range dependent {
		if holds[d.Stratum] {
			n++
		}
	}
	return n
}

// logRank compares the two groups within every stratum.
func logRank(rest, dependent []stats.Duration) stats.LogRankTest {
	place, arms := map[int]int{}, []stats.Arms(nil)
	in := func(d stats.Duration) *stats.Arms {
		k, known := place[d.Stratum]
		if !known {
			k = len(arms)
			place[d.Stratum], arms = k, append(arms, stats.Arms{})
		}
		return &arms[k]
	}
	spell := func(d stats.Duration) stats.Spell {
		return stats.Spell{Entry: math.Inf(-1), Exit: max(d.Days, 0), Event: d.Ended}
	}
	for _, d := range rest {
		a := in(d)
		a.X = append(a.X, spell(d))
	}
	for _, d := range dependent {
		a := in(d)
		a.Y = append(a.Y, spell(d))
	}
	return stats.LogRank(arms...)
}

// duration is the time that an item took, or has taken for as long as it is known.
func duration(c *work.Cut, i work.ItemID) stats.Duration {
	l, cluster := c.Lives[i], c.View.Cluster(i)
	d := stats.Duration{Cluster: stats.ClusterID(c.View.Sites[c.View.Items.Site[cluster]].URL + " " + c.View.Items.ID[cluster])}
	if l.Exit != 0 {
		d.Days, d.Ended = fact.Days(l.Start, l.Exit), true
	} else {
		d.Days = fact.Days(l.Start, max(l.Start, c.View.KnownUntil(i, c.Window.To())))
	}
	return d
}

// strata numbers what items are compared within: team, type, third of points.
type strata struct {
	cut    *work.Cut
	number map[stratum]int
	thirds map[work.TeamID]stats.Thirds // of points
}

type stratum struct {
	team  work.TeamID
	kind  work.TypeID
	third int // 0 without points
}

func newStrata(c *work.Cut, of []AtStart) strata {
	s := strata{c, map[stratum]int{}, map[work.TeamID]stats.Thirds{}}
	points := map[work.TeamID][]float64{}
	for _, x := range of {
		points[x.Team] = append(points[x.Team], s.points(x))
	}
	for t, ps := range points {
		s.thirds[t] = stats.NewThirds(ps)
	}
	for _, x := range of {
		if key := s.key(x); s.number[key] == 0 {
			s.number[key] = len(s.number) + 1
		}
	}
	return s
}

// points are those of an item at its start; thirds are taken within a team,
// since points of different teams do not compare.
func (s strata) points(x AtStart) float64 {
	if len(s.cut.View.Points.Off) == 0 {
		return 0
	}
	p, _ := s.cut.View.Points.At(x.Item, s.cut.Lives[x.Item].Start)
	return float64(p)
}

func (s strata) key(x AtStart) stratum {
	kind, _ := s.cut.View.Kinds.At(x.Item, s.cut.Lives[x.Item].Start)
	return stratum{x.Team, kind, s.thirds[x.Team].Of(s.points(x))}
}

func (s strata) of(x AtStart) int { return s.number[s.key(x)] }
