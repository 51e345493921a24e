package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"smokestack/analysis/requests"
	"smokestack/reports/table"
)

// requestRow is what some ask of some.
type requestRow struct {
	asking, receiving string
	requests.Row
}

var requestColumns = []column[requestRow]{
	{table.Column{ID: "receiving", Title: "Asked of", Shrink: true, Least: 20}, func(r requestRow) table.Cell { return table.Words(r.receiving) }},
	{table.Column{ID: "asking", Title: "Asked by", Shrink: true, Least: 16}, func(r requestRow) table.Cell { return table.Words(r.asking) }},
	{table.Column{ID: "asked", Title: "Asked", Unit: "items", Kind: table.Whole}, func(r requestRow) table.Cell { return table.Count(r.Asked) }},
	{table.Column{ID: "wait_p50", Title: "Wait P50", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Interval: true, Drop: 1}, func(r requestRow) table.Cell { return measure(r.Wait) }},
	{table.Column{ID: "response_p50", Title: "First response", Unit: "d", Kind: table.Number, Digits: 1, Measure: true, Drop: 3}, func(r requestRow) table.Cell { return measure(r.Response) }},
	{table.Column{ID: "quiet", Title: "Quiet", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true}, func(r requestRow) table.Cell { return percent(r.Quiet) }},
	{table.Column{ID: "declined", Title: "Declined", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 4}, func(r requestRow) table.Cell { return percent(r.Declined) }},
	{table.Column{ID: "open", Title: "Open", Unit: "items", Kind: table.Whole, Drop: 5}, func(r requestRow) table.Cell { return table.Count(r.Open.N) }},
	{table.Column{ID: "open_p50", Title: "Age P50", Unit: "d", Kind: table.Number, Digits: 0, Measure: true, Drop: 2}, func(r requestRow) table.Cell { return measure(r.Open) }},
}

const (
	everybody     = "(all)" // who asked, where a row is not about one team that did
	shownRequests = 20      // pairs of teams that have a row
)

// requestsTable is what teams ask of each other, and what becomes of it (A7).
func (s *Scan) requestsTable() table.Table {
	a := s.now.Requests
	var rows []requestRow
	var unasked, rest []string
	if a.Why == "" {
		rows = append(rows, requestRow{everybody, "Organisation", a.Org()})
		for _, r := range a.Receivers() {
			switch name := s.group(a, r.Receiving); {
			case !s.chosenGroup(a, r.Receiving):
			case r.Asked == 0:
				unasked = append(unasked, fmt.Sprintf("%s (%s open)", name, table.Thousands(r.Open.N)))
			default:
				rows = append(rows, requestRow{everybody, name, r})
			}
		}
		var pairs []requestRow
		pairs, rest = s.requestPairs(a)
		rows = append(rows, pairs...)
	}
	t := fill("requests", "What teams ask of each other, "+s.weeks(a.Window), requestColumns, rows)
	t.Empty = "can't tell: " + a.Why
	t.Notes = append([]string{
		"Not for performance review: nothing here is about one person, and teams of fewer than five people are told together. A request is an item that somebody of another team created; who belongs to a team is told by the configuration, or by most of what people did in the 13 weeks before. Asked: created in the window. Wait: from then to start, finish or drop, those that wait with their time so far (Kaplan-Meier). First response: a comment, review, move, assignment or link by somebody of the team asked, or the end. Quiet: none of these in 14 days, of requests of which these are over. Declined: dropped, of those that ended. Open: at the end of the window, whenever asked. An answer in chat is not seen. Read it beside the load of who is asked (table flow).",
	}, rest...)
	if len(unasked) > 0 {
		t.Notes = append(t.Notes, "Nothing was asked in these weeks, and there are older requests, of "+table.List(unasked, 40)+".")
	}
	return s.requestNotes(t, a)
}

// requestPairs are the pairs of teams between which most was asked, and what is to
// be said of the others. Pairs between which nothing was asked have no row: who
// asked long ago may have been one person.
func (s *Scan) requestPairs(a *requests.Analysis) (pairs []requestRow, rest []string) {
	for _, r := range a.Pairs() {
		if r.Asked > 0 && (s.chosenGroup(a, r.Asking) || s.chosenGroup(a, r.Receiving)) {
			pairs = append(pairs, requestRow{s.group(a, r.Asking), s.group(a, r.Receiving), r})
		}
	}
	slices.SortStableFunc(pairs, func(x, y requestRow) int { return cmp.Compare(y.Asked, x.Asked) })
	if len(pairs) <= shownRequests {
		return pairs, nil
	}
	asked := 0
	for _, r := range pairs[shownRequests:] {
		asked += r.Asked
	}
	return pairs[:shownRequests], []string{fmt.Sprintf("Without a row: %s of teams, with %s asked between them.",
		table.Plural(len(pairs)-shownRequests, "more pair", "more pairs"), table.Plural(asked, "item", "items"))}
}

// group names who asks or receives.
func (s *Scan) group(a *requests.Analysis, n int) string {
	if g := a.Groups[n]; !g.Others() {
		return s.label(g.Teams[0])
	}
	return otherTeams
}

// chosenGroup reports whether the caller wants to see a group: one of its teams.
func (s *Scan) chosenGroup(a *requests.Analysis, n int) bool {
	return slices.ContainsFunc(a.Groups[n].Teams, s.chosen)
}

// requestNotes say who the other teams are, and what is no request.
func (s *Scan) requestNotes(t table.Table, a *requests.Analysis) table.Table {
	for _, g := range a.Groups {
		if g.Others() && a.Why == "" {
			t.Notes = append(t.Notes, "Other teams, of fewer than five people each or told with such: "+table.List(s.labels(g.Teams), 40)+".")
		}
	}
	var parts []string
	add := func(n int, words string) {
		if n > 0 {
			parts = append(parts, table.Thousands(n)+" "+words)
		}
	}
	add(a.Homeless, "by people whose team is not known, such as those who only file")
	add(a.Unowned, "that no single team owns")
	add(a.Unknown, "by bots, or by nobody who is told")
	if len(parts) > 0 {
		t.Notes = append(t.Notes, "Items of these weeks that cannot be requests: "+strings.Join(parts, ", ")+".")
	}
	return t
}
