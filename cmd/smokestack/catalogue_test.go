package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/batch"
	"smokestack/analysis/catalogue"
	"smokestack/analysis/change"
	"smokestack/analysis/deps"
	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/flow"
	"smokestack/analysis/focus"
	"smokestack/analysis/independence"
	"smokestack/analysis/mix"
	"smokestack/analysis/requests"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// measures computes the worked example of every metric. What is not measured yet
// stands in notYet instead, and nothing stands in both.
var measures = map[string]func(o assembletest.Told) stats.Estimate{
	"F1": func(o assembletest.Told) stats.Estimate {
		a := flowOf(o, 28, 4)
		return a.Cycle(&a.Org).Quantile(.5)
	},
	"F2": func(o assembletest.Told) stats.Estimate { a := flowOf(o, 28, 4); return a.Lead(&a.Org, .5) },
	"F3": func(o assembletest.Told) stats.Estimate { a := flowOf(o, 28, 4); return a.WIP(&a.Org) },
	"F4": func(o assembletest.Told) stats.Estimate { a := flowOf(o, 28, 4); return a.Age(&a.Org, .5) },
	"F5": func(o assembletest.Told) stats.Estimate { a := flowOf(o, 28, 4); return a.Throughput(&a.Org) },
	"F6": func(o assembletest.Told) stats.Estimate { org, _ := flowOf(o, 28, 4).Efficiency(); return org },
	"F7": func(o assembletest.Told) stats.Estimate {
		a := flowOf(o, 28, 4)
		return a.Load(a.View.Homes()).Org
	},
	"F8": func(o assembletest.Told) stats.Estimate { a := flowOf(o, 28, 4); return a.Little(&a.Org).Rho },
	"F9": func(o assembletest.Told) stats.Estimate {
		org, _ := flowOf(o, 28, 4).Weeks()
		net := org.Net()
		return stats.Census(net.P, net.Created+net.Left)
	},
	"F10": func(o assembletest.Told) stats.Estimate {
		a := flowOf(o, 28, 4)
		org, _ := a.Promises(batch.All(a.View, a.Lives))
		return org.Open
	},
	"F11": func(o assembletest.Told) stats.Estimate { org, _ := flowOf(o, 28, 4).Sprints(); return org.Carry },
	"F12": func(o assembletest.Told) stats.Estimate { org, _ := flowOf(o, 28, 4).Sprints(); return org.Added },

	"B3": func(o assembletest.Told) stats.Estimate {
		org, _ := batchAnalysis(o, 28, 4).Releases()
		return org.Experienced()
	},
	"B4": func(o assembletest.Told) stats.Estimate {
		org, _ := batchAnalysis(o, 84, 12).Releases()
		return org.Clumping().Ratio
	},
	"B5": func(o assembletest.Told) stats.Estimate {
		org, _ := batchAnalysis(o, 28, 4).Releases()
		return org.Wait()
	},
	"B6": func(o assembletest.Told) stats.Estimate { return batchAnalysis(o, 84, 12).Elasticity().Slope },
	"B7": func(o assembletest.Told) stats.Estimate { return batchesOf(o, 28, 4).Lock() },

	"D3": func(o assembletest.Told) stats.Estimate { return deps.Block(o.Cut(28, 4), nil).Org },
	"D4": func(o assembletest.Told) stats.Estimate { return deps.Analyse(o.Cut(28, 4)).Graph().Cost },
	"D5": func(o assembletest.Told) stats.Estimate {
		g := deps.Analyse(o.Cut(28, 4)).Graph()
		return stats.Census(float64(len(g.Cycles)), len(g.Teams))
	},
	"D6": func(o assembletest.Told) stats.Estimate { return deps.Analyse(o.Cut(28, 4)).Hub().Share },
	"D7": func(o assembletest.Told) stats.Estimate {
		for _, c := range deps.PowerChart(o.Cut(28, 4), nil).Columns {
			if c.Dependencies == 1 {
				return c.Share
			}
		}
		return stats.Unknown(0, "no item had one dependency")
	},
	"D8": func(o assembletest.Told) stats.Estimate {
		org, _ := deps.Taxes(o.Cut(28, 4), nil)
		return org.Shift.Estimate
	},

	"A1": func(o assembletest.Told) stats.Estimate {
		k := slices.IndexFunc(o.Categories, func(c work.Category) bool { return c.Name == "story" })
		return mixOf(o, 14, 1).Days[k]
	},
	"A2": func(o assembletest.Told) stats.Estimate { return mixOf(o, 182, 26).Plan.D },
	"A8": func(o assembletest.Told) stats.Estimate {
		c := focusOf(o, 189, 26).Changes
		return stats.Census(float64(c.Joined+c.Left+c.Added+c.Dropped), 1)
	},
	"A4": func(o assembletest.Told) stats.Estimate { return focusOf(o, 14, 2).Parallel },
	"A5": func(o assembletest.Told) stats.Estimate { return focusOf(o, 28, 4).Solo },
	"A6": func(o assembletest.Told) stats.Estimate { return focusOf(o, 91, 13).Moves },
	"A7": func(o assembletest.Told) stats.Estimate {
		c := o.Cut(28, 4)
		return requests.Analyse(c, c.View.Homes(), nil).Org().Quiet
	},
	"I1": func(o assembletest.Told) stats.Estimate { return fitOf(o).Q },
	"I2": func(o assembletest.Told) stats.Estimate { return fitOf(o).Share },
	"I7": func(o assembletest.Told) stats.Estimate { return fitOf(o).Agreement },
	"I8": func(o assembletest.Told) stats.Estimate {
		c := o.Cut(28, 4)
		return independence.FindUndeclared(c, c.View.Homes(), make([]bool, len(o.Teams))).Org
	},

	"B1": func(o assembletest.Told) stats.Estimate { return batchesOf(o, 28, 4).Experienced() },
	"B2": func(o assembletest.Told) stats.Estimate { return batchesOf(o, 28, 4).Lines(.5) },

	"D1": func(o assembletest.Told) stats.Estimate { return deps.Analyse(o.Cut(28, 4)).Density() },
	"D2": func(o assembletest.Told) stats.Estimate { return deps.Analyse(o.Cut(28, 4)).Org().PerItem },

	"I3": func(o assembletest.Told) stats.Estimate {
		c := o.Cut(28, 4)
		return independence.Analyse(c, deps.Analyse(c), nil, independence.Options{}).Org.Lenses[independence.Links].OII
	},

	"DQ1": func(o assembletest.Told) stats.Estimate { return qualityOf(o).NoStart },
	"DQ2": func(o assembletest.Told) stats.Estimate { return qualityOf(o).Reopened },
	"DQ3": func(o assembletest.Told) stats.Estimate { return qualityOf(o).Flapped },
	"DQ4": func(o assembletest.Told) stats.Estimate { return qualityOf(o).Bulk },
	"DQ5": func(o assembletest.Told) stats.Estimate { return qualityOf(o).NoParent },
	"DQ6": func(o assembletest.Told) stats.Estimate { return qualityOf(o).ByBots },
	"DQ7": func(o assembletest.Told) stats.Estimate {
		return stats.Census(float64(batchesOf(o, 196, 28).Buckets), 1)
	},
	"DQ8": func(o assembletest.Told) stats.Estimate { org, _ := flowOf(o, 28, 4).Pulls(); return org.NoItem() },
	"DQ9": func(o assembletest.Told) stats.Estimate { return qualityOf(o).Unlinked },
}

