package github

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"smokestack/connectors/github/githubtest"
)

// What is missing stays in mind until it comes, or is gone.

// missing are the notes on what is missing.
func (s *stage) missing() (out []string) {
	for _, n := range s.sink.Facts().Notes {
		if strings.Contains(n, "missing") {
			out = append(out, n)
		}
	}
	return out
}

// heavy makes GitHub give up over the first page of issues, where the query is one
// of these.
func (s *stage) heavy(over func(body string) bool) {
	s.hub.Fault(func(r *http.Request, _ int) githubtest.Fault {
		if over(bodyOf(r)) {
			return githubtest.Fault{
				Kind: githubtest.Custom, Header: http.Header{"Content-Type": {"application/json"}},
				Body: `{"data":null,"errors":[{"type":"RESOURCE_LIMITS_EXCEEDED","path":["repository","issues"],"message":"Resource limits for this query exceeded."}]}`,
			}
		}
		return githubtest.Fault{}
	})
}

// first is the first page of a list of issues, of all or since some time.
func first(body string) bool {
	return strings.Contains(body, "query Issues") && strings.Contains(body, `"after":null`)
}

// never is the oldest issue, however it is asked for.
func never(body string) bool {
	return first(body) && !strings.Contains(body, `"since":"`) || strings.Contains(body, "query Nodes")
}

// two opens two issues.
func (s *stage) two() (one, other string) {
	one = s.world.Open(repo, "ana", "Heavy", "")
	s.clock.pass(time.Hour)
	other = s.world.Open(repo, "ana", "Light", "")
	s.clock.pass(time.Hour)
	return one, other
}

// TestHeldAndTooHeavy updates an issue that is held, while GitHub gives up over it:
// the next pull asks for it again.
func TestHeldAndTooHeavy(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	one, other := s.two()
	s.mustPull()
	s.world.Close(one, "ana", "completed")
	s.clock.pass(time.Hour)
	s.world.Comment(other, "ana", "x")
	s.clock.pass(time.Hour)
	for i := range 3 {
		s.heavy(func(body string) bool { return i == 0 && first(body) || strings.Contains(body, "query Nodes") })
		s.mustPull()
		if got := s.missing(); len(got) != 1 || !strings.Contains(got[0], one) {
			t.Errorf("GitHub gives up over %s, and the notes are %q", one, got)
		}
		s.clock.pass(time.Hour)
	}
	s.hub.Fault(nil)
	s.mustPull()
	s.same("a good pull after heavy ones")
	if got := s.missing(); len(got) != 0 {
		t.Errorf("nothing is missing any more, and the notes are %q", got)
	}
	s.clock.pass(time.Hour)
	s.requests()
	s.mustPull()
	s.clock.pass(time.Hour)
	s.requests()
	s.mustPull()
	if got := s.requests(); got["graphql issueNumbers"]+got["graphql Nodes"] != 0 {
		t.Errorf("it is still looked for: %v", got)
	}
}

// TestMissingIsRepeated is an issue that never came: every pull says so, and asks
// for it, but lists all numbers once a day only.
func TestMissingIsRepeated(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	s.two()
	s.heavy(never)
	lists := 0
	for i := range 6 {
		s.requests()
		s.mustPull()
		if got := s.missing(); len(got) != 1 {
			t.Errorf("pull %d: one of two issues is missing, and the notes are %q", i, got)
		}
		lists += s.requests()["graphql issueNumbers"]
		s.clock.pass(time.Hour)
	}
	if lists > 2 {
		t.Errorf("all numbers were listed %d times within 6 hours", lists)
	}
	s.hub.Fault(nil)
	s.mustPull()
	s.same("the first good pull")
}

// TestManyVanished deletes more than one pull looks up.
func TestManyVanished(t *testing.T) {
	const gone, left = lookUpMost + 110, 10
	for name, opts := range ways {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, opts)
			s.world.Grow(repo, "ana", gone+left)
			s.clock.pass(time.Hour)
			s.mustPull()
			for i := range gone {
				s.world.Delete(fmt.Sprintf("%s#%d", repo, i+1))
			}
			s.clock.pass(25 * time.Hour) // REST may not tell counts
			s.mustPull()
			if n := len(s.sink.Facts().Records); n != gone+left-lookUpMost || len(s.missing()) == 0 {
				t.Errorf("%d records are left after a pull that looks up %d, and the notes are %q", n, lookUpMost, s.missing())
			}
			s.clock.pass(time.Hour)
			s.mustPull()
			if n := len(s.sink.Facts().Records); n != left || len(s.missing()) != 0 {
				t.Errorf("%d records are left, want %d, and the notes are %q", n, left, s.missing())
			}
		})
	}
}

// TestCountsCancelOut is an issue that never came, and another that is deleted: as
// many are held as there are.
func TestCountsCancelOut(t *testing.T) {
	for _, better := range []bool{true, false} {
		s := newStage(t, githubtest.Options{Token: "secret"})
		s.two()
		other := s.world.Open(repo, "ana", "Other", "")
		s.clock.pass(time.Hour)
		s.heavy(never)
		s.mustPull()
		if better {
			s.hub.Fault(nil)
		}
		s.world.Delete(other)
		for range 2 {
			s.clock.pass(time.Hour)
			s.mustPull()
		}
		if n := len(s.sink.Facts().Records); !better && (n != 1 || len(s.missing()) == 0) {
			t.Errorf("%d records, of which 1 was told and is there, and the notes are %q", n, s.missing())
		}
		s.hub.Fault(nil)
		s.clock.pass(time.Hour)
		s.mustPull()
		s.same("a good pull after a heavy one")
	}
}

// TestNumbersAreComparedWeekly counts how often all numbers are compared where the
// counts are equal all the time.
func TestNumbersAreComparedWeekly(t *testing.T) {
	s := newStage(t, githubtest.Options{Token: "secret"})
	s.two()
	s.mustPull()
	lists := 0
	for range 15 {
		s.clock.pass(24 * time.Hour)
		s.requests()
		s.mustPull()
		lists += s.requests()["graphql issueNumbers"]
	}
	if lists != 2 {
		t.Errorf("all numbers were compared %d times within 15 days, want 2", lists)
	}
}
