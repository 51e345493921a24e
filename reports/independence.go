package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"smokestack/analysis/independence"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// lensKinds are the lenses, in their order.
var lensKinds = []independence.Kind{independence.Links, independence.Batches, independence.People, independence.HandOffs, independence.Talks}

// lensIDs and lensTitles name the lenses in columns.
var (
	lensIDs    = map[independence.Kind]string{independence.Links: "links", independence.Batches: "batches", independence.People: "people", independence.HandOffs: "hand_offs", independence.Talks: "together"}
	lensTitles = map[independence.Kind]string{independence.Links: "By links", independence.Batches: "Batches", independence.People: "People", independence.HandOffs: "Hand-offs", independence.Talks: "Together"}
)

// indepRow is the independence of one team.
type indepRow struct {
	row
	s          *Scan
	i          independence.Row
	claim      string
	touchFree  stats.Estimate
	undeclared stats.Estimate
}

var indepColumns = func() []column[indepRow] {
	out := []column[indepRow]{
		{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 18}, func(r indepRow) table.Cell { return table.Words(r.label) }},
		{table.Column{ID: "claim", Title: "Claim", Quiet: true}, func(r indepRow) table.Cell { return r.claimCell() }},
		{table.Column{ID: "oii", Title: "Independence", Kind: table.Number, Digits: 2, Measure: true, Interval: true}, func(r indepRow) table.Cell { return r.index(r.i.Shown) }},
	}
	for _, k := range lensKinds {
		out = append(out, column[indepRow]{table.Column{ID: lensIDs[k], Title: lensTitles[k], Kind: table.Number, Digits: 2, Measure: true, Drop: 1}, func(r indepRow) table.Cell { return r.lens(k) }})
	}
	return append(out, []column[indepRow]{
		{table.Column{ID: "lowest", Title: "Lowest", Drop: 6}, indepRow.lowest},
		{table.Column{ID: "touch_free", Title: "Touch-free", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 3}, func(r indepRow) table.Cell { return percent(r.touchFree) }},
		{table.Column{ID: "undeclared", Title: "Undeclared", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 4}, func(r indepRow) table.Cell { return percent(r.undeclared) }},
		{table.Column{ID: "raw", Title: "Raw", Kind: table.Number, Digits: 3, Measure: true, Drop: 9}, func(r indepRow) table.Cell { return r.index(r.i.Headline) }},
		{table.Column{ID: "no_hubs", Title: "Without hubs", Kind: table.Number, Digits: 2, Measure: true, Drop: 7}, func(r indepRow) table.Cell { return measure(r.i.NoHubs) }},
		{table.Column{ID: "placed", Title: "Shared placed", Kind: table.Number, Digits: 2, Measure: true, Drop: 8}, func(r indepRow) table.Cell { return measure(r.i.Placed) }},
	}...)
}()

// claimCell says what became of a claim, and why nothing can be said.
func (r indepRow) claimCell() table.Cell {
	c := table.Words(r.claim)
	if r.claim == claimUnclear {
		return c.Note("claim: " + r.i.Claim.Why)
	}
	return c
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
	for _, k := range lensKinds {
		if x := r.Lenses[k]; x.Eligible && x.Weight > 0 {
			out = append(out, k)
		}
	}
	return out
}

func (r indepRow) lens(k independence.Kind) table.Cell {
	x := r.i.Lenses[k]
	c := measure(x.OII)
	if x.Bound {
		return c.Note(boundNote)
	}
	if x.OII.Known() && !x.Eligible {
		return c.Note(strings.TrimPrefix(x.OII.Why, "can't tell: ") + ": not in the mean")
	}
	return c
}

const boundNote = "ties cross in fewer than 5 batches: the lower end is a bound, which can support a claim of independence and never contradict one"

// lowest names the lens with the lowest index, where there are two to compare.
func (r indepRow) lowest() table.Cell {
	if len(eligible(r.i)) < 2 {
		return table.Blank()
	}
	return table.Words(r.i.Lowest.String())
}

// What became of a claim of independence.
const (
	claimContradicted = "contradicted"
	claimSupported    = "supported"
	claimUnclear      = "can't tell"
)

// claimOf judges a team's claim: contradicted where its p passes the correction of
// this scan and of the one a week earlier.
func (s *Scan) claimOf(t work.TeamID) string {
	c := s.indep.Teams[t].Claim
	switch {
	case c.State == independence.NoClaim:
		return ""
	case int(t) < len(s.family.Others) && s.family.Others[t]:
		return claimContradicted
	case c.State == independence.Supported:
		return claimSupported
	}
	return claimUnclear
}

