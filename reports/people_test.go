package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact/story"
	"smokestack/reports/table"
)

// line finds the row of a table, as JSON has it, whose first columns hold these
// words.
func line(t *testing.T, doc table.Document, id string, words ...string) map[string]any {
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
	for _, x := range got.Tables {
		for _, r := range x.Rows {
			same := x.ID == id
			for n, w := range words {
				same = same && r[x.Columns[n].ID] == w
			}
			if same {
				return r
			}
		}
	}
	t.Fatalf("table %s has no row %q", id, words)
	return nil
}

// spreadStory is of the people of requestRules: A of seven, B of six, C of two and D
// of three, who are all seen on day 2. A has ten items of one epic in progress all
// the time. It finishes four others of a0's: of one a day on which a1 comments on it,
// and one of two days on which b0 works on it. C finishes a bug of c0's.
func spreadStory() *story.Story { return story.MustParse(spreadText()) }

func spreadText() string {
	var b strings.Builder
	b.WriteString("E-1 epic: 0 created\n")
	for _, team := range []string{"A", "B", "C", "D"} {
		fmt.Fprintf(&b, "%s-900 story: 0 created; 2 start; 3 drop", team)
		for k := range map[string]int{"A": 7, "B": 6, "C": 2, "D": 3}[team] {
			fmt.Fprintf(&b, "; 2.%d comment 5 by %s", k, person(team, k))
		}
		b.WriteString("\n")
	}
	for n := range 10 {
		fmt.Fprintf(&b, "A-%d story in E-1: 0 created; 0 start\n", 10+n)
	}
	b.WriteString(`A-31 story: 0 created; 0 assign a0; 4 start; 4.5 worklog by b0; 5.5 worklog by b0; 6 done
A-32 story: 0 created; 0 assign a0; 4 start; 5 done
A-33 story: 0 created; 0 assign a0; 4 start; 5 done
A-34 story: 0 created; 0 assign a0; 4 start; 4.5 comment 60 by a1; 5 done
C-1 bug: 0 created; 0 assign c0; 4 start; 4.5 worklog by c0; 5 done
`)
	return b.String()
}

func spread(t *testing.T) table.Document {
	s := spreadStory()
	return told(t, s, requestRules(s), 28, func(in *Input) { in.Weeks = 4 }).Document()
}

// 18 people; ten items' 280 days within the batch, and 6 outside; three of five
// items with one contributor.
func TestFocusTable(t *testing.T) {
	doc := spread(t)
	for name, want := range map[string]map[string]float64{
		"Organisation": {"people": 18, "parallel": 1, "scatter": 1.0 / 18, "batchless": 100 * 10.0 / 290, "solo": 60},
		"A":            {"people": 7, "parallel": 1, "scatter": 1.0 / 7, "batchless": 100 * 6.0 / 286, "solo": 50},
		"B":            {"people": 6},
		otherTeams:     {"people": 5, "batchless": 100, "solo": 100},
	} {
		row := line(t, doc, "focus", name)
		for column, x := range want {
			near(t, name, row, column, x)
		}
	}
	for _, c := range []struct{ team, column, why string }{
		{"B", "parallel", "more than half of the time in progress is outside batches"},
		{otherTeams, "parallel", "more than half of the time in progress is outside batches"},
		{"Organisation", "moves", "no quarter within history in which people's teams are known at both ends"},
		{"Organisation", "turnover", "less than 13 weeks of history"},
		{"B", "solo", "no finished item tells who contributed"},
		{"A", "solo_batches", "no finished batch of three items or more tells who contributed"},
		{"A", "solo", "an interval needs 20 batches or items without one"},
	} {
		if got := whyIn(line(t, doc, "focus", c.team), c.column); got != c.why {
			t.Errorf("%s, %s: %q, want %q", c.team, c.column, got, c.why)
		}
	}
	notes := strings.Join(said(t, doc, "focus"), "\n")
	for _, want := range []string{
		"of 5 finished items: an assignee 5, commits 0, reviews 0, comments 1, sub-items 0, none at all 0 (left out)",
		"Other teams, of fewer than five people each or told with such: C, D.",
		"Not for performance review",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note %q in\n%s", want, notes)
		}
	}
	for _, name := range []string{"C", "D"} {
		if _, ok := grid(t, doc, "focus")[name]; ok {
			t.Errorf("%s has a row of its own", name)
		}
	}
	if strings.Contains(notes, "no home team.") {
		t.Errorf("everybody has a team, and the notes say\n%s", notes)
	}
	few := story.MustParse("A-1 story: 0 created by ana; 1 start by ana; 2 done by ben")
	if got := tableOf(t, told(t, few, assemble.Rules{}, 28, nil).Document(), "focus").Empty; got != "fewer than five people: not told" {
		t.Errorf("two people: %q", got)
	}
}

