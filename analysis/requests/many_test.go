package requests

import (
	"fmt"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/batch"
	"smokestack/analysis/deps"
)

// 10,000 teams of one or of nobody: each of the first 500 asks the next one,
// and all depend on each other. Those of one are told together, and nothing takes
// long.
func TestTeamsOfOne(t *testing.T) {
	const teams, people = 10_000, 500
	var b strings.Builder
	project := func(k int) string {
		k %= teams
		return fmt.Sprintf("%c%c%c%c", 'A'+k/1000, 'A'+k/100%10, 'A'+k/10%10, 'A'+k%10)
	}
	for k := range teams {
		fmt.Fprintf(&b, "%s-1 story: 0 created; 2 blocked by %s-1; 3 start", project(k), project(k+1))
		if k < people {
			b.WriteString(strings.Repeat(fmt.Sprintf("; 1 comment 50 by p%d", k), 5))
			fmt.Fprintf(&b, "\n%s-2 story: 2 created by p%d; 4 start", project((k+1)%people), k)
		}
		b.WriteString("\n")
	}
	o := assembletest.Tell(t, assemble.Rules{}, b.String())
	c := o.Cut(28, 4)
	a := Analyse(c, c.View.Homes(), nil)
	if rows := a.Pairs(); len(rows) != 1 || rows[0].Asked != people || len(a.Groups) != 1 || a.Groups[0].People != people {
		t.Errorf("%d rows, %d groups", len(rows), len(a.Groups))
	}
	d := deps.Analyse(c)
	if g := d.Graph(); len(g.Teams) != teams || len(g.Cycles) != 0 { // one item is no edge
		t.Errorf("%d teams, %d cycles", len(g.Teams), len(g.Cycles))
	}
	d.Density()
	d.Hub()
	for k := range c.Teams {
		d.Team(c.Teams[k].Team)
	}
	if e := deps.Block(c, nil).Org; !e.Known() {
		t.Errorf("blocked %+v", e)
	}
	deps.Taxes(c, nil)
	batch.Analyse(c.View, c.Window, c.Lives).Kinds()
}
