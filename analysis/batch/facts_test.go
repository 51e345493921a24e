package batch

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Story points are those of the children when they left; the window is days 7
// to 14. Teams' points do not compare.
func TestPoints(t *testing.T) {
	const a = `
A-10 epic: 0 created; 10 done
A-11 story in A-10: 0 created; 0 estimate 3; 2 estimate 5; 9 done
A-12 story in A-10: 0 created; 0 estimate 0.5; 9 done; 12 estimate 8
A-20 epic: 0 created; 10 done
A-21 story in A-20: 0 created; 0 estimate 13; 9 done
A-22 story in A-20: 0 created; 9 done
A-30 epic: 0 created; 10 done
A-31 story in A-30: 0 created; 9 done
`
	o := tell(t, assemble.Rules{}, a)
	org, teams := o.analyse(14, 1).Rows()
	for _, e := range []stats.Estimate{org.Points(), teams[o.Team("A")].Points()} {
		o.Value("points", e, (5.5+13)/2, 2)
		if math.Abs(e.Coverage-2.0/3) > 1e-12 {
			t.Errorf("coverage %v", e.Coverage)
		}
	}
	o = tell(t, assemble.Rules{}, a+"B-10 epic: 0 created; 10 done\nB-11 story in B-10: 0 created; 0 estimate 2; 9 done\n")
	org, teams = o.analyse(14, 1).Rows()
	o.Unknown("of two teams", org.Points(), 3, "story points of different teams do not compare")
	o.Value("of B", teams[o.Team("B")].Points(), 2, 1)
	o = tell(t, assemble.Rules{}, "A-10 epic: 0 created; 10 done\nA-11 story in A-10: 0 created; 9 done")
	org, _ = o.analyse(14, 1).Rows()
	o.Unknown("without points", org.Points(), 0, "no child of a finished batch has story points")
	org, _ = o.analyse(28, 1).Rows()
	o.Unknown("without batches", org.Points(), 0, nothing)
}

// locked tells a batch done on day 40 that began on day 5 with so many children
// created before and after.
func locked(key, before, after int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "A-%d epic: 0 created; 40 done\n", key)
	for k := range before + after {
		created, start := 1.0, 5.0
		if k >= before {
			created, start = 5, 6 // in the instant of the start is not before it
		}
		fmt.Fprintf(&b, "A-%d story in A-%d: %g created; %g start; 40 done\n", key+k+1, key, created, start)
	}
	return b.String()
}

func TestLock(t *testing.T) {
	o := tell(t, assemble.Rules{}, locked(100, 4, 1)+locked(200, 2, 3)+locked(300, 6, 4)+locked(400, 4, 0)+
		"A-500 epic: 0 created; 40 done\n"+strings.ReplaceAll("A-50# story in A-500: 0 created; 40 done\n", "#", "1")+
		"A-502 story in A-500: 0 created; 40 done\nA-503 story in A-500: 0 created; 40 done\nA-504 story in A-500: 0 created; 40 done\nA-505 story in A-500: 0 created; 40 done\n")
	org, _ := o.analyse(42, 1).Rows()
	o.Value("median", org.Lock(), 0.6, 3)
	o.Value("locked", org.Locked(), 1.0/3, 3)
	low, high := stats.Jeffreys(1, 3)
	if e := org.Locked(); e.Low != low || e.High != high || e.Coverage != 3.0/5 || org.Lock().Bounded() {
		t.Errorf("locked %+v, median %+v", e, org.Lock())
	}
	org, _ = tell(t, assemble.Rules{}, locked(400, 4, 0)).analyse(42, 1).Rows()
	o.Unknown("four children", org.Lock(), 0, noLock)
	o.Unknown("four children", org.Locked(), 0, noLock)
}

// What batches came to, and which had an outcome within 90 days.
func TestOutcomes(t *testing.T) {
	o := tell(t, assemble.Rules{}, many("A", 50, 1, 1, 1, 1, 1)+"A-9000 epic: 0 created; 52 drop\nA-9001 story in A-9000: 0 created; 1 start; 51 drop\n")
	a := o.analyse(140, 20)
	org, _ := a.Rows()
	o.Value("drops", org.Drops(), 1.0/6, 6)
	if f := a.MeasuredWithin(org, 90); f != (Follow{Of: 5, Why: "nothing says what an outcome is"}) {
		t.Errorf("nothing configured: %+v", f)
	}
	o.Org.Outcomes = true
	o.Org.Measured = map[work.ItemID]fact.Instant{
		o.item("A-1000"): o.Day(20), o.item("A-2000"): o.Day(139), // 90 days after day 49
		o.item("A-3000"): o.Day(139.1), o.item("A-4000"): o.Day(500),
	}
	if f := a.MeasuredWithin(org, 90); f != (Follow{Of: 5, Hits: 2}) {
		t.Errorf("90 days: %+v", f)
	}
	if f := a.MeasuredWithin(org, 92); f != (Follow{Early: 5}) {
		t.Errorf("92 days: %+v", f)
	}
	if e := (Row{}).Drops(); e.Known() || e.Why != "no batch ended in the window" {
		t.Errorf("of nothing: %+v", e)
	}
}