// independenceTable is how independent the teams really are.
func (s *Scan) independenceTable() table.Table {
	var rows []indepRow
	for _, r := range s.realRows() {
		row := indepRow{row: r, s: s, i: s.indep.Org, touchFree: s.now.TouchFree.Org, undeclared: s.now.Undeclared.Org}
		if !r.all {
			row.i, row.claim = s.indep.Teams[r.team], s.claimOf(r.team)
			row.touchFree, row.undeclared = s.now.TouchFree.Teams[r.team], s.now.Undeclared.Teams[r.team]
			if s.silent(row.i) && row.claim == "" && !s.view.Teams[r.team].Configured {
				continue
			}
		}
		rows = append(rows, row)
	}
	if len(s.now.TouchFree.Folded)+len(s.now.Undeclared.Folded) > 0 {
		rows = append(rows, indepRow{row: row{label: otherTeams}, s: s, i: noLenses(), touchFree: s.now.TouchFree.Others, undeclared: s.now.Undeclared.Others})
	}
	t := fill("independence", "Independence that can be observed, "+s.weeks(s.year.Window), indepColumns, rows)
	t.Notes = []string{
		"1: nothing crosses the team's boundary. 0: as much crosses as if the boundaries made no difference (same people, same activity). Below 0: more goes outward than inward. Links: recorded dependencies. Batches: items delivered in one batch. People: days of people on other teams' items. Hand-offs: changes of assignee. Together: people who comment, review and commit on one item or pull request. Independence is the mean of the lenses with data enough; a team's is drawn towards the organisation's by how uncertain it is. Every lens with its n and interval: table lenses.",
		"Claim: contradicted where the index lies below what is claimed, by the correction of all that this scan tests and by that of a week earlier; supported where every lens's interval lies above. Touch-free: finished items that no tie of any lens led out of the team. Undeclared: of the items that people of two teams worked on, those that no link tells of (table undeclared). Not for performance review.",
	}
	t.Notes = append(t.Notes, s.fitNotes()...)
	t.Notes = append(t.Notes, s.indepLeftOut()...)
	return t
}

// noLenses stands in the row of the other teams, which is of touch-free and
// undeclared alone: every lens folds teams of its own, and tells of them in table
// lenses.
func noLenses() independence.Row {
	e := stats.Unknown(0, "of touch-free and undeclared alone: what a lens tells together stands in table lenses")
	out := independence.Row{Headline: e, Shown: e, NoHubs: e, Placed: e}
	for k := range out.Lenses {
		out.Lenses[k].OII = e
	}
	return out
}

// fitNotes say how well the teams fit who works with whom.
func (s *Scan) fitNotes() []string {
	f := s.now.Fit
	if f.Why != "" || !f.Share.Known() {
		return nil
	}
	text := fmt.Sprintf("Who takes part in whose work fits the teams to %.0f %% of the best partition that a search found (modularity %s of %s, over %s)", 100*f.Share.Value, number(f.Q.Value, 2), number(f.Best.Value, 2), table.Plural(f.People, "person as of one team", "people as of one team"))
	if f.Agreement.Known() {
		text += fmt.Sprintf("; with %s about as good they agree to %s (adjusted Rand)", table.Plural(f.Agreement.N, "partition", "partitions"), number(f.Agreement.Value, 2))
	}
	if f.Reading != "" {
		text += ": " + f.Reading
	}
	return []string{text + ". A check of the index, and no proposal for teams: many partitions fit about as well."}
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
	add := func(n int, one, many, rest string) {
		if n > 0 {
			out = append(out, "Left out, in the organisation: "+table.Plural(n, one, many)+rest)
		}
	}
	add(s.indep.Unowned, "tie", "ties", " of items that no single team owns.")
	add(s.indep.Wide, "item", "items", " under a parent that holds items of more than half of the teams.")
	add(s.indep.Crowds, "item or pull request", "items and pull requests", " in which more than 15 people took part.")
	for _, k := range lensKinds {
		if shared := s.indep.Org.Lenses[k].Shared; k.OfPeople() && shared.Known() && shared.Value > 0 && shared.N >= work.LeastPeople {
			out = append(out, fmt.Sprintf("Of the ties by %s %.0f %% are of people without a home team (fewer than half of their last 13 weeks' events in one team), and left out.", k, 100*shared.Value))
		}
	}
	if folded := s.now.TouchFree.Folded; len(folded) > 0 {
		out = append(out, "Other teams in touch-free and undeclared, of fewer than five people each or told with such: "+table.List(s.labels(folded), 40)+".")
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
