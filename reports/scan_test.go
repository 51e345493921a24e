package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// told makes a scan of a story, as of a day of it.
func told(t *testing.T, s *story.Story, rules assemble.Rules, day float64, change func(*Input)) *Scan {
	t.Helper()
	res, err := assemble.Assemble(rules, s.Vocabulary(), s.Facts())
	if err != nil {
		t.Fatal(err)
	}
	n := len(s.Facts())
	in := Input{
		Organisation: "Acme", Org: res.Org, AsOf: s.Day(day), Weeks: 26, Newest: res.Newest,
		Ledger: Ledger{Received: n, Stored: n, Live: n}, Fingerprints: map[string]string{"facts": res.Digest},
	}
	if change != nil {
		change(&in)
	}
	return NewScan(in)
}

// busyStory has two teams that finish an item a day for ten weeks, each of
// them in three days, one item that never ends, and a team that went quiet.
func busyStory() *story.Story {
	var b strings.Builder
	for i := range 70 {
		team := [...]string{"PAY", "SHOP"}[i%2]
		fmt.Fprintf(&b, "%s-%d story: %d created; %d start; %d done\n", team, i+1, i, i+1, i+4)
	}
	b.WriteString("PAY-900 story \"never ends\": 2 created; 3 start; 5 blocked by SHOP-902\n")
	b.WriteString("OLD-901 story: 0 created\nSHOP-902 story: 4 created\n")
	return story.MustParse(b.String())
}

func tableOf(t *testing.T, doc table.Document, id string) table.Table {
	t.Helper()
	n := slices.IndexFunc(doc.Tables, func(x table.Table) bool { return x.ID == id })
	if n < 0 {
		t.Fatalf("no table %s", id)
	}
	return doc.Tables[n]
}

// grid reads a table back from its JSON: row label, column id, value.
func grid(t *testing.T, doc table.Document, id string) map[string]map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := table.WriteJSON(&b, doc); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Tables []struct {
			ID      string
			Columns []struct{ ID string }
			Rows    []map[string]any
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, tab := range got.Tables {
		if tab.ID != id {
			continue
		}
		for _, r := range tab.Rows {
			out[fmt.Sprint(r[tab.Columns[0].ID])] = r
		}
	}
	return out
}

func valueIn(row map[string]any, column string) any {
	if m, ok := row[column].(map[string]any); ok {
		return m["value"]
	}
	return row[column]
}

// Ten weeks, an item a day: 7 a week over both teams. Every finished item took
// three days, so that every quantile of the cycle time is 3, and by Little's
// law three of them are in progress at any time, and the one that never ends
// in addition.
func TestFlowTable(t *testing.T) {
	s := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 70, nil)
	rows := grid(t, s.Document(), "flow")
	org := rows["Organisation"]
	// Finished on days 4 to 69: 66 of 10 weeks.
	if got := valueIn(org, "finished"); got != 66.0 {
		t.Errorf("finished %v, want 66", got)
	}
	if got := valueIn(org, "throughput"); got != 6.6 {
		t.Errorf("throughput %v, want 66 items in 10 weeks", got)
	}
	if got := valueIn(org, "cycle_p50"); got != 3.0 {
		t.Errorf("median cycle time %v, want 3", got)
	}
	if got := valueIn(org, "lead_p85"); got != 4.0 {
		t.Errorf("lead time %v, want 4", got)
	}
	if got := valueIn(org, "wip_now"); got != 4.0 {
		t.Errorf("in progress %v, want the three last and the one that never ends", got)
	}
	// In the last four weeks nothing happened to the quiet team.
	s = told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 70, func(in *Input) { in.Weeks = 4 })
	rows = grid(t, s.Document(), "flow")
	if len(rows) != 3 || rows["PAY"] == nil || rows["SHOP"] == nil {
		t.Errorf("rows %v", rows)
	}
	notes := tableOf(t, s.Document(), "flow").Notes
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "OLD") }) {
		t.Errorf("the quiet team is named nowhere: %q", notes)
	}
}

// Both cells of a row have the same decimals; n of a week's finishes is theirs;
// and a shorter window a week ago is not called by the longer one's name.
func TestChangedTable(t *testing.T) {
	changed := func(day float64, weeks int) (map[string]map[string]any, string) {
		doc := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, day, func(in *Input) { in.Weeks = weeks }).Document()
		var b bytes.Buffer
		if err := table.WriteTerminal(&b, table.Document{Screen: doc.Screen[:1]}, table.Options{}); err != nil {
			t.Fatal(err)
		}
		return grid(t, doc, "changed"), b.String()
	}
	rows, text := changed(70, 26)
	if now := rows["finished"]["now"].(map[string]any); now["value"] != 7.0 || now["n"] != 7.0 {
		t.Errorf("finished %v, want 7 of 7", now)
	}
	for _, want := range []string{`Throughput over 10 weeks \(9 a week ago\) +6\.6 +6\.6 +items/week\n`, `Cycle time P50 over 10 weeks \(9 a week ago\) +3\.0 +3\.0 +d\n`, `In progress +4 +4 +items\n`} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("%s is not in\n%s", want, text)
		}
	}
	if _, text := changed(70, 1); !strings.Contains(text, "Throughput over 1 week ") {
		t.Errorf("of one week:\n%s", text)
	}
}

