package assemble

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
)

// dump writes everything that a view shows, without numbers that depend on
// what else was pulled.
func dump(v work.View) string {
	var out []string
	lives := v.Lives()
	for i := range work.ItemID(v.Items.Len()) {
		if !v.Has(i) {
			continue
		}
		parent, batch := "-", "-"
		if p := v.Parent(i); p != work.NoItem {
			parent = v.Items.ID[p]
		}
		if b := v.Batch(i); b != work.NoItem {
			batch = v.Items.ID[b]
		}
		flag, _ := v.Flags.At(i, v.T)
		l := lives[i]
		var kids []string
		v.Children(i, func(c work.ItemID) { kids = append(kids, v.Items.ID[c]) })
		out = append(out, fmt.Sprintf("%s %s %s %s %s team %q parent %s batch %s flag %v bound %v kids %v start %v %v exit %v %v",
			v.Items.ID[i], v.Key(i), v.State(i), v.Level(i), v.Types[v.Kind(i)], v.Teams[v.Owner(i, v.T)].Name, parent, batch, flag,
			v.Bound(i), kids, l.Start, l.Rule, l.Exit, l.End))
	}
	name := func(i work.ItemID) string {
		if i == work.NoItem {
			return "outside"
		}
		return v.Items.ID[i]
	}
	var links []string
	for _, l := range v.Links {
		if v.Stands(l) {
			links = append(links, fmt.Sprintf("%s %s %s since %v dated %v", name(l.From), l.Kind, name(l.To), l.Made, l.Dated))
		}
	}
	slices.Sort(links)
	return strings.Join(append(out, links...), "\n")
}

// random tells a random story: every verb, in any order, of a few items.
func random(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("status \"In QA\" indeterminate\nstatus Odd other\nsprint S1 3 9\nsprint S2 8 20\nlink Need \"needed by\" needs\n")
	pick := func(xs ...string) string { return xs[r.IntN(len(xs))] }
	n := 2 + r.IntN(9)
	keys, births := make([]string, n), make([]float64, n)
	for i := range keys {
		keys[i], births[i] = fmt.Sprintf("%s-%d", pick("A", "B", "C"), i+1), float64(r.IntN(10))
	}
	day := 0.0
	other := func() string { // somebody who is there already, or outside
		there := []string{"X-99"}
		for i, b := range births {
			if b <= day {
				there = append(there, keys[i])
			}
		}
		return pick(there...)
	}
	for i, key := range keys {
		day = births[i]
		fmt.Fprintf(&b, "%s %s", key, pick("story", "task", "epic", "sub-task", "bug"))
		if r.IntN(3) == 0 {
			fmt.Fprintf(&b, " in %s", other())
		}
		fmt.Fprintf(&b, ": %g created by p%d", day, r.IntN(4))
		for range r.IntN(14) {
			if r.IntN(5) > 0 {
				day += float64(r.IntN(40)) / 8
			}
			event := pick("start", "todo", "wait", "done", "drop", "done Duplicate", "status In QA", "status Odd", "resolution Invalid",
				"assign p1", "unassign", "in "+other(), "out", "blocked by "+other(), "blocks "+other(), "relates to "+other(),
				"child of "+other(), "link needs "+other(), "unlink "+other(), "type epic", "type story", "type sub-task",
				"team T1", "team T2", "component +K1", "component +K2", "component -K1", "label +L1", "label -L1",
				"sprint +S1", "sprint +S2", "sprint -S1", "flag", "unflag", "worklog", "comment 50", "estimate 3", "priority High",
				fmt.Sprintf("move %s-%d", pick("A", "B", "C"), 100+10*i+r.IntN(9)))
			fmt.Fprintf(&b, "; %g %s by p%d", day, event, r.IntN(4))
		}
		b.WriteString("\n")
	}
	return b.String()
}

var ruleSets = map[string]Rules{
	"default":    {},
	"components": {By: ByComponent},
	"labels":     {By: ByLabel},
	"configured": {By: ByRules, Teams: []Team{
		{Name: "One", Match: Match{Components: []string{"K1"}}},
		{Name: "Two", Match: Match{Projects: []string{"A*"}}, From: fact.At(story.MustParse("A-1 x: 7 created").Last().Time())},
		{Name: "Three", Match: Match{Labels: []string{"l1"}, Types: []string{"story", "epic"}}},
	}, Statuses: map[string]work.State{"in qa": work.Wait, "invalid": work.Done}, Links: map[string]Link{"relates to": {Kind: work.LinkDepends, Vague: true}}},
}

// A view at t shows what assembly makes of the facts that were there at t. The
// tracker of the story, not the code under test, says what those are.
func TestViewShowsWhatWasKnown(t *testing.T) {
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 1))
		text := random(r)
		s, err := story.Parse(text)
		if err != nil {
			if strings.Contains(err.Error(), "told twice") {
				continue
			}
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		at := s.Day(float64(r.IntN(300)) / 8)
		if r.IntN(2) == 0 { // on the very instant of a change, too
			recs := s.Facts()
			if c := recs[r.IntN(len(recs))].Changes; len(c) > 0 {
				at = c[r.IntN(len(c))].At
			}
		}
		for name, rules := range ruleSets {
			whole := mustAssemble(t, rules, s.Vocabulary(), s.Facts())
			cut := mustAssemble(t, rules, s.Vocabulary(), s.At(at))
			if diff := cmp.Diff(strings.Split(dump(cut.At(at)), "\n"), strings.Split(dump(whole.At(at)), "\n")); diff != "" {
				t.Fatalf("seed %d, rules %s, day %g: the view of all facts differs from the facts of then (-facts of then +view):\n%s\n%s",
					seed, name, fact.Days(s.Origin, at), diff, text)
			}
		}
	}
}

func mustAssemble(t *testing.T, rules Rules, vocab fact.Vocabulary, recs []*fact.Record) *work.Org {
	t.Helper()
	res, err := Assemble(rules, vocab, recs)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Org.Coverage.Balance() {
		t.Fatalf("coverage does not balance: %+v", res.Org.Coverage)
	}
	return res.Org
}
