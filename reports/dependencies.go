package reports

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"smokestack/analysis/deps"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// depsRow is the dependencies of one team.
type depsRow struct {
	row
	d       deps.Row
	density table.Cell
}

var depsColumns = []column[depsRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r depsRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "items", Title: "Items", Unit: "items", Kind: table.Whole, Drop: 3}, func(r depsRow) table.Cell { return table.Count(r.d.Items) }},
	{table.Column{ID: "links", Title: "Links", Unit: "links", Kind: table.Whole}, func(r depsRow) table.Cell { return table.Count(r.d.Links) }},
	{table.Column{ID: "per_item", Title: "Per item", Unit: "links/item", Kind: table.Number, Digits: 2, Measure: true, Interval: true, Drop: 4}, func(r depsRow) table.Cell { return measure(r.d.PerItem) }},
	{table.Column{ID: "none", Title: "Without", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 9}, func(r depsRow) table.Cell { return percent(r.d.Zero) }},
	{table.Column{ID: "out", Title: "On others", Unit: "links", Kind: table.Whole, Drop: 1}, func(r depsRow) table.Cell { return table.Count(r.d.Out) }},
	{table.Column{ID: "in", Title: "From others", Unit: "links", Kind: table.Whole, Drop: 2}, func(r depsRow) table.Cell { return table.Count(r.d.In) }},
	{table.Column{ID: "per_100_started", Title: "Per 100 started", Unit: "links", Kind: table.Number, Digits: 1, Measure: true, Drop: 7}, func(r depsRow) table.Cell { return measure(r.d.PerStarted) }},
	{table.Column{ID: "waits_for", Title: "Waits for", Unit: "teams", Kind: table.Whole, Drop: 5}, func(r depsRow) table.Cell { return teamCount(r, r.d.WaitsFor) }},
	{table.Column{ID: "needed_by", Title: "Needed by", Unit: "teams", Kind: table.Whole, Drop: 6}, func(r depsRow) table.Cell { return teamCount(r, r.d.NeededBy) }},
	{table.Column{ID: "density", Title: "Density", Kind: table.Number, Digits: 2, Measure: true, Drop: 8}, func(r depsRow) table.Cell { return r.density }},
}

func teamCount(r depsRow, n int) table.Cell {
	if r.all {
		return table.Blank()
	}
	return table.Count(n)
}

// dependenciesTable is who depends on others, by team.
func (s *Scan) dependenciesTable() table.Table {
	var rows []depsRow
	for _, r := range s.realRows() {
		d := depsRow{row: r, density: table.Blank()}
		if r.all {
			d.d, d.density = s.deps.Org(), measure(s.deps.Density())
		} else {
			d.d = s.deps.Team(r.team)
		}
		rows = append(rows, d)
	}
	t := fill("dependencies", "Dependencies that are recorded, "+s.weeks(s.deps.Window), depsColumns, rows)
	t.Notes = []string{
		"Counted are links that make one item depend on another, that stood in the window, from an item worked on in it to one that had not left before. Waits for, needed by: teams with at least two such items. Density: the share of ordered pairs of teams (with 20 items or more) that are tied so; it falls with the number of teams.",
		"What is not recorded is not counted: see table independence.",
	}
	t.Notes = append(append(t.Notes, s.depsLeftOut()...), s.idle()...)
	return t
}

// depsLeftOut says what is in no row, the organisation's included.
func (s *Scan) depsLeftOut() []string {
	var out []string
	if n := s.deps.Shared(); n > 0 {
		out = append(out, fmt.Sprintf("In no row, that of the organisation included: %s that no single team owns, and %s with an end among them.",
			table.Plural(n, "item", "items"), table.Plural(s.deps.NoOwner, "link", "links")))
	}
	var parts []string
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, table.Thousands(n)+" "+words)
		}
	}
	add(s.deps.Outside, "to or from items that were not pulled")
	add(s.deps.NotItem, "between batches, goals or sub-items")
	if len(parts) > 0 {
		out = append(out, "Links left out, in the organisation: "+strings.Join(parts, ", ")+".")
	}
	return out
}

