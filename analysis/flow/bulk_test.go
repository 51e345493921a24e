package flow

import (
	"fmt"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// at is a day with so many seconds after its midnight, as a story tells it.
func at(day int, seconds float64) string { return fmt.Sprintf("%.10f", float64(day)+seconds/86400) }

// marked counts the items whose start or end a bulk edit brought about.
func (o told) marked(a *Analysis) int {
	n := 0
	for _, bulk := range a.bulk {
		if bulk {
			n++
		}
	}
	return n
}

// A bulk edit moves at least 10 items, by one person, within a minute (DQ4).
func TestBulkEdits(t *testing.T) {
	// closing tells n items that were begun one by one and are closed by the
	// k-th of some people, the last one so many seconds after the first.
	closing := func(n int, seconds float64, people ...string) string {
		var b strings.Builder
		for i := range n {
			second := seconds * float64(i) / float64(n-1)
			fmt.Fprintf(&b, "A-%d story: 0 created; %d start by ana; %s done by %s\n", i+1, 28+i, at(50, second), people[i%len(people)])
		}
		return b.String()
	}
	for _, c := range []struct {
		name, story string
		want        int
	}{
		{"ten items at once", closing(10, 0, "bo"), 10},
		{"ten within a minute", closing(10, 60, "bo"), 10},
		{"ten within a minute and a millisecond", closing(10, 60.001, "bo"), 0},
		{"nine", closing(9, 10, "bo"), 0},
		{"nine and one by somebody else", closing(9, 10, "bo") + "B-1 story: 0 created; " + at(50, 5) + " done by cy", 0},
		{"ten by two", closing(10, 10, "bo", "cy"), 0},
		{"twenty by two", closing(20, 10, "bo", "cy"), 20},
		{"ten by nobody in particular", strings.ReplaceAll(closing(10, 0, "bo"), " by bo", ""), 0},
		{"a long one: every ten lie within a minute", closing(21, 120, "bo"), 21}, // six seconds apart
		{"a long one, too slow", closing(21, 140, "bo"), 0},                       // seven seconds apart: nine at most
		{"ten among slow ones", closing(10, 59, "bo") + "B-1 story: 0 created; " + at(50, -10) + " done by bo\nB-2 story: 0 created; " + at(50, 70) + " done by bo", 10},
		{"ten changes of five items", func() string {
			var b strings.Builder
			for i := range 5 {
				fmt.Fprintf(&b, "A-%d story: 0 created; %s start by bo; %s done by bo\n", i+1, at(50, float64(i)), at(50, float64(10+i)))
			}
			return b.String()
		}(), 0},
		{"begun in bulk", many("A", "story", 12, "0 created; 30 start by bo; 4%d done by bo"), 12},
		{"held up in bulk: neither begins nor ends", many("A", "story", 12, "0 created; 30.%d start by ana; 50 wait by bo"), 0},
		{"put back in bulk", many("A", "story", 12, "0 created; 30.%d start by ana; 50 todo by bo"), 0},
		{"reopened in bulk", many("A", "story", 12, "0 created; 30.%d done by ana; 50 todo by bo"), 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, c.story)
			a := o.analyse(70, 5)
			if got := o.marked(a); got != c.want {
				t.Errorf("%d items are marked, want %d", got, c.want)
			}
		})
	}
	// What comes after the view is not known.
	o := tell(t, closing(10, 0, "bo"))
	if got := o.marked(o.analyse(49, 2)); got != 0 {
		t.Errorf("%d items are marked before it happened", got)
	}
}

// Items of a bulk edit are left out of cycle times and stay in throughput.
func TestBulkEditsStayOutOfCycleTimes(t *testing.T) {
	o := tell(t, many("A", "story", 10, "0 created; 30 start by ana; 40 done by bo")+ // begun and closed in bulk
		strings.ReplaceAll(many("B", "story", 12, "0 created; 30.%d start by ana; 35.%d done by cy"), "30.", "29.0"))
	a := o.analyse(56, 4)
	c := a.Cycle(&a.Org)
	if c.Bulk != 10 || c.curve.Events() != 12 {
		t.Errorf("%d left out, %d counted; want 10 and 12", c.Bulk, c.curve.Events())
	}
	if got := a.CycleBy(&a.Org, work.StartStatus).curve.Events(); got != 12 {
		t.Errorf("%d counted by the rule, want 12", got)
	}
	o.Value("throughput", a.Throughput(&a.Org), 22.0/4, 22)
	if got := c.coverage; got != 12.0/22 {
		t.Errorf("coverage %v, want 12 of 22", got)
	}
}

// marks is what bulkEdits should mark, by trying every minute that begins with
// a change: all pairs of changes are compared.
func marks(v work.View) map[work.ItemID]bool {
	type change struct {
		item         work.ItemID
		at           fact.Instant
		by           fact.Person
		begins, ends bool
	}
	var all []change
	for i := range work.ItemID(v.Items.Len()) {
		from, val := v.States.Of(i)
		for k := 1; k < len(val); k++ {
			by := v.Actors[int(v.States.Off[i])+k]
			if from[k] <= v.T && by != 0 {
				all = append(all, change{i, from[k], by, val[k].Started() && !val[k-1].Started(), val[k].Ended() != val[k-1].Ended()})
			}
		}
	}
	out := map[work.ItemID]bool{}
	for _, first := range all {
		items := map[work.ItemID]bool{}
		in := func(c change) bool { return c.by == first.by && c.at >= first.at && c.at-first.at <= 60_000 }
		for _, c := range all {
			if in(c) {
				items[c.item] = true
			}
		}
		for _, c := range all {
			if len(items) >= 10 && in(c) && (c.begins || c.ends) {
				out[c.item] = true
			}
		}
	}
	return out
}

func TestBulkEditsByTryingEveryMinute(t *testing.T) {
	found := 0
	for seed := range uint64(150) {
		o := tell(t, busy(seed))
		a := o.analyse(70, 9)
		want := marks(a.View)
		found += len(want)
		for i, got := range a.bulk {
			if got != want[work.ItemID(i)] {
				t.Fatalf("seed %d: item %s is marked: %v\n%s", seed, o.Items.Key[i], got, busy(seed))
			}
		}
	}
	if found < 500 {
		t.Errorf("only %d items are in bulk edits: the stories test little", found)
	}
}
