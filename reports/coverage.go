package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// sourceRow is one tracker.
type sourceRow struct {
	site          work.Site
	items, whole  int
	first, newest fact.Instant
	zone          *time.Location
	project       map[string]bool
}

var sourceColumns = []column[sourceRow]{
	{table.Column{ID: "site", Title: "Tracker", Shrink: true, Least: 24}, func(r sourceRow) table.Cell { return table.Words(r.site.URL) }},
	{table.Column{ID: "items", Title: "Records", Unit: "records", Kind: table.Whole}, func(r sourceRow) table.Cell { return table.Count(r.items) }},
	{table.Column{ID: "projects", Title: "Projects", Unit: "projects", Kind: table.Whole, Drop: 3}, func(r sourceRow) table.Cell { return table.Count(len(r.project)) }},
	{table.Column{ID: "history", Title: "Whole history", Unit: "%", Kind: table.Number, Digits: 1, Drop: 2}, func(r sourceRow) table.Cell { return shareOf(r.whole, r.items) }},
	{table.Column{ID: "first", Title: "First record", Kind: table.Date, Drop: 4}, sourceRow.firstDay},
	{table.Column{ID: "newest", Title: "Last change", Kind: table.Instant, Drop: 1}, func(r sourceRow) table.Cell { return instant(r.newest) }},
}

// firstDay is the calendar day of the first record in the organisation's zone, as
// every day that is told.
func (r sourceRow) firstDay() table.Cell {
	if r.first == 0 {
		return table.Blank()
	}
	return table.At(r.first.Time().In(r.zone))
}

// sourcesTable is the trackers and what came from each.
func (s *Scan) sourcesTable() table.Table {
	o := s.in.Org
	rows := make([]sourceRow, len(o.Sites))
	for i, site := range o.Sites {
		rows[i] = sourceRow{site: site, zone: o.Zone, newest: s.in.Newest[site.URL], project: map[string]bool{}}
	}
	for i := range work.ItemID(o.Items.Len()) {
		r := &rows[o.Items.Site[i]]
		r.items++
		if o.Items.History[i] == fact.WholeHistory {
			r.whole++
		}
		if at := o.Items.Created[i]; r.first == 0 || at < r.first {
			r.first = at
		}
		r.project[fact.ProjectOf(o.Items.Key[i])] = true
	}
	t := fill("sources", "Sources"+s.asPulled(), sourceColumns, rows)
	if ends := s.endsOf(); len(ends) > 0 {
		t.Notes = append(t.Notes, "Known until an earlier day than the others, and read as of then: "+table.List(ends, 20)+".")
	}
	for _, kind := range []struct{ kind, words string }{
		{"rejected", "Could not be kept"}, {"missing", "Missing"}, {"repaired", "Mended"}, {"skipped", "Skipped"},
	} {
		if note := s.notesOf(kind.kind, kind.words); note != "" {
			t.Notes = append(t.Notes, note)
		}
	}
	return t
}

// endsOf names the repositories of which nothing is known at the end of the last
// complete week, with the day until which they are.
func (s *Scan) endsOf() []string {
	var out []string
	for _, p := range s.view.Projects {
		if p.Through != 0 && p.Through < s.view.T {
			out = append(out, fmt.Sprintf("%s (%s)", p.Key, s.day(p.Through)))
		}
	}
	slices.Sort(out)
	return out
}

// notesOf names what became of things, each kind in one sentence.
func (s *Scan) notesOf(kind, words string) string {
	const most = 10
	var named []string
	for _, n := range s.in.Notes {
		if n.Kind == kind {
			named = append(named, n.Subject+" ("+n.Reason+")")
		}
	}
	if len(named) == 0 {
		return ""
	}
	total := map[string]int{
		"rejected": s.in.Ledger.Rejected, "missing": s.in.Ledger.Missing,
		"repaired": s.in.Ledger.Repaired, "skipped": s.in.Ledger.Skipped,
	}[kind]
	shown := named[:min(most, len(named))]
	out := words + ": " + table.List(shown, most)
	if more := max(total, len(named)) - len(shown); more > 0 {
		out += fmt.Sprintf(" and %s more", table.Thousands(more))
	}
	return out + "."
}

