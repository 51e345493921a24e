package deps

import (
	"slices"
	"testing"

	"smokestack/analysis/work"
)

// Ids are unique within a tracker alone: items of two trackers with one id are
// not one cluster.
func TestEqualIDsOfTwoTrackersAreTwoClusters(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 1 start; 2 done\nB-1 story: 0 created; 1 start; 2 done")
	records := slices.Clone(o.Facts())
	records[1].Site, records[1].ID = "https://other.example", records[0].ID
	c := o.With(records).Cut(14, 2)
	if n := c.View.Items.Len(); n != 2 {
		t.Fatalf("%d items, want 2", n)
	}
	if a, b := duration(c, work.ItemID(0)).Cluster, duration(c, work.ItemID(1)).Cluster; a == b {
		t.Errorf("both are cluster %x", a)
	}
}
