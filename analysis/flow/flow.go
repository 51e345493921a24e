// Package flow measures how work moves: how long items take, how many are in
// progress, how old they are, how many leave, and how far the data can be
// trusted to say so.
//
// Definitions are those of the Kanban Guide: cycle time runs from start to
// finish, lead time from creation to finish, work in progress is what has been
// started and not left. Durations are elapsed days. What counts as a start is
// decided per item and recorded ([work.StartRule]).
//
// Every measure is a function of one slice of a window's work, so that a new
// one is a function here and a column in the report. A slice has a window of its
// own: that of a team begins after its last reorganisation.
package flow

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"smokestack/analysis/fact"
	"smokestack/analysis/stats"
	"smokestack/analysis/work"
)

// Coverage from which starts are good enough, as shares of finishes.
const (
	strongEnough = 0.6 // strong starts, to leave the weak ones out
	startsEnough = 0.6 // starts of any kind, to measure durations at all
)

// Analysis is the flow of one window.
type Analysis struct {
	*work.Cut
	org    Starts               // of the organisation
	stocks stocks               // how work in progress is counted
	bulk   []bool               // by ItemID: started or left by a bulk edit
	linked map[work.ItemID]bool // items with a dependency that stands

	mu     sync.Mutex
	cycles map[whose]Cycle // those that were asked for
}

// whose is a row and the starts that count for it.
type whose struct {
	all  bool
	team work.TeamID
	rule Rule
}

// Analyse prepares the flow of windows of work, all cut from one view. The
// first should be that of level rules, 52 weeks (METRICS section 0): which
// starts count for what is in progress at some time is decided there, for all
// windows, so that no two numbers about the same items contradict each other.
func Analyse(level *work.Cut, others ...*work.Cut) []*Analysis {
	first := &Analysis{Cut: level, bulk: bulkEdits(level.View), linked: linked(level.View)}
	first.org = first.Starts(&level.Org)
	first.judge()
	out := []*Analysis{first}
	for _, c := range others {
		a := &Analysis{Cut: c, stocks: first.stocks, bulk: first.bulk, linked: first.linked}
		a.org = a.Starts(&c.Org)
		out = append(out, a)
	}
	return out
}

// AnalyseAgain prepares the flow of one more window with the level of its own, of
// the view that another analysis has looked through.
func AnalyseAgain(like *Analysis, level *work.Cut) *Analysis {
	a := &Analysis{Cut: level, bulk: like.bulk, linked: like.linked}
	a.org = a.Starts(&level.Org)
	a.judge()
	return a
}

// Starts says how well the starts of a slice's finished items are known.
type Starts struct {
	Finished int
	ByRule   map[work.StartRule]int // StartNone among them
	Strong   int                    // by a rule that shows work
	Past     int                    // of those without a start, items whose history does not tell their beginning

	reorganised bool // so late that the slice has no week
}

// Starts counts the rules by which the starts of the finished items were found.
func (a *Analysis) Starts(s *work.Slice) Starts {
	out := Starts{Finished: len(s.Finished), ByRule: map[work.StartRule]int{}, reorganised: s.Reorganised()}
	for _, i := range s.Finished {
		rule := a.Lives[i].Rule
		out.ByRule[rule]++
		switch {
		case rule == work.StartNone && !a.View.PastKnown(i):
			out.Past++
		case rule != work.StartNone && !rule.Weak():
			out.Strong++
		}
	}
	return out
}

// None returns the share of finishes without a start by any rule (DQ1); NaN
// where nothing finished.
func (s Starts) None() float64 { return share(s.ByRule[work.StartNone], s.Finished) }

// Enough reports whether strong starts cover 60 % of finishes, so that they
// count alone; false where nothing finished.
func (s Starts) Enough() bool { return share(s.Strong, s.Finished) >= strongEnough }

// Rule says which starts count in a slice.
type Rule uint8

// The rules. Strong starts count alone where they cover 60 % of finishes; where
// nothing finished to judge that by, the organisation's finishes decide, and
// where there are none either, every start is better than none.
const (
	StrongAlone Rule = iota
	WeakToo          // strong ones cover less than 60 % of the slice's finishes
	WeakByOrg        // nothing finished in the slice, and WeakToo holds for the organisation
	WeakForAll       // nothing finished at all
)

// Weak reports whether weak starts count too.
func (r Rule) Weak() bool { return r != StrongAlone }

