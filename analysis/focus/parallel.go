package focus

import (
	"maps"
	"math"
	"slices"

	"smokestack/analysis/fact"
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
	stretches []map[work.ItemID]*cell
	items     int         // with a batch, in progress at any time
	last      work.ItemID // the last of them, since items come one after the other
	loose     int         // without one
	lastLoose work.ItemID
	inside    work.Instant
	outside   work.Instant
}

// cell is one batch in one stretch.
type cell struct {
	time  work.Instant
	items int
	last  work.ItemID
}

// parallel fills A4: for each stretch of two weeks
//
//	N₁ = exp(H),  H = −Σ p·ln p + (K−1)/2n      p: share of the time in progress by batch
//
// (Hill 1973; Jost 2006; the second term by Miller 1955, with K batches and n items),
// averaged over the stretches in which anything with a batch was in progress. Time
// outside batches is left out, and so are drawers (DQ7), which are no batches; where
// that is more than half of all, N₁ would speak of the smaller part, and is not told.
//
// The interval is value ± t·SE, from 1 up, with Student's t of G − 1 degrees of
// freedom and the jackknife's SE over the G batches, each left out of all stretches.
func (a *Analysis) parallel(rowOf []int) {
	loads := make([]*load, len(a.Rows))
	n := a.f.Window.Weeks() / fortnight
	for k := range loads {
		loads[k] = &load{stretches: make([]map[work.ItemID]*cell, n), last: work.NoItem, lastLoose: work.NoItem}
		for m := range loads[k].stretches {
			loads[k].stretches[m] = map[work.ItemID]*cell{}
		}
	}
	a.fillLoads(loads, rowOf, n)
	for k := range a.Rows {
		r := &a.Rows[k]
		r.Parallel = loads[k].estimate()
		r.Batchless = loads[k].batchless()
		r.Scatter = perPerson(r.Parallel, r.People)
	}
}

// fillLoads shares out the time in progress over stretches, rows and batches. An
// item counts for the team that owned it at the time, by the starts that count for
// the work in progress of each row (F3).
func (a *Analysis) fillLoads(loads []*load, rowOf []int, n int) {
	v, w := a.f.View, a.f.Window
	org, teams := a.f.Counted(false)
	skip := w.Weeks() - n*fortnight // weeks before the first whole stretch
	for i := range work.ItemID(v.Items.Len()) {
		l := a.f.Lives[i]
		if !l.Begun() || !v.Has(i) || v.Level(i) != work.LevelItem {
			continue
		}
		from, to := max(l.Start, w.Bounds[skip]), v.KnownUntil(i, w.To())
		if l.Exit != 0 {
			to = min(to, l.Exit)
		}
		if from >= to {
			continue
		}
		in := v.Batch(i)
		if a.batches[in].Bucket {
			in = work.NoItem
		}
		inOrg, inTeam := org(i), teams(i)
		eachOwner(v, i, from, to, func(team work.TeamID, from, to work.Instant) {
			r := rowOf[team]
			for k := range n {
				begin, end := max(from, w.Bounds[skip+k*fortnight]), min(to, w.Bounds[skip+(k+1)*fortnight])
				if inOrg && begin < end {
					loads[0].add(k, i, in, end-begin)
				}
				if begin = max(begin, a.since(team)); inTeam && r >= 0 && begin < end {
					loads[r].add(k, i, in, end-begin)
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
		l.outside += time
		if l.lastLoose != i {
			l.lastLoose, l.loose = i, l.loose+1
		}
		return
	}
	l.inside += time
	if l.last != i {
		l.last, l.items = i, l.items+1
	}
	c := l.stretches[k][batch]
	if c == nil {
		c = &cell{last: work.NoItem}
		l.stretches[k][batch] = c
	}
	c.time += time
	if c.last != i {
		c.last, c.items = i, c.items+1
	}
}

// spread is what N₁ of a stretch is made of.
type spread struct {
	time, logs float64 // Σw and Σw·ln w, in days
	batches    int
	items      int
}

func (s *spread) add(c *cell, sign int) {
	w := float64(c.time) / float64(fact.Day)
	s.time += float64(sign) * w
	s.logs += float64(sign) * w * math.Log(w)
	s.batches += sign
	s.items += sign * c.items
}

// effective returns N₁, 0 without a batch.
func (s spread) effective() float64 {
	if s.batches == 0 {
		return 0
	}
	h := 0.0
	if s.batches > 1 {
		h = max(math.Log(s.time)-s.logs/s.time, 0)
	}
	return stats.EffectiveNumber(h + float64(s.batches-1)/(2*float64(s.items)))
}

// batchless is the share of the time in progress outside batches. N is the items
// in progress, each of which is of the batch that it has at the end, or of none.
func (l *load) batchless() stats.Estimate {
	if why := l.nothing(); why != "" {
		return stats.Unknown(0, why)
	}
	return stats.Census(float64(l.outside)/float64(l.inside+l.outside), l.items+l.loose)
}

// nothing says why no time in progress is known, "" where some is.
func (l *load) nothing() string {
	switch {
	case l.inside+l.outside > 0:
		return ""
	case len(l.stretches) == 0:
		return "the window is shorter than two weeks"
	}
	return "nothing was in progress"
}

func (l *load) estimate() stats.Estimate {
	n, why := l.items, l.nothing()
	switch {
	case why != "":
		return stats.Unknown(n, why)
	case l.outside > l.inside:
		return stats.Unknown(n, "more than half of the time in progress is outside batches")
	case n < minItems:
		return stats.Unknown(n, "fewer than 10 items in progress have a batch")
	}
	sum, used := 0.0, 0
	lost, empty := map[work.ItemID]float64{}, map[work.ItemID]int{} // by batch, what goes with it
	for _, cells := range l.stretches {
		var s spread
		keys := slices.Sorted(maps.Keys(cells))
		for _, b := range keys {
			s.add(cells[b], 1)
		}
		if s.batches == 0 {
			continue
		}
		whole := s.effective()
		sum, used = sum+whole, used+1
		for _, b := range keys {
			rest := s
			rest.add(cells[b], -1)
			lost[b] += whole - rest.effective()
			if rest.batches == 0 {
				empty[b]++
			}
		}
	}
	e := stats.Estimate{Value: sum / float64(used), N: n, Low: math.NaN(), High: math.NaN()}
	var without []float64
	for _, b := range slices.Sorted(maps.Keys(lost)) {
		if used == empty[b] {
			e.Why = "one batch alone holds all the time: no interval"
			break
		}
		without = append(without, (sum-lost[b])/float64(used-empty[b]))
	}
	if e.Why == "" {
		half := stats.TQuantile(0.975, float64(len(without)-1)) * stats.JackknifeSE(without)
		if half > 1e-9*e.Value {
			e.Low, e.High = max(e.Value-half, 1), e.Value+half
		} else {
			e.Why = "all batches weigh the same, so their spread is unknown"
		}
	}
	return e.WithCoverage(float64(l.inside) / float64(l.inside+l.outside))
}

func perPerson(e stats.Estimate, people int) stats.Estimate {
	if people < work.LeastPeople {
		return stats.Unknown(0, whyFewPeople)
	}
	p := float64(people)
	e.Value, e.Low, e.High = e.Value/p, e.Low/p, e.High/p
	return e
}
