package work_test

import (
	"fmt"
	"slices"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
)

// A tie is seen from both ends, while it stands and both are there.
func TestCarriedAsOfThen(t *testing.T) {
	o := tell(t, `acme/shop#1 bug: 0 created
acme/shop#2 bug: 4 created
acme/shop#3 pull: 1 created; 2 closes acme/shop#1; 4 closes acme/shop#2; 6 unlink acme/shop#1
acme/shop#4 pull: 3 created; 3 closes acme/shop#1`)
	for _, c := range []struct {
		day             float64
		carried, others string // by which #1 is carried; what #3 carries
	}{
		{1.9, "", ""},
		{2, "#3", "#1"},
		{3, "#3 #4", "#1"},
		{4, "#3 #4", "#1 #2"},
		{6, "#4", "#2"},
	} {
		v := o.on(c.day)
		var carried, others []string
		v.Carried(o.item("acme/shop#1"), func(p *work.Pull) { carried = append(carried, o.key(p.Item)[len("acme/shop"):]) })
		for _, i := range v.CarriedBy(o.item("acme/shop#3")) {
			others = append(others, o.key(i)[len("acme/shop"):])
		}
		slices.Sort(carried)
		if got := fmt.Sprint(carried, others); got != fmt.Sprintf("[%s] [%s]", c.carried, c.others) {
			t.Errorf("day %g: %s, want [%s] [%s]", c.day, got, c.carried, c.others)
		}
		if v.Carries(o.item("acme/shop#3")) != (len(others) > 0) {
			t.Errorf("day %g: #3 carries: %v", c.day, v.Carries(o.item("acme/shop#3")))
		}
	}
	if ever := o.EverCarried(o.item("acme/shop#1")); len(ever) != 2 || len(o.EverCarried(o.item("acme/shop#3"))) != 0 {
		t.Errorf("ever: %+v", ever)
	}
	if o.PullOf(o.item("acme/shop#1")) != nil || o.PullOf(o.item("acme/shop#4")).Item != o.item("acme/shop#4") {
		t.Error("which of them are pull requests")
	}
}

// Of a repository that was told until some day, nothing is known afterwards of
// what was open then. The window is days 7 to 21.
func TestItemsOfWhichNothingIsKnownAnyMore(t *testing.T) {
	s := story.MustParse(`A-1 story: 0 created; 8 start
acme/web#1 pull: 1 created
acme/web#2 pull: 1 created; 9 merge
acme/old#3 pull: 1 created
acme/web#4 bug: 1 created
acme/on#5 pull: 1 created`)
	told := func(repo string, day float64) fact.Term {
		return fact.Term{Site: s.Code, Kind: fact.TermProject, ID: fmt.Sprint(repo, day), Key: repo, End: s.Day(day)}
	}
	vocab := s.Vocabulary().Add(told("Acme/Web", 10), told("acme/web", 8), told("acme/old", 5))
	res, err := assemble.Assemble(assemble.Rules{}, vocab, slices.DeleteFunc(s.Facts(), func(r *fact.Record) bool { return r.Key == "acme/web#4" }))
	if err != nil {
		t.Fatal(err)
	}
	o := assembledAs(t, s, res.Org)
	org := o.cut(21, 2).Org
	// In progress: A-1 for 13 days, #1 until day 10 and #2 until day 9 since day 7, #5 for 14.
	if got, want := o.slice(&org), "finished acme/web#2; dropped ; begun acme/on#5 A-1; waiting 0; pastless 0; started 1; owned 5; progress 32"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if org.Unknown != 2 || o.keys(org.Lapsed) != "acme/web#1" {
		t.Errorf("%d unknown, lapsed %s", org.Unknown, o.keys(org.Lapsed))
	}
	v := o.on(9.9)
	if v.Lapsed(o.item("acme/web#1")) || !v.Lapsed(o.item("acme/old#3")) || v.Lapsed(o.item("A-1")) {
		t.Error("lapsed on day 9.9")
	}
}
