package assemble

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
)

// tale is a story and the organisation that the rules make of its facts.
type tale struct {
	*story.Story
	*Result
	t *testing.T
}

func tell(t *testing.T, rules Rules, text string) tale {
	t.Helper()
	s := parse(t, text)
	return assembled(t, rules, s, s.Facts())
}

func parse(t *testing.T, text string) *story.Story {
	t.Helper()
	s, err := story.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func assembled(t *testing.T, rules Rules, s *story.Story, records []*fact.Record) tale {
	t.Helper()
	res, err := Assemble(rules, s.Vocabulary(), records)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Org.Coverage.Balance() {
		t.Errorf("coverage does not balance: %+v", res.Org.Coverage)
	}
	return tale{s, res, t}
}

// on is the view of a day of the story.
func (o tale) on(day float64) work.View { return o.Org.At(o.Day(day)) }

// item finds an item by its present key.
func (o tale) item(key string) work.ItemID {
	o.t.Helper()
	i := slices.Index(o.Org.Items.Key, key)
	if i < 0 {
		o.t.Fatalf("no item %s", key)
	}
	return work.ItemID(i)
}

func (o tale) key(i work.ItemID) string {
	if i == work.NoItem {
		return "-"
	}
	return o.Org.Items.Key[i]
}

// day is an instant as a day of the story.
func (o tale) day(at fact.Instant) string {
	if at == 0 {
		return ""
	}
	return fmt.Sprintf("%g", fact.Days(o.Origin, at))
}

// links tells every connection: who depends on whom, from when to when.
func (o tale) links() string {
	var out []string
	for _, l := range o.Org.Links {
		text := fmt.Sprintf("%s %v %s %s..%s", o.key(l.From), l.Kind, o.key(l.To), o.day(l.Made), o.day(l.Removed))
		if !l.Dated {
			text += " undated"
		}
		if !l.OneWay {
			text += " vague"
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

// parents tells an item's parents over time.
func (o tale) parents(key string) string {
	var out []string
	from, val := o.Org.Parents.Of(o.item(key))
	for k := range val {
		out = append(out, o.day(from[k])+" "+o.key(val[k]))
	}
	return strings.Join(out, "; ")
}

// states tells an item's states over time.
func (o tale) states(key string) string {
	var out []string
	from, val := o.Org.States.Of(o.item(key))
	for k := range val {
		out = append(out, o.day(from[k])+" "+val[k].String())
	}
	return strings.Join(out, "; ")
}

// owners tells an item's teams over time.
func (o tale) owners(key string) string {
	var out []string
	from, val := o.Org.Owners.Of(o.item(key))
	for k := range val {
		out = append(out, o.day(from[k])+" "+o.Org.Teams[val[k]].Name)
	}
	return strings.Join(out, "; ")
}

// record finds a record by the key that the item has now.
func record(t *testing.T, records []*fact.Record, key string) *fact.Record {
	t.Helper()
	for _, r := range records {
		if r.Key == key {
			return r
		}
	}
	t.Fatalf("no record %s", key)
	return nil
}
