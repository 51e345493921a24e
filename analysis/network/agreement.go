package network

import (
	"cmp"
	"math"
	"slices"
)

// AdjustedRand returns how far two partitions of the same nodes agree, a and b
// holding the group of each node, under any names:
//
//	(S - E) / ((A + B)/2 - E)      E = A·B / C(n, 2)
//
// with A and B the pairs of nodes that a and b hold together and S those that
// both do (Hubert and Arabie 1985). It is 1 for the same partition, 0 on average
// for partitions drawn at random with the same sizes of groups, and may be
// negative. Where both put all nodes together, or all apart, they are the same:
// 1. It is NaN for different numbers of nodes and for fewer than 2 nodes, which
// have no pair. The work grows as n log n.
func AdjustedRand(a, b []int) float64 {
	if len(a) != len(b) || len(a) < 2 {
		return math.NaN()
	}
	both := make([][2]int, len(a))
	for n := range a {
		both[n] = [2]int{a[n], b[n]}
	}
	slices.SortFunc(both, func(x, y [2]int) int {
		return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
	})
	n := float64(len(a))
	all, together := n*(n-1)/2, pairs(both)
	inA, inB := pairs(slices.Sorted(slices.Values(a))), pairs(slices.Sorted(slices.Values(b)))
	if inA == inB && (inA == 0 || inA == all) {
		return 1
	}
	expected := inA * inB / all
	return (together - expected) / ((inA+inB)/2 - expected)
}

// pairs counts the pairs of equal things in a sorted list.
func pairs[T comparable](sorted []T) float64 {
	sum, run := 0.0, 0
	for n := range sorted {
		if n > 0 && sorted[n] != sorted[n-1] {
			run = 0
		}
		sum += float64(run)
		run++
	}
	return sum
}
