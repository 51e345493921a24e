package stats

import (
	"slices"
	"testing"
)

func firstFour(parts ...string) []uint64 {
	rng := Rand(parts...)
	return []uint64{rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64()}
}

func TestRandPinned(t *testing.T) {
	t.Parallel()
	// Python 3.11: hashlib's SHA-256 seeds a PCG64-DXSM written from its
	// published recurrence, with 128-bit integers.
	for _, c := range []struct {
		parts []string
		want  []uint64
	}{
		{[]string{"S10", "rule 1"}, []uint64{0xaf845295d9f766b1, 0xee0747d678f23133, 0xa6a40994e3337dba, 0x5a7cd2b92c2f1230}},
		{[]string{"ab", "c"}, []uint64{0x53a83a6822d3aec5, 0x284ce613f824121a, 0x90f3307ba55ccc51, 0x7e7be88a9e86e265}},
		{nil, []uint64{0xc9dd5cd168f7d6cb, 0xcd7eee5f9e99f1ce, 0xef25260a941f04c1, 0x14f73b64bd69f3b8}},
	} {
		if got := firstFour(c.parts...); !slices.Equal(got, c.want) {
			t.Errorf("Rand(%q) = %#x, want %#x", c.parts, got, c.want)
		}
	}
}

func TestRandTellsPartsApart(t *testing.T) {
	t.Parallel()
	seen := map[uint64][]string{}
	for _, parts := range [][]string{
		nil, {""}, {"", ""}, {"abc"}, {"ab", "c"}, {"a", "bc"}, {"c", "ab"}, {"a", "b", "c"}, {"abc", ""}, {"", "abc"},
	} {
		first := firstFour(parts...)[0]
		if other, ok := seen[first]; ok {
			t.Errorf("%q and %q give the same stream", parts, other)
		}
		seen[first] = parts
	}
}
