package main

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/csv"
	"encoding/pem"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"smokestack/connectors/connectortest"
	"smokestack/connectors/github/githubtest"
)

// The command line against a GitHub that is played.

var hubArgs = []string{"--github", "acme/shop", "--github", "acme/checkout-*", "--team-by", "repository"}

func hubWith(verb string, more ...string) []string {
	args := hubArgs
	if verb == "pull" {
		args = args[:4] // teams are no matter of a pull
	}
	return append(append([]string{verb}, args...), more...)
}

func TestGitHubScan(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*githubtest.Options){
		"github.com":        func(*githubtest.Options) {},
		"Enterprise Server": func(o *githubtest.Options) { o.Enterprise = true; o.Site = "https://ghe.example" },
		"without GraphQL":   func(o *githubtest.Options) { o.NoGraphQL = http.StatusForbidden },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, server := newHubPlay(t, change)
			args := hubWith("scan", "--format", "json")
			if strings.Contains(name, "Enterprise") {
				args = []string{"scan", "--github", "https://ghe.example/acme/shop", "--github", "https://ghe.example/acme/checkout-*", "--team-by", "repository", "--format", "json"}
			}
			code, out, errs := p.run(args...)
			if code != codeDone || errs != "" {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			for _, team := range []string{"acme/shop", "acme/checkout-web", "acme/checkout-api"} {
				if !strings.Contains(out, `"team": "`+team+`"`) {
					t.Errorf("no team %s", team)
				}
			}
			// From cron: the same answers, the same bytes, and few requests.
			first := len(server.Requests())
			server.Reset()
			if code, again, errs := p.run(args...); code != codeDone || again != out {
				t.Errorf("a second scan: exit code %d, %s; other bytes: %t", code, errs, again != out)
			}
			if n := len(server.Requests()); n > first {
				t.Errorf("%d requests for nothing, %d the first time: %v", n, first, server.Count())
			}
			server.Reset()
			if code, offline, errs := p.run(append(args, "--offline")...); code != codeDone || offline != out {
				t.Errorf("a scan offline: exit code %d, %s; other bytes: %t", code, errs, offline != out)
			}
			if n := len(server.Requests()); n != 0 {
				t.Errorf("%d requests offline", n)
			}
		})
	}
}

