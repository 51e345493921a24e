package focus_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/batch"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/focus"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// story is a told story with its people in their teams.
type story struct{ assembletest.Told }

// tell tells a story; of says, for every team, who belongs to it ("ana ben@30" is
// ana all the time, and ben from day 30 on).
func tell(t testing.TB, text string, of map[string]string) story {
	t.Helper()
	s := story{assembletest.Tell(t, assemble.Rules{}, text)}
	for team, people := range of {
		for _, one := range strings.Fields(people) {
			name, span, _ := strings.Cut(one, "@")
			m := work.Membership{Person: s.Person(name), Team: s.Team(team), Share: 1}
			from, until := 0.0, 0.0
			if _, err := fmt.Sscanf(span, "%f-%f", &from, &until); err == nil {
				m.Until = s.Day(until)
			}
			if from > 0 {
				m.From = s.Day(from)
			}
			s.Org.Members = append(s.Org.Members, m)
		}
	}
	slices.SortFunc(s.Org.Members, func(a, b work.Membership) int {
		return cmp.Or(cmp.Compare(a.Person, b.Person), cmp.Compare(a.From, b.From))
	})
	return s
}

func (s story) focus(day float64, weeks int) *focus.Analysis { return analyse(s.Cut(day, weeks)) }

func analyse(c *work.Cut) *focus.Analysis {
	f := flow.Analyse(c)[0]
	return focus.Analyse(f, batch.All(c.View, c.Lives), c.View.Homes())
}

// row finds the row of a team, of all ("") or of the others ("others").
func (s story) row(a *focus.Analysis, name string) focus.Row {
	s.T.Helper()
	for _, r := range a.Rows {
		if name == "" && r.All || name == "others" && r.Others || !r.All && !r.Others && s.Teams[r.Team].Name == name {
			return r
		}
	}
	s.T.Fatalf("no row %q of %d: %s", name, len(a.Rows), a.Why)
	return focus.Row{}
}

var five = []string{"ana", "ben", "cy", "dee", "eli"}

