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
		key := v.Key(i)
		if repo := v.Projects[v.Project(i)].Key; fact.IsRepository(repo) {
			key = repo // nobody tells the key that it bore in another one
		}
		out = append(out, fmt.Sprintf("%s %s %s %s %s team %q parent %s batch %s flag %v bound %v kids %v start %v %v exit %v %v%s",
			v.Items.ID[i], strings.ToLower(key), v.State(i), v.Level(i), v.Types[v.Kind(i)], strings.ToLower(v.Teams[v.Owner(i, v.T)].Name), parent, batch, flag,
			v.Bound(i), kids, l.Start, l.Rule, l.Exit, l.End, dumpPull(v, i)+dumpPeople(v, i)))
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
	return strings.Join(slices.Concat(out, links, dumpUses(v)), "\n")
}

// dumpPeople writes what people did to an item by then, and what was promised of
// it.
func dumpPeople(v work.View, i work.ItemID) string {
	var was []string // at an earlier instant, too
	for _, t := range []work.Instant{v.T, (v.Items.Created[i] + v.T) / 2} {
		was = append(was, fmt.Sprintf("assigned to %d due %d", v.Assignee(i, t), v.DueAt(i, t)))
	}
	points, _ := v.Points.At(i, v.T)
	for _, w := range v.EverReleasedIn(i) {
		if w.Stood(v.T) {
			was = append(was, fmt.Sprintf("in release %s since %v", v.Releases[w.In].Name, w.From))
		}
	}
	for _, w := range v.EverInSprints(i) {
		if s := v.Sprints[w.In]; w.Stood(v.T) {
			was = append(was, fmt.Sprintf("in sprint %s %v %v since %v", s.Name, s.Start, s.End, w.From))
		}
	}
	if at, ok := v.Measured[i]; ok && at <= v.T {
		was = append(was, fmt.Sprintf("measured %v", at))
	}
	slices.Sort(was[2:]) // numbers of releases depend on what else there is
	return fmt.Sprintf(" trail %v %s points %d category %s asked %v",
		v.Trail(i), strings.Join(was, ", "), points, v.Categories[v.CategoryOf(i)].Name, !v.NotRequested[i])
}

// dumpUses writes what was used by then.
func dumpUses(v work.View) []string {
	var out []string
	for _, u := range v.Uses {
		at := slices.DeleteFunc(slices.Clone(u.At), func(at work.Instant) bool { return at > v.T })
		if len(at) > 0 {
			out = append(out, fmt.Sprintf("use %s of %v %s %v", strings.ToLower(v.Teams[u.Team].Name), u.Kind, u.Name, at))
		}
	}
	return out
}

// dumpPull writes what carries an item, and what a pull request is by then.
func dumpPull(v work.View, i work.ItemID) string {
	var out string
	v.Carried(i, func(p *work.Pull) { out += " carried by " + v.Items.ID[p.Item] })
	p := v.PullOf(i)
	if p == nil {
		return out
	}
	unsigned := 0
	for _, at := range p.Unsigned {
		if at <= v.T {
			unsigned++
		}
	}
	return out + fmt.Sprintf(" pull: evidence %v carries %v merged %v begun %v lines %d left %d unsigned %d by %d",
		v.Evidence(i), v.Carries(i), p.Merged != 0 && p.Merged <= v.T, p.Begun, p.Lines, p.Left, unsigned, p.Creator)
}

// random tells a random story: every verb, in any order, of a few items.
func random(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("status \"In QA\" indeterminate\nstatus Odd other\nsprint S1 3 9\nsprint S2 8 20\nlink Need \"needed by\" needs\n")
	pick := func(xs ...string) string { return xs[r.IntN(len(xs))] }
	n := 2 + r.IntN(7)
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
				"sprint +S1", "sprint +S2", "sprint -S1", "flag", "unflag", "worklog", "comment 50", "comment 9", "estimate 3", "estimate 0.5", "due 2025-02-01", "due 2025-03-01", "release +R1", "release -R1", "release +R2", "priority High",
				fmt.Sprintf("move %s-%d", pick("A", "B", "C"), 100+10*i+r.IntN(9)))
			fmt.Fprintf(&b, "; %g %s by p%d", day, event, r.IntN(4))
		}
		b.WriteString("\n")
	}
	if r.IntN(4) > 0 {
		randomCode(r, &b, keys)
	}
	return b.String()
}