// People whose one comment gives no home are in the organisation's row alone, which
// the notes say: how many from five on.
func TestPeopleOfNoRow(t *testing.T) {
	for n, want := range map[int]string{4: "People: some of the organisation are in no row, having no home team.", 5: "People: 5 of the organisation are in no row, having no home team."} {
		s := spreadText()
		s += "A-950 story: 0 created"
		for k := range n {
			s += fmt.Sprintf("; 3.%d comment 5 by x%d", k, k)
		}
		more := story.MustParse(s)
		doc := told(t, more, requestRules(more), 28, func(in *Input) { in.Weeks = 4 }).Document()
		near(t, "organisation", line(t, doc, "focus", "Organisation"), "people", float64(18+n))
		if notes := said(t, doc, "focus"); !slices.Contains(notes, want) {
			t.Errorf("%d: %q", n, notes)
		}
	}
}

// 18 person-days on day 2, one of a1's and two of b0's on stories of A, and one of
// c0's on the bug: 21 of 22.
func TestMixTable(t *testing.T) {
	doc := spread(t)
	for _, c := range []struct {
		team, category string
		time, items    float64
	}{
		{"Organisation", "story", 100 * 21.0 / 22, 80}, {"Organisation", "bug", 100 * 1.0 / 22, 20},
		{"A", "story", 100, 100}, {"C", "story", 100 * 2.0 / 3, 0}, {"C", "bug", 100 * 1.0 / 3, 100},
	} {
		row := line(t, doc, "mix", c.team, c.category)
		near(t, c.team+", "+c.category, row, "time", c.time)
		near(t, c.team+", "+c.category, row, "items", c.items)
	}
	if why := whyIn(line(t, doc, "mix", "B", "story"), "items"); why == "" {
		t.Error("B finished nothing, and no reason is told")
	}
	if notes := strings.Join(said(t, doc, "mix"), "\n"); !strings.Contains(notes, "without one, the types of items") {
		t.Errorf("notes %s", notes)
	}
	if why := whyIn(line(t, doc, "drift", "Organisation"), "past"); why == "" {
		t.Error("four weeks have a drift")
	}
}

