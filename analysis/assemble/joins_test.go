package assemble

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// carries tells every tie: which pull request carries what, from when to when.
func (o tale) carries() string {
	var out []string
	for _, c := range o.Org.Carries {
		out = append(out, fmt.Sprintf("%s %s %s..%s", o.key(c.Pull), o.key(c.Item), o.day(c.Made), o.day(c.Removed)))
	}
	return strings.Join(out, "; ")
}

// levelOn is the level of an item on a day.
func (o tale) levelOn(key string, day float64) work.Level { return o.on(day).Level(o.item(key)) }

// A tie is made by the link of the tracker, by a word that closes, or by a key of
// Jira; and each pair is tied once at a time.
func TestCarries(t *testing.T) {
	const issue = "acme/shop#1 bug: 1 created\n"
	for _, c := range []struct{ name, story, want string }{
		{"the tracker's link, as its events tell", issue + "acme/shop#2 pull: 2 created; 3 closes acme/shop#1; 5 unlink acme/shop#1; 7 closes acme/shop#1", "acme/shop#2 acme/shop#1 3..5; acme/shop#2 acme/shop#1 7.."},
		{"told by the issue", issue + "acme/shop#2 pull: 2 created\nacme/shop#3 bug: 0 created; 4 link \"is closed by\" acme/shop#2", "acme/shop#2 acme/shop#3 4.."},
		{"a word that closes: since both were there", issue + "acme/shop#2 pull: 0 created; 0 mentions closes acme/shop#1", "acme/shop#2 acme/shop#1 1.."},
		{"in another spelling", issue + "Acme/Shop#2 pull: 2 created; 2 mentions closes ACME/SHOP#1", "Acme/Shop#2 acme/shop#1 2.."},
		{"an issue of another repository", issue + "acme/web#2 pull: 2 created; 2 mentions closes acme/shop#1", "acme/web#2 acme/shop#1 2.."},
		{"no word: a mention", issue + "acme/shop#2 pull: 2 created; 2 mentions acme/shop#1", ""},
		{"a key of Jira needs no word", "A-1 story: 0 created\nacme/shop#2 pull: 2 created; 2 mentions branch A-1", "acme/shop#2 A-1 2.."},
		{"nor does a closing word harm", "A-1 story: 3 created\nacme/shop#2 pull: 2 created; 2 mentions closes A-1", "acme/shop#2 A-1 3.."},
		{"words of dependence make something else of it", "A-1 story: 0 created\nacme/shop#2 pull: 2 created; 2 mentions depends A-1; 2 mentions blocks A-1", ""},
		{"one item, two pull requests", "A-1 story: 0 created\nacme/shop#2 pull: 2 created; 2 mentions A-1\nacme/web#3 pull: 4 created; 4 mentions title A-1", "acme/shop#2 A-1 2..; acme/web#3 A-1 4.."},
		{"one pull request, two items", issue + "A-1 story: 0 created\nacme/shop#2 pull: 2 created; 2 mentions A-1; 2 mentions closes acme/shop#1", "acme/shop#2 acme/shop#1 2..; acme/shop#2 A-1 2.."},
		{"text and link are one tie", issue + "acme/shop#2 pull: 2 created; 2 mentions closes acme/shop#1; 4 closes acme/shop#1", "acme/shop#2 acme/shop#1 2.."},
		{"the text stands where the link is taken out", issue + "acme/shop#2 pull: 2 created; 2 mentions closes acme/shop#1; 4 closes acme/shop#1; 6 unlink acme/shop#1", "acme/shop#2 acme/shop#1 2.."},
		{"issues close nothing", issue + "acme/shop#2 bug: 2 created; 2 mentions closes acme/shop#1", ""},
		{"nor are pull requests closed", "acme/shop#1 pull: 1 created\nacme/shop#2 pull: 2 created; 2 mentions closes acme/shop#1", ""},
		{"nor milestones", "acme/shop/milestone/1 milestone: 0 created\nacme/shop#2 pull: 2 created; 2 mentions closes acme/shop/milestone/1", ""},
		{"oneself", "acme/shop#2 pull: 2 created; 2 mentions closes acme/shop#2; 3 closes acme/shop#2", ""},
		{"what is not there", issue + "acme/shop#2 pull: 2 created; 2 mentions closes acme/shop#9; 2 mentions closes far/off#1; 2 mentions A-1; 2 mentions UTF-8; 2 closes far/off#2", ""},
		{"by an old key of Jira", "A-1 story: 0 created; 1 move B-7\nacme/shop#2 pull: 2 created; 2 mentions A-1", "acme/shop#2 B-7 2.."},
		{"by a key that came later", "A-1 story: 0 created; 5 move B-7\nacme/shop#2 pull: 2 created; 2 mentions B-7", "acme/shop#2 B-7 5.."},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, Rules{}, c.story)
			if got := o.carries(); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// Rules say which keys of Jira tie, whatever their case.
func TestJoins(t *testing.T) {
	const text = "PAY-1 story: 0 created\nSHOP-1 story: 0 created\nacme/web#1 pull: 1 created; 1 mentions title PAY-1; 1 mentions body SHOP-1\nacme/web#2 pull: 1 created; 1 mentions branch SHOP-1"
	for _, c := range []struct {
		name  string
		joins Joins
		want  string
	}{
		{"all", Joins{}, "acme/web#1 PAY-1 1..; acme/web#1 SHOP-1 1..; acme/web#2 SHOP-1 1.."},
		{"title", Joins{In: []fact.Where{fact.InTitle}}, "acme/web#1 PAY-1 1.."},
		{"title and branch", Joins{In: []fact.Where{fact.InTitle, fact.InBranch}}, "acme/web#1 PAY-1 1..; acme/web#2 SHOP-1 1.."},
		{"projects", Joins{Projects: []string{"PAY"}}, "acme/web#1 PAY-1 1.."},
		{"patterns", Joins{Projects: []string{"Sh*", "X"}}, "acme/web#1 SHOP-1 1..; acme/web#2 SHOP-1 1.."},
		{"both", Joins{In: []fact.Where{fact.InBody}, Projects: []string{"PAY"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, Rules{Joins: c.joins}, text)
			if got := o.carries(); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
			if ties := strings.Count(o.carries(), ".."); ties+o.Org.Coverage.Mentions != 3 {
				t.Errorf("%d ties and %d mentions of 3 references", ties, o.Org.Coverage.Mentions)
			}
		})
	}
	// Keys of repositories are no keys of Jira.
	o := tell(t, Rules{Joins: Joins{In: []fact.Where{fact.InBranch}, Projects: []string{"NONE"}}}, "acme/shop#1 bug: 0 created\nacme/shop#2 pull: 1 created; 1 mentions closes acme/shop#1")
	if got := o.carries(); got != "acme/shop#2 acme/shop#1 1.." {
		t.Errorf("a closing word: %s", got)
	}
}

// A pull request without an issue is an item where its repository has no issues,
// and evidence otherwise.
func TestLevelOfPullRequests(t *testing.T) {
	o := tell(t, Rules{}, `A-1 story: 0 created
acme/shop#1 bug: 5 created
Acme/Shop#2 pull: 1 created
acme/web#3 pull: 1 created
acme/web#4 pull: 1 created; 3 comment 5
acme/web#5 pull: 1 created; 1 mentions A-1
acme/web#6 pull: 1 created; 1 mentions far/off#1; 1 closes far/off#2
acme/web#7 pull: 1 created; 1 mentions depends A-1`)
	for _, c := range []struct {
		key  string
		day  float64
		want work.Level
	}{
		{"acme/shop#1", 6, work.LevelItem},
		{"Acme/Shop#2", 4.9, work.LevelItem},
		{"Acme/Shop#2", 5, work.LevelAside}, // the first issue
		{"acme/web#3", 9, work.LevelItem},
		{"acme/web#4", 9, work.LevelItem},
		{"acme/web#5", 1, work.LevelAside}, // it carries one of elsewhere
		{"acme/web#6", 9, work.LevelItem},  // what it carries was not pulled
		{"acme/web#7", 9, work.LevelItem},
	} {
		if got := o.levelOn(c.key, c.day); got != c.want {
			t.Errorf("%s on day %g: %v, want %v", c.key, c.day, got, c.want)
		}
	}
	tied := tell(t, Rules{}, "acme/shop#1 bug: 0 created\nacme/web#2 pull: 1 created; 3 closes acme/shop#1; 6 unlink acme/shop#1")
	for day, want := range map[float64]work.Level{2.9: work.LevelItem, 3: work.LevelAside, 5.9: work.LevelAside, 6: work.LevelItem} {
		if got := tied.levelOn("acme/web#2", day); got != want {
			t.Errorf("tied from day 3 to 6, on day %g: %v, want %v", day, got, want)
		}
	}
}

// A bot's pull request is nobody's item, and begins none.
func TestPullRequestsOfBots(t *testing.T) {
	s := parse(t, `A-1 story: 0 created
acme/web#1 pull: 1 created by robo; 2 comment 9 by robo; 3 review by ana
acme/web#2 pull: 4 created by robo; 4 mentions A-1`)
	o := assembled(t, Rules{Bots: []fact.Person{s.Person("robo")}}, s, s.Facts())
	if c := o.Org.Coverage; c.BotPulls != 2 || c.Pulls != 2 {
		t.Errorf("coverage %+v", c)
	}
	if got := o.Org.Trails.Of(o.item("acme/web#1")); len(got) != 1 || got[0] != (work.Event{At: s.Day(3), By: s.Person("ana"), Deed: work.DeedReviewed}) {
		t.Errorf("trail %+v", got)
	}
	if o.levelOn("acme/web#1", 9) != work.LevelAside {
		t.Error("the bot's is an item")
	}
	if l := o.on(9).Lives()[o.item("A-1")]; l.Begun() {
		t.Errorf("a bot began A-1: %+v", l)
	}
}

// Accounts of one person are one: who acts, who is assigned and who is a bot.
func TestPeopleWithSeveralAccounts(t *testing.T) {
	s := parse(t, `A-1 story: 0 created; 1 start by ana
acme/shop#1 bug: 0 created; 2 assign ana by ana-gh
acme/shop#2 pull: 1 created by ana-gh; 2 comment 9 by ana; 3 review by ana-3
acme/shop#3 pull: 1 created by robo-2`)
	who := func(name string) fact.Person { return s.Person(name) }
	people := [][]fact.Person{{who("ana"), who("ana-gh")}, {who("robo"), who("robo-2")}, {}, {who("ana-3"), who("ana-gh")}}
	o := assembled(t, Rules{People: people, Bots: []fact.Person{who("robo-2")}}, s, s.Facts())
	p := o.Org.PullOf(o.item("acme/shop#2"))
	ana := p.Creator
	for _, e := range o.Org.Trails.Of(p.Item) {
		if e.By != ana {
			t.Errorf("%+v of another than %d", e, ana)
		}
	}
	if _, states := o.Org.States.Of(o.item("A-1")); len(states) != 2 || !slices.Contains(o.Org.Actors, ana) {
		t.Errorf("actors %v, want %d among them", o.Org.Actors, ana)
	}
	if at := o.Org.Items.Assigned[o.item("acme/shop#1")]; at != s.Day(2) {
		t.Errorf("by herself, under another name: assigned %v", at)
	}
	if !o.Org.Bots[o.Org.PullOf(o.item("acme/shop#3")).Creator] || o.Org.Coverage.BotPulls != 1 {
		t.Errorf("bots %v", o.Org.Bots)
	}
}

// The item that pull requests carry begins with the first commit of any of them,
// or with the pull request, and not before it was written down; known since the
// tie is.
func TestStartByCode(t *testing.T) {
	for _, c := range []struct {
		name, story string
		day, want   float64 // the start; −1: none
		rule        work.StartRule
	}{
		{"the oldest commit", "A-1 story: 0 created\nacme/web#1 pull: 5 created; 4 commit; 3 commit; 5 mentions A-1", 5, 3, work.StartCode},
		{"not known before the pull request", "A-1 story: 0 created\nacme/web#1 pull: 5 created; 3 commit; 5 mentions A-1", 4.9, -1, work.StartNone},
		{"no commits", "A-1 story: 0 created\nacme/web#1 pull: 5 created; 5 mentions A-1", 9, 5, work.StartCode},
		{"later commits", "A-1 story: 0 created\nacme/web#1 pull: 5 created; 6 commit; 5 mentions A-1", 9, 5, work.StartCode},
		{"older than the item", "A-1 story: 4 created\nacme/web#1 pull: 5 created; 3 commit; 5 mentions A-1", 9, 4, work.StartCode},
		{"the item is younger than all of it", "A-1 story: 8 created\nacme/web#1 pull: 5 created; 3 commit; 5 mentions A-1", 9, 8, work.StartCode},
		{"the tie came late", "acme/shop#1 bug: 0 created\nacme/shop#2 pull: 2 created; 1 commit; 6 closes acme/shop#1", 5.9, -1, work.StartNone},
		{"and told of the beginning", "acme/shop#1 bug: 0 created\nacme/shop#2 pull: 2 created; 1 commit; 6 closes acme/shop#1", 6, 1, work.StartCode},
		{"the tie was taken out", "acme/shop#1 bug: 0 created\nacme/shop#2 pull: 2 created; 3 closes acme/shop#1; 6 unlink acme/shop#1", 7, -1, work.StartNone},
		{"two pull requests", "A-1 story: 0 created\nacme/web#1 pull: 5 created; 5 mentions A-1\nacme/web#2 pull: 4 created; 4 mentions A-1", 9, 4, work.StartCode},
		{"a status is better", "A-1 story: 0 created; 6 start\nacme/web#1 pull: 5 created; 5 mentions A-1", 9, 6, work.StartStatus},
		{"the earliest of the others", "A-1 story: 0 created; 4 worklog\nacme/web#1 pull: 5 created; 5 mentions A-1", 9, 4, work.StartWorklog},
		{"after the exit it began nothing", "A-1 story: 0 created; 3 done\nacme/web#1 pull: 5 created; 5 mentions A-1", 9, -1, work.StartNone},
		{"a commit elsewhere that names the issue", "acme/shop#1 bug: 0 created; 3 commit by ana; 2 commit by ben", 9, 2, work.StartCode},
		{"an assignment by others is a wish", "acme/shop#1 bug: 0 created; 3 assign ana by ben", 9, -1, work.StartNone},
		{"by oneself it is weak", "acme/shop#1 bug: 0 created; 3 assign ana by ana", 9, 3, work.StartAssigned},
		{"in Jira whoever assigns", "A-1 story: 0 created; 3 assign ana by ben", 9, 3, work.StartAssigned},
		{"a column of a board is a status", "acme/shop#1 bug: 0 created; 4 column \"In Progress\"\nacme/shop#2 pull: 2 created; 3 closes acme/shop#1", 9, 4, work.StartStatus},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, Rules{}, c.story)
			l := o.on(c.day).Lives()[slices.IndexFunc(o.Org.Items.Class, func(class fact.Class) bool { return class == fact.ClassIssue })]
			got := -1.0
			if l.Start != 0 {
				got = fact.Days(o.Origin, l.Start)
			}
			if got != c.want || l.Rule != c.rule {
				t.Errorf("begins on day %g by %v, want %g by %v", got, l.Rule, c.want, c.rule)
			}
		})
	}
}

