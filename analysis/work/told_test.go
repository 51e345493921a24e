package work_test

import (
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/fact"
	"smokestack/analysis/fact/story"
	"smokestack/analysis/work"
)

// told is a story and the organisation that it makes.
type told struct {
	*work.Org
	*story.Story
	t *testing.T
}

func tell(t *testing.T, text string) told {
	t.Helper()
	s, err := story.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return assembled(t, s, s.Facts())
}

func assembled(t *testing.T, s *story.Story, records []*fact.Record) told {
	t.Helper()
	res, err := assemble.Assemble(assemble.Rules{}, s.Vocabulary(), records)
	if err != nil {
		t.Fatal(err)
	}
	if !res.Org.Coverage.Balance() {
		t.Errorf("coverage does not balance: %+v", res.Org.Coverage)
	}
	return assembledAs(t, s, res.Org)
}

func assembledAs(t *testing.T, s *story.Story, o *work.Org) told { return told{o, s, t} }

// on is the view at the end of a day of the story, counted from 0.
func (o told) on(day float64) work.View { return o.Org.At(o.Day(day)) }

// item finds an item by its present key.
func (o told) item(key string) work.ItemID {
	o.t.Helper()
	for i, k := range o.Items.Key {
		if k == key {
			return work.ItemID(i)
		}
	}
	o.t.Fatalf("no item %s", key)
	return 0
}

func (o told) key(i work.ItemID) string {
	if i == work.NoItem {
		return "-"
	}
	return o.Items.Key[i]
}

func (o told) team(name string) work.TeamID {
	o.t.Helper()
	for i, team := range o.Teams {
		if team.Name == name {
			return work.TeamID(i)
		}
	}
	o.t.Fatalf("no team %s", name)
	return 0
}

// days is an instant as a day of the story; -1 stands for none.
func (o told) days(at fact.Instant) float64 {
	if at == 0 {
		return -1
	}
	return fact.Days(o.Origin, at)
}
