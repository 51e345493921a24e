package independence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/network"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// fitted tells an organisation of 4 × 8 people by who talks with whom: two people
// at a time, of one circle of eight but for a share that are of any. declared says
// which team the n-th person of a circle belongs to.
func fitted(seed uint64, talks int, across float64, declared func(circle, n int) int) Fit {
	const teams, size = 4, 8
	w := newTown(seed, teams, size)
	for n := range talks {
		circle, a := w.r.IntN(teams), w.r.IntN(size)
		other, b := circle, w.r.IntN(size)
		if w.r.Float64() < across {
			other = w.r.IntN(teams)
		}
		if other == circle && a == b {
			b = (b + 1) % size
		}
		one := func(circle, n int) placed {
			p := w.person(circle, n)
			p.home = work.TeamID(2 + declared(circle, n))
			p.most = p.home
			return p
		}
		w.deeds.talks = append(w.deeds.talks, talk{work.ItemID(n), uint32(n % 60), []placed{one(circle, a), one(other, b)}})
	}
	a := w.measured(talks, 60)
	a.deeds = &w.deeds
	return a.FindFit(world(teams+2, talks, int(seed)*10_000))
}

func asTheyAre(circle, _ int) int { return circle }

// Where people work within their teams, these are as good a partition as the best;
// where they work in circles of which every team has two people, there is structure
// and it is another one; where anybody works with anybody, there is none.
func TestFitFindsWhatIsPlanted(t *testing.T) {
	for seed := range uint64(5) {
		real := fitted(seed, 500, 0.1, asTheyAre)
		if real.Share.Value < 0.99 || real.P > 0.05 || real.Agreement.Value < 0.95 || !strings.HasPrefix(real.Reading, "by who takes part in whose work, and by the index, the teams' boundaries are real") || real.People != 32 {
			t.Errorf("seed %d, real teams: %+v", seed, real)
		}
		shuffled := fitted(seed, 500, 0.1, func(circle, n int) int { return (circle + n) % 4 })
		if shuffled.Share.Value > 0.2 || shuffled.P > 0.05 || shuffled.Agreement.Value > 0.1 || !strings.HasPrefix(shuffled.Reading, "there is structure") {
			t.Errorf("seed %d, shuffled teams: %+v", seed, shuffled)
		}
		// The best partition is the same, whoever the teams are.
		if math.Abs(shuffled.Best.Value-real.Best.Value) > 1e-9 || shuffled.Among.Value < 0.95 {
			t.Errorf("seed %d: %v and %v", seed, shuffled.Best.Value, real.Best.Value)
		}
	}
}

// By chance p of the best partition is below 0.05 in one of twenty, so that nearly
// every organisation without circles reads as a tangle.
func TestFitOfATangle(t *testing.T) {
	const rounds = 20
	tangles := 0
	for seed := range uint64(rounds) {
		f := fitted(seed+50, 500, 1, asTheyAre)
		if strings.Contains(f.Reading, "one large tangle") {
			tangles++
		}
		if f.Share.Value > 0.4 {
			t.Errorf("seed %d: %+v", seed, f)
		}
	}
	if tangles < rounds-4 {
		t.Errorf("%d of %d are tangles", tangles, rounds)
	}
}

// I7 is the mean adjusted Rand index of the teams with the partitions about as good,
// over those who have ties: 1 and 0.571429 (METRICS section 9) make 0.785714.
func TestAgreementByHand(t *testing.T) {
	best := network.Best{Near: [][]int{{0, 0, 1, 2, -1}, {0, 0, 1, 1, -1}}}
	got := agreement([]int{7, 7, 3, 9, 3}, best)
	if math.Abs(got.Value-(1+0.5714285714)/2) > 1e-9 || got.N != 2 {
		t.Errorf("%+v", got)
	}
}

// What the graph of one lens says of the boundaries is no more than one lens of
// several where the headline is not high, or not known.
func TestFitIsReadBesideTheHeadline(t *testing.T) {
	high := Fit{Share: stats.Census(0.89, 60)}
	for _, c := range []struct {
		index, headline float64
		real            bool
	}{{0.77, 0.53, false}, {0.77, math.NaN(), false}, {0.77, 0.6, true}, {0.59, 0.9, false}} {
		got := high.read(c.index, c.headline)
		if strings.Contains(got, "boundaries are real") != c.real || strings.Contains(got, "little crosses") != c.real || c.index >= fitIndex && !strings.HasPrefix(got, "by who takes part in whose work") {
			t.Errorf("%v under %v: %q", c.index, c.headline, got)
		}
	}
}

// Too little: no deeds, one team of five, few events.
func TestFitIsNotTold(t *testing.T) {
	nothing := (&Analysis{}).FindFit(world(4, 0, 0))
	for _, f := range []Fit{nothing, fitted(1, 100, 0.1, func(int, int) int { return 0 })} {
		if f.Share.Known() || f.Why == "" || f.Share.Why == "" || !math.IsNaN(f.P) || f.Reading != "" {
			t.Errorf("%+v", f)
		}
	}
	if few := fitted(1, 39, 0, asTheyAre); few.Why != "" || !few.Q.Known() || few.Reading != "" {
		t.Errorf("39 talks: %+v", few)
	}
}

// The numbers of people and of teams decide nothing.
func TestFitIsInvariant(t *testing.T) {
	want := fitted(9, 300, 0.3, asTheyAre)
	got := fitted(9, 300, 0.3, func(circle, _ int) int { return 3 - circle })
	for _, x := range [][2]float64{{want.Q.Value, got.Q.Value}, {want.Best.Value, got.Best.Value}, {want.Agreement.Value, got.Agreement.Value}} {
		if !close(x[0], x[1]) {
			t.Errorf("other names: %v, want %v", x[1], x[0])
		}
	}
	numbers := rand.New(rand.NewPCG(4, 4)).Perm(40)
	of := func(who func(int) fact.Person) string {
		c := cutOf(firm(4, 8, 400, 0.2, monday, who), monday, time.UTC)
		return fmt.Sprintf("%+v", Analyse(c, deps.Analyse(c), c.View.Homes(), Options{}).FindFit(c.View))
	}
	if a, b := of(itself), of(func(n int) fact.Person { return fact.Person(100 + numbers[n]) }); a != b {
		t.Errorf("other numbers:\n%s\n%s", b, a)
	}
}

func FuzzFit(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		got := Analyse(c, deps.Analyse(c), nil, Options{}).FindFit(c.View)
		if (got.Why == "") != got.Q.Known() || got.Reading != "" && got.Why != "" {
			t.Fatalf("%+v", got)
		}
	})
}
