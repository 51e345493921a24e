package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/reports/table"
)

// sound checks a whole scan: every format is written, the JSON is JSON, no number is
// NaN or infinite in any of them, and every measure without a value or an interval
// says why.
func sound(t testing.TB, s *Scan) {
	t.Helper()
	doc := s.Document()
	text := written(t, doc)
	var got struct{ Tables []sheet }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("no JSON: %v", err)
	}
	for _, tab := range got.Tables {
		for n, row := range tab.Rows {
			for _, c := range tab.Columns {
				explained(t, fmt.Sprintf("table %s, row %d, %s", tab.ID, n, c.ID), row[c.ID])
			}
		}
	}
	check := func(format string, write func(*bytes.Buffer) error) {
		t.Helper()
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		if at := noNumber.FindStringIndex(b.String()); at != nil {
			t.Errorf("%s: no number: %q", format, b.String()[max(0, at[0]-60):min(b.Len(), at[1]+60)])
		}
	}
	check("terminal", func(b *bytes.Buffer) error { return table.WriteTerminal(b, doc, table.Options{All: true}) })
	check("markdown", func(b *bytes.Buffer) error { return table.WriteMarkdown(b, doc, table.Options{All: true}) })
	check("CSV", func(b *bytes.Buffer) error { return table.WriteCSVAll(b, doc) })
	for _, l := range s.Export() {
		check(l.ID, func(b *bytes.Buffer) error { return table.StreamCSV(b, l.Columns, l.Rows) })
	}
}

// noNumber is what a number that is none looks like once it is written.
var noNumber = regexp.MustCompile(`\b(NaN|[+-]?Inf)\b`)

// explained checks one cell of JSON.
func explained(t testing.TB, where string, cell any) {
	t.Helper()
	m, ok := cell.(map[string]any)
	if !ok {
		return
	}
	why, _ := m["why"].(string)
	switch {
	case m["value"] == nil && why == "":
		t.Errorf("%s: no value, and no reason: %v", where, m)
	case m["low"] == nil && m["high"] == nil && why == "":
		t.Errorf("%s: no interval, and no reason: %v", where, m)
	}
}

// scanned makes a scan of records and checks it.
func scanned(t testing.TB, rules assemble.Rules, vocab fact.Vocabulary, records []*fact.Record, asOf fact.Instant, weeks int) *Scan {
	t.Helper()
	res, err := assemble.Assemble(rules, vocab, records)
	if err != nil {
		t.Fatal(err)
	}
	s := NewScan(Input{Organisation: "Acme", Org: res.Org, AsOf: asOf, Weeks: weeks, Newest: res.Newest})
	sound(t, s)
	return s
}

