package flow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// members makes people members of a team, from the beginning on.
func (o told) members(team string, people ...string) told {
	o.T.Helper()
	for _, p := range people {
		if o.Person(p) == 0 {
			o.T.Fatalf("nobody is %s", p)
		}
		o.Org.Members = append(o.Org.Members, work.Membership{Person: o.Person(p), Team: o.Team(team), From: o.Day(0), Share: 1})
	}
	slices.SortFunc(o.Org.Members, func(x, y work.Membership) int { return int(x.Person) - int(y.Person) })
	return o
}

// The window is days 28 to 56. Five of A have an item each for 14 days, so that
// 2.5 are in progress; B has one person and 26 days of an item, C four people and
// four items for 14 days. B and C fold: together they are five.
func TestLoad(t *testing.T) {
	text := ""
	for k := range 5 {
		text += fmt.Sprintf("A-%d story: 0 created; 30 start by a%d; 44 done by a%d\n", k+1, k, k)
	}
	for k := range 4 {
		text += fmt.Sprintf("C-%d story: 0 created; 42 start by c%d\n", k+1, k)
	}
	text += "B-1 story: 0 created; 30 start by b\nA-10 story: 0 created; 40 comment 50 by talker; 41 assign a1 by planner\n"
	o := tell(t, text).members("A", "a0", "a1", "a2", "a3", "a4", "talker", "planner").members("B", "b").members("C", "c0", "c1", "c2", "c3")
	a := o.analyse(56, 4)
	l := a.Load(a.View.Homes())
	b := 26.0 / 28
	o.Value("organisation", l.Org, (2.5+b+2)/10, 10)
	o.Value("A", l.Teams[o.Team("A")], 0.5, 5)
	o.Unknown("B", l.Teams[o.Team("B")], 0, whyFew)
	o.Unknown("C", l.Teams[o.Team("C")], 0, whyFew)
	o.Value("others", l.Others, (b+2)/5, 5)
	o.Unknown("no team", l.Teams[work.NoTeam], 0, whyNoTeams)
	if got := l.Folded; len(got) != 2 || got[0] != o.Team("B") || got[1] != o.Team("C") {
		t.Errorf("folded %v", got)
	}
	if l.Org.Bounded() || l.Org.Why != "census of the window" {
		t.Errorf("organisation %+v", l.Org)
	}
}

// A commit counts as a transition does, on a pull request or an item, and so does
// what shared people do, for the organisation alone. What happened before the
// window does not count.
func TestActivePeople(t *testing.T) {
	o := tell(t, `
A-1 story: 0 created; 10 start by old; 30 wait by ana; 31 start by ana
A-2 story: 0 created; 30 start by ben; 32 commit by cy; 33 worklog by dee
A-3 story: 0 created; 29 start by eve; 45 done by guest
acme/shop#1 pull: 30 created by fay; 30 commit by fay; 30 mentions A-1; 33 review by gus; 40 merge by hal`).
		members("A", "old", "ana", "ben", "cy", "dee", "eve", "fay", "gus", "hal")
	a := o.analyse(56, 4)
	all, teams := a.active(a.View.Homes())
	names := func(people []fact.Person) string {
		var out []string
		for _, name := range []string{"old", "ana", "ben", "cy", "dee", "eve", "fay", "gus", "hal", "guest"} {
			if slices.Contains(people, o.Person(name)) {
				out = append(out, name)
			}
		}
		return fmt.Sprint(out, len(people))
	}
	if got, want := names(all), "[ana ben cy eve fay hal guest] 7"; got != want {
		t.Errorf("active: %s, want %s", got, want)
	}
	if got, want := names(teams[o.Team("A")]), "[ana ben cy eve fay hal] 6"; got != want {
		t.Errorf("active of A: %s, want %s", got, want)
	}
}

