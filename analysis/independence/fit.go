package independence

import (
	"math"
	"strconv"

	"smokestack/analysis/network"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Fit is how well the teams fit the graph of who takes part in whose work (L5),
// against the best partition that a search finds. It is a gate for how to read the
// index, and says nothing of who should be in which team: there are many partitions
// about as good.
type Fit struct {
	People    int            // nodes: people as of one team
	Q         stats.Estimate // modularity of the teams (I1)
	Best      stats.Estimate // of the best partition found
	Share     stats.Estimate // Q over Best (I2)
	Agreement stats.Estimate // mean adjusted Rand index of the teams with the partitions about as good (I7); N is these
	Among     stats.Estimate // the same among these: low where there are many different ones
	P         float64        // chance of a best partition as good, or better, in a graph of the same degrees
	Reading   string         // what high and low values together mean; "" where they say nothing clear, or data are too few for the index
	Why       string         // why nothing is told; "" where something is
}

// Limits of the reading of METRICS section 5b, chosen by us.
const (
	fitRuns  = 150
	fitDraws = 99
	fitHigh  = 0.8 // of Q over the best
	fitIndex = 0.6 // of the index: high
	fitAgree = 0.5 // of the agreement: low
	fitP     = 0.05
)

// FindFit compares the teams with partitions of the people who took part in the
// same items and pull requests. It needs two teams of five people each.
func (a *Analysis) FindFit(v work.View) Fit {
	f := Fit{P: math.NaN(), Why: "fewer than two teams of five people take part in each other's work or their own"}
	for _, e := range []*stats.Estimate{&f.Q, &f.Best, &f.Share, &f.Agreement, &f.Among} {
		*e = stats.Unknown(0, f.Why)
	}
	if a.deeds == nil {
		return f
	}
	l := a.deeds.talkLens(reading{})
	sizes := map[uint16]int{}
	declared := make([]int, len(l.teams))
	for n, t := range l.teams {
		declared[n] = int(t)
		sizes[t]++
	}
	whole := 0
	for _, n := range sizes {
		if n >= work.LeastPeople {
			whole++
		}
	}
	f.People = len(l.teams)
	if whole < 2 {
		return f
	}
	seed := ruleVersion + " fit " + l.seed(v.Org) + " " + strconv.Itoa(f.People)
	g := network.NewGraph(len(l.teams), tiesOf(l))
	best := g.Best(fitRuns, seed)
	f.Why = ""
	f.Q, f.Best, f.Share = g.Modularity(declared), best.Q, g.Fit(declared, best)
	f.Agreement, f.Among = agreement(declared, best), best.Agreement
	if null := g.Rewired(fitDraws, seed); null.Why == "" {
		f.P = null.P
	}
	if x := a.Org.Lenses[Talks]; x.Eligible {
		f.Reading = f.read(x.OII.Value, a.Org.Headline.Value)
	}
	return f
}

// tiesOf spells out the ties of a lens: every pair of a group of k with 1/(k−1).
func tiesOf(l *lens) []network.Edge {
	var out []network.Edge
	for _, g := range l.groups {
		k := len(g.members)
		for i, a := range g.members {
			for _, b := range g.members[:i] {
				out = append(out, network.Edge{A: int(a.node), B: int(b.node), Weight: 1 / float64(k-1)})
			}
		}
	}
	return out
}

// agreement is the mean adjusted Rand index of the teams with the partitions that
// are about as good as the best, over the people who have ties.
func agreement(declared []int, best network.Best) stats.Estimate {
	if len(best.Near) == 0 {
		return stats.Unknown(0, best.Q.Why)
	}
	sum := 0.0
	for _, near := range best.Near {
		var a, b []int
		for n, g := range near {
			if g >= 0 {
				a, b = append(a, declared[n]), append(b, g)
			}
		}
		sum += network.AdjustedRand(a, b)
	}
	return stats.Census(sum/float64(len(best.Near)), len(best.Near))
}

// read says what the values mean together (METRICS section 5b). index is that of L5,
// of which the graph is; that boundaries are real as a whole is said where the
// headline, which all lenses make, is high too.
func (f Fit) read(index, headline float64) string {
	switch share := f.Share.Value; {
	case share >= fitHigh && index >= fitIndex && headline >= fitIndex:
		return "by who takes part in whose work, and by the index, the teams' boundaries are real: hardly another partition fits better, and little crosses them"
	case share >= fitHigh && index >= fitIndex:
		return "by who takes part in whose work alone hardly another partition fits better than the teams; the index, which sees more, is not known to be high"
	case index < fitIndex && f.P < fitP && f.Agreement.Value < fitAgree:
		return "there is structure in who takes part in whose work, but it is not that of the teams"
	case index < fitIndex && f.P >= fitP:
		return "by who takes part in whose work one large tangle: no partition fits much better than chance"
	}
	return ""
}
