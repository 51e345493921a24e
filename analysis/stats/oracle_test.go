package stats

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// oracle returns the words of each line of testdata/oracle/NAME.txt, comments
// apart, whose first word is kind; all lines for an empty kind.
func oracle(t *testing.T, name, kind string) (lines [][]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "oracle", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" || kind != "" && words[0] != kind {
			continue
		}
		if kind != "" {
			words = words[1:]
		}
		lines = append(lines, words)
	}
	if len(lines) == 0 {
		t.Fatalf("%s holds nothing about %q", name, kind)
	}
	return lines
}

// numbers reads words; "-" is a missing number.
func numbers(t *testing.T, words ...string) []float64 {
	t.Helper()
	xs := make([]float64, len(words))
	for i, w := range words {
		if w == "-" {
			w = "NaN"
		}
		x, err := strconv.ParseFloat(w, 64)
		if err != nil {
			t.Fatal(err)
		}
		xs[i] = x
	}
	return xs
}

func nearP(t *testing.T, name string, got PValues, below, above float64) {
	t.Helper()
	near(t, name+" below", got.Below, below, 1e-9)
	near(t, name+" above", got.Above, above, 1e-9)
	near(t, name+" either", got.Either, min(1, 2*min(below, above)), 1e-9)
}

// isP fails unless the three p are all shares, or all NaN where none may be.
func isP(t *testing.T, name string, p PValues, known bool) {
	t.Helper()
	for _, x := range []float64{p.Below, p.Above, p.Either} {
		if isShare(x) != known {
			t.Errorf("%s: p-values %+v, want known %v", name, p, known)
		}
	}
}

// mixed reads every two bytes as a number: mostly small ones that tie, and now and then one
// from the edge of what floats can hold.
func mixed(data []byte) []float64 {
	var xs []float64
	for len(data) > 0 {
		n := min(2, len(data))
		word := uint64(0)
		for _, b := range data[:n] {
			word = word<<8 | uint64(b)
		}
		data = data[n:]
		xs = append(xs, fuzzFloat(word))
	}
	return xs
}

func fuzzFloat(word uint64) float64 {
	special := []float64{0, math.Copysign(0, -1), 1, 1.5, -1, 1e308, -1e308, 5e-324, math.NaN(), math.Inf(1), math.Inf(-1), 1e-300, 1e16, 1e16 + 2, 0.1, 3}
	if word>>12 == 0xf {
		return special[word&15]
	}
	return float64(int(word&0x0fff)-100) / 8
}
