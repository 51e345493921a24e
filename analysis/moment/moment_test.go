package moment_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/batch"
	"smokestack/analysis/change"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/flow"
	"smokestack/analysis/focus"
	"smokestack/analysis/independence"
	"smokestack/analysis/mix"
	"smokestack/analysis/moment"
	"smokestack/analysis/requests"
	"smokestack/analysis/work"
)

// years tells 60 weeks of two teams of five who now and then work for each other.
func years(t *testing.T) assembletest.Told {
	var b strings.Builder
	for e := range 30 {
		fmt.Fprintf(&b, "%s-9%02d epic: %d created\n", [...]string{"A", "B"}[e%2], e, 14*e)
	}
	for n := range 360 {
		day, team := float64(n)*7/6, n%2
		who := func(k int) string { return fmt.Sprintf("%c%d", "ab"[(team+k/5)%2], (n+k)%5) }
		fmt.Fprintf(&b, "%s-%d %s in %s-9%02d: %g created by %s; %g assign %s; %g start by %s; %g comment 60 by %s; %g assign %s; %g done by %s\n",
			[...]string{"A", "B"}[team], n+1, [...]string{"story", "bug"}[n%3/2], [...]string{"A", "B"}[(n/12*1)%30%2], n/12,
			day, who(0), day+0.1, who(0), day+0.5, who(0), day+1, who(n%7), day+2, who(n%6), day+3, who(0))
	}
	return assembletest.Tell(t, assemble.Rules{}, b.String())
}

// A moment is the analyses that it names, each made by hand of the same windows:
// the weeks shown, the last 52, and two half years.
func TestAMomentIsItsAnalyses(t *testing.T) {
	o := years(t)
	o.Org.Teams[o.Team("A")].Claims = true
	o.Org.Bands = []work.Band{{Metric: "F1", Low: 0, High: 9}, {Team: o.Team("A"), Metric: "F5", Low: 1, High: 9}}
	until := o.Day(60*7) + 3*fact.Day // a Thursday: the week that it lies in does not count
	m := moment.At(o.Org, moment.Options{Until: until, Weeks: 20})
	at := o.Day(60 * 7)
	v := o.Org.At(at - 1)
	if m.View.T != v.T {
		t.Fatalf("at %v, want %v", m.View.T, v.T)
	}
	lives := v.Lives()
	window := func(to fact.Instant, n int) work.Window { return work.LastWeeks(to, n, time.UTC) }
	shown, year := v.Cut(window(at, 20), lives), v.Cut(window(at, 52), lives)
	flows := flow.Analyse(year, shown)
	homes := v.Homes()
	folded, _ := work.FoldPeople(homes.Crews(year.Window.From(), year.Window.To()), v.FirstItems(), nil)
	same := func(name string, got, want any) {
		t.Helper()
		if a, b := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); a != b {
			t.Errorf("%s:\n%.600s\nwant\n%.600s", name, a, b)
		}
	}
	same("lives", m.Lives, lives)
	same("weeks shown", m.Shown.Window, shown.Window)
	same("the year", m.Year.Window, year.Window)
	same("throughput", m.Shown.Throughput(&m.Shown.Org), flows[1].Throughput(&flows[1].Org))
	same("cycle time", m.Year.Cycle(&m.Year.Org).Quantile(.5), flows[0].Cycle(&flows[0].Org).Quantile(.5))
	batches := batch.Analyse(v, shown.Window, lives)
	same("batches", m.Batch.Batches, batches.Batches)
	d, yd := deps.Analyse(shown), deps.Analyse(year)
	same("dependencies", m.Deps.Edges, d.Edges)
	same("of the year", m.YearDeps.Edges, yd.Edges)
	indep := independence.Analyse(year, yd, homes, independence.Options{})
	same("independence", indep.Org, m.Indep.Org)
	same("of teams", indep.Teams, m.Indep.Teams)
	same("fit", m.Fit, indep.FindFit(v))
	same("folded", m.Folded, folded)
	same("undeclared", *m.Undeclared, *independence.FindUndeclared(year, homes, folded))
	same("touch-free", *m.TouchFree, *independence.FindTouchFree(year, yd, homes, folded))
	f := focus.Analyse(flows[1], batches.Batches, homes)
	same("focus", m.Focus.Rows, f.Rows)
	same("efforts", m.Efforts, v.Efforts(shown.Window, lives))
	q := requests.Analyse(shown, homes, nil)
	same("requests", m.Requests.Org(), q.Org())
	recent := window(at, 26)
	baseline := window(recent.From(), 26)
	past := o.Org.At(baseline.To() - 1)
	was := past.Lives()
	mixed := mix.Analyse(shown, mix.Halves{Recent: v.Cut(recent, lives), Baseline: v.Cut(baseline, lives)},
		v.Efforts(shown.Window, lives), v.Efforts(recent, lives), v.Efforts(baseline, lives))
	same("mix", m.Mix.Org, mixed.Org)
	same("mix of teams", m.Mix.Teams, mixed.Teams)
	pair := change.NewPair(flow.Analyse(past.Cut(baseline, was))[0], flow.Analyse(v.Cut(recent, lives))[0], batch.Analyse(past, baseline, was), batch.Analyse(v, recent, lives))
	same("tests", plain(m.Tests), plain(change.Tests(pair)))
	same("aging", m.Aging, flows[0].Aging(o.Org.At(until-1)))
	block := func(w work.Window) change.Block {
		x := flow.Analyse(year, v.Cut(w, lives))[1]
		return change.Block{{All: true}: {"F1": x.Cycle(&x.Org).Quantile(.5)}, {Team: o.Team("A")}: {"F5": x.Throughput(&x.Teams[o.Team("A")])}}
	}
	later := window(at, 4)
	same("outside", m.Out, change.Discussion(o.Org.Bands, block(window(later.From(), 4)), block(later)))

	tested := m.Tested()
	same("p of the claim", tested.Others[o.Team("A")], m.Indep.Teams[o.Team("A")].Claim.P)
	if len(tested.Others) != len(o.Teams) || !math.IsNaN(tested.Others[o.Team("B")]) || !reflect.DeepEqual(tested.Out, m.Out) {
		t.Errorf("%+v", tested)
	}

	// A brief moment has what a later scan compares itself with, and the rest not.
	brief := moment.At(o.Org, moment.Options{Until: until, Weeks: 20, Brief: true})
	same("brief: tests", plain(brief.Tests), plain(m.Tests))
	same("brief: claims", brief.Tested().Others, tested.Others)
	same("brief: outside", brief.Tested().Out, m.Out)
	same("brief: aging", brief.Aging, m.Aging)
	same("brief: weeks shown", brief.Shown.Throughput(&brief.Shown.Org), m.Shown.Throughput(&m.Shown.Org))
	if brief.Batch != nil || brief.Deps != nil || brief.Requests != nil || brief.Focus != nil || brief.Mix != nil || brief.Undeclared != nil || brief.TouchFree != nil || brief.Efforts != nil || brief.Homes != nil {
		t.Errorf("a brief moment has more: %+v", brief)
	}
	o.Org.Teams[o.Team("A")].Claims = false
	if brief := moment.At(o.Org, moment.Options{Until: until, Weeks: 20, Brief: true}); brief.Indep != nil || brief.YearDeps != nil {
		t.Error("nobody claims anything, and a brief moment looked at independence")
	}
}

