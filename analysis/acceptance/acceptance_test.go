package acceptance

import (
	"math"
	"reflect"
	"testing"

	"smokestack/analysis/work"
)

// Every experiment with few organisations. A number may lie as far beside what is
// wanted as chance moves one in 100,000; for a test of uniformity, which has no
// error, its p may be as low as that. It is here to notice what is far off: the
// full size, without such slack, is that of the command acceptance.
func TestExperiments(t *testing.T) {
	const slack = 1e-5
	n := 12
	if testing.Short() {
		n = 6
	}
	for _, e := range Experiments {
		t.Run(e.ID, func(t *testing.T) {
			t.Parallel()
			rows, err := e.Run(n, "test")
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if math.IsNaN(r.Error) {
					r.Low = min(r.Low, slack)
				}
				if !r.Within(slack) || math.IsNaN(r.Value) && r.Tested() {
					t.Errorf("%s: %s ± %s of %d, wanted %s", r.What, r.Write(r.Value), r.Write(r.Error), r.N, r.Wanted())
				}
			}
		})
	}
}

// The same seed gives the same rows, whatever the number of cores and the order in
// which organisations are done.
func TestRowsDependOnTheSeedAlone(t *testing.T) {
	run := func(seed string) []Row {
		rows, err := survival(4, seed)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	once := run("a")
	for _, r := range once { // NaN is not equal to itself
		if r.Tested() && math.IsNaN(r.Value) {
			t.Fatalf("no value: %+v", r)
		}
	}
	if again := run("a"); !reflect.DeepEqual(once, again) {
		t.Errorf("%+v\n%+v", once, again)
	}
	if other := run("b"); reflect.DeepEqual(once, other) {
		t.Error("another seed draws the same")
	}
}

// The truths in closed form against one very large draw: four teams with some 40
// times as many batches. Its index has a standard error of about 0.005.
func TestTruthOfALargeDraw(t *testing.T) {
	p := bounded
	p.PerWeek, p.Batches = 120, 480
	if testing.Short() {
		p.PerWeek, p.Batches = 30, 120
	}
	o, err := p.Draw("large", stream("large", "large", 0))
	if err != nil {
		t.Fatal(err)
	}
	a := independenceOf(o.Cut(year))
	for k, x := range a.Org.Lenses {
		tolerance := 4 * (x.OII.High - x.OII.Low) / (2 * 1.96)
		if truth := p.Truth(Lens(k)); !(math.Abs(x.OII.Value-truth) < tolerance) || !(tolerance < 0.1) {
			t.Errorf("%s: index %.4f, %.4f to %.4f; truth %.4f", lensName(k), x.OII.Value, x.OII.Low, x.OII.High, truth)
		}
	}
}

// The truth by hand, for two teams of two people and a share of 0.15, which is
// 0.03, 0.12 and 0.3 in a third of the batches each.
func TestTruthByHand(t *testing.T) {
	p := Plan{Teams: 2, People: 2, Cross: [Lenses]float64{0.15, 0.15, 0.15, 0.15, 0.15}}
	stray := (2*0.03*0.97 + 2*0.12*0.88 + 2*0.3*0.7) / 3
	for l, want := range map[Lens]float64{
		Links: 1 - 0.15/0.5, People: 1 - 0.15/0.5, Batches: 1 - stray/0.5,
		HandOffs: 1 - 0.15*0.75/0.5, Talks: 1 - stray*0.75/0.5, // with one other team they all stray to the same
	} {
		if got := p.Truth(l); math.Abs(got-want) > 1e-12 {
			t.Errorf("lens %d: %v, want %v", l, got, want)
		}
	}
	for l := range Lenses {
		if got := bounded.Reaching(0.8).Truth(l); math.Abs(got-0.8) > 1e-9 {
			t.Errorf("lens %d reaches %v, want 0.8", l, got)
		}
	}
}

// An organisation is what its plan says: teams, members, batches of the right
// size, times, and nothing from after the extract.
func TestDraw(t *testing.T) {
	p := Plan{
		Teams: 3, People: 4, Weeks: 60, PerWeek: 10, InBatches: 0.75, Batches: 24, Most: 9,
		Finish: 0.05, Drop: 0.0125, Ties: [Lenses]float64{Links: 1, People: 1, HandOffs: 1, Talks: 1}, Growth: 0.05,
	}
	o, err := p.Draw("draw", stream("draw", "draw", 0))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(o.Teams) - 2; n != 3 {
		t.Errorf("%d teams, want 3", n)
	}
	if n := len(o.Members); n != 12 {
		t.Errorf("%d members, want 12", n)
	}
	v := o.At(o.Now - 1)
	items, batched, finished, dropped, largest := 0, 0, 0, 0, 0
	children := map[work.ItemID]int{}
	for i, l := range v.Lives() {
		id := work.ItemID(i)
		if v.Items.Created[id] >= o.Now || l.Start >= o.Now || l.Exit >= o.Now {
			t.Fatalf("item %d lies beyond the extract: %+v", i, l)
		}
		if v.Level(id) != work.LevelItem {
			continue
		}
		items++
		if b := v.Batch(id); b != work.NoItem {
			batched++
			children[b]++
			largest = max(largest, children[b])
		}
		switch l.End {
		case work.Done:
			finished++
		case work.Dropped:
			dropped++
		}
	}
	// Binomial and Poisson numbers, within five standard deviations.
	near := func(what string, got int, want float64) {
		if math.Abs(float64(got)-want) > 5*math.Sqrt(want) {
			t.Errorf("%d %s, want about %.0f", got, what, want)
		}
	}
	near("items", items, 3*60*10)
	near("items in batches", batched, 0.75*float64(items))
	near("dropped items", dropped, 0.2*float64(finished+dropped))
	if largest != 9 {
		t.Errorf("the largest batch holds %d items, want 9", largest)
	}
	for _, l := range v.Links {
		if !l.Dated || l.Made >= o.Now || l.Made < v.Items.Created[l.From] || l.Made < v.Items.Created[l.To] {
			t.Fatalf("link %+v", l)
		}
	}
}

// METRICS section 2: with a drop hazard of a quarter of 0.05 a day the medians are
// 11.1 (any exit) and 15.7 days (finish); of 20 days' median, those that finish
// within 13 weeks are told as 13.5 by the formula, checked here by summing.
func TestFinishedOnly(t *testing.T) {
	const window, median, step = 91.0, 20.0, 0.001
	rate, total, half := math.Ln2/median, 0.0, 0.0
	for x := step / 2; x < window; x += step {
		total += rate * math.Exp(-rate*x) * (window - x) * step
	}
	for x, sum := step/2, 0.0; sum < total/2; x += step {
		sum += rate * math.Exp(-rate*x) * (window - x) * step
		half = x
	}
	if got := finishedOnly(window, median); math.Abs(got-half) > 0.01 {
		t.Errorf("%.3f d, want %.3f", got, half)
	}
}