// rule decides which starts count in a slice, by its finished items or else
// those of the organisation.
func (s Starts) rule(org Starts) Rule {
	switch {
	case s.Enough(), s.Finished == 0 && org.Enough():
		return StrongAlone
	case s.Finished > 0:
		return WeakToo
	case org.Finished > 0:
		return WeakByOrg
	}
	return WeakForAll
}

// counts reports whether the start of an item counts under a rule.
func (a *Analysis) counts(i work.ItemID, r Rule) bool {
	l := a.Lives[i]
	return l.Begun() && (r.Weak() || !l.Rule.Weak())
}

// Reasons why durations and stocks cannot be told. They hold no counts, so that
// equal reasons of many rows read as one.
const (
	whyNothing   = "nothing finished in the window"
	whyNoHistory = "no history that tells when items began"
	whyNoStart   = "fewer than 60 % of what finished has a known start: most was never in progress"

	whyReorganised = "the team was reorganised within the window's last week"
)

// unless returns why a slice tells nothing of its weeks: it has none, or else
// the reason given.
func unless(s *work.Slice, why string) string {
	if s.Reorganised() {
		return whyReorganised
	}
	return why
}

// gate returns why durations cannot be told, "" where they can.
func (s Starts) gate() string {
	switch {
	case s.reorganised:
		return whyReorganised
	case s.Finished == 0:
		return whyNothing
	case 1-s.None() >= startsEnough:
		return ""
	case s.Past == s.ByRule[work.StartNone]:
		return whyNoHistory
	}
	return whyNoStart
}

func share(part, whole int) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}

// Cycle is the distribution of cycle times (F1) of a slice.
type Cycle struct {
	curve    stats.Survival
	why      string
	coverage float64
	Weak     bool // weak starts are among them
	Bulk     int  // items left out because a bulk edit moved them
}

// Why says why no cycle time can be told, "" where one can: too few starts are
// known.
func (c Cycle) Why() string { return c.why }

// Exits returns how many items left in the window and count.
func (c Cycle) Exits() int { return c.curve.Events() }

// Cycle estimates the time from start to exit, finished or dropped, by
// Kaplan-Meier: items that are still open count with their age so far, and
// items that were open when the window began count from the age that they had
// then. Items moved by bulk edits are left out (DQ4). Which starts count is
// judged by the finishes of this window.
func (a *Analysis) Cycle(s *work.Slice) Cycle { return a.cycle(s, a.Starts(s).rule(a.org)) }

// cycle makes the curve of a row once, for all who ask for a quantile.
func (a *Analysis) cycle(s *work.Slice, r Rule) Cycle {
	if s != &a.Org && (s.All || int(s.Team) >= len(a.Teams) || s != &a.Teams[s.Team]) {
		return a.newCycle(s, r) // of a part of a row
	}
	key := whose{s.All, s.Team, r}
	a.mu.Lock()
	c, ok := a.cycles[key]
	a.mu.Unlock()
	if ok {
		return c
	}
	c = a.newCycle(s, r)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cycles == nil {
		a.cycles = map[whose]Cycle{}
	}
	a.cycles[key] = c
	return c
}

func (a *Analysis) newCycle(s *work.Slice, r Rule) Cycle {
	w := a.watch(s, r)
	spells := make([]stats.Spell, len(w.spells))
	for k, sp := range w.spells {
		spells[k] = stats.Spell{Entry: sp.Entry, Exit: sp.Exit, Event: sp.Cause != 0}
	}
	return Cycle{
		curve: stats.KaplanMeier(spells), why: a.Starts(s).gate(),
		coverage: share(w.finished, len(s.Finished)), Weak: w.weak, Bulk: w.bulk,
	}
}

// CycleBy estimates cycle times from the starts of one rule alone.
func (a *Analysis) CycleBy(s *work.Slice, rule work.StartRule) Cycle {
	var spells []stats.Spell
	used := 0
	for _, list := range [][]work.ItemID{s.Finished, s.Dropped, s.Begun, s.Lapsed} {
		for _, i := range list {
			if l := a.Lives[i]; l.Rule == rule && !a.bulk[i] {
				spells = append(spells, a.spell(s, i))
				if l.End == work.Done {
					used++
				}
			}
		}
	}
	return Cycle{curve: stats.KaplanMeier(spells), why: unless(s, ""), coverage: share(used, len(s.Finished)), Weak: rule.Weak()}
}

