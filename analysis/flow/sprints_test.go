package flow

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// sprints sets the sprints of a story, and who was in them: the item, the sprint,
// from a day until another (0: still).
func (o told) sprints(list [][2]float64, in map[string][][3]float64) told {
	o.Org.Sprints, o.Org.InSprints = nil, nil
	at := func(day float64) fact.Instant {
		if day == 0 {
			return 0
		}
		return o.Day(day)
	}
	for _, s := range list {
		o.Org.Sprints = append(o.Org.Sprints, work.Sprint{Start: at(s[0]), End: at(s[1])})
	}
	for key, stays := range in {
		for _, s := range stays {
			o.Org.InSprints = append(o.Org.InSprints, work.Within{Item: o.item(key), In: uint32(s[0]), From: at(s[1]), To: at(s[2])})
		}
	}
	slices.SortFunc(o.Org.InSprints, func(x, y work.Within) int {
		return cmp.Or(cmp.Compare(x.Item, y.Item), cmp.Compare(x.From, y.From), cmp.Compare(x.In, y.In))
	})
	return o
}

// The window is days 28 to 56. Sprint 0 runs from day 28 to 42, sprint 1 to 56,
// when the window is over; sprint 2 closed before.
func TestSprints(t *testing.T) {
	o := tell(t, `
A-1 story: 1 created; 30 start; 35 done
A-2 story: 1 created; 30 start
A-3 story: 1 created; 41 drop
A-4 story: 1 created; 42 done
A-5 story: 1 created
A-6 story: 1 created; 30 done; 41 todo
B-1 story: 1 created; 40 done
B-2 story: 1 created
E-1 epic: 1 created`).sprints([][2]float64{{28, 42}, {42, 56}, {14, 27.9}}, map[string][][3]float64{
		"A-1": {{0, 20, 0}, {2, 15, 28}},
		"A-2": {{0, 29, 42}, {1, 42, 0}}, // added at the end of its first day, carried over as it closed
		"A-3": {{0, 29.001, 0}},          // added later
		"A-4": {{0, 20, 0}},              // done as it closed: in the millisecond before it was not
		"A-5": {{0, 20, 30}},             // taken out
		"A-6": {{0, 20, 30}, {0, 35, 0}}, // taken out and put back: planned
		"B-1": {{0, 20, 25}, {0, 35, 0}}, // out before the start, and added
		"B-2": {{0, 20, 0}, {1, 43, 0}},  // in both
		"E-1": {{0, 20, 0}},              // no item
	})
	org, teams := o.analyse(56, 4).Sprints()
	// In sprint 0 at its close, B-1, B-2. Unfinished,
	// A-6, B-2. Added: A-3, B-1.
	o.Value("carried over", org.Carry, 4.0/7, 7)
	o.Value("added", org.Added, 2.0/7, 7)
	a, b := teams[o.Team("A")], teams[o.Team("B")]
	o.Value("carried over by A", a.Carry, 3.0/5, 5)
	o.Value("added to A", a.Added, 1.0/5, 5)
	o.Value("carried over by B", b.Carry, 1.0/2, 2)
	o.Value("added to B", b.Added, 1.0/2, 2)
	if org.Closed != 1 || a.Closed != 1 || b.Closed != 1 || org.Carry.Bounded() {
		t.Errorf("%d sprints closed", org.Closed)
	}
	o.Unknown("of nobody", teams[work.NoTeam].Carry, 0, whyNoSprint)
	o.Unknown("added to nobody", teams[work.NoTeam].Added, 0, whyNoSprint)

	// A week later the window is days 35 to 63 and holds both closes: of sprint 1 A-2
	// and B-2, both open; B-2 came on its second day.
	org, _ = o.analyse(63, 4).Sprints()
	o.Value("of both, carried over", org.Carry, 6.0/9, 9)
	o.Value("of both, added", org.Added, 2.0/9, 9)
	if org.Closed != 2 {
		t.Errorf("%d sprints closed", org.Closed)
	}
}

