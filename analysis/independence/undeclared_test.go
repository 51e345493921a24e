package independence

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// belong puts people into teams for good.
func (o told) belong(of map[string]string) {
	o.Org.Members = nil
	for name, team := range of {
		o.Org.Members = append(o.Org.Members, work.Membership{Person: o.Person(name), Team: o.Team(team), Share: 1})
	}
	slices.SortFunc(o.Org.Members, func(a, b work.Membership) int { return int(a.Person) - int(b.Person) })
}

func (o told) undeclared() (*Undeclared, *TouchFree) {
	c := o.Cut(28, 4)
	h, folded := c.View.Homes(), make([]bool, len(o.Teams))
	return FindUndeclared(c, h, folded), FindTouchFree(c, deps.Analyse(c), h, folded)
}

// What makes an item cross teams, and what declares it: A-1 is ana's, of team A,
// and ben is of B.
func TestUndeclaredByHand(t *testing.T) {
	const crosses = "; 3 comment 5 by ben; 4 comment 5 by ben"
	for _, c := range []struct {
		name, a1, rest string
		n              int
		value          float64
	}{
		{"nobody else", "", "", 0, 0},
		{"a hand-off between teams", "; 3 assign ben", "", 1, 1},
		{"with nobody in between", "; 3 unassign; 4 assign ben", "", 1, 1},
		{"a hand-off within the team", "; 3 assign amy", "", 0, 0},
		{"a hand-off of a part", "", "A-9 sub-task in A-1: 1 created; 2 assign ana; 3 assign ben", 1, 1},
		{"somebody of another team on two days", crosses, "", 1, 1},
		{"on one day, twice", "; 3.1 comment 5 by ben; 3.9 comment 5 by ben", "", 0, 0},
		{"two of another team on one day each", "; 3 comment 5 by ben; 4 comment 5 by bob", "", 0, 0},
		{"somebody of the own team", "; 3 comment 5 by amy; 4 comment 5 by amy", "", 0, 0},
		{"somebody of no team", "; 3 comment 5 by zoe; 4 comment 5 by zoe", "", 0, 0},
		{"on a part", "", "A-9 sub-task in A-1: 1 created; 3 comment 5 by ben; 4 worklog by ben", 1, 1},
		{"once on the item and once on its pull request", "; 3 comment 5 by ben", "acme/shop#7 pull: 2 created by ana; 2 mentions title A-1; 4 review by ben", 1, 1},
		{"on the pull request of a part", "", "A-9 sub-task in A-1: 1 created\nacme/shop#7 pull: 2 created by ana; 2 mentions title A-9; 3 review by ben; 4 commit by ben", 1, 1},
		{"a link to the other team", crosses + "; 2 blocked by B-1", "", 1, 0},
		{"a link of any type", crosses + "; 2 relates to B-1", "", 1, 0},
		{"a link from there", crosses, "B-2 story: 0 created; 2 blocks A-1", 1, 0},
		{"a link that is gone", crosses + "; 2 relates to B-1; 3 unlink B-1", "", 1, 0},
		{"a link to a third team", crosses + "; 2 relates to C-1", "", 1, 0},
		{"a link within the team", crosses + "; 2 relates to A-8", "", 1, 1},
		{"a link on the parent", crosses + "; 0 in E-1", "", 1, 1},
		{"a link on the parent to the other team", crosses + "; 0 in E-2", "", 1, 0},
		{"what a pull request's text says", crosses, "acme/shop#7 pull: 2 created by ana; 2 mentions title A-1; 2 mentions depends B-1", 1, 1},
		{"a text", crosses + "; 0 mentions depends B-1", "", 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, assemble.Rules{}, "B-1 story: 0 created\nC-1 story: 0 created\nA-8 story: 0 created\nE-1 epic: 0 created\nE-2 epic: 0 created; 0 relates to B-1\n"+
				"A-1 story: 0 created by ana; 0 assign ana; 1 start by ana"+c.a1+"; 9 done by ana\n"+c.rest+"\nB-7 story: 0 created by bob; 1 comment 5 by amy; 1 comment 5 by zoe; 1 comment 5 by ben")
			o.belong(map[string]string{"ana": "A", "amy": "A", "ben": "B", "bob": "B"})
			u, _ := o.undeclared()
			if c.n == 0 {
				o.Unknown("the organisation", u.Org, 0, "no finished item is known to have crossed teams")
				return
			}
			o.Value("the organisation", u.Org, c.value, c.n)
			o.Value("team A", u.Teams[o.Team("A")], c.value, c.n)
			if u.Org.Bounded() {
				t.Errorf("an interval of one item: %+v", u.Org)
			}
		})
	}
}

