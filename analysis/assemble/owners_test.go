package assemble

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

func TestTeamsByWhatItemsName(t *testing.T) {
	for _, c := range []struct {
		name  string
		rules Rules
		story string
		want  string // owners of the item that ends as A-1
	}{
		{"the project", Rules{}, "A-1 story: 0 created", "0 A"},
		{"the project of the key of then", Rules{}, "B-7 story: 0 created; 3 move A-1", "0 B; 3 A"},
		{"the Team field before the project", Rules{}, "A-1 story: 0 created; 2 team Red; 5 team Blue; 7 team \"\"", "0 A; 2 Red; 5 Blue; 7 A"},
		{"the project alone", Rules{By: ByProject}, "B-7 story: 0 created; 2 team Red; 3 move A-1", "0 B; 3 A"},
		{"a project with a dash", Rules{By: ByProject}, "A-B-7 story: 0 created; 3 move A-1", "0 A-B; 3 A"},

		{"one component", Rules{By: ByComponent}, "A-1 story: 0 created; 2 component +Core; 5 component -Core", "0 (no team); 2 Core; 5 (no team)"},
		{"two components", Rules{By: ByComponent}, "A-1 story: 0 created; 2 component +Core; 4 component +Web; 6 component -Core", "0 (no team); 2 Core; 4 (several); 6 Web"},
		{"a component exchanged in one instant", Rules{By: ByComponent}, "A-1 story: 0 created; 2 component +Core; 4 component -Core; 4 component +Web", "0 (no team); 2 Core; 4 Web"},
		{"a label", Rules{By: ByLabel}, "A-1 story: 0 created; 2 label +red; 4 label +blue", "0 (no team); 2 red; 4 (several)"},
		{"a field that is the Team field", Rules{By: ByField, Field: "TEAM"}, "A-1 story: 0 created; 2 team Red; 5 team \"\"", "0 (no team); 2 Red; 5 (no team)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := tell(t, c.rules, c.story).owners("A-1"); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Components of one name in two projects are two teams; a component keeps its
// team where only its owner changes.
func TestComponentsBelongToAProject(t *testing.T) {
	o := tell(t, Rules{By: ByComponent}, `
A-1 story: 0 created; 0 component +Core
B-1 story: 0 created; 0 component +Core; 5 move A-2
B-2 story: 0 created; 0 component +Core`)
	team := func(key string, day float64) work.TeamID { return o.on(day).Owner(o.item(key), o.Day(day)) }
	a, b := team("A-1", 0), team("A-2", 0)
	if a == b || b != team("B-2", 0) || team("A-2", 5) != a || o.Org.Teams[a].Group != "A" || o.Org.Teams[b].Group != "B" {
		t.Errorf("teams %v of A-1, %v then %v of the one that moved; %v", a, b, team("A-2", 5), o.Org.Teams)
	}
	if o.Org.Teams[a].Name != "Core" || a != 2 || b != 3 || len(o.Org.Teams) != 4 {
		t.Errorf("teams %v", o.Org.Teams)
	}
}

// Of a custom field only the present value is known.
func TestTeamsByAnotherField(t *testing.T) {
	s := parse(t, "A-1 story: 0 created; 2 start\nA-2 story: 0 created\nA-3 story: 0 created")
	records := s.Facts()
	records[0].Fields = []fact.Field{{ID: "cf1", Values: []fact.Named{{ID: "1", Name: "Red"}}}}
	records[1].Fields = []fact.Field{{ID: "cf1", Values: []fact.Named{{Name: "Red"}, {Name: "Blue"}, {Name: "Red"}}}, {ID: "cf2", Values: []fact.Named{{Name: "Green"}}}}
	records[2].Fields = []fact.Field{{ID: "cf2", Values: []fact.Named{{Name: "Red"}}}}
	vocab := s.Vocabulary().Add(
		fact.Term{Site: site, Kind: fact.TermField, ID: "cf1", Name: "Squad"}, fact.Term{Site: site, Kind: fact.TermField, ID: "cf2", Name: "Tribe"},
	)
	for _, field := range []string{"squad", "CF1"} {
		res, err := Assemble(Rules{By: ByField, Field: field}, vocab, records)
		if err != nil {
			t.Fatal(err)
		}
		o := tale{s, res, t}
		if got := o.owners("A-1") + ", " + o.owners("A-2") + ", " + o.owners("A-3"); got != "0 Red, 0 (several), 0 (no team)" {
			t.Errorf("by %s: %s", field, got)
		}
		if c := o.Org.Coverage; c.NoTeam != 1 || c.Several != 1 {
			t.Errorf("no team %d, several %d; want 1 and 1", c.NoTeam, c.Several)
		}
	}
}

// A custom field of the kind of Team is the Team field under any name.
func TestTheTeamFieldUnderItsOwnName(t *testing.T) {
	s := parse(t, "A-1 story: 0 created; 3 start")
	records := s.Facts()
	records[0].Fields = []fact.Field{{ID: "cf1", Values: []fact.Named{{ID: "7", Name: "Red"}}}}
	vocab := s.Vocabulary().Add(fact.Term{Site: site, Kind: fact.TermField, ID: "cf1", Name: "Mannschaft", Schema: "com.atlassian.teams:rm-teams-custom-field-team"})
	res, err := Assemble(Rules{}, vocab, records)
	if err != nil {
		t.Fatal(err)
	}
	if got := (tale{s, res, t}).owners("A-1"); got != "0 Red" {
		t.Errorf("owners %s, want Red", got)
	}
	if res.Org.FirstTeamField != s.Day(0) || res.Org.At(s.Day(0)).ByProject() {
		t.Errorf("the field took over %v", res.Org.FirstTeamField)
	}
}

func TestConfiguredTeams(t *testing.T) {
	day := func(d float64) fact.Instant { return parse(t, "X-1 x: 0 created").Day(d) }
	teams := []Team{
		{Name: "Pay", ID: "t1", Match: Match{Components: []string{"Pay*", "billing"}}, Claims: true},
		{Name: "Bugs", ID: "t2", Match: Match{Types: []string{"Bug"}, Projects: []string{"A"}}},
		{Name: "Later", ID: "t3", Match: Match{Projects: []string{"A"}}, From: day(10)},
		{Name: "Web", ID: "t4", Match: Match{Projects: []string{"*web*"}, Labels: []string{"ui", "ux"}}},
		{Name: "Red", ID: "t5", Match: Match{Fields: map[string][]string{"Team": {"red?"}}}},
	}
	for _, c := range []struct{ name, key, story, want string }{
		{"nobody's", "C-1", "C-1 story: 0 created", "0 (no team)"},
		{"a component by a pattern", "C-1", "C-1 story: 0 created; 2 component +Payments", "0 (no team); 2 Pay"},
		{"a component by its name in other letters", "C-1", "C-1 story: 0 created; 2 component +BILLING", "0 (no team); 2 Pay"},
		{"part of a name is not the name", "C-1", "C-1 story: 0 created; 2 component +Billings", "0 (no team)"},
		{"a pattern at the wrong end", "C-1", "C-1 story: 0 created; 2 component +Repay", "0 (no team)"},
		{"any of several components", "C-1", "C-1 story: 0 created; 2 component +Other; 3 component +billing", "0 (no team); 3 Pay"},
		{"all that a rule asks for", "A-1", "A-1 bug: 0 created; 2 type story", "0 Bugs; 2 (no team); 10 Later"},
		{"and no less", "C-1", "C-1 bug: 0 created", "0 (no team)"},
		{"the first that fits owns", "A-1", "A-1 bug: 0 created; 2 component +Pay; 4 component -Pay", "0 Bugs; 2 Pay; 4 Bugs"},
		{"from a date on, old items too", "A-1", "A-1 story: 3 created", "3 (no team); 10 Later"},
		{"from a date on, younger items", "A-1", "A-1 story: 12 created", "12 Later"},
		{"created on the date", "A-1", "A-1 story: 10 created", "10 Later"},
		{"a project by a pattern, and a label", "myweb-1", "myweb-1 story: 0 created; 2 label +UX; 3 label +ui; 4 label -UX", "0 (no team); 2 Web"},
		{"a Team field by a pattern", "C-1", "C-1 story: 0 created; 2 team Reds; 4 team Red", "0 (no team); 2 Red; 4 (no team)"},
		{"after a move", "A-5", "C-1 story: 0 created; 2 component +Pay; 20 move A-5; 22 component -Pay", "0 (no team); 2 Pay; 22 Later"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, Rules{By: ByRules, Teams: teams}, c.story)
			if got := o.owners(c.key); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			for i, want := range teams {
				if got := o.Org.Teams[i+2]; got != (work.Team{Name: want.Name, ID: want.ID, Configured: true, Claims: want.Claims}) {
					t.Errorf("team %d is %+v", i+2, got)
				}
			}
			if o.Org.ProjectTeams {
				t.Error("these teams do not go by project alone")
			}
		})
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"core", "Core", true}, {"Core", "core", true}, {"core", "cores", false}, {"core*", "core", true}, {"core*", "Cores", true}, {"*core*", "hardcore ui", true},
		{"acme/*", "acme/web", true}, {"acme/*", "other/web", false}, {"*", "a/b", true}, {"a*b", "a/x/b", true}, {"*", "", true}, {"", "x", false},
		{"[api] *", "[API] core", true}, {`c:\*`, `C:\x`, true}, {"a?c", "a?c", true},
	} {
		m := Match{Labels: []string{c.pattern}}.lower()
		if got := fits(m.Labels, c.name); got != c.want {
			t.Errorf("%q fits %q: %v", c.pattern, c.name, got)
		}
	}
}

