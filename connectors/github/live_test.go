package github

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"smokestack/connectors"
	"smokestack/connectors/connectortest"
	"smokestack/connectors/github/githubtest"
	"smokestack/connectors/pace"
)

// dawn is when the tests' worlds begin.
var dawn = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// clock is a clock that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time       { return c.at }
func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

// stage is a pretend GitHub, a sink, and the way between them.
type stage struct {
	testing.TB
	clock *clock
	world *githubtest.World
	hub   *githubtest.Server
	sink  *connectortest.Sink
	limit pace.Limits

	pulls, boarded, moved, tied map[string]bool
}

// rounds is how many worlds the tests of chance play.
const rounds = 12

const repo = "acme/shop"

func newStage(tb testing.TB, opts githubtest.Options) *stage {
	c := &clock{dawn}
	w := githubtest.NewWorld(c.now)
	w.Repository(repo)
	w.Repository("acme/pay")
	return &stage{TB: tb, clock: c, world: w, hub: githubtest.NewServer(opts, w), sink: connectortest.NewSink(), pulls: map[string]bool{}, boarded: map[string]bool{}, moved: map[string]bool{}, tied: map[string]bool{}}
}

func (s *stage) site() *Site {
	s.Helper()
	site, err := NewSite(Options{Token: "secret", Base: s.hub.Transport(), Now: s.clock.now, Limits: s.limit})
	if err != nil {
		s.Fatal(err)
	}
	return site
}

func (s *stage) source(name string) *Live {
	owner, name, _ := strings.Cut(name, "/")
	return s.site().Repository(owner, name)
}

// pull pulls into the sink.
func (s *stage) pull() (connectors.Result, error) {
	return connectors.Pull(s.Context(), s.source(repo), s.sink, nil)
}

func (s *stage) mustPull() connectors.Result {
	s.Helper()
	res, err := s.pull()
	if err != nil {
		s.Fatal(err)
	}
	return res
}

// afresh is what a pull from nothing finds now.
func (s *stage) afresh() connectortest.Facts {
	s.Helper()
	sink := connectortest.NewSink()
	if _, err := connectors.Pull(s.Context(), s.source(repo), sink, nil); err != nil {
		s.Fatal(err)
	}
	return plain(sink.Facts())
}

// plain leaves out of facts what depends on when a pull was, and the words of
// what is gone.
func plain(f connectortest.Facts) connectortest.Facts {
	f.Notes, f.Terms = nil, nil
	return f
}

// same holds what the sink holds to what a pull from nothing finds.
func (s *stage) same(what string) {
	s.Helper()
	got := plain(s.sink.Facts())
	if d := connectortest.Difference(s.afresh(), got); d != "" {
		s.Errorf("%s leaves other facts than a pull from nothing:\n%s", what, d)
	}
}

// requests counts, and forgets, what was asked.
func (s *stage) requests() map[string]int {
	defer s.hub.Reset()
	return s.hub.Count()
}

func total(count map[string]int) int {
	n := 0
	for _, c := range count {
		n += c
	}
	return n
}

// shop is a repository in which a bit of everything happened.
func (s *stage) shop() {
	w, c := s.world, s.clock
	w.Team("acme", "Checkout", repo, "maintain")
	w.WriteFile(repo, ".github/CODEOWNERS", "* @acme/checkout\n")
	board := w.Board("acme", "Work", "Todo", "In Progress", "Done")
	ms := w.Milestone(repo, "ana", "Spring", "2026-04-30")
	epic := w.Open(repo, "ana", "Basket", "")
	a := w.Open(repo, "ana", "Add to basket", "Depends on acme/pay#1, see PAY-12")
	b := w.Open("acme/pay", "ben", "Take money", "")
	c.pass(time.Hour)
	w.SetParent(a, "ana", epic)
	w.SetParent(b, "ana", epic)
	w.Block(a, "ana", b)
	w.Label(a, "ana", "bug")
	w.Assign(a, "ana", "cy")
	w.SetMilestone(a, "ana", ms)
	w.SetType(a, "ana", "Bug")
	w.SetField(a, "Priority", "High")
	w.Move(a, "ana", board, "Todo")
	c.pass(24 * time.Hour)
	w.Move(a, "cy", board, "In Progress")
	p := w.OpenPull(repo, "cy", githubtest.Draft{Title: "Add to basket", Body: "Closes #2", Branch: "basket", Files: []githubtest.File{{Path: "basket.go", Added: 10, Deleted: 2}, {Path: "basket_test.go", Added: 20}}, Draft: true})
	w.Closes(p, a, "cy")
	w.Comment(a, "dependabot[bot]", "Careful.")
	c.pass(time.Hour)
	w.SetDraft(p, "cy", false)
	w.RequestReview(p, "cy", "ben")
	w.Review(p, "ben", "approved", "Good.", "Here?", "And here?")
	c.pass(time.Hour)
	w.Merge(p, "cy")
	w.Move(a, "cy", board, "Done")
	w.Close(b, "ben", "not_planned")
	c.pass(time.Hour)
}

