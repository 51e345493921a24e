package focus_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/focus"
	"smokestack/analysis/work"
)

// METRICS 0, suppression: "so subtraction recovers nothing".
func TestContributorsBySubtraction(t *testing.T) {
	var b strings.Builder
	of := map[string]string{}
	for k, n := range [][2]int{{6, 6}, {6, 7}, {3, 5}} { // people now, and before
		team := string(rune('A' + k))
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
	out := focus.Contributors(h, recent, baseline, v.FirstItems(), nil)
	a, bb, c, org := out.Teams[s.Team("A")], out.Teams[s.Team("B")], out.Teams[s.Team("C")], out.Org
	if !c.Known() && a.Known() && bb.Known() && org.Known() {
		now := org.N - a.N - bb.N
		before := float64(org.N)/org.Value - float64(a.N)/a.Value - float64(bb.N)/bb.Value
		t.Errorf("C is not told (%q), and yet organisation less A less B is %d people now, %.0f before: a ratio of %.2f", c.Why, now, before, float64(now)/before)
	}
	if want := 9.0 / 11; out.Others.Value != want || out.Others.N != 9 || len(out.Folded) != 2 {
		t.Errorf("other teams: %v of %d, %d teams; want %v of 9, 2 teams", out.Others.Value, out.Others.N, len(out.Folded), want)
	}
}
