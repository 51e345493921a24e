package work_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// reorganise is the story's organisation with reorganisations on some days, of
// the teams named or of all.
func (o told) reorganise(days ...string) told {
	o.t.Helper()
	for _, text := range days {
		var day float64
		var name string
		if n, _ := fmt.Sscanf(text, "%g %s", &day, &name); n == 0 {
			o.t.Fatalf("no day in %q", text)
		}
		r := work.Reorganisation{At: o.Day(day)}
		if name != "" {
			r.Teams = []work.TeamID{o.team(name)}
		}
		o.Org.Reorganised = append(o.Org.Reorganised, r)
	}
	return o
}

// The window of the cut is days 7 to 21.
func TestWindowsBeginAfterReorganisations(t *testing.T) {
	for _, c := range []struct {
		name string
		days []string
		a, b string // the teams' windows, in days
	}{
		{"none", nil, "7 14 21", "7 14 21"},
		{"of one team, in the first week", []string{"10 A"}, "14 21", "7 14 21"},
		{"of all teams", []string{"10"}, "14 21", "14 21"},
		{"as a week begins", []string{"14 A"}, "14 21", "7 14 21"},
		{"as the window begins", []string{"7 A"}, "7 14 21", "7 14 21"},
		{"before", []string{"3 A"}, "7 14 21", "7 14 21"},
		{"in the last week", []string{"14.5 A"}, "21", "7 14 21"},
		{"in the last instant", []string{"20.9999999 A"}, "21", "7 14 21"},
		{"as the window ends: not known yet", []string{"21 A"}, "7 14 21", "7 14 21"},
		{"later", []string{"30"}, "7 14 21", "7 14 21"},
		{"twice", []string{"8 A", "16 B"}, "14 21", "21"},
		{"twice the same", []string{"8 A", "9", "16 A"}, "21", "14 21"},
	} {
		o := tell(t, "A-1 story: 0 created\nB-1 story: 0 created").reorganise(c.days...)
		cut := o.cut(23, 2)
		before := slices.Clone(cut.Window.Bounds)
		for team, want := range map[string]string{"A": c.a, "B": c.b} {
			s := &cut.Teams[o.team(team)]
			got := ""
			for k, at := range s.Window.Bounds {
				if k > 0 {
					got += " "
				}
				got += fmt.Sprint(o.days(at))
			}
			if got != want || s.Reorganised() != (want == "21") || s.Reorganised() != s.Window.Empty() {
				t.Errorf("%s: the window of %s is %s, want %s; reorganised %v", c.name, team, got, want, s.Reorganised())
			}
		}
		if got := cut.Org.Window.Bounds; !slices.Equal(got, before) || len(got) != 3 || cut.Org.Reorganised() {
			t.Errorf("%s: the organisation's window is %v", c.name, got)
		}
	}
}

// What left, began or was in progress before A was reorganised on day 10 is the
// organisation's alone; what is open stays A's.
func TestCutAfterAReorganisation(t *testing.T) {
	o := tell(t, `
A-1 story: 0 created; 3 start; 9 done
A-2 story: 0 created; 8 start; 16 done
A-3 story: 0 created; 8 start
A-4 story: 0 created; 12 drop
A-5 story: 0 created; 15 start; 17 drop
B-1 story: 0 created; 3 start; 9 done`).reorganise("10 A")
	cut := o.cut(23, 2)
	for team, want := range map[string]string{
		"A": "finished A-2; dropped A-5; begun A-3; waiting 0; pastless 0; started 1; owned 5; progress 11", // 2 + 7 + 2 from day 14
		"B": "finished B-1; dropped ; begun ; waiting 0; pastless 0; started 0; owned 1; progress 2",
	} {
		if got := o.slice(&cut.Teams[o.team(team)]); got != want {
			t.Errorf("team %s: %s\nwant %s", team, got, want)
		}
	}
	want := "finished A-1 A-2 B-1; dropped A-4 A-5; begun A-3; waiting 0; pastless 0; started 3; owned 6; progress 27" // 2+8+13+2+2
	if got := o.slice(&cut.Org); got != want {
		t.Errorf("organisation: %s\nwant %s", got, want)
	}

	cut = o.reorganise("20 A").cut(23, 2)
	want = "finished ; dropped ; begun A-3; waiting 0; pastless 0; started 0; owned 5; progress 0"
	if got := o.slice(&cut.Teams[o.team("A")]); got != want {
		t.Errorf("without a week: %s\nwant %s", got, want)
	}
}

