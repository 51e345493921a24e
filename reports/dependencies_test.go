package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact/story"
	"smokestack/reports/table"
)

var byProject = assemble.Rules{By: assemble.ByProject}

// A and B depend on each other, C on A, and D on nobody. A and B reach 2 teams
// each, themselves included, C 3 and D 1: 8 of 16 pairs. In the matrix C stands
// before those it depends on.
func TestHowTeamsHangTogether(t *testing.T) {
	tale := items("A", 1, 2, "0 created; 15 start; 16 blocked by B-3") + items("B", 1, 2, "0 created; 15 start; 16 blocked by A-3") +
		items("C", 1, 2, "0 created; 15 start; 16 blocked by A-3") + "A-3 story: 0 created; 15 start\nB-3 story: 0 created; 15 start\nD-1 story: 0 created; 15 start\n"
	doc := told(t, story.MustParse(tale), byProject, 28, nil).Document()
	rows := grid(t, doc, "dependencies")
	org := rows["Organisation"]
	for id, want := range map[string]any{"propagation": 0.5, "cycles": 1.0, "largest_cycle": 50.0, "mutual": 1.0, "density": nil, "hub": nil, "cycle": nil, "reaches": nil} {
		if got := valueIn(org, id); got != want {
			t.Errorf("%s of the organisation: %v, want %v", id, got, want)
		}
	}
	for team, want := range map[string]string{"A": "1 2 1 1", "B": "1 2 1 1", "C": "2 0 <nil> 0", "D": "0 0 <nil> 0"} {
		r := rows[team]
		if got := fmt.Sprint(r["reaches"], r["reached_by"], r["cycle"], r["mutual"]); got != want {
			t.Errorf("%s reaches, is reached by, circle, mutual: %s, want %s", team, got, want)
		}
	}
	tab := tableOf(t, doc, "dependencies")
	noteWith(t, tab, "in a circle: 1: A, B. The largest holds 50 % of 4 teams")
	noteWith(t, tab, "Directly on each other: A and B.")
	noteWith(t, tab, "each team itself included: 0.50 (4 teams)")
	noteWith(t, tab, "can't tell (fewer than 3 teams with 20 items in the window; there are 0)")
	noteWith(t, tab, "Hub: can't tell; it needs 20 dependencies between teams, and there are 6.")
	matrix := tableOf(t, doc, "matrix")
	var order []string
	for _, c := range matrix.Columns[1:] {
		order = append(order, c.Title)
	}
	if want := []string{"C", "A", "B"}; !slices.Equal(order, want) {
		t.Errorf("the matrix is in the order %v, want %v", order, want)
	}
	noteWith(t, matrix, "in a circle: 1: A, B.")
}

// Two items in progress for ten days each, one of them flagged for three.
func TestBlockedColumn(t *testing.T) {
	doc := told(t, story.MustParse("A-1 story: 0 created; 14 start; 18 flag; 21 unflag; 24 done\nA-2 story: 0 created; 14 start; 24 done\nB-1 story: 0 created; 20 done\n"), byProject, 28, nil).Document()
	rows := grid(t, doc, "dependencies")
	if got := valueIn(rows["A"], "blocked"); got != 15.0 {
		t.Errorf("blocked %v %%, want 3 of 20 days", rows["A"]["blocked"])
	}
	b := rows["B"]["blocked"].(map[string]any)
	if why := fmt.Sprint(b["why"]); b["value"] != nil || !strings.Contains(why, "fewer than 60 % of what finished has a known start") {
		t.Errorf("B went to done without being in progress: %v", b)
	}
}

// 15 of 20 dependencies between teams land on P.
func TestHubIsASentence(t *testing.T) {
	tale := items("A", 1, 15, "0 created; 15 start; 16 blocked by P-1") + items("B", 1, 5, "0 created; 15 start; 16 blocked by A-1") + "P-1 story: 0 created; 15 start\n"
	doc := told(t, story.MustParse(tale), byProject, 28, nil).Document()
	if got := valueIn(grid(t, doc, "dependencies")["Organisation"], "hub"); got != 75.0 {
		t.Errorf("hub %v, want 75", got)
	}
	tab := tableOf(t, doc, "dependencies")
	noteWith(t, tab, "Hub: of 20 dependencies between teams 75 % (")
	noteWith(t, tab, "land on P; if they fell on the teams by the number of their items, one team would get as many with p = 0.")
	noteWith(t, tab, "A platform team is supposed to be a hub.")
}

