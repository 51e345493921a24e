package assemble

import (
	"fmt"
	"slices"
	"testing"

	"smokestack/analysis/fact"
	"smokestack/analysis/work"
)

// An item that fits no rule goes with the pull requests that carry it, while they
// do and while it fits none.
func TestHeritage(t *testing.T) {
	rules := Rules{By: ByRules, Teams: []Team{
		{Name: "Red", Match: Match{Labels: []string{"red"}}},
		{Name: "Blue", Match: Match{Labels: []string{"blue"}}},
		{Name: "Web", Match: Match{Repositories: []string{"acme/web"}}},
	}}
	const item = "A-1 story: 0 created\n"
	for _, c := range []struct {
		name, story, want string
		none, several     int // of all items, now
	}{
		{"nothing carries it", item, "0 (no team)", 1, 0},
		{"since it is carried", item + "acme/web#1 pull: 2 created; 2 mentions A-1", "0 (no team); 2 Web", 0, 0},
		{"by one without a team", item + "acme/shop#1 pull: 2 created; 2 mentions A-1", "0 (no team)", 2, 0},
		{"that gets one", item + "acme/shop#1 pull: 2 created; 2 mentions A-1; 3 label +red; 6 label -red; 6 label +blue", "0 (no team); 3 Red; 6 Blue", 0, 0},
		{"and loses it", item + "acme/shop#1 pull: 2 created; 2 mentions A-1; 3 label +red; 6 label -red", "0 (no team); 3 Red; 6 (no team)", 2, 0},
		{"two of one team", item + "acme/web#1 pull: 2 created; 2 mentions A-1\nacme/web#2 pull: 4 created; 4 mentions A-1", "0 (no team); 2 Web", 0, 0},
		{"two of two teams", item + "acme/web#1 pull: 2 created; 2 mentions A-1\nacme/shop#2 pull: 4 created; 4 mentions A-1; 4 label +red", "0 (no team); 2 Web; 4 (several)", 0, 1},
		{"a rule of its own is better", "A-1 story: 0 created; 5 label +red; 7 label -red\nacme/web#1 pull: 2 created; 2 mentions A-1", "0 (no team); 2 Web; 5 Red; 7 Web", 0, 0},
		{"from its own creation on", "A-1 story: 3 created\nacme/web#1 pull: 2 created; 2 mentions A-1", "3 Web", 0, 0},
		{"an issue, while it is tied", "acme/shop#1 bug: 0 created\nacme/web#1 pull: 1 created; 2 closes acme/shop#1; 5 unlink acme/shop#1; 7 closes acme/shop#1", "0 (no team); 2 Web; 5 (no team); 7 Web", 0, 0},
		{"two teams, then one", "acme/shop#1 bug: 0 created\nacme/web#1 pull: 1 created; 2 closes acme/shop#1; 5 unlink acme/shop#1\nacme/shop#2 pull: 1 created; 1 label +red; 3 closes acme/shop#1", "0 (no team); 2 Web; 3 (several); 5 Red", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, rules, c.story)
			key := o.Org.Items.Key[slices.Index(o.Org.Items.Class, fact.ClassIssue)]
			cover := o.Org.Coverage
			if got := o.owners(key); got != c.want || cover.NoTeam != c.none || cover.Several != c.several {
				t.Errorf("%s; %d of none, %d of several\nwant %s; %d, %d", got, cover.NoTeam, cover.Several, c.want, c.none, c.several)
			}
			if bad := sound(o.Org); bad != "" {
				t.Error(bad)
			}
		})
	}
}

// A team that carries an item by heritage owns it, and is counted as its owner.
func TestHeritageIsCounted(t *testing.T) {
	o := tell(t, Rules{By: ByRules, Teams: []Team{{Name: "Web", Match: Match{Repositories: []string{"acme/web"}}}}},
		"A-1 story: 0 created\nA-2 story: 0 created\nacme/web#1 pull: 2 created; 2 mentions A-1")
	if o.Matched[0] != 1 || o.Owned[0] != 2 || o.Org.Coverage.Inherited != 1 || o.Org.Coverage.NoTeam != 1 {
		t.Errorf("matched %v, owned %v, %+v", o.Matched, o.Owned, o.Org.Coverage)
	}
}

// Thousands of pull requests that name one item, as those do that must name any,
// are no burden.
func TestHeritageOfMany(t *testing.T) {
	s := parse(t, "A-1 story: 0 created\nacme/web#1 pull: 2 created; 2 mentions A-1")
	records := s.Facts()
	pull := records[1]
	records = records[:1]
	const n = 20_000
	for i := range n {
		r := *pull
		r.ID, r.Key, r.Created = fmt.Sprintf("p%d", i), fmt.Sprintf("acme/web#%d", i+1), pull.Created+fact.Instant(i)
		records = append(records, &r)
	}
	o := assembled(t, Rules{By: ByRules, Teams: []Team{{Name: "Web", Match: Match{Repositories: []string{"acme/web"}}}}}, s, records)
	if got := o.owners("A-1"); got != "0 (no team); 2 Web" || len(o.Org.Carries) != n {
		t.Errorf("%s; %d ties", got, len(o.Org.Carries))
	}
	if l := o.on(50).Lives()[o.item("A-1")]; l.Start != o.Day(2) || l.Rule != work.StartCode {
		t.Errorf("%+v", l)
	}
}
