package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
)

// What a configuration says of sources, of GitHub in particular, and of what
// ties two trackers together.

// App is a GitHub App that acts in place of an account.
type App struct {
	ID           string `yaml:"id"`
	Installation string `yaml:"installation"`
	Key          string `yaml:"key" json:"-"` // PEM
	KeyFile      string `yaml:"key_file"`
}

// Site is the address of the GitHub that a source names. It is needed whether
// anybody wants to reach it or not: facts are known by it.
func (s Source) Site() (string, error) {
	switch {
	case s.hasNo("url"):
		return "", s.Unset()
	case s.URL == "":
		return GitHub, nil
	}
	return s.URL, nil
}

// GitHub is the site of sources that name none.
const GitHub = "https://github.com"

func (s Source) example() string {
	if s.Kind == "github" {
		return GitHub
	}
	return "https://acme.atlassian.net"
}

// kinds are the kinds of sources, with what each needs.
var kinds = map[string]func(Source) (key string, err error){
	"archive": Source.validateArchive, "jira": Source.validateJira, "github": Source.validateGitHub,
}

// validate returns the first thing that is wrong with a source, and the key at
// which to say so.
func (s Source) validate() (key string, err error) {
	check, ok := kinds[s.Kind]
	switch {
	case s.Kind == "":
		return "kind", errors.New("a source needs its kind: jira, github or archive")
	case !ok:
		return "kind", fmt.Errorf("kind %q: known are jira, github and archive", s.Kind)
	}
	if key, of := s.foreign(); key != "" {
		return key, fmt.Errorf("%s means nothing for kind %s: it belongs to kind %s", key, s.Kind, of)
	}
	return check(s)
}

// foreign finds a key that belongs to another kind of source: it would do
// nothing.
func (s Source) foreign() (key, of string) {
	for _, f := range []struct {
		key, of string
		set     bool
	}{
		{"projects", "jira", len(s.Projects) > 0}, {"jql", "jira", s.JQL != ""},
		{"owner", "github", s.Owner != ""}, {"repositories", "github", len(s.Repositories) > 0}, {"app", "github", s.App != App{}},
		{"path", "archive", s.Path != ""}, {"tracker", "archive", s.Tracker != ""},
	} {
		if f.set && f.of != s.Kind {
			return f.key, f.of
		}
	}
	switch {
	case s.Kind == "github" && s.Email != "":
		return "email", "jira"
	case s.Kind == "archive" && s.Record != "":
		return "record", "jira or github"
	}
	return "", ""
}

func (s Source) validateArchive() (string, error) {
	switch s.Tracker {
	case "", "jira", "github":
	default:
		return "tracker", fmt.Errorf("tracker %q: this version reads archives of jira and of github", s.Tracker)
	}
	if s.Path == "" {
		return "kind", errors.New("an archive needs its path")
	}
	return "", nil
}

func (s Source) validateJira() (string, error) {
	switch {
	case s.URL == "" && !s.hasNo("url"):
		return "kind", errors.New("a jira needs its url")
	case len(s.Projects) == 0 && s.JQL == "":
		return "kind", errors.New("a jira needs its projects, or a query as jql")
	case len(s.Projects) > 0 && s.JQL != "":
		return "kind", errors.New("projects and jql exclude each other; write the projects into the query, or name two sources")
	}
	return "", nil
}

func (s Source) validateGitHub() (string, error) {
	switch {
	case s.Owner == "":
		return "kind", errors.New("a github needs its owner: an organisation or an account")
	case !IsName(s.Owner):
		return "owner", fmt.Errorf("owner %q is no name of an organisation or an account; it is written like acme", s.Owner)
	case len(s.Repositories) == 0:
		return "kind", errors.New(`a github needs its repositories: names, or patterns such as "checkout-*"; all of them are ["*"]`)
	}
	for i, r := range s.Repositories {
		if err := s.repository(r); err != nil {
			return fmt.Sprintf("repositories[%d]", i), err
		}
	}
	return s.validateCredentials()
}

func (s Source) repository(r string) error {
	owner, rest, ok := strings.Cut(r, "/")
	switch {
	case ok && strings.EqualFold(owner, s.Owner):
		return fmt.Errorf("repository %q: the owner stands under owner; write %q", r, rest)
	case ok:
		return fmt.Errorf("repository %q is not one of %s: name a source for each owner", r, s.Owner)
	case !IsPattern(r):
		return fmt.Errorf("repository %q is no name of a repository, and no pattern of * and ?", r)
	}
	return nil
}

// IsPattern reports whether a text is the name of a repository, or a pattern of
// some.
func IsPattern(s string) bool {
	return IsName(strings.NewReplacer("*", "x", "?", "x").Replace(s))
}

// IsName reports whether GitHub would take a text for the name of an owner or a
// repository.
func IsName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.')
	})
}

