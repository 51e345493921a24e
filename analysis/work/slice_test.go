package work_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// cut is the cut of the last n weeks before a day of the story; the view's
// instant is the window's last.
func (o told) cut(day float64, weeks int) *work.Cut {
	w := work.LastWeeks(o.Day(day), weeks, time.UTC)
	v := o.Org.At(w.To() - 1)
	return v.Cut(w, v.Lives())
}

func (o told) keys(items []work.ItemID) string {
	var out []string
	for _, i := range items {
		out = append(out, o.key(i))
	}
	return strings.Join(out, " ")
}

func (o told) slice(s *work.Slice) string {
	return fmt.Sprintf("finished %s; dropped %s; begun %s; waiting %d; pastless %d; started %d; owned %d; progress %g",
		o.keys(s.Finished), o.keys(s.Dropped), o.keys(s.Begun), s.Waiting, s.Pastless, s.Started, s.Owned, fact.Days(0, s.Progress))
}

// The window is days 7 to 21. Expectations are counted by hand.
func TestCut(t *testing.T) {
	for _, c := range []struct {
		name, story, want string
	}{
		{"finished within", "A-1 story: 0 created; 3 start; 10 done", // in progress on days 7 to 10
			"finished A-1; dropped ; begun ; waiting 0; pastless 0; started 0; owned 1; progress 3"},
		{"begun and dropped within", "A-1 story: 0 created; 8 start; 10.5 drop",
			"finished ; dropped A-1; begun ; waiting 0; pastless 0; started 1; owned 1; progress 2.5"},
		{"open all the time", "A-1 story: 0 created; 3 start",
			"finished ; dropped ; begun A-1; waiting 0; pastless 0; started 0; owned 1; progress 14"},
		{"not begun", "A-1 story: 9 created", "finished ; dropped ; begun ; waiting 1; pastless 0; started 0; owned 1; progress 0"},
		{"left before", "A-1 story: 0 created; 3 start; 6 done", "finished ; dropped ; begun ; waiting 0; pastless 0; started 0; owned 1; progress 0"},
		{"left after", "A-1 story: 0 created; 8 start; 22 done", "finished ; dropped ; begun A-1; waiting 0; pastless 0; started 1; owned 1; progress 13"},
		{"born after", "A-1 story: 21 created; 22 start", "finished ; dropped ; begun ; waiting 0; pastless 0; started 0; owned 0; progress 0"},
		{"begins and ends on its bounds", "A-1 story: 0 created; 7 start; 21 done", // the end itself is the next window's
			"finished ; dropped ; begun A-1; waiting 0; pastless 0; started 1; owned 1; progress 14"},
		{"leaves at the window's begin", "A-1 story: 0 created; 3 start; 7 done", "finished A-1; dropped ; begun ; waiting 0; pastless 0; started 0; owned 1; progress 0"},
		{"begins at the window's end", "A-1 story: 0 created; 21 start", "finished ; dropped ; begun ; waiting 1; pastless 0; started 0; owned 1; progress 0"},
		{"finished and reopened within", "A-1 story: 0 created; 8 start; 10 done; 12 todo", // counts as in progress since day 8
			"finished ; dropped ; begun A-1; waiting 0; pastless 0; started 1; owned 1; progress 13"},
		{"finished without a start", "A-1 story: 0 created; 10 done", "finished A-1; dropped ; begun ; waiting 0; pastless 0; started 0; owned 1; progress 0"},
		{"epics and sub-tasks are no items", "A-9 epic: 0 created; 8 start\nA-1 story in A-9: 0 created\nA-2 sub-task in A-1: 0 created; 8 start; 9 done",
			"finished ; dropped ; begun ; waiting 1; pastless 0; started 0; owned 1; progress 0"},
		{"without epics the sub-tasks are", "A-1 story: 0 created\nA-2 sub-task in A-1: 0 created; 8 start; 9 done",
			"finished A-2; dropped ; begun ; waiting 0; pastless 0; started 1; owned 1; progress 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, c.story)
			cut := o.cut(23, 2)
			if got := o.slice(&cut.Org); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
			if !cut.Org.All || cut.Org.Exits() != len(cut.Org.Finished)+len(cut.Org.Dropped) {
				t.Errorf("slice %+v", cut.Org)
			}
		})
	}
}

