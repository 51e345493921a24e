package flow

import (
	"testing"

	"smokestack/analysis/assemble"
	"smokestack/analysis/assemble/assembletest"
	"smokestack/analysis/fact"
)

// Two repositories and a Jira project. In 28 days shop merges four pull requests
// after 2, 4, 6 and 10 days and closes one; web merges one that carries shop's
// item, and has one open.
const hub = `
PAY-1 story: 0 created; 20 done
acme/shop#1 bug: 0 created; 9 done
acme/shop#2 pull: 0 created by ana; 0 path a.go 30 10; 0 path go.sum 500 0; 1 review by ben; 1.5 review by cy; 2 merge by ana
acme/shop#3 pull: 1 created by ana; 1 path a.go 10 0; 2 review by ana; 5 merge by ben; 6 review by ben
acme/shop#4 pull: 2 created by ben; 2 path a.go 1 1; 2 closes acme/shop#1; 4 review by ana; 8 merge by ana
acme/shop#5 pull: 3 created by cy; 3 path b.go 100 60; 3 mentions title PAY-1; 13 merge by ana
acme/shop#6 pull: 4 created by cy; 6 drop
acme/web#1 pull: 5 created by dan; 5 path b.go 7 0; 5 mentions body closes acme/shop#1; 6 merge by dan
acme/web#2 pull: 6 created by dan
acme/web#3 pull: 2 created by bot; 3 merge by bot
`

func TestPulls(t *testing.T) {
	rules := assemble.Rules{Generated: []string{"go.sum"}}
	o := assembletest.Tell(t, rules, hub)
	for n, name := range o.People {
		if name == "bot" {
			o.Org.Bots[fact.Person(n+1)] = true
		}
	}
	org, teams := Analyse(o.Cut(28, 4))[0].Pulls()
	shop, web := teams[o.Team("acme/shop")], teams[o.Team("acme/web")]
	for _, c := range []struct {
		name                         string
		p                            *Pulls
		merged, closed, open, byBots int
	}{{"all", org, 5, 1, 1, 1}, {"shop", shop, 4, 1, 0, 0}, {"web", web, 1, 0, 1, 1}} {
		if len(c.p.Merged) != c.merged || len(c.p.Closed) != c.closed || len(c.p.Open) != c.open || c.p.Bots != c.byBots {
			t.Errorf("%s: %d merged, %d closed, %d open, %d by bots; want %d, %d, %d, %d", c.name,
				len(c.p.Merged), len(c.p.Closed), len(c.p.Open), c.p.Bots, c.merged, c.closed, c.open, c.byBots)
		}
	}
	o.Value("lead", shop.Lead(0.5), 5, 4)                  // of 2, 4, 6, 10
	o.Value("reviewed", shop.Reviewed(), 0.5, 4)           // 3 by its author, and after the merge; 5 by nobody
	o.Value("reviewers", shop.Reviewers(), 3.0/4, 4)       // ben and cy, ana
	o.Value("first review", shop.FirstReview(0.5), 1.5, 2) // after 1 and 2 days
	o.Value("lines", shop.Lines(0.5), 25, 4)               // of 40, 10, 2, 160
	o.Value("left out", shop.LeftOut(), 500.0/712, 4)      // go.sum
	o.Value("no item", shop.NoItem(), 0.5, 4)              // 2 and 3
	o.Value("for others", shop.ForOthers(), 0.25, 4)       // PAY-1
	o.Value("for others, web", web.ForOthers(), 1, 1)      // acme/shop#1
	o.Value("for others, all", org.ForOthers(), 2.0/5, 5)
	o.Unknown("nothing reviewed", web.FirstReview(0.5), 0, whyNoReview)
	if got := shop.For(); len(got) != 2 || got[o.Team("PAY")] != 1 || got[o.Team("acme/shop")] != 1 {
		t.Errorf("shop's pull requests are for %v", got)
	}
}

// Without pull requests there is nothing to share out.
func TestNoPulls(t *testing.T) {
	if org, teams := Analyse(tell(t, "A-1 story: 0 created; 1 start; 2 done").Cut(7, 1))[0].Pulls(); org != nil || teams != nil {
		t.Errorf("%v, %v", org, teams)
	}
}

