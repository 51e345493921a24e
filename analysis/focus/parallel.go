package focus

import (
	"math"
	"slices"

	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Least data of A4.
const (
	fortnight = 2 // weeks of a stretch
	minItems  = 10
)

// load is one row's time in progress, in milliseconds, by stretch and batch.
type load struct {
	byBatch   []map[work.ItemID]work.Instant
	items     []map[work.ItemID]bool // with a batch, by stretch
	all       map[work.ItemID]bool
	inside    work.Instant
	batchless work.Instant
}

// parallel fills A4: for each stretch of two weeks
//
//	N₁ = exp(H),  H = −Σ p·ln p + (K−1)/2n      p: share of the time in progress by batch
//
// (Hill 1973; Jost 2006; the second term by Miller 1955, with K batches and n items),
// averaged over the stretches in which anything with a batch was in progress.
// Time outside batches is left out; where it is more than half of all, N₁ would
// speak of the smaller part, and is not told. Intervals leave out four weeks at a
// time.
func (a *Analysis) parallel(rowOf []int) {
	loads := make([]*load, len(a.Rows))
	n := a.f.Window.Weeks() / fortnight
	for k := range loads {
		loads[k] = newLoad(n)
	}
	a.fillLoads(loads, rowOf, n)
	for k := range a.Rows {
		r := &a.Rows[k]
		r.Parallel = loads[k].estimate()
		if all := loads[k].inside + loads[k].batchless; all > 0 {
			r.Batchless = float64(loads[k].batchless) / float64(all)
		}
		r.Scatter = perPerson(r.Parallel, r.People)
	}
}

func newLoad(n int) *load {
	l := &load{byBatch: make([]map[work.ItemID]work.Instant, n), items: make([]map[work.ItemID]bool, n), all: map[work.ItemID]bool{}}
	for k := range n {
		l.byBatch[k], l.items[k] = map[work.ItemID]work.Instant{}, map[work.ItemID]bool{}
	}
	return l
}

// fillLoads shares out the time in progress over stretches, rows and batches. An
// item counts for the team that owned it at the time.
func (a *Analysis) fillLoads(loads []*load, rowOf []int, n int) {
	v, w := a.f.View, a.f.Window
	counts, _ := a.f.Stock(&a.f.Org)
	skip := w.Weeks() - n*fortnight // weeks before the first whole stretch
	for i := range work.ItemID(v.Items.Len()) {
		l := a.f.Lives[i]
		if !l.Begun() || !v.Has(i) || v.Level(i) != work.LevelItem || !counts(i) {
			continue
		}
		from, to := max(l.Start, w.Bounds[skip]), v.KnownUntil(i, w.To())
		if l.Exit != 0 {
			to = min(to, l.Exit)
		}
		if from >= to {
			continue
		}
		batch := v.Batch(i)
		eachOwner(v, i, from, to, func(team work.TeamID, from, to work.Instant) {
			for k := range n {
				begin, end := max(from, w.Bounds[skip+k*fortnight]), min(to, w.Bounds[skip+(k+1)*fortnight])
				if begin < end {
					a.both(rowOf, team, func(row int) { loads[row].add(k, i, batch, end-begin) })
				}
			}
		})
	}
}

// eachOwner cuts a stretch of an item's time by who owned it.
func eachOwner(v work.View, i work.ItemID, from, to work.Instant, do func(work.TeamID, work.Instant, work.Instant)) {
	at, owners := v.Owners.Of(i)
	for k, team := range owners {
		begin, end := from, to
		if k > 0 {
			begin = max(begin, at[k])
		}
		if k+1 < len(at) {
			end = min(end, at[k+1])
		}
		if begin < end {
			do(team, begin, end)
		}
	}
}

func (l *load) add(k int, i, batch work.ItemID, time work.Instant) {
	if batch == work.NoItem {
		l.batchless += time
		return
	}
	l.inside += time
	l.byBatch[k][batch] += time
	l.items[k][i], l.all[i] = true, true
}

// stretch returns N₁ of one stretch, NaN where nothing with a batch was in progress.
func (l *load) stretch(k int) float64 {
	var weights []float64
	for _, b := range sortedKeys(l.byBatch[k]) {
		weights = append(weights, float64(l.byBatch[k][b]))
	}
	return stats.EffectiveNumber(stats.MillerMadow(weights, float64(len(l.items[k]))))
}

func (l *load) estimate() stats.Estimate {
	n := len(l.all)
	switch {
	case l.inside+l.batchless == 0:
		return stats.Unknown(n, "nothing was in progress")
	case l.batchless > l.inside:
		return stats.Unknown(n, "more than half of the time in progress is outside batches")
	case n < minItems:
		return stats.Unknown(n, "fewer than 10 items in progress have a batch")
	}
	// Blocks of four weeks are what varies by chance: a batch in progress in one
	// stretch mostly is in the next.
	var sums, counts []float64
	for k := range l.byBatch {
		if k%2 == 0 {
			sums, counts = append(sums, 0), append(counts, 0)
		}
		if x := l.stretch(k); !math.IsNaN(x) {
			sums[len(sums)-1] += x
			counts[len(counts)-1]++
		}
	}
	e := stats.RatioOfSums(sums, counts)
	e.N = n
	e.Low = max(e.Low, 1) // NaN stays
	if e.Known() {
		return e.WithCoverage(float64(l.inside) / float64(l.inside+l.batchless))
	}
	return e
}

func perPerson(e stats.Estimate, people int) stats.Estimate {
	if people < work.LeastPeople {
		return stats.Unknown(0, whyFewPeople)
	}
	p := float64(people)
	e.Value, e.Low, e.High = e.Value/p, e.Low/p, e.High/p
	return e
}

func sortedKeys[V any](m map[work.ItemID]V) []work.ItemID {
	out := make([]work.ItemID, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
