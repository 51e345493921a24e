package assemble

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
)

// projects tells the containers that an item was in over time.
func (o tale) projects(key string) string {
	var out []string
	i := o.item(key)
	for _, run := range o.Org.OldProjects[i] {
		out = append(out, o.day(run.From)+" "+o.Org.Projects[run.Project].Key)
	}
	return strings.Join(append(out, "now "+o.Org.Projects[o.Org.Items.Project[i]].Key), "; ")
}

// A repository is one, however it is written; shown as the first of its items
// writes it.
func TestRepositoriesWithoutRegardToCase(t *testing.T) {
	o := tell(t, Rules{}, `Acme/Shop#1 bug: 0 created; 1 blocked by ACME/shop#2
ACME/shop#2 bug: 0 created
acme/shop#3 pull: 1 created
acme/web#4 bug: 0 created; 1 blocked by acme/shop#3`)
	var teams []string
	for _, team := range o.Org.Teams[2:] {
		teams = append(teams, team.Name)
	}
	if got := strings.Join(teams, ", "); got != "Acme/Shop, acme/web" {
		t.Errorf("teams %s", got)
	}
	if len(o.Org.Projects) != 2 || o.Org.Projects[0].Key != "Acme/Shop" || o.Org.Projects[0].FirstIssue != o.Day(0) {
		t.Errorf("projects %+v", o.Org.Projects)
	}
	if o.levelOn("acme/shop#3", 1) != work.LevelAside {
		t.Error("a pull request of a repository that has issues in another spelling is an item")
	}
	if c := o.Org.Coverage; c.Links != 2 || c.LinksAcross != 1 {
		t.Errorf("%d links, %d between projects", c.Links, c.LinksAcross)
	}
}

// Components are those of one repository in whatever spelling, and labels are
// whatever they say.
func TestComponentsOfARepository(t *testing.T) {
	s := parse(t, "Acme/Shop#1 bug: 0 created; 0 component +Pay\nacme/shop#2 bug: 0 created; 0 component +Pay\nacme/web#3 bug: 0 created; 0 component +Pay")
	o := assembled(t, Rules{By: ByComponent}, s, s.Facts())
	var teams []string
	for _, team := range o.Org.Teams[2:] {
		teams = append(teams, team.Group+" "+team.Name)
	}
	if got := strings.Join(teams, ", "); got != "Acme/Shop Pay, acme/web Pay" {
		t.Errorf("teams %s", got)
	}
}

// Projects of Jira are known by their very letters, and a Team field that reads
// like a repository is none.
func TestProjectsOfJiraKeepTheirCase(t *testing.T) {
	o := tell(t, Rules{}, "A-1 story: 0 created\na-2 story: 0 created\nB-1 story: 0 created; 0 team Web/Shop\nB-2 story: 0 created; 0 team web/shop")
	if len(o.Org.Projects) != 3 || len(o.Org.Teams) != 2+4 {
		t.Errorf("projects %v, teams %v", o.Org.Projects, o.Org.Teams)
	}
}

// An issue that was transferred belonged to the repository that it came from:
// its team, and what it makes of pull requests there.
func TestTransferredIssues(t *testing.T) {
	o := tell(t, Rules{}, `acme/old#1 bug: 2 created; 6 move acme/new#9; 9 move acme/last#4
acme/old#2 pull: 1 created
acme/new#3 pull: 1 created
acme/last#5 pull: 1 created`)
	const key = "acme/last#4"
	if got, want := o.projects(key), "2 acme/old; 6 acme/new; 9 acme/last; now acme/last"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := o.owners(key), "2 acme/old; 6 acme/new; 9 acme/last"; got != want {
		t.Errorf("teams %s\nwant %s", got, want)
	}
	for _, c := range []struct {
		key  string
		from float64 // evidence since
	}{{"acme/old#2", 2}, {"acme/new#3", 6}, {"acme/last#5", 9}} {
		if before, after := o.levelOn(c.key, c.from-0.1), o.levelOn(c.key, c.from); before != work.LevelItem || after != work.LevelAside {
			t.Errorf("%s: %v, then %v from day %g on", c.key, before, after, c.from)
		}
	}
	v := o.on(7)
	if got := v.Projects[v.Project(o.item(key))].Key; got != "acme/new" {
		t.Errorf("on day 7 it is in %s", got)
	}
}