// taxStory: thirty of A's items depend on C as they begin and take eight days,
// thirty take four. Twelve of B's depend, over eight weeks: thirty will have
// after twenty.
const taxDays = 56

func taxStory() string {
	return items("A", 10, 30, "0 created; 0 blocked by C-1; 1.%d start; 9.%d done") + items("A", 50, 30, "0 created; 1.%d start; 5.%d done") +
		items("B", 10, 12, "0 created; 0 blocked by C-1; 1.%d start; 5.%d done") + items("B", 50, 20, "0 created; 1.%d start; 5.%d done") +
		"A-90 story: 0 created; 0 blocked by X-1; 2 start; 4 done\nC-1 story: 0 created\nD-1 story: 0 created; 30 done\n"
}

// All that took four days have ended before any of the others: the log-rank test
// expects 15 of 30 with a variance of 3.81, so that χ² is 59 and p 1.6e-14.
func TestTaxTable(t *testing.T) {
	doc := told(t, story.MustParse(taxStory()), byProject, taxDays, nil).Document()
	rows := grid(t, doc, "tax")
	a := rows["A"]
	if a["dependent"] != 30.0 || a["rest"] != 30.0 || a["unsure"] != 1.0 || a["needs"] != nil {
		t.Errorf("A %v", a)
	}
	if x := a["tax"].(map[string]any); x["n"] != 60.0 || x["value"].(float64) < 1.999 || x["value"].(float64) > 2.001 {
		t.Errorf("A's items took %v times as long, want 2", x)
	}
	if p := a["log_rank_p"].(float64); p < 1.5e-14 || p > 1.7e-14 {
		t.Errorf("p %v, want 1.6e-14", p)
	}
	b := rows["B"]
	if b["dependent"] != 12.0 || b["needs"] != "12 of 30 items, by 2025-05-26" || b["needs_have"] != 12.0 || b["needs_need"] != 30.0 || valueIn(b, "tax") != nil || b["log_rank_p"] != nil {
		t.Errorf("B %v", b)
	}
	// Of what was never in progress it is not items that are short.
	if d := rows["D"]; d["needs"] != nil || d["tax"].(map[string]any)["why"] != "fewer than 60 % of what finished has a known start: most was never in progress" {
		t.Errorf("D %v", d)
	}
	if text := strings.Join(tableOf(t, doc, "tax").Notes, " "); !strings.Contains(text, "It went with the dependency, which is not to say that it was caused by it") {
		t.Errorf("tax says %q", text)
	}
}

// Three of four promised items without a dependency are on time, and eight of
// ten with one: p̂ is 0.8.
func TestOnTimeTable(t *testing.T) {
	const due = "0 created; 0 due 2025-01-20; "
	tale := items("A", 10, 3, due+"2.%d start; 9.%d done") + items("A", 20, 1, due+"2.%d start; 20.%d done") +
		items("A", 30, 8, due+"1 blocked by B-1; 2.%d start; 9.%d done") + items("A", 40, 2, due+"1 blocked by B-1; 2.%d start; 20.%d done") + "B-1 story: 0 created\n"
	doc := told(t, story.MustParse(tale), byProject, 28, nil).Document()
	rows := grid(t, doc, "ontime")
	for n, want := range map[string]string{"0": "4 75 100", "1": "10 80 80"} {
		r := rows[n]
		if got := fmt.Sprintf("%v %v %.6g", r["items"], valueIn(r, "on_time"), r["fitted"]); got != want {
			t.Errorf("with %s dependencies %s, want %s: %v", n, got, want, r)
		}
		if x := r["on_time"].(map[string]any); x["low"] == nil || x["high"] == nil {
			t.Errorf("no interval: %v", x)
		}
	}
	noteWith(t, tableOf(t, doc, "ontime"), "p̂ = 0.80, the p that fits 10 items with a dependency best")
	// Nine are too few for a curve.
	tale = strings.Replace(tale, "A-41", "Z-41", 1)
	tale = strings.Replace(tale, "Z-41 story: 0 created; 0 due 2025-01-20; 1", "Z-41 story: 0 created; 1", 1)
	doc = told(t, story.MustParse(tale), byProject, 28, nil).Document()
	if r := grid(t, doc, "ontime")["1"]; r["items"] != 9.0 || r["fitted"] != nil {
		t.Errorf("with one dependency %v", r)
	}
	noteWith(t, tableOf(t, doc, "ontime"), "it needs 10 promised items with a dependency, and there are 9")
	none := told(t, busyStory(), byProject, 70, nil).Document()
	if got := tableOf(t, none, "ontime").Empty; got != "no item that began in these weeks was promised for a day that is over" {
		t.Errorf("without promises: %q", got)
	}
}

