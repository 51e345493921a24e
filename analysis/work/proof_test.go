package work_test

import (
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// METRICS 0: "sub-items lend people … to their parent". A commit in the pull request
// of a part is work on the item, as [View.Efforts] says of parts and of pull requests.
func TestProofPullOfAPartIsWork(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, `
A-1 story: 0 created; 7 start
A-9 sub-task in A-1: 0 created
acme/shop#7 pull: 8 created by ana; 8 mentions title A-9; 9 commit by ana`)
	c := o.Cut(14, 1)
	got := int64(0)
	for _, e := range c.View.Efforts(c.Window, c.Lives) {
		if o.Items.Key[e.Item] == "A-1" {
			got += e.Work
		}
	}
	if got != 2*work.PersonDay {
		t.Errorf("%v person-days on A-1, want 2", float64(got)/work.PersonDay)
	}
	_ = fact.Day
}
