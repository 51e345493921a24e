package stats

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ended are durations e^log of units that ended, each its own cluster.
func ended(logs ...float64) []Duration {
	ds := make([]Duration, len(logs))
	for i, l := range logs {
		ds[i] = Duration{Days: math.Exp(l), Ended: true, Cluster: uint64(i)}
	}
	return ds
}

func TestShiftHodgesLehmann(t *testing.T) {
	t.Parallel()
	// METRICS.md section 9: {1,2,3} against {4,6,8} is 4, on the scale of logs.
	c := Shift(ended(1, 2, 3), ended(4, 6, 8))
	near(t, "shift", logOf(c), 4, 1e-9)
	near(t, "ratio", c.Value, math.Exp(4), 1e-7)
	// The other way round it is the inverse.
	near(t, "inverse", logOf(Shift(ended(4, 6, 8), ended(1, 2, 3))), -4, 1e-9)
	// An even number of differences, 1 2 3 4: any point between 2 and 3 has a sum
	// of 0, and their middle is the median.
	near(t, "plateau", logOf(Shift(ended(0, 1), ended(2, 4))), 2.5, 1e-9)
}

func TestGehanScoreSum(t *testing.T) {
	t.Parallel()
	// METRICS.md section 9: five +1, one -1 and three 0 make +4.
	x := []Duration{{Days: 1, Ended: true}, {Days: 2, Ended: true}, {Days: 4}}
	y := []Duration{{Days: 2, Ended: true}, {Days: 6, Ended: true}, {Days: 8}}
	data, _ := shiftStrata(x, y)
	if got := data[0].score(0); got != 4 {
		t.Errorf("sum of scores %d, want 4", got)
	}
	near(t, "weighted", data.score(0), 4.0/7, 1e-15)
}

