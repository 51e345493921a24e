package stats

// bracket is an interval in which a function that never grows passes 0, with the
// function at both ends: above 0 at low, below 0 at high.
type bracket struct {
	low, high     float64
	atLow, atHigh float64
}

// crossing returns where f passes 0: half-way between the last point with f
// above 0 and the first with f below, each to within tolerance. f may jump.
//
// A round looks where the chord passes 0, then as far beyond as the slope of the
// chord says twice, so that on a smooth function both ends close in at once; where
// they do not, the round ends with the middle.
func (b bracket) crossing(f func(float64) float64, tolerance float64) float64 {
	for b.high-b.low > tolerance {
		width, slope := b.high-b.low, (b.atLow-b.atHigh)/(b.high-b.low)
		at := min(b.low+b.atLow/slope, b.high)
		v := f(at)
		if b.narrow(at, v) {
			return b.plateau(f, at, tolerance)
		}
		beyond := max(2*v/slope, tolerance/2)
		if v < 0 {
			beyond = min(2*v/slope, -tolerance/2)
		}
		for _, at := range [2]float64{at + beyond, b.low + width/2} {
			if !(at > b.low && at < b.high) || b.high-b.low <= width/2 {
				continue
			}
			if b.narrow(at, f(at)) {
				return b.plateau(f, at, tolerance)
			}
		}
		if b.high-b.low >= width {
			break // as narrow as floats are
		}
	}
	return b.low + (b.high-b.low)*(b.atLow/(b.atLow-b.atHigh))
}

// narrow moves one end to at, where f has the value v; it reports v = 0.
func (b *bracket) narrow(at, v float64) (zero bool) {
	switch {
	case v > 0:
		b.low, b.atLow = at, v
	case v < 0:
		b.high, b.atHigh = at, v
	}
	return v == 0
}

// plateau returns the middle of the points around at where f is 0.
func (b bracket) plateau(f func(float64) float64, at, tolerance float64) float64 {
	from := halve(at, b.low, tolerance, func(x float64) bool { return f(x) > 0 })
	to := halve(at, b.high, tolerance, func(x float64) bool { return f(x) < 0 })
	return from + (to-from)/2
}

// halve looks between in, where beyond is false, and out, where it is true, for
// where it changes. It looks close to in first: most plateaus are short.
func halve(in, out, tolerance float64, beyond func(float64) bool) float64 {
	near := in + tolerance
	if out < in {
		near = in - tolerance
	}
	for at := near; ; at = in + (out-in)/2 {
		if d := out - in; d <= tolerance && d >= -tolerance {
			return in + d/2
		}
		if beyond(at) {
			out = at
		} else {
			in = at
		}
	}
}

// guess is what one function tells about where a similar one passes 0: near at,
// with a slope like this (the fall per unit), and within the limits.
type guess struct {
	at, slope float64
	limits    bracket
}

// newtonSteps is how often a guess follows its slope before it looks for a
// bracket instead. Smooth functions need one or two.
const newtonSteps = 3

// crossing is as that of a bracket. It is satisfied with a point from which the
// slope leads less than half the tolerance further. ok is false where f does not
// pass 0 between the limits.
func (g guess) crossing(f func(float64) float64, tolerance float64) (at float64, ok bool) {
	v := f(g.at)
	at, rest := g.at, v/g.slope
	for i := 0; i < newtonSteps && g.slope > 0 && rest != 0; i++ {
		at += rest
		rest = f(at) / g.slope
		if rest != 0 && rest <= tolerance/2 && rest >= -tolerance/2 {
			return at + rest, true
		}
	}
	b, ok := g.bracket(f, v, tolerance)
	if !ok {
		return 0, false
	}
	return b.crossing(f, tolerance), true
}

// bracket takes steps away from the guess, where f is v, that begin with what the
// slope expects and double.
func (g guess) bracket(f func(float64) float64, v, least float64) (b bracket, ok bool) {
	b = bracket{g.at, g.at, v, v}
	step := least
	if g.slope > 0 {
		step = max(step, 1.5*max(v, -v)/g.slope)
	}
	for s := step; b.atLow <= 0; s *= 2 {
		if b.low <= g.limits.low {
			return b, false
		}
		at := max(b.low-s, g.limits.low)
		v := f(at)
		if v < 0 {
			b.high, b.atHigh = at, v
		}
		b.low, b.atLow = at, v
	}
	for s := step; b.atHigh >= 0; s *= 2 {
		if b.high >= g.limits.high {
			return b, false
		}
		at := min(b.high+s, g.limits.high)
		v := f(at)
		if v > 0 {
			b.low, b.atLow = at, v
		}
		b.high, b.atHigh = at, v
	}
	return b, true
}
