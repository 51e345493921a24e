package batch

import (
	"math"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
)

// Least data, from METRICS section 3 (B7).
const (
	minLock  = 5   // children of a batch whose scope can be locked
	lockedAt = 0.8 // share of children from which on it was
)

// jeffreys is a share of independent units with its 95 % interval.
func jeffreys(hits, n int, none string) stats.Estimate {
	if n == 0 {
		return stats.Unknown(0, none)
	}
	low, high := stats.Jeffreys(float64(hits), float64(n))
	return stats.Estimate{Value: float64(hits) / float64(n), N: n, Low: low, High: high, Coverage: 1}
}

// points returns the story points of a batch's children when they left, those
// without an estimate left out; false where none has one.
func (a *Analysis) points(b Batch) (sum float64, ok bool) {
	if len(a.View.Points.Off) == 0 {
		return 0, false
	}
	for _, c := range b.Children {
		if p, _ := a.View.Points.At(c, a.lives[c].Exit); p > 0 {
			sum, ok = sum+float64(p)/100, true
		}
	}
	return sum, ok
}

// Points returns the median of the story points of finished batches (B2): of
// their children, as estimated when they left. N is the number of batches with
// an estimated child; Coverage their share. A batch of which only some children
// are estimated counts with those.
//
// Points mean something within one team: they are ordinal, and every team has
// its own. So there are medians only and, where several teams finished batches
// with points, no value for the organisation.
func (r Row) Points() stats.Estimate {
	switch {
	case len(r.Finished) == 0:
		return stats.Unknown(0, nothing)
	case len(r.points) == 0:
		return stats.Unknown(0, "no child of a finished batch has story points")
	case r.mixed:
		return stats.Unknown(len(r.points), "story points of different teams do not compare")
	}
	return stats.QuantileEstimate(r.points, 0.5).WithCoverage(float64(len(r.points)) / float64(len(r.Finished)))
}

// Lock returns which share of a batch's children was created before the batch
// began (B7), 0 to 1; false where that cannot be told: with fewer than 5
// children, with some that could not be read, or without a known start.
func (a *Analysis) Lock(b Batch) (share float64, ok bool) {
	if len(b.Children) < minLock || b.Unread > 0 || b.Start == 0 {
		return 0, false
	}
	before := 0
	for _, c := range b.Children {
		if a.View.Items.Created[c] < b.Start {
			before++
		}
	}
	return float64(before) / float64(len(b.Children)), true
}

const noLock = "no batch with 5 children and a known start finished in the window"

// Lock returns the median, over finished batches of 5 children or more, of the
// share of children that were created before the batch began (B7): the scope
// that was fixed beforehand. N is the number of such batches. A thorough
// breakdown is no convergence on a solution.
func (r Row) Lock() stats.Estimate {
	if len(r.locks) == 0 {
		return stats.Unknown(0, noLock)
	}
	return stats.QuantileEstimate(r.locks, 0.5).WithCoverage(float64(len(r.locks)) / float64(len(r.Finished)))
}

// Locked returns the share of those batches of which 80 % of the children or
// more were created before the batch began.
func (r Row) Locked() stats.Estimate {
	hits := 0
	for _, l := range r.locks {
		if l >= lockedAt {
			hits++
		}
	}
	e := jeffreys(hits, len(r.locks), noLock)
	if !e.Known() {
		return e
	}
	return e.WithCoverage(float64(len(r.locks)) / float64(len(r.Finished)))
}

// Drops returns the share of the batches that ended in the window, finished or
// dropped after their start, that were dropped. N is the number of both.
func (r Row) Drops() stats.Estimate {
	return jeffreys(r.Dropped, r.Dropped+len(r.Finished), "no batch ended in the window")
}

// Measured tells when a batch had an outcome, as the configuration describes
// one; false if it has none by the view's instant.
func (a *Analysis) Measured(b Batch) (fact.Instant, bool) {
	at, ok := a.View.Measured[b.Item]
	return at, ok && at <= a.View.T
}

// Follow counts what is known a while after the finish of batches.
type Follow struct {
	Of    int // finished batches that had the whole time
	Hits  int // of these, those with an outcome by its end
	Early int // finished batches whose time is not over
	Why   string
}

// MeasuredWithin counts the finished batches of a row that had an outcome some
// days after their finish at the latest. It is a census; a rule takes a window
// that ends so many days ago, so that none is early. Why is set where a
// configuration does not say what an outcome is and no batch has one, so that
// nothing can be told.
func (a *Analysis) MeasuredWithin(r Row, days float64) Follow {
	var f Follow
	if !a.View.Outcomes && len(a.View.Measured) == 0 {
		f.Why = "nothing says what an outcome is"
	}
	within := fact.Instant(math.Round(days * float64(fact.Day)))
	for _, b := range r.Finished {
		if b.Finish+within > a.View.T {
			f.Early++
			continue
		}
		f.Of++
		if at, ok := a.Measured(b); ok && at <= b.Finish+within {
			f.Hits++
		}
	}
	return f
}

// note keeps what the measures of a row take from one finished batch.
func (a *Analysis) note(r *Row, b Batch) {
	if sum, ok := a.points(b); ok {
		r.mixed = r.mixed || len(r.points) > 0 && r.pointsOf != b.Team
		r.points, r.pointsOf = append(r.points, sum), b.Team
	}
	if share, ok := a.Lock(b); ok {
		r.locks = append(r.locks, share)
	}
}
