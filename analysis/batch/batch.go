// Package batch measures in how large pieces work is delivered.
//
// A batch is an item of epic level; where a tracker uses no epic level, an
// item with sub-items. Its size is the number of its children. A batch starts
// with its first child and finishes with the exit of its last one, which is
// known once every child has left and either the batch itself is done or
// nothing was added or moved for 28 days. A batch with children that could not
// be read counts them in its size, and is finished when it is done itself.
//
// The package knows four tables: the batches of teams (Rows), what went out
// together in releases (Releases), how the time of a batch goes with its size
// (Elasticity), and what kinds of work there are (Kinds).
package batch

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

const (
	settled     = 28 * fact.Day  // a batch at rest for so long is finished
	bucketAge   = 180 * fact.Day // DQ7: a bucket is open for longer than this,
	bucketMonth = 4              // its children were created, and finished, in so many months
	minBCa      = 20             // batches that an interval of the experienced batch needs
)

// Batch is one batch as a view shows it.
type Batch struct {
	Item     work.ItemID
	Team     work.TeamID // its owner at the finish, or at the view's instant
	Children []work.ItemID
	Start    fact.Instant // of the first child; 0 if none is known to have begun
	Finish   fact.Instant // 0 while it is open
	Dropped  bool         // closed as dropped after its start, or every child was
	Shelved  bool         // closed as dropped before its start: no outcome
	Unread   int          // children that the tracker counts and that could not be read
	Bucket   bool         // a drawer for work that comes and goes, not a delivery (DQ7)
}

// All returns the batches of a view, in order of item.
func All(v work.View, lives []work.Life) []Batch {
	var out []Batch
	for i := range work.ItemID(v.Items.Len()) {
		if v.Has(i) && v.Level(i) == work.LevelBatch {
			out = append(out, one(v, lives, i))
		}
	}
	return out
}

func one(v work.View, lives []work.Life, i work.ItemID) Batch {
	b := Batch{Item: i, Unread: int(v.Items.Unread[i])}
	v.Children(i, func(c work.ItemID) { b.Children = append(b.Children, c) })
	open, drops, last, begun := 0, 0, fact.Instant(0), false
	own := lives[i]
	for _, c := range b.Children {
		l := lives[c]
		if l.Begun() && (b.Start == 0 || l.Start < b.Start) {
			b.Start = l.Start
		}
		switch {
		case l.Exit == 0:
			open++
		case l.End == work.Dropped:
			drops++
		}
		last = max(last, l.Exit)
		// Where starts are not known, an exit shows that there was one.
		begun = begun || l.Begun() && l.Start < own.Exit || l.End == work.Done && l.Exit < own.Exit
	}
	atRest := own.Exit != 0 || b.Unread == 0 && v.T-max(last, moved(v, i)) >= settled
	if b.Unread > 0 {
		last = max(last, own.Exit)
	}
	switch allOut := len(b.Children)+b.Unread > 0 && open == 0 && atRest; {
	case allOut:
		b.Dropped, b.Finish = len(b.Children) > 0 && drops == len(b.Children)+b.Unread || own.End == work.Dropped, last
	case own.End == work.Dropped && begun:
		b.Dropped, b.Finish = true, own.Exit
	case own.End == work.Dropped:
		b.Shelved = true
	}
	b.Team = v.Owner(i, v.T)
	if b.Finish != 0 {
		b.Team = v.Owner(i, b.Finish)
	}
	b.Bucket = bucket(v, lives, b)
	return b
}

// moved returns when an item last joined a batch or left it.
func moved(v work.View, batch work.ItemID) fact.Instant {
	at := fact.Instant(0)
	for _, c := range v.EverChildren(batch) {
		if !v.Has(c) {
			continue
		}
		at = max(at, turned(v, v.Parents, c, batch))
		if v.Items.Class[batch] == fact.ClassMilestone {
			at = max(at, turned(v, v.Milestones, c, batch))
		}
	}
	return at
}

// turned returns when an item last joined a batch or left it, by one column.
func turned(v work.View, column work.Runs[work.ItemID], item, batch work.ItemID) fact.Instant {
	at := fact.Instant(0)
	from, parents := column.Of(item)
	for k, p := range parents {
		in, was := p == batch, k > 0 && parents[k-1] == batch
		if from[k] <= v.T && in != was {
			at = max(at, from[k])
		}
	}
	return at
}

// bucket reports whether a batch is a drawer: open, and for more than 180 days,
// with children both created and finished in at least four separate months. A
// large batch that was delivered in the end is none.
func bucket(v work.View, lives []work.Life, b Batch) bool {
	if b.Finish != 0 || lives[b.Item].Exit != 0 || v.T-v.Items.Created[b.Item] <= bucketAge {
		return false
	}
	created, finished := map[string]bool{}, map[string]bool{}
	month := func(t fact.Instant) string { return t.Time().In(zone(v)).Format("2006-01") }
	for _, c := range b.Children {
		created[month(v.Items.Created[c])] = true
		if l := lives[c]; l.End == work.Done {
			finished[month(l.Exit)] = true
		}
	}
	return len(created) >= bucketMonth && len(finished) >= bucketMonth
}

func zone(v work.View) *time.Location {
	if v.Zone == nil {
		return time.UTC
	}
	return v.Zone
}

// Analysis is the batches of a window.
type Analysis struct {
	View    work.View
	Window  work.Window
	Batches []Batch

	lives   []work.Life
	windows []work.Window // by TeamID: since the team was last reorganised
}

