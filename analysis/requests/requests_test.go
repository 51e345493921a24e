package requests

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

type told struct{ assembletest.Told }

// crews tells who belongs to which project. Everybody did something there on
// days 1 and 20, so that people are counted, and is a member from the start.
var crews = map[string][]string{
	"A": {"ana", "abe", "ada", "aki", "asa"},
	"B": {"ben", "bea", "bob", "bo", "bix"},
	"C": {"cy", "cat"},
	"D": {"dee", "dan", "dot", "don"},
}

func tell(t testing.TB, story string, teams ...string) told {
	t.Helper()
	var b strings.Builder
	if len(teams) == 0 {
		teams = []string{"A", "B"}
	}
	for _, team := range teams {
		fmt.Fprintf(&b, "%s-900 story: 0 created", team)
		for _, p := range crews[team] {
			fmt.Fprintf(&b, "; 1 comment 50 by %s; 20 comment 50 by %s", p, p)
		}
		b.WriteString("\n")
	}
	o := told{assembletest.Tell(t, assemble.Rules{}, b.String()+story)}
	for _, team := range teams {
		for _, p := range crews[team] {
			o.Org.Members = append(o.Org.Members, work.Membership{Person: o.Person(p), Team: o.Team(team), Share: 1})
		}
	}
	slices.SortFunc(o.Org.Members, func(x, y work.Membership) int { return int(x.Person) - int(y.Person) })
	return o
}

func (o told) analyse(day float64, weeks int) *Analysis {
	c := o.Cut(day, weeks)
	return Analyse(c, c.View.Homes(), nil)
}

