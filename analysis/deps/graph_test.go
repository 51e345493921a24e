package deps

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/work"
)

// tie tells two items of a project that depend on the first of others each.
func tie(from string, to ...string) string {
	var b strings.Builder
	for k := range 2 {
		fmt.Fprintf(&b, "%s-%d story: 0 created; 1 start", from, k+1)
		for _, t := range to {
			fmt.Fprintf(&b, "; 2 blocked by %s-1", t)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (o told) names(teams []work.TeamID) string {
	var out []string
	for _, t := range teams {
		out = append(out, o.Org.Teams[t].Name)
	}
	return strings.Join(out, " ")
}

// MacCormack's example, METRICS section 9: 15 of 36.
func TestPropagationCost(t *testing.T) {
	o := tell(t, tie("A", "B", "C")+tie("B", "D")+tie("C", "E")+tie("D")+tie("E", "F")+tie("F"))
	g := o.analyse(28, 2).Graph()
	o.Value("propagation cost", g.Cost, 15.0/36, 6)
	o.Value("largest cycle", g.Largest, 0, 6)
	var fans []string
	for _, n := range g.Teams {
		fans = append(fans, fmt.Sprintf("%s %d %d", o.Org.Teams[n.Team].Name, n.Out, n.In))
	}
	if got, want := strings.Join(fans, "; "), "A 5 0; B 1 1; C 2 1; D 0 2; E 1 2; F 0 3"; got != want {
		t.Errorf("fans %s, want %s", got, want)
	}
	if got := o.names(g.Order); got != "A B C D E F" || len(g.Cycles) > 0 || len(g.Mutual) > 0 {
		t.Errorf("order %s, cycles %v, mutual %v", got, g.Cycles, g.Mutual)
	}
}

// C, D and A depend on each other in a circle, C and D both ways; B depends on
// A. E's one item that depends on B makes no edge, so that E stands alone.
func TestCycles(t *testing.T) {
	o := tell(t, tie("A", "C")+tie("B", "A")+tie("C", "D")+tie("D", "A", "C")+"E-1 story: 0 created; 1 start; 2 blocked by B-1\n")
	g := o.analyse(28, 2).Graph()
	if got := o.names(g.Order); got != "B A C D E" {
		t.Errorf("order %s", got)
	}
	if len(g.Cycles) != 1 || o.names(g.Cycles[0]) != "A C D" || len(g.Mutual) != 1 || o.names(g.Mutual[0][:]) != "C D" {
		t.Errorf("cycles %v, mutual %v", g.Cycles, g.Mutual)
	}
	o.Value("largest", g.Largest, 3.0/5, 5)
	o.Value("cost", g.Cost, (3*3+4+1)/25.0, 5)
	for _, n := range g.Teams {
		if in := slices.Contains(g.Cycles[0], n.Team); in != (n.Cycle == 0) {
			t.Errorf("%+v", n)
		}
	}
	o = tell(t, tie("A", "B")+tie("B", "A")+tie("C"))
	g = o.analyse(28, 2).Graph()
	o.Unknown("cost of three teams", g.Cost, 3, "fewer than 4 teams in the window")
	o.Value("largest of three teams", g.Largest, 2.0/3, 3)
	if g := tell(t, "A-1 story: 0 created").analyse(280, 2).Graph(); g.Cost.Known() || g.Largest.Known() || len(g.Order) > 0 {
		t.Errorf("of nothing: %+v", g)
	}
}

// 20 dependencies of A and B, of which 16 are on P; volumes are equal, so that
// chance would give P about a third.
func TestHub(t *testing.T) {
	var b strings.Builder
	for k := range 10 {
		for _, team := range []string{"A", "B"} {
			to := "P-1"
			if k >= 8 {
				to = map[string]string{"A": "B-1", "B": "A-1"}[team]
			}
			fmt.Fprintf(&b, "%s-%d story: 0 created; 1 start; 2 blocked by %s\n", team, k+1, to)
		}
		fmt.Fprintf(&b, "P-%d story: 0 created; 1 start\nQ-%d story: 0 created; 1 start\n", k+1, k+1)
	}
	o := tell(t, b.String())
	h := o.analyse(28, 2).Hub()
	o.Value("hub", h.Share, 0.8, 20)
	if h.Team != o.Team("P") || !(h.P < 0.01) || h.Why != "" || !(h.Share.Low > 0.5) {
		t.Errorf("%+v", h)
	}
	if again := o.analyse(28, 2).Hub(); again != h {
		t.Errorf("once %+v, then %+v", h, again)
	}
	h = tell(t, small).analyse(28, 2).Hub()
	if h.Share.Known() || h.Share.N != 4 || h.Team != work.NoTeam || !math.IsNaN(h.P) || h.Why == "" {
		t.Errorf("of few: %+v", h)
	}
}

// Names decide nothing (section 9: renaming labels, teams and actors changes no
// verdict; section 7.4: seeded from immutable ids, never names).
func TestNamesDecideNoHub(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	teams := []string{"A", "B", "C", "D", "E"}
	var b strings.Builder
	for k, team := range teams {
		for i := range 4 + 3*k {
			fmt.Fprintf(&b, "%s-%d story: 0 created; 1 start", team, i+1)
			if other := teams[r.IntN(5)]; other != team {
				fmt.Fprintf(&b, "; 1 blocked by %s-1", other)
			}
			b.WriteString("\n")
		}
	}
	hub := func(text string) Hub {
		return tell(t, text).analyse(28, 4).Hub()
	}
	x, y := hub(b.String()), hub(strings.ReplaceAll(b.String(), "A-", "ZZ-"))
	if x.P != y.P || x.Share.Value != y.Share.Value {
		t.Errorf("D6: share %v, p %v; with team A called ZZ: share %v, p %v", x.Share.Value, x.P, y.Share.Value, y.P)
	}
}
