package acceptance

import (
	"fmt"
	"math"
	"slices"

	"smokestack/analysis/deps"
	"smokestack/analysis/independence"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

const year = 52

func independenceOf(c *work.Cut) *independence.Analysis {
	return independence.Analyse(c, deps.Analyse(c), nil, independence.Options{})
}

// measured is what is kept of an organisation's independence.
type measured struct {
	oii      []stats.Estimate
	p        []float64
	effect   []float64
	sure     []bool // the lens is eligible, by more than a bound
	headline stats.Estimate
	claims   []independence.Claim // of teams, where there is a p
	teams    [][]stats.Estimate   // by lens, those with E_eff >= 30
}

const enough = 30 // E_eff from which on intervals are held to their word

func measureIndependence(o *Organisation) measured {
	a := independenceOf(o.Cut(year))
	m := measured{headline: a.Org.Headline, teams: make([][]stats.Estimate, len(a.Org.Lenses))}
	for _, t := range a.Teams {
		if !math.IsNaN(t.Claim.P) {
			m.claims = append(m.claims, t.Claim)
		}
	}
	for k, x := range a.Org.Lenses {
		m.oii, m.p, m.effect = append(m.oii, x.OII), append(m.p, x.P), append(m.effect, x.Effect)
		m.sure = append(m.sure, x.Eligible && !x.Bound)
		for _, t := range a.Teams {
			if y := t.Lenses[k]; y.Effect >= enough && y.Eligible && !y.Bound {
				m.teams[k] = append(m.teams[k], y.OII)
			}
		}
	}
	return m
}

func lensesOf(ms []measured) int {
	if len(ms) == 0 {
		return 0
	}
	return len(ms[0].oii)
}

func lensName(k int) string { return "L" + string(rune('1'+k)) + " " + independence.Kind(k).String() }

// boundless has twelve teams, and six items in a batch at most: ancestors that hold
// more than half of the teams are skipped, so that of larger ones those would be
// left that happen to hold few.
var boundless = Plan{
	Teams: 12, People: 5, Weeks: 54, PerWeek: 0.5, InBatches: 0.8, Batches: 6, Most: 6,
	Median: 12, Sigma: 1, Together: 0.2, Boundless: true,
	Ties: [Lenses]float64{Links: 0.8, People: 1.5, HandOffs: 0.6, Talks: 0.5},
}

// null: where boundaries make no difference the index is 0 on average, and its
// permutation p is uniform.
func null(n int, seed string) ([]Row, error) {
	rows, err := nullIn(n, seed, "null", "", boundless)
	if err != nil {
		return nil, err
	}
	// METRICS' own null: 36 people in 6 teams, so that a batch holds 3 items at most.
	small := boundless
	small.Teams, small.People, small.PerWeek, small.Batches, small.Most = 6, 6, 0.8, 12, 3
	more, err := nullIn((n+1)/2, seed, "null-small", ", 36 people in 6 teams", small)
	if err != nil {
		return nil, err
	}
	wide := boundless
	wide.Teams, wide.People, wide.PerWeek, wide.Batches, wide.Most, wide.Ties = 6, 6, 0.8, 5, 8, [Lenses]float64{}
	ms, err := each((n+4)/5, seed, "null-wide", wide, measureIndependence)
	if err != nil {
		return nil, err
	}
	var oii, p []float64
	for _, m := range ms {
		oii, p = append(oii, m.oii[Batches].Value), append(p, m.p[Batches])
	}
	const title = "L2, 6 teams and batches of up to 8 items"
	return slices.Concat(rows, more, []Row{
		mean(title+": mean index", oii, Number, nan, nan),
		below(title+": p at most 0.05", p, nan, nan),
	}), nil
}

func nullIn(n int, seed, id, name string, p Plan) ([]Row, error) {
	ms, err := each(n, seed, id, p, measureIndependence)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for k := range lensesOf(ms) {
		var oii, p []float64
		for _, m := range ms {
			oii, p = append(oii, m.oii[k].Value), append(p, m.p[k])
		}
		title := lensName(k) + name
		even := uniform(title+": p of the test that its p are uniform", p, 0.001, stats.Rand("acceptance/1", seed, "steps", title))
		if id != "null" {
			even.Low, even.High = nan, nan
		}
		rows = append(rows, mean(title+": mean index", oii, Number, -0.01, 0.01), even, below(title+": p at most 0.05", p, 0.03, 0.07))
	}
	var head []float64
	for _, m := range ms {
		head = append(head, m.headline.Value)
	}
	return append(rows, mean("headline"+name+": mean index", head, Number, -0.01, 0.01)), nil
}

// bounded is an organisation of some 40 batches of equal weight.
var bounded = Plan{
	Teams: 4, People: 6, Weeks: 54, PerWeek: 3, InBatches: 1, Batches: 12, Abreast: 3,
	Median: 12, Sigma: 1, Together: 0.2,
	Ties:  [Lenses]float64{Links: 0.8, People: 1.5, HandOffs: 0.6, Talks: 0.5},
	Cross: [Lenses]float64{0.25, 0.2, 0.2, 0.25, 0.15},
}

// planted: intervals hold the truth that is put in.
func planted(n int, seed string) ([]Row, error) {
	rows, err := plantedIn(n, seed, "planted", "", bounded)
	if err != nil {
		return nil, err
	}
	loose := bounded
	for l := range loose.Cross {
		loose.Cross[l] *= 2
	}
	more, err := plantedIn((n+1)/2, seed, "planted-loose", ", twice as much crossing", loose)
	if err != nil {
		return nil, err
	}
	many := bounded
	many.Teams, many.PerWeek, many.Batches = 3, 6, 45
	teams, err := plantedIn((n+1)/2, seed, "planted-teams", ", three teams of more batches", many)
	if err != nil {
		return nil, err
	}
	inferred := bounded
	inferred.Inferred = true
	homes, err := plantedIn((n+1)/2, seed, "planted-inferred", ", home teams inferred", inferred)
	return slices.Concat(rows, more, teams, homes), err
}

// claims: a team that is as independent as it claims, and no more, is seldom
// contradicted; one that is not is found out.
func claims(n int, seed string) ([]Row, error) {
	p := bounded
	p.Teams, p.PerWeek, p.Batches, p.Claims = 3, 6, 45, true
	var rows []Row
	for _, truth := range []float64{0.87, 0.8, 0.6} {
		ms, err := each((n+2)/3, seed, fmt.Sprintf("claims-%g", truth), p.Reaching(truth), measureIndependence)
		if err != nil {
			return nil, err
		}
		of, contradicted, alone110, supported := 0, 0, 0, 0
		for _, m := range ms {
			for _, c := range m.claims {
				of++
				if c.P <= 0.05 {
					contradicted++
				}
				if c.P <= alone {
					alone110++
				}
				if c.State == independence.Supported {
					supported++
				}
			}
		}
		name := fmt.Sprintf("true index %g, claimed 0.8", truth)
		switch truth {
		case 0.6:
			rows = append(rows, share(name+": p ≤ .10/110", alone110, of, 0.80, inf).together(len(ms)))
		default:
			rows = append(rows, share(name+": p at most 0.05", contradicted, of, -inf, 0.05).together(len(ms)))
		}
		high := inf
		if truth <= 0.8 {
			high = 0.05
		}
		rows = append(rows, share(name+": supported", supported, of, -inf, high).together(len(ms)))
		if truth > 0.8 {
			rows[len(rows)-1].Low, rows[len(rows)-1].High = nan, nan
		}
	}
	return rows, nil
}

func plantedIn(n int, seed, id, name string, p Plan) ([]Row, error) {
	ms, err := each(n, seed, id, p, measureIndependence)
	if err != nil {
		return nil, err
	}
	var rows []Row
	lenses := lensesOf(ms)
	truths := 0.0
	for k := range lenses {
		truth := p.Truth(Lens(k))
		truths += truth / float64(lenses)
		var org coverage
		teams := coverage{organisations: len(ms)}
		var off []float64
		for _, m := range ms {
			off = append(off, m.oii[k].Value-truth)
			if m.sure[k] && m.effect[k] >= enough {
				org.add(m.oii[k], truth)
			}
			for _, e := range m.teams[k] {
				teams.add(e, truth)
			}
		}
		if p.Inferred && !independence.Kind(k).OfPeople() {
			continue // the same as above
		}
		title := lensName(k) + name
		rows = append(rows, mean(title+": index less the truth", off, Number, -0.02, 0.02))
		rows = append(rows, org.rows(title)...)
		if p.Batches > 40 { // enough for rows of teams
			rows = append(rows, teams.rows(title+", rows of teams")...)
		}
	}
	var head coverage
	for _, m := range ms {
		all := true
		for k := range lenses {
			all = all && m.sure[k] && m.effect[k] >= enough
		}
		if all && !math.IsNaN(m.headline.Value) {
			head.add(m.headline, truths)
		}
	}
	return append(rows, head.rows("headline"+name)...), nil
}