// coverRow is one line of the ledger, or one thing that weakens numbers.
type coverRow struct {
	id, what string
	n, of    int
	weakens  string
}

var coverColumns = []column[coverRow]{
	{table.Column{ID: "id", Title: "Id", Key: true}, func(r coverRow) table.Cell { return table.Words(r.id) }},
	{table.Column{ID: "what", Title: "What", Shrink: true, Least: 30}, func(r coverRow) table.Cell { return table.Words(r.what) }},
	{table.Column{ID: "count", Title: "Count", Kind: table.Whole}, func(r coverRow) table.Cell { return table.Count(r.n) }},
	{table.Column{ID: "share", Title: "Share", Unit: "%", Kind: table.Number, Digits: 1, Quiet: true, Drop: 2}, func(r coverRow) table.Cell { return shareOf(r.n, r.of) }},
	{table.Column{ID: "weakens", Title: "What it means", Quiet: true, Drop: 1}, coverRow.meaning},
}

// meaning is blank where there is nothing that could mean it.
func (r coverRow) meaning() table.Cell {
	if r.n == 0 {
		return table.Blank()
	}
	return table.Words(r.weakens)
}

// coverageTable is the ledger, what the facts hold, and what they lack.
func (s *Scan) coverageTable() table.Table {
	rows := slices.Concat(s.ledgerRows(), s.levelRows(), s.historyRows(), s.relationRows(), s.repositoryRows(), s.placeRows())
	t := fill("coverage", "Coverage"+s.asPulled()+": what was received, and what it can and cannot show", coverColumns, rows)
	if names := s.in.Org.Coverage.UnmappedStatus; len(names) > 0 {
		t.Notes = append(t.Notes, "Statuses without a meaning (name them under statuses in the configuration): "+byCount(names, 8)+".")
	}
	if names := s.in.Org.Coverage.GuessedStatus; len(names) > 0 {
		t.Notes = append(t.Notes, "Statuses understood by their name alone (name them under statuses to be sure): "+byCount(names, 8)+".")
	}
	if names := s.in.Org.Coverage.LinksUnknown; len(names) > 0 {
		t.Notes = append(t.Notes, "Links without a known meaning (name them under links in the configuration): "+byCount(names, 8)+".")
	}
	if names := s.in.Org.Coverage.MentionsOutside; len(names) > 0 {
		t.Notes = append(t.Notes, "Texts refer to what was not pulled, in: "+byCount(s.ownersOnly(names), 8)+".")
	}
	if names := s.in.Org.Coverage.Unused; len(names) > 0 {
		t.Notes = append(t.Notes, "Changes of fields that no analysis uses: "+byCount(names, 8)+".")
	}
	return t
}

func (s *Scan) ledgerRows() []coverRow {
	l := s.in.Ledger
	return []coverRow{
		{"received", "Received", l.Received, 0, ""},
		{"received_stored", "– stored", l.Live - l.Kept + l.Left, l.Received, ""},
		{"received_parts", "– parts of histories", l.Parts, l.Received, ""},
		{"received_rejected", "– rejected", l.Rejected, l.Received, "lost: see the notes under sources"},
		{"received_repeated", "– told again", l.Repeated, l.Received, "the newest version counts"},
		{"stored", "In the store", l.Stored, 0, ""},
		{"stored_organisation", "– in the organisation", s.in.Org.Coverage.Items, l.Stored, ""},
		{"stored_out_of_scope", "– out of scope", l.OutOfScope, l.Stored, "of other sources in this store"},
		{"stored_gone", "– gone", l.Gone, l.Stored, "no longer in their source"},
		{"kept", "Kept from an earlier pull", l.Kept, l.Stored, "the last pull is not complete"},
		{"repaired", "Broken UTF-8 mended", l.Repaired, l.Received, ""},
		{"skipped", "Skipped, and why: see sources", l.Skipped, 0, ""},
		{"missing", "Known to be missing", l.Missing, 0, "the numbers lack them"},
		{"orphans", "Histories without their record", l.Orphans, 0, ""},
		{"later", "Created after the last complete week", s.later(), s.in.Org.Coverage.Items, "not in the numbers"},
	}
}