// The item is A's at its start, B's from day 10 on, C's at its exit on day 15
// and D's today: each gets its days, C the finish, A the start.
func TestCutFollowsTheOwner(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 8 start; 10 move B-1; 14 move C-1; 15 done; 17 move D-1\nB-2 story: 0 created")
	cut := o.cut(23, 2)
	for team, want := range map[string]string{
		"A": "finished ; dropped ; begun ; waiting 0; pastless 0; started 1; owned 0; progress 2",
		"B": "finished ; dropped ; begun ; waiting 1; pastless 0; started 0; owned 1; progress 4",
		"C": "finished D-1; dropped ; begun ; waiting 0; pastless 0; started 0; owned 0; progress 1",
		"D": "finished ; dropped ; begun ; waiting 0; pastless 0; started 0; owned 1; progress 0",
	} {
		if got := o.slice(&cut.Teams[o.team(team)]); got != want {
			t.Errorf("team %s: %s\nwant %s", team, got, want)
		}
	}
	if got, want := o.slice(&cut.Org), "finished D-1; dropped ; begun ; waiting 1; pastless 0; started 1; owned 2; progress 7"; got != want {
		t.Errorf("organisation: %s\nwant %s", got, want)
	}
	for key, want := range map[string]string{"D-1": "C", "B-2": "B"} {
		if got := o.Teams[cut.Owner(o.item(key))].Name; got != want {
			t.Errorf("%s counts for %s, want %s", key, got, want)
		}
	}
}

func TestCutCountsOpenItemsWithoutAPast(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 2 start\nA-2 story: 0 created; 2 start\nA-3 story: 0 created; 2 start; 9 done")
	records := o.Facts()
	for _, r := range records {
		r.History, r.Changes = fact.History{State: fact.NoHistory}, nil
	}
	records[0].History.State = fact.CutHistory
	o = assembled(t, o.Story, records)
	cut := o.cut(23, 2)
	if got, want := o.slice(&cut.Org), "finished A-3; dropped ; begun ; waiting 2; pastless 2; started 0; owned 3; progress 0"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// lives tells a random story of items that are begun, left, reopened, moved
// between teams and converted, on a grid of eighths of a day.
func lives(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("sprint S 9 16\n")
	n := 5 + r.IntN(15)
	for i := range n {
		typ, key := []string{"story", "story", "story", "sub-task", "epic"}[r.IntN(5)], fmt.Sprintf("%c-%d", 'A'+r.IntN(3), i+1)
		day := float64(r.IntN(200)) / 8
		fmt.Fprintf(&b, "%s %s: %g created", key, typ, day)
		for k := range r.IntN(9) {
			day += float64(r.IntN(48)) / 8
			events := []string{"start", "start", "wait", "todo", "done", "done", "drop", "worklog", "assign ana", "sprint +S", "team Red", `team ""`,
				fmt.Sprintf("move %c-%d", 'A'+r.IntN(3), 100+20*i+k), "type story", "type epic"}
			fmt.Fprintf(&b, "; %g %s", day, events[r.IntN(len(events))])
		}
		b.WriteString("\n")
	}
	return b.String()
}

// Every cell of an eighth of a day is looked at once: in it an item is in
// progress, for its owner of then, or it is not. The sum of the cells is the
// integral of work in progress, and the identity of METRICS section 2 (F8)
// holds exactly: ∫WIP dτ = Σ|[start, exit) ∩ window|.
func TestProgressIsTheIntegralOfWorkInProgress(t *testing.T) {
	const cell = fact.Day / 8
	inProgress := 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 4))
		o := tell(t, lives(r))
		cut := o.cut(float64(14+r.IntN(40)), 1+r.IntN(3))
		w := cut.Window
		sums, org, identity := make([]fact.Instant, len(cut.Teams)), fact.Instant(0), fact.Instant(0)
		for i := range work.ItemID(o.Items.Len()) {
			if !cut.View.Has(i) || cut.View.Level(i) != work.LevelItem || cut.Lives[i].Rule == work.StartNone {
				continue
			}
			start, exit := cut.Lives[i].Start, cut.Lives[i].Exit
			if exit == 0 {
				exit = fact.Never
			}
			identity += max(0, min(exit, w.To())-max(start, w.From()))
			for at := w.From(); at < w.To(); at += cell {
				if start <= at+cell/2 && at+cell/2 < exit {
					org += cell
					sums[cut.View.Owner(i, at+cell/2)] += cell
				}
			}
		}
		if cut.Org.Progress != org || org != identity {
			t.Fatalf("seed %d: progress %v, %v by cells, %v by the identity", seed, cut.Org.Progress, org, identity)
		}
		for team, want := range sums {
			if got := cut.Teams[team].Progress; got != want {
				t.Fatalf("seed %d: team %s: progress %v, want %v", seed, o.Teams[team].Name, got, want)
			}
		}
		inProgress += int(org / cell)
	}
	if inProgress < 10_000 {
		t.Errorf("only %d cells had work in progress: the stories test nothing", inProgress)
	}
}