// 23:00 and 01:00 in Greenwich are one evening in New York.
func TestTwoDaysAreThoseOfTheZone(t *testing.T) {
	const text = "B-1 story: 0 created\nA-1 story: 0 created by ana; 1 start by ana; %s; 9 done by ana"
	for name, c := range map[string]struct {
		deeds string
		hours int
		n     int
	}{
		"midnight in Greenwich":             {"3.96 comment 5 by ben; 4.04 comment 5 by ben", 0, 1},
		"the same, an evening five west":    {"3.96 comment 5 by ben; 4.04 comment 5 by ben", -5, 0},
		"midnight five west":                {"4.19 comment 5 by ben; 4.23 comment 5 by ben", -5, 1},
		"the same, a morning in Greenwich":  {"4.19 comment 5 by ben; 4.23 comment 5 by ben", 0, 0},
		"a day apart, whatever the zone is": {"3.5 comment 5 by ben; 4.6 comment 5 by ben", 5, 1},
	} {
		o := tell(t, assemble.Rules{}, fmt.Sprintf(text, c.deeds))
		o.belong(map[string]string{"ana": "A", "ben": "B"})
		o.Org.Zone = time.FixedZone("", c.hours*3600)
		if u, _ := o.undeclared(); u.Org.N != c.n {
			t.Errorf("%s: %d items crossed, want %d", name, u.Org.N, c.n)
		}
	}
}

// Rows: each team's own share, those of folded teams together, clustered by batch.
// Of 24 items of A in 24 epics a quarter is linked, B and C have one each.
func TestUndeclaredRows(t *testing.T) {
	text := "D-1 story: 0 created\n"
	for n := range 24 {
		link := ""
		if n%4 == 0 {
			link = "; 2 relates to D-1"
		}
		text += fmt.Sprintf("E-%d epic: 0 created\nA-%d story in E-%d: 0 created by ana; 1 start%s; 3.%03d worklog by dan; 4.%03d worklog by dan; 9 done\n", n, n, n, link, 5*n, 5*n) // a bulk edit is no visit
	}
	text += "B-1 story: 0 created; 1 start; 3 worklog by dan; 4 worklog by dan; 9 done\nC-1 story: 0 created; 1 start; 2 relates to D-1; 3 worklog by dan; 4 worklog by dan; 9 done"
	o := tell(t, assemble.Rules{}, text)
	o.belong(map[string]string{"ana": "A", "dan": "D"})
	c := o.Cut(28, 4)
	folded := make([]bool, len(o.Teams))
	folded[o.Team("B")], folded[o.Team("C")] = true, true
	u := FindUndeclared(c, c.View.Homes(), folded)
	o.Value("all", u.Org, 19.0/26, 26)
	o.Value("A", u.Teams[o.Team("A")], 0.75, 24)
	o.Value("others", u.Others, 0.5, 2)
	o.Unknown("B", u.Teams[o.Team("B")], 0, whyFolded)
	if len(u.Folded) != 2 || !u.Teams[o.Team("A")].Bounded() || u.Others.Bounded() {
		t.Errorf("%+v", u)
	}
	// 24 clusters of one are 24 independent items, but for the factor of t.
	shrink := 1.96 / stats.TQuantile(0.025, 23)
	if stats.TQuantile(0.025, 23) < 0 {
		shrink = -shrink
	}
	n := min(24, 23.0/24*24) * shrink * shrink
	low, high := stats.Jeffreys(0.75*n, n)
	if got := u.Teams[o.Team("A")]; !close(got.Low, low) || !close(got.High, high) {
		t.Errorf("interval %v–%v, want %v–%v", got.Low, got.High, low, high)
	}
	// Folded teams are in no pair, whatever ties them.
	if u.Tested != 1 {
		t.Errorf("%d pairs, want that of A and D", u.Tested)
	}
}

