// Package config reads a smokestack.yaml: strictly, so that a slip of the
// finger is an error with its place and not a setting that does nothing.
package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"smokestack/analysis/assemble"
	"smokestack/analysis/work"
)

// Config is the content of a configuration file.
type Config struct {
	Organisation string   `yaml:"organisation"`
	TimeZone     string   `yaml:"time_zone"`
	Store        string   `yaml:"store"`
	Sources      []Source `yaml:"sources"`
	TeamBy       string   `yaml:"team_by"`
	Teams        []Team   `yaml:"teams"`
	Statuses     Statuses `yaml:"statuses"`
	Types        Types    `yaml:"types"`
	Links        Links    `yaml:"links"`
	Bots         []string `yaml:"bots"`
	People       []Person `yaml:"people"`
	Joins        Joins    `yaml:"joins"`
	Generated    []string `yaml:"generated"`
	Mix          Mix      `yaml:"mix"`
	Outcome      Outcome  `yaml:"outcome"`
	Requests     Requests `yaml:"requests"`

	Reorganisations []Reorganisation `yaml:"reorganisations"`
	Bands           map[string]Band  `yaml:"bands"` // of the organisation, by id or name of a metric
	Index           Index            `yaml:"independence"`

	path string
}

// Source is one place that facts come from.
type Source struct {
	Kind    string `yaml:"kind"`
	Tracker string `yaml:"tracker"`
	Path    string `yaml:"path"`
	URL     string `yaml:"url"`
	Token   string `yaml:"token" json:"-"`
	Email   string `yaml:"email" json:"-"`
	CA      string `yaml:"ca"`
	Record  string `yaml:"record"`

	Projects     []string `yaml:"projects"`
	JQL          string   `yaml:"jql"`
	Owner        string   `yaml:"owner"`
	Repositories []string `yaml:"repositories"`
	App          App      `yaml:"app"`

	unset   []string // environment variables that are named and have no value
	without []string // the keys that name them
}

// Unset says which environment variables the source names that have no value:
// an error for whoever wants to reach the tracker, and for nobody else.
func (s Source) Unset() error {
	if len(s.unset) == 0 {
		return nil
	}
	return errors.New(strings.Join(s.unset, "; "))
}

// Team is one team: the rule for what it owns, and what it says of itself.
type Team struct {
	Name    string          `yaml:"name"`
	ID      string          `yaml:"id"`
	From    string          `yaml:"from"`
	Match   Match           `yaml:"match"`
	Members []Member        `yaml:"members"`
	Kind    string          `yaml:"kind"`
	Claims  Claims          `yaml:"claims"`
	Context Context         `yaml:"context"`
	Bands   map[string]Band `yaml:"bands"`
}

// Claims is what a team says of itself.
type Claims struct {
	Independent bool `yaml:"independent"`
}

// Match says which items a team owns.
type Match struct {
	JiraProject      []string            `yaml:"jira_project"`
	GitHubRepository []string            `yaml:"github_repository"`
	CodeOwners       []string            `yaml:"codeowners"`
	GitHubTeam       []string            `yaml:"github_team"`
	Component        []string            `yaml:"component"`
	Label            []string            `yaml:"label"`
	Type             []string            `yaml:"type"`
	Field            map[string][]string `yaml:"field"`
}

// Statuses says what statuses (and resolutions) mean, by their names.
type Statuses struct {
	Queue   []string `yaml:"queue"`
	Active  []string `yaml:"active"`
	Wait    []string `yaml:"wait"`
	Done    []string `yaml:"done"`
	Dropped []string `yaml:"dropped"`
}

// Types says which level item types have, by their names.
type Types struct {
	Goal    []string `yaml:"goal"`
	Batch   []string `yaml:"batch"`
	Item    []string `yaml:"item"`
	SubItem []string `yaml:"sub_item"`
}

// Links says what link types, or phrases, mean.
type Links struct {
	DependsOn []string `yaml:"depends_on"`
	NeededBy  []string `yaml:"needed_by"`
	ChildOf   []string `yaml:"child_of"`
	ParentOf  []string `yaml:"parent_of"`
	Ignore    []string `yaml:"ignore"`
}

// Person ties accounts of several trackers together.
type Person struct {
	Accounts []string `yaml:"accounts"`
}

// Joins says what ties items of two trackers together.
type Joins struct {
	JiraKeys JiraKeys `yaml:"jira_keys"`
}