// The n of cycle times is seen: what left with a start that counts. Of 22 items
// that finished two have no start, and one more was dropped.
func TestSampleSizesAreSeen(t *testing.T) {
	tale := items("A", 1, 20, "0 created; 30 start; 34 done") + items("A", 501, 2, "0 created; 40 done") + "A-900 story: 0 created; 30 start; 36 drop\n"
	doc := told(t, story.MustParse(tale), assemble.Rules{By: assemble.ByProject}, 56, nil).Document()
	if row := grid(t, doc, "flow")["A"]; row["finished"] != 22.0 || row["cycle_n"] != 21.0 || row["cycle_p50"].(map[string]any)["n"] != 21.0 {
		t.Errorf("flow %v", row)
	}
	if row := grid(t, doc, "starts")["a status in progress"]; row["finished"] != 20.0 || row["exits"] != 21.0 {
		t.Errorf("starts %v", row)
	}
	var b bytes.Buffer
	if err := table.WriteCSVAll(&b, doc); err != nil || !strings.Contains(b.String(), "\nteam,finished (items),dropped (items),throughput (items/week),throughput_n,throughput_low (items/week),") {
		t.Errorf("%v: heads of CSV without units:\n%s", err, &b)
	}
}

func TestAgingTable(t *testing.T) {
	s := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 70, nil)
	rows := grid(t, s.Document(), "aging")
	old := rows["PAY-900"]
	if len(rows) != 1 || old == nil {
		t.Fatalf("old items %v, want the one that never ends", rows)
	}
	if got := valueIn(old, "age"); got != 67.0 {
		t.Errorf("age %v days, want 67", got)
	}
	if got := valueIn(old, "waits_on"); got != "SHOP (SHOP-902)" {
		t.Errorf("waits on %v", got)
	}
}

// items tells n items of a project, from a number on, each with the same
// events; %d in them is the item's number.
func items(project string, from, n int, events string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(fmt.Sprintf("%s-%d story: %s\n", project, from+i, events), "%d", fmt.Sprint(from+i)))
	}
	return b.String()
}

func noteWith(t *testing.T, tab table.Table, words string) {
	t.Helper()
	if !slices.ContainsFunc(tab.Notes, func(n string) bool { return strings.Contains(n, words) }) {
		t.Errorf("table %s does not say %q: %q", tab.ID, words, tab.Notes)
	}
}

// A's items take four days, and one is older. Of B's, and so of all, more than
// 15 % never leave: its twenty open ones have nothing to be compared with, which
// is not for want of finished ones. C went to done without being in progress.
func TestAgingSaysWhatItCannotCompareAndWhy(t *testing.T) {
	s := told(t, story.MustParse(items("A", 1, 80, "0 created; 30 start; 34 done")+"A-900 story: 0 created; 40 start\n"+
		items("B", 1, 20, "0 created; 30 start; 34 done")+items("B", 501, 20, "0 created; 31 start")+
		items("C", 1, 10, "0 created; 40 done")), assemble.Rules{By: assemble.ByProject}, 56, nil)
	doc := s.Document()
	const why = "20 items in progress have nothing to be compared with: the own team does not tell a usual age (more than 15 % are still open at every age that was seen), nor do all teams together (more than 15 %"
	aging := tableOf(t, doc, "aging")
	noteWith(t, aging, why)
	noteWith(t, aging, "1 of 21 items in progress on")
	noteWith(t, aging, "Can't tell for C: over 8 weeks fewer than 60 % of what finished has a known start")
	first := doc.Screen[1]
	noteWith(t, first, why)
	noteWith(t, first, "can't tell for 1 team: see table aging")
	changed := tableOf(t, doc, "changed")
	if row := grid(t, doc, "changed")["old"]; valueIn(row, "now") != 1.0 || row["now"].(map[string]any)["n"] != 1.0 {
		t.Errorf("old items now %v, want 1 of 1 that can be compared", row["now"])
	}
	var b bytes.Buffer
	if err := table.WriteCSVAll(&b, table.Document{Tables: []table.Table{changed}}); err != nil || !strings.Contains(b.String(), "of those that can be compared: ") {
		t.Errorf("%v:\n%s", err, &b)
	}

	// B alone: none of its items can be compared, and no list is empty by chance.
	doc = told(t, story.MustParse(items("B", 1, 20, "0 created; 30 start; 34 done")+items("B", 501, 20, "0 created; 31 start")),
		assemble.Rules{By: assemble.ByProject}, 56, nil).Document()
	if got := tableOf(t, doc, "aging").Empty; !strings.HasPrefix(got, "can't tell: 20 items in progress have nothing to be compared with") {
		t.Errorf("aging says %q", got)
	}
	if now := grid(t, doc, "changed")["old"]["now"].(map[string]any); now["value"] != nil {
		t.Errorf("old items now %v, want can't tell", now)
	}
}

