package independence

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/deps"
	"smokestack/analysis/work"
)

// told is a story and the organisation that it makes.
type told struct{ assembletest.Told }

func tell(t *testing.T, rules assemble.Rules, text string) told {
	t.Helper()
	return told{assembletest.Tell(t, rules, text)}
}

func (o told) analyse(day float64, weeks int) *Analysis {
	c := o.Cut(day, weeks)
	return Analyse(c, deps.Analyse(c), nil, Options{})
}

// groups tells the groups of L2: who is tied to whom, each with the batch that
// it leaves with.
func (o told) groups(day float64, weeks int) (string, *lens) {
	c := o.Cut(day, weeks)
	batches := clusters{}
	l := batchLens(c, deps.Analyse(c).Active, batches)
	name := map[uint32]string{}
	for i, n := range batches {
		name[n] = o.Items.Key[i]
	}
	var out []string
	for _, g := range l.groups {
		var members []string
		for _, m := range g.members {
			members = append(members, o.Items.Key[l.nodes[m.node]]+"/"+name[m.cluster])
		}
		out = append(out, strings.Join(members, " "))
	}
	return strings.Join(out, "; "), l
}

// Items are tied under the lowest ancestor that holds items of two teams, else
// under their parent; parents of nearly everybody tie nobody.
func TestSharedBatchesTieItems(t *testing.T) {
	const scene = "rank Initiative 2\n"
	begun := func(keys ...string) string { // "A-1 E-1" is item A-1 in E-1
		var b strings.Builder
		for _, k := range keys {
			item, parent, _ := strings.Cut(k, " ")
			fmt.Fprintf(&b, "%s story in %s: 0 created; 1 start\n", item, parent)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, story   string
		want          string
		unowned, wide int
		why           string
	}{
		{"one epic of two teams", "A-9 epic: 0 created\n" + begun("A-1 A-9", "A-2 A-9", "B-1 A-9"), "A-1/A-9 A-2/A-9 B-1/A-9", 0, 0, ""},
		{"two epics of one team each", "A-9 epic: 0 created\nB-9 epic: 0 created\n" + begun("A-1 A-9", "A-2 A-9", "B-1 B-9", "B-2 B-9"),
			"A-1/A-9 A-2/A-9; B-1/B-9 B-2/B-9", 0, 0, ""},
		{"two such epics under one goal: the goal ties them", "G-1 Initiative: 0 created\nA-9 epic in G-1: 0 created\nB-9 epic in G-1: 0 created\n" + begun("A-1 A-9", "A-2 A-9", "B-1 B-9"),
			"A-1/A-9 A-2/A-9 B-1/B-9", 0, 0, ""},
		{"of two ancestors the lower one", "G-1 Initiative: 0 created\nA-9 epic in G-1: 0 created\nB-9 epic in G-1: 0 created\n" + begun("A-1 A-9", "B-1 A-9", "B-2 B-9", "B-3 B-9", "A-2 G-1"),
			"B-2/B-9 B-3/B-9 A-2/A-2; A-1/A-9 B-1/A-9", 0, 0, ""},
		{"an epic with one item ties nobody", "A-9 epic: 0 created\n" + begun("A-1 A-9"), "", 0, 0, ""},
		{"items that nobody worked on", "A-9 epic: 0 created\n" + begun("A-1 A-9", "B-1 A-9") + "A-2 story in A-9: 0 created\n", "A-1/A-9 B-1/A-9", 0, 0, ""},
		{"items without a parent", "A-9 epic: 0 created\n" + begun("A-1 A-9", "B-1 A-9") + "A-2 story: 0 created; 1 start\n", "A-1/A-9 B-1/A-9", 0, 0, ""},
		{"nobody has a parent", "A-9 epic: 0 created\nA-1 story: 0 created; 1 start\n", "", 0, 0, "no item that was worked on in the window has a parent"},

		{"an epic of three teams of four ties nobody", "A-9 epic: 0 created\nD-9 epic: 0 created\n" + begun("A-1 A-9", "B-1 A-9", "C-1 A-9", "A-2 D-9", "D-1 D-9"),
			"A-2/D-9 D-1/D-9", 0, 3, ""},
		{"an epic of two teams of four does", "A-9 epic: 0 created\nD-9 epic: 0 created\n" + begun("A-1 A-9", "B-1 A-9", "C-1 D-9", "D-1 D-9"),
			"A-1/A-9 B-1/A-9; C-1/D-9 D-1/D-9", 0, 0, ""},
		{"an epic of three teams of three does", "A-9 epic: 0 created\n" + begun("A-1 A-9", "B-1 A-9", "C-1 A-9"), "A-1/A-9 B-1/A-9 C-1/A-9", 0, 0, ""},
		{"a goal of everybody is skipped, and its epics tie their own", "G-1 Initiative: 0 created\nA-9 epic in G-1: 0 created\nB-9 epic in G-1: 0 created\n" +
			begun("A-1 A-9", "A-2 A-9", "B-1 B-9", "B-2 B-9", "C-1 G-1", "D-1 G-1"),
			"A-1/A-9 A-2/A-9; B-1/B-9 B-2/B-9", 0, 2, ""},
		{"four teams, one of them without a parent, are three", "A-9 epic: 0 created\n" + begun("A-1 A-9", "B-1 A-9", "C-1 A-9") + "D-1 story: 0 created; 1 start\n",
			"A-1/A-9 B-1/A-9 C-1/A-9", 0, 0, ""},

		{"sub-tasks stay in their project, and teams are projects", "A-9 story: 0 created\n" + strings.ReplaceAll(begun("A-1 A-9", "A-2 A-9"), "story", "sub-task"), "", 0, 0,
			"parents cannot cross teams here: sub-tasks and milestones stay in their project or repository, and teams are these"},
		{"sub-tasks beside others", "A-9 epic: 0 created\n" + begun("A-1 A-9", "B-1 A-9") + strings.ReplaceAll(begun("A-2 A-9"), "story", "sub-task"), "A-1/A-9 B-1/A-9", 0, 0, ""},
		{"sub-tasks where teams are a field", "A-9 story: 0 created\n" + strings.ReplaceAll(begun("A-1 A-9", "A-2 A-9"), "story", "sub-task") + "A-8 story: 0 created; 2 team Red",
			"A-1/A-9 A-2/A-9", 0, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, assemble.Rules{}, scene+c.story)
			got, l := o.groups(28, 3)
			if got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
			if l.unowned != c.unowned || l.wide != c.wide || l.why != c.why {
				t.Errorf("unowned %d, wide %d, why %q; want %d, %d, %q", l.unowned, l.wide, l.why, c.unowned, c.wide, c.why)
			}
		})
	}
}