// Analyse finds the batches of a view.
func Analyse(v work.View, w work.Window, lives []work.Life) *Analysis {
	a := &Analysis{View: v, Window: w, Batches: All(v, lives), lives: lives, windows: make([]work.Window, len(v.Teams))}
	for t := range a.windows {
		a.windows[t] = v.Since(work.TeamID(t), w)
	}
	return a
}

// Row is the batches of one team, or of all.
type Row struct {
	Finished []Batch // within the window, buckets left out
	Dropped  int     // within the window
	Open     int     // begun or not, not finished
	Childless,
	Buckets int
	lines    []float64 // of the finished ones that pull requests carry
	Inferred int       // of the finished ones, those that are finished because nothing moved for 28 days
	ids      []string

	points   []float64   // of the finished ones with estimated children
	pointsOf work.TeamID // whose the last of these was
	mixed    bool        // they are of several teams
	locks    []float64   // of the finished ones whose scope can be locked
}

// Rows returns the row of the organisation and one for every team, by TeamID.
func (a *Analysis) Rows() (Row, []Row) {
	org, teams := Row{}, make([]Row, len(a.View.Teams))
	for _, b := range a.Batches {
		a.count(&org, a.Window, b)
		a.count(&teams[b.Team], a.windows[b.Team], b)
	}
	return org, teams
}

func (a *Analysis) count(r *Row, w work.Window, b Batch) {
	switch {
	case b.Bucket:
		r.Buckets++
	case b.Shelved:
	case len(b.Children)+b.Unread == 0:
		r.Childless++
	case b.Finish == 0:
		r.Open++
	case !w.Holds(b.Finish):
	case b.Dropped:
		r.Dropped++
	default:
		r.Finished = append(r.Finished, b)
		r.ids = append(r.ids, a.View.Items.ID[b.Item])
		if n, ok := a.lines(b); ok {
			r.lines = append(r.lines, float64(n))
		}
		a.note(r, b)
		if !a.View.State(b.Item).Ended() {
			r.Inferred++
		}
	}
}

// Sizes returns the children of every finished batch.
func (r Row) Sizes() []float64 {
	out := make([]float64, len(r.Finished))
	for k, b := range r.Finished {
		out[k] = float64(len(b.Children) + b.Unread)
	}
	return out
}

// lines returns the changed lines of the merged pull requests that carry a
// batch or its children, each pull request once; false where there is none whose
// size is told.
func (a *Analysis) lines(b Batch) (n int, ok bool) {
	seen := map[work.ItemID]bool{}
	for _, i := range append([]work.ItemID{b.Item}, b.Children...) {
		a.View.Carried(i, func(p *work.Pull) {
			if p.Sized && !seen[p.Item] && a.View.State(p.Item) == work.Done {
				seen[p.Item], ok = true, true
				n += p.Lines
			}
		})
		if p := a.View.PullOf(i); p != nil && p.Sized && a.View.State(i) == work.Done {
			n, ok = n+p.Lines, true
		}
	}
	return n, ok
}

// Lines returns a quantile of the changed lines, added and deleted without
// generated files, of finished batches (B2): of the merged pull requests that
// carry their items. N is the number of batches with such a pull request.
func (r Row) Lines(p float64) stats.Estimate {
	if len(r.lines) == 0 {
		return stats.Unknown(0, "no finished batch has a merged pull request whose size is told")
	}
	return stats.QuantileEstimate(r.lines, p).WithCoverage(float64(len(r.lines)) / float64(len(r.Finished)))
}

const nothing = "no batch finished in the window"

// Size returns a quantile of the children per finished batch (B1). N is the
// number of batches.
func (r Row) Size(p float64) stats.Estimate {
	if len(r.Finished) == 0 {
		return stats.Unknown(0, nothing)
	}
	return stats.QuantileEstimate(r.Sizes(), p).WithCoverage(1)
}

// Experienced returns the size of the batch that a typical item is part of
// (B1): Σn²/Σn, with a BCa interval over batches. N is the number of batches.
func (r Row) Experienced() stats.Estimate {
	if len(r.Finished) == 0 {
		return stats.Unknown(0, nothing)
	}
	return experienced(r.Sizes(), r.random(), "finished batches", "all batches are of one size")
}

// experienced is Σn²/Σn of sizes above 0; what names what they are sizes of.
func experienced(sizes []float64, rng *rand.Rand, what, equal string) stats.Estimate {
	of := func(idx []int) float64 {
		var sum, squares float64
		for _, k := range idx {
			sum += sizes[k]
			squares += sizes[k] * sizes[k]
		}
		return squares / sum
	}
	all := make([]int, len(sizes))
	for k := range all {
		all[k] = k
	}
	e := stats.Estimate{Value: of(all), N: len(sizes), Low: math.NaN(), High: math.NaN(), Coverage: 1}
	if len(sizes) < minBCa {
		e.Why = fmt.Sprintf("an interval needs %d %s", minBCa, what)
		return e
	}
	low, high, ok := stats.BCa(len(sizes), of, rng)
	if !ok {
		e.Why = equal
		return e
	}
	e.Low, e.High = low, high
	return e
}

// random is a stream of the row's own, seeded from the immutable ids of its
// batches, so that it is the same on any day and in any order.
func (r Row) random() *rand.Rand { return stats.Rand("batch/experienced/1", strings.Join(r.ids, " ")) }
