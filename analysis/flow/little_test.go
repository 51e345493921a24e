package flow

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The window is days 28 to 56; by hand, the time in progress over the sum of the
// times that exits took.
func TestLittle(t *testing.T) {
	for _, c := range []struct {
		name string
		plan []spell
		rho  float64
		n    int
		sure bool
	}{
		{"all within", []spell{{30, 40, false}, {31, 33, true}}, 1, 2, true},
		{"open ones add a quarter: still fine", []spell{{30, 38, false}, {54, -1, false}}, 10.0 / 8, 1, true},
		{"and an eighth of a day more", []spell{{30, 38, false}, {53.875, -1, false}}, 10.125 / 8, 1, false},
		{"old work leaves", []spell{{25.5, 38, false}}, 10 / 12.5, 1, true},
		{"older work leaves", []spell{{25, 38, true}}, 10.0 / 13, 1, false},
		{"piling up", []spell{{30, 40, false}, {30, -1, false}}, 36.0 / 10, 1, false},
		{"what left before says nothing", []spell{{1, 20, false}, {30, 40, false}}, 1, 1, true},
		{"without a start no exit counts", []spell{{-1, 40, false}, {30, 40, false}, {31, 40, false}}, 1, 2, true},
	} {
		o := tell(t, write(c.plan))
		a := o.analyse(56, 4)
		l := a.Little(&a.Org)
		o.Value(c.name, l.Rho, c.rho, c.n)
		if (l.Doubt == "") != c.sure || l.Rho.Bounded() {
			t.Errorf("%s: %+v", c.name, l)
		}
	}
}

func TestLittleWithoutExits(t *testing.T) {
	o := tell(t, "A-1 story: 0 created; 30 start")
	a := o.analyse(56, 4)
	l := a.Little(&a.Org)
	o.Unknown("nothing left", l.Rho, 0, "nothing with a known start left in the window")
	if l.Doubt != whyNoForecast {
		t.Errorf("doubt %q", l.Doubt)
	}
	o = tell(t, "A-1 story: 0 created")
	a = o.analyse(56, 4)
	l = a.Little(&a.Org)
	o.Unknown("nothing began", l.Rho, 0, "nothing with a known start left in the window")
	if l.Doubt != "" {
		t.Errorf("doubt %q", l.Doubt)
	}
	o = tell(t, mixed(6, 0, 5, 0, 9))
	a = o.analyse(56, 4)
	o.Unknown("too few starts", a.Little(&a.Org).Rho, 11, "over 4 weeks "+whyNoStart)
	o = tell(t, "A-1 story: 0 created; 30 start; 40 done\nB-1 story: 0 created").reorganise(50, "A")
	a = o.analyse(56, 4)
	o.Unknown("reorganised", a.Little(o.team(a, "A")).Rho, 0, whyReorganised)
}

// Little's law from its three averages, on random plans: work in progress over
// exits a day times their mean days. It is 1, whatever the plan, where the window
// holds it all.
func TestLittleIsTheLaw(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 91))
		plan := make([]spell, 10+r.IntN(30))
		within := seed%2 == 0
		for i := range plan {
			s := spell{float64(1+r.IntN(200)) / 8, -1, r.IntN(4) == 0}
			if within || r.IntN(3) > 0 {
				s.exit = s.start + float64(1+r.IntN(150))/8
			}
			plan[i] = s
		}
		o := tell(t, write(plan))
		from, to, weeks := 21.0, 35.0, 2
		if within {
			from, to, weeks = 0, 49, 7
		}
		a := o.analyse(to, weeks)
		rate, took, wip := 0.0, 0.0, a.WIP(&a.Org)
		for _, s := range plan {
			if s.exit >= from && s.exit < to {
				rate += 1 / (to - from)
				took += s.exit - s.start
			}
		}
		if rate == 0 || !wip.Known() {
			continue
		}
		mean := took / (rate * (to - from))
		want := wip.Value / (rate * mean)
		got := a.Little(&a.Org)
		if math.Abs(got.Rho.Value-want) > 1e-9 || within && math.Abs(got.Rho.Value-1) > 1e-9 {
			t.Fatalf("seed %d: %v, want %v", seed, got.Rho.Value, want)
		}
		if (got.Doubt != "") != (math.Abs(math.Log(want)) > math.Log(1.25)+1e-12) {
			t.Fatalf("seed %d: doubt %q at %v", seed, got.Doubt, want)
		}
	}
}
