package stats

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// wholeShare is how near to 1 a sum of shares counts as 1: nearer than rounding.
const wholeShare = 1 - 1e-12

// CompetingSpell is the time for which one unit was watched where it can end in
// one of several ways, as an item is finished or dropped.
type CompetingSpell struct {
	Entry, Exit float64 // as in [Spell]
	Cause       int     // how it ended at Exit, from 1; 0 where watching ended before the unit did
}

// Incidence is the share of units that have ended in one way by an age, made by
// [AalenJohansen]. The zero Incidence is that of no spells.
type Incidence struct {
	curve Survival // of 1-F
}

// AalenJohansen returns the cumulative incidence of one cause, at least 1: the
// share of all units that have ended by that cause, where the others may still
// end or have ended otherwise.
//
//	F(t) = Σ_{tᵢ<=t} S(tᵢ-)·dᵢ/nᵢ     dᵢ ends by the cause at tᵢ, nᵢ = #{Entry < tᵢ <= Exit}
//
// S is the [KaplanMeier] curve of ends by any cause (Aalen and Johansen 1978), so
// that the incidences of all causes add up to 1-S. Taking the other causes as
// censored instead answers how it would be if these did not exist, which is more
// than what happens. The standard error is that of the multinomial
// delta method (Greenwood's, for one cause): see incidence.step.
//
// Left truncation, ties, ages of 0 and impossible spells are as in
// [KaplanMeier]; a negative Cause makes a spell impossible too. The work grows as
// n log n.
func AalenJohansen(spells []CompetingSpell, cause int) Incidence {
	var c Survival
	ends := make([]CompetingSpell, 0, len(spells))
	entries, exits := make([]float64, 0, len(spells)), make([]float64, 0, len(spells))
	for _, s := range spells {
		if s.Cause < 0 || !(Spell{Entry: s.Entry, Exit: s.Exit}).possible() {
			c.ignored++
			continue
		}
		entries = append(entries, s.Entry)
		exits = append(exits, s.Exit)
		if s.Cause > 0 {
			ends = append(ends, s)
		}
	}
	slices.Sort(entries)
	slices.Sort(exits)
	slices.SortFunc(ends, func(a, b CompetingSpell) int { return cmp.Compare(a.Exit, b.Exit) })
	c.steps = incidenceSteps(entries, exits, ends, max(cause, 1))
	for _, s := range c.steps {
		c.events += s.Events
	}
	return Incidence{c}
}

// incidenceSteps walks the sorted ages once and keeps the steps of the cause.
func incidenceSteps(entries, exits []float64, ends []CompetingSpell, cause int) []Step {
	var steps []Step
	entered, left := 0, 0
	now := incidence{open: 1}
	for i := 0; i < len(ends); {
		t := ends[i].Exit
		all, mine := 0, 0
		for ; i < len(ends) && ends[i].Exit == t; i++ {
			all++
			if ends[i].Cause == cause {
				mine++
			}
		}
		entered, left = countBelow(entries, t, entered), countBelow(exits, t, left)
		now = now.step(float64(entered-left), float64(all), float64(mine))
		if mine > 0 {
			steps = append(steps, now.at(t, entered-left, mine))
		}
	}
	return steps
}

// incidence is the state after an age: the share still open, the share ended by
// the cause, and the variances and covariance of both.
type incidence struct {
	open, ended              float64
	varOpen, varEnded, covar float64
}

// step follows all ends among n at risk, mine of them by the cause. With a = all/n
// and b = mine/n, multinomial, and independent of what went before:
//
//	S' = S(1-a)     Var S' = (1-a)²Var S + S²a(1-a)/n
//	F' = F + Sb     Var F' = Var F + b²Var S + 2bCov + S²b(1-b)/n
//	                Cov'   = (1-a)(Cov + bVar S) - S²b(1-a)/n
func (c incidence) step(n, all, mine float64) incidence {
	a, b, squared := all/n, mine/n, c.open*c.open/n
	return incidence{
		open:     c.open * (n - all) / n,
		ended:    c.ended + c.open*b,
		varOpen:  (1-a)*(1-a)*c.varOpen + squared*a*(1-a),
		varEnded: c.varEnded + b*b*c.varOpen + 2*b*c.covar + squared*b*(1-b),
		covar:    (1-a)*(c.covar+b*c.varOpen) - squared*b*(1-a),
	}
}

// at is the step of the curve 1-F.
func (c incidence) at(t float64, atRisk, events int) Step {
	s := Step{Time: t, AtRisk: atRisk, Events: events, S: 1 - c.ended, SE: math.Sqrt(max(c.varEnded, 0))}
	if c.ended >= wholeShare {
		s.S, s.SE = 0, math.NaN()
	}
	return s
}

// Events returns the number of ends by the cause.
func (i Incidence) Events() int { return i.curve.events }

// Quantile returns the age by which a share p of all units has ended by the
// cause: the first step with F >= p. Conditions, interval and reasons are as with
// [Survival.Quantile], for the events of the cause; the interval inverts the band
// 1 - (1-F)^exp(±z·SE/((1-F)|ln(1-F)|)). There is no value where fewer than p
// ever end that way, which is common where another cause takes many.
func (i Incidence) Quantile(p float64) Estimate {
	return i.curve.quantile(p, fmt.Sprintf("fewer than %.0f %% end this way by any age that was seen", 100*p))
}