// pairRow is how much one team depends on another.
type pairRow struct {
	s *Scan
	deps.Pair
}

var pairColumns = []column[pairRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true}, func(r pairRow) table.Cell { return table.Words(r.s.label(r.From)) }},
	{table.Column{ID: "depends_on", Title: "Depends on", Shrink: true}, func(r pairRow) table.Cell { return table.Words(r.s.label(r.To)) }},
	{table.Column{ID: "items", Title: "Items", Unit: "items", Kind: table.Whole}, func(r pairRow) table.Cell { return table.Count(r.Items) }},
	{table.Column{ID: "links", Title: "Links", Unit: "links", Kind: table.Whole, Drop: 1}, func(r pairRow) table.Cell { return table.Count(r.Links) }},
}

// textColumns are columns of the same table where texts tell of other items.
var textColumns = []column[pairRow]{
	{table.Column{ID: "by_text", Title: "By text", Unit: "texts", Kind: table.Whole, Drop: 2}, func(r pairRow) table.Cell { return table.Count(r.Texts) }},
	{table.Column{ID: "mentions", Title: "Mentions", Unit: "texts", Kind: table.Whole, Drop: 3}, func(r pairRow) table.Cell { return table.Count(r.Mentions) }},
}

// shownPairs are the pairs of teams with a dependency, as far as shown; those
// within one team among them.
func (s *Scan) shownPairs() []deps.Pair {
	return slices.DeleteFunc(slices.Clone(s.deps.Pairs()), func(p deps.Pair) bool { return !s.chosen(p.From) && !s.chosen(p.To) })
}

// pairsTable is the pairs of teams, the strongest first.
func (s *Scan) pairsTable() table.Table {
	var rows []pairRow
	for _, p := range s.shownPairs() {
		if p.From != p.To {
			rows = append(rows, pairRow{s, p})
		}
	}
	columns := pairColumns
	if len(s.deps.Texts) > 0 {
		columns = slices.Concat(pairColumns, textColumns)
	}
	t := fill("pairs", "Which team depends on which, "+s.weeks(s.deps.Window), columns, rows)
	if len(s.deps.Texts) > 0 {
		t.Notes = append(t.Notes, "By text: titles and descriptions of records worked on in the window that say so (depends on, blocked by, a task list) where no link does. Mentions: other references in them. Both are weaker words than a link, and enter no other number.")
	}
	t.Empty = "no dependency between two teams is recorded in these weeks"
	if len(s.in.Teams) > 0 {
		t.Empty = "no dependency between " + s.shownTeams() + " and another team is recorded in these weeks"
	}
	return t
}

// shownTeams names the teams that the caller wants to see.
func (s *Scan) shownTeams() string {
	var names []string
	for t := range s.view.Teams {
		if id := work.TeamID(t); s.present(id) && s.chosen(id) {
			names = append(names, s.label(id))
		}
	}
	return either(names)
}

// either lists names as alternatives.
func either(names []string) string {
	if n := len(names) - 1; n > 0 {
		return strings.Join(names[:n], ", ") + " or " + names[n]
	}
	return strings.Join(names, "")
}

// matrixMax is how many teams make a matrix that people can read.
const matrixMax = 10

// matrixTable is the items of one team that depend on another, or on its own,
// as a matrix of the teams that have such items.
func (s *Scan) matrixTable() table.Table {
	teams := s.matrixTeams()
	t := table.Table{ID: "matrix", Title: "Items of the row's team that depend on the column's, " + s.weeks(s.deps.Window)}
	t.Columns = []table.Column{{ID: "team", Title: "Team", Shrink: true}}
	if len(teams) > matrixMax {
		t.Empty = fmt.Sprintf("%d teams make too wide a matrix: table pairs lists what lies between two of them, the strongest first, and table dependencies has the links of each with and without those on others", len(teams))
		return t
	}
	t.Empty = "no dependency is recorded in these weeks, neither between teams nor within one"
	if len(s.in.Teams) > 0 {
		t.Empty = "no dependency of " + s.shownTeams() + " is recorded in these weeks, neither with another team nor within"
	}
	return s.crossTable(t, teams, s.counts(func(p deps.Pair) int { return p.Items }))
}