// requestRules has teams A of seven people, B of six, C of two and D of three.
func requestRules(s *story.Story) assemble.Rules {
	r := assemble.Rules{By: assemble.ByRules}
	for team, n := range map[string]int{"A": 7, "B": 6, "C": 2, "D": 3} {
		x := assemble.Team{Name: team, ID: team, Match: assemble.Match{Projects: []string{team}}}
		for k := range n {
			x.Members = append(x.Members, assemble.Member{Person: s.Person(person(team, k)), Share: 1})
		}
		r.Teams = append(r.Teams, x)
	}
	slices.SortFunc(r.Teams, func(x, y assemble.Team) int { return strings.Compare(x.Name, y.Name) })
	return r
}

func person(team string, k int) string { return fmt.Sprintf("%s%d", strings.ToLower(team), k) }

// requestStory: A asks B for twenty items on day 14. Eleven are answered after a
// day, begun after six and done after ten; of nine nobody hears for twenty days,
// and three of these are dropped after 26. C asks A for one, late, which is open.
// Everybody is seen on days 10 and 40.
func requestStory() string {
	var b strings.Builder
	for _, team := range []string{"A", "B", "C", "D"} {
		fmt.Fprintf(&b, "%s-900 story: 0 created", team)
		for k := range map[string]int{"A": 7, "B": 6, "C": 2, "D": 3}[team] {
			fmt.Fprintf(&b, "; 10 comment 50 by %s; 40 comment 50 by %[1]s", person(team, k))
		}
		b.WriteString("\n")
	}
	b.WriteString(items("B", 10, 11, "14 created by a0; 15.%d comment 50 by b0; 20.%d start by b0; 24.%d done by b0"))
	b.WriteString(items("B", 30, 6, "14 created by a0; 34.%d start by b0; 40.%d done by b0"))
	b.WriteString(items("B", 40, 3, "14 created by a0; 34.%d start by b0; 40.%d drop by b0"))
	b.WriteString("A-1 story: 50 created by c0\nB-2 story: 30 created by nobody\n")
	return b.String()
}

func TestRequestsTable(t *testing.T) {
	s := story.MustParse(requestStory())
	doc := told(t, s, requestRules(s), 56, nil).Document()
	tab := tableOf(t, doc, "requests")
	rows := grid(t, doc, "requests") // of equal receivers the last: the pair
	b := rows["B"]
	if b["asking"] != "A" || b["asked"] != 20.0 || b["open"] != 0.0 || valueIn(b, "open_p50") != nil {
		t.Errorf("A asks B: %v", b)
	}
	near := func(id string, want, by float64, n float64) {
		t.Helper()
		x := b[id].(map[string]any)
		if v, ok := x["value"].(float64); !ok || v < want-by || v > want+by || x["n"] != n || x["low"] == nil || x["high"] == nil {
			t.Errorf("%s %v, want %v of %v", id, x, want, n)
		}
	}
	near("wait_p50", 6, 0.3, 20)
	near("response_p50", 1, 0.3, 20)
	near("quiet", 45, 1e-9, 20)
	near("declined", 15, 1e-9, 20)
	a := rows["A"]
	if a["asking"] != "(other teams)" || a["asked"] != 1.0 || a["open"] != 1.0 || valueIn(a, "open_p50") != 6.0 {
		t.Errorf("C asks A: %v", a)
	}
	if org := rows["Organisation"]; org["asking"] != "(all)" || org["asked"] != 21.0 {
		t.Errorf("organisation %v", org)
	}
	if n := len(tab.Rows); n != 5 {
		t.Errorf("%d rows, want the organisation, two that receive and two pairs", n)
	}
	noteWith(t, tab, "Not for performance review")
	noteWith(t, tab, "Other teams, of fewer than five people each or told with such: C, D.")
	noteWith(t, tab, "Items of these weeks that cannot be requests: 1 by people whose team is not known, such as those who only file, 4 by bots, or by nobody who is told.")
	for id := range rows {
		if id == "C" || id == "D" {
			t.Errorf("a row of team %s, which is of few people", id)
		}
	}
}

