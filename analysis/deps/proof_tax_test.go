package deps

import (
	"fmt"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
)

// METRICS D8: "≥30 dependent items". Of thirty, twenty-eight are chores, of which no other
// depends on nothing: what is compared is two dependent stories with three others.
func TestProofTaxOfTwoDependentItems(t *testing.T) {
	var b strings.Builder
	b.WriteString("B-1 story: 0 created\n")
	for k := range 28 {
		fmt.Fprintf(&b, "A-%d chore: 0 created; 1 blocked by B-1; 2 start; %d done\n", 100+k, 5+k)
	}
	for k := range 2 {
		fmt.Fprintf(&b, "A-%d story: 0 created; 1 blocked by B-1; 2 start; %d done\n", 200+k, 12+k)
	}
	for k := range 3 {
		fmt.Fprintf(&b, "A-%d story: 0 created; 2 start; %d done\n", 300+k, 4+k)
	}
	o := assembletest.Tell(t, assemble.Rules{}, b.String())
	org, _ := Taxes(o.Cut(364, 52), nil)
	if org.Shift.Known() {
		t.Errorf("a tax of ×%.2f (%.2f to %.2f) told of %d items, of which 2 are dependent", org.Shift.Value, org.Shift.Low, org.Shift.High, org.Shift.N)
	}
}
