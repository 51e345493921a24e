package deps

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
)

// year is an organisation of two teams, A and B, of which items depend on each
// other, some at their start, are promised for days and get stuck.
func year(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 10))
	var b strings.Builder
	for e := range 20 {
		fmt.Fprintf(&b, "E-%d epic: 0 created\n", e+1)
	}
	for i := range 400 {
		team, other := "A", "B"
		if i%3 == 0 {
			team, other = other, team
		}
		start, takes := 1+r.IntN(300), 1+r.IntN(40)
		fmt.Fprintf(&b, "%s-%d story in E-%d: 0 created", team, i+1, 1+r.IntN(20))
		if r.IntN(3) == 0 {
			fmt.Fprintf(&b, "; 0 blocked by %s-9999", other)
		}
		fmt.Fprintf(&b, "; %d start; %d flag; %d unflag; %d done\n", start, start+takes/3, start+takes/2, start+takes)
	}
	return b.String() + "A-9999 story: 0 created\nB-9999 story: 0 created\n"
}

func numbers(t *testing.T, text string, names ...string) string {
	o := assembletest.Tell(t, assemble.Rules{}, text)
	c := o.Cut(364, 52)
	org, teams := Taxes(c, nil)
	a, blocked := Analyse(c), Block(c, nil)
	g, h := a.Graph(), a.Hub()
	out := fmt.Sprint(org, blocked.Org, g.Cost, g.Largest, h.Share, h.P, PowerChart(c, nil))
	for _, name := range names {
		team := o.Team(name)
		out += fmt.Sprint("\n", teams[team], blocked.Teams[team], a.Team(team))
	}
	return out
}

// Names and dates decide nothing: another name of a team, though it changes the
// order of the teams, and everything eight weeks later, leave every number.
func TestNamesAndDatesDecideNothing(t *testing.T) {
	text := year(1)
	want := numbers(t, text, "A", "B")
	if strings.Contains(want, "it needs 30") {
		t.Fatal(want)
	}
	if got := numbers(t, "origin 2025-03-03\n"+text, "A", "B"); got != want {
		t.Errorf("eight weeks later\n%s\nwant\n%s", got, want)
	}
	if got := numbers(t, strings.ReplaceAll(text, "A-", "ZZ-"), "ZZ", "B"); got != want {
		t.Errorf("by another name\n%s\nwant\n%s", got, want)
	}
}