func (o told) list(a *Analysis) string {
	var out []string
	day := func(at fact.Instant) string {
		if at == 0 {
			return "-"
		}
		return fmt.Sprintf("%g", fact.Days(o.Origin, at))
	}
	for _, r := range a.Requests {
		text := fmt.Sprintf("%s %s>%s %s/%s/%s", o.Items.Key[r.Item], o.Org.Teams[r.Asking].Name, o.Org.Teams[r.Receiving].Name, day(r.Started), day(r.Answered), day(r.Ended))
		if r.Dropped {
			text += " dropped"
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// The clauses of the package's comment and of Request, one by one: when it was
// started, answered and ended. The window is days 0 to 28.
func TestWhatIsARequest(t *testing.T) {
	for _, c := range []struct{ name, story, want string }{
		{"of another team's", "B-1 story: 2 created by ana", "B-1 A>B -/-/-"},
		{"of one's own", "A-1 story: 2 created by ana", ""},
		{"by nobody who is told", "B-1 story: 2 created", ""},
		{"by somebody without a home", "B-1 story: 2 created by zoe", ""},
		{"no item", "B-1 epic: 2 created by ana\nB-2 sub-task in B-3: 2 created by ana\nB-3 story: 2 created by ben", ""},
		{"moved to another team: that one received it", "A-1 story: 2 created by ana; 5 move B-1", "B-1 A>B -/-/-"},
		{"begun", "B-1 story: 2 created by ana; 8 start by ben", "B-1 A>B 8/8/-"},
		{"begun by the asking team", "B-1 story: 2 created by ana; 8 start by abe", "B-1 A>B 8/-/-"},
		{"a comment, and done", "B-1 story: 2 created by ana; 4 comment 10 by ben; 8 start by bob; 9 done by bob", "B-1 A>B 8/4/9"},
		{"a comment of its own team's", "B-1 story: 2 created by ana; 4 comment 10 by abe; 5 comment 10 by ana", "B-1 A>B -/-/-"},
		{"an edit is no response", "B-1 story: 2 created by ana; 4 label +x by ben; 6 assign bob by ben", "B-1 A>B 6/6/-"},
		{"dropped by whom it may", "B-1 story: 2 created by ana; 9 drop by abe", "B-1 A>B 9/9/9 dropped"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, c.story)
			got := o.list(o.analyse(28, 4))
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// What is left out is counted, and what a configuration keeps out is not even
// that. Items of before the window are requests while they are open.
func TestLeftOut(t *testing.T) {
	o := tell(t, `
B-1 story: 10 created by zoe
B-2 story: 10 created
B-3 story: 10 created by ana
B-4 story: 5 created by ana
B-5 story: 5 created by ana; 6 drop
B-6 story: 5 created by zoe`)
	o.Org.NotRequested = map[work.ItemID]bool{}
	for i, k := range o.Items.Key {
		o.Org.NotRequested[work.ItemID(i)] = k == "B-3"
	}
	a := o.analyse(28, 3)
	if got := o.list(a); got != "B-4 A>B -/-/-" || a.Homeless != 1 || a.Unknown != 1 || a.Unowned != 0 {
		t.Errorf("%s; %d homeless, %d unknown, %d unowned", got, a.Homeless, a.Unknown, a.Unowned)
	}
	if r := a.Org(); r.Asked != 0 || r.Open.N != 1 || r.Open.Value != fact.Days(o.Day(5), o.Day(28)) || r.Wait.Why != none || r.Quiet.Why != none || r.Declined.Why != none {
		t.Errorf("%+v", r)
	}
}

// A home that only events tell: five of them, and those on the item itself do
// not count.
func TestHomesOfEvents(t *testing.T) {
	events := func(n int) string { return strings.Repeat("; 2 comment 50 by zoe", n) }
	for n, want := range map[int]string{4: "", 5: "B-1 A>B -/-/-"} {
		o := tell(t, "B-1 story: 10 created by zoe"+strings.ReplaceAll(events(9), "2 comm", "11 comm")+"\nA-1 story: 0 created"+events(n))
		if got := o.list(o.analyse(28, 4)); got != want {
			t.Errorf("%d events: %s, want %s", n, got, want)
		}
	}
}

// What was asked before a team was reorganised is in no row that names the team.
func TestReorganised(t *testing.T) {
	o := tell(t, "B-1 story: 10 created by ana\nB-2 story: 15 created by ana\nA-1 story: 10 created by ben")
	o.Org.Reorganised = []work.Reorganisation{{At: o.Day(14), Teams: []work.TeamID{o.Team("B")}}}
	a := o.analyse(28, 4)
	var rows []string
	for _, r := range append(a.Receivers(), a.Pairs()...) {
		asking := "all"
		if r.Asking >= 0 {
			asking = o.Org.Teams[a.Groups[r.Asking].Teams[0]].Name
		}
		rows = append(rows, fmt.Sprintf("%s>%s %d", asking, o.Org.Teams[a.Groups[r.Receiving].Teams[0]].Name, r.Asked))
	}
	if got := strings.Join(rows, ", "); got != "all>A 1, all>B 1, A>B 1" || a.Org().Asked != 3 {
		t.Errorf("%s; %d in all", got, a.Org().Asked)
	}
}

// asks tells n requests of A to B in singletons, each begun so many days after
// its creation and answered so many.
func asks(n int, line func(k int) string) string {
	var b strings.Builder
	for k := range n {
		fmt.Fprintf(&b, "B-%d story: %s\n", k+1, line(k))
	}
	return b.String()
}

// Requests created on day 1; waits of 1 to 20 days, and 10 that wait on day 28.
// The curve falls by 1/30 a day: the median is on day 15. Answers come a day
// before the start, of the first ten; the others get none.
func TestRow(t *testing.T) {
	o := tell(t, asks(30, func(k int) string {
		switch {
		case k < 10:
			return fmt.Sprintf("1 created by ana; %g comment 9 by ben; %d start by abe", 1.5+float64(k), k+2)
		case k < 20:
			return fmt.Sprintf("1 created by ana; %d start by abe", k+2)
		}
		return "1 created by ana"
	}))
	a := o.analyse(28, 4)
	row := a.Org()
	o.Value("wait", row.Wait, 15, 20)
	o.Value("open", row.Open, 27, 30) // none has ended
	o.Value("quiet", row.Quiet, 20.0/30, 30)
	o.Unknown("declined", row.Declined, 0, "no request ended")
	if row.Asked != 30 || row.Response.N != 10 || row.Response.Known() {
		t.Errorf("asked %d, response %+v", row.Asked, row.Response)
	}
	// 30 items without a batch are 30 clusters of one.
	clusters := slices.Concat(slices.Repeat([]stats.Cluster{{N: 1}}, 10), slices.Repeat([]stats.Cluster{{N: 1, Hits: 1}}, 20))
	if s := stats.ClusteredShare(clusters); row.Quiet.Low != s.Low || row.Quiet.High != s.High {
		t.Errorf("quiet [%v, %v], want [%v, %v]", row.Quiet.Low, row.Quiet.High, s.Low, s.High)
	}
	receivers, pairs := a.Receivers(), a.Pairs()
	if len(receivers) != 1 || len(pairs) != 1 || receivers[0].Asked != 30 || a.Groups[pairs[0].Asking].Teams[0] != o.Team("A") || a.Groups[pairs[0].Receiving].Teams[0] != o.Team("B") {
		t.Errorf("receivers %+v, pairs %+v of %+v", receivers, pairs, a.Groups)
	}
}

// Shares go by batches; 14 days are over in the instant, and an exit answers.
func TestShares(t *testing.T) {
	o := tell(t, `E-1 epic: 0 created
B-1 story in E-1: 14 created by ana
B-2 story in E-1: 14.5 created by ana
B-3 story in E-1: 1 created by ana; 15 drop by ada
B-4 story: 1 created by ana; 16 drop by ada
B-5 story: 1 created by ana; 14.9 done by zoe`)
	row := o.analyse(28, 4).Org()
	o.Value("quiet", row.Quiet, 2.0/4, 4) // B-1, of which they are over as the window ends, and B-4
	o.Value("declined", row.Declined, 2.0/3, 3)
	if row.Quiet.Why != "an interval needs 20 batches or items without one" || math.Abs(row.Quiet.Coverage-4.0/5) > 1e-12 {
		t.Errorf("%+v", row.Quiet)
	}
}

// Small teams are told together: C and D of two and four people. No row is of one
// of them, and no difference of rows.
func TestSmallTeamsAreToldTogether(t *testing.T) {
	o := tell(t, `
C-1 story: 2 created by ana
D-1 story: 2 created by ana
D-2 story: 2 created by cy
A-1 story: 2 created by dee
A-2 story: 2 created by cat
B-1 story: 2 created by ana`, "A", "B", "C", "D")
	a := o.analyse(28, 4)
	var got []string
	name := func(g int) string {
		if g < 0 {
			return "all"
		}
		if a.Groups[g].Others() {
			return fmt.Sprintf("others(%d)", a.Groups[g].People)
		}
		return o.Org.Teams[a.Groups[g].Teams[0]].Name
	}
	for _, r := range append(a.Receivers(), a.Pairs()...) {
		got = append(got, fmt.Sprintf("%s>%s %d", name(r.Asking), name(r.Receiving), r.Asked))
	}
	want := "all>A 2; all>B 1; all>others(6) 3; A>B 1; A>others(6) 2; others(6)>A 2; others(6)>others(6) 1"
	if strings.Join(got, "; ") != want {
		t.Errorf("%s\nwant %s", strings.Join(got, "; "), want)
	}
	// C alone is small: the next one joins it, A by its first item, and B is told.
	o = tell(t, "C-1 story: 2 created by ana", "A", "B", "C")
	a = o.analyse(28, 4)
	if rows := a.Pairs(); len(a.Groups) != 1 || len(rows) != 1 || a.Groups[0].People != 7 {
		t.Errorf("%+v of %+v", rows, a.Groups)
	}
	// Too few people in all.
	o = tell(t, "C-1 story: 2 created by cy\nD-1 story: 2 created by cy", "C")
	a = o.analyse(28, 4)
	if row := a.Org(); a.Why != "fewer than 5 people are known to belong to a team" || len(a.Pairs())+len(a.Receivers()) > 0 || row.Asked != 0 || row.Wait.Why != a.Why {
		t.Errorf("%+v", a)
	}
}

// A team to which nobody is known to belong answers nothing, and its silence is
// not the organisation's: all 30 requests to B are quiet, C's is left out.
func TestTeamOfNobody(t *testing.T) {
	o := tell(t, asks(30, func(k int) string { return "1 created by ana" })+"C-1 story: 1 created by ana")
	a := o.analyse(28, 4)
	for _, r := range a.Receivers() {
		if nobody := a.Groups[r.Receiving].Teams[0] == o.Team("C"); nobody != (r.Quiet.Why == unanswerable && r.Response.Why == unanswerable) {
			t.Errorf("%+v", r)
		}
	}
	if org := a.Org(); org.Asked != 31 || org.Quiet.N != 30 || org.Quiet.Value != 1 || math.Abs(org.Quiet.Coverage-30.0/31) > 1e-12 {
		t.Errorf("organisation %+v", org)
	}
}

// Without histories only what still waits is known to wait: a median of these, and
// their silence, would be those of what was never done.
func TestRequestsWithoutHistory(t *testing.T) {
	o := tell(t, asks(30, func(k int) string { return "1 created by ana; 3 done by ben" })+"B-500 story: 1 created by ana")
	for i := range o.Items.History {
		o.Items.History[i] = fact.NoHistory
	}
	org := o.analyse(28, 4).Org()
	if org.Asked != 31 || org.Wait.Why != noHistory || org.Quiet.Why != unanswerable || org.Response.Why != unanswerable {
		t.Errorf("%+v", org)
	}
	if org.Declined.N != 30 || org.Open.N != 1 {
		t.Errorf("%+v", org)
	}
}

// Whatever the sizes of teams, receivers and pairs add up to the organisation, and
// no row is of a team of one to four people.
func TestRowsAddUp(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 9))
		teams := []string{"A", "B", "C", "D"}[:2+r.IntN(3)]
		var b strings.Builder
		for k := range 30 {
			crew := crews[teams[r.IntN(len(teams))]]
			fmt.Fprintf(&b, "%s-%d story: %d created by %s\n", teams[r.IntN(len(teams))], k+1, 2+r.IntN(20), crew[r.IntN(len(crew))])
		}
		a := tell(t, b.String(), teams...).analyse(28, 4)
		for _, rows := range [][]Row{a.Receivers(), a.Pairs()} {
			asked, open := 0, 0
			for _, row := range rows {
				asked, open = asked+row.Asked, open+row.Open.N
				for _, g := range []int{row.Asking, row.Receiving} {
					if g >= 0 && a.Groups[g].People > 0 && a.Groups[g].People < work.LeastPeople {
						t.Fatalf("seed %d: a row of %+v", seed, a.Groups[g])
					}
				}
			}
			if org := a.Org(); asked != org.Asked || open != org.Open.N || asked != len(a.Requests) {
				t.Fatalf("seed %d: rows %d, organisation %d of %d", seed, asked, org.Asked, len(a.Requests))
			}
		}
	}
}

// FuzzAnalyse looks for what no requests may be, whatever the story.
func FuzzAnalyse(f *testing.F) {
	f.Add("A-1 story: 0 created by ana; 1 comment 50 by ana; 1 comment 50 by ana; 2 comment 50 by ana; 3 comment 50 by ana\nB-1 story: 5 created by ana; 6 assign bo by bo; 9 drop", 14.0)
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		a := Analyse(c, c.View.Homes(), nil)
		asked := 0
		for _, r := range append(a.Receivers(), a.Org()) {
			for _, e := range []stats.Estimate{r.Wait, r.Open, r.Response, r.Quiet, r.Declined} {
				bad := e.Known() && !(e.Value >= 0) || e.Low > e.Value || e.High < e.Value
				if bad || e.Why == "" && !e.Bounded() {
					t.Errorf("%+v", e)
				}
			}
			asked += r.Asked
		}
		if a.Why == "" && asked != 2*a.Org().Asked {
			t.Errorf("%d asked of receivers and in all, %d in all", asked, a.Org().Asked)
		}
		for _, r := range a.Requests {
			if r.Asking == r.Receiving || r.Asking <= work.Several || r.Receiving <= work.Several {
				t.Errorf("%+v", r)
			}
		}
	})
}

// A7: "first response (comment, assignment, transition or link by the receiving team)".
func TestALinkIsAResponse(t *testing.T) {
	o := tell(t, "B-1 story: 1 created by ana; 3 relates to B-900 by ben")
	a := o.analyse(28, 4)
	i := slices.IndexFunc(a.Requests, func(r Request) bool { return o.Items.Key[r.Item] == "B-1" })
	if i < 0 {
		t.Fatal("no request")
	}
	if got := a.Requests[i].Answered; got != o.Day(3) {
		t.Errorf("ben of B linked the request on day 3; answered at %v, want %v", got, o.Day(3))
	}
}
