package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

func noEnv(string) string { return "" }

const whole = `
organisation: Acme
time_zone: Europe/Berlin
store: facts.db
sources:
  - kind: archive
    tracker: jira
    path: dumps/2026-11.tar.gz
    url: https://acme.example
teams:
  - name: Payments
    id: payments
    from: 2025-06-01
    match: {jira_project: [PAY], github_repository: ["acme/payments-*"], codeowners: ["@acme/payments"], github_team: [payments]}
    members: [{account: ana@acme.example, from: 2026-03-01, until: 2026-09-30, share: 0.5}]
    kind: operational optimizer
    claims: {independent: true}
    context: {awareness: implicit, effectiveness: working for now}
  - name: Shop
    match: {component: [Web], field: {Squad: [Shop]}}
reorganisations: [{date: 2026-04-01, teams: [Payments, Shop]}]
people: [{accounts: [ana@acme.example, ana-gh]}]
bots: [deploy-bot]
joins: {jira_keys: {in: [branch, title], projects: [PAY]}}
generated: [default, "docs/api/**"]
statuses: {wait: [Blocked, "Waiting for review"], dropped: ["Won't do"]}
types: {batch: [Feature], goal: [Initiative]}
links: {depends_on: [needs], ignore: ["relates to"]}
mix:
  categories: {new: [Story], upkeep: [Tech debt, Refactoring], unplanned: [Bug, Incident]}
  plan: {new: 60, upkeep: 30, unplanned: 10}
`

