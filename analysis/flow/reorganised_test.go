package flow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"smokestack/analysis/work"
)

// reorganise makes a team another on a day of the story.
func (o told) reorganise(day float64, team string) told {
	o.Org.Reorganised = append(o.Org.Reorganised, work.Reorganisation{At: o.Day(day), Teams: []work.TeamID{o.Told.Team(team)}})
	return o
}

// The window is days 28 to 56; A is another team since day 37, so that its
// window has the two weeks from day 42 on. Ten items of A took 1 to 10 days in
// them, ten others left before; with them the median were lower.
func TestMeasuresAfterAReorganisation(t *testing.T) {
	text := numbered(50, many("A", "story", 10, "0 created; 29 start; 30 done"))
	for d := range 10 {
		text += fmt.Sprintf("A-%d story: 0 created; 44 start; %d done\n", d+1, 45+d)
	}
	o := tell(t, text+"A-900 story: 0 created; 30 start\n").reorganise(37, "A")
	a := o.analyse(56, 4)
	s := o.team(a, "A")
	o.Value("median", a.Cycle(s).Quantile(0.5), 5, 10) // five of ten within 5 days; A-900 enters at age 12
	o.Value("median of all", a.Cycle(&a.Org).Quantile(0.5), 1, 20)
	o.Value("lead", a.Lead(s, 0.5), 49.5, 10)
	o.Value("throughput", a.Throughput(s), 5, 10)
	o.Value("throughput of all", a.Throughput(&a.Org), 5, 20)
	o.Value("drops", a.Drops(s), 0, 0)
	o.Value("in progress", a.WIP(s), (55+14)/14.0, 11)
	o.Value("now", a.WIPNow(s), 1, 1)
	o.Value("no start", a.Quality(s).NoStart, 0, 10)
	if got := a.Weekly(s, s.Finished); !slices.Equal(got, []int{4, 6}) {
		t.Errorf("weekly %v", got)
	}
	if got := a.Weekly(&a.Org, a.Org.Finished); !slices.Equal(got, []int{10, 0, 4, 6}) {
		t.Errorf("weekly of all %v", got)
	}
	if got := a.Weekly(s, a.Org.Finished); !slices.Equal(got, []int{4, 6}) {
		t.Errorf("what left before counts: %v", got)
	}
}

// Reorganised within the last week, a team has stocks and nothing else, and says
// why.
func TestMeasuresWithoutAWeek(t *testing.T) {
	o := tell(t, many("A", "story", 12, "0 created; 30 start; 40 done")+"A-900 story: 0 created; 30 start; 40 flag\nB-1 story: 0 created; 5 start; 41 done").reorganise(50, "A")
	a := o.analyse(56, 4)
	s := o.team(a, "A")
	o.Unknown("median", a.Cycle(s).Quantile(0.5), 0, whyReorganised)
	o.Unknown("by rule", a.CycleBy(s, work.StartStatus).Quantile(0.5), 0, whyReorganised)
	o.Unknown("lead", a.Lead(s, 0.5), 0, whyReorganised)
	o.Unknown("throughput", a.Throughput(s), 0, whyReorganised)
	o.Unknown("drops", a.Drops(s), 0, whyReorganised)
	o.Unknown("in progress", a.WIP(s), 1, whyReorganised)
	o.Value("now", a.WIPNow(s), 1, 1)
	o.Value("age", a.Age(s, 0.5), 26, 1)
	q := a.Quality(s)
	o.Unknown("no start", q.NoStart, 0, whyReorganised)
	o.Unknown("reopened", q.Reopened, 0, whyReorganised)
	o.Unknown("bulk", q.Bulk, 0, whyReorganised)
	o.Value("unlinked", q.Unlinked, 1, 1)
	aging := a.Aging(a.View)
	if open := aging.Teams[o.Told.Team("A")].Open; open != 1 {
		t.Errorf("%d open items age", open)
	}
	// Its own items tell no usual age any more; the organisation's do.
	if len(aging.Old) != 1 || aging.Old[0].Basis != AnyTeam || aging.Old[0].Lack != whyReorganised {
		t.Errorf("old: %+v", aging.Old)
	}
}

func TestPullsAfterAReorganisation(t *testing.T) {
	const text = "acme/shop#1 pull: 20 created; 30 merge\nacme/shop#2 pull: 20 created; 50 merge\nacme/shop#3 pull: 20 created; 31 drop\n"
	o := tell(t, text)
	team := o.Org.Teams[o.Owners.Val[0]].Name
	a := o.reorganise(37, team).analyse(56, 4)
	org, teams := a.Pulls()
	if own := teams[o.Told.Team(team)]; len(org.Merged) != 2 || len(own.Merged) != 1 || len(org.Closed) != 1 || len(own.Closed) != 0 {
		t.Errorf("merged %d and %d", len(org.Merged), len(own.Merged))
	}
	a = o.reorganise(52, team).analyse(56, 4)
	_, teams = a.Pulls()
	own := teams[o.Told.Team(team)]
	o.Unknown("lead", own.Lead(0.5), 0, whyReorganised)
	o.Unknown("no item", own.NoItem(), 0, whyReorganised)
	o.Unknown("lines", own.Lines(0.5), 0, whyReorganised)
}

// A team that was reorganised as a week began has the numbers of a cut that
// begins with that week.
func TestAReorganisedTeamIsThatOfAShorterCut(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 17))
		plan := make([]spell, 40)
		for i := range plan {
			plan[i] = spell{float64(r.IntN(400)) / 8, -1, r.IntN(4) == 0}
			if r.IntN(4) > 0 {
				plan[i].exit = plan[i].start + 0.125 + float64(r.IntN(100))/8
			}
		}
		o := tell(t, write(plan))
		want := o.analyse(56, 2)
		o.reorganise(42, "A")
		got := o.analyse(56, 6)
		x, y := o.team(got, "A"), o.team(want, "A")
		for _, p := range []float64{0.3, 0.5, 0.85} {
			w := want.Cycle(y).Quantile(p)
			o.Value("cycle", got.Cycle(x).Quantile(p), w.Value, w.N)
		}
		for name, pair := range map[string][2]float64{
			"wip":        {got.WIP(x).Value, want.WIP(y).Value},
			"throughput": {got.Throughput(x).High, want.Throughput(y).High},
			"lead":       {got.Lead(x, 0.5).Value, want.Lead(y, 0.5).Value},
			"bots":       {float64(got.Quality(x).Flapped.N), float64(want.Quality(y).Flapped.N)},
		} {
			if pair[0] != pair[1] && !(math.IsNaN(pair[0]) && math.IsNaN(pair[1])) {
				t.Errorf("seed %d: %s %v, want %v", seed, name, pair[0], pair[1])
			}
		}
	}
}
