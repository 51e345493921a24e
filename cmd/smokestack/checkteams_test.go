package main

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/cmd/smokestack/config"
	"smokestack/reports/table"
)

// detailsOf are the whole sentences of a checklist.
func detailsOf(t *testing.T, c *checklist) []string {
	t.Helper()
	one := table.Table{ID: "check", Columns: []table.Column{{ID: "details"}}}
	for _, r := range c.rows {
		one.Rows = append(one.Rows, r[4:5])
	}
	var b strings.Builder
	if err := table.WriteCSV(&b, one); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range rows[1:] {
		out = append(out, r[0])
	}
	return out
}

// A look at the rules of two trackers, before anything is pulled.
func TestReach(t *testing.T) {
	teams := []config.Team{
		{Name: "Payments", Match: config.Match{JiraProject: []string{"pay"}, GitHubRepository: []string{"acme/pay-*"}}},
		{Name: "Web", Match: config.Match{JiraProject: []string{"SHOP"}, Component: []string{"Web"}}},
		{Name: "Shop", Match: config.Match{JiraProject: []string{"SHOP", "PAY"}}},
		{Name: "Late", From: "2025-01-01", Match: config.Match{GitHubRepository: []string{"acme/cart"}}},
		{Name: "Till", Match: config.Match{GitHubRepository: []string{"acme/pay-till", "acme/cart"}, CodeOwners: []string{"@acme/till"}}},
		{Name: "Owners", Match: config.Match{CodeOwners: []string{"@acme/owners"}}},
		{Name: "Labels", Match: config.Match{JiraProject: []string{"SHOP"}, GitHubTeam: []string{"labels"}}},
		{Name: "Ghosts", Match: config.Match{GitHubRepository: []string{"acme/ghost"}}},
	}
	p := &plan{file: "s.yaml", conf: &config.Config{Teams: teams}}
	p.rules.By = assemble.ByRules
	c := &checklist{out: &outcome{}}
	p.checkReach(&reachable{projects: []string{"PAY", "SHOP", "OPS"}, repositories: []string{"acme/pay-till", "acme/cart", "acme/docs"}, whole: true}, c)
	got := detailsOf(t, c)
	want := []string{
		"no team's rule can own items of OPS",
		"team Shop: its rule fits PAY, too, but team Payments comes before it and owns all of that",
		"team Labels: its rule fits SHOP, too, but team Shop comes before it and owns all of that",
		"team Till: its rule fits acme/pay-till, too, but team Payments comes before it and owns all of that",
		"team Ghosts: nothing that the sources hold fits its rule (github_repository acme/ghost)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c.out.code() != codeIncomplete {
		t.Errorf("exit code %d: a scan would be incomplete for want of a team", c.out.code())
	}

	// Without a team that goes by owners of paths, or teams of GitHub.
	p.conf.Teams = slices.DeleteFunc(teams, func(t config.Team) bool { return t.Name == "Owners" || t.Name == "Labels" })
	c = &checklist{out: &outcome{}}
	p.checkReach(&reachable{repositories: []string{"acme/cart", "acme/docs"}}, c)
	if got, want := detailsOf(t, c), []string{"no team's rule can own items of acme/docs"}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}

	// Where items come from elsewhere, too, nobody can say that a rule owns nothing.
	c = &checklist{out: &outcome{}}
	p.checkReach(&reachable{projects: []string{"PAY"}}, c)
	if c.out.code() != codeDone {
		t.Errorf("exit code %d", c.out.code())
	}
}
