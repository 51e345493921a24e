package main

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/work"
	"smokestack/cmd/smokestack/config"
	"smokestack/reports/table"
)

// reachable is what a check sees of the trackers: where items can come from.
type reachable struct {
	projects, repositories []string
	whole                  bool // items come from nowhere else
}

// checkReach compares what can be reached with the team rules, before anything is
// pulled: what no team can own, what two teams would own, and rules that can own
// nothing.
func (p *plan) checkReach(seen *reachable, c *checklist) {
	if p.rules.By != assemble.ByRules || len(p.conf.Teams) == 0 {
		return
	}
	where := p.file
	for _, kind := range []struct {
		names    []string
		fits     func(config.Match, string) bool
		patterns func(config.Match) []string
	}{
		{seen.projects, fitsProject, func(m config.Match) []string { return m.JiraProject }},
		{seen.repositories, fitsRepository, func(m config.Match) []string { return m.GitHubRepository }},
	} {
		if free := unowned(p.conf.Teams, kind.names, kind.fits); len(free) > 0 {
			c.line(where, "Teams", "no team's rule can own items of "+table.List(free, mostNames), "add a team, or take them out of the sources", codeDone)
		}
		for _, o := range overlaps(p.conf.Teams, kind.names, kind.fits, kind.patterns) {
			c.line(where, "Teams", o, "put the narrower rule first", codeDone)
		}
	}
	if !seen.whole {
		return
	}
	for _, t := range p.conf.Teams {
		if idle(t.Match, seen) {
			c.line(where, "Teams", fmt.Sprintf("team %s: nothing that the sources hold fits its rule (%s)", t.Name, t.Match.Words()), "is a name misspelt? Else add what it owns to the sources", codeIncomplete)
		}
	}
}

// unowned returns the projects, or repositories, that no team's rule fits.
func unowned(teams []config.Team, names []string, fits func(config.Match, string) bool) []string {
	var out []string
	for _, name := range names {
		if !slices.ContainsFunc(teams, func(t config.Team) bool { return fits(t.Match, name) }) {
			out = append(out, name)
		}
	}
	return out
}

// overlaps says which teams' rules name what a team before them owns altogether.
func overlaps(teams []config.Team, names []string, fits func(config.Match, string) bool, patterns func(config.Match) []string) []string {
	type pair struct{ owner, other int }
	taken := map[pair][]string{}
	var pairs []pair
	for _, name := range names {
		owner := slices.IndexFunc(teams, func(t config.Team) bool { return fits(t.Match, name) && everything(t) })
		if owner < 0 {
			continue
		}
		for i := owner + 1; i < len(teams); i++ {
			if fitsAny(patterns(teams[i].Match), name) {
				if taken[pair{owner, i}] == nil {
					pairs = append(pairs, pair{owner, i})
				}
				taken[pair{owner, i}] = append(taken[pair{owner, i}], name)
			}
		}
	}
	var out []string
	for _, p := range pairs {
		out = append(out, fmt.Sprintf("team %s: its rule fits %s, too, but team %s comes before it and owns all of that", teams[p.other].Name, table.List(taken[p], mostNames), teams[p.owner].Name))
	}
	return out
}

// everything reports whether a team owns, from the beginning, whatever is in its
// projects and repositories.
func everything(t config.Team) bool {
	m := t.Match
	return t.From == "" && len(m.CodeOwners)+len(m.GitHubTeam)+len(m.Component)+len(m.Label)+len(m.Type)+len(m.Field) == 0
}

// fitsProject reports whether a rule can own items of a project of Jira. One that
// speaks of GitHub alone cannot.
func fitsProject(m config.Match, key string) bool {
	if len(m.JiraProject) > 0 {
		return fitsAny(m.JiraProject, key)
	}
	return len(m.GitHubRepository)+len(m.CodeOwners)+len(m.GitHubTeam) == 0
}

// fitsRepository reports whether a rule can own items of a repository.
func fitsRepository(m config.Match, name string) bool {
	if len(m.GitHubRepository) > 0 {
		return fitsAny(m.GitHubRepository, name)
	}
	return len(m.CodeOwners)+len(m.GitHubTeam) > 0 || len(m.JiraProject) == 0
}

// idle reports whether a rule can own nothing of what can be reached.
func idle(m config.Match, seen *reachable) bool {
	fits := func(fits func(config.Match, string) bool) func(string) bool {
		return func(name string) bool { return fits(m, name) }
	}
	return !slices.ContainsFunc(seen.projects, fits(fitsProject)) && !slices.ContainsFunc(seen.repositories, fits(fitsRepository))
}

// fitsAny reports whether a name fits a pattern, as team rules have them: a *
// stands for anything, slashes among it.
func fitsAny(patterns []string, name string) bool {
	plain := strings.NewReplacer("/", "\x00", `\`, `\\`, "[", `\[`)
	name = strings.ReplaceAll(strings.ToLower(name), "/", "\x00")
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(plain.Replace(strings.ToLower(p)), name)
		return ok && err == nil
	})
}

// checkOwners says what the rules make of the items that the store holds.
func (p *plan) checkOwners(org *work.Org, c *checklist) {
	if n := org.Coverage.NoTeam; n > 0 {
		c.line(filepath.Base(p.store), "Items without a team", fmt.Sprintf("%s of %s: %s", table.Thousands(n), table.Thousands(org.Coverage.Items), whereUnowned(org)), "add a team's rule that fits them", codeDone)
	}
	if n := org.Coverage.Several; n > 0 {
		c.line(filepath.Base(p.store), "Items of several teams", fmt.Sprintf("%s of %s", table.Thousands(n), table.Thousands(org.Coverage.Items)), "they are left out of numbers between teams; rules under teams: decide by their order", codeDone)
	}
	for i, t := range p.conf.Teams {
		if i >= len(p.matched) || i >= len(p.owned) {
			return
		}
		fit, own := p.matched[i], p.owned[i]
		switch {
		case fit == 0:
			c.line(filepath.Base(p.store), "Team "+t.Name, "no item fits its rule ("+t.Match.Words()+")", p.whyNone(t.Match), codeIncomplete)
		case own == 0:
			c.line(filepath.Base(p.store), "Team "+t.Name, fmt.Sprintf("owns none of the %s that fit its rule, since teams before it own them", table.Plural(fit, "item", "items")), "put the narrower rule first", codeIncomplete)
		case own < fit:
			c.line(filepath.Base(p.store), "Team "+t.Name, fmt.Sprintf("owns %s of the %s that fit its rule; teams before it own the others", table.Thousands(own), table.Plural(fit, "item", "items")), "put the narrower rule first, if they are this team's", codeDone)
		}
	}
}

// whereUnowned counts the items without a team by their projects and repositories,
// those with most of them first.
func whereUnowned(org *work.Org) string {
	count := map[string]int{}
	for i, key := range org.Items.Key {
		if team, ok := org.Owners.At(work.ItemID(i), fact.Never); ok && team == work.NoTeam {
			count[fact.ProjectOf(key)]++
		}
	}
	names := make([]string, 0, len(count))
	for name := range count {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = fmt.Sprintf("%s of %s", table.Thousands(count[name]), name)
	}
	return table.List(names, mostNames)
}