// An item counts for who owned it at the close, and for a reorganised team only if
// that was since.
func TestSprintsFollowTheOwner(t *testing.T) {
	o := tell(t, "A-1 story: 1 created; 40 move B-1\nA-2 story: 1 created\nB-5 story: 1 created").
		sprints([][2]float64{{28, 42}, {42, 52}}, map[string][][3]float64{"B-1": {{0, 20, 0}}, "A-2": {{0, 20, 0}, {1, 42, 0}}})
	_, teams := o.analyse(56, 4).Sprints()
	o.Value("A", teams[o.Team("A")].Carry, 1, 2)
	o.Value("B", teams[o.Team("B")].Carry, 1, 1)
	_, teams = o.reorganise(44, "A").analyse(56, 4).Sprints()
	o.Value("A since", teams[o.Team("A")].Carry, 1, 1)
	_, teams = o.reorganise(51, "A").analyse(56, 4).Sprints()
	o.Unknown("A without a week", teams[o.Team("A")].Carry, 0, whyReorganised)
}

// Only a history tells when an item came into a sprint, and only a start what was
// planned.
func TestAddedNeedsHistories(t *testing.T) {
	base := tell(t, many("A", "story", 10, "1 created"))
	for without := range 7 {
		records := base.Facts()
		for _, r := range records[:without] {
			r.History, r.Changes = fact.History{}, nil
		}
		in := map[string][][3]float64{}
		for _, r := range records {
			in[r.Key] = [][3]float64{{0, 35, 0}}
		}
		o := told{base.With(records)}.sprints([][2]float64{{28, 42}}, in)
		org, _ := o.analyse(56, 4).Sprints()
		o.Value("carried over", org.Carry, 1, 10)
		if without > 4 {
			o.Unknown("added", org.Added, 10-without, "fewer than 60 % of the items tell when they came into a sprint")
			continue
		}
		o.Value("added", org.Added, 1, 10-without)
		if math.Abs(org.Added.Coverage-float64(10-without)/10) > 1e-12 {
			t.Errorf("coverage %v", org.Added.Coverage)
		}
	}
	o := base.sprints([][2]float64{{0, 42}, {28, 0}}, map[string][][3]float64{"A-1": {{0, 20, 0}, {1, 30, 0}}})
	org, _ := o.analyse(56, 4).Sprints()
	o.Value("without a start", org.Carry, 1, 1)
	o.Unknown("added, without a start", org.Added, 0, "fewer than 60 % of the items tell when they came into a sprint")
}

func TestSprintsOfEndedSources(t *testing.T) {
	o := tell(t, "A-1 story: 1 created\nB-1 story: 1 created").sprints([][2]float64{{28, 42}}, map[string][][3]float64{"A-1": {{0, 20, 0}}, "B-1": {{0, 20, 0}}})
	o.Org.Projects[o.Items.Project[o.item("B-1")]].Through = o.Day(40)
	org, _ := o.analyse(56, 4).Sprints()
	o.Value("of one source", org.Carry, 1, 1)
}

// From twenty sprints on there is an interval: twenty items in twenty sprints, half
// of them open, are as many shares of one, so that n* = n·(1.96/t₁₉)²·19/20.
func TestSprintsHaveIntervals(t *testing.T) {
	for _, n := range []int{19, 20} {
		o := tell(t, many("A", "story", n, "1 created"))
		var list [][2]float64
		in := map[string][][3]float64{}
		for k := range n {
			list = append(list, [2]float64{20, 30 + float64(k)})
			in[fmt.Sprintf("A-%d", k+1)] = [][3]float64{{float64(k), 10, 0}}
		}
		o.sprints(list, in)
		for i := range work.ItemID(n) {
			if i%2 == 0 { // done on its first day
				o.Org.States.Val[o.Org.States.Off[i]] = work.Done
			}
		}
		org, _ := o.analyse(56, 4).Sprints()
		if n == 19 {
			o.Value("of 19", org.Carry, 9.0/19, 19)
			if org.Carry.Bounded() || org.Carry.Why != "an interval needs 20 sprints" {
				t.Errorf("carried over %+v", org.Carry)
			}
			continue
		}
		o.Value("of 20", org.Carry, 0.5, 20)
		effective := 19 * math.Pow(1.96/2.093024, 2)
		low, high := stats.Jeffreys(effective/2, effective)
		if math.Abs(org.Carry.Low-low) > 1e-4 || math.Abs(org.Carry.High-high) > 1e-4 || org.Closed != 20 {
			t.Errorf("carried over %+v, want %v to %v", org.Carry, low, high)
		}
	}
}
