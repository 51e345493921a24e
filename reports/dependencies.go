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
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// depsRow is the dependencies of one team.
type depsRow struct {
	row
	s       *Scan
	d       deps.Row
	node    deps.Node // of a team
	known   bool      // the team is in the graph
	mutual  int       // teams with which dependencies go both ways; of the organisation, pairs
	blocked table.Cell
	density stats.Estimate
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
	{table.Column{ID: "blocked", Title: "Blocked", Unit: "%", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 4}, func(r depsRow) table.Cell { return r.blocked }},
	{table.Column{ID: "reaches", Title: "Reaches", Unit: "teams", Kind: table.Whole, Drop: 10}, func(r depsRow) table.Cell { return r.graph(r.node.Out) }},
	{table.Column{ID: "reached_by", Title: "Reached by", Unit: "teams", Kind: table.Whole, Drop: 11}, func(r depsRow) table.Cell { return r.graph(r.node.In) }},
	{table.Column{ID: "cycle", Title: "Circle", Kind: table.Whole, Quiet: true, Drop: 12}, depsRow.cycle},
	{table.Column{ID: "mutual", Title: "Mutual", Kind: table.Whole, Drop: 13}, func(r depsRow) table.Cell { return table.Count(r.mutual) }},
	{table.Column{ID: "density", Title: "Density", Kind: table.Number, Digits: 2, Measure: true, Drop: 8}, func(r depsRow) table.Cell { return r.whole(measure(r.density)) }},
	{table.Column{ID: "propagation", Title: "Propagation cost", Kind: table.Number, Digits: 2, Measure: true, Drop: 14}, func(r depsRow) table.Cell { return r.whole(measure(r.s.now.Graph.Cost)) }},
	{table.Column{ID: "cycles", Title: "Circles", Kind: table.Whole, Drop: 15}, func(r depsRow) table.Cell { return r.whole(table.Count(len(r.s.now.Graph.Cycles))) }},
	{table.Column{ID: "largest_cycle", Title: "In the largest", Unit: "% of teams", Kind: table.Number, Digits: 0, Measure: true, Drop: 16}, func(r depsRow) table.Cell { return r.whole(percent(r.s.now.Graph.Largest)) }},
	{table.Column{ID: "hub", Title: "On the hub", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 17}, func(r depsRow) table.Cell { return r.whole(percent(r.s.now.Hub.Share)) }},
}

// whole is a cell of the organisation's row alone.
func (r depsRow) whole(c table.Cell) table.Cell {
	if !r.all {
		return table.Blank()
	}
	return c
}

// graph is a number of a team as part of the graph of the teams.
func (r depsRow) graph(n int) table.Cell {
	if r.all || !r.known {
		return table.Blank()
	}
	return table.Count(n)
}

// cycle numbers the circles, from 1 on, as the notes do.
func (r depsRow) cycle() table.Cell {
	if r.all || !r.known || r.node.Cycle < 0 {
		return table.Blank()
	}
	return table.Count(r.node.Cycle + 1)
}

func teamCount(r depsRow, n int) table.Cell {
	if r.all {
		return table.Blank()
	}
	return table.Count(n)
}

// dependenciesTable is who depends on others, by team.
func (s *Scan) dependenciesTable() table.Table {
	mutual := map[work.TeamID]int{}
	for _, m := range s.now.Graph.Mutual {
		mutual[m[0]]++
		mutual[m[1]]++
	}
	nodes := map[work.TeamID]deps.Node{}
	for _, n := range s.now.Graph.Teams {
		nodes[n.Team] = n
	}
	density := s.deps.Density()
	var rows []depsRow
	for _, r := range s.realRows() {
		d, blocked := depsRow{row: r, s: s}, s.now.Blocked.Org
		if r.all {
			d.d, d.density, d.mutual = s.deps.Org(), density, len(s.now.Graph.Mutual)
		}
		if !r.all {
			d.d, d.mutual, blocked = s.deps.Team(r.team), mutual[r.team], s.now.Blocked.Teams[r.team]
			d.node, d.known = nodes[r.team]
		}
		d.blocked = s.weak(percent(blocked), s.flow.WeakWIP(slice(s.flow, r)))
		rows = append(rows, d)
	}
	t := fill("dependencies", "Dependencies that are recorded, "+s.weeks(s.deps.Window), depsColumns, rows)
	t.Notes = []string{
		"Counted are links that make one item depend on another, that stood in the window, from an item worked on in it to one that had not left before. Waits for, needed by: teams with at least two such items. Blocked: of the time in progress, the share with a flag, in a status that means waiting, or with a dependency that had not ended; n is the items in progress.",
	}
	t.Notes = append(append(t.Notes, s.graphNotes(density)...), s.hubNote(), "What is not recorded is not counted: see table independence.")
	t.Notes = append(append(t.Notes, s.depsLeftOut()...), s.idle()...)
	return t
}