// Days of people: A's 8 on its own items; B's 6 on its own and 2 on A's; C's 3, D's
// 3. χ = 2/22, χ₀ = 1 − (8·10 + 8·6 + 9 + 9)/22².
func TestIndependenceTables(t *testing.T) {
	doc := spread(t)
	org := line(t, doc, "lenses", "Organisation", "shared people")
	near(t, "people", org, "crosses", 100*2.0/22)
	near(t, "people", org, "by_chance", 100*(1-146.0/484))
	near(t, "people", org, "oii", 1-(2.0/22)/(1-146.0/484))
	near(t, "people of A", line(t, doc, "lenses", "A", "shared people"), "oii", 1)
	near(t, "people of B", line(t, doc, "lenses", "B", "shared people"), "oii", 1-(2.0/22)/(8.0/22*16/22))
	near(t, "people of others", line(t, doc, "lenses", otherTeams, "shared people"), "oii", 1)
	if org["counts"] != "no" || whyIn(org, "oii") == "" || org["p"] != nil {
		t.Errorf("%v", org)
	}
	if notes := strings.Join(said(t, doc, "lenses"), "\n"); !strings.Contains(notes, "Told together, by shared people, for want of five people: C, D.") || !strings.Contains(notes, "By chance can exceed 100 % for a small group") {
		t.Errorf("notes %s", notes)
	}
	for _, c := range []struct {
		team        string
		free, hides float64
	}{{"Organisation", 80, 100}, {"A", 75, 100}} {
		row := line(t, doc, "independence", c.team)
		near(t, c.team, row, "touch_free", c.free)
		near(t, c.team, row, "undeclared", c.hides)
	}
	others := line(t, doc, "independence", otherTeams)
	near(t, "others", others, "touch_free", 100)
	if others["lowest"] != nil && others["lowest"] != "" {
		t.Errorf("others: lowest %v", others["lowest"])
	}
	for _, column := range []string{"oii", "links", "batches", "people", "hand_offs", "together", "raw", "no_hubs", "placed"} {
		if got := whyIn(others, column); valueIn(others, column) != nil || got != "of touch-free and undeclared alone: what a lens tells together stands in table lenses" {
			t.Errorf("others, %s: %v, %q", column, valueIn(others, column), got)
		}
	}
	if got := whyIn(line(t, doc, "independence", "A"), "oii"); got != "no lens has data enough: see table lenses" {
		t.Errorf("A: %q", got)
	}
	if notes := strings.Join(said(t, doc, "independence"), "\n"); !strings.Contains(notes, "Other teams in touch-free and undeclared, of fewer than five people each or told with such: C, D.") {
		t.Errorf("notes %s", notes)
	}
	for column, want := range map[string]string{"touch_free": "nothing of one team finished in the window", "undeclared": "no finished item is known to have crossed teams"} {
		if got := whyIn(line(t, doc, "independence", "B"), column); got != want {
			t.Errorf("B, %s: %q, want %q", column, got, want)
		}
	}
	u := tableOf(t, doc, "undeclared")
	if u.Empty != "no pair of teams is coupled above chance without a link" || len(u.Rows) != 0 || !strings.Contains(u.Notes[0], "of 1 pair with any") {
		t.Errorf("%q, %q", u.Empty, u.Notes)
	}
	none := tableOf(t, told(t, busyStory(), assemble.Rules{By: assemble.ByProject}, 70, nil).Document(), "undeclared")
	if none.Empty != "nobody of one team worked on a finished item of another on two days or more, as far as is known" {
		t.Errorf("nobody known: %q", none.Empty)
	}
}

// A team that bears the organisation's label is a team: it has rows where a lens saw
// ties of it, as under any name.
func TestATeamCalledOrganisation(t *testing.T) {
	rows := func(name string) int {
		s := spreadStory()
		rules := requestRules(s)
		rules.Teams[1].Name = name // B
		return len(tableOf(t, told(t, s, rules, 28, func(in *Input) { in.Weeks = 4 }).Document(), "lenses").Rows)
	}
	if got, want := rows("Organisation"), rows("B"); got != want {
		t.Errorf("%d rows, want %d", got, want)
	}
}

// Seven people of each of four teams; those of A and B each work on eight items of
// the other, and everybody on one of the next team: by turns, so that every pair is tied.
func TestUndeclaredTable(t *testing.T) {
	var b strings.Builder
	teams, n := []string{"A", "B", "C", "D"}, 0
	r := assemble.Rules{By: assemble.ByRules}
	item := func(team, by string) {
		n++
		fmt.Fprintf(&b, "%s-%d story: 0 created; 1 start; %g worklog by %s; %g worklog by %s; 9 done\n", team, n, 2+float64(n%40)/50, by, 3+float64(n%40)/50, by)
	}
	for k, team := range teams {
		for p := range 7 {
			item(team, person(team, p))
			item(teams[(k+1+p%3)%4], person(team, p))
			for range 8 * (1 - min(k/2, 1)) {
				item(teams[1-k], person(team, p))
			}
		}
	}
	s := story.MustParse(b.String())
	for _, team := range teams {
		x := assemble.Team{Name: team, ID: team, Match: assemble.Match{Projects: []string{team}}}
		for p := range 7 {
			x.Members = append(x.Members, assemble.Member{Person: s.Person(person(team, p)), Share: 1})
		}
		r.Teams = append(r.Teams, x)
	}
	doc := told(t, s, r, 28, nil).Document()
	row := line(t, doc, "undeclared", "A", "B")
	// Of A p = 0, 3, 6 visit B besides, of B those with (2+p%3)%4 = 0: p = 2 and 5.
	near(t, "A and B", row, "visits", 2*7*8+3+2)
	near(t, "A and B", row, "links", 0)
	if u := tableOf(t, doc, "undeclared"); len(u.Rows) != 1 || !strings.Contains(u.Notes[0], "of 6 pairs with any") {
		t.Errorf("%d rows, notes %q", len(u.Rows), u.Notes)
	}
	if other := told(t, s, r, 28, func(in *Input) { in.Teams = []string{"C"} }).Document(); len(tableOf(t, other, "undeclared").Rows) != 0 {
		t.Error("A and B are told where C alone is asked for")
	}
}

