package batch

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones on machines without a database of them too

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// told is a story and the organisation that it makes.
type told struct{ assembletest.Told }

func tell(t *testing.T, rules assemble.Rules, text string) told {
	t.Helper()
	return told{assembletest.Tell(t, rules, text)}
}

// analyse is the batches of the last n weeks before a day of the story, a
// Monday, as known in the window's last millisecond.
func (o told) analyse(day float64, weeks int) *Analysis {
	c := o.Cut(day, weeks)
	return Analyse(c.View, c.Window, c.Lives)
}

// batches tells every batch of an analysis.
func (o told) batches(a *Analysis) string {
	var out []string
	day := func(at fact.Instant) string {
		if at == 0 {
			return ""
		}
		return fmt.Sprintf("%g", fact.Days(o.Origin, at))
	}
	for _, b := range a.Batches {
		text := fmt.Sprintf("%s(%d) %s..%s", o.Items.Key[b.Item], len(b.Children), day(b.Start), day(b.Finish))
		if b.Dropped {
			text += " dropped"
		}
		if b.Bucket {
			text += " bucket"
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// The life of a batch (METRICS section 0): it starts with its first child, and
// ends with its last one's exit, once every child has left and it is closed
// itself or nothing was added or moved for 28 days.
func TestLifeOfABatch(t *testing.T) {
	const two = "\nA-1 story in E-1: 0 created; 5 start; 10 done\nA-2 story in E-1: 0 created; 3 start; 14 done\n"
	for _, c := range []struct {
		name, story string
		day         float64 // of the view, a Monday; it shows what was known just before
		want        string
	}{
		{"children open", "E-1 epic: 0 created" + two, 14, "E-1(2) 3.."},
		{"closed with its last child", "E-1 epic: 0 created; 14 done" + two, 21, "E-1(2) 3..14"},
		{"closed later: it ends with the child all the same", "E-1 epic: 0 created; 20 done" + two, 21, "E-1(2) 3..14"},
		{"not closed, and not at rest for long", "E-1 epic: 0 created" + two, 21, "E-1(2) 3.."},
		{"at rest for just under 28 days", "E-1 epic: 0 created" + two, 42, "E-1(2) 3.."},
		{"at rest for 28 days", "E-1 epic: 0 created" + two, 49, "E-1(2) 3..14"},
		{"closed while a child is open", "E-1 epic: 0 created; 10 done\nA-1 story in E-1: 0 created; 5 start\nA-2 story in E-1: 0 created; 3 start; 9 done", 70, "E-1(2) 3.."},
		{"a child is open for ever", "E-1 epic: 0 created\nA-1 story in E-1: 0 created\nA-2 story in E-1: 0 created; 3 start; 9 done", 140, "E-1(2) 3.."},
		{"a late child wakes it", "E-1 epic: 0 created" + two + "A-3 story: 0 created; 6 start; 7 done; 40 in E-1", 49, "E-1(3) 3.."},
		{"a late child, and 28 days again", "E-1 epic: 0 created" + two + "A-3 story: 0 created; 6 start; 7 done; 40 in E-1", 70, "E-1(3) 3..14"},
		{"a child of its own, created late and left at once", "E-1 epic: 0 created" + two + "A-3 story in E-1: 40 created; 41 drop", 77, "E-1(3) 3..41"},
		{"a child that left for another batch", "E-1 epic: 0 created; 30 done" + two + "A-3 story in E-1: 0 created; 1 start; 20 out", 35, "E-1(2) 3..14"},
		{"a child reopened", "E-1 epic: 0 created; 15 done\nA-1 story in E-1: 0 created; 5 start; 10 done; 18 todo", 21, "E-1(1) 5.."},
		{"reopened itself, and at rest", "E-1 epic: 0 created; 15 done; 16 todo" + two, 49, "E-1(2) 3..14"},
		{"no child is known to have begun", "E-1 epic: 0 created; 15 done\nA-1 story in E-1: 0 created; 10 done", 21, "E-1(1) ..10"},
		{"without children it does not end", "E-1 epic: 0 created; 15 done", 140, "E-1(0) .."},
		{"a sub-task of a child is no child", "E-1 epic: 0 created; 14 done" + two + "A-3 sub-task in A-1: 0 created; 1 start", 21, "E-1(2) 3..14"},
		{"a sub-task of its own is", "E-1 epic: 0 created; 14 done" + two + "A-3 sub-task in E-1: 0 created; 1 start", 21, "E-1(3) 1.."},

		{"closed as dropped", "E-1 epic: 0 created; 15 drop" + two, 21, "E-1(2) 3..14 dropped"},
		{"every child dropped", "E-1 epic: 0 created; 15 done\nA-1 story in E-1: 0 created; 5 start; 10 drop\nA-2 story in E-1: 0 created; 12 drop Duplicate", 21, "E-1(2) 5..12 dropped"},
		{"every child but one", "E-1 epic: 0 created; 15 done\nA-1 story in E-1: 0 created; 5 start; 10 done\nA-2 story in E-1: 0 created; 12 drop", 21, "E-1(2) 5..12"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, assemble.Rules{}, c.story)
			if got := o.batches(o.analyse(c.day, 1)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Where a tracker has no epics, items with sub-items are the batches.
func TestBatchesWithoutEpics(t *testing.T) {
	o := tell(t, assemble.Rules{}, "A-1 story: 0 created; 9 done\nA-2 sub-task in A-1: 0 created; 2 start; 8 done\nA-3 story: 0 created")
	if got, want := o.batches(o.analyse(14, 1)), "A-1(1) 2..8"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A bucket is open, older than 180 days, and its children were created, and
// finished, in four separate months each (DQ7). Day 0 is 6 January 2025, days
// 26, 54, 85 and 115 begin the months from February on.
func TestBuckets(t *testing.T) {
	child := func(n int, created, done float64) string {
		return fmt.Sprintf("A-%d story in E-1: %g created; %g done\n", n, created, done)
	}
	four := child(1, 10, 20) + child(2, 30, 40) + child(3, 60, 70) + child(4, 90, 100)
	for _, c := range []struct {
		name, story string
		day         float64
		want        bool
	}{
		{"open, old and in four months", "E-1 epic: 0 created\n" + four + "A-9 story in E-1: 120 created", 210, true},
		{"180 days old, and not more", "E-1 epic: 2 created\n" + four + "A-9 story in E-1: 120 created", 182, false}, // 180 days less a millisecond
		{"just over 180 days old", "E-1 epic: 1.9 created\n" + four + "A-9 story in E-1: 120 created", 182, true},
		{"delivered in the end", "E-1 epic: 0 created; 110 done\n" + four, 210, false},
		{"closed, though a child is open", "E-1 epic: 0 created; 110 done\n" + four + "A-9 story in E-1: 120 created", 210, false},
		{"finished for want of movement", "E-1 epic: 0 created\n" + four, 210, false},
		{"created in three months", "E-1 epic: 0 created\n" + child(1, 10, 20) + child(2, 30, 40) + child(3, 60, 70) + child(4, 60, 100) + "A-9 story in E-1: 61 created", 210, false},
		{"finished in three months", "E-1 epic: 0 created\n" + child(1, 10, 20) + child(2, 30, 40) + child(3, 60, 90) + child(4, 90, 100) + "A-9 story in E-1: 120 created", 210, false},
		{"dropped children have not finished", "E-1 epic: 0 created\n" + child(1, 10, 20) + child(2, 30, 40) + child(3, 60, 70) + "A-4 story in E-1: 90 created; 100 drop\nA-9 story in E-1: 120 created", 210, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, assemble.Rules{}, c.story)
			if got := o.analyse(c.day, 1).Batches[0].Bucket; got != c.want {
				t.Errorf("bucket: %v", got)
			}
		})
	}
	// Months are those of the organisation's zone: 23:30 on 31 January in UTC is
	// February in Berlin.
	text := "E-1 epic: 0 created\n" + child(1, 25.98, 40) + child(2, 30, 60) + child(3, 60, 90) + child(4, 90, 120) + "A-9 story in E-1: 60 created"
	for name, want := range map[string]bool{"UTC": true, "Europe/Berlin": false} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := tell(t, assemble.Rules{Zone: zone}, text).analyse(210, 1).Batches[0].Bucket; got != want {
			t.Errorf("in %s it is a bucket: %v", name, got)
		}
	}
}

// many tells finished epics of a project with so many children each, done on
// their own days from a day on.
func many(project string, day float64, sizes ...int) string {
	var b strings.Builder
	for k, n := range sizes {
		fmt.Fprintf(&b, "%s-%d epic: 0 created; %g done\n", project, 1000*(k+1), day)
		for i := range n {
			fmt.Fprintf(&b, "%s-%d story in %s-%d: 0 created; %g start; %g done\n", project, 1000*(k+1)+i+1, project, 1000*(k+1), day-2, day-1)
		}
	}
	return b.String()
}

// Sizes 1, 2, 3 and 10: the median is 2.5, and the size that a typical item
// sees is (1+4+9+100)/16.
func TestSizes(t *testing.T) {
	o := tell(t, assemble.Rules{}, many("A", 50, 3, 1, 10, 2)+many("B", 30, 5)+many("C", 60, 7))
	a := o.analyse(56, 1) // days 49 to 56
	org, teams := a.Rows()
	o.Value("median", org.Size(0.5), 2.5, 4)
	o.Value("largest", org.Size(1), 10, 4)
	o.Value("experienced", org.Experienced(), 114.0/16, 4)
	if e := org.Experienced(); e.Why != "an interval needs 20 finished batches" || e.Bounded() {
		t.Errorf("experienced %+v", e)
	}
	for id, row := range teams {
		want := map[string]int{"A": 4}[o.Org.Teams[id].Name]
		if len(row.Finished) != want {
			t.Errorf("%s finished %d batches, want %d", o.Org.Teams[id].Name, len(row.Finished), want)
		}
	}
	empty := Row{}
	for _, e := range []stats.Estimate{empty.Size(0.5), empty.Experienced()} {
		if e.Known() || e.Why != nothing || e.N != 0 {
			t.Errorf("of nothing: %+v", e)
		}
	}
}

// The experienced size is what an item drawn at random sees; its interval
// holds it, is the same every time, and is missing where all sizes are equal.
func TestExperiencedSize(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 14))
		sizes := make([]int, 20+r.IntN(10))
		seen, items := 0, 0
		for k := range sizes {
			sizes[k] = 1 + r.IntN(8)
			for range sizes[k] { // every item says how large its batch is
				seen += sizes[k]
				items++
			}
		}
		o := tell(t, assemble.Rules{}, many("A", 50, sizes...))
		org, _ := o.analyse(56, 1).Rows()
		e := org.Experienced()
		o.Value(fmt.Sprint("seed ", seed), e, float64(seen)/float64(items), len(sizes))
		if !(e.Low <= e.Value && e.Value <= e.High) || e.Low < 1 || e.High > 8 {
			t.Errorf("seed %d: %v in [%v, %v]", seed, e.Value, e.Low, e.High)
		}
		if again := org.Experienced(); again != e {
			t.Errorf("seed %d: once %+v, then %+v", seed, e, again)
		}
	}
	equal := make([]int, 25)
	for k := range equal {
		equal[k] = 4
	}
	org, _ := tell(t, assemble.Rules{}, many("A", 50, equal...)).analyse(56, 1).Rows()
	if e := org.Experienced(); e.Value != 4 || e.Why != "all batches are of one size" {
		t.Errorf("equal sizes: %+v", e)
	}
}

// The window is days 21 to 35. What counts where is decided by hand.
func TestRows(t *testing.T) {
	o := tell(t, assemble.Rules{}, `
A-10 epic: 0 created; 25 done
A-11 story in A-10: 0 created; 20 start; 24 done
A-20 epic: 0 created; 25 done
A-21 story in A-20: 0 created; 20 start; 20.5 done
A-30 epic: 0 created; 30 drop
A-31 story in A-30: 0 created; 26 drop
A-40 epic: 0 created
A-41 story in A-40: 0 created; 20 start
A-50 epic: 0 created; 3 done
A-60 epic: 0 created
B-70 epic: 0 created; 30 done; 34 move A-70
B-71 story in B-70: 0 created; 20 start; 29 done
A-80 epic: 0 created; 40 done
A-81 story in A-80: 0 created; 20 start; 34 done`)
	a := o.analyse(35, 2)
	org, teams := a.Rows()
	row := func(r Row) string {
		var keys []string
		for _, b := range r.Finished {
			keys = append(keys, o.Items.Key[b.Item])
		}
		return fmt.Sprintf("%v, %d dropped, %d open, %d childless, %d buckets, %d inferred", keys, r.Dropped, r.Open, r.Childless, r.Buckets, r.Inferred)
	}
	// A-20 finished before the window, A-80 is not known to have finished yet.
	if got, want := row(org), "[A-10 A-70], 1 dropped, 2 open, 2 childless, 0 buckets, 0 inferred"; got != want {
		t.Errorf("organisation: %s\nwant %s", got, want)
	}
	for id, team := range o.Org.Teams {
		want := map[string]string{
			"A": "[A-10], 1 dropped, 2 open, 2 childless, 0 buckets, 0 inferred",
			"B": "[A-70], 0 dropped, 0 open, 0 childless, 0 buckets, 0 inferred", // B's when it finished
		}[team.Name]
		if got := row(teams[id]); want != "" && got != want {
			t.Errorf("%s: %s\nwant %s", team.Name, got, want)
		}
	}
	for _, b := range a.Batches {
		if delivered := b.Finish != 0 && !b.Dropped; delivered != (o.Items.Key[b.Item] == "A-10" || o.Items.Key[b.Item] == "A-20" || o.Items.Key[b.Item] == "A-70") {
			t.Errorf("%s is delivered: %v", o.Items.Key[b.Item], delivered)
		}
	}
}

// A batch finished for want of movement is told apart, and counts in the week
// of its last exit, once that is known.
func TestInferredFinishes(t *testing.T) {
	o := tell(t, assemble.Rules{}, "A-1 epic: 0 created\nA-2 story in A-1: 0 created; 5 start; 10 done\n"+many("B", 10, 2))
	org, _ := o.analyse(35, 4).Rows()
	if len(org.Finished) != 1 || org.Inferred != 0 || org.Open != 1 {
		t.Errorf("before 28 days are over: %d finished, %d inferred, %d open", len(org.Finished), org.Inferred, org.Open)
	}
	org, _ = o.analyse(42, 5).Rows()
	if len(org.Finished) != 2 || org.Inferred != 1 || org.Open != 0 {
		t.Errorf("afterwards: %d finished, %d inferred, %d open", len(org.Finished), org.Inferred, org.Open)
	}
}

// FuzzAnalyse looks for what no batch may be, whatever the story.
func FuzzAnalyse(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		a := Analyse(c.View, c.Window, c.Lives)
		org, teams := a.Rows()
		finished := 0
		for _, row := range teams {
			finished += len(row.Finished)
		}
		if finished != len(org.Finished) || org.Inferred > finished {
			t.Errorf("the teams finished %d batches, the organisation %d", finished, len(org.Finished))
		}
		for _, b := range a.Batches {
			if b.Finish != 0 && (len(b.Children) == 0 || b.Start > b.Finish || b.Bucket || b.Finish > c.View.T) {
				t.Errorf("batch %+v", b)
			}
		}
		if e := org.Experienced(); e.Known() && e.Value < org.Size(0).Value {
			t.Errorf("experienced %+v, smallest %+v", e, org.Size(0))
		}
	})
}

