package stats

import (
	"maps"
	"math"
	"slices"
)

const (
	shiftTolerance = 1e-9  // to which Δ̂ is found
	zeroScore      = 1e-12 // sum of scores, relative to its parts, that is rounding only
	maxLog         = 708   // size of a logarithm whose exponential keeps all digits
)

// replicateTolerance is the width of the interval in which the shift of all but
// one group is looked for, among n units. Logarithms of durations spread by about
// 1, so that shifts without one group in 40 differ by about 1/√n/4; within the
// interval the sum is taken to be linear. A standard error below it is no spread.
// A thousandth of it changes SE by less than 1 %.
func replicateTolerance(n int) float64 { return max(0.01/math.Sqrt(float64(n)), shiftTolerance) }

// column holds the logarithms of durations in ascending order, with the jackknife
// group of each.
type column struct {
	logs   []float64
	groups []uint8
}

// shiftStratum holds both groups of units: the ended and the open ones.
type shiftStratum struct {
	xEnded, xOpen, yEnded, yOpen column
}

// shiftData are the strata that hold units of both groups.
type shiftData []shiftStratum

func finiteDays(ds []Duration) bool {
	return !slices.ContainsFunc(ds, func(d Duration) bool { return !finite(d.Days) })
}

// shiftStrata sorts the units that can be compared into strata, in the order of
// their numbers, and returns the number of jackknife groups among them.
func shiftStrata(x, y []Duration) (data shiftData, groups int) {
	place := sharedStrata(x, y)
	xs, ys := inStrata(x, place), inStrata(y, place)
	clusters := make([]uint64, 0, len(xs)+len(ys))
	for _, d := range slices.Concat(xs, ys) {
		clusters = append(clusters, d.Cluster)
	}
	group, groups := JackknifeGroups(clusters)
	data = make(shiftData, len(place))
	for i, d := range xs {
		s := &data[place[d.Stratum]]
		s.xEnded.add(&s.xOpen, d, group[i])
	}
	for i, d := range ys {
		s := &data[place[d.Stratum]]
		s.yEnded.add(&s.yOpen, d, group[len(xs)+i])
	}
	for i := range data {
		for _, c := range data[i].columns() {
			c.sort()
		}
	}
	return data, groups
}

// sharedStrata numbers the strata with units on both sides from 0, in order.
func sharedStrata(x, y []Duration) map[int]int {
	inX, inY := map[int]bool{}, map[int]bool{}
	for _, d := range x {
		inX[d.Stratum] = true
	}
	for _, d := range y {
		inY[d.Stratum] = inX[d.Stratum]
	}
	place := map[int]int{}
	for _, stratum := range slices.Sorted(maps.Keys(inY)) {
		if inY[stratum] {
			place[stratum] = len(place)
		}
	}
	return place
}

func inStrata(ds []Duration, place map[int]int) []Duration {
	in := make([]Duration, 0, len(ds))
	for _, d := range ds {
		if _, ok := place[d.Stratum]; ok {
			in = append(in, d)
		}
	}
	return in
}

// add puts d into c where it has ended, else into open.
func (c *column) add(open *column, d Duration, group int) {
	if !d.Ended {
		c = open
	}
	c.logs = append(c.logs, math.Log(max(d.Days, minDays)))
	c.groups = append(c.groups, uint8(group))
}

func (c *column) sort() {
	type unit struct {
		log   float64
		group uint8
	}
	units := make([]unit, len(c.logs))
	for i, v := range c.logs {
		units[i] = unit{v, c.groups[i]}
	}
	slices.SortFunc(units, func(a, b unit) int {
		switch {
		case a.log < b.log:
			return -1
		case a.log > b.log:
			return 1
		}
		return 0
	})
	for i, u := range units {
		c.logs[i], c.groups[i] = u.log, u.group
	}
}

func (s *shiftStratum) columns() [4]*column {
	return [4]*column{&s.xEnded, &s.xOpen, &s.yEnded, &s.yOpen}
}

func (d shiftData) units() int {
	n := 0
	for i := range d {
		for _, c := range d[i].columns() {
			n += len(c.logs)
		}
	}
	return n
}

// score is the sum over strata at a shift of delta. It never grows with delta.
func (d shiftData) score(delta float64) float64 {
	var sum, size float64
	for i := range d {
		s := &d[i]
		units := len(s.xEnded.logs) + len(s.xOpen.logs) + len(s.yEnded.logs) + len(s.yOpen.logs)
		part := float64(s.score(delta)) / float64(units+1)
		sum += part
		size += math.Abs(part)
	}
	if math.Abs(sum) <= zeroScore*size {
		return 0
	}
	return sum
}