// referencesTable is what texts tell as a matrix, where they tell something.
func (s *Scan) referencesTable() table.Table {
	teams := s.matrixTeams()
	t := table.Table{ID: "references", Title: "Texts of the row's team that refer to what is the column's, " + s.weeks(s.deps.Window)}
	t.Columns = []table.Column{{ID: "team", Title: "Team", Shrink: true}}
	t.Notes = []string{"References in titles, descriptions and names of branches, whatever they say, where no link says it: a hint that teams work on the same things, not that one depends on the other."}
	if len(teams) > matrixMax {
		t.Empty = fmt.Sprintf("%d teams make too wide a matrix: see the columns by text and mentions of table pairs", len(teams))
		return t
	}
	if len(s.deps.Texts) == 0 {
		t.Empty, t.Notes = "no text of what was worked on in these weeks refers to another record", nil
		return t
	}
	return s.crossTable(t, teams, s.counts(func(p deps.Pair) int { return p.Texts + p.Mentions }))
}

// between is a number for ordered pairs of teams: row, column.
type between map[[2]work.TeamID]int

// counts takes one number of every pair.
func (s *Scan) counts(of func(deps.Pair) int) between {
	out := between{}
	for _, p := range s.deps.Pairs() {
		out[[2]work.TeamID{p.From, p.To}] = of(p)
	}
	return out
}

// crossTable fills a matrix of teams.
func (s *Scan) crossTable(t table.Table, teams []work.TeamID, items between) table.Table {
	asked := map[work.TeamID]int{}
	for pair, n := range items {
		if pair[0] != pair[1] {
			asked[pair[1]] += n
		}
	}
	// A narrow terminal keeps the columns of the teams that others need most.
	last := slices.Clone(teams)
	slices.SortStableFunc(last, func(a, b work.TeamID) int { return cmp.Compare(asked[b], asked[a]) })
	ids := s.matrixIDs()
	for _, team := range teams {
		t.Columns = append(t.Columns, table.Column{ID: ids[team], Title: s.label(team), Kind: table.Whole, Shrink: true, Drop: 1 + slices.Index(last, team)})
	}
	for _, from := range teams {
		cells := []table.Cell{table.Words(s.label(from))}
		for _, to := range teams {
			cells = append(cells, table.Count(items[[2]work.TeamID{from, to}]))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// matrixTeams are the teams with dependencies, on others, of others or within.
func (s *Scan) matrixTeams() []work.TeamID {
	in := map[work.TeamID]bool{}
	for _, p := range s.shownPairs() {
		in[p.From], in[p.To] = true, true
	}
	return slices.Sorted(maps.Keys(in))
}

// matrixIDs are the ids of the matrix's columns, by team. A team's id hangs on
// its own id or name alone, so that scripts find it again as teams come and go.
func (s *Scan) matrixIDs() []string {
	out, taken := make([]string, len(s.view.Teams)), map[string]int{}
	name := func(t work.Team) string { return cmp.Or(t.ID, strings.TrimSpace(t.Group+" "+t.Name)) }
	for t, team := range s.view.Teams {
		out[t] = "on_" + slug(name(team))
		taken[out[t]]++
	}
	seen := map[string]bool{}
	for t, team := range s.view.Teams {
		if taken[out[t]] > 1 { // names that differ in what is lost on the way
			out[t] += "_" + short(name(team))
		}
		for seen[out[t]] {
			out[t] += "_"
		}
		seen[out[t]] = true
	}
	return out
}

// slug writes a name in small letters, digits and underscores. Where more than
// spaces and capitals are lost, a short hash of the name stands in for that.
func slug(name string) string {
	var b strings.Builder
	lost := false
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ', r == '_', r == '-':
			b.WriteByte('_')
		default:
			lost = true
		}
	}
	if lost || b.Len() == 0 {
		b.WriteString("_" + short(name))
	}
	return strings.Trim(b.String(), "_")
}

// short is a hash of a text, short and the same everywhere.
func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:3])
}