// A batch that takes long gathers children: of 20 batches of 4 that take 11 to
// 30 days, and one more child on every second day from day 15 on, none is larger
// than another 14 days after its start.
func TestElasticityByScopeThatGrows(t *testing.T) {
	var b strings.Builder
	for k := range 20 {
		end := 11 + k
		fmt.Fprintf(&b, "A-%d epic: 0 created; %d done\n", 1000*(k+1), 1+end)
		for i := range 4 {
			fmt.Fprintf(&b, "A-%d story in A-%d: 0 created; 1 start; %d done\n", 1000*(k+1)+i+1, 1000*(k+1), 1+end)
		}
		for day := 17; day < end; day += 2 {
			fmt.Fprintf(&b, "A-%d story in A-%d: %d created; %d done\n", 1000*(k+1)+100+day, 1000*(k+1), day, 1+end)
		}
	}
	o := tell(t, assemble.Rules{}, b.String()+"A-90 epic: 0 created\nA-91 story in A-90: 0 created; 1 start\n")
	got := o.analyse(70, 4).Elasticity()
	if got.Slope.N != 20 || !(got.Slope.Value > 0.5) || got.Early.Known() || got.Early.Why != "all batches are of one size" || got.Open != 1 || got.Slope.Coverage != 20.0/21 {
		t.Errorf("%+v", got)
	}
	// Those that began after the view's instant less the 95th percentile (29.05
	// days) do not count.
	if got := o.analyse(28, 1).Elasticity(); got.Slope.Known() || got.Slope.Why != tooFewElastic {
		t.Errorf("on day 28: %+v", got)
	}
}

// More than 400 batches are thinned out, by id: the slope of an exact power
// stays what it is, and no jackknife differs.
func TestElasticityOfManyBatches(t *testing.T) {
	var of []point
	for k := range 2000 {
		x := math.Log(float64(1 + k%17))
		of = append(of, point{x, 0.75*x + 2, stats.ClusterID(fmt.Sprint(k)), 0})
	}
	e := slope(of)
	if e.N != maxElastic || math.Abs(e.Value-0.75) > 1e-9 || e.Bounded() || e.Why == "" {
		t.Errorf("%+v", e)
	}
}

// FuzzMeasures looks for numbers that cannot be, whatever the story.
func FuzzMeasures(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		a := Analyse(c.View, c.Window, c.Lives)
		org, teams := a.Rows()
		releases, byTeam := a.Releases()
		e := a.Elasticity()
		check := func(name string, e stats.Estimate, least, most float64) {
			bad := e.Known() && !(e.Value >= least && e.Value <= most) || e.Low > e.Value || e.High < e.Value
			if bad || e.Why == "" && !e.Bounded() {
				t.Errorf("%s: %+v", name, e)
			}
		}
		check("slope", e.Slope, math.Inf(-1), math.Inf(1))
		check("early", e.Early, math.Inf(-1), math.Inf(1))
		for _, r := range append(teams, org) {
			check("points", r.Points(), 0, math.Inf(1))
			check("lock", r.Lock(), 0, 1)
			check("locked", r.Locked(), 0, 1)
			check("drops", r.Drops(), 0, 1)
			a.MeasuredWithin(r, 90)
		}
		for _, r := range append(byTeam, releases) {
			check("release", r.Size(0.5), 1, math.Inf(1))
			check("experienced", r.Experienced(), 1, math.Inf(1))
			check("wait", r.Wait(), 0, 1)
			check("ratio", r.Clumping().Ratio, 0, math.Inf(1))
			check("burst", r.Clumping().Burst, -1, 1)
		}
		kinds, kindTeams, all := a.Kinds()
		n := 0
		for _, r := range kindTeams {
			n += r.N
		}
		if n != kinds.N || n != len(all) || kinds.Count[0]+kinds.Count[1]+kinds.Count[2]+kinds.Count[3] != n {
			t.Errorf("%d kinds in teams, %+v in all", n, kinds)
		}
	})
}