// later counts the items that do not exist yet in the view.
func (s *Scan) later() int {
	n := 0
	for i := range work.ItemID(s.view.Items.Len()) {
		if !s.view.Has(i) {
			n++
		}
	}
	return n
}

// levelRows share the records of the view out among the levels, so that the
// items of the other tables are found again.
func (s *Scan) levelRows() []coverRow {
	var n [work.Levels]int
	for i := range work.ItemID(s.view.Items.Len()) {
		if s.view.Has(i) {
			n[s.view.Level(i)]++
		}
	}
	all := s.in.Org.Coverage.Items
	return []coverRow{
		{"level_items", "Items", n[work.LevelItem], all, "what the other tables count"},
		{"level_subs", "Parts of items", n[work.LevelSub], all, "not counted by themselves"},
		{"level_batches", "Batches", n[work.LevelBatch], all, "see table batch"},
		{"level_goals", "What batches are for", n[work.LevelGoal], all, ""},
		{"level_aside", "Pull requests of items, and the like", n[work.LevelAside], all, "not counted as items"},
	}
}

func (s *Scan) historyRows() []coverRow {
	c := s.in.Org.Coverage
	return []coverRow{
		{"history_whole", "Records with a whole change history", c.Whole, c.Items, ""},
		{"history_empty", "– of these, empty: nothing ever changed", c.Empty, c.Items, ""},
		{"history_cut", "Records with a history cut short", c.Cut, c.Items, "starts unknown"},
		{"history_none", "Records without a change history", c.None, c.Items, "no starts, no past states"},
		{"changes", "Changes", c.Changes, 0, "one value of one field each"},
		{"changes_status", "– of status", c.StatusChanges, c.Changes, ""},
		{"changes_unused", "– of fields that no analysis uses", total(c.Unused), c.Changes, ""},
		{"comments", "Comments", c.Comments, 0, ""},
		{"worklogs", "Worklogs", c.Worklogs, 0, ""},
		{"reviews", "Reviews", c.Reviews, 0, ""},
		{"commits", "Commits, and such that name an item", c.Commits, 0, ""},
		{"unseen", "Comments and the like left out by answers", c.Unseen, 0, ""},
		{"acts_undated", "Comments and the like without a time", c.Undated, c.Comments + c.Worklogs + c.Reviews + c.Commits, "not in any time"},
		{"acts_nobody", "Changes, acts by nobody that is told", c.Nobody, c.Changes + c.Comments + c.Worklogs + c.Reviews + c.Commits, "deleted accounts, mostly"},
		{"acts_bots", "Acts by bots", c.Bots, c.Comments + c.Worklogs + c.Reviews + c.Commits, "left out"},
		{"status_unmapped", "Records ever in a status without a meaning", total(c.UnmappedStatus), c.Items, "state unknown at those times"},
		{"status_guessed", "Statuses understood by their name alone", len(c.GuessedStatus), 0, "the tracker no longer knows them"},
		{"status_disagrees", "Records whose history ends in another status", c.HistoryDisagree, c.Items, "the present status counts"},
		{"closed_silently", "Records closed without a change of status", c.ClosedSilently, c.Items, "no start; left when resolved"},
		{"resolved_open", "Records resolved, in a status not done", c.ResolvedOpen, c.Items, "the status counts: open"},
		{"moved", "Records that moved between projects", c.Moved, c.Items, "each event counts in its team then"},
	}
}

