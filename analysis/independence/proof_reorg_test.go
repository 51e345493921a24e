package independence

import (
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/work"
)

// A bulk edit (DQ4) of comments and edits together: five comments and five edits of ten
// records in a minute are marked in the trails and count in L5 all the same: two packages
// tell bulk edits apart differently.
func TestProofBulkOfTwoPackages(t *testing.T) {
	text := ""
	for k := range 5 {
		n := string(rune('1' + k))
		text += "A-" + n + " story: 0 created; 3 comment 50 by ben; 5 comment 50 by ana\n"
		text += "B-" + n + " story: 0 created; 5 label +x by ana\n"
	}
	o := tell(t, assemble.Rules{}, text)
	o.belong(map[string]string{"ana": "A", "ben": "B"})
	c := o.Cut(28, 4)
	d := readDeeds(c, c.View.Homes(), clusters{})
	marked := 0
	for _, e := range o.Trails.Events {
		if e.Bulk && e.Deed == work.DeedCommented {
			marked++
		}
	}
	if marked > 0 && len(d.talks) > 0 {
		t.Errorf("%d comments are marked as bulk edits, and L5 has %d ties by them", marked, len(d.talks))
	}
}