// JiraKeys says which keys of Jira, standing where, tie what GitHub tells to an
// item of Jira.
type JiraKeys struct {
	In       []string `yaml:"in"`
	Projects []string `yaml:"projects"`
}

// ErrMissing says that there is no such file.
var ErrMissing = errors.New("no such configuration")

// Load reads the file at path.
func Load(path string, getenv func(string) string) (*Config, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", path, ErrMissing)
	}
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	c, err := Parse(text, getenv)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	c.path = path
	return c, nil
}

// Parse reads the text of a configuration. Its errors begin with line and
// column.
func Parse(text []byte, getenv func(string) string) (*Config, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntax(err)
	}
	if t := second(text); t != nil {
		return nil, fmt.Errorf("%d:%d: a second document begins here, and one alone is read: put all into one", t.Position.Line, t.Position.Column)
	}
	c := &Config{}
	for _, doc := range file.Docs {
		if err := check(doc.Body, c); err != nil {
			return nil, err
		}
	}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := yaml.Unmarshal(text, c); err != nil {
			if wrong := wrongKind(file, err); wrong != nil {
				return nil, wrong
			}
			return nil, syntax(err)
		}
	}
	for i := range c.Sources {
		if err := c.Sources[i].secrets(func(key string) string { return position(file, key, i) }, getenv); err != nil {
			return nil, err
		}
	}
	return c, c.validate(file)
}

// second returns the mark before a second document that holds anything; nil if
// there is none.
func second(text []byte) (mark *token.Token) {
	begun, directive := false, 0
	for _, t := range lexer.Tokenize(string(text)) {
		switch {
		case t.Type == token.DirectiveType:
			directive = t.Position.Line
		case t.Type == token.CommentType, t.Position.Line == directive:
		case t.Type == token.DocumentHeaderType, t.Type == token.DocumentEndType:
			if begun {
				mark = t
			}
			begun = true
		case mark != nil:
			return mark
		default:
			begun = true
		}
	}
	return nil
}

// syntax shortens an error of the YAML reader to its place and its words.
func syntax(err error) error {
	var e yaml.Error
	if errors.As(err, &e) {
		if t := e.GetToken(); t != nil && t.Position != nil {
			return fmt.Errorf("%d:%d: %s", t.Position.Line, t.Position.Column, e.GetMessage())
		}
		return fmt.Errorf("1:1: %s", e.GetMessage())
	}
	return fmt.Errorf("1:1: %w", err)
}

// position finds the n-th source's key, for messages.
func position(file *ast.File, key string, n int) string {
	path, err := yaml.PathString(fmt.Sprintf("$.sources[%d].%s", n, key))
	if err != nil {
		return "1:1"
	}
	return place(file, path)
}

func place(file *ast.File, path *yaml.Path) string {
	node, err := path.FilterFile(file)
	if err != nil || node.GetToken() == nil {
		return "1:1"
	}
	p := node.GetToken().Position
	return fmt.Sprintf("%d:%d", p.Line, p.Column)
}

// secrets replaces ${NAME} by the environment's value. A token in clear is
// refused: a configuration ends up in a repository.
func (s *Source) secrets(at func(key string) string, getenv func(string) string) error {
	for _, field := range []struct {
		name   string
		value  *string
		secret string // what it is, if it must not stand in a file
	}{
		{"token", &s.Token, "token"}, {"app.key", &s.App.Key, "key"}, {"email", &s.Email, ""}, {"url", &s.URL, ""},
		{"app.id", &s.App.ID, ""}, {"app.installation", &s.App.Installation, ""}, {"app.key_file", &s.App.KeyFile, ""},
	} {
		name, isEnv := env(*field.value)
		switch {
		case *field.value == "":
		case !isEnv && field.secret != "":
			return fmt.Errorf("%s: the %s stands in the file: put it into an environment variable and write ${NAME} here", at(field.name), field.secret)
		case isEnv:
			*field.value = getenv(name)
			if *field.value == "" {
				s.unset = append(s.unset, fmt.Sprintf("%s: the environment variable %s is not set", at(field.name), name))
				s.without = append(s.without, field.name)
			}
		}
	}
	return nil
}

func env(text string) (name string, ok bool) {
	if strings.HasPrefix(text, "${") && strings.HasSuffix(text, "}") {
		return text[2 : len(text)-1], true
	}
	return "", false
}

