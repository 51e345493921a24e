package work_test

import (
	"maps"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/work"
)

// Person-days by hand. Ana acts on Monday, Tuesday and on
// Wednesday on A-3, while A-1, in progress until Thursday, is hers: 1 + ½ + ½ days
// for A-1, ½ for A-2, ½ for A-3. Ben logs work on a part of A-2 and edits nothing
// but an epic the day after: one day for A-2, and one that goes nowhere.
func TestEfforts(t *testing.T) {
	told := assembletest.Tell(t, assemble.Rules{}, `
A-9 epic:               0 created by ana; 9.5 type epic by ben
A-1 story:              0 created; 7.3 assign ana; 7.4 start by ana; 10.5 done
A-2 story:              0 created; 8.1 start; 8.2 comment 50 by ana
A-3 story:              0 created; 9.1 worklog by ana
A-4 sub-task in A-2:    0 created; 8.9 worklog by ben
A-1x story:             0 created; 8.3 comment 10`)
	cut := told.Cut(14, 1)
	got := map[string]float64{}
	total := 0.0
	for _, e := range told.Org.At(cut.View.T).Efforts(cut.Window, cut.Lives) {
		days := float64(e.Work) / work.PersonDay
		got[told.Items.Key[e.Item]] += days
		total += days
	}
	want := map[string]float64{"A-1": 2, "A-2": 1.5, "A-3": 0.5}
	for key, days := range want {
		if got[key] != days {
			t.Errorf("%s: %v person-days, want %v", key, got[key], days)
		}
	}
	if total != 4 {
		t.Errorf("%v person-days in all, want 4: %v", total, got)
	}
}

// daysOn returns the person-days on every item in the second week of a story.
func daysOn(t *testing.T, story string) map[string]float64 {
	told := assembletest.Tell(t, assemble.Rules{}, story)
	cut := told.Cut(14, 1)
	out := map[string]float64{}
	for _, e := range cut.View.Efforts(cut.Window, cut.Lives) {
		out[told.Items.Key[e.Item]] += float64(e.Work) / work.PersonDay
	}
	return out
}

// What is not in progress takes no time, and to file an issue is no work on it: on
// day 8 ana works on A-1 alone, whatever she files and comments. The days of start
// and exit count from midnight to midnight. What nobody knows the past of counts,
// and so do plain issues of a repository, which have no status; but for creations.
func TestOnlyWhatIsInProgressTakesTime(t *testing.T) {
	for _, c := range []struct {
		story string
		want  map[string]float64
	}{
		{`
A-1 story: 0 created; 7 start by ana; 8.1 comment 50 by ana
B-1 story: 8.2 created by ana
B-2 story: 8.3 created by ana; 8.4 comment 50 by ana
B-3 story: 0 created; 8.5 comment 50 by ana; 20 start`, map[string]float64{"A-1": 2}},
		{`
A-1 story: 0 created; 7.1 comment 50 by ana; 8.1 comment 50 by ana; 8.5 start by ben; 10.2 done by ben; 10.9 comment 50 by ana; 11.1 comment 50 by ana`,
			map[string]float64{"A-1": 4}},
		{`
acme/shop#1 issue: 8 created by ana; 9 comment 50 by ana; 10 done by ana`, map[string]float64{"acme/shop#1": 2}},
		{`
A-1 story: 0 created; 1 start; 2 done
A-2 story: 0 created; 20 start
A-3 story: 0 created; 8.1 comment 50 by ana; 9 comment 50 by ana; 9 done by ben`, map[string]float64{}},
	} {
		if got := daysOn(t, c.story); !maps.Equal(got, c.want) {
			t.Errorf("%s:\n%v, want %v", c.story, got, c.want)
		}
	}
}

// A pull request lends its people to the item of which it carries a part: to open it
// and to commit in it is work on the item, once where it carries two parts.
func TestPullOfAPartIsWork(t *testing.T) {
	got := daysOn(t, `
A-7 epic: 0 created
A-1 story: 0 created; 7 start
A-8 sub-task in A-1: 0 created
A-9 sub-task in A-1: 0 created
acme/shop#7 pull: 8 created by ana; 8 mentions title A-8; 8 mentions title A-9; 9 commit by ana`)
	if want := map[string]float64{"A-1": 2}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