// A pull request that is an item lives from its opening to its merge or its end
// without one.
func TestLifeOfPullRequests(t *testing.T) {
	o := tell(t, Rules{}, `acme/web#1 pull: 1 created; 2 draft; 3 ready; 5 merge
acme/web#2 pull: 1 created; 4 drop; 6 todo; 8 drop
acme/web#3 pull: 1 created; 4 drop; 6 todo`)
	for key, want := range map[string]string{"acme/web#1": "1 5 done", "acme/web#2": "1 8 dropped", "acme/web#3": "1  unknown"} {
		l := o.on(9).Lives()[o.item(key)]
		if got := fmt.Sprintf("%s %s %v", o.day(l.Start), o.day(l.Exit), l.End); got != want || l.Rule != work.StartStatus {
			t.Errorf("%s: %s by %v, want %s", key, got, l.Rule, want)
		}
	}
	if p := o.Org.Pulls[0]; p.Merged != o.Day(5) || o.Org.Pulls[1].Merged != 0 {
		t.Errorf("merged %v, %v", p.Merged, o.Org.Pulls[1].Merged)
	}
}

// Sizes leave out what is generated, and no number that a tracker could tell
// breaks them.
func TestSizesOfPullRequests(t *testing.T) {
	rules := Rules{Generated: []string{"*.lock", "/vendor/", "", "/", "dist/**"}}
	o := tell(t, rules, `acme/web#1 pull: 1 created; 1 path src/a.go 10 2; 1 path yarn.lock 500 400; 1 path vendor/x/y.go 7 3; 1 path src/vendor/z.go 1 1; 1 path dist 5 0; 1 path dist/b/c.js 90 0
acme/web#2 pull: 1 created`)
	if p := o.Org.Pulls[0]; p.Lines != 12+2+5 || p.Left != 900+10+90 || !p.Sized {
		t.Errorf("%+v", p)
	}
	if p := o.Org.Pulls[1]; p.Sized || p.Lines != 0 {
		t.Errorf("without a size: %+v", p)
	}
	const most = 1 << 40
	max, min := int(^uint(0)>>1), -int(^uint(0)>>1)-1
	for _, c := range []struct {
		pull        fact.Pull
		lines, left int
		cut         int
	}{
		{fact.Pull{Sized: true, Added: 10, Deleted: 5, Files: 2, Paths: []fact.Path{{Name: "a.lock", Added: 4}}}, 11, 4, 1}, // the tracker cut the list
		{fact.Pull{Sized: true, Added: 1, Files: 1, Paths: []fact.Path{{Name: "a.lock", Added: 4}}}, 0, 4, 0},               // it contradicts itself
		{fact.Pull{Sized: true, Added: max, Deleted: max, Files: max}, 2 * most, 0, 1},
		{fact.Pull{Sized: true, Added: min, Deleted: 7, Files: min}, 7, 0, 0},
		{fact.Pull{Sized: true, Added: max, Files: 2, Paths: []fact.Path{{Name: "a.lock", Added: max, Deleted: max}, {Name: "b.lock", Added: min}}}, 0, most, 0},
	} {
		s := parse(t, "acme/web#1 pull: 1 created")
		records := s.Facts()
		records[0].Pull = c.pull
		o := assembled(t, rules, s, records)
		if p := o.Org.Pulls[0]; p.Lines != c.lines || p.Left != c.left || o.Org.Coverage.PathsCut != c.cut {
			t.Errorf("%+v: %d lines, %d left out, %d cut; want %d, %d, %d", c.pull, p.Lines, p.Left, o.Org.Coverage.PathsCut, c.lines, c.left, c.cut)
		}
	}
}

