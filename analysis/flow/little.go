package flow

import (
	"math"

	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Little is the check by Little's law (F8) of one slice. It is a gate: where it
// fails, averages of the past say little about what comes.
type Little struct {
	Rho   stats.Estimate // work in progress over what exits explain; N is the exits that count
	Doubt string         // why averages should not be used to forecast; "" where nothing speaks against it
}

// littleBound is how far the two sides of Little's law may be apart.
const littleBound = 1.25

const whyNoForecast = "don't forecast from averages: work in progress and what left do not fit together"

// Little compares both sides of Little's law over the slice's window:
//
//	ρ = L̄/(λ̂·Ŵ)
//
// L̄ is the time average of work in progress, λ̂ the exits per time, finished and
// dropped, and Ŵ their mean time from start to exit, which may have begun before
// the window. Exits count where their start does, as for WIP; bulk edits count on
// both sides. Since λ̂·Ŵ is Σ(exit − start) over the window's length, ρ is the time in
// progress over that sum. It is 1 where all that was in progress began and left
// within the window; above 1 where open work piles up, below where old work leaves.
// It is a census and has no interval. |ln ρ| > ln 1.25 gives Doubt.
//
// There is no ρ where WIP cannot be told, where nothing left, and where all that
// left took no time.
func (a *Analysis) Little(s *work.Slice) Little {
	wip, how := a.WIP(s), a.stock(s)
	n, took := 0, 0.0
	for _, list := range [][]work.ItemID{s.Finished, s.Dropped} {
		for _, i := range list {
			if a.counts(i, how.rule) {
				n++
				took += float64(a.Lives[i].Exit - a.Lives[i].Start)
			}
		}
	}
	progress := float64(s.Progress)
	if !how.rule.Weak() {
		progress -= float64(s.WeakProgress)
	}
	switch {
	case !wip.Known():
		return Little{Rho: stats.Unknown(n, wip.Why)}
	case n == 0 && progress > 0:
		return Little{Rho: stats.Unknown(0, "nothing with a known start left in the window"), Doubt: whyNoForecast}
	case n == 0:
		return Little{Rho: stats.Unknown(0, "nothing with a known start left in the window")}
	case took <= 0:
		return Little{Rho: stats.Unknown(n, "what left took no time")}
	}
	l := Little{Rho: stats.Census(progress/took, n).WithCoverage(share(n, s.Exits()))}
	if math.Abs(math.Log(l.Rho.Value)) > math.Log(littleBound) {
		l.Doubt = whyNoForecast
	}
	return l
}
