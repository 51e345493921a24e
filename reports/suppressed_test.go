package reports

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// silent reports whether a cell tells nothing: no value, of no sample.
func silent(cell any) bool {
	switch c := cell.(type) {
	case nil:
		return true
	case float64:
		return c == 0
	case string:
		return c == "no" // of whether it counts
	case map[string]any:
		return c["value"] == nil && (c["n"] == nil || c["n"] == 0.0)
	}
	return false
}

// texts are the columns that say what a row is about.
func texts(tab sheet, row map[string]any) (out []string) {
	for _, c := range tab.Columns {
		if text, ok := row[c.ID].(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// Where the teams of few people are told together in a table, none of them tells
// anything in the same columns by itself; and no pair of teams that people tie
// together names one. The table of what each lens sees is by columns of rows.
func TestSmallTeamsAreSilentInTables(t *testing.T) {
	for n, crews := range [][][2]int{
		{{7, 2}, {6, 2}, {8, 2}, {3, 1}, {2, 1}}, {{8, 2}, {1, 2}, {6, 2}}, {{3, 2}, {4, 2}, {2, 2}},
		{{9, 2}, {4, 2}, {0, 1}, {7, 2}}, {{2, 2}, {2, 2}}, {{4, 3}},
	} {
		t.Run(fmt.Sprint(crews), func(t *testing.T) {
			t.Parallel()
			w := build(t, 20+n, 56, crews...)
			s, small, all := w.scan(t, 1), map[string]bool{}, 0
			for k, c := range crews {
				all += c[0]
				if c[0] < work.LeastPeople {
					small[w.Keys[k]] = true
				}
			}
			together := 0
			for _, tab := range sheets(t, s) {
				for _, others := range tab.Rows {
					if !slices.Contains(texts(tab, others), otherTeams) {
						continue
					}
					together++
					for _, row := range tab.Rows {
						if tab.ID != "requests" { // see below: a team of nobody is asked, and nobody answers
							checkSilent(t, tab, others, row, small)
						}
					}
				}
				if tab.ID == "requests" || tab.ID == "undeclared" || tab.ID == "focus" {
					for _, row := range tab.Rows {
						for _, text := range texts(tab, row) {
							if small[text] && crews[slices.Index(w.Keys, text)][0] > 0 || all < work.LeastPeople {
								t.Errorf("table %s has a row of %s: %v", tab.ID, text, row)
							}
						}
					}
				}
			}
			if len(small) > 0 && all >= work.LeastPeople && together == 0 {
				t.Error("no table tells teams together")
			}
		})
	}
}

// checkSilent checks a row of a small team against that of the other teams.
func checkSilent(t *testing.T, tab sheet, others, row map[string]any, small map[string]bool) {
	t.Helper()
	labels, lens := texts(tab, row), fmt.Sprint(others["lens"])
	if !slices.ContainsFunc(labels, func(text string) bool { return small[text] }) || fmt.Sprint(row["lens"]) != lens {
		return
	}
	for _, c := range tab.Columns {
		if _, label := others[c.ID].(string); !label && !silent(others[c.ID]) && !silent(row[c.ID]) {
			t.Errorf("table %s tells %s of %v: %v, beside %v of the other teams", tab.ID, c.ID, labels, row[c.ID], others[c.ID])
		}
	}
}

// A flow load (F7) is told of a team of five active people, of the organisation and,
// in a note, of the other teams together.
func TestLoadIsOfFivePeople(t *testing.T) {
	w := build(t, 9, 56, [2]int{7, 2}, [2]int{6, 2}, [2]int{3, 1}, [2]int{2, 1})
	for _, tab := range sheets(t, w.scan(t, 1)) {
		if tab.ID != "flow" {
			continue
		}
		for _, row := range tab.Rows {
			load, _ := row["load"].(map[string]any)
			if load == nil {
				t.Fatalf("no load in %v", row)
			}
			if n, _ := load["n"].(float64); load["value"] != nil && n < work.LeastPeople || load["value"] == nil && n != 0 && n < work.LeastPeople {
				t.Errorf("load of %v: %v", row["team"], load)
			}
		}
		if !slices.ContainsFunc(tab.Notes, func(n string) bool { return strings.Contains(n, "Load of other teams") }) {
			t.Errorf("no note of the others' load: %q", tab.Notes)
		}
	}
}

// An export lists items, links and weeks: it has no column of people, and nothing in
// it changes when other people of the same teams do everything.
func TestExportsAreNotOfPeople(t *testing.T) {
	a := build(t, 11, 56, [2]int{7, 2}, [2]int{6, 2}, [2]int{3, 1})
	b := a.clone()
	first := map[string]fact.Person{}
	for p := fact.Person(1); int(p) <= len(a.World.People); p++ {
		if of := a.Of[p]; first[of] == 0 {
			first[of] = p
		}
	}
	b.eachPerson(func(p fact.Person) fact.Person { return first[a.Of[p]] }) // one does all
	b.Rules.Teams = a.Rules.Teams
	if d := differ(a.exported(t, a.scan(t, 1)), b.exported(t, b.scan(t, 1))); d != "" {
		t.Errorf("exports tell who did something: %s", d)
	}
}
