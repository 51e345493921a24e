package assemble

import (
	"math/rand/v2"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// Marks are those of the definition, looked up pair by pair: an event is bulk if
// some minute around it holds ten records of its person.
func TestMarkBulk(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		var trails work.Trails
		trails.Off = []uint32{0}
		for range 60 {
			at := fact.Instant(r.IntN(20))*bulkTime/2 + fact.Instant(r.IntN(3))
			for range 1 + r.IntN(3) {
				trails.Events = append(trails.Events, work.Event{At: at, By: fact.Person(1 + r.IntN(2))})
				at += fact.Instant(r.IntN(int(bulkTime)))
			}
			trails.Off = append(trails.Off, uint32(len(trails.Events)))
		}
		markBulk(&trails)
		record := make([]int, len(trails.Events))
		for i := range len(trails.Off) - 1 {
			for k := trails.Off[i]; k < trails.Off[i+1]; k++ {
				record[k] = i
			}
		}
		for k, e := range trails.Events {
			want := false
			for _, first := range trails.Events { // every minute that begins with an event
				if first.By != e.By || e.At < first.At || e.At-first.At > bulkTime {
					continue
				}
				in := map[int]bool{}
				for j, x := range trails.Events {
					if x.By == e.By && x.At >= first.At && x.At-first.At <= bulkTime && x.At > 0 {
						in[record[j]] = true
					}
				}
				want = want || len(in) >= bulkRecords && first.At > 0
			}
			if e.Bulk != (want && e.At > 0) {
				t.Fatalf("seed %d, event %d at %d: bulk %v, want %v", seed, k, e.At, e.Bulk, want)
			}
		}
	}
}
