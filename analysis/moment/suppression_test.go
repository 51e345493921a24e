package moment

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
	"smokestack/analysis/independence"
	"smokestack/analysis/requests"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// A told number of one measure speaks of a set of atoms, which are teams, or
// ordered pairs of teams. What adds up over atoms (hits, people, events, c_t) is
// known for every set whose indicator is a combination of the indicators of the
// sets that are told: for these, and for no others whatever the numbers are.
type ledger struct {
	measure string
	atoms   int
	told    [][]float64
	labels  []string
}

func (l *ledger) tell(label string, atoms ...int) {
	row := make([]float64, l.atoms)
	for _, a := range atoms {
		row[a] = 1
	}
	l.told, l.labels = append(l.told, row), append(l.labels, label)
}

// finds reports whether the sum over a set can be worked out from what is told.
func (l *ledger) finds(set []float64) bool {
	return rank(append(slices.Clone(l.told), set)) == rank(l.told)
}

// rank is the rank of a matrix of small whole numbers.
func rank(rows [][]float64) int {
	m := make([][]float64, len(rows))
	for n, r := range rows {
		m[n] = slices.Clone(r)
	}
	rank := 0
	for c := 0; len(m) > 0 && c < len(m[0]); c++ {
		best := -1
		for n := rank; n < len(m); n++ {
			if math.Abs(m[n][c]) > 1e-9 && (best < 0 || math.Abs(m[n][c]) > math.Abs(m[best][c])) {
				best = n
			}
		}
		if best < 0 {
			continue
		}
		m[rank], m[best] = m[best], m[rank]
		for n := rank + 1; n < len(m); n++ {
			f := m[n][c] / m[rank][c]
			for k := c; k < len(m[n]); k++ {
				m[n][k] -= f * m[rank][k]
			}
		}
		rank++
	}
	return rank
}

// without leaves out atoms of which there is nothing to tell, so that a difference
// of rows is the same with and without them.
func (l *ledger) without(people []int) *ledger {
	for a, n := range people {
		for _, row := range l.told {
			if n == 0 {
				row[a] = 0
			}
		}
	}
	return l
}

// leak looks for a group of teams of fewer than five people, or a single such
// team, of which the sum can be worked out. people are those of each atom.
func (l *ledger) leak(t *testing.T, people []int) {
	t.Helper()
	for set := uint(1); set < 1<<l.atoms; set++ {
		row, n := make([]float64, l.atoms), 0
		for a := range l.atoms {
			if set>>a&1 != 0 {
				row[a] = 1
				n += people[a]
			}
		}
		if n < work.LeastPeople && rank([][]float64{row}) > 0 && l.finds(row) {
			t.Errorf("%s: %0*b, of %d people in %d teams, can be worked out from %v", l.measure, l.atoms, bits.Reverse(set)>>(bits.UintSize-l.atoms), n, bits.OnesCount(set), l.labels)
		}
	}
}

// told reports whether an estimate tells anything.
func told(e stats.Estimate) bool { return e.Known() || e.N > 0 }

// circumstances are organisations with small teams: people and pace of each.
var circumstances = map[string][][2]int{
	"one of one":                {{1, 1}, {6, 2}, {7, 2}, {9, 2}},
	"one of two":                {{6, 2}, {2, 1}, {7, 2}},
	"one of four":               {{8, 2}, {4, 2}, {5, 2}, {7, 2}},
	"two small":                 {{3, 1}, {7, 2}, {2, 1}, {8, 2}},
	"two of two":                {{2, 1}, {7, 2}, {2, 1}, {8, 2}},
	"all small":                 {{3, 1}, {4, 2}, {2, 1}, {4, 1}},
	"four alone":                {{2, 1}, {2, 1}},
	"small beside one":          {{3, 1}, {9, 3}},
	"nobody's team":             {{0, 1}, {7, 2}, {6, 2}, {3, 1}},
	"nobody's team, none small": {{0, 1}, {7, 2}, {6, 2}},
	"equal":                     {{5, 2}, {5, 2}, {4, 2}, {5, 2}},
}

// scene is an organisation and the people that its teams really have.
type scene struct {
	*Moment
	w      *assembletest.World
	people []int // by position in the rules, of those who did anything in the year
	all    []int
}