// A finished by assignments alone, and B nothing at all: the assigned items in
// progress count, and every number that they are in says so.
func TestWeakStartsAreMarked(t *testing.T) {
	doc := told(t, story.MustParse(items("A", 1, 60, "0 created; 20 assign ana; 40 done")+items("A", 501, 2, "0 created; 30 assign ana")+
		"B-1 story: 0 created; 30 assign bo\n"), assemble.Rules{By: assemble.ByProject}, 56, nil).Document()
	flow := grid(t, doc, "flow")
	if valueIn(flow["A"], "wip_now") != 2.0 || valueIn(flow["B"], "wip_now") != 1.0 || valueIn(flow["B"], "wip") == 0.0 {
		t.Errorf("A %v, B %v", flow["A"], flow["B"])
	}
	var b bytes.Buffer
	if err := table.WriteJSON(&b, doc); err != nil {
		t.Fatal(err)
	}
	for _, words := range []string{
		"wip, A week ago; wip, Now; old, A week ago; old, Now: weak starts (assignment, sprint) among them: strong ones cover less than 60 % over",
		"Organisation, WIP; Organisation, WIP now; Organisation, Age P50; Organisation, Age P85; A, WIP and 3 more: weak starts (assignment, sprint) among them: strong ones cover less than 60 % over 8 weeks",
		"B, WIP; B, WIP now; B, Age P50; B, Age P85: weak starts (assignment, sprint) among them: nothing finished here in 8 weeks to judge by, and in the organisation",
		"A-501, Age; A-502, Age: from a weak start (assignment, sprint): strong ones cover less",
		"B-1, Age: from a weak start (assignment, sprint): nothing finished here in 8 weeks",
	} {
		if !strings.Contains(b.String(), words) {
			t.Errorf("%q is not in\n%s", words, &b)
		}
	}
}

// The weeks that are shown change neither what is in progress nor how old it is
// said to be, and the first screen does not contradict itself.
func TestWhatIsInProgressDoesNotHangOnTheWeeksShown(t *testing.T) {
	tale := items("A", 1, 30, "0 created; 5 start; 10.%d done") + items("A", 501, 6, "0 created; 5%d done") +
		items("A", 601, 6, "0 created; 66 done") + "A-900 story: 0 created; 30 start\nA-901 story: 0 created; 30 assign ana\n"
	for _, weeks := range []int{1, 4, 26} {
		doc := told(t, story.MustParse(tale), assemble.Rules{By: assemble.ByProject}, 70, func(in *Input) { in.Weeks = weeks }).Document()
		changed := grid(t, doc, "changed")
		if now := valueIn(changed["wip"], "now"); now != 1.0 {
			t.Errorf("%d weeks: in progress %v, want 1", weeks, now)
		}
		if now := valueIn(changed["old"], "now"); now != 1.0 || len(grid(t, doc, "aging")) != 1 {
			t.Errorf("%d weeks: old %v, want 1", weeks, now)
		}
		if got := valueIn(grid(t, doc, "flow")["A"], "wip_now"); got != 1.0 {
			t.Errorf("%d weeks: A has %v in progress, want 1", weeks, got)
		}
		if known := valueIn(changed["cycle_p50"], "now") != nil; known != (weeks == 26) {
			t.Errorf("%d weeks: cycle time known: %v", weeks, known)
		}
		for _, note := range tableOf(t, doc, "starts").Notes {
			if !strings.HasPrefix(note, "For the organisation, ") {
				continue
			}
			if can := weeks == 26; strings.Contains(note, "can't tell cycle times") == can || strings.Contains(note, "only starts from") != can {
				t.Errorf("%d weeks: starts says %q", weeks, note)
			}
		}
	}
}

// What no single team owns is in no row of dependencies, so that rows add up.
func TestDependenciesAddUp(t *testing.T) {
	doc := told(t, story.MustParse(`
A-1 story: 0 created; 0 component +K; 15 start; 16 blocked by A-2; 16 blocked by A-3
A-2 story: 0 created; 0 component +L; 15 start; 16 blocked by A-4
A-3 story: 0 created; 0 component +K; 0 component +L; 15 start; 16 blocked by A-1
A-4 story: 0 created; 15 start; 16 blocked by A-2`), assemble.Rules{By: assemble.ByComponent}, 28, nil).Document()
	rows := grid(t, doc, "dependencies")
	for _, id := range []string{"items", "links", "out"} {
		if sum := rows["K"][id].(float64) + rows["L"][id].(float64); len(rows) != 3 || rows["Organisation"][id] != sum {
			t.Errorf("%s: the teams have %v, the organisation %v", id, sum, rows["Organisation"][id])
		}
	}
	noteWith(t, tableOf(t, doc, "dependencies"), "2 items that no single team owns, and 4 links with an end among them")
}

// A filter hides rows; the numbers of those that are shown stay.
func TestTeamFilterComputesNothing(t *testing.T) {
	all := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 70, nil).Document()
	one := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 70, func(in *Input) { in.Teams = []string{"pay"} }).Document()
	for _, id := range []string{"quality", "flow", "batch", "dependencies", "independence"} {
		whole, shown := grid(t, all, id), grid(t, one, id)
		if shown["SHOP"] != nil {
			t.Errorf("%s shows a team that was not asked for", id)
		}
		for label, row := range shown {
			if got, want := fmt.Sprint(row), fmt.Sprint(whole[label]); got != want {
				t.Errorf("%s of %s is %s, without the filter %s", id, label, got, want)
			}
		}
	}
	if got := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 70, func(in *Input) { in.Teams = []string{"Nobody", "SHOP"} }).UnknownTeams(); len(got) != 1 || got[0] != "Nobody" {
		t.Errorf("unknown teams %v", got)
	}
}

