package table

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestIdsAreChecked(t *testing.T) {
	col := func(ids ...string) []Column {
		var cols []Column
		for _, id := range ids {
			cols = append(cols, Column{ID: id})
		}
		return cols
	}
	for _, c := range []struct {
		name string
		doc  Document
		want string // in the error; "" is none
	}{
		{"sound", Document{Tables: []Table{{ID: "a", Columns: col("x", "y_2")}, {ID: "b", Columns: col("x")}}}, ""},
		{"signal's id", Document{Tables: []Table{{ID: "S10.weekly-2"}}}, ""},
		{"no table id", Document{Tables: []Table{{}}}, "table: id"},
		{"line in a table id", Document{Tables: []Table{{ID: "a\nb"}}}, "table: id"},
		{"two tables", Document{Tables: []Table{{ID: "a"}, {ID: "a"}}}, `"a" is used twice`},
		{"two columns", Document{Tables: []Table{{ID: "a", Columns: col("x", "x")}}}, `column id "x" is used twice`},
		{"capitals", Document{Tables: []Table{{ID: "a", Columns: col("Team")}}}, "snake_case"},
		{"no column id", Document{Tables: []Table{{ID: "a", Columns: col("")}}}, "snake_case"},
		{"meets a measure's field", Document{Tables: []Table{{ID: "a", Columns: []Column{{ID: "x", Measure: true}, {ID: "x_low"}}}}}, `"x_low" is used twice`},
		{"row too long", Document{Tables: []Table{{ID: "a", Columns: col("x"), Rows: [][]Cell{{}, {Count(1), Count(2)}}}}}, "row 2 has 2 cells for 1 columns"},
		{"rows without columns", Document{Tables: []Table{{ID: "a", Rows: [][]Cell{{}}}}}, "row 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.doc.Screen = c.doc.Tables
			for name, write := range writers(c.doc) {
				var b strings.Builder
				err := write(&b)
				switch {
				case c.want == "" && err != nil:
					t.Errorf("%s: %v", name, err)
				case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
					t.Errorf("%s: error %v, want one with %q", name, err, c.want)
				case err != nil && b.Len() > 0:
					t.Errorf("%s: wrote %q before the error", name, b.String())
				}
			}
		})
	}
}

