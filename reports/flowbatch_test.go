package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
	"smokestack/reports/table"
)

// said returns the notes of a table as JSON has them, those of its cells included.
func said(t *testing.T, doc table.Document, id string) []string {
	t.Helper()
	var b bytes.Buffer
	if err := table.WriteJSON(&b, doc); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Tables []struct {
			ID    string
			Notes []string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	n := slices.IndexFunc(got.Tables, func(x struct {
		ID    string
		Notes []string
	}) bool {
		return x.ID == id
	})
	return got.Tables[n].Notes
}

func near(t *testing.T, name string, row map[string]any, column string, want float64) {
	t.Helper()
	got, ok := valueIn(row, column).(float64)
	if !ok || math.Abs(got-want) > 1e-9 {
		t.Errorf("%s: %s is %v, want %v", name, column, valueIn(row, column), want)
	}
}

func whyIn(row map[string]any, column string) string {
	m, _ := row[column].(map[string]any)
	why, _ := m["why"].(string)
	return why
}

// steadyStory has an item a day for eight weeks, of five people of one team: a day
// active, a day waiting, a day active.
func steadyStory() *story.Story {
	var b strings.Builder
	for i := range 56 {
		who := [...]string{"ana", "ben", "cy", "dee", "eli"}[i%5]
		fmt.Fprintf(&b, "PAY-%d story: %d created; %d start by %s; %d wait by %s; %d start by %s; %d done by %s\n", i+1, i, i, who, i+1, who, i+2, who, i+3, who)
	}
	return story.MustParse(b.String())
}

// Of 56 days 53 items took three days, and the last three of them 3, 2 and 1 until
// now: 165 item-days, 110 of them active, 55 waiting.
func TestFlowOfPeopleAndWaits(t *testing.T) {
	s := told(t, steadyStory(), assemble.Rules{By: assemble.ByProject}, 56, nil)
	rows := grid(t, s.Document(), "flow")
	for _, name := range []string{"Organisation", "PAY"} {
		row := rows[name]
		near(t, name, row, "wip", 165.0/56)
		near(t, name, row, "load", 165.0/56/5)
		near(t, name, row, "people", 5)
		near(t, name, row, "efficiency", 100*110.0/165)
		near(t, name, row, "finish_p50", 3)
		near(t, name, row, "created", 56)
		near(t, name, row, "net", 3.0/8)
		// Twice the chance of 56 heads or more of 109.
		near(t, name, row, "net_p", 0.8481947835965659)
	}
}

// Teams of one person and of four are told together, and alone nothing is told of
// either.
func TestLoadOfFewPeopleIsToldTogether(t *testing.T) {
	five := func(project string) string {
		var b strings.Builder
		for i := range 35 {
			who := fmt.Sprint(strings.ToLower(project), i%5)
			fmt.Fprintf(&b, "%s-%d story: %d created; %d start by %s; %d done by %s\n", project, i+1, i, i, who, i+1, who)
		}
		return b.String()
	}
	tale := five("PAY") + strings.ReplaceAll(five("SHOP"), "shop0", "shop1") + strings.NewReplacer("one1", "one0", "one2", "one0", "one3", "one0", "one4", "one0").Replace(five("ONE"))
	doc := told(t, story.MustParse(tale), assemble.Rules{By: assemble.ByProject}, 35, nil).Document()
	rows := grid(t, doc, "flow")
	near(t, "PAY", rows["PAY"], "people", 5)
	near(t, "PAY", rows["PAY"], "load", 35.0/35/5) // 35 items of a day each
	for _, name := range []string{"SHOP", "ONE"} {
		if why := whyIn(rows[name], "load"); why != "fewer than five people were active" || rows[name]["people"] != nil {
			t.Errorf("%s: %q, %v people", name, why, rows[name]["people"])
		}
	}
	noteWith(t, tableOf(t, doc, "flow"), "Load of other teams, told together (ONE, SHOP): 0.4 items/person, n 5.")
}

// Two of five items are dropped after a day, one is done after three and two after
// five: half of what began has left after three, and half has finished after five.
func TestDropsCompete(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		end := [...]string{fmt.Sprint(i+1, " drop"), fmt.Sprint(i+1, " drop"), fmt.Sprint(i+3, " done"), fmt.Sprint(i+5, " done"), fmt.Sprint(i+5, " done")}[i%5]
		fmt.Fprintf(&b, "A-%d story: %d created; %d start; %s\n", i+1, i, i, end)
	}
	row := grid(t, told(t, story.MustParse(b.String()), assemble.Rules{By: assemble.ByProject}, 70, nil).Document(), "flow")["A"]
	near(t, "any exit", row, "cycle_p50", 3)
	near(t, "finish", row, "finish_p50", 5)
}

