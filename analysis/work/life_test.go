package work_test

import (
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
)

// none is a day that never comes.
const none = -1

type life struct {
	start float64
	rule  work.StartRule
	exit  float64
	end   work.State
}

func (o told) life(v work.View, key string) life {
	l := v.Lives()[o.item(key)]
	if l.Begun() != (l.Start != 0) {
		o.t.Errorf("%s: begun %v and start %v", key, l.Begun(), l.Start)
	}
	return life{o.days(l.Start), l.Rule, o.days(l.Exit), l.End}
}

var open = work.Unknown // how a life ends that has not ended

// Start, exit and end by METRICS section 0: the first entry into a started
// state, else the earliest of worklog, assignment after creation and sprint;
// the last exit, if it lasts. Every expectation is read off its story.
func TestLife(t *testing.T) {
	const scene = "status Odd other\nstatus Closed done\nstatus Review indeterminate\nsprint S 3 9\nsprint Late 20 30\nsprint None 0 0\n"
	for _, c := range []struct {
		name, story string
		want        life
	}{
		{"created only", "0 created", life{none, work.StartNone, none, open}},
		{"in progress and done", "0 created; 2 start; 9 done", life{2, work.StartStatus, 9, work.Done}},
		{"in progress and dropped", "0 created; 2 start; 9 drop", life{2, work.StartStatus, 9, work.Dropped}},
		{"dropped from the queue", "0 created; 4 drop", life{none, work.StartNone, 4, work.Dropped}},
		{"done from the queue", "0 created; 4 done", life{none, work.StartNone, 4, work.Done}},
		{"waiting counts as started", "0 created; 3 wait; 5 start; 8 done", life{3, work.StartStatus, 8, work.Done}},
		{"the first of several starts counts", "0 created; 2 start; 3 todo; 5 start; 7 done", life{2, work.StartStatus, 7, work.Done}},
		{"back in the queue it stays begun", "0 created; 2 start; 3 todo", life{2, work.StartStatus, none, open}},

		{"reopened and done again", "0 created; 1 start; 3 done; 5 start; 8 done", life{1, work.StartStatus, 8, work.Done}},
		{"reopened and open", "0 created; 1 start; 3 done; 5 todo", life{1, work.StartStatus, none, open}},
		{"reopened after a drop and delivered", "0 created; 1 start; 3 drop; 5 start; 8 done", life{1, work.StartStatus, 8, work.Done}},
		{"begun only after it was reopened", "0 created; 3 done; 5 start; 8 done", life{5, work.StartStatus, 8, work.Done}},
		{"from one done status to another", "0 created; 1 start; 3 done; 6 status Closed", life{1, work.StartStatus, 3, work.Done}},
		{"a drop after the close is how it ended", "0 created; 1 start; 4 done; 6 resolution Duplicate", life{1, work.StartStatus, 4, work.Dropped}},
		{"a delivery after the close is how it ended", "0 created; 1 start; 4 drop; 6 resolution Fixed", life{1, work.StartStatus, 4, work.Done}},
		{"a status without a meaning opens it again", "0 created; 1 start; 4 done; 6 status Odd", life{1, work.StartStatus, none, open}},

		{"worklog", "0 created; 2 worklog; 5 done", life{2, work.StartWorklog, 5, work.Done}},
		{"a comment is no sign of work", "0 created; 2 comment 99; 5 done", life{none, work.StartNone, 5, work.Done}},
		{"status before worklog, though it came later", "0 created; 1 worklog; 3 start; 5 done", life{3, work.StartStatus, 5, work.Done}},
		{"assigned", "0 created; 2 assign ana; 5 done", life{2, work.StartAssigned, 5, work.Done}},
		{"assigned at the creation says nothing", "0 created; 0 assign ana; 5 done", life{none, work.StartNone, 5, work.Done}},
		{"assigned anew after the creation", "0 created; 0 assign ana; 3 assign bo; 5 done", life{3, work.StartAssigned, 5, work.Done}},
		{"taken from somebody is no assignment", "0 created; 0 assign ana; 3 unassign; 5 done", life{none, work.StartNone, 5, work.Done}},
		{"sprint begins with the item in it", "0 created; 1 sprint +S; 5 done", life{3, work.StartSprint, 5, work.Done}},
		{"joined a sprint that had begun", "0 created; 4 sprint +S; 5 done", life{4, work.StartSprint, 5, work.Done}},
		{"left the sprint before it began", "0 created; 1 sprint +S; 2 sprint -S; 5 done", life{none, work.StartNone, 5, work.Done}},
		{"left it in the instant of its beginning", "0 created; 1 sprint +S; 3 sprint -S; 5 done", life{none, work.StartNone, 5, work.Done}},
		{"left it later", "0 created; 1 sprint +S; 3.5 sprint -S; 5 done", life{3, work.StartSprint, 5, work.Done}},
		{"the earlier of two sprints", "0 created; 0.5 sprint +Late; 1 sprint +S; 25 done", life{3, work.StartSprint, 25, work.Done}},
		{"a sprint without a name for its dates", "0 created; 1 sprint +Unheard; 5 done", life{none, work.StartNone, 5, work.Done}},
		{"the earliest of three signs: sprint", "0 created; 1 sprint +S; 4 assign ana; 5 worklog; 9 done", life{3, work.StartSprint, 9, work.Done}},
		{"the earliest of three signs: assignment", "0 created; 1 sprint +S; 2 assign ana; 5 worklog; 9 done", life{2, work.StartAssigned, 9, work.Done}},
		{"the earliest of three signs: worklog", "0 created; 1 sprint +S; 2 assign ana; 1.5 worklog; 9 done", life{1.5, work.StartWorklog, 9, work.Done}},
		{"of two signs at once the strong one", "0 created; 2 assign ana; 2 worklog; 9 done", life{2, work.StartWorklog, 9, work.Done}},
		{"a sign starts open items too", "0 created; 2 worklog", life{2, work.StartWorklog, none, open}},

		{"a sign after the exit comes too late", "0 created; 5 done; 6 worklog; 7 assign ana", life{none, work.StartNone, 5, work.Done}},
		{"a sign at the exit too", "0 created; 5 done; 5 worklog", life{none, work.StartNone, 5, work.Done}},
		{"only the last exit closes the book", "0 created; 3 done; 4 todo; 5 worklog; 7 done", life{5, work.StartWorklog, 7, work.Done}},
		{"started and done in one instant", "0 created; 4 start; 4 done", life{none, work.StartNone, 4, work.Done}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, scene+"A-1 story: "+c.story)
			if got := o.life(o.on(40), "A-1"); got != c.want {
				t.Errorf("life %v, want %v\n%s", got, c.want, c.story)
			}
		})
	}
}

