package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
)

// Member is somebody who belongs to a team: from the beginning of one day to the
// end of another, with a share of their time.
type Member struct {
	Account string   `yaml:"account"`
	From    string   `yaml:"from"`
	Until   string   `yaml:"until"` // the last day
	Share   *float64 `yaml:"share"` // nil: 1
}

func (m Member) share() float64 {
	if m.Share == nil {
		return 1
	}
	return *m.Share
}

// Context is what a team says of its circumstances: words of people, which are
// shown and change no number.
type Context struct {
	Awareness     string `yaml:"awareness"`
	Effectiveness string `yaml:"effectiveness"`
	RateOfChange  string `yaml:"rate_of_change"`
}

// Contexts returns what teams say of their circumstances, by name; of teams
// that say nothing there is none.
func (c *Config) Contexts() map[string]Context {
	out := map[string]Context{}
	for _, t := range c.Teams {
		if t.Context != (Context{}) {
			out[t.Name] = t.Context
		}
	}
	return out
}

// Reorganisation is a day with which teams became others under their names.
type Reorganisation struct {
	Date  string   `yaml:"date"`
	Teams []string `yaml:"teams"` // nil: all
}

// isDay refuses what is written, and is no day.
func isDay(key, text string) error {
	if text == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return fmt.Errorf("%s %q is no date (YYYY-MM-DD)", key, text)
	}
	return nil
}

// begins is the first instant of a day in a zone; 0 where none is written.
func begins(day string, zone *time.Location) fact.Instant { return instant(day, 0, zone) }

// ends is the first instant behind a day; 0 where none is written.
func ends(day string, zone *time.Location) fact.Instant { return instant(day, 1, zone) }

func instant(day string, later int, zone *time.Location) fact.Instant {
	t, err := time.ParseInLocation(time.DateOnly, day, zone)
	if err != nil {
		return 0
	}
	return fact.At(time.Date(t.Year(), t.Month(), t.Day()+later, 0, 0, 0, 0, zone))
}

// MembersOf returns the members of a team, in the order of its accounts, without
// who they are: that takes a store.
func (c *Config) MembersOf(team int) ([]assemble.Member, error) {
	zone, err := c.Zone()
	if err != nil {
		return nil, err
	}
	var out []assemble.Member
	for _, m := range c.Teams[team].Members {
		out = append(out, assemble.Member{From: begins(m.From, zone), Until: ends(m.Until, zone), Share: m.share()})
	}
	return out, nil
}

// stay is one member of one team, for comparisons.
type stay struct {
	team, at    int // positions in the file
	from, until string
	share       float64
}

// covers reports whether a stay holds on a day; dates compare as text.
func (s stay) covers(day string) bool { return s.from <= day && (s.until == "" || day <= s.until) }

func (c *Config) validateMembers(file *ast.File) error {
	who := c.sameAccounts()
	var order []string
	stays := map[string][]stay{}
	for i, t := range c.Teams {
		for j, m := range t.Members {
			if key, err := m.validate(); err != nil {
				return fmt.Errorf("%s: team %q: %w", find(file, "teams", i, "members", j, key), t.Name, err)
			}
			name := account(m.Account)
			if same, ok := who[name]; ok {
				name = same
			}
			if stays[name] == nil {
				order = append(order, name)
			}
			stays[name] = append(stays[name], stay{i, j, m.From, m.Until, m.share()})
		}
	}
	for _, name := range order {
		if s, sum, ok := overfull(stays[name]); ok {
			since := "from the beginning"
			if s.from != "" {
				since = "on " + s.from
			}
			return fmt.Errorf("%s: team %q: the shares of one person add up to %.4g %s; at most 1 is there to share", find(file, "teams", s.team, "members", s.at), c.Teams[s.team].Name, sum, since)
		}
	}
	return nil
}

func (m Member) validate() (key string, err error) {
	if err := isDay("from", m.From); err != nil {
		return "from", err
	}
	if err := isDay("until", m.Until); err != nil {
		return "until", err
	}
	switch {
	case account(m.Account) == "":
		return "account", errors.New("a member needs its account: a login, or an address of mail")
	case m.From != "" && m.Until != "" && m.Until < m.From:
		return "until", fmt.Errorf("until %s lies before from %s", m.Until, m.From)
	case !(m.share() > 0 && m.share() <= 1):
		return "share", fmt.Errorf("share %v: it is above 0 and at most 1", m.share())
	}
	return "", nil
}

// account is an account's name as names compare.
func account(name string) string {
	return strings.ToLower(strings.TrimPrefix(strings.TrimSpace(name), "@"))
}

// sameAccounts gives accounts of one person one name.
func (c *Config) sameAccounts() map[string]string {
	out := map[string]string{}
	for _, p := range c.People {
		for _, a := range p.Accounts {
			out[account(a)] = account(p.Accounts[0])
		}
	}
	return out
}

// overfull finds the first stay on whose first day a person belongs to teams
// with more than the whole of their time. The sum can only rise on such a day.
func overfull(stays []stay) (stay, float64, bool) {
	if len(stays) < 2 {
		return stay{}, 0, false
	}
	for _, s := range stays {
		sum := 0.0
		for _, o := range stays {
			if o.covers(s.from) {
				sum += o.share
			}
		}
		if sum > 1+1e-9 {
			return s, sum, true
		}
	}
	return stay{}, 0, false
}

func (c *Config) validateReorganisations(file *ast.File) error {
	for i, r := range c.Reorganisations {
		if err := isDay("date", r.Date); err != nil {
			return fmt.Errorf("%s: %w", find(file, "reorganisations", i, "date"), err)
		}
		switch {
		case r.Date == "":
			return fmt.Errorf("%s: a reorganisation needs its date", find(file, "reorganisations", i))
		case r.Teams != nil && len(r.Teams) == 0:
			return fmt.Errorf("%s: a reorganisation of no team changes nothing; leave out teams where it was one of all", find(file, "reorganisations", i, "teams"))
		}
		for j, name := range r.Teams {
			if c.team(name) < 0 {
				return fmt.Errorf("%s: team %q is not among the teams%s", find(file, "reorganisations", i, "teams", j), name, c.nearTeam(name))
			}
		}
	}
	return nil
}

// team is the position of the team of a name, −1 if there is none.
func (c *Config) team(name string) int {
	return slices.IndexFunc(c.Teams, func(t Team) bool { return strings.EqualFold(t.Name, name) })
}

func (c *Config) nearTeam(name string) string {
	var known []string
	for _, t := range c.Teams {
		known = append(known, t.Name)
	}
	if near := Nearest(name, known, 1); len(near) > 0 {
		return fmt.Sprintf("; did you mean %q?", near[0])
	}
	return ", since teams: names none"
}

func (c *Config) reorganised(zone *time.Location) []assemble.Reorganisation {
	var out []assemble.Reorganisation
	for _, r := range c.Reorganisations {
		one := assemble.Reorganisation{At: begins(r.Date, zone)}
		for _, name := range r.Teams {
			one.Teams = append(one.Teams, c.team(name))
		}
		out = append(out, one)
	}
	return out
}

// NamesAccounts reports whether anybody's account stands in the configuration.
func (c *Config) NamesAccounts() bool {
	return len(c.Bots)+len(c.People)+len(c.Requests.Ignore.Accounts) > 0 ||
		slices.ContainsFunc(c.Teams, func(t Team) bool { return len(t.Members) > 0 })
}