func TestPeople(t *testing.T) {
	plain := Column{ID: "x", Kind: Number, Digits: 1}
	spread := Column{ID: "x", Kind: Number, Digits: 1, Interval: true}
	date := Column{ID: "x", Kind: Date}
	late := time.Date(2026, 3, 31, 23, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		cell           Cell
		col            Column
		text, interval string
		notes          string
	}{
		{Cell{}, plain, "–", "", ""},
		{Words(" a  b "), plain, "a  b", "", ""},
		{Words(" \n\t "), plain, "–", "", ""},
		{Count(0), plain, "0", "", ""},
		{Count(999), plain, "999", "", ""},
		{Count(-1234567), plain, "-1,234,567", "", ""},
		{Num(1234.56), plain, "1,234.6", "", ""},
		{Num(-0.04), plain, "0.0", "", ""},
		{Num(math.Copysign(0, -1)), plain, "0.0", "", ""},
		{Num(0.5), Column{Digits: -3}, "0.5", "", ""},
		{Num(2), Column{Digits: -1}, "2", "", ""},
		{Num(1234.96), Column{Digits: -1}, "1,235", "", ""},
		{Blank(), Column{Quiet: true}, "", "", ""},
		{Num(1e22), plain, "1e+22", "", ""},
		{Num(math.NaN()), plain, "–", "", ""},
		{Num(math.Inf(1)), plain, "–", "", ""},
		{Measure(Value{Value: 6.21, N: 9, Low: 5.14, High: 7.9, Why: "w"}), plain, "6.2", "", ""},
		{Measure(Value{Value: 6.21, N: 9, Low: 5.14, High: 7.9, Why: "w"}), spread, "6.2", "(5.1–7.9)", ""},
		{Measure(Value{Value: 6.21, N: 9, Low: none, High: none, Why: "w"}), plain, "6.2", "", ""},
		{Measure(Value{Value: 6.21, N: 9, Low: none, High: none, Why: "w"}), spread, "6.2", "", "w"},
		{Measure(Value{Value: 6.21, N: 9, Low: none, High: 7, Why: "w"}), spread, "6.2", "", "w"},
		{Measure(Value{Value: 6.21, N: 9, Low: 5.1, High: math.Inf(1)}), spread, "6.2", "(5.1–∞)", ""},
		{Measure(Value{Value: 0.1, N: 9, Low: -0.21, High: 1234.5}), spread, "0.1", "(-0.2 to 1,234.5)", ""},
		{Measure(Value{Value: 0.1, N: 9, Low: math.Inf(-1), High: math.Inf(1), Why: "w"}), spread, "0.1", "", "w"},
		{Measure(Value{Value: none, Why: "w"}), plain, "can't tell", "", "w"},
		{Measure(Value{Value: math.Inf(1), Why: "w"}).Note("n"), spread, "can't tell", "", "w|n"},
		{Measure(Value{Value: none}), spread, "can't tell", "", ""},
		{cantTell("too few"), plain, "can't tell", "", "too few"},
		{cantTell(""), plain, "can't tell", "", ""},
		{Words("x").Note("a").Note(" ").Note("b"), plain, "x", "", "a|b"},
		{At(late), plain, "2026-04-01 01:30 EET", "", ""},
		{At(late), date, "2026-03-31", "", ""},
		{At(late.In(office)), date, "2026-04-01", "", ""},
		{At(time.Time{}), date, "–", "", ""},
		{At(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), date, "–", "", ""},
	} {
		text, interval := c.cell.people(c.col, office)
		notes := strings.Join(c.cell.footnotes(c.col), "|")
		if text != c.text || interval != c.interval || notes != c.notes {
			t.Errorf("%+v: %q %q, notes %q; want %q %q, notes %q", c.cell, text, interval, notes, c.text, c.interval, c.notes)
		}
	}
}

func TestNotesAreNotShared(t *testing.T) {
	one := Words("x").Note("1")
	two, three := one.Note("2"), one.Note("3")
	if got := strings.Join(two.notes(), "") + strings.Join(three.notes(), "") + strings.Join(one.notes(), ""); got != "12131" {
		t.Errorf("the notes are %s", got)
	}
	link := Link("x", "https://tracker.example/1")
	if noted := link.Note("n"); noted.extra.url != link.extra.url || link.extra.notes != nil {
		t.Error("a note changed the link")
	}
}

func TestCountsInTexts(t *testing.T) {
	for n, want := range map[int]string{
		0: "0 links", 1: "1 link", 2: "2 links", 999: "999 links", 1000: "1,000 links", 1234567: "1,234,567 links", -123: "-123 links", -1000: "-1,000 links",
	} {
		if got := Plural(n, "link", "links"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestList(t *testing.T) {
	names := strings.Split("abc", "")
	for most, want := range map[int]string{1: "a and 2 more", 2: "a, b and 1 more", 3: "a, b, c", 4: "a, b, c"} {
		if got := List(names, most); got != want {
			t.Errorf("up to %d: %s, want %s", most, got, want)
		}
	}
	if got := List(nil, 3); got != "" {
		t.Errorf("of nothing: %s", got)
	}
	if got := List(make([]string, 1235), 1); got != " and 1,234 more" {
		t.Errorf("of many: %s", got)
	}
}

func TestSuperscript(t *testing.T) {
	var m marks
	if got := m.of([]string{"a", "b"}) + m.of([]string{"b"}); got != "¹,²²" {
		t.Errorf("the marks are %s", got)
	}
	if got := superscript(1203456789); got != "¹²⁰³⁴⁵⁶⁷⁸⁹" {
		t.Errorf("the number is %s", got)
	}
}
