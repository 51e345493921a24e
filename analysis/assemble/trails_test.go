package assemble

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
)

// trail tells what people did to an item.
func (o tale) trail(s *story.Story, key string) string {
	var out []string
	for _, e := range o.Org.Trails.Of(o.item(key)) {
		out = append(out, fmt.Sprintf("%s %s %v", o.day(e.At), s.People[e.By-1], e.Deed))
	}
	return strings.Join(out, "; ")
}

// runs tells the values of a column over time.
func runs[T ~uint8 | ~uint16 | ~uint32](o tale, r work.Runs[T], key string, name func(T) string) string {
	var out []string
	from, val := r.Of(o.item(key))
	for k := range val {
		out = append(out, o.day(from[k])+" "+name(val[k]))
	}
	return strings.Join(out, "; ")
}

func TestTrails(t *testing.T) {
	s := parse(t, `A-1 story: 0 created by ana; 1 assign ben by ana; 1 label +x by ana; 1 due 2025-02-01 by ana; 2 start by ben; 3 worklog by ben; 4 done by robo
  4 comment 50 by robo; 5 comment 50 by ana; 5 comment 9 by ana; 6 priority High; 7 flag by ana-gh; 8 relates to A-2 by ana; 9 unlink A-2 by ana
acme/web#1 pull: 2 created by ana; 1 commit by ben; 3 review by cy; 3 column Odd by cy; 4 merge by cy; 5 review
acme/web/milestone/1 milestone: 0 created by cy; 4 done by ana`)
	rules := Rules{Bots: []fact.Person{s.Person("robo")}, People: [][]fact.Person{{s.Person("ana"), s.Person("ana-gh")}}}
	o := assembled(t, rules, s, s.Facts())
	for key, want := range map[string]string{
		// The label and the due day are edits of one instant; status and resolution
		// are one move. Two comments are two, the shorter one first. Taking a link away is
		// an edit.
		"A-1":                  "0 ana created; 1 ana assigned; 1 ana edited; 2 ben moved; 3 ben logged work; 5 ana commented; 5 ana commented; 7 ana edited; 8 ana linked; 9 ana edited",
		"acme/web#1":           "1 ben committed; 2 ana created; 3 cy moved; 3 cy reviewed; 4 cy moved",
		"acme/web/milestone/1": "0 cy created; 4 ana moved",
	} {
		if got := o.trail(s, key); got != want {
			t.Errorf("%s: %s\nwant %s", key, got, want)
		}
	}
	events := o.Org.Trails.Of(o.item("A-1"))
	if a, b := events[5], events[6]; a.Length != fact.Short || b.Length != fact.Medium || a.Substantive() || !b.Substantive() {
		t.Errorf("comments %+v, %+v", a, b)
	}
	if got := o.Org.PullOf(o.item("acme/web#1")).Unsigned; !slices.Equal(got, []fact.Instant{s.Day(5)}) {
		t.Errorf("reviewed by nobody who is told: %v", got)
	}
	if got := o.Org.At(fact.Never).Trail(o.item("A-1")); len(got) != 10 {
		t.Errorf("of all times: %v", got)
	}
	if got := o.Org.At(-5).Trail(o.item("A-1")); len(got) != 0 {
		t.Errorf("before all times: %v", got)
	}
	if got := o.on(1.5).Trail(o.item("A-1")); len(got) != 3 {
		t.Errorf("on day 1.5: %v", got)
	}
}