func TestGitHubRecordAndReplay(t *testing.T) {
	t.Parallel()
	p, _ := newHubPlay(t)
	if code, _, errs := p.run(hubWith("pull", "--record", "rec")...); code != codeDone {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if code, _, errs := p.run("pull", "--archive", "rec", "--store", "replayed.db"); code != codeDone {
		t.Fatalf("replayed: exit code %d: %s", code, errs)
	}
	sameFacts(t, p, "replayed.db")
	noSecrets(t, filepath.Join(p.dir, "rec"))
}

// TestBothTrackers reads a Jira and a GitHub in one scan, records both, and reads
// the recordings again.
func TestBothTrackers(t *testing.T) {
	t.Parallel()
	p, hub := newBothPlay(t)
	hub.World.OpenPull("acme/shop", "ana", githubtest.Draft{Title: "CHK-12 Take orders", Branch: "chk-12", Files: []githubtest.File{{Path: "a.go", Added: 1}}})
	args := append(with("scan", "--record", "rec", "--format", "json"), "--github", "acme/shop", "--team-by", "project")
	code, out, errs := p.run(args...)
	if code != codeDone || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	for _, team := range []string{"acme/shop", "CHK", "ORD"} {
		if !strings.Contains(out, `"team": "`+team+`"`) {
			t.Errorf("no team %s", team)
		}
	}
	for _, part := range []string{"jira", "github"} {
		if entries, err := os.ReadDir(filepath.Join(p.dir, "rec", part)); err != nil || len(entries) == 0 {
			t.Errorf("nothing was recorded of %s: %v", part, err)
		}
	}
	noSecrets(t, filepath.Join(p.dir, "rec", "github"))
	if code, _, errs := p.run("pull", "--archive", "rec", "--store", "replayed.db"); code != codeDone {
		t.Fatalf("replayed: exit code %d: %s", code, errs)
	}
	sameFacts(t, p, "replayed.db")

	// Of each tracker the check says which one it speaks of.
	_, out, _ = p.run("check", "--jira", "https://demo.example", "--project", "CHK", "--github", "acme/shop")
	for _, want := range []string{"https://demo.example", "https://api.github.com"} {
		if !regexp.MustCompile("(?m)^" + want + " +Credentials +right").MatchString(out) {
			t.Errorf("no credentials of %s in\n%s", want, out)
		}
	}

	// One that fails does not stop the other.
	p.vars["JIRA_TOKEN"] = "wr0ng"
	hub.Reset()
	code, _, errs = p.run(args...)
	if code != codeIncomplete || !strings.Contains(errs, "https://demo.example") || len(hub.Requests()) == 0 {
		t.Errorf("exit code %d, %d requests to GitHub: %s", code, len(hub.Requests()), errs)
	}
	p.vars["JIRA_TOKEN"], p.vars["GITHUB_TOKEN"] = secret, "wr0ng"
	p.server.Reset()
	code, _, errs = p.run(args...)
	if code != codeIncomplete || !strings.Contains(errs, "github.com") || len(p.server.Requests()) == 0 {
		t.Errorf("exit code %d, %d requests to Jira: %s", code, len(p.server.Requests()), errs)
	}
}

// sameFacts compares the play's store with another beside it.
func sameFacts(t *testing.T, p *livePlay, other string) {
	t.Helper()
	live, replayed := storeOf(t, filepath.Join(p.dir, defaultStore)), storeOf(t, filepath.Join(p.dir, other))
	live.Notes, replayed.Notes = nil, nil // they name files
	if d := connectortest.Difference(live, replayed); d != "" {
		t.Errorf("the replay differs: %s", d[:min(len(d), 2000)])
	}
}

func noSecrets(t *testing.T, dir string) {
	t.Helper()
	names, err := os.ReadDir(dir)
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	for _, f := range names {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, no := range []string{secret, "Authorization"} {
			if strings.Contains(string(text), no) {
				t.Errorf("%s holds %q", f.Name(), no)
			}
		}
	}
}

// TestGitHubMessages goes wrong in the ways that users do: one clear message, the
// right exit code, and the store is as it was.
func TestGitHubMessages(t *testing.T) {
	t.Parallel()
	type play func(p *livePlay, s *githubtest.Server)
	one := []string{"scan", "--github", "acme/shop"}
	for _, c := range []struct {
		name string
		play play
		args []string
		code int // with an empty store
		then int // with a store that holds something
		want string
	}{
		{"no token", func(p *livePlay, _ *githubtest.Server) { p.vars = nil }, one, codeUsage, codeIncomplete, "no token for https://github.com: set GITHUB_TOKEN"},
		{"no token, and a pattern", func(p *livePlay, _ *githubtest.Server) { p.vars = nil }, hubWith("scan"), codeUsage, codeIncomplete, "no token for https://github.com: set GITHUB_TOKEN"},
		{"wrong token", func(p *livePlay, _ *githubtest.Server) { p.vars["GITHUB_TOKEN"] = "wr0ng" }, one, codeRefused, codeIncomplete, "the token is not accepted"},
		{"a repository that is not there", nil, []string{"scan", "--github", "acme/nowhere", "--github", "acme/shop"}, codeIncomplete, codeIncomplete, "acme/nowhere: not visible"},
		{"a repository without permission", func(_ *livePlay, s *githubtest.Server) { s.World.Hide("acme/shop") }, one, codeRefused, codeIncomplete, "acme/shop: not visible"},
		{"a pattern that fits nothing", nil, []string{"scan", "--github", "acme/nothing-*"}, codeFailed, codeFailed, "no repository fits acme/nothing-*; the token sees 3 of acme"},
		{"a pattern beside one that fits", nil, []string{"scan", "--github", "acme/nothing-*", "--github", "acme/ch*"}, codeIncomplete, codeIncomplete, "no repository fits acme/nothing-*"},
		{"an owner that is not there", nil, []string{"scan", "--github", "nobody/*"}, codeRefused, codeRefused, "no organisation and no user nobody"},
		{"unknown host", func(p *livePlay, _ *githubtest.Server) {
			p.net = roundTrip(func(*http.Request) (*http.Response, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "api.github.com", IsNotFound: true}
			})
		}, hubWith("scan"), codeFailed, codeIncomplete, "there is no host of this name"},
		{"a private authority", func(p *livePlay, _ *githubtest.Server) {
			p.net = roundTrip(func(*http.Request) (*http.Response, error) {
				return nil, &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
			})
		}, one, codeFailed, codeIncomplete, "give its certificate with --ca FILE"},
		{"plain http", nil, []string{"scan", "--github", "http://ghe.example/acme/shop"}, codeUsage, codeUsage, "would send the token unencrypted: use https"},
		{"no repository named", nil, []string{"scan", "--github", "acme"}, codeUsage, codeUsage, "of which repositories?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, server := newHubPlay(t)
			if c.play != nil {
				c.play(p, server)
			}
			code, _, errs := p.run(c.args...)
			if code != c.code || !strings.Contains(errs, c.want) {
				t.Errorf("exit code %d, want %d; want %q in: %s", code, c.code, c.want, errs)
			}
			if lines := strings.Count(strings.TrimSpace(errs), "\n") + 1; lines > 2 {
				t.Errorf("%d lines for one fault: %s", lines, errs)
			}

			p, server = newHubPlay(t)
			if code, _, errs := p.run(hubWith("pull")...); code != codeDone {
				t.Fatalf("exit code %d: %s", code, errs)
			}
			before := storeOf(t, filepath.Join(p.dir, defaultStore))
			if c.play != nil {
				c.play(p, server)
			}
			if code, _, errs := p.run(c.args...); code != c.then || !strings.Contains(errs, c.want) {
				t.Errorf("with a full store: exit code %d, want %d; want %q in: %s", code, c.then, c.want, errs)
			}
			after := storeOf(t, filepath.Join(p.dir, defaultStore))
			before.Notes, after.Notes = nil, nil
			if d := connectortest.Difference(before, after); d != "" {
				t.Errorf("the store is another: %s", d[:min(len(d), 1000)])
			}
		})
	}
}

