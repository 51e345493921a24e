package independence

import (
	"math"

	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// ClaimState is what a window says of a claim of independence.
type ClaimState uint8

// The states. Whether a claim is contradicted is decided by the scan, which
// corrects for how much it tests; see [Claim.P].
const (
	NoClaim   ClaimState = iota // the team claims nothing
	Unclear                     // can't tell, unless P passes the scan's correction
	Supported                   // every eligible lens's lower end is θ or higher
)

func (s ClaimState) String() string {
	return [...]string{"no claim", "can't tell", "supported"}[min(s, Supported)]
}

// Claim is what can be said of a team's claim that its index is θ or higher
// (METRICS section 5d), by the eligible lenses, on indices that are not shrunk.
type Claim struct {
	State ClaimState
	// P is the chance of an index as low, or lower, if the claim were true: the
	// smallest of the lenses' times the number of eligible ones, 1 at most. A lens
	// is tested by (ln R − ln(1−θ))/(se/R) against Student's t with E_eff − 1
	// degrees of freedom; one that has a bound alone supports and never
	// contradicts, and counts among the lenses with the chance 1. NaN without a
	// claim or an eligible lens.
	P   float64
	Why string // why nothing can be told; "" where the claim is supported, or there is none
}

// claims looks at the claims of all teams.
func (a *Analysis) claims(v work.View, theta float64) {
	a.Org.Claim, a.Others.Claim = Claim{P: math.NaN()}, Claim{P: math.NaN()}
	for t := range a.Teams {
		row := &a.Teams[t]
		row.Claim = Claim{P: math.NaN()}
		if v.Teams[t].Claims {
			row.Claim = row.claim(theta)
		}
	}
}

func (r *Row) claim(theta float64) Claim {
	of := r.eligible()
	if len(of) == 0 {
		return Claim{Unclear, math.NaN(), r.whyNone()}
	}
	smallest, supported := 1.0, true
	for _, k := range of {
		x := &r.Lenses[k]
		supported = supported && x.OII.Low >= theta
		if p := x.below(theta); p < smallest {
			smallest = p
		}
	}
	c := Claim{Unclear, min(1, smallest*float64(len(of))), "not every lens is sure to reach the claim"}
	if supported {
		c.State, c.Why = Supported, ""
	}
	return c
}

// below is the chance of R as high, or higher, if the index were θ.
func (x *Index) below(theta float64) float64 {
	if x.Bound {
		return 1
	}
	return stats.TTail((math.Log(x.r)-math.Log(1-theta))/(x.se/x.r), x.Effect-1)
}
