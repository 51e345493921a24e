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
	for _, size := range []int{100, 500, 2000, 5000, 50_000} {
		g := tangle(size, 6*size, rng)
		nodes := g.joined()
		b.Run(fmt.Sprintf("tangle/%d", size), func(b *testing.B) {
			for b.Loop() {
				g.louvain(nodes, rng)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(nodes)+g.Edges()), "ns/part")
		})
		g = star(size)
		nodes = g.joined()
		b.Run(fmt.Sprintf("star/%d", size), func(b *testing.B) {
			for b.Loop() {
				g.louvain(nodes, rng)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(nodes)+g.Edges()), "ns/part")
		})
	}
}

// Whole searches, at the sizes where the budget begins to bind.
func BenchmarkBest(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, nodes := range []int{100, 500, 2000, 10_000, 14_000} {
		g := tangle(nodes, 6*nodes, rng)
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			for b.Loop() {
				g.Best(150, "bench")
			}
		})
	}
}

func BenchmarkRewired(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, nodes := range []int{20, 50, 100, 200} {
		g := tangle(nodes, 6*nodes, rng)
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			for b.Loop() {
				if n := g.Rewired(199, "bench"); n.Why != "" {
					b.Fatal(n.Why)
				}
			}
		})
	}
}

func BenchmarkReach(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, nodes := range []int{10, 100, 1000, 10_000} {
		arcs := make([]Arc, 10*nodes)
		for n := range arcs {
			arcs[n] = Arc{rng.IntN(nodes), rng.IntN(nodes)}
		}
		g := NewDirected(nodes, arcs)
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Reach()
				g.Components()
			}
		})
	}
}

func BenchmarkFindHub(b *testing.B) {
	rng := rand.New(rand.NewPCG(9, 10))
	for _, links := range []int{100, 1000, 10_000, 100_000} {
		list := make([]Link, links)
		for n := range list {
			list[n] = Link{rng.IntN(50), rng.IntN(50), n / 3}
		}
		b.Run(fmt.Sprint(links), func(b *testing.B) {
			for b.Loop() {
				FindHub(list, even(50), 999, "bench")
			}
		})
	}
}

func BenchmarkAdjustedRand(b *testing.B) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, nodes := range []int{100, 10_000, 100_000} {
		x, y := make([]int, nodes), make([]int, nodes)
		for n := range x {
			x[n], y[n] = rng.IntN(nodes/20), rng.IntN(nodes/20)
		}
		b.Run(fmt.Sprint(nodes), func(b *testing.B) {
			for b.Loop() {
				AdjustedRand(x, y)
			}
		})
	}
}
