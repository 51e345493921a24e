package work_test

import (
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
)

// An issue of a repository that tells no history begins with the pull request that
// carries it: no status could hide in its past. An item of Jira does not.
func TestCodeWithoutHistory(t *testing.T) {
	s := story.MustParse(`
acme/shop#1 bug: 0 created; 9 done
acme/shop#2 pull: 4 created; 3 commit; 4 mentions closes acme/shop#1; 8 merge
PAY-1 story: 0 created; 9 done
acme/shop#3 pull: 4 created; 4 mentions PAY-1; 8 merge
`)
	records := s.Facts()
	for _, r := range records {
		if r.Class == fact.ClassIssue {
			r.Changes, r.History = nil, fact.History{}
		}
	}
	o := assembled(t, s, records)
	if l := o.life(o.on(20), "acme/shop#1"); l.start != 3 || l.rule != work.StartCode || l.exit != 9 {
		t.Errorf("the issue: %+v", l)
	}
	if l := o.life(o.on(20), "PAY-1"); l.rule != work.StartNone {
		t.Errorf("Jira's item: %+v", l)
	}
	// Before the pull request nobody knows.
	if l := o.life(o.on(3.5), "acme/shop#1"); l.rule != work.StartNone {
		t.Errorf("the issue before its pull request: %+v", l)
	}
}
