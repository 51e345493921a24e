package story

import (
	"strings"
	"testing"

	"smokestack/analysis/fact"
)

const shop = `
origin 2025-01-06
status "In QA" indeterminate
PAY-9 epic "Checkout":     0 created by ana; 12 done
PAY-1 story "Pay" in PAY-9: 0 created by ana; 2 start; 3 assign bo by ana; 9 done
PAY-2 story:               1 created
                           3 start; 4 blocked by SHOP-1; 5.5 status In QA; 6 unlink SHOP-1 # gone again
                           7 component +Core; 8 move SHOP-7; 12 drop Duplicate
SHOP-1 task:               1 created; 5 start; 6 comment 50 by bo
`

func record(t *testing.T, rs []*fact.Record, id string) *fact.Record {
	t.Helper()
	for _, r := range rs {
		if r.ID == id {
			return r
		}
	}
	t.Fatalf("no record %s", id)
	return nil
}

func TestFactsTellTheWholeStory(t *testing.T) {
	s := MustParse(shop)
	rs := s.Facts()
	if len(rs) != 4 {
		t.Fatalf("%d records, want 4", len(rs))
	}
	pay := record(t, rs, "10002")
	if pay.Parent != (fact.Ref{ID: "10001", Key: "PAY-9"}) || pay.Title != "Pay" || pay.Type.Name != "story" {
		t.Errorf("PAY-1 = %+v", pay)
	}
	if pay.Assignee != s.Person("bo") || pay.Resolution.Name != "Fixed" || pay.Resolved != s.Day(9) {
		t.Errorf("PAY-1 ends with assignee %d, resolution %q at %v", pay.Assignee, pay.Resolution.Name, pay.Resolved)
	}
	moved := record(t, rs, "10003")
	if moved.Key != "SHOP-7" || moved.Project.Key != "SHOP" || moved.Resolution.Name != "Duplicate" || len(moved.Links) != 0 {
		t.Errorf("PAY-2 ends as %+v", moved)
	}
	var kinds []string
	for _, c := range moved.Changes {
		kinds = append(kinds, c.Kind.String())
	}
	if got, want := strings.Join(kinds, " "), "status link status link component key project status resolution"; got != want {
		t.Errorf("changes of PAY-2: %s, want %s", got, want)
	}
}

func TestAtTellsWhatWasKnown(t *testing.T) {
	s := MustParse(shop)
	rs := s.At(s.Day(5))
	pay2, shop1 := record(t, rs, "10003"), record(t, rs, "10004")
	if pay2.Key != "PAY-2" || pay2.Status.Name != "In Progress" || len(pay2.Links) != 1 || pay2.Links[0].Phrase != "is blocked by" {
		t.Errorf("PAY-2 on day 5: %+v", pay2)
	}
	if len(shop1.Links) != 1 || shop1.Links[0].Phrase != "blocks" || shop1.Links[0].Other.Key != "PAY-2" {
		t.Errorf("SHOP-1 on day 5: %+v", shop1.Links)
	}
	if got := len(s.At(s.Day(0.5))); got != 2 {
		t.Errorf("%d items on day 0.5, want 2", got)
	}
}

const hub = `
repositories https://hub.example
PAY-1 story:                          0 created
acme/shop/milestone/1 milestone "V1": 0 created; 9 done
acme/shop/milestone/2 milestone "V2": 0 created
acme/shop#3 bug:                      1 created by ana; 2 milestone acme/shop/milestone/1; 3 column "In Progress"
                                      4 column Done on Roadmap; 1 hidden 2; 5 column -; 6 milestone acme/shop/milestone/2; 8 done
acme/shop#7 pull "Pay (#3)":          2 created by ana; 1 commit by ana; 1.5 commit by ben; 2 mentions title closes PAY-1 # and so on
                                      2 path a/b.go 10 2; 2 path c.lock 100 0; 3 closes acme/shop#3; 4 review by ben; 4 draft; 5 ready; 6 merge by ben
acme/shop#8 pull:                     2 created; 3 drop; 4 todo
acme/shop#9 bug:                      0 created; 5 move acme/web#4
acme/shop#10 bug in acme/shop#3:      2 created
`

