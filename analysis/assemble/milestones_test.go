package assemble

import (
	"fmt"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// milestones tells an item's milestones over time.
func (o tale) milestones(key string) string {
	var out []string
	from, val := o.Org.Milestones.Of(o.item(key))
	for k := range val {
		out = append(out, o.day(from[k])+" "+o.key(val[k]))
	}
	return strings.Join(out, "; ")
}

// Milestones are batches where the issues of a repository have no parents.
func TestMilestonesAsBatches(t *testing.T) {
	const (
		stone = "acme/shop/milestone/1 milestone \"V1\": 0 created\n"
		in    = "milestone acme/shop/milestone/1"
	)
	for _, c := range []struct {
		name, story string
		day         float64
		item, want  string // an item and its parent
		level       work.Level
	}{
		{"an issue", stone + "acme/shop#1 bug: 1 created; 2 " + in, 2, "acme/shop#1", "acme/shop/milestone/1", work.LevelBatch},
		{"before it was", stone + "acme/shop#1 bug: 1 created; 2 " + in, 1.9, "acme/shop#1", "-", work.LevelAside},
		{"no more", stone + "acme/shop#1 bug: 1 created; 2 " + in + "; 5 milestone -", 5, "acme/shop#1", "-", work.LevelAside},
		{"until then", stone + "acme/shop#1 bug: 1 created; 2 " + in + "; 5 milestone -", 4.9, "acme/shop#1", "acme/shop/milestone/1", work.LevelBatch},
		{"a pull request that is an item", stone + "acme/shop#1 pull: 1 created; 2 " + in, 2, "acme/shop#1", "acme/shop/milestone/1", work.LevelBatch},
		{"one that is evidence", stone + "acme/shop#2 pull: 1 created; 2 " + in + "\nacme/shop#1 bug: 1 created", 2, "acme/shop#2", "-", work.LevelAside},
		{"a parent issue somewhere in the repository", stone + "acme/shop#1 bug: 1 created; 2 " + in + "\nacme/shop#2 bug: 0 created\nAcme/Shop#3 bug: 0 created; 4 in acme/shop#2", 4, "acme/shop#1", "-", work.LevelAside},
		{"not yet", stone + "acme/shop#1 bug: 1 created; 2 " + in + "\nacme/shop#2 bug: 0 created\nAcme/Shop#3 bug: 0 created; 4 in acme/shop#2", 3.9, "acme/shop#1", "acme/shop/milestone/1", work.LevelBatch},
		{"no more, and yet used", stone + "acme/shop#1 bug: 1 created; 2 " + in + "\nacme/shop#2 bug: 0 created\nacme/shop#3 bug: 0 created; 4 in acme/shop#2; 5 out", 6, "acme/shop#1", "-", work.LevelAside},
		{"in another repository", stone + "acme/shop#1 bug: 1 created; 2 " + in + "\nacme/web#2 bug: 0 created\nacme/web#3 bug in acme/web#2: 0 created", 4, "acme/shop#1", "acme/shop/milestone/1", work.LevelBatch},
		{"in Jira", stone + "acme/shop#1 bug: 1 created; 2 " + in + "\nA-2 bug: 0 created\nA-3 bug in A-2: 0 created", 4, "acme/shop#1", "acme/shop/milestone/1", work.LevelBatch},
		{"a parent that was not pulled is no use of parents", stone + "acme/shop#1 bug: 1 created; 2 " + in + "\nacme/shop#3 bug in acme/shop#99: 0 created", 4, "acme/shop#1", "acme/shop/milestone/1", work.LevelBatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, Rules{}, c.story)
			v := o.on(c.day)
			if got := o.key(v.Parent(o.item(c.item))); got != c.want {
				t.Errorf("parent %s, want %s", got, c.want)
			}
			if got := o.key(v.Batch(o.item(c.item))); got != c.want {
				t.Errorf("batch %s, want %s", got, c.want)
			}
			if got := v.Level(o.item("acme/shop/milestone/1")); got != c.level {
				t.Errorf("the milestone is %v, want %v", got, c.level)
			}
			if c.level == work.LevelBatch && v.Level(o.item(c.item)) != work.LevelItem {
				t.Errorf("%s is %v", c.item, v.Level(o.item(c.item)))
			}
		})
	}
}

