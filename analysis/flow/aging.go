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
	Waits []work.Link // dependencies on open items that stand, and cross teams or leave what was pulled
}

// Basis says what the usual age was taken from.
type Basis uint8

// The bases, from the best to the widest.
const (
	OwnType Basis = iota // the team's items of the type
	OwnTeam              // all the team's items, where too few of the type left
	AnyTeam              // the organisation's items, where too few of the team's left
)

// Aging is the list of old open items.
type Aging struct {
	Old     []Old // oldest first
	Open    int   // items in progress at the window's end, with a known start
	Left    int   // of the old ones, those that have left since, until the instant of asof
	Unknown int   // in progress, but nothing to compare with
	Why     string
}

// Aging compares the age of every item in progress at the window's end with
// the 85th percentile, by Kaplan-Meier, of its own team and type over the
// window, which should be 52 weeks. Items that have left by asof are counted
// and not listed.
func (a *Analysis) Aging(asof work.View) Aging {
	out := Aging{Why: a.stockGate(&a.Org)}
	if out.Why != "" {
		out.Open = len(a.begun(&a.Org))
		return out
	}
	usual := a.usual()
	now := asof.Lives()
	waits := a.waits(asof, now)
	for t := range a.Teams {
		begun := a.begun(&a.Teams[t])
		out.Open += len(begun)
		for _, i := range begun {
			o := Old{Item: i, Team: work.TeamID(t), Age: fact.Days(a.Lives[i].Start, a.Window.To())}
			o.Usual, o.Basis = usual(o.Team, a.View.Kind(i))
			switch {
			case !o.Usual.Known():
				out.Unknown++
			case o.Age <= o.Usual.Value:
			case now[i].Exit != 0:
				out.Left++
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

// usual returns a function that looks up the usual age of a team's type.
func (a *Analysis) usual() func(work.TeamID, work.TypeID) (stats.Estimate, Basis) {
	types, teams, org := map[teamType]stats.Estimate{}, map[work.TeamID]stats.Estimate{}, a.Cycle(&a.Org).Quantile(agingShare)
	for t := range a.Teams {
		s := &a.Teams[t]
		teams[s.Team] = a.Cycle(s).Quantile(agingShare)
		byType := map[work.TypeID]*work.Slice{}
		part := func(i work.ItemID) *work.Slice {
			k := a.View.Kind(i)
			if byType[k] == nil {
				byType[k] = &work.Slice{Team: s.Team}
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
		for k, p := range byType {
			types[teamType{s.Team, k}] = a.Cycle(p).Quantile(agingShare)
		}
	}
	return func(team work.TeamID, kind work.TypeID) (stats.Estimate, Basis) {
		if e := types[teamType{team, kind}]; e.Known() {
			return e, OwnType
		}
		if e := teams[team]; e.Known() {
			return e, OwnTeam
		}
		return org, AnyTeam
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