func newScene(t *testing.T, crews [][2]int, members bool) *scene {
	t.Helper()
	w := assembletest.Build(t, 3, 56, crews...)
	if !members {
		for n := range w.Rules.Teams {
			w.Rules.Teams[n].Members = nil
		}
	}
	res := w.Assemble(t, 1)
	s := &scene{Moment: At(res.Org, Options{Until: w.AsOf + 1, Weeks: 26}), w: w}
	year := s.Homes.People(s.Year.Window.From(), s.Year.Window.To())
	for n := range crews {
		s.people = append(s.people, year[n+2])
		s.all = append(s.all, n)
	}
	return s
}

func (s *scene) ledger(measure string) *ledger {
	return &ledger{measure: measure, atoms: len(s.people)}
}

// of are the atoms of teams.
func of(teams ...work.TeamID) []int {
	var out []int
	for _, t := range teams {
		if t > work.Several {
			out = append(out, int(t)-2)
		}
	}
	return out
}

// rows tells the rows of a measure by team.
func (s *scene) rows(l *ledger, org stats.Estimate, teams []stats.Estimate, others stats.Estimate, folded []work.TeamID) *ledger {
	if told(org) {
		l.tell("organisation", s.all...)
	}
	for t, e := range teams {
		if told(e) && t > int(work.Several) {
			l.tell(s.View.Teams[t].Name, of(work.TeamID(t))...)
		}
	}
	if told(others) {
		l.tell("others", of(folded...)...)
	}
	return l
}

// Whatever the organisation's teams, no measure about people can be worked out, from
// all its rows together, for fewer than five people.
func TestSmallTeamsCannotBeWorkedOut(t *testing.T) {
	for name, crews := range circumstances {
		for _, members := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, members %t", name, members), func(t *testing.T) {
				t.Parallel()
				s := newScene(t, crews, members)
				for _, l := range s.ledgers() {
					l.leak(t, s.people)
				}
				s.pairs(t)
			})
		}
	}
}

// ledgers are those of all measures about people, by team.
func (s *scene) ledgers() []*ledger {
	loads := s.Load
	// The work in progress of a team is told of all teams, and the ties of people are
	// of their own team: a team without anybody adds nothing to these.
	out := []*ledger{
		s.rows(s.ledger("F7"), loads.Org, loads.Teams, loads.Others, loads.Folded).without(s.people),
		s.rows(s.ledger("I8"), s.Undeclared.Org, s.Undeclared.Teams, s.Undeclared.Others, s.Undeclared.Folded),
		s.rows(s.ledger("touch-free"), s.TouchFree.Org, s.TouchFree.Teams, s.TouchFree.Others, s.TouchFree.Folded),
	}
	focus := s.ledger("A4 to A8")
	for _, r := range s.Focus.Rows {
		switch {
		case r.All:
			focus.tell("organisation", s.all...)
		case r.Others:
			focus.tell("others", of(s.Focus.Folded...)...)
		default:
			focus.tell(s.View.Teams[r.Team].Name, of(r.Team)...)
		}
	}
	out = append(out, focus, s.heads())
	for _, k := range []independence.Kind{independence.People, independence.HandOffs, independence.Talks} {
		l := s.ledger(k.String())
		tells := func(x independence.Index) bool { return told(x.OII) || x.People > 0 || x.Part > 0 || x.Chance > 0 }
		if tells(s.Indep.Org.Lenses[k]) {
			l.tell("organisation", s.all...)
		}
		for t, r := range s.Indep.Teams {
			if t > int(work.Several) && tells(r.Lenses[k]) {
				l.tell(s.View.Teams[t].Name, of(work.TeamID(t))...)
			}
		}
		if tells(s.Indep.Others.Lenses[k]) {
			l.tell("others", of(s.Indep.Folded[k]...)...)
		}
		out = append(out, l.without(s.people))
	}
	return append(out, s.received().without(s.people))
}

// heads are the head counts of tables focus and teams together.
func (s *scene) heads() *ledger {
	l := s.ledger("people and contributors")
	for _, r := range s.Focus.Rows {
		switch {
		case r.All:
			l.tell("people of all", s.all...)
		case r.Others:
			l.tell("people of others", of(s.Focus.Folded...)...)
		default:
			l.tell("people of "+s.View.Teams[r.Team].Name, of(r.Team)...)
		}
	}
	c := s.Contributors
	if told(c.Org) {
		l.tell("contributors of all", s.all...)
	}
	for t, e := range c.Teams {
		if told(e) {
			l.tell("contributors of "+s.View.Teams[t].Name, of(work.TeamID(t))...)
		}
	}
	if told(c.Others) {
		l.tell("contributors of others", of(c.Folded...)...)
	}
	return l
}

