// Package assembletest tells the tests of analyses small organisations: what
// assembly makes of a story.
package assembletest

import (
	"math"
	"slices"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Told is a story and the organisation that it makes.
type Told struct {
	*story.Story
	*work.Org
	T testing.TB // the test that it was told to

	rules assemble.Rules
}

// Tell assembles a story by rules.
func Tell(t testing.TB, rules assemble.Rules, text string) Told {
	t.Helper()
	s, err := story.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return assembled(t, rules, s, s.Facts())
}

// With is the organisation that the same story and rules make of other records.
func (o Told) With(records []*fact.Record) Told {
	o.T.Helper()
	return assembled(o.T, o.rules, o.Story, records)
}

func assembled(t testing.TB, rules assemble.Rules, s *story.Story, records []*fact.Record) Told {
	t.Helper()
	res, err := assemble.Assemble(rules, s.Vocabulary(), records)
	if err != nil {
		t.Fatal(err)
	}
	return Told{s, res.Org, t, rules}
}

// Cut is the last n weeks before a day of the story, a Monday, as known in the
// window's last millisecond.
func (o Told) Cut(day float64, weeks int) *work.Cut {
	w := work.LastWeeks(o.Day(day), weeks, time.UTC)
	v := o.Org.At(w.To() - 1)
	return v.Cut(w, v.Lives())
}

// Team finds a team by its name.
func (o Told) Team(name string) work.TeamID {
	o.T.Helper()
	i := slices.IndexFunc(o.Org.Teams, func(t work.Team) bool { return t.Name == name })
	if i < 0 {
		o.T.Fatalf("no team %s", name)
	}
	return work.TeamID(i)
}

// Value checks an estimate's value, up to rounding, and its number.
func (o Told) Value(name string, e stats.Estimate, value float64, n int) {
	o.T.Helper()
	same := e.Value == value || math.Abs(e.Value-value) < 1e-9 || math.IsNaN(value) && math.IsNaN(e.Value)
	if !same || e.N != n {
		o.T.Errorf("%s: %v of %d, want %v of %d (%s)", name, e.Value, e.N, value, n, e.Why)
	}
}

// Unknown checks that an estimate has no value, for this reason.
func (o Told) Unknown(name string, e stats.Estimate, n int, why string) {
	o.T.Helper()
	if e.Known() || e.N != n || e.Why != why {
		o.T.Errorf("%s: %v of %d, because %q; want no value of %d, because %q", name, e.Value, e.N, e.Why, n, why)
	}
}

// Fuzz looks for what an analysis may not find, whatever the story: check gets
// the four weeks before some day of any story.
func Fuzz(f *testing.F, check func(t *testing.T, c *work.Cut)) {
	f.Add("rank Initiative 2\nG-1 Initiative: 0 created\nE-1 epic in G-1: 0 created\nA-1 story in E-1: 0 created; 1 start; 2 blocked by B-1; 9 done\nB-1 story in E-1: 0 created; 3 wait; 4 blocks A-1", 28.0)
	f.Add("A-1 story: 0 created; 1 start; 2 move B-1; 3 done; 4 todo; 5 drop\nA-2 sub-task in A-1: 0 created; 2 worklog; 6 done", 14.0)
	f.Add("A-1 story in A-2: 0 created; 1 blocked by A-1; 3 blocked by X-1\nA-2 story in A-1: 0 created; 2 relates to A-1; 2 team Red", 7.0)
	f.Add("A-1 story: 0 created\nacme/shop/milestone/1 milestone \"V1\": 0 created; 20 done\nacme/shop#1 bug: 1 created; 2 milestone acme/shop/milestone/1; 3 column \"In Progress\"; 9 done\n"+
		"acme/shop#2 pull: 2 created by ana; 1 commit by ana; 2 mentions A-1; 2 mentions depends acme/shop#1; 2 path a.go 9 1; 3 closes acme/shop#1; 4 review by ben; 8 merge\n"+
		"acme/web#3 pull: 3 created by ben; 3 mentions acme/shop#1; 5 draft; 6 drop; 7 todo\nacme/shop#4 bug in acme/shop#1: 4 created; 4 hidden 2; 9 move acme/web#5", 14.0)
	f.Fuzz(func(t *testing.T, text string, day float64) {
		s, err := story.Parse(text)
		if err != nil || !(math.Abs(day) < 1e5) {
			return
		}
		records := slices.DeleteFunc(s.Facts(), func(r *fact.Record) bool { return r.Validate() != nil })
		check(t, assembled(t, assemble.Rules{}, s, records).Cut(day, 4))
	})
}
