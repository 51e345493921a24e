package network

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// tangle draws a graph of groups of 20 nodes, 4 of 5 edges within one.
func tangle(nodes, edges int, rng *rand.Rand) *Graph {
	list := make([]Edge, edges)
	for n := range list {
		a := rng.IntN(nodes)
		b := rng.IntN(nodes)
		if n%5 > 0 {
			b = min(a-a%20+rng.IntN(20), nodes-1)
		}
		list[n] = Edge{a, b, 1}
	}
	return NewGraph(nodes, list)
}

func star(leaves int) *Graph {
	list := make([]Edge, leaves)
	for n := range list {
		list[n] = Edge{0, n + 1, 1}
	}
	return NewGraph(leaves+1, list)
}

func BenchmarkRun(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{100, 500, 2000, 5000} {
		g := tangle(size, 6*size, rng)
		b.Run(fmt.Sprintf("tangle/%d", size), func(b *testing.B) {
			for b.Loop() {
				g.louvain(g.joined(), "bench", 0)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(g.cost()), "ns/cost")
		})
		g = star(size)
		b.Run(fmt.Sprintf("star/%d", size), func(b *testing.B) {
			for b.Loop() {
				g.louvain(g.joined(), "bench", 0)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(g.cost()), "ns/cost")
		})
	}
}
