package deps

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/work"
)

// told is a story and the organisation that it makes.
type told struct{ assembletest.Told }

func tell(t *testing.T, text string) told {
	t.Helper()
	return told{assembletest.Tell(t, assemble.Rules{}, text)}
}

// analyse is the dependencies of the last n weeks before a day of the story.
func (o told) analyse(day float64, weeks int) *Analysis {
	return Analyse(o.Cut(day, weeks))
}

func (o told) counts(a *Analysis) string {
	var edges []string
	for _, e := range a.Edges {
		edges = append(edges, o.Items.Key[e.From]+">"+o.Items.Key[e.To])
	}
	return fmt.Sprintf("%s; outside %d, no owner %d, no item %d", strings.Join(edges, " "), a.Outside, a.NoOwner, a.NotItem)
}

// The clauses of the package's comment, one by one. The window is days 14 to
// 28. A-1 depends; it is worked on unless said otherwise.
func TestWhichLinksCount(t *testing.T) {
	const (
		none    = "; outside 0, no owner 0, no item 0"
		counted = "A-1>B-1" + none
	)
	for _, c := range []struct{ name, story, want string }{
		// "it stood at some time of it"
		{"made before and standing", "A-1 story: 0 created; 1 start; 2 blocked by B-1\nB-1 story: 0 created", counted},
		{"made within", "A-1 story: 0 created; 1 start; 20 blocked by B-1\nB-1 story: 0 created", counted},
		{"made within and removed within", "A-1 story: 0 created; 1 start; 20 blocked by B-1; 21 unlink B-1\nB-1 story: 0 created", counted},
		{"made before and removed within", "A-1 story: 0 created; 1 start; 2 blocked by B-1; 21 unlink B-1\nB-1 story: 0 created", counted},
		{"removed before", "A-1 story: 0 created; 1 start; 2 blocked by B-1; 13 unlink B-1\nB-1 story: 0 created", none},
		{"removed in the window's first instant", "A-1 story: 0 created; 1 start; 2 blocked by B-1; 14 unlink B-1\nB-1 story: 0 created", none},
		{"made at its end", "A-1 story: 0 created; 1 start; 28 blocked by B-1\nB-1 story: 0 created", none},
		{"removed after it", "A-1 story: 0 created; 1 start; 2 blocked by B-1; 29 unlink B-1\nB-1 story: 0 created", counted},
		{"removed and made again within: one dependency", "A-1 story: 0 created; 1 start; 15 blocked by B-1; 17 unlink B-1; 19 blocked by B-1\nB-1 story: 0 created", counted},

		// "the item that depends was worked on in the window"
		{"created within", "A-1 story: 14 created; 14 blocked by B-1\nB-1 story: 0 created", counted},
		{"created before, and nothing happened", "A-1 story: 13 created; 13 blocked by B-1\nB-1 story: 0 created; 1 start", none},
		{"begun within", "A-1 story: 0 created; 2 blocked by B-1; 20 start\nB-1 story: 0 created", counted},
		{"begun after", "A-1 story: 0 created; 2 blocked by B-1; 28 start\nB-1 story: 0 created", none},
		{"left within, never begun", "A-1 story: 0 created; 2 blocked by B-1; 20 drop\nB-1 story: 0 created", counted},
		{"left in its first instant", "A-1 story: 0 created; 2 blocked by B-1; 14 done\nB-1 story: 0 created", counted},
		{"left before", "A-1 story: 0 created; 1 start; 2 blocked by B-1; 13 done\nB-1 story: 0 created", none},
		{"left before and reopened within", "A-1 story: 0 created; 1 start; 2 blocked by B-1; 13 done; 20 start\nB-1 story: 0 created", counted},
		{"reopened after", "A-1 story: 0 created; 1 start; 2 blocked by B-1; 13 done; 28 start\nB-1 story: 0 created", none},
		{"worked on without anybody knowing since when", "A-1 story: 0 created; 2 blocked by B-1; 3 worklog\nB-1 story: 0 created", counted},

		// "the item that it depends on had not left before the window"
		{"the other one left within", "A-1 story: 0 created; 1 start; 2 blocked by B-1\nB-1 story: 0 created; 20 done", counted},
		{"the other one left before", "A-1 story: 0 created; 1 start; 2 blocked by B-1\nB-1 story: 0 created; 13 done", none},
		{"the other one left in its first instant", "A-1 story: 0 created; 1 start; 2 blocked by B-1\nB-1 story: 0 created; 14 done", counted},
		{"the other one left before and was reopened", "A-1 story: 0 created; 1 start; 2 blocked by B-1\nB-1 story: 0 created; 13 done; 20 todo", counted},

		// Direction and kind.
		{"told from the other end", "A-1 story: 0 created; 1 start\nB-1 story: 0 created; 2 blocks A-1", counted},
		{"only relations", "A-1 story: 0 created; 1 start; 2 relates to B-1; 2 duplicates B-1\nB-1 story: 0 created; 1 start", none},
		{"two links that say the same", "link Need \"needed by\" needs\nA-1 story: 0 created; 1 start; 2 blocked by B-1; 3 link needs B-1\nB-1 story: 0 created", counted},
		{"each on the other", "A-1 story: 0 created; 1 start; 2 blocked by B-1; 3 blocks B-1\nB-1 story: 0 created; 1 start", "A-1>B-1 B-1>A-1" + none},

		// Outside, and not between items.
		{"on something outside", "A-1 story: 0 created; 1 start; 2 blocked by X-1; 3 blocked by X-2", "; outside 2, no owner 0, no item 0"},
		{"something outside on it", "A-1 story: 0 created; 1 start; 2 blocks X-1", "; outside 1, no owner 0, no item 0"},
		{"outside, and not worked on", "A-1 story: 0 created; 2 blocks X-1; 3 blocked by X-2", none},
		{"between batches", "A-1 epic: 0 created; 2 blocked by B-1\nB-1 epic: 0 created", "; outside 0, no owner 0, no item 1"},
		{"on a batch", "A-1 story: 0 created; 1 start; 2 blocked by B-1\nB-1 epic: 0 created", "; outside 0, no owner 0, no item 1"},
		{"of a sub-item", "A-1 sub-task in A-2: 0 created; 1 start; 2 blocked by B-1\nB-1 story: 0 created\nA-2 story: 0 created\nE-1 epic: 0 created", "; outside 0, no owner 0, no item 1"},
		{"a batch on one that left before", "A-1 epic: 0 created; 2 blocked by B-1\nB-1 story: 0 created; 13 done", none},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, c.story)
			if got := o.counts(o.analyse(28, 2)); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// Links with an end that no team owns, or several do, have no place between
// teams.
func TestLinksWithoutOwners(t *testing.T) {
	o := told{assembletest.Tell(t, assemble.Rules{By: assemble.ByLabel}, `
A-1 story: 0 created; 0 label +red; 1 start; 2 blocked by A-2; 2 blocked by A-3; 2 blocked by A-4
A-2 story: 0 created; 0 label +blue
A-3 story: 0 created
A-4 story: 0 created; 0 label +red; 0 label +blue
A-5 story: 0 created; 1 start; 2 blocked by A-1`)}
	if got, want := o.counts(o.analyse(28, 2)), "A-1>A-2; outside 0, no owner 3, no item 0"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// The teams are those of the items when they left, or at the window's end.
func TestTeamsOfALink(t *testing.T) {
	o := tell(t, `
A-1 story: 0 created; 1 start; 2 blocked by B-1; 18 done; 20 move C-1
B-1 story: 0 created; 16 move D-1; 29 move E-1`)
	a := o.analyse(28, 2)
	if len(a.Edges) != 1 || a.Edges[0].FromTeam != o.Team("A") || a.Edges[0].ToTeam != o.Team("D") || !a.Edges[0].Cross() {
		t.Errorf("edges %+v, teams %v", a.Edges, o.Org.Teams)
	}
	if a.Worked(o.Team("A")) != 1 || a.Worked(o.Team("C")) != 0 || a.Worked(o.Team("D")) != 0 || !slices.Equal(a.Teams(), []work.TeamID{o.Team("A")}) {
		t.Errorf("worked: A %d, C %d, D %d", a.Worked(o.Team("A")), a.Worked(o.Team("C")), a.Worked(o.Team("D")))
	}
}

// A: A-1 on B-1 and C-1, A-2 on B-1, A-3 on A-1. B: B-1 on C-1. Counted by hand.
const small = `
A-1 story: 0 created; 1 start; 2 blocked by B-1; 2 blocked by C-1
A-2 story: 0 created; 15 start; 16 blocked by B-1
A-3 story: 0 created; 16 start; 16 blocked by A-1
A-4 story: 0 created; 17 start
B-1 story: 0 created; 18 start; 18 blocked by C-1
B-2 story: 0 created; 1 start
C-1 story: 0 created
`

func TestPairs(t *testing.T) {
	o := tell(t, small+"A-5 story: 0 created; 1 start; 2 blocked by B-1; 2 blocked by B-2\n")
	a := o.analyse(28, 2)
	want := []Pair{
		{From: o.Team("A"), To: o.Team("B"), Items: 3, Links: 4}, // twice
		{From: o.Team("A"), To: o.Team("A"), Items: 1, Links: 1},
		{From: o.Team("A"), To: o.Team("C"), Items: 1, Links: 1},
		{From: o.Team("B"), To: o.Team("C"), Items: 1, Links: 1},
	}
	if got := a.Pairs(); !slices.Equal(got, want) {
		t.Errorf("pairs %v, want %v", got, want)
	}
}

func TestRows(t *testing.T) {
	o := tell(t, small)
	a := o.analyse(28, 2)
	org := a.Org()
	// Worked on, B-1 and B-2; C-1 was not. Of them and
	// B-1 depend. Begun within the window, B-1.
	o.Value("per item", org.PerItem, 5.0/6, 6)
	o.Value("zero", org.Zero, 2.0/6, 6)
	o.Value("per 100 started", org.PerStarted, 100, 4)
	if org.Items != 6 || org.Links != 5 || org.Out != 4 || org.In != 4 || org.WaitsFor != 0 || org.NeededBy != 0 {
		t.Errorf("organisation %+v", org)
	}
	team := a.Team(o.Team("A"))
	o.Value("per item of A", team.PerItem, 1, 4)
	o.Value("zero of A", team.Zero, 1.0/4, 4)
	o.Value("per 100 started of A", team.PerStarted, 100, 3)
	if team.Items != 4 || team.Links != 4 || team.Out != 3 || team.In != 0 || team.WaitsFor != 1 || team.NeededBy != 0 {
		t.Errorf("A %+v", team) // two of its items wait for B, one only for C
	}
	team = a.Team(o.Team("B"))
	if team.Items != 2 || team.Links != 1 || team.Out != 1 || team.In != 2 || team.WaitsFor != 0 || team.NeededBy != 1 {
		t.Errorf("B %+v", team)
	}
	team = a.Team(o.Team("C"))
	if team.Items != 0 || team.Links != 0 || team.In != 2 || team.PerItem.Why != noItems || team.Zero.Why != noItems || team.PerStarted.Why == "" {
		t.Errorf("C %+v", team)
	}
}

// One population: the organisation's row is of the items that one team each
// owns, items and links alike, and the teams add up to it. A-3 belongs to two,
// A-4 to none; what they link to, and who links to them, is in no row.
func TestOrganisationIsTheSumOfItsTeams(t *testing.T) {
	o := told{assembletest.Tell(t, assemble.Rules{By: assemble.ByComponent}, `
A-1 story: 0 created; 0 component +K; 15 start; 16 blocked by A-2; 16 blocked by A-3
A-2 story: 0 created; 0 component +L; 15 start; 16 blocked by A-4
A-3 story: 0 created; 0 component +K; 0 component +L; 15 start; 16 blocked by A-1
A-4 story: 0 created; 15 start; 16 blocked by A-2
A-5 story: 0 created; 0 component +L; 15 start`)}
	a := o.analyse(28, 2)
	org := a.Org()
	if org.Items != 3 || org.Links != 1 || org.Out != 1 || a.Shared() != 2 || a.NoOwner != 4 {
		t.Errorf("organisation %+v; %d items and %d links left out", org, a.Shared(), a.NoOwner)
	}
	o.Value("per item", org.PerItem, 1.0/3, 3)
	o.Value("zero", org.Zero, 2.0/3, 3)
	o.Value("per 100 started", org.PerStarted, 100.0/3, 3)
	items, links := 0, 0
	for _, id := range a.Teams() {
		items, links = items+a.Team(id).Items, links+a.Team(id).Links
	}
	if items != org.Items || links != org.Links {
		t.Errorf("the teams have %d links of %d items, the organisation %d of %d", links, items, org.Links, org.Items)
	}
}

// Links per item come with an interval from five items that link on; batches
// vary, not items. Three batches of two items, with 2, 1 and 0 links of one
// item each: the ratio is 3/6, and without each batch it is 1/4, 2/4 and 3/4,
// so that the jackknife's error is √(2/3 · 2/16) = .2887.
func TestLinksPerItem(t *testing.T) {
	text := "E-1 epic: 0 created\nE-2 epic: 0 created\nE-3 epic: 0 created\nB-1 story: 0 created\nB-2 story: 0 created\n"
	for i := range 6 {
		text += fmt.Sprintf("A-%d story in E-%d: 0 created; 1 start", i+1, 1+i/2)
		if i == 0 {
			text += "; 2 blocked by B-1; 2 blocked by B-2"
		}
		if i == 2 {
			text += "; 2 blocked by B-1"
		}
		text += "\n"
	}
	o := tell(t, text)
	e := o.analyse(28, 2).Org().PerItem
	o.Value("per item", e, 0.5, 6)
	if e.Why != "an interval needs 5 items that depend on something" || e.Bounded() {
		t.Errorf("per item %+v", e)
	}
	// The same with four epics more, and every item linked: 8, 2, 2, 2, 2, 2, 2
	// links of 2 items each.
	text = ""
	for i := range 7 {
		text += fmt.Sprintf("E-%d epic: 0 created\n", i+1)
	}
	for k := range 4 {
		text += fmt.Sprintf("B-%d story: 0 created\n", k+1)
	}
	for i := range 14 {
		text += fmt.Sprintf("A-%d story in E-%d: 0 created; 1 start; 2 blocked by B-1", i+1, 1+i/2)
		if i < 2 {
			text += "; 2 blocked by B-2; 2 blocked by B-3; 2 blocked by B-4"
		}
		text += "\n"
	}
	o = tell(t, text)
	e = o.analyse(28, 2).Org().PerItem
	o.Value("per item", e, 20.0/14, 14)
	// Without the first batch 12/12, without another one 18/12: the mean is
	// 10/7, the squares (3/7)² + 6·(1/14)² = .2143, the error √(6/7 · .2143) =
	// .4286, and t with 6 degrees of freedom 2.4469.
	if math.Abs(e.Low-(20.0/14-2.446912*3.0/7)) > 1e-6 || math.Abs(e.High-(20.0/14+2.446912*3.0/7)) > 1e-6 {
		t.Errorf("interval [%v, %v]", e.Low, e.High)
	}
}

// crowd tells n items of a project that are in progress, with extra events.
func crowd(project string, n int, events string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s-%d story: 0 created; 1 start%s\n", project, i+1, events)
	}
	return b.String()
}

// Of teams with 20 items, ordered pairs with two items that depend: A on B and
// B on C, of 6 or of 2. A on C has one item with two links; D is small.
func TestDensity(t *testing.T) {
	ties := `
A-91 story: 0 created; 1 start; 2 blocked by B-1; 2 blocked by C-1; 2 blocked by C-2; 2 blocked by A-1
A-92 story: 0 created; 1 start; 2 blocked by B-1; 2 blocked by D-1; 2 blocked by A-1
A-93 story: 0 created; 1 start; 2 blocked by D-1
B-91 story: 0 created; 1 start; 2 blocked by C-1
B-92 story: 0 created; 1 start; 2 blocked by C-2
`
	o := tell(t, crowd("A", 17, "")+crowd("B", 18, "")+crowd("C", 20, "")+crowd("D", 19, "")+ties)
	a := o.analyse(28, 2)
	o.Value("density", a.Density(), 2.0/6, 3)
	o = tell(t, crowd("A", 17, "")+crowd("B", 18, "")+crowd("C", 19, "")+crowd("D", 19, "")+ties)
	if e := o.analyse(28, 2).Density(); e.Known() || e.N != 2 || e.Why != "fewer than 3 teams with 20 items in the window" {
		t.Errorf("density of two teams: %+v", e)
	}
}

// A plan of random links is counted link by link; the analysis finds the same
// pairs, rows and sums.
func TestDependenciesByCountingLinks(t *testing.T) {
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 15))
		n := 8 + r.IntN(12)
		keys, lines, worked := make([]string, n), make([]string, n), make([]bool, n)
		for i := range n {
			keys[i] = fmt.Sprintf("%c-%d", 'A'+r.IntN(4), i+1)
			lines[i] = keys[i] + " story: 0 created"
			if worked[i] = r.IntN(4) > 0; worked[i] {
				lines[i] += "; 1 start"
			}
		}
		type tie struct{ from, to byte }
		links, items := map[tie]int{}, map[tie]map[int]bool{}
		total, cross := 0, 0
		for i := range n {
			for j := range n {
				if i == j || r.IntN(5) > 0 {
					continue
				}
				if r.IntN(2) == 0 {
					lines[i] += "; 2 blocked by " + keys[j]
				} else {
					lines[j] += "; 2 blocks " + keys[i]
				}
				if !worked[i] {
					continue
				}
				k := tie{keys[i][0], keys[j][0]}
				links[k]++
				if items[k] == nil {
					items[k] = map[int]bool{}
				}
				items[k][i] = true
				total++
				if k.from != k.to {
					cross++
				}
			}
		}
		o := tell(t, strings.Join(lines, "\n"))
		a := o.analyse(28, 2)
		pairs := a.Pairs()
		if len(pairs) != len(links) {
			t.Fatalf("seed %d: %d pairs, want %d", seed, len(pairs), len(links))
		}
		for k, p := range pairs {
			key := tie{o.Org.Teams[p.From].Name[0], o.Org.Teams[p.To].Name[0]}
			if p.Links != links[key] || p.Items != len(items[key]) || k > 0 && p.Items > pairs[k-1].Items {
				t.Fatalf("seed %d: pair %c>%c has %d links of %d items, want %d of %d", seed, key.from, key.to, p.Links, p.Items, links[key], len(items[key]))
			}
		}
		org := a.Org()
		in, out, all, count := 0, 0, 0, 0
		for id := range o.Org.Teams {
			row := a.Team(work.TeamID(id))
			in, out, all, count = in+row.In, out+row.Out, all+row.Links, count+row.Items
			waits, needed := 0, 0
			for k, of := range items {
				if k.from != k.to && len(of) >= 2 {
					if string(k.from) == o.Org.Teams[id].Name {
						waits++
					}
					if string(k.to) == o.Org.Teams[id].Name {
						needed++
					}
				}
			}
			if row.WaitsFor != waits || row.NeededBy != needed {
				t.Fatalf("seed %d: %s waits for %d, needed by %d; want %d and %d", seed, o.Org.Teams[id].Name, row.WaitsFor, row.NeededBy, waits, needed)
			}
		}
		if org.Links != total || org.Out != cross || in != cross || out != cross || all != total || count != org.Items {
			t.Fatalf("seed %d: %d links, %d cross, teams %d in, %d out; want %d and %d", seed, org.Links, org.Out, in, out, total, cross)
		}
	}
}