// notYet are the metrics whose example nothing computes yet.
var notYet []string

// inNotes are the metrics that a note below a table tells, and no column shows.
var inNotes = strings.Fields("F8 B6 I1 I2 I7")

// rulesOf are what the configuration says in an example; who gives the number of
// a person of the story. Most examples need nothing.
var rulesOf = map[string]func(who func(name string) fact.Person) assemble.Rules{
	"DQ6": func(who func(string) fact.Person) assemble.Rules {
		return assemble.Rules{Bots: []fact.Person{who("robot")}}
	},
	"I1": twoTeams, "I2": twoTeams, "I7": twoTeams,
	"A2": func(func(string) fact.Person) assemble.Rules {
		category := func(name string, plan float64) assemble.Category {
			return assemble.Category{Name: name, Names: []string{name}, Plan: plan}
		}
		return assemble.Rules{Planned: true, Categories: []assemble.Category{category("story", .7), category("task", .2), category("bug", .1)}}
	},
	"A6": func(who func(string) fact.Person) assemble.Rules {
		members := membersOf(who, "ben", "cy", "dee", "eli")
		moved := story.MustParse("A-1 story: 0 created").Day(42)
		members = append(members, assemble.Member{Person: who("ana"), Until: moved, Share: 1})
		return teamsOf(map[string][]assemble.Member{"A": members, "B": {{Person: who("ana"), From: moved, Share: 1}}})
	},
	"A7": func(who func(string) fact.Person) assemble.Rules {
		return teamsOf(map[string][]assemble.Member{"A": membersOf(who, "ana", "gil", "hal", "ida", "jo"), "B": membersOf(who, "ben", "cy", "dee", "eli", "fay")})
	},
	"A8": func(who func(string) fact.Person) assemble.Rules {
		return teamsOf(map[string][]assemble.Member{"A": membersOf(who, "ana", "ben", "cy", "dee", "eli")})
	},
	"I8": func(who func(string) fact.Person) assemble.Rules {
		return teamsOf(map[string][]assemble.Member{"A": {{Person: who("ana"), Share: 1}}, "B": {{Person: who("ben"), Share: 1}}})
	},
}

