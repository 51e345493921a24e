package batch

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
)

// Names and dates decide nothing: another name of a team, though it changes the
// order of the teams, and everything eight weeks later, leave every number.
func TestNamesAndDatesDecideNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	var b strings.Builder
	releases := map[int][]string{}
	for e := range 30 {
		team, start := string(rune('A'+e%2)), 1+r.IntN(60)
		fmt.Fprintf(&b, "%s-%d epic: 0 created; 120 done\n", team, 1000*(e+1))
		for k := range 3 + r.IntN(9) {
			done, created := start+1+r.IntN(40), r.IntN(start)
			key := fmt.Sprintf("%s-%d", team, 1000*(e+1)+k+1)
			fmt.Fprintf(&b, "%s story in %s-%d: %d created; %d estimate %d; %d start; %d done\n", key, team, 1000*(e+1), created, created, 1+r.IntN(8), start, done)
			day := done + r.IntN(10)
			releases[day] = append(releases[day], key)
		}
	}
	text := b.String()
	numbers := func(text string, rename func(string) string, teams ...string) string {
		o := tell(t, assemble.Rules{}, text)
		for day := range 120 {
			if keys := releases[day]; len(keys) > 0 {
				var renamed []string
				for _, k := range keys {
					renamed = append(renamed, rename(k))
				}
				o.release(float64(day), renamed...)
			}
		}
		a := o.analyse(140, 20)
		org, rows := a.Rows()
		all, byTeam := a.Releases()
		kinds, kindRows, _ := a.Kinds()
		out := fmt.Sprint(org.Experienced(), org.Size(0.5), org.Lock(), org.Locked(), all.Wait(), all.Clumping(), all.Experienced(), a.Elasticity(), kinds)
		for _, name := range teams {
			k := o.Team(name)
			out += fmt.Sprint("\n", rows[k].Experienced(), rows[k].Points(), byTeam[k].Wait(), byTeam[k].Clumping(), byTeam[k].Experienced(), kindRows[k])
		}
		return out
	}
	same := func(k string) string { return k }
	other := func(k string) string { return strings.ReplaceAll(k, "A-", "ZZ-") }
	want := numbers(text, same, "A", "B")
	if got := numbers("origin 2025-03-03\n"+text, same, "A", "B"); got != want {
		t.Errorf("eight weeks later\n%s\nwant\n%s", got, want)
	}
	if got := numbers(other(text), other, "ZZ", "B"); got != want {
		t.Errorf("by another name\n%s\nwant\n%s", got, want)
	}
}
