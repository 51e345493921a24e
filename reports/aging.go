package reports

import (
	"fmt"
	"slices"
	"strings"

	"smokestack/analysis/flow"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// agingRow is one open item that is older than its kind usually gets.
type agingRow struct {
	s *Scan
	flow.Old
}

var agingColumns = []column[agingRow]{
	{table.Column{ID: "item", Title: "Item"}, func(r agingRow) table.Cell { return table.Link(r.s.asof.Key(r.Item), r.s.view.URL(r.Item)) }},
	{table.Column{ID: "title", Title: "Title", Shrink: true}, func(r agingRow) table.Cell { return table.Words(r.s.view.Items.Title.At(r.Item)) }},
	{table.Column{ID: "type", Title: "Type", Drop: 3}, func(r agingRow) table.Cell { return table.Words(r.s.view.Types[r.s.view.Kind(r.Item)]) }},
	{table.Column{ID: "team", Title: "Team"}, func(r agingRow) table.Cell { return table.Words(r.s.label(r.Team)) }},
	{table.Column{ID: "age", Title: "Age", Unit: "d", Kind: table.Number}, func(r agingRow) table.Cell { return table.Num(r.Age) }},
	{table.Column{ID: "usual_p85", Title: "Usual P85", Unit: "d", Kind: table.Number, Measure: true}, agingRow.usual},
	{table.Column{ID: "waits_on", Title: "Waits on", Drop: 1}, func(r agingRow) table.Cell { return table.Words(r.s.waitsOn(r.Waits)) }},
}

func (r agingRow) usual() table.Cell {
	c := measure(r.Usual)
	switch r.Basis {
	case flow.OwnTeam:
		return c.Note("of all the team's types: too few of this type left in 52 weeks")
	case flow.AnyTeam:
		return c.Note("of all teams: too few of this team's items left in 52 weeks")
	}
	return c
}

// waitsOn names the teams, and the items, that an item waits on.
func (s *Scan) waitsOn(links []work.Link) string {
	var out []string
	for _, l := range links {
		if l.To == work.NoItem {
			out = append(out, "outside")
			continue
		}
		out = append(out, fmt.Sprintf("%s (%s)", s.label(s.asof.Owner(l.To, s.asof.T)), s.asof.Key(l.To)))
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ", ")
}

// agingTable lists the open items older than their own P85, oldest first.
func (s *Scan) agingTable() table.Table {
	var rows []agingRow
	for _, o := range s.aging.Old {
		if s.chosen(o.Team) {
			rows = append(rows, agingRow{s, o})
		}
	}
	t := fill("aging", "Finish or drop: open longer than 85 % of their kind took", agingColumns, rows)
	t.Empty = "no open item is older than 85 % of its kind took"
	if s.aging.Why != "" {
		t.Empty = "can't tell: " + s.aging.Why
		return t
	}
	t.Notes = append(t.Notes, fmt.Sprintf("%s of %s in progress on %s. Usual: the age by which 85 %% of the team's items of that type left, over %s, open ones counted.",
		thousands(len(rows)), plural(s.aging.Open, "item", "items"), s.day(s.view.T+1), s.weeks(s.year.Window)))
	if s.aging.Left > 0 {
		t.Notes = append(t.Notes, plural(s.aging.Left, "more was, and has", "more were, and have")+" left since.")
	}
	if s.aging.Unknown > 0 {
		t.Notes = append(t.Notes, plural(s.aging.Unknown, "open item has", "open items have")+" too few that left to be compared with.")
	}
	return t
}
