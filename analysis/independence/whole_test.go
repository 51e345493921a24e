package independence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// firm makes a whole organisation of so many teams, people in each and items: a
// third of the items in epics of twenty, two in ten with a dependency, ten events
// each; what people do crosses teams with a probability. The items' times lie in
// the 52 weeks before the instant `end`; person n has the number who(n).
func firm(teams, size, items int, cross float64, end work.Instant, who func(int) fact.Person) *work.Org {
	r := rand.New(rand.NewPCG(11, 64))
	o := &work.Org{Zone: time.UTC, Sites: []work.Site{{URL: "w", FirstBatch: 1}}, Projects: []work.Project{{}}, Types: []string{""}}
	for t := range teams + 2 {
		o.Teams = append(o.Teams, work.Team{Name: strconv.Itoa(t)})
	}
	runs := func(off *[]uint32, n int) { *off = append(*off, uint32(n)) }
	for _, off := range []*[]uint32{&o.States.Off, &o.Levels.Off, &o.Kinds.Off, &o.Owners.Off, &o.Parents.Off, &o.Assignees.Off, &o.Trails.Off} {
		runs(off, 0)
	}
	const day = work.Instant(fact.Day)
	epics := max(items/60/teams, 1) * teams // each of one team, in turn
	for i := range items + epics {
		team := r.IntN(teams)
		other := func() int {
			if teams > 1 && r.Float64() < cross {
				return (team + 1 + r.IntN(teams-1)) % teams
			}
			return team
		}
		created := end - 364*day + work.Instant(r.Int64N(int64(340*day)))
		level, parent := work.LevelItem, work.NoItem
		if i < epics {
			level = work.LevelBatch
			created = end - 365*day
		} else if r.IntN(3) == 0 {
			near := team // epics are of two teams at most
			if r.Float64() < cross {
				near = (team + 1) % teams
			}
			parent = work.ItemID(r.IntN(epics/teams)*teams + near)
		}
		it := &o.Items
		it.Site, it.Project, it.Class = append(it.Site, 0), append(it.Project, 0), append(it.Class, fact.ClassIssue)
		it.ID, it.Key, it.Created = append(it.ID, fmt.Sprintf("%08d", i)), append(it.Key, ""), append(it.Created, created)
		it.History = append(it.History, fact.WholeHistory)
		for _, c := range []*[]work.Instant{&it.Logged, &it.Coded, &it.Assigned, &it.Sprinted} {
			*c = append(*c, 0)
		}
		it.Unread = append(it.Unread, 0)
		it.Title.Append("")
		start, exit := created+day, created+day+work.Instant(r.IntN(20))*day
		o.States.From, o.States.Val = append(o.States.From, created, start, exit), append(o.States.Val, work.Queue, work.Active, work.Done)
		runs(&o.States.Off, len(o.States.Val))
		o.Levels.From, o.Levels.Val = append(o.Levels.From, created), append(o.Levels.Val, level)
		runs(&o.Levels.Off, len(o.Levels.Val))
		o.Kinds.From, o.Kinds.Val = append(o.Kinds.From, created), append(o.Kinds.Val, 0)
		runs(&o.Kinds.Off, len(o.Kinds.Val))
		o.Owners.From, o.Owners.Val = append(o.Owners.From, created), append(o.Owners.Val, work.TeamID(2+team))
		runs(&o.Owners.Off, len(o.Owners.Val))
		o.Parents.From, o.Parents.Val = append(o.Parents.From, created), append(o.Parents.Val, parent)
		runs(&o.Parents.Off, len(o.Parents.Val))
		person := func() fact.Person { return who(1 + other()*size + r.IntN(size)) }
		first, second := person(), person()
		o.Assignees.From, o.Assignees.Val = append(o.Assignees.From, created, start+day), append(o.Assignees.Val, first, second)
		runs(&o.Assignees.Off, len(o.Assignees.Val))
		if level == work.LevelItem {
			at := created
			for n := range 10 {
				at += work.Instant(1 + r.Int64N(int64(day)))
				by := first
				if n > 4 {
					by = second
				}
				if n%5 == 4 {
					by = person()
				}
				deed := work.DeedEdited
				if n%3 == 1 {
					deed = work.DeedCommented
				}
				o.Trails.Events = append(o.Trails.Events, work.Event{At: at, By: by, Deed: deed})
			}
		}
		runs(&o.Trails.Off, len(o.Trails.Events))
	}
	for i := epics; i < items+epics; i++ {
		if to := epics + r.IntN(items); i%5 == 0 && to != i {
			o.Links = append(o.Links, work.Link{From: work.ItemID(i), To: work.ItemID(to), Kind: work.LinkDepends, Made: end - 300*day, Dated: true})
		}
	}
	o.IndexChildren()
	o.IndexPulls()
	return o
}

