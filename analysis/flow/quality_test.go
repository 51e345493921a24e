package flow

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// busy tells items that three people move about within a few minutes.
func busy(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 13))
	var b strings.Builder
	for i := range 15 + r.IntN(10) {
		fmt.Fprintf(&b, "A-%d story: 0 created", i+1)
		second := float64(r.IntN(100))
		for range r.IntN(6) {
			second += float64(r.IntN(40))
			fmt.Fprintf(&b, "; %s %s by p%d", at(20, second), []string{"start", "wait", "todo", "done", "drop"}[r.IntN(5)], r.IntN(2))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// The window is days 28 to 56; every gate is counted by hand.
func TestQuality(t *testing.T) {
	o := told{assembletest.Tell(t, assemble.Rules{By: assemble.ByComponent, Bots: []fact.Person{3}}, `
E-1 epic: 0 created
A-1 story in E-1: 0 created; 0 component +K; 30 start by ana; 40 done by ana
A-2 story in E-1: 0 created; 0 component +K; 30 start by ana; 35 done by bo; 36 start by bo; 40 done by robot
A-3 story: 0 created; 40 drop by robot
A-4 story: 0 created; 0 component +K; 0 component +L; 45 done by ana
A-5 story: 0 created; 0 component +K; 30 wait by ana; 31 blocked by A-1
A-6 story: 0 created; 0 component +K; 30 start by robot; 31 flag
A-7 story: 0 created; 0 component +K; 10 start by ana
A-8 story: 0 created; 0 component +K; 20 done by robot
A-9 story: 0 created; 0 component +K
A-10 story: 0 created; 0 component +K; 30 wait by ana; 31 blocked by A-1; 33 unlink A-1
A-11 story: 0 created; 0 component +K; 30 wait by ana; 31 blocks A-1; 32 relates to A-2; 33 blocked by X-1
A-12 story: 0 created; 0 component +K; 30 start by ana; 31 flag; 32 unflag`)}
	if o.Person("robot") != 3 {
		t.Fatalf("the robot is number %d", o.Person("robot"))
	}
	a := o.analyse(56, 4)
	q := a.Quality(&a.Org)
	// Finished. Dropped: A-3. Begun.
	o.Value("no start", q.NoStart, 1.0/3, 3)
	o.Value("reopened", q.Reopened, 1.0/3, 3)
	o.Value("flapped", q.Flapped, 0, 4)
	o.Value("bulk", q.Bulk, 0, 4)
	o.Value("no team", q.NoTeam, 2.0/10, 10) // A-3 has none, A-4 has two
	o.Value("no parent", q.NoParent, 8.0/10, 10)
	// Changes of state within the window: two of A-1, four of A-2, one each of.
	o.Value("by bots", q.ByBots, 3.0/13, 13)
	// Held up: A-5 (waits, linked), A-6 (flagged), A-10 (its link is gone), A-11 (linked outside); A-12's flag is gone.
	o.Value("unlinked", q.Unlinked, 2.0/4, 4)
	o.Value("histories", q.Histories, 1, 10)

	k := a.Quality(o.team(a, "K")) // A-3 belongs to nobody and A-4 to several; to K
	o.Value("no start of K", k.NoStart, 0, 2)
	o.Value("no team of K", k.NoTeam, 0, 8)

	nobody := a.Quality(&work.Slice{})
	o.Unknown("no start", nobody.NoStart, 0, whyNothing)
	o.Unknown("flapped", nobody.Flapped, 0, "nothing left in the window")
	o.Unknown("no team", nobody.NoTeam, 0, "no item was worked on in the window")
	o.Unknown("by bots", nobody.ByBots, 0, "no change of state in the window tells who made it")
	o.Unknown("unlinked", nobody.Unlinked, 0, "no open item is in a waiting status or flagged")
}

// Of ten finished items, so many have no history and show nothing of what
// happened to them. Of the others one was reopened, and put back within a day.
func TestQualityNeedsHistories(t *testing.T) {
	for _, c := range []struct{ without, n int }{{0, 10}, {4, 6}, {5, 5}, {9, 1}} {
		o := tell(t, many("A", "story", 9, "0 created; 30 start; 40 done")+"A-10 story: 0 created; 30 start; 30.2 todo; 32 start; 40 done; 41 start; 42 done\n")
		records := o.Facts()
		for _, r := range records[:c.without] {
			r.History, r.Changes, r.Resolved = fact.History{}, nil, o.Day(40)
		}
		o.Told = o.With(records)
		a := o.analyse(56, 4)
		q := a.Quality(&a.Org)
		if c.without <= 4 {
			o.Value("reopened", q.Reopened, 1/float64(c.n), c.n)
			o.Value("flapped", q.Flapped, 1/float64(c.n), c.n)
			o.Value("bulk", q.Bulk, 0, c.n)
			continue
		}
		o.Unknown("reopened", q.Reopened, c.n, whyNotRecorded)
		o.Unknown("flapped", q.Flapped, c.n, whyNotRecorded)
		o.Unknown("bulk", q.Bulk, c.n, whyNotRecorded)
		o.Value("no start", q.NoStart, float64(c.without)/10, 10)
		o.Unknown("unlinked", q.Unlinked, 0, whyNoHistory)
	}
}

// A round trip between In Progress and To Do within 24 hours (DQ3).
func TestFlapping(t *testing.T) {
	for _, c := range []struct {
		name, story string
		want        float64
	}{
		{"straight", "0 created; 30 start; 40 done", 0},
		{"begun and put back in half a day", "0 created; 30 start; 30.5 todo; 33 start; 40 done", 1},
		{"begun and put back in a day exactly", "0 created; 30 start; 31 todo; 33 start; 40 done", 0},
		{"begun and put back just within a day", "0 created; 30 start; 30.999 todo; 33 start; 40 done", 1},
		{"put back for half a day", "0 created; 30 start; 33 todo; 33.5 start; 40 done", 1},
		{"put back for two days", "0 created; 30 start; 33 todo; 35 start; 40 done", 0},
		{"waiting in between is progress", "0 created; 30 start; 30.2 wait; 30.5 todo; 33 start; 40 done", 1},
		{"waiting is no round trip", "0 created; 30 start; 30.2 wait; 30.4 start; 40 done", 0},
		{"begun soon after the creation", "0 created; 0.2 start; 40 done", 0},
		{"begun and done within a day", "0 created; 30 start; 30.2 done", 0},
		{"reopened at once is no flapping", "0 created; 30 start; 33 done; 33.2 todo; 36 start; 40 done", 0},
	} {
		o := tell(t, "A-1 story: "+c.story)
		a := o.analyse(56, 4)
		o.Value(c.name, a.Quality(&a.Org).Flapped, c.want, 1)
	}
}

func TestReopening(t *testing.T) {
	for _, c := range []struct {
		name, story string
		want        float64
	}{
		{"done once", "0 created; 30 start; 40 done", 0},
		{"done twice", "0 created; 30 start; 40 done; 41 todo; 45 done", 1},
		{"dropped, and done in the end", "0 created; 30 drop; 41 start; 45 done", 1},
		{"closed anew without having been open", "0 created; 30 done; 41 drop; 45 done", 0},
		{"reopened later than the window can see", "0 created; 30 done; 57 todo; 58 done", 0},
	} {
		o := tell(t, "A-1 story: "+c.story)
		a := o.analyse(56, 4)
		o.Value(c.name, a.Quality(&a.Org).Reopened, c.want, 1)
	}
}
