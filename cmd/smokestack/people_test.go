package main

import (
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/cmd/smokestack/config"
	"smokestack/connectors/demo"
)

// Members and people who ask nobody are looked up by their accounts; those whom
// nobody knows are told, once, and nothing of the plan's own rules changes.
func TestAccountsOfMembers(t *testing.T) {
	const text = `
teams:
  - name: A
    match: {label: [a]}
    members: [{account: "USER", share: 0.5}, {account: nobody, from: 2025-01-01}, {account: nobody, until: 2024-12-31}]
  - {name: B, match: {label: [b]}}
  - {name: C, match: {label: [c]}, members: [{account: "@USER", from: 2025-01-01, until: 2025-01-31, share: 0.5}]}
requests: {ignore: {accounts: ["USER", nowhere]}}
`
	o := demo.Options{Teams: 2, Items: 100}
	st, name := demoStore(t, o), demo.Teams(o)[0].People[0]
	who, ok, err := st.Person(t.Context(), demo.Site, name)
	if err != nil || !ok {
		t.Fatalf("nobody is %s: %v", name, err)
	}
	conf, err := config.Parse([]byte(strings.ReplaceAll(text, "USER", name)), func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	rules, err := conf.Rules()
	if err != nil {
		t.Fatal(err)
	}
	p := &plan{conf: conf, rules: rules, misfits: &misfits{}}
	got := p.rules
	if err := p.accounts(t.Context(), st, []string{demo.Site}, &got); err != nil {
		t.Fatal(err)
	}
	from, _ := parseMoment("2024-12-31", rules.Zone) // the last instant of the day
	until, _ := parseMoment("2025-01-31", rules.Zone)
	for i, want := range [][]assemble.Member{
		{{Person: who, Share: .5}}, nil, {{Person: who, From: from + 1, Until: until + 1, Share: .5}},
	} {
		if !slices.Equal(got.Teams[i].Members, want) {
			t.Errorf("team %s has %+v, want %+v", got.Teams[i].Name, got.Teams[i].Members, want)
		}
		if p.rules.Teams[i].Members != nil {
			t.Error("the plan's own rules have members now")
		}
	}
	if !slices.Equal(got.NotAskers, []fact.Person{who}) {
		t.Errorf("%v ask for nothing, want %v", got.NotAskers, who)
	}
	want := []string{"teams.members: nobody", "requests.ignore.accounts: nowhere"}
	if parts := p.misfits.parts(); !slices.Equal(parts, want) {
		t.Errorf("misfits %q, want %q", parts, want)
	}
	if p.members.named != 4 || p.members.known != 2 {
		t.Errorf("members %+v", p.members)
	}
}
