package deps

import (
	"fmt"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/work"
)

// METRICS 0: reorganisations: no window of a named team crosses the date; organisation
// rows take each item's team at its time. Ten items of A begin in week one, each with a
// link to B; A is reorganised on day 14; one more begins in week three, without one.
func TestLinksPerStartedAcrossReorganisation(t *testing.T) {
	var b strings.Builder
	b.WriteString("B-1 story: 0 created\n")
	for k := range 10 {
		fmt.Fprintf(&b, "A-%d story: 0 created; 1 blocked by B-1; 2 start; 5 done\n", k+1)
	}
	b.WriteString("A-11 story: 15 created; 16 start; 20 done\n")
	o := assembletest.Tell(t, assemble.Rules{}, b.String())
	o.Org.Reorganised = []work.Reorganisation{{At: o.Day(14), Teams: []work.TeamID{o.Team("A")}}}
	a := Analyse(o.Cut(28, 4))
	// The organisation: 10 cross-team links, 11 items begun in the window.
	o.Value("D1, organisation: links per 100 started", a.Org().PerStarted, 100*10.0/11, 11)
	// The team since day 14: no link, one item.
	o.Value("D1, A: links per 100 started", a.Team(o.Team("A")).PerStarted, 0, 1)
	if r := a.Team(o.Team("A")); r.Items != 1 {
		t.Errorf("D2, A: %d items worked on and %d links in its weeks since the reorganisation, want 1 and 0", r.Items, r.Links)
	}
}
