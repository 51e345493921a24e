package moment

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/independence"
	"smokestack/analysis/work"
)

// worlds are made-up organisations of several seeds, each with its moment.
func worlds(t *testing.T, check func(t *testing.T, w *assembletest.World, m *Moment)) {
	for seed := range 3 {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := assembletest.Build(t, 100+seed, 56, [2]int{7, 2}, [2]int{6, 2}, [2]int{8, 2}, [2]int{3, 1}, [2]int{2, 1})
			check(t, w, at(t, w))
		})
	}
}

func at(t *testing.T, w *assembletest.World) *Moment {
	t.Helper()
	return At(w.Assemble(t, 1).Org, Options{Until: w.AsOf + 1, Weeks: 26})
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// F8: the integral of work in progress over the window is the sum of what each item's
// stay has in common with it, and the average of table flow times its length.
func TestIntegralOfWIP(t *testing.T) {
	worlds(t, func(t *testing.T, _ *assembletest.World, m *Moment) {
		for _, f := range []*flow.Analysis{m.Shown, m.Year} {
			from, to := f.Window.From(), f.Window.To()
			counts, why := f.Stock(&f.Org)
			if why != "" {
				t.Fatal(why)
			}
			type step struct {
				at fact.Instant
				by int
			}
			var steps []step
			stays, items := 0.0, 0
			for i, l := range f.Lives {
				item := work.ItemID(i)
				if !m.View.Has(item) || m.View.Level(item) != work.LevelItem || !l.Begun() || !counts(item) {
					continue
				}
				a, b := max(l.Start, from), to
				if l.Exit != 0 {
					b = min(b, l.Exit)
				}
				if a < b {
					stays += fact.Days(a, b)
					steps, items = append(steps, step{a, 1}, step{b, -1}), items+1
				}
			}
			slices.SortFunc(steps, func(x, y step) int { return int(x.at - y.at) })
			integral, wip := 0.0, 0
			for n, s := range steps {
				if n > 0 {
					integral += float64(wip) * fact.Days(steps[n-1].at, s.at)
				}
				wip += s.by
			}
			near(t, "∫ WIP", integral, stays)
			near(t, "WIP times the window", f.WIP(&f.Org).Value*fact.Days(from, to), stays)
			sum := 0.0
			for k := range f.Teams {
				sum += f.WIP(&f.Teams[k]).Value
			}
			near(t, "Σ WIP of the teams", sum, f.WIP(&f.Org).Value)
			if items < 100 {
				t.Errorf("%d items only", items)
			}
		}
	})
}

// What is counted by team adds up to the organisation's.
func TestRowsAddUp(t *testing.T) {
	worlds(t, func(t *testing.T, _ *assembletest.World, m *Moment) {
		equal := func(what string, got, want int) {
			t.Helper()
			if got != want || want == 0 {
				t.Errorf("%s: the rows add up to %d, the whole is %d", what, got, want)
			}
		}
		finished, dropped, begun := 0, 0, 0
		for k := range m.Shown.Teams {
			s := &m.Shown.Teams[k]
			finished, dropped, begun = finished+len(s.Finished), dropped+len(s.Dropped), begun+len(s.Begun)
		}
		equal("finished", finished, len(m.Shown.Org.Finished))
		equal("dropped", dropped, len(m.Shown.Org.Dropped))
		equal("open", begun, len(m.Shown.Org.Begun))
		org, links, out, in, items := m.Deps.Org(), 0, 0, 0, 0
		for _, team := range m.Deps.Teams() {
			r := m.Deps.Team(team)
			links, out, in, items = links+r.Links, out+r.Out, in+r.In, items+r.Items
		}
		equal("links", links, org.Links)
		equal("links outward", out, org.Out)
		equal("links inward", in, org.In)
		equal("items worked on", items, org.Items)
		a := (&scene{Moment: m}).asked()
		received, between := 0, 0
		for _, r := range a.Receivers() {
			received += r.Asked
		}
		for _, r := range a.Pairs() {
			between += r.Asked
		}
		equal("requests received", received, a.Org().Asked)
		equal("requests between", between, a.Org().Asked)
		m.personDays(t)
	})
}

// personDays checks that what a person did is whole days, and no more of them than
// days on which the person did anything.
func (m *Moment) personDays(t *testing.T) {
	t.Helper()
	days, sum := map[fact.Person]map[fact.Instant]bool{}, map[fact.Person]int64{}
	for i := range work.ItemID(m.View.Items.Len()) {
		if !m.View.Has(i) {
			continue
		}
		for _, e := range m.View.Trail(i) {
			if m.Shown.Window.Holds(e.At) {
				if days[e.By] == nil {
					days[e.By] = map[fact.Instant]bool{}
				}
				days[e.By][e.At/fact.Day] = true
			}
		}
	}
	for _, e := range m.Efforts {
		sum[e.By] += e.Work
	}
	total := 0
	for who, n := range sum {
		whole := int(n / work.PersonDay)
		total += whole
		if n%work.PersonDay != 0 || whole > len(days[who]) {
			t.Errorf("somebody's person-days are %d/%d of %d days", n, work.PersonDay, len(days[who]))
		}
	}
	if total < 500 {
		t.Errorf("%d person-days only", total)
	}
}

// lenses calls do for every lens.
func lenses(do func(independence.Kind)) {
	for _, k := range []independence.Kind{independence.Links, independence.Batches, independence.People, independence.HandOffs, independence.Talks} {
		do(k)
	}
}

// Σ c̄_t/χ₀ · OII_t over the teams, and those that are told together, is the index of
// the organisation, of every lens.
func TestTeamsOfEveryLensAddUp(t *testing.T) {
	worlds(t, func(t *testing.T, _ *assembletest.World, m *Moment) {
		lenses(func(k independence.Kind) {
			org := m.Indep.Org.Lenses[k]
			if !org.OII.Known() {
				t.Fatalf("%s: %s", k, org.OII.Why)
			}
			sum, part, chance, rows := 0.0, 0.0, 0.0, 0
			for _, r := range append(slices.Clone(m.Indep.Teams), m.Indep.Others) {
				if x := r.Lenses[k]; x.Chance > 0 && x.OII.Known() {
					sum += x.Chance / org.Chance * x.OII.Value
					part, chance, rows = part+x.Part, chance+x.Chance, rows+1
				}
			}
			near(t, k.String()+": Σ", sum, org.OII.Value)
			near(t, k.String()+": c", part, org.Part)
			near(t, k.String()+": c̄", chance, org.Chance)
			if rows < 4 {
				t.Errorf("%s: %d rows", k, rows)
			}
		})
	})
}

// A tracker that tells every change, comment and link twice, as different ones of the
// same instant, changes no index.
func TestTwiceTheEventsChangeNoIndex(t *testing.T) {
	worlds(t, func(t *testing.T, w *assembletest.World, m *Moment) {
		twice := w.Clone()
		for _, r := range twice.Records {
			for _, c := range r.Changes {
				c.ID += "0000"
				r.Changes = append(r.Changes, c)
			}
			r.Changes = fact.SortChanges(r.Changes)
			for _, x := range r.Involvement {
				x.ID += "0000"
				r.Involvement = append(r.Involvement, x)
			}
			for _, l := range r.Links {
				l.ID += "0000"
				r.Links = append(r.Links, l)
			}
		}
		n := at(t, twice)
		lenses(func(k independence.Kind) {
			near(t, k.String(), n.Indep.Org.Lenses[k].OII.Value, m.Indep.Org.Lenses[k].OII.Value)
		})
	})
}

// Two teams that become one never cross more: of links, people, hand-offs and what
// people take part in. Batches are grouped anew where teams merge, so that theirs is
// held for equal groups alone, in package independence.
func TestMergedTeamsCrossNoMore(t *testing.T) {
	worlds(t, func(t *testing.T, w *assembletest.World, m *Moment) {
		for a := range w.Rules.Teams {
			for b := range a {
				merged := w.Clone()
				x, y := &merged.Rules.Teams[b], merged.Rules.Teams[a]
				x.Match.Projects = slices.Concat(x.Match.Projects, y.Match.Projects)
				x.Match.Repositories = slices.Concat(x.Match.Repositories, y.Match.Repositories)
				x.Members = slices.Concat(x.Members, y.Members)
				merged.Rules.Teams = slices.Delete(merged.Rules.Teams, a, a+1)
				o := merged.Assemble(t, 1).Org
				n := &Moment{View: o.At(m.View.T), Lives: m.Lives}
				n.merge(m)
				lenses(func(k independence.Kind) {
					before, after := m.Indep.Org.Lenses[k].Part, n.Indep.Org.Lenses[k].Part
					if k != independence.Batches && !(after <= before+1e-12) {
						t.Errorf("%s: χ is %v with %s and %s as one, was %v", k, after, w.Keys[b], w.Keys[a], before)
					}
				})
			}
		}
	})
}

// merge measures independence alone, over the year of another moment.
func (m *Moment) merge(of *Moment) {
	year := m.View.Cut(of.Year.Window, m.View.Lives())
	m.Indep = independence.Analyse(year, deps.Analyse(year), nil, independence.Options{})
}
