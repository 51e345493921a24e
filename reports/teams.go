package reports

import (
	"slices"

	"smokestack/analysis/independence"
	"smokestack/analysis/stats"
	"smokestack/reports/table"
)

// Context is what a team says of its circumstances, in its own words.
type Context struct{ Awareness, RateOfChange, Effectiveness string }

// contextRow is the circumstances of one team: what it says, and what shows.
type contextRow struct {
	row
	kind, claim  string
	says         Context
	contributors stats.Estimate
	undeclared   stats.Estimate
	s            *Scan
}

var contextColumns = []column[contextRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r contextRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "kind", Title: "Kind", Shrink: true, Quiet: true, Drop: 3}, func(r contextRow) table.Cell { return table.Words(r.kind) }},
	{table.Column{ID: "claim", Title: "Independent", Quiet: true, Drop: 4}, func(r contextRow) table.Cell { return table.Words(r.claim) }},
	{table.Column{ID: "says_awareness", Title: "Says: awareness", Shrink: true, Quiet: true, Drop: 5}, func(r contextRow) table.Cell { return table.Words(r.says.Awareness) }},
	{table.Column{ID: "awareness", Title: "Awareness"}, contextRow.awareness},
	{table.Column{ID: "says_rate", Title: "Says: rate of change", Shrink: true, Quiet: true, Drop: 6}, func(r contextRow) table.Cell { return table.Words(r.says.RateOfChange) }},
	{table.Column{ID: "rate", Title: "Rate of change"}, contextRow.rate},
	{table.Column{ID: "contributors", Title: "Contributors", Unit: "×", Kind: table.Number, Digits: 2, Measure: true, Drop: 2}, func(r contextRow) table.Cell { return measure(r.contributors) }},
	{table.Column{ID: "effectiveness", Title: "Says: effectiveness", Shrink: true, Quiet: true, Drop: 7}, func(r contextRow) table.Cell { return table.Words(r.says.Effectiveness) }},
	{table.Column{ID: "needs", Title: "Needs", Quiet: true, Drop: 1}, contextRow.needs},
}

// needs is what the rate of change is short of: the history of all, as teams are
// counted for as long as there is any.
func (r contextRow) needs() table.Cell {
	if r.contributors.Known() {
		return table.Blank()
	}
	return r.s.needs(r.s.yearOf(row{all: true}))
}

// awareness is what the undeclared share suggests: most ties between teams are
// written down, or most are not.
func (r contextRow) awareness() table.Cell {
	switch u := r.undeclared; {
	case !u.Known():
		return table.Words("can't tell").Note("awareness: " + u.Why)
	case u.Low > 0.5:
		return table.Words("implicit")
	case u.High < 0.5:
		return table.Words("explicit")
	case !u.Bounded():
		return table.Words("can't tell").Note("awareness: " + u.Why)
	}
	return table.Words("can't tell").Note("awareness: the undeclared share may lie on either side of one half")
}

// rate names the change of the number of contributors.
func (r contextRow) rate() table.Cell {
	switch x := r.contributors; {
	case !x.Known():
		return table.Words("can't tell").Note("rate of change: " + x.Why)
	case x.Value < 0.9:
		return table.Words("de-scaling")
	case x.Value <= 1.1:
		return table.Words("slow, stable")
	case x.Value <= 1.3:
		return table.Words("moderate")
	}
	return table.Words("rapid")
}

// teamsTable is the circumstances of the teams.
func (s *Scan) teamsTable() table.Table {
	var rows []contextRow
	for _, r := range s.realRows() {
		c := contextRow{row: r, s: s, contributors: s.now.Contributors.Org, undeclared: s.now.Undeclared.Org}
		if !r.all {
			team := s.view.Teams[r.team]
			c.kind, c.says = team.Kind, s.in.Contexts[team.Name]
			c.contributors, c.undeclared = s.now.Contributors.Teams[r.team], s.now.Undeclared.Teams[r.team]
			if s.indep.Teams[r.team].Claim.State != independence.NoClaim {
				c.claim = s.claimOf(r.team)
			}
		}
		rows = append(rows, c)
	}
	if others := s.now.Contributors.Others; others.Known() {
		rows = append(rows, contextRow{row: row{label: otherTeams}, s: s, contributors: others, undeclared: s.now.Undeclared.Others})
	}
	t := fill("teams", "Teams: what they say, and what shows", contextColumns, rows)
	if !slices.ContainsFunc(rows, func(c contextRow) bool { return !c.contributors.Known() && s.yearOf(row{all: true}) != nil }) {
		dropFirst(t, "needs")
	}
	if len(s.in.Contexts) == 0 {
		forPrograms(t, "says_awareness", "says_rate", "effectiveness")
	}
	t.Notes = []string{
		"Says: words of the configuration, which change no number. Awareness shows as implicit where an interval says that most items on which teams meet have no link between the teams (column undeclared of table independence), as explicit where most have one. Contributors: people of the team who did something in the last 26 weeks, over those of the 26 before; up to a tenth more or fewer is stable, up to three tenths more is moderate.",
	}
	return t
}

// forPrograms hides columns from people in which there is nothing to read.
func forPrograms(t table.Table, ids ...string) {
	for k := range t.Columns {
		if slices.Contains(ids, t.Columns[k].ID) {
			t.Columns[k].Key = true
		}
	}
}