// What was open when a repository was last told of is not in progress
// afterwards; until then its time counts, and its age bounds cycle times.
func TestLapsed(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, `
acme/shop#1 bug: 0 created; 1 column "In Progress"; 5 done
acme/shop#2 bug: 0 created; 1 column "In Progress"
acme/shop#3 bug: 0 created
acme/web#1 bug: 0 created; 1 column "In Progress"
`)
	for i := range o.Org.Projects {
		if o.Org.Projects[i].Key == "acme/shop" {
			o.Org.Projects[i].Through = o.Day(8)
		}
	}
	a := Analyse(o.Cut(14, 2))[0]
	shop := &a.Teams[o.Team("acme/shop")]
	if len(shop.Begun) != 0 || shop.Waiting != 0 || shop.Unknown != 2 || len(shop.Lapsed) != 1 || len(a.Org.Begun) != 1 {
		t.Errorf("in progress %v, waiting %d, not known %d, lapsed %v; in all in progress %v", shop.Begun, shop.Waiting, shop.Unknown, shop.Lapsed, a.Org.Begun)
	}
	o.Unknown("WIP now", a.WIPNow(shop), 0, whyEnded)
	o.Value("WIP", a.WIP(shop), (4.0+7)/8, 2) // from day 1 to 5, and to 8, of the 8 days that are known
	if s := a.spell(shop, shop.Lapsed[0]); s.Event || s.Exit != 7 {
		t.Errorf("the lapsed item is seen as %+v, want 7 days and no exit", s)
	}
	// Before the end of what is known, it is in progress as any other.
	a = Analyse(o.Cut(7, 1))[0]
	if shop := &a.Teams[o.Team("acme/shop")]; len(shop.Begun) != 1 || shop.Unknown != 0 {
		t.Errorf("a week earlier: in progress %v, not known %d", shop.Begun, shop.Unknown)
	}
}

// Weeks in which a repository was no longer told of are no weeks without work.
func TestEnded(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{}, "acme/shop#1 bug: 0 created; 1 column \"In Progress\"; 5 done\nacme/shop#2 bug: 0 created; 1 column \"In Progress\"; 10 done\nacme/shop#3 bug: 0 created; 12 column \"In Progress\"\nacme/web#1 bug: 0 created; 1 column \"In Progress\"; 27 done\n")
	for i := range o.Org.Projects {
		if o.Org.Projects[i].Key == "acme/shop" {
			o.Org.Projects[i].Through = o.Day(15)
		}
	}
	a := Analyse(o.Cut(28, 4))[0]
	shop := &a.Teams[o.Team("acme/shop")]
	o.Value("throughput", a.Throughput(shop), 1, 2) // two of the four weeks are known whole
	o.Value("throughput of all", a.Throughput(&a.Org), 3.0/4, 3)
	o.Unknown("WIP now", a.WIPNow(shop), 0, whyEnded)
	a = Analyse(o.Cut(35, 1))[0]
	o.Unknown("throughput afterwards", a.Throughput(&a.Teams[o.Team("acme/shop")]), 0, whyEnded)
}

// What a repository does not tell is not nought: reviews before there were any,
// paths that answers leave out, pull requests that were open when it ended.
func TestPullsThatTellLittle(t *testing.T) {
	o := assembletest.Tell(t, assemble.Rules{Generated: []string{"go.sum"}}, `
acme/shop#1 bug: 0 created
acme/shop#2 pull: 0 created by ana; 0 path a.go 30 10; 2 merge by ben
acme/shop#3 pull: 1 created by ana; 1 path a.go 3 1; 3 merge by ben
acme/shop#4 pull: 1 created by ana; 30 review by ben
acme/web#1 bug: 0 created
acme/web#2 pull: 5 created by ana
`)
	for i := range o.Org.Pulls {
		o.Org.Pulls[i].Paths = false
	}
	for i := range o.Org.Projects {
		if o.Org.Projects[i].Key == "acme/web" {
			o.Org.Projects[i].Through = o.Day(8)
		}
	}
	_, teams := Analyse(o.Cut(28, 4))[0].Pulls()
	shop, web := teams[o.Team("acme/shop")], teams[o.Team("acme/web")]
	o.Unknown("reviewed", shop.Reviewed(), 2, whyUnseen)
	o.Unknown("reviewers", shop.Reviewers(), 2, whyUnseen)
	o.Unknown("left out", shop.LeftOut(), 0, whyNoPath)
	o.Value("lines", shop.Lines(0.5), 22, 2)
	o.Value("open", shop.OpenNow(), 1, 1)
	o.Unknown("open where it ended", web.OpenNow(), 0, whyEnded)
	// Once somebody reviewed, that nobody did means something.
	_, teams = Analyse(o.Cut(35, 5))[0].Pulls()
	o.Value("reviewed later", teams[o.Team("acme/shop")].Reviewed(), 0, 2)
}