// A sub-issue right in a milestone is an item, whether or not its tracker has
// batches by type.
func TestSubIssueInAMilestone(t *testing.T) {
	rules := Rules{Levels: map[string]work.Level{"task": work.LevelSub, "epic": work.LevelBatch, "pull request": work.LevelBatch, "milestone": work.LevelBatch}}
	const text = "acme/shop/milestone/1 milestone: 0 created\nacme/shop#1 task: 1 created; 2 milestone acme/shop/milestone/1\nacme/web#1 pull: 0 created\nacme/web#2 task: 0 created\n"
	for _, more := range []string{"", "acme/shop#3 epic: 0 created"} {
		o := tell(t, rules, text+more)
		if got := o.levelOn("acme/shop#1", 2); got != work.LevelItem {
			t.Errorf("with %q: %v", more, got)
		}
	}
	// A rule for pull requests does not make a tracker one that has batches by type.
	o := tell(t, rules, text+"acme/shop#3 bug: 0 created\nacme/web#4 bug in acme/web#2: 3 created")
	if o.Org.Sites[0].FirstBatch != 0 || o.levelOn("acme/web#2", 3) != work.LevelBatch {
		t.Errorf("first batch %v; an issue with a child is %v", o.Org.Sites[0].FirstBatch, o.levelOn("acme/web#2", 3))
	}
}

// Events name milestones by title: whoever takes an issue from one into another
// is told of twice, in either order.
func TestMilestonesOverTime(t *testing.T) {
	s := parse(t, `acme/shop/milestone/1 milestone "V1": 0 created
acme/shop/milestone/2 milestone "V2": 0 created
acme/web/milestone/1 milestone "V1": 0 created
Acme/Shop#1 bug: 1 created; 20 comment 4`)
	put := func(day float64, title string) fact.Change {
		return fact.Change{ID: fmt.Sprintf("%g+%s", day, title), At: s.Day(day), Kind: fact.KindMilestone, To: fact.Value{Text: title}}
	}
	take := func(day float64, title string) fact.Change {
		return fact.Change{ID: fmt.Sprintf("%g-%s", day, title), At: s.Day(day), Kind: fact.KindMilestone, From: fact.Value{Text: title}}
	}
	v1, v2 := fact.Ref{ID: "m10001", Key: "acme/shop/milestone/1"}, fact.Ref{ID: "m10002"}
	for _, c := range []struct {
		name    string
		changes []fact.Change
		now     fact.Ref
		want    string
		outside int
	}{
		{"only the present one", nil, v1, "1 acme/shop/milestone/1", 0},
		{"by key alone", nil, fact.Ref{Key: "ACME/shop/milestone/2"}, "1 acme/shop/milestone/2", 0},
		{"put in", []fact.Change{put(3, "V1")}, v1, "3 acme/shop/milestone/1", 0},
		{"put in at once", []fact.Change{put(1, "V1")}, v1, "1 acme/shop/milestone/1", 0},
		{"taken out", []fact.Change{put(3, "V1"), take(5, "V1")}, fact.Ref{}, "3 acme/shop/milestone/1; 5 -", 0},
		{"taken out of one that nobody told of", []fact.Change{take(5, "V1")}, fact.Ref{}, "1 acme/shop/milestone/1; 5 -", 0},
		{"taken from one into another", []fact.Change{put(3, "V1"), take(5, "V1"), put(5, "V2")}, v2, "3 acme/shop/milestone/1; 5 acme/shop/milestone/2", 0},
		{"told the other way round", []fact.Change{put(3, "V1"), put(5, "V2"), take(5, "V1")}, v2, "3 acme/shop/milestone/1; 5 acme/shop/milestone/2", 0},
		{"and a second later", []fact.Change{put(3, "V1"), put(5, "V2"), take(5.5, "V1")}, v2, "3 acme/shop/milestone/1; 5 acme/shop/milestone/2", 0},
		{"into another from one that nobody told of", []fact.Change{put(5, "V2"), take(5, "V1")}, v2, "1 acme/shop/milestone/1; 5 acme/shop/milestone/2", 0},
		{"titles in another spelling", []fact.Change{put(3, "v1"), take(5, "v1")}, fact.Ref{}, "3 acme/shop/milestone/1; 5 -", 0},
		{"renamed since", []fact.Change{put(3, "Beta")}, v1, "3 acme/shop/milestone/1", 0},
		{"deleted since", []fact.Change{put(3, "Gone"), put(5, "V2"), take(5, "Gone")}, v2, "5 acme/shop/milestone/2", 0},
		{"not pulled", []fact.Change{put(3, "V9")}, fact.Ref{ID: "m9"}, "", 1},
		{"an issue stands where a milestone should", nil, fact.Ref{ID: "10004"}, "", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			records := s.Facts()
			r := record(t, records, "Acme/Shop#1")
			r.Changes, r.Milestone = c.changes, c.now
			o := assembled(t, Rules{}, s, records)
			if got := o.milestones("Acme/Shop#1"); got != c.want || o.Org.Coverage.MilestonesOutside != c.outside {
				t.Errorf("%s; %d outside\nwant %s; %d", got, o.Org.Coverage.MilestonesOutside, c.want, c.outside)
			}
		})
	}
}

