package assemble

import (
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// An open issue is in the furthest of its columns; closing it ends it, a column
// at the end does not.
func TestColumnsAsStates(t *testing.T) {
	rules := Rules{Statuses: map[string]work.State{"review": work.Wait}}
	for _, c := range []struct{ name, events, want string }{
		{"none", "", "0 queue"},
		{"in a queue", "; 2 column Todo", "0 queue"},
		{"begun", "; 2 column Todo; 3 column \"In Progress\"; 5 column Todo", "0 queue; 3 active; 5 queue"},
		{"waiting", "; 2 column \"In Progress\"; 3 column Review; 4 column \"In Progress\"", "0 queue; 2 active; 3 wait; 4 active"},
		{"a column at the end leaves it as it was", "; 2 column \"In Progress\"; 3 column Done; 6 done", "0 queue; 2 active; 6 done"},
		{"and begins nothing", "; 3 column Done; 6 done", "0 queue; 6 done"},
		{"closed from a column", "; 2 column \"In Progress\"; 6 drop", "0 queue; 2 active; 6 dropped"},
		{"opened again", "; 2 column \"In Progress\"; 6 done; 8 todo", "0 queue; 2 active; 6 done; 8 active"},
		{"moved while closed", "; 2 column \"In Progress\"; 6 done; 7 column Todo; 8 todo", "0 queue; 2 active; 6 done; 8 queue"},
		{"off the board", "; 2 column \"In Progress\"; 4 column -", "0 queue; 2 active; 4 queue"},
		{"a column without a meaning", "; 2 column \"In Progress\"; 4 column Limbo", "0 queue; 2 active; 4 queue"},
		{"two boards: the furthest", "; 2 column Review on P; 3 column \"In Progress\" on Q; 4 column Review on Q; 5 column - on P; 6 column - on Q", "0 queue; 2 wait; 3 active; 4 wait; 6 queue"},
		{"any case", "; 2 column \"IN PROGRESS\"; 3 column review", "0 queue; 2 active; 3 wait"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, rules, "acme/shop#1 bug: 0 created"+c.events)
			if got := o.states("acme/shop#1"); got != c.want || o.Org.Coverage.BoardsDisagree != 0 {
				t.Errorf("%s, %d disagree\nwant %s", got, o.Org.Coverage.BoardsDisagree, c.want)
			}
		})
	}
	// A pull request is active on its own account: its columns say nothing.
	o := tell(t, rules, "acme/web#1 pull: 0 created; 2 column Todo; 3 column Review")
	if got := o.states("acme/web#1"); got != "0 active" {
		t.Errorf("a pull request: %s", got)
	}
}

// The present columns are the last word, since the last update: trackers have
// lost events of boards.
func TestColumnsWhereHistoryAndPresentDiffer(t *testing.T) {
	s := parse(t, "acme/shop#1 bug: 0 created; 2 column \"In Progress\" on P; 9 comment 4")
	column := func(project, status string) fact.Named { return fact.Named{ID: project, Name: status} }
	for _, c := range []struct {
		name     string
		now      []fact.Named
		history  fact.Completeness
		want     string
		disagree int
	}{
		{"agree", []fact.Named{column("P", "in progress")}, fact.WholeHistory, "0 queue; 2 active", 0},
		{"another column", []fact.Named{column("P", "Todo")}, fact.WholeHistory, "0 queue; 2 active; 9 queue", 1},
		{"gone", nil, fact.WholeHistory, "0 queue; 2 active; 9 queue", 0},
		{"another board", []fact.Named{column("P", "In Progress"), column("Q", "In Progress")}, fact.WholeHistory, "0 queue; 2 active", 1},
		{"a cut history owes nothing", []fact.Named{column("P", "Todo")}, fact.CutHistory, "0 unknown; 2 active; 9 queue", 0},
		{"no history", []fact.Named{column("P", "In Progress")}, fact.NoHistory, "0 unknown; 9 active", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			records := s.Facts()
			r := records[0]
			r.Columns, r.History.State = c.now, c.history
			if c.history == fact.NoHistory {
				r.Changes = nil
			}
			o := assembled(t, Rules{}, s, records)
			cover := o.Org.Coverage
			if got := o.states("acme/shop#1"); got != c.want || cover.Boards != len(c.now) || cover.BoardsDisagree != c.disagree {
				t.Errorf("%s; %d boards, %d disagree\nwant %s; %d, %d", got, cover.Boards, cover.BoardsDisagree, c.want, len(c.now), c.disagree)
			}
		})
	}
	// An issue that was closed without an event has a history of boards all the same.
	records := s.Facts()
	r := records[0]
	r.Status, r.Resolved = fact.Named{ID: "closed", Name: "Closed"}, s.Day(9)
	o := assembled(t, Rules{}, s, records)
	if got := o.states("acme/shop#1"); got != "0 unknown; 9 done" || o.Org.Coverage.BoardsDisagree != 0 || o.Org.Coverage.ClosedSilently != 1 {
		t.Errorf("closed silently: %s; %+v", got, o.Org.Coverage)
	}
}

// Statuses of boards without a meaning are counted like any others.
func TestCoverageOfColumns(t *testing.T) {
	o := tell(t, Rules{}, "acme/shop#1 bug: 0 created; 1 column Limbo; 2 column Todo; 3 column Limbo\nacme/shop#2 bug: 0 created; 1 column \"In Progress\"")
	c := o.Org.Coverage
	if c.UnmappedStatus["Limbo"] != 1 || len(c.UnmappedStatus) != 1 || c.Boards != 2 {
		t.Errorf("%d boards, unmapped %v", c.Boards, c.UnmappedStatus)
	}
	if c.GuessedStatus["In Progress"] == 0 || c.GuessedStatus["Todo"] == 0 {
		t.Errorf("guessed %v", c.GuessedStatus)
	}
}
