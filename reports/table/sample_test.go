package table

import (
	"math"
	"time"
)

var none = math.NaN()

// cantTell is a measure without a value.
func cantTell(why string) Cell { return Measure(Value{Value: none, Low: none, High: none, Why: why}) }

// sample is a report with something of everything in it.
func sample() Document {
	const few = "7 finished batches; an interval needs 12, at the present rate by 2027-01-18"
	const waits = "no wait status is visited by 30 % of the items, so flow efficiency would be 100 % by construction"
	flow := Table{
		ID: "flow_teams", Title: "Flow by team, last 26 weeks",
		Columns: []Column{
			{ID: "team", Title: "Team", Shrink: true},
			{ID: "finished", Title: "Finished", Unit: "items", Kind: Whole},
			{ID: "cycle_p50", Title: "Cycle P50", Unit: "d", Kind: Number, Digits: 1, Interval: true},
			{ID: "throughput", Title: "Throughput", Unit: "items/week", Kind: Number, Digits: 1, Measure: true, Drop: 1},
			{ID: "wip", Title: "WIP", Unit: "items", Kind: Whole, Drop: 2},
			{ID: "efficiency", Title: "Flow efficiency", Unit: "%", Kind: Number, Measure: true, Drop: 3},
			{ID: "since", Title: "Since", Kind: Date, Drop: 4},
		},
		Rows: [][]Cell{
			{Words("Organisation"), Count(12480), Measure(Value{Value: 8.03, N: 12480, Low: 7.71, High: 8.4}), Measure(Value{Value: 480, N: 26, Low: 451, High: 509}), Count(1310), Measure(Value{Value: 31.4, N: 9000, Low: 28, High: 35}), At(day(2025, 6, 1))},
			{Words("Payments"), Count(212), Measure(Value{Value: 6.21, N: 212, Low: 5.14, High: 7.9}), Measure(Value{Value: 8.15, N: 26, Low: 7, High: 9.3}), Count(34), Measure(Value{Value: 38.2, N: 190, Low: 30, High: 47}), At(day(2025, 6, 1))},
			{Words("Shop"), Count(45), Measure(Value{Value: 12.5, N: 45, Low: 10, High: 21.44}), Measure(Value{Value: 1.73, N: 26, Low: 1.2, High: 2.4}), Count(31).Note("11 of these have not moved for 60 days"), Measure(Value{Value: none, N: 0, Low: none, High: none, Why: waits}), At(day(2025, 6, 1))},
			{Words("Identity & access"), Count(7), Measure(Value{Value: 31.04, N: 7, Low: none, High: none, Why: few}), Measure(Value{Value: 0.27, N: 26, Low: 0.1, High: 0.6}), Count(9), Measure(Value{Value: none, N: 0, Low: none, High: none, Why: waits}), At(day(2026, 4, 1)).Note("the team was reorganised on this day")},
			{Words("Mobile"), Count(0), cantTell("nothing finished in the window"), Measure(Value{Value: 0, N: 26, Low: 0, High: 0.1}), Count(3), Blank(), At(day(2026, 4, 1))},
		},
		Notes: []string{"Intervals are 95 %. Medians are Kaplan-Meier estimates: open items count with their age so far, so that slow work is not overlooked."},
	}
	open := Table{
		ID: "finish_or_drop", Title: "Five to finish or drop",
		Columns: []Column{
			{ID: "key", Title: "Key"},
			{ID: "title", Title: "Title", Shrink: true},
			{ID: "team", Title: "Team", Shrink: true, Drop: 2},
			{ID: "age", Title: "Age", Unit: "d", Kind: Number, Digits: 0},
			{ID: "moved", Title: "Last moved", Kind: Instant, Drop: 1},
		},
		Rows: [][]Cell{
			{Link("PAY-1042", "https://tracker.example/browse/PAY-1042"), Words("Retry card payments that the bank refused for a reason that may pass"), Words("Payments"), Num(412.7), At(time.Date(2026, 3, 2, 16, 20, 0, 0, time.UTC))},
			{Link("SHOP-7", "https://tracker.example/browse/SHOP-7"), Words("Gutscheine | vouchers\nsecond line"), Words("Shop"), Num(98), At(time.Date(2026, 8, 30, 7, 5, 0, 0, time.UTC)).Note("moved by a bulk edit of 40 items")},
			{Link("SHOP-31", "https://tracker.example/browse/SHOP-31"), Words("決済画面の文言を更新する"), Words("Shop"), Num(71.5), At(time.Date(2026, 9, 11, 9, 0, 0, 0, time.UTC))},
			{Link("ID-9", "javascript:alert(1)"), Words("=HYPERLINK(\"http://x\") \x1b[31mred\x1b[0m <script>"), Words("Identity & access"), Num(64), Blank()},
			{Link("MOB-120", "https://tracker.example/browse/MOB-120"), Words("🚀 Dark mode \U0001f1e9\U0001f1ea"), Words("Mobile"), Num(60.2), At(time.Date(2026, 9, 21, 22, 45, 0, 0, time.UTC))},
		},
	}
	gone := Table{ID: "gone", Title: "Gone since the last scan", Columns: []Column{{ID: "key", Title: "Key"}},
		Empty: "Nothing has gone.", Notes: []string{"Compared with the scan of 2026-11-13."}}
	return Document{
		Organisation: "Example",
		AsOf:         time.Date(2026, 11, 20, 6, 30, 0, 0, time.UTC),
		Weeks:        26,
		Fingerprints: map[string]string{"program": "0.1.0", "facts": "5f2c", "config": "a811"},
		Exit:         Exit{Code: 3, Causes: []Cause{{Code: 3, Text: "project LEGAL was refused: its items are missing"}}},
		Head:         []string{"Example, 26 weeks to 2026-11-20. 3 of 5 teams are measured.", "  Berlin    cuts the weeks"},
		Incomplete:   []string{"project LEGAL was refused: its items are missing"},
		Notes:        []string{"Nothing was created in https://old.example since 2026-08-30."},
		Screen:       []Table{open},
		Foot:         []string{"smokestack explain F1     what cycle time means here and how it is computed"},
		Tables:       []Table{flow, open, gone},
	}
}
