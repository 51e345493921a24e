package demo

import (
	"math/bits"
	"math/rand/v2"

	"smokestack/analysis/fact"
)

// stream is a source of random decisions. It draws whole numbers with its own
// arithmetic on top of PCG, so that neither a machine's floating point nor a
// new version of a library's sampling changes what is drawn.
type stream struct{ pcg rand.PCG }

// newStream returns the stream for what the names name. Streams of different
// names do not touch each other: a decision added to one team leaves the other
// teams as they were.
func newStream(seed uint64, names ...string) *stream {
	s := &stream{}
	s.reset(seed, hash(names...))
	return s
}

func (s *stream) reset(a, b uint64) { s.pcg.Seed(a, b) }

// hash mixes names into a number (FNV-1a, with a mark after every name).
func hash(names ...string) uint64 {
	h := uint64(14695981039346656037)
	for _, n := range names {
		for i := 0; i < len(n); i++ {
			h = (h ^ uint64(n[i])) * 1099511628211
		}
		h = (h ^ 0xff) * 1099511628211
	}
	return h
}

func (s *stream) bits() uint64 { return s.pcg.Uint64() }

// below returns one of 0 … n−1; 0 if there is no choice.
func (s *stream) below(n int64) int64 {
	if n <= 1 {
		return 0
	}
	hi, _ := bits.Mul64(s.pcg.Uint64(), uint64(n))
	return int64(hi)
}

// between returns one of lo … hi.
func (s *stream) between(lo, hi int64) int64 { return lo + s.below(hi-lo+1) }

// span returns a length of time from lo to hi.
func (s *stream) span(lo, hi fact.Instant) fact.Instant {
	return fact.Instant(s.between(int64(lo), int64(hi)))
}

// chance is true in so many cases of a thousand.
func (s *stream) chance(permille int64) bool { return s.below(1000) < permille }

// weighted returns an index with a chance in proportion to its weight.
func (s *stream) weighted(weights ...int64) int {
	var sum int64
	for _, w := range weights {
		sum += w
	}
	x := s.below(sum)
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func pick[T any](s *stream, of []T) T { return of[s.below(int64(len(of)))] }

// How durations spread about their median, in thousandths of it: the
// quantiles 0/16 … 16/16 of a log-normal distribution whose logarithm deviates
// by 0.6 (steady) and by 0.9 (wide), the ends cut.
var (
	steady = [17]int64{267, 398, 502, 587, 667, 746, 826, 910, 1000, 1099, 1211, 1341, 1498, 1703, 1994, 2510, 4220}
	wide   = [17]int64{138, 251, 356, 450, 545, 644, 751, 868, 1000, 1152, 1333, 1553, 1833, 2222, 2816, 3977, 6000}
)

// lasting draws a duration about a median.
func (s *stream) lasting(median fact.Instant, spread *[17]int64) fact.Instant {
	x := s.below(16_000)
	lo, rest := spread[x/1000], x%1000
	times := lo + (spread[x/1000+1]-lo)*rest/1000
	return median * fact.Instant(times) / 1000
}