func membersOf(who func(string) fact.Person, names ...string) []assemble.Member {
	var out []assemble.Member
	for _, name := range names {
		out = append(out, assemble.Member{Person: who(name), Share: 1})
	}
	return out
}

// teamsOf are teams by project with their members.
func teamsOf(members map[string][]assemble.Member) assemble.Rules {
	r := assemble.Rules{By: assemble.ByRules}
	for _, name := range []string{"A", "B"} {
		r.Teams = append(r.Teams, assemble.Team{Name: name, ID: name, Match: assemble.Match{Projects: []string{name}}, Members: members[name]})
	}
	return r
}

func flowOf(o assembletest.Told, day float64, weeks int) *flow.Analysis {
	return flow.Analyse(o.Cut(day, weeks))[0]
}

func qualityOf(o assembletest.Told) flow.Quality {
	a := flowOf(o, 28, 4)
	return a.Quality(&a.Org)
}

func batchAnalysis(o assembletest.Told, day float64, weeks int) *batch.Analysis {
	c := o.Cut(day, weeks)
	return batch.Analyse(c.View, c.Window, c.Lives)
}

func batchesOf(o assembletest.Told, day float64, weeks int) batch.Row {
	org, _ := batchAnalysis(o, day, weeks).Rows()
	return org
}

// mixOf is the row of the organisation.
func mixOf(o assembletest.Told, day float64, weeks int) mix.Row {
	c := o.Cut(day, weeks)
	recent := work.LastWeeks(o.Day(day), 26, time.UTC)
	before := work.LastWeeks(recent.From(), 26, time.UTC)
	efforts := func(w work.Window) []work.Effort { return c.View.Efforts(w, c.Lives) }
	h := mix.Halves{Recent: c.View.Cut(recent, c.Lives), Baseline: c.View.Cut(before, c.Lives)}
	return mix.Analyse(c, h, efforts(c.Window), efforts(recent), efforts(before)).Org
}

func fitOf(o assembletest.Told) independence.Fit {
	c := o.Cut(28, 4)
	return independence.Analyse(c, deps.Analyse(c), c.View.Homes(), independence.Options{}).FindFit(c.View)
}

// twoTeams are the rules of the examples about how people work together.
func twoTeams(who func(string) fact.Person) assemble.Rules {
	return teamsOf(map[string][]assemble.Member{
		"A": membersOf(who, "ana", "ben", "cy", "dee", "eli"), "B": membersOf(who, "fay", "gil", "hal", "ida", "jo"),
	})
}

// focusOf is the row of the organisation.
func focusOf(o assembletest.Told, day float64, weeks int) focus.Row {
	a := flowOf(o, day, weeks)
	got := focus.Analyse(a, batch.All(a.View, a.Lives), a.View.Homes())
	if len(got.Rows) == 0 {
		none := stats.Unknown(0, got.Why)
		return focus.Row{Parallel: none, Solo: none, Moves: none}
	}
	return got.Rows[0]
}