// graphNotes say how the teams hang together (D1, D4, D5).
func (s *Scan) graphNotes(density stats.Estimate) []string {
	words := "Density, the share of ordered pairs of teams (with 20 items or more) that are tied so: " + estimated(density, 2, "teams") + "; it falls with the number of teams. " +
		"Propagation cost, the share of pairs in which one depends on the other directly or by way of others, each team itself included: " + estimated(s.now.Graph.Cost, 2, "teams") + "; near 1 wherever a circle holds most teams."
	return append([]string{words}, s.cycleNote()+s.mutualNote())
}

// estimated writes an estimate into a sentence, with what it lacks.
func estimated(e stats.Estimate, digits int, unit string) string {
	if !e.Known() {
		return fmt.Sprintf("can't tell (%s; there are %s)", e.Why, table.Thousands(e.N))
	}
	return fmt.Sprintf("%s (%s %s)", number(e.Value, digits), table.Thousands(e.N), unit)
}

// cycleNote names the circles of teams (D5).
func (s *Scan) cycleNote() string {
	g := s.now.Graph
	if len(g.Cycles) == 0 {
		return "No teams depend on each other in a circle."
	}
	var circles []string
	for n, cycle := range g.Cycles {
		circles = append(circles, fmt.Sprintf("%d: %s", n+1, table.List(s.labels(cycle), 12)))
	}
	return fmt.Sprintf("Teams that depend on each other in a circle: %s. The largest holds %.0f %% of %s; over the weeks all links are laid over each other, so that it may never have been closed on one day.",
		table.List(circles, 10), 100*g.Largest.Value, table.Plural(g.Largest.N, "team", "teams"))
}

// mutualNote names the pairs of teams that depend on each other directly.
func (s *Scan) mutualNote() string {
	var pairs []string
	for _, m := range s.now.Graph.Mutual {
		pairs = append(pairs, s.label(m[0])+" and "+s.label(m[1]))
	}
	if len(pairs) == 0 {
		return ""
	}
	return " Directly on each other: " + table.List(pairs, 12) + "."
}

func (s *Scan) labels(teams []work.TeamID) []string {
	out := make([]string, len(teams))
	for k, t := range teams {
		out[k] = s.label(t)
	}
	return out
}

// hubNote says how far dependencies land on one team (D6).
func (s *Scan) hubNote() string {
	h := s.now.Hub
	if !h.Share.Known() {
		return fmt.Sprintf("Hub: can't tell; it needs 20 dependencies between teams, and there are %s.", table.Thousands(h.Share.N))
	}
	out := fmt.Sprintf("Hub: of %s between teams %.0f %%", table.Plural(h.Share.N, "dependency", "dependencies"), 100*h.Share.Value)
	if h.Share.Bounded() {
		out += fmt.Sprintf(" (%.0f–%.0f)", 100*h.Share.Low, 100*h.Share.High)
	} else {
		out += " (no interval: " + h.Share.Why + ")"
	}
	out += " land on " + s.label(h.Team)
	if h.Why != "" {
		return out + "; whether chance would do so can't be told (" + h.Why + "). A platform team is supposed to be a hub."
	}
	return out + fmt.Sprintf("; if they fell on the teams by the number of their items, one team would get as many with p = %s, a diagnostic. A platform team is supposed to be a hub.", number(h.P, 3))
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
	parts = nil
	add(s.now.Blocked.Undated, "of which no history tells when they were made")
	add(s.now.Blocked.Outside, "on items that were not pulled")
	if len(parts) > 0 {
		out = append(out, "Links left out of Blocked, of items in progress: "+strings.Join(parts, ", ")+".")
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
	t.Notes = []string{"In the order of dependence: a team stands before those that it depends on, by two items or more, so that numbers left of the diagonal belong to circles, whose teams stand side by side, or to a single item. " + s.cycleNote()}
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

// matrixTeams are the teams with dependencies, on others, of others or within, in
// the order of dependence (DSM), and then those that texts alone tell of.
func (s *Scan) matrixTeams() []work.TeamID {
	in := map[work.TeamID]bool{}
	for _, p := range s.shownPairs() {
		in[p.From], in[p.To] = true, true
	}
	var out []work.TeamID
	for _, t := range s.now.Graph.Order {
		if in[t] {
			out = append(out, t)
			delete(in, t)
		}
	}
	return append(out, slices.Sorted(maps.Keys(in))...)
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