// Events of a transfer may name the repository that the issue came from and no
// more, come twice, or contradict themselves.
func TestTransfersInOtherWords(t *testing.T) {
	s := parse(t, "acme/shop#1 bug: 1 created; 9 comment 4")
	move := func(day float64, from, to string) fact.Change {
		return fact.Change{ID: fmt.Sprint(day, from), At: s.Day(day), Kind: fact.KindProject, From: fact.Value{Text: from}, To: fact.Value{Text: to}}
	}
	for _, c := range []struct {
		name    string
		changes []fact.Change
		want    string
	}{
		{"none", nil, "now acme/shop"},
		{"without where to", []fact.Change{move(3, "acme/old", "")}, "1 acme/old; 3 acme/shop; now acme/shop"},
		{"before it was created", []fact.Change{move(0, "acme/old", "acme/shop")}, "now acme/shop"},
		{"twice in one instant", []fact.Change{move(3, "acme/a", "acme/b"), move(3, "acme/b", "acme/shop")}, "1 acme/a; 3 acme/shop; now acme/shop"},
		{"a project of Jira", []fact.Change{move(3, "Payments", "")}, "now acme/shop"},
		{"there and back", []fact.Change{move(3, "acme/shop", ""), move(5, "acme/old", "")}, "1 acme/shop; 3 acme/old; 5 acme/shop; now acme/shop"},
	} {
		t.Run(c.name, func(t *testing.T) {
			records := s.Facts()
			records[0].Changes = c.changes
			if got := assembled(t, Rules{}, s, records).projects("acme/shop#1"); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// A text that names a key of a project that all items have left still leads to
// the item.
func TestKeysOfALeftProject(t *testing.T) {
	o := tell(t, Rules{}, "A-1 story: 0 created; 1 move B-1\nacme/web#1 pull: 2 created; 2 mentions A-1; 2 mentions A-2; 2 mentions C-1")
	if got := o.carries(); got != "acme/web#1 B-1 2.." || len(o.Org.Coverage.MentionsOutside) != 1 || o.Org.Coverage.MentionsOutside["A"] != 1 {
		t.Errorf("%s; outside %v, want A-2 alone", got, o.Org.Coverage.MentionsOutside)
	}
}

// Team rules over both trackers: a rule that names projects or repositories is
// about these, and one that names neither is about all.
func TestTeamsOverBothTrackers(t *testing.T) {
	const text = "PAY-1 story: 0 created; 0 label +l\nSHOP-1 story: 0 created\nacme/pay-api#1 bug: 0 created; 0 label +l\nAcme/Shop#2 pull: 1 created\nacme/web#3 pull: 1 created; 1 label +l"
	for _, c := range []struct {
		name  string
		match Match
		want  string
	}{
		{"projects", Match{Projects: []string{"PAY", "acme/*"}}, "PAY-1"},
		{"repositories", Match{Repositories: []string{"acme/shop", "PAY"}}, "Acme/Shop#2"},
		{"a pattern", Match{Repositories: []string{"acme/PAY-*"}}, "acme/pay-api#1"},
		{"any repository", Match{Repositories: []string{"*"}}, "Acme/Shop#2 acme/pay-api#1 acme/web#3"},
		{"both", Match{Projects: []string{"PAY"}, Repositories: []string{"acme/pay-*"}}, "PAY-1 acme/pay-api#1"},
		{"neither", Match{Labels: []string{"l"}}, "PAY-1 acme/pay-api#1 acme/web#3"},
		{"with a label", Match{Repositories: []string{"acme/*"}, Labels: []string{"l"}}, "acme/pay-api#1 acme/web#3"},
		{"maintained by a team", Match{GitHubTeams: []string{"Payments"}}, "acme/pay-api#1"},
		{"by its full name", Match{GitHubTeams: []string{"acme/payments"}}, "acme/pay-api#1"},
		{"by a pattern", Match{GitHubTeams: []string{"*/w*"}}, "acme/web#3"},
		{"a name of two words", Match{GitHubTeams: []string{"the shop people"}}, "Acme/Shop#2"},
		{"maintained, and a repository", Match{GitHubTeams: []string{"payments"}, Repositories: []string{"acme/web"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, text)
			vocab := s.Vocabulary().Add(
				fact.Term{Site: s.Code, Kind: fact.TermOwners, ID: "acme/pay-api", Name: fact.TeamOwners, Schema: "Acme/Payments\r\n\n"},
				fact.Term{Site: s.Code, Kind: fact.TermOwners, ID: "acme/web", Name: fact.TeamOwners, Schema: "@acme/web-folk\nacme/others"},
				fact.Term{Site: s.Code, Kind: fact.TermOwners, ID: "acme/shop", Name: fact.TeamOwners, Schema: "The Shop People"},
				fact.Term{Site: s.Site, Kind: fact.TermOwners, ID: "acme/shop", Name: fact.TeamOwners, Schema: "payments"}, // of another site
			)
			res, err := Assemble(Rules{By: ByRules, Teams: []Team{{Name: "T", Match: c.match}}}, vocab, s.Facts())
			if err != nil {
				t.Fatal(err)
			}
			if got := owned(res.Org, 2); got != c.want {
				t.Errorf("owns %s, want %s", got, c.want)
			}
		})
	}
}

// owned lists what a team owns at the end, by key.
func owned(o *work.Org, team work.TeamID) string {
	var out []string
	for i := range work.ItemID(o.Items.Len()) {
		if got, _ := o.Owners.At(i, fact.Never); got == team {
			out = append(out, o.Items.Key[i])
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// One name of a repository on two sites: each has its own maintainers, though one
// shard takes both.
func TestRepositoriesOfTwoSites(t *testing.T) {
	s := story.MustParse("acme/shop#1 pull: 0 created")
	here, there := s.Facts()[0], *s.Facts()[0]
	there.Site = "https://enterprise.example"
	vocab := s.Vocabulary().Add(
		fact.Term{Site: here.Site, Kind: fact.TermOwners, ID: "acme/shop", Name: fact.TeamOwners, Schema: "acme/red"},
		fact.Term{Site: there.Site, Kind: fact.TermOwners, ID: "acme/shop", Name: fact.TeamOwners, Schema: "acme/blue"},
	)
	res, err := Assemble(Rules{By: ByRules, Teams: []Team{{Name: "Red", Match: Match{GitHubTeams: []string{"red"}}}, {Name: "Blue", Match: Match{GitHubTeams: []string{"blue"}}}}}, vocab, []*fact.Record{here, &there})
	if err != nil {
		t.Fatal(err)
	}
	if res.Owned[0] != 1 || res.Owned[1] != 1 {
		t.Errorf("owned %v, want one each", res.Owned)
	}
}

// A snapshot ends what is known of a repository, until something newer tells of
// it: then it was only the first word.
func TestSnapshotsEndNothingToldSince(t *testing.T) {
	s := story.MustParse("acme/shop#1 bug: 0 created\nacme/web#1 bug: 0 created")
	end := func(key string, at, seen fact.Instant) fact.Term {
		return fact.Term{Site: s.Code, Kind: fact.TermProject, Key: key, Name: key, End: at, Seen: seen}
	}
	vocab := s.Vocabulary().Add(
		end("acme/shop", s.Day(5), s.Day(5)), end("acme/web", s.Day(5), s.Day(5)),
		fact.Term{Site: s.Code, Kind: fact.TermProject, ID: "7", Key: "Acme/Web", Name: "web", Seen: s.Day(9)},
	)
	res, err := Assemble(Rules{}, vocab, s.Facts())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range res.Org.Projects {
		if want := map[string]fact.Instant{"acme/shop": s.Day(5)}[p.Key]; p.Through != want {
			t.Errorf("%s is known until %v, want %v", p.Key, p.Through, want)
		}
	}
}
