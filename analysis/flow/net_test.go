package flow

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// METRICS section 2: twenty created and ten left within four weeks, evenly, give
// 2·P(X >= 20) = 0.099 and not 2·P(X >= 21) = 0.043.
func TestNetFlow(t *testing.T) {
	even := func(created, left int) string {
		var b strings.Builder
		for i := range created {
			fmt.Fprintf(&b, "A-%d story: %g created\n", i+1, 28+28*(float64(i)+0.5)/float64(created))
		}
		for i := range left {
			end := []string{"done", "drop"}[i%2]
			fmt.Fprintf(&b, "B-%d story: 1 created; %g %s\n", i+1, 28+28*(float64(i)+0.5)/float64(left), end)
		}
		return b.String()
	}
	net := func(text string) Net {
		org, _ := tell(t, text).analyse(56, 4).Weeks()
		return org.Net()
	}
	// Σ C(30, k)/2³⁰ for k ≥ 20 is 53009102/1073741824.
	n := net(even(20, 10))
	if n.Created != 20 || n.Left != 10 || n.Clumped || n.Why != "" || math.Abs(n.P-2*53009102.0/(1<<30)) > 1e-12 || math.Abs(n.P-0.099) > 0.0005 {
		t.Errorf("net flow %+v", n)
	}
	// (20 − 10)/4 ± t₆·√(30/4/4): the counts scatter less than Poisson counts do.
	half := 2.446911851 * math.Sqrt(30.0/16)
	if e := n.PerWeek; math.Abs(e.Value-2.5) > 1e-9 || e.N != 30 || math.Abs(e.Low-(2.5-half)) > 1e-6 || math.Abs(e.High-(2.5+half)) > 1e-6 {
		t.Errorf("a week: %+v", n.PerWeek)
	}
	if m := net(even(10, 20)); m.P != n.P || m.PerWeek.Value != -2.5 {
		t.Errorf("the other way round: %+v", m)
	}
	if n := net(even(10, 9)); !math.IsNaN(n.P) || n.Why != "fewer than 20 items were created or left" || !n.PerWeek.Known() {
		t.Errorf("of 19: %+v", n)
	}
	if n := net(even(10, 10)); n.P != 1 || n.Why != "" {
		t.Errorf("of 20: %+v", n)
	}
	if n := net("A-1 story: 0 created"); n.PerWeek.Known() || n.PerWeek.Why != "nothing happened" || n.Why == "" {
		t.Errorf("of none: %+v", n)
	}
	// All twenty in one week: 20, 0, 0, 0 has s²/m = 100/5, and says much less.
	clumped := net(many("A", "story", 20, "30 created") + even(0, 10))
	if !clumped.Clumped || clumped.P < 0.3 || clumped.P > 1 || clumped.PerWeek.Low > 0 {
		t.Errorf("all in one week: %+v", clumped)
	}
	o := tell(t, "A-1 story: 0 created; 30 start\n").reorganise(50, "A")
	_, teams := o.analyse(56, 4).Weeks()
	if n := teams[o.Team("A")].Net(); n.Why != whyReorganised || n.PerWeek.Why != whyReorganised || !math.IsNaN(n.P) {
		t.Errorf("without a week: %+v", n)
	}
}
