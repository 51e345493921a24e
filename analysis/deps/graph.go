package deps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"smokestack/analysis/network"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Least data, from METRICS section 4 (D4, D6).
const (
	minReach = 4   // teams
	hubDraws = 199 // of targets, for p: a diagnostic
)

// Graph is the directed graph of the teams: one points to another where at least
// two of its items depend on items of the other. Its teams are those that
// worked on something in the window or are depended on so, in order of TeamID.
type Graph struct {
	Teams []Node
	// Cost is the propagation cost (D4): the share of all ordered pairs of teams
	// of which the first depends on the second, directly or by way of others,
	// each team itself included. N is the number of teams, of which it takes 4.
	// It is near 1 wherever many teams depend on each other in a circle: read it
	// with Largest.
	Cost stats.Estimate
	// Cycles are the sets of teams each of which depends, directly or by way of
	// others, on all others of the set (D5), in the order of Matrix.
	Cycles [][]work.TeamID
	// Largest is the share of the teams in the largest of Cycles.
	Largest stats.Estimate
	// Mutual are the pairs of teams that depend on each other directly.
	Mutual [][2]work.TeamID
	// Order is the order of the teams for a matrix of their dependencies (DSM):
	// a team stands before those that it depends on, except within one of
	// Cycles, whose teams stand side by side.
	Order []work.TeamID
}

// Node is one team of the graph.
type Node struct {
	Team  work.TeamID
	Out   int // teams that it depends on, directly or by way of others (fan-out; itself left out)
	In    int // teams that depend on it (fan-in)
	Cycle int // position in Graph.Cycles, -1 for none
}

// Graph builds the graph of the teams and measures it. All of it is a census of
// the window.
func (a *Analysis) Graph() Graph {
	teams, place := a.nodes()
	g := network.NewDirected(len(teams), a.arcs(place))
	reach, parts := g.Reach(), g.Components()
	out := Graph{Teams: make([]Node, len(teams)), Cost: reach.Cost, Largest: parts.Largest}
	for k, t := range teams {
		out.Teams[k] = Node{t, reach.Out[k] - 1, reach.In[k] - 1, -1}
	}
	for _, k := range parts.Order {
		out.Order = append(out.Order, teams[k])
	}
	for c, nodes := range parts.Cycles {
		cycle := make([]work.TeamID, len(nodes))
		for k, n := range nodes {
			cycle[k], out.Teams[n].Cycle = teams[n], c
		}
		out.Cycles = append(out.Cycles, cycle)
	}
	for _, m := range parts.Mutual {
		out.Mutual = append(out.Mutual, [2]work.TeamID{teams[m[0]], teams[m[1]]})
	}
	if len(teams) < minReach {
		out.Cost = stats.Unknown(len(teams), fmt.Sprintf("fewer than %d teams in the window", minReach))
	}
	return out
}

// nodes returns the teams of the graph and the place of each among them.
func (a *Analysis) nodes() ([]work.TeamID, map[work.TeamID]int) {
	teams := a.Teams()
	for _, p := range a.pairs {
		if p.Items > 0 {
			teams = append(teams, p.From, p.To)
		}
	}
	slices.Sort(teams)
	teams = slices.Compact(teams)
	place := make(map[work.TeamID]int, len(teams))
	for k, t := range teams {
		place[t] = k
	}
	return teams, place
}

func (a *Analysis) arcs(place map[work.TeamID]int) []network.Arc {
	var out []network.Arc
	for _, p := range a.pairs {
		if p.From != p.To && p.Items >= minTies {
			out = append(out, network.Arc{From: place[p.From], To: place[p.To]})
		}
	}
	return out
}

// Hub says how far cross-team dependencies land on one team (D6). A team that is
// there to be depended on is supposed to be a hub.
type Hub struct {
	Team work.TeamID // the one most depended on; NoTeam where Share has no value
	// Share is that of the cross-team dependencies on it, with an interval over
	// batches. N is the number of dependencies, of which it takes 20.
	Share stats.Estimate
	P     float64 // the chance of a hub so large if every dependency fell on a team by its volume: NaN without one, a diagnostic
	Why   string  // why there is no P
}

// Hub finds the team that the others depend on most. The volume of a team is
// the number of its items that were worked on in the window.
func (a *Analysis) Hub() Hub {
	teams, place := a.nodes()
	a.byFirstItem(teams) // draws go by the order of nodes, which no name may decide
	for k, t := range teams {
		place[t] = k
	}
	volume, ids := make([]float64, len(teams)), make([]string, 0, len(a.Edges))
	for k, t := range teams {
		volume[k] = float64(len(a.items[t]))
	}
	clusters := map[work.ItemID]int{}
	var links []network.Link
	for _, e := range a.Edges {
		if !e.Cross() {
			continue
		}
		c := a.View.Cluster(e.From)
		n, known := clusters[c]
		if !known {
			n = len(clusters)
			clusters[c] = n
		}
		links = append(links, network.Link{From: place[e.FromTeam], To: place[e.ToTeam], Cluster: n})
		ids = append(ids, a.View.Items.ID[e.From]+">"+a.View.Items.ID[e.To])
	}
	slices.Sort(ids)
	h := network.FindHub(links, volume, hubDraws, "deps/hub/1 "+strings.Join(ids, " "))
	out := Hub{Share: h.Share, P: h.P, Why: h.Why}
	if h.Top >= 0 && h.Share.Known() {
		out.Team, out.Share = teams[h.Top], h.Share.WithCoverage(1)
	}
	return out
}

// byFirstItem puts teams in order of the first item that each ever owned; of
// several that owned one item, in the order in which they did.
func (a *Analysis) byFirstItem(teams []work.TeamID) {
	first := a.View.FirstItems()
	since := func(t work.TeamID) int {
		if first[t] == work.NoItem {
			return 0
		}
		_, owners := a.View.Owners.Of(first[t])
		return slices.Index(owners, t)
	}
	slices.SortStableFunc(teams, func(x, y work.TeamID) int {
		return cmp.Or(cmp.Compare(first[x], first[y]), cmp.Compare(since(x), since(y)))
	})
}