// Three of the six people of the first team go to the second one in the last weeks.
// Over the year no team is small, so that no measure of the year folds any; of the
// people at the end three are left, who are told with the next smallest team: how
// many contribute there must not be told, since the rest of the group would be.
func TestHeadsOfTwoTablesCannotBeWorkedOut(t *testing.T) {
	w := assembletest.Build(t, 3, 56, [][2]int{{6, 2}, {7, 2}, {8, 2}, {5, 2}}...)
	first, second := &w.Rules.Teams[0], &w.Rules.Teams[1]
	gone := w.AsOf - 14*fact.Day
	for n := range 3 {
		m := &first.Members[n]
		m.Until = gone
		second.Members = append(second.Members, assemble.Member{Person: m.Person, From: gone, Share: 1})
	}
	s := &scene{Moment: At(w.Assemble(t, 1).Org, Options{Until: w.AsOf + 1, Weeks: 26}), w: w, people: []int{3, 10, 8, 5}, all: []int{0, 1, 2, 3}}
	if slices.Contains(s.Folded, true) || len(s.Focus.Folded) != 2 {
		t.Fatalf("folded over the year %v, in table focus %v", s.Folded, s.Focus.Folded)
	}
	if c := s.Contributors; !c.Org.Known() || !c.Teams[work.Several+2].Known() || !c.Others.Known() {
		t.Errorf("contributors %+v", s.Contributors)
	}
	s.heads().leak(t, s.people)
}

func (s *scene) asked() *requests.Analysis {
	return requests.Analyse(s.Shown.Cut, s.Homes, nil)
}

// received is the requests by who receives them.
func (s *scene) received() *ledger {
	l, a := s.ledger("requests received"), s.asked()
	if r := a.Org(); r.Asked > 0 || told(r.Wait) {
		l.tell("organisation", s.all...)
	}
	for _, r := range a.Receivers() {
		l.tell(fmt.Sprint("group ", r.Receiving), of(a.Groups[r.Receiving].Teams...)...)
	}
	return l
}

// pairs checks requests between pairs of groups: neither what a small team asked or
// received, of all or of one team, may be worked out. And the pairs of teams that
// are coupled without a link are of teams of five people.
func (s *scene) pairs(t *testing.T) {
	a, n := s.asked(), len(s.people)
	l := &ledger{measure: "requests between", atoms: n * n}
	cross := func(asking, receiving []int) []int {
		var out []int
		for _, x := range asking {
			for _, y := range receiving {
				if x != y {
					out = append(out, x*n+y)
				}
			}
		}
		return out
	}
	group := func(k int) []int {
		if k < 0 {
			return s.all
		}
		return of(a.Groups[k].Teams...)
	}
	if r := a.Org(); r.Asked > 0 {
		l.tell("organisation", cross(s.all, s.all)...)
	}
	for _, r := range slices.Concat(a.Receivers(), a.Pairs()) {
		l.tell(fmt.Sprint(r.Asking, "→", r.Receiving), cross(group(r.Asking), group(r.Receiving))...)
	}
	for team, people := range s.people {
		if people >= work.LeastPeople || people == 0 { // nobody asks or answers
			continue
		}
		for _, set := range [][]int{cross([]int{team}, s.all), cross(s.all, []int{team})} {
			row := make([]float64, n*n)
			for _, k := range set {
				row[k] = 1
			}
			if l.finds(row) {
				t.Errorf("requests of or to %s, of %d people, can be worked out from %v", s.w.Keys[team], people, l.labels)
			}
		}
	}
	for _, p := range s.Undeclared.Pairs {
		if s.people[p.A-2] < work.LeastPeople || s.people[p.B-2] < work.LeastPeople {
			t.Errorf("the pair %s and %s is listed, of %d and %d people", s.View.Teams[p.A].Name, s.View.Teams[p.B].Name, s.people[p.A-2], s.people[p.B-2])
		}
	}
}