func TestRules(t *testing.T) {
	c, err := Parse([]byte(whole), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Rules()
	if err != nil {
		t.Fatal(err)
	}
	if r.By != assemble.ByRules || len(r.Teams) != 2 || r.Zone.String() != "Europe/Berlin" {
		t.Errorf("rules %+v", r)
	}
	pay := r.Teams[0]
	// Midnight of 1 June 2025 in Berlin is 22:00 UTC of the day before.
	if got := pay.From.String(); got != "2025-05-31T22:00:00.000Z" {
		t.Errorf("Payments from %s", got)
	}
	match := assemble.Match{
		Projects: []string{"PAY"}, Repositories: []string{"acme/payments-*"}, CodeOwners: []string{"@acme/payments"}, GitHubTeams: []string{"payments", "*/payments"},
	}
	if diff := cmp.Diff(match, pay.Match); diff != "" || !pay.Claims || pay.ID != "payments" {
		t.Errorf("Payments %+v: %s", pay, diff)
	}
	joins := assemble.Joins{In: []fact.Where{fact.InTitle, fact.InBranch}, Projects: []string{"pay"}}
	if diff := cmp.Diff(joins, r.Joins); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(append(slices.Clone(Generated), "docs/api/**"), r.Generated); diff != "" {
		t.Error(diff)
	}
	if r.Teams[1].ID != "Shop" {
		t.Errorf("a team without an id has %q, want its name", r.Teams[1].ID)
	}
	states := map[string]work.State{"blocked": work.Wait, "waiting for review": work.Wait, "won't do": work.Dropped}
	if diff := cmp.Diff(states, r.Statuses); diff != "" {
		t.Error(diff)
	}
	levels := map[string]work.Level{"feature": work.LevelBatch, "initiative": work.LevelGoal}
	if diff := cmp.Diff(levels, r.Levels); diff != "" {
		t.Error(diff)
	}
	links := map[string]assemble.Link{"needs": {Kind: work.LinkDepends}, "relates to": {Kind: work.LinkOther}}
	if diff := cmp.Diff(links, r.Links); diff != "" {
		t.Error(diff)
	}
	unused := []string{"mix", "reorganisations", "teams.members", "teams.kind", "teams.context"}
	if diff := cmp.Diff(unused, c.Unused()); diff != "" {
		t.Errorf("unused settings: %s", diff)
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	const gh = "sources:\n  - kind: github\n    token: ${SITE}\n"
	const app = "sources:\n  - kind: github\n    owner: acme\n    repositories: [shop]\n"
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "organisation: A\nteems: []\n", `2:1: the key "teems" is not known; did you mean "teams"?`},
		{"unknown key deep down", "teams:\n  - name: A\n    match: {jira_project: [A], componet: [B]}\n", `3:32: the key "componet" is not known; did you mean "component"?`},
		{"key like no other", "xyzzyplugh: 1\n", `1:1: the key "xyzzyplugh" is not known here; known are bots, generated, joins, links,`},
		{"broken YAML", "teams:\n  - name: [A\n", "2:"},
		{"wrong shape", "teams: Payments\n", "1:8:"},
		{"a second document", "organisation: A\n---\nteams: []\n", "2:1: a second document begins here"},
		{"a second document behind an empty one", "---\n# nothing\n---\norganisation: A\n", "3:1: a second document begins here"},
		{"a second document behind the end of the first", "organisation: A\n...\nteams: []\n", "2:1: a second document begins here"},
		{"token in clear", "sources:\n  - kind: archive\n    path: x\n    token: sesame\n", "4:12: the token stands in the file"},
		{"github without an owner", "sources:\n  - kind: github\n    repositories: [shop]\n", "2:11: a github needs its owner"},
		{"github without repositories", "sources:\n  - kind: github\n    owner: acme\n", "2:11: a github needs its repositories"},
		{"github without a token", "sources:\n  - kind: github\n    owner: acme\n    repositories: [shop]\n", "2:11: a github needs its token"},
		{"owner that is an address", gh + "    owner: github.com/acme\n    repositories: [shop]\n", `4:12: owner "github.com/acme" is no name`},
		{"repository with its owner", gh + "    owner: acme\n    repositories: [shop, acme/cart]\n", `5:26: repository "acme/cart": the owner stands under owner; write "cart"`},
		{"repository of another owner", gh + "    owner: acme\n    repositories: [shop, other/cart]\n", `5:26: repository "other/cart" is not one of acme`},
		{"repository that is none", gh + "    owner: acme\n    repositories: [\"sh[op]\"]\n", `5:20: repository "sh[op]" is no name`},
		{"github's key misspelt", gh + "    owner: acme\n    repository: [shop]\n", `5:5: the key "repository" is not known; did you mean "repositories"?`},
		{"github by projects", gh + "    owner: acme\n    repositories: [shop]\n    projects: [PAY]\n", "6:15: projects means nothing for kind github: it belongs to kind jira"},
		{"jira by repositories", "sources:\n  - kind: jira\n    url: https://x.example\n    projects: [A]\n    owner: acme\n", "5:12: owner means nothing for kind jira: it belongs to kind github"},
		{"github's token in clear", "sources:\n  - kind: github\n    token: sesame\n", "3:12: the token stands in the file"},
		{"app's key in clear", app + "    app: {id: 1, installation: 2, key: sesame}\n", "5:40: the key stands in the file"},
		{"app's key misspelt", app + "    app: {id: 1, instalation: 2, key_file: a.pem}\n", `5:18: the key "instalation" is not known; did you mean "installation"?`},
		{"app without a key", app + "    app: {id: 1, installation: 2}\n", "5:10: an app needs its private key"},
		{"app with two keys", app + "    app: {id: 1, installation: 2, key: \"${SITE}\", key_file: a.pem}\n", "5:10: an app has its key, or a key_file, not both"},
		{"app without an installation", app + "    app: {id: 1, key_file: a.pem}\n", "5:10: an app needs its installation"},
		{"app by name", app + "    app: {id: smokestack, installation: 2, key_file: a.pem}\n", "5:15: the id of an app is a number"},
		{"app and token", app + "    token: ${SITE}\n    app: {id: 1, installation: 2, key_file: a.pem}\n", "5:12: token and app exclude each other"},
		{"two trackers into one folder", "sources:\n  - {kind: jira, url: https://x.example, projects: [A], record: rec}\n  - {kind: github, owner: acme, repositories: [shop], token: \"${SITE}\", record: rec}\n", "3:81: answers of two trackers need a folder each"},
		{"record of an archive", "sources:\n  - {kind: archive, path: x, record: rec}\n", "2:38: record means nothing for kind archive"},
		{"archive of something", "sources:\n  - kind: archive\n    path: x\n    tracker: trello\n", `4:14: tracker "trello": this version reads archives of jira and of github`},
		{"repository among projects", "teams:\n  - {name: A, match: {jira_project: [acme/shop]}}\n", `2:38: team "A": "acme/shop" is a repository`},
		{"repository of nobody", "teams:\n  - {name: A, match: {github_repository: [shop]}}\n", `2:43: team "A": "shop" names no owner`},
		{"owner of paths", "teams:\n  - {name: A, match: {codeowners: [acme/pay]}}\n", `2:36: team "A": "acme/pay" is no owner`},
		{"person as owner of paths", "teams:\n  - {name: A, match: {codeowners: [\"@ana\"]}}\n", `2:36: team "A": a person as an owner cannot be matched`},
		{"address as owner of paths", "teams:\n  - {name: A, match: {codeowners: [ana@acme.example]}}\n", `2:36: team "A": a person as an owner cannot be matched`},
		{"team of GitHub", "teams:\n  - {name: A, match: {github_team: [\"@acme/pay\"]}}\n", `2:37: team "A": "@acme/pay" is no team of GitHub`},
		{"person of one account", "people:\n  - accounts: [ana]\n", "2:15: a person here is what several accounts have in common"},
		{"account of two people", "people:\n  - accounts: [ana, a@x.example]\n  - accounts: [ben, A@X.example]\n", `3:21: the account "A@X.example" stands twice among the people`},
		{"keys nowhere", "joins: {jira_keys: {in: []}}\n", "1:25: keys that stand nowhere tie nothing"},
		{"keys in comments", "joins: {jira_keys: {in: [title, comments]}}\n", `1:33: "comments": keys are looked for in title, branch and body`},
		{"project that is none", "joins: {jira_keys: {projects: [PAY, acme/shop]}}\n", `1:37: "acme/shop" is no key of a project in Jira`},
		{"no pattern", "generated: [default, \"\"]\n", "1:22: an empty pattern fits nothing"},
		{"pattern that takes back", "generated: [\"!keep.lock\"]\n", `1:13: "!keep.lock": patterns name what is left out`},
		{"kind of nothing", "sources:\n  - kind: trello\n", `2:11: kind "trello": known are jira, github and archive`},
		{"jira without an address", "sources:\n  - kind: jira\n    projects: [PAY]\n", "2:11: a jira needs its url"},
		{"jira without projects", "sources:\n  - kind: jira\n    url: https://x.example\n", "2:11: a jira needs its projects, or a query as jql"},
		{"jira with both", "sources:\n  - {kind: jira, url: https://x.example, projects: [A], jql: x}\n", "projects and jql exclude each other"},
		{"archive without a path", "sources:\n  - kind: archive\n", "2:11: an archive needs its path"},
		{"credentials in an address", "sources:\n  - kind: archive\n    path: x\n    url: https://ana:sesame@acme.example\n", "4:10: the url holds credentials: write https://acme.example alone"},
		{"credentials from the environment", "sources:\n  - {kind: archive, path: x, url: \"${SITE}\"}\n", "2:35: the url holds credentials"},
		{"credentials in no address", "sources:\n  - kind: archive\n    path: x\n    url: https://ana:ses%ame@acme.example\n", "4:10: the url is no address"},
		{"no address", "sources:\n  - kind: archive\n    path: x\n    url: acme.example\n", "4:10: the url is no address"},
		{"address of a page", "sources:\n  - kind: archive\n    path: x\n    url: https://acme.example/?token=sesame\n", "4:10: the url is no address"},
		{"zone", "time_zone: Nowhere/Land\n", `1:12: time_zone "Nowhere/Land" is not known`},
		{"local zone", "time_zone: Local\n", "differs from machine to machine"},
		{"team without a name", "teams:\n  - match: {label: [x]}\n", "a team needs a name"},
		{"team without a rule", "teams:\n  - name: A\n", `team "A": match says nothing`},
		{"team twice", "teams:\n  - {name: A, match: {label: [x]}}\n  - {name: a, match: {label: [y]}}\n", `team "a" is there twice`},
		{"date", "teams:\n  - {name: A, from: 2025-02-30, match: {label: [x]}}\n", `from "2025-02-30" is no date`},
		{"rules and fields", "team_by: project\nteams:\n  - {name: A, match: {label: [x]}}\n", "1:10: team_by and teams exclude each other"},
		{"team_by", "team_by: colour\n", `1:10: team-by "colour"`},
		{"status of two states", "statuses:\n  done: [Shipped]\n  active: [Review,\n    shipped]\n", `2:10: "Shipped" stands twice among the statuses: in active and in done`},
		{"status twice", "statuses: {wait: [Blocked, On hold, blocked]}\n", `1:37: "blocked" stands twice among the statuses: in wait and in wait`},
		{"type of two levels", "types: {item: [Feature], batch: [Epic, Feature]}\n", `1:16: "Feature" stands twice among the types: in batch and in item`},
		{"link of two kinds", "links: {ignore: [needs], depends_on: [needs]}\n", `1:18: "needs" stands twice among the links: in depends_on and in ignore`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.text), func(name string) string {
				return map[string]string{"SITE": "https://sesame@acme.example"}[name]
			})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "sesame") {
				t.Errorf("the error shows the token: %v", err)
			}
		})
	}
}