// The worked example that explain prints is what the program gives.
func TestExamples(t *testing.T) {
	for _, m := range catalogue.Entries() {
		measure, ok := measures[m.ID]
		if ok == slices.Contains(notYet, m.ID) {
			t.Errorf("%s: the example is either computed or not yet", m.ID)
		}
		if !ok {
			continue
		}
		t.Run(m.ID, func(t *testing.T) {
			var rules assemble.Rules
			if say, ok := rulesOf[m.ID]; ok {
				rules = say(assembletest.Tell(t, assemble.Rules{}, m.Example.Story).Person)
			}
			got := measure(assembletest.Tell(t, rules, m.Example.Story))
			number, _, _ := strings.Cut(m.Example.Value, " ")
			want, err := strconv.ParseFloat(number, 64)
			if err != nil {
				t.Fatal(err)
			}
			_, decimals, _ := strings.Cut(number, ".")
			if !(math.Abs(got.Value-want) <= math.Pow(10, -float64(len(decimals)))/2+1e-9) {
				t.Errorf("%v (%s), want %s", got.Value, got.Why, m.Example.Value)
			}
		})
	}
	for id := range measures {
		if _, ok := catalogue.Find(id); !ok {
			t.Errorf("%s is no metric", id)
		}
	}
}

// Every table and column that the catalogue names is in the report.
func TestCatalogueNamesRealColumns(t *testing.T) {
	var stdout, stderr bytes.Buffer
	e := &env{stdout: &stdout, stderr: &stderr, getenv: func(string) string { return "" }, now: time.Now, dir: t.TempDir()}
	if code := run(context.Background(), []string{"demo", "--format", "json"}, e); code != codeDone {
		t.Fatal(&stderr)
	}
	var doc struct {
		Tables []struct {
			ID      string
			Columns []struct{ ID string }
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	columns := map[string]bool{}
	for _, table := range doc.Tables {
		columns[table.ID] = true
		for _, c := range table.Columns {
			columns[table.ID+" "+c.ID] = true
		}
	}
	for _, m := range catalogue.Entries() {
		if (len(m.Columns) == 0) != slices.Contains(inNotes, m.ID) {
			t.Errorf("%s: in columns %q", m.ID, m.Columns)
		}
		if !columns[m.Table] {
			t.Errorf("%s: there is no table %s", m.ID, m.Table)
		}
		if m.Also != "" && !columns[m.Also] {
			t.Errorf("%s: there is no table %s", m.ID, m.Also)
		}
		for _, c := range m.Columns {
			if !columns[m.Table+" "+c] {
				t.Errorf("%s: table %s has no column %s", m.ID, m.Table, c)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"one two three four", "one two\n  three\n  four\n"},
		{"", "\n"},
		{"short", "short\n"},
		{"averylongword and", "averylongword\n  and\n"},
		{"a averylongword", "a\n  averylongword\n"},
		{"ÄÖÜÄÖÜ ß ß ß", "ÄÖÜÄÖÜ ß\n  ß ß\n"},
		{"  one two three", "  one\n  two\n  three\n"},
	} {
		if got := wrap(c.text, "  ", 8); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	for _, m := range catalogue.Entries() {
		var b strings.Builder
		if err := explain(&b, m); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if utf8.RuneCountInString(strings.TrimSpace(line)) > 100 {
				t.Errorf("%s: a line of explain is too long: %s", m.ID, line)
			}
		}
	}
}

// A band that the configuration takes is one that counts.
func TestBandsThatCount(t *testing.T) {
	want := change.Watched()
	got := slices.Sorted(slices.Values(catalogue.Banded()))
	if !slices.Equal(got, want) {
		t.Errorf("bands are taken of %v, and judged of %v", got, want)
	}
	for _, m := range []change.Measure{change.CycleTime, change.Throughput, change.BatchSize} {
		if !slices.Contains(want, m.ID) {
			t.Errorf("a band of %s, which gets a verdict, is not taken", m.ID)
		}
	}
}