// randomCode tells of two repositories beside what a random story has in Jira. The
// one with issues is written in two ways.
func randomCode(r *rand.Rand, b *strings.Builder, jira []string) {
	c := &coder{Rand: r, Builder: b, jira: jira, births: map[string]float64{}}
	for i := range 1 + r.IntN(2) {
		c.stones = append(c.stones, fmt.Sprintf("acme/shop/milestone/%d", i+1))
		c.births[c.stones[i]] = float64(r.IntN(9))
		fmt.Fprintf(b, "%s milestone \"V%d\": %g created; 20 done\n", c.stones[i], i+1, c.births[c.stones[i]])
	}
	for range r.IntN(4) {
		c.told(false, c.pick("acme/shop", "acme/shop", "Acme/Shop", "acme/web"))
	}
	for range 1 + r.IntN(5) {
		c.told(true, c.pick("acme/shop", "Acme/Shop", "acme/web"))
	}
	if r.IntN(3) == 0 { // nobody refers to it: its key changes, and nothing tells the old one
		fmt.Fprintf(b, "acme/web/milestone/9 milestone \"V1\": 0 created\nacme/web#90 bug: %d created; 9 milestone acme/web/milestone/9; 10 column \"In Progress\"; "+
			"12 milestone -; %d move acme/shop#91; 18 milestone acme/shop/milestone/1; 20 done\n", r.IntN(8), 12+r.IntN(4))
	}
}

// coder tells of repositories.
type coder struct {
	*rand.Rand
	*strings.Builder
	jira, stones  []string
	issues, pulls []string
	births        map[string]float64
}

func (c *coder) pick(xs ...string) string { return xs[c.IntN(len(xs))] }

// among picks one of those that are there by a day, or one outside.
func (c *coder) among(keys []string, day float64, outside string) string {
	there := []string{outside}
	for _, k := range keys {
		if c.births[k] <= day {
			there = append(there, k)
		}
	}
	return c.pick(there...)
}

// told tells an issue or a pull request.
func (c *coder) told(pull bool, repo string) {
	key := fmt.Sprintf("%s#%d", repo, len(c.issues)+len(c.pulls)+1)
	day := float64(c.IntN(80)) / 8
	c.births[key] = day
	typ, list, event := c.pick("bug", "story", "sub-task"), &c.issues, c.issueEvent
	if pull {
		typ, list, event = "pull", &c.pulls, c.pullEvent
	}
	fmt.Fprintf(c, "%s %s", key, typ)
	if !pull && c.IntN(3) == 0 {
		fmt.Fprintf(c, " in %s", c.among(c.issues, day, "acme/far#9"))
	}
	fmt.Fprintf(c, ": %g created by p%d", day, c.IntN(4))
	for range c.IntN(3) {
		fmt.Fprintf(c, "; %g mentions %s %s %s", day, c.pick("title", "body", "branch"), c.pick("", "closes", "depends", "blocks", "task"), c.mention())
	}
	if pull {
		c.changes(day)
	} else if c.IntN(6) == 0 {
		fmt.Fprintf(c, "; %g hidden 1", day)
	}
	*list = append(*list, key)
	for range c.IntN(10) {
		if c.IntN(5) > 0 {
			day += float64(c.IntN(40)) / 8
		}
		fmt.Fprintf(c, "; %g %s by p%d", day, event(key, day), c.IntN(4))
	}
	if pull && c.IntN(2) == 0 {
		fmt.Fprintf(c, "; %g merge by p1", day+1)
	}
	c.WriteString("\n")
}

// mention is a key that stands in a text: of what is there, will be or never was.
func (c *coder) mention() string {
	switch c.IntN(4) {
	case 0:
		return c.pick(c.jira...)
	case 1:
		return c.pick("X-99", "A-77", "B-105", "acme/shop#77", "far/off#1", "UTF-8")
	}
	return fmt.Sprintf("%s#%d", c.pick("acme/shop", "ACME/shop", "Acme/Shop", "acme/web"), 1+c.IntN(8))
}

// changes tells the commits and paths of a pull request.
func (c *coder) changes(day float64) {
	for range c.IntN(3) {
		fmt.Fprintf(c, "; %g commit by p%d", day+float64(c.IntN(40)-30)/8, c.IntN(4))
	}
	for range c.IntN(3) {
		fmt.Fprintf(c, "; %g path %s %d %d", day, c.pick("docs/a.md", "docs/b/c.md", "src/x.js", "go.sum"), c.IntN(50), c.IntN(50))
	}
}