// Marks around one document are no second one.
func TestOneDocument(t *testing.T) {
	for _, text := range []string{
		"organisation: A\n", "---\norganisation: A\n", "# c\n---\norganisation: A # c\n...\n", "organisation: A\n---\n# c\n", "%YAML 1.2\n---\norganisation: A\n",
		"organisation: A\nmix: {note: \"x\n  --- y\"}\n",
	} {
		if c, err := Parse([]byte(text), noEnv); err != nil || c.Organisation != "A" {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
}

// One site has one address, however it is written.
func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"https://acme.example": "https://acme.example", "HTTPS://Acme.Example/": "https://acme.example",
		"http://Acme.example:8080/Jira//": "http://acme.example:8080/Jira", `""`: "",
	} {
		c, err := Parse([]byte("sources:\n  - kind: archive\n    path: x\n    url: "+text+"\n"), noEnv)
		if err != nil || c.Sources[0].URL != want {
			t.Errorf("%s: %q, %v", text, c.Sources[0].URL, err)
		}
	}
}

// The words stand in reports, which are the same whenever they are made.
func TestWordsOfAMatch(t *testing.T) {
	m := Match{
		JiraProject: []string{"PAY", "SHOP"}, Type: []string{"Bug"},
		Field: map[string][]string{"Squad": {"A"}, "Guild": {"C", "B"}, "Tribe": {"D"}, "Area": {"E"}},
	}
	want := "jira_project PAY, SHOP and type Bug and field Area E and field Guild C, B and field Squad A and field Tribe D"
	for range 20 {
		if got := m.Words(); got != want {
			t.Fatalf("%s\nwant %s", got, want)
		}
	}
}