// validate checks what the form alone cannot.
func (c *Config) validate(file *ast.File) error {
	at := func(format string, args ...any) string {
		path, err := yaml.PathString(fmt.Sprintf(format, args...))
		if err != nil {
			return "1:1"
		}
		return place(file, path)
	}
	if _, err := c.Zone(); err != nil {
		return fmt.Errorf("%s: %w", at("$.time_zone"), err)
	}
	for i, s := range c.Sources {
		if key, err := s.validate(); err != nil {
			return fmt.Errorf("%s: %w", at("$.sources[%d].%s", i, key), err)
		}
		site, err := address(s.URL, s.example())
		if err != nil {
			return fmt.Errorf("%s: %w", at("$.sources[%d].url", i), err)
		}
		c.Sources[i].URL = site
		if j := slices.IndexFunc(c.Sources[:i], func(o Source) bool { return s.Record != "" && o.Record == s.Record && o.Kind != s.Kind }); j >= 0 {
			return fmt.Errorf("%s: answers of two trackers need a folder each: another source records into %q", at("$.sources[%d].record", i), s.Record)
		}
	}
	if c.TeamBy != "" {
		if len(c.Teams) > 0 {
			return fmt.Errorf("%s: team_by and teams exclude each other: either items name their teams, or rules do", at("$.team_by"))
		}
		if _, _, err := TeamBy(c.TeamBy); err != nil {
			return fmt.Errorf("%s: %w", at("$.team_by"), err)
		}
	}
	names := map[string]bool{}
	for i, t := range c.Teams {
		if err := t.validate(names); err != nil {
			return fmt.Errorf("%s: %w", at("$.teams[%d]", i), err)
		}
		if key, err := t.Match.validate(); err != nil {
			return fmt.Errorf("%s: team %q: %w", at("$.teams[%d].match.%s", i, key), t.Name, err)
		}
	}
	for _, err := range []error{
		twice("statuses", c.Statuses.lists(), at), twice("types", c.Types.lists(), at), twice("links", c.Links.lists(), at),
		c.validatePeople(at), c.Joins.validate(at), c.validateGenerated(at), c.validateMembers(file), c.validateReorganisations(file),
		c.Mix.validate(file), c.Outcome.validate(file), c.Requests.validate(file), c.validateBands(file), c.Index.validate(file),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// list is the names, under one key, that have one meaning.
type list[T any] struct {
	key   string
	names []string
	means T
}

// twice refuses a name that two lists, or two places of one, give a meaning.
func twice[T any](group string, lists []list[T], at func(string, ...any) string) error {
	seen := map[string]string{}
	for _, l := range lists {
		for i, name := range l.names {
			lower := strings.ToLower(name)
			if key, ok := seen[lower]; ok {
				return fmt.Errorf("%s: %q stands twice among the %s: in %s and in %s", at("$.%s.%s[%d]", group, l.key, i), name, group, key, l.key)
			}
			seen[lower] = l.key
		}
	}
	return nil
}

// meanings returns what the names of the lists mean, in lower case.
func meanings[T any](lists []list[T]) map[string]T {
	out := map[string]T{}
	for _, l := range lists {
		for _, n := range l.names {
			out[strings.ToLower(n)] = l.means
		}
	}
	return out
}

// address writes the address of a site in the one way in which facts name it. An
// address is stored and shown, and its errors are printed: credentials in one
// are refused and never repeated.
func address(text, example string) (string, error) {
	if text == "" {
		return "", nil
	}
	u, err := url.Parse(strings.TrimSpace(text))
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Host == "", u.RawQuery != "", u.Fragment != "":
		return "", fmt.Errorf("the url is no address of a site; it is written like %s", example)
	case u.User != nil:
		return "", fmt.Errorf("the url holds credentials: write https://%s alone", u.Host)
	}
	return strings.TrimRight(u.Scheme+"://"+strings.ToLower(u.Host)+u.Path, "/"), nil
}

func (t Team) validate(names map[string]bool) error {
	switch {
	case t.Name == "":
		return errors.New("a team needs a name")
	case names[strings.ToLower(t.Name)]:
		return fmt.Errorf("team %q is there twice", t.Name)
	case t.Match.empty():
		return fmt.Errorf("team %q: match says nothing; name a jira_project, github_repository, codeowners, github_team, component, label, type or field", t.Name)
	}
	names[strings.ToLower(t.Name)] = true
	if err := isDay("from", t.From); err != nil {
		return fmt.Errorf("team %q: %w", t.Name, err)
	}
	return nil
}

// Zone returns the zone in which weeks are cut, UTC by default.
func (c *Config) Zone() (*time.Location, error) {
	if c.TimeZone == "" {
		return time.UTC, nil
	}
	if c.TimeZone == "Local" {
		return nil, errors.New("time_zone Local differs from machine to machine: name one, such as Europe/Berlin")
	}
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("time_zone %q is not known; it is written like Europe/Berlin", c.TimeZone)
	}
	return zone, nil
}