// What is said below a table is true of the rows that stand in it.
func TestFilterSpeaksOfWhatIsShown(t *testing.T) {
	tale := items("PAY", 1, 40, "0 created; 30 start; 34 done") + items("SHOP", 1, 40, "0 created; 30 start; 34 done") +
		"PAY-900 story: 0 created; 40 start; 41 blocked by SHOP-900\nSHOP-900 story: 0 created; 41 start\nSHOP-901 story: 0 created; 42 start; 43 blocked by SHOP-900\n" +
		"OPS-1 story: 0 created; 50 start\nOPS-2 story: 0 created; 50 start\n"
	doc := func(team string) table.Document {
		return told(t, story.MustParse(tale), assemble.Rules{By: assemble.ByProject}, 56, func(in *Input) { in.Teams = []string{team} }).Document()
	}
	ops := doc("ops")
	for id, want := range map[string]string{
		"pairs":  "no dependency between OPS and another team is recorded in these weeks",
		"matrix": "no dependency of OPS is recorded in these weeks, neither with another team nor within",
	} {
		if got := tableOf(t, ops, id).Empty; got != want {
			t.Errorf("%s says %q, want %q", id, got, want)
		}
	}
	noteWith(t, tableOf(t, ops, "aging"), "2 of 2 items in progress of the teams shown on")
	noteWith(t, tableOf(t, doc("pay"), "aging"), "1 of 1 item in progress of the teams shown on")
	if rows := grid(t, doc("pay"), "pairs"); len(rows) != 1 {
		t.Errorf("pairs of PAY: %v", rows)
	}
}

// A team that depends on itself alone is in the matrix; and its column bears the
// same id whoever else is there.
func TestMatrix(t *testing.T) {
	tale := "A-1 story: 0 created; 15 start; 16 blocked by B-1\nA-2 story: 0 created; 15 start; 16 blocked by B-1\nB-1 story: 0 created; 15 start\n" +
		"IN-1 story: 0 created; 15 start; 16 blocked by IN-2\nIN-2 story: 0 created; 15 start\nOUT-1 story: 0 created; 15 start\n"
	rows := grid(t, told(t, story.MustParse(tale), assemble.Rules{By: assemble.ByProject}, 28, nil).Document(), "matrix")
	if len(rows) != 3 || rows["IN"]["on_in"] != 1.0 || rows["A"]["on_b"] != 2.0 || rows["B"]["on_a"] != 0.0 || rows["A"]["on_in"] != 0.0 {
		t.Errorf("matrix %v", rows)
	}
	rows = grid(t, told(t, story.MustParse("AA-1 story: 0 created; 15 start; 16 blocked by IN-1\n"+tale), assemble.Rules{By: assemble.ByProject}, 28, nil).Document(), "matrix")
	if len(rows) != 4 || rows["IN"]["on_in"] != 1.0 || rows["AA"]["on_in"] != 1.0 || rows["A"]["on_b"] != 2.0 {
		t.Errorf("with one team more %v", rows)
	}
	// Beyond ten teams other tables have all of it.
	var many strings.Builder
	for i := range 11 {
		fmt.Fprintf(&many, "T%c-1 story: 0 created; 15 start; 16 blocked by T%c-2\nT%c-2 story: 0 created; 15 start\n", 'A'+i, 'A'+i, 'A'+i)
	}
	doc := told(t, story.MustParse(many.String()), assemble.Rules{By: assemble.ByProject}, 28, nil).Document()
	if got := tableOf(t, doc, "matrix"); len(got.Rows) != 0 || !strings.HasPrefix(got.Empty, "11 teams make too wide a matrix") {
		t.Errorf("of eleven teams: %d rows, %q", len(got.Rows), got.Empty)
	}
}

// Names that differ in signs alone have ids that differ, and none hangs on its
// place in the list.
func TestMatrixIDs(t *testing.T) {
	ids := func(names ...string) map[string]string {
		s := &Scan{}
		s.view.Org = &work.Org{}
		for _, n := range names {
			s.view.Teams = append(s.view.Teams, work.Team{Name: n})
		}
		out := map[string]string{}
		for i, id := range s.matrixIDs() {
			out[names[i]] = id
		}
		return out
	}
	all := ids("C", "C++", "C#", "Core Platform", "core-platform", "決済", "", "Rust")
	seen := map[string]bool{}
	for name, id := range all {
		if seen[id] || !regexp.MustCompile(`^on_[a-z0-9_]+$`).MatchString(id) {
			t.Errorf("%q has the id %q", name, id)
		}
		seen[id] = true
	}
	if all["C"] != "on_c" || all["Rust"] != "on_rust" || !strings.HasPrefix(all["C++"], "on_c_") {
		t.Errorf("ids %v", all)
	}
	s := &Scan{}
	s.view.Org = &work.Org{Teams: []work.Team{{Name: "Web", Group: "PAY"}, {Name: "Web", Group: "SHOP"}, {Name: "Any", ID: "t-1"}}}
	if got := s.matrixIDs(); !slices.Equal(got, []string{"on_pay_web", "on_shop_web", "on_t_1"}) {
		t.Errorf("of components and of a team with an id: %q", got)
	}
	for _, name := range []string{"C", "C++", "C#", "決済", "Rust"} {
		if got := ids("X", name)[name]; got != all[name] {
			t.Errorf("%q has the id %q alone, and %q among others", name, got, all[name])
		}
	}
}