func itself(n int) fact.Person { return fact.Person(n) }

func cutOf(o *work.Org, end work.Instant, zone *time.Location) *work.Cut {
	o.Zone = zone
	w := work.LastWeeks(end, 52, zone)
	v := o.At(w.To() - 1)
	return v.Cut(w, v.Lives())
}

var monday = fact.At(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))

// A whole organisation has numbers in every lens, and they are the same whatever
// numbers people have, and if all instants and the zone are shifted together.
func TestPeoplesNumbersAndZonesDoNotMatter(t *testing.T) {
	o := firm(4, 8, 1200, 0.2, monday, itself)
	c := cutOf(o, monday, time.UTC)
	want := Analyse(c, deps.Analyse(c), c.View.Homes(), Options{})
	for _, k := range []Kind{Links, Batches, People, HandOffs, Talks} {
		if x := want.Org.Lenses[k]; !x.Eligible {
			t.Errorf("%v: %+v", k, x)
		}
	}
	if !want.Org.NoHubs.Known() || want.Org.Lenses[Talks].People < 30 {
		t.Errorf("%+v, %d people", want.Org.NoHubs, want.Org.Lenses[Talks].People)
	}
	compare := func(name string, got *Analysis) {
		t.Helper()
		for row := range got.Teams {
			if bad := alike(&got.Teams[row], &want.Teams[row], 0); bad != "" {
				t.Errorf("%s, team %d: %s", name, row, bad)
			}
		}
		if bad := alike(&got.Org, &want.Org, 0); bad != "" {
			t.Errorf("%s: %s", name, bad)
		}
		for _, x := range [][2]float64{{got.Org.NoHubs.Value, want.Org.NoHubs.Value}, {got.Org.Placed.Value, want.Org.Placed.Value}} {
			if !close(x[0], x[1]) {
				t.Errorf("%s: another run has %v, want %v", name, x[0], x[1])
			}
		}
	}
	numbers := rand.New(rand.NewPCG(1, 1)).Perm(40)
	c = cutOf(firm(4, 8, 1200, 0.2, monday, func(n int) fact.Person { return fact.Person(1000 + numbers[n]) }), monday, time.UTC)
	compare("other numbers", Analyse(c, deps.Analyse(c), c.View.Homes(), Options{}))
	const shift = 5 * fact.Day / 24
	o = firm(4, 8, 1200, 0.2, monday+shift, itself)
	c = cutOf(o, monday+shift, time.FixedZone("", -5*60*60))
	compare("shifted", Analyse(c, deps.Analyse(c), c.View.Homes(), Options{}))
}

// The parts of the rows add up to the organisation in every lens.
func TestRowsAddUp(t *testing.T) {
	for seed, size := range []int{3, 5, 8} {
		c := cutOf(firm(4+seed, size, 1200, 0.3, monday, itself), monday, time.UTC)
		a := Analyse(c, deps.Analyse(c), nil, Options{})
		for k := range a.Org.Lenses {
			org, sum, n := a.Org.Lenses[k], 0.0, 0
			for _, row := range append(slices.Clone(a.Teams), a.Others) {
				if x := row.Lenses[k]; x.OII.Known() {
					sum += x.Chance / org.Chance * x.OII.Value
					n++
				}
			}
			if math.Abs(sum-org.OII.Value) > 1e-12 || n < 1 {
				t.Errorf("%d people, %v: %v in %d rows, want %v", size, Kind(k), sum, n, org.OII.Value)
			}
		}
	}
}