func (c *coder) shared(key string, day float64) []string {
	stones := c.stones // of the same repository alone
	if strings.HasPrefix(key, "acme/web") {
		stones = nil
	}
	return []string{
		"label +L1", "label -L1", "label +L2", "assign p1", "assign p2", "unassign", "comment 50", "todo", "drop",
		"milestone " + c.among(stones, day, "-"), "column Todo", `column "In Progress"`, `column "In Progress" on P`, `column "In QA"`, "column Done", "column Odd", "column -",
		"unlink " + c.among(c.issues, day, "acme/far#9"),
	}
}

func (c *coder) issueEvent(key string, day float64) string {
	return c.pick(append(c.shared(key, day), "done", "done Duplicate", "in "+c.among(c.issues, day, "acme/far#9"), "out", "blocked by "+c.among(c.issues, day, "acme/far#9"), "blocks "+c.among(c.issues, day, "acme/far#9"),
		"type epic", "type sub-task", "commit")...)
}

func (c *coder) pullEvent(key string, day float64) string {
	if issue := c.among(c.issues, day, "acme/far#9"); c.IntN(3) == 0 {
		return c.pick("closes ", "closes ", "unlink ") + issue
	}
	return c.pick(append(c.shared(key, day), "draft", "ready", "review", "commit")...)
}

// terms are the story's words and who owns what in its repositories.
func terms(s *story.Story) fact.Vocabulary {
	return s.Vocabulary().Add(
		fact.Term{Site: s.Code, Kind: fact.TermOwners, ID: "Acme/shop", Name: fact.CodeOwners, Schema: "* @all\n/docs/ @acme/docs\n*.js @Js\n"},
		fact.Term{Site: s.Code, Kind: fact.TermOwners, ID: "acme/web", Name: fact.TeamOwners, Schema: "acme/webbers\nacme/others\n"},
	)
}

var ruleSets = map[string]Rules{
	"default":    {},
	"components": {By: ByComponent},
	"labels":     {By: ByLabel},
	"configured": {By: ByRules, Teams: []Team{
		{Name: "One", Match: Match{Components: []string{"K1"}}},
		{Name: "Two", Match: Match{Projects: []string{"A*"}}, From: fact.At(story.MustParse("A-1 x: 7 created").Last().Time())},
		{Name: "Three", Match: Match{Labels: []string{"l1"}, Types: []string{"story", "epic"}}},
		{Name: "Docs", Match: Match{CodeOwners: []string{"@acme/docs", "@js"}}},
		{Name: "Web", Match: Match{GitHubTeams: []string{"webbers"}, Labels: []string{"L2"}}},
		{Name: "Shop", Match: Match{Repositories: []string{"*/SHOP"}, Projects: []string{"B"}, Types: []string{"pull request", "bug"}}},
	}, Joins: Joins{In: []fact.Where{fact.InTitle, fact.InBranch}, Projects: []string{"A", "B"}}, Generated: []string{"go.sum"}, Bots: []fact.Person{2}, NotAskers: []fact.Person{1}, NotRequested: []Match{{Types: []string{"bug"}}, {Labels: []string{"L1"}, Components: []string{"*"}}},
		Outcome:    Outcome{Fields: []string{"Odd", "a"}, Labels: []string{"l2"}, Links: []string{"needs", "Duplicate"}},
		Categories: []Category{{Name: "Repair", Names: []string{"BUG", "l1"}}, {Name: "Growth", Names: []string{"L?", "epic"}, Plan: 1}}, Planned: true,
		Statuses: map[string]work.State{"in qa": work.Wait, "invalid": work.Done}, Links: map[string]Link{"relates to": {Kind: work.LinkDepends, Vague: true}}},
}

// A view at t shows what assembly makes of the facts that were there at t. The
// tracker of the story, not the code under test, says what those are.
func TestViewShowsWhatWasKnown(t *testing.T) {
	seeds := uint64(1800)
	if testing.Short() { // the race detector sees as much in fewer
		seeds = 200
	}
	for seed := range seeds {
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
			whole := mustAssemble(t, rules, terms(s), s.Facts())
			cut := mustAssemble(t, rules, terms(s), s.At(at))
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
