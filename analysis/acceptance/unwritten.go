package acceptance

import (
	"fmt"

	"smokestack/analysis/independence"
	"smokestack/analysis/work"
)

func undeclaredOf(o *Organisation) *independence.Undeclared {
	c := o.Cut(year)
	homes := c.View.Homes()
	folded, _ := work.FoldPeople(homes.Crews(c.Window.From(), c.Window.To()), c.View.FirstItems(), nil)
	return independence.FindUndeclared(c, homes, folded)
}

// undeclared: the share that no link tells of is the one that was kept out of the
// links; pairs of teams are named where they work together, and not by chance.
func undeclared(n int, seed string) ([]Row, error) {
	p := Plan{
		Teams: 5, People: 6, Weeks: 54, PerWeek: 8, InBatches: 0.75, Batches: 24,
		Median: 12, Sigma: 1, Together: 0.2,
		Ties: [Lenses]float64{People: 1.5, HandOffs: 0.3}, Cross: [Lenses]float64{People: 0.15, HandOffs: 0.15},
	}
	var rows []Row
	for _, told := range []float64{0.2, 0.5, 0.9} {
		p.Recorded = told
		us, err := each((n+2)/3, seed, fmt.Sprintf("undeclared-%.0f", 100*told), p, undeclaredOf)
		if err != nil {
			return nil, err
		}
		var values []float64
		var covers coverage
		for _, u := range us {
			values = append(values, u.Org.Value)
			covers.add(u.Org, 1-told)
		}
		name := fmt.Sprintf("true share %.0f %%", 100*(1-told))
		rows = append(rows, mean(name, values, Percent, 1-told-0.02, 1-told+0.02))
		rows = append(rows, covers.rows(name)...)
	}
	more, err := pairs((n+2)/3, seed, p)
	return append(rows, more...), err
}

// pairs: where everybody works anywhere, no pair of teams is coupled above
// chance; where every team works for the next one, those pairs are.
func pairs(n int, seed string, p Plan) ([]Row, error) {
	p.Recorded = 0
	lot := p
	lot.Boundless = true
	us, err := each(n, seed, "pairs-null", lot, undeclaredOf)
	if err != nil {
		return nil, err
	}
	any := 0
	for _, u := range us {
		if len(u.Pairs) > 0 {
			any++
		}
	}
	rows := []Row{share("organisations in which chance alone couples a pair of teams", any, len(us), -inf, 0.12)}
	for _, teams := range []int{5, 12} {
		q := p
		q.Teams, q.Friends, q.Cross = teams, true, [Lenses]float64{People: 0.35}
		q.PerWeek *= float64(p.Teams) / float64(teams)
		q.Batches *= float64(p.Teams) / float64(teams)
		us, err := each((n+1)/2, seed, fmt.Sprintf("pairs-friends-%d", teams), q, undeclaredOf)
		if err != nil {
			return nil, err
		}
		rows = append(rows, friends(us, teams)...)
	}
	return rows, nil
}

// friends counts the pairs that work together among those that are named.
func friends(us []*independence.Undeclared, teams int) []Row {
	right, wrong := 0, 0
	for _, u := range us {
		for _, x := range u.Pairs {
			if a, b := int(x.A), int(x.B); b-a == 1 || b-a == teams-1 {
				right++
			} else {
				wrong++
			}
		}
	}
	name := fmt.Sprintf("%d teams, 35 %% done by the next one: ", teams)
	rows := []Row{share(name+"such pairs found", right, len(us)*teams, nan, nan)}
	if right+wrong > 0 {
		rows = append(rows, share(name+"other pairs among those named", wrong, right+wrong, -inf, 0.10))
	}
	return rows
}
