package table

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Kind says what a column holds. Whole and Number columns stand to the right.
type Kind uint8

const (
	Text    Kind = iota
	Whole        // whole numbers
	Number       // measured numbers
	Instant      // moments, shown in the reader's zone, written in UTC
	Date         // calendar days
)

// Column describes one column. ID, Title, Unit and the order of columns are the
// same in every format.
type Column struct {
	// ID is the key in JSON and begins the heading in CSV: lower case, digits and
	// underscores, beginning with a letter. Scripts depend on it, so it stays.
	ID string
	// Title heads the column for people, with the Unit after it in parentheses.
	Title string
	// Unit is, for example, "d", "items", "items/week" or "%"; "" is none. A
	// share is a number in "%", never a fraction.
	Unit string
	Kind Kind
	// Digits is the number of decimals that people see of a Number; below zero,
	// up to so many, without zeros at the end. The other formats never round.
	Digits int
	// Quiet says that a Blank is nothing at all to people, where a column of
	// remarks would be full of dashes.
	Quiet bool
	// Measure says that the column's cells are estimates: CSV then gives it five
	// columns (id, id_n, id_low, id_high, id_why), whatever the rows hold. In a
	// column without it CSV has an estimate's value alone.
	Measure bool
	// Interval implies Measure, and people see "6.2 (5.1–7.9)".
	Interval bool
	// Drop orders what is left out on a narrow terminal: the highest goes first,
	// of equals the one furthest to the right; 0 stays.
	Drop int
	// Key says that the column is for programs: people do not see it.
	Key bool
	// Shrink lets a terminal shorten the column's texts with "…"; of a column of
	// anything but texts, its head.
	Shrink bool
	// Least is how narrow Shrink makes texts before other columns are left out;
	// 0 is 16. It goes down to 16 where there is nothing more to leave out.
	Least int
}

// Table is a grid of cells and what must be said about them. A row may have
// fewer cells than there are columns: the rest are blank.
type Table struct {
	ID      string // stable, like a column's
	Title   string
	Columns []Column
	Rows    [][]Cell
	Notes   []string
	Empty   string // why there are no rows, where there are none
}

// Cause is one reason for a program's exit code.
type Cause struct {
	Code int
	Text string
}

// Exit is how the program will end, with every reason for it.
type Exit struct {
	Code   int
	Causes []Cause
}

// Document is a report: the same tables for people and for programs.
type Document struct {
	Organisation string
	AsOf         time.Time
	Weeks        int
	Fingerprints map[string]string
	Exit         Exit
	Head         []string // opening lines, for people
	Incomplete   []string // what the report lacks, a reason each; JSON has them under Exit
	Notes        []string // warnings about the report as a whole
	Screen       []Table  // the first screen, for people only
	Foot         []string // the lines that close the first screen
	Tables       []Table  // every table
}

// Options are a reader's circumstances.
type Options struct {
	Width int            // columns of the terminal; 0 is 100
	Color bool           // may use bold and dim
	Zone  *time.Location // for instants; nil is UTC
	All   bool           // every one of Tables after the first screen
}

var (
	columnID = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	tableID  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
)

// checked returns t with its own texts cleaned, or what the caller did wrong.
func (t Table) checked() (Table, error) {
	if !tableID.MatchString(t.ID) {
		return t, fmt.Errorf("table: id %q is not made of letters, digits, dots, dashes and underscores", t.ID)
	}
	seen := make(map[string]bool)
	columns := make([]Column, len(t.Columns))
	for i, c := range t.Columns {
		if !columnID.MatchString(c.ID) {
			return t, fmt.Errorf("table %s: column id %q is not snake_case", t.ID, c.ID)
		}
		for _, id := range c.fields() {
			if seen[id] {
				return t, fmt.Errorf("table %s: column id %q is used twice", t.ID, id)
			}
			seen[id] = true
		}
		c.Title, c.Unit = Clean(c.Title), Clean(c.Unit)
		columns[i] = c
	}
	for i, row := range t.Rows {
		if len(row) > len(columns) || len(columns) == 0 {
			return t, fmt.Errorf("table %s: row %d has %d cells for %d columns", t.ID, i+1, len(row), len(columns))
		}
	}
	t.Columns = columns
	t.Title = Clean(t.Title)
	t.Notes = cleanAll(t.Notes, Clean)
	t.Empty = Clean(t.Empty)
	return t, nil
}

