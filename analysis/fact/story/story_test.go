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