// Ten thousand teams of one, nobody, one team, one item: no panic, no number
// without a reason.
func TestExtremeOrganisations(t *testing.T) {
	for name, o := range map[string]*work.Org{
		"10,000 teams of one": firm(10_000, 1, 3000, 0.2, monday, itself),
		"one team":            firm(1, 9, 300, 0, monday, itself),
		"one item":            firm(2, 5, 1, 0, monday, itself),
		"no items":            firm(3, 5, 0, 0, monday, itself),
		"everybody is one":    firm(4, 6, 300, 0.2, monday, func(int) fact.Person { return 7 }),
		"nobody is known":     firm(4, 6, 300, 0.2, monday, func(int) fact.Person { return 0 }),
	} {
		c := cutOf(o, monday, time.UTC)
		began := time.Now()
		a := Analyse(c, deps.Analyse(c), nil, Options{})
		t.Logf("%s: %v", name, time.Since(began))
		for _, row := range append(slices.Clone(a.Teams), a.Org, a.Others) {
			for k, x := range row.Lenses {
				if !x.OII.Known() && x.OII.Why == "" || x.OII.Known() && (math.IsInf(x.OII.Value, 0) || !x.OII.Bounded() && x.OII.Why == "") {
					t.Fatalf("%s, %v: %+v", name, Kind(k), x)
				}
				if Kind(k).OfPeople() && x.OII.Known() && x.People < 5 {
					t.Fatalf("%s, %v: %d people are told of", name, Kind(k), x.People)
				}
			}
			if !row.Headline.Known() && row.Headline.Why == "" || !row.NoHubs.Known() && row.NoHubs.Why == "" || !row.Placed.Known() && row.Placed.Why == "" {
				t.Fatalf("%s: %+v", name, row.Headline)
			}
		}
	}
}

func BenchmarkAnalyse(b *testing.B) {
	for _, items := range []int{1_000, 10_000, 100_000} {
		c := cutOf(firm(20, 8+items/1000, items, 0.2, monday, itself), monday, time.UTC)
		d, h := deps.Analyse(c), c.View.Homes()
		b.Run(strconv.Itoa(items), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Analyse(c, d, h, Options{})
			}
		})
	}
}

// In every lens the row of a reorganised team has nothing from before.
func TestReorganisedTeamsBeginAnewInEveryLens(t *testing.T) {
	at := monday - 140*work.Instant(fact.Day)
	o := firm(4, 8, 3000, 0.2, monday, itself)
	o.Reorganised = []work.Reorganisation{{At: at, Teams: []work.TeamID{3}}}
	got := Analyse(cutOf(o, monday, time.UTC), deps.Analyse(cutOf(o, monday, time.UTC)), nil, Options{})
	// The same organisation, in which nobody did anything before.
	trails := o.Trails
	o.Trails = work.Trails{Off: []uint32{0}}
	for i := range work.ItemID(o.Items.Len()) {
		for _, e := range trails.Of(i) {
			if e.At < at-91*work.Instant(fact.Day) { // homes look 13 weeks back
				continue
			}
			o.Trails.Events = append(o.Trails.Events, e)
		}
		o.Trails.Off = append(o.Trails.Off, uint32(len(o.Trails.Events)))
	}
	c := cutOf(o, monday, time.UTC)
	w := c.Teams[3].Window
	if w.Weeks() != 20 || w.From() < at {
		t.Fatalf("%d weeks from %v", w.Weeks(), w.From())
	}
	part := o.At(w.To()-1).Cut(w, c.Lives)
	want := Analyse(part, deps.Analyse(part), nil, Options{})
	if bad := alike(&got.Teams[3], &want.Teams[3], 0); bad != "" {
		t.Error(bad)
	}
	if x := got.Teams[3].Lenses[Talks]; !x.Eligible || x.OII.N >= got.Teams[4].Lenses[Talks].OII.N {
		t.Errorf("%+v", x)
	}
}