func (s *Scan) relationRows() []coverRow {
	c := s.in.Org.Coverage
	return []coverRow{
		{"links", "Links", c.Links, 0, ""},
		{"links_across", "– between two projects", c.LinksAcross, c.Links, ""},
		{"links_outside", "– to records that were not pulled", c.LinksOutside, c.Links, "not between teams"},
		{"targets_outside", "Records outside that links point to", c.TargetsOutside, 0, ""},
		{"links_unknown", "Link ends without a known meaning", total(c.LinksUnknown), 0, "not counted as dependencies"},
		{"links_undated", "Dependencies of unknown date", c.LinksUndated, 0, "taken from when both existed"},
		{"links_no_direction", "Dependencies without a direction", c.NoDirection, 0, "taken from younger to older"},
		{"links_one_end", "Dependencies that one end alone tells", c.LinksOneEnd, 0, ""},
		{"parents_outside", "Records whose parent was not pulled", c.ParentsOutside, c.Items, "not in batches"},
		{"parents_several", "Records with several parents by links", c.SeveralParents, c.Items, "the oldest link counts"},
	}
}

// repositoryRows tell of what repositories alone have.
func (s *Scan) repositoryRows() []coverRow {
	if !slices.ContainsFunc(s.in.Org.Projects, func(p work.Project) bool { return fact.IsRepository(p.Key) }) {
		return nil
	}
	c := s.in.Org.Coverage
	return []coverRow{
		{"children_unread", "Parts that were counted and not pulled", c.ChildrenUnread, 0, "they count in batch sizes"},
		{"milestones_outside", "Records whose milestone was not pulled", c.MilestonesOutside, c.Items, "not in batches"},
		{"pulls", "Pull requests", c.Pulls, c.Items, ""},
		{"pulls_bots", "– opened by bots", c.BotPulls, c.Pulls, "not in table pulls"},
		{"pulls_carry", "– that carry an item", c.Carried, c.Pulls, ""},
		{"carried", "Items that pull requests carry", c.CarriedItems, c.Items, ""},
		{"carries_outside", "– ties to items that were not pulled", c.CarriesOutside, 0, ""},
		{"paths_cut", "– with paths that are not told", c.PathsCut, c.Pulls, "generated lines count"},
		{"text_links", "Dependencies that texts alone tell", c.TextLinks, 0, "weaker than links: table pairs"},
		{"mentions", "Other references in texts", c.Mentions, 0, "in table pairs"},
		{"mentions_outside", "References to what was not pulled", total(c.MentionsOutside), 0, "see the notes"},
		{"boards", "Statuses on boards", c.Boards, 0, ""},
		{"boards_disagree", "– that no event led to", c.BoardsDisagree, c.Boards, "lost events: starts may be late"},
		{"lapsed", "Items open where their source ends", s.flow.Org.Unknown, c.Items, "neither waiting nor in progress"},
		{"team_inherited", "– that go with their pull requests", c.Inherited, c.Items, "no rule fits them"},
	}
}

func (s *Scan) placeRows() []coverRow {
	c := s.in.Org.Coverage
	return []coverRow{
		{"team_none", "Records without a team", c.NoTeam, c.Items, "in the organisation only"},
		{"team_several", "Records of several teams", c.Several, c.Items, "row (several), not between teams"},
	}
}

// ownersOnly leaves the names of repositories of other owners out: people own
// repositories, too.
func (s *Scan) ownersOnly(outside map[string]int) map[string]int {
	owners, out := map[string]bool{}, map[string]int{}
	owner := func(key string) string {
		name, _, _ := strings.Cut(key, "/")
		return strings.ToLower(name)
	}
	for _, p := range s.in.Org.Projects {
		owners[owner(p.Key)] = true
	}
	for key, n := range outside {
		if fact.IsRepository(key) && !owners[owner(key)] {
			key = "repositories of other owners"
		}
		out[key] += n
	}
	return out
}

func total(m map[string]int) int {
	n := 0
	for _, k := range m {
		n += k
	}
	return n
}

// byCount lists names, the most frequent first.
func byCount(m map[string]int, most int) string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(m[b], m[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%s)", name, table.Thousands(m[name]))
	}
	return table.List(names, most)
}
