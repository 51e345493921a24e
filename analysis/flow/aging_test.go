package flow

import (
	"fmt"
	"strings"
	"testing"
)

// typical tells n finished items of a project and type, of which all but late
// took 4 days and the late ones 9; keys begin at from.
func typical(project, typ string, from, n, late int) string {
	var b strings.Builder
	for i := range n {
		end := 34 + i%7 // no two begin and end alike for long: no bulk edit
		took := 4
		if i < late {
			took = 9
		}
		fmt.Fprintf(&b, "%s-%d %s: 0 created; %d start; %d done\n", project, from+i, typ, end-took+5, end+5)
	}
	return b.String()
}

func (o told) old(list Aging) string {
	var out []string
	for _, x := range list.Old {
		waits := ""
		for _, l := range x.Waits {
			to := "outside"
			if int(l.To) < o.Items.Len() {
				to = o.Items.Key[l.To]
			}
			waits += " on " + to
		}
		out = append(out, fmt.Sprintf("%s of %s %g>%g by %d%s", o.Items.Key[x.Item], o.Org.Teams[x.Team].Name, x.Age, x.Usual.Value, x.Basis, waits))
	}
	return strings.Join(out, "; ")
}

// of returns what came of comparing a team's items.
func (o told) of(list Aging, team string) Compared {
	o.T.Helper()
	return list.Teams[o.Team(team)]
}

// A's stories: 17 of 20 took 4 days and 3 took 9. On day 56 four more are open,
// 6, 9, 10 and 30 days old; the oldest was begun on day 26, two days before the
// window, and is followed from the age of 2 on. By hand:
//
//	at age 4 at risk: 20 + 4 = 24, so S = 7/24
//	at age 9 at risk:  3 + 3 =  6, so S = 7/24 · 3/6 = .146 <= .15: P85 is 9 days
//
// Of the four, two are older than that; as old is not older.
func TestAgingByTheTeamsOwnType(t *testing.T) {
	o := tell(t, typical("A", "story", 1, 20, 3)+`
A-101 story: 0 created; 50 start
A-102 story: 0 created; 46 start
A-103 story: 0 created; 26 start
A-104 story: 0 created
A-105 story: 0 created; 47 start
`)
	a := o.analyse(56, 4)
	got := a.Aging(o.Org.At(o.Day(57)))
	if want := "A-103 of A 30>9 by 0; A-102 of A 10>9 by 0"; o.old(got) != want {
		t.Errorf("%s\nwant %s", o.old(got), want)
	}
	if c := got.compared(); c.Open != 4 || c.Left != 0 || len(c.Unknown) != 0 || got.Why != "" || got.Comparable != 4 || got.Older != 2 {
		t.Errorf("compared %+v, %+v", c, got)
	}
}

// B has too few stories to know what is usual, and enough items; C has too few
// of anything and is compared with the organisation; bugs of A are its own.
func TestAgingFallsBack(t *testing.T) {
	o := tell(t, typical("A", "story", 1, 40, 0)+typical("A", "bug", 51, 40, 40)+
		typical("B", "story", 1, 5, 0)+typical("B", "task", 51, 40, 40)+
		`A-901 story: 0 created; 51 start
A-902 bug: 0 created; 51 start
A-903 bug: 0 created; 40 start
B-901 story: 0 created; 49 start
B-902 story: 0 created; 30 start
C-901 story: 0 created; 49 start
C-902 story: 0 created; 36 start
`)
	a := o.analyse(56, 4)
	// A's stories took 4 days, its bugs 9; of B's 45 items 5 took 4 and 40 took
	// 9 days: P85 is 9; of all 125, 45 took 4 and 80 took 9.
	got := a.Aging(o.Org.At(o.Day(56)))
	if want := "B-902 of B 26>9 by 1; C-902 of C 20>9 by 2; A-903 of A 16>9 by 0; A-901 of A 5>4 by 0"; o.old(got) != want {
		t.Errorf("%s\nwant %s", o.old(got), want)
	}
}

// What has left since the end of the last week is not aged; it is counted.
func TestAgingLeavesOutWhatHasLeftSince(t *testing.T) {
	o := tell(t, typical("A", "story", 1, 40, 0)+`
A-901 story: 0 created; 40 start; 57 done
A-902 story: 0 created; 40 start; 57 drop
A-903 story: 0 created; 40 start; 59 done
A-904 story: 0 created; 55 start; 57 done
`)
	a := o.analyse(56, 4)
	got := a.Aging(o.Org.At(o.Day(58)))
	c := got.compared()
	if want := "A-903 of A 16>4 by 0"; o.old(got) != want || c.Left != 2 || c.Open != 4 {
		t.Errorf("%s, left %d, open %d; want %s, 2 and 4", o.old(got), c.Left, c.Open, want)
	}
	if got.Comparable != 4 || got.Older != 3 { // gone since or not, they were old then
		t.Errorf("%d of %d are older, want 3 of 4", got.Older, got.Comparable)
	}
}