// Facts may tell of deeds before the creation, without an instant, and of kinds
// that nobody knows.
func TestTrailsOfOddFacts(t *testing.T) {
	s := parse(t, "A-1 story: 5 created by ana")
	records := s.Facts()
	r, by := records[0], s.Person("ana")
	r.Changes = []fact.Change{
		{ID: "1", At: s.Day(1), By: by, Kind: fact.KindStatus, To: fact.Value{Text: "Done"}},
		{ID: "2", At: s.Day(2), By: by, Kind: fact.KindResolution},
		{ID: "3", At: s.Day(6), By: by, Kind: 200},
	}
	r.Involvement = []fact.Involvement{
		{ID: "1", At: s.Day(2), By: by, Act: fact.ActWorklog}, {ID: "2", By: by, Act: fact.ActReview},
		{ID: "3", At: s.Day(2), By: by, Act: fact.ActCommit}, {ID: "4", At: s.Day(7), By: by, Act: 200}, {ID: "5", At: s.Day(7), Act: fact.ActComment},
	}
	o := assembled(t, Rules{}, s, records)
	want := " ana reviewed; 2 ana committed; 5 ana created; 5 ana moved; 5 ana logged work; 6 ana edited; 7 ana commented"
	if got := o.trail(s, "A-1"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := o.on(9).Trail(o.item("A-1")); len(got) != 6 {
		t.Errorf("without what has no instant: %v", got)
	}
}

func TestAssignees(t *testing.T) {
	s := parse(t, `A-1 story: 0 created; 1 assign ana; 2 assign ana-gh; 3 assign robo; 4 assign ben; 5 unassign; 6 unassign
A-2 story: 0 created; 1 assign ana; 1 unassign; 2 assign ben; 3 assign robo; 3 assign ben
A-3 story: 0 created; 1 comment 9 by cy
acme/web#1 bug: 0 created; 1 assign ana; 2 assign ben`)
	rules := Rules{Bots: []fact.Person{s.Person("robo")}, People: [][]fact.Person{{s.Person("ana"), s.Person("ana-gh")}}}
	records := s.Facts()
	record(t, records, "A-3").Assignee = s.Person("cy") // since ever, for all that is told
	o := assembled(t, rules, s, records)
	name := func(p fact.Person) string { return append([]string{"nobody"}, s.People...)[p] }
	for key, want := range map[string]string{
		"A-1": "1 ana; 3 nobody; 4 ben; 5 nobody", "A-2": "2 ben", "A-3": "0 cy", "acme/web#1": "1 ana; 2 ben",
	} {
		if got := runs(o, o.Org.Assignees, key, name); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	// In a repository one of several is taken out, or the one who was put in last.
	for _, c := range []struct {
		story string
		want  string
	}{{"ana", "1 ana; 2 ben"}, {"ben", "1 ana; 2 ben; 3 nobody"}} {
		r := record(t, records, "acme/web#1")
		r.Changes = []fact.Change{
			{ID: "1", At: s.Day(1), Kind: fact.KindAssignee, To: fact.Value{Person: s.Person("ana")}},
			{ID: "2", At: s.Day(2), Kind: fact.KindAssignee, To: fact.Value{Person: s.Person("ben")}},
			{ID: "3", At: s.Day(3), Kind: fact.KindAssignee, From: fact.Value{Person: s.Person(c.story)}},
		}
		o := assembled(t, rules, s, records)
		if got := runs(o, o.Org.Assignees, "acme/web#1", name); got != c.want {
			t.Errorf("without %s: %s, want %s", c.story, got, c.want)
		}
	}
}

func TestDueAndPoints(t *testing.T) {
	s := parse(t, `A-1 epic: 0 created; 1 due 2025-02-01; 3 due 2025-03-01; 2 estimate 3; 4 estimate 0.5; 5 estimate 1e9
A-2 epic: 0 created; 1 comment 9
A-3 epic: 0 created`)
	records := s.Facts()
	first := record(t, records, "A-1")
	first.Changes = append(first.Changes, fact.Change{ID: "98", At: s.Day(7), Kind: fact.KindDue, To: fact.Value{Text: "soon"}})
	second := record(t, records, "A-2")
	second.Due, second.Estimate = "2025-04-30", 8 // since ever, for all that is told
	third := record(t, records, "A-3")
	third.Changes = []fact.Change{
		{ID: "1", At: s.Day(1), Kind: fact.KindEstimate, From: fact.Value{ID: "2.0", Text: "2,5"}, To: fact.Value{Text: "many"}},
		{ID: "2", At: s.Day(2), Kind: fact.KindEstimate, To: fact.Value{ID: "4"}},
		{ID: "3", At: s.Day(3), Kind: fact.KindDue, From: fact.Value{Text: "2024-02-29 00:00:00.0"}, To: fact.Value{Text: "2024-02-30"}},
	}
	o := assembled(t, Rules{}, s, records)
	day := func(d work.Date) string {
		if d == 0 {
			return "-"
		}
		return d.Begins(o.Org.Zone).Time().Format("06-01-02")
	}
	points := func(p work.Points) string { return fmt.Sprint(float64(p) / 100) }
	for key, want := range map[string]string{
		"A-1": "1 25-02-01; 3 25-03-01; 7 -, 2 3; 4 0.5; 5 0", "A-2": "0 25-04-30, 0 8", "A-3": "0 24-02-29; 3 -, 0 2.5; 1 0; 2 4",
	} {
		if got := runs(o, o.Org.Due, key, day) + ", " + runs(o, o.Org.Points, key, points); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	if c := o.Org.Coverage; c.OddDates != 2 || c.OddPoints != 2 {
		t.Errorf("%d odd dates, %d odd points", c.OddDates, c.OddPoints)
	}
}

func TestPeople(t *testing.T) {
	rules := Rules{
		By: ByRules, People: [][]fact.Person{{1, 11}}, Bots: []fact.Person{9},
		Teams: []Team{
			{Name: "One", Kind: "platform", Match: Match{Projects: []string{"A"}}, Members: []Member{{Person: 2, From: 5, Share: 0.5}, {Person: 1, Share: 1}, {Person: 9, Share: 1}, {Share: 1}}},
			{Name: "Two", Members: []Member{{Person: 2, From: 1, Until: 5, Share: 0.5}, {Person: 11, From: 7}, {Person: 11, From: 7}}},
		},
		Reorganised: []Reorganisation{{At: 9}, {At: 3, Teams: []int{1, 0, 1, 7}}, {At: 4, Teams: []int{-1}}},
		Bands:       []Band{{Team: -1, Metric: "F1", High: 9}, {Team: 1, Metric: "F5", Low: 2}, {Team: 2, Metric: "F5"}},
	}
	o := tell(t, rules, "A-1 story: 0 created")
	want := []work.Membership{
		{Person: 1, Team: 2, Share: 1}, {Person: 1, Team: 3, From: 7, Share: 1},
		{Person: 2, Team: 3, From: 1, Until: 5, Share: 0.5}, {Person: 2, Team: 2, From: 5, Share: 0.5},
	}
	if !slices.Equal(o.Org.Members, want) {
		t.Errorf("members %+v", o.Org.Members)
	}
	if got := fmt.Sprint(o.Org.Reorganised); got != fmt.Sprint([]work.Reorganisation{{At: 3, Teams: []work.TeamID{2, 3}}, {At: 9}}) {
		t.Errorf("reorganised %v", got)
	}
	if !slices.Equal(o.Org.Bands, []work.Band{{Team: work.NoTeam, Metric: "F1", High: 9}, {Team: 3, Metric: "F5", Low: 2}}) {
		t.Errorf("bands %+v", o.Org.Bands)
	}
	if o.Org.Teams[2].Kind != "platform" || o.Org.Teams[3].Kind != "" {
		t.Errorf("teams %+v", o.Org.Teams)
	}
}
