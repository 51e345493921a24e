package requests

import (
	"slices"
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/work"
)

// METRICS 0: person-based measures need 5 people. Three people who move from A to B
// on day 14 are three, not six.
func TestThreePeopleWhoMovedAreNotSix(t *testing.T) {
	o := told{assembletest.Tell(t, assemble.Rules{}, `
A-900 story: 0 created; 1 comment 50 by ana; 1 comment 50 by abe; 1 comment 50 by ada
B-900 story: 0 created; 20 comment 50 by ana; 20 comment 50 by abe; 20 comment 50 by ada
B-1 story: 2 created by ana; 5 start by abe; 9 drop by ada`)}
	for _, p := range []string{"ana", "abe", "ada"} {
		o.Org.Members = append(o.Org.Members,
			work.Membership{Person: o.Person(p), Team: o.Team("A"), Until: o.Day(14), Share: 1},
			work.Membership{Person: o.Person(p), Team: o.Team("B"), From: o.Day(14), Share: 1})
	}
	slices.SortStableFunc(o.Org.Members, func(x, y work.Membership) int { return int(x.Person) - int(y.Person) })
	a := o.analyse(28, 4)
	if a.Why == "" {
		t.Errorf("three people in all, and yet rows are told: groups %+v, all requests %+v", a.Groups, a.Org())
	}
}

// METRICS 0: "organisation rows take each item's team at its time": a reorganisation of
// B hides nothing of the organisation's row.
func TestOrganisationForgetsRequestsBeforeReorganisation(t *testing.T) {
	o := tell(t, "B-1 story: 1 created by ana; 3 start by ben; 5 done by ben")
	before := o.analyse(28, 4).Org().Asked
	o.Org.Reorganised = []work.Reorganisation{{At: o.Day(14), Teams: []work.TeamID{o.Team("B")}}}
	if after := o.analyse(28, 4).Org().Asked; after != before {
		t.Errorf("the organisation asked %d, and %d once B is said to have been reorganised on day 14", before, after)
	}
}
