package work_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

const day = work.Instant(24 * 60 * 60 * 1000)

// did is an event of a made-up organisation.
type did struct {
	item work.ItemID
	by   fact.Person
	at   work.Instant
}

// busy makes an organisation of items that teams own from the beginning on, and
// of what people did to them.
func busy(teams int, owner []work.TeamID, deeds []did) *work.Org {
	o := &work.Org{Teams: make([]work.Team, teams), Sites: []work.Site{{}}, Projects: []work.Project{{}}}
	owners := map[work.ItemID][]run{}
	for i, t := range owner {
		owners[work.ItemID(i)] = []run{{0, t}}
	}
	fill(o, len(owner), owners, deeds)
	return o
}

// run is an owner from an instant on.
type run struct {
	from work.Instant
	team work.TeamID
}

func fill(o *work.Org, items int, owners map[work.ItemID][]run, deeds []did) {
	slices.SortStableFunc(deeds, func(a, b did) int { return int(a.at - b.at) })
	o.Owners.Off, o.Trails.Off = []uint32{0}, []uint32{0}
	for i := range work.ItemID(items) {
		o.Items.ID, o.Items.Site = append(o.Items.ID, fmt.Sprint(i)), append(o.Items.Site, 0)
		o.Items.Class, o.Items.Created = append(o.Items.Class, fact.ClassIssue), append(o.Items.Created, 0)
		o.Items.Project = append(o.Items.Project, 0)
		for _, r := range owners[i] {
			o.Owners.From, o.Owners.Val = append(o.Owners.From, r.from), append(o.Owners.Val, r.team)
		}
		o.Owners.Off = append(o.Owners.Off, uint32(len(o.Owners.From)))
		for _, d := range deeds {
			if d.item == i {
				o.Trails.Events = append(o.Trails.Events, work.Event{At: d.at, By: d.by})
			}
		}
		o.Trails.Off = append(o.Trails.Off, uint32(len(o.Trails.Events)))
	}
}

// times is n events of somebody on an item, a day apart from a day on.
func times(n int, by fact.Person, item work.ItemID, from work.Instant) []did {
	var out []did
	for k := range work.Instant(n) {
		out = append(out, did{item, by, (from + k) * day})
	}
	return out
}

// METRICS section 0: half or more of five events or more in the 13 weeks before.
func TestHomeIsTheTeamOfHalfTheEvents(t *testing.T) {
	const none, red, blue = work.NoTeam, work.TeamID(2), work.TeamID(3)
	owner := []work.TeamID{red, red, blue, none, work.Several, blue}
	for _, c := range []struct {
		name   string
		deeds  []did
		at     work.Instant // day
		except work.ItemID
		want   work.TeamID
		most   work.TeamID
	}{
		{"five events", times(5, 1, 0, 10), 20, work.NoItem, red, red},
		{"four", times(4, 1, 0, 10), 20, work.NoItem, none, red},
		{"five, the last at that instant", times(5, 1, 0, 10), 14, work.NoItem, none, red},
		{"the first just 13 weeks before", times(5, 1, 0, 10), 10 + 91, work.NoItem, red, red},
		{"the first a day more than 13 weeks before", times(5, 1, 0, 10), 11 + 91, work.NoItem, none, red},
		{"nobody known", times(5, 2, 0, 10), 20, work.NoItem, none, none},
		{"three of six", slices.Concat(times(3, 1, 0, 10), times(3, 1, 3, 13)), 20, work.NoItem, red, red},
		{"three of seven, others unowned", slices.Concat(times(3, 1, 0, 10), times(4, 1, 3, 13)), 20, work.NoItem, none, red},
		{"three of five, others of several teams", slices.Concat(times(3, 1, 0, 10), times(2, 1, 4, 13)), 20, work.NoItem, red, red},
		{"five unowned", times(5, 1, 3, 10), 20, work.NoItem, none, none},
		{"half each: the team of the first event", slices.Concat(times(3, 1, 2, 10), times(3, 1, 0, 13)), 20, work.NoItem, blue, blue},
		{"half each, the other way", slices.Concat(times(3, 1, 0, 10), times(3, 1, 2, 13)), 20, work.NoItem, red, red},
		{"without the item under test", slices.Concat(times(5, 1, 0, 10), times(6, 1, 2, 13)), 20, 2, red, red},
		{"too few without it", slices.Concat(times(4, 1, 0, 10), times(6, 1, 2, 13)), 20, 2, none, red},
		{"another item of the team stays", slices.Concat(times(3, 1, 2, 10), times(2, 1, 5, 13), times(3, 1, 0, 15)), 19, 2, red, red},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := busy(4, owner, c.deeds).At(1000 * day).Homes()
			if got := h.At(1, c.at*day, c.except); got != c.want {
				t.Errorf("home %d, want %d", got, c.want)
			}
			if got := h.Most(1, c.at*day, c.except); got != c.most {
				t.Errorf("most events for %d, want %d", got, c.most)
			}
		})
	}
}

