package main

import (
	"slices"
	"testing"

	"smokestack/analysis/fact"
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