func TestLoadOfNobodyAndOfFew(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 10 start by ana")
	a := o.analyse(56, 4)
	l := a.Load(a.View.Homes())
	o.Unknown("nobody", l.Org, 0, whyNobody)
	o.Unknown("nobody of A", l.Teams[o.Team("A")], 0, whyNobody)
	if l.Others.Known() || len(l.Folded) != 0 {
		t.Errorf("others %+v", l.Others)
	}
	o = tell(t, "A-1 story: 0 created; 30 start by ana; 31 wait by ben; 32 start by cy; 33 wait by dee\nB-1 story: 0 created; 30 start by ana").members("A", "ana", "ben", "cy", "dee")
	a = o.analyse(56, 4)
	l = a.Load(a.View.Homes())
	o.Unknown("four", l.Org, 0, whyFew)
	o.Unknown("four of A", l.Teams[o.Team("A")], 0, whyFew)
	o.Unknown("others", l.Others, 0, whyFew)

	// Where items in progress cannot be told, their share per person cannot either.
	text := many("A", "story", 8, "0 created; 4%d done by p%d")
	o = tell(t, text)
	a = o.analyse(56, 4)
	o.Unknown("without starts", a.Load(a.View.Homes()).Org, 8, "over 4 weeks "+whyNoStart)

	empty := tell(t, "A-1 story: 60 created").analyse(56, 4)
	o.Unknown("before anything", empty.Load(empty.View.Homes()).Org, 0, whyNobody)
}

// Who moved from one small team to another counts for both, and once for the two
// together: that leaves four, so that the next team joins them.
func TestFoldedTeamsShareSomebody(t *testing.T) {
	text := "A-1 story: 0 created; 30 start by ana; 31 wait by ben; 32 start by cy\nB-1 story: 0 created; 40 start by cy; 41 wait by dee\n"
	o := tell(t, text+many("C", "story", 8, "0 created; 30 start by c%d")).members("A", "ana", "ben", "cy").members("B", "dee").
		members("C", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8")
	for k := range o.Org.Members {
		if m := &o.Org.Members[k]; m.Person == o.Person("cy") {
			m.Until = o.Day(35)
		}
	}
	o.Org.Members = append(o.Org.Members, work.Membership{Person: o.Person("cy"), Team: o.Team("B"), From: o.Day(35), Share: 1})
	o = o.members("A") // in order
	a := o.analyse(56, 4)
	l := a.Load(a.View.Homes())
	o.Unknown("A", l.Teams[o.Team("A")], 0, whyFew)
	o.Unknown("B", l.Teams[o.Team("B")], 0, whyFew)
	o.Unknown("C", l.Teams[o.Team("C")], 0, whyJoined)
	o.Value("others", l.Others, (8*26+26+16)/28.0/12, 12)
	o.Value("organisation", l.Org, (8*26+26+16)/28.0/12, 12)
}

// Whatever the teams, no value is of fewer than five people, the folded teams have
// five together where there is a value, and no team's people can be had from the
// others': at least two are unknown.
func TestNothingIsToldOfFewPeople(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 71))
		text, n := "", 0
		homes := map[string][]string{}
		for team := range 2 + r.IntN(5) {
			for k := range 1 + r.IntN(9) {
				n++
				name := fmt.Sprintf("p%d", n)
				text += fmt.Sprintf("%c-%d story: 0 created; %d start by %s\n", 'A'+team, k+1, 29+r.IntN(20), name)
				homes[string(rune('A'+team))] = append(homes[string(rune('A'+team))], name)
			}
		}
		o := tell(t, text)
		for team, people := range homes {
			o.members(team, people...)
		}
		a := o.analyse(56, 4)
		l := a.Load(a.View.Homes())
		hidden := 0
		for team, people := range homes {
			e := l.Teams[o.Team(team)]
			if e.Known() && (e.N != len(people) || e.N < 5) || !e.Known() && e.N != 0 {
				t.Fatalf("seed %d: %s of %d people: %+v", seed, team, len(people), e)
			}
			if !e.Known() {
				hidden++
			}
		}
		if hidden == 1 && l.Org.Known() || hidden != len(l.Folded) {
			t.Fatalf("seed %d: %d teams are hidden, %d folded", seed, hidden, len(l.Folded))
		}
		for _, e := range []stats.Estimate{l.Org, l.Others} {
			if e.Known() && e.N < 5 {
				t.Fatalf("seed %d: %+v", seed, e)
			}
		}
		if hidden > 1 && !l.Others.Known() && n >= 5 {
			t.Fatalf("seed %d: nothing is told of the others: %+v", seed, l.Others)
		}
	}
}
