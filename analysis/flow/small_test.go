package flow

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/batch"
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// planned gives an organisation sprints, releases and reorganisations made up of
// its own items and the window: some end before they begin, begin at no time, or
// fall on the window's bounds.
func planned(o *work.Org, w work.Window) {
	from, to := w.From(), w.To()
	o.Sprints = []work.Sprint{{Start: from, End: to - 1}, {End: from}, {Start: to, End: from + fact.Day}, {}}
	o.Releases = []work.Release{{}, {Released: from}, {Released: to}}
	o.InSprints, o.InReleases, o.Reorganised = nil, nil, nil
	for i := range work.ItemID(o.Items.Len()) {
		in := work.Within{Item: i, In: uint32(i) % 4, From: o.Items.Created[i]}
		o.InSprints = append(o.InSprints, in)
		in.From, in.To = in.From+fact.Day, in.From+20*fact.Day
		o.InSprints = append(o.InSprints, in)
		o.InReleases = append(o.InReleases, work.Within{Item: i, In: uint32(i) % 3, From: o.Items.Created[i]})
	}
	for t := range o.Teams {
		if t%2 == 1 {
			at := from + fact.Instant(t)*fact.Day
			o.Reorganised = append(o.Reorganised, work.Reorganisation{At: at, Teams: []work.TeamID{work.TeamID(t)}})
		}
	}
}

// sane looks for what no measure may be, whatever the organisation.
func sane(t *testing.T, a *Analysis) {
	t.Helper()
	is := func(name string, e stats.Estimate, low, high float64) {
		t.Helper()
		switch {
		case !e.Known():
			if e.Why == "" || !math.IsNaN(e.Low) || !math.IsNaN(e.High) {
				t.Errorf("%s: %+v", name, e)
			}
		case e.Value < low || e.Value > high || math.IsInf(e.Value, 0) || e.Bounded() && (e.Low > e.Value || e.High < e.Value), e.N < 0, !e.Bounded() && e.Why == "":
			t.Errorf("%s: %+v", name, e)
		}
	}
	inf := math.Inf(1)
	efficiency, teamEfficiency := a.Efficiency()
	load := a.Load(a.View.Homes())
	promises, teamPromises := a.Promises(batch.All(a.View, a.Lives))
	sprints, teamSprints := a.Sprints()
	weeks, teamWeeks := a.Weeks()
	is("load of others", load.Others, 0, inf)
	for n := range len(a.Teams) + 1 {
		s, eff, ld, pr, sp, wk := &a.Org, efficiency, load.Org, promises, sprints, weeks
		if n > 0 {
			s, eff, ld, pr, sp, wk = &a.Teams[n-1], teamEfficiency[n-1], load.Teams[n-1], teamPromises[n-1], teamSprints[n-1], teamWeeks[n-1]
		}
		is("efficiency", eff, 0, 1)
		is("load", ld, 0, inf)
		is("promised", pr.Open, 0, inf)
		is("overdue", pr.Overdue, 0, inf)
		is("carried over", sp.Carry, 0, 1)
		is("added", sp.Added, 0, 1)
		if pr.Overdue.Known() && (pr.Overdue.Value > float64(pr.Overdue.N) || pr.Open.Value > float64(pr.Open.N)) {
			t.Errorf("promises %+v", pr)
		}
		l := a.Little(s)
		is("rho", l.Rho, 0, inf)
		finish, drop := a.Outcomes(s)
		is("finish", finish.Quantile(0.5), 0, inf)
		is("drop", drop.Quantile(0.5), 0, inf)
		is("drops", a.Drops(s), 0, inf)
		q := a.Quality(s)
		is("paused", q.Paused, 0, 1)
		is("rework", q.Rework, 0, inf)
		if len(wk.Weeks) != s.Window.Weeks() || wk.Known > len(wk.Weeks) || wk.Known < 0 {
			t.Errorf("%d weeks, %d known, of %d", len(wk.Weeks), wk.Known, s.Window.Weeks())
		}
		var time fact.Instant
		for k, w := range wk.Weeks {
			time += w.Time
			if min(w.Created, w.Started, w.Finished, w.Dropped, w.InProgress) < 0 || w.Time < 0 || !(wk.WIP(k) >= 0) {
				t.Errorf("week %+v", w)
			}
		}
		progress := s.Progress
		if !a.stock(s).rule.Weak() {
			progress -= s.WeakProgress
		}
		if time != progress {
			t.Errorf("the weeks hold %d ms in progress, the slice %d", time, progress)
		}
		net := wk.Net()
		is("net flow", net.PerWeek, -inf, inf)
		if math.IsNaN(net.P) == (net.Why == "") || net.P < 0 || net.P > 1 {
			t.Errorf("net flow %+v", net)
		}
		if finish.Exits()+drop.Exits() != a.Cycle(s).Exits() {
			t.Errorf("%d finished and %d dropped make %d exits", finish.Exits(), drop.Exits(), a.Cycle(s).Exits())
		}
	}
}