// An issue that moves to another repository was in its milestones: titles are
// those of the repository that it was in at the time.
func TestMilestonesOfATransferredIssue(t *testing.T) {
	o := tell(t, Rules{}, `acme/shop/milestone/1 milestone "V1": 0 created
acme/web/milestone/1 milestone "V1": 0 created
acme/web#1 bug: 1 created; 2 milestone acme/web/milestone/1; 4 milestone -; 5 move acme/shop#9; 7 milestone acme/shop/milestone/1; 8 milestone -`)
	if got, want := o.milestones("acme/shop#9"), "2 acme/web/milestone/1; 4 -; 7 acme/shop/milestone/1; 8 -"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// Milestones and parents that cannot be: of themselves, in a circle, of another
// class. Nothing hangs, and nothing is in two places.
func TestMilestonesAndParentsOfThemselves(t *testing.T) {
	s := parse(t, `acme/shop/milestone/1 milestone: 0 created
acme/shop/milestone/2 milestone: 0 created
acme/shop#1 bug: 0 created
acme/shop#2 pull: 0 created
acme/shop#3 bug: 0 created`)
	records := s.Facts()
	ref := func(key string) fact.Ref { return fact.Ref{ID: record(t, records, key).ID, Key: key} }
	stone, other, issue, pull := ref("acme/shop/milestone/1"), ref("acme/shop/milestone/2"), ref("acme/shop#1"), ref("acme/shop#2")
	set := func(key string, parent, milestone fact.Ref) {
		r := record(t, records, key)
		r.Parent, r.Milestone = parent, milestone
	}
	set("acme/shop/milestone/1", stone, stone)
	set("acme/shop/milestone/2", stone, stone)
	set("acme/shop#1", stone, issue)
	set("acme/shop#2", pull, other)
	set("acme/shop#3", pull, stone)
	record(t, records, "acme/shop#2").Links = []fact.Link{{ID: "1", Phrase: "closes", Other: pull}, {ID: "2", Phrase: "is a child of", Other: issue}, {ID: "3", Phrase: "closes", Other: stone}}
	o := assembled(t, Rules{}, s, records)
	if bad := sound(o.Org); bad != "" {
		t.Fatal(bad)
	}
	look(o.Org, fact.Never)
	if got := len(o.Org.Parents.Val); got != 0 {
		t.Errorf("%d parents, want none", got)
	}
	v := o.on(1)
	if got := o.key(v.Batch(o.item("acme/shop#3"))); got != "acme/shop/milestone/1" || v.Level(o.item("acme/shop/milestone/2")) != work.LevelAside {
		t.Errorf("#3 is in %s; the milestone in a milestone is %v", got, v.Level(o.item("acme/shop/milestone/2")))
	}
	kids := 0
	v.Children(o.item("acme/shop/milestone/1"), func(work.ItemID) { kids++ })
	if kids != 1 {
		t.Errorf("%d children of the milestone, want 1", kids)
	}
	if o.Org.Coverage.ParentsOutside != 2 || len(o.Org.Carries) != 0 {
		t.Errorf("%d parents outside, want those of #1 and #3; ties %s", o.Org.Coverage.ParentsOutside, o.carries())
	}
}

// Where no event tells since when, a parent that is younger than its child was
// not used before it was there.
func TestUseOfParentsBeginsWithTheParent(t *testing.T) {
	s := parse(t, "acme/shop/milestone/1 milestone: 0 created\nacme/shop#1 bug: 1 created; 1 milestone acme/shop/milestone/1\nacme/shop#2 bug: 1 created\nacme/shop#3 bug: 6 created")
	records := s.Facts()
	record(t, records, "acme/shop#2").Parent = fact.Ref{ID: record(t, records, "acme/shop#3").ID}
	o := assembled(t, Rules{}, s, records)
	if first := o.Org.Projects[0].FirstParent; first != o.Day(6) {
		t.Errorf("parents are used since day %s, want 6", o.day(first))
	}
	for day, want := range map[float64]work.Level{5.9: work.LevelBatch, 6: work.LevelAside} {
		if got := o.levelOn("acme/shop/milestone/1", day); got != want {
			t.Errorf("the milestone on day %g: %v, want %v", day, got, want)
		}
	}
}

// Events of parent issues take out one and put in another, in either order; of
// what was there from the beginning the first removal tells.
func TestParentIssuesOverTime(t *testing.T) {
	s := parse(t, "acme/shop#1 bug: 0 created\nacme/shop#2 bug: 0 created\nAcme/Shop#3 bug: 1 created; 20 comment 4")
	put := func(day float64, id, key string) fact.Change {
		return fact.Change{ID: fmt.Sprint(day, "+", id), At: s.Day(day), Kind: fact.KindParent, To: fact.Value{ID: id, Text: key}}
	}
	take := func(day float64, id, key string) fact.Change {
		return fact.Change{ID: fmt.Sprint(day, "-", id), At: s.Day(day), Kind: fact.KindParent, From: fact.Value{ID: id, Text: key}}
	}
	const one, two = "acme/shop#1", "acme/shop#2"
	for _, c := range []struct {
		name    string
		changes []fact.Change
		want    string
	}{
		{"put in", []fact.Change{put(3, "10001", one)}, "3 acme/shop#1"},
		{"taken out and put in", []fact.Change{put(3, "10001", one), take(5, "10001", one), put(5, "10002", two)}, "3 acme/shop#1; 5 acme/shop#2"},
		{"put in and taken out", []fact.Change{put(3, "10001", one), put(5, "10002", two), take(5, "10001", one)}, "3 acme/shop#1; 5 acme/shop#2"},
		{"by keys alone", []fact.Change{put(3, "", "ACME/shop#1"), put(5, "", two), take(5, "", one)}, "3 acme/shop#1; 5 acme/shop#2"},
		{"there from the beginning", []fact.Change{put(5, "10002", two), take(5, "10001", one)}, "1 acme/shop#1; 5 acme/shop#2"},
		{"and taken out", []fact.Change{take(5, "10001", one)}, "1 acme/shop#1; 5 -"},
		{"there and back", []fact.Change{put(3, "10001", one), take(4, "10001", one), put(6, "10001", one)}, "3 acme/shop#1; 4 -; 6 acme/shop#1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			records := s.Facts()
			record(t, records, "Acme/Shop#3").Changes = c.changes
			if got := assembled(t, Rules{}, s, records).parents("Acme/Shop#3"); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}