// A dated membership comes before what events tell.
func TestMembershipsComeFirst(t *testing.T) {
	o := busy(5, []work.TeamID{2}, times(30, 1, 0, 0))
	o.Members = []work.Membership{
		{Person: 1, Team: 3, From: 10 * day, Until: 20 * day, Share: 0.5},
		{Person: 1, Team: 4, From: 15 * day, Until: 25 * day, Share: 0.5},
		{Person: 1, Team: 2, From: 18 * day, Until: 22 * day, Share: 0.4},
		{Person: 2, Team: 4, From: 0, Share: 1},
	}
	h := o.At(1000 * day).Homes()
	for d, want := range map[work.Instant]work.TeamID{9: 2, 10: 3, 15: 3, 19: 3, 20: 4, 24: 4, 25: 2, 500: work.NoTeam} {
		if got := h.At(1, d*day, work.NoItem); got != want {
			t.Errorf("day %d: %d, want %d", d, got, want)
		}
	}
	if got := h.At(2, 999*day, 0); got != 4 {
		t.Errorf("who never did anything is of %d, want 4", got)
	}
	if got := h.At(3, day, 0); got != work.NoTeam {
		t.Errorf("nobody is of %d", got)
	}
	if got := h.People(0, 100*day); !slices.Equal(got, []int{1, 0, 1, 1, 1}) {
		t.Errorf("people %v", got) // shared on days 0 to 4, then of 2, 3, 4 and 2
	}
}

// What is not known at the view's instant tells nothing.
func TestHomesAsOfThen(t *testing.T) {
	o := busy(3, []work.TeamID{2}, times(10, 1, 0, 1))
	if got := o.At(5*day).Homes().At(1, 20*day, work.NoItem); got != 2 {
		t.Errorf("five events are known: %d", got)
	}
	if got := o.At(5*day-1).Homes().At(1, 20*day, work.NoItem); got != work.NoTeam {
		t.Errorf("four events are known: %d", got)
	}
}

// made is a random organisation with changing owners, and pull requests.
func made(r *rand.Rand) *work.Org {
	teams, items := 2+r.IntN(5), 1+r.IntN(12)
	o := &work.Org{Teams: make([]work.Team, teams), Sites: []work.Site{{}}, Projects: []work.Project{{}}}
	owners := map[work.ItemID][]run{}
	for i := range work.ItemID(items) {
		for k := range 1 + r.IntN(3) {
			owners[i] = append(owners[i], run{work.Instant(k*40+r.IntN(20)) * day, work.TeamID(max(r.IntN(teams+1), r.IntN(teams+1)))})
		}
	}
	var deeds []did
	for range r.IntN(300) * (1 + 9*r.IntN(2)) {
		deeds = append(deeds, did{work.ItemID(r.IntN(items)), fact.Person(r.IntN(4)), work.Instant(r.IntN(200)) * day})
	}
	fill(o, items, owners, deeds)
	for i := range work.ItemID(items / 2) {
		o.Items.Class[i] = fact.ClassPull
		o.Pulls = append(o.Pulls, work.Pull{Item: i})
	}
	for range r.IntN(6) {
		if items < 2 {
			break
		}
		c := work.Carry{Pull: work.ItemID(r.IntN(items / 2)), Item: work.ItemID(items/2 + r.IntN(items-items/2)), Made: work.Instant(r.IntN(100)) * day}
		if r.IntN(4) == 0 {
			c.Removed = c.Made + work.Instant(r.IntN(150))*day
		}
		o.Carries = append(o.Carries, c)
	}
	o.IndexPulls()
	return o
}

