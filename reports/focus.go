package reports

import (
	"fmt"

	"smokestack/analysis/focus"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// focusRow is one row of people's focus.
type focusRow struct {
	label string
	f     focus.Row
}

var focusColumns = []column[focusRow]{
	{table.Column{ID: "team", Title: "Team", Shrink: true, Least: 24}, func(r focusRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "people", Title: "People", Kind: table.Whole, Drop: 4}, func(r focusRow) table.Cell { return table.Count(r.f.People) }},
	{table.Column{ID: "parallel", Title: "Parallel batches", Kind: table.Number, Digits: 1, Measure: true, Interval: true}, func(r focusRow) table.Cell { return measure(r.f.Parallel) }},
	{table.Column{ID: "scatter", Title: "Per person", Kind: table.Number, Digits: 2, Measure: true, Drop: 3}, func(r focusRow) table.Cell { return measure(r.f.Scatter) }},
	{table.Column{ID: "batchless", Title: "Time outside batches", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 8}, func(r focusRow) table.Cell { return percent(r.f.Batchless) }},
	{table.Column{ID: "solo", Title: "One contributor", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 1}, func(r focusRow) table.Cell { return r.solo() }},
	{table.Column{ID: "solo_batches", Title: "Of batches", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Interval: true, Drop: 6}, func(r focusRow) table.Cell { return percent(r.f.SoloBatches) }},
	{table.Column{ID: "moves", Title: "Moves", Unit: "/person-quarter", Kind: table.Number, Digits: 2, Measure: true, Interval: true, Drop: 2}, func(r focusRow) table.Cell { return measure(r.f.Moves) }},
	{table.Column{ID: "turnover", Title: "Turnover", Unit: "%", Kind: table.Number, Digits: 0, Measure: true, Drop: 5}, func(r focusRow) table.Cell { return percent(r.f.Turnover) }},
	{table.Column{ID: "joined", Title: "Joined", Kind: table.Whole, Drop: 9}, func(r focusRow) table.Cell { return r.change(r.f.Changes.Joined) }},
	{table.Column{ID: "left", Title: "Left", Kind: table.Whole, Drop: 9}, func(r focusRow) table.Cell { return r.change(r.f.Changes.Left) }},
	{table.Column{ID: "new_words", Title: "Newly used", Kind: table.Whole, Drop: 10}, func(r focusRow) table.Cell { return r.change(r.f.Changes.Added) }},
	{table.Column{ID: "dropped_words", Title: "No more used", Kind: table.Whole, Drop: 10}, func(r focusRow) table.Cell { return r.change(r.f.Changes.Dropped) }},
}

// fewTraces is the share of finished items, with a pull request, a commit, a
// comment, a review or a sub-item, below which one contributor says little.
const fewTraces = 0.5

// solo marks a share that rests on assignees alone.
func (r focusRow) solo() table.Cell {
	c, s := percent(r.f.Solo), r.f.Sources
	if told := s.Told(); r.f.Solo.Known() && s.Finished > 0 && float64(told) < fewTraces*float64(s.Finished) {
		return c.Note("of fewer than half of the items anything but an assignee is told: others may have helped unseen")
	}
	return c
}

func (r focusRow) change(n int) table.Cell {
	if !r.f.Changes.Known {
		return table.Blank()
	}
	return table.Count(n)
}

// focusTable is how people's work is spread (A4–A6, A8).
func (s *Scan) focusTable() table.Table {
	f := s.now.Focus
	var rows []focusRow
	folded := make([]string, 0, len(f.Folded))
	for _, t := range f.Folded {
		folded = append(folded, s.label(t))
	}
	for _, r := range f.Rows {
		switch {
		case r.All:
			rows = append(rows, focusRow{"Organisation", r})
		case r.Others:
			rows = append(rows, focusRow{otherTeams, r})
		case s.chosen(r.Team):
			rows = append(rows, focusRow{s.label(r.Team), r})
		}
	}
	t := fill("focus", "How people's work is spread, "+s.weeks(s.flow.Window), focusColumns, rows)
	t.Empty = f.Why
	t.Notes = []string{
		"Not for performance review: nothing here is about one person, and teams of fewer than five people are told together. Parallel batches: the effective number in progress at once (1: all time in one; exp of the entropy of time in progress), by fortnights. One contributor: finished items, and batches of three or more, with a single person among assignees of all times, sub-items, commits, reviews, logged work and comments of 40 characters or more. Moves: people whose team changed within 13 weeks and who left a batch unfinished behind. Turnover: people of the team at one end of the weeks and not at both; whoever falls under five events in 13 weeks, and is no dated member, has no home team and counts as gone. None of these is good or bad in itself.",
	}
	if len(f.Rows) > 0 {
		o := f.Rows[0]
		t.Notes = append(t.Notes, fmt.Sprintf("Traces of contributors, of %s finished items: an assignee %s, commits %s, reviews %s, comments %s, sub-items %s, none at all %s (left out).",
			table.Thousands(o.Sources.Finished), table.Thousands(o.Sources.Assigned), table.Thousands(o.Sources.Commits), table.Thousands(o.Sources.Reviews), table.Thousands(o.Sources.Comments), table.Thousands(o.Sources.Parts), table.Thousands(o.Sources.Nobody)))
		if c := o.Changes; c.Known {
			t.Notes = append(t.Notes, fmt.Sprintf("Joined, left, newly and no more used (statuses, types, boards): in the quarter from %s to %s.", s.day(c.From), s.day(c.To-1)))
		}
	}
	if len(f.Rows) > 0 {
		t.Notes = append(t.Notes, "Teams without a row: nobody who did anything in these weeks is known to belong to them.")
	}
	t.Notes = append(t.Notes, homeless(f)...)
	if len(folded) > 0 {
		t.Notes = append(t.Notes, "Other teams, of fewer than five people each or told with such: "+table.List(folded, 40)+".")
	}
	return t
}

// homeless says why the people of the rows do not add up to the organisation's; how
// many are missing, where they are five at least.
func homeless(f *focus.Analysis) []string {
	if len(f.Rows) < 2 {
		return nil
	}
	rest := f.Rows[0].People
	for _, r := range f.Rows[1:] {
		rest -= r.People
	}
	switch {
	case rest <= 0:
		return nil
	case rest < work.LeastPeople:
		return []string{"People: some of the organisation are in no row, having no home team."}
	}
	return []string{"People: " + table.Thousands(rest) + " of the organisation are in no row, having no home team."}
}

// otherTeams heads the row of the teams that are told together.
const otherTeams = "(other teams)"