// score adds up the scores of all pairs of the stratum without forming them.
func (s *shiftStratum) score(delta float64) int {
	below, equal := ranks(s.xEnded.logs, s.yEnded.logs, delta)
	sum := 2*below + equal - len(s.xEnded.logs)*len(s.yEnded.logs)
	below, equal = ranks(s.xEnded.logs, s.yOpen.logs, delta)
	sum += below + equal
	below, _ = ranks(s.xOpen.logs, s.yEnded.logs, delta)
	return sum + below - len(s.xOpen.logs)*len(s.yEnded.logs)
}

// ranks counts the pairs with x below y-delta and those with x equal to it. Both
// slices are sorted and walked once.
func ranks(xs, ys []float64, delta float64) (below, equal int) {
	i, run := 0, 0 // run counts the xs equal to the last y that had any
	last := math.Inf(-1)
	for _, y := range ys {
		v := y - delta
		for i < len(xs) && xs[i] < v {
			i++
		}
		below += i
		if i < len(xs) && xs[i] == v {
			if v != last {
				last, run = v, countEqual(xs[i:])
			}
			equal += run
		}
	}
	return below, equal
}

func countEqual(sorted []float64) int {
	k := 1
	for k < len(sorted) && sorted[k] == sorted[0] {
		k++
	}
	return k
}

// limits returns a delta below all differences of y and x and one above them.
func (d shiftData) limits() (low, high float64) {
	minX, maxX, minY, maxY := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for i := range d {
		for k, c := range d[i].columns() {
			if len(c.logs) == 0 {
				continue
			}
			if k < 2 {
				minX, maxX = min(minX, c.logs[0]), max(maxX, c.logs[len(c.logs)-1])
			} else {
				minY, maxY = min(minY, c.logs[0]), max(maxY, c.logs[len(c.logs)-1])
			}
		}
	}
	return minY - maxX - 1, maxY - minX + 1
}

// shift returns Δ̂, or why there is none.
func (d shiftData) shift() (log float64, why string) {
	low, high := d.limits()
	b := bracket{low, high, d.score(low), d.score(high)}
	switch {
	case b.atLow <= 0 && b.atHigh >= 0:
		return math.NaN(), "no pair has a known order: too few have ended"
	case b.atHigh >= 0:
		return math.NaN(), "too few have ended: it is only known that the second group takes longer"
	case b.atLow <= 0:
		return math.NaN(), "too few have ended: it is only known that the first group takes longer"
	}
	return b.crossing(d.score, shiftTolerance), ""
}

// shiftSE returns the jackknife standard error of log, the Δ̂ of all units, or why
// there is none.
func (d shiftData) shiftSE(groups int, log float64) (se float64, why string) {
	if groups < 2 {
		return math.NaN(), "an interval needs 2 clusters, there is 1"
	}
	tolerance := replicateTolerance(d.units())
	without := d.shiftsWithout(groups, log, tolerance)
	if without == nil {
		return math.NaN(), "the value rests on one group of clusters: without it there is none"
	}
	se = JackknifeSE(without)
	switch {
	case !(se > tolerance):
		return math.NaN(), "all groups of clusters agree, so their spread is unknown"
	case log+TQuantile(1-alpha, float64(groups-1))*se > maxLog:
		return math.NaN(), "the interval is too wide for a number"
	}
	return se, ""
}

// shiftsWithout returns Δ̂ with each of the groups left out, or nil where one of
// these does not exist. All lie near log, the Δ̂ of all units.
func (d shiftData) shiftsWithout(groups int, log, tolerance float64) []float64 {
	low, high := d.limits()
	step := 10 * tolerance
	slope := (d.score(log-step) - d.score(log+step)) / (2 * step)
	slope *= float64(groups-1) / float64(groups)
	near := guess{at: log, slope: slope, limits: bracket{low: low, high: high}}
	rest := d.clone()
	shifts := make([]float64, groups)
	for g := range shifts {
		d.without(uint8(g), rest)
		var ok bool
		if shifts[g], ok = near.crossing(rest.score, tolerance); !ok {
			return nil
		}
	}
	return shifts
}

// clone makes room for any part of d.
func (d shiftData) clone() shiftData {
	room := slices.Clone(d)
	for i := range room {
		for _, c := range room[i].columns() {
			c.logs = slices.Clone(c.logs)
		}
	}
	return room
}

// without writes all but one group into rest, made by clone.
func (d shiftData) without(group uint8, rest shiftData) {
	for i := range d {
		from, to := d[i].columns(), rest[i].columns()
		for k, c := range from {
			out := to[k].logs[:len(c.logs)]
			n := 0
			for j, v := range c.logs {
				out[n] = v
				if c.groups[j] != group {
					n++
				}
			}
			to[k].logs = out[:n]
		}
	}
}