// A batch that is dropped before anything in it began has no outcome; one that
// a child leaves has moved.
func TestShelvedAndMoved(t *testing.T) {
	o := tell(t, assemble.Rules{}, `
A-1 epic: 0 created; 9 drop
A-2 story in A-1: 0 created
A-3 epic: 0 created; 9 drop
A-4 story in A-3: 0 created; 5 start
A-5 epic: 0 created
A-6 story in A-5: 0 created; 1 start; 2 done
A-7 story in A-5: 0 created; 20 out`)
	got := map[string]Batch{}
	for _, b := range o.analyse(40, 2).Batches {
		got[o.Org.Items.Key[b.Item]] = b
	}
	if b := got["A-1"]; !b.Shelved || b.Dropped || b.Finish != 0 {
		t.Errorf("dropped before its start: %+v", b)
	}
	if b := got["A-3"]; b.Shelved || !b.Dropped || b.Finish != o.Day(9) {
		t.Errorf("dropped after its start, with a child still open: %+v", b)
	}
	// On day 40 the last exit is 38 days back, and the last move 20.
	if b := got["A-5"]; b.Finish != 0 {
		t.Errorf("a batch that a child left 20 days ago is at rest: %+v", b)
	}
}

// A milestone is the batch where a repository uses no parent issues, and none
// where it does.
func TestMilestones(t *testing.T) {
	const two = `
acme/shop/milestone/1 milestone "V1": 0 created; 12 done
acme/shop#1 bug: 0 created; 0 milestone acme/shop/milestone/1; 5 column "In Progress"; 10 done
acme/shop#2 bug: 0 created; 2 milestone acme/shop/milestone/1; 3 column "In Progress"; 11 done
`
	o := tell(t, assemble.Rules{}, two)
	if got := o.batches(o.analyse(28, 4)); got != "acme/shop/milestone/1(2) 3..11" {
		t.Errorf("batches %s", got)
	}
	o = tell(t, assemble.Rules{}, two+"acme/shop#3 bug: 0 created; 20 done\nacme/shop#4 bug in acme/shop#3: 0 created; 1 column \"In Progress\"; 19 done\n")
	if got := o.batches(o.analyse(28, 4)); got != "acme/shop#3(1) 1..19" {
		t.Errorf("beside parents: batches %s", got)
	}
}

