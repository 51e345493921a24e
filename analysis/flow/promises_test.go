package flow

import (
	"testing"

	"smokestack/analysis/batch"
	"smokestack/analysis/work"
)

func (o told) item(key string) work.ItemID {
	o.T.Helper()
	for i, k := range o.Items.Key {
		if k == key {
			return work.ItemID(i)
		}
	}
	o.T.Fatalf("no item %s", key)
	return 0
}

func (o told) promises(day float64) (Promises, []Promises) {
	a := o.analyse(day, 4)
	return a.Promises(batch.All(a.View, a.Lives))
}

// Day 56, when the window ends, is 3 March 2025. What was due on the day before is
// overdue, what is due on it is not.
func TestPromises(t *testing.T) {
	o := tell(t, `
E-1 epic: 0 created; 1 due 2025-03-02
E-2 epic: 0 created; 1 due 2025-03-03
E-3 epic: 0 created
E-4 epic: 0 created; 1 due 2025-01-20; 40 done
E-5 epic: 0 created
E-6 epic: 0 created
E-7 epic: 0 created; 1 due 2025-01-20
E-8 epic: 0 created; 1 due 2025-01-20; 50 due 2025-06-01
E-10 epic: 57 created
E-11 epic: 0 created; 57 due 2025-01-20
F-1 epic: 0 created; 1 due 2025-01-20
A-1 story in E-1: 0 created; 2 due 2025-01-10
A-7 story in E-7: 0 created; 2 start; 9 done`)
	o.Org.Releases = []work.Release{{Name: "out", Released: o.Day(20)}, {Name: "next"}, {Name: "soon", Released: o.Day(56)}}
	in := func(key string, in uint32, to float64) work.Within {
		w := work.Within{Item: o.item(key), In: in, From: o.Day(1)}
		if to > 0 {
			w.To = o.Day(to)
		}
		return w
	}
	o.Org.InReleases = []work.Within{in("E-3", 1, 30), in("E-5", 1, 0), in("E-6", 0, 0), in("E-6", 2, 0)}
	org, teams := o.promises(56)
	// Open: E-1, E-2, E-3, E-5, E-6, E-8, E-11 and F-1; E-4 is closed, E-7 is
	// finished by its children. Promised: E-1, E-2, E-5 (a release), E-6 (one that was
	// not out yet), E-8, F-1. Overdue: E-1 and F-1.
	o.Value("promised", org.Open, 6, 8)
	o.Value("overdue", org.Overdue, 2, 6)
	o.Value("promised of E", teams[o.Team("E")].Open, 5, 7)
	o.Value("overdue of E", teams[o.Team("E")].Overdue, 1, 5)
	o.Value("overdue of F", teams[o.Team("F")].Overdue, 1, 1)
	o.Value("promised of A", teams[o.Team("A")].Open, 0, 0)
	o.Unknown("overdue of A", teams[o.Team("A")].Overdue, 0, "no open batch has a due date or a release that is not out")
}

// What is known of F's source ends on day 40.
func TestPromisesOfEndedSources(t *testing.T) {
	o := tell(t, "E-1 epic: 0 created; 1 due 2025-01-20\nF-1 epic: 0 created; 1 due 2025-01-20\n")
	o.Org.Projects[o.Items.Project[o.item("F-1")]].Through = o.Day(40)
	org, teams := o.promises(56)
	o.Unknown("half of all is not known", org.Open, 1, whyEnded)
	o.Unknown("F", teams[o.Team("F")].Overdue, 0, whyEnded)
	o.Value("E", teams[o.Team("E")].Overdue, 1, 1)
	if org.Unknown != 1 || teams[o.Team("F")].Unknown != 1 {
		t.Errorf("unknown: %d", org.Unknown)
	}
}