// present makes five people do something on every day given, on items of a team
// that nobody begins.
func present(team string, people []string, days ...int) string {
	var b strings.Builder
	for n, p := range people {
		fmt.Fprintf(&b, "%s-%d story: 0 created", team, 900+n)
		for _, d := range days {
			fmt.Fprintf(&b, "; %d label +d%d by %s", d, d, p)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// items are n of an epic, in progress from a day on.
func items(team, epic string, first, n int, from float64) string {
	var b strings.Builder
	for k := range n {
		in := ""
		if epic != "" {
			in = " in " + epic
		}
		fmt.Fprintf(&b, "%s-%d story%s: 0 created; %g start\n", team, first+k, in, from)
	}
	return b.String()
}

// k equal batches are k, but for the term by Miller and Madow: k·exp((k−1)/2n).
func TestParallelOfEqualBatches(t *testing.T) {
	for _, c := range []struct{ k, m int }{{1, 10}, {2, 5}, {2, 18}, {4, 3}, {10, 1}, {10, 7}} {
		text := present("A", five, 1, 16, 27, 35)
		for e := range c.k {
			text = fmt.Sprintf("E-%d epic: 0 created\n", e+1) + text + items("A", fmt.Sprintf("E-%d", e+1), 1+20*e, c.m, 0)
		}
		s := tell(t, text, map[string]string{"A": strings.Join(five, " ")})
		n := c.k * c.m
		want := float64(c.k) * math.Exp(float64(c.k-1)/float64(2*n))
		for _, weeks := range []int{2, 4} {
			r := s.row(s.focus(28, weeks), "")
			s.Value(fmt.Sprintf("%d batches of %d", c.k, c.m), r.Parallel, want, n)
			s.Value("per person", r.Scatter, want/5, n)
			if r.Parallel.Bounded() || r.Parallel.Why == "" || r.Batchless.Value != 0 || r.People != 5 {
				t.Errorf("%+v", r)
			}
		}
		s.Value("the team", s.row(s.focus(28, 4), "A").Parallel, want, n)
	}
}

// byHand is N₁ of stretches that hold weights and items by batch, without one batch.
func byHand(stretches [][][2]float64, without int) float64 {
	sum, n := 0.0, 0.0
	for _, s := range stretches {
		var w []float64
		items := 0.0
		for b, x := range s {
			if b != without && x[0] > 0 {
				w, items = append(w, x[0]), items+x[1]
			}
		}
		if len(w) > 0 {
			sum, n = sum+math.Exp(stats.Entropy(w)+float64(len(w)-1)/(2*items)), n+1
		}
	}
	return sum / n
}

// Two fortnights by hand: E-1 has four items all the time, E-2 three that end on
// day 7, E-3 six from day 14 on. The mean of exp(H) of both, and the jackknife over
// the three batches, against Student's t of two degrees of freedom (4.302653).
func TestParallelByFortnights(t *testing.T) {
	text := "E-1 epic: 0 created\nE-2 epic: 0 created\nE-3 epic: 0 created\n" + present("A", five, 1, 16, 27, 35) + items("A", "E-1", 1, 4, 0) + items("A", "E-3", 200, 6, 14)
	for n := range 3 {
		text += fmt.Sprintf("A-%d story in E-2: 0 created; 0 start; 7 done\n", 100+n)
	}
	s := tell(t, text, map[string]string{"A": strings.Join(five, " ")})
	got := s.row(s.focus(28, 4), "").Parallel
	stretches := [][][2]float64{{{4 * 14, 4}, {3 * 7, 3}, {0, 0}}, {{4 * 14, 4}, {0, 0}, {6 * 14, 6}}}
	value := byHand(stretches, -1)
	s.Value("value", got, value, 13)
	var without []float64
	mean, squares := 0.0, 0.0
	for b := range 3 {
		without = append(without, byHand(stretches, b))
		mean += without[b] / 3
	}
	for _, x := range without {
		squares += (x - mean) * (x - mean)
	}
	half := 4.302653 * math.Sqrt(squares*2/3)
	if math.Abs(got.Low-max(1, value-half)) > 1e-5 || math.Abs(got.High-value-half) > 1e-5 || got.Coverage != 1 {
		t.Errorf("%v: %v–%v, want %v–%v", got.Value, got.Low, got.High, max(1, value-half), value+half)
	}
	// A window of five weeks holds two fortnights: the last ones.
	s.Value("of five weeks", s.row(s.focus(28, 5), "").Parallel, value, 13)
}

func TestParallelIsNotTold(t *testing.T) {
	epic, all := "E-1 epic: 0 created\n", map[string]string{"A": strings.Join(five, " ")}
	scene := epic + present("A", five, 1, 16, 27, 35)
	s := tell(t, scene+items("A", "E-1", 1, 10, 0)+items("A", "", 100, 10, 0), all)
	s.Value("half outside", s.row(s.focus(28, 4), "").Parallel, 1, 10)
	if r := s.row(s.focus(28, 4), ""); r.Batchless.Value != 0.5 || r.Batchless.N != 20 || r.Parallel.Coverage != 0.5 {
		t.Errorf("batchless %v, coverage %v", r.Batchless, r.Parallel.Coverage)
	}
	s.Unknown("one week", s.row(s.focus(28, 1), "").Parallel, 0, "the window is shorter than two weeks")
	s.Unknown("one week", s.row(s.focus(28, 1), "").Batchless, 0, "the window is shorter than two weeks")
	s = tell(t, scene+items("A", "E-1", 1, 10, 0)+items("A", "", 100, 11, 0), all)
	s.Unknown("more than half outside", s.row(s.focus(28, 4), "").Parallel, 10, "more than half of the time in progress is outside batches")
	s = tell(t, scene+items("A", "E-1", 1, 9, 0), all)
	s.Unknown("nine", s.row(s.focus(28, 4), "").Parallel, 9, "fewer than 10 items in progress have a batch")
	s = tell(t, scene, all)
	s.Unknown("nothing", s.row(s.focus(28, 4), "").Parallel, 0, "nothing was in progress")
	if r := s.row(s.focus(28, 4), ""); !math.IsNaN(r.Batchless.Value) || r.Scatter.Known() {
		t.Errorf("%+v", r)
	}
}

// A drawer is no batch: children written and finished in four months, open for 200
// days. Its time is outside batches.
func TestDrawersAreNoBatches(t *testing.T) {
	text := "E-1 epic: 0 created\nE-2 epic: 0 created\n" + present("A", five, 190)
	for n := range 4 {
		text += fmt.Sprintf("A-%d story in E-1: %d created; %d start; %d done\n", n+1, 30*n+2, 30*n+3, 30*n+8)
	}
	drawer := items("A", "E-1", 100, 12, 180)
	s := tell(t, text+drawer+items("A", "E-2", 200, 12, 180), map[string]string{"A": strings.Join(five, " ")})
	r := s.row(s.focus(203, 2), "")
	s.Value("half of it", r.Parallel, 1, 12)
	if r.Batchless.Value != 0.5 {
		t.Errorf("outside %v", r.Batchless)
	}
}

// Rows hold the time of their teams: an item that changes hands counts for both, and
// a team that was reorganised is told of the weeks since.
func TestParallelOfTeams(t *testing.T) {
	other := []string{"fay", "gil", "hal", "ida", "jo"}
	text := "E-1 epic: 0 created\nE-2 epic: 0 created\nE-3 epic: 0 created\n" + present("A", five, 1, 16, 27, 35) + present("B", other, 1, 16) +
		items("A", "E-1", 1, 10, 0) + items("B", "E-2", 1, 10, 0)
	for n := range 10 { // of A in the first fortnight, of B in the second
		text += fmt.Sprintf("A-%d story in E-3: 0 created; 0 start; 14 move B-%d\n", 500+n, 500+n)
	}
	s := tell(t, text, map[string]string{"A": strings.Join(five, " "), "B": strings.Join(other, " ")})
	a := s.focus(28, 4)
	two := 2 * math.Exp(1.0/40)
	s.Value("A", s.row(a, "A").Parallel, (two+1)/2, 20)
	s.Value("B", s.row(a, "B").Parallel, (1+two)/2, 20)
	s.Value("all", s.row(a, "").Parallel, 3*math.Exp(2.0/60), 30)
	s.Org.Reorganised = []work.Reorganisation{{At: s.Day(14), Teams: []work.TeamID{s.Team("A")}}}
	a = s.focus(28, 4)
	s.Value("A since", s.row(a, "A").Parallel, 1, 10)
	s.Value("all", s.row(a, "").Parallel, 3*math.Exp(2.0/60), 30)
}

// Who contributes to an item, besides ana to whom it is assigned.
func TestSoloByHand(t *testing.T) {
	for _, c := range []struct {
		name, a1, rest string
		solo           float64
		told           int
	}{
		{"nobody else", "", "", 1, 0},
		{"another assignee before the start", "; 0.5 assign ben; 0.6 assign ana", "", 0, 0},
		{"another assignee later", "; 5 assign ben", "", 0, 0},
		{"a comment of 40", "; 5 comment 40 by ben", "", 0, 1},
		{"a comment of 39", "; 5 comment 39 by ben", "", 1, 0},
		{"a comment of hers", "; 5 comment 300 by ana", "", 1, 1},
		{"a comment when it leaves", "; 9 comment 40 by ben", "", 0, 1},
		{"a comment after it left", "; 9.1 comment 40 by ben", "", 1, 0},
		{"an assignee after it left", "; 9.1 assign ben", "", 1, 0},
		{"logged work", "; 5 worklog by ben", "", 0, 1},
		{"a status alone is no contribution", "; 5 wait by ben; 6 start by ben", "", 1, 0},
		{"an edit alone is none", "; 5 flag by ben; 6 label +x by ben", "", 1, 0},
		{"a commit that names it", "; 5 commit by ben", "", 0, 1},
		{"the assignee of a part", "", "A-9 sub-task in A-1: 1 created; 2 assign ben", 0, 1},
		{"a part of hers", "", "A-9 sub-task in A-1: 1 created; 2 assign ana", 1, 1},
		{"a part that nobody touched", "", "A-9 sub-task in A-1: 1 created", 1, 0},
		{"a comment on a part", "", "A-9 sub-task in A-1: 1 created; 2 comment 50 by ben", 0, 1},
		{"a part after it left", "", "A-9 sub-task in A-1: 1 created; 10 worklog by ben", 1, 0},
		{"her pull request", "", "acme/shop#7 pull: 2 created by ana; 2 mentions title A-1", 1, 1},
		{"ben's pull request", "", "acme/shop#7 pull: 2 created by ben; 2 mentions title A-1", 0, 1},
		{"a review", "", "acme/shop#7 pull: 2 created by ana; 2 mentions title A-1; 3 review by ben", 0, 1},
		{"a commit in it", "", "acme/shop#7 pull: 2 created by ana; 2 mentions title A-1; 3 commit by ben", 0, 1},
		{"a comment on it", "", "acme/shop#7 pull: 2 created by ana; 2 mentions title A-1; 3 comment 40 by ben", 0, 1},
		{"a word on it", "", "acme/shop#7 pull: 2 created by ana; 2 mentions title A-1; 3 comment 10 by ben", 1, 1},
		{"a review after the item left", "", "acme/shop#7 pull: 2 created by ana; 2 mentions title A-1; 10 review by ben", 1, 1},
		{"the pull request of a part", "", "A-9 sub-task in A-1: 1 created\nacme/shop#7 pull: 2 created by ben; 2 mentions title A-9", 0, 1},
		{"a pull request of another item", "", "A-8 story: 0 created\nacme/shop#7 pull: 2 created by ben; 2 mentions title A-8", 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tell(t, present("A", five, 1, 16, 27, 35)+"E-1 epic: 0 created\nA-1 story: 0 created; 0 assign ana; 1 start by ana; 9 done by ana"+c.a1+"\n"+c.rest, map[string]string{"A": strings.Join(five, " ")})
			r := s.row(s.focus(28, 4), "")
			s.Value("solo", r.Solo, c.solo, 1)
			s.Value("of the team", s.row(s.focus(28, 4), "A").Solo, c.solo, 1)
			if r.Sources.Finished != 1 || r.Sources.Assigned != 1 || r.Sources.Nobody != 0 || r.Sources.Told() != c.told {
				t.Errorf("sources %+v, %d told", r.Sources, r.Sources.Told())
			}
		})
	}
}

// Items without a trace are left out and counted; the interval is that of a
// clustered share, here of 24 single items of which 18 are of one person.
func TestSoloShares(t *testing.T) {
	text := present("A", five, 1, 16, 27, 35) + "A-700 story: 0 created; 1 start; 9 done\n"
	for n := range 24 {
		text += fmt.Sprintf("A-%d story: 0 created; 0 assign ana; 1 start; 9 done", n+1)
		if n%4 == 0 {
			text += "; 5 comment 80 by ben"
		}
		text += "\n"
	}
	s := tell(t, text, map[string]string{"A": strings.Join(five, " ")})
	r := s.row(s.focus(28, 4), "")
	s.Value("solo", r.Solo, 0.75, 24)
	if r.Sources.Finished != 25 || r.Sources.Nobody != 1 || r.Sources.Comments != 6 || r.Sources.Told() != 6 {
		t.Errorf("%+v", r.Sources)
	}
	// v = 24/23·24·p(1−p)/24², n* = min(24, 23)·(1.96/2.068658)².
	n := 23 * math.Pow(1.96/2.068658, 2)
	low, high := stats.Jeffreys(0.75*n, n)
	if math.Abs(r.Solo.Low-low) > 1e-6 || math.Abs(r.Solo.High-high) > 1e-6 {
		t.Errorf("%v–%v, want %v–%v", r.Solo.Low, r.Solo.High, low, high)
	}
}

// Batches count from three items on, with the people of all of them.
func TestSoloBatches(t *testing.T) {
	text := present("A", five, 1, 16, 27, 35)
	epic := func(n int, who ...string) {
		text = fmt.Sprintf("E-%d epic: 0 created; 12 done\n", n) + text
		for k, p := range who {
			text += fmt.Sprintf("A-%d story in E-%d: 0 created; 0 assign %s; 1 start; 9 done\n", 10*n+k, n, p)
		}
	}
	epic(1, "ana", "ana", "ana")
	epic(2, "ana", "ana", "ben")
	epic(3, "ana", "ana")
	epic(4, "cy", "cy", "cy", "cy")
	s := tell(t, text, map[string]string{"A": strings.Join(five, " ")})
	r := s.row(s.focus(28, 4), "")
	s.Value("batches", r.SoloBatches, 2.0/3, 3)
	if low, high := stats.Jeffreys(2, 3); r.SoloBatches.Low != low || r.SoloBatches.High != high {
		t.Errorf("%+v", r.SoloBatches)
	}
	s.Value("items", r.Solo, 1, 12)
	s.Unknown("of later weeks", s.row(s.focus(42, 2), "").SoloBatches, 0, "no finished batch of three items or more tells who contributed")
}

// Seven people of A and five of B over two quarters, ana and ben of A to B. Moves
// are those that leave a batch of A behind which is not finished at the quarter's
// end; twelve people at each of two quarters' beginnings are 24 person-quarters.
func TestMovesByHand(t *testing.T) {
	other := []string{"fay", "gil", "hal", "ida", "jo"}
	members := map[string]string{"A": "ana@0-120 ben@0-120 cy dee eli kim lou", "B": "ana@120 ben@120 " + strings.Join(other, " ")}
	for _, c := range []struct {
		name, rest string
		moves      int
	}{
		{"nothing in a batch", "", 0},
		{"one on a batch that stays open", "A-1 story in E-1: 0 created; 100 worklog by ana", 1},
		{"both", "A-1 story in E-1: 0 created; 100 worklog by ana; 101 comment 5 by ben", 2},
		{"in the quarter before", "A-1 story in E-1: 0 created; 90 worklog by ana", 0},
		{"on the last day of it", "A-1 story in E-1: 0 created; 91 worklog by ana", 1},
		{"a batch that was finished in that quarter", "A-1 story in E-2: 0 created; 95 start; 100 worklog by ana; 110 done", 0},
		{"one that is finished later", "A-1 story in E-3: 0 created; 95 start; 100 worklog by ana; 185 done", 1},
		{"a batch of the new team", "B-1 story in E-1: 0 created; 100 worklog by ana", 0},
		{"on a part", "A-1 story in E-1: 0 created\nA-2 sub-task in A-1: 0 created; 100 worklog by ana", 1},
		{"on a pull request", "A-1 story in E-1: 0 created\nacme/shop#1 pull: 99 created by ana; 99 mentions title A-1", 1},
		{"of somebody who stays", "A-1 story in E-1: 0 created; 100 worklog by cy", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tell(t, "E-1 epic: 0 created\nE-2 epic: 0 created; 111 done\nE-3 epic: 0 created; 186 done\n"+
				present("A", append([]string{"kim", "lou"}, five...), 1, 80, 100, 175)+present("B", other, 1, 80, 100, 175)+c.rest, members)
			a := s.focus(182, 26)
			for name, c := range map[string]struct{ moves, people int }{"": {c.moves, 2 * 12}, "A": {c.moves, 2 * 7}, "B": {0, 2 * 5}} {
				got, want := s.row(a, name).Moves, stats.PoissonRate(c.moves, float64(c.people))
				s.Value("moves of "+name, got, float64(c.moves)/float64(c.people), c.people)
				if got.Low != want.Low || got.High != want.High {
					t.Errorf("%s: %v–%v, want %v–%v", name, got.Low, got.High, want.Low, want.High)
				}
			}
			// Of A seven at first, five of them at last; of B five, and these and two more.
			s.Value("turnover of all", s.row(a, "").Turnover, 0, 12)
			s.Value("turnover of A", s.row(a, "A").Turnover, 2.0/7, 7)
			s.Value("turnover of B", s.row(a, "B").Turnover, 2.0/7, 7)
		})
	}
}

// Somebody who moves within a reorganisation of the team: the team's row begins anew,
// the organisation's takes everybody's team at its time.
func TestMovesAcrossAReorganisation(t *testing.T) {
	other := []string{"fay", "gil", "hal", "ida", "jo"}
	s := tell(t, "E-1 epic: 0 created\nA-1 story in E-1: 0 created; 100 worklog by ana\n"+present("A", append([]string{"kim"}, five...), 1, 80, 100, 175)+present("B", other, 1, 80, 100, 175),
		map[string]string{"A": "ana@0-120 ben cy dee eli kim", "B": "ana@120 " + strings.Join(other, " ")})
	s.Org.Reorganised = []work.Reorganisation{{At: s.Day(119), Teams: []work.TeamID{s.Team("A")}}}
	a := s.focus(182, 26)
	s.Value("all", s.row(a, "").Moves, 1.0/22, 22)
	s.Value("B", s.row(a, "B").Moves, 0, 10)
	s.Unknown("A", s.row(a, "A").Moves, 0, "no quarter within history in which people's teams are known at both ends")
	s.Unknown("A", s.row(a, "A").Turnover, 0, "less than 13 weeks of history")
	s.Value("all", s.row(a, "").Turnover, 0, 11)
}

// Where a row has fewer than five people at a quarter's ends, only the organisation
// is told: seven newcomers make a team of which one was there before.
func TestMovesOfFewAreNotTold(t *testing.T) {
	other := []string{"fay", "gil", "hal", "ida", "jo"}
	s := tell(t, present("A", five, 1, 80, 100, 175)+present("B", other, 1, 80, 100, 175), map[string]string{
		"A": strings.Join(five, " "), "B": "fay gil@170 hal@170 ida@170 jo@170"})
	a := s.focus(182, 26)
	s.Value("all", s.row(a, "").Moves, 0, 12)
	for _, team := range []string{"A", "B"} {
		s.Unknown(team, s.row(a, team).Moves, 0, "one row has fewer than five such people: told of the organisation alone")
	}
	// Too few at both ends: nobody is told. Four of five come in the last quarter.
	s = tell(t, present("A", five, 1, 80, 100, 175), map[string]string{"A": "ana ben@170 cy@170 dee@170 eli@170"})
	s.Unknown("all", s.row(s.focus(182, 26), "").Moves, 0, "fewer than five people: not told")
	// A window of less than a quarter has no such quarter.
	s.Unknown("four weeks", s.row(s.focus(182, 4), "").Moves, 0, "no quarter within history in which people's teams are known at both ends")
	s.Unknown("four weeks", s.row(s.focus(182, 4), "").Turnover, 0, "less than 13 weeks of history")
}

// The organisation has six people at first and seven at last, of whom four are the
// same: 1 − 4/9.
func TestTurnoverByHand(t *testing.T) {
	people := []string{"p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9"}
	s := tell(t, present("A", people, 1, 80, 100, 175), map[string]string{"A": "p1 p2 p3 p4 p5@0-100 p6@0-100 p7@100 p8@100 p9@100"})
	// Without a membership the home team is that of what people did: nobody did five things.
	s.Value("turnover", s.row(s.focus(182, 26), "").Turnover, 5.0/9, 9)
}

// Without members of the configuration, who belongs to a team is known from 13 weeks
// after the first item on: a window that begins with history has nobody at its first
// look, which is no turnover, and its first quarter no moves.
func TestTurnoverWhereHistoryBegins(t *testing.T) {
	const why = "no 13 weeks of history before the window tell who belonged to teams then"
	var days []int
	for day := range 27 {
		days = append(days, 10*day+5)
	}
	s := tell(t, present("A", five, days...), nil)
	for _, name := range []string{"", "A"} {
		r := s.row(s.focus(182, 26), name)
		s.Unknown("from the beginning", r.Turnover, 0, why)
		if want := stats.PoissonRate(0, 5); r.Moves.High != want.High {
			t.Errorf("%q: moves %+v, want those of one quarter, %+v", name, r.Moves, want)
		}
		s.Value("with 13 weeks before it", s.row(s.focus(273, 26), name).Turnover, 0, 5)
	}
	// Thirteen weeks hold no quarter of which both ends are known.
	s.Unknown("13 weeks", s.row(s.focus(91, 13), "").Moves, 0, "no quarter within history in which people's teams are known at both ends")
}

// Teams of fewer than five people are told together with the next smallest; one that
// nobody belongs to any more is small; too few people are not told at all.
func TestSmallTeamsAreToldTogether(t *testing.T) {
	crowd := func(letter string, n int) (out []string) {
		for k := range n {
			out = append(out, fmt.Sprintf("%s%d", letter, k))
		}
		return out
	}
	a, b, c, d := crowd("a", 7), crowd("b", 4), crowd("c", 6), crowd("d", 2)
	text := present("A", a, 1) + present("B", b, 1) + present("C", c, 1)
	of := map[string]string{"A": strings.Join(a, " "), "B": strings.Join(b, " "), "C": strings.Join(c, " ")}
	names := func(s story, f *focus.Analysis) string {
		var out []string
		for _, r := range f.Rows {
			name := "all"
			switch {
			case r.Others:
				name = "others"
			case !r.All:
				name = s.Teams[r.Team].Name
			}
			out = append(out, fmt.Sprint(name, " ", r.People))
		}
		for _, t := range f.Folded {
			out = append(out, "folded "+s.Teams[t].Name)
		}
		return strings.Join(out, ", ")
	}
	for _, x := range []struct {
		name, text string
		of         map[string]string
		want       string
	}{
		{"four people are told with the next smallest team", text, of, "all 17, A 7, others 10, folded B, folded C"},
		{"a team that left counts as small", text + present("D", d, 1), map[string]string{"A": of["A"], "B": of["B"], "C": of["C"], "D": "d0@0-10 d1@0-10"}, "all 19, A 7, others 10, folded B, folded C, folded D"},
		{"one that left beside large ones: the smallest of these joins it", present("A", a, 1) + present("C", c, 1) + present("D", d, 1), map[string]string{"A": of["A"], "C": of["C"], "D": "d0@0-10 d1@0-10"}, "all 15, A 7, others 6, folded C, folded D"},
		{"four people in teams and five in none", present("A", a[:2], 1) + present("B", b[:2], 1) + present("C", c[:5], 1), map[string]string{"A": "a0 a1", "B": "b0 b1"}, "all 9"},
		{"five people in none", present("A", a[:5], 1), nil, "all 5"},
		{"four people", present("A", a[:4], 1), map[string]string{"A": "a0 a1 a2 a3"}, ""},
	} {
		s := tell(t, x.text, x.of)
		f := s.focus(28, 4)
		if got := names(s, f); got != x.want {
			t.Errorf("%s: %s, want %s", x.name, got, x.want)
		}
		if (f.Why == "") != (len(f.Rows) > 0) {
			t.Errorf("%s: %q", x.name, f.Why)
		}
	}
	s := tell(t, text, of)
	c0 := s.Cut(28, 4)
	c0.Window = work.Window{}
	if got := analyse(c0); got.Why != "the window has no complete week" || len(got.Rows) != 0 {
		t.Errorf("no week: %+v", got)
	}
}

// The second quarter of 2025, which begins on day 90 of this story and ends on day
// 181: fay joins, eli leaves; "In QA" and bugs are new, Blocked and tasks were used
// in the first quarter and are not any more, stories are in both.
func TestChangesByHand(t *testing.T) {
	text := "origin 2025-01-01\nstatus \"In QA\" indeterminate\nA-1 story: -95 created; -94 start; -93 done\nA-2 task: 10 created; 11 start; 12 wait; 13 done\nA-3 story: 20 created; 21 start; 22 done\n" +
		"A-4 story: 100 created; 101 start; 102 status \"In QA\"; 103 done\nA-5 bug: 104 created; 105 start; 106 done\n" + present("A", []string{"ana", "ben", "cy", "dee", "eli", "fay"}, 50, 110, 185)
	of := map[string]string{"A": "ana ben cy dee eli@0-120 fay@120"}
	s := tell(t, text, of)
	for _, name := range []string{"", "A"} {
		c := s.row(s.focus(187, 26), name).Changes
		if want := (focus.Changes{Joined: 1, Left: 1, Added: 2, Dropped: 2, Known: true, From: s.Day(90), To: s.Day(181)}); c != want {
			t.Errorf("%q: %+v, want %+v", name, c, want)
		}
	}
	s.Org.Reorganised = []work.Reorganisation{{At: s.Day(100), Teams: []work.TeamID{s.Team("A")}}}
	if c := s.row(s.focus(187, 26), "A").Changes; c != (focus.Changes{From: s.Day(90), To: s.Day(181)}) {
		t.Errorf("a reorganised team: %+v", c)
	}
	if c := s.row(s.focus(187, 26), "").Changes; !c.Known || c.Joined != 1 {
		t.Errorf("the organisation: %+v", c)
	}
	// History begins within the quarter before: nothing can be told to be new.
	s = tell(t, strings.Replace(text, "A-1 story: -95 created; -94 start; -93 done\n", "", 1), of)
	if c := s.row(s.focus(187, 26), "").Changes; !c.Known {
		t.Errorf("a whole quarter before: %+v", c) // its first instant is day 0
	}
	s = tell(t, strings.ReplaceAll(strings.Replace(text, "A-1 story: -95 created; -94 start; -93 done\n", "", 1), ": 0 created", ": 0.1 created"), of)
	if c := s.row(s.focus(187, 26), "").Changes; c.Known {
		t.Errorf("less than the quarter before: %+v", c)
	}
}

// chance tells of two teams in which everybody does something about once a week.
func chance(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 80))
	var b strings.Builder
	for e := range 6 {
		fmt.Fprintf(&b, "E-%d epic: 0 created\n", e)
	}
	teams := []string{"A", "B", "C"}
	for n := range 120 {
		team := r.IntN(3)
		fmt.Fprintf(&b, "%s-%d story in E-%d: 0 created", teams[team], n, r.IntN(6))
		start := r.Float64() * 170
		fmt.Fprintf(&b, "; %f start; %f assign p%d%d", start, start, team, r.IntN(6))
		for range 8 {
			who := team
			if r.IntN(4) == 0 {
				who = r.IntN(3)
			}
			fmt.Fprintf(&b, "; %f comment %d by p%d%d", start+r.Float64()*9, 20+r.IntN(60), who, r.IntN(6))
		}
		fmt.Fprintf(&b, "; %f done\n", start+10)
	}
	return b.String()
}