// What is small or broken is scanned all the same, and told in the right words.
func TestSmallAndBroken(t *testing.T) {
	everything := func(n int, events string) string {
		return items("A", 1, n, events) + items("B", 1, n, events)
	}
	for name, c := range map[string]struct {
		story string
		words []string // somewhere in the report
	}{
		"one item":                   {"A-1 story: 0 created", []string{"1 team, 1 item"}},
		"one finished item":          {"A-1 story: 0 created by ana; 1 start by ana; 3 done by ana", []string{"1 team, 1 item", "fewer than 10 events"}},
		"one team":                   {items("A", 1, 80, "%d created by ana; %d.1 start by ana; %d.9 done by ben"), []string{"all ties belong to one team", "fewer than five people"}},
		"everything open":            {everything(40, "1 created; 2 start; 3 assign ana"), []string{"nothing finished"}},
		"everything queued":          {everything(40, "1 created"), []string{"nothing finished"}},
		"everything dropped":         {everything(40, "1 created; 2 start; 9 drop"), []string{"dropped"}},
		"everything at one instant":  {everything(40, "7 created by ana; 7 start by ana; 7 assign ben by ana; 7 comment 90 by ben; 7 done by ana"), nil},
		"nobody":                     {everything(40, "1 created; 2 start; 9 done"), []string{"nobody is known"}},
		"a link to itself":           {"A-1 story: 0 created; 1 start; 2 blocked by A-1; 3 done\nA-2 story: 0 created; 1 blocks A-2; 2 start", nil},
		"a circle of links":          {"A-1 story: 0 created; 1 start; 2 blocked by B-1\nB-1 story: 0 created; 2 blocked by C-1; 2 start\nC-1 story: 0 created; 1 start; 2 blocked by A-1", nil},
		"a circle of parents":        {"A-1 epic in A-3: 0 created; 2 start\nA-2 story in A-1: 0 created; 2 start; 9 done\nA-3 story in A-2: 0 created; 3 start; 9 done\nB-1 story in B-1: 0 created; 3 done", nil},
		"a circle of batches":        {"A-1 epic in A-2: 0 created; 20 done\nA-2 epic in A-1: 0 created; 20 done\nA-3 story in A-1: 1 created; 2 start; 9 done", nil},
		"parts of parts":             {"A-1 story: 0 created; 20 done\nA-2 sub-task in A-1: 0 created; 4 start; 9 done\nA-3 sub-task in A-2: 0 created; 4 start; 9 done\nA-4 sub-task in A-3: 1 created by ana; 2 start by ana; 3 done by ben", nil},
		"a part of a part of itself": {"A-1 sub-task in A-2: 0 created; 3 start; 20 done\nA-2 sub-task in A-1: 0 created; 4 start; 9 done", nil},
		"a pull request that carries its own issue": {"acme/a#1 bug: 0 created by ana; 9 done\nacme/a#2 pull: 1 created by ben; 1 mentions body closes acme/a#1; 1 mentions acme/a#2; 2 closes acme/a#1; 3 review by ana; 4 merge by ben\n" +
			"acme/a#3 pull: 1 created by ben; 1 mentions title acme/a#2; 2 closes acme/a#2; 2 closes acme/a#3; 5 merge by ben", nil},
		"sprints that end before they begin": {"sprint \"One\" 21 7\nsprint \"Two\" 5 5\nA-1 story: 0 created; 1 sprint +One; 6 sprint +Two; 7 start; 30 done\nA-2 story: 0 created; 1 sprint +One", nil},
		"due in the year 9999":               {"A-1 epic: 0 created; 1 due 9999-12-31; 30 due 0001-01-01; 60 done\nA-2 story in A-1: 0 created; 1 due 9999-12-31; 2 start; 3 done", nil},
		"what happened before it was made":   {"A-1 story: 40 created; 40 start; 41 done\nA-2 story: 40.5 created", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := story.MustParse(c.story)
			for _, day := range []float64{70, 63.5, 7, 0.5, 4000} {
				scan := scanned(t, assemble.Rules{}, s.Vocabulary(), s.Facts(), s.Day(day), 26)
				if day != 70 {
					continue
				}
				text := strings.ToLower(written(t, scan.Document()))
				var b bytes.Buffer
				if err := table.WriteTerminal(&b, scan.Document(), table.Options{Width: 1000, All: true}); err != nil {
					t.Fatal(err)
				}
				for _, words := range c.words {
					if !strings.Contains(text, words) && !strings.Contains(strings.ToLower(b.String()), words) {
						t.Errorf("nothing says %q in %d bytes", words, b.Len())
					}
				}
			}
		})
	}
}

// Of nothing at all there is nothing to tell, and every table says so.
func TestNoItems(t *testing.T) {
	s := scanned(t, assemble.Rules{}, nil, nil, story.MustParse("A-1 story: 0 created").Day(70), 26)
	for _, tab := range s.Document().Tables {
		if len(tab.Rows) == 0 && tab.Empty == "" && tab.ID != "sources" {
			t.Errorf("table %s is empty and says nothing", tab.ID)
		}
	}
	teams := assemble.Rules{By: assemble.ByRules, Teams: []assemble.Team{{Name: "Red", Claims: true}, {Name: "Blue", Match: assemble.Match{Projects: []string{"B"}}}}}
	scanned(t, teams, nil, nil, fact.At(time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)), 1)
}

// Clocks that run backwards: changes before the creation, in the wrong order, after
// the update, in the year 1 and in the year 9999.
func TestBackwardClocks(t *testing.T) {
	w := build(t, 7, 30, [2]int{6, 2}, [2]int{5, 2}, [2]int{2, 1})
	for name, change := range map[string]func(n int, r *fact.Record){
		"created last": func(_ int, r *fact.Record) { r.Created = r.Last() + fact.Day },
		"backwards": func(_ int, r *fact.Record) {
			for n := range r.Changes {
				r.Changes[n].At = r.Created + r.Last() - r.Changes[n].At
			}
		},
		"updated first": func(_ int, r *fact.Record) { r.Updated, r.Resolved = 1, 1 },
		"involved before": func(_ int, r *fact.Record) {
			for n := range r.Involvement {
				r.Involvement[n].At -= 400 * fact.Day
			}
		},
		"far ends": func(n int, r *fact.Record) {
			far := []fact.Instant{1, fact.At(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)), fact.Never - 1, -fact.Day * 365 * 2000}[n%4]
			for k := range r.Changes {
				if k%3 == 0 {
					r.Changes[k].At = far
				}
			}
			for k := range r.Involvement {
				if k%2 == 0 {
					r.Involvement[k].At = far
				}
			}
			r.Estimate = []float64{math.NaN(), math.Inf(1), -1, 1e308}[n%4]
		},
		"at one instant": func(_ int, r *fact.Record) {
			r.Created = w.AsOf - 20*fact.Day
			for k := range r.Changes {
				r.Changes[k].At = r.Created
			}
			for k := range r.Involvement {
				r.Involvement[k].At = r.Created
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := w.clone()
			for n, r := range b.Records {
				change(n, r)
			}
			scanned(t, b.Rules, b.Vocabulary, b.Records, b.AsOf, 26)
		})
	}
}

