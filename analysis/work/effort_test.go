package work_test

import (
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/work"
)

// Person-days by hand. Ana acts on Monday, Tuesday and on
// Wednesday on A-3, while A-1, in progress until Thursday, is hers: 1 + ½ + ½ days
// for A-1, ½ for A-2, ½ for A-3. Ben logs work on a part of A-2 and edits nothing
// but an epic the day after: one day for A-2, and one that goes nowhere.
func TestEfforts(t *testing.T) {
	told := assembletest.Tell(t, assemble.Rules{}, `
A-9 epic:               0 created by ana; 9.5 type epic by ben
A-1 story:              0 created; 7.3 assign ana; 7.4 start by ana; 10.5 done
A-2 story:              0 created; 8.2 comment 50 by ana
A-3 story:              0 created; 9.1 worklog by ana
A-4 sub-task in A-2:    0 created; 8.9 worklog by ben
A-1x story:             0 created; 8.3 comment 10`)
	cut := told.Cut(14, 1)
	got := map[string]float64{}
	total := 0.0
	for _, e := range told.Org.At(cut.View.T).Efforts(cut.Window, cut.Lives) {
		days := float64(e.Work) / work.PersonDay
		got[told.Items.Key[e.Item]] += days
		total += days
	}
	want := map[string]float64{"A-1": 2, "A-2": 1.5, "A-3": 0.5}
	for key, days := range want {
		if got[key] != days {
			t.Errorf("%s: %v person-days, want %v", key, got[key], days)
		}
	}
	if total != 4 {
		t.Errorf("%v person-days in all, want 4: %v", total, got)
	}
}