// What was asked before the weeks shown has no row, and is counted where it is open.
func TestOldRequestsAreNoRows(t *testing.T) {
	s := story.MustParse(requestStory() + "B-3 story: 20 created by a0\n")
	tab := tableOf(t, told(t, s, requestRules(s), 56, func(in *Input) { in.Weeks = 4 }).Document(), "requests")
	if len(tab.Rows) != 3 {
		t.Errorf("%d rows, want the organisation, A, and what C and D ask of it", len(tab.Rows))
	}
	noteWith(t, tab, "Nothing was asked in these weeks, and there are older requests, of B (1 open).")
}

// With a filter only what the team asks and is asked has a row; and with few
// people nothing does.
func TestRequestsOfOneTeamAndOfFewPeople(t *testing.T) {
	s := story.MustParse(requestStory())
	tab := tableOf(t, told(t, s, requestRules(s), 56, func(in *Input) { in.Teams = []string{"B"} }).Document(), "requests")
	if len(tab.Rows) != 3 {
		t.Errorf("%d rows, want the organisation, B, and A of B", len(tab.Rows))
	}
	// A team that is told with others keeps the row of these, as in table focus.
	small := told(t, s, requestRules(s), 56, func(in *Input) { in.Teams = []string{"C"} }).Document()
	var of []string
	tab = tableOf(t, small, "requests")
	for _, r := range grid(t, small, "requests") {
		of = append(of, fmt.Sprint(r["asking"], "→", r["receiving"]))
	}
	if slices.Sort(of); !slices.Equal(of, []string{"(all)→Organisation", "(other teams)→A"}) {
		t.Errorf("%d rows of C: %q", len(tab.Rows), of)
	}
	few := tableOf(t, told(t, busyStory(), byProject, 70, nil).Document(), "requests")
	if few.Empty != "can't tell: fewer than 5 people are known to belong to a team" || len(few.Rows) > 0 {
		t.Errorf("%d rows, %q", len(few.Rows), few.Empty)
	}
}

// Twenty pairs have a row; the others are counted.
func TestManyPairsOfRequests(t *testing.T) {
	var b strings.Builder
	for n := range 6 {
		team := string(rune('A' + n))
		fmt.Fprintf(&b, "%s-900 story: 0 created", team)
		for k := range 5 {
			fmt.Fprintf(&b, "; 1 comment 50 by %s", person(team, k))
		}
		b.WriteString("\n")
	}
	for asking := range 6 {
		for of := range 6 {
			if asking != of {
				fmt.Fprintf(&b, "%c-%d story: 10 created by %s\n", 'A'+of, 10+asking, person(string(rune('A'+asking)), 0))
			}
		}
	}
	b.WriteString("F-50 story: 10 created by a0\n")
	s := story.MustParse(b.String())
	r := assemble.Rules{By: assemble.ByRules}
	for n := range 6 {
		team := string(rune('A' + n))
		x := assemble.Team{Name: team, ID: team, Match: assemble.Match{Projects: []string{team}}}
		for k := range 5 {
			x.Members = append(x.Members, assemble.Member{Person: s.Person(person(team, k)), Share: 1})
		}
		r.Teams = append(r.Teams, x)
	}
	tab := tableOf(t, told(t, s, r, 28, nil).Document(), "requests")
	if len(tab.Rows) != 1+6+shownRequests {
		t.Errorf("%d rows", len(tab.Rows))
	}
	if got := fmt.Sprint(tab.Rows[7][:3]); got != fmt.Sprint([]table.Cell{table.Words("F"), table.Words("A"), table.Count(2)}) {
		t.Errorf("the first pair is %s, want what A asks of F", got)
	}
	noteWith(t, tab, "Without a row: 10 more pairs of teams, with 10 items asked between them.")
}