// Members from the future, of the past, of a time that ends before it begins, and of
// everything at once.
func TestOddMembers(t *testing.T) {
	for name, change := range map[string]func(n int, m *assemble.Member, asOf fact.Instant){
		"from the future": func(_ int, m *assemble.Member, asOf fact.Instant) { m.From = asOf + 400*fact.Day },
		"of the past":     func(_ int, m *assemble.Member, asOf fact.Instant) { m.Until = 1 },
		"backwards":       func(_ int, m *assemble.Member, asOf fact.Instant) { m.From, m.Until = asOf, asOf-100*fact.Day },
		"shares":          func(n int, m *assemble.Member, _ fact.Instant) { m.Share = []float64{math.NaN(), -1, 7, 0}[n%4] },
		"unknown people":  func(n int, m *assemble.Member, _ fact.Instant) { m.Person = fact.Person(1_000_000 + n) },
		"half of them": func(n int, m *assemble.Member, asOf fact.Instant) {
			if n%2 == 0 {
				m.From = asOf - 60*fact.Day
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build(t, 8, 30, [2]int{6, 2}, [2]int{5, 2}, [2]int{2, 1})
			for k := range w.Rules.Teams {
				for n := range w.Rules.Teams[k].Members {
					change(n, &w.Rules.Teams[k].Members[n], w.AsOf)
				}
			}
			scanned(t, w.Rules, w.Vocabulary, w.Records, w.AsOf, 26)
		})
	}
}

// Ten thousand teams of one item, without anybody and with one person each, are
// scanned and written like others.
func TestTenThousandTeams(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand teams")
	}
	for name, teams := range map[string]int{"of nobody": 1_000, "of one person each": 10_000} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			for n := range teams {
				by := ""
				if teams == 10_000 {
					by = fmt.Sprintf(" by p%d", n)
				}
				fmt.Fprintf(&b, "T%d-1 story: %d created%s; %d.5 start%s; %d.6 assign p%d%s; %d.7 comment 90%s; %d done%s\n", n, n%60, by, n%60, by, n%60, n, by, n%60, by, n%60+3, by)
			}
			s := story.MustParse(b.String())
			records := s.Facts()
			scan := scanned(t, assemble.Rules{By: assemble.ByProject}, s.Vocabulary(), records, s.Day(70), 26)
			if n := len(scan.TeamNames()); n != teams {
				t.Errorf("%d teams, want %d", n, teams)
			}
		})
	}
}

// Whatever a story tells, its report is sound.
func FuzzDocument(f *testing.F) {
	f.Add("rank Initiative 2\nG-1 Initiative: 0 created\nE-1 epic in G-1: 0 created\nA-1 story in E-1: 0 created; 1 start; 2 blocked by B-1; 9 done\nB-1 story in E-1: 0 created; 3 wait; 4 blocks A-1", 28.0)
	f.Add("sprint \"S\" 9 3\nA-1 story: 0 created by ana; 1 sprint +S; 1 due 9999-12-31; 2 start; 2 assign ben; 3 comment 90 by cy; 3 done\nA-2 sub-task in A-1: 0 created; 2 worklog by ben; 6 done\nA-3 story in A-3: 0 created; 1 blocked by A-3; 1 release +R", 70.0)
	f.Add(items("A", 1, 30, "0 created by ana; %d start by ana; %d assign ben by ana; %d.5 done by ben")+items("B", 1, 30, "0 created by cy; %d start by dan; %d comment 90 by ana; %d blocked by A-%d; %d.5 done by eve"), 63.0)
	f.Add("acme/shop/milestone/1 milestone \"V1\": 0 created; 20 done\nacme/shop#1 bug: 1 created; 2 milestone acme/shop/milestone/1; 3 column \"In Progress\"; 9 done\n"+
		"acme/shop#2 pull: 2 created by ana; 1 commit by ana; 2 mentions depends acme/shop#1; 2 path a.go 9 1; 3 closes acme/shop#1; 4 review by ben; 8 merge", 14.0)
	f.Fuzz(func(t *testing.T, text string, day float64) {
		s, err := story.Parse(text)
		if err != nil || !(math.Abs(day) < 2000) || len(text) > 5000 {
			return
		}
		var records []*fact.Record
		for _, r := range s.Facts() {
			if r.Validate() == nil {
				records = append(records, r)
			}
		}
		scanned(t, assemble.Rules{}, s.Vocabulary(), records, s.Day(day), 4)
	})
}