// spell is the time for which an item was seen in progress within the slice's
// window, on its own clock.
func (a *Analysis) spell(s *work.Slice, i work.ItemID) stats.Spell {
	l := a.Lives[i]
	sp := stats.Spell{Entry: math.Inf(-1), Exit: fact.Days(l.Start, a.View.KnownUntil(i, s.Window.To()))}
	if l.Exit != 0 {
		sp.Exit, sp.Event = fact.Days(l.Start, l.Exit), true
	}
	if l.Start < s.Window.From() {
		sp.Entry = fact.Days(l.Start, s.Window.From()-1) // what leaves as the window begins leaves within it
	}
	return sp
}

// Quantile returns the time within which a share p of items left. N is the
// number of exits.
func (c Cycle) Quantile(p float64) stats.Estimate {
	if c.why != "" {
		return stats.Unknown(c.curve.Events(), c.why)
	}
	return c.curve.Quantile(p).WithCoverage(c.coverage)
}

// Lead returns a quantile of the lead time (F2) of finished items: from
// creation to finish. N is the number of finishes.
func (a *Analysis) Lead(s *work.Slice, p float64) stats.Estimate {
	days := make([]float64, len(s.Finished))
	for k, i := range s.Finished {
		days[k] = fact.Days(a.View.Items.Created[i], a.Lives[i].Exit)
	}
	if len(days) == 0 {
		return stats.Unknown(0, unless(s, whyNothing))
	}
	return stats.QuantileEstimate(days, p).WithCoverage(1)
}

// stock is how work in progress of one row is counted, judged over the weeks of
// level rules.
type stock struct {
	rule  Rule
	why   string  // why items in progress cannot be counted
	known float64 // share of finishes whose start is known
}

type stocks struct {
	org   stock
	teams []stock // by TeamID
}

// judge decides how the work in progress of every row is counted.
func (a *Analysis) judge() {
	a.stocks = stocks{org: a.stockOf(&a.Org), teams: make([]stock, len(a.Teams))}
	for t := range a.Teams {
		a.stocks.teams[t] = a.stockOf(&a.Teams[t])
	}
}

func (a *Analysis) stockOf(s *work.Slice) stock {
	st := a.Starts(s)
	return stock{rule: st.rule(a.org), why: a.stockGate(s, st), known: 1 - st.None()}
}

// whyEnded says that nothing is known any more of most of what was open.
const whyEnded = "what is known of most of it ends before these weeks do"

// nowGate returns why items in progress at the window's end cannot be counted.
func (a *Analysis) nowGate(s *work.Slice) string {
	if why := a.stock(s).why; why != "" {
		return why
	}
	if share(s.Unknown, s.Unknown+len(s.Begun)+s.Waiting) > 1-startsEnough {
		return whyEnded
	}
	return ""
}

// stockGate returns why items in progress cannot be counted: too many starts
// are not known. Where nothing finished to judge that by, the histories of what
// is open or was dropped decide.
func (a *Analysis) stockGate(s *work.Slice, st Starts) string {
	if st.Finished > 0 { // so that the slice has a week
		why := st.gate()
		if why == whyNoStart {
			why = "over " + weeks(s.Window) + " " + why
		}
		return why
	}
	pastless, n := s.Pastless, len(s.Begun)+s.Waiting+s.Unknown+len(s.Dropped)
	for _, i := range s.Dropped {
		if !a.View.PastKnown(i) {
			pastless++
		}
	}
	if share(pastless, n) > 1-startsEnough {
		return whyNoHistory
	}
	return ""
}

func weeks(w work.Window) string {
	if w.Weeks() == 1 {
		return "1 week"
	}
	return fmt.Sprintf("%d weeks", w.Weeks())
}

// stock returns how work in progress of a slice is counted.
func (a *Analysis) stock(s *work.Slice) stock {
	if s.All {
		return a.stocks.org
	}
	return a.stocks.teams[s.Team]
}

// Stock returns which items count as in progress for a slice, and why they
// cannot be counted, "" where they can: the decision behind WIP, for those who
// count at other times.
func (a *Analysis) Stock(s *work.Slice) (counts func(work.ItemID) bool, why string) {
	how := a.stock(s)
	return func(i work.ItemID) bool { return a.counts(i, how.rule) }, a.nowGate(s)
}

// begun returns the items in progress at the window's end, by the starts that
// count for the slice: where strong ones suffice, an item that was assigned and
// lies in a queue is not in progress.
func (a *Analysis) begun(s *work.Slice) []work.ItemID {
	r := a.stock(s).rule
	if r.Weak() {
		return s.Begun
	}
	return slices.DeleteFunc(slices.Clone(s.Begun), func(i work.ItemID) bool { return !a.counts(i, r) })
}

