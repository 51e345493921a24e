// Package independence measures how independent teams really are: of the
// coupling between teams that chance alone would bring about, the share that
// is absent.
//
// Each lens looks at one kind of tie: L1 explicit dependency links between
// items, L2 items that are delivered in one batch, L3 people who work on other
// teams' items, L4 items that pass from one person to another, L5 people who take
// part in the same item or pull request. The index of a lens, the Observed
// Independence Index, is 1 − χ/χ₀ with χ the share of the ties that cross teams,
// and χ₀ that share if teams were drawn at random with the same activity. 1:
// nothing crosses. 0: as much as if the teams' boundaries made no difference.
// Below 0: more outward than inward.
//
// With e the shares of weight from team to team, p its row and q its column sums,
// and K, m and k the strength of a team, of all ties, and of a node:
//
//	L1 L2 L5   c_t = X_t/2m           c̄_t = K_t(2m−K_t)/((2m)²−Σk²)
//	L3         c_t = p_t − e_tt       c̄_t = p_t(1−q_t)
//	L4         c_t = p_t − e_tt       c̄_t = p_t(1−q_t)/(1−Σ out·in)
//
// χ and χ₀ are the sums of these over teams, a team's index is 1 − c_t/c̄_t, and
// so the teams add up: OII = Σ(c̄_t/χ₀)·OII_t. In L3 and L4 a row is what goes
// out from the team's people. See METRICS section 5.
//
// L3 to L5 are about people: teams of fewer than five are told together, per
// lens, as [Analysis.Others], and nobody's part can be had by subtraction.
package independence

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// Kind is one of the lenses.
type Kind uint8

// The lenses.
const (
	Links    Kind = iota // L1
	Batches              // L2
	People               // L3
	HandOffs             // L4
	Talks                // L5
	kinds
)

func (k Kind) String() string {
	return [...]string{"links", "shared batches", "shared people", "hand-offs", "co-participation"}[min(k, Talks)]
}

// OfPeople reports whether a lens is about people, so that it needs five of them.
func (k Kind) OfPeople() bool { return k >= People }

// directed reports whether the ties of a lens go from one end to the other.
func (k Kind) directed() bool { return k == People || k == HandOffs }

// group ties its members to each other: every pair with weight 1/(k−1), so
// that each member brings the weight 1, however large the group is.
type group struct {
	members []member
}

type member struct {
	node    uint32 // position in lens.teams
	cluster uint32 // the batch that it leaves with when batches are resampled
}

// flow is a tie from one node to another.
type flow struct {
	from, to uint32 // positions in lens.teams
	cluster  uint32
	weight   float64
}

// lens is a weighted graph: of groups, or of flows where the ties have a
// direction.
type lens struct {
	kind    Kind
	nodes   []work.ItemID // L1 and L2: the items
	people  []fact.Person // L3 to L5: the nodes are people in one team
	seeds   []work.ItemID // L3 to L5: the items of the events
	teams   []uint16      // of the nodes
	free    int           // L3 to L5: the nodes from here on keep their team whatever is drawn
	groups  []group
	flows   []flow
	why     string // why the lens cannot see anything here
	unowned int    // ties left out because an end has no single team
	wide    int    // items left out because their parent holds nearly everybody

	shared       float64 // share of the weight that is of shared people, who are left out
	sharedPeople int
}

// clusters numbers the batches that vary by chance, alike for all lenses: one
// that is left out is left out of every lens at once.
type clusters map[work.ItemID]uint32

// of returns the number of an item's batch; without one the item is its own.
func (c clusters) of(v work.View, i work.ItemID) uint32 {
	batch := v.Cluster(i)
	n, ok := c[batch]
	if !ok {
		n = uint32(len(c))
		c[batch] = n
	}
	return n
}

// builder numbers the nodes of a lens.
type builder struct {
	l     *lens
	nodes map[work.ItemID]uint32
}

func newBuilder(k Kind) *builder {
	return &builder{l: &lens{kind: k}, nodes: map[work.ItemID]uint32{}}
}

func (b *builder) node(i work.ItemID, team work.TeamID) uint32 {
	n, ok := b.nodes[i]
	if !ok {
		n = uint32(len(b.l.nodes))
		b.nodes[i] = n
		b.l.nodes = append(b.l.nodes, i)
		b.l.teams = append(b.l.teams, uint16(team))
	}
	return n
}

// linkLens is L1: dependencies between items. A tie leaves with the batch of
// the item that depends.
func linkLens(d *deps.Analysis, batches clusters) *lens {
	b := newBuilder(Links)
	b.l.unowned = d.NoOwner
	if len(d.Edges) == 0 {
		b.l.why = "no dependency is recorded in the window"
	}
	for _, e := range d.Edges {
		c := batches.of(d.View, e.From)
		b.l.groups = append(b.l.groups, group{[]member{
			{b.node(e.From, e.FromTeam), c}, {b.node(e.To, e.ToTeam), c},
		}})
	}
	return b.l
}

