package batch

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// oracle reads the lines of testdata/oracle/batch.txt that begin with a word.
func oracle(t *testing.T, word string) [][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "oracle", "batch.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for _, line := range strings.Split(string(text), "\n") {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == word {
			out = append(out, fields[1:])
		}
	}
	if len(out) == 0 {
		t.Fatalf("no %s in the oracle", word)
	}
	return out
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// within checks an estimate's value and its interval, value ± t·se with so many
// groups, cut off at the ends of what can be.
func within(t *testing.T, name string, e stats.Estimate, value, se float64, groups int, least, most float64) {
	t.Helper()
	half := se * stats.TQuantile(0.975, float64(groups-1))
	low, high := max(value-half, least), min(value+half, most)
	for _, x := range [][2]float64{{e.Value, value}, {e.Low, low}, {e.High, high}} {
		if !(math.Abs(x[0]-x[1]) < 1e-9) {
			t.Errorf("%s: %v in [%v, %v], want %v in [%v, %v] (%s)", name, e.Value, e.Low, e.High, value, low, high, e.Why)
			return
		}
	}
}

// released puts releases of one item each into a story of its own.
func released(t *testing.T, days []float64) told {
	t.Helper()
	var b strings.Builder
	for k := range days {
		fmt.Fprintf(&b, "A-%d story: 0 created; 0 done\n", k+1)
	}
	o := tell(t, assemble.Rules{}, b.String())
	for k, d := range days {
		o.release(d, fmt.Sprintf("A-%d", k+1))
	}
	return o
}

func TestClumpingAgainstOracle(t *testing.T) {
	for _, c := range oracle(t, "clumping") {
		weeks, err := strconv.Atoi(c[0])
		if err != nil {
			t.Fatal(err)
		}
		var days []float64
		for _, d := range c[6:] {
			days = append(days, number(t, d))
		}
		o := released(t, days)
		org, teams := o.analyse(float64(7*weeks), weeks).Releases()
		blocks := int(number(t, c[5]))
		for name, row := range map[string]ReleaseRow{"organisation": org, "A": teams[o.Team("A")]} {
			got := row.Clumping()
			within(t, name+" ratio "+c[0], got.Ratio, number(t, c[1]), number(t, c[2]), blocks, 0, math.Inf(1))
			within(t, name+" burst "+c[0], got.Burst, number(t, c[3]), number(t, c[4]), blocks, -1, 1)
			if got.Ratio.N != len(days) || got.Burst.N != len(days)-1 || !(got.P.Above > 0 && got.P.Above < 1) {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
}

func TestElasticityAgainstOracle(t *testing.T) {
	for _, c := range oracle(t, "elasticity") {
		var b strings.Builder
		for k, pair := range c[3:] {
			size, days, _ := strings.Cut(pair, ":")
			end := 1 + number(t, days)
			fmt.Fprintf(&b, "A-%d epic: 0 created; %g done\n", 1000*(k+1), end)
			for i := range int(number(t, size)) {
				fmt.Fprintf(&b, "A-%d story in A-%d: 0 created; 1 start; %g done\n", 1000*(k+1)+i+1, 1000*(k+1), end)
			}
		}
		o := tell(t, assemble.Rules{}, b.String())
		n := len(c[3:])
		got := o.analyse(210, 4).Elasticity()
		within(t, "slope", got.Slope, number(t, c[1]), number(t, c[2]), n, math.Inf(-1), math.Inf(1))
		within(t, "early", got.Early, number(t, c[1]), number(t, c[2]), n, math.Inf(-1), math.Inf(1))
		if got.Slope.N != n || got.Slope.Coverage != 1 || got.Open != 0 {
			t.Errorf("%+v", got)
		}
	}
}

// release adds a release of a day with some items to the organisation.
func (o told) release(day float64, keys ...string) {
	o.T.Helper()
	in := uint32(len(o.Org.Releases))
	o.Org.Releases = append(o.Org.Releases, work.Release{Name: fmt.Sprint("R", in), Released: o.at(day)})
	for _, k := range keys {
		o.Org.InReleases = append(o.Org.InReleases, work.Within{Item: o.item(k), In: in})
	}
	sortWithin(o.Org.InReleases)
}

// at is an instant of a day; 0 for none.
func (o told) at(day float64) fact.Instant {
	if day == 0 {
		return 0
	}
	return o.Day(day)
}

func (o told) item(key string) work.ItemID {
	o.T.Helper()
	for i, k := range o.Items.Key {
		if k == key {
			return work.ItemID(i)
		}
	}
	o.T.Fatalf("no item %s", key)
	return work.NoItem
}