// plain is the home by the words of its definition, from all events.
func plain(v work.View, p fact.Person, t work.Instant, except work.ItemID) (home, most work.TeamID) {
	left := map[work.ItemID]bool{except: true}
	if except != work.NoItem {
		v.Carried(except, func(p *work.Pull) { left[p.Item] = true })
		for _, i := range v.CarriedBy(except) {
			left[i] = true
		}
	}
	all, of, first := 0, make([]int, len(v.Teams)), map[work.TeamID]work.Instant{}
	for i := range work.ItemID(v.Items.Len()) {
		for _, e := range v.Trails.Of(i) {
			if e.By != p || e.At == 0 || e.At > v.T {
				continue
			}
			team := v.Owner(i, e.At)
			owned := team > work.Several && int(team) < len(v.Teams)
			if at, ok := first[team]; !ok || e.At < at {
				first[team] = e.At
			}
			if e.At >= t || e.At < t-91*day || left[i] {
				continue
			}
			all++
			if owned {
				of[team]++
			}
		}
	}
	best := 0
	for team, n := range of {
		if n > best || n == best && n > 0 && first[work.TeamID(team)] < first[most] {
			best, most = n, work.TeamID(team)
		}
	}
	if all >= 5 && float64(best) >= float64(all)/2 {
		home = most
	}
	return home, most
}

func TestHomesAgreeWithCountingEverything(t *testing.T) {
	homes, asked := 0, 0
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 50))
		v := made(r).At(work.Instant(50+r.IntN(150)) * day)
		h := v.Homes()
		for range 60 {
			p, at, except := fact.Person(r.IntN(4)), work.Instant(r.IntN(200))*day, work.NoItem
			if r.IntN(2) == 0 {
				except = work.ItemID(r.IntN(v.Items.Len()))
			}
			home, most := plain(v, p, at, except)
			if p == 0 {
				home, most = work.NoTeam, work.NoTeam
			}
			if got, gotMost := h.At(p, at, except), h.Most(p, at, except); got != home || gotMost != most {
				t.Fatalf("seed %d: person %d on day %d without %d: home %d, most %d; want %d, %d", seed, p, at/day, except, got, gotMost, home, most)
			}
			asked++
			if home != work.NoTeam {
				homes++
			}
		}
		people := make([]int, max(2, len(v.Teams)))
		for p := fact.Person(1); p < 4; p++ {
			was := map[work.TeamID]bool{}
			for i := range work.ItemID(v.Items.Len()) {
				for _, e := range v.Trail(i) {
					if home, _ := plain(v, p, e.At, work.NoItem); e.By == p && e.At >= 20*day && e.At < 150*day {
						was[home] = true
					}
				}
			}
			for team := range was {
				people[team]++
			}
		}
		if got := h.People(20*day, 150*day); !slices.Equal(got, people) {
			t.Fatalf("seed %d: people %v, want %v", seed, got, people)
		}
	}
	if homes < 100 {
		t.Errorf("only %d homes of %d", homes, asked)
	}
}

// Nothing in, nothing out; and no memory for each question.
func TestHomesOfNothing(t *testing.T) {
	for _, o := range []*work.Org{{}, busy(0, nil, nil), busy(1, []work.TeamID{60000}, times(9, 1, 0, 1))} {
		h := o.At(1000 * day).Homes()
		if got := h.At(1, 20*day, work.NoItem); got != work.NoTeam {
			t.Errorf("home %d", got)
		}
		h.People(0, 1000*day)
	}
	h := busy(4, []work.TeamID{2, 3}, slices.Concat(times(50, 1, 0, 0), times(50, 1, 1, 0))).At(1000 * day).Homes()
	if n := testing.AllocsPerRun(10, func() { h.At(1, 40*day, 0) }); n > 0 {
		t.Errorf("%v allocations for a question", n)
	}
}