// The numbers that people bear decide nothing.
func TestPeoplesNumbersDecideNothing(t *testing.T) {
	for seed := range uint64(6) {
		want := tell(t, chance(seed), nil)
		other := tell(t, chance(seed), nil)
		perm := rand.New(rand.NewPCG(seed, 81)).Perm(len(other.People) + 1)
		number := func(p fact.Person) fact.Person {
			if p == 0 {
				return 0
			}
			return fact.Person(100 + perm[p])
		}
		for k := range other.Org.Trails.Events {
			other.Org.Trails.Events[k].By = number(other.Org.Trails.Events[k].By)
		}
		for k := range other.Org.Assignees.Val {
			other.Org.Assignees.Val[k] = number(other.Org.Assignees.Val[k])
		}
		a, b := want.focus(182, 26), other.focus(182, 26)
		if fmt.Sprint(a.Rows, a.Folded) != fmt.Sprint(b.Rows, b.Folded) {
			t.Fatalf("seed %d:\n%+v\n%+v", seed, a.Rows, b.Rows)
		}
		if len(a.Rows) != 4 || !a.Rows[0].Parallel.Bounded() || !a.Rows[0].Solo.Known() || !a.Rows[0].Moves.Bounded() {
			t.Fatalf("seed %d: %+v", seed, a.Rows)
		}
	}
}

func FuzzFocus(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		a := analyse(c)
		if (a.Why == "") != (len(a.Rows) > 0) {
			t.Fatalf("%q and %d rows", a.Why, len(a.Rows))
		}
		for _, r := range a.Rows {
			for _, e := range []stats.Estimate{r.Parallel, r.Scatter, r.Solo, r.SoloBatches, r.Moves, r.Turnover, r.Batchless} {
				if !e.Known() && e.Why == "" || e.Known() && (e.Value < 0 || math.IsInf(e.Value, 0) || !e.Bounded() && e.Why == "") {
					t.Fatalf("%+v", e)
				}
			}
			if r.People < work.LeastPeople || r.Parallel.Known() && r.Parallel.Value < 1 || r.Solo.Known() && r.Solo.Value > 1 {
				t.Fatalf("%+v", r)
			}
		}
	})
}
