package focus_test

import (
	"fmt"
	"strings"
	"testing"

	"smokestack/analysis/focus"
	"smokestack/analysis/work"
	"time"
)

// METRICS 0, suppression: "so subtraction recovers nothing".
func TestProofContributorsBySubtraction(t *testing.T) {
	var b strings.Builder
	of := map[string]string{}
	for team, n := range map[string][2]int{"A": {6, 6}, "B": {6, 7}, "C": {3, 5}} {
		fmt.Fprintf(&b, "%s-1 story: 0 created", team)
		for k := range max(n[0], n[1]) {
			p := fmt.Sprintf("%s%d", strings.ToLower(team), k)
			of[team] += " " + p
			if k < n[1] {
				fmt.Fprintf(&b, "; 20 comment 50 by %s", p)
			}
			if k < n[0] {
				fmt.Fprintf(&b, "; 300 comment 50 by %s", p)
			}
		}
		b.WriteString("\n")
	}
	s := tell(t, b.String(), of)
	v := s.Org.At(s.Day(364) - 1)
	h := v.Homes()
	recent := work.LastWeeks(s.Day(364), 26, time.UTC)
	baseline := work.LastWeeks(recent.From(), 26, time.UTC)
	people := h.People(baseline.From(), recent.To())
	folded, _ := work.Fold(people, v.FirstItems())
	out := focus.Contributors(h, recent, baseline, folded)
	a, bb, c, org := out[s.Team("A")], out[s.Team("B")], out[s.Team("C")], out[len(out)-1]
	if !c.Known() && a.Known() && bb.Known() && org.Known() {
		now := org.N - a.N - bb.N
		before := float64(org.N)/org.Value - float64(a.N)/a.Value - float64(bb.N)/bb.Value
		t.Errorf("C is not told (%q), and yet organisation less A less B is %d people now, %.0f before: a ratio of %.2f", c.Why, now, before, float64(now)/before)
	}
}
