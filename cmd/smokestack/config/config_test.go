package config

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
    context: {awareness: implicit, effectiveness: working for now, rate_of_change: rapid}
    bands: {F1: {high: 10}, throughput: {low: 4, high: 8}}
  - name: Shop
    match: {component: [Web], field: {Squad: [Shop]}}
reorganisations: [{date: 2026-04-01, teams: [shop, Payments]}, {date: 2026-10-01}]
bands: {F5: {low: 30}}
outcome: {fields: [Measured outcome], labels: [experiment], links: [is measured by]}
requests: {ignore: {type: [Service request], label: [chore], jira_project: [SD], github_repository: [acme/desk], accounts: [ops@acme.example]}}
independence: {claim: 0.9, weights: {links: 2, hand_offs: 0}}
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
	if pay.Kind != "operational optimizer" || pay.Members != nil {
		t.Errorf("Payments is %q, with members %v that nobody looked up", pay.Kind, pay.Members)
	}
	outcome := assemble.Outcome{Fields: []string{"Measured outcome"}, Labels: []string{"experiment"}, Links: []string{"is measured by"}}
	if diff := cmp.Diff(outcome, r.Outcome); diff != "" {
		t.Error(diff)
	}
	ignored := []assemble.Match{{Types: []string{"Service request"}}, {Labels: []string{"chore"}}, {Projects: []string{"SD"}}, {Repositories: []string{"acme/desk"}}}
	if diff := cmp.Diff(ignored, r.NotRequested); diff != "" {
		t.Error(diff)
	}
}

