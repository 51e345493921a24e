package independence

import (
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
func (t *pairTable) count(visits []visit, homes []work.TeamID) []int {
	var out []int
	for n, v := range visits {
		home := homes[n]
		if home == v.owner || t.folded[home] || t.folded[v.owner] {
			continue
		}
		key := ordered(home, v.owner)
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
	for _, i := range sorted(links) {
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

// spellAt is how often one person, as of one team, visited items of a team.
type spellAt struct {
	spell int
	owner work.TeamID
	n     int
}

// spells puts the visits of each person together, by their team and the items'.
// Somebody who changed teams is as many people.
func spells(visits []visit) (homes []work.TeamID, at []spellAt) {
	type spell struct {
		who  uint32
		home work.TeamID
	}
	type key struct {
		spell int
		owner work.TeamID
	}
	number, place := map[spell]int{}, map[key]int{}
	for _, x := range visits {
		s := spell{x.who, x.home}
		k, ok := number[s]
		if !ok {
			k = len(homes)
			number[s], homes = k, append(homes, x.home)
		}
		p, ok := place[key{k, x.owner}]
		if !ok {
			p = len(at)
			place[key{k, x.owner}], at = p, append(at, spellAt{spell: k, owner: x.owner})
		}
		at[p].n++
	}
	return homes, at
}

// permute gives people the teams of others at random, sizes kept, and counts in
// how many draws every pair is tied at least as often.
func (t *pairTable) permute(seed string, visits []visit, seen []int) []int {
	homes, at := spells(visits)
	counts, out := make([]int, len(seen)), make([]int, len(seen))
	rng := stats.Rand(pairVersion, "pairs", seed)
	for range draws {
		rng.Shuffle(len(homes), func(i, j int) { homes[i], homes[j] = homes[j], homes[i] })
		clear(counts)
		for _, x := range at {
			if k := t.index(x.owner, homes[x.spell]); k >= 0 && homes[x.spell] != x.owner {
				counts[k] += x.n
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
