package focus_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/batch"
	"smokestack/analysis/flow"
	"smokestack/analysis/focus"
	"smokestack/analysis/work"
)

// METRICS 9: "Shifting instants and zone together … changes no verdict". The same day in
// the organisation's clocks: in UTC, and five hours earlier in a zone five hours ahead.
// A type is first used on 1 April at 02:00 of its clocks.
func TestProofQuartersOfAnotherZone(t *testing.T) {
	changes := func(hours int) focus.Changes {
		var b strings.Builder
		at := func(day float64) string { return fmt.Sprintf("%.6f", day-float64(hours)/24) }
		b.WriteString("origin 2024-07-01\nA-1 story: " + at(1) + " created")
		for _, day := range []float64{200, 300, 301, 302, 303, 304} {
			for p := range 5 {
				fmt.Fprintf(&b, "; %s comment 50 by p%d", at(day), p)
			}
		}
		// 1 April 2025 is day 274 from 1 July 2024.
		b.WriteString("\nA-2 chore: " + at(274+2.0/24) + " created by p0\n")
		s := assembletest.Tell(t, assemble.Rules{}, b.String())
		zone := time.FixedZone("there", 3600*hours)
		s.Org.Zone = zone
		for p := range 5 {
			s.Org.Members = append(s.Org.Members, work.Membership{Person: s.Person(fmt.Sprintf("p%d", p)), Team: s.Team("A"), Share: 1})
		}
		w := work.LastWeeks(s.Day(357), 26, zone) // in June: the last quarter is January to March
		v := s.Org.At(w.To() - 1)
		f := flow.Analyse(v.Cut(w, v.Lives()))[0]
		return focus.Analyse(f, batch.All(v, v.Lives()), v.Homes()).Rows[0].Changes
	}
	utc, there := changes(0), changes(5)
	if utc.Added != there.Added {
		t.Errorf("new in the quarter, in UTC: %d; everything five hours earlier, in a zone five hours ahead: %d", utc.Added, there.Added)
	}
}
