package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Words describes the rule of a team, for messages. Accounts in it are counted,
// since messages stand in reports.
func (m Match) Words() string {
	var parts []string
	add := func(name string, values []string) {
		if len(values) > 0 {
			parts = append(parts, name+" "+strings.Join(values, ", "))
		}
	}
	add("jira_project", m.JiraProject)
	if len(m.JiraProject) > 0 && len(m.GitHubRepository) > 0 {
		parts[0] += " or github_repository " + strings.Join(m.GitHubRepository, ", ")
	} else {
		add("github_repository", m.GitHubRepository)
	}
	add("codeowners", withoutAccounts(m.CodeOwners))
	add("github_team", m.GitHubTeam)
	add("component", m.Component)
	add("label", m.Label)
	add("type", m.Type)
	for _, name := range slices.Sorted(maps.Keys(m.Field)) {
		add("field "+name, m.Field[name])
	}
	return strings.Join(parts, " and ")
}

// withoutAccounts writes owners of paths: teams by name, accounts by number.
func withoutAccounts(owners []string) []string {
	var out []string
	accounts := 0
	for _, o := range owners {
		if strings.HasPrefix(o, "@") && strings.Contains(o, "/") {
			out = append(out, o)
		} else {
			accounts++
		}
	}
	switch {
	case accounts == 1:
		out = append(out, "an account")
	case accounts > 1:
		out = append(out, fmt.Sprintf("%d accounts", accounts))
	}
	return out
}