// plain are tests as text, with what they need instead of where that stands.
func plain(tests []change.Test) string {
	var b strings.Builder
	for _, x := range tests {
		need := x.Needs
		x.Needs = nil
		fmt.Fprintf(&b, "%+v", x)
		if need != nil {
			fmt.Fprintf(&b, "%+v", *need)
		}
	}
	return b.String()
}

// A window has as many weeks as history holds, and one at least.
func TestWindowsOfShortHistories(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, "A-1 story: 9 created; 10 start; 12 done") // a Wednesday of the second week
	for _, c := range []struct {
		day   float64
		n     int
		weeks int
		from  float64
	}{{28, 52, 3, 7}, {28, 2, 2, 14}, {31, 52, 3, 7}, {14, 52, 1, 7}, {14, 1, 1, 7}, {7, 52, 1, 0}, {0, 4, 1, -7}} {
		w := moment.Window(o.Org, o.Day(c.day), c.n)
		if w.Weeks() != c.weeks || w.From() != o.Day(c.from) {
			t.Errorf("%d weeks before day %v: %d from %v, want %d from day %v", c.n, c.day, w.Weeks(), w.From(), c.weeks, c.from)
		}
	}
	if w := moment.Window(&work.Org{Zone: time.UTC}, o.Day(28), 26); w.Weeks() != 1 {
		t.Errorf("no items: %d weeks", w.Weeks())
	}
	// Moments of such days have no number without a reason, and none panics.
	for _, day := range []float64{0, 7, 9, 14, 21, 400} {
		m := moment.At(o.Org, moment.Options{Until: o.Day(day), Weeks: 26})
		for _, x := range m.Tests {
			if x.Eligible() || x.Why == "" {
				t.Errorf("day %v: %+v", day, x)
			}
		}
		if m.Focus.Why == "" || m.Fit.Why == "" {
			t.Errorf("day %v: %+v", day, m.Focus)
		}
	}
}

// Fewer than five people in teams: nothing is told that rests on what they did.
func TestFewPeopleAreNotToldOf(t *testing.T) {
	text := ""
	for n := range 30 {
		text += fmt.Sprintf("%s-%d story: 0 created; 1 start; %g comment 50 by ana; %g comment 50 by ben; %g comment 50 by cy; 9 done\n", [...]string{"A", "B"}[n%2], n+1, 2+float64(n)/40, 3+float64(n)/40, 4+float64(n)/40)
	}
	o := assembletest.Tell(t, assemble.Rules{}, text)
	for k, name := range []string{"ana", "ben", "cy"} {
		o.Org.Members = append(o.Org.Members, work.Membership{Person: o.Person(name), Team: o.Team([]string{"A", "A", "B"}[k]), Share: 1})
	}
	m := moment.At(o.Org, moment.Options{Until: o.Day(28), Weeks: 4})
	for name, e := range map[string]bool{"touch-free": m.TouchFree.Org.Known(), "undeclared": m.Undeclared.Org.Known(), "others": m.TouchFree.Others.Known() || m.Undeclared.Others.Known(), "a team": m.TouchFree.Teams[o.Team("A")].Known()} {
		if e {
			t.Errorf("%s is told of three people", name)
		}
	}
	if m.Focus.Why == "" || len(m.Undeclared.Pairs) > 0 {
		t.Errorf("%+v %+v", m.Focus, m.Undeclared)
	}
}
