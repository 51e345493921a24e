package assemble

import (
	"cmp"
	"slices"

	"smokestack/analysis/work"
)

// people fills in what the rules say of people and teams. Positions that are no
// team's are left out; shares that are none count as all of somebody's time. Bots
// belong to no team.
func (b *builder) people() {
	rules, w := b.a.words.rules, b.a.words
	for n, t := range rules.Teams {
		for _, m := range t.Members {
			p := w.who(m.Person)
			if m.Person == 0 || w.bots[m.Person] {
				continue
			}
			share := m.Share
			if !(share > 0 && share <= 1) {
				share = 1
			}
			b.o.Members = append(b.o.Members, work.Membership{Person: p, Team: work.TeamID(n + 2), From: m.From, Until: m.Until, Share: share})
		}
	}
	slices.SortFunc(b.o.Members, func(x, y work.Membership) int {
		return cmp.Or(
			cmp.Compare(x.Person, y.Person), cmp.Compare(x.From, y.From), cmp.Compare(x.Team, y.Team),
			cmp.Compare(x.Until, y.Until), cmp.Compare(x.Share, y.Share),
		)
	})
	b.o.Members = slices.Compact(b.o.Members) // of two accounts of one person
	for _, r := range rules.Reorganised {
		teams := configured(rules, r.Teams)
		if len(r.Teams) == 0 || len(teams) > 0 {
			b.o.Reorganised = append(b.o.Reorganised, work.Reorganisation{At: r.At, Teams: teams})
		}
	}
	slices.SortStableFunc(b.o.Reorganised, func(x, y work.Reorganisation) int { return cmp.Compare(x.At, y.At) })
	for _, band := range rules.Bands {
		team := work.NoTeam
		if band.Team >= 0 {
			found := configured(rules, []int{band.Team})
			if len(found) == 0 {
				continue
			}
			team = found[0]
		}
		b.o.Bands = append(b.o.Bands, work.Band{Team: team, Metric: band.Metric, Low: band.Low, High: band.High})
	}
}

// configured returns the teams at some positions of the rules, in order.
func configured(rules *Rules, at []int) []work.TeamID {
	var out []work.TeamID
	for _, n := range at {
		if n >= 0 && n < len(rules.Teams) {
			out = append(out, work.TeamID(n+2))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