// Every pull request, reference and tie is counted, each once.
func TestCoverageOfJoins(t *testing.T) {
	o := tell(t, Rules{}, `A-1 story: 0 created
acme/shop/milestone/1 milestone: 0 created
acme/shop#1 bug: 0 created; 1 milestone acme/shop/milestone/1
acme/shop#2 pull: 1 created; 1 mentions A-1; 1 mentions title A-1; 1 mentions closes acme/shop#1; 1 mentions acme/shop#99; 1 mentions A-99; 1 mentions UTF-8; 1 mentions far/off#1; 2 review; 1 commit
acme/shop#3 pull: 1 created; 1 closes far/off#2; 2 closes acme/shop#1; 1 mentions depends acme/shop#2; 1 mentions acme/shop#2; 1 mentions acme/shop#3
acme/shop#4 bug: 1 created; 1 mentions acme/shop#3; 1 mentions closes acme/shop#3; 1 mentions acme/shop/milestone/1; 1 hidden 2
acme/shop#5 bug in acme/shop#4: 1 created`)
	c := o.Org.Coverage
	got := fmt.Sprintf("%d pulls, %d milestones, %d carry %d, %d outside; %d text links, %d mentions, outside %v; %d reviews, %d commits; %d unread",
		c.Pulls, c.Milestones, c.Carried, c.CarriedItems, c.CarriesOutside, c.TextLinks, c.Mentions, c.MentionsOutside, c.Reviews, c.Commits, c.ChildrenUnread)
	// #2 carries A-1 and #1, #3 carries #1. #3 depends on #2: that it mentions it, too,
	// says nothing. #4 mentions #3, once. #99, A-99 and what far/off has are missing.
	if want := "2 pulls, 1 milestones, 2 carry 2, 1 outside; 1 text links, 1 mentions, outside map[A:1 acme/shop:1 far/off:1]; 1 reviews, 1 commits; 2 unread"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := o.links(), "acme/shop#4 mentions acme/shop#3 1.. undated; acme/shop#3 depends on, by text acme/shop#2 1.. undated"; got != want && got != "acme/shop#3 depends on, by text acme/shop#2 1.. undated; acme/shop#4 mentions acme/shop#3 1.. undated" {
		t.Errorf("links: %s\nwant %s", got, want)
	}
	if n := o.Org.Items.Unread[o.item("acme/shop#4")]; n != 2 {
		t.Errorf("%d children unread, want 2", n)
	}
}
