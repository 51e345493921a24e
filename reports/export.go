package reports

import (
	"iter"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// Listing is a long table, made row by row.
type Listing struct {
	ID      string
	Columns []table.Column
	Rows    iter.Seq[[]table.Cell]
}

// list makes a listing of rows.
func listing[R any](id string, columns []column[R], rows iter.Seq[R]) Listing {
	l := Listing{ID: id}
	for _, c := range columns {
		l.Columns = append(l.Columns, c.Column)
	}
	l.Rows = func(yield func([]table.Cell) bool) {
		for r := range rows {
			cells := make([]table.Cell, len(columns))
			for k, c := range columns {
				cells[k] = c.cell(r)
			}
			if !yield(cells) {
				return
			}
		}
	}
	return l
}

// Export returns the scan's listings: items, batches, links and weekly series,
// as of the scan's instant. Nobody is named in them.
func (s *Scan) Export() []Listing {
	return []Listing{
		listing("items", itemColumns, s.items()),
		listing("batches", exportedBatchColumns, s.exportedBatches()),
		listing("links", linkColumns, s.links()),
		listing("weekly", weekColumns, s.weekly()),
	}
}

// itemRow is one item as it was at the scan's instant.
type itemRow struct {
	s *Scan
	i work.ItemID
	l work.Life
}

func text(id string, of func(itemRow) string) column[itemRow] {
	return column[itemRow]{table.Column{ID: id, Title: id}, func(r itemRow) table.Cell { return table.Words(of(r)) }}
}

func at(id string, of func(itemRow) fact.Instant) column[itemRow] {
	return column[itemRow]{table.Column{ID: id, Title: id, Kind: table.Instant}, func(r itemRow) table.Cell { return instant(of(r)) }}
}

var itemColumns = []column[itemRow]{
	text("site", func(r itemRow) string { return r.s.asof.Sites[r.s.asof.Items.Site[r.i]].URL }),
	text("id", func(r itemRow) string { return r.s.asof.Items.ID[r.i] }),
	text("key", func(r itemRow) string { return r.s.asof.Key(r.i) }),
	text("title", func(r itemRow) string { return r.s.asof.Items.Title.At(r.i) }),
	text("url", func(r itemRow) string { return r.s.asof.URL(r.i) }),
	text("type", func(r itemRow) string { return r.s.asof.Types[r.s.asof.Kind(r.i)] }),
	text("level", func(r itemRow) string { return r.s.asof.Level(r.i).String() }),
	text("team", func(r itemRow) string { return r.s.label(r.s.asof.Owner(r.i, r.s.asof.T)) }),
	text("state", func(r itemRow) string { return r.s.asof.State(r.i).String() }),
	at("created", func(r itemRow) fact.Instant { return r.s.asof.Items.Created[r.i] }),
	at("started", func(r itemRow) fact.Instant { return r.l.Start }),
	text("started_by", func(r itemRow) string { return r.l.Rule.String() }),
	at("left", func(r itemRow) fact.Instant { return r.l.Exit }),
	text("parent", func(r itemRow) string { return r.s.keyOf(r.s.asof.Parent(r.i)) }),
	text("batch", func(r itemRow) string { return r.s.keyOf(r.s.asof.Batch(r.i)) }),
	{table.Column{ID: "pull_requests", Title: "pull_requests", Kind: table.Whole}, func(r itemRow) table.Cell { return table.Count(len(r.pulls())) }},
	{table.Column{ID: "lines", Title: "lines", Kind: table.Whole}, itemRow.lines},
}

// pulls are the pull requests that carry an item, or the one that it is.
func (r itemRow) pulls() []*work.Pull {
	var out []*work.Pull
	r.s.asof.Carried(r.i, func(p *work.Pull) { out = append(out, p) })
	if p := r.s.asof.PullOf(r.i); p != nil {
		out = append(out, p)
	}
	return out
}

// lines are the lines that the item's merged pull requests change, blank where
// none is merged whose size is told.
func (r itemRow) lines() table.Cell {
	n, known := 0, false
	for _, p := range r.pulls() {
		if p.Sized && r.s.asof.State(p.Item) == work.Done {
			n, known = n+p.Lines, true
		}
	}
	if !known {
		return table.Blank()
	}
	return table.Count(n)
}

func (s *Scan) keyOf(i work.ItemID) string {
	if i == work.NoItem {
		return ""
	}
	return s.asof.Key(i)
}

func (s *Scan) items() iter.Seq[itemRow] {
	return func(yield func(itemRow) bool) {
		lives := s.asof.Lives()
		for i := range work.ItemID(s.asof.Items.Len()) {
			if s.asof.Has(i) && !yield(itemRow{s, i, lives[i]}) {
				return
			}
		}
	}
}

// exportedBatch is one batch at the end of the last complete week.
type exportedBatch struct {
	s *Scan
	n int
}

func batchText(id string, of func(exportedBatch) string) column[exportedBatch] {
	return column[exportedBatch]{table.Column{ID: id, Title: id}, func(r exportedBatch) table.Cell { return table.Words(of(r)) }}
}

var exportedBatchColumns = []column[exportedBatch]{
	batchText("id", func(r exportedBatch) string { return r.s.view.Items.ID[r.s.batch.Batches[r.n].Item] }),
	batchText("key", func(r exportedBatch) string { return r.s.view.Key(r.s.batch.Batches[r.n].Item) }),
	batchText("title", func(r exportedBatch) string { return r.s.view.Items.Title.At(r.s.batch.Batches[r.n].Item) }),
	batchText("team", func(r exportedBatch) string { return r.s.label(r.s.batch.Batches[r.n].Team) }),
	{table.Column{ID: "children", Title: "children", Kind: table.Whole}, func(r exportedBatch) table.Cell {
		return table.Count(len(r.s.batch.Batches[r.n].Children) + r.s.batch.Batches[r.n].Unread)
	}},
	{table.Column{ID: "started", Title: "started", Kind: table.Instant}, func(r exportedBatch) table.Cell { return instant(r.s.batch.Batches[r.n].Start) }},
	{table.Column{ID: "finished", Title: "finished", Kind: table.Instant}, func(r exportedBatch) table.Cell { return instant(r.s.batch.Batches[r.n].Finish) }},
	batchText("outcome", func(r exportedBatch) string { return r.s.outcome(r.n) }),
}

// outcome says what became of a batch: shelved is closed as dropped before
// anything in it began, closed is closed with nothing in it.
func (s *Scan) outcome(n int) string {
	switch b := s.batch.Batches[n]; {
	case b.Bucket:
		return "drawer"
	case b.Shelved:
		return "shelved"
	case len(b.Children)+b.Unread == 0 && b.Finish == 0 && s.view.State(b.Item).Ended():
		return "closed"
	case b.Dropped:
		return "dropped"
	case b.Finish != 0:
		return "finished"
	}
	return "open"
}

func (s *Scan) exportedBatches() iter.Seq[exportedBatch] {
	return func(yield func(exportedBatch) bool) {
		for n := range s.batch.Batches {
			if !yield(exportedBatch{s, n}) {
				return
			}
		}
	}
}

// linkRow is one connection over its life.
type linkRow struct {
	s *Scan
	l work.Link
}

var linkColumns = []column[linkRow]{
	{table.Column{ID: "key", Title: "key"}, func(r linkRow) table.Cell { return table.Words(r.s.keyOf(r.l.From)) }},
	{table.Column{ID: "kind", Title: "kind"}, func(r linkRow) table.Cell { return table.Words(r.l.Kind.String()) }},
	{table.Column{ID: "other_key", Title: "other_key"}, func(r linkRow) table.Cell { return table.Words(r.s.keyOf(r.l.To)) }},
	{table.Column{ID: "team", Title: "team"}, func(r linkRow) table.Cell { return table.Words(r.s.teamOf(r.l.From)) }},
	{table.Column{ID: "other_team", Title: "other_team"}, func(r linkRow) table.Cell { return table.Words(r.s.teamOf(r.l.To)) }},
	{table.Column{ID: "made", Title: "made", Kind: table.Instant}, func(r linkRow) table.Cell { return instant(r.l.Made) }},
	{table.Column{ID: "dated", Title: "dated"}, func(r linkRow) table.Cell { return yes(r.l.Dated) }},
	{table.Column{ID: "removed", Title: "removed", Kind: table.Instant}, func(r linkRow) table.Cell {
		if r.l.Removed > r.s.asof.T {
			return table.Blank()
		}
		return instant(r.l.Removed)
	}},
}

func (s *Scan) teamOf(i work.ItemID) string {
	if i == work.NoItem {
		return ""
	}
	return s.label(s.asof.Owner(i, s.asof.T))
}

func yes(b bool) table.Cell {
	if b {
		return table.Words("yes")
	}
	return table.Words("no")
}

func (s *Scan) links() iter.Seq[linkRow] {
	return func(yield func(linkRow) bool) {
		for _, l := range s.asof.Links {
			if l.Made <= s.asof.T && !yield(linkRow{s, l}) {
				return
			}
		}
	}
}

// weekRow is one week of one team.
type weekRow struct {
	label string
	from  fact.Instant
	weekCounts
	blind bool // wip cannot be told
}

// weekCounts are small: there is one for every week of every team.
type weekCounts struct{ created, started, finished, dropped, wip int32 }

func weekCount(id string, of func(weekRow) int32) column[weekRow] {
	return column[weekRow]{table.Column{ID: id, Title: id, Kind: table.Whole}, func(r weekRow) table.Cell { return table.Count(int(of(r))) }}
}

var weekColumns = []column[weekRow]{
	{table.Column{ID: "team", Title: "team"}, func(r weekRow) table.Cell { return table.Words(r.label) }},
	{table.Column{ID: "week", Title: "week", Kind: table.Instant}, func(r weekRow) table.Cell { return instant(r.from) }},
	weekCount("created", func(r weekRow) int32 { return r.created }),
	weekCount("started", func(r weekRow) int32 { return r.started }),
	weekCount("finished", func(r weekRow) int32 { return r.finished }),
	weekCount("dropped", func(r weekRow) int32 { return r.dropped }),
	{table.Column{ID: "wip", Title: "wip", Kind: table.Whole}, func(r weekRow) table.Cell {
		if r.blind {
			return table.Blank()
		}
		return table.Count(int(r.wip))
	}},
}

// weekly counts items by week and team, over all complete weeks since the
// first item. Each event counts for the owner of its time; wip is what is in
// progress at the week's end, by the starts that count for the row in table
// flow, and blank where that cannot tell it.
func (s *Scan) weekly() iter.Seq[weekRow] {
	return func(yield func(weekRow) bool) {
		order := []row{{label: "Organisation", all: true}}
		for t := range s.view.Teams {
			if s.present(work.TeamID(t)) {
				order = append(order, row{label: s.label(work.TeamID(t)), team: work.TeamID(t)})
			}
		}
		w := s.allWeeks()
		org, teams := s.countWeeks(w)
		for _, r := range order {
			weeks := org
			if !r.all {
				weeks = teams[r.team]
			}
			_, why := s.flow.Stock(slice(s.flow, r))
			for k := range w.Weeks() {
				week := weekRow{label: r.label, from: w.Bounds[k], blind: why != ""}
				if weeks != nil {
					week.weekCounts = weeks[k]
				}
				if !yield(week) {
					return
				}
			}
		}
	}
}

func (s *Scan) allWeeks() work.Window {
	first := s.view.T
	for _, at := range s.view.Items.Created {
		first = min(first, at)
	}
	weeks := int((s.view.T-first)/(7*fact.Day)) + 1
	return work.LastWeeks(s.until(), max(weeks, 1), s.in.Org.Zone)
}

// countWeeks returns the counts of the organisation and, by TeamID, of the teams
// in which anything was counted.
func (s *Scan) countWeeks(w work.Window) (org []weekCounts, teams [][]weekCounts) {
	org, teams = make([]weekCounts, w.Weeks()), make([][]weekCounts, len(s.view.Teams))
	team := func(i work.ItemID, at fact.Instant) []weekCounts {
		t := s.view.Owner(i, at)
		if teams[t] == nil {
			teams[t] = make([]weekCounts, w.Weeks())
		}
		return teams[t]
	}
	count := func(i work.ItemID, at fact.Instant, add func(*weekCounts)) {
		if at != 0 && w.Holds(at) {
			add(&org[w.Week(at)])
			add(&team(i, at)[w.Week(at)])
		}
	}
	inOrg, _ := s.flow.Stock(&s.flow.Org)
	inTeam := make([]func(work.ItemID) bool, len(teams))
	for t := range inTeam {
		inTeam[t], _ = s.flow.Stock(&s.flow.Teams[t])
	}
	for i := range work.ItemID(s.view.Items.Len()) {
		if !s.view.Has(i) || s.view.Level(i) != work.LevelItem {
			continue
		}
		l := s.flow.Lives[i]
		count(i, s.view.Items.Created[i], func(c *weekCounts) { c.created++ })
		count(i, l.Start, func(c *weekCounts) { c.started++ })
		count(i, l.Exit, func(c *weekCounts) {
			if l.End == work.Done {
				c.finished++
			} else {
				c.dropped++
			}
		})
		if !l.Begun() {
			continue
		}
		for k := range w.Weeks() {
			end := w.Bounds[k+1]
			if l.Start >= end || l.Exit != 0 && l.Exit < end {
				continue
			}
			if inOrg(i) {
				org[k].wip++
			}
			if inTeam[s.view.Owner(i, end-1)](i) {
				team(i, end-1)[k].wip++
			}
		}
	}
	return org, teams
}

// ChangeColumns are the columns of the listing of changes.
var ChangeColumns = []table.Column{
	{ID: "site", Title: "site"}, {ID: "id", Title: "id"}, {ID: "key", Title: "key"}, {ID: "at", Title: "at", Kind: table.Instant},
	{ID: "field", Title: "field"}, {ID: "from", Title: "from"}, {ID: "to", Title: "to"},
}

// ChangeCells returns what makes the row of a change of an item. The item bears
// the key that it has in the listing of items. People are left out: of an
// assignment only the instant is told.
func (s *Scan) ChangeCells() func(*fact.Record, *fact.Change) []table.Cell {
	type id struct{ site, id string }
	then := map[id]string{} // keys of items that have moved
	for i := range s.asof.OldKeys {
		then[id{s.asof.Sites[s.asof.Items.Site[i]].URL, s.asof.Items.ID[i]}] = s.asof.Key(i)
	}
	return func(r *fact.Record, c *fact.Change) []table.Cell {
		key, ok := then[id{r.Site, r.ID}]
		if !ok {
			key = r.Key
		}
		return changeCells(r, c, key)
	}
}

func changeCells(r *fact.Record, c *fact.Change, key string) []table.Cell {
	field := c.Kind.String()
	if c.Kind == fact.KindOther {
		field = c.Field
	}
	side := func(v fact.Value) table.Cell {
		if v.Person != 0 {
			return table.Words("(somebody)")
		}
		if c.Kind == fact.KindLink && v.ID != "" {
			return table.Words(v.Text + " " + v.ID)
		}
		return table.Words(v.Text)
	}
	return []table.Cell{
		table.Words(r.Site), table.Words(r.ID), table.Words(key), table.At(c.At.Time()), table.Words(field), side(c.From), side(c.To),
	}
}