// Matched counts whom a rule fits now, whoever owns them; Owned who owns.
func TestMatchedAndOwned(t *testing.T) {
	rules := Rules{By: ByRules, Teams: []Team{
		{Name: "Core", Match: Match{Components: []string{"Core"}}},
		{Name: "A", Match: Match{Projects: []string{"A"}}},
		{Name: "Never", Match: Match{Projects: []string{"Z"}}},
		{Name: "Late", Match: Match{Projects: []string{"B"}}, From: parse(t, "X-1 x: 0 created").Day(4)},
	}}
	o := tell(t, rules, `
A-1 story: 0 created; 0 component +Core
A-2 story: 0 created; 0 component +Core; 3 component -Core
A-3 story: 0 created; 5 move B-3
B-1 story: 0 created; 1 component +Core
C-1 story: 0 created`)
	// Core: A-1 and B-1. A, but A-1 is Core's. B: B-1, which is Core's, and B-3.
	if !slices.Equal(o.Matched, []int{2, 2, 0, 2}) || !slices.Equal(o.Owned, []int{2, 1, 0, 1}) {
		t.Errorf("matched %v, owned %v", o.Matched, o.Owned)
	}
	if c := o.Org.Coverage; c.NoTeam != 1 || c.Several != 0 {
		t.Errorf("no team %d, several %d; want C-1 alone", c.NoTeam, c.Several)
	}
	if o := tell(t, Rules{}, "A-1 story: 0 created"); len(o.Matched)+len(o.Owned) > 0 {
		t.Errorf("without configured teams: matched %v, owned %v", o.Matched, o.Owned)
	}
}