// What never ends makes averages say little, of its team and of all; not of the
// other team.
func TestDoubtOfAverages(t *testing.T) {
	doc := told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 70, nil).Document()
	notes := said(t, doc, "flow")
	n := slices.IndexFunc(notes, func(x string) bool { return strings.Contains(x, "don't forecast from averages") })
	if n < 0 || !strings.Contains(notes[n], "PAY, Throughput") || strings.Contains(notes[n], "SHOP") {
		t.Errorf("%q", notes)
	}
}

// Of three open batches two have a due day, one of them is over. Four items were in
// the sprint at its close: one is not done, and one came two days after its start.
func TestPromisesTable(t *testing.T) {
	tale := `sprint S 7 14
PAY-1 epic: 0 created; 1 due 2025-01-20
PAY-2 epic: 0 created; 1 due 2025-06-20
PAY-3 epic: 0 created
SHOP-9 epic: 0 created
PAY-11 story in PAY-1: 0 created; 6 sprint +S; 8 start; 9 done
PAY-12 story in PAY-2: 0 created; 6 sprint +S; 8 start; 9 done
PAY-13 story in PAY-3: 0 created; 6 sprint +S; 8 start; 15 done
PAY-14 story in PAY-3: 0 created; 9 sprint +S; 10 start; 12 drop
SHOP-10 story in SHOP-9: 0 created; 8 start
`
	doc := told(t, story.MustParse(tale), assemble.Rules{By: assemble.ByProject}, 28, nil).Document()
	rows := grid(t, doc, "promises")
	for name, want := range map[string][]float64{"Organisation": {4, 2, 1, 1, 4, 25, 25}, "PAY": {3, 2, 1, 1, 4, 25, 25}} {
		for k, column := range []string{"open", "promised", "overdue", "sprints", "sprint_items", "carried", "added"} {
			near(t, name, rows[name], column, want[k])
		}
		if why := whyIn(rows[name], "carried"); why != "an interval needs 20 sprints" {
			t.Errorf("%s: %q", name, why)
		}
	}
	for column, why := range map[string]string{
		"overdue": "no open batch has a due date or a release that is not out",
		"carried": "no sprint closed in the window with items in it", "added": "no sprint closed in the window with items in it",
	} {
		if got := whyIn(rows["SHOP"], column); got != why {
			t.Errorf("SHOP: %s can't be told: %q", column, got)
		}
	}
}

// lockedStory tells a batch done on day 40 that began on day 5, with so many children
// of a point each from before and after.
func lockedStory(key string, number, before, after int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s-%d epic: 0 created; 40 done\n", key, number)
	for k := range before + after {
		at := "0 created; 5 start"
		if k >= before {
			at = "5 created; 6 start"
		}
		fmt.Fprintf(&b, "%s-%d story in %s-%d: %s; 7 estimate 1; 40 done\n", key, number+k+1, key, number, at)
	}
	return b.String()
}