// The lists of a slice follow from their definitions item by item, and the
// teams' lists make up the organisation's.
func TestSlicesShareOutTheItems(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 5))
		o := tell(t, lives(r))
		cut := o.cut(float64(14+r.IntN(40)), 1+r.IntN(3))
		v, w := cut.View, cut.Window
		want := make([]work.Slice, len(cut.Teams))
		for i := range work.ItemID(o.Items.Len()) {
			if o.Items.Created[i] >= w.To() || v.Level(i) != work.LevelItem {
				continue
			}
			l, now := cut.Lives[i], &want[v.Owner(i, w.To()-1)]
			now.Owned++
			if l.Rule != work.StartNone && w.From() <= l.Start && l.Start < w.To() {
				want[v.Owner(i, l.Start)].Started++
			}
			then := &want[v.Owner(i, l.Exit)]
			switch {
			case l.End == work.Unknown && l.Rule == work.StartNone:
				now.Waiting++
			case l.End == work.Unknown:
				now.Begun = append(now.Begun, i)
			case l.Exit < w.From():
			case l.End == work.Done:
				then.Finished = append(then.Finished, i)
			default:
				then.Dropped = append(then.Dropped, i)
			}
		}
		sum := work.Slice{}
		for team := range want {
			got := &cut.Teams[team]
			want[team].Progress = got.Progress // see the test above
			if o.slice(got) != o.slice(&want[team]) || got.Team != work.TeamID(team) || got.All {
				t.Fatalf("seed %d, team %s:\n%s\nwant %s", seed, o.Teams[team].Name, o.slice(got), o.slice(&want[team]))
			}
			sum.Finished, sum.Dropped, sum.Begun = append(sum.Finished, got.Finished...), append(sum.Dropped, got.Dropped...), append(sum.Begun, got.Begun...)
			sum.Waiting += got.Waiting
			sum.Started += got.Started
			sum.Owned += got.Owned
			sum.Progress += got.Progress
		}
		for _, list := range [][]work.ItemID{sum.Finished, sum.Dropped, sum.Begun} {
			slices.Sort(list)
		}
		if o.slice(&sum) != o.slice(&cut.Org) {
			t.Fatalf("seed %d: the teams make up\n%s\nthe organisation has\n%s", seed, o.slice(&sum), o.slice(&cut.Org))
		}
	}
}

// Instants and zone shifted together change nothing (METRICS section 9).
func TestShiftingInstantsAndZoneTogether(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 29))
		here := tell(t, lives(r))
		hours := r.IntN(23) - 11
		shift := fact.Instant(hours) * fact.Day / 24
		records, vocab := here.Facts(), slices.Clone(here.Vocabulary())
		for _, rec := range records {
			rec.Created += shift
			rec.Updated += shift
			if rec.Resolved != 0 {
				rec.Resolved += shift
			}
			for k := range rec.Changes {
				rec.Changes[k].At += shift
			}
			for k := range rec.Involvement {
				rec.Involvement[k].At += shift
			}
		}
		for k := range vocab {
			if vocab[k].Start != 0 {
				vocab[k].Start += shift
			}
		}
		zone := time.FixedZone("there", -3600*hours)
		res, err := assemble.Assemble(assemble.Rules{Zone: zone}, vocab, records)
		if err != nil {
			t.Fatal(err)
		}
		there := told{res.Org, here.Story, t}
		day, weeks := float64(14+r.IntN(40)), 1+r.IntN(3)
		w := work.LastWeeks(here.Day(day)+shift, weeks, there.Zone)
		v := there.Org.At(w.To() - 1)
		a, b := here.cut(day, weeks), v.Cut(w, v.Lives())
		for team := range a.Teams {
			if x, y := here.slice(&a.Teams[team]), there.slice(&b.Teams[team]); x != y {
				t.Fatalf("seed %d, %d hours, team %s:\n%s\n%s", seed, hours, here.Teams[team].Name, x, y)
			}
		}
		for i, l := range a.Lives {
			m := b.Lives[i]
			if l.Rule != m.Rule || l.End != m.End || l.Start != 0 && l.Start+shift != m.Start || l.Exit != 0 && l.Exit+shift != m.Exit {
				t.Fatalf("seed %d: lives %v and %v", seed, l, m)
			}
		}
	}
}