func BenchmarkHomes(b *testing.B) {
	for _, items := range []int{1_000, 10_000, 100_000} {
		r := rand.New(rand.NewPCG(1, 51))
		teams := 10
		o := &work.Org{Teams: make([]work.Team, teams+2), Sites: []work.Site{{}}, Projects: []work.Project{{}}}
		o.Owners.Off, o.Trails.Off = []uint32{0}, []uint32{0}
		for i := range items {
			team := r.IntN(teams)
			o.Items.ID, o.Items.Site = append(o.Items.ID, ""), append(o.Items.Site, 0)
			o.Items.Class, o.Items.Created, o.Items.Project = append(o.Items.Class, fact.ClassIssue), append(o.Items.Created, 0), append(o.Items.Project, 0)
			o.Owners.From, o.Owners.Val = append(o.Owners.From, 0), append(o.Owners.Val, work.TeamID(2+team))
			o.Owners.Off = append(o.Owners.Off, uint32(i+1))
			from := work.Instant(r.IntN(1000)) * day
			for k := range work.Instant(10) {
				by := fact.Person(1 + team + teams*r.IntN(items/200+1))
				o.Trails.Events = append(o.Trails.Events, work.Event{At: from + (k+1)*day, By: by})
			}
			o.Trails.Off = append(o.Trails.Off, uint32(len(o.Trails.Events)))
		}
		v := o.At(2000 * day)
		h := v.Homes()
		b.Run(fmt.Sprintf("Make/%d", items), func(b *testing.B) {
			for b.Loop() {
				v.Homes()
			}
		})
		b.Run(fmt.Sprintf("Ask/%d", items), func(b *testing.B) {
			for b.Loop() {
				i := work.ItemID(r.IntN(items))
				e := v.Trails.Of(i)[r.IntN(10)]
				h.At(e.By, e.At, i)
			}
		})
		b.Run(fmt.Sprintf("People/%d", items), func(b *testing.B) {
			for b.Loop() {
				h.People(600*day, 964*day)
			}
		})
	}
}

// Who is person 1 decides no rank: the same deeds of one instant, after which ben
// goes on and ana does not.
func TestRankDoesNotGoByNumber(t *testing.T) {
	for _, first := range []string{"ana", "ben"} {
		// A-2 only gives numbers: it is created after the view's instant.
		o := assembletest.Tell(t, assemble.Rules{}, `
A-2 story: 9 created by `+first+`
A-1 story: 0 created; 1 comment 50 by ana; 1 comment 50 by ben; 2 comment 50 by ben
A-3 story: 0 created; 1 comment 50 by ana; 1 comment 50 by cy; 3 comment 50 by cy`)
		h := o.Org.At(o.Day(5)).Homes()
		for rank, name := range []string{"ben", "ana", "cy"} {
			if got := h.Rank(o.Person(name)); got != rank {
				t.Errorf("%s numbered first: rank of %s is %d, want %d", first, name, got, rank)
			}
		}
	}
}

// What ben did to the pull request of a part of A-1 does not tell his home when A-1
// is the item under test, counted once where it carries A-1 and two parts of it.
func TestHomeIsNotToldByThePullsOfParts(t *testing.T) {
	for _, carried := range []string{"2 mentions title A-9", "2 mentions title A-8; 2 mentions title A-9; 2 mentions title A-1"} {
		o := assembletest.Tell(t, assemble.Rules{}, `
A-7 epic: 0 created
A-1 story: 0 created; 1 start; 20 done
A-8 sub-task in A-1: 0 created
A-9 sub-task in A-1: 0 created
acme/shop#7 pull: 2 created by ben; `+carried+`; 3 commit by ben; 4 commit by ben; 5 commit by ben; 6 commit by ben; 7 commit by ben
B-1 story: 0 created; 1 comment 50 by ben; 2 comment 50 by ben; 3 comment 50 by ben; 4 comment 50 by ben; 5 comment 50 by ben`)
		h, ben := o.Org.At(o.Day(28)).Hold().Homes(), o.Person("ben")
		item := func(key string) work.ItemID { return work.ItemID(slices.Index(o.Items.Key, key)) }
		for key, want := range map[string]string{"A-1": "B", "B-1": "acme/shop"} {
			if home := h.At(ben, o.Day(9), item(key)); o.Teams[home].Name != want {
				t.Errorf("%s: without %s and what belongs to it ben is of %q, want %s", carried, key, o.Teams[home].Name, want)
			}
		}
	}
}
