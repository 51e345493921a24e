package batch

import (
	"fmt"
	"strings"
	"testing"

	"smokestack/analysis/assemble"
)

// The kinds of METRICS section 1d, the first that fits. The window is days 14 to
// 28; the median size is 2.
func TestKinds(t *testing.T) {
	const goal = "rank Initiative 2\nG-1 Initiative: 0 created\n"
	for _, c := range []struct{ name, story, want string }{
		{"one team's alone", `
E-10 epic: 0 created
E-11 story in E-10: 0 created; 1 start; 2 blocked by E-12
E-12 story in E-10: 0 created; 1 start`, "E-10 independent (1)"},
		{"a child of another team's", `
E-10 epic: 0 created
E-11 story in E-10: 0 created; 1 start
F-12 story in E-10: 0 created; 1 start`, "E-10 other (2)"},
		{"a child linked to another team's", `
E-10 epic: 0 created
E-11 story in E-10: 0 created; 1 start; 2 blocked by F-1
F-1 story: 0 created`, "E-10 other (2)"},
		{"linked from the other end, and itself", `
E-10 epic: 0 created; 3 blocked by H-1
E-11 story in E-10: 0 created; 1 start
F-1 story: 0 created; 2 blocked by E-11
H-1 epic: 0 created`, "E-10 large, high-dependency (3)"},
		{"linked to what was not pulled", `
E-10 epic: 0 created
E-11 story in E-10: 0 created; 1 start; 2 blocked by X-1`, "E-10 other (1)"},
		{"a relation is no dependency", `
E-10 epic: 0 created
E-11 story in E-10: 0 created; 1 start; 2 relates to F-1
F-1 story: 0 created`, "E-10 independent (1)"},
		{"a link of before, of after, and one that is gone", `
E-10 epic: 5 created; 20 done
E-11 story: 0 created; 1 blocked by F-1; 4 unlink F-1; 5 in E-10; 6 start; 19 done; 21 blocked by F-1
F-1 story: 0 created`, "E-10 independent (1)"},
		{"three teams, but small", `
E-10 epic: 0 created
E-11 story in E-10: 0 created; 1 start; 2 blocked by F-1; 2 blocked by H-1
F-1 story: 0 created
H-1 story: 0 created
E-20 epic: 0 created
E-21 story in E-20: 0 created; 1 start
E-22 story in E-20: 0 created
E-23 story in E-20: 0 created
`, "E-10 other (3); E-20 independent (1)"},
		{"not in the window", `
E-10 epic: 0 created; 13 done
E-11 story in E-10: 0 created; 1 start; 13 done
E-20 epic: 0 created
E-21 story in E-20: 0 created
E-30 epic: 0 created; 20 drop
E-31 story in E-30: 0 created; 2 start; 20 drop
E-40 epic: 0 created; 20 drop
E-41 story in E-40: 0 created
E-50 epic: 0 created`, "E-30 independent (1)"},
		{"two people on more than half of a goal's items", goal + `
E-10 epic in G-1: 0 created
E-11 story in E-10: 0 created; 1 start; 2 comment 50 by ana; 2 assign ben
F-12 story in E-10: 0 created; 1 start; 2 worklog by ana; 3 comment 40 by ben
E-13 story in E-10: 0 created; 1 start; 2 assign cy`, "E-10 mission (2)"},
		{"the same without a goal", `
E-10 epic: 0 created
E-11 story in E-10: 0 created; 1 start; 2 comment 50 by ana; 2 assign ben
F-12 story in E-10: 0 created; 1 start; 2 worklog by ana; 3 comment 40 by ben`, "E-10 other (2)"},
		{"half is not more than half, and a short comment is nothing", goal + `
E-10 epic in G-1: 0 created
E-11 story in E-10: 0 created; 1 start; 2 worklog by ana; 2 assign ben
F-12 story in E-10: 0 created; 1 start; 2 worklog by ana; 3 comment 39 by ben`, "E-10 other (2)"},
		{"a sub-item lends its people", goal + `
E-10 epic in G-1: 0 created
E-11 story in E-10: 0 created; 1 start; 2 worklog by ana
E-12 sub-task in E-11: 0 created; 2 worklog by ben`, "E-10 mission (1)"},
		{"a goal's batch of three teams is large first", goal + `
E-10 epic in G-1: 0 created
E-11 story in E-10: 0 created; 1 start; 2 worklog by ana; 2 assign ben
F-12 story in E-10: 0 created; 1 start; 2 worklog by ana; 2 assign ben
H-13 story in E-10: 0 created; 1 start; 2 worklog by ana; 2 assign ben`, "E-10 large, high-dependency (3)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := tell(t, assemble.Rules{}, c.story)
			org, teams, all := o.analyse(28, 2).Kinds()
			var got []string
			for _, k := range all {
				got = append(got, fmt.Sprintf("%s %s (%d)", o.Items.Key[k.Item], k.Kind, k.Teams))
			}
			if strings.Join(got, "; ") != c.want {
				t.Errorf("%s\nwant %s", strings.Join(got, "; "), c.want)
			}
			if row := teams[o.Team("E")]; row != org || org.N != len(all) {
				t.Errorf("organisation %+v, E %+v", org, row)
			}
		})
	}
}

// Teams are told by label: a child of nobody's, or of several teams', leaves it
// open whether the batch is one team's alone.
func TestKindsWithoutOwners(t *testing.T) {
	o := tell(t, assemble.Rules{By: assemble.ByLabel}, `
A-10 epic: 0 created; 0 label +red
A-11 story in A-10: 0 created; 0 label +red; 1 start
A-12 story in A-10: 0 created; 1 start
A-20 epic: 0 created
A-21 story in A-20: 0 created; 0 label +red; 1 start`)
	org, teams, all := o.analyse(28, 2).Kinds()
	o.Value("independent", org.Share(Independent), 0.5, 2)
	o.Value("other", teams[o.Team("red")].Share(OtherKind), 1, 1)
	if len(all) != 2 || all[0].Unsure != 1 || all[1].Unsure != 0 {
		t.Errorf("%+v", all)
	}
	if e := (KindRow{}).Share(Mission); e.Known() || e.Why != "no batch was in progress in the window" {
		t.Errorf("of nothing: %+v", e)
	}
}
