package assemble

import (
	"maps"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

const site = "https://tracker.example"

func status(id, name, category string, seen fact.Instant) fact.Term {
	return fact.Term{Site: site, Kind: fact.TermStatus, ID: id, Name: name, Category: category, Seen: seen}
}

// stateOf is the state of an item that was created in a status, and if that is
// done in the same moment resolved.
func stateOf(t *testing.T, rules Rules, terms []fact.Term, status fact.Named, resolution string) (work.State, work.Coverage) {
	t.Helper()
	r := &fact.Record{
		Site: site, ID: "1", Key: "A-1", Created: 1, Updated: 1, Status: status,
		Resolution: fact.Named{Name: resolution}, History: fact.History{State: fact.WholeHistory},
	}
	res, err := Assemble(rules, fact.Vocabulary{}.Add(terms...), []*fact.Record{r})
	if err != nil {
		t.Fatal(err)
	}
	return res.Org.At(fact.Never).State(0), res.Org.Coverage
}

func TestStateOfAStatus(t *testing.T) {
	terms := []fact.Term{
		status("1", "Waiting room", "new", 1),
		status("2", "Making", "indeterminate", 1),
		status("3", "Shipped", "done", 1),
		status("4", "Blocked by vendor", "indeterminate", 1),
		status("5", "On Hold", "indeterminate", 1),
		status("6", "Waiting for customer", "indeterminate", 1),
		status("7", "Impediment", "indeterminate", 1),
		status("8", "Blocked", "new", 1),
		status("9", "Odd", "other", 1),
		status("10", "Undefined", "undefined", 1),
		// One id under two names, of which the newer is the tracker's today.
		status("20", "In Dev", "indeterminate", 1),
		status("20", "Parked", "new", 9),
		// "Check" is what another id bears now; id 21 bore it once, it says.
		status("21", "Ready", "new", 9),
		status("22", "Check", "indeterminate", 9),
		// Two statuses of one name that differ.
		status("30", "Review", "indeterminate", 1),
		status("31", "review", "done", 1),
		// Two of one name that agree.
		status("32", "Verify", "indeterminate", 1),
		status("33", "Verify", "indeterminate", 1),
	}
	for _, c := range []struct {
		name   string
		status fact.Named
		rules  map[string]work.State
		want   work.State
	}{
		{"category new", fact.Named{ID: "1", Name: "Waiting room"}, nil, work.Queue}, // a wait word outside progress means nothing
		{"category indeterminate", fact.Named{ID: "2", Name: "Making"}, nil, work.Active},
		{"category done", fact.Named{ID: "3", Name: "Shipped"}, nil, work.Done},
		{"category undefined", fact.Named{ID: "10", Name: "Undefined"}, nil, work.Queue},
		{"wait word block", fact.Named{ID: "4", Name: "Blocked by vendor"}, nil, work.Wait},
		{"wait word on hold", fact.Named{ID: "5", Name: "On Hold"}, nil, work.Wait},
		{"wait word waiting", fact.Named{ID: "6", Name: "Waiting for customer"}, nil, work.Wait},
		{"wait word impediment", fact.Named{ID: "7", Name: "Impediment"}, nil, work.Wait},
		{"blocked before it was begun", fact.Named{ID: "8", Name: "Blocked"}, nil, work.Queue},
		{"a category that nobody knows", fact.Named{ID: "9", Name: "Odd"}, nil, work.Unknown},

		{"an id's old name", fact.Named{ID: "20", Name: "In Dev"}, nil, work.Active},
		{"an id's new name", fact.Named{ID: "20", Name: "Parked"}, nil, work.Queue},
		{"an id's name that no list has: the id as last seen", fact.Named{ID: "20", Name: "Cooking"}, nil, work.Queue},
		{"a name that another id bears now", fact.Named{ID: "21", Name: "Check"}, nil, work.Active},
		{"a name without an id", fact.Named{Name: "making"}, nil, work.Active},
		{"an id without a name", fact.Named{ID: "3"}, nil, work.Done},
		{"a name of two meanings, by its id", fact.Named{ID: "31", Name: "review"}, nil, work.Done},
		{"a name of two meanings, without an id", fact.Named{Name: "Review"}, nil, work.Unknown},
		{"a name of two statuses of one meaning, without an id", fact.Named{Name: "Verify"}, nil, work.Active},
		{"nothing fits", fact.Named{ID: "99", Name: "Gone"}, nil, work.Unknown},
		{"gone, but called as everybody calls it", fact.Named{ID: "99", Name: "In Progress"}, nil, work.Active},
		{"gone, and called Closed", fact.Named{Name: "closed"}, nil, work.Done},
		{"nothing at all", fact.Named{}, nil, work.Unknown},

		{"a rule beats the category", fact.Named{ID: "2", Name: "Making"}, map[string]work.State{"MAKING": work.Queue}, work.Queue},
		{"a rule beats a wait word", fact.Named{ID: "5", Name: "On Hold"}, map[string]work.State{"on hold": work.Active}, work.Active},
		{"a rule names what the tracker does not", fact.Named{ID: "9", Name: "odd"}, map[string]work.State{"Odd": work.Wait}, work.Wait},
		{"a rule ends an item", fact.Named{ID: "2", Name: "Making"}, map[string]work.State{"making": work.Dropped}, work.Dropped},
		{"a rule for another name", fact.Named{ID: "2", Name: "Making"}, map[string]work.State{"mak": work.Queue}, work.Active},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, _ := stateOf(t, Rules{Statuses: c.rules}, terms, c.status, ""); got != c.want {
				t.Errorf("%v means %v, want %v", c.status, got, c.want)
			}
		})
	}
}

