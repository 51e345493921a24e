package stats

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sameNaN compares floats as equal where both are NaN.
var sameNaN = cmp.Comparer(func(a, b float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b)
})

func near(t *testing.T, name string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v within %v", name, got, want, tolerance)
	}
}

func isNaN(t *testing.T, name string, got float64) {
	t.Helper()
	if !math.IsNaN(got) {
		t.Errorf("%s = %v, want NaN", name, got)
	}
}

// wellFormed checks what every estimate promises.
func wellFormed(t *testing.T, e Estimate) {
	t.Helper()
	switch {
	case math.IsInf(e.Value, 0), math.IsInf(e.Low, 0), math.IsInf(e.High, 0):
		t.Errorf("an infinite number: %+v", e)
	case !e.Known() && (e.Why == "" || !math.IsNaN(e.Low) || !math.IsNaN(e.High)):
		t.Errorf("no value, yet no reason or an interval: %+v", e)
	case !e.Bounded() && e.Why == "":
		t.Errorf("no interval and no reason: %+v", e)
	case e.Bounded() && !(e.Low <= e.Value && e.Value <= e.High):
		t.Errorf("the interval does not hold the value: %+v", e)
	case e.Bounded() && e.Why != "":
		t.Errorf("a reason although nothing is missing: %+v", e)
	case e.Low > e.Value || e.High < e.Value:
		t.Errorf("one end on the wrong side: %+v", e)
	}
}

// floats reads 8 bytes per number, so that fuzzing meets every NaN and infinity.
func floats(data []byte) []float64 {
	var xs []float64
	for chunk := range slices.Chunk(data, 8) {
		if len(chunk) == 8 {
			xs = append(xs, math.Float64frombits(binary.LittleEndian.Uint64(chunk)))
		}
	}
	return xs
}

func bytesOf(xs ...float64) []byte {
	var data []byte
	for _, x := range xs {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(x))
	}
	return data
}

// unchanged fails where a function has written to its argument. Bits are
// compared, so that NaN counts as equal to itself and 0 differs from -0.
func unchanged(t *testing.T, after, before []float64) {
	t.Helper()
	if !slices.EqualFunc(after, before, func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }) {
		t.Errorf("the argument was changed from %v to %v", before, after)
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	e := Unknown(3, "needs 10 events")
	if e.Known() || e.Bounded() || e.N != 3 || e.Why != "needs 10 events" {
		t.Errorf("Unknown = %+v", e)
	}
	isNaN(t, "Coverage", e.Coverage)
	wellFormed(t, e)
	wellFormed(t, Unknown(0, ""))
}

func TestCensus(t *testing.T) {
	t.Parallel()
	e := Census(12, 40)
	if !e.Known() || e.Bounded() || e.Value != 12 || e.N != 40 || e.Why != "census of the window" {
		t.Errorf("Census = %+v", e)
	}
	wellFormed(t, e)
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		e := Census(v, 1)
		if e.Known() {
			t.Errorf("Census(%v) is known: %+v", v, e)
		}
		wellFormed(t, e)
	}
}

func TestWithCoverage(t *testing.T) {
	t.Parallel()
	e := Census(12, 40)
	for c, want := range map[float64]float64{
		0: 0, 0.8: 0.8, 1: 1,
		1.1: math.NaN(), -0.1: math.NaN(), math.Inf(1): math.NaN(),
	} {
		if got := e.WithCoverage(c).Coverage; !cmp.Equal(got, want, sameNaN) {
			t.Errorf("WithCoverage(%v) = %v, want %v", c, got, want)
		}
	}
	isNaN(t, "WithCoverage(NaN)", e.WithCoverage(0.5).WithCoverage(math.NaN()).Coverage)
	isNaN(t, "the original's coverage", e.Coverage)
}
