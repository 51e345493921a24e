package stats

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// maxGroups is the most groups a delete-a-group jackknife leaves out in turn.
// More would cost time and bring next to nothing: Student's t with 39 degrees of
// freedom is 3 % wider than the normal.
const maxGroups = 40

// ClusterID makes a number of an immutable id, so that units can be compared by
// cluster in little memory: the first 8 bytes of its SHA-256. Among 100,000 ids
// two share a number with a chance of 3 in 10¹⁰; they would count as one
// cluster.
func ClusterID(id string) uint64 {
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(sum[:])
}

// JackknifeGroups deals whole clusters into at most 40 groups for a
// delete-a-group jackknife (Kott 2001), of which [JackknifeSE] takes the
// statistics with one group left out each. clusters[i] names the cluster of unit
// i by an immutable number, such as that of [ClusterID].
//
// The distinct clusters are put in the order of a hash of their numbers and
// dealt in turn, so that groups hold equally many clusters, one at most apart;
// with 40 clusters or fewer each is a group. group[i] is the group of unit i,
// from 0 to groups-1. The result depends on the set of numbers alone, not on the
// order of the units.
func JackknifeGroups(clusters []uint64) (group []int, groups int) {
	of := map[uint64]int{}
	var distinct []uint64
	for _, c := range clusters {
		if _, seen := of[c]; !seen {
			of[c] = 0
			distinct = append(distinct, c)
		}
	}
	slices.SortFunc(distinct, func(a, b uint64) int { return cmp.Compare(scramble(a), scramble(b)) })
	groups = min(len(distinct), maxGroups)
	for rank, c := range distinct {
		of[c] = rank % groups
	}
	group = make([]int, len(clusters))
	for i, c := range clusters {
		group[i] = of[c]
	}
	return group, groups
}

// scramble is the finaliser of SplitMix64 (Steele, Lea and Flood 2014), which
// maps the 64-bit numbers one to one, so that consecutive ids are dealt as
// others are.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
