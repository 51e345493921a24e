package reports

import (
	"math"
	"strconv"
	"strings"

	"smokestack/analysis/independence"
	"smokestack/analysis/stats"
	"smokestack/reports/table"
)

// indepRow is the independence of one team.
type indepRow struct {
	row
	i      independence.Row
	claims bool
}

var indepColumns = []column[indepRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r indepRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "claims", Title: "Claims", Quiet: true, Drop: 3}, func(r indepRow) table.Cell {
		if r.claims {
			return table.Words("independent")
		}
		return table.Blank()
	}},
	{table.Column{ID: "oii", Title: "Independence", Kind: table.Number, Digits: 2, Measure: true, Interval: true}, func(r indepRow) table.Cell { return r.index(r.i.Shown) }},
	{table.Column{ID: "links", Title: "By links", Kind: table.Number, Digits: 2, Measure: true, Interval: true, Drop: 2}, func(r indepRow) table.Cell { return r.lens(independence.Links) }},
	{table.Column{ID: "links_p", Title: "Links p", Kind: table.Number, Digits: 3, Drop: 8}, func(r indepRow) table.Cell { return r.p(independence.Links) }},
	{table.Column{ID: "links_events", Title: "Links", Unit: "links", Kind: table.Whole, Drop: 6}, func(r indepRow) table.Cell { return table.Count(r.i.Lenses[independence.Links].OII.N) }},
	{table.Column{ID: "batches", Title: "By batches", Kind: table.Number, Digits: 2, Measure: true, Interval: true, Drop: 1}, func(r indepRow) table.Cell { return r.lens(independence.Batches) }},
	{table.Column{ID: "batches_p", Title: "Batches p", Kind: table.Number, Digits: 3, Drop: 7}, func(r indepRow) table.Cell { return r.p(independence.Batches) }},
	{table.Column{ID: "batches_events", Title: "In batches", Unit: "items", Kind: table.Whole, Drop: 5}, func(r indepRow) table.Cell { return table.Count(r.i.Lenses[independence.Batches].OII.N) }},
	{table.Column{ID: "lowest", Title: "Lowest", Drop: 4}, indepRow.lowest},
	{table.Column{ID: "raw", Title: "Raw", Kind: table.Number, Digits: 3, Measure: true, Drop: 9}, func(r indepRow) table.Cell { return r.index(r.i.Headline) }},
}

// index marks an index that rests on one lens.
func (r indepRow) index(e stats.Estimate) table.Cell {
	if of := eligible(r.i); len(of) == 1 && e.Known() {
		return measure(e).Note("by " + of[0].String() + " alone")
	}
	return measure(e)
}

// eligible lists the lenses with data enough.
func eligible(r independence.Row) []independence.Kind {
	var out []independence.Kind
	for k, x := range r.Lenses {
		if x.Eligible {
			out = append(out, independence.Kind(k))
		}
	}
	return out
}

func (r indepRow) lens(k independence.Kind) table.Cell {
	x := r.i.Lenses[k]
	c := measure(x.OII)
	if x.Bound {
		return c.Note("ties cross in fewer than 5 batches: the lower end is a bound, which can support a claim of independence and never contradict one")
	}
	return c
}

// p is blank where there is too little data for an index: a small chance would
// then say more than it should.
func (r indepRow) p(k independence.Kind) table.Cell {
	if !r.i.Lenses[k].Eligible {
		return table.Blank()
	}
	return table.Num(r.i.Lenses[k].P)
}

// lowest names the lens with the lowest index, where there are two to compare.
func (r indepRow) lowest() table.Cell {
	if len(eligible(r.i)) < 2 {
		return table.Blank()
	}
	return table.Words(r.i.Lowest.String())
}

// independenceTable is how independent the teams really are.
func (s *Scan) independenceTable() table.Table {
	var rows []indepRow
	for _, r := range s.realRows() {
		row := indepRow{row: r, i: s.indep.Org}
		if !r.all {
			row.i, row.claims = s.indep.Teams[r.team], s.view.Teams[r.team].Claims
			if s.silent(row.i) && !row.claims && !s.view.Teams[r.team].Configured {
				continue
			}
		}
		rows = append(rows, row)
	}
	t := fill("independence", "Independence that can be observed, "+s.weeks(s.year.Window), indepColumns, rows)
	t.Notes = []string{
		"1: nothing crosses the team's boundary. 0: as much crosses as if the boundaries made no difference (same people, same activity). Below 0: more goes outward than inward. By links: recorded dependencies between items. By batches: items delivered in one batch. Independence is the mean of the lenses with data enough; a team's is drawn towards the organisation's by how uncertain it is; raw is without that.",
		"p: the chance of an index as high if the same items were shared out among the teams at random; a diagnostic, not a verdict.",
	}
	t.Notes = append(t.Notes, s.indepLeftOut()...)
	return t
}

// silent reports whether no lens saw a tie of the team.
func (s *Scan) silent(r independence.Row) bool {
	for _, x := range r.Lenses {
		if x.OII.N > 0 {
			return false
		}
	}
	return true
}

func (s *Scan) indepLeftOut() []string {
	var out []string
	if n := s.indep.Unowned; n > 0 {
		out = append(out, "Left out, in the organisation: "+table.Plural(n, "tie", "ties")+" of items that no single team owns.")
	}
	if n := s.indep.Wide; n > 0 {
		out = append(out, "Left out, in the organisation: "+table.Plural(n, "item", "items")+" under a parent that holds items of more than half of the teams.")
	}
	return out
}

// headline is the organisation's independence in one sentence, with every lens
// that it is made of.
func (s *Scan) headline() string {
	org := s.indep.Org
	if !org.Shown.Known() {
		return "Independence: can't tell (" + org.Shown.Why + ")."
	}
	var lenses []string
	of := eligible(org)
	for _, k := range of {
		lenses = append(lenses, "by "+k.String()+" "+number(org.Lenses[k].OII.Value, 2))
	}
	if len(of) == 1 {
		lenses[0] = "by " + of[0].String() + " alone"
	}
	out := "Independence between teams: " + number(org.Shown.Value, 2)
	if org.Shown.Bounded() {
		out += " (" + number(org.Shown.Low, 2) + "–" + number(org.Shown.High, 2) + ")"
	}
	return out + ": " + strings.Join(lenses, ", ") + ". 1: nothing crosses teams; 0: as much as without boundaries; below: more."
}

// number writes a number with so many decimals.
func number(x float64, digits int) string {
	if math.IsNaN(x) {
		return "–"
	}
	return strconv.FormatFloat(x, 'f', digits, 64)
}