// A source that ended before a team was reorganised leaves nothing lapsed within
// the team's window.
func TestLapsedBeforeAReorganisation(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 3 start\nB-1 story: 0 created; 3 start").reorganise("10 A")
	for p := range o.Org.Projects {
		o.Org.Projects[p].Through = o.Day(12)
	}
	cut := o.cut(23, 2)
	a, b := &cut.Teams[o.team("A")], &cut.Teams[o.team("B")]
	if len(a.Lapsed) != 0 || len(b.Lapsed) != 1 || len(cut.Org.Lapsed) != 2 || a.Unknown != 1 {
		t.Errorf("lapsed: %v of A, %v of B, %v of all; %d unknown", a.Lapsed, b.Lapsed, cut.Org.Lapsed, a.Unknown)
	}
}

// Cell by cell: a team's progress is what it owned since the first week that
// begins after its last reorganisation, and its lists hold what left since.
func TestCutsAfterReorganisationsCellByCell(t *testing.T) {
	const cell = fact.Day / 8
	cutShort := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 41))
		o := tell(t, lives(r))
		for range r.IntN(4) {
			re := work.Reorganisation{At: o.Day(float64(r.IntN(400)) / 8)}
			for team := range o.Org.Teams {
				if r.IntN(2) == 0 {
					re.Teams = append(re.Teams, work.TeamID(team))
				}
			}
			o.Org.Reorganised = append(o.Org.Reorganised, re)
		}
		slices.SortFunc(o.Org.Reorganised, func(x, y work.Reorganisation) int { return int(x.At - y.At) })
		cut := o.cut(float64(14+r.IntN(40)), 1+r.IntN(3))
		for team := range cut.Teams {
			s, last := &cut.Teams[team], fact.Instant(0)
			for _, re := range o.Org.Reorganised {
				all := len(re.Teams) == 0
				if re.At < cut.Window.To() && (all || slices.Contains(re.Teams, work.TeamID(team))) {
					last = max(last, re.At)
				}
			}
			from := cut.Window.To()
			for k := cut.Window.Weeks() - 1; k >= 0 && cut.Window.Bounds[k] >= last; k-- {
				from = cut.Window.Bounds[k]
			}
			if from != s.Window.From() || s.Window.To() != cut.Window.To() {
				t.Fatalf("seed %d, team %d: the window begins on day %v, want %v", seed, team, o.days(s.Window.From()), o.days(from))
			}
			if from != cut.Window.From() {
				cutShort++
			}
			progress, exits, started := fact.Instant(0), 0, 0
			for i := range work.ItemID(o.Items.Len()) {
				l := cut.Lives[i]
				if !cut.View.Has(i) || cut.View.Level(i) != work.LevelItem {
					continue
				}
				owns := func(at fact.Instant) bool { return cut.View.Owner(i, at) == work.TeamID(team) }
				if l.Exit >= from && l.End != work.Unknown && owns(l.Exit) {
					exits++
				}
				if l.Begun() && l.Start >= from && owns(l.Start) {
					started++
				}
				for at := from; l.Begun() && at < cut.Window.To(); at += cell {
					if l.Start <= at && (l.End == work.Unknown || at < l.Exit) && owns(at) {
						progress += cell
					}
				}
			}
			if s.Progress != progress || s.Exits() != exits || s.Started != started {
				t.Fatalf("seed %d, team %d: progress %v, %d exits, %d started; want %v, %d, %d", seed, team, s.Progress, s.Exits(), s.Started, progress, exits, started)
			}
		}
	}
	if cutShort < 100 {
		t.Errorf("only %d windows were cut: the stories test nothing", cutShort)
	}
}

func TestTheZeroWindowHoldsNothing(t *testing.T) {
	for _, w := range []work.Window{{}, {Bounds: []work.Instant{5}}} {
		if w.Weeks() != 0 || !w.Empty() || w.Holds(5) || w.Holds(0) || w.From() != w.To() {
			t.Errorf("window %v", w)
		}
	}
}