// A city of teams of seven in which everybody goes to some other teams a few times,
// each team as popular as it is.
func visiting(r *rand.Rand, teams int) []visit {
	var out []visit
	popular := make([]int, 0, 200)
	for t := range teams {
		for range 1 + r.IntN(4) {
			popular = append(popular, t)
		}
	}
	for who := range 7 * teams {
		home := who / 7
		for range r.IntN(4) {
			to := popular[r.IntN(len(popular))]
			if to == home {
				continue
			}
			for range 1 + r.IntN(9) { // who comes once comes again
				out = append(out, visit{work.ItemID(len(out)), work.TeamID(2 + to), work.TeamID(2 + home), uint32(who)})
			}
		}
		for range 20 {
			out = append(out, visit{work.ItemID(len(out)), work.TeamID(2 + home), work.TeamID(2 + home), uint32(who)})
		}
	}
	return out
}

func pairsOfVisits(visits []visit, teams, seed int) *Undeclared {
	u := &Undeclared{}
	v := world(teams+2, len(visits), seed*100_000)
	u.pairs(&work.Cut{View: v}, visits, linkIndex{}, make([]bool, teams+2))
	return u
}

// Where the lot decides who visits whom, few organisations find a pair: with none
// coupled each find is a false one, and 10 % of organisations may have one.
func TestPairsByChance(t *testing.T) {
	const rounds = 120
	found, tested := 0, 0
	for seed := range rounds {
		u := pairsOfVisits(visiting(rand.New(rand.NewPCG(uint64(seed), 70)), 8), 8, seed)
		tested += u.Tested
		if len(u.Pairs) > 0 {
			found++
		}
	}
	t.Logf("%d of %d organisations find a pair, %d pairs were tested", found, rounds, tested)
	if found > rounds/10+10 { // 12, and three standard errors
		t.Errorf("%d of %d organisations find a pair by chance", found, rounds)
	}
	if tested < 20*rounds {
		t.Errorf("%d tests: too few to say", tested)
	}
}

// Two teams of which everybody works with somebody of the other are found, in
// nearly every organisation, and are the first of the list; one person alone who
// often visits another team is no coupling of teams.
func TestPlantedPairIsFound(t *testing.T) {
	const rounds = 60
	found, lone, wrong := 0, 0, 0.0
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 71))
		visits := visiting(r, 8)
		alone := slices.Clone(visits)
		for range 40 {
			alone = append(alone, visit{work.ItemID(len(alone)), 4, 5, 7 * 3})
		}
		for who := range 14 { // of the first two teams
			for range 8 {
				visits = append(visits, visit{work.ItemID(len(visits)), work.TeamID(3 - who/7), work.TeamID(2 + who/7), uint32(who)})
			}
		}
		pairs := pairsOfVisits(visits, 8, seed).Pairs
		if len(pairs) > 0 && pairs[0].A == 2 && pairs[0].B == 3 {
			found++
			wrong += float64(len(pairs)-1) / float64(len(pairs)) / rounds
		}
		for _, p := range pairsOfVisits(alone, 8, seed).Pairs {
			if p.A == 4 && p.B == 5 {
				lone++
			}
		}
	}
	t.Logf("found in %d of %d; %.3f of a list is wrong; one person alone %d times", found, rounds, wrong, lone)
	if found < rounds*9/10 || wrong > 0.1+0.08 || lone > rounds/10+5 { // 0.08: three standard errors
		t.Error("see above")
	}
}

