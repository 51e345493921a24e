package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"smokestack/analysis/catalogue"
	"smokestack/reports/table"
)

func newMetrics(e *env) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use: "metrics", Short: "List what is measured", Args: cobra.NoArgs,
		Long: `Lists every metric with its id, its names, its unit and where it stands in a report; at
the end the ids that were given up. smokestack explain ID says more of one.`,
		RunE: func(*cobra.Command, []string) error { return e.metrics(format) },
	}
	cmd.Flags().StringVar(&format, "format", "terminal", "terminal, markdown, csv or json")
	return cmd
}

func (e *env) metrics(format string) error {
	if err := (&scanFlags{formats: []string{format}, weeks: 1}).validate(); err != nil {
		return err
	}
	opts := table.Options{Width: 100, Zone: time.UTC, All: true}
	if e.terminal && e.width > 0 {
		opts.Width = e.width
	}
	return render(e.stdout, format, catalogueDocument(), opts)
}

// catalogueDocument is the catalogue as tables.
func catalogueDocument() table.Document {
	metrics := table.Table{
		ID: "metrics", Title: "What is measured",
		Columns: []table.Column{
			{ID: "id", Title: "Id"}, {ID: "title", Title: "Metric"}, {ID: "name", Title: "Name"}, {ID: "unit", Title: "Unit"}, {ID: "table", Title: "Table"},
			{ID: "names", Title: "Names", Key: true}, {ID: "columns", Title: "Columns", Key: true},
			{ID: "kind", Title: "Kind", Key: true}, {ID: "polarity", Title: "Polarity", Key: true}, {ID: "meaning", Title: "Meaning", Key: true},
		},
		Notes: []string{"smokestack explain ID, or a name, says what it means, how it is computed and what it cannot show."},
	}
	for _, m := range catalogue.Entries() {
		metrics.Rows = append(metrics.Rows, []table.Cell{
			table.Words(m.ID), table.Words(m.Title), table.Words(m.Names[0]), table.Words(m.Unit), table.Words(m.Table),
			table.Words(strings.Join(m.Names, ", ")), table.Words(strings.Join(m.Columns, ", ")), table.Words(m.Kind.String()), table.Words(m.Polarity.String()), table.Words(m.Meaning),
		})
	}
	retired := table.Table{
		ID: "retired", Title: "Ids that were given up, and are never used again",
		Columns: []table.Column{{ID: "id", Title: "Id"}, {ID: "title", Title: "Metric"}, {ID: "why", Title: "Why", Key: true}},
	}
	for _, r := range catalogue.GivenUp() {
		retired.Rows = append(retired.Rows, []table.Cell{table.Words(r.ID), table.Words(r.Title), table.Words(r.Why)})
		retired.Notes = append(retired.Notes, r.ID+": "+r.Why+".")
	}
	return table.Document{Tables: []table.Table{metrics, retired}}
}

// needMetric says what to type where nothing is named.
func needMetric(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage("explain what? An id or a name, such as F1 or cycle-time: smokestack metrics lists them")
	}
	return nil
}

func newExplain(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "explain ID|NAME", Short: "Say what a metric means, how it is computed and what it cannot show",
		Long: `Prints all that is to be said of one metric, by its id (F1) or a name (cycle-time), with a
worked example: a small story, and the value that the program is tested to give for it.`,
		Args: needMetric, ValidArgs: metricWords(),
		RunE: func(_ *cobra.Command, args []string) error { return e.explain(strings.Join(args, " ")) },
	}
}

// metricWords are the ids of all metrics and their names, for completion.
func metricWords() []string {
	var out []string
	for _, m := range catalogue.Entries() {
		out = append(append(out, m.ID), m.Names...)
	}
	return out
}

