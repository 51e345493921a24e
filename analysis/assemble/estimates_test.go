package assemble

import (
	"math"
	"testing"

	"smokestack/analysis/fact"
)

// A live tracker tells an estimate as a number in a custom field: that by which a
// board estimates, whatever its name, else one that is called story points.
func TestEstimatesInFields(t *testing.T) {
	field := func(id, value string) fact.Field {
		return fact.Field{ID: id, Values: []fact.Named{{Name: value}}}
	}
	board := fact.Term{Site: "https://a.example", Kind: fact.TermEstimate, ID: "cf2"}
	named := func(id, name string) fact.Term {
		return fact.Term{Site: "https://a.example", Kind: fact.TermField, ID: id, Name: name}
	}
	for name, c := range map[string]struct {
		terms  []fact.Term
		record float64
		fields []fact.Field
		points float64
	}{
		"the record itself":        {[]fact.Term{board}, 8, []fact.Field{field("cf2", "5")}, 8},
		"a board's field":          {[]fact.Term{board, named("cf1", "Story Points")}, math.NaN(), []fact.Field{field("cf1", "3"), field("cf2", "5")}, 5},
		"a field of the name":      {[]fact.Term{named("cf1", "Story point estimate")}, math.NaN(), []fact.Field{field("cf1", "2.5")}, 2.5},
		"another field":            {[]fact.Term{named("cf1", "Customers")}, math.NaN(), []fact.Field{field("cf1", "7")}, 0},
		"the name elsewhere":       {[]fact.Term{{Site: "https://b.example", Kind: fact.TermField, ID: "cf1", Name: "Story Points"}}, math.NaN(), []fact.Field{field("cf1", "7")}, 0},
		"what is no number":        {[]fact.Term{board}, math.NaN(), []fact.Field{field("cf2", "large")}, 0},
		"nothing but an empty one": {[]fact.Term{board}, math.NaN(), []fact.Field{{ID: "cf2"}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := &fact.Record{Site: "https://a.example", ID: "1", Key: "A-1", Created: 1000, Updated: 1000, Estimate: c.record, Fields: c.fields, History: fact.History{State: fact.WholeHistory}}
			res, err := Assemble(Rules{}, fact.Vocabulary(nil).Add(c.terms...), []*fact.Record{r})
			if err != nil {
				t.Fatal(err)
			}
			p, _ := res.Org.Points.At(0, 2000)
			if float64(p)/100 != c.points {
				t.Errorf("%v points, want %v", float64(p)/100, c.points)
			}
		})
	}
}