// Children that could not be read count in the size; such a batch is finished
// when it is closed, not when the children that can be seen are.
func TestUnreadChildren(t *testing.T) {
	const plan = `
acme/plan#1 bug: 0 created; 0 hidden 3; %s
acme/shop#1 bug in acme/plan#1: 0 created; 1 column "In Progress"; 9 done
acme/shop#2 bug in acme/plan#1: 0 created; 2 column "In Progress"; 12 done
acme/plan#2 bug: 0 created; 0 hidden 2; 15 done
`
	o := tell(t, assemble.Rules{}, fmt.Sprintf(plan, "20 done"))
	a := o.analyse(28, 4)
	if got := o.batches(a); got != "acme/plan#1(2) 1..20; acme/plan#2(0) ..15" {
		t.Errorf("batches %s", got)
	}
	row, _ := a.Rows()
	o.Value("size", row.Size(0.5), (5+2)/2.0, 2)
	o = tell(t, assemble.Rules{}, fmt.Sprintf(plan, "0 comment 9"))
	if got := o.batches(o.analyse(140, 4)); got != "acme/plan#1(2) 1..; acme/plan#2(0) ..15" {
		t.Errorf("not closed: batches %s", got)
	}
}

// The size of a batch in lines is that of the pull requests that carry its
// items, each once, merged ones alone.
func TestLines(t *testing.T) {
	o := tell(t, assemble.Rules{Generated: []string{"*.lock"}}, `
PAY-9 epic: 0 created; 20 done
PAY-1 story in PAY-9: 0 created; 1 start; 9 done
PAY-2 story in PAY-9: 0 created; 2 start; 12 done
PAY-8 epic: 0 created; 20 done
PAY-3 story in PAY-8: 0 created; 2 start; 12 done
acme/shop#1 pull: 1 created; 1 path a.go 30 10; 1 path x.lock 900 0; 1 mentions title PAY-1; 1 mentions body PAY-2; 5 merge
acme/shop#2 pull: 2 created; 2 path b.go 5 0; 2 mentions branch PAY-2; 6 merge
acme/shop#3 pull: 2 created; 2 path b.go 77 0; 2 mentions branch PAY-2; 6 drop
`)
	row, _ := o.analyse(28, 4).Rows()
	o.Value("lines", row.Lines(0.5), 45, 1)
	if got := row.Lines(0.5).Coverage; got != 0.5 {
		t.Errorf("coverage %v, want 0.5: one batch of two has a pull request", got)
	}
}