// What is found does not depend on the numbers of teams; a link of any type, or a
// team that is folded, takes a pair off the list; two teams have no others to visit.
func TestPairsAreThoseOfTheirTeams(t *testing.T) {
	visits := visiting(rand.New(rand.NewPCG(5, 72)), 6)
	for who := range 14 {
		for range 9 {
			visits = append(visits, visit{work.ItemID(len(visits)), work.TeamID(3 - who/7), work.TeamID(2 + who/7), uint32(who)})
		}
	}
	want := pairsOfVisits(visits, 6, 1)
	if len(want.Pairs) == 0 || want.Pairs[0].A != 2 || want.Pairs[0].B != 3 {
		t.Fatalf("pairs %+v", want.Pairs)
	}
	name := func(t work.TeamID) work.TeamID { return 9 - t } // 2…7 become 7…2
	other := slices.Clone(visits)
	for n := range other {
		other[n].home, other[n].owner = name(other[n].home), name(other[n].owner)
	}
	got := pairsOfVisits(other, 6, 1)
	if len(got.Pairs) != len(want.Pairs) || got.Pairs[0].A != 6 || got.Pairs[0].B != 7 || got.Pairs[0].P != want.Pairs[0].P || got.Tested != want.Tested || got.Pairs[0].Visits != want.Pairs[0].Visits {
		t.Errorf("%+v, want %+v", got, want)
	}
	folded := make([]bool, 8)
	folded[3] = true
	u := &Undeclared{}
	u.pairs(&work.Cut{View: world(8, len(visits), 100_000)}, visits, linkIndex{}, folded)
	for _, p := range u.Pairs {
		if p.A == 3 || p.B == 3 {
			t.Errorf("a folded team is in %+v", p)
		}
	}
	two := slices.DeleteFunc(slices.Clone(visits), func(v visit) bool { return v.home > 3 || v.owner > 3 })
	for n := range two {
		two[n].item = work.ItemID(n)
	}
	if u := pairsOfVisits(two, 2, 1); len(u.Pairs) != 0 || u.Tested != 1 {
		t.Errorf("two teams: %+v", u)
	}
}

// A pair that works together over stories: found without a link, not with one of
// any type, and found again where a text alone speaks of it. The same under other
// numbers of people.
func TestPairsOfAStory(t *testing.T) {
	text, of := "", map[string]string{}
	teams := []string{"A", "B", "C", "D", "E"}
	n := 0
	item := func(team, by string, days ...string) {
		n++
		text += fmt.Sprintf("%s-%d story: 0 created; 1 start", team, n)
		for _, d := range days {
			text += fmt.Sprintf("; %s.%03d worklog by %s", d, n, by) // not all at once, as a bulk edit
		}
		text += "; 9 done\n"
	}
	for k, team := range teams {
		for p := range 6 {
			by := fmt.Sprintf("%s%d", team, p)
			of[by] = team
			item(team, by, "2", "3")
			item(teams[(k+1+p%4)%5], by, "2", "3")
			if k < 2 {
				for range 8 {
					item(teams[1-k], by, "2", "3")
				}
			}
		}
	}
	find := func(more string) []Coupled {
		o := tell(t, assemble.Rules{}, text+more)
		o.belong(of)
		u, _ := o.undeclared()
		if u.Tested != 10 {
			t.Fatalf("%d pairs, want all of five teams", u.Tested)
		}
		return u.Pairs
	}
	got := find("")
	// Six of each visit the other team eight times, and by turns one time more: of A
	// the two that have k+1+p%4 = 1, of B the one that has it 0 (mod 5).
	if len(got) != 1 || got[0].Visits != 2*6*8+2+1 || got[0].Links != 0 || !got[0].Above {
		t.Errorf("pairs %+v", got)
	}
	if got := find("A-900 story: 0 created; 1 relates to B-901\nB-901 story: 0 created"); len(got) != 0 {
		t.Errorf("with a link %+v", got)
	}
	if got := find("A-900 story: 0 created; 0 mentions depends B-901\nB-901 story: 0 created"); len(got) != 1 {
		t.Errorf("with a text %+v", got)
	}
}