// FuzzAnalyse looks for what no dependencies may be, whatever the story.
func FuzzAnalyse(f *testing.F) {
	assembletest.Fuzz(f, func(t *testing.T, c *work.Cut) {
		a := Analyse(c)
		a.Density()
		org, links, items := a.Org(), 0, 0
		for k := int(work.Several) + 1; k < len(a.View.Teams); k++ {
			row := a.Team(work.TeamID(k))
			links, items = links+row.Links, items+row.Items
		}
		seen := map[Edge]bool{}
		for _, e := range a.Edges {
			if seen[e] || e.From == e.To || e.FromTeam <= work.Several || e.ToTeam <= work.Several {
				t.Errorf("edge %+v of %+v", e, a.Edges)
			}
			seen[e] = true
		}
		if links != org.Links || items != org.Items || links != len(a.Edges) {
			t.Errorf("teams have %d links of %d items, the organisation %d of %d", links, items, org.Links, org.Items)
		}
	})
}

// What texts tell stands apart from links: words of dependence, and mentions;
// a text that a link says, too, is left out. Evidence speaks, too.
func TestTexts(t *testing.T) {
	o := tell(t, `
acme/shop#1 bug: 0 created; 0 mentions body depends acme/web#1; 0 mentions body acme/web#2
acme/shop#2 bug: 0 created; 0 mentions body task acme/web#1; 16 blocked by acme/web#1; 16 column "In Progress"
acme/shop#3 pull: 15 created; 15 mentions title acme/web#2
acme/shop#4 bug: 0 created; 0 mentions body acme/web#1; 1 done
acme/web#1 bug: 0 created; 0 mentions body blocks acme/shop#1
acme/web#2 bug: 0 created; 15 column "In Progress"
`)
	// Texts are told from the creation on; what was worked on from day 14 to 28
	// are shop's #2 (begun), #3 (created) and web's #2.
	a := o.analyse(28, 2)
	want := []Pair{{From: o.Team("acme/shop"), To: o.Team("acme/web"), Items: 1, Links: 1, Mentions: 1}}
	if got := a.Pairs(); !slices.Equal(got, want) {
		t.Errorf("pairs %+v, want %+v", got, want)
	}
	// In the two weeks before, the others were created.
	want = []Pair{{From: o.Team("acme/shop"), To: o.Team("acme/web"), Texts: 2, Mentions: 2}}
	got := o.analyse(14, 2).Pairs()
	if !slices.Equal(got, want) {
		t.Errorf("two weeks before: pairs %+v, want %+v", got, want)
	}
}
