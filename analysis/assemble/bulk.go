package assemble

import (
	"cmp"
	"math/bits"
	"slices"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// A bulk edit is of so many records by one person within so long (METRICS DQ4).
const (
	bulkRecords = 10
	bulkTime    = fact.Day / (24 * 60) // a minute
)

// markBulk marks the events that belong to a bulk edit: somebody did anything to
// ten records or more within a minute of it. That says how a tracker was tidied
// up and nothing of work. What came within a minute after an instant decides, too:
// a view at that instant is that much ahead.
func markBulk(t *work.Trails) {
	maybe := crowdedMinutes(t.Events)
	var of []deed
	for i := range len(t.Off) - 1 {
		for k := t.Off[i]; k < t.Off[i+1]; k++ {
			if e := t.Events[k]; e.At > 0 && maybe(e) {
				of = append(of, deed{e.By, e.At, uint32(i), k})
			}
		}
	}
	slices.SortFunc(of, func(a, b deed) int {
		return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.at, b.at), cmp.Compare(a.place, b.place))
	})
	for len(of) > 0 {
		n := 1
		for n < len(of) && of[n].by == of[0].by {
			n++
		}
		markOne(t.Events, of[:n])
		of = of[n:]
	}
}

// deed is where and when somebody did something.
type deed struct {
	by     fact.Person
	at     fact.Instant
	record uint32
	place  uint32 // in the trails
}

// crowdedMinutes returns a function that tells cheaply, for every event, whether it
// may belong to a bulk edit: false is certain. Events are counted by person and
// minute in a table of a few places for each event, of which several may share one.
func crowdedMinutes(events []work.Event) func(work.Event) bool {
	n := bits.Len(uint(len(events))) + 1
	counts := make([]uint8, 1<<n)
	place := func(p fact.Person, minute int64) uint32 {
		h := (uint64(p)<<40 ^ uint64(minute)) * 0x9e3779b97f4a7c15
		return uint32(h >> (64 - n))
	}
	for _, e := range events {
		if n := &counts[place(e.By, int64(e.At/bulkTime))]; *n < 255 {
			*n++
		}
	}
	return func(e work.Event) bool {
		m := int64(e.At / bulkTime)
		n, before, after := int(counts[place(e.By, m)]), int(counts[place(e.By, m-1)]), int(counts[place(e.By, m+1)])
		return n+before >= bulkRecords || n+after >= bulkRecords
	}
}

// markOne marks the bulk edits of one person, whose deeds are in order of time.
func markOne(events []work.Event, all []deed) {
	count := map[uint32]int{} // by record within the minute
	from, marked := 0, 0
	for to, d := range all {
		for d.at-all[from].at > bulkTime {
			if count[all[from].record]--; count[all[from].record] == 0 {
				delete(count, all[from].record)
			}
			from++
		}
		count[d.record]++
		if len(count) < bulkRecords {
			continue
		}
		for marked = max(marked, from); marked <= to; marked++ {
			events[all[marked].place].Bulk = true
		}
	}
}