// Touch-free, tie by tie.
func TestTouchFreeByHand(t *testing.T) {
	for _, c := range []struct {
		name, a1, rest string
		free           float64
	}{
		{"nothing", "", "", 1},
		{"a dependency on another team", "; 2 blocked by B-1", "", 0},
		{"another team's dependency on it", "; 2 blocks B-1", "", 0},
		{"a dependency within the team", "; 2 blocked by A-2", "", 1},
		{"a relation to another team is no tie", "; 2 relates to B-1", "", 1},
		{"a batch with another team's item", "; 0 in E-1", "B-2 story in E-1: 0 created; 2 start", 0},
		{"a batch of its own team", "; 0 in E-1", "A-3 story in E-1: 0 created; 2 start", 1},
		{"somebody of another team, once", "; 3 comment 5 by ben", "", 0},
		{"on a part", "", "A-9 sub-task in A-1: 1 created; 3 comment 5 by ben", 0},
		{"on its pull request", "", "acme/shop#7 pull: 2 created by ana; 2 mentions title A-1; 3 review by ben", 0},
		{"somebody of its team", "; 3 comment 5 by amy", "", 1},
		{"somebody of no team", "; 3 comment 5 by zoe", "", 1},
		{"a hand-off", "; 3 assign ben", "", 0},
		{"a hand-off of a part", "", "A-9 sub-task in A-1: 1 created; 2 assign ana; 3 assign ben", 0},
		{"a hand-off within the team", "; 3 assign amy", "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, assemble.Rules{}, "B-1 story: 0 created; 1 start\nA-2 story: 0 created; 1 start\nE-1 epic: 0 created\nA-1 story: 0 created by ana; 0 assign ana; 1 start by ana"+c.a1+"; 9 done by ana\n"+c.rest+
				"\nB-7 story: 0 created by ben; 1 comment 5 by amy; 1 comment 5 by zoe")
			o.belong(map[string]string{"ana": "A", "amy": "A", "ben": "B"})
			_, f := o.undeclared()
			o.Value("the organisation", f.Org, c.free, 1)
			o.Value("team A", f.Teams[o.Team("A")], c.free, 1)
			o.Unknown("team B", f.Teams[o.Team("B")], 0, "nothing of one team finished in the window")
		})
	}
}

// A whole organisation: people's numbers, the zone and the teams' order change
// nothing but the order of rows; more lenses never raise the touch-free share.
func TestUndeclaredOfAWholeOrganisation(t *testing.T) {
	of := func(who func(int) fact.Person, shift work.Instant) (*Undeclared, *TouchFree) {
		hours := int(shift / (fact.Day / 24))
		c := cutOf(firm(5, 7, 900, 0.2, monday+shift, who), monday+shift, time.FixedZone("", -3600*hours))
		h := c.View.Homes()
		folded := make([]bool, 7)
		return FindUndeclared(c, h, folded), FindTouchFree(c, deps.Analyse(c), h, folded)
	}
	u, f := of(itself, 0)
	if !u.Org.Bounded() || !f.Org.Bounded() || u.Tested != 10 {
		t.Fatalf("%+v %+v of %d", u.Org, f.Org, u.Tested)
	}
	numbers := rand.New(rand.NewPCG(3, 1)).Perm(60)
	for name, again := range map[string]func() (*Undeclared, *TouchFree){
		"numbers": func() (*Undeclared, *TouchFree) {
			return of(func(n int) fact.Person { return fact.Person(500 + numbers[n]) }, 0)
		},
		"zone": func() (*Undeclared, *TouchFree) { return of(itself, 5*fact.Day/24) },
	} {
		v, g := again()
		if fmt.Sprint(u) != fmt.Sprint(v) || fmt.Sprint(f) != fmt.Sprint(g) {
			t.Errorf("other %s:\n%v\n%v\n%v\n%v", name, u, v, f, g)
		}
	}
}