func TestPull(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	s.shop()
	res := s.mustPull()
	if !res.Complete || res.Received != 5 { // a milestone, two issues, a sub-issue elsewhere, a pull request
		t.Errorf("pulled: %+v", res)
	}
	want := map[string]int{
		"graphql viewer": 1, "graphql repository": 1, "GET /repos/{}/{}/teams": 1,
		"graphql Milestones": 1, "graphql Issues": 1, "graphql Pulls": 1, "graphql Nodes": 1, // the last for the sub-issue elsewhere
	}
	if got := s.requests(); !maps.Equal(got, want) {
		t.Errorf("requests of a first pull: %v, want %v", got, want)
	}
	s.same("a pull")
	s.clock.pass(time.Hour)
	s.requests()
	if res := s.mustPull(); res.Received != 0 {
		t.Errorf("a pull without anything new brings %d", res.Received)
	}
	want = map[string]int{
		"graphql viewer": 1, "graphql repository": 1,
		"graphql Milestones": 1, "graphql Issues": 1, "graphql pullsNewest": 1, "graphql named": 1, "graphql boardItems": 1,
	}
	if got := s.requests(); !maps.Equal(got, want) {
		t.Errorf("requests of a pull without anything new: %v, want %v", got, want)
	}
}

// act does something at random.
func (s *stage) act(r *rand.Rand, keys *[]string) string {
	w := s.world
	pull := func(key string) bool { return s.pulls[key] }
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	who := pick("ana", "ben", "cy")
	open := func(repo string) string {
		key := w.Open(repo, who, fmt.Sprint("Item ", r.IntN(1000)), "")
		*keys = append(*keys, key)
		return "open " + key
	}
	if len(*keys) < 4 {
		return open(repo)
	}
	one, other := pick(*keys...), pick(*keys...)
	if pull(one) {
		switch r.IntN(6) {
		case 0:
			w.Merge(one, who)
			return "merge " + one
		case 1:
			w.Review(one, who, "approved", "Good.")
			return "review " + one
		}
	}
	switch r.IntN(16) {
	case 0, 1:
		return open(repo)
	case 2:
		return open("acme/pay")
	case 3:
		key := w.OpenPull(repo, who, githubtest.Draft{Title: "Change", Branch: "b", Files: []githubtest.File{{Path: "a.go", Added: 1, Deleted: 2}}})
		*keys, s.pulls[key] = append(*keys, key), true
		return "pull " + key
	case 4:
		w.Close(one, who, pick("completed", "not_planned"))
		return "close " + one
	case 5:
		w.Reopen(one, who)
		return "reopen " + one
	case 6, 7:
		w.Move(one, who, "acme/Work", pick("Todo", "In Progress", "Done"))
		s.moved[one] = true
		return "move " + one
	case 8:
		if pull(one) || pull(other) || slices.Index(*keys, one) <= slices.Index(*keys, other) {
			return ""
		}
		s.tied[one], s.tied[other] = true, true
		w.SetParent(one, who, other)
		return "parent of " + one + " is " + other
	case 9:
		if pull(one) || pull(other) || one == other {
			return ""
		}
		s.tied[one], s.tied[other] = true, true
		w.Block(one, who, other)
		return one + " is blocked by " + other
	case 10:
		if !s.boarded[one] {
			return ""
		}
		delete(s.boarded, one)
		w.TakeOff(one, who, "acme/Work")
		return "take off " + one
	case 11:
		w.Label(one, who, pick("bug", "chore"))
		return "label " + one
	case 12:
		if pull(one) || s.tied[one] { // that something tied to it was deleted, nothing tells
			return ""
		}
		w.Delete(one)
		*keys = slices.DeleteFunc(*keys, func(k string) bool { return k == one })
		return "delete " + one
	case 13:
		if pull(one) || s.tied[one] && !strings.HasPrefix(one, repo) { // that something elsewhere moved, nothing tells
			return ""
		}
		tied := s.tied[one]
		moved := w.Transfer(one, who, pick("acme/pay", repo))
		*keys = slices.DeleteFunc(*keys, func(k string) bool { return k == one })
		s.tied[moved] = tied
		*keys, s.boarded[moved] = append(*keys, moved), s.boarded[one] && !s.moved[one]
		return "transfer " + one + " to " + moved
	case 14:
		return w.Milestone(repo, who, fmt.Sprint("M", r.IntN(1000)), "2026-05-01")
	}
	w.Rename(one, who, fmt.Sprint("Renamed ", r.IntN(1000)))
	return "rename " + one
}

// TestPullsInTurn changes a world at random between pulls: each must leave what
// a pull from nothing finds, whatever happened.
func TestPullsInTurn(t *testing.T) {
	inTurn(t, githubtest.Options{Token: "secret"})
}

func TestPullsInTurnByREST(t *testing.T) {
	inTurn(t, githubtest.Options{Token: "secret", NoGraphQL: 404})
}

func inTurn(t *testing.T, opts githubtest.Options) {
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := newStage(t, opts)
		s.world.Board("acme", "Work", "Todo", "In Progress", "Done")
		var keys []string
		first := s.world.Open(repo, "ana", "The first", "")
		s.world.Move(first, "ana", "acme/Work", "Todo")
		var did []string
		for range 12 {
			for range r.IntN(8) {
				if what := s.act(r, &keys); what != "" {
					did = append(did, what)
				}
				s.clock.pass(time.Duration(r.IntN(300)) * time.Second)
			}
			did = append(did, "pull")
			if opts.NoGraphQL != 0 { // what is gone is looked for once a day
				s.clock.pass(25 * time.Hour)
			}
			maps.Copy(s.boarded, s.moved) // to be put on a board and taken off leaves no trace
			clear(s.moved)
			if _, err := s.pull(); err != nil {
				t.Fatalf("seed %d: %v\nafter %s", seed, err, strings.Join(did, "\n"))
			}
			s.same(fmt.Sprintf("seed %d", seed))
			if t.Failed() {
				t.Fatalf("after %s", strings.Join(did, "\n"))
			}
		}
	}
}