// oracleLines calls each with the fields of the lines of testdata/oracle/name.
func oracleLines(t *testing.T, name string, each func(fields []string)) {
	t.Helper()
	file, err := os.Open("../../testdata/oracle/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) > 0 && fields[0] != "#" {
			each(fields)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

// scan reads fields into pointers, as fmt.Sscan does.
func scan(t *testing.T, fields []string, into ...any) {
	t.Helper()
	if _, err := fmt.Sscan(strings.Join(fields, " "), into...); err != nil {
		t.Fatalf("%v: %v", fields, err)
	}
}

func TestShiftAgainstAllPairs(t *testing.T) {
	t.Parallel()
	type arms [2][]Duration
	cases := map[string]*arms{}
	wanted := 0
	oracleLines(t, "shift.txt", func(f []string) {
		if f[0] == "unit" {
			var side, open int
			var d Duration
			scan(t, f[2:], &side, &d.Days, &open, &d.Stratum, &d.Cluster)
			d.Ended = open == 1
			if cases[f[1]] == nil {
				cases[f[1]] = new(arms)
			}
			cases[f[1]][side] = append(cases[f[1]][side], d)
			return
		}
		wanted++
		var log, se float64
		var groups, n int
		scan(t, f[2:], &log, &se, &groups, &n)
		c := Shift(cases[f[1]][0], cases[f[1]][1])
		near(t, f[1]+": shift", logOf(c), log, 1e-9)
		// The shifts without a group are found to within replicateTolerance.
		near(t, f[1]+": standard error", seOf(c)/se, 1, 0.005)
		if c.DF != float64(groups-1) || c.N != n {
			t.Errorf("%s: %v degrees of freedom from %d units, want %d from %d", f[1], c.DF, c.N, groups-1, n)
		}
	})
	if wanted != 4 {
		t.Errorf("%d cases, want 4", wanted)
	}
}

// TestShiftTolerance compares the tolerance of the shifts without a group with a
// tenth of it, through a group's own function.
func TestShiftTolerance(t *testing.T) {
	t.Parallel()
	for _, n := range []int{30, 100, 1000, 5000} {
		rng := Rand("tolerance", fmt.Sprint(n))
		x, y := logNormal(rng, n, 0), logNormal(rng, n, 0.3)
		data, groups := shiftStrata(x, y)
		log, why := data.shift()
		if why != "" {
			t.Fatal(why)
		}
		tolerance := replicateTolerance(data.units())
		coarse := JackknifeSE(data.shiftsWithout(groups, log, tolerance))
		fine := JackknifeSE(data.shiftsWithout(groups, log, tolerance/1000))
		near(t, fmt.Sprint(n, " standard error"), coarse/fine, 1, 0.01)
	}
}

func TestShiftIsInvariant(t *testing.T) {
	t.Parallel()
	rng := Rand("invariant shift")
	x, y := logNormal(rng, 120, 0), logNormal(rng, 90, 0.5)
	want := Shift(x, y)
	if !want.Bounded() {
		t.Fatalf("%+v", want)
	}
	x2, y2 := slices.Clone(x), slices.Clone(y)
	rng.Shuffle(len(x2), func(i, j int) { x2[i], x2[j] = x2[j], x2[i] })
	rng.Shuffle(len(y2), func(i, j int) { y2[i], y2[j] = y2[j], y2[i] })
	if diff := cmp.Diff(want, Shift(x2, y2), sameNaN); diff != "" {
		t.Errorf("another order of units (-want +got):\n%s", diff)
	}
	for i := range x2 {
		x2[i].Stratum = 100 - x2[i].Stratum
	}
	for i := range y2 {
		y2[i].Stratum = 100 - y2[i].Stratum
		y2[i].Days *= 4
	}
	four := Shift(x2, y2)
	near(t, "times 4", logOf(four), logOf(want)+math.Log(4), 1e-8)
	near(t, "same error", seOf(four)/seOf(want), 1, 1e-3)
	back := Shift(y, x)
	near(t, "inverse", logOf(back), -logOf(want), 1e-8)
	near(t, "inverse error", seOf(back)/seOf(want), 1, 0.01)
}

func TestShiftWhy(t *testing.T) {
	t.Parallel()
	one := []Duration{{Days: 3, Ended: true}}
	open := []Duration{{Days: 3}, {Days: 5, Cluster: 1}}
	both := ended(1, 2, 3)
	same := func(ds []Duration) []Duration {
		ds = slices.Clone(ds)
		for i := range ds {
			ds[i].Cluster = 7
		}
		return ds
	}
	for _, c := range []struct {
		name string
		x, y []Duration
		why  string
	}{
		{"nothing", nil, nil, "one of the two groups is empty"},
		{"one side", one, nil, "one of the two groups is empty"},
		{"NaN", one, []Duration{{Days: math.NaN()}}, "a duration is not a finite number"},
		{"infinite", []Duration{{Days: math.Inf(1)}}, one, "a duration is not a finite number"},
		{"strata", one, []Duration{{Days: 3, Ended: true, Stratum: 1}}, "no stratum holds units of both groups"},
		{"all open", open, open, "no pair has a known order: too few have ended"},
		{"y open", both, open, "too few have ended: it is only known that the second group takes longer"},
		{"x open", open, both, "too few have ended: it is only known that the first group takes longer"},
		{"too far apart", []Duration{{Days: 0, Ended: true}}, []Duration{{Days: math.MaxFloat64, Ended: true}}, "the ratio is too large or too small for a number"},
		{"one cluster", same(both), same(both), "an interval needs 2 clusters, there is 1"},
		{"one of a kind", one, []Duration{{Days: 3, Ended: true, Cluster: 1}}, "the value rests on one group of clusters: without it there is none"},
		{"agreement", ended(1, 1, 1, 1), ended(2, 2, 2, 2), "all groups of clusters agree, so their spread is unknown"},
	} {
		got := Shift(c.x, c.y)
		if got.Why != c.why {
			t.Errorf("%s: Why %q, want %q", c.name, got.Why, c.why)
		}
		checkShift(t, got)
	}
}

func TestShiftFloor(t *testing.T) {
	t.Parallel()
	// Nothing, a second and a clock that runs backwards are a minute each.
	x := []Duration{{Days: 0, Ended: true}, {Days: -4, Ended: true}, {Days: 1.0 / 86400, Ended: true}}
	y := []Duration{{Days: 2.0 / 1440, Ended: true}}
	near(t, "two minutes to one", Shift(x, y).Value, 2, 1e-8)
}

// logOf and seOf undo what the interval is made of.
func logOf(c Change) float64 { return math.Log(c.Value) }
func seOf(c Change) float64 {
	return math.Log(c.High/c.Low) / 2 / TQuantile(1-alpha, c.DF)
}

// checkShift checks what every shift promises.
func checkShift(t *testing.T, c Change) {
	t.Helper()
	wellFormed(t, c.Estimate)
	rest := []float64{c.Low90, c.High90, c.P.Above, c.P.Below, c.P.Either, c.DF}
	known := slices.DeleteFunc(slices.Clone(rest), math.IsNaN)
	switch {
	case !c.Bounded() && len(known) > 0:
		t.Errorf("no interval and yet its parts: %+v", c)
	case !c.Bounded():
	case len(known) < len(rest) || c.DF < 1 || !allFinite(rest):
		t.Errorf("an interval and yet something is missing: %+v", c)
	case !(c.Low <= c.Low90 && c.Low90 <= c.Value && c.Value <= c.High90 && c.High90 <= c.High):
		t.Errorf("the intervals do not lie in each other: %+v", c)
	case (c.P.Either < 0.05) != (c.Low > 1 || c.High < 1) && math.Abs(c.P.Either-0.05) > 1e-9:
		t.Errorf("p and interval disagree: %+v", c)
	}
}

func TestJackknifeGroups(t *testing.T) {
	t.Parallel()
	var ids []uint64
	for i := range 1000 {
		ids = append(ids, uint64(i*i)) // 0, 1, 4, …: one unit each, then every cluster again
	}
	ids = append(ids, ids...)
	group, groups := JackknifeGroups(ids)
	if groups != 40 || len(group) != len(ids) {
		t.Fatalf("%d groups of %d units", groups, len(group))
	}
	size := make([]int, groups)
	for i, g := range group {
		size[g]++
		if group[i%1000] != g {
			t.Errorf("cluster %d lies in two groups", ids[i])
		}
	}
	if slices.Min(size) != 50 || slices.Max(size) != 50 {
		t.Errorf("sizes %v, want 50 each", size)
	}
	slices.Reverse(ids)
	again, _ := JackknifeGroups(ids)
	slices.Reverse(again)
	if !slices.Equal(group, again) {
		t.Error("the groups depend on the order of the units")
	}
	if g, n := JackknifeGroups([]uint64{9, 4, 9}); n != 2 || g[0] != g[2] || g[0] == g[1] {
		t.Errorf("groups %v of %d", g, n)
	}
	if g, n := JackknifeGroups(nil); n != 0 || len(g) != 0 {
		t.Errorf("groups %v of nothing", g)
	}
	// SplitMix64's first output from seed 0, as its authors publish it.
	if got := scramble(0); got != 0xe220a8397b1dcdaf {
		t.Errorf("scramble(0) = %x", got)
	}
	// SHA-256 of "abc" begins ba7816bf8f01cfea (FIPS 180-2).
	if got := ClusterID("abc"); got != 0xba7816bf8f01cfea {
		t.Errorf("ClusterID = %x", got)
	}
}

// logNormal draws n durations in clusters of about 10, a fifth of them open.
func logNormal(rng *rand.Rand, n int, shift float64) []Duration {
	ds := make([]Duration, n)
	effect := 0.0
	for i := range ds {
		if i%10 == 0 {
			effect = 0.5 * rng.NormFloat64()
		}
		days := math.Exp(3 + shift + effect + 0.9*rng.NormFloat64())
		age := 200 * rng.Float64()
		ds[i] = Duration{min(days, age), days <= age, i / 10 % 12, uint64(i / 10)}
	}
	return ds
}

// year draws the items that some teams start in the 52 weeks before now, as
// METRICS.md section 9 has them: 8 a week and team, three quarters in 24 batches a
// year that share an effect (intraclass correlation 0.2), log-normal durations
// with a median of 25 days. A quarter is linked when it starts, whole batches
// more or less than others, and takes twice as long.
func year(rng *rand.Rand, teams int, ratio float64) (rest, linked []Duration) {
	const weeks, batches, median, sigma, icc = 52, 24, 25.0, 1.0, 0.2
	for team := range teams {
		effects, leaning := make([]float64, batches), make([]float64, batches)
		for b := range effects {
			effects[b] = sigma * math.Sqrt(icc) * rng.NormFloat64()
			leaning[b] = 0.5 * rng.Float64()
		}
		for i := range 8 * weeks {
			start := 7 * weeks * rng.Float64()
			effect, link := sigma*math.Sqrt(icc)*rng.NormFloat64(), 0.25
			cluster := uint64(team*1000 + 100 + i)
			if rng.IntN(4) > 0 {
				b := min(int(start/7/weeks*batches), batches-1)
				effect, link, cluster = effects[b], leaning[b], uint64(team*1000+b)
			}
			days := median * math.Exp(effect+sigma*math.Sqrt(1-icc)*rng.NormFloat64())
			isLinked := rng.Float64() < link
			if isLinked {
				days *= ratio
			}
			age := 7*weeks - start
			d := Duration{min(days, age), days <= age, team, cluster}
			if isLinked {
				linked = append(linked, d)
			} else {
				rest = append(rest, d)
			}
		}
	}
	return rest, linked
}

// openLast is the mistake of METRICS.md section 0 that ranks open units behind
// everything: they are given a duration longer than any.
func openLast(ds []Duration) []Duration {
	ds = slices.Clone(ds)
	for i := range ds {
		if !ds[i].Ended {
			ds[i].Ended, ds[i].Days = true, 1e6
		}
	}
	return ds
}

func finishedOnly(ds []Duration) []Duration {
	return slices.DeleteFunc(slices.Clone(ds), func(d Duration) bool { return !d.Ended })
}

// shiftClaims are the numbers of METRICS.md section 0 as averages over draws of
// a year with a true ratio of 2.
type shiftClaims struct {
	ratio, coverage          float64
	finished, last           float64 // ratios of the finished only, and with open ones ranked last
	lastCoverage, falseAlarm float64
}

func simulateShift(rng *rand.Rand, teams, draws int) shiftClaims {
	var c shiftClaims
	each := 1 / float64(draws)
	for range draws {
		rest, linked := year(rng, teams, 2)
		s, last := Shift(rest, linked), Shift(openLast(rest), openLast(linked))
		c.ratio += each * logOf(s)
		c.finished += each * logOf(Shift(finishedOnly(rest), finishedOnly(linked)))
		c.last += each * logOf(last)
		if s.Low <= 2 && 2 <= s.High {
			c.coverage += each
		}
		if last.Low <= 2 && 2 <= last.High {
			c.lastCoverage += each
		}
		if Shift(year(rng, teams, 1)).P.Above <= 0.05 {
			c.falseAlarm += each
		}
	}
	c.ratio, c.finished, c.last = math.Exp(c.ratio), math.Exp(c.finished), math.Exp(c.last)
	return c
}

// TestShiftClaims is the simulation of METRICS.md section 0: at a true ×2 ours
// gives 1.99-2.00 with a coverage of 94-95 %, the finished ones alone 1.69-1.85,
// and open ones ranked last 2.18-2.20. 2000 draws of BenchmarkShiftClaims give
// 2.00, 94-95 %, 1.79 and 2.15: how large the last two biases are depends on how
// long items take compared with the window. 200 draws of one team's year have a
// standard error of 0.02 for the ratios, and 0.015 for the shares.
func TestShiftClaims(t *testing.T) {
	t.Parallel()
	draws := 200
	if testing.Short() {
		draws = 60
	}
	c := simulateShift(Rand("shift claims"), 1, draws)
	near(t, "ratio", c.ratio, 2, 0.08)
	near(t, "coverage", c.coverage, 0.945, 0.06)
	near(t, "false alarms at 5 %", c.falseAlarm, 0.05, 0.06)
	near(t, "finished only", c.finished, 1.77, 0.1)
	near(t, "open last", c.last, 2.17, 0.1)
}

// BenchmarkShiftClaims is the same at full size, for one team and for five; its
// metrics are the table of the claims.
func BenchmarkShiftClaims(b *testing.B) {
	for _, teams := range []int{1, 5} {
		b.Run(fmt.Sprint(teams), func(b *testing.B) {
			var c shiftClaims
			for b.Loop() {
				c = simulateShift(Rand("shift claims at full size", fmt.Sprint(teams)), teams, 2000)
			}
			b.ReportMetric(c.ratio, "ratio")
			b.ReportMetric(c.coverage, "coverage")
			b.ReportMetric(c.finished, "finished-only")
			b.ReportMetric(c.last, "open-last")
			b.ReportMetric(c.lastCoverage, "open-last-coverage")
			b.ReportMetric(c.falseAlarm, "false-alarms")
		})
	}
}

func FuzzShift(f *testing.F) {
	f.Add(bytesOf(1, 2, 3, 0, -1), bytesOf(2, 6, 8), uint64(0b1011), uint8(3), false)
	f.Add(bytesOf(math.NaN(), 2), bytesOf(math.Inf(1)), uint64(3), uint8(1), false)
	f.Add(bytesOf(math.MaxFloat64, 1), bytesOf(math.SmallestNonzeroFloat64, 1), uint64(0xff), uint8(2), false)
	f.Add([]byte("\x01\x02\x03\x05\x08\x0d"), []byte("\x02\x04\x06\x09\x0c"), uint64(1<<40-1), uint8(2), true)
	f.Add([]byte(strings.Repeat("\x01\x02", 50)), []byte(strings.Repeat("\x02\x03", 50)), uint64(math.MaxUint64), uint8(9), true)
	f.Fuzz(func(t *testing.T, a, b []byte, ends uint64, modulus uint8, small bool) {
		x, y := fuzzDurations(a, ends, modulus, small), fuzzDurations(b, ends>>7, modulus, small)
		x0, y0 := slices.Clone(x), slices.Clone(y)
		c := Shift(x, y)
		checkShift(t, c)
		if diff := cmp.Diff(x0, x, sameNaN) + cmp.Diff(y0, y, sameNaN); diff != "" {
			t.Errorf("the arguments were changed:\n%s", diff)
		}
		if back := Shift(y, x); c.Known() && back.Known() && !(math.Abs(logOf(c)+logOf(back)) <= 1e-8) {
			t.Errorf("%v one way and %v the other", logOf(c), logOf(back))
		}
	})
}

func fuzzDurations(data []byte, ends uint64, modulus uint8, small bool) []Duration {
	xs := floats(data)
	if small {
		xs = nil
		for _, b := range data {
			xs = append(xs, float64(b%32))
		}
	}
	m := int(modulus) + 1
	ds := make([]Duration, len(xs))
	for i, x := range xs {
		ds[i] = Duration{x, ends>>(i%64)&1 == 1, i % m % 3, uint64(i % m)}
	}
	return ds
}

func BenchmarkShift(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000, 50_000} {
		rng := Rand("bench shift")
		x, y := logNormal(rng, n, 0), logNormal(rng, n, math.Ln2)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				Shift(x, y)
			}
		})
	}
}