// saneBothWays checks an organisation as it is, and with plans and
// reorganisations of all sorts.
func saneBothWays(t *testing.T, c *work.Cut) {
	t.Helper()
	sane(t, Analyse(c)[0])
	planned(c.View.Org, c.Window)
	sane(t, Analyse(c.View.Cut(c.Window, c.Lives))[0])
}

func TestSmallAndBrokenOrganisations(t *testing.T) {
	for name, text := range map[string]string{
		"one item":              "A-1 story: 0 created",
		"one item that left":    "A-1 story: 0 created; 30 start; 40 done",
		"nothing yet":           "A-1 story: 90 created",
		"everything open":       many("A", "story", 30, "0 created; 30 start by p%d"),
		"everything dropped":    many("A", "story", 30, "0 created; 30 start by p%d; 40 drop"),
		"all at one instant":    many("A", "story", 30, "30 created; 30 start by ana; 30 wait; 30 start; 30 done by ana"),
		"no time at all":        many("A", "story", 30, "0 created; 30 start by p%d; 30 done"),
		"as the window ends":    many("A", "story", 30, "0 created; 55.99999999 start by p%d; 55.99999999 done"),
		"teams of one":          strings.ReplaceAll(many("A", "story", 9, "0 created; 30 start by p%d; 4%d done by p%d"), "A-", "T%A-"),
		"a circle of parents":   "A-1 story in A-2: 0 created; 30 start; 40 done\nA-2 story in A-3: 0 created; 30 start; 31 flag\nA-3 story in A-1: 0 created; 30 wait",
		"a link to itself":      "A-1 story: 0 created; 30 start; 31 blocked by A-1; 40 done",
		"flags and no statuses": "A-1 story: 0 created; 30 flag; 31 unflag; 32 flag\nA-2 story: 0 created; 30 flag; 40 done",
	} {
		for k := range 9 {
			text = strings.Replace(text, "T%A", "T"+string(rune('A'+k)), 1)
		}
		o := tell(t, text)
		t.Run(name, func(t *testing.T) { saneBothWays(t, o.Cut(56, 4)) })
	}
	t.Run("no items", func(t *testing.T) {
		o := tell(t, "A-1 story: 0 created")
		o.Told = o.With(nil)
		saneBothWays(t, o.Cut(56, 4))
	})
	t.Run("a clock that runs backwards", func(t *testing.T) {
		o := tell(t, many("A", "story", 12, "10 created; 20 start by p%d; 25 wait by p%d; 30 start; 40 done by p%d"))
		records := o.Facts()
		for n, r := range records {
			slices.Reverse(r.Changes)
			for k := range r.Changes {
				r.Changes[k].At -= fact.Instant(n*k) * fact.Day
			}
		}
		saneBothWays(t, o.With(records).Cut(56, 4))
	})
	t.Run("no week", func(t *testing.T) {
		o := tell(t, "A-1 story: 0 created; 30 start; 40 done")
		w := work.LastWeeks(o.Day(56), 0, time.UTC)
		v := o.Org.At(w.To() - 1)
		sane(t, Analyse(v.Cut(w, v.Lives()))[0])
	})
	t.Run("the slice of nothing", func(t *testing.T) {
		a := tell(t, "A-1 story: 0 created").analyse(56, 4)
		s := &work.Slice{}
		if a.Cycle(s).Quantile(0.5).Known() || a.WIP(s).Known() || a.Throughput(s).Known() || a.Little(s).Rho.Known() || a.Lead(s, 0.5).Known() {
			t.Error("the slice of nothing has a value")
		}
	})
}

// Ten thousand teams of one person and one item each: nothing is told of any, and
// the work grows with the items.
func TestTenThousandTeams(t *testing.T) {
	if testing.Short() {
		t.Skip("assembles ten thousand teams")
	}
	var b strings.Builder
	for k := range 10_000 {
		b.WriteString(strings.ReplaceAll("A-1 story: 0 created; 30 start by pA-1; 40 done\n", "A-1", key(k)))
	}
	o := tell(t, b.String())
	a := o.analyse(56, 4)
	begin := time.Now()
	sane(t, a)
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

// key is the key of the only item of a project.
func key(k int) string {
	letters := ""
	for range 4 {
		letters += string(rune('A' + k%26))
		k /= 26
	}
	return "T" + letters + "-1"
}
