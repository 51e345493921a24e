package work_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/work"
)

// levels tells the level of every item, by key.
func (o told) levels(v work.View) string {
	var out []string
	for i := range work.ItemID(v.Items.Len()) {
		if v.Has(i) {
			out = append(out, fmt.Sprintf("%s %v", o.key(i), v.Level(i)))
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func TestLevel(t *testing.T) {
	const ranks = "rank Initiative 2\nrank Theme 3\n"
	for _, c := range []struct {
		name, story, want string
	}{
		{
			"types alone", "A-1 Theme: 0 created\nA-2 Initiative in A-1: 0 created\nA-3 epic in A-2: 0 created\nA-4 story in A-3: 0 created\nA-5 sub-task in A-4: 0 created\nA-6 bug: 0 created",
			"A-1 goal, A-2 goal, A-3 batch, A-4 item, A-5 sub-item, A-6 item",
		},
		{
			"an epic without children is a batch", "A-1 epic: 0 created",
			"A-1 batch",
		},
		{
			"no epics: an item with children is a batch, and they are items", "A-1 story: 0 created\nA-2 sub-task in A-1: 0 created\nA-3 story: 0 created",
			"A-1 batch, A-2 item, A-3 item",
		},
		{
			"no epics: a story in a story", "A-1 story: 0 created\nA-2 story in A-1: 0 created",
			"A-1 batch, A-2 item",
		},
		{
			"epics: a story in a story is an item", "A-1 story: 0 created\nA-2 story in A-1: 0 created\nA-9 epic: 0 created",
			"A-1 item, A-2 item, A-9 batch",
		},
		{
			"no epics, three deep: what has children is a batch", "A-1 story: 0 created\nA-2 sub-task in A-1: 0 created\nA-3 sub-task in A-2: 0 created",
			"A-1 batch, A-2 batch, A-3 item",
		},
		{
			"a sub-task right under an epic is an item", "A-1 epic: 0 created\nA-2 sub-task in A-1: 0 created",
			"A-1 batch, A-2 item",
		},
		{
			"a sub-task right under a goal is an item", "A-1 Initiative: 0 created\nA-2 sub-task in A-1: 0 created\nA-9 epic: 0 created",
			"A-1 goal, A-2 item, A-9 batch",
		},
		{
			"a sub-task of a sub-task is a sub-item", "A-1 story: 0 created\nA-2 sub-task in A-1: 0 created\nA-3 sub-task in A-2: 0 created\nA-9 epic: 0 created",
			"A-1 item, A-2 sub-item, A-3 sub-item, A-9 batch",
		},
		{
			"a sub-task without a parent, or with one that was not pulled", "A-1 sub-task: 0 created\nA-2 sub-task in X-1: 0 created",
			"A-1 sub-item, A-2 sub-item",
		},
		{
			"a goal with children and no epics stays a goal", "A-1 Initiative: 0 created\nA-2 story in A-1: 0 created",
			"A-1 goal, A-2 item",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, ranks+c.story)
			if got := o.levels(o.on(1)); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// Types change, children leave, and the first epic of a tracker changes what
// its other items are; the tracker next door does not care.
func TestLevelOverTime(t *testing.T) {
	o := tell(t, `
A-1 story:           0 created; 6 type epic
A-2 sub-task in A-1: 1 created; 3 out
A-3 story:           0 created
A-4 sub-task in A-3: 2 created
A-5 epic:            4 created
`)
	for _, c := range []struct {
		day  float64
		want string
	}{
		{0, "A-1 item, A-3 item"},
		{1, "A-1 batch, A-2 item, A-3 item"},
		{2, "A-1 batch, A-2 item, A-3 batch, A-4 item"},
		{3, "A-1 item, A-2 sub-item, A-3 batch, A-4 item"},
		{4, "A-1 item, A-2 sub-item, A-3 item, A-4 sub-item, A-5 batch"},
		{6, "A-1 batch, A-2 sub-item, A-3 item, A-4 sub-item, A-5 batch"},
	} {
		if got := o.levels(o.on(c.day)); got != c.want {
			t.Errorf("on day %v: %s\nwant %s", c.day, got, c.want)
		}
	}
}

func TestBatchIsTheNearestAncestorOfThatLevel(t *testing.T) {
	o := tell(t, `
rank Initiative 2
A-1 Initiative:      0 created
A-2 epic in A-1:     0 created
A-3 story in A-2:    0 created; 5 in A-6
A-4 sub-task in A-3: 0 created
A-5 story in A-1:    0 created
A-6 epic in A-2:     0 created
A-7 story:           0 created
`)
	want := map[string]string{"A-1": "-", "A-2": "-", "A-3": "A-2", "A-4": "A-2", "A-5": "-", "A-6": "A-2", "A-7": "-"}
	for key, batch := range want {
		if got := o.key(o.on(1).Batch(o.item(key))); got != batch {
			t.Errorf("%s is in batch %s, want %s", key, got, batch)
		}
	}
	for key, batch := range map[string]string{"A-3": "A-6", "A-4": "A-6"} {
		if got := o.key(o.on(5).Batch(o.item(key))); got != batch {
			t.Errorf("after the move %s is in batch %s, want %s", key, got, batch)
		}
	}
}

// Two items that are each other's parents end nowhere.
func TestBatchInACircle(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 1 in A-2\nA-2 story: 0 created; 1 in A-1\nA-9 epic: 0 created")
	if got := o.on(2).Batch(o.item("A-1")); got != work.NoItem {
		t.Errorf("batch %s", o.key(got))
	}
}

func TestKeyAfterSeveralMoves(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 2 move B-7; 4 move C-3; 4 move C-4; 6 move A-9")
	for day, want := range map[float64]string{0: "A-1", 1.9: "A-1", 2: "B-7", 3: "B-7", 4: "C-4", 5.9: "C-4", 6: "A-9", 99: "A-9"} {
		if got := o.on(day).Key(0); got != want {
			t.Errorf("on day %v the key is %s, want %s", day, got, want)
		}
	}
	for day, want := range map[float64]string{1: "A-1", 99: "A-9"} {
		if got := o.on(day).URL(0); got != "https://tracker.example/browse/"+want {
			t.Errorf("on day %v people are sent to %s", day, got)
		}
	}
	if got := o.Coverage.Moved; got != 1 {
		t.Errorf("%d items moved, want 1", got)
	}
}

// The owner is the project's team, from a Team field on that team, and the
// project's again once it is emptied.
func TestOwnerOverTime(t *testing.T) {
	o := tell(t, `
A-1 story: 0 created; 2 team Red; 4 move B-1; 6 team Blue; 8 team ""
A-2 story: 1 created; 3 move B-2; 5 move A-3
`)
	for _, c := range []struct {
		key  string
		day  float64
		want string
	}{
		{"B-1", 0, "A"}, {"B-1", 1.9, "A"}, {"B-1", 2, "Red"}, {"B-1", 4, "Red"}, {"B-1", 5.9, "Red"}, {"B-1", 6, "Blue"}, {"B-1", 8, "B"}, {"B-1", 99, "B"},
		{"A-3", 1, "A"}, {"A-3", 3, "B"}, {"A-3", 4.9, "B"}, {"A-3", 5, "A"},
	} {
		v := o.on(99)
		if got := v.Teams[v.Owner(o.item(c.key), o.Day(c.day))].Name; got != c.want {
			t.Errorf("on day %v %s belongs to %s, want %s", c.day, c.key, got, c.want)
		}
	}
	// A view does not look ahead of its instant.
	v := o.on(3)
	if got := v.Teams[v.Owner(o.item("B-1"), o.Day(7))].Name; got != "Red" {
		t.Errorf("seen from day 3, B-1 will belong to %s", got)
	}
	for day, want := range map[float64]bool{1: true, 2: false, 9: false} {
		if got := o.on(day).ByProject(); got != want {
			t.Errorf("on day %v teams go by project: %v", day, got)
		}
	}
}

func TestChildrenComeAndGo(t *testing.T) {
	o := tell(t, `
A-1 epic:         0 created
A-2 story in A-1: 1 created; 3 out; 5 in A-1
A-3 story in A-1: 2 created; 4 in A-4
A-4 epic:         0 created
`)
	for _, c := range []struct {
		day  float64
		want string
	}{{0, ""}, {1, "A-2"}, {2, "A-2 A-3"}, {3, "A-3"}, {4, ""}, {5, "A-2"}} {
		v, kids := o.on(c.day), []string(nil)
		v.Children(o.item("A-1"), func(i work.ItemID) { kids = append(kids, o.key(i)) })
		if got := strings.Join(kids, " "); got != c.want || v.HasChild(o.item("A-1")) != (c.want != "") {
			t.Errorf("on day %v the children are %q, want %q", c.day, got, c.want)
		}
	}
}

func TestLinksStandFromThenUntilThen(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 2 blocked by A-2; 5 unlink A-2\nA-2 story: 0 created")
	if len(o.Links) != 1 {
		t.Fatalf("%d links, want 1", len(o.Links))
	}
	for day, want := range map[float64]bool{1.9: false, 2: true, 4.9: true, 5: false} {
		if got := o.on(day).Stands(o.Links[0]); got != want {
			t.Errorf("on day %v the link stands: %v", day, got)
		}
	}
}
