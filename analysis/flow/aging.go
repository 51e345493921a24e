package flow

import (
	"cmp"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// agingShare is the quantile of cycle time from which an open item is old.
const agingShare = 0.85

// Old is an open item older than items of its kind usually get.
type Old struct {
	Item  work.ItemID
	Team  work.TeamID
	Age   float64        // days in progress, at the window's end
	Usual stats.Estimate // the age by which 85 % of its team's items of its type left
	Basis Basis
	Lack  string      // why there is no usual age on a narrower basis
	Weak  Rule        // by which rule its start counts, if it is a weak one
	Waits []work.Link // dependencies on open items that stand, and cross teams or leave what was pulled
}

// Basis says what the usual age was taken from.
type Basis uint8

// The bases, from the best to the widest.
const (
	OwnType Basis = iota // the team's items of the type
	OwnTeam              // all the team's items, where the type alone does not tell
	AnyTeam              // the organisation's items, where the team alone does not tell
)

// Compared says what came of comparing the items in progress of one team.
type Compared struct {
	Why     string         // why its items in progress cannot be told, and so are not compared
	Open    int            // items in progress at the window's end
	Left    int            // of these, the old ones that have left since, until the instant of asof
	Unknown map[string]int // of these, those with nothing to compare with, by the reason for the team
}

// Aging is the list of old open items.
type Aging struct {
	Old   []Old      // oldest first
	Teams []Compared // by TeamID

	// AnyTeam is why the organisation's items do not tell a usual age either,
	// where some team's do not.
	AnyTeam string

	// Of the items that are in progress by the starts that count for the
	// organisation: those that can be compared, and the old ones among them,
	// gone since or not.
	Comparable, Older int
	Why               string // why the organisation's items in progress cannot be told
}

// Aging compares the age of every item in progress at the window's end with
// the 85th percentile, by Kaplan-Meier, of its own team and type over the
// window, which should be 52 weeks. Which starts count is decided for each team
// by itself. Items that have left by asof are counted and not listed.
func (a *Analysis) Aging(asof work.View) Aging {
	out := Aging{Teams: make([]Compared, len(a.Teams)), Why: a.stocks.org.why}
	usual := a.usual()
	now := asof.Lives()
	waits := a.waits(asof, now)
	for t := range a.Teams {
		begun, how := a.begun(&a.Teams[t]), a.stocks.teams[t]
		team := &out.Teams[t]
		team.Open, team.Why, team.Unknown = len(begun), how.why, map[string]int{}
		if how.why != "" {
			continue
		}
		for _, i := range begun {
			o := Old{Item: i, Team: work.TeamID(t), Age: fact.Days(a.Lives[i].Start, a.Window.To())}
			o.Usual, o.Basis, o.Lack = usual(o.Team, a.View.Kind(i))
			if a.Lives[i].Rule.Weak() {
				o.Weak = how.rule
			}
			old := o.Age > o.Usual.Value
			if o.Usual.Known() && a.counts(i, a.stocks.org.rule) {
				out.Comparable++
				if old {
					out.Older++
				}
			}
			switch {
			case !o.Usual.Known():
				team.Unknown[o.Lack]++
				out.AnyTeam = o.Usual.Why
			case !old:
			case now[i].Exit != 0:
				team.Left++
			default:
				o.Waits = waits[i]
				out.Old = append(out.Old, o)
			}
		}
	}
	slices.SortFunc(out.Old, func(x, y Old) int {
		return cmp.Or(cmp.Compare(y.Age, x.Age), cmp.Compare(x.Item, y.Item))
	})
	return out
}

type teamType struct {
	team work.TeamID
	kind work.TypeID
}

// usual returns a function that looks up the usual age of a team's type, what
// it was taken from, and why not from something narrower.
func (a *Analysis) usual() func(work.TeamID, work.TypeID) (stats.Estimate, Basis, string) {
	types, teams, org := map[teamType]stats.Estimate{}, map[work.TeamID]stats.Estimate{}, a.Cycle(&a.Org).Quantile(agingShare)
	for t := range a.Teams {
		s := &a.Teams[t]
		// The starts that count for the ages count for what is usual, too.
		r := a.stocks.teams[t].rule
		teams[s.Team] = a.cycle(s, r).Quantile(agingShare)
		byType := map[work.TypeID]*work.Slice{}
		part := func(i work.ItemID) *work.Slice {
			k := a.View.Kind(i)
			if byType[k] == nil {
				byType[k] = &work.Slice{Team: s.Team, Window: s.Window}
			}
			return byType[k]
		}
		for _, i := range s.Finished {
			p := part(i)
			p.Finished = append(p.Finished, i)
		}
		for _, i := range s.Dropped {
			p := part(i)
			p.Dropped = append(p.Dropped, i)
		}
		for _, i := range s.Begun {
			p := part(i)
			p.Begun = append(p.Begun, i)
		}
		for _, i := range s.Lapsed {
			p := part(i)
			p.Lapsed = append(p.Lapsed, i)
		}
		for k, p := range byType {
			types[teamType{s.Team, k}] = a.cycle(p, r).Quantile(agingShare)
		}
	}
	return func(team work.TeamID, kind work.TypeID) (stats.Estimate, Basis, string) {
		own, all := types[teamType{team, kind}], teams[team]
		switch {
		case own.Known():
			return own, OwnType, ""
		case all.Known():
			return all, OwnTeam, own.Why
		}
		return org, AnyTeam, all.Why
	}
}

// waits lists, by item, what it depends on that is not done.
func (a *Analysis) waits(v work.View, lives []work.Life) map[work.ItemID][]work.Link {
	out := map[work.ItemID][]work.Link{}
	for _, l := range v.Links {
		if l.Kind != work.LinkDepends || l.From == work.NoItem || !v.Stands(l) {
			continue
		}
		if l.To != work.NoItem {
			own := v.Owner(l.From, v.T) == v.Owner(l.To, v.T)
			if own || !v.Has(l.To) || lives[l.To].Exit != 0 {
				continue
			}
		}
		out[l.From] = append(out[l.From], l)
	}
	return out
}