// batchLens is L2: items under the lowest ancestor that holds items of two
// teams or more, else under their parent. Ancestors that hold more than half
// of four teams or more say nothing about any two of them and are skipped. Items
// that a bulk edit put into their parent are left out: that says how a tracker was
// tidied up. Where parents cannot cross teams the lens is blind.
func batchLens(c *work.Cut, active []work.ItemID, batches clusters) *lens {
	b := newBuilder(Batches)
	v := c.View
	var items []work.ItemID
	bound, bulk := 0, 0
	for _, i := range active {
		if v.Parent(i) == work.NoItem {
			continue
		}
		if v.ByProject() && v.Bound(i) {
			bound++
			continue
		}
		if c.Owner(i) <= work.Several {
			b.l.unowned++
			continue
		}
		if putInBulk(v, i) {
			bulk++
			continue
		}
		items = append(items, i)
	}
	switch {
	case len(items) == 0 && bound > 0:
		b.l.why = "parents cannot cross teams here: sub-tasks and milestones stay in their project or repository, and teams are these"
	case len(items) == 0 && bulk > 0:
		b.l.why = "parents were set by bulk edits alone"
	case len(items) == 0:
		b.l.why = "no item that was worked on in the window has a parent"
	}
	holds := holdings(c, items)
	under := map[work.ItemID][]work.ItemID{}
	for _, i := range items {
		if a := home(v, i, holds); a != work.NoItem {
			under[a] = append(under[a], i)
		} else {
			b.l.wide++
		}
	}
	for _, a := range slices.Sorted(maps.Keys(under)) {
		if len(under[a]) < 2 {
			continue
		}
		var g group
		for _, i := range under[a] {
			g.members = append(g.members, member{b.node(i, c.Owner(i)), batches.of(v, i)})
		}
		b.l.groups = append(b.l.groups, g)
	}
	return b.l
}

// putInBulk reports whether a bulk edit put an item into its parent: whoever edited
// or linked it in that instant did the like to ten records within a minute. What was
// created in its parent was not put there by an edit.
func putInBulk(v work.View, i work.ItemID) bool {
	if len(v.Parents.Off) == 0 {
		return false
	}
	from, parents := v.Parents.Of(i)
	n := len(from)
	for n > 0 && from[n-1] > v.T {
		n--
	}
	if n == 0 || parents[n-1] != v.Parent(i) || from[n-1] <= v.Items.Created[i] {
		return false
	}
	return slices.ContainsFunc(v.Trail(i), func(e work.Event) bool {
		return e.Bulk && e.At == from[n-1] && (e.Deed == work.DeedEdited || e.Deed == work.DeedLinked)
	})
}

// teamSet is the teams whose items an ancestor holds.
type teamSet map[work.TeamID]bool

func holdings(c *work.Cut, items []work.ItemID) map[work.ItemID]teamSet {
	all := teamSet{}
	out := map[work.ItemID]teamSet{}
	for _, i := range items {
		team := c.Owner(i)
		all[team] = true
		for _, a := range ancestors(c.View, i) {
			if out[a] == nil {
				out[a] = teamSet{}
			}
			out[a][team] = true
		}
	}
	if len(all) >= 4 {
		for a, teams := range out {
			if 2*len(teams) > len(all) {
				out[a] = teamSet{} // holds nearly everybody
			}
		}
	}
	return out
}

// home is the ancestor under which an item is tied to others, NoItem if its
// own parent is too wide to tie anybody and nothing narrower holds two teams.
func home(v work.View, i work.ItemID, holds map[work.ItemID]teamSet) work.ItemID {
	for _, a := range ancestors(v, i) {
		if len(holds[a]) >= 2 {
			return a
		}
	}
	if p := v.Parent(i); len(holds[p]) > 0 {
		return p
	}
	return work.NoItem
}

func ancestors(v work.View, i work.ItemID) []work.ItemID {
	const deepest = 16
	var out []work.ItemID
	for p := v.Parent(i); p != work.NoItem && len(out) < deepest && !slices.Contains(out, p); p = v.Parent(p) {
		out = append(out, p)
	}
	return out
}

// seed identifies the units of a lens by their immutable ids.
func (l *lens) seed(o *work.Org) string {
	items := slices.Concat(l.nodes, l.seeds)
	slices.Sort(items) // items are numbered in the order of their ids
	items = slices.Compact(items)
	h := sha256.New()
	for _, i := range items {
		fmt.Fprintln(h, o.Sites[o.Items.Site[i]].URL, o.Items.ID[i])
	}
	return hex.EncodeToString(h.Sum(nil))
}
