package reports

import (
	"smokestack/analysis/independence"
	"smokestack/reports/table"
)

// lensRow is one lens of one team.
type lensRow struct {
	label string
	kind  independence.Kind
	x     independence.Index
	org   independence.Index
}

var lensColumns = []column[lensRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 20}, func(r lensRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "lens", Title: "Lens"}, func(r lensRow) table.Cell { return table.Words(r.kind.String()) }},
	{table.Column{ID: "oii", Title: "Index", Kind: table.Number, Digits: 2, Measure: true, Interval: true}, func(r lensRow) table.Cell {
		c := measure(r.x.OII)
		if r.x.Bound {
			return c.Note(boundNote)
		}
		return c
	}},
	{table.Column{ID: "events", Title: "Events", Kind: table.Whole, Drop: 2}, func(r lensRow) table.Cell { return table.Count(r.x.OII.N) }},
	{table.Column{ID: "crosses", Title: "Crosses", Unit: "%", Kind: table.Number, Digits: 0, Drop: 3}, func(r lensRow) table.Cell { return table.Num(100 * r.x.Cross) }},
	{table.Column{ID: "by_chance", Title: "By chance", Unit: "%", Kind: table.Number, Digits: 0, Drop: 4}, func(r lensRow) table.Cell { return table.Num(100 * r.x.Null) }},
	{table.Column{ID: "part", Title: "Weight", Kind: table.Number, Digits: 3, Drop: 8}, lensRow.part},
	{table.Column{ID: "batches", Title: "Batches", Kind: table.Whole, Drop: 5}, func(r lensRow) table.Cell { return table.Count(r.x.Clusters) }},
	{table.Column{ID: "effective", Title: "Of equal weight", Kind: table.Number, Digits: 0, Drop: 9}, func(r lensRow) table.Cell { return table.Num(r.x.Effect) }},
	{table.Column{ID: "crossing", Title: "Crossing", Kind: table.Whole, Drop: 10}, func(r lensRow) table.Cell { return table.Count(r.x.Crossing) }},
	{table.Column{ID: "p", Title: "p", Kind: table.Number, Digits: 3, Drop: 7}, lensRow.p},
	{table.Column{ID: "counts", Title: "Counts", Drop: 6}, lensRow.counts},
}

// part is the weight with which a team's index counts in the organisation's:
// these, times the indices, add up to it.
func (r lensRow) part() table.Cell { return table.Num(r.x.Chance / r.org.Null) }

// p is blank where there is too little data for an index: a small chance would
// then say more than it should.
func (r lensRow) p() table.Cell {
	if !r.x.Eligible {
		return table.Blank()
	}
	return table.Num(r.x.P)
}

// counts says whether the lens is part of the mean.
func (r lensRow) counts() table.Cell {
	switch {
	case r.x.Weight == 0:
		return table.Words("switched off")
	case r.x.Eligible:
		return table.Words("yes")
	}
	return table.Words("no")
}

// lensesTable is every lens of every team, as it is: neither clipped nor drawn
// towards anything.
func (s *Scan) lensesTable() table.Table {
	var rows []lensRow
	add := func(of row, r independence.Row) {
		for _, k := range lensKinds {
			if x := r.Lenses[k]; x.OII.N > 0 || of.all {
				rows = append(rows, lensRow{of.label, k, x, s.indep.Org.Lenses[k]})
			}
		}
	}
	for _, r := range s.realRows() {
		if r.all {
			add(r, s.indep.Org)
		} else {
			add(r, s.indep.Teams[r.team])
		}
	}
	add(row{label: otherTeams}, s.indep.Others)
	t := fill("lenses", "Lenses of independence, "+s.weeks(s.year.Window), lensColumns, rows)
	t.Notes = []string{
		"Index: 1 − crosses/by chance, raw. Weight: with these the indices of the teams and the others add up to the organisation's, but for teams that were reorganised in these weeks. Events: links, items in batches, items that people worked on, hand-offs, items that people took part in. Counts: whether the lens has data enough (40 events, from batches as good as 15 of equal weight, of which 5 cross) and so is part of the mean.",
		"By chance can exceed 100 % for a small group: nothing is tied to itself, and what cannot be for that reason is taken out of the whole and not group by group.",
		"p: the chance of an index as high if the same items, or people, were shared out among the teams at random; a diagnostic, not a verdict.",
	}
	for _, k := range lensKinds {
		if folded := s.indep.Folded[k]; len(folded) > 0 {
			t.Notes = append(t.Notes, "Told together, by "+k.String()+", for want of five people: "+table.List(s.labels(folded), 40)+".")
		}
	}
	return t
}

// coupledRow is a pair of teams.
type coupledRow struct {
	a, b string
	c    independence.Coupled
}

var coupledColumns = []column[coupledRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r coupledRow) table.Cell { return table.Words(r.a) }},
	{table.Column{ID: "with", Title: "With", Shrink: true, Least: 24}, func(r coupledRow) table.Cell { return table.Words(r.b) }},
	{table.Column{ID: "visits", Title: "Visits", Kind: table.Whole}, func(r coupledRow) table.Cell { return table.Count(r.c.Items) }},
	{table.Column{ID: "links", Title: "Links", Kind: table.Whole}, func(r coupledRow) table.Cell { return table.Count(r.c.Links) }},
	{table.Column{ID: "p", Title: "p", Kind: table.Number, Digits: 3, Drop: 1}, func(r coupledRow) table.Cell { return table.Num(r.c.P) }},
}

// undeclaredTable lists the pairs of teams that work together and never say so.
func (s *Scan) undeclaredTable() table.Table {
	u := s.now.Undeclared
	var rows []coupledRow
	for _, c := range u.Pairs {
		if s.chosen(c.A) || s.chosen(c.B) {
			rows = append(rows, coupledRow{s.label(c.A), s.label(c.B), c})
		}
	}
	t := fill("undeclared", "Teams that work on each other's items and have no link, "+s.weeks(s.year.Window), coupledColumns, rows)
	t.Empty = "no pair of teams is coupled above chance without a link"
	if u.Tested == 0 {
		t.Empty = "nobody of one team worked on a finished item of another on two days or more, as far as is known"
	}
	t.Notes = []string{
		"Visits: finished items of one team on which somebody of the other did something on two days or more, each person counted. Listed are pairs with more of them than chance gives if everybody visits other teams as often as they do, and whichever (false discoveries 10 %; of " + table.Plural(u.Tested, "pair", "pairs") + " with any), whose items no link of any type ties. A conversation is often enough: which of these works as one? A diagnostic, not a verdict.",
	}
	return t
}