// The order of the file is the precedence, and a plan adds up to 1.
func TestMix(t *testing.T) {
	for text, want := range map[string]struct {
		names   string
		plan    []float64
		planned bool
	}{
		"":                      {},
		"mix: {categories: {}}": {},
		"mix: {categories: {z: [A], m: [B, C], a: [D]}}":                                 {"z=A m=B,C a=D", []float64{0, 0, 0}, false},
		"mix: {categories: {z: [A], a: [D]}, plan: {a: 75, z: 25}}":                      {"z=A a=D", []float64{.25, .75}, true},
		"mix: {categories: {z: [A], a: [D], m: [C]}, plan: {a: 0.75, z: 0.25}}":          {"z=A a=D m=C", []float64{.25, .75, 0}, true},
		"mix:\n  categories:\n    2: [A]\n    1: [D]\n  plan: {1: 100}":                  {"2=A 1=D", []float64{0, 1}, true},
		"mix: {categories: {x: [A], y: [B], z: [C]}, plan: {x: 33.3, y: 33.3, z: 33.3}}": {"x=A y=B z=C", []float64{1. / 3, 1. / 3, 1. / 3}, true},
		"mix:\n  categories: &c\n    z: [A]\n    a: [D]\nbots: [x]":                      {"z=A a=D", []float64{0, 0}, false},
	} {
		c := parsed(t, text)
		r, err := c.Rules()
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		var plan []float64
		for _, one := range r.Categories {
			names, plan = append(names, one.Name+"="+strings.Join(one.Names, ",")), append(plan, one.Plan)
		}
		if got := strings.Join(names, " "); got != want.names || r.Planned != want.planned {
			t.Errorf("%q: categories %s, planned %v", text, got, r.Planned)
		}
		if diff := cmp.Diff(want.plan, plan, cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
	if a, b := parsed(t, "mix: {categories: {z: [A], a: [D]}}"), parsed(t, "mix: {categories: {a: [D], z: [A]}}"); a.Fingerprint() == b.Fingerprint() {
		t.Error("another precedence leaves the fingerprint as it was")
	}
}

func parsed(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse([]byte(text), noEnv)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return c
}

// Days are those of the organisation's zone, and the last one belongs to it.
func TestMembersAndReorganisations(t *testing.T) {
	c := parsed(t, whole)
	members, err := c.MembersOf(0)
	if err != nil || len(members) != 1 {
		t.Fatalf("%+v, %v", members, err)
	}
	// Midnight of 1 March in Berlin is 23:00 UTC of the day before, that of 1 October 22:00.
	if m := members[0]; m.From.String() != "2026-02-28T23:00:00.000Z" || m.Until.String() != "2026-09-30T22:00:00.000Z" || m.Share != .5 {
		t.Errorf("from %s until %s, share %v", m.From, m.Until, m.Share)
	}
	if members, err = parsed(t, "teams: [{name: A, match: {label: [x]}, members: [{account: ana}]}]").MembersOf(0); err != nil || members[0] != (assemble.Member{Share: 1}) {
		t.Errorf("%+v, %v", members, err)
	}
	r, err := c.Rules()
	if err != nil {
		t.Fatal(err)
	}
	want := []assemble.Reorganisation{{At: day(t, "2026-03-31T22:00:00Z"), Teams: []int{1, 0}}, {At: day(t, "2026-09-30T22:00:00Z")}}
	if diff := cmp.Diff(want, r.Reorganised); diff != "" {
		t.Error(diff)
	}
	context := map[string]Context{"Payments": {Awareness: "implicit", Effectiveness: "working for now", RateOfChange: "rapid"}}
	if diff := cmp.Diff(context, c.Contexts()); diff != "" {
		t.Error(diff)
	}
}

func day(t *testing.T, text string) fact.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return fact.At(at)
}

// Bands are those of the organisation first, by the id of the metric.
func TestBands(t *testing.T) {
	r, err := parsed(t, whole).Rules()
	if err != nil {
		t.Fatal(err)
	}
	inf := math.Inf(1)
	want := []assemble.Band{{Team: -1, Metric: "F5", Low: 30, High: inf}, {Team: 0, Metric: "F1", Low: -inf, High: 10}, {Team: 0, Metric: "F5", Low: 4, High: 8}}
	if diff := cmp.Diff(want, r.Bands); diff != "" {
		t.Error(diff)
	}
}

func TestIndependence(t *testing.T) {
	for text, want := range map[string]Independence{
		"":    {.8, 1, 1, 1, 1, 1},
		whole: {.9, 2, 1, 1, 0, 1},
		"independence: {weights: {links: 0, batches: 0, people: 0, together: 0}}": {.8, 0, 0, 0, 1, 0},
	} {
		if got := parsed(t, text).Independence(); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
	if got := (&Config{}).Independence(); got != (Independence{.8, 1, 1, 1, 1, 1}) {
		t.Errorf("without a file: %+v", got)
	}
}

// A share may be split, over time and between teams, up to the whole of it.
func TestSharesThatFit(t *testing.T) {
	for _, members := range []string{
		"{account: ana, until: 2026-03-31}, {account: ANA, from: 2026-04-01}",
		"{account: ana, share: 0.1}, {account: \"@ana\", share: 0.2}, {account: ana, share: 0.7}",
		"{account: ana, share: 0.5, from: 2026-01-01, until: 2026-02-28}, {account: ana, share: 0.5}, {account: ben}, {account: ana, share: 0.5, from: 2026-03-01}",
	} {
		parsed(t, "teams:\n  - {name: A, match: {label: [x]}, members: ["+members+"]}\n")
	}
}

func TestErrorsNameThePlace(t *testing.T) {
	const gh = "sources:\n  - kind: github\n    token: ${SITE}\n"
	const team = "teams:\n  - {name: A, match: {label: [x]}, "
	const mix = "mix:\n  categories: {new: [Story], upkeep: [Bug]}\n"
	const app = "sources:\n  - kind: github\n    owner: acme\n    repositories: [shop]\n"
	for _, c := range []struct{ name, text, want string }{
		{"unknown key", "organisation: A\nteems: []\n", `2:1: the key "teems" is not known; did you mean "teams"?`},
		{"unknown key deep down", "teams:\n  - name: A\n    match: {jira_project: [A], componet: [B]}\n", `3:32: the key "componet" is not known; did you mean "component"?`},
		{"key like no other", "xyzzyplugh: 1\n", `1:1: the key "xyzzyplugh" is not known here; known are bands, bots, generated, independence, joins, links,`},
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

		{"key of a member", team + "members: [{acount: ana}]}\n", `2:47: the key "acount" is not known; did you mean "account"?`},
		{"member without an account", team + "members: [{share: 1}]}\n", `2:47: team "A": a member needs its account`},
		{"member from no day", team + "members: [{account: ana, from: 2026-02-30}]}\n", `2:67: team "A": from "2026-02-30" is no date`},
		{"member until before from", team + "members: [{account: ana, from: 2026-02-02, until: 2026-02-01}]}\n", `2:86: team "A": until 2026-02-01 lies before from 2026-02-02`},
		{"share of nothing", team + "members: [{account: ana, share: 0}]}\n", `2:68: team "A": share 0: it is above 0 and at most 1`},
		{"share in hundredths", team + "members: [{account: ana, share: 50}]}\n", `2:68: team "A": share 50: it is above 0 and at most 1`},
		{"share that is none", team + "members: [{account: ana, share: .nan}]}\n", `2:68: team "A": share NaN`},
		{"share that is a word", team + "members: [{account: ana, share: half}]}\n", `2:68: `},
		{"more than one person", team + "members: [{account: ana, until: 2026-03-01}, {account: ben}, {account: Ana, from: 2026-03-01, share: 0.5}]}\n", `team "A": the shares of one person add up to 1.5 on 2026-03-01`},
		{"more than one person, by two accounts", "people: [{accounts: [ana, a@x.example]}]\n" + team + "members: [{account: ana, share: 0.75}]}\n  - {name: B, match: {label: [y]}, members: [{account: A@x.example, share: 0.75}]}\n", `3:47: team "A": the shares of one person add up to 1.5 from the beginning`},
		{"key of a context", team + "context: {awarenes: implicit}}\n", `2:46: the key "awarenes" is not known; did you mean "awareness"?`},
		{"reorganisation of nobody known", team + "}\nreorganisations:\n  - date: 2026-04-01\n    teams: [A, a, Bb]\n", `5:19: team "Bb" is not among the teams; did you mean "A"?`},
		{"reorganisation without teams to name", "reorganisations: [{date: 2026-04-01, teams: [Shop]}]\n", `1:46: team "Shop" is not among the teams, since teams: names none`},
		{"reorganisation of none", "reorganisations: [{date: 2026-04-01, teams: []}]\n", `1:38: a reorganisation of no team changes nothing`},
		{"reorganisation on no day", "reorganisations: [{date: 2026-04-31}]\n", `1:26: date "2026-04-31" is no date`},
		{"reorganisation at no time", "reorganisations: [{teams: [A]}]\n", `1:20: a reorganisation needs its date`},
		{"band of nothing", "bands: {F13: {low: 1}}\n", `1:9: there is no metric "F13"; did you mean "F1"?`},
		{"band of what was given up", "bands: {I4: {low: 1}}\n", `1:9: there is no metric "I4": I4 is retired`},
		{"claim that is a word", "teams:\n  - name: A\n    match: {label: [x]}\n    claims:\n      independent: maybe\n", `5:20: independent: expected true or false, not "maybe"`},
		{"share in words", team + "members: [{account: ana, share: half}]}\n", `share: expected a number, not "half"`},
		{"end of a band in words", "bands: {F1: {low: x}}\n", `1:19: low: expected a number, not "x"`},
		{"plan in words", "mix: {categories: {a: [S]}, plan: {a: half}}\n", `1:39: a: expected a number, not "half"`},
		{"claim in words", "independence: {claim: high}\n", `1:23: claim: expected a number, not "high"`},
		{"weight in words", "independence: {weights: {links: lots}}\n", `1:33: links: expected a number, not "lots"`},
		{"list for a text", "store: [a]\n", `1:8: store: expected a text, not a list`},
		{"list for keys", "bands: [a]\n", `1:8: bands: expected keys with values, not a list`},
		{"value for keys", "sources: [sesame]\n", `1:11: sources: expected keys with values, not a single value`},
		{"value for a list", "bots: x\n", `1:7: bots: expected a list, not a single value`},
		{"keys for a list", "teams:\n  a: b\n", `teams: expected a list, not keys with values`},
		{"band of a signal", "bands: {s16: {low: 1}}\n", `1:9: S16 is a signal: they come in a later version`},
		{"band twice", "bands:\n  F1: {low: 1}\n  cycle-time: {high: 2}\n", `3:3: F1 and cycle-time are one metric`},
		{"band upside down", "bands: {F1: {low: 3, high: 2}}\n", `1:19: low 3 is not below high 2`},
		{"band without ends", team + "bands: {F1: {}}}\n", `2:44: a band needs low, or high, or both`},
		{"band without an end", "bands: {F1: {low: .inf}}\n", `1:19: +Inf is no end of a band`},
		{"band that nobody judges", "bands: {F1: {high: 4}, no-start: {high: 0.4}}\n", `1:24: a band of DQ1 is not judged; known are F1, F2, F3, F5, B1`},
		{"band of a team that nobody judges", team + "bands: {oii: {low: 0.4}}}\n", `2:44: a band of I3 is not judged; known are F1, F2, F3, F5, B1`},
		{"band below nothing", "bands: {F1: {low: -3, high: -1}}\n", `1:19: low -3: nothing that a band is judged of is below 0`},
		{"band up to less than nothing", "bands: {wip: {high: -1}}\n", `1:21: high -1: nothing that a band is judged of is below 0`},
		{"end of a band misspelt", "bands: {F1: {hihg: 2}}\n", `1:14: the key "hihg" is not known; did you mean "high"?`},
		{"plan without categories", "mix:\n  plan: {new: 100}\n", `2:3: a plan needs the categories that it is of`},
		{"plan of something else", mix + "  plan: {new: 60, upkep: 40}\n", `3:19: "upkep" is not among the categories; did you mean "upkeep"?`},
		{"plan that adds up to something", mix + "  plan: {new: 60, upkeep: 30}\n", `3:3: the shares add up to 90: they must add up to 100, or to 1`},
		{"plan below nothing", mix + "  plan: {new: 110, upkeep: -10}\n", `3:28: -10 is no share`},
		{"category of nothing", "mix: {categories: {new: []}}\n", `1:20: category "new" holds nothing`},
		{"category of a word", "mix: {categories: {new: Story}}\n", `1:25: `},
		{"category twice", "mix: {categories: {new: [A], New: [B]}}\n", `1:30: category "New" is there twice`},
		{"category of what fits none", "mix: {categories: {Unlabelled: [A]}}\n", `1:20: "Unlabelled" is what fits no category`},
		{"type of two categories", "mix: {categories: {new: [Story, Bug], upkeep: [bug]}}\n", `1:48: "bug" stands twice among the categories: in new and in upkeep`},
		{"no name in a category", "mix: {categories: {new: [\" \"]}}\n", `1:26: an empty name fits nothing`},
		{"key of the mix", "mix: {category: {new: [A]}}\n", `1:7: the key "category" is not known; did you mean "categories"?`},
		{"outcome of nothing", "outcome: {fields: [\"\"]}\n", `1:20: an empty name fits nothing`},
		{"key of an outcome", "outcome: {field: [A]}\n", `1:11: the key "field" is not known; did you mean "fields"?`},
		{"key of requests", "requests: {ignore: {types: [A]}}\n", `1:21: the key "types" is not known; did you mean "type"?`},
		{"account of nobody", "requests: {ignore: {accounts: [\"\"]}}\n", `1:32: an empty name fits nothing`},
		{"repository as a project", "requests: {ignore: {jira_project: [A, acme/shop]}}\n", `1:39: "acme/shop" is a repository`},
		{"claim of everything", "independence: {claim: 1}\n", `1:23: claim 1: it lies between 0 and 1`},
		{"weight below nothing", "independence: {weights: {hand_offs: -1}}\n", `1:37: weight -1 of hand offs: it is 0 or more`},
		{"no weight", "independence: {weights: {links: 0, batches: 0, people: 0, hand_offs: 0, together: 0}}\n", `1:16: all weights are 0`},
		{"key of a weight", "independence: {weights: {handoffs: 1}}\n", `1:26: the key "handoffs" is not known; did you mean "hand_offs"?`},

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
		"organisation: A\nstore: \"x\n  --- y\"\n",
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