// Of two sites each has its own words.
func TestStatesOfTwoSites(t *testing.T) {
	vocab := fact.Vocabulary{}.Add(
		fact.Term{Site: "a", Kind: fact.TermStatus, ID: "1", Name: "Step", Category: "new"},
		fact.Term{Site: "b", Kind: fact.TermStatus, ID: "1", Name: "Step", Category: "done"},
	)
	step := fact.Named{ID: "1", Name: "Step"}
	res, err := Assemble(Rules{}, vocab, []*fact.Record{
		{Site: "b", ID: "1", Key: "B-1", Created: 1, Status: step, History: fact.History{State: fact.WholeHistory}},
		{Site: "a", ID: "1", Key: "A-1", Created: 1, Status: step, History: fact.History{State: fact.WholeHistory}},
	})
	if err != nil {
		t.Fatal(err)
	}
	v := res.Org.At(1)
	if v.State(0) != work.Queue || v.State(1) != work.Done || v.Key(0) != "A-1" {
		t.Errorf("%s is %v and %s is %v", v.Key(0), v.State(0), v.Key(1), v.State(1))
	}
}

// The resolutions of public trackers (MSR 2022), by what they say of delivery.
func TestResolutions(t *testing.T) {
	done := []fact.Term{status("3", "Closed", "done", 1)}
	for resolution, want := range map[string]work.State{
		"": work.Done, "Fixed": work.Done, "Done": work.Done, "Resolved": work.Done, "Implemented": work.Done, "Delivered": work.Done,
		"Ready for Test": work.Done, "Pending Closed": work.Done, "Information Provided": work.Done, "Workaround": work.Done,
		"Wontons": work.Done, "Latest": work.Done, "Included": work.Done, "Validated": work.Done,
		"Fixed, to be announced later": work.Done, "No longer invalid": work.Done,

		"Won't Fix": work.Dropped, "won't do": work.Dropped, "Won’t Do": work.Dropped, "Wont Fix": work.Dropped, "Will Not Fix": work.Dropped,
		"Duplicate": work.Dropped, "Duplicated": work.Dropped, "Closed as Duplicate": work.Dropped, "Cannot Reproduce": work.Dropped,
		"Can't Reproduce": work.Dropped, "Not Reproducible": work.Dropped, "Incomplete": work.Dropped, "Invalid": work.Dropped,
		"Not A Bug": work.Dropped, "Not A Problem": work.Dropped, "Not an Issue": work.Dropped, "Works for Me": work.Dropped,
		"Works as Designed": work.Dropped, "Works As Intended": work.Dropped, "By Design": work.Dropped, "Declined": work.Dropped,
		"Rejected": work.Dropped, "Abandoned": work.Dropped, "Obsolete": work.Dropped, "Withdrawn": work.Dropped, "Cancelled": work.Dropped,
		"Canceled": work.Dropped, "Not Planned": work.Dropped, "Out of Scope": work.Dropped, "Later": work.Dropped, "Remind": work.Dropped,
		"Auto Closed": work.Dropped, "Timed out": work.Dropped, "Superseded": work.Dropped,
	} {
		if got, _ := stateOf(t, Rules{}, done, fact.Named{ID: "3", Name: "Closed"}, resolution); got != want {
			t.Errorf("resolution %q ends as %v, want %v", resolution, got, want)
		}
	}
	rules := Rules{Statuses: map[string]work.State{"Later": work.Done, "Fixed": work.Dropped, "Duplicate": work.Queue}}
	for resolution, want := range map[string]work.State{"later": work.Done, "Fixed": work.Dropped, "Duplicate": work.Dropped} {
		if got, _ := stateOf(t, rules, done, fact.Named{ID: "3", Name: "Closed"}, resolution); got != want {
			t.Errorf("by the rules, resolution %q ends as %v, want %v", resolution, got, want)
		}
	}
	// A resolution ends nothing that is in progress.
	making := []fact.Term{status("2", "Making", "indeterminate", 1)}
	if got, _ := stateOf(t, Rules{}, making, fact.Named{ID: "2", Name: "Making"}, "Duplicate"); got != work.Active {
		t.Errorf("in progress, resolved as a duplicate: %v", got)
	}
}