func TestAgingTellsWhatItCannot(t *testing.T) {
	o := tell(t, typical("A", "story", 1, 9, 0)+"A-901 story: 0 created; 40 start\n") // nine exits are too few
	a := o.analyse(56, 4)
	got := a.Aging(o.Org.At(o.Day(58)))
	if c := got.compared(); c.Unknown["fewer than 10 events"] != 1 || len(c.Unknown) != 1 || len(got.Old) != 0 || c.Open != 1 || got.Comparable != 0 {
		t.Errorf("aging %+v", got)
	}
	if got.AnyTeam != "fewer than 10 events" {
		t.Errorf("the organisation does not tell because %q", got.AnyTeam)
	}
	// A third of A's items never ends, so that 85 % of them never leave.
	o = tell(t, typical("A", "story", 1, 20, 0)+numbered(500, many("A", "task", 10, "0 created; 30 start")))
	a = o.analyse(56, 4)
	got = a.Aging(o.Org.At(o.Day(58)))
	const never = "more than 15 % are still open at every age that was seen"
	if c := got.compared(); c.Unknown[never] != 10 || len(c.Unknown) != 1 || c.Open != 10 || got.AnyTeam != never {
		t.Errorf("aging %+v", got)
	}
	o = tell(t, many("A", "story", 20, "0 created; 3%d done")+"A-901 story: 0 created; 40 start\n")
	a = o.analyse(56, 4)
	got = a.Aging(o.Org.At(o.Day(58)))
	if want := "over 4 weeks " + whyNoStart; got.Why != want || o.of(got, "A").Why != want || len(got.Old) != 0 || o.of(got, "A").Open != 1 {
		t.Errorf("aging %+v", got)
	}
}

// A's starts are known and B's are not: A's old item is listed, and B's is not
// told. For the organisation 20 of 40 starts are known, which is too few.
func TestAgingIsJudgedTeamByTeam(t *testing.T) {
	o := tell(t, typical("A", "story", 1, 20, 0)+"A-901 story: 0 created; 40 start\n"+
		many("B", "story", 20, "0 created; 40.%d done")+"B-901 story: 0 created; 40 start\n")
	a := o.analyse(56, 4)
	got := a.Aging(o.Org.At(o.Day(58)))
	if want := "A-901 of A 16>4 by 0"; o.old(got) != want {
		t.Errorf("%s\nwant %s", o.old(got), want)
	}
	if got.Why == "" || o.of(got, "A").Why != "" || o.of(got, "B").Why == "" || a.WIPNow(&a.Org).Why != got.Why {
		t.Errorf("aging %+v", got)
	}
}

// In A an assignment is no start, in B there is nothing better. Of B's two open
// items only the one that was started is in progress for the organisation, 36 of
// whose 40 starts are strong.
func TestAgingOfTheOrganisationCountsItsStarts(t *testing.T) {
	o := tell(t, typical("A", "story", 1, 45, 0)+"A-901 story: 0 created; 20 assign ana\nA-902 story: 0 created; 40 start\n"+
		many("B", "story", 12, "0 created; 3%d assign bo; 5%d done")+"B-901 story: 0 created; 10 assign bo\nB-902 story: 0 created; 12 start\n")
	a := o.analyse(70, 4)
	got := a.Aging(o.Org.At(o.Day(70)))
	if o.of(got, "A").Open != 1 || o.of(got, "B").Open != 2 || got.Comparable != 2 || got.Older != 2 || len(got.Old) != 3 {
		t.Errorf("aging %+v", got)
	}
	if n := a.WIPNow(&a.Org); n.Value != 2 {
		t.Errorf("in progress %v, want as many as can be compared", n.Value)
	}
	for _, x := range got.Old {
		if weak := o.Items.Key[x.Item] == "B-901"; (x.Weak == WeakToo) != weak || x.Weak.Weak() != weak {
			t.Errorf("%s counts by rule %d", o.Items.Key[x.Item], x.Weak)
		}
	}
}

// An old item waits for what it depends on, if that is open and another
// team's, or nobody knows whose.
func TestAgingTellsOnWhomItWaits(t *testing.T) {
	o := tell(t, typical("A", "story", 1, 40, 0)+`
A-901 story: 0 created; 30 start; 31 blocked by B-1; 31 blocked by B-2; 31 blocked by A-902; 31 blocked by X-1; 31 blocks B-3; 31 relates to B-3; 31 blocked by B-4; 32 unlink B-4
A-902 story: 0 created
B-1 story: 0 created; 40 start
B-2 story: 0 created; 40 start; 57 done
B-3 story: 0 created
B-4 story: 0 created
`)
	a := o.analyse(56, 4)
	if got, want := o.old(a.Aging(o.Org.At(o.Day(58)))), "A-901 of A 26>4 by 0 on B-1 on outside; B-1 of B 16>4 by 2"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
