package catalogue

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smokestack/analysis/fact/story"
)

// ids are those of METRICS.md, in its order: an id is never used for another
// metric, and none is left out.
var ids = strings.Fields(`
	F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 F11 F12
	B1 B2 B3 B4 B5 B6 B7
	D1 D2 D3 D4 D5 D6 D7 D8
	I1 I2 I3 I7 I8
	A1 A2 A4 A5 A6 A7 A8
	DQ1 DQ2 DQ3 DQ4 DQ5 DQ6 DQ7 DQ8 DQ9`)

func TestIDs(t *testing.T) {
	var got []string
	for _, e := range Entries() {
		got = append(got, e.ID)
	}
	if !slices.Equal(got, ids) {
		t.Errorf("ids %s\nwant %s", got, ids)
	}
	var gone []string
	for _, r := range GivenUp() {
		gone = append(gone, r.ID)
		if r.Title == "" || r.Why == "" {
			t.Errorf("%s does not say what it was, and why it is gone", r.ID)
		}
		if _, ok := Find(r.ID); ok {
			t.Errorf("%s is retired, and a metric", r.ID)
		}
	}
	if want := []string{"A3", "I4", "I5", "I6"}; !slices.Equal(gone, want) {
		t.Errorf("retired %s, want %s", gone, want)
	}
}

// Every word leads to one metric.
func TestNames(t *testing.T) {
	owner := map[string]string{}
	for _, e := range Entries() {
		for _, w := range append([]string{e.ID}, e.Names...) {
			if other, ok := owner[plain(w)]; ok {
				t.Errorf("%s is a name of %s and of %s", w, other, e.ID)
			}
			owner[plain(w)] = e.ID
			if w != e.ID && w != plain(w) {
				t.Errorf("%s: the name %q is written as %q", e.ID, w, plain(w))
			}
			for _, written := range []string{w, strings.ToUpper(w), strings.ReplaceAll(w, "-", "_"), " " + strings.ReplaceAll(w, "-", " ")} {
				if got, ok := Find(written); !ok || got.ID != e.ID {
					t.Errorf("%q leads to %q, want %s", written, got.ID, e.ID)
				}
			}
		}
	}
	for word, want := range map[string]string{"oii": "I3", "touch-free": "I3", "cycle-time": "F1", "wip": "F3"} {
		if owner[word] != want {
			t.Errorf("%s leads to %q, want %s", word, owner[word], want)
		}
	}
	if got, ok := Find("nothing"); ok {
		t.Errorf("nothing leads to %s", got.ID)
	}
}

// Every field says something; what stands in a note has no columns.
func TestEveryFieldIsFilled(t *testing.T) {
	var filled func(id, name string, v reflect.Value)
	filled = func(id, name string, v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			s := v.String()
			if strings.TrimSpace(s) == "" || strings.TrimSpace(s) != s && name != "Story" || strings.Contains(s, "TODO") {
				t.Errorf("%s: %s is %q", id, name, s)
			}
		case reflect.Slice:
			if v.Len() == 0 {
				t.Errorf("%s: %s is empty", id, name)
			}
			for i := range v.Len() {
				filled(id, name, v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				filled(id, v.Type().Field(i).Name, v.Field(i))
			}
		}
	}
	for _, e := range Entries() {
		if len(e.Columns) == 0 {
			e.Columns = []string{"a note"}
		}
		e.Also = cmp.Or(e.Also, "none")
		filled(e.ID, "", reflect.ValueOf(e))
		for _, text := range []string{e.Meaning, e.Limits, e.Example.Asks} {
			if !strings.HasSuffix(strings.TrimSuffix(text, ")"), ".") {
				t.Errorf("%s: %q is no sentence", e.ID, text)
			}
		}
		if e.Kind == Stock && e.Change != neverStock && e.Change != describedStock {
			t.Errorf("%s is a stock, and stocks are never tested", e.ID)
		}
	}
}

// What is said of a metric's change begins with one of three: the table where it is
// compared, that it never is, or how else.
func TestChangeIsTold(t *testing.T) {
	inTable := []string{"B1", "F1", "F2", "F3", "F5"} // as analysis/change has them
	for _, e := range Entries() {
		if got := strings.HasPrefix(e.Change, "table change"); got != slices.Contains(inTable, e.ID) {
			t.Errorf("%s: %q", e.ID, e.Change)
		}
		if !strings.HasPrefix(e.Change, "table change") && !strings.HasPrefix(e.Change, "never") && e.ID != "A1" && e.ID != "A2" {
			t.Errorf("%s does not say whether it is compared: %q", e.ID, e.Change)
		}
	}
}

// Every example can be told, and begins its value with a number.
func TestExamplesAreStories(t *testing.T) {
	for _, e := range Entries() {
		if _, err := story.Parse(e.Example.Story); err != nil {
			t.Errorf("%s: %v", e.ID, err)
		}
		number, _, _ := strings.Cut(e.Example.Value, " ")
		if _, err := strconv.ParseFloat(number, 64); err != nil {
			t.Errorf("%s: %v", e.ID, err)
		}
	}
}

func TestNear(t *testing.T) {
	for word, want := range map[string]string{"cyclletime": "cycle-time", "trougput": "throughput", "F13": "F1", "indep": "independence", "oi": "oii"} {
		if got := Near(word, 3); !slices.Contains(got, want) {
			t.Errorf("near %s are %q, want %s among them", word, got, want)
		}
	}
	for _, word := range []string{"xyzzyplugh", strings.Repeat("long", 1000)} {
		if got := Near(word, 3); len(got) > 0 {
			t.Errorf("near %.20s are %q", word, got)
		}
	}
	if got := Near("", 3); len(got) > 3 {
		t.Errorf("near nothing are %q", got)
	}
}