// A rule of both trackers reads as what it is, and shows no account.
func TestWordsOfAMatchOfBothTrackers(t *testing.T) {
	m := Match{
		JiraProject: []string{"PAY"}, GitHubRepository: []string{"acme/pay-*", "acme/till"}, CodeOwners: []string{"@ana", "@acme/pay", "ben@acme.example"},
		GitHubTeam: []string{"pay"}, Label: []string{"till"},
	}
	want := "jira_project PAY or github_repository acme/pay-*, acme/till and codeowners @acme/pay, 2 accounts and github_team pay and label till"
	if got := m.Words(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

// By default keys tie items wherever they stand, and what tools write is left
// out of sizes; an empty list leaves out nothing.
func TestJoinsByDefault(t *testing.T) {
	r := func(text string) assemble.Rules {
		t.Helper()
		c, err := Parse([]byte(text), noEnv)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Rules()
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	all := assemble.Joins{In: []fact.Where{fact.InTitle, fact.InBranch, fact.InBody}}
	for _, text := range []string{"", "organisation: A\n", "joins: {jira_keys: {}}\n"} {
		got := r(text)
		if diff := cmp.Diff(all, got.Joins); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
		if diff := cmp.Diff(Generated, got.Generated); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if got := r("generated: []\n").Generated; len(got) != 0 {
		t.Errorf("%q are left out", got)
	}
	if got := r("generated: [docs/]\n").Generated; !slices.Equal(got, []string{"docs/"}) {
		t.Errorf("%q are left out", got)
	}
}

// An app's number may be written as a number, its key comes from outside.
func TestApp(t *testing.T) {
	vars := map[string]string{"KEY": "pem", "ID": "7"}
	text := "sources:\n  - {kind: github, owner: acme, repositories: [shop, \"checkout-*\"], app: {id: \"${ID}\", installation: 42, key: \"${KEY}\"}}\n"
	c, err := Parse([]byte(text), func(name string) string { return vars[name] })
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Sources[0].App, (App{ID: "7", Installation: "42", Key: "pem"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if site, err := c.Sources[0].Site(); site != "https://github.com" || err != nil {
		t.Errorf("%q, %v", site, err)
	}
	c, err = Parse([]byte(text), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Sources[0].Unset(); err == nil || !strings.Contains(err.Error(), "the environment variable KEY is not set") || !strings.Contains(err.Error(), "variable ID is not set") {
		t.Errorf("error %v", err)
	}
}

// Where a site's address is not known, nothing can be known by it.
func TestSiteWithoutAddress(t *testing.T) {
	c, err := Parse([]byte("sources:\n  - {kind: github, url: \"${SITE}\", owner: acme, repositories: [shop], token: \"${T}\"}\n"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if site, err := c.Sources[0].Site(); err == nil || site != "" {
		t.Errorf("%q, %v", site, err)
	}
}

func TestTokenFromTheEnvironment(t *testing.T) {
	c, err := Parse([]byte("sources:\n  - {kind: archive, path: x, token: \"${T}\"}\n"), func(name string) string {
		if name == "T" {
			return "sesame"
		}
		return ""
	})
	if err != nil || c.Sources[0].Token != "sesame" {
		t.Errorf("token %q, %v", c.Sources[0].Token, err)
	}
	if strings.Contains(c.Fingerprint(), "sesame") {
		t.Error("the fingerprint shows the token")
	}
}

func TestFingerprintIsOfRulesAlone(t *testing.T) {
	print := func(text string) string {
		t.Helper()
		c, err := Parse([]byte(text), noEnv)
		if err != nil {
			t.Fatal(err)
		}
		return c.Fingerprint()
	}
	base := print("organisation: A\nsources: [{kind: archive, path: x}]\n")
	if got := print("organisation: A\nsources: [{kind: archive, path: y}]\nstore: z.db\n"); got != base {
		t.Error("where facts come from changes the fingerprint of the rules")
	}
	if got := print("organisation: A\nstatuses: {wait: [Blocked]}\n"); got == base {
		t.Error("another meaning of a status leaves the fingerprint as it was")
	}
}

func TestPathsAreRelativeToTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "conf", "smokestack.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("sources: [{kind: archive, path: dump.json}]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, noEnv)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Resolve("dump.json"), filepath.Join(dir, "conf", "dump.json"); got != want {
		t.Errorf("resolved to %s, want %s", got, want)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"same", "same", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(whole)
	f.Add("teams:\n  - &a {name: A, match: {label: [x]}}\n  - *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse([]byte(text), noEnv)
		if err != nil {
			return
		}
		if _, err := c.Rules(); err != nil {
			t.Errorf("a configuration was read and makes no rules: %v", err)
		}
	})
}

// A configuration is good for a scan offline too, where nobody needs a token.
func TestUnsetVariables(t *testing.T) {
	c, err := Parse([]byte("sources:\n  - kind: jira\n    url: https://x.example\n    projects: [PAY]\n    email: ${WHO}\n    token: ${NOWHERE}\n"), noEnv)
	if err != nil {
		t.Fatal(err)
	}
	want := "6:12: the environment variable NOWHERE is not set; 5:12: the environment variable WHO is not set"
	if err := c.Sources[0].Unset(); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
