package stats

import (
	"fmt"
	"math"
	"slices"
)

// The least data on which a quantile of a survival curve is quoted. Both are
// choices of this project: below them the step that happens to cross the level
// says little about where the curve does.
const (
	minEvents = 10 // in the whole curve
	minAtRisk = 5  // at the time of the quantile
)

// reachTolerance absorbs the rounding of the product, so that a curve which
// should stand exactly on a level counts as having reached it.
const reachTolerance = 1e-9

// Spell is the time for which one unit was watched, on the unit's own clock,
// which starts at 0 when the unit starts.
type Spell struct {
	Entry float64 // age at which watching began; -Inf when it was watched from its start
	Exit  float64 // age at the event, or at which watching ended without one
	Event bool    // whether the event happened at Exit
}

// Step is one step of a survival curve.
type Step struct {
	Time   float64 // age at which at least one event happened
	AtRisk int     // units watched just before Time and still without the event
	Events int     // events at Time
	S      float64 // share still without the event after Time
	SE     float64 // standard error of S by Greenwood; NaN once S is 0
}

// Survival is a product-limit curve, made by [KaplanMeier]. The zero Survival
// is the curve of no spells.
type Survival struct {
	steps   []Step
	events  int
	ignored int
}

// KaplanMeier returns the product-limit curve of the spells, in any order.
//
//	S(t) = Π_{tᵢ<=t} (1 - dᵢ/nᵢ)      dᵢ events at tᵢ,  nᵢ = #{Entry < tᵢ <= Exit}
//	SE(t)² = S(t)² Σ_{tᵢ<=t} dᵢ / (nᵢ(nᵢ-dᵢ))
//
// (Kaplan and Meier 1958; Greenwood 1926; left truncation as in Kalbfleisch and
// Prentice 2002.) A unit whose watch ends at the time of an event
// is still at risk then. An event at age 0 counts only for Entry below 0, which
// is why a unit watched from its start enters at -Inf and not at 0.
//
// Spells that cannot be are left out: a NaN, an Exit that is negative or
// infinite, an Exit not after Entry. [Survival.Quantile] then tells how many
// these are and no time, so that none is lost in silence. The work grows as
// n log n.
func KaplanMeier(spells []Spell) Survival {
	var c Survival
	entries, exits, events := make([]float64, 0, len(spells)), make([]float64, 0, len(spells)), make([]float64, 0, len(spells))
	for _, s := range spells {
		if !s.possible() {
			c.ignored++
			continue
		}
		entries = append(entries, s.Entry)
		exits = append(exits, s.Exit)
		if s.Event {
			events = append(events, s.Exit)
		}
	}
	slices.Sort(entries)
	slices.Sort(exits)
	slices.Sort(events)
	c.events = len(events)
	c.steps = productLimit(entries, exits, events)
	return c
}

func (s Spell) possible() bool {
	return s.Entry < s.Exit && s.Exit >= 0 && !math.IsInf(s.Exit, 1)
}

// productLimit walks the sorted ages once. Whoever exits before t has entered
// before t, so the difference of the two counts is the number at risk.
func productLimit(entries, exits, events []float64) []Step {
	times := 0
	for i := range events {
		if i == 0 || events[i] != events[i-1] {
			times++
		}
	}
	if times == 0 {
		return nil
	}
	steps := make([]Step, 0, times)
	entered, left := 0, 0
	share, greenwood := 1.0, 0.0
	for i := 0; i < len(events); {
		step := Step{Time: events[i]}
		for ; i < len(events) && events[i] == step.Time; i++ {
			step.Events++
		}
		entered = countBelow(entries, step.Time, entered)
		left = countBelow(exits, step.Time, left)
		step.AtRisk = entered - left
		n, d := float64(step.AtRisk), float64(step.Events)
		share *= (n - d) / n
		greenwood += d / n / (n - d)
		step.S, step.SE = share, share*math.Sqrt(greenwood)
		if share == 0 {
			step.SE = math.NaN()
		}
		steps = append(steps, step)
	}
	return steps
}

// countBelow moves the count k of sorted values below t forward.
func countBelow(sorted []float64, t float64, k int) int {
	for k < len(sorted) && sorted[k] < t {
		k++
	}
	return k
}

// Events returns the number of events on the curve.
func (s Survival) Events() int { return s.events }

// Quantile returns the time by which a share p of the units has had the event:
// the first step with S <= 1-p. N is the number of events on the curve.
//
// There is a value only with at least 10 events in all, where the curve comes
// down to 1-p, and with at least 5 at risk at that step; p must lie between 0
// and 1, both excluded. Why says which of these is missing.
//
// The interval inverts the pointwise 95 % band S^exp(±z·SE/(S|ln S|)), that of
// log(-log S): Low and High are the first times at which the lower and the upper
// edge come down to 1-p (Brookmeyer and Crowley 1982, with the transform of
// Kalbfleisch and Prentice 2002). Where the upper edge never does,
// the interval has no upper end: High is NaN, Low stays and Why says so.
func (s Survival) Quantile(p float64) Estimate {
	return s.quantile(p, fmt.Sprintf("more than %.0f %% are still open at every age that was seen", 100*(1-p)))
}

// quantile gives the reason notReached where the curve does not come down to 1-p.
func (s Survival) quantile(p float64, notReached string) Estimate {
	if !(p > 0 && p < 1) {
		return Unknown(s.events, fmt.Sprintf("%v is not a share between 0 and 1, both excluded", p))
	}
	if s.ignored > 0 {
		return Unknown(s.events, fmt.Sprintf("%d of the times cannot be: they end before they begin", s.ignored))
	}
	if s.events < minEvents {
		return Unknown(s.events, fmt.Sprintf("fewer than %d events", minEvents))
	}
	at := s.firstAtMost(1-p, Step.share)
	if at < 0 {
		return Unknown(s.events, notReached)
	}
	if s.steps[at].AtRisk < minAtRisk {
		return Unknown(s.events, fmt.Sprintf("fewer than %d were followed to that age", minAtRisk))
	}
	return s.quantileAt(at, p)
}

// quantileAt puts the interval around the quantile that lies at step at.
func (s Survival) quantileAt(at int, p float64) Estimate {
	value := s.steps[at].Time
	low := s.steps[s.firstAtMost(1-p, Step.lower)].Time // at the latest at step at
	high := s.firstAtMost(1-p, Step.upper)
	if high < 0 {
		e := point(value, s.events, "the upper end of the interval is open: too few units are followed that long")
		e.Low = low
		return e
	}
	return bounded(value, s.events, low, s.steps[high].Time)
}

// firstAtMost returns the first step at which edge is at most level, -1 if none.
func (s Survival) firstAtMost(level float64, edge func(Step) float64) int {
	return slices.IndexFunc(s.steps, func(st Step) bool { return edge(st) <= level+reachTolerance })
}

func (s Step) share() float64 { return s.S }

// lower and upper are the edges of the band. Where S is 0 it has no width that
// can be estimated: the lower edge is 0 and the upper one unknown, hence 1.
func (s Step) lower() float64 { return s.edge(aboveAlpha, 0) }
func (s Step) upper() float64 { return s.edge(belowAlpha, 1) }

// The normal quantiles of the band: looked up for every step.
var belowAlpha, aboveAlpha = NormalQuantile(alpha), NormalQuantile(1 - alpha)

func (s Step) edge(z, atZero float64) float64 {
	if s.S <= 0 {
		return atZero
	}
	logS := math.Log(s.S)
	return math.Exp(logS * math.Exp(z*s.SE/(s.S*-logS)))
}