func (e *env) explain(name string) error {
	if m, ok := catalogue.Find(name); ok {
		return explain(e.stdout, m)
	}
	if r, ok := catalogue.FindRetired(name); ok {
		_, err := io.WriteString(e.stdout, wrap(r.ID+" "+r.Title+" was given up, and the id is never used again: "+r.Why+".", "", explainWidth))
		return err
	}
	if catalogue.IsSignal(name) {
		return usage("%s: signals come in a later version; metrics are listed by smokestack metrics", strings.ToUpper(name))
	}
	hint := "smokestack metrics lists them"
	if near := catalogue.Near(name, 3); len(near) > 0 {
		hint = "did you mean " + strings.Join(near, ", ") + "?"
	}
	return usage("there is no metric %q; %s", name, hint)
}

const (
	explainWidth  = 90
	explainIndent = "             "
	storyMost     = 14 // lines of a story that are printed
	alikeMost     = 3  // of lines that differ in numbers alone
)

// explain prints a metric for people.
func explain(w io.Writer, m catalogue.Entry) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n\n", m.ID, m.Title)
	b.WriteString(wrap(m.Meaning, "", explainWidth))
	b.WriteByte('\n')
	for _, f := range [][2]string{
		{"Formula", m.Formula}, {"Unit", m.Unit}, {"Kind", m.Kind.String() + "; " + m.Polarity.String()}, {"Minimum n", m.MinimumN}, {"Interval", m.Interval},
		{"Change", m.Change}, {"Limits", m.Limits}, {"Confound", m.Confound}, {"Source", m.Source}, {"Where", whereOf(m)}, {"Names", strings.Join(m.Names, ", ")},
	} {
		b.WriteString(wrap(fmt.Sprintf("%-*s%s", len(explainIndent), f[0], f[1]), explainIndent, explainWidth))
	}
	b.WriteString("\nExample\n\n")
	for _, l := range abridgedStory(m.Example.Story) {
		b.WriteString(wrap("    "+l, "        ", explainWidth))
	}
	b.WriteByte('\n')
	b.WriteString(wrap(m.Example.Asks, "", explainWidth))
	fmt.Fprintf(&b, "It is %s.\n", m.Example.Value)
	_, err := io.WriteString(w, b.String())
	return err
}

// abridgedStory shortens a story: lines that differ in numbers alone are told once
// or twice, and counted.
func abridgedStory(story string) []string {
	lines := strings.Split(strings.TrimRight(story, "\n"), "\n")
	shape := func(line string) string {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == '.' {
				return -1
			}
			return r
		}, line)
	}
	var out []string
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && shape(lines[n]) == shape(lines[0]) {
			n++
		}
		if n > alikeMost {
			out = append(out, lines[0], lines[1], fmt.Sprintf("… and %d more like these", n-2))
		} else {
			out = append(out, lines[:n]...)
		}
		lines = lines[n:]
	}
	if len(out) > storyMost {
		out = append(out[:storyMost-1], fmt.Sprintf("… and %d more lines", len(out)-storyMost+1))
	}
	return out
}

func whereOf(m catalogue.Entry) string {
	if len(m.Columns) == 0 {
		return "in a note of table " + m.Table
	}
	where := "table " + m.Table + ": " + strings.Join(m.Columns, ", ")
	if m.Also != "" {
		where += "; and table " + m.Also
	}
	return where
}

// wrap breaks a text at spaces into lines of at most so many characters; all but
// the first begin with the indent. What stands before the first word stays.
func wrap(text, indent string, width int) string {
	var lines []string
	line, from := []rune(strings.TrimRight(text, " ")), 0 // from is where the words of the line begin
	for len(line) > width {
		at := width
		for at > from && line[at] != ' ' {
			at--
		}
		if at == from { // one word is longer than a line
			next := slices.Index(line[from:], ' ')
			if next <= 0 {
				break
			}
			at = from + next
		}
		lines = append(lines, strings.TrimRight(string(line[:at]), " "))
		line = append([]rune(indent), []rune(strings.TrimLeft(string(line[at:]), " "))...)
		from = len(indent)
	}
	return strings.Join(append(lines, string(line)), "\n") + "\n"
}