// A and B share half of their sixty epics and record no link: what there is of
// their independence is told by shared batches alone, and so it says.
func TestIndependenceByOneLensSaysSo(t *testing.T) {
	rules := assemble.Rules{By: assemble.ByComponent}
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "E-%d epic: 0 created\n", i+1)
		for k := range 2 {
			team := [...]string{"K", "L"}[i%2]
			if i%4 == k {
				team = "M"
			}
			fmt.Fprintf(&b, "A-%d story in E-%d: 0 created; 0 component +%s; 15 start; %d done\n", 2*i+k+1, i+1, team, 20+i%5)
		}
	}
	s := told(t, story.MustParse(b.String()), rules, 56, nil)
	rows := grid(t, s.Document(), "independence")
	if valueIn(rows["Organisation"], "oii") == nil || valueIn(rows["Organisation"], "links") != nil {
		t.Fatalf("organisation %v", rows["Organisation"])
	}
	if got := s.headline(); !strings.Contains(got, ": by shared batches alone.") {
		t.Errorf("the first screen says %q", got)
	}
	var j bytes.Buffer
	if err := table.WriteJSON(&j, s.Document()); err != nil || !strings.Contains(j.String(), "Raw: by shared batches alone\"") && !strings.Contains(j.String(), "more: by shared batches alone\"") {
		t.Errorf("%v: no cell says by what:\n%s", err, &j)
	}
}

// The head counts items, coverage records: it says how many are which. And it
// asserts nothing about what there is none of.
func TestCoverageTellsItemsFromRecords(t *testing.T) {
	doc := told(t, story.MustParse("E-1 epic: 0 created\nA-1 story in E-1: 0 created; 1 start; 2 done\nA-2 sub-task in A-1: 0 created\nA-3 story: 0 created\nA-4 story: 6.5 created; 6.6 blocked by X-1\nA-5 story: 20 created"),
		assemble.Rules{By: assemble.ByProject}, 14, nil).Document()
	if want := "1 team, 3 items."; !strings.Contains(doc.Head[0], want) {
		t.Errorf("the head says %q", doc.Head[0])
	}
	rows := grid(t, doc, "coverage")
	for id, want := range map[string]float64{"received": 6, "level_items": 3, "level_subs": 1, "level_batches": 1, "level_goals": 0, "later": 1, "links_outside": 1, "links_unknown": 0} {
		if rows[id]["count"] != want {
			t.Errorf("%s: %v, want %v", id, rows[id]["count"], want)
		}
	}
	for id, row := range rows {
		if row["count"] == 0.0 && row["weakens"] != nil {
			t.Errorf("%s is 0, and yet %q", id, row["weakens"])
		}
	}
	if rows["changes"]["weakens"] != "one value of one field each" || rows["links_outside"]["weakens"] != "not between teams" {
		t.Errorf("changes %v, links %v", rows["changes"], rows["links_outside"])
	}
}

// A team in which nothing happened has no row, and is named where its batches
// count for the organisation.
func TestBatchNamesTheTeamsWithoutARow(t *testing.T) {
	doc := told(t, story.MustParse("OLD-1 epic: 0 created\n"+items("PAY", 1, 5, "100 created; 101 start; 105 done")+"PAY-90 epic: 100 created\n"),
		assemble.Rules{By: assemble.ByProject}, 112, func(in *Input) { in.Weeks = 4 }).Document()
	rows := grid(t, doc, "batch")
	if rows["Organisation"]["childless"] != 2.0 || rows["PAY"]["childless"] != 1.0 || rows["OLD"] != nil {
		t.Errorf("rows %v", rows)
	}
	noteWith(t, tableOf(t, doc, "batch"), "Without a row, since nothing happened there in these weeks and nothing is in progress: OLD.")
}

// What describes the store, and titles, are not as of a past date, and say so.
func TestPastScanSaysWhatIsOfToday(t *testing.T) {
	tale := items("PAY", 1, 40, "0 created; 30 start; 34 done") + "PAY-900 story: 0 created; 40 start\n"
	for _, past := range []bool{false, true} {
		doc := told(t, story.MustParse(tale), assemble.Rules{By: assemble.ByProject}, 56, func(in *Input) {
			if in.Through = in.AsOf; past {
				in.Through += 30 * fact.Day
			}
		}).Document()
		const words = " as pulled until 2025-04-01, not as of 2025-03-02"
		for _, text := range []string{tableOf(t, doc, "sources").Title, tableOf(t, doc, "coverage").Title, strings.Join(doc.Foot, " ")} {
			if strings.Contains(text, words) != past {
				t.Errorf("past %v: %q", past, text)
			}
		}
		for _, tab := range []table.Table{tableOf(t, doc, "aging"), doc.Screen[1]} {
			if strings.Contains(strings.ToLower(strings.Join(tab.Notes, " ")), "titles are those of today") != past {
				t.Errorf("past %v: %q", past, tab.Notes)
			}
		}
	}
}