func FuzzUndeclared(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		h := c.View.Homes()
		folded, _ := work.FoldPeople(h.Crews(c.Window.From(), c.Window.To()), c.View.FirstItems(), nil)
		u, free := FindUndeclared(c, h, folded), FindTouchFree(c, deps.Analyse(c), h, folded)
		all := append(append(slices.Clone(u.Teams), u.Org, u.Others, free.Org, free.Others), free.Teams...)
		for _, e := range all {
			if !e.Known() && e.Why == "" || e.Known() && (e.Value < 0 || e.Value > 1 || !e.Bounded() && e.Why == "") {
				t.Fatalf("%+v", e)
			}
		}
		for _, p := range u.Pairs {
			if folded[p.A] || folded[p.B] || p.Links > 0 || !p.Above || p.A >= p.B {
				t.Fatalf("%+v", p)
			}
		}
	})
}

// Three people of B on one item of A, on two days each, are three visits.
func TestCoupledTeamsCountVisits(t *testing.T) {
	text, people := "B-1 story: 0 created\nA-1 story: 0 created by ana; 1 start by ana", map[string]string{"ana": "A"}
	for k := range 3 {
		ben := fmt.Sprintf("ben%d", k)
		people[ben] = "B"
		text += fmt.Sprintf("; 3 comment 50 by %s; 4 comment 50 by %s", ben, ben)
	}
	o := tell(t, assemble.Rules{}, text+"; 9 done by ana\n")
	o.belong(people)
	c := o.Cut(28, 4)
	h := c.View.Homes()
	i := work.ItemID(slices.Index(o.Items.Key, "A-1"))
	var visits []visit
	for _, w := range regulars(c.View, h, i) {
		visits = append(visits, visit{i, o.Team("A"), h.At(w.person, w.last, i), uint32(h.Rank(w.person))})
	}
	if got := newPairTable(len(o.Teams), make([]bool, len(o.Teams))).count(visits); !slices.Equal(got, []int{3}) {
		t.Errorf("visits of A and B: %v, want 3", got)
	}
}

// An item that is assigned to somebody of another team, who is at work on those days
// and leaves no trace on it, takes days of theirs (L3).
func TestTouchFreeCountsDaysOfOthers(t *testing.T) {
	for to, free := range map[string]float64{"ben": 0, "amy": 1, "zoe": 1} {
		o := tell(t, assemble.Rules{}, `
A-1 story: 0 created by ana; 0 assign `+to+` by ana; 1 start by ana; 9 done by ana
B-1 story: 0 created; 1 start; 2 comment 50 by ben; 3 comment 50 by `+to)
		o.belong(map[string]string{"ana": "A", "amy": "A", "ben": "B"})
		_, f := o.undeclared()
		o.Value("touch-free, assigned to "+to, f.Teams[o.Team("A")], free, 1)
	}
}

// Who had no home on coming first, and that of another team later, touches an item.
func TestTouchFreeAsksForHomesAgain(t *testing.T) {
	o := tell(t, assemble.Rules{}, `
A-1 story: 0 created by ana; 1 comment 50 by ben; 2 start by ana; 20 comment 50 by ben; 21 comment 50 by ben; 25 done by ana
B-1 story: 0 created`)
	o.Org.Members = []work.Membership{{Person: o.Person("ana"), Team: o.Team("A"), Share: 1}, {Person: o.Person("ben"), Team: o.Team("B"), From: o.Day(10), Share: 1}}
	slices.SortFunc(o.Org.Members, func(a, b work.Membership) int { return int(a.Person) - int(b.Person) })
	_, f := o.undeclared()
	o.Value("touch-free", f.Teams[o.Team("A")], 0, 1)
}