// Resolve returns a path of the file relative to the file.
func (c *Config) Resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.path), path)
}

// TeamBy reads the ways to find teams without rules.
func TeamBy(text string) (assemble.TeamBy, string, error) {
	kind, field, _ := strings.Cut(text, ":")
	switch kind {
	case "project", "repository":
		return assemble.ByProject, "", nil
	case "component":
		return assemble.ByComponent, "", nil
	case "label":
		return assemble.ByLabel, "", nil
	case "field":
		if field == "" {
			field = "Team"
		}
		return assemble.ByField, field, nil
	}
	return 0, "", fmt.Errorf("team-by %q: known are project, component, repository, label and field (or field:NAME)", text)
}

// Rules returns what the configuration says about the meaning of facts.
func (c *Config) Rules() (assemble.Rules, error) {
	zone, err := c.Zone()
	if err != nil {
		return assemble.Rules{}, err
	}
	r := assemble.Rules{Zone: zone, Statuses: meanings(c.Statuses.lists()), Levels: meanings(c.Types.lists()), Links: meanings(c.Links.lists()), Joins: c.Joins.rules(), Generated: c.generated()}
	if c.TeamBy != "" {
		if r.By, r.Field, err = TeamBy(c.TeamBy); err != nil {
			return r, err
		}
	}
	for _, t := range c.Teams {
		r.By = assemble.ByRules
		team := assemble.Team{Name: t.Name, ID: t.ID, Claims: t.Claims.Independent, Kind: t.Kind, Match: assemble.Match{
			Projects: t.Match.JiraProject, Repositories: t.Match.GitHubRepository, CodeOwners: t.Match.CodeOwners, GitHubTeams: gitHubTeams(t.Match.GitHubTeam),
			Components: t.Match.Component, Labels: t.Match.Label, Types: t.Match.Type, Fields: t.Match.Field,
		}}
		if team.ID == "" {
			team.ID = t.Name
		}
		team.From = begins(t.From, zone)
		r.Teams = append(r.Teams, team)
	}
	r.Categories, r.Planned = c.Mix.rules()
	r.Outcome = assemble.Outcome(c.Outcome)
	r.NotRequested = c.Requests.Ignore.rules()
	r.Reorganised, r.Bands = c.reorganised(zone), c.bands()
	return r, nil
}

func (s Statuses) lists() []list[work.State] {
	return []list[work.State]{
		{"queue", s.Queue, work.Queue}, {"active", s.Active, work.Active}, {"wait", s.Wait, work.Wait},
		{"done", s.Done, work.Done}, {"dropped", s.Dropped, work.Dropped},
	}
}

func (t Types) lists() []list[work.Level] {
	return []list[work.Level]{
		{"goal", t.Goal, work.LevelGoal}, {"batch", t.Batch, work.LevelBatch}, {"item", t.Item, work.LevelItem}, {"sub_item", t.SubItem, work.LevelSub},
	}
}

func (l Links) lists() []list[assemble.Link] {
	return []list[assemble.Link]{
		{"depends_on", l.DependsOn, assemble.Link{Kind: work.LinkDepends}},
		{"needed_by", l.NeededBy, assemble.Link{Kind: work.LinkDepends, Reverse: true}},
		{"child_of", l.ChildOf, assemble.Link{Kind: work.LinkParent}},
		{"parent_of", l.ParentOf, assemble.Link{Kind: work.LinkParent, Reverse: true}},
		{"ignore", l.Ignore, assemble.Link{Kind: work.LinkOther}},
	}
}

// Named returns the statuses and the types that the configuration names, in a
// fixed order.
func (c *Config) Named() (statuses, types []string) {
	for _, l := range c.Statuses.lists() {
		statuses = append(statuses, l.names...)
	}
	for _, l := range c.Types.lists() {
		types = append(types, l.names...)
	}
	return statuses, types
}

// Fingerprint identifies what the configuration says about the meaning of
// facts: two scans with the same fingerprints of facts, configuration and
// program show the same.
func (c *Config) Fingerprint() string {
	shown := *c
	shown.Sources, shown.Store = nil, "" // where facts come from is told by their own fingerprint
	text, err := json.Marshal(shown)
	if err != nil {
		return "unknown"
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