// Of three batches of five 80, 40 and 60 % of the children came first; a fourth was
// dropped. One of the three was measured in time.
func TestBatchScopeAndOutcomes(t *testing.T) {
	tale := lockedStory("A", 100, 4, 1) + lockedStory("A", 200, 2, 3) + lockedStory("A", 300, 3, 2) +
		"A-400 epic: 0 created; 40 drop\nA-401 story in A-400: 0 created; 5 start; 39 drop\n"
	s := story.MustParse(tale)
	doc := told(t, s, assemble.Rules{By: assemble.ByProject}, 140, nil).Document()
	row := grid(t, doc, "batch")["A"]
	near(t, "A", row, "scope_lock", 60)
	near(t, "A", row, "lock_n", 3)
	near(t, "A", row, "locked", 100.0/3)
	near(t, "A", row, "dropped_share", 25)
	near(t, "A", row, "points_p50", 5)
	if _, ok := row["measured"]; ok {
		t.Error("nobody said what an outcome is")
	}
	noteWith(t, tableOf(t, doc, "batch"), "Whether batches were measured after they finished can't be told: nothing says what an outcome is")
	noteWith(t, tableOf(t, doc, "batch"), "How the time that batches take goes with their size can't be told: ")

	measured := func(day float64) map[string]any {
		return grid(t, told(t, s, assemble.Rules{By: assemble.ByProject}, day, func(in *Input) {
			in.Org.Outcomes = true
			for i, key := range in.Org.Items.Key {
				if key == "A-100" {
					in.Org.Measured = map[work.ItemID]fact.Instant{work.ItemID(i): s.Day(100)}
				}
			}
		}).Document(), "batch")["A"]
	}
	if row := measured(140); row["measured"] != "1 of 3" || row["measured_hits"] != 1.0 || row["measured_of"] != 3.0 {
		t.Errorf("%v", row)
	}
	if row := measured(112); row["measured"] != "can't tell" || row["measured_early"] != 3.0 {
		t.Errorf("after 72 days: %v", row)
	}
}

// Batches of 1, 2, 4 and 8 children that take three days for each.
func TestElasticityIsSaid(t *testing.T) {
	var b strings.Builder
	for k := range 40 {
		n, from := 1<<(k%4), 3*k
		fmt.Fprintf(&b, "A-%d epic: %d created; %d done\n", 100*k+100, from, from+3*n)
		b.WriteString(strings.ReplaceAll(items("A", 100*k+101, n, fmt.Sprintf("%d created; %d start; %d done", from, from, from+3*n)), " story", fmt.Sprintf(" story in A-%d", 100*k+100)))
	}
	doc := told(t, story.MustParse(b.String()), assemble.Rules{By: assemble.ByProject}, 182, nil).Document()
	noteWith(t, tableOf(t, doc, "batch"), "days go with children to the power of 1.00 (no interval: all groups of batches agree, so that their spread is not known; n 40), so that twice the children go with ×2.0 the days.")
	noteWith(t, tableOf(t, doc, "batch"), "With the children of 14 days after the start: 1.00 (no interval:")
}

// A release with items of both teams, and one of A's alone. A's items took ten days
// from start to finish and then waited for 5 and 10: 5+5+10 of 15+15+20.
func TestReleasesTable(t *testing.T) {
	s := story.MustParse(items("A", 1, 2, "0 created; 5 start; 15 done") + "A-3 story: 0 created; 20 start; 30 done\n" +
		"B-1 story: 0 created; 10 start; 20 done\nC-1 story: 0 created; 20 start\n")
	doc := told(t, s, assemble.Rules{By: assemble.ByProject}, 42, func(in *Input) {
		in.Org.Releases = []work.Release{{Name: "1", Released: s.Day(20)}, {Name: "2", Released: s.Day(40)}}
		for i, key := range in.Org.Items.Key {
			switch key {
			case "A-1", "A-2", "B-1":
				in.Org.InReleases = append(in.Org.InReleases, work.Within{Item: work.ItemID(i), In: 0})
			case "A-3":
				in.Org.InReleases = append(in.Org.InReleases, work.Within{Item: work.ItemID(i), In: 1})
			}
		}
	}).Document()
	rows := grid(t, doc, "releases")
	if len(rows) != 3 {
		t.Errorf("rows %v", rows)
	}
	near(t, "all", rows["Organisation"], "releases", 2)
	near(t, "all", rows["Organisation"], "size_p50", 2)
	near(t, "all", rows["Organisation"], "experienced", (3.0*3+1)/4)
	near(t, "A", rows["A"], "experienced", (2.0*2+1)/3)
	near(t, "A", rows["A"], "wait", 100*20.0/50)
	near(t, "B", rows["B"], "wait", 0)
	if why := whyIn(rows["A"], "clumping"); why != "clumping needs 12 weeks" {
		t.Errorf("clumping %q", why)
	}
	noteWith(t, tableOf(t, doc, "releases"), "no item of theirs went out in a release in these weeks: C.")
	none := tableOf(t, told(t, s, assemble.Rules{By: assemble.ByProject}, 42, nil).Document(), "releases")
	if len(none.Rows) != 0 || none.Empty != "no release is told: no item names a version" {
		t.Errorf("%+v", none)
	}
}