// Two rules that look alike are two teams.
func TestConfiguredTeamsOfOneName(t *testing.T) {
	o := tell(t, Rules{By: ByRules, Teams: []Team{
		{Name: "Core", Match: Match{Projects: []string{"A"}}}, {Name: "Core", Match: Match{Projects: []string{"B"}}},
	}}, "A-1 story: 0 created\nB-1 story: 0 created\nC-1 story: 0 created")
	var owners []work.TeamID
	for _, key := range []string{"A-1", "B-1", "C-1"} {
		owners = append(owners, o.on(0).Owner(o.item(key), o.Day(0)))
	}
	if !slices.Equal(owners, []work.TeamID{2, 3, work.NoTeam}) || len(o.Org.Teams) != 4 {
		t.Errorf("owners %v of teams %v", owners, o.Org.Teams)
	}
}

func TestProjectTeams(t *testing.T) {
	byProject := Team{Name: "P", Match: Match{Projects: []string{"A"}}}
	byLabel := Team{Name: "L", Match: Match{Labels: []string{"x"}}}
	for _, c := range []struct {
		name  string
		rules Rules
		want  bool
	}{
		{"default", Rules{}, true},
		{"project", Rules{By: ByProject}, true},
		{"component", Rules{By: ByComponent}, false},
		{"label", Rules{By: ByLabel}, false},
		{"field", Rules{By: ByField, Field: "x"}, false},
		{"rules by project", Rules{By: ByRules, Teams: []Team{byProject}}, true},
		{"rules by label among them", Rules{By: ByRules, Teams: []Team{byProject, byLabel}}, false},
	} {
		if got := tell(t, c.rules, "A-1 story: 0 created").on(0).ByProject(); got != c.want {
			t.Errorf("%s: teams go by project: %v", c.name, got)
		}
	}
}

