// Package catalogue lists what smokestack measures: for every metric what it
// means, how it is computed, when there is no number, what it cannot show, and a
// small story with the value that it must give.
//
// The entries are the words of commands and reports; nothing is computed here,
// and the package imports the standard library only. An id is never used for
// another metric: those that were given up stay listed with the reason.
package catalogue

import (
	"cmp"
	"slices"
	"strings"
)

// Entry is one metric.
type Entry struct {
	ID    string   // F1: stays for ever
	Names []string // other words for it, in lower case with hyphens; the first is the usual one
	Title string

	Meaning  string
	Formula  string
	Unit     string // of the value as it is computed: a share is one of 1
	MinimumN string // what it takes for a value, or for one that counts
	Interval string // which one, or why there is none
	Limits   string // what the number cannot show, and the traps of its data
	Confound string // what else may bring the same number about
	Source   string

	// Table is the table of the report in which it stands, with its columns; without
	// columns it stands in a note below the table.
	Table   string
	Columns []string
	Also    string // another table that tells of it; mostly none

	Polarity Polarity
	Kind     Kind
	Change   string // how it is tested for change, or why never

	Example Example
}

// Example is a small story and what the metric makes of it.
type Example struct {
	Story string // in the notation of package story
	Asks  string // of which rows, days and weeks
	Value string // begins with the number
}

// Retired is an id that was given up.
type Retired struct{ ID, Title, Why string }

// Polarity says which way is better.
type Polarity uint8

// The polarities.
const (
	Neither Polarity = iota
	MoreIsBetter
	LessIsBetter
)

func (p Polarity) String() string {
	return [...]string{"neither way is better", "more is better", "less is better"}[min(p, LessIsBetter)]
}

// Kind says what sort of number a metric is.
type Kind uint8

// The kinds.
const (
	Count    Kind = iota // something that happened, counted or by the week
	Share                // of 1
	Duration             // elapsed days
	Size                 // of pieces of work
	Stock                // what is there at one time, or on average
	Figure               // an index, a distance, a slope
)

func (k Kind) String() string {
	return [...]string{"count", "share", "duration", "size", "stock", "figure"}[min(k, Figure)]
}

// Ways in which metrics are tested for change, METRICS section 7: of every row F1
// and F5, and B1 of the organisation. F2, F3 and a team's B1 are described in the
// same table; the others are never compared.
const (
	changeCount    = "table change: recent 26 weeks over the 26 before, as a ratio of rates (quasi-Poisson); 50 finishes in both together, and 52 weeks of history"
	changeShift    = "table change: recent 26 weeks against the 26 before, as the factor by which durations shifted, open items included; 50 items in both together, and 52 weeks of history"
	changeSize     = "table change, of the organisation: recent 26 weeks against the 26 before, sizes on a log scale (Mann-Whitney, Hodges-Lehmann); 50 batches in both together, and 52 weeks of history; of a team described beside each other, without a test"
	described      = "table change: recent 26 weeks beside the 26 before, and the ratio of the two, without a test and a verdict"
	describedStock = "table change: recent 26 weeks beside the 26 before, and the ratio of the two; never tested: a stock of one week is nearly that of the week before"
	noVerdict      = "never compared: verdicts are given on F1 and F5, and on B1 of the organisation"
	neverStock     = "never compared: a stock of one week is nearly that of the week before"
	neverCensus    = "never compared: it is counted over the whole window and described there"
	neverFigure    = "never compared: it is described for the window alone"
	neverQuality   = "never compared: it says how far the other numbers can be trusted"
)

// Banded returns the ids of the metrics whose agreed bands are judged, in the order
// of the catalogue: F1, F5 and B1 get verdicts, in which F2 and F3 have a say where
// they are outside for eight weeks. A band of any other would do nothing.
func Banded() []string { return []string{"F1", "F2", "F3", "F5", "B1"} }

// Reasons why there is no interval.
const (
	census = "none: everything in the window is counted, nothing is a sample"
)

// Entries returns the catalogue in its order. The caller may change the slice,
// not what it holds.
func Entries() []Entry {
	return slices.Concat(flow, batches, dependencies, independence, people, quality)
}

// GivenUp returns the retired ids, in order.
func GivenUp() []Retired { return slices.Clone(retired) }

// Find returns the metric of an id or a name, whatever its case.
func Find(name string) (Entry, bool) {
	name = plain(name)
	for _, e := range Entries() {
		if plain(e.ID) == name || slices.Contains(e.Names, name) {
			return e, true
		}
	}
	return Entry{}, false
}

// FindRetired returns the retired metric of an id.
func FindRetired(id string) (Retired, bool) {
	i := slices.IndexFunc(retired, func(r Retired) bool { return plain(r.ID) == plain(id) })
	if i < 0 {
		return Retired{}, false
	}
	return retired[i], true
}

// plain writes a name as names compare.
func plain(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == ' ' || r == '-' || r == '_' }), "-")
}

// Near returns up to n ids and names that are like an unknown one, the nearest
// first, each metric once.
func Near(name string, n int) []string {
	type candidate struct {
		word     string
		distance int
	}
	name = plain(name)
	var all []candidate
	for _, e := range Entries() {
		best := candidate{e.ID, distance(name, plain(e.ID))}
		for _, w := range e.Names {
			if d := distance(name, w); d < best.distance {
				best = candidate{w, d}
			}
		}
		if best.distance <= max(1, len([]rune(name))/2) {
			all = append(all, best)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var out []string
	for _, c := range all[:min(n, len(all))] {
		out = append(out, c.word)
	}
	return out
}

// distance is how many characters must be put in, taken out or replaced to make
// one word of the other; a word that begins with the other is near to it.
func distance(a, b string) int {
	if len(a) > 2 && strings.HasPrefix(b, a) {
		return 1
	}
	x, y := []rune(a), []rune(b)
	if len(x) > 100 { // no name is half as long
		return len(x)
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			above := row[j+1]
			change := diagonal
			if x[i] != y[j] {
				change++
			}
			row[j+1] = min(above+1, row[j]+1, change)
			diagonal = above
		}
	}
	return row[len(y)]
}

// retired are the ids that are never used again.
var retired = []Retired{
	{"A3", "Entropy of the mix", "nobody can say whether more or less of it is better, and what it tells is inside A4, Focus"},
	{"I4", "E-I index", "it counts ties within and between teams without regard to how large the teams are, so that it tells their sizes; I3 takes chance into account"},
	{"I5", "Conductance of a team", "like I4 it is not corrected for the size of teams; the rows of I3 are"},
	{"I6", "Socio-technical congruence", "high is good and bad alike: people who must talk, and people who do because nobody separated the work"},
}

// IsSignal reports whether a word is the id of a signal: those are no metrics, and
// have ids of their own.
func IsSignal(word string) bool {
	digits, ok := strings.CutPrefix(strings.ToUpper(word), "S")
	return ok && len(digits) > 0 && len(digits) <= 2 && strings.Trim(digits, "0123456789") == ""
}