// A mission of two people, one team's own batch, and one that hangs on another team.
func TestKindsTable(t *testing.T) {
	batches := `
E-10 epic: 0 created
E-11 story in E-10: 0 created; 1 start; 2 assign ana; 3 assign ben
E-20 epic: 0 created
E-21 story in E-20: 0 created; 1 start
F-30 epic: 0 created
F-31 story in F-30: 0 created; 1 start; 2 blocked by E-21
H-1 story: 0 created; 1 start
`
	rules := assemble.Rules{By: assemble.ByProject}
	doc := told(t, story.MustParse("rank Initiative 2\nG-1 Initiative: 0 created\n"+strings.Replace(batches, "E-10 epic:", "E-10 epic in G-1:", 1)), rules, 28, nil).Document()
	rows := grid(t, doc, "kinds")
	want := map[string][]float64{"Organisation": {3, 0, 100.0 / 3, 0, 200.0 / 3}, "E": {2, 0, 50, 0, 50}, "F": {1, 0, 0, 0, 100}}
	for name, values := range want {
		for k, column := range []string{"batches", "large", "mission", "independent", "other"} {
			near(t, name, rows[name], column, values[k])
		}
	}
	noteWith(t, tableOf(t, doc, "kinds"), "Without a row, since no such batch is theirs: H.")
	row := grid(t, told(t, story.MustParse(batches), rules, 28, nil).Document(), "kinds")["E"]
	near(t, "E without goals", row, "independent", 50)
	if why := whyIn(row, "mission"); why != whyNoGoals {
		t.Errorf("mission without goals: %q", why)
	}
	empty := tableOf(t, told(t, busyStory(), rules, 70, nil).Document(), "kinds")
	if len(empty.Rows) != 0 || empty.Empty == "" {
		t.Errorf("%+v", empty)
	}
}

// Seven items a week for fourteen weeks, but thirty in the tenth.
func TestWeeksTable(t *testing.T) {
	var b strings.Builder
	for i := range 98 {
		fmt.Fprintf(&b, "A-%d story: %d created; %d start; %d.5 done\n", i+1, i, i, i)
	}
	b.WriteString(items("A", 501, 23, "64 created; 64 start; 64.5 done"))
	rules := assemble.Rules{By: assemble.ByProject}
	doc := told(t, story.MustParse(b.String()), rules, 98, nil).Document()
	rows := grid(t, doc, "weeks")
	if len(rows) != 14 {
		t.Fatalf("%d weeks", len(rows))
	}
	for week, want := range map[string]float64{"2025-01-06": 7, "2025-03-10": 30} {
		for _, column := range []string{"created", "started", "finished"} {
			near(t, week, rows[week], column, want)
		}
		near(t, week, rows[week], "dropped", 0)
		near(t, week, rows[week], "wip", want*0.5/7)
	}
	// Mean (13·7+30)/14, two steps of 23 in 13: 8.64 ± 2.66·46/13.
	noteWith(t, tableOf(t, doc, "weeks"), "Finished: mean 8.6 over 14 weeks, by routine 0.0 to 18.1; trend +0.00 a week")
	notes := said(t, doc, "weeks")
	if !slices.ContainsFunc(notes, func(n string) bool {
		return strings.Contains(n, "2025-03-10, Finished") && strings.HasSuffix(n, "outside of what is routine")
	}) {
		t.Errorf("%q", notes)
	}
	both := told(t, story.MustParse(b.String()), rules, 98, func(in *Input) { in.Teams = []string{"A"} }).Document()
	if n := len(tableOf(t, both, "weeks").Rows); n != 28 {
		t.Errorf("%d rows with a team", n)
	}
	noteWith(t, tableOf(t, both, "weeks"), "A, Finished: mean 8.6")
}
