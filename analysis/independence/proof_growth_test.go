package independence

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/work"
)

// The brief: "Work grows as n log n in events at most"; issue, 7: "permutations and
// jackknives grow with events, never with pairs of items". Eight times the teams, items
// and batches may take eight times as long, and some more.
func TestProofJackknifeGrowsWithTeamsTimesBatches(t *testing.T) {
	took := func(n int) time.Duration {
		l := &lens{kind: Links}
		for k := range n {
			l.nodes, l.teams = append(l.nodes, work.ItemID(k)), append(l.teams, uint16(k))
			l.groups = append(l.groups, group{[]member{{uint32(k), uint32(k)}, {uint32((k + 1) % n), uint32(k)}}})
		}
		a := &Analysis{Teams: make([]Row, n)}
		g := l.graph(n)
		a.start(l, g.table(l.teams))
		begin := time.Now()
		a.jackknife([]*lens{l}, []weighted{g}, n)
		return time.Since(begin)
	}
	took(100)
	small, large := took(1000), took(8000)
	if large > 16*small {
		t.Errorf("1000 teams with a link and a batch each: %v; 8000: %v, %.1f times as long", small, large, float64(large)/float64(small))
	}
}

// The same of the shares of I8.
func TestProofUndeclaredGrowsWithTeamsTimesItems(t *testing.T) {
	took := func(n int) time.Duration {
		o := &work.Org{Teams: make([]work.Team, n+2)}
		var crossed []crossItem
		o.Owners.Off = []uint32{0}
		for k := range n {
			o.Items.ID = append(o.Items.ID, strconv.Itoa(k))
			crossed = append(crossed, crossItem{item: work.ItemID(k), owner: work.TeamID(k + 2), handed: true})
		}
		u := &Undeclared{}
		v := batchless(t, n)
		v.Org.Teams = make([]work.Team, n+2)
		begin := time.Now()
		u.shares(v, crossed, make([]bool, n+2))
		return time.Since(begin)
	}
	small, large := took(1000), took(8000)
	if large > 16*small {
		t.Errorf("1000 teams with an item each: %v; 8000: %v, %.1f times as long", small, large, float64(large)/float64(small))
	}
}

func batchless(t *testing.T, n int) work.View {
	text := make([]byte, 0, 30*n)
	for k := range n {
		text = append(text, "A-"+strconv.Itoa(k+1)+" story: 0 created\n"...)
	}
	o := tell(t, assemble.Rules{}, string(text))
	return o.Org.At(o.Day(5)).Hold()
}

// METRICS 5a: "In L2 and L5 a group of k adds 1/(k−1) per pair; drop k=1 and bulk edits".
// Twenty items of two teams are put into one epic in one instant by one person.
func TestProofBulkParentsTie(t *testing.T) {
	text := "E-1 epic: 0 created\n"
	for k := range 10 {
		n := strconv.Itoa(k + 1)
		text += "A-" + n + " story: 0 created; 1 start; 5 in E-1 by ana\nB-" + n + " story: 0 created; 1 start; 5 in E-1 by ana\n"
	}
	o := tell(t, assemble.Rules{}, text)
	groups, _ := o.groups(28, 4)
	bulk := 0
	for _, e := range o.Trails.Events {
		if e.Bulk {
			bulk++
		}
	}
	if groups != "" {
		t.Errorf("%d events marked as a bulk edit, and L2 ties %q", bulk, groups)
	}
	_ = slices.Max[[]int]
}
