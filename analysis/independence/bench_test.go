package independence

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/work"
)

// Every team has one link to the next and a batch of its own.
func BenchmarkJackknife(b *testing.B) {
	for _, n := range []int{1000, 8000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			l := &lens{kind: Links}
			for k := range n {
				l.nodes, l.teams = append(l.nodes, work.ItemID(k)), append(l.teams, uint16(k))
				l.groups = append(l.groups, group{[]member{{uint32(k), uint32(k)}, {uint32((k + 1) % n), uint32(k)}}})
			}
			a := &Analysis{Teams: make([]Row, n)}
			g := l.graph(n)
			a.start(l, g.table(l.teams))
			for b.Loop() {
				a.jackknife([]*lens{l}, []weighted{g}, n)
			}
		})
	}
}

// Every team has one item that crossed.
func BenchmarkUndeclaredShares(b *testing.B) {
	for _, n := range []int{1000, 8000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			var text strings.Builder
			var crossed []crossItem
			for k := range n {
				fmt.Fprintf(&text, "A-%d story: 0 created\n", k+1)
				crossed = append(crossed, crossItem{item: work.ItemID(k), owner: work.TeamID(k + 2), handed: true})
			}
			o := assembletest.Tell(b, assemble.Rules{}, text.String())
			v := o.Org.At(o.Day(5)).Hold()
			v.Org.Teams = make([]work.Team, n+2)
			for b.Loop() {
				(&Undeclared{}).shares(v, crossed, make([]bool, n+2))
			}
		})
	}
}