// The last instant of a week completes it: what the scan says is what it says at
// the first instant of the next one, but for what happens then.
func TestTheEndOfADayIsTheEndOfAWeek(t *testing.T) {
	print := func(asOf fact.Instant) string {
		s := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 0, func(in *Input) { in.AsOf, in.Through = asOf, asOf+1 })
		doc := s.Document()
		weeks := 0
		for range s.weekly() {
			weeks++
		}
		return fmt.Sprint(doc.Head, weeks, tableOf(t, doc, "coverage").Title, grid(t, doc, "changed"), grid(t, doc, "flow"), grid(t, doc, "batch"))
	}
	day := busyStory().Day
	last := print(day(63) - 1)
	if first := print(day(63)); last != first {
		t.Errorf("%s\nis not\n%s", last, first)
	}
	if !strings.Contains(last, "As of 2025-03-10 00:00 UTC; complete weeks to 2025-03-10.") || strings.Contains(last, "as pulled") {
		t.Error(last)
	}
}

// The partial week does not count: a scan says the same on every day of a week.
func TestNumbersStayForAWeek(t *testing.T) {
	print := func(day float64) string {
		doc := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, day, nil).Document()
		return fmt.Sprint(grid(t, doc, "flow"), grid(t, doc, "dependencies"), grid(t, doc, "independence"), grid(t, doc, "batch"))
	}
	monday := print(63)
	for _, day := range []float64{63.5, 65, 69.9} {
		if print(day) != monday {
			t.Errorf("day %g tells something else than Monday of the same week", day)
		}
	}
	if print(70) == monday {
		t.Error("the next Monday tells the same")
	}
}

func TestSilenceIsSaid(t *testing.T) {
	rules := assemble.Rules{By: assemble.ByProject}
	if got := told(t, busyStory(), rules, 80, nil).silences(); got != nil {
		t.Errorf("eleven days of silence: %q", got)
	}
	// Some 70 items in 70 days: 45 days without one are no chance.
	got := told(t, busyStory(), rules, 115, nil).silences()
	if len(got) != 1 || !strings.Contains(got[0], "--as-of 2025-03-16") {
		t.Errorf("45 days of silence: %q", got)
	}
	// Of the time behind the facts nothing is known: nothing was to be expected.
	at := func(day float64) []string {
		return told(t, busyStory(), rules, day, func(in *Input) { in.Through = in.AsOf - fact.Instant(day-115)*fact.Day }).silences()
	}
	if got := at(50_000); !slices.Equal(got, at(115)) || len(got) != 1 {
		t.Errorf("far beyond the facts: %q, at their end %q", got, at(115))
	}
}

func TestComponentsAreNamedWithTheirProjectWhereThereAreSeveral(t *testing.T) {
	two := story.MustParse("A-1 story: 0 created; 0 component +Web; 1 start; 2 done\nB-1 story: 0 created; 0 component +Web; 1 start; 8 done")
	names := told(t, two, assemble.Rules{By: assemble.ByComponent}, 14, nil).TeamNames()
	if !slices.Contains(names, "A: Web") || !slices.Contains(names, "B: Web") {
		t.Errorf("teams %q", names)
	}
	one := story.MustParse("A-1 story: 0 created; 0 component +Web; 1 start; 2 done")
	if names := told(t, one, assemble.Rules{By: assemble.ByComponent}, 14, nil).TeamNames(); !slices.Contains(names, "Web") {
		t.Errorf("teams %q", names)
	}
}

