package assemble

import (
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

func TestParents(t *testing.T) {
	const epics = "\nE-1 epic: 0 created\nE-2 epic: 0 created\n"
	for _, c := range []struct{ name, story, want string }{
		{"none", "A-1 story: 0 created" + epics, ""},
		{"from the creation on", "A-1 story in E-1: 0 created" + epics, "0 E-1"},
		{"given later", "A-1 story: 0 created; 2 in E-1" + epics, "2 E-1"},
		{"changed", "A-1 story in E-1: 0 created; 2 in E-2; 4 out; 6 in E-1" + epics, "0 E-1; 2 E-2; 4 -; 6 E-1"},
		{"changed twice in one instant", "A-1 story in E-1: 0 created; 2 in E-2; 2 out" + epics, "0 E-1; 2 -"},
		{"outside what was pulled", "A-1 story in X-1: 0 created; 2 in E-1; 4 in X-2" + epics, "2 E-1; 4 -"},
		{"itself", "A-1 story: 0 created; 2 in A-1; 3 in E-1" + epics, "3 E-1"},

		{"by a link", "A-1 story: 0 created; 2 child of E-1; 5 unlink E-1" + epics, "2 E-1; 5 -"},
		{"by a link from the other end", "A-1 story: 0 created\nE-1 epic: 0 created; 2 link \"is a parent of\" A-1\nE-2 epic: 0 created", "2 E-1"},
		{"of several links the oldest that stands", "A-1 story: 0 created; 2 child of E-1; 3 child of E-2; 5 unlink E-1" + epics, "2 E-1; 5 E-2"},
		{"the field before a link", "A-1 story: 0 created; 2 child of E-1; 4 in E-2; 6 out" + epics, "2 E-1; 4 E-2; 6 E-1"},
		{"a link where the field points outside", "A-1 story in X-1: 0 created; 2 child of E-1" + epics, "2 E-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, Rules{}, c.story)
			if got := o.parents("A-1"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Where no history tells when links were made, the tracker's numbers do: the
// lowest is the oldest, as a number and not as text, and however old the parents
// are. What a history tells of is younger.
func TestParentsByUndatedLinks(t *testing.T) {
	for _, c := range []struct {
		name   string
		ids    [3]string // of the links to E-1, E-2 and E-3, which exist from days 0, 4 and 8 on
		logged int       // the epic whose link the history tells of, on day 9; 0: none
		want   string
	}{
		{"in order", [3]string{"7", "8", "9"}, 0, "0 E-1"},
		{"the younger epic has the older link", [3]string{"9", "7", "8"}, 0, "0 E-1; 4 E-2"},
		{"numbers, not text", [3]string{"100", "99", "1000"}, 0, "0 E-1; 4 E-2"},
		{"each older than the one before", [3]string{"30", "20", "10"}, 0, "0 E-1; 4 E-2; 8 E-3"},
		{"a dated link is younger", [3]string{"30", "20", "10"}, 3, "0 E-1; 4 E-2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, "A-1 story: 0 created\nE-1 epic: 0 created\nE-2 epic: 4 created\nE-3 epic: 8 created")
			records := s.Facts()
			for i, id := range c.ids {
				records[0].Links = append(records[0].Links, fact.Link{ID: id, Type: "Parent", Phrase: "is a child of", Other: fact.Ref{ID: records[i+1].ID, Key: records[i+1].Key}})
			}
			if c.logged > 0 {
				records[0].Changes = []fact.Change{{ID: "1", At: s.Day(9), Kind: fact.KindLink, To: fact.Value{ID: records[c.logged].Key, Text: "is a child of"}}}
			}
			if got := assembled(t, Rules{}, s, records).parents("A-1"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// The link to an epic is a custom field of the tracker's, known by its schema
// or its name; the real parent beats it.
func TestParentsByEpicLink(t *testing.T) {
	epic := func(field string) fact.Field {
		return fact.Field{ID: field, Values: []fact.Named{{ID: "x", Name: "E-1"}}}
	}
	terms := []fact.Term{
		{Site: site, Kind: fact.TermField, ID: "cf1", Name: "Lien", Schema: "com.pyxis.greenhopper.jira:gh-epic-link"},
		{Site: site, Kind: fact.TermField, ID: "cf2", Name: "Epic Link"},
		{Site: site, Kind: fact.TermField, ID: "cf3", Name: "Epic Name", Schema: "com.pyxis.greenhopper.jira:gh-epic-label"},
	}
	for _, c := range []struct {
		name  string
		spoil func(*fact.Record)
		want  string
	}{
		{"by its schema", func(r *fact.Record) { r.Fields = []fact.Field{epic("cf1")} }, "0 E-1"},
		{"by its name", func(r *fact.Record) { r.Fields = []fact.Field{epic("cf2")} }, "0 E-1"},
		{"another field", func(r *fact.Record) { r.Fields = []fact.Field{epic("cf3")} }, ""},
		{"two values", func(r *fact.Record) {
			f := epic("cf1")
			f.Values = append(f.Values, fact.Named{Name: "E-2"})
			r.Fields = []fact.Field{f}
		}, ""},
		{"the parent is told, too", func(r *fact.Record) {
			r.Fields, r.Parent = []fact.Field{epic("cf1")}, fact.Ref{ID: "10003", Key: "E-2"}
		}, "0 E-2"},
		{"its changes are changes of the parent", func(r *fact.Record) {
			r.Fields = []fact.Field{epic("cf1")}
			r.Changes = []fact.Change{
				{ID: "1", At: r.Created + 2*fact.Day, Kind: fact.KindParent, To: fact.Value{ID: "10003", Text: "E-2"}},
				{ID: "2", At: r.Created + 4*fact.Day, Kind: fact.KindParent, From: fact.Value{ID: "10003", Text: "E-2"}, To: fact.Value{Text: "E-1"}},
			}
		}, "2 E-2; 4 E-1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parse(t, "A-1 story: 0 created\nE-1 epic: 0 created\nE-2 epic: 0 created")
			records := s.Facts()
			c.spoil(records[0])
			res, err := Assemble(Rules{}, s.Vocabulary().Add(terms...), records)
			if err != nil {
				t.Fatal(err)
			}
			if got := (tale{s, res, t}).parents("A-1"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestParentsByOldKeys(t *testing.T) {
	s := parse(t, "A-1 story in E-1: 0 created\nE-1 epic: 0 created; 3 move F-1")
	records := s.Facts()
	records[0].Parent.ID = ""
	o := assembled(t, Rules{}, s, records)
	if got := o.parents("A-1"); got != "0 F-1" {
		t.Errorf("%q, want the epic that moved", got)
	}
}

// The id "1" and the id "01" are two items, and so are equal ids of two sites.
func TestItemsByID(t *testing.T) {
	parent := func(id string) fact.Ref { return fact.Ref{ID: id} }
	whole := fact.History{State: fact.WholeHistory}
	records := []*fact.Record{
		{Site: "a", ID: "9", Key: "A-9", Created: 1, History: whole},
		{Site: "a", ID: "10", Key: "A-10", Created: 1, History: whole, Parent: parent("9")},
		{Site: "a", ID: "09", Key: "A-09", Created: 1, History: whole, Parent: parent("x")},
		{Site: "a", ID: "x", Key: "A-x", Created: 1, History: whole, Parent: parent("010")},
		{Site: "b", ID: "9", Key: "B-9", Created: 1, History: whole, Parent: parent("10")},
	}
	res, err := Assemble(Rules{}, nil, records)
	if err != nil {
		t.Fatal(err)
	}
	v := res.Org.At(1)
	for i, want := range []struct{ key, parent string }{{"A-09", "A-x"}, {"A-9", ""}, {"A-10", "A-9"}, {"A-x", ""}, {"B-9", ""}} {
		parent := ""
		if p := v.Parent(work.ItemID(i)); p != work.NoItem {
			parent = v.Key(p)
		}
		if got := v.Key(work.ItemID(i)); got != want.key || parent != want.parent {
			t.Errorf("item %d is %s in %q, want %s in %q", i, got, parent, want.key, want.parent)
		}
	}
	if _, err := Assemble(Rules{}, nil, append(records, records[0])); err == nil {
		t.Error("an item may come twice")
	}
}

func TestCoverageOfParents(t *testing.T) {
	o := tell(t, Rules{}, `
E-1 epic: 0 created
E-2 epic: 0 created
A-1 story in X-1: 0 created
A-2 story in X-1: 0 created; 2 in E-1
A-3 story: 0 created; 1 child of E-1; 2 child of E-2
A-4 story: 0 created; 1 child of E-1; 2 child of E-2; 3 unlink E-1
A-5 story in E-1: 0 created; 1 in X-9`)
	if c := o.Org.Coverage; c.ParentsOutside != 2 || c.SeveralParents != 1 {
		t.Errorf("outside %d, several %d; want 2 (A-1, A-5) and 1 (A-3)", c.ParentsOutside, c.SeveralParents)
	}
}
