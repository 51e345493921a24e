package change_test

import (
	"math"
	"testing"

	"smokestack/analysis/change"
	"smokestack/analysis/work"
)

// Whatever cannot be told says why, and nothing else does.
func TestReasons(t *testing.T) {
	wide := func(low, high float64) change.Test {
		x := of(change.Throughput, 2, .5, 1.1, 7)
		x.Low90, x.High90 = low, high
		x.Ratio.Low, x.Ratio.High = low*0.97, high*1.03
		return x
	}
	steady, better := of(change.Throughput, 2, .9, 1, 7), of(change.Throughput, 2, .001, 1.5, 7)
	small := of(change.Throughput, 2, .001, 1.15, 7)
	small.High90 = 1.4
	short := of(change.Throughput, 2, math.NaN(), 1, 7)
	agreed := func(low, high float64) []work.Band {
		return []work.Band{{Team: 2, Metric: "F5", Low: low, High: high}}
	}
	inf := math.Inf(1)
	for name, c := range map[string]struct {
		now, then change.Test
		bands     []work.Band
		want      string
	}{
		"steady":         {steady, steady, nil, ""},
		"in the band":    {steady, steady, agreed(5, 8), ""},
		"better":         {better, better, nil, ""},
		"not tested":     {short, short, nil, "too little"},
		"now, not then":  {better, steady, nil, "this scan and the one of a week ago do not agree"},
		"then, not now":  {wide(.9, 1.4), steady, nil, "the interval is too wide: it holds both no change and ×1.3"},
		"open upwards":   {wide(.9, 1.3), wide(.9, 1.3), nil, "the interval is too wide: it holds both no change and ×1.3"},
		"open downwards": {wide(.7, 1.1), wide(.7, 1.1), nil, "the interval is too wide: it holds both no change and ÷1.3"},
		"open to both":   {wide(.7, 1.4), wide(.7, 1.4), nil, "the interval is too wide: it holds both no change and ÷1.3 and ×1.3"},
		"larger, if one looks at the narrower interval alone": {wide(1.02, 1.8), wide(1.02, 1.8), nil, "the interval is too wide: it holds both no change and ×1.3"},
		"larger by itself":  {wide(1.05, 1.4), wide(1.05, 1.4), nil, "a change, but not a sure one among all the tests of the scan"},
		"smaller by itself": {wide(.6, .95), wide(.6, .95), nil, "a change, but not a sure one among all the tests of the scan"},
		"sure and small":    {small, small, nil, "it changed, but not surely by a fifth"},
		"without interval":  {wide(math.NaN(), math.NaN()), steady, nil, "there is no 90 % interval"},
		"below the band":    {steady, steady, agreed(100, 200), "outside the agreed band 100–200, and no change that would explain it"},
		"above the band":    {steady, steady, agreed(-inf, 2.5), "outside the agreed band up to 2.5, and no change that would explain it"},
		"below an open one": {steady, steady, agreed(10, inf), "outside the agreed band from 10, and no change that would explain it"},
	} {
		j := change.Judge(scan(nil, c.now), scan(nil, c.then), c.bands).Tests[0]
		if j.Because != c.want || (j.Verdict == change.CantTell) != (j.Because != "") {
			t.Errorf("%s: %v, %q; want %q", name, j.Verdict, j.Because, c.want)
		}
		if (j.Band != nil) != (c.bands != nil) {
			t.Errorf("%s: band %v", name, j.Band)
		}
	}
}

// No test is without a reason, at any p, ratio, interval and band.
func FuzzReasons(f *testing.F) {
	f.Add(.01, 1.1, .9, 1.4, 5.0, true)
	f.Fuzz(func(t *testing.T, p, ratio, low, high, now float64, banded bool) {
		x := of(change.Throughput, 2, p, ratio, now)
		x.Low90, x.High90 = low, high
		var bands []work.Band
		if banded {
			bands = []work.Band{{Team: 2, Metric: "F5", Low: 5, High: 10}}
		}
		j := change.Judge(scan(nil, x), scan(nil, x), bands).Tests[0]
		if (j.Verdict == change.CantTell) != (j.Because != "") {
			t.Fatalf("%v: %q", j.Verdict, j.Because)
		}
	})
}
