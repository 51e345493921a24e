package assemble

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// within tells what an item was in over time.
func (o tale) within(list []work.Within, name func(uint32) string) string {
	var out []string
	for _, w := range list {
		out = append(out, fmt.Sprintf("%s %s..%s", name(w.In), o.day(w.From), o.day(w.To)))
	}
	return strings.Join(out, "; ")
}

func (o tale) releases(key string) string {
	return o.within(o.Org.EverReleasedIn(o.item(key)), func(n uint32) string { return o.Org.Releases[n].Name })
}

func (o tale) sprints(key string) string {
	return o.within(o.Org.EverInSprints(o.item(key)), func(n uint32) string { return o.Org.Sprints[n].Name })
}

func TestReleasesAndSprints(t *testing.T) {
	s := parse(t, `sprint S1 1 8
sprint S2 8 15
A-1 epic: 0 created; 1 release +R2; 2 release +R1; 4 release -R2; 5 release +R2; 6 release +R9; 6 release -R9
A-2 story: 0 created; 2 sprint +S1; 8 sprint -S1; 8 sprint +S2; 9 sprint +S3
A-3 story: 0 created; 1 comment 9
A-4 story: 0 created
acme/shop/milestone/1 milestone "V1": 0 created
acme/shop#1 bug: 0 created; 1 milestone acme/shop/milestone/1`)
	records := s.Facts()
	// It is in R1 since ever, and was in a release of which the history has the name alone.
	a3 := record(t, records, "A-3")
	a3.Releases = []fact.Named{{ID: "R1", Name: "R1"}}
	a3.Changes = append(a3.Changes, fact.Change{ID: "99", At: s.Day(1), Kind: fact.KindRelease, From: fact.Value{Text: "Old name"}})
	// R1 and R1, or a part of the time twice, is one stay.
	a4 := record(t, records, "A-4")
	a4.Changes = []fact.Change{
		{ID: "1", At: s.Day(1), Kind: fact.KindRelease, To: fact.Value{Text: "Old name"}},
		{ID: "2", At: s.Day(2), Kind: fact.KindRelease, To: fact.Value{ID: "R2", Text: "R2"}},
		{ID: "3", At: s.Day(3), Kind: fact.KindRelease, From: fact.Value{Text: "Old name"}},
		{ID: "4", At: s.Day(5), Kind: fact.KindRelease, From: fact.Value{ID: "R2", Text: "R2"}},
	}
	vocab := s.Vocabulary().Add(
		fact.Term{Site: s.Site, Kind: fact.TermRelease, ID: "R1", Name: "One", End: s.Day(20), Seen: 9},
		fact.Term{Site: s.Site, Kind: fact.TermRelease, ID: "R1", Name: "R1", End: s.Day(10), Seen: 5},
		fact.Term{Site: s.Site, Kind: fact.TermRelease, ID: "R2", Name: "Old name", Seen: 1},
		fact.Term{Site: s.Site, Kind: fact.TermRelease, ID: "R2", Name: "Two", Seen: 2},
		fact.Term{Site: s.Site, Kind: fact.TermRelease, ID: "R7", Name: "nothing was in it", End: s.Day(1)},
	)
	res, err := Assemble(Rules{}, vocab, records)
	if err != nil {
		t.Fatal(err)
	}
	o := tale{s, res, t}
	for key, want := range map[string]string{
		"A-1": "Two 1..4; One 2..; Two 5..", "A-2": "", "A-3": "One 0..; Two 0..1", "A-4": "Two 1..5", "acme/shop#1": "",
	} {
		if got := o.releases(key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	if got := o.sprints("A-2"); got != "S1 2..8; S2 8..; S3 9.." {
		t.Errorf("sprints %s", got)
	}
	if got, want := fmt.Sprint(o.Org.Releases), fmt.Sprint([]work.Release{{Name: "One", Released: s.Day(20), Site: 1}, {Name: "Two", Site: 1}}); got != want {
		t.Errorf("releases %s, want %s", got, want)
	}
	want := []work.Sprint{{Site: 1, Name: "S1", Start: s.Day(1), End: s.Day(8)}, {Site: 1, Name: "S2", Start: s.Day(8), End: s.Day(15)}, {Site: 1, Name: "S3"}}
	if !slices.Equal(o.Org.Sprints, want) {
		t.Errorf("sprints %v", o.Org.Sprints)
	}
	if c := o.Org.Coverage; c.ReleasesUndated != 1 || c.SprintsUndated != 1 {
		t.Errorf("%d releases, %d sprints undated", c.ReleasesUndated, c.SprintsUndated)
	}
}

// mix tells an item's categories over time.
func (o tale) mix(key string) string {
	return runs(o, o.Org.Mix, key, func(c work.CategoryID) string { return o.Org.Categories[c].Name })
}

const mixed = `A-1 story: 0 created; 1 label +debt; 2 label +growth; 3 label -debt; 4 label -growth; 5 type bug
A-2 bug: 0 created; 1 label +growth; 2 type story
A-3 story: 0 created; 1 label +other
acme/web#1 pull: 0 created`

func TestCategories(t *testing.T) {
	rules := Rules{Planned: true, Categories: []Category{
		{Name: "Growth", Names: []string{"Growth", "epic"}, Plan: 0.6}, {Name: "Upkeep", Names: []string{"DEBT", "bu?"}, Plan: 0.4}, {Name: "Rest", Names: []string{"debt"}},
	}}
	o := tell(t, rules, mixed)
	for key, want := range map[string]string{
		// The first in order of precedence; types before labels.
		"A-1": "1 Upkeep; 2 Growth; 4 (unlabelled); 5 Upkeep", "A-2": "0 Upkeep; 2 Growth", "A-3": "", "acme/web#1": "",
	} {
		if got := o.mix(key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	want := []work.Category{{Name: "(unlabelled)"}, {Name: "Growth", Plan: 0.6}, {Name: "Upkeep", Plan: 0.4}, {Name: "Rest"}}
	if !slices.Equal(o.Org.Categories, want) || !o.Org.Planned {
		t.Errorf("categories %v, planned %v", o.Org.Categories, o.Org.Planned)
	}
	if got := o.on(2.5).CategoryOf(o.item("A-3")); got != work.Unlabelled {
		t.Errorf("A-3 is in category %d", got)
	}
}

// Without rules the types are the categories, by name.
func TestTypesAreCategories(t *testing.T) {
	o := tell(t, Rules{}, mixed)
	var names []string
	for _, c := range o.Org.Categories {
		names = append(names, c.Name)
	}
	if want := []string{"(unlabelled)", "Pull request", "bug", "story"}; !slices.Equal(names, want) || o.Org.Planned {
		t.Errorf("categories %q", names)
	}
	for key, want := range map[string]string{"A-1": "0 story; 5 bug", "A-2": "0 bug; 2 story", "acme/web#1": "0 Pull request"} {
		if got := o.mix(key); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	none := tell(t, Rules{Categories: []Category{}}, mixed)
	if got := none.mix("A-1"); got != "" || len(none.Org.Categories) != 1 {
		t.Errorf("no category at all: %s", got)
	}
}

func TestMeasured(t *testing.T) {
	s := parse(t, `link Study "is studied by" studies
link Test "is tested by" "unit tests"
A-1 epic: 1 created; 3 label +won; 4 label -won; 5 label +won
A-2 epic: 1 created; 4 link studies A-3; 5 unlink A-3
A-3 epic: 2 created; 6 relates to A-1
A-4 epic: 1 created; 8 link "unit tests" A-1; 9 comment 9
A-5 epic: 1 created; 9 comment 9
A-6 epic: 1 created; 9 comment 9
A-7 epic: 1 created; 9 comment 9
A-8 epic: 1 created; 9 comment 9
A-9 epic: 1 created; 9 comment 9
A-10 epic: 1 created; 9 comment 9
A-11 epic: 6 created; 9 comment 9`)
	records := s.Facts()
	at := func(key string) *fact.Record { return record(t, records, key) }
	value := []fact.Field{{ID: "customfield_7", Values: []fact.Named{{Name: "+3 %"}}}, {ID: "customfield_8", Values: []fact.Named{{Name: "x"}}}}
	other := func(at fact.Instant, field string, from fact.Value) fact.Change {
		return fact.Change{ID: at.String(), At: at, Kind: fact.KindOther, Field: field, From: from}
	}
	at("A-5").Fields = value // a whole history tells of no change: since ever
	at("A-6").Fields, at("A-6").History.State = value, fact.CutHistory
	at("A-7").Changes = []fact.Change{other(s.Day(4), "OUTCOME", fact.Value{}), other(s.Day(6), "Outcome", fact.Value{})}
	at("A-7").Fields = value
	at("A-8").Changes = []fact.Change{other(s.Day(4), "Outcome", fact.Value{Text: "+1 %"})}
	at("A-9").Changes = []fact.Change{other(s.Day(0.5), "Analytics", fact.Value{})}
	at("A-10").Changes = []fact.Change{other(s.Day(4), "Anything", fact.Value{})}
	at("A-10").Fields = []fact.Field{{ID: "customfield_7"}} // without a value
	// A link of which no history tells was made when both ends were there.
	at("A-10").Links = []fact.Link{{ID: "l1", Type: "Study", Phrase: "studies", Other: fact.Ref{ID: at("A-11").ID}}}
	at("A-11").Links = []fact.Link{{ID: "l1", Type: "Study", Phrase: "is studied by", Other: fact.Ref{ID: at("A-10").ID}}}
	vocab := s.Vocabulary().Add(fact.Term{Site: s.Site, Kind: fact.TermField, ID: "customfield_7", Name: "Outcome"})
	rules := Rules{Outcome: Outcome{Fields: []string{"outcome", "analytics"}, Labels: []string{"Won"}, Links: []string{"study", "tests"}}}
	res, err := Assemble(rules, vocab, records)
	if err != nil {
		t.Fatal(err)
	}
	o := tale{s, res, t}
	for key, want := range map[string]string{
		"A-1": "3", "A-2": "4", "A-3": "4", "A-4": "", "A-5": "1", "A-6": "9", "A-7": "4", "A-8": "1", "A-9": "1", "A-10": "6", "A-11": "6",
	} {
		if got := o.day(o.Org.Measured[o.item(key)]); got != want {
			t.Errorf("%s: measured on %q, want %q", key, got, want)
		}
	}
	if !o.Org.Outcomes {
		t.Error("outcomes are not described")
	}
	byID := assembled(t, Rules{Outcome: Outcome{Fields: []string{"customfield_8"}, Links: []string{"studies"}}}, s, records)
	for key, want := range map[string]string{"A-5": "1", "A-2": "4", "A-3": "", "A-8": ""} {
		if got := byID.day(byID.Org.Measured[byID.item(key)]); got != want {
			t.Errorf("by id and phrase: %s: measured on %q, want %q", key, got, want)
		}
	}
	if none := assembled(t, Rules{}, s, records).Org; none.Outcomes || len(none.Measured) > 0 {
		t.Errorf("without a description: %v", none.Measured)
	}
}

func TestUses(t *testing.T) {
	s := parse(t, `origin 2025-03-01
status "In QA" indeterminate
A-1 story: 0 created; 1 start; 40 status "In QA"; 41 move B-1; 42 start; 50 type bug; 60 start; 150 todo
acme/web#1 bug: 2 created; 3 column "In Progress" on P; 4 column Done on P; 5 column - on P; 45 column Todo on P`)
	records := s.Facts()
	b := record(t, records, "B-1")
	for n := range b.Changes {
		if c := &b.Changes[n]; c.To.Text == "In Progress" && c.At > s.Day(41) {
			c.To.Text = "Doing" // the status got another name
		}
	}
	vocab := s.Vocabulary().Add(fact.Term{Site: s.Site, Kind: fact.TermStatus, ID: b.Changes[0].To.ID, Name: "Doing", Category: "indeterminate", Seen: 9})
	res, err := Assemble(Rules{}, vocab, records)
	if err != nil {
		t.Fatal(err)
	}
	o := tale{s, res, t}
	var got []string
	for _, u := range o.Org.Uses {
		var days []string
		for _, at := range u.At {
			days = append(days, o.day(at))
		}
		got = append(got, fmt.Sprintf("%s %v %s %s", o.Org.Teams[u.Team].Name, u.Kind, u.Name, strings.Join(days, ",")))
	}
	// Quarters begin on days 31 and 122. In B it came to a status, or became of a type, anew.
	want := []string{
		"A status Doing 1", "A status In QA 40", "A status To Do 0", "A type story 0",
		"B status Doing 42", "B status To Do 150", "B type bug 50",
		"acme/web status Open 2", "acme/web type bug 2", "acme/web board P 3,45",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant %s", strings.Join(got, "; "), strings.Join(want, "; "))
	}
}

// A quarter begins by the organisation's clock: 31 March, 21:00 in UTC, is April in a
// zone five hours ahead.
func TestUsesByZone(t *testing.T) {
	s := parse(t, "origin 2025-03-01\nA-1 story: 0 created\nA-2 story: 30.875 created")
	for hours, want := range map[int]int{0: 1, 5: 2} {
		o := assembled(t, Rules{Zone: time.FixedZone("there", 3600*hours)}, s, s.Facts())
		for _, u := range o.Org.Uses {
			if len(u.At) != want {
				t.Errorf("%d hours ahead: %v %s first used in %d quarters, want %d", hours, u.Kind, u.Name, len(u.At), want)
			}
		}
	}
}

func TestNotRequested(t *testing.T) {
	s := parse(t, `A-1 story: 0 created by robo
A-2 story: 0 created by ana; 0 label +Routine
A-3 story: 0 created by ana; 1 label +routine
B-4 bug: 0 created by ana
B-5 bug: 0 created by ana; 1 type story
B-6 story: 0 created by ana; 1 type bug
A-7 story: 0 created
A-8 story: 0 created by robo-2`)
	rules := Rules{
		People:    [][]fact.Person{{s.Person("robo"), s.Person("robo-2")}},
		NotAskers: []fact.Person{s.Person("robo"), 0}, NotRequested: []Match{{Labels: []string{"ROUTINE"}}, {Projects: []string{"B"}, Types: []string{"bug"}}},
	}
	o := assembled(t, rules, s, s.Facts())
	var got []string
	for i := range work.ItemID(o.Org.Items.Len()) {
		if o.Org.NotRequested[i] {
			got = append(got, o.key(i))
		}
	}
	if want := []string{"A-1", "A-2", "B-4", "B-5", "A-8"}; !slices.Equal(got, want) {
		t.Errorf("not requested %v, want %v", got, want)
	}
	if !o.Org.ProjectTeams {
		t.Error("what is not requested decides no team")
	}
}