// Every table has rows or says why not, a title, unique columns, and the same
// columns in every format.
func TestTablesAreComplete(t *testing.T) {
	empty := story.MustParse("A-1 story: 0 created")
	for name, doc := range map[string]table.Document{
		"busy":  told(t, busyStory(), assemble.Rules{}, 70, nil).Document(),
		"empty": told(t, empty, assemble.Rules{}, 1, nil).Document(),
	} {
		for _, tab := range doc.Tables {
			if tab.Title == "" || len(tab.Columns) == 0 || len(tab.Rows) == 0 && tab.Empty == "" {
				t.Errorf("%s: table %s has title %q, %d columns, %d rows and says %q", name, tab.ID, tab.Title, len(tab.Columns), len(tab.Rows), tab.Empty)
			}
		}
		for _, write := range []func(*bytes.Buffer) error{
			func(b *bytes.Buffer) error { return table.WriteTerminal(b, doc, table.Options{All: true, Width: 80}) },
			func(b *bytes.Buffer) error { return table.WriteMarkdown(b, doc, table.Options{All: true}) },
			func(b *bytes.Buffer) error { return table.WriteCSVAll(b, doc) },
			func(b *bytes.Buffer) error { return table.WriteJSON(b, doc) },
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestFirstScreenIsOneScreen(t *testing.T) {
	doc := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 70, nil).Document()
	var b bytes.Buffer
	if err := table.WriteTerminal(&b, doc, table.Options{Width: 100, Zone: time.UTC}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n > 30 {
		t.Errorf("the first screen has %d lines:\n%s", n, &b)
	}
}

// wideStory has teams with long names in several projects, old items that wait
// for each other, dependencies across and within, batches and weak starts.
func wideStory() *story.Story {
	names := []string{
		"DURACLOUD Storage_Providers_and_Synchronisation", "DURACLOUD REST_API", "FCREPO Repository_Administration_Client", "ISLANDORA Solution_Packs_and_Ingest_Utilities",
		"HCAMPPSU Hydra_Partners", "VIVOONT Ontology", "DS DSpace_XMLUI_Manakin", "HYDRASIR Access_Control_and_Permissions_Management",
	}
	var b strings.Builder
	b.WriteString("site https://jira.of-a-foundation-with-a-long-name.example.org\n")
	for n, name := range names {
		project, component, _ := strings.Cut(name, " ")
		key := func(i int) string { return fmt.Sprintf("%s-%d", project, 10_000*(n+1)+i) }
		fmt.Fprintf(&b, "%s epic: 0 created; 0 component +%s\n", key(0), component)
		for i := range 30 {
			sign := [...]string{"start", "assign ana"}[n%2]
			fmt.Fprintf(&b, "%s story in %s: %d created; %d component +%s; %d %s; %d done\n", key(i+1), key(0), i, i, component, i+1, sign, i+6)
		}
		next := (n + 1) % len(names)
		other, _, _ := strings.Cut(names[next], " ")
		for i := range 4 {
			fmt.Fprintf(&b, "%s story \"A title of a usual length, which says what is to be done\": %d created; %d component +%s; %d start; %d blocked by %s-%d; %d blocked by %s-%d; %d blocked by %s\n",
				key(100+i), 2*i, 2*i, component, 2*i+1, 8+i, other, 10_000*(next+1)+100+i, 8+i, other, 10_000*(next+1)+101, 9+i, key(100+(i+1)%4))
		}
	}
	return story.MustParse(b.String())
}

// No line is wider than the terminal, whatever the names, down to 60 columns:
// that leaves room for the column that says what a row is about and one number.
func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	past := func(in *Input) { in.Through = in.AsOf + 30*fact.Day }
	docs := map[string]table.Document{
		"by component": told(t, wideStory(), assemble.Rules{By: assemble.ByComponent}, 63, past).Document(),
		"by project":   told(t, wideStory(), assemble.Rules{By: assemble.ByProject}, 63, nil).Document(),
		"early":        told(t, wideStory(), assemble.Rules{By: assemble.ByComponent}, 8, past).Document(),
	}
	for name, doc := range docs {
		doc.Incomplete = []string{"archive a-folder/with/a/long/path/and-a-name-of-its-own-2026-11-22.tar.gz: the archive is cut short or damaged: unexpected EOF"}
		step := 7
		if name == "by component" {
			step = 1
		}
		for width := 60; width <= 160; width += step {
			var b bytes.Buffer
			if err := table.WriteTerminal(&b, doc, table.Options{All: true, Width: width}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
					t.Fatalf("%s: %d columns of %d:\n%s", name, n, width, line)
				}
			}
		}
	}
	for _, id := range []string{"flow", "aging", "matrix", "pairs", "dependencies", "batch", "quality", "starts", "coverage", "independence"} {
		if len(tableOf(t, docs["by component"], id).Rows) == 0 {
			t.Errorf("table %s is empty, which tests little", id)
		}
	}
}

func TestWeeklyListingAddsUp(t *testing.T) {
	s := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 70, nil)
	sum := map[string]int{}
	for w := range s.weekly() {
		sum[w.label+" created"] += int(w.created)
		sum[w.label+" finished"] += int(w.finished)
		if w.label == "Organisation" && w.from == fact.At(time.Date(2025, 3, 10, 0, 0, 0, 0, time.UTC)) && w.wip != 4 {
			t.Errorf("in progress at the end of the last week: %d, want 4", w.wip)
		}
	}
	if sum["Organisation created"] != 73 || sum["Organisation finished"] != 66 || sum["PAY finished"]+sum["SHOP finished"] != 66 {
		t.Errorf("sums %v", sum)
	}
}

// Every batch of the listing has the outcome that table batch counts it under.
func TestOutcomesOfBatches(t *testing.T) {
	s := told(t, story.MustParse(`
PAY-1 epic: 0 created
PAY-2 story in PAY-1: 0 created; 1 start
PAY-3 epic: 0 created; 9 done
PAY-4 story in PAY-3: 0 created; 1 start; 8 done
PAY-5 epic: 0 created; 9 drop
PAY-6 story in PAY-5: 0 created; 1 start
PAY-7 epic: 0 created; 9 drop
PAY-8 story in PAY-7: 0 created
PAY-9 epic: 0 created; 9 done
PAY-10 epic: 0 created; 9 drop
PAY-11 epic: 0 created
`), assemble.Rules{By: assemble.ByProject}, 14, nil)
	want := map[string]string{
		"PAY-1": "open", "PAY-3": "finished", "PAY-5": "dropped", "PAY-7": "shelved", "PAY-9": "closed", "PAY-10": "shelved", "PAY-11": "open",
	}
	got := map[string]string{}
	for n, b := range s.batch.Batches {
		got[s.view.Key(b.Item)] = s.outcome(n)
	}
	if !maps.Equal(got, want) {
		t.Errorf("outcomes %v, want %v", got, want)
	}
}

