package independence

import (
	"math"
	"testing"
)

// zachary are the friendships in Zachary's karate club (1977), from 0.
var zachary = [][2]int{
	{0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0, 6}, {0, 7}, {0, 8}, {0, 10}, {0, 11}, {0, 12}, {0, 13}, {0, 17}, {0, 19}, {0, 21}, {0, 31},
	{1, 2}, {1, 3}, {1, 7}, {1, 13}, {1, 17}, {1, 19}, {1, 21}, {1, 30}, {2, 3}, {2, 7}, {2, 8}, {2, 9}, {2, 13}, {2, 27}, {2, 28}, {2, 32},
	{3, 7}, {3, 12}, {3, 13}, {4, 6}, {4, 10}, {5, 6}, {5, 10}, {5, 16}, {6, 16}, {8, 30}, {8, 32}, {8, 33}, {9, 33}, {13, 33}, {14, 32},
	{14, 33}, {15, 32}, {15, 33}, {18, 32}, {18, 33}, {19, 33}, {20, 32}, {20, 33}, {22, 32}, {22, 33}, {23, 25}, {23, 27}, {23, 29},
	{23, 32}, {23, 33}, {24, 25}, {24, 27}, {24, 31}, {25, 31}, {26, 29}, {26, 33}, {27, 33}, {28, 31}, {28, 33}, {29, 32}, {29, 33},
	{30, 32}, {30, 33}, {31, 32}, {31, 33}, {32, 33},
}

// factions are the two sides into which the club split.
func factions() []uint16 {
	team := make([]uint16, 34)
	for i := range team {
		team[i] = 1
	}
	for _, i := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 21} {
		team[i] = 0
	}
	return team
}

func pairsLens(pairs [][2]int, team []uint16) *lens {
	l := &lens{teams: team}
	for n := range team {
		l.nodes = append(l.nodes, 0)
		_ = n
	}
	for n, p := range pairs {
		l.groups = append(l.groups, group{[]member{{uint32(p[0]), uint32(n)}, {uint32(p[1]), uint32(n)}}})
	}
	return l
}

// METRICS section 9: modularity 0.358235 with 11 crossing edges, OII 0.731599.
func TestZacharyFactions(t *testing.T) {
	if len(zachary) != 78 {
		t.Fatalf("%d edges, want 78", len(zachary))
	}
	l := pairsLens(zachary, factions())
	s := newGraph(l, 2).sums(l.teams)
	if got := 1 - s.share(); math.Abs(got-0.731599) > 5e-7 {
		t.Errorf("OII = %.6f, want 0.731599", got)
	}
	cross := 0.0
	for _, x := range s.x {
		cross += x / 2
	}
	if cross != 11 || s.m != 78 {
		t.Errorf("%g of %g edges cross, want 11 of 78", cross, s.m)
	}
	q := 0.0
	for t, k := range s.k {
		q += (k-s.x[t])/(2*s.m) - k*k/(4*s.m*s.m)
	}
	if math.Abs(q-0.358235) > 5e-7 {
		t.Errorf("modularity = %.6f, want 0.358235", q)
	}
}