// At an earlier instant the same item shows what was known then, the instant
// of an event included.
func TestLifeAsOfThen(t *testing.T) {
	o := tell(t, "sprint S 6 9\nA-1 story: 0 created; 1 sprint +S; 7 assign ana; 8 start; 10 done; 12 start; 15 drop")
	for _, c := range []struct {
		day  float64
		want life
	}{
		{5.9, life{none, work.StartNone, none, open}},
		{6, life{6, work.StartSprint, none, open}},
		{7.9, life{6, work.StartSprint, none, open}},
		{8, life{8, work.StartStatus, none, open}},
		{9.9, life{8, work.StartStatus, none, open}},
		{10, life{8, work.StartStatus, 10, work.Done}},
		{11.9, life{8, work.StartStatus, 10, work.Done}},
		{12, life{8, work.StartStatus, none, open}},
		{15, life{8, work.StartStatus, 15, work.Dropped}},
	} {
		if got := o.life(o.on(c.day), "A-1"); got != c.want {
			t.Errorf("on day %v the life is %v, want %v", c.day, got, c.want)
		}
	}
	if got := o.Org.At(o.Origin - 1).Lives()[0]; got != (work.Life{}) {
		t.Errorf("before its creation the item has the life %v", got)
	}
}

// What a tracker leaves out of a history, nobody knows: the exit may still
// show, the start does not.
func TestLifeWithoutItsHistory(t *testing.T) {
	const text = "A-1 story: 0 created; 2 start; 4 assign ana; 5 worklog; 9 done"
	for _, c := range []struct {
		name  string
		spoil func(*fact.Record)
		want  life
	}{
		{"whole", func(*fact.Record) {}, life{2, work.StartStatus, 9, work.Done}},
		{"none", func(r *fact.Record) {
			r.History, r.Changes = fact.History{}, nil
		}, life{none, work.StartNone, 9, work.Done}},
		{"none, and no resolution: the last update is all there is", func(r *fact.Record) {
			r.History, r.Changes, r.Resolved, r.Updated = fact.History{}, nil, 0, r.Updated+fact.Day
		}, life{none, work.StartNone, 10, work.Done}},
		{"none, and in progress", func(r *fact.Record) {
			r.History, r.Changes, r.Resolved, r.Resolution = fact.History{}, nil, 0, fact.Named{}
			r.Status = fact.Named{ID: "s:in progress", Name: "In Progress"}
		}, life{none, work.StartNone, none, open}},
		{"cut after the start", func(r *fact.Record) {
			r.History.State, r.Changes = fact.CutHistory, r.Changes[1:] // from the assignment on
		}, life{none, work.StartNone, 9, work.Done}},
		{"cut, with the start in what is left", func(r *fact.Record) {
			r.History.State = fact.CutHistory
		}, life{none, work.StartNone, 9, work.Done}},
		{"cut down to nothing", func(r *fact.Record) {
			r.History.State, r.Changes = fact.CutHistory, nil
		}, life{none, work.StartNone, 9, work.Done}},
		{"created in progress", func(r *fact.Record) {
			r.Changes = r.Changes[1:]
			r.Changes[1].From = fact.Value{ID: "s:in progress", Text: "In Progress"}
		}, life{0, work.StartStatus, 9, work.Done}},
		{"created done", func(r *fact.Record) {
			r.Changes, r.Involvement, r.Resolved = nil, nil, r.Created
		}, life{none, work.StartNone, 0, work.Done}},
		{"whole as the tracker says, done later, and no change of status: imported", func(r *fact.Record) {
			r.Changes, r.Resolved = nil, r.Created+7*fact.Day
		}, life{none, work.StartNone, 7, work.Done}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := story.MustParse(text)
			records := s.Facts()
			c.spoil(records[0])
			o := assembled(t, s, records)
			if got := o.life(o.on(40), "A-1"); got != c.want {
				t.Errorf("life %v, want %v", got, c.want)
			}
		})
	}
}

func TestWeakStarts(t *testing.T) {
	weak := map[work.StartRule]bool{work.StartAssigned: true, work.StartSprint: true}
	if len(work.StartRules) != 5 {
		t.Errorf("%d rules find a start, want 5", len(work.StartRules))
	}
	for _, r := range work.StartRules {
		if r.Weak() != weak[r] {
			t.Errorf("rule %v is weak: %v", r, r.Weak())
		}
	}
}