// What is in progress at the end of the last week is what table flow says: by the
// same starts, and blank where it cannot tell.
func TestWeeklyListingAgreesWithFlow(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"strong starts suffice for one team only", items("PAY", 1, 20, "0 created; 1 start; 9 done") + items("PAY", 21, 5, "0 created; 2 assign ana") +
			items("SHOP", 1, 20, "0 created; 1 assign bo; 9 done") + items("SHOP", 21, 5, "0 created; 2 assign bo; 12 in PAY-900") + "PAY-900 epic: 0 created\n"},
		{"no starts", items("PAY", 1, 20, "0 created; 9 done") + items("PAY", 21, 5, "0 created; 2 start")},
		{"nothing finished", items("PAY", 1, 5, "0 created; 2 assign ana") + items("SHOP", 1, 5, "0 created; 3 start")},
		{"work that moves", items("PAY", 1, 20, "0 created; 1 start; 9 done") + items("PAY", 21, 5, "0 created; 2 start; 10 move SHOP-7")},
	} {
		s := told(t, story.MustParse(c.text), assemble.Rules{By: assemble.ByProject}, 28, nil)
		want := map[string]string{}
		for label, r := range grid(t, s.Document(), "flow") {
			want[label] = fmt.Sprint(valueIn(r, "wip_now"))
		}
		got := map[string]string{}
		for w := range s.weekly() { // the last week of each is what stays
			if got[w.label] = fmt.Sprint(w.wip); w.blind {
				got[w.label] = fmt.Sprint(nil)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: in progress %v, table flow %v", c.name, got, want)
		}
	}
}

// As of a past date the items of all listings bear the keys of then.
func TestListingsJoinByKey(t *testing.T) {
	tale := story.MustParse("PAY-1 story: 0 created; 1 start; 10 move SHOP-7\nPAY-2 story: 0 created; 3 start\n")
	for day, want := range map[float64]string{9: "PAY-1", 11: "SHOP-7"} {
		s := told(t, tale, assemble.Rules{By: assemble.ByProject}, day, nil)
		for r := range s.items() {
			if got := s.asof.Key(r.i); r.i == 0 && (got != want || !strings.HasSuffix(s.asof.URL(r.i), "/"+want)) {
				t.Errorf("on day %v item %s at %s, want %s", day, got, s.asof.URL(r.i), want)
			}
		}
		cells := s.ChangeCells()
		for _, r := range tale.Facts() {
			key := want
			if r.Key == "PAY-2" {
				key = r.Key
			}
			if got := cells(r, &r.Changes[0])[2]; !reflect.DeepEqual(got, table.Words(key)) {
				t.Errorf("on day %v a change of %s is told as of %v, want %s", day, r.Key, got, key)
			}
		}
	}
}

// What comes after the end of what all sources tell is in no number: that is said
// where it is much, on the first screen, and not where somebody asks for the past.
func TestWhatComesBehindIsSaid(t *testing.T) {
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "acme/shop#%d bug: %d created; %d done\n", i+1, i, i+2)
	}
	s := story.MustParse(b.String() + "PAY-1 story: 0 created; 5 start; 9 done\n")
	scan := func(through float64) *Scan {
		return told(t, s, assemble.Rules{By: assemble.ByProject}, 20, func(in *Input) { in.Through = s.Day(through) })
	}
	got := scan(20).Document().Notes
	// Those of days 20 to 59 are behind the last complete week, of 15 to 20 partly.
	if !slices.ContainsFunc(got, func(n string) bool {
		return strings.Contains(n, "of 61 records were created after 2025-01-26") && strings.Contains(n, "--as-of 2025-03-0")
	}) {
		t.Errorf("notes %q", got)
	}
	if got := scan(60).behind(); got != "" {
		t.Errorf("asked for the past: %q", got)
	}
}

// Names of repositories stay where their owner is one of those that were pulled:
// people own repositories, too.
func TestRepositoriesOfOthersAreNotNamed(t *testing.T) {
	s := story.MustParse("acme/shop#1 bug: 0 created; 0 mentions Acme/far#1; 0 mentions ana/fork#2; 0 mentions ben/fork#3\nPAY-1 story: 0 created; 0 mentions PAY-9\n")
	notes := strings.Join(tableOf(t, told(t, s, assemble.Rules{}, 30, nil).Document(), "coverage").Notes, "\n")
	for _, want := range []string{"Acme/far (1)", "PAY (1)", "repositories of other owners (2)"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in %s", want, notes)
		}
	}
	if strings.Contains(notes, "ana") || strings.Contains(notes, "ben") {
		t.Errorf("somebody is named: %s", notes)
	}
}
