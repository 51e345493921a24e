package reports

import (
	"fmt"
	"maps"
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
	{table.Column{ID: "item", Title: "Item"}, func(r agingRow) table.Cell { return table.Link(r.s.asof.Key(r.Item), r.s.asof.URL(r.Item)) }},
	{table.Column{ID: "title", Title: "Title", Shrink: true, Drop: 2}, func(r agingRow) table.Cell { return table.Words(r.s.view.Items.Title.At(r.Item)) }},
	{table.Column{ID: "type", Title: "Type", Drop: 6}, func(r agingRow) table.Cell { return table.Words(r.s.view.Types[r.s.view.Kind(r.Item)]) }},
	{table.Column{ID: "team", Title: "Team", Shrink: true, Drop: 3}, func(r agingRow) table.Cell { return table.Words(r.s.label(r.Team)) }},
	{table.Column{ID: "age", Title: "Age", Unit: "d", Kind: table.Number}, agingRow.age},
	{table.Column{ID: "usual_p85", Title: "Usual P85", Unit: "d", Kind: table.Number, Measure: true, Drop: 1}, agingRow.usual},
	{table.Column{ID: "waits_on", Title: "Waits on", Shrink: true, Drop: 5}, func(r agingRow) table.Cell { return table.Words(r.s.waitsOn(r.Waits)) }},
}

func (r agingRow) age() table.Cell {
	c := table.Num(r.Age)
	if r.Weak.Weak() {
		return c.Note("from a weak start (assignment, sprint): " + r.s.weakWhy(r.Weak))
	}
	return c
}

func (r agingRow) usual() table.Cell {
	c := measure(r.Usual)
	switch r.Basis {
	case flow.OwnTeam:
		return c.Note("of all the team's types, since the type alone does not tell: " + r.Lack)
	case flow.AnyTeam:
		return c.Note("of all teams, since the team alone does not tell: " + r.Lack)
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
	sum := s.compared()
	t.Empty = "no open item is older than 85 % of its kind took"
	if why := sum.whyNone(); why != "" {
		t.Empty = "can't tell: " + why
	}
	if sum.open == 0 {
		return t
	}
	whose := ""
	if len(s.in.Teams) > 0 {
		whose = " of the teams shown"
	}
	t.Notes = append(t.Notes, fmt.Sprintf("%s of %s in progress%s on %s. Usual: the age by which 85 %% of the team's items of that type left, over %s, open ones counted.",
		table.Thousands(len(rows)), table.Plural(sum.open, "item", "items"), whose, s.day(s.view.T+1), s.weeks(s.year.Window)))
	if sum.left > 0 {
		t.Notes = append(t.Notes, table.Plural(sum.left, "more was, and has", "more were, and have")+" left since.")
	}
	t.Notes = append(t.Notes, sum.limits()...)
	if s.past() && len(rows) > 0 {
		t.Notes = append(t.Notes, "Titles are those of today.")
	}
	return t
}

// compared is what came of comparing the items in progress of the teams shown.
type compared struct {
	open, left int                 // of the teams whose items in progress can be told
	unknown    map[string]int      // of the open ones, those with nothing to compare with, by reason
	anyTeam    string              // why all teams together do not tell a usual age either
	cannot     map[string][]string // teams whose items in progress cannot be told, by reason
}

func (s *Scan) compared() compared {
	out := compared{unknown: map[string]int{}, anyTeam: s.aging.AnyTeam, cannot: map[string][]string{}}
	for t, team := range s.aging.Teams {
		id := work.TeamID(t)
		switch {
		case !s.chosen(id):
		case team.Why != "":
			out.cannot[team.Why] = append(out.cannot[team.Why], s.label(id))
		default:
			out.open += team.Open
			out.left += team.Left
			for why, n := range team.Unknown {
				out.unknown[why] += n
			}
		}
	}
	return out
}

// whyNone returns why an empty list does not say that nothing is old.
func (c compared) whyNone() string {
	switch {
	case c.open > total(c.unknown):
		return "" // some were compared
	case c.open > 0:
		return c.lack()
	}
	return strings.Join(slices.Sorted(maps.Keys(c.cannot)), "; ")
}

// lack says how many items have no usual age to be compared with, and why.
func (c compared) lack() string {
	return fmt.Sprintf("%s nothing to be compared with: the own team does not tell a usual age (%s), nor do all teams together (%s)",
		table.Plural(total(c.unknown), "item in progress has", "items in progress have"), reasons(c.unknown), c.anyTeam)
}

// lacks is lack as a note, where some were compared and some could not be.
func (c compared) lacks() []string {
	if len(c.unknown) == 0 || c.whyNone() != "" {
		return nil
	}
	return []string{c.lack() + "."}
}

// reasons lists reasons, the most frequent first, with their counts where there
// are several.
func reasons(m map[string]int) string {
	if len(m) == 1 {
		for why := range m {
			return why
		}
	}
	return byCount(m, len(m))
}

// blind counts the teams whose items in progress cannot be told.
func (c compared) blind() int {
	n := 0
	for _, teams := range c.cannot {
		n += len(teams)
	}
	return n
}

// limits says what the list cannot tell, besides whyNone.
func (c compared) limits() []string {
	var out []string
	if c.open == 0 {
		return nil
	}
	out = append(out, c.lacks()...)
	for _, why := range slices.Sorted(maps.Keys(c.cannot)) {
		out = append(out, "Can't tell for "+table.List(c.cannot[why], 8)+": "+why+".")
	}
	return out
}

// firstAging is the beginning of the table, for the first screen.
func (s *Scan) firstAging(t table.Table) table.Table {
	const most = 5
	sum := s.compared()
	blind, more := sum.blind(), len(t.Rows)-most
	t.Notes = sum.lacks()
	t.Rows = t.Rows[:min(most, len(t.Rows))]
	var says []string
	switch {
	case more > 0 && blind > 0:
		says = append(says, fmt.Sprintf("%s more in table aging, which can't tell for %s", table.Thousands(more), table.Plural(blind, "team", "teams")))
	case more > 0:
		says = append(says, table.Thousands(more)+" more in table aging")
	case blind > 0 && sum.open > 0:
		says = append(says, "can't tell for "+table.Plural(blind, "team", "teams")+": see table aging")
	}
	if s.past() && len(t.Rows) > 0 {
		says = append(says, "titles are those of today")
	}
	if len(says) > 0 {
		t.Notes = append(t.Notes, strings.Join(says, "; "))
	}
	return t
}