// everBegun returns how many items were in progress at some time of the window,
// by the starts that count, and how many of them by a weak one.
func (a *Analysis) everBegun(s *work.Slice) (n, weak int) {
	r := a.stock(s).rule
	for _, list := range [][]work.ItemID{s.Finished, s.Dropped, s.Begun, s.Lapsed} {
		for _, i := range list {
			if a.counts(i, r) {
				n++
				if a.Lives[i].Rule.Weak() {
					weak++
				}
			}
		}
	}
	return n, weak
}

// WIP returns the work in progress (F3), averaged over the window's time. N is
// the number of items that were in progress at some time.
func (a *Analysis) WIP(s *work.Slice) stats.Estimate {
	n, _ := a.everBegun(s)
	how := a.stock(s)
	if why := unless(s, how.why); why != "" {
		return stats.Unknown(n, why)
	}
	progress := s.Progress
	if !how.rule.Weak() {
		progress -= s.WeakProgress
	}
	span := s.Window.To() - s.Window.From()
	if s.Known != 0 {
		span = s.Known - s.Window.From()
	}
	if span <= 0 {
		return stats.Unknown(n, whyEnded)
	}
	return stats.Census(float64(progress)/float64(span), n).WithCoverage(how.known)
}

// WIPNow returns the items in progress at the window's end.
func (a *Analysis) WIPNow(s *work.Slice) stats.Estimate {
	n := len(a.begun(s))
	if why := a.nowGate(s); why != "" {
		return stats.Unknown(n, why)
	}
	return stats.Census(float64(n), n)
}

// WeakWIP returns by which rule there are weak starts among the items of WIP;
// StrongAlone where there are none.
func (a *Analysis) WeakWIP(s *work.Slice) Rule {
	if _, weak := a.everBegun(s); weak == 0 && s.WeakProgress == 0 {
		return StrongAlone
	}
	return a.stock(s).rule
}

// WeakNow is WeakWIP for the items of WIPNow and Age.
func (a *Analysis) WeakNow(s *work.Slice) Rule {
	if !slices.ContainsFunc(a.begun(s), func(i work.ItemID) bool { return a.Lives[i].Rule.Weak() }) {
		return StrongAlone
	}
	return a.stock(s).rule
}

// Age returns a quantile of the age (F4) of the items in progress at the
// window's end. N is their number; all of them count, so there is no interval.
func (a *Analysis) Age(s *work.Slice, p float64) stats.Estimate {
	begun := a.begun(s)
	if why := a.nowGate(s); why != "" {
		return stats.Unknown(len(begun), why)
	}
	if len(begun) == 0 {
		return stats.Unknown(0, "nothing is in progress")
	}
	days := make([]float64, len(begun))
	for k, i := range begun {
		days[k] = fact.Days(a.Lives[i].Start, a.Window.To())
	}
	return stats.Census(stats.Quantile(days, p), len(days))
}

// Throughput returns the finishes a week (F5). N is the number of finishes.
//
// Weeks after the end of what is known of all its items are left out.
func (a *Analysis) Throughput(s *work.Slice) stats.Estimate {
	return a.exitRate(s, s.Finished)
}

// Drops returns the items dropped a week, beside Throughput. N is their number.
func (a *Analysis) Drops(s *work.Slice) stats.Estimate { return a.exitRate(s, s.Dropped) }

func (a *Analysis) exitRate(s *work.Slice, items []work.ItemID) stats.Estimate {
	known := knownWeeks(s)
	if known == 0 {
		return stats.Unknown(0, unless(s, whyEnded))
	}
	return stats.WeeklyRate(a.Weekly(s, items)[:known]).WithCoverage(1)
}

// knownWeeks returns how many weeks of a slice's window had ended when what is
// known of all its items did.
func knownWeeks(s *work.Slice) int {
	known := s.Window.Weeks()
	for s.Known != 0 && known > 0 && s.Window.Bounds[known] > s.Known+1 {
		known--
	}
	return known
}

// Weekly counts items of a slice by the week of its window in which they left.
func (a *Analysis) Weekly(s *work.Slice, items []work.ItemID) []int {
	counts := make([]int, s.Window.Weeks())
	for _, i := range items {
		if exit := a.Lives[i].Exit; s.Window.Holds(exit) {
			counts[s.Window.Week(exit)]++
		}
	}
	return counts
}
