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
	if got.Open != 4 || got.Left != 0 || got.Unknown != 0 || got.Why != "" {
		t.Errorf("open %d, left %d, unknown %d, why %q", got.Open, got.Left, got.Unknown, got.Why)
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
	if want := "A-903 of A 16>4 by 0"; o.old(got) != want || got.Left != 2 || got.Open != 4 {
		t.Errorf("%s, left %d, open %d; want %s, 2 and 4", o.old(got), got.Left, got.Open, want)
	}
}

func TestAgingTellsWhatItCannot(t *testing.T) {
	o := tell(t, typical("A", "story", 1, 9, 0)+"A-901 story: 0 created; 40 start\n") // nine exits are too few
	a := o.analyse(56, 4)
	if got := a.Aging(o.Org.At(o.Day(58))); got.Unknown != 1 || len(got.Old) != 0 || got.Open != 1 {
		t.Errorf("aging %+v", got)
	}
	o = tell(t, many("A", "story", 20, "0 created; 3%d done")+"A-901 story: 0 created; 40 start\n")
	a = o.analyse(56, 4)
	if got := a.Aging(o.Org.At(o.Day(58))); got.Why != whyNoStart || len(got.Old) != 0 || got.Open != 1 {
		t.Errorf("aging %+v", got)
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
