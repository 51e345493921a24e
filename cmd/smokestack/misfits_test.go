package main

import (
	"slices"
	"testing"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
	"smokestack/cmd/smokestack/config"
)

// Names that only histories, or resolutions, bear fit.
func TestMisfits(t *testing.T) {
	m := &misfits{
		statuses: []string{"Now", "ONCE", "before", "Won't do", "taken back", "Nowhere", "A type", "on board", "once there"}, types: []string{"Story", "old type", "Now"}, projects: []string{"PAY", "sh*", "OPS"},
		met: []met{newMet(), newMet()},
	}
	m.see(0, &fact.Record{Status: fact.Named{Name: "now"}, Type: fact.Type{Name: "Story"}, Changes: []fact.Change{
		{Kind: fact.KindStatus, From: fact.Value{Text: "Once"}, To: fact.Value{Text: "now"}},
		{Kind: fact.KindType, From: fact.Value{Text: "Old Type"}, To: fact.Value{Text: "Story"}},
		{Kind: fact.KindTeam, From: fact.Value{Text: "Nowhere"}},
	}})
	m.see(0, &fact.Record{Project: fact.Project{Key: "SHOP"}, Columns: []fact.Named{{Name: "On board"}}, Changes: []fact.Change{
		{Kind: fact.KindColumn, From: fact.Value{Text: "Once there"}},
	}})
	m.see(1, &fact.Record{Project: fact.Project{Key: "pay"}, Resolution: fact.Named{Name: "won't do"}, Type: fact.Type{Name: "A type"}, Changes: []fact.Change{
		{Kind: fact.KindStatus, To: fact.Value{Text: "Before"}}, {Kind: fact.KindResolution, From: fact.Value{Text: "Taken back"}},
	}})
	want := []string{"f.yaml: nothing in the store bears these names: statuses: Nowhere, A type; types: Now; joins.jira_keys.projects: OPS; is one misspelt?"}
	if got := m.hint("f.yaml"); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := (&misfits{}).hint("f.yaml"); got != nil {
		t.Errorf("%q", got)
	}
}

// What the mix, outcomes and requests name may be a type, a label or a word of a
// history, in any case, and a pattern where rules take patterns.
func TestMisfitsOfTheMix(t *testing.T) {
	m := &misfits{
		categories: []config.Category{{Name: "new", Names: []string{"story", "New*", "Gone"}}, {Name: "upkeep", Names: []string{"Chore", "tidy?"}}, {Name: "unplanned", Names: []string{"BUG"}}},
		outcome:    config.Outcome{Fields: []string{"Measured", "customfield_7", "Roadmap Theme", "Guess"}, Labels: []string{"Experiment", "once"}, Links: []string{"is measured by", "Measures", "proves"}},
		ignore:     config.Ignore{Type: []string{"Service*", "story"}, Label: []string{"desk", "experiment"}, JiraProject: []string{"SD", "pay"}, GitHubRepository: []string{"acme/*", "acme/desk"}},
		words:      newMet(), met: []met{newMet(), newMet()},
	}
	m.words.types["bug"], m.words.fields["measured"], m.words.links["is measured by"] = true, true, true
	m.see(0, &fact.Record{Type: fact.Type{Name: "Story"}, Project: fact.Project{Key: "PAY"}, Labels: []string{"newish"}, Fields: []fact.Field{{ID: "customfield_7"}}, Links: []fact.Link{{Type: "measures", Phrase: "measures it"}}})
	m.see(1, &fact.Record{Project: fact.Project{Key: "acme/shop"}, Labels: []string{"experiment"}, Changes: []fact.Change{
		{Kind: fact.KindLabel, From: fact.Value{Text: "Once"}}, {Kind: fact.KindType, From: fact.Value{Text: "Service request"}}, {Kind: fact.KindTeam, From: fact.Value{Text: "Chore"}},
		{Kind: fact.KindOther, Field: "roadmap theme"}, {Kind: fact.KindTeam, Field: "Guess"},
	}})
	want := []string{
		"mix.categories: Gone, Chore, tidy?", "outcome.fields: Guess", "outcome.links: proves",
		"requests.ignore.label: desk", "requests.ignore.jira_project: SD", "requests.ignore.github_repository: acme/desk",
	}
	if got := m.parts(); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if got := m.idleCategories(); !slices.Equal(got, []string{"upkeep"}) {
		t.Errorf("idle categories %q", got)
	}
}

// What lies behind all facts does nothing; a day on which something happened does.
func TestLateReorganisations(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(month time.Month) fact.Instant {
		return fact.Instant(time.Date(2031, month, 1, 0, 0, 0, 0, berlin).UnixMilli())
	}
	o := &work.Org{Zone: berlin, Reorganised: []work.Reorganisation{{At: at(1)}, {At: at(2)}, {At: at(3)}}}
	for last, want := range map[fact.Instant][]string{
		at(3):     nil,
		at(3) - 1: {"f.yaml: reorganisations: 2031-03-01 lies after everything that the sources tell"},
		at(1):     {"f.yaml: reorganisations: 2031-02-01, 2031-03-01 lie after everything that the sources tell"},
	} {
		if got := lateHint("f.yaml", late(o, last)); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
