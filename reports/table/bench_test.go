package table

import (
	"fmt"
	"io"
	"testing"
	"time"
)

func large(n int) Document {
	t := Table{ID: "t", Title: "Items", Columns: []Column{
		{ID: "key", Title: "Key"},
		{ID: "title", Title: "Title", Shrink: true},
		{ID: "team", Title: "Team", Shrink: true},
		{ID: "cycle", Title: "Cycle", Unit: "d", Kind: Number, Digits: 1, Interval: true},
		{ID: "wip", Title: "WIP", Unit: "items", Kind: Whole, Drop: 1},
		{ID: "share", Title: "Share", Unit: "%", Kind: Number, Drop: 2},
		{ID: "moved", Title: "Moved", Kind: Instant, Drop: 3},
		{ID: "due", Title: "Due", Kind: Date, Drop: 4},
	}}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		cycle := Measure(Value{Value: float64(i%97) / 7, N: i, Low: float64(i%97) / 9, High: float64(i%97) / 5})
		if i%10 == 0 {
			cycle = cantTell("too few")
		}
		t.Rows = append(t.Rows, []Cell{
			Link(fmt.Sprint("PAY-", i), fmt.Sprint("https://tracker.example/browse/PAY-", i)),
			Words(fmt.Sprintf("Retry card payments for the %dth time – naïve", i)), Words(fmt.Sprint("Team ", i%40)),
			cycle, Count(i), Num(float64(i) / 3), At(start.Add(time.Duration(i) * time.Minute)), At(start.AddDate(0, 0, i%1000)),
		})
	}
	return Document{Screen: []Table{t}, Tables: []Table{t}}
}

func BenchmarkWrite(b *testing.B) {
	for _, n := range []int{10, 1000, 20000} {
		doc := large(n)
		for _, name := range []string{"terminal", "markdown", "csv", "json"} {
			write := writers(doc)[name]
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := write(io.Discard); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkClean(b *testing.B) {
	for name, s := range map[string]string{"plain": "Retry card payments that the bank refused", "accents": "Überweisung für naïve Café-Gäste prüfen"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Clean(s)
			}
		})
	}
}