func TestStatesOverTime(t *testing.T) {
	const scene = "status Odd other\nstatus Weird other\nstatus Closed done\n"
	for _, c := range []struct{ name, story, want string }{
		{"from status to status", "0 created; 2 start; 3 wait; 5 done", "0 queue; 2 active; 3 wait; 5 done"},
		{"what goes on is one state", "0 created; 5 done; 6 status Closed", "0 queue; 5 done"},
		{"there and back in one instant", "0 created; 2 start; 3 todo; 3 start; 5 done", "0 queue; 2 active; 5 done"},
		{"several in one instant: the last", "0 created; 2 start; 2 wait; 2 done", "0 queue; 2 done"},
		{"at the creation", "0 created; 0 start", "0 active"},
		{"the resolution changes", "0 created; 2 done; 4 resolution Invalid; 6 resolution Fixed", "0 queue; 2 done; 4 dropped; 6 done"},
		{"without a meaning", "0 created; 2 start; 3 status Odd; 4 start", "0 queue; 2 active; 3 unknown; 4 active"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, Rules{}, scene+"A-1 story: "+c.story)
			if got := o.states("A-1"); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Who brought about a change of state is known for each, and for none at the
// creation.
func TestActors(t *testing.T) {
	o := tell(t, Rules{}, "A-1 story: 0 created by ana; 2 start by bo; 3 resolution Fixed by cy; 5 done by di; 6 resolution Invalid by ed")
	want := []string{"", "bo", "di", "ed"}
	if len(o.Org.Actors) != len(want) || len(o.Org.States.Val) != len(want) {
		t.Fatalf("%d actors of %d states, want %d", len(o.Org.Actors), len(o.Org.States.Val), len(want))
	}
	for k, name := range want {
		if o.Org.Actors[k] != o.Person(name) {
			t.Errorf("state %v is the work of %d, want %s", o.Org.States.Val[k], o.Org.Actors[k], name)
		}
	}
}

// A status without a meaning counts an item once, however often it was there.
func TestCoverageCountsItemsInUnmappedStatuses(t *testing.T) {
	o := tell(t, Rules{}, `
status Odd other
status Weird other
A-1 story: 0 created; 2 status Odd; 3 start; 4 status Odd; 5 resolution Fixed
A-2 story: 0 created; 2 status Odd; 3 done
A-3 story: 0 created; 2 status Odd; 3 status Weird
A-4 story: 0 created; 2 start
`)
	want := map[string]int{"Odd": 3, "Weird": 1}
	if got := o.Org.Coverage.UnmappedStatus; !maps.Equal(got, want) {
		t.Errorf("unmapped %v, want %v", got, want)
	}
}

func TestCoverageOfHistories(t *testing.T) {
	s := parse(t, `
A-1 story: 0 created; 2 start; 3 done
A-2 story: 0 created
A-3 story: 0 created; 2 start; 3 comment 10; 4 worklog; 5 move B-9
A-4 story: 0 created; 2 start
A-5 story: 0 created; 2 start; 3 done
A-6 story: 0 created; 2 start; 3 done
`)
	records := s.Facts()
	records[3].History.State = fact.CutHistory
	records[4].History, records[4].Changes = fact.History{}, nil
	records[4].Status, records[4].Unseen = fact.Named{ID: "s:to do", Name: "To Do"}, 7 // resolved, and not done
	records[5].Status = fact.Named{ID: "s:blocked", Name: "Blocked"}                   // not where its history ends
	records[5].Resolved = 0
	records[2].Changes = append(records[2].Changes, fact.Change{ID: "99", At: s.Day(6), Kind: fact.KindOther, Field: "Colour"})
	o := assembled(t, Rules{}, s, records)
	c := o.Org.Coverage
	// Changes: 3 of A-1 (the resolution is one), 3 of A-3 (start, key, project) and the colour, 1 of A-4, 3 of A-6.
	if c.Items != 6 || c.Whole != 4 || c.Cut != 1 || c.None != 1 || c.Empty != 1 || c.Changes != 11 || c.StatusChanges != 6 {
		t.Errorf("coverage %+v", c)
	}
	if c.Comments != 1 || c.Worklogs != 1 || c.Unseen != 7 || c.Moved != 1 || c.ResolvedOpen != 1 || c.HistoryDisagree != 1 || c.Unused["Colour"] != 1 {
		t.Errorf("coverage %+v", c)
	}
	if got, want := o.states("A-6"), "0 queue; 2 active; 3 done"; got == want {
		t.Errorf("the present status is not the last word: %s", got)
	}
	if got := o.on(9).State(o.item("A-6")); got != work.Wait {
		t.Errorf("A-6 is %v, want wait", got)
	}
}
