package work

import "smokestack/analysis/fact"

// StartRule tells what an item's start was taken from.
type StartRule uint8

// The rules, in order of use: a status, else the earliest of the others
// (METRICS section 0). Code is a pull request that carries the item or a commit
// that names it. Assignment and sprint are weak.
const (
	StartNone StartRule = iota
	StartStatus
	StartWorklog
	StartCode
	StartAssigned
	StartSprint
	startRules
)

// StartRules lists the rules that find a start.
var StartRules = [...]StartRule{StartStatus, StartWorklog, StartCode, StartAssigned, StartSprint}

func (r StartRule) String() string {
	return [...]string{"none", "status", "worklog", "code", "assignment", "sprint"}[min(r, StartSprint)]
}

// Weak reports whether the rule shows an intention rather than work.
func (r StartRule) Weak() bool { return r == StartAssigned || r == StartSprint }

// Life is when an item was begun and left.
type Life struct {
	Start Instant   // 0 if it is not begun, or nobody knows when
	Exit  Instant   // 0 while it is open
	Rule  StartRule // what Start was taken from
	End   State     // Done, Dropped; Unknown while it is open
}

// Begun reports whether the start is known.
func (l Life) Begun() bool { return l.Rule != StartNone }

// Lives returns the life of every item, by ItemID:
//
//	exit   the beginning of the last stretch of Done and Dropped, if it lasts
//	end    what that stretch ends as
//	start  the first entry into a started state; else the earliest of worklog, code,
//	       assignment after creation and start of its sprint, if before the exit
//
// The start of an item whose history is missing or cut is not known: what came
// before the cut may have held it.
func (v View) Lives() []Life {
	out := make([]Life, v.Items.Len())
	for i := range out {
		if v.Has(ItemID(i)) {
			out[i] = v.life(ItemID(i))
		}
	}
	return out
}

func (v View) life(i ItemID) Life {
	var l Life
	from, val := v.States.Of(i)
	for k, state := range val {
		if from[k] > v.T {
			break
		}
		switch {
		case !state.Ended():
			l.Exit, l.End = 0, Unknown
			if state.Started() && !l.Begun() {
				l.Start, l.Rule = from[k], StartStatus
			}
		case l.Exit == 0:
			l.Exit, l.End = from[k], state
		default:
			l.End = state
		}
	}
	if !v.PastKnown(i) {
		l.Start, l.Rule = 0, StartNone
		v.codeSign(i, &l)
		return l
	}
	if !l.Begun() {
		v.sign(i, &l)
	}
	return l
}

// PastKnown reports whether the states of an item are known from its creation
// on: a history that is missing, cut or begins with a status without a meaning
// may hide its start.
func (v View) PastKnown(i ItemID) bool {
	_, val := v.States.Of(i)
	return len(val) > 0 && val[0] != Unknown
}

// sign looks for the earliest other sign of work.
func (v View) sign(i ItemID, l *Life) {
	try := func(at Instant, rule StartRule) {
		known := at != 0 && at <= v.T && (l.Exit == 0 || at < l.Exit)
		if known && (!l.Begun() || at < l.Start) {
			l.Start, l.Rule = at, rule
		}
	}
	try(v.Items.Logged[i], StartWorklog)
	try(v.Items.Coded[i], StartCode)
	v.Carried(i, func(p *Pull) {
		if !v.Bots[p.Creator] { // what a bot opens shows no work, as what it logs
			try(v.begun(i, p), StartCode)
		}
	})
	try(v.Items.Assigned[i], StartAssigned)
	try(v.Items.Sprinted[i], StartSprint)
}

// codeSign finds the start of an issue whose repository tells no history: there
// is no status that the past could hide, so that code shows when work began.
func (v View) codeSign(i ItemID, l *Life) {
	if v.Items.Class[i] != fact.ClassIssue || v.Items.History[i] != fact.NoHistory || !fact.IsRepository(v.Projects[v.Project(i)].Key) {
		return
	}
	v.Carried(i, func(p *Pull) {
		if at := v.begun(i, p); at != 0 && at <= v.T && (l.Exit == 0 || at < l.Exit) && (!l.Begun() || at < l.Start) {
			l.Start, l.Rule = at, StartCode
		}
	})
}

// begun returns when work on an item began, as a pull request shows that carries
// it: with the oldest commit, or with the pull request itself; at the earliest
// when the item was written down.
func (v View) begun(i ItemID, p *Pull) Instant {
	at := v.Items.Created[p.Item]
	if p.Begun != 0 {
		at = min(at, p.Begun)
	}
	return max(at, v.Items.Created[i])
}