// A repository that a pattern no longer fits is named, and its items are no longer
// in the report.
func TestGitHubPatterns(t *testing.T) {
	t.Parallel()
	p, server := newHubPlay(t)
	if code, _, errs := p.run(hubWith("scan")...); code != codeDone || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	server.World.Repository("acme/checkout-app")
	server.World.Open("acme/checkout-app", "ana", "An app", "")
	server.World.Hide("acme/checkout-web")
	code, out, errs := p.run(hubWith("scan", "--format", "json")...)
	if code != codeDone || !strings.Contains(errs, "no longer among the repositories of acme that fit: checkout-web; what the store holds of them is left out") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if strings.Contains(out, `"team": "acme/checkout-web"`) {
		t.Error("the report is of a repository that does not fit")
	}
	// 40 issues and 20 pull requests in each of two repositories, one issue in the new one.
	if code, out, errs := p.run(hubWith("pull")...); code != codeDone || !strings.Contains(out, " 121 items in the store") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

// TestGitHubCheck reads the table as somebody would before a long pull.
func TestGitHubCheck(t *testing.T) {
	t.Parallel()
	p, server := newHubPlay(t)
	conf := `
sources: [{kind: github, owner: acme, repositories: [shop, "checkout-*", "no-*"], token: "${GITHUB_TOKEN}"}]
teams:
  - {name: Checkout, match: {github_repository: ["acme/checkout-*"]}}
  - {name: Web, match: {github_repository: [acme/checkout-web], label: [web]}}
  - {name: Payments, match: {jira_project: [PAY]}}
`
	if err := os.WriteFile(filepath.Join(p.dir, defaultConfig), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, errs := p.run("check", "--format", "csv")
	if code != codeIncomplete || errs != "" {
		t.Errorf("exit code %d: %s", code, errs)
	}
	for _, want := range []string{
		"Repositories,right", `"of acme, checkout-* and no-*: checkout-api, checkout-web"`, "no repository fits acme/no-*", "Credentials,right",
		"no team's rule can own items of acme/shop", "team Web: its rule fits acme/checkout-web, too, but team Checkout comes before it and owns all of that",
		"A first pull", "none yet: the first pull makes it",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(p.dir, defaultStore)); err == nil {
		t.Error("a check makes a store")
	}

	// Of what the store holds: who owns nothing, and what nobody owns.
	if code, _, errs := p.run("scan"); code != codeIncomplete || !strings.Contains(errs, "team Payments: no item fits its rule (jira_project PAY)") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	_, out, _ = p.run("check", "--format", "csv")
	for _, want := range []string{"Items without a team", "of acme/shop", "Team Payments", "no item fits its rule (jira_project PAY)"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}

	p.vars["GITHUB_TOKEN"] = "wr0ng"
	server.Reset()
	if code, out, errs := p.run("check", "--github", "acme/*", "--store", "none.db"); code != codeRefused || !strings.Contains(out, "Credentials    wrong") || strings.Contains(out, "Repositories") {
		t.Errorf("with a wrong token: exit code %d: %s %s", code, errs, out)
	}
	p.vars = nil
	if code, out, errs := p.run("check", "--github", "acme/*", "--store", "none.db"); code != codeUsage || !strings.Contains(out, "set GITHUB_TOKEN") || strings.Contains(out, "Statuses") {
		t.Errorf("without a token: exit code %d: %s %s", code, errs, out)
	}
}

// TestGitHubOwners finds teams by what GitHub says of who owns what: paths that
// pull requests change, teams that maintain repositories.
func TestGitHubOwners(t *testing.T) {
	t.Parallel()
	p, server := newHubPlay(t)
	server.World.WriteFile("acme/shop", ".github/CODEOWNERS", "* @acme/all\n*.go @acme/Coders\n")
	server.World.Team("acme", "Shop Keepers", "acme/shop", "maintain")
	conf := `
sources: [{kind: github, owner: acme, repositories: ["*"], token: "${GITHUB_TOKEN}"}]
teams:
  - {name: Coders, match: {codeowners: ["@acme/coders"]}}
  - {name: Keepers, match: {github_team: [shop-keepers]}}
  - {name: Web, match: {github_repository: ["acme/*-web"]}}
people: [{accounts: [ben, ana]}]
`
	if err := os.WriteFile(filepath.Join(p.dir, defaultConfig), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := p.run("scan"); code != codeDone || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if code, _, errs := p.run("export", "--out", "csv"); code != codeDone {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "csv", "items.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	key, team, typ := slices.Index(rows[0], "key"), slices.Index(rows[0], "team"), slices.Index(rows[0], "type")
	// Every pull request of the shop changes order.go; issues change nothing.
	for _, r := range rows[1:] {
		repo, number, _ := strings.Cut(r[key], "#")
		want := map[string]string{"acme/shop": "Keepers", "acme/checkout-web": "Web", "acme/checkout-api": "(no team)"}[repo]
		if repo == "acme/shop" && r[typ] == "Pull request" {
			want = "Coders"
		}
		if r[team] != want {
			t.Errorf("%s#%s is of %s, want %s", repo, number, r[team], want)
		}
	}
	if len(rows) < 100 {
		t.Errorf("%d rows", len(rows))
	}

	// Without what they go by, the rules say what is missing.
	p, _ = newHubPlay(t)
	if err := os.WriteFile(filepath.Join(p.dir, defaultConfig), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, errs := p.run("scan")
	for _, want := range []string{
		"team Coders: no item fits its rule (codeowners @acme/coders); no repository has a CODEOWNERS file that could be read",
		"team Keepers: no item fits its rule (github_team shop-keepers); no repository tells which teams maintain it",
	} {
		if code != codeIncomplete || !strings.Contains(errs, want) {
			t.Errorf("exit code %d, want %q in %s", code, want, errs)
		}
	}
}

// TestGitHubApp reads as an app, by a key in a variable or in a file.
func TestGitHubApp(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := newHubPlay(t, func(o *githubtest.Options) {
		o.Token, o.App = "", &githubtest.App{ID: 7, Installation: 42, Key: &key.PublicKey}
	})
	text := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))
	p.vars = map[string]string{"APP_KEY": text, "ONE_LINE": strings.ReplaceAll(text, "\n", `\n`)}
	if err := os.WriteFile(filepath.Join(p.dir, "app.pem"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{`key: "${APP_KEY}"`, `key: "${ONE_LINE}"`, "key_file: app.pem"} {
		conf := "sources: [{kind: github, owner: acme, repositories: [shop], app: {id: 7, installation: 42, " + by + "}}]\n"
		if err := os.WriteFile(filepath.Join(p.dir, "app.yaml"), []byte(conf), 0o644); err != nil {
			t.Fatal(err)
		}
		if code, out, errs := p.run("pull", "--config", "app.yaml"); code != codeDone || !strings.Contains(out, "items in the store") {
			t.Errorf("%s: exit code %d: %s", by, code, errs)
		}
	}
	// Offline nobody needs the key.
	p.vars = nil
	if code, _, errs := p.run("scan", "--config", "app.yaml", "--offline"); code != codeDone {
		t.Errorf("offline: exit code %d: %s", code, errs)
	}
}

// TestGitHubRunner reaches the GitHub that a runner of GitHub Actions works for,
// over the network.
func TestGitHubRunner(t *testing.T) {
	t.Parallel()
	p, server := newHubPlay(t, func(o *githubtest.Options) { o.Enterprise = true })
	web := server.Start()
	defer web.Close()
	p.net = nil
	p.vars = map[string]string{"GH_TOKEN": secret, "GITHUB_SERVER_URL": web.URL, "GITHUB_API_URL": web.URL + "/api/v3"}
	if code, out, errs := p.run("pull", "--github", "acme/shop"); code != codeDone || !strings.Contains(out, "items in the store") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	// The address says the same.
	p.vars = map[string]string{"GH_TOKEN": secret}
	if code, out, errs := p.run("pull", "--github", web.URL+"/acme/shop", "--quiet"); code != codeDone || !strings.Contains(out, "items in the store") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	facts := storeOf(t, filepath.Join(p.dir, defaultStore))
	if len(facts.Records) == 0 {
		t.Error("no facts")
	}
}
