package jira

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/tidwall/gjson"

	"smokestack/connectors"
	"smokestack/connectors/demo"
	"smokestack/connectors/jira/jiratest"
	"smokestack/connectors/saved"
	"smokestack/connectors/saved/savedtest"
)

// rendered is an organisation of a size, as the pretend Jira answers it.
type rendered struct {
	issues  []savedtest.Issue
	size    int // bytes
	changes int // entries of histories
}

var renderings = struct {
	sync.Mutex
	bySize map[int]*rendered
}{bySize: map[int]*rendered{}}

// renderedOf makes the answers of about n issues, once.
func renderedOf(b *testing.B, n int) *rendered {
	b.Helper()
	renderings.Lock()
	defer renderings.Unlock()
	if r := renderings.bySize[n]; r != nil {
		return r
	}
	issues, err := render(demo.New(demo.Options{Items: n, JiraOnly: true}))
	if err != nil {
		b.Fatal(err)
	}
	r := &rendered{issues: issues}
	for _, s := range issues {
		r.size += len(s.Data)
		r.changes += int(gjson.GetBytes(s.Data, "changelog.total").Int())
	}
	renderings.bySize[n] = r
	return r
}

// sizes are how many issues the benchmarks read.
var sizes = []int{10_000, 100_000}

// told reports how much a benchmark read.
func (r *rendered) told(b *testing.B, issues int) {
	b.ReportMetric(float64(issues)/b.Elapsed().Seconds(), "items/s")
	b.ReportMetric(float64(r.changes)/float64(len(r.issues)), "changes/item")
}

// Answers in memory, one an issue, become batches: by one goroutine, without
// files.
func BenchmarkDecode(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			r := renderedOf(b, n)
			var jobs [][]saved.Chunk
			var j []saved.Chunk
			size := 0
			for _, s := range r.issues {
				j = append(j, saved.Chunk{File: s.Key + ".json", Values: [][]byte{s.Data}, Lines: []int{0}})
				if size += len(s.Data); size >= saved.Usual.Job {
					jobs = append(jobs, j)
					j, size = nil, 0
				}
			}
			jobs = append(jobs, j)
			b.SetBytes(int64(r.size))
			b.ReportAllocs()
			issues := 0
			for b.Loop() {
				for _, j := range jobs {
					batch, _ := decodePieces(j, fallback)
					issues += len(batch.Records)
				}
			}
			if issues != len(r.issues)*b.N {
				b.Fatalf("%d issues in %d rounds", issues, b.N)
			}
			r.told(b, issues)
		})
	}
}

// A tar.gz on disk becomes batches, which nobody keeps. The bytes are those of
// the answers, not of the file.
func BenchmarkArchivePull(b *testing.B) {
	for _, n := range sizes {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			r := renderedOf(b, n)
			path := filepath.Join(b.TempDir(), "issues.tar.gz")
			f, err := os.Create(path)
			must(b, err)
			must(b, jiratest.Archive(b.Context(), f, demo.New(demo.Options{Items: n, JiraOnly: true})))
			must(b, f.Close())
			src := NewArchive(path, "")
			b.SetBytes(int64(r.size))
			b.ReportAllocs()
			issues := 0
			for b.Loop() {
				_, err := src.Pull(b.Context(), connectors.State{}, func(batch connectors.Batch) error {
					issues += len(batch.Records)
					return nil
				})
				must(b, err)
			}
			if issues != len(r.issues)*b.N {
				b.Fatalf("%d issues in %d rounds", issues, b.N)
			}
			r.told(b, issues)
		})
	}
}