// checkedAll checks tables that stand in one document and share its ids.
func checkedAll(tables []Table) ([]Table, error) {
	seen := make(map[string]bool)
	all := make([]Table, len(tables))
	for i, t := range tables {
		var err error
		if all[i], err = t.checked(); err != nil {
			return nil, err
		}
		if seen[t.ID] {
			return nil, fmt.Errorf("table: id %q is used twice", t.ID)
		}
		seen[t.ID] = true
	}
	return all, nil
}

// shown is what people see of a document: the first screen with the lines that
// open and close it, and behind it, if all is asked for, the tables that the
// first screen does not show whole.
type shown struct {
	head, foot   []string
	screen, rest []Table
}

func (d Document) shown(all bool) (shown, error) {
	s := shown{head: cleanAll(slices.Concat(d.Head, d.lacks(maxLacks), d.Notes), cleanLine), foot: cleanAll(d.Foot, cleanLine)}
	screen, err := checkedAll(d.Screen)
	for _, t := range screen {
		s.screen = append(s.screen, t.forPeople())
	}
	if err != nil || !all {
		return s, err
	}
	tables, err := checkedAll(d.Tables)
	for _, t := range tables {
		whole := func(x Table) bool { return x.ID == t.ID && len(x.Rows) == len(t.Rows) }
		if !slices.ContainsFunc(s.screen, whole) {
			s.rest = append(s.rest, t.forPeople())
		}
	}
	return s, err
}

// maxLacks is how many reasons for incompleteness people read.
const maxLacks = 5

// lacks are the lines that say why the report is incomplete, most of them at
// most.
func (d Document) lacks(most int) []string {
	var out []string
	for i, reason := range d.Incomplete {
		if i == most {
			return append(out, fmt.Sprintf("This report is incomplete for %d more reasons, which are in json.", len(d.Incomplete)-i))
		}
		if !strings.HasSuffix(reason, "?") {
			reason = strings.TrimSuffix(reason, ".") + "."
		}
		out = append(out, "This report is incomplete: "+reason)
	}
	return out
}

// forPeople returns the table without the columns that are for programs.
func (t Table) forPeople() Table {
	keep := func(j int) bool { return !t.Columns[j].Key }
	if !slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Key }) {
		return t
	}
	out := t
	out.Columns, out.Rows = nil, make([][]Cell, len(t.Rows))
	for j, c := range t.Columns {
		if keep(j) {
			out.Columns = append(out.Columns, c)
		}
	}
	for i, row := range t.Rows {
		for j, c := range row {
			if keep(j) {
				out.Rows[i] = append(out.Rows[i], c)
			}
		}
	}
	return out
}

func cleanAll(texts []string, how func(string) string) []string {
	out := make([]string, len(texts))
	for i, s := range texts {
		out[i] = how(s)
	}
	return out
}

// measured reports whether CSV spreads the column over five.
func (c Column) measured() bool { return c.Measure || c.Interval }

// fields are the headings of the column in CSV.
func (c Column) fields() []string {
	if !c.measured() {
		return []string{c.ID}
	}
	return []string{c.ID, c.ID + "_n", c.ID + "_low", c.ID + "_high", c.ID + "_why"}
}

// headings are the first line of CSV: fields, with the unit after those that have
// it.
func (c Column) headings() []string {
	out := c.fields()
	for i, id := range out {
		if c.Unit != "" && (i == 0 || i == 2 || i == 3) { // the value and its bounds
			out[i] = id + " (" + c.Unit + ")"
		}
	}
	return out
}

// heading is the column's head for people.
func (c Column) heading() string {
	if c.Unit == "" {
		return c.Title
	}
	return c.Title + " (" + c.Unit + ")"
}

// nothing is what people read where a table has no rows.
func (t Table) nothing() string {
	if t.Empty == "" {
		return "Nothing to show."
	}
	return t.Empty
}

// right reports whether people see the column against its right edge.
func (c Column) right() bool { return c.Kind == Whole || c.Kind == Number }

// at returns the cell of a row in column j.
func at(row []Cell, j int) Cell {
	if j >= len(row) {
		return Cell{}
	}
	return row[j]
}