// Four stories a week for 27 weeks, then eight bugs a week for 26, each of one day:
// twice as many, as this scan and the one a week ago find, and a mix of nothing that
// was.
func TestChangeAndDriftTables(t *testing.T) {
	var b strings.Builder
	n := 0
	for week := range 53 {
		perWeek, typ := 4, "story"
		if week >= 27 {
			perWeek, typ = 8, "bug"
		}
		for k := range perWeek {
			n++
			at := float64(7*week) + float64(k)/10
			fmt.Fprintf(&b, "A-%d %s: %g created; %[3]g start by p%d; %g done by p%[4]d\n", n, typ, at, k, at+1)
		}
	}
	doc := told(t, story.MustParse(b.String()), assemble.Rules{}, 371, nil).Document()
	for _, team := range []string{"Organisation", "A"} {
		row := line(t, doc, "change", team, "Throughput")
		near(t, team, row, "before", 4)
		near(t, team, row, "now", 8)
		near(t, team, row, "ratio", 2)
		if row["verdict"] != "getting better" || row["this_week"] != "getting better" || row["last_week"] != "getting better" || row["unit"] != "items/week" {
			t.Errorf("%v", row)
		}
		near(t, team, line(t, doc, "change", team, "Cycle time"), "now", 1)
		drift := line(t, doc, "drift", team)
		near(t, team, drift, "past", 1)
		if p, ok := drift["past_p"].(float64); !ok || p > 0.01 || whyIn(drift, "plan") == "" {
			t.Errorf("%v", drift)
		}
	}
	sizes := line(t, doc, "change", "Organisation", "Children per batch")
	if sizes["verdict"] != "can't tell" || whyIn(sizes, "ratio") != "a change needs 50 events in 52 weeks" {
		t.Errorf("%v", sizes)
	}
	short := told(t, story.MustParse(b.String()), assemble.Rules{}, 280, nil).Document()
	row := line(t, short, "change", "Organisation", "Throughput")
	near(t, "40 weeks", row, "needs_have", 40)
	near(t, "40 weeks", row, "needs_need", 52)
	if row["verdict"] != "can't tell" || whyIn(row, "ratio") != "a change needs 52 weeks of history" {
		t.Errorf("%v", row)
	}
	if row["reason"] != "a change needs 52 weeks of history" || sizes["reason"] != "a change needs 50 events in 52 weeks" || line(t, doc, "change", "A", "Throughput")["reason"] != nil {
		t.Errorf("reasons: %v, %v", row["reason"], sizes["reason"])
	}
	for _, id := range []string{"teams", "drift"} {
		if got, ok := line(t, short, id, "Organisation")["needs"].(string); !ok || !strings.HasPrefix(got, "40 of 52 weeks, by ") {
			t.Errorf("%s needs %q", id, got)
		}
		if got := line(t, doc, id, "Organisation")["needs"]; got != nil && id == "drift" {
			t.Errorf("%s needs %v", id, got)
		}
	}
	if got := whyIn(line(t, short, "drift", "Organisation"), "past"); got != "a change needs 52 weeks of history" {
		t.Errorf("drift: %q", got)
	}
	// What is short stays on a narrow terminal.
	var out bytes.Buffer
	if err := table.WriteTerminal(&out, table.Document{Tables: []table.Table{tableOf(t, short, "change")}}, table.Options{Width: 100, Zone: time.UTC, All: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "40 of 52 weeks, by ") {
		t.Errorf("no needs at 100 columns:\n%s", &out)
	}
	if !slices.ContainsFunc(said(t, doc, "change"), func(n string) bool { return strings.Contains(n, "Discuss: in both scans, for eight weeks") }) {
		t.Error("nothing says what a talk is asked for")
	}
}
