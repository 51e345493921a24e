package independence

import (
	"maps"
	"slices"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// pairTable numbers the unordered pairs of the teams that are told by themselves
// and that a visit could tie. It is small: pairs that no visit ties are not in it.
type pairTable struct {
	folded []bool
	at     map[[2]work.TeamID]int
	ends   [][2]work.TeamID
}

func newPairTable(teams int, folded []bool) *pairTable {
	return &pairTable{folded: folded, at: map[[2]work.TeamID]int{}}
}

func ordered(a, b work.TeamID) [2]work.TeamID { return [2]work.TeamID{min(a, b), max(a, b)} }

// index returns the number of a pair, −1 where it has none.
func (t *pairTable) index(a, b work.TeamID) int {
	if n, ok := t.at[ordered(a, b)]; ok {
		return n
	}
	return -1
}

// count counts the visits between every pair, and numbers those that it meets.
func (t *pairTable) count(visits []visit) []int {
	var out []int
	for _, v := range visits {
		if v.home == v.owner || t.folded[v.home] || t.folded[v.owner] {
			continue
		}
		key := ordered(v.home, v.owner)
		k, ok := t.at[key]
		if !ok {
			k = len(t.ends)
			t.at[key], t.ends = k, append(t.ends, key)
		}
		for len(out) <= k {
			out = append(out, 0)
		}
		out[k]++
	}
	return out
}

// links counts the links between the items of every pair.
func (t *pairTable) links(c *work.Cut, links linkIndex) []int {
	out := make([]int, len(t.ends))
	for _, i := range slices.Sorted(maps.Keys(links)) {
		for _, o := range links[i] {
			if i < o {
				if k := t.index(c.Owner(i), c.Owner(o)); k >= 0 {
					out[k]++
				}
			}
		}
	}
	return out
}

// block is all visits of one person, as of one team, to the items of another.
type block struct {
	home, owner work.TeamID
	n           int
}

// blocks puts the visits across teams together, but for those of folded teams.
// Somebody who changed teams is as many people.
func (t *pairTable) blocks(visits []visit) []block {
	type key struct {
		who         uint32
		home, owner work.TeamID
	}
	var out []block
	place := map[key]int{}
	for _, v := range visits {
		if v.home == v.owner || t.folded[v.home] || t.folded[v.owner] {
			continue
		}
		k := key{v.who, v.home, v.owner}
		p, ok := place[k]
		if !ok {
			p = len(out)
			place[k], out = p, append(out, block{home: v.home, owner: v.owner})
		}
		out[p].n++
	}
	return out
}

// Sweeps over the blocks before the first draw. Each offers every block a swap.
const firstSweeps = 20

// permute draws at random which team visits which: blocks exchange the teams that
// they visit, so that every person makes as many visits and every team has as many
// blocks, and nobody visits their own team. It counts in how many draws every pair
// is tied at least as often as it is.
func (t *pairTable) permute(seed string, visits []visit, seen []int) []int {
	blocks := t.blocks(visits)
	counts, out := make([]int, len(seen)), make([]int, len(seen))
	rng := stats.Rand(pairVersion, "pairs", seed)
	sweep := func() {
		for i := range blocks {
			j := rng.IntN(len(blocks))
			if a, b := &blocks[i], &blocks[j]; a.home != b.owner && b.home != a.owner {
				a.owner, b.owner = b.owner, a.owner
			}
		}
	}
	for range firstSweeps {
		sweep()
	}
	for range draws {
		sweep()
		clear(counts)
		for _, b := range blocks {
			if k := t.index(b.home, b.owner); k >= 0 {
				counts[k] += b.n
			}
		}
		for k := range out {
			if counts[k] >= seen[k] {
				out[k]++
			}
		}
	}
	return out
}
