// Command acceptance checks the measures on organisations of which the truth is
// known, and prints the table of ACCEPTANCE.md.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"smokestack/analysis/acceptance"
)

func main() {
	organisations := flag.Int("organisations", 1000, "how many to draw for an experiment; some draw parts of it more than once")
	seed := flag.String("seed", "1", "the same seed draws the same organisations")
	only := flag.String("only", "", "experiments to run, with commas between: "+names())
	format := flag.String("format", "markdown", "markdown or text")
	flag.Parse()
	if *organisations < 1 || *format != "markdown" && *format != "text" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.Stdout, os.Stderr, *organisations, *seed, *only, *format); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func names() string {
	var out []string
	for _, e := range acceptance.Experiments {
		out = append(out, e.ID)
	}
	return strings.Join(out, ",")
}

// run prints the experiments that are asked for. It returns an error where a
// number misses what is wanted of it.
func run(w, progress io.Writer, organisations int, seed, only, format string) error {
	wanted := strings.FieldsFunc(only, func(r rune) bool { return r == ',' })
	for _, id := range wanted {
		if !slices.ContainsFunc(acceptance.Experiments, func(e acceptance.Experiment) bool { return e.ID == id }) {
			return fmt.Errorf("no experiment %s; there are %s", id, names())
		}
	}
	missed := 0
	for _, e := range acceptance.Experiments {
		if len(wanted) > 0 && !slices.Contains(wanted, e.ID) {
			continue
		}
		begun := time.Now()
		rows, err := e.Run(organisations, seed)
		if err != nil {
			return fmt.Errorf("%s: %w", e.ID, err)
		}
		fmt.Fprintf(progress, "%s: %.0f s\n", e.ID, time.Since(begun).Seconds())
		for _, r := range rows {
			if r.Verdict() == "missed" {
				missed++
			}
		}
		if format == "text" {
			text(w, e, rows)
		} else {
			markdown(w, e, rows)
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d numbers miss what is wanted of them", missed)
	}
	return nil
}

func markdown(w io.Writer, e acceptance.Experiment, rows []acceptance.Row) {
	fmt.Fprintf(w, "### %s (`%s`)\n\n| Number | Values | Came out | Error | Wanted | |\n|---|--:|--:|--:|--:|---|\n", e.Title, e.ID)
	for _, r := range rows {
		fmt.Fprintf(w, "| %s | %d | %s | %s | %s | %s |\n", r.What, r.N, r.Write(r.Value), r.Write(r.Error), r.Wanted(), r.Verdict())
	}
	fmt.Fprintln(w)
}

func text(w io.Writer, e acceptance.Experiment, rows []acceptance.Row) {
	fmt.Fprintf(w, "%s (%s)\n", e.Title, e.ID)
	for _, r := range rows {
		fmt.Fprintf(w, "  %-6s  %-72s  n %-6d  %s ± %s  %s\n", r.Verdict(), r.What, r.N, r.Write(r.Value), r.Write(r.Error), r.Wanted())
	}
}