// Items of no team, or of several, tie nobody; each counts for the team that
// it had when it left.
func TestSharedBatchesGoByTheOwnersOfThen(t *testing.T) {
	o := tell(t, assemble.Rules{By: assemble.ByLabel}, `
E-1 epic: 0 created
A-1 story in E-1: 0 created; 0 label +red; 1 start; 20 done; 22 label -red; 22 label +blue
A-2 story in E-1: 0 created; 0 label +blue; 1 start
A-3 story in E-1: 0 created; 1 start
A-4 story in E-1: 0 created; 0 label +red; 0 label +blue; 1 start`)
	got, l := o.groups(28, 2)
	if got != "A-1/E-1 A-2/E-1" || l.unowned != 2 {
		t.Errorf("%s, unowned %d", got, l.unowned)
	}
	if red, blue := o.Team("red"), o.Team("blue"); !slices.Equal(l.teams, []uint16{uint16(red), uint16(blue)}) {
		t.Errorf("teams %v, want red %d and blue %d", l.teams, red, blue)
	}
}

// A link is one tie, of the batch of the item that depends.
func TestLinksTieItems(t *testing.T) {
	o := tell(t, assemble.Rules{}, `
E-1 epic: 0 created
E-2 epic: 0 created
A-1 story in E-1: 0 created; 1 start; 2 blocked by B-1; 3 blocked by B-2
B-1 story in E-2: 0 created; 1 start; 2 blocked by B-2
B-2 story: 0 created; 1 start; 2 blocked by A-1`)
	c := o.Cut(28, 3)
	batches := clusters{}
	l := linkLens(deps.Analyse(c), batches)
	name := map[uint32]string{}
	for i, n := range batches {
		name[n] = o.Items.Key[i]
	}
	var got []string
	for _, g := range l.groups {
		a, b := g.members[0], g.members[1]
		if len(g.members) != 2 || a.cluster != b.cluster {
			t.Fatalf("group %+v", g)
		}
		got = append(got, fmt.Sprintf("%s>%s/%s", o.Items.Key[l.nodes[a.node]], o.Items.Key[l.nodes[b.node]], name[a.cluster]))
	}
	if want := "A-1>B-1/E-1 A-1>B-2/E-1 B-1>B-2/E-2 B-2>A-1/B-2"; strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// plan is an organisation that a test makes up: items with their teams, their
// epics, the goals of these, and who depends on whom.
type plan struct {
	teams   []string // by item
	epic    []int    // by item, −1 for none
	goal    []int    // by epic, −1 for none
	depends [][2]int
}

func makePlan(r *rand.Rand, teams, epics int) plan {
	var p plan
	for range epics {
		p.goal = append(p.goal, r.IntN(5)-2)
		if p.goal[len(p.goal)-1] < 0 {
			p.goal[len(p.goal)-1] = -1
		}
	}
	for range 3*epics + r.IntN(60) {
		p.teams = append(p.teams, string(rune('A'+r.IntN(teams))))
		p.epic = append(p.epic, max(-1, r.IntN(len(p.goal)+3)-3))
	}
	for range r.IntN(150) {
		tie := [2]int{r.IntN(len(p.teams)), r.IntN(len(p.teams))}
		if tie[0] != tie[1] && !slices.Contains(p.depends, tie) {
			p.depends = append(p.depends, tie)
		}
	}
	return p
}

// write tells the plan, with the items in an order and the teams under names.
func (p plan) write(order []int, name func(string) string) string {
	var b strings.Builder
	b.WriteString("rank Initiative 2\n")
	for g := range 3 {
		fmt.Fprintf(&b, "GO-%d Initiative: 0 created\n", g)
	}
	for e, g := range p.goal {
		fmt.Fprintf(&b, "EP-%d epic", e)
		if g >= 0 {
			fmt.Fprintf(&b, " in GO-%d", g)
		}
		b.WriteString(": 0 created\n")
	}
	key := func(i int) string { return fmt.Sprintf("%s-%d", name(p.teams[i]), i) }
	for _, i := range order {
		fmt.Fprintf(&b, "%s story", key(i))
		if p.epic[i] >= 0 {
			fmt.Fprintf(&b, " in EP-%d", p.epic[i])
		}
		b.WriteString(": 0 created; 1 start")
		for _, d := range p.depends {
			if d[0] == i {
				fmt.Fprintf(&b, "; 2 blocked by %s", key(d[1]))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func inOrder(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// ties writes the plan out as pairs, by the words of METRICS section 5a.
func (p plan) ties(teams int) (links, shared []pair, team []uint16, wide int) {
	for _, name := range p.teams {
		team = append(team, uint16(name[0]-'A'))
	}
	for _, d := range p.depends {
		links = append(links, pair{uint32(d[0]), uint32(d[1]), 1})
	}
	// Ancestors are epics, and after them goals. Who holds items of whom?
	ancestors := func(i int) []int {
		if p.epic[i] < 0 {
			return nil
		}
		if g := p.goal[p.epic[i]]; g >= 0 {
			return []int{p.epic[i], 1000 + g}
		}
		return []int{p.epic[i]}
	}
	holds, everybody := map[int]map[uint16]bool{}, map[uint16]bool{}
	for i := range p.teams {
		for _, a := range ancestors(i) {
			if holds[a] == nil {
				holds[a] = map[uint16]bool{}
			}
			holds[a][team[i]] = true
			everybody[team[i]] = true
		}
	}
	tooWide := func(a int) bool { return len(everybody) >= 4 && float64(len(holds[a])) > float64(len(everybody))/2 }
	home := map[int][]int{}
	for i := range p.teams {
		chosen := -1
		for _, a := range ancestors(i) {
			if chosen < 0 && len(holds[a]) >= 2 && !tooWide(a) {
				chosen = a
			}
		}
		if list := ancestors(i); chosen < 0 && len(list) > 0 && !tooWide(list[0]) {
			chosen = list[0]
		}
		switch {
		case chosen >= 0:
			home[chosen] = append(home[chosen], i)
		case len(ancestors(i)) > 0:
			wide++
		}
	}
	for _, items := range home {
		for k, a := range items {
			for _, b := range items[k+1:] {
				shared = append(shared, pair{uint32(a), uint32(b), 1 / float64(len(items)-1)})
			}
		}
	}
	return links, shared, team, wide
}

// The whole way from a story to the indices of both lenses agrees with the
// formula over the pairs of the plan.
func TestAnalyseAgreesWithThePlan(t *testing.T) {
	tried := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 27))
		teams := 2 + r.IntN(6)
		p := makePlan(r, teams, 3+r.IntN(14))
		o := tell(t, assemble.Rules{}, p.write(inOrder(len(p.teams)), func(s string) string { return s }))
		a := o.analyse(28, 4)
		links, shared, team, wide := p.ties(teams)
		if a.Wide != wide || a.Unowned != 0 {
			t.Fatalf("seed %d: %d items under wide parents, want %d; %d unowned", seed, a.Wide, wide, a.Unowned)
		}
		for kind, pairs := range [][]pair{links, shared} {
			want := compute(pairs, team, teams)
			org := a.Org.Lenses[kind]
			if !(want.null > 1e-12) {
				if org.OII.Known() {
					t.Fatalf("seed %d, %v: an index of nothing: %+v", seed, Kind(kind), org.OII)
				}
				continue
			}
			tried++
			if !close(org.OII.Value, want.oii()) || !close(org.Cross, want.chi) || !close(org.Null, want.null) || org.P <= 0 || org.P > 1 {
				t.Fatalf("seed %d, %v: %+v; want %v, χ %v, χ₀ %v", seed, Kind(kind), org, want.oii(), want.chi, want.null)
			}
			sum := 0.0
			for k := range teams {
				if want.cbar[k] < 1e-12 {
					continue
				}
				x := a.Teams[o.Team(string(rune('A'+k)))].Lenses[kind]
				total := 0.0
				for _, q := range pairs {
					if team[q.a] == uint16(k) {
						total += q.weight
					}
					if team[q.b] == uint16(k) {
						total += q.weight
					}
				}
				out := 0.0 // the share of the team's weight that leaves it
				for _, q := range pairs {
					if (team[q.a] == uint16(k)) != (team[q.b] == uint16(k)) {
						out += q.weight / total
					}
				}
				if !close(x.OII.Value, want.teamOII(k)) || !close(x.Cross, out) || !close(x.Cross/x.Null, 1-want.teamOII(k)) {
					t.Fatalf("seed %d, %v, team %c: %+v; want %v, crossing %v", seed, Kind(kind), 'A'+k, x, want.teamOII(k), out)
				}
				sum += want.cbar[k] / want.null * x.OII.Value
			}
			if !close(sum, org.OII.Value) {
				t.Fatalf("seed %d, %v: the teams add up to %v, the organisation has %v", seed, Kind(kind), sum, org.OII.Value)
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d indices", tried)
	}
}

// alike compares the numbers of two rows, p within what draws in another order
// may change.
func alike(x, y *Row, drawn float64) string {
	for k := range x.Lenses {
		a, b := &x.Lenses[k], &y.Lenses[k]
		if !close(a.OII.Value, b.OII.Value) || !close(a.OII.Low, b.OII.Low) || !close(a.OII.High, b.OII.High) || a.OII.N != b.OII.N || a.Eligible != b.Eligible ||
			!close(a.Effect, b.Effect) || a.Crossing != b.Crossing || a.Clusters != b.Clusters || !(math.Abs(a.P-b.P) <= drawn || math.IsNaN(a.P) && math.IsNaN(b.P)) {
			return fmt.Sprintf("%v: %+v and %+v", Kind(k), a, b)
		}
	}
	if !close(x.Headline.Value, y.Headline.Value) || !close(x.Headline.Low, y.Headline.Low) || !close(x.Shown.Value, y.Shown.Value) || x.Headline.Why != y.Headline.Why {
		return fmt.Sprintf("headline %+v and %+v", x.Headline, y.Headline)
	}
	return ""
}

// Teams under other names, in another order, have the same numbers, chance
// included; and so, but for chance, have items under other numbers.
func TestNamesAndNumbersDoNotMatter(t *testing.T) {
	known := 0
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 28))
		const teams = 4
		p := makePlan(r, teams, 25)
		for range 200 { // enough for an interval
			if tie := [2]int{r.IntN(len(p.teams)), r.IntN(len(p.teams))}; tie[0] != tie[1] && !slices.Contains(p.depends, tie) {
				p.depends = append(p.depends, tie)
			}
		}
		same := func(s string) string { return s }
		other := func(s string) string { return map[string]string{"A": "Zoo", "B": "Yak", "C": "Xen", "D": "Wok"}[s] }
		o := tell(t, assemble.Rules{}, p.write(inOrder(len(p.teams)), same))
		want := o.analyse(28, 4)
		if want.Org.Headline.Known() {
			known++
		}
		renamed := tell(t, assemble.Rules{}, p.write(inOrder(len(p.teams)), other))
		if bad := alike(&renamed.analyse(28, 4).Org, &want.Org, 0); bad != "" {
			t.Fatalf("seed %d, other names: %s", seed, bad)
		}
		numbered := tell(t, assemble.Rules{}, p.write(r.Perm(len(p.teams)), same))
		if bad := alike(&numbered.analyse(28, 4).Org, &want.Org, 0.1); bad != "" {
			t.Fatalf("seed %d, other numbers: %s", seed, bad)
		}
		for _, name := range []string{"A", "B", "C", "D"} {
			if bad := alike(&renamed.analyse(28, 4).Teams[renamed.Team(other(name))], &want.Teams[o.Team(name)], 0); bad != "" {
				t.Fatalf("seed %d, other names, team %s: %s", seed, name, bad)
			}
			if bad := alike(&numbered.analyse(28, 4).Teams[numbered.Team(name)], &want.Teams[o.Team(name)], 0.1); bad != "" {
				t.Fatalf("seed %d, other numbers, team %s: %s", seed, name, bad)
			}
		}
	}
	if known < 4 {
		t.Errorf("only %d headlines", known)
	}
}

// What is shown of teams goes by the organisation over the lenses that each
// team has.
func TestAnalysisOfNothing(t *testing.T) {
	o := tell(t, assemble.Rules{}, "A-1 story: 0 created; 1 start\nB-1 story: 0 created; 1 start")
	a := o.analyse(28, 4)
	const why = "no lens has data enough: see table lenses"
	whys := [kinds]string{"no dependency is recorded in the window", "no item that was worked on in the window has a parent",
		"nobody is known to have worked on an item of one team in the window", "no item passed from one person to another in the window",
		"no two people took part in one item or pull request in the window"}
	for _, row := range append([]Row{a.Org}, a.Teams...) {
		if row.Headline.Known() || row.Headline.Why != why || row.Shown.Known() {
			t.Errorf("headline %+v", row.Headline)
		}
		for k, x := range row.Lenses {
			if x.OII.Known() || x.OII.Why != whys[k] {
				t.Errorf("%v: %+v, want %q", Kind(k), x.OII, whys[k])
			}
		}
	}
}

// FuzzAnalyse looks for what no index may be, whatever the story.
func FuzzAnalyse(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		a := Analyse(c, deps.Analyse(c), nil, Options{})
		for _, row := range append(a.Teams, a.Org, a.Others) {
			for _, x := range row.Lenses {
				if x.OII.Value > 1+1e-9 || x.OII.Low > x.OII.Value+1e-9 || x.OII.High < x.OII.Value-1e-9 || x.Crossing > x.Clusters || x.Clusters > x.OII.N {
					t.Errorf("index %+v", x)
				}
				if x.OII.Known() != !math.IsNaN(x.P) || !x.OII.Known() && x.OII.Why == "" {
					t.Errorf("index %+v", x)
				}
			}
			if row.Shown.Value < 0 || row.Shown.Value > 1 {
				t.Errorf("shown %+v", row.Shown)
			}
		}
	})
}