func TestRepositoriesTellInTheirOwnWords(t *testing.T) {
	s := MustParse(hub)
	rs := s.Facts()
	issue, pull, open := record(t, rs, "10004"), record(t, rs, "p10005"), record(t, rs, "p10006")
	if issue.Site != "https://hub.example" || issue.URL != "https://hub.example/acme/shop/issues/3" || issue.Class != fact.ClassIssue || issue.Project.Key != "acme/shop" || issue.Children != 3 {
		t.Errorf("the issue: %+v", issue)
	}
	if issue.Status.ID != "closed" || issue.Resolution.Name != "Completed" || issue.Resolved != s.Day(8) || issue.Milestone != (fact.Ref{ID: "m10003", Key: "acme/shop/milestone/2"}) {
		t.Errorf("the issue ends as %+v", issue)
	}
	if len(issue.Columns) != 1 || issue.Columns[0] != (fact.Named{ID: "Roadmap", Name: "Done"}) {
		t.Errorf("columns %v", issue.Columns)
	}
	var log []string
	for _, c := range issue.Changes {
		log = append(log, strings.TrimSpace(c.Kind.String()+" "+c.From.Text+">"+c.To.Text))
	}
	if got, want := strings.Join(log, "; "), "milestone >V1; column >In Progress; link >is closed by; column >Done; column In Progress>; milestone >V2; milestone V1>; status Open>Closed; resolution >Completed"; got != want {
		t.Errorf("changes of the issue:\n%s, want\n%s", got, want)
	}
	p := pull.Pull
	if pull.Class != fact.ClassPull || pull.Title != "Pay (#3)" || pull.Creator != s.Person("ana") || pull.Status.ID != "merged" || pull.Resolution.Name != "" || pull.Resolved != s.Day(6) {
		t.Errorf("the pull request: %+v", pull)
	}
	if p.Merged != s.Day(6) || p.Begun != s.Day(1) || !p.Sized || p.Added != 110 || p.Deleted != 2 || p.Files != 2 || len(p.Paths) != 2 {
		t.Errorf("the pull request has %+v", p)
	}
	if len(pull.Mentions) != 1 || pull.Mentions[0] != (fact.Mention{Where: fact.InTitle, Word: fact.WordCloses, Key: "PAY-1"}) {
		t.Errorf("mentions %+v", pull.Mentions)
	}
	if len(pull.Involvement) != 3 || pull.Involvement[0].At != s.Day(1) || pull.Involvement[2].Act != fact.ActReview {
		t.Errorf("acts %+v", pull.Involvement)
	}
	if len(pull.Links) != 1 || pull.Links[0].Phrase != "closes" || pull.Links[0].Other.ID != "10004" {
		t.Errorf("links %+v", pull.Links)
	}
	if open.Status.ID != "pull-open" || open.Resolved != 0 || open.Resolution.Name != "" {
		t.Errorf("opened again: %+v", open)
	}
	if moved := record(t, rs, "10007"); moved.Key != "acme/web#4" || len(moved.Changes) != 1 || moved.Changes[0].Kind != fact.KindProject || moved.Changes[0].From.Text != "acme/shop" {
		t.Errorf("the transferred issue: %+v", moved)
	}
	if milestone := record(t, rs, "m10002"); milestone.Class != fact.ClassMilestone || milestone.Status.ID != "milestone-closed" || milestone.Resolved != s.Day(9) || milestone.Resolution.Name != "" {
		t.Errorf("the milestone: %+v", milestone)
	}
	if term, ok := s.Vocabulary().Find("https://hub.example", fact.TermStatus, "pull-open"); !ok || term.Category != "indeterminate" {
		t.Errorf("the other tracker's words: %+v", term)
	}
}

func TestRepositoriesAsOfThen(t *testing.T) {
	s := MustParse(hub)
	if rs := s.At(s.Day(1.9)); len(rs) != 5 {
		t.Errorf("%d records before the pull request, though its commits are older", len(rs))
	}
	rs := s.At(s.Day(2))
	if pull := record(t, rs, "p10005"); pull.Pull.Begun != s.Day(1) || pull.Pull.Merged != 0 || len(pull.Pull.Paths) != 2 || len(pull.Links) != 0 || len(pull.Involvement) != 2 {
		t.Errorf("the pull request on the day of its creation: %+v", pull)
	}
	if issue := record(t, rs, "10004"); issue.Milestone.ID != "m10002" || len(issue.Columns) != 0 || issue.Children != 3 {
		t.Errorf("the issue on day 2: %+v", issue)
	}
}

func TestErrorsSayWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"PAY-1 story: 0 created; 1 dance", `line 1: PAY-1: "dance" is nothing that can happen`},
		{"PAY-1 story: 1 start", "created comes first"},
		{"PAY-1 story:", "no event"},
		{"PAY-1: 0 created", "needs a key and a type"},
		{"PAY-1 story: 3 created; 1 start", "before it is created"},
		{"\nPAY-1 story: x created", "line 2: PAY-1: \"x created\": an event begins with its day"},
		{"PAY-1 story: 0 created; 1 status Nowhere", `status "Nowhere" is not declared`},
		{"status Odd", "neither origin, site"},
		{`PAY-1 story "open: 0 created`, "a quote is not closed"},
		{"PAY-1 story: 0 created\nPAY-1 story: 0 created", "told twice"},
		{"a/b#1 bug: 0 created; 1 start", "start is not for a repository's issue"},
		{"a/b#1 bug: 0 created; 1 merge", "merge is not for a repository's issue"},
		{"a/b#1 pull: 0 created; 1 done", "done is not for a repository's pull request"},
		{"A-1 bug: 0 created; 1 merge", "merge is for what belongs to a repository"},
		{"A-1 bug: 0 created\na/b#1 pull: 0 created; 1 closes A-1", "A-1 is in another tracker: it can be mentioned"},
		{"A-1 bug: 0 created; 1 move a/b#1", "a/b#1 is in another tracker"},
		{"a/b#1 pull: 0 created; 1 move a/b#2", "a pull request stays where it is"},
		{"a/b#1 pull: 0 created; 1 mentions A-1", "mentions is told on the day of its creation"},
		{"a/b#1 bug: 0 created; 1 milestone a/b/milestone/1", "no milestone of the story"},
		{"a/b#1 bug: 0 created; 0 mentions loudly A-1", "neither a text nor a word"},
		{"a/b#1 bug: 0 created; 1 hidden 3", "hidden is told on the day"},
		{"a/b#1 pull: 0 created; 0 path x 1 many", "path needs two numbers"},
	} {
		_, err := Parse(c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%q) = %v, want an error with %q", c.text, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(shop)
	f.Add("PAY-1 story: 0 created; 1 link \"depends on\" X-1; 2 unlink X-1")
	f.Add(hub)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		for _, r := range s.Facts() {
			if err := r.Validate(); err != nil && r.Created > 0 {
				t.Errorf("%s: %v", r.Key, err)
			}
		}
	})
}