func (s Source) validateCredentials() (string, error) {
	token, app := s.Token != "" || s.hasNo("token"), s.App != App{} || s.hasNo("app.id", "app.installation", "app.key", "app.key_file")
	switch {
	case token && app:
		return "token", errors.New("token and app exclude each other")
	case !token && !app:
		return "kind", errors.New("a github needs its token: ${GITHUB_TOKEN}, or the app that reads it")
	case !app:
		return "", nil
	}
	key, file := s.App.Key != "" || s.hasNo("app.key"), s.App.KeyFile != "" || s.hasNo("app.key_file")
	switch {
	case key && file:
		return "app", errors.New("an app has its key, or a key_file, not both")
	case !key && !file:
		return "app", errors.New("an app needs its private key: key: ${GITHUB_APP_KEY}, or a key_file")
	}
	for _, f := range []struct{ key, text string }{{"app.id", s.App.ID}, {"app.installation", s.App.Installation}} {
		switch {
		case s.hasNo(f.key):
		case f.text == "":
			return "app", fmt.Errorf("an app needs its %s", strings.TrimPrefix(f.key, "app."))
		case strings.Trim(f.text, "0123456789") != "" || len(f.text) > 18:
			return f.key, fmt.Errorf("the %s of an app is a number", strings.TrimPrefix(f.key, "app."))
		}
	}
	return "", nil
}

// hasNo reports whether one of the keys names an environment variable that has
// no value: it is there, and what it says is not known.
func (s Source) hasNo(keys ...string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(s.without, k) })
}

func (m Match) empty() bool {
	return len(m.JiraProject)+len(m.GitHubRepository)+len(m.CodeOwners)+len(m.GitHubTeam)+len(m.Component)+len(m.Label)+len(m.Type)+len(m.Field) == 0
}

// validate finds patterns that are written in a way in which nothing is.
func (m Match) validate() (key string, err error) {
	for i, p := range m.JiraProject {
		if strings.Contains(p, "/") {
			return fmt.Sprintf("jira_project[%d]", i), fmt.Errorf("%q is a repository, not a project of Jira: name it under github_repository", p)
		}
	}
	for i, p := range m.GitHubRepository {
		if p != "*" && strings.Count(p, "/") != 1 {
			return fmt.Sprintf("github_repository[%d]", i), fmt.Errorf("%q names no owner: it is written like acme/shop, or acme/checkout-*", p)
		}
	}
	for i, o := range m.CodeOwners {
		switch at := strings.Index(o, "@"); {
		case at < 0 || strings.ContainsAny(o, " \t"):
			return fmt.Sprintf("codeowners[%d]", i), fmt.Errorf("%q is no owner as a CODEOWNERS file names one: it is written like @acme/payments", o)
		case at > 0 || !strings.Contains(o, "/"):
			// Not repeated: it is somebody's login or address of mail.
			return fmt.Sprintf("codeowners[%d]", i), errors.New("a person as an owner cannot be matched, since people in CODEOWNERS files are not kept: name a team, such as @acme/payments")
		}
	}
	for i, t := range m.GitHubTeam {
		if t == "" || strings.HasPrefix(t, "@") || strings.Count(t, "/") > 1 {
			return fmt.Sprintf("github_team[%d]", i), fmt.Errorf("%q is no team of GitHub: it is written like payments, or acme/payments", t)
		}
	}
	return "", nil
}

// gitHubTeams are the patterns for teams as facts name them, with their
// organisation, where people may leave that out.
func gitHubTeams(names []string) []string {
	var out []string
	for _, n := range names {
		if strings.Contains(n, "/") {
			out = append(out, n, "@"+n)
		} else {
			out = append(out, n, "*/"+n)
		}
	}
	return out
}

// validatePeople looks for accounts that cannot be who they are said to be.
func (c *Config) validatePeople(at func(string, ...any) string) error {
	seen := map[string]bool{}
	for i, p := range c.People {
		if len(p.Accounts) < 2 {
			return fmt.Errorf("%s: a person here is what several accounts have in common: name at least two", at("$.people[%d].accounts", i))
		}
		for j, a := range p.Accounts {
			lower := strings.ToLower(strings.TrimSpace(a))
			switch {
			case lower == "":
				return fmt.Errorf("%s: an account without a name", at("$.people[%d].accounts[%d]", i, j))
			case seen[lower]:
				return fmt.Errorf("%s: the account %q stands twice among the people", at("$.people[%d].accounts[%d]", i, j), a)
			}
			seen[lower] = true
		}
	}
	return nil
}

// places are the texts in which keys are looked for.
var places = map[string]fact.Where{"title": fact.InTitle, "body": fact.InBody, "branch": fact.InBranch}

func (j Joins) validate(at func(string, ...any) string) error {
	k := j.JiraKeys
	if k.In != nil && len(k.In) == 0 {
		return fmt.Errorf("%s: keys that stand nowhere tie nothing: name some of title, branch and body", at("$.joins.jira_keys.in"))
	}
	for i, where := range k.In {
		if _, ok := places[where]; !ok {
			return fmt.Errorf("%s: %q: keys are looked for in title, branch and body", at("$.joins.jira_keys.in[%d]", i), where)
		}
	}
	for i, p := range k.Projects {
		if p == "" || strings.ContainsAny(p, "/- ") {
			return fmt.Errorf("%s: %q is no key of a project in Jira; it is written like PAY", at("$.joins.jira_keys.projects[%d]", i), p)
		}
	}
	return nil
}

// rules are what ties items together: by default keys of any project, wherever
// they stand.
func (j Joins) rules() assemble.Joins {
	var out assemble.Joins
	for _, p := range j.JiraKeys.Projects {
		out.Projects = append(out.Projects, strings.ToLower(p)) // as all patterns of rules are
	}
	for _, where := range []string{"title", "branch", "body"} {
		if j.JiraKeys.In == nil || slices.Contains(j.JiraKeys.In, where) {
			out.In = append(out.In, places[where])
		}
	}
	return out
}
