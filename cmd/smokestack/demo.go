package main

import (
	"context"

	"github.com/spf13/cobra"

	"smokestack/analysis/assemble"
	"smokestack/cmd/smokestack/config"
	"smokestack/connectors"
	"smokestack/connectors/demo"
	"smokestack/connectors/store"
)

func newDemo(e *env) *cobra.Command {
	f := &scanFlags{}
	cmd := &cobra.Command{
		Use: "demo", Short: "A whole scan of a pretend organisation: no account, no network", Args: cobra.NoArgs,
		Long: `Makes up an organisation of nine teams over eighteen months, in which some things are
wrong on purpose, and scans it. Nothing is read from anywhere, and nothing is left behind.`,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.demo(cmd.Context(), f) },
	}
	f.add(cmd)
	if all := cmd.Flags().Lookup("all"); all != nil {
		all.DefValue, f.all = "true", true
	}
	return cmd
}

func (e *env) demo(ctx context.Context, f *scanFlags) error {
	if err := f.validate(); err != nil {
		return err
	}
	options := demo.Options{}
	p := &plan{
		conf:    &config.Config{Organisation: "Demo", People: demoPeople(options)},
		sources: []connectors.Source{demo.New(options)},
		rules:   demoRules(options),
	}
	st, err := store.Open(ctx, store.Memory)
	if err != nil {
		return err
	}
	defer st.Close()
	if failed := e.pullAll(ctx, p, st, true).failed; len(failed) > 0 {
		return failed[0]
	}
	return e.report(ctx, p, st, f, false, pulled{}, &outcome{})
}

// demoRules are the rules of the pretend organisation.
func demoRules(o demo.Options) assemble.Rules {
	return assemble.Rules{By: assemble.ByRules, Teams: demoTeams(o), Generated: config.Generated}
}

// demoPeople tie the accounts that somebody has in both trackers, as a
// configuration would where e-mail addresses do not.
func demoPeople(o demo.Options) []config.Person {
	var out []config.Person
	for _, t := range demo.Teams(o) {
		for n, account := range t.People {
			out = append(out, config.Person{Accounts: []string{account, t.Logins[n]}})
		}
	}
	return out
}

// demoTeams are the rules of the pretend organisation: a team owns a project and
// some repositories.
func demoTeams(o demo.Options) []assemble.Team {
	var out []assemble.Team
	for _, t := range demo.Teams(o) {
		out = append(out, assemble.Team{
			Name: t.Name, ID: t.Project, Claims: t.Claims, Match: assemble.Match{Projects: []string{t.Project}, Repositories: t.Repositories},
		})
	}
	return out
}