// owns is a plain reading of the rules for one instant: what the item has then
// is followed through its events by hand.
func owns(teams []Team, has map[string]bool, project, typ string, at fact.Instant) string {
	for _, team := range teams {
		m := team.Match
		any := func(kind string, names []string) bool {
			return len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return has[kind+n] })
		}
		if at >= team.From && any("component ", m.Components) && any("label ", m.Labels) &&
			(len(m.Projects) == 0 || slices.Contains(m.Projects, project)) && (len(m.Types) == 0 || slices.Contains(m.Types, typ)) {
			return team.Name
		}
	}
	return "(no team)"
}

func TestConfiguredTeamsFollowTheItem(t *testing.T) {
	seeds := uint64(300)
	if testing.Short() {
		seeds = 50
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 7))
		pick := func(xs ...string) string { return xs[r.IntN(len(xs))] }
		maybe := func(xs ...string) []string {
			if r.IntN(2) == 0 {
				return nil
			}
			return []string{pick(xs...), pick(xs...)}
		}
		var teams []Team
		for n := range 1 + r.IntN(5) {
			team := Team{Name: fmt.Sprintf("T%d", n), Match: Match{
				Projects: maybe("A", "B", "C"), Components: maybe("K1", "K2"), Labels: maybe("l1", "l2"), Types: maybe("story", "bug"),
			}}
			if r.IntN(3) == 0 {
				team.From = parse(t, "X-1 x: 0 created").Day(float64(r.IntN(12)))
			}
			teams = append(teams, team)
		}
		// What each item goes through, and who should own it on every day.
		var text strings.Builder
		const items, days = 6, 14
		var want [items][days]string
		for i := range items {
			project, typ, has := pick("A", "B", "C"), pick("story", "bug"), map[string]bool{}
			fmt.Fprintf(&text, "%s-%d %s: 0 created", project, i+1, typ)
			for d := range days {
				if d > 0 && r.IntN(2) == 0 {
					switch r.IntN(4) {
					case 0:
						project = pick("A", "B", "C")
						fmt.Fprintf(&text, "; %d move %s-%d", d, project, 100*i+d+10)
					case 1:
						typ = pick("story", "bug")
						fmt.Fprintf(&text, "; %d type %s", d, typ)
					default:
						thing := pick("component +K1", "component +K2", "component -K1", "component -K2", "label +l1", "label +l2", "label -l1", "label -l2")
						kind, name, _ := strings.Cut(thing, " ")
						has[kind+" "+name[1:]] = name[0] == '+'
						fmt.Fprintf(&text, "; %d %s", d, thing)
					}
				}
				want[i][d] = owns(teams, has, project, typ, parse(t, "X-1 x: 0 created").Day(float64(d)))
			}
			text.WriteString("\n")
		}
		o := tell(t, Rules{By: ByRules, Teams: teams}, text.String())
		for i := range items {
			for d := range days {
				v := o.on(float64(d))
				if got := o.Org.Teams[v.Owner(work.ItemID(i), v.T)].Name; got != want[i][d] {
					t.Fatalf("seed %d: item %d belongs to %s on day %d, want %s\n%s%v", seed, i+1, got, d, want[i][d], text.String(), teams)
				}
			}
		}
	}
}
