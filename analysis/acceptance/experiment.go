package acceptance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"

	"smokestack/analysis/stats"
)

// Row is one number of an experiment.
type Row struct {
	Experiment string // its id
	What       string
	N          int     // values behind the number: organisations, mostly
	Value      float64 // what came out
	Error      float64 // its standard error, from the lot alone
	Low, High  float64 // the range that is wanted, ±Inf where there is no such end; both NaN: shown beside others
	Shape      Shape
}

// Shape is how a number is written.
type Shape uint8

// The shapes.
const (
	Number Shape = iota
	Percent
	Days
	Times
	Count
)

// Write writes a number of the row's shape.
func (r Row) Write(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case r.Shape == Percent:
		return fmt.Sprintf("%.1f %%", 100*x)
	case r.Shape == Days:
		return fmt.Sprintf("%.1f d", x)
	case r.Shape == Times:
		return fmt.Sprintf("×%.2f", x)
	case r.Shape == Count:
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.4f", x)
}

// Wanted writes the range that is wanted.
func (r Row) Wanted() string {
	switch {
	case !r.Tested():
		return ""
	case math.IsInf(r.Low, -1):
		return "≤ " + r.Write(r.High)
	case math.IsInf(r.High, 1):
		return "≥ " + r.Write(r.Low)
	}
	return r.Write(r.Low) + " to " + r.Write(r.High)
}

// Tested reports whether a range is wanted.
func (r Row) Tested() bool { return !math.IsNaN(r.Low) || !math.IsNaN(r.High) }

// Held reports whether the value lies in the range; true where none is wanted.
func (r Row) Held() bool { return r.Within(0) }

// Within reports whether the value lies in the range, or so near that chance alone
// would move one from the range's end as far with a chance of p on that side, by
// Student's t: a small run is held to no more than it can tell.
func (r Row) Within(p float64) bool {
	if !r.Tested() {
		return true
	}
	slack := 0.0
	if p > 0 && r.Error > 0 {
		slack = stats.TQuantile(1-p, max(1, float64(r.N-1))) * r.Error
	}
	return r.Value >= r.Low-slack && r.Value <= r.High+slack
}

// Verdict is the outcome in a word.
func (r Row) Verdict() string {
	switch {
	case !r.Tested():
		return "shown"
	case r.Held():
		return "held"
	}
	return "missed"
}

// Experiment is one of the acceptance's.
type Experiment struct {
	ID, Title string
	Run       func(organisations int, seed string) ([]Row, error)
}

// Experiments lists all of them.
var Experiments = []Experiment{
	{"null", "Boundaries that make no difference", null},
	{"planted", "Boundaries that do", planted},
	{"claims", "Claims of independence", claims},
	{"survival", "Times of what is still open", survival},
	{"tax", "The tax of dependencies", tax},
	{"undeclared", "Ties that no link tells of", undeclared},
	{"drift", "A mix that does not move", drift},
	{"change", "A year without a change, and one with", changes},
}

// each draws organisations of a plan and measures every one of them, on all cores.
// The results are in order of number, and depend on the seed alone.
func each[T any](n int, seed, plan string, p Plan, measure func(*Organisation) T) ([]T, error) {
	out, errs := make([]T, n), make([]error, n)
	next := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for k := range next {
				o, err := p.Draw(fmt.Sprintf("%s-%s-%d", seed, plan, k), stream(seed, plan, k))
				if errs[k] = err; err == nil {
					out[k] = measure(o)
				}
			}
		})
	}
	for k := range n {
		next <- k
	}
	close(next)
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func stream(seed, plan string, k int) *rand.Rand {
	return stats.Rand("acceptance/1", seed, plan, strconv.Itoa(k))
}

var nan, inf = math.NaN(), math.Inf(1)

// mean is a row with the average of what organisations gave.
func mean(what string, xs []float64, shape Shape, low, high float64) Row {
	r := Row{What: what, Value: nan, Error: nan, Low: low, High: high, Shape: shape}
	var sum, squares float64
	for _, x := range xs {
		if !math.IsNaN(x) {
			r.N++
			sum += x
			squares += x * x
		}
	}
	if n := float64(r.N); n > 0 {
		r.Value = sum / n
		r.Error = math.Sqrt(max(0, squares/n-r.Value*r.Value) / max(1, n-1))
	}
	return r
}

// share is a row with the share of organisations of which something holds. Its
// error is that of the nearer end of the range.
func share(what string, hits, n int, low, high float64) Row {
	r := Row{What: what, N: n, Value: nan, Error: nan, Low: low, High: high, Shape: Percent}
	if n > 0 {
		r.Value = float64(hits) / float64(n)
		p := min(max(r.Value, 0.5/float64(n)), 1-0.5/float64(n))
		for _, end := range []float64{low, high} {
			if end > 0 && end < 1 {
				p = end
			}
		}
		r.Error = math.Sqrt(p * (1 - p) / float64(n))
	}
	return r
}

// together makes the error of a row that of so many organisations, whose teams go
// together.
func (r Row) together(organisations int) Row {
	if organisations > 0 && r.N > organisations {
		r.Error *= math.Sqrt(float64(r.N) / float64(organisations))
	}
	return r
}

// uniform is a row with the p of Kolmogorov and Smirnov's test that p-values in
// steps are uniform; each has a random share of its step taken off.
func uniform(what string, ps []float64, step float64, rng *rand.Rand) Row {
	var xs []float64
	for _, p := range ps {
		if !math.IsNaN(p) {
			xs = append(xs, p-step*rng.Float64())
		}
	}
	_, p := stats.UniformTest(xs)
	return Row{What: what, N: len(xs), Value: p, Error: nan, Low: 0.01, High: inf}
}

// below is a row with the share of p-values of 0.05 at most.
func below(what string, ps []float64, low, high float64) Row {
	hits, n := 0, 0
	for _, p := range ps {
		if !math.IsNaN(p) {
			n++
			if p <= 0.05 {
				hits++
			}
		}
	}
	return share(what, hits, n, low, high)
}

// coverage counts where a truth lies beside intervals.
type coverage struct{ n, under, over, organisations int }

func (c *coverage) add(e stats.Estimate, truth float64) {
	if !e.Bounded() {
		return
	}
	c.n++
	switch {
	case truth < e.Low:
		c.under++
	case truth > e.High:
		c.over++
	}
}

func (c *coverage) rows(what string) []Row {
	return []Row{
		share(what+": the interval holds the truth", c.n-c.under-c.over, c.n, 0.92, inf).together(c.organisations),
		share(what+": the larger of the two tails", max(c.under, c.over), c.n, -inf, 0.06).together(c.organisations),
	}
}
