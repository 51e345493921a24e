package reports

import (
	"fmt"
	"math"
	"strings"

	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/moment"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// changeRow is one number now and a week ago.
type changeRow struct {
	id, what, unit string
	decimals       int
	before, now    table.Cell
}

var changeColumns = []column[changeRow]{
	{table.Column{ID: "id", Title: "Id", Key: true}, func(r changeRow) table.Cell { return table.Words(r.id) }},
	{table.Column{ID: "what", Title: "Organisation", Shrink: true, Least: 30}, func(r changeRow) table.Cell { return table.Words(r.what) }},
	{table.Column{ID: "before", Title: "A week ago", Kind: table.Number, Measure: true}, func(r changeRow) table.Cell { return r.before.Decimals(r.decimals) }},
	{table.Column{ID: "now", Title: "Now", Kind: table.Number, Measure: true}, func(r changeRow) table.Cell { return r.now.Decimals(r.decimals) }},
	{table.Column{ID: "unit", Title: "Unit", Drop: 1}, func(r changeRow) table.Cell { return table.Words(r.unit) }},
}

// changedTable compares the organisation with a replay of last week's scan.
func (s *Scan) changedTable() table.Table {
	now, before := s.flow, s.before
	last := func(a *flow.Analysis, dropped bool) stats.Estimate {
		items := a.Org.Finished
		if dropped {
			items = a.Org.Dropped
		}
		weekly := a.Weekly(&a.Org, items)
		n := weekly[len(weekly)-1]
		return stats.Census(float64(n), n)
	}
	wip := func(a *flow.Analysis) table.Cell { return s.weak(measure(a.WIPNow(&a.Org)), a.WeakNow(&a.Org)) }
	cycle := func(a *flow.Analysis) table.Cell { return cycleCell(a.Cycle(&a.Org), 0.5) }
	wasOld, isOld := s.oldCells()
	over := " over " + table.Plural(now.Window.Weeks(), "week", "weeks")
	if n := before.Window.Weeks(); n != now.Window.Weeks() {
		over += fmt.Sprintf(" (%d a week ago)", n)
	}
	rows := []changeRow{
		{"finished", "Finished in the last week", "items", 0, measure(last(before, false)), measure(last(now, false))},
		{"dropped", "Dropped in the last week", "items", 0, measure(last(before, true)), measure(last(now, true))},
		{"wip", "In progress", "items", 0, wip(before), wip(now)},
		{"old", "– of these, older than 85 % of their kind took", "items", 0, wasOld, isOld},
		{"throughput", "Throughput" + over, "items/week", 1, measure(before.Throughput(&before.Org)), measure(now.Throughput(&now.Org))},
		{"cycle_p50", "Cycle time P50" + over, "d", 1, cycle(before), cycle(now)},
	}
	return fill("changed", "What changed since last week", changeColumns, rows)
}

// oldCells count the old ones among the organisation's items in progress, a
// week ago and now; n is how many can be compared.
func (s *Scan) oldCells() (before, now table.Cell) {
	cell := func(a *flow.Analysis, g flow.Aging) (c table.Cell, all bool) {
		open := a.WIPNow(&a.Org).N
		switch {
		case g.Why != "":
			return measure(stats.Unknown(0, g.Why)), true
		case open > 0 && g.Comparable == 0:
			return measure(stats.Unknown(0, "none of them can be compared: see table aging")), true
		}
		return s.weak(measure(stats.Census(float64(g.Older), g.Comparable)), a.WeakNow(&a.Org)), g.Comparable == open
	}
	before, wasAll := cell(s.before, s.older)
	now, isAll := cell(s.flow, s.aging)
	if wasAll && isAll {
		return before, now
	}
	note := fmt.Sprintf("of those that can be compared: %s a week ago, %s now; see table aging", table.Thousands(s.older.Comparable), table.Thousands(s.aging.Comparable))
	return before.Note(note), now.Note(note)
}

// head says what the scan is about.
func (s *Scan) head() []string {
	name := s.in.Organisation
	if name == "" {
		name = "Organisation"
	}
	return []string{fmt.Sprintf("%s: %s, %s. As of %s; complete weeks to %s.",
		name, table.Plural(s.teams(), "team", "teams"), table.Plural(s.flow.Org.Owned, "item", "items"),
		s.until().Time().In(s.in.Org.Zone).Format("2006-01-02 15:04 MST"), s.day(s.flow.Window.To()))}
}

// The silence of a tracker: so many items should have been created since the
// last one, at the rate of the year before, that chance does not explain it,
// and neither does a holiday.
const (
	silenceItems = 10
	silenceTime  = 21 * fact.Day
)

// silences warns where a tracker's items stop long before its facts do: then
// the numbers of the last weeks describe an archive that was saved earlier, or
// a team that went elsewhere, and not how work flows.
func (s *Scan) silences() []string {
	var out []string
	if note := s.behind(); note != "" {
		out = append(out, note)
	}
	for n, site := range s.in.Org.Sites {
		last, expected := s.silence(work.SiteID(n))
		if expected < silenceItems || s.known()-last < silenceTime {
			continue
		}
		out = append(out, fmt.Sprintf("Nothing was created in %s since %s, where about %.0f items were to be expected: the numbers of the last weeks may be those of a tracker that was left, or saved then. --as-of %s shows the time before.",
			site.URL, s.day(last), expected, s.day(last)))
	}
	return out
}

// behind says that much of what is stored comes after the end of what all sources
// tell: that of one tracker may be years before that of another.
func (s *Scan) behind() string {
	later, all := s.later(), s.in.Org.Items.Len()
	if s.past() || later < silenceItems || 20*later < all {
		return ""
	}
	newest := fact.Instant(0)
	for _, at := range s.in.Newest {
		newest = max(newest, at)
	}
	return fmt.Sprintf("%s of %s records were created after %s, until when all sources tell, and are in no number. --as-of %s shows them, with what the other sources told last.",
		table.Thousands(later), table.Thousands(all), s.day(s.in.AsOf), s.day(newest))
}

// known is until when the facts tell what the scan speaks of.
func (s *Scan) known() fact.Instant {
	if s.in.Through == 0 {
		return s.in.AsOf
	}
	return min(s.in.AsOf, s.in.Through)
}

// silence returns when a tracker's last item was created, and how many should
// have been since at the rate of the year before, as far as the facts reach.
func (s *Scan) silence(site work.SiteID) (last fact.Instant, expected float64) {
	items := &s.in.Org.Items
	var created []fact.Instant
	first := fact.Never
	for i, at := range items.Created {
		if items.Site[i] == site && at <= s.in.AsOf {
			created = append(created, at)
			first, last = min(first, at), max(last, at)
		}
	}
	from := max(first, last-moment.LevelWeeks*7*fact.Day)
	n := 0
	for _, at := range created {
		if at >= from {
			n++
		}
	}
	if last <= from {
		return last, 0
	}
	return last, float64(n) / fact.Days(from, last) * fact.Days(last, s.known())
}

// teams counts the teams that own something, or are configured.
func (s *Scan) teams() int {
	n := 0
	for t := range s.view.Teams {
		if id := work.TeamID(t); id > work.Several && s.present(id) {
			n++
		}
	}
	return n
}

// foot says how far the numbers reach.
func (s *Scan) foot() []string {
	l, c := s.in.Ledger, s.in.Org.Coverage
	lines := []string{s.headline()}
	parts := []string{fmt.Sprintf("%s of %s received are stored", table.Thousands(l.Live-l.Kept+l.Parts), table.Thousands(l.Received))}
	if l.Rejected > 0 {
		parts = append(parts, table.Plural(l.Rejected, "could not be kept", "could not be kept"))
	}
	if l.Missing > 0 {
		parts = append(parts, "some are known to be missing")
	}
	if c.Items > 0 {
		parts = append(parts, fmt.Sprintf("%.0f %% of records have a whole history", math.Floor(100*float64(c.Whole)/float64(c.Items))))
	}
	if n := total(c.UnmappedStatus); n > 0 {
		parts = append(parts, table.Plural(n, "record was", "records were")+" in a status without a meaning, see table coverage")
	}
	if n := c.ChildrenUnread; n > 0 {
		parts = append(parts, table.Plural(n, "sub-issue was", "sub-issues were")+" counted and not pulled")
	}
	if n := c.NoTeam + c.Several; n > 0 {
		parts = append(parts, table.Plural(n, "record has no single team", "records have no single team"))
	}
	starts := ""
	if none := s.flow.Starts(&s.flow.Org).None(); finite(none) {
		starts = fmt.Sprintf(" The start of %.0f %% of what finished in %s is known.", 100*(1-none), table.Plural(s.flow.Window.Weeks(), "week", "weeks"))
	}
	return append(lines, "Coverage"+s.asPulled()+": "+strings.Join(parts, "; ")+"."+starts)
}
